"""The words that stand in cells: when two are the same, when one is blank, when one is a number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

_APOSTROPHES = "\u2018\u2019\u201b\u02bb\u02bc\u0060\u00b4\u2032"
_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212"
_INVISIBLE = (
    "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
NEVER_SHOWN = "\ufdd0"
"""What stands in a cell of which the file says that its question was never put to this person: blank, and more.

A code point that no text may hold, so nobody can have typed it.
"""

_FOLDED: dict[int, str | None] = {
    **dict.fromkeys(map(ord, _APOSTROPHES), "'"),
    **dict.fromkeys(map(ord, _QUOTES), '"'),
    **dict.fromkeys(map(ord, _DASHES), "-"),
    **dict.fromkeys(map(ord, _INVISIBLE + NEVER_SHOWN), None),
}

TOOL_BLANKS = frozenset({"na", "n/a", "<na>", "nan", "null", ".", "#n/a", "#null!"})
"""What statistical tools write for an empty cell, folded. Never read so in free text, nor where it is a label."""

_POINT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?")
_COMMA = re.compile(r"[+-]?([0-9]+,[0-9]*|,[0-9]+)")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+")
_WHOLE = re.compile(r"([+-]?[0-9]{1,15})(\.0*|,0{0,2})?")


def fold(text: str) -> str:
    """Return a text as it is compared: case, blanks, apostrophes, dashes and direction marks made alike.

    Examples
    --------
    >>> fold("  Tout \u00e0\u00a0fait d\u2019Accord ") == fold("tout \u00e0 fait d'accord")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", text.translate(_FOLDED)).casefold().split())


def is_blank(text: str) -> bool:
    """Tell whether nothing can be seen in a cell."""
    return not text or not text.translate(_FOLDED).strip()


def whole_number(folded: str) -> int | None:
    """Return the whole number that a folded text stands for (``"4"``, ``"4.0"``, ``"4,0"``, ``"04"``), or ``None``."""
    found = _WHOLE.fullmatch(folded)
    return int(found[1]) if found else None


def read_numbers(texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the numbers that texts of one column stand for; ``nan`` where a text is no number.

    A comma is a decimal mark. ``"1,234"`` could also be a thousands mark: it is read as a number only where another
    text of the column shows that its comma is a decimal mark.

    Examples
    --------
    >>> read_numbers(["3,0", "1,234", "x"])
    array([3.   , 1.234,   nan])
    >>> read_numbers(["1,234", "7"])
    array([nan,  7.])
    """
    folded = [fold(text) for text in texts]
    commas = {word for word in folded if _COMMA.fullmatch(word)}
    decimal_comma = any(not _THOUSANDS.fullmatch(word) for word in commas)
    readable = commas if decimal_comma else frozenset[str]()
    numbers = [
        float(word.replace(",", ".")) if word in readable or _POINT.fullmatch(word) else np.nan for word in folded
    ]
    found = np.array(numbers, dtype=float)
    return np.where(np.isfinite(found), found, np.nan)


def has_leading_zero(folded: str) -> bool:
    """Tell whether a text is a code such as ``"01001"``, which a number would cut short."""
    return re.fullmatch(r"[+-]?0[0-9]+", folded) is not None
