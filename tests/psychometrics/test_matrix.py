"""Items as numbers: waves around their own means, and what divides them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trustmeter.psychometrics.consistency.coefficient import coefficient_rows, hidden_rows
from trustmeter.psychometrics.consistency.sample import Request
from trustmeter.psychometrics.matrix import ItemMatrix, item_matrices


def of_waves(waves: list[int], n: int = 30) -> ItemMatrix:
    rng = np.random.default_rng(2)
    numbers = np.repeat(waves, n)
    x = rng.normal(size=(len(numbers), 1)) + rng.normal(size=(len(numbers), 4)) + numbers[:, None]
    return replace(item_matrices(x, None, "listwise", "alpha")[0], waves=numbers)


def test_the_covariance_within_waves_is_the_pooled_one() -> None:
    matrix = of_waves([0, 1, 2])
    parts = [matrix.values[matrix.waves == wave] for wave in range(3)]
    pooled = sum((len(part) - 1) * np.cov(part.T) for part in parts) / (matrix.n - 3)
    np.testing.assert_allclose(matrix.covariance, pooled, rtol=1e-12)


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_a_wave_without_rows_that_count_does_not_count(missing: str) -> None:
    matrix = replace(of_waves([0, 1, 2]), missing=missing)
    emptied = np.where((matrix.waves == 2)[:, None], np.nan, matrix.answers)
    with_it = replace(matrix, answers=emptied, values=emptied)
    kept = matrix.waves < 2
    without = replace(matrix, answers=matrix.answers[kept], values=matrix.values[kept], waves=matrix.waves[kept])
    np.testing.assert_allclose(with_it.covariance, without.covariance, rtol=1e-12)


def test_hidden_rows_have_the_names_of_those_shown() -> None:
    matrix = item_matrices(np.random.default_rng(1).normal(size=(60, 8)), None, "listwise", "reliability")[0]
    request = Request(("alpha", "split_half", "omega_hierarchical"), 0.95, "adf", "listwise", None, 3)
    shown = list(dict.fromkeys(row["term"] for row in coefficient_rows(matrix, request)[0]))
    assert [row["term"] for row in hidden_rows(matrix, request)] == shown
    pairs = replace(request, missing="pairwise")
    assert [row["term"] for row in coefficient_rows(replace(matrix, missing="pairwise"), pairs)[0]] == shown
