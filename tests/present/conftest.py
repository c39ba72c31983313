"""Results to draw and to tell: a comparison of the tiny questionnaire's answers, in several states."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import PilotDesign
from trustmeter.responses.model import Responses
from trustmeter.scoring.composite import score


@pytest.fixture
def make_change(make_answers: Callable[..., Responses]) -> Callable[..., Comparison]:
    """Return a maker of comparisons of two waves."""

    def make(**options: object) -> Comparison:
        return compare(score(make_answers(**options)), PilotDesign("2022", "2023"))

    return make
