"""The verb `compare` from answers to verdicts."""

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

from trustmeter.errors import DesignError
from trustmeter.pilot.array import compare_groups, compare_paired
from trustmeter.pilot.change.comparison import NO_CAUSE, compare
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale, Scale, Section
from trustmeter.questionnaire.text import Text
from trustmeter.responses.model import Responses, Roles
from trustmeter.results import VOCABULARY
from trustmeter.scoring.composite import score

YEARS = PilotDesign("2022", "2023")
APART = PilotDesign("2022", "2023", linked=False)
COLUMNS = [
    "scale", "term", "contrast", "estimate", "std_error", "statistic", "df", "p_value", "p_adjusted",
    "ci_low", "ci_high", "n", "method", "suppressed",
]  # fmt: skip
MEANS = ["mean_before", "mean_after", "mean_change"]
PAIRED = [*MEANS, "d_z", "d_av", "hedges_g_av", "rank_biserial", "mdc", "share_improved", "share_worsened"]
GROUPS = ["d_s", "hedges_g_s", "rank_biserial", "prob_superiority"]


def row(result: Comparison, term: str, scale: str = "trust") -> Any:
    table = result.tidy()
    return table[table["scale"] == scale].set_index("term").loc[term]


def by_wave(answers: Responses, scale: str = "trust") -> tuple[np.ndarray, np.ndarray]:
    scores = score(answers).frame
    return tuple(scores.loc[scores["wave"] == wave, scale].to_numpy() for wave in ("2022", "2023"))  # type: ignore[return-value]


@pytest.mark.parametrize(("design", "terms"), [(YEARS, PAIRED), (APART, MEANS + GROUPS)])
@pytest.mark.parametrize("n", [40, 5])
def test_rows_and_columns(
    make_answers: Callable[..., Responses], design: PilotDesign, terms: list[str], n: int
) -> None:
    result = compare(score(make_answers(n)), design)
    table = result.tidy()
    assert list(table.columns) == COLUMNS
    assert set(COLUMNS) <= set(VOCABULARY)
    assert table["scale"].drop_duplicates().tolist() == ["trust", "fairness", "effect"]
    assert table.loc[table["scale"] == "effect", "term"].tolist() == terms
    assert row(result, "mean_change")["contrast"] == "2023 - 2022"


def test_numbers_are_those_of_the_arrays(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(60, shift=0.4, blanks=0.1)
    for design, verb in [(YEARS, compare_paired), (APART, compare_groups)]:
        found = compare(score(answers), design, conf_level=0.9)
        arrays = verb(*by_wave(answers), conf_level=0.9).tidy()
        names = {"mean_first": "mean_before", "mean_second": "mean_after", "mean_difference": "mean_change"}
        for other in arrays.to_dict("records"):
            mine = row(found, names.get(other["term"], other["term"]))
            for name in ("estimate", "ci_low", "ci_high", "statistic", "df", "p_value", "n"):
                assert mine[name] == pytest.approx(other[name], rel=1e-12, nan_ok=True)


@pytest.mark.parametrize(("shift", "verdict"), [(0.9, "increase"), (-0.9, "decrease"), (0.0, "inconclusive")])
def test_verdicts(make_answers: Callable[..., Responses], shift: float, verdict: str) -> None:
    result = compare(score(make_answers(80, shift=shift)), YEARS)
    assert dict(result.verdicts) == dict.fromkeys(("trust", "fairness", "effect"), verdict)
    assert result.linked
    assert len(result.scores) == 160


def test_verdicts_go_by_adjusted_p_values(make_answers: Callable[..., Responses]) -> None:
    scores = score(make_answers(60, shift=0.12, seed=3))
    plain, holm = (compare(scores, YEARS, adjustment=word) for word in ("none", "holm"))  # type: ignore[arg-type]
    raw = holm.tidy().query("term == 'mean_change'")["p_value"].to_numpy()
    adjusted = holm.tidy().query("term == 'mean_change'")["p_adjusted"].to_numpy()
    assert adjusted.min() == pytest.approx(min(3 * raw.min(), 1))
    assert plain.tidy().query("term == 'mean_change'")["p_adjusted"].to_numpy() == pytest.approx(raw)
    assert holm.tidy().query("term != 'mean_change'")["p_adjusted"].isna().all()
    level = (raw.min() + adjusted.min()) / 2
    clearest = ("trust", "fairness", "effect")[int(raw.argmin())]
    assert compare(scores, YEARS, adjustment="none", conf_level=1 - level).verdicts[clearest] != "inconclusive"
    assert set(compare(scores, YEARS, conf_level=1 - level).verdicts.values()) == {"inconclusive"}
    assert any("adjusted together (holm)" in note for note in holm.notes)
    assert any("not adjusted for being several" in note for note in plain.notes)


def test_one_scale_is_its_own_family(make_answers: Callable[..., Responses]) -> None:
    result = compare(score(make_answers(40, shift=0.3)), YEARS, scale="effect")
    assert list(result.verdicts) == ["effect"]
    assert row(result, "mean_change", "effect")["p_adjusted"] == row(result, "mean_change", "effect")["p_value"]


@pytest.mark.parametrize("design", [YEARS, APART])
def test_few_people_are_suppressed(make_answers: Callable[..., Responses], design: PilotDesign) -> None:
    result = compare(score(make_answers(9)), design)
    table = result.tidy()
    assert set(result.verdicts.values()) == {"suppressed"}
    assert table["suppressed"].all()
    assert table.drop(columns=["scale", "term", "contrast", "n", "method", "suppressed"]).isna().all(axis=None)
    assert any("fewer than 10" in note for note in result.notes)
    assert compare(score(make_answers(9)), design, min_n=9).verdicts["trust"] != "suppressed"


def test_one_small_group_hides_both_means(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(30)
    few = answers.select((answers.frame["wave"] == "2022") | (answers.frame["id"] < 4))
    result = compare(score(few), APART)
    assert result.verdicts["trust"] == "suppressed"
    assert math.isnan(result.value("mean_before", "trust"))
    assert row(result, "mean_before")["n"] == 30


def test_identical_waves_are_inconclusive_with_no_change(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(30)
    first = answers.frame[answers.frame["wave"] == "2022"]
    same = replace(answers, frame=pd.concat([first, first.assign(wave="2023")], ignore_index=True))
    result = compare(score(same), YEARS)
    assert set(result.verdicts.values()) == {"inconclusive"}
    assert result.value("mean_change", "trust") == 0
    assert any("do not vary" in note for note in result.notes)
    assert "inconclusive" in result.summary()


def test_reliable_change_is_counted_person_by_person(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(120, shift=0.7)
    before, after = by_wave(answers)
    first = answers.frame[answers.frame["wave"] == "2022"][["FA1", "FA2", "FA3", "EF1", "EF2", "EF3"]].astype(float)
    first["EF3"] = 6 - first["EF3"]
    covariance = np.cov(first.to_numpy(), rowvar=False)
    alpha = 6 / 5 * (1 - np.trace(covariance) / covariance.sum())
    index = (after - before) / (before.std(ddof=1) * math.sqrt(2 * (1 - alpha)))
    improved = int(np.sum(index > 1.959963984540054))
    assert 5 <= improved <= 115
    found = row(compare(score(answers), YEARS), "share_improved")
    assert found["estimate"] == pytest.approx(improved / 120)
    assert found["ci_low"] < improved / 120 < found["ci_high"]


def test_shares_of_one_to_four_people_are_not_shown(make_answers: Callable[..., Responses]) -> None:
    hidden = []
    for seed in range(6):
        result = compare(score(make_answers(25, shift=0.5, seed=seed)), YEARS)
        for share in result.tidy().query("term in ['share_improved', 'share_worsened']").to_dict("records"):
            hidden.append(share["suppressed"])
            if share["suppressed"]:
                assert math.isnan(share["estimate"])
            else:
                assert round(share["estimate"] * 25) not in {1, 2, 3, 4, 21, 22, 23, 24}
    assert True in hidden
    assert False in hidden


def test_without_alpha_there_are_no_shares(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(40)
    rng = np.random.default_rng(0)
    noise = {name: pd.array(rng.integers(1, 6, 80), dtype="Int64") for name in ("FA1", "FA3")}
    noise["FA2"] = pd.array(6 - noise["FA1"].to_numpy(dtype=int), dtype="Int64")
    result = compare(score(replace(answers, frame=answers.frame.assign(**noise))), YEARS, scale="fairness")
    assert math.isnan(result.value("share_improved"))
    assert any("No shares" in note for note in result.notes)


def test_notes_and_provenance_travel(make_answers: Callable[..., Responses]) -> None:
    result = compare(score(make_answers(30, simulated=True, blanks=0.3)), YEARS)
    assert result.notes[0] == NO_CAUSE
    assert any("Rows without a score" in note for note in result.notes)
    assert result.simulated
    assert "SIMULATED" in result.summary()
    assert result.provenance.questionnaire == "tiny 1.0.0"
    assert result.provenance.rows_used == 60
    assert result.provenance.options["adjustment"] == "holm"
    exported = json.dumps(result.to_dict())
    assert '"verdicts"' in exported
    assert "NaN" not in exported


def test_groups(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(60)
    scores = score(answers.select(answers.frame["wave"] == "2022"))
    result = compare(scores, GroupDesign("SEX", "Woman", "Man"))
    assert not result.linked
    assert result.tidy()["term"].drop_duplicates().tolist() == ["mean_first", "mean_second", "mean_difference", *GROUPS]
    difference = row(result, "mean_second")["estimate"] - row(result, "mean_first")["estimate"]
    assert result.value("mean_difference", "trust") == pytest.approx(difference)
    assert "Man - Woman" in result.summary()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"scale": "trst"}, "Did you mean 'trust'"),
        ({"conf_level": 95}, "conf_level"),
        ({"adjustment": "hom"}, "Did you mean 'holm'"),
        ({"min_n": 2}, "at least 3"),
        ({"min_n": True}, "at least 3"),
    ],
)
def test_refusals(make_answers: Callable[..., Responses], options: dict[str, Any], word: str) -> None:
    with pytest.raises(DesignError, match=word):
        compare(score(make_answers(12)), YEARS, **options)


def test_refuses_what_is_no_scores_or_design(make_answers: Callable[..., Responses]) -> None:
    with pytest.raises(DesignError, match=r"score\(answers\)"):
        compare(make_answers(12), YEARS)  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="PilotDesign"):
        compare(score(make_answers(12)), ("2022", "2023"))  # type: ignore[arg-type]


@pytest.mark.parametrize(("term", "scale", "word"), [("d", "trust", "no term"), ("d_z", None, "3 scales")])
def test_value_refuses(make_answers: Callable[..., Responses], term: str, scale: str | None, word: str) -> None:
    with pytest.raises(DesignError, match=word):
        compare(score(make_answers(12)), YEARS).value(term, scale)


R_RANK = 1e-9
"""Relative: p values of 1e-19 are compared, which both sides take from the normal tail."""


def anxiety(folder: Path) -> Responses:
    """State anxiety at occasions 1 and 2, twenty items of one to four, ten of them reversed."""
    positive = {
        "calm",
        "at.ease",
        "comfortable",
        "confident",
        "content",
        "joyful",
        "pleasant",
        "relaxed",
        "rested",
        "secure",
    }
    raw = pd.read_csv(folder / "psychtools_sai" / "sai_pre_post.csv.gz")
    items = [name for name in raw.columns if name not in {"study", "time", "id"}]
    blank = Text({"en": "x"}, base="en")
    often = ResponseScale("often", "ordinal", tuple(Option(str(c), blank, None, float(c)) for c in range(1, 5)))
    section = Section("s", blank, blank, tuple(Item(name, blank, often) for name in items))
    scale = Scale("anxiety", blank, tuple(items), frozenset(positive), 10)
    questionnaire = Questionnaire(
        "sai", "1", "published", "en", ("en",), blank, blank, blank, (section,), (scale,), (often,)
    )
    raw = raw[raw["time"].isin([1, 2])].drop_duplicates(["study", "id", "time"]).reset_index(drop=True)
    frame = raw[items].astype("Int64").assign(person=raw["study"] + " " + raw["id"].astype(str), time=raw["time"])
    return Responses(frame, frame[items].isna().astype("int8"), questionnaire, Roles("person", "time"))


def test_a_real_change_equals_r(real_data: Path) -> None:
    stored = json.loads((Path(__file__).parents[2] / "reference/values/sai_change.json").read_text(encoding="utf-8"))
    scores = score(anxiety(real_data), method="mean")
    result = compare(scores, PilotDesign("1", "2"))
    change = row(result, "mean_change", "anxiety")
    assert (result.linked, len(result.scores), change["n"]) == (
        True,
        2 * stored["people"]["linked"],
        stored["people"]["n"],
    )
    expected = {
        name: change[mine]
        for name, mine in [("mean_change", "estimate"), ("t", "statistic"), ("df", "df"), ("p", "p_value")]
    }
    expected |= {
        "std_error": change["std_error"],
        "mean_before": result.value("mean_before"),
        "mean_after": result.value("mean_after"),
    }
    expected |= {name: result.value(name) for name in ("d_z", "d_av", "share_improved", "share_worsened")}
    expected |= {"g_av": result.value("hedges_g_av"), "d_z_effectsize": result.value("d_z")}
    ranks = row(result, "rank_biserial", "anxiety")
    expected |= {"wilcoxon_v": ranks["statistic"], "wilcoxon_p": ranks["p_value"]}
    for name, value in expected.items():
        assert value == pytest.approx(stored[name], rel=R_RANK), name
    for term, name in [("mean_change", "ci"), ("d_z", "d_z_ci"), ("d_av", "d_av_ci")]:
        assert row(result, term, "anxiety")[["ci_low", "ci_high"]].tolist() == pytest.approx(stored[name], abs=1e-9), (
            name
        )
    apart = compare(scores, PilotDesign("1", "2", linked=False))
    welch, ranks = row(apart, "mean_change", "anxiety"), row(apart, "rank_biserial", "anxiety")
    found = [welch["statistic"], welch["df"], welch["p_value"], ranks["statistic"], ranks["p_value"]]
    assert found == pytest.approx([stored[name] for name in ("welch_t", "welch_df", "welch_p", "w", "w_p")], rel=R_RANK)
