"""How much does it say that an element agrees? Fellegi and Sunter's weights, found by EM without knowing who is who."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.stats.linkage import APART, MISSING, Codes, Levels

Floats = NDArray[np.float64]

_ITERATIONS = 5000
_CLOSE = 1e-10
_EDGE = 1e-6
"""No probability comes nearer to 0 or 1 than this."""


@dataclass(frozen=True, slots=True, eq=False)
class AgreementPatterns:
    """All pairs, by which elements agree.

    Parameters
    ----------
    of
        Shape (n1, n2): the pattern of each pair.
    agree
        Shape (g, k): 1 where an element agrees, 0 where it differs, ``nan`` where it is missing on either side.
    count
        Shape (g,): how many pairs have the pattern.
    """

    of: NDArray[np.int64]
    agree: Floats
    count: Floats


@dataclass(frozen=True, slots=True, eq=False)
class LinkWeights:
    """What was found about agreement in pairs of one person, and of two.

    Parameters
    ----------
    m, u
        Shape (k,): how often an element agrees in pairs of one person, and of two.
    share
        The share of pairs that are of one person.
    posterior
        Shape (g,): how likely pairs of each pattern are of one person.
    log_likelihood
        At the end.
    converged
        Whether EM came to rest.
    """

    m: Floats
    u: Floats
    share: float
    posterior: Floats
    log_likelihood: float
    converged: bool


def agreement_patterns(first: Codes, second: Codes) -> AgreementPatterns:
    """Return all pairs by which elements agree, differ or are missing.

    Examples
    --------
    >>> agreement_patterns(np.array([[1, -1], [2, 5]]), np.array([[1, 5]])).count
    array([1., 1.])
    """
    key = np.zeros((len(first), len(second)), dtype=np.int64)
    for one, other in zip(first.T, second.T, strict=True):
        missing = (one[:, None] == MISSING) | (other[None, :] == MISSING)
        key = key * 3 + np.where(missing, 2, one[:, None] == other[None, :])
    distinct, of, count = np.unique(key, return_inverse=True, return_counts=True)
    k = first.shape[1]
    digits = (distinct[:, None] // 3 ** np.arange(k - 1, -1, -1)[None, :]) % 3
    return AgreementPatterns(of.reshape(key.shape), np.where(digits == 2, np.nan, digits), count.astype(float))


def fit_weights(patterns: AgreementPatterns, agreement: Floats, most: int, *, m: float = 0.95) -> LinkWeights:
    """Return how often elements agree in pairs of one person and of two, and how likely each pattern is of one.

    Two classes of pairs; within a class elements agree independently; missing ones say nothing. EM starts where one person's
    elements agree with probability `m` and two persons' as often as by chance, with half of all possible people being in both.

    Parameters
    ----------
    patterns
        All pairs by their pattern, g patterns of k elements.
    agreement
        Shape (k,): how often elements agree by chance.
    most
        The largest number of pairs that can be of one person: the people of the smaller wave.

    Raises
    ------
    EstimationError
        When there are no pairs.
    """
    total = float(patterns.count.sum())
    if total == 0 or most == 0:
        raise EstimationError("There are no pairs to learn weights from: one of the waves is empty.")
    known = ~np.isnan(patterns.agree)
    agree = np.where(known, patterns.agree, 0.0)
    differ = np.where(known, 1 - agree, 0.0)
    ours, theirs = np.full(agree.shape[1], m), np.clip(agreement, _EDGE, 1 - _EDGE)
    share, last, converged = 0.5 * most / total, -np.inf, False
    for _ in range(_ITERATIONS):
        log_one = np.log(share) + agree @ np.log(ours) + differ @ np.log1p(-ours)
        log_two = np.log1p(-share) + agree @ np.log(theirs) + differ @ np.log1p(-theirs)
        both = np.logaddexp(log_one, log_two)
        now = float(patterns.count @ both)
        posterior = np.exp(log_one - both)
        if abs(now - last) <= _CLOSE * (1 + abs(now)):
            converged = True
            break
        last = now
        share, ours, theirs = _maximised(patterns.count, posterior, agree, known, most / total)
    return LinkWeights(ours, theirs, share, posterior, now, converged)


def _maximised(
    count: Floats, posterior: Floats, agree: Floats, known: NDArray[np.bool_], largest: float
) -> tuple[float, Floats, Floats]:
    one, two = count * posterior, count * (1 - posterior)
    with np.errstate(invalid="ignore", divide="ignore"):
        ours, theirs = (one @ agree) / (one @ known), (two @ agree) / (two @ known)
    share = float(np.clip(one.sum() / count.sum(), _EDGE / count.sum(), min(largest, 1 - _EDGE)))
    ours, theirs = (np.clip(np.nan_to_num(side, nan=0.5), _EDGE, 1 - _EDGE) for side in (ours, theirs))
    return share, ours, theirs


def weight_levels(patterns: AgreementPatterns, posterior: Floats, threshold: float) -> tuple[Levels, int]:
    """Return pairs ordered by their posterior, best first, as levels for `link`; and the worst level above the threshold."""
    above = np.unique(posterior[posterior >= threshold])[::-1]
    ranks = np.full(len(posterior), APART, dtype=np.int16)
    for place, value in enumerate(above[: APART - 1]):
        ranks[posterior == value] = place
    return ranks[patterns.of], len(above) - 1
