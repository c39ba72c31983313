"""Two waves of made-up people with a link code, of whom it is known who is who."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm

LETTERS = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True)
class TwoWaves:
    before: tm.Responses
    after: tm.Responses


def _people(rng: np.random.Generator, n: int) -> pd.DataFrame:
    draw = rng.choice
    return pd.DataFrame(
        {
            **{name: draw(LETTERS, n) for name in ("LC01", "LC02", "LC06")},
            **{name: draw(list("0123"), n, p=[0.5, 0.3, 0.1, 0.1]) for name in ("LC03", "LC04")},
            "LC05": rng.integers(1, 32, n).astype(str),
            "LC07": draw(["R", "L"], n, p=[0.9, 0.1]),
        }
    )


@pytest.fixture(scope="session")
def survey() -> tm.Questionnaire:
    return tm.add_link_code(tm.load_questionnaire("community-trust-short"))


@pytest.fixture(scope="session")
def two_waves(survey: tm.Questionnaire) -> Callable[..., TwoWaves]:
    """Return a maker of waves; `weight` is the person's true number, kept to see who was linked to whom."""

    def make(n: int = 200, both: int = 120, error: float = 0.05, seed: int = 1) -> TwoWaves:
        rng = np.random.default_rng(seed)
        everybody = _people(rng, 2 * n - both)
        everybody["number"] = np.arange(len(everybody))
        first, second = everybody.iloc[:n].copy(), everybody.iloc[n - both :].copy()
        names = [name for name in second if name != "number"]
        wrong = rng.random((n, len(names))) < error
        second[names] = np.where(wrong, _people(rng, n)[names].to_numpy(), second[names].to_numpy())
        waves = []
        for wave, frame in (("2024", first), ("2025", second)):
            cells = frame.assign(
                CONSENT="1",
                TR01="4",
                wave=wave,
                zone=np.where(frame["number"] % 2, "a", "b"),
                who=wave + frame["number"].astype(str),
            )
            waves.append(tm.read_responses(cells, survey, respondent="who", wave="wave", zone="zone", keep="number"))
        return TwoWaves(*waves)

    return make
