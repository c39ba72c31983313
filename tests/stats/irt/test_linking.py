"""Linking: the mirt package's constants, an exact line, and errors by simulation."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy

from trustmeter.errors import DesignError, EstimationError
from trustmeter.stats.irt.calibration import fit_irt
from trustmeter.stats.irt.information import curves_at
from trustmeter.stats.irt.linking import Link, LinkingMethod, drift_of, link_fits, rescaled
from trustmeter.stats.irt.model import IrtFit, standard_errors
from trustmeter.stats.irt.trait import expected_scores

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED: dict[str, Any] = json.loads((REFERENCE / "values/irt.json").read_text(encoding="utf-8"))
METHODS: tuple[LinkingMethod, ...] = ("mean_mean", "mean_sigma", "haebara", "stocking_lord")
ALL = np.arange(5)


@pytest.fixture(scope="module")
def fits() -> tuple[IrtFit, IrtFit]:
    data = np.loadtxt(REFERENCE / "data/irt_groups.csv", delimiter=",", skiprows=1, dtype=int)
    return fit_irt(data[data[:, 0] == 0, 1:]), fit_irt(data[data[:, 0] == 1, 1:])


@pytest.mark.parametrize("method", ["mean_mean", "haebara", "stocking_lord"])
def test_constants_are_those_of_mirt(fits: tuple[IrtFit, IrtFit], method: LinkingMethod, agree: Any) -> None:
    found = link_fits(*fits, ALL, ALL, method)
    reference = f"mirt {STORED['packages']['mirt']} (Python) link_grm"
    agree(f"{method} A, B", [found.slope, found.shift], STORED["cases"]["groups"]["link"][method], 1e-3,
          reference=reference, data="groups")  # fmt: skip


def test_mean_sigma_uses_all_difficulties(fits: tuple[IrtFit, IrtFit]) -> None:
    old, new = (fit.difficulties[0].ravel() for fit in fits)
    found = link_fits(*fits, ALL, ALL, "mean_sigma")
    assert found.slope == pytest.approx(old.std() / new.std())
    assert found.shift == pytest.approx(old.mean() - found.slope * new.mean())


@pytest.mark.parametrize("method", ["haebara", "stocking_lord"])
def test_the_criterion_is_at_its_minimum(fits: tuple[IrtFit, IrtFit], method: LinkingMethod) -> None:
    found = link_fits(*fits, ALL, ALL, method)
    old = curves_at(fits[0], fits[0].grid.x)
    weight = np.exp(fits[0].grid.log_weight)

    def loss(at: np.ndarray) -> float:
        new = curves_at(rescaled(fits[1], Link(at[0], at[1], np.zeros((2, 2)), 0.0)), fits[0].grid.x)
        if method == "haebara":
            return float(((old.probabilities - new.probabilities) ** 2).sum(axis=(0, 1)) @ weight)
        return float((old.expected - new.expected).sum(axis=0) ** 2 @ weight)

    best = scipy.optimize.minimize(loss, [1.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-14})
    assert [found.slope, found.shift] == pytest.approx(best.x, abs=1e-6)
    assert found.loss == pytest.approx(best.fun, rel=1e-6)


@pytest.mark.parametrize("model", ["graded", "gpcm"])
@pytest.mark.parametrize("method", METHODS)
def test_a_line_is_found_exactly(method: LinkingMethod, model: str) -> None:
    data = np.loadtxt(REFERENCE / "data/irt_uneven.csv", delimiter=",", skiprows=1, dtype=int)
    old = fit_irt(data, model)
    new = rescaled(old, Link(1 / 1.4, -0.3 / 1.4, np.zeros((2, 2)), 0.0))
    found = link_fits(old, new, np.array([1, 3, 5]), np.array([1, 3, 5]), method)
    assert (found.slope, found.shift) == pytest.approx((1.4, 0.3), abs=1e-8)


def test_partial_credit_links_by_a_shift() -> None:
    data = np.loadtxt(REFERENCE / "data/irt_groups.csv", delimiter=",", skiprows=1, dtype=int)
    old, new = fit_irt(data[:700, 1:], "pcm"), fit_irt(data[700:, 1:], "pcm")
    for method in METHODS:
        found = link_fits(old, new, ALL, ALL, method)
        assert found.slope == 1
        assert found.shift == pytest.approx((old.difficulties - new.difficulties).mean(), abs=0.05)
        assert found.covariance[0, 0] == 0 < found.covariance[1, 1]


def test_a_rescaled_fit_gives_moved_scores(fits: tuple[IrtFit, IrtFit]) -> None:
    data = np.loadtxt(REFERENCE / "data/irt_groups.csv", delimiter=",", skiprows=1, dtype=int)[700:, 1:]
    link = link_fits(*fits, ALL, ALL)
    own, moved = expected_scores(fits[1], data), expected_scores(rescaled(fits[1], link), data)
    assert moved.theta == pytest.approx(link.slope * own.theta + link.shift, abs=1e-10, nan_ok=True)
    assert moved.std_error == pytest.approx(link.slope * own.std_error, abs=1e-10, nan_ok=True)
    b = standard_errors(rescaled(fits[1], link)).difficulties
    assert b == pytest.approx(link.slope * standard_errors(fits[1]).difficulties, rel=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_errors_of_the_constants_come_from_all_item_parameters(
    fits: tuple[IrtFit, IrtFit], method: LinkingMethod, agree: Any
) -> None:
    def constants(which: int, place: int, step: float) -> np.ndarray:
        fit, move = fits[which], np.zeros(fits[which].n_parameters)
        move[place] = step
        moved = replace(
            fit, slopes=fit.slopes + move[fit.layout.slopes], intercepts=fit.intercepts + move[fit.layout.intercepts]
        )
        link = link_fits(*((moved, fits[1]) if which == 0 else (fits[0], moved)), ALL, ALL, method)
        return np.array([link.slope, link.shift])

    expected = np.zeros((2, 2))
    for which, fit in enumerate(fits):
        turn = np.column_stack([
            (constants(which, place, 1e-3) - constants(which, place, -1e-3)) / 2e-3 for place in range(fit.n_parameters)
        ])  # fmt: skip
        expected += turn @ fit.covariance @ turn.T
    found = link_fits(*fits, ALL, ALL, method).covariance
    agree(
        f"{method} covariance of A, B", found, expected, 1e-5, relative=True, reference="linking again", data="groups"
    )


@pytest.mark.parametrize("method", METHODS)
def test_errors_of_drift_count_that_the_same_items_make_the_link(
    fits: tuple[IrtFit, IrtFit], method: LinkingMethod, agree: Any
) -> None:
    some = np.array([0, 2, 3, 4])

    def drifts(pair: tuple[IrtFit, IrtFit]) -> np.ndarray:
        link = link_fits(*pair, some, some, method)
        there = rescaled(pair[1], link)
        slopes, difficulties = there.slopes - pair[0].slopes, (there.difficulties - pair[0].difficulties).mean(axis=2)
        return np.concatenate([slopes[0][some], difficulties[0][some]])

    def nudged(which: int, place: int, step: float) -> tuple[IrtFit, IrtFit]:
        fit, move = fits[which], np.zeros(fits[which].n_parameters)
        move[place] = step
        moved = replace(
            fit, slopes=fit.slopes + move[fit.layout.slopes], intercepts=fit.intercepts + move[fit.layout.intercepts]
        )
        return (moved, fits[1]) if which == 0 else (fits[0], moved)

    variance = np.zeros(8)
    for which, fit in enumerate(fits):
        turn = np.column_stack([
            (drifts(nudged(which, place, 1e-3)) - drifts(nudged(which, place, -1e-3))) / 2e-3
            for place in range(fit.n_parameters)
        ])  # fmt: skip
        variance += np.einsum("ij,jl,il->i", turn, fit.covariance, turn)
    found = drift_of(*fits, (some, some), link_fits(*fits, some, some, method), method)
    assert np.concatenate([found.slopes, found.difficulties]) == pytest.approx(drifts(fits), abs=1e-10)
    errors = np.concatenate([found.slope_errors, found.difficulty_errors])
    agree(
        f"{method} SE of drift",
        errors,
        np.sqrt(variance),
        1e-5,
        relative=True,
        reference="linking again",
        data="groups",
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_reversed_item_is_no_link(fits: tuple[IrtFit, IrtFit], method: LinkingMethod) -> None:
    old, new = fits
    turned = new.slopes.copy()
    turned[0, 2] *= -1
    with pytest.raises(EstimationError, match="Shared item 3 runs in opposite directions"):
        link_fits(old, replace(new, slopes=turned), ALL, ALL, method)


def test_refusals(fits: tuple[IrtFit, IrtFit]) -> None:
    old, new = fits
    with pytest.raises(DesignError, match="one model"):
        link_fits(old, replace(new, model="gpcm"), ALL, ALL)
    with pytest.raises(DesignError, match="linking method"):
        link_fits(old, new, ALL, ALL, "equipercentile")  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="at least one"):
        link_fits(old, new, ALL, ALL[:2])
    with pytest.raises(DesignError, match="numbers of categories"):
        link_fits(old, replace(new, categories=((0, 1),) * 5), ALL, ALL)
    with pytest.raises(EstimationError, match="opposite"):
        link_fits(old, replace(new, slopes=-new.slopes), ALL, ALL, "mean_mean")
