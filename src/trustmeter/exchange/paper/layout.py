"""Where each circle stands on the sheets: what a scanner, or a person with a ruler, needs to know."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from trustmeter.errors import DesignError, unknown_word
from trustmeter.exchange.paper.booklet import Sheets
from trustmeter.exchange.paper.typesetting import marks_of
from trustmeter.questionnaire.model import Questionnaire

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
"""A4, in millimetres."""

CORNER_SIZE, CORNER_EDGE = 5.0, 8.0
"""The black squares in the corners and their distance from the paper's edge, in millimetres."""


@dataclass(frozen=True, slots=True)
class Place:
    """One circle to cross, or one field to write in.

    Parameters
    ----------
    kind
        ``"mark"`` for a circle, ``"write"`` for a field that a person must read.
    item, code
        The question, and the answer that a cross gives; a field has no code.
    page
        The sheet, from 1.
    x, y
        Its middle, in millimetres from the paper's left and upper edge.
    width, height
        Its size in millimetres.
    """

    kind: Literal["mark", "write"]
    item: str
    code: str
    page: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PaperLayout:
    """Where everything stands that people put a cross in, for one printed file.

    Parameters
    ----------
    questionnaire, version, fingerprint, language
        What was printed.
    large_print, zone
        How it was printed.
    pages
        The number of sheets.
    places
        Circles and fields, in reading order.
    """

    questionnaire: str
    version: str
    fingerprint: str
    language: str
    large_print: bool
    zone: str
    pages: int
    places: tuple[Place, ...]

    def to_json(self) -> str:
        """Return it as JSON, with the size of the paper and the middles of the corner squares in millimetres."""
        inner = CORNER_EDGE + CORNER_SIZE / 2
        x, y = (inner, PAGE_WIDTH - inner), (inner, PAGE_HEIGHT - inner)
        paper = {
            "width": PAGE_WIDTH, "height": PAGE_HEIGHT, "corner_size": CORNER_SIZE,
            "corners": [[left, top] for top in y for left in x],
        }  # fmt: skip
        return json.dumps({**asdict(self), "paper": paper}, ensure_ascii=False, indent=1) + "\n"


def paper_layout(
    questionnaire: Questionnaire,
    language: str | None = None,
    *,
    large_print: bool = False,
    zone: str = "",
    fonts: str | Path | None = None,
) -> PaperLayout:
    """Return where each circle stands on the sheets that ``export_questionnaire(tool="paper")`` writes.

    Use it when sheets are to be read by a scanner. Give the same arguments as for the file, and keep what comes back
    beside it: places change with the wording, the letters' size and the fonts.

    Parameters
    ----------
    questionnaire
        What is asked.
    language
        The language of the file; by default the base language.
    large_print
        Whether the file is in large letters.
    zone
        The zone's name as printed on the sheets.
    fonts
        The folder of fonts, where one was used.

    Returns
    -------
    PaperLayout
        `pages` and `places`: for each circle its item, its code, its sheet, and its middle and size in millimetres.

    Raises
    ------
    DesignError
        When the language is not one of the questionnaire's, or letters are not in the fonts.
    MissingExtraError
        When the packages for paper are not installed.

    Examples
    --------
    >>> import trustmeter as tm
    >>> layout = tm.paper_layout(tm.load_questionnaire("encounter"), "fr")
    >>> layout.pages, layout.places[0].item, layout.places[0].code
    (2, 'CONSENT', '1')
    """
    if not isinstance(questionnaire, Questionnaire):
        raise DesignError("`paper_layout` takes a questionnaire. Load it first with `load_questionnaire`.")
    wanted = questionnaire.base_language if language is None else language
    if wanted not in questionnaire.languages:
        where = f"questionnaire {questionnaire.id!r}"
        raise DesignError(unknown_word("`language` argument", wanted, questionnaire.languages, where))
    return layout_of(Sheets(questionnaire, wanted, large_print, zone), fonts)


def layout_of(sheets: Sheets, fonts: str | Path | None = None) -> PaperLayout:
    """Return where each circle stands on some sheets."""
    pages, marks = marks_of(sheets, fonts)
    asked = sheets.questionnaire
    return PaperLayout(
        asked.id, asked.version, asked.fingerprint, sheets.language, sheets.large_print, sheets.zone, pages,
        tuple(Place(**{**mark, **{side: round(mark[side], 3) for side in ("x", "y", "width", "height")}}) for mark in marks),
    )  # fmt: skip
