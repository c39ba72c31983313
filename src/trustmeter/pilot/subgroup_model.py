"""Groups known before a pilot: who belongs where, each group's own change, and the test whether these differ."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import scipy

from trustmeter.errors import DesignError, EstimationError, did_you_mean
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.pilot.change.few_areas import area_inference
from trustmeter.pilot.change.inference import Inference, by_t, without_test
from trustmeter.pilot.change.layout import Codes, Floats, Layout, Truths
from trustmeter.pilot.change.model import METHODS, ScaleRows, WaveModel, wave_model
from trustmeter.pilot.change.sample import GROUPING_ROLES
from trustmeter.responses.labels import in_natural_order, row_labels
from trustmeter.results import told_count
from trustmeter.scoring.model import Scores
from trustmeter.stats.regression.cluster_covariance import cluster_robust, contrast_tests, wald_test
from trustmeter.stats.regression.least_squares import fit

MOST_GROUPS = 12
WHERE = "compare_subgroups"
HIDDEN, UNFIT = "suppressed", "not estimated"


@dataclass(frozen=True, eq=False, slots=True)
class Membership:
    """Which group each row of a layout belongs to.

    Parameters
    ----------
    code
        Shape (rows,): place in `names`, -1 where not known.
    names
        The groups in natural order, or in the order of an item's options.
    labels
        Group → its label in each language; empty where `by` is no item.
    notes
        What must travel with the numbers.
    """

    code: Codes
    names: tuple[str, ...]
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class GroupAnswer:
    """One group's change (or effect) and its model; the model is ``None`` where nothing was estimated.

    Parameters
    ----------
    name
        The group.
    n
        Its people with scores.
    found, model
        The estimate and what it came from.
    why
        Empty, or why there is no number.
    """

    name: str
    n: int
    found: Inference | None
    model: WaveModel | None
    why: str = ""


def membership_of(layout: Layout, by: str, scales: Sequence[str]) -> Membership:
    """Read the groups of a column or item; of linked people as they were before.

    Raises
    ------
    DesignError
        When the column is an id, a wave, not known before the pilot, part of a scale, or has too many groups.
    """
    scores = layout.scores
    labels, order, texts = _labels_of(scores, by, scales)
    home = _before_row(layout)
    settled = labels.iloc[home]
    known = settled.notna().to_numpy(dtype=bool)
    if not known[layout.before].any():
        message = f"Nobody's {by!r} is known from the wave before, {layout.design.before!r}."
        raise DesignError(
            f"{message} Groups that were asked only afterwards may be the pilot's own work. Take a column that was filled in before."
        )
    counts = settled.dropna().value_counts()
    names = (
        [name for name in order if name in counts.index]
        if order
        else in_natural_order([str(one) for one in counts.index])
    )
    if len(names) < 2 or len(names) > MOST_GROUPS:
        message = f"{by!r} has {len(names)} different values; groups that can be compared are 2 to {MOST_GROUPS}."
        raise DesignError(
            f"{message} {'For one group use `compare`.' if len(names) < 2 else 'Join values into few groups first.'}"
        )
    places = {name: place for place, name in enumerate(names)}
    code = np.array([places.get(name, -1) if isinstance(name, str) else -1 for name in settled], dtype=np.intp)
    shown = {name: texts[name] for name in names if name in texts}
    return Membership(code, tuple(names), shown, tuple(_said(layout, by, labels, settled, known)))


def _labels_of(
    scores: Scores, by: str, scales: Sequence[str]
) -> tuple[pd.Series[Any], list[str], dict[str, dict[str, str]]]:
    """Return each row's group, the order of groups where there is one, and their labels by language."""
    roles = scores.roles
    if by in {"respondent", "wave", roles.respondent, roles.wave}:
        what = "people apart" if by in {"respondent", roles.respondent} else "waves apart"
        raise DesignError(
            f"{by!r} tells {what}; it makes no groups. Name a column that was known before, such as an age group."
        )
    named = {role: getattr(roles, role) for role in GROUPING_ROLES if getattr(roles, role) is not None}
    listed = {**{column: column for column in (*named.values(), *roles.kept)}, **named}
    if by in listed:
        return row_labels(scores.frame[listed[by]]), [], {}
    questionnaire = scores.answers.questionnaire
    items = {item.id: item for item in questionnaire.items if item.response_scale.substantive}
    read = [item for item in scores.answers.item_ids if item in items]
    if by not in read:
        message = (
            f"The `by` argument of `{WHERE}` must name a role ({', '.join(named) or 'none is there'}), a kept column"
        )
        raise DesignError(
            f"{message} or an item with options that was read. Got {by!r}.{did_you_mean(by, [*listed, *read])}"
        )
    inside = [one.id for one in questionnaire.scales if one.id in scales and by in one.items]
    if inside:
        message = f"The item {by!r} is part of the scale {inside[0]!r}: people chosen by an answer move back to the middle by themselves."
        raise DesignError(f"{message} Group by something else that was known before.")
    options = items[by].response_scale.substantive
    texts = {option.code: {tag: option.text.read(tag) for tag in questionnaire.languages} for option in options}
    return row_labels(scores.answers.frame[by]), [option.code for option in options], texts


def _before_row(layout: Layout) -> Codes:
    """Return for each row the row of the same person before; the row itself where there is none."""
    rows = np.flatnonzero(layout.before)
    place = pd.Series(rows, index=layout.person[rows])
    found = pd.Series(layout.person).map(place[~place.index.duplicated()]).to_numpy(dtype=float)
    return np.where(np.isnan(found), np.arange(len(layout)), found).astype(np.intp)


def _said(layout: Layout, by: str, labels: pd.Series[Any], settled: pd.Series[Any], known: Truths) -> list[str]:
    """Return what must be said of who belongs to which group."""
    notes = []
    if layout.linked == "different":
        notes.append(
            f"Each wave's people are grouped by their own {by!r}. If the pilot could change who belongs where, a group's change "
            "mixes both."
        )
    now, then = labels.to_numpy(dtype=object), settled.to_numpy(dtype=object)
    moved = sum(isinstance(a, str) and isinstance(b, str) and a != b for a, b in zip(now, then, strict=True))
    if moved:
        notes.append(f"People who changed their {by!r} count where they were before ({told_count(moved)} rows).")
    if not known.all():
        notes.append(f"Left out: {told_count(int((~known).sum()))} rows without a value of {by!r}.")
    return notes


def group_answers(
    rows: ScaleRows, member: Membership, code: Codes, *, min_n: int, conf_level: float, seed: Any
) -> list[GroupAnswer]:
    """Return each group's own estimate; small groups, and those from which they could be worked out, have none.

    People of no group are a group that is not shown: few of them could be worked out, too.

    Parameters
    ----------
    rows
        A scale's rows.
    member, code
        The groups, and the group of each of these rows.
    min_n, conf_level, seed
        As the verb has them.
    """
    parts = [rows.select(code == place) for place in range(len(member.names))]
    cells = [_cells(part) for part in (*parts, rows.select(code < 0))]
    smallest = [min((count for count in one if count), default=0) for one in cells]
    hidden = _hidden(smallest, [*(min(one) < min_n for one in cells[:-1]), True])[:-1]
    return [
        GroupAnswer(name, part.people(), None, None, HIDDEN) if hide else _estimated(name, part, conf_level, seed)
        for name, part, hide in zip(member.names, parts, hidden, strict=True)
    ]


def _cells(part: ScaleRows) -> list[int]:
    """Count the people of each wave, with comparison areas of each wave in either kind of area."""
    layout = part.layout
    waves = [layout.before, layout.after]
    if layout.treated is None:
        return [part.people(wave) for wave in waves]
    return [part.people(wave & kind) for kind in (layout.treated, ~layout.treated) for wave in waves]


def _hidden(sizes: Sequence[int], few: Sequence[bool]) -> list[bool]:
    """Hide groups that are too small, and the next smallest until the hidden ones together are ten people in a wave.

    Otherwise the numbers of all people, which `compare` gives, less those of the groups shown, would be theirs. A group's size
    is that of its smallest cell with anybody in it.
    """
    hidden = [flag or size == 0 for flag, size in zip(few, sizes, strict=True)]
    while True:
        behind = [size for size, hide in zip(sizes, hidden, strict=True) if hide and size]
        shown = [size for size, hide in zip(sizes, hidden, strict=True) if not hide]
        if not shown or sum(behind) == 0 or sum(behind) >= FEWEST_PEOPLE:
            return hidden
        hidden = [hide or size == min(shown) for size, hide in zip(sizes, hidden, strict=True)]


def _estimated(name: str, part: ScaleRows, conf_level: float, seed: Any) -> GroupAnswer:
    try:
        model = wave_model(part)
        found = _group_inference(model, conf_level, seed)
    except EstimationError:
        return GroupAnswer(name, part.people(), None, None, UNFIT)
    return GroupAnswer(name, part.people(), found, model)


def _group_inference(model: WaveModel, conf_level: float, seed: Any) -> Inference:
    if model.rows.layout.treated is None:
        return model.infer(model.change[1], conf_level)
    return area_inference(model, 1, conf_level, seed)


def interaction(answers: Sequence[GroupAnswer], conf_level: float) -> tuple[Inference, str]:
    """Test whether the groups' changes (or effects) are the same; returns it, and why there is no test.

    Of two groups a t test of the difference (second minus first), of more the HTZ test, whose `df` is the denominator's.
    """
    models = [one.model for one in answers if one.model is not None]
    people = sum(one.n for one in answers if one.model is not None)
    nothing = without_test(math.nan, n=people, method="no test", reason="")
    if len(models) < 2:
        return nothing, "fewer than two groups have a number"
    if few := _too_few_areas(models):
        return nothing, few
    x = scipy.linalg.block_diag(*(model.robust.fit.x for model in models))
    weights = [model.robust.fit.weights for model in models]
    joint = fit(
        x, np.concatenate([model.robust.fit.y for model in models]),
        None if any(one is None for one in weights) else np.concatenate([one for one in weights if one is not None]),
    )  # fmt: skip
    clusters = np.concatenate([model.rows.layout.cluster for model in models])
    robust = cluster_robust(joint, clusters)
    contrasts = _contrasts(models)
    method = METHODS[models[0].rows.layout.clustered_by]
    if len(models) == 2:
        tests = contrast_tests(robust, contrasts)
        estimate, error, df = float(tests.estimate[0]), float(tests.std_error[0]), float(tests.df[0])
        if math.isnan(error) or math.isnan(df):
            return without_test(estimate, n=people, method=method, reason=""), "too few clusters"
        return by_t(estimate, error, df, conf_level=conf_level, n=people, method=method), ""
    try:
        wald = wald_test(robust, contrasts)
    except EstimationError:
        return nothing, "too few clusters"
    told = f"HTZ test of {wald.df_numerator + 1} groups alike, F with {wald.df_numerator} and df degrees; {method}"
    nan = math.nan
    found = Inference(
        nan, nan, wald.statistic, wald.df_denominator, wald.p_value, nan, nan, people, told, "", lambda value: (nan, nan)
    )  # fmt: skip
    return found, "" if math.isfinite(wald.p_value) else "too few clusters"


def _contrasts(models: Sequence[WaveModel]) -> Floats:
    """Return a row a group but the first: its change (or effect) minus the first group's."""
    widths = [model.robust.fit.x.shape[1] for model in models]
    starts = np.concatenate([[0], np.cumsum(widths)[:-1]])
    columns = [
        start + (model.effect[1] if model.effect else model.change[1])
        for start, model in zip(starts, models, strict=True)
    ]
    contrasts = np.zeros((len(models) - 1, sum(widths)))
    for place, column in enumerate(columns[1:]):
        contrasts[place, column], contrasts[place, columns[0]] = 1.0, -1.0
    return contrasts


def _too_few_areas(models: Sequence[WaveModel]) -> str:
    """Return why areas cannot bear a test of groups, or an empty text."""
    for model in models:
        layout = model.rows.layout
        if layout.treated is not None and layout.area is not None:
            sides = [len(np.unique(layout.area[kind])) for kind in (layout.treated, ~layout.treated)]
            if min(sides) < 2:
                return "a test needs two areas with and two without the pilot in every group"
    return ""
