"""The parts of a change with their uncertainty, beside the change of the scores, to which they add up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from trustmeter.pilot.latent.decomposition import HEAD, Floats, Parts

NOTHING = 1e-9
"""Derivatives below this are rounding: what an item brings is none by the model, not just small."""


class Figure(NamedTuple):
    """An estimate and its standard error; no error where it is not known, or where there is nothing to be unsure of."""

    estimate: float
    std_error: float


@dataclass(frozen=True, eq=False, slots=True)
class Finding:
    """What a model found of one scale.

    Parameters
    ----------
    items
        The names of the k items.
    parts
        The parts of the change.
    slopes
        Shape (q, 5 + 2 k): derivatives of `Parts.vector` in the parameters.
    covariance
        Shape (q, q): of the parameters.
    pull
        For each group shape (n,): how much each row moves the change of the score that the model implies; empty when it is
        not known.
    method, step
        How the model was fitted, and the step of comparability that holds.
    """

    items: tuple[str, ...]
    parts: Parts
    slopes: Floats
    covariance: Floats
    pull: tuple[Floats, ...]
    method: str
    step: str

    def figure(self, places: Sequence[int]) -> Figure:
        """Return the sum of some numbers of `Parts.vector`."""
        value = float(self.parts.vector[list(places)].sum())
        slope = self.slopes[:, list(places)].sum(axis=1)
        if np.abs(slope).max(initial=0.0) < NOTHING:
            return Figure(value, math.nan)
        return Figure(value, math.sqrt(max(float(slope @ self.covariance @ slope), 0.0)))

    @property
    def shifted(self) -> tuple[int, ...]:
        """The items whose answers are used differently by the model."""
        k = len(self.items)
        size = np.abs(self.slopes[:, HEAD:]).max(axis=0).reshape(2, k).max(axis=0)
        return tuple(int(item) for item in np.flatnonzero(size > NOTHING))


@dataclass(frozen=True, eq=False, slots=True)
class Account:
    """A change of scores and what makes it up: observed = trait + shift + rest.

    Parameters
    ----------
    observed
        The change of the mean score.
    trait, shift, rest
        What the trait's change and the changed use of the answers bring, and what the model leaves open.
    mean_points, spread_points
        The parts of `trait`: of its mean and of its spread.
    reprioritization, recalibration
        The parts of `shift`: of loadings, and of thresholds, intercepts and residual variances.
    items
        For each item that is used differently: its part of `shift`, and of that the two parts.
    latent, variance_ratio, stability
        As in `Parts`.
    """

    observed: float
    trait: Figure
    shift: Figure
    rest: Figure
    mean_points: Figure
    spread_points: Figure
    reprioritization: Figure
    recalibration: Figure
    latent: Figure
    variance_ratio: Figure
    stability: Figure
    items: dict[str, tuple[Figure, Figure, Figure]] = field(default_factory=dict)


def account_of(finding: Finding, observed: float, pull: Sequence[Floats]) -> Account:
    """Return the account of a change.

    Parameters
    ----------
    finding
        What the model found.
    observed
        The change of the mean score.
    pull
        For each group shape (n,): how much each row moves it.
    """
    k, one = len(finding.items), finding.figure
    first, second = list(range(HEAD, HEAD + k)), list(range(HEAD + k, HEAD + 2 * k))
    trait, shift = one([3, 4]), one([*first, *second])
    error = math.nan
    if finding.pull:
        apart = [seen - told for seen, told in zip(pull, finding.pull, strict=True)]
        error = math.sqrt(sum(float(gap @ gap) for gap in apart))
    items = {
        finding.items[item]: (one([first[item], second[item]]), one([first[item]]), one([second[item]]))
        for item in finding.shifted
    }
    return Account(
        observed, trait, shift, Figure(observed - trait.estimate - shift.estimate, error), one([3]), one([4]),
        one(first), one(second), one([0]), one([1]), one([2]), items,
    )  # fmt: skip
