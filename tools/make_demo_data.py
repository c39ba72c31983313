"""Write the simulated answers that come with trustmeter: questionnaires/community-trust/simulated-two-waves.csv.

Run from the project's root: python tools/make_demo_data.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from trustmeter.questionnaire.model import Item
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.responses.model import MISSING_KINDS, Responses
from trustmeter.responses.simulation import simulate_responses

TO = Path(__file__).resolve().parents[1] / "questionnaires" / "community-trust" / "simulated-two-waves.csv"
PEOPLE = 320
WAVES = ("2022", "2023")
ZONE = "Demo zone"
CHANGE = {"nearness": 0.35, "procedural_justice": 0.2}
SEED = 20222023
LANGUAGES = {"nl": 0.4, "fr": 0.4, "de": 0.05, "en": 0.15}
MODES = {"web": 0.7, "paper": 0.3}


def demo_table() -> pd.DataFrame:
    """Return the file's cells as text: roles, codes of answers and of non-answers, and the mark."""
    trust = load_questionnaire("community-trust")
    answers = simulate_responses(trust, PEOPLE, waves=WAVES, change=CHANGE, zone=ZONE, seed=SEED)
    cells = {"id": answers.frame["id"], "wave": answers.frame["wave"], "zone": answers.frame["zone"]}
    spoken = answers.frame["LANG"].where(answers.frame["LANG"].isin(list(LANGUAGES)))
    cells |= {"language": spoken.fillna(per_person(answers, LANGUAGES, SEED + 1))}
    cells |= {"mode": per_person(answers, MODES, SEED + 2)}
    cells |= {item.id: codes(answers, item) for item in trust.items}
    return pd.DataFrame(cells).assign(simulated="yes")


def per_person(answers: Responses, shares: dict[str, float], seed: int) -> pd.Series:
    """Return a word a row, the same for a person in both waves."""
    people = answers.frame["id"].unique()
    drawn = np.random.default_rng(seed).choice(list(shares), size=len(people), p=list(shares.values()))
    return answers.frame["id"].map(dict(zip(people, drawn, strict=True)))


def codes(answers: Responses, item: Item) -> pd.Series:
    """Return an item's answers as a survey tool exports them; empty where left blank or not asked."""
    column = answers.frame[item.id].astype("string").fillna("")
    kinds = answers.missing[item.id]
    for option in item.response_scale.non_answers:
        column[kinds == 1 + MISSING_KINDS.index(str(option.kind))] = option.code
    return column


def main() -> None:
    table = demo_table()
    table.to_csv(TO, index=False, lineterminator="\n", encoding="utf-8")
    print(f"{len(table)} rows: {TO.relative_to(Path.cwd()) if TO.is_relative_to(Path.cwd()) else TO}")


if __name__ == "__main__":
    main()
