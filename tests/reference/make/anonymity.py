"""Reference values of anonymity, from the Python package pycanon.

Run from the project's root in an environment of its own (pycanon wants numpy==2.0.2 and pandas==2.3.3):
python tests/reference/make/anonymity.py
Writes tests/reference/data/anonymity_*.csv and tests/reference/values/anonymity.json.
"""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from pycanon import anonymity

ROOT = Path("tests/reference")
QUASI = ["age", "gender", "area"]


def people(n: int, ages: int, areas: int, seed: int) -> pd.DataFrame:
    """Made-up people: `trust` is an ordered number from 1 to 5 (a person's age moves it), `reason` one of four words."""
    rng = np.random.default_rng(seed)
    age = rng.integers(0, ages, n)
    trust = np.clip(np.round(2.2 + 0.6 * age + rng.normal(0, 1.1, n)), 1, 5).astype(int)
    reason = rng.choice(["work", "study", "family", "refuge"], n, p=[0.5, 0.25, 0.2, 0.05])
    return pd.DataFrame(
        {
            "age": age,
            "gender": rng.integers(0, 2, n),
            "area": rng.integers(0, areas, n),
            "trust": trust,
            "reason": reason,
        }
    )


SETS = {"few": people(60, 3, 4, 1), "many": people(400, 2, 2, 2), "wide": people(900, 5, 5, 3)}


def measures(frame: pd.DataFrame) -> dict[str, object]:
    found: dict[str, object] = {"k": int(anonymity.k_anonymity(frame, QUASI))}
    for sensitive in ("trust", "reason"):
        found[sensitive] = {
            "distinct": int(anonymity.l_diversity(frame, QUASI, [sensitive])),
            "entropy": int(anonymity.entropy_l_diversity(frame, QUASI, [sensitive])),
            "t": float(anonymity.t_closeness(frame, QUASI, [sensitive])),
        }
    return found


def main() -> None:
    cases = {}
    for name, frame in SETS.items():
        frame.to_csv(ROOT / "data" / f"anonymity_{name}.csv", index=False)
        cases[name] = measures(frame)
    made = {
        "made_with": {
            "python": platform.python_version(),
            **{package: version(package) for package in ("pycanon", "numpy", "pandas")},
        },
        "cases": cases,
    }
    (ROOT / "values" / "anonymity.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
