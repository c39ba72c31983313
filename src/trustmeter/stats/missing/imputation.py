"""Multiple imputation of ordered answers by chained equations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.missing.draws import matched_draws, ordinal_draws

_FEWEST_KNOWN = 10

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Imputations:
    """Completed data.

    Parameters
    ----------
    values
        Shape (m, n, k): observed values everywhere alike.
    trace_means, trace_sds
        Shape (m, iterations, k): mean and standard deviation of the imputed values after each round; nan for a
        column without gaps. Chains that mix and have no trend have come to rest.
    missing
        Shape (k,): gaps of each column.
    """

    values: Floats
    trace_means: Floats
    trace_sds: Floats
    missing: Integers


@dataclass(frozen=True, slots=True)
class Predictors:
    """Which columns explain a column: some as they are, of others the mean of their block.

    Parameters
    ----------
    columns
        Positions used as they are.
    averages
        Shape (k, a): columns that average a block each.
    """

    columns: Integers
    averages: Floats

    def among(self, ready: Flags) -> Predictors:
        """Return the predictors that need nothing but the columns marked as ready."""
        whole = ~((self.averages > 0) & ~ready[:, None]).any(axis=0)
        return Predictors(self.columns[ready[self.columns]], self.averages[:, whole])

    def of(self, values: Floats) -> Floats:
        """Return the predictors (n, p) among values (n, k); those that are used must be complete."""
        plain = values[:, self.columns]
        if not self.averages.shape[1]:
            return plain
        return np.hstack([plain, np.where(np.isnan(values), 0.0, values) @ self.averages])


@dataclass(frozen=True, slots=True)
class _Recipe:
    rng: np.random.Generator
    method: str
    fixed: Floats
    donors: int
    ridge: float


def impute(
    x: Floats,
    rng: np.random.Generator,
    *,
    imputations: int = 20,
    iterations: int = 10,
    method: str = "ordinal",
    covariates: Floats | None = None,
    blocks: Integers | None = None,
    most_predictors: int | None = None,
    donors: int = 5,
    ridge: float = 1e-5,
) -> Imputations:
    """Return m completed copies of answers.

    Parameters
    ----------
    x
        Answers (n, k), nan where missing: all items and waves of a person side by side.
    imputations, iterations
        Number m, and rounds over all columns in each, after a start in which each column is drawn from those before it.
    method
        ``"ordinal"`` (proportional odds with drawn parameters; up to a dozen categories) or ``"matching"`` (predictive
        mean matching, ten times as fast). With many items and few people matching is drawn towards complete cases:
        of a bias of 0.13 it left a half with 24 items and 120 people, where the ordinal model left none.
    covariates
        Shape (n, q): complete predictors that are not imputed.
    blocks
        Shape (k,): block (a scale in a wave) of each column. Columns of other blocks then enter as block means.
    most_predictors
        Keep so many columns, those that go most with the column or with its being missing.
    donors, ridge
        As in `draws.matched_draws`.

    Notes
    -----
    van Buuren (2018), doi:10.1201/9780429492259, ch. 4. Values stay among those observed. Right when answers are missing
    at random given the predictors, and given enough rounds.
    """
    gaps = np.isnan(x)
    _check(x, gaps, covariates)
    fixed = np.ones((len(x), 1)) if covariates is None else np.column_stack([np.ones(len(x)), covariates])
    recipe = _Recipe(rng, method, fixed, donors, ridge)
    counts = gaps.sum(axis=0)
    visits = [int(j) for j in np.argsort(counts, kind="stable") if counts[j]]
    plans = {j: predictors_of(j, x, gaps, blocks, most_predictors) for j in visits}
    k = x.shape[1]
    values = np.empty((imputations, *x.shape))
    means = np.full((imputations, iterations, k), np.nan)
    sds = means.copy()
    for copy in range(imputations):
        current = _start(x, gaps, visits, plans, recipe)
        for turn in range(iterations):
            for j in visits:
                drawn = _draw(j, current, gaps[:, j], plans[j], recipe)
                current[gaps[:, j], j] = drawn
                means[copy, turn, j], sds[copy, turn, j] = drawn.mean(), drawn.std()
        values[copy] = current
    return Imputations(values, means, sds, counts)


def predictors_of(column: int, x: Floats, gaps: Flags, blocks: Integers | None, most: int | None) -> Predictors:
    """Return what explains a column: all others, or those of its block and the means of the other blocks."""
    k = x.shape[1]
    others = np.delete(np.arange(k), column)
    averages = np.zeros((k, 0))
    if blocks is not None:
        other_blocks = [block for block in np.unique(blocks) if block != blocks[column]]
        averages = np.column_stack(
            [(blocks == block) / np.sum(blocks == block) for block in other_blocks] or [averages]
        )
        others = others[blocks[others] == blocks[column]]
    if most is not None and len(others) > most:
        strength = _strength(column, x, gaps, others)
        others = np.sort(others[np.argsort(-strength, kind="stable")[:most]])
    return Predictors(others, averages)


def _strength(column: int, x: Floats, gaps: Flags, others: Integers) -> Floats:
    """Return the larger of each other column's correlations with the column and with its being missing."""
    found = np.zeros(len(others))
    for place, other in enumerate(others):
        for target in (x[:, column], gaps[:, column].astype(float)):
            both = ~np.isnan(target) & ~gaps[:, other]
            a, b = target[both], x[both, other]
            if len(a) > 2 and a.std() > 0 and b.std() > 0:
                found[place] = max(found[place], abs(float(np.corrcoef(a, b)[0, 1])))
    return found


def _draw(j: int, current: Floats, gap: Flags, plan: Predictors, recipe: _Recipe) -> Floats:
    y = current[~gap, j]
    if recipe.method == "ordinal":
        z = np.hstack([recipe.fixed[:, 1:], plan.of(current)])
        categories, codes = np.unique(y, return_inverse=True)
        if len(categories) == 1:
            return np.full(int(gap.sum()), categories[0])
        return np.asarray(categories[ordinal_draws(codes, z[~gap], z[gap], recipe.rng)])
    z = np.hstack([recipe.fixed, plan.of(current)])
    return matched_draws(y, z[~gap], z[gap], recipe.rng, donors=recipe.donors, ridge=recipe.ridge)


def _start(x: Floats, gaps: Flags, visits: list[int], plans: dict[int, Predictors], recipe: _Recipe) -> Floats:
    """Return a first completed copy: each column drawn from those complete or completed before it.

    Chains that start from random answers need many rounds where a whole wave is missing, for its items are then explained
    by each other.
    """
    current = x.copy()
    ready: Flags = np.logical_not(gaps.any(axis=0))
    for j in visits:
        gap = gaps[:, j]
        current[gap, j] = _draw(j, current, gap, plans[j].among(ready), recipe)
        ready[j] = True
    return current


def _check(x: Floats, gaps: Flags, covariates: Floats | None) -> None:
    if covariates is not None and not np.isfinite(covariates).all():
        raise EstimationError(
            "Covariates of an imputation must be complete. Give those with gaps as columns to impute."
        )
    few = (~gaps).sum(axis=0) < _FEWEST_KNOWN
    if few.any():
        raise EstimationError(
            f"{int(few.sum())} columns have fewer than {_FEWEST_KNOWN} known values, too few to impute from. Leave them out."
        )
