"""A sample of 100,000 in strata and clusters: trustmeter beside R's survey and svy; one run, one table.

Run from the project's root: python benchmarks/bench_survey.py
`BENCH_SVY` names the Python of an environment that has svy; without it svy is left out.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from trustmeter.stats.survey.influence import estimated, means, ratios
from trustmeter.stats.survey.projection import on_margins
from trustmeter.stats.survey.quantile import quantiles
from trustmeter.stats.survey.replicates import jackknife_stratified
from trustmeter.stats.survey.replication import replicated_means
from trustmeter.stats.survey.sample import Sample, reweighted, sample_of
from trustmeter.stats.weighting.raking import rake

ROUNDS, ROWS = 7, 100_000
AGREES = 1e-7
SCRIPT = Path(__file__).with_suffix(".R")
PEER = """
import sys, time, statistics, warnings
warnings.simplefilter("ignore")
import polars, svy
frame, rounds = polars.read_csv(sys.argv[1] + "/people.csv"), int(sys.argv[2])
made = lambda: svy.Sample(frame, svy.Design(stratum="stratum", psu="cluster", wgt="w"))
d = made()
calls = {
    "design and mean": lambda: made().estimation.mean("y").estimates[0].se,
    "mean": lambda: d.estimation.mean("y").estimates[0].se,
    "means of 8 groups": lambda: d.estimation.mean("y", by="g").estimates[2].se,
    "ratio": lambda: d.estimation.ratio("y", "z").estimates[0].se,
    "quartiles": lambda: d.estimation.quantile("y", p=(0.25, 0.5, 0.75))[1].estimates[0].se,
}
for name, call in calls.items():
    try:
        value, times = call(), []
        for _ in range(rounds):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
        print(name, value, statistics.median(times), sep=",")
    except Exception as error:
        print(name, "nan", "nan", sep=",", flush=True)
"""


def timed(call: Callable[[], float]) -> float:
    """Return the median seconds of the rounds, after one call to warm up."""
    call()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def people() -> pd.DataFrame:
    """100,000 people in 500 clusters of 20 strata."""
    rng = np.random.default_rng(1)
    cluster = np.sort(rng.integers(0, 500, ROWS))
    frame = pd.DataFrame({"cluster": cluster, "stratum": cluster % 20, "w": rng.uniform(1, 5, ROWS)})
    frame["a"], frame["b"], frame["g"] = rng.integers(1, 3, ROWS), rng.integers(1, 6, ROWS), rng.integers(1, 9, ROWS)
    frame["y"] = rng.normal(50, 20, ROWS) + 5 * rng.normal(size=500)[cluster] + frame["b"]
    return frame.assign(z=rng.gamma(4, 5, ROWS) + 1)


def ours(frame: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Return the standard error and the seconds of each of our calls."""
    y, z, w, strata, clusters = (frame[name].to_numpy() for name in ("y", "z", "w", "stratum", "cluster"))
    margins = [frame[name].to_numpy() - 1 for name in ("a", "b", "g")]
    even = [np.full(margin.max() + 1, w.sum() / (margin.max() + 1)) for margin in margins]

    def made() -> Sample:
        return sample_of(w, strata=strata, clusters=clusters)

    drawn = made()
    raked = reweighted(drawn, w * rake(margins, even, w).factors, on_margins(margins, np.ones(ROWS)))
    reps = jackknife_stratified(drawn)
    thirds = np.array([0.25, 0.5, 0.75])
    calls: dict[str, Callable[[], float]] = {
        "design and mean": lambda: float(estimated(means(y, made()), drawn).std_error[0]),
        "mean": lambda: float(estimated(means(y, drawn), drawn).std_error[0]),
        "means of 8 groups": lambda: float(estimated(means(y, drawn, margins[2], 8), drawn).std_error[2]),
        "ratio": lambda: float(estimated(ratios(y, z, drawn), drawn).std_error[0]),
        "quartiles": lambda: float(quantiles(y, thirds, drawn).std_error[0, 1]),
        "mean of raked weights": lambda: float(estimated(means(y, raked), raked).std_error[0]),
        "mean of 500 replicates": lambda: float(replicated_means(y, reps).std_error[0]),
    }
    return {name: (call(), timed(call)) for name, call in calls.items()}


def theirs(frame: pd.DataFrame) -> dict[str, dict[str, tuple[float, float]]]:
    """Return the same of each peer that is installed."""
    commands = {}
    if shutil.which("Rscript") is not None:
        commands["survey (R)"] = ["Rscript", str(SCRIPT)]
    if os.environ.get("BENCH_SVY"):
        commands["svy"] = [os.environ["BENCH_SVY"], "-c", PEER]
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        frame.to_csv(Path(folder) / "people.csv", index=False)
        for peer, command in commands.items():
            told = subprocess.run([*command, folder, str(ROUNDS)], capture_output=True, text=True, check=True).stdout
            lines = [line.rsplit(",", 2) for line in told.splitlines()]
            found[peer] = {name: (float(value), float(seconds)) for name, value, seconds in lines}
    return found


def main() -> None:
    frame = people()
    mine, others = ours(frame), theirs(frame)
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {ROWS} rows, median of {ROUNDS}\n")
    for name, (error, seconds) in mine.items():
        told = f"{name:<26}{error:>14.8f}{seconds * 1000:>10.1f} ms"
        for peer, calls in others.items():
            if name in calls and np.isfinite(calls[name][0]):
                value, wait = calls[name]
                told += f"   {peer} {wait * 1000:.1f} ms, x {wait / seconds:.1f}"
                if abs(value / error - 1) > AGREES:
                    told += f" (standard error {value:.8f})"
                    if peer == "survey (R)":
                        raise SystemExit(told)
        print(told)


if __name__ == "__main__":
    main()
