"""Where each zone may stand: a bar over the ranks that it may hold."""

from __future__ import annotations

from dataclasses import dataclass

from trustmeter.present.meter.field import Field
from trustmeter.present.palette import ACCENT, FAINT, GROUND, HAIRLINE, INK
from trustmeter.present.sheet import Sheet

ROW_HEIGHT = 0.22
_HALF = 0.055


@dataclass(frozen=True, slots=True)
class Bar:
    """The ranks that a zone may hold, the rank of its mean, and whether anything is sure."""

    low: int
    high: int
    rank: int
    sure: bool


def draw_bar(sheet: Sheet, field: Field, bar: Bar, middle: float) -> None:
    """Draw one zone's ranks around `middle`."""
    left, right = field.x(bar.low - 0.4), field.x(bar.high + 0.4)
    _block(sheet, left, right, middle, sure=bar.sure)
    _point(sheet, field.x(bar.rank), middle)


def sure_sample(sheet: Sheet, x: float, y: float) -> None:
    """Draw the bar of a zone of which something is sure."""
    _block(sheet, x - 0.11, x + 0.11, y, sure=True)


def open_sample(sheet: Sheet, x: float, y: float) -> None:
    """Draw the bar of a zone that may hold any rank."""
    _block(sheet, x - 0.11, x + 0.11, y, sure=False)


def rank_sample(sheet: Sheet, x: float, y: float) -> None:
    """Draw the mark of a mean's rank."""
    _point(sheet, x, y)


def _block(sheet: Sheet, left: float, right: float, middle: float, *, sure: bool) -> None:
    fill, edge = (ACCENT, ACCENT) if sure else (FAINT, HAIRLINE)
    sheet.block(left, middle - _HALF, right - left, 2 * _HALF, fill=fill, edge=edge)


def _point(sheet: Sheet, x: float, y: float) -> None:
    sheet.mark(x, y, "o", colour=INK, fill=GROUND, size=4.4)
