"""What was ticked: crosses in scanned sheets become codes, and what a person must look at becomes a list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.exchange.paper.layout import PaperLayout, Place
from trustmeter.exchange.paper.scan import DOTS, Picture, engine, pages_of, straightened

WEAK, CROSS, FILLED = 0.10, 0.14, 0.60
"""How dark the inside of a circle is, from 0 to 1, from where on it is a doubtful mark, a cross, a circle filled in."""

INSIDE = 0.78
"""The part of a circle's radius that is looked at: its rim is not."""

_LOOK = ("respondent", "scan", "page", "item", "reason")

REASONS = ("double", "weak", "filled", "blank", "write", "sheet")
"""Why a person must look: two crosses, a faint mark, only a filled circle, no cross, handwriting, a sheet lost or not readable."""


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Marks:
    """What was ticked on scanned sheets.

    Parameters
    ----------
    frame
        One row a form: `respondent` (the form's place in the pile, from 1), `zone`, `language`, `mode`, and each item's
        code as text; empty where there is none, or where a person must look.
    look
        What a person must look at: `respondent`, `scan` (file and page), `page` (of the form), `item`, `reason`.
    about
        Which questionnaire stands on the sheets: its id, version, fingerprint and language.
    """

    frame: pd.DataFrame
    look: pd.DataFrame
    about: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Marks (forms: {len(self.frame)}; places that need a human look: {len(self.look)})"


def read_marks(scan: str | Path, layout: PaperLayout | str | Path) -> Marks:
    """Read the crosses on scanned sheets that ``export_questionnaire(tool="paper")`` printed.

    Use it when there are too many forms to type. Scan at 150 dots an inch or more, the sheets of each form one after
    the other. Nothing is guessed: where a mark is doubtful the cell is empty and the place is listed. Handwriting is not read.

    Parameters
    ----------
    scan
        A PDF, PNG, JPEG or TIFF file, or a folder of them, read in the order of their names.
    layout
        Where the circles stand: what `paper_layout` returned, or the ``.json`` that was written beside the PDF.

    Returns
    -------
    Marks
        `frame`, which `read_responses` takes, and `look`, what a person must look at.

    Raises
    ------
    DesignError
        When there is no scan, or the sheets are of another questionnaire, version, language, size or zone.
    MissingExtraError
        When the packages for scans are not installed.

    Notes
    -----
    A sheet is found by its four black squares and named by its square code; upside down is no matter. The darkness of
    a circle's inside, against the paper around it, is compared with fixed limits (`WEAK`, `CROSS`, `FILLED`); a cross beside a
    filled circle is a correction, and counts. Where sheets of two forms are lost so that one seems to go on in the other, this
    cannot be seen: count the sheets of each form before they are scanned. A question that was skipped on purpose is
    listed as blank, too.

    Examples
    --------
    >>> import trustmeter as tm
    >>> from tempfile import mkdtemp
    >>> contact = tm.load_questionnaire("encounter")
    >>> nobody = tm.export_questionnaire(contact, mkdtemp() + "/form.pdf", tool="paper")
    >>> tm.read_marks(nobody, tm.paper_layout(contact))
    Marks (forms: 1; places that need a human look: 14)
    """
    wanted = layout if isinstance(layout, PaperLayout) else read_layout(layout)
    pile = _Pile()
    for name, picture in pages_of(scan):
        found = straightened(picture)
        if found is None:
            pile.tell(name, 0, "", "sheet")
            continue
        sheet, code = found
        page = _page_of(code, wanted, name)
        pile.turn_to(page)
        for item, answer, reason in _answers(sheet, wanted, page):
            pile.forms[-1][item] = answer
            if reason:
                pile.tell(name, page, item, reason)
    look = [*pile.look, *pile.lost(wanted.pages)]
    about = {name: str(getattr(wanted, name)) for name in ("questionnaire", "version", "fingerprint", "language")}
    return Marks(_framed(pile.forms, wanted), pd.DataFrame(look, columns=[*_LOOK]), about)


@dataclass(slots=True)
class _Pile:
    """Forms as their sheets come: a sheet whose page was there already, or that goes back, begins a new form."""

    forms: list[dict[str, str]] = field(default_factory=list)
    pages: list[set[int]] = field(default_factory=list)
    look: list[tuple[str, str, int, str, str]] = field(default_factory=list)

    def turn_to(self, page: int) -> None:
        if not self.forms or page <= max(self.pages[-1]):
            self.forms.append({})
            self.pages.append(set())
        self.pages[-1].add(page)

    def tell(self, scan: str, page: int, item: str, reason: str) -> None:
        self.look.append((str(max(len(self.forms), 1)), scan, page, item, reason))

    def lost(self, pages: int) -> Iterator[tuple[str, str, int, str, str]]:
        """Yield the sheets that are not there."""
        for form, seen in enumerate(self.pages, start=1):
            yield from ((str(form), "", page, "", "sheet") for page in range(1, pages + 1) if page not in seen)


def read_layout(path: str | Path) -> PaperLayout:
    """Return the places that were written beside a PDF."""
    try:
        told: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
        told.pop("paper")
        return PaperLayout(**{**told, "places": tuple(Place(**place) for place in told["places"])})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        message = f"{Path(path).name!r} does not say where circles stand."
        raise DesignError(f"{message} It is the .json that was written beside the PDF, with `layout`.") from None


def _page_of(code: str, layout: PaperLayout, name: str) -> int:
    """Return the page of a sheet of ours, or say that it is of another form."""
    *identity, place = code.split("|")
    size = "L" if layout.large_print else "N"
    ours = ["tm1", layout.questionnaire, layout.version, layout.fingerprint, layout.language, size]
    if identity != [*ours, layout.zone.replace("|", "/")]:
        message = (
            f"The sheet of {name} is of another form than `layout`: questionnaire, version, language, size or zone."
        )
        raise DesignError(f"{message} Sort the sheets, and read each kind with its own layout.")
    return int(place.partition("/")[0])


def _answers(sheet: Picture, layout: PaperLayout, page: int) -> Iterator[tuple[str, str, str]]:
    """Yield for each question of a sheet its code, and why a person must look."""
    darkness = _darkness(sheet)
    there = [place for place in layout.places if place.page == page]
    for item, places in groupby(there, key=lambda place: place.item):
        group = list(places)
        inked = {place.code: _inked(darkness, place) for place in group if place.kind == "mark"}
        yield item, *_decided(inked, written=any(place.kind == "write" for place in group))


def _decided(inked: Mapping[str, float], *, written: bool) -> tuple[str, str]:
    crosses = [code for code, ink in inked.items() if CROSS <= ink < FILLED]
    faint = any(WEAK <= ink < CROSS for ink in inked.values())
    if len(crosses) > 1:
        return "", "double"
    if faint:
        return "", "weak"
    if crosses:
        return crosses[0], ""
    if written:
        return "", "write"
    return "", "filled" if any(ink >= FILLED for ink in inked.values()) else "blank"


def _darkness(sheet: Picture) -> Any:
    """Return how dark each dot is against the paper around it, from 0 to 1."""
    cv2 = engine()
    kernel = np.ones((6 * DOTS, 6 * DOTS), dtype=np.uint8)
    small = cv2.resize(sheet, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel[::4, ::4])
    paper = cv2.GaussianBlur(paper, (0, 0), DOTS)
    paper = cv2.resize(paper, (sheet.shape[1], sheet.shape[0])).astype(np.float64)
    return np.clip(1.0 - cv2.GaussianBlur(sheet, (3, 3), 0) / np.maximum(paper, 1.0), 0.0, 1.0)


def _inked(darkness: Any, place: Place) -> float:
    """Return the mean darkness inside a circle, without its rim and without the paper's own noise."""
    half_x, half_y = INSIDE * place.width / 2 * DOTS, INSIDE * place.height / 2 * DOTS
    x, y = place.x * DOTS, place.y * DOTS
    top, left = int(y - half_y), int(x - half_x)
    rows, columns = np.mgrid[top : int(y + half_y) + 2, left : int(x + half_x) + 2]
    inside = ((columns + 0.5 - x) / half_x) ** 2 + ((rows + 0.5 - y) / half_y) ** 2 <= 1.0
    dots = darkness[rows[inside], columns[inside]]
    return float(np.where(dots > 0.2, dots, 0.0).mean())


def _framed(forms: Sequence[Mapping[str, str]], layout: PaperLayout) -> pd.DataFrame:
    items = list(dict.fromkeys(place.item for place in layout.places))
    rows = [
        {"respondent": str(number), "zone": layout.zone, "language": layout.language, "mode": "paper"}
        | {item: form.get(item, "") for item in items}
        for number, form in enumerate(forms, start=1)
    ]
    frame = pd.DataFrame(rows, columns=["respondent", "zone", "language", "mode", *items], dtype="string")
    return frame.replace("", pd.NA)
