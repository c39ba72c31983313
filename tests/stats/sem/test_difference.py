"""Difference tests: their formulas done the long way, and what must collapse."""

from __future__ import annotations

import numpy as np
import pytest

from trustmeter.stats.sem.difference import (
    carried_over,
    difference_2000,
    difference_2001,
    difference_2010,
    difference_usual,
)
from trustmeter.stats.sem.fitting import StructureFit, fit_structure
from trustmeter.stats.sem.model import LAMBDA, PSI, THETA, CovarianceModel, Drafting
from trustmeter.stats.sem.sample import NormalSample, OrdinalSample, normal_sample, ordinal_sample

CUTS = np.array([-0.3, 0.6, 1.2])


def answers(*, ordinal: bool, seed: int = 4) -> NormalSample | OrdinalSample:
    rng = np.random.default_rng(seed)
    y = 0.7 * rng.normal(size=(350, 1)) + 0.7 * rng.normal(size=(350, 5))
    return ordinal_sample([np.digitize(y, CUTS)]) if ordinal else normal_sample([np.exp(0.5 * y)])


def model(sample: NormalSample | OrdinalSample, *, equal: bool) -> CovarianceModel:
    """One factor; loadings equal or not."""
    ordinal = isinstance(sample, OrdinalSample)
    levels = sample.groups[0].levels if isinstance(sample, OrdinalSample) else None
    draft = Drafting(5, 1, 1, metric="delta" if ordinal else "continuous", means=ordinal, levels=levels)
    for item in range(5):
        draft.free((0, LAMBDA, item, 0), 0.6, "loading" if equal else None)
        if not ordinal:
            draft.free((0, THETA, item, item), 0.5)
        else:
            draft.fix((0, THETA, item, item), 0.5)
    draft.fix((0, PSI, 0, 0), 1.0)
    if isinstance(sample, OrdinalSample):
        for place, value in enumerate(sample.groups[0].thresholds):
            draft.free((0, 6, place, 0), float(value))
    return draft.model()


def pair(*, ordinal: bool) -> tuple[StructureFit, StructureFit]:
    sample = answers(ordinal=ordinal)
    return fit_structure(model(sample, equal=True), sample), fit_structure(model(sample, equal=False), sample)


def test_satorra_2000_is_the_quadratic_form_of_explicit_constraints() -> None:
    """With A written down (equal loadings) the eigenvalues of U Gamma give the scale and the shift.

    The kernel, as lavaan's default, reads A off derivatives at the estimates of both models, which are not at one point.
    """
    strict, loose = pair(ordinal=True)
    sample = loose.sample
    assert isinstance(sample, OrdinalSample)
    J, W, gamma = loose.estimate.jacobian(0), np.diag(sample.targets[0].weight), sample.gammas[0]
    q, cells = loose.estimate.model.parameters, loose.estimate.model
    loadings = cells.free[cells.matrix == LAMBDA]
    A = np.zeros((4, q))
    for row in range(4):
        A[row, loadings[row]], A[row, loadings[row + 1]] = 1.0, -1.0
    inverse = np.linalg.inv(J.T @ W @ J)
    middle = inverse @ A.T @ np.linalg.inv(A @ inverse @ A.T) @ A @ inverse
    values = np.linalg.eigvals(W @ J @ middle @ J.T @ W @ gamma).real
    scale = np.sqrt(np.sum(values**2) / 4)
    test = difference_2000(strict, loose)
    assert test.df == 4
    assert test.scale == pytest.approx(scale, rel=2e-3)
    assert test.shift == pytest.approx(4 - values.sum() / scale, abs=1e-2)
    assert test.value == pytest.approx(strict.fit.test.value - loose.fit.test.value, abs=1e-10)


def test_satorra_bentler_2001_is_its_formula() -> None:
    strict, loose = pair(ordinal=False)
    a, b = strict.fit.test, loose.fit.test
    scale = (a.df * a.scale - b.df * b.scale) / (a.df - b.df)
    assert difference_2001(strict, loose).scaled == pytest.approx((a.value - b.value) / scale, rel=1e-12)


def test_satorra_bentler_2010_scales_at_the_strict_estimates() -> None:
    strict, loose = pair(ordinal=False)
    found = difference_2010(strict, loose)
    assert found.scale > 0
    assert found.value == pytest.approx(difference_2001(strict, loose).value)
    assert found.scaled == pytest.approx(difference_2001(strict, loose).scaled, rel=0.3)


@pytest.mark.parametrize("ordinal", [True, False])
def test_a_model_against_itself_costs_nothing(ordinal: bool) -> None:
    loose = pair(ordinal=ordinal)[1]
    found, _ = difference_usual(loose, loose)
    assert (found.df, found.value) == (0, 0.0)
    assert np.isnan(found.p_scaled)


def test_the_test_goes_with_the_sample() -> None:
    assert "2000" in difference_usual(*pair(ordinal=True))[1]
    assert "2001" in difference_usual(*pair(ordinal=False))[1]
    with pytest.raises(TypeError):
        difference_2010(*pair(ordinal=True))


def test_a_search_starts_at_the_means_of_shared_cells() -> None:
    strict, loose = pair(ordinal=False)
    start = carried_over(strict.estimate.model, loose.estimate)
    cells = loose.estimate.model
    loadings = loose.estimate.theta[cells.free[cells.matrix == LAMBDA]]
    model = strict.estimate.model
    assert start[model.free[model.matrix == LAMBDA]] == pytest.approx(np.full(5, loadings.mean()))
    np.testing.assert_allclose(carried_over(cells, loose.estimate), loose.estimate.theta)


def test_the_adjusted_test_of_numbers_has_the_mean_of_its_weights() -> None:
    """Normal complete answers: the weights are near one, so that all tests agree; skewed ones: the mean is that of 2001."""
    strict, loose = pair(ordinal=False)
    adjusted, usual = difference_2000(strict, loose), difference_2001(strict, loose)
    assert (adjusted.value, adjusted.df) == (usual.value, usual.df)
    mean = (adjusted.df - adjusted.shift) * adjusted.scale / adjusted.df
    assert mean == pytest.approx(usual.scale, rel=0.15)
