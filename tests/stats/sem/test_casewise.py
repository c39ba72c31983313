"""The pull of each row adds up to the covariance that the fit itself gives, and is what leaving rows out does."""

from __future__ import annotations

import numpy as np
import pytest

from trustmeter.psychometrics.comparability.units import layout_of
from trustmeter.stats.sem.fitting import fit_structure
from trustmeter.stats.sem.invariance_steps import INTERCEPTS, depths_at, step_model
from trustmeter.stats.sem.sample import normal_sample, ordinal_sample
from trustmeter.stats.sem.solution.casewise import casewise_pull


def _rows(n, rng, holes):
    y = 0.8 * rng.normal(size=(n, 1)) + 0.6 * rng.normal(size=(n, 4))
    y[rng.random(y.shape) < holes] = np.nan
    return y[~np.isnan(y).all(axis=1)]


def _fit(groups, *, ordinal):
    codes = [np.where(np.isnan(y), -1, np.digitize(np.nan_to_num(y), [-0.6, 0.1, 0.8])) for y in groups]
    sample = ordinal_sample(codes) if ordinal else normal_sample(groups)
    layout = layout_of(sample, np.ones((4, 1), dtype=bool), 2, linked=False)
    return fit_structure(step_model(layout, depths_at(layout, INTERCEPTS)), sample), codes if ordinal else ()


@pytest.mark.parametrize("holes", [0.0, 0.1])
@pytest.mark.parametrize("ordinal", [True, False])
def test_squares_add_up_to_the_covariance_of_the_fit(ordinal, holes):
    rng = np.random.default_rng(5)
    fit, codes = _fit([_rows(n, rng, holes) for n in (300, 260)], ordinal=ordinal)
    pull = casewise_pull(fit, np.eye(len(fit.estimate.theta)), codes)
    assert [len(one) for one in pull] == list(fit.sample.sizes)
    total = sum(one.T @ one for one in pull)
    np.testing.assert_allclose(total, fit.covariance, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("ordinal", [True, False])
def test_pull_is_about_what_leaving_a_row_out_does(ordinal):
    rng = np.random.default_rng(6)
    groups = [_rows(n, rng, 0.0) for n in (400, 380)]
    fit, codes = _fit(groups, ordinal=ordinal)
    pull = casewise_pull(fit, np.eye(len(fit.estimate.theta)), codes)
    out = range(0, 400, 20)
    without = [_fit([np.delete(groups[0], row, axis=0), groups[1]], ordinal=ordinal)[0] for row in out]
    moved = np.array([fit.estimate.theta - one.estimate.theta for one in without])
    told = pull[0][list(out)]
    for place in range(moved.shape[1]):
        if np.std(told[:, place]) > 1e-4:
            assert np.corrcoef(moved[:, place], told[:, place])[0, 1] > 0.97
