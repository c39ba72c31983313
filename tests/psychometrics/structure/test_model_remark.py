"""What is said beside a fitted model: few clusters, uneven weights."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from trustmeter.psychometrics.structure.confirmation import cfa


def clustered(seed: int, clusters: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return five items of four answers by people of a few zones."""
    rng = np.random.default_rng(seed)
    zone = np.repeat(np.arange(clusters), 40)
    rows = len(zone)
    y = (rng.normal(size=clusters)[zone] * 0.5 + rng.normal(size=rows) * 0.85)[:, None] + rng.normal(size=(rows, 5))
    return pd.DataFrame(np.digitize(y, [-1.5, 0, 1.5])).add_prefix("q"), zone


@pytest.mark.parametrize(("seed", "clusters"), [(3, 6), (6, 6), (0, 6), (3, 10), (1, 12)])
def test_fewer_clusters_than_thresholds_withhold_the_robust_indices_alone(seed: int, clusters: int) -> None:
    items, zone = clustered(seed, clusters)
    found = cfa(items, clusters=zone)
    indices = found.table[found.table["term"].isin(["cfi", "tli", "rmsea"])].set_index("method")["estimate"]
    assert indices["robust"].isna().all()
    assert indices["scaled"].notna().all()
    assert any("withheld" in note and "15 thresholds" in note for note in found.notes)
    assert "nan" not in found.summary()[: found.summary().index("rule of thumb")].lower()


def test_more_clusters_than_thresholds_have_them() -> None:
    items, zone = clustered(1, 30)
    found = cfa(items, clusters=zone)
    assert found.value("cfi", "robust") == pytest.approx(1, abs=0.05)
    assert not any("withheld" in note for note in found.notes)


@pytest.mark.parametrize("estimator", ["wlsmv", "mlr"])
def test_uneven_weights_are_told_with_what_they_are_worth(estimator: str) -> None:
    items, _ = clustered(2, 8)
    weights = np.r_[np.full(20, 100.0), np.full(300, 0.5)]
    found = cfa(items, weights=weights, estimator=estimator)  # type: ignore[arg-type]
    worth = weights.sum() ** 2 / (weights @ weights)
    assert any(f"tell as much as {worth:.0f} unweighted ones (Kish)" in note for note in found.notes)
    assert any("fewer than 100: standard errors are too small" in note for note in found.notes)
    even = cfa(items, weights=np.resize([1.0, 1.5], 320), estimator=estimator)  # type: ignore[arg-type]
    assert any("unweighted ones (Kish)" in note for note in even.notes)
    assert not any("fewer than 100" in note for note in even.notes)
