"""The steps of comparability as models: what may differ between groups or waves, item by item.

Depth of an item in a unit (a group or a wave) other than the first: 0 nothing is equal, 1 thresholds are, 2 loadings too,
3 intercepts too, 4 residual variances too. Numbers have no thresholds, so depth 1 is depth 0 there. Ordered items follow Wu &
Estabrook (2016), doi:10.1007/s11336-016-9506-0, with residual variances as parameters: a step that frees an item's scale or
intercept in return for equal thresholds stays identified. Items with two categories give nothing to test before depth 3,
where thresholds, loadings and intercepts become equal at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trustmeter.stats.sem.model import (
    ALPHA,
    LAMBDA,
    NU,
    PSI,
    TAU,
    THETA,
    Cell,
    CovarianceModel,
    Drafting,
    Floats,
    Integers,
)

CONFIGURAL: Final = 0
THRESHOLDS: Final = 1
LOADINGS: Final = 2
INTERCEPTS: Final = 3
RESIDUALS: Final = 4


@dataclass(frozen=True, eq=False, slots=True)
class Layout:
    """Which items measure which factors in which units.

    Parameters
    ----------
    pattern
        Shape (k, m): whether a factor is behind an item.
    units
        How many groups or waves.
    linked
        Whether the units are waves of the same people: then they are one group of units * k items, whose residuals are
        correlated over time item by item.
    levels
        Shape (k,): categories of each item, the same in all units; ``None`` for numbers.
    spread
        Shape (units, k): the items' standard deviations, where the search begins; ones for ordered items.
    centre
        Shape (units, k): the items' means, likewise; zeros for ordered items.
    thresholds
        Shape (units, T): the thresholds, likewise; of numbers (units, 0).
    """

    pattern: NDArray[np.bool_]
    units: int
    linked: bool
    levels: Integers | None
    spread: Floats
    centre: Floats
    thresholds: Floats

    @property
    def items(self) -> int:
        """K."""
        return len(self.pattern)

    @property
    def factors(self) -> int:
        """M."""
        return int(self.pattern.shape[1])

    @property
    def ordinal(self) -> bool:
        """Whether the items are ordered categories."""
        return self.levels is not None

    @property
    def threshold_places(self) -> Integers:
        """Shape (k + 1,): where each item's thresholds begin, and where the last one's end."""
        counts = np.zeros(self.items, dtype=np.intp) if self.levels is None else np.asarray(self.levels) - 1
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)

    def cell(self, unit: int, matrix: int, row: int, col: int) -> Cell:
        """Return the cell of one unit: a group of its own, or its part of the one group."""
        if not self.linked:
            return unit, matrix, row, col
        rows = {TAU: int(self.threshold_places[-1]), PSI: self.factors, ALPHA: self.factors}.get(matrix, self.items)
        cols = {LAMBDA: self.factors, PSI: self.factors, THETA: self.items}.get(matrix, 0)
        return 0, matrix, unit * rows + row, unit * cols + col


def steps_of(layout: Layout) -> tuple[int, ...]:
    """Return the steps that can be taken."""
    if layout.ordinal:
        return CONFIGURAL, THRESHOLDS, LOADINGS, INTERCEPTS, RESIDUALS
    return CONFIGURAL, LOADINGS, INTERCEPTS, RESIDUALS


def depths_at(layout: Layout, step: int, caps: Integers | None = None) -> Integers:
    """Return the depth of each item in each unit, shape (k, units), at a step; `caps` holds back items that were released."""
    depth = np.full((layout.items, layout.units), step, dtype=np.intp)
    return depth if caps is None else np.minimum(depth, caps)


def step_model(layout: Layout, depth: Integers) -> CovarianceModel:
    """Return the model in which the items are as equal as `depth` (k, units) says; unit 0 is the one to be equal to."""
    k, m, units = layout.items, layout.factors, layout.units
    inside = units if layout.linked else 1
    levels = None if layout.levels is None else np.tile(layout.levels, inside)
    draft = Drafting(
        inside * k, inside * m, 1 if layout.linked else units, metric="theta" if layout.ordinal else "continuous", levels=levels
    )  # fmt: skip
    for unit in range(units):
        for item in range(k):
            of_unit = RESIDUALS if unit == 0 else int(depth[item, unit])
            _draft_loadings(draft, layout, item, unit, of_unit)
            (_draft_ordinal if layout.ordinal else _draft_number)(draft, layout, item, unit, of_unit)
        _draft_factors(draft, layout, depth, unit)
    if layout.linked:
        _draft_links(draft, layout)
    return draft.model()


def _loading_depth(layout: Layout, item: int) -> int:
    """Return from which depth on an item's loading is equal."""
    return INTERCEPTS if layout.levels is not None and layout.levels[item] == 2 else LOADINGS


def _draft_loadings(draft: Drafting, layout: Layout, item: int, unit: int, depth: int) -> None:
    equal = depth >= _loading_depth(layout, item)
    start = 1.0 if layout.ordinal else 0.7 * float(layout.spread[unit, item])
    for factor in np.flatnonzero(layout.pattern[item]):
        name = f"loading.{item}.{factor}" + ("" if equal else f".{unit}")
        draft.free(layout.cell(unit, LAMBDA, item, int(factor)), start, name)


def _draft_ordinal(draft: Drafting, layout: Layout, item: int, unit: int, depth: int) -> None:
    first, last = layout.threshold_places[item : item + 2]
    for place in range(first, last):
        name = f"tau.{place}" + ("" if depth >= THRESHOLDS else f".{unit}")
        draft.free(layout.cell(unit, TAU, place, 0), 1.4 * float(layout.thresholds[unit, place]), name)
    if unit == 0:
        return
    two = last - first == 1
    if depth in (THRESHOLDS, LOADINGS):
        draft.free(layout.cell(unit, NU, item, 0), 0.0)
    if (depth == INTERCEPTS) if two else depth in (THRESHOLDS, LOADINGS, INTERCEPTS):
        draft.free(layout.cell(unit, THETA, item, item), 1.0)


def _draft_number(draft: Drafting, layout: Layout, item: int, unit: int, depth: int) -> None:
    centre, spread = float(layout.centre[unit, item]), float(layout.spread[unit, item])
    name = f"nu.{item}" + ("" if depth >= INTERCEPTS else f".{unit}")
    draft.free(layout.cell(unit, NU, item, 0), centre, name)
    name = f"theta.{item}" + ("" if depth >= RESIDUALS else f".{unit}")
    draft.free(layout.cell(unit, THETA, item, item), 0.5 * spread**2, name)


def _draft_factors(draft: Drafting, layout: Layout, depth: Integers, unit: int) -> None:
    for factor in range(layout.factors):
        items = np.flatnonzero(layout.pattern[:, factor])
        scaled = unit > 0 and any(depth[item, unit] >= _loading_depth(layout, int(item)) for item in items)
        if scaled:
            draft.free(layout.cell(unit, PSI, factor, factor), 1.0)
        else:
            draft.fix(layout.cell(unit, PSI, factor, factor), 1.0)
        if unit > 0 and (depth[items, unit] >= INTERCEPTS).any():
            draft.free(layout.cell(unit, ALPHA, factor, 0), 0.0)
        for other in range(factor):
            draft.free(layout.cell(unit, PSI, factor, other), 0.3)


def _draft_links(draft: Drafting, layout: Layout) -> None:
    """Free what connects the waves: factors with factors, and each item's residuals with its own at other times."""
    for early, late in combinations(range(layout.units), 2):
        for factor in range(layout.factors):
            for other in range(layout.factors):
                row, col = late * layout.factors + factor, early * layout.factors + other
                draft.free((0, PSI, row, col), 0.4 if factor == other else 0.2)
        for item in range(layout.items):
            start = 0.1 if layout.ordinal else 0.1 * float(layout.spread[early, item] * layout.spread[late, item])
            draft.free((0, THETA, late * layout.items + item, early * layout.items + item), start)
