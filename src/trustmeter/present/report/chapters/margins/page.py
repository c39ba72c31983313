"""Whom does it speak for? Who answered against who lives there, what weights mend and cost, the answer without and with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.evaluation.beside import WeightedBeside
from trustmeter.population.margins import Margins
from trustmeter.present.phrases import Phrases
from trustmeter.present.pilot.changes import ChangeRow, change_rows
from trustmeter.present.report.chapters.margins.rounding import HEAVIEST, people_by_wave, steps_of
from trustmeter.present.report.chapters.material import Material, data_of
from trustmeter.present.report.document import Finding, Part, Table
from trustmeter.present.weighting.tables import cost_table, shares_table
from trustmeter.present.weighting.told import (
    GUIDE,
    CategoryRow,
    Found,
    MarginRows,
    category_told,
    cost_of,
    in_wave,
    margins_in,
    margins_told,
    sides_of,
    variable_told,
    waves_in,
)
from trustmeter.stats.comparison.change import wilson_interval
from trustmeter.weighting.representing import Representation
from trustmeter.weighting.result import Weighting

LEVEL = 0.95
MOST_LISTED = 4
"""More categories than these are not named in one sentence."""
_TEN = 10


def speaks_for_of(material: Material) -> list[Part]:
    """Return the page on whom it speaks for; nothing where nothing was said of who lives there."""
    seen, weighting, beside = (_one(kind, material) for kind in (Representation, Weighting, WeightedBeside))
    found: Found | None = seen or weighting
    if found is None and beside is None:
        return []
    say = material.phrases.say
    parts = [*_weights(weighting, material), *_beside(beside, material)]
    text = say("margins.page.text" if beside is not None else "margins.page.text_alone")
    if found is None:
        return [Part("speaks-for", say("margins.page.title"), text, parts=tuple(parts))]
    shown = bool(steps_of(material.change, material.rule)) and bool(margins_in(found))
    tables = (
        [_shares(weighting if weighting is not None and margins_in(weighting) else found, material)] if shown else []
    )
    sentences = [
        *_stated(found, material),
        *(_apart(found, material) if shown else [_plain("too_few", material)]),
        *_limits(found, material),
    ]
    return [
        Part("speaks-for", say("margins.page.title"), text, _picture(found, material) if shown else None,
             (*tables, *_sources(found.known, material)), parts=tuple(parts), sentences=tuple(sentences))
    ]  # fmt: skip


def of_front(material: Material) -> list[str]:
    """Return the sentence of page one on who lives there, and that its numbers are invented or unverified."""
    seen, weighting, beside = (_one(kind, material) for kind in (Representation, Weighting, WeightedBeside))
    found: Found | None = weighting or seen
    if found is None:
        return []
    say, phrases = material.phrases.say, material.phrases
    gaps = {"title": say("margins.page.title"), "margins": margins_told(found.margins, phrases)}
    told = say("front.who.seen", title=gaps["title"])
    if beside is not None:
        pairs = pairs_of(beside, material.rows(), phrases)
        others = [row.name for row, other in pairs if row.said != other.said]
        if pairs:
            told = say(
                "front.who.beside_differ" if others else "front.who.beside_same", scales=phrases.join(others), **gaps
            )
    status = {one.status for one in found.known or ()} & {"invented", "unverified"}
    return [told, *(say(f"front.who.{one}") for one in sorted(status))]


def pairs_of(beside: WeightedBeside, rows: Sequence[ChangeRow], phrases: Phrases) -> list[tuple[ChangeRow, ChangeRow]]:
    """Return the rows of each scale without and with weights, of those that are shown both times."""
    weighted = {row.scale: row for row in change_rows(beside.weighted, phrases)}
    both = [(row, weighted[row.scale]) for row in rows if row.scale in weighted]
    return [(row, other) for row, other in both if "suppressed" not in {row.said, other.said}]


def _one(kind: type[Any], material: Material) -> Any:
    found = material.of(kind)
    return found[0] if found else None


def _plain(key: str, material: Material, sign: str = "", **gaps: object) -> Finding:
    return Finding(sign, material.phrases.say(f"margins.page.{key}", **gaps))


def _picture(found: Found, material: Material) -> Any:
    from trustmeter.present.weighting.pictures import draw_representation

    people = {wave: float(_TEN * (n // _TEN)) for wave, n in people_by_wave(material.change).items()}
    return draw_representation(found, None, material.phrases, titled=False, people=people)


def _shares(found: Found, material: Material) -> Table:
    """Return the margins as a table: the population, those who answered, and after weighting."""
    sides = ["target", *sides_of(found)]
    tidy = found.table[found.table["term"].isin(sides)].drop(columns="n", errors="ignore")
    shown = shares_table(found, material.phrases, decimals=0, joined=True)
    table = material.table(
        "speaks-for", material.phrases.say("margins.heading"), shown, "margins", data_of(tidy, material.rule)
    )
    return replace(table, under=(*table.under, material.phrases.say("margins.page.rounded")))


def _sources(known: Margins | None, material: Material) -> list[Table]:
    if known is None:
        return []
    say = material.phrases.say
    headings = [
        say("margins.column.margin"),
        *(say(f"margins.column.{key}") for key in ("counted_by", "counted_on", "status")),
    ]
    rows = [
        (variable_told(one.name, material.phrases), one.source, one.date, say(f"margins.status.{one.status}"))
        for one in known
    ]
    kept = [place for place in range(len(headings)) if any(row[place] for row in rows)]
    cells = [tuple(row[place] for place in kept) for row in rows]
    return [
        material.grid("population", say("margins.page.source"), ([headings[place] for place in kept], cells), "margins")
    ]


def _stated(found: Found, material: Material) -> list[Finding]:
    """Return warnings about the numbers of the population."""
    told = []
    for status in ("invented", "unverified", "estimate"):
        names = [one.name for one in found.known or () if one.status == status]
        if names:
            told.append(_plain(status, material, "warning", margins=margins_told(names, material.phrases)))
    return told


def _limits(found: Found, material: Material) -> list[Finding]:
    return [_plain("limits", material, margins=margins_told(found.margins, material.phrases))]


def _apart(found: Found, material: Material) -> list[Finding]:
    """Return which categories stand out among those who answered; by more than chance and rounding allow."""
    steps, people = steps_of(material.change, material.rule), people_by_wave(material.change)
    margins, told = margins_in(found), []
    for wave in waves_in(margins):
        mine = [one for one in margins if one.wave == wave]
        noise = (people.get(wave, 0), steps.get(wave, 1.0))
        for key, sign in (("over", 1), ("under", -1)):
            named = _named(mine, sides_of(found)[0], sign, noise, material.phrases)
            if named:
                sentence = material.phrases.say(f"margins.page.{key}", list=_listed(named, material.phrases))
                told.append(Finding("", in_wave(wave, sentence, material.phrases)))
    return told or [_plain("near", material)]


def _named(
    margins: Sequence[MarginRows], side: str, sign: int, noise: tuple[int, float], phrases: Phrases
) -> list[str]:
    found = [(abs(row.gaps[side]), one, row) for one in margins for row in one.rows
             if not row.hidden and sign * (row.shares[side] - row.target) > 0 and _stands_out(row, side, noise)]  # fmt: skip
    found.sort(key=lambda each: -each[0])
    return [
        phrases.say(
            "margins.page.one", category=category_told(one.name, row.label, phrases),
            share=phrases.percent(row.shares[side]), target=phrases.percent(row.target),
        )
        for _, one, row in found[:MOST_LISTED]
    ]  # fmt: skip


def _stands_out(row: CategoryRow, side: str, noise: tuple[int, float]) -> bool:
    (people, step), share = noise, row.shares[side]
    if people < 1 or not abs(row.gaps[side]) > GUIDE:
        return False
    low, high = wilson_interval(share * people, people, LEVEL)  # type: ignore[arg-type]
    return not low - step / 2 <= row.target <= high + step / 2


def _listed(words: Sequence[str], phrases: Phrases) -> str:
    return (" ; " if phrases.language == "fr" else "; ").join(words)


def _weights(found: Weighting | None, material: Material) -> list[Part]:
    """Return what weights mend and cost."""
    from trustmeter.present.weighting.pictures import cost_told, picture_of_weights

    steps = steps_of(material.change, material.rule)
    if found is None or not steps:
        return []
    phrases = material.phrases
    picture = picture_of_weights(
        found, None, phrases, balance=True, spread=True, titled=False, steps=steps, fewest=material.rule.show
    )
    there = [wave for wave in steps if math.isfinite(cost_of(found, wave, "design_effect"))]
    heaviest = max((cost_of(found, wave, "largest_weight") for wave in there), default=math.nan)
    told = [Finding("", sentence) for wave in there for sentence in cost_told(found, wave, phrases)]
    if not math.isnan(heaviest):
        bound, key = min(heaviest, HEAVIEST[-1]), "most" if math.isfinite(heaviest) else "heavy"
        told.append(_plain(key, material, most=phrases.number(bound, 0 if bound.is_integer() else 1)))
    costs = replace(found, table=found.table[found.table["term"].isin(["design_effect", "n_effective"])])
    shown = cost_table(costs, phrases, decimals=1)
    title = phrases.say("margins.page.weights")
    tables = []
    if len(shown):
        data = data_of(costs.table.drop(columns=["n", "suppressed"], errors="ignore"), material.rule)
        tables = [material.table("weights", title, shown, "weights", data)]
    return [Part("speaks-for-weights", title, "", picture, tuple(tables), sentences=tuple(told))]


def _beside(beside: WeightedBeside | None, material: Material) -> list[Part]:
    """Return the answer of each scale without and with weights, side by side."""
    if beside is None:
        return []
    say, design = material.phrases.say, beside.unweighted.design
    declared = isinstance(design, PilotDesign) and design.weights is not None
    title = say("margins.page.beside_declared" if declared else "margins.page.beside")
    columns = ("declared" if declared else "unweighted", "weighted")
    headings = [
        say("column.scale"),
        *(say(f"margins.column.{one}_{what}") for what in ("answer", "verdict") for one in columns),
    ]
    weighted = {row.scale: row for row in change_rows(beside.weighted, material.phrases)}
    cells = [
        (("– " if row.depth else "") + row.name, *(_answer(one, material) for one in (row, weighted[row.scale])),
         *(_word(one, material) for one in (row, weighted[row.scale])))
        for row in material.rows() if row.scale in weighted
    ]  # fmt: skip
    table = material.grid("beside", title, (headings, cells), "beside", data_of(beside.table, material.rule))
    sentences = _verdicts(pairs_of(beside, material.rows(), material.phrases), material)
    return [
        Part("speaks-for-beside", title, say("margins.page.beside_text"), tables=(table,), sentences=tuple(sentences))
    ]


def _verdicts(pairs: Sequence[tuple[ChangeRow, ChangeRow]], material: Material) -> list[Finding]:
    differing = [(row, other) for row, other in pairs if row.said != other.said]
    told = [
        _plain("differ", material, "warning", scale=row.name, one=_word(row, material), other=_word(other, material))
        for row, other in differing
    ]
    if pairs and not differing:
        n = material.phrases.whole(len(pairs))
        told.append(_plain("same_one", material) if len(pairs) == 1 else _plain("same", material, n=n))
    return told


def _word(row: ChangeRow, material: Material) -> str:
    return material.phrases.say(f"verdict_word{material.ending}.{row.said}")


def _answer(row: ChangeRow, material: Material) -> str:
    phrases = material.phrases
    if not row.shown:
        return phrases.say("cell.too_few")
    value = phrases.number(row.change, signed=True)
    if not (math.isfinite(row.low) and math.isfinite(row.high)):
        return value
    low, high = (phrases.number(end, signed=True) for end in (row.low, row.high))
    return f"{value} {phrases.say('cell.ends', low=low, high=high)}"
