"""What each verdict is called, in every language: the page of the documentation, made from the words themselves."""

from __future__ import annotations

from collections.abc import Sequence

from trustmeter.present.phrases import LANGUAGES, Phrases, load_phrases

VERDICTS = ("increase", "decrease", "no_relevant_change", "inconclusive", "suppressed")
FAMILIES = {"change": "Two waves", "effect": "Areas with and without the pilot", "group": "Two groups"}
"""What is compared → its heading."""

RULES = {
    "increase": "the whole interval lies above zero, and above the smallest change that was declared to matter; so does the adjusted test",
    "decrease": "the same, below zero and below minus the smallest change that matters",
    "no_relevant_change": "the interval of the test lies within the smallest change that matters, on both sides",
    "inconclusive": "none of these: the answers cannot tell",
    "suppressed": "there are too few answers to show a number",
}
"""When a verdict may be said."""

NAMES = {"en": "English", "fr": "French", "nl": "Dutch", "de": "German"}

INTRODUCTION = """# What each verdict is called

Every report, picture and table takes its words from these lines. A direction is named by the verdicts *increase* and *decrease* alone, and
these are said only when the rule in the first table holds; tests hold every sentence to it, in all languages. Braces are filled by the
program. This page is made from the words themselves.
"""


def page_of_wording() -> str:
    """Return the page, in Markdown."""
    parts = [INTRODUCTION, _table(("verdict", "may be said when"), [(f"`{one}`", RULES[one]) for one in VERDICTS])]
    for language in LANGUAGES:
        phrases = load_phrases(language)
        parts.append(f"## {NAMES[language]}\n")
        for family, heading in FAMILIES.items():
            parts.append(f"### {NAMES[language]}: {heading.lower()}\n")
            rows = [(f"`{verdict}`", *words_of(verdict, family, phrases)) for verdict in VERDICTS]
            parts.append(_table(("verdict", "in tables", "in pictures", "on page one", "beside each scale"), rows))
    return "\n".join(parts)


def words_of(verdict: str, family: str, phrases: Phrases) -> tuple[str, str, str, str]:
    """Return what a verdict is called in tables, in pictures, on page one, and in the sentence beside a scale."""
    ending = "" if family == "change" else f"_{family}"
    keys = (
        f"verdict_word{ending}.{verdict}",
        f"verdict{ending}.{verdict}",
        f"front.lead.{family}.{verdict}",
        f"told.{family}.{verdict}",
    )
    table, picture, front, told = (phrases.texts[key] for key in keys)
    return table, picture, front, told


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
