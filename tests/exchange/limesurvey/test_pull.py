"""Answers fetched from LimeSurvey while it runs: by ranges of numbers, null kept, patient, and nothing secret is said."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.errors import ResponsesError
from trustmeter.exchange.answers import read_responses
from trustmeter.exchange.limesurvey.writer import write_limesurvey
from trustmeter.exchange.pulling.limesurvey import records_of_limesurvey
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.model import MISSING_KINDS

ONE_VERSION = pytest.mark.parametrize("stand_in", [(6, 14)], ids=["6.14"], indirect=True)
PEOPLE = 23


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that were made, none of which is waited for; and know the way in."""
    made: list[float] = []
    monkeypatch.setattr("trustmeter.exchange.pulling.patience.time.sleep", made.append)
    monkeypatch.setenv("TRUSTMETER_LIMESURVEY_USER", "someone")
    monkeypatch.setenv("TRUSTMETER_LIMESURVEY_PASSWORD", "right")
    return made


@pytest.fixture
def survey(stand_in: tuple[Any, str], tiny: Questionnaire, tmp_path: Path) -> int:
    """Return the number of an active survey with people who finished, stopped, refused and left blanks."""
    answering, _ = stand_in
    write_limesurvey(tiny, tmp_path / "survey.lss", tiny.languages)
    sid = int(answering.import_survey(base64.b64encode((tmp_path / "survey.lss").read_bytes()).decode(), "lss"))
    answering.activate_survey(sid)
    columns = {field["aid"] or field["title"]: name for name, field in answering.get_fieldmap(sid).items()}
    items = [item.id for item in tiny.items]
    for number in range(PEOPLE):
        answers = {item: str(1 + (number + place) % 5) for place, item in enumerate(items)}
        answers |= {"CONSENT": "1", "CONTACT": "0", "SEX": "F"}
        told: dict[str, Any] = {columns[item]: code for item, code in answers.items() if item in columns}
        if number == 1:
            told = {columns["CONSENT"]: "0"}
        if number == 2:
            told[columns["FA2"]] = ""
        if number == 3:
            told = {columns["CONSENT"]: "1", "submitdate": ""}
        answering.add_response(sid, {**told, "startlanguage": "fr"})
    return sid


def pull(stand_in: tuple[Any, str], tiny: Questionnaire, sid: int, **told: Any) -> tm.Responses:
    return tm.pull_responses("limesurvey", tiny, **{"survey": sid, "server": stand_in[1], **told})


@pytest.mark.parametrize("page", [1, 7, 500])
def test_what_is_fetched_is_what_an_export_holds(
    page: int, stand_in: tuple[Any, str], survey: int, tiny: Questionnaire, tmp_path: Path
) -> None:
    content = base64.b64decode(stand_in[0].export_responses(survey, "json"))
    (tmp_path / "export.json").write_bytes(content)
    read = read_responses(tmp_path / "export.json", tiny, tool="limesurvey")
    shares: list[float] = []
    found = pull(stand_in, tiny, survey, page=page, progress=shares.append)
    pd.testing.assert_frame_equal(found.frame, read.frame)
    pd.testing.assert_frame_equal(found.missing, read.missing)
    kinds = [None, *MISSING_KINDS]
    assert kinds[found.missing["FA2"].iloc[2]] == "blank"
    assert kinds[found.missing["FA2"].iloc[3]] == "not_asked"
    assert (shares == sorted(shares), shares[-1]) == (True, 1.0)
    assert found.frame["finished"].tolist().count("no") == 1
    assert stand_in[0].key == "", "the session is still open"


@ONE_VERSION
def test_numbers_that_are_missing_are_passed_over(stand_in: tuple[Any, str], survey: int, tiny: Questionnaire) -> None:
    rows = stand_in[0].rows[survey]
    stand_in[0].rows[survey] = {number * 1000 + 7: row for number, row in rows.items() if number % 3}
    assert len(pull(stand_in, tiny, survey, page=5)) == len([number for number in rows if number % 3])
    assert len([method for method, _ in stand_in[0].calls if method == "export_responses"]) < 60


@ONE_VERSION
def test_a_busy_server_is_asked_again(
    stand_in: tuple[Any, str], survey: int, tiny: Questionnaire, pauses: list[float]
) -> None:
    stand_in[0].canned = [(503, {}, b"busy"), (429, {"Retry-After": "9"}, b"")]
    assert len(pull(stand_in, tiny, survey)) == PEOPLE
    assert pauses == [1.0, 9.0]


@ONE_VERSION
def test_a_wrong_password_is_one_clear_sentence(
    stand_in: tuple[Any, str], tiny: Questionnaire, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TRUSTMETER_LIMESURVEY_PASSWORD", "wr0ng-0ne")
    with caplog.at_level(logging.DEBUG), pytest.raises(ResponsesError, match=r"R-PULL-LOGIN.*_PASSWORD") as caught:
        pull(stand_in, tiny, 5)
    assert "wr0ng" not in "".join(traceback.format_exception(caught.value)) + caplog.text
    assert caught.value.__context__ is None
    assert len(stand_in[0].calls) == 1


def broken(content: bytes) -> Callable[[Any], None]:
    """Return what makes the export answer with other bytes."""

    def change(answering: Any) -> None:
        answering.export_responses = lambda *_: base64.b64encode(content).decode()

    return change


def switched_off(answering: Any) -> None:
    answering.answer = lambda content: (200, {}, b"")


def page_for_people(answering: Any) -> None:
    answering.answer = lambda content: (200, {"Content-Type": "text/html"}, b"<!doctype html><p>Sign in</p>")


def not_active(answering: Any) -> None:
    answering.rows.clear()


def nobody(answering: Any) -> None:
    for rows in answering.rows.values():
        rows.clear()


def too_many_told(answering: Any) -> None:
    answering.get_summary = lambda *_: {"full_responses": "99"}


def no_export(answering: Any) -> None:
    answering.export_responses = lambda *_: {"status": "No permission"}


def strange(answering: Any) -> None:
    answering.export_responses = lambda *_: {"status": "what somebody answered"}


@ONE_VERSION
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (broken(b"<p>Fatal error</p>"), "R-PULL-SHAPE"),
        (broken(json.dumps({"responses": [{"no": "id"}]}).encode()), "R-PULL-SHAPE"),
        (broken(json.dumps([1]).encode()), "R-PULL-SHAPE"),
        (switched_off, "R-PULL-SHAPE.*switched off"),
        (page_for_people, "R-PULL-SHAPE"),
        (not_active, "R-PULL-INACTIVE"),
        (nobody, "There is no answer yet"),
        (too_many_told, "R-PULL-INCOMPLETE.*99 answers, and gave 23"),
        (no_export, "R-PULL-LOGIN"),
        (strange, "R-PULL-SERVER"),
    ],
)
def test_what_is_no_data_is_refused(
    change: Callable[[Any], None], code: str, stand_in: tuple[Any, str], survey: int, tiny: Questionnaire
) -> None:
    change(stand_in[0])
    with pytest.raises(ResponsesError, match=code) as caught:
        pull(stand_in, tiny, survey)
    assert "somebody answered" not in str(caught.value)


def test_a_number_that_is_left_blank_is_not_one_that_was_never_shown(tmp_path: Path) -> None:
    """LimeSurvey stores a number that is left blank as null, as it cannot store an empty text there."""
    ess = tm.load_questionnaire("ess-institutional-trust")
    names = [item.id for item in ess.items]
    place = names.index("agea")
    options = {item.id: item.response_scale.options for item in ess.items}
    shown: dict[str, str | None] = {name: options[name][0].code if name != "agea" else "40" for name in names}
    early = {name: shown[name] if names.index(name) < place - 3 else None for name in names}
    meta = {"submitdate": "1980-01-01 00:00:00", "lastpage": 1, "startlanguage": "en", "seed": "1"}
    people = [
        {"id": number, **meta, **row} for number, row in enumerate([shown, shown | {"agea": None}, early], start=1)
    ]
    (tmp_path / "a.json").write_text(json.dumps({"responses": people}))
    found = read_responses(tmp_path / "a.json", ess, tool="limesurvey", strict=False)
    kinds = [None, *MISSING_KINDS]
    assert [kinds[kind] for kind in found.missing["agea"]] == [None, "blank", "not_asked"]


@ONE_VERSION
def test_a_server_that_does_not_count_gives_all_at_once(
    stand_in: tuple[Any, str], survey: int, tiny: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stand_in[0], "get_summary", lambda *_: [])
    assert len(pull(stand_in, tiny, survey, page=5)) == PEOPLE
    assert len([method for method, _ in stand_in[0].calls if method == "export_responses"]) == 1


@ONE_VERSION
def test_an_unknown_survey(stand_in: tuple[Any, str], tiny: Questionnaire) -> None:
    with pytest.raises(ResponsesError, match=r"R-PULL-ABSENT.*survey 5"):
        pull(stand_in, tiny, 5)


@ONE_VERSION
def test_both_ways_of_writing_addresses_are_tried(stand_in: tuple[Any, str], survey: int, tiny: Questionnaire) -> None:
    """Where addresses are not written as paths, the first endpoint answers with a page for people."""
    usual, page = stand_in[0].answer, (200, {"Content-Type": "text/html"}, b"<!doctype html>")
    first = iter([page])
    stand_in[0].answer = lambda content: next(first, None) or usual(content)
    assert len(pull(stand_in, tiny, survey)) == PEOPLE
    assert len(pull(stand_in, tiny, survey, server=f"{stand_in[1]}/index.php/admin/remotecontrol")) == PEOPLE


def test_the_records_of_older_versions_stand_under_their_number() -> None:
    from trustmeter.exchange.pulling.limesurvey import _records

    wrapped = json.dumps({"responses": [{"1": {"id": "1", "A": None}}]}).encode()
    assert _records(wrapped, "here") == [{"id": "1", "A": None}]
    assert _records(b"", "here") == []
    assert callable(records_of_limesurvey)
