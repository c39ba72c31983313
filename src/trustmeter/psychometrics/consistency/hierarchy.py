"""Omega hierarchical of one scale: a general factor out of correlated factors."""

from __future__ import annotations

import math

import numpy as np

from trustmeter.psychometrics.consistency.sample import Row, Sample, row
from trustmeter.psychometrics.matrix import Floats
from trustmeter.stats.consistency.bounds import correlations, through_correlations
from trustmeter.stats.consistency.general_factor import GeneralFactor, general_factor_shares
from trustmeter.stats.covariance import NO_INTERVAL
from trustmeter.stats.exploration.extraction import degrees_of_freedom, fit_minres
from trustmeter.stats.exploration.general import schmid_leiman
from trustmeter.stats.exploration.rotation import rotate

_STARTS = 10
_STEP = 1e-4
_IMPROPER = "an improper solution (Heywood case)"


def hierarchical_names(factors: int) -> list[str]:
    """Return the names of the rows."""
    return ["omega_hierarchical", "omega_total_hierarchical", *(f"omega_group_{place + 1}" for place in range(factors))]


def hierarchical_rows(sample: Sample) -> tuple[list[Row], list[str]]:
    """Return the rows of omega from a Schmid-Leiman solution, and what must be said."""
    m, R = sample.request.factors, correlations(sample.S)
    words = f"Schmid-Leiman, {m} factors, of the correlations"
    names = hierarchical_names(m)
    found, reason, remarks = _solution(R, m)
    if found is None:
        return [row(name, math.nan, NO_INTERVAL, words) for name in names], [f"no omega_hierarchical: {reason}."]
    values = _listed(found, found.members)
    remarks += _membership(found, sample.matrix.items)
    if any(_IMPROPER in text for text in remarks):
        return [row(name, value, NO_INTERVAL, words) for name, value in zip(names, values, strict=True)], remarks
    if sample.request.resamples:
        return _drawn(sample, names, values, found, words), remarks
    slopes = _slopes(R, m, found)
    rows = []
    for name, value, slope in zip(names, values, slopes, strict=True):
        gradient = through_correlations(sample.S, slope)
        interval = NO_INTERVAL
        if np.isfinite(slope).all():
            interval = sample.adf_interval(sample.coefficient(value, gradient))
        rows.append(row(name, value, interval, f"{words}, {sample.adf}"))
    return rows, remarks


def _solution(R: Floats, m: int) -> tuple[GeneralFactor | None, str, list[str]]:
    """Return the shares, or why there are none, and what must be said of the solution."""
    k = len(R)
    if degrees_of_freedom(k, m) <= 0:
        return None, f"{k} items are too few for {m} factors; choose fewer `factors`", []
    if np.linalg.eigvalsh(R)[0] < 1e-10:
        return None, "one item is the sum or the copy of others", []
    extraction = fit_minres(R, m)
    if not extraction.converged:
        return None, "the factors did not converge", []
    turned = rotate(extraction.loadings, "oblimin", kaiser=False, starts=_STARTS, rng=np.random.default_rng(0))
    if not turned.converged:
        return None, "the rotation did not converge", []
    made = schmid_leiman(turned.loadings, turned.phi)
    said = []
    if not made.identified:
        said.append("two factors do not identify a general one: its two loadings are taken as equal.")
    if len(extraction.improper) or made.improper:
        said.append(f"omega_hierarchical rests on {_IMPROPER}, so that it has no interval; try fewer `factors`.")
    return general_factor_shares(R, made.general, made.group, made.uniquenesses), "", said


def _shares(R: Floats, m: int) -> GeneralFactor | None:
    """Return the shares from one start, fit for repetition; ``None`` where there are none."""
    if not np.isfinite(R).all() or np.linalg.eigvalsh(R)[0] < 1e-10:
        return None
    extraction = fit_minres(R, m)
    turned = rotate(extraction.loadings, "oblimin", kaiser=False, starts=1, rng=np.random.default_rng(0))
    if not (extraction.converged and turned.converged):
        return None
    made = schmid_leiman(turned.loadings, turned.phi)
    return general_factor_shares(R, made.general, made.group, made.uniquenesses)


def _listed(found: GeneralFactor, members: Floats | np.ndarray[tuple[int, ...], np.dtype[np.intp]]) -> Floats:
    """Return hierarchical, total and the group factors' shares; a group's is unknown where its items changed."""
    group = np.where((found.members == members).all(), found.subscale_group, np.nan)
    return np.concatenate([[found.hierarchical, found.total], group])


def _membership(found: GeneralFactor, items: tuple[str, ...]) -> list[str]:
    parts = []
    for place in range(len(found.subscale_group)):
        listed = ", ".join(repr(name) for name, of in zip(items, found.members, strict=True) if of == place)
        parts.append(f"omega_group_{place + 1}: {listed or 'no item'}")
    return [f"items by group factor: {'; '.join(parts)}."]


def _slopes(R: Floats, m: int, found: GeneralFactor) -> Floats:
    """Return the derivatives of all rows by the correlations, symmetric, shape (rows, k, k), by central differences."""
    k = len(R)
    slopes = np.zeros((2 + m, k, k))
    for i in range(k):
        for j in range(i):
            ends = []
            for sign in (1.0, -1.0):
                moved = np.array(R)
                moved[i, j] = moved[j, i] = R[i, j] + sign * _STEP
                shares = _shares(moved, m)
                ends.append(np.full(2 + m, np.nan) if shares is None else _listed(shares, found.members))
            slopes[:, i, j] = slopes[:, j, i] = (ends[0] - ends[1]) / (4 * _STEP)
    return slopes


def _drawn(sample: Sample, names: list[str], values: Floats, found: GeneralFactor, words: str) -> list[Row]:
    """Return the rows with bootstrap intervals; none for the groups, whose items change from resample to resample."""
    m, R = sample.request.factors, correlations(sample.S)
    slopes = _slopes(R, m, found)
    shares = [_shares(one, m) for one in correlations(sample.resampled)]
    rows = []
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        if place > 1:
            rows.append(row(name, value, NO_INTERVAL, words))
            continue
        drawn = [math.nan if one is None else (one.hierarchical, one.total)[place] for one in shares]
        coefficient = sample.coefficient(value, through_correlations(sample.S, slopes[place]))
        interval, way = sample.drawn_interval(np.array(drawn), coefficient)
        rows.append(row(name, value, interval, f"{words}, {way}"))
    return rows
