"""The colours of pictures and pages: few, measured, and never alone in carrying a meaning."""

from __future__ import annotations

INK = "#1a1a1a"
"""Text and the outlines that matter."""

QUIET = "#4d4d4d"
"""Text beside the point, and marks that claim nothing; 8.5:1 on white."""

HAIRLINE = "#8c8c8c"
"""Zero lines, axes and outlines of segments; 3.4:1 on white."""

FAINT = "#e3e3e3"
"""Grids: seen, not read."""

BAND = "#f0ede4"
"""Between the bounds of the smallest effect: a wash with edges of its own."""

GROUND = "#ffffff"
"""The paper."""

ACCENT = "#1b4f72"
"""The one accent: conclusive marks, links and the rule under the title; 8.6:1 on white."""

DONT_KNOW = "#b3b3b3"
"""Don't know: grey, outside the bar."""

REFUSED = "#7a7a7a"
"""Prefer not to say: darker grey, outside the bar."""

HIDDEN = "#ffffff"
"""Pooled few answers: white under a hatch."""

CATEGORICAL = ("#1b4f72", "#b3b3b3", "#e08214", "#7a7a7a", "#d9cfe6")
"""For unordered kinds; ordered so that neighbours differ in lightness and read in grey too."""

_DIVERGING: dict[int, tuple[str, ...]] = {
    2: ("#e66101", "#5e3c99"),
    3: ("#f1a340", "#f7f7f7", "#998ec3"),
    4: ("#e66101", "#fdb863", "#b2abd2", "#5e3c99"),
    5: ("#e66101", "#fdb863", "#f7f7f7", "#b2abd2", "#5e3c99"),
    6: ("#b35806", "#f1a340", "#fee0b6", "#d8daeb", "#998ec3", "#542788"),
    7: ("#b35806", "#f1a340", "#fee0b6", "#f7f7f7", "#d8daeb", "#998ec3", "#542788"),
    8: ("#b35806", "#e08214", "#fdb863", "#fee0b6", "#d8daeb", "#b2abd2", "#8073ac", "#542788"),
    9: ("#b35806", "#e08214", "#fdb863", "#fee0b6", "#f7f7f7", "#d8daeb", "#b2abd2", "#8073ac", "#542788"),
    10: ("#7f3b08", "#b35806", "#e08214", "#fdb863", "#fee0b6",
         "#d8daeb", "#b2abd2", "#8073ac", "#542788", "#2d004b"),
    11: ("#7f3b08", "#b35806", "#e08214", "#fdb863", "#fee0b6", "#f7f7f7",
         "#d8daeb", "#b2abd2", "#8073ac", "#542788", "#2d004b"),
}  # fmt: skip
MOST_STEPS = max(_DIVERGING)
"""The most answer categories that a diverging bar can show apart."""


def diverging(steps: int) -> tuple[str, ...]:
    """Return the orange-to-purple colours of an ordered answer scale, lowest answer first.

    The sequences are PuOr of Cynthia Brewer's ColorBrewer (Apache-2.0). Of the diverging schemes tried, its five
    steps keep the largest smallest difference under the three kinds of colour blindness.

    Parameters
    ----------
    steps
        How many categories, 2 to 11. With an odd number the middle one is neutral.

    Raises
    ------
    KeyError
        For any other number: callers leave such items out and say so.
    """
    return _DIVERGING[steps]


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` (WCAG 2.2)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2), 1 to 21."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable_on(ground: str) -> str:
    """Return the text colour, black or white, that stands out most on a ground."""
    return max(("#000000", "#ffffff"), key=lambda colour: contrast(colour, ground))
