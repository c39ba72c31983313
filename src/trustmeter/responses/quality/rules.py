"""The signs of careless answering: what each rule says, its limit, and what the limit may be."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trustmeter.errors import DesignError
from trustmeter.options import QualityRule, check_option, names_of

WHERE = "check_quality"

RUN_ITEMS = 10
"""Fewer items in a row on one response scale are too short a string to tell of."""

PATTERN_ITEMS = 10
"""Among fewer answers, two people agree by chance."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One sign of careless answering.

    Parameters
    ----------
    words
        What the rule says, with gaps ``{limit}`` and ``{percent}``.
    limit
        The limit that is taken when the caller names none; ``None`` where the literature has none.
    lowest, highest
        Between which the limit must lie.
    whole
        Whether the limit is a whole number.
    asked_only
        Whether the rule is looked for only when the caller asks.
    """

    words: str
    limit: float | None
    lowest: float
    highest: float
    whole: bool = False
    asked_only: bool = False

    def said(self, limit: float) -> str:
        """Return the rule in words."""
        return self.words.format(limit=f"{limit:g}", percent=f"{100 * limit:g}")


RULES: dict[str, Rule] = {
    "incomplete": Rule("more than {percent} % of the applicable questions open", 0.5, 0.0, 1.0),
    "straight_lining": Rule("one answer to a whole block of both directions, {limit} answers or more", 5, 2, 100, True),
    "same_answers": Rule("exactly as somebody else in the wave, {limit} answers or more", PATTERN_ITEMS, 2, 10_000, True),
    "near_duplicates": Rule("{percent} % of the answers or more as somebody else in the wave, not all", 0.85, 0.5, 1.0),
    "longstring": Rule(f"one answer in a row to {{percent}} % or more of {RUN_ITEMS}+ items on one scale", 0.5, 0.1, 1.0),
    "low_variability": Rule("answers on one scale spread by an SD below {limit}", None, 0.0, math.inf, asked_only=True),
    "even_odd": Rule("even-odd consistency below {limit}", 0.3, -1.0, 1.0, asked_only=True),
    "synonyms": Rule("answers to items that go together correlate below {limit}", 0.0, -1.0, 1.0, asked_only=True),
    "antonyms": Rule("answers to opposite items correlate above {limit}", 0.0, -1.0, 1.0, asked_only=True),
    "outlying": Rule("Mahalanobis distance with p below {limit}", 0.001, 0.0, 1.0, asked_only=True),
    "speeding": Rule("less than {percent} % of the wave's median time a question", 0.5, 0.0, 1.0),
}  # fmt: skip
"""All rules, in the order in which they are told."""


def limits_of(rules: Any, limits: Mapping[QualityRule, float] | None, timed: bool) -> dict[str, float]:
    """Return the limit of each rule that is to be looked for.

    Raises
    ------
    DesignError
        When a rule is unknown, a limit is no number in its range or belongs to no rule asked for, or a rule lacks what it needs.
    """
    given = _checked(limits)
    if rules is None:
        chosen: Sequence[str] = [name for name, rule in RULES.items() if not rule.asked_only or name in given]
        chosen = [name for name in chosen if name != "speeding" or timed]
    else:
        chosen = names_of("rules", rules, WHERE)
        for name in chosen:
            check_option("rules", name, QualityRule, WHERE)
    for name in given:
        if name not in chosen:
            cure = "Pass `duration`, too." if name == "speeding" and rules is None else f"Add {name!r} to `rules`."
            raise DesignError(f"`{WHERE}` has a limit for {name!r}, which is not looked for. {cure}")
    if "speeding" in chosen and not timed:
        raise DesignError(
            f"`{WHERE}` cannot look for 'speeding' without times. Pass `duration`: a kept column, or two."
        )
    return {name: _limit(name, given) for name in RULES if name in chosen}


def _limit(name: str, given: Mapping[str, float]) -> float:
    limit = given.get(name, RULES[name].limit)
    if limit is None:
        message = f"`{WHERE}` needs a limit for {name!r}: the literature has none that holds everywhere."
        raise DesignError(f"{message} Pass `limits={{{name!r}: 0.3}}`, and say which.")
    return limit


def _checked(limits: Mapping[QualityRule, float] | None) -> dict[str, float]:
    if limits is not None and not isinstance(limits, Mapping):
        raise DesignError(f"The `limits` of `{WHERE}` are a limit a rule, such as {{'longstring': 0.6}}.")
    found: dict[str, float] = {}
    for name, limit in (limits or {}).items():
        check_option("limits", name, QualityRule, WHERE)
        rule = RULES[name]
        number = isinstance(limit, numbers.Real) and not isinstance(limit, bool) and math.isfinite(limit)
        if not number or not rule.lowest <= limit <= rule.highest or (rule.whole and limit % 1):
            what = "a whole number" if rule.whole else "a number"
            upper = "" if math.isinf(rule.highest) else f" to {rule.highest:g}"
            least = f"{rule.lowest:g}{upper or ' or more'}"
            raise DesignError(f"The limit of {name!r} in `{WHERE}` must be {what}, {least}. Got {limit!r}.")
        found[name] = float(limit)
    return found
