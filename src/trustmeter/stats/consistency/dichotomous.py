"""Kuder and Richardson's formula 21, for items answered 0 or 1."""

from __future__ import annotations

import numpy as np

from trustmeter.stats.consistency.moments import CompleteMoments
from trustmeter.stats.covariance import Coefficient, Floats


def kr21(x: Floats, moments: CompleteMoments) -> Coefficient:
    """Return KR-21 of complete rows (n, k) of 0 and 1: k / (k - 1) (1 - M (k - M) / (k V)).

    M and V are mean and variance (divisor n - 1) of the sum. It takes all items for equally difficult and lies below
    KR-20, which is alpha, when they are not. Kuder and Richardson (1937), doi:10.1007/BF02288391.
    """
    n, k = x.shape
    w = np.ones(n) if moments.weights is None else moments.weights
    total = x.sum(axis=1)
    mean = float(w @ total) / n
    off = total - mean
    variance = float(moments.S.sum())
    value = k / (k - 1) * (1 - mean * (k - mean) / (k * variance))
    pull = -(k - 2 * mean) / (k * variance) * off + mean * (k - mean) / (k * variance**2) * (off**2 - variance)
    influence = k / (k - 1) * pull
    return Coefficient(value, w * (influence - float(w @ influence) / n))
