"""Pairs that are the only ones that fit, chance agreement, and weights found by EM, against plain re-implementations."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.stats import linkage
from trustmeter.stats.linkage import (
    APART,
    Codes,
    chance_agreement,
    chance_of_differences,
    differences,
    false_links,
    link,
    pairs_within,
    shuffled_links,
)
from trustmeter.stats.linkage_weights import agreement_patterns, fit_weights, weight_levels


def codes_of(rng: np.random.Generator, n: int, values: int = 4, elements: int = 4) -> Codes:
    codes = rng.integers(0, values, (n, elements))
    codes[rng.random(codes.shape) < 0.1] = -1
    return codes


def naive_differences(one: Codes, other: Codes) -> np.ndarray:
    return np.array([[sum(not (a == b and a != -1) for a, b in zip(p, q, strict=True)) for q in other] for p in one])


def naive_links(levels: np.ndarray, worst: int) -> dict[tuple[int, int], int]:
    """Return links by the words of the rule: pair by pair, level by level."""
    found: dict[tuple[int, int], int] = {}
    for now in range(worst + 1):
        rows = [i for i in range(len(levels)) if i not in {i for i, _ in found}]
        columns = [j for j in range(levels.shape[1]) if j not in {j for _, j in found}]
        fits = [(i, j) for i in rows for j in columns if levels[i, j] <= now]
        for i, j in fits:
            if sum(i == p for p, _ in fits) == 1 and sum(j == q for _, q in fits) == 1:
                found[i, j] = int(levels[i, j])
    return found


@pytest.mark.parametrize("seed", range(8))
def test_links_are_those_of_the_rule_in_plain_words(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = codes_of(rng, 40), codes_of(rng, 35)
    other[:15] = one[:15]
    levels = differences(one, other)
    assert (levels == naive_differences(one, other)).all()
    for worst in (0, 1, 2):
        found = link(levels, worst)
        pairs = {(int(i), int(j)): int(at) for i, j, at in zip(found.first, found.second, found.level, strict=True)}
        assert pairs == naive_links(levels, worst)
        assert len(set(found.first)) == len(set(found.second)) == len(found.first)
        left = np.setdiff1d(np.arange(35), found.second)
        for i in range(40):
            fits = i not in found.first and bool((levels[i, left] <= worst).any())
            assert fits == found.ambiguous_first[i]


def test_the_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    one, other = codes_of(rng, 60), codes_of(rng, 60)
    order = rng.permutation(60)
    plain, turned = link(differences(one, other), 1), link(differences(one, other[order]), 1)
    assert set(zip(plain.first, plain.second, strict=True)) == set(zip(turned.first, order[turned.second], strict=True))


def test_two_people_with_one_code_are_never_guessed() -> None:
    one = np.array([[1, 2, 3], [1, 2, 3], [4, 5, 6]])
    found = link(differences(one, np.array([[1, 2, 3], [4, 5, 6]])), 1)
    assert found.first.tolist() == [2]
    assert found.ambiguous_first.tolist() == [True, True, False]
    assert found.ambiguous_second.tolist() == [True, False]


def test_people_of_different_parts_are_apart() -> None:
    one = np.array([[1, 1], [1, 1], [2, 2]])
    parts = (np.array([0, 1, -1]), np.array([0, 1, -1]))
    apart = differences(one, one, blocks=parts)
    assert apart.tolist() == [[0, APART, APART], [APART, 0, APART], [APART, APART, APART]]


def test_chance_is_that_of_all_pairs() -> None:
    rng = np.random.default_rng(2)
    one, other = codes_of(rng, 30), codes_of(rng, 50)
    every = [(p, q) for p in one for q in other]
    for element, chance in enumerate(chance_agreement(one, other)):
        assert chance == pytest.approx(np.mean([p[element] == q[element] != -1 for p, q in every]))


def test_chance_of_differences_is_the_sum_over_all_patterns() -> None:
    chances = np.array([0.3, 0.05, 0.5])
    expected = np.zeros(4)
    for pattern in itertools.product([0, 1], repeat=3):
        expected[sum(pattern)] += np.prod([1 - c if off else c for c, off in zip(chances, pattern, strict=True)])
    assert chance_of_differences(chances) == pytest.approx(expected, abs=1e-15)


def test_false_links_solve_their_equation_and_end_at_all() -> None:
    false = false_links(90, 150, 120, 1e-3)
    assert false == pytest.approx((150 - 90 + false) * (120 - 90 + false) * 1e-3)
    assert false_links(90, 150, 120, 0.0) == pytest.approx(0.0, abs=1e-9)
    assert false_links(5, 1000, 1000, 0.5) == 5


def test_shuffled_people_are_linked_by_chance_only() -> None:
    rng = np.random.default_rng(3)
    one = rng.integers(0, 30, (200, 4))
    assert len(link(differences(one, one), 0).first) >= 195
    assert shuffled_links(one, one, 0, (200, 200), rng) <= 2
    coarse = rng.integers(0, 3, (100, 3))
    assert shuffled_links(coarse, coarse, 1, (20, 20), rng) <= 20


def test_pairs_within_a_wave_are_counted_once() -> None:
    codes = codes_of(np.random.default_rng(4), 25)
    every = list(itertools.combinations(range(25), 2))
    hits = sum(naive_differences(codes[[i]], codes[[j]])[0, 0] <= 2 for i, j in every)
    assert pairs_within(codes, 2) == (hits, len(every))


def test_too_many_pairs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linkage, "MOST_PAIRS", 8)
    with pytest.raises(DesignError, match="zone by zone"):
        differences(np.zeros((3, 2), dtype=int), np.zeros((3, 2), dtype=int))


def naive_em(one: Codes, other: Codes, u: np.ndarray, share: float, steps: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return m, u and the share of pairs of one person after so many steps, pair by pair without patterns."""
    agree = np.array(
        [
            [np.nan if a == -1 or b == -1 else float(a == b) for a, b in zip(p, q, strict=True)]
            for p in one
            for q in other
        ]
    )
    ours, theirs = np.full(agree.shape[1], 0.95), u.copy()
    for _ in range(steps):
        like = np.array(
            [
                [
                    np.prod([p if a == 1 else 1 - p for p, a in zip(side, row, strict=True) if not np.isnan(a)])
                    for side in (ours, theirs)
                ]
                for row in agree
            ]
        )
        sure = share * like[:, 0] / (share * like[:, 0] + (1 - share) * like[:, 1])
        known = ~np.isnan(agree)
        ours = np.array(
            [(sure[known[:, e]] * agree[known[:, e], e]).sum() / sure[known[:, e]].sum() for e in range(agree.shape[1])]
        )
        theirs = np.array(
            [
                ((1 - sure)[known[:, e]] * agree[known[:, e], e]).sum() / (1 - sure)[known[:, e]].sum()
                for e in range(agree.shape[1])
            ]
        )
        share = sure.mean()
    return ours, theirs, share


def test_em_is_that_of_single_pairs() -> None:
    rng = np.random.default_rng(5)
    one, other = codes_of(rng, 12, values=6), codes_of(rng, 12, values=6)
    other[:8] = np.where(rng.random((8, 4)) < 0.1, other[:8], one[:8])
    patterns, chance = agreement_patterns(one, other), chance_agreement(one, other)
    found = fit_weights(patterns, chance, 12)
    m, u, share = naive_em(one, other, chance, 0.5 * 12 / 144, 1500)
    assert found.converged
    assert share < 12 / 144
    assert found.share == pytest.approx(share, abs=1e-4)
    assert found.m == pytest.approx(m, abs=2e-3)
    assert found.u == pytest.approx(u, abs=1e-4)


def test_em_finds_how_often_elements_agree() -> None:
    rng = np.random.default_rng(6)
    one = rng.integers(0, [26, 26, 5, 31, 20], (500, 5))
    other = one.copy()
    wrong = rng.random(other.shape) < np.array([0.02, 0.1, 0.05, 0.2, 0.1])
    other[wrong] = rng.integers(0, [26, 26, 5, 31, 20], (500, 5))[wrong]
    found = fit_weights(agreement_patterns(one, other), chance_agreement(one, other), 500)
    truth = 1 - np.array([0.02, 0.1, 0.05, 0.2, 0.1]) * (1 - 1 / np.array([26, 26, 5, 31, 20]))
    assert found.m == pytest.approx(truth, abs=0.05)
    assert found.u == pytest.approx(1 / np.array([26, 26, 5, 31, 20]), abs=0.01)
    assert found.share == pytest.approx(1 / 500, rel=0.1)


def test_levels_of_weights_go_by_the_posterior() -> None:
    one = np.array([[1, 2], [3, 4]])
    patterns = agreement_patterns(one, np.array([[1, 2], [3, 9]]))
    posterior = np.array([0.1, 0.95, 0.99])[: len(patterns.count)]
    levels, worst = weight_levels(patterns, posterior, 0.9)
    assert worst == 1
    assert set(np.unique(levels)) == {0, 1, APART}


def test_nobody_gives_no_weights() -> None:
    patterns = agreement_patterns(np.zeros((0, 2), dtype=int), np.zeros((3, 2), dtype=int))
    with pytest.raises(EstimationError, match="empty"):
        fit_weights(patterns, np.array([0.1, 0.1]), 0)
