"""Reliable change and Wilson's interval against R."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from trustmeter.stats.comparison.change import reliable_change, wilson_interval

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED = json.loads((REFERENCE / "values/change.json").read_text(encoding="utf-8"))["reliable"]
DATA = pd.read_csv(REFERENCE / "data/change.csv")


@pytest.mark.parametrize("case", list(STORED))
def test_equals_r(case: str) -> None:
    part = DATA[DATA["case"] == case]
    stored = STORED[case]
    found = reliable_change(part["before"].to_numpy(), part["after"].to_numpy(), stored["alpha"])
    assert (found.improved, found.worsened) == (stored["improved"], stored["worsened"])
    assert found.std_error_of_measurement == pytest.approx(stored["sem"], rel=1e-12)
    assert found.threshold == pytest.approx(stored["threshold"], rel=1e-12)
    assert wilson_interval(found.improved, found.n, 0.95) == pytest.approx(stored["improved_ci"], abs=1e-12)


def test_jacobson_and_truax_example() -> None:
    """Their worked example: sd 7.5, reliability 0.80, 47.5 to 32.5 gives an index of -3.16 (1991, p. 14)."""
    half = 7.5 / 2**0.5
    before = pd.Series([47.5 - half, 47.5 + half]).to_numpy()
    found = reliable_change(before, before - 15, 0.80)
    assert 15 / (found.threshold / 1.959963984540054) == pytest.approx(3.16, abs=0.005)
    assert (found.worsened, found.improved) == (2, 0)


@pytest.mark.parametrize("n", [1, 30])
def test_ends_of_the_interval(n: int) -> None:
    assert wilson_interval(0, n, 0.95)[0] == 0
    assert wilson_interval(n, n, 0.95)[1] == 1
