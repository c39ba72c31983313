"""What parts of a pilot file must go together: waves, areas, scales, questionnaires, files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trustmeter.errors import Problem, did_you_mean
from trustmeter.pilot.file.form import SURVEY_KEYS
from trustmeter.pilot.file.shapes import MISSING, WORD, texts_of
from trustmeter.questionnaire.document import Place
from trustmeter.questionnaire.model import Questionnaire

TOGETHER = "P-TOGETHER"


def wrong_questionnaires(tree: Mapping[str, Any], place: Place) -> list[Problem]:
    """Return whether both ways of naming questionnaires are used, none is, or one is named twice."""
    one, many = "questionnaire" in tree, tree.get("questionnaires")
    if one and many is not None:
        message = "Both `questionnaire` and `questionnaires` stand here."
        return [
            Problem(TOGETHER, str(place.at("questionnaire")), message, "Keep `questionnaires`, the main one first.")
        ]
    if not one and many is None:
        return [
            Problem(
                MISSING,
                str(place.at("questionnaire")),
                "This key is needed and not there.",
                "Add a line `questionnaire: …`.",
            )
        ]
    if not isinstance(many, list):
        return []
    found = [
        Problem(TOGETHER, str(place.at(key)), "With a list of `questionnaires` it is not clear whose this is.",
                "Move it under its `- name: …`.")
        for key in SURVEY_KEYS if key in tree
    ]  # fmt: skip
    names = [each.get("name") for each in many if isinstance(each, Mapping)]
    twice = {name for name in names if isinstance(name, str) and names.count(name) > 1}
    where = str(place.at("questionnaires"))
    return found + [Problem(TOGETHER, where, f"{name!r} is named twice.", "Name each once.") for name in sorted(twice)]


def wrong_waves(tree: Mapping[str, Any], place: Place) -> list[Problem]:
    """Return whether both waves have one name, and field work that belongs to no wave or ends before it starts."""
    waves = tree.get("waves")
    if not isinstance(waves, Mapping):
        return []
    found = []
    if str(waves.get("before")).strip() == str(waves.get("after")).strip():
        found.append(Problem("P-WAVES", str(place.at("waves")), "Both waves have the same name.", "Name two waves."))
    named = [one for key in ("earlier", "before", "after", "later") if key in waves for one in _listed(waves[key])]
    field = tree.get("field_work")
    for wave, days in field.items() if isinstance(field, Mapping) else ():
        here = place.at("field_work", wave)
        if wave not in named:
            message = f"There is no wave {wave!r}.{did_you_mean(wave, named)}"
            found.append(Problem(WORD, str(here), message, f"Choose one of {', '.join(named)}."))
        if (
            isinstance(days, list)
            and len(days) == 2
            and all(isinstance(day, str) for day in days)
            and days[1] < days[0]
        ):
            found.append(Problem("P-DATE", str(here), "It ends before it starts.", "Swap the two days."))
    return found


def wrong_scales(said: Mapping[str, Any], questionnaire: Questionnaire, place: Place) -> list[Problem]:
    """Return scales that the questionnaire does not have, and a primary or smallest effect of a scale that is not compared."""
    known = [scale.id for scale in questionnaire.scales]
    scales = _listed(said.get("scales", []))
    found = [fault for name in scales for fault in _unknown(name, known, place.at("scales"))]
    smallest = said.get("smallest_effect")
    named = [("smallest_effect", str(scale)) for scale in smallest] if isinstance(smallest, Mapping) else []
    if isinstance(said.get("primary"), str):
        named.append(("primary", said["primary"]))
    for key, scale in named:
        here = place.at(key) if key == "primary" else place.at(key, scale)
        wrong = _unknown(scale, known, here)
        if not wrong and scales and scale not in scales:
            wrong = [
                Problem(TOGETHER, str(here), f"{scale!r} is not among `scales`.", "Add it there, or name another.")
            ]
        found += wrong
    return found


def wrong_data(
    said: Mapping[str, Any], design: Mapping[str, Any], columns: Mapping[str, Any], place: Place
) -> list[Problem]:
    """Return columns that answers need for the design, and are not named."""
    if "data" not in said:
        return (
            []
            if "sheet" not in said
            else [Problem(TOGETHER, str(place.at("sheet")), "There is a `sheet` and no `data`.", "Add `data`.")]
        )
    found = []
    if "wave" not in columns:
        found.append("wave")
    if design.get("linked") in {"yes", "overlap"} and "respondent" not in columns:
        found.append("respondent")
    why = {
        "wave": "Answers tell nothing without their wave.",
        "respondent": "People cannot be linked without their code.",
    }
    return [Problem(TOGETHER, str(place.at("columns")), why[role], f"Add `{role}: …` to `columns`.") for role in found]


def wrong_files(said: Mapping[str, Any], folder: Path, place: Place) -> list[Problem]:
    """Return a protocol that is not there: what was promised cannot be left out in silence."""
    name = said.get("protocol")
    if not isinstance(name, str) or (folder / name).is_file():
        return []
    return [
        Problem(
            "P-PROTOCOL", str(place.at("protocol")), "There is no such file.", "Write its path from this file's folder."
        )
    ]


def wrong_incidents(tree: Mapping[str, Any], place: Place) -> list[Problem]:
    """Return incidents that stand beside no field work."""
    if tree.get("incidents") and not tree.get("field_work"):
        message = "Whether an incident was near to field work cannot be told without its days."
        return [Problem(TOGETHER, str(place.at("incidents")), message, "Add `field_work`.")]
    return []


def _listed(value: Any) -> tuple[str, ...]:
    return (
        texts_of(value)
        if isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))
        else ()
    )


def _unknown(scale: str, known: list[str], place: Place) -> list[Problem]:
    if scale in known:
        return []
    message = f"There is no scale {scale!r} in this questionnaire.{did_you_mean(scale, known)}"
    return [Problem(WORD, str(place), message, f"Choose one of {', '.join(known)}.")]
