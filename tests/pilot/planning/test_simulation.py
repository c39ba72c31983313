"""Power by made-up pilots: judged as `compare` judges, in step with the formula, the same whoever does the work."""

from __future__ import annotations

import math
import os
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats

import trustmeter as tm
from trustmeter.errors import DesignError, MissingExtraError
from trustmeter.pilot.planning.drawn import Trial, judge_of
from trustmeter.pilot.planning.generator import Crowd, Meter, meter_of
from trustmeter.pilot.planning.parallel import spread
from trustmeter.pilot.planning.planned import plan
from trustmeter.questionnaire.model import Questionnaire

REQUIRED = os.environ.get("TRUSTMETER_REQUIRE_ALL") == "1"
DESIGNS: dict[str, tuple[tm.PilotDesign, dict[str, Any]]] = {
    "linked": (tm.PilotDesign("a", "b", linked=True), {"n": 60}),
    "different": (tm.PilotDesign("a", "b", linked=False), {"n": 80}),
    "overlap": (tm.PilotDesign("a", "b", linked="overlap"), {"n": 100}),
    "clusters": (tm.PilotDesign("a", "b", linked=True, clusters="area"), {"n": 96, "areas": 12}),
    "areas": (tm.PilotDesign("a", "b", linked=True, area="area", treated=["0"]), {"n": 20, "areas": (5, 7)}),
    "lot": (
        tm.PilotDesign("a", "b", linked=True, area="area", treated=["0"], randomized=True),
        {"n": 15, "areas": (5, 5)},
    ),
    "one area": (tm.PilotDesign("a", "b", linked=True, area="area", treated=["0"]), {"n": 10, "areas": (1, 39)}),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_simulation_agrees_with_the_formula(name: str, tiny: Questionnaire) -> None:
    design, options = DESIGNS[name]
    drawn = plan(
        design,
        smallest_effect=5.0,
        method="simulation",
        questionnaire=tiny,
        scale="trust",
        draws=600,
        seed=4,
        **options,
    )
    formula = plan(
        design, smallest_effect=5.0, sd=drawn.assumed["sd"], correlation=drawn.assumed["correlation"],
        area_correlation=drawn.assumed["area_correlation"], **options,
    )  # fmt: skip
    rough = 0.06 if name in {"lot", "one area"} else 0.015  # towards the end of the scale scores vary a little less
    mine = formula.curve[formula.curve["n"] == formula.n].set_index("change")["power"]
    for row in drawn.curve.itertuples():
        if row.change in mine.index:
            error = 4 * math.sqrt(max(row.power * (1 - row.power), 0.01) / 600)
            assert abs(row.power - mine[row.change]) < error + rough, (name, row.change)
    assert drawn.simulated
    assert (drawn.curve["ci_low"] <= drawn.curve["power"]).all()
    assert drawn.value("detectable_change") == pytest.approx(formula.value("detectable_change"), rel=0.15)


@pytest.mark.parametrize("name", DESIGNS)
def test_a_made_up_pilot_is_judged_as_compare_judges_it(name: str, tiny: Questionnaire) -> None:
    design, options = DESIGNS[name]
    areas = options.get("areas", 1)
    pilot, other = areas if isinstance(areas, tuple) else (areas, 0)
    people = options["n"] // areas if name == "clusters" else options["n"]
    meter = meter_of(tiny, "trust", 0.6, 2)
    crowd = Crowd(
        pilot + other, people, round(0.8 * people) if name == "overlap" else people * (name != "different"), 0.05, 0.5
    )
    way = {"linked": "paired", "different": "welch", "overlap": "overlap", "clusters": "areas", "areas": "t"}.get(
        name, "assignment"
    )
    trial = Trial(meter, crowd, pilot, np.array([0.4]), "placebo" if name == "one area" else way, 0.05, 5.0)
    latent = crowd.latent(meter, np.random.default_rng(8))
    before, after = meter.scores(latent[:, :, 0]), meter.scores(latent[:, :, 1])
    after[:pilot] = meter.scores(latent[:pilot, :, 1], 0.4)
    judged = judge_of(trial)(before, after[None])
    treated = [str(number) for number in range(pilot)]
    settled = (
        design
        if design.area is None
        else tm.PilotDesign("a", "b", linked=True, area="area", treated=treated, randomized=design.randomized)
    )
    found = tm.compare(scores_of(crowd, before, after, linked=name != "different"), settled, smallest_effect=5.0)
    row = found.table[found.table["term"].isin(["effect", "mean_change"]) & (found.table.get("group", "") == "")].iloc[
        0
    ]
    slack = 0.01 if name == "overlap" else 1e-8
    assert judged.estimate[0] == pytest.approx(row["estimate"], abs=10 * slack)
    assert judged.p_value[0] == pytest.approx(row["p_value"], abs=slack)
    claim = found.table[found.table["term"] == "smallest_effect"].iloc[0]
    below_high, above_high = (float(p[0]) for p in judged.one_sided(5.0))
    below_low, above_low = (float(p[0]) for p in judged.one_sided(-5.0))
    nearest = min(2 * above_high, 2 * below_low, max(above_low, below_high), 1.0)
    assert nearest == pytest.approx(claim["p_value"], abs=5 * slack)


def scores_of(crowd: Crowd, before: np.ndarray, after: np.ndarray, *, linked: bool) -> tm.Scores:
    parts = []
    for wave, scores in (("a", before), ("b", after)):
        for area in range(crowd.areas):
            number = np.arange(crowd.people)
            fresh = (number >= crowd.shared) & (wave == "b") if linked else np.zeros(crowd.people, dtype=bool)
            who = [f"{area}/{one}{'new' if new else ''}" for one, new in zip(number, fresh, strict=True)]
            parts.append(pd.DataFrame({"who": who, "wave": wave, "area": str(area), "trust": scores[area]}))
    frame = pd.concat(parts, ignore_index=True)
    return tm.read_scores(frame, scale="trust", respondent="who", wave="wave", keep=["area"])


def test_the_generator_is_the_model_of_simulate_responses(tiny: Questionnaire) -> None:
    answers = tm.simulate_responses(tiny, 4000, waves=("a", "b"), dont_know=0, refused=0, blank=0, seed=1)
    made = tm.score(answers, scale="trust").frame
    asked = made["trust"].notna()
    theirs = made[asked].groupby("wave")["trust"].agg(["mean", "std"]).mean()
    means, spreads = [], []
    for seed in range(6):  # items' difficulties are drawn
        meter = meter_of(tiny, "trust", 0.5, seed)
        means.append(meter.mean_score(0.0))
        spreads.append(meter.sd)
    assert abs(theirs["mean"] - np.mean(means)) < 4
    assert theirs["std"] == pytest.approx(np.mean(spreads), rel=0.08)


def test_meter_moves_by_the_points_that_were_asked_for(tiny: Questionnaire) -> None:
    meter = meter_of(tiny, "trust", 0.5, 3)
    crowd = Crowd(1, 40_000, 40_000, 0.0, 0.0)
    scores = [
        meter.scores(crowd.latent(meter, np.random.default_rng(1)), meter.shift_of(change)).mean()
        for change in (0.0, 7.0)
    ]
    assert scores[1] - scores[0] == pytest.approx(7.0, abs=0.1)
    assert scores[0] == pytest.approx(meter.mean_score(0.0), abs=0.4)
    assert meter.correlation == pytest.approx(0.5, abs=0.02)
    with pytest.raises(DesignError, match="leaves the scale"):
        meter.shift_of(90.0)


def test_areas_vary_as_much_as_was_assumed(tiny: Questionnaire) -> None:
    meter = meter_of(tiny, "trust", 0.6, 3)
    between = 0.1 * (meter.sd / meter.slope) ** 2
    scores = meter.scores(Crowd(3000, 10, 10, between, 0.7).latent(meter, np.random.default_rng(5)))
    means, within = scores.mean(axis=1), scores.var(axis=1, ddof=1).mean()
    share = (means.var(axis=0).mean() - within / 10) / (means.var(axis=0).mean() - within / 10 + within)
    assert share == pytest.approx(0.1, abs=0.02)


SMALL: dict[str, Any] = {
    "n": 40,
    "smallest_effect": 5.0,
    "method": "simulation",
    "scale": "trust",
    "draws": 120,
    "seed": 9,
}


def test_results_do_not_depend_on_who_does_the_work(tiny: Questionnaire) -> None:
    pytest.importorskip("joblib")
    alone, together = (plan(DESIGNS["linked"][0], questionnaire=tiny, n_jobs=jobs, **SMALL) for jobs in (1, 2))
    pd.testing.assert_frame_equal(alone.table, together.table)
    other = plan(DESIGNS["linked"][0], questionnaire=tiny, **{**SMALL, "seed": 10})
    assert not alone.curve["power"].equals(other.curve["power"])


@pytest.mark.filterwarnings("ignore")  # of the cluster's own libraries, on starting and stopping
def test_a_dask_cluster_does_the_work_inside_joblibs_context(tiny: Questionnaire) -> None:
    joblib = pytest.importorskip("joblib")
    try:
        import distributed
    except ImportError:
        if REQUIRED:
            raise
        pytest.skip("dask.distributed is not installed, so no cluster can do the work.")
    alone = plan(DESIGNS["linked"][0], questionnaire=tiny, **SMALL)
    cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None)
    with cluster, distributed.Client(cluster) as client, joblib.parallel_config(backend="dask"):
        spread_out = plan(DESIGNS["linked"][0], questionnaire=tiny, **SMALL)
        keys = client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.transition_log))
    assert keys > 0, "the cluster did nothing"
    pd.testing.assert_frame_equal(alone.table, spread_out.table)


def test_without_joblib_several_processes_name_the_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "joblib", None)
    with pytest.raises(MissingExtraError, match=r"trustmeter\[parallel\]"):
        spread(abs, [-1, -2], n_jobs=2, progress=False, what="Numbers")


@pytest.mark.parametrize("bar", [True, False])
def test_progress_is_told(bar: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delitem(sys.modules, "joblib", raising=False)
    if bar:
        pytest.importorskip("tqdm")
    else:
        monkeypatch.setitem(sys.modules, "tqdm", None)
    assert spread(abs, list(range(-20, 0)), n_jobs=1, progress=True, what="Numbers") == list(range(20, 0, -1))
    told = capsys.readouterr().err
    assert "Numbers" in told and "100" in told


def test_more_correlation_than_answers_can_show_is_said(tiny: Questionnaire) -> None:
    found = plan(DESIGNS["linked"][0], questionnaire=tiny, correlation=0.95, **SMALL)
    assert any("more than answers with this measurement error" in note for note in found.notes)
    assert found.assumed["correlation"] < 0.9


def test_no_change_within_the_scale_is_said_not_guessed(tiny: Questionnaire) -> None:
    options: dict[str, Any] = {"n": 10, "areas": (2, 2), "icc": 0.3, "draws": 100}
    found = plan(DESIGNS["areas"][0], method="simulation", questionnaire=tiny, scale="trust", **options)
    assert "no change up to" in found.sentence
    assert math.isnan(found.value("detectable_change"))
    with pytest.raises(DesignError, match="leaves the scale"):
        plan(DESIGNS["linked"][0], questionnaire=tiny, **{**SMALL, "smallest_effect": 60.0})


def test_false_positives_are_as_few_as_promised(tiny: Questionnaire) -> None:
    for name in ("linked", "areas", "lot"):
        design, options = DESIGNS[name]
        found = plan(design, method="simulation", questionnaire=tiny, scale="trust", draws=500, seed=12, **options)
        nothing = found.curve.loc[found.curve["change"] == 0.0, "power"].iloc[0]
        assert nothing < scipy.stats.binom.ppf(0.999, 500, 0.05) / 500


def test_meters_without_options_are_refused(tiny: Questionnaire) -> None:
    with pytest.raises(DesignError, match="Name the scale"):
        meter_of(tiny, None, 0.5, 1)
    assert isinstance(meter_of(tiny, "fairness", 0.5, 1), Meter)
