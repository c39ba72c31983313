"""p values that account for being several."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def adjusted(p_values: Floats, method: str) -> Floats:
    """Return adjusted p values, shape as given; missing ones stay missing and do not count.

    ``"holm"`` (Holm 1979, www.jstor.org/stable/4615733), ``"bonferroni"``, ``"fdr_bh"`` (Benjamini & Hochberg 1995,
    doi:10.1111/j.2517-6161.1995.tb02031.x) or ``"none"``.
    """
    result = np.array(p_values, dtype=float)
    known = ~np.isnan(result)
    p = result[known]
    m = len(p)
    if method == "bonferroni":
        p = np.minimum(p * m, 1)
    elif method in {"holm", "fdr_bh"} and m:
        order = np.argsort(p)
        ranked = p[order]
        if method == "holm":
            stepped = np.maximum.accumulate(ranked * np.arange(m, 0, -1))
        else:
            stepped = np.minimum.accumulate((ranked * m / np.arange(1, m + 1))[::-1])[::-1]
        p = np.empty(m)
        p[order] = np.minimum(stepped, 1)
    result[known] = p
    return result
