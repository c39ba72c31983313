"""How unusual is the observed difference among all assignments of areas that could have been?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.stats.areas.assignment import Assignments, Flags, list_assignments
from trustmeter.stats.covariance import Floats, Integers

_GRID = 256
_DOUBLINGS = 60
_BISECTIONS = 60
_TIE = 1e-10
"""Statistics closer than this, relative to their size, are equal: rounding must not break a tie."""


@dataclass(frozen=True, slots=True)
class Randomization:
    """A difference of area means judged by the assignments that could have been.

    Parameters
    ----------
    estimate
        Mean of treated minus mean of comparison areas; of strata, weighted by their number of areas.
    statistic
        The estimate, or the estimate divided by its standard error.
    p_value
        Share of assignments, the observed one included, whose absolute statistic is at least as large.
    low, high
        All effects, equal in all areas, that are not rejected; infinite when no effect could be.
    smallest_p
        The smallest p value that this design can reach, whatever the data.
    n_assignments, complete
        How many assignments were looked at, and whether they are all.
    """

    estimate: float
    statistic: float
    p_value: float
    low: float
    high: float
    smallest_p: float
    n_assignments: int
    complete: bool


@dataclass(frozen=True, slots=True)
class _Parts:
    """Of each assignment (N,): difference of values, of the observed treatment, and their error variances.

    Under an effect of theta, the difference is a - theta b, its variance v_yy - 2 theta v_yd + theta^2 v_dd. The first
    is observed; plain statistics have v_yy of one and the others nil.
    """

    a: Floats
    b: Floats
    v_yy: Floats
    v_yd: Floats
    v_dd: Floats


def randomize_areas(
    values: Floats,
    treated: Flags,
    *,
    strata: Integers | None = None,
    studentized: bool = True,
    conf_level: float = 0.95,
    seed: int = 0,
) -> Randomization:
    """Test that the pilot changed no area, by exchanging which areas are called treated.

    Parameters
    ----------
    values
        Shape (G,): one number an area, such as its mean change.
    treated
        Shape (G,).
    strata
        Shape (G,): codes of strata or pairs within which areas were drawn. Those with one arm only tell nothing.
    studentized
        Whether the difference is divided by its (unequal variances) standard error: then the test also holds, in large
        samples, for the mean effect when effects differ. It needs two areas an arm, in every stratum, or pairs.
    conf_level
        Of the interval.
    seed
        Draws assignments when there are more than 10,000.

    Raises
    ------
    EstimationError
        When no other assignment is possible, or a studentised statistic does not exist.

    Notes
    -----
    Fisher's randomisation test; p counts the observed assignment, so that it is exact (Phipson and Smyth 2010,
    doi:10.2202/1544-6115.1585). Studentised: Wu and Ding (2021), doi:10.1080/01621459.2020.1750415. The interval inverts
    the test; of plain statistics exactly, from each assignment's two breaking points.
    """
    found = list_assignments(treated, strata, np.random.default_rng(seed))
    parts = _parts(values, found, strata, studentized)
    if studentized and not parts.v_yy[0] > 0:
        raise EstimationError("All areas of an arm changed alike; a studentised difference does not exist.")
    low, high = _limits(parts, 1 - conf_level, studentized, _smallest(found))
    return Randomization(
        estimate=float(parts.a[0]),
        statistic=float(parts.a[0] / math.sqrt(parts.v_yy[0])),
        p_value=float(_p_values(parts, np.zeros(1))[0]),
        low=low,
        high=high,
        smallest_p=_smallest(found),
        n_assignments=len(found.treated),
        complete=found.complete,
    )


def smallest_p_value(treated: Flags, strata: Integers | None = None) -> float:
    """Return the smallest p value that a two-sided randomisation test of this design can reach."""
    return _smallest(list_assignments(treated, strata, np.random.default_rng(0)))


def one_sided_p_values(
    values: Floats,
    treated: Flags,
    effects: Floats,
    *,
    strata: Integers | None = None,
    studentized: bool = True,
    seed: int = 0,
) -> tuple[Floats, Floats]:
    """Return p values against supposed effects (m,): that the true one is at or under each, at or over each.

    The first is the share of assignments whose signed statistic is at least the observed one under that effect, the second
    at most. Two of them at the bounds test equivalence. Parameters are those of `randomize_areas`.
    """
    found = list_assignments(treated, strata, np.random.default_rng(seed))
    parts = _parts(values, found, strata, studentized)
    here, observed = _on_one_scale(parts, np.asarray(effects, dtype=float))
    slack = _TIE / 2 * np.abs(observed)
    return np.asarray((here >= observed - slack).mean(axis=0)), np.asarray((here <= observed + slack).mean(axis=0))


def _smallest(found: Assignments) -> float:
    return (2 if found.mirrored and found.complete else 1) / len(found.treated)


def _parts(values: Floats, found: Assignments, strata: Integers | None, studentized: bool) -> _Parts:
    observed = found.treated[0].astype(float)
    codes = np.zeros(len(values), dtype=np.intp) if strata is None else np.unique(strata, return_inverse=True)[1]
    members = [np.flatnonzero(codes == code) for code in range(int(codes.max()) + 1)]
    members = [m for m in members if 0 < observed[m].sum() < len(m)]
    total = sum(len(m) for m in members)
    pairs = len(members) > 1 and all(len(m) == 2 for m in members)
    both = np.column_stack([values - values.mean(), observed])
    differences, variance = [], np.zeros((len(found.treated), 3))
    for m in members:
        difference, error = _stratum(both[m], found.treated[:, m], studentized and not pairs)
        differences.append(len(m) / total * difference)
        variance += (len(m) / total) ** 2 * error
    whole = np.sum(differences, axis=0)
    if not studentized:
        variance[:, 0] = 1.0
    elif pairs:
        off = np.array(differences) * len(members) - whole
        size = len(members) * (len(members) - 1)
        variance = np.column_stack(
            [(off[:, :, i] * off[:, :, j]).sum(axis=0) / size for i, j in ((0, 0), (0, 1), (1, 1))]
        )
    return _Parts(whole[:, 0], whole[:, 1], *variance.T)


def _stratum(both: Floats, treated: Flags, studentized: bool) -> tuple[Floats, Floats]:
    """Return of each assignment the differences (N, 2) of values and treatment, and their three error terms (N, 3)."""
    difference, error = np.zeros((len(treated), 2)), np.zeros((len(treated), 3))
    for sign, arm in ((1, treated), (-1, ~treated)):
        inside = arm.astype(float)
        n = int(inside[0].sum())
        mean = inside @ both / n
        difference += sign * mean
        if studentized:
            if n < 2:
                raise EstimationError(
                    "A studentised difference needs two treated and two comparison areas in every stratum, or pairs; "
                    "use the plain difference."
                )
            for place, (i, j) in enumerate(((0, 0), (0, 1), (1, 1))):
                spread = inside @ (both[:, i] * both[:, j]) / n - mean[:, i] * mean[:, j]
                error[:, place] += spread / (n - 1)
    return difference, error


def _p_values(parts: _Parts, effects: Floats) -> Floats:
    """Return the p value of each supposed effect, (m,)."""
    here, observed = _on_one_scale(parts, effects)
    return np.asarray((here**2 >= observed**2 * (1 - _TIE)).mean(axis=0))


def _on_one_scale(parts: _Parts, effects: Floats) -> tuple[Floats, Floats]:
    """Return each assignment's difference under each effect, and the observed one, (N, m), on one scale.

    Each difference is multiplied by the error of the other, so that nothing is divided by an error of nil.
    """
    theta = effects[None, :]
    variance = parts.v_yy[:, None] - 2 * theta * parts.v_yd[:, None] + theta**2 * parts.v_dd[:, None]
    here = (parts.a[:, None] - theta * parts.b[:, None]) * math.sqrt(parts.v_yy[0])
    return here, (parts.a[0] - effects) * np.sqrt(np.maximum(variance, 0.0))


def _limits(parts: _Parts, level: float, studentized: bool, smallest: float) -> tuple[float, float]:
    """Return the smallest and the largest effect with a p value above the level."""
    if smallest > level * (1 + 1e-12):
        return -math.inf, math.inf
    if studentized:
        return _searched(parts, level, -1), _searched(parts, level, 1)
    # |a - theta b| >= |a_0 - theta| holds between the two points where equality holds, as |b| <= 1
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.where(1 - parts.b > _TIE, (parts.a[0] - parts.a) / (1 - parts.b), np.nan)
        second = np.where(1 + parts.b > _TIE, (parts.a[0] + parts.a) / (1 + parts.b), np.nan)
    never = np.isnan(first) | np.isnan(second)
    lower = np.sort(np.where(never, -np.inf, np.minimum(first, second)))
    upper = np.sort(np.where(never, np.inf, np.maximum(first, second)))[::-1]
    place = math.floor(level * len(lower) * (1 + 1e-12))
    return float(lower[place]), float(upper[place])


def _searched(parts: _Parts, level: float, side: int) -> float:
    """Return the outermost effect on one side that is not rejected: by a grid, then by halving."""
    reach = math.sqrt(parts.v_yy[0])
    for _ in range(_DOUBLINGS):
        if (
            _p_values(parts, parts.a[0] + side * reach * np.array([1.0, 1.5, 2.0, 4.0, 8.0])) <= level * (1 + 1e-12)
        ).all():
            break
        reach *= 2
    else:
        return side * math.inf
    steps = np.linspace(0, reach, _GRID)
    kept = np.flatnonzero(_p_values(parts, parts.a[0] + side * steps) > level * (1 + 1e-12))
    inside, outside = steps[kept[-1]], steps[min(kept[-1] + 1, _GRID - 1)]
    for _ in range(_BISECTIONS):
        middle = (inside + outside) / 2
        if _p_values(parts, np.array([parts.a[0] + side * middle]))[0] > level * (1 + 1e-12):
            inside = middle
        else:
            outside = middle
    return float(parts.a[0] + side * inside)
