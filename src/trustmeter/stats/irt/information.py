"""How exactly items measure at each value of the trait, and what follows for reliability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trustmeter.stats.covariance import Floats
from trustmeter.stats.irt.category import category_curves
from trustmeter.stats.irt.model import IrtFit
from trustmeter.stats.irt.trait import TraitScores, trait_derivatives


@dataclass(frozen=True, slots=True)
class ItemCurves:
    """Items at Q values of the trait.

    Parameters
    ----------
    theta
        Shape (Q,).
    probabilities
        Shape (k, m, Q): of each category; zero for categories that an item does not have.
    expected
        Shape (k, Q): mean of the category number (0, 1, …).
    information
        Shape (k, Q): expected (Fisher) information, sum (dP / dtheta)^2 / P; they add up over items.
    """

    theta: Floats
    probabilities: Floats
    expected: Floats
    information: Floats


def curves_at(fit: IrtFit, theta: Floats, group: int = 0) -> ItemCurves:
    """Return probabilities, expected scores and information of all items at trait values (Q,)."""
    natural = fit.natural
    curves = category_curves(fit.model, natural.slopes[group], natural.intercepts[group], theta)
    first, _ = trait_derivatives(fit.model, curves.log_p, curves.above)
    P = np.exp(curves.log_p)
    information = natural.slopes[group][:, None] ** 2 * (P * first**2).sum(axis=1)
    return ItemCurves(theta, P, curves.above.sum(axis=1), information)


def marginal_reliability(fit: IrtFit, group: int = 0) -> float:
    """Return the mean over the trait's distribution of I / (I + 1 / variance), I the information of all items.

    The share of a person's score that is trait, averaged over people: Green et al. (1984),
    doi:10.1111/j.1745-3984.1984.tb01039.x, with the information that the trait's distribution adds.
    """
    grid = fit.grid
    theta = fit.means[group] + np.sqrt(fit.variances[group]) * grid.x
    information = curves_at(fit, theta, group).information.sum(axis=0)
    share = information / (information + 1 / fit.variances[group])
    return float(np.exp(grid.log_weight) @ share)


def empirical_reliability(scores: TraitScores, weights: Floats | None = None) -> float:
    """Return var(EAP) / (var(EAP) + mean squared standard error) of the people who answered."""
    there = ~np.isnan(scores.theta)
    weight = np.ones(int(there.sum())) if weights is None else weights[there]
    weight = weight / weight.sum()
    theta, error = scores.theta[there], scores.std_error[there]
    spread = float(weight @ (theta - weight @ theta) ** 2) * len(theta) / max(len(theta) - 1, 1)
    return spread / (spread + float(weight @ error**2))
