"""The toolbox as pages: complete, linked, honest about evidence, the same each time, and made only where it may be."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

import trustmeter as tm
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.pilot.evaluation.result_file import PilotRecord, ScaleRecord, save_record
from trustmeter.pilot.evaluation.strength import STRENGTHS, Lowered
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.toolbox.evidence import found_blocks, main_findings, strength_words
from trustmeter.present.toolbox.guide import html_of_guide

SHIPPED = Path(__file__).resolve().parents[3] / "docs" / "toolbox"


class Page(HTMLParser):
    """A page's links, ids, texts by tag, and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.loads: list[str] = []
        self.text: list[str] = []
        self.unsafe: list[str] = []
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self._inside.append(tag)
        self.ids |= {told["id"]} if "id" in told else set()
        self.links += [told["href"]] if tag == "a" else []
        self.loads += [value for name, value in told.items() if name in {"src", "srcset", "data", "poster"}]
        self.loads += [told["href"]] if tag == "link" else []
        self.unsafe += [name for name in told if name.startswith("on") or name == "style"]

    def handle_data(self, data: str) -> None:
        if self._inside and self._inside[-1] not in {"style", "script"}:
            self.text.append(data)

    @property
    def said(self) -> str:
        return re.sub(r"[ \t\r\n]+", " ", " ".join(self.text))


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tm.build_toolbox(SHIPPED, to=tmp_path_factory.mktemp("site") / "toolbox").parent


def pages_of(site: Path) -> dict[str, Page]:
    return {
        str(path.relative_to(site)): Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))
    }


def test_every_link_leads_somewhere_and_nothing_is_loaded(shipped: Path) -> None:
    pages = pages_of(shipped)
    for name, page in pages.items():
        assert page.loads == [], name
        assert name.startswith("forms/") or page.unsafe == [], name
        for link in page.links:
            file, _, anchor = link.partition("#")
            target = (shipped / name).parent / file if file else shipped / name
            assert target.is_file(), (name, link)
            assert not anchor or anchor in Page(target.read_text(encoding="utf-8")).ids, (name, link)


def test_no_page_is_out_of_reach(shipped: Path) -> None:
    reached, todo = set(), ["index.html"]
    while todo:
        name = todo.pop()
        if name in reached:
            continue
        reached.add(name)
        links = Page((shipped / name).read_text(encoding="utf-8")).links
        files = [((shipped / name).parent / link.partition("#")[0]).resolve() for link in links if link[:1] != "#"]
        todo += [str(file.relative_to(shipped.resolve())) for file in files]
    assert reached == set(pages_of(shipped))


def test_every_card_has_a_page_and_a_line_a_language_and_both_speak_of_evidence(shipped: Path) -> None:
    cards = tm.read_cards(SHIPPED)
    for language in LANGUAGES:
        nothing = load_phrases(language).say("toolbox.strength.none")
        listed = (shipped / language / "index.html").read_text(encoding="utf-8")
        assert listed.count('class="card"') == len(cards)
        assert Page(listed).said.count(nothing) == len(cards) + 1  # and the choice of the filter
        for card in cards:
            page = Page((shipped / language / f"{card.id}.html").read_text(encoding="utf-8"))
            assert nothing in page.said, (language, card.id)
            assert card.texts[language].title in page.said


def test_the_rule_of_a_page_knows_its_own_style_and_script_and_nothing_else(shipped: Path) -> None:
    for path in [*shipped.glob("*/*.html"), shipped / "index.html"]:
        if path.parent.name == "forms":
            continue
        text = path.read_text(encoding="utf-8")
        (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
        assert policy.replace("&#39;", "'").startswith("default-src 'none'; ")
        inline = [
            inner for tag in ("style", "script") for inner in re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        ]
        assert len(inline) == 2 if path.name == "index.html" and path.parent != shipped else len(inline) == 1
        for inner in inline:
            assert base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode() in policy.replace("&#43;", "+")


def test_the_same_cards_give_the_same_files_and_pages_of_before_go(shipped: Path, tmp_path: Path) -> None:
    again = tm.build_toolbox(SHIPPED, to=tmp_path / "again").parent
    files = {str(path.relative_to(again)): path.read_bytes() for path in again.rglob("*") if path.is_file()}
    assert files == {str(path.relative_to(shipped)): path.read_bytes() for path in shipped.rglob("*") if path.is_file()}
    mine = again / "notes.txt"
    mine.write_text("mine", encoding="utf-8")
    few = [card for card in tm.read_cards(SHIPPED) if card.kind == "design"][:1]
    tm.build_toolbox(few, to=again, languages="nl")
    left = {str(path.relative_to(again)) for path in again.rglob("*") if path.is_file()}
    guide = {f"guides/{card.guide.stem}.html" for card in few if card.guide is not None}
    assert left == {"index.html", "toolbox-files.txt", "notes.txt", "nl/index.html", f"nl/{few[0].id}.html"} | guide


def test_files_outside_are_never_removed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.html"
    outside.write_text("mine", encoding="utf-8")
    site = tmp_path / "site"
    site.mkdir()
    (site / "toolbox-files.txt").write_text("../outside.html\n", encoding="utf-8")
    tm.build_toolbox([card for card in tm.read_cards(SHIPPED) if card.id == "areas-by-lot"], to=site, languages="en")
    assert outside.read_text(encoding="utf-8") == "mine"


def test_what_cannot_be_built_is_refused(tmp_path: Path, cards: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine", encoding="utf-8")
    card = tm.read_cards(cards)[0]
    wrong: list[tuple[object, dict[str, object]]] = [
        (cards, {"to": tmp_path / "full"}), (cards, {"to": tmp_path / "x", "languages": ["it"]}), ([], {"to": tmp_path / "x"}),
        ([card, card], {"to": tmp_path / "x"}), (["walks"], {"to": tmp_path / "x"}), (cards, {"to": cards / "walks.yaml"}),
    ]  # fmt: skip
    for given, words in wrong:
        with pytest.raises(tm.DesignError):
            tm.build_toolbox(given, **words)  # type: ignore[arg-type]


def test_a_card_in_another_language_says_so_and_is_marked_up(cards: Path, tmp_path: Path) -> None:
    site = tm.build_toolbox(cards, to=tmp_path / "site").parent
    german = (site / "de" / "walks.html").read_text(encoding="utf-8")
    assert load_phrases("de").say("toolbox.fallback", other="Englisch") in Page(german).said
    assert '<h1 lang="en">Walks together</h1>' in german
    assert (
        "Text in einer anderen Sprache: Englisch" in Page((site / "de" / "index.html").read_text(encoding="utf-8")).said
    )
    french = Page((site / "fr" / "walks.html").read_text(encoding="utf-8")).said
    assert "Promenades communes" in french
    assert "anglais" not in french


@pytest.mark.parametrize("language", LANGUAGES)
def test_made_up_answers_are_marked_and_count_as_no_evidence(
    language: str, cards: Path, tmp_path: Path, make_record: Callable[..., PilotRecord]
) -> None:
    save_record(make_record(simulated=True), cards / "walks.json")
    site = tm.build_toolbox(cards, to=tmp_path / "site", languages=language).parent
    phrases = load_phrases(language)
    mark, counts = phrases.say("simulated.mark"), phrases.say("toolbox.strength.simulated")
    card = Page((site / language / "walks.html").read_text(encoding="utf-8")).said
    listed = (site / language / "index.html").read_text(encoding="utf-8")
    assert phrases.say("toolbox.simulated", mark=mark) in card
    assert counts in card
    assert 'data-evidence="none"' in listed
    assert counts in Page(listed).said
    for page in (card, Page(listed).said, Page((site / "index.html").read_text(encoding="utf-8")).said):
        assert mark in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_found_is_told_in_words_with_its_interval(language: str, cards: Path) -> None:
    phrases = load_phrases(language)
    (card,) = tm.read_cards(cards)
    (line,) = main_findings(card, phrases)
    assert phrases.say("verdict_effect.increase") in line
    for number in (4.2, 1.1, 7.3):
        assert phrases.number(number) in line
    assert phrases.level(0.95) in line
    assert strength_words(card, phrases) == phrases.say("toolbox.strength.moderate")
    (block,) = found_blocks(card, phrases)
    assert block.file_hash == card.evaluations[0].sha256
    assert not block.undeclared


def test_every_scale_is_shown_also_those_that_found_nothing(
    cards: Path, make_record: Callable[..., PilotRecord], make_scale: Callable[..., ScaleRecord]
) -> None:
    scales = (
        make_scale("trust", verdict="decrease", term="mean_change", estimate=-3.04, ci_low=-5.0, ci_high=-1.0),
        make_scale("respect", verdict="inconclusive", strength="low", lowered=("inconclusive", "many_lost")),
        make_scale("hidden", verdict="suppressed", strength="none", estimate=None, ci_low=None, ci_high=None, n=None),
        make_scale("flat", ci_low=None, ci_high=None),
    )
    save_record(make_record(*scales), cards / "walks.json")
    (card,) = tm.read_cards(cards)
    english = load_phrases("en")
    (block,) = found_blocks(card, english)
    assert [line.verdict for line in block.lines] == [
        "decrease", "we cannot tell whether there is an effect", "too few answers", "effect upwards",
    ]  # fmt: skip
    assert block.lines[0].number == "−3.0 points (95% interval −5.0 to −1.0)"
    assert block.lines[1].reasons == "Weaker because: the answers cannot tell and many people did not answer again."
    assert block.lines[2].number == "too few answers to show a number"
    assert block.lines[3].number == "+4.2 points (no interval)"
    assert block.undeclared
    assert len(main_findings(card, english)) == len(scales)
    assert strength_words(card, english) == english.say("toolbox.strength.suppressed")


def test_every_word_of_a_result_has_a_sentence() -> None:
    from typing import get_args

    texts = load_phrases("en").texts
    assert all(f"toolbox.strength.{one}" in texts for one in STRENGTHS)
    assert {f"toolbox.lowered.{one}" for one in get_args(Lowered)} == {
        key for key in texts if key.startswith("toolbox.lowered.")
    }


def test_no_number_of_people_stands_on_a_page(cards: Path, tmp_path: Path) -> None:
    """Result files tell how many people; pages do not, so that nothing can be subtracted."""
    site = tm.build_toolbox(cards, to=tmp_path / "site", languages="en").parent
    assert FEWEST_PEOPLE == 10
    assert "180" not in Page((site / "en" / "walks.html").read_text(encoding="utf-8")).said


def test_the_result_file_is_taken_along_as_it_was_written(cards: Path, tmp_path: Path) -> None:
    site = tm.build_toolbox(cards, to=tmp_path / "site", languages="en").parent
    (file,) = (site / "results").iterdir()
    assert file.read_bytes() == (cards / "walks.json").read_bytes()
    assert f"../results/{file.name}" in Page((site / "en" / "walks.html").read_text(encoding="utf-8")).links


def test_words_of_a_card_cannot_become_markup(cards: Path, tmp_path: Path, good_card: str) -> None:
    evil = '<script>alert(1)</script>\\" onload=\\"x'
    (cards / "walks.yaml").write_text(
        good_card.replace("Walks together", evil).replace("Elsewhere", "A & <b>"), encoding="utf-8"
    )
    site = tm.build_toolbox(cards, to=tmp_path / "site").parent
    for name, page in pages_of(site).items():
        assert page.unsafe == [], name
        assert "<script>alert" not in (site / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("# T\n\nOne\ntwo.", "<p>One two.</p>"),
        ("## A `b`", "<h2>A <code>b</code></h2>"),
        ("[a page](other.md) and ![alt](x.png)", "<p>a page and alt</p>"),
        ("> said\n> more", "<blockquote><p>said more</p></blockquote>"),
        ("1. one\n   ```\n   x < y\n   ```\n2. two", "<ol><li>one<pre tabindex=\"0\"><code>x &lt; y</code></pre></li><li>two</li></ol>"),
        ("- a\n  b\n- c", "<ul><li>a b</li><li>c</li></ul>"),
        ("| h | i |\n| --- | --- |\n| a \\| b | `c` |", "<td>a | b</td><td><code>c</code></td>"),
        ("`**not**` **bold** *slanted* <i>", "<code>**not**</code> <strong>bold</strong> <em>slanted</em> &lt;i&gt;"),
    ],
)  # fmt: skip
def test_guides_become_pages(said: str, expected: str) -> None:
    assert expected in html_of_guide(said).replace("<li><p>one</p>", "<li>one")
