"""Tables of estimates for people: in four languages, with labels for codes, nothing hidden told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm

TRUST = tm.load_questionnaire("community-trust-short")
LANGUAGES = ("en", "fr", "nl", "de")


@pytest.fixture(scope="module")
def answers() -> tm.Responses:
    return tm.simulate_responses(TRUST, 300, seed=5)


def test_estimates_by_group(answers: tm.Responses) -> None:
    found = tm.estimate(tm.score(answers), "trust", by=["wave", "SEX"])
    tables = {language: tm.to_table(found, language=language) for language in LANGUAGES}  # type: ignore[arg-type]
    assert list(tables["en"].columns) == [
        "Variable",
        "Group",
        "Measure",
        "Value",
        "95% interval",
        "Design effect",
        "n",
        "Data",
    ]
    assert list(tables["nl"]["Groep"])[:2] == ["before, Vrouw", "before, Man"]
    assert tables["fr"]["Variable"].iloc[0] == "Confiance"
    assert " bis " in tables["de"]["95-%-Intervall"].iloc[0]
    assert all(len(table) == 6 for table in tables.values())
    assert (tables["en"]["Data"] == "SIMULATED").all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_shares_and_their_differences(answers: tm.Responses, language: str) -> None:
    shares = tm.estimate(answers, "TR01", statistic="share", by="wave")
    table = tm.to_table(shares, language=language)  # type: ignore[arg-type]
    label = TRUST.item("TR01").response_scale.substantive[0].text.read(language)
    assert label in table.iloc[0, 2]
    assert "%" in table.iloc[0, 3]
    differences = tm.to_table(tm.compare_domains(shares), language=language)  # type: ignore[arg-type]
    assert len(differences) == 5
    assert "%" not in differences.iloc[0, 3]
    assert label in differences.iloc[0, 1]


def test_quantiles_ratios_totals_and_own_numbers(answers: tm.Responses) -> None:
    median = tm.to_table(tm.estimate(answers, "TR01", statistic="quantile", quantiles=(0.25, 0.5), wave="after"))
    assert list(median["Measure"]) == ["Value with 25% at or below it", "Median"]
    assert "Design effect" not in median
    ratio = tm.to_table(tm.estimate_ratio(answers, "TR01", "TR02", wave="after"))
    assert " / TR02: " in ratio["Variable"].iloc[0]
    assert ratio["Measure"].iloc[0] == "Ratio"
    total = tm.to_table(tm.estimate(answers, "SEX", statistic="total", wave="after"))
    assert total["Measure"].iloc[0] == "Number: Woman"
    made = tm.make_replicates(answers, replicates=20, seed=1)
    own = tm.to_table(tm.replicate_estimate(made, lambda one: {"mine": 1.0}))
    assert own["Measure"].iloc[0] == "mine"


def test_what_is_hidden_stays_hidden() -> None:
    frame = pd.DataFrame({"y": np.arange(100.0), "g": ["few"] * 3 + ["some"] * 20 + ["many"] * 77})
    found = tm.estimate(tm.read_scores(frame, scale="y", ranges=(0, 100), keep=["g"]), "y", by="g")
    table = tm.to_table(found).set_index("Group")
    assert table.loc["few", "Value"] == "hidden"
    assert table.loc["few", ["95% interval", "n"]].tolist() == ["", ""]
    assert table.loc["some", "Value"] == "hidden"


@pytest.mark.parametrize("language", LANGUAGES)
def test_tests_and_regressions(answers: tm.Responses, language: str) -> None:
    both = tm.to_table(tm.rao_scott(answers, "SEX", "TR01", wave="after"), language=language)  # type: ignore[arg-type]
    assert len(both) == 4
    assert TRUST.item("SEX").text.read(language) in both.iloc[0, 0]
    assert not both.iloc[:, 1].str.contains("_").any()
    scores = tm.score(answers)
    found = tm.to_table(tm.design_regression(scores, "trust", predictors=["SEX", "wave"]), language=language)  # type: ignore[arg-type]
    assert len(found) == 5
    assert not found.iloc[:, 1].str.contains("constant$").any() or language == "en"


def test_several_contrasts_have_a_row_together(answers: tm.Responses) -> None:
    by = tm.estimate(tm.score(answers), "trust", by="SEX", wave="after")
    table = tm.to_table(tm.compare_domains(by))
    assert table["Comparison"].iloc[-1] == "all differences together"
    assert table["p value"].iloc[-1]
