"""Out to readers, archives and reviewers: the codebook in the form that the file's ending names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from trustmeter.errors import DesignError, unknown_word
from trustmeter.exchange.codebook.ddi import VERSIONS, ddi_codebook
from trustmeter.exchange.codebook.page import codebook_page
from trustmeter.exchange.codebook.refusal import refuse_unfit_signs
from trustmeter.exchange.codebook.review import review_sheet
from trustmeter.exchange.codebook.table import codebook_table
from trustmeter.exchange.codebook.word_file import review_document
from trustmeter.questionnaire.model import Questionnaire

FORMS: dict[str, Callable[[Questionnaire, Sequence[str]], bytes]] = {
    ".html": codebook_page,
    ".xml": ddi_codebook,
    ".csv": codebook_table,
    ".xlsx": review_sheet,
    ".docx": review_document,
}
"""What is written for each ending: a page, DDI-Codebook, a table, the review sheet as a workbook or a Word file."""


def write_codebook(
    questionnaire: Questionnaire, path: Path, languages: Sequence[str], *, ddi: str | None = None
) -> None:
    """Write the codebook. The same questionnaire gives the same bytes.

    Parameters
    ----------
    questionnaire
        What is asked.
    path
        The file to write.
    languages
        The tags of the languages, the first one leading.
    ddi
        The version of DDI-Codebook, for ``.xml``: ``"2.6"``, as by default, or ``"2.5"``.

    Raises
    ------
    QuestionnaireError
        When a text holds signs that no file can hold.
    DesignError
        When that version is not known, or the file is none of DDI.
    MissingExtraError
        When a Word file is asked for, and the package that writes it is not installed.
    """
    write, suffix = FORMS[path.suffix.lower()], path.suffix.lower()
    if ddi is not None:
        if ddi not in VERSIONS:
            raise DesignError(unknown_word("`ddi` setting", ddi, VERSIONS, "tool 'codebook'"))
        if suffix != ".xml":
            raise DesignError(f"The `ddi` setting of 'codebook' is for a file that ends in '.xml'. Got {path.name!r}.")
        write = partial(ddi_codebook, version=ddi)
    refuse_unfit_signs(questionnaire, languages)
    path.write_bytes(write(questionnaire, languages))
