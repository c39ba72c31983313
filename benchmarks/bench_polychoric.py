"""Polychoric correlations of 25 items with 6 categories, 2436 rows: trustmeter beside psych and lavaan; one run, one table.

Run from the project's root: python benchmarks/bench_polychoric.py
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

from trustmeter.psychometrics.structure.correlation import polychoric
from trustmeter.stats.correlation.ordinal import ordinal_moments

ROWS, ITEMS, FACTORS = 2436, 25, 5
ROUNDS = 7
R_ROUNDS = 3
SCRIPT = Path(__file__).with_suffix(".R")
KERNEL, WITH_GAMMA, VERB = "kernel: correlations + SE", "kernel: with gamma (425 x 425)", "tm.polychoric"


def answers() -> pd.DataFrame:
    """Five factors, five items each, thresholds moved at random for each item."""
    rng = np.random.default_rng(1)
    factors = rng.normal(size=(ROWS, FACTORS)) @ np.linalg.cholesky(0.7 * np.eye(FACTORS) + 0.3).T
    latent = 0.7 * factors[:, np.arange(ITEMS) % FACTORS] + np.sqrt(0.51) * rng.normal(size=(ROWS, ITEMS))
    cuts = np.linspace(-1.5, 1.2, 5) + rng.uniform(-0.25, 0.25, size=(ITEMS, 5)) + rng.normal(0, 0.3, size=(ITEMS, 1))
    return pd.DataFrame({f"q{j + 1}": 1 + np.digitize(latent[:, j], cuts[j]) for j in range(ITEMS)})


def seconds(call: Callable[[], object]) -> float:
    call()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def of_r(frame: pd.DataFrame) -> dict[str, tuple[float, np.ndarray]]:
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answers.csv"
        frame.to_csv(file, index=False)
        command = ["Rscript", "--vanilla", str(SCRIPT), str(file), str(R_ROUNDS), folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"R did not run: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
            return {}
        lines = [line.rsplit(";", 1) for line in done.stdout.splitlines()]
        return {
            name: (float(time_), np.loadtxt(Path(folder) / f"{i}.txt"))
            for i, (name, time_) in enumerate(lines, start=1)
        }


def main() -> None:
    frame = answers()
    codes = frame.to_numpy(np.intp) - 1
    ours = {
        KERNEL: seconds(lambda: ordinal_moments(codes, acov=False)),
        WITH_GAMMA: seconds(lambda: ordinal_moments(codes)),
        VERB: seconds(lambda: polychoric(frame)),
    }
    found = ordinal_moments(codes)
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}; {ROWS} x {ITEMS}, 6 categories\n"
    )
    for name, value in ours.items():
        print(f"{name:45s}{value * 1e3:10.1f} ms")
    for name, (value, theirs) in of_r(frame).items():
        gamma = name.startswith("lavaan gamma")
        own, beside = (found.gamma, ours[WITH_GAMMA]) if gamma else (found.correlations, ours[KERNEL])
        apart = np.abs(own - theirs).max()
        tail = f"x {value / beside:6.1f}   x {value / ours[VERB]:6.1f} of the verb   differs by at most {apart:.1e}"
        print(f"{name:45s}{value * 1e3:10.1f} ms   {tail}")
        if apart > (1e-4 if gamma else 5e-5):
            raise SystemExit("no race between different numbers.")


if __name__ == "__main__":
    main()
