"""What LimeSurvey would change or drop without a word is refused beforehand, all of it at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from trustmeter.errors import QuestionnaireError
from trustmeter.exchange.limesurvey.quota import Quota
from trustmeter.exchange.limesurvey.refusal import refuse_what_would_be_lost
from trustmeter.exchange.limesurvey.writer import write_limesurvey
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale
from trustmeter.questionnaire.routing import Equals
from trustmeter.questionnaire.text import Text


def text(words: str) -> Text:
    return Text({"en": words, "fr": f"{words} (fr)"})


def with_item(questionnaire: Questionnaire, **changed: object) -> Questionnaire:
    *others, last = questionnaire.sections
    *items, item = last.items
    return replace(questionnaire, sections=(*others, replace(last, items=(*items, replace(item, **changed)))))  # type: ignore[arg-type]


def with_scale(questionnaire: Questionnaire, *codes: str) -> Questionnaire:
    scale = ResponseScale("other", "nominal", tuple(Option(code, text(f"Answer {code}")) for code in codes))
    return with_item(questionnaire, response_scale=scale)


CASES: dict[str, tuple[Callable[[Questionnaire], Questionnaire], str]] = {
    "answer code longer than 5": (lambda tiny: with_scale(tiny, "DONTKNOW"), "L-ANSWER-CODE"),
    "answer code with a sign": (lambda tiny: with_scale(tiny, "-9"), "L-ANSWER-CODE"),
    "answer codes that differ in case": (lambda tiny: with_scale(tiny, "a", "A"), "L-ANSWER-TWICE"),
    "list without answers": (with_scale, "L-ANSWERS-NONE"),
    "item code with _": (lambda tiny: with_item(tiny, id="P_J"), "L-ITEM-CODE"),
    "item code with -": (lambda tiny: with_item(tiny, id="PJ-01"), "L-ITEM-CODE"),
    "item code that starts with a figure": (lambda tiny: with_item(tiny, id="1PJ"), "L-ITEM-CODE"),
    "item code twice": (lambda tiny: with_item(tiny, id="fa1"), "L-ITEM-TWICE"),
    "item code longer than 20": (lambda tiny: with_item(tiny, id="A" * 21), "L-ITEM-LONG"),
    "code that LimeSurvey keeps": (
        lambda tiny: with_item(tiny, id="TOKEN", response_scale=ResponseScale("words", "text", ())), "L-ITEM-RESERVED"),
    "language with a missing text": (lambda tiny: with_item(tiny, text=Text({"en": "Only English"})), "L-TEXT-MISSING"),
    "sign that cannot be stored": (lambda tiny: with_item(tiny, text=text("bell \x07")), "L-TEXT-SIGN"),
    "half a sign": (lambda tiny: with_item(tiny, text=text("half \ud83d")), "L-TEXT-SIGN"),
    "title longer than its column": (lambda tiny: replace(tiny, title=text("T" * 201)), "L-TITLE-LONG"),
    "condition on a later item": (lambda tiny: with_item(tiny, show_if=Equals("CONTACT", "1")), "L-ROUTE"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("suffix", [".txt", ".lss"])
def test_each_silent_damage_is_refused(case: str, suffix: str, tiny: Questionnaire, tmp_path: Path) -> None:
    spoil, code = CASES[case]
    with pytest.raises(QuestionnaireError) as caught:
        write_limesurvey(spoil(tiny), tmp_path / f"survey{suffix}", tiny.languages)
    assert {problem.code for problem in caught.value.problems} == {code}
    assert all(problem.where and problem.message and problem.hint for problem in caught.value.problems)
    assert list(tmp_path.iterdir()) == []


def test_all_is_told_at_once(tiny: Questionnaire, tmp_path: Path) -> None:
    spoilt = with_item(tiny, id="1-" + "A" * 20, text=Text({"en": "Only English"}))
    with pytest.raises(QuestionnaireError, match="3 things would be changed or dropped") as caught:
        write_limesurvey(spoilt, tmp_path / "survey.txt", ["en", "fr"])
    assert [problem.code for problem in caught.value.problems] == ["L-ITEM-CODE", "L-ITEM-LONG", "L-TEXT-MISSING"]


def test_a_language_that_is_not_asked_for_may_lack_texts(tiny: Questionnaire, tmp_path: Path) -> None:
    write_limesurvey(with_item(tiny, text=Text({"en": "Only English"})), tmp_path / "survey.txt", ["en"])


@pytest.mark.parametrize(
    ("quota", "said"),
    [
        (Quota("", 1, {"SEX": "F"}), "a name of its own"),
        (Quota("bell \x07", 1, {"SEX": "F"}), "cannot be seen or stored"),
        (Quota("q", 0, {"SEX": "F"}), "at least 1"),
        (Quota("q", True, {"SEX": "F"}), "at least 1"),
        (Quota("q", 1, {}), "counts nobody"),
        (Quota("q", 1, {"NOBODY": "F"}), "no item 'NOBODY'"),
        (Quota("q", 1, {"SEX": "Z"}), "no answer 'Z'"),
    ],
)
def test_quotas_that_count_nobody_are_refused(quota: Quota, said: str, tiny: Questionnaire) -> None:
    with pytest.raises(QuestionnaireError, match=said) as caught:
        refuse_what_would_be_lost(tiny, tiny.languages, [quota])
    assert {problem.code for problem in caught.value.problems} == {"L-QUOTA"}


def test_what_cannot_be_counted_is_refused(tiny: Questionnaire) -> None:
    free = with_item(tiny, id="WORDS", response_scale=ResponseScale("words", "text", ()))
    with pytest.raises(QuestionnaireError, match="cannot count the answers to 'WORDS'"):
        refuse_what_would_be_lost(free, tiny.languages, [Quota("q", 1, {"WORDS": "1"})])


def test_a_sound_questionnaire_passes(tiny: Questionnaire) -> None:
    refuse_what_would_be_lost(tiny, tiny.languages, [Quota("women", 5, {"SEX": "F"})])


@pytest.mark.parametrize("name", ["lang", "SID", "id", "this", "quota"])
def test_reserved_codes_of_lists_become_rows(name: str, tiny: Questionnaire, readers: object, tmp_path: Path) -> None:
    """They are no fault: a row of an array may be called so."""
    write_limesurvey(with_item(tiny, id=name), tmp_path / "survey.txt", tiny.languages)
    survey = readers[".txt"]((tmp_path / "survey.txt").read_bytes())  # type: ignore[index]
    assert (name in survey.questions) == (name == "quota")
    rows = [row for asked in survey.questions.values() for row in asked.rows]
    assert (name in rows) == (name != "quota")


def test_time_is_no_name_of_a_row(tiny: Questionnaire, readers: object, tmp_path: Path) -> None:
    consent, trust, you = tiny.sections
    items: tuple[Item, ...] = (*trust.items[:2], replace(trust.items[2], id="time"), *trust.items[3:])
    changed = replace(tiny, sections=(consent, replace(trust, items=items), you), scales=())
    write_limesurvey(changed, tmp_path / "survey.txt", tiny.languages)
    survey = readers[".txt"]((tmp_path / "survey.txt").read_bytes())  # type: ignore[index]
    assert survey.questions["time"].type == "L"
    assert {code: list(asked.rows) for code, asked in survey.questions.items() if asked.rows} == {
        "FA": ["FA1", "FA2"], "EF": ["EF1", "EF2", "EF3"]}  # fmt: skip
