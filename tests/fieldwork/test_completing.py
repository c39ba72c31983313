"""Who stopped, which questions stayed open, how long it took: by plain counting, and with small counts hidden."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.errors import DesignError, EstimationError
from trustmeter.fieldwork.completing import first_left_blank
from trustmeter.present.phrases import LANGUAGES
from trustmeter.responses.model import MISSING_KINDS

SHORT = "community-trust-short"


def answers_of(n: int = 100, stop: int = 20, **more: object) -> tm.Responses:
    """Return n people of whom `stop` answered nothing from the third last section on."""
    survey = tm.load_questionnaire(SHORT)
    made = tm.simulate_responses(survey, n, seed=1).frame
    made = made[made["wave"] == made["wave"].iloc[0]].head(n).astype(object)
    items = [item.id for item in survey.items if item.id in made]
    start = items.index(survey.sections[-2].items[0].id)
    made.loc[made[items[0]] == 1, items[start - 1]] = 4  # nobody's blanks begin before
    made.loc[made.index[:stop], items[start:]] = ""
    for name, values in more.items():
        made[name] = values
    return tm.read_responses(made.fillna(""), survey, keep=list(more))


def naive_first(row: np.ndarray, last_blank: int) -> int:
    blank, asked = (
        MISSING_KINDS.index("blank") + 1,
        [c for c, kind in enumerate(row) if kind != MISSING_KINDS.index("not_asked") + 1],
    )
    run: list[int] = []
    for column in reversed(asked):
        if row[column] != blank:
            break
        run.insert(0, column)
    return run[0] if len(run) >= last_blank else -1


def test_who_stopped_is_found_as_by_going_back_from_the_end() -> None:
    kinds = np.random.default_rng(1).choice([0, 1, 2, 3], (400, 9), p=[0.3, 0.2, 0.4, 0.1])
    for last in (1, 2, 3):
        assert first_left_blank(kinds, last).tolist() == [naive_first(row, last) for row in kinds]


def test_the_share_who_stopped_and_where() -> None:
    answers = answers_of()
    done = tm.completion(answers)
    section = answers.questionnaire.sections[-2]
    stopped = [naive_first(row, 3) for row in answers.missing[list(answers.item_ids)].to_numpy()]
    share = np.mean(np.array(stopped) >= 0)
    assert share >= 0.15
    assert done.value("broke_off") == pytest.approx(share)
    assert done.value("broke_off", section=section.id) == pytest.approx(share)
    assert done.value("broke_off", item=section.items[0].id) == pytest.approx(share)


def test_few_who_stopped_are_not_told() -> None:
    table = tm.completion(answers_of(stop=3)).table
    assert table.loc[table["term"] == "broke_off", "suppressed"].all()


def test_open_questions_are_those_of_the_quality_report() -> None:
    answers = answers_of()
    known = tm.check_quality(answers).missing_by_item().set_index("item")
    done = tm.completion(answers)
    for item in answers.item_ids:
        parts = known.loc[item, ["blank", "dont_know", "refused"]].astype(float)
        value = done.value("open", item=item)
        assert np.isnan(value) if parts.isna().any() else value == pytest.approx(parts.sum())


def test_times_are_counted_in_the_column_or_from_beginning_to_end() -> None:
    n = 50
    minutes = np.arange(1, n + 1, dtype=float)
    start = pd.Timestamp("2026-03-01T10:00")
    texts = {"start": [start.isoformat()] * n, "end": [(start + pd.Timedelta(minutes=m)).isoformat() for m in minutes]}
    answers = answers_of(n, 0, took=minutes, **texts)
    assert len(answers) == n
    for done in (tm.completion(answers, times="took"), tm.completion(answers, times=("start", "end"))):
        assert done.value("time_median") == pytest.approx(25.5)
        assert done.value("time_q25") == pytest.approx(np.percentile(minutes, 25))
        assert done.value("time_quick") == pytest.approx(12 / n)
    assert tm.completion(answers, times="took", quick=0.1).table.set_index("term").loc["time_quick", "suppressed"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_is_in_words(language: str) -> None:
    answers = answers_of(60, 20, took=np.linspace(3, 30, 60))
    table = tm.to_table(tm.completion(answers, times="took"), language=language, questionnaire=answers.questionnaire)  # type: ignore[arg-type]
    assert not table.iloc[:, 0].str.contains("_").any()
    assert answers.questionnaire.sections[-2].title.read(language) in set(table.iloc[:, 1])


def test_what_cannot_be_told_is_refused() -> None:
    answers = answers_of(50, 0, words=["soon"] * 50)
    with pytest.raises(DesignError, match="finds no times"):
        tm.completion(answers, times="words")
    with pytest.raises(DesignError, match="role"):
        tm.completion(answers, times="nowhere")
    with pytest.raises(DesignError, match="fraction"):
        tm.completion(answers, quick=2)
    with pytest.raises(DesignError, match="read_responses"):
        tm.completion("answers")  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="fewer than 10"):
        tm.completion(answers.select(np.arange(50) < 5))
