"""What a plan says: against numbers worked out by hand, its own simulation, and what must be refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.optimize
import scipy.stats

import trustmeter as tm
from trustmeter.errors import DesignError, EstimationError
from trustmeter.pilot.planning.planned import plan

LINKED = tm.PilotDesign("a", "b", linked=True)
DIFFERENT = tm.PilotDesign("a", "b", linked=False)
OVERLAP = tm.PilotDesign("a", "b", linked="overlap")
CLUSTERS = tm.PilotDesign("a", "b", linked=True, clusters="street")


def areas_design(pilot: int, *, randomized: bool = False, linked: Any = True) -> tm.PilotDesign:
    names = [f"area {number}" for number in range(pilot)]
    return tm.PilotDesign("a", "b", linked=linked, area="district", treated=names, randomized=randomized)


def detectable(error: float, df: float, level: float = 0.05, power: float = 0.8) -> float:
    """The smallest change, by scipy's noncentral t and nothing of ours."""
    critical = scipy.stats.t.ppf(1 - level / 2, df)

    def lacking(change: float) -> float:
        away = change / error
        return float(scipy.stats.nct.sf(critical, df, away) + scipy.stats.nct.cdf(-critical, df, away) - power)

    return float(scipy.optimize.brentq(lacking, 1e-6, 8 * error, xtol=1e-12))


def area_variance(n: float, *, icc: float = 0.02, r_area: float = 0.6, r: float = 0.6, shared: float = 1.0) -> float:
    within = (r - icc * r_area) / (1 - icc)
    return float(2 * 400 * (icc * (1 - r_area) + (1 - icc) * (1 - shared * within) / n))


@pytest.mark.parametrize(
    ("design", "options", "error", "df", "level"),
    [
        (LINKED, {}, 20 * math.sqrt(0.8 / 180), 179, 0.05),
        (DIFFERENT, {}, 20 * math.sqrt(2 / 180), 358, 0.05),
        (LINKED, {"scales": 4}, 20 * math.sqrt(0.8 / 180), 179, 0.0125),
        (LINKED, {"weights_deff": 1.5}, 20 * math.sqrt(1.5 * 0.8 / 180), 179, 0.05),
        (LINKED, {"conf_level": 0.9, "correlation": 0.3, "sd": 25.0}, 25 * math.sqrt(1.4 / 180), 179, 0.1),
        (CLUSTERS, {"areas": 12}, math.sqrt(area_variance(15) / 12), 11, 0.05),
        (CLUSTERS, {"areas": 12, "icc": 0.0}, math.sqrt(area_variance(15, icc=0.0) / 12), 11, 0.05),
        (areas_design(5), {"areas": (5, 5)}, math.sqrt(area_variance(180) * 2 / 5), 8, 0.05),
        (areas_design(5, linked=False), {"areas": (5, 5)}, math.sqrt(area_variance(180, shared=0.0) * 2 / 5), 8, 0.05),
        (areas_design(5), {"areas": (5, 5), "area_correlation": 1.0},
         math.sqrt(area_variance(180, r_area=1.0) * 2 / 5), 8, 0.05),
    ],
)  # fmt: skip
def test_detectable_change_is_that_of_the_design(
    design: tm.PilotDesign, options: dict[str, Any], error: float, df: float, level: float
) -> None:
    found = plan(design, n=180, **options)
    assert found.value("detectable_change") == pytest.approx(detectable(error, df, level), rel=1e-7)
    width = 2 * scipy.stats.t.ppf((1 + found.conf_level) / 2, df) * error
    assert 0.95 * width < found.value("interval_width") <= width


def test_unequal_numbers_of_areas_have_welch_degrees() -> None:
    found = plan(areas_design(4), n=100, areas=(4, 8))
    v = area_variance(100)
    df = (1 / 4 + 1 / 8) ** 2 / (1 / (16 * 3) + 1 / (64 * 7))
    assert found.value("detectable_change") == pytest.approx(detectable(math.sqrt(v * (1 / 4 + 1 / 8)), df), rel=1e-7)


def test_an_overlap_lies_between_linked_and_different_people() -> None:
    both, some, none = (plan(design, n=200).value("detectable_change") for design in (LINKED, OVERLAP, DIFFERENT))
    assert both < some < none
    assert plan(OVERLAP, n=200, attrition=0.0).value("detectable_change") == pytest.approx(both, rel=2e-3)


def test_people_needed_have_the_power_and_one_less_has_not() -> None:
    needed = plan(LINKED, smallest_effect=3.0)
    assert needed.n == needed.value("people_needed") == 281
    assert needed.value("power_at_smallest_effect") >= 0.8
    assert plan(LINKED, n=280, smallest_effect=3.0).value("power_at_smallest_effect") < 0.8
    assert needed.value("people_to_start") == math.ceil(281 / 0.8)


@pytest.mark.parametrize(
    ("design", "areas", "term"), [(CLUSTERS, 10, "clusters_needed"), (areas_design(3), (3, 3), "areas_needed")]
)
def test_more_areas_help_where_more_people_do_not(design: tm.PilotDesign, areas: Any, term: str) -> None:
    found = plan(design, n=100, areas=areas, smallest_effect=2.0, icc=0.05)
    assert math.isnan(found.value("people_needed"))
    count = int(found.value(term))
    enough: Any = count if isinstance(areas, int) else (count, count)
    people = 100 * count // 10 if isinstance(areas, int) else 100
    assert plan(design, n=people, areas=enough, smallest_effect=2.0, icc=0.05).value("power_at_smallest_effect") >= 0.8
    assert any("No number of people" in note for note in found.notes)


def test_the_verdict_increase_needs_more_than_the_smallest_effect() -> None:
    found = plan(LINKED, n=400, smallest_effect=3.0)
    beyond = found.value("detectable_increase")
    assert beyond > 3.0 + 0.9 * found.value("detectable_change")
    curve = found.curve[found.curve["n"] == 400].set_index("change")
    assert curve.loc[3.0, "increase"] == pytest.approx(0.025, abs=1e-9)
    assert curve.loc[3.0, "no_relevant_change"] == pytest.approx(0.05, abs=2e-3)
    assert (curve["increase"] <= curve["power"] + 1e-12).all()
    assert any("wholly beyond 3 points" in note for note in found.notes)


def test_one_area_against_one_is_refused_with_the_nearest_question() -> None:
    with pytest.raises(DesignError, match="ask only how each area changed"):
        plan(areas_design(1), n=100, areas=(1, 1))


@pytest.mark.parametrize(("others", "smallest", "reached"), [(5, 1 / 6, False), (19, 1 / 20, True), (40, 1 / 41, True)])
def test_one_area_against_several_can_reach_only_so_small_a_p(others: int, smallest: float, reached: bool) -> None:
    found = plan(areas_design(1), n=100, areas=(1, others))
    assert math.isfinite(found.value("detectable_change")) is reached
    assert any(f"{smallest:.3g}" in note for note in found.notes)
    if not reached:
        assert "no change can be shown" in found.sentence
        assert (found.table.loc[found.table["term"] == "power", "estimate"] == 0).all()


def test_increase_asks_for_more_comparison_areas_than_a_finding() -> None:
    found = plan(areas_design(1), n=100, areas=(1, 25), smallest_effect=3.0)
    assert math.isfinite(found.value("detectable_change"))
    assert math.isnan(found.value("detectable_increase"))


def test_sentences() -> None:
    assert (
        plan(LINKED, n=180).sentence == "With 180 linked respondents per zone you can detect 3.8 points (80 % power)."
    )
    assert plan(DIFFERENT, n=180, power=0.9).sentence.endswith("(90 % power).")
    text = str(plan(areas_design(4), n=60, areas=(4, 6)))
    assert "With 60 linked respondents in each of 4 pilot and 6 comparison areas" in text
    assert "Power by true change" in text


def test_usual_values_are_called_assumptions_and_given_ones_are_not() -> None:
    assert any("nobody's measurement: sd 20, correlation 0.6, attrition 0.2" in one for one in plan(LINKED, n=50).notes)
    given = plan(LINKED, n=50, sd=18.0, correlation=0.5, attrition=0.1)
    assert not any("nobody's measurement" in one for one in given.notes)


@pytest.mark.parametrize(
    ("design", "options", "words"),
    [
        (LINKED, {}, "number of people"),
        (LINKED, {"n": 5}, "at least 10"),
        (LINKED, {"n": 50, "sd": 0.0}, "`sd`"),
        (LINKED, {"n": 50, "sd": math.nan}, "`sd`"),
        (LINKED, {"n": 50, "correlation": 1.0}, "`correlation`"),
        (LINKED, {"n": 50, "attrition": 1.0}, "`attrition`"),
        (LINKED, {"n": 50, "weights_deff": 0.9}, "`weights_deff`"),
        (LINKED, {"n": 50, "power": 0.01}, "false-positive"),
        (LINKED, {"n": 50, "smallest_effect": -1.0}, "`smallest_effect`"),
        (LINKED, {"n": 50, "areas": 5}, "has none"),
        (LINKED, {"n": 50, "method": "guess"}, "`method`"),
        (LINKED, {"n": 50, "method": "simulation"}, "questionnaire"),
        (LINKED, {"n": 50, "n_jobs": 0}, "`n_jobs`"),
        (LINKED, {"n": 50, "scales": 0}, "`scales`"),
        (CLUSTERS, {"n": 50}, "how many clusters"),
        (CLUSTERS, {"n": 20, "areas": 50}, "at least as many people"),
        (areas_design(2), {"n": 50}, "with and without"),
        (areas_design(2), {"n": 50, "areas": (2, 0)}, "with and without"),
        (areas_design(2), {"n": 50, "areas": (2, 2), "icc": 0.9, "area_correlation": -1.0}, "contradict"),
        (areas_design(3), {"areas": (3, 3), "smallest_effect": 1.0}, "No number of people"),
        ("design", {"n": 50}, "PilotDesign"),
    ],
)
def test_what_cannot_be_planned_is_refused(design: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(DesignError, match=words):
        plan(design, **options)


def earlier_scores(n: int, sd: float, r: float, areas: int = 0, icc: float = 0.0) -> tm.Scores:
    rng = np.random.default_rng(3)
    area = np.arange(n) % max(areas, 1)
    level = math.sqrt(icc) * rng.standard_normal(max(areas, 1))[area]
    before = rng.standard_normal(n)
    after = r * before + math.sqrt(1 - r * r) * rng.standard_normal(n)
    parts = []
    for wave, z in (("x", before), ("y", after)):
        y = np.clip(50 + sd * (level + math.sqrt(1 - icc) * z), 0, 100)
        parts.append(pd.DataFrame({"who": np.arange(n), "wave": wave, "district": area.astype(str), "trust": y}))
    frame = pd.concat(parts, ignore_index=True)
    return tm.read_scores(frame, scale="trust", respondent="who", wave="wave", keep=["district"])


def test_earlier_answers_give_the_assumptions_and_their_range() -> None:
    few, many = (plan(LINKED, n=180, smallest_effect=3.0, pilot_data=earlier_scores(n, 15.0, 0.5)) for n in (60, 2000))
    assert many.assumed["sd"] == pytest.approx(15, rel=0.05)
    assert many.assumed["correlation"] == pytest.approx(0.5, abs=0.05)
    widths = []
    for found in (few, many):
        row = found.table.set_index("term").loc["power_at_smallest_effect"]
        assert row["ci_low"] < row["estimate"] < row["ci_high"]
        widths.append(row["ci_high"] - row["ci_low"])
    assert widths[0] > 3 * widths[1]
    assert not any("sd 20" in note for note in many.notes)


def test_earlier_answers_with_areas_give_their_share_of_the_variance() -> None:
    found = plan(areas_design(5), n=50, areas=(5, 5), pilot_data=earlier_scores(3000, 15.0, 0.5, 40, 0.2))
    assert found.assumed["icc"] == pytest.approx(0.2, abs=0.08)
    unknown = plan(
        tm.PilotDesign("a", "b", clusters="street"), n=50, areas=10, pilot_data=earlier_scores(300, 15.0, 0.5)
    )
    assert unknown.assumed["icc"] == 0.02
    assert any("cannot tell the icc" in note for note in unknown.notes)


def test_too_few_earlier_answers_are_refused() -> None:
    with pytest.raises(EstimationError, match="fewer than 10"):
        plan(LINKED, n=180, pilot_data=earlier_scores(8, 15.0, 0.5))
    with pytest.raises(DesignError, match="scores"):
        plan(LINKED, n=180, pilot_data=pd.DataFrame())  # type: ignore[arg-type]


def test_a_plan_travels_as_plain_values() -> None:
    told = plan(LINKED, n=180, smallest_effect=3.0).to_dict()
    assert told["sentence"].startswith("With 180")
    assert {row["term"] for row in told["estimates"]} >= {"detectable_change", "power", "people_needed"}
    assert told["assumed"]["sd"] == 20.0
    with pytest.raises(DesignError, match="no single term"):
        plan(LINKED, n=180).value("power")
