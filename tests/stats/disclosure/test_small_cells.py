"""What is hidden stays hidden, also from somebody who knows the rules."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustmeter.errors import DesignError
from trustmeter.stats.disclosure.small_cells import PooledCounts, pool_small_cells, too_small

NAN = math.nan


@pytest.mark.parametrize(
    ("counts", "shown", "pooled"),
    [
        ([60, 31, 12, 7, 5], [60, 31, 12, 7, 5], 0),  # nothing small
        ([0, 0, 9], [0, 0, 9], 0),  # zeros are no small counts
        ([60, 31, 3, 12, 0], [60, 31, NAN, NAN, 0], 15),  # a lone small cell takes the smallest other with it
        ([60, 31, 3, 2, 0], [60, 31, NAN, NAN, 0], 5),  # two that reach the minimum protect each other
        ([60, 31, 1, 2, 0], [60, NAN, NAN, NAN, 0], 34),  # two that do not reach it
        ([3, 20, 20, 9], [NAN, 20, 20, NAN], 12),
        ([3, 20, 20, 40], [NAN, NAN, NAN, 40], 43),  # equal counts are hidden together
        ([1, 1, 1, 1, 1, 30], [NAN] * 6, 35),  # five ones: their sum would tell each
        ([4, 4, 4, 7, 30], [NAN, NAN, NAN, NAN, 30], 19),  # three fours: likewise
        ([4, 4, 4, 0], [NAN] * 4, 12),  # only zeros are left to hide
    ],
)
def test_cells(counts: list[int], shown: list[float], pooled: int) -> None:
    found = pool_small_cells(counts)
    np.testing.assert_array_equal(found.counts, shown)
    np.testing.assert_array_equal(found.hidden, np.isnan(shown))
    assert found.pooled == pooled
    assert found.total == sum(counts)


@pytest.mark.parametrize("counts", [[3, 0, 0], [1], [4], [2, 1], [1, 1, 1, 1, 1], [4, 4, 4, 4, 4]])
def test_a_total_that_gives_cells_away_is_hidden(counts: list[int]) -> None:
    found = pool_small_cells(counts)
    assert math.isnan(found.total)
    assert math.isnan(found.pooled)
    assert found.hidden.all()


def published(found: PooledCounts) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(value) else float(value) for value in (*found.counts, found.total))


@pytest.mark.parametrize(("cells", "largest", "minimum"), [(2, 16, 5), (3, 13, 5), (4, 9, 5), (4, 8, 3), (5, 6, 4)])
def test_nobody_who_knows_the_rules_can_tell_a_hidden_count(cells: int, largest: int, minimum: int) -> None:
    """Every table there is, sorted by what is published of it: each hidden cell must leave two values open."""
    alike: dict[tuple[float | None, ...], list[tuple[int, ...]]] = defaultdict(list)
    for counts in itertools.product(range(largest + 1), repeat=cells):
        alike[published(pool_small_cells(counts, minimum))].append(counts)
    for shown, tables in alike.items():
        for place, value in enumerate(shown[:-1]):
            assert value is not None or len({table[place] for table in tables}) > 1, (shown, tables)


@settings(deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=9), st.integers(1, 9), st.randoms())
def test_no_small_count_is_shown_and_order_does_not_matter(counts: list[int], minimum: int, random) -> None:  # type: ignore[no-untyped-def]
    found = pool_small_cells(counts, minimum)
    shown = found.counts[~found.hidden]
    assert not np.any((shown > 0) & (shown < minimum))
    assert found.hidden.sum() != 1 or math.isnan(found.total)
    assert math.isnan(found.total) or shown.sum() + found.pooled == found.total == sum(counts)
    assert found.pooled == 0 or math.isnan(found.pooled) or found.pooled >= minimum
    order = list(range(len(counts)))
    random.shuffle(order)
    again = pool_small_cells([counts[place] for place in order], minimum)
    np.testing.assert_array_equal(again.counts, found.counts[order])


@pytest.mark.parametrize(
    ("counts", "minimum"), [([1.5, 3], 5), ([-1, 3], 5), ([NAN, 3], 5), ([[1, 2]], 5), (7, 5), ([7, 8], 0)]
)
def test_what_is_no_row_of_counts_is_refused(counts: object, minimum: int) -> None:
    with pytest.raises(DesignError, match="pool_small_cells"):
        pool_small_cells(counts, minimum)  # type: ignore[arg-type]


@pytest.mark.parametrize(("n", "minimum", "expected"), [(0, 10, True), (9, 10, True), (10, 10, False), (29, 30, True)])
def test_too_small(n: int, minimum: int, expected: bool) -> None:
    assert too_small(n, minimum) is expected
