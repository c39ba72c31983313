"""How many factors to keep: eigenvalues beside those of unrelated items, and the minimum average partial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trustmeter.stats.covariance import Floats

QUANTILE = 0.95


@dataclass(frozen=True, slots=True)
class Eigenvalues:
    """Eigenvalues of one matrix (k,), or of a stack of matrices (draws, k), largest first.

    Parameters
    ----------
    components
        Of the correlation matrix: principal components.
    common
        Of the correlation matrix with squared multiple correlations on its diagonal: common factors.
    """

    components: Floats
    common: Floats


@dataclass(frozen=True, slots=True)
class Comparison:
    """Observed eigenvalues beside random ones; all of shape (k,).

    Parameters
    ----------
    observed
        Eigenvalues of the items, largest first.
    mean, quantile
        Mean and 95th percentile of the same eigenvalue over random data.
    """

    observed: Floats
    mean: Floats
    quantile: Floats

    @property
    def suggested(self) -> int:
        """How many eigenvalues lie above the 95th percentile before the first that does not."""
        return _leading(self.observed > self.quantile)

    @property
    def suggested_by_mean(self) -> int:
        """How many eigenvalues lie above the random mean before the first that does not."""
        return _leading(self.observed > self.mean)


@dataclass(frozen=True, slots=True)
class AveragePartial:
    """Velicer's minimum average partial.

    Parameters
    ----------
    squared, fourth
        Shape (k - 1,): the mean squared (fourth-power) partial correlation after taking out 0, 1, ... k - 2 components;
        not a number where nothing is left of an item.
    """

    squared: Floats
    fourth: Floats

    @property
    def suggested(self) -> int:
        """The number of components with the smallest mean squared partial correlation (Velicer, 1976)."""
        return int(np.nanargmin(self.squared))

    @property
    def suggested_by_fourth(self) -> int:
        """The number with the smallest mean fourth power (Velicer, Eaton and Fava, 2000)."""
        return int(np.nanargmin(self.fourth))


def eigenvalues(R: Floats) -> Eigenvalues:
    """Return the eigenvalues of a positive definite correlation matrix (k, k), or of a stack of them (draws, k, k)."""
    k = R.shape[-1]
    reduced = R.copy()
    reduced[..., range(k), range(k)] = 1 - 1 / np.diagonal(np.linalg.inv(R), axis1=-2, axis2=-1)
    components, common = (np.asarray(np.linalg.eigvalsh(one)[..., ::-1], dtype=float) for one in (R, reduced))
    return Eigenvalues(components, common)


def parallel_analysis(
    x: Floats, R: Floats, draws: int, rng: np.random.Generator, correlate: Callable[[Floats], Floats] | None = None
) -> tuple[Comparison, Comparison]:
    """Compare the eigenvalues of R (k, k), the correlations of x (n, k), with those of unrelated items.

    Horn (1965), doi:10.1007/BF02289447; with the 95th percentile Glorfeld (1995), doi:10.1177/0013164495055003002.
    The random data are each item's own answers in a random order (missing ones stay where they are), so that all
    distributions are those of the data. `correlate` makes a correlation matrix from such data; without it, that of
    Pearson from complete rows.

    Returns
    -------
    The comparison of components, and that of common factors.
    """
    observed = eigenvalues(R)
    made = _moments(x, draws, rng) if correlate is None else (correlate(_shuffled(x, rng)) for _ in range(draws))
    random = eigenvalues(np.stack(list(made)))
    pairs = ((observed.components, random.components), (observed.common, random.common))
    first, second = (Comparison(one, many.mean(axis=0), np.quantile(many, QUANTILE, axis=0)) for one, many in pairs)
    return first, second


def average_partial(R: Floats) -> AveragePartial:
    """Return the average partial correlations of a correlation matrix (k, k), k >= 3.

    Velicer (1976), doi:10.1007/BF02293557; with fourth powers Velicer, Eaton and Fava (2000),
    doi:10.1007/978-1-4615-4397-8_3.
    """
    k = len(R)
    values, vectors = np.linalg.eigh(R)
    axes = (vectors * np.sqrt(np.maximum(values, 0.0)))[:, ::-1].T
    taken = np.cumsum(axes[: k - 2, :, None] * axes[: k - 2, None, :], axis=0)
    left = np.concatenate([R[None], R - taken])
    variances = np.diagonal(left, axis1=1, axis2=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = left**2 / (variances[:, :, None] * variances[:, None, :])
    squares[:, range(k), range(k)] = 0.0
    empty = (variances < 1e-12).any(axis=1)
    squared, fourth = (part.sum(axis=(1, 2)) / (k * (k - 1)) for part in (squares, squares**2))
    return AveragePartial(np.where(empty, np.nan, squared), np.where(empty, np.nan, fourth))


def _leading(above: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> int:
    return int(np.argmin(above)) if not above.all() else len(above)


def _moments(x: Floats, draws: int, rng: np.random.Generator) -> list[Floats]:
    """Return Pearson correlations (k, k) of shuffled complete data; shuffling changes no mean and no variance."""
    centred = x - x.mean(axis=0)
    z = np.ascontiguousarray((centred / np.sqrt(np.sum(centred**2, axis=0))).T)
    mixed = np.empty_like(z)
    made = []
    for _ in range(draws):
        rng.permuted(z, axis=1, out=mixed)
        R = mixed @ mixed.T
        np.fill_diagonal(R, 1.0)
        made.append(R)
    return made


def _shuffled(x: Floats, rng: np.random.Generator) -> Floats:
    mixed = np.array(x)
    for column in mixed.T:
        answered = ~np.isnan(column)
        column[answered] = rng.permutation(column[answered])
    return mixed
