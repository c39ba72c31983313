"""A validation study: what it computes, how it rates, and what it never says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError
from trustmeter.psychometrics.consistency.estimate import alpha
from trustmeter.questionnaire.evidence import Evidence
from trustmeter.responses.keying import keyed_items
from trustmeter.responses.model import Responses
from trustmeter.results import VOCABULARY
from trustmeter.scoring.composite import score
from trustmeter.stats.agreement.intraclass import absolute_agreement
from trustmeter.validation.study import MISSING, ValidationReport, validate


def ratings(report: ValidationReport, name: str) -> dict[str, str]:
    return {one.statistic: one.rating for one in report.draft.findings if one.property == name}


def test_numbers_are_those_of_the_first_wave(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(200)
    table = validate(answers).tidy()
    first = answers.select((answers.frame["wave"] == "2022").to_numpy())
    for scale in ("trust", "fairness", "effect"):
        row = table[(table["scale"] == scale) & (table["term"] == "alpha")].iloc[0]
        expected = alpha(keyed_items(first, scale).astype(float))
        assert row["estimate"] == pytest.approx(float(expected), rel=1e-12)
        assert row["n"] == 200
    assert list(table.columns) == [name for name in VOCABULARY if name in table.columns]
    assert set(table.loc[table["scale"] == "fairness", "term"]) == {"alpha"}
    assert {"cfi", "tli", "rmsea", "srmr", "chi_square"} <= set(table.loc[table["scale"] == "trust", "term"])


def test_nothing_is_rated_in_small_samples_and_nothing_is_called_validated(
    make_answers: Callable[..., Responses],
) -> None:
    report = validate(make_answers(60))
    assert set(ratings(report, "structural_validity").values()) == {"indeterminate"}
    assert "validated" not in report.draft.statement
    assert report.draft.validated_in(("en", "fr")) == ()
    assert set(report.missing) >= {"content_validity", "measurement_invariance", "criterion_validity", "responsiveness"}


@pytest.mark.parametrize(("loading", "expected"), [(2.0, "sufficient"), (0.15, "insufficient")])
def test_ratings_follow_the_rules(loading: float, expected: str, make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(400)
    rng = np.random.default_rng(1)
    person = rng.normal(size=len(answers))
    frame = answers.frame.copy()
    for name in ("FA1", "FA2", "FA3", "EF1", "EF2", "EF3"):
        latent = loading * person + rng.normal(size=len(answers))
        coded = np.digitize(latent / np.std(latent), [-1, -0.3, 0.3, 1]) + 1
        frame[name] = pd.array(6 - coded if name == "EF3" else coded, dtype="Int64")
    report = validate(replace(answers, frame=frame))
    if loading > 1:
        assert list(ratings(report, "structural_validity").values()) == ["sufficient"]
    assert ratings(report, "internal_consistency")["Cronbach's alpha of trust"] == expected


def test_two_factors_in_one_scale_are_found_out(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(400)
    rng = np.random.default_rng(3)
    traits = rng.normal(size=(len(answers), 2))
    frame = answers.frame.copy()
    for place, name in enumerate(("FA1", "FA2", "FA3", "EF1", "EF2", "EF3")):
        latent = 2 * traits[:, place // 3] + rng.normal(size=len(answers))
        coded = np.digitize(latent / 2.2, [-1, -0.3, 0.3, 1]) + 1
        frame[name] = pd.array(6 - coded if name == "EF3" else coded, dtype="Int64")
    report = validate(replace(answers, frame=frame))
    assert set(ratings(report, "structural_validity").values()) == {"insufficient"}
    assert ratings(report, "internal_consistency")["Cronbach's alpha of trust"] in {"indeterminate", "insufficient"}


def test_languages_are_examined_apart(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(300)
    said = pd.array(np.where(answers.frame["id"].astype(int) % 2 == 0, "en", "fr"), dtype="string")
    apart = replace(answers, frame=answers.frame.assign(lang=said), roles=replace(answers.roles, language="lang"))
    report = validate(apart)
    table = report.tidy()
    assert set(table.loc[table["contrast"] == "", "group"]) == {"en", "fr"}
    apart_from = [one for one in report.draft.findings if one.property != "measurement_invariance"]
    assert {one.languages for one in apart_from} == {("en",), ("fr",)}
    compared = [one for one in report.draft.findings if one.property == "measurement_invariance"]
    assert {one.languages for one in compared} == {("en", "fr"), ()}
    assert any("in which language" in note for note in validate(answers).notes)
    assert {one.languages for one in validate(answers).draft.findings} == {()}


def test_a_retest_is_agreement_of_the_same_people(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(150)
    report = validate(answers, retest=("2022", "2023"))
    frame = score(answers).frame
    wide = frame.pivot(index="id", columns="wave", values="trust").dropna().to_numpy(dtype=float)
    expected = absolute_agreement(wide, 0.95)
    row = report.tidy().set_index(["scale", "term"]).loc[("trust", "icc")]
    assert row["estimate"] == pytest.approx(expected.icc, rel=1e-12)
    assert row["n"] == 150
    assert set(ratings(report, "measurement_error").values()) == {"indeterminate"}


@pytest.mark.parametrize("retest", [("2022", "2022"), ("2022", "1999"), ("2022",)])
def test_a_retest_of_waves_that_are_not_there_is_refused(
    retest: tuple[str, ...], make_answers: Callable[..., Responses]
) -> None:
    with pytest.raises(DesignError, match="must name two of the waves"):
        validate(make_answers(40), retest=retest)  # type: ignore[arg-type]


def test_simulated_answers_prove_nothing(make_answers: Callable[..., Responses]) -> None:
    report = validate(make_answers(400, simulated=True))
    assert {one.rating for one in report.draft.findings} == {"indeterminate"}
    assert all("simulated data" in one.source for one in report.draft.findings)
    assert set(report.missing) == set(MISSING)
    assert "SIMULATED" in report.summary()


def test_the_report_reads_as_text_and_as_plain_values(make_answers: Callable[..., Responses]) -> None:
    report = validate(make_answers(200))
    assert "Missing, content_validity" in report.summary()
    assert report.to_dict()["result"] == "ValidationReport"
    assert isinstance(report.draft, Evidence)
    with pytest.raises(DesignError, match="takes responses"):
        validate(pd.DataFrame())  # type: ignore[arg-type]


def test_languages_and_waves_are_compared_where_there_are_enough_people(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(2400)
    said = pd.array(np.where(answers.frame["id"].astype(int) % 2 == 0, "en", "fr"), dtype="string")
    frame = answers.frame.assign(lang=said)
    odd = (frame["lang"] == "fr") & (frame["FA2"] > 1)
    frame.loc[odd, "FA2"] = frame.loc[odd, "FA2"] - 1
    report = validate(replace(answers, frame=frame, roles=replace(answers.roles, language="lang")))
    found = ratings(report, "measurement_invariance")
    across = {
        words.split(" across ")[0] + words.split(" across ")[1].split()[0]: rating for words, rating in found.items()
    }
    assert across["Invariance of fairnesslanguage"] == "insufficient"
    assert across["Invariance of effectlanguage"] == "sufficient"
    assert across["Invariance of effectwave"] == "sufficient"
    assert "measurement_invariance" not in report.missing
    few = validate(make_answers(150))
    assert set(ratings(few, "measurement_invariance").values()) == {"indeterminate"}
