"""Several scales together: joint draws keep how they depend on each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.scoring.frame import read_scores

REFERENCE = Path(__file__).parents[2] / "reference"
NAMES = ["y", "copy", "other"]
DESIGNS: list[dict[str, Any]] = [
    {"linked": True},
    {"linked": False},
    {"linked": "overlap"},
    {"linked": True, "clusters": "area"},
    {"linked": True, "area": "area", "treated": ["A", "B", "C"]},
    {"linked": True, "area": "area", "treated": ["A", "B", "C"], "randomized": True},
]


def frame() -> pd.DataFrame:
    table = pd.read_csv(REFERENCE / "data/pilot_areas.csv")
    rng = np.random.default_rng(1)
    late = 9.0 * (table["wave"] == "after")
    return table.assign(y=table["y"] / 2 + late, copy=table["y"] / 4 + late / 2, other=rng.uniform(20, 80, len(table)))


def told(design: dict[str, Any], adjustment: Any = "romano_wolf", **more: Any) -> Comparison:
    scores = read_scores(frame(), scale=NAMES, respondent="who", wave="wave", keep=["area"])
    return compare(scores, PilotDesign("before", "after", **design), adjustment=adjustment, **more)


def asked(found: Comparison) -> pd.DataFrame:
    return found.table[found.table["p_adjusted"].notna()].set_index("scale")[["p_value", "p_adjusted"]]


@pytest.mark.parametrize("design", DESIGNS)
def test_a_copy_costs_less_than_by_holm(design: dict[str, Any]) -> None:
    joint, holm = asked(told(design)), asked(told(design, "holm"))
    assert (joint["p_adjusted"] >= joint["p_value"]).all()
    assert (joint["p_adjusted"] <= holm["p_adjusted"] + 0.2).all()
    assert joint.loc["y", "p_adjusted"] == pytest.approx(joint.loc["copy", "p_adjusted"], abs=1e-9)
    assert "romano_wolf" in " ".join(told(design).notes)


def test_verdicts_go_by_the_joint_p_values() -> None:
    found = told({"linked": True})
    assert found.verdicts == {"y": "increase", "copy": "increase", "other": "inconclusive"}
    assert found.provenance.options["adjustment"] == "romano_wolf"


@pytest.mark.parametrize(
    ("design", "more", "words"),
    [
        ({"linked": True}, {"smallest_effect": 1.0}, "only claims against no change"),
        ({"linked": True, "area": "area", "treated": ["A"]}, {"min_n": 5}, "no tests of single areas"),
    ],
)
def test_where_joint_draws_do_not_fit_holm_stands_in_and_says_so(
    design: dict[str, Any], more: dict[str, Any], words: str
) -> None:
    found = told(design, **more)
    pd.testing.assert_frame_equal(asked(found), asked(told(design, "holm", **more)))
    assert words in " ".join(found.notes)


def test_one_scale_alone_keeps_its_p_value() -> None:
    found = asked(told({"linked": False}, scale="other"))
    assert found.loc["other", "p_adjusted"] == found.loc["other", "p_value"]


def test_groups_are_drawn_together_too() -> None:
    scores = read_scores(frame().assign(mode=lambda d: d["wave"]), scale=NAMES, keep=["mode", "area"])
    found = asked(compare(scores, GroupDesign("mode", "before", "after"), adjustment="romano_wolf"))
    assert (found["p_adjusted"] >= found["p_value"]).all()


def test_an_unknown_word_is_refused() -> None:
    with pytest.raises(DesignError, match="romano_wolf"):
        told({"linked": True}, "romano")
