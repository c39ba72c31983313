"""Real surveys weighted: Belgium's ESS 5 to Statbel's population, with its interviewers as clusters; a country of Afrobarometer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.responses.model import Roles
from trustmeter.responses.sampling import drawn_sample
from trustmeter.stats.survey.linearisation import covariance_of_totals

STORED = json.loads(
    (Path(__file__).resolve().parents[1] / "reference/values/real_weighting.json").read_text(encoding="utf-8")
)
R: dict[str, Any] = STORED["cases"]
BANDS = ["15-29", "30-44", "45-59", "60-74", "75+"]


def answers_of(frame: pd.DataFrame, questionnaire: Any, design: tm.SurveyDesign) -> tm.Responses:
    missing = pd.DataFrame(index=frame.index)
    return tm.Responses(frame, missing, questionnaire, Roles(kept=tuple(frame.columns)), design=design)


def told(answers: tm.Responses, item: str) -> dict[str, Any]:
    """Return what R's script tells of a weighted design: mean, error, design effect, and what the weights are."""
    sample = drawn_sample(answers, "test")
    w, y = sample.weights, answers.frame[item].to_numpy(float)
    there = ~np.isnan(y)
    total, count = w[there].sum(), int(there.sum())
    mean = float(w[there] @ y[there] / total)
    influence = np.where(there, np.nan_to_num(y) - mean, 0.0) / total
    variance = float(covariance_of_totals(influence, sample)[0, 0])
    spread = float(w[there] @ (y[there] - mean) ** 2) / total * count / (count - 1)
    quartiles = np.quantile(w, [0, 0.25, 0.5, 0.75, 1]).tolist()
    return {"mean": mean, "se": variance**0.5, "deff": variance / (spread / count), "weights": quartiles,
            "sum_squares": float(w @ w), "n": len(w)}  # fmt: skip


def compare(case: str, ours: dict[str, Any], data: str, agree: Any) -> None:
    for name, number in R[case].items():
        agree(f"{case}: {name}", ours[name], number, 1e-7, reference=f"survey {STORED['packages']['survey']}", data=data,
              relative=True)  # fmt: skip


@pytest.fixture
def belgium(real_data: Path, tiny: Any) -> tm.Responses:
    file = real_data / "ess5_belgium/ess5_be_trust.csv.gz"
    if not file.is_file():
        pytest.skip("The Belgian file is not among the real survey files.")
    frame = pd.read_csv(file)
    frame = frame[frame["agea"].ge(15) & frame["intnum"].notna()].reset_index(drop=True)
    frame = frame.assign(sex=np.where(frame["female"] == 1, "F", "M"), age=frame["agea"])[
        ["age", "sex", "intnum", "trstplc"]
    ]
    return answers_of(frame, tiny, tm.SurveyDesign(clusters="intnum"))


@pytest.fixture
def statbel(real_data: Path) -> tm.Margins:
    """Return who lived in all of Belgium at the start of 2011, by age and sex."""
    file = real_data / "statbel/statbel_pop_20110101_munty_sex_nat_age.csv.gz"
    if not file.is_file():
        pytest.skip("Statbel's file is not among the real survey files.")
    people = pd.read_csv(file)
    band = pd.cut(people["age"], [15, 30, 45, 60, 75, 200], right=False, labels=BANDS)
    sums = people.groupby([band, "sex"], observed=True)["population"].sum()
    return tm.margins(
        {("age", "sex"): {cell: float(n) for cell, n in sums.items()}}, source="Statbel", date="2011-01-01"
    )


def test_belgium_weighted_to_statbel_with_its_interviewers(
    belgium: tm.Responses, statbel: tm.Margins, agree: Any
) -> None:
    compare("unweighted", told(belgium, "trstplc"), "ESS 5, Belgium", agree)
    found = tm.post_stratify(belgium, statbel)
    ours = told(found.answers, "trstplc")
    compare("stratified", ours, "ESS 5, Belgium; Statbel 2011", agree)
    assert belgium.frame["intnum"].nunique() == 125
    assert 1.0 < ours["deff"] < 1.1
    assert found.value("design_effect") == pytest.approx(ours["n"] * ours["sum_squares"] / found.weights.sum() ** 2)
    (one,) = statbel
    each = {name: one.collapsed(name) for name in ("age", "sex")}
    compare(
        "raked", told(tm.rake(belgium, each, tolerance=1e-13).answers, "trstplc"), "ESS 5, Belgium; Statbel 2011", agree
    )


def test_belgians_who_answered_are_held_against_belgians(belgium: tm.Responses, statbel: tm.Margins) -> None:
    seen = tm.representation(belgium, statbel)
    assert 0.02 < seen.value("dissimilarity_unweighted", margin="age x sex") < 0.12
    assert not seen.table["suppressed"].fillna(False).any()


def test_a_country_of_afrobarometer_raked_from_its_own_weights(real_data: Path, tiny: Any, agree: Any) -> None:
    file = real_data / "afrobarometer_r6/afro_r6_trust_10countries.csv.gz"
    if not file.is_file():
        pytest.skip("Afrobarometer's file is not among the real survey files.")
    frame = pd.read_csv(file)
    frame = (
        frame[frame["country_prefix"] == "KEN"].dropna(subset=["urban", "female", "Combinwt"]).reset_index(drop=True)
    )
    people = answers_of(
        frame[["female", "urban", "Combinwt", "trust_police"]], tiny, tm.SurveyDesign(weights="Combinwt")
    )
    found = tm.rake(people, {"female": {"0": 0.49, "1": 0.51}, "urban": {"0": 0.74, "1": 0.26}}, tolerance=1e-13)
    compare("kenya", told(found.answers, "trust_police"), "Afrobarometer 6, Kenya", agree)
