"""Limits, concordance, ROC, important change and errors of measurement against R, printed examples and simulation."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trustmeter.stats.agreement.importance import important_changes
from trustmeter.stats.agreement.limits import (
    Measured,
    concordance_correlation,
    correlation_interval,
    limits_of_agreement,
    proportional_bias,
    repeated_limits,
)
from trustmeter.stats.agreement.roc import area_under_curve
from trustmeter.stats.agreement.stability import change_counts, effect_size, guyatt_index, measurement_errors
from trustmeter.stats.comparison.change import CRITERION, reliable_change

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED = json.loads((REFERENCE / "values" / "agreement.json").read_text(encoding="utf-8"))["cases"]
CLOSED_FORM = 1e-8
WRIGHT = np.array([494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427], float)
MINI = np.array([512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451], float)
"""Peak flow by two meters, first measurements: Bland & Altman (1986), doi:10.1016/S0140-6736(86)90837-8."""


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "data" / f"agreement_{name}.csv")


def limits(measured: Measured) -> list[float]:
    return [measured.ci_low, measured.ci_high]


@pytest.mark.parametrize("level", ["l95", "l90"])
@pytest.mark.parametrize("case", STORED["methods"])
def test_limits_equal_r(case: str, level: str, agree: Callable[..., None]) -> None:
    frame, stored, conf = table(f"methods_{case}"), STORED["methods"][case][level], int(level[1:]) / 100
    x, y = frame["first"].to_numpy(), frame["second"].to_numpy()
    found = limits_of_agreement(x - y, 0.95, conf)
    data = f"agreement_methods_{case}"
    parts = {"bias": found.bias, "sd": found.sd, "lower": found.lower, "upper": found.upper}
    for what, ours in parts.items():
        agree(f"limits of agreement: {what}, interval", [ours.estimate, *limits(ours)], [stored[what], *stored[f"{what}_ci"]],
              CLOSED_FORM, reference="R 4.2.2: t.test, pt with ncp, qchisq", data=data)  # fmt: skip
    line = proportional_bias(x - y, (x + y) / 2, conf)
    agree("proportional bias", [line.slope.estimate, line.slope.std_error, line.t, line.p_value, *limits(line.slope)],
          [*stored["slope"], *stored["slope_ci"]], CLOSED_FORM, reference="lm, R 4.2.2", data=data)  # fmt: skip


def test_limits_of_the_printed_example() -> None:
    found = limits_of_agreement(WRIGHT - MINI, 0.95, 0.95)
    assert round(found.bias.estimate, 1) == -2.1
    assert round(found.sd.estimate, 1) == 38.8
    assert [round(end, 1) for end in limits(found.bias)] == [-22.0, 17.8]
    # printed limits: -79.7 and 75.5, twice the rounded sd
    rounded = [round(found.bias.estimate, 1) + side * 2 * round(found.sd.estimate, 1) for side in (-1, 1)]
    assert rounded == pytest.approx([-79.7, 75.5], abs=1e-9)


def test_repeated_limits_equal_r(agree: Callable[..., None]) -> None:
    frame, stored = table("repeats"), STORED["repeated"]
    found = repeated_limits((frame["first"] - frame["second"]).to_numpy(), frame["person"].to_numpy() - 1, 0.95, 0.95)
    ours = [found.bias.estimate, found.sd.estimate, *limits(found.sd), found.lower.estimate, *limits(found.lower),
            found.upper.estimate, *limits(found.upper)]  # fmt: skip
    theirs = [
        stored["bias"],
        stored["sd"],
        *stored["sd_ci"],
        stored["lower"],
        *stored["lower_ci"],
        stored["upper"],
        *stored["upper_ci"],
    ]
    agree(
        "limits of agreement, repeated",
        ours,
        theirs,
        CLOSED_FORM,
        reference="aov and Zou (2013) in R 4.2.2",
        data="agreement_repeats",
    )


@pytest.mark.parametrize("people", [None, 4])
def test_intervals_of_limits_hold_the_truth(people: int | None) -> None:
    rng = np.random.default_rng(6)
    hits = []
    for _ in range(1500):
        if people is None:
            found, truth = limits_of_agreement(rng.normal(1, 2, 15), 0.95, 0.95), 1 - CRITERION * 2
        else:
            d = np.repeat(rng.normal(1, 2, 25), people) + rng.normal(0, 1.5, 25 * people)
            found, truth = repeated_limits(d, np.repeat(np.arange(25), people), 0.95, 0.95), 1 - CRITERION * 2.5
        hits.append(found.lower.ci_low <= truth <= found.lower.ci_high)
    assert np.mean(hits) == pytest.approx(0.95, abs=0.018)


@pytest.mark.parametrize("case", STORED["methods"])
def test_concordance_equals_r(case: str, agree: Callable[..., None]) -> None:
    frame, stored, data = table(f"methods_{case}"), STORED["methods"][case], f"agreement_methods_{case}"
    found = concordance_correlation(frame["first"].to_numpy(), frame["second"].to_numpy(), 0.95)
    agree("Lin's concordance, standard error, interval", [found.ccc.estimate, found.ccc.std_error, *limits(found.ccc)],
          [stored["lin"]["ccc"], stored["lin"]["se"], *stored["lin"]["ci"]], CLOSED_FORM,
          reference="delta method, R 4.2.2", data=data)  # fmt: skip
    agree("Pearson and interval", [found.pearson.estimate, *limits(found.pearson)],
          [stored["pearson"], *stored["pearson_ci"]], CLOSED_FORM, reference="cor.test, R 4.2.2", data=data)  # fmt: skip
    # epiR: standard error as printed in 1989, before the correction
    agree("Lin's concordance and accuracy", [found.ccc.estimate, found.accuracy], [stored["epi"][0], stored["accuracy"]],
          CLOSED_FORM, reference="epiR::epi.ccc 2.0.57", data=data)  # fmt: skip


@pytest.mark.parametrize("case", STORED["change"])
def test_change_equals_r(case: str, agree: Callable[..., None]) -> None:
    frame, stored, data = table(f"change_{case}"), STORED["change"][case], f"agreement_change_{case}"
    before, after = frame["before"].to_numpy(float), frame["after"].to_numpy(float)
    change, improved = after - before, frame["anchor"].to_numpy() >= 1
    area = area_under_curve(change, improved, 0.95)
    agree("AUC, DeLong's error, interval", [area.estimate, area.std_error, area.ci_low, area.ci_high],
          [stored["auc"][1], stored["auc_se"], stored["auc"][0], stored["auc"][2]], CLOSED_FORM,
          reference="pROC 1.18.0", data=data)  # fmt: skip
    found = important_changes(change, improved, 0, np.random.default_rng(1))
    agree("Youden's index", found.sensitivity[0] + found.specificity[0], stored["sensitivity"] + stored["specificity"],
          CLOSED_FORM, reference="pROC::coords 1.18.0", data=data)  # fmt: skip
    if case != "many":  # there two cuts are equally good, of which pROC tells one
        agree("Youden's cut", found.roc[0], stored["cut"], CLOSED_FORM, reference="pROC::coords 1.18.0", data=data)
    agree("predictive and adjusted MIC", [found.predictive[0], found.adjusted[0]], [stored["predictive"], stored["adjusted"]],
          CLOSED_FORM, reference="glm, R 4.2.2", data=data)  # fmt: skip
    es, g = effect_size(before, after, 0.95), guyatt_index(change[improved], change[~improved], 0.95)
    agree("effect size and Guyatt's index, errors", [es.estimate, es.std_error, g.estimate, g.std_error],
          [stored["es"], stored["es_se"], stored["guyatt"], stored["guyatt_se"]], CLOSED_FORM, reference="R 4.2.2", data=data)  # fmt: skip
    agreement, consistency = measurement_errors(before, after, 0.95)
    agree("SEM agreement, consistency, interval", [agreement.estimate, consistency.estimate, *limits(consistency)],
          [stored["sem_agreement"], stored["sem_consistency"], *stored["sem_consistency_ci"]], CLOSED_FORM,
          reference="anova(lm), qchisq, R 4.2.2", data=data)  # fmt: skip


def test_delta_errors_are_those_of_other_samples() -> None:
    rng = np.random.default_rng(9)
    rows = []
    for _ in range(1500):
        before = rng.normal(0, 2, 120)
        after = 0.6 * before + 1.5 + rng.normal(0, 1.2, 120)
        error = measurement_errors(before, after, 0.95)[0]
        es = effect_size(before, after, 0.95)
        g = guyatt_index(rng.normal(2, 1.5, 60), rng.normal(0, 1, 40), 0.95)
        ccc = concordance_correlation(before, after, 0.95).ccc
        rows.append([*(part for each in (error, es, g, ccc) for part in (each.estimate, each.std_error))])
    found = np.array(rows)
    for at in range(0, found.shape[1], 2):
        assert found[:, at + 1].mean() == pytest.approx(found[:, at].std(), rel=0.07), at


def test_the_area_is_the_share_of_pairs() -> None:
    rng = np.random.default_rng(3)
    x, case = rng.integers(0, 6, 50).astype(float), rng.random(50) < 0.4
    pairs = np.subtract.outer(x[case], x[~case])
    assert area_under_curve(x, case, 0.95).estimate == pytest.approx(np.mean((pairs > 0) + (pairs == 0) / 2), abs=1e-12)


def test_resamples_are_those_of_people() -> None:
    frame = table("change_even")
    change, improved = (frame["after"] - frame["before"]).to_numpy(float), frame["anchor"].to_numpy() >= 1
    found = important_changes(change, improved, 300, np.random.default_rng(2))
    rng = np.random.default_rng(5)
    naive = []
    for _ in range(300):
        rows = rng.integers(0, len(change), len(change))
        naive.append(important_changes(change[rows], improved[rows], 0, rng))
    for name in ("roc", "predictive", "adjusted"):
        theirs = np.concatenate([getattr(each, name) for each in naive])
        assert np.std(getattr(found, name)[1:]) == pytest.approx(np.std(theirs), rel=0.2), name


def test_predictive_change_finds_a_true_threshold() -> None:
    rng = np.random.default_rng(12)
    n = 20_000
    true = rng.normal(5, 4, n)  # three fifths of people improved by more than 4
    improved = true > 4
    change = true + rng.normal(0, 3, n)
    found = important_changes(change, improved, 0, rng)
    assert abs(found.adjusted[0] - 4) < abs(found.predictive[0] - 4)
    assert found.adjusted[0] == pytest.approx(4, abs=0.15)


def test_groups_that_do_not_overlap_have_no_slope() -> None:
    found = important_changes(np.arange(40.0), np.arange(40) >= 20, 0, np.random.default_rng(1))
    assert math.isnan(found.predictive[0])
    assert found.roc[0] == 19.5
    assert math.isnan(area_under_curve(np.arange(40.0), np.arange(40) >= 20, 0.95).std_error)


def test_counts_are_those_of_the_pilot_room() -> None:
    rng = np.random.default_rng(7)
    before = rng.normal(50, 10, 200)
    after = before + rng.normal(3, 9, 200)
    theirs = reliable_change(before, after, 0.8)
    ours = change_counts(before, after, theirs.std_error_of_measurement, 0.0, 0.95)
    assert (ours.improved, ours.worsened) == (theirs.improved, theirs.worsened)
    assert ours.threshold == pytest.approx(theirs.threshold, rel=1e-12)


def test_perfect_correlation_has_no_interval() -> None:
    assert math.isnan(correlation_interval(1.0, 20, 0.95).ci_low)
