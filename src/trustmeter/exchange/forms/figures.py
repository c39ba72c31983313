"""Figures beside a sign, such as *65+* and *16-24*, keep their order between words that are written from right to left."""

from __future__ import annotations

import re

FIRST, LAST = "\u2066", "\u2069"
"""The marks around what is read from left to right, whatever stands beside it."""

_FIGURES = r"[0-9]+(?:[.,:][0-9]+)*"
_BESIDE_A_SIGN = re.compile(
    rf"{FIRST}[^{LAST}]*{LAST}|(?<!\w)(?:{_FIGURES}(?:\s?[-\u2010-\u2015/]\s?{_FIGURES})+[+%]?|{_FIGURES}[+%]|[+<>\u2264\u2265\u2212-]{_FIGURES}%?)(?!\w)"
)


def isolated(text: str) -> str:
    r"""Return a right-to-left text with its figures beside a sign set apart, so that *65+* is not read as *+65*.

    A number without a sign keeps its order by itself, and is left as it is.

    Examples
    --------
    >>> isolated("65+") == "\u206665+\u2069", isolated("65")
    (True, '65')
    """
    return _BESIDE_A_SIGN.sub(lambda found: f"{FIRST}{found[0].strip(FIRST + LAST)}{LAST}", text)
