"""After suppression no small count can be worked out, by an attacker that the code does not know; and no set is cheaper."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trustmeter.errors import DesignError, EstimationError
from trustmeter.stats.disclosure.bounds import audit, cell_bounds
from trustmeter.stats.disclosure.margins import is_margin, margin_equations, margin_lines, places_of, with_margins
from trustmeter.stats.disclosure.pattern import Attacker, cheapest_pattern
from trustmeter.stats.disclosure.primary import (
    COMPLEMENTARY,
    DOMINANCE,
    P_PERCENT,
    SHOWN,
    THRESHOLD,
    small_counts,
    unsafe_sums,
)
from trustmeter.stats.disclosure.suppression import Sums, SuppressedTable, hiding_cost, suppress

SHOW = 5
EXACT = 1e-6
"""The solver keeps constraints to 1e-7; the bounds of tables of whole numbers are whole."""

TABLES = st.one_of(
    arrays(np.int64, st.tuples(st.integers(2, 6)), elements=st.integers(0, 12)),
    arrays(
        np.int64,
        st.tuples(st.integers(1, 4), st.integers(2, 4)),
        elements=st.sampled_from([0, 1, 2, 3, 4, 5, 7, 12, 40]),
    ),
    arrays(
        np.int64, st.tuples(st.just(2), st.integers(2, 3), st.just(2)), elements=st.sampled_from([0, 1, 3, 6, 9, 25])
    ),
)


def worked_out(shown: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An attacker written apart from the package: unknown are the inner cells; every shown figure is one sum of them."""
    inner = tuple(length - 1 for length in shown.shape)
    n = int(np.prod(inner))
    picked = []
    for place in np.ndindex(shown.shape):
        part = tuple(slice(None) if at == length else at for at, length in zip(place, inner, strict=True))
        row = np.zeros(inner)
        row[part] = 1.0
        picked.append(row.ravel())
    rows, figures = np.array(picked), shown.ravel()
    known = ~np.isnan(figures)
    low, high = true.ravel().astype(float), true.ravel().astype(float)
    for place in np.flatnonzero(~known):
        for sign, side in ((1, low), (-1, high)):
            found = scipy.optimize.linprog(
                sign * rows[place], A_eq=rows[known] if known.any() else None,
                b_eq=figures[known] if known.any() else None, bounds=[(0, None)] * n, method="highs-ds",
            )  # fmt: skip
            side[place] = sign * found.fun if found.status == 0 else np.inf
    return low.reshape(shown.shape), high.reshape(shown.shape)


def assert_safe(safe: SuppressedTable, true: np.ndarray) -> None:
    low, high = worked_out(safe.cells, true)
    small = (true > 0) & (true < SHOW)
    assert safe.hidden[small].all()
    assert np.all(low[small] <= np.maximum(true[small] - 2, 0) + EXACT)
    assert np.all(high[small] >= true[small] + 2 - EXACT)
    assert np.all(high[small] - low[small] >= SHOW - EXACT)
    np.testing.assert_allclose(low[safe.hidden], safe.low[safe.hidden], atol=EXACT)
    np.testing.assert_allclose(high[safe.hidden], safe.high[safe.hidden], atol=EXACT)


@settings(max_examples=40, deadline=None)
@given(TABLES)
def test_no_small_count_can_be_worked_out_by_an_independent_attacker(counts: np.ndarray) -> None:
    safe, true = suppress(counts), with_margins(counts)
    assert_safe(safe, true)
    np.testing.assert_array_equal(safe.cells[~safe.hidden], true[~safe.hidden])


@settings(max_examples=25, deadline=None)
@given(TABLES)
def test_who_knows_the_reasons_is_left_with_two_possible_counts(counts: np.ndarray) -> None:
    safe, true = suppress(counts), with_margins(counts)
    if not safe.reasons_safe:
        return
    primary = safe.reasons == THRESHOLD
    added = safe.reasons == COMPLEMENTARY
    lower = np.where(primary, 1.0, np.where(added & (true > 0), SHOW, 0.0))
    low, high = audit(
        margin_equations(true.shape), true, safe.hidden, lower=lower, upper=np.where(primary, SHOW - 1.0, np.inf)
    )
    assert np.all(high[primary] - low[primary] >= 1 - EXACT)


@pytest.mark.parametrize("cost", ["count", "log"])
@pytest.mark.parametrize(
    "counts",
    [
        [3, 9, 20],
        [1, 5, 60, 8],
        [2, 0, 0, 40],
        [1, 1, 1, 1, 30],
        [[3, 20, 30], [25, 12, 40]],
        [[3, 20], [25, 12], [6, 31]],
        [[1, 0, 8], [0, 9, 0], [20, 6, 7]],
        [[4, 4], [40, 50]],
        [[0, 3], [7, 0]],
        [[[3, 9]], [[8, 20]]],
    ],
)  # fmt: skip
def test_no_set_of_hidden_cells_is_cheaper(counts: list, cost: str) -> None:
    """All subsets are tried, against bounds found by `audit`."""
    true = with_margins(counts)
    price, equations = hiding_cost(true, cost), margin_equations(true.shape)
    flat, must = true.ravel(), small_counts(true, SHOW).ravel() == THRESHOLD
    small = np.flatnonzero(must)
    free = [place for place in range(true.size - 1) if not must[place]]
    safe = suppress(counts, cost=cost)
    assert safe.optimal
    assert safe.reasons_safe
    assert safe.total_shown
    paid = price[safe.hidden.ravel()].sum()

    def enough(hidden: np.ndarray) -> bool:
        low, high = audit(equations, flat, hidden)
        wide = (low[small] <= np.maximum(flat[small] - 2, 0)) & (high[small] >= flat[small] + 2)
        if not np.all(wide & (high[small] - low[small] >= SHOW)):
            return False
        lower = np.where(must, 1.0, np.where(flat >= SHOW, SHOW, 0.0))
        low, high = audit(equations, flat, hidden, lower=lower, upper=np.where(must, SHOW - 1.0, np.inf))
        return bool(np.all(high[small] - low[small] >= 1))

    alone = [line for line in margin_lines(true.shape)]
    for number in range(len(free) + 1):
        for more in itertools.combinations(free, number):
            hidden = must.copy()
            hidden[list(more)] = True
            lonely = any(hidden[line].sum() == 1 for line in alone)
            if not lonely and price[hidden].sum() < paid - EXACT:
                assert not enough(hidden)
    assert enough(safe.hidden.ravel())


@settings(max_examples=20, deadline=None)
@given(arrays(np.int64, (3, 4), elements=st.sampled_from([0, 1, 2, 4, 6, 11, 30])), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_does_not_change_what_is_lost(counts: np.ndarray, random: object) -> None:
    rows, columns = list(range(3)), list(range(4))
    random.shuffle(rows)
    random.shuffle(columns)
    costs = []
    for table in (counts, counts[np.ix_(rows, columns)], counts.T):
        safe = suppress(table)
        costs.append((hiding_cost(with_margins(table))[safe.hidden.ravel()].sum(), safe.reasons_safe))
    assert costs[0] == costs[1] == costs[2]


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    safe = suppress([[10, 0], [5, 30]])
    assert not safe.hidden.any()
    assert safe.optimal
    assert safe.reasons_safe


def test_zeros_and_margins_are_last_resorts() -> None:
    safe = suppress([[3, 0, 40], [30, 0, 50], [60, 70, 80]])
    assert not (safe.hidden & is_margin(safe.cells.shape)).any()
    assert safe.cells[0, 1] == safe.cells[1, 1] == 0
    alone = suppress([[3, 0], [0, 60]])
    assert alone.hidden[0, 0] and alone.hidden[0, 2] and alone.hidden[2, 0]
    assert alone.total_shown


def test_reasons_are_kept_back_where_they_would_give_counts_away() -> None:
    """Four ones and their sum of four: who knew that all five lie between 1 and 4 would know them."""
    safe = suppress([[1, 1, 1, 1], [20, 30, 40, 50]])
    assert not safe.reasons_safe
    assert_safe(safe, with_margins([[1, 1, 1, 1], [20, 30, 40, 50]]))


def test_cells_added_when_time_is_over_are_safe_too() -> None:
    counts = np.random.default_rng(4).poisson(np.random.default_rng(5).gamma(1.0, 12.0, (5, 4)))
    best, hasty = suppress(counts), suppress(counts, time_limit=0.0)
    assert best.optimal
    assert not hasty.optimal
    assert_safe(hasty, with_margins(counts))
    price = hiding_cost(with_margins(counts))
    assert price[hasty.hidden.ravel()].sum() >= price[best.hidden.ravel()].sum()


def test_cells_that_were_added_in_haste_are_taken_back_where_that_is_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = np.random.default_rng(6).poisson(np.random.default_rng(7).gamma(1.0, 12.0, (5, 4)))
    best = suppress(counts)
    hasty = suppress(counts, time_limit=0.0)
    monkeypatch.setattr("trustmeter.stats.disclosure.pattern._Master.cheapest", lambda *_: None)
    tidied = suppress(counts, time_limit=60.0)
    price = hiding_cost(with_margins(counts))
    costs = [price[safe.hidden.ravel()].sum() for safe in (best, tidied, hasty)]
    assert costs == sorted(costs)
    assert not tidied.optimal
    assert_safe(tidied, with_margins(counts))


def test_rows_about_few_people_are_hidden_but_for_their_total() -> None:
    safe = suppress([[6, 2, 0], [30, 25, 40], [20, 31, 28]], fewest_in_row=10)
    assert np.isnan(safe.cells[0, :3]).all()
    assert safe.cells[0, 3] == 8


def test_where_the_other_cells_must_be_shown_there_is_no_safe_set() -> None:
    equations = margin_equations((3,))
    values = np.array([3.0, 9.0, 12.0])
    bounds = (np.zeros(3), np.full(3, np.inf))
    attacker = Attacker(values, *bounds, np.array([0]), np.array([2.0]), np.array([2.0]), np.array([5.0]))
    hide = np.array([True, False, False])
    assert cheapest_pattern(equations, np.ones(3), hide, np.array([False, True, True]), [attacker]) is None


@pytest.mark.parametrize("counts", [[-1, 5], [1.5, 2], [], np.zeros((2, 2, 2, 2)), [np.nan, 3]])
def test_what_are_no_counts_is_refused(counts: list) -> None:
    with pytest.raises(DesignError):
        suppress(counts)


def test_an_unknown_cost_is_refused() -> None:
    with pytest.raises(DesignError, match="'count' or 'log'"):
        suppress([3, 20], cost="cells")  # type: ignore[arg-type]


# ---- sums and contributions


def test_dominance_and_p_percent_as_defined() -> None:
    """Four firms of 90, 8, 1, 1; of 50, 30, 20; of 60, 20, 4, 1, by hand."""
    groups = [[90, 8, 1, 1], [50, 30, 20], [60, 20, 4, 1], [10] * 10]
    positions = np.repeat(np.arange(4), [len(group) for group in groups])[:, np.newaxis]
    codes, distance = unsafe_sums(positions, np.concatenate(groups), (5,))
    assert codes.tolist() == [DOMINANCE, SHOWN, DOMINANCE, SHOWN, SHOWN]
    assert distance[0] == pytest.approx(max(0.1 * 90 - 2, 98 / 0.9 - 100))
    assert distance[2] == pytest.approx(max(0.1 * 60 - 5, 80 / 0.9 - 85))
    codes, _ = unsafe_sums(positions, np.concatenate(groups), (5,), dominance=(2, 0.999), p_percent=50)
    assert codes.tolist() == [P_PERCENT, P_PERCENT, P_PERCENT, SHOWN, SHOWN]


def test_sums_of_two_people_are_always_unsafe_and_margins_are_judged_too() -> None:
    positions = np.array([[0, 0], [0, 0], [0, 1], [1, 0], [1, 1]])
    codes, _ = unsafe_sums(positions, [5.0, 5.0, 5.0, 5.0, 5.0], (3, 3))
    assert codes[0, 0] == DOMINANCE
    assert codes[2, 2] == SHOWN
    with pytest.raises(DesignError, match="zero or more"):
        unsafe_sums(positions, [-5.0, 5.0, 5.0, 5.0, 5.0], (3, 3))


def test_a_dominated_sum_cannot_be_worked_out_closely() -> None:
    rng = np.random.default_rng(3)
    positions = rng.integers(0, 3, (200, 2))
    values = rng.gamma(2.0, 10.0, 200)
    values[0] = 40_000.0
    positions[0] = (1, 1)
    shape = (4, 4)
    counts = np.zeros((3, 3))
    np.add.at(counts, tuple(positions.T), 1)
    totals = np.zeros((3, 3))
    np.add.at(totals, tuple(positions.T), values)
    codes, distance = unsafe_sums(positions, values, shape)
    safe = suppress(counts, sums=Sums(with_margins(totals), codes, distance))
    unsafe = codes != SHOWN
    assert safe.hidden[unsafe].all()
    low, high = audit(margin_equations(shape), with_margins(totals), safe.hidden)
    assert np.all(high[unsafe] - with_margins(totals)[unsafe] >= distance[unsafe] - 1e-3)
    assert np.all(with_margins(totals)[unsafe] - low[unsafe] >= distance[unsafe] - 1e-3)


@pytest.mark.parametrize("shape", [(4,), (3, 4), (3, 2, 3)])
def test_people_counted_in_all_their_cells_make_the_table_with_margins(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(8)
    positions = np.column_stack([rng.integers(0, length - 1, 60) for length in shape])
    inner = np.zeros(tuple(length - 1 for length in shape))
    np.add.at(inner, tuple(positions.T), 1)
    counted = sum(np.bincount(places, minlength=int(np.prod(shape))) for places in places_of(positions, shape))
    np.testing.assert_array_equal(counted.reshape(shape), with_margins(inner))
    np.testing.assert_allclose(margin_equations(shape) @ counted, 0.0)


# ---- bounds


def test_bounds_are_those_of_frechet_in_a_two_way_table() -> None:
    rows, columns = np.array([7.0, 11.0]), np.array([5.0, 13.0])
    sums = [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]]
    low, high = cell_bounds(sums, [*rows, *columns])
    np.testing.assert_allclose(low.reshape(2, 2), np.maximum(0, rows[:, None] + columns - 18))
    np.testing.assert_allclose(high.reshape(2, 2), np.minimum(rows[:, None], columns))


def test_rounded_figures_are_known_to_half_their_base() -> None:
    low, high = cell_bounds([[1, 1]], [20], [0, 18], slack=2.5)
    assert low.tolist() == [0.0, 18.0]
    assert high.tolist() == [4.5, 22.5]
    low, high = cell_bounds([[1, 1]], [20], [0, 18], slack=2.5, cells=[0], whole=True)
    assert (low.tolist(), high.tolist()) == ([0.0], [4.0])


def test_what_nothing_bounds_has_no_end_and_contradictions_are_refused() -> None:
    low, high = cell_bounds([[1, 0]], [4])
    assert low.tolist() == [4.0, 0.0]
    assert high.tolist() == [4.0, np.inf]
    with pytest.raises(EstimationError, match="no cells agree"):
        cell_bounds([[1, 1], [1, 1]], [4, 9])


def test_whole_numbers_can_be_bounded_more_closely() -> None:
    """Three sums of pairs, all 1, leave one half each; with a sum of 3 between three cells whole numbers may not fit."""
    pairs = [[1, 1, 0], [0, 1, 1], [1, 0, 1]]
    assert cell_bounds(pairs, [1, 1, 1])[0].tolist() == [0.5] * 3
    with pytest.raises(EstimationError, match="no cells agree"):
        cell_bounds(pairs, [1, 1, 1], whole=True)
