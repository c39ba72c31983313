"""Two sets of scores: the same people twice, or different people; and the rows of two groups that were drawn in a way of their own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.pilot.change.answer import Remark, ScaleAnswer
from trustmeter.pilot.change.inference import Inference, by_t
from trustmeter.pilot.change.layout import WHERE, Codes, Layout, cluster_codes, own_codes
from trustmeter.pilot.change.rows import (
    GROUP_NAMES,
    GROUP_TERMS,
    LIMIT_TERM,
    MORE_PEOPLE,
    PAIRED_TERMS,
    SHARE_TERMS,
    WAVE_NAMES,
    group_rows,
    hidden_rows,
    paired_rows,
    share_rows,
)
from trustmeter.pilot.change.sample import Sample, group_sample
from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.psychometrics.consistency.estimate import reliability
from trustmeter.responses.labels import row_labels
from trustmeter.responses.sampling import row_weights
from trustmeter.scoring.model import Scores
from trustmeter.stats.comparison.change import ReliableChange, reliable_change
from trustmeter.stats.regression.joint_bootstrap import FittedContrast
from trustmeter.stats.regression.least_squares import fit

Floats = NDArray[np.float64]


def two_set_answer(
    sample: Sample, scale: str, design: PilotDesign | GroupDesign, conf_level: float, min_n: int
) -> ScaleAnswer:
    """Return what two waves, or two groups, say of one scale: means, their difference, effect sizes, shares."""
    values = sample.scores.column(scale).to_numpy(dtype=float, na_value=np.nan)
    first, second = values[sample.first], values[sample.second]
    names = WAVE_NAMES if isinstance(design, PilotDesign) else GROUP_NAMES
    if sample.linked:
        kept = ~(np.isnan(first) | np.isnan(second))
        first, second = first[kept], second[kept]
    else:
        first, second = first[~np.isnan(first)], second[~np.isnan(second)]
    everybody = len(first) if sample.linked else len(first) + len(second)
    if min(len(first), len(second)) < min_n:
        terms = (*names, *PAIRED_TERMS, LIMIT_TERM, *SHARE_TERMS) if sample.linked else (*names, *GROUP_TERMS)
        counts = {names[0]: len(first), names[1]: len(second)}
        who = "pairs" if sample.linked else "people in one of the two"
        few = f"Suppressed, because fewer than {min_n} {who} {MORE_PEOPLE}"
        return ScaleAnswer(hidden_rows(terms, design.contrast, counts, everybody), None, [(few, scale)])
    remarks: list[Remark] = []
    if not sample.linked:
        rows = group_rows(first, second, design.contrast, conf_level, names)
    else:
        changed, remarks = _reliable_change(sample, scale, first, second, kept)
        rows = paired_rows(first, second, design.contrast, conf_level)
        rows += share_rows(changed, len(first), design.contrast, conf_level)
    if math.isnan(rows[2]["p_value"]):
        remarks.append(("No test and no interval, because the numbers do not vary", scale))
    found = _inference(rows[2], conf_level)
    return ScaleAnswer(rows, found, remarks, _joint(sample, values) if found.df > 0 else None)


def group_layout_of(scores: Scores, design: GroupDesign) -> Layout:
    """Read the rows of two groups with weights or clusters: the first group stands where the wave before does.

    Rows of one person are a cluster where none are named.

    Raises
    ------
    DesignError
        When a group or column is not there, weights are no weights, or all rows are in one cluster.
    ResponsesError
        When a person has more than one row in a group.
    """
    sample = group_sample(scores, design)
    left_out, second = dict(sample.left_out), np.zeros(len(sample.scores), dtype=np.intp)
    second[sample.second] = 1
    weights = row_weights(sample.scores.answers, design.weights, WHERE) if design.weights is not None else None
    used = np.ones(len(second), dtype=bool) if weights is None else weights > 0
    if not used.all():
        left_out["rows of weight zero"] = int((~used).sum())
    found, wave = sample.scores.select(used), second[used]
    person = _people_of_groups(found)
    cluster = (
        None if design.clusters is None else cluster_codes(found, design.clusters, np.arange(len(found)), "difference")
    )
    as_waves = PilotDesign(design.first, design.second, False, weights=design.weights, clusters=design.clusters)
    return Layout(
        scores=found, design=as_waves, wave=wave, person=person, linked="different", area=None, area_names=(),
        treated=None, cluster=person if cluster is None else cluster,
        clustered_by="person" if cluster is None else "cluster", weights=None if weights is None else weights[used],
        covariates=np.empty((len(found), 0)), covariate_names=(), notes=sample.notes, left_out=left_out,
    )  # fmt: skip


def _people_of_groups(scores: Scores) -> Codes:
    """Return a code a person, told apart by code within their zone; rows without a code each have their own."""
    roles = scores.roles
    if roles.respondent is None:
        return np.arange(len(scores), dtype=np.intp)
    keys = row_labels(scores.frame[roles.respondent])
    if roles.zone is not None:
        keys = row_labels(scores.frame[roles.zone]) + "\x1f" + keys
    return own_codes(pd.factorize(keys)[0])


def _joint(sample: Sample, values: Floats) -> FittedContrast:
    """Return the change, or difference, as a contrast of least squares, people the clusters."""
    one = np.ones(1)
    if sample.linked:
        change = values[sample.second] - values[sample.first]
        there = ~np.isnan(change)
        return FittedContrast(fit(np.ones((there.sum(), 1)), change[there]), np.flatnonzero(there), one)
    rows = np.concatenate([sample.first, sample.second])
    second = np.repeat([0.0, 1.0], [len(sample.first), len(sample.second)])
    there = ~np.isnan(values[rows])
    x = np.column_stack([np.ones(there.sum()), second[there]])
    return FittedContrast(fit(x, values[rows][there]), rows[there], np.array([0.0, 1.0]))


def _inference(row: dict[str, Any], conf_level: float) -> Inference:
    estimate, std_error, df = (float(row[name]) for name in ("estimate", "std_error", "df"))
    return by_t(estimate, std_error, df, conf_level=conf_level, n=int(row["n"]), method=str(row["method"]))


def _reliable_change(
    sample: Sample, scale: str, before: Floats, after: Floats, kept: NDArray[np.bool_]
) -> tuple[ReliableChange | None, list[Remark]]:
    """Count reliable changes with the scale's alpha before, in the pairs compared; ``None`` where there is no alpha."""
    rows = np.zeros(len(sample.scores), dtype=bool)
    rows[sample.first[kept]] = True
    try:
        alpha = reliability(sample.scores.answers.select(rows), scale=scale).value("alpha", scale)
    except (DesignError, EstimationError):
        alpha = math.nan
    if not 0 < alpha <= 1:
        return None, [("No shares of improved and worsened people, for want of a positive alpha before", scale)]
    return reliable_change(before, after, alpha), []
