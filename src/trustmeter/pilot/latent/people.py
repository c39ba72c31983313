"""The people whose scores are compared, as the measurement model needs them: the same people in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.pilot.change.sample import Sample
from trustmeter.pilot.design import PilotDesign
from trustmeter.psychometrics.comparability.units import FEWEST_IN_A_UNIT, Plan, Units, shared_categories, units_of
from trustmeter.psychometrics.grouping import Grouped
from trustmeter.psychometrics.matrix import item_matrices
from trustmeter.results import told_count

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

WHERE = "latent_change"
FEWEST_ITEMS = 3
SCORES_ALONE = "For the change of scores alone use `compare(score(answers), design)`."


@dataclass(frozen=True, eq=False, slots=True)
class People:
    """One scale's people in two waves.

    Parameters
    ----------
    units
        The two waves as the measurement model takes them.
    codes
        Of ordered items the codes of each group of the model, shape (n, p); -1 is missing. Of numbers empty.
    pull
        How much each row of each group of the model moves the change of the mean score, shape (n,).
    n
        People.
    """

    units: Units
    codes: tuple[Integers, ...]
    pull: tuple[Floats, ...]
    n: int


def people_of(sample: Sample, scale: str, design: PilotDesign) -> People:
    """Return the people with a score on the scale in both waves (linked), or in one.

    Raises
    ------
    EstimationError
        When there are too few people or items, or the answers cannot be modelled.
    """
    y = sample.scores.column(scale).to_numpy(dtype=float, na_value=np.nan)
    there = ~np.isnan(y)
    first, second = sample.first, sample.second
    if sample.linked:
        both = there[first] & there[second]
        first, second = first[both], second[both]
    else:
        first, second = np.sort(first[there[first]]), np.sort(second[there[second]])
    _check_enough(sample, scale, (len(first), len(second)))
    rows = np.sort(np.concatenate([first, second]))
    mask = np.zeros(len(y), dtype=bool)
    mask[rows] = True
    chosen = sample.scores.select(mask).answers
    place = [np.searchsorted(rows, one) for one in (first, second)]
    wave = np.empty(len(rows), dtype=np.intp)
    person = np.arange(len(rows), dtype=np.intp)
    for number, one in enumerate(place):
        wave[one] = number
        if sample.linked:
            person[one] = np.arange(len(one))
    matrix = item_matrices(chosen, scale, "pairwise", WHERE)[0]
    matrix = replace(matrix, people=person if sample.linked else None)
    found = Grouped(chosen, wave, (design.before, design.after))
    units = units_of(found, matrix, Plan("auto", "pairwise", sample.linked, None, WHERE))
    if units.layout.factors > 1:
        raise EstimationError(f"Scale {scale!r} has dimensions. Ask `{WHERE}` of its dimensions, one by one.")
    codes = _codes([matrix.answers[one] for one in place], linked=sample.linked) if units.layout.ordinal else ()
    return People(units, codes, _pull(y[first], y[second], linked=sample.linked), len(np.unique(person)))


def _check_enough(sample: Sample, scale: str, counts: tuple[int, int]) -> None:
    asked = sample.scores.answers.questionnaire
    items = [item for item in asked.scale(scale).items if item in set(sample.scores.answers.item_ids)]
    if len(items) < FEWEST_ITEMS:
        message = (
            f"Scale {scale!r} has {len(items)} item{'s' if len(items) > 1 else ''}; a measurement model needs three."
        )
        raise EstimationError(
            f"{message} With fewer, a change of the trait and of the meter look alike. {SCORES_ALONE}"
        )
    if min(counts) < FEWEST_IN_A_UNIT:
        who = "people with a score in both waves" if sample.linked else "people with a score in each wave"
        message = f"`{WHERE}` needs {FEWEST_IN_A_UNIT} {who}. Scale {scale!r} has {told_count(min(counts))}."
        raise EstimationError(f"{message} {SCORES_ALONE}")


def _codes(blocks: Sequence[Floats], *, linked: bool) -> tuple[Integers, ...]:
    """Return codes 0, 1, … with the categories that the units share, as the sample was made."""
    coded = [np.full(block.shape, -1, dtype=np.intp) for block in blocks]
    for item in range(blocks[0].shape[1]):
        seen = [~np.isnan(block[:, item]) for block in blocks]
        columns = [block[rows, item] for block, rows in zip(blocks, seen, strict=True)]
        values, bins = shared_categories(columns)
        for target, rows, column in zip(coded, seen, columns, strict=True):
            target[rows, item] = bins[np.searchsorted(values, column)]
    return (np.hstack(coded),) if linked else tuple(coded)


def _pull(before: Floats, after: Floats, *, linked: bool) -> tuple[Floats, ...]:
    if linked:
        change = after - before
        return ((change - change.mean()) / len(change),)
    return -(before - before.mean()) / len(before), (after - after.mean()) / len(after)
