"""From statements about factors and items to a covariance structure with its parameters, identified and with good starts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from trustmeter.errors import DesignError, Problem, did_you_mean
from trustmeter.options import Identification
from trustmeter.psychometrics.matrix import Floats
from trustmeter.psychometrics.structure.model_text import DEPENDS_ON, MEASURES, VARIES_WITH, Statement
from trustmeter.stats.covariance import Integers
from trustmeter.stats.sem.model import BETA, LAMBDA, NU, PSI, TAU, THETA, Cell, CovarianceModel, Drafting

LOADING: Final = "loading"
REGRESSION: Final = "regression"
FACTOR_VARIANCE: Final = "factor_variance"
FACTOR_COVARIANCE: Final = "factor_covariance"
RESIDUAL_VARIANCE: Final = "residual_variance"
RESIDUAL_COVARIANCE: Final = "residual_covariance"
THRESHOLD: Final = "threshold"
INTERCEPT: Final = "intercept"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One cell of the model in words: what it is, of which two names, and where it stands."""

    kind: str
    left: str
    right: str
    cell: Cell
    free: bool


@dataclass(frozen=True, eq=False, slots=True)
class StartMoments:
    """What is known of the items before the model: correlations (p, p), standard deviations and means (p,).

    Of ordered items also the thresholds, one item after another, and the number of categories of each.
    """

    correlations: Floats
    sd: Floats
    mean: Floats
    thresholds: Floats | None = None
    levels: Integers | None = None


@dataclass(frozen=True, eq=False)
class Layout:
    """The names in a model and how they hang together.

    Parameters
    ----------
    statements
        What was said.
    items, factors
        In the order in which they came.
    """

    statements: tuple[Statement, ...]
    items: tuple[str, ...]
    factors: tuple[str, ...]

    @cached_property
    def measured_by(self) -> dict[str, list[str]]:
        """The names that each factor is measured by."""
        found: dict[str, list[str]] = {name: [] for name in self.factors}
        for one in self.statements:
            if one.operator == MEASURES:
                found[one.left].append(one.right)
        return found

    @cached_property
    def dependent(self) -> frozenset[str]:
        """The factors that hang on other factors."""
        return frozenset(
            [one.right for one in self.statements if one.operator == MEASURES and one.right in self.factors]
            + [one.left for one in self.statements if one.operator == DEPENDS_ON]
        )

    @cached_property
    def outcomes(self) -> frozenset[str]:
        """The factors that depend on others and on which nothing depends."""
        said = [one for one in self.statements if one.operator == DEPENDS_ON]
        indicators = {one.right for one in self.statements if one.operator == MEASURES}
        causes = {one.right for one in said} | {name for name in self.factors if self._has_factors(name)}
        return frozenset(one.left for one in said) - causes - indicators

    def below(self, factor: str) -> list[str]:
        """Return the items of a factor, and of the factors that measure it."""
        found: list[str] = []
        for name in self.measured_by[factor]:
            found += self.below(name) if name in self.factors else [name]
        return list(dict.fromkeys(found))

    def _has_factors(self, factor: str) -> bool:
        return any(name in self.factors for name in self.measured_by[factor])


@dataclass(frozen=True, eq=False)
class Measurement:
    """A covariance structure and its parameters in words."""

    layout: Layout
    model: CovarianceModel
    parameters: tuple[Parameter, ...]

    def named(self, number: int) -> str:
        """Return a parameter of the model in words."""
        for one in self.parameters:
            at = _position(self.model, one.cell)
            if at is not None and self.model.free[at] == number:
                return f"{one.kind.replace('_', ' ')} of {one.left!r}" + (f" and {one.right!r}" if one.right else "")
        return "a parameter"


def _position(model: CovarianceModel, cell: Cell) -> int | None:
    places = np.column_stack([model.group, model.matrix, model.row, model.col])
    here = np.flatnonzero((places == np.array(cell)).all(axis=1))
    return int(here[0]) if len(here) else None


def layout_of(statements: Sequence[Statement], known: Iterable[str], where: str) -> Layout:
    """Return the names of a model; refuse all names that are no items of the data at once."""
    factors = tuple(dict.fromkeys(one.left for one in statements if one.operator == MEASURES))
    rights = [one.right for one in statements if one.operator == MEASURES]
    items = tuple(name for name in dict.fromkeys(rights) if name not in factors)
    there = list(known)
    problems = [_clash(name) for name in factors if name in there]
    for one in statements:
        names = (one.left, one.right) if one.operator == VARIES_WITH else (one.right,)
        for name in names:
            if name not in factors and name not in there:
                problems.append(_unknown(name, one.line, [*there, *factors]))
            elif name not in factors and name not in items:
                message = f"`{one}` names the item {name!r}, which belongs to no factor."
                problems.append(Problem("M-ITEM-ALONE", f"line {one.line}", message, "Add it to a factor with `=~`."))
    if problems:
        raise DesignError(f"The model of `{where}` does not fit the answers.", list(dict.fromkeys(problems)))
    return Layout(tuple(statements), items, factors)


def _clash(name: str) -> Problem:
    return Problem("M-CLASH", "model", f"The factor {name!r} has the name of an item.", "Give it another name.")


def _unknown(name: str, line: int, known: Sequence[str]) -> Problem:
    message = f"{name!r} is neither an item of the answers nor a factor of the model.{did_you_mean(name, known)}"
    return Problem(
        "M-ITEM-UNKNOWN", f"line {line}", message, "Write the item's column name, or define the factor with `=~`."
    )


def measurement_of(
    layout: Layout, moments: StartMoments, *, means: bool, identification: Identification, orthogonal: bool
) -> Measurement:
    """Return the covariance structure of one group.

    Each item has a free residual variance (ordered items: thresholds, total variance 1), factors that hang on no other go
    together freely unless `orthogonal`, and so do the remainders of outcomes. ``"variance"``: the (residual) variances of
    factors are 1; ``"marker"``: the first loading of each factor is 1. What a statement says goes first.
    """
    draft = _Draft(layout, moments, means, identification, orthogonal)
    draft.loadings()
    draft.factors()
    draft.items()
    return Measurement(layout, draft.draft.model(), tuple(draft.made.values()))


class _Draft:
    """Gathers the cells of a model, each with its words and its start."""

    def __init__(
        self, layout: Layout, moments: StartMoments, means: bool, identification: Identification, orthogonal: bool
    ) -> None:
        self.layout, self.moments, self.orthogonal = layout, moments, orthogonal
        self.ordered = moments.levels is not None
        self.marker = identification == "marker"
        self.draft = Drafting(
            len(layout.items), len(layout.factors), 1, metric="delta" if self.ordered else "continuous", means=means,
            levels=moments.levels,
        )  # fmt: skip
        self.means = means and not self.ordered
        self.made: dict[Cell, Parameter] = {}
        self.said = {one.pair: one for one in layout.statements}
        self.at_item = {name: number for number, name in enumerate(layout.items)}
        self.at_factor = {name: number for number, name in enumerate(layout.factors)}
        self.weights = {name: self._weights(name) for name in layout.factors}

    def loadings(self) -> None:
        """Draft the loadings of items and of factors, and what depends on what."""
        for one in self.layout.statements:
            if one.operator == MEASURES:
                first = self.layout.measured_by[one.left][0] == one.right
                marker = 1.0 if self.marker and first else None
                self._loading(one, marker)
        for one in self.layout.statements:
            if one.operator == DEPENDS_ON:
                cell = (0, BETA, self.at_factor[one.left], self.at_factor[one.right])
                self._set(
                    REGRESSION, (one.left, one.right), cell, 0.3 * self._size(one.left) / self._size(one.right), None
                )

    def _loading(self, one: Statement, marker: float | None) -> None:
        factor = self.at_factor[one.left]
        if one.right in self.at_factor:
            cell = (0, BETA, self.at_factor[one.right], factor)
            start = self._size(one.right) / self._size(one.left) if self.marker else 1.0
            self._set(LOADING, (one.left, one.right), cell, start, marker)
            return
        item = self.at_item[one.right]
        start = self._start_loading(one.left, one.right) / self._size(one.left)
        if not self.marker and one.left in self.layout.dependent:
            start /= np.sqrt(2)
        self._set(LOADING, (one.left, one.right), (0, LAMBDA, item, factor), start, marker)

    def factors(self) -> None:
        """Draft the variances and covariances of factors, or of what remains of those that depend on others."""
        names = self.layout.factors
        for name in names:
            at = self.at_factor[name]
            start = self._size(name) ** 2 * (0.5 if name in self.layout.dependent else 1.0)
            self._set(FACTOR_VARIANCE, (name, name), (0, PSI, at, at), start, None if self.marker else 1.0)
        free = [name for name in names if name not in self.layout.dependent]
        both = [name for name in names if name in self.layout.outcomes]
        for number, name in enumerate(names):
            for other in names[:number]:
                together = (name in free and other in free) or (name in both and other in both)
                said = self.said.get(_pair(name, other))
                if said is None and (self.orthogonal or not together):
                    continue
                start = self._together(name, other) * self._size(name) * self._size(other) if together else 0.0
                cell = (0, PSI, self.at_factor[name], self.at_factor[other])
                self._set(FACTOR_COVARIANCE, (other, name), cell, start, None)

    def items(self) -> None:
        """Draft the residuals, and where items stand."""
        names = self.layout.items
        for name in () if self.ordered else names:
            at = self.at_item[name]
            self._set(RESIDUAL_VARIANCE, (name, name), (0, THETA, at, at), 0.5 * self.moments.sd[at] ** 2, None)
        for one in self.layout.statements:
            if one.operator != VARIES_WITH or one.left not in self.at_item or one.left == one.right:
                continue
            row, col = sorted((self.at_item[one.left], self.at_item[one.right]), reverse=True)
            self._set(RESIDUAL_COVARIANCE, (one.left, one.right), (0, THETA, row, col), 0.0, None)
        if self.ordered:
            self._thresholds()
        for name in names if self.means else ():
            at = self.at_item[name]
            self._set(INTERCEPT, (name, ""), (0, NU, at, 0), float(self.moments.mean[at]), None)

    def _thresholds(self) -> None:
        values = np.zeros(0) if self.moments.thresholds is None else self.moments.thresholds
        for position, (item, value) in enumerate(zip(self.draft.item_of_threshold, values, strict=True)):
            name = self.layout.items[item]
            step = position - int(np.searchsorted(self.draft.item_of_threshold, item)) + 1
            self._set(THRESHOLD, (name, str(step)), (0, TAU, position, 0), float(value), None)

    def _set(
        self, kind: str, names: tuple[str, str], cell: Cell, start: float, default: float | None
    ) -> None:  # fmt: skip
        """Free or fix a cell as was said, else fix it at `default`, else free it."""
        operator = {LOADING: MEASURES, REGRESSION: DEPENDS_ON}.get(kind, VARIES_WITH)
        one = self.said.get(_pair(*names) if operator == VARIES_WITH else (*names, operator))
        value = (
            default if one is None or not (one.free or one.label is not None or one.operator == VARIES_WITH) else None
        )
        if one is not None and one.fixed is not None:
            value = one.fixed
        if value is None:
            self.draft.free(cell, float(start), None if one is None or one.label is None else f"label {one.label}")
        else:
            self.draft.fix(cell, value)
        self.made[cell] = Parameter(kind, names[0], "" if names[0] == names[1] else names[1], cell, value is None)

    def _weights(self, factor: str) -> Floats:
        """Return the first principal component of a factor's items, scaled to loadings, shape (p,), 0 elsewhere."""
        found = np.zeros(len(self.layout.items))
        at = [self.at_item[name] for name in self.layout.below(factor)]
        values, vectors = np.linalg.eigh(self.moments.correlations[np.ix_(at, at)])
        first = vectors[:, -1] * (1.0 if vectors[:, -1].sum() >= 0 else -1.0)
        found[at] = np.clip(0.9 * first * np.sqrt(max(float(values[-1]), 0.0)), -0.9, 0.9)
        return found

    def _start_loading(self, factor: str, item: str) -> float:
        at = self.at_item[item]
        shared = sum(item in names for names in self.layout.measured_by.values())
        weight = float(self.weights[factor][at]) / np.sqrt(shared)
        weight = weight if abs(weight) > 0.1 else 0.1
        return float(weight * self.moments.sd[at])

    def _size(self, factor: str) -> float:
        """Return the start of a factor's standard deviation."""
        if not self.marker:
            return 1.0
        first = self.layout.measured_by[factor][0]
        return self._size(first) if first in self.at_factor else self._start_loading(factor, first)

    def _together(self, one: str, other: str) -> float:
        R, a, b = self.moments.correlations, self.weights[one], self.weights[other]
        size = float(np.sqrt((a @ R @ a) * (b @ R @ b)))
        shared = bool((a * b).any())
        return 0.0 if shared or size == 0 else float(np.clip(a @ R @ b / size, -0.8, 0.8))


def _pair(one: str, other: str) -> tuple[str, str, str]:
    first, second = sorted((one, other))
    return first, second, VARIES_WITH
