"""Answers handed over to svy give the same numbers there; skipped without svy, which is not among the tools of developers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import trustmeter as tm

SCHOOLS = pd.read_csv(Path(__file__).resolve().parents[1] / "reference/data/survey_schools.csv")
FULL = {"weights": "w", "strata": "stratum", "clusters": "cluster"}


def read(**design: Any) -> tm.Scores:
    return tm.read_scores(
        SCHOOLS, scale="y", ranges=(-1000, 2000), keep=["z", "a", "g"], design=tm.SurveyDesign(**design)
    )


@pytest.fixture
def svy() -> Any:
    return pytest.importorskip("svy", reason="svy is not installed: pip install 'trustmeter[survey]'.")


@pytest.mark.parametrize(
    "design",
    [
        {"weights": "w"},
        {"weights": "w", "clusters": "cluster"},
        FULL,
        {**FULL, "population": "population"},
        {"weights": "w", "strata": "stratum", "population": "people"},
    ],
)
def test_svy_gives_the_same_numbers(design: dict[str, str], svy: Any) -> None:
    del svy
    scores = read(**design)
    sample = tm.to_svy(scores)
    theirs, ours = sample.estimation.mean("y").estimates[0], tm.estimate(scores, "y")
    assert [theirs.est, theirs.se, theirs.df] == pytest.approx(
        [ours.value(), ours.value(column="std_error"), ours.df_joint]
    )
    assert [theirs.lci, theirs.uci] == pytest.approx([ours.value(column="ci_low"), ours.value(column="ci_high")])
    total, ratio = sample.estimation.total("y").estimates[0], sample.estimation.ratio("y", "z").estimates[0]
    again = tm.estimate(scores, "y", statistic="total")
    assert [total.est, total.se] == pytest.approx([again.value(), again.value(column="std_error")])
    over = tm.estimate_ratio(scores, "y", "z")
    assert [ratio.est, ratio.se] == pytest.approx([over.value(), over.value(column="std_error")])
    by = {one.by_level[0]: one for one in sample.estimation.mean("y", by="a").estimates}
    groups = tm.estimate(scores, "y", by="a")
    for level, one in by.items():
        expected = [groups.value("mean", group=str(level)), groups.value("mean", group=str(level), column="std_error")]
        assert [one.est, one.se] == pytest.approx(expected)


@pytest.mark.parametrize("method", ["jkn", "bootstrap"])
@pytest.mark.parametrize("raked", [False, True])
def test_svy_gives_the_same_numbers_with_replicates(method: str, raked: bool, svy: Any) -> None:
    del svy
    answers = read(**FULL).answers
    if raked:
        answers = tm.rake(answers, {"a": {"1": 330.0, "2": 250.0, "3": 120.0}}).answers
    made = tm.make_replicates(answers, method, replicates=40, seed=1)  # type: ignore[arg-type]
    theirs = tm.to_svy(made).estimation.mean("z", method="replication", variance_center="estimate").estimates[0]
    ours = tm.estimate(made, "z")
    assert [theirs.est, theirs.se] == pytest.approx([ours.value(), ours.value(column="std_error")])


@pytest.mark.parametrize(("rule", "scale"), [("certainty", "skip"), ("adjust", "center"), ("average", "scale")])
def test_rules_for_lonely_clusters_go_along(rule: str, scale: str, svy: Any) -> None:
    del svy
    lonely = pd.read_csv(Path(__file__).resolve().parents[1] / "reference/data/survey_lonely.csv")
    design = tm.SurveyDesign(**FULL, lonely_psu=rule)  # type: ignore[arg-type]
    scores = tm.read_scores(lonely, scale="y", ranges=(-1000, 2000), design=design)
    theirs, ours = tm.to_svy(scores).estimation.mean("y").estimates[0], tm.estimate(scores, "y")
    assert [theirs.est, theirs.se] == pytest.approx([ours.value(), ours.value(column="std_error")]), scale


def test_items_go_along_and_ids_do_not(svy: Any) -> None:
    del svy
    answers = tm.simulate_responses(tm.load_questionnaire("community-trust-short"), 60, seed=1)
    columns = tm.to_svy(answers).data.columns
    assert {"wave", "TR01", "design_weight", "design_cluster"} <= set(columns)
    assert answers.roles.respondent not in columns


def test_margins_are_handed_over_by_replicates_only() -> None:
    raked = tm.rake(read(**FULL).answers, {"a": {"1": 330.0, "2": 250.0, "3": 120.0}}).answers
    with pytest.raises(tm.DesignError, match="Hand replicate weights over"):
        tm.to_svy(raked)


def test_without_svy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "svy", None)
    with pytest.raises(tm.MissingExtraError, match=r"trustmeter\[survey\]"):
        tm.to_svy(read(**FULL))
