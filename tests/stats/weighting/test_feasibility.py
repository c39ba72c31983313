"""Each reason why margins cannot be met is found, and only where it is one."""

from __future__ import annotations

import numpy as np
import pytest

from trustmeter.stats.weighting.calibration import calibrate
from trustmeter.stats.weighting.cells import collapse, indicators
from trustmeter.stats.weighting.feasibility import (
    bounds_obstacle,
    collinear_obstacle,
    joint_obstacle,
    row_obstacles,
    target_obstacles,
)
from trustmeter.stats.weighting.raking import rake


@pytest.mark.parametrize(
    ("targets", "shares", "kind", "margin"),
    [
        ([[1.0, np.nan], [1.0, 1.0]], [False, False], "target_missing", 0),
        ([[1.0, 1.0], [3.0, -1.0]], [False, False], "target_negative", 1),
        ([[1.0, 1.0], [2.0]], [False, False], "one_category", 1),
        ([[0.0, 0.0]], [False], "target_zero_total", 0),
        ([[0.5, 0.4]], [True], "shares_sum", 0),
        ([[1.0, 1.0], [1.0, 2.0]], [False, False], "totals_differ", 1),
    ],
)
def test_targets(targets: list, shares: list, kind: str, margin: int) -> None:
    found = target_obstacles([np.array(one) for one in targets], shares=shares)
    assert [(one.kind, one.margin) for one in found] == [(kind, margin)]


@pytest.mark.parametrize(
    ("codes", "weights", "kind"),
    [
        ([0, 1, 1, 2], [1.0, 1.0, np.nan, 1.0], "weight_missing"),
        ([0, 1, 1, 2], [1.0, 1.0, -1.0, 1.0], "weight_negative"),
        ([0, 1, 1, 2], [0.0, 0.0, 0.0, 0.0], "weights_zero"),
        ([0, 1, -1, 2], [1.0, 1.0, 1.0, 1.0], "row_without_category"),
        ([0, 1, 1, 1], [1.0, 1.0, 1.0, 1.0], "empty_category"),
        ([0, 1, 2, 3], [1.0, 1.0, 1.0, 1.0], "zero_target"),
        ([0, 1, 1, 2], [1.0, 1.0, 1.0, 1.0], None),
    ],
)
def test_rows(codes: list, weights: list, kind: str | None) -> None:
    found = row_obstacles([np.array(codes)], [np.array([1.0, 1.0, 1.0, 0.0])], np.array(weights))
    assert [one.kind for one in found] == ([] if kind is None else [kind])


def test_a_contradiction_names_its_categories() -> None:
    """All of the third age are women, but there are more of that age than there are women."""
    age, sex = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 1, 0, 0])
    cells = collapse([age, sex], [3, 2], np.ones(6))
    found = joint_obstacle(cells, [np.array([20.0, 20.0, 60.0]), np.array([50.0, 50.0])])
    assert found is not None
    assert found.kind == "contradiction"
    assert (found.more, found.fewer) == (((0, 2),), ((1, 0),))
    assert (found.expected, found.found) == pytest.approx((0.6, 0.5))
    edge = joint_obstacle(cells, [np.array([25.0, 25.0, 50.0]), np.array([50.0, 50.0])])
    assert edge is not None
    assert edge.kind == "boundary"
    assert (edge.more, edge.fewer) == (((0, 2),), ((1, 0),))
    assert joint_obstacle(cells, [np.array([30.0, 30.0, 40.0]), np.array([50.0, 50.0])]) is None


def test_what_is_found_is_what_raking_cannot_do() -> None:
    rng, seen = np.random.default_rng(2), {True: 0, False: 0}
    for _ in range(120):
        codes = [rng.integers(0, 3, 10) for _ in range(2)]
        targets = [rng.dirichlet(np.full(3, 4.0)) for _ in codes]
        if row_obstacles(codes, targets, np.ones(10)):
            continue
        found = joint_obstacle(collapse(codes, [3, 3], np.ones(10)), targets)
        met = rake(codes, targets, np.ones(10), max_iterations=5_000, tolerance=1e-8).converged
        assert met == (found is None)
        seen[met] += 1
    assert min(seen.values()) > 3


def test_the_bound_that_would_do_is_told() -> None:
    codes = np.array([[0, 0, 0, 1, 1, 1]])
    x, totals, weights = indicators(codes, [2]), np.array([1.5, 4.5]), np.ones(6)
    high = bounds_obstacle(x, totals, weights, lower=0.2, upper=1.2)
    low = bounds_obstacle(x, totals, weights, lower=0.7, upper=3.0)
    assert high is not None
    assert low is not None
    assert (high.side, high.expected, high.found) == ("upper", pytest.approx(1.5), 1.2)
    assert (low.side, low.expected, low.found) == ("lower", pytest.approx(0.5), 0.7)
    assert bounds_obstacle(x, totals, weights, lower=0.4, upper=1.6) is None
    assert calibrate(x, totals, weights, method="logit", lower=0.4, upper=1.6).converged


def test_totals_that_disagree_with_their_own_sum_are_found() -> None:
    x = np.column_stack([np.arange(5.0), np.ones(5), np.arange(5.0) + 1])
    assert collinear_obstacle(x, np.array([20.0, 10.0, 30.0])) is None
    found = collinear_obstacle(x, np.array([20.0, 10.0, 31.0]))
    assert found is not None
    assert found.kind == "collinear"
    assert found.categories == (0, 1, 2)
