"""The codebook as a table: one row a code, no formula, all languages."""

from __future__ import annotations

import csv
from functools import cache
from io import StringIO

import pytest

from trustmeter.exchange.codebook.table import codebook_table, neutral
from trustmeter.options import FORMULA_SIGNS
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import list_questionnaires, load_questionnaire

loaded = cache(load_questionnaire)
NAMES = ("tiny", "awkward", *list_questionnaires()["id"])


def rows_of(questionnaire: Questionnaire) -> list[dict[str, str]]:
    content = codebook_table(questionnaire, questionnaire.languages)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("name", NAMES)
def test_every_code_has_a_row_in_all_languages(name: str, request: pytest.FixtureRequest) -> None:
    questionnaire = request.getfixturevalue(name) if name in NAMES[:2] else loaded(name)
    rows = rows_of(questionnaire)
    assert list(dict.fromkeys(row["item"] for row in rows)) == [item.id for item in questionnaire.items]
    for item in questionnaire.items:
        told = [row for row in rows if row["item"] == item.id and row["code"]]
        for row, option in zip(told, item.response_scale.options, strict=True):
            assert (row["code"], row["missing"]) == (option.code, option.kind or "")
            for language in questionnaire.languages:
                assert row[f"question_{language}"].removeprefix("'") == item.text.read(language).removeprefix("'")
                label = option.text.read(language) or option.code
                assert row[f"label_{language}"].removeprefix("'") == label.removeprefix("'")


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_is_a_formula(name: str, request: pytest.FixtureRequest) -> None:
    questionnaire = request.getfixturevalue(name) if name in NAMES[:2] else loaded(name)
    for row in rows_of(questionnaire):
        for heading, cell in row.items():
            plain_number = (
                heading in {"code", "minimum", "maximum", "value"} and cell.lstrip("-").replace(".", "").isdecimal()
            )
            assert plain_number or not cell.startswith(FORMULA_SIGNS), (heading, cell)


def test_a_number_or_text_has_a_row_of_its_own(awkward: Questionnaire) -> None:
    rows = [row for row in rows_of(awkward) if row["item"] == "Q5"]
    assert [(row["code"], row["minimum"], row["maximum"], row["missing"]) for row in rows] == [
        ("", "16", "110", ""),
        ("999", "16", "110", "refused"),
    ]
    assert [row["code"] for row in rows_of(awkward) if row["item"] == "Q7"] == [""]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"), ("+32 2", "'+32 2"), ("-a", "'-a"), ("@x", "'@x"), ("\tx", "'\tx"), (" =1", "' =1"),
        ("--1", "'--1"), ("-99", "-99"), ("-0.5", "-0.5"), ("a=b", "a=b"),
    ],
)  # fmt: skip
def test_formulas_are_neutralised_and_numbers_stay(cell: str, shown: str) -> None:
    assert neutral(cell) == shown


def test_bytes_repeat(tiny: Questionnaire) -> None:
    assert codebook_table(tiny, tiny.languages) == codebook_table(tiny, tiny.languages)
