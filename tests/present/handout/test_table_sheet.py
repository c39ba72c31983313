"""The sheet for the table: one page, large letters, three lines at most, and never more than the verdicts say."""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustmeter.errors import DesignError
from trustmeter.pilot.change.result import Comparison
from trustmeter.present.handout.leaflet import SIZES
from trustmeter.present.handout.table_sheet import copmite_sheet, html_of, pdf_of
from trustmeter.present.handout.talk import Talk, leaflet_of
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.pilot.changes import ChangeRow

VERDICTS = ("increase", "decrease", "no_relevant_change", "inconclusive", "suppressed")
FAMILIES = ("change", "group", "effect")
CLAIMS = {
    "increase": {"en": "went up|higher|increase", "nl": "gesteg|hoger|stijg", "fr": "hausse|plus haut", "de": "gestieg|höher|anstieg"},
    "decrease": {"en": "went down|lower|decrease", "nl": "gedaald|lager|daling", "fr": "baisse|plus bas", "de": "gesunk|niedriger"},
    "no_relevant_change": {"en": "^no .* matters", "nl": "^geen .* van belang", "fr": "^pas d.* qui compte", "de": "^keine? .* zählt"},
}  # fmt: skip
"""Words that claim something, and may stand only where the verdict says it."""


def row(verdict: str, name: str = "Scale") -> ChangeRow:
    nan = math.nan
    if verdict == "suppressed":
        return ChangeRow("s", name, 0, verdict, nan, nan, nan, nan, nan, 3)
    change = {"increase": 8.0, "decrease": -8.0}.get(verdict, 0.5)
    ends = {"smallest": 3.0, "narrow": (-1.0, 2.0)} if verdict == "no_relevant_change" else {}
    return ChangeRow("s", name, 0, verdict, 50.0, 50.0 + change, change, change - 2, change + 2, 300, **ends)


def talk(
    rows: list[ChangeRow], language: str, *, family: str = "change", mark: bool = True, few_areas: bool = False
) -> Talk:
    phrases = load_phrases(language)
    gaps = {"questionnaire": "You, your neighbourhood and the local police", "first": "2022", "second": "2023"}
    asked = phrases.say("sheet.overlap", n_first="1,305", n_second="1,212", **gaps)
    title = phrases.say("sheet.title_zone", zone="Brussels-Capital-Ixelles")
    names = ("people born here", "people born elsewhere") if family == "group" else ("2022", "2023")
    return Talk(title, asked, phrases.say("simulated.mark") if mark else "", rows, family, names, few_areas)


def pages(content: bytes, path: Path) -> int:
    path.write_bytes(content)
    tool = shutil.which("pdfinfo")
    if tool is None:
        assert os.environ.get("TRUSTMETER_REQUIRE_ALL") != "1", "pdfinfo is not installed"
        pytest.skip("pdfinfo (poppler-utils) is not installed")
    about = subprocess.run([tool, str(path)], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Tagged:\s+yes", about)
    return int(re.search(r"Pages:\s+(\d+)", about)[1])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scales", [1, 2, 3, 5, 8, 12])
def test_it_is_one_page_whatever_was_found(language: str, scales: int, tmp_path: Path) -> None:
    rows = [row(VERDICTS[at % 5], f"Fair treatment of groups and people {at}") for at in range(scales)]
    for family in FAMILIES:
        leaflet = leaflet_of(talk(rows, language, family=family), load_phrases(language))
        assert leaflet.size() in SIZES
        assert pages(pdf_of(leaflet), tmp_path / "sheet.pdf") == 1


@settings(max_examples=60, deadline=None)
@given(
    verdicts=st.lists(st.sampled_from(VERDICTS), min_size=1, max_size=12), language=st.sampled_from(LANGUAGES),
    family=st.sampled_from(FAMILIES), length=st.integers(1, 60), few_areas=st.booleans(),
)  # fmt: skip
def test_it_claims_what_the_verdicts_say_and_no_more(
    verdicts: list[str], language: str, family: str, length: int, few_areas: bool
) -> None:
    rows = [row(verdict, ("xo" * length)[:length]) for verdict in verdicts]
    leaflet = leaflet_of(talk(rows, language, family=family, few_areas=few_areas), load_phrases(language))
    found = leaflet.found[1]
    assert 1 <= len(found) <= 3
    told = [one.verdict for one in found]
    conclusive = [verdict for verdict in VERDICTS[:3] if verdict in verdicts]
    assert told == (conclusive or (["inconclusive"] if "inconclusive" in verdicts else ["suppressed"]))
    everything = [*(one.sentence for one in (*found, *leaflet.cannot[1])), *leaflet.questions[1], leaflet.asked[1]]
    for verdict, claims in CLAIMS.items():
        claiming = [words for words in everything if re.search(claims[language], words, re.IGNORECASE)]
        assert len(claiming) == (1 if verdict in verdicts else 0), (verdict, claiming)
    assert len(leaflet.questions[1]) == 3
    assert all("?" in question for question in leaflet.questions[1])
    assert leaflet.size() in SIZES


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_beyond_what_fits_are_counted(language: str) -> None:
    rows = [row("increase", "A rather long name of a scale that takes a line of its own, nearly") for _ in range(12)]
    sentence = leaflet_of(talk(rows, language), load_phrases(language)).found[1][0].sentence
    assert re.search(r"\d+", sentence)
    assert "{" not in sentence


def test_a_single_finding_tells_its_interval() -> None:
    leaflet = leaflet_of(talk([row("increase"), row("inconclusive", "Other")], "en"), load_phrases("en"))
    assert leaflet.found[1][0].sentence == "It went up: Scale (+8.0 points of 100, between +6.0 and +10.0)."
    assert leaflet.cannot[1][0].sentence == "Whether this changed: Other. It may have, and it may not."
    assert leaflet.questions[1][0].startswith("Scale:")


def test_the_page_carries_the_mark_only_when_data_are_simulated() -> None:
    phrases = load_phrases("en")
    for mark in (True, False):
        page = html_of(leaflet_of(talk([row("increase", "<b>Odd</b> & co")], "en", mark=mark), phrases))
        assert ("SIMULATED DATA" in page) is mark
        assert "&lt;b&gt;Odd&lt;/b&gt; &amp; co" in page
        assert "<b>" not in page


@pytest.mark.parametrize("name", ["sheet.html", "deep/sheet.pdf"])
def test_it_is_written_from_a_comparison(make_change: Callable[..., Comparison], tmp_path: Path, name: str) -> None:
    change = make_change()
    written = copmite_sheet(change, to=tmp_path / name, language="fr")
    assert written.read_bytes()[:5] == (b"%PDF-" if name.endswith("pdf") else b"<!DOC")
    again = copmite_sheet(change, to=tmp_path / name, language="fr").read_bytes()
    assert written.read_bytes() == again


def test_whom_to_ask_is_on_it_where_the_pilot_says_so() -> None:
    named = replace(talk([row("increase")], "nl"), contact="Project lead, pilot@zone.example")
    assert leaflet_of(named, load_phrases("nl")).contact.endswith("bevraging: Project lead, pilot@zone.example")


def test_what_cannot_be_a_sheet_is_refused(make_change: Callable[..., Comparison], tmp_path: Path) -> None:
    change = make_change()
    with pytest.raises(DesignError, match=r"'\.pdf' or '\.html'"):
        copmite_sheet(change, to=tmp_path / "sheet.docx")
    with pytest.raises(DesignError, match="needs a comparison"):
        copmite_sheet("change", to=tmp_path / "sheet.pdf")  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="'en', 'fr', 'nl', 'de'"):
        copmite_sheet(change, to=tmp_path / "sheet.pdf", language="it")  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="too long"):
        copmite_sheet(change, to=tmp_path / "sheet.pdf", title="A long title, " * 60)
    with pytest.raises(DesignError, match="cannot write"):
        copmite_sheet(change, to=_blocked(tmp_path))


def _blocked(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file" / "sheet.html"
