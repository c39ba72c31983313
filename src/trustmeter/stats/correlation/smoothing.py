"""The nearest usable matrix to one of correlations that were estimated pair by pair."""

from __future__ import annotations

import numpy as np

from trustmeter.stats.covariance import Floats

SMALLEST_EIGENVALUE = 1e-6
"""No eigenvalue of a smoothed matrix was left below, before its diagonal was made ones again."""


def is_positive_definite(R: Floats) -> bool:
    """Tell whether all eigenvalues of a correlation matrix (k, k) are above rounding errors."""
    return bool(np.linalg.eigvalsh(R)[0] > 1e-10)


def smoothed(R: Floats) -> Floats:
    """Return a correlation matrix (k, k) made positive definite; unchanged when it is.

    Eigenvalues below `SMALLEST_EIGENVALUE` are raised to it, and rows and columns divided by the square roots of the
    diagonal, so that it is ones again.
    """
    values, vectors = np.linalg.eigh(R)
    if values[0] > 1e-10:
        return R
    raised = (vectors * np.maximum(values, SMALLEST_EIGENVALUE)) @ vectors.T
    scale = np.sqrt(np.diag(raised))
    found = raised / np.outer(scale, scale)
    np.fill_diagonal(found, 1.0)
    return np.asarray((found + found.T) / 2)
