"""From results of weighting to their pictures: who answered, what weights mended, how unequal they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_IN_A_CELL
from trustmeter.present.phrases import Phrases
from trustmeter.present.sheet import MARGIN, WIDE, Chart, Sheet, wrap
from trustmeter.present.weighting.balance import draw_balance
from trustmeter.present.weighting.panels import write_heading, write_under
from trustmeter.present.weighting.shares import draw_shares
from trustmeter.present.weighting.spread import Bar, bars_of, draw_spread
from trustmeter.present.weighting.told import (
    CategoryRow,
    Found,
    MarginRows,
    category_told,
    cost_of,
    gap_told,
    in_wave,
    margins_in,
    people_of_waves,
    sides_of,
    variable_told,
)
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.labels import row_labels
from trustmeter.weighting.representing import Representation
from trustmeter.weighting.result import Weighting


def draw_representation(
    found: Found, scale: str | None, phrases: Phrases, *, titled: bool = True, questionnaire: Questionnaire | None = None,
    people: Mapping[str, float] | None = None, told: Sequence[str] = (),
) -> Chart:  # fmt: skip
    """Draw who answered against who lives there; `people` by wave where the result does not tell how many there are."""
    del questionnaire
    _refuse_scale(scale)
    margins = margins_in(found)
    if not margins:
        raise DesignError(
            "`plot` finds no margins in this result, so there is nobody to hold those who answered against."
        )
    counted = people or {one.wave: math.nan for one in margins} | {
        one.wave: one.people for one in margins if math.isfinite(one.people)
    }
    hidden = any(row.hidden for one in margins for row in one.rows)
    heading = phrases.say("margins.heading")
    return draw_shares(
        margins, sides_of(found), phrases, heading=heading, alt=shares_told(margins, sides_of(found), phrases), people=counted,
        titled=titled, watermark=_mark(found, phrases),
        told=[*([phrases.say("margins.hidden_told")] if hidden else []), *told],
    )  # fmt: skip


def draw_weighting(
    found: Weighting, scale: str | None, phrases: Phrases, *, titled: bool = True, questionnaire: Questionnaire | None = None
) -> Chart:  # fmt: skip
    """Draw what weighting mended, and below it how unequal the weights are."""
    return picture_of_weights(
        found, scale, phrases, titled=titled, questionnaire=questionnaire, balance=True, spread=True
    )


def draw_balance_only(
    found: Weighting, scale: str | None, phrases: Phrases, *, titled: bool = True, questionnaire: Questionnaire | None = None
) -> Chart:  # fmt: skip
    """Draw what weighting mended."""
    return picture_of_weights(
        found, scale, phrases, titled=titled, questionnaire=questionnaire, balance=True, spread=False
    )


def draw_weights_only(
    found: Weighting, scale: str | None, phrases: Phrases, *, titled: bool = True, questionnaire: Questionnaire | None = None
) -> Chart:  # fmt: skip
    """Draw how unequal the weights are."""
    return picture_of_weights(
        found, scale, phrases, titled=titled, questionnaire=questionnaire, balance=False, spread=True
    )


def picture_of_weights(
    found: Weighting, scale: str | None, phrases: Phrases, *, balance: bool, spread: bool, titled: bool = True,
    questionnaire: Questionnaire | None = None, steps: Mapping[str, float] | None = None, fewest: int = FEWEST_IN_A_CELL,
) -> Chart:  # fmt: skip
    """Draw what weighting mended, how unequal the weights are, or both.

    Parameters
    ----------
    steps
        By wave: what shares of people are rounded to; waves that are not in it are left out. ``None``: nothing is rounded.
    fewest
        The smallest number of people that a bar may hold.
    """
    del questionnaire
    _refuse_scale(scale)
    margins = margins_in(found)
    balance = balance and bool(margins)
    bars = _bars(found, steps, fewest) if spread else {}
    if not balance and not bars:
        raise DesignError("`plot` finds no margins in this result. Leave `view` out, or take `view='weights'`.")
    parts = [name for name, there in (("balance", balance), ("weights", bool(bars))) if there]
    heading = phrases.say(f"margins.{'_and_'.join(parts)}_heading")
    sheet = Sheet(WIDE)
    write_heading(sheet, heading, titled=titled)
    alt = []
    if balance:
        draw_balance(sheet, margins, sides_of(found), phrases)
        alt += [phrases.say("margins.balance_alt"), gaps_told(margins, sides_of(found), phrases)]
    if bars:
        if balance:
            title = phrases.say("margins.weights_heading")
            sheet.y = sheet.lines(0.0, sheet.y + 0.2, wrap(title, WIDE, 10.0, "bold"), size=10.0, weight="bold") + 0.06
        draw_spread(sheet, bars, phrases)
        cost = [one for wave in bars for one in cost_told(found, wave, phrases)]
        write_under(sheet, [_how_to_read(bars, fewest, phrases), *(cost if titled else [])])
        alt += [phrases.say("margins.weights_alt"), *cost]
    margin = MARGIN if titled else 0.02
    return sheet.finish(
        heading=heading, alt=" ".join(alt), language=phrases.language, watermark=_mark(found, phrases), margin=margin
    )


def _bars(found: Weighting, steps: Mapping[str, float] | None, fewest: int) -> dict[str, list[Bar]]:
    column, weights = found.answers.roles.wave, found.weights
    people = people_of_waves(found)
    bars = {}
    for wave in people:
        if steps is not None and wave not in steps:
            continue
        inside = (
            weights
            if column is None
            else weights[(row_labels(found.answers.frame[column]) == wave).to_numpy(dtype=bool)]
        )
        bars[wave] = bars_of(inside, fewest, (steps or {}).get(wave, 0.0))
    return bars


def _how_to_read(bars: Mapping[str, Sequence[Bar]], fewest: int, phrases: Phrases) -> str:
    told = phrases.say("margins.weights_told", n=phrases.whole(fewest))
    ends = any(bar.open_below or bar.open_above for one in bars.values() for bar in one)
    return f"{told} {phrases.say('margins.weights_ends')}" if ends else told


def cost_told(found: Weighting, wave: str, phrases: Phrases) -> list[str]:
    """Return what unequal weights cost in one wave; nothing where that is not known."""
    effect = cost_of(found, wave, "design_effect")
    if not math.isfinite(effect):
        return []
    decimals = 1 if math.isclose(10 * effect, round(10 * effect)) else 2
    gaps = {"effect": phrases.number(effect, decimals), "effective": phrases.whole(100 / effect)}
    return [in_wave(wave, phrases.say("margins.cost", **gaps), phrases)]


def shares_told(margins: Sequence[MarginRows], sides: Sequence[str], phrases: Phrases) -> str:
    """Return the shares in sentences, for those who hear the picture."""
    told = []
    for one in margins:
        rows = [_share_told(one, row, sides, phrases) for row in one.rows]
        told.append(in_wave(one.wave, f"{variable_told(one.name, phrases)} – {_listed(rows, phrases)}.", phrases))
    return " ".join(told)


def _share_told(one: MarginRows, row: CategoryRow, sides: Sequence[str], phrases: Phrases) -> str:
    shares = [phrases.say("margins.share_of.population", share=phrases.percent(row.target))]
    if row.hidden:
        shares.append(phrases.say("margins.hidden"))
    else:
        shares += [phrases.say(f"margins.share_of.{side}", share=phrases.percent(row.shares[side])) for side in sides]
    return f"{category_told(one.name, row.label, phrases)}: {', '.join(shares)}"


def gaps_told(margins: Sequence[MarginRows], sides: Sequence[str], phrases: Phrases) -> str:
    """Return the standardised differences in sentences."""
    told = []
    for one in margins:
        rows = [
            f"{category_told(one.name, row.label, phrases)} " + (
                phrases.say("margins.hidden") if row.hidden else " → ".join(gap_told(row.gaps[side], phrases) for side in sides)
            )
            for row in one.rows
        ]  # fmt: skip
        told.append(in_wave(one.wave, f"{variable_told(one.name, phrases)} – {_listed(rows, phrases)}.", phrases))
    return " ".join(told)


def _listed(rows: Sequence[str], phrases: Phrases) -> str:
    return (" ; " if phrases.language == "fr" else "; ").join(rows)


def _refuse_scale(scale: str | None) -> None:
    if scale is not None:
        raise DesignError("The `scale` argument of `plot` belongs to results about scales. Leave it out.")


def _mark(found: Representation | Weighting, phrases: Phrases) -> str:
    return phrases.say("simulated.mark") if found.simulated else ""
