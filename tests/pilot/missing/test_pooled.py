"""Pooled results: rows against mice::pool, verdicts made again, simulated coverage, and what is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.missing.completion import impute
from trustmeter.pilot.missing.pooled import pool
from trustmeter.psychometrics.consistency.estimate import reliability
from trustmeter.responses.model import Responses
from trustmeter.results import Result, vocabulary_frame
from trustmeter.scoring.composite import score

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference/values/missing_pooling.json").read_text(encoding="utf-8")
)
DESIGN = PilotDesign("2022", "2023")
Make = Callable[..., Responses]


@pytest.fixture
def copies(make_answers: Make) -> list[Comparison]:
    filled = impute(make_answers(120, shift=0.4, blanks=0.25), m=5, iterations=3, seed=1)
    return [compare(score(one), DESIGN, smallest_effect=1.0) for one in filled]


@pytest.mark.parametrize("case", REFERENCE["scalar"], ids=lambda case: f"m{len(case['q'])}")
def test_rows_are_pooled_as_mice_pools_them(case: dict[str, Any], agree: Callable[..., None]) -> None:
    df = math.nan if case["df_complete"] is None else case["df_complete"]
    tables = [
        vocabulary_frame([{"term": "x", "estimate": q, "std_error": math.sqrt(u), "df": df}])
        for q, u in zip(case["q"], case["u"], strict=True)
    ]
    found = pool([Result(table=table) for table in tables])
    row, lost = found.table.iloc[0], found.missing_information.iloc[0]
    ours = [row["estimate"], row["std_error"] ** 2, lost["missing_information"], lost["share_between"]]
    ours += [] if math.isnan(row["df"]) else [row["df"]]
    theirs = [case[name] for name in ("estimate", "total", "fmi", "lambda", "df")][: len(ours)]
    agree("pool: estimate, variance, missing information, df", ours, theirs, 1e-10,
          reference=f"mice::pool.scalar {REFERENCE['packages']['mice']}", data=f"m = {len(case['q'])}", relative=True)  # fmt: skip


def test_a_change_is_pooled_by_rubins_rules(copies: list[Comparison]) -> None:
    found = pool(iter(copies))
    rows = [one.table[(one.table["term"] == "mean_change") & (one.table["scale"] == "trust")].iloc[0] for one in copies]
    q, u = (np.array([float(row[name]) for row in rows]) for name in ("estimate", "std_error"))
    total = np.mean(u**2) + 1.2 * np.var(q, ddof=1)
    mine = found.table[(found.table["term"] == "mean_change") & (found.table["scale"] == "trust")].iloc[0]
    assert float(mine["estimate"]) == pytest.approx(q.mean())
    assert float(mine["std_error"]) == pytest.approx(math.sqrt(total))
    assert float(mine["df"]) < float(rows[0]["df"])
    assert found.copies == 5
    assert found.provenance.source == "made.csv"
    assert len(found.missing_information) == (found.table["std_error"].notna()).sum()


def test_verdicts_and_adjusted_p_are_made_again(copies: list[Comparison]) -> None:
    found = pool(copies)
    assert set(found.verdicts) == set(copies[0].verdicts)
    asked = found.table[found.table["term"] == "mean_change"].set_index("scale")
    p = asked["p_value"].sort_values()
    stepped = np.minimum(np.maximum.accumulate(p.to_numpy() * np.arange(len(p), 0, -1)), 1)
    assert asked.loc[p.index, "p_adjusted"].to_numpy() == pytest.approx(stepped)
    claims = found.table[found.table["term"] == "smallest_effect"].set_index("scale")
    for scale, verdict in found.verdicts.items():
        assert (verdict == "inconclusive") == (float(claims.loc[scale, "p_adjusted"]) >= 0.05)
    assert "Not pooled" in " ".join(found.notes)
    assert found.smallest_effect == copies[0].smallest_effect


def test_joint_draws_become_holm_and_are_said_to(make_answers: Make) -> None:
    filled = impute(make_answers(80, shift=0.3, blanks=0.2), m=2, iterations=2, seed=1)
    joint = pool([compare(score(one), DESIGN, adjustment="romano_wolf", seed=1) for one in filled])
    holm = pool([compare(score(one), DESIGN) for one in filled])
    mine, theirs = (
        one.table[one.table["term"] == "mean_change"]["p_adjusted"].to_numpy(float) for one in (joint, holm)
    )
    assert mine == pytest.approx(theirs)
    assert "adjusted together again (holm)" in " ".join(joint.notes)
    assert "romano_wolf" not in " ".join(joint.notes)


def test_copies_that_do_not_differ_collapse_to_the_one_result(make_answers: Make) -> None:
    one = compare(score(make_answers(60, shift=0.5)), DESIGN)
    found = pool([one, one, one])
    assert "do not differ" in " ".join(found.notes)
    mine, theirs = (t[t["term"] == "mean_change"].reset_index(drop=True) for t in (found.table, one.table))
    for name in ("estimate", "std_error", "statistic"):
        assert mine[name].to_numpy(float) == pytest.approx(theirs[name].to_numpy(float))
    assert found.verdicts == one.verdicts


def test_any_verb_with_standard_errors_can_be_pooled(make_answers: Make) -> None:
    filled = impute(make_answers(80, blanks=0.2), m=3, iterations=2, seed=1)
    found = pool([reliability(one, scale="trust") for one in filled])
    assert 0.5 < found.value("omega_total") < 1
    assert found.verdicts == {}
    assert "Pooled over 3 filled copies" in str(found)
    assert found.to_dict()["copies"] == 3


def test_pooled_intervals_hold_the_true_change(make_answers: Make) -> None:
    """Answers are lost more often where the first wave's answers were low; complete cases are off, pooled ones are not."""
    hits, pooled, complete = 0, [], []
    for seed in range(14):
        whole = make_answers(120, seed=seed, shift=0.4)
        low = whole.frame["FA1"].astype(float).to_numpy()[:120]
        rng = np.random.default_rng(seed)
        gone = 120 + np.flatnonzero(rng.random(120) < np.where(low <= 2, 0.6, 0.1))
        frame, missing = whole.frame.copy(), whole.missing.copy()
        for item in ("FA2", "FA3"):
            frame.loc[gone, item], missing.loc[gone, item] = pd.NA, 2
        holed = replace(whole, frame=frame, missing=missing)
        truth = compare(score(whole, scale="fairness"), DESIGN).value("mean_change")
        filled = impute(holed, scale="trust", m=4, iterations=2, seed=seed)
        found = pool(compare(score(one, scale="fairness"), DESIGN) for one in filled)
        row = found.table[found.table["term"] == "mean_change"].iloc[0]
        pooled.append(float(row["estimate"]) - truth)
        complete.append(compare(score(holed, scale="fairness"), DESIGN).value("mean_change") - truth)
        hits += bool(row["ci_low"] < truth < row["ci_high"])
    assert hits == 14, "the change of the whole sample lies well inside intervals made for the population"
    assert abs(np.mean(pooled)) < 0.5
    assert abs(np.mean(complete)) > 3 * abs(np.mean(pooled))


def test_results_that_do_not_fit_together_are_refused(copies: list[Comparison], make_answers: Make) -> None:
    for given in ([copies[0]], [], copies[0], 3):
        with pytest.raises(DesignError):
            pool(given)  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="one verb"):
        pool([copies[0], Result(table=copies[0].table)])
    with pytest.raises(DesignError, match="equal tables"):
        pool([copies[0], replace(copies[1], table=copies[1].table.iloc[::-1])])
    with pytest.raises(DesignError, match="differ in"):
        pool([copies[0], replace(copies[1], conf_level=0.9)])
    bare = Result(table=vocabulary_frame([{"term": "x", "estimate": 1.0}]))
    with pytest.raises(EstimationError, match="standard error"):
        pool([bare, bare])
    with pytest.raises(DesignError, match="adjustment"):
        pool(copies, adjustment="all")  # type: ignore[arg-type]
