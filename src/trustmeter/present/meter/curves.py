"""Curves of item response models: how answers change with the trait, and where the meter is sharp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trustmeter.present.meter.field import Field, draw_axes, draw_curve, shades
from trustmeter.present.palette import ACCENT, CATEGORICAL, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.sheet import MARGIN, SMALL, WIDE, Chart, Sheet, line_height, text_width, wrap

_ACROSS = 3
_HEIGHT = 1.15


@dataclass(frozen=True, slots=True)
class ItemCurves:
    """One item: the probability of each category along the trait.

    Parameters
    ----------
    item
        Its name.
    theta
        The trait.
    categories
        One curve a category, lowest first.
    turned
        Whether its answers were turned before the analysis.
    """

    item: str
    theta: Sequence[float]
    categories: Sequence[Sequence[float]]
    turned: bool = False

    @property
    def heading(self) -> str:
        """Its name, marked where its answers were turned."""
        return f"* {self.item}" if self.turned else self.item


@dataclass(frozen=True, slots=True)
class Sharpness:
    """The whole scale: information and standard error along the trait."""

    theta: Sequence[float]
    information: Sequence[float]
    std_error: Sequence[float]


def draw_curves(
    items: Sequence[ItemCurves], sharpness: Sharpness, phrases: Phrases, *, heading: str, alt: str, titled: bool = True,
    watermark: str = "",
) -> Chart:  # fmt: skip
    """Draw a small field an item, three across, then the information of the whole scale."""
    sheet = Sheet(WIDE)
    if titled:
        sheet.y = sheet.lines(0.0, 0.02, wrap(heading, sheet.width, 11.0, "bold"), size=11.0, weight="bold") + 0.12
    width = (WIDE - 0.1) / _ACROSS
    for first in range(0, len(items), _ACROSS):
        top = sheet.y
        row = items[first : first + _ACROSS]
        deepest = max(len(wrap(one.heading, width - 0.5, SMALL, "bold")) for one in row)
        for number, one in enumerate(row):
            sheet.y = top
            _item(sheet, one, (number * width, width), deepest, phrases)
        sheet.y += 0.12
    sheet.y = sheet.lines(0.0, sheet.y, wrap(phrases.say("irt.axis"), sheet.width, SMALL), size=SMALL, colour=QUIET)
    if any(one.turned for one in items):
        told = wrap(f"* {phrases.say('cell.reversed')}", sheet.width, SMALL)
        sheet.y = sheet.lines(0.0, sheet.y + 0.05, told, size=SMALL, colour=QUIET)
    _category_legend(sheet, max(len(one.categories) for one in items), phrases)
    _sharpness(sheet, sharpness, phrases)
    margin = MARGIN if titled else 0.02
    return sheet.finish(heading=heading, alt=alt, language=phrases.language, watermark=watermark, margin=margin)


def _item(sheet: Sheet, one: ItemCurves, place: tuple[float, float], deepest: int, phrases: Phrases) -> None:
    left, width = place
    lines = wrap(one.heading, width - 0.5, SMALL, "bold")
    sheet.lines(left + 0.38, sheet.y, lines, size=SMALL, weight="bold")
    top = sheet.y + deepest * line_height(SMALL) + 0.06
    field = Field(left + 0.38, top, width - 0.55, _HEIGHT, (one.theta[0], one.theta[-1]), (0.0, 1.0))
    draw_axes(
        sheet, field, tell_x=lambda value: phrases.number(value, 0), tell_y=lambda value: phrases.number(value, 1), most=(5, 3)
    )  # fmt: skip
    for colour, curve in zip(_colours(len(one.categories)), one.categories, strict=True):
        draw_curve(sheet, field, one.theta, curve, colour=colour, width=1.6)


def _colours(count: int) -> tuple[str, ...]:
    """Return a colour a category, lowest first; the pale middle of the house's colours is too faint for a line."""
    return tuple("#8c8c8c" if colour in ("#f7f7f7", "#fee0b6", "#d8daeb") else colour for colour in shades(count))


def _category_legend(sheet: Sheet, count: int, phrases: Phrases) -> None:
    x, y = 0.0, sheet.y + 0.14
    colours = _colours(count)
    for key, colour in (("lowest", colours[0]), ("highest", colours[-1])):
        words = phrases.say(f"irt.{key}")
        sheet.line((x, x + 0.22), (y, y), colour=colour, width=2.0)
        sheet.text(x + 0.3, y, words, size=SMALL, level="centre")
        x += 0.6 + text_width(words, SMALL)
    sheet.y = y + 0.2


def _sharpness(sheet: Sheet, sharp: Sharpness, phrases: Phrases) -> None:
    heading = phrases.say("irt.sharpness")
    sheet.y = (
        sheet.lines(0.0, sheet.y + 0.05, wrap(heading, sheet.width, SMALL, "bold"), size=SMALL, weight="bold") + 0.05
    )
    half = (WIDE - 0.3) / 2
    top = sheet.y
    for number, (key, values, colour) in enumerate(
        (("information", sharp.information, ACCENT), ("std_error", sharp.std_error, CATEGORICAL[2]))
    ):
        sheet.y = (
            sheet.lines(number * (half + 0.3) + 0.42, top, [phrases.say(f"irt.{key}")], size=SMALL, colour=QUIET) + 0.04
        )
        most = max(values) if key == "information" else min(max(values), 2.0)
        field = Field(
            number * (half + 0.3) + 0.42, sheet.y, half - 0.5, 1.4, (sharp.theta[0], sharp.theta[-1]), (0.0, 1.06 * most)
        )  # fmt: skip
        draw_axes(
            sheet, field, tell_x=lambda value: phrases.number(value, 0), tell_y=lambda value: phrases.number(value, 1), most=(6, 4)
        )  # fmt: skip
        draw_curve(sheet, field, sharp.theta, values, colour=colour, width=1.8)
