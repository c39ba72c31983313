"""What so many people can tell: the power by the size of the true change."""

from __future__ import annotations

import math

import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.pilot.planning.result import Plan
from trustmeter.present.meter.field import Field, draw_axes, draw_curve
from trustmeter.present.meter.pictures import watermark
from trustmeter.present.palette import ACCENT, CATEGORICAL, HAIRLINE, INK, QUIET
from trustmeter.present.phrases import Phrases
from trustmeter.present.sheet import MARGIN, SMALL, WIDE, Chart, Sheet, text_width, wrap
from trustmeter.questionnaire.model import Questionnaire

_TALL = 2.9


def draw_power(
    found: Plan,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw the power curve of the planned number of people, thinner ones of half and twice as many, and what was declared."""
    del questionnaire
    if scale is not None:
        raise DesignError("A plan is for any scale, so its picture has none to choose. Leave `scale` out.")
    sheet = Sheet(WIDE)
    heading, told = phrases.say("heading.power"), told_plan(found, phrases)
    if titled:
        sheet.y = sheet.lines(0.0, 0.02, wrap(heading, sheet.width, 11.0, "bold"), size=11.0, weight="bold") + 0.12
    curve = found.curve
    field = Field(0.55, sheet.y + 0.08, WIDE - 0.7, _TALL, (0.0, float(curve["change"].max())), (0.0, 1.0))
    draw_axes(
        sheet, field, tell_x=lambda value: phrases.number(value, 0 if value == round(value) else 1),
        tell_y=phrases.percent, most=(10, 5),
    )  # fmt: skip
    _guides(sheet, field, found)
    for size, part in curve.groupby("n", sort=False):
        if size != found.n:
            draw_curve(sheet, field, list(part["change"]), list(part["power"]), colour=HAIRLINE, width=1.0)
    mine = curve[curve["n"] == found.n]
    _band(sheet, field, mine)
    if "increase" in mine:
        draw_curve(sheet, field, list(mine["change"]), list(mine["increase"]), colour=CATEGORICAL[2], width=1.6)
    draw_curve(sheet, field, list(mine["change"]), list(mine["power"]), colour=ACCENT, width=2.2)
    detectable = found.value("detectable_change")
    if math.isfinite(detectable) and detectable <= field.xs[1]:
        sheet.mark(field.x(detectable), field.y(found.power), "o", colour=ACCENT, fill=ACCENT, size=7.0)
    sheet.y = sheet.lines(field.left, sheet.y + 0.03, [phrases.say("power.axis")], size=SMALL, colour=QUIET)
    _legend(sheet, found, phrases)
    sheet.y = sheet.lines(0.0, sheet.y + 0.08, wrap(told, sheet.width, SMALL), size=SMALL, colour=INK)
    alt = f"{heading}. {told}"
    margin = MARGIN if titled else 0.02
    mark = watermark(found, phrases)
    return sheet.finish(heading=heading, alt=alt, language=phrases.language, watermark=mark, margin=margin)


def told_plan(found: Plan, phrases: Phrases) -> str:
    """Return the plan in a language's sentences."""
    kind = "overlap" if found.design.linked == "overlap" else "different" if found.design.linked is False else "linked"
    who = phrases.say(f"power.who.{kind}", n=phrases.whole(found.n))
    pilot, comparison = found.areas
    if comparison:
        who = phrases.say("power.who.areas", who=who, pilot=pilot, comparison=comparison)
    elif pilot > 1:
        who = phrases.say("power.who.clusters", who=who, clusters=pilot)
    detectable, power = found.value("detectable_change"), phrases.percent(found.power)
    if not math.isfinite(detectable):
        return phrases.say("power.nothing", who=who)
    told = [phrases.say("power.told", who=who, change=phrases.number(detectable), power=power)]
    if found.smallest_effect is not None:
        smallest = phrases.number(found.smallest_effect)
        chance = phrases.percent(found.value("power_at_smallest_effect"))
        told.append(phrases.say("power.smallest_told", smallest=smallest, chance=chance))
        beyond = found.value("detectable_increase")
        if math.isfinite(beyond):
            told.append(phrases.say("power.beyond_told", smallest=smallest, change=phrases.number(beyond), power=power))
    return " ".join(told)


def _guides(sheet: Sheet, field: Field, found: Plan) -> None:
    """Mark the wanted power and the smallest effect, both dashed."""
    y = field.y(found.power)
    _dashed(sheet, (field.left, y), (field.left + field.width, y))
    if found.smallest_effect is not None and found.smallest_effect <= field.xs[1]:
        x = field.x(found.smallest_effect)
        _dashed(sheet, (x, field.top), (x, field.top + field.height))


def _dashed(sheet: Sheet, start: tuple[float, float], end: tuple[float, float]) -> None:
    length = math.dist(start, end)
    steps = max(round(length / 0.16), 1)
    for step in range(steps):
        first, last = step / steps, (step + 0.55) / steps
        xs = [start[0] + part * (end[0] - start[0]) for part in (first, last)]
        ys = [start[1] + part * (end[1] - start[1]) for part in (first, last)]
        sheet.line(xs, ys, colour=QUIET, width=1.0)


def _band(sheet: Sheet, field: Field, mine: pd.DataFrame) -> None:
    """Draw the range of the power at each true change, where there is one."""
    for row in mine.dropna(subset=["ci_low", "ci_high"]).itertuples():
        x = field.x(float(str(row.change)))
        low, high = field.y(float(str(row.ci_low))), field.y(float(str(row.ci_high)))
        sheet.line((x, x), (low, high), colour=CATEGORICAL[1], width=4.0)


def _legend(sheet: Sheet, found: Plan, phrases: Phrases) -> None:
    entries = [(phrases.say("power.planned", n=phrases.whole(found.n)), ACCENT, 2.2)]
    others = [phrases.whole(float(size)) for size in found.curve["n"].unique() if size != found.n]
    if others:
        entries.append((phrases.say("power.others", sizes=phrases.join(others)), HAIRLINE, 1.0))
    if "increase" in found.curve:
        entries.append((phrases.say("power.increase"), CATEGORICAL[2], 1.6))
    if found.curve["ci_low"].notna().any():
        drawn = found.provenance.options.get("method") == "simulation"
        entries.append((phrases.say("power.simulated" if drawn else "power.range"), CATEGORICAL[1], 4.0))
    x, y = 0.0, sheet.y + 0.16
    for words, colour, width in entries:
        if x > 0 and x + 0.3 + text_width(words, SMALL) > sheet.width:
            x, y = 0.0, y + 0.22
        sheet.line((x, x + 0.22), (y, y), colour=colour, width=width)
        sheet.text(x + 0.3, y, words, size=SMALL, level="centre")
        x += 0.6 + text_width(words, SMALL)
    sheet.y = y + 0.16
    words = phrases.say("power.dashed" if found.smallest_effect is None else "power.dashed_both")
    sheet.y = sheet.lines(0.0, sheet.y, wrap(words, sheet.width, SMALL), size=SMALL, colour=QUIET)
