"""Which column is which: what is matched, what is doubled, what only looks alike."""

from __future__ import annotations

import pandas as pd
import pytest

from trustmeter.errors import ResponsesError
from trustmeter.exchange.reading.shape import lay_out
from trustmeter.exchange.reading.tabular import read_table
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.model import Roles


def told(
    headings: list[str], questionnaire: Questionnaire, roles: Roles | None = None, **options: object
) -> dict[str, str]:
    table = read_table(pd.DataFrame([["1"] * len(headings)], columns=headings))
    layout = lay_out(table, questionnaire, roles or Roles(), **options)  # type: ignore[arg-type]
    return {finding.problem.code: str(finding.problem) for finding in layout.findings}


ALL = ["CONSENT", "FA1", "FA2", "FA3", "EF1", "EF2", "EF3", "SEX", "CONTACT"]


@pytest.mark.parametrize("slip", ["FA_1", "FA 1", "FA01", "F_A1", "FAA1"])
def test_a_slip_is_an_error_with_the_item_that_was_meant(slip: str, tiny: Questionnaire) -> None:
    found = told([slip, *ALL[2:], "CONSENT"], tiny)
    assert set(found) == {"R-COLUMN-ALIKE"}
    assert "Did you mean 'FA1'?" in found["R-COLUMN-ALIKE"]


@pytest.mark.parametrize("other", ["FA4", "FA11", "weight", "fax", "SE1"])
def test_another_name_is_no_slip(other: str, tiny: Questionnaire) -> None:
    assert set(told([other, *ALL[2:], "CONSENT"], tiny)) == {"R-COLUMN-MISSING", "R-COLUMN-UNKNOWN"}


def test_nothing_looks_alike_when_every_item_is_there(tiny: Questionnaire) -> None:
    assert set(told([*ALL, "FA01"], tiny)) == {"R-COLUMN-UNKNOWN"}


def test_a_kept_column_is_no_slip(tiny: Questionnaire) -> None:
    assert set(told(["FA01", *ALL[2:], "CONSENT"], tiny, Roles(kept=("FA01",)))) == {"R-COLUMN-MISSING"}


def test_the_exact_id_goes_before_a_path_that_ends_in_it(tiny: Questionnaire) -> None:
    assert set(told([*ALL, "old/FA1"], tiny)) == {"R-COLUMN-UNKNOWN"}


@pytest.mark.parametrize("headings", [[*ALL, "fa1"], [*ALL[1:], "x/CONSENT", "y/CONSENT"], [*ALL, "FA1"]])
def test_two_columns_for_one_item_are_an_error(headings: list[str], tiny: Questionnaire) -> None:
    assert "R-COLUMN-DUPLICATE" in told(headings, tiny)


def test_patterns_find_the_columns_of_each_wave(tiny: Questionnaire) -> None:
    patterns = {"a": "w1_{item}", "b": "w2_{item}"}
    headings = [*(f"w1_{item}" for item in ALL), *(f"W2_{item}" for item in ALL[:-1])]
    found = told(headings, tiny, patterns=patterns)
    assert set(found) == {"R-COLUMN-NAME", "R-COLUMN-MISSING"}
    assert "in wave 'b': CONTACT" in found["R-COLUMN-MISSING"]
    assert "R-COLUMN-DUPLICATE" in told([*headings, "w1_FA1"], tiny, patterns=patterns)


def test_waves_side_by_side_are_not_taken_for_one(tiny: Questionnaire) -> None:
    found = told([*(f"w1_{item}" for item in ALL), *(f"w2_{item}" for item in ALL)], tiny)
    assert "wave={'2022'" in found["R-COLUMN-DUPLICATE"]


def test_few_items_among_many_columns_are_another_file(tiny: Questionnaire) -> None:
    with pytest.raises(ResponsesError, match="0 of the 9 items of 'tiny' found among 20 columns"):
        told([f"Q{number}" for number in range(20)], tiny)
