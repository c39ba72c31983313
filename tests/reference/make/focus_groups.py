"""Reference values of agreement of coders on characters and segments, from the Python package krippendorff.

Run from the project's root with it installed (it is GPL, and no part of the project):
python tests/reference/make/focus_groups.py
Writes tests/reference/data/focus_groups_coding.csv, focus_groups_lengths.csv and tests/reference/values/focus_groups.json.
"""

from __future__ import annotations

import csv
import json
import platform
from importlib.metadata import version
from pathlib import Path

import krippendorff
import numpy as np

ROOT = Path("tests/reference")
CODES = {"respect": 0.20, "waiting": 0.10, "fear": 0.03, "thanks": 0.30}
CODERS = ("first", "second", "third")
rng = np.random.default_rng(20)

lengths = {f"s{k}": int(rng.integers(300, 900)) for k in range(8)}
rows = []
for session, length in lengths.items():
    for code, share in CODES.items():
        true = [
            (int(at), int(at + rng.integers(8, 40)))
            for at in rng.integers(0, length - 45, max(1, int(share * length / 24)))
        ]
        for coder in CODERS[: 2 if session in {"s0", "s1", "s2"} else 3]:
            for start, end in true:
                if rng.random() < 0.15:
                    continue
                shift = rng.integers(-4, 5, 2) if rng.random() < 0.4 else (0, 0)
                low, high = max(0, start + int(shift[0])), min(length, end + int(shift[1]))
                rows.append((session, coder, code, low, max(high, low + 1)))
with (ROOT / "data" / "focus_groups_coding.csv").open("w", newline="", encoding="utf-8") as file:
    csv.writer(file, lineterminator="\n").writerows([("session", "coder", "code", "start", "end"), *rows])
with (ROOT / "data" / "focus_groups_lengths.csv").open("w", newline="", encoding="utf-8") as file:
    csv.writer(file, lineterminator="\n").writerows([("session", "length"), *lengths.items()])


def characters(code: str, coders: tuple[str, ...]) -> np.ndarray:
    """Return what each coder gave each character, nan where a coder has no row in the session."""
    parts = []
    for session, length in lengths.items():
        given = np.full((len(coders), length), np.nan)
        for at, coder in enumerate(coders):
            own = [row for row in rows if row[:2] == (session, coder)]
            if own:
                given[at] = 0
            for row in own:
                if row[2] == code:
                    given[at, row[3] : row[4]] = 1
        parts.append(given)
    return np.concatenate(parts, axis=1)


def segments(code: str, coders: tuple[str, ...]) -> np.ndarray:
    """The same for each range that any of the coders marked."""
    parts = []
    for session in lengths:
        units = sorted({row[3:] for row in rows if row[0] == session and row[1] in coders})
        given = np.full((len(coders), len(units)), np.nan)
        for at, coder in enumerate(coders):
            own = [row for row in rows if row[:2] == (session, coder)]
            if own:
                given[at] = 0
            for row in own:
                if row[2] == code:
                    given[at, units.index(row[3:])] = 1
        parts.append(given)
    return np.concatenate(parts, axis=1)


cases = {}
for name, coders in (("two", CODERS[:2]), ("three", CODERS)):
    cases[name] = {
        unit: {
            code: float(krippendorff.alpha(reliability_data=make(code, coders), level_of_measurement="nominal"))
            for code in CODES
        }
        for unit, make in (("characters", characters), ("segment", segments))
    }
told = {"python": platform.python_version(), "krippendorff": version("krippendorff"), "cases": cases}
(ROOT / "values" / "focus_groups.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
