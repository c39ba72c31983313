"""What is equal and what differs may change places: told where the search let most items go."""

from __future__ import annotations

import numpy as np
import pandas as pd

import trustmeter as tm
from trustmeter.psychometrics.comparability.ladder import Ladder, climb
from trustmeter.psychometrics.comparability.opposite import opposite_readings
from trustmeter.psychometrics.comparability.units import Units, layout_of
from trustmeter.stats.sem.sample import normal_sample


def climbed(shifts: list[float]) -> tuple[Ladder, dict[int, set[int]]]:
    """Return the ladder of two groups of numbers, the second shifted, with what was released in it."""
    rng = np.random.default_rng(4)
    k = len(shifts)
    blocks = [
        0.7 * rng.normal(size=(900, 1)) + 0.6 * rng.normal(size=(900, k)) + part for part in (np.zeros(k), shifts)
    ]
    sample = normal_sample(blocks)
    layout = layout_of(sample, np.ones((k, 1), dtype=bool), 2, linked=False)
    points = (np.array([-3.0, 3.0]),) * k
    names = tuple(f"q{i + 1}" for i in range(k))
    ladder = climb(Units("", names, ("a", "b"), layout, sample, points, np.full(2, 900), ()), 0.01)
    return ladder, {1: {item for step in ladder.steps if step.holds for item, _ in step.released}}


def test_two_against_two_read_both_ways() -> None:
    ladder, released = climbed([0.5, 0.5, 0.0, 0.0])
    assert len(released[1]) == 2
    (other,) = opposite_readings(ladder, released, 0.95)
    assert (other.unit, set(other.items.tolist())) == (1, {0, 1, 2, 3} - released[1])
    truth = 100 / 6 * 0.5 * 2 / 4 * (1 if other.items[0] == 0 else -1)
    assert abs(other.bias.estimate - truth) < 3 * other.bias.std_error


def test_shifts_that_are_not_one_shift_have_one_reading() -> None:
    ladder, released = climbed([0.5, -0.5, 0.0, 0.0])
    assert released[1] == {0, 1}
    assert opposite_readings(ladder, released, 0.95) == []


def test_few_released_items_are_not_turned_round() -> None:
    ladder, released = climbed([0.5, 0.5, 0.0, 0.0, 0.0])
    assert released[1] == {0, 1}
    assert opposite_readings(ladder, released, 0.95) == []


def graded(trust: np.ndarray, shift: float, rng: np.random.Generator) -> pd.DataFrame:
    found = {}
    for i, a in enumerate([1.5, 1.2, 1.8, 1.0, 1.4, 1.3]):
        x = a * trust + rng.logistic(size=len(trust))
        found[f"q{i + 1}"] = sum((x > a * (b - shift * (i in {1, 2}))).astype(int) for b in (-1.5, 0, 1.5))
    return pd.DataFrame(found)


def test_the_majority_is_not_blamed_as_if_that_were_certain() -> None:
    """Two of six items are shifted; in these answers the search lets the other four go."""
    rng = np.random.default_rng(54)
    parts = [
        graded(rng.normal(size=700), 0.0, rng).assign(g="a"),
        graded(0.3 + rng.normal(size=700), 0.8, rng).assign(g="b"),
    ]
    found = tm.check_invariance(pd.concat(parts, ignore_index=True), across="g")
    assert set(found.table.query("term == 'released'")["item"]) == {"q1", "q4", "q5", "q6"}
    assert "either 'q1', 'q4', 'q5', 'q6' (-8.2 points" in found.sentences[""]
    assert "or 'q2', 'q3' (+4.2 points [+3.4; +5.0])" in found.sentences[""]
    assert any("letting go the others fits as well" in note for note in found.notes)
