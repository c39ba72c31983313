"""The steps of comparability, taken one by one; where a step fails, the items that make it fail are released."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.psychometrics.comparability.turned import turned_items, turned_remarks
from trustmeter.psychometrics.comparability.units import Units
from trustmeter.stats.sem.difference import ADJUSTED, carried_over, difference_2000
from trustmeter.stats.sem.fitting import StructureFit, Tests, baseline_tests, fit_structure
from trustmeter.stats.sem.invariance_steps import (
    CONFIGURAL,
    INTERCEPTS,
    LOADINGS,
    RESIDUALS,
    THRESHOLDS,
    depths_at,
    step_model,
    steps_of,
)
from trustmeter.stats.sem.model import PSI, THETA, CovarianceModel
from trustmeter.stats.sem.testing import ChiSquare

STEP_NAMES = {
    CONFIGURAL: "configural", THRESHOLDS: "thresholds", LOADINGS: "loadings", INTERCEPTS: "intercepts", RESIDUALS: "residuals",
}  # fmt: skip
FEWEST_ANCHORS = 2
"""Items of a factor that must stay equal; with fewer, nothing holds the units' scales together."""

NOTHING_LEFT = 1e-4
"""Share of an ordered item's variance that is its own: with less, its loading has run away."""

POOR_CFI = 0.90
POOR_RMSEA = 0.08
"""A first model with robust CFI below, and the lower limit of robust RMSEA above, does not describe the answers."""


Caps = NDArray[np.intp]


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """One step.

    Parameters
    ----------
    number
        As in the kernel, from configural to residuals.
    fit
        The fitted model, with the items released that had to be.
    difference, test_name
        The test against the step before; no degrees of freedom where the step costs nothing.
    released
        The items released here: (item, unit) positions.
    full
        The test against the step before without any release at this step.
    holds
        Whether the step stands, perhaps with released items.
    """

    number: int
    fit: StructureFit
    difference: ChiSquare
    test_name: str
    released: tuple[tuple[int, int], ...]
    full: ChiSquare
    holds: bool

    @property
    def name(self) -> str:
        """The step's name."""
        return STEP_NAMES[self.number]


@dataclass(eq=False, slots=True)
class Ladder:
    """All steps that could be taken.

    Parameters
    ----------
    units
        What was examined.
    baseline
        The tests of the model without relations.
    level
        The level of the tests (0.05).
    steps
        The steps; the last may be one that does not hold.
    caps
        Shape (k, units): how equal each item may be at the most.
    turned
        What must be said of items that run against the others.
    """

    units: Units
    baseline: Tests
    level: float
    steps: list[Step] = field(default_factory=list)
    caps: Caps = field(default_factory=lambda: np.zeros((0, 0), dtype=np.intp))
    turned: tuple[str, ...] = ()

    @property
    def last_sound(self) -> Step:
        """The last step that holds (the first step always counts)."""
        return [step for step in self.steps if step.holds][-1] if self.steps[0].holds else self.steps[0]

    @property
    def improper(self) -> list[str]:
        """What must be said about variances below zero in the first and the last sound step."""
        fits = [step.fit for step in (self.steps[0], self.last_sound)]
        below = dict.fromkeys(name for fit in fits for name in self._below_zero(fit))
        nothing = dict.fromkeys(name for fit in fits for name in self._without_residual(fit))
        told = [f"{what} is estimated below zero: read what rests on it with reserve." for what in below]
        return told + [f"{what} is estimated at next to zero: read what rests on it with reserve." for what in nothing]

    def _below_zero(self, fit: StructureFit) -> list[str]:
        """Name the variances of a fit that are not above zero, with their item or factor and unit."""
        layout, model, theta = self.units.layout, fit.estimate.model, fit.estimate.theta
        found = []
        free = (model.free >= 0) & np.isin(model.matrix, (THETA, PSI)) & (model.row == model.col)
        for place in np.flatnonzero(free)[theta[model.free[free]] <= 0]:
            of_item, group, row = model.matrix[place] == THETA, int(model.group[place]), int(model.row[place])
            unit, at = divmod(row, layout.items if of_item else layout.factors) if layout.linked else (group, row)
            item = f"the residual variance of {self.units.items[at]!r}"
            what = item if of_item else f"the variance of factor {at + 1}"
            found.append(f"{what} in {self.units.labels[unit]!r}")
        return found

    def _without_residual(self, fit: StructureFit) -> list[str]:
        """Name ordered items whose share of residual variance is next to nothing: loadings have run away (Heywood)."""
        layout, found = self.units.layout, []
        for g in range(fit.estimate.model.groups if layout.ordinal else 0):
            now = fit.estimate.implied(g)
            share = np.diag(now.matrices.residuals) / np.diag(now.covariance)
            for row in np.flatnonzero(~(share > NOTHING_LEFT)):
                unit, at = divmod(int(row), layout.items) if layout.linked else (g, int(row))
                found.append(f"the residual variance of {self.units.items[at]!r} in {self.units.labels[unit]!r}")
        return found

    def fitted(self, number: int, caps: Caps, near: StructureFit | None) -> StructureFit:
        """Return a step's model fitted with some items held back.

        Raises
        ------
        EstimationError
            When the model is not identified, or the search does not come to rest.
        """
        layout = self.units.layout
        model = step_model(layout, depths_at(layout, number, caps))
        found = None if near is None else self._searched(model, carried_over(model, near.estimate))
        if found is None:
            found = self._searched(model, None)
        where = f"the model of step '{STEP_NAMES[number]}'" + (
            f" of scale {self.units.scale!r}" if self.units.scale else ""
        )
        if found is None:
            raise EstimationError(f"The search for {where} did not come to rest. Use fewer items, or join groups.")
        if not found.identified:
            below = [*self._below_zero(found), *self._without_residual(found)]
            if below:
                cause = f"In {where} {' and '.join(below[:2])} runs to zero or below (a Heywood case): nothing is determined."
                raise EstimationError(f"{cause} Leave the item or the group out, or join groups.")
            raise EstimationError(
                f"What {where} asks for is not identified by these answers. Use more items, or join groups."
            )
        return found

    def _searched(self, model: CovarianceModel, start: NDArray[np.float64] | None) -> StructureFit | None:
        """Return a fit, or nothing where the search left the possible or did not come to rest."""
        try:
            found = fit_structure(model, self.units.sample, baseline=self.baseline, start=start)
        except np.linalg.LinAlgError:
            return None
        return found if found.estimate.converged else None


def describes(fit: StructureFit) -> bool:
    """Tell whether the first model describes the answers, so that steps can be built on it; yes where nothing is known."""
    return not (fit.robust.cfi < POOR_CFI and fit.robust.rmsea_low > POOR_RMSEA)


def climb(units: Units, level: float) -> Ladder:
    """Take all steps, none when the first model does not describe the answers.

    One that fails is taken again with items released, and is the last one when too few would stay equal.
    """
    ladder = Ladder(units, baseline_tests(units.sample), level)
    ladder.caps = np.full((units.layout.items, units.layout.units), RESIDUALS, dtype=np.intp)
    first = ladder.fitted(CONFIGURAL, ladder.caps, None)
    none = ChiSquare(0.0, 0)
    ladder.steps.append(Step(CONFIGURAL, first, none, "", (), none, holds=True))
    ladder.turned = tuple(turned_remarks(units, turned_items(units, [first])))
    for number in steps_of(units.layout)[1:] if describes(first) else ():
        step = _next_or_why(ladder, number)
        ladder.steps.append(step)
        if not step.holds:
            break
    return ladder


def _next_or_why(ladder: Ladder, number: int) -> Step:
    """Return the next step; where it cannot be had, items that run against the others are the first thing to look at."""
    try:
        return _next_step(ladder, number)
    except EstimationError as error:
        if not ladder.turned:
            raise
        told = " ".join(ladder.turned)
        raise EstimationError(f"{told[:1].upper()}{told[1:]} Until then: {error}") from None


def _next_step(ladder: Ladder, number: int) -> Step:
    before = ladder.steps[-1]
    fit = ladder.fitted(number, ladder.caps, before.fit)
    test = difference_2000(fit, before.fit)
    full, released = test, []
    while _fails(test, ladder.level):
        worst = _worst_item(ladder, number, fit)
        if worst is None:
            break
        ladder.caps[worst] = number - 1
        released.append(worst)
        fit = ladder.fitted(number, ladder.caps, fit)
        test = difference_2000(fit, before.fit)
    return Step(number, fit, test, ADJUSTED, tuple(released), full, holds=not _fails(test, ladder.level))


def _fails(test: ChiSquare, level: float) -> bool:
    if test.df > 0 and math.isnan(test.p_scaled):
        raise EstimationError(
            "A step of comparability cannot be tested: its difference test has no value. Use fewer items or groups."
        )
    return test.df > 0 and test.p_scaled < level


def _worst_item(ladder: Ladder, number: int, fit: StructureFit) -> tuple[int, int] | None:
    """Return the item and unit whose release helps most among all that might be released."""
    layout = ladder.units.layout
    tried = []
    for item in range(layout.items):
        for unit in range(1, layout.units):
            caps = ladder.caps.copy()
            caps[item, unit] = number - 1
            if ladder.caps[item, unit] < number or _anchors(ladder, caps, number) < FEWEST_ANCHORS:
                continue
            try:
                looser = ladder.fitted(number, caps, fit)
            except EstimationError:
                continue
            test = difference_2000(fit, looser)
            if test.df > 0 and test.scaled > 0:
                tried.append((test.p_scaled, -test.scaled, (item, unit)))
    return min(tried)[2] if tried else None


def _anchors(ladder: Ladder, caps: Caps, number: int) -> int:
    """Return the fewest items of a factor that are still equal in a unit."""
    pattern = ladder.units.layout.pattern
    equal = caps[:, 1:] >= number
    return int(min((equal[pattern[:, factor]].sum(axis=0).min()) for factor in range(pattern.shape[1])))
