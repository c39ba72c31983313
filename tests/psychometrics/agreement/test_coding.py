"""Which ratings mean the same, what is no rating, and where no interval is honest."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError
from trustmeter.psychometrics.agreement.change import important_change
from trustmeter.psychometrics.agreement.coders import kappa
from trustmeter.psychometrics.agreement.content import krippendorff_alpha
from trustmeter.psychometrics.agreement.occasions import retest
from trustmeter.psychometrics.agreement.ratings import icc

NUMBERS = [1, 2, 3, 1, 2, 3, 1, 2, 10, 10]
OTHERS = [1, 2, 3, 2, 2, 3, 1, 1, 10, 3]
VERBS = [kappa, krippendorff_alpha]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    "written", [str, "{} ".format, "{}.0".format, float], ids=["text", "spaces", "decimal", "float"]
)
def test_a_number_written_as_text_is_that_number(verb: Callable[..., object], written: Callable[[int], object]) -> None:
    expected, found = verb(NUMBERS, OTHERS), verb(NUMBERS, [written(code) for code in OTHERS])
    pd.testing.assert_frame_equal(found.tidy(), expected.tidy())  # type: ignore[attr-defined]
    assert any("count as the same" in note for note in found.notes) == (written is not float)  # type: ignore[attr-defined]


def test_numbers_that_are_all_texts_are_ordered_as_numbers() -> None:
    texts = [str(code) for code in NUMBERS], [str(code) for code in OTHERS]
    assert float(kappa(*texts, weights="linear")) == float(kappa(NUMBERS, OTHERS, weights="linear"))
    assert float(krippendorff_alpha(*texts, level="ordinal")) == float(
        krippendorff_alpha(NUMBERS, OTHERS, level="ordinal")
    )
    assert not kappa(*texts).notes
    assert float(kappa(*texts, categories=[1, 2, 3, 10])) == float(kappa(NUMBERS, OTHERS))


def test_codes_with_a_zero_in_front_or_at_the_end_stay_words() -> None:
    codes = ["01", "1.1", "1.10", "1"] * 5
    assert float(kappa(codes, ["1.1" if code == "1.10" else code for code in codes])) < 1
    assert kappa(codes, codes).provenance.options["categories"] == 4


def test_spaces_and_capitals_in_words() -> None:
    first = ["fair", "unfair", "Fair", "fair", "unfair", "fair"]
    result = kappa(first, [f" {word}" for word in first])
    assert float(result) == 1
    assert any("count as the same" in note for note in result.notes)
    assert any("capital letters" in note for note in result.notes)


def test_empty_texts_are_missing() -> None:
    first = ["a", "b", "a", "b", "a", "b", " "]
    result = kappa(first, ["a", "b", "a", "a", "a", "b", ""])
    assert result.table["n"].iloc[0] == 6
    assert any("empty texts" in note for note in result.notes)
    assert kappa(first, first, categories=["", "a", "b"]).table["n"].iloc[0] == 7


@pytest.mark.parametrize("verb", [*VERBS, icc])
def test_an_id_is_no_rater(verb: Callable[..., object]) -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(1, 5, size=(40, 2)), columns=["ann", "ben"])
    for name in ("id", "Respondent_ID", "zone"):
        with pytest.raises(DesignError, match="named like who or where"):
            verb(frame.assign(**{name: frame["ann"]}))
    for values in (np.arange(40), [f"text {at}" for at in range(40)]):
        if verb is not icc or isinstance(values, np.ndarray):
            with pytest.raises(DesignError, match="an id and not a rater"):
                verb(frame.assign(document=values))
    verb(frame.rename_axis("id"))
    verb(frame.rename_axis("id").reset_index().melt("id"), unit="id", rater="variable", rating="value")


def test_measurements_without_ties_are_no_ids() -> None:
    rng = np.random.default_rng(2)
    person = rng.normal(50, 10, 60)
    frame = pd.DataFrame({"hand": np.round(person / 10), "machine": person / 10})
    assert float(icc(frame)) > 0.9


WITHOUT_INTERVAL = {
    "each unit disagrees, two codes": ([1, 2] * 10, [2, 1] * 10),
    "each unit disagrees, three codes": ([1, 2, 3, 1, 2, 3] * 4, [2, 3, 1, 3, 1, 2] * 4),
    "all agree": ([1, 2, 3] * 5, [1, 2, 3] * 5),
}


@pytest.mark.parametrize("case", WITHOUT_INTERVAL)
@pytest.mark.parametrize("third", [False, True])
def test_units_that_are_all_alike_have_no_interval(case: str, third: bool) -> None:
    first, second = WITHOUT_INTERVAL[case]
    frame = pd.DataFrame({"a": first, "b": second})
    if third:
        frame["c"] = [np.nan] * len(frame)
        frame.loc[len(frame)] = [1, np.nan, np.nan]
    result = kappa(frame)
    rows = result.tidy().drop_duplicates("term").set_index("term").loc[["kappa", "gwet_ac1", "brennan_prediger"]]
    assert rows[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert any("no standard error" in note for note in result.notes)
    for interval in ("jackknife", "bootstrap"):
        alpha = krippendorff_alpha(frame, interval=interval, seed=1)
        row = alpha.tidy().iloc[0]
        assert row[["std_error", "ci_low", "ci_high"]].isna().all()
        assert any("no interval" in note for note in alpha.notes)


def test_kappa_below_zero_says_so() -> None:
    result = kappa([1, 2] * 10, [2, 1] * 10)
    assert float(result) == -1
    assert any("below zero" in note for note in result.notes)
    assert any("disagree on every unit" in note for note in result.notes)


@pytest.mark.parametrize("n", [7, 30, 999])
def test_a_rater_who_never_varies_has_no_error(n: int) -> None:
    rng = np.random.default_rng(n)
    for weights in ("unweighted", "linear", "quadratic"):
        result = kappa(np.ones(n), rng.integers(1, 4, n), weights=weights, categories=[1, 2, 3])
        row = result.tidy().set_index("term").loc["kappa"]
        assert row["estimate"] == pytest.approx(0, abs=1e-12)
        assert row[["std_error", "ci_low", "p_value"]].isna().all()
        assert any("same rating to every unit" in note for note in result.notes)


def test_steps_that_never_vary_have_no_interval() -> None:
    """Weighted by distance, all units disagree by one step."""
    first = [1, 2, 3, 4] * 5
    second = [2, 3, 4, 3] * 5
    row = kappa(first, second, weights="linear").tidy().set_index("term").loc["kappa"]
    assert math.isnan(row["std_error"])
    for level in ("interval", "ordinal"):
        found = krippendorff_alpha(first, second, level=level).tidy().iloc[0]
        assert math.isnan(found["ci_low"]) == (level == "interval")


def test_negative_intraclass_correlations_say_what_they_mean() -> None:
    opposite = np.array([[1.0, 9], [9, 1], [2, 8], [8, 2], [5, 5.1]])
    result = icc(opposite)
    assert float(result) < -1
    assert any("below -1" in note and "no agreement" in note for note in result.notes)
    rng = np.random.default_rng(8)
    x = rng.normal(size=12)
    assert any("below zero" in note for note in retest(x, -x + rng.normal(size=12) / 4).notes)


def test_changes_without_limits_say_so() -> None:
    rng = np.random.default_rng(3)
    change, improved = np.r_[rng.uniform(0, 1, 20), rng.uniform(2, 3, 20)], np.arange(40) >= 20
    result = important_change(change, improved, draws=100, seed=4)
    rows = result.tidy().set_index("term")
    bare = [term for term in rows.index if math.isnan(rows.loc[term, "ci_low"]) and rows.loc[term, "estimate"] > 0]
    assert "auc" in bare
    assert any("No interval for" in note and "auc" in note for note in result.notes)


def test_the_seed_is_part_of_where_a_number_comes_from() -> None:
    rng = np.random.default_rng(5)
    change = rng.normal(size=60)
    improved = change + rng.normal(size=60) > 0
    assert important_change(change, improved, draws=100, seed=7).provenance.options["seed"] == 7
    assert krippendorff_alpha(NUMBERS, OTHERS, interval="bootstrap", seed=7).provenance.options["seed"] == 7
    assert krippendorff_alpha(NUMBERS, OTHERS).provenance.options["seed"] is None
