"""Do 95 % intervals of alpha and omega cover the truth? Simulated answers on five points; writes one page.

Run from the project's root: python benchmarks/simulation/sim_consistency.py
"""

from __future__ import annotations

import math
import multiprocessing
import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from trustmeter.stats.consistency.alpha import feldt_interval
from trustmeter.stats.consistency.bootstrap import (
    bca_interval,
    left_out_values,
    percentile_interval,
    resample,
    resampled_covariances,
)
from trustmeter.stats.consistency.bounds import ALPHA
from trustmeter.stats.consistency.interval import symmetric_interval
from trustmeter.stats.consistency.moments import coefficient_of, complete_moments, normal_std_error
from trustmeter.stats.consistency.one_factor import fit_one_factor, omega_gradient, omega_total, omegas
from trustmeter.stats.covariance import Coefficient, Floats, Interval, delta_std_error, jackknife_std_error

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "simulation" / "consistency.md"
LEVEL = 0.95
SAMPLES = 2000
BOOTSTRAPPED = {100: 400, 300: 400, 1000: 200}
"""Samples of so many people that are resampled for alpha."""
OMEGA_BOOTSTRAPPED = 100
"""Samples that are resampled for omega, of six unlike items alone."""
SIZES = (100, 300, 1000)
CLUSTERS = (15, 40)
CUTS = np.array([0.3, 1.0, 1.6, 2.2])
"""Of a standard normal variable: 62 % answer the lowest of five points, 1 % the highest."""
LOADINGS = {
    "6 items, alike": np.full(6, 0.7),
    "6 items, unlike": np.linspace(0.4, 0.85, 6),
    "10 items, strong": np.full(10, 0.85),
}
BETWEEN = 0.2
"""Share of the factor's variance that lies between clusters."""


def cut(latent: Floats) -> Floats:
    return np.searchsorted(CUTS, latent.ravel()).reshape(latent.shape) + 1.0


def draw(rng: np.random.Generator, n: int, lam: Floats) -> Floats:
    factor = rng.normal(size=(n, 1))
    return cut(factor * lam + rng.normal(size=(n, len(lam))) * np.sqrt(1 - lam**2))


def population(lam: Floats) -> tuple[float, float]:
    """Return alpha and the one-factor omega of the exact covariances, by integration over the factor."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    weights = weights / weights.sum()
    above = 0.5 * (
        1
        + np.vectorize(math.erf)(
            (lam[:, None, None] * nodes[:, None] - CUTS) / np.sqrt(2 * (1 - lam**2))[:, None, None]
        )
    )
    mean = above.sum(axis=2)
    squares = (above * (2 * np.arange(1, 5) - 1)).sum(axis=2)
    centre = mean @ weights
    S = (mean * weights) @ mean.T - np.outer(centre, centre)
    np.fill_diagonal(S, squares @ weights - centre**2)
    return float(ALPHA.of(S)), omega_total(fit_one_factor(S))


def of_alpha(x: Floats, rng: np.random.Generator, drawn: bool) -> dict[str, Interval]:
    moments = complete_moments(x)
    n, k = x.shape
    gradient = ALPHA.gradient(moments.S)
    found = coefficient_of(float(ALPHA.of(moments.S)), gradient, moments)
    error = jackknife_std_error(left_out_values(x, ALPHA.of))
    intervals = {
        "ADF": symmetric_interval(found.value, delta_std_error(found), LEVEL, math.inf, -math.inf),
        "jackknife, t": symmetric_interval(found.value, error, LEVEL, n - 1, -math.inf),
        "Feldt": feldt_interval(found.value, n, k, LEVEL),
        "normal theory": symmetric_interval(
            found.value, normal_std_error(moments.S, gradient, n), LEVEL, math.inf, -math.inf
        ),
    }
    if drawn:
        replicates = resample(x, rng).alpha
        intervals["bootstrap, BCa"] = bca_interval(replicates, found, LEVEL)
        intervals["bootstrap, percentile"] = percentile_interval(replicates, LEVEL)
    return intervals


def of_omega(x: Floats, rng: np.random.Generator, drawn: bool) -> dict[str, Interval]:
    n = len(x)
    moments = complete_moments(x)
    S = moments.S * (n - 1) / n
    fit = fit_one_factor(S)
    if not fit.converged or len(fit.improper):
        return {}
    gradient = omega_gradient(S, fit)
    found: Coefficient = coefficient_of(omega_total(fit), gradient, moments)
    implied = np.outer(fit.loadings, fit.loadings) + np.diag(fit.uniquenesses)
    error = jackknife_std_error(left_out_values(x, lambda stack: omegas(stack, fit)[0]))
    intervals = {
        "ADF": symmetric_interval(found.value, delta_std_error(found, ddof=0), LEVEL, math.inf, 0.0),
        "jackknife, t": symmetric_interval(found.value, error, LEVEL, n - 1, 0.0),
        "normal theory": symmetric_interval(found.value, normal_std_error(implied, gradient, n), LEVEL, math.inf, 0.0),
    }
    if drawn:
        replicates = omegas(resampled_covariances(x, rng), fit)[0]
        intervals["bootstrap, BCa"] = bca_interval(replicates, found, LEVEL)
        intervals["bootstrap, percentile"] = percentile_interval(replicates, LEVEL)
    return intervals


def covered(job: tuple[str, int]) -> list[dict[str, object]]:
    name, n = job
    lam = LOADINGS[name]
    rng = np.random.default_rng([n, list(LOADINGS).index(name)])
    truths = dict(zip(("alpha", "omega_total"), population(lam), strict=True))
    hits: dict[tuple[str, str], list[tuple[bool, float]]] = {}
    for sample in range(SAMPLES):
        x = draw(rng, n, lam)
        made = {
            "alpha": of_alpha(x, rng, sample < BOOTSTRAPPED[n]),
            "omega_total": of_omega(x, rng, sample < OMEGA_BOOTSTRAPPED and name == "6 items, unlike"),
        }
        for term, intervals in made.items():
            for way, one in intervals.items():
                if not math.isnan(one.low):
                    hits.setdefault((term, way), []).append((one.low < truths[term] < one.high, one.high - one.low))
    return [
        {"items": name, "people": n, "term": term, "interval": way, "truth": truths[term],
         "coverage": float(np.mean([hit for hit, _ in found])), "width": float(np.mean([width for _, width in found])),
         "samples": len(found)}
        for (term, way), found in hits.items()
    ]  # fmt: skip


def of_clusters(groups: int) -> list[dict[str, object]]:
    """Return coverage of alpha with clusters of 20: linearised by cluster and as if rows were independent."""
    lam = LOADINGS["6 items, unlike"]
    rng = np.random.default_rng(groups)
    truth = population(lam)[0]
    codes = np.repeat(np.arange(groups), 20)
    hits: dict[str, list[tuple[bool, float]]] = {}
    for _ in range(SAMPLES):
        shared = math.sqrt(BETWEEN) * rng.normal(size=(groups, 1))[codes]
        own = math.sqrt(1 - BETWEEN) * rng.normal(size=(len(codes), 1))
        unique = np.sqrt(1 - lam**2) * np.where(
            np.arange(6) < 3,
            math.sqrt(0.7) * rng.normal(size=(len(codes), 6)) + math.sqrt(0.3) * rng.normal(size=(groups, 6))[codes],
            rng.normal(size=(len(codes), 6)),
        )
        x = cut((shared + own) * lam + unique)
        moments = complete_moments(x)
        found = coefficient_of(float(ALPHA.of(moments.S)), ALPHA.gradient(moments.S), moments)
        error = jackknife_std_error(left_out_values(x, ALPHA.of, clusters=codes))
        intervals = {
            "ADF, rows taken as independent": symmetric_interval(
                found.value, delta_std_error(found), LEVEL, math.inf, -math.inf
            ),
            "ADF by cluster, t": symmetric_interval(
                found.value, delta_std_error(found, codes), LEVEL, groups - 1, -math.inf
            ),
            "jackknife by cluster, t": symmetric_interval(found.value, error, LEVEL, groups - 1, -math.inf),
        }
        for way, one in intervals.items():
            hits.setdefault(way, []).append((one.low < truth < one.high, one.high - one.low))
    return [
        {"clusters": groups, "people": 20 * groups, "interval": way, "truth": truth,
         "coverage": float(np.mean([hit for hit, _ in found])), "width": float(np.mean([width for _, width in found])),
         "samples": len(found)}
        for way, found in hits.items()
    ]  # fmt: skip


def markdown(rows: list[dict[str, object]], heads: list[str]) -> str:
    def cell(name: str, value: object) -> str:
        if name == "coverage":
            return f"{100 * float(str(value)):.1f} %"
        return f"{value:.3f}" if isinstance(value, float) else str(value)

    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(cell(name, row[name]) for name in heads) + " |" for row in rows])


def main() -> None:
    with multiprocessing.Pool(2) as pool:
        clustered = pool.map_async(of_clusters, CLUSTERS)
        jobs = sorted(((name, n) for n in SIZES for name in LOADINGS), key=lambda job: job[0] != "6 items, unlike")
        rows = [row for part in pool.map(covered, jobs, chunksize=1) for row in part]
        of_groups = [row for part in clustered.get() for row in part]
    order = {
        "ADF": 0,
        "jackknife, t": 1,
        "bootstrap, BCa": 2,
        "bootstrap, percentile": 3,
        "Feldt": 4,
        "normal theory": 5,
    }
    rows.sort(
        key=lambda row: (str(row["term"]), str(row["items"]), int(str(row["people"])), order[str(row["interval"])])
    )
    frame = pd.DataFrame(rows)
    misses = frame[
        frame["interval"].isin(["ADF", "jackknife, t", "bootstrap, BCa"]) & ~frame["coverage"].between(0.93, 0.97)
    ]
    page = f"""# How often intervals of consistency cover the truth

Made by `python benchmarks/simulation/sim_consistency.py` (seeded); nobody gave these answers. One factor, answers on
five points, 62 % of them at the lowest. The truth comes from the exact covariances by integration over the factor.
A coverage of 95 % from 2000 samples has a standard error of 0.5 points, from 400 of 1.1, from 200 of 1.5, from 100 of 2.2.

What to read from it: Feldt's and normal-theory intervals are too narrow for such answers at any size. With 100 people ADF
and bootstrap intervals of alpha cover 92 to 93 %: a little too narrow. The jackknife with Student's t
(`interval="jackknife"`) covers 94 to 95 % of the time there, too; it is what is given unless asked otherwise under 500 people.
Of omega it covers 93.8 to 95.5 % in all nine cells of 2000 samples; ADF misses only with 100 people (92 to 93 %), as for alpha.
Bootstrap rows of omega rest on few samples, those at 100 people only on the 39 of 100 in which every resample had a solution:
they decide nothing. With clusters, linearised intervals cover 93 %, the jackknife by cluster 94 %.

{markdown(rows, ["term", "items", "people", "interval", "truth", "coverage", "width", "samples"])}

## Clusters

People in clusters of 20; a fifth of the factor's variance, and of three items 30 % of what is their own, lies between
clusters. Alpha of 6 unlike items.

{markdown(of_groups, ["clusters", "people", "interval", "truth", "coverage", "width", "samples"])}
"""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page, encoding="utf-8")
    sys.stdout.write(page)
    if len(misses):
        sys.stdout.write(f"\nOutside 93 to 97 %:\n{misses.to_string()}\n")


if __name__ == "__main__":
    main()
