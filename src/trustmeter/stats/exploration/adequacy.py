"""Whether a correlation matrix is worth factoring: one from pairs, sampling adequacy, the test of sphericity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.stats.covariance import Floats


@dataclass(frozen=True, slots=True)
class Adequacy:
    """Kaiser's measure of sampling adequacy: `overall`, and of each of the k items, shape (k,)."""

    overall: float
    items: Floats


@dataclass(frozen=True, slots=True)
class Sphericity:
    """Bartlett's test that all correlations are zero."""

    chi_square: float
    df: int
    p_value: float


def pairwise_correlation(x: Floats) -> Floats:
    """Return the correlations (k, k) of columns of (n, k), each pair from the rows that have both.

    Means and variances, too, are those of the pair's rows, as in R's ``cor(use = "pairwise")``. The matrix need not be
    positive definite; a pair of which one does not vary among its rows is not a number.
    """
    there = (~np.isnan(x)).astype(float)
    filled = np.where(there > 0, x - np.nanmean(x, axis=0), 0.0)
    rows = there.T @ there
    sums = filled.T @ there
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = (filled**2).T @ there - sums**2 / rows
        squares = np.where(squares > 1e-10 * np.diag(squares)[:, None], squares, np.nan)
        R = (filled.T @ filled - sums * sums.T / rows) / np.sqrt(squares * squares.T)
    np.fill_diagonal(R, 1.0)
    return np.asarray(R)


def is_singular(R: Floats) -> bool:
    """Tell whether a correlation matrix (k, k) is singular or indefinite, so that it has no usable inverse."""
    return bool(np.linalg.eigvalsh(R)[0] < 1e-10 * len(R))


def sampling_adequacy(R: Floats) -> Adequacy:
    """Return Kaiser's measure of a positive definite correlation matrix (k, k).

    Kaiser (1974), doi:10.1007/BF02291575: sum r^2 / (sum r^2 + sum q^2) over the pairs, q being the partial correlation
    of two items given all the others.
    """
    inverse = np.linalg.inv(R)
    root = np.sqrt(np.diag(inverse))
    partial = (inverse / np.outer(root, root)) ** 2
    plain = R**2
    np.fill_diagonal(partial, 0.0)
    np.fill_diagonal(plain, 0.0)
    shared, left = plain.sum(axis=0), partial.sum(axis=0)
    return Adequacy(float(shared.sum() / (shared.sum() + left.sum())), shared / (shared + left))


def sphericity(R: Floats, n: int) -> Sphericity:
    """Return Bartlett's test of a correlation matrix (k, k) of n rows: -(n - 1 - (2k + 5) / 6) log det R.

    Bartlett (1951), doi:10.1093/biomet/38.3-4.337.
    """
    k = len(R)
    chi_square = -(n - 1 - (2 * k + 5) / 6) * float(np.linalg.slogdet(R)[1])
    df = k * (k - 1) // 2
    return Sphericity(chi_square, df, float(scipy.special.chdtrc(df, chi_square)))
