"""A page to print: one language, no script, nothing fetched; routing in words, codes small for whoever types them in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import Any

from trustmeter.questionnaire.document import Place, parse
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ps"})
"""Languages that are written from right to left."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One question as it stands on paper."""

    number: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """Questions that stand together: a grid when they share an ordered response scale, else one by one."""

    questions: tuple[Printed, ...]
    response_scale: ResponseScale
    only_if: str = ""

    @property
    def grid(self) -> bool:
        """Whether the block is printed as a table."""
        return len(self.questions) > 1


@dataclass(frozen=True, slots=True)
class Part:
    """One section as it stands on paper."""

    title: str
    text: str
    only_if: str
    optional: bool
    blocks: tuple[Block, ...]


def write_page(questionnaire: Questionnaire, path: Path, languages: Sequence[str]) -> None:
    """Write the page in the first of `languages`."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    language = languages[0]
    words = _words(language)
    environment = Environment(
        loader=PackageLoader("trustmeter.exchange"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("page.html.j2").render(
        questionnaire=questionnaire,
        language=language,
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        words=words,
        parts=list(_parts(questionnaire, language, words)),
    )
    path.write_text(text, encoding="utf-8")


def _parts(questionnaire: Questionnaire, language: str, words: Mapping[str, str]) -> Iterator[Part]:
    numbers = {item.id: number for number, item in enumerate(questionnaire.items, start=1)}
    teller = _Teller(questionnaire, language, words, numbers)
    before: Condition | None = None
    for section in questionnaire.sections:
        said = teller.only_if(section.show_if) if section.show_if != before else ""
        before = section.show_if
        yield Part(
            title=section.title.read(language),
            text=section.text.read(language),
            only_if=said,
            optional=section.optional,
            blocks=tuple(_blocks(section.items, numbers, language, teller)),
        )


def _blocks(items: Sequence[Item], numbers: Mapping[str, int], language: str, teller: _Teller) -> Iterator[Block]:
    def together(item: Item) -> tuple[str, Condition | None]:
        alone = item.response_scale.type != "ordinal"
        return (f"{item.response_scale.id} {item.id}" if alone else item.response_scale.id, item.show_if)

    before: Condition | None = None
    for _, run in groupby(items, key=together):
        group = tuple(run)
        said = teller.only_if(group[0].show_if) if group[0].show_if != before else ""
        before = group[0].show_if
        printed = tuple(Printed(numbers[item.id], item.id, item.text.read(language)) for item in group)
        yield Block(printed, group[0].response_scale, said)


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells a condition in words: *Only if you answered “Yes” to question 12.*"""

    questionnaire: Questionnaire
    language: str
    words: Mapping[str, str]
    numbers: Mapping[str, int]

    def only_if(self, condition: Condition | None) -> str:
        return "" if condition is None else self.words["only_if"].format(condition=self._tell(condition))

    def _tell(self, condition: Condition) -> str:
        match condition:
            case Equals(item=item, code=code):
                return self._answered(item, (code,))
            case IsIn(item=item, codes=codes):
                return self._answered(item, codes)
            case Not(condition=inner):
                return self.words["not"].format(condition=self._tell(inner))
            case AllOf(conditions=parts):
                return self.words["and"].join(self._tell(part) for part in parts)
            case AnyOf(conditions=parts):
                return self.words["or"].join(self._tell(part) for part in parts)

    def _answered(self, item: str, codes: Sequence[str]) -> str:
        options = {option.code: option for option in self.questionnaire.item(item).response_scale.options}
        said = [self.words["quote"].format(text=self._label(options.get(code), code)) for code in codes]
        return self.words["answered"].format(number=self.numbers[item], answer=self.words["or"].join(said))

    def _label(self, option: Option | None, code: str) -> str:
        return (option.text.read(self.language) if option else "") or code


@cache
def _words(language: str) -> Mapping[str, str]:
    file = resources.files("trustmeter.exchange") / "templates" / "page.yaml"
    tree: Any = parse(file.read_text(encoding="utf-8"), Place("page.yaml"), [])
    words: Mapping[str, str] = tree.get(language, tree["en"])
    return words
