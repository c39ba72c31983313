"""The SPSS template, read back by two readers, one of them not the writer's own: labels, missing codes and levels; no row is there."""

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


READ_WITH_FOREIGN = r"""
told <- function(x) paste0("[", paste(vapply(x, function(one) encodeString(as.character(one), quote = '"'), ""), collapse = ","), "]")
for (path in commandArgs(TRUE)) {
  read <- suppressMessages(foreign::read.spss(path, use.value.labels = FALSE, use.missings = FALSE, reencode = "UTF-8"))
  labels <- attr(read, "variable.labels")
  cat("[")
  for (place in seq_along(read)) {
    name <- names(read)[place]
    codes <- attr(read, "label.table")[[name]]
    none <- attr(read, "missings")[[name]]
    if (place > 1) cat(",")
    cat("[", told(c(name, labels[[name]])), ",", told(trimws(codes)), ",", told(names(codes)), ",", told(none$type), ",",
        told(trimws(none$value)), ",", length(read[[place]]), "]", sep = "")
  }
  cat("]\n")
}
"""
"""The package foreign reads these files by code of its own (from PSPP), not by that of the package that wrote them."""


@cache
def rscript() -> str:
    """Return the path of Rscript where it has foreign, or skip; where everything is required, fail."""
    found = shutil.which("Rscript")
    there = (
        found and subprocess.run([found, "-e", "library(foreign)"], capture_output=True, check=False).returncode == 0
    )
    if not (found and there):
        if os.environ.get("TRUSTMETER_REQUIRE_ALL") == "1":
            pytest.fail("Needs R with the package foreign.")
        pytest.skip("R with the package foreign is not installed.")
    return found


def is_missing(code: float | str, kind: str, values: list[float | str]) -> bool:
    """Tell whether a code is missing, by what R says: single values, or a range and perhaps one more."""
    if kind.startswith("range"):
        low, high, *more = values
        return low <= code <= high or code in more  # type: ignore[operator]
    return code in values


def test_r_finds_the_same(tmp_path: Path) -> None:
    questionnaires = [loaded(name) for name in NAMES[2:]]
    paths = [tmp_path / f"{one.id}.sav" for one in questionnaires]
    for one, path in zip(questionnaires, paths, strict=True):
        write_spss(one, path, [one.languages[-1]])
    script = tmp_path / "read.R"
    script.write_text(READ_WITH_FOREIGN, encoding="utf-8")
    done = subprocess.run(
        [rscript(), str(script), *map(str, paths)], capture_output=True, text=True, encoding="utf-8", check=True,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    kinds = set()
    for line, questionnaire in zip(done.stdout.splitlines(), questionnaires, strict=True):
        language = questionnaire.languages[-1]
        for column, item in zip(json.loads(line), questionnaire.items, strict=True):
            (heading, label), codes, labels, (kind,), values, rows = column
            answers = item.response_scale
            assert (heading, rows) == (item.id, 0)
            assert agrees(label, item.text.read(language), LONGEST_LABEL)
            if answers.type == "text":  # of texts of more than 8 letters foreign reads no labels and no missing values
                continue
            shown = dict(zip(codes, labels, strict=True))
            assert set(shown) == {option.code for option in answers.options}
            for option in answers.options:
                assert agrees(shown[option.code], option.text.read(language) or option.code, LONGEST_VALUE_LABEL)
            read: Any = float if is_number(answers) else str
            held = [read(value) for value in values]
            missing = {
                option.code
                for option in answers.options
                if kind != "none" and is_missing(read(option.code), kind, held)
            }
            assert missing == {option.code for option in answers.non_answers}
            kinds.add(kind)
    assert {"none", "two", "three"} <= kinds
    assert any(kind.startswith("range") for kind in kinds)


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
