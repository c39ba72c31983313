"""A page to print: one language, no script, nothing fetched; routing in words, codes small for whoever types them in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from trustmeter.exchange.forms.figures import isolated
from trustmeter.exchange.forms.instruction import Instructions
from trustmeter.exchange.forms.own_words import spoken_in
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.text import is_right_to_left

WIDE = 9
"""From so many circles on a line on, the headings of a table stand upright."""

LONG = 12
"""A table of more lines may be cut by the end of a page; its headings are then repeated."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One question as it stands on paper."""

    number: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """Questions that stand together: a table when they share an ordered response scale, else one by one.

    Parameters
    ----------
    questions
        One question, or several in a row with the same ordered response scale and the same condition.
    response_scale
        The answers they offer.
    routes
        The sentences before the first of them that say who answers.
    """

    questions: tuple[Printed, ...]
    response_scale: ResponseScale
    routes: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[Option, ...]:
        """The answers with a circle. A code for *no answer* has none: no cross says the same."""
        return tuple(option for option in self.response_scale.options if option.kind != "blank")

    @property
    def grid(self) -> bool:
        """Whether the block is a table: several questions, or one whose answers would fill half a page."""
        return len(self.questions) > 1 or (self.response_scale.type == "ordinal" and self.wide)

    @property
    def wide(self) -> bool:
        """Whether the headings stand upright."""
        return len(self.options) >= WIDE

    @property
    def long(self) -> bool:
        """Whether the table may be cut by the end of a page."""
        return len(self.questions) > LONG


@dataclass(frozen=True, slots=True)
class Part:
    """One section as it stands on paper."""

    title: str
    text: str
    routes: tuple[str, ...]
    optional: bool
    blocks: tuple[Block, ...]


def write_page(questionnaire: Questionnaire, path: Path, languages: Sequence[str]) -> None:
    """Write the page in the first of `languages`."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    language = languages[0]
    words = page_words(language)
    instructions = Instructions(questionnaire, language, words)
    environment = Environment(
        loader=PackageLoader("trustmeter.exchange"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    right_to_left = is_right_to_left(language)
    environment.filters |= {"css_text": _css_text, "told": isolated if right_to_left else str}
    note = questionnaire.unfinished.by_language.get(language, "")
    identity = (f"{questionnaire.id} {questionnaire.version}", questionnaire.fingerprint, language, note)
    text = environment.get_template("page.html.j2").render(
        questionnaire=questionnaire,
        language=language,
        direction="rtl" if right_to_left else "ltr",
        words=words,
        parts=parts_of(questionnaire, language, instructions),
        identity=" · ".join(part for part in identity if part),
    )
    path.write_text(text, encoding="utf-8", newline="\n")


def parts_of(questionnaire: Questionnaire, language: str, instructions: Instructions) -> list[Part]:
    """Return the sections as they stand on paper."""
    return [_part(section, language, instructions) for section in questionnaire.sections]


def _part(section: Section, language: str, instructions: Instructions) -> Part:
    return Part(
        title=section.title.read(language),
        text=section.text.read(language),
        routes=instructions.before(section.items[0].id) if section.items else (),
        optional=section.optional,
        blocks=tuple(_blocks(section.items, language, instructions)),
    )


def _blocks(items: Sequence[Item], language: str, instructions: Instructions) -> Iterator[Block]:
    def together(item: Item) -> tuple[Any, ...]:
        alone = item.response_scale.type != "ordinal"
        return (item.response_scale.id, item.show_if, item.id if alone else "")

    for _, run in groupby(items, key=together):
        group = tuple(run)
        printed = tuple(Printed(instructions.numbers[item.id], item.id, item.text.read(language)) for item in group)
        routes = instructions.before(group[0].id) if group[0] is not items[0] else ()
        yield Block(printed, group[0].response_scale, routes)


def _css_text(text: str) -> str:
    """Return a text that can stand between quotes in a style sheet."""
    return re.sub(r"[^A-Za-z0-9 ._-]", lambda found: f"\\{ord(found[0]):06x} ", text)


def page_words(language: str) -> Mapping[str, str]:
    """Return the words around the questions of a printed page; English where a language has none."""
    return spoken_in("page.yaml", language)
