"""Do two questions go together in the population? Two-way tables of shares, and tests that know how people were drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.survey.linearisation import covariance_of_totals
from trustmeter.stats.survey.replicates import Replicates
from trustmeter.stats.survey.replication import replicated_means, replicated_totals
from trustmeter.stats.survey.sample import Booleans, Sample, degrees_of_freedom

_SINGULAR = 1e-12


@dataclass(frozen=True, slots=True)
class TableShares:
    """Estimated shares of the cells of an r by c table.

    Parameters
    ----------
    shares
        Shape (r, c): they sum to one.
    covariance
        Shape (r c, r c): of the shares, row by row.
    covariance_of_excess
        Shape ((r - 1) (c - 1), same): of the totals by which cells exceed independence, over the total of all; the last
        row and column are left out.
    df
        Degrees of freedom of the design.
    n
        Rows of positive weight that it rests on.
    """

    shares: Floats
    covariance: Floats
    covariance_of_excess: Floats
    df: int
    n: int

    @property
    def expected(self) -> Floats:
        """Shape (r, c): what independence would give."""
        return np.outer(self.shares.sum(axis=1), self.shares.sum(axis=0))

    @property
    def std_errors(self) -> Floats:
        """Shape (r, c)."""
        return np.asarray(np.sqrt(np.maximum(np.diag(self.covariance), 0)).reshape(self.shares.shape))


@dataclass(frozen=True, slots=True)
class TableTest:
    """One test of independence: a chi-square (no residual degrees of freedom) or an F statistic."""

    statistic: float
    df: float
    residual_df: float | None
    p_value: float


@dataclass(frozen=True, slots=True)
class Association:
    """Pearson's statistic of a table, and what a complex sample does to it.

    Parameters
    ----------
    pearson
        Pearson's X2 of the weighted shares times the number of rows; it follows no chi-square by itself.
    design_effects
        Shape ((r - 1) (c - 1),): generalised design effects, largest first; all near 1 under simple random sampling.
    """

    pearson: float
    design_effects: Floats
    df: int
    design_df: int

    def first_order(self) -> TableTest:
        """Return X2 over the mean design effect, held against chi-square."""
        statistic = self.pearson / float(self.design_effects.mean())
        return TableTest(statistic, self.df, None, float(scipy.stats.chi2.sf(statistic, self.df)))

    def second_order(self) -> TableTest:
        """Return X2 over the sum of the design effects, held against F by Satterthwaite's degrees of freedom."""
        total = float(self.design_effects.sum())
        df = total**2 / float(np.sum(self.design_effects**2))
        statistic, residual = self.pearson / total, df * self.design_df
        return TableTest(statistic, df, residual, float(scipy.stats.f.sf(statistic, df, residual)))


def table_of_sample(
    rows: Integers, columns: Integers, sample: Sample, *, domain: Booleans | None = None
) -> TableShares:
    """Return the weighted shares of a two-way table with their covariance between the sample's clusters.

    Parameters
    ----------
    rows, columns
        Shape (n,): categories 0, 1, …; anything outside the domain.
    sample
        Shape n.
    domain
        Shape (n,): the rows that are counted; all when None.

    Raises
    ------
    EstimationError
        A category has no weight, there are fewer than two, or the design leaves no degrees of freedom.
    """
    used = sample.weights > 0 if domain is None else (sample.weights > 0) & domain
    df = degrees_of_freedom(sample, used)
    indicators = indicators_of(rows[used], columns[used])
    total = float(sample.weights[used].sum())
    shares = np.einsum("n,nrc->rc", sample.weights[used], indicators) / total
    _check(shares, df)
    cells, excess = (
        np.zeros((len(used), shares.size)),
        np.zeros((len(used), (shares.shape[0] - 1) * (shares.shape[1] - 1))),
    )
    cells[used] = (indicators - shares).reshape(len(indicators), -1) / total
    excess[used] = influence_on_excess(indicators, shares) / total
    return TableShares(
        shares, covariance_of_totals(cells, sample), covariance_of_totals(excess, sample), df, int(used.sum())
    )


def table_of_replicates(
    rows: Integers, columns: Integers, replicates: Replicates, *, domain: Booleans | None = None, mse: bool = False
) -> TableShares:
    """Return the weighted shares of a two-way table with their covariance between replicates; see `table_of_sample`."""
    used = replicates.weights > 0 if domain is None else (replicates.weights > 0) & domain
    indicators = indicators_of(rows[used], columns[used])
    total = float(replicates.weights[used].sum())
    shares = np.einsum("n,nrc->rc", replicates.weights[used], indicators) / total
    _check(shares, replicates.df)
    excess = np.full((len(used), (shares.shape[0] - 1) * (shares.shape[1] - 1)), np.nan)
    excess[used] = influence_on_excess(indicators, shares) / total
    cells = np.full((len(used), shares.size), np.nan)
    cells[used] = indicators.reshape(len(indicators), -1)
    return TableShares(
        shares,
        replicated_means(cells, replicates, mse=mse).covariance,
        replicated_totals(excess, replicates, mse=mse).covariance,
        replicates.df,
        int(used.sum()),
    )


def indicators_of(rows: Integers, columns: Integers) -> Floats:
    """Return (n, r, c): one in the cell of each row."""
    by_row = (rows[:, None] == np.arange(int(rows.max()) + 1)).astype(float)
    by_column = (columns[:, None] == np.arange(int(columns.max()) + 1)).astype(float)
    return np.asarray(by_row[:, :, None] * by_column[:, None, :])


def influence_on_excess(indicators: Floats, shares: Floats) -> Floats:
    """Return (n, (r - 1)(c - 1)): what each row adds to the totals by which cells exceed independence."""
    of_row = indicators.sum(axis=2)[:, :-1, None] - shares.sum(axis=1)[:-1, None]
    of_column = indicators.sum(axis=1)[:, None, :-1] - shares.sum(axis=0)[None, :-1]
    ours = indicators[:, :-1, :-1]
    at_random = shares.sum(axis=1)[:-1, None] * shares.sum(axis=0)[:-1]
    fall = of_row * shares.sum(axis=0)[:-1] + of_column * shares.sum(axis=1)[:-1, None]
    return np.asarray((ours - fall - at_random).reshape(len(indicators), -1))


def _check(shares: Floats, df: int) -> None:
    if min(shares.shape) < 2 or not (shares.sum(axis=0) > 0).all() or not (shares.sum(axis=1) > 0).all():
        raise EstimationError(
            "A two-way table needs at least two rows and two columns that somebody chose. Leave empty categories out, or"
            " choose other questions."
        )
    if df < 1:
        raise EstimationError(
            f"The design has {df} degrees of freedom (clusters minus strata); a test needs at least 1. Name smaller clusters,"
            " or join strata."
        )


def rao_scott_test(table: TableShares) -> Association:
    """Return Pearson's X2 of a table with the generalised design effects that correct it.

    Notes
    -----
    With contrasts C of the cells that span what rows and columns leave, D the diagonal matrix of inverse shares (0 in
    empty cells) and V the covariance of the shares, the design effects are the eigenvalues of
    (C' D C / n)^-1 (C' D V D C). Rao, J. N. K. and Scott, A. J. (1981), doi:10.1080/01621459.1981.10477633; (1984),
    doi:10.1214/aos/1176346391.
    """
    shares, expected = table.shares, table.expected
    pearson = table.n * float(np.sum((shares - expected) ** 2 / expected))
    inverse = np.divide(1.0, shares, out=np.zeros_like(shares), where=shares > 0).ravel()
    contrasts = np.kron(_contrasts(shares.shape[0]), _contrasts(shares.shape[1]))
    weighted = inverse[:, None] * contrasts
    under_random = contrasts.T @ weighted / table.n
    if not np.linalg.eigvalsh(under_random)[0] > _SINGULAR * np.trace(under_random):
        raise EstimationError("Too many cells of the table are empty. Join categories of rows or columns.")
    effects = scipy.linalg.eigh(weighted.T @ table.covariance @ weighted, under_random, eigvals_only=True)[::-1]
    if not effects.sum() > 0:
        raise EstimationError("All clusters are alike in this table, so that no error can be told from them.")
    return Association(pearson, np.maximum(effects, 0.0), effects.size, table.df)


def wald_of_table(table: TableShares, *, adjusted: bool) -> TableTest:
    """Return the Wald test of independence (Koch, Freeman and Freeman 1975); `adjusted` for few clusters.

    Raises
    ------
    EstimationError
        The table has about as many cells as the design has clusters.
    """
    excess = (table.shares - table.expected)[:-1, :-1].ravel()
    k, df = excess.size, table.df
    residual = df - k + 1 if adjusted else df
    scale = np.sqrt(np.maximum(np.diag(table.covariance_of_excess), 1e-300))
    scaled = table.covariance_of_excess / np.outer(scale, scale)
    if residual < 1 or not np.linalg.eigvalsh(scaled)[0] > _SINGULAR:
        raise EstimationError(
            f"A Wald test of {k} cells needs more than {df} degrees of freedom (clusters minus strata). Join categories, or"
            " use the Rao-Scott test."
        )
    wald = float((excess / scale) @ np.linalg.solve(scaled, excess / scale))
    statistic = wald / k * (residual / df if adjusted else 1.0)
    return TableTest(statistic, k, residual, float(scipy.stats.f.sf(statistic, k, residual)))


def _contrasts(size: int) -> Floats:
    """Return (size, size - 1) orthogonal columns that sum to zero."""
    return np.asarray(scipy.linalg.helmert(size).T)
