"""What the tools would hand back is read: made-up exports in each tool's shape give the answers that went in."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from trustmeter.exchange.answers import read_responses
from trustmeter.exchange.codebook.spss import is_number, write_spss
from trustmeter.exchange.others.surveyjs import write_surveyjs
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.responses.model import Responses

TOLD = {"CONSENT": "1", "TR01": "4", "TR02": "88", "SEX": "F"}


@pytest.fixture(scope="module")
def short() -> Questionnaire:
    """Return a questionnaire of which every item is a list of answers."""
    return load_questionnaire("community-trust-short")


@pytest.fixture(scope="module")
def given(short: Questionnaire) -> dict[str, str]:
    """Return one person's code for each item: a don't know among them, and letters."""
    return {item.id: TOLD.get(item.id, item.response_scale.options[0].code) for item in short.items}


def check(answers: Responses, given: dict[str, str]) -> None:
    (row,) = answers.frame[list(given)].to_dict("records")
    for item, code in given.items():
        option = next(one for one in answers.questionnaire.item(item).response_scale.options if one.code == code)
        assert pd.isna(row[item]) if option.kind else str(row[item]) == code
    assert answers.missing["TR02"].tolist() != [0]


def test_qualtrics(short: Questionnaire, given: dict[str, str], tmp_path: Path) -> None:
    headings = ["Finished", "ResponseId", "UserLanguage", "questionnaire_version", *given]
    with (tmp_path / "answers.csv").open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(headings)
        rows.writerow(headings[:4] + [str(short.item(item).text) for item in given])
        rows.writerow([json.dumps({"ImportId": heading}) for heading in headings])
        rows.writerow(["1", "R_1", "NL", "1.1.0", *given.values()])
    check(read_responses(tmp_path / "answers.csv", short), given)


def test_redcap(short: Questionnaire, given: dict[str, str], tmp_path: Path) -> None:
    with (tmp_path / "answers.csv").open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(
            ["record_id", "questionnaire_version", *(item.lower() for item in given), "community_trust_short_complete"]
        )
        rows.writerow(["1", "1.1.0", *given.values(), "2"])
    check(read_responses(tmp_path / "answers.csv", short), given)


def test_surveyjs(short: Questionnaire, given: dict[str, str], tmp_path: Path) -> None:
    write_surveyjs(short, tmp_path / "form.json", ["nl"])
    form = json.loads((tmp_path / "form.json").read_text(encoding="utf-8"))
    person: dict[str, object] = {"questionnaire_version": "1.1.0"}
    for element in (element for page in form["pages"] for element in page["elements"]):
        rows = {row["value"]: given[row["value"]] for row in element.get("rows", [])}
        person[element["name"]] = rows or given[element["name"]]
    (tmp_path / "answers.json").write_text(json.dumps([person]), encoding="utf-8")
    check(read_responses(tmp_path / "answers.json", short), given)


def test_spss(short: Questionnaire, given: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "template.sav"
    write_spss(short, path, ["nl"])
    _, facts = pyreadstat.read_sav(path, user_missing=True)
    row = {item: [float(code) if is_number(short.item(item).response_scale) else code] for item, code in given.items()}
    pyreadstat.write_sav(
        pd.DataFrame(row), path, variable_value_labels=facts.variable_value_labels, missing_ranges=facts.missing_ranges
    )
    check(read_responses(path, short), given)
