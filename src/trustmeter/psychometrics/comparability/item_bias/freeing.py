"""Items that work differently, by item response models: does the item fit better with its own parameters in each group?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.psychometrics.comparability.item_bias.answers import GroupedItems
from trustmeter.psychometrics.comparability.item_bias.finding import BiasTest, GroupBias, ItemFinding, wald
from trustmeter.stats.irt.calibration import fit_irt
from trustmeter.stats.irt.category import category_curves
from trustmeter.stats.irt.model import IrtFit
from trustmeter.stats.irt.patterns import ItemError, merge_unseen

Floats = NDArray[np.float64]

LIKELIHOOD_RATIO = "graded response, likelihood ratio"
ROBUST = "graded response, robust Wald"
WALD = "graded response, Wald"


@dataclass(frozen=True, eq=False, slots=True)
class AnchoredItems:
    """The answers with categories merged that a group never chose, and the points of the categories that remain.

    `kept` are the positions of the items with two answers in common; the others are not among the data.
    """

    data: GroupedItems
    merged: tuple[str, ...]
    kept: tuple[int, ...]


def anchored_items(data: GroupedItems) -> AnchoredItems:
    """Return answers in which every group chose every category; merged ones count as the mean of their points.

    Raises
    ------
    EstimationError
        When the groups have two answers in common to fewer than three items.
    """
    codes, changed = merge_unseen(data.codes, data.groups, frozenset(range(data.k)))
    points, kept, compact = [], [], np.full(codes.shape, -1, dtype=np.intp)
    for item, before in enumerate(data.points):
        there = codes[:, item] >= 0
        seen, place = np.unique(codes[there, item], return_inverse=True)
        compact[there, item] = place
        own = before[data.codes[there, item]]
        points.append(np.bincount(place, own) / np.bincount(place))
        if len(seen) > 1:
            kept.append(item)
    if len(kept) < 3:
        raise EstimationError("The groups have two answers in common to fewer than three items; three are needed.")
    names = tuple(data.items[item] for item in kept if item in changed)
    shared = replace(
        data, items=tuple(data.items[item] for item in kept), codes=compact[:, kept],
        points=tuple(points[item] for item in kept), left_out=data.k - len(kept),
    )  # fmt: skip
    return AnchoredItems(shared, names, tuple(kept))


def examine_by_freeing(data: GroupedItems, anchors: frozenset[int]) -> list[ItemFinding]:
    """Return what graded response models with and without own parameters of each item tell.

    Items that are no anchors have own parameters in all models; the trait's mean and variance are free in all groups
    but the first.
    """
    others = frozenset(range(data.k)) - anchors
    base = _fit(data, others, None)
    findings = []
    for item in range(data.k):
        try:
            findings.append(_examined(data, item, others, base))
        except EstimationError as error:
            findings.append(ItemFinding({}, {}, (), reason=str(error)))
    return findings


def freed_biases(data: GroupedItems, flagged: list[int]) -> tuple[GroupBias, ...]:
    """Return what the flagged items together do to the scale's score, all of them with own parameters."""
    fit = _fit(data, frozenset(flagged), None)
    return tuple(_bias(data, fit, flagged, group) for group in data.others)


def _fit(data: GroupedItems, free: frozenset[int], start: IrtFit | None) -> IrtFit:
    try:
        return fit_irt(
            data.codes, "graded", groups=data.groups, free=free, weights=data.weights, clusters=data.clusters, start=start
        )  # fmt: skip
    except ItemError as error:
        raise EstimationError(f"Item {data.items[error.position]!r} {error.reason}.") from None


def _examined(data: GroupedItems, item: int, others: frozenset[int], base: IrtFit) -> ItemFinding:
    freed = base if item in others else _fit(data, others | {item}, base)
    tests = {"nonuniform": _wald(data, freed, item, slopes_only=True)}
    if data.independent:
        held = _fit(data, others - {item}, None) if item in others else base
        df = freed.n_parameters - held.n_parameters
        tests["total"] = BiasTest(2 * (freed.log_likelihood - held.log_likelihood), df, LIKELIHOOD_RATIO)
    else:
        tests["total"] = _wald(data, freed, item, slopes_only=False)
    biases = tuple(replace(_bias(data, freed, [item], group), absolute=_size(data, freed, item, group))
                   for group in data.others)  # fmt: skip
    return ItemFinding(tests, {}, biases)


def _wald(data: GroupedItems, fit: IrtFit, item: int, *, slopes_only: bool) -> BiasTest:
    """Return the test that a freed item's parameters, or its slopes alone, are the same in all groups."""
    places = fit.layout.slopes[:, [item]]
    values = fit.slopes[:, [item]]
    if not slopes_only:
        there = fit.layout.intercepts[0, item] >= 0
        places = np.hstack([places, fit.layout.intercepts[:, item, there]])
        values = np.hstack([values, fit.intercepts[:, item, there]])
    contrast = np.zeros((places[1:].size, fit.n_parameters))
    rows = np.arange(places[1:].size)
    contrast[rows, places[1:].ravel()] = 1.0
    contrast[rows, np.tile(places[0], len(places) - 1)] -= 1.0
    covariance, freedom = _covariance(data, fit)
    difference = (values[1:] - values[0]).ravel()
    return wald(difference, contrast @ covariance @ contrast.T, WALD if data.independent else ROBUST, freedom)


def _covariance(data: GroupedItems, fit: IrtFit) -> tuple[Floats, float]:
    """Return the covariance of the parameters, and its degrees of freedom."""
    if data.independent:
        return fit.covariance, math.inf
    factor, freedom = data.clustering.usual()
    return fit.robust_covariance * factor, freedom


def _bias(data: GroupedItems, fit: IrtFit, items: list[int], group: int) -> GroupBias:
    """Return the bias that some items bring to a group's score, over the group's own trait, by the delta method."""
    layout = fit.layout
    names = ("slopes", "intercepts", "means", "variances")
    at = (layout.slopes, layout.intercepts, layout.means, layout.spreads)

    def points(moved: IrtFit) -> float:
        return sum(float(_weights(moved) @ _gap(data, moved, item, group)) for item in items)

    gradient = np.zeros(fit.n_parameters)
    wanted = np.unique(np.concatenate([
        layout.slopes[:, items].ravel(), layout.intercepts[:, items].ravel(), layout.means[[group]],
        layout.spreads[[group]],
    ]))  # fmt: skip
    for place in wanted[wanted >= 0]:
        steps = []
        for step in (1e-5, -1e-5):
            moved = {
                name: np.where(where == place, getattr(fit, name) + step, getattr(fit, name))
                for name, where in zip(names, at, strict=True)
            }
            steps.append(points(replace(fit, **moved)))
        gradient[place] = (steps[0] - steps[1]) / 2e-5
    covariance, freedom = _covariance(data, fit)
    return GroupBias(points(fit), math.sqrt(float(gradient @ covariance @ gradient)), math.nan, freedom)


def _size(data: GroupedItems, fit: IrtFit, item: int, group: int) -> float:
    return float(_weights(fit) @ np.abs(_gap(data, fit, item, group)))


def _weights(fit: IrtFit) -> Floats:
    return np.asarray(np.exp(fit.grid.log_weight))


def _gap(data: GroupedItems, fit: IrtFit, item: int, group: int) -> Floats:
    """Return the item's expected points in a group less those of equals in the first, at nodes of the group's trait."""
    theta = fit.means[group] + math.sqrt(fit.variances[group]) * fit.grid.x
    natural = fit.natural
    expected = []
    for one in (group, 0):
        curves = category_curves(fit.model, natural.slopes[one, [item]], natural.intercepts[one, [item]], theta)
        share = np.exp(curves.log_p[0, : len(data.points[item])])
        expected.append(data.points[item] @ share)
    return np.asarray((expected[0] - expected[1]) / data.length)
