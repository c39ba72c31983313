"""The report of a comparison, written to a file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from pathlib import Path
from typing import Any

from trustmeter.disclosure.publishing import Imprint
from trustmeter.disclosure.publishing import published as on_record
from trustmeter.disclosure.rule import DisclosureRule
from trustmeter.errors import DesignError
from trustmeter.options import ReportLanguage
from trustmeter.pilot.evaluation.result import QuestionnaireEvaluation
from trustmeter.pilot.protocol import Protocol
from trustmeter.present.phrases import load_phrases
from trustmeter.present.report.chapters.material import Material
from trustmeter.present.report.chapters.whole import document_of
from trustmeter.present.report.document import Document
from trustmeter.present.report.gathering import gathered
from trustmeter.present.report.published import told_groups
from trustmeter.psychometrics.consistency.estimate import ReliabilityResult
from trustmeter.psychometrics.items import ItemAnalysis
from trustmeter.responses.quality import QualityReport
from trustmeter.results import Result


def _html(document: Document, path: Path) -> None:
    from trustmeter.present.report.html import write_html

    write_html(document, path)


def _pdf(document: Document, path: Path) -> None:
    from trustmeter.present.report.typesetting import write_pdf

    write_pdf(document, path)


def _word(document: Document, path: Path) -> None:
    from trustmeter.present.report.word_file import write_word

    write_word(document, path)


WRITERS: dict[str, Callable[[Document, Path], None]] = {".html": _html, ".htm": _html, ".pdf": _pdf, ".docx": _word}
"""Ending of the file → what writes a document to it; the format's module is loaded when it is asked for."""


def report(
    *results: Result | Protocol | QuestionnaireEvaluation,
    to: str | Path,
    language: ReportLanguage = "en",
    title: str | None = None,
    rule: DisclosureRule | None = None,
    register: str | Path | None = None,
    published: str | None = None,
    replaces: str | None = None,
) -> Path:
    """Write the report of a comparison as one file that opens anywhere without a network: a page, a PDF, or for Word.

    Parameters
    ----------
    results
        A `Comparison`; and of the same answers what is to stand beside it: the `QualityReport` and the `ReliabilityResult`
        (made where they are not passed), an `ItemAnalysis`, `AttritionResult`, `EstimatorComparison`, `RegressionToMean`,
        `IncidentReport` and `Plan`, several `InvarianceResult`, `SubgroupResult` and `LatentChange`; the `Representation`, the
        `Weighting` and what an evaluation found with it, whose shares are rounded; and the `Protocol` that the comparison was
        held to, whose primary scale is then told first. Or a `PilotEvaluation` of one questionnaire (of several: one of its
        parts), which holds all of this.
    to
        The file to write; ends in ``.html``, ``.pdf`` or ``.docx``. Its folder is made when it is not there.
    language
        ``"en"``, ``"fr"``, ``"nl"`` or ``"de"``.
    title
        The page's title; by default made from the zone.
    rule
        What may be shown, where more is asked for than the library's own thresholds; never less.
    register
        The pilot's register of publications, a file that ends in ``.json`` and stays in the zone; made when it is not there.
        A report that would give a few people away beside what is published already is refused, all others are recorded.
    published
        The day of publication for the register, as ``"2026-03-31"``; by default today.
    replaces
        The number in the register of the publication that this one replaces. That one was out, so it goes on to count.

    Returns
    -------
    Path
        The file that was written. It holds no answer and no score of a person; groups under ten people and counts
        under five are not shown.

    Raises
    ------
    DesignError
        When there is not one comparison among the results, its scores do not run from 0 to 100, a result is about
        other answers or has no place in a report, or `to` ends otherwise or cannot be written; when the register says that
        the report gives people away, or cannot be used.
    MissingExtraError
        When a PDF or a Word file is asked for and the extra ``report`` is not installed.

    Examples
    --------
    >>> import trustmeter as tm
    >>> from tempfile import mkdtemp
    >>> answers = tm.read_responses(tm.demo_file(), tm.load_questionnaire("community-trust"), respondent="id", wave="wave")
    >>> change = tm.compare(tm.score(answers), tm.PilotDesign("2022", "2023"))
    >>> tm.report(change, to=mkdtemp() + "/report.html", language="nl").name
    'report.html'
    """
    phrases = load_phrases(language, where="report")
    if not isinstance(to, (str, Path)):
        raise DesignError(f"The `to` argument of `report` must be a file name. Got {type(to).__name__}.")
    target = Path(to)
    write = _writer(target)
    material = gathered(results, rule, phrases)
    document = document_of(material, title)
    imprint = Imprint(document.title, language, target.name, published or date.today().isoformat(), replaces or "")
    try:
        with _on_record(register, imprint, material):
            target.parent.mkdir(parents=True, exist_ok=True)
            write(document, target)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DesignError(
            f"`report` cannot write {target.name!r} there: {reason}. Name another file in `to=`."
        ) from None
    return target


def _on_record(register: str | Path | None, imprint: Imprint, material: Material) -> AbstractContextManager[Any]:
    """Return what puts a report on record while it is written; nothing without a register."""
    if register is None:
        if imprint.replaces:
            raise DesignError("`report` was told what it replaces, but not in which register. Pass `register=` too.")
        return nullcontext()
    try:
        date.fromisoformat(imprint.published)
    except (TypeError, ValueError):
        message = "The `published` argument of `report` must be a day such as '2026-03-31'."
        raise DesignError(f"{message} Got {imprint.published!r}.") from None
    change, results = material.change, material.results
    for result in results:
        about_rows = isinstance(result, (QualityReport, ReliabilityResult, ItemAnalysis))
        if about_rows and result.provenance.rows_used > len(change.scores):
            name = type(result).__name__
            message = f"The {name} given to `report` is about more rows than the comparison, and the register cannot tell whom."
            raise DesignError(f"{message} Make it of the answers compared: `change.scores.answers`.")
    return on_record(register, change.scores.answers, told_groups(change, results), imprint, material.rule)


def _writer(target: Path) -> Callable[[Document, Path], None]:
    """Return what writes a file with that ending."""
    ending = target.suffix.lower()
    if ending not in WRITERS:
        known = " or ".join(repr(one) for one in WRITERS if one != ".htm")
        raise DesignError(
            f"`report` writes the kind of file that the name in `to=` ends in: {known}. Got {target.name!r}."
        )
    return WRITERS[ending]
