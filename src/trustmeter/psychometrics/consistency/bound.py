"""Guttman's bounds, the greatest lower bound and split halves of one scale."""

from __future__ import annotations

import math

import numpy as np

from trustmeter.psychometrics.consistency.sample import Request, Row, Sample, row
from trustmeter.psychometrics.matrix import Floats
from trustmeter.stats.consistency.bounds import LAMBDA_2, LAMBDA_6
from trustmeter.stats.consistency.lower_bound import greatest_bound, greatest_bounds
from trustmeter.stats.consistency.split_half import (
    EXACT_ITEMS,
    SplitHalves,
    best_split,
    fourth_bounds,
    split_gradient,
    split_halves,
    split_values,
)  # fmt: skip
from trustmeter.stats.covariance import NO_INTERVAL, Coefficient

BOUND_TERMS = ("lambda2", "lambda4", "lambda6", "glb", "split_half")
SPLIT_ROWS = {
    "split_half_mean": math.nan,
    "split_half_min": 0.0,
    "split_half_q05": 0.05,
    "split_half_median": 0.5,
    "split_half_q95": 0.95,
    "split_half_max": 1.0,
}
"""The rows of ``"split_half"``: which quantile of the splits each is."""

_SMOOTH = {"lambda2": LAMBDA_2, "lambda6": LAMBDA_6}
_BY_BOOTSTRAP = (
    "lambda4, glb and split halves have no standard error by formula; `interval='bootstrap'` gives intervals."
)
_BIAS = "the glb (and lambda4) is too high in samples, the more so the fewer people and the more items."
_SINGULAR = "one item is the sum or the copy of others, or pairs contradict each other"
_BLOCK = 8_000_000


def bound_rows(sample: Sample, term: str) -> tuple[list[Row], list[str]]:
    """Return the rows of one of `BOUND_TERMS`, and what must be said."""
    if term in _SMOOTH:
        return _smooth_rows(sample, term)
    remarks = [] if sample.request.resamples else [_BY_BOOTSTRAP]
    if term == "split_half":
        rows, said = _split_rows(sample)
        return rows, remarks + said
    rows, said = (_fourth_rows if term == "lambda4" else _greatest_rows)(sample)
    return rows, [*remarks, *said, _BIAS]


def pairwise_bounds(S: Floats, request: Request) -> tuple[dict[str, tuple[float, str]], list[str]]:
    """Return the bounds asked for of a matrix from pairs, each with its method, and what must be said."""
    found: dict[str, tuple[float, str]] = {}
    remarks: list[str] = []
    if "lambda2" in request.terms:
        found["lambda2"] = (float(LAMBDA_2.of(S)), "pairwise")
    if "lambda4" in request.terms:
        split, exact = best_split(S, np.random.default_rng(0))
        found["lambda4"] = (float(split_values(S[None], split[None])[0, 0]), f"pairwise, {_tried(exact)}")
        remarks.append(_BIAS)
    for term in [one for one in ("lambda6", "glb") if one in request.terms]:
        if _singular(S):
            found[term] = (math.nan, "pairwise")
            remarks.append(f"no {term}: {_SINGULAR}.")
        else:
            value = greatest_bound(S).value if term == "glb" else float(LAMBDA_6.of(S))
            found[term] = (value, "pairwise")
    return found, list(dict.fromkeys(remarks + ([_BIAS] if "glb" in found else [])))


def _smooth_rows(sample: Sample, term: str) -> tuple[list[Row], list[str]]:
    functional = _SMOOTH[term]
    value = float(functional.of(sample.S))
    if math.isnan(value):
        return [row(term, math.nan, NO_INTERVAL, sample.adf)], [f"no {term}: {_SINGULAR}."]
    interval, way = sample.smooth_interval(sample.coefficient(value, functional.gradient(sample.S)), functional)
    return [row(term, value, interval, way)], []


def _fourth_rows(sample: Sample) -> tuple[list[Row], list[str]]:
    S = sample.S
    split, exact = best_split(S, sample.search_rng())
    value = float(split_values(S[None], split[None])[0, 0])
    if not sample.request.resamples:
        return [row("lambda4", value, NO_INTERVAL, _tried(exact))], []
    found = sample.coefficient(value, split_gradient(S, split))
    interval, way = sample.drawn_interval(fourth_bounds(sample.resampled, split), found)
    return [row("lambda4", value, interval, f"{_tried(exact)}, {way}")], []


def _greatest_rows(sample: Sample) -> tuple[list[Row], list[str]]:
    if _singular(sample.S):
        return [row("glb", math.nan, NO_INTERVAL, "semidefinite programme")], [f"no glb: {_SINGULAR}."]
    bound = greatest_bound(sample.S)
    if not sample.request.resamples:
        return [row("glb", bound.value, NO_INTERVAL, "semidefinite programme")], []
    found = sample.coefficient(bound.value, bound.gradient)
    interval, way = sample.drawn_interval(greatest_bounds(sample.resampled), found)
    return [row("glb", bound.value, interval, f"semidefinite programme, {way}")], []


def _split_rows(sample: Sample) -> tuple[list[Row], list[str]]:
    halves = split_halves(sample.S, sample.search_rng())
    words = f"{'all' if halves.complete else 'a sample of'} {len(halves.values)} splits into halves"
    values = _quantiles(halves.values[None])[:, 0]
    remarks = []
    if len(sample.S) % 2:
        remarks.append("with an odd number of items the halves differ by one, which lowers split-half coefficients.")
    if not sample.request.resamples:
        return [
            row(term, float(value), NO_INTERVAL, words) for term, value in zip(SPLIT_ROWS, values, strict=True)
        ], remarks
    rows = []
    for term, value, drawn in zip(SPLIT_ROWS, values, _replicated(sample, halves), strict=True):
        place = int(np.argmin(np.abs(halves.values - value)))
        gradient = split_gradient(sample.S, halves.splits[place])
        found = Coefficient(float(value), sample.moments.influence(gradient))
        interval, way = sample.drawn_interval(drawn, found)
        rows.append(row(term, float(value), interval, f"{words}, {way}"))
    return rows, remarks


def _replicated(sample: Sample, halves: SplitHalves) -> Floats:
    """Return each row's quantity in each resample, shape (rows, draws)."""
    stack = sample.resampled
    step = max(1, _BLOCK // len(halves.values))
    parts = [_quantiles(split_values(stack[at : at + step], halves.splits)) for at in range(0, len(stack), step)]
    return np.concatenate(parts, axis=1)


def _quantiles(values: Floats) -> Floats:
    """Return mean and quantiles over the splits of (draws, m), shape (rows, draws)."""
    parts = [level for level in SPLIT_ROWS.values() if not math.isnan(level)]
    return np.vstack([values.mean(axis=1), np.quantile(values, parts, axis=1)])


def _tried(exact: bool) -> str:
    return "all splits tried" if exact else f"best split found (more than {EXACT_ITEMS} items)"


def _singular(S: Floats) -> bool:
    sd = np.sqrt(np.diag(S))
    return bool(np.linalg.eigvalsh(S / np.outer(sd, sd))[0] < 1e-8)
