"""What people say of a change, beside the number: who improved, and how well the two go together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.psychometrics.agreement.reading import Floats, Numbers, one_row, same_people
from trustmeter.psychometrics.agreement.result import measured_row
from trustmeter.stats.agreement.limits import Measured, limits_of_agreement
from trustmeter.stats.agreement.roc import area_under_curve
from trustmeter.stats.covariance import normal_quantile

_LEAST_CORRELATION = 0.3
_UNKNOWN = Measured(math.nan, math.nan, math.nan, math.nan)


@dataclass(frozen=True, eq=False)
class Anchor:
    """Who improved by what people say: truth values (n,), the codes they come from (n,), and the lowest that counts."""

    improved: NDArray[np.bool_]
    codes: Floats
    threshold: float


def with_anchor(change: Numbers, anchor: Numbers, improved: float | None, where: str) -> tuple[Floats, Anchor, int]:
    """Return the changes of people who have both, what they say, and how many were left out."""
    x, codes = one_row(change, "change", where), one_row(anchor, "anchor", where)
    same_people({"change": change, "anchor": anchor}, where)
    complete = ~(np.isnan(x) | np.isnan(codes))
    x, codes = x[complete], codes[complete]
    if improved is None:
        if not np.isin(codes, (0.0, 1.0)).all():
            message = (
                f"The `anchor` of `{where}` holds codes, so `improved` must say from which code on people improved."
            )
            raise DesignError(f"{message} Pass the lowest such code, or true and false.")
        improved = 1.0
    threshold = _number(improved, "improved", where)
    better = codes >= threshold
    fewest = min(int(better.sum()), int(np.sum(~better)))
    if fewest < FEWEST_PEOPLE:
        message = (
            f"`{where}` needs at least {FEWEST_PEOPLE} people who improved and as many who did not, by the anchor."
        )
        raise EstimationError(f"{message} One group has fewer.")
    if not float(np.ptp(x)) > 0:
        raise EstimationError(f"`{where}` needs changes that vary. Everybody changed by the same amount.")
    return x, Anchor(better, codes, threshold), int(np.sum(~complete))


def mean_change_rows(
    change: Floats, said: Anchor, little: float | Sequence[float] | None, conf_level: float, where: str
) -> list[dict[str, Any]]:
    """Return the mean change of those who improved a little; nothing where the anchor has no degrees."""
    if np.isin(said.codes, (0.0, 1.0)).all():
        return []
    given = [said.threshold] if little is None else np.atleast_1d(np.asarray(little, dtype=object)).tolist()
    codes = [_number(code, "little", where) for code in given]
    if min(codes) < said.threshold:
        raise DesignError(
            f"The `little` codes of `{where}` must count as improved: none may be below {said.threshold:g}."
        )
    chosen = change[np.isin(said.codes, codes)]
    if len(chosen) < FEWEST_PEOPLE:
        return [measured_row("mic_mean_change", _UNKNOWN, len(chosen)) | {"n": None, "suppressed": True}]
    bias = limits_of_agreement(chosen, 0.95, conf_level).bias
    return [
        measured_row("mic_mean_change", bias, len(chosen), "mean change of those who improved a little; t interval")
    ]


def anchor_rows(change: Floats, said: Anchor, conf_level: float) -> list[dict[str, Any]]:
    """Return the area under the curve and the correlation of change with the anchor."""
    n = len(change)
    area = area_under_curve(change, said.improved, conf_level)
    measured = Measured(area.estimate, area.std_error, area.ci_low, area.ci_high)
    ranks = [scipy.stats.rankdata(values) for values in (change, said.codes)]
    r = float(np.corrcoef(ranks)[0, 1])
    return [
        measured_row("auc", measured, n, "DeLong"),
        measured_row("anchor_correlation", _spearman(r, n, conf_level), n, "Spearman; Bonett-Wright interval"),
    ]


def anchor_notes(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what must be said about the anchor."""
    found = {row["term"]: row["estimate"] for row in rows}
    notes = []
    if found.get("auc", 1.0) < 0.5:
        notes.append(
            "Those who say they improved changed less: is a higher change better, and is the anchor the right way?"
        )
    elif found.get("anchor_correlation", 1.0) < _LEAST_CORRELATION:
        notes.append("The anchor correlates with change below 0.3, so what it says of change is weak.")
    if any(row["suppressed"] for row in rows):
        notes.append("Fewer than ten people improved a little, so their mean change is not shown.")
    return notes


def _spearman(r: float, n: int, conf_level: float) -> Measured:
    """Return a rank correlation with the interval of Bonett & Wright (2000), doi:10.1007/BF02294183."""
    if not abs(r) < 1:
        return Measured(r, math.nan, math.nan, math.nan)
    margin = normal_quantile(conf_level) * math.sqrt((1 + r**2 / 2) / (n - 3))
    return Measured(r, math.nan, math.tanh(math.atanh(r) - margin), math.tanh(math.atanh(r) + margin))


def _number(value: Any, name: str, where: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise DesignError(f"The `{name}` argument of `{where}` must be a code of the anchor, a number. Got {value!r}.")
    return number
