"""The data dictionary: 18 columns, our codes, and branching that asks the same people."""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from trustmeter.errors import QuestionnaireError
from trustmeter.exchange.others.redcap import COLUMNS, write_redcap
from trustmeter.questionnaire.model import Questionnaire

Asked = Callable[[Questionnaire, Mapping[str, str]], set[str]]
OWN = ["record_id", "questionnaire_version", "introduction"]


def rows_of(questionnaire: Questionnaire, path: Path, language: str) -> list[dict[str, str]]:
    write_redcap(questionnaire, path, [language])
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        rows = list(reader)
        assert tuple(reader.fieldnames or ()) == COLUMNS
    return rows


def read(shown: str) -> str:
    return html.unescape(shown).replace("\u2066", "").replace("\u2069", "")


def choices(cell: str) -> dict[str, str]:
    pairs = (choice.partition(", ") for choice in cell.split(" | "))
    return {code: read(label) for code, _, label in pairs}


def test_every_word_and_code_is_in_the_dictionary(questionnaire: Questionnaire, tmp_path: Path) -> None:
    for language in questionnaire.languages:
        rows = rows_of(questionnaire, tmp_path / "dictionary.csv", language)
        names = [row[COLUMNS[0]] for row in rows]
        assert names == [one for one in OWN if one in names] + [item.id.lower() for item in questionnaire.items]
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)
        assert len({row["Form Name"] for row in rows}) == 1
        by_name = {row[COLUMNS[0]]: row for row in rows}
        for section in questionnaire.sections:
            for place, item in enumerate(section.items):
                row, answers = by_name[item.id.lower()], item.response_scale
                assert read(row["Field Label"]) == " ".join(item.text.read(language).split())
                assert (section.title.read(language) in read(row["Section Header"])) == (place == 0)
                assert row["Required Field?"] == ("y" if item.required else "")
                if answers.type in {"ordinal", "nominal"}:
                    assert choices(row[COLUMNS[5]]) == {
                        option.code: " ".join((option.text.read(language) or option.code).split())
                        for option in answers.options
                    }
                else:
                    assert row["Field Type"] == "text"


def test_rows_of_a_grid_have_the_same_choices_and_condition(questionnaire: Questionnaire, tmp_path: Path) -> None:
    rows = rows_of(questionnaire, tmp_path / "dictionary.csv", questionnaire.languages[0])
    grids: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        if row["Matrix Group Name"]:
            grids.setdefault(row["Matrix Group Name"], set()).add((row[COLUMNS[5]], row[COLUMNS[11]]))
    assert all(len(facts) == 1 for facts in grids.values())
    assert not set(grids) & {row[COLUMNS[0]] for row in rows}


def holds(logic: str, answers: Mapping[str, str]) -> bool:
    """Work out branching logic as REDCap does: a field without an answer is empty."""
    python = re.sub(r"\[(\w+)\] = '(\w+)'", lambda found: str(answers.get(found[1], "") == found[2]), logic)
    assert re.fullmatch(r"(?:True|False|and|or|[() ])*", python), python
    return bool(eval(python)) if python else True  # noqa: S307


@pytest.mark.parametrize("name", ["tiny", "without_minus"])
def test_the_same_people_are_asked(name: str, request: pytest.FixtureRequest, asked: Asked, tmp_path: Path) -> None:
    same_people(request.getfixturevalue(name), asked, tmp_path)


def test_the_same_people_are_asked_on_the_shelf(questionnaire: Questionnaire, asked: Asked, tmp_path: Path) -> None:
    same_people(questionnaire, asked, tmp_path)


def same_people(questionnaire: Questionnaire, asked: Asked, folder: Path) -> None:
    rows = rows_of(questionnaire, folder / "dictionary.csv", questionnaire.languages[0])
    logic = {row[COLUMNS[0]]: row[COLUMNS[11]] for row in rows}
    draw = np.random.default_rng(7)
    lists = {item.id: [option.code for option in item.response_scale.options] for item in questionnaire.items}
    for _ in range(100):
        answers = {name: str(draw.choice(codes)) for name, codes in lists.items() if codes and draw.random() < 0.9}
        shown: dict[str, str] = {}
        found = set()
        for item in questionnaire.items:
            if holds(logic[item.id.lower()], shown):
                found.add(item.id)
                shown |= {item.id.lower(): answers[item.id]} if item.id in answers else {}
        assert found == asked(questionnaire, answers)


def test_signs_stay_signs(without_minus: Questionnaire, tmp_path: Path) -> None:
    barred = replace(without_minus, title=without_minus.title)
    item = replace(
        barred.sections[0].items[1],
        text=replace(barred.sections[0].items[1].text, by_language={"en": "=A | [Q1] <b>?"}),
    )
    barred = replace(barred, sections=(replace(barred.sections[0], items=(barred.sections[0].items[0], item)),))
    row = rows_of(barred, tmp_path / "dictionary.csv", "en")[-1]
    assert row["Field Label"] == "&#61;A &#124; &#91;Q1&#93; &lt;b&gt;?"
    assert list(choices(row[COLUMNS[5]]).values()) == ["<b>less</b>", '& "more"', "it's"]


def test_no_cell_is_a_formula(without_minus: Questionnaire, tmp_path: Path) -> None:
    for row in rows_of(without_minus, tmp_path / "dictionary.csv", "en"):
        assert not [
            cell
            for heading, cell in row.items()
            if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and heading != "Field Annotation"
        ]


def test_a_number_has_its_limits_and_tells_its_codes(without_minus: Questionnaire, tmp_path: Path) -> None:
    row = next(row for row in rows_of(without_minus, tmp_path / "dictionary.csv", "fr") if row[COLUMNS[0]] == "q5")
    assert [row[name] for name in COLUMNS[7:10]] == ["integer", "16", "110"]
    assert row["Field Note"].startswith("Écrivez 999 pour")


def test_names_that_would_be_one_are_refused(tiny: Questionnaire, tmp_path: Path) -> None:
    section = tiny.sections[1]
    twice = replace(section, items=(replace(section.items[0], id="fa2"), *section.items[1:]))
    with pytest.raises(QuestionnaireError, match="O-NAME"):
        write_redcap(replace(tiny, sections=(tiny.sections[0], twice)), tmp_path / "dictionary.csv", ["en"])


def test_bytes_repeat(tiny: Questionnaire, tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        write_redcap(tiny, tmp_path / name, ["fr"])
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
