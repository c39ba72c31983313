"""Kappa, its relatives and Krippendorff's alpha against psych, psy, irrCAC, krippendorff and printed examples."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trustmeter.stats.agreement.coincidence import jackknife_error, resampled_alphas, unit_sums
from trustmeter.stats.agreement.raters import beyond_chance, fleiss_null_error, rating_counts
from trustmeter.stats.agreement.weighted import agreement_weights, cohen_kappa, cross_table

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
COHEN = json.loads((REFERENCE / "values" / "agreement.json").read_text(encoding="utf-8"))["cases"]["cohen"]
MANY = json.loads((REFERENCE / "values" / "agreement_coders.json").read_text(encoding="utf-8"))["cases"]
CLOSED_FORM = 1e-8
POWERS = {"unweighted": 0, "linear": 1, "quadratic": 2}

WIKIPEDIA = np.array([[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1], [7, 7, 0, 0, 0],
                      [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]], float)  # fmt: skip
"""Ten subjects, fourteen raters, five categories: the worked example of the article on Fleiss' kappa; 0.210."""
DIAGNOSES = np.array([
    [0, 0, 0, 6, 0], [0, 3, 0, 0, 3], [0, 1, 4, 0, 1], [0, 0, 0, 0, 6], [0, 3, 0, 3, 0], [2, 0, 4, 0, 0], [0, 0, 4, 0, 2],
    [2, 0, 3, 1, 0], [2, 0, 0, 4, 0], [0, 0, 0, 0, 6], [1, 0, 0, 5, 0], [1, 1, 0, 4, 0], [0, 3, 3, 0, 0], [1, 0, 0, 5, 0],
    [0, 2, 0, 3, 1], [0, 0, 5, 0, 1], [3, 0, 0, 1, 2], [5, 1, 0, 0, 0], [0, 2, 0, 4, 0], [1, 0, 2, 0, 3], [0, 0, 0, 0, 6],
    [0, 1, 0, 5, 0], [0, 2, 0, 1, 3], [2, 0, 0, 4, 0], [1, 0, 0, 4, 1], [0, 5, 0, 1, 0], [4, 0, 0, 0, 2], [0, 2, 0, 4, 0],
    [1, 0, 5, 0, 0], [0, 0, 0, 0, 6],
], float)  # fmt: skip
"""Fleiss (1971), doi:10.1037/h0031619: thirty patients, six psychiatrists. irr's kappam.fleiss: 0.4302445, z 17.65183."""
FOUR_OBSERVERS = np.array([
    [1, 2, 3, 3, 2, 1, 4, 1, 2, math.nan, math.nan, math.nan], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, math.nan, 3],
    [math.nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, math.nan], [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, math.nan],
]).T  # fmt: skip
"""Krippendorff (2011), Computing Krippendorff's alpha-reliability, example C: four observers, twelve units."""


def coded(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values = np.unique(x[~np.isnan(x)])
    codes = np.searchsorted(values, np.where(np.isnan(x), values[0], x))
    return np.where(np.isnan(x), -1, codes), values


def many(name: str) -> np.ndarray:
    return pd.read_csv(REFERENCE / "data" / f"agreement_many_{name}.csv").to_numpy(dtype=float)


@pytest.mark.parametrize("case", COHEN)
def test_cohen_equals_psych_and_psy(case: str, agree: Callable[..., None]) -> None:
    stored, data = COHEN[case], f"agreement_coders_{case}"
    codes, values = coded(pd.read_csv(REFERENCE / "data" / f"{data}.csv").to_numpy(dtype=float))
    table = cross_table(codes[:, 0], codes[:, 1], len(values))
    for name, power in POWERS.items():
        found = cohen_kappa(table, agreement_weights(np.arange(len(values), dtype=float), power))
        agree(
            f"Cohen's kappa, {name}",
            found.estimate,
            stored[name],
            CLOSED_FORM,
            reference="psych::cohen.kappa 2.2.9",
            data=data,
        )
        agree(f"Cohen's kappa, {name}: both standard errors", [found.estimate, found.std_error, found.null_error],
              stored["hand"][name], CLOSED_FORM, reference="Fleiss, Cohen & Everitt (1969) in R", data=data)  # fmt: skip
    plain = cohen_kappa(table, agreement_weights(np.arange(len(values), dtype=float), 0))
    agree("Cohen's kappa", plain.estimate, stored["ckappa"], CLOSED_FORM, reference="psy::ckappa 1.2", data=data)
    # psych's error of a weighted kappa is another (0.28 where Fleiss, Cohen & Everitt and other samples say 0.09)
    agree("Cohen's kappa, standard error", plain.std_error, stored["se_unweighted"], CLOSED_FORM,
          reference="psych::cohen.kappa 2.2.9", data=data)  # fmt: skip


@pytest.mark.parametrize("weights", POWERS)
@pytest.mark.parametrize("case", COHEN)
def test_cohen_equals_statsmodels(case: str, weights: str, agree: Callable[..., None]) -> None:
    from statsmodels.stats.inter_rater import cohens_kappa

    codes, values = coded(pd.read_csv(REFERENCE / "data" / f"agreement_coders_{case}.csv").to_numpy(dtype=float))
    table = cross_table(codes[:, 0], codes[:, 1], len(values))
    theirs = cohens_kappa(table, wt={"unweighted": None, "linear": "linear", "quadratic": "fc"}[weights])
    found = cohen_kappa(table, agreement_weights(np.arange(len(values), dtype=float), POWERS[weights]))
    agree(f"Cohen's kappa, {weights}: estimate and both standard errors",
          [found.estimate, found.std_error, found.null_error], [theirs.kappa, theirs.std_kappa, theirs.std_kappa0],
          CLOSED_FORM, reference="statsmodels cohens_kappa", data=f"agreement_coders_{case}")  # fmt: skip


@pytest.mark.parametrize("power", [0, 1, 2])
def test_cohens_error_is_that_of_other_samples(power: int) -> None:
    rng = np.random.default_rng(2)
    p = np.array([0.02, 0.03, 0, 0, 0.03, 0.25, 0.14, 0, 0.02, 0.12, 0.27, 0.02, 0, 0.01, 0.03, 0.06])
    W = agreement_weights(np.arange(4.0), power)
    found = [cohen_kappa(table.reshape(4, 4), W) for table in rng.multinomial(300, p / p.sum(), size=800).astype(float)]
    assert np.mean([each.std_error for each in found]) == pytest.approx(
        np.std([each.estimate for each in found]), rel=0.08
    )


@pytest.mark.parametrize("weights", POWERS)
@pytest.mark.parametrize("case", MANY)
def test_many_raters_equal_irrcac(case: str, weights: str, agree: Callable[..., None]) -> None:
    codes, values = coded(many(case))
    counts = rating_counts(codes, len(values))
    W = agreement_weights(values, POWERS[weights])
    complete = bool((codes >= 0).all())  # of units with one rating irrCAC makes another standard error
    for chance, theirs in (("fleiss", "fleiss"), ("gwet", "gwet"), ("uniform", "bp")):
        found = beyond_chance(counts, W, chance)  # type: ignore[arg-type]
        agree(f"{chance}, {weights}: coefficient, standard error, agreement, chance",
              [found.estimate, found.std_error, found.observed, found.expected][:: 1 if complete else 2],
              MANY[case]["cac"][weights][theirs][:: 1 if complete else 2],
              CLOSED_FORM, reference="irrCAC 0.4.4", data=f"agreement_many_{case}")  # fmt: skip


@pytest.mark.parametrize("chance", ["fleiss", "gwet", "uniform"])
@pytest.mark.parametrize("case", ["holes", "binary", "seven"])
def test_the_error_over_units_is_that_of_the_jackknife(case: str, chance: str) -> None:
    codes, values = coded(np.tile(many(case), (8, 1)))
    counts = rating_counts(codes, len(values))
    W = agreement_weights(values, 1)
    n = len(counts)
    kinds, times = np.unique(counts, axis=0, return_counts=True)
    without = []
    for kind in kinds:
        at = int(np.flatnonzero((counts == kind).all(axis=1))[0])
        without.append(beyond_chance(np.delete(counts, at, axis=0), W, chance).estimate)  # type: ignore[arg-type]
    middle = times @ np.array(without) / n
    expected = math.sqrt((n - 1) / n * float(times @ (np.array(without) - middle) ** 2))
    assert beyond_chance(counts, W, chance).std_error == pytest.approx(expected, rel=0.01)  # type: ignore[arg-type]


def test_fleiss_printed_examples() -> None:
    assert beyond_chance(WIKIPEDIA, np.eye(5), "fleiss").estimate == pytest.approx(0.210, abs=5e-4)
    found = beyond_chance(DIAGNOSES, np.eye(5), "fleiss").estimate
    assert found == pytest.approx(0.4302445, abs=5e-8)
    assert found / fleiss_null_error(DIAGNOSES)[0] == pytest.approx(17.65183, abs=5e-6)


def test_fleiss_error_by_chance_is_what_chance_gives() -> None:
    rng = np.random.default_rng(4)
    p = np.array([0.5, 0.3, 0.2])
    draws = [rng.multinomial(5, p, size=80).astype(float) for _ in range(1500)]
    all_of_them = [beyond_chance(counts, np.eye(3), "fleiss").estimate for counts in draws]
    one = [beyond_chance(np.column_stack([c[:, 0], 5 - c[:, 0]]), np.eye(2), "fleiss").estimate for c in draws]
    whole, each = fleiss_null_error(draws[0])
    assert np.std(all_of_them) == pytest.approx(whole, rel=0.1)
    assert np.std(one) == pytest.approx(each, rel=0.1)


def test_equal_margins_make_fleiss_and_cohen_one() -> None:
    table = np.array([[20.0, 5.0], [5.0, 10.0]])
    units = [(0, 0)] * 20 + [(0, 1)] * 5 + [(1, 0)] * 5 + [(1, 1)] * 10
    counts = rating_counts(np.array(units), 2)
    W = np.eye(2)
    assert beyond_chance(counts, W, "fleiss").estimate == pytest.approx(cohen_kappa(table, W).estimate, abs=1e-12)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
@pytest.mark.parametrize("case", MANY)
def test_alpha_equals_krippendorff(case: str, level: str, agree: Callable[..., None]) -> None:
    found = unit_sums(*coded(many(case)), level)  # type: ignore[arg-type]
    agree(f"Krippendorff's alpha, {level}", found.estimate, MANY[case]["alpha"][level], CLOSED_FORM,
          reference="krippendorff 0.9.0", data=f"agreement_many_{case}")  # fmt: skip


def test_alpha_printed_example() -> None:
    printed = {"nominal": 0.743, "ordinal": 0.815, "interval": 0.849, "ratio": 0.797}
    for level, alpha in printed.items():
        assert round(unit_sums(*coded(FOUR_OBSERVERS), level).estimate, 3) == alpha  # type: ignore[arg-type]


def naive_alpha(x: np.ndarray, level: str) -> float:
    units = [row[~np.isnan(row)] for row in x]
    units = [unit for unit in units if len(unit) > 1]
    everything = np.sort(np.concatenate(units))

    def distance(a: float, b: float) -> float:
        if level == "ordinal":
            low, high = min(a, b), max(a, b)
            between = np.sum((everything >= low) & (everything <= high))
            return float(between - (np.sum(everything == a) + np.sum(everything == b)) / 2) ** 2 if a != b else 0.0
        return {"nominal": float(a != b), "interval": (a - b) ** 2, "ratio": ((a - b) / (a + b)) ** 2}[level]

    within = sum(sum(distance(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units)
    between = sum(distance(a, b) for a, b in permutations(everything, 2)) / (len(everything) - 1)
    return 1 - within / between


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_leaving_a_unit_out_is_exact(level: str) -> None:
    x = many("holes")[:25]
    sums = unit_sums(*coded(x), level)  # type: ignore[arg-type]
    assert sums.estimate == pytest.approx(naive_alpha(x, level), abs=1e-12)
    pairable = np.flatnonzero(np.sum(~np.isnan(x), axis=1) > 1)
    without = np.array([naive_alpha(np.delete(x, at, axis=0), level) for at in pairable])
    u = len(pairable)
    expected = math.sqrt((u - 1) / u * np.sum((without - without.mean()) ** 2))
    assert jackknife_error(sums) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_the_error_is_that_of_other_samples(level: str) -> None:
    rng = np.random.default_rng(8)

    def sample() -> np.ndarray:
        latent = rng.normal(size=(100, 1)) + 0.7 * rng.normal(size=(100, 3))
        x = 1.0 + np.digitize(latent, [-0.8, 0, 0.8])
        x[rng.random(x.shape) < 0.1] = np.nan
        return x

    samples = [unit_sums(*coded(sample()), level) for _ in range(300)]  # type: ignore[arg-type]
    spread = float(np.std([each.estimate for each in samples]))
    assert np.mean([jackknife_error(each) for each in samples[:40]]) == pytest.approx(spread, rel=0.15)
    assert np.mean([np.std(resampled_alphas(each, rng, 200)) for each in samples[:20]]) == pytest.approx(
        spread, rel=0.15
    )


def test_very_many_ordinal_values_keep_their_ranks() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(900, 1)) + 0.5 * rng.normal(size=(900, 2))
    sums = unit_sums(*coded(x), "ordinal")
    assert sums.fixed_ranks
    assert sums.estimate == pytest.approx(spearman_like(x), abs=1e-9)


def spearman_like(x: np.ndarray) -> float:
    """Ordinal alpha of two raters without ties: interval alpha of ranks among all values."""
    ranks = np.argsort(np.argsort(x.ravel())).reshape(x.shape).astype(float)
    return unit_sums(*coded(ranks), "interval").estimate
