"""Every questionnaire of the shelf, by every tool's road: codes and kinds of missing come back equal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import pytest

from trustmeter.exchange.answers import read_responses
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.responses.model import MISSING_KINDS, Responses
from trustmeter.responses.simulation import simulate_responses

SHELF = (
    "community-trust",
    "encounter",
    "officer-trust",
    "oecd-trust",
    "complaint-experience",
    "inclusion-retention",
    "wvs-confidence",
)
Frame = pd.DataFrame


def as_coded(answers: Responses) -> Frame:
    cells = answers.frame[list(answers.item_ids)].astype("string").fillna("")
    for item in answers.item_ids:
        for option in answers.questionnaire.item(item).response_scale.non_answers:
            number = 1 + MISSING_KINDS.index(str(option.kind))
            cells.loc[(answers.missing[item] == number).to_numpy(), item] = option.code
    return cells


def as_said(cells: Frame, asked: Questionnaire, language: str) -> Frame:
    said = cells.copy()
    for item in cells.columns:
        labels = {option.code: option.text.read(language) for option in asked.item(item).response_scale.options}
        said[item] = [labels.get(text) or text for text in cells[item]]
    return said


def limesurvey(cells: Frame, asked: Questionnaire, language: str, to: Path) -> None:
    stems = {item.id: section.text.read(language) for section in asked.sections for item in section.items}
    said = as_said(cells, asked, language)
    said.columns = [f"S[{item}]. {stems[item]} [{asked.item(item).text.read(language)}]" for item in cells.columns]
    own = {
        "id": range(len(cells)),
        "submitdate": "2026-11-01 10:00:00",
        "lastpage": "2",
        "startlanguage": language,
        "seed": "1",
    }
    pd.concat([Frame(own, index=cells.index), said], axis=1).to_csv(
        to, index=False, sep=";", quoting=1, encoding="utf-8-sig"
    )


def kobo(cells: Frame, asked: Questionnaire, language: str, to: Path) -> None:
    titles = {item.id: section.title.read(language) for section in asked.sections for item in section.items}
    said = as_said(cells, asked, language)
    said.columns = [f"{titles[item]}/{asked.item(item).text.read(language)}" for item in cells.columns]
    said.assign(_id="1", _uuid="u", _submission_time="t").to_csv(to, index=False, sep=";")


def central(cells: Frame, asked: Questionnaire, language: str, to: Path) -> None:
    named = cells.rename(columns={item: f"group-{item}" for item in cells.columns})
    named.assign(KEY="uuid:1", instanceID="uuid:1", FormVersion=language, SubmissionDate=asked.id).to_csv(
        to, index=False
    )


def qualtrics(cells: Frame, asked: Questionnaire, language: str, to: Path) -> None:
    said = as_said(cells, asked, language).rename(columns={item: f"Q_{item}" for item in cells.columns})
    own = {"StartDate": "d", "EndDate": "d", "Status": "0", "Finished": "1", "UserLanguage": language.upper()}
    whole = pd.concat([Frame(own, index=cells.index), said], axis=1)
    heads = [list(whole.columns), ['{"ImportId":"x"}'] * whole.shape[1]]
    pd.concat([Frame(heads, columns=whole.columns), whole]).to_csv(to, index=False)


def redcap(cells: Frame, asked: Questionnaire, language: str, to: Path) -> None:
    named = cells.rename(columns=str.lower)
    named.insert(0, "record_id", f"{asked.id} {language}")
    named.assign(form_complete="2").to_csv(to, index=False)


ROADS: Mapping[str, Callable[[Frame, Questionnaire, str, Path], None]] = {
    "limesurvey": limesurvey, "kobo": kobo, "central": central, "qualtrics": qualtrics, "redcap": redcap,
}  # fmt: skip


@pytest.mark.parametrize("name", SHELF)
def test_answers_come_back_equal_by_every_road(name: str, tmp_path: Path) -> None:
    asked = load_questionnaire(name)
    answers = simulate_responses(asked, 20, seed=1)
    items, language = list(answers.item_ids), asked.languages[-1]
    for road, write in ROADS.items():
        write(as_coded(answers), asked, language, tmp_path / "a.csv")
        found = read_responses(tmp_path / "a.csv", asked)
        pd.testing.assert_frame_equal(found.missing[items], answers.missing[items], obj=road)
        pd.testing.assert_frame_equal(found.frame[items], answers.frame[items], obj=road)
        assert "R-COLUMN-UNKNOWN" not in {problem.code for problem in found.problems}, road
