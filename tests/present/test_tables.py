"""Tables for people: every cell text, the mark on simulated data, numbers in the language's writing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trustmeter.errors import DesignError
from trustmeter.pilot.array import compare_paired
from trustmeter.pilot.change.result import Comparison
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.tables import to_table
from trustmeter.psychometrics.consistency.estimate import reliability
from trustmeter.psychometrics.items import analyze_items
from trustmeter.responses.model import Responses
from trustmeter.responses.quality import check_quality


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_result_becomes_a_table_of_texts(
    language: str, make_answers: Callable[..., Responses], make_change: Callable[..., Comparison]
) -> None:
    answers = make_answers(60, simulated=True, blanks=0.1)
    results = [reliability(answers), analyze_items(answers), check_quality(answers), make_change(n=60, simulated=True)]
    mark = load_phrases(language)
    for result in results:
        table = to_table(result, language=language)  # type: ignore[arg-type]
        assert len(table)
        assert all(isinstance(cell, str) for cell in table.to_numpy().ravel())
        assert set(table[mark.say("simulated.column")]) == {mark.say("simulated.cell")}


def test_the_table_says_what_the_numbers_say(make_change: Callable[..., Comparison]) -> None:
    change = make_change(n=200, shift=0.5)
    table = to_table(change).set_index("Scale")
    tidy = change.tidy().set_index(["scale", "term"])
    line = tidy.loc[("trust", "mean_change")]
    assert float(table.loc["Trust", "Change, points"]) == pytest.approx(line["estimate"], abs=0.05)
    low, high = (
        float(part) for part in table.loc["Trust", "95% interval"].replace("\N{MINUS SIGN}", "-").split(" to ")
    )
    assert (low, high) == pytest.approx((line["ci_low"], line["ci_high"]), abs=0.05)
    assert table.loc["Trust", "Verdict"] == change.verdicts["trust"]


def test_a_small_group_gives_no_number(make_change: Callable[..., Comparison]) -> None:
    table = to_table(make_change(n=9)).set_index("Scale")
    assert set(table["Verdict"]) == {"too few answers"}
    assert set(table["Change, points"]) == {""}


def test_arrays_have_a_table_too() -> None:
    table = to_table(compare_paired([1.0, 2, 3, 4, 6] * 4, [2.0, 2, 4, 4, 5] * 4), language="fr")
    assert "Changement de la moyenne" in set(table["Mesure"])


def test_what_is_no_result_is_refused() -> None:
    with pytest.raises(DesignError, match="needs a result"):
        to_table("nothing")  # type: ignore[arg-type]


def test_the_usual_coefficients_are_columns_and_others_rows(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(60)
    usual = to_table(reliability(answers))
    assert list(usual.columns) == [
        "Scale", "Cronbach's alpha", "McDonald's omega (total)", "Standard error of measurement, points", "n",
    ]  # fmt: skip
    found = reliability(answers, scale="trust", coefficients=["alpha", "lambda2", "glb", "mdc"])
    rows = to_table(found, language="de")
    assert list(rows.columns) == ["Skala", "Maß", "Wert", "n", "Methode"]
    assert len(rows) == 4
    assert "Guttmans Lambda 2" in set(rows.iloc[:, 1])
