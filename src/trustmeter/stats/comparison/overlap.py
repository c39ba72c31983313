"""Two waves that share some of their people: the change of the mean, with everyone used once or twice."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats

_ITERATIONS = 200
_NEWTON_STEPS = 12
_NEAR = 1e-6
"""Newton's method takes over when a scoring step promises less log-likelihood than this."""
_SHORTEST = 1e-9
Method = Literal["best", "best, equal variances", "T_new1", "T_new2", "Welch"]
_CONTRAST = np.array([-1.0, 1.0])
FEWEST_PAIRS = 5
"""With fewer pairs than this the correlation cannot weigh people."""
WORTHWHILE_PAIRS = 10
"""With fewer pairs weighing gains nothing: in simulations intervals were as wide as plain ones and held a little less."""


@dataclass(frozen=True, slots=True)
class OverlapChange:
    """Mean of the second wave minus mean of the first.

    Parameters
    ----------
    estimate, std_error, df
        The change; Student's t with `df` degrees of freedom.
    correlation
        Between the two waves of one person; missing when it was not used.
    n_both, n_first, n_second
        People in both waves, only in the first, only in the second.
    method
        What was computed.
    """

    estimate: float
    std_error: float
    df: float
    correlation: float
    n_both: int
    n_first: int
    n_second: int
    method: Method


@dataclass(frozen=True, slots=True)
class _Parts:
    """What two waves have to say: for pairs a mean (2,) and cross product (2, 2); for singles of each wave the same."""

    pairs: int
    pair_mean: Floats
    pair_cross: Floats
    singles: Floats
    single_mean: Floats
    single_square: Floats


@dataclass(frozen=True, slots=True)
class _State:
    """The means and their covariance (2, 2) at given variances."""

    S: Floats
    omega: Floats
    means: Floats
    phi: Floats


def overlap_change(first: Floats, second: Floats) -> OverlapChange:
    """Return the change by the way that suits how many people are in both waves, and say which.

    Parameters
    ----------
    first, second
        Shape (n,): one row a person, missing where the person was not in that wave.

    Notes
    -----
    The best combination when ten or more people, or none, are in both waves and its likelihood has a maximum; else the
    difference of plain means (T_new2). One or two pairs show no correlation: then the waves count as separate (Welch),
    which errs on the wide side when people resemble themselves.
    """
    both = int((~np.isnan(first) & ~np.isnan(second)).sum())
    if 0 < both < 3:
        nothing = np.full(len(first), np.nan)
        found = derrick_unequal(np.concatenate([first, nothing]), np.concatenate([nothing, second]))
        alone = (found.n_first - both, found.n_second - both)
        return replace(found, n_both=both, n_first=alone[0], n_second=alone[1], method="Welch")
    if both == 0 or both >= WORTHWHILE_PAIRS:
        try:
            return best_overlap_change(first, second)
        except EstimationError:
            _refuse_constant(first[~np.isnan(first)], second[~np.isnan(second)])
    return derrick_unequal(first, second)


def derrick_pooled(first: Floats, second: Floats) -> OverlapChange:
    """Return the partially overlapping samples t test for equal variances, T_new1.

    Parameters
    ----------
    first, second
        Shape (n,): one row a person, missing where the person was not in that wave.

    Notes
    -----
    Derrick, B., Russ, B., Toher, D. and White, P. (2017), doi:10.22237/jmasm/1493597280. The difference of the two means of
    all who answered; pooled variance; 2 r n_both / (n_1 n_2) is taken off for the pairs. Without pairs it is Student's t.
    """
    a, b, r, (both, one, two) = _described(first, second)
    n1, n2 = len(a), len(b)
    pooled = ((n1 - 1) * a.var(ddof=1) + (n2 - 1) * b.var(ddof=1)) / (n1 + n2 - 2)
    error = math.sqrt(max(pooled * (1 / n1 + 1 / n2 - 2 * r * both / (n1 * n2)), 0.0))
    df = both - 1 + (one + two + both - 1) / (one + two + 2 * both) * (one + two)
    return OverlapChange(float(b.mean() - a.mean()), error, df, r if both else math.nan, both, one, two, "T_new1")


def derrick_unequal(first: Floats, second: Floats) -> OverlapChange:
    """Return the partially overlapping samples t test without equal variances, T_new2; input as `derrick_pooled`.

    Notes
    -----
    Same paper. Without pairs it is Welch's test, with pairs alone the paired t test, both exactly.
    """
    a, b, r, (both, one, two) = _described(first, second)
    n1, n2 = len(a), len(b)
    v1, v2 = float(a.var(ddof=1)) / n1, float(b.var(ddof=1)) / n2
    shared = 2 * r * math.sqrt(a.var(ddof=1) * b.var(ddof=1)) * both / (n1 * n2)
    error = math.sqrt(max(v1 + v2 - shared, 0.0))
    welch = (v1 + v2) ** 2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1))
    df = both - 1 + (welch - both + 1) / (one + two + 2 * both) * (one + two)
    return OverlapChange(float(b.mean() - a.mean()), error, df, r if both else math.nan, both, one, two, "T_new2")


def best_overlap_change(first: Floats, second: Floats, *, equal_variances: bool = False) -> OverlapChange:
    """Return the best linear unbiased change, with variances and correlation from restricted likelihood (REML).

    Parameters
    ----------
    first, second
        Shape (n,): one row a person, missing where the person was not in that wave.
    equal_variances
        Whether both waves have one variance: then it is the mixed model with a random intercept for the person (and
        a correlation that may be negative, too).

    Raises
    ------
    EstimationError
        When fewer than five people are in both waves (but more than none), fewer than two in a wave, or a wave is
        constant, or the likelihood has no maximum inside.

    Notes
    -----
    With Omega the inverse of the pair covariance, the means are (n_both Omega + diag(n_only / variance))^-1 times the
    weighted sums. The covariance of the means is enlarged for what it costs to estimate the weights, and the degrees
    of freedom are Satterthwaite's, from the expected REML information: Kenward, M. G. and Roger, J. H. (1997),
    doi:10.2307/2533558. Without pairs this is exactly Welch's test, with pairs alone exactly the paired t test.
    """
    parts = _parts(first, second)
    if 0 < parts.pairs < FEWEST_PAIRS:
        raise EstimationError(
            f"{parts.pairs} people are in both waves; the best combination needs none or at least {FEWEST_PAIRS}."
        )
    basis = [np.eye(2)] if equal_variances else [np.diag([1.0, 0.0]), np.diag([0.0, 1.0])]
    if parts.pairs:
        basis.append(np.array([[0.0, 1.0], [1.0, 0.0]]))
    at = _fitted(parts, basis)
    pulls, information, extra = _curvature(parts, at, basis)
    spread = np.linalg.inv(information)
    plain = float(_CONTRAST @ at.phi @ _CONTRAST)
    slope = np.array([_CONTRAST @ at.phi @ pull @ at.phi @ _CONTRAST for pull in pulls])
    cost = sum(spread[i, j] * extra[i][j] for i in range(len(basis)) for j in range(len(basis)))
    enlarged = plain + 2 * float(_CONTRAST @ at.phi @ cost @ at.phi @ _CONTRAST)
    return OverlapChange(
        estimate=float(_CONTRAST @ at.means),
        std_error=math.sqrt(max(enlarged, plain)),
        df=2 * plain**2 / float(slope @ spread @ slope),
        correlation=float(at.S[0, 1] / math.sqrt(at.S[0, 0] * at.S[1, 1])) if parts.pairs else math.nan,
        n_both=parts.pairs,
        n_first=int(parts.singles[0]),
        n_second=int(parts.singles[1]),
        method="best, equal variances" if equal_variances else "best",
    )


def _described(first: Floats, second: Floats) -> tuple[Floats, Floats, float, tuple[int, int, int]]:
    """Return the answers of each wave, the correlation of the pairs (0 when unknown), and three counts."""
    in_first, in_second = ~np.isnan(first), ~np.isnan(second)
    both = in_first & in_second
    a, b = first[in_first], second[in_second]
    _refuse_constant(a, b)
    counts = (int(both.sum()), int((in_first & ~both).sum()), int((in_second & ~both).sum()))
    if counts[0] == 0:
        return a, b, 0.0, counts
    x, y = first[both] - first[both].mean(), second[both] - second[both].mean()
    size = math.sqrt(float(x @ x) * float(y @ y))
    if counts[0] < 3 or not size > 0:
        raise EstimationError(
            f"{counts[0]} people are in both waves, and their correlation cannot be found; it needs three who differ."
        )
    return a, b, float(x @ y) / size, counts


def _refuse_constant(a: Floats, b: Floats) -> None:
    for wave, answers in (("first", a), ("second", b)):
        if len(answers) < 2 or not np.ptp(answers) > 0:
            raise EstimationError(
                f"The {wave} wave needs at least two scores that differ; it has {len(answers)}, all alike."
            )


def _parts(first: Floats, second: Floats) -> _Parts:
    in_first, in_second = ~np.isnan(first), ~np.isnan(second)
    _refuse_constant(first[in_first], second[in_second])
    both = in_first & in_second
    pairs = np.column_stack([first[both], second[both]])
    mean = pairs.mean(axis=0) if len(pairs) else np.zeros(2)
    alone = [first[in_first & ~both], second[in_second & ~both]]
    single_mean = np.array([x.mean() if len(x) else 0.0 for x in alone])
    square = np.array([((x - m) ** 2).sum() for x, m in zip(alone, single_mean, strict=True)])
    counts = np.array([len(x) for x in alone], dtype=float)
    return _Parts(len(pairs), mean, (pairs - mean).T @ (pairs - mean), counts, single_mean, square)


def _at(parts: _Parts, S: Floats) -> _State:
    omega = np.asarray(np.linalg.inv(S)) if parts.pairs else np.zeros((2, 2))
    alone = parts.singles / np.diag(S)
    phi = np.asarray(np.linalg.inv(parts.pairs * omega + np.diag(alone)))
    return _State(S, omega, phi @ (parts.pairs * omega @ parts.pair_mean + alone * parts.single_mean), phi)


def _squares(parts: _Parts, at: _State) -> tuple[Floats, Floats]:
    """Return cross products about the fitted means: of pairs (2, 2), of singles (2,)."""
    off = parts.pair_mean - at.means
    single = parts.single_square + parts.singles * (parts.single_mean - at.means) ** 2
    return parts.pair_cross + parts.pairs * np.outer(off, off), single


def _criterion(parts: _Parts, at: _State) -> float:
    """Return minus twice the restricted log-likelihood, up to a constant."""
    pair, single = _squares(parts, at)
    variance = np.diag(at.S)
    whole = float(parts.singles @ np.log(variance) + (single / variance).sum() - np.linalg.slogdet(at.phi)[1])
    if parts.pairs:
        whole += float(parts.pairs * np.linalg.slogdet(at.S)[1] + np.trace(at.omega @ pair))
    return whole


def _curvature(parts: _Parts, at: _State, basis: list[Floats]) -> tuple[list[Floats], Floats, list[list[Floats]]]:
    """Return X'V^-1 V_i V^-1 X for each parameter, the expected information, and what estimated weights cost."""
    D = 1 / np.diag(at.S)
    only = [np.diag(np.diag(E)) for E in basis]
    alone = np.diag(parts.singles)
    pulls = [
        parts.pairs * at.omega @ E @ at.omega + alone @ np.diag(D * np.diag(F) * D)
        for E, F in zip(basis, only, strict=True)
    ]
    k = len(basis)
    information = np.empty((k, k))
    extra = [[np.zeros((2, 2)) for _ in range(k)] for _ in range(k)]
    for i in range(k):
        for j in range(k):
            diagonal = np.diag(basis[i]) * np.diag(basis[j])
            whole = parts.pairs * np.trace(at.omega @ basis[i] @ at.omega @ basis[j]) + parts.singles @ (
                D**2 * diagonal
            )
            Q = parts.pairs * at.omega @ basis[i] @ at.omega @ basis[j] @ at.omega
            Q = Q + alone @ np.diag(D**3 * diagonal)
            both = pulls[i] @ at.phi @ pulls[j]
            information[i, j] = (whole - 2 * np.trace(at.phi @ Q) + np.trace(at.phi @ both)) / 2
            extra[i][j] = Q - both
    return pulls, information, extra


def _fitted(parts: _Parts, basis: list[Floats]) -> _State:
    """Return the state at the REML solution: Fisher scoring with halving, then Newton's method."""
    theta = _start(parts, len(basis))
    at = _at(parts, _matrix(theta, basis))
    value = _criterion(parts, at)
    for _ in range(_ITERATIONS):
        pulls, information, _ = _curvature(parts, at, basis)
        gradient = _gradient(parts, at, basis, pulls)
        step = np.linalg.solve(information, gradient)
        promise = float(gradient @ step)
        if promise < _NEAR:
            return _polished(parts, basis, theta)
        size = 1.0
        while size > _SHORTEST:
            S = _matrix(theta + size * step, basis)
            if _proper(S):
                tried = _at(parts, S)
                reached = _criterion(parts, tried)
                if reached <= value - 0.5 * size * promise:
                    break
            size /= 2
        else:
            return _refuse()
        theta, at, value = theta + size * step, tried, reached
    return _refuse()


def _polished(parts: _Parts, basis: list[Floats], theta: Floats) -> _State:
    """Return the state after Newton steps with the observed information, from differences of the gradient."""
    unit = 1e-5 * abs(theta[0])
    for _ in range(_NEWTON_STEPS):
        columns = [
            (_slope_at(parts, basis, theta + move) - _slope_at(parts, basis, theta - move)) / (2 * unit)
            for move in unit * np.eye(len(theta))
        ]
        step = np.linalg.solve(-np.array(columns), _slope_at(parts, basis, theta))
        if not _proper(_matrix(theta + step, basis)):
            return _refuse()
        theta = theta + step
        if np.abs(step).max() < 1e-13 * abs(theta[0]):
            break
    return _at(parts, _matrix(theta, basis)) if np.abs(step).max() < 1e-7 * abs(theta[0]) else _refuse()


def _slope_at(parts: _Parts, basis: list[Floats], theta: Floats) -> Floats:
    at = _at(parts, _matrix(theta, basis))
    return _gradient(parts, at, basis, _curvature(parts, at, basis)[0])


def _proper(S: Floats) -> bool:
    """Return whether a covariance matrix stays off a correlation of one."""
    return bool(S[0, 0] > 0 and S[1, 1] > 0 and S[0, 1] ** 2 < S[0, 0] * S[1, 1] * (1 - 1e-9))


def _refuse() -> _State:
    raise EstimationError(
        "The correlation of those in both waves runs to its limit, so that no best combination of the two waves exists."
    )


def _matrix(theta: Floats, basis: list[Floats]) -> Floats:
    return np.asarray(sum(value * E for value, E in zip(theta, basis, strict=True)))


def _gradient(parts: _Parts, at: _State, basis: list[Floats], pulls: list[Floats]) -> Floats:
    """Return the derivatives of the restricted log-likelihood."""
    pair, single = _squares(parts, at)
    D = 1 / np.diag(at.S)
    return np.array([
        (np.trace(at.omega @ E @ at.omega @ pair) - parts.pairs * np.trace(at.omega @ E)
         + np.diag(E) @ (D**2 * single - D * parts.singles) + np.trace(at.phi @ pull)) / 2
        for E, pull in zip(basis, pulls, strict=True)
    ])  # fmt: skip


def _start(parts: _Parts, count: int) -> Floats:
    """Return variances of all who answered, half of the pairs' covariance."""
    n = parts.singles + parts.pairs
    means = (parts.singles * parts.single_mean + parts.pairs * parts.pair_mean) / n
    between = parts.singles * (parts.single_mean - means) ** 2 + parts.pairs * (parts.pair_mean - means) ** 2
    variance = (np.diag(parts.pair_cross) + parts.single_square + between) / (n - 1)
    shared = [0.5 * parts.pair_cross[0, 1] / max(parts.pairs - 1, 1)] if parts.pairs else []
    equal = count - len(shared) == 1
    start = [float(n @ variance / n.sum())] if equal else list(variance)
    limit = 0.9 * (start[0] if equal else math.sqrt(start[0] * start[1]))
    return np.array(start + [min(max(x, -limit), limit) for x in shared])
