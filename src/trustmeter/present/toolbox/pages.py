"""The pages of the toolbox as text: the choice of languages, the list of cards, a page a card, guides."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any

from trustmeter.present.phrases import Phrases, load_phrases
from trustmeter.present.toolbox.evidence import found_blocks, main_findings, nothing_known, strength_words
from trustmeter.present.toolbox.facts import cost_facts
from trustmeter.present.toolbox.guide import html_of_guide, title_of
from trustmeter.toolbox.model import ANY, KINDS, THEMES, Card, CardText

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER = ("present", "templates", "toolbox")


@dataclass(frozen=True)
class Shown:
    """A card as a page of one language shows it.

    Parameters
    ----------
    card
        The card.
    phrases
        The words of the page's language.
    """

    card: Card
    phrases: Phrases

    @cached_property
    def language(self) -> str:
        """The language of its text: the page's, or the one that is fallen back on."""
        return self.card.language_for(self.phrases.language)

    @property
    def fallen_back(self) -> bool:
        """Whether its text is not in the page's language."""
        return self.language != self.phrases.language

    @property
    def text(self) -> CardText:
        """Its words."""
        return self.card.texts[self.language]

    @property
    def other(self) -> str:
        """The name of its text's language."""
        return self.phrases.say(f"toolbox.languages.{self.language}")

    @property
    def themes(self) -> str:
        """Its themes in words."""
        return " · ".join(self.phrases.say(f"toolbox.themes.{theme}") for theme in self.card.themes or (ANY,))

    @property
    def theme_words(self) -> str:
        """Its themes for the filter: all of them where it is for every theme."""
        return " ".join(self.card.themes or THEMES)

    @property
    def zone(self) -> str:
        """Its zone in words."""
        return self.card.zone or self.phrases.say("toolbox.any_zone")

    @property
    def kind(self) -> str:
        """Its kind in words."""
        return self.phrases.say(f"toolbox.kinds.{self.card.kind}")

    @cached_property
    def strength(self) -> str:
        """How strong its evidence is, in words."""
        return strength_words(self.card, self.phrases)

    @cached_property
    def findings(self) -> tuple[str, ...]:
        """What its evaluations found on the scales that count."""
        return main_findings(self.card, self.phrases)

    @cached_property
    def searched(self) -> str:
        """All words that the search looks through."""
        said = self.text
        words = [said.title, said.problem, said.done, said.for_whom, *said.steps, *said.needs, *said.pitfalls]
        words += [said.can_show, said.cannot_show, said.contact, self.kind, self.themes, self.zone, self.strength]
        return " ".join(words).lower()


class Pages:
    """Writes the pages of one set of cards.

    Parameters
    ----------
    cards
        In the order in which they are listed.
    languages
        The languages of the pages.
    """

    def __init__(self, cards: Sequence[Card], languages: Sequence[str]) -> None:
        self.cards = tuple(cards)
        self.languages = tuple(languages)
        self.simulated = any(card.simulated for card in cards)
        self._environment = _environment()
        self._style, self._script = (_file(name) for name in ("toolbox.css", "toolbox.js"))

    def doors(self) -> str:
        """Return the first page: the choice of a language."""
        return self._render(
            "languages.html.j2", self.languages[0], page="index.html", root="", simulated=self.simulated
        )

    def index(self, language: str) -> str:
        """Return the list of cards of a language, with its filters."""
        phrases = load_phrases(language)
        shown = [Shown(card, phrases) for card in self.cards]
        return self._render(
            "index.html.j2",
            language,
            page="index.html",
            groups=_groups(shown),
            all=len(shown),
            zones=sorted({card.zone for card in self.cards if card.zone}),
            methods=any(not card.zone for card in self.cards),
            kinds=[kind for kind in KINDS if any(card.kind == kind for card in self.cards)],
            themes=THEMES,
            strengths=_strengths(self.cards),
            script=self._script,
            simulated=self.simulated,
        )

    def card(self, card: Card, language: str) -> str:
        """Return the page of a card."""
        phrases = load_phrases(language)
        return self._render(
            "card.html.j2",
            language,
            page=f"{card.id}.html",
            shown=Shown(card, phrases),
            blocks=found_blocks(card, phrases),
            nothing="" if card.evaluations else nothing_known(card, phrases),
            facts=cost_facts(card, phrases),
            form=f"../forms/{card.instrument}-{language}.html" if card.instrument else "",
            guide=f"../guides/{card.guide.stem}.html" if card.guide is not None else "",
            simulated=card.simulated,
        )

    def guide(self, text: str) -> str:
        """Return a how-to page; it is in English."""
        return self._render(
            "guide.html.j2", "en", page="index.html", title=title_of(text), body=html_of_guide(text), simulated=False
        )

    def _render(self, template: str, language: str, **values: Any) -> str:
        phrases = load_phrases(language)
        script = values.get("script", "")
        values = {"root": "../", "script": "", **values}
        return self._environment.get_template(f"toolbox/{template}").render(
            say=phrases.say,
            language=language,
            languages=[(tag, load_phrases(tag).say("toolbox.name")) for tag in self.languages],
            style=self._style,
            policy=_policy(self._style, script),
            **values,
        )


def _groups(shown: Sequence[Shown]) -> list[tuple[str, list[Shown]]]:
    """Return the cards under their first theme; practices first, then by title."""
    order = sorted(shown, key=lambda one: (KINDS.index(one.card.kind), one.card.id))
    places = (*THEMES, ANY)
    grouped = {theme: [one for one in order if (one.card.themes or (ANY,))[0] == theme] for theme in places}
    return [(theme, members) for theme, members in grouped.items() if members]


def _strengths(cards: Sequence[Card]) -> list[str]:
    order = ("high", "moderate", "low", "very_low", "none")
    return [strength for strength in order if any(card.strength == strength for card in cards)]


def _policy(style: str, script: str) -> str:
    """Return the rule by which a page loads nothing and runs nothing but its own style and script, known by their hashes."""
    parts = ["default-src 'none'", f"style-src '{_hash(style)}'"]
    parts += [f"script-src '{_hash(script)}'"] if script else []
    return "; ".join([*parts, "base-uri 'none'", "form-action 'none'"])


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _file(name: str) -> str:
    return resources.files("trustmeter").joinpath(*_FOLDER, name).read_text(encoding="utf-8")


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("trustmeter.present"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
