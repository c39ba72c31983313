"""The sheet for the table, written to a file: one page that a meeting of police and community groups can talk over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trustmeter.disclosure.rule import DisclosureRule
from trustmeter.errors import DesignError
from trustmeter.options import ReportLanguage
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.evaluation.beside import WeightedBeside
from trustmeter.pilot.evaluation.result import PilotEvaluation, QuestionnaireEvaluation
from trustmeter.pilot.file.model import Pilot
from trustmeter.present.handout.leaflet import (
    EDGE,
    HEADING,
    HEIGHT,
    INDENT,
    LINE,
    RULING,
    SIZES,
    TITLE,
    WIDTH,
    Leaflet,
)
from trustmeter.present.handout.talk import leaflet_of, talk_of
from trustmeter.present.phrases import load_phrases
from trustmeter.present.report.chapters.gate import held
from trustmeter.present.report.chapters.margins.rounding import rounded
from trustmeter.present.report.typesetting import SIGNS, typeset
from trustmeter.weighting.result import Weighting


def copmite_sheet(
    found: Comparison | QuestionnaireEvaluation | PilotEvaluation, *, to: str | Path, language: ReportLanguage = "nl",
    title: str | None = None, rule: DisclosureRule | None = None,
) -> Path:  # fmt: skip
    """Write one page in large letters and plain words, to lay on the table when police and community groups meet.

    It says what was asked and of how many people, what was found in at most three lines, what cannot be said, and three
    open questions; below is room to write. It names the scales that are not part of another, and claims no more than the
    verdicts do: only a verdict of increase is called one.

    Parameters
    ----------
    found
        A `Comparison`, or an evaluation, which holds one; of that of a whole pilot the main questionnaire is told, with its
        zone and whom to ask. Where it holds weights that meet the population, a sentence says whether they change what is said.
    to
        The file to write; ends in ``.pdf`` (to print) or ``.html``. Its folder is made when it is not there.
    language
        ``"nl"``, ``"fr"``, ``"de"`` or ``"en"``.
    title
        The page's title; by default made from the zone.
    rule
        What may be shown, where more is asked for than the library's own thresholds; never less.

    Returns
    -------
    Path
        The file that was written: one page of A4, nothing on it smaller than 16 points.

    Raises
    ------
    DesignError
        When `found` holds no comparison of answers to a questionnaire, the title is too long for the page, or `to` ends
        otherwise or cannot be written.
    MissingExtraError
        When a PDF is asked for and the extra ``report`` is not installed.

    Examples
    --------
    >>> import trustmeter as tm
    >>> from tempfile import mkdtemp
    >>> answers = tm.read_responses(tm.demo_file(), tm.load_questionnaire("community-trust"), respondent="id", wave="wave")
    >>> change = tm.compare(tm.score(answers), tm.PilotDesign("2022", "2023"))
    >>> tm.copmite_sheet(change, to=mkdtemp() + "/sheet.html", language="fr").name
    'sheet.html'
    """
    phrases = load_phrases(language, where="copmite_sheet")
    change = comparison_in(found, where="copmite_sheet")
    if not isinstance(to, (str, Path)):
        raise DesignError(f"The `to` argument of `copmite_sheet` must be a file name. Got {type(to).__name__}.")
    target = Path(to)
    ending = target.suffix.lower()
    if ending not in {".pdf", ".html", ".htm"}:
        raise DesignError(
            f"`copmite_sheet` writes a '.pdf' or '.html' file. Let the name in `to=` end so. Got {target.name!r}."
        )
    held_to = checked_rule(rule, where="copmite_sheet")
    weighting, beside = weights_in(found)
    talk = talk_of(
        held(change, held_to), phrases, publish=held_to.publish, show=held_to.show, pilot=pilot_in(found), title=title,
        weighting=weighting, beside=beside if beside is None else rounded(beside, change, held_to),
    )  # fmt: skip
    leaflet = leaflet_of(talk, phrases)
    written = pdf_of(leaflet) if ending == ".pdf" else html_of(leaflet).encode()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(written)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DesignError(
            f"`copmite_sheet` cannot write {target.name!r} there: {reason}. Name another file in `to=`."
        ) from None
    return target


def checked_rule(rule: object, *, where: str) -> DisclosureRule:
    """Return the rule that a file is held to: the one given, or the library's own."""
    if rule is not None and not isinstance(rule, DisclosureRule):
        raise DesignError(f"The `rule` of `{where}` is a `DisclosureRule(...)`. Got {type(rule).__name__}.")
    return rule or DisclosureRule()


def pilot_in(found: object) -> Pilot | None:
    """Return the pilot of an evaluation."""
    return found.pilot if isinstance(found, PilotEvaluation) else None


def weights_in(found: object) -> tuple[Weighting | None, WeightedBeside | None]:
    """Return the weights of an evaluation and the answer with them; of that of a whole pilot those of the main questionnaire."""
    part = found.parts[0] if isinstance(found, PilotEvaluation) else found
    return (part.weighting, part.beside) if isinstance(part, QuestionnaireEvaluation) else (None, None)


def comparison_in(found: object, *, where: str) -> Comparison:
    """Return the comparison that a result is or holds; `where` is the public verb that asks."""
    change = found.change if isinstance(found, (PilotEvaluation, QuestionnaireEvaluation)) else found
    if not isinstance(change, Comparison):
        raise DesignError(
            f"`{where}` needs a comparison, from `compare(...)`, or an evaluation. Got {type(found).__name__}."
        )
    if not change.scores.answers.questionnaire.items:
        raise DesignError(
            f"`{where}` tells what was asked, and these scores were read without questions. "
            "Read the answers with `read_responses`, or use `to_table`, `plot` and `.summary()`."
        )
    if change.scores.method != "pomp":
        raise DesignError(
            f"`{where}` tells everything in points from 0 to 100, and these scores are {change.scores.method}s. "
            "Score with `score(answers)`, whose method is 'pomp'."
        )
    return change


def pdf_of(leaflet: Leaflet) -> bytes:
    """Return the sheet as the bytes of a tagged PDF."""
    content = {
        "language": leaflet.language,
        "title": leaflet.title,
        "mark": leaflet.mark,
        "asked": leaflet.asked,
        "found": _listed(leaflet.found[0], [_line(one.verdict, one.sentence) for one in leaflet.found[1]]),
        "cannot": _listed(leaflet.cannot[0], [_line(one.verdict, one.sentence) for one in leaflet.cannot[1]]),
        "questions": _listed(leaflet.questions[0], list(leaflet.questions[1])),
        "write": leaflet.write,
        "contact": leaflet.contact,
        "width": WIDTH,
        "height": HEIGHT,
        **{name.replace("_", "-"): value for name, value in _measures(leaflet).items()},
    }
    return typeset("leaflet.typ", content)


def html_of(leaflet: Leaflet) -> str:
    """Return the sheet as a page that prints on one page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("trustmeter.present"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("leaflet.html.j2").render(leaf=leaflet, **_measures(leaflet))


def _measures(leaflet: Leaflet) -> dict[str, Any]:
    return {
        "size": leaflet.size() or SIZES[-1], "line": LINE, "space": leaflet.space, "edge": EDGE, "indent": INDENT, "ruling": RULING,
        "title_size": TITLE, "heading_size": HEADING, "signs": SIGNS,
    }  # fmt: skip


def _listed(title: str, lines: list[Any]) -> dict[str, Any]:
    return {"title": title, "lines": lines}


def _line(verdict: str, sentence: str) -> dict[str, str]:
    return {"verdict": verdict, "sentence": sentence}
