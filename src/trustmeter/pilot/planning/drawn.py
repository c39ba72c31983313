"""Made-up pilots, each judged as `compare` would judge it: how often is a true change found?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.pilot.planning.generator import Crowd, Meter
from trustmeter.stats.areas.assignment import list_assignments

Floats = NDArray[np.float64]

BLOCK = 25
"""Pilots that one worker draws at a time."""

_TIE = 1e-10


@dataclass(frozen=True, eq=False)
class Trial:
    """What is drawn and how it is judged; everything that a worker must know.

    Parameters
    ----------
    meter, crowd
        How people answer, and who is asked.
    pilot_areas
        The first areas have the pilot; all of them where there is no comparison.
    shifts
        Shape (changes,): true shifts of the trait in pilot areas.
    way
        ``"paired"``, ``"welch"``, ``"overlap"``, ``"areas"`` (one kind), ``"t"``, ``"placebo"`` or ``"assignment"``.
    level
        Claims with a smaller p value are made.
    smallest
        The smallest effect that matters, or 0.
    """

    meter: Meter
    crowd: Crowd
    pilot_areas: int
    shifts: Floats
    way: str
    level: float
    smallest: float


@dataclass(frozen=True, eq=False, slots=True)
class Judged:
    """Estimates (changes,), and their p values: against no change, and by one side against any value."""

    estimate: Floats
    p_value: Floats
    one_sided: Callable[[float], tuple[Floats, Floats]]


def block_counts(trial: Trial, seeds: Sequence[np.random.SeedSequence]) -> NDArray[np.int64]:
    """Draw one pilot a seed; return how often there was a finding, an increase and no relevant change, (3, changes)."""
    counts = np.zeros((3, len(trial.shifts)), dtype=np.int64)
    judge = judge_of(trial)
    for seed in seeds:
        found = judge(*_waves(trial, np.random.default_rng(seed)))
        counts[0] += found.p_value < trial.level
        if trial.smallest:
            below_high, above_high = found.one_sided(trial.smallest)
            _, above_low = found.one_sided(-trial.smallest)
            counts[1] += np.minimum(2 * above_high, 1.0) < trial.level
            counts[2] += np.maximum(above_low, below_high) < trial.level
    return counts


def _waves(trial: Trial, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return scores before (areas, people) and after (changes, areas, people)."""
    latent = trial.crowd.latent(trial.meter, rng)
    before, later = trial.meter.scores(latent[:, :, 0]), latent[:, :, 1]
    after = np.empty((len(trial.shifts), *before.shape))
    after[:, trial.pilot_areas :] = trial.meter.scores(later[trial.pilot_areas :])
    for place, shift in enumerate(trial.shifts):
        after[place, : trial.pilot_areas] = trial.meter.scores(later[: trial.pilot_areas], shift)
    return before, after


def judge_of(trial: Trial) -> Callable[[Floats, Floats], Judged]:
    """Return what judges scores before (areas, people) and after (changes, areas, people)."""
    if trial.way == "paired":
        return lambda before, after: _one_sample((after - before)[:, 0])
    if trial.way == "welch":
        return lambda before, after: _welch(before[0], after[:, 0])
    if trial.way == "overlap":
        return lambda before, after: _overlap(trial.crowd, before, after)
    if trial.way == "areas":
        return lambda before, after: _one_sample(_changes(before, after))
    treated = np.arange(trial.crowd.areas) < trial.pilot_areas
    if trial.way == "t":
        return lambda before, after: _two_sample(_changes(before, after), treated)
    if trial.way == "placebo":
        return lambda before, after: _placebo(_changes(before, after), treated)
    choices = list_assignments(treated, None, np.random.default_rng(0)).treated
    return lambda before, after: _assigned(_changes(before, after), treated, choices)


def _changes(before: Floats, after: Floats) -> Floats:
    return np.asarray(after.mean(axis=2) - before.mean(axis=1))


def _by_t(estimate: Floats, error: Floats, df: Floats) -> Judged:
    def one_sided(value: float) -> tuple[Floats, Floats]:
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = (estimate - value) / error
        return scipy.special.stdtr(df, distance), scipy.special.stdtr(df, -distance)

    below, above = one_sided(0.0)
    return Judged(estimate, 2 * np.minimum(below, above), one_sided)


def _one_sample(changes: Floats) -> Judged:
    """Judge mean changes by t; shape (changes, people or areas). Balanced areas: the same as CR2 by area."""
    n = changes.shape[1]
    return _by_t(changes.mean(axis=1), changes.std(axis=1, ddof=1) / math.sqrt(n), np.full(len(changes), n - 1.0))


def _welch(before: Floats, after: Floats) -> Judged:
    first = before.var(ddof=1) / before.size
    second = after.var(axis=1, ddof=1) / after.shape[1]
    df = (first + second) ** 2 / (first**2 / (before.size - 1) + second**2 / (after.shape[1] - 1))
    return _by_t(after.mean(axis=1) - before.mean(), np.sqrt(first + second), df)


def _two_sample(changes: Floats, treated: NDArray[np.bool_]) -> Judged:
    """Judge differences of area means as CR2 does in balanced areas: unequal variances, degrees of freedom of equal ones."""
    pilot, other = changes[:, treated], changes[:, ~treated]
    a, b = pilot.shape[1], other.shape[1]
    error = np.sqrt(pilot.var(axis=1, ddof=1) / a + other.var(axis=1, ddof=1) / b)
    df = (1 / a + 1 / b) ** 2 / (1 / (a * a * (a - 1)) + 1 / (b * b * (b - 1)))
    return _by_t(pilot.mean(axis=1) - other.mean(axis=1), error, np.full(len(changes), df))


def _placebo(changes: Floats, treated: NDArray[np.bool_]) -> Judged:
    """Hold a single area against the others, all of one size."""
    sign = 1.0 if treated.sum() == 1 else -1.0
    single, others = changes[:, treated == (sign > 0)][:, 0], changes[:, treated != (sign > 0)]
    count = others.shape[1]
    estimate = sign * (single - others.mean(axis=1))
    placebos = sign * (others - others.mean(axis=1, keepdims=True)) * math.sqrt((count + 1) / (count - 1))

    def one_sided(value: float) -> tuple[Floats, Floats]:
        over = (estimate - value)[:, None]
        slack = _TIE * np.abs(over)
        above, below = (placebos >= over - slack).sum(axis=1), (placebos <= over + slack).sum(axis=1)
        return np.asarray((1 + below) / (1 + count)), np.asarray((1 + above) / (1 + count))

    reached = (np.abs(placebos) >= np.abs(estimate)[:, None] * (1 - _TIE)).sum(axis=1)
    return Judged(estimate, np.asarray((1 + reached) / (1 + count)), one_sided)


def _assigned(changes: Floats, treated: NDArray[np.bool_], choices: NDArray[np.bool_]) -> Judged:
    """Hold studentised differences of area means against those of all assignments, the observed one first."""

    def statistics(value: float) -> Floats:
        return _studentized(changes - value * treated, choices)

    def one_sided(value: float) -> tuple[Floats, Floats]:
        there = statistics(value)
        here, slack = there[:, :1], _TIE * np.abs(there[:, :1])
        return np.asarray((there <= here + slack).mean(axis=1)), np.asarray((there >= here - slack).mean(axis=1))

    away = np.abs(statistics(0.0))
    p_value = np.asarray((away >= away[:, :1] * (1 - _TIE)).mean(axis=1))
    return Judged(changes[:, treated].mean(axis=1) - changes[:, ~treated].mean(axis=1), p_value, one_sided)


def _studentized(values: Floats, choices: NDArray[np.bool_]) -> Floats:
    """Return the difference of area means over its standard error, unequal variances, of each choice: (changes, choices)."""
    inside = choices.T.astype(float)
    whole, pilot = len(inside), int(inside[:, 0].sum())
    centred = values - values.mean(axis=1, keepdims=True)
    total, squares = centred @ inside, centred**2 @ inside
    first, second = total / pilot, -total / (whole - pilot)
    everything = (centred**2).sum(axis=1, keepdims=True)
    variance = (squares / pilot - first**2) / (pilot - 1)
    variance += ((everything - squares) / (whole - pilot) - second**2) / (whole - pilot - 1)
    return np.asarray((first - second) / np.sqrt(np.maximum(variance, 1e-300)))


def _overlap(crowd: Crowd, before: Floats, after: Floats) -> Judged:
    """Combine the people of a zone who are in both waves with those who are in one.

    As `stats.comparison.overlap` does, but with variances and covariance taken once from the scores instead of iterated.
    """
    n, shared = crowd.people, crowd.shared
    first, second = before[0], after[:, 0]
    x, y = first[:shared], second[:, :shared]
    correlation = np.zeros(len(second))
    if shared > 2:
        spread, turned = x - x.mean(), y - y.mean(axis=1, keepdims=True)
        correlation = turned @ spread / np.sqrt((spread @ spread) * (turned**2).sum(axis=1))
    variances = np.column_stack([np.full(len(second), first.var(ddof=1)), second.var(axis=1, ddof=1)])
    S = variances[:, :, None] * np.eye(2)
    S[:, 0, 1] = S[:, 1, 0] = correlation * np.sqrt(variances.prod(axis=1))
    alone = n - shared
    information = np.eye(2) * (alone / variances)[:, :, None]
    weighed = np.zeros((len(second), 2))
    if alone:
        weighed += (
            alone
            * np.column_stack([np.full(len(second), first[shared:].mean()), second[:, shared:].mean(axis=1)])
            / variances
        )
    if shared:
        inverse = shared * np.linalg.inv(S)
        information = information + inverse
        weighed += (inverse @ np.column_stack([np.full(len(second), x.mean()), y.mean(axis=1)])[:, :, None])[:, :, 0]
    covariance = np.linalg.inv(information)
    means = (covariance @ weighed[:, :, None])[:, :, 0]
    contrast = np.array([-1.0, 1.0])
    error = np.sqrt(contrast @ covariance @ contrast)
    df = max(shared - 1.0, 0.0) if shared else 2.0 * n - 2
    df += (2 * n - 2 * shared) * (2 * n - 2 * shared) / (2 * n) if shared else 0.0
    return _by_t(means @ contrast, error, np.full(len(second), df))
