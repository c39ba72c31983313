"""Screens of words: the answer, and whom it speaks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trustmeter.present.handout.canvas import BODY, LARGE, Canvas
from trustmeter.present.palette import ACCENT
from trustmeter.present.report.document import Finding
from trustmeter.present.report.typesetting import SIGNS
from trustmeter.present.sheet import Chart, line_height, wrap

HEAD, WARNING = "head", "warning"
"""Stand where a verdict would: the line is a heading; the line must be read with the answer."""

_SIZES = (26.0, 23.0, LARGE, 18.0, BODY, 14.0, 12.5)
_SIGN = 0.55
_BOLD = {HEAD, "increase", "decrease", "no_relevant_change"}
_SPACE = 0.45
"""Between lines, in line heights."""


def draw_words(canvas: Canvas, findings: Sequence[Finding]) -> Chart:
    """Write lines with the sign of their verdict, as large as fits."""
    width = canvas.width - _SIGN
    size = next((one for one in _SIZES if _height(findings, width, one) <= canvas.room), _SIZES[-1])
    sheet, y = canvas.sheet, canvas.top
    for finding in findings:
        bold = finding.verdict in _BOLD
        look: dict[str, Any] = {"size": size, "weight": "bold" if bold else "normal"}
        if finding.verdict == HEAD:
            y = sheet.lines(0.0, y, wrap(finding.sentence, canvas.width, size, "bold"), colour=ACCENT, **look)
        else:
            shape, colour = SIGNS.get(finding.verdict, ("•", ACCENT))
            sheet.text(0.12, y, shape, size=size, colour=colour, weight="bold")
            y = sheet.lines(_SIGN, y, wrap(finding.sentence, width, size, look["weight"]), **look)
        y += _SPACE * line_height(size)
    return canvas.finish(" ".join(finding.sentence for finding in findings))


def _height(findings: Sequence[Finding], width: float, size: float) -> float:
    lines = sum(len(wrap(finding.sentence, width, size, "bold")) for finding in findings)
    return (lines + _SPACE * (len(findings) - 1)) * line_height(size)
