"""Out to readers, archives and reviewers: the codebook in the form that the file's ending names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from trustmeter.exchange.codebook.ddi import ddi_codebook
from trustmeter.exchange.codebook.page import codebook_page
from trustmeter.exchange.codebook.refusal import refuse_unfit_signs
from trustmeter.exchange.codebook.review import review_sheet
from trustmeter.exchange.codebook.table import codebook_table
from trustmeter.questionnaire.model import Questionnaire

FORMS: dict[str, Callable[[Questionnaire, Sequence[str]], bytes]] = {
    ".html": codebook_page,
    ".xml": ddi_codebook,
    ".csv": codebook_table,
    ".xlsx": review_sheet,
}
"""What is written for each ending: a page, DDI-Codebook, a table, the review sheet."""


def write_codebook(questionnaire: Questionnaire, path: Path, languages: Sequence[str]) -> None:
    """Write the codebook. The same questionnaire gives the same bytes.

    Raises
    ------
    QuestionnaireError
        When a text holds signs that no file can hold.
    """
    refuse_unfit_signs(questionnaire, languages)
    path.write_bytes(FORMS[path.suffix.lower()](questionnaire, languages))
