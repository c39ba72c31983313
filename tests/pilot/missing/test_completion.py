"""Filled answers: what is filled and what never, that copies say so, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError, ResponsesError
from trustmeter.pilot.missing.completion import Imputations, chain_ratio, impute
from trustmeter.responses.model import MISSING_KINDS, Responses
from trustmeter.scoring.composite import score

ITEMS = ["FA1", "FA2", "FA3", "EF1", "EF2", "EF3"]
NOT_ASKED, BLANK = (1 + MISSING_KINDS.index(kind) for kind in ("not_asked", "blank"))
Make = Callable[..., Responses]


def without(answers: Responses, rows: Any, items: list[str], kind: int) -> Responses:
    frame, missing = answers.frame.copy(), answers.missing.copy()
    frame.loc[rows, items] = pd.NA
    missing.loc[rows, items] = kind
    return replace(answers, frame=frame, missing=missing)


@pytest.mark.parametrize("method", ["auto", "pmm", "ordinal"])
def test_gaps_are_filled_and_answers_stay(make_answers: Make, method: Any) -> None:
    answers = make_answers(80, blanks=0.15)
    before = answers.frame.copy()
    filled = impute(answers, m=3, iterations=3, method=method, seed=1)
    assert len(filled) == len(list(filled)) == 3
    pd.testing.assert_frame_equal(answers.frame, before)
    given = answers.frame[ITEMS].notna()
    for number, one in enumerate(filled, start=1):
        assert one.frame[ITEMS].notna().all().all()
        assert (one.frame[ITEMS].isin([1, 2, 3, 4, 5])).all().all()
        assert (one.missing[ITEMS] == 0).all().all()
        pd.testing.assert_frame_equal(one.frame[ITEMS].where(given), answers.frame[ITEMS])
        assert one.source == f"made.csv, imputation {number} of 3"
        assert score(one).answers.provenance().source == one.source
        assert one.problems[-1].code == "R-IMPUTED"
    assert not filled[0].frame[ITEMS].equals(filled[1].frame[ITEMS])


def test_the_same_seed_gives_the_same_copies(make_answers: Make) -> None:
    answers = make_answers(60, blanks=0.1)
    one, same = (impute(answers, m=2, iterations=2, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(one[1].frame, same[1].frame)


def test_what_was_not_asked_and_rows_without_any_answer_stay_empty(make_answers: Make) -> None:
    answers = make_answers(80, blanks=0.1)
    answers = without(answers, range(20), ["FA3"], NOT_ASKED)
    answers = without(answers, [100, 101, 102], ITEMS, BLANK)
    one = impute(answers, m=2, iterations=2, seed=1)[0]
    assert one.frame.loc[range(20), "FA3"].isna().all()
    assert (one.missing.loc[range(20), "FA3"] == NOT_ASKED).all()
    assert one.frame.loc[[100, 101, 102], ITEMS].isna().all().all()
    assert one.frame.drop(index=[100, 101, 102])[["FA1", "EF3"]].notna().all().all()


def test_a_reversed_item_is_turned_for_filling_and_turned_back(make_answers: Make) -> None:
    answers = make_answers(300)
    answers = without(answers, range(0, 600, 4), ["EF3"], BLANK)
    rows = np.arange(0, 600, 4)
    one = impute(answers, m=2, iterations=3, seed=1)[0]
    others = answers.frame.loc[rows, ["EF1", "EF2"]].astype(float).mean(axis=1)
    drawn = one.frame.loc[rows, "EF3"].astype(float)
    assert np.corrcoef(others, drawn)[0, 1] < -0.4


def test_a_persons_other_wave_explains_answers(make_answers: Make) -> None:
    answers = make_answers(250)
    rows = np.arange(250, 500, 3)
    emptied = without(answers, rows, ["FA1", "FA2", "FA3", "EF1", "EF2"], BLANK)
    emptied = replace(
        emptied, frame=emptied.frame.assign(EF3=emptied.frame["EF3"].where(~emptied.frame.index.isin(rows), 3))
    )
    linked = impute(emptied, m=4, iterations=4, seed=1)
    assert "in one wave help to fill the other" in " ".join(linked.notes)
    unlinked = replace(emptied, roles=replace(emptied.roles, respondent=None))
    apart = impute(unlinked, m=4, iterations=4, seed=1)
    assert "different people" in " ".join(apart.notes)
    truth = answers.frame.loc[rows, "FA1"].astype(float)

    def likeness(filled: Imputations) -> float:
        return float(np.mean([np.corrcoef(truth, one.frame.loc[rows, "FA1"].astype(float))[0, 1] for one in filled]))

    assert likeness(linked) > likeness(apart) + 0.2


def test_different_people_keep_the_difference_of_waves(make_answers: Make) -> None:
    answers = make_answers(300, shift=1.0)
    answers = replace(answers, roles=replace(answers.roles, respondent=None))
    gone = np.random.default_rng(1).random(600) < 0.5
    filled = impute(without(answers, np.flatnonzero(gone), ["FA1"], BLANK), scale="fairness", m=5, iterations=3, seed=1)
    waves = answers.frame["wave"] == "2023"
    rises = [
        float(one.frame["FA1"][waves].astype(float).mean() - one.frame["FA1"][~waves].astype(float).mean())
        for one in filled
    ]
    truth = float(answers.frame["FA1"][waves].astype(float).mean() - answers.frame["FA1"][~waves].astype(float).mean())
    assert np.mean(rises) == pytest.approx(truth, abs=0.2)


def test_counts_are_told_and_small_ones_hidden(make_answers: Make) -> None:
    answers = without(make_answers(80), range(30), ["FA1"], BLANK)
    answers = without(answers, [40, 41], ["FA2"], BLANK)
    table = impute(answers, m=2, iterations=4, seed=1).table
    share = table[table["term"] == "share_imputed"].set_index(["item", "wave"])
    assert share.loc[("FA1", "2022"), "estimate"] == pytest.approx(30 / 80)
    assert share.loc[("FA1", "2023"), "estimate"] == 0
    assert bool(share.loc[("FA2", "2022"), "suppressed"])
    assert np.isnan(share.loc[("FA2", "2022"), "estimate"])
    assert set(table.loc[table["term"] == "rhat", "item"]) == {"FA1", "FA2"}


def test_chains_that_stay_apart_are_told() -> None:
    rng = np.random.default_rng(1)
    mixed = rng.normal(size=(20, 40))
    assert chain_ratio(mixed) == pytest.approx(1, abs=0.05)
    assert chain_ratio(mixed + 3 * rng.normal(size=(20, 1))) > 2
    assert np.isnan(chain_ratio(np.ones((3, 10))))


def test_covariates_in_words_and_numbers_are_taken(make_answers: Make) -> None:
    answers = make_answers(80, blanks=0.1)
    roles = replace(answers.roles, kept=("age", "area"))
    frame = answers.frame.assign(age=np.arange(160) % 47, area=np.resize(list("ABCD"), 160))
    filled = impute(replace(answers, frame=frame, roles=roles), m=2, iterations=2, covariates=["age", "area"], seed=1)
    assert filled.provenance.options["covariates"] == ["age", "area"]
    with pytest.raises(DesignError, match="income"):
        impute(answers, covariates="income")


def test_what_cannot_be_filled_is_refused(make_answers: Make) -> None:
    answers = make_answers(40, blanks=0.1)
    with pytest.raises(EstimationError, match="FA1 in 2022"):
        impute(without(answers, range(35), ["FA1"], BLANK))
    with pytest.raises(EstimationError, match="use the answers as they are"):
        impute(make_answers(40))
    with pytest.raises(DesignError, match="filled already"):
        impute(impute(answers, m=2, iterations=1, seed=1)[0])
    with pytest.raises(DesignError, match="takes responses"):
        impute(answers.frame)  # type: ignore[arg-type]
    twice = replace(answers, frame=answers.frame.assign(id=0))
    with pytest.raises(ResponsesError, match="already has a row"):
        impute(twice)
    for asked in ({"m": 1}, {"iterations": 0}, {"method": "mean"}, {"seed": -1}, {"scale": "none"}):
        with pytest.raises(DesignError):
            impute(answers, **asked)  # type: ignore[arg-type]


def test_the_text_tells_counts_only(make_answers: Make) -> None:
    text = str(impute(make_answers(60, blanks=0.1, simulated=True), m=2, iterations=2, seed=1))
    assert "SIMULATED" in text
    assert "never average the answers" in text
