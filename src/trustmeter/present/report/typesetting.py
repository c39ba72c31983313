"""A report as PDF that a screen reader can read (PDF/UA-1), set by typst; nothing is fetched."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustmeter.errors import MissingExtraError
from trustmeter.present.palette import ACCENT, INK, QUIET
from trustmeter.present.phrases import Phrases, load_phrases
from trustmeter.present.report.document import Document, Finding
from trustmeter.present.report.paper import (
    PADDING,
    Block,
    Findings,
    Grid,
    Heading,
    Picture,
    Words,
    blocks_of,
    body_of,
    rows_of,
)
from trustmeter.results import Provenance

if TYPE_CHECKING:
    from trustmeter.present.sheet import Chart

WARN = "#7a3b00"
"""The colour of what must not be overlooked; 8.6:1 on white."""

SIGNS: dict[str, tuple[str, str]] = {
    "increase": ("▲", ACCENT),
    "decrease": ("▼", ACCENT),
    "no_relevant_change": ("◆", INK),
    "inconclusive": ("○", QUIET),
    "suppressed": ("–", QUIET),
    "warning": ("!", WARN),
}
"""The sign of each verdict, and of what must not be overlooked, with its colour; told apart by shape, and beside words."""


def write_pdf(document: Document, path: Path) -> None:
    """Write the report; the same document gives the same bytes."""
    path.write_bytes(typeset("report.typ", paper_of(document)))


def typeset(template: str, content: Mapping[str, Any]) -> bytes:
    """Return a template of ours, set with content that it reads as data, as the bytes of a PDF."""
    try:
        import typst
    except ImportError:
        raise MissingExtraError(
            "Writing a PDF needs the package 'typst', which is not installed. Run: pip install \"trustmeter[report]\""
        ) from None
    import matplotlib

    source = (resources.files("trustmeter.present") / "templates" / template).read_bytes()
    fonts: Any = [
        str(Path(matplotlib.get_data_path()) / "fonts" / "ttf")
    ]  # DejaVu Sans, in which pictures are drawn, too
    made = typst.compile(
        source, format="pdf", font_paths=fonts, ignore_system_fonts=True, pdf_standards=["ua-1"],
        sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
    )  # fmt: skip
    return bytes(made)


def paper_of(document: Document) -> dict[str, Any]:
    """Return a document as plain data for the template."""
    phrases = load_phrases(document.language, where="report")
    return {
        "language": document.language,
        "title": document.title,
        "version": Provenance().package_version,
        "mark": phrases.say("simulated.mark") if document.simulated else "",
        "banner": phrases.say("simulated.banner"),
        "words": {
            "methods": phrases.say("report.methods"),
            "notes": phrases.say("report.notes"),
            "how": phrases.say("paper.how"),
        },
        "signs": SIGNS,
        "padding": PADDING,
        "front": _front(document, phrases),
        "body": _runs(body_of(document)),
        "methods": [
            {"id": one.id, "name": one.name, "text": one.text, "formula": one.formula, "sources": one.sources}
            for one in document.methods
        ],
        "facts": [{"name": one.name, "text": one.text, "language": one.language} for one in document.facts],
        "notes": [{"text": note.text, "language": note.language} for note in document.notes],
        "appendix": _runs(blocks_of(document.appendix)),
    }


def _front(document: Document, phrases: Phrases) -> dict[str, Any]:
    """Return page one: the answer, what must be read with it, one picture, whom it speaks for, how sure it is."""
    front, say = document.front, phrases.say
    if front is None:
        return {
            "answer": _section(say("report.answer"), document.standing, document.findings),
            "nothing": say("report.nothing"), "picture": None, "warning": None, "beside": [],
        }  # fmt: skip
    beside = ((say("front.people"), front.people), (say("front.sure"), front.sure))
    return {
        "answer": _section(say("report.answer"), (), front.answer),
        "nothing": say("report.nothing"),
        "picture": None if front.picture is None else _drawn("front", front.picture),
        "warning": _section(say("front.warning"), front.warnings) if front.warnings else None,
        "beside": [_section(title, sentences) for title, sentences in beside if sentences],
    }


def _section(title: str, sentences: Sequence[str], findings: Sequence[Finding] = ()) -> dict[str, Any]:
    return {"title": title, "sentences": sentences, "findings": _found(findings)}


def _runs(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """Return blocks in runs of pages that are turned alike."""
    grouped = groupby(blocks, key=lambda block: block.turned)
    return [{"turned": turned, "blocks": [_plain(block) for block in run]} for turned, run in grouped]


def _plain(block: Block) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"kind": "heading", "level": block.level, "id": block.id, "text": block.text}
    if isinstance(block, Words):
        return {"kind": block.kind, "text": block.text, "method": block.method}
    if isinstance(block, Findings):
        return {"kind": "findings", "findings": _found(block.findings)}
    if isinstance(block, Picture):
        return _drawn(block.id, block.chart)
    return _grid(block)


def _found(findings: Sequence[Finding]) -> list[dict[str, str]]:
    return [{"verdict": one.verdict, "sentence": one.sentence} for one in findings]


def _drawn(name: str, chart: Chart) -> dict[str, Any]:
    width, height = chart.get_size_inches()
    return {
        "kind": "picture",
        "svg": chart.to_svg(salt=name),
        "alt": f"{chart.heading} {chart.alt}".strip(),
        "width": 72.0 * float(width),
        "height": 72.0 * float(height),
    }


def _grid(block: Grid) -> dict[str, Any]:
    layout, table = block.layout, block.table
    return {
        "kind": "table",
        "caption": table.caption,
        "size": layout.size,
        "widths": layout.widths,
        "numeric": layout.numeric,
        "headings": [table.headings[at] for at in layout.columns],
        "groups": rows_of(table, layout),
    }
