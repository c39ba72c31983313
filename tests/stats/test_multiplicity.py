"""Adjusted p values against R's p.adjust."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from trustmeter.stats.multiplicity import adjusted, max_t, max_t_quantile

STORED = json.loads((Path(__file__).resolve().parents[1] / "reference/values/change.json").read_text(encoding="utf-8"))[
    "adjust"
]


@pytest.mark.parametrize("method", ["holm", "bonferroni", "fdr_bh"])
def test_equals_r(method: str) -> None:
    assert adjusted(np.array(STORED["p"]), method) == pytest.approx(STORED[method], abs=1e-15)


def test_missing_p_values_do_not_count() -> None:
    found = adjusted(np.array([np.nan, 0.02, 0.03]), "holm")
    assert np.isnan(found[0])
    assert found[1:] == pytest.approx([0.04, 0.04])


def test_none_changes_nothing_and_the_input_stays() -> None:
    given = np.array([0.2, 0.01])
    assert adjusted(given, "none") == pytest.approx([0.2, 0.01])
    adjusted(given, "bonferroni")
    assert list(given) == [0.2, 0.01]
    assert len(adjusted(np.array([]), "holm")) == 0


@pytest.mark.parametrize("method", ["holm", "bonferroni", "fdr_bh"])
def test_equals_statsmodels(method: str) -> None:
    from statsmodels.stats.multitest import multipletests

    p_values = np.random.default_rng(3).uniform(size=40) ** 3
    assert adjusted(p_values, method) == pytest.approx(multipletests(p_values, method=method)[1], abs=1e-14)


MAX_T = json.loads((Path(__file__).resolve().parents[1] / "reference/values/max_t.json").read_text(encoding="utf-8"))[
    "cases"
]


@pytest.mark.parametrize("name", list(MAX_T))
@pytest.mark.parametrize("way", ["two_sided", "among", "one_sided"])
def test_max_t_equals_the_algorithm_in_r(name: str, way: str, agree) -> None:
    case = MAX_T[name]
    found = max_t(
        np.array(case["t"]), np.array(case["draws"]), two_sided=way != "one_sided", observed_among=way == "among"
    )
    for step, ours in (("step", found.p_step_down), ("single", found.p_single_step), ("raw", found.p_raw)):
        agree(
            f"max-t, {step}", ours, case[way][step], 1e-12, reference="own R, Romano-Wolf 2016", data=f"{name}, {way}"
        )


def naive_step_down(t: np.ndarray, draws: np.ndarray) -> np.ndarray:
    p = np.zeros(len(t))
    for j in range(len(t)):
        shares = []
        for i in range(len(t)):
            if t[i] >= t[j]:
                rivals = [m for m in range(len(t)) if t[m] <= t[i]]
                shares.append((1 + sum(max(row[m] for m in rivals) >= t[i] for row in draws)) / (1 + len(draws)))
        p[j] = max(shares)
    return p


def test_max_t_equals_a_naive_recomputation_and_missing_ones_do_not_count() -> None:
    rng = np.random.default_rng(5)
    t, draws = np.abs(rng.normal(1, 1, size=5)), np.abs(rng.normal(size=(99, 5)))
    found = max_t(t, draws)
    assert found.p_step_down == pytest.approx(naive_step_down(t, draws), abs=1e-15)
    holes = max_t(np.r_[t, np.nan], np.column_stack([draws, np.full(99, np.nan)]))
    assert holes.p_step_down[:5] == pytest.approx(found.p_step_down, abs=0)
    assert np.isnan(holes.p_step_down[5])
    assert (found.p_raw <= found.p_step_down + 1e-15).all()
    assert (found.p_step_down <= found.p_single_step + 1e-15).all()


def test_max_t_of_independent_normals_is_sidak_and_its_quantile() -> None:
    draws = np.random.default_rng(6).normal(size=(40_000, 4))
    found = max_t(np.array([2.5, 0.1, 0.2, 0.3]), draws)
    assert found.p_single_step[0] == pytest.approx(1 - (1 - 0.012419) ** 4, abs=0.005)
    assert max_t_quantile(draws, 0.95) == pytest.approx(2.4909, abs=0.03)
    assert max_t_quantile(draws[:18], 0.95) == np.inf
    assert max_t_quantile(draws[:19], 0.95) == np.abs(draws[:19]).max()
