"""Results held to a rule that is stricter than the library's: what it hides is gone before a word is written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.disclosure.rule import DisclosureRule
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE
from trustmeter.pilot.change.result import QUESTION_TERMS, Comparison
from trustmeter.pilot.change.rows import SHARE_TERMS
from trustmeter.pilot.missing.loss import AttritionResult
from trustmeter.pilot.subgroup import SubgroupResult
from trustmeter.present.report.chapters.material import NUMBERS
from trustmeter.responses.quality import QualityReport
from trustmeter.results import Result

Found = TypeVar("Found", bound=Result)
Mask = NDArray[np.bool_]

_MEANS = ("mean_before", "mean_after", "mean_first", "mean_second")


def held(result: Found, rule: DisclosureRule) -> Found:
    """Return a result without the numbers that the rule hides; as it is where the rule is the library's own."""
    if (rule.publish, rule.show) == (FEWEST_PEOPLE, FEWEST_IN_A_CELL) or "n" not in result.table:
        return result
    table = result.table.copy()
    few = _few(table, rule) | _small(table, result, rule)
    if isinstance(result, (SubgroupResult, AttritionResult)):
        few = _together(table, few, ("scale",))
    if isinstance(result, Comparison):
        asked = table["term"].isin([*QUESTION_TERMS, *_MEANS]).to_numpy()
        few |= _together(table, few & asked, ("scale",))
    if not few.any():
        return result
    for name in NUMBERS:
        if name in table:
            table.loc[few, name] = pd.NA if name == "n" else np.nan
    table["suppressed"] = (table["suppressed"].to_numpy(dtype=bool) if "suppressed" in table else False) | few
    return replace(result, **_changed(result, table, few))


def _changed(result: Result, table: pd.DataFrame, few: Mask) -> dict[str, Any]:
    """Return the new fields: the table, and verdicts of scales that have no number left."""
    changed: dict[str, Any] = {"table": table}
    if isinstance(result, (Comparison, SubgroupResult)):
        gone = {scale for scale in result.verdicts if bool(few[(table["scale"] == scale).to_numpy()].all())}
        changed["verdicts"] = {
            scale: "suppressed" if scale in gone else verdict for scale, verdict in result.verdicts.items()
        }
    return changed


def _few(table: pd.DataFrame, rule: DisclosureRule) -> Mask:
    counts = table["n"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    return np.asarray(counts < rule.publish)


def _small(table: pd.DataFrame, result: Result, rule: DisclosureRule) -> Mask:
    """Tell which shares rest on fewer people than a cell may show; with one all shares go that it could be worked out from."""
    quality = isinstance(result, QualityReport)
    shares = table["term"].astype(str).str.startswith("share_").to_numpy()
    if quality:
        shares = table["method"].astype(str).str.startswith("share").to_numpy()
    counts = (table["estimate"] * table["n"].astype("Float64")).to_numpy(dtype=float, na_value=np.nan)
    rest = table["n"].astype("Float64").to_numpy(dtype=float, na_value=np.nan) - counts
    small: Mask = np.zeros(len(table), dtype=bool)
    for count in (counts, rest):
        whole = np.where(np.isfinite(count), np.round(count), 0)
        small |= shares & (whole > 0) & (whole < rule.show)
    if isinstance(result, Comparison):
        moved = table["term"].isin(SHARE_TERMS).to_numpy()
        both = table["scale"].map(pd.Series(np.where(moved, counts, 0.0)).groupby(table["scale"].to_numpy()).sum())
        stayed = np.round(counts + rest - both.to_numpy(dtype=float))
        small |= moved & (stayed > 0) & (stayed < rule.show)
    keys = ("item", "wave") if quality else ("scale", "group", "wave")
    return _together(table, small, keys) & shares


def _together(table: pd.DataFrame, marked: Mask, keys: tuple[str, ...]) -> Mask:
    """Return all rows that share the keys of a marked row."""
    there = [name for name in keys if name in table]
    if not there or not marked.any():
        return marked
    labels = table[there].astype(str).agg("|".join, axis=1)
    return labels.isin(set(labels[marked])).to_numpy()
