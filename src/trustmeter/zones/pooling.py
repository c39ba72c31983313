"""One scale in one wave: each zone alone, each leaning towards the average, the average, and how much zones differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from trustmeter.stats.synthesis.effects_model import RandomEffects, quantile, random_effects
from trustmeter.stats.synthesis.shrinkage import integrated
from trustmeter.zones.means import Floats, PlaceMeans

Row = dict[str, Any]

MEAN, POOLED, AVERAGE = "zone_mean", "zone_mean_pooled", "average"
TAU, SHARE, ICC = "tau", "reliability_of_means", "icc"
RELIABILITY, DESIGN = "reliability_of_mean", "design_effect"
FEWEST_TO_POOL = 3
"""From two zones no proper distribution of what zones differ by can be told."""


def zone_rows(means: PlaceMeans, names: Sequence[str], conf_level: float, method: str) -> list[Row]:
    """Return a row a zone; one that is not among the means is suppressed."""
    there = {name: place for place, name in enumerate(means.names)}
    return [
        _mean_row(means, there[name], conf_level, method) if name in there
        else {"term": MEAN, "zone": name, "method": "not shown", "suppressed": True}
        for name in names
    ]  # fmt: skip


def design_rows(means: PlaceMeans, names: Sequence[str]) -> list[Row]:
    """Return the design effect of each zone that has a standard error."""
    known = means.known()
    return [
        {"term": DESIGN, "zone": name, "estimate": float(effect), "n": int(n),
         "method": "squared standard error over that of people drawn one by one"}
        for name, effect, n in zip(known.names, known.design_effects, known.n, strict=True) if name in names
    ]  # fmt: skip


def pooled_rows(means: PlaceMeans, names: Sequence[str], conf_level: float) -> list[Row]:
    """Return each zone leaning towards the average, and how reliable its own mean is, of three zones or more."""
    known = means.known()
    if len(known.names) < FEWEST_TO_POOL:
        return []
    found = integrated(known.estimates, known.cautious_errors(conf_level), conf_level=conf_level)
    leaning, sure = [], []
    for place, name in enumerate(known.names):
        if name not in names:
            continue
        share, n = float(found.shares[place]), int(known.n[place])
        leaning.append(
            {"term": POOLED, "zone": name, "estimate": float(found.estimates[place]), "std_error": float(found.std_errors[place]),
             "ci_low": float(found.low[place]), "ci_high": float(found.high[place]), "n": n,
             "method": f"partially pooled, {100 * share:.0f} % towards the average; tau integrated out"}
        )  # fmt: skip
        sure.append(
            {
                "term": RELIABILITY,
                "zone": name,
                "estimate": 1 - share,
                "n": n,
                "method": "tau² over tau² and squared standard error",
            }
        )
    return [*leaning, *sure]


def spread_of(means: PlaceMeans, conf_level: float) -> RandomEffects | None:
    """Return the random-effects fit of the zones, or nothing where fewer than two have a standard error."""
    known = means.known()
    if len(known.names) < 2:
        return None
    return random_effects(known.estimates, known.std_errors, test="floor", conf_level=conf_level)


def spread_rows(fit: RandomEffects, means: PlaceMeans) -> list[Row]:
    """Return the average over zones, tau, how reliable zone means are, and the share of people's variance between zones."""
    known = means.known()
    w = known.std_errors**-2.0
    typical = (len(w) - 1) / float(w.sum() - w @ w / w.sum())
    within = float(np.average(known.variances, weights=known.n - 1))
    tau2 = np.array([fit.tau2, fit.tau2_low, fit.tau2_high])
    method = f"{fit.method}; interval: Q-profile"
    average = {
        "term": AVERAGE, "estimate": float(fit.coefficients[0]), "std_error": float(fit.std_errors[0]), "df": fit.df,
        "ci_low": float(fit.low[0]), "ci_high": float(fit.high[0]), "n": int(known.n.sum()),
        "method": f"random effects ({fit.method}), Hartung-Knapp (factor at least 1), t",
    }  # fmt: skip
    return [
        average,
        _three(TAU, np.sqrt(tau2), method),
        _three(SHARE, tau2 / (tau2 + typical), "tau² over tau² and the typical squared standard error"),
        _three(ICC, tau2 / (tau2 + within), "tau² over tau² and people's variance inside zones"),
    ]


def _three(term: str, values: Floats, method: str) -> Row:
    estimate, low, high = (float(value) for value in values)
    return {"term": term, "estimate": estimate, "ci_low": low, "ci_high": high, "method": method}


def _mean_row(means: PlaceMeans, place: int, conf_level: float, method: str) -> Row:
    estimate, error, df = (float(column[place]) for column in (means.estimates, means.std_errors, means.df))
    margin = quantile(df, conf_level) * error if math.isfinite(error) and math.isfinite(df) else math.nan
    effect = float(means.design_effects[place])
    n = int(means.n[place])
    return {
        "term": MEAN, "zone": means.names[place], "estimate": estimate, "std_error": error, "df": df,
        "ci_low": estimate - margin, "ci_high": estimate + margin, "n": n,
        "n_effective": n / effect if effect > 0 else math.nan, "method": method, "suppressed": False,
    }  # fmt: skip
