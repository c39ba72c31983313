"""The result file: read back as written, refused when changed, and described by its schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from trustmeter.errors import DesignError
from trustmeter.pilot.evaluation.result_file import (
    PilotRecord,
    PopulationRecord,
    QuestionnaireRecord,
    ScaleRecord,
    SkippedRecord,
    WaveWeightsRecord,
    WeightedRecord,
    read_result,
    result_schema,
    save_record,
)

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "reference" / "pilot-result.schema.json"

SCALE = ScaleRecord(
    scale="trust", name={"en": "Trust", "nl": "Vertrouwen"}, primary=True, verdict="increase", term="effect",
    contrast="after - before", estimate=4.1, ci_low=1.0, ci_high=7.2, conf_level=0.95, smallest_effect=None, p_adjusted=0.01,
    n=180, alpha=0.8, alpha_low=0.75, alpha_high=0.84, comparability="comparable", strength="moderate", lowered=(),
    weighted=WeightedRecord("inconclusive", 3.0, None, 6.5, 0.07),
)  # fmt: skip
QUESTIONNAIRE = QuestionnaireRecord(
    questionnaire="community-trust", version="1.1.0", fingerprint="abc", status="adapted", before="before", after="after",
    people="same", basis="comparison_areas", design="Before and after.", share_lost=0.1, protocol="deviated",
    deviations=("fewer people.",), scales=(SCALE,), skipped=(SkippedRecord("attrition", "Nobody can be followed."),), notes=("So.",),
    population=PopulationRecord(("sex",), "Statbel", "2026-01-01", "verified", (WaveWeightsRecord("before", 1.2, 150),), ("Named.",)),
)  # fmt: skip
RECORD = PilotRecord("ghent", {"en": "Nearness"}, "Ghent", "proximity", False, "0.1.0", (QUESTIONNAIRE,))


def test_a_record_comes_back_as_it_was(tmp_path: Path) -> None:
    path = save_record(RECORD, tmp_path / "new" / "ghent.json")
    assert read_result(path) == RECORD
    assert json.loads(path.read_text(encoding="utf-8"))["sha256"] == RECORD.sha256
    assert read_result(path).scale("trust").estimate == 4.1


def test_what_was_written_fits_the_schema_and_the_schema_is_the_one_in_the_documentation(tmp_path: Path) -> None:
    path = save_record(RECORD, tmp_path / "ghent.json")
    Draft202012Validator(result_schema()).validate(json.loads(path.read_text(encoding="utf-8")))
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == result_schema()


def _set(path: list[Any], value: Any) -> Callable[[dict[str, Any]], None]:
    def change(tree: dict[str, Any]) -> None:
        inner: Any = tree
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value

    return change


FIRST = ["questionnaires", 0]


@pytest.mark.parametrize(
    ("change", "says", "fits"),
    [
        (_set([*FIRST, "scales", 0, "estimate"], 9.9), "was changed", True),
        (_set([*FIRST, "scales", 0, "verdict"], "better"), "Expected one of", False),
        (_set([*FIRST, "scales", 0, "n"], "many"), "whole number", False),
        (_set([*FIRST, "scales", 0, "primary"], 1), "true or false", False),
        (_set([*FIRST, "deviations"], "none"), "a list", False),
        (_set(["note"], "x"), "not known", False),
        (_set([*FIRST, "scales", 0, "weighted", "verdict"], "better"), "Expected one of", False),
        (_set([*FIRST, "scales", 0, "weighted"], None), "was changed", True),
        (_set([*FIRST, "population", "waves", 0, "n_effective"], 1.5), "whole number", False),
        (_set([*FIRST, "population"], "everybody"), "names with values", False),
        (_set(["format"], 1), "of a form", False),
        (_set(["sha256"], 7), "no result file", False),
        (lambda tree: tree.pop("zone"), "not there", False),
        (_set(["questionnaires"], [3]), "names with values", False),
    ],
)
def test_a_changed_file_is_refused(
    change: Callable[[dict[str, Any]], Any], says: str, fits: bool, tmp_path: Path
) -> None:
    path = save_record(RECORD, tmp_path / "ghent.json")
    tree = json.loads(path.read_text(encoding="utf-8"))
    change(tree)
    path.write_text(json.dumps(tree), encoding="utf-8")
    assert Draft202012Validator(result_schema()).is_valid(tree) == fits
    with pytest.raises(DesignError, match=says):
        read_result(path)


def test_what_is_no_result_file_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="no result file"):
        read_result(tmp_path / "nowhere.json")
    (tmp_path / "x.json").write_text("{", encoding="utf-8")
    with pytest.raises(DesignError, match="cannot be read as JSON"):
        read_result(tmp_path / "x.json")
    with pytest.raises(DesignError, match=r"ends in \.json"):
        save_record(RECORD, tmp_path / "x.yaml")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DesignError, match="cannot be written"):
        save_record(RECORD, tmp_path / "file" / "x.json")


def test_names_that_are_not_there_get_the_nearest() -> None:
    with pytest.raises(DesignError, match="'trust'"):
        RECORD.scale("trsut")
    with pytest.raises(DesignError, match="'community-trust'"):
        RECORD.questionnaire("comunity-trust")
