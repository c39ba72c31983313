"""The whole kernel against lavaan: parameters, standard errors, tests, indices, standardised solution, score tests, scores."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.stats.sem.fitting import StructureFit, fit_structure
from trustmeter.stats.sem.model import ALPHA, BETA, DELTA, LAMBDA, NU, PSI, TAU, THETA, Drafting
from trustmeter.stats.sem.sample import normal_sample, ordinal_sample
from trustmeter.stats.sem.score_test import score_tests
from trustmeter.stats.sem.solution.factor_scores import bartlett_scores, mode_scores, regression_scores
from trustmeter.stats.sem.solution.metric import explained, standardized

FOLDER = Path(__file__).resolve().parents[2] / "reference"
FAMILIES = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((FOLDER / "values").glob("cfa_*.json"))]
LAVAAN = f"lavaan {FAMILIES[0]['packages']['lavaan']}"
TABLES = ("table", "standardized", "mi", "score")
CASES = [
    {name: [dict(zip(part, row, strict=True)) for row in zip(*part.values(), strict=True)] if name in TABLES else part
     for name, part in case.items()}
    for family in FAMILIES
    for case in family["cases"]
]  # fmt: skip
PARAMETERS, ERRORS, CHI_SQUARE, INDICES = 1e-6, 1e-5, 1e-4, 1e-6


def title(case: dict[str, Any]) -> str:
    said = ("marker", "orthogonal", "fiml")
    return "-".join(
        [
            case["data"],
            case["name"],
            case["estimator"],
            *(word for word in said if case[word]),
            *(case.get("equal") or []),
        ]
    )


def numbered(cases: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(CASES.index(case), id=title(case)) for case in cases]


def ordered(case: dict[str, Any]) -> bool:
    return case["estimator"] in {"WLSMV", "ULSMV"}


def items_of(case: dict[str, Any]) -> list[str]:
    rights = dict.fromkeys(row["rhs"] for row in case["table"] if row["op"] == "=~" and row["rhs"].startswith("x"))
    return list(rights)


def factors_of(case: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(row["lhs"] for row in case["table"] if row["op"] == "=~"))


def answers_of(case: dict[str, Any]) -> list[np.ndarray]:
    frame = pd.read_csv(FOLDER / "data" / f"cfa_{case['data']}.csv")
    if not case["fiml"]:
        frame = frame.dropna()
    items = items_of(case)
    if case["groups"] == 1:
        return [frame[items].to_numpy(float)]
    return [part[items].to_numpy(float) for _, part in frame.groupby("unit", sort=False)]


def cell_of(case: dict[str, Any], row: dict[str, Any]) -> tuple[int, int, int, int]:
    items, factors, g = items_of(case), factors_of(case), max(int(row.get("group", 1)), 1) - 1
    left, op, right = row["lhs"], row["op"], row["rhs"]
    if op == "=~":
        if right in items:
            return g, LAMBDA, items.index(right), factors.index(left)
        return g, BETA, factors.index(right), factors.index(left)
    if op == "~":
        return g, BETA, factors.index(left), factors.index(right)
    if op == "~~":
        names, kind = (items, THETA) if left in items else (factors, PSI)
        return g, kind, names.index(left), names.index(right)
    if op == "~1":
        return (g, NU, items.index(left), 0) if left in items else (g, ALPHA, factors.index(left), 0)
    if op == "~*~":
        return g, DELTA, items.index(left), 0
    before = [row for row in case["table"] if row["op"] == "|" and row["group"] == 1]
    return g, TAU, sum(items.index(one["lhs"]) < items.index(left) for one in before) + int(right[1:]) - 1, 0


def drafted(case: dict[str, Any]) -> Any:
    """Return the model of lavaan's table of parameters, starting away from its solution."""
    rows = [row for row in case["table"] if row["op"] in {"=~", "~", "~~", "~1", "|", "~*~"}]
    rng = np.random.default_rng(3)
    same = {row["rhs"]: row["lhs"] for row in case["table"] if row["op"] == "=="}
    levels = None
    if ordered(case):
        counts = pd.Series([row["lhs"] for row in rows if row["op"] == "|" and row["group"] == 1]).value_counts()
        levels = np.array([counts[name] + 1 for name in items_of(case)])
    draft = Drafting(
        len(items_of(case)), len(factors_of(case)), case["groups"], metric="delta" if ordered(case) else "continuous",
        means=any(row["op"] == "~1" for row in rows), levels=levels,
    )  # fmt: skip
    starts: dict[str, float] = {}
    for row in rows:
        if ordered(case) and row["op"] == "~~" and row["lhs"] == row["rhs"] and row["lhs"].startswith("x"):
            continue
        if row["free"] > 0:
            name = same.get(row["plabel"], row["plabel"])
            start = starts.setdefault(name, row["est"] * rng.uniform(0.85, 1.1))
            draft.free(cell_of(case, row), start, name)
        elif row["est"] is not None:
            draft.fix(cell_of(case, row), row["est"])
    return draft.model()


@cache
def fitted(number: int) -> StructureFit:
    case = CASES[number]
    groups = answers_of(case)
    if ordered(case):
        codes = [x.astype(int) - 1 for x in groups]
        sample: Any = ordinal_sample(codes, "dwls" if case["estimator"] == "WLSMV" else "uls")
    else:
        sample = normal_sample(groups)
    return fit_structure(drafted(case), sample, robust=case["estimator"] != "ML")


def at_cells(number: int, values: np.ndarray) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Return our values of lavaan's free rows, and those rows."""
    case, model = CASES[number], fitted(number).estimate.model
    places = {cell: k for k, cell in enumerate(zip(model.group, model.matrix, model.row, model.col, strict=True))}
    rows = [row for row in case["table"] if row["free"] > 0]
    return np.array([values[model.free[places[cell_of(case, row)]]] for row in rows]), rows


@pytest.mark.parametrize("number", numbered(CASES))
def test_parameters_and_their_errors(number: int, agree: Callable[..., None]) -> None:
    case, fit = CASES[number], fitted(number)
    assert fit.estimate.converged
    told = {"reference": f"{LAVAAN}, {case['estimator']}", "data": title(case)}
    ours, rows = at_cells(number, fit.estimate.theta)
    agree("factor model: parameters", ours, [row["est"] for row in rows], PARAMETERS, relative=True, **told)
    ours, rows = at_cells(number, fit.std_errors)
    agree("factor model: standard errors", ours, [row["se"] for row in rows], ERRORS, **told)


@pytest.mark.parametrize("number", numbered(CASES))
def test_tests_and_indices(number: int, agree: Callable[..., None]) -> None:
    case, fit, theirs = CASES[number], fitted(number), CASES[number]["fit"]
    told = {"reference": f"{LAVAAN}, {case['estimator']}", "data": title(case)}
    test, baseline = fit.fit.test, fit.baseline.test
    chi = {"chisq": test.value, "df": test.df, "baseline.chisq": baseline.value, "baseline.df": baseline.df}
    if case["estimator"] != "ML":
        chi |= {"chisq.scaled": test.scaled}
        # lavaan's search for the baseline stops early, which its scaling factor feels
        scaled = theirs["baseline.chisq.scaled"]
        agree("factor model: scaled chi-square of the baseline", baseline.scaled, scaled, 1e-6, relative=True, **told)
        agree("factor model: scaling factor", test.scale, theirs["chisq.scaling.factor"], 1e-5, **told)
        agree("factor model: p of the scaled test", test.p_scaled, theirs["pvalue.scaled"], CHI_SQUARE, **told)
    agree("factor model: chi-squares", list(chi.values()), [theirs[name] for name in chi], CHI_SQUARE, **told)
    found = {"srmr": fit.srmr}
    kinds = (
        {"": fit.plain} if case["estimator"] == "ML" else {"": fit.plain, ".scaled": fit.scaled, ".robust": fit.robust}
    )
    for kind, index in kinds.items():
        found |= {f"cfi{kind}": index.cfi, f"tli{kind}": index.tli, f"rmsea{kind}": index.rmsea}
        found |= {f"rmsea.ci.lower{kind}": index.rmsea_low, f"rmsea.ci.upper{kind}": index.rmsea_high}
    for name in found:
        if ordered(case) and name.startswith("rmsea") and name.endswith(".robust"):
            found[name] *= np.sqrt(fit.n_robust / fit.n)  # ours divides by N, as lavaan does since 0.7
    doubtful = {"cfi.robust", "tli.robust"} if ordered(case) and case["groups"] > 1 else set()
    there = [name for name in found if theirs.get(name) is not None and name not in doubtful]
    limits = [name for name in there if ".ci." in name]
    points = [name for name in there if ".ci." not in name]
    agree(
        "factor model: fit indices",
        [found[name] for name in points],
        [theirs[name] for name in points],
        INDICES,
        **told,
    )
    # lavaan searches the limits to four digits or so
    agree(
        "factor model: limits of RMSEA",
        [found[name] for name in limits],
        [theirs[name] for name in limits],
        1e-5,
        **told,
    )


@pytest.mark.parametrize("number", numbered([case for case in CASES if case["groups"] == 1]))
def test_standardized_solution(number: int, agree: Callable[..., None]) -> None:
    case, fit = CASES[number], fitted(number)
    told = {"reference": f"{LAVAAN} standardizedSolution, {case['estimator']}", "data": title(case)}
    own = [row for row in case["standardized"] if not (ordered(case) and _variance_of_item(row))]
    rows = [row for row in own if not (row["op"] == "~1" and (ordered(case) or row["lhs"] not in items_of(case)))]
    found = standardized(fit, [cell_of(case, row) for row in rows])
    agree("standardised solution", found.values, [row["est.std"] for row in rows], PARAMETERS, **told)
    agree("standardised solution: standard errors", found.std_errors, [row["se"] for row in rows], ERRORS, **told)
    shares = [row for row in case["standardized"] if _variance_of_item(row)]
    r2 = explained(fit)
    order = [items_of(case).index(row["lhs"]) for row in shares]
    agree("R squared", r2.values[order], [1 - row["est.std"] for row in shares], PARAMETERS, **told)
    agree("R squared: standard errors", r2.std_errors[order], [row["se"] for row in shares], ERRORS, **told)


def _variance_of_item(row: dict[str, Any]) -> bool:
    return bool(row["op"] == "~~" and row["lhs"] == row["rhs"] and row["lhs"].startswith("x"))


@pytest.mark.parametrize("number", numbered([case for case in CASES if "mi" in case]))
def test_score_tests(number: int, agree: Callable[..., None]) -> None:
    case, fit = CASES[number], fitted(number)
    told = {"reference": f"{LAVAAN} modindices, {case['estimator']}", "data": title(case)}
    items = items_of(case)
    rows = [row for row in case["mi"] if row["op"] in {"=~", "~~"} and row["mi"] is not None and _one_kind(row, items)]
    found = score_tests(fit, [cell_of(case, row) for row in rows])
    # of ordered answers lavaan multiplies chi-square once more by (N - 1) / N, and the change, too
    factor = fit.n / fit.n_robust if ordered(case) else 1.0
    told_there = ~np.isnan(found.statistic)
    assert told_there.mean() > 0.8
    theirs = np.array([[row["mi"], row["epc"]] for row in rows])[told_there]
    agree("modification indices", found.statistic[told_there] * factor, theirs[:, 0], 1e-4, relative=True, **told)
    agree("expected parameter changes", found.change[told_there] * factor, theirs[:, 1], 1e-4, **told)


def _one_kind(row: dict[str, Any], items: list[str]) -> bool:
    if row["op"] == "=~":
        return row["rhs"] in items
    return (row["lhs"] in items) == (row["rhs"] in items) and row["lhs"] != row["rhs"]


@pytest.mark.parametrize("number", numbered([case for case in CASES if "score" in case and case["estimator"] == "ML"]))
def test_score_tests_of_equal_parameters(number: int, agree: Callable[..., None]) -> None:
    case, fit = CASES[number], fitted(number)
    by_label = {row["plabel"]: row for row in case["table"] if row["plabel"]}
    cells = [cell_of(case, by_label[row["rhs"]]) for row in case["score"]]
    found = score_tests(fit, cells)
    told = {"reference": f"{LAVAAN} lavTestScore, {case['estimator']}", "data": title(case)}
    agree("score tests of equal parameters", found.statistic, [row["x2"] for row in case["score"]], 1e-4, **told)


@pytest.mark.parametrize("number", numbered([case for case in CASES if "regression" in case]))
def test_scores_of_numbers(number: int, agree: Callable[..., None]) -> None:
    case, fit = CASES[number], fitted(number)
    x = answers_of(case)[0]
    for method, scores in (("regression", regression_scores), ("bartlett", bartlett_scores)):
        if method in case:
            found, theirs = scores(fit.estimate, x), np.array(case[method], dtype=float)
            told = {"reference": f"{LAVAAN} lavPredict", "data": title(case)}
            agree(f"factor scores, {method}", found.values[: len(theirs)], theirs, 1e-6, **told)


@pytest.mark.parametrize("number", numbered([case for case in CASES if "mode" in case]))
def test_scores_of_ordered_answers(number: int, agree: Callable[..., None]) -> None:
    case, fit = CASES[number], fitted(number)
    codes = answers_of(case)[0].astype(int) - 1
    found, theirs = mode_scores(fit.estimate, codes), np.array(case["mode"], dtype=float)
    told = {"reference": f"{LAVAAN} lavPredict EBM, its search finished by optim", "data": title(case)}
    agree("factor scores, mode", found.values[: len(theirs)], theirs, 1e-5, **told)
