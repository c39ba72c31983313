"""A report as one HTML page that needs nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

from trustmeter.present.phrases import load_phrases
from trustmeter.present.report.document import Document, Part


def write_html(document: Document, path: Path) -> None:
    """Write the page; its pictures are drawn into it, their words in the page's own font."""
    path.write_text(html_of(document), encoding="utf-8")


def html_of(document: Document) -> str:
    """Return the page as text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("trustmeter.present"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["svg"] = _svg
    say = load_phrases(document.language, where="report").say
    return environment.get_template("report.html.j2").render(document=document, say=say)


def _svg(part: Part) -> str:
    return "" if part.picture is None else part.picture.to_svg(salt=part.id, text_as_paths=False)
