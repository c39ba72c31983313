"""The evaluation of a pilot: what the verbs say one by one, and a reason for each step that could not be taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.errors import DesignError, ResponsesError
from trustmeter.pilot.evaluation.recorded import record_of
from trustmeter.pilot.evaluation.result import PilotEvaluation

FILE = {
    "id": "somewhere",
    "zone": "Somewhere",
    "title": "{en: Trust in Somewhere, nl: Vertrouwen}",
    "theme": "proximity",
    "questionnaire": "encounter",
    "waves": "{before: '2026', after: '2027'}",
    "design": "{linked: yes}",
    "data": "answers*.csv",
    "columns": "{respondent: id, wave: wave, zone: zone}",
    "primary": "procedural_justice",
    "scales": "[procedural_justice, overall]",
    "smallest_effect": "3",
}


def write(folder: Path, **changes: str | None) -> Path:
    lines = {**FILE, **changes}
    path = folder / "pilot.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in lines.items() if value is not None), encoding="utf-8")
    return path


def answers(
    n: int = 150, *, change: float = 1.2, linked: Any = True, seed: int = 3, name: str = "encounter"
) -> pd.DataFrame:
    asked = tm.load_questionnaire(name)
    made = tm.simulate_responses(
        asked, n, waves=("2026", "2027"), change=change, linked=linked, zone="Somewhere", seed=seed
    )
    return made.frame


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    answers().to_csv(tmp_path / "answers.csv", index=False)
    return tmp_path


@pytest.fixture
def found(folder: Path) -> PilotEvaluation:
    return tm.evaluate_pilot(write(folder))


def skipped(found: PilotEvaluation) -> dict[str, str]:
    return {one.step: one.reason for one in found.skipped}


def test_it_says_what_the_verbs_say_one_by_one(folder: Path, found: PilotEvaluation) -> None:
    pilot = tm.read_pilot(folder / "pilot.yaml")
    read = tm.read_pilot_answers(pilot)
    scores, scales = tm.score(read), ["procedural_justice", "overall"]
    change = tm.compare(scores, pilot.design, scale=scales, smallest_effect=3)
    part = found.parts[0]
    pd.testing.assert_frame_equal(found.change.table, change.table)
    assert found.change.verdicts == change.verdicts
    assert change.verdicts["procedural_justice"] == "increase"
    meter = tm.reliability(change.scores.answers, scale=scales)
    pd.testing.assert_frame_equal(part.meter.table, meter.table)
    alike = tm.check_invariance(change.scores.answers, across="wave", scale=scales)
    assert part.comparability.verdicts == alike.verdicts
    pd.testing.assert_frame_equal(
        part.loss.table, tm.attrition(scores, pilot.design, scale=scales, smallest_effect=3).table
    )
    other = tm.compare_estimators(scores, pilot.design, scale="procedural_justice", smallest_effect=3)
    pd.testing.assert_frame_equal(part.estimators.table, other.table)


def test_it_holds_what_a_report_takes(found: PilotEvaluation) -> None:
    assert not found.simulated
    kinds = [type(one).__name__ for one in found.results]
    assert kinds == ["QualityReport", "ReliabilityResult", "InvarianceResult", "AttritionResult", "EstimatorComparison"]
    table = found.tidy()
    assert list(table["scale"]) == ["encounter/procedural_justice", "encounter/overall"]
    assert set(table["zone"]) == {"Somewhere"}
    assert "procedural_justice (primary)" in found.summary()
    json.dumps(found.to_dict(), allow_nan=False)


def test_every_step_that_was_not_taken_has_a_reason(folder: Path, found: PilotEvaluation) -> None:
    assert set(skipped(found)) == {"protocol", "compare_subgroups", "check_incidents", "margins"}
    answers(30, linked=False).to_csv(folder / "answers.csv", index=False)
    few = tm.evaluate_pilot(write(folder, design="{linked: no}", subgroups="CT01", margins="margins.csv"))
    reasons = skipped(few)
    assert set(reasons) == {"protocol", "attrition", "check_invariance", "check_incidents", "margins"} | (
        {"compare_subgroups"} & set(reasons)
    )
    assert "at least 50 people" in reasons["check_invariance"]
    assert "no file 'margins.csv' yet" in reasons["margins"]
    assert few.parts[0].comparability is None
    assert all(str(one).startswith("Not told") for one in few.skipped)


def test_incidents_and_groups_are_told_where_the_file_declares_them(folder: Path) -> None:
    frame = answers(200).assign(
        street=lambda people: ["odd" if int(str(one)[-1]) % 2 else "even" for one in people["id"].str[-1]]
    )
    frame.to_csv(folder / "answers.csv", index=False)
    found = tm.evaluate_pilot(
        write(folder, subgroups="street", incidents="[{date: 2026-05-01, what: A raid}]",
              field_work="{'2026': [2026-05-04, 2026-05-29], '2027': [2027-05-03, 2027-05-28]}")
    )  # fmt: skip
    part = found.parts[0]
    assert [one.by for one in part.subgroups] == ["street"]
    assert part.subgroups[0].declared
    assert not part.incidents.clear
    assert any("A raid" in note for note in record_of(found).questionnaires[0].notes)
    assert set(skipped(found)) == {"protocol", "margins"}


def test_a_promise_is_kept_or_its_deviations_are_told(folder: Path) -> None:
    design = tm.PilotDesign("2026", "2027", linked=True, zone="Somewhere")
    plan = tm.plan(design, n=100, scales=2, smallest_effect=3)
    plan.to_protocol(
        folder / "promised.yaml", title="Nearness", date="2026-01-31", scales=["procedural_justice", "overall"],
        primary="overall",
    )  # fmt: skip
    path = write(folder, protocol="promised.yaml", primary=None, smallest_effect=None)
    record = record_of(tm.evaluate_pilot(path)).questionnaire()
    assert (record.protocol, record.deviations) == ("kept", ())
    assert [(one.scale, one.primary) for one in record.scales] == [("overall", True), ("procedural_justice", False)]
    path = write(folder, protocol="promised.yaml", smallest_effect="5")
    record = record_of(tm.evaluate_pilot(path)).questionnaire()
    assert record.protocol == "deviated"
    assert any("smallest effect of overall was 5" in one for one in record.deviations)
    assert any("judges by procedural_justice" in one for one in record.deviations)


def test_several_files_are_read_as_one(folder: Path, found: PilotEvaluation) -> None:
    frame = answers()
    for wave in ("2026", "2027"):
        frame[frame["wave"] == wave].to_csv(folder / f"answers-{wave}.csv", index=False)
    (folder / "answers.csv").unlink()
    again = tm.evaluate_pilot(folder / "pilot.yaml")
    pd.testing.assert_frame_equal(again.change.table, found.change.table)
    assert again.provenance.source == "answers-2026.csv, answers-2027.csv"
    frame.to_csv(folder / "answers-all.csv", index=False)
    with pytest.raises(ResponsesError, match="more than one of these files"):
        tm.evaluate_pilot(folder / "pilot.yaml")


def test_a_question_that_one_file_does_not_hold_was_not_asked_there(folder: Path) -> None:
    frame = answers()
    frame[frame["wave"] == "2026"].drop(columns="OV02").to_csv(folder / "answers-1.csv", index=False)
    frame[frame["wave"] == "2027"].to_csv(folder / "answers-2.csv", index=False)
    (folder / "answers.csv").unlink()
    read = tm.read_pilot_answers(tm.read_pilot(write(folder)))
    assert (read.missing.loc[read.frame["wave"] == "2026", "OV02"] == 1).all()
    assert read.frame["OV02"].dtype == "Int64"


BOTH = "[{name: encounter, data: answers.csv}, {name: copmite-partnership, data: members.csv, expected_people: 24}]"
NO_TOP = dict.fromkeys(("questionnaire", "data", "primary", "scales", "smallest_effect"))


def test_made_up_answers_never_stand_beside_real_ones(folder: Path) -> None:
    found = tm.evaluate_pilot(write(folder, questionnaires=BOTH, **NO_TOP))
    assert [part.name for part in found.parts] == ["encounter"]
    assert "no answers to this questionnaire yet" in skipped(found)["compare"]
    assert not found.simulated
    with pytest.raises(DesignError, match="No questionnaire"):
        tm.evaluate_pilot(folder / "pilot.yaml", questionnaire="copmite-partnership")
    (folder / "answers.csv").unlink()
    made = tm.evaluate_pilot(folder / "pilot.yaml")
    assert [part.name for part in made.parts] == ["encounter", "copmite-partnership"]
    assert all(part.simulated for part in made.parts)
    assert record_of(made).simulated
    assert {one.strength for part in record_of(made).questionnaires for one in part.scales} == {"none"}
    assert "SIMULATED" in made.summary()


def test_a_further_questionnaire_may_fail_and_the_main_one_may_not(folder: Path) -> None:
    one_wave = answers(40, name="copmite-partnership").query("wave == '2026'")
    one_wave.to_csv(folder / "members.csv", index=False)
    found = tm.evaluate_pilot(write(folder, questionnaires=BOTH, **NO_TOP))
    assert [part.name for part in found.parts] == ["encounter"]
    assert "2027" in skipped(found)["compare"]
    answers().query("wave == '2026'").to_csv(folder / "answers.csv", index=False)
    with pytest.raises(DesignError, match="2027"):
        tm.evaluate_pilot(folder / "pilot.yaml")


def test_nothing_is_told_of_fewer_than_ten_people(folder: Path) -> None:
    answers(8).to_csv(folder / "answers.csv", index=False)
    path = tm.write_result(tm.evaluate_pilot(write(folder)), folder / "result.json")
    for scale in tm.read_result(path).questionnaires[0].scales:
        assert (scale.verdict, scale.strength, scale.lowered) == ("suppressed", "none", ("suppressed",))
        assert (scale.estimate, scale.ci_low, scale.p_adjusted, scale.n) == (None, None, None, None)
        assert (scale.alpha, scale.alpha_low) == (None, None)


def test_the_record_holds_no_exact_number_of_people_and_no_person(folder: Path, found: PilotEvaluation) -> None:
    path = tm.write_result(found, folder / "result.json")
    record = tm.read_result(path)
    for scale in record.questionnaires[0].scales:
        assert scale.n is None or scale.n % 5 == 0
    first = record.scale("procedural_justice")
    row = found.tidy().iloc[0]
    assert (first.estimate, first.ci_low, first.verdict) == (row["estimate"], row["ci_low"], "increase")
    assert first.strength in {"low", "very_low"}
    text = path.read_text(encoding="utf-8")
    assert not any(f'"{person}"' in text for person in answers()["id"].astype(str).unique())


def test_areas_make_it_an_effect_and_one_against_one_does_not(folder: Path) -> None:
    frame = answers(400)
    areas = ["north", "south", "east", "west", "mid", "far"]
    frame["district"] = [areas[int(one) % 6] for one in pd.factorize(frame["id"])[0]]
    frame.to_csv(folder / "answers.csv", index=False)
    three = "{linked: yes, area: district, treated: [north, south, east], comparison: [west, mid, far]}"
    record = record_of(tm.evaluate_pilot(write(folder, design=three))).questionnaire()
    assert (record.basis, record.scales[0].term) == ("comparison_areas", "effect")
    assert "3 areas with the pilot and 3 without it, not chosen by lot" in record.design
    lot = record_of(tm.evaluate_pilot(write(folder, design=three.replace("}", ", randomized: yes}"))))
    assert lot.questionnaire().basis == "randomized_areas"
    frame["district"] = frame["district"].map(lambda area: "north" if area in areas[:3] else "west")
    frame.to_csv(folder / "answers.csv", index=False)
    one = "{linked: yes, area: district, treated: [north], comparison: [west]}"
    assert record_of(tm.evaluate_pilot(write(folder, design=one))).questionnaire().basis == "one_group"


def test_steps_are_named_while_they_are_taken(folder: Path) -> None:
    steps: list[str] = []
    tm.evaluate_pilot(write(folder), progress=steps.append)
    assert [step.partition(": ")[2] for step in steps] == [
        "read_pilot_answers", "score, compare", "check_quality", "reliability", "check_invariance", "attrition",
        "compare_estimators",
    ]  # fmt: skip


def test_what_is_no_pilot_gets_a_sentence(found: PilotEvaluation, folder: Path) -> None:
    with pytest.raises(DesignError, match="takes a pilot or the path"):
        tm.evaluate_pilot(3)  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="takes the result of"):
        tm.write_result(found.change, folder / "x.json")  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="'encounter'"):
        found.part("encuonter")
    with pytest.raises(DesignError, match="'encounter'"):
        tm.evaluate_pilot(folder / "pilot.yaml", questionnaire="encuonter")
