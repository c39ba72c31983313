"""The search for items that work differently: examined again and again without those found before."""

from __future__ import annotations

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

MOST_ROUNDS = 10
FEWEST_ANCHORS = 2

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
    """

    data: GroupedItems
    findings: list[ItemFinding]
    p_adjusted: dict[str, NDArray[np.float64]]
    flagged: tuple[int, ...]
    anchors: frozenset[int]
    biases: tuple[GroupBias, ...]
    notes: tuple[str, ...]


def examined(data: GroupedItems, search: Search) -> Examined:
    """Return what was found about a scale.

    Raises
    ------
    EstimationError
        When no item at all could be examined.
    """
    notes: list[str] = [REST] if search.method == "logistic" and search.match == "rest" else []
    if search.method == "irt":
        ready = anchored_items(data)
        data = ready.data
        if ready.merged:
            listed = ", ".join(map(repr, ready.merged))
            notes.append(f"answers that a group never gave were joined with neighbouring ones: {listed}.")
    if data.withheld:
        search = replace(search, purify=False)
    findings, anchors, said = _purified(data, search)
    notes += said
    if data.withheld:
        findings = [one.without_errors() for one in findings]
    failed = [(name, one.reason) for name, one in zip(data.items, findings, strict=True) if one.reason]
    if len(failed) == data.k:
        raise EstimationError(f"No item could be examined. {failed[0][1]}")
    notes += [f"item {name!r} could not be examined: {reason}" for name, reason in failed]
    p_values = _adjusted(findings, search)
    flagged = _flagged(p_values, search)
    biases: tuple[GroupBias, ...] = ()
    if flagged and search.method == "logistic":
        biases = scale_biases(data, findings, list(flagged))
    elif flagged and len(flagged) < data.k:
        biases = freed_biases(data, list(flagged))
    return Examined(data, findings, p_values, flagged, anchors, biases, tuple(notes))


def _purified(data: GroupedItems, search: Search) -> tuple[list[ItemFinding], frozenset[int], list[str]]:
    """Return the last findings, the anchors that they rest on, and how the search ended."""
    everything, findings = _examinable(data, search)
    anchors, seen = everything, {everything}
    for done in range(1, MOST_ROUNDS + 1):
        findings = findings if done == 1 else _examine(data, anchors, search)
        left = everything - set(_flagged(_adjusted(findings, search), search))
        if not search.purify or left == anchors:
            break
        if len(left) < FEWEST_ANCHORS:
            return (
                findings,
                anchors,
                ["all items but one or none were flagged, so what is bias and what is not stays open."],
            )
        if left in seen or done == MOST_ROUNDS:
            common = left & anchors
            anchors = common if len(common) >= FEWEST_ANCHORS else anchors
            text = "the search for items without bias did not settle; those in doubt were left out of the standing."
            return _examine(data, anchors, search), anchors, [text]
        anchors = left
        seen.add(anchors)
    rounds = f" after {done} rounds" if done > 1 else ""
    held = ", ".join(repr(data.items[item]) for item in sorted(anchors))
    return findings, anchors, [f"held against the items {held}{rounds}."] if len(anchors) < data.k else []


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
