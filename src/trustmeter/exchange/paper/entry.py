"""A workbook to type answers from paper into: one row a form, one column a question, only codes that exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trustmeter.errors import DesignError
from trustmeter.exchange.forms.workbook import timeless
from trustmeter.exchange.paper.booklet import paper_words
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale

if TYPE_CHECKING:
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.worksheet import Worksheet

ROLES = ("respondent", "wave", "zone", "language", "mode")
"""The columns before the questions."""

LAST_ROW = 5000
"""Down to this row of the sheet cells are checked while they are typed."""

LONGEST_LIST, LONGEST_MESSAGE, LONGEST_TITLE = 255, 255, 32
"""What spreadsheet programs allow in a list of a rule, in a message and in its title."""


def write_entry_sheet(questionnaire: Questionnaire, path: Path, languages: Sequence[str]) -> None:
    """Write the workbook: sheets ``answers``, ``about``, ``codes``; messages are in the first of `languages`.

    `read_responses` reads it as it is. The same questionnaire gives the same bytes.
    """
    from openpyxl import Workbook

    taken = [item.id for item in questionnaire.items if item.id.lower() in ROLES]
    if taken:
        raise DesignError(f"The question {taken[0]!r} is called like a column of the sheet. Give it another id.")
    book = Workbook()
    book.remove(book.worksheets[0])
    _answers(book.create_sheet("answers"), questionnaire, languages)
    _fill(book.create_sheet("about"), _about(questionnaire, languages), widths=(18, 60))
    _fill(book.create_sheet("codes"), _codes(questionnaire, languages), widths=(14, 60, 10, *(36 for _ in languages)))
    book.properties.creator = "trustmeter"
    book.properties.title = str(questionnaire.title)
    path.write_bytes(timeless(book))


def options_of(scale: ResponseScale) -> tuple[Option, ...]:
    """Return the answers that can be typed. A code for *no answer* cannot: an empty cell says the same."""
    return tuple(option for option in scale.options if option.kind != "blank")


def _answers(sheet: Worksheet, questionnaire: Questionnaire, languages: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    headings = (*ROLES, *(item.id for item in questionnaire.items))
    items = dict(zip(headings[len(ROLES) :], questionnaire.items, strict=True))
    for place, heading in enumerate(headings, start=1):
        top = sheet.cell(1, place, heading)
        top.font = Font(bold=True)
        top.alignment = Alignment(vertical="top")
        top.fill = PatternFill("solid", fgColor="E7E6DF" if heading in ROLES else "F6F5F1")
        letter = get_column_letter(place)
        column = sheet.column_dimensions[letter]
        item = items.get(heading)
        column.width = 14 if item is None else (40 if item.response_scale.type == "text" else max(8, len(heading) + 2))
        if item is None or item.response_scale.type != "number":
            column.number_format = "@"  # what is typed stays as it is: 01 does not become 1, nor 1-5 a date
        rule = _role_rule(heading, languages) if item is None else _rule(item, letter, languages[0])
        rule.add(f"{letter}2:{letter}{LAST_ROW}")
        sheet.add_data_validation(rule)
    sheet.freeze_panes = "B2"


def _role_rule(role: str, languages: Sequence[str]) -> DataValidation:
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = DataValidation(type="list", formula1=_listed(languages)) if role == "language" else DataValidation(type=None)
    return _told(rule, role, paper_words(languages[0])[role])


def _rule(item: Item, letter: str, language: str) -> DataValidation:
    """Return what a column takes. A list that is too long to be written out is left to the check after typing."""
    from openpyxl.worksheet.datavalidation import DataValidation

    scale, words = item.response_scale, paper_words(language)
    options = options_of(scale)
    labels = [f"{option.code} = {option.text.read(language) or option.code}" for option in options]
    if scale.type == "number" and scale.range is not None:
        low, high = (f"{limit:g}" for limit in scale.range)
        labels = [words["number"].format(low=low, high=high), *labels]
        rule = DataValidation(type="custom", formula1=_number_formula(scale, f"{letter}2"))
    elif (
        scale.type in {"ordinal", "nominal"}
        and len(listed := _listed(option.code for option in options)) <= LONGEST_LIST
    ):
        rule = DataValidation(type="list", formula1=listed)
    else:
        rule = DataValidation(type=None)
    rule.errorTitle, rule.error = item.id, words["error"]
    return _told(rule, item.id, item.text.read(language), [*labels, words["empty"]])


def _listed(codes: Iterable[str]) -> str:
    return f'"{",".join(codes)}"'


def _number_formula(scale: ResponseScale, cell: str) -> str:
    """Return the rule that a cell holds a number of the range, or the code of a non-answer."""
    limits = [f"ISNUMBER({cell})", f"{cell}>={scale.minimum!r}", f"{cell}<={scale.maximum!r}"]
    if all(float(limit or 0).is_integer() for limit in (scale.minimum, scale.maximum)):
        limits.append(f"{cell}=INT({cell})")
    within = f"AND({','.join(limits)})"
    others = [f'{cell}&""="{option.code}"' for option in options_of(scale)]
    return f"OR({','.join([within, *others])})"


def _told(rule: DataValidation, title: str, text: str, more: Sequence[str] = ()) -> DataValidation:
    """Return the rule with a message; labels that find no room are on the sheet ``codes``."""
    said = text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "\u2026"
    for line in more:
        if len(said) + len(line) + 1 > LONGEST_MESSAGE:
            break
        said += f"\n{line}"
    rule.allow_blank, rule.showInputMessage, rule.showErrorMessage = True, True, True
    rule.promptTitle, rule.prompt = title[:LONGEST_TITLE], said
    return rule


def _about(questionnaire: Questionnaire, languages: Sequence[str]) -> list[tuple[str, ...]]:
    return [
        ("questionnaire", questionnaire.id),
        ("version", questionnaire.version),
        ("fingerprint", questionnaire.fingerprint),
        ("language", ", ".join(languages)),
        ("title", questionnaire.title.read(languages[0])),
        ("status", questionnaire.standing),
    ]


def _codes(questionnaire: Questionnaire, languages: Sequence[str]) -> list[tuple[str, ...]]:
    rows = [("item", f"text ({languages[0]})", "code", *(f"label ({language})" for language in languages))]
    for item in questionnaire.items:
        for option in options_of(item.response_scale) or (None,):
            code = "" if option is None else option.code
            labels = ("" if option is None else option.text.read(language) or code for language in languages)
            rows.append((item.id, item.text.read(languages[0]), code, *labels))
    return rows


def _fill(sheet: Worksheet, rows: Sequence[tuple[str, ...]], widths: Sequence[int]) -> None:
    """Write rows as text cells: a wording that begins with ``=`` must not become a formula."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    for line, row in enumerate(rows, start=1):
        for place, text in enumerate(row, start=1):
            if text:
                cell = sheet.cell(line, place, text)
                cell.data_type, cell.number_format = "s", "@"
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                cell.font = Font(bold=line == 1 and sheet.title == "codes")
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    if sheet.title == "codes":
        sheet.freeze_panes = "A2"
