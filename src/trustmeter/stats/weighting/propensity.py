"""Who answers? Response propensities, what they make of weights, and whether the two groups overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.logit import fit_logit


@dataclass(frozen=True, slots=True)
class ResponseClasses:
    """Classes of people with like propensities.

    Parameters
    ----------
    of_row
        Shape (n,): the class of each row, from the least to the most likely to answer.
    rates
        Shape (k,): the weighted response rate of each class; none zero.
    asked
        How many classes were asked for; fewer come out where propensities tie, or where nobody of a class answered.
    """

    of_row: Integers
    rates: Floats
    asked: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """Whether those who answered resemble those who did not.

    Parameters
    ----------
    auc
        Weighted chance that one who answered has the larger propensity than one who did not (half for ties): 0.5 says
        that the predictors tell nothing.
    lowest, highest
        Of propensities of those who answered.
    beyond
        Weighted share of those who did not answer whose propensity lies below the lowest of those who did.
    """

    auc: float
    lowest: float
    highest: float
    beyond: float


def response_propensities(responded: Floats, x: Floats, weights: Floats) -> Floats:
    """Return each row's chance of answering; shape (n,).

    Parameters
    ----------
    responded
        Shape (n,): 1 for those who answered, 0 for those who did not.
    x
        Shape (n, q): what is known of all of them; no constant.
    weights
        Shape (n,): base weights.

    Raises
    ------
    EstimationError
        When all or none answered, or predictors are collinear, or part the two groups.

    Notes
    -----
    Weighted logistic regression (Rosenbaum and Rubin 1983, doi:10.1093/biomet/70.1.41).
    """
    return fit_logit(responded, np.column_stack([np.ones(len(x)), x]), weights=weights).fitted


def response_classes(
    propensities: Floats, responded: Floats, weights: Floats, classes: int, *, fewest: int = 1
) -> ResponseClasses:
    """Cut propensities at their weighted quantiles; classes in which too few answered join the next one up.

    Parameters
    ----------
    propensities, responded, weights
        Shape (n,).
    classes
        How many.
    fewest
        The least who answered, and who did not unless all did, in a class.
    """
    order = np.argsort(propensities, kind="stable")
    cumulated = np.cumsum(weights[order]) / weights.sum()
    wanted = np.arange(1, classes) / classes
    cuts = np.unique(propensities[order][np.searchsorted(cumulated, wanted - 1e-12)])
    of_row = np.searchsorted(cuts, propensities, side="left")
    answered = np.bincount(of_row[responded > 0.5], minlength=len(cuts) + 1)
    ends = _ends(answered, np.bincount(of_row, minlength=len(cuts) + 1) - answered, fewest)
    _, of_row = np.unique(np.minimum(np.searchsorted(ends, of_row), len(ends) - 1), return_inverse=True)
    rates = np.bincount(of_row, weights=weights * responded) / np.bincount(of_row, weights=weights)
    return ResponseClasses(np.asarray(of_row, dtype=np.intp), rates, classes)


def _ends(answered: Integers, silent: Integers, fewest: int) -> Integers:
    """Return the last class of each stretch of classes in which enough answered, and none or enough did not."""
    ends: list[tuple[int, int, int]] = []
    yes = no = 0
    for place, (more_yes, more_no) in enumerate(zip(answered.tolist(), silent.tolist(), strict=True)):
        yes, no = yes + more_yes, no + more_no
        if yes >= fewest and not 0 < no < fewest:
            ends.append((place, yes, no))
            yes = no = 0
    while len(ends) > 1 and 0 < no + ends[-1][2] < fewest:
        no += ends.pop()[2]
    return np.array([place for place, _, _ in ends] or [len(answered) - 1], dtype=np.intp)


def overlap_of(propensities: Floats, responded: Floats, weights: Floats) -> Overlap:
    """Say whether those who answered resemble those who did not.

    Parameters
    ----------
    propensities, responded, weights
        Shape (n,); both groups are there.
    """
    yes = responded > 0.5
    values, place = np.unique(propensities, return_inverse=True)
    answered = np.bincount(place, weights=weights * yes, minlength=len(values))
    silent = np.bincount(place, weights=weights * ~yes, minlength=len(values))
    below = np.cumsum(silent) - silent
    auc = float(answered @ (below + silent / 2) / (answered.sum() * silent.sum()))
    lowest = float(propensities[yes].min())
    beyond = float(weights[~yes & (propensities < lowest)].sum() / silent.sum())
    return Overlap(auc, lowest, float(propensities[yes].max()), beyond)
