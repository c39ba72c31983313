"""Scores and plausible values: alignment, other answers, short forms, privacy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError
from trustmeter.psychometrics.response.ability import irt_scores, plausible_values
from trustmeter.psychometrics.response.calibrate import IrtResult, irt
from trustmeter.psychometrics.response.sample import as_codes
from trustmeter.responses.model import Responses

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED: dict[str, Any] = json.loads((REFERENCE / "values/irt.json").read_text(encoding="utf-8"))


def frame_of(name: str) -> pd.DataFrame:
    frame = pd.read_csv(REFERENCE / f"data/irt_{name}.csv")
    return frame.where(frame >= 0)


@pytest.fixture(scope="module")
def result() -> IrtResult:
    frame = frame_of("uneven")
    return irt(frame.set_index(pd.Index([f"p{number}" for number in range(len(frame))])))


@pytest.mark.parametrize("method", ["eap", "map", "wle"])
def test_scores_are_those_of_mirt_and_stand_in_the_answers_rows(result: IrtResult, method: Any, agree: Any) -> None:
    stored = STORED["cases"]["uneven"]["graded"]
    found = irt_scores(result, method=method)
    first = found.scores.iloc[: len(stored[method])]
    named = {"reference": "mirt 1.2.0 (Python)", "data": "uneven"}
    agree(f"tm.irt_scores {method}", first["theta"], np.array(stored[method], float), 1e-4, **named)
    agree(f"tm.irt_scores {method} SE", first["se"], np.array(stored[f"se_{method}"], float), 1e-4, **named)
    assert found.scores.index[4] == "p4"
    assert len(found.scores) == 700
    assert found.table["term"].tolist()[:3] == ["mean", "sd", "mean_se"]


def test_other_people_and_short_forms_are_scored_on_the_same_scale(result: IrtResult) -> None:
    frame = frame_of("uneven")
    same = irt_scores(result, frame.iloc[:50])
    own = irt_scores(result)
    assert same.scores["theta"].to_numpy() == pytest.approx(own.scores["theta"].to_numpy()[:50], nan_ok=True)
    short = irt_scores(result, frame[["q5", "q1", "q6"]].assign(age=33))
    assert any("'q2', 'q3', 'q4', 'q7'" in note for note in short.notes)
    there = short.scores["theta"].notna() & own.scores["theta"].notna().to_numpy()
    assert np.corrcoef(short.scores["theta"][there], own.scores["theta"].to_numpy()[there])[0, 1] > 0.8
    assert short.scores["se"].mean() > own.scores["se"].mean()
    with pytest.raises(DesignError, match="none of the model's items"):
        irt_scores(result, frame.rename(columns=str.upper))


def test_unknown_answers_count_as_the_nearest(result: IrtResult) -> None:
    frame = frame_of("uneven").iloc[:12].copy()
    frame["q2"] = 2.0
    top = irt_scores(result, frame)
    frame["q2"] = 9.0
    found = irt_scores(result, frame)
    assert found.scores["theta"].to_numpy() == pytest.approx(top.scores["theta"].to_numpy())
    assert any("nearest" in note for note in found.notes)
    assert not any("nearest" in note for note in top.notes)


def test_waves_and_people_keep_their_rows(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(120, shift=0.8, blanks=0.1)
    apart = irt(answers, scale="trust", across="wave")
    found = irt_scores(apart)
    assert found.scores.index.equals(answers.frame.index)
    waves = answers.frame["wave"]
    change = found.scores["theta"][waves == "2023"].mean() - found.scores["theta"][waves == "2022"].mean()
    assert change == pytest.approx(apart.value("mean", group="2023"), abs=0.1)
    again = irt_scores(apart, answers.select(np.asarray(waves == "2023")))
    assert again.scores["theta"].to_numpy() == pytest.approx(
        found.scores["theta"][waves == "2023"].to_numpy(), nan_ok=True
    )
    assert set(again.table.query("group == '2022'")["suppressed"]) == {True}


def test_rows_of_unknown_group_have_no_score() -> None:
    frame = pd.read_csv(REFERENCE / "data/irt_groups.csv").replace(-1, np.nan)
    frame["city"] = frame.pop("group").map({0: "Ghent", 1: "Lyon"})
    frame.loc[5:30, "city"] = None
    found = irt_scores(irt(frame, across="city"))
    assert found.scores["theta"].iloc[5:31].isna().all()
    assert any("no known group" in note for note in found.notes)


def test_few_people_are_not_described(result: IrtResult) -> None:
    found = irt_scores(result, frame_of("uneven").iloc[:4])
    assert found.table["suppressed"].all()
    assert found.table["estimate"].isna().all()
    values = plausible_values(result, frame_of("uneven").iloc[:4], seed=1)
    assert values.table["estimate"].isna().all()


def test_text_forms_hold_no_score(result: IrtResult) -> None:
    found = irt_scores(result)
    first = f"{found.scores['theta'].iloc[0]:.3f}"
    assert first not in found.summary()
    assert "scores" not in json.dumps(found.to_dict())


def test_plausible_values_recover_mean_and_spread_and_repeat(result: IrtResult) -> None:
    found = plausible_values(result, draws=20, seed=3)
    assert found.draws.columns.tolist()[:2] == ["pv1", "pv2"]
    table = found.table.set_index("term")
    assert table.loc["mean", "estimate"] == pytest.approx(0, abs=0.05)
    assert table.loc["variance", "estimate"] == pytest.approx(1, abs=0.06)
    assert 1 / np.sqrt(700) < table.loc["mean", "std_error"] < 1.2 / np.sqrt(700) * 1.3
    pd.testing.assert_frame_equal(found.draws, plausible_values(result, draws=20, seed=3).draws)
    assert found.draws["pv1"].isna().sum() == irt_scores(result).scores["theta"].isna().sum()


def test_refusals(result: IrtResult) -> None:
    with pytest.raises(DesignError, match="result of `irt`"):
        irt_scores(frame_of("uneven"))  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="`method` argument"):
        irt_scores(result, method="ml")  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="draws"):
        plausible_values(result, draws=0)
    with pytest.raises(DesignError, match="seed"):
        plausible_values(result, seed=-1)


def test_made_up_answers_stay_marked(make_answers: Callable[..., Responses], result: IrtResult) -> None:
    made = irt(make_answers(80, simulated=True), scale="trust")
    assert irt_scores(made).simulated
    assert plausible_values(made, seed=1).simulated
    assert any("one by one" in note for note in plausible_values(made, seed=1).notes)
    weighted = irt(frame_of("six"), weights=np.linspace(0.5, 1.5, 900))
    assert any("without weights" in note for note in irt_scores(weighted).notes)


@pytest.mark.parametrize("known", [(1.0, 2.0, 3.0), (1.0, 2.0, 4.0), (-1.0, 0.0), (0.5, 1.5, 2.5)])
def test_an_answer_counts_as_the_nearest_known_one(known: tuple[float, ...]) -> None:
    answers = np.array([-7.0, -1.0, 0.0, 0.4, 1.0, 1.4, 1.6, 2.0, 2.4, 3.0, 3.4, 4.0, 99.0, np.nan])
    codes, strange = as_codes(answers[:, None], (known,))
    distance = np.abs(answers[:-1, None] - np.array(known))
    assert (distance[np.arange(13), codes[:-1, 0]] == distance.min(axis=1)).all()
    assert codes[-1, 0] == -1
    assert strange == int((distance.min(axis=1) > 0).sum())


def sharp_or_plain(last: float) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    theta = rng.normal(size=900)
    slopes = [1.5, 1.2, 1.8, 1.0, 1.4, last]
    codes = [sum((a * theta + rng.logistic(size=900) > a * b).astype(int) for b in (-1.5, 0, 1.5)) for a in slopes]
    return pd.DataFrame(np.array(codes).T).add_prefix("q").assign(theta=theta)


def test_the_errors_of_wle_beside_a_very_sharp_item_are_called_too_small() -> None:
    frame = sharp_or_plain(8.0)
    items, theta = frame.drop(columns="theta"), frame["theta"]
    model = irt(items)
    found = irt_scores(model, method="wle")
    covered = float((abs(found.scores["theta"] - theta) < 1.96 * found.scores["se"]).mean())
    note = next(note for note in found.notes if "too small here" in note)
    assert covered < 0.85
    assert abs(int(note.split("model, ")[1].split("%")[0]) / 100 - covered) < 0.07
    assert not any("too small" in note for note in irt_scores(model, method="eap").notes)


def test_plain_items_and_short_forms_are_told_apart(result: IrtResult) -> None:
    frame = sharp_or_plain(8.0).drop(columns="theta")
    model = irt(frame)
    assert not any("too small" in note for note in irt_scores(model, frame.drop(columns="q5"), method="wle").notes)
    assert not any("too small" in note for note in irt_scores(result, method="wle").notes)


def test_one_plausible_value_has_no_standard_error(result: IrtResult) -> None:
    found = plausible_values(result, draws=1, seed=1)
    assert "std_error" not in found.table or found.table["std_error"].isna().all()
    assert found.table["estimate"].notna().all()
    assert any("One draw has no standard error" in note for note in found.notes)
    assert plausible_values(result, draws=2, seed=1).table.query("term == 'mean'")["std_error"].notna().all()
