"""Made-up answers obey the questionnaire, and the model that the docstring writes down."""

from __future__ import annotations

import math
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustmeter.errors import DesignError
from trustmeter.exchange.answers import read_responses
from trustmeter.questionnaire.model import Item, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.routing import Equals
from trustmeter.questionnaire.shelf import demo_file, load_questionnaire
from trustmeter.questionnaire.text import Text
from trustmeter.responses.keying import keyed_items
from trustmeter.responses.model import MISSING_KINDS, Responses
from trustmeter.responses.simulation import GATE_OPEN, SPECIAL_OPEN, STABLE, simulate_responses

ROOT = Path(__file__).resolve().parents[2]
ESS = load_questionnaire("ess5-trust-in-justice")
NOT_ASKED = 1 + MISSING_KINDS.index("not_asked")
FOUR_SE = 4
"""Standard errors that a correct simulation may be off: one seed in 16 000 would fail, and the seeds are fixed."""

SILENT: dict[str, Any] = {"dont_know": 0.0, "refused": 0.0, "blank": 0.0}


def with_more(tiny: Questionnaire) -> Questionnaire:
    """`tiny` with an age in years, a free text, a question behind a filter, and an optional special-category module."""
    words = Text({"en": "?", "fr": "?"}, base="en")
    years = ResponseScale("years", "number", (), 16, 110)
    free = ResponseScale("free", "text", ())
    yes_no = tiny.item("CONTACT").response_scale
    consented = Equals("CONSENT", "1")
    more = Section(
        "more",
        words,
        words,
        (
            Item("AGE", words, years),
            Item("WORDS", words, free),
            Item("AFTER", words, tiny.item("FA1").response_scale, show_if=Equals("CONTACT", "1")),
        ),
        show_if=consented,
    )
    special = Section(
        "origin",
        words,
        words,
        (Item("ORCONS", words, yes_no, required=True), Item("OR1", words, yes_no, show_if=Equals("ORCONS", "1"))),
        show_if=consented,
        optional=True,
        special_category=True,
        reason="For the test.",
    )
    return Questionnaire(**{**_fields(tiny), "sections": (*tiny.sections, more, special)})


def _fields(questionnaire: Questionnaire) -> dict[str, Any]:
    return {name: getattr(questionnaire, name) for name in Questionnaire.__dataclass_fields__}


def scale_means(answers: Responses, scale: str) -> list[pd.Series]:
    means = keyed_items(answers, scale).astype(float).mean(axis=1)
    return [means[rows.index].reset_index(drop=True) for _, rows in answers.frame.groupby("wave", sort=False)]


def alpha(answers: Responses, scale: str) -> float:
    covariance = keyed_items(answers, scale).astype(float).dropna().cov().to_numpy()
    k = len(covariance)
    return float(k / (k - 1) * (1 - np.trace(covariance) / covariance.sum()))


def check_legal(answers: Responses) -> None:
    """Every cell is an answer that the item offers, or missing for one stated reason."""
    for item in answers.questionnaire.items:
        column, kinds = answers.frame[item.id], answers.missing[item.id]
        assert (column.isna() == (kinds != 0)).all(), item.id
        scale = item.response_scale
        if scale.type == "number":
            assert column.dropna().between(scale.minimum, scale.maximum).all(), item.id
        elif scale.type != "text":
            assert set(column.dropna().astype(str)) <= {option.code for option in scale.substantive}, item.id
        offered = {option.kind for option in scale.non_answers} | {"blank", "not_asked"}
        assert {MISSING_KINDS[kind - 1] for kind in kinds.unique() if kind} <= offered, item.id


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(1, 30),
    waves=st.integers(1, 3),
    linked=st.floats(0, 1),
    silence=st.tuples(st.floats(0, 0.3), st.floats(0, 0.3), st.floats(0, 0.3)),
    loading=st.floats(0.05, 0.95),
    seed=st.integers(0, 2**32),
)
def test_ess_answers_are_legal_whatever_is_asked(
    *, n: int, waves: int, linked: float, silence: tuple[float, float, float], loading: float, seed: int
) -> None:
    names = [f"w{number}" for number in range(waves)]
    shares = dict(zip(("dont_know", "refused", "blank"), silence, strict=True))
    answers = simulate_responses(ESS, n, waves=names, linked=linked, loading=loading, seed=seed, **shares)
    assert len(answers) == n * waves
    assert answers.simulated
    assert not answers.frame.duplicated(["id", "wave"]).any()
    check_legal(answers)


def test_tiny_answers_are_legal_and_carry_their_roles(tiny: Questionnaire) -> None:
    answers = simulate_responses(with_more(tiny), 300, waves=("2022", "2023"), zone="North", seed=3)
    check_legal(answers)
    assert (answers.roles.respondent, answers.roles.wave, answers.roles.zone) == ("id", "wave", "zone")
    assert answers.frame["wave"].value_counts().to_dict() == {"2022": 300, "2023": 300}
    assert set(answers.frame["zone"]) == {"North"}
    assert "SIMULATED" in str(answers)
    assert simulate_responses(tiny, 2, seed=3).roles.zone is None
    assert answers.frame["FA1"].dtype == "Int64"
    assert answers.frame["SEX"].dtype == "string"


def test_routing_is_followed(tiny: Questionnaire) -> None:
    answers = simulate_responses(with_more(tiny), 2000, waves=("only",), seed=4)
    frame, missing = answers.frame, answers.missing
    gates = {"FA1": ["CONSENT"], "AFTER": ["CONSENT", "CONTACT"], "OR1": ["CONSENT", "ORCONS"]}
    for item, needed in gates.items():
        asked = np.logical_and.reduce([(frame[gate] == 1).fillna(False).to_numpy(dtype=bool) for gate in needed])
        assert 0 < asked.sum() < 2000
        np.testing.assert_array_equal(missing[item].to_numpy() != NOT_ASKED, asked)
    assert set(missing["WORDS"]) == {NOT_ASKED, 1 + MISSING_KINDS.index("blank")}
    assert set(missing["CONSENT"]) == {0}


@pytest.mark.parametrize(
    ("gate", "of", "expected"), [("CONSENT", None, GATE_OPEN), ("ORCONS", "CONSENT", SPECIAL_OPEN)]
)
def test_consent_opens_for_its_share(tiny: Questionnaire, gate: str, of: str | None, expected: float) -> None:
    frame = simulate_responses(with_more(tiny), 4000, waves=("only",), seed=5).frame
    column = frame[gate] if of is None else frame.loc[frame[of] == 1, gate]
    tolerance = FOUR_SE * math.sqrt(expected * (1 - expected) / len(column))
    assert (column == 1).mean() == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("share", ["dont_know", "refused", "blank"])
def test_silence_has_its_share_of_those_asked(tiny: Questionnaire, share: str) -> None:
    answers = simulate_responses(tiny, 4000, waves=("only",), seed=6, **{**SILENT, share: 0.1})
    kinds = answers.missing["FA1"].to_numpy()
    asked = kinds[kinds != NOT_ASKED]
    tolerance = FOUR_SE * math.sqrt(0.09 / len(asked))
    assert np.mean(asked == 1 + MISSING_KINDS.index(share)) == pytest.approx(0.1, abs=tolerance)
    assert (answers.missing["CONTACT"] == 1 + MISSING_KINDS.index("dont_know")).sum() == 0


@pytest.mark.parametrize(
    ("change", "fairness", "effect"),
    [
        (0.0, 0, 0),
        (0.6, 1, 1),
        (-0.6, -1, -1),
        ({"effect": 0.6}, 0, 1),
        ({"trust": 0.6}, 1, 1),
        ({"trust": 0.6, "effect": -0.6}, 1, -1),
    ],
)
def test_change_moves_the_named_scales_in_its_direction(
    tiny: Questionnaire, change: float | dict[str, float], fairness: int, effect: int
) -> None:
    answers = simulate_responses(tiny, 1500, change=change, seed=7)
    for scale, direction in (("fairness", fairness), ("effect", effect)):
        before, after = scale_means(answers, scale)
        d = (after.mean() - before.mean()) / before.std()
        noise = FOUR_SE * math.sqrt(2 / 1500)
        assert abs(d) < noise if direction == 0 else d * direction > noise, (scale, d)


def test_change_grows_in_equal_steps(tiny: Questionnaire) -> None:
    answers = simulate_responses(tiny, 4000, waves=("a", "b", "c"), change=1.0, seed=8)
    first, second, third = scale_means(answers, "fairness")
    assert second.mean() - first.mean() == pytest.approx(third.mean() - second.mean(), abs=0.08)
    assert second.mean() - first.mean() > 0.2


@pytest.mark.parametrize("loading", [0.5, 0.7, 0.85])
def test_alpha_follows_from_the_loading(tiny: Questionnaire, loading: float) -> None:
    """Without cutting into five answers, alpha of k items is k l2 / (1 + (k - 1) l2); cutting costs some of it."""
    found = alpha(simulate_responses(tiny, 4000, waves=("only",), loading=loading, seed=9), "fairness")
    whole = 3 * loading**2 / (1 + 2 * loading**2)
    assert 0.85 * whole < found < whole


def test_linked_people_are_like_themselves_and_others_are_not(tiny: Questionnaire) -> None:
    before, after = scale_means(simulate_responses(tiny, 3000, loading=0.95, seed=10, **SILENT), "fairness")
    assert 0.8 * STABLE < before.corr(after) < STABLE
    apart = simulate_responses(tiny, 3000, linked=False, loading=0.95, seed=10, **SILENT)
    before, after = scale_means(apart, "fairness")
    assert abs(before.corr(after)) < FOUR_SE / math.sqrt(2900)


@pytest.mark.parametrize(("linked", "staying"), [(True, 40), (False, 0), (1.0, 40), (0.25, 10)])
def test_the_linked_share_answers_in_every_wave(tiny: Questionnaire, linked: float, staying: int) -> None:
    answers = simulate_responses(tiny, 40, waves=("a", "b", "c"), linked=linked, seed=11)
    times = answers.frame["id"].value_counts()
    assert (times == 3).sum() == staying
    assert (times == 1).sum() == 3 * (40 - staying)
    both = answers.frame[answers.frame["id"].isin(times.index[times == 3])]
    assert (both.groupby("id")["SEX"].nunique() <= 1).all()


def test_reversed_items_run_the_other_way(tiny: Questionnaire) -> None:
    values = simulate_responses(tiny, 2000, waves=("only",), seed=12).values(["EF1", "EF2", "EF3"]).astype(float)
    assert values["EF1"].corr(values["EF2"]) > 0.2
    assert values["EF1"].corr(values["EF3"]) < -0.2
    assert values["EF1"].mean() > 3 > values["EF3"].mean()


def test_the_same_seed_gives_the_same_answers(tiny: Questionnaire) -> None:
    first, again, other = (simulate_responses(tiny, 50, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.frame, again.frame)
    pd.testing.assert_frame_equal(first.missing, again.missing)
    assert not first.frame.equals(other.frame)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"n": 0}, "`n`"),
        ({"n": 2.5}, "`n`"),
        ({"n": True}, "`n`"),
        ({"waves": ()}, "`waves`"),
        ({"waves": "before"}, "`waves`"),
        ({"waves": ("a", "a")}, "`waves`"),
        ({"linked": 1.5}, "`linked`"),
        ({"dont_know": -0.1}, "`dont_know`"),
        ({"blank": math.nan}, "`blank`"),
        ({"refused": "much"}, "`refused`"),
        ({"blank": 0.6, "dont_know": 0.6}, "together"),
        ({"loading": 0}, "`loading`"),
        ({"loading": 1.0}, "`loading`"),
        ({"change": math.inf}, "`change`"),
        ({"change": {"trsut": 0.3}}, "'trust'"),
        ({"change": {"trust": "much"}}, "'trust'"),
    ],
)
def test_what_cannot_be_simulated_is_refused(tiny: Questionnaire, words: dict[str, Any], says: str) -> None:
    with pytest.raises(DesignError, match=says):
        simulate_responses(tiny, **{"n": 10, "seed": 1, **words})


@pytest.fixture(scope="module")
def shipped() -> Responses:
    """The simulated answers that come with trustmeter, read without a fault."""
    trust = load_questionnaire("community-trust")
    return read_responses(
        demo_file(), trust, respondent="id", wave="wave", zone="zone", language="language", mode="mode"
    )


def test_the_shipped_file_is_what_its_tool_makes() -> None:
    made = runpy.run_path(str(ROOT / "tools" / "make_demo_data.py"))["demo_table"]()
    stored = pd.read_csv(demo_file(), dtype="string", keep_default_na=False)
    pd.testing.assert_frame_equal(stored, made.astype("string"))


def test_the_shipped_file_is_read_without_a_problem(shipped: Responses) -> None:
    assert len(shipped) == 640
    assert shipped.problems == ()
    assert shipped.simulated
    assert shipped.item_ids == tuple(item.id for item in shipped.questionnaire.items)
    assert shipped.frame["wave"].value_counts().to_dict() == {"2022": 320, "2023": 320}
    assert (shipped.frame["id"].value_counts() == 2).all()
    assert set(shipped.frame["language"]) == set(shipped.questionnaire.languages)
    check_legal(shipped)


def test_the_shipped_file_is_read_back_as_it_was_simulated(shipped: Responses) -> None:
    """Codes written and read again: the same answers, the same kinds of missing."""
    tool = runpy.run_path(str(ROOT / "tools" / "make_demo_data.py"))
    answers = simulate_responses(
        shipped.questionnaire,
        tool["PEOPLE"],
        waves=tool["WAVES"],
        change=tool["CHANGE"],
        zone=tool["ZONE"],
        seed=tool["SEED"],
    )
    items = list(answers.item_ids)
    pd.testing.assert_frame_equal(shipped.frame[items], answers.frame[items])
    pd.testing.assert_frame_equal(shipped.missing[items], answers.missing[items])
