"""icc, kappa and krippendorff_alpha: shapes of input, companions, and what they refuse."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.psychometrics.agreement.coders import kappa
from trustmeter.psychometrics.agreement.content import krippendorff_alpha
from trustmeter.psychometrics.agreement.ratings import icc

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED = json.loads((REFERENCE / "values" / "agreement.json").read_text(encoding="utf-8"))["cases"]
MANY = json.loads((REFERENCE / "values" / "agreement_coders.json").read_text(encoding="utf-8"))["cases"]
SIX = ["ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)"]


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "data" / f"agreement_{name}.csv")


@pytest.mark.parametrize("case", STORED["icc"])
def test_icc_is_that_of_psych(case: str, agree: Callable[..., None]) -> None:
    result = icc(table(case))
    rows = result.tidy().set_index("term").loc[SIX]
    stored = STORED["icc"][case]["l95"]
    for ours, theirs in (("estimate", "estimate"), ("ci_low", "low"), ("ci_high", "high"), ("p_value", "p")):
        agree(f"icc: {ours}", rows[ours], stored[theirs], 1e-8, reference="psych::ICC 2.2.9", data=f"agreement_{case}")
    assert float(result) == rows.loc["ICC(A,1)", "estimate"]


@pytest.mark.parametrize("case", STORED["reml"])
def test_icc_with_gaps_is_that_of_lme4(case: str, agree: Callable[..., None]) -> None:
    result = icc(table(f"{case}_holes"))
    ours = [result.value(f"variance_{part}") for part in ("target", "rater", "error")]
    theirs = [STORED["reml"][case][part] for part in ("target", "rater", "error")]
    agree("icc: variances", ours, theirs, 1e-6, reference="lme4 1.1-31", data=f"agreement_{case}_holes", relative=True)
    assert result.tidy()["method"].str.contains("REML").all()
    assert float(result) == pytest.approx(ours[0] / sum(ours), rel=1e-9)


def test_long_and_wide_ratings_are_one() -> None:
    wide = table("likert_holes")
    long = wide.rename_axis("case").reset_index().melt("case", var_name="who", value_name="score")
    shuffled = long.sample(frac=1, random_state=1)
    columns = {"unit": "case", "rater": "who", "rating": "score"}
    assert float(icc(shuffled, **columns)) == pytest.approx(float(icc(wide)), abs=1e-12)
    assert float(kappa(shuffled, **columns)) == pytest.approx(float(kappa(wide)), abs=1e-12)
    assert float(krippendorff_alpha(shuffled, **columns)) == pytest.approx(float(krippendorff_alpha(wide)), abs=1e-12)
    with pytest.raises(DesignError, match="1 rows repeat"):
        icc(pd.concat([long, long.iloc[:1]]), **columns)
    with pytest.raises(DesignError, match="names of three"):
        icc(long, unit="case")


def test_empty_rows_and_columns_are_counted_out() -> None:
    wide = table("likert_holes")
    more = pd.concat([wide, pd.DataFrame(math.nan, index=[998, 999], columns=wide.columns)]).assign(nobody=math.nan)
    found = icc(more)
    assert float(found) == pytest.approx(float(icc(wide)), abs=1e-12)
    assert any("fewer than 5 targets without" in note for note in found.notes)
    assert found.provenance.rows_left_out == {"targets without a rating": 2, "raters without a rating": 1}


def test_nothing_is_changed_in_the_data() -> None:
    wide = table("likert_holes")
    before = wide.copy()
    for verb in (icc, kappa, krippendorff_alpha):
        verb(wide)
    pd.testing.assert_frame_equal(wide, before)


@pytest.mark.parametrize("weights", ["unweighted", "linear", "quadratic"])
@pytest.mark.parametrize("case", STORED["cohen"])
def test_kappa_of_two_is_that_of_psych(case: str, weights: str, agree: Callable[..., None]) -> None:
    frame = table(f"coders_{case}")
    result = kappa(frame["first"], frame["second"], weights=weights)
    row = result.tidy().set_index("term").loc["kappa"]
    data = f"agreement_coders_{case}"
    agree(
        f"kappa, {weights}", row["estimate"], STORED["cohen"][case][weights], 1e-8, reference="psych 2.2.9", data=data
    )
    error = STORED["cohen"][case]["hand"][weights][1]
    limits = [row["estimate"] - 1.959963984540054 * error, row["estimate"] + 1.959963984540054 * error]
    agree(f"kappa interval, {weights}", [row["ci_low"], row["ci_high"]], limits, 1e-8,
          reference="Fleiss, Cohen & Everitt (1969) in R", data=data)  # fmt: skip
    assert float(kappa(frame, weights=weights)) == float(result)


@pytest.mark.parametrize("weights", ["unweighted", "linear", "quadratic"])
@pytest.mark.parametrize("case", MANY)
def test_kappa_of_many_is_that_of_irrcac(case: str, weights: str, agree: Callable[..., None]) -> None:
    result = kappa(table(f"many_{case}"), weights=weights)
    gwet = "gwet_ac1" if weights == "unweighted" else "gwet_ac2"
    stored = MANY[case]["cac"][weights]
    ours = [float(result), result.value(gwet), result.value("brennan_prediger"), result.value("agreement")]
    theirs = [stored["fleiss"][0], stored["gwet"][0], stored["bp"][0], stored["bp"][2]]
    agree(f"Fleiss, Gwet, Brennan-Prediger, {weights}", ours, theirs, 1e-8, reference="irrCAC 0.4.4",
          data=f"agreement_many_{case}")  # fmt: skip


def test_each_category_has_its_kappa() -> None:
    frame = table("many_full")
    result = kappa(frame)
    rows = result.tidy()
    labels = [label for label in rows["group"] if label]
    assert labels == ["1", "2", "3", "4"]
    for label in labels:
        assert result.value("kappa", group=label) == pytest.approx(
            float(kappa((frame == int(label)).astype(int))), abs=1e-12
        )


def test_words_and_numbers_give_one_kappa() -> None:
    frame = table("coders_five")
    words = frame.replace(dict(enumerate(["never", "seldom", "at times", "often", "always"], start=1)))
    order = ["never", "seldom", "at times", "often", "always"]
    assert float(kappa(words)) == pytest.approx(float(kappa(frame)), abs=1e-12)
    weighted = kappa(words, weights="linear", categories=order)
    assert float(weighted) == pytest.approx(float(kappa(frame, weights="linear")), abs=1e-12)
    typed = words.astype(pd.CategoricalDtype(order, ordered=True))
    assert float(kappa(typed, weights="linear")) == pytest.approx(float(weighted), abs=1e-12)
    assert float(krippendorff_alpha(typed, level="ordinal")) == pytest.approx(
        float(krippendorff_alpha(frame, level="ordinal")), abs=1e-12
    )
    for call in (lambda: kappa(words, weights="linear"), lambda: krippendorff_alpha(words, level="ordinal")):
        with pytest.raises(DesignError, match="low to high"):
            call()
    with pytest.raises(DesignError, match="ratings that are not among") as caught:
        kappa(words, categories=order[:4])
    assert "always" not in str(caught.value)


def test_indices_of_a_lopsided_table() -> None:
    """Byrt, Bishop & Carlin (1993): prevalence |a - d| / n, bias |b - c| / n, PABAK = 2 Po - 1."""
    pairs = [("y", "y")] * 80 + [("y", "n")] * 12 + [("n", "y")] * 5 + [("n", "n")] * 3
    result = kappa(pd.DataFrame(pairs))
    assert result.value("prevalence_index") == pytest.approx(0.77)
    assert result.value("bias_index") == pytest.approx(0.07)
    assert result.value("brennan_prediger") == pytest.approx(2 * 0.83 - 1)
    assert result.value("gwet_ac1") > float(result) + 0.2
    assert any("crowd in few categories" in note for note in result.notes)


def test_missing_ratings_of_two_are_left_out() -> None:
    frame = table("coders_five").astype("Int64")
    frame.loc[:9, "second"] = pd.NA
    result = kappa(frame)
    assert float(result) == pytest.approx(float(kappa(frame.iloc[10:])), abs=1e-12)
    assert result.provenance.rows_left_out == {"units without two ratings": 10}


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
@pytest.mark.parametrize("case", MANY)
def test_alpha_is_that_of_krippendorff(case: str, level: str, agree: Callable[..., None]) -> None:
    result = krippendorff_alpha(table(f"many_{case}"), level=level)
    agree(f"krippendorff_alpha, {level}", float(result), MANY[case]["alpha"][level], 1e-8,
          reference="krippendorff 0.9.0", data=f"agreement_many_{case}")  # fmt: skip
    row = result.tidy().iloc[0]
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_both_intervals_of_alpha_are_alike_and_repeatable() -> None:
    frame = table("many_seven")
    one, other = (krippendorff_alpha(frame, level="ordinal", interval="bootstrap", seed=3).tidy() for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
    jackknife = krippendorff_alpha(frame, level="ordinal").tidy()
    assert one["std_error"].iloc[0] == pytest.approx(jackknife["std_error"].iloc[0], rel=0.1)


def test_alpha_of_full_agreement_has_no_interval() -> None:
    result = krippendorff_alpha([1, 2, 3, 1, 2, 3], [1, 2, 3, 1, 2, 3])
    assert float(result) == 1
    assert math.isnan(result.tidy()["ci_low"].iloc[0])
    assert any("no interval" in note for note in result.notes)
    perfect = kappa([1, 2, 3, 1, 2, 3], [1, 2, 3, 1, 2, 3])
    assert float(perfect) == pytest.approx(1)


REFUSED = [
    (icc, np.ones((20, 3)), EstimationError, "no error"),
    (icc, np.arange(20.0)[:, None], EstimationError, "two raters or more"),
    (icc, np.arange(20.0)[:, None] + np.array([0.0, 2.0]), EstimationError, "agree up to a constant"),
    (icc, np.random.default_rng(1).normal(size=(4, 3)), EstimationError, "at least 5"),
    (icc, [["a", "b"]] * 9, DesignError, "needs numbers"),
    (icc, np.where(np.eye(20, 20) > 0, 1.0, np.nan), EstimationError, "cannot tell targets from error"),
    (icc, [1, 2, 3], DesignError, "dimension"),
    (kappa, np.ones((20, 3)), EstimationError, "nothing varies"),
    (kappa, np.tile([1, 2], (4, 1)), EstimationError, "at least 5"),
    (kappa, np.arange(20.0)[:, None], EstimationError, "two raters"),
    (krippendorff_alpha, np.ones((20, 3)), EstimationError, "nothing varies"),
    (
        krippendorff_alpha,
        np.where(np.arange(20)[:, None] < 4, [[1.0, 2.0]], [[1.0, np.nan]]),
        EstimationError,
        "at least 5",
    ),
]


@pytest.mark.parametrize(("verb", "data", "error", "words"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_answered(verb: Callable[..., object], data: object, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        verb(data)


def test_words_that_are_not_known() -> None:
    frame = table("coders_five")
    for call in (
        lambda: kappa(frame, weights="squared"),
        lambda: krippendorff_alpha(frame, level="circular"),
        lambda: krippendorff_alpha(frame, interval="delta"),
        lambda: icc(frame, conf_level=95),
        lambda: krippendorff_alpha(frame - 3, level="ratio"),
        lambda: kappa(frame["first"], frame["second"].iloc[::-1]),
        lambda: kappa(frame["first"], frame["second"].iloc[:5]),
        lambda: kappa(frame, frame["second"]),
        lambda: icc(frame).value("ICC2"),
    ):
        with pytest.raises(DesignError):
            call()


def test_few_units_say_so() -> None:
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    assert any("Only 6 targets" in note for note in icc(ratings).notes)


def test_two_typed_columns_keep_their_order() -> None:
    order = pd.CategoricalDtype(["low", "middle", "high"], ordered=True)
    rng = np.random.default_rng(1)
    first = pd.Series(rng.choice(order.categories, 60)).astype(order)
    second = first.where(rng.random(60) < 0.7, "middle")
    frame = pd.DataFrame({"a": first, "b": second})
    assert float(kappa(first, second, weights="linear")) == float(kappa(frame, weights="linear"))
    numbers = frame.apply(lambda column: column.cat.codes)
    assert float(kappa(first, second, weights="linear")) == pytest.approx(float(kappa(numbers, weights="linear")))


def test_categories_that_nobody_chose_count() -> None:
    frame = table("coders_binary")
    more = kappa(frame, categories=[1, 2, 3])
    assert float(more) == pytest.approx(float(kappa(frame)), abs=1e-12)
    assert more.value("gwet_ac1") > kappa(frame).value("gwet_ac1")


def test_hardly_any_difference_gives_no_wrong_interval() -> None:
    x = np.ones((30, 3))
    x[0, 0] = 2.0
    for interval in ("jackknife", "bootstrap"):
        row = krippendorff_alpha(x, interval=interval, seed=1).tidy().iloc[0]
        assert math.isnan(row["ci_low"]) or row["ci_low"] <= row["estimate"] <= row["ci_high"]


def test_weighted_coefficients_may_lie_below_minus_one() -> None:
    first = [1, 9] * 8
    result = kappa(first, first[::-1], weights="quadratic", categories=range(1, 10))
    row = result.tidy().set_index("term").loc["brennan_prediger"]
    assert row["estimate"] < -1
    apart = kappa([1, 9] * 8 + [1, 1], [9, 1] * 8 + [1, 2], weights="quadratic", categories=range(1, 10))
    row = apart.tidy().set_index("term").loc["brennan_prediger"]
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_targets_that_differ_as_little_as_they_can() -> None:
    x = np.array([[1, 2, 3], [2, 3, 1], [3, 1, 2], [1, 3, 2], [2, 1, 3], [3, 2, 1]], float)
    result = icc(x)
    assert result.value("ICC(1,1)") == pytest.approx(-0.5)
    assert result.value("ICC(1,k)") == -math.inf


def test_targets_with_one_mean_have_no_interval_of_width_zero() -> None:
    found = icc([[1, 2], [2, 1]] * 3)
    forms = found.table[found.table["term"].str.startswith("ICC")]
    assert found.value("ICC(1,1)") == pytest.approx(-1)
    assert forms[["ci_low", "ci_high"]].isna().all(axis=None)
    assert any("same mean rating" in note and "without intervals" in note for note in found.notes)
    near = icc([*([[1, 2], [2, 1]] * 3), [2, 2]])
    assert near.table.query("term == 'ICC(1,1)'")[["ci_low", "ci_high"]].notna().all(axis=None)
