"""What a larger design says of one scale: means, changes, and with comparison areas the effect."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.pilot.change.answer import AreaChangesOf, Remark, ScaleAnswer
from trustmeter.pilot.change.few_areas import area_inference
from trustmeter.pilot.change.inference import Inference, by_t, without_test
from trustmeter.pilot.change.layout import Layout, small_areas
from trustmeter.pilot.change.model import (
    METHODS,
    ScaleRows,
    Truths,
    WaveModel,
    area_changes,
    arm_mean,
    scale_rows_of,
    wave_model,
)
from trustmeter.pilot.change.rows import GROUP_NAMES, MORE_PEOPLE, WAVE_NAMES, hidden_rows
from trustmeter.stats.comparison.overlap import overlap_change
from trustmeter.stats.consistency.moments import effective_size
from trustmeter.stats.regression.joint_bootstrap import FittedContrast

Row = dict[str, Any]

EFFECT, EFFECT_SIZE, PRE_TREND = "effect", "d_effect", "pre_trend"
GROUP_SIZE = "d_s"
ARMS = ("pilot areas", "comparison areas")
BLANK = ("statistic", "p_value")
"""What a mean does not have: nobody asks whether it is zero."""


def model_answer(layout: Layout, scale: str, *, conf_level: float, min_n: int, seed: Any) -> ScaleAnswer:
    """Return the rows of one scale of a design with areas, clusters, weights, covariates, overlap or more waves."""
    rows = scale_rows_of(layout, scale)
    if min(_worth(rows, arm) for arm in _arms(rows)) < min_n:
        where = "of one kind of area in a wave" if layout.treated is not None else "in one of the two waves"
        terms = (*WAVE_NAMES, EFFECT, EFFECT_SIZE) if layout.treated is not None else (*WAVE_NAMES, "d_av")
        hidden = hidden_rows(terms, layout.design.contrast, {}, rows.people())
        return ScaleAnswer(
            hidden, None, [(f"Suppressed, because fewer than {min_n} people {where} {MORE_PEOPLE}", scale)]
        )
    model = wave_model(rows.of_wave(len(layout.design.earlier) + 1))
    made = _area_rows(model, conf_level, seed) if layout.treated is not None else _change_rows(model, conf_level)
    found, listed = made
    further, untold = _further_rows(rows, conf_level, min_n, seed)
    listed += further
    remarks = [] if math.isfinite(found.p_value) else [("No test and no interval", scale)]
    remarks += [*_area_remarks(layout, rows, found, scale), *untold]
    return ScaleAnswer(listed, found, remarks, _joint(model, found, seed))


def group_answer(layout: Layout, scale: str, *, conf_level: float, min_n: int) -> ScaleAnswer:
    """Return the rows of one scale of two groups with weights or clusters, from `two_sets.group_layout_of`."""
    rows, contrast = scale_rows_of(layout, scale), layout.design.contrast
    arms = _arms(rows)
    if min(_worth(rows, arm) for arm in arms) < min_n:
        few = f"Suppressed, because fewer than {min_n} people in one of the two {MORE_PEOPLE}"
        counts = {name: rows.people(arm) for name, arm in zip(GROUP_NAMES, arms, strict=False)}
        hidden = hidden_rows((*GROUP_NAMES, GROUP_SIZE), contrast, counts, rows.people())
        return ScaleAnswer(hidden, None, [(few, scale)])
    means = [_mean_row(name, arm_mean(rows, arm, conf_level)) for name, arm in zip(GROUP_NAMES, arms, strict=False)]
    model = wave_model(rows) if len(np.unique(rows.layout.cluster)) > 1 else None
    if model is None:
        estimate = means[1]["estimate"] - means[0]["estimate"]
        found = without_test(estimate, n=rows.people(), method=METHODS[layout.clustered_by], reason="")
    else:
        found = _change(model, model.change[1], conf_level, "difference")
    size = _size_row(GROUP_SIZE, found, rows, pooled=True)
    listed = [*means, {**found.row(GROUP_NAMES[2]), "contrast": contrast}, {**size, "contrast": contrast}]
    remarks = [] if math.isfinite(found.p_value) else [("No test and no interval", scale)]
    return ScaleAnswer(listed, found, remarks, _joint(model, found, None) if model and found.df > 0 else None)


def _joint(model: WaveModel, found: Inference, seed: Any) -> FittedContrast | AreaChangesOf | None:
    """Return what the question is drawn from together with other scales; ``None`` where a single area is judged."""
    layout, place = model.rows.layout, len(model.rows.layout.design.earlier) + 1
    if found.df > 0:
        column = (model.effect or model.change)[place]
        return FittedContrast(model.robust.fit, layout.cluster, np.eye(len(model.robust.fit.coefficients))[column])
    areas = area_changes(model, place) if math.isfinite(found.statistic) else None
    if areas is None or len(areas.changes) < len(layout.area_names):
        return None
    return AreaChangesOf(areas.changes, areas.treated, int(np.random.default_rng(seed).integers(2**32)))


def _arms(rows: ScaleRows) -> list[Truths]:
    """Return the groups of rows whose means are told: the two waves, or of both kinds of area."""
    layout = rows.layout
    waves = [layout.before, layout.after]
    if layout.treated is None:
        return waves
    return [wave & kind for kind in (layout.treated, ~layout.treated) for wave in waves]


def _change_rows(model: WaveModel, conf_level: float) -> tuple[Inference, list[Row]]:
    rows, design = model.rows, model.rows.layout.design
    start = len(design.earlier)
    found = _overlap(rows, conf_level) or _change(model, model.change[start + 1], conf_level)
    means = [
        _mean_row(name, arm_mean(rows, arm, conf_level)) for name, arm in zip(WAVE_NAMES, _arms(rows), strict=False)
    ]
    listed = [*means, {**found.row(WAVE_NAMES[2]), "contrast": design.contrast}]
    listed.append({**_size_row("d_av", found, rows), "contrast": design.contrast})
    return found, listed


def _area_rows(model: WaveModel, conf_level: float, seed: Any) -> tuple[Inference, list[Row]]:
    rows, design = model.rows, model.rows.layout.design
    start = len(design.earlier)
    listed: list[Row] = []
    for place, group in enumerate(ARMS):
        within = rows.select(_of_kind(rows, place == 0)).without_areas()
        listed += [
            {**_mean_row(WAVE_NAMES[0], arm_mean(within, within.layout.before, conf_level)), "group": group},
            {**_mean_row(WAVE_NAMES[1], arm_mean(within, within.layout.after, conf_level)), "group": group},
            {**_arm_change(within, conf_level).row(WAVE_NAMES[2]), "group": group, "contrast": design.contrast},
        ]
    found = area_inference(model, start + 1, conf_level, seed)
    listed.append({**found.row(EFFECT), "contrast": design.contrast})
    listed.append({**_size_row(EFFECT_SIZE, found, rows), "contrast": design.contrast})
    return found, listed


def _worth(rows: ScaleRows, arm: Truths) -> float:
    """Return how many people some rows rest on; of weighted rows, how many unweighted ones would tell as much (Kish)."""
    weights = rows.layout.weights
    people = rows.people(arm)
    return people if weights is None or not people else min(people, effective_size(weights[arm]))


def _further_rows(rows: ScaleRows, conf_level: float, min_n: int, seed: Any) -> tuple[list[Row], list[Remark]]:
    """Return the change, or effect, of each further wave; of linked people only those who are in it and in the wave before."""
    design, listed, untold = rows.layout.design, [], []
    start, has_areas = len(design.earlier), rows.layout.treated is not None
    for place, wave in enumerate(design.waves):
        if place in {start, start + 1}:
            continue
        term = (PRE_TREND if place < start else EFFECT) if has_areas else WAVE_NAMES[2]
        asked = {"wave": wave, "contrast": f"{wave} - {design.before}"}
        part = rows.of_wave(place)
        if min(_worth(part, arm) for arm in _arms(part)) < min_n:
            hidden = hidden_rows((term,), asked["contrast"], {}, part.people())
            listed += [{**row, **asked, "n": None} for row in hidden]
            continue
        try:
            model = wave_model(part)
            found = (
                area_inference(model, 1, conf_level, seed) if has_areas else model.infer(model.change[1], conf_level)
            )
        except EstimationError as error:
            untold.append((f"Wave left out: {str(error).rstrip('.')}", wave))
            continue
        listed.append({**found.row(term), **asked})
    return listed, untold


def _area_remarks(layout: Layout, rows: ScaleRows, found: Inference, scale: str) -> list[Remark]:
    """Return which areas are left out, and which of few people count as much as the others."""
    if layout.area is None or rows.layout.area is None:
        return []
    there = [layout.area_names[code] for code in np.unique(rows.layout.area)]
    absent = f"Areas left out of {scale}, for nobody there can be compared"
    remarks = [(absent, name) for name in layout.area_names if name not in there]
    if not found.df > 0 and math.isfinite(found.statistic):
        few = f"Areas of which fewer than {FEWEST_PEOPLE} people answered before or after, but which count as much as the others"
        remarks += [(few, name) for name in small_areas(rows.layout) if name in there]
    return list(dict.fromkeys(remarks))


def _change(model: WaveModel, column: int, conf_level: float, what: str = "change") -> Inference:
    """Return a change, or difference (`what`), with a word on how much tells of it where rows come in clusters."""
    found = model.infer(column, conf_level)
    if model.rows.layout.clustered_by != "cluster":
        return found
    clusters = model.robust.clusters
    if found.df > 0:
        reason = f"The {what} rests on {clusters} clusters: its test has {found.df:.1f} degrees of freedom, however many people answered."
    else:
        reason = f"The {what} is what single clusters (of {clusters}) decide alone, so that nothing tells how clusters differ by chance."
    return replace(found, reason=reason)


def _overlap(rows: ScaleRows, conf_level: float) -> Inference | None:
    """Return the change of partly the same people by the best combination, where nothing else has to be allowed for."""
    layout = rows.layout
    more = layout.weights is not None or layout.covariates.shape[1] or len(layout.design.waves) > 2
    if layout.linked != "overlap" or layout.clustered_by != "person" or more:
        return None
    person = np.unique(layout.person, return_inverse=True)[1]
    scores = np.full((2, int(person.max()) + 1), np.nan)
    for wave, chosen in enumerate((layout.before, layout.after)):
        scores[wave, person[chosen]] = rows.y[chosen]
    try:
        best = overlap_change(scores[0], scores[1])
    except EstimationError:
        return None
    method = "people in both waves and in one, combined"
    return by_t(best.estimate, best.std_error, best.df, conf_level=conf_level, n=rows.people(), method=method)


def _of_kind(rows: ScaleRows, with_pilot: bool) -> Truths:
    treated = rows.layout.treated
    everybody = np.ones(len(rows.layout), dtype=bool)
    return everybody if treated is None else treated == with_pilot


def _arm_change(rows: ScaleRows, conf_level: float) -> Inference:
    """Return the change within one kind of area."""
    model = wave_model(rows)
    return model.infer(model.change[len(rows.layout.design.earlier) + 1], conf_level)


def _mean_row(term: str, found: Inference) -> Row:
    return {**found.row(term), **dict.fromkeys(BLANK, math.nan)}


def _size_row(term: str, found: Inference, rows: ScaleRows, *, pooled: bool = False) -> Row:
    """Return the change in standard deviations of the scores before and after; its interval takes these as known.

    The two count the same, or (`pooled`) as many times as there are people, less one.
    """
    squares, sizes = [], []
    for arm in (rows.layout.before, rows.layout.after):
        weights = None if rows.layout.weights is None else rows.layout.weights[arm]
        centre = np.average(rows.y[arm], weights=weights)
        squares.append(float(np.average((rows.y[arm] - centre) ** 2, weights=weights)) * arm.sum() / (arm.sum() - 1))
        sizes.append(int(arm.sum()) - 1 if pooled else 1)
    spread = math.sqrt(np.average(squares, weights=sizes))
    names = ("estimate", "std_error", "ci_low", "ci_high")
    numbers = {name: getattr(found, name) / spread if spread > 0 else math.nan for name in names}
    whose = "difference over the pooled sd of both groups" if pooled else "change over the mean sd of both waves"
    method = f"{whose}, taken as known"
    return {"term": term, **numbers, "n": found.n, "method": method, "suppressed": False}
