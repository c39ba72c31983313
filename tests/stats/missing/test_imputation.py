"""Multiple imputation: against mice within Monte-Carlo error, by coverage, and what must hold always."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats
from trustmeter.stats.missing.draws import matched_draws, ordinal_draws
from trustmeter.stats.missing.imputation import Imputations, impute, predictors_of
from trustmeter.stats.missing.pooling import Pooled, pool
from trustmeter.stats.ordinal_regression import fit_proportional_odds

FOLDER = Path(__file__).parents[2] / "reference"
REFERENCE = json.loads((FOLDER / "values" / "missing_imputation.json").read_text(encoding="utf-8"))
LIKERT = np.genfromtxt(FOLDER / "data" / "missing_likert.csv", delimiter=",", skip_header=1)


def regression(y: Floats, x: Floats) -> tuple[Floats, Floats]:
    cross = np.linalg.inv(x.T @ x)
    b = cross @ x.T @ y
    return b, np.diag(cross) * np.sum((y - x @ b) ** 2) / (len(y) - x.shape[1])


def analysed(done: Imputations) -> Pooled:
    """Mean change of two halves of the columns, and the regression of the second half's mean on the first's."""
    half = done.values.shape[2] // 2
    found = []
    for values in done.values:
        before, after = values[:, :half].mean(axis=1), values[:, half:].mean(axis=1)
        ones = np.ones((len(before), 1))
        first = regression(after - before, ones)
        second = regression(after, np.column_stack([ones, before]))
        found.append([np.r_[a, b] for a, b in zip(first, second, strict=True)])
    q, u = np.swapaxes(np.array(found), 0, 1)
    return pool(q, u, df_complete=len(before) - 2)


@pytest.mark.parametrize("method", ["matching", "ordinal"])
def test_mice_agrees_within_monte_carlo_error(method: str) -> None:
    m = 60 if method == "matching" else 15
    ours = analysed(impute(LIKERT, np.random.default_rng(5), imputations=m, iterations=6, method=method))
    theirs = {key: np.array(value) for key, value in REFERENCE["pmm"].items()}
    noise = np.sqrt(ours.between / m + theirs["between"] / theirs["m"])
    # Two samplers of one posterior: four Monte-Carlo errors; another model of the items may differ by part of an error.
    slack = 0.0 if method == "matching" else 0.15
    assert (np.abs(ours.estimates - theirs["estimate"]) <= 4 * noise + slack * theirs["se"]).all()
    assert ours.std_errors == pytest.approx(theirs["se"], rel=0.15)


def sample(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
    """Return answers of two waves with a rise, complete and with people lost by their first answers."""
    first = rng.normal(size=n)
    second = 0.7 * first + 0.3 + 0.6 * rng.normal(size=n)
    latent = np.column_stack([first] * 3 + [second] * 3) + 0.7 * rng.normal(size=(n, 6))
    x = np.digitize(latent, [-1.5, -0.5, 0.4, 1.3]) + 1.0
    holes = x.copy()
    holes[rng.random(n) < 1 / (1 + np.exp(1 - 1.2 * (x[:, :3].mean(axis=1) - 3))), 3:] = np.nan
    holes[rng.random(x.shape) < 0.05] = np.nan
    return x, holes


@pytest.mark.parametrize("method", ["matching", "ordinal"])
def test_pooled_intervals_cover_the_truth_where_complete_cases_fail(method: str) -> None:
    rng = np.random.default_rng(21)
    x, _ = sample(rng, 400_000)
    before, after = x[:, :3].mean(axis=1), x[:, 3:].mean(axis=1)
    truth = np.r_[(after - before).mean(), np.polyfit(before, after, 1)[::-1]]
    covered, complete, rounds = np.zeros(3), 0, 60
    for _ in range(rounds):
        _, holes = sample(rng, 200)
        found = analysed(impute(holes, rng, imputations=6, iterations=3, method=method))
        covered += (found.low <= truth) & (truth <= found.high)
        rows = holes[~np.isnan(holes).any(axis=1)]
        change = rows[:, 3:].mean(axis=1) - rows[:, :3].mean(axis=1)
        complete += abs(change.mean() - truth[0]) <= 1.97 * change.std(ddof=1) / math.sqrt(len(change))
    assert (covered / rounds >= 0.85).all()
    assert covered[0] > complete


def test_observed_answers_stay_and_drawn_ones_keep_the_range() -> None:
    for method in ("matching", "ordinal"):
        done = impute(LIKERT, np.random.default_rng(1), imputations=3, iterations=2, method=method)
        known = ~np.isnan(LIKERT)
        assert (done.values[:, known] == LIKERT[known]).all()
        assert set(np.unique(done.values)) <= {1.0, 2.0, 3.0, 4.0, 5.0}
        assert done.missing.tolist() == np.isnan(LIKERT).sum(axis=0).tolist()
        assert np.isfinite(done.trace_means).all()
        assert np.isnan(LIKERT).any()


def test_a_seed_repeats_and_another_does_not() -> None:
    one, two, other = (impute(LIKERT, np.random.default_rng(s), imputations=2, iterations=1) for s in (3, 3, 4))
    assert np.array_equal(one.values, two.values)
    assert not np.array_equal(one.values, other.values)


def test_complete_answers_are_returned_alone() -> None:
    x = np.random.default_rng(0).integers(1, 6, (40, 3)).astype(float)
    done = impute(x, np.random.default_rng(0), imputations=2, iterations=3)
    assert (done.values == x).all()
    assert np.isnan(done.trace_means).all()


def test_columns_that_repeat_or_do_not_vary_are_no_obstacle() -> None:
    rng = np.random.default_rng(2)
    x = np.column_stack([LIKERT, LIKERT[:, 0], np.where(rng.random(300) < 0.2, np.nan, 3.0)])
    for method in ("matching", "ordinal"):
        done = impute(x, np.random.default_rng(1), imputations=2, iterations=2, method=method)
        assert (done.values[:, :, 9] == 3.0).all()
        assert np.isfinite(done.values).all()


def test_blocks_enter_as_means_and_few_predictors_are_the_strongest() -> None:
    blocks = np.repeat([0, 1], 4)
    plan = predictors_of(1, LIKERT, np.isnan(LIKERT), blocks, None)
    assert plan.columns.tolist() == [0, 2, 3]
    completed = np.arange(16.0).reshape(2, 8)
    assert plan.of(completed)[:, 3] == pytest.approx(completed[:, 4:].mean(axis=1))
    rng = np.random.default_rng(3)
    x = rng.normal(size=(200, 4))
    x[:, 2] = x[:, 0] + 0.1 * x[:, 2]
    assert predictors_of(0, x, np.isnan(x), None, 1).columns.tolist() == [2]
    done = impute(LIKERT, rng, imputations=2, iterations=1, blocks=blocks, most_predictors=2)
    assert np.isfinite(done.values).all()


def test_covariates_inform() -> None:
    rng = np.random.default_rng(8)
    group = rng.integers(0, 2, 500).astype(float)
    x = (3 + 2 * group + rng.integers(-1, 2, 500))[:, None]
    holes = np.where((rng.random(500) < 0.1 + 0.7 * group)[:, None], np.nan, x)
    done = impute(holes, rng, imputations=20, iterations=1, covariates=group[:, None])
    assert done.values.mean() == pytest.approx(x.mean(), abs=0.1)
    assert np.nanmean(holes) < x.mean() - 0.5


def test_matching_takes_each_of_equally_near_rows() -> None:
    y, x = np.arange(50.0), np.ones((50, 1))
    drawn = matched_draws(y, x, np.ones((5000, 1)), np.random.default_rng(0), donors=5, ridge=0.0)
    assert len(np.unique(drawn)) == 50
    assert drawn.mean() == pytest.approx(24.5, abs=1)


def test_ordinal_draws_follow_the_maximum_likelihood_shares() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(4000, 1))
    codes = np.digitize(1.3 * x[:, 0] + rng.logistic(size=4000), [-1.0, 0.5, 2.0])
    fit = fit_proportional_odds(codes, x)
    at = np.full((200_000, 1), 0.8)
    drawn = np.bincount(ordinal_draws(codes, x, at, rng), minlength=4) / 200_000
    assert drawn == pytest.approx(fit.shares(at[:1])[0], abs=0.03)


def test_too_few_known_values_are_refused() -> None:
    x = LIKERT.copy()
    x[5:, 2] = np.nan
    with pytest.raises(EstimationError, match="1 columns have fewer than 10"):
        impute(x, np.random.default_rng(0))
    with pytest.raises(EstimationError, match="must be complete"):
        impute(LIKERT, np.random.default_rng(0), covariates=LIKERT[:, :1])
