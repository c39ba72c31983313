"""One code, however it is written."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pandas as pd

_WHOLE = re.compile(r"(\d+)[.,]0+")
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "þ": "th"}


def bare(value: Any) -> str:
    """Return a code without capitals, accents, blanks and signs; empty when there is nothing.

    Examples
    --------
    >>> bare(" É-12 a"), bare(7.0), bare("007"), bare(None)
    ('e12a', '7', '007', '')
    """
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    text = str(value).strip()
    whole = _WHOLE.fullmatch(text)
    text = unicodedata.normalize("NFKD", whole[1] if whole else text).casefold()
    text = "".join(_LETTERS.get(letter, letter) for letter in text)
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if letter.isalnum())
