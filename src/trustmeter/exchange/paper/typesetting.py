"""Sheets become a PDF that a screen reader can read (PDF/UA-1), set by typst; nothing is fetched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from trustmeter.errors import DesignError, MissingExtraError
from trustmeter.exchange.paper.booklet import Sheets, content_of

FONT_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
CLOSER = (0.8, 0.6)
"""How much of the room between questions is left where the last sheet would otherwise bear nothing to answer."""

_FAMILY = "DejaVu Sans"
_INSTALL = (
    'Setting a form on paper needs the package {name!r}, which is not installed. Run: pip install "trustmeter[paper]"'
)

Mark = dict[str, Any]


def typeset(sheets: Sheets, fonts: str | Path | None = None) -> bytes:
    """Return the sheets as the bytes of a PDF; the same sheets and fonts give the same bytes."""
    content, engine = _prepared(sheets, fonts)
    return bytes(_run(engine.compile, content, fonts, format="pdf", pdf_standards=["ua-1"]))


def marks_of(sheets: Sheets, fonts: str | Path | None = None) -> tuple[int, list[Mark]]:
    """Return the number of sheets, and where each circle and each field to write in stands."""
    content, engine = _prepared(sheets, fonts)
    marks = json.loads(_run(engine.query, content, fonts, selector="<mark>", field="value"))
    return len(content["qr"]), marks


def _prepared(sheets: Sheets, fonts: str | Path | None) -> tuple[dict[str, Any], Any]:
    """Return the content with a square code for each sheet, and the typesetter."""
    engine = _engine()
    content = content_of(sheets)
    content |= {"fonts": _families(engine, fonts), "qr": [], "air": 1.0}
    pages, answered = _pages(engine, content, fonts)
    for air in CLOSER if answered < pages else ():
        fewer, answered = _pages(engine, content | {"air": air}, fonts)
        if answered == fewer:
            content["air"], pages = air, fewer
            break
    content["qr"] = [_square(sheets.square_code(page, pages)) for page in range(1, pages + 1)]
    return content, engine


def _pages(engine: Any, content: Mapping[str, Any], fonts: str | Path | None) -> tuple[int, int]:
    """Return how many sheets there are, and the last of them on which something is answered."""
    told = json.loads(_run(engine.query, content, fonts, selector="<pages>", field="value"))[0]
    return told["all"], told["answered"]


def _engine() -> Any:
    try:
        import typst
    except ImportError:
        raise MissingExtraError(_INSTALL.format(name="typst")) from None
    return typst


def _square(text: str) -> str:
    """Return a square code as a drawing."""
    try:
        import segno
    except ImportError:
        raise MissingExtraError(_INSTALL.format(name="segno")) from None
    drawn: str = segno.make(text, error="m", micro=False).svg_inline(border=2, omitsize=True)
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _run(verb: Any, content: Mapping[str, Any], fonts: str | Path | None, **how: Any) -> Any:
    source = (resources.files("trustmeter.exchange") / "templates" / "paper.typ").read_bytes()
    try:
        return verb(
            source, font_paths=_font_folders(fonts), ignore_system_fonts=True,
            sys_inputs={"content": json.dumps(content, ensure_ascii=False)}, **how,
        )  # fmt: skip
    except RuntimeError as error:
        if "could not be displayed" not in str(error):
            raise
        message = (
            "Some letters of this language are not in the fonts that are used. Give a folder of fonts that have them"
        )
        raise DesignError(f"{message}, such as Noto Sans: settings={{'fonts': 'a folder'}}.") from None


def _font_folders(fonts: str | Path | None) -> list[str]:
    """Return the folder that was named, and always the one of DejaVu Sans, which matplotlib brings with its licence."""
    found = find_spec("matplotlib")
    shipped = (
        [] if found is None or found.origin is None else [Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"]
    )
    named = [] if fonts is None else [Path(fonts)]
    for folder in named:
        if not folder.is_dir() or not any(file.suffix.lower() in FONT_SUFFIXES for file in folder.rglob("*")):
            raise DesignError(f"There are no fonts in the folder {folder.name!r}: files that end in .ttf or .otf.")
    return [str(folder) for folder in (*named, *shipped)]


def _families(engine: Any, fonts: str | Path | None) -> list[str]:
    """Return the families that may be used, in order: those of the folder that was named, plain ones first."""
    if fonts is None:
        return [_FAMILY]
    found = engine.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=_font_folders(fonts)[:1])
    named = sorted(dict.fromkeys(str(family) for family in found.families()), key=lambda name: (len(name), name))
    return [*named, _FAMILY]
