"""KoboToolbox and ODK: groups, labels, ticks, several versions, review, pages."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from trustmeter.errors import ResponsesError
from trustmeter.exchange.answers import read_responses
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.model import MISSING_KINDS

Write = Callable[[str, str | bytes], Path]
LIKERT = ("FA1", "FA2", "FA3", "EF1", "EF2", "EF3")
META = {"_id": "7", "_uuid": "u-1", "_submission_time": "2026-11-23T09:00:05", "__version__": "vA"}


def person(consent: str = "1", answer: str = "4", path: str = "g_trust/", **more: str) -> dict[str, str]:
    asked = consent == "1"
    cells = {"start": "2026-11-23", "g_consent/CONSENT": consent, f"{path}generated_table_list_label_8": ""}
    cells |= {f"{path}reserved_name_for_field_list_labels_9": ""}
    cells |= {f"{path}{item}": answer if asked else "" for item in LIKERT}
    cells |= {"g_you/SEX": "F" if asked else "", "g_you/CONTACT": "0" if asked else ""}
    return {**cells, **META, **more}


def text(people: list[dict[str, str]], delimiter: str) -> str:
    headings = list(dict.fromkeys(heading for one in people for heading in one))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, headings, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(people)
    return buffer.getvalue()


PEOPLE = [person(answer="4"), person(consent="0"), person(answer="88")]


def check_three(path: Path, questionnaire: Questionnaire) -> None:
    answers = read_responses(path, questionnaire)
    assert [problem.code for problem in answers.problems] == []
    assert answers.frame["CONSENT"].tolist() == [1, 0, 1]
    assert answers.frame["EF3"].tolist()[0] == 4
    kinds = [0, 1 + MISSING_KINDS.index("not_asked"), 1 + MISSING_KINDS.index("dont_know")]
    assert answers.missing["FA1"].tolist() == kinds
    assert answers.roles.respondent is None
    assert list(answers.frame.columns) == [item.id for item in questionnaire.items]


@pytest.mark.parametrize("delimiter", [";", ","])
def test_csv(delimiter: str, tiny: Questionnaire, place: Write) -> None:
    check_three(place("a.csv", text(PEOPLE, delimiter)), tiny)


def test_central_joins_groups_with_hyphens(tiny: Questionnaire, place: Write) -> None:
    renamed = [{key.replace("/", "-"): cell for key, cell in one.items()} for one in PEOPLE]
    more = {"KEY": "uuid:1", "instanceID": "uuid:1", "SubmissionDate": "2026-11-23", "FormVersion": "1"}
    check_three(place("a.csv", text([one | more for one in renamed], ",")), tiny)


def test_excel(tiny: Questionnaire, tmp_path: Path) -> None:
    pd.DataFrame(PEOPLE).to_excel(tmp_path / "a.xlsx", index=False)
    check_three(tmp_path / "a.xlsx", tiny)


def test_json_leaves_out_what_is_empty(tiny: Questionnaire, place: Write) -> None:
    people = [
        {key: cell for key, cell in one.items() if cell} | {"_validation_status": {}, "_geolocation": [None, None]}
        for one in PEOPLE
    ]
    check_three(place("a.json", json.dumps({"count": 3, "next": None, "results": people})), tiny)
    check_three(place("b.json", json.dumps(people)), tiny)
    nested = [{"__id": "u", "__system": {"reviewState": None}, "g_consent": {"CONSENT": one["g_consent/CONSENT"]},
               "g_trust": {item: one[f"g_trust/{item}"] or None for item in LIKERT},
               "g_you": {"SEX": one["g_you/SEX"] or None, "CONTACT": one["g_you/CONTACT"] or None}, "meta": {"instanceID": "u"}}
              for one in PEOPLE]  # fmt: skip
    check_three(place("c.json", json.dumps({"value": nested})), tiny)


def test_one_page_of_several_is_refused(tiny: Questionnaire, place: Write) -> None:
    content = json.dumps({"count": 9, "next": "another page", "results": PEOPLE})
    with pytest.raises(ResponsesError, match=r"R-FILE-PAGE.*one page of 3 answers"):
        read_responses(place("a.json", content), tiny)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_labels_under_labelled_groups(language: str, tiny: Questionnaire, place: Write) -> None:
    people = []
    for one in PEOPLE:
        cells = {}
        for key, cell in one.items():
            name = key.rpartition("/")[2]
            known = {item.id: item for item in tiny.items}
            if name in known:
                options = {option.code: option.text.read(language) for option in known[name].response_scale.options}
                cells[f"A group/of questions/{known[name].text.read(language)}"] = options.get(cell, cell)
            elif not name.startswith(("generated", "reserved")):
                cells[key] = cell
        people.append(cells)
    check_three(place("a.csv", text(people, ";")), tiny)


def test_a_question_that_moved_between_versions_is_put_together(tiny: Questionnaire, place: Write) -> None:
    people = [person(), person(path="other/", __version__="vB")]
    answers = read_responses(place("a.csv", text(people, ",")), tiny)
    assert answers.frame["FA1"].tolist() == [4, 4]
    assert {problem.code for problem in answers.problems} == {"R-COLUMN-TOGETHER", "R-VERSION-SEVERAL"}
    people[0]["other/FA1"] = "1"
    with pytest.raises(ResponsesError, match=r"R-COLUMN-DUPLICATE.*'g_trust/FA1' and 'other/FA1'"):
        read_responses(place("b.csv", text(people, ",")), tiny)


def test_not_approved_is_set_aside(tiny: Questionnaire, place: Write) -> None:
    people = [person(_validation_status="Approved"), person(_validation_status="Not Approved")]
    with pytest.warns(UserWarning, match="set aside"):
        answers = read_responses(place("a.csv", text(people, ",")), tiny)
    assert len(answers) == 1
    assert answers.rejected["code"].tolist() == ["R-ROW-REVIEWED"]


def test_ticks_are_one_column(tiny: Questionnaire, place: Write) -> None:
    people = [person() | {"g_you/SEX/F": "1", "g_you/SEX/M": "0"}, person() | {"g_you/SEX/F": "0", "g_you/SEX/M": "0"}]
    both = read_responses(place("a.csv", text(people, ",")), tiny)
    assert both.frame["SEX"].tolist() == ["F", "F"]
    assert both.problems == ()
    for one in people:
        del one["g_you/SEX"]
    ticked = read_responses(place("b.csv", text(people, ",")), tiny)
    assert ticked.frame["SEX"].isna().tolist() == [False, True]
    people[0]["g_you/SEX/M"] = "1"
    with pytest.raises(ResponsesError, match="R-CODE-SEVERAL"):
        read_responses(place("c.csv", text(people, ",")), tiny)
