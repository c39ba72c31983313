"""How many people are linked rightly, and how many wrongly, when codes hold mistakes? Made-up codes; writes one page.

Run from the project's root: python benchmarks/simulation/sim_linkage.py
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from trustmeter.stats.linkage import (
    Codes,
    chance_agreement,
    chance_of_differences,
    differences,
    false_links,
    link,
    pairs_within,
    shuffled_links,
)
from trustmeter.stats.linkage_weights import agreement_patterns, fit_weights, weight_levels

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "simulation" / "linkage.md"
SAMPLES = 60
ERRORS = (0.0, 0.02, 0.05, 0.1, 0.2)
"""The chance that an element is answered otherwise the second time."""
WORLDS = {
    "120 of 200 again": (200, 120, False),
    "120 of 200 again, few towns": (200, 120, True),
    "300 of 1000 again": (1000, 300, False),
}
"""People a wave, people in both, and whether people come in groups with much the same letters."""
WAYS = ("exact", "one off", "two off", "weights")
THRESHOLD = 0.9
SIBLINGS = np.array([0.5, 0.28, 0.13, 0.06, 0.02, 0.01])


def people(rng: np.random.Generator, n: int, grouped: bool) -> Codes:
    """Return codes of n people: three letters, two counts, a day, a hand; 4 % of the letters missing."""
    letters = rng.dirichlet(np.full(26, 1.5))
    names = np.column_stack([rng.choice(26, n, p=letters) for _ in range(3)])
    if grouped:
        towns = rng.dirichlet(np.full(26, 0.3), size=4)
        of = rng.integers(0, 4, n)
        names = np.array([[rng.choice(26, p=0.5 * letters + 0.5 * towns[group]) for _ in range(3)] for group in of])
    names[rng.random(names.shape) < 0.04] = -1
    siblings = rng.choice(6, (n, 2), p=SIBLINGS)
    days, hand = rng.integers(1, 32, n), (rng.random(n) < 0.1).astype(int)
    return np.column_stack([names[:, :2], siblings, days, names[:, 2], hand]).astype(np.int64)


def tried(job: tuple[str, float]) -> list[dict[str, object]]:
    world, error = job
    size, again, grouped = WORLDS[world]
    rng = np.random.default_rng([list(WORLDS).index(world), ERRORS.index(error)])
    found: dict[str, list[tuple[float, ...]]] = {way: [] for way in WAYS}
    for _ in range(SAMPLES):
        everybody = people(rng, 2 * size - again, grouped)
        first, second = everybody[:size], everybody[size - again :].copy()
        wrong = rng.random(second.shape) < error
        second[wrong] = people(rng, len(second), grouped)[wrong]
        order = rng.permutation(size)
        second, truth = second[order], order + size - again
        agreement, apart = chance_agreement(first, second), differences(first, second)
        for way in WAYS:
            if way == "weights":
                patterns = agreement_patterns(first, second)
                weights = fit_weights(patterns, agreement, size)
                links = link(*weight_levels(patterns, weights.posterior, THRESHOLD))
                expected = (float((1 - weights.posterior[patterns.of[links.first, links.second]]).sum()),) * 3
            else:
                worst = WAYS.index(way)
                links = link(apart, worst)
                chance = float(chance_of_differences(agreement)[: worst + 1].sum())
                reckoned = false_links(len(links.first), size, size, chance)
                both = round(len(links.first) - reckoned)
                dealt = [shuffled_links(first, second, worst, (size - both, size - both), rng) for _ in range(2)]
                inside = [pairs_within(codes, worst) for codes in (first, second)]
                rate = sum(hits for hits, _ in inside) / sum(pairs for _, pairs in inside)
                expected = (reckoned, float(np.mean(dealt)), false_links(len(links.first), size, size, rate))
            right = int((truth[links.second] == links.first).sum())
            found[way].append((right, len(links.first), *expected))
    return [_row(world, error, way, np.array(rows, dtype=float), again) for way, rows in found.items()]


def _row(world: str, error: float, way: str, rows: np.ndarray, again: int) -> dict[str, object]:
    right, links, reckoned, dealt, inside = rows.sum(axis=0)
    return {
        "people": world, "mistakes": error, "way": way, "found": right / (again * len(rows)),
        "false": (links - right) / links, "expected": reckoned / links, "shuffled": dealt / links, "within": inside / links,
    }  # fmt: skip


def page(rows: list[dict[str, object]]) -> str:
    names = ["people", "mistakes", "way", "found", "false", "expected", "shuffled", "within"]
    heads = ["people", "mistakes", "way", "found of those in both", "false, of the links", "expected", "by shuffling",
             "by pairs within a wave"]  # fmt: skip
    lines = ["| " + " | ".join(heads) + " |", "| " + " | ".join("---" for _ in heads) + " |"]
    for row in rows:
        cells = [str(row[name]) if isinstance(row[name], str) else f"{100 * row[name]:.1f} %" for name in names]
        lines.append("| " + " | ".join(cells) + " |")
    return INTRODUCTION.format(samples=SAMPLES) + "\n".join(lines) + "\n"


INTRODUCTION = """# How many links between waves are right when codes hold mistakes

Made by `python benchmarks/simulation/sim_linkage.py` (seeded); nobody gave these answers. Two waves of people with codes of seven
elements, as the link code has them; 4 % of the letters are missing. Each element of the second wave is drawn anew with the chance under
*mistakes*. In *few towns* people come in four groups with much the same letters, so that elements are not independent. *Found* is the
share of the people in both waves who were linked to themselves; *false* the share of links that are of different people. The last
three columns are what the library would have said without knowing: from the chance that elements agree, by shuffling, and from pairs of
people of one wave. {samples} samples a row.

What to read from it: with one element off, 94 of 100 people are found when 5 % of the elements were answered otherwise, against 67 with
exact codes; few links are false in waves of 200. In waves of 1000, where most people are not in both, one off makes 7 to 9 false links of
a hundred, and two off more than twenty. Two off is for small waves, if at all. Weights make few false links and find fewer people the
more mistakes there are. Shuffling comes nearest to the truth, and is seldom below it; the other two reckonings take every pair that fits
for a link, and say too much where there are many such pairs.

"""


def main() -> None:
    jobs = [(world, error) for world in WORLDS for error in ERRORS]
    with multiprocessing.get_context("spawn").Pool(min(2, os.cpu_count() or 1)) as pool:
        rows = [row for found in pool.map(tried, jobs, chunksize=1) for row in found]
    PAGE.write_text(page(rows), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(rows)} rows\n")


if __name__ == "__main__":
    main()
