"""Does a stricter model fit worse? Tests of two nested models, right for scaled statistics.

A difference of two scaled chi-squares is no chi-square; each test here rescales the difference of the unscaled ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from trustmeter.stats.sem.estimate import Estimate, observed_hessian
from trustmeter.stats.sem.fitting import StructureFit
from trustmeter.stats.sem.model import CovarianceModel, Floats
from trustmeter.stats.sem.sample import NormalSample, OrdinalSample
from trustmeter.stats.sem.testing import ChiSquare, normal_meat, normal_test

ADJUSTED = "Satorra 2000, mean and variance adjusted"


def carried_over(model: CovarianceModel, estimate: Estimate) -> Floats:
    """Return where a search for `model` begins, its cells taken from another model's estimate; means of shared cells."""
    other = estimate.model
    there = np.where(other.free >= 0, estimate.theta[np.maximum(other.free, 0)], other.value)
    places = zip(other.group, other.matrix, other.row, other.col, strict=True)
    known = {tuple(map(int, place)): float(value) for place, value in zip(places, there, strict=True)}
    values = np.array(
        [
            known.get((int(g), int(m), int(r), int(c)), float(value))
            for g, m, r, c, value in zip(model.group, model.matrix, model.row, model.col, model.value, strict=True)
        ]
    )
    free = model.free >= 0
    sums = np.bincount(model.free[free], weights=values[free], minlength=model.parameters)
    return sums / np.bincount(model.free[free], minlength=model.parameters)


def difference_2000(strict: StructureFit, loose: StructureFit) -> ChiSquare:
    """Return the test with the mean and the variance of chi-square, value / scale + shift.

    Satorra (2000), in Heijmans et al. (eds.), doi:10.1007/978-1-4615-4603-0_17, with the constraints read off the two sets of
    derivatives: H = (J1'J1)^-1 J1'J0 spans the strict model inside the loose one, A is its orthogonal complement, and the value
    is distributed as a sum of chi-squares weighted by the eigenvalues of (A P^-1 A')^-1 A P^-1 M P^-1 A'. Of ordered items
    P = J1'W J1 and M = J1'W Gamma W J1; of numbers P is the observed information and M the casewise scores' squares. The
    second-order scale as in Asparouhov & Muthén (2010).
    """
    value, m = _cost(strict, loose)
    if m == 0:
        return ChiSquare(value, 0)
    A = _constraints(np.vstack(_derivatives(loose)), np.vstack(_derivatives(strict)))
    P = loose.slopes.inner if isinstance(loose.sample, OrdinalSample) else loose.information
    PA: Floats = np.asarray(np.linalg.solve(P, A.T), dtype=float)
    M = loose.slopes.meat_along(PA) if isinstance(loose.sample, OrdinalSample) else PA.T @ loose.meat @ PA
    inner = np.linalg.solve(A @ PA, M)
    first, second = float(np.trace(inner)), float(np.sum(inner * inner.T))
    scale = math.sqrt(second / m)
    return ChiSquare(value, m, scale, m - first / scale)


def difference_2001(strict: StructureFit, loose: StructureFit) -> ChiSquare:
    """Return the test for numbers: scale = (df0 c0 - df1 c1) / (df0 - df1), Satorra & Bentler (2001), doi:10.1007/BF02296192.

    The scale may come out negative; then use `difference_2010`.
    """
    value, m = _cost(strict, loose)
    if m == 0:
        return ChiSquare(value, 0)
    strict_test, loose_test = strict.fit.test, loose.fit.test
    return ChiSquare(value, m, (strict_test.df * strict_test.scale - loose_test.df * loose_test.scale) / m)


def difference_2010(strict: StructureFit, loose: StructureFit) -> ChiSquare:
    """Return the test for numbers whose scale is above zero, Satorra & Bentler (2010), doi:10.1007/s11336-009-9135-y.

    The loose model's scale is taken at the strict model's estimates.
    """
    sample, strict_test = loose.sample, strict.fit.test
    if not isinstance(sample, NormalSample):
        raise TypeError("this difference test is for numbers")
    value, m = _cost(strict, loose)
    if m == 0:
        return ChiSquare(value, 0)
    model = loose.estimate.model
    moved = Estimate(model, carried_over(model, strict.estimate), strict.estimate.minimum, True, 0)
    information = observed_hessian(model, moved.theta, sample.groups)
    test = normal_test(moved, sample.free, information, normal_meat(moved, sample.groups, sample.clusters))
    return ChiSquare(value, m, (strict_test.df * strict_test.scale - test.df * test.scale) / m)


def difference_usual(strict: StructureFit, loose: StructureFit) -> tuple[ChiSquare, str]:
    """Return the test that the field's software gives, and its name; for numbers it rejects too often in small samples."""
    if isinstance(loose.sample, OrdinalSample):
        return difference_2000(strict, loose), ADJUSTED
    found = difference_2001(strict, loose)
    if found.df == 0 or found.scale > 0:
        return found, "Satorra-Bentler 2001"
    return difference_2010(strict, loose), "Satorra-Bentler 2010"


def _derivatives(fit: StructureFit) -> Sequence[Floats]:
    """Return the derivatives of each group's moments in the parameters."""
    if isinstance(fit.sample, OrdinalSample):
        return fit.slopes.J
    return [fit.estimate.jacobian(g) for g in range(len(fit.sample.groups))]


def _cost(strict: StructureFit, loose: StructureFit) -> tuple[float, int]:
    """Return how much chi-square the strict model has more, unscaled, and how many degrees of freedom."""
    return strict.distance - loose.distance, strict.freedom - loose.freedom


def _constraints(J1: Floats, J0: Floats) -> Floats:
    """Return rows A with A H = 0: the directions of the loose model (q1) that the strict one forbids."""
    Q, R = np.linalg.qr(J1)
    H = np.linalg.solve(R, Q.T @ J0)
    whole, triangle = np.linalg.qr(H, mode="complete")
    size = np.abs(np.diag(triangle))
    if H.shape[1] <= H.shape[0] and size.min(initial=np.inf) > 1e-6 * size.max(initial=0.0):
        return np.asarray(whole[:, H.shape[1] :].T)
    U, s, _ = np.linalg.svd(H, full_matrices=True)
    rank = int(np.sum(s > 1e-9 * s[0]))
    return np.asarray(U[:, rank:].T)
