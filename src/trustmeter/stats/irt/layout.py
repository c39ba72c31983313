"""Which numbers of an item response model are estimated, and how they act in each group.

A group's trait is mu + sigma x with x standard normal. On the scale of x an item has the slope a sigma and the
intercepts d + a mu. The likelihood of a group is a function of these alone; everything else is the chain rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from trustmeter.errors import DesignError
from trustmeter.stats.covariance import Floats, Integers


@dataclass(frozen=True, slots=True)
class Layout:
    """Places of the estimated numbers in the parameter vector; -1 where a number is fixed or does not exist.

    Parameters
    ----------
    slopes
        Shape (G, k); a fixed slope is 1.
    intercepts
        Shape (G, k, m - 1).
    means
        Shape (G,); a fixed mean is 0.
    spreads
        Shape (G,): variances (inside the search: logarithms of standard deviations); a fixed variance is 1.
    size
        How many numbers are estimated.
    """

    slopes: Integers
    intercepts: Integers
    means: Integers
    spreads: Integers
    size: int


@dataclass(frozen=True, slots=True)
class Natural:
    """Slopes (G, k), intercepts (G, k, m - 1; minus infinity beyond the last step), means (G,) and deviations (G,)."""

    slopes: Floats
    intercepts: Floats
    means: Floats
    deviations: Floats


def make_layout(model: str, sizes: Integers, group_count: int, free: frozenset[int]) -> Layout:
    """Return the layout: item by item (in each group where `free`), then means, then variances.

    Raises
    ------
    DesignError
        When `free` holds no positions of items, or holds all of them.
    """
    k, steps = len(sizes), int(sizes.max()) - 1
    if not free <= set(range(k)):
        raise DesignError(f"`free` must hold positions of items from 0 to {k - 1}. Got {sorted(free)}.")
    if group_count > 1 and len(free) == k:
        raise DesignError("At least one item must have the same parameters in all groups, else they have no scale.")
    slopes = np.full((group_count, k), -1, dtype=np.intp)
    intercepts = np.full((group_count, k, steps), -1, dtype=np.intp)
    at = 0
    for item in range(k):
        for group in range(group_count if item in free else 1):
            chosen = slice(group, group + 1) if item in free else slice(None)
            if model != "pcm":
                slopes[chosen, item] = at
                at += 1
            count = sizes[item] - 1
            intercepts[chosen, item, :count] = np.arange(at, at + count)
            at += count
    means, spreads = np.full(group_count, -1, dtype=np.intp), np.full(group_count, -1, dtype=np.intp)
    means[1:] = np.arange(at, at + group_count - 1)
    at += group_count - 1
    first = 0 if model == "pcm" else 1
    spreads[first:] = np.arange(at, at + group_count - first)
    return Layout(slopes, intercepts, means, spreads, at + group_count - first)


def unpack(layout: Layout, vector: Floats) -> Natural:
    """Return the numbers that a parameter vector (P,) stands for; spreads in it are logarithms of deviations."""
    padded = np.append(vector, np.nan)
    return Natural(
        np.where(layout.slopes < 0, 1.0, padded[layout.slopes]),
        np.where(layout.intercepts < 0, -np.inf, padded[layout.intercepts]),
        np.where(layout.means < 0, 0.0, padded[layout.means]),
        np.where(layout.spreads < 0, 1.0, np.exp(padded[layout.spreads])),
    )


def pack(layout: Layout, natural: Natural) -> Floats:
    """Return the parameter vector (P,) of numbers; the opposite of `unpack`."""
    vector = np.empty(layout.size)
    for places, values in (
        (layout.slopes, natural.slopes), (layout.intercepts, natural.intercepts), (layout.means, natural.means),
        (layout.spreads, np.log(natural.deviations)),
    ):  # fmt: skip
        vector[places[places >= 0]] = values[places >= 0]
    return vector


def in_group(natural: Natural, group: int) -> tuple[Floats, Floats]:
    """Return slopes (k,) and intercepts (k, m - 1) of a group on the scale on which its trait is standard normal."""
    a = natural.slopes[group]
    return a * natural.deviations[group], natural.intercepts[group] + a[:, None] * natural.means[group]


def jacobian(layout: Layout, natural: Natural, group: int) -> Any:
    """Return how a group's slopes and intercepts (k m, item by item) change with the vector: sparse (k m, P)."""
    k, steps = layout.intercepts.shape[1:]
    sigma, mu, a = natural.deviations[group], natural.means[group], natural.slopes[group]
    J = np.zeros((k, steps + 1, layout.size + 1))
    item = np.arange(k)
    there = layout.intercepts[group] >= 0
    J[item, 0, layout.slopes[group]] = sigma
    J[:, 0, layout.spreads[group]] += a * sigma
    rows, columns = np.nonzero(there)
    J[rows, columns + 1, layout.intercepts[group][there]] = 1.0
    J[rows, columns + 1, layout.slopes[group][rows]] += mu
    J[rows, columns + 1, layout.means[group]] += a[rows]
    return scipy.sparse.csr_matrix(J[:, :, :-1].reshape(k * (steps + 1), layout.size))


def bend(layout: Layout, natural: Natural, group: int, gradient: Floats) -> Floats:
    """Return what the curved map adds to the second derivatives (P, P), given the group's gradient (k, m)."""
    sigma, a = natural.deviations[group], natural.slopes[group]
    H = np.zeros((layout.size + 1, layout.size + 1))
    mean, spread, slopes = layout.means[group], layout.spreads[group], layout.slopes[group]
    by_spread, by_mean = gradient[:, 0] * sigma, gradient[:, 1:].sum(axis=1)
    np.add.at(H, (slopes, spread), by_spread)
    np.add.at(H, (spread, slopes), by_spread)
    np.add.at(H, (slopes, mean), by_mean)
    np.add.at(H, (mean, slopes), by_mean)
    H[spread, spread] += float(gradient[:, 0] @ a) * sigma
    return H[:-1, :-1]
