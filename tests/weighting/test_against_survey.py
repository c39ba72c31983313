"""Verbs that weight give R's weights, and standard errors with their designs are R's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import trustmeter as tm
from trustmeter.responses.sampling import drawn_sample
from trustmeter.stats.survey.linearisation import covariance_of_totals


def mean_with_error(answers: tm.Responses, name: str = "y") -> list[float]:
    sample = drawn_sample(answers, "test")
    y, w = answers.frame[name].to_numpy(float), sample.weights
    mean = float(w @ y / w.sum())
    return [mean, float(np.sqrt(covariance_of_totals((y - mean) / w.sum(), sample)[0, 0]))]


def cross(kept: dict[str, Any]) -> dict[str, dict[str, float]]:
    cells = [f"{age} x {sex}" for sex in (1, 2) for age in range(1, 6)]
    return {"age x sex": dict(zip(cells, kept["cross"], strict=True))}


@pytest.mark.parametrize("name", ["raked", "crossed", "stratified", "linear", "raking", "logit", "linear_bounded"])
def test_weights_and_standard_errors_equal_survey(
    name: str, make_people: Callable[..., tm.Responses], kept: dict[str, Any], reference_margins: dict, agree
) -> None:
    r, people = kept["values"][name], make_people()
    two = {one: reference_margins[one] for one in ("age", "sex")}
    if name == "raked":
        found = tm.rake(people, reference_margins, tolerance=1e-13)
    elif name == "crossed":
        found = tm.rake(people, {**cross(kept), "area": reference_margins["area"]}, tolerance=1e-13)
    elif name == "stratified":
        found = tm.post_stratify(people, cross(kept))
    else:
        method, bounds = name.partition("_")[0], r.get("bounds")
        shares = two if bounds is None else {v: {k: n / 10_000 for k, n in cells.items()} for v, cells in two.items()}
        found = tm.calibrate(people, shares, method=method, bounds=bounds, means={"household": kept["household"]})  # type: ignore[arg-type]
    agree(f"weights ({name})", found.weights, r["weights"], 1e-7, reference="survey 4.1-1", data="weighting")
    if "mean" in r and name != "crossed":
        agree(f"mean and SE with {name} weights", mean_with_error(found.answers), r["mean"], 1e-7,
              reference="survey::svymean 4.1-1", data="weighting", relative=True)  # fmt: skip


@pytest.mark.parametrize("sharing", ["equal", "proportional"])
def test_trimming_equals_survey_and_keeps_the_sum(
    sharing: str, make_people: Callable[..., tm.Responses], kept: dict[str, Any], agree
) -> None:
    r = kept["values"]["trimmed"]
    found = tm.trim_weights(make_people(), upper=r["strict_upper"], unit="weight", sharing=sharing)  # type: ignore[arg-type]
    assert found.weights.max() <= r["strict_upper"]
    assert found.weights.sum() == pytest.approx(make_people().frame["w"].sum())
    if sharing == "equal":
        agree(
            "weights (trimmed)",
            found.weights,
            r["strict"],
            1e-9,
            reference="survey::trimWeights 4.1-1",
            data="weighting",
        )


def test_trimming_that_keeps_margins_meets_them(
    make_people: Callable[..., tm.Responses], reference_margins: dict
) -> None:
    raked = tm.rake(make_people(), reference_margins)
    assert raked.value("largest_weight") > 3
    found = tm.trim_weights(raked.answers, upper=3, lower=0.2, keep_margins=reference_margins)
    assert found.value("largest_weight") <= 3 + 1e-9
    assert found.value("smallest_weight") >= 0.2 - 1e-9
    for name, cells in reference_margins.items():
        for label, people in cells.items():
            assert found.value("after", margin=name, category=label) == pytest.approx(people / 10_000, abs=1e-9)
    assert [step.kind for step in found.answers.design.calibration] == ["rake", "calibrate"]
    loose = tm.trim_weights(raked.answers, upper=3)
    assert loose.answers.design.calibration == ()
    assert any("no longer meet the margins" in note for note in loose.notes)
