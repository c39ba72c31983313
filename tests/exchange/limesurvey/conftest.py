"""An independent reader of LimeSurvey's two files: what a survey is once it has been imported."""

from __future__ import annotations

import csv
import html
import io
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
