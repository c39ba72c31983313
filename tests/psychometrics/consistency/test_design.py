"""Weights, clusters, holes, resampling and refusals of the verbs of consistency."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import IntervalMethod, ReliabilityTerm
from trustmeter.psychometrics.consistency.estimate import ALL_TERMS, ReliabilityResult, alpha, omega, reliability
from trustmeter.psychometrics.items import analyze_items
from trustmeter.responses.model import Responses, Roles
from trustmeter.results import VOCABULARY
from trustmeter.stats.consistency.bootstrap import resampled_covariances

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
ITEMS = pd.read_csv(REFERENCE / "data/reliability_skewed.csv")
HOLES = pd.read_csv(REFERENCE / "data/reliability_holes.csv")
FRAME = pd.read_csv(REFERENCE / "data/consistency_design.csv")
DRAWN = FRAME[[f"q{item}" for item in range(1, 6)]]
SMOOTH = ["alpha", "alpha_standardized", "lambda2", "lambda6", "omega_total", "omega_total_observed"]


def first(result: ReliabilityResult, term: str) -> Any:
    table = result.tidy()
    return table[table["term"] == term].iloc[0]


@pytest.mark.parametrize("interval", get_args(IntervalMethod))
def test_every_interval_of_every_coefficient(interval: IntervalMethod) -> None:
    terms = [term for term in get_args(ReliabilityTerm) if term not in {"omega_hierarchical", "kr20", "kr21"}]
    result = reliability(ITEMS, coefficients=terms, interval=interval, seed=1)
    table = result.tidy()
    assert list(table.columns) == [name for name in VOCABULARY if name in table.columns]
    assert table["estimate"].between(0, 4).all()
    given = table[table["ci_low"].notna()]
    assert (given["ci_low"] < given["ci_high"]).all()
    inside = given[~given["term"].isin(["lambda4", "glb", "split_half_max", "split_half_min"])]
    assert (inside["ci_low"] < inside["estimate"]).all()
    assert (inside["estimate"] < inside["ci_high"]).all()
    bare = set(table.loc[table["ci_low"].isna(), "term"])
    by_drawing = {"lambda4", "glb"} | {term for term in table["term"] if term.startswith("split_half")}
    assert bare == (set() if interval in {"bootstrap", "percentile"} else by_drawing)
    assert any("by formula" in note for note in result.notes) == (interval not in {"bootstrap", "percentile"})


def test_all_is_what_suits_the_items() -> None:
    terms = set(reliability(ITEMS, coefficients="all", factors=2).tidy()["term"])
    assert {"glb", "omega_categorical", "omega_group_2", "split_half_mean"} <= terms
    assert not terms & {"kr20", "kr21"}
    assert {"kr20", "kr21"} <= set(reliability((ITEMS > 2).astype(int), coefficients="all", factors=2).tidy()["term"])
    assert "omega_hierarchical" not in set(reliability(ITEMS, coefficients="all", factors=3).tidy()["term"])
    continuous = ITEMS + np.random.default_rng(1).normal(size=ITEMS.shape) / 10
    assert "alpha_ordinal" not in set(reliability(continuous, coefficients="all", factors=2).tidy()["term"])
    pairwise = reliability(HOLES, coefficients="all", missing="pairwise")
    assert pairwise.tidy()["estimate"].notna().all()


def test_the_default_is_as_it_was() -> None:
    assert reliability(ITEMS).tidy()["term"].drop_duplicates().tolist() == list(ALL_TERMS)
    assert reliability(ITEMS, coefficients="glb").tidy()["term"].tolist() == ["glb"]
    assert reliability(ITEMS, coefficients=["mdc"]).tidy()["term"].tolist() == ["mdc"]
    assert reliability(ITEMS, coefficients=("mdc", "sem")).value("sem") == reliability(ITEMS).value("sem")


@pytest.mark.parametrize("missing", ["listwise", "fiml"])
def test_equal_weights_are_no_weights(missing: Any) -> None:
    weights = np.full(len(HOLES), 2.5)
    plain, weighted = (
        reliability(HOLES, coefficients=SMOOTH, missing=missing, weights=given) for given in (None, weights)
    )
    for term in SMOOTH:
        assert weighted.value(term) == pytest.approx(plain.value(term), rel=1e-12)
        ratio = first(weighted, term)["std_error"] / first(plain, term)["std_error"]
        assert ratio == pytest.approx(1, abs=0.005 if "omega" in term else 1e-9)  # of omega the divisor is n, not n - 1


@pytest.mark.parametrize("missing", ["listwise", "fiml"])
def test_whole_weights_are_repeated_rows(missing: Any) -> None:
    times = np.random.default_rng(2).integers(0, 4, size=len(HOLES))
    repeated = HOLES.loc[np.repeat(HOLES.index, times)].reset_index(drop=True)
    terms = [*SMOOTH, "lambda4", "glb", "split_half"]
    a, b = (
        reliability(HOLES, coefficients=terms, missing=missing, weights=times),
        reliability(repeated, coefficients=terms, missing=missing),
    )
    for term in b.tidy()["term"]:
        assert a.value(term) == pytest.approx(b.value(term), rel=1e-8)
    ordinal = [
        reliability(one, coefficients=["alpha_ordinal", "omega_categorical"], weights=w)
        for one, w in ((HOLES, times), (repeated, None))
    ]
    # The ordinal factor weighs correlations by their variances, which weights are not free of.
    for term, near in (("alpha_ordinal", 1e-8), ("omega_categorical", 0.002)):
        assert ordinal[0].value(term) == pytest.approx(ordinal[1].value(term), rel=near)
    assert any("Kish" in note for note in a.notes)


@pytest.mark.parametrize("weights", [None, FRAME["weight"]])
def test_jackknife_leaves_out_each_row_or_cluster(weights: pd.Series[Any] | None) -> None:
    for clusters in (None, FRAME["cluster"]):
        terms = ["alpha", "lambda2", "omega_total", "sem"]
        found = reliability(DRAWN, coefficients=terms, interval="jackknife", weights=weights, clusters=clusters)
        units = np.arange(len(DRAWN)) if clusters is None else clusters.to_numpy()
        left: dict[str, list[float]] = {term: [] for term in terms}
        for unit in np.unique(units)[:: 1 if clusters is not None else 25]:
            keep = units != unit
            rest = reliability(DRAWN[keep], coefficients=terms, weights=None if weights is None else weights[keep])
            for term in terms:
                left[term].append(rest.value(term))
        if clusters is None:
            continue
        count = len(np.unique(units))
        for term in terms:
            values = np.array(left[term])
            expected = math.sqrt((count - 1) / count * float(np.sum((values - values.mean()) ** 2)))
            assert first(found, term)["std_error"] == pytest.approx(expected, rel=1e-6)
        row = first(found, "alpha")
        t = 2.0686576104190406  # 23 degrees of freedom
        assert row["ci_high"] - row["estimate"] == pytest.approx(t * row["std_error"], rel=1e-9)
        assert row["method"].startswith("jackknife by cluster")


def test_clusters_widen_intervals_and_take_t() -> None:
    plain, drawn = alpha(DRAWN), alpha(DRAWN, clusters=FRAME["cluster"])
    assert drawn.value("alpha") == plain.value("alpha")
    row = first(drawn, "alpha")
    assert row["std_error"] > first(plain, "alpha")["std_error"]
    assert row["ci_high"] - row["estimate"] == pytest.approx(2.0686576104190406 * row["std_error"], rel=1e-9)
    assert any("24 clusters, with t of 23" in note for note in drawn.notes)
    few = alpha(DRAWN, clusters=FRAME["cluster"] % 6)
    assert any("6 clusters" in note and "rough" in note for note in few.notes)
    assert math.isnan(drawn.tidy().set_index("method").loc["Feldt", "ci_low"])
    ordinal = [omega(DRAWN, coefficients="omega_categorical", clusters=given) for given in (None, FRAME["cluster"])]
    assert float(ordinal[0]) == float(ordinal[1])
    singles = alpha(DRAWN, clusters=np.arange(len(DRAWN)))
    assert first(singles, "alpha")["std_error"] == pytest.approx(first(plain, "alpha")["std_error"], rel=1e-12)


def test_bootstrap_draws_whole_clusters() -> None:
    found = reliability(DRAWN, coefficients=SMOOTH, clusters=FRAME["cluster"], weights=FRAME["weight"],
                        interval="percentile", seed=4)  # fmt: skip
    linear = reliability(DRAWN, coefficients=SMOOTH, clusters=FRAME["cluster"], weights=FRAME["weight"])
    for term in SMOOTH:
        row = first(found, term)
        assert "draws of clusters" in row["method"]
        assert row["std_error"] == pytest.approx(first(linear, term)["std_error"], rel=0.3)


def test_draws_repeat_with_the_seed_and_for_all_terms_alike() -> None:
    one, again = (
        reliability(ITEMS, coefficients=["glb", "alpha", "lambda2"], interval="bootstrap", seed=9) for _ in "ab"
    )
    pd.testing.assert_frame_equal(one.tidy(), again.tidy())
    alone = reliability(ITEMS, interval="bootstrap", seed=9)
    assert first(alone, "alpha")["ci_low"] == pytest.approx(first(one, "alpha")["ci_low"], rel=1e-12)
    generator = np.random.default_rng(9)
    two = [first(alpha(ITEMS, interval="bootstrap", seed=generator), "alpha")["ci_low"] for _ in range(2)]
    assert two[0] != two[1]


PLAIN = pd.DataFrame({"a": range(12), "b": [1, 2, 3] * 4, "c": [5, 1, 4, 2] * 3})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"coefficients": "lambda7"}, "Did you mean 'lambda"),
        ({"coefficients": []}, "must be a name or a list of names"),
        ({"factors": 1}, "at least 2"),
        ({"weights": "a"}, "one value a row"),
        ({"weights": [1, 2, 3]}, "Got 3 values for 12 rows"),
        ({"weights": [-1.0] + [1.0] * 11}, "Got fewer than 5 that are missing, negative or infinite"),
        ({"weights": [np.nan] + [1.0] * 11}, "Leave rows without a weight out"),
        ({"weights": [0.0] * 12}, "only zeros"),
        ({"weights": ["secret"] * 12}, "must be numbers"),
        ({"weights": pd.Series(np.ones(12), index=range(1, 13))}, "another index"),
        ({"clusters": [1] * 12}, "at least two clusters"),
        ({"clusters": [None] + ["x"] * 11}, "needs to know the cluster of each row"),
        ({"missing": "fiml", "interval": "bootstrap"}, "goes with `interval='adf'`"),
        ({"missing": "fiml", "interval": "jackknife"}, "Got 'jackknife'"),
        ({"missing": "pairwise", "weights": [1.0] * 12}, "weights and clusters would be lost"),
    ],
)
def test_what_cannot_be_asked(options: dict[str, Any], words: str) -> None:
    with pytest.raises(DesignError, match=re.escape(words)) as caught:
        reliability(PLAIN, **options)
    assert "secret" not in str(caught.value)


def test_other_verbs_do_not_take_full_information() -> None:
    with pytest.raises(DesignError, match="'pairwise'"):
        analyze_items(PLAIN, missing="fiml")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("coefficient", "items", "words"),
    [
        ("kr20", ITEMS, "not all 0 or 1"),
        ("kr21", ITEMS, "not all 0 or 1"),
        ("omega_hierarchical", ITEMS, "too few for 3 factors"),
        ("lambda6", ITEMS.assign(copy=ITEMS["q1"]), "the copy of others"),
        ("glb", ITEMS.assign(copy=ITEMS["q1"]), "the copy of others"),
        ("omega_categorical", ITEMS[["q1", "q2"]], "at least three items"),
        ("omega_categorical", ITEMS.assign(copy=ITEMS["q1"]), "the copy of others"),
        ("alpha_ordinal", ITEMS + np.random.default_rng(1).normal(size=ITEMS.shape), "more than 10 different answers"),
    ],
)
def test_a_coefficient_without_a_number_keeps_its_row(coefficient: Any, items: pd.DataFrame, words: str) -> None:
    result = reliability(items, coefficients=["alpha", coefficient])
    assert math.isnan(first(result, coefficient)["estimate"])
    assert result.value("alpha") > 0
    assert any(words in note for note in result.notes)
    with pytest.raises(EstimationError, match=re.escape(words)):
        reliability(items, coefficients=coefficient)


def test_clusters_left_out_with_holes_may_leave_one() -> None:
    items = DRAWN.where(FRAME["cluster"] == 1)
    items.loc[FRAME["cluster"] == 2, "q1"] = 1
    with pytest.raises(EstimationError, match="all its rows are of one cluster"):
        alpha(pd.concat([DRAWN.head(40), items.iloc[40:]]), clusters=np.where(np.arange(len(DRAWN)) < 40, 1, 2))


def test_items_never_answered_together_have_no_full_information() -> None:
    items = ITEMS.astype(float)
    items.loc[:150, "q1"], items.loc[151:, "q2"] = np.nan, np.nan
    with pytest.raises(EstimationError, match="never, or hardly ever"):
        alpha(items, missing="fiml")


@pytest.fixture
def weighted_answers(make_answers: Callable[..., Responses]) -> Responses:
    answers = make_answers(120, blanks=0.05)
    rng = np.random.default_rng(6)
    frame = answers.frame.assign(w=np.tile(rng.uniform(0.5, 2, 120), 2), station=np.tile(np.arange(120) // 6, 2))
    return replace(answers, frame=frame, roles=Roles("id", "wave", "zone", kept=("w", "station")))


def test_columns_read_along_weigh_and_cluster_answers(weighted_answers: Responses) -> None:
    one = weighted_answers.select((weighted_answers.frame["wave"] == "2022").to_numpy(dtype=bool))
    found = reliability(one, scale="trust", weights="w", clusters="station")
    assert any("by 20 clusters" in note for note in found.notes)
    assert found.provenance.options["weights"] == "w"
    both = reliability(weighted_answers, scale="trust", weights="w", clusters="station")
    assert math.isfinite(first(both, "alpha")["std_error"])
    for name, words in (("v", "w"), ("stations", "Did you mean 'station'")):
        with pytest.raises(DesignError, match=words):
            reliability(one, scale="trust", weights=name)
    with pytest.raises(DesignError, match="must be the name of a column"):
        reliability(one, scale="trust", weights=np.ones(len(one)))


def test_weighted_waves_are_taken_around_their_weighted_means(weighted_answers: Responses) -> None:
    waves = (weighted_answers.frame["wave"] == "2023").to_numpy(dtype=bool)
    items = ["FA1", "FA2", "FA3"]
    moved = weighted_answers.frame.assign(**{item: weighted_answers.frame[item] + 3 * waves for item in items})
    one, other = (
        reliability(each, scale="fairness", weights="w").value("alpha")
        for each in (weighted_answers, replace(weighted_answers, frame=moved))
    )
    assert other == pytest.approx(one, rel=1e-9)


def test_people_in_two_clusters_and_several_waves_with_holes_are_refused(weighted_answers: Responses) -> None:
    moved = weighted_answers.frame.assign(station=np.arange(240) // 7)
    with pytest.raises(DesignError, match="each person in one cluster"):
        reliability(replace(weighted_answers, frame=moved), scale="trust", clusters="station")
    with pytest.raises(DesignError, match="takes one wave"):
        reliability(weighted_answers, scale="trust", missing="fiml")
    with pytest.raises(EstimationError, match="no common thresholds"):
        reliability(weighted_answers, scale="trust", coefficients="alpha_ordinal")


def test_omega_gives_the_family_of_omegas() -> None:
    result = omega(ITEMS, coefficients=["omega_total", "omega_categorical", "omega_hierarchical"], factors=2, seed=1)
    assert result.tidy()["term"].tolist() == [
        "omega_total", "omega_categorical", "omega_hierarchical", "omega_total_hierarchical", "omega_group_1", "omega_group_2",
    ]  # fmt: skip
    assert float(result) == float(omega(ITEMS))


def test_bootstrap_of_omega_hierarchical(monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = functools.partial(resampled_covariances, draws=100)
    monkeypatch.setattr("trustmeter.psychometrics.consistency.sample.resampled_covariances", fewer)
    items = pd.read_csv(REFERENCE / "data/consistency_three.csv")
    found = omega(items, coefficients="omega_hierarchical", interval="percentile", seed=2)
    row = first(found, "omega_hierarchical")
    assert row["ci_low"] < row["estimate"] < row["ci_high"]
    delta = first(omega(items, coefficients="omega_hierarchical"), "omega_hierarchical")["std_error"]
    assert row["std_error"] == pytest.approx(delta, rel=0.35)
    assert math.isnan(first(found, "omega_group_1")["ci_low"])


def test_an_item_that_nobody_answered_is_named_with_full_information() -> None:
    with pytest.raises(EstimationError, match="no two different answers to 'q7'"):
        alpha(ITEMS.assign(q7=np.nan), missing="fiml")


def test_categories_that_nobody_chose_keep_the_distance_of_the_scores() -> None:
    """Codes 1, 2, 4, 5 are not 1, 2, 3, 4: the categorical omega is that of the score, which keeps the gap."""
    gap = ITEMS.where(ITEMS < 3, ITEMS + 3)
    found = omega(gap, coefficients="omega_categorical")
    assert float(found) != pytest.approx(float(omega(ITEMS, coefficients="omega_categorical")), abs=1e-4)
    twice = omega(2 * gap + 1, coefficients="omega_categorical")
    assert float(twice) == pytest.approx(float(found), rel=1e-12)


def test_resamples_in_which_an_item_is_constant_leave_no_interval_but_no_fault() -> None:
    rare = ITEMS.head(40).assign(q1=[2] * 39 + [1])
    table = reliability(
        rare, coefficients=["omega_total", "lambda6", "glb", "lambda4"], interval="bootstrap", seed=1
    ).tidy()
    assert table.loc[table["term"] == "omega_total", "ci_low"].isna().all()
