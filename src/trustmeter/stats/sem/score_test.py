"""What would change if a fixed or shared cell of a fitted model had a parameter of its own: score tests, one cell at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy

from trustmeter.stats.normal_likelihood import expected_information
from trustmeter.stats.sem.estimate import Estimate, normal_gradient
from trustmeter.stats.sem.fitting import StructureFit
from trustmeter.stats.sem.model import PSI, THETA, Cell, CovarianceModel, Floats, Matrices, filled
from trustmeter.stats.sem.moments import implied, jacobian
from trustmeter.stats.sem.sample import NormalSample, OrdinalSample
from trustmeter.stats.sem.testing import normal_meat

_NO_SLOPE = 1e-7
"""Share of a cell's information that must be its own: less, and the cell cannot be told from the parameters there are."""


@dataclass(frozen=True, eq=False, slots=True)
class ScoreTests:
    """Score tests with one degree of freedom, one a cell; not numbers where the cell could not be estimated.

    Parameters
    ----------
    cells
        The c cells that were tried, each alone.
    statistic, p_value
        Shape (c,): the test that takes the model's weights for right (the modification index), about the fall of the
        unscaled chi-square.
    change
        Shape (c,): the expected change of the cell's value (of a shared cell: its distance from the others).
    robust, p_robust, std_error
        Shape (c,): the test with the sandwich covariance of the scores, right without normality, for clusters and for ordered
        items, and the standard error of the change that belongs to it.
    """

    cells: tuple[Cell, ...]
    statistic: Floats
    p_value: Floats
    change: Floats
    robust: Floats
    p_robust: Floats
    std_error: Floats


def score_tests(fit: StructureFit, candidates: Sequence[Cell]) -> ScoreTests:
    """Try, for each candidate cell alone, to give it a parameter of its own, without a new search.

    Parameters
    ----------
    fit
        A fitted model, at rest.
    candidates
        Cells (group, matrix, row, column) that are fixed, or share their parameter with other cells.

    Notes
    -----
    With s the gradient in the new parameter, I the expected information of (old, new), or their weighted squares, and
    V = I_nn - I_no I_oo^-1 I_on: statistic = s^2 / V, change = s / V; robust: s^2 / a'Ba with a = (-I_oo^-1 I_on, 1) and
    B the covariance of the scores. Sörbom (1989), doi:10.1007/BF02294623; Satorra (1989), doi:10.1007/BF02294453.
    """
    model, theta, turn = _extended(fit.estimate, candidates)
    wide = Estimate(model, theta, fit.estimate.minimum, True, 0)
    if isinstance(fit.sample, OrdinalSample):
        gradient, information, meat = _ordinal(wide, fit.sample, fit.n)
    else:
        gradient, information, meat = _normal(wide, fit.sample)
    return _tests(tuple(candidates), turn.T @ gradient, turn.T @ information @ turn, turn.T @ meat @ turn)


def _tests(cells: tuple[Cell, ...], gradient: Floats, information: Floats, meat: Floats) -> ScoreTests:
    q = len(gradient) - len(cells)
    size = np.sqrt(np.maximum(np.diag(information)[:q], 1e-300))
    unit = information[:q, :q] / np.outer(size, size)
    lean = np.linalg.lstsq(unit, information[:q, q:] / size[:, None], rcond=1e-12)[0] / size[:, None]
    own = np.diag(information)[q:]
    left = own - np.einsum("ij,ij->j", information[:q, q:], lean)
    identified = left > _NO_SLOPE * np.maximum(own, 1e-300)
    left = np.where(identified, left, np.nan)
    spread = np.diag(meat)[q:] - 2 * np.einsum("ij,ij->j", meat[:q, q:], lean)
    spread = np.where(identified, spread + np.einsum("ij,ij->j", lean, meat[:q, :q] @ lean), np.nan)
    slope = gradient[q:] - lean.T @ gradient[:q]
    statistic, robust = slope**2 / left, slope**2 / spread
    return ScoreTests(
        cells, statistic, scipy.special.chdtrc(1, statistic), slope / left,
        robust, scipy.special.chdtrc(1, robust), np.sqrt(spread) / left,
    )  # fmt: skip


def _extended(estimate: Estimate, candidates: Sequence[Cell]) -> tuple[CovarianceModel, Floats, Floats]:
    """Return the model in which each candidate has its own parameter, the parameters, and how old and new ones make them up.

    A candidate that shared the parameter k is now k plus its own deviation; the matrix (q + c, q + c) says so.
    """
    model, q, c = estimate.model, estimate.model.parameters, len(candidates)
    places = {_each(cell): at for at, cell in enumerate(zip(*_places(model), strict=True))}
    made = [filled(model, estimate.theta, g) for g in range(model.groups)]
    free, turn = model.free.copy(), np.eye(q + c)
    fresh: list[tuple[Cell, int]] = []
    values = np.array([_value(made[cell[0]], cell) for cell in candidates])
    for number, cell in enumerate(candidates, start=q):
        at = places.get(_each(cell))
        if at is None:
            fresh.append((cell, number))
            continue
        if free[at] >= 0:
            turn[number, free[at]] = 1.0
        free[at] = number
    added = np.array([cell for cell, _ in fresh], dtype=np.intp).reshape(-1, 4)
    numbers = np.array([number for _, number in fresh], dtype=np.intp)
    parts = [np.concatenate([old, new]) for old, new in zip(_places(model), added.T, strict=True)]
    wide = replace(
        model, group=parts[0], matrix=parts[1], row=parts[2], col=parts[3], free=np.concatenate([free, numbers]),
        value=np.concatenate([model.value, np.zeros(len(fresh))]),
    )  # fmt: skip
    return wide, np.concatenate([estimate.theta, values]), turn


def _places(model: CovarianceModel) -> tuple[np.ndarray, ...]:
    return model.group, model.matrix, model.row, model.col


def _each(cell: Cell) -> Cell:
    """Name a cell of a symmetric matrix by its lower triangle."""
    group, matrix, row, col = (int(one) for one in cell)
    return (group, matrix, max(row, col), min(row, col)) if matrix in (THETA, PSI) else (group, matrix, row, col)


def _value(made: Matrices, cell: Cell) -> float:
    matrices = (made.loadings, made.residuals, made.psi, made.beta, made.nu, made.alpha, made.tau, made.delta)
    matrix = matrices[cell[1]]
    return float(matrix[cell[2], cell[3]] if matrix.ndim == 2 else matrix[cell[2]])


def _normal(wide: Estimate, sample: NormalSample) -> tuple[Floats, Floats, Floats]:
    """Return gradient, information and covariance of the scores of all rows together."""
    model, theta = wide.model, wide.theta
    gradient = normal_gradient(model, theta, sample.groups)
    meat = normal_meat(wide, sample.groups, sample.clusters)
    information = np.zeros_like(meat)
    for g, rows in enumerate(sample.groups):
        now = implied(model, theta, g)
        J = jacobian(model, theta, g, now)
        inner = expected_information(rows, now.covariance)
        information += J.T @ (inner if model.means else inner[model.items :, model.items :]) @ J
    return gradient, information, meat


def _ordinal(wide: Estimate, sample: OrdinalSample, total: float) -> tuple[Floats, Floats, Floats]:
    """Return the same of weighted least squares; `total` is N - G, as in its chi-square and standard errors."""
    q = wide.model.parameters
    gradient, information, meat = np.zeros(q), np.zeros((q, q)), np.zeros((q, q))
    for g, (target, gamma) in enumerate(zip(sample.targets, sample.gammas, strict=True)):
        J, n = wide.jacobian(g), total * target.pull
        WJ = target.weighted(J)
        gradient += n * (WJ.T @ (target.moments - wide.implied(g).moments))
        information += n * (J.T @ WJ)
        meat += n * (WJ.T @ gamma @ WJ)
    return gradient, information, meat
