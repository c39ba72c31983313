"""Several outcomes under exchanged areas: each alone is the randomisation test."""

from __future__ import annotations

import numpy as np
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.areas.joint_assignment import joint_assignment_statistics
from trustmeter.stats.areas.randomization import randomize_areas
from trustmeter.stats.multiplicity import max_t


@pytest.mark.parametrize("sizes", [(4, 5), (10, 12)])
def test_each_outcome_alone_is_the_randomisation_test(sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    treated = np.arange(sum(sizes)) < sizes[0]
    values = rng.normal(size=(sum(sizes), 3)) + treated[:, None] * np.array([0.0, 1.0, 2.0])
    drawn = joint_assignment_statistics(values, treated, seed=5)
    found = max_t(drawn[0], drawn, observed_among=True)
    for place, column in enumerate(values.T):
        alone = randomize_areas(column, treated, seed=5)
        assert drawn[0, place] == pytest.approx(alone.statistic, rel=1e-10)
        assert found.p_raw[place] == pytest.approx(alone.p_value, abs=1e-12)
    assert (found.p_step_down >= found.p_raw).all()


def test_what_has_no_statistic_is_refused() -> None:
    treated = np.array([True, True, False, False, False])
    with pytest.raises(EstimationError, match="changed alike"):
        joint_assignment_statistics(np.column_stack([treated.astype(float), np.arange(5.0)]), treated)
    with pytest.raises(EstimationError, match="two treated"):
        joint_assignment_statistics(np.ones((5, 1)), np.arange(5) < 1)
