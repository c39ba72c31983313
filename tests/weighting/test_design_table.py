"""The page on weights and design says of each verb what the verb says of itself."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trustmeter as tm

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "weights-and-design.md"
PARTS = ("weights", "clusters", "strata", "population", "margins", "replicate weights")
SCALE = "procedural_justice"
ITEM, OTHER = "RE01", "RE02"

VERBS: dict[str, Callable[[tm.Responses], Any]] = {
    "estimate": lambda x: tm.estimate(tm.score(x), SCALE, wave="after"),
    "estimate_ratio": lambda x: tm.estimate_ratio(x, ITEM, OTHER, wave="after"),
    "compare_domains": lambda x: tm.compare_domains(tm.estimate(tm.score(x), SCALE, by="SEX", wave="after")),
    "design_regression": lambda x: tm.design_regression(tm.score(x), SCALE, predictors=["SEX"], wave="after"),
    "rao_scott": lambda x: tm.rao_scott(x, "SEX", "AGE", wave="after"),
    "compare(PilotDesign)": lambda x: tm.compare(tm.score(x), tm.PilotDesign("before", "after", linked=False)),
    "compare(GroupDesign)": lambda x: tm.compare(tm.score(x), tm.GroupDesign(by="SEX", first="F", second="M")),
    "profile_zones": lambda x: tm.profile_zones(tm.score(x)),
    "reliability": lambda x: tm.reliability(x, scale=SCALE, interval="adf"),
    "polychoric": lambda x: tm.polychoric(x, scale=SCALE),
    "cfa": lambda x: tm.cfa(x, scale=SCALE),
    "irt": lambda x: tm.irt(x, scale=SCALE),
    "check_item_bias": lambda x: tm.check_item_bias(x, across="SEX", scale=SCALE),
    "check_invariance": lambda x: tm.check_invariance(x, across="SEX", scale=SCALE),
    "efa": lambda x: tm.efa(x, 1, scale=SCALE),
    "dimensionality": lambda x: tm.dimensionality(x, scale=SCALE),
    "analyze_items": lambda x: tm.analyze_items(x, scale=SCALE),
}
TWO_WAVES = {"compare(PilotDesign)"}


@pytest.fixture(scope="module")
def drawn() -> tm.Responses:
    """Answers of two waves of other people, with a column for each part of a design."""
    made = tm.simulate_responses(tm.load_questionnaire("community-trust"), 500, seed=3)
    here = ((made.frame["CONSENT"] == 1) & made.frame["SEX"].isin(["F", "M"])).to_numpy(dtype=bool, na_value=False)
    made = made.select(here)
    n, rng = len(made), np.random.default_rng(1)
    number = np.arange(n)
    base = rng.uniform(0.5, 2.0, n)
    more = {"stratum": [f"s{k % 4}" for k in number], "street": [f"c{k // 4 % 20}" for k in number], "streets": 400.0,
            "base": base, **{f"r{k}": base * rng.uniform(0.5, 1.5, n) for k in range(30)}}  # fmt: skip
    frame = made.frame.assign(id=[f"p{k}" for k in number], place=[f"z{k % 3}" for k in number], **more)
    roles = replace(made.roles, zone="place", kept=tuple(more))
    return replace(made, frame=frame[[*roles.columns, *made.missing.columns]], roles=roles)


def used_by(verb: str, answers: tm.Responses) -> set[str]:
    """Return the parts of its design that a result says it used."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        notes = VERBS[verb](answers).notes
    told = " ".join(
        note for note in notes if note.startswith(("The design of the answers was used", "Standard errors allow"))
    )
    return {part for part in PARTS if re.search(rf"(?<!replicate ){part}\b", told)}


def table() -> dict[str, set[str]]:
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 1 + len(PARTS) and cells[0].startswith("`"):
            ticked = {part for part, cell in zip(PARTS, cells[1:], strict=True) if cell == "yes"}
            found.update({verb: ticked for verb in re.findall(r"`([^`]+)`", cells[0])})
    return found


def test_every_verb_is_in_the_table() -> None:
    assert set(table()) == set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_uses_what_the_table_says(verb: str, drawn: tm.Responses) -> None:
    answers = drawn if verb in TWO_WAVES else drawn.select(drawn.frame["wave"] == "after")
    design = tm.SurveyDesign(weights="base", strata="stratum", clusters="street", population="streets")
    whole = tm.rake(answers.with_design(design), {"sex": {"F": 0.5, "M": 0.5}}).answers
    replicates = tm.Replicates(tuple(f"r{k}" for k in range(30)), "bootstrap", 1 / 30)
    each = answers.with_design(tm.SurveyDesign(weights="base", replicates=replicates))
    said = used_by(verb, whole) | (used_by(verb, each) & {"replicate weights"})
    assert said == table()[verb]
