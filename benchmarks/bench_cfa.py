"""Confirmatory factor analysis: trustmeter beside lavaan (one R session) on the same 25 items of 2,800 people; one table.

Run from the project's root: python benchmarks/bench_cfa.py
The answers are made up: six categories, five related factors, about 13 % of rows with a hole.
"""

from __future__ import annotations

import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from trustmeter.psychometrics.structure.confirmation import CfaResult, cfa

N, FACTORS, EACH = 2_800, 5, 5
SCRIPT = Path(__file__).with_suffix(".R")
NAMES = [f"q{i + 1}" for i in range(FACTORS * EACH)]
MODEL = "\n".join(f"f{f + 1} =~ " + " + ".join(NAMES[f * EACH : (f + 1) * EACH]) for f in range(FACTORS))
CASES = {"ml": ("ml", 9), "mlr": ("mlr", 9), "fiml": ("mlr", 3), "wlsmv": ("wlsmv", 5)}
"""What is timed: estimator and how often (the median counts)."""
LARGEST = 1e-4
"""Standardised loadings that differ by more stop the run."""


def answers() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    loadings = np.kron(np.eye(FACTORS), np.linspace(0.5, 0.8, EACH)[:, None])
    phi = np.full((FACTORS, FACTORS), 0.3) + 0.7 * np.eye(FACTORS)
    f = rng.normal(size=(N, FACTORS)) @ np.linalg.cholesky(phi).T
    y = f @ loadings.T + rng.normal(size=(N, len(NAMES))) * np.sqrt(1 - (loadings**2).sum(axis=1))
    x = 1.0 + np.digitize(y, [-1.5, -0.9, -0.2, 0.4, 1.1])
    x[rng.random(x.shape) < 0.0055] = np.nan
    return pd.DataFrame(x, columns=NAMES)


def fitted(case: str, holes: pd.DataFrame) -> CfaResult:
    estimator = CASES[case][0]
    if case == "fiml":
        return cfa(holes, MODEL, estimator=estimator, missing="fiml")
    return cfa(holes.dropna(), MODEL, estimator=estimator)


def seconds_of(case: str, holes: pd.DataFrame) -> float:
    fitted(case, holes)
    taken = []
    for _ in range(CASES[case][1]):
        begun = time.perf_counter()
        fitted(case, holes)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def lavaan(folder: Path) -> pd.DataFrame | None:
    if shutil.which("Rscript") is None:
        return None
    done = subprocess.run(["Rscript", str(SCRIPT), str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        print("lavaan is left out:", done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "R failed")
        return None
    return pd.read_csv(folder / "lavaan.csv").set_index("case")


def main() -> None:
    holes = answers()
    share = holes.isna().any(axis=1).mean()
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}; {N} people, {len(NAMES)} items, {share:.0%} of rows with a hole\n"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        holes.to_csv(folder / "answers.csv", index=False)
        theirs = lavaan(folder)
        print(
            f"{'case':8} {'tm.cfa s':>9} {'lavaan s':>9} {'ratio':>7}   largest difference: loading, its SE, chi-square"
        )
        for case in CASES:
            ours = seconds_of(case, holes)
            if theirs is None:
                print(f"{case:8} {ours:9.3f}")
                continue
            result = fitted(case, holes)
            rows = result.tidy().query("term == 'loading_standardized'")
            told = pd.read_csv(folder / f"loadings_{case}.csv")
            gaps = [
                np.abs(rows[a].to_numpy() - told[b].to_numpy()).max()
                for a, b in (("estimate", "est.std"), ("std_error", "se"))
            ]
            chi = abs(result.value("chi_square", "plain" if case == "ml" else "scaled") - theirs.loc[case, "chisq"])
            assert gaps[0] < LARGEST, f"{case}: loadings differ by {gaps[0]:.2g}"
            there = float(theirs.loc[case, "seconds"])
            print(f"{case:8} {ours:9.3f} {there:9.3f} {there / ours:7.1f}   {gaps[0]:.1e} {gaps[1]:.1e} {chi:.1e}")


if __name__ == "__main__":
    main()
