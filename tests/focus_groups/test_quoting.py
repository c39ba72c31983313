"""No word of a participant comes out unread, unredacted, or of a code that few raised."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.focus_groups.joint import joint_display
from trustmeter.focus_groups.quoting import Quote, quotes
from trustmeter.focus_groups.reading import read_segments
from trustmeter.results import Result, vocabulary_frame


@pytest.fixture
def said() -> pd.DataFrame:
    rows = [
        ("Harbour hall", f"Person{at}", "respect", f"Person{at} rang 0470 12 34 5{at}; mevrouw El Amrani at Café Zomer, number {at}")
        for at in range(6)
    ]  # fmt: skip
    rows.append(("Harbour hall", "Person1", "fear", "They came to my house"))
    rows.append(("Harbour hall", "Person2", "respect", "A very long story " * 20))
    return pd.DataFrame(rows, columns=["session", "speaker", "code", "text"])


def test_names_numbers_and_given_words_are_taken_out(said: pd.DataFrame) -> None:
    found = quotes(read_segments(said, keep_text=True), "respect", reviewed=True, words=["Café Zomer"])
    assert len(found) == 6
    for quote in found:
        assert not any(word in str(quote) for word in ("Person", "0470", "Amrani", "Zomer", "very long"))
    assert "rang" not in repr(found)
    assert repr(found[0]).startswith("<Quote of 'respect'")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"code": "respect"}, DesignError, "only after a human has read"),
        ({"code": "respect", "reviewed": "yes"}, DesignError, "only after a human has read"),
        ({"code": "fear", "reviewed": True}, EstimationError, "fewer than 5 people"),
        ({"code": "respekt", "reviewed": True}, DesignError, "Did you mean 'respect'"),
    ],
)
def test_words_are_refused(said: pd.DataFrame, options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as told:
        quotes(read_segments(said, keep_text=True), **options)
    assert "house" not in str(told.value)


def test_dropped_words_cannot_come_back(said: pd.DataFrame) -> None:
    with pytest.raises(DesignError, match="dropped on reading"):
        quotes(read_segments(said), "respect", reviewed=True)


def test_without_speakers_sessions_count(said: pd.DataFrame) -> None:
    with pytest.raises(EstimationError, match="fewer than 5 sessions"):
        quotes(read_segments(said.drop(columns="speaker"), keep_text=True), "respect", reviewed=True)


def test_a_display_takes_quotes_of_its_own_codes_only(talk: pd.DataFrame, said: pd.DataFrame) -> None:
    survey = Result(table=vocabulary_frame([{"scale": "trust", "term": "alpha", "estimate": 0.8, "n": 90}]))
    segments, quote = read_segments(talk), quotes(read_segments(said, keep_text=True), "respect", reviewed=True)[0]
    joint = joint_display(segments, survey, links={"trust": "respect"}, quotes={"trust": quote})
    assert joint.to_dict()["quotes"]["trust"] == str(quote)
    for wrong, words in (({"trust": "They know us"}, "one quote a scale"), ({"voice": quote}, "scale in `quotes`"),
                         ({"trust": Quote("waiting", "x")}, "not linked")):  # fmt: skip
        with pytest.raises(DesignError, match=words):
            joint_display(segments, survey, links={"trust": "respect"}, quotes=wrong)  # type: ignore[arg-type]
