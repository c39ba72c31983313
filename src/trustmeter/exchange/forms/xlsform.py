"""XLSForm: one workbook that KoboToolbox and ODK read, all languages inside. Its specification is public."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from trustmeter.questionnaire.model import Item, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not
from trustmeter.questionnaire.text import Text

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

LANGUAGE_NAMES = {
    "en": "English",
    "fr": "Français",
    "nl": "Nederlands",
    "de": "Deutsch",
    "ar": "العربية",
    "tr": "Türkçe",
}
"""How a tool shows a language to respondents; others are shown by their tag."""

_NUMBER_BETWEEN = {
    "en": "A number from {low} to {high}.",
    "fr": "Un nombre de {low} à {high}.",
    "nl": "Een getal van {low} tot {high}.",
    "de": "Eine Zahl von {low} bis {high}.",
}
_WRITE_CODE = {
    "en": "Write {code} for: {text}.",
    "fr": "Écrivez {code} pour\u00a0: {text}.",
    "nl": "Schrijf {code} voor: {text}.",
    "de": "Schreiben Sie {code} für: {text}.",
}

_LONG_AGO = "1980-01-01T00:00:00Z"
_WIDTHS = {"type": 24, "name": 28, "list_name": 24, "relevant": 40, "constraint": 40, "form_title": 40, "version": 24}
_TEXT_WIDTH = 60

Row = dict[str, str]


def write_xlsform(questionnaire: Questionnaire, path: Path, languages: Sequence[str]) -> None:
    """Write the workbook: sheets ``survey``, ``choices``, ``settings``.

    Sections become groups, routing becomes ``relevant``, non-answers stay choices with their codes. The same
    questionnaire gives the same bytes.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    sheets = {
        "survey": list(_survey(questionnaire, languages)),
        "choices": list(_choices(questionnaire, languages)),
        "settings": [_settings(questionnaire, languages)],
    }
    for name, rows in sheets.items():
        if rows:
            _fill(book.create_sheet(name), rows)
    book.properties.creator = "trustmeter"
    book.properties.title = str(questionnaire.title)
    path.write_bytes(_timeless(book))


def relevance(condition: Condition) -> str:
    """Return a condition in the syntax of XLSForm.

    Examples
    --------
    >>> relevance(AllOf((Equals("CO01", "1"), Not(IsIn("SEX", ("F", "X"))))))
    "${CO01} = '1' and not(${SEX} = 'F' or ${SEX} = 'X')"
    """
    match condition:
        case Equals(item=item, code=code):
            return f"${{{item}}} = '{code}'"
        case IsIn(item=item, codes=codes):
            return " or ".join(f"${{{item}}} = '{code}'" for code in codes)
        case Not(condition=inner):
            return f"not({relevance(inner)})"
        case AllOf(conditions=parts):
            return " and ".join(_bracketed(part) for part in parts)
        case AnyOf(conditions=parts):
            return " or ".join(_bracketed(part) for part in parts)


def _bracketed(condition: Condition) -> str:
    text = relevance(condition)
    return f"({text})" if isinstance(condition, (AnyOf, AllOf, IsIn)) else text


def _survey(questionnaire: Questionnaire, languages: Sequence[str]) -> Iterable[Row]:
    """Yield the rows. Names that are not an item's hold a ``_``, which no item's id does."""
    yield {"type": "calculate", "name": "questionnaire_version", "calculation": f"'{_version(questionnaire)}'"}
    if _is_said(questionnaire.introduction, languages):
        title = _translated("label", questionnaire.title, languages, questionnaire.id)
        yield {"type": "begin_group", "name": "introduction_page", **title, "appearance": "field-list"}
        yield _note("introduction_note", questionnaire.introduction, languages)
        yield {"type": "end_group"}
    for section in questionnaire.sections:
        yield from _section(section, languages)


def _section(section: Section, languages: Sequence[str]) -> Iterable[Row]:
    title = _translated("label", section.title, languages, section.id)
    opened = {"type": "begin_group", "name": f"{section.id}_section", **title, "appearance": "field-list"}
    yield {**opened, **_relevant(section.show_if)}
    if _is_said(section.text, languages):
        yield _note(f"{section.id}_text", section.text, languages)
    for item in section.items:
        yield {**_question(item, languages), **_relevant(item.show_if)}
    yield {"type": "end_group"}


def _note(name: str, text: Text, languages: Sequence[str]) -> Row:
    return {"type": "note", "name": name, **_translated("label", text, languages)}


def _question(item: Item, languages: Sequence[str]) -> Row:
    scale = item.response_scale
    row = {"type": f"select_one {scale.id}", "name": item.id, **_translated("label", item.text, languages, item.id)}
    if scale.type == "number":
        row["type"] = "integer" if _is_whole(scale) else "decimal"
        row.update(_number_rule(scale, languages))
    elif scale.type == "text":
        row["type"] = "text"
    if scale.type in {"number", "text"}:
        row.update(
            {f"hint::{_named(language)}": hint for language in languages if (hint := _code_hint(scale, language))}
        )
    if item.required:
        row["required"] = "yes"
    return row


def _number_rule(scale: ResponseScale, languages: Sequence[str]) -> Row:
    if scale.minimum is None or scale.maximum is None:
        return {}
    low, high = _figure(scale.minimum), _figure(scale.maximum)
    allowed = [f"(. >= {low} and . <= {high})", *(f". = {option.code}" for option in scale.options)]
    message = {
        f"constraint_message::{_named(language)}": _worded(_NUMBER_BETWEEN, language).format(low=low, high=high)
        for language in languages
    }
    return {"constraint": " or ".join(allowed), **message}


def _code_hint(scale: ResponseScale, language: str) -> str:
    """Return how to give a non-answer in a field to write in. Leaving it empty says *no answer* already."""
    said = [option for option in scale.options if option.kind != "blank"]
    wording = _worded(_WRITE_CODE, language)
    return " ".join(
        wording.format(code=option.code, text=_shown(option.text, language, option.code)) for option in said
    )


def _choices(questionnaire: Questionnaire, languages: Sequence[str]) -> Iterable[Row]:
    used = {item.response_scale.id for item in questionnaire.items}
    for scale in questionnaire.response_scales:
        if scale.id in used and scale.type in {"ordinal", "nominal"}:
            for option in scale.options:
                label = _translated("label", option.text, languages, option.code)
                yield {"list_name": scale.id, "name": option.code, **label}


def _settings(questionnaire: Questionnaire, languages: Sequence[str]) -> Row:
    return {
        "form_title": _shown(questionnaire.title, languages[0], questionnaire.id),
        "form_id": questionnaire.id.replace("-", "_"),
        "version": _version(questionnaire),
        "default_language": _named(languages[0]),
        "style": "pages",
    }


def _version(questionnaire: Questionnaire) -> str:
    return "-".join(part for part in (questionnaire.version, questionnaire.fingerprint) if part)


def _translated(column: str, text: Text, languages: Sequence[str], otherwise: str = "") -> Row:
    return {f"{column}::{_named(language)}": _shown(text, language, otherwise) for language in languages}


def _shown(text: Text, language: str, otherwise: str) -> str:
    """Return a text, never blank where it can be helped: tools show a blank cell as ``-`` and warn nobody."""
    said = [text.by_language.get(language, ""), text.read(), *text.by_language.values()]
    return next((words for words in said if words.strip()), otherwise)


def _is_said(text: Text, languages: Sequence[str]) -> bool:
    return any(text.has(language) for language in languages)


def _named(language: str) -> str:
    return f"{LANGUAGE_NAMES.get(language, language)} ({language})"


def _worded(wording: Mapping[str, str], language: str) -> str:
    return wording.get(language.partition("-")[0], wording["en"])


def _relevant(condition: Condition | None) -> Row:
    return {} if condition is None else {"relevant": relevance(condition)}


def _is_whole(scale: ResponseScale) -> bool:
    return all(limit is None or float(limit).is_integer() for limit in (scale.minimum, scale.maximum))


def _figure(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def _fill(sheet: Worksheet, rows: Sequence[Row]) -> None:
    """Write rows as text cells: a wording that begins with ``=`` must not become a formula."""
    from openpyxl.styles import Alignment, Font

    columns = list(dict.fromkeys(column for row in rows for column in row))
    for place, column in enumerate(columns, start=1):
        letter = sheet.cell(1, place, column).column_letter
        sheet.cell(1, place).font = Font(bold=True)
        sheet.column_dimensions[letter].width = _WIDTHS.get(column, _TEXT_WIDTH if "::" in column else 16)
        for line, row in enumerate(rows, start=2):
            if row.get(column):
                cell = sheet.cell(line, place, row[column])
                cell.data_type = "s"
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "C2" if sheet.title != "settings" else "A2"


def _timeless(book: Workbook) -> bytes:
    """Return the workbook's bytes without the hour of writing."""
    written, timeless = BytesIO(), BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(timeless, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", _LONG_AGO.encode(), content)
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return timeless.getvalue()
