"""Figures beside a sign are set apart in a text from right to left, once for every tool."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from trustmeter.exchange.forms.figures import isolated
from trustmeter.exchange.forms.page import write_page
from trustmeter.exchange.forms.xlsform_words import shown as in_a_form
from trustmeter.exchange.limesurvey.words import shown as in_limesurvey
from trustmeter.exchange.paper.booklet import Sheets
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.text import Text

CASES = [
    ("65+", ["65+"]),
    ("16-24 أو 25\u201334", ["16-24", "25\u201334"]),
    ("2027-03-01 أو 01/03/2027", ["2027-03-01", "01/03/2027"]),
    ("09:00 - 17:30", ["09:00 - 17:30"]),
    ("1,5-2,5 و 12.50+", ["1,5-2,5", "12.50+"]),
    ("<5 أو -3 أو ≥10", ["<5", "-3", "≥10"]),
    ("50% و 10-20%", ["50%", "10-20%"]),
    ("السؤال 12. ثم 3:", []),
    ("A1+ و B2-3", []),
    ("لا", []),
]


@pytest.mark.parametrize(("text", "kept"), CASES)
def test_figures_beside_a_sign_keep_their_order(text: str, kept: list[str], tiny: Questionnaire) -> None:
    told = isolated(text)
    assert re.findall("\u2066(.*?)\u2069", told) == kept
    assert told.replace("\u2066", "").replace("\u2069", "") == text
    assert isolated(told) == told
    assert Sheets(tiny, "ar").said(text) == told
    for shown in (in_a_form, in_limesurvey):
        found = re.findall("\u2066(.*?)\u2069", shown(text, "ar"))
        assert [one.replace("&lt;", "<") for one in found] == kept


def test_a_printed_page_keeps_it_too(tiny: Questionnaire, tmp_path: Path) -> None:
    section = tiny.sections[0]
    asked = replace(section.items[0], text=Text({"en": "Aged 65+?", "ar": "العمر 65+؟"}))
    changed = replace(tiny, languages=("en", "ar"), sections=(replace(section, items=(asked,)), *tiny.sections[1:]))
    for language, shown in (("en", "Aged 65+?"), ("ar", "العمر \u206665+\u2069؟")):
        write_page(changed, tmp_path / "page.html", [language])
        assert shown in (tmp_path / "page.html").read_text(encoding="utf-8")
