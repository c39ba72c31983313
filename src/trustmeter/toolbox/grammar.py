"""What the file of a card may say: keys, forms and words; and the check of a tree against them, with codes of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trustmeter.errors import Problem, did_you_mean
from trustmeter.questionnaire.document import Place, Tree
from trustmeter.questionnaire.grammar import (
    QUESTIONNAIRE_ID,
    Anything,
    Flag,
    ListOf,
    MapOf,
    Number,
    Prose,
    Record,
    Word,
    fit,
)
from trustmeter.toolbox.model import ANY, CARD_LANGUAGES, KINDS, MONEY, NOT_KNOWN, THEMES

LINKED = ("yes", "no", "overlap")

TEXT_NEEDED = ("title", "problem", "done", "for_whom", "steps", "needs", "pitfalls", "contact")

TEXT = Record(
    {
        "title": Prose(), "problem": Prose(), "done": Prose(), "for_whom": Prose(),
        "steps": ListOf(Prose()), "needs": ListOf(Prose()), "pitfalls": ListOf(Prose()),
        "can_show": Prose(), "cannot_show": Prose(), "contact": Prose(),
    },
    TEXT_NEEDED,
)  # fmt: skip
"""The words of a card in one language."""

COST = Record(
    {"hours": Word(rf"\d{{1,6}}|{NOT_KNOWN}", f"a whole number, or: {NOT_KNOWN}"), "money": Word(words=MONEY)},
    ("hours", "money"),
)

PLAN = Record(
    {
        "linked": Word(words=LINKED),
        "smallest_effect": Number(),
        "areas": Word(r"[1-9]\d{0,3}", "a whole number"),
        "people": Word(r"[1-9]\d{0,5}", "a whole number"),
        "randomized": Flag(),
    },
    ("linked", "smallest_effect"),
)

CARD = Record(
    {
        "id": Word(QUESTIONNAIRE_ID, "a small letter, then small letters, digits and -", code="Q-ID-FORM"),
        "kind": Word(words=KINDS),
        "theme": Anything(),
        "zone": Word(),
        "instrument": Word(),
        "plan": PLAN,
        "cost": COST,
        "licence": Word(),
        "guide": Word(),
        "evidence": Anything(),
        "text": MapOf(TEXT),
    },
    ("id", "kind", "theme", "cost", "licence", "text"),
)
"""What the file of a card may say."""

_CLAIMS = (
    "strength", "evidence_strength", "evidence_level", "rating", "stars", "score", "effect", "effect_size", "impact",
    "result", "results", "verdict", "proven", "effective",
)  # fmt: skip
"""Keys under which people would write how well something works."""


def fitted(tree: Tree, place: Place, problems: list[Problem]) -> dict[str, Any]:
    """Return the usable part of what a card says; everything that is wrong is added to `problems`."""
    found: list[Problem] = []
    usable = fit(_without_claims(tree, place, found), CARD, place, found) or {}
    problems.extend(replace(one, code=f"T-{one.code.removeprefix('Q-').removeprefix('T-')}") for one in found)
    _check_themes(usable, place, problems)
    _check_languages(usable.get("text", {}), place.at("text"), problems)
    return usable


def themes_of(said: Any) -> tuple[str, ...]:
    """Return the themes that a card names, each once; none stands for all."""
    listed = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    return tuple(dict.fromkeys(one.strip() for one in listed if isinstance(one, str) and one.strip() != ANY))


def _without_claims(tree: Tree, place: Place, problems: list[Problem]) -> Tree:
    """Take out, and report, what says how well it works: that is read from result files."""
    if not isinstance(tree, dict):
        return tree
    kept: dict[str, Any] = {}
    for key, said in tree.items():
        if key in _CLAIMS:
            message = (
                "How strong the evidence is, and what was found, is read from result files and never written here."
            )
            hint = "Remove the line; name the file that `trustmeter pilot run` wrote under `evidence:`."
            problems.append(Problem("T-STRENGTH", str(place.at(key)), message, hint))
        elif key == "text" and isinstance(said, dict):
            at = place.at("text")
            kept[key] = {tag: _without_claims(words, at.at(tag), problems) for tag, words in said.items()}
        else:
            kept[key] = said
    return kept


def _check_themes(usable: Mapping[str, Any], place: Place, problems: list[Problem]) -> None:
    said, known = usable.get("theme"), (*THEMES, ANY)
    if isinstance(said, dict) or (isinstance(said, list) and not all(isinstance(one, str) for one in said)):
        hint = "Write `theme: complaints`, or `theme: [complaints, proximity]`."
        problems.append(Problem("T-VALUE", str(place.at("theme")), "One theme or a list is expected.", hint))
        return
    for theme in themes_of(said):
        if theme not in THEMES:
            message = f"The theme {theme!r} is not known.{did_you_mean(theme, known)}"
            problems.append(Problem("T-THEME", str(place.at("theme")), message, f"Use some of: {', '.join(known)}."))


def _check_languages(texts: Mapping[str, Any], place: Place, problems: list[Problem]) -> None:
    for tag in texts:
        if tag not in CARD_LANGUAGES:
            message = f"The language {tag!r} is not one of the toolbox."
            hint = f"Use some of: {', '.join(CARD_LANGUAGES)}."
            problems.append(Problem("T-LANGUAGE", str(place.at(tag)), message, hint))
    lengths = {key: {len(words.get(key, ())) for words in texts.values()} for key in ("steps", "needs", "pitfalls")}
    for key in (key for key, found in lengths.items() if len(found) > 1):
        message = f"The languages do not have equally many {key}."
        problems.append(Problem("T-UNEVEN", str(place.at(key)), message, "Say the same in each language.", "warning"))
