"""How well two measurements of the same people agree."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """The intraclass correlation for absolute agreement with its interval, and the error of one measurement."""

    icc: float
    ci_low: float
    ci_high: float
    error: float


def absolute_agreement(x: Floats, conf_level: float) -> Agreement:
    """Return ICC(A,1) of n people measured k times, shape (n, k), n >= 3, no missing values.

    Two-way model with people (r), measurements (c) and error (e):
    ICC(A,1) = (MS_r - MS_e) / (MS_r + (k - 1) MS_e + k (MS_c - MS_e) / n); its interval after McGraw & Wong (1996),
    doi:10.1037/1082-989X.1.1.30. The standard error of measurement is sqrt(max(variance between measurements, 0) +
    MS_e): what differs between measurements counts as error (de Vet et al. 2006, doi:10.1016/j.jclinepi.2005.10.015).
    All ``nan`` where nothing varies.
    """
    n, k = x.shape
    whole = float(x.mean())
    by_person, by_time = x.mean(axis=1), x.mean(axis=0)
    ms_person = k * float(np.sum((by_person - whole) ** 2)) / (n - 1)
    ms_time = n * float(np.sum((by_time - whole) ** 2)) / (k - 1)
    rest = x - by_person[:, None] - by_time + whole
    ms_error = float(np.sum(rest**2)) / ((n - 1) * (k - 1))
    total = ms_person + (k - 1) * ms_error + k * (ms_time - ms_error) / n
    if not total > 0 or not ms_error > 0:
        return Agreement(math.nan, math.nan, math.nan, math.nan)
    icc = (ms_person - ms_error) / total
    error = math.sqrt(max((ms_time - ms_error) / n, 0.0) + ms_error)
    a = k * icc / (n * (1 - icc))
    b = 1 + k * icc * (n - 1) / (n * (1 - icc))
    df = (a * ms_time + b * ms_error) ** 2 / ((a * ms_time) ** 2 / (k - 1) + (b * ms_error) ** 2 / ((n - 1) * (k - 1)))
    p = (1 + conf_level) / 2
    upper, lower = float(scipy.special.fdtri(n - 1, df, p)), float(scipy.special.fdtri(df, n - 1, p))
    inner = k * ms_time + (k * n - k - n) * ms_error
    low = n * (ms_person - upper * ms_error) / (upper * inner + n * ms_person)
    high = n * (lower * ms_person - ms_error) / (inner + n * lower * ms_person)
    return Agreement(icc, low, high, error)
