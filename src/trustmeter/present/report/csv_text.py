"""A table of the report as CSV: nothing rounded, nothing that a spreadsheet would run, simulated data marked in every row."""

from __future__ import annotations

import base64
import csv
import io

from trustmeter.options import harmless
from trustmeter.present.phrases import load_phrases
from trustmeter.present.report.document import Cell, Document, Table


def csv_of(table: Table, document: Document) -> str:
    """Return a table as CSV text; where data are simulated, the first column says so."""
    say = load_phrases(document.language).say
    data = table.plain
    mark = ([say("simulated.column")], [say("simulated.cell")]) if document.simulated else ([], [])
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([_written(cell) for cell in (*mark[0], *data.headings)])
    writer.writerows([_written(cell) for cell in (*mark[1], *row)] for row in data.rows)
    return buffer.getvalue()


def csv_address(table: Table, document: Document) -> str:
    """Return the CSV as an address that a browser saves as a file, without a network; spreadsheets read its accents."""
    told = csv_of(table, document).encode("utf-8-sig")
    return f"data:text/csv;charset=utf-8;base64,{base64.b64encode(told).decode('ascii')}"


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    return str(harmless(cell)) if isinstance(cell, str) else repr(cell)
