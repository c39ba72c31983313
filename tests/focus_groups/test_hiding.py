"""No hidden count can be worked out from what is shown, not even by those who know the rule."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trustmeter.focus_groups.hiding import Shown, shown_counts


def possible(raised: tuple[int, ...], of: tuple[int, ...], found: Shown) -> list[tuple[int, ...]]:
    """Return all counts that would look the same: shown groups as they are, and the total where it is shown."""
    spans = [[count] if open_ else range(n + 1) for count, n, open_ in zip(raised, of, found.groups, strict=True)]
    return [one for one in itertools.product(*spans) if not found.total or sum(one) == sum(raised)]


@pytest.mark.parametrize(
    ("raised", "of", "groups", "total"),
    [
        ([6, 7], [6, 7], [True, True], True),
        ([0, 10], [10, 20], [True, True], True),
        ([3, 10], [20, 20], [False, False], True),
        ([3, 10, 12], [20, 20, 20], [False, True, False], True),
        ([8, 10], [10, 20], [False, False], True),
        ([3, 0], [20, 20], [False, True], False),
        ([2, 3, 12], [20, 20, 24], [False, False, True], True),
        ([1, 1, 1, 1, 1], [9] * 5, [False] * 5, False),  # all ones is the only way in which five small counts give five
        ([1, 2], [6, 6], [False, False], False),
    ],
)
def test_small_counts_are_hidden_with_others(raised: list[int], of: list[int], groups: list[bool], total: bool) -> None:
    found = shown_counts(raised, of)
    assert (found.groups.tolist(), found.total) == (groups, total)


COUNTS = st.lists(
    st.integers(5, 14).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=4
)


@settings(max_examples=150, deadline=None)
@given(COUNTS)
def test_no_hidden_count_is_pinned_down(groups: list[tuple[int, int]]) -> None:
    raised, of = (tuple(part) for part in zip(*groups, strict=True))
    found = shown_counts(raised, of)
    looks = np.array(possible(raised, of, found))
    for at, (count, n) in enumerate(groups):
        if found.groups[at]:
            assert count in {0, n} or (count >= 5 and n - count >= 5)
        else:
            seen = looks[:, at]
            assert seen.max() - seen.min() >= 4
    totals = {int(one.sum()) for one in looks}
    if found.total:
        assert totals == {sum(raised)}
        left = sum(of) - sum(raised)
        assert (sum(raised) == 0 or sum(raised) >= 5) and (left == 0 or left >= 5)
    elif not found.groups.all():
        assert len(totals) >= 4


@settings(max_examples=60, deadline=None)
@given(COUNTS)
@example([(0, 5), (4, 11), (11, 12)])
def test_those_who_know_the_rule_find_out_no_more(groups: list[tuple[int, int]]) -> None:
    raised, of = (tuple(part) for part in zip(*groups, strict=True))
    found = shown_counts(raised, of)
    alike = [
        one for one in possible(raised, of, found)
        if (other := shown_counts(one, of)).total == found.total and (other.groups == found.groups).all()
    ]  # fmt: skip
    for at in np.flatnonzero(~found.groups):
        assert len({one[at] for one in alike}) > 1
