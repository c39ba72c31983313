"""What must be said beside estimates: what they rest on, what is hidden, and where no error is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.estimation.drawn import FEW_DF, Drawn
from trustmeter.estimation.grid import Grid
from trustmeter.estimation.measuring import Measure
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE
from trustmeter.results import told_count

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
_QUANTILE = "quantile:"
_MIDDLE = 0.25
"""Quantiles of less than this share, or more than the rest, are far from the median."""


@dataclass(frozen=True, eq=False, slots=True)
class Made:
    """The numbers of a result, (G, p) each, and their covariance (G p, G p)."""

    estimate: Floats
    std_error: Floats
    df: Floats
    low: Floats
    high: Floats
    terms: tuple[str, ...]
    hidden: Mask
    df_joint: int
    covariance: Floats | None = None
    effects: Floats | None = None


def notes_of(made: Made, measure: Measure, grid: Grid, drawn: Drawn) -> Iterator[str]:
    """Return what must travel with estimates."""
    yield from drawn.notes
    yield from drawn.ground_notes(grid.rows, made.df_joint)
    if made.hidden.any():
        yield (
            f"Hidden are groups of fewer than {FEWEST_PEOPLE} people, what one to {FEWEST_IN_A_CELL - 1} people chose, and"
            " what these could be worked out from."
        )
    shown = ~made.hidden
    few: list[bool] = np.any((made.df < 1) & shown, axis=1).tolist()
    alone = [group for group, one in zip(grid.groups, few, strict=True) if one]
    if alone:
        yield f"No error is known of {', '.join(alone)}: all of these people are in one cluster of each stratum."
    yield from _of_quantiles(made, shown) if measure.statistic == "quantile" else ()
    whole = shown & (made.df >= 1) & ((made.estimate <= 0) | (made.estimate >= 1))
    if measure.statistic == "share" and whole.any():
        yield "A share of 0 or 100 % in the sample has no interval; that nobody else exists is not shown by it."
    if measure.statistic == "total":
        yield (
            "A total sums weights: it counts people only where each weight is the number of people that a row stands for."
            " People without an answer are not in it."
        )
    gaps = [f"{told_count(n)} with {why}" for why, n in grid.left_out.items()
            if why in ("a weight of 0", "no answer", "no group")]  # fmt: skip
    if gaps:
        yield f"Rows left out: {', '.join(gaps)}."


def _of_quantiles(made: Made, shown: Mask) -> Iterator[str]:
    """Say where an interval has an open end, and that few clusters make quantiles far from the median too sure."""
    known = shown & (made.df >= 1)
    if (known & (np.isnan(made.low) | np.isnan(made.high))).any():
        yield (
            f"An end of an interval that is not shown is not reached by the sample, or fewer than {FEWEST_IN_A_CELL} people are"
            " beyond it; the quantile then has no standard error."
        )
    asked = np.array([float(term.removeprefix(_QUANTILE)) for term in made.terms])
    far = np.minimum(asked, 1 - asked) < _MIDDLE
    if (known & (made.df < FEW_DF) & far).any():
        yield (
            f"With fewer than {FEW_DF} degrees of freedom the intervals of quantiles far from the median that have both ends are too"
            " narrow: they hold the true value less often than they say."
        )
