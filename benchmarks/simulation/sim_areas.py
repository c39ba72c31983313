"""How often do tests of areas reject what is true, and intervals hold it? Made-up areas; writes one page.

Run from the project's root: python benchmarks/simulation/sim_areas.py
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
from trustmeter.stats.areas.doubly_robust import DoublyRobust, doubly_robust_cross_sections, doubly_robust_panel
from trustmeter.stats.areas.placebo import placebo_areas
from trustmeter.stats.areas.randomization import randomize_areas
from trustmeter.stats.areas.trend import contrasts_of_areas, judge_trends
from trustmeter.stats.comparison.equivalence import t_interval
from trustmeter.stats.covariance import Floats

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "simulation" / "areas.md"
SAMPLES = 2000
LEVEL = 0.95
EFFECT = 0.3
Row = dict[str, object]

DESIGNS = ((3, 3), (5, 5), (10, 10), (3, 7), (2, 8), (1, 19))
"""Treated and comparison areas."""
ERRORS: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "skewed": lambda rng, n: rng.exponential(size=n) - 1,
}


def share(hits: list[bool]) -> float:
    return float(np.mean(hits)) if hits else math.nan


def of_randomization(job: tuple[int, int, str]) -> list[Row]:
    n1, n0, errors = job
    rng = np.random.default_rng([n1, n0, list(ERRORS).index(errors)])
    treated = np.arange(n1 + n0) < n1
    rows = []
    for studentized in (False, True):
        if studentized and n1 == 1:
            continue
        rejected, covered, attained = [], [], math.nan
        for _ in range(SAMPLES // 4):
            found = randomize_areas(ERRORS[errors](rng, n1 + n0), treated, studentized=studentized)
            rejected.append(found.p_value <= 1 - LEVEL)
            covered.append(found.low <= 0 <= found.high)
            attained = found.smallest_p
        rows.append({"areas": f"{n1} + {n0}", "errors": errors, "statistic": "studentised" if studentized else "plain",
                     "smallest p": attained, "rejects": share(rejected), "coverage": share(covered)})  # fmt: skip
    return rows


def of_placebo(job: tuple[int, str]) -> list[Row]:
    n0, sizes_of = job
    rng = np.random.default_rng([n0, len(sizes_of)])
    ways = ("as they are",) if sizes_of == "equal" else ("as they are", "by size", "by size, people's variance known")
    rejected: dict[str, list[bool]] = {way: [] for way in ways}
    covered: dict[str, list[bool]] = {way: [] for way in ways}
    for _ in range(SAMPLES):
        own = {"equal": 100.0, "treated small": 20.0, "treated large": 400.0}[sizes_of]
        sizes = np.r_[own, np.full(n0, 100.0) if sizes_of == "equal" else rng.uniform(20, 400, n0)]
        y = rng.normal(size=n0 + 1) * np.sqrt(0.02 + 2 / sizes)
        for way in ways:
            given = None if way == "as they are" else sizes
            found = placebo_areas(
                y[:1], y[1:], treated_sizes=None if given is None else given[:1],
                comparison_sizes=None if given is None else given[1:],
                variance_per_size=2.0 if way.endswith("known") else None,
            )  # fmt: skip
            rejected[way].append(found.p_value <= 1 - LEVEL)
            covered[way].append(math.isnan(found.low) or found.low <= 0 <= found.high)
    return [
        {"areas": f"1 + {n0}", "sizes": sizes_of, "residuals": way,
         "rejects": share(rejected[way]), "coverage": share(covered[way])}
        for way in ways
    ]  # fmt: skip


def of_large_area(job: tuple[int, float]) -> list[Row]:
    """One treated area of 300 people among others of 20 to 40 whose changes differ little for another reason than people."""
    n0, between = job
    rng = np.random.default_rng([n0, int(10 * between), 300])
    ways = {"as they are": (False, None), "by size": (True, None), "by size, people's variance known": (True, 320.0)}
    rejected: dict[str, list[bool]] = {way: [] for way in ways}
    covered: dict[str, list[bool]] = {way: [] for way in ways}
    for _ in range(SAMPLES):
        sizes = np.r_[300.0, rng.uniform(20, 40, n0)]
        y = rng.normal(size=n0 + 1) * np.sqrt(between**2 + 320 / sizes)
        for way, (sized, within) in ways.items():
            found = placebo_areas(
                y[:1], y[1:], treated_sizes=sizes[:1] if sized else None,
                comparison_sizes=sizes[1:] if sized else None, variance_per_size=within,
            )  # fmt: skip
            rejected[way].append(found.p_value <= 1 - LEVEL)
            covered[way].append(found.low <= 0 <= found.high)
    return [
        {"areas": f"1 + {n0}", "areas' own spread": f"{between:g}", "residuals": way,
         "rejects": share(rejected[way]), "coverage": share(covered[way])}
        for way in ways
    ]  # fmt: skip


def people(rng: np.random.Generator, areas: int, right: tuple[bool, bool]) -> tuple[Floats, ...]:
    """Return covariate, treated, area, change, of 30 people an area; the right model has a straight line in z."""
    area = np.repeat(np.arange(areas), 30)
    z = rng.normal(size=len(area)) + 0.3 * rng.normal(size=areas)[area]
    bent = (z**2 - 1) / math.sqrt(2)
    level = np.bincount(area, weights=z if right[0] else bent) / 30
    chosen = np.argsort(1.5 * level + rng.logistic(size=areas))[areas // 2 :]
    treated = np.isin(area, chosen)
    change = 0.6 * (z if right[1] else bent) + 0.15 * rng.normal(size=areas)[area] + EFFECT * treated
    return z, treated, area, change + rng.normal(size=len(area))


def single(rng: np.random.Generator, n: int, right: tuple[bool, bool]) -> tuple[Floats, ...]:
    """Return the same for people who are treated one by one."""
    z = rng.normal(size=n)
    bent = (z**2 - 1) / math.sqrt(2)
    treated = rng.random(n) < 1 / (1 + np.exp(-0.6 * (z if right[0] else bent)))
    change = 0.6 * (z if right[1] else bent) + EFFECT * treated + rng.normal(size=n)
    return z, treated, np.arange(n), change


def estimates(data: tuple[Floats, ...], rng: np.random.Generator, clustered: bool) -> dict[str, DoublyRobust]:
    z, treated, area, change = data
    x = np.column_stack([np.ones(len(z)), z])
    clusters = area if clustered else None
    after = rng.random(len(z)) < 0.5
    y = z + after * change + (1 - after) * rng.normal(size=len(z))
    ways: dict[str, Callable[[], DoublyRobust]] = {
        "panel, no covariate": lambda: doubly_robust_panel(change, treated, x[:, :1], clusters=clusters),
        "panel, improved": lambda: doubly_robust_panel(change, treated, x, clusters=clusters),
        "panel, traditional": lambda: doubly_robust_panel(change, treated, x, clusters=clusters, improved=False),
        "sections, improved": lambda: doubly_robust_cross_sections(y, after, treated, x, clusters=clusters),
    }
    found = {}
    for way, estimate in ways.items():
        try:
            found[way] = estimate()
        except EstimationError:
            continue
    return found


def of_doubly_robust(job: tuple[int, bool, tuple[bool, bool]]) -> list[Row]:
    n, clustered, right = job
    rng = np.random.default_rng([n, clustered, *right])
    kept: dict[str, list[tuple[float, bool]]] = {}
    for _ in range(SAMPLES // 2):
        data = people(rng, n, right) if clustered else single(rng, n, right)
        for way, found in estimates(data, rng, clustered).items():
            limits = t_interval(found.estimate, found.std_error, found.df, LEVEL)
            kept.setdefault(way, []).append((found.estimate - EFFECT, limits.low < EFFECT < limits.high))
    words = {(True, True): "both", (True, False): "membership", (False, True): "change", (False, False): "neither"}
    return [
        {"units": f"{n} areas of 30" if clustered else f"{n} people", "model that is right": words[right], "estimator": way,
         "bias": float(np.mean([off for off, _ in all_])), "spread": float(np.std([off for off, _ in all_])),
         "coverage": share([hit for _, hit in all_]), "samples": len(all_)}
        for way, all_ in kept.items()
    ]  # fmt: skip


def of_trends(job: tuple[int, int, int]) -> list[Row]:
    n1, n0, waves = job
    rng = np.random.default_rng([n1, n0, waves])
    treated, times = np.arange(n1 + n0) < n1, np.arange(waves, dtype=float)
    joint, line = [], []
    for _ in range(SAMPLES):
        means = rng.normal(size=(n1 + n0, 1)) + rng.normal(size=(n1 + n0, waves)) * np.where(treated, 0.5, 0.3)[:, None]
        found = judge_trends(contrasts_of_areas(means, treated), times)
        joint.append(found.p_value <= 0.05)
        line.append(found.slope_p_value <= 0.05)
    return [
        {
            "areas": f"{n1} + {n0}",
            "waves before": waves,
            "all contrasts reject": share(joint),
            "slope rejects": share(line),
        }
    ]


def table(rows: list[Row]) -> str:
    names = list(rows[0])
    shown: dict[str, Callable[[float], str]] = {
        "bias": "{:+.3f}".format,
        "spread": "{:.3f}".format,
        "smallest p": "{:.3g}".format,
    }
    percent = "{:.1%}".format

    def cell(name: str, value: object) -> str:
        return shown.get(name, percent)(value) if isinstance(value, float) else str(value)

    lines = ["| " + " | ".join(names) + " |", "| " + " | ".join("---" for _ in names) + " |"]
    return "\n".join(lines + ["| " + " | ".join(cell(n, row[n]) for n in names) + " |" for row in rows])


FEW = (10, 19, 25, 50)
SIZES = ("equal", "treated small", "treated large")
UNITS = ((150, False), (600, False), (8, True), (16, True), (40, True))
RIGHT = ((True, True), (True, False), (False, True), (False, False))
PARTS: list[tuple[str, Callable[..., list[Row]], list[tuple[object, ...]]]] = [
    ("## Random assignment of areas", of_randomization, [(*design, errors) for design in DESIGNS for errors in ERRORS]),
    ("## One treated area against placebo areas", of_placebo, [(few, sizes) for few in FEW for sizes in SIZES]),
    (
        "## One treated area of 300 people among others of 20 to 40",
        of_large_area,
        [(few, between) for few in (19, 25, 40) for between in (0.0, 1.0, 2.0, 4.0)],
    ),
    ("## Doubly robust differences", of_doubly_robust, [(*units, right) for units in UNITS for right in RIGHT]),
    ("## Trends before the pilot", of_trends, [(4, 4, 3), (3, 9, 3), (6, 9, 4), (12, 12, 4)]),
]

INTRODUCTION = """# How far tests of few areas can be trusted

Made by `python benchmarks/simulation/sim_areas.py` (seeded); nobody gave these answers. Nothing changed unless said, or the pilot
added {effect} in every area; levels are 5 % and 95 %. A share of 5 % from 500 samples has a standard error of 1 point, from 1000 of
0.7, from 2000 of 0.5.

What to read from it: random assignment rejects no more often than promised, within the error of these samples, and
never when the design has too few assignments (3 + 3: smallest p 0.1). One treated area against placebo areas keeps
its level when areas are alike. When the treated area is small and sizes are ignored, it rejects one time in four;
with sizes and the variance of people's changes known from the people themselves it keeps its level; with sizes alone
it still rejects 9 to 14 % of the time. When the treated area is large and the areas' own spread (beside what comes from
few people) may be put at 0 by chance, residuals are shrunk by an upper limit of that spread: it then rejects at most
5 % of the time (11 to 13 % with the estimate itself), often less than 5 %, and with sizes alone, where nothing is
shrunk, seldom. Doubly robust differences are right when either model is right, and their
intervals hold the truth 93 to 97 % of the time, with 8 areas and with 40 (samples refused because arms overlap too
little are left out); when neither model is right they are as wrong as no covariate at all. Tests of trends keep their
level with four areas an arm and more; with three treated areas that vary more than the others they reject 8 to 9 % of
the time.
"""


def page(found: dict[str, list[Row]]) -> str:
    return (
        INTRODUCTION.format(effect=EFFECT)
        + "\n"
        + "\n\n".join(f"{title}\n\n{table(rows)}" for title, rows in found.items())
        + "\n"
    )


def main() -> None:
    found = {}
    with multiprocessing.get_context("spawn").Pool(min(2, os.cpu_count() or 1)) as pool:
        for title, study, jobs in PARTS:
            found[title] = [row for rows in pool.map(study, jobs, chunksize=1) for row in rows]
            sys.stdout.write(f"{title}: {len(found[title])} rows\n")
    PAGE.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
