"""Lost people: the verb against compare, direct computation and simulation; what is hidden and refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.pilot.missing.loss import AttritionResult, attrition
from trustmeter.scoring.frame import read_scores
from trustmeter.scoring.model import Scores
from trustmeter.stats.missing.attrition import response_weights, weighted_change
from trustmeter.stats.missing.bounds import lee_bounds

PLAIN = PilotDesign("before", "after", linked=True)
AREAS = PilotDesign("before", "after", linked=True, area="area", treated=("A", "B", "C", "D"))


def panel(
    n: int = 320, *, rise: float = 4.0, effect: float = 0.0, by_first: float = 0.04, stay: float = 1.0, seed: int = 5, keep: Any = None
) -> Scores:  # fmt: skip
    """Return a panel whose low scorers leave more often; `keep` names by position who stays instead."""
    rng = np.random.default_rng(seed)
    area = np.resize(list("ABCDEFGH"), n)
    first = rng.normal(50, 12, n).clip(5, 95)
    second = first + rise + effect * np.isin(area, list("ABCD")) + rng.normal(0, 8, n)
    chance = 1 / (1 + np.exp(-(stay + by_first * (first - 50))))
    seen = rng.random(n) < chance if keep is None else keep(np.arange(n))
    people = pd.DataFrame(
        {"who": np.arange(n), "area": area, "sex": rng.choice(["F", "M"], n), "w": rng.uniform(0.5, 2, n)}
    )
    before = people.assign(wave="before", trust=first)
    after = people.assign(wave="after", trust=second.clip(0, 100))[seen]
    return read_scores(
        pd.concat([before, after]), scale="trust", respondent="who", wave="wave", keep=["area", "sex", "w"]
    )


def row(found: AttritionResult, term: str, group: str = "") -> pd.Series[Any]:
    rows = found.table[(found.table["term"] == term) & (found.table["group"] == group)]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.mark.parametrize(
    ("design", "term", "ours"), [(PLAIN, "mean_change", "mean_change_seen"), (AREAS, "effect", "effect_seen")]
)
def test_those_seen_again_have_the_change_that_compare_tells(design: PilotDesign, term: str, ours: str) -> None:
    scores = panel(effect=3.0)
    told = compare(scores, design).table
    theirs = told[(told["term"] == term) & ((told["group"] == "") if "group" in told else True)].iloc[0]
    mine = row(attrition(scores, design), ours)
    for name in ("estimate", "std_error", "df", "p_value", "ci_low", "n"):
        assert float(mine[name]) == pytest.approx(float(theirs[name]), rel=1e-9)


def test_the_weighted_change_is_the_kernels() -> None:
    scores = panel()
    frame = scores.frame.pivot(index="who", columns="wave", values="trust")
    change = (frame["after"] - frame["before"]).to_numpy()
    predictor = frame["before"].to_numpy()[:, None]
    model = response_weights(~np.isnan(change), predictor)
    direct = weighted_change(change, predictor, model)
    mine = row(attrition(scores, PLAIN), "mean_change_weighted")
    assert float(mine["estimate"]) == pytest.approx(direct.estimate, abs=1e-10)
    assert float(mine["std_error"]) == pytest.approx(direct.std_error, abs=1e-10)
    assert attrition(scores, PLAIN).value("response_auc") == pytest.approx(model.auc, abs=1e-12)


def test_lees_bounds_are_the_kernels_and_wider_by_t() -> None:
    scores = panel(effect=5.0)
    frame = scores.frame.pivot(index="who", columns="wave", values="trust")
    area = scores.frame[scores.frame["wave"] == "before"].set_index("who")["area"].reindex(frame.index)
    codes = pd.factorize(area, sort=True)[0]
    direct = lee_bounds((frame["after"] - frame["before"]).to_numpy(), codes < 4, clusters=codes)
    found = attrition(scores, AREAS)
    assert found.value("lee_lower") == pytest.approx(direct.lower, abs=1e-10)
    assert found.value("lee_upper") == pytest.approx(direct.upper, abs=1e-10)
    assert float(row(found, "lee_lower")["ci_low"]) < direct.ci_low


def test_worst_case_bounds_are_all_lost_at_the_ends() -> None:
    scores = panel()
    frame = scores.frame.pivot(index="who", columns="wave", values="trust")
    found = attrition(scores, PLAIN)
    for term, end in (("worst_lower", 0.0), ("worst_upper", 100.0)):
        assert found.value(term) == pytest.approx(
            float((frame["after"].fillna(end) - frame["before"]).mean()), abs=1e-10
        )


def test_weighting_leaves_no_difference_of_the_predictors() -> None:
    found = attrition(panel(n=2000), PLAIN, covariates="sex")
    before = float(row(found, "std_difference_unweighted", "score before")["estimate"])
    after = float(row(found, "std_difference_weighted", "score before")["estimate"])
    assert abs(after) < abs(before) / 5
    assert before > 0.1


def test_at_the_tipping_point_the_interval_reaches_zero() -> None:
    scores = panel()
    found = attrition(scores, PLAIN)
    tip = found.value("tipping_point")
    assert tip < 0
    assert "points less than those who stayed with the same score before" in found.sentences["trust"]
    with_smallest = attrition(scores, PLAIN, smallest_effect=1.0)
    assert tip < with_smallest.value("tipping_point_smallest") < 0


def test_shares_are_counts_by_group_and_kind_of_area() -> None:
    scores = panel()
    frame = scores.frame
    start = frame[frame["wave"] == "before"].set_index("who")
    gone = ~start.index.isin(frame[frame["wave"] == "after"]["who"])
    found = attrition(scores, AREAS, covariates=["sex"])
    assert found.value("share_lost") == pytest.approx(float(gone.mean()))
    assert found.value("share_lost", group="sex: F") == pytest.approx(float(gone[start["sex"] == "F"].mean()))
    pilot = start["area"].isin(list("ABCD")).to_numpy()
    assert found.value("share_lost", group="pilot areas") == pytest.approx(float(gone[pilot].mean()))
    assert found.value("lost_difference") == pytest.approx(float(gone[pilot].mean() - gone[~pilot].mean()))


def test_weights_and_clusters_are_used() -> None:
    scores = panel()
    plain = attrition(scores, PLAIN)
    weighted = attrition(scores, PilotDesign("before", "after", linked=True, weights="w", clusters="area"))
    told = compare(scores, PilotDesign("before", "after", linked=True, weights="w", clusters="area"))
    assert weighted.value("mean_change_seen") == pytest.approx(told.value("mean_change"), abs=1e-9)
    assert weighted.value("mean_change_weighted") != plain.value("mean_change_weighted")
    assert float(row(weighted, "mean_change_weighted")["df"]) == 7


def test_nobody_lost_is_said_and_is_no_error() -> None:
    found = attrition(panel(keep=lambda place: place >= 0), PLAIN)
    assert found.readable == {"trust": True}
    assert "nobody" in found.sentences["trust"]
    assert found.value("share_lost") == 0


def test_a_change_that_depends_on_who_left_cannot_be_read_as_that_of_all() -> None:
    rng = np.random.default_rng(3)
    n = 300
    first = rng.normal(50, 12, n).clip(5, 95)
    second = first + 0.35 * (first - 50) + rng.normal(0, 5, n)
    seen = rng.random(n) < 1 / (1 + np.exp(-0.12 * (first - 48)))
    people = pd.DataFrame({"who": np.arange(n), "wave": "before", "trust": first})
    after = people.assign(wave="after", trust=second.clip(0, 100))[seen]
    scores = read_scores(pd.concat([people, after]), scale="trust", respondent="who", wave="wave")
    found = attrition(scores, PLAIN)
    assert found.readable == {"trust": False}
    assert (
        "with those who were lost predicted from those who stayed with the same score before"
        in found.sentences["trust"]
    )


def test_weighting_finds_the_mean_change_of_all() -> None:
    errors = []
    covered = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        n = 400
        first = rng.normal(50, 12, n)
        second = first + 3 + 0.3 * (first - 50) + rng.normal(0, 8, n)
        seen = rng.random(n) < 1 / (1 + np.exp(-(0.5 + 0.06 * (first - 50))))
        people = pd.DataFrame({"who": np.arange(n), "wave": "before", "trust": first})
        both = pd.concat([people, people.assign(wave="after", trust=second)[seen]])
        scores = read_scores(both, scale="trust", respondent="who", wave="wave", ranges=(-100.0, 200.0))
        mine = row(attrition(scores, PLAIN), "mean_change_weighted")
        errors.append(float(mine["estimate"]) - 3)
        covered += bool(mine["ci_low"] < 3 < mine["ci_high"])
    assert abs(float(np.mean(errors))) < 0.3
    assert covered >= 34


def test_few_lost_give_table_and_bounds_only() -> None:
    found = attrition(panel(keep=lambda place: place >= 8), PLAIN)
    terms = set(found.table["term"])
    assert {"share_lost", "worst_lower", "worst_upper"} <= terms
    assert not {"mean_change_weighted", "tipping_point", "response_auc"} & terms
    assert "too few to model" in " ".join(found.notes)


def test_one_to_four_lost_are_not_told() -> None:
    found = attrition(panel(keep=lambda place: place >= 3), PLAIN, covariates="sex")
    assert math.isnan(found.value("share_lost"))
    assert found.table["n"].isna().all()
    assert found.table.loc[found.table["term"] == "share_lost", "suppressed"].all()
    assert "worst_lower" not in set(found.table["term"])
    assert "fewer than 5 people were lost" in found.sentences["trust"]
    assert " 3 " not in found.summary()


def test_hardly_anybody_seen_again_is_no_change() -> None:
    found = attrition(panel(keep=lambda place: place < 6), PLAIN)
    assert "fewer than 10 people were seen again" in found.sentences["trust"]
    assert "mean_change_seen" not in set(found.table["term"])


def test_one_area_of_either_kind_has_no_interval() -> None:
    design = PilotDesign("before", "after", linked=True, area="area", treated="A", comparison="B")
    found = attrition(panel(n=800), design)
    assert found.readable == {"trust": False}
    assert math.isnan(float(row(found, "effect_weighted")["std_error"]))
    assert math.isnan(float(row(found, "lee_lower")["ci_low"]))
    assert "tipping_point" not in set(found.table["term"])


@pytest.mark.parametrize(
    ("design", "says"),
    [
        (PilotDesign("before", "after", linked=False), "cross-sections"),
        (GroupDesign("sex", "F", "M"), "groups lose nobody"),
        (PilotDesign("before", "never"), "never"),
    ],
)
def test_designs_that_follow_nobody_are_refused(design: Any, says: str) -> None:
    with pytest.raises(DesignError, match=says):
        attrition(panel(), design)


def test_scores_without_codes_or_with_other_codes_are_refused() -> None:
    frame = panel().frame.copy()
    with pytest.raises(DesignError, match="cross-sections"):
        attrition(read_scores(frame, scale="trust", wave="wave"), PilotDesign("before", "after"))
    frame.loc[frame["wave"] == "after", "who"] = (frame["who"].astype(int) + 10_000).astype(str)
    with pytest.raises(DesignError, match="same code"):
        attrition(read_scores(frame, scale="trust", wave="wave", respondent="who"), PilotDesign("before", "after"))
    few = frame[frame["who"].astype(int) % 40 == 0]
    with pytest.raises((DesignError, EstimationError)):
        attrition(read_scores(few, scale="trust", wave="wave", respondent="who"), PLAIN)


def test_a_scale_with_too_few_people_does_not_stop_the_others() -> None:
    frame = panel().frame.assign(rare=lambda table: table["trust"].where(table["who"].astype(int) < 4))
    scores = read_scores(frame, scale=["rare", "trust"], respondent="who", wave="wave")
    found = attrition(scores, PLAIN)
    assert found.readable == {"rare": False, "trust": True}
    assert math.isnan(found.value("share_lost", "rare"))
    with pytest.raises(EstimationError, match="Fewer than 10 people"):
        attrition(scores, PLAIN, scale="rare")


def test_what_is_no_score_and_unknown_names_are_refused() -> None:
    with pytest.raises(DesignError, match="takes scores"):
        attrition(pd.DataFrame(), PLAIN)  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="trust"):
        attrition(panel(), PLAIN, scale="thrust")
    with pytest.raises(DesignError, match="covariates"):
        attrition(panel(), PLAIN, covariates="age")


def test_the_result_prints_and_turns_into_plain_values() -> None:
    found = attrition(panel(), AREAS)
    assert "People who were lost" in str(found)
    plain = found.to_dict()
    assert plain["readable"] == dict(found.readable)
    assert plain["provenance"]["options"]["contrast"] == "after - before"


def test_a_loss_that_goes_by_the_outcome_is_never_read_as_all_without_its_condition() -> None:
    """Nothing changes and the falling leave: weighting sees nothing of it, so the sentence carries condition and bounds."""
    readable = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        first = 60 + rng.normal(0, 15, 200)
        change = rng.normal(0, 15, 200)
        seen = rng.random(200) > 1 / (1 + np.exp((change + 15) / 6))
        before = pd.DataFrame({"who": np.arange(200), "wave": "before", "trust": first})
        after = before.assign(wave="after", trust=first + change)[seen]
        scores = read_scores(
            pd.concat([before, after]), scale="trust", respondent="who", wave="wave", ranges=(-100.0, 250.0)
        )
        found = attrition(scores, PLAIN, smallest_effect=2.0)
        sentence = found.sentences["trust"]
        assert "can be read as that of all" not in sentence
        if found.readable["trust"]:
            readable += 1
            assert "if people left only for reasons that were asked about (score before)" in sentence
            low, high = found.value("worst_lower"), found.value("worst_upper")
            assert sentence.endswith(
                "Whether they left for other reasons these answers cannot tell; at the worst the change of all lies between "
                f"{low:.2f} and {high:.2f}."
            )
    assert readable > 3


def test_differences_do_not_give_hidden_shares_away() -> None:
    scores = panel(keep=lambda place: place >= 12)
    frame = scores.frame.copy()
    who = frame["who"].astype(int)
    frame["sex"] = np.where((who < 9) | (who % 2 == 0), "F", "M")  # of 12 lost, 11 of F and 1 of M
    frame["flag"] = (frame["sex"] == "F").astype(int)
    frame["area"] = np.where(who % 3 == 0, "x", np.where(who % 3 == 1, "y", "z"))  # 4 lost of each
    kept = ["sex", "flag", "area"]
    found = attrition(
        read_scores(frame, scale="trust", respondent="who", wave="wave", keep=kept), PLAIN, covariates=kept
    )
    table = found.table.set_index(["term", "group"])
    assert table.loc[("share_lost", "sex: M"), "suppressed"]
    differences = table[table.index.get_level_values("term").str.startswith("std_difference")]
    of_score = differences.index.get_level_values("group") == "score before"
    assert differences.loc[of_score, "estimate"].notna().all()
    assert of_score.sum() == 3
    assert (~of_score).sum() >= 9
    hidden = differences.loc[~of_score]
    assert hidden["suppressed"].all()
    assert hidden[["estimate", "std_error", "n"]].isna().all().all()


def test_one_to_four_lost_cannot_be_worked_out_from_the_test() -> None:
    found = attrition(panel(keep=lambda place: place >= 3), PLAIN)
    seen = row(found, "mean_change_seen")
    for name in ("n", "df", "std_error", "statistic", "p_value"):
        assert pd.isna(seen[name])
    assert seen["ci_low"] < seen["estimate"] < seen["ci_high"]


def test_few_rows_left_out_are_counted_for_programs_only() -> None:
    found = compare(panel(keep=lambda place: place >= 3), PLAIN)
    assert found.provenance.rows_left_out == {"only in before": 3}
    assert "'only in before': 'fewer than 5'" in repr(found.provenance)
    assert found.to_dict()["provenance"]["rows_left_out"] == {"only in before": "fewer than 5"}
    many = compare(panel(keep=lambda place: place >= 8), PLAIN)
    assert many.to_dict()["provenance"]["rows_left_out"] == {"only in before": 8}
