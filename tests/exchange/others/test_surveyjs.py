"""SurveyJS: every word in every language, nothing fetched; and the product's own schema and engine where they are."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from trustmeter.errors import QuestionnaireError
from trustmeter.exchange.others.surveyjs import write_surveyjs
from trustmeter.questionnaire.model import Questionnaire

Asked = Callable[[Questionnaire, Mapping[str, str]], set[str]]
PACKAGE = Path(
    os.environ.get(
        "TRUSTMETER_SURVEYJS", Path(__file__).resolve().parents[2] / "accessibility" / "node_modules" / "survey-core"
    )
)
ENGINE = """
const fs = require("fs");
const { Model } = require(process.argv[1]);
const told = JSON.parse(fs.readFileSync(0, "utf-8"));
const out = told.people.map((answers) => {
  const survey = new Model(told.form);
  if (survey.jsonErrors) throw new Error(JSON.stringify(survey.jsonErrors));
  const found = [];
  for (const page of survey.pages) for (const question of page.questions) {
    if (!page.isVisible || !question.isVisible) continue;
    const names = question.getType() === "matrix" ? question.rows.map((row) => row.value) : [question.name];
    found.push(...names);
    const given = Object.fromEntries(names.filter((name) => name in answers).map((name) => [name, answers[name]]));
    if (question.getType() === "matrix") question.value = given;
    else if (question.name in given) question.value = given[question.name];
  }
  return found;
});
console.log(JSON.stringify(out));
"""


def form_of(questionnaire: Questionnaire, path: Path, languages: tuple[str, ...] = ()) -> dict[str, Any]:
    write_surveyjs(questionnaire, path, languages or questionnaire.languages)
    form: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return form


def questions(form: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str], list[dict[str, Any]], dict[str, Any]]]:
    for page in form["pages"]:
        for element in page["elements"]:
            if element["type"] == "matrix":
                for row in element["rows"]:
                    yield row["value"], row["text"], element["columns"], element
            else:
                yield element["name"], element["title"], element.get("choices", []), element


def test_every_word_and_code_is_in_the_form(questionnaire: Questionnaire, tmp_path: Path) -> None:
    form = form_of(questionnaire, tmp_path / "form.json")
    listed = list(questions(form))
    assert [name for name, *_ in listed] == [item.id for item in questionnaire.items]
    for (_, title, choices, element), item in zip(listed, questionnaire.items, strict=True):
        assert title == {language: item.text.read(language) for language in questionnaire.languages}
        assert element.get("isRequired", False) == item.required
        if item.response_scale.type in {"ordinal", "nominal"}:
            assert [choice["value"] for choice in choices] == [option.code for option in item.response_scale.options]
            for choice, option in zip(choices, item.response_scale.options, strict=True):
                assert choice["text"] == {
                    language: option.text.read(language) or option.code for language in questionnaire.languages
                }
    assert not re.search(r"https?://|javascript:|\"(?:logo|imageLink|html|css|backgroundImage)\"", json.dumps(form))


def test_a_form_without_english_falls_back_on_its_first_language(tiny: Questionnaire, tmp_path: Path) -> None:
    form = form_of(tiny, tmp_path / "form.json", ("fr",))
    assert form["locale"] == "fr"
    assert form["title"] == {"default": "Minuscule", "fr": "Minuscule"}


@pytest.fixture(scope="session")
def schema() -> Any:
    file = PACKAGE / "surveyjs_definition.json"
    if not file.is_file():
        pytest.skip("The npm package survey-core is not here; set TRUSTMETER_SURVEYJS to its folder.")
    rules = json.loads(file.read_text(encoding="utf-8"))
    return jsonschema.validators.validator_for(rules)(rules)


def test_the_form_is_valid(questionnaire: Questionnaire, schema: Any, tmp_path: Path) -> None:
    assert [error.message for error in schema.iter_errors(form_of(questionnaire, tmp_path / "form.json"))] == []


def test_no_answer_hides_beside_the_page(questionnaire: Questionnaire, tmp_path: Path) -> None:
    tables = [one for *_, one in questions(form_of(questionnaire, tmp_path / "form.json")) if one["type"] == "matrix"]
    assert {table["displayMode"] for table in tables} <= {"list"}


def same_people(questionnaire: Questionnaire, asked: Asked, folder: Path) -> None:
    node = shutil.which("node")
    if node is None or not (PACKAGE / "package.json").is_file():
        pytest.skip("Node, or the npm package survey-core, is not here; set TRUSTMETER_SURVEYJS to its folder.")
    draw = np.random.default_rng(7)
    lists = {item.id: [option.code for option in item.response_scale.options] for item in questionnaire.items}
    people = [
        {name: str(draw.choice(codes)) for name, codes in lists.items() if codes and draw.random() < 0.9}
        for _ in range(10)
    ]
    done = subprocess.run(
        [node, "-e", ENGINE, str(PACKAGE)], capture_output=True, text=True, encoding="utf-8", check=False,
        input=json.dumps({"form": form_of(questionnaire, folder / "form.json"), "people": people}),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [set(found) for found in json.loads(done.stdout)] == [asked(questionnaire, answers) for answers in people]


def test_the_engine_asks_the_same_people(questionnaire: Questionnaire, asked: Asked, tmp_path: Path) -> None:
    same_people(questionnaire, asked, tmp_path)


@pytest.mark.parametrize("name", ["tiny", "without_minus"])
def test_the_engine_follows_awkward_routing(
    name: str, request: pytest.FixtureRequest, asked: Asked, tmp_path: Path
) -> None:
    same_people(request.getfixturevalue(name), asked, tmp_path)


CHANGED_MIND = """
const { Model } = require(process.argv[1]);
const survey = new Model(JSON.parse(require("fs").readFileSync(0, "utf-8")));
survey.setValue("CONSENT", "1"); survey.setValue("SEX", "F"); survey.setValue("grid_FA1", { FA1: "4" });
survey.setValue("CONSENT", "0");
console.log(JSON.stringify(survey.data));
"""


def test_answers_to_what_is_not_asked_any_more_go(tiny: Questionnaire, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not (PACKAGE / "package.json").is_file():
        pytest.skip("Node, or the npm package survey-core, is not here; set TRUSTMETER_SURVEYJS to its folder.")
    done = subprocess.run(
        [node, "-e", CHANGED_MIND, str(PACKAGE)], capture_output=True, text=True, check=False,
        input=json.dumps(form_of(tiny, tmp_path / "form.json")),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert data.pop("questionnaire_version", "1.0.0-000000000000") == "1.0.0-000000000000"
    assert data == {"CONSENT": "0"}


def test_a_number_keeps_to_its_range_and_codes(without_minus: Questionnaire, tmp_path: Path) -> None:
    age = next(
        element for name, _, _, element in questions(form_of(without_minus, tmp_path / "form.json")) if name == "Q5"
    )
    assert age["inputType"] == "number"
    assert age["validators"][0]["expression"] == "({Q5} >= 16 and {Q5} <= 110) or {Q5} = 999"
    assert age["description"]["fr"].startswith("Écrivez 999")


def test_braces_are_refused(tiny: Questionnaire, tmp_path: Path) -> None:
    title = replace(tiny.title, by_language={"en": "Hello {name}", "fr": "Bonjour"})
    with pytest.raises(QuestionnaireError, match="O-BRACES"):
        write_surveyjs(replace(tiny, title=title), tmp_path / "form.json", ["en"])


def test_bytes_repeat(tiny: Questionnaire, tmp_path: Path) -> None:
    form_of(tiny, tmp_path / "one.json")
    form_of(tiny, tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
