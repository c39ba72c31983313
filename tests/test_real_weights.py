"""Whom real surveys speak for: weighted means, errors and design effects of the page that shows them, held against R's survey."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trustmeter as tm

ROOT = Path(__file__).resolve().parents[1]
STORED = json.loads((ROOT / "tests/reference/values/real_weights.json").read_text(encoding="utf-8"))
REFERENCE = f"survey {STORED['packages']['survey']}"


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return __import__("weigh_real_surveys")


@pytest.fixture
def belgium(real_data: Path, tool: Any) -> Any:
    for file in (tool.BELGIUM, tool.POPULATION):
        if not (real_data / file).is_file():
            pytest.skip(f"{file} is not among the real survey files.")
    return tool.belgium(real_data)


@pytest.fixture
def russia(real_data: Path, tool: Any) -> tm.Responses:
    if not (real_data / tool.RUSSIA).is_file():
        pytest.skip(f"{tool.RUSSIA} is not among the real survey files.")
    answers: tm.Responses = tool.russia(real_data)
    return answers


def told(answers: tm.Responses | tm.Scores, item: str) -> list[float]:
    found = tm.estimate(answers, item)
    columns = ("estimate", "std_error", "df", "n_effective")
    return [*(found.value("mean", column=one) for one in columns), found.value("design_effect")]


def of_r(stored: dict[str, float]) -> list[float]:
    return [stored[name] for name in ("mean", "se", "df", "n_effective", "deff")]


@pytest.mark.parametrize("item", ["trstplc", "trstlgl"])
def test_russia_under_its_design_weights(item: str, russia: tm.Responses, agree: Any) -> None:
    agree(f"weighted {item}: mean, error, df, effective n, design effect", told(russia, item), of_r(STORED["russia"][item]),
          1e-7, reference=f"{REFERENCE}, svymean", data="ESS 5, half of Russia", relative=True)  # fmt: skip


def test_russian_women_and_men_and_those_of_low_trust(russia: tm.Responses, agree: Any) -> None:
    by = tm.estimate(russia, "trstplc", by="gndr")
    for column, name in (("estimate", "estimate"), ("std_error", "std_error")):
        ours = [by.value("mean", group=group, column=column) for group in by.groups]
        agree(f"trust by sex: {name}", ours, STORED["russia"]["sexes"][name], 1e-7, reference=f"{REFERENCE}, svyby",
              data="ESS 5, half of Russia", relative=True)  # fmt: skip
    low = tm.estimate(russia, "trstplc", statistic="share", event=["0", "1", "2", "3"])
    ours = [low.value("share"), *(low.value("share", column=end) for end in ("ci_low", "ci_high"))]
    r = STORED["russia"]["low"]
    agree("share of low trust with its interval", ours, [r["estimate"], *r["ends"]], 1e-7,
          reference=f"{REFERENCE}, svyciprop", data="ESS 5, half of Russia", relative=True)  # fmt: skip


def test_weighted_reliability_of_russian_answers(russia: tm.Responses, agree: Any) -> None:
    found, r = tm.reliability(russia, scale="procedural_fairness"), STORED["russia"]["alpha"]
    row = found.table[found.table["term"] == "alpha"].iloc[0]
    agree("weighted alpha", [row["estimate"]], [r["estimate"]], 1e-7, reference=f"{REFERENCE}, svyvar",
          data="ESS 5, half of Russia")  # fmt: skip
    # svyvar divides by n - 1 once more than the influence values of ours do: the errors are as near as that is to n.
    agree("error of weighted alpha", [row["std_error"]], [r["std_error"]], 2 / r["n"], reference=f"{REFERENCE}, svyvar",
          data="ESS 5, half of Russia", relative=True)  # fmt: skip
    assert row["n"] == r["n"]
    plain = tm.reliability(russia.with_design(None), scale="procedural_fairness").value("alpha", "procedural_fairness")
    agree("alpha without weights", [plain], [r["unweighted"]], 1e-7, reference="R, cov", data="ESS 5, half of Russia")


@pytest.mark.parametrize("case", ["unweighted", "one_by_one", "stratified", "stratified_known", "raked", "raked_known"])
def test_belgium_weighted_to_its_population(case: str, belgium: Any, agree: Any) -> None:
    ours = belgium.cases()[case]
    assert len(ours) == STORED["belgium"]["people"]
    agree(f"trust in the police ({case}): mean, error, df, effective n, design effect", told(ours, "trstplc"),
          of_r(STORED["belgium"][case]), 1e-7, reference=f"{REFERENCE}, postStratify, rake, svymean",
          data="ESS 5, Belgium; Statbel 2011", relative=True)  # fmt: skip


def test_belgians_before_and_after(belgium: Any, tool: Any) -> None:
    for found, stored in ((belgium.stratified, "stratified"), (belgium.raked, "raked")):
        assert found.value("design_effect") == pytest.approx(STORED["belgium"][stored]["weights_deff"], rel=1e-7)
        before, after = (tool.held_against(answers, belgium.margins) for answers in (belgium.answers, found.answers))
        gap = after.value("dissimilarity_weighted", margin="age x sex")
        assert gap < before.value("dissimilarity_unweighted", margin="age x sex")
        assert (gap < 1e-9) == (stored == "stratified")
    assert belgium.answers.frame["intnum"].nunique() == 125
    errors = [tm.estimate(one, "trstplc").value("mean", column="std_error") for one in belgium.cases().values()]
    assert np.argmax(errors) == 3  # post-stratified weights, taken as if they had fallen from the sky


def test_the_page_shows_what_comes_out(real_data: Path, tool: Any, belgium: Any, russia: tm.Responses) -> None:
    assert tool.PAGE.read_text(encoding="utf-8") == tool.page(russia, belgium)
