"""What answers cannot tell is refused in one sentence, or told by a stated fallback; never a wrong number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.stats.sem.robust import discrepancy

Frame = pd.DataFrame


def answers(n: int = 300, k: int = 5, *, seed: int = 1, levels: int = 5) -> Frame:
    """Return one factor's answers on `levels` steps."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(n, 1)) + 0.9 * rng.normal(size=(n, k))
    cuts = np.quantile(latent, np.linspace(0, 1, levels + 1)[1:-1])
    return Frame(np.digitize(latent, cuts) + 1, columns=[f"q{number}" for number in range(1, k + 1)])


def grouped(n: int = 300, **options: Any) -> Frame:
    return answers(n, **options).assign(group=np.where(np.arange(n) % 2 == 0, "a", "b"))


def changed(frame: Frame, **columns: Any) -> Frame:
    return frame.assign(**columns)


def one_category_in_b() -> Frame:
    frame = grouped()
    frame.loc[frame["group"] == "b", "q1"] = 3
    return frame


def nobody_in_b() -> Frame:
    frame = grouped().astype({"q1": float})
    frame.loc[frame["group"] == "b", "q1"] = np.nan
    return frame


def copies() -> Frame:
    frame = answers()
    return frame.assign(q2=frame["q1"])


def unrelated(k: int = 4) -> Frame:
    rng = np.random.default_rng(4)
    return Frame(rng.integers(1, 6, size=(200, k)), columns=[f"q{number}" for number in range(1, k + 1)])


def heywood() -> Frame:
    """Return three numbers of which one pair is correlated more than one factor allows."""
    rng = np.random.default_rng(7)
    both = rng.normal(size=400)
    third = 0.9 * both + 0.44 * rng.normal(size=400)
    fourth = 0.9 * both + 0.44 * rng.normal(size=400)
    nearly = both + 0.02 * rng.normal(size=400)
    return Frame({"q1": nearly, "q2": third, "q3": fourth, "q4": both + 0.02 * rng.normal(size=400)})


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "alpha, constant item": (lambda: tm.alpha(changed(answers(), q2=3)), "q2"),
    "alpha, item nobody answered": (lambda: tm.alpha(changed(answers(), q2=np.nan)), "q2"),
    "alpha, nine people": (lambda: tm.alpha(answers(9)), "10"),
    "alpha, more items than people": (lambda: tm.alpha(answers(12, 14)), "more people than items"),
    "alpha, one item": (lambda: tm.alpha(answers()[["q1"]]), "one item"),
    "alpha, one row that outweighs all": (lambda: tm.alpha(answers(), weights=[5000.0, *[1.0] * 299]), "weights"),
    "cfa, one row that outweighs all": (lambda: tm.cfa(answers(), weights=[5000.0, *[1.0] * 299]), "weights"),
    "polychoric, constant item": (lambda: tm.polychoric(changed(answers(), q2=3)), "q2"),
    "polychoric, item nobody answered": (lambda: tm.polychoric(changed(answers(), q2=np.nan)), "q2"),
    "polychoric, numbers without categories": (
        lambda: tm.polychoric(Frame(np.random.default_rng(1).normal(size=(60, 3)))), "whole"),
    "efa, constant item": (lambda: tm.efa(changed(answers(), q2=3), 1), "q2"),
    "efa, copies": (lambda: tm.efa(copies(), 1), "copy"),
    "efa, more factors than items tell": (lambda: tm.efa(answers(), 4), "factors"),
    "efa, nine people": (lambda: tm.efa(answers(9), 1), "10"),
    "dimensionality, constant item": (lambda: tm.dimensionality(changed(answers(), q2=3)), "q2"),
    "dimensionality, fewer people than items": (lambda: tm.dimensionality(answers(12, 14)), "people"),
    "cfa, constant item": (lambda: tm.cfa(changed(answers(), q2=3)), "q2"),
    "cfa, item nobody answered": (lambda: tm.cfa(changed(answers(), q2=np.nan)), "q2"),
    "cfa, two items": (lambda: tm.cfa(answers()[["q1", "q2"]]), "items"),
    "cfa, not identified": (lambda: tm.cfa(answers(), "f =~ q1 + q2 + q3\ng =~ q4\nq4 ~~ q4"), "identif"),
    "cfa, nine people": (lambda: tm.cfa(answers(9)), "10"),
    "irt, constant item": (lambda: tm.irt(changed(answers(), q2=3)), "q2"),
    "irt, item nobody answered": (lambda: tm.irt(changed(answers(), q2=np.nan)), "q2"),
    "irt, nine people": (lambda: tm.irt(answers(9)), "10"),
    "invariance, one category in a group": (lambda: tm.check_invariance(one_category_in_b(), across="group"), "q1"),
    "invariance, nobody answered in a group": (lambda: tm.check_invariance(nobody_in_b(), across="group"), "q1"),
    "invariance, forty people": (lambda: tm.check_invariance(grouped(40), across="group"), "50"),
    "invariance, two items": (lambda: tm.check_invariance(grouped()[["q1", "q2", "group"]], across="group"), "three"),
    "invariance, one group": (lambda: tm.check_invariance(grouped().assign(group="a"), across="group"), "one value"),
    "invariance, an id among the items": (
        lambda: tm.check_invariance(grouped().assign(number=range(300)), across="group"), "'number' has 300 different values"),
    "invariance, a column named id": (
        lambda: tm.check_invariance(grouped().assign(id=range(300)), across="group"), "'id' is named like"),
    "invariance, groups as a vector": (lambda: tm.check_invariance(answers(), across=pd.Series(["a"] * 300)), "name of a column"),
    "invariance, a reference that is too small": (
        lambda: tm.check_invariance(grouped().assign(group=["c"] * 30 + ["a", "b"] * 135), across="group", reference="c"),
        "reference"),
    "cfa, columns called by numbers": (lambda: tm.cfa(answers().set_axis(range(5), axis=1)), "names are words"),
    "cfa, weights in another order": (
        lambda: tm.cfa(answers(), weights=pd.Series(np.ones(300), index=range(299, -1, -1))), "index"),
    "item bias, one group": (lambda: tm.check_item_bias(grouped().assign(group="a"), across="group"), "one value"),
    "icc, one rater": (lambda: tm.icc(answers(60)[["q1"]]), "two"),
    "icc, everybody the same": (lambda: tm.icc(Frame(np.full((60, 2), 3))), "vary|differ|same"),
    "retest, nine people": (lambda: tm.retest(answers(9)["q1"], answers(9)["q2"]), "10"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_answers_cannot_tell_is_refused_in_one_sentence(case: str) -> None:
    call, says = REFUSED[case]
    with pytest.raises((tm.EstimationError, tm.DesignError), match=says) as caught:
        call()
    assert "Traceback" not in str(caught.value)


def test_a_heywood_case_of_omega_has_no_number_and_says_so() -> None:
    with pytest.raises(tm.EstimationError, match="'q1' \\(Heywood case\\)"):
        tm.omega(heywood())


def test_a_heywood_case_of_cfa_is_named() -> None:
    """Two near copies beside two good items: their residual correlation has no place in the model."""
    found = tm.cfa(heywood(), estimator="ml")
    assert not found.admissible
    assert found.improper == ("a negative residual variance of 'q1'",)
    assert "IMPROPER SOLUTION" in found.summary()


def test_unrelated_items_have_no_factor_that_is_passed_off_as_one() -> None:
    found = tm.cfa(unrelated())
    assert any("hardly reflect a factor" in note for note in found.notes)


def test_empty_cells_are_filled_by_the_stated_rule_and_told() -> None:
    """A two by two table with an empty cell: half a row goes in, and a note says so."""
    frame = Frame({"q1": [0] * 40 + [1] * 40, "q2": [0] * 40 + [0] * 10 + [1] * 30})
    found = tm.polychoric(frame)
    assert abs(float(found.matrix.iloc[0, 1])) < 1
    assert any("Half a row" in note for note in found.notes)


def test_weights_named_by_a_column_are_no_item() -> None:
    frame = answers()
    weights = np.random.default_rng(2).uniform(0.5, 2.0, len(frame))
    named, given = tm.cfa(frame.assign(w=weights), weights="w"), tm.cfa(frame, weights=weights)
    assert list(named.loadings.index) == list(frame.columns)
    assert np.allclose(named.loadings, given.loadings)


def test_correlations_that_are_not_positive_definite_have_no_robust_index() -> None:
    assert np.isnan(discrepancy(np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]), np.eye(3)))


def test_a_copied_item_is_told() -> None:
    copied = [note for note in tm.alpha(copies()).notes if "'q1' and 'q2' are copies" in note]
    assert len(copied) == 1
    assert not [note for note in tm.alpha(answers()).notes if "copies" in note]
