"""What must be said beside estimates so that nobody is surer than the design allows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.present.notes import note_in
from trustmeter.present.phrases import load_phrases
from trustmeter.responses.sampling import WHOLE_CLUSTERS

N = 240
CLUSTERS = {"weights": "w", "strata": "stratum", "clusters": "cluster"}
KEPT = ("w", "stratum", "cluster", "population", "kind", "one")


def frame() -> pd.DataFrame:
    """240 people of 24 clusters in 4 strata; `one` makes strata of which the last three have one cluster."""
    rng, row = np.random.default_rng(7), np.arange(N)
    cluster = row // 10
    one = np.where(cluster > 20, cluster, 0)
    return pd.DataFrame({"y": rng.normal(50, 10, N), "x": rng.normal(50, 10, N), "w": 1 + row % 3, "stratum": cluster % 4,
                         "cluster": cluster, "population": 40, "kind": np.where(row % 3, "p", "q"), "one": one})  # fmt: skip


def read(table: pd.DataFrame, *more: str, **design: Any) -> tm.Scores:
    kept = [*KEPT, *more, "x"]
    return tm.read_scores(table, scale="y", ranges=(0, 100), keep=kept, design=tm.SurveyDesign(**design))


def said(found: tm.SurveyEstimates, words: str) -> list[str]:
    return [note for note in found.notes if words in note]


def test_a_population_of_clusters_is_doubted_by_every_verb() -> None:
    scores = read(frame(), **CLUSTERS, population="population")
    for found in (
        tm.estimate(scores, "y"),
        tm.estimate_ratio(scores, "y", "x"),
        tm.design_regression(scores, "y", predictors="x"),
        tm.rao_scott(scores, "kind", "stratum"),
    ):
        assert WHOLE_CLUSTERS in found.notes
    assert WHOLE_CLUSTERS not in tm.estimate(read(frame(), **CLUSTERS), "y").notes
    alone = {"weights": "w", "strata": "stratum", "population": "population"}
    assert WHOLE_CLUSTERS not in tm.estimate(read(frame().assign(population=400), **alone), "y").notes


def test_reliability_doubts_it_too() -> None:
    trust = tm.load_questionnaire("community-trust-short")
    drawn = tm.simulate_responses(trust, N, waves=("now",), seed=3)
    table = drawn.frame.assign(**frame()[list(KEPT)])
    design = tm.SurveyDesign(**CLUSTERS, population="population")
    answers = tm.read_responses(table, trust, respondent="id", wave="wave", design=design)
    assert WHOLE_CLUSTERS in tm.reliability(answers, scale="trust", coefficients="alpha").notes


def test_each_end_of_an_interval_of_a_quantile_stands_by_itself() -> None:
    found = tm.estimate(read(frame(), **CLUSTERS), "y", statistic="quantile", quantiles=(0.03, 0.5))
    assert np.isnan(found.value("quantile:0.03", column="ci_low"))
    assert found.value("quantile:0.03", column="ci_high") > found.value("quantile:0.03")
    assert np.isnan(found.value("quantile:0.03", column="std_error"))
    assert found.value("quantile:0.5", column="std_error") > 0
    assert said(found, "An end of an interval that is not shown")
    assert not said(tm.estimate(read(frame(), **CLUSTERS), "y", statistic="quantile"), "An end of an interval")
    cell = tm.to_table(found)["95% interval"]
    assert cell[0].startswith("… to ")
    assert "…" not in cell[1]


def test_quantiles_far_from_the_median_of_few_clusters_are_said_to_be_too_sure() -> None:
    few = read(frame().assign(cluster=lambda table: table["cluster"] % 9), weights="w", clusters="cluster")
    far, middle = (
        tm.estimate(few, "y", statistic="quantile", quantiles=asked) for asked in ((0.1, 0.5), (0.25, 0.5, 0.75))
    )
    assert said(far, "far from the median that have both ends are too narrow")
    assert not said(middle, "far from the median")
    many = tm.estimate(read(frame(), **CLUSTERS), "y", statistic="quantile", quantiles=(0.1,))
    assert not said(many, "far from the median")


def test_what_was_asked_is_told_in_plain_numbers() -> None:
    found = tm.estimate(read(frame(), weights="w"), "y", statistic="quantile", quantiles=(0.25, 0.5))
    assert [type(one) for one in found.provenance.options["quantiles"]] == [float, float]
    assert "np." not in repr(found.provenance)


def test_a_hidden_only_estimate_is_unknown_and_no_error() -> None:
    rare = read(frame().assign(rare=lambda table: (table.index < 3).astype(float)), "rare", weights="w")
    found = tm.estimate(rare, "rare")
    assert found.table["suppressed"].all()
    for column in ("estimate", "std_error", "df", "ci_low", "ci_high", "n", "n_effective"):
        assert np.isnan(found.value(column=column))
    assert np.isnan(found.value("design_effect"))
    with pytest.raises(tm.DesignError, match="`column`"):
        found.value(column="word")
    with pytest.raises(tm.DesignError, match="`term`"):
        found.value("median")


@pytest.mark.parametrize("rule", ["certainty", "adjust", "average"])
def test_the_rule_for_strata_with_one_cluster_is_said_with_their_number(rule: str) -> None:
    scores = read(frame(), weights="w", strata="one", clusters="cluster", lonely_psu=rule)
    (note,) = said(tm.estimate(scores, "y"), "Strata with one")
    assert note.startswith(f"Strata with one cluster: 3. By the rule '{rule}' they ")
    assert not said(tm.estimate(read(frame(), **CLUSTERS, lonely_psu=rule), "y"), "Strata with one")


def test_strata_of_one_row_are_not_counted_out() -> None:
    table = frame().assign(one=lambda table: np.maximum(table.index - (N - 4), 0))
    (note,) = said(tm.estimate(read(table, weights="w", strata="one", lonely_psu="adjust"), "y"), "Strata with one")
    assert note.startswith("Strata with one row: fewer than 5.")


def replicated(method: str, scale: float, rscales: tuple[float, ...] = (), rho: float = 0.0) -> tm.SurveyEstimates:
    rng, count = np.random.default_rng(5), 20
    half = rng.integers(0, 2, (24, count)) * 2.0 * (1 - rho) + rho
    table = frame()
    times = half if method in ("brr", "fay") else rng.poisson(1, (24, count))
    each = pd.DataFrame(table["w"].to_numpy()[:, None] * times[table["cluster"]]).add_prefix("r")
    told = tm.Replicates(tuple(each), method, scale, rscales)  # type: ignore[arg-type]
    return tm.estimate(read(pd.concat([table, each], axis=1), *each, weights="w", replicates=told), "y")


@pytest.mark.parametrize(
    ("method", "usual", "rho"),
    [("jk1", 0.95, 0), ("bootstrap", 0.05, 0), ("bootstrap", 1 / 19, 0), ("brr", 0.05, 0), ("fay", 0.2, 0.5), ("jkn", 0.6, 0)],
)  # fmt: skip
def test_a_scale_of_replicates_that_is_far_off_is_said(method: str, usual: float, rho: float) -> None:
    assert not said(replicated(method, usual, rho=rho), "The scale of")
    (high,) = said(replicated(method, 6 * usual, rho=rho), "The scale of")
    assert "too large" in high
    (low,) = said(replicated(method, usual / 6, rho=rho), "The scale of")
    assert "too small" in low
    assert "e-" not in said(replicated(method, 1e-6, rho=rho), "The scale of")[0]


def test_scales_count_together_with_what_each_replicate_is_multiplied_by() -> None:
    assert not said(replicated("jkn", 1.0, (0.9,) * 20), "The scale of")
    assert said(replicated("jkn", 1.0, (0.05,) * 20), "The scale of")
    (note,) = said(replicated("bootstrap", 1.0), "The scale of")
    assert "is 1; usual is 0.05 to 0.0526. If it is wrong, standard errors are 4.36 times too large." in note


@pytest.mark.parametrize("method", ["bootstrap", "jkn", "jk1", "brr", "fay"])
def test_replicates_of_our_own_have_the_usual_scale(method: str) -> None:
    strata = {} if method == "jk1" else {"strata": "stratum"}
    scores = read(frame(), weights="w", clusters="cluster", **strata) if method not in ("brr", "fay") else read(
        frame().assign(stratum=lambda table: table["cluster"] // 2), **CLUSTERS
    )  # fmt: skip
    made = tm.make_replicates(scores, method, replicates=30, seed=1)  # type: ignore[arg-type]
    assert not said(tm.estimate(made, "y"), "The scale of")


def test_of_an_event_that_nobody_has_it_is_said() -> None:
    scores = read(frame(), weights="w")
    with pytest.raises(tm.DesignError, match="Nobody here has 'z', and of what nobody has nothing can be estimated"):
        tm.estimate(scores, "kind", statistic="share", event="z")


def test_an_option_that_nobody_chose_has_a_share_of_0_without_an_interval() -> None:
    trust = tm.load_questionnaire("community-trust-short")
    answers = tm.simulate_responses(trust, N, waves=("now",), seed=3)
    moved = replace(answers, frame=answers.frame.assign(SEX=answers.frame["SEX"].replace("X", "F")))
    found = tm.estimate(moved, "SEX", statistic="share", event="X")
    assert found.value() == 0
    assert np.isnan(found.value(column="ci_high"))
    assert said(found, "has no interval")


@pytest.mark.parametrize("language", ["fr", "nl", "de"])
def test_what_is_said_is_said_in_every_language(language: str) -> None:
    results = [
        tm.estimate(read(frame(), **CLUSTERS, population="population"), "y", statistic="total"),
        tm.estimate(read(frame(), **CLUSTERS), "y", statistic="quantile", quantiles=(0.03, 0.5)),
        tm.estimate(read(frame().assign(cluster=lambda table: table["cluster"] % 9), weights="w", clusters="cluster"),
                    "y", statistic="quantile", quantiles=(0.1,)),
        *(tm.estimate(read(frame(), weights="w", strata="one", clusters="cluster", lonely_psu=rule), "y")
          for rule in ("certainty", "adjust", "average")),
        replicated("bootstrap", 1.0), replicated("jk1", 1e-6), replicated("brr", 1.0),
        tm.estimate(read(frame()), "y"),
    ]  # fmt: skip
    notes = [note for one in results for note in one.notes]
    phrases = load_phrases(language)
    assert [note for note in notes if note_in(note, phrases)[1] != language] == []
