"""The `.qsf`: every word in every language, our codes and ids, routing that asks the same people; and another's parser."""

from __future__ import annotations

import csv
import html
import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trustmeter.errors import QuestionnaireError
from trustmeter.exchange.others.qualtrics import write_qualtrics
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.routing import Equals
from trustmeter.questionnaire.shelf import load_questionnaire

Asked = Callable[[Questionnaire, Mapping[str, str]], set[str]]
CHOSEN = {"ordinal", "nominal"}


class Survey:
    """What the file says, question by question, read without the writer's help."""

    def __init__(self, questionnaire: Questionnaire, path: Path, languages: tuple[str, ...] = ()) -> None:
        write_qualtrics(questionnaire, path, languages or questionnaire.languages)
        document = json.loads(path.read_text(encoding="utf-8"))
        self.entry, elements = document["SurveyEntry"], document["SurveyElements"]
        assert {element["SurveyID"] for element in elements} == {self.entry["SurveyID"]}
        self.payload = {element["Element"]: element["Payload"] for element in elements if element["Element"] != "SQ"}
        self.questions = {one["PrimaryAttribute"]: one["Payload"] for one in elements if one["Element"] == "SQ"}
        self.order = [
            element
            for block in self.payload["BL"]
            for element in block.get("BlockElements", [])
            if element["Type"] == "Question"
        ]
        assert [element["QuestionID"] for element in self.order] == list(self.questions)
        assert [block["ID"] for block in self.payload["BL"] if block["Type"] != "Trash"] == [
            step["ID"] for step in self.payload["FL"]["Flow"] if step["Type"] == "Block"
        ]

    def items(self) -> dict[str, tuple[dict[str, Any], str]]:
        """Return the question of each item, and its row in a matrix."""
        found = {}
        for question in self.questions.values():
            if question["QuestionType"] == "Matrix":
                found |= {tag: (question, row) for row, tag in question["ChoiceDataExportTags"].items()}
            elif question["QuestionType"] != "DB":
                found[question["DataExportTag"]] = (question, "")
        return found


def read(shown: str) -> str:
    return html.unescape(shown).replace("\u2066", "").replace("\u2069", "")


def plain(text: str) -> str:
    return " ".join(text.split())


def in_language(question: dict[str, Any], language: str, first: str) -> dict[str, Any]:
    said: dict[str, Any] = question if language == first else question["Language"][language.upper()]
    return said


def test_every_word_and_code_is_in_the_file(questionnaire: Questionnaire, tmp_path: Path) -> None:
    survey, first = Survey(questionnaire, tmp_path / "survey.qsf"), questionnaire.languages[0]
    assert survey.entry["SurveyLanguage"] == first.upper()
    assert list(survey.payload["SO"]["AvailableLanguages"]) == [
        language.upper() for language in questionnaire.languages
    ]
    listed = survey.items()
    assert list(listed) == [item.id for item in questionnaire.items]
    for item in questionnaire.items:
        question, row = listed[item.id]
        options, chosen = item.response_scale.options, item.response_scale.type in CHOSEN
        if chosen:
            assert list(question["RecodeValues"].values()) == [option.code for option in options]
        for language in questionnaire.languages:
            said = in_language(question, language, first)
            shown = said["Choices"][row]["Display"] if row else said["QuestionText"]
            if chosen:
                assert read(shown) == plain(item.text.read(language))
                labels = said["Answers" if row else "Choices"]
                assert [read(labels[place]["Display"]) for place in question["RecodeValues"]] == [
                    plain(option.text.read(language) or option.code) for option in options
                ]
            else:
                assert read(shown).startswith(plain(item.text.read(language)))
        assert question["Validation"]["Settings"].get("ForceResponse") == ("ON" if item.required else "OFF")


def test_headings_and_introduction_are_shown_in_every_language(questionnaire: Questionnaire, tmp_path: Path) -> None:
    survey, first = Survey(questionnaire, tmp_path / "survey.qsf"), questionnaire.languages[0]
    shown = {one["DataExportTag"]: one for one in survey.questions.values() if one["QuestionType"] == "DB"}
    for language in questionnaire.languages:
        for section in questionnaire.sections:
            words = read(in_language(shown[f"{section.id}_text"], language, first)["QuestionText"]).replace(
                "<br />", "\n"
            )
            assert plain(section.title.read(language)) in words
            assert plain(section.text.read(language)) in plain(words)


def test_places_and_orders_fit_each_other(questionnaire: Questionnaire, tmp_path: Path) -> None:
    for question in Survey(questionnaire, tmp_path / "survey.qsf").questions.values():
        if question["QuestionType"] in {"MC", "Matrix"}:
            assert question["ChoiceOrder"] == list(question["Choices"])
            assert question["NextChoiceId"] == len(question["Choices"]) + 1
        if question["QuestionType"] == "Matrix":
            assert question["AnswerOrder"] == list(question["Answers"]) == list(question["RecodeValues"])
            assert question["NextAnswerId"] == len(question["Answers"]) + 1
            assert set(question["ChoiceDataExportTags"]) == set(question["Choices"])


def is_shown(question: dict[str, Any], chosen: Mapping[str, str]) -> bool:
    """Work out display logic: sets are joined by *and*, expressions in a set by the word that they bear."""
    logic = question.get("DisplayLogic")
    if logic is None:
        return True
    told = []
    for place, group in sorted((key, one) for key, one in logic.items() if key.isdigit()):
        assert group["Type"] == ("If" if place == "0" else "AndIf")
        lines = [group[key] for key in sorted((key for key in group if key.isdigit()), key=int)]
        words = {line.get("Conjuction") for line in lines[1:]}
        assert len(words) <= 1
        found = [chosen.get(line["QuestionID"]) == line["ChoiceLocator"] for line in lines]
        told.append(any(found) if words == {"Or"} else all(found))
    return all(told)


def same_people(questionnaire: Questionnaire, asked: Asked, path: Path) -> None:
    survey, draw = Survey(questionnaire, path), np.random.default_rng(7)
    lists = {item.id: [option.code for option in item.response_scale.options] for item in questionnaire.items}
    for _ in range(60):
        answers = {
            name: str(draw.choice(codes))
            for name, codes in lists.items()
            if codes and (questionnaire.item(name).required or draw.random() < 0.9)
        }
        assert asked_in(survey, answers) == asked(questionnaire, answers)


def asked_in(survey: Survey, answers: Mapping[str, str]) -> set[str]:
    """Walk through the survey as a person who gives `answers`."""
    chosen: dict[str, str] = {}
    found: set[str] = set()
    for element in survey.order:
        qid = element["QuestionID"]
        question = survey.questions[qid]
        if question["QuestionType"] == "DB" or not is_shown(question, chosen):
            continue
        rows = question.get("ChoiceDataExportTags")
        found |= set(rows.values()) if rows else {question["DataExportTag"]}
        for place, code in question.get("RecodeValues", {}).items():
            if not rows and answers.get(question["DataExportTag"]) == code:
                chosen[qid] = f"q://{qid}/SelectableChoice/{place}"
        if any(rule["ChoiceLocator"] == chosen.get(qid) for rule in element.get("SkipLogic", [])):
            break
    return found


def test_the_same_people_are_asked(questionnaire: Questionnaire, asked: Asked, tmp_path: Path) -> None:
    same_people(questionnaire, asked, tmp_path / "survey.qsf")


@pytest.mark.parametrize("name", ["tiny", "without_minus"])
def test_awkward_routing_too(name: str, request: pytest.FixtureRequest, asked: Asked, tmp_path: Path) -> None:
    same_people(request.getfixturevalue(name), asked, tmp_path / "survey.qsf")


def test_refused_consent_ends_the_survey(tmp_path: Path) -> None:
    trust = load_questionnaire("community-trust")
    survey = Survey(trust, tmp_path / "survey.qsf")
    rules = [rule for element in survey.order for rule in element.get("SkipLogic", [])]
    consent = survey.items()["CONSENT"][0]
    no = next(place for place, code in consent["RecodeValues"].items() if code == "0")
    assert rules[0]["Locator"] == f"q://{consent['QuestionID']}/SelectableChoice/{no}"
    assert {rule["SkipToDestination"] for rule in rules} == {"ENDOFSURVEY"}
    assert len({rule["SkipLogicID"] for rule in rules}) == len(rules)
    assert asked_in(survey, {"CONSENT": "0"}) == {"CONSENT"}


def test_what_may_end_the_survey_ends_its_page(tiny: Questionnaire, tmp_path: Path) -> None:
    consent, trust, you = tiny.sections
    together = replace(consent, items=(*consent.items, *(replace(item, show_if=trust.show_if) for item in trust.items)))
    survey = Survey(replace(tiny, sections=(together, you)), tmp_path / "survey.qsf")
    kinds = [element["Type"] for element in survey.payload["BL"][0]["BlockElements"]]
    assert kinds == ["Question", "Question", "Question", "Page Break", "Question"]


def test_a_number_is_checked_and_its_codes_fit(without_minus: Questionnaire, tmp_path: Path) -> None:
    question, _ = Survey(without_minus, tmp_path / "survey.qsf").items()["Q5"]
    assert question["Validation"]["Settings"]["ValidNumber"] == {"Min": "16", "Max": "999", "NumDecimals": ""}
    assert "Write 999 for: Prefer not to say." in question["QuestionText"]


def test_texts_are_no_markup_and_no_piped_text(without_minus: Questionnaire, tmp_path: Path) -> None:
    title = replace(without_minus.sections[0].title, by_language={"en": "<i> ${q://QID1/x} & =1", "fr": "x"})
    changed = replace(
        without_minus, sections=(replace(without_minus.sections[0], title=title), *without_minus.sections[1:])
    )
    text = json.dumps(list(Survey(changed, tmp_path / "survey.qsf").questions.values()))
    assert "&lt;i&gt; $&#123;q://QID1/x&#125; &amp; =1" in text
    assert set(re.findall(r"<[^>]+>", text)) == {"<strong>", "</strong>", "<br />"}


def test_a_condition_on_a_number_is_refused(without_minus: Questionnaire, tmp_path: Path) -> None:
    third = without_minus.sections[2]
    asked = replace(third, items=(replace(third.items[0], show_if=Equals("Q5", "20")),))
    with pytest.raises(QuestionnaireError, match="O-OPEN"):
        write_qualtrics(
            replace(without_minus, sections=(*without_minus.sections[:2], asked)), tmp_path / "survey.qsf", ["en"]
        )


def test_one_language_needs_no_translations(tiny: Questionnaire, tmp_path: Path) -> None:
    survey = Survey(tiny, tmp_path / "survey.qsf", ("fr",))
    assert all(question["Language"] == [] for question in survey.questions.values())
    assert "AvailableLanguages" not in survey.payload["SO"]


def test_bytes_repeat(tiny: Questionnaire, tmp_path: Path) -> None:
    Survey(tiny, tmp_path / "one.qsf")
    Survey(tiny, tmp_path / "two.qsf")
    assert (tmp_path / "one.qsf").read_bytes() == (tmp_path / "two.qsf").read_bytes()


PARSED = """
import json, sys, qualtrics
found = qualtrics.parse_survey(sys.argv[1], sys.argv[2])
print(json.dumps([found.questions, found.question_fields, found.answer_options], default=str))
"""


@pytest.mark.parametrize("name", ["community-trust", "encounter", "link-code"])
def test_a_parser_of_another_finds_our_codes(name: str, tmp_path: Path) -> None:
    python = os.environ.get("TRUSTMETER_QUALTRICS_PYTHON")
    if not python:
        pytest.skip("Set TRUSTMETER_QUALTRICS_PYTHON to a Python that has the package qualtrics.")
    questionnaire = load_questionnaire(name)
    survey = Survey(questionnaire, tmp_path / "survey.qsf")
    listed = survey.items()
    columns = {
        item: question["QuestionID"] + (f"_{row}" if row else "_TEXT" if question["QuestionType"] == "TE" else "")
        for item, (question, row) in listed.items()
    }
    with (tmp_path / "survey.csv").open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["ResponseId", *columns])
        rows.writerow(["Response ID", *columns])
        rows.writerow([json.dumps({"ImportId": one}) for one in ("_recordId", *columns.values())])
        rows.writerow(["R_1", *("1" for _ in columns)])
    done = subprocess.run(
        [python, "-c", PARSED, str(tmp_path / "survey.csv"), str(tmp_path / "survey.qsf")],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    questions, fields, options = json.loads(done.stdout)
    assert len(questions) >= len({question["QuestionID"] for question, _ in listed.values()})
    told = json.dumps(fields)
    assert all(f'"{item}"' in told for item in columns)
    assert {
        option.code
        for item in questionnaire.items
        if item.response_scale.type in CHOSEN
        for option in item.response_scale.options
    } <= {str(value) for option in options for value in option.values()}
