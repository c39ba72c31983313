"""Raking 100,000 rows to four margins: trustmeter beside survey, weightipy and leafblower; one run, one table.

Run from the project's root: python benchmarks/bench_raking.py

R is left out where Rscript or survey is not there. weightipy and leafblower are left out unless BENCH_RAKING names the Python of an
environment that has them. Each is asked for margins met to 1e-9 of the total; what it reached is told beside its time.
"""

from __future__ import annotations

import json
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

import trustmeter as tm
from trustmeter.responses.model import Roles
from trustmeter.stats.weighting.raking import rake

ROUNDS, ROWS = 7, 100_000
LEVELS = {"age": 6, "sex": 2, "area": 12, "origin": 5}
SCRIPT = Path(__file__).with_suffix(".R")
PEERS = """
import json, sys, time, numpy as np, pandas as pd
folder, rounds = sys.argv[1], int(sys.argv[2])
rows, targets = pd.read_csv(folder + "/rows.csv"), pd.read_csv(folder + "/targets.csv")
names = [name for name in rows if name != "w"]
shares = {v: t.set_index("category")["Freq"] / t["Freq"].sum() for v, t in targets.groupby("margin", sort=False)}
def error(w):
    return max(float((pd.Series(w).groupby(rows[v].to_numpy()).sum() / w.sum() - shares[v]).abs().max()) for v in names)
def median(call):
    call(); times = []
    for _ in range(rounds):
        start = time.perf_counter(); w = call(); times.append(time.perf_counter() - start)
    w = np.asarray(w, dtype=float)
    return float(np.median(times)), error(w), w
found = {}
try:
    import weightipy
    percent = {v: {int(k): 100 * float(s) for k, s in shares[v].items()} for v in names}
    scheme = lambda: weightipy.scheme_from_dict(percent, rim_params={"convcrit": 1e-9})
    frame = rows[names]
    found["weightipy"] = median(lambda: weightipy.weight_dataframe(frame.copy(), scheme(), "weights")["weights"].to_numpy())
except ImportError:
    pass
try:
    import leafblower
    text = {v: {str(k): float(s) for k, s in shares[v].items()} for v in names}
    words = rows[names].astype(str).astype("category")
    found["leafblower"] = median(lambda: leafblower.harvest(words, text, method="raking", max_weight=1e6,
        convergence={"absolute": 1e-9})["weights"].to_numpy())
except ImportError:
    pass
for name, (seconds, miss, w) in found.items():
    np.save(f"{folder}/{name}.npy", w)
print(json.dumps({name: one[:2] for name, one in found.items()}))
"""


def timed(call: Callable[[], object]) -> float:
    """Return the median seconds of the rounds, after one call to warm up."""
    call()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def made(rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Return rows whose categories go together, and targets that are well away from them."""
    trait = rng.normal(size=ROWS)
    columns = {}
    for name, size in LEVELS.items():
        place = np.argsort(np.argsort(0.6 * trait + rng.normal(size=ROWS)))
        columns[name] = place * size // ROWS
    targets = {}
    for name, size in LEVELS.items():
        wanted = np.bincount(columns[name], minlength=size) * rng.uniform(0.5, 1.8, size)
        targets[name] = wanted / wanted.sum() * 1e6
    return pd.DataFrame(columns).assign(w=1.0), targets


def answers_of(rows: pd.DataFrame) -> tm.Responses:
    questionnaire = tm.load_questionnaire("community-trust")
    return tm.Responses(rows, pd.DataFrame(index=rows.index), questionnaire, Roles(kept=tuple(LEVELS)))


def theirs(
    rows: pd.DataFrame, targets: dict[str, np.ndarray], ours: np.ndarray
) -> dict[str, tuple[float, float, float]]:
    """Return seconds, largest error, and the largest relative difference of weights from ours, of each peer that is there."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        rows.to_csv(Path(folder) / "rows.csv", index=False)
        long = [(name, k, number) for name, numbers in targets.items() for k, number in enumerate(numbers)]
        pd.DataFrame(long, columns=["margin", "category", "Freq"]).to_csv(Path(folder) / "targets.csv", index=False)
        if shutil.which("Rscript"):
            run = subprocess.run(
                ["Rscript", str(SCRIPT), folder, str(ROUNDS)], capture_output=True, text=True, check=False
            )
            if run.returncode == 0:
                seconds, version = run.stdout.split()
                found[f"survey {version}"] = (float(seconds), pd.read_csv(Path(folder) / "weights.csv")["w"].to_numpy())
        if os.environ.get("BENCH_RAKING"):
            command = [os.environ["BENCH_RAKING"], "-W", "ignore", "-c", PEERS, folder, str(ROUNDS)]
            run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            for name, (seconds, _) in json.loads(run.stdout.splitlines()[-1]).items():
                found[name] = (seconds, np.load(Path(folder) / f"{name}.npy"))
    return {name: (seconds, miss(rows, targets, w), apart(w, ours)) for name, (seconds, w) in found.items()}


def miss(rows: pd.DataFrame, targets: dict[str, np.ndarray], weights: np.ndarray) -> float:
    shares = [np.bincount(rows[name], weights=weights) / weights.sum() - t / t.sum() for name, t in targets.items()]
    return float(max(np.abs(one).max() for one in shares))


def apart(weights: np.ndarray, ours: np.ndarray) -> float:
    return float(np.abs(weights / weights.mean() / (ours / ours.mean()) - 1).max())


def main() -> None:
    rows, targets = made(np.random.default_rng(1))
    codes, base = [rows[name].to_numpy() for name in LEVELS], rows["w"].to_numpy()
    numbers = list(targets.values())
    people = answers_of(rows)
    margins = tm.margins({name: {str(k): float(n) for k, n in enumerate(t)} for name, t in targets.items()})
    weights = base * rake(codes, numbers, base, tolerance=1e-9).factors
    table = {
        "trustmeter, on arrays": (
            timed(lambda: rake(codes, numbers, base, tolerance=1e-9)),
            miss(rows, targets, weights),
            0.0,
        ),
        "trustmeter.rake, all of it": (
            timed(lambda: tm.rake(people, margins, tolerance=1e-9)),
            miss(rows, targets, weights),
            0.0,
        ),
        **theirs(rows, targets, weights),
    }
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, {ROWS} rows x {len(LEVELS)} margins, median of {ROUNDS}\n"
    )
    fastest = next(iter(table.values()))[0]
    for name, (seconds, error, difference) in table.items():
        print(
            f"{name:<28}{seconds:>10.4f} s{seconds / fastest:>8.1f} x{error:>10.1e} of the total{difference:>10.1e} apart"
        )
        if name.startswith("survey") and difference > 1e-6:
            raise SystemExit("The weights disagree.")


if __name__ == "__main__":
    main()
