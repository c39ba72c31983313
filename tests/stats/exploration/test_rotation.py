"""Rotation: GPArotation's, varimax's and promax's numbers, local solutions, gradients, special cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trustmeter.stats.exploration.criteria import bifactor, geomin, quartimax, quartimin, varimax
from trustmeter.stats.exploration.rotation import OBLIQUE, ORTHOGONAL, Rotation, ordered, rotate

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
CASES: dict[str, Any] = json.loads((REFERENCE / "values/exploration.json").read_text(encoding="utf-8"))["cases"]
TURNS = [(case, turn) for case in CASES for turn in CASES[case]["turns"]]
RESTED = 1e-6
"""GPArotation's gradient projection was run on to a gradient of 1e-7."""


def turned(A: np.ndarray, rotation: str, kaiser: bool = False, starts: int = 20) -> Rotation:
    return rotate(A, rotation, kaiser=kaiser, starts=starts, rng=np.random.default_rng(5))


@pytest.mark.parametrize(("case", "turn"), TURNS)
def test_rotations_are_those_of_the_reference(case: str, turn: str, agree: Any) -> None:
    stored = CASES[case]["turns"][turn]
    rotation = turn.removesuffix("_kaiser")
    ours = turned(np.array(CASES[case]["unrotated"]), rotation, turn.endswith("_kaiser"))
    theirs, phi = ordered(np.array(stored["loadings"]), np.array(stored["phi"]), 1 if "bifactor" in rotation else 0)
    assert ours.converged
    if turn == "bifactor_oblique":
        # A flat valley, in which GPArotation stops: ours lies lower, by nothing that matters.
        value = float(OBLIQUE[rotation](theirs)[0])
        assert ours.criterion <= value
        agree(f"criterion, {turn}", ours.criterion, value, 1e-12, reference="GPArotation 2022.10.2", data=case)
        assert ours.loadings == pytest.approx(theirs, abs=3e-6)
        return
    reference = f"stats::{rotation} 4.2.2" if turn in {"varimax_kaiser", "promax_kaiser"} else "GPArotation 2022.10.2"
    agree(f"loadings, {turn}", ours.loadings, theirs, RESTED, reference=reference, data=case)
    agree(f"factor correlations, {turn}", ours.phi, phi, RESTED, reference=reference, data=case)


@pytest.mark.parametrize("criterion", [quartimin, quartimax, varimax, geomin, bifactor])
def test_gradients_are_exact(criterion: Any) -> None:
    rng = np.random.default_rng(1)
    L = rng.normal(size=(2, 7, 3))
    moved = L[1].ravel() + 1e-30j * np.eye(21)
    slopes = criterion(moved.reshape(21, 7, 3))[0].imag / 1e-30
    values, gradient = criterion(L)
    assert gradient[1].ravel() == pytest.approx(slopes, abs=1e-12)
    assert values[1] == pytest.approx(criterion(L[1])[0])


@pytest.mark.parametrize("rotation", [*ORTHOGONAL, *OBLIQUE, "promax", "none"])
@pytest.mark.parametrize("kaiser", [False, True])
def test_turning_changes_no_fit(rotation: str, kaiser: bool) -> None:
    A = np.array(CASES["general"]["unrotated"])
    ours = turned(A, rotation, kaiser)
    assert ours.loadings @ ours.phi @ ours.loadings.T == pytest.approx(A @ A.T, abs=1e-12)
    assert np.diag(ours.phi) == pytest.approx(np.ones(4), abs=1e-12)
    squares = np.sum(ours.loadings**2, axis=0)[1 if "bifactor" in rotation else 0 :]
    assert (np.diff(squares) <= 1e-12).all()
    assert (ours.loadings.sum(axis=0) >= 0).all()
    if rotation in ORTHOGONAL:
        assert ours.phi == pytest.approx(np.eye(4), abs=1e-12)


def test_a_perfect_simple_structure_is_found() -> None:
    rng = np.random.default_rng(2)
    simple = np.kron(np.eye(3), np.array([[0.8], [0.7], [0.6], [0.5]]))
    phi = np.array([[1, 0.5, 0.3], [0.5, 1, 0.4], [0.3, 0.4, 1]])
    A = simple @ np.linalg.cholesky(phi)
    A = A @ np.linalg.qr(rng.normal(size=(3, 3)))[0]
    ours = turned(A, "oblimin")
    assert ours.loadings.sum(axis=1) == pytest.approx(simple.sum(axis=1), abs=1e-7)
    assert np.sort(ours.phi[np.tril_indices(3, -1)]) == pytest.approx([0.3, 0.4, 0.5], abs=1e-7)
    assert ours.criterion == pytest.approx(0.0, abs=1e-12)


def test_a_perfect_bifactor_structure_is_found() -> None:
    groups = np.kron(np.eye(3), np.array([[0.5], [0.4], [0.6], [0.5]]))
    true = np.column_stack([np.array([0.7, 0.6, 0.5, 0.8] * 3), groups])
    A = true @ np.linalg.qr(np.random.default_rng(4).normal(size=(4, 4)))[0]
    ours = turned(A, "bifactor", starts=30)
    assert ours.loadings[:, 0] == pytest.approx(true[:, 0], abs=1e-7)
    assert np.sort(ours.loadings[:, 1:], axis=1)[:, -1] == pytest.approx(groups.sum(axis=1), abs=1e-7)


def test_two_factors_turn_by_the_closed_varimax_angle() -> None:
    A = np.array(CASES["mixed"]["unrotated"])
    u, v = A[:, 0] ** 2 - A[:, 1] ** 2, 2 * A[:, 0] * A[:, 1]
    k = len(A)
    up = 2 * (k * (u @ v) - u.sum() * v.sum())
    down = k * (u @ u - v @ v) - (u.sum() ** 2 - v.sum() ** 2)
    angle = np.arctan2(up, down) / 4
    T = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    expected, _ = ordered(A @ T, np.eye(2))
    assert turned(A, "varimax").loadings == pytest.approx(expected, abs=1e-8)


def test_local_solutions_are_counted() -> None:
    rng = np.random.default_rng(8)
    A = rng.normal(size=(8, 4))
    ours = turned(A, "geomin", starts=40)
    assert ours.solutions > 1
    assert 0 < ours.share_best < 1
    from_nothing = turned(A, "geomin", starts=1)
    assert ours.criterion <= from_nothing.criterion + 1e-9
    assert from_nothing.solutions == 1
    again = turned(A, "geomin", starts=40)
    assert np.array_equal(ours.loadings, again.loadings)


def test_one_factor_is_not_turned() -> None:
    A = -np.array([[0.5], [0.6], [0.7]])
    ours = turned(A, "oblimin")
    assert ours.loadings == pytest.approx(-A)
    assert ours.phi.tolist() == [[1.0]]
