"""Agreement: trustmeter beside pingouin, krippendorff and, where Rscript is there, psych and lme4; one run, one table.

Run from the project's root: python benchmarks/bench_agreement.py
TRUSTMETER_KRIPPENDORFF may name a Python that has the package krippendorff, when this one has not.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from trustmeter.psychometrics.agreement.coders import kappa
from trustmeter.psychometrics.agreement.content import krippendorff_alpha
from trustmeter.psychometrics.agreement.ratings import icc
from trustmeter.stats.agreement.coincidence import unit_sums

try:
    import pingouin
except ImportError:
    pingouin = None

ROUNDS = 5
SECONDS = 0.2
"""Each round repeats a call for about so long; the median of the rounds counts."""
SCRIPT = Path(__file__).with_suffix(".R")
LEVELS = ("nominal", "ordinal", "interval")
PEER = """
import sys, time, numpy as np, krippendorff
x = np.genfromtxt(sys.argv[1], delimiter=",", skip_header=1)
for level in ("nominal", "ordinal", "interval"):
    call = lambda: krippendorff.alpha(reliability_data=x.T, level_of_measurement=level)
    value, times = call(), []
    for _ in range(int(sys.argv[2])):
        start, calls = time.perf_counter(), 0
        while calls == 0 or time.perf_counter() - start < float(sys.argv[3]):
            call(); calls += 1
        times.append((time.perf_counter() - start) / calls)
    print(f"krippendorff {level},{value!r},{np.median(times)}")
"""


def timed(call: Callable[[], object]) -> float:
    call()
    times = []
    for _ in range(ROUNDS):
        start, calls = time.perf_counter(), 0
        while calls == 0 or time.perf_counter() - start < SECONDS:
            call()
            calls += 1
        times.append((time.perf_counter() - start) / calls)
    return float(np.median(times))


def frames() -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(5)
    person = rng.normal(50, 10, (1138, 1))
    occasions = pd.DataFrame(person + rng.normal(0, 5, (1138, 2)), columns=["first", "second"])
    coded = 1.0 + np.digitize(rng.normal(size=(2748, 1)) + 0.6 * rng.normal(size=(2748, 3)), [-1, -0.3, 0.3, 1])
    coders = pd.DataFrame(np.where(rng.random(coded.shape) < 0.1, np.nan, coded), columns=["a", "b", "c"])
    wide = person[:, :1] + rng.normal(0, 3, 6) + rng.normal(0, 8, (1138, 6))
    gaps = pd.DataFrame(np.where(rng.random(wide.shape) < 0.3, np.nan, wide))
    return {"occasions": occasions, "coders": coders, "pair": pd.DataFrame(coded[:, :2].astype(int)), "gaps": gaps}


def long(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    return frame.rename_axis("target").reset_index().melt("target", var_name="rater", value_name=value).dropna()


def ours(data: dict[str, pd.DataFrame]) -> dict[str, tuple[float, float]]:
    coders = data["coders"]
    values = np.arange(1.0, 6.0)
    codes = np.where(coders.isna(), -1, coders.fillna(1).to_numpy() - 1).astype(int)
    calls: dict[str, Callable[[], float]] = {
        "tm.icc (six, F, intervals)": lambda: float(icc(data["occasions"])),
        "tm.icc (gaps, REML)": lambda: icc(data["gaps"]).value("variance_target"),
        "tm.kappa (Cohen and companions)": lambda: float(kappa(data["pair"])),
    }
    for level in LEVELS:
        calls[f"kernel: alpha {level}"] = lambda level=level: unit_sums(codes, values, level).estimate
        calls[f"tm.krippendorff_alpha {level}"] = lambda level=level: float(krippendorff_alpha(coders, level=level))
    calls["tm.krippendorff_alpha, 2000 resamples"] = lambda: float(
        krippendorff_alpha(coders, interval="bootstrap", seed=1)
    )
    return {name: (call(), timed(call)) for name, call in calls.items()}


def of_python(data: dict[str, pd.DataFrame]) -> dict[str, tuple[float, float]]:
    if pingouin is None:
        return {}
    tall = long(data["occasions"], "rating")
    names = {"targets": "target", "raters": "rater", "ratings": "rating"}

    def call() -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return float(pingouin.intraclass_corr(tall, **names)["ICC"].iloc[1])

    return {"pingouin.intraclass_corr": (call(), timed(call))}


def of_others(data: dict[str, pd.DataFrame]) -> dict[str, tuple[float, float]]:
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in data.items():
            stored = long(frame, "rating") if name == "gaps" else frame
            stored.to_csv(Path(folder) / f"{name}.csv", index=False, na_rep="NA" if name == "gaps" else "nan")
        spans = [str(ROUNDS), str(SECONDS)]
        peer = os.environ.get("TRUSTMETER_KRIPPENDORFF", sys.executable)
        commands = [[peer, "-c", PEER, str(Path(folder) / "coders.csv"), *spans]]
        if shutil.which("Rscript"):
            commands.append(["Rscript", str(SCRIPT), folder, *spans])
        found = {}
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            for line in done.stdout.splitlines():
                name, value, seconds = line.rsplit(",", 2)
                found[name] = (float(value), float(seconds))
        return found


PAIRS = (
    ("tm.icc (six, F, intervals)", "psych::ICC (aov)"),
    ("tm.icc (six, F, intervals)", "psych::ICC (lmer)"),
    ("tm.icc (six, F, intervals)", "pingouin.intraclass_corr"),
    ("tm.icc (gaps, REML)", "lme4::lmer"),
    ("tm.kappa (Cohen and companions)", "psych::cohen.kappa"),
    *((f"kernel: alpha {level}", f"krippendorff {level}") for level in LEVELS),
    *((f"tm.krippendorff_alpha {level}", f"krippendorff {level}") for level in LEVELS),
)
ALLOWED = {"psych::ICC (lmer)": 1e-4, "lme4::lmer": 1e-3}
"""What searches with its default tolerance may differ by; all else is a closed form: 1e-8."""


def main() -> None:
    data = frames()
    found = {**ours(data), **of_python(data), **of_others(data)}
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}; ICC 1138 x 2, gaps 1138 x 6, kappa and alpha 2748 units"
    )
    for name, (value, seconds) in found.items():
        print(f"{name:42s} {seconds * 1e3:10.3f} ms   {value:.12f}")
    print("\nHow many times faster, and the difference of the numbers")
    for mine, theirs in PAIRS:
        if theirs not in found:
            continue
        gap = abs(found[mine][0] - found[theirs][0])
        print(f"{mine:42s} {theirs:28s} {found[theirs][1] / found[mine][1]:8.1f}   {gap:.2g}")
        assert gap <= ALLOWED.get(theirs, 1e-8), (mine, theirs, gap)


if __name__ == "__main__":
    main()
