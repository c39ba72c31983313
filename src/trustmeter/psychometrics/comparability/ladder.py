"""The steps of comparability, taken one by one; where a step fails, the items that make it fail are released."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.psychometrics.comparability.units import Units
from trustmeter.stats.sem.difference import carried_over, difference_test
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
from trustmeter.stats.sem.testing import ChiSquare

STEP_NAMES = {
    CONFIGURAL: "configural", THRESHOLDS: "thresholds", LOADINGS: "loadings", INTERCEPTS: "intercepts", RESIDUALS: "residuals",
}  # fmt: skip
FEWEST_ANCHORS = 2
"""Items of a factor that must stay equal; with fewer, nothing holds the units' scales together."""

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
    """

    units: Units
    baseline: Tests
    level: float
    steps: list[Step] = field(default_factory=list)
    caps: Caps = field(default_factory=lambda: np.zeros((0, 0), dtype=np.intp))

    @property
    def last_sound(self) -> Step:
        """The last step that holds (the first step always counts)."""
        return [step for step in self.steps if step.holds][-1] if self.steps[0].holds else self.steps[0]

    def fitted(self, number: int, caps: Caps, near: StructureFit | None) -> StructureFit:
        """Return a step's model fitted with some items held back.

        Raises
        ------
        EstimationError
            When the model is not identified, or the search does not come to rest.
        """
        layout = self.units.layout
        model = step_model(layout, depths_at(layout, number, caps))
        start = None if near is None else carried_over(model, near.estimate)
        found = fit_structure(model, self.units.sample, baseline=self.baseline, start=start)
        if start is not None and not found.estimate.converged:
            found = fit_structure(model, self.units.sample, baseline=self.baseline)
        where = f"the model of step '{STEP_NAMES[number]}'" + (
            f" of scale {self.units.scale!r}" if self.units.scale else ""
        )
        if not found.estimate.converged:
            raise EstimationError(f"The search for {where} did not come to rest. Use fewer items, or join groups.")
        if np.isnan(found.covariance).any():
            raise EstimationError(
                f"What {where} asks for is not identified by these answers. Use more items, or join groups."
            )
        return found


def climb(units: Units, level: float) -> Ladder:
    """Take all steps; a step that fails is taken again with items released, by `_released`, or is the last one."""
    ladder = Ladder(units, baseline_tests(units.sample), level)
    ladder.caps = np.full((units.layout.items, units.layout.units), RESIDUALS, dtype=np.intp)
    first = ladder.fitted(CONFIGURAL, ladder.caps, None)
    none = ChiSquare(0.0, 0)
    ladder.steps.append(Step(CONFIGURAL, first, none, "", (), none, holds=True))
    for number in steps_of(units.layout)[1:]:
        step = _next_step(ladder, number)
        ladder.steps.append(step)
        if not step.holds:
            break
    return ladder


def _next_step(ladder: Ladder, number: int) -> Step:
    before = ladder.steps[-1]
    fit = ladder.fitted(number, ladder.caps, before.fit)
    test, name = difference_test(fit, before.fit)
    full, released, anchored = test, [], True
    while _fails(test, ladder.level):
        worst = _worst_item(ladder, number, fit)
        if worst is None:
            break
        caps = ladder.caps.copy()
        caps[worst] = number - 1
        anchored = _anchors(ladder, caps, number) >= FEWEST_ANCHORS
        if not anchored:
            break
        ladder.caps = caps
        released.append(worst)
        fit = ladder.fitted(number, caps, fit)
        test, name = difference_test(fit, before.fit)
    return Step(number, fit, test, name, tuple(released), full, holds=anchored and not _fails(test, ladder.level))


def _fails(test: ChiSquare, level: float) -> bool:
    return test.df > 0 and test.p_scaled < level


def _worst_item(ladder: Ladder, number: int, fit: StructureFit) -> tuple[int, int] | None:
    """Return the item and unit whose release helps most, if the test of its release rejects."""
    layout = ladder.units.layout
    places = [
        (item, unit)
        for item in range(layout.items)
        for unit in range(1, layout.units)
        if ladder.caps[item, unit] >= number
    ]
    best, place = ladder.level, None
    for item, unit in places:
        caps = ladder.caps.copy()
        caps[item, unit] = number - 1
        try:
            looser = ladder.fitted(number, caps, fit)
        except EstimationError:
            continue
        test = difference_test(fit, looser)[0]
        if test.df > 0 and test.p_scaled < best:
            best, place = test.p_scaled, (item, unit)
    return place


def _anchors(ladder: Ladder, caps: Caps, number: int) -> int:
    """Return the fewest items of a factor that are still equal in a unit."""
    pattern = ladder.units.layout.pattern
    equal = caps[:, 1:] >= number
    return int(min((equal[pattern[:, factor]].sum(axis=0).min()) for factor in range(pattern.shape[1])))
