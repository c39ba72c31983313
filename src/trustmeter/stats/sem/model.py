"""A covariance structure as data: which cells of which matrices are free, fixed or shared.

In each group y = nu + Lambda eta + epsilon, eta = alpha + B eta + zeta, with Psi = cov(zeta) and Theta = cov(epsilon).
Ordered items are cut from y at thresholds tau after y is scaled by delta.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

LAMBDA: Final = 0
THETA: Final = 1
PSI: Final = 2
BETA: Final = 3
NU: Final = 4
ALPHA: Final = 5
TAU: Final = 6
DELTA: Final = 7

Cell = tuple[int, int, int, int]
"""Group, matrix, row, column."""

Metric = Literal["continuous", "delta", "theta"]
"""Continuous items; ordered items with scales as parameters (delta) or with residual variances as parameters (theta)."""


@dataclass(frozen=True, eq=False, slots=True)
class CovarianceModel:
    """A model of p items, m factors and G groups.

    Parameters
    ----------
    items, factors, groups
        p, m and G.
    metric
        How the scale of the items is set.
    means
        Whether means are modelled (always so for ordered items).
    group, matrix, row, col
        Shape (c,): the cells that are not their default. Of tau `row` is the position among all thresholds; of nu, alpha
        and delta `col` is 0. Symmetric matrices name each cell once.
    free
        Shape (c,): the number of the parameter in the cell, from 0; -1 where fixed. Cells with one number are equal.
    value
        Shape (c,): the fixed value, or where the search begins.
    item_of_threshold
        Shape (T,): the item of each threshold; empty for continuous items.
    """

    items: int
    factors: int
    groups: int
    metric: Metric
    means: bool
    group: Integers
    matrix: Integers
    row: Integers
    col: Integers
    free: Integers
    value: Floats
    item_of_threshold: Integers

    @property
    def parameters(self) -> int:
        """How many free parameters there are."""
        return int(self.free.max(initial=-1)) + 1

    @property
    def ordinal(self) -> bool:
        """Whether the items are ordered categories."""
        return self.metric != "continuous"

    @property
    def moments(self) -> int:
        """How many sample moments a group has."""
        p, thresholds = self.items, len(self.item_of_threshold)
        if self.ordinal:
            return thresholds + p * (p - 1) // 2
        return p * (p + 1) // 2 + (p if self.means else 0)

    def places(self, group: int) -> Integers:
        """Return the numbers of the parameters that a group's moments depend on, ascending."""
        return np.unique(self.free[(self.group == group) & (self.free >= 0)])

    @property
    def start(self) -> Floats:
        """Where the search begins, shape (q,)."""
        theta = np.zeros(self.parameters)
        there = self.free >= 0
        theta[self.free[there]] = self.value[there]
        return theta


@dataclass(frozen=True, eq=False, slots=True)
class Matrices:
    """The model matrices of one group: Lambda (p, m), Theta (p, p), Psi and Beta (m, m), nu (p,), alpha (m,), tau (T,), delta (p,)."""

    loadings: Floats
    residuals: Floats
    psi: Floats
    beta: Floats
    nu: Floats
    alpha: Floats
    tau: Floats
    delta: Floats

    @property
    def reach(self) -> Floats:
        """(I - B)^-1, shape (m, m)."""
        m = len(self.beta)
        return np.asarray(np.linalg.inv(np.eye(m) - self.beta)) if self.beta.any() else np.eye(m)


def filled(model: CovarianceModel, theta: Floats, group: int) -> Matrices:
    """Return the matrices of one group at the parameters (q,)."""
    p, m, T = model.items, model.factors, len(model.item_of_threshold)
    of_group = model.group == group
    free = model.free[of_group]
    values = np.where(free >= 0, theta[np.maximum(free, 0)] if len(theta) else 0.0, model.value[of_group])
    matrix, row, col = model.matrix[of_group], model.row[of_group], model.col[of_group]
    made = {
        LAMBDA: np.zeros((p, m)), THETA: np.zeros((p, p)), PSI: np.zeros((m, m)), BETA: np.zeros((m, m)),
        NU: np.zeros((p, 1)), ALPHA: np.zeros((m, 1)), TAU: np.zeros((T, 1)), DELTA: np.ones((p, 1)),
    }  # fmt: skip
    if model.metric == "theta":
        made[THETA] = np.eye(p)
    for kind, target in made.items():
        here = matrix == kind
        target[row[here], col[here]] = values[here]
        if kind in (THETA, PSI):
            target[col[here], row[here]] = values[here]
    return Matrices(
        made[LAMBDA], made[THETA], made[PSI], made[BETA], made[NU][:, 0], made[ALPHA][:, 0], made[TAU][:, 0], made[DELTA][:, 0]
    )  # fmt: skip


class Drafting:
    """Gathers the cells of a model one by one; `model` gives the finished record."""

    def __init__(
        self, items: int, factors: int, groups: int, *, metric: Metric = "continuous", means: bool = True,
        levels: Integers | None = None,
    ) -> None:  # fmt: skip
        self._shape = (items, factors, groups, metric, means or metric != "continuous")
        counts = np.zeros(items, dtype=np.intp) if levels is None else np.asarray(levels, dtype=np.intp) - 1
        self.item_of_threshold = np.repeat(np.arange(items), counts)
        self._cells: dict[Cell, tuple[str | None, float]] = {}

    def free(self, cell: Cell, start: float, name: str | None = None) -> None:
        """Free a cell; cells with one `name` are one parameter."""
        self._cells[cell] = (name if name is not None else ".".join(map(str, cell)), start)

    def fix(self, cell: Cell, value: float) -> None:
        """Fix a cell."""
        self._cells[cell] = (None, value)

    def model(self) -> CovarianceModel:
        """Return the record; parameters are numbered in the order in which they came."""
        numbers: dict[str, int] = {}
        free = [-1 if name is None else numbers.setdefault(name, len(numbers)) for name, _ in self._cells.values()]
        places = np.array(list(self._cells), dtype=np.intp).reshape(-1, 4)
        return CovarianceModel(
            *self._shape,
            group=places[:, 0], matrix=places[:, 1], row=places[:, 2], col=places[:, 3],
            free=np.array(free, dtype=np.intp), value=np.array([value for _, value in self._cells.values()], dtype=float),
            item_of_threshold=self.item_of_threshold,
        )  # fmt: skip
