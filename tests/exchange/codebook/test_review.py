"""The review sheet: every text in all languages side by side, as text cells."""

from __future__ import annotations

from functools import cache
from io import BytesIO

import pytest
from openpyxl import load_workbook

from trustmeter.exchange.codebook.review import review_sheet
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import list_questionnaires, load_questionnaire

loaded = cache(load_questionnaire)
NAMES = ("tiny", "awkward", *list_questionnaires()["id"])


@pytest.mark.parametrize("name", NAMES)
def test_all_texts_stand_side_by_side(name: str, request: pytest.FixtureRequest) -> None:
    questionnaire = request.getfixturevalue(name) if name in NAMES[:2] else loaded(name)
    book = load_workbook(BytesIO(review_sheet(questionnaire, questionnaire.languages)))
    languages = questionnaire.languages
    heading, *rows = book["texts"].iter_rows()
    assert [cell.value for cell in heading] == ["place", *languages, *(f"remark ({tag})" for tag in languages)]
    assert {
        cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None
    } == {"s"}
    said = {str(row[0].value): [cell.value or "" for cell in row[1 : 1 + len(languages)]] for row in rows}
    for item in questionnaire.items:
        assert said[f"item {item.id!r}"] == [item.text.by_language.get(language, "") for language in languages]
    for scale in questionnaire.response_scales:
        for option in scale.options:
            found = said.get(f"answer {option.code!r} of response scale {scale.id!r}", ["" for _ in languages])
            assert found == [option.text.by_language.get(language, "") for language in languages]


def test_arabic_cells_read_from_the_right() -> None:
    book = load_workbook(BytesIO(review_sheet(loaded("encounter"), ["en", "ar"])))
    assert {row[2].alignment.readingOrder for row in book["texts"].iter_rows(min_row=2) if row[2].value} == {2}


def test_bytes_repeat(tiny: Questionnaire) -> None:
    assert review_sheet(tiny, tiny.languages) == review_sheet(tiny, tiny.languages)
