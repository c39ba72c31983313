"""The page that is filled in, in a real browser: by keyboard, without a network, through reloads, by several people in a row."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import trustmeter as tm
from trustmeter.exchange.forms.own_words import spoken
from trustmeter.exchange.kiosk.page import web_page
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.text import Text
from trustmeter.responses.model import MISSING_KINDS, Responses

Run = Callable[[Sequence[Sequence[Any]]], list[Any]]
KIND = {kind: 1 + place for place, kind in enumerate(MISSING_KINDS)}
ANSWERED, BLANK, DONT_KNOW, REFUSED, NOT_ASKED = (
    0,
    *(KIND[one] for one in ("blank", "dont_know", "refused", "not_asked")),
)
PEOPLE = (
    "JSON.stringify(Object.entries(localStorage).map(([name, value]) => [name.split('/').pop(), JSON.parse(value)]))"
)
SHOWN = (
    "[...document.querySelectorAll('fieldset[data-item]')].filter((one) => !one.hidden).map((one) => one.dataset.item)"
)


def says(language: str, name: str, **gaps: object) -> str:
    return spoken("web.yaml")[language][name].format(**gaps)


def set_up(language: str, *, wave: str = "2027-1", zone: str = "North") -> list[list[Any]]:
    return [["type", "set-wave", wave], ["type", "set-zone", zone], ["push", says(language, "set")]]


def fetch(language: str) -> list[list[Any]]:
    return [
        ["hold", "#identity"],
        ["push", says(language, "csv")],
        ["fetched", 1],
        ["push", says(language, "json")],
        ["fetched", 2],
    ]


def read_both(downloads: Path, asked: Questionnaire, **roles: Any) -> Responses:
    """The table and the file for programs say the same; the table is given back."""
    (table,), (tree,) = downloads.glob("*.csv"), downloads.glob("*.json")
    answers, others = tm.read_responses(table, asked, **roles), tm.read_responses(tree, asked, **roles)
    assert answers.frame.equals(others.frame)
    assert answers.missing.equals(others.missing)
    return answers


def test_dutch_then_arabic_with_the_keyboard_through_a_reload(drive: Run, downloads: Path, tmp_path: Path) -> None:
    encounter = tm.load_questionnaire("encounter")
    page = tm.export_questionnaire(
        encounter, tmp_path / "page.html", tool="web", languages=["nl", "fr", "en", "de", "ar"]
    )
    nl, ar = says("nl", "next"), says("ar", "next")
    ids = [item.id for item in encounter.items]
    results = drive([
        ["open", str(page)], *set_up("nl"),
        # one person, in Dutch; the browser is closed and opened again in the middle
        ["push", says("nl", "start")], ["pick", "CONSENT", "1"], ["push", nl], ["pick", "CT01", "3"], ["push", nl],
        ["pick", "RS01", "4"], ["pick", "VC01", "88"], ["pick", "NT01", "99"],
        ["reload"], ["read", "document.querySelector('h2').textContent"],
        ["read", "[...document.querySelectorAll('input:checked')].map((one) => one.name + one.value)"],
        ["pick", "RS02", "1"], ["push", nl],
        ["read", "document.querySelector('#open').textContent"], ["read", "document.activeElement.name"],
        ["pick", "MT01", "5"], ["push", nl],
        ["pick", "OC01", "77"], ["pick", "OC02", "2"], ["push", nl], ["push", says("nl", "back")],
        ["pick", "OC02", "3"], ["push", nl], ["pick", "OV01", "1"], ["pick", "OV02", "5"], ["push", nl],
        ["read", "document.querySelector('main').innerText"], ["read", PEOPLE],
        ["push", says("nl", "next_person")],
        # the next one changes to Arabic after the first answers; they stay
        ["push", says("nl", "start")], ["pick", "CONSENT", "1"], ["push", nl], ["pick", "CT01", "1"], ["push", "العربية"],
        ["read", "[document.documentElement.lang, document.documentElement.dir, document.querySelector('input:checked').value]"],
        ["push", ar], *[["pick", one, "2"] for one in ids[2:10]], ["push", ar],
        *[["pick", one, "88"] for one in ids[10:12]], ["push", ar], *[["pick", one, "99"] for one in ids[12:]], ["push", ar],
        ["push", says("ar", "next_person")], ["read", "document.documentElement.lang"],
        # a third one does not take part
        ["push", says("nl", "start")], ["pick", "CONSENT", "0"], ["push", nl], ["read", "document.querySelector('main').innerText"],
        *fetch("nl"),
    ])  # fmt: skip
    (heading, checked, left, focused, goodbye, kept, arabic, lang, refused, *_) = results
    assert heading == encounter.sections[2].title.read("nl")
    assert checked == ["RS014", "VC0188", "NT0199"]
    assert left == says("nl", "open_many", n=4)
    assert focused == "MT01"
    assert says("nl", "stored") in goodbye
    assert {name for name, _ in json.loads(kept)} == {"settings", "records"}
    assert arabic == ["ar", "rtl", "1"]
    assert lang == "nl"
    assert says("nl", "nothing_more") in refused
    answers = read_both(downloads, encounter)
    assert answers.roles.wave == "wave"
    assert answers.frame["wave"].tolist() == ["2027-1"] * 3
    assert answers.frame["zone"].tolist() == ["North"] * 3
    assert answers.frame[answers.roles.language].tolist() == ["nl", "ar", "nl"]
    assert answers.frame["mode"].tolist() == ["tablet"] * 3
    assert answers.frame["respondent"].str.fullmatch("[a-z]{12}").all()
    assert answers.frame["respondent"].is_unique
    first = {"CONSENT": 1, "CT01": 3, "RS01": 4, "RS02": 1, "MT01": 5, "OC02": 3, "OV01": 1, "OV02": 5}
    assert answers.frame.loc[0, ids].dropna().to_dict() == first
    kinds = {
        "VC01": DONT_KNOW,
        "NT01": REFUSED,
        "VC02": BLANK,
        "NT02": BLANK,
        "MT02": BLANK,
        "OC01": KIND["not_applicable"],
    }
    assert answers.missing.loc[0].to_dict() == {**dict.fromkeys(ids, ANSWERED), **kinds}
    assert answers.frame.loc[1, ids[:10]].tolist() == [1, 1, *[2] * 8]
    assert answers.missing.loc[1].tolist() == [ANSWERED] * 10 + [DONT_KNOW] * 2 + [REFUSED] * 2
    assert answers.missing.loc[2].tolist() == [ANSWERED] + [NOT_ASKED] * 13
    assert [one.code for one in answers.problems if one.severity == "error"] == []


def test_numbers_words_and_questions_that_depend_on_others(
    drive: Run, downloads: Path, tmp_path: Path, awkward: Questionnaire
) -> None:
    scales = [scale for scale in awkward.response_scales if scale.id != "x"]
    plain = {s.id: replace(s, options=tuple(o for o in s.options if not o.code.startswith("-"))) for s in scales}
    asked = replace(
        awkward,
        sections=tuple(
            replace(one, items=tuple(replace(item, response_scale=plain[item.response_scale.id]) for item in one.items))
            for one in awkward.sections
        ),
        response_scales=tuple(plain.values()),
    )
    page = tm.export_questionnaire(asked, tmp_path / "page.html", tool="web", languages=["en"])
    going = says("en", "next")
    results = drive([
        ["open", str(page), 390, 844], *set_up("en", zone="=North"), ["push", says("en", "start")],
        ["push", going], ["read", "document.querySelector('#open').textContent"], ["push", going], ["read", SHOWN],
        ["pick", "Q1", "1"], ["pick", "Q2", "A"], ["push", going], ["read", SHOWN],
        ["pick", "Q3", "10"], ["pick", "Q4", "0"], ["type", "written-Q5", "200"], ["push", going],
        ["read", "document.querySelector('#left-Q5').textContent"], ["reload"],
        ["read", "document.querySelector('#written-Q5').value"], ["type", "written-Q5", "44"], ["push", going],
        # back, and another answer: what followed from the first one is not asked any more
        ["push", says("en", "back")], ["push", says("en", "back")], ["pick", "Q2", "C"], ["push", going], ["read", SHOWN], ["push", going],
        ["read", SHOWN], ["type", "written-Q7", '=1+1, "so"'], ["push", going],
        ["push", says("en", "next_person")],
        ["push", says("en", "start")], ["pick", "Q1", "1"], ["pick", "Q2", "A"], ["push", going], ["pick", "Q3", "88"],
        ["pick", "Q4", "3"], ["pick", "Q5", "999"], ["push", going], ["type", "written-Q6", "7,5"], ["push", going], ["push", going],
        *fetch("en"),
    ])  # fmt: skip
    needed, there, second, why, stays, after, third, *_ = results
    assert needed == says("en", "needed")
    assert there == ["Q1", "Q2"]
    assert second == ["Q3", "Q4", "Q5"]
    assert why == says("en", "number_range", low=16, high=110)
    assert stays == "200"
    assert (after, third) == (["Q4"], ["Q7"])
    (table,), (tree,) = downloads.glob("*.csv"), downloads.glob("*.json")
    raw = table.read_bytes()
    assert raw.startswith(b'\xef\xbb\xbf"respondent",')
    assert b'"\'=North"' in raw
    assert b'"\'=1+1, ""so"""' in raw
    assert json.loads(tree.read_text(encoding="utf-8"))[0]["Q7"] == '=1+1, "so"'
    assert json.loads(tree.read_text(encoding="utf-8"))[0]["zone"] == "=North"
    answers = tm.read_responses(table, asked, respondent="respondent")
    items = [item.id for item in asked.items]
    assert answers.frame[items].astype("string").fillna("").values.tolist() == [
        ["1", "C", "", "0", "", "", answers.frame.loc[0, "Q7"]],
        ["1", "A", "", "3", "", "7.5", ""],
    ]
    assert answers.missing.loc[0].tolist() == [0, 0, NOT_ASKED, 0, NOT_ASKED, NOT_ASKED, 0]
    assert answers.missing.loc[1].tolist() == [0, 0, DONT_KNOW, 0, REFUSED, 0, BLANK]


def test_who_goes_away_or_stops(drive: Run, downloads: Path, tmp_path: Path, tiny: Questionnaire) -> None:
    page = tm.export_questionnaire(tiny, tmp_path / "page.html", tool="web")
    going, start = says("en", "next"), says("en", "start")
    results = drive([
        ["open", str(page)], *set_up("en"),
        # stops, and has everything erased
        ["push", start], ["pick", "CONSENT", "1"], ["push", going], ["pick", "FA1", "2"], ["push", says("en", "stop")],
        ["push", says("en", "stop_yes")], ["read", PEOPLE],
        # goes away before consent: nothing is kept
        ["push", start], ["pick", "CONSENT", "1"], ["later", 91], ["read", "document.querySelector('#ask h2').textContent"],
        ["later", 31], ["read", PEOPLE], ["read", "document.querySelectorAll('input').length"],
        # is still there, then goes away in the middle: what was answered stays, as broken off
        ["push", start], ["pick", "CONSENT", "1"], ["push", going], ["pick", "FA1", "2"], ["pick", "FA2", "88"], ["later", 95],
        ["push", says("en", "idle_yes")], ["later", 2], ["read", "document.querySelectorAll('#ask').length"],
        ["later", 91], ["later", 31], ["read", "document.querySelectorAll('input').length"],
        *fetch("en"), ["read", "document.querySelector('#counts').textContent"],
        # erased on demand, after a question
        ["push", says("en", "wipe")], ["push", says("en", "wipe_no")], ["read", "document.querySelector('#counts').textContent"],
        ["push", says("en", "wipe")], ["push", says("en", "wipe_yes")], ["read", PEOPLE],
    ])  # fmt: skip
    stopped, warned, unkept, none, still, gone, _, _, counts, again, wiped = results
    assert [name for name, _ in json.loads(stopped)] == ["settings"]
    assert warned == says("en", "idle")
    assert [name for name, _ in json.loads(unkept)] == ["settings"]
    assert (none, still, gone) == (0, 0, 0)
    assert counts == again == says("en", "held_counts", whole=0, broken=1)
    assert [name for name, _ in json.loads(wiped)] == ["settings"]
    answers = read_both(downloads, tiny)
    assert answers.frame["finished"].tolist() == ["no"]
    assert answers.missing.iloc[0].tolist() == [0, 0, DONT_KNOW, *[NOT_ASKED] * 6]


@pytest.mark.parametrize("languages", [["nl", "ar"], ["en", "fr", "de"]])
def test_axe_finds_nothing_on_any_screen_at_a_desk_or_a_telephone(
    languages: list[str], drive: Run, tmp_path: Path
) -> None:
    encounter = tm.load_questionnaire("encounter")
    page = tm.export_questionnaire(encounter, tmp_path / "page.html", tool="web", languages=languages)
    names = {"nl": "Nederlands", "ar": "العربية", "en": "English", "fr": "Français", "de": "Deutsch"}
    look = [step for one in languages for step in (["push", names[one]], ["check"])]
    first = languages[0]
    spoken = languages[-1]
    going = says(spoken, "next")
    results = drive([
        ["open", str(page)], *look, ["push", names[first]], *set_up(first), *look, ["push", says(spoken, "start")], *look,
        ["pick", "CONSENT", "1"], ["push", going], ["push", going], ["push", going], ["pick", "RS01", "3"],
        ["push", going], *look, ["read", "document.querySelectorAll('fieldset:not([hidden])').length"],
        ["push", says(spoken, "stop")], ["check"], ["push", says(spoken, "stop_no")], ["later", 95], ["check"],
        ["push", says(spoken, "idle_yes")], ["push", going], ["push", going], ["push", going], ["push", going], ["push", going], *look,
    ])  # fmt: skip
    assert [one for one in results if one not in ([], 8)] == []
    assert len(results) >= 5 * len(languages) + 3


def test_a_letter_is_asked_for_in_a_short_box_without_a_story(drive: Run, tmp_path: Path) -> None:
    page = tm.export_questionnaire(
        tm.load_questionnaire("link-code"), tmp_path / "page.html", tool="web", languages=["nl"]
    )
    box = "document.querySelector('#written-LC01')"
    results = drive([
        ["open", str(page)], *set_up("nl"), ["push", says("nl", "start")], ["pick", "CONSENT", "1"], ["push", says("nl", "next")],
        ["read", f"{box}.tagName"], ["read", f"{box}.labels.length"], ["read", f"{box}.getAttribute('aria-labelledby')"],
        ["type", "written-LC01", "A"], ["check"], ["pick", "LC01", "99"], ["read", f"{box}.value"],
    ])  # fmt: skip
    assert results == ["INPUT", 0, "legend-LC01", [], ""]


def test_a_screen_reader_hears_each_question_as_a_group_with_all_its_answers(drive: Run, tmp_path: Path) -> None:
    encounter = tm.load_questionnaire("encounter")
    page = tm.export_questionnaire(encounter, tmp_path / "page.html", tool="web", languages=["nl"])
    going = says("nl", "next")
    (tree,) = drive([
        ["open", str(page)], *set_up("nl"), ["push", says("nl", "start")], ["pick", "CONSENT", "1"], ["push", going],
        ["pick", "CT01", "1"], ["push", going], ["tree"],
    ])  # fmt: skip
    flat: list[tuple[str, str]] = []

    def walk(node: dict[str, Any]) -> None:
        flat.append((node["role"], node.get("name", "")))
        for child in node.get("children", []):
            walk(child)

    walk(tree)
    section = encounter.sections[2]
    groups = [name for role, name in flat if role == "group"]
    assert groups == [f"{number}. {item.text.read('nl')}" for number, item in enumerate(section.items, start=3)]
    labels = [option.text.read("nl") for option in section.items[0].response_scale.options]
    assert [name for role, name in flat if role == "radio"] == labels * len(section.items)
    assert [name for role, name in flat if role == "heading"] == [encounter.title.read("nl"), section.title.read("nl")]


def test_a_number_in_arabic_keeps_its_order_and_foreign_words_are_marked(
    drive: Run, tmp_path: Path, tiny: Questionnaire
) -> None:
    section = tiny.sections[0]
    item = replace(section.items[0], text=Text({"ar": "من 65+ أو 16-24 سنة", "en": "65+"}, base="en"))
    asked = replace(tiny, sections=(replace(section, items=(item,)), *tiny.sections[1:]), languages=("ar", "tr"))
    page = tmp_path / "page.html"
    page.write_text(web_page(asked, ["ar", "tr"]), encoding="utf-8")
    isolated = "[...document.querySelectorAll('legend bdi')].map((one) => [one.dir, one.textContent])"
    foreign = "[document.documentElement.lang, document.querySelector('main button').lang, document.querySelector('legend').lang]"
    found, marked = drive([
        ["open", str(page)], *set_up("ar"), ["push", says("ar", "start")], ["read", isolated], ["push", "Türkçe"], ["read", foreign],
    ])  # fmt: skip
    assert found == [["ltr", "1"], ["ltr", "65+"], ["ltr", "16-24"]]
    assert marked == ["tr", "en", ""]


def test_a_device_that_keeps_nothing_says_so(drive: Run, tmp_path: Path, tiny: Questionnaire) -> None:
    page = tm.export_questionnaire(tiny, tmp_path / "page.html", tool="web")
    full = "Storage.prototype.setItem = () => { throw new Error('full'); }"
    going = says("en", "next")
    told, last = drive([
        ["open", str(page)], *set_up("en"), ["push", says("en", "start")], ["pick", "CONSENT", "1"], ["push", going],
        ["do", full], ["pick", "FA1", "1"], ["push", going], ["push", going],
        ["read", "document.querySelector('[role=alert]').textContent"],
        ["push", going], ["push", going], ["read", "document.querySelector('h2').textContent"],
    ])  # fmt: skip
    assert told == says("en", "not_kept")
    assert last == says("en", "not_stored")
