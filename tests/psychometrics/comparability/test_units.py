"""Categories that all units share."""

from __future__ import annotations

import numpy as np
import pytest

from trustmeter.psychometrics.comparability.units import shared_categories


def columns(*values: list[int]) -> list[np.ndarray]:
    return [np.array(column, dtype=float) for column in values]


@pytest.mark.parametrize(
    ("answers", "bins"),
    [
        (([1, 2, 3], [1, 2, 3]), [0, 1, 2]),
        (([1, 2, 3, 3, 3], [2, 3, 3, 3]), [0, 0, 1]),
        (([1, 1, 1, 2, 3], [1, 1, 1, 2]), [0, 1, 1]),
        (([1, 2, 3, 4, 5] * 3, [1, 2, 4, 5] * 3), [0, 1, 1, 2, 3]),
        (([1, 2, 3, 4, 5, 5, 5, 5], [4, 5, 5, 5]), [0, 0, 0, 0, 1]),
        (([1, 2], [3, 4]), [0, 0, 0, 0]),
        (([], []), []),
    ],
)
def test_a_category_that_some_unit_lacks_joins_its_neighbour(answers: tuple[list[int], ...], bins: list[int]) -> None:
    assert shared_categories(columns(*answers))[1].tolist() == bins


@pytest.mark.parametrize("seed", range(60))
def test_what_always_holds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    units = [
        rng.choice(rng.permutation(8)[: rng.integers(2, 8)], size=rng.integers(3, 60))
        for _ in range(rng.integers(2, 5))
    ]
    values, bins = shared_categories([unit.astype(float) for unit in units])
    assert values.tolist() == sorted({int(value) for unit in units for value in unit})
    assert bins[0] == 0
    assert set(np.diff(bins)) <= {0, 1}
    if bins[-1] > 0:
        for unit in units:
            assert set(bins[np.searchsorted(values, unit)]) == set(range(bins[-1] + 1))
    if all(set(unit) == set(units[0]) for unit in units):
        assert bins.tolist() == list(range(len(values)))
    again = shared_categories([unit.astype(float) for unit in reversed(units)])[1]
    assert again.tolist() == bins.tolist()
    most = min(len(set(unit)) for unit in units)
    assert bins[-1] + 1 <= most
