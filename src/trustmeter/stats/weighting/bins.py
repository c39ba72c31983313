"""How weights are spread, in bins from which nobody's weight can be read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trustmeter.stats.covariance import Floats, Integers

STEPS_PER_DOUBLING = 4
"""The grid of bins: so many to a doubling of the weight, one of them around the mean."""
_FARTHEST = 4 * STEPS_PER_DOUBLING
_END = 2


@dataclass(frozen=True, slots=True)
class Bins:
    """Weights in bins of a logarithmic grid.

    Parameters
    ----------
    edges
        Shape (k, 2): lower and upper edge of each bin, as multiples of the mean weight.
    counts
        Shape (k,): rows in each; none is from 1 to below `fewest`.
    open_below, open_above
        Whether the first bin takes in all below, the last all above.
    """

    edges: Floats
    counts: Integers
    open_below: bool
    open_above: bool


def weight_bins(weights: Floats, fewest: int = 5) -> Bins:
    """Count weights in bins; bins of few rows are put together with their neighbours towards the middle.

    Parameters
    ----------
    weights
        Shape (n,), n >= `fewest`, not all zero.
    fewest
        The smallest count that a bin may have.

    Notes
    -----
    The grid is fixed, relative to the mean. An outermost bin that was put together, or lies at the end of the grid, is drawn two steps
    wide and open, so that its edge does not tell the most extreme weight.
    """
    relative = weights / weights.mean()
    place = np.full(len(weights), -_FARTHEST)
    above = relative > 0
    place[above] = np.clip(np.round(STEPS_PER_DOUBLING * np.log2(relative[above])), -_FARTHEST, _FARTHEST)
    first, last = int(place.min()), int(place.max())
    counts = np.bincount(place - first, minlength=last - first + 1)
    parts = _together(counts.tolist(), fewest)
    below, above_all = (_is_open(part, counts, fewest, first) for part in (parts[0], parts[-1]))
    edges = [[first + start - 0.5, first + stop - 0.5] for start, stop in parts]
    if below:
        edges[0][0] = edges[0][1] - _END
    if above_all and not (below and len(parts) == 1):
        edges[-1][1] = edges[-1][0] + _END
    sums = np.array([counts[start:stop].sum() for start, stop in parts])
    return Bins(2.0 ** (np.array(edges) / STEPS_PER_DOUBLING), sums, below, above_all)


def _together(counts: list[int], fewest: int) -> list[tuple[int, int]]:
    """Return stretches of the grid, each of no rows or of enough; from both ends towards the fullest bin."""
    peak = counts.index(max(counts))
    left = _sweep(counts[: peak + 1], fewest)
    right = _sweep(counts[peak:][::-1], fewest)
    size = len(counts)
    mirrored = [(size - stop, size - start) for start, stop in right[::-1]]
    below, middle, above = left[:-1], (left[-1][0], mirrored[0][1]), mirrored[1:]
    while sum(counts[slice(*middle)]) < fewest and (below or above):
        middle = (below.pop()[0], middle[1]) if below else (middle[0], above.pop(0)[1])
    return [*below, middle, *above]


def _sweep(counts: list[int], fewest: int) -> list[tuple[int, int]]:
    """Return stretches from the first bin on; the last one holds the last bin, and what is left over."""
    parts, start, held = [], 0, 0
    for place, count in enumerate(counts[:-1]):
        held += count
        if held == 0 or held >= fewest:
            parts.append((start, place + 1))
            start, held = place + 1, 0
    return [*parts, (start, len(counts))]


def _is_open(part: tuple[int, int], counts: Integers, fewest: int, first: int) -> bool:
    """Tell whether an end takes in bins that would not have stood alone, or lies at the end of the grid."""
    start, stop = part
    inside = counts[start:stop]
    at_end = first + start <= -_FARTHEST or first + stop - 1 >= _FARTHEST
    return at_end or bool(((inside > 0) & (inside < fewest)).any())
