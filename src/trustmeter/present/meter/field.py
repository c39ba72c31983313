"""A field with two axes on a sheet: where curves and points are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.ticker import MaxNLocator

from trustmeter.present.palette import FAINT, HAIRLINE, INK, MOST_STEPS, QUIET, diverging
from trustmeter.present.sheet import SMALL, Sheet, line_height

_TICK = 0.04


@dataclass(frozen=True, slots=True)
class Field:
    """A rectangle on a sheet (inches) and the values at its edges.

    Parameters
    ----------
    left, top, width, height
        The rectangle.
    xs, ys
        Lowest and highest value of each axis.
    """

    left: float
    top: float
    width: float
    height: float
    xs: tuple[float, float]
    ys: tuple[float, float]

    def x(self, value: float) -> float:
        """Return where a value of the horizontal axis stands."""
        return self.left + (value - self.xs[0]) / (self.xs[1] - self.xs[0]) * self.width

    def y(self, value: float) -> float:
        """Return where a value of the vertical axis stands."""
        return self.top + self.height - (value - self.ys[0]) / (self.ys[1] - self.ys[0]) * self.height


def steps_between(low: float, high: float, most: int) -> list[float]:
    """Return round values from `low` to `high`, at most about `most`."""
    found = MaxNLocator(nbins=most, steps=[1, 2, 5, 10]).tick_values(low, high)
    slack = 1e-9 * (high - low)
    return [float(value) for value in found if low - slack <= value <= high + slack]


def shades(count: int) -> tuple[str, ...]:
    """Return a colour a step, lowest first; where there are more steps than colours, neighbours share one."""
    colours = diverging(min(max(count, 2), MOST_STEPS))
    last = max(count - 1, 1)
    return tuple(colours[round(place * (len(colours) - 1) / last)] for place in range(count))


def draw_axes(
    sheet: Sheet, field: Field, *, tell_x: Callable[[float], str], tell_y: Callable[[float], str], most: tuple[int, int] = (6, 5)
) -> None:  # fmt: skip
    """Draw both axes with their values and a faint grid, and leave the sheet below them."""
    bottom = field.top + field.height
    for value in steps_between(*field.ys, most[1]):
        y = field.y(value)
        sheet.line((field.left, field.left + field.width), (y, y), colour=FAINT, width=0.6, behind=True)
        sheet.text(field.left - 0.07, y, tell_y(value), size=SMALL, align="right", level="centre", colour=QUIET)
    for value in steps_between(*field.xs, most[0]):
        x = field.x(value)
        sheet.line((x, x), (bottom, bottom + _TICK), colour=HAIRLINE)
        sheet.text(x, bottom + 0.06, tell_x(value), size=SMALL, align="center", colour=INK)
    sheet.line((field.left, field.left + field.width), (bottom, bottom), colour=HAIRLINE)
    sheet.y = bottom + 0.06 + line_height(SMALL)


def draw_curve(
    sheet: Sheet, field: Field, xs: Sequence[float], ys: Sequence[float], *, colour: str, width: float = 1.4
) -> None:  # fmt: skip
    """Draw a curve; what lies outside the field is left out."""
    low, high = field.ys
    inside = [(field.x(x), field.y(y)) for x, y in zip(xs, ys, strict=True) if low <= y <= high]
    sheet.line([x for x, _ in inside], [y for _, y in inside], colour=colour, width=width)
