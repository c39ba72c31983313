"""The files in LimeSurvey itself, over its RemoteControl 2; and the same checks against a stand-in, so that they are tried.

With TRUSTMETER_LIMESURVEY_URL, TRUSTMETER_LIMESURVEY_USER and TRUSTMETER_LIMESURVEY_PASSWORD every questionnaire of the
shelf is imported from both files, read back word by word, answered, exported in four shapes and read. The interface must
be switched on there (JSON-RPC). All surveys made are deleted again.
"""

from __future__ import annotations

import base64
import html
import itertools
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pytest

from trustmeter.exchange.answers import read_responses
from trustmeter.exchange.limesurvey.plan import VERSION_CODE, version_of
from trustmeter.exchange.pulling.live import pull_responses
from trustmeter.exchange.registry import export_questionnaire
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import list_questionnaires, load_questionnaire
from trustmeter.responses.model import MISSING_KINDS

FOR_READING_ONLY = {"afrobarometer-trust", "residents-justice-2013", "wvs-confidence"}
NAMES = [name for name in list_questionnaires()["id"] if name not in FOR_READING_ONLY]
TRIED = ("encounter", "complaint-experience")
TEXTS = ("surveyls_title", "surveyls_welcometext", "surveyls_endtext")
ENDPOINTS = ("index.php/admin/remotecontrol", "index.php?r=admin/remotecontrol")
BLANK, NEVER_ASKED = (1 + MISSING_KINDS.index(kind) for kind in ("blank", "not_asked"))
SHAPES = [
    ("csv", 0, "code", "short"),
    ("csv", 0, "full", "long"),
    ("csv", 1, "full", "long"),
    ("json", 0, "code", "short"),
]
QUOTAS = {"first": (200, {"CONSENT": "1"}), "none": (5, {"CONSENT": "0"})}
Places = dict[tuple[str, ...], str]
loaded = cache(load_questionnaire)


class RemoteControl:
    """The few calls that are needed, over JSON-RPC."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.endpoints = [url] if "remotecontrol" in url else [f"{url.rstrip('/')}/{end}" for end in ENDPOINTS]
        local = any(host in url for host in ("//127.0.0.1", "//localhost"))
        self.opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if local else []))
        self.counter = itertools.count(1)
        self.made: list[int] = []
        self.who = (user, password)
        self.key = self._call("get_session_key", user, password)
        assert isinstance(self.key, str), f"LimeSurvey gave no session: {self.key}"

    def __call__(self, method: str, *params: Any) -> Any:
        """Call a method; log in again where the session is over, and fail with LimeSurvey's own sentence."""
        told = self._call(method, self.key, *params)
        if isinstance(told, dict) and "session key" in str(told.get("status", "")).lower():
            self.key = self._call("get_session_key", *self.who)
            told = self._call(method, self.key, *params)
        status = str(told.get("status") or "OK") if isinstance(told, dict) else "OK"
        if status.upper() != "OK" and " found" not in status.lower():
            about = [one for one in params[:1] if isinstance(one, int)]
            raise AssertionError(f"{method} {about}: LimeSurvey says {status!r}")
        return told

    def _call(self, method: str, *params: Any) -> Any:
        sent = json.dumps({"method": method, "params": params, "id": next(self.counter)}).encode()
        faults = []
        for endpoint in list(self.endpoints):
            request = urllib.request.Request(endpoint, sent, {"Content-Type": "application/json"})  # noqa: S310
            try:
                with self.opener.open(request, timeout=300) as answer:
                    told = json.loads(answer.read().decode("utf-8-sig"))
            except (urllib.error.HTTPError, ValueError) as error:
                faults.append(f"{getattr(error, 'code', 'no JSON')} at …{urlsplit(endpoint).path}")
                continue
            self.endpoints = [endpoint]
            assert isinstance(told, dict), f"{method}: the answer is no JSON-RPC"
            assert "result" in told, f"{method}: the answer is no JSON-RPC"
            assert not told.get("error"), f"{method}: {told['error']}"
            return told["result"]
        raise AssertionError(
            f"{method} failed: {', '.join(faults)}. 404 or no JSON: is JSON-RPC switched on (Global settings, Interfaces), and "
            "is the address right? 500: LimeSurvey has no such method, or could not store what was sent; see its log."
        )

    def imported(self, path: Path) -> int:
        """Import a file; return the survey's number."""
        content = base64.b64encode(path.read_bytes()).decode("ascii")
        number = self("import_survey", content, path.suffix[1:])
        assert str(number).isdigit(), f"{path.name} was not imported; LimeSurvey says {number}"
        self.made.append(int(number))
        return int(number)

    def close(self) -> None:
        left = []
        for number in self.made:
            try:
                self("delete_survey", number)
            except (AssertionError, OSError) as error:
                left.append(f"{number}: {error}")
        self("release_session_key")
        assert not left, f"These surveys are still in LimeSurvey: {left}"


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
    return html.unescape(str(told or "1")).strip()


def seen(held: Any) -> str:
    """Return what people see of a text that LimeSurvey holds: isolates count, a brace that is alive is marked."""
    alive = str(held or "").replace("{", "[an expression begins]").replace("}", "[an expression ends]")
    whole = re.fullmatch(r"\s*<p>(.*)</p>\s*", alive, re.DOTALL)
    lines = html.unescape(re.sub(r"<br\s*/?>", "\n", whole[1] if whole and "<p" not in whole[1] else alive))
    return "\n".join(" ".join(line.split()) for line in lines.strip().splitlines())


def expected_places(survey: Any) -> Places:
    """Return everything that the file says, place by place."""
    found: Places = {("setting", name): value for name, value in survey.settings.items() if name in PRIVATE}
    found["languages",] = " ".join([survey.languages[0], *sorted(survey.languages[1:])])
    for name, words in survey.texts.items():
        found |= {(name, language): seen(text) for language, text in words.items()}
    for number, page in enumerate(survey.pages):
        found["page", str(number), "relevance"] = condition(page.relevance)
        on_page = [code for code, asked in survey.questions.items() if asked.group == number]
        found["page", str(number), "questions"] = " ".join(on_page)
        for language in survey.languages:
            found["page", str(number), "title", language] = seen(page.title[language])
            found["page", str(number), "text", language] = seen(page.text[language])
    for code, asked in survey.questions.items():
        found |= {("question", code, name): getattr(asked, name) for name in ("type", "mandatory")}
        found["question", code, "relevance"] = condition(asked.relevance)
        found["question", code, "answers"] = " ".join(asked.answers)
        found["question", code, "rows"] = " ".join(asked.rows)
        for (name, _), value in asked.attributes.items():
            if name in RULES:
                found["attribute", code, name] = value
        for language in survey.languages:
            found["question", code, "text", language] = seen(asked.text[language])
            found["question", code, "help", language] = seen(asked.help.get(language))
            for answer, labels in asked.answers.items():
                found["answer", code, answer, language] = seen(labels[language])
            for name, row in asked.rows.items():
                found["row", code, name, "text", language] = seen(row.text[language])
        found |= {("row", code, name, "relevance"): condition(row.relevance) for name, row in asked.rows.items()}
    return found


RULES = ("hidden", "em_validation_q", "num_value_int_only", "min_num_value_n", "max_num_value_n")
PRIVATE = ("anonymized", "datestamp", "ipaddr", "refurl", "savetimings", "allowsave", "format", "shownoanswer")


class ReadBack:
    """What LimeSurvey says of a survey, place by place."""

    def __init__(self, call: RemoteControl, sid: int) -> None:
        self.call, self.sid = call, sid
        self.found: Places = {}
        told = call("get_survey_properties", sid, ["language", "additional_languages", *PRIVATE])
        self.languages = [told.pop("language"), *sorted(str(told.pop("additional_languages") or "").split())]
        self.found["languages",] = " ".join(self.languages)
        self.found |= {("setting", name): str(value) for name, value in told.items() if name in PRIVATE}
        for language in self.languages:
            self.read_language(language)

    @property
    def tells_attributes(self) -> bool:
        """Whether this LimeSurvey tells the settings of questions at all."""
        return any(place[0] == "attribute" for place in self.found)

    def read_language(self, language: str) -> None:
        words = self.call("get_language_properties", self.sid, list(TEXTS), language)
        self.found |= {(name, language): seen(words.get(name)) for name in TEXTS}
        groups = listed(self.call("list_groups", self.sid, language))
        groups = [group for group in groups if group.get("language", language) == language]
        places: dict[str, str] = {}
        for number, group in enumerate(sorted(groups, key=lambda one: int(one["group_order"]))):
            places[str(group["gid"])] = str(number)
            missing = [name for name in ("group_name", "description", "grelevance") if name not in group]
            if missing:
                group.update(self.call("get_group_properties", group["gid"], missing, language))
            self.found["page", str(number), "title", language] = seen(group["group_name"])
            self.found["page", str(number), "text", language] = seen(group["description"])
            self.found["page", str(number), "relevance"] = condition(group["grelevance"])
        questions = listed(self.call("list_questions", self.sid, None, language))
        questions = [one for one in questions if one.get("language", language) == language]
        questions = sorted(questions, key=lambda one: int(one["question_order"]))
        tops = [one for one in questions if str(one.get("parent_qid") or "0") == "0"]
        for gid, place in places.items():
            on_page = " ".join(one["title"] for one in tops if str(one["gid"]) == gid)
            self.found["page", place, "questions"] = on_page
        for question in tops:
            self.read_question(question, questions, language)

    def read_question(self, question: dict[str, Any], questions: list[dict[str, Any]], language: str) -> None:
        """Read one question. Words come from the list, which has them in every version and in the language asked for."""
        qid, code = question["qid"], question["title"]
        wanted = ["type", "mandatory", "relevance", "question", "help", "answeroptions", "subquestions", "attributes"]
        also = by_name(self.call("get_question_properties", qid, wanted, language))
        told = {**{name: value for name, value in also.items() if value is not None}, **question}
        told |= {name: also[name] for name in wanted if question.get(name) is None and also.get(name) is not None}
        unknown = [name for name in ("type", "relevance", "question", "answeroptions") if name not in told]
        assert not unknown, f"question {code}: this LimeSurvey does not tell {unknown}"
        self.found["question", code, "type"] = str(told["type"])
        self.found["question", code, "mandatory"] = str(told.get("mandatory") or "N")
        self.found["question", code, "relevance"] = condition(told["relevance"])
        self.found["question", code, "text", language] = seen(told["question"])
        self.found["question", code, "help", language] = seen(told.get("help"))
        for name, value in by_name(told.get("attributes")).items():
            if name in RULES and value not in (None, "", "0", 0):
                self.found["attribute", code, name] = html.unescape(str(value))
        answers = by_name(told["answeroptions"])
        ordered = sorted(answers, key=lambda one: int(answers[one].get("order", 0) or 0))
        self.found["question", code, "answers"] = " ".join(map(str, ordered))
        for answer, said in answers.items():
            self.found["answer", code, str(answer), language] = seen(said["answer"])
        rows = [one for one in questions if str(one.get("parent_qid") or "0") == str(qid)]
        if not rows:
            rows = [{"qid": number, **one} for number, one in by_name(told.get("subquestions")).items()]
        self.found["question", code, "rows"] = " ".join(row["title"] for row in rows)
        for row in rows:
            if "relevance" not in row:
                row.update(self.call("get_question_properties", row["qid"], ["relevance"], language))
            self.found["row", code, row["title"], "text", language] = seen(row["question"])
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
    sid = call.imported(path)
    expected, read = expected_places(bench.readers[path.suffix](path.read_bytes())), ReadBack(call, sid)
    if not read.tells_attributes:
        expected = {place: value for place, value in expected.items() if place[0] != "attribute"}
    apart = differences(expected, read.found)
    assert not apart, f"{path.name}: {len(apart)} differences\n" + "\n".join(apart[:40])
    return sid


def check_quotas(call: RemoteControl, questionnaire: Questionnaire, path: Path, bench: Bench) -> None:
    """Hold the quotas against the file: name, limit, action, sentences; and whom they count, where LimeSurvey tells it."""
    sid = call.imported(path)
    survey = bench.readers[path.suffix](path.read_bytes())
    found = {html.unescape(quota["name"]): quota for quota in listed(call("list_quotas", sid))}
    assert set(found) == set(survey.quotas), (
        f"{path.name}: sent quotas {set(survey.quotas)}, LimeSurvey holds {set(found)}"
    )
    for name, quota in survey.quotas.items():
        for language in survey.languages:
            told = {**found[name], **call("get_quota_properties", found[name]["id"], None, language)}
            held = {
                **{key: str(told.get(key)) for key in ("active", "action")},
                "message": seen(told.get("quotals_message")),
            }
            sent = {"active": "1", "action": "1", "message": seen(quota.message[language])}
            assert held == sent, f"quota {name!r} in {language}: sent {sent}, LimeSurvey holds {held}"
            limit = told.get("qlimit", told.get("limit"))
            assert str(limit) == str(quota.limit), f"quota {name!r}: sent limit {quota.limit}, LimeSurvey holds {limit}"
    people = people_of(questionnaire, bench.is_asked)
    send(call, sid, questionnaire, people)
    stored = finished(call, sid)
    for name, quota in survey.quotas.items():
        told = call("get_quota_properties", found[name]["id"])
        if "completeCount" in told:
            counts = [
                done and all(answers.get(item) == code for item, code in quota.members)
                for (answers, _), done in zip(people, stored, strict=True)
            ]
            held = int(told["completeCount"])
            assert held == sum(counts), f"quota {name!r} is to count {sum(counts)} people, LimeSurvey counts {held}"


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


def finished(call: RemoteControl, sid: int) -> list[bool]:
    """Return of each person in order whether LimeSurvey holds a date of submission."""
    return [bool(row["submitdate"]) for row in raw_rows(call, sid)]


def raw_rows(call: RemoteControl, sid: int) -> list[dict[str, Any]]:
    """Return what is stored, as the export in JSON has it: null is kept."""
    content = call("export_responses", sid, "json", None, "all", "code", "short")
    assert isinstance(content, str), f"Export as json: {content}"
    rows = json.loads(base64.b64decode(content))["responses"]
    rows = [next(iter(one.values())) if len(one) == 1 else one for one in rows]  # older versions: under its number
    return sorted(rows, key=lambda row: int(row["id"]))


def raw_cell(row: Mapping[str, Any], item: str) -> Any:
    """Return the cell of an item, be it a question or a row of an array."""
    (heading,) = [name for name in row if name == item or name.endswith(f"[{item}]")]
    return row[heading]


def alike(held: Any, sent: str) -> bool:
    """Tell whether a cell holds what was sent; numbers may be written with more digits."""
    digits = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", str(held)) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", sent)
    return str(held) == sent or bool(digits and "." in str(held) and float(str(held)) == float(sent))


def check_answers(call: RemoteControl, sid: int, questionnaire: Questionnaire, bench: Bench) -> None:
    """Add answers, export them in four shapes, and hold what is read against the same answers in a plain table."""
    people = people_of(questionnaire, bench.is_asked)
    send(call, sid, questionnaire, people)
    raw = raw_rows(call, sid)
    assert {row[VERSION_CODE] for row in raw} == {version_of(questionnaire)}
    assert len(raw) == len(people), f"{len(people)} people were sent, {len(raw)} came back"
    stored = [bool(row["submitdate"]) for row in raw]
    assert all(found or not done for found, (_, done) in zip(stored, people, strict=True)), "A finished one is open."
    changed = [
        f"person {number}, {item}: sent {code!r}, LimeSurvey holds {raw_cell(row, item)!r}"
        for number, (row, (answers, _)) in enumerate(zip(raw, people, strict=True), start=1)
        for item, code in answers.items()
        if code and not alike(raw_cell(row, item), code)
    ]
    assert not changed, "\n".join(changed[:40])
    items = [item.id for item in questionnaire.items]
    page_of = {item.id: [one.id for one in page.items] for page in questionnaire.sections for item in page.items}
    never = {  # null: never shown; but for a number on a page that was seen, which cannot be stored as an empty text
        (place, item)
        for place, (row, (answers, _)) in enumerate(zip(raw, people, strict=True))
        for item in items
        if not answers.get(item)
        and raw_cell(row, item) is None
        and not (questionnaire.item(item).response_scale.type == "number" and set(page_of[item]) & set(answers))
    }
    wrong = [f"person {place + 1}, {item}" for place, (answers, _) in enumerate(people) for item in items
             if item not in answers and raw_cell(raw[place], item) not in (None, "")]  # fmt: skip
    assert not wrong, f"LimeSurvey holds something where nothing was sent: {wrong[:40]}"
    quoted = any(raw_cell(row, item) == "" for row in raw for item in items)
    table = pd.DataFrame([{item: answers.get(item, "") for item in items} for answers, _ in people])
    plain = read_responses(table, questionnaire, strict=False)
    expected = plain.missing[items].copy()
    for row, item in never:
        expected.iloc[row, items.index(item)] = NEVER_ASKED
    for shape, path in exported(call, sid, list(questionnaire.languages), bench.folder):
        found = read_responses(path, questionnaire, tool="limesurvey", strict=False)
        assert len(found) == len(people), f"{shape}: {len(people)} people were sent, {len(found)} were read"
        (column,) = [name for name in found.roles.kept if name.startswith("finished")]
        told = found.frame[column].tolist()
        assert told == ["yes" if one else "no" for one in stored], f"{shape}: who finished is read as {told}"
        assert list(found.item_ids) == list(plain.item_ids), f"{shape}: other items"
        check_cells(found.frame[items], plain.frame[items], shape)
        if not tells_null(path, shape, quoted=quoted):
            kinds = [kept.replace({NEVER_ASKED: BLANK}) for kept in (found.missing[items], expected)]
            check_cells(*kinds, f"{shape}, why it is empty")
        else:
            check_cells(found.missing[items], expected, f"{shape}, why it is empty")


def check_pull(call: RemoteControl, sid: int, questionnaire: Questionnaire, bench: Bench) -> None:
    """Fetch the answers in pages, and hold them against the export; over http only from this machine."""
    endpoint = call.endpoints[0]
    if not endpoint.startswith("https://") and urlsplit(endpoint).hostname not in {"127.0.0.1", "localhost"}:
        return
    path = bench.folder / "whole.json"
    path.write_bytes(base64.b64decode(call("export_responses", sid, "json", None, "all", "code", "short")))
    whole = read_responses(path, questionnaire, tool="limesurvey", strict=False)
    pulled = pull_responses("limesurvey", questionnaire, survey=sid, server=endpoint, page=2, strict=False)
    check_cells(pulled.frame, whole.frame, "fetched")
    check_cells(pulled.missing, whole.missing, "fetched, why it is empty")


def tells_null(path: Path, shape: str, *, quoted: bool) -> bool:
    """Tell whether a file keeps what was never shown from what was left blank: full answers do not, nor do all versions."""
    if " long " in shape:
        return False
    absent = re.search(r"(?m)(^|;)(?=;|\r?$)", path.read_text(encoding="utf-8-sig").rstrip())
    return path.suffix == ".json" or (quoted and absent is not None)


def check_cells(found: pd.DataFrame, expected: pd.DataFrame, what: str) -> None:
    """Say in a sentence which cells differ."""
    pairs = zip(
        found.astype("string").fillna("").to_numpy(), expected.astype("string").fillna("").to_numpy(), strict=True
    )
    apart = [
        f"{what}: person {number}, {item}: sent {right!r}, read {left!r}"
        for number, (lefts, rights) in enumerate(pairs, start=1)
        for item, left, right in zip(expected.columns, lefts, rights, strict=True)
        if left != right
    ]
    assert not apart, "\n".join(apart[:40])
    pd.testing.assert_frame_equal(found, expected, obj=what)


@pytest.mark.parametrize("suffix", [".txt", ".lss"])
@pytest.mark.parametrize("name", TRIED)
def test_the_checks_pass_where_nothing_is_lost(
    name: str, suffix: str, stand_in: tuple[Any, str], bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering, url = stand_in
    call = RemoteControl(url, "someone", "right")
    sid = check_import(call, bench.file(loaded(name), suffix), bench)
    check_quotas(call, loaded(name), bench.file(loaded(name), suffix, quotas=QUOTAS), bench)
    check_answers(call, sid, loaded(name), bench)
    for variable, value in (("USER", "someone"), ("PASSWORD", "right")):
        monkeypatch.setenv(f"TRUSTMETER_LIMESURVEY_{variable}", value)
    check_pull(call, sid, loaded(name), bench)
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


def bring_braces_alive(survey: Any) -> None:
    survey.questions["treatment"].text["nl"] += " {CONSENT}"


def show_the_version(survey: Any) -> None:
    survey.questions[VERSION_CODE].attributes.clear()
    survey.questions["treatment"].attributes["hidden", ""] = "1"


def mix_questions(survey: Any) -> None:
    questions = dict(reversed(survey.questions.items()))
    survey.questions.clear()
    survey.questions.update(questions)


def wrap(survey: Any) -> None:
    for page in survey.pages:
        page.text = {language: f"<p>{text}</p>\n" if text else "" for language, text in page.text.items()}


@pytest.mark.parametrize("stand_in", [(6, 14)], ids=["6.14"], indirect=True)
@pytest.mark.parametrize(
    ("damage", "place"),
    [
        (lose_an_answer, "question · CONSENT · answers: sent '1 0', LimeSurvey holds '1'"),
        (rename_a_row, "row · treatment · RS02 · text · ar"),
        (empty_a_language, "page · 1 · title · nl"),
        (open_the_gate, "page · 1 · relevance"),
        (store_addresses, "setting · ipaddr: sent 'N', LimeSurvey holds 'Y'"),
        (insist, "question · treatment · mandatory: sent 'S', LimeSurvey holds 'Y'"),
        (bring_braces_alive, "[an expression begins]CONSENT[an expression ends]"),
        (show_the_version, "attribute · tmversion · hidden: sent '1', LimeSurvey holds '(nothing)'"),
        (mix_questions, "page · 0 · questions: sent 'tmversion CONSENT', LimeSurvey holds 'CONSENT tmversion'"),
    ],
)
def test_the_checks_fail_where_something_is_lost(
    damage: Callable[[Any], None], place: str, stand_in: tuple[Any, str], bench: Bench
) -> None:
    answering, url = stand_in
    answering.damage = damage
    call = RemoteControl(f"{url}/index.php/admin/remotecontrol", "someone", "right")
    with pytest.raises(AssertionError) as caught:
        check_import(call, bench.file(loaded("encounter"), ".txt"), bench)
    assert place in str(caught.value)


@pytest.mark.parametrize("stand_in", [(6, 14)], ids=["6.14"], indirect=True)
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda quota: quota.members.clear(), "is to count 3 people, LimeSurvey counts 4"),
        (lambda quota: quota.message.update(fr=""), "quota 'first' in fr: sent"),
        (lambda quota: setattr(quota, "limit", 20), "quota 'first': sent limit 200, LimeSurvey holds 20"),
    ],
)
def test_the_checks_fail_where_a_quota_is_lost(
    damage: Callable[[Any], None], said: str, stand_in: tuple[Any, str], bench: Bench
) -> None:
    answering, url = stand_in
    answering.damage = lambda survey: damage(survey.quotas["first"])
    call = RemoteControl(url, "someone", "right")
    with pytest.raises(AssertionError, match=said):
        check_quotas(call, loaded("encounter"), bench.file(loaded("encounter"), ".lss", quotas=QUOTAS), bench)


def lose_what_was_said(row: dict[str, Any]) -> dict[str, Any]:
    return {name: "" if code == "99" else code for name, code in row.items()}


def invent(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{name: "1" for name in row if row[name] is None}}


@pytest.mark.parametrize("stand_in", [(6, 14)], ids=["6.14"], indirect=True)
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lose_what_was_said, "person 2, FINISHED: sent '99', LimeSurvey holds ''"),
        (invent, "something where nothing was sent"),
    ],
)
def test_the_checks_fail_where_an_answer_is_lost(
    damage: Callable[[Any], Any], said: str, stand_in: tuple[Any, str], bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering, url = stand_in
    usual = answering.add_response
    known = answering.get_fieldmap

    def add(sid: int, row: dict[str, Any]) -> Any:
        return usual(sid, damage({**{name: None for name in known(sid) if name not in {"id", "submitdate"}}, **row}))

    monkeypatch.setattr(answering, "add_response", add)
    call, questionnaire = RemoteControl(url, "someone", "right"), loaded("complaint-experience")
    sid = check_import(call, bench.file(questionnaire, ".txt"), bench)
    with pytest.raises(AssertionError, match=said):
        check_answers(call, sid, questionnaire, bench)


@pytest.mark.parametrize("stand_in", [(6, 14)], ids=["6.14"], indirect=True)
def test_what_is_no_loss_is_no_difference(
    stand_in: tuple[Any, str], bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paragraphs around a text, a session that is over, and a blank that is stored as null: none of them is our fault."""
    answering, url = stand_in
    answering.damage = wrap
    usual = answering.add_response

    def add(sid: int, row: dict[str, Any]) -> Any:
        return usual(sid, {name: value if value or name == "submitdate" else None for name, value in row.items()})

    monkeypatch.setattr(answering, "add_response", add)
    call = RemoteControl(url, "someone", "right")
    sid = check_import(call, bench.file(loaded("encounter"), ".txt"), bench)
    answering.key = "another"
    check_answers(call, sid, loaded("encounter"), bench)


def test_numbers_may_be_written_with_more_digits() -> None:
    assert alike("19", "19")
    assert alike("19.0000000000", "19")
    assert not alike("1", "01")
    assert not alike("19.5", "19")
    assert not alike(None, "19")


def test_what_people_see_of_a_text() -> None:
    assert seen("<p>R&amp;D &lt;5<br />\n two  gaps</p>\n") == "R&D <5\n\ntwo gaps"
    assert seen("\u206665+\u2069") != seen("65+")
    assert seen("&#123;CONSENT&#125;") != seen("{CONSENT}")
    assert (seen(None), seen("<p>one</p><p>two</p>")) == ("", "<p>one</p><p>two</p>")


@pytest.mark.parametrize("stand_in", [(6, 14)], ids=["6.14"], indirect=True)
def test_a_wrong_password_and_a_missing_method_are_told(stand_in: tuple[Any, str]) -> None:
    with pytest.raises(AssertionError, match="gave no session"):
        RemoteControl(stand_in[1], "someone", "wrong")
    with pytest.raises(AssertionError, match=r"no_such_method failed: 500"):
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
    check_pull(live, sid, loaded(name), bench)


@pytest.mark.parametrize("suffix", [".txt", ".lss"])
def test_limesurvey_holds_the_quotas(suffix: str, live: RemoteControl, bench: Bench) -> None:
    name = loaded("community-trust")
    check_quotas(live, name, bench.file(name, suffix, quotas=QUOTAS), bench)
