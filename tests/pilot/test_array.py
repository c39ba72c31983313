"""Comparisons of arrays: R's numbers, edges, and what must hold whatever the data."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustmeter.errors import DesignError, EstimationError
from trustmeter.pilot.array import ArrayComparison, compare_groups, compare_paired

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
VALUES = json.loads((REFERENCE / "values" / "change.json").read_text(encoding="utf-8"))
DATA = pd.read_csv(REFERENCE / "data" / "change.csv")
CASES = list(dict.fromkeys(DATA["case"]))

CLOSED_FORM = 1e-10
"""Both sides evaluate the same formula in double precision."""
NONCENTRAL = 1e-9
"""R's pt() with a noncentrality gives about eleven digits."""
OPTIM = 1e-6
"""effectsize finds its limits by optim(), good to about seven digits."""


def arrays(case: str) -> tuple[np.ndarray, np.ndarray]:
    part = DATA[DATA["case"] == case]
    return part["before"].to_numpy(), part["after"].to_numpy()


def row(result: ArrayComparison, term: str) -> Any:
    return result.tidy().set_index("term").loc[term]


def near(found: Any, stored: Any, tolerance: float) -> bool:
    stored = math.nan if stored is None else stored
    return found == pytest.approx(stored, rel=tolerance, abs=tolerance, nan_ok=True)


@pytest.mark.parametrize("level", ["paired", "paired_90"])
@pytest.mark.parametrize("case", CASES)
def test_paired_equals_r(case: str, level: str) -> None:
    result = compare_paired(*arrays(case), conf_level=0.9 if level == "paired_90" else 0.95)
    stored = VALUES[level][case]
    change = row(result, "mean_change")
    for found, name in [
        ("estimate", "mean_change"),
        ("std_error", "std_error"),
        ("statistic", "t"),
        ("df", "df"),
        ("p_value", "p"),
    ]:
        assert near(change[found], stored[name], CLOSED_FORM), found
    terms = [("mean_before", CLOSED_FORM), ("d_z", NONCENTRAL), ("d_av", CLOSED_FORM), ("rank_biserial", CLOSED_FORM)]
    for term, tolerance in [*terms, ("hedges_g_av", CLOSED_FORM), ("mean_change", CLOSED_FORM)]:
        name = {"hedges_g_av": "g_av"}.get(term, term)
        limits = stored["ci"] if term == "mean_change" else stored[f"{name}_ci"]
        assert near(row(result, term)["estimate"], stored[name], tolerance), term
        assert near(row(result, term)["ci_low"], limits[0], tolerance), term
        assert near(row(result, term)["ci_high"], limits[1], tolerance), term
    assert near(row(result, "d_z")["ci_low"], stored["d_z_effectsize_ci"][0], OPTIM)
    assert near(row(result, "d_z")["ci_high"], stored["d_z_effectsize_ci"][1], OPTIM)
    ranks = row(result, "rank_biserial")
    assert ranks["statistic"] == stored["wilcoxon_v"]
    assert near(ranks["p_value"], stored["wilcoxon_p"], CLOSED_FORM)
    assert ("exact" in ranks["method"]) == ("exact" in stored["wilcoxon_method"])


@pytest.mark.parametrize("case", CASES)
def test_groups_equal_r(case: str) -> None:
    first, second = arrays(case)
    result = compare_groups(first, second[: math.ceil(len(second) * 2 / 3)])
    stored = VALUES["groups"][case]
    difference = row(result, "mean_difference")
    for found, name in [
        ("estimate", "mean_difference"),
        ("std_error", "std_error"),
        ("statistic", "t"),
        ("df", "df"),
        ("p_value", "p"),
    ]:
        assert near(difference[found], stored[name], CLOSED_FORM), found
    assert near(difference["ci_low"], stored["ci"][0], CLOSED_FORM)
    for term, name, tolerance in [
        ("d_s", "d_s", NONCENTRAL), ("hedges_g_s", "g_s", NONCENTRAL),
        ("prob_superiority", "prob_superiority", CLOSED_FORM),
        ("d_s", "d_s_effectsize", OPTIM), ("hedges_g_s", "g_s_effectsize", OPTIM),
    ]:  # fmt: skip
        assert near(row(result, term)["estimate"], stored[name], tolerance), name
        assert near(row(result, term)["ci_low"], stored[f"{name}_ci"][0], tolerance), name
        assert near(row(result, term)["ci_high"], stored[f"{name}_ci"][1], tolerance), name
    ranks, munzel = row(result, "rank_biserial"), row(result, "prob_superiority")
    assert (ranks["statistic"], "exact" in ranks["method"]) == (stored["w"], "exact" in stored["w_method"])
    assert near(ranks["p_value"], stored["w_p"], CLOSED_FORM)
    assert near(ranks["estimate"], stored["rank_biserial"], CLOSED_FORM)
    assert near(ranks["ci_low"], 2 * stored["prob_superiority_ci"][0] - 1, CLOSED_FORM)
    for found, name in [("statistic", "brunner_munzel"), ("df", "brunner_munzel_df"), ("p_value", "brunner_munzel_p")]:
        assert near(munzel[found], stored[name], CLOSED_FORM), name


def test_missing_pairs_are_left_out_and_counted_by_position() -> None:
    before = pd.Series([1.0, 2, None, 4, 5], index=[9, 8, 7, 6, 5])
    after = pd.Series([2, 2, 3, None, 7], dtype="Int64")
    result = compare_paired(before, after)
    assert float(result) == pytest.approx(1.0)
    assert result.provenance.rows_left_out == {"pairs with a missing number": 2}
    assert any("fewer than 5 pairs" in note for note in result.notes)


@pytest.mark.parametrize(
    ("before", "after", "error", "word"),
    [
        ([1, 2, 3], [1, 2], DesignError, "compare_groups"),
        ([1, 2], [1, 2], EstimationError, "at least 3"),
        ([1, 2, None], [1, 2, 3], EstimationError, "Got fewer"),
        (["a", "b", "c"], [1, 2, 3], DesignError, "`before`"),
        ([1, 2, 3], [1, 2, math.inf], DesignError, "`after`"),
        ([[1], [2], [3]], [1, 2, 3], DesignError, "`before`"),
    ],
)
def test_refusals(before: Any, after: Any, error: type[Exception], word: str) -> None:
    with pytest.raises(error, match=word):
        compare_paired(before, after)


def test_groups_refuse_too_few_and_bad_levels() -> None:
    with pytest.raises(EstimationError, match="each group"):
        compare_groups([1, 2, 3], [1, 2, math.nan])
    with pytest.raises(DesignError, match="conf_level"):
        compare_groups([1, 2, 3], [1, 2, 4], conf_level=95)


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_changes_that_do_not_vary_have_no_test(shift: float) -> None:
    before = np.array([0.1, 0.7, 0.4, 0.9, 0.2])
    result = compare_paired(before, before + shift)
    change = row(result, "mean_change")
    assert change["estimate"] == pytest.approx(shift, abs=1e-15)
    assert change[["statistic", "p_value", "ci_low", "ci_high"]].isna().all()
    assert math.isnan(result.value("d_z"))
    assert any("do not vary" in note for note in result.notes)


def test_constant_groups_do_not_crash() -> None:
    result = compare_groups([2, 2, 2], [2, 2, 2])
    assert result.value("prob_superiority") == 0.5
    assert math.isnan(row(result, "rank_biserial")["p_value"])


def test_unknown_term() -> None:
    with pytest.raises(DesignError, match="no term 'd'"):
        compare_paired([1, 2, 3], [2, 2, 5]).value("d")


def test_means_that_are_equal_on_paper_are_ties() -> None:
    """0.3 - 0.1 and 0.6 - 0.4 differ in the last bit only."""
    decimals = compare_paired([0.1, 0.4, 0.5, 0.2], [0.3, 0.6, 0.4, 0.2])
    tenths = compare_paired([1, 4, 5, 2], [3, 6, 4, 2])
    for name in ("estimate", "statistic", "p_value"):
        assert row(decimals, "rank_biserial")[name] == pytest.approx(
            row(tenths, "rank_biserial")[name], rel=CLOSED_FORM
        )


numbers = st.lists(st.integers(0, 20), min_size=6, max_size=25).filter(lambda values: len(set(values)) > 2)


@settings(max_examples=40, deadline=None)
@given(before=numbers, data=st.data())
def test_swapping_flips_signs_and_shifting_changes_nothing(before: list[int], data: st.DataObject) -> None:
    after = data.draw(
        st.lists(st.integers(0, 20), min_size=len(before), max_size=len(before)).filter(lambda v: len(set(v)) > 2)
    )
    forth, back = compare_paired(before, after), compare_paired(after, before)
    shifted = compare_paired(np.array(before) + 100.0, np.array(after) + 100.0)
    order = np.random.default_rng(1).permutation(len(before))
    shuffled = compare_paired(np.array(before)[order], np.array(after)[order])
    for term in ("mean_change", "d_z", "d_av", "hedges_g_av", "rank_biserial"):
        there, here = row(forth, term), row(back, term)
        assert there["estimate"] == pytest.approx(-here["estimate"], abs=1e-9, nan_ok=True)
        assert there["ci_low"] == pytest.approx(-here["ci_high"], abs=1e-8, nan_ok=True)
        for other in (shifted, shuffled):
            assert there["estimate"] == pytest.approx(row(other, term)["estimate"], abs=1e-9, nan_ok=True)
            assert there["p_value"] == pytest.approx(row(other, term)["p_value"], abs=1e-9, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(first=numbers, second=numbers)
def test_swapping_groups_flips_signs(first: list[int], second: list[int]) -> None:
    forth, back = compare_groups(first, second), compare_groups(second, first)
    for term in ("mean_difference", "d_s", "hedges_g_s", "rank_biserial"):
        assert row(forth, term)["estimate"] == pytest.approx(-row(back, term)["estimate"], abs=1e-9)
        assert row(forth, term)["p_value"] == pytest.approx(row(back, term)["p_value"], abs=1e-9, nan_ok=True)
    assert forth.value("prob_superiority") + back.value("prob_superiority") == pytest.approx(1)


def test_series_that_share_labels_must_share_their_order() -> None:
    before = pd.Series([1.0, 2, 3, 4], index=["a", "b", "c", "d"])
    after = pd.Series([5.0, 3, 2, 4], index=["d", "c", "b", "a"])
    with pytest.raises(DesignError, match="share 4 labels"):
        compare_paired(before, after)
    lined_up = compare_paired(*before.align(after))
    assert float(lined_up) == pytest.approx(float(compare_paired(before.to_numpy(), [4, 2, 3, 5])))
    other_labels = after.set_axis([10, 11, 12, 13])
    assert float(compare_paired(before, other_labels)) == float(compare_paired(before.to_numpy(), after.to_numpy()))


def test_a_mean_of_few_people_is_not_for_publication() -> None:
    few, enough = np.arange(9.0), np.arange(10.0)
    assert (
        "A mean of fewer than 10 people may tell about one of them: keep it from publication."
        in compare_groups(few, enough).notes
    )
    assert not compare_groups(enough, enough + 1).notes
    assert any("fewer than 10 people" in note for note in compare_paired(few, few**2).notes)


def test_a_very_large_effect_keeps_its_interval() -> None:
    rng = np.random.default_rng(2)
    before = rng.normal(size=30)
    found = [compare_paired(before, before + size + 1e-3 * rng.normal(size=30)) for size in (1e1, 1e3)]
    for result in found:
        d_z = row(result, "d_z")
        assert d_z["ci_low"] < d_z["estimate"] < d_z["ci_high"]
        assert d_z["ci_low"] / d_z["estimate"] == pytest.approx(0.742, abs=0.01)


def test_few_pairs_left_out_are_not_counted() -> None:
    before, after = np.arange(40.0), np.arange(40.0) ** 1.5
    for few, told in ((3, "Left out: fewer than 5 pairs"), (6, "Left out: 6 pairs")):
        before[:few] = np.nan
        assert any(note.startswith(told) for note in compare_paired(before, after).notes)
