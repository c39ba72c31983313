"""Who was lost: shares by group, and how those seen again differ from those not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.options import FEWEST_PEOPLE
from trustmeter.pilot.change.layout import Truths
from trustmeter.pilot.change.sample import LISTED
from trustmeter.pilot.missing.leavers import Cohort, Floats
from trustmeter.pilot.missing.retention import Retention, mean_inference
from trustmeter.responses.labels import row_labels
from trustmeter.stats.comparison.change import wilson_interval
from trustmeter.stats.disclosure.small_cells import pool_small_cells

Row = dict[str, Any]

ARMS = ("pilot areas", "comparison areas")
SHARE, DIFFERENCE = "share_lost", "std_difference"
UNWEIGHTED, WEIGHTED = f"{DIFFERENCE}_unweighted", f"{DIFFERENCE}_weighted"


def share_rows(cohort: Cohort, conf_level: float) -> list[Row]:
    """Return the share lost of all people, of both kinds of area, and of the groups of each covariate in words."""
    everybody = np.ones(len(cohort), dtype=bool)
    rows = _shares(cohort, {"": everybody}, conf_level)
    treated = cohort.layout.treated
    if treated is not None:
        rows += _shares(cohort, dict(zip(ARMS, (treated, ~treated), strict=True)), conf_level)
        rows.append(_arms_apart(cohort, treated, conf_level, hidden=any(row["suppressed"] for row in rows)))
    for name in cohort.layout.design.covariates:
        rows += _shares(cohort, _groups(cohort, name), conf_level)
    return rows


def difference_rows(cohort: Cohort, found: Retention) -> list[Row]:
    """Return standardised differences of those seen again and those not, and what weighting leaves of them."""
    if found.balance is None:
        return []
    rows: list[Row] = []
    seen, lost = len(cohort) - cohort.lost, cohort.lost
    plain = cohort.layout.weights is None and cohort.clusters is None
    telling = _telling(cohort, found.names)
    for place, name in enumerate(found.names):
        if name in telling:
            rows += [
                {"term": term, "group": name, "contrast": f"seen again - {of}", "estimate": math.nan, "n": None,
                 "method": "too few people", "suppressed": True}
                for term, of in ((DIFFERENCE, "not"), (UNWEIGHTED, "all"), (WEIGHTED, "all"))
            ]  # fmt: skip
            continue
        gap = float(found.balance.differences[place])
        error = math.sqrt((seen + lost) / (seen * lost) + gap**2 / (2 * (seen + lost))) if plain else math.nan
        rows.append({
            "term": DIFFERENCE, "group": name, "contrast": "seen again - not", "estimate": gap, "std_error": error,
            "n": len(cohort), "method": "difference over the mean sd; large samples", "suppressed": False,
        })  # fmt: skip
        for term, values, how in (
            (UNWEIGHTED, found.balance.unweighted_differences, "difference over the sd of all"),
            (WEIGHTED, found.balance.weighted_differences, "the same, weighted for response"),
        ):
            rows.append(
                {"term": term, "group": name, "contrast": "seen again - all", "estimate": float(values[place]),
                 "n": len(cohort), "method": how, "suppressed": False}
            )  # fmt: skip
    return rows


def _telling(cohort: Cohort, names: Sequence[str]) -> set[str]:
    """Return the predictors whose differences give a hidden share away.

    A difference in a column of two values is a count in other clothes. So it goes where one to four people stand behind it, and
    where a share of the same covariate is hidden: from the counts of the other groups that one could be worked out.
    """
    hidden = set()
    for name in cohort.layout.design.covariates:
        groups = _groups(cohort, name)
        if _hidden(*_counts(cohort, groups)).any():
            hidden |= {name, *groups}
    for name, values in zip(names, cohort.predictors[0].T, strict=True):
        found = np.unique(values)
        if len(found) == 2 and _hidden(*_counts(cohort, {str(one): values == one for one in found})).any():
            hidden.add(name)
    return hidden


def _groups(cohort: Cohort, name: str) -> dict[str, Truths]:
    """Return who is in each group of a covariate in words; nothing for numbers with many values."""
    roles = cohort.layout.scores.roles
    column = cohort.layout.scores.frame[name if name in roles.columns else roles.column(name, needed_by="attrition")]
    words = row_labels(column)
    counts = words.value_counts()
    if len(counts) > LISTED or (pd.to_numeric(column, errors="coerce").notna().all() and len(counts) > 2):
        return {}
    return {f"{name}: {word}": (words == word).fillna(False).to_numpy(dtype=bool) for word in sorted(counts.index)}


def _shares(cohort: Cohort, groups: dict[str, Truths], conf_level: float) -> list[Row]:
    """Return the share lost of each group; hidden where it rests on one to four people, or tells of such a group."""
    sizes, lost = _counts(cohort, groups)
    hidden = _hidden(sizes, lost)
    rows = []
    for place, (group, people) in enumerate(groups.items()):
        row: Row = {"term": SHARE, "group": group, "estimate": math.nan, "n": None, "suppressed": bool(hidden[place])}
        if row["suppressed"]:
            rows.append({**row, "method": "too few people"})
            continue
        rows.append({**row, **_share(cohort.select(people), conf_level), "n": int(sizes[place])})
    return rows


def _counts(cohort: Cohort, groups: dict[str, Truths]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many people each group has, and how many of them were lost."""
    sizes = np.array([int(people.sum()) for people in groups.values()], dtype=np.int64)
    lost = np.array([int((people & ~cohort.seen).sum()) for people in groups.values()], dtype=np.int64)
    return sizes, lost


def _hidden(sizes: NDArray[np.int64], lost: NDArray[np.int64]) -> Truths:
    """Tell which groups' shares are hidden."""
    if not len(sizes):
        return np.zeros(0, dtype=bool)
    return pool_small_cells(lost).hidden | pool_small_cells(sizes - lost).hidden | (sizes < FEWEST_PEOPLE)


def _share(people: Cohort, conf_level: float) -> Row:
    lost = people.lost
    if people.layout.weights is None and people.clusters is None:
        low, high = wilson_interval(lost, len(people), conf_level)
        return {"estimate": lost / len(people), "ci_low": low, "ci_high": high, "method": "Wilson"}
    gone = (~people.seen).astype(float)
    method = f"CR2 by {people.layout.clustered_by}, Satterthwaite df"
    found = mean_inference(np.ones((len(people), 1)), gone, people, conf_level, method)
    low, high = max(found.ci_low, 0.0), min(found.ci_high, 1.0)
    numbers = {"std_error": found.std_error, "df": found.df, "ci_low": low, "ci_high": high}
    return {"estimate": found.estimate, **numbers, "method": found.method}


def _arms_apart(cohort: Cohort, treated: Truths, conf_level: float, *, hidden: bool) -> Row:
    """Return how much larger the share lost is in pilot areas."""
    row: Row = {"term": "lost_difference", "contrast": " - ".join(ARMS), "suppressed": hidden, "n": None}
    if hidden:
        return {**row, "estimate": math.nan, "method": "too few people"}
    gone: Floats = (~cohort.seen).astype(float)
    if any(arm.clusters is None for arm in cohort.arms):
        weights = np.ones(len(gone)) if cohort.layout.weights is None else cohort.layout.weights
        apart = float(
            np.average(gone[treated], weights=weights[treated]) - np.average(gone[~treated], weights=weights[~treated])
        )
        return {**row, "estimate": apart, "n": len(cohort), "method": "one area of either kind: no interval"}
    x = np.column_stack([np.ones(len(gone)), treated.astype(float)])
    found = mean_inference(x, gone, cohort, conf_level, "CR2 by area, Satterthwaite df")
    return {**row, **found.row("lost_difference")}
