"""Tables of results about the meter: texts in four languages, and the numbers of the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.tables import to_table
from trustmeter.psychometrics.comparability.bias import check_item_bias
from trustmeter.psychometrics.comparability.invariance import check_invariance
from trustmeter.responses.model import Responses

RESULTS = ["invariance", "dimensionality", "efa", "cfa", "irt", "agreement", "alignment", "bias", "reliability"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", RESULTS)
def test_every_cell_is_a_text_and_no_word_of_a_term_is_left(
    name: str, language: str, result_of: Callable[..., Any]
) -> None:
    found, phrases = result_of(name, simulated=True), load_phrases(language)
    table = to_table(found, language=language)  # type: ignore[arg-type]
    cells = list(table.to_numpy().ravel())
    assert len(table)
    assert all(isinstance(cell, str) for cell in cells)
    assert not any("nan" in cell.split() or "{" in cell for cell in cells)
    assert set(table[phrases.say("simulated.column")]) == {phrases.say("simulated.cell")}
    shown = [term for term in found.table["term"].unique() if phrases.say("column.term") in table.columns]
    assert [term for term in shown if phrases.term(term) == term] == []


def test_comparability_shows_its_decisions(result_of: Callable[..., Any]) -> None:
    found = result_of("invariance")
    table = to_table(found)
    assert table["Step"].iloc[0] == "same pattern"
    assert len(table) == len(found.decisions)
    assert set(table["Holds"]) <= {"holds", "holds without some questions", "does not hold"}
    assert float(table["CFI"].iloc[1]) == pytest.approx(found.decisions["CFI"].iloc[1], abs=0.0005)
    test = found.table[found.table["term"] == "difference"].iloc[0]
    told = table["Test against the step before"].iloc[1]
    assert told.startswith(f"{test['statistic']:.1f} on {test['df']:.0f}, p ")


def test_released_questions_and_the_scale_are_named(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(150)
    found = check_invariance(answers, across="wave", scale="trust")
    table = to_table(found, language="fr", questionnaire=answers.questionnaire)
    assert set(table["Échelle"]) == {"Confiance"}
    released = found.decisions.assign(released="q1 (2023)")
    assert "q1 (2023)" in set(to_table(replace(found, decisions=released), language="fr")["Questions libérées"])


def test_item_bias_shows_points_and_who_is_flagged(make_items: Callable[..., pd.DataFrame]) -> None:
    frame = make_items(400)
    frame.loc[200:, "q03"] = (frame.loc[200:, "q03"] - 1).clip(0)
    found = check_item_bias(frame.assign(language=np.repeat(["en", "fr"], 200)), across="language")
    table = to_table(found).set_index("Question")
    assert dict(table["Works differently"]) == {
        **{f"q0{number}": "yes" if number == 3 else "no" for number in range(1, 6)}, "All flagged questions together": "",
    }  # fmt: skip
    said = table.loc["q03", "Points, fr"].split(" [")[0].replace("\N{MINUS SIGN}", "-")
    assert float(said) == pytest.approx(found.value("item_bias", "q03", "fr"), abs=0.05)


def test_aligned_groups_stand_in_order_with_their_ranks(result_of: Callable[..., Any]) -> None:
    found = result_of("alignment")
    table = to_table(found, language="nl")
    assert tuple(table["Groep"]) == found.order
    assert all(cell.startswith("rang ") for cell in table["Mogelijke rangen"])


def test_counts_and_degrees_of_freedom_are_whole(result_of: Callable[..., Any]) -> None:
    table = to_table(result_of("cfa"))
    assert "5" in set(table["Degrees of freedom"])


def test_terms_with_names_inside_are_told_and_unknown_ones_stay() -> None:
    phrases = load_phrases("en")
    told = [
        phrases.term(word)
        for word in ("loading F2", "correlation F1 F2", "b3", "omega_group_2", "latent_mean, factor 2")
    ]
    assert told == [
        "Loading on F2", "Correlation of F1 and F2", "Difficulty of step 3", "McDonald's omega, group factor 2",
        "Latent mean of factor 2, standard deviations",
    ]  # fmt: skip
    assert phrases.term("something_new") == "something_new"
