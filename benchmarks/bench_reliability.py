"""Alpha with its interval: trustmeter beside pingouin and, where Rscript is there, psych; one run, one table.

Run from the project's root: python benchmarks/bench_reliability.py
"""

from __future__ import annotations

import csv
import platform
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from trustmeter.psychometrics.consistency.estimate import alpha, omega, reliability
from trustmeter.stats.covariance import delta_std_error, wald_interval
from trustmeter.stats.consistency.alpha import cronbach_alpha, feldt_interval

try:
    import pingouin
except ImportError:
    pingouin = None

SIZES = ((300, 6), (1_000, 12), (2_800, 25), (100_000, 25))
ROUNDS = 5
SECONDS = 0.2
"""Each round repeats a call for about so long; the median of the rounds counts."""
SCRIPT = Path(__file__).with_suffix(".R")


def answers(n: int, k: int) -> pd.DataFrame:
    rng = np.random.default_rng(n + k)
    latent = rng.normal(size=(n, 1)) + rng.normal(size=(n, k))
    return pd.DataFrame(1 + np.digitize(latent, [-1.5, -0.5, 0.5, 1.5]), columns=[f"q{i + 1}" for i in range(k)])


def milliseconds(call: Callable[[], object]) -> float:
    call()
    times = []
    for _ in range(ROUNDS):
        start, calls = time.perf_counter(), 0
        while calls == 0 or time.perf_counter() - start < SECONDS:
            call()
            calls += 1
        times.append((time.perf_counter() - start) / calls * 1e3)
    return float(np.median(times))


def kernel(x: np.ndarray) -> None:
    found = cronbach_alpha(x)
    wald_interval(found.value, delta_std_error(found), 0.95)
    feldt_interval(found.value, *x.shape, 0.95)


def of_python(frame: pd.DataFrame) -> dict[str, float]:
    x = frame.to_numpy(float)
    calls: dict[str, Callable[[], object]] = {
        "kernel: alpha + ADF + Feldt": lambda: kernel(x),
        "tm.alpha": lambda: alpha(frame),
        "tm.omega": lambda: omega(frame),
        "tm.reliability (5 terms)": lambda: reliability(frame),
        "tm.alpha, 2000 resamples": lambda: alpha(frame, interval="bootstrap", seed=1),
    }
    if pingouin is not None:
        calls["pingouin.cronbach_alpha"] = lambda: pingouin.cronbach_alpha(frame)
    if len(frame) > 10_000:
        del calls["tm.alpha, 2000 resamples"]
    return {name: milliseconds(call) for name, call in calls.items()}


def of_r(frames: dict[str, pd.DataFrame]) -> dict[str, dict[str, float]]:
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for size, frame in frames.items():
            frame.to_csv(Path(folder) / f"{size}.csv", index=False)
        done = subprocess.run(
            ["Rscript", "--vanilla", str(SCRIPT), folder, str(ROUNDS), str(SECONDS)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        print(f"R did not run: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'no reason given'}")
        return {}
    found: dict[str, dict[str, float]] = {}
    for size, name, value, seconds in csv.reader(done.stdout.splitlines()):
        found.setdefault(size, {})[name] = float(seconds) * 1e3
        expected = float(alpha(frames[size]))
        if name == "psych::alpha" and abs(float(value) - expected) > 1e-10:
            raise SystemExit(f"psych::alpha gives {value}, trustmeter {expected}: no race between different numbers.")
    return found


def main() -> None:
    warnings.simplefilter("ignore")
    frames = {f"{n} x {k}": answers(n, k) for n, k in SIZES}
    with_r = of_r(frames)
    table = pd.DataFrame({size: of_python(frame) | with_r.get(size, {}) for size, frame in frames.items()})
    ratio = table / table.loc["tm.alpha"]
    print(f"Python {platform.python_version()}, numpy {np.__version__}, pandas {pd.__version__}, {platform.machine()}")
    print("\nMilliseconds a call (median of rounds)\n" + table.to_string(float_format="{:.2f}".format, na_rep="-"))
    print("\nTimes tm.alpha\n" + ratio.to_string(float_format="{:.2f}".format, na_rep="-"))


if __name__ == "__main__":
    main()
