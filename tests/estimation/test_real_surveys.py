"""Regression and association on real survey files under their designs, held against R. Skipped without the files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm

ROOT = Path(__file__).resolve().parents[1]
R = json.loads((ROOT / "reference/values/survey_association_real.json").read_text(encoding="utf-8"))["cases"]
BANDS = ["1", "2", "3", "4"]


def found_in(folder: Path, file: str) -> pd.DataFrame:
    if not (folder / file).is_file():
        pytest.skip(f"{file} is not among the real survey files.")
    return pd.read_csv(folder / file)


@pytest.fixture
def countries(real_data: Path) -> tm.Scores:
    """19,185 people of ten countries, drawn and weighted within each (Afrobarometer 6)."""
    frame = found_in(real_data, "afrobarometer_r6/afro_r6_trust_10countries.csv.gz")
    police = frame["trust_police"].where(frame["trust_police"].isin(range(4)))
    frame = frame.assign(trust_police=police, level=police, some=(police >= 2).where(police.notna()).astype(float),
                         country=frame["country_prefix"])  # fmt: skip
    design = tm.SurveyDesign(weights="Combinwt", strata="country_prefix")
    return tm.read_scores(
        frame, scale="trust_police", ranges=(0, 3), keep=["age", "female", "some", "level", "country"], design=design
    )


@pytest.fixture
def belgium(real_data: Path) -> tm.Scores:
    """1,703 people of 125 interviewers (European Social Survey 5)."""
    frame = found_in(real_data, "ess5_belgium/ess5_be_trust.csv.gz").query("intnum == intnum")
    frame = frame.assign(
        **{name: frame[name].where(frame[name] <= 10) for name in ("stfdem", "trstlgl")},
        sex=frame["female"].map({1: "w", 0: "m"}),
        band=pd.cut(frame["agea"], [0, 29, 49, 64, np.inf], labels=BANDS).astype(object),
        third=pd.cut(frame["trstplc"], [-1, 3, 7, 10], labels=BANDS[:3]).astype(object),
    )
    design = tm.SurveyDesign(weights="int_weight", clusters="intnum")
    return tm.read_scores(
        frame, scale="trstplc", ranges=(0, 10), keep=["trstlgl", "stfdem", "sex", "band", "third"], design=design
    )


@pytest.mark.parametrize(
    ("family", "outcome", "case"), [("gaussian", "trust_police", "linear"), ("binomial", "some", "logistic")]
)
def test_trust_in_ten_countries(countries: tm.Scores, family: str, outcome: str, case: str, agree) -> None:
    found = tm.design_regression(countries, outcome, predictors=["age", "female", "country"], family=family)
    same(found, R["afrobarometer"][case], f"Afrobarometer 6, {case}", agree)


def test_trust_in_belgium(belgium: tm.Scores, agree) -> None:
    found = tm.design_regression(belgium, "trstplc", predictors=["trstlgl", "stfdem", "sex", "band"])
    same(found, R["belgium"]["linear"], "ESS 5 Belgium, 125 interviewers", agree)
    assert any("clusters (12" in note for note in found.notes)


def same(found: tm.DesignRegression, r: dict, data: str, agree) -> None:
    rows, term = found.table[found.table["estimate"].notna()], found.table.iloc[-1]
    assert rows["n"].iloc[0] == r["n"]
    for what, ours, theirs in (
        ("estimates", rows["estimate"], r["coefficients"]),
        ("standard errors", rows["std_error"], r["std_errors"]),
        ("degrees of freedom", rows["df"], [r["df"]] * len(rows)),
    ):
        agree(f"design_regression: {what}", ours, theirs, 1e-7, reference="survey::svyglm 4.1-1", data=data)
    agree("design_regression: Wald F of a predictor", [term["statistic"]], [r["term"]["statistic"]], 1e-7,
          reference="survey::regTermTest 4.1-1", data=data, relative=True)  # fmt: skip


def test_association_in_ten_countries(countries: tm.Scores, agree) -> None:
    told(tm.rao_scott(countries, "country", "level"), R["afrobarometer"]["association"], "Afrobarometer 6", agree)


@pytest.mark.parametrize(("row", "column", "case"), [("sex", "band", "association"), ("band", "third", "trust_by_age")])
def test_association_in_belgium(belgium: tm.Scores, row: str, column: str, case: str, agree) -> None:
    told(tm.rao_scott(belgium, row, column), R["belgium"][case], f"ESS 5 Belgium, {case}", agree)


def told(found: tm.AssociationTest, r: dict, data: str, agree) -> None:
    first = found.table.iloc[0]
    agree("rao_scott: F, df, p value", [first["statistic"], first["df"], first["p_value"]],
          [r["statistic"], r["df"][0], r["p_value"]], 1e-7, reference="survey::svychisq 4.1-1", data=data)  # fmt: skip
