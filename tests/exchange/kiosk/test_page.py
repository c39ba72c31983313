"""The page that is filled in, as it is written: what it holds, what it forbids, in every language."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.exchange.forms.own_words import spoken
from trustmeter.exchange.kiosk.form import ROLES, form_of, headings_of, routing_of
from trustmeter.exchange.kiosk.page import SCRIPTS, _file, web_page
from trustmeter.questionnaire.model import Item, Questionnaire
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not
from trustmeter.responses.coding import code_answers
from trustmeter.responses.model import MISSING_KINDS

SHELF = tm.list_questionnaires()["id"].tolist()


def held(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="form">(.*?)</script>', page, re.DOTALL)
    assert found
    form: dict[str, Any] = json.loads(found[1])
    return form


@pytest.mark.parametrize("name", SHELF)
def test_every_questionnaire_of_ours_is_held_in_all_its_languages(name: str) -> None:
    asked = tm.load_questionnaire(name)
    page = web_page(asked, asked.languages)
    form = held(page)
    assert [one["tag"] for one in form["languages"]] == list(asked.languages)
    items = [item for section in form["sections"] for item in section["items"]]
    assert [item["id"] for item in items] == [item.id for item in asked.items]
    for item, of in zip(items, asked.items, strict=True):
        assert item["text"] == {language: of.text.read(language) for language in asked.languages}
        offered = [option["code"] for option in form["scales"][item["scale"]]["options"]]
        assert offered == [option.code for option in of.response_scale.options if option.kind != "blank"]
    assert len(page.encode()) < 400_000


def test_the_file_is_always_the_same(tiny: Questionnaire) -> None:
    assert web_page(tiny, ["en", "fr"]) == web_page(tiny, ["en", "fr"])


def test_all_finished_languages_stand_in_one_file_and_the_first_opens(tiny: Questionnaire, tmp_path: Path) -> None:
    page = tm.export_questionnaire(tiny, tmp_path / "page.html", tool="web").read_text(encoding="utf-8")
    assert page.startswith('<!DOCTYPE html>\n<html lang="en" dir="ltr">')
    page = web_page(tiny, ["fr", "en"])
    assert '<html lang="fr"' in page
    assert "<title>Minuscule</title>" in page


def test_an_unfinished_language_must_be_named_and_is_marked() -> None:
    encounter = tm.load_questionnaire("encounter")
    arabic = form_of(encounter, ["ar"], spoken("web.yaml"))["languages"][0]
    assert (arabic["direction"], arabic["words_direction"], arabic["name"]) == ("rtl", "rtl", "العربية")
    assert "not reviewed" in arabic["note"]


def test_a_language_without_words_of_ours_has_english_ones_that_are_marked_as_such(tiny: Questionnaire) -> None:
    turkish = form_of(tiny, ["tr"], spoken("web.yaml"))["languages"][0]
    assert (turkish["name"], turkish["words_language"], turkish["words"]["next"]) == ("Türkçe", "en", "Next")


def test_the_page_allows_its_own_script_and_style_and_no_request() -> None:
    page = web_page(tm.load_questionnaire("encounter"), ["nl", "ar"])
    rule = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert rule
    allowed = dict(part.split(" ", 1) for part in rule[1].replace("&#39;", "'").split("; "))
    for kind, tag in (("script-src", "<script>"), ("style-src", "<style>")):
        inside = page.split(tag)[1].split(tag.replace("<", "</"))[0]
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert allowed.pop(kind) == f"'sha256-{digest}'"
    assert set(allowed.values()) == {"'none'"}
    assert {"default-src", "connect-src", "form-action", "img-src", "base-uri"} <= set(allowed)
    assert not re.search(
        r"https?:|//[a-z]|\bsrc=|<link|@import|url\(|fetch\(|XMLHttp|sendBeacon|WebSocket|cookie", page
    )
    assert not re.search(r'\son\w+="|\sstyle="|innerHTML|eval\(', page)


def test_words_cannot_leave_their_place(awkward: Questionnaire) -> None:
    page = web_page(awkward, ["en", "fr"])
    assert "<script>alert(1)" not in page
    assert "<i>" not in page
    form = held(page)
    assert form["introduction"]["en"] == "=1+1 & <script>alert(1)</script>"
    assert page.count("</script>") == 2


def test_a_code_for_no_answer_is_not_offered_and_an_empty_label_is_its_code(awkward: Questionnaire) -> None:
    ladder = form_of(awkward, ["fr"], spoken("web.yaml"))["scales"]["ladder"]["options"]
    assert [option["text"]["fr"] for option in ladder[:3]] == ["Never (fr)", "1", "2"]
    assert [option["code"] for option in ladder if option["apart"]] == ["88"]


def test_a_column_gives_way_to_an_item_of_its_name(tiny: Questionnaire) -> None:
    assert tuple(headings_of(tiny)) == ROLES == tuple(headings_of(tiny).values())
    last = tiny.sections[-1]
    zone = replace(last, items=(*last.items, Item("Zone", last.items[0].text, last.items[0].response_scale)))
    assert headings_of(replace(tiny, sections=(*tiny.sections[:-1], zone)))["zone"] == "zone_"


def test_every_language_has_every_word_with_the_same_gaps() -> None:
    words = spoken("web.yaml")
    assert set(words) == {"en", "fr", "nl", "de", "ar"}
    for language, own in words.items():
        assert list(own) == list(words["en"]), language
        for name, text in own.items():
            assert re.findall(r"\{\w+\}", text) == re.findall(r"\{\w+\}", words["en"][name]), (language, name)
            assert text.strip() == text
            assert language == "en" or text != words["en"][name]


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    script = "".join(_file(name) for name in SCRIPTS) + _file("web.html.j2")
    quoted = set(re.findall(r'"([a-z_]+)"', script)) | {f"set_{name}" for name in ("wave", "zone", "mode", "idle")}
    assert set(spoken("web.yaml")["en"]) - quoted == {"no_script"}
    said = re.findall(r'(?:say\("\w+"|button|word\(?|ask)\(?,? ?"(\w+)"', script)
    assert set(said) - {"a", "p"} <= set(spoken("web.yaml")["en"]) | {"button"}


CODES = ("1", "2", "88")


def any_condition(rng: np.random.Generator, items: list[str], depth: int = 0) -> Condition:
    item = str(rng.choice(items))
    kind = int(rng.integers(0, 5 if depth < 3 else 2))
    if kind == 0:
        return Equals(item, str(rng.choice(CODES)))
    if kind == 1:
        return IsIn(item, tuple(sorted(set(rng.choice(CODES, 2).tolist()))))
    parts = tuple(any_condition(rng, items, depth + 1) for _ in range(rng.integers(1, 4)))
    return Not(parts[0]) if kind == 2 else AllOf(parts) if kind == 3 else AnyOf(parts)


RUN = """
const [form, people] = JSON.parse(require("fs").readFileSync(0, "utf8"));
const seen = form.sections.map((section) => section.id);
console.log(JSON.stringify(people.map((answers) => [verdicts(form, answers), cellsOf(form, answers, seen)])));
"""


def test_the_page_asks_what_the_reader_takes_for_asked(tiny: Questionnaire, node: Any) -> None:
    """On random conditions and random answers, also to questions that are not asked."""
    script = _file("web.answers.js") + RUN
    scale = tiny.items[1].response_scale
    code = tuple(replace(option, code=one) for option, one in zip(scale.options, CODES, strict=False))
    scale = replace(scale, options=(*code[:2], replace(code[2], kind="dont_know")))
    for seed in range(6):
        rng = np.random.default_rng(seed)
        names = [f"Q{number}" for number in range(12)]
        items = [
            replace(tiny.items[1], id=name, response_scale=scale, show_if=any_condition(rng, names[:place]) if place > 2 else None)
            for place, name in enumerate(names)
        ]  # fmt: skip
        section = replace(tiny.sections[0], items=tuple(items), show_if=None)
        asked = replace(tiny, sections=(section,), scales=(), response_scales=(scale,))
        people = [{name: str(rng.choice(CODES)) for name in names if rng.random() < 0.7} for _ in range(300)]
        told = node(script, [form_of(asked, ["en"], spoken("web.yaml")), people])
        cells = {name: np.array([cell[name] or "" for _, cell in told], dtype=object) for name in names}
        coded = code_answers(cells, asked, rows=np.arange(1, len(people) + 1))
        kinds = {kind: 1 + place for place, kind in enumerate(MISSING_KINDS)}
        for place, (verdict, cell) in enumerate(told):
            for name in names:
                kind = int(coded.missing.loc[place, name])
                expected = {None: kinds["not_asked"], "": kinds["blank"], "88": kinds["dont_know"]}.get(cell[name], 0)
                assert kind == expected, (seed, place, name, verdict[name])
                assert (verdict[name] is True) == (cell[name] is not None)
        assert not coded.findings or {finding.problem.severity for finding in coded.findings} == {"warning"}
        shares = pd.Series([cell[name] is None for _, cell in told for name in names])
        assert 0.05 < shares.mean() < 0.95


def test_a_condition_is_data() -> None:
    told = routing_of(AnyOf((Equals("A", "1"), AllOf((Not(IsIn("B", ("1", "2"))), Equals("C", "9"))))))
    assert told == ["or", [["in", "A", ["1"]], ["and", [["not", ["in", "B", ["1", "2"]]], ["in", "C", ["9"]]]]]]
    assert routing_of(None) is None


NUMBERS = {
    "7": "7", "007": "7", "3,5": "3.5", " 3.50 ": "3.50", "-2": "-2", "٤٢": "42", "0": "0",
    "1.234,5": None, "x": None, "": None, "1e3": None,
}  # fmt: skip


def test_numbers_are_read_with_point_or_comma_and_in_arabic_figures(node: Any) -> None:
    run = "console.log(JSON.stringify(JSON.parse(require('fs').readFileSync(0, 'utf8')).map(readNumber)));"
    assert node(_file("web.answers.js") + run, list(NUMBERS)) == list(NUMBERS.values())


def test_what_a_spreadsheet_would_run_is_only_text(node: Any) -> None:
    run = "console.log(JSON.stringify(JSON.parse(require('fs').readFileSync(0, 'utf8')).map((cell) => csvCell(...cell))));"
    cells = [
        ["=1+1", False], ["+32 2", False], ["-5", True], ["@a", False], ["\tb", False],
        ['say "so"', False], ["", False], [None, False],
    ]  # fmt: skip
    wanted = ['"\'=1+1"', '"\'+32 2"', '"-5"', '"\'@a"', '"\'\tb"', '"say ""so"""', '""', ""]
    assert node(_file("web.answers.js") + run, cells) == wanted
