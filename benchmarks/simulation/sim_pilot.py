"""Does a pilot without effect stay without one, and do intervals cover the effect? Made-up scores; writes one page.

Run from the project's root: python benchmarks/simulation/sim_pilot.py
"""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from trustmeter.pilot.change.few_areas import area_inference
from trustmeter.pilot.change.inference import Inference
from trustmeter.pilot.change.layout import Layout
from trustmeter.pilot.change.model import ScaleRows, wave_model
from trustmeter.pilot.design import PilotDesign

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "simulation" / "pilot.md"
SAMPLES = 2000
EFFECT = 4.0
AREAS = ((3, 3), (2, 4), (5, 5), (3, 7), (2, 8), (10, 10), (4, 16), (2, 18), (1, 19))
"""Areas with the pilot, areas without."""
CLUSTERS = (6, 10, 20)
SHOCKS = {"nothing": 0.0, "little": 2.0, "much": 6.0}
"""SD of what else moves a whole area, in points; a person's own change has an SD of 12."""
Job = tuple[int, int, str, bool]

HEAD = """# Does a pilot without effect stay without one?

Made by `python benchmarks/simulation/sim_pilot.py` (seeded); nobody gave these answers. Scores from 0 to 100, linked people,
15 to 60 in an area (unequal), who change by themselves with an SD of 12 points; whole areas move with an SD of 0, 2 or 6 more.
The rule and the tests are those of `tm.compare`. *Wrong alarms*: how often no effect gets a verdict, 5 % promised. *Covers*: how often
the 95 % interval holds a true effect of 4 points. *Ways* says what the rule chose; a lot is `randomized=True`.
2,000 samples a row: a rate of 5 % has a standard error of 0.5 points.

What to read from it: {reading}

| design | what else moves areas | a lot | wrong alarms | covers | ways |
| --- | --- | --- | --- | --- | --- |
"""
READING = """the rule keeps what it promises with 6, 10 and 20 areas or clusters, whatever else moves the areas. With two
areas against four it is careful: no test of six areas that split so can reach 5 %, and the t test errs on the safe side. Ten areas
that a lot divided are judged by the lot (six cannot reach 5 %); few areas of one kind by exchanging areas, all others by CR2."""


def rows_of(rng: np.random.Generator, job: Job, effect: float) -> ScaleRows:
    """Return linked scores of both waves as `compare` reads them out of a frame."""
    few, many, shock, lot = job
    size = rng.integers(15, 61, few + many)
    area = np.repeat(np.arange(few + many), size)
    treated = area < few
    start = rng.normal(50, 15, len(area))
    own = rng.normal(0, 12, len(area)) + rng.normal(0, SHOCKS[shock], few + many)[area]
    twice = np.tile(area, 2)
    layout = Layout(
        scores=None,  # type: ignore[arg-type]
        design=PilotDesign("before", "after", area="area", treated=("some",), randomized=lot),
        wave=np.repeat(np.arange(2), len(area)), person=np.tile(np.arange(len(area)), 2), linked="linked",
        area=twice if many else None, area_names=(), treated=np.tile(treated, 2) if many else None, cluster=twice,
        clustered_by="area" if many else "cluster", weights=None, covariates=np.empty((2 * len(area), 0)), covariate_names=(),
    )  # fmt: skip
    return ScaleRows(layout, np.concatenate([start, start + own + effect * treated]))


def judged(rng: np.random.Generator, job: Job, effect: float) -> Inference:
    model = wave_model(rows_of(rng, job, effect))
    return area_inference(model, 1, 0.95, 0) if job[1] else model.infer(model.change[1], 0.95)


def tried(job: Job) -> str:
    few, many, shock, lot = job
    rng = np.random.default_rng([few, many, list(SHOCKS).index(shock), lot])
    ways: dict[str, int] = {}
    alarms, covers, told = 0, 0, 0
    for _ in range(SAMPLES):
        null = judged(rng, job, 0.0)
        alarms += null.p_value <= 0.05 + 1e-12
        way = null.method.split(";")[0].split(" over")[0].split(" (")[0]
        ways[way] = ways.get(way, 0) + 1
        found = judged(rng, job, EFFECT)
        if np.isfinite(found.ci_low):
            told += 1
            covers += found.ci_low <= EFFECT <= found.ci_high
    design = f"{few} with, {many} without the pilot" if many else f"{few} clusters, no comparison"
    covered = f"{100 * covers / told:.1f} %" if told else "no interval"
    listed = "; ".join(f"{way} {100 * n / SAMPLES:.0f} %" for way, n in sorted(ways.items()))
    return f"| {design} | {shock} | {'yes' if lot else 'no'} | {100 * alarms / SAMPLES:.1f} % | {covered} | {listed} |"


def main() -> None:
    jobs = [(few, many, shock, lot) for few, many in AREAS for shock in SHOCKS for lot in (False, True)]
    jobs = [job for job in jobs if not job[3] or job[:2] in {(5, 5), (3, 7)}]
    jobs += [(count, 0, shock, False) for count in CLUSTERS for shock in SHOCKS]
    with multiprocessing.Pool() as pool:
        rows = pool.map(tried, jobs, chunksize=1)
    PAGE.write_text(HEAD.format(reading=READING) + "\n".join(rows) + "\n", encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
