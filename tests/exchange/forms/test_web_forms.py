"""The form that ODK really shows, filled in by script in a browser, sent, and read back as the answers that were given."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyxform.xls2xform import convert

from trustmeter.exchange.answers import read_responses
from trustmeter.exchange.forms.submission import read_submissions
from trustmeter.exchange.forms.xlsform import LANGUAGE_NAMES, write_xlsform
from trustmeter.questionnaire.model import Item, Questionnaire
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.responses.model import MISSING_KINDS, Responses

HERE = Path(__file__).parent / "web_forms"
SHARE_BLANK = 0.2


def browser() -> str:
    """The browser to drive; skips, with the reason, when it or its driver is not installed."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), "")
    if found and shutil.which("node") and (HERE / "node_modules" / "@getodk" / "web-forms").is_dir():
        return found
    reason = "Needs Chromium, node and `make browser`."
    if os.environ.get("TRUSTMETER_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def holds(condition: Condition | None, answers: dict[str, str]) -> bool:
    match condition:
        case None:
            return True
        case Equals(item=item, code=code):
            return answers.get(item) == code
        case IsIn(item=item, codes=codes):
            return answers.get(item) in codes
        case Not(condition=inner):
            return not holds(inner, answers)
        case AllOf(conditions=parts):
            return all(holds(part, answers) for part in parts)
        case AnyOf(conditions=parts):
            return any(holds(part, answers) for part in parts)


@dataclass(frozen=True)
class Person:
    """What somebody answers: a code for each question that is asked and not left blank."""

    language: str
    answers: dict[str, str]
    kinds: dict[str, str]
    """Why an item has no answer: ``""`` where it has one."""

    def job(self, questionnaire: Questionnaire, form: Path, **more: Any) -> dict[str, Any]:
        items = [questionnaire.item(name) for name in self.answers]
        steps = [(item.text.read(self.language), self.answers[item.id], self._words(item)) for item in items]
        return {
            "form": str(form),
            "language": f"{LANGUAGE_NAMES[self.language]} ({self.language})",
            "answers": steps,
            **more,
        }

    def _words(self, item: Item) -> str | None:
        options = {option.code: option.text for option in item.response_scale.options}
        typed = item.response_scale.type in {"number", "text"}
        return None if typed else options[self.answers[item.id]].read(self.language)


def somebody(questionnaire: Questionnaire, language: str, seed: int, *, consents: bool = True) -> Person:
    """Make a person up who answers what is asked, all kinds of answers, and leaves some questions blank."""
    chance = np.random.default_rng(seed)
    answers: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for item in questionnaire.items:
        if not holds(questionnaire.condition(item.id), answers):
            kinds[item.id] = "not_asked"
        elif item.required:
            answers[item.id], kinds[item.id] = ("1" if consents else "0"), ""
        elif chance.random() < SHARE_BLANK:
            kinds[item.id] = "blank"
        else:
            option = item.response_scale.options[chance.integers(len(item.response_scale.options))]
            answers[item.id], kinds[item.id] = option.code, option.kind or ""
    return Person(language, answers, kinds)


def form_of(questionnaire: Questionnaire, folder: Path, *, grid: bool) -> Path:
    write_xlsform(questionnaire, folder / "form.xlsx", questionnaire.languages, grid=grid)
    form = folder / "form.xform"
    form.write_text(convert(folder / "form.xlsx", validate=False).xform, encoding="utf-8")
    return form


def filled_in(jobs: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Fill the forms in, and keep what is sent as XML files in the folder ``sent``."""
    (folder / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
    command = ["node", str(HERE / "fill.mjs"), browser(), str(folder / "jobs.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == len(jobs)
    (folder / "sent").mkdir()
    for number, result in enumerate(results):
        assert result["errors"] == []
        assert result["requests"] == []
        (folder / "sent" / f"{number}.xml").write_text(result["sent"], encoding="utf-8")
    return results


def assert_read_back(answers: Responses, people: list[Person]) -> None:
    """Every answer is the one that was given; every hole is of the kind that was meant."""
    assert len(answers) == len(people)
    for number, person in enumerate(people):
        for item, kind in person.kinds.items():
            found = int(answers.missing[item].iloc[number])
            assert ("" if found == 0 else MISSING_KINDS[found - 1]) == kind, (person.language, item)
            if not kind:
                assert str(answers.frame[item].iloc[number]) == person.answers[item]


def as_kobo(frame: pd.DataFrame, path: Path) -> Path:
    """Write a table as KoboToolbox does: semicolons, everything quoted."""
    frame.to_csv(path, sep=";", index=False, quoting=csv.QUOTE_ALL)
    return path


def test_a_contact_in_three_languages_and_a_refusal(tmp_path: Path) -> None:
    browser()
    encounter = load_questionnaire("encounter")
    form = form_of(encounter, tmp_path, grid=False)
    people = [
        somebody(encounter, "fr", 1),
        somebody(encounter, "ar", 2),
        somebody(encounter, "nl", 19),
        somebody(encounter, "ar", 4, consents=False),
    ]
    assert {kind for person in people for kind in person.kinds.values()} == {"", *MISSING_KINDS}
    results = filled_in(
        [person.job(encounter, form, early=number == 3) for number, person in enumerate(people)], tmp_path
    )
    assert len(results[0]["shown"]) > len(results[3]["shown"])
    assert encounter.item("RS01").text.read("ar") not in results[3]["shown"]
    assert any("يرجى" in message for message in results[3]["told"])
    frame = read_submissions(tmp_path / "sent")
    named = {heading.rpartition("/")[2] for heading in frame.columns}
    assert named - {item.id for item in encounter.items} <= {
        "start", "end", "questionnaire_version", "instanceID", "instanceName", "introduction_note",
        *(f"{section.id}_text" for section in encounter.sections),
    }  # fmt: skip
    assert set(frame["questionnaire_version"]) == {f"{encounter.version}-{encounter.fingerprint}"}
    assert_read_back(read_responses(frame, encounter), people)
    assert_read_back(read_responses(as_kobo(frame, tmp_path / "answers.csv"), encounter), people)


def test_a_long_questionnaire_in_grids(tmp_path: Path) -> None:
    browser()
    trust = load_questionnaire("community-trust")
    form = form_of(trust, tmp_path, grid=True)
    people = [somebody(trust, "de", 5), somebody(trust, "en", 6)]
    filled_in([person.job(trust, form) for person in people], tmp_path)
    frame = read_submissions(tmp_path / "sent")
    assert_read_back(read_responses(frame, trust), people)
    assert_read_back(read_responses(as_kobo(frame, tmp_path / "answers.csv"), trust), people)


def test_letters_and_numbers_that_people_type(tmp_path: Path) -> None:
    browser()
    code = load_questionnaire("link-code")
    form = form_of(code, tmp_path, grid=False)
    answers = {"CONSENT": "1", "LC01": "M", "LC02": "88", "LC03": "2", "LC05": "8", "LC07": "99"}
    kinds = {item.id: "blank" for item in code.items} | dict.fromkeys(answers, "")
    people = [Person("ar", answers, kinds | {"LC02": "dont_know", "LC07": "refused"})]
    filled_in([person.job(code, form) for person in people], tmp_path)
    assert_read_back(read_responses(read_submissions(tmp_path / "sent"), code), people)
