"""The answers of groups or waves, made ready for one measurement model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_PEOPLE, ItemTreatment, MissingRule
from trustmeter.psychometrics.grouping import Grouped
from trustmeter.psychometrics.matrix import ItemMatrix, item_matrices
from trustmeter.responses.model import Responses
from trustmeter.results import told_count
from trustmeter.stats.sem.invariance_steps import Layout
from trustmeter.stats.sem.sample import NormalSample, OrdinalSample, normal_sample, ordinal_sample

FEWEST_IN_A_UNIT = 50
"""A group or wave with fewer people is not examined: tests of structure are not to be trusted there."""
ROUGH = 200
"""Below so many people in a group the tests are rough; a note says so."""
MOST_CATEGORIES = 7
"""Items with more different answers are taken as numbers unless asked otherwise."""
MOSTLY_LINKED = 0.5
"""Share of the smaller wave that must be in all waves before people are taken to be linked unasked."""

ALIKE = 0.999
"""Two items with a larger correlation, of either sign, are one."""

HOLES = (
    "answers are missing: each threshold rests on all who answered the item, each correlation on all who answered both; "
    "right when answers are missing by chance alone."
)
FULL_INFORMATION = (
    "answers are missing: all rows are used by full information, right when what is missing depends on answers given."
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Units:
    """One scale in several groups or waves.

    Parameters
    ----------
    scale
        The scale's id, or an empty text.
    items, labels
        Names of the k items and of the units; the first unit is the one that others are compared with.
    layout, sample
        What the kernel needs.
    points
        For each item the score (0-100) of each of its categories; of numbers the two ends of its range.
    n
        Shape (units,): rows of each unit that count.
    notes
        What must be said about the data.
    """

    scale: str
    items: tuple[str, ...]
    labels: tuple[str, ...]
    layout: Layout
    sample: NormalSample | OrdinalSample
    points: tuple[Floats, ...]
    n: NDArray[np.intp]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked: how items and holes are treated, whether waves are linked, and which items a factor has (of frames)."""

    treat: ItemTreatment
    missing: MissingRule
    linked: bool | None
    factors: Mapping[str, Sequence[str]] | None
    where: str


def matrices_of(found: Grouped, scale: str | Sequence[str] | None, plan: Plan) -> list[ItemMatrix]:
    """Return the items of each scale asked for; of Responses all scales without dimensions when none is."""
    if scale is None and isinstance(found.answers, Responses):
        asked = found.answers.questionnaire
        scale = [one.id for one in asked.scales if not asked.dimensions(one.id) and len(one.items) > 2]
        read = set(found.answers.item_ids)
        scale = [one for one in scale if read.intersection(asked.scale(one).items)]
    return item_matrices(found.answers, scale, "pairwise", plan.where)


def units_of(found: Grouped, matrix: ItemMatrix, plan: Plan) -> Units:
    """Return the units of one scale.

    Raises
    ------
    EstimationError
        When an item was answered in one way only in a group, or too few rows are left.
    """
    found, small = _large(found, matrix, plan)
    pattern = _pattern(found, matrix, plan)
    ordinal = _is_ordinal(matrix, plan.treat)
    blocks, people = _blocks(found, matrix)
    linked = _are_linked(people, plan)
    rows, notes = _joined(blocks, people) if linked and people is not None else (blocks, _overlap(people))
    rows, clusters = _usable(rows, None if linked else people, complete=plan.missing == "listwise")
    units = np.split(rows[0], len(blocks), axis=1) if linked else rows
    n = np.array([int((~np.isnan(part)).any(axis=1).sum()) for part in units], dtype=np.intp)
    _check_size(n, found.labels, plan.where)
    _check_together(rows, matrix.items)
    _check_alike(units, matrix.items)
    holes = any(np.isnan(part).any() for part in rows)
    notes += [*small, *matrix.far_codes(), *_size_notes(n, [len(block) for block in blocks])]
    notes += [HOLES if ordinal else FULL_INFORMATION] if holes else []
    if ordinal:
        codes, points, merged = _coded(units, matrix, found.labels)
        notes += merged
        sample: OrdinalSample | NormalSample = _ordinal(codes, clusters, linked=linked, items=matrix.items)
    else:
        points = tuple(np.asarray(limits, dtype=float) for limits in matrix.limits)
        _check_spread(units, matrix.items, found.labels)
        sample = normal_sample([np.hstack(units)] if linked else units, clusters=clusters)
    if clusters is not None:
        notes.append("some people answered more than once; standard errors and tests are clustered by respondent.")
    layout = layout_of(sample, pattern, len(blocks), linked=linked)
    return Units(matrix.scale, matrix.items, found.labels, layout, sample, points, n, tuple(notes))


def _large(found: Grouped, matrix: ItemMatrix, plan: Plan) -> tuple[Grouped, list[str]]:
    """Leave out groups in which too few answered this scale, and say so, where at least two others remain."""
    holes = np.isnan(matrix.answers)
    there = ~(holes.any(axis=1) if plan.missing == "listwise" else holes.all(axis=1))
    count = np.bincount(found.codes[there & (found.codes >= 0)], minlength=len(found.labels))
    kept = np.flatnonzero(count >= FEWEST_IN_A_UNIT)
    if len(kept) == len(found.labels) or len(kept) < 2:
        return found, []
    place = np.full(len(found.labels) + 1, -1, dtype=np.intp)
    place[kept] = np.arange(len(kept))
    small = ", ".join(repr(label) for number, label in enumerate(found.labels) if number not in kept)
    note = f"fewer than {FEWEST_IN_A_UNIT} people answered in {small}: left out."
    labels = tuple(found.labels[number] for number in kept)
    if kept[0] > 0:
        note += f" The others are held against {labels[0]!r}."
    return Grouped(found.answers, place[found.codes], labels), [note]


def layout_of(sample: NormalSample | OrdinalSample, pattern: NDArray[np.bool_], units: int, *, linked: bool) -> Layout:
    """Return the layout whose searches begin at the sample's moments."""
    k = len(pattern)
    if isinstance(sample, OrdinalSample):
        thresholds = np.concatenate([one.thresholds for one in sample.groups]).reshape(units, -1)
        levels = sample.groups[0].levels[:k]
        return Layout(pattern, units, linked, levels, np.ones((units, k)), np.zeros((units, k)), thresholds)
    spread = np.concatenate([np.sqrt(np.diag(free.covariance)) for free in sample.free]).reshape(units, k)
    centre = np.concatenate([free.mean for free in sample.free]).reshape(units, k)
    return Layout(pattern, units, linked, None, spread, centre, np.zeros((units, 0)))


def _pattern(found: Grouped, matrix: ItemMatrix, plan: Plan) -> NDArray[np.bool_]:
    """Return which factor is behind which item: the scale's dimensions, the factors named, or one."""
    groups: list[Sequence[str]] = [matrix.items]
    if plan.factors is not None:
        if not isinstance(plan.factors, Mapping) or any(isinstance(items, str) for items in plan.factors.values()):
            raise DesignError(f"The `factors` of `{plan.where}` must map a factor's name to a list of its items.")
        groups = [list(items) for items in plan.factors.values()]
        strange = sorted({item for items in groups for item in items} - set(matrix.items))
        if strange:
            raise DesignError(f"`{plan.where}` knows no item {strange[0]!r} named in `factors`.")
    elif isinstance(found.answers, Responses) and found.answers.questionnaire.dimensions(matrix.scale):
        groups = [one.items for one in found.answers.questionnaire.dimensions(matrix.scale)]
    pattern = np.array([[item in items for items in groups] for item in matrix.items], dtype=bool)
    if not pattern.any(axis=1).all():
        lonely = [item for item, row in zip(matrix.items, pattern, strict=True) if not row.any()]
        raise DesignError(
            f"`{plan.where}` needs a factor behind each item; {lonely[0]!r} has none. Name it in `factors`."
        )
    sizes = pattern.sum(axis=0)
    if sizes.min() < (3 if len(sizes) == 1 else 2):
        name = f"Scale {matrix.scale!r}" if matrix.scale else "The frame"
        needs = "three items" if len(sizes) == 1 else "two items a factor"
        raise EstimationError(
            f"{name} cannot be examined by `{plan.where}`: it has {int(sizes.min())}; a model needs {needs}."
        )
    return pattern


def _is_ordinal(matrix: ItemMatrix, treat: ItemTreatment) -> bool:
    values = matrix.answers
    whole = bool(np.all((values % 1 == 0) | np.isnan(values)))
    counts = [len(np.unique(column[~np.isnan(column)])) for column in values.T]
    if treat == "ordinal" and not (whole and max(counts, default=0) <= 2 * MOST_CATEGORIES):
        message = "Items treated as ordered categories must have whole-number codes and at most 14 categories."
        raise DesignError(f"{message} Use `treat='continuous'`.")
    if treat == "auto" and min(counts, default=0) <= MOST_CATEGORIES and max(counts, default=0) > 4 * MOST_CATEGORIES:
        odd = matrix.items[int(np.argmax(counts))]
        message = f"{odd!r} has {max(counts)} different values beside items with {min(counts)}: an id or a weight, not an item?"
        raise DesignError(f"{message} Leave it out, or say `treat='continuous'`.")
    return treat == "ordinal" or (treat == "auto" and whole and max(counts, default=0) <= MOST_CATEGORIES)


def _blocks(found: Grouped, matrix: ItemMatrix) -> tuple[list[Floats], list[NDArray[np.intp]] | None]:
    """Return the rows of each unit with any answer, and who they are, when that is known."""
    some = ~np.isnan(matrix.answers).all(axis=1)
    chosen = [np.flatnonzero((found.codes == number) & some) for number in range(len(found.labels))]
    people = None if matrix.people is None else [matrix.people[rows] for rows in chosen]
    return [matrix.answers[rows] for rows in chosen], people


def _are_linked(people: Sequence[NDArray[np.intp]] | None, plan: Plan) -> bool:
    if people is None:
        if plan.linked:
            raise DesignError(
                f"`{plan.where}` cannot link people: it is not known who answered. Name the respondent column."
            )
        return False
    once = all(len(np.unique(part)) == len(part) for part in people)
    if plan.linked is not None:
        if plan.linked and not once:
            raise DesignError(f"`{plan.where}` cannot link people: some answered more than once in one group or wave.")
        if plan.linked and len(_in_all(people)) < FEWEST_IN_A_UNIT:
            message = f"`{plan.where}` cannot link people: fewer than {FEWEST_IN_A_UNIT} are in all groups or waves."
            raise DesignError(f"{message} Use `linked=False`.")
        return plan.linked
    return once and len(_in_all(people)) >= max(FEWEST_IN_A_UNIT, MOSTLY_LINKED * min(len(part) for part in people))


def _in_all(people: Sequence[NDArray[np.intp]]) -> set[int]:
    return set(people[0].tolist()).intersection(*(part.tolist() for part in people[1:]))


def _joined(blocks: Sequence[Floats], people: Sequence[NDArray[np.intp]]) -> tuple[list[Floats], list[str]]:
    """Return one block with the waves side by side, a row a person, holes where somebody missed a wave."""
    everyone = np.unique(np.concatenate(people))
    k = blocks[0].shape[1]
    wide = np.full((len(everyone), k * len(blocks)), np.nan)
    for number, (block, who) in enumerate(zip(blocks, people, strict=True)):
        wide[np.searchsorted(everyone, who), number * k : (number + 1) * k] = block
    return [wide], ["people are linked over the waves; an item's residuals are free to be correlated over time."]


def _overlap(people: Sequence[NDArray[np.intp]] | None) -> list[str]:
    """Return a note where somebody is in two groups or waves that are treated as different people."""
    everyone = [] if people is None else [np.unique(part) for part in people]
    if not everyone or len(np.unique(np.concatenate(everyone))) == sum(map(len, everyone)):
        return []
    return [
        "some people are in several groups or waves, which are treated as if nobody were; tests are not exact then."
    ]


def _usable(
    rows: Sequence[Floats], people: Sequence[NDArray[np.intp]] | None, *, complete: bool
) -> tuple[list[Floats], list[NDArray[np.intp] | None] | None]:
    """Return the rows that count (complete ones, or all), and codes of people where somebody is there twice."""
    kept = [~np.isnan(part).any(axis=1) if complete else np.ones(len(part), dtype=bool) for part in rows]
    used = [part[which] for part, which in zip(rows, kept, strict=True)]
    if people is None:
        return used, None
    codes = [np.unique(who[which], return_inverse=True)[1] for who, which in zip(people, kept, strict=True)]
    if all(len(one) == 0 or one.max() + 1 == len(one) for one in codes):
        return used, None
    return used, [np.asarray(one, dtype=np.intp) for one in codes]


def _check_size(n: NDArray[np.intp], labels: Sequence[str], where: str) -> None:
    few = [label for label, count in zip(labels, n, strict=True) if count < FEWEST_IN_A_UNIT]
    if few:
        listed = ", ".join(map(repr, few))
        message = f"`{where}` needs {FEWEST_IN_A_UNIT} people with answers in each group or wave. Too few in {listed}."
        raise EstimationError(f"{message} Leave it out or join groups.")


def _size_notes(n: NDArray[np.intp], before: Sequence[int]) -> list[str]:
    notes = []
    lost = sum(before) - int(n.sum())
    if lost > 0:
        notes.append(f"only complete rows count: {told_count(lost)} rows left out.")
    if int(n.min()) < ROUGH:
        notes.append(
            f"the smallest group or wave has fewer than {ROUGH} people: tests are rough, small differences unseen."
        )
    return notes


def _coded(
    units: Sequence[Floats], matrix: ItemMatrix, labels: Sequence[str]
) -> tuple[list[NDArray[np.intp]], tuple[Floats, ...], list[str]]:
    """Return codes 0, 1, … (-1 missing) with the same categories in all units, the score of each category, and notes on merging."""
    coded = [np.full(part.shape, -1, dtype=np.intp) for part in units]
    points, merged = [], []
    for item, name in enumerate(matrix.items):
        columns = [part[:, item] for part in units]
        columns = [column[~np.isnan(column)] for column in columns]
        values, bins = shared_categories(columns)
        if not len(bins) or bins[-1] == 0:
            alone = [label for label, column in zip(labels, columns, strict=True) if len(np.unique(column)) <= 1]
            where = f" in {alone[0]!r}" if alone else ""
            message = f"Item {name!r} has no two answers that all groups or waves gave: one category only{where}."
            raise EstimationError(f"{message} Leave the item or the group out.")
        if bins[-1] + 1 < len(values):
            merged.append(repr(name))
        for part, unit, column in zip(coded, units, columns, strict=True):
            part[~np.isnan(unit[:, item]), item] = bins[np.searchsorted(values, column)]
        low, high = matrix.limits[item]
        everyone = np.concatenate(columns)
        in_bin = bins[np.searchsorted(values, everyone)]
        mean = np.bincount(in_bin, weights=everyone) / np.bincount(in_bin)
        points.append(100 * (mean - low) / (high - low))
    note = "answers that some group or wave never gave were joined with their neighbour towards the middle: "
    return coded, tuple(points), [note + ", ".join(merged) + "."] if merged else []


def shared_categories(columns: Sequence[Floats]) -> tuple[Floats, NDArray[np.intp]]:
    """Return the distinct values, and for each the number of its category once all units have every category.

    A value that some unit lacks joins its neighbour on the side of the median of all answers.
    """
    everyone = np.concatenate(columns)
    values = np.unique(everyone)
    if not len(values):
        return values, np.zeros(0, dtype=np.intp)
    middle = float(np.searchsorted(values, np.median(everyone)))
    bins = np.arange(len(values))
    there = np.array([np.isin(values, column) for column in columns])
    while True:
        count = int(bins[-1]) + 1
        seen = np.array([np.bincount(bins, weights=row, minlength=count) > 0 for row in there]).all(axis=0)
        if seen.all() or count == 1:
            return values, bins.astype(np.intp)
        missing = np.flatnonzero(~seen)
        places = np.array([float(np.flatnonzero(bins == number).mean()) for number in missing])
        worst = int(missing[np.argmax(np.abs(places - middle))])
        upward = (float(np.flatnonzero(bins == worst).mean()) < middle or worst == 0) and worst + 1 < count
        bins = np.where(bins > (worst if upward else worst - 1), bins - 1, bins)


def _ordinal(
    codes: Sequence[NDArray[np.intp]], clusters: list[NDArray[np.intp] | None] | None, *, linked: bool, items: tuple[str, ...]
) -> OrdinalSample:  # fmt: skip
    sample = ordinal_sample([np.hstack(codes)] if linked else codes, clusters=clusters)
    for one in sample.groups:
        if len(one.at_limit):
            pair = " and ".join(repr(items[int(number) % len(items)]) for number in one.at_limit[0])
            message = f"The polychoric correlation of {pair} runs to its limit (empty cells)."
            raise EstimationError(f"{message} Leave one of the items out, join groups, or use `treat='continuous'`.")
    return sample


def _check_alike(units: Sequence[Floats], items: tuple[str, ...]) -> None:
    """Refuse two items that are one item: no model can hold them apart."""
    for part in units:
        complete = part[~np.isnan(part).any(axis=1)]
        if len(complete) <= FEWEST_PEOPLE:
            continue
        varied = np.flatnonzero(np.ptp(complete, axis=0) > 0)
        if len(varied) < 2:
            continue
        same = np.argwhere(np.abs(np.tril(np.corrcoef(complete[:, varied].T), -1)) > ALIKE)
        if len(same):
            one, other = (items[int(varied[place])] for place in same[0][::-1])
            raise EstimationError(
                f"Items {one!r} and {other!r} were answered alike by (nearly) everybody. Leave one out."
            )


def _check_together(rows: Sequence[Floats], items: tuple[str, ...]) -> None:
    """Refuse two items that hardly anybody answered both: nothing tells how they belong together."""
    for part in rows:
        there = (~np.isnan(part)).astype(float)
        answered = there.any(axis=0)
        together = there.T @ there
        few = np.argwhere((together < FEWEST_PEOPLE) & np.outer(answered, answered))
        if len(few):
            one, other = (items[int(place) % len(items)] for place in few[0])
            message = f"Items {one!r} and {other!r} were answered together by fewer than {FEWEST_PEOPLE} people"
            raise EstimationError(f"{message} in a group, or in two waves. Leave one of them out.")


def _check_spread(units: Sequence[Floats], items: tuple[str, ...], labels: Sequence[str]) -> None:
    for part, label in zip(units, labels, strict=True):
        for name, column in zip(items, part.T, strict=True):
            seen = column[~np.isnan(column)]
            if len(seen) < 2 or seen.min() == seen.max():
                what = "was answered by nobody" if len(seen) == 0 else "has one answer only"
                raise EstimationError(f"Item {name!r} {what} in {label!r}. Leave the item or the group out.")
