"""Where the search for item parameters starts."""

from __future__ import annotations

import numpy as np
import scipy

from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.irt.layout import Natural

_LOGISTIC = 1.702
"""The logistic curve with this slope is within 0.01 of the normal one."""
_STRONGEST = 0.85


def starting_values(codes: Integers, sizes: Integers, model: str, group_count: int) -> Natural:
    """Return rough parameters: slopes from the first component of the correlations, intercepts from the margins."""
    loadings = first_loadings(codes)
    steps = int(sizes.max()) - 1
    shape = (group_count, len(sizes))
    stretch = np.sqrt(1 - loadings**2)
    slopes = _LOGISTIC * loadings / stretch
    intercepts = np.full((len(sizes), steps), -np.inf)
    for item, size in enumerate(sizes):
        counts = np.bincount(codes[codes[:, item] >= 0, item], minlength=size) + 0.25
        share = counts / counts.sum()
        above = np.cumsum(share[::-1])[::-1][1:]
        if model == "graded":
            intercepts[item, : size - 1] = _LOGISTIC * scipy.special.ndtri(above) / stretch[item]
        else:
            slopes[item] = slopes[item] if size == 2 else slopes[item] * 2 / size
            intercepts[item, : size - 1] = np.log(share[1:] / share[:-1])
    if model == "pcm":
        slopes = np.ones(len(sizes))
    return Natural(
        np.broadcast_to(slopes, shape).copy(),
        np.broadcast_to(intercepts, (*shape, steps)).copy(),
        np.zeros(group_count),
        np.ones(group_count),
    )


def first_loadings(codes: Integers) -> Floats:
    """Return loadings (k,) of the items on the first component of their correlations, most of them positive."""
    there = codes >= 0
    count = np.maximum(there.sum(axis=0), 1)
    values = np.where(there, codes, 0).astype(float)
    centred = np.where(there, values - values.sum(axis=0) / count, 0.0)
    centred /= np.sqrt(np.maximum((centred**2).sum(axis=0) / count, 1e-12))
    pairs = np.maximum(there.T.astype(float) @ there.astype(float), 1.0)
    R = centred.T @ centred / pairs
    np.fill_diagonal(R, 1.0)
    values, vectors = np.linalg.eigh(R)
    loadings = vectors[:, -1] * np.sqrt(max(values[-1], 0.0))
    # A component of k items exaggerates loadings: with one factor its root is about 1 + (k - 1) r.
    loadings *= np.sqrt(max(values[-1] - 1, 0.05 * len(R)) / max(values[-1], 1e-12) * len(R) / max(len(R) - 1, 1))
    sign = 1.0 if loadings.sum() >= 0 else -1.0
    loadings = np.clip(sign * loadings, -_STRONGEST, _STRONGEST)
    return np.where(np.abs(loadings) < 0.1, 0.1 * np.where(loadings < 0, -1, 1), loadings)
