"""What is known of the data before any model: moments, their weights, and how sure they are. Computed once, used by all fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from trustmeter.stats.correlation.ordinal import OrdinalMoments, ordinal_moments
from trustmeter.stats.normal_likelihood import Patterns, gather_patterns
from trustmeter.stats.sem.estimate import Target
from trustmeter.stats.sem.model import Floats, Integers
from trustmeter.stats.sem.moments import lower_triangle
from trustmeter.stats.sem.testing import Unstructured, unstructured

Weighting = Literal["dwls", "uls"]


@dataclass(frozen=True, eq=False)
class NormalSample:
    """Numbers taken as continuous, one entry a group.

    Parameters
    ----------
    groups
        The rows of each group.
    clusters
        For each group the codes 0, 1, … of rows that belong together, or ``None``.
    """

    groups: tuple[Patterns, ...]
    clusters: tuple[Integers | None, ...]

    @cached_property
    def free(self) -> tuple[Unstructured, ...]:
        """The saturated model of each group."""
        return tuple(unstructured(rows, codes) for rows, codes in zip(self.groups, self.clusters, strict=True))

    @property
    def sizes(self) -> Floats:
        """Rows of each group."""
        return np.array([rows.n for rows in self.groups])

    @property
    def complete(self) -> bool:
        """Whether no row of any group has a hole."""
        return all(rows.complete for rows in self.groups)

    @property
    def items(self) -> int:
        """How many items there are."""
        return self.groups[0].items


@dataclass(frozen=True, eq=False)
class OrdinalSample:
    """Ordered answers, one entry a group: thresholds and polychoric correlations with their covariance.

    Parameters
    ----------
    groups
        The moments of each group, with `gamma`.
    weighting
        ``"dwls"``: the inverse diagonal of gamma; ``"uls"``: ones.
    """

    groups: tuple[OrdinalMoments, ...]
    weighting: Weighting

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """What least squares is to meet."""
        total = self.sizes.sum()
        return tuple(
            Target(
                moments=moments_of(one),
                weight=1 / np.diag(gamma) if self.weighting == "dwls" else np.ones(len(gamma)),
                share=one.n / total,
                pull=(one.n - 1) / (total - len(self.groups)),
            )
            for one, gamma in zip(self.groups, self.gammas, strict=True)
        )

    @cached_property
    def gammas(self) -> tuple[Floats, ...]:
        """N times the covariance of each group's moments."""
        return tuple(np.asarray(one.gamma) for one in self.groups)

    @property
    def sizes(self) -> Floats:
        """Rows of each group."""
        return np.array([one.n for one in self.groups], dtype=float)

    @property
    def items(self) -> int:
        """How many items there are."""
        return len(self.groups[0].levels)


def moments_of(one: OrdinalMoments) -> Floats:
    """Return thresholds and the strict lower triangle of the correlations by columns."""
    rows, cols = lower_triangle(len(one.levels), strict=True)
    return np.concatenate([one.thresholds, one.correlations[rows, cols]])


def normal_sample(
    groups: Sequence[Floats],
    weights: Sequence[Floats | None] | None = None,
    clusters: Sequence[Integers | None] | None = None,
) -> NormalSample:
    """Return the sample of groups of rows (n, p); holes are not numbers, rows without any answer must be left out before."""
    loads = [None] * len(groups) if weights is None else weights
    codes = [None] * len(groups) if clusters is None else clusters
    return NormalSample(tuple(gather_patterns(x, w) for x, w in zip(groups, loads, strict=True)), tuple(codes))


def ordinal_sample(
    groups: Sequence[Integers],
    weighting: Weighting = "dwls",
    weights: Sequence[Floats | None] | None = None,
    clusters: Sequence[Integers | None] | None = None,
) -> OrdinalSample:
    """Return the sample of groups of complete rows (n, p) with codes 0, 1, …, all of an item's categories in each group."""
    loads = [None] * len(groups) if weights is None else weights
    codes = [None] * len(groups) if clusters is None else clusters
    return OrdinalSample(
        tuple(ordinal_moments(x, weights=w, clusters=c) for x, w, c in zip(groups, loads, codes, strict=True)),
        weighting,
    )
