"""From results about the meter to their pictures: what is read out of each, and in which words."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from trustmeter.errors import DesignError
from trustmeter.present.meter.curves import ItemCurves, Sharpness, draw_curves
from trustmeter.present.meter.ladder import LadderRow, draw_ladder
from trustmeter.present.meter.loadings import Loading, draw_loadings
from trustmeter.present.meter.scree import Scree, draw_scree
from trustmeter.present.meter.threshold_map import ItemThresholds, draw_threshold_map
from trustmeter.present.phrases import Phrases
from trustmeter.present.reading import item_name, scale_name
from trustmeter.present.sheet import Chart
from trustmeter.psychometrics.comparability.invariance import InvarianceResult
from trustmeter.psychometrics.response.calibrate import IrtResult
from trustmeter.psychometrics.structure.confirmation import CfaResult
from trustmeter.psychometrics.structure.exploration.factors import FactorResult
from trustmeter.psychometrics.structure.exploration.retention import DimensionalityResult
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
    check_scale(found, scale)
    rows = [_ladder_row(found, one, questionnaire, phrases) for one in found.verdicts if scale in (None, one)]
    heading = phrases.say("heading.invariance", groups=phrases.join(list(found.labels)))
    unseen = [scale_name(one, questionnaire, phrases.language) for one in found.unexamined if scale is None]
    left_out = phrases.say("invariance.left_out", scales=phrases.join(unseen)) if unseen else ""
    alt = " ".join([*(_told_bias(row, phrases) for row in rows), *filter(None, [left_out])])
    return draw_ladder(
        rows, phrases, tolerance=float(found.provenance.options["tolerance"]), left_out=left_out, heading=heading, alt=alt,
        titled=titled, watermark=watermark(found, phrases),
    )  # fmt: skip


def draw_dimensionality(
    found: DimensionalityResult,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw the eigenvalues beside those of random answers."""
    del questionnaire
    check_scale(found, scale)
    table = found.eigenvalues
    told = phrases.say("scree.told", n=found.suggested)
    scree = Scree(
        list(table["observed"]), list(table["random_mean"]), list(table["random_95"]), found.suggested, told
    )  # fmt: skip
    heading = phrases.say("heading.scree", n=found.suggested)
    mark = watermark(found, phrases)
    values = "; ".join(phrases.number(float(value)) for value in scree.observed)
    alt = f"{heading}. {told} {phrases.say('scree.values', values=values)}"
    return draw_scree(scree, phrases, heading=heading, alt=alt, titled=titled, watermark=mark)


def draw_factors(
    found: FactorResult | CfaResult,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw the loadings of each item on each factor."""
    check_scale(found, scale)
    heading = phrases.say("heading.loadings")
    rows = _explored(found) if isinstance(found, FactorResult) else _confirmed(found, scale, questionnaire, phrases)
    strongest: dict[str, Loading] = {}
    for one in rows:
        if one.item not in strongest or abs(one.value) > abs(strongest[one.item].value):
            strongest[one.item] = one
    told = [f"{one.item}, {one.factor}: {phrases.number(one.value, 2)}." for one in strongest.values()]
    rows = [replace(one, item=item_name(one.item, questionnaire, phrases)) for one in rows]
    return draw_loadings(
        rows, phrases, heading=heading, alt=" ".join([f"{heading}.", *told]), titled=titled, watermark=watermark(found, phrases)
    )  # fmt: skip


def draw_response(
    found: IrtResult,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw how answers change along the trait, and where the scale is sharp."""
    check_scale(found, scale)
    curves, items, turned = found.curves(), [], found.sample.turned
    for name, part in curves.groupby("item", sort=False):
        wide = part.pivot(index="theta", columns="category", values="probability")
        known = item_name(str(name), questionnaire, phrases)
        items.append(ItemCurves(known, list(wide.index), [list(wide[one]) for one in wide.columns], name in turned))
    whole = found.test_information()
    sharp = Sharpness(list(whole["theta"]), list(whole["information"]), list(whole["std_error"]))
    scale_id = found.sample.scale
    trait = scale_name(scale_id, questionnaire, phrases.language) if scale_id else phrases.say("irt.trait")
    heading = phrases.say("heading.curves", scale=trait)
    best = whole.iloc[int(whole["information"].to_numpy().argmax())]
    numbers = {
        "information": phrases.number(best["information"]), "error": phrases.number(best["std_error"], 2)
    }  # fmt: skip
    sharpest = phrases.say("irt.sharpest", theta=phrases.number(best["theta"]))
    alt = f"{heading}. {sharpest} {phrases.say('irt.best', **numbers)}"
    return draw_curves(
        items, sharp, phrases, heading=heading, alt=alt, titled=titled, watermark=watermark(found, phrases)
    )  # fmt: skip


def draw_map(
    found: IrtResult,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw each item's thresholds under the distribution of people."""
    check_scale(found, scale)
    steps = found.table[found.table["term"].str.fullmatch(r"b\d+")]
    first = steps[steps["group"].isin(["", found.groups[0]])] if "group" in steps else steps
    items = [ItemThresholds(str(name), list(part["estimate"]), name in found.sample.turned)
             for name, part in first.groupby("item", sort=False)]  # fmt: skip
    people = phrases.say("irt.people_of", group=found.groups[0]) if found.groups[0] else phrases.say("irt.people")
    mean, sd = float(found.fit.means[0]), float(np.sqrt(found.fit.variances[0]))
    theta = np.linspace(mean - 3.5 * sd, mean + 3.5 * sd, 141)
    density = np.exp(-0.5 * ((theta - mean) / sd) ** 2)
    heading = phrases.say("heading.threshold_map")
    told = [
        f"{one.item}: {phrases.number(min(one.thresholds))} – {phrases.number(max(one.thresholds))}." for one in items
    ]
    items = [replace(one, item=item_name(one.item, questionnaire, phrases)) for one in items]
    return draw_threshold_map(
        items, (list(theta), list(density)), phrases, crowd_name=people, heading=heading, alt=" ".join([f"{heading}.", *told]),
        titled=titled, watermark=watermark(found, phrases),
    )  # fmt: skip


def _explored(found: FactorResult) -> list[Loading]:
    table = found.table[found.table["term"].str.startswith("loading ")]
    return [
        Loading(str(row.item), str(row.term).removeprefix("loading "), *_ends(row)) for row in table.itertuples()
    ]  # fmt: skip


def _confirmed(
    found: CfaResult, scale: str | None, questionnaire: Questionnaire | None, phrases: Phrases
) -> list[Loading]:
    table = found.table[found.table["term"] == "loading_standardized"]
    table = table if scale is None else table[table["scale"] == scale]
    known = {one.id for one in questionnaire.scales} if questionnaire else set()
    return [
        Loading(
            str(row.item), scale_name(str(row.scale), questionnaire, phrases.language) if row.scale in known else str(row.scale),
            *_ends(row),
        )
        for row in table.itertuples()
    ]  # fmt: skip


def _ends(row: Any) -> tuple[float, float, float]:
    """Return a row's estimate and limits."""
    return float(row.estimate), float(getattr(row, "ci_low", math.nan)), float(getattr(row, "ci_high", math.nan))


def watermark(found: Result, phrases: Phrases) -> str:
    """Return the mark of simulated data, or an empty text."""
    return phrases.say("simulated.mark") if found.simulated else ""


def check_scale(found: Result, scale: str | None) -> None:
    """Refuse a scale that the result does not have."""
    names = list(found.table["scale"].unique()) if "scale" in found.table else []
    known = [str(name) for name in names if name]
    if scale is not None and scale not in known:
        listed = f"Its scales are: {', '.join(map(repr, known))}." if known else "It has no scales; leave `scale` out."
        raise DesignError(f"There is no scale {scale!r} in this result. {listed}")


def _told_bias(row: LadderRow, phrases: Phrases) -> str:
    verdict = phrases.say(f"invariance.verdict.{row.verdict.replace(' ', '_')}")
    if not math.isfinite(row.bias):
        return f"{row.name}: {verdict}, {phrases.say('invariance.no_bias')}."
    numbers = {"bias": row.bias, "low": row.low, "high": row.high}
    said = {key: phrases.number(value, signed=True) for key, value in numbers.items()}
    unseen = phrases.number(row.unseen) if math.isfinite(row.unseen) else "?"
    return phrases.say("invariance.told", name=row.name, verdict=verdict, unseen=unseen, **said)


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
