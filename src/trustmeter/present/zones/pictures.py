"""From zones side by side, and from their ranks, to pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from trustmeter.present.meter.field import steps_between
from trustmeter.present.meter.pictures import check_scale, watermark
from trustmeter.present.palette import INK
from trustmeter.present.phrases import Phrases
from trustmeter.present.reading import in_order, scale_name
from trustmeter.present.sheet import Chart, Sheet
from trustmeter.present.zones.panels import Look, Panel, Row, draw_panels
from trustmeter.present.zones.rank_bars import ROW_HEIGHT, Bar, draw_bar, open_sample, rank_sample, sure_sample
from trustmeter.present.zones.side_by_side import (
    Dot,
    Drawn,
    average_sample,
    draw_zone,
    leaning_sample,
    row_height,
    wave_sample,
)
from trustmeter.present.zones.told import (
    Line,
    decimals_of,
    lines_of,
    orders_told,
    ranks_told,
    value_told,
    verdict_told,
)
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.zones.order import ZoneRanking
from trustmeter.zones.pooling import AVERAGE, MEAN, POOLED
from trustmeter.zones.result import ZoneProfile

Sample = tuple[Callable[[Sheet, float, float], None], str]

_MOST_TICKS = 12
"""A rank axis with more zones leaves every second rank out."""


def draw_profile(
    found: ZoneProfile,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw each zone's mean, a panel a scale, zones by name; of one wave also leaning towards the average."""
    check_scale(found, scale)
    scales = [one for one in in_order(found.scales, questionnaire) if scale in (None, one)]
    panels = [_profile_panel(found, one, name, phrases) for one, name in _named(scales, questionnaire, phrases)]
    leaning = any(row.drawn is not None and row.drawn.leaning for panel in panels for row in panel.rows)
    ends = _ends(panels)
    ticks = steps_between(*ends, 5 if len(panels) > 1 else 7)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    decimals = max(0, math.ceil(-math.log10(step) - 1e-9))
    title = phrases.say("zone_profile.axis", level=phrases.level(found.conf_level))
    legend = _profile_legend(found, leaning, any(panel.downs for panel in panels), phrases)
    told = [phrases.say("zone_profile.no_league")]
    told += [phrases.say("zone_profile.leaning")] if leaning else []
    told += [phrases.say("zone_profile.no_test")] if len(found.waves) > 1 else []
    look = Look(
        xs=ends, ticks=[(value, phrases.number(value, decimals)) for value in ticks], title=title, draw=draw_zone,
        tall=row_height(max(1, len(found.waves)), leaning), legend=legend, told=told,
    )  # fmt: skip
    heading = _heading(
        "zone_profile.heading", scales, found.waves[0] if len(found.waves) == 1 else "", questionnaire, phrases
    )
    alt = " ".join([f"{heading}.", *(_profile_alt(found, one, questionnaire, phrases) for one in scales), *told])
    return draw_panels(
        panels, look, phrases, heading=heading, alt=alt, titled=titled, watermark=watermark(found, phrases)
    )  # fmt: skip


def draw_ranking(
    found: ZoneRanking,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw the ranks that each zone may hold, a panel a scale, zones by name."""
    check_scale(found, scale)
    scales = [one for one in in_order(found.orders, questionnaire) if scale in (None, one)]
    ranked = [one for one in scales if found.verdicts[one]]
    panels = [_rank_panel(found, one, name, phrases) for one, name in _named(ranked, questionnaire, phrases)]
    most = max((len(found.zones[one]) for one in ranked), default=2)
    step = 1 if most <= _MOST_TICKS else 2
    bars = [row.drawn for panel in panels for row in panel.rows]
    legend: list[Sample] = (
        [(sure_sample, phrases.say("zone_ranking.mark.sure"))] if any(bar.sure for bar in bars) else []
    )
    legend += [(open_sample, phrases.say("zone_ranking.mark.open"))] if any(not bar.sure for bar in bars) else []
    legend += [(rank_sample, phrases.say("zone_ranking.mark.rank"))] if bars else []
    told = orders_told(found, scales, questionnaire, phrases)
    told += [phrases.say("zone_ranking.read"), phrases.say("zone_ranking.not_why")] if ranked else []
    title = phrases.say(f"zone_ranking.axis.{found.method}", level=phrases.level(found.conf_level)) if ranked else ""
    look = Look(
        xs=(0.5, most + 0.5), ticks=[(rank, phrases.whole(rank)) for rank in range(1, most + 1, step)], title=title,
        draw=draw_bar, tall=ROW_HEIGHT, legend=legend, told=told, wide=3,
    )  # fmt: skip
    heading = _heading("zone_ranking.heading", scales, found.wave, questionnaire, phrases)
    alt = " ".join([heading, *told, *(_rank_alt(found, one, questionnaire, phrases) for one in ranked)])
    return draw_panels(
        panels, look, phrases, heading=heading, alt=alt, titled=titled, watermark=watermark(found, phrases)
    )  # fmt: skip


def _heading(key: str, scales: Sequence[str], wave: str, questionnaire: Questionnaire | None, phrases: Phrases) -> str:
    heading = phrases.say(key) + (f" ({wave})" if wave else "")
    return f"{scale_name(scales[0], questionnaire, phrases.language)} – {heading}" if len(scales) == 1 else heading


def _named(scales: Sequence[str], questionnaire: Questionnaire | None, phrases: Phrases) -> list[tuple[str, str]]:
    """Return each scale with the heading of its panel; one scale alone is named by the picture's heading."""
    return [(one, scale_name(one, questionnaire, phrases.language) if len(scales) > 1 else "") for one in scales]


def _profile_panel(found: ZoneProfile, scale: str, heading: str, phrases: Phrases) -> Panel:
    waves = found.waves or ("",)
    means = [{str(row["zone"]): row for row in lines_of(found, scale, MEAN, wave)} for wave in waves]
    leaning = {str(row["zone"]): row for row in lines_of(found, scale, POOLED)} if len(waves) == 1 else {}
    averages = [float(row["estimate"]) for row in lines_of(found, scale, AVERAGE)] if len(waves) == 1 else []
    rows = [
        _profile_row(zone, [one.get(zone) for one in means], leaning.get(zone), decimals_of(found, scale, MEAN), phrases)
        for zone in found.zones
    ]  # fmt: skip
    return Panel(heading, rows, [(value, INK) for value in averages])


def _profile_row(zone: str, lines: Sequence[Line | None], leaning: Line | None, decimals: int, phrases: Phrases) -> Row:
    dots = [None if line is None or not _shown(line) else _dot(line) for line in lines]
    if not any(dots):
        return Row(zone, instead=phrases.say("cell.too_few"))
    known = [line for line in lines if line is not None and _shown(line)]
    told = [value_told(line, phrases, decimals) for line in known]
    if len(lines) > 1:
        told = [phrases.number(dot.value, decimals) if dot else "–" for dot in dots]
    return Row(zone, Drawn(dots, None if leaning is None else _dot(leaning)), " → ".join(told))


def _shown(line: Line) -> bool:
    return not line["suppressed"] and math.isfinite(float(line["estimate"]))


def _dot(line: Line) -> Dot:
    return Dot(float(line["estimate"]), float(line["ci_low"]), float(line["ci_high"]))


def _profile_legend(found: ZoneProfile, leaning: bool, average: bool, phrases: Phrases) -> list[Sample]:
    """Return the marks that are there, with their words."""
    waves = found.waves if len(found.waves) > 1 else ("",)
    words = [wave or phrases.say("zone_profile.mark.own") for wave in waves]
    entries: list[Sample] = [(wave_sample(len(waves) - 1 - place), told) for place, told in enumerate(words)]
    entries += [(leaning_sample, phrases.say("zone_profile.mark.leaning"))] if leaning else []
    return [*entries, (average_sample, phrases.say("zone_profile.mark.average"))] if average else entries


def _ends(panels: Sequence[Panel]) -> tuple[float, float]:
    """Return the ends of the axis: all intervals, and a little beside them."""
    drawn = [row.drawn for panel in panels for row in panel.rows if row.drawn is not None]
    dots = [dot for one in drawn for dot in (*one.waves, one.leaning) if dot is not None]
    values = [end for dot in dots for end in (dot.value, dot.low, dot.high) if math.isfinite(end)]
    low, high = min(values, default=0.0), max(values, default=100.0)
    pad = 0.04 * ((high - low) or 1.0)
    return low - pad, high + pad


def _profile_alt(found: ZoneProfile, scale: str, questionnaire: Questionnaire | None, phrases: Phrases) -> str:
    name, decimals = scale_name(scale, questionnaire, phrases.language), decimals_of(found, scale, MEAN)
    parts = []
    for wave in found.waves or ("",):
        told = [f"{row['zone']} {value_told(row, phrases, decimals)}" for row in lines_of(found, scale, MEAN, wave)]
        told += [
            f"{phrases.say('zone_profile.mark.average')} {value_told(row, phrases, decimals)}"
            for row in lines_of(found, scale, AVERAGE, wave)
        ]
        head = ", ".join(filter(None, [name, wave]))
        parts.append(phrases.say("zone_ranking.of_scale", scale=head, told=f"{'; '.join(told)}."))
    return " ".join(parts)


def _rank_panel(found: ZoneRanking, scale: str, heading: str, phrases: Phrases) -> Panel:
    verdicts = found.verdicts[scale]
    rows = []
    for zone, verdict in verdicts.items():
        low, high = found.ranks(zone, scale)
        rank = int(found.row("rank_simultaneous", zone, scale)["estimate"])
        words = verdict_told(verdict, (low, high), len(verdicts), phrases)
        rows.append(Row(zone, Bar(low, high, rank, verdict != "cannot_tell"), words))
    return Panel(heading, rows)


def _rank_alt(found: ZoneRanking, scale: str, questionnaire: Questionnaire | None, phrases: Phrases) -> str:
    name = scale_name(scale, questionnaire, phrases.language)
    told = [
        phrases.say("zone_ranking.may_hold", zone=zone, ranks=ranks_told(found.ranks(zone, scale), phrases))
        for zone in found.verdicts[scale]
    ]
    return phrases.say("zone_ranking.of_scale", scale=name, told=f"{'; '.join(told)}.")
