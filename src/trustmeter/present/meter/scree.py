"""The scree of eigenvalues beside those of answers that have nothing in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trustmeter.present.meter.field import Field, draw_axes, draw_curve
from trustmeter.present.palette import ACCENT, CATEGORICAL, GROUND, HAIRLINE, INK, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.sheet import MARGIN, SMALL, WIDE, Chart, Sheet, text_width, wrap


@dataclass(frozen=True, slots=True)
class Scree:
    """Eigenvalues, largest first.

    Parameters
    ----------
    observed, random_mean, random_high
        Of the answers, and the mean and 95th percentile of random ones.
    suggested
        How many factors parallel analysis suggests.
    told
        The sentence under the picture.
    """

    observed: Sequence[float]
    random_mean: Sequence[float]
    random_high: Sequence[float]
    suggested: int
    told: str


def draw_scree(
    scree: Scree, phrases: Phrases, *, heading: str, alt: str, titled: bool = True, watermark: str = ""
) -> Chart:
    """Draw the eigenvalues as a line, those of random answers as a dashed one; dots above it are filled."""
    sheet = Sheet(WIDE)
    if titled:
        sheet.y = sheet.lines(0.0, 0.02, wrap(heading, sheet.width, 11.0, "bold"), size=11.0, weight="bold") + 0.12
    top = max([*scree.observed, *scree.random_high]) * 1.06
    lowest = min([0.0, *scree.observed])
    field = Field(0.5, sheet.y + 0.05, WIDE - 0.6, 2.7, (0.5, len(scree.observed) + 0.5), (lowest, top))
    draw_axes(
        sheet,
        field,
        tell_x=lambda value: phrases.number(value, 0),
        tell_y=lambda value: phrases.number(value, 1),
        most=(14, 5),
    )
    numbers = [float(number) for number in range(1, len(scree.observed) + 1)]
    draw_curve(sheet, field, numbers, scree.random_mean, colour=HAIRLINE, width=1.0)
    draw_curve(sheet, field, numbers, scree.random_high, colour=CATEGORICAL[2], width=1.6)
    draw_curve(sheet, field, numbers, scree.observed, colour=ACCENT, width=1.6)
    for place, (number, value) in enumerate(zip(numbers, scree.observed, strict=True)):
        fill = ACCENT if place < scree.suggested else GROUND
        sheet.mark(field.x(number), field.y(value), "o", colour=ACCENT, fill=fill, size=6.0)
    words = phrases.say("scree.axis")
    sheet.y = sheet.lines(field.left, sheet.y + 0.03, [words], size=SMALL, colour=QUIET)
    _legend(sheet, phrases)
    sheet.y = sheet.lines(0.0, sheet.y + 0.08, wrap(scree.told, sheet.width, SMALL), size=SMALL, colour=INK)
    margin = MARGIN if titled else 0.02
    return sheet.finish(heading=heading, alt=alt, language=phrases.language, watermark=watermark, margin=margin)


def _legend(sheet: Sheet, phrases: Phrases) -> None:
    x, y = 0.0, sheet.y + 0.16
    for key, colour in (("observed", ACCENT), ("random_high", CATEGORICAL[2]), ("random_mean", HAIRLINE)):
        words = phrases.say(f"scree.{key}")
        if x + 0.3 + text_width(words, SMALL) > sheet.width:
            x, y = 0.0, y + 0.22
        sheet.line((x, x + 0.22), (y, y), colour=colour, width=1.8)
        sheet.text(x + 0.3, y, words, size=SMALL, level="centre")
        x += 0.6 + text_width(words, SMALL)
    sheet.y = y + 0.12
