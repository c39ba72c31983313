"""A questionnaire on paper, in one language, as plain data that the typesetter reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trustmeter.errors import DesignError
from trustmeter.exchange.forms.figures import isolated
from trustmeter.exchange.forms.instruction import Instructions
from trustmeter.exchange.forms.own_words import spoken_in
from trustmeter.exchange.forms.page import Block, Part, Printed, page_words, parts_of
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.text import is_right_to_left

LONGEST_ZONE = 40
"""A zone's name stands on each sheet, and in its square code."""

UNCUT = 5
"""A table of at most so many lines is not cut by the end of a page; of a longer one, no line is."""


@dataclass(frozen=True, slots=True)
class Sheets:
    """How a questionnaire is to stand on paper.

    Parameters
    ----------
    questionnaire
        What is asked.
    language
        The one language of the file.
    large_print
        Whether letters are large (16 pt), with each question's answers below each other instead of in tables.
    zone
        The zone's name, printed on each sheet; an empty text leaves a line to write on.
    """

    questionnaire: Questionnaire
    language: str
    large_print: bool = False
    zone: str = ""

    def __post_init__(self) -> None:
        if len(self.zone) > LONGEST_ZONE or any(not sign.isprintable() for sign in self.zone):
            raise DesignError(f"A `zone` on paper is one line of at most {LONGEST_ZONE} letters. Shorten it.")

    @property
    def rtl(self) -> bool:
        """Whether the language is written from right to left."""
        return is_right_to_left(self.language)

    @property
    def identity(self) -> str:
        """What every sheet says of itself."""
        asked = self.questionnaire
        parts = (f"{asked.id} {asked.version}", asked.fingerprint, self.language, self.zone)
        return " \u00b7 ".join(part for part in parts if part)

    def square_code(self, page: int, pages: int) -> str:
        """Return what the square code of a sheet holds; nothing of it is about a person."""
        asked = self.questionnaire
        size = "L" if self.large_print else "N"
        zone = self.zone.replace("|", "/")
        return "|".join(
            ("tm1", asked.id, asked.version, asked.fingerprint, self.language, size, zone, f"{page}/{pages}")
        )

    def said(self, text: str) -> str:
        """Return a text in which numbers such as *65+* and *16-24* keep their order between right-to-left words."""
        return isolated(text) if self.rtl else text


def content_of(sheets: Sheets) -> dict[str, Any]:
    """Return all that the template needs, but for fonts and square codes."""
    asked, language = sheets.questionnaire, sheets.language
    words = page_words(language)
    parts = parts_of(asked, language, Instructions(asked, language, words))
    unfinished = asked.unfinished.by_language.get(language, "").strip()
    return {
        "lang": language.partition("-")[0],
        "rtl": sheets.rtl,
        "uncut": UNCUT,
        "title": asked.title.read(language) or asked.id,
        "introduction": sheets.said(asked.introduction.read(language)),
        "identity": sheets.identity,
        "draft": paper_words(language)["draft"] if asked.unfinished.has(language) else "",
        "note": unfinished,
        "zone": sheets.zone,
        "licence": f"{asked.licence}." if asked.licence else "",
        "words": {name: sheets.said(word) for name, word in words.items() if "{" not in word},
        "parts": [_part(part, sheets, words) for part in parts],
        **_sizes(large=sheets.large_print),
    }


def _sizes(*, large: bool) -> dict[str, float]:
    """Return sizes in points, and those of circles and gaps in millimetres."""
    if large:
        return {"size": 16, "label_size": 14, "code_size": 8, "radius": 3.4, "row_gap": 2.6}
    return {"size": 9.5, "label_size": 6.8, "code_size": 6, "radius": 2.3, "row_gap": 1.4}


def _part(part: Part, sheets: Sheets, words: Mapping[str, str]) -> dict[str, Any]:
    return {
        "title": sheets.said(part.title),
        "text": sheets.said(part.text),
        "optional": part.optional,
        "routes": [sheets.said(sentence) for sentence in part.routes],
        "blocks": [one for block in part.blocks for one in _blocks(block, sheets, words)],
    }


def _blocks(block: Block, sheets: Sheets, words: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield a table as it is; in large letters, its questions one by one."""
    routes = [sheets.said(sentence) for sentence in block.routes]
    if block.grid and not sheets.large_print:
        first, last = block.questions[0].number, block.questions[-1].number
        caption = words["lines" if len(block.questions) > 1 else "line"].format(first=first, last=last)
        yield {**_questions(block, block.questions, sheets), "kind": "grid", "caption": sheets.said(caption),
               "upright": block.wide, "routes": routes}  # fmt: skip
        return
    for question in block.questions:
        yield {**_questions(block, (question,), sheets), **_asked(block, sheets, words), "routes": routes}
        routes = []


def _questions(block: Block, questions: tuple[Printed, ...], sheets: Sheets) -> dict[str, Any]:
    return {
        "questions": [{"number": one.number, "id": one.id, "text": sheets.said(one.text)} for one in questions],
        "options": [
            {
                "code": option.code,
                "label": sheets.said(option.text.read(sheets.language) or option.code),
                "apart": option.kind is not None,
            }
            for option in block.options
        ],
    }


def _asked(block: Block, sheets: Sheets, words: Mapping[str, str]) -> dict[str, str]:
    """Return what kind of answer is wanted where there is no table."""
    scale = block.response_scale
    if scale.type == "text":
        return {"kind": "text", "ask": words["text"]}
    if scale.type != "number":
        return {"kind": "choice", "ask": ""}
    if scale.range is None:
        return {"kind": "number", "ask": words["number"]}
    low, high = (f"{limit:g}" for limit in scale.range)
    return {"kind": "number", "ask": sheets.said(words["number_between"].format(low=low, high=high))}


def paper_words(language: str) -> Mapping[str, str]:
    """Return the words that paper needs beside those of the printed page; English where a language has none."""
    return spoken_in("paper.yaml", language)
