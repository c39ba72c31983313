"""Many pilots with the same planted change and shift: on average both are found, with intervals that hold them."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from trustmeter import PilotDesign, latent_change

CHANGE, SHIFT, RUNS = 0.3, 0.5, 16
CUTS = (-1.2, -0.5, 0.3, 1.0)


def _points(trait, shift=0.0):
    """Return an item's expected points: loading 0.8, variance one."""
    return 100 - 25 * sum(NormalDist().cdf(cut - 0.8 * trait - shift) for cut in CUTS)


def test_planted_change_and_shift_are_found_on_average(planted):
    truth = {
        "latent_change": CHANGE, "latent_stability": 0.7, "true_change": _points(CHANGE) - _points(0.0),
        "response_shift": (_points(CHANGE, SHIFT) - _points(CHANGE)) / 6, "unexplained_change": 0.0,
    }  # fmt: skip
    found = [
        latent_change(
            planted(300, change=CHANGE, shift=SHIFT, seed=100 + run), PilotDesign("2022", "2023"), scale="trust"
        )
        for run in range(RUNS)
    ]
    assert all("FA2" in one.released["trust"] for one in found)
    inside = 0
    for term, value in truth.items():
        rows = [one.table[(one.table["term"] == term) & (one.table["item"] == "")].iloc[0] for one in found]
        errors = np.array([row["std_error"] for row in rows])
        mean = np.mean([row["estimate"] for row in rows])
        assert abs(mean - value) < 3 * errors.mean() / math.sqrt(RUNS), term
        inside += sum(row["ci_low"] <= value <= row["ci_high"] for row in rows)
    assert inside / (RUNS * len(truth)) > 0.85
