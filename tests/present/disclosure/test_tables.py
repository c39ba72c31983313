"""Safe tables and anonymity in the words of those who read them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.responses.model import Responses


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_are_texts_in_every_language(language: str, make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(60, simulated=True)
    say = load_phrases(language).say
    results = [
        tm.safe_table(answers, "SEX", "FA1", wave="2022"),
        tm.safe_table(answers, "SEX", wave="2022"),
        tm.safe_table(answers, "SEX", "CONTACT", value="FA1", wave="2022"),
        tm.check_anonymity(answers, ["SEX", "zone"], ["FA1"]),
    ]
    for result in results:
        table = tm.to_table(result, language=language)  # type: ignore[arg-type]
        assert all(isinstance(cell, str) for cell in table.to_numpy().ravel())
        assert set(table[say("simulated.column")]) == {say("simulated.cell")}
    crossed = tm.to_table(results[0], language=language)  # type: ignore[arg-type]
    assert crossed.iloc[-1, 0] == say("disclosure.total")
    assert say("disclosure.hidden") in crossed.to_numpy().ravel() or not results[0].table["suppressed"].any()


def test_hidden_cells_are_marked_and_shares_stand_beside_counts() -> None:
    people = pd.DataFrame(
        {"group": ["a"] * 60 + ["b"] * 43, "asked": ["yes"] * 57 + ["no"] * 3 + ["yes"] * 23 + ["no"] * 20}
    )
    table = tm.to_table(tm.safe_table(people, "group", "asked"))
    assert table.columns.tolist() == ["group", "no", "yes", "All"]
    assert table.to_numpy().tolist() == [
        ["a", "hidden", "hidden", "60 (100%)"],
        ["b", "hidden", "hidden", "43 (100%)"],
        ["All", "23 (22%)", "80 (78%)", "103 (100%)"],
    ]


def test_means_stand_beside_how_many_they_are_of() -> None:
    people = pd.DataFrame({"group": ["a"] * 60 + ["b"] * 40, "points": [50.0] * 60 + [61.25] * 40})
    table = tm.to_table(tm.safe_table(people, "group", value="points"), language="nl")
    assert table.to_numpy().tolist() == [
        ["a", "50,0 (n = 60)"],
        ["b", "61,2 (n = 40)"],
        ["Alle samen", "54,5 (n = 100)"],
    ]


def test_the_verdict_on_anonymity_stands_first() -> None:
    people = pd.DataFrame({"age": ["18-34", "35-64"] * 20, "gender": ["F"] * 38 + ["X", "M"]})
    table = tm.to_table(tm.check_anonymity(people, ["age", "gender"]), language="fr")
    assert "au moins 5 personnes" in table.iloc[0, 0]
    assert table.iloc[0, 2].startswith("non")
    assert "moins de 5" in table.iloc[1, 2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_under_tables_names_both_thresholds(language: str) -> None:
    said = load_phrases(language).say("disclosure.under_table", publish=10, show=5)
    assert "10" in said
    assert "5" in said
