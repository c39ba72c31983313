"""The SPSS template, read back by two readers: labels, value labels, missing codes and levels are intact, and no row is there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pyreadstat
import pytest

from trustmeter.errors import QuestionnaireError
from trustmeter.exchange.codebook.spss import LONGEST_LABEL, LONGEST_VALUE_LABEL, is_number, write_spss
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale
from trustmeter.questionnaire.shelf import list_questionnaires, load_questionnaire
from trustmeter.questionnaire.text import Text

loaded = cache(load_questionnaire)
NAMES = ("tiny", "awkward", *list_questionnaires()["id"])
LEVELS = {"ordinal": "ordinal", "nominal": "nominal", "number": "scale", "text": "nominal"}


@pytest.fixture(params=NAMES)
def questionnaire(request: pytest.FixtureRequest) -> Questionnaire:
    """Return each questionnaire in turn."""
    return request.getfixturevalue(request.param) if request.param in NAMES[:2] else loaded(request.param)


def whole(text: str) -> str:
    return " ".join(text.split())


def agrees(shown: str, text: str, most: int) -> bool:
    """Tell whether a label is the text, or begins it, with a sign that says so."""
    if len(whole(text).encode()) <= most:
        return shown == whole(text)
    return shown.endswith("…") and whole(text).startswith(shown[:-1]) and len(shown.encode()) <= most


def test_a_reader_finds_all_that_was_written(questionnaire: Questionnaire, tmp_path: Path) -> None:
    path = tmp_path / "template.sav"
    for language in questionnaire.languages:
        write_spss(questionnaire, path, [language])
        frame, facts = pyreadstat.read_sav(path, user_missing=True)
        assert frame.shape == (0, len(questionnaire.items))
        assert list(frame.columns) == [item.id for item in questionnaire.items]
        for item in questionnaire.items:
            answers = item.response_scale
            assert agrees(facts.column_names_to_labels[item.id], item.text.read(language), LONGEST_LABEL)
            shown = {_code(code): label for code, label in facts.variable_value_labels.get(item.id, {}).items()}
            assert set(shown) == {option.code for option in answers.options}
            for option in answers.options:
                assert agrees(shown[option.code], option.text.read(language) or option.code, LONGEST_VALUE_LABEL)
            held = facts.missing_ranges.get(item.id, [])
            for option in answers.options:
                value = float(option.code) if is_number(answers) else option.code
                assert any(one["lo"] <= value <= one["hi"] for one in held) == (option.kind is not None)
            assert facts.variable_measure[item.id] == LEVELS[answers.type]
            kind = facts.original_variable_types[item.id]
            assert kind.startswith("F" if is_number(answers) else "A")
            assert int(kind[1:].partition(".")[0]) >= max((len(option.code) for option in answers.options), default=1)
            assert answers.type != "text" or kind == "A255"


def _code(code: Any) -> str:
    return str(int(code)) if isinstance(code, float) else code


READ_WITH_HAVEN = r"""
library(haven)
told <- function(x) paste0("[", paste(vapply(x, function(one) encodeString(as.character(one), quote = '"'), ""), collapse = ","), "]")
quiet <- suppressWarnings(read_sav(commandArgs(TRUE)[1], user_na = TRUE))
cat(nrow(quiet), "\n", sep = "")
for (name in names(quiet)) {
  one <- quiet[[name]]
  cat("[", told(c(name, attr(one, "label"))), ",", told(attr(one, "labels")), ",", told(names(attr(one, "labels"))), ",",
      told(attr(one, "na_values")), ",", told(attr(one, "na_range")), "]\n", sep = "")
}
"""


@cache
def haven() -> str:
    """Return the path of Rscript where it has haven, or skip."""
    found = shutil.which("Rscript")
    if found is None:
        pytest.skip("R is not installed.")
    tried = subprocess.run([found, "-e", "library(haven)"], capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip("The R package haven is not installed.")
    return found


@pytest.mark.parametrize("name", ["community-trust", "encounter", "saopaulo-police-panel", "wvs-confidence"])
def test_r_finds_the_same(name: str, tmp_path: Path) -> None:
    questionnaire, path = loaded(name), tmp_path / "template.sav"
    language = questionnaire.languages[-1]
    write_spss(questionnaire, path, [language])
    script = tmp_path / "read.R"
    script.write_text(READ_WITH_HAVEN, encoding="utf-8")
    done = subprocess.run(
        [haven(), str(script), str(path)], capture_output=True, text=True, encoding="utf-8", check=True,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    rows, *lines = done.stdout.splitlines()
    assert rows == "0"
    for line, item in zip(lines, questionnaire.items, strict=True):
        (heading, label), codes, labels, single, span = json.loads(line)
        answers = item.response_scale
        assert heading == item.id
        assert agrees(label, item.text.read(language), LONGEST_LABEL)
        assert dict(zip(codes, labels, strict=True)) == {
            option.code: whole(option.text.read(language)) or option.code for option in answers.options
        }
        non_answers = {option.code for option in answers.non_answers}
        in_span = {code for code in codes if span and float(span[0]) <= float(code) <= float(span[1])}
        assert in_span | set(single) == non_answers


def test_the_same_questionnaire_gives_the_same_bytes(tiny: Questionnaire, tmp_path: Path) -> None:
    write_spss(tiny, tmp_path / "one.sav", ["fr"])
    write_spss(tiny, tmp_path / "two.sav", ["fr"])
    assert (tmp_path / "one.sav").read_bytes() == (tmp_path / "two.sav").read_bytes()
    assert b"01 Jan 8000:00:00" in (tmp_path / "one.sav").read_bytes()[:128]


def changed(tiny: Questionnaire, answers: ResponseScale, text: str = "How?") -> Questionnaire:
    asked = Item("Q1", Text({"en": text, "fr": text}), answers)
    return replace(tiny, sections=(replace(tiny.sections[0], items=(asked,)),), scales=(), response_scales=(answers,))


def options(codes: str, kinds: str) -> tuple[Option, ...]:
    said = [(code, "refused") for code in kinds.split()]
    plain = [Option(code, Text({"en": f"Answer {code}"}), None, float(code)) for code in codes.split()]
    return (*plain, *(Option(code, Text({"en": f"None {code}"}), "refused") for code, _ in said))


@pytest.mark.parametrize(
    ("codes", "kinds", "ranges"),
    [
        ("1 2", "7 8 9", [(7, 7), (8, 8), (9, 9)]),
        ("1 2", "6 7 8 9", [(6, 9)]),
        ("1 2", "0 7 8 9", [(7, 9), (0, 0)]),
        ("50 60", "1 2 3 99", [(1, 3), (99, 99)]),
    ],
)
def test_up_to_three_codes_or_a_range_and_one(
    codes: str, kinds: str, ranges: list[tuple[int, int]], tiny: Questionnaire, tmp_path: Path
) -> None:
    write_spss(changed(tiny, ResponseScale("s", "ordinal", options(codes, kinds))), tmp_path / "a.sav", ["en"])
    _, facts = pyreadstat.read_sav(tmp_path / "a.sav", user_missing=True)
    assert {(one["lo"], one["hi"]) for one in facts.missing_ranges["Q1"]} == set(ranges)


def test_more_than_spss_holds_is_refused(tiny: Questionnaire, tmp_path: Path) -> None:
    scattered = ResponseScale("s", "ordinal", options("2 4 6 8", "1 3 5 7"))
    for answers in (scattered, ResponseScale("s", "number", options("", "10 20 30 40"), 0, 100)):
        with pytest.raises(QuestionnaireError, match="S-MISSING"):
            write_spss(changed(tiny, answers), tmp_path / "a.sav", ["en"])
    section = tiny.sections[1]
    twice = (replace(section.items[0], id="fa2"), *section.items[1:])
    with pytest.raises(QuestionnaireError, match="S-NAME"):
        write_spss(replace(tiny, sections=(replace(section, items=twice),)), tmp_path / "a.sav", ["en"])
    assert list(tmp_path.iterdir()) == []


def test_long_labels_are_shortened_and_the_file_says_so(tiny: Questionnaire, tmp_path: Path) -> None:
    answers = ResponseScale(
        "s", "nominal", (Option("1", Text({"fr": "é" * 70 + " fin"})), Option("0", Text({"fr": "Non"})))
    )
    write_spss(changed(tiny, answers, "été " * 60), tmp_path / "a.sav", ["fr"])
    _, facts = pyreadstat.read_sav(tmp_path / "a.sav")
    assert agrees(facts.column_names_to_labels["Q1"], "été " * 60, LONGEST_LABEL)
    assert facts.variable_value_labels["Q1"] == {1.0: "é" * 58 + "…", 0.0: "Non"}
    assert "dictionnaire : Q1." in " ".join(facts.notes).replace("\u00a0", " ")


def test_a_sign_that_cannot_be_stored_is_refused(tiny: Questionnaire, tmp_path: Path) -> None:
    answers = tiny.response_scales[1]
    with pytest.raises(QuestionnaireError, match="C-TEXT-SIGN"):
        write_spss(changed(tiny, answers, "a\x07b"), tmp_path / "a.sav", ["en"])
