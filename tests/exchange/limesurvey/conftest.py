"""An independent reader of LimeSurvey's two files, and a stand-in for LimeSurvey itself, as strict as that is."""

from __future__ import annotations

import base64
import binascii
import csv
import html
import io
import itertools
import json
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.etree import ElementTree

import pytest

from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not

Words = dict[str, str]
Row = Mapping[str, str]


@dataclass
class Asked:
    """One question or one row of an array, as it was read."""

    code: str
    type: str = ""
    group: int = 0
    relevance: str = ""
    mandatory: str = ""
    text: Words = field(default_factory=dict)
    help: Words = field(default_factory=dict)
    rows: dict[str, Asked] = field(default_factory=dict)
    answers: dict[str, Words] = field(default_factory=dict)
    attributes: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass
class Page:
    """One group of questions, as it was read."""

    relevance: str
    title: Words = field(default_factory=dict)
    text: Words = field(default_factory=dict)


@dataclass
class Counted:
    """One quota, as it was read."""

    name: str
    limit: int
    members: set[tuple[str, str]] = field(default_factory=set)
    message: Words = field(default_factory=dict)


@dataclass
class Survey:
    """A survey, as it was read; equal when everything in it is."""

    languages: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    texts: dict[str, Words] = field(default_factory=lambda: defaultdict(dict))
    pages: list[Page] = field(default_factory=list)
    questions: dict[str, Asked] = field(default_factory=dict)
    quotas: dict[str, Counted] = field(default_factory=dict)


BASE = 16
"""So many columns stand before those of question settings."""


class TextFile:
    """Reads the tab-separated file as its manual says: by position, what follows belongs to what stands before."""

    def __init__(self, content: bytes) -> None:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), dialect="excel-tab"))
        self.survey, self.attributes = Survey(), list(rows[0])[BASE:]
        self.quotas: dict[str, Counted] = {}
        self.pages: dict[str, int] = {}
        self.here, self.now = 0, Asked("")
        for row in rows:
            getattr(self, f"read_{row['class']}")(row, row["name"], row["text"], row["language"])
        settings = self.survey.settings
        self.survey.languages = [settings.pop("language"), *settings.pop("additional_languages").split()]

    def read_S(self, row: Row, name: str, text: str, language: str) -> None:
        self.survey.settings[name] = text

    def read_SL(self, row: Row, name: str, text: str, language: str) -> None:
        self.survey.texts[name][language] = text

    def read_QTA(self, row: Row, name: str, text: str, language: str) -> None:
        self.quotas[row["id"]] = self.survey.quotas[name] = Counted(name, int(row["mandatory"]))
        assert (row["other"], row["default"], row["same_default"]) == ("1", "1", "0")

    def read_QTAM(self, row: Row, name: str, text: str, language: str) -> None:
        self.quotas[row["related_id"]].members.add((self.now.code, name))

    def read_QTALS(self, row: Row, name: str, text: str, language: str) -> None:
        self.quotas[row["related_id"]].message[language] = row["relevance"]

    def read_G(self, row: Row, name: str, text: str, language: str) -> None:
        if row["id"] not in self.pages:
            self.survey.pages.append(Page(row["relevance"]))
        self.here = self.pages.setdefault(row["id"], len(self.survey.pages) - 1)
        page = self.survey.pages[self.here]
        assert page.relevance == row["relevance"], "A page has another condition in another language."
        page.title[language], page.text[language] = name, text

    def read_Q(self, row: Row, name: str, text: str, language: str) -> None:
        fresh = Asked(name, row["type/scale"], self.here, row["relevance"], row["mandatory"])
        now = self.now = self.survey.questions.setdefault(name, fresh)
        assert (now.type, now.group, now.relevance, now.mandatory) == (
            fresh.type, fresh.group, fresh.relevance, fresh.mandatory)  # fmt: skip
        now.text[language], now.help[language] = text, row["help"]
        for column in (column for column in self.attributes if row[column]):
            now.attributes[column, language if column.endswith("_tip") else ""] = row[column]

    def read_SQ(self, row: Row, name: str, text: str, language: str) -> None:
        line = self.now.rows.setdefault(name, Asked(name, relevance=row["relevance"]))
        assert line.relevance == row["relevance"], "A row has another condition in another language."
        line.text[language] = text

    def read_A(self, row: Row, name: str, text: str, language: str) -> None:
        self.now.answers.setdefault(name, {})[language] = text


class Archive:
    """Reads the archive: rows of tables that point at each other by numbers."""

    def __init__(self, content: bytes) -> None:
        root = ElementTree.fromstring(content)
        for part in root.iterfind("*[fields]"):
            fields = [name.text for name in part.iterfind("fields/fieldname")]
            for row in part.iterfind("rows/row"):
                assert [cell.tag for cell in row] == fields, f"A row of {part.tag} has other fields than it says."
        self.table = defaultdict(list)
        for part in root:
            self.table[part.tag] = [{cell.tag: cell.text or "" for cell in row} for row in part.iterfind("rows/row")]
        (settings,) = self.table["surveys"]
        self.survey = Survey([settings.pop("language"), *settings.pop("additional_languages").split()])
        assert [one.text for one in root.iterfind("languages/language")] == self.survey.languages
        self.survey.settings = {name: value for name, value in settings.items() if name not in {"sid", "gsid", "admin"}}
        for row in self.table["surveys_languagesettings"]:
            for name in ("surveyls_title", "surveyls_welcometext", "surveyls_endtext"):
                self.survey.texts[name][row["surveyls_language"]] = row[name]
        self.place: dict[str, int] = {}
        self.asked: dict[str, Asked] = {}
        self.read_pages()
        self.read_questions()
        self.read_answers()
        self.read_quotas()

    def read_pages(self) -> None:
        for row in sorted(self.table["groups"], key=lambda one: int(one["group_order"])):
            self.place[row["gid"]] = len(self.survey.pages)
            self.survey.pages.append(Page(row["grelevance"]))
        for row in self.table["group_l10ns"]:
            page = self.survey.pages[self.place[row["gid"]]]
            page.title[row["language"]], page.text[row["language"]] = row["group_name"], row["description"]

    def read_questions(self) -> None:
        for row in self.table["questions"]:
            asked = Asked(row["title"], row["type"], self.place[row["gid"]], row["relevance"], row["mandatory"])
            self.asked[row["qid"]] = self.survey.questions[row["title"]] = asked
        for row in self.table["subquestions"]:
            line = Asked(row["title"], relevance=row["relevance"])
            self.asked[row["qid"]] = self.asked[row["parent_qid"]].rows[row["title"]] = line
        assert len(self.asked) == len(self.table["questions"]) + len(self.table["subquestions"]), (
            "A number is there twice."
        )
        tops = {row["qid"] for row in self.table["questions"]}
        for row in self.table["question_l10ns"]:
            self.asked[row["qid"]].text[row["language"]] = row["question"]
            if row["qid"] in tops:
                self.asked[row["qid"]].help[row["language"]] = row["help"]
        for row in self.table["question_attributes"]:
            self.asked[row["qid"]].attributes[row["attribute"], row["language"]] = row["value"]

    def read_answers(self) -> None:
        answers = {}
        for row in sorted(self.table["answers"], key=lambda one: int(one["sortorder"])):
            answers[row["aid"]] = self.asked[row["qid"]].answers.setdefault(row["code"], {})
        for row in self.table["answer_l10ns"]:
            answers[row["aid"]][row["language"]] = row["answer"]

    def read_quotas(self) -> None:
        quotas = {}
        for row in self.table["quota"]:
            assert (row["action"], row["active"], row["autoload_url"]) == ("1", "1", "0")
            quotas[row["id"]] = self.survey.quotas[row["name"]] = Counted(row["name"], int(row["qlimit"]))
        for row in self.table["quota_members"]:
            quotas[row["quota_id"]].members.add((self.asked[row["qid"]].code, row["code"]))
        for row in self.table["quota_languagesettings"]:
            quotas[row["quotals_quota_id"]].message[row["quotals_language"]] = row["quotals_message"]


def _plain(shown: str) -> str:
    """Return what a person reads where LimeSurvey shows a text."""
    words = html.unescape(re.sub(r"<br\s*/?>", "\n", shown)).replace("\u2066", "").replace("\u2069", "")
    return "\n".join(" ".join(line.split()) for line in words.strip().splitlines())


def _surely(condition: Condition | None, answers: Mapping[str, str]) -> bool | None:
    """Tell whether a condition holds; ``None`` where an answer is missing that would decide."""
    match condition:
        case None:
            return True
        case Equals(item=item, code=code):
            return answers[item] == code if answers.get(item) else None
        case IsIn(item=item, codes=codes):
            return answers[item] in codes if answers.get(item) else None
        case Not(condition=inner):
            found = _surely(inner, answers)
            return None if found is None else not found
        case AllOf(conditions=parts):
            told = [_surely(part, answers) for part in parts]
            return False if False in told else None if None in told else True
        case AnyOf(conditions=parts):
            told = [_surely(part, answers) for part in parts]
            return True if True in told else None if None in told else False


@pytest.fixture(scope="session")
def readers() -> Mapping[str, Callable[[bytes], Survey]]:
    """Return the reader of each kind of file, by its ending."""
    return {".txt": lambda content: TextFile(content).survey, ".lss": lambda content: Archive(content).survey}


@pytest.fixture(scope="session")
def plain() -> Callable[[str], str]:
    """Return the function that tells what a person reads where LimeSurvey shows a text."""
    return _plain


@pytest.fixture(scope="session")
def is_asked() -> Callable[[Questionnaire, str, Mapping[str, str]], bool]:
    """Return the naive reading of routing: an item is asked when its condition surely holds."""
    return lambda questionnaire, item, answers: bool(_surely(questionnaire.condition(item), answers))


ANSWERED_AT = "2026-11-23 19:13:51"
META = ("id", "submitdate", "lastpage", "startlanguage", "seed")
FORBIDDEN = re.compile(r"[^A-Za-z0-9]")


class Failed(Exception):
    """LimeSurvey fails with HTTP 500, as it does where a file or a value cannot be stored."""


def as_php(told: Any) -> Any:
    """Return what PHP makes of it: things named 0, 1, … in order become a list, and nothing at all is a list, too."""
    if isinstance(told, dict):
        told = {str(name): as_php(value) for name, value in told.items()}
        return list(told.values()) if list(told) == [str(place) for place in range(len(told))] else told
    return [as_php(one) for one in told] if isinstance(told, list) else told


def imported(survey: Survey) -> Survey:
    """Return what LimeSurvey makes of a survey without a word: signs taken out of codes, long answer codes dropped."""
    questions: dict[str, Asked] = {}
    for asked in survey.questions.values():
        code = FORBIDDEN.sub("", asked.code)
        code = f"q{code}" if code[:1].isdigit() else code
        if len(code) > 20:
            raise Failed("Data too long for column 'title'")
        rows = {re.sub(r"[^A-Za-z0-9_]", "", name): row for name, row in asked.rows.items()}
        answers = {name: words for name, words in asked.answers.items() if len(name) <= 5}
        kept = replace(
            asked, code=code, rows={name: replace(row, code=name) for name, row in rows.items()}, answers=answers
        )
        if code.casefold() not in {one.casefold() for one in questions}:
            questions[code] = kept
    return replace(survey, questions=questions)


class StandIn:
    """Answers as LimeSurvey does: it holds what was imported, and exports what was added.

    Versions differ: before 6.6.4 the properties of a question are without its words, before 6.9 those of a quota without
    how many are counted; from 7 on columns are called after the question alone.
    """

    def __init__(self, readers: Any, version: tuple[int, int] = (6, 14)) -> None:
        self.readers, self.version = readers, version
        self.damage: Callable[[Any], None] = lambda survey: None
        self.surveys: dict[int, Any] = {}
        self.rows: dict[int, dict[int, dict[str, Any]]] = {}
        self.key, self.logins = "", itertools.count(1)
        self.numbers = itertools.count(500001)
        self.canned: list[tuple[int, Mapping[str, str], bytes]] = []
        self.calls: list[tuple[str, list[Any]]] = []

    def answer(self, content: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Answer one request."""
        if self.canned:
            return self.canned.pop(0)
        asked = json.loads(content)
        method, params = asked["method"], asked["params"]
        self.calls.append((method, params))
        if method.startswith("_") or not hasattr(self, method):
            return 500, {}, b"<h1>Internal Server Error</h1>"
        try:
            result = getattr(self, method)(*params) if method == "get_session_key" else self._entered(method, *params)
        except (Failed, TypeError, UnicodeDecodeError) as error:
            return 500, {}, f"<h1>{type(error).__name__}</h1>".encode()
        return 200, {}, json.dumps({"id": asked["id"], "error": None, "result": as_php(result)}).encode()

    def _entered(self, method: str, key: str, *params: Any) -> Any:
        return getattr(self, method)(*params) if key == self.key else {"status": "Invalid session key"}

    def get_session_key(self, user: str, password: str, plugin: str = "Authdb") -> Any:
        if password != "right":  # noqa: S105
            return {"status": "Invalid user name or password"}
        self.key = f"key {next(self.logins)}"
        return self.key

    def release_session_key(self) -> str:
        self.key = ""
        return "OK"

    def import_survey(self, content: str, kind: str, name: str | None = None, wanted: int | None = None) -> Any:
        try:
            survey = self.readers[f".{kind}"](base64.b64decode(content, validate=True))
        except (KeyError, binascii.Error, ElementTree.ParseError):
            return {"status": "Invalid extension"}
        survey = imported(survey)
        self.damage(survey)
        own = int(re.search(rb"<sid><!\[CDATA\[(\d+)", base64.b64decode(content))[1]) if kind == "lss" else 0  # type: ignore[index]
        number = own if own and own not in self.surveys else next(self.numbers)
        self.surveys[number] = survey
        return number

    def delete_survey(self, sid: int) -> dict[str, str]:
        if self.surveys.pop(sid, None) is None:
            return {"status": "No permission"}
        self.rows.pop(sid, None)
        return {"status": "OK"}

    def _some(self, told: Mapping[str, Any], wanted: list[str] | None) -> dict[str, Any]:
        found = {name: told[name] for name in wanted or told if name in told}
        return found or {"status": "No valid Data"}

    def get_survey_properties(self, sid: int, wanted: list[str] | None = None) -> dict[str, Any]:
        survey = self.surveys.get(sid)
        if survey is None:
            return {"status": "Error: Invalid survey ID"}
        base, *others = survey.languages
        state = {"active": "Y" if sid in self.rows else "N"}
        return self._some(
            {"language": base, "additional_languages": " ".join(others), **survey.settings, **state}, wanted
        )

    def get_language_properties(self, sid: int, wanted: list[str] | None = None, language: str = "") -> dict[str, Any]:
        return self._some({name: words.get(language, "") for name, words in self.surveys[sid].texts.items()}, wanted)

    def list_groups(self, sid: int, language: str) -> Any:
        return [
            {"gid": sid * 100 + number, "sid": sid, "group_order": number, "group_name": page.title.get(language, ""),
             "grelevance": page.relevance, "description": page.text.get(language, ""), "language": language,
             "randomization_group": "", "id": sid * 100 + number}
            for number, page in enumerate(self.surveys[sid].pages, start=1)
        ] or {"status": "No groups found"}  # fmt: skip

    def _numbered(self, sid: int) -> Iterator[tuple[int, int, Any, Any]]:
        counter = itertools.count(sid * 1000 + 1)
        for asked in self.surveys[sid].questions.values():
            parent = next(counter)
            yield parent, 0, asked, asked
            for row in asked.rows.values():
                yield next(counter), parent, row, asked

    def list_questions(self, sid: int, group: int | None = None, language: str = "") -> Any:
        return [
            {"id": number, "qid": number, "parent_qid": parent, "sid": sid, "gid": sid * 100 + top.group + 1,
             "type": top.type, "title": asked.code, "question": asked.text.get(language, ""),
             "help": asked.help.get(language, ""), "mandatory": asked.mandatory or None, "other": "N",
             "question_order": number, "scale_id": 0, "language": language, "relevance": asked.relevance}
            for number, parent, asked, top in self._numbered(sid)
        ] or {"status": "No questions found"}  # fmt: skip

    def get_question_properties(self, qid: int, wanted: list[str] | None = None, language: str = "") -> dict[str, Any]:
        (asked,) = [one for found, _, one, _ in self._numbered(qid // 1000) if found == qid]
        answers = {
            code: {"answer": labels.get(language, ""), "assessment_value": 0, "scale_id": 0, "order": place}
            for place, (code, labels) in enumerate(asked.answers.items())
        }
        plain = {name: value for (name, tongue), value in asked.attributes.items() if not tongue}
        spoken = {name: value for (name, tongue), value in asked.attributes.items() if tongue == language}
        told = {
            "qid": qid, "type": asked.type, "mandatory": asked.mandatory, "relevance": asked.relevance,
            "answeroptions": answers or "No available answer options",
            "subquestions": "No available subquestions",
            "attributes": plain or "No available attributes",
            "attributes_lang": spoken or "No available attributes",
        }  # fmt: skip
        if self.version >= (6, 7):
            told |= {"question": asked.text.get(language, ""), "help": asked.help.get(language, "")}
        return self._some(told, wanted)

    def list_quotas(self, sid: int) -> Any:
        limit = "qlimit" if self.version >= (6, 10) else "limit"
        return [
            {
                "id": sid * 10 + place,
                "name": quota.name,
                limit: quota.limit,
                "action": 1,
                "active": 1,
                "autoload_url": 0,
            }
            for place, quota in enumerate(self.surveys[sid].quotas.values())
        ] or {"status": "No quotas found"}

    def get_quota_properties(self, number: int, wanted: list[str] | None = None, language: str = "") -> dict[str, Any]:
        sid, place = divmod(number, 10)
        survey = self.surveys[sid]
        quota = list(survey.quotas.values())[place]
        told = {
            "id": number, "sid": sid, "name": quota.name, "qlimit": quota.limit, "action": 1, "active": 1, "autoload_url": 0,
            "quotals_message": quota.message.get(language, ""), "quotals_url": "", "quotals_urldescrip": "",
        }  # fmt: skip
        if self.version >= (6, 9):
            columns = {field["aid"] or field["title"]: name for name, field in self.get_fieldmap(sid).items()}
            told["completeCount"] = sum(
                bool(row["submitdate"]) and all(row.get(columns[item]) == code for item, code in quota.members)
                for row in self.rows.get(sid, {}).values()
            )
        return self._some(told, wanted)

    def activate_survey(self, sid: int, settings: Any = None) -> dict[str, Any]:
        if sid in self.rows:
            return {"status": "Error: Survey already active"}
        self.rows[sid] = {}
        return {"status": "OK", "pluginFeedback": []}

    def get_summary(self, sid: int, name: str = "all") -> Any:
        if sid not in self.surveys:
            return {"status": "Invalid surveyid"}
        if sid not in self.rows:
            return []
        done = sum(bool(row["submitdate"]) for row in self.rows[sid].values())
        whole = len(self.rows[sid])
        told = {
            "completed_responses": str(done),
            "incomplete_responses": str(whole - done),
            "full_responses": str(whole),
        }
        return told if name == "all" else told[name]

    def _column(self, sid: int, number: int, parent: int, asked: Any, top: Any) -> str:
        if self.version >= (7, 0):
            return f"Q{parent}_S{number}" if parent else f"Q{number}"
        return f"{sid}X{sid * 100 + top.group + 1}X{parent}{asked.code}" if parent else (
            f"{sid}X{sid * 100 + top.group + 1}X{number}")  # fmt: skip

    def get_fieldmap(self, sid: int) -> dict[str, dict[str, str]]:
        """Return the columns: LimeSurvey's own, and one for each question or, of an array, for each of its rows."""
        own = {name: {"fieldname": name, "type": name, "sid": str(sid), "gid": "", "qid": "", "aid": "", "title": ""}
               for name in META}  # fmt: skip
        return own | {
            (name := self._column(sid, number, parent, asked, top)): {
                "fieldname": name, "type": top.type, "qid": str(parent or number), "title": top.code,
                "aid": asked.code if parent else ""}
            for number, parent, asked, top in self._numbered(sid)
            if parent or not asked.rows
        }  # fmt: skip

    def add_response(self, sid: int, row: dict[str, Any]) -> Any:
        if sid not in self.rows:
            return {"status": "No survey response table"}
        known = self.get_fieldmap(sid)
        if unknown := set(row) - set(known):
            raise Failed(f"Property is not defined: {unknown}")
        kept = {name: None if value == "" and known[name]["type"] == "N" else value for name, value in row.items()}
        number = max(self.rows[sid], default=0) + 1
        self.rows[sid][number] = {**kept, "submitdate": row.get("submitdate", ANSWERED_AT) or None}
        return str(number)

    def export_responses(  # noqa: PLR0917 — in the order of the real one
        self, sid: int, kind: str, language: str | None = None, status: str = "all", headings: str = "code",
        answers: str = "short", first: int | None = None, last: int | None = None, fields: Any = None, more: Any = None,
    ) -> Any:  # fmt: skip
        if sid not in self.rows:
            return {"status": "No Data, survey table does not exist."}
        if not self.rows[sid]:
            return {"status": "No Data, could not get max id."}
        tongue = language or self.surveys[sid].languages[0]
        names: dict[str, str] = {
            name: f"{name.capitalize()} ({tongue})" if headings == "full" else name for name in META
        }
        cells: dict[str, Callable[[Any], Any]] = {}
        for number, parent, asked, top in self._numbered(sid):
            if not parent and asked.rows:
                continue
            column = self._column(sid, number, parent, asked, top)
            words = f"{_read(top.text[tongue])} [{_read(asked.text[tongue])}]" if parent else _read(asked.text[tongue])
            names[column] = words if headings == "full" else f"{top.code}[{asked.code}]" if parent else asked.code
            if answers == "long":
                cells[column] = _long({code: _read(said[tongue]) for code, said in top.answers.items()}, top.type)
        rows = [
            {name: cells.get(name, lambda said: said)(row.get(name)) for name in names} | {"id": number}
            for number, row in self.rows[sid].items()
            if (first or 1) <= number <= (last or max(self.rows[sid]))
        ]
        if kind == "json":
            told = {"responses": [{names[name]: value for name, value in row.items()} for row in rows]}
            return base64.b64encode(json.dumps(told).encode()).decode("ascii")
        text = io.StringIO()

        def line(values: Any) -> str:
            said = ("" if value is None else '"' + str(value).replace('"', '""') + '"' for value in values)
            return ";".join(said) + "\r\n"

        text.write("\ufeff" + line(names.values()))
        text.writelines(line(row[name] for name in names) for row in rows)
        return base64.b64encode((text.getvalue() + "\r\n").encode()).decode("ascii")


def _read(shown: str) -> str:
    """Return a text as exports write it: without markup, signs as they are read."""
    return html.unescape(re.sub(r"<[^>]*>", " ", shown))


def _long(labels: Mapping[str, str], kind: str) -> Callable[[Any], Any]:
    """Return how an answer is written in full: what was not answered is *N/A* in a list and nothing in an array."""
    nothing = "N/A" if kind == "L" else ""
    return lambda said: nothing if said in {None, ""} and labels else labels.get(said, said)


@pytest.fixture(params=[(6, 4), (6, 10), (6, 14), (7, 0)], ids=lambda version: f"{version[0]}.{version[1]}")
def stand_in(request: pytest.FixtureRequest, readers: Any) -> Iterator[tuple[StandIn, str]]:
    """Return a stand-in that serves on this machine, and its address, in each version."""
    answering = StandIn(readers, request.param)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            known = "remotecontrol" in self.path
            status, headers, content = answering.answer(sent) if known else (404, {}, b"<h1>Not Found</h1>")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
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
