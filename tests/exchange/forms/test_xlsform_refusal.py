"""What an XLSForm cannot hold is refused before anything is written, all of it at once."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from trustmeter.errors import QuestionnaireError
from trustmeter.exchange.forms.xlsform import write_xlsform
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.routing import Equals
from trustmeter.questionnaire.text import Text


def said(words: str) -> Text:
    return Text({"en": words, "fr": f"{words} (fr)"})


def asking(tiny: Questionnaire, *items: Item) -> Questionnaire:
    return replace(tiny, sections=(Section("only", tiny.title, Text(), items),), scales=())


def codes_of(questionnaire: Questionnaire, path: Path) -> set[str]:
    with pytest.raises(QuestionnaireError) as caught:
        write_xlsform(questionnaire, path / "form.xlsx", questionnaire.languages)
    assert not (path / "form.xlsx").exists()
    return {problem.code for problem in caught.value.problems}


def test_a_blank_translation(awkward: Questionnaire, tmp_path: Path) -> None:
    assert codes_of(awkward, tmp_path) == {"X-TEXT-MISSING"}


@pytest.mark.parametrize("name", ["1A", "A-B", "A B", "A" * 21, "", "Ä1", "A_1"])
def test_names_that_tools_reject(name: str, tiny: Questionnaire, tmp_path: Path) -> None:
    yes_no = tiny.response_scales[1]
    assert codes_of(asking(tiny, Item(name, said("What?"), yes_no)), tmp_path) == {"X-ITEM-CODE"}


@pytest.mark.parametrize("name", ["start", "End", "META"])
def test_names_that_tools_use_themselves(name: str, tiny: Questionnaire, tmp_path: Path) -> None:
    assert codes_of(asking(tiny, Item(name, said("What?"), tiny.response_scales[1])), tmp_path) == {"X-ITEM-RESERVED"}


@pytest.mark.parametrize("code", ["a b", "1.5", "", "toolong", "né"])
def test_answers_with_blanks_and_signs(code: str, tiny: Questionnaire, tmp_path: Path) -> None:
    scale = ResponseScale("odd", "nominal", (Option(code, said("One")), Option("2", said("Two"))))
    assert codes_of(asking(tiny, Item("Q1", said("What?"), scale)), tmp_path) == {"X-ANSWER-CODE"}


def test_all_faults_are_told_at_once(tiny: Questionnaire, tmp_path: Path) -> None:
    yes_no = tiny.response_scales[1]
    twice = ResponseScale("two lists", "nominal", (Option("1", said("One")), Option("1", said("Two"))))
    items = (
        Item("Q1", said("This *matters*?"), yes_no, show_if=Equals("Q2", "1")),
        Item("q1", said("Seen\x07?"), yes_no),
        Item("Q2", said("Which?"), twice),
        Item("Q3", said("None?"), ResponseScale("none", "nominal", ())),
    )
    found = codes_of(asking(tiny, *items), tmp_path)
    assert found == {
        "X-ROUTE", "X-ITEM-TWICE", "X-TEXT-SIGN", "X-TEXT-MARKUP", "X-LIST-NAME", "X-ANSWER-TWICE", "X-ANSWERS-NONE",
    }  # fmt: skip


@pytest.mark.parametrize("words", ["5 * 3 * 2", "snake_case_name", "A* or B", "What is your job: ___ ?"])
def test_stars_and_lines_that_stay_as_they_are(words: str, tiny: Questionnaire, tmp_path: Path) -> None:
    asked = asking(tiny, Item("Q1", said(words), tiny.response_scales[1]))
    write_xlsform(asked, tmp_path / "form.xlsx", asked.languages)


def test_the_how_to_page_explains_every_code() -> None:
    root = Path(__file__).resolve().parents[3]
    source = root / "src" / "trustmeter" / "exchange" / "forms" / "xlsform_refusal.py"
    raised = set(re.findall(r'"(X-[A-Z-]+)"', source.read_text(encoding="utf-8")))
    page = (root / "docs" / "how-to" / "send-it-to-kobotoolbox.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(X-[A-Z-]+)`", page)) == raised
