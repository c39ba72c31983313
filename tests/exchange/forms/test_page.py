"""The printed page, read as a reader and as a screen reader would."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import pytest

from trustmeter.exchange.forms.page import write_page
from trustmeter.questionnaire.document import Place, parse
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import load_questionnaire

NAMES = ("tiny", "awkward", "community-trust", "ess5-trust-in-justice")
EMPTY = frozenset({"meta", "br", "link", "img", "input"})
SPACE = re.compile(r"\s+")


@dataclass
class Element:
    """One element: its tag, its attributes and what is inside, elements and words."""

    tag: str
    attributes: dict[str, str | None]
    inside: list[Element | str] = field(default_factory=list)

    def all(self, *tags: str) -> list[Element]:
        found = [self] if self.tag in tags else []
        return found + [one for inner in self.inside if isinstance(inner, Element) for one in inner.all(*tags)]

    @property
    def words(self) -> str:
        """Return the text as read aloud: without what is hidden."""
        if self.attributes.get("aria-hidden") == "true" or self.tag == "style":
            return ""
        return SPACE.sub(" ", " ".join(one if isinstance(one, str) else one.words for one in self.inside)).strip()


class Tree(HTMLParser):
    """Builds the elements; every tag must be closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("page", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].inside.append(element)
        if tag not in EMPTY:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


@pytest.fixture(params=NAMES)
def questionnaire(request: pytest.FixtureRequest) -> Questionnaire:
    """Return each questionnaire in turn."""
    return request.getfixturevalue(request.param) if request.param in NAMES[:2] else load_questionnaire(request.param)


def page_of(questionnaire: Questionnaire, language: str, folder: Path) -> Element:
    path = folder / f"{language}.html"
    write_page(questionnaire, path, [language])
    tree = Tree()
    tree.feed(path.read_text(encoding="utf-8"))
    tree.close()
    assert len(tree.open) == 1
    return tree.open[0]


def one_space(text: str) -> str:
    return SPACE.sub(" ", text).strip()


def test_the_page_says_its_language_title_and_direction(questionnaire: Questionnaire, tmp_path: Path) -> None:
    for language in questionnaire.languages:
        page = page_of(questionnaire, language, tmp_path)
        (root,) = page.all("html")
        assert root.attributes == {"lang": language, "dir": "ltr"}
        assert page.all("title")[0].words == questionnaire.title.read(language)
        assert len(page.all("main")) == len(page.all("footer")) == 1


def test_every_text_of_the_language_is_there(questionnaire: Questionnaire, tmp_path: Path) -> None:
    for language in questionnaire.languages:
        words = page_of(questionnaire, language, tmp_path).words
        texts = [questionnaire.title, questionnaire.introduction]
        texts += [text for section in questionnaire.sections for text in (section.title, section.text)]
        texts += [item.text for item in questionnaire.items]
        for scale in {item.response_scale for item in questionnaire.items}:
            texts += [option.text for option in scale.options if option.kind != "blank"]
        missing = [text.read(language) for text in texts if one_space(text.read(language)) not in words]
        assert missing == []


def test_every_item_and_code_is_there_once_and_nothing_can_be_typed(
    questionnaire: Questionnaire, tmp_path: Path
) -> None:
    page = page_of(questionnaire, questionnaire.base_language, tmp_path)
    marks = [one for one in page.all("span") if one.attributes.get("class") == "id"]
    assert [one.words for one in marks] == [item.id for item in questionnaire.items]
    codes = [one.words for one in page.all("span") if one.attributes.get("class") == "code"]
    offered = [
        option.code for item in questionnaire.items for option in item.response_scale.options if option.kind != "blank"
    ]
    assert sorted(codes) == sorted(offered)
    assert len([one for one in page.all("span") if one.attributes.get("class") == "circle"]) == len(offered)
    assert page.all("input", "form", "button", "select", "textarea") == []


def test_questions_are_numbered_in_order(questionnaire: Questionnaire, tmp_path: Path) -> None:
    page = page_of(questionnaire, questionnaire.base_language, tmp_path)
    numbers = [one.words for one in page.all("span") if one.attributes.get("class") == "number"]
    assert numbers == [f"{number}." for number in range(1, len(questionnaire.items) + 1)]


def test_headings_go_down_one_step_at_a_time(questionnaire: Questionnaire, tmp_path: Path) -> None:
    page = page_of(questionnaire, questionnaire.base_language, tmp_path)
    levels = [int(one.tag[1]) for one in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert [one.words for one in page.all("h2")] == [str(section.title) for section in questionnaire.sections]


def test_tables_have_a_caption_and_headings_with_a_scope(questionnaire: Questionnaire, tmp_path: Path) -> None:
    tables = page_of(questionnaire, questionnaire.base_language, tmp_path).all("table")
    assert bool(tables) == any(item.response_scale.type == "ordinal" for item in questionnaire.items)
    for table in tables:
        (caption,) = table.all("caption")
        (head,) = table.all("thead")
        assert caption.words
        columns = head.all("th")
        assert {one.attributes.get("scope") for one in columns} == {"col"}
        assert all(one.words for one in columns)
        for row in table.all("tbody")[0].all("tr"):
            assert [one.attributes.get("scope") for one in row.all("th")] == ["row"]
            assert len(row.all("th", "td")) == len(columns)


def test_neighbours_with_the_same_ordered_answers_share_a_table(tiny: Questionnaire, tmp_path: Path) -> None:
    (table,) = page_of(tiny, "en", tmp_path).all("table")
    rows = [one.words for one in table.all("th") if one.attributes.get("scope") == "row"]
    assert [row.split()[-1] for row in rows] == ["FA1", "FA2", "FA3", "EF1", "EF2", "EF3"]
    assert [one.words for one in table.all("th")][1:6] == [
        "Strongly disagree",
        "Disagree",
        "Neither",
        "Agree",
        "Strongly agree",
    ]
    assert len([one for one in table.all("th") if one.attributes.get("class") == "apart"]) == 2


def test_a_table_ends_where_the_routing_changes(awkward: Questionnaire, tmp_path: Path) -> None:
    tables = page_of(awkward, "en", tmp_path).all("table")
    assert [table.all("caption")[0].words for table in tables] == ["Question 3: one cross", "Question 4: one cross"]


def test_routing_is_told_in_the_language(tmp_path: Path) -> None:
    trust = load_questionnaire("community-trust")
    numbers = {item.id: number for number, item in enumerate(trust.items, start=1)}
    first, last, then, gate = (numbers[name] for name in ("CO02", "CE05", "AGE", "CO01"))
    said = {
        "en": f"Answer questions {first} to {last} only if you answered “Yes” to question {gate}. Otherwise go to question {then}.",
        "fr": f"Répondez aux questions {first} à {last} seulement si vous avez répondu « Oui » à la question {gate}. "
        f"Sinon, passez à la question {then}.",
        "nl": f"Beantwoord de vragen {first} tot en met {last} alleen als u op vraag {gate} ‘Ja’ hebt geantwoord. "
        f"Ga anders naar vraag {then}.",
        "de": f"Beantworten Sie die Fragen {first} bis {last} nur, wenn Sie bei Frage {gate} „Ja“ angekreuzt haben. "
        f"Sonst gehen Sie bitte zu Frage {then}.",
    }
    for language, sentence in said.items():
        routes = [
            one.words for one in page_of(trust, language, tmp_path).all("p") if one.attributes.get("class") == "route"
        ]
        assert sentence in routes
        assert len(routes) == 4


def test_signs_of_html_stay_words(awkward: Questionnaire, tmp_path: Path) -> None:
    page = page_of(awkward, "en", tmp_path)
    assert page.all("script", "b", "i", "word", "free") == []
    for words in ("<script>alert(1)</script>", "<b>less</b>", '& "more"', "Signs <&> and", "CC0 & <free>"):
        assert words in page.words


def test_the_foot_of_every_sheet_cannot_break_out_of_the_style(awkward: Questionnaire, tmp_path: Path) -> None:
    page = page_of(replace(awkward, version='1"; } </style><b>'), "en", tmp_path)
    assert page.all("b") == []
    assert '1"; } </style><b>' in page.all("footer")[0].words
    (style,) = page.all("style")
    (content,) = re.findall(
        r"@bottom-left \{ content: \"([^\"]*)\"", "".join(one for one in style.inside if isinstance(one, str))
    )
    assert set(content) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .-_\\")


def test_the_foot_says_which_wording_this_is(questionnaire: Questionnaire, tmp_path: Path) -> None:
    (foot,) = page_of(questionnaire, "fr", tmp_path).all("footer")
    assert f"{questionnaire.id} {questionnaire.version} · {questionnaire.fingerprint} · fr" in foot.words


def test_nothing_is_fetched(questionnaire: Questionnaire, tmp_path: Path) -> None:
    page = page_of(questionnaire, questionnaire.base_language, tmp_path)
    assert page.all("script", "link", "img", "iframe", "object", "embed", "a", "svg") == []
    text = (tmp_path / f"{questionnaire.base_language}.html").read_text(encoding="utf-8")
    assert re.findall(r"url\(|@import|src=|href=|https?://", text) == []


def test_a_number_and_a_text_have_a_line_to_write_on(awkward: Questionnaire, tmp_path: Path) -> None:
    words = page_of(awkward, "fr", tmp_path).words
    assert "Un nombre de 16 à 110 :" in words
    assert "Un nombre de 0.5 à 24 :" in words
    assert "En quelques mots :" in words
    assert "Ou : 999 Prefer not to say (fr)" in words


def test_a_letter_that_may_be_refused_is_not_asked_for_in_a_few_words(tmp_path: Path) -> None:
    words = page_of(load_questionnaire("link-code"), "fr", tmp_path).words
    assert "En quelques mots" not in words
    assert words.count("Je préfère ne pas répondre") == 7


def test_a_code_for_no_answer_is_not_offered(awkward: Questionnaire, tmp_path: Path) -> None:
    assert "Not answered" not in page_of(awkward, "en", tmp_path).words


def test_other_languages_get_english_words_and_their_direction(tiny: Questionnaire, tmp_path: Path) -> None:
    page = page_of(replace(tiny, languages=("en", "fa")), "fa", tmp_path)
    assert page.all("html")[0].attributes == {"lang": "fa", "dir": "rtl"}
    assert "Thank you for your answers." in page.words


def test_every_language_has_every_word_with_the_same_gaps() -> None:
    file = resources.files("trustmeter.exchange") / "templates" / "page.yaml"
    problems: list[object] = []
    tree = parse(file.read_text(encoding="utf-8"), Place("page.yaml"), problems)  # type: ignore[arg-type]
    assert problems == []
    assert isinstance(tree, dict)
    assert set(tree) == {"en", "fr", "nl", "de", "ar"}
    gaps = {
        language: {key: sorted(re.findall(r"\{(\w+)\}", text)) for key, text in words.items()}
        for language, words in tree.items()
    }
    assert gaps["fr"] == gaps["nl"] == gaps["de"] == gaps["ar"] == gaps["en"]
    assert all(text.strip() for words in tree.values() for text in words.values())


def test_every_word_is_used() -> None:
    folder = resources.files("trustmeter.exchange")
    tree = parse((folder / "templates" / "page.yaml").read_text(encoding="utf-8"), Place("page.yaml"), [])
    used = "".join(
        (folder / name).read_text(encoding="utf-8") for name in ("templates/page.html.j2", "forms/instruction.py")
    )
    assert isinstance(tree, dict)
    assert [key for key in tree["en"] if not re.search(rf"words\.{key}\b|\"{key}\"", used)] == []
