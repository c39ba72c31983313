"""One scale of several zones together: the average, how much zones differ, and what a new zone would show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np

from trustmeter.pilot.change.inference import Inference, by_t
from trustmeter.pilot.synthesis.estimates import TERMS, ZoneEstimates
from trustmeter.stats.covariance import Floats
from trustmeter.stats.synthesis.effects_model import RandomEffects, leave_one_out, predict, quantile, random_effects
from trustmeter.stats.synthesis.shrinkage import integrated, new_place, posterior

Row = dict[str, Any]

TAU, SHARE, TEST = "tau", "i_squared", "cochran_q"
PREDICTION, KNOWN_TAU, WITHOUT = "prediction", "prediction_known_tau", "leave_one_out"
UNFLOORED = "hartung_knapp"
FEWEST_FOR_NEW = 3
"""From two zones nothing can be said of a third: one degree of freedom, and no proper distribution of tau."""


class _Careful(TypedDict):
    """How the average is found: the arguments of `random_effects` and `leave_one_out`."""

    method: str
    test: str
    conf_level: float


@dataclass(frozen=True, eq=False, slots=True)
class Pooled:
    """What one scale's zones say together.

    Parameters
    ----------
    rows
        Of the tidy table, without the scale.
    found
        The average over zones, with Hartung and Knapp's factor kept at one or more.
    new_low, new_high
        Where the true value of a new zone would lie; not a number with two zones.
    fit
        The random-effects fit, its factor as it is.
    without
        Like `found`, the average without each zone in turn; empty with two zones.
    """

    rows: list[Row]
    found: Inference
    new_low: float
    new_high: float
    fit: RandomEffects
    without: tuple[Inference, ...]

    @property
    def differ(self) -> bool:
        """Whether the zones differ by more than their errors allow."""
        return bool(self.fit.q_p_value < 1 - self.fit.conf_level)


def pooled(estimates: ZoneEstimates, term: str, contrast: str, *, method: str, conf_level: float) -> Pooled:
    """Pool the estimates of two zones or more."""
    y, errors = estimates.values, estimates.errors
    several = len(y) >= FEWEST_FOR_NEW
    with np.errstate(invalid="ignore", divide="ignore"):
        fit = random_effects(y, errors, method=method.upper(), conf_level=conf_level)
        careful: _Careful = {"method": method.upper(), "test": "floor", "conf_level": conf_level}
        floored = random_effects(y, errors, **careful)
        others = leave_one_out(y, errors, **careful) if several else ()
    counts = [n for n in estimates.n if n is not None]
    everybody = sum(counts) if len(counts) == len(y) else 0
    found = _average(floored, everybody)
    without = tuple(_average(one, everybody - (estimates.n[place] or 0)) for place, one in enumerate(others))
    own, shrunk = TERMS[term]
    rows = _zone_rows(estimates, own, conf_level)
    rows += _shrunk_rows(estimates, shrunk, conf_level) if several else []
    rows += [_counted(found.row(term)), _counted(_average(fit, everybody).row(UNFLOORED))]
    rows += _spread_rows(fit, errors)
    new, ends = _new_rows(estimates, fit) if several else ([], (math.nan, math.nan))
    rows += new
    rows += [
        {**_counted(one.row(WITHOUT)), "zone": zone}
        for zone, one in zip(estimates.zones, without, strict=bool(without))
    ]
    spread = {TAU, SHARE, TEST}
    rows = [{**row, "contrast": "" if row["term"] in spread else contrast, "suppressed": False} for row in rows]
    return Pooled(rows, found, *ends, fit, without)


def _average(fit: RandomEffects, n: int) -> Inference:
    kept = " (factor at least 1)" if fit.test == "floor" else ""
    method = f"random effects ({fit.method}), Hartung-Knapp{kept}, t"
    return by_t(
        float(fit.coefficients[0]), float(fit.std_errors[0]), fit.df, conf_level=fit.conf_level, n=n, method=method
    )  # fmt: skip


def _counted(row: Row) -> Row:
    """Leave the number of people empty where it is not known."""
    return {**row, "n": row["n"] or None}


def _zone_rows(estimates: ZoneEstimates, term: str, conf_level: float) -> list[Row]:
    margins = [quantile(df, conf_level) * error for df, error in zip(estimates.df, estimates.errors, strict=True)]
    columns = _ends(estimates.values, np.array(margins))
    return [
        {"term": term, "zone": zone, "estimate": float(estimates.values[place]), "std_error": float(estimates.errors[place]),
         "df": float(estimates.df[place]) if math.isfinite(estimates.df[place]) else math.nan,
         "ci_low": columns[0][place], "ci_high": columns[1][place], "n": estimates.n[place], "method": "the zone alone"}
        for place, zone in enumerate(estimates.zones)
    ]  # fmt: skip


def _shrunk_rows(estimates: ZoneEstimates, term: str, conf_level: float) -> list[Row]:
    found = integrated(estimates.values, estimates.errors, conf_level=conf_level)
    return [
        {"term": term, "zone": zone, "estimate": float(found.estimates[place]), "std_error": float(found.std_errors[place]),
         "ci_low": float(found.low[place]), "ci_high": float(found.high[place]), "n": estimates.n[place],
         "method": f"partially pooled, {100 * found.shares[place]:.0f} % towards the average; tau integrated out"}
        for place, zone in enumerate(estimates.zones)
    ]  # fmt: skip


def _spread_rows(fit: RandomEffects, errors: Floats) -> list[Row]:
    """Return tau with its limits, the share of variance between zones, and the test of equal zones."""
    w = errors**-2
    typical = (len(w) - 1) / float(w.sum() - w @ w / w.sum())
    limits = [fit.tau2_low, fit.tau2_high]
    shares = [limit / (limit + typical) for limit in limits]
    name = f"{fit.method}; interval: Q-profile (Viechtbauer 2007)"
    roots = [math.sqrt(limit) for limit in limits]
    share = "tau² over itself and the typical error variance"
    return [
        {"term": TAU, "estimate": math.sqrt(fit.tau2), "ci_low": roots[0], "ci_high": roots[1], "method": name},
        {"term": SHARE, "estimate": fit.i2, "ci_low": shares[0], "ci_high": shares[1], "method": share},
        {"term": TEST, "estimate": fit.q, "statistic": fit.q, "df": float(fit.q_df), "p_value": fit.q_p_value,
         "method": "Cochran's Q"},
    ]  # fmt: skip


def _new_rows(estimates: ZoneEstimates, fit: RandomEffects) -> tuple[list[Row], tuple[float, float]]:
    centre, low, high = new_place(posterior(estimates.values, estimates.errors), fit.conf_level)
    known = predict(fit)
    rows = [
        {"term": PREDICTION, "estimate": centre, "ci_low": low, "ci_high": high, "method": "new zone; tau integrated out"},
        {"term": KNOWN_TAU, "estimate": float(known.estimates[0]), "ci_low": float(known.new_low[0]),
         "ci_high": float(known.new_high[0]), "method": "new zone; as if tau were known"},
    ]  # fmt: skip
    return rows, (low, high)


def _ends(values: Floats, margins: Floats) -> tuple[list[float], list[float]]:
    return (values - margins).tolist(), (values + margins).tolist()
