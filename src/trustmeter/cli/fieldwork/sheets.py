"""Ticked sheets come back: the command that reads scans."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import trustmeter as tm
from trustmeter.cli.terminal import careful, screen, steps
from trustmeter.exchange.paper.marks_file import write_marks


@careful
def read_sheets(
    scan: Annotated[
        Path, typer.Argument(help="A PDF, PNG, JPEG or TIFF file, or a folder of them.", show_default=False)
    ],
    layout: Annotated[Path, typer.Option("--layout", help="The .json that `export --tool paper --layout` wrote.")],
    to: Annotated[Path, typer.Option("--to", help="The .xlsx file to write.")],
    wave: Annotated[str, typer.Option(help="What the wave is called, such as 2026; fills a column.")] = "",
) -> None:
    """Read ticked sheets that were scanned, and list what a person must look at."""
    with steps() as step:
        step("Reading the sheets")
        marks = tm.read_marks(scan, layout)
        written = write_marks(marks, to, wave=wave)
    screen.print(
        f"Forms: {len(marks.frame)}. Places that need a human look: {len(marks.look)}, on the sheet 'look' of {written}.",
        soft_wrap=True,
        highlight=False,
    )
