"""The whole family of coefficients against R: psych, lavaan, semTools, survey."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.psychometrics.consistency.estimate import ReliabilityResult, alpha, omega, reliability

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
VALUES = json.loads((REFERENCE / "values/consistency.json").read_text(encoding="utf-8"))
STORED: dict[str, Any] = VALUES["cases"]
PACKAGES: dict[str, str] = VALUES["packages"]
CLOSED = 1e-8
"""Closed forms; R's gradients there are numeric."""
PROGRAMME = 1e-6
"""Rcsdp stops at a relative gap of about 1e-7."""
ITERATED = 1e-6
"""lavaan's and psych's searches, relatively; standard errors 1e-5."""
SEARCHED = 1e-5
COMPLETE = ("continuous", "skewed", "two_factors", "holes", "binary", "seven", "three")


def items_of(case: str) -> pd.DataFrame:
    name = f"consistency_{case}" if case in {"binary", "seven", "three", "design", "sparse"} else f"reliability_{case}"
    return pd.read_csv(REFERENCE / f"data/{name}.csv")


def name_of(case: str) -> str:
    items = items_of(case)
    return f"{case} {items.shape[1]} x {len(items)}"


def by(package: str) -> str:
    return f"{package} {PACKAGES[package.split('::', maxsplit=1)[0]]}"


def std_error(result: ReliabilityResult, term: str, method: str = "") -> float:
    table = result.tidy()
    return float(table.loc[(table["term"] == term) & table["method"].str.contains(method), "std_error"].iloc[0])


@pytest.mark.parametrize("case", COMPLETE)
def test_bounds(case: str, agree: Callable[..., None]) -> None:
    stored = STORED[case]
    result = reliability(
        items_of(case), coefficients=["lambda2", "lambda3", "lambda4", "lambda6", "glb", "alpha"], interval="adf"
    )
    for term in ("lambda2", "lambda4", "lambda6"):
        agree(term, result.value(term), stored[term], CLOSED, reference="formula in R", data=name_of(case))
    assert result.value("lambda3") == result.value("alpha")
    agree(
        "glb", result.value("glb"), stored["glb"], PROGRAMME, reference=by("psych::glb.algebraic"), data=name_of(case)
    )
    order = [result.value(term) for term in ("lambda3", "lambda2", "glb")]
    assert order == sorted(order)
    assert result.value("lambda4") <= result.value("glb") + 1e-9
    for term in ("lambda2", "lambda6"):
        agree(f"ADF standard error of {term}", std_error(result, term), stored["adf_se"][term], CLOSED,
              reference="numeric gradient in R", data=name_of(case))  # fmt: skip
    assert sum("bootstrap" in note for note in result.notes) == 1


@pytest.mark.parametrize("case", COMPLETE)
def test_bounds_of_standardized_items(case: str, agree: Callable[..., None]) -> None:
    stored, items = STORED[case], items_of(case).dropna()
    result = reliability((items - items.mean()) / items.std(), coefficients=["lambda2", "lambda6", "glb"])
    for term, package in (("lambda2", "psych::guttman"), ("lambda6", "psych::alpha")):
        value = stored[f"standardized_{term}"]
        agree(f"{term} of correlations", result.value(term), value, CLOSED, reference=by(package), data=name_of(case))
    agree("glb of correlations", result.value("glb"), stored["glb_correlations"], PROGRAMME,
          reference=by("psych::glb.algebraic"), data=name_of(case))  # fmt: skip


@pytest.mark.parametrize("case", [case for case in COMPLETE if "halves" in STORED[case]])
def test_split_halves(case: str, agree: Callable[..., None]) -> None:
    stored, items = STORED[case]["halves"], items_of(case).dropna()
    result = reliability(items, coefficients=["split_half", "alpha"])
    values = np.array(stored["values"])
    for term, value in (("max", stored["max"]), ("min", stored["min"]), ("mean", stored["mean"]),
                        ("median", np.median(values)), ("q05", np.quantile(values, 0.05)), ("q95", np.quantile(values, 0.95))):  # fmt: skip
        found = result.value(f"split_half_{term}")
        agree(f"split half, {term}", found, value, CLOSED, reference=by("psych::splitHalf"), data=name_of(case))
    assert result.value("split_half_mean") == pytest.approx(float(alpha(items)), abs=1e-12)


@pytest.mark.parametrize("case", COMPLETE)
def test_normal_theory(case: str, agree: Callable[..., None]) -> None:
    stored = STORED[case]
    terms = ["alpha", "alpha_standardized", "lambda2", "lambda6"]
    result = reliability(items_of(case), coefficients=terms, interval="normal")
    agree("normal-theory standard error of alpha", std_error(result, "alpha", "normal"), stored["alpha_ase"], CLOSED,
          reference=by("psych::alpha"), data=name_of(case))  # fmt: skip
    for term in terms:
        agree(f"normal-theory standard error of {term}", std_error(result, term, "normal"), stored["normal_se"][term], CLOSED,
              reference="numeric gradient in R", data=name_of(case))  # fmt: skip


@pytest.mark.parametrize("case", COMPLETE)
def test_omegas_of_one_factor(case: str, agree: Callable[..., None]) -> None:
    stored = STORED[case]
    result = omega(items_of(case), coefficients=["omega_total", "omega_total_observed"], interval="adf")
    for term, key, old in (
        ("omega_total", "implied", "omega_total"),
        ("omega_total_observed", "observed", "omega_total_observed"),
    ):
        agree(term, result.value(term), stored["comp_rel"][key], ITERATED, relative=True,
              reference=by("semTools::compRelSEM"), data=name_of(case))  # fmt: skip
        agree(term, result.value(term), stored[old], ITERATED, relative=True,
              reference=by("semTools::reliability"), data=name_of(case))  # fmt: skip


@pytest.mark.parametrize("case", [case for case in COMPLETE if "ordinal" in STORED[case]])
def test_ordinal_coefficients(case: str, agree: Callable[..., None]) -> None:
    stored = STORED[case]["ordinal"]
    items = items_of(case)
    result = reliability(items, coefficients=["alpha_ordinal", "omega_categorical"])
    agree("ordinal alpha", result.value("alpha_ordinal"), stored["alpha"], 1e-7,
          reference=by("semTools::compRelSEM"), data=name_of(case))  # fmt: skip
    agree("categorical omega", result.value("omega_categorical"), stored["omega_observed"], ITERATED, relative=True,
          reference=by("semTools::compRelSEM"), data=name_of(case))  # fmt: skip
    assert result.tidy()["std_error"].between(0.001, 0.2).all()
    assert any("not of the score" in note for note in result.notes)


@pytest.mark.parametrize("case", ["holes", "seven", "sparse"])
def test_full_information(case: str, agree: Callable[..., None]) -> None:
    stored = STORED[case]["saturated"]
    result = reliability(items_of(case), missing="fiml")
    assert result.tidy()["n"].eq(stored["n"]).all()
    agree("alpha by FIML", float(result), stored["alpha"], ITERATED, relative=True,
          reference=by("lavaan::lavaan"), data=name_of(case))  # fmt: skip
    # Ours takes G / (G - 1) and, as without holes, the gradient at the divisor n - 1; lavaan divides by n in both.
    agree("standard error of alpha by FIML (robust)", std_error(result, "alpha") / math.sqrt(1 - 1 / stored["n"]),
          stored["alpha_se"], SEARCHED, relative=True, reference=by("lavaan::lavaan"), data=name_of(case))  # fmt: skip
    assert any("missing at random" in note for note in result.notes)
    assert math.isfinite(std_error(result, "omega_total"))


@pytest.mark.parametrize("kind", ["weights", "clusters", "both"])
def test_weights_and_clusters(kind: str, agree: Callable[..., None]) -> None:
    stored, frame = STORED["design"][kind], items_of("design")
    given = {
        "weights": {"weights": frame["weight"]},
        "clusters": {"clusters": frame["cluster"]},
        "both": {"weights": frame["weight"], "clusters": frame["cluster"]},
    }[kind]
    terms = ["alpha", "alpha_standardized", "lambda2", "lambda6"]
    result = reliability(frame.drop(columns=["weight", "cluster"]), coefficients=terms, interval="adf", **given)
    # svyvar stretches the products of deviations by n / (n - 1), the classical distribution-free error does not.
    stretch = len(frame) / (len(frame) - 1)
    for term in terms:
        for what, found, value in (("", result.value(term), stored[term]["estimate"]),
                                   ("standard error of ", stretch * std_error(result, term, "ADF"), stored[term]["se"])):  # fmt: skip
            agree(f"{what}{term}, {kind}", found, value, CLOSED, reference=by("survey::svyvar"), data=name_of("design"))


@pytest.mark.parametrize("case", ["three", "two_factors", "skewed"])
def test_schmid_leiman(case: str, agree: Callable[..., None]) -> None:
    stored = STORED[case]["schmid"]
    result = omega(items_of(case), coefficients="omega_hierarchical", factors=stored["factors"])
    data = name_of(case)
    # psych's oblimin stops at a gradient of 1e-5: its loadings carry errors of that order.
    agree("omega hierarchical", float(result), stored["hierarchical"], 1e-4, reference=by("psych::omega"), data=data)
    agree("omega total (Schmid-Leiman)", result.value("omega_total_hierarchical"), stored["total"], 1e-4,
          reference=by("psych::omega"), data=data)  # fmt: skip
    group = sorted(result.value(f"omega_group_{place}") for place in range(1, stored["factors"] + 1))
    agree("omega of group factors", group, sorted(row[2] for row in stored["group"][1:]), 1e-4,
          reference=by("psych::omega"), data=data)  # fmt: skip
    if case == "skewed":  # psych's uniqueness of q3 lies at its bound
        assert math.isnan(std_error(result, "omega_hierarchical"))
        assert any("Heywood" in note for note in result.notes)
    else:
        assert 0 < std_error(result, "omega_hierarchical") < 0.1


def test_kuder_and_richardson(agree: Callable[..., None]) -> None:
    items = items_of("binary")
    result = reliability(items, coefficients=["kr20", "kr21"])
    assert result.value("kr20") == float(alpha(items))
    agree(
        "KR-21",
        result.value("kr21"),
        STORED["binary"]["kr21"],
        CLOSED,
        reference="formula in R",
        data=name_of("binary"),
    )
    assert result.value("kr21") < result.value("kr20")
