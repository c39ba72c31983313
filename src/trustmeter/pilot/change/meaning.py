"""What a change means: beside nothing, and beside the smallest change that was declared to matter."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from trustmeter.errors import DesignError, unknown_word
from trustmeter.options import Adjustment
from trustmeter.pilot.change.inference import Inference
from trustmeter.stats.multiplicity import adjusted

Verdict = Literal["increase", "decrease", "no_relevant_change", "inconclusive", "suppressed"]
"""What can be said of a scale. ``inconclusive`` does not mean that nothing changed."""

ROUNDING = 1e-12
"""An exact p of 1/20 is no larger than a level of 0.05, however both are stored."""

SmallestEffect = float | Mapping[str, float] | None


@dataclass(frozen=True, slots=True)
class Claim:
    """The strongest claim that a scale's numbers come near to, and how well they bear it.

    Parameters
    ----------
    verdict
        ``"increase"``, ``"decrease"`` or ``"no_relevant_change"``: what would be said if `p_value` is small enough.
    p_value
        Of the claim: that the truth is beyond the smallest effect (two-sided), or within it on both sides.
    p_equivalence
        Of two one-sided tests that the truth lies within the smallest effect; missing without one.
    smallest
        The smallest effect that matters, in points; 0 where none was declared.
    p_adjusted
        `p_value` allowing for the other scales of the call.
    """

    verdict: Verdict
    p_value: float
    p_equivalence: float
    smallest: float
    p_adjusted: float = math.nan


def claim_of(found: Inference, smallest: float) -> Claim:
    """Return the claim that the numbers come nearest to; all of them exclude each other.

    With a smallest effect s > 0 the three claims are: truth > s, truth < -s, and -s < truth < s. Exactly one of them can
    be true, so each may be tested at the full level (partitioning principle).
    """
    if math.isnan(found.p_value):
        return Claim("inconclusive", math.nan, math.nan, smallest)
    if smallest == 0:
        return Claim("increase" if found.estimate > 0 else "decrease", found.p_value, math.nan, 0.0)
    below_low, above_low = found.one_sided(-smallest)
    below_high, above_high = found.one_sided(smallest)
    within = max(above_low, below_high)
    tests: dict[Verdict, float] = {
        "increase": _beyond(found, smallest, above_high),
        "decrease": _beyond(found, -smallest, below_low),
        "no_relevant_change": within,
    }
    nearest = min(tests, key=lambda name: tests[name])
    return Claim(nearest, tests[nearest], within, smallest)


def _beyond(found: Inference, bound: float, one_sided: float) -> float:
    """Return the two-sided p value that the truth lies beyond a bound; never one that the interval contradicts."""
    doubled = min(2 * one_sided, 1.0)
    if found.two_sided is None:
        return doubled
    outside = found.estimate > bound if bound > 0 else found.estimate < bound
    return max(doubled, found.two_sided(bound)) if outside else 1.0


def settled(
    claims: Mapping[str, Claim | None],
    adjustment: Adjustment,
    level: float,
    together: Mapping[str, float] | None = None,
) -> dict[str, tuple[Claim | None, Verdict]]:
    """Return each scale's claim with its adjusted p, and the verdict; ``None`` stands for a suppressed scale.

    `together` holds adjusted p values from joint draws; they take the place of `adjustment`.
    """
    p_values = np.array([math.nan if claim is None else claim.p_value for claim in claims.values()])
    by_rank = adjusted(p_values, adjustment)
    told = by_rank if together is None else np.array([together.get(scale, math.nan) for scale in claims])
    result: dict[str, tuple[Claim | None, Verdict]] = {}
    for (scale, claim), p_adjusted in zip(claims.items(), told, strict=True):
        if claim is None:
            result[scale] = None, "suppressed"
        else:
            done = replace(claim, p_adjusted=float(p_adjusted))
            result[scale] = done, done.verdict if done.p_adjusted <= level + ROUNDING else "inconclusive"
    return result


def smallest_effects(given: SmallestEffect, scales: Sequence[str]) -> dict[str, float]:
    """Return the smallest effect that matters of each scale, in points; 0 where none was declared.

    Raises
    ------
    DesignError
        When one is no number above zero, or a scale is not compared.
    """
    by_scale = dict(given) if isinstance(given, Mapping) else dict.fromkeys(scales, given)
    for scale, value in by_scale.items():
        if scale not in scales:
            raise DesignError(unknown_word("`smallest_effect` scale", scale, scales, "`compare`"))
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < float(value) < math.inf:
            message = "The `smallest_effect` of `compare` is a number of points above zero, or one a scale."
            raise DesignError(f"{message} Got {value!r}.")
    return {scale: float(by_scale.get(scale) or 0.0) for scale in scales}
