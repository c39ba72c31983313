"""Who changed by more than the meter's error, and how sure a share is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CRITERION = 1.959963984540054
"""The normal quantile beyond which a person's change is called reliable (two-sided, 95 %)."""


@dataclass(frozen=True, slots=True)
class ReliableChange:
    """How many people rose or fell by more than `threshold`, out of `n`."""

    improved: int
    worsened: int
    n: int
    std_error_of_measurement: float
    threshold: float


def reliable_change(before: Floats, after: Floats, alpha: float) -> ReliableChange:
    """Count the people whose change is beyond measurement error; both of shape (n,), 0 < alpha <= 1.

    SEM = sd(before) sqrt(1 - alpha); a change counts when it is larger than 1.96 sqrt(2) SEM
    (Jacobson & Truax 1991, doi:10.1037/0022-006X.59.1.12).
    """
    error = float(np.std(before, ddof=1)) * math.sqrt(1 - alpha)
    threshold = CRITERION * math.sqrt(2) * error
    change = after - before
    return ReliableChange(
        int(np.sum(change > threshold)), int(np.sum(change < -threshold)), len(change), error, threshold
    )


def wilson_interval(count: int, n: int, conf_level: float) -> tuple[float, float]:
    """Return Wilson's interval of the share ``count / n``, n >= 1; doi:10.1080/01621459.1927.10502953."""
    z = float(scipy.special.ndtri((1 + conf_level) / 2))
    share = count / n
    centre = share + z**2 / (2 * n)
    margin = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low, high = (centre - margin) / (1 + z**2 / n), (centre + margin) / (1 + z**2 / n)
    return (0.0 if count == 0 else low), (1.0 if count == n else high)
