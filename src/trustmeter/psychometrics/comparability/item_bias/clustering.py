"""Clusters of rows within and across groups: how far a robust covariance can be trusted when they are few."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

FEWEST_CLUSTERS = 10
"""With fewer clusters tests and intervals are withheld."""
FEWEST_OF_A_GROUP = 4
"""So, too, when a group's people are in fewer clusters than this."""


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Clustering:
    """Clusters and the part of the data that each belongs to.

    Parameters
    ----------
    place
        Shape (n,): the cluster of each row.
    stratum
        Shape (C,): the group that all rows of a cluster belong to, or one more than the last group when they are of several.
    few
        Whether clusters are too few for a test.
    """

    place: Integers
    stratum: Integers
    few: bool

    def spread(self, influence: Floats) -> tuple[Floats, float]:
        """Return the covariance (q, q) of estimates from the influence of rows (n, q), and its degrees of freedom.

        Sums of clusters, times C / (C - 1) within each stratum: clusters within groups tell of a difference of groups
        what two samples of means would. Degrees of freedom as of the multivariate Behrens-Fisher problem (Krishnamoorthy &
        Yu 2004, doi:10.1016/j.spl.2003.10.012).
        """
        summed = np.zeros((len(self.stratum), influence.shape[1]))
        np.add.at(summed, self.place, influence)
        parts, freedom = [], []
        for number in np.unique(self.stratum):
            own = summed[self.stratum == number]
            count = len(own) if len(own) > 1 else max(len(summed), 2)
            parts.append(own.T @ own * (count / (count - 1)))
            freedom.append(max(len(own) - 1, 1))
        whole = np.asarray(np.sum(parts, axis=0))
        inverse = np.linalg.pinv(whole)
        q, lost = len(whole), 0.0
        for part, df in zip(parts, freedom, strict=True):
            share = inverse @ part
            lost += (float(np.trace(share @ share)) + float(np.trace(share)) ** 2) / df
        return whole, (q + q**2) / lost if lost > 0 else math.inf

    def usual(self) -> tuple[float, float]:
        """Return what a covariance with the factor C / (C - 1) must be multiplied by, and its degrees of freedom.

        As `spread` does where rows' influence is not known, clusters being taken to tell equally much.
        """
        counts = np.unique(self.stratum, return_counts=True)[1].astype(float)
        total = counts.sum()
        if len(counts) == 1:
            return 1.0, float(total - 1)
        share = (1 / counts) / (1 / counts).sum()
        left = np.maximum(counts - 1, 1)
        factor = float(share @ (np.maximum(counts, 2) / left)) * (total - 1) / total
        return factor, float(1 / (share**2 / left).sum())


def clustering_of(clusters: Integers | None, groups: Integers) -> Clustering:
    """Return the clusters (n,) of rows in groups (n,); without clusters each row is one."""
    if clusters is None:
        return Clustering(np.arange(len(groups)), groups, few=False)
    place = np.unique(clusters, return_inverse=True)[1]
    count = int(groups.max()) + 1
    there = np.zeros((int(place.max()) + 1, count), dtype=bool)
    there[place, groups] = True
    stratum = np.where(there.sum(axis=1) > 1, count, there.argmax(axis=1))
    few = len(there) < FEWEST_CLUSTERS or int(there.sum(axis=0).min()) < FEWEST_OF_A_GROUP
    return Clustering(place, np.asarray(stratum, dtype=np.intp), few)


def tail(statistic: float, q: int, freedom: float) -> float:
    """Return the probability of a larger Wald statistic of q estimates whose covariance has so many degrees of freedom.

    Hotelling: statistic (freedom - q + 1) / (freedom q) has an F distribution; not a number when there are too few.
    """
    statistic = max(statistic, 0.0)
    if math.isinf(freedom):
        return float(scipy.special.chdtrc(q, statistic))
    left = freedom - q + 1
    return float(scipy.special.fdtrc(q, left, statistic * left / (freedom * q))) if left >= 1 else math.nan
