"""From a column's heading to the item that it is: by id, by code, by the question's text."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.word import fold

_MARKUP = re.compile(r"<[A-Za-z/!][^<>]*>")
_BRACKETS = re.compile(r"(.*)\[([^\[\]]+)\]\s*", re.DOTALL)
_NO_LETTER = re.compile(r"[^A-Za-z0-9]")


def plain(text: str) -> str:
    """Return a text as headings are compared: without markup, case, blanks of any kind and direction marks.

    Examples
    --------
    >>> plain("<b>Do you&nbsp;agree?</b> ")
    'do you agree?'
    """
    return fold(html.unescape(_MARKUP.sub(" ", text)) if "<" in text or "&" in text else text)


@dataclass(frozen=True, slots=True)
class Names:
    """All that a questionnaire's items may be called.

    Parameters
    ----------
    ids
        From the folded id to the id.
    texts
        From the question's text in any language, alone and after its section's text, to the id. Texts that several
        items share are not there.
    shared
        From a text that several items share to those items, in the order asked.
    """

    ids: Mapping[str, str]
    texts: Mapping[str, str]
    shared: Mapping[str, tuple[str, ...]]

    def by_id(self, *names: str) -> str | None:
        """Return the item that the first fitting name is the id of."""
        return next((self.ids[fold(name)] for name in names if fold(name) in self.ids), None)

    def by_text(self, *names: str) -> str | None:
        """Return the item whose question the first fitting text asks."""
        return next((self.texts[plain(name)] for name in names if plain(name) in self.texts), None)


def names_of(questionnaire: Questionnaire) -> Names:
    """Return all that the items of a questionnaire may be called."""
    owners: dict[str, dict[str, None]] = defaultdict(dict)
    for section in questionnaire.sections:
        for item in section.items:
            for language, text in item.text.by_language.items():
                owners[plain(text)][item.id] = None
                stem = section.text.by_language.get(language, "") or section.title.by_language.get(language, "")
                for joint in (f"{stem} [{text}]", f"{stem} - {text}", f"{stem}/{text}") if stem else ():
                    owners[plain(joint)][item.id] = None
    ids = {fold(item.id): item.id for item in questionnaire.items}
    texts = {text: next(iter(items)) for text, items in owners.items() if text and len(items) == 1}
    return Names(ids, texts, {text: tuple(items) for text, items in owners.items() if len(items) > 1})


def in_brackets(heading: str) -> tuple[str, str]:
    """Return what stands before and in the last brackets of a heading, both empty where there are none."""
    found = _BRACKETS.fullmatch(heading)
    return (found[1].strip(), found[2].strip()) if found else ("", "")


def ends_of(heading: str, marks: str) -> list[str]:
    """Return a heading's ends after each mark, the longest first: ``a/b/c`` ends in ``b/c`` and ``c``."""
    return [heading[place + 1 :].strip() for place, letter in enumerate(heading) if letter in marks]


def letters_of(name: str) -> str:
    """Return the letters and digits of a name: the item ``LANGnl`` is the column ``LANG/nl``."""
    return _NO_LETTER.sub("", name)
