"""What says who somebody is goes; what says what happened stays; no text is printed."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import trustmeter as tm
from trustmeter.disclosure.redaction import is_iban, is_national_number
from trustmeter.errors import DesignError

GOES = [
    ("e-mail", "jan.peeters@example.be"),
    ("e-mail", "fatima (at) example.be"),
    ("phone", "0470 12 34 56"),
    ("phone", "0470/12.34.56"),
    ("phone", "+32 470 12 34 56"),
    ("phone", "+32 470/12.34.56"),
    ("phone", "0032470123456"),
    ("phone", "02 123 45 67"),
    ("phone", "(09) 123 45 67"),
    ("phone", "+31 6 12345678"),
    ("phone", "+49 (0)30 1234567"),
    ("phone", "０４７０ 12 34 56"),
    ("phone", "0470\u200b 12 34 56"),
    ("national number", "85.07.30-033 28"),
    ("national number", "85073003328"),
    ("national number", "85.07.30-033.99"),
    ("account", "BE68 5390 0754 7034"),
    ("account", "be68539007547034"),
    ("account", "NL91 ABNA 0417 1643 00"),
    ("account", "BE68 5390 0754 7035"),
    ("plate", "1-ABC-234"),
    ("plate", "1abc234"),
    ("plate", "ABC-123"),
    ("date", "12/05/1987"),
    ("date", "12.05.87"),
    ("date", "1987-05-12"),
    ("date", "3 mars 1990"),
    ("date", "12 mei 1987"),
    ("date", "3. Mai 1988"),
    ("date", "May 5, 2019"),
    ("date", "geboren in 1987"),
    ("date", "née en 1990"),
    ("address", "Kerkstraat 12"),
    ("address", "rue de la Loi 16"),
    ("address", "16 rue de la Loi"),
    ("address", "Hauptstraße 5b"),
    ("name", "Mevrouw Van den Broeck"),
    ("name", "M. Dupont"),
    ("name", "Dr. Ali Ben Salah"),
    ("name", "inspecteur Janssens"),
    ("name", "Frau Müller"),
    ("name", "je m'appelle Fatima"),
    ("name", "ik heet ahmed"),
    ("url", "https://example.be/profiel?x=1"),
    ("url", "www.example.be"),
    ("handle", "@jan_gent"),
    ("number", "1234567"),
]
STAYS = [
    "De agent was vriendelijk en luisterde.",
    "In 2019 kwamen 12 agenten naar 3 straten.",
    "45 % des gens disent 4 sur 5.",
    "Between 2022-2023 nothing changed.",
    "Ik woon hier al 10 jaar, sinds 2015.",
    "100 000 mensen, om 14.30 uur",
    "He may come back, 2 times a week.",
]


@pytest.mark.parametrize(("kind", "text"), GOES)
def test_what_says_who_somebody_is_goes(kind: str, text: str) -> None:
    found = tm.redact([f"Zeg het aan {text}, dank u"])
    assert found.texts == (f"Zeg het aan [{kind}], dank u",)
    assert found.found[kind] == 1
    assert sum(found.found.values()) == 1


@pytest.mark.parametrize("text", STAYS)
def test_what_says_what_happened_stays(text: str) -> None:
    assert tm.redact([text]).texts == (text,)


def test_own_words_go_in_any_case_and_whole_only() -> None:
    found = tm.redact(
        ["De SNOOKER-bar en snookerzaal", "bij Jan Zonder Vrees"], words=["snooker", "Jan Zonder Vrees", "Jan"]
    )
    assert found.texts == ("De [word]-bar en snookerzaal", "bij [word]")
    assert found.found["word"] == 2


def test_missing_texts_stay_missing_and_nothing_is_printed() -> None:
    found = tm.redact(pd.Series(["bel 0470 12 34 56", None, pd.NA, np.nan], dtype="object"))
    assert found.texts[1:] == (None, None, None)
    assert "bel" not in str(found)
    assert "phone fewer than 5" in repr(found)
    assert "A human must still read" in str(found)


def test_one_text_and_empty_words_are_refused() -> None:
    with pytest.raises(DesignError, match="several texts"):
        tm.redact("one")
    with pytest.raises(DesignError, match="empty"):
        tm.redact(["one"], words=[" "])


@given(st.integers(0, 999_999_999))
def test_check_digits_of_register_numbers_hold_for_both_centuries(body: int) -> None:
    for start in (0, 2_000_000_000):
        number = f"{body:09d}{97 - (start + body) % 97:02d}"
        assert is_national_number(number)
        wrong = f"{body:09d}00"
        assert not is_national_number(wrong)


@given(st.integers(0, 10**12 - 1))
def test_check_digits_of_accounts_hold(body: int) -> None:
    bban = f"{body:012d}"
    check = 98 - int(f"{bban}111400") % 97
    assert is_iban(f"BE{check:02d}{bban}")
    assert not is_iban(f"BE{check % 97 + 2:02d}{bban}") or check % 97 + 2 == check


@given(st.text(alphabet=st.sampled_from("0123456789 ./-+()abzAZé@'\n"), max_size=300))
def test_no_run_of_seven_figures_is_left(text: str) -> None:
    left = tm.redact([text]).texts[0]
    assert not re.search(r"[0-9]{7}", left or "")


def test_long_texts_come_to_an_end() -> None:
    """A pattern that backtracks without end would never come back from these."""
    long = ["1 ", "a.", "Mevrouw Van ", "rue de la ", "12-", "a@", "www."]
    assert len(tm.redact([part * 1500 for part in long])) == len(long)
