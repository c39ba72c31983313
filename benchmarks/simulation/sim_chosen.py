"""People or areas chosen for scoring low, and areas that lose people differently: do the verbs hold? Writes one page.

Run from the project's root: python benchmarks/simulation/sim_chosen.py
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

import trustmeter as tm

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "simulation" / "chosen.md"
SAMPLES = 400
TRUE = 3.0
RELIABILITY = 0.6
LINKED = tm.PilotDesign("before", "after", linked=True)
Found = dict[str, tuple[float, float, float]]

HEAD = f"""# Chosen for scoring low, and lost in areas

Made by `python benchmarks/simulation/sim_chosen.py` (seeded); nobody gave these answers. {SAMPLES} samples each; a coverage of 95 % has a
standard error of 1.1 points. The true change, or effect, is {TRUE:g} points; scores have a standard deviation of 15 (where areas lose
people 12), and two scores of a person without change correlate {RELIABILITY:g}.

What to read from it. The change of people, or areas, chosen because they scored low is one to six points too high; what
`regression_to_mean` leaves of it holds the truth, surest when the reliability is known. Where people who score low leave pilot
areas more often, the effect of those who stayed is off, and weighting or prediction mends it; Lee's interval holds it, too.

| question | way | bias | coverage | error told / true |
| --- | --- | --- | --- | --- |
"""


def scores_of(before: pd.DataFrame, after: pd.DataFrame, **roles: Any) -> tm.Scores:
    both = pd.concat([before.assign(wave="before"), after.assign(wave="after")])
    return tm.read_scores(both, scale="y", ranges=(-200.0, 300.0), respondent="who", wave="wave", **roles)


def row_of(table: pd.DataFrame, term: str) -> tuple[float, float, float]:
    """Return estimate, error and whether the interval holds the truth."""
    found = table[(table["term"] == term) & (table["group"] == "")].iloc[0]
    return float(found["estimate"]), float(found["std_error"]), float(found["ci_low"] < TRUE < found["ci_high"])


def people(seed: int) -> Found:
    """400 people; those below 45 were chosen, and all or only they were asked again."""
    rng = np.random.default_rng(seed)
    steady = rng.normal(50, 15 * np.sqrt(RELIABILITY), 400)
    first, second = (steady + rng.normal(0, 15 * np.sqrt(1 - RELIABILITY), 400) for _ in range(2))
    before = pd.DataFrame({"who": np.arange(400), "y": first})
    after = before.assign(y=second + TRUE * (first < 45))
    whole, only = scores_of(before, after), scores_of(before, after[first < 45])
    ways = {
        "all asked again, reliability estimated": (whole, None),
        "only they asked again, reliability known": (only, RELIABILITY),
        "only they asked again, reliability unknown": (only, None),
    }
    found: Found = {}
    for way, (scores, reliability) in ways.items():
        table = tm.regression_to_mean(scores, LINKED, cutoff=45, reliability=reliability).table
        found.setdefault("change as seen", row_of(table, "mean_change"))
        found[way] = row_of(table, "change_beyond")
    return found


def areas(seed: int) -> Found:
    """Twelve areas of 25 people; the three lowest were chosen."""
    rng = np.random.default_rng(seed)
    centre, area = rng.normal(50, 5, 12), np.repeat(np.arange(12), 25)
    own = rng.normal(0, 15 * np.sqrt(RELIABILITY), 300)
    noise = [rng.normal(0, 15 * np.sqrt(1 - RELIABILITY), 300) for _ in range(2)]
    names = np.array([f"area {number}" for number in range(12)])
    found: Found = {}
    for way, others in (("the same people asked again", own), ("other people asked", rng.permutation(own))):
        first, second = centre[area] + own + noise[0], centre[area] + others + noise[1]
        low = np.argsort(np.bincount(area, first))[:3]
        before = pd.DataFrame({"who": np.arange(300), "zone": names[area], "y": first})
        after = before.assign(y=second + TRUE * np.isin(area, low), who=np.arange(300) + (0 if others is own else 1000))
        table = tm.regression_to_mean(
            scores_of(before, after, zone="zone"), tm.PilotDesign("before", "after"), chosen_areas=list(names[low])
        ).table
        found[f"{way}: as seen"] = row_of(table, "mean_change")
        found[f"{way}: beyond"] = row_of(table, "change_beyond")
    return found


def lost(seed: int) -> Found:
    """Eight pilot and eight comparison areas of 25 people; low scorers leave pilot areas, high ones the others."""
    rng = np.random.default_rng(seed)
    area = np.repeat(np.arange(16), 25)
    pilot = area < 8
    first = rng.normal(50, 12, 400) + rng.normal(0, 3, 16)[area]
    change = TRUE * pilot + rng.normal(0, 2, 16)[area] - 0.3 * (first - 50) + rng.normal(0, 8, 400)
    seen = rng.random(400) < 1 / (1 + np.exp(-(1 + np.where(pilot, 0.06, -0.02) * (first - 50))))
    names = np.array([f"area {number}" for number in range(16)])
    before = pd.DataFrame({"who": np.arange(400), "area": names[area], "y": first})
    scores = scores_of(before, before.assign(y=first + change)[seen], keep="area")
    design = tm.PilotDesign("before", "after", linked=True, area="area", treated=list(names[:8]))
    table = tm.attrition(scores, design).table
    found = {word: row_of(table, f"effect_{word}") for word in ("seen", "weighted", "modelled")}
    ends = table.set_index("term")
    middle = float((ends.loc["lee_lower", "estimate"] + ends.loc["lee_upper", "estimate"]) / 2)
    held = float(ends.loc["lee_lower", "ci_low"] < TRUE < ends.loc["lee_upper", "ci_high"])
    found["Lee's bounds (their middle)"] = (middle, float("nan"), held)
    return found


def row(question: str, way: str, found: list[tuple[float, float, float]]) -> str:
    values = np.array(found)
    told = values[:, 1].mean() / values[:, 0].std(ddof=1)
    ratio = "" if np.isnan(told) else f"{told:.2f}"
    return f"| {question} | {way} | {values[:, 0].mean() - TRUE:.2f} | {100 * values[:, 2].mean():.1f} % | {ratio} |"


def main() -> None:
    studies: dict[str, Callable[[int], Found]] = {
        "people chosen": people,
        "areas chosen": areas,
        "people lost in areas": lost,
    }
    lines = []
    with multiprocessing.Pool(2) as pool:
        for question, study in studies.items():
            samples = pool.map(study, range(SAMPLES), chunksize=20)
            lines += [row(question, way, [one[way] for one in samples]) for way in samples[0]]
    PAGE.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
