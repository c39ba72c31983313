"""What was read from sheets, as a workbook that a person completes: `answers` to go on with, `look` to work through."""

from __future__ import annotations

from pathlib import Path

from trustmeter.errors import DesignError
from trustmeter.exchange.forms.workbook import timeless
from trustmeter.exchange.paper.marks import Marks

_LOOK_AT = {
    "double": "two crosses",
    "weak": "a faint mark",
    "filled": "only a filled circle",
    "blank": "no cross",
    "write": "handwriting, to be typed",
    "sheet": "a sheet that is not there or cannot be read",
}

_LOOK_WIDTHS = {"A": 12, "B": 26, "C": 7, "D": 14, "E": 42}


def write_marks(marks: Marks, path: str | Path, *, wave: str = "") -> Path:
    """Write what was ticked as a workbook, all cells as text; `read_responses` reads its first sheet as it is.

    Parameters
    ----------
    marks
        What `read_marks` returned.
    path
        The ``.xlsx`` file to write.
    wave
        What the wave is called; it fills a column.

    Returns
    -------
    Path
        The file that was written.
    """
    from openpyxl import Workbook

    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        raise DesignError(f"What was ticked is written to a file that ends in '.xlsx'. Got {target.name!r}.")
    answers = marks.frame.copy()
    answers.insert(1, "wave", wave)
    look = marks.look.assign(reason=marks.look["reason"].map(_LOOK_AT))
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, frame in (("answers", answers), ("look", look)):
        sheet = book.create_sheet(name)
        rows = [list(frame.columns), *frame.astype(object).where(frame.notna(), "").to_numpy().tolist()]
        for line, row in enumerate(rows, start=1):
            for place, value in enumerate(row, start=1):
                if str(value):
                    cell = sheet.cell(line, place, str(value))
                    cell.data_type, cell.number_format = "s", "@"
        sheet.freeze_panes = "B2"
    about = book.create_sheet("about")
    for line, fact in enumerate(marks.about.items(), start=1):
        for place, value in enumerate(fact, start=1):
            cell = about.cell(line, place, value)
            cell.data_type, cell.number_format = "s", "@"
    for letter, width in _LOOK_WIDTHS.items():
        book["look"].column_dimensions[letter].width = width
    book.properties.creator = "trustmeter"
    try:
        target.write_bytes(timeless(book))
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise DesignError(f"{target.name!r} cannot be written: {why}. Is it open in another program?") from None
    return target
