"""How many careless people does each sign find, and how many careful ones does it suspect? Made-up answers; writes one page.

Run from the project's root: python benchmarks/simulation/sim_careless.py
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import trustmeter as tm
from trustmeter.responses.model import Responses

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "simulation" / "careless.md"
SAMPLES = 20
PEOPLE = 600
CARELESS = 30
RULES = ("straight_lining", "same_answers", "near_duplicates", "longstring", "low_variability", "even_odd", "synonyms", "antonyms",
         "outlying")  # fmt: skip
KINDS = ("at random", "one answer", "copied")
WORLDS = {
    "community-trust, items 0.5": ("community-trust", 0.7),
    "community-trust, items 0.7": ("community-trust", 0.85),
    "community-trust-short, items 0.7": ("community-trust-short", 0.85),
}
"""A questionnaire, and the correlation of answers with the trait (its square is about the correlation of items)."""


def careless(answers: Responses, kind: str, rng: np.random.Generator) -> Responses:
    """Return answers of which the last people answered carelessly what they had answered carefully."""
    frame, missing, last = answers.frame.copy(), answers.missing.copy(), answers.frame.index[-CARELESS:]
    items = list(answers.item_ids)
    if kind == "copied":
        order = np.arange(len(frame))
        order[-CARELESS:] = rng.choice(len(frame) - CARELESS, CARELESS, replace=False)
        frame[items] = frame[items].take(order).set_axis(frame.index)
        missing = missing.take(order).set_axis(frame.index)
    chosen = rng.integers(1, 6, CARELESS)
    for item in items:
        scale = answers.questionnaire.item(item).response_scale
        if scale.type != "ordinal" or scale.range is None:
            continue
        codes = np.array([int(option.code) for option in scale.substantive])
        new = rng.choice(codes, CARELESS) if kind != "one answer" else codes[np.minimum(chosen, len(codes)) - 1]
        there = (missing.loc[last, item] == 0).to_numpy() & ((kind != "copied") | (rng.random(CARELESS) < 0.05))
        frame.loc[last[there], item] = new[there]
    return replace(answers, frame=frame, missing=missing)


def tried(job: tuple[str, str]) -> list[dict[str, object]]:
    world, kind = job
    name, loading = WORLDS[world]
    questionnaire = tm.load_questionnaire(name)
    found: dict[str, list[tuple[float, float]]] = {}
    for sample in range(SAMPLES):
        seed = 1000 * list(WORLDS).index(world) + sample
        answers = tm.simulate_responses(questionnaire, PEOPLE, waves=("w",), loading=loading, seed=seed)
        answers = answers.select((answers.missing == 0).sum(axis=1).to_numpy() >= 10)
        spoilt = careless(answers, kind, np.random.default_rng(seed))
        flags = tm.check_quality(spoilt, rules=RULES, limits={"low_variability": 0.3}).flags.rows  # type: ignore[arg-type]
        for rule in flags:
            found.setdefault(rule, []).append((flags[rule][-CARELESS:].mean(), flags[rule][:-CARELESS].mean()))
    return [
        {"world": world, "kind": kind, "rule": rule, "found": np.mean([hit for hit, _ in pairs]),
         "suspected": np.mean([false for _, false in pairs]), "told": len(pairs) / SAMPLES}
        for rule, pairs in found.items()
    ]  # fmt: skip


INTRODUCTION = """# How many careless people the signs find, and how many careful ones they suspect

Made by `python benchmarks/simulation/sim_careless.py` (seeded); nobody gave these answers. {people} people a sample, of whom {careless}
answer every ordered question at random, or with one and the same answer, or are copies of one other person each, with 5 % of the ordered
answers drawn anew. *Items* is about the correlation of items of one dimension. *Found*: the share of the careless who show the sign;
*suspected*: the share of the careful who do; *told*: in how many samples the sign could be told at all. Limits are the usual ones, and 0.3
for `low_variability`. {samples} samples a row.

{reading}

"""
READING = """\
What to read from it: one answer to everything is found always by `straight_lining`, `longstring` and `low_variability`, with under two
of a hundred careful people suspected, but the short form has no block and no list that is long enough. Copies are found by
`same_answers` and `near_duplicates` together; the careful who are suspected there are mostly those who were copied, and in the short
form some who merely think alike (2 %). Answers at random are hard to find in so few questions: `even_odd` finds most (a third in the
short form) and suspects a third of the careful where items correlate at 0.5, a tenth at 0.7; `synonyms` finds under half and suspects a
quarter in the short form; `outlying` suspects hardly anybody here, for made-up people have no rare opinions, and finds 5 to 65 of a
hundred. None of these is a reason to leave out a person by itself."""


def page(rows: list[dict[str, object]]) -> str:
    heads = ["answers", "the careless answer", "sign", "found", "suspected", "told"]
    lines = ["| " + " | ".join(heads) + " |", "| " + " | ".join("---" for _ in heads) + " |"]
    for row in rows:
        shares = [f"{100 * float(row[name]):.1f} %" for name in ("found", "suspected", "told")]  # type: ignore[arg-type]
        lines.append(f"| {row['world']} | {row['kind']} | `{row['rule']}` | " + " | ".join(shares) + " |")
    head = INTRODUCTION.format(people=PEOPLE, careless=CARELESS, samples=SAMPLES, reading=READING)
    return head + "\n".join(lines) + "\n"


def main() -> None:
    jobs = [(world, kind) for world in WORLDS for kind in KINDS]
    with multiprocessing.get_context("spawn").Pool(min(2, os.cpu_count() or 1)) as pool:
        rows = [row for found in pool.map(tried, jobs, chunksize=1) for row in found]
    PAGE.write_text(page(rows), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(rows)} rows\n")


if __name__ == "__main__":
    main()
