"""Factors and their number: trustmeter beside psych (one R session) and statsmodels, on the same 25 items; one table.

Run from the project's root: python benchmarks/bench_exploration.py
"""

from __future__ import annotations

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

from trustmeter.psychometrics.structure.exploration.factors import efa
from trustmeter.psychometrics.structure.exploration.retention import dimensionality
from trustmeter.stats.exploration.extraction import fit_maximum_likelihood, fit_minres
from trustmeter.stats.exploration.general import schmid_leiman
from trustmeter.stats.exploration.retention import average_partial, eigenvalues
from trustmeter.stats.exploration.rotation import rotate

try:
    from statsmodels.multivariate.factor import Factor
except ImportError:
    Factor = None

N, FACTORS, ITEMS_EACH = 2_800, 5, 5
ROUNDS = 5
SECONDS = 0.2
"""Each round repeats a call for about so long; the median of the rounds counts."""
SCRIPT = Path(__file__).with_suffix(".R")
BASE = {
    "psych::fa minres + oblimin": "kernel: minres + oblimin, 10 starts",
    "psych::fa ml + oblimin": "kernel: ml + oblimin, 10 starts",
    "psych::fa.parallel, 20 draws": "tm.dimensionality, 20 draws",
    "psych::schmid": "kernel: minres + oblimin + Schmid-Leiman",
    "statsmodels Factor pa + oblimin": "kernel: minres + oblimin, 10 starts",
    "statsmodels Factor ml + oblimin": "kernel: ml + oblimin, 10 starts",
    "tm.efa minres + oblimin": "psych::fa minres + oblimin",
    "tm.efa ml + oblimin": "psych::fa ml + oblimin",
}
"""What each call is held against."""


def answers() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    k = FACTORS * ITEMS_EACH
    loadings = np.kron(np.eye(FACTORS), np.full((ITEMS_EACH, 1), 0.65)) + rng.normal(scale=0.08, size=(k, FACTORS))
    phi = np.full((FACTORS, FACTORS), 0.25) + 0.75 * np.eye(FACTORS)
    latent = rng.normal(size=(N, FACTORS)) @ np.linalg.cholesky(phi).T @ loadings.T + rng.normal(
        scale=0.75, size=(N, k)
    )
    return pd.DataFrame(1 + np.digitize(latent, [-1.4, -0.7, 0, 0.7, 1.4]), columns=[f"q{i + 1}" for i in range(k)])


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


def turned(fit: Callable[..., object], R: np.ndarray) -> object:
    return rotate(fit(R, FACTORS).loadings, "oblimin", kaiser=False, starts=10, rng=np.random.default_rng(1))


def general(R: np.ndarray) -> object:
    found = turned(fit_minres, R)
    return schmid_leiman(found.loadings, found.phi)


def of_python(frame: pd.DataFrame) -> dict[str, float]:
    x = frame.to_numpy(float)
    R = np.corrcoef(x.T)
    calls: dict[str, Callable[[], object]] = {
        "kernel: minres + oblimin, 10 starts": lambda: turned(fit_minres, np.corrcoef(x.T)),
        "kernel: ml + oblimin, 10 starts": lambda: turned(fit_maximum_likelihood, np.corrcoef(x.T)),
        "kernel: minres + oblimin + Schmid-Leiman": lambda: general(np.corrcoef(x.T)),
        "kernel: MAP": lambda: average_partial(R),
        "tm.efa minres + oblimin": lambda: efa(frame, FACTORS),
        "tm.efa ml + oblimin": lambda: efa(frame, FACTORS, method="ml"),
        "tm.dimensionality, 20 draws": lambda: dimensionality(frame, draws=20, seed=1),
        "tm.dimensionality, 100 draws": lambda: dimensionality(frame, seed=1),
        "tm.dimensionality, polychoric, 20 draws": lambda: dimensionality(
            frame, correlation="polychoric", draws=20, seed=1
        ),
    }
    if Factor is not None:
        for method in ("pa", "ml"):
            calls[f"statsmodels Factor {method} + oblimin"] = lambda method=method: (
                Factor(endog=x, n_factor=FACTORS, method=method).fit().rotate("oblimin")
            )
    return {name: milliseconds(call) for name, call in calls.items()}


def of_r(frame: pd.DataFrame) -> tuple[dict[str, float], dict[str, float]]:
    """Return R's times and how far its numbers are from ours."""
    if shutil.which("Rscript") is None:
        return {}, {}
    with tempfile.TemporaryDirectory() as folder:
        frame.to_csv(Path(folder) / "items.csv", index=False)
        done = subprocess.run(
            ["Rscript", "--vanilla", str(SCRIPT), folder, str(ROUNDS), str(SECONDS), str(FACTORS)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            print(
                f"R did not run: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'no reason given'}"
            )
            return {}, {}
        theirs = {
            name: pd.read_csv(Path(folder) / f"{name}.csv").iloc[:, 0] for name in ("minres", "ml", "common", "map")
        }
    R = np.corrcoef(frame.to_numpy(float).T)
    ours = {
        "minres": fit_minres(R, FACTORS).uniquenesses, "ml": fit_maximum_likelihood(R, FACTORS).uniquenesses,
        "common": eigenvalues(R).common, "map": average_partial(R).squared[1:9],
    }  # fmt: skip
    apart = {name: float(np.abs(ours[name] - theirs[name]).max()) for name in ours}
    allowed = {"minres": 1e-3, "ml": 1e-3, "common": 1e-10, "map": 1e-10}  # psych's search stops early
    for name, far in apart.items():
        if far > allowed[name]:
            raise SystemExit(f"psych and trustmeter differ by {far:.2g} in {name}: no race between different numbers.")
    times = {name: float(seconds) * 1e3 for name, seconds in (line.rsplit(",", 1) for line in done.stdout.splitlines())}
    return times, apart


def main() -> None:
    warnings.simplefilter("ignore")
    frame = answers()
    times, apart = of_r(frame)
    table = pd.Series(of_python(frame) | times)
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}; {N} x {frame.shape[1]}")
    print("\nMilliseconds a call (median of rounds)\n" + table.to_string(float_format="{:.2f}".format))
    held = {f"{a} / {b}": table[a] / table[b] for a, b in BASE.items() if a in table and b in table}
    print("\nRatios\n" + pd.Series(held).to_string(float_format="{:.2f}".format))
    if apart:
        print("\nLargest difference from psych\n" + pd.Series(apart).to_string(float_format="{:.1e}".format))


if __name__ == "__main__":
    main()
