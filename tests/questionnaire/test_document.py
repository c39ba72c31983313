"""Words stay words, and a file that cannot be read says why and where."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustmeter.errors import Problem, QuestionnaireError
from trustmeter.questionnaire.document import Place, parse, read_document

SCALARS = [
    "no",
    "yes",
    "Yes",
    "ON",
    "01",
    "1.0",
    "1e3",
    "0x1F",
    "12:30",
    "2024-01-01",
    "null",
    "-99",
    "~",
    ".nan",
    "1_000",
]


@pytest.mark.parametrize("scalar", SCALARS)
def test_scalars_survive_as_keys_and_as_values(tmp_path: Path, scalar: str) -> None:
    path = tmp_path / "words.yaml"
    path.write_text(f"{scalar}: [{scalar}, {{a: {scalar}}}]\n", encoding="utf-8")
    assert read_document(path) == {scalar: [scalar, {"a": scalar}]}


def test_an_empty_value_is_an_empty_text(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("before:\nafter: ''\n", encoding="utf-8")
    assert read_document(path) == {"before": "", "after": ""}


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "windows.yaml"
    path.write_bytes("\ufeffzone: Gent\r\n".encode())
    assert read_document(path) == {"zone": "Gent"}


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a: 1\nb: [1\n", "Q-YAML", "pilot.yaml: line 2"),
        ("a: 1\nb: x: y\n", "Q-YAML", "pilot.yaml: line 2"),
        ("a: 1\na: 2\n", "Q-KEY-DUPLICATE", "pilot.yaml: a"),
        ("a:\n  b: 1\n  b: 2\n", "Q-KEY-DUPLICATE", "pilot.yaml: a.b"),
        ("- a\n", "Q-YAML", "pilot.yaml"),
        ("", "Q-YAML", "pilot.yaml"),
        ("a: 1\n---\nb: 2\n", "Q-YAML", "pilot.yaml: line 2"),
        ("a: *b\n", "Q-YAML", "pilot.yaml: line 1"),
        ("[a]: 1\n", "Q-YAML", "pilot.yaml: line 1"),
        ("[" * 5000, "Q-YAML", "pilot.yaml"),
    ],
)
def test_a_document_that_is_wrong_is_refused_with_its_place(tmp_path: Path, text: str, code: str, place: str) -> None:
    path = tmp_path / "pilot.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(QuestionnaireError) as caught:
        read_document(path)
    assert (caught.value.problems[0].code, caught.value.problems[0].where) == (code, place)
    assert all(problem.hint for problem in caught.value.problems)


def test_a_document_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(QuestionnaireError, match=r"missing\.yaml"):
        read_document(tmp_path / "missing.yaml")


@given(st.text())
def test_no_text_whatever_makes_the_parser_fail(text: str) -> None:
    problems: list[Problem] = []
    tree = parse(text, Place("any.yaml"), problems)
    assert problems or tree is not None
