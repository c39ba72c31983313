"""The estimates of several zones, read out of comparisons or plain numbers, and held against each other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_PEOPLE, names_of
from trustmeter.pilot.change.result import Comparison, question_row
from trustmeter.results import Provenance
from trustmeter.stats.covariance import Floats

ZoneNumbers: TypeAlias = "Sequence[float] | Mapping[str, float]"
ZoneResults: TypeAlias = "Mapping[str, Comparison] | Mapping[str, ZoneNumbers] | pd.DataFrame"

WHERE = "synthesize"
TERMS = {
    "mean_change": ("zone_change", "zone_change_pooled"),
    "effect": ("zone_effect", "zone_effect_pooled"),
    "mean_difference": ("zone_difference", "zone_difference_pooled"),
    "pooled_estimate": ("zone_estimate", "zone_estimate_pooled"),
}
"""The term of the pooled row, and those of a zone's own and of its partially pooled row."""

QUESTIONS = {
    "mean_change": "a change", "effect": "an effect against comparison areas", "mean_difference": "a difference of groups",
}  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class ZoneEstimates:
    """The estimates of one scale, one a zone, in the order given.

    Parameters
    ----------
    zones
        Names, k of them.
    values, errors, df
        Shape (k,); `df` is infinite where not known.
    n
        People behind each; ``None`` where not known.
    left_out
        Zone → why it has no estimate to pool.
    """

    zones: tuple[str, ...]
    values: Floats
    errors: Floats
    df: Floats
    n: tuple[int | None, ...]
    left_out: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Gathered:
    """What zones bring: their estimates by scale, what these are, and what must be said.

    Parameters
    ----------
    scales
        Scale → estimates.
    term
        Key of `TERMS`.
    contrast
        The direction of the differences.
    provenance
        Of all zones together.
    notes
        What must travel with the numbers.
    smallest
        Scale → the smallest effect that all its zones declared alike.
    """

    scales: Mapping[str, ZoneEstimates]
    term: str
    contrast: str
    provenance: Provenance
    notes: tuple[str, ...]
    smallest: Mapping[str, float] = field(default_factory=dict)


def gathered(results: Any, scale: str | Sequence[str] | None) -> Gathered:
    """Read the estimates of zones.

    Raises
    ------
    DesignError
        When it is no mapping or frame of zones, or the zones answer different questions.
    EstimationError
        When there is one zone only.
    """
    if isinstance(results, pd.DataFrame):
        return _of_frame(results, scale)
    if not isinstance(results, Mapping):
        message = f"`{WHERE}` takes a mapping of zone names to comparisons, or a frame with `estimate` and `std_error`."
        raise DesignError(f"{message} Got {type(results).__name__}. For example `{{'North': compare(...), ...}}`.")
    if results and all(isinstance(one, Comparison) for one in results.values()):
        return _of_comparisons({str(zone): one for zone, one in results.items()}, scale)
    rows = [{"zone": str(zone), **_numbers_of(str(zone), one)} for zone, one in results.items()]
    return _of_frame(pd.DataFrame(rows, columns=["zone", "estimate", "std_error", "n"]), scale)


def _of_comparisons(results: Mapping[str, Comparison], scale: str | Sequence[str] | None) -> Gathered:
    _enough(list(results))
    _own_data(results)
    names = _scales_of(results, scale)
    asked = {zone: {name: _asked(one, name) for name in names} for zone, one in results.items()}
    term = _alike(
        {zone: str(asked[zone][names[0]]["term"]) for zone in results}, "the question (change or effect)", QUESTIONS
    )
    contrast = _alike({zone: one.design.contrast for zone, one in results.items()}, "what is subtracted from what")
    _alike({zone: one.scores.method for zone, one in results.items()}, "the way of scoring")
    for name in names:
        ranges = {zone: one.scores.ranges[name] for zone, one in results.items()}
        _alike(
            {zone: f"{low:g} to {high:g}" for zone, (low, high) in ranges.items()}, f"the range of the scale {name!r}"
        )
    scales = {name: _estimates({zone: row[name] for zone, row in asked.items()}) for name in names}
    sources = dict.fromkeys(one.provenance.source for one in results.values() if one.provenance.source)
    first = next(iter(results.values())).provenance
    provenance = replace(
        first, source=", ".join(sources), rows_used=sum(one.provenance.rows_used for one in results.values()),
        rows_left_out={}, simulated=any(one.simulated for one in results.values()), options={},
    )  # fmt: skip
    smallest, said = _declared(results, names)
    return Gathered(scales, term, contrast, provenance, (*said, *_differences(results)), smallest)


def _declared(results: Mapping[str, Comparison], names: Sequence[str]) -> tuple[dict[str, float], list[str]]:
    """Return the smallest effects that all zones declared alike, and what to say where they did not."""
    found = {name: {one.smallest_effect.get(name, 0.0) for one in results.values()} for name in names}
    alike = {name: max(values) for name, values in found.items() if len(values) == 1 and max(values) > 0}
    unlike = [name for name, values in found.items() if len(values) > 1]
    if not unlike:
        return alike, []
    note = f"The zones declared different smallest effects of {_listed(unlike)}; none of them counts here unless the call declares one."
    return alike, [note]


def _scales_of(results: Mapping[str, Comparison], scale: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the scales to pool; each must be there in every zone."""
    everywhere = {zone: tuple(one.verdicts) for zone, one in results.items()}
    if scale is None:
        _alike({zone: ", ".join(sorted(names)) for zone, names in everywhere.items()}, "the scales")
        return next(iter(everywhere.values()))
    wanted = names_of("scale", scale, WHERE)
    for name in wanted:
        without = [zone for zone, names in everywhere.items() if name not in names]
        if without:
            message = f"The scale {name!r} was not compared in {_listed(without)}."
            raise DesignError(f"{message} Compare it there too, or leave out those zones.")
    return wanted


def _asked(result: Comparison, scale: str) -> dict[str, Any]:
    return {str(name): value for name, value in question_row(result.table[result.table["scale"] == scale]).items()}


def _estimates(rows: Mapping[str, Mapping[str, Any]]) -> ZoneEstimates:
    """Keep the zones that have an estimate with a standard error and enough people."""
    left_out = {zone: reason for zone, row in rows.items() if (reason := _lacking(row))}
    kept = {zone: row for zone, row in rows.items() if zone not in left_out}

    def column(name: str, default: float = math.nan) -> Floats:
        return np.array([_number(row.get(name), default) for row in kept.values()])

    counts = tuple(None if pd.isna(row.get("n")) else int(row["n"]) for row in kept.values())
    return ZoneEstimates(
        tuple(kept), column("estimate"), column("std_error"), column("df", math.inf), counts, left_out
    )  # fmt: skip


def _lacking(row: Mapping[str, Any]) -> str:
    """Return why a zone's row cannot be pooled, or an empty text."""
    n = row.get("n")
    if row.get("suppressed") or (not pd.isna(n) and int(n) < FEWEST_PEOPLE):
        return "suppressed, too few people"
    if not math.isfinite(_number(row.get("estimate"))):
        return "no estimate"
    return "" if _number(row.get("std_error")) > 0 else "no standard error"


def _number(value: Any, default: float = math.nan) -> float:
    return default if value is None or pd.isna(value) else float(value)


def _of_frame(frame: pd.DataFrame, scale: str | Sequence[str] | None) -> Gathered:
    """Read plain numbers: columns `estimate` and `std_error`, the zone in a column or the index."""
    missing = [name for name in ("estimate", "std_error") if name not in frame.columns]
    if missing:
        message = f"The frame of `{WHERE}` needs the columns `estimate` and `std_error`. It lacks {_listed(missing)}."
        raise DesignError(f"{message} One row a zone; with several scales also a column `scale`.")
    table = frame.assign(zone=frame["zone"] if "zone" in frame.columns else frame.index.astype(str))
    table = table.assign(zone=table["zone"].astype(str), scale=table["scale"].astype(str) if "scale" in table else "")
    _enough(list(dict.fromkeys(table["zone"])))
    for name in ("estimate", "std_error"):
        if not pd.api.types.is_numeric_dtype(table[name]):
            raise DesignError(f"The column `{name}` of `{WHERE}` must hold numbers. Got {table[name].dtype}.")
    twice = table.loc[table.duplicated(["scale", "zone"]), "zone"]
    if len(twice):
        raise DesignError(
            f"The zone {twice.iloc[0]!r} stands twice in the frame of `{WHERE}`. Give one row a zone and scale."
        )
    if "contrast" in table and table["contrast"].nunique() > 1:
        _alike(dict(zip(table["zone"], table["contrast"].astype(str), strict=True)), "what is subtracted from what")
    names = tuple(dict.fromkeys(table["scale"])) if scale is None else names_of("scale", scale, WHERE)
    scales = {}
    for name in names:
        part = table[table["scale"] == name]
        if part.empty:
            raise DesignError(f"The frame of `{WHERE}` has no scale {name!r}.")
        rows = part.to_dict("records")
        scales[name] = _estimates({str(row["zone"]): {str(key): value for key, value in row.items()} for row in rows})
    contrast = str(table["contrast"].iloc[0]) if "contrast" in table else ""
    note = "Plain numbers were pooled: whether the zones asked the same question in the same way is not known here."
    counts = table["n"].dropna() if "n" in table else pd.Series(dtype=float)
    return Gathered(scales, "pooled_estimate", contrast, Provenance(rows_used=int(counts.sum())), (note,))


def _numbers_of(zone: str, given: object) -> dict[str, Any]:
    """Return an estimate and its standard error, given as a pair or by name."""
    if isinstance(given, Mapping) and {"estimate", "std_error"} <= set(given):
        return {"estimate": given["estimate"], "std_error": given["std_error"], "n": given.get("n")}
    if isinstance(given, (tuple, list, np.ndarray)) and len(given) == 2:
        return {"estimate": given[0], "std_error": given[1], "n": None}
    message = f"The zone {zone!r} of `{WHERE}` must be a comparison, or an estimate with its standard error."
    raise DesignError(f"{message} Got {type(given).__name__}; do not mix comparisons and plain numbers.")


def _enough(zones: Sequence[str]) -> None:
    if not zones:
        raise DesignError(f"`{WHERE}` was given no zone. Give it two or more: `{{'North': compare(...), ...}}`.")
    if len(zones) == 1:
        raise EstimationError(
            f"One zone ({zones[0]!r}) says nothing about other zones, so there is nothing to pool. The question that can be "
            "answered is that zone's own: read its result."
        )


def _own_data(results: Mapping[str, Comparison]) -> None:
    """Refuse one comparison under two names."""
    seen: dict[int, str] = {}
    for zone, one in results.items():
        if id(one) in seen:
            message = f"The zones {seen[id(one)]!r} and {zone!r} are the very same comparison, which would count twice."
            raise DesignError(f"{message} Compare each zone's own people: `PilotDesign(..., zone={zone!r})`.")
        seen[id(one)] = zone


def _alike(found: Mapping[str, str], what: str, words: Mapping[str, str] | None = None) -> str:
    """Return what all zones have in common; refuse zones that differ, each named."""
    values = list(dict.fromkeys(found.values()))
    if len(values) > 1:
        told = [
            f"{(words or {}).get(value, value)} in {_listed([zone for zone in found if found[zone] == value])}"
            for value in values
        ]
        message = f"The zones differ in {what}: {'; '.join(told)}. Pooling would mix different questions."
        raise DesignError(f"{message} Compare all zones in one way, or pool those that are alike.")
    return values[0]


def _differences(results: Mapping[str, Comparison]) -> list[str]:
    """Return what may make zones differ that is no refusal: wording, linking, simulated answers."""
    notes = []
    if len({(one.provenance.questionnaire, one.provenance.fingerprint) for one in results.values()}) > 1:
        notes.append(
            "The zones used different versions of the questionnaire; a difference between zones may be one of wording."
        )
    linked = [zone for zone, one in results.items() if one.linked]
    if linked and len(linked) < len(results):
        others = [zone for zone in results if zone not in linked]
        notes.append(f"The same people were compared in {_listed(linked)}, different people in {_listed(others)}.")
    made_up = [zone for zone, one in results.items() if one.simulated]
    if made_up and len(made_up) < len(results):
        notes.append(f"The answers of {_listed(made_up)} were made up, so what is pooled is not real either.")
    return notes


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)
