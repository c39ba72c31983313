"""The rule that tables and files are held to before anybody sees them."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any

from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE

WHERE = "DisclosureRule"


@dataclass(frozen=True, slots=True)
class DisclosureRule:
    r"""What is too small, or too much one person's own, to be shown.

    Use the default; pass another where a data agreement or a supervisor asks for more. A rule can be made stricter than the
    default, never laxer. The words are those of the tools for output checking (threshold, dominance, p%).

    Parameters
    ----------
    publish
        Threshold of people: no figure is published about fewer. At least 10.
    show
        Threshold of cells: counts from 1 to ``show - 1`` are shown to nobody, inside the zone either. At least 5.
    dominance
        ``(n, k)``: a sum or mean of positive values is hidden when its n largest contributors bring more than the share k.
    p_percent
        A sum or mean of positive values is hidden when the second largest contributor could work out the largest within p
        percent of it.
    rounding
        ``None``, or the base that counts are rounded to (5), for tables that leave the zone.

    Raises
    ------
    DesignError
        When a threshold is laxer than the library's, or a value is no rule at all.

    Notes
    -----
    With contributions :math:`x_1 \ge x_2 \ge \dots` and total X, a cell is unsafe when
    :math:`\sum_{i \le n} x_i > k X`, or when :math:`X - x_1 - x_2 < (p / 100) x_1`.

    References
    ----------
    Hundepool, A., Domingo-Ferrer, J., Franconi, L., Giessing, S., Nordholt, E. S., Spicer, K., & de Wolf, P.-P. (2012).
    Statistical Disclosure Control. Wiley. doi:10.1002/9781118348239

    Examples
    --------
    >>> DisclosureRule().publish, DisclosureRule(publish=20).show
    (10, 5)
    """

    publish: int = FEWEST_PEOPLE
    show: int = FEWEST_IN_A_CELL
    dominance: tuple[int, float] = (2, 0.90)
    p_percent: float = 10.0
    rounding: int | None = None

    def __post_init__(self) -> None:
        _check_threshold("publish", self.publish, FEWEST_PEOPLE)
        _check_threshold("show", self.show, FEWEST_IN_A_CELL)
        if self.show > self.publish:
            _refuse("show", f"not above `publish` ({self.publish})", self.show)
        _check_dominance(self.dominance)
        if not _is_number(self.p_percent) or not 10 <= self.p_percent <= 100:
            _refuse("p_percent", "a number from 10 (stricter: more) to 100", self.p_percent)
        if self.rounding is not None and (not _is_whole(self.rounding) or self.rounding < 3):
            _refuse("rounding", "None, or a whole number of at least 3, such as 5", self.rounding)


def _check_threshold(name: str, value: Any, least: int) -> None:
    if not _is_whole(value) or value < least:
        _refuse(
            name, f"a whole number of at least {least}: a rule may be stricter than the library's, never laxer", value
        )


def _check_dominance(value: Any) -> None:
    expected = "(n, k) such as (2, 0.90), with n of at least 2 and k above 0 and up to 0.90"
    if not isinstance(value, tuple) or len(value) != 2:
        _refuse("dominance", expected, value)
    contributors, share = value
    if not _is_whole(contributors) or contributors < 2 or not _is_number(share) or not 0 < share <= 0.90:
        _refuse("dominance", expected, value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)


def _refuse(name: str, expected: str, got: Any) -> None:
    raise DesignError(f"The `{name}` argument of `{WHERE}` must be {expected}. Got {got!r}.")
