"""The Schmid-Leiman transformation: psych's numbers, the classical identity, two factors and one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trustmeter.stats.exploration.extraction import _least_squares
from trustmeter.stats.exploration.general import schmid_leiman

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
CASES: dict[str, Any] = json.loads((REFERENCE / "values/exploration.json").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES)
def test_it_is_that_of_psych(case: str, agree: Any) -> None:
    stored = CASES[case]["schmid"]
    loadings, phi = np.array(stored["oblique"]), np.array(stored["phi"])
    ours = schmid_leiman(loadings, phi)
    theirs = np.array(stored["sl"])
    m = loadings.shape[1]
    g = np.array(stored["g"] or ours.second_order).ravel()
    told = {"reference": "psych::schmid 2.2.9", "data": case}
    agree("general factor, Schmid-Leiman", loadings @ g, theirs[:, 0], 1e-8, **told)
    agree("group factors, Schmid-Leiman", loadings * np.sqrt(1 - g**2), theirs[:, 1 : m + 1], 1e-8, **told)
    assert ours.identified == (m > 2)
    assert ours.improper == (case == "holes")
    if not ours.improper:
        agree("second-order loadings", ours.second_order, g, 1e-6, **told)
        agree("general factor, own second order", ours.general, theirs[:, 0], 1e-6, **told)
    if m > 2:
        # psych's search of the second order stops early: ours lies lower, or as low.
        lost = [_least_squares(np.clip(1 - one**2, 0.005, 1.0), phi, 1)[0] for one in (ours.second_order, g)]
        assert lost[0] <= lost[1] + 1e-14


def test_it_reproduces_what_the_factors_did() -> None:
    rng = np.random.default_rng(1)
    L = rng.uniform(0.2, 0.6, size=(9, 3))
    g = np.array([0.9, 0.7, 0.5])
    phi = np.outer(g, g) + np.diag(1 - g**2)
    ours = schmid_leiman(L, phi)
    assert ours.second_order == pytest.approx(g, abs=1e-8)
    together = np.outer(ours.general, ours.general) + ours.group @ ours.group.T
    assert together == pytest.approx(L @ phi @ L.T, abs=1e-8)
    assert ours.uniquenesses == pytest.approx(1 - np.diag(together), abs=1e-8)


@pytest.mark.parametrize("r", [0.49, -0.49])
def test_two_factors_are_taken_as_equal(r: float) -> None:
    ours = schmid_leiman(np.eye(2), np.array([[1, r], [r, 1]]))
    assert ours.second_order == pytest.approx([0.7, np.sign(r) * 0.7])
    assert not ours.identified


def test_one_factor_is_the_general_one() -> None:
    L = np.array([[0.5], [0.6], [0.7]])
    ours = schmid_leiman(L, np.eye(1))
    assert ours.general == pytest.approx(L[:, 0])
    assert not ours.group.any()
    assert ours.uniquenesses == pytest.approx(1 - L[:, 0] ** 2)


def test_a_factor_inside_the_general_one_is_said() -> None:
    phi = np.array([[1, 0.8, 0.8, 0.8], [0.8, 1, 0.5, 0.5], [0.8, 0.5, 1, 0.5], [0.8, 0.5, 0.5, 1]])
    ours = schmid_leiman(np.eye(4), phi)
    assert ours.improper
    assert ours.second_order[0] == 1.0
