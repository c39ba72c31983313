"""The change by a graded response model of two groups of different people."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.pilot.latent.decomposition import Expected, Floats, Meter, Parts, Trait, decomposed, slopes_along
from trustmeter.pilot.latent.finding import Finding
from trustmeter.pilot.latent.people import People
from trustmeter.psychometrics.comparability.units import Units
from trustmeter.stats.irt.calibration import fit_irt
from trustmeter.stats.irt.model import IrtFit

FEWEST_ANCHORS = 2


def graded_finding(people: People, free: tuple[int, ...], step: str) -> Finding:
    """Return the change by a graded model in which the `free` items differ between the waves.

    Raises
    ------
    EstimationError
        When the answers are numbers, people are linked, fewer than two items stay equal, or the model cannot be estimated.
    """
    units = people.units
    if units.layout.linked:
        message = "An item response model of two waves needs different people: here the same people answered twice."
        raise EstimationError(f"{message} Use `model='cfa'`, which allows for that.")
    if not units.layout.ordinal:
        raise EstimationError(
            "An item response model needs ordered answers of at most seven categories. Use `model='cfa'`."
        )
    if units.layout.items - len(free) < FEWEST_ANCHORS:
        message = f"An item response model needs {FEWEST_ANCHORS} items that work alike in both waves in all respects."
        raise EstimationError(
            f"{message} Scale {units.scale!r} has {units.layout.items - len(free)}. Use `model='cfa'`."
        )
    wave = np.repeat(np.arange(2), [len(part) for part in people.codes])
    fit = fit_irt(np.vstack(people.codes), "graded", groups=wave, free=frozenset(free))
    if not fit.converged:
        raise EstimationError(
            f"The search for the graded model of scale {units.scale!r} did not come to rest. Use `model='cfa'`."
        )
    expected = expected_by(units, fit)

    def parts_at(vector: Floats) -> Parts:
        before, after = (_wave(_filled(fit, vector), number) for number in (0, 1))
        return decomposed(before, after, expected, math.nan)

    vector = _vector(fit)
    return Finding(
        items=units.items, parts=parts_at(vector), slopes=slopes_along(parts_at, vector), covariance=fit.robust_covariance,
        pull=(), method="graded response model, robust", step=step,
    )  # fmt: skip


def expected_by(units: Units, fit: IrtFit) -> Expected:
    """Return how the expected points of items are found: over the nodes of the trait, the points of answers taken."""
    owner = np.repeat(np.arange(units.layout.items), np.diff(units.layout.threshold_places))
    gains = np.concatenate([np.diff(points) for points in units.points])
    lowest = np.array([points[0] for points in units.points])
    grid = fit.grid
    weights = np.exp(grid.log_weight)

    def expected(meter: Meter, trait: Trait) -> Floats:
        nodes = trait.mean + math.sqrt(trait.variance) * grid.x
        reached = scipy.special.expit(meter.loadings[owner] * nodes[:, None] - meter.thresholds)
        return np.asarray(lowest + np.bincount(owner, weights=gains * (weights @ reached), minlength=len(lowest)))

    return expected


def _wave(fit: IrtFit, wave: int) -> tuple[Meter, Trait]:
    k = fit.slopes.shape[1]
    steps = fit.intercepts[wave]
    meter = Meter(fit.slopes[wave], np.zeros(k), np.ones(k), -steps[~np.isnan(steps)])
    return meter, Trait(float(fit.means[wave]), float(fit.variances[wave]))


def _vector(fit: IrtFit) -> Floats:
    """Return the estimated numbers in the order of their covariance."""
    vector = np.empty(fit.layout.size)
    for places, values in _places(fit):
        vector[places[places >= 0]] = values[places >= 0]
    return vector


def _filled(fit: IrtFit, vector: Floats) -> IrtFit:
    slopes, intercepts, means, variances = (
        np.where(places >= 0, vector[np.maximum(places, 0)], values) for places, values in _places(fit)
    )
    return replace(fit, slopes=slopes, intercepts=intercepts, means=means, variances=variances)


def _places(fit: IrtFit) -> tuple[tuple[np.ndarray[tuple[int, ...], np.dtype[np.intp]], Floats], ...]:
    layout = fit.layout
    return (
        (layout.slopes, fit.slopes), (layout.intercepts, fit.intercepts), (layout.means, fit.means),
        (layout.spreads, fit.variances),
    )  # fmt: skip
