"""A spreadsheet for translators, after TRAPD: source, context, two translations, review, back-translation; out and back in."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustmeter.authoring.writing import as_yaml, texts_of
from trustmeter.errors import Problem, QuestionnaireError, did_you_mean
from trustmeter.questionnaire.document import STRUCTURE
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.reader import read_questionnaire
from trustmeter.questionnaire.text import is_right_to_left

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

COLUMNS = (
    "key", "what it is", "source", "max. length", "translation 1", "translation 2", "reconciled", "back-translation",
    "final", "notes",
)  # fmt: skip
"""Translate twice independently, reconcile, translate back, compare, and write what is to be used into *final*."""

LARGEST_UNPACKED = 50_000_000
"""Bytes to which a sheet may unpack; one of a long questionnaire has some hundred thousand."""

_SHEET = "texts"
_ABOUT = "about"
_WIDTHS = (30, 34, 60, 12, 50, 50, 50, 50, 50, 40)
_LABEL, _HEADING = 40, 80
_HOW = (
    "Two people translate on their own (translation 1, translation 2); together with a third they reconcile them; somebody who "
    "has not seen the source translates back; then the final text is decided and written into the column 'final'. Keep 'key' "
    "and 'source' as they are. What stays empty in 'final' stays untranslated."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One text to translate: its key (``items.TR01``), what it is, the source, and the longest that fits."""

    key: str
    context: str
    source: str
    longest: int | None
    done: str


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """What came back from translators.

    Parameters
    ----------
    folder
        The questionnaire's folder.
    language
        The language that was written.
    translated, texts
        How many texts are translated, of how many.
    problems
        What should be looked at.
    """

    folder: Path
    language: str
    translated: int
    texts: int
    problems: tuple[Problem, ...]


def write_translation_sheet(questionnaire: Questionnaire, path: str | Path, *, language: str) -> Path:
    """Write the spreadsheet that translators fill in for one language.

    Parameters
    ----------
    questionnaire
        What is asked. Texts that the language has already stand in the column ``final``.
    path
        The ``.xlsx`` file to write.
    language
        The tag of the language, such as ``"tr"`` or ``"ar"``; not the base language.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    QuestionnaireError
        When the language is the base language or no tag, or the file cannot be written.

    References
    ----------
    Harkness, J. A. (2003). Questionnaire translation. In Cross-Cultural Survey Methods. Wiley. (TRAPD)

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from trustmeter.questionnaire.shelf import load_questionnaire
    >>> write_translation_sheet(load_questionnaire("encounter"), mkdtemp() + "/encounter-tr.xlsx", language="tr").name
    'encounter-tr.xlsx'
    """
    from openpyxl import Workbook

    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        raise QuestionnaireError(
            f"A translation sheet is an Excel file. Let its name end in '.xlsx'. Got {target.name!r}."
        )
    if language == questionnaire.base_language or not language.replace("-", "").isalnum():
        message = f"A sheet is for another language than the base language {questionnaire.base_language!r}."
        raise QuestionnaireError(f"{message} Got {language!r}.")
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = _SHEET
    _fill(sheet, list(_rows(questionnaire, language)), language, questionnaire.base_language)
    about = book.create_sheet(_ABOUT)
    facts = {
        "questionnaire": questionnaire.id, "version": questionnaire.version, "fingerprint": questionnaire.fingerprint,
        "source language": questionnaire.base_language, "language": language, "how": _HOW,
    }  # fmt: skip
    for name, value in facts.items():
        about.append([name, value])
    about.column_dimensions["B"].width = 100
    try:
        book.save(target)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise QuestionnaireError(f"{target.name!r} cannot be written: {why}. Is it open in another program?") from None
    return target


def read_translation_sheet(path: str | Path, folder: str | Path) -> ReadSheet:
    """Read a filled-in sheet and write the language's file into the questionnaire's folder.

    A language that is new, or not complete, is listed under ``unfinished_languages`` with how far it is. Finished or not:
    that it was reviewed is for people to say, in ``evidence.yaml``.

    Parameters
    ----------
    path
        The ``.xlsx`` file.
    folder
        The questionnaire's folder.

    Returns
    -------
    ReadSheet
        How many texts are translated, and what should be looked at: ``T-SOURCE-CHANGED`` (the source was changed after
        the sheet was made), ``T-TOO-LONG``.

    Raises
    ------
    QuestionnaireError
        When the file is no such sheet, belongs to another questionnaire, or a key is unknown or there twice.
    """
    target = Path(folder)
    questionnaire = read_questionnaire(target)
    about, cells = _open_sheet(Path(path))
    if about.get("questionnaire") != questionnaire.id:
        message = f"The sheet is for the questionnaire {about.get('questionnaire', '')!r}, the folder holds {questionnaire.id!r}."
        raise QuestionnaireError(f"{message} Give the folder of that questionnaire.")
    language = about.get("language", "")
    rows = {row.key: row for row in _rows(questionnaire, language)}
    finals, problems = _finals(cells, rows, Path(path).name)
    tree: dict[str, Any] = {}
    for key, said in finals.items():
        branch = tree
        *above, last = key.split(".")
        for part in above:
            branch = branch.setdefault(part, {})
        branch[last] = said
    (target / f"{language}.yaml").write_text(as_yaml(tree) if tree else "{}\n", encoding="utf-8", newline="\n")
    _list_language(target, language, len(finals), len(rows), known=language in questionnaire.languages)
    return ReadSheet(target, language, len(finals), len(rows), tuple(problems))


def _rows(questionnaire: Questionnaire, language: str) -> Iterator[Row]:
    source = dict(_flat(texts_of(questionnaire, questionnaire.base_language)))
    done = dict(_flat(texts_of(questionnaire, language)))
    contexts = _contexts(questionnaire)
    for key, said in source.items():
        kind = key.split(".")[0]
        longest = {"response_scales": _LABEL, "sections": None if key.endswith(".text") else _HEADING}.get(kind)
        yield Row(key, contexts.get(key, _PLAIN.get(key, "")), said, longest, done.get(key, ""))


_PLAIN = {
    "title": "Title of the questionnaire",
    "description": "What the questionnaire is about, for those who choose it",
    "introduction": "Read by respondents before the first question",
}


def _contexts(questionnaire: Questionnaire) -> dict[str, str]:
    """Return what a translator must know of each text."""
    told = {}
    for section in questionnaire.sections:
        told[f"sections.{section.id}.title"] = "Heading of a section"
        told[f"sections.{section.id}.text"] = "Stands before the questions of a section and must fit all of them"
        for item in section.items:
            turned = [scale.id for scale in questionnaire.scales if item.id in scale.reversed]
            measured = [scale.id for scale in questionnaire.scales if item.id in scale.items]
            words = f"Question; answers: {item.response_scale.id}" + (
                f"; measures {', '.join(measured)}" if measured else ""
            )
            told[f"items.{item.id}"] = words + ("; agreeing means LESS of it: keep that direction" if turned else "")
    for scale in questionnaire.response_scales:
        for option in scale.options:
            told[f"response_scales.{scale.id}.{option.code}"] = (
                f"Answer {option.code} of {scale.id}: steps must stay equally far apart"
            )
    for measured_by in questionnaire.scales:
        told[f"scales.{measured_by.id}.name"] = "Name of a scale, in reports"
        told[f"scales.{measured_by.id}.description"] = "What a scale measures, in reports"
    return told


def _flat(tree: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, said in tree.items():
        if isinstance(said, dict):
            yield from _flat(said, f"{above}{key}.")
        else:
            yield f"{above}{key}", said


def _fill(sheet: Worksheet, rows: list[Row], language: str, base: str) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    headings = [{"source": f"source ({base})", "final": f"final ({language})"}.get(name, name) for name in COLUMNS]
    sheet.append(headings)
    for row in rows:
        sheet.append([row.key, row.context, row.source, row.longest, "", "", "", "", row.done, ""])
    rtl = is_right_to_left(language)
    for cells in sheet.iter_rows(min_row=1):
        for place, cell in enumerate(cells):
            wanted = 2 if rtl and place in (4, 5, 6, 8) else 1
            cell.alignment = Alignment(wrap_text=True, vertical="top", readingOrder=wanted)
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a text that begins with = is a text
    for place, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "D2"


def _open_sheet(path: Path) -> tuple[dict[str, str], list[list[str]]]:
    from openpyxl import load_workbook

    wrong = f"{path.name!r} is no translation sheet. Make one with `trustmeter translate sheet`, and keep both of its tables."
    if not path.is_file():
        raise QuestionnaireError(f"There is no file {path.name!r}. Check the path.")
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(member.file_size for member in packed.infolist())
        book = load_workbook(path, data_only=True) if unpacked <= LARGEST_UNPACKED else None
    except Exception:
        raise QuestionnaireError(wrong) from None
    if book is None:
        cure = "Do not open it. Ask for the sheet again."
        raise QuestionnaireError(f"{path.name!r} unpacks to far more than a translation sheet does. {cure}")
    if not {_SHEET, _ABOUT} <= set(book.sheetnames):
        raise QuestionnaireError(wrong)
    about = {str(row[0]): str(row[1]) for row in book[_ABOUT].iter_rows(values_only=True) if row and row[0]}
    cells = [["" if cell is None else str(cell) for cell in row] for row in book[_SHEET].iter_rows(values_only=True)]
    if not cells or len(cells[0]) < len(COLUMNS) or cells[0][0] != "key" or not cells[0][8].startswith("final"):
        raise QuestionnaireError(wrong)
    return about, cells[1:]


def _finals(cells: list[list[str]], rows: dict[str, Row], name: str) -> tuple[dict[str, str], list[Problem]]:
    finals: dict[str, str] = {}
    faults: list[Problem] = []
    notes: list[Problem] = []
    for number, row in enumerate(cells, start=2):
        key, source, final = row[0].strip(), row[2], row[8].strip()
        where = f"{name}: row {number}"
        if not key:
            continue
        if key not in rows:
            message = f"The key {key!r} is not known.{did_you_mean(key, rows)}"
            faults.append(Problem("T-KEY", where, message, "Put the key back as it was."))
        elif key in finals:
            faults.append(Problem("T-KEY", where, f"The key {key!r} is there twice.", "Keep one row."))
        elif final:
            finals[key] = final
            longest = rows[key].longest
            if " ".join(source.split()) != " ".join(rows[key].source.split()):
                message = f"The source of {key!r} was changed after this sheet was made."
                notes.append(
                    Problem("T-SOURCE-CHANGED", where, message, "Compare the translation with the source.", "warning")
                )
            if longest is not None and len(final) > longest:
                message = f"The text has {len(final)} characters, and {longest} fit."
                notes.append(Problem("T-TOO-LONG", where, message, "Shorten it.", "warning"))
    if faults:
        raise QuestionnaireError(f"The sheet {name!r} cannot be used.", faults)
    return finals, notes


def _list_language(folder: Path, language: str, translated: int, texts: int, *, known: bool) -> None:
    """List the language in the structure; as unfinished, with how far it is, unless it was there and is complete."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    file = folder / STRUCTURE
    tree = yaml.load(file.read_text(encoding="utf-8"))
    if not known:
        tree["languages"].append(language)
    unfinished = tree.get("unfinished_languages", {})
    if translated < texts or not known:
        said = "Translated, not reviewed." if translated == texts else f"{translated} of {texts} texts are translated."
        unfinished[language] = said
        if "unfinished_languages" not in tree:
            tree.insert(list(tree).index("languages") + 1, "unfinished_languages", unfinished)
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        yaml.dump(tree, stream)
