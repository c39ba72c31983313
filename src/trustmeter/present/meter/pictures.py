"""From results about the meter to their pictures: what is read out of each, and in which words."""

from __future__ import annotations

import math

from trustmeter.errors import DesignError
from trustmeter.present.meter.ladder import LadderRow, draw_ladder
from trustmeter.present.phrases import Phrases
from trustmeter.present.reading import scale_name
from trustmeter.present.sheet import Chart
from trustmeter.psychometrics.comparability.invariance import InvarianceResult
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.results import Result


def draw_invariance(
    found: InvarianceResult,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw which steps of comparability hold on each scale, and what the rest is worth in points."""
    chosen = [one for one in found.verdicts if scale in (None, one)]
    if not chosen:
        known = ", ".join(map(repr, found.verdicts))
        raise DesignError(f"There is no scale {scale!r} in this result. Its scales are: {known}.")
    rows = [_ladder_row(found, one, questionnaire, phrases) for one in chosen]
    heading = phrases.say("heading.invariance", groups=phrases.join(list(found.labels)))
    alt = " ".join(f"{row.name}: {phrases.say('invariance.verdict.' + row.verdict.replace(' ', '_'))}." for row in rows)
    return draw_ladder(
        rows, phrases, tolerance=float(found.provenance.options["tolerance"]), heading=heading, alt=alt, titled=titled,
        watermark=watermark(found, phrases),
    )  # fmt: skip


def watermark(found: Result, phrases: Phrases) -> str:
    """Return the mark of simulated data, or an empty text."""
    return phrases.say("simulated.mark") if found.simulated else ""


def _ladder_row(
    found: InvarianceResult, scale: str, questionnaire: Questionnaire | None, phrases: Phrases
) -> LadderRow:
    decisions = found.decisions
    mine = decisions[decisions["scale"] == scale] if "scale" in decisions else decisions
    table = found.table[found.table["scale"] == scale]
    unseen = table.loc[table["term"] == "unseen_bias", "estimate"]
    bias = table[table["term"] == "bias"]
    known = len(unseen) > 0
    if len(bias):
        worst = bias.iloc[int(bias["estimate"].abs().to_numpy().argmax())]
        value, low, high = float(worst["estimate"]), float(worst["ci_low"]), float(worst["ci_high"])
    else:
        value = low = high = 0.0 if known else math.nan
    name = scale_name(scale, questionnaire, phrases.language) if scale else phrases.say("invariance.items")
    return LadderRow(
        name, dict(zip(mine["step"], mine["holds"], strict=True)), found.verdicts[scale], value, low, high,
        float(unseen.iloc[0]) if known else math.nan,
    )  # fmt: skip
