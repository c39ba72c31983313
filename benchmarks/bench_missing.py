"""Seconds of imputation and synthesis on the workloads of bench_missing.R. Run: python benchmarks/bench_missing.py."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

from trustmeter.stats.missing.imputation import impute
from trustmeter.stats.synthesis.effects_model import random_effects
from trustmeter.stats.synthesis.shrinkage import posterior, rank_probabilities


def seconds(work: Callable[[], object], times: int = 3) -> float:
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def main() -> None:
    rng = np.random.default_rng(1)
    f = np.repeat(rng.normal(size=(2800, 5)), 5, axis=1)
    x = np.digitize(0.7 * f + 0.7 * rng.normal(size=f.shape), [-1.3, -0.5, 0.3, 1.0]) + 1.0
    x[rng.random(x.shape) < 0.05] = np.nan
    for method in ("matching", "ordinal"):
        took = seconds(
            lambda method=method: impute(x, np.random.default_rng(0), imputations=5, iterations=1, method=method)
        )
        print(f"imputation, {method}, m = 5, 1 iteration, 2800 x 25: {took:.3f} s")
    y, se = rng.normal(size=13), rng.uniform(0.1, 0.5, 13)
    print(
        f"random effects, REML, Hartung-Knapp, interval of tau2, k = 13: {seconds(lambda: random_effects(y, se), 21):.5f} s"
    )
    known = posterior(y, se)
    took = seconds(lambda: rank_probabilities(known, np.random.default_rng(0)))
    print(f"rank probabilities, 10 000 draws, k = 13: {took:.3f} s")


if __name__ == "__main__":
    main()
