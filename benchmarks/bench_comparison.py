"""Time a paired comparison: trustmeter, pingouin and R in one run, on the same simulated numbers.

Run from the project's root: ``python benchmarks/bench_comparison.py``. Prints a Markdown table of medians in milliseconds.
R is timed inside a warm session and left out when it is not on the machine.
"""

from __future__ import annotations

import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pingouin

from trustmeter.pilot.array import compare_paired

SIZES = (40, 400, 4000)
ROUNDS = 15

R_PROGRAM = """
suppressMessages(library(effectsize))
data <- read.csv(commandArgs(TRUE)[1])
once <- function() {
  t <- t.test(data$after, data$before, paired = TRUE)
  w <- suppressWarnings(wilcox.test(data$after, data$before, paired = TRUE))
  d <- cohens_d(data$after, data$before, paired = TRUE)
  g <- hedges_g(data$after, data$before, paired = TRUE)
  r <- rank_biserial(data$after, data$before, paired = TRUE)
}
once()
clock <- function() proc.time()[["elapsed"]]
times <- replicate(%d, { start <- clock(); for (i in 1:5) once(); (clock() - start) / 5 })
cat(median(times) * 1000)
"""


def milliseconds(call: Callable[[], object]) -> float:
    call()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def with_pingouin(before: np.ndarray, after: np.ndarray) -> None:
    """The nearest to `compare_paired`: t test with d and its interval, signed ranks with rank-biserial, g."""
    pingouin.ttest(after, before, paired=True)
    pingouin.wilcoxon(after, before)
    pingouin.compute_effsize(after, before, paired=True, eftype="hedges")


def with_r(before: np.ndarray, after: np.ndarray) -> float | None:
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        data, program = Path(folder, "data.csv"), Path(folder, "time.R")
        np.savetxt(data, np.column_stack([before, after]), delimiter=",", header="before,after", comments="")
        program.write_text(R_PROGRAM % ROUNDS, encoding="utf-8")
        done = subprocess.run([rscript, program, data], capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None


def main() -> None:
    rng = np.random.default_rng(1)
    print(f"Python {platform.python_version()}, pingouin {pingouin.__version__}; median of {ROUNDS}, milliseconds\n")
    print("| pairs | trustmeter | pingouin | ratio | R | ratio |")
    print("|---:|---:|---:|---:|---:|---:|")
    for n in SIZES:
        before = np.round(rng.normal(50, 15, n), 1)
        after = np.round(0.6 * before + rng.normal(24, 12, n), 1)
        ours = milliseconds(lambda x=before, y=after: compare_paired(x, y))
        theirs = milliseconds(lambda x=before, y=after: with_pingouin(x, y))
        r = with_r(before, after)
        shown = ("", "") if r is None else (f"{r:.1f}", f"{r / ours:.1f}")
        print(f"| {n} | {ours:.1f} | {theirs:.1f} | {theirs / ours:.1f} | {shown[0]} | {shown[1]} |")


if __name__ == "__main__":
    main()
