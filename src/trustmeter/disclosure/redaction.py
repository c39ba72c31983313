"""Open texts: what says who somebody is, is taken out; a human reads the rest."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.results import told_count

WHERE = "redact"
HUMAN = (
    "A human must still read every text: names without a title, nicknames, and stories that only one person can tell are not "
    "found by a program."
)


Says = Callable[[str], bool]

_MONTHS = (
    r"jan(?:uary|uar|uari|vier)?|feb(?:ruary|ruar|ruari)?|f[ée]v(?:r(?:ier)?)?|mar(?:ch|s)?|maart|mrt|m[äa]rz|apr(?:il)?|avr(?:il)?"
    r"|may|mai|mei|jun[ei]?|juin|jul[yi]?|juil(?:let)?|aug(?:ust|ustus)?|ao[ûu]t|sept?(?:ember|embre)?|o[ck]t(?:ober|obre)?"
    r"|nov(?:ember|embre)?|de[cz](?:ember)?|d[ée]c(?:embre)?"
)
_BORN = r"born(?: in| on)?|n[ée]e?s? (?:en|le)|geboren (?:in|op|am|im jahre?)|geb\.?"
_NAME = r"\w[\w'’-]*"
_LINK = r"(?:van|von|de|der|den|du|la|le|el|al|ben|bin|ter|ten|della|di|da|dos)"
_CAPITAL = r"(?-i:(?:[A-ZÀ-ÖØ-Þ]|d['’][A-Z])[\w'’.-]*)"
_TITLES = (
    r"mr|mrs|ms|miss|mister|sir|madam|dr|prof|professor|monsieur|messieurs|madame|mme|mlle|mademoiselle|ma[îi]tre|dhr|meneer|mijnheer"
    r"|mevr|mevrouw|mw|de heer|juffrouw|herrn?|frau|inspecteur|inspectrice|inspector|hoofdinspecteur|commissaris|commissaire"
    r"|kommissarin?|inspektorin?|officer|agente?|constable|sergeant|wijkagente?|imam|pastor|pastoor|abb[ée]"
)
_CALLED = r"my name is|i am called|je m['’]appelle|mon nom est|je me nomme|ik heet|mijn naam is|ich hei(?:ß|ss)e|mein name ist"
_NAMED = r"called|named|genaamd|namens|nomm[ée]e?"
_FAMILY = rf"(?:\s+(?:{_LINK}\s+){{0,3}}{_CAPITAL}){{0,3}}"
_STREET_END = r"(?:straat|laan|steenweg|plein|dreef|kaai|lei|baan|weg|str\.|stra(?:ß|ss)e|platz|allee|gasse)"
_STREET_WORD = r"(?:rue|avenue|av\.|boulevard|bd|chauss[ée]e|place|quai|impasse|clos|all[ée]e|square|cours)"


def is_national_number(text: str) -> bool:
    """Tell whether the digits of a text are a Belgian national register (or bis) number: eleven, with its check digits.

    Examples
    --------
    >>> is_national_number("85.07.30-033 28"), is_national_number("85.07.30-033 29")
    (True, False)
    """
    digits = re.sub(r"\D", "", text)
    if len(digits) != 11:
        return False
    body, check = int(digits[:9]), int(digits[9:])
    return check in {97 - body % 97, 97 - (2_000_000_000 + body) % 97}


def is_iban(text: str) -> bool:
    """Tell whether a text is an international bank account number: its remainder by 97 is 1.

    Examples
    --------
    >>> is_iban("BE68 5390 0754 7034"), is_iban("BE68 5390 0754 7035")
    (True, False)
    """
    plain = re.sub(r"\W", "", text).upper()
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}", plain):
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def _always(text: str) -> bool:
    return bool(text)


def _phone_like(text: str) -> bool:
    return 8 <= len(re.sub(r"\D", "", text)) <= 15


def _day_like(text: str) -> bool:
    first, second = (int(part) for part in re.findall(r"\d+", text)[:2])
    return 1 <= min(first, second) <= 12 and max(first, second) <= 31


def _no_years(text: str) -> bool:
    return re.fullmatch(r"(?:19|20)\d\d\s?[-/ ]\s?(?:19|20)\d\d", text) is None


def _seek(kind: str, pattern: str, says: Says = _always) -> tuple[str, re.Pattern[str], Says]:
    return kind, re.compile(pattern, re.IGNORECASE), says


_AT = r"(?:@|\(at\)|\[at\]|\(a\)|\s(?:at|apenstaartje|arobase)\s)"
_NUMBER = r"(?:n°|nr\.?)?\s?[0-9]{1,4}[a-z]?\b"
_FRENCH = r"(?:rue|avenue|boulevard|chauss[ée]e|place|quai)"

PATTERNS: tuple[tuple[str, re.Pattern[str], Says], ...] = (
    _seek("url", r"\b(?:https?://|www\.)\S{0,500}[^\s.,;:!?)\]]"),
    _seek("e-mail", rf"[\w.+-]{{1,64}}\s?{_AT}\s?[\w-]{{1,63}}(?:\.[\w-]{{2,63}}){{1,4}}"),
    _seek("account", r"\b[a-z]{2}[0-9]{2}(?:[ .-]?[a-z0-9]{4}){2,7}(?:[ .-]?[a-z0-9]{1,4})?\b", is_iban),
    _seek("account", r"\b(?:be|nl|fr|de|lu)[0-9]{2}(?:[ .-]?[a-z0-9]{4}){3,6}(?:[ .-]?[0-9]{1,4})?\b"),
    _seek("national number", r"(?<!\d)[0-9](?:[ ./-]{0,2}[0-9]){10}(?!\d)", is_national_number),
    _seek("national number", r"(?<!\d)[0-9]{2}(?:[ ./][0-9]{2}){2}[ ./-]{1,3}[0-9]{3}[ ./-]{1,3}[0-9]{2}(?!\d)"),
    _seek(
        "phone", r"(?<![\w+])(?:\+|00)[0-9]{1,3}[ ./()-]{0,3}(?:[0-9][ ./()-]{0,2}){6,12}(?<=[0-9])(?!\d)", _phone_like
    ),
    _seek("date", rf"\b(?:{_BORN})\s+(?:in\s+)?(?:19|20)[0-9]{{2}}\b"),
    _seek("date", r"(?<!\d)(?<!\d[./-])[0-9]{1,2}\s?[./-]\s?[0-9]{1,2}\s?[./-]\s?(?:19|20)?[0-9]{2}(?!\d)", _day_like),
    _seek("date", r"(?<!\d)(?:19|20)[0-9]{2}[./-][0-9]{1,2}[./-][0-9]{1,2}(?!\d)"),
    _seek(
        "date", rf"(?<!\d)[0-9]{{1,2}}(?:er|e|st|nd|rd|th|\.)?\s+(?:{_MONTHS})\.?(?:,?\s+(?:19|20)?[0-9]{{2}})?(?!\w)"
    ),
    _seek("date", rf"\b(?:{_MONTHS})\.?\s+[0-9]{{1,2}}(?:st|nd|rd|th)?,?\s+(?:19|20)[0-9]{{2}}\b"),
    _seek("phone", r"(?<!\d)\(?0[0-9]{1,3}\)?(?:[ ./-]{0,2}[0-9]){6,8}(?!\d)", _phone_like),
    _seek("plate", r"\b[1-9o][ -]?[A-Z]{3}[ -]?[0-9]{3}\b"),
    _seek("plate", r"\b(?-i:[A-Z]{3})[ -]?[0-9]{3}\b"),
    _seek("plate", r"\b[0-9]{3}[ -](?-i:[A-Z]{3})\b"),
    _seek("plate", r"\b(?=[\w-]*[0-9])(?=[\w-]*[A-Z])(?-i:[A-Z0-9]{1,3}-[A-Z0-9]{2,3}-[A-Z0-9]{1,3})\b"),
    _seek("address", rf"\b[\w'’.-]{{2,30}}{_STREET_END},?\s+{_NUMBER}"),
    _seek("address", rf"\b{_STREET_WORD}\s+(?:[\w'’.-]{{1,25}}\s+){{0,5}}?[\w'’.-]{{2,25}},?\s+{_NUMBER}"),
    _seek("address", rf"\b[0-9]{{1,4}}[a-z]?,?\s+{_FRENCH}\s+(?:d\w{{1,2}}['’\s]+)?(?:l\w?['’\s]+)?[\w'’-]{{2,25}}"),
    _seek("address", r"\b[0-9]{1,4}[a-z]?\s+(?:[\w'’-]{2,25}\s+){1,3}(?:street|road|lane|avenue|drive|square)\b"),
    _seek("name", rf"\b(?:{_TITLES})\b\.?\s+(?:{_LINK}\s+){{0,2}}{_CAPITAL}{_FAMILY}"),
    _seek("name", rf"(?-i:\bM\.)\s+(?:{_LINK}\s+){{0,2}}{_CAPITAL}{_FAMILY}"),
    _seek("name", rf"\b(?:{_CALLED})\s+{_NAME}{_FAMILY}"),
    _seek("name", rf"\b(?:{_NAMED})\s+{_CAPITAL}{_FAMILY}"),
    _seek("handle", r"(?<![\w.])@[\w.]{2,30}"),
    _seek("number", r"(?<!\d)[0-9](?:[ ./-]?[0-9]){6,}(?!\d)", _no_years),
)
"""Kind, pattern, and a check of what it found; tried in this order."""

KINDS = tuple(dict.fromkeys(kind for kind, _, _ in PATTERNS))
"""The kinds, in the order of the patterns."""


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Redaction:
    """Texts from which what says who somebody is was taken out.

    Never prints a text: its text form tells counts only.

    Parameters
    ----------
    texts
        In the order given; ``None`` where there was none.
    found
        Kind → how many were taken out.
    notes
        What must still be done.
    """

    texts: tuple[str | None, ...]
    found: Mapping[str, int]
    notes: tuple[str, ...] = (HUMAN,)

    def __len__(self) -> int:
        return len(self.texts)

    def __str__(self) -> str:
        told = ", ".join(f"{kind} {told_count(count)}" for kind, count in self.found.items() if count) or "nothing"
        return f"Redaction of {len(self)} texts. Taken out: {told}. {' '.join(self.notes)}"

    __repr__ = __str__


def redact(texts: Iterable[Any], *, words: Iterable[str] = ()) -> Redaction:
    """Take out of open texts what says who somebody is: numbers, addresses, dates, names with a title, words you name.

    Use it before anybody but the coder sees an open answer. It finds what has a form; a human must read the rest.

    Parameters
    ----------
    texts
        The answers; missing ones stay missing.
    words
        Further words to take out wherever they stand, in any case: names that are known, streets, shops, nicknames.

    Returns
    -------
    Redaction
        ``.texts`` with ``[kind]`` in place of what was taken out, ``.found`` how many of each kind.

    Raises
    ------
    DesignError
        When `texts` is one text, or a word is empty.

    Notes
    -----
    Kinds: url, e-mail, account (IBAN), national number (Belgian register and bis numbers by their check digits, and all
    eleven digits written in their form), date, phone (Belgian and international), plate, address, name (after a title, or
    *my name is*), handle, number (seven digits or more), word (yours). More is taken out than needed: dates that are nobody's birthday,
    too.

    Examples
    --------
    >>> found = redact(["Bel mij op 0470 12 34 56 of jan@example.be", "Mevrouw El Amrani hielp ons."])
    >>> found.texts
    ('Bel mij op [phone] of [e-mail]', '[name] hielp ons.')
    """
    if isinstance(texts, (str, bytes)):
        raise DesignError(f"`{WHERE}` takes several texts. Put the one into a list.")
    named = [_cleaned(word).strip() for word in words] if not isinstance(words, str) else [words]
    if not all(named):
        raise DesignError(f"The `words` of `{WHERE}` must not be empty.")
    patterns = PATTERNS
    if named:
        longest_first = "|".join(map(re.escape, sorted(named, key=len, reverse=True)))
        whole = re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)", re.IGNORECASE)
        patterns = (("word", whole, bool), *PATTERNS)
    found = dict.fromkeys(("word", *KINDS), 0)
    return Redaction(tuple(_redacted(text, patterns, found) for text in texts), found)


def _redacted(text: Any, patterns: Iterable[tuple[str, re.Pattern[str], Says]], found: dict[str, int]) -> str | None:
    if text is None or (not isinstance(text, str) and pd.isna(text)):
        return None
    clean = _cleaned(str(text))
    for kind, pattern, says in patterns:
        clean, count = _without(clean, kind, pattern, says)
        found[kind] += count
    return clean


def _without(text: str, kind: str, pattern: re.Pattern[str], says: Says) -> tuple[str, int]:
    count = 0

    def taken(match: re.Match[str]) -> str:
        nonlocal count
        if not says(match[0]):
            return match[0]
        count += 1
        return f"[{kind}]"

    return pattern.sub(taken, text), count


def _cleaned(text: str) -> str:
    """Return a text without invisible signs that would hide a number, its figures and letters in their usual form."""
    usual = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in usual if unicodedata.category(sign) != "Cf")
