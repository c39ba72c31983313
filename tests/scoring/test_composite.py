"""Scores: reversal, missing rule, the three metrics, hierarchy, and what must always hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import trustmeter as tm
from trustmeter.errors import DesignError
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale, Scale, Section
from trustmeter.questionnaire.text import Text
from trustmeter.responses.model import Responses, Roles
from trustmeter.scoring.composite import score

ITEMS = ("FA1", "FA2", "FA3", "EF1", "EF2", "EF3")


def answers_of(
    questionnaire: Questionnaire, cells: list[list[int | None]], items: tuple[str, ...] = ITEMS
) -> Responses:
    frame = pd.DataFrame(cells, columns=list(items)).astype("Int64")
    missing = frame.isna().astype("int8")
    return Responses(frame, missing, questionnaire, Roles())


@pytest.mark.parametrize(
    ("cells", "scale", "method", "expected"),
    [
        ([5, 5, 5, 5, 5, 1], "trust", "pomp", 100),
        ([1, 1, 1, 1, 1, 5], "trust", "pomp", 0),
        ([3, 3, 3, 3, 3, 3], "trust", "pomp", 50),
        ([1, 2, 3, 4, 5, 5], "effect", "mean", (4 + 5 + 1) / 3),
        ([1, 2, 3, 4, 5, 5], "effect", "sum", 10),
        ([1, 2, None, 4, 5, 5], "fairness", "pomp", 12.5),
        ([1, 2, None, 4, 5, 5], "fairness", "sum", 4.5),
        ([1, None, None, 4, 5, 5], "fairness", "pomp", None),
        ([1, None, None, 4, 5, None], "trust", "mean", 10 / 3),
        ([None, None, None, None, None, None], "trust", "pomp", None),
    ],
)
def test_one_person(
    tiny: Questionnaire, cells: list[int | None], scale: str, method: str, expected: float | None
) -> None:
    scores = score(answers_of(tiny, [cells]), scale=scale, method=method)  # type: ignore[arg-type]
    found = float(scores.column(scale).astype(float).iloc[0])
    assert np.isnan(found) if expected is None else found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("method", "limits"), [("pomp", (0, 100)), ("mean", (1, 5)), ("sum", (6, 30))])
def test_ranges(tiny: Questionnaire, method: str, limits: tuple[float, float]) -> None:
    assert score(answers_of(tiny, [[3] * 6]), method=method).ranges["trust"] == limits  # type: ignore[arg-type]


def test_sums_are_whole_only_when_nothing_is_missing(tiny: Questionnaire) -> None:
    assert score(answers_of(tiny, [[3] * 6]), method="sum").column("trust").dtype == "Int64"
    prorated = score(answers_of(tiny, [[3] * 6, [3, 3, 3, 3, None, 3]]), method="sum")
    assert prorated.column("trust").dtype == float
    assert prorated.column("trust").tolist() == [18, 18]


def test_all_scales_roles_and_answered_travel(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(30, blanks=0.2)
    before = answers.frame.copy()
    scores = score(answers)
    assert scores.scales == ("trust", "fairness", "effect")
    assert list(scores.frame.columns) == ["id", "wave", "zone", "trust", "fairness", "effect"]
    assert (scores.answered["fairness"] + scores.answered["effect"]).tolist() == scores.answered["trust"].tolist()
    assert scores.column("fairness").isna().tolist() == (scores.answered["fairness"] < 2).tolist()
    assert any("Rows without a score, because" in note for note in scores.notes)
    pd.testing.assert_frame_equal(answers.frame, before)


def test_naive_loop_gives_the_same(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(25, blanks=0.15)
    found = score(answers).column("effect")
    for row, value in zip(answers.frame.itertuples(), found, strict=True):
        given_answers = [getattr(row, name) for name in ("EF1", "EF2", "EF3")]
        turned = [6 - v if name == "EF3" else v for name, v in zip(("EF1", "EF2", "EF3"), given_answers, strict=True)]
        kept = [int(v) for v in turned if v is not pd.NA]
        expected = sum(100 * (v - 1) / 4 for v in kept) / len(kept) if len(kept) >= 2 else None
        assert np.isnan(value) if expected is None else value == pytest.approx(expected)


def test_items_with_different_ranges_weigh_the_same(tiny: Questionnaire) -> None:
    ten = ResponseScale("ten", "number", (), minimum=0, maximum=10)
    mixed = with_response_scale(tiny, "FA1", ten)
    answers = answers_of(mixed, [[10, 5, 1, 3, 3, 3], [10, 5, None, 3, 3, 3]])
    assert score(answers, scale="fairness").column("fairness").tolist() == pytest.approx([200 / 3, 100])
    means = score(answers, scale="fairness", method="mean")
    assert means.column("fairness").iloc[0] == pytest.approx(16 / 3)
    assert np.isnan(means.column("fairness").iloc[1])
    assert means.ranges["fairness"] == pytest.approx((2 / 3, 20 / 3))
    assert any("different ranges" in note for note in means.notes)


def with_response_scale(questionnaire: Questionnaire, item_id: str, scale: ResponseScale) -> Questionnaire:
    sections = tuple(
        replace(part, items=tuple(replace(i, response_scale=scale) if i.id == item_id else i for i in part.items))
        for part in questionnaire.sections
    )
    return replace(questionnaire, sections=sections)


def test_scales_without_items_are_left_out_with_a_note(tiny: Questionnaire) -> None:
    answers = answers_of(tiny, [[1, 2, 3]], items=("FA1", "FA2", "FA3"))
    scores = score(answers)
    assert scores.scales == ("trust", "fairness")
    assert any("'effect'" in note for note in scores.notes)
    assert any("trust (3 of 6 items)" in note for note in scores.notes)


@pytest.mark.parametrize(
    ("items", "options", "word"),
    [
        (ITEMS, {"scale": "trsut"}, "Did you mean 'trust'"),
        (ITEMS, {"method": "pomps"}, "Did you mean 'pomp'"),
        (("FA1", "FA2", "FA3"), {"scale": "effect"}, "None of the items of scale 'effect'"),
        ((), {}, "No item of any scale"),
    ],
)
def test_refusals(tiny: Questionnaire, items: tuple[str, ...], options: dict[str, str], word: str) -> None:
    with pytest.raises(DesignError, match=word):
        score(answers_of(tiny, [[1] * len(items)], items=items), **options)  # type: ignore[arg-type]


def test_a_role_column_named_like_a_scale_is_refused(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(5)
    renamed = replace(
        answers, frame=answers.frame.rename(columns={"zone": "trust"}), roles=Roles("id", "wave", "trust")
    )
    with pytest.raises(DesignError, match="'trust'"):
        score(renamed)


def test_scores_print_no_person(make_answers: Callable[..., Responses]) -> None:
    text = str(score(make_answers(5, simulated=True)))
    assert "SIMULATED" in text
    assert "North" not in text


@settings(max_examples=50, deadline=None)
@given(
    cells=hnp.arrays(int, st.tuples(st.integers(1, 12), st.just(6)), elements=st.integers(0, 5)), seed=st.integers(0, 9)
)
def test_what_always_holds(cells: np.ndarray, seed: int) -> None:
    questionnaire = _questionnaire()
    rows = [[None if value == 0 else int(value) for value in row] for row in cells]
    scores = score(answers_of(questionnaire, rows)).frame.to_numpy()
    assert np.all((scores[~np.isnan(scores)] >= 0) & (scores[~np.isnan(scores)] <= 100))
    order = np.random.default_rng(seed).permutation(len(rows))
    shuffled = score(answers_of(questionnaire, [rows[i] for i in order])).frame.to_numpy()
    np.testing.assert_array_equal(shuffled, scores[order])
    turned = [[None if value is None else 6 - value for value in row] for row in rows]
    np.testing.assert_allclose(score(answers_of(questionnaire, turned)).frame.to_numpy(), 100 - scores, atol=1e-12)
    twice = [[None if value is None else 6 - value for value in row] for row in turned]
    np.testing.assert_array_equal(score(answers_of(questionnaire, twice)).frame.to_numpy(), scores)


def _questionnaire() -> Questionnaire:
    """The same two scales as the fixture, made here because hypothesis runs many examples in one test."""
    blank = Text({"en": "x"}, base="en")
    agree = ResponseScale("agree5", "ordinal", tuple(Option(str(c), blank, None, float(c)) for c in range(1, 6)))
    section = Section("s", blank, blank, tuple(Item(name, blank, agree) for name in ITEMS))
    scales = (
        Scale("trust", blank, ITEMS, frozenset({"EF3"}), 3),
        Scale("effect", blank, ITEMS[3:], frozenset({"EF3"}), 2),
    )
    return Questionnaire("q", "1", "draft", "en", ("en",), blank, blank, blank, (section,), scales, (agree,))


def test_the_summary_tells_nothing_of_fewer_than_ten(tiny: Questionnaire) -> None:
    cells: list[list[int | None]] = [[3, 4, 5, 1, 2, 3] for _ in range(9)] + [[None, None, None, 5, 5, 1]] * 3
    shown = score(answers_of(tiny, cells)).summary()
    line = {text.split()[0]: text for text in shown.splitlines() if text.startswith(("fairness", "effect", "trust"))}
    assert line["fairness"].split()[1:4] == ["hidden"] * 3
    assert "hidden" not in line["effect"]
    assert "fewer than ten people" in shown


def test_a_choice_of_rows_may_have_holes_and_must_fit(tiny: Questionnaire) -> None:
    scores = score(answers_of(tiny, [[3] * 6, [4] * 6, [5] * 6]))
    chosen = scores.select(pd.Series([True, None, False], dtype="boolean"))
    assert len(chosen) == len(chosen.answers) == 1
    for wrong in ([True, False], ["a", "b", "c"]):
        with pytest.raises(DesignError, match="one true or false a row"):
            scores.select(np.array(wrong))


def test_a_result_of_weighting_is_asked_for_its_answers() -> None:
    answers = tm.simulate_responses(tm.load_questionnaire("community-trust-short"), 100, waves=["2026"], seed=1)
    weighted = tm.rake(answers, {"SEX": {"F": 0.5, "M": 0.4, "X": 0.1}}, unanswered="own_share")
    for call in (tm.score, lambda one: tm.estimate(one, "TR01")):
        with pytest.raises(tm.DesignError, match=r"Got Weighting\. Pass its `answers`"):
            call(weighted)
