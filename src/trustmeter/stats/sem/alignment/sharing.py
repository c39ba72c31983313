"""What stands in the way of comparing aligned groups: parameters that groups do not share, and what they do to a score."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.stats.multiplicity import adjusted
from trustmeter.stats.sem.alignment.search import Alignment
from trustmeter.stats.sem.model import Floats, Integers

CONNECTED: Final = 0.01
"""Two groups whose parameters differ with a larger p value are connected, when the first set is looked for."""
DIFFERENT: Final = 0.001
"""A group whose parameter differs from the set's mean with a smaller p value is outside the set."""


@dataclass(frozen=True, eq=False, slots=True)
class Invariance:
    """Which groups share a parameter.

    Parameters
    ----------
    invariant
        Shape (G, P): whether a group is in the set that shares the parameter.
    average
        Shape (P,): the set's mean, groups weighted by their sizes.
    share
        Shape (P, G): the weights of the groups in that mean.
    std_error, p_value
        Shape (G, P): of the difference of a group from the mean.
    explained
        Shape (P,): R squared, the part of the configural differences that factor means and variances explain.
    """

    invariant: NDArray[np.bool_]
    average: Floats
    share: Floats
    std_error: Floats
    p_value: Floats
    explained: Floats


def parameter_invariance(aligned: Alignment, connected: float = CONNECTED, different: float = DIFFERENT) -> Invariance:
    """Find for each parameter the groups that share it.

    Begins with the largest set of groups connected by pairs that do not differ (p > `connected`); then, again and again,
    the set becomes the groups that do not differ from its mean (p >= `different`).
    """
    u, configural = aligned.parameters, aligned.configural
    G, P = u.shape
    parts = aligned.covariance[2 * G :, 2 * G :].reshape(G, P, G, P)
    members, average, share = np.zeros((G, P), dtype=bool), np.zeros(P), np.zeros((P, G))
    errors, p_values = np.zeros((G, P)), np.zeros((G, P))
    for number in range(P):
        S = parts[:, number, :, number]
        pairs = _two_sided(u[:, number, None] - u[:, number], np.diag(S)[:, None] + np.diag(S) - 2 * S)
        inside, seen = _largest_connected(pairs > connected), set[bytes]()
        while True:
            weight = np.where(inside, configural.sizes, 0.0) / configural.sizes[inside].sum()
            contrast = np.eye(G) - weight
            variance = np.einsum("gh,hi,gi->g", contrast, S, contrast)
            p_value = _two_sided(u[:, number] - weight @ u[:, number], variance)
            following = p_value >= different
            seen.add(inside.tobytes())
            if not following.any() or following.tobytes() in seen:
                break
            inside = following
        members[:, number], average[number], share[number] = inside, weight @ u[:, number], weight
        errors[:, number], p_values[:, number] = np.sqrt(np.maximum(variance, 0.0)), p_value
    return Invariance(members, average, share, errors, p_values, _explained(aligned))


def score_bias(aligned: Alignment, found: Invariance, gains: Floats) -> tuple[Floats, Floats]:
    """Return what parameters that a group does not share add to its expected score, and the standard errors, each (G,).

    The score is the mean over items; `gains` (q,) are its points for a unit of a number, or for a step over a threshold.
    A group's own factor mean and variance are kept; parameters outside the set are replaced by the set's mean.
    """
    u = aligned.parameters
    G, P = u.shape
    own = _expected(aligned, u, gains)
    other = _expected(aligned, np.where(found.invariant, u, found.average), gains)
    k = aligned.configural.loadings.shape[1]
    groups = np.arange(G)
    J = np.zeros((G, 2 * G + G * P))
    J[groups, groups], J[groups, G + groups] = own.mean - other.mean, own.log_spread - other.log_spread
    of_parameters = np.zeros((G, G, P))
    of_parameters[groups, groups] = own.parameters - np.where(found.invariant, other.parameters, 0.0)
    of_parameters -= np.where(found.invariant, 0.0, other.parameters)[:, None] * found.share.T[None]
    J[:, 2 * G :] = of_parameters.reshape(G, G * P)
    variance = np.einsum("gi,ij,gj->g", J, aligned.covariance, J)
    return (own.value - other.value) / k, np.sqrt(np.maximum(variance, 0.0)) / k


def rank_sets(means: Floats, covariance: Floats, conf_level: float) -> tuple[Integers, Integers, Floats]:
    """Return the best and the worst rank (1 = highest mean) that each group may have, and adjusted p values of all pairs.

    Pairs are tested with Holm's adjustment, so that all sets hold the true ranks at once with at least `conf_level`
    (Mogstad, Romano, Shaikh & Wilhelm 2024, doi:10.1093/restud/rdad006).
    """
    G = len(means)
    gap = means[:, None] - means
    p_value = _two_sided(gap, np.diag(covariance)[:, None] + np.diag(covariance) - 2 * covariance)
    rows, cols = np.triu_indices(G, 1)
    held = np.ones((G, G))
    held[rows, cols] = held[cols, rows] = adjusted(p_value[rows, cols], "holm")
    differs = held <= 1 - conf_level
    above, below = (differs & (gap < 0)).sum(axis=1), (differs & (gap > 0)).sum(axis=1)
    return np.asarray(1 + above, dtype=np.intp), np.asarray(G - below, dtype=np.intp), held


class _Expected(NamedTuple):
    """Sums of item scores that are expected, (G,), and derivatives in mean, log spread (G,) and parameters (G, P)."""

    value: Floats
    mean: Floats
    log_spread: Floats
    parameters: Floats


def _expected(aligned: Alignment, u: Floats, gains: Floats) -> _Expected:
    item, k = aligned.configural.item, aligned.configural.loadings.shape[1]
    slope, a, s2 = u[:, item], aligned.means[:, None], aligned.variances[:, None]
    line = u[:, k:] + slope * a
    D = np.sqrt(1 + slope**2 * s2) if aligned.configural.ordinal else np.ones_like(slope)
    z = line / D
    shrink = line * slope * s2 / D**3 if aligned.configural.ordinal else np.zeros_like(slope)
    value = scipy.special.ndtr(z) if aligned.configural.ordinal else z
    steep = gains * (np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) if aligned.configural.ordinal else np.ones_like(z))
    to_item = np.eye(k)[item]
    return _Expected(
        value @ gains,
        (steep * slope / D).sum(axis=1),
        -(steep * shrink * slope).sum(axis=1),
        np.hstack([(steep * (a / D - shrink)) @ to_item, steep / D]),
    )


def _explained(aligned: Alignment) -> Floats:
    """Return R squared of each parameter: 1 - var(configural - what the average parameters give) / var(configural)."""
    one, k = aligned.configural, aligned.configural.loadings.shape[1]
    weight = one.sizes / one.sizes.sum()
    average = weight @ aligned.parameters
    s, a = np.exp(aligned.log_spread)[:, None], aligned.means[:, None]
    given = np.hstack([s * average[:k], average[k:] + a * average[:k][one.item]])
    seen = np.hstack([one.loadings, one.intercepts])
    total = seen.var(axis=0)
    left = np.divide((seen - given).var(axis=0), total, out=np.full_like(total, math.nan), where=total > 1e-20)
    return np.asarray(np.maximum(1 - left, 0.0))


def _two_sided(gap: Floats, variance: Floats) -> Floats:
    """Return p values of differences; 1 where the difference is known without error and is nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(variance > 1e-20, gap / np.sqrt(variance), np.where(np.abs(gap) < 1e-9, 0.0, np.inf))
    return np.asarray(2 * scipy.special.ndtr(-np.abs(z)))


def _largest_connected(joined: NDArray[np.bool_]) -> NDArray[np.bool_]:
    reach = joined | joined.T | np.eye(len(joined), dtype=bool)
    while True:
        wider = (reach.astype(np.intp) @ reach.astype(np.intp)) > 0
        if (wider == reach).all():
            return np.asarray(reach[np.argmax(reach.sum(axis=1))])
        reach = wider
