"""The files in LimeSurvey itself, over its RemoteControl 2; and the same checks against a stand-in, so that they are tried.

With TRUSTMETER_LIMESURVEY_URL, TRUSTMETER_LIMESURVEY_USER and TRUSTMETER_LIMESURVEY_PASSWORD every questionnaire of the
shelf is imported from both files, read back word by word, answered, exported in four shapes and read. The interface must
be switched on there (JSON-RPC). All surveys made are deleted again.
"""

from __future__ import annotations

import base64
import csv
import inspect
import io
import itertools
import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from trustmeter.exchange.answers import read_responses
from trustmeter.exchange.limesurvey.plan import VERSION_CODE, version_of
from trustmeter.exchange.registry import export_questionnaire
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import list_questionnaires, load_questionnaire
from trustmeter.responses.model import MISSING_KINDS

FOR_READING_ONLY = {"afrobarometer-trust", "residents-justice-2013", "wvs-confidence"}
NAMES = [name for name in list_questionnaires()["id"] if name not in FOR_READING_ONLY]
TRIED = ("encounter", "complaint-experience")
TEXTS = ("surveyls_title", "surveyls_welcometext", "surveyls_endtext")
ENDPOINTS = ("index.php/admin/remotecontrol", "index.php?r=admin/remotecontrol")
NEVER_ASKED = 1 + MISSING_KINDS.index("not_asked")
SHAPES = [
    ("csv", 0, "code", "short"),
    ("csv", 0, "full", "long"),
    ("csv", 1, "full", "long"),
    ("json", 0, "code", "short"),
]
QUOTAS = {"first": (200, {"CONSENT": "1"}), "none": (5, {"CONSENT": "0"})}
ANSWERED_AT = "2026-11-23 19:13:51"
Places = dict[tuple[str, ...], str]
loaded = cache(load_questionnaire)


class NotOffered(Exception):
    """The interface has no such method."""


class RemoteControl:
    """The few calls that are needed, over JSON-RPC."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.endpoints = [url] if "remotecontrol" in url else [f"{url.rstrip('/')}/{end}" for end in ENDPOINTS]
        local = any(host in url for host in ("//127.0.0.1", "//localhost"))
        self.opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if local else []))
        self.counter = itertools.count(1)
        self.made: list[int] = []
        self.key = self._call("get_session_key", user, password)
        assert isinstance(self.key, str), f"LimeSurvey gave no session: {self.key}"

    def __call__(self, method: str, *params: Any) -> Any:
        return self._call(method, self.key, *params)

    def _call(self, method: str, *params: Any) -> Any:
        sent = json.dumps({"method": method, "params": params, "id": next(self.counter)}).encode()
        told = None
        for endpoint in list(self.endpoints):
            request = urllib.request.Request(endpoint, sent, {"Content-Type": "application/json"})  # noqa: S310
            try:
                with self.opener.open(request, timeout=300) as answer:
                    told = json.loads(answer.read().decode("utf-8-sig"))
                self.endpoints = [endpoint]
                break
            except (urllib.error.HTTPError, json.JSONDecodeError) as error:
                told = {"error": f"{type(error).__name__} at {endpoint.partition('?')[0]}"}
        assert isinstance(told, dict), f"{method}: the answer is no JSON-RPC"
        if told.get("error"):
            missing = "not found" in str(told["error"]).lower() or "does not exist" in str(told["error"]).lower()
            raise NotOffered(method) if missing else AssertionError(f"{method}: {told['error']}")
        return told["result"]

    def imported(self, path: Path) -> int:
        """Import a file; return the survey's number."""
        content = base64.b64encode(path.read_bytes()).decode("ascii")
        number = self("import_survey", content, path.suffix[1:])
        assert str(number).isdigit(), f"{path.name} was not imported: {number}"
        self.made.append(int(number))
        return int(number)

    def close(self) -> None:
        for number in self.made:
            self("delete_survey", number)
        self("release_session_key")


def listed(found: Any) -> list[dict[str, Any]]:
    """Return a list of things; where there are none, LimeSurvey answers with a status."""
    if isinstance(found, dict):
        return [] if "status" in found else [dict(one) for one in found.values()]
    return [dict(one) for one in found or []]


def by_name(found: Any) -> dict[str, Any]:
    """Return things by name; where there are none, LimeSurvey answers with a sentence. Names 0, 1, … come as a list."""
    if isinstance(found, list):
        return {str(place): one for place, one in enumerate(found)}
    return dict(found) if isinstance(found, dict) and "status" not in found else {}


def condition(told: Any) -> str:
    return str(told or "1").strip()


def expected_places(survey: Any, plain: Callable[[str], str]) -> Places:
    """Return everything that the file says, place by place."""
    found: Places = {("setting", name): value for name, value in survey.settings.items() if name in PRIVATE}
    found["languages",] = " ".join([survey.languages[0], *sorted(survey.languages[1:])])
    for name, words in survey.texts.items():
        found |= {(name, language): plain(text) for language, text in words.items()}
    for number, page in enumerate(survey.pages):
        found["page", str(number), "relevance"] = condition(page.relevance)
        for language in survey.languages:
            found["page", str(number), "title", language] = plain(page.title[language])
            found["page", str(number), "text", language] = plain(page.text[language])
    for code, asked in survey.questions.items():
        found |= {("question", code, name): getattr(asked, name) for name in ("type", "mandatory", "relevance")}
        found["question", code, "page"] = str(asked.group)
        found["question", code, "answers"] = " ".join(asked.answers)
        found["question", code, "rows"] = " ".join(asked.rows)
        found["question", code, "hidden"] = asked.attributes.get(("hidden", ""), "0")
        for language in survey.languages:
            found["question", code, "text", language] = plain(asked.text[language])
            found["question", code, "help", language] = plain(asked.help[language])
            for answer, labels in asked.answers.items():
                found["answer", code, answer, language] = plain(labels[language])
            for name, row in asked.rows.items():
                found["row", code, name, "text", language] = plain(row.text[language])
        found |= {("row", code, name, "relevance"): row.relevance for name, row in asked.rows.items()}
    return found


PRIVATE = ("anonymized", "datestamp", "ipaddr", "refurl", "savetimings", "allowsave", "format", "shownoanswer")


class ReadBack:
    """What LimeSurvey says of a survey, place by place."""

    def __init__(self, call: RemoteControl, sid: int, plain: Callable[[str], str]) -> None:
        self.call, self.sid, self.plain = call, sid, plain
        self.found: Places = {}
        told = call("get_survey_properties", sid, ["language", "additional_languages", *PRIVATE])
        self.languages = [told.pop("language"), *sorted(str(told.pop("additional_languages") or "").split())]
        self.found["languages",] = " ".join(self.languages)
        self.found |= {("setting", name): str(value) for name, value in told.items() if name in PRIVATE}
        for language in self.languages:
            self.read_language(language)

    def read_language(self, language: str) -> None:
        words = self.call("get_language_properties", self.sid, list(TEXTS), language)
        self.found |= {(name, language): self.plain(words[name] or "") for name in TEXTS}
        groups = listed(self.call("list_groups", self.sid, language))
        groups = [group for group in groups if group.get("language", language) == language]
        places = {}
        for number, group in enumerate(sorted(groups, key=lambda one: int(one["group_order"]))):
            places[str(group["gid"])] = str(number)
            missing = [name for name in ("group_name", "description", "grelevance") if name not in group]
            if missing:
                group.update(self.call("get_group_properties", group["gid"], missing, language))
            self.found["page", str(number), "title", language] = self.plain(group["group_name"] or "")
            self.found["page", str(number), "text", language] = self.plain(group["description"] or "")
            self.found["page", str(number), "relevance"] = condition(group["grelevance"])
        questions = listed(self.call("list_questions", self.sid, None, language))
        questions = [one for one in questions if one.get("language", language) == language]
        for question in sorted(questions, key=lambda one: int(one["question_order"])):
            if str(question.get("parent_qid", "0")) == "0":
                self.read_question(question, questions, places, language)

    def read_question(
        self, question: dict[str, Any], questions: list[dict[str, Any]], places: Mapping[str, str], language: str
    ) -> None:
        qid, code = question["qid"], question["title"]
        wanted = ["type", "mandatory", "relevance", "question", "help", "answeroptions", "subquestions", "attributes"]
        also = by_name(self.call("get_question_properties", qid, wanted, language))
        told = {**question, **{name: value for name, value in also.items() if value is not None}}
        unknown = [name for name in wanted if name not in told]
        assert unknown in ([], ["help"]), f"question {code}: this LimeSurvey does not tell {unknown}"
        self.found["question", code, "page"] = places[str(question["gid"])]
        self.found |= {("question", code, name): str(told[name]) for name in ("type", "mandatory")}
        self.found["question", code, "relevance"] = condition(told["relevance"])
        self.found["question", code, "hidden"] = str(by_name(told["attributes"]).get("hidden", "0") or "0")
        self.found["question", code, "text", language] = self.plain(told["question"] or "")
        self.found["question", code, "help", language] = self.plain(told.get("help") or "")
        answers = by_name(told["answeroptions"])
        ordered = sorted(answers, key=lambda one: int(answers[one].get("order", 0) or 0))
        self.found["question", code, "answers"] = " ".join(map(str, ordered))
        for answer, said in answers.items():
            self.found["answer", code, str(answer), language] = self.plain(said["answer"] or "")
        rows = [one for one in questions if str(one.get("parent_qid", "0")) == str(qid)]
        if not rows:
            rows = [{"qid": number, **one} for number, one in by_name(told["subquestions"]).items()]
        rows = sorted(rows, key=lambda one: int(one.get("question_order", 0) or 0))
        self.found["question", code, "rows"] = " ".join(row["title"] for row in rows)
        for row in rows:
            if "relevance" not in row:
                row.update(self.call("get_question_properties", row["qid"], ["relevance"], language))
            self.found["row", code, row["title"], "text", language] = self.plain(row["question"] or "")
            self.found["row", code, row["title"], "relevance"] = condition(row["relevance"])


def differences(expected: Places, found: Places) -> list[str]:
    """Return one line for each place where LimeSurvey holds something else than the file said."""
    return [
        f"{' · '.join(place)}: sent {expected.get(place, '(nothing)')!r}, LimeSurvey holds {found.get(place, '(nothing)')!r}"
        for place in sorted({*expected, *found})
        if expected.get(place) != found.get(place)
    ]


@dataclass(frozen=True)
class Bench:
    """What the checks work with: readers of our files, what people see of a text, routing, and a folder."""

    readers: Any
    plain: Callable[[str], str]
    is_asked: Any
    folder: Path

    def file(self, questionnaire: Questionnaire, suffix: str, **options: Any) -> Path:
        path, languages = self.folder / f"{questionnaire.id}{suffix}", list(questionnaire.languages)
        return export_questionnaire(questionnaire, path, tool="limesurvey", languages=languages, **options)


@pytest.fixture
def bench(readers: Any, plain: Any, is_asked: Any, tmp_path: Path) -> Bench:
    """Return what the checks work with."""
    return Bench(readers, plain, is_asked, tmp_path)


def check_import(call: RemoteControl, path: Path, bench: Bench) -> int:
    """Import a file and hold everything that LimeSurvey then says against it."""
    sid, plain = call.imported(path), bench.plain
    survey = bench.readers[path.suffix](path.read_bytes())
    apart = differences(expected_places(survey, plain), ReadBack(call, sid, plain).found)
    assert not apart, f"{path.name}: {len(apart)} differences\n" + "\n".join(apart[:40])
    return sid


def check_quotas(call: RemoteControl, path: Path, bench: Bench) -> None:
    """Hold the quotas that LimeSurvey lists against the file."""
    sid = call.imported(path)
    try:
        found = {quota["name"]: quota for quota in listed(call("list_quotas", sid))}
    except NotOffered:
        pytest.skip("This LimeSurvey does not list quotas over RemoteControl.")
    survey = bench.readers[path.suffix](path.read_bytes())
    assert set(found) == set(survey.quotas)
    for name, quota in survey.quotas.items():
        assert int(found[name]["qlimit"]) == quota.limit, f"quota {name!r}: another limit"
        assert str(found[name]["active"]) == "1", f"quota {name!r}: not active"


def people_of(questionnaire: Questionnaire, is_asked: Any) -> list[tuple[dict[str, str], bool]]:
    """Return five people and whether they finished: two complete, one who refuses, one with blanks, one who stops."""
    gates = [item.id for item in questionnaire.items if item.required]
    people: list[tuple[dict[str, str], bool]] = []
    for kind in ("first", "last", "refuses", "blanks", "stops"):
        answers: dict[str, str] = {}
        for place, item in enumerate(questionnaire.items):
            if not is_asked(questionnaire, item.id, answers) or (
                kind == "stops" and place > len(questionnaire.items) / 2
            ):
                continue
            options = [option.code for option in item.response_scale.options] or ["x"]
            if item.response_scale.type == "number":
                options = [str(int(item.response_scale.minimum or 0) + 1)]
            if item.id in gates:
                answers[item.id] = options[1] if kind == "refuses" and item.id == gates[0] else options[0]
            elif kind == "blanks" and place % 2:
                answers[item.id] = ""
            else:
                answers[item.id] = options[place % len(options) if kind == "first" else -1 if kind == "last" else 0]
        people.append((answers, kind != "stops"))
    return people


def send(
    call: RemoteControl, sid: int, questionnaire: Questionnaire, people: list[tuple[dict[str, str], bool]]
) -> None:
    """Activate the survey and add the people. Columns are named as the field map says, never built."""
    told = call("activate_survey", sid)
    assert str(told.get("status", "")).upper() == "OK", f"The survey was not activated: {told}"
    kept = call("get_survey_properties", sid, list(PRIVATE[:5]))
    assert [kept[name] for name in PRIVATE[:5]] == ["Y", "N", "N", "N", "N"], (
        f"Activation changed what is private: {kept}"
    )
    columns = {}
    for name, field in by_name(call("get_fieldmap", sid)).items():
        columns[str(field.get("aid") or field.get("title") or name)] = name
    needed = {item.id for item in questionnaire.items} | {VERSION_CODE}
    assert needed <= set(columns), f"LimeSurvey has no column for {sorted(needed - set(columns))}"
    for number, (answers, finished) in enumerate(people):
        row = {columns[item]: code for item, code in answers.items()} | {
            columns[VERSION_CODE]: version_of(questionnaire)
        }
        row["startlanguage"] = questionnaire.languages[number % 2]
        row |= {} if finished else {"submitdate": ""}
        added = call("add_response", sid, row)
        assert str(added).isdigit(), f"Answers {number + 1} were not taken: {added}"


def exported(call: RemoteControl, sid: int, languages: list[str], folder: Path) -> Iterator[tuple[str, Path]]:
    for kind, place, headings, answers in SHAPES:
        language = languages[min(place, len(languages) - 1)]
        content = call("export_responses", sid, kind, language, "all", headings, answers)
        assert isinstance(content, str), f"Export as {kind}, {headings}, {answers}: {content}"
        path = folder / f"{headings}-{answers}-{language}.{kind}"
        path.write_bytes(base64.b64decode(content))
        yield f"{kind} {headings} {answers} {language}", path


def check_answers(call: RemoteControl, sid: int, questionnaire: Questionnaire, bench: Bench) -> None:
    """Add answers, export them in four shapes, and hold what is read against the same answers in a plain table."""
    people = people_of(questionnaire, bench.is_asked)
    send(call, sid, questionnaire, people)
    files = dict(exported(call, sid, list(questionnaire.languages), bench.folder))
    with files[next(iter(files))].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert {row[VERSION_CODE] for row in rows} == {version_of(questionnaire)}
    stored = [bool(row["submitdate"]) for row in rows]
    assert len(stored) == len(people), f"{len(people)} people were sent, {len(stored)} came back"
    assert all(found or not finished for found, (_, finished) in zip(stored, people, strict=True)), (
        "A finished one is open."
    )
    people = [(answers, found) for found, (answers, _) in zip(stored, people, strict=True)]
    if "tool" not in inspect.signature(read_responses).parameters:
        return
    items = [item.id for item in questionnaire.items]
    for shape, path in files.items():
        found = read_responses(path, questionnaire, tool="limesurvey", strict=False)
        counted = people if len(found) == len(people) else [person for person in people if person[1]]
        table = pd.DataFrame([{item: answers.get(item, "") for item in items} for answers, _ in counted])
        plain = read_responses(table, questionnaire, strict=False)
        assert list(found.item_ids) == list(plain.item_ids), f"{shape}: other items"
        pd.testing.assert_frame_equal(found.frame[items], plain.frame[items], obj=shape)
        expected = plain.missing[items].copy()
        for row, (answers, _) in enumerate(counted):  # what was never shown is no blank, and a plain table cannot tell
            for item in set(items) - set(answers):
                expected.iloc[row, items.index(item)] = NEVER_ASKED
        pd.testing.assert_frame_equal(found.missing[items], expected, obj=f"{shape}, missing")


class StandIn:
    """Answers as LimeSurvey would: it holds what was imported, and exports what was added."""

    def __init__(self, readers: Any, damage: Callable[[Any], None] = lambda survey: None) -> None:
        self.readers, self.damage = readers, damage
        self.surveys: dict[int, Any] = {}
        self.rows: dict[int, list[dict[str, Any]]] = {}
        self.numbers = itertools.count(100001)

    def get_session_key(self, user: str, password: str) -> Any:
        return "key" if password == "right" else {"status": "Invalid user name or password"}  # noqa: S105

    def release_session_key(self) -> str:
        return "OK"

    def import_survey(self, content: str, kind: str) -> int:
        survey, number = self.readers[f".{kind}"](base64.b64decode(content)), next(self.numbers)
        self.damage(survey)
        self.surveys[number], self.rows[number] = survey, []
        return number

    def delete_survey(self, sid: int) -> dict[str, str]:
        del self.surveys[sid], self.rows[sid]
        return {"status": "OK"}

    def get_survey_properties(self, sid: int, wanted: list[str]) -> dict[str, str]:
        survey = self.surveys[sid]
        base, *others = survey.languages
        told = {"language": base, "additional_languages": " ".join(others), **survey.settings}
        return {name: told[name] for name in wanted}

    def get_language_properties(self, sid: int, wanted: list[str], language: str) -> dict[str, str]:
        return {name: self.surveys[sid].texts[name][language] for name in wanted}

    def list_groups(self, sid: int, language: str) -> list[dict[str, Any]]:
        return [
            {"gid": number + 1, "group_order": number, "group_name": page.title[language], "grelevance": page.relevance,
             "description": page.text[language], "language": language}
            for number, page in enumerate(self.surveys[sid].pages)
        ]  # fmt: skip

    def _numbered(self, sid: int) -> Iterator[tuple[int, int, Any, Any]]:
        counter = itertools.count(1)
        for asked in self.surveys[sid].questions.values():
            parent = next(counter)
            yield parent, 0, asked, asked
            for row in asked.rows.values():
                yield next(counter), parent, row, asked

    def list_questions(self, sid: int, group: None, language: str) -> list[dict[str, Any]]:
        return [
            {"qid": sid * 1000 + number, "parent_qid": parent and sid * 1000 + parent, "gid": top.group + 1,
             "title": asked.code, "question": asked.text[language], "question_order": number, "language": language,
             "relevance": asked.relevance}
            for number, parent, asked, top in self._numbered(sid)
        ]  # fmt: skip

    def get_question_properties(self, qid: int, wanted: list[str], language: str) -> dict[str, Any]:
        sid, number = divmod(qid, 1000)
        (asked,) = [one for found, _, one, _ in self._numbered(sid) if found == number]
        answers = {
            code: {"answer": labels[language], "order": place}
            for place, (code, labels) in enumerate(asked.answers.items())
        }
        told = {
            "type": asked.type, "mandatory": asked.mandatory, "relevance": asked.relevance, "question": asked.text[language],
            "help": asked.help.get(language, ""), "answeroptions": answers or "No available answer options",
            "subquestions": "No available subquestions",
            "attributes": {name: value for (name, _), value in asked.attributes.items()} or "No available attributes",
        }  # fmt: skip
        return {name: told[name] for name in wanted}

    def list_quotas(self, sid: int) -> list[dict[str, Any]]:
        return [{"name": quota.name, "qlimit": quota.limit, "active": 1} for quota in self.surveys[sid].quotas.values()]

    def activate_survey(self, sid: int) -> dict[str, str]:
        return {"status": "OK"}

    def get_fieldmap(self, sid: int) -> dict[str, dict[str, str]]:
        """Return the columns: an array has one for each row, and none of its own."""
        return {
            f"Q{number}": {"title": top.code, "aid": asked.code if parent else ""}
            for number, parent, asked, top in self._numbered(sid)
            if parent or not asked.rows
        }

    def add_response(self, sid: int, row: dict[str, Any]) -> int:
        self.rows[sid].append({**row, "submitdate": row.get("submitdate", ANSWERED_AT) or None})
        return len(self.rows[sid])

    def export_responses(self, sid: int, *told: str) -> str:
        kind, language, _, headings, answers = told
        meta = ("id", "submitdate", "lastpage", "startlanguage", "seed")
        names = dict(zip(meta, meta, strict=True))
        cells: dict[str, Callable[[str], str]] = {}
        for number, parent, asked, top in self._numbered(sid):
            if parent or not asked.rows:
                code = f"{top.code}[{asked.code}]" if parent else asked.code
                full = f"{top.text[language]} [{asked.text[language]}]" if parent else asked.text[language]
                names[f"Q{number}"] = full if headings == "full" else code
                labels = {code: words[language] for code, words in top.answers.items()}
                cells[f"Q{number}"] = lambda said, labels=labels: labels.get(said, said) if answers == "long" else said
        rows = [
            {name: None if row.get(name) is None else cells.get(name, str)(row[name]) for name in names}
            | {"id": str(place)}
            for place, row in enumerate(self.rows[sid], start=1)
        ]
        if kind == "json":
            content = json.dumps({"responses": [{names[key]: value for key, value in row.items()} for row in rows]})
            return base64.b64encode(content.encode()).decode("ascii")
        text = io.StringIO()

        def line(values: Any) -> str:
            return ";".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in values) + "\r\n"

        text.write("\ufeff" + line(names.values()))
        text.writelines(line(row[name] for name in names) for row in rows)
        return base64.b64encode(text.getvalue().encode()).decode("ascii")


@pytest.fixture
def stand_in(readers: Any) -> Iterator[tuple[StandIn, str]]:
    """Return a stand-in that serves on this machine, and its address."""
    answering = StandIn(readers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            method, params = asked["method"], asked["params"]
            params = params if method == "get_session_key" else params[1:]
            told: dict[str, Any] = {"id": asked["id"], "error": f"Method {method} not found", "result": None}
            if hasattr(answering, method):
                told |= {"error": None, "result": getattr(answering, method)(*params)}
            content = json.dumps(told).encode()
            self.send_response(200 if "remotecontrol" in self.path else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield answering, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("suffix", [".txt", ".lss"])
@pytest.mark.parametrize("name", TRIED)
def test_the_checks_pass_where_nothing_is_lost(
    name: str, suffix: str, stand_in: tuple[StandIn, str], bench: Bench
) -> None:
    answering, url = stand_in
    call = RemoteControl(url, "someone", "right")
    sid = check_import(call, bench.file(loaded(name), suffix), bench)
    check_quotas(call, bench.file(loaded(name), suffix, quotas=QUOTAS), bench)
    check_answers(call, sid, loaded(name), bench)
    call.close()
    assert answering.surveys == {}


def lose_an_answer(survey: Any) -> None:
    survey.questions["CONSENT"].answers.pop("0")


def rename_a_row(survey: Any) -> None:
    row = survey.questions["treatment"].rows.pop("RS02")
    row.code = "RS2"
    survey.questions["treatment"].rows["RS2"] = row


def empty_a_language(survey: Any) -> None:
    survey.pages[1].title["nl"] = ""


def open_the_gate(survey: Any) -> None:
    survey.pages[1].relevance = "1"


def store_addresses(survey: Any) -> None:
    survey.settings["ipaddr"] = "Y"


def insist(survey: Any) -> None:
    survey.questions["treatment"].mandatory = "Y"


@pytest.mark.parametrize(
    ("damage", "place"),
    [
        (lose_an_answer, "question · CONSENT · answers: sent '1 0', LimeSurvey holds '1'"),
        (rename_a_row, "row · treatment · RS02 · text · ar"),
        (empty_a_language, "page · 1 · title · nl"),
        (open_the_gate, "page · 1 · relevance"),
        (store_addresses, "setting · ipaddr: sent 'N', LimeSurvey holds 'Y'"),
        (insist, "question · treatment · mandatory: sent 'S', LimeSurvey holds 'Y'"),
    ],
)
def test_the_checks_fail_where_something_is_lost(
    damage: Callable[[Any], None], place: str, stand_in: tuple[StandIn, str], bench: Bench
) -> None:
    answering, url = stand_in
    answering.damage = damage
    call = RemoteControl(f"{url}/index.php/admin/remotecontrol", "someone", "right")
    with pytest.raises(AssertionError) as caught:
        check_import(call, bench.file(loaded("encounter"), ".txt"), bench)
    assert place in str(caught.value)


def test_a_wrong_password_and_a_missing_method_are_told(stand_in: tuple[StandIn, str]) -> None:
    with pytest.raises(AssertionError, match="gave no session"):
        RemoteControl(stand_in[1], "someone", "wrong")
    with pytest.raises(NotOffered):
        RemoteControl(stand_in[1], "someone", "right")("no_such_method")


@pytest.fixture(scope="module")
def live() -> Iterator[RemoteControl]:
    """Return a session with a real LimeSurvey, or skip where none is named."""
    names = [f"TRUSTMETER_LIMESURVEY_{name}" for name in ("URL", "USER", "PASSWORD")]
    values = [os.environ.get(name, "") for name in names]
    if not all(values):
        pytest.skip(f"Set {', '.join(names)} to try the files with a LimeSurvey of yours.")
    call = RemoteControl(*values)
    yield call
    call.close()


@pytest.mark.parametrize("suffix", [".txt", ".lss"])
@pytest.mark.parametrize("name", NAMES)
def test_limesurvey_holds_every_word_and_gives_every_answer_back(
    name: str, suffix: str, live: RemoteControl, bench: Bench
) -> None:
    sid = check_import(live, bench.file(loaded(name), suffix), bench)
    check_answers(live, sid, loaded(name), bench)


@pytest.mark.parametrize("suffix", [".txt", ".lss"])
def test_limesurvey_holds_the_quotas(suffix: str, live: RemoteControl, bench: Bench) -> None:
    check_quotas(live, bench.file(loaded("community-trust"), suffix, quotas=QUOTAS), bench)
