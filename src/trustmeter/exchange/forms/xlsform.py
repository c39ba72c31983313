"""XLSForm: one workbook that KoboToolbox, ODK and SurveyCTO read, all languages inside. Its specification is public."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trustmeter.exchange.forms.workbook import timeless
from trustmeter.exchange.forms.xlsform_refusal import refuse_what_would_go_wrong
from trustmeter.exchange.forms.xlsform_rows import choice_rows, headings_of, survey_rows, version_of
from trustmeter.exchange.forms.xlsform_words import Row, Wording, said
from trustmeter.questionnaire.model import Questionnaire

if TYPE_CHECKING:
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

_WIDTHS = {"type": 24, "name": 28, "list_name": 24, "relevant": 40, "constraint": 40, "form_title": 40, "version": 24}
_TEXT_WIDTH = 60
_ORDER = ("type", "list_name", "name", "label", "hint", "appearance", "relevant", "required", "required_message",
          "constraint", "constraint_message", "calculation")  # fmt: skip


def write_xlsform(questionnaire: Questionnaire, path: Path, languages: Sequence[str], *, grid: bool = False) -> None:
    """Write the workbook: sheets ``survey``, ``choices``, ``settings``.

    Sections become pages, the consent gate a group around all that follows it, routing becomes ``relevant``, non-answers
    stay choices with their codes, below the others. The same questionnaire gives the same bytes.

    Parameters
    ----------
    questionnaire
        What is to be asked.
    path
        The file to write.
    languages
        The tags of the languages, the default one first.
    grid
        Whether questions with the same answers stand in one grid (``table-list``): for wide screens only. Else each has its
        answers below it, which reads well on a telephone, too.

    Raises
    ------
    QuestionnaireError
        When a tool would change, hide or reject something (codes ``X-``).
    """
    from openpyxl import Workbook

    refuse_what_would_go_wrong(questionnaire, languages)
    wording = Wording(languages, LANGUAGE_NAMES)
    book = Workbook()
    book.remove(book.worksheets[0])
    sheets = {
        "survey": list(survey_rows(questionnaire, wording, grid=grid)),
        "choices": list(choice_rows(questionnaire, wording)),
        "settings": [_settings(questionnaire, wording)],
    }
    for name, rows in sheets.items():
        if rows:
            _fill(book.create_sheet(name), rows)
    book.properties.creator = "trustmeter"
    book.properties.title = str(questionnaire.title)
    path.write_bytes(timeless(book))


def _settings(questionnaire: Questionnaire, wording: Wording) -> Row:
    """Return the settings. A filled-in form is named by its questionnaire, never by anything about the person."""
    return {
        "form_title": said(questionnaire.title, wording.languages[0], questionnaire.id),
        "form_id": questionnaire.id.replace("-", "_"),
        "version": version_of(questionnaire),
        "default_language": wording.named(wording.languages[0]),
        "style": "pages",
        "instance_name": f"'{questionnaire.id} {questionnaire.version}'",
    }


def _fill(sheet: Worksheet, rows: Sequence[Row]) -> None:
    """Write rows as text cells: a wording that begins with ``=`` must not become a formula."""
    from openpyxl.styles import Alignment, Font

    columns = headings_of(rows, _ORDER)
    for place, column in enumerate(columns, start=1):
        letter = sheet.cell(1, place, column).column_letter
        sheet.cell(1, place).font = Font(bold=True)
        sheet.column_dimensions[letter].width = _WIDTHS.get(column, _TEXT_WIDTH if "::" in column else 16)
        for line, row in enumerate(rows, start=2):
            if row.get(column):
                cell = sheet.cell(line, place, row[column])
                cell.data_type = "s"
                cell.quotePrefix = row[column][0] in "=+-@"
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "C2" if sheet.title != "settings" else "A2"
