"""The codebook as a page: words of all languages, nothing fetched, nothing run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from trustmeter.exchange.codebook.page import codebook_page
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import list_questionnaires, load_questionnaire

loaded = cache(load_questionnaire)
NAMES = ("tiny", "awkward", *list_questionnaires()["id"])


class Page(HTMLParser):
    """What a page shows, by the language it is marked with; its elements and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[tuple[str, str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []
        self._language = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        self.tags.append((tag, facts))
        self.ids += [facts["id"]] if facts.get("id") else []
        if tag == "td":
            self._language = facts.get("lang") or ""
            self.cells.append((self._language, ""))

    def handle_data(self, data: str) -> None:
        if self._language:
            self.cells[-1] = (self._language, self.cells[-1][1] + data)

    def handle_endtag(self, tag: str) -> None:
        self._language = "" if tag == "td" else self._language


@pytest.mark.parametrize("name", NAMES)
def test_every_word_is_shown_in_its_language(name: str, request: pytest.FixtureRequest) -> None:
    questionnaire = request.getfixturevalue(name) if name in NAMES[:2] else loaded(name)
    page = Page(codebook_page(questionnaire, questionnaire.languages).decode())
    assert page.ids == [item.id for item in questionnaire.items]
    shown = set(page.cells)
    for language in questionnaire.languages:
        for item in questionnaire.items:
            assert (language, item.text.read(language)) in shown
            for option in item.response_scale.options:
                assert (language, option.text.read(language) or option.code) in shown
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "form"}
    assert not [facts for _, facts in page.tags if {"src", "href", "style"} & set(facts)]
    assert b"url(" not in codebook_page(questionnaire, questionnaire.languages)


def test_the_page_speaks_its_first_language(tiny: Questionnaire) -> None:
    french = codebook_page(tiny, ["fr", "en"]).decode()
    assert '<html lang="fr" dir="ltr">' in french
    assert "Dictionnaire des variables" in french
    assert "Codebook" not in french


def test_arabic_stands_from_right_to_left_and_says_that_it_is_unfinished() -> None:
    encounter = loaded("encounter")
    page = codebook_page(encounter, ["nl", "ar"]).decode()
    assert '<td class="words" lang="ar" dir="rtl">' in page
    assert encounter.unfinished.by_language["ar"] in page


def test_special_category_and_reversed_items_are_told(awkward: Questionnaire, tiny: Questionnaire) -> None:
    assert "(GDPR, article 9): A reason." in codebook_page(awkward, ["en"]).decode()
    assert "Effectiveness (effect), turned around" in codebook_page(tiny, ["en"]).decode()


def test_axe_finds_nothing(tmp_path: Path) -> None:
    folder = Path(__file__).resolve().parents[2] / "accessibility"
    browser = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
    )
    if not (browser and shutil.which("node") and (folder / "node_modules" / "axe-core").is_dir()):
        assert os.environ.get("TRUSTMETER_REQUIRE_ALL") != "1", "Chromium, node or axe is not installed."
        pytest.skip("Needs Chromium, node and `make browser`.")
    pages = []
    for first, *others in (("en", "ar"), ("fr", "nl", "de"), ("ar",)):
        pages.append(tmp_path / f"{first}.html")
        pages[-1].write_bytes(codebook_page(loaded("encounter"), [first, *others]))
    done = subprocess.run(
        ["node", str(folder / "check.mjs"), browser, *map(str, pages)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for page in map(json.loads, done.stdout.splitlines()):
        assert (page["violations"], page["requests"], page["overflow"]) == ([], [], []), page
