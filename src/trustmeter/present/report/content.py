"""What a report says: the results of one comparison as a document, the answer first."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE
from trustmeter.pilot.change.result import Comparison
from trustmeter.present.phrases import Phrases
from trustmeter.present.pilot.changes import change_rows, family_of
from trustmeter.present.pilot.sentences import declared_of, people_of, sentences_of, shocks_of
from trustmeter.present.plots import draw_answers, draw_comparison, draw_meter, draw_quality
from trustmeter.present.reading import compared, in_order, is_group, is_simulated, scale_name
from trustmeter.present.report.document import Document, Fact, Finding, Part, Table
from trustmeter.present.tables import changed_table, to_table
from trustmeter.present.tally import Panel, Tally, groups_of, panels_of
from trustmeter.psychometrics.consistency.estimate import ReliabilityResult
from trustmeter.psychometrics.items import ItemAnalysis
from trustmeter.responses.labels import row_labels
from trustmeter.responses.quality import QualityReport
from trustmeter.results import Result

LEFT_OUT = {
    "other areas, or none": "other_areas",
    "people of one of the two waves only": "one_wave",
    "rows without a covariate": "no_covariate",
}
"""Why a larger design leaves rows out, and the words for it."""


def document_of(
    change: Comparison,
    quality: QualityReport,
    meter: ReliabilityResult,
    items: ItemAnalysis | None,
    phrases: Phrases,
    *,
    title: str | None,
) -> Document:
    """Return the report of one comparison in the language of `phrases`."""
    results = [result for result in (change, quality, meter, items) if result is not None]
    return Document(
        language=phrases.language,
        title=title or _title(change, phrases),
        simulated=is_simulated((change, quality, meter)),
        findings=tuple(_findings(change, phrases)),
        standing=tuple(_standing(change, phrases)),
        parts=tuple(_parts(change, quality, meter, items, phrases)),
        facts=tuple(_facts(change, phrases)),
        notes=tuple(dict.fromkeys(note for result in results for note in result.notes)),
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


def _findings(change: Comparison, phrases: Phrases) -> list[Finding]:
    """Return verdict and sentence of every scale that is not part of another; before them what areas cannot tell."""
    said = sentences_of(change, phrases)
    chosen = [(row.said, sentence) for row, sentence in said if row.depth == 0]
    first = shocks_of(change, phrases)
    told = chosen or [(row.said, sentence) for row, sentence in said]
    return [Finding(*pair) for pair in [*([("inconclusive", first)] if first else []), *told]]


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
        Part("change", say("report.change"), "", changed, (table(changed.heading + mark, change),)),
        *([Part("people", say("report.moved"), say("report.moved_text"), tables=people)] if people else []),
        Part("who", say("report.who"), say("report.who_text"), tables=(_who(change, phrases),)),
        Part(
            "missing", say("report.missing"), say("report.missing_text"), missing,
            folded=(table(say("report.missing_each") + mark, quality),),
        ),
        Part("meter", say("report.meter"), say("report.meter_text"), drawn, (table(drawn.heading + mark, meter),)),
        Part("answers", say("report.answers"), say("report.answers_text"), parts=tuple(_answers(change, phrases))),
    ]  # fmt: skip
    if items is not None:
        parts.insert(-1, Part("items", say("report.items"), folded=(table(say("report.items") + mark, items),)))
    return parts


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
        parts.append(Part(f"answers-{scale}", name, "", chart, folded=tables))
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


def _facts(change: Comparison, phrases: Phrases) -> list[Fact]:
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
    return [Fact(*fact) for fact in facts if fact[1]]


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
