"""The verb `cfa`: against lavaan from its own starts, what it refuses, what it says, and scores of people."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.psychometrics.structure.confirmation import CfaResult, cfa
from trustmeter.psychometrics.structure.factor_scoring import factor_scores
from trustmeter.responses.model import Responses

FOLDER = Path(__file__).resolve().parents[2] / "reference"
FAMILIES = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((FOLDER / "values").glob("cfa_*.json"))]
LAVAAN = f"lavaan {FAMILIES[0]['packages']['lavaan']}"
CASES = [case for family in FAMILIES for case in family["cases"] if case["groups"] == 1]
TWO = "f =~ x1 + x2 + x3 + x4\ng =~ x5 + x6 + x7 + x8"


def frame_of(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / "data" / f"cfa_{name}.csv")


def fitted(case: dict[str, Any]) -> CfaResult:
    return cfa(
        frame_of(case["data"]), case["model"], estimator=case["estimator"].lower(), missing="fiml" if case["fiml"] else "listwise",
        identification="marker" if case["marker"] else "variance", orthogonal=case["orthogonal"],
    )  # fmt: skip


def theirs_of(case: dict[str, Any], part: str) -> list[dict[str, Any]]:
    table = case[part]
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]


def ours_of(result: CfaResult, row: dict[str, Any]) -> pd.Series:
    """Return our row of lavaan's row of parameters."""
    table, left, right = result.table, row["lhs"], row["rhs"]
    if row["op"] == "=~":
        chosen = table[(table["term"] == "loading") & (table["scale"] == left) & (table["item"] == right)]
    elif row["op"] == "~1":
        chosen = table[(table["term"] == "intercept") & (table["item"] == left)]
    elif row["op"] == "|":
        chosen = table[(table["term"] == "threshold") & (table["item"] == left)].iloc[[int(right[1:]) - 1]]
    elif left == right:
        chosen = table[
            table["term"].isin(["residual_variance", "factor_variance"])
            & ((table["item"] == left) | (table["scale"] == left))
        ]
    else:
        mark = "~" if row["op"] == "~" else "~~"
        names = {f"{left} {mark} {right}"} | ({f"{right} ~~ {left}"} if mark == "~~" else set())
        chosen = table[
            table["contrast"].isin(names)
            & table["term"].isin(["regression", "factor_covariance", "residual_covariance"])
        ]
    assert len(chosen) == 1, row
    return chosen.iloc[0]


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case['data']}-{case['name']}-{case['estimator']}-{case['marker']}"
)
def test_every_parameter_from_its_own_start(case: dict[str, Any], agree: Callable[..., None]) -> None:
    result = fitted(case)
    rows = [row for row in theirs_of(case, "table") if row["free"] > 0]
    pairs = [(ours_of(result, row), row) for row in rows]
    # the direction of a factor is the caller's: ours are turned so that items go with them
    turned = {row["lhs"]: np.sign(one["estimate"] * row["est"]) for one, row in pairs if row["op"] == "=~"}
    assert set(turned.values()) <= {1.0, -1.0}
    same = [(one, row) for one, row in pairs if turned.get(row["lhs"], 1) == 1 and turned.get(row["rhs"], 1) == 1]
    told = {"reference": f"{LAVAAN}, {case['estimator']}", "data": case["data"]}
    agree(
        "cfa: parameters",
        [one["estimate"] for one, _ in same],
        [row["est"] for _, row in same],
        1e-6,
        relative=True,
        **told,
    )
    agree("cfa: standard errors", [one["std_error"] for one, _ in same], [row["se"] for _, row in same], 1e-5, **told)
    method = "plain" if case["estimator"] == "ML" else "scaled"
    name = "chisq" if case["estimator"] == "ML" else "chisq.scaled"
    agree("cfa: chi-square", result.value("chi_square", method), case["fit"][name], 1e-4, **told)
    for index in ("cfi", "rmsea"):
        kind = "" if case["estimator"] == "ML" else ".scaled"
        agree(f"cfa: {index}", result.value(index, method), case["fit"][index + kind], 1e-6, **told)
    if case["estimator"] in {"ML", "MLR"}:
        terms = {"log_likelihood": "logl", "aic": "aic", "bic": "bic"}
        agree("cfa: log-likelihood, AIC, BIC", [result.value(term) for term in terms], [case["fit"][name] for name in terms.values()],
              1e-4, **told)  # fmt: skip


@pytest.fixture(scope="module")
def items() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    f, g = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 300).T
    columns = {f"x{i}": (f if i < 5 else g) * (0.7 + 0.05 * i) + rng.normal(size=300) for i in range(1, 9)}
    return pd.DataFrame(columns)


def changed(items: pd.DataFrame, change: str) -> pd.DataFrame:
    made = items.copy()
    if change == "constant":
        made["x2"] = 3.0
    elif change == "unanswered":
        made["x2"] = np.nan
    elif change == "copy":
        made["x2"] = 2 * made["x1"]
    elif change == "sum":
        made["x8"] = made["x5"] + made["x6"]
    elif change == "apart":
        made.loc[:150, "x1"] = np.nan
        made.loc[151:, "x2"] = np.nan
    elif change in {"ordered copy", "coarser"}:
        made = pd.DataFrame(np.digitize(items, [-0.7, 0.7]), columns=items.columns)
        made["x2"] = made["x1"] if change == "ordered copy" else (made["x1"] > 0).astype(int)
    elif change == "noise":
        made = pd.DataFrame(np.random.default_rng(1).normal(size=(60, 8)), columns=items.columns)
    elif change == "text":
        made["x2"] = "often"
    return made


REFUSED: list[tuple[str, Any, Any, dict[str, Any], type[Exception], str]] = [
    ("two items", None, "f =~ x1 + x2", {}, EstimationError, "has 6 parameters|parameters, but 2 items"),
    ("two pairs apart", None, "f =~ x1 + x2\ng =~ x3 + x4", {"orthogonal": True}, EstimationError, "not identified"),
    ("no unit", None, "f =~ NA*x1 + x2 + x3 + x4\nf ~~ NA*f", {}, EstimationError, "not identified"),
    ("constant", "constant", TWO, {}, EstimationError, "no two different answers to 'x2'"),
    ("unanswered", "unanswered", TWO, {}, EstimationError, "nobody answered 'x2'"),
    ("unanswered, holes allowed", "unanswered", TWO, {"missing": "fiml"}, EstimationError, "nobody answered 'x2'"),
    ("copy", "copy", TWO, {}, EstimationError, "'x1' and 'x2' are copies"),
    ("sum", "sum", TWO, {}, EstimationError, "exact sum of others"),
    ("one item", None, "f =~ x1", {}, EstimationError, "only the item 'x1'"),
    ("ordered copy", "ordered copy", TWO, {}, EstimationError, "are copies"),
    ("ordered and coarser", "coarser", TWO, {}, EstimationError, "follow from each other"),
    ("noise", "noise", "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6", {}, EstimationError, "did not come to rest"),
    ("never together", "apart", TWO, {"missing": "fiml"}, EstimationError, "nobody answered both 'x1' and 'x2'"),
    ("nine people", slice(0, 9), TWO, {}, EstimationError, "fewer than 10 people"),
    ("more items than people", slice(0, 10), "f =~ x1+x2+x3+x4+x5+x6+x7+x8+y1+y2", {}, EstimationError, "more people than items"),
    ("unknown item", None, "f =~ x1 + x2 + x33", {}, DesignError, "M-ITEM-UNKNOWN"),
    ("factor called like an item", None, "x1 =~ x2 + x3 + x4", {}, DesignError, "M-CLASH"),
    ("item of no factor", None, "f =~ x1 + x2 + x3\nx1 ~~ x7", {}, DesignError, "belongs to no factor"),
    ("text", "text", TWO, {}, DesignError, "needs numbers"),
    ("numbers as categories", None, TWO, {"estimator": "wlsmv"}, DesignError, "up to 14 categories"),
    ("numbers said to be ordered", None, TWO, {"ordered": True}, DesignError, "up to 14 categories"),
    ("some ordered", None, TWO, {"ordered": ["x1", "x2"]}, DesignError, "all items as ordered, or none"),
    ("holes of ordered", None, TWO, {"estimator": "wlsmv", "missing": "fiml"}, DesignError, "no full-information"),
    ("ordered by likelihood", None, TWO, {"estimator": "ml", "ordered": True}, DesignError, "cannot use"),
    ("weights without robust", None, TWO, {"estimator": "ml", "weights": np.ones(300)}, DesignError, "mlr"),
    ("negative weights", None, TWO, {"weights": -np.ones(300)}, DesignError, "0 or more"),
    ("weights of others", None, TWO, {"weights": np.ones(7)}, DesignError, "one value a row"),
    ("unknown column", None, TWO, {"clusters": "villge"}, DesignError, "knows no column 'villge'"),
    ("scale of a frame", None, None, {"scale": "trust"}, DesignError, "belongs to Responses"),
    ("level", None, TWO, {"conf_level": 95}, DesignError, "conf_level"),
    ("estimator", None, TWO, {"estimator": "gls"}, DesignError, "estimator"),
    ("scale and model", None, TWO, {"scale": "trust"}, DesignError, "both `model` and `scale`"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "model", "options", "error", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_cannot_be_answered_is_refused(  # noqa: PLR0917
    items: pd.DataFrame, change: Any, model: str, options: dict[str, Any], error: type[Exception], words: str
) -> None:  # fmt: skip
    frame = changed(items, change) if isinstance(change, str) else items
    if isinstance(change, slice):
        frame = items.assign(y1=items["x1"] + np.arange(300), y2=items["x2"] - np.arange(300) ** 0.5).iloc[change]
    with pytest.raises(error, match=words):
        cfa(frame, model, **options)


def test_an_improper_solution_is_shown_and_said_to_be_one() -> None:
    rng = np.random.default_rng(11)
    R = np.array([[1, 0.9, 0.8], [0.9, 1, 0.3], [0.8, 0.3, 1]]) + 0.2 * np.eye(3)
    x = pd.DataFrame(rng.multivariate_normal(np.zeros(3), R, 400), columns=["a", "b", "c"])
    result = cfa(x)
    assert not result.admissible
    assert result.notes[0].startswith("IMPROPER SOLUTION: a negative residual variance of 'a'")
    assert "no proper solution" in result.summary()
    with pytest.raises(EstimationError, match="proper solution"):
        factor_scores(result, x)


def test_scale_and_shift_of_items_change_nothing_that_is_standardised(items: pd.DataFrame) -> None:
    one, other = cfa(items, TWO), cfa(items * np.array([1, 10, 0.1, 3, 1, 1, 100, 7]) + 5, TWO)
    np.testing.assert_allclose(one.loadings, other.loadings, atol=1e-7)
    for term in ("chi_square", "cfi", "rmsea"):
        assert one.value(term) == pytest.approx(other.value(term), abs=1e-6)


def test_how_the_unit_is_set_changes_nothing_that_is_standardised(items: pd.DataFrame) -> None:
    one, other = cfa(items, TWO), cfa(items, TWO, identification="marker")
    pd.testing.assert_frame_equal(one.loadings, other.loadings, atol=1e-7)
    errors = [result.table.loc[result.table["term"] == "loading_standardized", "std_error"] for result in (one, other)]
    np.testing.assert_allclose(errors[0], errors[1], atol=1e-6)


def test_holes_that_are_not_there_change_nothing(items: pd.DataFrame) -> None:
    one, other = cfa(items, TWO, estimator="mlr"), cfa(items, TWO, missing="fiml")
    kept = other.table[~other.table["term"].isin(["intercept", "srmr", "aic", "bic"])]
    same = one.table[~one.table["term"].isin(["srmr", "aic", "bic"])]
    np.testing.assert_allclose(same["estimate"], kept["estimate"], atol=1e-8)
    np.testing.assert_allclose(same["std_error"], kept["std_error"], atol=1e-8)


def test_weights_of_one_and_clusters_of_one_change_next_to_nothing(items: pd.DataFrame) -> None:
    one = cfa(items, TWO)
    other = cfa(items.assign(w=1.0, c=np.arange(300)), TWO, weights="w", clusters="c")
    np.testing.assert_allclose(one.table["estimate"], other.table["estimate"], atol=1e-10)


def test_residuals_and_modification_indices_find_what_was_left_out(items: pd.DataFrame) -> None:
    shared = np.random.default_rng(9).normal(size=300)
    result = cfa(items.assign(x1=items["x1"] + shared, x2=items["x2"] + shared), TWO)
    first = result.modification_indices.iloc[0]
    assert first["contrast"] == "x1 ~~ x2"
    assert first["change"] > 0
    assert result.residuals.loc["x1", "x2"] > 0.02
    freed = cfa(items.assign(x1=items["x1"] + shared, x2=items["x2"] + shared), TWO + "\nx1 ~~ x2")
    fall = result.value("chi_square", "plain") - freed.value("chi_square", "plain")
    assert first["statistic"] == pytest.approx(fall, rel=0.25)


def test_rows_are_those_of_the_vocabulary_and_say_what_they_are(items: pd.DataFrame) -> None:
    result = cfa(items, TWO)
    assert set(result.table["term"]) >= {
        "chi_square",
        "cfi",
        "loading",
        "loading_standardized",
        "r_squared",
        "factor_correlation",
    }
    assert list(result.fit_table["term"].unique()[:2]) == ["chi_square", "chi_square_baseline"]
    assert result.to_dict()["result"] == "CfaResult"
    assert "Hu and Bentler" in result.summary()
    with pytest.raises(DesignError, match="no row"):
        result.value("cfi", "naive")


def test_an_array_has_numbered_items(items: pd.DataFrame) -> None:
    result = cfa(items.to_numpy(), "f =~ item1 + item2 + item3 + item4")
    assert list(result.loadings.index) == ["item1", "item2", "item3", "item4"]
    pd.testing.assert_frame_equal(
        result.loadings.reset_index(drop=True),
        cfa(items[["x1", "x2", "x3", "x4"]], "f =~ x1 + x2 + x3 + x4").loadings.reset_index(drop=True),
    )


def test_answers_of_a_questionnaire(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(200, simulated=True, blanks=0.03)
    result = cfa(answers, scale="trust")
    assert list(result.loadings.columns) == ["fairness", "effect"]
    assert (result.loadings.max(axis=1) > 0.5).all()  # EF3 is turned
    assert "SIMULATED" in result.summary()
    assert any("clustered by respondent" in note for note in result.notes)
    assert any("2 waves" in note for note in result.notes)
    assert result.provenance.options["estimator"] == "wlsmv"
    same = cfa(answers, "fairness =~ FA1 + FA2 + FA3\neffect =~ EF1 + EF2 + EF3")
    np.testing.assert_allclose(result.table["estimate"], same.table["estimate"])
    assert cfa(answers, scale="trust", missing="fiml").provenance.options["estimator"] == "mlr"
    with pytest.raises(DesignError, match="at least three factors"):
        cfa(answers, scale="trust", higher_order=True)
    scores = factor_scores(cfa(answers, scale="fairness"), answers)
    assert list(scores.frame.columns) == ["id", "wave", "zone", "fairness"]
    assert len(scores.frame) == 400


def test_scores_follow_the_answers(items: pd.DataFrame) -> None:
    result = cfa(items, TWO)
    holes = items.mask(np.random.default_rng(2).random(items.shape) < 0.2)
    holes.iloc[0] = np.nan
    regression, bartlett = factor_scores(result, holes), factor_scores(result, items, method="bartlett")
    assert regression.frame.iloc[0].isna().all()
    whole = factor_scores(result, items)
    assert (regression.std_errors.iloc[1:] >= whole.std_errors.iloc[1:] - 1e-12).all(axis=None)
    assert (bartlett.frame.std() > whole.frame.std()).all()
    # the reliability told is the squared correlation of score and factor, here the variance of the scores
    told = whole.table[whole.table["term"] == "reliability"]["estimate"].to_numpy()
    np.testing.assert_allclose(whole.frame.var(ddof=0), told, atol=0.02)
    with pytest.raises(DesignError, match="method='regression'"):
        factor_scores(result, items, method="mode")
    with pytest.raises(DesignError, match="takes the result of `cfa`"):
        factor_scores(items, items)  # type: ignore[arg-type]


def test_data_are_left_as_they_were(items: pd.DataFrame) -> None:
    before = items.copy()
    cfa(items, TWO)
    pd.testing.assert_frame_equal(items, before)


def test_few_named_clusters_are_not_few_people(items: pd.DataFrame) -> None:
    found = cfa(items.assign(c=np.arange(300) // 38), TWO, clusters="c")
    assert any("fewer than 20 clusters" in note for note in found.notes)
