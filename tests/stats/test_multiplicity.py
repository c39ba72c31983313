"""Adjusted p values against R's p.adjust."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from trustmeter.stats.multiplicity import adjusted

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
