"""Consistency: trustmeter beside R (psych, lavaan, semTools, boot) and pingouin; times, ratios, largest disagreement.

Run from the project's root: python benchmarks/bench_reliability.py
Where Rscript is not there, only Python is timed.
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

from trustmeter.psychometrics.consistency.estimate import alpha, omega, reliability
from trustmeter.psychometrics.items import analyze_items
from trustmeter.stats.consistency.alpha import alphas_if_dropped, cronbach_alpha, feldt_interval
from trustmeter.stats.consistency.bootstrap import resample
from trustmeter.stats.covariance import covariance_matrix, delta_std_error, wald_interval

try:
    import pingouin
except ImportError:
    pingouin = None

SIZES = ((300, 6), (1_000, 12), (2_436, 25), (100_000, 25))
ROUNDS = 5
SECONDS = 0.2
"""Each round repeats a call for about so long; the median of the rounds counts."""
SCRIPT = Path(__file__).with_suffix(".R")
RESAMPLED = 10_000
"""Larger samples are not resampled, split or fitted to categories here."""

Call = tuple[Callable[[], object], Callable[[], float] | None]
"""What is timed, and the number to hold against R's (none where it is drawn at random)."""


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
    alphas_if_dropped(covariance_matrix(x))


def calls_of(frame: pd.DataFrame) -> dict[str, Call]:
    """Return the calls by the name of R's counterpart; those without one have a name of their own."""
    x = frame.to_numpy(float)

    def one(term: str) -> Callable[[], float]:
        return lambda: reliability(frame, coefficients=term).value(term)

    made: dict[str, Call] = {
        "psych::alpha (kernel: alpha, ADF, Feldt, if dropped)": (lambda: kernel(x), lambda: cronbach_alpha(x).value),
        "psych::alpha (tm.alpha and tm.analyze_items)": (
            lambda: (alpha(frame), analyze_items(frame)),
            lambda: float(alpha(frame)),
        ),
        "pingouin.cronbach_alpha (tm.alpha)": (lambda: alpha(frame), None),
        "lavaan::cfa + compRelSEM (tm.omega)": (lambda: omega(frame), lambda: float(omega(frame))),
        "tm.reliability, five terms": (lambda: reliability(frame), None),
    }
    if len(frame) > RESAMPLED:
        return made
    made |= {
        "boot::boot, 2000 draws of alpha (kernel)": (lambda: resample(x, np.random.default_rng(1)), None),
        "boot::boot, 2000 draws of alpha (tm.alpha)": (lambda: alpha(frame, interval="bootstrap", seed=1), None),
        "psych::glb.algebraic": (one("glb"), one("glb")),
        "psych::splitHalf": (
            lambda: reliability(frame, coefficients="split_half"),
            (lambda: reliability(frame, coefficients="split_half").value("split_half_max")) if len(x.T) <= 16 else None,
        ),
        "lavaan::cfa WLSMV + compRelSEM (categorical omega)": (one("omega_categorical"), one("omega_categorical")),
    }
    return made


def of_r(frames: dict[str, pd.DataFrame]) -> dict[tuple[str, str], tuple[float, float]]:
    """Return R's number and milliseconds by size and call."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for size, frame in frames.items():
            frame.to_csv(Path(folder) / f"{size}.csv", index=False)
        done = subprocess.run(
            ["Rscript", "--vanilla", str(SCRIPT), folder, str(ROUNDS), str(SECONDS), str(RESAMPLED)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        print(f"R did not run: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'no reason given'}")
        return {}
    parts = [line.split("|") for line in done.stdout.splitlines() if line.count("|") == 3]
    return {(size, name): (float(value), 1e3 * float(seconds)) for size, name, value, seconds in parts}


def main() -> None:
    warnings.simplefilter("ignore")
    frames = {f"{n} x {k}": answers(n, k) for n, k in SIZES}
    with_r = of_r(frames)
    rows = []
    for size, frame in frames.items():
        for name, (call, value) in calls_of(frame).items():
            ours = milliseconds(call)
            theirs, number = float("nan"), float("nan")
            counterpart = name.split(" (")[0]
            if counterpart.startswith("pingouin"):
                if pingouin is None:
                    continue
                theirs = milliseconds(lambda items=frame: pingouin.cronbach_alpha(items))
            elif (size, counterpart) in with_r:
                number, theirs = with_r[size, counterpart]
            apart = float("nan") if value is None else abs(value() - number)
            rows.append(
                {
                    "size": size,
                    "call": name,
                    "ours, ms": ours,
                    "theirs, ms": theirs,
                    "ratio": theirs / ours,
                    "apart": apart,
                }
            )
    table = pd.DataFrame(rows)
    formats = {
        "ours, ms": "{:.2f}".format,
        "theirs, ms": "{:.1f}".format,
        "ratio": "{:.1f}".format,
        "apart": "{:.1e}".format,
    }
    print(f"Python {platform.python_version()}, numpy {np.__version__}, pandas {pd.__version__}, {platform.machine()}")
    print("Median of rounds; ratio: how many times theirs takes as long; apart: the difference of the two numbers\n")
    print(table.to_string(index=False, formatters=formats, na_rep="-"))
    if table["apart"].max() > 1e-5:
        raise SystemExit("No race between different numbers.")


if __name__ == "__main__":
    main()
