"""Graded response, partial credit and scores: trustmeter beside mirt (Python) and eRm (R); one run, one table.

Run from the project's root: OPENBLAS_NUM_THREADS=1 python benchmarks/bench_irt.py (one thread each; on a busy machine more
threads wait for each other, and the table then tells that).

mirt is left out where it is not installed; BENCH_MIRT may name the Python of an environment that has it. R is left out where
Rscript or eRm is not there. For scale only: mirt in R (1.41) took about 1.19 s for the graded model with standard errors on
the reference machine of this project; it is not run here.
"""

from __future__ import annotations

import csv
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from trustmeter.psychometrics.response.ability import irt_scores
from trustmeter.psychometrics.response.calibrate import irt
from trustmeter.stats.irt.calibration import fit_irt
from trustmeter.stats.irt.model import IrtFit
from trustmeter.stats.irt.trait import expected_scores

ROUNDS = 5
SCRIPT = Path(__file__).with_suffix(".R")
R_MIRT_SECONDS = 1.19
PEER = """
import json, sys, time
import numpy as np, mirt
x = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1, dtype=int)
def best(call):
    times = []
    for _ in range(int(sys.argv[2])):
        start = time.perf_counter(); found = call(); times.append(time.perf_counter() - start)
    return float(np.median(times)), found
fitted = dict(n_quadpts=61, tol=1e-6, max_iter=5000)
alone, _ = best(lambda: mirt.fit_mirt(x, "GRM", compute_standard_errors=False, **fitted))
whole, r = best(lambda: mirt.fit_mirt(x, "GRM", **fitted))
eap, s = best(lambda: mirt.fscores(r, x, n_quadpts=61))
print(json.dumps({"no errors": alone, "errors": whole, "eap": eap, "log_likelihood": r.log_likelihood,
                  "a": list(map(float, np.ravel(r.model.parameters["discrimination"]))),
                  "b": list(map(float, np.ravel(r.model.parameters["thresholds"]))),
                  "se": list(map(float, np.ravel(r.standard_errors["discrimination"]))),
                  "theta": list(map(float, np.ravel(s.theta)))}))
"""


def answers(n: int = 2_800, k: int = 10, m: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(n + k)
    a = rng.uniform(0.8, 2.2, k)
    cuts = np.linspace(-2.4, 2.4, m - 1)
    latent = a * rng.normal(size=(n, 1)) + rng.logistic(size=(n, k)) + rng.uniform(-0.8, 0.8, k)
    return pd.DataFrame(np.digitize(latent, cuts), columns=[f"q{i + 1}" for i in range(k)])


def milliseconds(call: Callable[[], object]) -> float:
    call()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1e3


def of_mirt(path: Path) -> dict[str, object]:
    python = os.environ.get("BENCH_MIRT", sys.executable)
    done = subprocess.run([python, "-c", PEER, str(path), str(ROUNDS)], capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else {}


def of_erm(path: Path) -> dict[str, float]:
    """Return eRm's seconds and its item locations (conditional likelihood: a near but other estimator)."""
    if shutil.which("Rscript") is None:
        return {}
    done = subprocess.run(
        ["Rscript", "--vanilla", str(SCRIPT), str(path), str(ROUNDS)], capture_output=True, text=True, check=False
    )
    return {name: float(value) for name, value in csv.reader(io.StringIO(done.stdout))} if done.returncode == 0 else {}


def distance(mine: object, theirs: object) -> float:
    return float(np.max(np.abs(np.ravel(mine) - np.ravel(theirs))))


def rows_beside_mirt(frame: pd.DataFrame, fit: IrtFit, peer: dict[str, object]) -> list[list[object]]:
    codes = frame.to_numpy()
    result = irt(frame)
    mine = {
        "graded 10 x 2,800, standard errors": milliseconds(lambda: fit_irt(codes)),
        "the same as a verb (tm.irt)": milliseconds(lambda: irt(frame)),
        "EAP scores of 2,800 (kernel)": milliseconds(lambda: expected_scores(fit, codes)),
        "the same as a verb (tm.irt_scores)": milliseconds(lambda: irt_scores(result)),
    }
    names = list(mine)
    if not peer:
        return [[name, mine[name], "-", np.nan, np.nan, ""] for name in names]
    a, b, se = fit.slopes[0], fit.difficulties[0], np.sqrt(np.diag(fit.covariance))[fit.layout.slopes[0]]
    largest = max(distance(a, peer["a"]), distance(b, peer["b"]))
    theta = distance(irt_scores(result).scores["theta"], peer["theta"])
    told = (
        f"log-likelihood {fit.log_likelihood - float(peer['log_likelihood']):+.1e}, SE {distance(se, peer['se']):.1e}"
    )
    seconds = [float(peer[name]) * 1e3 for name in ("errors", "errors", "eap", "eap")]
    alone = [
        "graded, mirt without standard errors",
        mine[names[0]],
        "mirt",
        float(peer["no errors"]) * 1e3,
        largest,
        told,
    ]
    rows: list[list[object]] = [
        [name, mine[name], "mirt", seconds[at], largest if at < 2 else theta, told if at < 2 else ""]
        for at, name in enumerate(names)
    ]
    return [rows[0], alone, *rows[1:]]


def main() -> None:
    frame = answers()
    with tempfile.TemporaryDirectory() as folder:
        path, five = Path(folder) / "items.csv", Path(folder) / "five.csv"
        frame.to_csv(path, index=False)
        frame.iloc[:2_694, :5].to_csv(five, index=False)
        fit = fit_irt(frame.to_numpy())
        rows = rows_beside_mirt(frame, fit, of_mirt(path))
        erm = of_erm(five)
    small = frame.iloc[:2_694, :5].to_numpy()
    partial = fit_irt(small, "pcm")
    b = partial.difficulties[0]
    row: list[object] = [
        "partial credit 5 x 2,694",
        milliseconds(lambda: fit_irt(small, "pcm")),
        "-",
        np.nan,
        np.nan,
        "",
    ]
    if erm:
        theirs = np.array([erm[f"location{item + 1}"] for item in range(5)])
        mine = b.mean(axis=1)
        row[2:] = ["eRm (conditional)", erm["seconds"] * 1e3, distance(mine - mine.mean(), theirs - theirs.mean()),
                   "another estimator: near, not equal"]  # fmt: skip
    rows.append(row)
    table = pd.DataFrame(rows, columns=["what", "trustmeter ms", "peer", "peer ms", "largest difference", "remark"])
    table.insert(4, "ratio", table["peer ms"] / table["trustmeter ms"])
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}; median of {ROUNDS}")
    print(table.to_string(index=False, float_format=lambda value: f"{value:.2g}" if abs(value) < 1 else f"{value:.1f}"))
    print(f"\nFor scale: mirt in R took {R_MIRT_SECONDS} s for the first row on the reference machine (not run here).")
    if (table["largest difference"].iloc[:2] > 5e-3).any():
        raise SystemExit("The estimates differ: no race between different numbers.")


if __name__ == "__main__":
    main()
