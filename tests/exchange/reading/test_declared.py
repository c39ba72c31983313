"""SPSS and Stata files: what they declare missing is never an answer, ranges included; labels may be in any language."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from trustmeter.errors import DataQualityWarning, ResponsesError
from trustmeter.exchange.answers import read_responses
from trustmeter.exchange.codebook.spss import is_number, write_spss
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.questionnaire.text import Text
from trustmeter.responses.model import MISSING_KINDS, Responses

ITEMS = ("CONSENT", "FA1", "FA2", "FA3", "EF1", "EF2", "EF3", "SEX", "CONTACT")


def kinds(answers: Responses, item: str) -> list[str]:
    return ["" if kind == 0 else MISSING_KINDS[kind - 1] for kind in answers.missing[item]]


def written(path: Path, frame: pd.DataFrame, **facts: Any) -> Path:
    if path.suffix == ".sav":
        pyreadstat.write_sav(frame, path, **facts)
    else:
        pyreadstat.write_dta(frame, path, version=14, **facts)
    return path


def people(**columns: Any) -> pd.DataFrame:
    rows = max((len(column) for column in columns.values()), default=1)
    plain: dict[str, Any] = {item: [1.0] * rows for item in ITEMS} | {"SEX": ["F"] * rows}
    return pd.DataFrame(plain | columns)


def read(path: Path, asked: Questionnaire, **how: Any) -> Responses:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        return read_responses(path, asked, **how)


ESS = {1.0: "Strongly disagree", 5.0: "Strongly agree", 77.0: "Refusal", 88.0: "Don't know", 99.0: "No answer"}


def test_special_codes_of_others_become_our_kinds_by_their_labels(tiny: Questionnaire, tmp_path: Path) -> None:
    """In such files 77 is a refusal and 99 no answer; here 99 is a refusal: the label decides."""
    frame = people(FA1=[4.0, 77.0, 88.0, 99.0, np.nan])
    path = written(
        tmp_path / "a.sav", frame, variable_value_labels={"FA1": ESS}, missing_ranges={"FA1": [{"lo": 77.0, "hi": 99.0}]}
    )  # fmt: skip
    answers = read(path, tiny)
    assert kinds(answers, "FA1") == ["", "refused", "dont_know", "blank", "blank"]
    (note,) = [one for one in answers.problems if one.code == "R-MISSING-DECLARED"]
    assert "'FA1'" in note.where
    assert note.severity == "warning"


def test_the_label_of_a_code_that_another_one_becomes_is_no_conflict(tiny: Questionnaire, tmp_path: Path) -> None:
    """The file's refusal becomes our 99, which in the file is labelled as our *don't know*: nobody has that 99."""
    labels = {"FA1": {77.0: "Refusal", 99.0: "Don't know"}}
    path = written(
        tmp_path / "a.sav", people(FA1=[77.0, 99.0]), variable_value_labels=labels, missing_ranges={"FA1": [77.0, 99.0]}
    )  # fmt: skip
    assert kinds(read(path, tiny), "FA1") == ["refused", "dont_know"]


def test_our_own_codes_need_no_note(tiny: Questionnaire, tmp_path: Path) -> None:
    frame = people(FA1=[4.0, 88.0, 99.0])
    path = written(tmp_path / "a.sav", frame, missing_ranges={"FA1": [88.0, 99.0]})
    answers = read(path, tiny)
    assert kinds(answers, "FA1") == ["", "dont_know", "refused"]
    assert "R-MISSING-DECLARED" not in {one.code for one in answers.problems}


@pytest.mark.parametrize("limits", [{"lo": 5.0, "hi": 5.0}, {"lo": 4.5, "hi": 9.0}, {"lo": 5.0, "hi": 1e308}])
def test_an_answer_that_is_declared_missing_is_refused(
    limits: dict[str, float], tiny: Questionnaire, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.sav", people(FA1=[4.0, 5.0, 3.0]), missing_ranges={"FA1": [limits]})
    with pytest.raises(ResponsesError, match=r"R-MISSING-CONFLICT\] column 'FA1', row 2: 1 cell that"):
        read_responses(path, tiny)
    answers = read(path, tiny, strict=False)
    assert kinds(answers, "FA1") == ["", "blank", ""]
    assert answers.rejected[["row", "column", "code"]].to_numpy().tolist() == [[2, "FA1", "R-MISSING-CONFLICT"]]


@pytest.fixture
def with_age(tiny: Questionnaire) -> Questionnaire:
    age = ResponseScale("age", "number", (Option("999", Text({"en": "Refused"}), "refused"),), 16, 110)
    said = ResponseScale("said", "text", ())
    more = Section(
        "more", Text(), Text(), (Item("AGE", Text({"en": "Age?"}), age), Item("SAID", Text({"en": "Else?"}), said))
    )
    return replace(tiny, sections=(*tiny.sections, more), response_scales=(*tiny.response_scales, age, said))


def test_a_number_or_a_text_that_is_declared_missing_is_none(with_age: Questionnaire, tmp_path: Path) -> None:
    """99 lies within the ages that are asked for: only the declaration tells that nobody is 99 years old."""
    frame = people(AGE=[44.0, 99.0, 98.0, 999.0], SAID=["so", "99", "", "x"])
    path = written(
        tmp_path / "a.sav", frame, variable_value_labels={"AGE": {99.0: "Refusal", 98.0: "Interviewer's mistake"}},
        missing_ranges={"AGE": [{"lo": 98.0, "hi": 99.0}, 999.0], "SAID": ["99"]},
    )  # fmt: skip
    answers = read(path, with_age)
    assert kinds(answers, "AGE") == ["", "refused", "blank", "refused"]
    assert kinds(answers, "SAID") == ["", "blank", "blank", ""]
    assert answers.frame["AGE"].dropna().tolist() == [44]
    undeclared = written(tmp_path / "b.sav", frame)
    assert read(undeclared, with_age).frame["AGE"].dropna().tolist() == [44, 99, 98]


def test_letters_of_stata_are_read_by_their_labels(tiny: Questionnaire, tmp_path: Path) -> None:
    frame = people().loc[[0] * 4].reset_index(drop=True).astype({"FA1": object})
    frame["FA1"] = pd.Series([4, "a", "b", "c"], dtype=object)
    labels = {"FA1": {"a": "Refusal", "b": "Weet niet", "c": "Not asked in this country"}}
    path = written(
        tmp_path / "a.dta", frame, missing_user_values={"FA1": ["a", "b", "c"]}, variable_value_labels=labels
    )  # fmt: skip
    answers = read(path, tiny)
    assert kinds(answers, "FA1") == ["", "refused", "dont_know", "blank"]


def test_a_column_with_a_role_is_blank_where_it_is_declared_missing(tiny: Questionnaire, tmp_path: Path) -> None:
    frame = people(FA1=[1.0, 2.0], region=[3.0, 99.0])
    path = written(tmp_path / "a.sav", frame, missing_ranges={"region": [99.0]})
    assert read(path, tiny, zone="region").frame["region"].fillna("").tolist() == ["3", ""]


def test_labels_in_two_languages_and_no_language_at_all(tmp_path: Path) -> None:
    """One file a language, as SPSS holds it, from our own template: all give the same answers."""
    asked = load_questionnaire("community-trust-short")
    codes = {item.id: [option.code for option in item.response_scale.options] for item in asked.items}
    rows = max(map(len, codes.values()))
    frame = pd.DataFrame({
        name: [float(known[row % len(known)]) if is_number(asked.item(name).response_scale) else known[row % len(known)]
               for row in range(rows)]
        for name, known in codes.items()
    }).assign(CONSENT=1.0)  # fmt: skip
    found = []
    for language in ("fr", "nl", "de"):
        path = tmp_path / f"{language}.sav"
        write_spss(asked, path, [language])
        _, facts = pyreadstat.read_sav(path, user_missing=True)
        assert facts.variable_value_labels["CONSENT"][1.0] == asked.item("CONSENT").response_scale.options[0].text.read(
            language
        )
        written(
            path, frame, column_labels=facts.column_names_to_labels, variable_value_labels=facts.variable_value_labels,
            missing_ranges=facts.missing_ranges,
        )  # fmt: skip
        found.append(read_responses(path, asked))
    found.append(read_responses(frame, asked))
    for other in found[1:]:
        pd.testing.assert_frame_equal(other.frame, found[0].frame)
        pd.testing.assert_frame_equal(other.missing, found[0].missing)
    assert {one.code for one in found[0].problems} == set()
    assert (found[0].missing.to_numpy() > 0).any()


def test_another_order_of_codes_is_seen_by_labels_in_the_second_language(tiny: Questionnaire, tmp_path: Path) -> None:
    scale = tiny.item("FA1").response_scale
    turned = {float(6 - int(option.code)): option.text.read("fr") for option in scale.substantive}
    path = written(tmp_path / "a.sav", people(FA1=[4.0, 5.0]), variable_value_labels={"FA1": turned})
    with pytest.raises(ResponsesError, match="R-LABEL-CONFLICT"):
        read_responses(path, tiny)
    right = {float(option.code): option.text.read("fr") for option in scale.substantive}
    path = written(tmp_path / "b.sav", people(FA1=[4.0, 5.0]), variable_value_labels={"FA1": right})
    assert read_responses(path, tiny).frame["FA1"].tolist() == [4, 5]


def test_the_real_file_is_read_in_arabic(real_data: Path) -> None:
    path = real_data / "exports" / "live_tools_five_languages" / "labelled.sav"
    _, facts = pyreadstat.read_sav(path, user_missing=True)
    labels = facts.variable_value_labels["PJ01"]
    kind = {88: "dont_know", 99: "refused"}
    options = tuple(
        Option(str(int(code)), Text({"en": f"Option {code}", "ar": label}, base="en"), kind.get(int(code)))  # type: ignore[arg-type]
        for code, label in labels.items()
    )
    scale = ResponseScale("agree", "nominal", options)
    items = tuple(Item(name, Text(), scale) for name in ("PJ01", "PJ02"))
    frame = load_questionnaire("community-trust")
    asked = replace(frame, sections=(Section("all", Text(), Text(), items),), scales=(), response_scales=(scale,))
    answers = read(path, asked, language="lang")
    assert kinds(answers, "PJ01") == ["", "", "dont_know"]
    assert kinds(answers, "PJ02") == ["refused", "", ""]
