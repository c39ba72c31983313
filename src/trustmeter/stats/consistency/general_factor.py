"""How much of a sum's variance a general factor and group factors explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trustmeter.stats.covariance import Floats, Integers


@dataclass(frozen=True, slots=True)
class GeneralFactor:
    """Omega of k items with a general factor and m group factors, all uncorrelated.

    Parameters
    ----------
    hierarchical
        The general factor's share of the variance of the sum of all items.
    total
        The share of the general and the group factors together: 1 - sum(uniquenesses) / sum(R).
    members
        Shape (k,): the group factor on which each item loads most strongly.
    subscale_total, subscale_general, subscale_group
        Shape (m,): of the sum of a group factor's items, the share of general and group factor together, of the general
        one, and of the group factor alone; not a number for a factor without items.
    """

    hierarchical: float
    total: float
    members: Integers
    subscale_total: Floats
    subscale_general: Floats
    subscale_group: Floats


def general_factor_shares(R: Floats, general: Floats, group: Floats, uniquenesses: Floats) -> GeneralFactor:
    """Return the shares from correlations (k, k), loadings (k,) and (k, m), and uniquenesses (k,).

    The denominators are observed variances. Zinbarg, Revelle, Yovel and Li (2005), doi:10.1007/s11336-003-0974-7;
    of subscales Reise (2012), doi:10.1080/00273171.2012.715555.
    """
    whole = float(R.sum())
    members = np.argmax(np.abs(group), axis=1)
    m = group.shape[1]
    chosen = members == np.arange(m)[:, None]
    variance = np.einsum("mi,ij,mj->m", chosen, R, chosen)
    with np.errstate(invalid="ignore", divide="ignore"):
        of_general = (chosen @ general) ** 2 / variance
        of_group = np.sum(chosen * group.T, axis=1) ** 2 / variance
    return GeneralFactor(
        float(general.sum()) ** 2 / whole,
        1 - float(uniquenesses.sum()) / whole,
        members,
        of_general + of_group,
        of_general,
        of_group,
    )
