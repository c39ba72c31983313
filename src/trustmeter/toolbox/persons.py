"""A card names a function, never a person: addresses, telephone numbers and forms of address in its texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from trustmeter.errors import Problem
from trustmeter.questionnaire.document import Place

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*", re.UNICODE)
_DIGITS = re.compile(r"(?<![\w.,])(?:\+|\(?0)[\d\s./()\-\N{NO-BREAK SPACE}]{7,}\d")
_SPOKEN_TO = re.compile(
    r"\b(?:Mr|Mrs|Ms|Mme|Mlle|Mevr|Mevrouw|Dhr|Meneer|Herr|Frau|Monsieur|Madame)\.?\s+[A-ZÀ-Þ][\w'’-]+", re.UNICODE
)
_FUNCTION_WORDS = """
info contact mail office reception desk hr rh hrm personnel personeel personal police politie polizei pz zp zone zones
diversity diversiteit diversite diversitaet inclusion inclusie complaints complaint plaintes plainte klachten klacht
beschwerden beschwerde proximity proximite quartier wijk wijkwerking buurt buurtwerking nabijheid buergernah nahe
project projet projekt pilot team equipe dienst service services communication communicatie kommunikation press pers
presse secretariat secretariaat sekretariat recruitment recrutement rekrutering selection selectie community
gemeenschap toolbox trust vertrouwen confiance vertrauen lokale local locale
"""
_FUNCTIONS = frozenset(_FUNCTION_WORDS.split())
"""Words that a shared mailbox may be made of."""


def check_persons(texts: Mapping[str, Any], place: Place, problems: list[Problem]) -> None:
    """Report what would lead to a person in the texts of a card; the message does not repeat it."""
    for keys, said in _strings(texts, ()):
        where = str(place.at(*keys))
        if any(not is_shared_mailbox(found.group()) for found in _ADDRESS.finditer(said)):
            message = "An e-mail address stands here that may be a person's."
            hint = "Name a function (the diversity officer of the zone), or a shared mailbox such as diversity@zone.example."
            problems.append(Problem("T-PERSON", where, message, hint))
        if any(sum(map(str.isdigit, found.group())) >= 9 for found in _DIGITS.finditer(said)):
            message = "What looks like a telephone number stands here."
            problems.append(Problem("T-PERSON", where, message, "Name a function; people change, and numbers stay."))
        if _SPOKEN_TO.search(said):
            message = "What looks like the name of a person stands here."
            problems.append(Problem("T-PERSON", where, message, "Name the function and not who holds it."))


def is_shared_mailbox(address: str) -> bool:
    """Tell whether every word before the @ names a function or is a number (of a zone).

    Examples
    --------
    >>> is_shared_mailbox("diversity@zone.example"), is_shared_mailbox("a.person@zone.example")
    (True, False)
    """
    words = [word for word in re.split(r"[._+-]", address.partition("@")[0].lower()) if word]
    return (
        bool(words)
        and all(word in _FUNCTIONS or word.isdecimal() for word in words)
        and not all(map(str.isdecimal, words))
    )


def _strings(tree: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(tree, str):
        yield keys, tree
    elif isinstance(tree, Mapping):
        for key, said in tree.items():
            yield from _strings(said, (*keys, str(key)))
    elif isinstance(tree, list):
        for number, said in enumerate(tree, start=1):
            yield from _strings(said, (*keys, f"#{number}"))
