"""The report: one HTML page that needs nothing from elsewhere, the answer first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE, ReportLanguage
from trustmeter.pilot.change.result import Comparison
from trustmeter.present.phrases import Phrases, load_phrases
from trustmeter.present.pilot.changes import change_rows, family_of
from trustmeter.present.pilot.sentences import declared_of, people_of, sentences_of, shocks_of
from trustmeter.present.plots import draw_answers, draw_comparison, draw_meter, draw_quality
from trustmeter.present.reading import compared, in_order, is_group, is_simulated, scale_name
from trustmeter.present.tables import changed_table, to_table
from trustmeter.present.tally import Panel, Tally, groups_of, panels_of
from trustmeter.psychometrics.consistency.estimate import ReliabilityResult, reliability
from trustmeter.psychometrics.items import ItemAnalysis
from trustmeter.responses.labels import row_labels
from trustmeter.responses.quality import QualityReport, check_quality
from trustmeter.results import Result

if TYPE_CHECKING:
    from trustmeter.present.sheet import Chart


LEFT_OUT = {
    "other areas, or none": "other_areas",
    "people of one of the two waves only": "one_wave",
    "rows without a covariate": "no_covariate",
}
"""Why a larger design leaves rows out, and the words for it."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page: its caption, headings and cells; the first cell of a row names it."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the page.

    Parameters
    ----------
    id, title, text
        Its anchor, its heading, and a sentence.
    picture
        An ``<svg>`` element, or an empty text.
    tables
        Its tables.
    folded
        Tables that are folded away: the numbers of the picture.
    parts
        Parts of this part.
    """

    id: str
    title: str
    text: str = ""
    picture: str = ""
    tables: tuple[Table, ...] = ()
    folded: tuple[Table, ...] = ()
    parts: tuple[Part, ...] = field(default_factory=tuple)


def report(*results: Result, to: str | Path, language: ReportLanguage = "en", title: str | None = None) -> Path:
    """Write the report of a comparison as one HTML file that opens anywhere, without a network.

    Parameters
    ----------
    results
        A `Comparison`; and, where they should not be made anew, the `QualityReport`, the `ReliabilityResult` and an
        `ItemAnalysis` of the same answers.
    to
        The file to write; ends in ``.html``. Its folder is made when it is not there.
    language
        ``"en"``, ``"fr"``, ``"nl"`` or ``"de"``.
    title
        The page's title; by default made from the zone.

    Returns
    -------
    Path
        The file that was written. It holds no answer and no score of a person; groups under ten people and counts
        under five are not shown.

    Raises
    ------
    DesignError
        When there is not one comparison among the results, its scores do not run from 0 to 100, a result is about
        other answers or has no place in a report, or `to` is no HTML file or cannot be written.

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
    if target.suffix.lower() not in {".html", ".htm"}:
        raise DesignError(f"`report` writes an HTML file. Let the name in `to=` end in '.html'. Got {target.name!r}.")
    change = _only(Comparison, results)
    if change is None:
        given = ", ".join(type(result).__name__ for result in results) or "nothing"
        raise DesignError(f"`report` needs one comparison, from `compare(...)`, as its first argument. Got {given}.")
    if not change.scores.answers.questionnaire.items:
        message = "A report tells of questions and of how they were answered, and these scores were read without any."
        raise DesignError(
            f"{message} Read the answers with `read_responses`, or use `to_table`, `plot` and `.summary()`."
        )
    if change.scores.method != "pomp":
        message = "A report tells everything in points from 0 to 100, and these scores are"
        raise DesignError(f"{message} {change.scores.method}s. Score with `score(answers)`, whose method is 'pomp'.")
    _refuse_strangers(change, results)
    answers = change.scores.answers
    quality = _only(QualityReport, results) or check_quality(answers)
    meter = _only(ReliabilityResult, results) or reliability(answers, scale=list(change.verdicts))
    items = _only(ItemAnalysis, results)
    page = _page(change, quality, meter, items, phrases, title=title)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DesignError(
            f"`report` cannot write {target.name!r} there: {reason}. Name another file in `to=`."
        ) from None
    return target


def _refuse_strangers(change: Comparison, results: Sequence[Result]) -> None:
    """Refuse results that would be left out in silence, or that are about something else."""
    for result in results:
        name = type(result).__name__
        if not isinstance(result, (Comparison, QualityReport, ReliabilityResult, ItemAnalysis)):
            raise DesignError(f"A report has no place for a result of type {name}. Leave it out.")
        if result.provenance.fingerprint != change.provenance.fingerprint:
            raise DesignError(f"The {name} given to `report` is about another questionnaire than the comparison.")
        same_file = result.provenance.source == change.provenance.source and result.simulated == change.simulated
        if not same_file or (isinstance(result, QualityReport) and result.provenance.rows_used < len(change.scores)):
            raise DesignError(f"The {name} given to `report` is about other answers than the comparison.")


def _only(kind: type[Any], results: Sequence[Result]) -> Any:
    found = [result for result in results if isinstance(result, kind)]
    if len(found) > 1:
        raise DesignError(f"`report` takes one {kind.__name__}. Got {len(found)}: write a report for each.")
    return found[0] if found else None


def _page(
    change: Comparison,
    quality: QualityReport,
    meter: ReliabilityResult,
    items: ItemAnalysis | None,
    phrases: Phrases,
    *,
    title: str | None,
) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("trustmeter.present"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    simulated = is_simulated((change, quality, meter))
    return environment.get_template("report.html.j2").render(
        language=phrases.language,
        say=phrases.say,
        title=title or _title(change, phrases),
        simulated=simulated,
        verdicts=_verdicts(change, phrases),
        standing=_standing(change, phrases),
        parts=_parts(change, quality, meter, items, phrases),
        facts=_facts(change, phrases),
        notes=list(
            dict.fromkeys(
                note for result in (change, quality, meter, items) if result is not None for note in result.notes
            )
        ),
    )


def _title(change: Comparison, phrases: Phrases) -> str:
    answers = change.scores.answers
    zones = (
        [] if answers.roles.zone is None else sorted(row_labels(answers.frame[answers.roles.zone]).dropna().unique())
    )
    return (
        phrases.say("report.title_zone", zone=phrases.join(zones))
        if 0 < len(zones) <= 3
        else phrases.say("report.title")
    )


def _verdicts(change: Comparison, phrases: Phrases) -> list[tuple[str, str]]:
    """Return verdict and sentence of every scale that is not part of another; before them what areas cannot tell."""
    said = sentences_of(change, phrases)
    chosen = [(row.said, sentence) for row, sentence in said if row.depth == 0]
    first = shocks_of(change, phrases)
    return [*([("inconclusive", first)] if first else []), *(chosen or [(row.said, told) for row, told in said])]


def _standing(change: Comparison, phrases: Phrases) -> list[str]:
    family = family_of(change)
    ending = "" if family == "change" else f"_{family}"
    rows = change_rows(change, phrases)
    tested = (
        change.table.loc[change.table["p_adjusted"].notna(), "scale"].nunique() if "p_adjusted" in change.table else 0
    )
    together = "separately" if change.provenance.options.get("adjustment") == "none" else "together"
    untested = [scale for scale in change.scores.scales if scale not in change.verdicts]
    names = [scale_name(scale, change.scores.answers.questionnaire, phrases.language) for scale in untested]
    undecided = any(row.said == "inconclusive" for row in rows)
    return [
        phrases.say(f"report.standing{ending}"),
        *([] if family == "group" else [phrases.say(f"report.{people_of(change)}")]),
        phrases.say("report.points"),
        *declared_of(change, phrases),
        *([phrases.say(f"report.{together}", n=tested)] if tested > 1 else []),
        *([phrases.say("report.untested", scales=phrases.join(names))] if names else []),
        *([phrases.say(f"report.not_nothing{ending}")] if undecided else []),
        *([phrases.say("report.further")] if any(row.further for row in rows) else []),
        *([phrases.say("report.dimensions")] if any(row.depth for row in rows) else []),
    ]


def _parts(
    change: Comparison, quality: QualityReport, meter: ReliabilityResult, items: ItemAnalysis | None, phrases: Phrases
) -> list[Part]:
    say, answers = phrases.say, change.scores.answers
    known = answers.questionnaire
    changed = draw_comparison(change, None, phrases, titled=False)
    missing = draw_quality(quality, None, phrases, titled=False, questionnaire=known)
    drawn = draw_meter(meter, None, phrases, titled=False, questionnaire=known)
    language: Any = phrases.language

    def table(caption: str, result: Result) -> Table:
        return _table(caption, to_table(result, language=language, questionnaire=known), phrases)

    mark = _mark(change, phrases)
    moved = changed_table(change, phrases)
    people = (_table(say("report.moved") + mark, moved, phrases),) if moved is not None else ()
    parts = [
        Part("change", say("report.change"), "", _svg(changed, "change"), (table(changed.heading + mark, change),)),
        *([Part("people", say("report.moved"), say("report.moved_text"), tables=people)] if people else []),
        Part("who", say("report.who"), say("report.who_text"), tables=(_who(change, phrases),)),
        Part(
            "missing", say("report.missing"), say("report.missing_text"), _svg(missing, "missing"),
            folded=(table(say("report.missing_each") + mark, quality),),
        ),
        Part("meter", say("report.meter"), say("report.meter_text"), _svg(drawn, "meter"), (table(drawn.heading + mark, meter),)),
        Part("answers", say("report.answers"), say("report.answers_text"), parts=tuple(_answers(change, phrases))),
    ]  # fmt: skip
    if items is not None:
        parts.insert(-1, Part("items", say("report.items"), folded=(table(say("report.items") + mark, items),)))
    return parts


def _svg(chart: Chart, salt: str) -> str:
    """Return a picture for the page, its words in the page's font."""
    return chart.to_svg(salt=salt, text_as_paths=False)


def _answers(change: Comparison, phrases: Phrases) -> list[Part]:
    """Return one part for each scale that has no dimensions: its picture, and the picture's numbers."""
    answers = change.scores.answers
    known, groups = answers.questionnaire, groups_of(change)
    parts = []
    for scale in in_order(change.verdicts, known):
        if known.dimensions(scale):
            continue
        chart = draw_answers(answers, scale, phrases, titled=False, groups=groups)
        tables = tuple(
            _counts(panel, phrases, chart.heading + _mark(change, phrases), change)
            for panel in panels_of(answers, scale, phrases, groups)
        )
        name = scale_name(scale, known, phrases.language)
        parts.append(Part(f"answers-{scale}", name, "", _svg(chart, scale), folded=tables))
    return parts


def _mark(change: Comparison, phrases: Phrases) -> str:
    """Return what every caption of simulated data ends in."""
    return f" — {phrases.say('simulated.mark')}" if change.simulated else ""


def _split(change: Comparison, phrases: Phrases) -> str:
    """Return the heading of the column that says which wave or group."""
    return phrases.say("column.group" if is_group(change) else "column.wave")


def _counts(panel: Panel, phrases: Phrases, caption: str, change: Comparison) -> Table:
    say, absent = phrases.say, panel.non_answers.values()
    headings = (say("column.item"), _split(change, phrases), *panel.options, *absent, say("column.n"))
    return Table(caption, headings, tuple(_count_row(panel, tally, phrases) for tally in panel.tallies))


def _count_row(panel: Panel, tally: Tally, phrases: Phrases) -> tuple[str, ...]:
    concealed = phrases.say("cell.concealed")
    named = [f"{tally.item}: {panel.wording[tally.item]}", tally.group]
    if not tally.enough:
        too_few = phrases.say("cell.few_people")
        return (*named, *[too_few] * len(panel.options), *[""] * len(panel.non_answers), too_few)
    shares = {cell.categories[0]: cell.share for cell in tally.inside}
    hidden = {category for cell in tally.outside for category in cell.categories}
    cells = [concealed if at in hidden else phrases.percent(shares.get(at, 0.0)) for at in range(len(panel.options))]
    absent = tally.absent_texts(phrases).values()
    return (*named, *cells, *absent, tally.base_text(phrases))


def _who(change: Comparison, phrases: Phrases) -> Table:
    say = phrases.say
    counts = _scored(change)
    rows = [(name, _people(n, phrases), _people(without, phrases, FEWEST_IN_A_CELL)) for name, n, without in counts]
    headings = (_split(change, phrases), say("column.people"), say("column.without"))
    return Table(say("report.who") + _mark(change, phrases), headings, tuple(rows))


def _scored(change: Comparison) -> list[tuple[str, int, int]]:
    """Return each wave or group with its people who have a score of any scale compared, and those who have none."""
    scored = change.scores.frame[list(change.verdicts)].notna().any(axis=1).to_numpy()
    return [
        (name, int((members & scored).sum()), int((members & ~scored).sum())) for name, members in groups_of(change)
    ]


def _people(n: int, phrases: Phrases, fewest: int = FEWEST_PEOPLE) -> str:
    """Return a number of people, or that they are fewer than may be told."""
    if n >= fewest or n == 0:
        return phrases.whole(n)
    return phrases.say("cell.few_people" if fewest > FEWEST_IN_A_CELL else "cell.few")


def _facts(change: Comparison, phrases: Phrases) -> list[tuple[str, str, str]]:
    """Return what a reader needs to check the report: name, fact, and the language of the fact."""
    say, source, language = phrases.say, change.provenance, phrases.language
    known = change.scores.answers.questionnaire
    first, second = compared(change)
    title = known.title.read(language)
    methods = sorted({method for method in change.tidy()["method"] if method})
    options = [f"{name} = {value}" for name, value in source.options.items() if name != "contrast"]
    counts = _scored(change)
    telling = any(n < FEWEST_PEOPLE or 0 < without < FEWEST_IN_A_CELL for _, n, without in counts)
    used = say("cell.concealed") if telling else phrases.whole(source.rows_used)
    facts = [
        (say("report.questionnaire"), f"{title} ({known.id} {known.version}, {known.fingerprint})", language),
        (say("report.status"), phrases.say_or(f"status.{known.status}", known.status), language),
        (say("report.design"), say("report.compared", first=first, second=second), language),
        (say("report.rows"), used, language),
        (say("report.left_out"), "; ".join(_left_out(change, phrases)), language),
        (say("report.methods_used"), "; ".join(methods), "en"),
        (say("report.options"), "; ".join(options), "en"),
        (say("report.source"), source.source, language),
        (say("report.package"), f"trustmeter {source.package_version}", language),
    ]
    return [fact for fact in facts if fact[1]]


def _left_out(change: Comparison, phrases: Phrases) -> list[str]:
    """Return why rows were left out and how many, in the language of the report."""
    words = {f"only in {name}": phrases.say("left_out.only_in", wave=name) for name in compared(change)}
    words |= {f"other {kind}": phrases.say(f"left_out.other_{kind}") for kind in ("waves", "groups")}
    words |= {reason: phrases.say(f"left_out.{key}") for reason, key in LEFT_OUT.items()}
    left_out = change.provenance.rows_left_out.items()
    return [f"{words.get(reason, reason)}: {_people(n, phrases, FEWEST_IN_A_CELL)}" for reason, n in left_out]


def _table(caption: str, frame: pd.DataFrame, phrases: Phrases) -> Table:
    """Return a frame as a table of the page; the caption says that data are simulated, so the column need not."""
    shown = frame.drop(columns=phrases.say("simulated.column"), errors="ignore")
    cells = [
        tuple("" if isinstance(cell, float) and math.isnan(cell) else str(cell) for cell in row)
        for row in shown.to_numpy()
    ]
    return Table(caption, tuple(map(str, shown.columns)), tuple(cells))
