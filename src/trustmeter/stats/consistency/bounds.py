"""Numbers made from a covariance matrix: alpha, Guttman's bounds, the measurement error; with their gradients.

Each `...` function takes one matrix (k, k) or a stack (..., k, k) and returns a number or (...).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trustmeter.stats.covariance import Floats


@dataclass(frozen=True, slots=True)
class Functional:
    """A smooth number made from a covariance matrix.

    Parameters
    ----------
    of
        Takes a stack (..., k, k), gives (...).
    gradient
        Takes one matrix (k, k), gives its symmetric gradient (k, k): the change is sum(gradient * change of S).
    """

    of: Callable[[Floats], Floats]
    gradient: Callable[[Floats], Floats]


def alphas(S: Floats) -> Floats:
    """Return alpha: k / (k - 1) (1 - trace / sum). Cronbach (1951), doi:10.1007/BF02310555."""
    k = S.shape[-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(_varies(S), k / (k - 1) * (1 - _trace(S) / _total(S)), np.nan)


def alpha_gradient(S: Floats) -> Floats:
    """Return the gradient of alpha, shape (k, k)."""
    k, trace, total = len(S), float(np.trace(S)), float(S.sum())
    return np.asarray(k / (k - 1) * (trace / total**2 - np.eye(k) / total))


def standardized_alphas(S: Floats) -> Floats:
    """Return alpha of the correlations."""
    return alphas(correlations(S))


def standardized_alpha_gradient(S: Floats) -> Floats:
    """Return the gradient of standardised alpha, shape (k, k)."""
    return through_correlations(S, alpha_gradient(correlations(S)))


def second_bounds(S: Floats) -> Floats:
    """Return Guttman's lambda-2: (sum of covariances + sqrt(k / (k - 1) sum of squared covariances)) / sum.

    Guttman (1945), doi:10.1007/BF02288892. Never below alpha.
    """
    k = S.shape[-1]
    off = S * (1 - np.eye(k))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (_total(off) + np.sqrt(k / (k - 1) * _total(off**2))) / _total(S)
    return np.where(_varies(S), found, np.nan)


def second_bound_gradient(S: Floats) -> Floats:
    """Return the gradient of lambda-2, shape (k, k)."""
    k = len(S)
    off = S * (1 - np.eye(k))
    root = np.sqrt(float(np.sum(off**2)))
    pull = np.sqrt(k / (k - 1)) * off / root if root > 0 else np.zeros_like(S)
    return np.asarray((1 - np.eye(k) + pull - float(second_bounds(S))) / S.sum())


def sixth_bounds(S: Floats) -> Floats:
    """Return Guttman's lambda-6: 1 - sum of the items' error variances given all others / sum.

    Guttman (1945), doi:10.1007/BF02288892. Not a number where an item is a sum of others.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        unique = 1 / np.diagonal(_inverse(S), axis1=-2, axis2=-1)
        return np.where(_varies(S), 1 - unique.sum(axis=-1) / _total(S), np.nan)


def sixth_bound_gradient(S: Floats) -> Floats:
    """Return the gradient of lambda-6, shape (k, k)."""
    P = _inverse(S)
    columns = P / np.diag(P)
    total = float(S.sum())
    return np.asarray(-columns @ columns.T / total + float(np.sum(1 / np.diag(P))) / total**2)


def measurement_errors(S: Floats) -> Floats:
    """Return the standard error of measurement of the item mean, sqrt((k trace - sum) / (k - 1)) / k."""
    k = S.shape[-1]
    return np.asarray(np.sqrt(np.maximum(k * _trace(S) - _total(S), 0) / (k - 1)) / k)


def measurement_error_gradient(S: Floats) -> Floats:
    """Return the gradient of the standard error of measurement, shape (k, k); zero where there is no error."""
    k, value = len(S), float(measurement_errors(S))
    if not value > 0:
        return np.zeros_like(S)
    return np.asarray((k * np.eye(k) - 1) / (2 * value * (k - 1) * k**2))


def correlations(S: Floats) -> Floats:
    """Return the correlation matrices of a stack (..., k, k) of covariance matrices."""
    sd = np.sqrt(np.diagonal(S, axis1=-2, axis2=-1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(S / sd[..., :, None] / sd[..., None, :])


def through_correlations(S: Floats, gradient: Floats) -> Floats:
    """Turn the gradient (k, k) of a number in the correlations into that in the covariances."""
    variances = np.diag(S)
    sd = np.sqrt(variances)
    own = np.sum(gradient * correlations(S), axis=1) / variances
    return np.asarray(gradient / np.outer(sd, sd) - np.diag(own))


def numeric_gradient(of: Callable[[Floats], Floats], S: Floats, step: float = 1e-4) -> Floats:
    """Return the gradient (k, k) of a number made from S by central differences of fourth order."""
    k = len(S)
    rows, columns = np.tril_indices(k)
    sd = np.sqrt(np.diag(S))
    size = step * sd[rows] * sd[columns]
    change = np.zeros((len(rows), k, k))
    places = np.arange(len(rows))
    change[places, rows, columns] = size
    change[places, columns, rows] = size
    near, far = of(S + change) - of(S - change), of(S + 2 * change) - of(S - 2 * change)
    slopes = (8 * near - far) / (12 * size)
    found = np.zeros((k, k))
    found[rows, columns] = np.where(rows == columns, slopes, slopes / 2)
    return np.asarray(found + np.tril(found, -1).T)


ALPHA = Functional(alphas, alpha_gradient)
STANDARDIZED_ALPHA = Functional(standardized_alphas, standardized_alpha_gradient)
LAMBDA_2 = Functional(second_bounds, second_bound_gradient)
LAMBDA_6 = Functional(sixth_bounds, sixth_bound_gradient)
ERROR = Functional(measurement_errors, measurement_error_gradient)


def _trace(S: Floats) -> Floats:
    return np.asarray(np.trace(S, axis1=-2, axis2=-1))


def _total(S: Floats) -> Floats:
    return np.asarray(S.sum(axis=(-2, -1)))


def _varies(S: Floats) -> Floats:
    return np.asarray(_total(S) > 1e-10 * _trace(S))


def _inverse(S: Floats) -> Floats:
    """Return inverses of a stack; not a number where a matrix is singular to the computer."""
    R = correlations(S)
    known = np.asarray(np.isfinite(R).all(axis=(-2, -1), keepdims=True))
    values, vectors = np.linalg.eigh(np.where(known, R, np.eye(S.shape[-1])))
    fine = (values[..., :1] > 1e-10) & known[..., 0]
    inverse = np.where(fine, 1 / np.where(fine, values, 1.0), np.nan)
    sd = np.sqrt(np.diagonal(S, axis1=-2, axis2=-1))
    scaled = vectors / sd[..., :, None]
    return np.asarray((scaled * inverse[..., None, :]) @ np.swapaxes(scaled, -1, -2))
