"""Reference values of agreement of many coders, from the Python packages krippendorff and irrCAC.

Run from the project's root with both installed (they are GPL, and no part of the project):
python tests/reference/make/agreement_coders.py
Writes tests/reference/data/agreement_many_*.csv and tests/reference/values/agreement_coders.json.
"""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd
from irrCAC.raw import CAC

ROOT = Path("tests/reference")


def coded(n: int, raters: int, cuts: list[float], *, noise: float, holes: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = 1.0 + np.digitize(rng.normal(size=(n, 1)) + noise * rng.normal(size=(n, raters)), cuts)
    x[rng.random(x.shape) < holes] = np.nan
    return x[(~np.isnan(x)).sum(axis=1) > 0]


SETS = {
    "full": coded(60, 4, [-0.8, 0.0, 0.9], noise=0.6, holes=0.0, seed=1),
    "holes": coded(80, 5, [-1.0, -0.3, 0.4, 1.2], noise=0.7, holes=0.25, seed=2),
    "binary": coded(120, 3, [1.0], noise=0.5, holes=0.1, seed=3),
    "seven": coded(150, 3, [-1.5, -0.9, -0.3, 0.3, 0.9, 1.5], noise=1.0, holes=0.15, seed=4),
    "empty": np.where(
        coded(50, 3, [-1.8, 0.0, 0.3], noise=0.8, holes=0.0, seed=5) == 2,
        4.0,
        coded(50, 3, [-1.8, 0.0, 0.3], noise=0.8, holes=0.0, seed=5),
    ),
}
WEIGHTS = {"unweighted": "identity", "linear": "linear", "quadratic": "quadratic"}


def gwet(x: np.ndarray, weights: str) -> dict[str, list[float]]:
    frame = pd.DataFrame(x)
    categories = sorted(np.unique(x[~np.isnan(x)]).tolist())
    cac = CAC(frame, weights=weights, categories=categories, digits=16)
    found = {}
    for name in ("fleiss", "gwet", "bp", "krippendorff"):
        est = getattr(cac, name)()["est"]
        found[name] = [float(est["coefficient_value"]), float(est["se"]), float(est["pa"]), float(est["pe"])]
    return found


def main() -> None:
    cases = {}
    for name, x in SETS.items():
        pd.DataFrame(x, columns=[f"c{i + 1}" for i in range(x.shape[1])]).to_csv(
            ROOT / "data" / f"agreement_many_{name}.csv", index=False, float_format="%g"
        )
        alphas = {
            level: float(krippendorff.alpha(reliability_data=x.T, level_of_measurement=level))
            for level in ("nominal", "ordinal", "interval", "ratio")
        }
        cases[name] = {"alpha": alphas, "cac": {ours: gwet(x, theirs) for ours, theirs in WEIGHTS.items()}}
    packages = {name: version(name) for name in ("krippendorff", "irrCAC")}
    stored = {"python": platform.python_version(), "packages": packages, "cases": cases}
    (ROOT / "values" / "agreement_coders.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
