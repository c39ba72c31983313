"""The parts of a change: closed forms that they must collapse to, and a naive computation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from trustmeter.pilot.latent.decomposition import Meter, Trait, decomposed, slopes_along
from trustmeter.pilot.latent.factor_model import expected_by
from trustmeter.psychometrics.comparability.units import Units, layout_of
from trustmeter.stats.sem.sample import normal_sample, ordinal_sample

K = 4
RNG = np.random.default_rng(2)
Y = 0.8 * RNG.normal(size=(300, 1)) + 0.6 * RNG.normal(size=(300, K))


def _units(*, ordinal):
    codes = np.digitize(Y, [-0.5, 0.6])
    sample = ordinal_sample([codes, codes]) if ordinal else normal_sample([Y, Y])
    points = tuple(np.array([0.0, 50.0, 100.0]) if ordinal else np.array([-5.0, 5.0]) for _ in range(K))
    layout = layout_of(sample, np.ones((K, 1), dtype=bool), 2, linked=False)
    return Units("", ("a", "b", "c", "d"), ("1", "2"), layout, sample, points, np.array([300, 300]), ())


def _meter(seed):
    rng = np.random.default_rng(seed)
    cuts = np.sort(rng.normal(size=(K, 2)), axis=1).ravel()
    return Meter(0.5 + rng.random(K), 0.2 * rng.normal(size=K), 0.5 + rng.random(K), cuts)


def test_numbers_split_as_oort_has_it():
    before, after = _meter(1), _meter(2)
    found = decomposed(
        (before, Trait(0.0, 1.0)), (after, Trait(0.4, 1.3)), expected_by(_units(ordinal=False)), math.nan
    )
    gain = 100 / 10 / K
    assert found.mean_points == pytest.approx(gain * before.loadings.sum() * 0.4)
    assert found.spread_points == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(found.reprioritization, gain * (after.loadings - before.loadings) * 0.4, atol=1e-12)
    np.testing.assert_allclose(found.recalibration, gain * (after.intercepts - before.intercepts), atol=1e-12)


def test_expected_points_of_ordered_items_are_what_many_people_would_have():
    meter, trait = _meter(3), Trait(0.3, 1.4)
    rng = np.random.default_rng(9)
    factor = trait.mean + math.sqrt(trait.variance) * rng.normal(size=400_000)
    told = expected_by(_units(ordinal=True))(meter, trait)
    for item in range(K):
        y = meter.intercepts[item] + meter.loadings[item] * factor
        y = y + math.sqrt(meter.residuals[item]) * rng.normal(size=len(factor))
        points = 50.0 * np.digitize(y, meter.thresholds[2 * item : 2 * item + 2])
        assert abs(told[item] - points.mean()) < 5 * points.std() / math.sqrt(len(points))


def test_parts_add_up_whatever_the_meters_are():
    expected = expected_by(_units(ordinal=True))
    before, after = (_meter(4), Trait(0.1, 0.9)), (_meter(5), Trait(0.5, 1.6))
    found = decomposed(before, after, expected, math.nan)
    whole = (expected(*after) - expected(*before)).sum() / K
    assert found.vector[3:].sum() == pytest.approx(whole, abs=1e-12)
    assert found.latent == pytest.approx(0.4 / math.sqrt(0.9))
    turned = decomposed(after, before, expected, math.nan)
    assert turned.vector[3:].sum() == pytest.approx(-whole, abs=1e-12)


def test_slopes_are_the_derivatives():
    expected = expected_by(_units(ordinal=True))
    before, meter = (_meter(6), Trait(0.0, 1.0)), _meter(7)

    def parts_at(theta):
        moved = meter._replace(loadings=meter.loadings + np.array([theta[0], 0, 0, 0]))
        return decomposed(before, (moved, Trait(theta[1], math.exp(theta[2]))), expected, math.nan)

    theta = np.array([0.1, 0.3, 0.2])
    slopes = slopes_along(parts_at, theta)
    assert slopes[1, 0] == pytest.approx(1.0, abs=1e-9)
    assert slopes[2, 1] == pytest.approx(math.exp(0.2), abs=1e-8)
    assert (slopes[:, 2] == 0).all()
    step = np.array([1e-3, 0.0, 0.0])
    wide = (parts_at(theta + step).vector - parts_at(theta - step).vector) / 2e-3
    np.testing.assert_allclose(slopes[0, 5:], wide[5:], atol=1e-4)
