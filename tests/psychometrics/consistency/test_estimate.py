"""Reliability from answers or a frame: R's numbers, real answers, refusals, notes."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.exchange.answers import read_responses
from trustmeter.options import MissingRule
from trustmeter.psychometrics.consistency.estimate import ALL_TERMS, ReliabilityResult, alpha, omega, reliability
from trustmeter.psychometrics.items import analyze_items
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.responses.keying import keyed_items
from trustmeter.responses.model import Responses, Roles
from trustmeter.results import VOCABULARY

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
STORED: dict[str, Any] = json.loads((REFERENCE / "values/reliability.json").read_text(encoding="utf-8"))["cases"]
CLOSED_FORM = 1e-12
"""Closed forms on the same numbers: only rounding may differ."""
NUMERIC_GRADIENT = 1e-9
"""R's standard errors here come from a numeric gradient."""
ITERATED = 1e-6
"""lavaan stops its search at about this distance, relatively."""
MONTE_CARLO = 4
"""Standard errors of simulation that two bootstraps may lie apart."""
COLUMNS = ["scale", "term", "estimate", "std_error", "ci_low", "ci_high", "n", "method", "suppressed"]


def stored_items(case: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / f"data/reliability_{case}.csv")


def row(result: ReliabilityResult, term: str, method: str = "", scale: str = "") -> Any:
    table = result.tidy()
    chosen = table[(table["scale"] == scale) & (table["term"] == term) & table["method"].str.contains(method)]
    return chosen.iloc[0]


def limits(of: Any) -> tuple[float, float]:
    return of["ci_low"], of["ci_high"]


@pytest.mark.parametrize("case", STORED)
def test_alpha_is_that_of_psych(case: str) -> None:
    stored, result = STORED[case], reliability(stored_items(case))
    assert float(result) == pytest.approx(stored["alpha"], rel=CLOSED_FORM)
    assert row(result, "alpha")["n"] == stored["n"]
    assert limits(row(result, "alpha", "Feldt")) == pytest.approx(stored["feldt"], rel=CLOSED_FORM)
    assert result.value("alpha_standardized") == pytest.approx(stored["alpha_standardized"], rel=CLOSED_FORM)
    assert result.value("sem") == pytest.approx(stored["sem"], rel=CLOSED_FORM)
    assert result.value("mdc") == pytest.approx(1.959963984540054 * math.sqrt(2) * stored["sem"], rel=CLOSED_FORM)


@pytest.mark.parametrize("case", STORED)
def test_distribution_free_errors_are_those_built_step_by_step(case: str) -> None:
    result = reliability(stored_items(case), interval="adf")
    for term, stored in STORED[case]["adf_se"].items():
        assert row(result, term, "ADF")["std_error"] == pytest.approx(stored, rel=NUMERIC_GRADIENT)
    centre, error = STORED[case]["alpha"], STORED[case]["adf_se"]["alpha"]
    expected = (centre - 1.959963984540054 * error, centre + 1.959963984540054 * error)
    assert limits(row(result, "alpha", "ADF")) == pytest.approx(expected, rel=NUMERIC_GRADIENT)


@pytest.mark.parametrize("case", STORED)
def test_omega_is_that_of_lavaan(case: str) -> None:
    stored, items = STORED[case]["factor"], stored_items(case)
    robust, normal = (
        row(omega(items, interval="adf"), "omega_total"),
        row(omega(items, interval="feldt"), "omega_total"),
    )
    assert robust["estimate"] == pytest.approx(stored["omega"], rel=ITERATED)
    assert robust["std_error"] == pytest.approx(stored["robust_se"], rel=ITERATED)
    assert limits(robust) == pytest.approx(stored["robust_ci"], rel=ITERATED)
    assert normal["std_error"] == pytest.approx(stored["normal_se"], rel=ITERATED)
    assert limits(normal) == pytest.approx(stored["normal_ci"], rel=ITERATED)
    assert (robust["method"], normal["method"]) == ("one-factor ML, ADF", "one-factor ML, normal-theory delta")


def test_the_bootstrap_is_that_of_boot() -> None:
    stored = STORED["skewed"]["bootstrap"]
    result = reliability(stored_items("skewed"), interval="bootstrap", seed=3)
    for term in ("alpha", "sem"):
        found, expected = row(result, term, "BCa"), stored[term]
        noise = MONTE_CARLO * expected["se"] / math.sqrt(2000)
        assert found["std_error"] == pytest.approx(expected["se"], abs=noise)
        # A limit is 3.7 times as noisy as a mean: the tail's quantile 2.7 times, the bias correction 2.5 times.
        assert limits(found) == pytest.approx(expected["ci"], abs=3.7 * noise)
    again = reliability(stored_items("skewed"), interval="bootstrap", seed=3)
    pd.testing.assert_frame_equal(result.tidy(), again.tidy())
    assert row(result, "alpha")["method"].startswith("BCa")


def test_pairs_are_those_of_psych() -> None:
    result = reliability(stored_items("holes"), missing="pairwise")
    assert float(result) == pytest.approx(STORED["holes"]["pairwise_alpha"], rel=CLOSED_FORM)
    standardized = STORED["holes"]["pairwise_standardized"]
    assert result.value("alpha_standardized") == pytest.approx(standardized, rel=CLOSED_FORM)
    assert math.isnan(result.value("omega_total"))
    assert result.tidy()[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert any("no intervals" in note for note in result.notes)


ESS5 = json.loads((REFERENCE / "values/ess5_alpha.json").read_text(encoding="utf-8"))["scales"]


@pytest.mark.parametrize("scale", ESS5)
def test_real_answers_give_what_psych_gives(scale: str, real_data: Path) -> None:
    stored = ESS5[scale]
    answers = pd.read_csv(real_data / "ess5_russia_half" / "ess5_ru_half.csv.gz")[stored["items"]]
    items = answers.where(answers <= stored["highest"])
    result = reliability(items)
    assert row(result, "alpha")["n"] == stored["n"]
    assert float(result) == pytest.approx(stored["alpha"], rel=CLOSED_FORM)
    assert limits(row(result, "alpha", "Feldt")) == pytest.approx(stored["feldt"], rel=CLOSED_FORM)
    assert result.value("alpha_standardized") == pytest.approx(stored["alpha_standardized"], rel=CLOSED_FORM)
    assert float(alpha(items, missing="pairwise")) == pytest.approx(stored["pairwise_alpha"], rel=CLOSED_FORM)
    assert result.provenance.rows_left_out == {"unanswered items": 1296 - stored["n"]}


def test_real_answers_read_by_their_questionnaire_give_the_same(real_data: Path) -> None:
    source = real_data / "ess5_russia_half" / "ess5_ru_half.csv.gz"
    answers = read_responses(source, load_questionnaire("ess5-trust-in-justice"), respondent="idno")
    result = reliability(answers, scale=list(ESS5))
    for scale, stored in ESS5.items():
        assert result.value("alpha", scale) == pytest.approx(stored["alpha"], rel=CLOSED_FORM)
        found = analyze_items(answers, scale=scale).tidy()
        item_total = found.loc[found["term"] == "item_total", "estimate"].tolist()
        assert item_total == pytest.approx(stored["item_total"], rel=CLOSED_FORM)


@pytest.mark.parametrize(
    ("verb", "terms"),
    [
        (reliability, ["alpha", "alpha", "alpha_standardized", "omega_total", "sem", "mdc"]),
        (alpha, ["alpha", "alpha", "alpha_standardized"]),
        (omega, ["omega_total"]),
    ],
)
@pytest.mark.parametrize("interval", ["adf", "feldt"])
def test_shape_of_the_table(verb: Callable[..., ReliabilityResult], terms: list[str], interval: str) -> None:
    items = stored_items("skewed")
    before = items.copy()
    table = verb(items, interval=interval, conf_level=0.9).tidy()
    assert list(table.columns) == COLUMNS
    assert set(COLUMNS) <= set(VOCABULARY)
    assert table["term"].tolist() == terms
    assert (table["ci_low"] < table["estimate"]).all()
    assert (table["estimate"] < table["ci_high"]).all()
    assert table["method"].iloc[0].endswith({"adf": "ADF", "feldt": "Feldt"}[interval]) or verb is omega
    pd.testing.assert_frame_equal(items, before)


@pytest.mark.parametrize(
    "convert",
    [
        lambda x: x.astype("Int64"),
        lambda x: x.astype("float32"),
        lambda x: x.astype(object),
        lambda x: x.astype("Float64"),
        lambda x: x.to_numpy(),
        lambda x: x.to_numpy().tolist(),
        lambda x: x.sample(frac=1, random_state=1)[list(x.columns[::-1])],
        lambda x: x * 10 + 7,
    ],
)
def test_kind_order_and_unit_of_the_numbers_do_not_matter(convert: Callable[[pd.DataFrame], Any]) -> None:
    items = stored_items("skewed")
    expected, found = reliability(items), reliability(convert(items))
    for term in ("alpha", "alpha_standardized", "omega_total"):
        assert found.value(term) == pytest.approx(expected.value(term), rel=1e-9)


def test_yes_and_no_are_numbers() -> None:
    items = stored_items("skewed") > 1
    assert float(alpha(items)) == pytest.approx(float(alpha(items.astype(int))), rel=CLOSED_FORM)


PLAIN = pd.DataFrame({"a": range(12), "b": [1, 2, 3] * 4, "c": [5, 1, 4, 2] * 3})


@pytest.mark.parametrize(
    ("items", "error", "words"),
    [
        (PLAIN.assign(d="secret", e="secret"), DesignError, "hold something else: 'd'"),
        (PLAIN.assign(d=pd.Categorical([1, 2] * 6)), DesignError, "'d' (category)"),
        (PLAIN.assign(d=np.inf), DesignError, "finite numbers"),
        (pd.concat([PLAIN, PLAIN["a"]], axis=1), DesignError, "the column 'a' 2 times"),
        (PLAIN["a"], DesignError, "Got Series"),
        ([1, 2, 3], DesignError, "Got 1 dimension."),
        ([[1, 2], [3]], DesignError, "unequal length"),
        (None, DesignError, "Got NoneType"),
        (pd.DataFrame(), EstimationError, "no item"),
        (PLAIN[["a"]], EstimationError, "only one item"),
        (PLAIN.head(9), EstimationError, "fewer than 10 complete rows among 9 rows"),
        (PLAIN.head(2), EstimationError, "fewer than 10 complete rows among 2 rows"),
        (PLAIN.where(PLAIN["a"] > 4), EstimationError, "fewer than 10 complete rows among"),
        (PLAIN.assign(d=4), EstimationError, "no two different answers to 'd'"),
        (PLAIN.assign(d=-PLAIN.sum(axis=1)), EstimationError, "does not vary"),
        (np.random.default_rng(1).normal(size=(12, 12)), EstimationError, "12 items but only 12 complete rows"),
    ],
)
def test_what_cannot_be_done_is_refused(items: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=re.escape(words)) as caught:
        alpha(items)
    assert type(caught.value) is error
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"interval": "adff"}, "Did you mean 'adf'?"),
        ({"missing": "pairs"}, "'pairwise'"),
        ({"conf_level": 95}, "between 0 and 1"),
        ({"scale": "trust"}, "a plain frame is one scale"),
    ],
)
def test_unknown_options_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(DesignError, match=re.escape(words)):
        reliability(PLAIN, **options)


def heywood() -> pd.DataFrame:
    L = np.linalg.cholesky([[1, 0.9, 0.9], [0.9, 1, 0.7], [0.9, 0.7, 1]])
    z = np.random.default_rng(1).normal(size=(60, 3))
    z = np.linalg.qr(z - z.mean(axis=0))[0]
    return pd.DataFrame(z @ L.T, columns=["a", "b", "c"])


@pytest.mark.parametrize(
    ("items", "words"),
    [
        (stored_items("skewed")[["q1", "q2"]], "at least three items"),
        (stored_items("skewed").assign(copy=lambda x: x["q1"]), "the copy of others"),
        (heywood(), "no error variance for 'a' (Heywood case)"),
    ],
)
def test_where_omega_fails_alpha_still_stands(items: pd.DataFrame, words: str) -> None:
    with pytest.raises(EstimationError, match=re.escape(words)):
        omega(items)
    result = reliability(items)
    assert result.value("alpha") > 0
    assert math.isnan(result.value("omega_total"))
    assert not row(result, "omega_total")["suppressed"]
    assert any(words in note for note in result.notes)


def test_items_keyed_the_other_way_are_named_not_turned() -> None:
    result = alpha(stored_items("one_turned"))
    assert any("'q2' runs against the other items" in note for note in result.notes)
    assert float(result) == pytest.approx(STORED["one_turned"]["alpha"], rel=CLOSED_FORM)


def test_negative_alpha_is_explained() -> None:
    rng = np.random.default_rng(1)
    person = rng.normal(size=(50, 1))
    result = alpha(np.hstack([person, -person]) + 0.5 * rng.normal(size=(50, 2)))
    assert float(result) < 0
    assert any("alpha is negative" in note.lower() for note in result.notes)


def test_few_people_are_mentioned() -> None:
    assert any("ewer than 30" in note for note in alpha(stored_items("small")).notes)
    assert not any("ewer than 30" in note for note in alpha(stored_items("skewed")).notes)


def one_wave(answers: Responses) -> Responses:
    return answers.select((answers.frame["wave"] == "2022").to_numpy())


def test_answers_are_turned_and_put_on_0_to_100(make_answers: Callable[..., Responses]) -> None:
    answers = one_wave(make_answers(120, blanks=0.05))
    result = reliability(answers)
    assert result.tidy()["scale"].drop_duplicates().tolist() == ["trust", "fairness", "effect"]
    for scale in ("trust", "fairness", "effect"):
        plain = reliability(keyed_items(answers, scale))
        for term in ("alpha", "alpha_standardized", "omega_total"):
            assert result.value(term, scale) == pytest.approx(plain.value(term), rel=1e-9)
        for term in ("sem", "mdc"):  # one point of a five-point item is 25 of 100
            assert result.value(term, scale) == pytest.approx(25 * plain.value(term), rel=1e-9)
        assert row(result, "sem", "0-100 points", scale)["n"] == keyed_items(answers, scale).dropna().shape[0]
    assert any("doubtful for 'trust'" in note for note in result.notes)
    assert any(note.startswith("Rows left out") for note in result.notes)
    assert result.provenance.questionnaire == "tiny 1.0.0"
    assert json.loads(json.dumps(result.to_dict()))["provenance"]["options"]["conf_level"] == 0.95


def test_one_scale_of_several(make_answers: Callable[..., Responses]) -> None:
    answers = one_wave(make_answers(60))
    alone, several = reliability(answers, scale="effect"), reliability(answers, scale=["effect", "trust"])
    assert float(alone) == alone.value("alpha") == several.value("alpha", "effect")
    for call in (lambda: float(several), lambda: several.value("alpha")):
        with pytest.raises(DesignError, match=r"needs one scale; it has 'effect', 'trust'"):
            call()
    with pytest.raises(DesignError, match="Did you mean 'effect'"):
        several.value("alpha", "efect")
    with pytest.raises(DesignError, match="Did you mean 'omega_total'"):
        alone.value("omega")


def test_people_asked_twice_are_one_person_each(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(100)
    linked = reliability(answers, scale="trust")
    unlinked = reliability(replace(answers, roles=Roles(None, "wave", "zone")), scale="trust")
    assert row(linked, "alpha", "ADF by respondent", "trust")["estimate"] == unlinked.value("alpha")
    assert row(linked, "alpha", "ADF", "trust")["std_error"] > row(unlinked, "alpha", "ADF", "trust")["std_error"]
    assert math.isnan(row(linked, "alpha", "Feldt", "trust")["ci_low"])
    assert any("clustered by respondent" in note for note in linked.notes)
    assert any("2 waves are taken together" in note for note in linked.notes)
    drawn = reliability(answers, scale="trust", interval="bootstrap", seed=1)
    by_people = row(drawn, "alpha", "draws of respondents", "trust")
    assert by_people["std_error"] == pytest.approx(row(linked, "alpha", "ADF", "trust")["std_error"], rel=0.1)
    once = reliability(one_wave(answers), scale="trust")
    assert not any("clustered" in note or "waves" in note for note in once.notes)


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_a_change_of_everybody_is_no_consistency(make_answers: Callable[..., Responses], missing: MissingRule) -> None:
    answers = make_answers(80, blanks=0.05)
    waves = (answers.frame["wave"] == "2023").to_numpy(dtype=bool)
    items = ["EF1", "EF2", "EF3"]
    moved = answers.frame.assign(**{item: answers.frame[item] + 3 * waves for item in items})
    one, other = (reliability(each, missing=missing) for each in (answers, replace(answers, frame=moved)))
    for term in ("alpha", "sem", "mdc"):
        assert other.value(term, "effect") == pytest.approx(one.value(term, "effect"), rel=1e-9)
    values = keyed_items(answers, "effect").astype(float)
    if missing == "listwise":
        values = values.dropna()
        around = values - values.groupby(pd.Series(waves, index=answers.frame.index)[values.index]).transform("mean")
        assert one.value("alpha", "effect") == pytest.approx(float(alpha(around)), rel=1e-9)
        pooled = around.T @ around / (len(around) - 2)
        error = math.sqrt(pooled.sum(axis=None)) / len(items) * math.sqrt(1 - float(alpha(around)))
        assert one.value("sem", "effect") == pytest.approx(25 * error, rel=1e-9)


def test_answers_said_twice_add_no_certainty(make_answers: Callable[..., Responses]) -> None:
    once = one_wave(make_answers(150))
    again = once.frame.assign(wave="2023")
    twice = replace(
        once,
        frame=pd.concat([once.frame, again], ignore_index=True),
        missing=pd.concat([once.missing, once.missing], ignore_index=True),
    )
    single, double = (reliability(one, scale="fairness", interval="adf") for one in (once, twice))
    for term in ALL_TERMS:
        expected = row(single, term, "ADF", "fairness")["std_error"]
        assert row(double, term, "ADF by respondent", "fairness")["std_error"] == pytest.approx(expected, rel=0.01)


def test_one_bad_scale_does_not_hide_the_others(make_answers: Callable[..., Responses]) -> None:
    answers = one_wave(make_answers(50))
    frame = answers.frame.assign(FA2=3).astype({"FA2": "Int64"})
    answers = replace(answers, frame=frame)
    result = reliability(answers)
    table = result.tidy()
    assert table.loc[table["scale"] == "fairness", "term"].tolist() == list(ALL_TERMS)
    assert table.loc[table["scale"] == "fairness", "estimate"].isna().all()
    assert table.loc[table["estimate"].isna(), "scale"].unique().tolist() == ["trust", "fairness"]
    assert not table["suppressed"].any()
    assert result.value("alpha", "effect") > 0
    assert any("Scales 'trust', 'fairness': not estimated: no two different" in note for note in result.notes)
    with pytest.raises(EstimationError, match="of scale 'fairness' cannot be estimated: no two different"):
        reliability(answers, scale="fairness")


def test_few_people_give_no_numbers(make_answers: Callable[..., Responses]) -> None:
    for answers, words in ((one_wave(make_answers(9)), "complete rows among 9"), (make_answers(9), "people among 18")):
        table = reliability(answers).tidy()
        assert table["suppressed"].all()
        assert table[["estimate", "n"]].isna().all(axis=None)
        with pytest.raises(EstimationError, match=words):
            reliability(answers, scale="trust")


def test_scales_that_were_not_read(make_answers: Callable[..., Responses], tiny: Questionnaire) -> None:
    full = one_wave(make_answers(60))
    dropped = ["FA1", "FA2", "FA3", "EF3"]
    partial = replace(full, frame=full.frame.drop(columns=dropped), missing=full.missing.drop(columns=dropped))
    result = reliability(partial)
    assert result.tidy()["scale"].unique().tolist() == ["trust", "effect"]
    assert any("Scale 'effect': only 2 of its 3 items" in note for note in result.notes)
    with pytest.raises(DesignError, match="None of the items of scale 'fairness'"):
        reliability(partial, scale="fairness")
    nothing = replace(full, frame=full.frame[["id"]], missing=full.missing[[]])
    with pytest.raises(DesignError, match="No item of any scale"):
        reliability(nothing)


def test_items_with_different_ranges_weigh_the_same(
    make_answers: Callable[..., Responses], tiny: Questionnaire
) -> None:
    answers = one_wave(make_answers(80))
    wide = replace(tiny.response_scales[0], id="wide", type="number", minimum=1, maximum=9, options=())
    sections = tuple(
        replace(part, items=tuple(replace(one, response_scale=wide) if one.id == "FA1" else one for one in part.items))
        for part in tiny.sections
    )
    frame = answers.frame.assign(FA1=answers.frame["FA1"] * 2 - 1)
    mixed = replace(answers, frame=frame, questionnaire=replace(tiny, sections=sections))
    same, found = reliability(answers, scale="fairness"), reliability(mixed, scale="fairness")
    assert found.value("alpha") == pytest.approx(same.value("alpha"), rel=1e-9)
    assert found.value("sem") == pytest.approx(same.value("sem"), rel=1e-9)
    assert any("different ranges" in note for note in found.notes)


def test_made_up_answers_stay_marked(make_answers: Callable[..., Responses]) -> None:
    assert reliability(make_answers(40, simulated=True)).summary().startswith("SIMULATED")


def test_an_item_that_nobody_answered_is_named() -> None:
    items = pd.DataFrame({"a": [1, 2, 3, 4] * 5, "b": [1, 2, 4, 4] * 5, "c": [math.nan] * 20})
    with pytest.raises(EstimationError, match="nobody answered 'c'"):
        alpha(items)


@pytest.mark.parametrize(("people", "way"), [(499, "jackknife"), (500, "ADF")])
def test_the_interval_goes_by_the_number_of_people_unless_asked_otherwise(people: int, way: str) -> None:
    rng = np.random.default_rng(people)
    items = pd.DataFrame(rng.normal(size=(people, 1)) + rng.normal(size=(people, 5)))
    found = reliability(items)
    asked = reliability(items, interval="adf" if way == "ADF" else "jackknife")
    for term in ("alpha", "omega_total", "sem"):
        first, same = row(found, term), row(asked, term)
        assert way in first["method"]
        assert limits(first) == limits(same)
    assert limits(row(found, "alpha", "ADF")) == limits(row(asked, "alpha", "ADF"))
