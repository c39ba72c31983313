"""Trust in the police in three real surveys, through the public verbs, held against R's survey. Skipped without the files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm

VALUES = Path(__file__).resolve().parents[1] / "reference/values"
R, RUSSIA, WEIGHTED = (
    json.loads((VALUES / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("survey_design_real", "survey_estimates_real", "real_weighting")
)
SURVEY = f"survey {R['packages']['survey']}"
BANDS = ["15-29", "30-44", "45-59", "60-74", "75+"]


def found_in(folder: Path, file: str) -> pd.DataFrame:
    if not (folder / file).is_file():
        pytest.skip(f"{file} is not among the real survey files.")
    return pd.read_csv(folder / file)


def read(frame: pd.DataFrame, scale: str, top: int, kept: list[str], **design: Any) -> tm.Scores:
    return tm.read_scores(frame, scale=scale, ranges=(0, top), keep=kept, design=tm.SurveyDesign(**design))


def same(agree: Any, what: str, data: str, found: tm.SurveyEstimates, stored: dict[str, Any]) -> None:
    rows = found.table[found.table["term"].isin(found.terms)]
    assert not rows["suppressed"].any()
    told = {"reference": SURVEY, "data": data, "relative": True}
    agree(f"estimate: {what}", rows["estimate"], np.atleast_1d(stored["estimate"]), 1e-7, **told)
    agree(f"estimate: {what}, standard error", rows["std_error"], np.atleast_1d(stored["std_error"]), 1e-7, **told)


def test_ten_countries_of_afrobarometer(real_data: Path, agree: Any) -> None:
    frame = found_in(real_data, "afrobarometer_r6/afro_r6_trust_10countries.csv.gz")
    frame = frame.assign(level=frame["trust_police"], land=frame["COUNTRY"])
    scores = read(
        frame, "trust_police", 3, ["trust_courts", "land", "level", "age"], weights="Combinwt", strata="COUNTRY"
    )
    data, r = "Afrobarometer 6", R["africa"]
    mean = tm.estimate(scores, "trust_police")
    same(agree, "mean", data, mean, r["mean"])
    agree("estimate: design effect", [mean.value("design_effect")], [r["deff"]], 1e-7, reference=SURVEY, data=data)
    assert mean.value(column="df") == r["df"]
    same(agree, "mean by country", data, tm.estimate(scores, "trust_police", by="land"), r["countries"])
    same(agree, "shares", data, tm.estimate(scores, "level", statistic="share"), r["shares"])
    same(agree, "ratio", data, tm.estimate_ratio(scores, "trust_police", "trust_courts"), r["ratio"])
    age = tm.estimate(scores, "age", statistic="quantile").table.iloc[0]
    agree(
        "estimate: median age",
        age[["estimate", "ci_low", "ci_high", "std_error"]],
        r["age"],
        1e-7,
        reference=SURVEY,
        data=data,
    )


@pytest.fixture
def belgium(real_data: Path) -> tm.Scores:
    frame = found_in(real_data, "ess5_belgium/ess5_be_trust.csv.gz").query("intnum == intnum")
    frame = frame.assign(sex=np.where(frame["female"] == 1, "F", "M"), age=frame["agea"])
    return read(frame, "trstplc", 10, ["sex", "age"], clusters="intnum")


def test_belgium_with_its_interviewers(belgium: tm.Scores, agree: Any) -> None:
    data, r = "ESS 5 Belgium, 125 interviewers", R["belgium"]
    mean = tm.estimate(belgium, "trstplc")
    same(agree, "mean", data, mean, r["mean"])
    agree("estimate: design effect", [mean.value("design_effect")], [r["deff"]], 1e-7, reference=SURVEY, data=data)
    assert mean.df_joint == r["df"] == 124
    sexes = {key: r["sexes"][key][::-1] for key in ("estimate", "std_error")}
    same(agree, "mean by sex", data, tm.estimate(belgium, "trstplc", by="sex"), sexes)
    made = tm.make_replicates(belgium, "jk1")
    assert tm.estimate(made, "trstplc").value(column="std_error") == pytest.approx(
        r["jackknife"]["std_error"], rel=1e-3
    )
    drawn = tm.make_replicates(belgium, replicates=400, seed=1)
    assert tm.estimate(drawn, "trstplc").value(column="std_error") == pytest.approx(r["mean"]["std_error"], rel=0.15)


def test_belgium_weighted_to_its_population(belgium: tm.Scores, real_data: Path, agree: Any) -> None:
    people = found_in(real_data, "statbel/statbel_pop_20110101_munty_sex_nat_age.csv.gz")
    band = pd.cut(people["age"], [15, 30, 45, 60, 75, 200], right=False, labels=BANDS)
    sums = people.groupby([band, "sex"], observed=True)["population"].sum()
    cells = {("age", "sex"): {cell: float(n) for cell, n in sums.items()}}
    (one,) = margins = tm.margins(cells, source="Statbel", date="2011-01-01")
    data, answers = "ESS 5 Belgium; Statbel 2011", belgium.answers
    made = {"stratified": tm.post_stratify(answers, margins),
            "raked": tm.rake(answers, {name: one.collapsed(name) for name in ("age", "sex")}, tolerance=1e-13)}  # fmt: skip
    for name, weighted in made.items():
        found, r = tm.estimate(belgium_with(belgium, weighted.answers), "trstplc"), WEIGHTED["cases"][name]
        same(agree, f"mean, {name}", data, found, {"estimate": r["mean"], "std_error": r["se"]})
        agree("estimate: design effect", [found.value("design_effect")], [r["deff"]], 1e-7, reference=SURVEY, data=data)
        assert any("known margins" in note for note in found.notes)


def belgium_with(scores: tm.Scores, answers: tm.Responses) -> tm.Scores:
    from dataclasses import replace

    return replace(scores, answers=answers)


def test_half_of_russia_with_its_design_weights(real_data: Path, agree: Any) -> None:
    frame = found_in(real_data, "ess5_russia_half/ess5_ru_half.csv.gz")
    police, met = frame["trstplc"].where(frame["trstplc"] <= 10), frame["plccont"].where(frame["plccont"] <= 2)
    frame = frame.assign(trstplc=police, met=met, part=frame["region"])
    scores = read(frame, "trstplc", 10, ["gndr", "part", "met"], weights="dweight", strata="region")
    data, told = "ESS 5 Russia, half", {"reference": SURVEY, "data": "ESS 5 Russia, half"}
    mean = tm.estimate(scores, "trstplc")
    same(agree, "mean", data, mean, RUSSIA["mean"])
    agree("estimate: design effect", [mean.value("design_effect")], [RUSSIA["deff"]], 1e-7, **told)
    assert mean.df_joint == RUSSIA["df"]
    sexes = tm.estimate(scores, "trstplc", by="gndr")
    same(agree, "mean by sex", data, sexes, RUSSIA["sexes"])
    gap = tm.compare_domains(sexes).table.iloc[0]
    agree(
        "compare_domains",
        gap[["estimate", "std_error"]],
        [RUSSIA["difference"][key] for key in ("estimate", "std_error")],
        1e-7,
        **told,
    )
    same(agree, "mean by region", data, tm.estimate(scores, "trstplc", by="part"), RUSSIA["regions"])
    share = tm.estimate(scores, "met", statistic="share", event="1")
    ends = [share.value(column=one) for one in ("estimate", "ci_low", "ci_high")]
    agree("estimate: share with its interval", ends, [RUSSIA["share"], *RUSSIA["logit"]], 1e-7, **told)
    middle = tm.estimate(scores, "trstplc", statistic="quantile").table.iloc[0]
    agree("estimate: median", middle[["estimate", "ci_low", "ci_high", "std_error"]], RUSSIA["median"], 1e-7, **told)
