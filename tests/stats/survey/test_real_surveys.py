"""Design-based estimates from two real surveys, against R's survey."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.stats.survey.influence import Linearised, estimated, means, ratios, shares
from trustmeter.stats.survey.precision import simple_random_variance
from trustmeter.stats.survey.quantile import quantiles
from trustmeter.stats.survey.replicates import jackknife_unstratified
from trustmeter.stats.survey.replication import replicated_means
from trustmeter.stats.survey.sample import Sample, sample_of

VALUES = Path(__file__).resolve().parents[2] / "reference/values/survey_design_real.json"
STORED = json.loads(VALUES.read_text(encoding="utf-8"))
CLOSED_FORM = 1e-9


Same = Callable[[Linearised, Sample, str, dict[str, list[float]]], None]


@pytest.fixture
def same(agree: Any) -> Same:
    def compare(linear: Linearised, drawn: Sample, data: str, stored: dict[str, list[float]]) -> None:
        found = estimated(linear, drawn)
        told = {"reference": f"survey {STORED['packages']['survey']}", "data": data, "relative": True}
        agree("real survey: estimate", found.estimate, np.atleast_1d(stored["estimate"]), CLOSED_FORM, **told)
        agree("real survey: standard error", found.std_error, np.atleast_1d(stored["std_error"]), CLOSED_FORM, **told)

    return compare


def test_ten_countries_with_combined_weights(real_data: Path, same: Same) -> None:
    frame = pd.read_csv(real_data / "afrobarometer_r6" / "afro_r6_trust_10countries.csv.gz")
    country = np.unique(frame["COUNTRY"], return_inverse=True)[1]
    drawn, stored = sample_of(frame["Combinwt"].to_numpy(), strata=country), STORED["africa"]
    police, courts = frame["trust_police"].to_numpy(), frame["trust_courts"].to_numpy()
    same(means(police, drawn), drawn, "Afrobarometer 6", stored["mean"])
    same(means(police, drawn, country, 10), drawn, "Afrobarometer 6", stored["countries"])
    same(
        shares(np.where(np.isnan(police), -1, police).astype(int), 4, drawn), drawn, "Afrobarometer 6", stored["shares"]
    )
    same(ratios(police, courts, drawn), drawn, "Afrobarometer 6", stored["ratio"])
    mean = estimated(means(police, drawn), drawn)
    plain = simple_random_variance(police, drawn.weights, replacement=True)
    assert mean.covariance[0, 0] / plain[0] == pytest.approx(stored["deff"], rel=CLOSED_FORM)
    assert mean.df[0] == stored["df"]
    age = quantiles(frame["age"].to_numpy(float), np.array([0.5]), drawn)
    assert [float(part[0, 0]) for part in (age.estimate, age.low, age.high, age.std_error)] == pytest.approx(
        stored["age"]
    )


def test_interviewers_as_clusters(real_data: Path, same: Same) -> None:
    frame = pd.read_csv(next((real_data / "ess5_belgium").glob("*.csv.gz")))
    frame = frame[frame["intnum"].notna()]
    trust = frame["trstplc"].where(frame["trstplc"] <= 10).to_numpy(float)
    drawn, stored = sample_of(np.ones(len(frame)), clusters=frame["intnum"].to_numpy()), STORED["belgium"]
    assert drawn.cluster_strata.size == stored["interviewers"]
    same(means(trust, drawn), drawn, "ESS 5 Belgium", stored["mean"])
    same(means(trust, drawn, frame["female"].to_numpy(int), 2), drawn, "ESS 5 Belgium", stored["sexes"])
    mean = estimated(means(trust, drawn), drawn)
    plain = simple_random_variance(trust, drawn.weights, replacement=True)
    assert mean.covariance[0, 0] / plain[0] == pytest.approx(stored["deff"], rel=CLOSED_FORM)
    assert mean.df[0] == stored["df"]
    jackknife = replicated_means(trust, jackknife_unstratified(drawn))
    assert jackknife.std_error[0] == pytest.approx(stored["jackknife"]["std_error"], rel=CLOSED_FORM)
