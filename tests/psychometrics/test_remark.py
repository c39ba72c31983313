"""What is said beside the numbers of a scale."""

from __future__ import annotations

import numpy as np
import pytest

from trustmeter.psychometrics.remark import tells_too_little, weights_remark

HEAVY = np.r_[1e6, np.ones(299)]
"""One row carries nearly all the weight."""


def test_rows_that_count_alike_tell_what_they_are() -> None:
    assert not tells_too_little(None)
    assert weights_remark(None) == []
    assert not tells_too_little(np.ones(10))
    assert weights_remark(np.ones(40)) == ["rows are weighted; they tell as much as 40 unweighted ones (Kish)."]


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_a_row_with_nearly_all_the_weight_tells_too_little(scale: float) -> None:
    assert tells_too_little(HEAVY * scale)
    (text,) = weights_remark(HEAVY * scale)
    assert "less than 10 unweighted ones" in text and "withheld" in text


def test_a_group_may_tell_too_little_where_all_rows_together_do_not() -> None:
    weights, groups = np.r_[np.ones(300), HEAVY / HEAVY.sum()], np.repeat([0, 1], 300)
    assert not tells_too_little(weights)
    assert tells_too_little(weights, groups)
    assert "those of a group" in weights_remark(weights, groups)[0]
