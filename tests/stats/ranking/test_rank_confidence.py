"""Sets of ranks: against R's distributions, a naive recomputation in loops, exact cases, and simulation."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.ranking.rank_confidence import Noise, comparison_noise, rank_sets

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "values" / "ranking.json").read_text(encoding="utf-8")
)
DRAWN = 0.02
"""Of a critical value near 3 from 200,000 draws: about four standard errors."""
DRAWN_P = 0.004
"""Of a p value from 200,000 draws: about four standard errors at one half."""
KNOWN = math.inf


def noise_of(errors: Any, df: float = KNOWN, draws: int = 200_000, seed: int = 3) -> Noise:
    errors = np.asarray(errors, dtype=float)
    return comparison_noise(np.diag(errors**2), np.full(len(errors), df), draws, np.random.default_rng(seed))


@pytest.mark.parametrize("k", [3, 5, 12])
def test_with_equal_errors_the_critical_value_is_tukeys(k: int, agree: Any) -> None:
    draws = 200_000 if k < 12 else 60_000
    found = rank_sets(np.zeros(k), noise_of(np.ones(k), draws=draws)).critical
    agree("critical value of all pairs", found, REFERENCE["tukey"][str(k)], DRAWN, reference=f"stats::qtukey {REFERENCE['r'][10:15]}",
          data=f"{k} equal errors")  # fmt: skip


def test_with_unequal_errors_p_values_and_critical_value_are_those_of_mvtnorm(agree: Any) -> None:
    y, errors = np.array(REFERENCE["means"]["estimate"]), np.array(REFERENCE["means"]["se"])
    noise = noise_of(errors)
    found = rank_sets(y, noise)
    source = f"mvtnorm::pmvnorm {REFERENCE['packages']['mvtnorm']}"
    agree(
        "critical value of all pairs",
        found.critical,
        REFERENCE["critical"],
        DRAWN,
        reference=source,
        data="ranking_people",
    )
    statistics = [abs(y[i] - y[j]) / math.hypot(errors[i], errors[j]) for i, j in itertools.combinations(range(5), 2)]
    largest = np.abs(noise.draws).max(axis=1)
    ours = [(largest >= t).mean() for t in statistics]
    agree(
        "single-step p of all pairs", ours, REFERENCE["p_single_step"], DRAWN_P, reference=source, data="ranking_people"
    )
    top = int(np.argmax(statistics))
    i, j = list(itertools.combinations(range(5), 2))[top]
    assert min(found.p_values[i, j], found.p_values[j, i]) == pytest.approx(ours[top], abs=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_sets_are_those_of_a_naive_recomputation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    k = int(rng.integers(3, 7))
    errors, df = rng.uniform(0.5, 2, k), rng.uniform(4, 40, k)
    y = rng.normal(scale=2.5, size=k)
    noise = comparison_noise(np.diag(errors**2), df, 999, rng)
    found = rank_sets(y, noise, 0.9)
    everything = list(zip(noise.first.tolist(), noise.second.tolist(), strict=True))
    sure = naive_claims(y, errors, noise.draws, everything, list(range(len(everything))), 0.1)
    low = [1 + sum(b == j for _, b in sure) for j in range(k)]
    high = [k - sum(a == j for a, _ in sure) for j in range(k)]
    assert (found.low.tolist(), found.high.tolist()) == (low, high)
    assert {(int(a), int(b)) for a, b in zip(*np.nonzero(found.above), strict=True)} == sure
    for place in range(k):
        mine = [pair for pair, ends in enumerate(everything) if place in ends]
        own = naive_claims(y, errors, noise.draws, everything, mine, 0.1)
        assert found.marginal_low[place] == 1 + sum(b == place for _, b in own)
        assert found.marginal_high[place] == k - sum(a == place for a, _ in own)


def naive_claims(  # noqa: PLR0917
    y: Any, errors: Any, draws: Any, pairs: list[tuple[int, int]], family: list[int], level: float
) -> set[tuple[int, int]]:
    """Step down: the largest remaining difference is held against the largest of the remaining draws."""
    left, sure = list(family), set()
    while left:
        sizes = {
            pair: (y[pairs[pair][0]] - y[pairs[pair][1]]) / math.hypot(*(errors[i] for i in pairs[pair]))
            for pair in left
        }
        top = max(sizes, key=lambda pair: sizes[pair])
        reached = sum(max(row[pair] for pair in left) >= sizes[top] for row in draws)
        if (reached + 1) / (len(draws) + 1) > level:
            break
        sure.add(pairs[top])
        left.remove(top)
    return sure


def test_ranks_of_estimates_and_ties() -> None:
    found = rank_sets(np.array([2.0, 5.0, 2.0]), noise_of([1, 1, 1], draws=1999))
    assert found.ranks.tolist() == [2, 1, 2]


def test_far_apart_places_hold_one_rank_and_equal_ones_any() -> None:
    noise = noise_of([1, 1, 1, 1], draws=4999)
    apart, alike = rank_sets(np.array([40.0, 10.0, 20.0, 30.0]), noise), rank_sets(np.full(4, 7.0), noise)
    assert apart.low.tolist() == apart.high.tolist() == apart.marginal_low.tolist() == [1, 4, 3, 2]
    assert (alike.low.tolist(), alike.high.tolist()) == ([1] * 4, [4] * 4)


def test_marginal_sets_lie_inside_simultaneous_ones_and_one_sided_ends_inside_these() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        y = rng.normal(scale=2, size=6)
        noise = noise_of(rng.uniform(0.5, 1.5, 6), df=12, draws=1999, seed=int(rng.integers(1e6)))
        both = rank_sets(y, noise)
        upper, lower = rank_sets(y, noise, side="upper"), rank_sets(y, noise, side="lower")
        assert (both.low <= both.marginal_low).all() and (both.high >= both.marginal_high).all()
        assert (upper.marginal_low >= both.marginal_low).all() and (upper.marginal_high == 6).all()
        assert (lower.marginal_high <= both.marginal_high).all() and (lower.marginal_low == 1).all()
        assert (both.low <= both.ranks).all() and (both.ranks <= both.high).all()


def test_few_degrees_of_freedom_make_larger_differences_by_chance() -> None:
    assert (
        rank_sets(np.zeros(4), noise_of(np.ones(4), df=4)).critical
        > rank_sets(np.zeros(4), noise_of(np.ones(4))).critical + 0.5
    )


def test_places_that_share_clusters_are_compared_with_their_covariance() -> None:
    shared = np.full((3, 3), 0.9) + 0.1 * np.eye(3)
    noise = comparison_noise(shared, np.full(3, KNOWN), 100_000, np.random.default_rng(1))
    assert noise.std_errors == pytest.approx(math.sqrt(0.2))
    assert rank_sets(np.zeros(3), noise).critical == pytest.approx(REFERENCE["tukey"]["3"], abs=2 * DRAWN)
    assert noise.draws.std(axis=0) == pytest.approx(1.0, abs=0.02)
    with pytest.raises(EstimationError, match="no error of its own"):
        comparison_noise(np.ones((2, 2)), np.full(2, KNOWN), 10, np.random.default_rng(1))


def test_sets_hold_all_true_ranks_together_as_often_as_promised() -> None:
    rng = np.random.default_rng(11)
    truth = np.array([0.0, 0.0, 0.8, 0.8, 2.5])
    best = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    worst = len(truth) - (truth[None, :] < truth[:, None]).sum(axis=1)
    held = 0
    noise = noise_of([0.4, 0.5, 0.4, 0.6, 0.4], draws=4999)
    for _ in range(600):
        found = rank_sets(truth + rng.normal(scale=[0.4, 0.5, 0.4, 0.6, 0.4]), noise)
        held += bool(((found.low <= best) & (found.high >= worst)).all())
    assert held / 600 > 0.95 - 2.5 * math.sqrt(0.95 * 0.05 / 600)
