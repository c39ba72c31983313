"""A first draft has no fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from trustmeter.authoring.advice import advise
from trustmeter.authoring.scaffold import new_questionnaire
from trustmeter.errors import QuestionnaireError
from trustmeter.exchange.registry import export_questionnaire
from trustmeter.questionnaire.check import check_questionnaire
from trustmeter.questionnaire.reader import read_questionnaire


@pytest.mark.parametrize("languages", [("en", "fr", "nl", "de"), ("nl",), ("fr", "en")])
def test_a_draft_has_no_fault_and_can_be_tried_at_once(languages: tuple[str, ...], tmp_path: Path) -> None:
    made = new_questionnaire(tmp_path / "my-survey", languages=languages)
    assert check_questionnaire(made) == []
    draft = read_questionnaire(made)
    assert (draft.id, draft.status, draft.languages) == ("my-survey", "draft", languages)
    assert "not for use" in draft.standing
    assert export_questionnaire(draft, tmp_path / "form.html", tool="html").is_file()
    assert {problem.code for problem in advise(draft)} <= {"A-KEYS"}


def test_a_language_without_texts_counts_as_unfinished(tmp_path: Path) -> None:
    made = new_questionnaire(tmp_path / "my-survey", languages=("en", "tr"))
    assert {(problem.code, problem.severity) for problem in check_questionnaire(made)} == {
        ("Q-TEXT-MISSING", "warning")
    }
    draft = read_questionnaire(made)
    assert draft.unfinished.has("tr")
    assert "tr (unfinished)" in str(draft)
    assert draft.item("TO01").text.read("tr") == draft.item("TO01").text.read("en")
    with pytest.raises(ValueError, match="not finished"):
        export_questionnaire(draft, tmp_path / "form.html", tool="html", languages=["tr"])
    assert export_questionnaire(draft, tmp_path / "form.xlsx").is_file()


@pytest.mark.parametrize(
    ("name", "languages", "says"),
    [("My Survey", ("en",), "becomes the id"), ("ok", ("tr",), "one of en"), ("ok", (), "one of en")],
)
def test_what_cannot_be_made_is_one_sentence(name: str, languages: tuple[str, ...], says: str, tmp_path: Path) -> None:
    with pytest.raises(QuestionnaireError, match=says):
        new_questionnaire(tmp_path / name, languages=languages)
    assert not (tmp_path / name).exists()
