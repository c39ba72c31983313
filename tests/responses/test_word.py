"""Words in cells: when two are the same, when one is blank, when one is a number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustmeter.responses.word import fold, has_leading_zero, is_blank, read_numbers, whole_number


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("D’accord", "d'accord"),
        (" Tout\u00a0à  fait ", "TOUT À FAIT"),
        ("e\u0301t\u00e9", "ÉTÉ"),
        ("Straße", "STRASSE"),
        ("«\u00a0oui\u00a0»".replace("\u00a0", ""), '"oui"'),
        ("25–44", "25-44"),
        ("\u200fنعم\u200f", "نعم"),
    ],
)
def test_words_that_only_look_different_are_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("text", ["", " ", "\u00a0", "\t\n", "\ufeff", "\u200b"])
def test_what_nobody_can_see_is_blank(text: str) -> None:
    assert is_blank(text)
    assert not is_blank(text + "0")


@pytest.mark.parametrize(
    ("text", "number"),
    [("4", 4), ("4.0", 4), ("4,0", 4), ("04", 4), ("-9", -9), ("4.", 4), ("4.5", None), ("4,000", None), ("1e3", None),
     ("", None), ("x", None), ("1" * 16, None)],
)  # fmt: skip
def test_whole_numbers(text: str, number: int | None) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1.5", "2"], [1.5, 2.0]),
        (["1,5", "2"], [1.5, 2.0]),
        (["1,5", "1,234"], [1.5, 1.234]),
        (["1,234", "5"], [np.nan, 5.0]),
        (["1.234,5", "1e400", "nan", "inf", "3 h"], [np.nan] * 5),
        ([" 7 ", "-0.5", ".5", ",5"], [7.0, -0.5, 0.5, 0.5]),
        ([], []),
    ],
)
def test_numbers_of_one_column(texts: list[str], numbers: list[float]) -> None:
    np.testing.assert_array_equal(read_numbers(texts), numbers)


@pytest.mark.parametrize(
    ("text", "leading"), [("01", True), ("007", True), ("0", False), ("0.5", False), ("10", False)]
)
def test_leading_zeros_are_seen(text: str, leading: bool) -> None:
    assert has_leading_zero(text) is leading
