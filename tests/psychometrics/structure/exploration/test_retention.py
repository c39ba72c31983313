"""The number of factors from answers or a frame: R's numbers, what is recommended, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.psychometrics.structure.exploration.retention import CRITERIA, DimensionalityResult, dimensionality
from trustmeter.responses.model import Responses
from trustmeter.results import VOCABULARY

REFERENCE = Path(__file__).resolve().parents[3] / "reference"
CASES: dict[str, Any] = json.loads((REFERENCE / "values/exploration.json").read_text(encoding="utf-8"))["cases"]
SETS = ("mixed", "holes", "general")
CLOSED = 1e-8


def stored_items(case: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / f"data/exploration_{case}.csv")


def counted(case: str, **asked: Any) -> DimensionalityResult:
    return dimensionality(stored_items(case), missing="pairwise" if case == "holes" else "listwise", seed=1, **asked)


@pytest.mark.parametrize("case", SETS)
def test_it_is_that_of_psych(case: str, agree: Any) -> None:
    stored, ours = CASES[case], counted(case)
    agree(
        "KMO from answers", ours.value("kmo"), stored["kmo"]["overall"], CLOSED, reference="psych::KMO 2.2.9", data=case
    )
    items = [ours.value("kmo", item) for item in stored_items(case).columns]
    agree("KMO of items, from answers", items, stored["kmo"]["items"], CLOSED, reference="psych::KMO 2.2.9", data=case)
    reference = "psych::cortest.bartlett 2.2.9"
    agree(
        "Bartlett from answers",
        ours.value("bartlett"),
        stored["bartlett"]["chisq"],
        CLOSED,
        reference=reference,
        data=case,
    )
    told = {"reference": "psych::fa.parallel 2.2.9, SMC = TRUE", "data": case}
    agree("eigenvalues from answers", ours.eigenvalues["observed"], stored["parallel"]["pc"], CLOSED, **told)
    agree("common eigenvalues from answers", ours.eigenvalues["common"], stored["parallel"]["fa"], CLOSED, **told)
    partials = ours.average_partials["squared"].iloc[1:].to_numpy()
    agree("MAP from answers", partials, stored["map"][: len(partials)], CLOSED, reference="psych::vss 2.2.9", data=case)
    assert ours.suggestions["map"] == int(np.argmin(stored["map"][: len(partials)])) + 1


def test_the_table_and_the_recommendation() -> None:
    ours = counted("mixed")
    table = ours.tidy()
    assert list(table.columns) == [name for name in VOCABULARY if name in table.columns]
    assert int(ours) == ours.suggested == 2
    assert set(ours.suggestions) == set(CRITERIA) <= set(table["term"])
    assert ours.notes[0] == "All four criteria suggest 2 factors."
    assert list(ours.eigenvalues.index) == list(range(1, 13))
    assert (ours.eigenvalues["random_95"] > ours.eigenvalues["random_mean"]).all()
    assert ours.eigenvalues["observed"].sum() == pytest.approx(12)
    assert "95th percentile of 100 draws" in ours.summary()
    pd.testing.assert_frame_equal(table, counted("mixed").tidy())


def test_disagreement_is_said() -> None:
    ours = counted("general")
    assert len(set(ours.suggestions.values())) > 1
    assert ours.notes[0].startswith("The criteria disagree:")
    for words in CRITERIA.values():
        assert words in ours.notes[0]


def test_nothing_to_factor_is_said() -> None:
    ours = dimensionality(np.random.default_rng(12).normal(size=(400, 8)), seed=1)
    assert ours.suggested == 0
    assert "nothing to factor" in ours.notes[0]


def test_polychoric_comparison_finds_one_factor_behind_skewed_answers() -> None:
    rng = np.random.default_rng(3)
    latent = rng.normal(size=(500, 1)) + rng.normal(size=(500, 6))
    x = np.column_stack([np.digitize(column, [0.8, 1.6]) for column in latent.T])
    ours = dimensionality(x, correlation="polychoric", draws=20, seed=1)
    assert ours.suggested == 1
    assert "bartlett" not in set(ours.tidy()["term"])
    assert (ours.eigenvalues["random_mean"].iloc[0] > 1) and (ours.eigenvalues["observed"].iloc[0] > 2)


def test_scales_are_pooled(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(150, blanks=0.05)
    ours = dimensionality(answers, scale=["fairness", "effect"], missing="pairwise", seed=1)
    assert set(ours.tidy()["scale"]) == {"fairness + effect"}
    assert ours.suggested == 1
    assert any("Pairs of items rest on" in note for note in ours.notes)
    assert dimensionality(answers, seed=1).provenance.rows_left_out["unanswered items"] > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x.iloc[:8], "fewer than 10"),
        (lambda x: x.iloc[:, :2], "at least 3 items"),
        (lambda x: x.assign(q3=2), "'q3'"),
        (lambda x: x.assign(q12=x["q1"] + x["q2"]), "singular"),
    ],
)
def test_what_has_no_answer_is_refused(change: Any, message: str) -> None:
    with pytest.raises(EstimationError, match=message):
        dimensionality(change(stored_items("mixed")))


@pytest.mark.parametrize("turn", [1, -1])
def test_a_copied_item_is_named_by_polychoric_correlations_too(turn: int) -> None:
    items = stored_items("mixed")
    copied = items.assign(copy=turn * items["q2"])
    with pytest.raises(EstimationError, match="'q2' and 'copy' were answered alike"):
        dimensionality(copied, correlation="polychoric")


@pytest.mark.parametrize("asked", [{"draws": 5}, {"correlation": "kendall"}, {"missing": "mean"}, {"seed": 1.5}])
def test_calls_that_mean_nothing_are_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(DesignError):
        dimensionality(stored_items("mixed"), **asked)


def test_unknown_terms_are_refused() -> None:
    ours = counted("mixed")
    for asked in (("kmoo",), ("map", "q1"), ("kmo", "q99")):
        with pytest.raises(DesignError):
            ours.value(*asked)
