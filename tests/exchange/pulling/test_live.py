"""Answers from KoboToolbox and ODK Central: all pages, nobody twice, patient, and nothing secret in what is said."""

from __future__ import annotations

import json
import logging
import traceback
from typing import Any

import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.errors import DataQualityWarning, DesignError, MissingExtraError, ResponsesError, TrustmeterError
from trustmeter.exchange.answers import read_responses
from trustmeter.exchange.pulling.live import pull_responses
from trustmeter.questionnaire.model import Questionnaire

SECRET = "s3cr3t-of-the-zone"  # noqa: S105
ITEMS = ("FA1", "FA2", "FA3", "EF1", "EF2", "EF3")
HTML = (200, {"Content-Type": "text/html"}, b"<!doctype html><title>Sign in</title>")
BUSY = (503, {}, b"busy")
TOOLS = ("kobo", "odk")


def people(number: int) -> list[dict[str, str]]:
    """Return answers to the tiny questionnaire: one refuses, one leaves a blank, one does not know."""
    rows = [
        {
            "CONSENT": "1",
            **{item: str(1 + (row + place) % 5) for place, item in enumerate(ITEMS)},
            "CONTACT": "0",
            "SEX": "F",
        }
        for row in range(number)
    ]
    rows[1] = {"CONSENT": "0"}
    rows[2]["FA2"] = ""
    rows[3]["EF1"] = "88"
    return rows


class Tool:
    """A server of either tool that hands out the same people."""

    def __init__(self, name: str, server: Any, questionnaire: Questionnaire, number: int = 23) -> None:
        self.name, self.server, self.questionnaire, self.people = name, server, questionnaire, people(number)
        server.answer = getattr(self, name)

    def kobo(self, asked: Any) -> Any:
        if asked.headers.get("Authorization") != f"Token {SECRET}":
            return 401, {}, b'{"detail": "Invalid token."}'
        if asked.path != "/api/v2/assets/aBc/data/":
            return 404, {}, b'{"detail": "Not found."}'
        start, limit = int(asked.query["start"]), min(int(asked.query["limit"]), 1000)
        shown = [self.kobo_record(number, row) for number, row in enumerate(self.people)][start : start + limit]
        more = start + limit < len(self.people)
        return {"count": len(self.people), "next": "http://elsewhere/" if more else None, "results": shown}

    def kobo_record(self, number: int, row: dict[str, str]) -> dict[str, Any]:
        answers = {f"trust/{item}" if item in ITEMS else item: code for item, code in row.items() if code}
        return {
            "_id": 500 + number,
            "_uuid": f"u{number}",
            "_submitted_by": "interviewer",
            "_validation_status": {},
            **answers,
        }

    def odk(self, asked: Any) -> Any:
        if asked.path == "/v1/sessions":
            sent = json.loads(asked.body)
            right = sent == {"email": "someone", "password": SECRET}
            return {"token": "t0k3n"} if right else (401, {}, b'{"message": "Could not authenticate."}')
        if asked.headers.get("Authorization") != "Bearer t0k3n":
            return 401, {}, b"{}"
        if asked.path != "/v1/projects/3/forms/aBc.svc/Submissions":
            return 404, {}, b"{}"
        start, limit = int(asked.query["$skip"]), int(asked.query["$top"])
        shown = [self.odk_record(number, row) for number, row in enumerate(self.people)][start : start + limit]
        link = {"@odata.nextLink": "http://elsewhere/"} if start + limit < len(self.people) else {}
        return {"value": shown, "@odata.count": len(self.people), **link}

    def odk_record(self, number: int, row: dict[str, str]) -> dict[str, Any]:
        names = [item.id for item in self.questionnaire.items]
        answers = {name: row.get(name) or None for name in names if name not in ITEMS}
        told = {"submitterName": "Interviewer Name", "deviceId": "phone:1", "reviewState": None}
        inner = {name: row.get(name) or None for name in ITEMS}
        return {"__id": f"uuid:{number}", "__system": told, **answers, "trust": inner}

    def pull(self, **told: Any) -> tm.Responses:
        odk = {"project": 3} if self.name == "odk" else {}
        options: dict[str, Any] = {"survey": "aBc", "server": self.server.url, **odk, **told}
        return pull_responses(self.name, self.questionnaire, **options)  # type: ignore[arg-type]


@pytest.fixture(params=TOOLS)
def tool(request: pytest.FixtureRequest, server: Any, tiny: Questionnaire) -> Tool:
    """Return a server of each tool."""
    return Tool(request.param, server, tiny)


def same(found: tm.Responses, tool: Tool) -> None:
    items = [item.id for item in tool.questionnaire.items]
    table = pd.DataFrame([{item: row.get(item, "") for item in items} for row in tool.people])
    plain = read_responses(table, tool.questionnaire)
    pd.testing.assert_frame_equal(found.frame[items], plain.frame[items])
    pd.testing.assert_frame_equal(found.missing[items], plain.missing[items])


@pytest.mark.parametrize("page", [1, 5, 23, 500])
def test_all_pages_are_read_as_the_export_is(tool: Tool, page: int) -> None:
    shares: list[float] = []
    found = tool.pull(page=page, progress=shares.append)
    same(found, tool)
    assert shares == sorted(shares)
    assert (shares[-1], found.source.partition(",")[0].rpartition(" ")[2]) == (1.0, "127.0.0.1")
    assert not {"_submitted_by", "submitterName", "deviceId"} & set(found.frame.columns)


def test_a_busy_server_is_asked_again(tool: Tool, pauses: list[float]) -> None:
    tool.server.canned = [BUSY, (429, {"Retry-After": "7"}, b""), (502, {}, b"")]
    same(tool.pull(), tool)
    assert pauses == [1.0, 7.0, 4.0]


def test_a_server_that_stays_busy_is_given_up(tool: Tool, pauses: list[float]) -> None:
    tool.server.answer = lambda asked: BUSY
    with pytest.raises(ResponsesError, match=r"R-PULL-UNREACHABLE.*127\.0\.0\.1: Tried 5 times"):
        tool.pull()
    assert pauses == [1.0, 2.0, 4.0, 8.0]


def test_nobody_waits_for_an_hour(tool: Tool, pauses: list[float]) -> None:
    tool.server.answer = lambda asked: (429, {"Retry-After": "3600"}, b"")
    with pytest.raises(ResponsesError, match=r"R-PULL-BUSY.*3600 seconds"):
        tool.pull()
    assert pauses == []


def test_nobody_there(tool: Tool) -> None:
    with pytest.raises(ResponsesError, match=r"R-PULL-UNREACHABLE.*could not be reached"):
        tool.pull(server="http://127.0.0.1:9")


def test_a_server_that_says_nothing_is_given_up(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    for name in ("kobo", "web"):
        monkeypatch.setattr(f"trustmeter.exchange.pulling.{name}.TIMEOUT", 0.05)
    over = threading.Event()
    tool.server.answer = lambda asked: over.wait(5) and (404, {}, b"")
    with pytest.raises(ResponsesError, match=r"R-PULL-UNREACHABLE.*took too long"):
        tool.pull()
    over.set()


def test_a_wrong_secret_is_one_clear_sentence(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    name = {"kobo": "TRUSTMETER_KOBO_TOKEN", "odk": "TRUSTMETER_ODK_PASSWORD"}[tool.name]
    monkeypatch.setenv(name, "wr0ng-0ne")
    with pytest.raises(ResponsesError, match=rf"R-PULL-LOGIN.*{name}") as caught:
        tool.pull()
    told = "".join(traceback.format_exception(caught.value))
    assert "wr0ng" not in told
    assert caught.value.__context__ is None
    assert len(tool.server.asked) == 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (HTML, "R-PULL-SHAPE"),
        ((200, {}, b'{"results": [{"_id"'), "R-PULL-SHAPE"),
        ([1, 2], "R-PULL-SHAPE"),
        ({"results": ["x"], "value": ["x"], "token": "t"}, "R-PULL-SHAPE"),
        ((302, {"Location": "http://127.0.0.1:1/elsewhere"}, b""), "R-PULL-MOVED"),
        ((307, {"Location": "http://127.0.0.1:1/elsewhere"}, b""), "R-PULL-MOVED"),
        ((500, {}, b"stack trace with answers"), "R-PULL-SERVER"),
    ],
)
def test_what_is_no_data_is_refused(tool: Tool, answer: Any, code: str) -> None:
    tool.server.answer = lambda asked: answer
    with pytest.raises(ResponsesError, match=code) as caught:
        tool.pull()
    assert "stack trace" not in str(caught.value)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_an_unknown_survey(tool: Tool) -> None:
    with pytest.raises(ResponsesError, match=r"R-PULL-ABSENT.*'zzz'"):
        tool.pull(survey="zzz")


def test_a_page_that_comes_again_and_again(tool: Tool) -> None:
    usual = tool.server.answer

    def stuck(asked: Any) -> Any:
        asked.query = {name: "0" if name in {"start", "$skip"} else value for name, value in asked.query.items()}
        return usual(asked)

    tool.server.answer = stuck
    with pytest.raises(ResponsesError, match="R-PULL-REPEAT"):
        tool.pull(page=5)
    assert len(tool.server.asked) < 9


def test_who_comes_in_while_pages_are_read_is_taken_once(tool: Tool) -> None:
    usual, late = tool.server.answer, {**tool.people[0]}

    def answer(asked: Any) -> Any:
        told = usual(asked)
        if asked.query.get("start", asked.query.get("$skip")) == "5" and len(tool.people) == 23:
            tool.people.append(late)
        return told

    tool.server.answer = answer
    found = tool.pull(page=5)
    assert len(found) == 24


def test_nobody_is_missed_when_somebody_goes(tool: Tool) -> None:
    """When one of the first page is deleted, the first of the second page moves to the first: all is read again."""
    usual = tool.server.answer

    def answer(asked: Any) -> Any:
        told = usual(asked)
        if asked.query.get("start", asked.query.get("$skip")) == "0" and gone:
            del tool.people[gone.pop()]
            record = {"kobo": tool.kobo_record, "odk": tool.odk_record}[tool.name]
            known = {number: record(number + (number >= 2), row) for number, row in enumerate(tool.people)}
            setattr(tool, f"{tool.name}_record", lambda number, row: known[number])
        return told

    gone = [2]
    tool.server.answer = answer
    found = tool.pull(page=5, strict=False)
    assert len(found) in {22, 23}


def test_fewer_than_told_are_an_error(tool: Tool) -> None:
    usual = tool.server.answer

    def answer(asked: Any) -> Any:
        told = usual(asked)
        return (
            {**told, "count": 99, "@odata.count": 99, "next": None}
            if isinstance(told, dict) and "token" not in told
            else told
        )

    tool.server.answer = answer
    with pytest.raises(ResponsesError, match=r"R-PULL-(INCOMPLETE.*99 answers, and gave 23|REPEAT)"):
        tool.pull()


def test_nobody_answered(tool: Tool) -> None:
    tool.people = []
    with pytest.raises(ResponsesError, match="There is no answer yet"):
        tool.pull()


def test_nothing_is_logged_and_nothing_is_kept(tool: Tool, caplog: pytest.LogCaptureFixture, tmp_path: Any,
                                               monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    for name in ("HOME", "USERPROFILE", "PYODK_CACHE_FILE", "PYODK_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "cache") if "FILE" in name else str(tmp_path))
    with caplog.at_level(logging.DEBUG):
        tool.pull()
        tool.server.answer = lambda asked: (400, {}, b"what somebody answered")
        with pytest.raises(ResponsesError):
            tool.pull()
    assert SECRET not in caplog.text
    assert "what somebody answered" not in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_rejected_submissions_are_set_aside(server: Any, tiny: Questionnaire) -> None:
    tool = Tool("odk", server, tiny)
    usual = tool.odk_record

    def record(number: int, row: dict[str, str]) -> dict[str, Any]:
        told = usual(number, row)
        told["__system"]["reviewState"] = "rejected" if number < 2 else "approved"
        return told

    tool.odk_record = record  # type: ignore[method-assign]
    with pytest.warns(DataQualityWarning):
        assert len(tool.pull()) == 21


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"server": "http://surveys.example.org"}, "Use https"),
        ({"server": f"https://me:{SECRET}@surveys.example.org"}, "holds a name or a password"),
        ({"server": "surveys.example.org"}, "must look like"),
        ({"server": "https://[broken"}, "must look like"),
        ({"server": None}, "TRUSTMETER_KOBO_URL"),
        ({"project": 3}, "knows no `project`"),
        ({"survey": ""}, "`survey`"),
        ({"page": 0}, "`page`"),
        ({"progress": 3}, "`progress`"),
        ({"password": "x"}, "'password'"),
        ({"stict": True}, "Did you mean 'strict'"),
    ],
)
def test_calls_that_do_not_fit(told: dict[str, Any], said: str, tiny: Questionnaire) -> None:
    with pytest.raises(DesignError, match=said) as caught:
        pull_responses("kobo", tiny, **{"survey": "aBc", "server": "https://surveys.example.org", **told})
    assert SECRET not in str(caught.value)


def test_each_tool_wants_its_own(tiny: Questionnaire) -> None:
    with pytest.raises(DesignError, match="needs the number of its project"):
        pull_responses("odk", tiny, survey="aBc", server="https://surveys.example.org")
    with pytest.raises(DesignError, match="by a number"):
        pull_responses("limesurvey", tiny, survey="aBc", server="https://surveys.example.org")
    with pytest.raises(DesignError, match="must be one of"):
        pull_responses("qualtrics", tiny, survey="aBc")  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="must be a questionnaire"):
        pull_responses("kobo", "tiny", survey="aBc")  # type: ignore[arg-type]


def test_what_is_missing_is_named_and_the_keyring_is_asked(monkeypatch: pytest.MonkeyPatch, server: Any,
                                                           tiny: Questionnaire) -> None:  # fmt: skip
    import keyring

    kept: dict[tuple[str, str], str] = {}
    monkeypatch.setattr(keyring, "get_password", lambda service, name: kept.get((service, name)))
    monkeypatch.delenv("TRUSTMETER_KOBO_TOKEN")
    tool = Tool("kobo", server, tiny)
    with pytest.raises(DesignError, match=r"TRUSTMETER_KOBO_TOKEN.*keyring set trustmeter TRUSTMETER_KOBO_TOKEN"):
        tool.pull()
    kept["trustmeter", "TRUSTMETER_KOBO_TOKEN"] = SECRET
    same(tool.pull(), tool)


def test_a_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tiny: Questionnaire) -> None:
    import sys

    for name in ("pyodk", "pyodk.client", "citric"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r"trustmeter\[odk\]"):
        pull_responses("odk", tiny, survey="aBc", project=3, server="https://surveys.example.org")
    with pytest.raises(MissingExtraError, match=r"trustmeter\[limesurvey\]"):
        pull_responses("limesurvey", tiny, survey=5, server="https://surveys.example.org")


def test_the_way_in_is_not_shown() -> None:
    from trustmeter.exchange.pulling.access import access_to

    access = access_to("odk", "https://surveys.example.org/")
    assert "someone" not in repr(access)
    assert SECRET not in repr(access)
    assert issubclass(ResponsesError, TrustmeterError)
