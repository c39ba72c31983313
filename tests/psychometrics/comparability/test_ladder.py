"""Steps are taken, items released, and released items stay released."""

from __future__ import annotations

import numpy as np
import pytest

from trustmeter.errors import EstimationError
from trustmeter.psychometrics.comparability.ladder import Ladder, climb
from trustmeter.psychometrics.comparability.units import Units, layout_of
from trustmeter.stats.sem.difference import difference_2000
from trustmeter.stats.sem.invariance_steps import INTERCEPTS, LOADINGS, RESIDUALS
from trustmeter.stats.sem.sample import normal_sample


def units_made(shifts: list[float], *, slopes: list[float] | None = None, n: int = 600, units: int = 2) -> Units:
    rng = np.random.default_rng(21)
    k = len(shifts)
    blocks = []
    for unit in range(units):
        odd = unit == units - 1
        loadings = np.array(slopes) if odd and slopes else np.full(k, 0.7)
        y = loadings * (rng.normal(size=(n, 1)) + 0.2 * unit) + 0.7 * rng.normal(size=(n, k))
        blocks.append(y + np.array(shifts) * odd)
    sample = normal_sample(blocks)
    layout = layout_of(sample, np.ones((k, 1), dtype=bool), units, linked=False)
    names, labels = tuple(f"q{i}" for i in range(k)), tuple("ABC"[:units])
    return Units("", names, labels, layout, sample, (np.array([-3.0, 3.0]),) * k, np.full(units, n), ())


def test_without_differences_nothing_is_released() -> None:
    ladder = climb(units_made([0.0] * 5), 0.01)
    assert [step.name for step in ladder.steps] == ["configural", "loadings", "intercepts", "residuals"]
    assert not any(step.released for step in ladder.steps)
    assert ladder.last_sound.number == RESIDUALS


@pytest.mark.parametrize("units", [2, 3])
def test_the_shifted_item_of_the_right_group_is_released(units: int) -> None:
    ladder = climb(units_made([0.0, 0.5, 0.0, 0.0, 0.0], units=units), 0.01)
    released = {step.name: step.released for step in ladder.steps if step.released}
    assert released == {"intercepts": ((1, units - 1),)}
    step = next(step for step in ladder.steps if step.number == INTERCEPTS)
    assert step.full.df == step.difference.df + 1
    assert step.full.p_scaled < 1e-6 < step.difference.p_scaled


def test_what_was_released_stays_released() -> None:
    ladder = climb(units_made([0.0] * 5, slopes=[0.7, 0.2, 0.7, 0.7, 0.7]), 0.01)
    assert ladder.caps[1, 1] == LOADINGS - 1
    tests = [
        difference_2000(late.fit, early.fit).df for early, late in zip(ladder.steps, ladder.steps[1:], strict=False)
    ]
    assert tests == [3, 3, 4]


def test_two_items_stay_equal_or_the_step_falls() -> None:
    ladder = climb(units_made([0.0, 0.6, -0.6, 1.2]), 0.05)
    last = ladder.steps[-1]
    assert (last.number, last.holds) == (INTERCEPTS, False)
    assert len(last.released) == 2
    assert ladder.last_sound.number == LOADINGS


def test_a_search_that_fails_is_an_error_with_the_step_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ladder = climb(units_made([0.0] * 3, n=60), 0.001)
    monkeypatch.setattr(Ladder, "_searched", lambda *_: None)
    with pytest.raises(EstimationError, match="step 'intercepts' did not come to rest"):
        ladder.fitted(INTERCEPTS, ladder.caps, None)
