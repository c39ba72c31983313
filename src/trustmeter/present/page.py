"""The report: one HTML page that needs nothing from elsewhere, the answer first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.options import ReportLanguage
from trustmeter.pilot.change import Comparison
from trustmeter.present.phrases import Phrases, load_phrases
from trustmeter.present.plots import draw_answers, draw_comparison, draw_meter, draw_quality, sentence_of
from trustmeter.present.reading import FEW_PEOPLE, change_rows, compared, in_order, is_group, is_simulated, scale_name
from trustmeter.present.tables import to_table
from trustmeter.present.tally import Panel, Tally, panels_of
from trustmeter.psychometrics.consistency import ReliabilityResult, reliability
from trustmeter.psychometrics.items import ItemAnalysis
from trustmeter.responses.model import Responses
from trustmeter.responses.quality import QualityReport, check_quality
from trustmeter.results import Result

if TYPE_CHECKING:
    from trustmeter.present.sheet import Chart


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
        When there is no comparison among the results, or `to` is no HTML file.

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
    target = Path(to)
    if target.suffix.lower() not in {".html", ".htm"}:
        raise DesignError(f"`report` writes an HTML file. Let the name in `to=` end in '.html'. Got {target.name!r}.")
    change = _only(Comparison, results)
    if change is None:
        given = ", ".join(type(result).__name__ for result in results) or "nothing"
        raise DesignError(f"`report` needs one comparison, from `compare(...)`, as its first argument. Got {given}.")
    answers = change.scores.answers
    quality = _only(QualityReport, results) or check_quality(answers)
    meter = _only(ReliabilityResult, results) or reliability(answers, scale=list(change.verdicts))
    items = _only(ItemAnalysis, results)
    page = _page(change, quality, meter, items, phrases, title=title)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page, encoding="utf-8")
    return target


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
    zones = _names(change.scores.answers, "zone")
    return (
        phrases.say("report.title_zone", zone=phrases.join(zones))
        if 0 < len(zones) <= 3
        else phrases.say("report.title")
    )


def _names(answers: Responses, role: str) -> list[str]:
    column = getattr(answers.roles, role)
    return [] if column is None else sorted(answers.frame[column].dropna().astype(str).unique())


def _verdicts(change: Comparison, phrases: Phrases) -> list[tuple[str, str]]:
    """Return verdict and sentence of every scale that is not part of another."""
    family = "sentence_group" if is_group(change) else "sentence"
    rows = change_rows(change, phrases)
    chosen = [row for row in rows if row.depth == 0] or rows
    told = [(row, sentence_of(row, family, compared(change), change.conf_level, phrases)) for row in chosen]
    return [(row.verdict if row.shown else "suppressed", sentence) for row, sentence in told]


def _standing(change: Comparison, phrases: Phrases) -> list[str]:
    group = is_group(change)
    linked = [] if group else [phrases.say("report.linked" if change.linked else "report.unlinked")]
    nested = any(row.depth for row in change_rows(change, phrases))
    return [
        phrases.say("report.standing_group" if group else "report.standing"),
        *linked,
        phrases.say("report.points"),
        phrases.say("report.together"),
        *([phrases.say("report.dimensions")] if nested else []),
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
        return _table(caption, to_table(result, language=language, questionnaire=known), phrases, marked=False)

    mark = f" — {say('simulated.mark')}" if change.simulated else ""
    parts = [
        Part("change", say("report.change"), "", _svg(changed, "change"), (table(changed.heading + mark, change),)),
        Part("who", say("report.who"), say("report.who_text"), tables=(_who(change, phrases),)),
        Part(
            "missing", say("report.missing"), say("report.missing_text"), _svg(missing, "missing"),
            folded=(table(missing.heading + mark, quality),),
        ),
        Part("meter", say("report.meter"), say("report.meter_text"), _svg(drawn, "meter"), (table(drawn.heading + mark, meter),)),
        Part("answers", say("report.answers"), say("report.answers_text"), parts=tuple(_answers(change, phrases))),
    ]  # fmt: skip
    if items is not None:
        parts.insert(4, Part("items", say("report.items"), folded=(table(say("report.items") + mark, items),)))
    return parts


def _svg(chart: Chart, salt: str) -> str:
    """Return a picture for the page, its words in the page's font."""
    return chart.to_svg(salt=salt, text_as_paths=False)


def _answers(change: Comparison, phrases: Phrases) -> list[Part]:
    """Return one part for each scale that has no dimensions: its picture, and the picture's numbers."""
    answers = change.scores.answers
    known = answers.questionnaire
    parts = []
    for scale in in_order(change.verdicts, known):
        if known.dimensions(scale):
            continue
        chart = draw_answers(answers, scale, phrases, titled=False)
        tables = tuple(
            _counts(panel, phrases, chart.heading, simulated=answers.simulated)
            for panel in panels_of(answers, scale, phrases)
        )
        name = scale_name(scale, known, phrases.language)
        parts.append(Part(f"answers-{scale}", name, "", _svg(chart, scale), folded=tables))
    return parts


def _counts(panel: Panel, phrases: Phrases, caption: str, *, simulated: bool) -> Table:
    say = phrases.say
    headings = [say("column.item"), say("column.wave"), *panel.options, *panel.non_answers.values(), say("column.n")]
    rows = [_count_row(panel, tally, phrases) for tally in panel.tallies]
    mark = f" — {say('simulated.mark')}" if simulated else ""
    return Table(caption + mark, tuple(headings), tuple(rows))


def _count_row(panel: Panel, tally: Tally, phrases: Phrases) -> tuple[str, ...]:
    few, concealed = phrases.say("cell.few"), phrases.say("cell.concealed")
    named = [f"{tally.item}: {panel.wording[tally.item]}", tally.wave]
    if not tally.enough:
        too_few = phrases.say("cell.few_people")
        return (*named, *[too_few] * len(panel.options), *[""] * len(panel.non_answers), too_few)
    shares = {cell.categories[0]: cell.share for cell in tally.inside}
    hidden = {category for cell in tally.outside for category in cell.categories}
    cells = [concealed if at in hidden else phrases.percent(shares.get(at, 0.0)) for at in range(len(panel.options))]
    absent = [
        few if tally.non_answers.get(kind) is None else phrases.whole(tally.non_answers[kind] or 0)
        for kind in panel.non_answers
    ]
    return (*named, *cells, *absent, tally.base_text(phrases))


def _who(change: Comparison, phrases: Phrases) -> Table:
    say, answers = phrases.say, change.scores.answers
    column = answers.roles.wave
    names = _names(answers, "wave") or [""]
    rows = []
    for wave in names:
        n = len(answers) if column is None else int((answers.frame[column].astype(str) == wave).sum())
        rows.append((wave or "–", phrases.whole(n) if n >= FEW_PEOPLE else say("cell.few_people")))
    mark = f" — {say('simulated.mark')}" if change.simulated else ""
    return Table(say("report.who") + mark, (say("column.wave"), say("column.people")), tuple(rows))


def _facts(change: Comparison, phrases: Phrases) -> list[tuple[str, str]]:
    say, source = phrases.say, change.provenance
    known = change.scores.answers.questionnaire
    first, second = compared(change)
    methods = sorted({method for method in change.tidy()["method"] if method})
    facts = [
        (
            say("report.questionnaire"),
            f"{known.title.read(phrases.language)} ({known.id} {known.version}, {known.fingerprint})",
        ),
        (say("report.status"), phrases.say_or(f"status.{known.status}", known.status)),
        (say("report.design"), say("report.compared", first=first, second=second)),
        (say("report.methods_used"), "; ".join(methods)),
        (
            say("report.rows"),
            phrases.whole(source.rows_used) if source.rows_used >= FEW_PEOPLE else say("cell.few_people"),
        ),
        (say("report.package"), f"trustmeter {source.package_version}"),
    ]
    return [*facts, (say("report.source"), source.source)] if source.source else facts


def _table(caption: str, frame: pd.DataFrame, phrases: Phrases, *, marked: bool) -> Table:
    """Return a frame as a table of the page; the caption says that data are simulated, so the column need not."""
    shown = frame if marked else frame.drop(columns=phrases.say("simulated.column"), errors="ignore")
    cells = [
        tuple("" if isinstance(cell, float) and math.isnan(cell) else str(cell) for cell in row)
        for row in shown.to_numpy()
    ]
    return Table(caption, tuple(map(str, shown.columns)), tuple(cells))
