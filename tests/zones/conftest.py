"""Made-up people of a few zones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm

PEOPLE = pd.read_csv(Path(__file__).parents[1] / "reference" / "data" / "ranking_people.csv")
PEOPLE.insert(0, "who", [f"p{row}" for row in range(len(PEOPLE))])


@pytest.fixture
def people() -> pd.DataFrame:
    """Return the people that R computed with, one row each."""
    return PEOPLE.copy()


@pytest.fixture
def scores() -> tm.Scores:
    """Return their scores, with neighbourhoods, interviewers and weights."""
    return read(PEOPLE)


@pytest.fixture
def made() -> Callable[..., tm.Scores]:
    """Return a maker of scores: so many people a zone, with true means so far apart."""

    def make(sizes: dict[str, int], *, apart: float = 0.0, waves: tuple[str, ...] = (), seed: int = 1) -> tm.Scores:
        rng = np.random.default_rng(seed)
        frames = [
            pd.DataFrame(
                {
                    "who": [f"{zone}{place}" for place in range(n)],
                    "zone": zone,
                    "wave": wave,
                    "trust": np.clip(50 + apart * number + rng.normal(0, 15, n), 0, 100),
                }
            )
            for wave in waves or ("",)
            for number, (zone, n) in enumerate(sizes.items())
        ]
        frame = pd.concat(frames, ignore_index=True)
        return tm.read_scores(frame, scale="trust", respondent="who", zone="zone", wave="wave" if waves else None)

    return make


def read(frame: pd.DataFrame) -> tm.Scores:
    return tm.read_scores(frame, scale="trust", respondent="who", zone="zone", keep=["hood", "interviewer", "weight"])
