"""How strong the evidence of one scale is: by the design, lowered by what weakens it, never raised by what it found."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

EvidenceStrength = Literal["none", "very_low", "low", "moderate", "high"]
"""How strong, from nothing at all upwards."""

EvidenceBasis = Literal["one_group", "comparison_areas", "randomized_areas"]
"""What the design allows: the same zone before and after, areas without the pilot beside, or areas that a lot chose."""

Comparability = Literal["comparable", "not_comparable", "undecided", "not_examined"]
"""Whether the scale measured the same thing in both waves."""

Lowered = Literal[
    "simulated", "suppressed", "inconclusive", "not_comparable", "comparability_undecided", "comparability_not_examined",
    "meter_weak", "meter_unknown", "many_lost", "loss_unknown",
]  # fmt: skip
"""Why evidence is weaker than its design."""

STRENGTHS: tuple[EvidenceStrength, ...] = get_args(EvidenceStrength)
STARTS: dict[EvidenceBasis, EvidenceStrength] = {
    "one_group": "low",
    "comparison_areas": "moderate",
    "randomized_areas": "high",
}
"""Where each design starts."""

WEAK_ALPHA = 0.70
"""Below this alpha a scale counts as a weak meter of groups, a rule of thumb (Nunnally & Bernstein 1994)."""

MANY_LOST = 0.20
"""Above this share of people lost between linked waves, loss counts as high, as in usual appraisals of trials."""

_COMPARABILITY: dict[Comparability, Lowered] = {
    "not_comparable": "not_comparable",
    "undecided": "comparability_undecided",
    "not_examined": "comparability_not_examined",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the strength of one scale's evidence goes by.

    Parameters
    ----------
    basis
        What the design allows.
    simulated
        Whether the answers were made up.
    verdict
        The word of the comparison; only whether it says anything counts, not what.
    comparability
        Whether the scale measured the same in both waves.
    alpha
        Its internal consistency; not a number where it is not known.
    linked
        Whether the same people were followed.
    share_lost
        Which share of them was lost; not a number where it is not known.
    """

    basis: EvidenceBasis
    simulated: bool
    verdict: str
    comparability: Comparability
    alpha: float
    linked: bool
    share_lost: float = math.nan


def strength_of(facts: Facts) -> tuple[EvidenceStrength, tuple[Lowered, ...]]:
    """Return how strong the evidence of a scale is, and all that lowered it.

    Simulated and suppressed results are no evidence. Every other reason takes one step away; a scale that did not measure the
    same in both waves goes to the lowest step. Nothing falls below *very low* but what is no evidence.

    Examples
    --------
    >>> strength_of(Facts("comparison_areas", False, "increase", "comparable", 0.85, linked=True, share_lost=0.3))
    ('low', ('many_lost',))
    >>> strength_of(Facts("one_group", False, "inconclusive", "comparable", 0.85, linked=False))
    ('very_low', ('inconclusive',))
    """
    nothing: list[Lowered] = [
        *(["simulated"] if facts.simulated else []),  # type: ignore[list-item]
        *(["suppressed"] if facts.verdict == "suppressed" else []),  # type: ignore[list-item]
    ]
    if nothing:
        return "none", tuple(nothing)
    reasons = _reasons(facts)
    step = STRENGTHS.index(STARTS[facts.basis]) - len(reasons)
    if "not_comparable" in reasons:
        step = 1
    return STRENGTHS[max(step, 1)], tuple(reasons)


def _reasons(facts: Facts) -> list[Lowered]:
    found: list[Lowered] = []
    if facts.verdict == "inconclusive":
        found.append("inconclusive")
    if facts.comparability in _COMPARABILITY:
        found.append(_COMPARABILITY[facts.comparability])
    if not facts.alpha >= WEAK_ALPHA:
        found.append("meter_unknown" if math.isnan(facts.alpha) else "meter_weak")
    if facts.linked and not facts.share_lost <= MANY_LOST:
        found.append("loss_unknown" if math.isnan(facts.share_lost) else "many_lost")
    return found
