"""What the quality report counts, what it hides, and what it never says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_IN_A_CELL
from trustmeter.questionnaire.model import Item, Questionnaire, Section
from trustmeter.responses.model import MISSING_KINDS, Responses, Roles
from trustmeter.responses.quality import check_quality
from trustmeter.responses.quality.report import ITEM_TERMS
from trustmeter.responses.simulation import simulate_responses
from trustmeter.results import SIMULATED_MARK, VOCABULARY

BLOCK = ["FA1", "FA2", "FA3", "EF1", "EF2", "EF3"]
MakeAnswers = Callable[..., Responses]


def silence(answers: Responses, item: str, rows: Sequence[int], kind: str) -> Responses:
    """Return the answers with cells of one item made missing."""
    frame, missing = answers.frame.copy(), answers.missing.copy()
    frame.loc[list(rows), item] = pd.NA
    missing.loc[list(rows), item] = 1 + MISSING_KINDS.index(kind)
    return replace(answers, frame=frame, missing=missing)


def fill(answers: Responses, rows: Sequence[int], values: Sequence[int]) -> Responses:
    """Return the answers with the block's items of some rows set."""
    frame = answers.frame.copy()
    frame.loc[list(rows), BLOCK] = list(values)
    return replace(answers, frame=frame)


def without(answers: Responses, item: str) -> Responses:
    return replace(answers, frame=answers.frame.drop(columns=item), missing=answers.missing.drop(columns=item))


def widened(tiny: Questionnaire) -> Questionnaire:
    """Return `tiny` with six more questions on one response scale, none of which counts the other way."""
    more = tuple(Item(f"X{number}", tiny.title, tiny.item("FA1").response_scale) for number in range(6))
    return replace(tiny, sections=(*tiny.sections, Section("more", tiny.title, tiny.title, more)))


def test_table_keeps_to_the_vocabulary_and_has_six_rows_an_item(make_answers: MakeAnswers) -> None:
    table = check_quality(make_answers()).tidy()
    assert list(table.columns) == [name for name in VOCABULARY if name in table.columns]
    assert list(table.loc[table["item"] == "FA1", "term"]) == list(ITEM_TERMS)
    assert table.groupby(["item", "wave", "term"]).size().max() == 1


@pytest.mark.parametrize("kind", ["blank", "dont_know", "refused", "not_applicable"])
def test_kinds_of_missing_are_shares_of_those_asked(make_answers: MakeAnswers, kind: str) -> None:
    answers = silence(make_answers(50), "FA1", range(20), "not_asked")
    report = check_quality(silence(answers, "FA1", range(20, 36), kind))
    rows = report.tidy().query("item == 'FA1'").set_index("term")
    assert rows["n"].to_dict() == {term: 100 if term == "not_asked" else 80 for term in ITEM_TERMS}
    assert report.value("not_asked", item="FA1") == 20 / 100
    assert report.value(kind, item="FA1") == 16 / 80
    assert report.value("answered", item="FA1") == 64 / 80
    asked = rows.drop(index="not_asked")
    assert asked["estimate"].sum() == pytest.approx(1, abs=1e-12)
    assert report.value(kind, item="FA2") == 0
    missing = report.missing_by_item().set_index("item").loc["FA1", "missing"]
    assert missing == pytest.approx(0 if kind == "not_applicable" else 0.2, abs=1e-12)


@pytest.mark.parametrize("count", range(1, FEWEST_IN_A_CELL))
def test_small_counts_are_hidden_and_cannot_be_worked_out(make_answers: MakeAnswers, count: int) -> None:
    answers = silence(make_answers(50), "FA1", range(count), "refused")
    answers = silence(answers, "FA1", range(10, 20), "blank")
    rows = check_quality(answers).tidy().query("item == 'FA1'").set_index("term")
    assert set(rows.index[rows["suppressed"]]) == {"refused", "blank"}
    assert rows.loc[rows["suppressed"], "estimate"].isna().all()
    assert rows["n"].dropna().eq(100).all()


@pytest.mark.parametrize("count", range(1, FEWEST_IN_A_CELL))
def test_a_few_people_not_asked_do_not_show_in_denominators(make_answers: MakeAnswers, count: int) -> None:
    answers = silence(make_answers(50), "FA1", range(count), "not_asked")
    rows = check_quality(answers).tidy().query("item == 'FA1'").set_index("term")
    assert rows.loc["not_asked", "suppressed"]
    assert rows["n"].dropna().eq(100).all()
    assert not np.isclose(rows["estimate"], (100 - count) / 100).any()


def test_an_item_that_few_were_asked_is_hidden_whole(make_answers: MakeAnswers) -> None:
    answers = silence(make_answers(50), "FA1", range(9, 100), "not_asked")
    rows = check_quality(answers).tidy().query("item == 'FA1'")
    assert rows["suppressed"].all()
    assert rows["estimate"].isna().all()
    assert rows["n"].isna().all()


def test_an_item_that_nobody_was_asked_has_no_shares(make_answers: MakeAnswers) -> None:
    report = check_quality(silence(make_answers(20), "FA1", range(40), "not_asked"))
    assert report.value("not_asked", item="FA1") == 1
    assert np.isnan(report.value("answered", item="FA1"))
    assert not report.tidy().query("item == 'FA1'")["suppressed"].any()


@pytest.mark.parametrize(
    ("values", "counted"),
    [([4] * 6, True), ([3] * 6, True), ([4, 4, 4, 4, 4, 2], False), ([5, 4, 5, 4, 5, 4], False)],
)
def test_straight_lining_is_one_answer_to_both_kinds_of_items(
    make_answers: MakeAnswers, values: list[int], counted: bool
) -> None:
    answers = make_answers(60)
    mixed = fill(answers, range(60), [4, 4, 3, 4, 4, 2])
    report = check_quality(fill(mixed, range(12), values))
    assert report.value("straight_lining", wave="2022") == (12 / 60 if counted else 0)
    assert report.value("straight_lining", wave="2023") == check_quality(answers).value("straight_lining", wave="2023")


@pytest.mark.parametrize(("left_out", "counted"), [(["FA1"], True), (["EF3"], False), (["FA1", "FA2"], False)])
def test_straight_lining_needs_five_answers_of_both_kinds(
    make_answers: MakeAnswers, left_out: list[str], counted: bool
) -> None:
    answers = fill(fill(make_answers(60), range(60), [4, 4, 3, 4, 4, 2]), range(12), [4] * 6)
    for item in left_out:
        answers = silence(answers, item, range(12), "blank")
    assert check_quality(answers).value("straight_lining", wave="2022") == (12 / 60 if counted else 0)


@pytest.mark.parametrize("count", [1, 4, 56, 59])
def test_few_straight_liners_are_hidden_and_so_are_few_others(make_answers: MakeAnswers, count: int) -> None:
    answers = fill(fill(make_answers(60), range(60), [4, 4, 3, 4, 4, 2]), range(count), [4] * 6)
    row = check_quality(answers).tidy().query("term == 'straight_lining' and wave == '2022'").iloc[0]
    assert row["suppressed"]
    assert np.isnan(row["estimate"])
    assert row["n"] == 60


def test_without_a_block_of_both_kinds_straight_lining_is_not_told(make_answers: MakeAnswers) -> None:
    report = check_quality(without(make_answers(30), "EF3"))
    assert "straight_lining" not in set(report.tidy()["term"])
    assert "cannot be told" in str(report)
    assert "1 of 9 questions are not among the answers" in str(report)


def test_incomplete_is_more_than_half_without_an_answer(make_answers: MakeAnswers) -> None:
    answers = make_answers(60)
    for item in BLOCK[:4]:
        answers = silence(answers, item, range(10), "dont_know")
    half = silence(answers, "SEX", range(60, 70), "blank")
    assert check_quality(half).value("incomplete", wave="2022") == 0
    more = silence(answers, "SEX", range(10), "refused")
    assert check_quality(more).value("incomplete", wave="2022") == 10 / 60
    assert check_quality(more).value("incomplete", wave="2023") == 0
    gone = silence(more, "CONTACT", range(10), "not_asked")
    gone = silence(gone, "EF2", range(10), "not_applicable")
    assert check_quality(gone).value("incomplete", wave="2022") == 10 / 60


def test_same_answers_are_found_within_a_wave(tiny: Questionnaire) -> None:
    answers = simulate_responses(widened(tiny), 100, seed=2, blank=0, dont_know=0, refused=0)
    items = [item for item in answers.item_ids if item != "CONSENT"]
    frame, missing = answers.frame.copy(), answers.missing.copy()
    took_part = frame.index[(frame["CONSENT"] == 1) & (frame["wave"] == "before")]
    for row in (*took_part[1:8], 150):
        frame.loc[row, items] = frame.loc[took_part[0], items]
        missing.loc[row] = missing.loc[took_part[0]]
    report = check_quality(replace(answers, frame=frame, missing=missing))
    assert report.value("same_answers", wave="before") == 8 / 100
    assert report.value("same_answers", wave="after") == 0
    assert check_quality(answers).value("same_answers", wave="before") == 0


def test_same_answers_are_not_looked_for_among_few_questions(make_answers: MakeAnswers) -> None:
    report = check_quality(make_answers(30))
    assert "same_answers" not in set(report.tidy()["term"])
    assert "fewer than 10 questions" in str(report)


def test_spread_is_the_mean_of_peoples_standard_deviations(make_answers: MakeAnswers) -> None:
    answers = make_answers(40)
    expected = answers.frame.query("wave == '2023'")[BLOCK].astype(float).std(axis=1).mean()
    assert check_quality(answers).value("within_person_sd", wave="2023") == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("code", "term", "count", "expected"),
    [
        ("R-ROUTING", "routing_contradictions", 8, 8 / 100),
        ("R-RESPONDENT-DUPLICATE", "repeated_respondents", 8, 8 / 108),
        ("R-ROUTING", "routing_contradictions", 3, None),
        ("R-RESPONDENT-DUPLICATE", "repeated_respondents", 4, None),
    ],
)
def test_rows_set_aside_when_reading_are_counted(
    make_answers: MakeAnswers, code: str, term: str, count: int, expected: float | None
) -> None:
    cells = [(row, column, code) for row in range(1, count + 1) for column in ("FA1", "FA2")]
    aside = pd.DataFrame(cells, columns=["row", "column", "code"])
    row = check_quality(replace(make_answers(50), rejected=aside)).tidy().query("term == @term").iloc[0]
    assert row["suppressed"] == (expected is None)
    assert np.isnan(row["estimate"]) if expected is None else row["estimate"] == expected


def test_people_with_two_rows_in_a_wave_are_counted(make_answers: MakeAnswers) -> None:
    answers = make_answers(50)
    frame = answers.frame.copy()
    frame.loc[:5, "id"] = 77
    assert check_quality(replace(answers, frame=frame)).value("repeated_respondents") == 5 / 100
    nameless = replace(answers, frame=frame.drop(columns="id"), roles=Roles(None, "wave", "zone"))
    assert "repeated_respondents" not in set(check_quality(nameless).tidy()["term"])


def test_small_waves_are_suppressed_and_one_wave_needs_no_name(make_answers: MakeAnswers) -> None:
    small = check_quality(make_answers(9)).tidy()
    people = small[(small["wave"] != "") & (small["term"] != "rows")]
    assert people["suppressed"].all()
    answers = make_answers(20)
    whole = check_quality(replace(answers, roles=Roles("id", None, "zone")))
    assert whole.value("rows") == 40


def test_no_rows_at_all_is_no_accident(make_answers: MakeAnswers) -> None:
    answers = make_answers(20)
    report = check_quality(answers.select(np.zeros(40, dtype=bool)))
    assert report.tidy()["estimate"].isna().all()
    assert report.summary()


def test_summary_is_short_and_names_the_worst_items_first(tiny: Questionnaire) -> None:
    answers = simulate_responses(widened(tiny), 200, seed=3)
    worse = silence(answers, "EF2", range(0, 400, 2), "blank")
    worse = silence(worse, "FA1", range(0, 400, 4), "blank")
    text = check_quality(worse).summary()
    assert text.splitlines()[0] == SIMULATED_MARK
    assert text.index("EF2") < text.index("FA1")
    assert "FA2" not in text
    assert len(text.splitlines()) < 20


def test_worst_items_are_named_even_where_a_part_is_hidden(make_answers: MakeAnswers) -> None:
    answers = silence(make_answers(50), "FA1", range(60), "blank")
    answers = silence(answers, "FA1", range(60, 62), "refused")
    report = check_quality(answers)
    assert np.isnan(report.missing_by_item().set_index("item").loc["FA1", "missing"])
    assert "FA1" in report.summary()


def test_nothing_said_holds_an_answer_or_a_name(make_answers: MakeAnswers) -> None:
    answers = make_answers(30)
    frame = answers.frame.copy()
    frame["id"] = [f"SECRET{row % 30}" for row in range(60)]
    frame.loc[:8, "SEX"] = "M"
    report = check_quality(replace(answers, frame=frame))
    said = f"{report}{report!r}{report.to_dict()}{report.missing_by_item()}"
    assert "SECRET" not in said
    assert "North" not in said


def test_answers_are_left_as_they_were_and_simulated_travels(make_answers: MakeAnswers) -> None:
    answers = make_answers(30, simulated=True, blanks=0.2)
    frame, missing = answers.frame.copy(), answers.missing.copy()
    report = check_quality(answers)
    pd.testing.assert_frame_equal(answers.frame, frame)
    pd.testing.assert_frame_equal(answers.missing, missing)
    assert report.simulated
    assert report.provenance.rows_used == 60


def test_values_are_asked_for_by_item_and_wave(make_answers: MakeAnswers) -> None:
    report = check_quality(make_answers(30))
    with pytest.raises(DesignError, match="more than one row"):
        report.value("rows")
    with pytest.raises(DesignError, match="no row"):
        report.value("answered", item="FA9")
    with pytest.raises(DesignError, match="read_responses"):
        check_quality(report.tidy())  # type: ignore[arg-type]
