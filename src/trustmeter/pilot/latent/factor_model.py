"""The change by a factor model: ordered items cut from normal variables, or numbers."""

from __future__ import annotations

import math

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.pilot.latent.decomposition import Expected, Floats, Meter, Parts, Trait, decomposed, slopes_along
from trustmeter.pilot.latent.finding import Finding
from trustmeter.pilot.latent.people import People
from trustmeter.psychometrics.comparability.ladder import Ladder, Step, climb, describes
from trustmeter.psychometrics.comparability.units import Units
from trustmeter.stats.sem.fitting import StructureFit
from trustmeter.stats.sem.invariance_steps import INTERCEPTS
from trustmeter.stats.sem.model import CovarianceModel, filled
from trustmeter.stats.sem.solution.casewise import casewise_pull


def sound_step(units: Units, level: float) -> Step:
    """Return the last step of comparability that holds, with the items let go that had to be.

    Raises
    ------
    EstimationError
        When the waves are not comparable, the model does not describe the answers, or a variance is not above zero.
    """
    ladder = climb(units, level)
    scale, step = units.scale, ladder.last_sound
    instead = "Ask item by item (`analyze_items` of each wave), or `compare` the scores and say that the meter may have moved."
    if not describes(ladder.steps[0].fit):
        index = ladder.steps[0].fit.robust
        message = f"One trait does not describe the answers to scale {scale!r} (robust CFI {index.cfi:.2f}, RMSEA {index.rmsea:.2f})"
        raise EstimationError(f"{message}, so its change cannot be told. See `dimensionality`. {instead}")
    if step.number < INTERCEPTS:
        message = (
            f"The waves are not comparable on scale {scale!r}: the step of equal {ladder.steps[-1].name} fails even"
        )
        raise EstimationError(
            f"{message} with items let go, so a change of the trait and of the meter look alike. {instead}"
        )
    alone = Ladder(units, ladder.baseline, level, [step], ladder.caps)
    if alone.improper:
        told = "; ".join(alone.improper).partition(":")[0]
        message = f"The model of scale {scale!r} is improper (a Heywood case): {told}."
        raise EstimationError(f"{message} Leave the item out, or `compare` the scores.")
    return step


def factor_finding(people: People, step: Step) -> Finding:
    """Return the change by the model of a step of comparability."""
    units, fit = people.units, step.fit
    found = parts_at(units, fit.estimate.model, fit.estimate.theta)
    slopes = slopes_of(units, fit)
    pull = casewise_pull(fit, _whole_change(slopes), people.codes)
    return Finding(
        items=units.items, parts=found, slopes=slopes, covariance=fit.covariance, pull=tuple(one[:, 0] for one in pull),
        method="least squares on polychoric correlations" if units.layout.ordinal else "maximum likelihood, robust",
        step=step.name,
    )  # fmt: skip


def parts_at(units: Units, model: CovarianceModel, theta: Floats) -> Parts:
    """Return the parts of the change at some parameters (q,)."""
    before, after = (_unit(units, model, theta, number) for number in (0, 1))
    return decomposed(before, after, expected_by(units), _stability(units, model, theta))


def slopes_of(units: Units, fit: StructureFit) -> Floats:
    """Return the derivatives of the parts in the parameters, shape (q, 5 + 2 k)."""
    model = fit.estimate.model
    return slopes_along(lambda theta: parts_at(units, model, theta), fit.estimate.theta)


def expected_by(units: Units) -> Expected:
    """Return how the expected points of items are found."""
    return _of_ordered(units) if units.layout.ordinal else _of_numbers(units)


def _of_numbers(units: Units) -> Expected:
    low, high = np.array(units.points).T

    def expected(meter: Meter, trait: Trait) -> Floats:
        return np.asarray(100 * (meter.intercepts + meter.loadings * trait.mean - low) / (high - low))

    return expected


def _of_ordered(units: Units) -> Expected:
    """Points of the highest category, less what each threshold holds back: sum_c (p_c+1 - p_c) Phi((tau_c - m) / s)."""
    owner = np.repeat(np.arange(units.layout.items), np.diff(units.layout.threshold_places))
    held_back = np.concatenate([np.diff(points) for points in units.points])
    top = np.array([points[-1] for points in units.points])

    def expected(meter: Meter, trait: Trait) -> Floats:
        centre = meter.intercepts + meter.loadings * trait.mean
        width = np.sqrt(meter.loadings**2 * trait.variance + meter.residuals)
        below = scipy.special.ndtr((meter.thresholds - centre[owner]) / width[owner])
        return np.asarray(top - np.bincount(owner, weights=held_back * below, minlength=len(top)))

    return expected


def _whole_change(slopes: Floats) -> Floats:
    """Return the derivatives of all that the model says of the score's change, shape (q, 1)."""
    return np.asarray(slopes[:, 3:].sum(axis=1, keepdims=True))


def _unit(units: Units, model: CovarianceModel, theta: Floats, unit: int) -> tuple[Meter, Trait]:
    group, at = (0, unit) if units.layout.linked else (unit, 0)
    made = filled(model, theta, group)
    k, T = units.layout.items, int(units.layout.threshold_places[-1])
    rows = slice(at * k, (at + 1) * k)
    meter = Meter(
        made.loadings[rows, at], made.nu[rows], np.diag(made.residuals)[rows], made.tau[at * T : (at + 1) * T]
    )
    return meter, Trait(float(made.alpha[at]), float(made.psi[at, at]))


def _stability(units: Units, model: CovarianceModel, theta: Floats) -> float:
    if not units.layout.linked:
        return math.nan
    psi = filled(model, theta, 0).psi
    return float(psi[1, 0] / math.sqrt(psi[0, 0] * psi[1, 1]))
