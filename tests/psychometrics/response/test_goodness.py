"""Item fit and links, as verbs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.psychometrics.response.ability import irt_scores
from trustmeter.psychometrics.response.calibrate import IrtResult, irt
from trustmeter.psychometrics.response.goodness import item_fit
from trustmeter.psychometrics.response.linkage import link_scales
from trustmeter.responses.model import Responses
from trustmeter.stats.irt.summed_score import item_fit as summed_score_fit
from trustmeter.stats.multiplicity import adjusted

REFERENCE = Path(__file__).resolve().parents[2] / "reference"


def frame_of(name: str) -> pd.DataFrame:
    frame = pd.read_csv(REFERENCE / f"data/irt_{name}.csv")
    return frame.where(frame >= 0)


@pytest.fixture(scope="module")
def six() -> IrtResult:
    return irt(frame_of("six"))


@pytest.fixture(scope="module")
def cities() -> tuple[IrtResult, IrtResult]:
    frame = pd.read_csv(REFERENCE / "data/irt_groups.csv").replace(-1, np.nan)
    return irt(frame[frame["group"] == 0].drop(columns="group")), irt(frame[frame["group"] == 1].drop(columns="group"))


def test_rows_are_the_kernel_s(six: IrtResult) -> None:
    found = item_fit(six, draws=10, seed=1)
    kernel = summed_score_fit(six.fit, frame_of("six").to_numpy().astype(int))
    rows = found.table.query("term == 's_x2'")
    assert rows["estimate"].to_numpy() == pytest.approx(kernel.statistic)
    assert rows["p_adjusted"].to_numpy() == pytest.approx(adjusted(kernel.p_value, "holm"))
    pairs = found.table.query("term == 'q3_centred'")
    assert len(pairs) == 15
    assert pairs["estimate"].mean() == pytest.approx(0, abs=1e-12)
    assert found.value("q3_centred", "q1", "with q4") == pairs.iloc[2]["estimate"]
    again = item_fit(six, draws=10, seed=1)
    pd.testing.assert_frame_equal(found.table, again.table)
    assert item_fit(six, draws=0).table.query("term == 'q3_centred'")["p_adjusted"].isna().all()


def test_missing_answers_weights_and_waves_are_told(make_answers: Callable[..., Responses]) -> None:
    holes = item_fit(irt(frame_of("uneven")), draws=0)
    assert any("rows in which all items were answered" in note for note in holes.notes)
    weighted = item_fit(irt(frame_of("six"), weights=np.linspace(0.5, 1.5, 900)), draws=0)
    assert set(weighted.table["term"]) == {"q3_centred"}
    assert any("weighted" in note for note in weighted.notes)
    waves = item_fit(irt(make_answers(150, simulated=True), scale="trust", across="wave"), draws=0)
    assert set(waves.table.query("term == 's_x2'")["group"]) == {"2022", "2023"}
    assert waves.simulated
    assert any("not independent" in note for note in waves.notes)


def test_no_complete_rows_leave_q3() -> None:
    frame = frame_of("six")
    frame.iloc[::2, 0] = np.nan
    frame.iloc[1::2, 5] = np.nan
    found = item_fit(irt(frame), draws=0)
    assert set(found.table["term"]) == {"q3_centred"}
    assert len(found.table) == 14
    assert any("No S-X2" in note for note in found.notes)


def test_links_move_scores_onto_the_old_scale(cities: tuple[IrtResult, IrtResult]) -> None:
    found = link_scales(*cities)
    assert found.slope == pytest.approx(1.302, abs=2e-3)
    assert found.shift == pytest.approx(0.3275, abs=2e-3)
    assert found.table["term"].tolist() == ["A", "B", *["drift"] * 5, *["slope_drift"] * 5]
    drift = found.table.query("term == 'drift'")
    assert (drift["estimate"].abs() < 3.3 * drift["std_error"]).all()
    moved, own = irt_scores(found.linked), irt_scores(cities[1])
    assert moved.scores["theta"].to_numpy() == pytest.approx(found.transform(own)["theta"].to_numpy(), nan_ok=True)
    assert found.linked.value("mean") == pytest.approx(found.shift)
    assert found.linked.value("variance") == pytest.approx(found.slope**2)
    assert found.linked.value("b1", "q2") == pytest.approx(found.slope * cities[1].value("b1", "q2") + found.shift)


def test_long_and_short_forms_link_by_what_they_share(cities: tuple[IrtResult, IrtResult]) -> None:
    frame = pd.read_csv(REFERENCE / "data/irt_groups.csv").replace(-1, np.nan)
    short = irt(frame[frame["group"] == 1][["q1", "q3", "q4"]])
    found = link_scales(cities[0], short)
    assert any("3 shared items" in note for note in found.notes)
    assert any("few shared items" in note for note in found.notes)
    assert found.shift == pytest.approx(0.33, abs=0.15)
    chosen = link_scales(*cities, items=["q2", "q3"], method="mean_mean")
    assert chosen.table["item"].tolist() == ["", "", "q2", "q3", "q2", "q3"]


def test_a_drifting_item_is_seen() -> None:
    rng = np.random.default_rng(1)
    z = 1.6 * rng.normal(size=(2400, 1)) + rng.logistic(size=(2400, 6))
    z[1200:, 3] += 1.2
    frame = pd.DataFrame(np.digitize(z, [-2, 0, 2]), columns=list("abcdef"))
    found = link_scales(irt(frame.iloc[:1200]), irt(frame.iloc[1200:]))
    drift = found.table.query("term == 'drift'").set_index("item")
    assert (drift["estimate"] / drift["std_error"]).abs().idxmax() == "d"
    assert drift.loc["d", "estimate"] < -0.4
    assert drift["p_adjusted"].idxmin() == "d"
    told = [note for note in found.notes if "Drift of" in note]
    assert len(told) == 1
    assert told[0].startswith("Drift of 'd': the interval excludes 0")
    without = link_scales(irt(frame.iloc[:1200]), irt(frame.iloc[1200:]), items=["a", "b", "c", "e", "f"])
    assert f"Without it A is {without.slope:.2f} and B {without.shift:.2f}" in told[0]
    assert not any("Drift of" in note for note in without.notes)
    assert abs(without.shift) < abs(found.shift)


def test_a_slope_that_drifts_is_seen() -> None:
    rng = np.random.default_rng(2)
    trait, slopes = rng.normal(size=(3000, 1)), np.full((3000, 6), 1.5)
    slopes[1500:, 1] = 0.6
    frame = pd.DataFrame(np.digitize(slopes * trait + rng.logistic(size=(3000, 6)), [-2, 0, 2]), columns=list("abcdef"))
    found = link_scales(irt(frame.iloc[:1500]), irt(frame.iloc[1500:]))
    row = found.table.query("term == 'slope_drift' and item == 'b'").iloc[0]
    assert row["ci_high"] < -0.4
    assert any(note.startswith("Drift of 'b'") for note in found.notes)


def test_a_reversed_item_is_no_link(cities: tuple[IrtResult, IrtResult]) -> None:
    frame = pd.read_csv(REFERENCE / "data/irt_groups.csv").replace(-1, np.nan)
    second = frame[frame["group"] == 1].drop(columns="group")
    one = irt(second.assign(q3=second["q3"].max() - second["q3"]))
    for method in ("stocking_lord", "mean_sigma"):
        with pytest.raises(
            EstimationError, match=r"'q3' rise with .* fall in the other\..*`items=\['q1', 'q2', 'q4', 'q5'\]`"
        ):
            link_scales(cities[0], one, method=method)
    assert link_scales(cities[0], one, items=["q1", "q2", "q4", "q5"]).slope > 0


def test_few_shared_items_tell_little_of_drift(cities: tuple[IrtResult, IrtResult]) -> None:
    one = link_scales(*cities, items=["q2"])
    assert one.table["term"].tolist() == ["A", "B"]
    assert any("nothing can tell whether it drifts" in note for note in one.notes)
    two = link_scales(*cities, items=["q2", "q3"])
    assert two.table["term"].tolist() == ["A", "B", "drift", "drift", "slope_drift", "slope_drift"]
    partial = link_scales(irt(frame_of("six").iloc[:450], model="pcm"), irt(frame_of("six").iloc[450:], model="pcm"))
    assert set(partial.table["term"]) == {"A", "B", "drift"}


def test_refusals(cities: tuple[IrtResult, IrtResult], six: IrtResult) -> None:
    with pytest.raises(DesignError, match="results of `irt`"):
        link_scales(cities[0], frame_of("six"))  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="no item with the same name"):
        link_scales(cities[0], six)
    with pytest.raises(DesignError, match="`items` argument"):
        link_scales(*cities, items=["q9"])
    with pytest.raises(DesignError, match="'q2'"):
        link_scales(cities[0], six, items=["q2"])
    with pytest.raises(DesignError, match="`method` argument"):
        link_scales(*cities, method="equipercentile")  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="result of `irt`"):
        item_fit(frame_of("six"))  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="irt_scores"):
        link_scales(*cities).transform(cities[0])  # type: ignore[arg-type]
