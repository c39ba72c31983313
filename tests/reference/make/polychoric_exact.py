"""Two-step polychoric correlations with 25 digits, by another road than the package's.

Run from the project's root, after polychoric.R and with mpmath installed:
python tests/reference/make/polychoric_exact.py [data set ...]
Of data sets that are not named the stored numbers are kept; without names all are made anew (some minutes each).
Writes tests/reference/values/polychoric_exact.json.

Each cell's probability is the integral of the normal density times a difference of conditional distribution functions;
its derivative the difference of four bivariate densities; the score's root is found by the secant method.
"""

from __future__ import annotations

import csv
import json
import platform
import sys
from itertools import combinations
from pathlib import Path

import mpmath as mp

ROOT = Path("tests/reference")
NAMES = ("levels2to7", "skewed7", "holes", "binary", "steep")
mp.mp.dps = 25


def cutpoints(column: list[int]) -> list[mp.mpf]:
    n, top = len(column), max(column)
    shares = [mp.mpf(sum(value <= c for value in column)) / n for c in range(1, top)]
    return [-mp.inf, *(mp.sqrt(2) * mp.erfinv(2 * share - 1) for share in shares), mp.inf]


def density(h: mp.mpf, k: mp.mpf, r: mp.mpf) -> mp.mpf:
    if mp.isinf(h) or mp.isinf(k):
        return mp.mpf(0)
    return mp.exp(-(h * h - 2 * r * h * k + k * k) / (2 * (1 - r * r))) / (2 * mp.pi * mp.sqrt(1 - r * r))


def probability(h: tuple[mp.mpf, mp.mpf], k: tuple[mp.mpf, mp.mpf], r: mp.mpf) -> mp.mpf:
    root = mp.sqrt(1 - r * r)
    low, high = max(h[0], mp.mpf(-12)), min(h[1], mp.mpf(12))
    bends = sorted(b / r for b in k if not mp.isinf(b) and low < b / r < high)
    points = sorted({low, high, *bends, *(b + s * root for b in bends for s in (-2, 2) if low < b + s * root < high)})
    return mp.quad(lambda x: mp.npdf(x) * (mp.ncdf((k[1] - r * x) / root) - mp.ncdf((k[0] - r * x) / root)), points)


def correlation(first: list[int], second: list[int], start: float) -> mp.mpf:
    h, k = cutpoints(first), cutpoints(second)
    counts: dict[tuple[int, int], int] = {}
    for pair in zip(first, second, strict=True):
        counts[pair] = counts.get(pair, 0) + 1

    def score(r: mp.mpf) -> mp.mpf:
        total = mp.mpf(0)
        for (a, b), count in counts.items():
            corners = density(h[a], k[b], r) - density(h[a - 1], k[b], r) - density(h[a], k[b - 1], r)
            slope = corners + density(h[a - 1], k[b - 1], r)
            total += count * slope / probability((h[a - 1], h[a]), (k[b - 1], k[b]), r)
        return total

    return mp.findroot(score, (mp.mpf(start), mp.mpf(start) + mp.mpf("1e-5")), solver="secant", tol=1e-18)


def main() -> None:
    known = json.loads((ROOT / "values" / "polychoric.json").read_text())["cases"]
    stored = ROOT / "values" / "polychoric_exact.json"
    cases = json.loads(stored.read_text())["cases"] if sys.argv[1:] else {}
    for name in sys.argv[1:] or NAMES:
        with (ROOT / "data" / f"polychoric_{name}.csv").open() as file:
            rows = [row for row in csv.reader(file)][1:]
        columns = list(zip(*([int(value) for value in row] for row in rows if "" not in row), strict=True))
        found = {}
        for i, j in combinations(range(len(columns)), 2):
            pair = list(zip(columns[i], columns[j], strict=True))
            if max(columns[i]) == max(columns[j]) == 2 and len(set(pair)) < 4:
                continue
            root = correlation(list(columns[i]), list(columns[j]), known[name]["correlations"][i][j])
            found[f"{i},{j}"] = float(root)
        cases[name] = found
    out = {"python": platform.python_version(), "packages": {"mpmath": mp.__version__}, "cases": cases}
    stored.write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
