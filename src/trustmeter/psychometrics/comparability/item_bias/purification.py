"""The search for items that work differently: examined again and again without those found before."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.options import Adjustment, BiasMethod, MatchOn
from trustmeter.psychometrics.comparability.item_bias.answers import GroupedItems
from trustmeter.psychometrics.comparability.item_bias.finding import TESTS, GroupBias, ItemFinding
from trustmeter.psychometrics.comparability.item_bias.freeing import anchored_items, examine_by_freeing, freed_biases
from trustmeter.psychometrics.comparability.item_bias.matching import examine_by_matching, scale_biases
from trustmeter.stats.multiplicity import adjusted

FEWEST_ANCHORS = 2

OPEN = (
    "no two items are left that work alike and that others could be held against. Which items work differently stays open; "
    "p values and points are those of each item held against all of them."
)
NOT_SHARED = "the groups have no two answers to it in common."
UNSETTLED = "the search for items without bias did not settle; those in doubt were left out of the standing."

REST = (
    "people are matched without the item itself: where groups differ in standing, items without bias are flagged, too."
)


@dataclass(frozen=True, slots=True)
class Search:
    """How items are examined."""

    method: BiasMethod
    match: MatchOn
    purify: bool
    adjust: Adjustment
    conf_level: float


@dataclass(frozen=True, eq=False, slots=True)
class Examined:
    """One scale, examined.

    Parameters
    ----------
    data
        The answers.
    findings
        One entry an item.
    p_adjusted
        By term, shape (k,).
    flagged, anchors
        Positions of items.
    biases
        What the flagged items do to the score, for each group but the first; empty when none is flagged.
    notes
        What must travel with the numbers.
    open_ended
        Whether no items were left to hold others against, so that it is not known which ones work differently.
    """

    data: GroupedItems
    findings: list[ItemFinding]
    p_adjusted: dict[str, NDArray[np.float64]]
    flagged: tuple[int, ...]
    anchors: frozenset[int]
    biases: tuple[GroupBias, ...]
    notes: tuple[str, ...]
    open_ended: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class _Ended:
    """How the search ended: the last findings, the anchors that they rest on, and what must be said."""

    findings: list[ItemFinding]
    anchors: frozenset[int]
    notes: list[str]
    open_ended: bool = False


def examined(data: GroupedItems, search: Search) -> Examined:
    """Return what was found about a scale.

    Raises
    ------
    EstimationError
        When no item at all could be examined.
    """
    if search.method == "logistic":
        return _searched(data, search, [REST] if search.match == "rest" else [])
    ready = anchored_items(data)
    listed = ", ".join(map(repr, ready.merged))
    notes = [f"answers that a group never gave were joined with neighbouring ones: {listed}."] if listed else []
    one = _searched(ready.data, search, notes)
    return _completed(one, data, ready.kept) if ready.data.left_out else one


def _completed(one: Examined, data: GroupedItems, kept: tuple[int, ...]) -> Examined:
    """Return what was found about the items kept, as of all items of the scale."""
    findings = [ItemFinding({}, {}, (), reason=NOT_SHARED)] * data.k
    for place, finding in zip(kept, one.findings, strict=True):
        findings[place] = finding
    p_adjusted = {term: np.full(data.k, np.nan) for term in one.p_adjusted}
    for term, values in one.p_adjusted.items():
        p_adjusted[term][list(kept)] = values
    lost = [name for place, name in enumerate(data.items) if place not in kept]
    return replace(
        one, data=data, findings=findings, p_adjusted=p_adjusted, flagged=tuple(kept[item] for item in one.flagged),
        anchors=frozenset(kept[item] for item in one.anchors),
        notes=(*one.notes, *(f"item {name!r} could not be examined: {NOT_SHARED}" for name in lost)),
    )  # fmt: skip


def _searched(data: GroupedItems, search: Search, notes: list[str]) -> Examined:
    if data.withheld:
        search = replace(search, purify=False)
    ended = _purified(data, search)
    findings = ended.findings
    notes += ended.notes
    if data.withheld:
        findings = [one.without_errors() for one in findings]
    failed = [(name, one.reason) for name, one in zip(data.items, findings, strict=True) if one.reason]
    if len(failed) == data.k:
        raise EstimationError(f"No item could be examined. {failed[0][1]}")
    notes += [f"item {name!r} could not be examined: {reason}" for name, reason in failed]
    p_values = _adjusted(findings, search)
    flagged = _flagged(p_values, search)
    biases = () if ended.open_ended or not flagged else _scale_biases(data, findings, list(flagged), search)
    return Examined(data, findings, p_values, flagged, ended.anchors, biases, tuple(notes), ended.open_ended)


def _scale_biases(
    data: GroupedItems, findings: list[ItemFinding], flagged: list[int], search: Search
) -> tuple[GroupBias, ...]:
    """Return what the flagged items do to the score; nothing where all of them are, as none is left to hold them against."""
    if len(flagged) == data.k:
        return ()
    return scale_biases(data, findings, flagged) if search.method == "logistic" else freed_biases(data, flagged)


def _purified(data: GroupedItems, search: Search) -> _Ended:
    """Free the clearest item of all anchors, examine again, and so on; take an item back that no longer differs.

    One a round, for an item that differs much makes the others look different, too, in the other direction.
    """
    everything, findings = _examinable(data, search)
    if not search.purify:
        return _Ended(findings, everything, [])
    anchors, seen, first = everything, {everything}, findings
    for done in range(1, 2 * data.k + 1):
        p_values = _adjusted(findings, search)
        following = _following(everything, anchors, findings, frozenset(_flagged(p_values, search)))
        if following == anchors:
            return _Ended(findings, anchors, _held_against(data, everything, anchors, done))
        if len(following) < FEWEST_ANCHORS:
            return _Ended(first, everything, [OPEN], open_ended=True)
        if following in seen:
            break
        anchors = following
        seen.add(anchors)
        findings = _examine(data, anchors, search)
    common = anchors & following
    anchors = common if len(common) >= FEWEST_ANCHORS else anchors
    return _Ended(_examine(data, anchors, search), anchors, [UNSETTLED])


def _following(
    everything: frozenset[int], anchors: frozenset[int], findings: list[ItemFinding], flagged: frozenset[int]
) -> frozenset[int]:
    """Return the next anchors: without the clearest of those flagged, or with the least clear of those that no longer are."""

    def clarity(item: int) -> tuple[float, float]:
        test = findings[item].tests.get("total")
        return (math.inf, 0.0) if test is None else (test.p_value, -test.statistic / test.df)

    guilty, cleared = flagged & anchors, everything - anchors - flagged
    if guilty:
        return anchors - {min(guilty, key=clarity)}
    return anchors | {max(cleared, key=clarity)} if cleared else anchors


def _held_against(data: GroupedItems, everything: frozenset[int], anchors: frozenset[int], rounds: int) -> list[str]:
    if anchors == everything:
        return [] if len(anchors) == data.k else [f"held against the items {_listed(data, anchors)}."]
    said = [f"held against the items {_listed(data, anchors)} after {rounds} rounds."]
    if 2 * len(anchors) <= len(everything):
        said.append(
            "half of the items or more were set apart. That the few others work differently instead would fit about as well."
        )
    return said


def _listed(data: GroupedItems, items: frozenset[int]) -> str:
    return ", ".join(repr(data.items[item]) for item in sorted(items))


def _examinable(data: GroupedItems, search: Search) -> tuple[frozenset[int], list[ItemFinding]]:
    """Return the items that can be examined, the first anchors, and the findings that rest on them.

    What cannot be examined, such as an item that all of a group answer alike, is no anchor: others would be blamed for it.
    """
    everything = frozenset(range(data.k)) - set(data.fixed())
    everything = everything if len(everything) >= FEWEST_ANCHORS else frozenset(range(data.k))
    findings = _examine(data, everything, search)
    while True:
        known = everything - {item for item, one in enumerate(findings) if one.reason}
        if known == everything or len(known) < FEWEST_ANCHORS:
            return everything, findings
        everything, findings = known, _examine(data, known, search)


def _examine(data: GroupedItems, anchors: frozenset[int], search: Search) -> list[ItemFinding]:
    if search.method == "irt":
        return examine_by_freeing(data, anchors)
    return examine_by_matching(data, anchors, search.match)


def _adjusted(findings: list[ItemFinding], search: Search) -> dict[str, NDArray[np.float64]]:
    terms = [term for term in TESTS if any(term in one.tests for one in findings)]
    found = {}
    for term in terms:
        p_values = [one.tests[term].p_value if term in one.tests else np.nan for one in findings]
        found[term] = adjusted(np.array(p_values), search.adjust)
    return found


def _flagged(p_values: dict[str, NDArray[np.float64]], search: Search) -> tuple[int, ...]:
    if "total" not in p_values:
        return ()
    return tuple(int(item) for item in np.flatnonzero(p_values["total"] < 1 - search.conf_level))
