"""Measurement invariance of 25 items, 5 factors, 2 groups: trustmeter beside lavaan + semTools; one run, one table.

Run from the project's root: python benchmarks/bench_invariance.py
R takes a minute or two; without Rscript only our times are shown. One thread, as R has: on a machine that does other work the
threads of a linear-algebra library wait for each other and take twenty times as long.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import csv
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import trustmeter as tm
from trustmeter.psychometrics.comparability.units import layout_of
from trustmeter.stats.sem.difference import carried_over, difference_usual
from trustmeter.stats.sem.fitting import baseline_tests, fit_structure
from trustmeter.stats.sem.invariance_steps import depths_at, step_model, steps_of
from trustmeter.stats.sem.sample import normal_sample, ordinal_sample

N, ITEMS, FACTORS = 2_800, 25, 5
ROUNDS = 3
SCRIPT = Path(__file__).with_suffix(".R")
SAME = 1e-2
"""lavaan stops short of its solution by up to so much in chi-square in models of this size."""
NAMES = ("configural", "thresholds", "loadings", "intercepts", "residuals")


def answers() -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Return six-category answers of two groups, and the items of each factor."""
    rng = np.random.default_rng(3)
    factor = np.repeat(np.arange(FACTORS), ITEMS // FACTORS)
    loading, group = rng.uniform(0.5, 0.8, ITEMS), rng.integers(0, 2, N)
    f = rng.multivariate_normal(np.zeros(FACTORS), 0.35 + 0.65 * np.eye(FACTORS), N)
    y = loading * (f[:, factor] + 0.2 * group[:, None]) + rng.normal(size=(N, ITEMS)) * np.sqrt(1 - loading**2)
    cuts = np.array([-1.3, -0.6, 0, 0.7, 1.4])
    x = [1 + np.digitize(column, cuts + rng.uniform(-0.2, 0.2, 5)) for column in y.T]
    frame = pd.DataFrame({f"x{i + 1}": column for i, column in enumerate(x)}).assign(g=group).sort_values("g")
    return frame, {f"f{j + 1}": [f"x{i + 1}" for i in np.flatnonzero(factor == j)] for j in range(FACTORS)}


def climbed(frame: pd.DataFrame, factors: dict[str, list[str]], *, ordinal: bool) -> dict[str, tuple[float, float]]:
    """Return the scaled chi-square of each step and of its difference test: the kernel's way, everything from raw answers."""
    blocks = [rows.drop(columns="g").to_numpy(float) for _, rows in frame.groupby("g")]
    sample = ordinal_sample([(x - 1).astype(np.intp) for x in blocks]) if ordinal else normal_sample(blocks)
    pattern = np.array([[item in items for items in factors.values()] for item in frame.columns.drop("g")])
    layout = layout_of(sample, pattern, 2, linked=False)
    baseline, before, found = baseline_tests(sample), None, {}
    for step in steps_of(layout):
        model = step_model(layout, depths_at(layout, step))
        start = None if before is None else carried_over(model, before.estimate)
        fit = fit_structure(model, sample, baseline=baseline, start=start)
        assert np.isfinite([fit.std_errors.max(), fit.robust.cfi, fit.srmr]).all()
        found[NAMES[step]] = (
            fit.fit.test.scaled,
            difference_usual(fit, before)[0].scaled if before is not None else 0.0,
        )
        before = fit
    return found


def seconds(call: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def of_r(frame: pd.DataFrame, factors: dict[str, list[str]], kind: str) -> tuple[dict[str, tuple[float, float]], float]:
    model = ";".join(f"{name} =~ {' + '.join(items)}" for name, items in factors.items())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answers.csv"
        frame.to_csv(file, index=False)
        told = subprocess.run(
            ["Rscript", str(SCRIPT), str(file), model, kind], check=True, capture_output=True, text=True
        ).stdout
    rows = list(csv.reader(told.splitlines()))
    return {name: (float(value), float(change)) for name, value, change, _ in rows}, sum(float(row[3]) for row in rows)


def main() -> None:
    frame, factors = answers()
    for kind in sys.argv[1:] or ["ordinal", "continuous"]:
        ours = climbed(frame, factors, ordinal=kind == "ordinal")
        times = {
            "kernel: moments, all steps, difference tests": seconds(
                lambda k=kind: climbed(frame, factors, ordinal=k == "ordinal")
            ),
            "tm.check_invariance, with bias and unseen bias": seconds(
                lambda k=kind: tm.check_invariance(frame, across="g", treat=k, factors=factors)
            ),
        }
        theirs, r_time = of_r(frame, factors, kind) if shutil.which("Rscript") else ({}, float("nan"))
        gap = max((abs(a - b) for name in theirs for a, b in zip(ours[name], theirs[name], strict=True)), default=0.0)
        print(f"\n{kind}: {ITEMS} items, {FACTORS} factors, 2 groups, n = {N:,}; lavaan + semTools {r_time:.1f} s")
        for name, value in times.items():
            print(f"  {name:<50}{value:8.2f} s{r_time / value:8.1f} x")
        print(f"  largest disagreement of the scaled chi-squares and differences: {gap:.1e}")
        if gap > SAME:
            raise SystemExit("the numbers disagree")


if __name__ == "__main__":
    main()
