"""Confidence limits of correlations."""

from __future__ import annotations

import numpy as np

from trustmeter.stats.covariance import Floats, normal_quantile


def correlation_interval(rho: Floats, std_error: Floats, conf_level: float) -> tuple[Floats, Floats]:
    """Return the limits of correlations (p,), made on Fisher's z by the delta method; unknown at 1 and -1.

    The standard error of z = atanh(rho) is that of rho divided by 1 - rho^2.
    """
    inside = np.abs(rho) < 1
    safe = np.where(inside, rho, 0.0)
    z = np.arctanh(safe)
    margin = normal_quantile(conf_level) * std_error / (1 - safe * safe)
    low, high = np.tanh(z - margin), np.tanh(z + margin)
    return np.where(inside, low, np.nan), np.where(inside, high, np.nan)
