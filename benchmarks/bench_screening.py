"""Signs of careless answering: trustmeter's kernels beside insufficient-effort; one run, one table.

Run from the project's root: python benchmarks/bench_screening.py
TRUSTMETER_IER may name a Python that has the package insufficient-effort, when this one has not. Best with
OPENBLAS_NUM_THREADS=1. Numbers are compared where both define them alike: longest run, spread (theirs with divisor n),
Mahalanobis (theirs the root), synonyms, and even-odd above zero (below, theirs is cut at -1). Near duplicates have no peer.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from trustmeter.stats.screening.consistency import alike_pairs, even_odd, pair_consistency
from trustmeter.stats.screening.distance import squared_distances
from trustmeter.stats.screening.likeness import closest_likeness
from trustmeter.stats.screening.patterns import longest_run, pattern_size, within_person_sd

ROUNDS = 5
SECONDS = 0.2
SCALES = [list(range(start, start + 5)) for start in range(0, 25, 5)]
CLOSE = 1e-8
PEER = """
import json, sys, time, numpy as np, ier
x = np.load(sys.argv[1])
calls = {
    "longest run": lambda: ier.longstring_scores(x),
    "spread": lambda: ier.irv(x),
    "even-odd": lambda: ier.evenodd(x, [5] * 5, method="halves"),
    "synonyms": lambda: ier.psychsyn(x, critval=0.4),
    "Mahalanobis": lambda: ier.mahad(x),
}
found = {}
for name, call in calls.items():
    try:
        value = np.asarray(call(), dtype=float)
    except Exception as error:
        found[name] = {"error": str(error)[:80]}
        continue
    times = []
    for _ in range(int(sys.argv[2])):
        start, n = time.perf_counter(), 0
        while n == 0 or time.perf_counter() - start < float(sys.argv[3]):
            call(); n += 1
        times.append((time.perf_counter() - start) / n)
    found[name] = {"seconds": float(np.median(times)), "value": value.tolist()}
print(json.dumps(found))
"""


def answers(n: int, holes: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(9)
    traits = 0.6 * rng.normal(size=(n, 1)) + rng.normal(size=(n, 5))
    items = np.clip(np.round(3.5 + np.repeat(traits, 5, axis=1) + rng.normal(size=(n, 25))), 1, 6)
    return np.where(rng.random(items.shape) < holes, np.nan, items)


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


def ours(x: np.ndarray) -> dict[str, Callable[[], np.ndarray]]:
    codes = np.where(np.isnan(x), -1, x).astype(np.int64)
    return {
        "longest run": lambda: longest_run(x),
        "spread": lambda: within_person_sd(x),
        "repeated patterns": lambda: pattern_size(x),
        "even-odd": lambda: even_odd(x, SCALES),
        "synonyms": lambda: pair_consistency(x, alike_pairs(x, 0.4)),
        "Mahalanobis": lambda: squared_distances(x).squared,
        "near duplicates": lambda: closest_likeness(codes, 10),
    }


def peer(x: np.ndarray) -> dict[str, dict[str, object]]:
    python = os.environ.get("TRUSTMETER_IER", sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.npy"
        np.save(path, x)
        command = [python, "-c", PEER, str(path), str(ROUNDS), str(SECONDS)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else {}


def same(name: str, mine: np.ndarray, theirs: np.ndarray) -> str:
    alike = {"spread": mine * np.sqrt(24 / 25), "Mahalanobis": np.sqrt(np.maximum(mine, 0))}.get(name, mine)
    compared = theirs > 0 if name == "even-odd" else np.isfinite(theirs)
    gap = float(np.nanmax(np.abs(alike - theirs)[compared]))
    if gap > CLOSE:
        raise SystemExit(f"{name}: the numbers differ by {gap:.2g}.")
    return f"{gap:.1g}"


def main() -> None:
    sizes = {
        "2,436 x 25": answers(2436),
        "2,436 x 25, 7 % missing": answers(2436, 0.07),
        "20,000 x 25": answers(20_000),
    }
    for title, x in sizes.items():
        beside = peer(x) if title == "2,436 x 25" else {}
        print(f"\n{title}: {'index':<20}{'ms':>10}{'ier ms':>10}{'ratio':>8}  largest difference")
        for name, call in ours(x).items():
            seconds, other = timed(call), beside.get(name, {})
            words = ""
            if "seconds" in other:
                gap = same(name, call(), np.array(other["value"], dtype=float))
                words = f"{1000 * other['seconds']:>10.2f}{other['seconds'] / seconds:>8.2f}  {gap}"
            print(f"{'':{len(title) + 2}}{name:<20}{1000 * seconds:>10.2f}{words or str(other.get('error', ''))}")


if __name__ == "__main__":
    main()
