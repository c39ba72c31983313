"""What somebody said, fit to be printed: taken through redaction, read by a human, and never of a code that few raised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from trustmeter.disclosure.redaction import redact
from trustmeter.errors import DesignError, EstimationError
from trustmeter.focus_groups.model import Segments
from trustmeter.options import FEWEST_IN_A_CELL, names_of

WHERE = "quotes"
LONGEST = 300
"""Signs of a quote: longer ones tell stories by which people are known."""


@dataclass(frozen=True, repr=False, slots=True)
class Quote:
    """One quote; ``str(quote)`` is its words, its ``repr`` is not.

    Parameters
    ----------
    code
        The code that it was given.
    text
        Its words after redaction.
    """

    code: str
    text: str

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Quote of {self.code!r}, {len(self.text)} signs>"


def quotes(segments: Segments, code: str, *, reviewed: bool = False, words: Iterable[str] = ()) -> tuple[Quote, ...]:
    """Return what was said under a code, with what says who somebody is taken out.

    Use it to choose a quote for `joint_display` or a report, after a human has read the segments and found nobody in them.

    Parameters
    ----------
    segments
        Coded segments that were read with ``keep_text=True``.
    code
        The code.
    reviewed
        Say ``True`` when a human has read every segment of the code, and will read the quote that is chosen: a program finds names
        that have a form, and no stories.
    words
        Names, streets, shops and nicknames to take out, too. Speakers, coders and sessions are taken out in any case.

    Returns
    -------
    tuple of Quote
        Each with ``code`` and ``text``; those longer than 300 signs are left out. Printing the tuple shows no words.

    Raises
    ------
    DesignError
        When nobody has reviewed them, the words were dropped on reading, or there is no such code.
    EstimationError
        When fewer than five people (where speakers are not known, five sessions) raised the code.

    Examples
    --------
    >>> import pandas as pd, trustmeter as tm
    >>> said = [("s1", f"p{at}", "respect", f"Mrs Peeters greets us, {at} times") for at in range(6)]
    >>> rows = pd.DataFrame(said, columns=["session", "speaker", "code", "text"])
    >>> segments = tm.read_segments(rows, keep_text=True)
    >>> print(tm.quotes(segments, "respect", reviewed=True)[0])
    [name] greets us, 0 times
    """
    if not isinstance(segments, Segments):
        raise DesignError(f"`{WHERE}` takes segments, as `read_segments` returns. Got {type(segments).__name__}.")
    segments.codebook.code(code)
    if reviewed is not True:
        message = (
            f"`{WHERE}` gives words only after a human has read every segment of {code!r} for who might be known by it."
        )
        raise DesignError(f"{message} Then say `reviewed=True`.")
    if segments.text is None:
        raise DesignError(
            "The words were dropped on reading. Read them again with `read_segments(..., keep_text=True)`."
        )
    rows = segments.frame["code"] == code
    _refuse_few(segments, rows, code)
    given = names_of("words", words, WHERE) if words else ()
    frame = segments.frame
    known = {str(name) for column in ("speaker", "coder", "session") for name in frame[column] if len(str(name)) > 1}
    clean = redact([str(text) for text in segments.text[rows].dropna().unique()], words=(*given, *sorted(known)))
    kept = (" ".join(text.split()) for text in clean.texts if text)
    return tuple(Quote(code, text) for text in kept if text and len(text) <= LONGEST)


def _refuse_few(segments: Segments, rows: Any, code: str) -> None:
    found = segments.frame[rows]
    people = len(found.loc[found["speaker"] != "", ["session", "speaker"]].drop_duplicates())
    known = bool((segments.frame["speaker"] != "").any())
    if (people if known else found["session"].nunique()) < FEWEST_IN_A_CELL:
        what = "people" if known else "sessions"
        message = (
            f"`{WHERE}` gives no words of a code that fewer than {FEWEST_IN_A_CELL} {what} raised. {code!r} is one."
        )
        raise EstimationError(f"{message} Tell of it without quoting.")
