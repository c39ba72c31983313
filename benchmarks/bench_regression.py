"""Linear models with clusters: trustmeter beside clubSandwich, estimatr, lme4, lmerTest and pbkrtest; one run, one table.

Run from the project's root: python benchmarks/bench_regression.py
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from trustmeter.stats.regression.cluster_covariance import cluster_robust, contrast_tests
from trustmeter.stats.regression.least_squares import fit
from trustmeter.stats.regression.mixed_inference import kenward_roger_tests, satterthwaite
from trustmeter.stats.regression.mixed_model import fit_mixed
from trustmeter.stats.regression.wild_bootstrap import wild_cluster_test, wild_signs

ROUNDS = 7
SCRIPT = Path(__file__).with_suffix(".R")
ROWS, PEOPLE, DRAWS = 10_000, 2_000, 9_999


def timed(call: Callable[[], object]) -> float:
    """Return the median seconds of the rounds, after one call to warm up."""
    call()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def clusters(rng: np.random.Generator) -> pd.DataFrame:
    """10,000 rows in 50 unequal clusters, nine covariates."""
    group = np.sort(rng.choice(50, size=ROWS, p=rng.dirichlet(np.full(50, 5.0))))
    frame = pd.DataFrame({f"x{k}": rng.normal(size=ROWS) for k in range(1, 9)})
    frame["x9"] = (group < 25).astype(float)
    frame["y"] = rng.normal(size=50)[group] + 0.1 * frame["x1"] + rng.normal(size=ROWS)
    return frame.assign(g=group)


def people(rng: np.random.Generator) -> pd.DataFrame:
    """2,000 people in 50 areas, five waves, 60 interviewers."""
    person = np.repeat(np.arange(PEOPLE), 5)
    frame = pd.DataFrame({"person": person, "area": person % 50, "interviewer": rng.integers(0, 60, ROWS)})
    frame["wave"], frame["treated"], frame["x"] = (
        np.tile(np.arange(5.0), PEOPLE),
        frame["area"] % 2,
        rng.normal(size=ROWS),
    )
    effects = rng.normal(size=PEOPLE)[person] + 0.5 * rng.normal(size=50)[frame["area"]]
    return frame.assign(y=effects + 0.3 * rng.normal(size=60)[frame["interviewer"]] + rng.normal(size=ROWS))


def ours(frame: pd.DataFrame, panel: pd.DataFrame, rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """Return the estimate and the seconds of each of our calls."""
    x = np.column_stack([np.ones(ROWS), frame.filter(like="x").to_numpy()])
    y, g = frame["y"].to_numpy(), frame["g"].to_numpy()
    few = g % 12
    many = np.arange(ROWS) // 2
    z = np.column_stack([np.ones(ROWS), panel[["wave", "treated", "x"]].to_numpy()])
    v, person, area = panel["y"].to_numpy(), panel["person"].to_numpy(), panel["area"].to_numpy()
    interviewer, small = panel["interviewer"].to_numpy(), person < 200

    def wild(clusters: np.ndarray, kind: str) -> float:
        signs = wild_signs(len(np.unique(clusters)), DRAWS, kind, rng)  # type: ignore[arg-type]
        return wild_cluster_test(fit(x, y), clusters, np.eye(10)[9], signs).p_value

    calls: dict[str, Callable[[], float]] = {
        "CR2 + df": lambda: float(contrast_tests(cluster_robust(fit(x, y), g)).df[1]),
        "CR2 + df, 5,000 clusters": lambda: float(contrast_tests(cluster_robust(fit(x, y), many)).df[1]),
        "wild bootstrap + interval, 12 clusters, all 4,096": lambda: wild(few, "rademacher"),
        "wild bootstrap + interval, 12 clusters, Webb 9,999": lambda: wild(few, "webb"),
        "wild bootstrap + interval, 50 clusters, 9,999": lambda: wild(g, "rademacher"),
        "mixed, person": lambda: fit_mixed(z, v, person).criterion,
        "mixed, person in area": lambda: fit_mixed(z, v, person, area).criterion,
        "mixed, person x interviewer": lambda: fit_mixed(z, v, person, interviewer).criterion,
        "mixed, fit + Satterthwaite": lambda: float(satterthwaite(fit_mixed(z, v, person, area)).df[1]),
        "mixed, fit + Kenward-Roger (1,000 rows)": lambda: float(
            kenward_roger_tests(fit_mixed(z[small], v[small], person[small], area[small])).df[1]
        ),
    }
    return {name: (call(), timed(call)) for name, call in calls.items()}


def theirs(frame: pd.DataFrame, panel: pd.DataFrame) -> list[str]:
    """Return R's lines, or none where R is absent."""
    if shutil.which("Rscript") is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        frame.to_csv(Path(folder) / "clusters.csv", index=False)
        panel.to_csv(Path(folder) / "people.csv", index=False)
        command = ["Rscript", str(SCRIPT), folder, str(ROUNDS)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def main() -> None:
    rng = np.random.default_rng(1)
    frame, panel = clusters(rng), people(rng)
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {ROWS} rows, median of {ROUNDS}\n")
    for name, (value, seconds) in ours(frame, panel, rng).items():
        print(f"{'trustmeter ' + name:<65}{value:>18.8f}{seconds:>10.4f} s")
    for line in theirs(frame, panel):
        name, value, seconds = line.rsplit(",", 2)
        print(f"{name:<65}{float(value):>18.8f}{float(seconds):>10.4f} s")


if __name__ == "__main__":
    main()
