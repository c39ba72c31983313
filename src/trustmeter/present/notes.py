"""The notes of results in the reader's language: known by their English sentence, said again with the same numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from trustmeter.present.phrases import MINUS, Phrases, load_phrases

_PREFIX = "note."
_GAP = re.compile(r"\{(\w+)\}")
_NUMBER = re.compile(r"(?<![\w.,`'])([+-]?)(\d+(?:\.\d+)?)(?![\w`']|\.\d)")
_PART_OF = re.compile(r"(\b\d[\d,.]*|fewer than \d+) of (?:the )?(\d+)")
_FEWER = re.compile(r"fewer than (\d+)")
_PAIRS = "pairs"
_DRAWN = "drawn"
_VERBATIM = "verbatim"
_NAMING = frozenset({"list", "scale"})
_NO_NAMES: Mapping[str, str] = MappingProxyType({})


def note_in(note: str, phrases: Phrases, names: Mapping[str, str] = _NO_NAMES) -> tuple[str, str]:
    """Return a note of a result in the language of `phrases`, and the language it is really in.

    Parameters
    ----------
    note
        As it stands in ``result.notes``: one English sentence or several.
    phrases
        The language.
    names
        What ids of scales are called in that language.

    Returns
    -------
    tuple of str
        The note and its language; a note that no pattern knows stays as it is, in English.
    """
    said = _Retelling(phrases, names).said(note)
    return (note, "en") if said is None else (said, phrases.language)


@dataclass(frozen=True, slots=True)
class _Retelling:
    phrases: Phrases
    names: Mapping[str, str]

    def said(self, note: str) -> str | None:
        for key, pattern in _patterns():
            found = pattern.fullmatch(note)
            if found:
                return self.phrases.say(key, **{name: self.gap(name, text) for name, text in found.groupdict().items()})
        return None

    def gap(self, name: str, text: str) -> str:
        """Return what fills a gap: a note of its own, or words and numbers as the language writes them."""
        if name.startswith(_VERBATIM):
            return text
        if name == _PAIRS:
            return "; ".join(self.pair(pair) for pair in text.split("; "))
        if name == _DRAWN:
            return "; ".join(self.said(part) or part for part in text.split("; "))
        inner = self.said(text) if text else None
        if inner is not None:
            return inner
        if name in _NAMING:
            text = re.sub(r"'?\b([a-z]\w*)\b'?", lambda found: self.names.get(found[1], found[0]), text)
        parts = _PART_OF.sub(lambda found: self.phrases.say("note_parts.of", part=found[1], whole=found[2]), text)
        parts = _FEWER.sub(lambda found: self.phrases.say("note_parts.fewer", n=found[1]), parts)
        return _NUMBER.sub(self.number, parts)

    def pair(self, pair: str) -> str:
        """Return a name and what is said of it."""
        halves = (self.said(half) or half for half in pair.split(": ", 1))
        return self.phrases.say("note_parts.pair", **dict(zip(("name", "said"), halves, strict=False)))

    def number(self, found: re.Match[str]) -> str:
        decimals = len(found[2].partition(".")[2])
        return f"{MINUS if found[1] == '-' else found[1]}{self.phrases.number(float(found[2]), decimals)}"


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the patterns of all notes, the longest sentence first: a short one may be the beginning of a long one."""
    texts = load_phrases("en").texts
    known = sorted((key for key in texts if key.startswith(_PREFIX)), key=lambda key: -len(_GAP.sub("", texts[key])))
    return tuple((key, _pattern(texts[key])) for key in known)


def _pattern(sentence: str) -> re.Pattern[str]:
    pieces = _GAP.split(sentence)
    inside = (re.escape(piece) if place % 2 == 0 else f"(?P<{piece}>.*?)" for place, piece in enumerate(pieces))
    return re.compile("".join(inside), re.DOTALL)
