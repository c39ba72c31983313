"""Whom a pilot speaks for: the same people compared with and without weights, and a reason where they cannot be weighted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.pilot.evaluation.recorded import record_of
from trustmeter.pilot.evaluation.result import PilotEvaluation

WAVES = ("2026", "2027")
LINES = {
    "id": "somewhere",
    "zone": "Somewhere",
    "title": "Trust",
    "questionnaire": "complaint-access",
    "waves": "{before: '2026', after: '2027'}",
    "design": "{linked: no}",
    "data": "answers.csv",
    "columns": "{respondent: id, wave: wave, zone: zone}",
    "scales": "[accessibility]",
    "primary": "accessibility",
    "margins": "{file: margins.csv, recode: {sex: {X: ''}}}",
}


def evaluated(folder: Path, sexes: dict[str, float], status: str = "verified", **changes: Any) -> PilotEvaluation:
    rows = "".join(f"sex,{name},{share},{status}\n" for name, share in sexes.items())
    (folder / "margins.csv").write_text(f"variable,category,share,status\n{rows}", encoding="utf-8")
    path = folder / "pilot.yaml"
    lines = {**LINES, **changes}
    path.write_text("".join(f"{key}: {value}\n" for key, value in lines.items() if value is not None), encoding="utf-8")
    return tm.evaluate_pilot(path)


def answered(n: int = 150, *, linked: Any = False, name: str = "complaint-access", change: float = 0.5) -> pd.DataFrame:
    asked = tm.load_questionnaire(name)
    made = tm.simulate_responses(asked, n, waves=WAVES, linked=linked, change=change, zone="Somewhere", seed=5)
    return made.frame


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    answered().to_csv(tmp_path / "answers.csv", index=False)
    return tmp_path


def why(found: PilotEvaluation) -> str:
    return " ".join(one.reason for one in found.skipped if one.step == "margins")


def test_the_weighted_change_is_the_difference_of_weighted_means(folder: Path) -> None:
    part = evaluated(folder, {"F": 0.3, "M": 0.7}).parts[0]
    assert part.weighted is not None
    assert part.weighting is not None
    frame, weights = part.change.scores.frame, part.weighting.weights
    known = frame["accessibility"].notna().to_numpy()
    means = [
        np.average(frame.loc[rows, "accessibility"].astype(float), weights=weights[rows])
        for rows in (known & (frame["wave"] == wave).to_numpy() for wave in WAVES)
    ]
    assert part.weighted.value("mean_change") == pytest.approx(means[1] - means[0], abs=1e-10)
    for wave in WAVES:
        sex = part.weighting.answers.frame["SEX"].astype("string").fillna("")
        rows = (frame["wave"] == wave).to_numpy(dtype=bool) & sex.isin(["F", "M"]).to_numpy(dtype=bool)
        men = (sex == "M").to_numpy(dtype=bool)
        assert weights[rows & men].sum() / weights[rows].sum() == pytest.approx(0.7)


@pytest.mark.parametrize("linked", ["no", "yes", "overlap"])
def test_the_same_people_are_compared(linked: str, tmp_path: Path) -> None:
    kept: Any = {"no": False, "yes": True, "overlap": 0.5}[linked]
    frame = answered(200, linked=kept)
    frame.loc[frame["SEX"] == "X", "SEX"] = "F"
    frame.to_csv(tmp_path / "answers.csv", index=False)
    part = evaluated(tmp_path, {"F": 0.4, "M": 0.6}, design=f"{{linked: {linked}}}").parts[0]
    assert part.beside is not None
    table = part.beside.table
    assert table["n"].nunique() == 1
    assert list(table["group"]) == ["unweighted", "weighted"]
    assert part.change.design.weights is None
    assert part.weighted is not None
    assert part.weighted.linked == part.change.linked
    assert list(part.weighted.scores.frame["id"]) == list(part.change.scores.frame["id"])


def test_margins_that_are_as_the_answers_change_nothing(tmp_path: Path) -> None:
    frame = answered(200)
    frame["place"] = (["north"] * 3 + ["south"]) * (len(frame) // 4)
    frame.to_csv(tmp_path / "answers.csv", index=False)
    margins = "{file: margins.csv, columns: {sex: place}}"
    part = evaluated(tmp_path, {"north": 0.75, "south": 0.25}, margins=margins).parts[0]
    assert part.beside is not None
    assert part.beside.differing == ()
    assert np.ptp(part.beside.table["estimate"]) == pytest.approx(0, abs=1e-9)


def test_the_declared_answer_stays_and_another_verdict_is_told(folder: Path) -> None:
    frame = answered(200, change=0.0)
    up = (frame["SEX"].fillna("") == "M").to_numpy(dtype=bool) == (frame["wave"] == "2027").to_numpy(dtype=bool)
    scale = tm.load_questionnaire("complaint-access").scale("accessibility")
    for item in scale.items:
        high, low = (1, 5) if item in scale.reversed else (5, 1)
        frame[item] = frame[item].where(frame[item].isna(), pd.Series(np.where(up, high, low), index=frame.index))
    frame.to_csv(folder / "answers.csv", index=False)
    found = evaluated(folder, {"F": 0.05, "M": 0.95})
    part = found.parts[0]
    assert part.beside is not None
    without, weighted = part.beside.verdicts["accessibility"]
    assert found.change.verdicts["accessibility"] == without
    sentence = part.beside.sentences["accessibility"]
    assert (without, weighted) == ("decrease", "increase")
    assert "depends on the weights: decrease without them" in sentence
    assert sentence in part.beside.notes
    unused = [note for note in part.beside.notes if "as a rule too large" in note]
    assert unused == [note for note in part.weighted.notes if "as a rule too large" in note]
    assert len(unused) == 1
    assert part.beside.differing == ("accessibility",)
    assert part.results[-3:] == (part.representation, part.weighting, part.beside)


def test_weights_of_the_design_are_what_new_ones_start_from(folder: Path) -> None:
    frame = answered()
    frame["drawn"] = np.linspace(0.5, 2, len(frame))
    frame.to_csv(folder / "answers.csv", index=False)
    part = evaluated(folder, {"F": 0.5, "M": 0.5}, design="{linked: no, weights: drawn}").parts[0]
    assert part.change.design.weights == "drawn"
    assert part.weighting is not None
    ratio = part.weighting.weights / part.change.scores.answers.frame["drawn"].to_numpy(dtype=float)
    assert len(np.unique(ratio.round(8))) <= 6
    assert part.representation is not None
    assert part.representation.weighted


@pytest.mark.parametrize(
    ("sexes", "changes", "says"),
    [
        ({"F": 0.5, "M": 0.5}, {"margins": None}, "names no margins"),
        ({"F": 0.5, "M": 0.4, "Z": 0.1}, {}, "W-EMPTY"),
        ({"F": 0.5, "M": 0.5}, {"margins": "margins.csv"}, "W-CATEGORY-UNKNOWN"),
        ({"F": 0.5, "M": 0.5}, {"margins": "{file: margins.csv, recode: {sex: {X: ''}}, unanswered: refuse}"}, "W-UNANSWERED"),
        ({"F": 0.5, "M": 0.5}, {"margins": "{file: margins.csv, columns: {sex: LANG}}"}, "W-CATEGORY-UNKNOWN"),
        ({"F": 0.5, "M": 0.5}, {"margins": "nowhere.csv"}, "no file"),
    ],
)  # fmt: skip
def test_margins_that_cannot_be_met_are_a_reason_and_no_fault(
    sexes: dict[str, float], changes: dict[str, Any], says: str, folder: Path
) -> None:
    found = evaluated(folder, sexes, **changes)
    assert says in why(found)
    part = found.parts[0]
    assert part.weighting is None
    assert part.weighted is None
    assert part.beside is None
    assert record_of(found).questionnaire().population is None
    assert record_of(found).scale("accessibility").weighted is None


def test_invented_margins_mark_all_that_is_weighted_and_nothing_else(folder: Path) -> None:
    part = evaluated(folder, {"F": 0.5, "M": 0.5}, status="invented").parts[0]
    assert (part.simulated, part.change.simulated) == (False, False)
    for one in (part.representation, part.weighting, part.beside, part.weighted):
        assert one is not None
        assert one.simulated


def test_the_result_file_holds_what_was_weighted(folder: Path) -> None:
    found = evaluated(folder, {"F": 0.4, "M": 0.6})
    part, known = found.parts[0], tm.read_result(tm.write_result(found, folder / "result.json"))
    population, scale = known.questionnaire().population, known.scale("accessibility")
    assert population is not None
    assert scale.weighted is not None
    assert part.weighting is not None
    assert part.weighted is not None
    assert (population.margins, population.status) == (("sex",), "verified")
    assert [one.wave for one in population.waves] == list(WAVES)
    effective = part.weighting.value("n_effective", wave="2026")
    assert population.waves[0].n_effective == int(effective) // 5 * 5
    assert not any("people tell as much" in note for note in population.notes)
    assert part.beside is not None
    assert set(part.beside.sentences.values()) <= set(population.notes)
    assert scale.weighted.estimate == part.weighted.value("mean_change")
    assert scale.estimate == part.change.value("mean_change")
    assert scale.weighted.verdict == part.weighted.verdicts["accessibility"]
    json.dumps(found.to_dict(), allow_nan=False)
