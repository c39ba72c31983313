"""Write the made-up answers of the first tutorial, as a person would hand them over: docs/tutorials/practice-answers.csv.

Words instead of codes, semicolons, decimal commas, columns that nobody asked for, and one typing error on purpose.
Run from the project's root: python tools/make_practice_data.py
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from trustmeter.questionnaire.shelf import load_questionnaire

TO = Path(__file__).resolve().parents[1] / "docs" / "tutorials" / "practice-answers.csv"
PEOPLE = 90
SEED = 20270301
BACKGROUND = ("AGE", "SEX", "LANG")
NEGATIVE = "DF02"


def practice_rows() -> list[dict[str, str]]:
    """Return one row a person and wave; about one in six people did not answer again."""
    rng = np.random.default_rng(SEED)
    asked = load_questionnaire("community-trust-short")
    items = [item for item in asked.items if item.id != "CONSENT"]
    words = {
        item.id: [one.text.read("nl") for one in item.response_scale.options if one.kind is None] for item in items
    }
    rows = []
    for person in range(1, PEOPLE + 1):
        level = rng.normal(3.0, 0.8)
        background = {item: str(rng.choice(words[item][:4])) for item in BACKGROUND}
        for wave, shift in (("voor", 0.0), ("na", 0.3)):
            if wave == "na" and rng.random() < 1 / 6:
                continue
            row = {
                "code": f"R{person:03d}",
                "meting": wave,
                "duur_in_minuten": f"{rng.uniform(4, 15):.1f}".replace(".", ","),
            }
            row["CONSENT"] = "Ja"
            for item, offered in words.items():
                row[item] = background.get(item) or _answer(rng, offered, level + shift, item == NEGATIVE)
            rows.append({**row, "simulated": "yes"})
    rows[4]["TR02"] = "Oneesn"
    return rows


def _answer(rng: np.random.Generator, words: list[str], level: float, negative: bool) -> str:
    """Return the words of an answer; a few are blank or say that people do not know."""
    if rng.random() < 0.03:
        return str(rng.choice(["", "Ik weet het niet"]))
    place = int(np.clip(np.rint(rng.normal(level, 0.8)), 1, 5))
    return words[5 - place if negative else place - 1]


if __name__ == "__main__":
    rows = practice_rows()
    with TO.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
