"""The codebook as a page to read: all languages side by side, nothing fetched, no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trustmeter.exchange.codebook.entry import Entry, entries_of, figure, full_version, label_of
from trustmeter.exchange.codebook.wording import asked_if, phrases
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.text import is_right_to_left


@dataclass(frozen=True, slots=True)
class Line:
    """One code of an entry: what it counts as (empty for a substantive answer), its value, its label in each language."""

    code: str
    kind: str
    value: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One entry as it stands on the page."""

    id: str
    questions: tuple[str, ...]
    stems: tuple[str, ...]
    facts: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One section: its headings in each language, and its entries."""

    titles: tuple[str, ...]
    notes: tuple[str, ...]
    entries: tuple[Told, ...]


def codebook_page(questionnaire: Questionnaire, languages: Sequence[str]) -> bytes:
    """Return the page; its own words are in the first of `languages`."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("trustmeter.exchange"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    first = languages[0]
    page = environment.get_template("codebook.html.j2").render(
        title=questionnaire.title.read(first) or questionnaire.id,
        questionnaire=questionnaire,
        version=full_version(questionnaire),
        description=questionnaire.description.read(first),
        words=phrases(first),
        language=first,
        languages=[(language, _direction(language)) for language in languages],
        unfinished=[questionnaire.unfinished.by_language.get(language, "") for language in languages],
        chapters=_chapters(questionnaire, languages),
        directions={language: _direction(language) for language in languages},
    )
    return page.encode("utf-8")


def _direction(language: str) -> str:
    return "rtl" if is_right_to_left(language) else "ltr"


def _chapters(questionnaire: Questionnaire, languages: Sequence[str]) -> list[Chapter]:
    words = phrases(languages[0])
    chapters = []
    entries = entries_of(questionnaire)
    for section in questionnaire.sections:
        notes = [words["optional"]] if section.optional else []
        notes += [words["special"].format(reason=section.reason)] if section.special_category else []
        told = [_entry(entry, questionnaire, languages) for entry in entries if entry.section is section]
        titles = tuple(section.title.read(language) or section.id for language in languages)
        chapters.append(Chapter(titles, tuple(notes), tuple(told)))
    return chapters


def _entry(entry: Entry, questionnaire: Questionnaire, languages: Sequence[str]) -> Told:
    words, first = phrases(languages[0]), languages[0]
    answers = entry.item.response_scale
    facts = [asked_if(questionnaire, entry.item.id, first) or words["always"]]
    facts += [words["must"]] if entry.item.required else []
    if answers.type == "number":
        low, high = figure(answers.minimum), figure(answers.maximum)
        facts.append(words["number"].format(low=low, high=high) if low and high else words["any_number"])
    facts += [words["text"]] if answers.type == "text" else []
    if entry.scales:
        names = []
        for scale in entry.scales:
            name = f"{scale.name.read(first) or scale.id} ({scale.id})"
            names.append(words["turned"].format(scale=name) if scale in entry.turned else name)
        facts.append(f"{words['measures']}: {'; '.join(names)}")
    return Told(
        id=entry.item.id,
        questions=tuple(entry.item.text.read(language) for language in languages),
        stems=tuple(entry.section.text.read(language) for language in languages),
        facts=tuple(facts),
        lines=tuple(
            Line(
                option.code,
                "" if option.kind is None else words[option.kind],
                figure(option.value),
                tuple(label_of(option, language) for language in languages),
            )
            for option in answers.options
        ),
    )
