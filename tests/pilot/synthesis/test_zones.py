"""Zones together: against metafor, against special cases, and what is refused."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.synthesis.result import SynthesisResult
from trustmeter.pilot.synthesis.zones import synthesize
from trustmeter.scoring.frame import read_scores
from trustmeter.stats.synthesis.effects_model import leave_one_out

STORED = json.loads((Path(__file__).parents[2] / "reference/values/pilot_groups.json").read_text(encoding="utf-8"))
ZONES = pd.DataFrame(STORED["cases"]["data"])
ALIKE = pd.DataFrame(STORED["cases"]["alike"])
DESIGN = PilotDesign("before", "after")


def zone(
    seed: int, *, n: int = 40, change: float = 5.0, design: PilotDesign = DESIGN, scale: str = "trust", spread: float = 8.0,
    **options: Any,
) -> Comparison:  # fmt: skip
    """Compare n linked people whose scores rise by `change`."""
    rng = np.random.default_rng(seed)
    first = np.clip(rng.normal(50, 10, n), 5, 95)
    second = np.clip(first + rng.normal(change, spread, n), 0, 100)
    who = [f"s{seed}p{place}" for place in range(n)]
    frame = pd.DataFrame({"who": who * 2, "wave": [design.before] * n + [design.after] * n, scale: [*first, *second]})
    frame["area"] = [f"area {place % 6}" for place in range(n)] * 2
    read = {name: options.pop(name) for name in ("ranges",) if name in options}
    return compare(
        read_scores(frame, scale=scale, respondent="who", wave="wave", keep=["area"], **read), design, **options
    )


def zones(count: int = 5, **options: Any) -> dict[str, Comparison]:
    return {f"Zone {place}": zone(place, **options) for place in range(count)}


@pytest.mark.parametrize("method", ["REML", "ML", "DL", "PM"])
def test_average_spread_and_leave_one_out_equal_metafor(method: str, agree: Callable[..., None]) -> None:
    found, theirs = synthesize(ZONES, method=method.lower()), STORED["cases"]["zones"][method]  # type: ignore[arg-type]
    about = {"reference": f"metafor::rma {STORED['packages']['metafor']}", "data": "6 zones"}
    average, tau, share = (found.row(term) for term in ("pooled_estimate", "tau", "i_squared"))
    plain = found.row("hartung_knapp")
    for name, value in theirs["average"].items():
        agree(f"synthesize {method}: {name}", plain[name], value, 1e-8, **about)
        agree(f"synthesize {method}, floor: {name}", average[name], theirs["floored"]["average"][name], 1e-8, **about)
    columns = ("estimate", "ci_low", "ci_high")
    agree(f"synthesize {method}: tau", [tau[name] for name in columns], theirs["tau"], 1e-8, **about)
    agree(f"synthesize {method}: I squared", [share[name] for name in columns], theirs["i2"], 1e-8, **about)
    test, known = found.row("cochran_q"), found.row("prediction_known_tau")
    agree(f"synthesize {method}: Q", [test["statistic"], test["p_value"]], theirs["q"], 1e-8, **about)
    agree(f"synthesize {method}: new zone", [known["ci_low"], known["ci_high"]], theirs["known_tau"], 1e-8, **about)
    without = found.table[found.table["term"] == "leave_one_out"]
    agree(f"synthesize {method}: leave one out", without["estimate"], theirs["without"], 1e-8, **about)
    agree(f"synthesize {method}: its error", without["std_error"], theirs["floored"]["without_error"], 1e-8, **about)
    plain_errors = leave_one_out(ZONES["estimate"].to_numpy(), ZONES["std_error"].to_numpy(), method=method)
    errors = [float(one.std_errors[0]) for one in plain_errors]
    agree(f"synthesize {method}: its error without floor", errors, theirs["without_error"], 1e-8, **about)


@pytest.mark.parametrize("method", ["REML", "DL"])
def test_zones_that_agree_better_than_chance_make_the_average_no_surer(method: str, agree: Callable[..., None]) -> None:
    found, theirs = synthesize(ALIKE, method=method.lower()), STORED["cases"]["close"][method]  # type: ignore[arg-type]
    about = {"reference": f"metafor::rma {STORED['packages']['metafor']}", "data": "4 zones alike"}
    for name, value in theirs["average"].items():
        agree(f"synthesize {method}: {name}", found.row("hartung_knapp")[name], value, 1e-8, **about)
        floored = theirs["floored"]["average"][name]
        agree(f"synthesize {method}, floor: {name}", found.row("pooled_estimate")[name], floored, 1e-8, **about)
    assert found.verdicts == {"": "inconclusive"}
    assert found.row("hartung_knapp")["p_value"] < 0.05


@pytest.mark.parametrize("values", [[0.9, 1.0, 1.1], [1.0, 1.0, 1.0]])
def test_a_verdict_is_never_surer_than_with_equal_zones(values: list[float]) -> None:
    found = synthesize({f"z{place}": (value, 1.0) for place, value in enumerate(values)})
    average = found.row("pooled_estimate")
    assert found.verdicts[""] == "inconclusive"
    assert average["std_error"] == pytest.approx(math.sqrt(1 / 3))
    assert average["ci_low"] == pytest.approx(1 - 4.30265273 * math.sqrt(1 / 3))
    assert "(95 % interval -1.48 to +3.48)" in found.sentence()
    told = [note for note in found.notes if "row `hartung_knapp`" in note]
    assert len(told) == 1
    assert ("0.75 to 1.25" in told[0]) if values[0] < 1 else ("without any width" in told[0])


def test_comparisons_are_pooled_like_their_numbers() -> None:
    results = zones()
    found = synthesize(results)
    rows = {name: one.table[one.table["term"] == "mean_change"].iloc[0] for name, one in results.items()}
    plain = synthesize({name: (row["estimate"], row["std_error"]) for name, row in rows.items()})
    assert found.value("mean_change") == pytest.approx(plain.value("pooled_estimate"), rel=1e-12)
    assert found.value("zone_change", zone="Zone 3") == rows["Zone 3"]["estimate"]
    own = found.row("zone_change", zone="Zone 3")
    assert (own["ci_low"], own["ci_high"]) == pytest.approx((rows["Zone 3"]["ci_low"], rows["Zone 3"]["ci_high"]))
    assert found.verdicts == {"trust": "increase"}
    assert found.row("mean_change")["n"] == 200
    assert found.table["contrast"].iloc[0] == "after - before"


def test_partially_pooled_zones_lie_between_themselves_and_the_average() -> None:
    found = synthesize(ZONES)
    average = found.value("pooled_estimate")
    for name in ZONES["zone"]:
        own, shrunk = (found.value(term, zone=name) for term in ("zone_estimate", "zone_estimate_pooled"))
        assert min(own, average) - 0.05 <= shrunk <= max(own, average) + 0.05
        assert abs(shrunk - average) < abs(own - average)


def test_zones_that_agree_with_each_other_are_the_plain_average() -> None:
    same = {f"z{place}": (value, 2.0) for place, value in enumerate([3.0, 3.5, 4.0, 2.5, 3.2])}
    found = synthesize(same)
    values = np.array([value for value, _ in same.values()])
    assert found.value("tau") == 0
    assert found.value("pooled_estimate") == pytest.approx(values.mean())
    assert found.row("pooled_estimate")["std_error"] == pytest.approx(2 / math.sqrt(5))
    assert found.row("hartung_knapp")["std_error"] == pytest.approx(values.std(ddof=1) / math.sqrt(5))
    assert any("would narrow the interval of the average" in note for note in found.notes)
    assert found.differences[""] == "cannot_tell"


@pytest.mark.parametrize(
    ("values", "verdict", "reach", "differ"),
    [
        ([8.0, 8.4, 7.7, 8.1, 8.3, 7.9, 8.2], "increase", "new_zones", "cannot_tell"),
        ([-8.0, -8.4, -7.7, -8.1, -8.3, -7.9, -8.2], "decrease", "new_zones", "cannot_tell"),
        ([9.0, 2.0, 14.0, 5.0, -3.0, 11.0, 4.0], "increase", "on_average", "zones_differ"),
        ([9.0, -8.0, 6.0, -12.0, 1.0, 3.0, -2.0], "inconclusive", "inconclusive", "zones_differ"),
    ],
)
def test_the_verdict_says_how_far_it_reaches(values: list[float], verdict: str, reach: str, differ: str) -> None:
    found = synthesize({f"z{place}": (value, 1.0) for place, value in enumerate(values)})
    assert (found.verdicts[""], found.reach[""], found.differences[""]) == (verdict, reach, differ)
    assert found.sentence() in found.summary()
    assert found.to_dict()["reach"] == {"": reach}


def test_a_small_change_that_is_the_same_everywhere_is_no_relevant_one() -> None:
    zones_of = {f"z{place}": (value, 0.4) for place, value in enumerate([0.3, -0.2, 0.1, 0.2, -0.1, 0.0, 0.2])}
    found = synthesize(zones_of, smallest_effect=3.0)
    assert found.verdicts[""] == "no_relevant_change"
    assert found.reach[""] == "new_zones"


def test_a_smallest_effect_that_all_zones_declared_counts_here_too() -> None:
    found = synthesize(zones(5, change=5.0, smallest_effect=20.0))
    assert found.smallest_effect == {"trust": 20.0}
    assert found.verdicts["trust"] == "no_relevant_change"
    mixed = synthesize({**zones(3, smallest_effect=2.0), "Other": zone(9, smallest_effect=3.0)})
    assert mixed.smallest_effect == {"trust": 0.0}
    assert any("different smallest effects of 'trust'" in note for note in mixed.notes)


def test_two_zones_are_answered_with_a_plain_warning_and_no_prediction() -> None:
    found = synthesize(zones(2))
    assert found.notes[0].startswith("Only two zones")
    assert not set(found.table["term"]) & {"prediction", "zone_change_pooled", "leave_one_out"}
    assert found.row("mean_change")["df"] == 1


def test_a_verdict_that_hangs_on_one_zone_says_so() -> None:
    values = {"a": (3.0, 1.0), "b": (2.0, 1.0), "c": (3.5, 1.0), "d": (2.2, 1.0), "e": (-9.0, 1.0)}
    assert any("hangs on single zones" in note and "'e'" in note for note in synthesize(values).notes)


def test_several_scales_are_adjusted_together() -> None:
    table = pd.concat([ZONES.assign(scale="a"), ZONES.assign(scale="b", estimate=ZONES["estimate"] + 3)])
    found = synthesize(table)
    p = {name: found.row("pooled_estimate", name) for name in ("a", "b")}
    assert p["b"]["p_adjusted"] == pytest.approx(2 * p["b"]["p_value"])
    assert p["a"]["p_adjusted"] == pytest.approx(p["a"]["p_value"])
    assert list(synthesize(table, scale="b").verdicts) == ["b"]
    with pytest.raises(DesignError, match="Name the scale"):
        found.value("tau")


def test_zones_without_a_number_are_left_out_and_named() -> None:
    results = {**zones(3), "Small": zone(9, n=8), "Single area": zone(
        8, design=PilotDesign("before", "after", area="area", treated="area 0", linked=True), min_n=3)}  # fmt: skip
    with pytest.raises(DesignError, match="an effect against comparison areas in 'Single area'"):
        synthesize(results)
    del results["Single area"]
    found = synthesize(results)
    assert found.zones["trust"] == ("Zone 0", "Zone 1", "Zone 2")
    assert any("suppressed, too few people): 'Small'" in note for note in found.notes)
    assert "Small" not in set(found.table["zone"])


def test_fewer_people_than_may_be_told_of_are_left_out_whatever_a_comparison_showed() -> None:
    few = zone(7, n=FEWEST_PEOPLE - 1, min_n=3)
    found = synthesize({**zones(3), "Few": few})
    assert "Few" not in found.zones["trust"]


def test_effects_without_a_standard_error_are_left_out() -> None:
    table = ZONES.assign(std_error=[1.0, 1.0, math.nan, 0.0, 1.0, 1.0])
    found = synthesize(table)
    assert found.zones[""] == ("Aa", "Bb", "Ee", "Ff")
    assert any("no standard error): 'Cc', 'Dd'" in note for note in found.notes)


def test_effects_are_pooled_under_their_own_names() -> None:
    design = PilotDesign("before", "after", area="area", treated=["area 0", "area 1", "area 2"], linked=True)
    found = synthesize(zones(4, design=design, n=90))
    assert found.term == "effect"
    assert {"zone_effect", "zone_effect_pooled", "effect"} <= set(found.table["term"])


def _mixed(**options: Any) -> dict[str, Comparison]:
    return {**zones(2), "Other": zone(5, **options)}


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: [1, 2], DesignError, "mapping of zone names"),
        (lambda: {}, DesignError, "no zone"),
        (lambda: zones(1), EstimationError, "that zone's own"),
        (lambda: {"a": (1.0, 1.0)}, EstimationError, "that zone's own"),
        (lambda: {"a": (1.0, 1.0), "b": (2.0, math.nan)}, EstimationError, "each zone's own"),
        (lambda: {"a": (1.0, 1.0), "b": 2.0}, DesignError, "zone 'b'"),
        (lambda: {"a": (1.0, 1.0), "b": zone(1)}, DesignError, "do not mix"),
        (lambda: dict.fromkeys(["a", "b"], zone(1)), DesignError, "very same comparison"),
        (lambda: _mixed(design=PilotDesign("2022", "2023")), DesignError, "2023 - 2022 in 'Other'"),
        (lambda: _mixed(scale="fairness"), DesignError, "fairness in 'Other'"),
        (lambda: _mixed(ranges=(0, 120)), DesignError, "scoring"),
        (lambda: pd.DataFrame({"estimate": [1, 2]}), DesignError, "'std_error'"),
        (lambda: pd.DataFrame({"estimate": ["1", "2"], "std_error": [1, 2]}), DesignError, "numbers"),
        (lambda: pd.concat([ZONES, ZONES]), DesignError, "stands twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_pooled_is_refused_with_the_zones_named(
    make: Callable[[], Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        synthesize(make())


def test_a_scale_that_a_zone_lacks_is_refused() -> None:
    with pytest.raises(DesignError, match="'fairness' was not compared in 'Zone 0'"):
        synthesize(zones(2), scale="fairness")


def test_made_up_answers_mark_the_whole(make_change: Callable[..., Comparison]) -> None:
    results: Mapping[str, Comparison] = {"a": make_change(1), "b": make_change(2), "c": make_change(3, simulated=True)}
    found = synthesize(results)
    assert found.simulated
    assert any("'c' were made up" in note for note in found.notes)
    assert isinstance(found, SynthesisResult)
    assert dataclasses.is_dataclass(found)


@pytest.fixture
def make_change(make_answers: Callable[..., Any]) -> Callable[..., Comparison]:
    from trustmeter.scoring.composite import score

    def make(seed: int, **options: Any) -> Comparison:
        return compare(score(make_answers(60, seed=seed, **options), scale="trust"), PilotDesign("2022", "2023"))

    return make
