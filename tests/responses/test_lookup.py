"""Options found by code, by number and by label."""

from __future__ import annotations

import pytest

from trustmeter.questionnaire.model import Option, ResponseScale
from trustmeter.questionnaire.text import Text
from trustmeter.responses.lookup import index_options
from trustmeter.responses.word import fold


def scale(*codes: str, kind: str = "ordinal") -> ResponseScale:
    chosen = tuple(Option(code, Text({"en": f"Label {code}", "fr": f"Étiquette {code}"})) for code in codes)
    return ResponseScale("scale", kind, chosen)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("codes", "cell", "found"),
    [
        (("1", "2"), "2.0", "2"),
        (("1", "2"), "02", "2"),
        (("01", "02"), "2", "02"),
        (("1", "01"), "01", "01"),
        (("1", "01"), "1.0", ""),
        (("-99", "1"), "-99.0", "-99"),
        (("F", "M"), "f", "F"),
        (("1", "2"), "3", ""),
    ],
)
def test_codes_are_found_by_text_or_number(codes: tuple[str, ...], cell: str, found: str) -> None:
    assert index_options(scale(*codes)).code_of(fold(cell)) == found


def test_labels_are_found_in_every_language() -> None:
    index = index_options(scale("1", "2"))
    assert index.codes_labelled(fold("LABEL 1")) == {"1"}
    assert index.codes_labelled(fold("étiquette 2")) == {"2"}
    assert index.codes_labelled("") == frozenset()


def test_a_number_scale_takes_only_plain_codes_for_numbers() -> None:
    index = index_options(scale("01", "99", kind="number"))
    assert (index.code_of("1"), index.code_of("99.0"), index.code_of("01")) == ("", "99", "01")
