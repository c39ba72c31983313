"""Sampling adequacy and sphericity: psych's numbers, the definition by regression, special cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.stats.exploration.adequacy import is_singular, pairwise_correlation, sampling_adequacy, sphericity

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
CASES: dict[str, Any] = json.loads((REFERENCE / "values/exploration.json").read_text(encoding="utf-8"))["cases"]
CLOSED = 1e-8


@pytest.mark.parametrize("case", CASES)
def test_adequacy_is_that_of_psych(case: str, agree: Any) -> None:
    stored, ours = CASES[case]["kmo"], sampling_adequacy(np.array(CASES[case]["R"]))
    agree("KMO", ours.overall, stored["overall"], CLOSED, reference="psych::KMO 2.2.9", data=case)
    agree("KMO of items", ours.items, stored["items"], CLOSED, reference="psych::KMO 2.2.9", data=case)


@pytest.mark.parametrize("case", CASES)
def test_sphericity_is_that_of_psych(case: str, agree: Any) -> None:
    stored, ours = CASES[case]["bartlett"], sphericity(np.array(CASES[case]["R"]), CASES[case]["n"])
    reference = "psych::cortest.bartlett 2.2.9"
    agree("Bartlett's chi-square", ours.chi_square, stored["chisq"], CLOSED, reference=reference, data=case)
    agree("p value of Bartlett's test", ours.p_value, stored["p"], CLOSED, reference=reference, data=case)
    assert ours.df == stored["df"]


def test_partial_correlations_are_those_of_residuals() -> None:
    R = np.array(CASES["holzinger"]["R"])
    k = len(R)
    squares = np.zeros((k, k))
    for i in range(k):
        for j in set(range(k)) - {i}:
            rest = [h for h in range(k) if h not in {i, j}]
            pair = [i, j]
            S = R[np.ix_(pair, pair)] - R[np.ix_(pair, rest)] @ np.linalg.solve(
                R[np.ix_(rest, rest)], R[np.ix_(rest, pair)]
            )
            squares[i, j] = S[0, 1] ** 2 / (S[0, 0] * S[1, 1])
    plain = (R - np.eye(k)) ** 2
    expected = plain.sum(axis=0) / (plain.sum(axis=0) + squares.sum(axis=0))
    assert sampling_adequacy(R).items == pytest.approx(expected, abs=1e-12)


def test_two_items_are_always_middling() -> None:
    assert sampling_adequacy(np.array([[1, 0.3], [0.3, 1]])).overall == pytest.approx(0.5)


def test_unrelated_items_are_a_sphere() -> None:
    found = sphericity(np.eye(4), 100)
    assert (found.chi_square, found.df, found.p_value) == (0.0, 6, 1.0)


def test_a_copied_item_is_singular() -> None:
    R = np.array([[1, 1, 0.3], [1, 1, 0.3], [0.3, 0.3, 1]])
    assert is_singular(R)
    assert not is_singular(np.array(CASES["mixed"]["R"]))


def test_pairs_are_those_of_both_answers(agree: Any) -> None:
    x = pd.read_csv(REFERENCE / "data/exploration_holes.csv")
    ours = pairwise_correlation(x.to_numpy(float))
    agree("pairwise correlations", ours, CASES["holes"]["R"], CLOSED, reference="stats::cor 4.2.2", data="holes")
    assert ours == pytest.approx(x.corr().to_numpy(), abs=1e-12)
    whole = x.dropna().to_numpy(float)
    assert pairwise_correlation(whole) == pytest.approx(np.corrcoef(whole.T), abs=1e-12)


def test_a_pair_that_does_not_vary_has_no_correlation() -> None:
    x = np.random.default_rng(1).normal(size=(30, 3))
    x[:20, 0], x[20:, 1] = 0.3, np.nan
    found = pairwise_correlation(x)
    assert np.isnan(found[0, 1])
    assert np.isfinite(found[0, 2])
