"""A word of another tool, or of another argument, is pointed to the right one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import trustmeter as tm
from trustmeter.options import FactorEstimator, MomentsRule, ReliabilityTerm, check_option

WORDS: list[tuple[str, str, Any, str]] = [
    ("estimator", "FIML", FactorEstimator, "Use `missing='fiml'`."),
    ("missing", "FIML", MomentsRule, "Did you mean 'fiml'?"),
    ("coefficients", "omega_h", ReliabilityTerm, "Did you mean 'omega_hierarchical'?"),
    ("coefficients", "omega", ReliabilityTerm, "Did you mean 'omega_total'?"),
    ("estimator", "DWLS", FactorEstimator, "Did you mean 'wlsmv'?"),
    ("estimator", "mrl", FactorEstimator, "Did you mean"),
]


@pytest.mark.parametrize(("name", "word", "words", "says"), WORDS)
def test_the_right_word_is_suggested(name: str, word: str, words: Any, says: str) -> None:
    with pytest.raises(tm.DesignError) as caught:
        check_option(name, word, words, "verb")
    assert str(caught.value).count("Did you mean") + str(caught.value).count("Use `") == 1
    assert says in str(caught.value)


def test_a_rule_that_an_argument_does_not_have_is_not_suggested() -> None:
    with pytest.raises(tm.DesignError, match="must be one of 'listwise', 'pairwise'") as caught:
        tm.efa(np.zeros((20, 4)), 1, missing="fiml")  # type: ignore[arg-type]
    assert "fiml'?" not in str(caught.value)
