"""A good practice card, and result files as evaluations write them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trustmeter.pilot.evaluation.result_file import PilotRecord, QuestionnaireRecord, ScaleRecord, save_record

GOOD = """\
id: walks
kind: practice
theme: proximity
zone: Elsewhere
cost: {hours: 120, money: under_1000}
licence: CC-BY-4.0
evidence: [walks.json]
text:
  en:
    title: "Walks together"
    problem: "Residents and officers do not know each other."
    done: "They walk through the quarter together."
    for_whom: "Zones with few contacts."
    steps: ["Invite.", "Walk."]
    needs: ["Two hours"]
    pitfalls: ["Rain"]
    contact: "The head of community work, diversity@zone.example"
  fr:
    title: "Promenades communes"
    problem: "Habitants et policiers ne se connaissent pas."
    done: "Ils parcourent le quartier ensemble."
    for_whom: "Les zones avec peu de contacts."
    steps: ["Inviter.", "Marcher."]
    needs: ["Deux heures"]
    pitfalls: ["La pluie"]
    contact: "La personne responsable du travail de quartier"
"""


def scale_record(name: str = "trust", **values: Any) -> ScaleRecord:
    told: dict[str, Any] = {
        "scale": name, "name": {"en": name.capitalize(), "fr": f"{name} (fr)"}, "primary": False, "verdict": "increase",
        "term": "effect", "contrast": "after - before", "estimate": 4.2, "ci_low": 1.1, "ci_high": 7.3, "conf_level": 0.95,
        "smallest_effect": None, "p_adjusted": 0.01, "n": 180, "alpha": 0.8, "alpha_low": 0.7, "alpha_high": 0.9,
        "comparability": "comparable", "strength": "moderate", "lowered": (),
    }  # fmt: skip
    return ScaleRecord(**{**told, **values})


def pilot_record(*scales: ScaleRecord, simulated: bool = False) -> PilotRecord:
    part = QuestionnaireRecord(
        "community-trust", "1.1.0", "abc", "adapted", "2024", "2025", "same", "comparison_areas", "Areas.", 0.1, "kept", (),
        scales or (scale_record(primary=True),), (), (),
    )  # fmt: skip
    return PilotRecord("walks", {"en": "Walks"}, "Elsewhere", "proximity", simulated, "0.1.0", (part,))


@pytest.fixture
def good_card() -> str:
    return GOOD


@pytest.fixture
def make_scale() -> Callable[..., ScaleRecord]:
    return scale_record


@pytest.fixture
def make_record() -> Callable[..., PilotRecord]:
    return pilot_record


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    """A folder with one practice card and the result file that it names."""
    folder = tmp_path / "cards"
    folder.mkdir()
    (folder / "walks.yaml").write_text(GOOD, encoding="utf-8")
    save_record(pilot_record(), folder / "walks.json")
    return folder
