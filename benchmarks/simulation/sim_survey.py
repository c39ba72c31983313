"""Do intervals of a stratified sample of clusters cover what is true of the population? Writes one page.

Run from the project's root: python benchmarks/simulation/sim_survey.py
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import scipy

from trustmeter.stats.survey.influence import Estimates, estimated, intervals, means
from trustmeter.stats.survey.precision import share_interval
from trustmeter.stats.survey.projection import on_margins
from trustmeter.stats.survey.quantile import quantiles, weighted_quantiles
from trustmeter.stats.survey.replicates import (
    half_samples,
    jackknife_stratified,
    rescaled_bootstrap,
    reweighted_replicates,
)
from trustmeter.stats.survey.replication import replicated_means, replicated_quantiles
from trustmeter.stats.survey.sample import Sample, reweighted, sample_of
from trustmeter.stats.weighting.raking import rake

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "simulation" / "survey.md"
SAMPLES = 1000
TAKEN = (2, 4, 10)
CLUSTERS = (40, 60, 80, 120)
PEOPLE = 20_000
Rows = list[dict[str, object]]
Ends = tuple[float, float]


class Town:
    """Twenty thousand people in 300 streets of four districts; streets are alike, districts differ, two margins are known."""

    def __init__(self) -> None:
        rng = np.random.default_rng(8)
        sizes = rng.multinomial(PEOPLE, rng.dirichlet(np.full(sum(CLUSTERS), 8.0)))
        self.street = np.repeat(np.arange(sizes.size), sizes)
        self.district = np.repeat(np.arange(len(CLUSTERS)), CLUSTERS)[self.street]
        self.age = (rng.random(PEOPLE) < 0.3 + 0.1 * (self.district == 2)).astype(int) + (rng.random(PEOPLE) < 0.25)
        self.origin = (rng.random(PEOPLE) < np.array([0.1, 0.2, 0.45, 0.6])[self.district]).astype(int)
        local = rng.normal(scale=6, size=sizes.size)[self.street]
        self.trust = (60 - 4 * self.district + 5 * self.age - 7 * self.origin + local + rng.gamma(4, 7, PEOPLE)).clip(
            0, 150
        )
        self.low = (self.trust < 66).astype(float)

    def drawn(self, taken: int, rng: np.random.Generator) -> tuple[np.ndarray, Sample]:
        """Return people of `taken` streets a district, ten a street at most, who answer more when older."""
        rows, weights = [], []
        first = np.concatenate([[0], np.cumsum(CLUSTERS)])
        for district, count in enumerate(CLUSTERS):
            for street in rng.choice(count, taken, replace=False) + first[district]:
                people = np.flatnonzero(self.street == street)
                asked = rng.choice(people, min(20, people.size), replace=False)
                answered = asked[rng.random(asked.size) < 0.4 + 0.15 * self.age[asked]]
                rows.append(answered)
                weights.append(np.full(answered.size, count / taken * people.size / asked.size))
        found = np.concatenate(rows)
        return found, sample_of(
            np.concatenate(weights),
            strata=self.district[found],
            clusters=self.street[found],
            population=np.array(CLUSTERS, dtype=float)[self.district[found]],
        )


def ways(town: Town, taken: int, rng: np.random.Generator) -> dict[tuple[str, str], Ends]:
    """Return the ends of all intervals of one sample: of raked weights, unless said otherwise."""
    rows, drawn = town.drawn(taken, rng)
    codes = [town.age[rows], town.origin[rows]]
    targets = [np.bincount(margin).astype(float) for margin in (town.age, town.origin)]

    def weigh(weights: np.ndarray) -> np.ndarray:
        return weights * rake(codes, targets, weights).factors

    y, low, at = town.trust[rows], town.low[rows], town.origin[rows]
    raked = weigh(drawn.weights)
    tied = reweighted(drawn, raked, on_margins(codes, drawn.weights))
    plain, people = reweighted(drawn, raked), sample_of(raked)
    found: dict[tuple[str, str], Ends] = {}

    def note(what: str, way: str, made: Estimates, place: int = 0) -> None:
        ends = intervals(made)
        found[what, way] = float(ends[0][place]), float(ends[1][place])

    note("mean", "people as if drawn one by one", estimated(means(y, people), people))
    note("mean", "strata and clusters", estimated(means(y, plain), plain))
    note("mean", "strata and clusters, residuals of raking", estimated(means(y, tied), tied))
    note("mean", "the same, rows alike in the residuals (R's rake)", _residuals_as_r(y, drawn, raked, codes))
    wide = estimated(means(y, tied), tied)
    half = scipy.stats.norm.ppf(0.975) * wide.std_error[0]
    found["mean", "residuals of raking, normal instead of t"] = wide.estimate[0] - half, wide.estimate[0] + half
    for way, made in (
        ("jackknife JKn, raked anew", jackknife_stratified(drawn)),
        ("half samples, Fay 0.3, raked anew", half_samples(drawn, rho=0.3)),
        ("bootstrap (100), raked anew", rescaled_bootstrap(drawn, draws=100, seed=int(rng.integers(2**31)))),
    ):
        again = reweighted_replicates(made, weigh)
        note("mean", way, replicated_means(y, again))
        if not way.startswith("jack"):
            note("median", way, replicated_quantiles(y, np.array([0.5]), again))
    share = estimated(means(low, tied), tied)
    note("share of low trust", "symmetric", share)
    ends = share_interval(share.estimate, share.std_error, share.df, n=np.array([rows.size]))
    found["share of low trust", "log-odds"] = float(ends[0][0]), float(ends[1][0])
    note("mean of people of foreign origin", "residuals of raking", estimated(means(y, tied, at, 2), tied), 1)
    middle = quantiles(y, np.array([0.5]), tied)
    found["median", "Woodruff, residuals of raking"] = float(middle.low[0, 0]), float(middle.high[0, 0])
    return found


def _residuals_as_r(y: np.ndarray, drawn: Sample, raked: np.ndarray, codes: list[np.ndarray]) -> Estimates:
    other = reweighted(drawn, raked, on_margins(codes, np.ones(y.size)))
    return estimated(means(y, other), other)


def covered(taken: int) -> Rows:
    town, rng = Town(), np.random.default_rng([4, taken])
    true = {
        "mean": float(town.trust.mean()),
        "share of low trust": float(town.low.mean()),
        "mean of people of foreign origin": float(town.trust[town.origin == 1].mean()),
        "median": float(weighted_quantiles(town.trust, np.ones(PEOPLE), np.array([0.5]))[0]),
    }
    hits: dict[tuple[str, str], list[tuple[bool, float]]] = {}
    for _ in range(SAMPLES):
        for (what, way), (low, high) in ways(town, taken, rng).items():
            hits.setdefault((what, way), []).append((low <= true[what] <= high, high - low))
    return [
        {"interval of": what, "streets": 4 * taken, "way": way, "coverage": float(np.mean([hit for hit, _ in found])),
         "width": float(np.nanmean([width for _, width in found]))}
        for (what, way), found in hits.items()
    ]  # fmt: skip


def markdown(rows: Rows, heads: list[str]) -> str:
    def cell(name: str, value: object) -> str:
        if name == "coverage":
            return f"{100 * float(str(value)):.1f} %"
        return f"{value:.3g}" if isinstance(value, float) else str(value)

    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(cell(name, row[name]) for name in heads) + " |" for row in rows])


def main() -> None:
    with multiprocessing.Pool(2) as workers:
        rows = [row for part in workers.map(covered, TAKEN[::-1], chunksize=1) for row in part]
    rows.sort(key=lambda row: int(str(row["streets"])))
    order = ["mean", "share of low trust", "mean of people of foreign origin", "median"]
    tables = "\n\n".join(
        f"## The {what}\n\n" + markdown([row for row in rows if row["interval of"] == what], ["streets", "way", "coverage", "width"])
        for what in order
    )  # fmt: skip
    page = f"""# Strata, clusters and raked weights

Made by `python benchmarks/simulation/sim_survey.py` (seeded); nobody gave these answers. A town of 20,000 in 300 streets of four
districts; streets are drawn in each district, twenty people a street are asked, and older people answer more often. Weights are
raked to age and origin. {SAMPLES:,} samples a row: a coverage of 95 % has a standard error of 0.7 points.

What to read from it. People who come in clusters, taken as if drawn one by one, give intervals that are too narrow: 84 to 87 %
hold the mean. With strata and clusters it is 93 to 95 %; with the residuals of raking, which are narrower, 91 % with 8 streets,
93 % with 16 and 94 % with 40. Few clusters remain few: with 8 streets (4 degrees of freedom) the normal instead of the t
distribution holds 82.5 %. Weights raked anew in each replicate and R's equal weights in the residuals of `rake` are a little
wider and a little nearer to 95 %. A share needs log-odds: 91 to 94 % instead of 88 to 93 %. A median by Woodruff's interval: 92
to 94 %, as by half samples or the bootstrap, with less work. What is missing to 95 % shrinks with the number of streets.

{tables}
"""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page, encoding="utf-8")
    sys.stdout.write(page)


if __name__ == "__main__":
    main()
