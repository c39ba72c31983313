"""What a model text says, and all that is wrong with one at once."""

from __future__ import annotations

import pytest

from trustmeter.errors import DesignError
from trustmeter.psychometrics.structure.model_text import parse_model


def said(text: str) -> list[str]:
    return [str(one) for one in parse_model(text, "cfa")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f =~ a + b", ["f =~ a", "f =~ b"]),
        ("f =~ a\n  + b +\n c # the rest", ["f =~ a", "f =~ b", "f =~ c"]),
        ("# first\n\nf=~a;g=~b; f~~g", ["f =~ a", "g =~ b", "f ~~ g"]),
        ("f + g =~ a + b", ["f =~ a", "g =~ a", "f =~ b", "g =~ b"]),
        ("f =~ a\nf =~ b", ["f =~ a", "f =~ b"]),
        ("f =~ a\ng =~ b\nf ~ g", ["f =~ a", "g =~ b", "f ~ g"]),
    ],
)
def test_statements(text: str, expected: list[str]) -> None:
    assert said(text) == expected


def test_prefixes() -> None:
    fixed, free, label, both = parse_model("f =~ 0.5*a + NA*b + same*c + NA * l * d", "cfa")
    assert (fixed.fixed, free.free, label.label, both.label, both.free) == (0.5, True, "same", "l", True)
    assert parse_model("f =~ a + b\nf ~~ -.25*f", "cfa")[-1].fixed == -0.25


FAULTS = [
    ("f = a + b", "M-OPERATOR", 1),
    ("f =~ a\nf + b", "M-OPERATOR", 2),
    ("f =~ a =~ b", "M-OPERATOR", 1),
    ("f =~ a\nx | t1", "M-OPERATOR", 2),
    ("f =~ a\nd := a*b", "M-OPERATOR", 2),
    ("f =~ a\na == b", "M-OPERATOR", 2),
    ("f =~ a +\ng =~ b", "M-NAME", 1),
    ("f =~\ng =~ b", "M-NAME", 1),
    ("2f =~ a", "M-NAME", 1),
    ("f =~ a b", "M-NAME", 1),
    ("f =~ start(1)*a", "M-PREFIX", 1),
    ("f =~ 1*l*a", "M-PREFIX", 1),
    ("f =~ a + a", "M-TWICE", 1),
    ("f =~ a + b\na ~~ b\nb ~~ a", "M-TWICE", 3),
    ("f =~ f + a", "M-ITSELF", 1),
    ("f =~ a\nf ~ b", "M-REGRESSION", 2),
    ("f =~ a\nf ~ 1", "M-INTERCEPT", 2),
    ("f =~ a\nf ~~ a", "M-MIXED", 2),
    ("f =~ a + g\ng =~ b + f", "M-CIRCLE", 1),
    ("f =~ a\ng =~ b\nf ~ g\ng ~ f", "M-CIRCLE", 3),
    ("a ~~ b", "M-NO-FACTOR", 1),
    ("", "M-NO-FACTOR", 1),
]


@pytest.mark.parametrize(("text", "code", "line"), FAULTS)
def test_each_fault_has_a_code_a_line_and_a_cure(text: str, code: str, line: int) -> None:
    with pytest.raises(DesignError) as caught:
        parse_model(text, "cfa")
    problem = next(one for one in caught.value.problems if one.code == code)
    assert problem.where == f"line {line}"
    assert problem.hint


def test_all_faults_come_at_once() -> None:
    with pytest.raises(DesignError, match="3 problems") as caught:
        parse_model("f = a\nf =~ a b\n3 =~ c", "cfa")
    assert [one.where for one in caught.value.problems] == ["line 1", "line 2", "line 3"]


def test_a_model_is_a_text() -> None:
    with pytest.raises(DesignError, match="must be a text"):
        parse_model(["f =~ a"], "cfa")  # type: ignore[arg-type]
