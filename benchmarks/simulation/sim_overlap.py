"""Do intervals of the change cover the truth when waves share some people? Made-up scores; writes one page.

Run from the project's root: python benchmarks/simulation/sim_overlap.py
"""

from __future__ import annotations

import math
import multiprocessing
import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.stats.comparison.equivalence import t_interval
from trustmeter.stats.comparison.overlap import (
    OverlapChange,
    best_overlap_change,
    derrick_pooled,
    derrick_unequal,
)
from trustmeter.stats.covariance import Floats

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "simulation" / "overlap.md"
SAMPLES = 2000
LEVEL = 0.95
CHANGE = 0.2
PEOPLE = ((5, 20, 20), (5, 100, 100), (10, 30, 30), (10, 10, 60), (20, 20, 20), (60, 20, 20), (0, 30, 15), (25, 0, 0))
"""People in both waves, only in the first, only in the second."""
WORLDS = {"normal, r = 0.5": (0.5, 1.0, False), "normal, r = 0.8, SD 1 and 1.7": (0.8, 1.7, False),
          "five points, r = 0.6": (0.6, 1.0, True)}  # fmt: skip
"""Correlation of the two waves, SD of the second, whether scores are cut to five points, skewed."""
CUTS = np.array([-0.3, 0.5, 1.1, 1.8])
WAYS: dict[str, Callable[[Floats, Floats], OverlapChange]] = {
    "best combination": best_overlap_change,
    "T_new1": derrick_pooled,
    "T_new2": derrick_unequal,
}


def truth_of(world: str) -> float:
    """Return the true change; of cut scores from the normal distribution's areas."""
    _, spread, cut = WORLDS[world]
    if not cut:
        return CHANGE
    above = [0.5 * (1 + math.erf((shift - c) / spread / math.sqrt(2))) for shift in (CHANGE, 0.0) for c in CUTS]
    return sum(above[: len(CUTS)]) - sum(above[len(CUTS) :])


def draw(rng: np.random.Generator, world: str, people: tuple[int, int, int]) -> tuple[Floats, Floats]:
    r, spread, cut = WORLDS[world]
    z = rng.normal(size=(sum(people), 2))
    first, second = z[:, 0], CHANGE + spread * (r * z[:, 0] + math.sqrt(1 - r * r) * z[:, 1])
    if cut:
        first, second = (np.searchsorted(CUTS, x).astype(float) for x in (first, second))
    both, one, _ = people
    second[both : both + one] = np.nan
    first[both + one :] = np.nan
    return first, second


def tried(job: tuple[str, tuple[int, int, int]]) -> list[dict[str, object]]:
    world, people = job
    rng = np.random.default_rng([PEOPLE.index(people), list(WORLDS).index(world)])
    truth = truth_of(world)
    hits: dict[str, list[tuple[bool, float, float]]] = {way: [] for way in WAYS}
    for _ in range(SAMPLES):
        first, second = draw(rng, world, people)
        for way, change in WAYS.items():
            try:
                found = change(first, second)
            except EstimationError:
                continue
            limits = t_interval(found.estimate, found.std_error, found.df, LEVEL)
            hits[way].append((limits.low < truth < limits.high, limits.high - limits.low, found.estimate - truth))
    return [
        {"scores": world, "both / first / second": " / ".join(map(str, people)), "way": way,
         "coverage": float(np.mean([hit for hit, _, _ in found])), "width": float(np.median([w for _, w, _ in found])),
         "bias": float(np.mean([off for _, _, off in found])), "samples": len(found)}
        for way, found in hits.items()
    ]  # fmt: skip


def page(rows: list[dict[str, object]]) -> str:
    names = ["scores", "both / first / second", "way", "coverage", "width", "bias", "samples"]
    shown = {"coverage": lambda v: f"{100 * v:.1f} %", "width": lambda v: f"{v:.3f}", "bias": lambda v: f"{v:+.3f}"}
    lines = ["| " + " | ".join(names) + " |", "| " + " | ".join("---" for _ in names) + " |"]
    lines += ["| " + " | ".join(str(shown.get(n, lambda v: v)(row[n])) for n in names) + " |" for row in rows]
    return INTRODUCTION.format(samples=SAMPLES) + "\n".join(lines) + "\n"


INTRODUCTION = """# How often intervals of a change cover the truth when waves share some people

Made by `python benchmarks/simulation/sim_overlap.py` (seeded); nobody gave these answers. Two waves; some people are in both,
some in one only. The best combination weighs them by REML variances and correlation, with Kenward and Roger's standard error
and Satterthwaite's degrees of freedom; T_new1 and T_new2 are the tests of Derrick and others (2017): plain means, pooled or
separate variances. A coverage of 95 % from {samples} samples has a standard error of 0.5 points. Width is the median width.

What to read from it: the best combination covers 94 to 96 % of the time; with five pairs once only 93 %, and then it is no
narrower than plain means: so `overlap_change` takes T_new2 under ten pairs. With ten or more it is as narrow as T_new2 or
narrower, by a fifth when people resemble themselves (r = 0.8) and half of each wave is in both. T_new1 takes variances to be
equal: where they are not, its intervals hold the truth 89 to 99 % of the time. Samples without a solution (constant answers of
five pairs) are left out.

"""


def main() -> None:
    jobs = [(world, people) for world in WORLDS for people in PEOPLE]
    with multiprocessing.get_context("spawn").Pool(min(2, os.cpu_count() or 1)) as pool:
        rows = [row for found in pool.map(tried, jobs, chunksize=1) for row in found]
    PAGE.write_text(page(rows), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(rows)} rows\n")


if __name__ == "__main__":
    main()
