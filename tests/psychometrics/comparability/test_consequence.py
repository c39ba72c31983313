"""Bias in points: the formula by hand, its uncertainty, and what one more item could bring."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy import stats

from trustmeter.errors import EstimationError
from trustmeter.psychometrics.comparability.consequence import Bias, bias_of, unseen_bias
from trustmeter.psychometrics.comparability.ladder import Ladder, Step, climb
from trustmeter.psychometrics.comparability.units import Units, layout_of
from trustmeter.stats.sem.fitting import fit_structure
from trustmeter.stats.sem.invariance_steps import CONFIGURAL, INTERCEPTS, RESIDUALS, depths_at, step_model
from trustmeter.stats.sem.model import filled
from trustmeter.stats.sem.sample import normal_sample, ordinal_sample

CUTS = np.array([-0.8, 0.1, 0.9])
POINTS = np.array([0.0, 100 / 3, 200 / 3, 100.0])


@cache
def units_made(*, ordinal: bool = True, linked: bool = False, n: int = 500, shift: float = 0.4) -> Units:
    rng = np.random.default_rng(12)
    blocks = []
    person = rng.normal(size=(n, 1))
    for unit in range(2):
        f = 0.8 * person + 0.6 * rng.normal(size=(n, 1)) if linked else rng.normal(size=(n, 1))
        y = 0.75 * (f + 0.2 * unit) + 0.66 * rng.normal(size=(n, 4))
        y[:, 1] += shift * unit
        blocks.append(np.digitize(y, CUTS) if ordinal else y)
    rows = [np.hstack(blocks)] if linked else blocks
    sample = ordinal_sample(rows) if ordinal else normal_sample(rows)
    layout = layout_of(sample, np.ones((4, 1), dtype=bool), 2, linked=linked)
    points = (POINTS,) * 4 if ordinal else (np.array([-3.0, 3.0]),) * 4
    return Units("", ("a", "b", "c", "d"), ("A", "B"), layout, sample, points, np.array([n, n]), ())


@cache
def ladder_made(*, ordinal: bool = True, linked: bool = False, n: int = 500, shift: float = 0.4) -> Ladder:
    return climb(units_made(ordinal=ordinal, linked=linked, n=n, shift=shift), 0.05)


def with_item_free(ladder: Ladder, item: int) -> Step:
    caps = np.full((4, 2), RESIDUALS)
    caps[item, 1] = CONFIGURAL
    fit = ladder.fitted(INTERCEPTS, caps, None)
    return Step(INTERCEPTS, fit, ladder.steps[-1].difference, "", (), ladder.steps[-1].full, holds=True)


def by_hand(units: Units, step: Step, item: int) -> float:
    """Return the difference of expected scores over four items, with scipy's normal distribution."""
    model, theta = step.fit.estimate.model, step.fit.estimate.theta
    linked = units.layout.linked
    first, second = filled(model, theta, 0), filled(model, theta, 0 if linked else 1)
    f = int(linked)
    mean, spread = second.alpha[f], second.psi[f, f]

    def expected(made: object, row: int, factor: int) -> float:
        slope = made.loadings[row, factor]
        centre = made.nu[row] + slope * mean
        if not units.layout.ordinal:
            return float(100 * (centre + 3) / 6)
        cuts = made.tau.reshape(-1, 3)[row]
        behind = stats.norm(centre, np.sqrt(slope**2 * spread + made.residuals[row, row]))
        return float(POINTS @ np.diff([0, *behind.cdf(cuts), 1]))

    return (expected(second, f * 4 + item, f) - expected(first, item, 0)) / 4


@pytest.mark.parametrize(("ordinal", "linked"), [(True, False), (True, True), (False, False), (False, True)])
def test_bias_is_its_formula(ordinal: bool, linked: bool) -> None:
    ladder = ladder_made(ordinal=ordinal, linked=linked)
    step = with_item_free(ladder, 1)
    found = bias_of(ladder.units, step, 1, np.array([1]), 0.95)
    assert found.estimate == pytest.approx(by_hand(ladder.units, step, 1), abs=1e-10)
    assert found.low < found.estimate < found.high
    assert bias_of(ladder.units, step, 1, np.array([0]), 0.95).estimate == pytest.approx(
        0, abs=1e-8 if not ordinal else 5
    )


@pytest.mark.parametrize(("ordinal", "linked"), [(True, False), (True, True), (False, False)])
def test_its_standard_error_takes_all_parameters(ordinal: bool, linked: bool) -> None:
    """The gradient over every parameter of the model, none left out."""
    ladder = ladder_made(ordinal=ordinal, linked=linked)
    step = with_item_free(ladder, 1)
    fit = step.fit
    gradient = np.zeros(fit.estimate.model.parameters)
    for number in range(len(gradient)):
        ends = []
        for sign in (1, -1):
            theta = fit.estimate.theta.copy()
            theta[number] += sign * 1e-5
            aside = Step(
                INTERCEPTS,
                replace(fit, estimate=replace(fit.estimate, theta=theta)),
                step.difference,
                "",
                (),
                step.full,
                holds=True,
            )
            ends.append(by_hand(ladder.units, aside, 1))
        gradient[number] = (ends[0] - ends[1]) / 2e-5
    error = np.sqrt(gradient @ fit.covariance @ gradient)
    assert bias_of(ladder.units, step, 1, np.array([1]), 0.95).std_error == pytest.approx(error, rel=1e-6)


def test_items_add_up() -> None:
    ladder = ladder_made()
    step = with_item_free(ladder, 1)
    each = [bias_of(ladder.units, step, 1, np.array([item]), 0.95).estimate for item in range(4)]
    assert bias_of(ladder.units, step, 1, np.arange(4), 0.95).estimate == pytest.approx(sum(each), abs=1e-10)


def test_unseen_bias_is_the_far_limit_over_items_left_free() -> None:
    ladder = ladder_made(shift=0.0)
    worst, which = unseen_bias(ladder, {1: set()}, 0.95)
    step, limits = ladder.last_sound, []
    for item in range(4):
        caps = ladder.caps.copy()
        caps[item, 1] = CONFIGURAL
        fit = fit_structure(
            step_model(ladder.units.layout, depths_at(ladder.units.layout, step.number, caps)), ladder.units.sample
        )
        free = Step(step.number, fit, step.difference, "", (), step.full, holds=True)
        limits.append(bias_of(ladder.units, free, 1, np.array([item]), 0.95).furthest)
    assert worst == pytest.approx(max(limits), rel=1e-5)
    assert which == int(np.argmax(limits))


def test_more_people_leave_less_unseen() -> None:
    few, many = (unseen_bias(ladder_made(shift=0.0, n=n), {1: set()}, 0.95)[0] for n in (200, 2000))
    assert many < few


def test_known_bias_counts_in_what_may_be_unseen() -> None:
    ladder = ladder_made()
    assert ladder.caps[1, 1] < RESIDUALS
    alone, together = (unseen_bias(ladder, {1: items}, 0.95)[0] for items in (set(), {1}))
    known = bias_of(ladder.units, ladder.last_sound, 1, np.array([1]), 0.95)
    assert together > abs(known.estimate)
    assert together >= alone - 1e-9


@pytest.mark.parametrize(("low", "high", "far"), [(-3.0, 1.0, 3.0), (-1.0, 2.0, 2.0), (0.5, 0.7, 0.7)])
def test_the_far_limit(low: float, high: float, far: float) -> None:
    assert Bias((low + high) / 2, 1.0, low, high).furthest == far


def test_a_model_without_answer_is_infinitely_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    ladder = ladder_made()

    def nothing(*_: object) -> None:
        raise EstimationError("no")

    monkeypatch.setattr(type(ladder), "fitted", nothing)
    assert unseen_bias(ladder, {1: set()}, 0.95) == (np.inf, 0)
