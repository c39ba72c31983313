"""The structure archive (``.lss``): the tables of LimeSurvey's database, as XML."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from trustmeter.exchange.limesurvey.survey import NOTHING, Group, Question, Survey, Words

DATABASE_VERSION = "623"
"""The version of the tables that the archive speaks of; newer LimeSurvey brings it up to date."""

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "answers": ("aid", "qid", "code", "sortorder", "assessment_value", "scale_id"),
    "answer_l10ns": ("id", "aid", "answer", "language"),
    "groups": ("gid", "sid", "group_order", "grelevance"),
    "group_l10ns": ("id", "gid", "group_name", "description", "language"),
    "questions": (
        "qid", "parent_qid", "sid", "gid", "type", "title", "other", "mandatory", "question_order", "scale_id", "relevance",
    ),
    "subquestions": (
        "qid", "parent_qid", "sid", "gid", "type", "title", "other", "mandatory", "question_order", "scale_id", "relevance",
    ),
    "question_l10ns": ("id", "qid", "question", "help", "language"),
    "question_attributes": ("qid", "attribute", "value", "language"),
    "quota": ("id", "sid", "name", "qlimit", "action", "active", "autoload_url"),
    "quota_members": ("id", "sid", "qid", "quota_id", "code"),
    "quota_languagesettings": (
        "quotals_id", "quotals_quota_id", "quotals_language", "quotals_name", "quotals_message", "quotals_url",
        "quotals_urldescrip",
    ),
    "surveys": ("sid", "gsid", "language", "additional_languages", "admin"),
    "surveys_languagesettings": (
        "surveyls_survey_id", "surveyls_language", "surveyls_title", "surveyls_welcometext", "surveyls_endtext",
    ),
}  # fmt: skip
"""The tables, and the columns of each; `surveys` has a column for every setting, too."""

_NOT_IN_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def structure_archive(survey: Survey) -> bytes:
    """Return the archive: UTF-8, every text in every language, numbered from 1."""
    tables = _Tables(survey).filled()
    columns = {**SECTIONS, "surveys": (*SECTIONS["surveys"], *survey.settings)}
    languages = "".join(f"<language>{_inside(language)}</language>" for language in survey.languages)
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<document>",
        "<LimeSurveyDocType>Survey</LimeSurveyDocType>",
        f"<DBVersion>{DATABASE_VERSION}</DBVersion>",
        f"<languages>{languages}</languages>",
        *(_section(name, columns[name], tables[name]) for name in SECTIONS if tables[name]),
        "</document>",
    ]
    return "\n".join([*parts, ""]).encode("utf-8")


def _section(name: str, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    fields = "".join(f"<fieldname>{column}</fieldname>" for column in columns)
    lines = ["".join(f"<{column}>{_inside(row[column])}</{column}>" for column in columns) for row in rows]
    written = "\n".join(f"<row>{line}</row>" for line in lines)
    return f"<{name}>\n<fields>{fields}</fields>\n<rows>\n{written}\n</rows>\n</{name}>"


def _inside(value: str) -> str:
    clean = _NOT_IN_XML.sub("", value)
    return f"<![CDATA[{clean.replace(']]>', ']]]]><![CDATA[>')}]]>"


class _Tables:
    """Fills the tables, one number after the other."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.sid = str(survey.number)
        self.rows: defaultdict[str, list[Mapping[str, str]]] = defaultdict(list)
        self.number_of: dict[str, str] = {}
        self.rows_numbered = sum(len(group.questions) for group in survey.groups)

    def filled(self) -> Mapping[str, list[Mapping[str, str]]]:
        number = 0
        for order, group in enumerate(self.survey.groups, start=1):
            self._group(group, order)
            for place, question in enumerate(group.questions, start=1):
                number += 1
                self._question(question, str(number), str(order), place)
        self._quotas()
        self._survey()
        return self.rows

    def _add(self, table: str, **values: str) -> None:
        self.rows[table].append(values)

    def _next(self, table: str) -> str:
        return str(len(self.rows[table]) + 1)

    def _group(self, group: Group, order: int) -> None:
        self._add("groups", gid=str(order), sid=self.sid, group_order=str(order), grelevance=group.relevance)
        for language in self.survey.languages:
            self._add(
                "group_l10ns", id=self._next("group_l10ns"), gid=str(order), group_name=group.title[language],
                description=group.text.get(language, ""), language=language,
            )  # fmt: skip

    def _question(self, question: Question, qid: str, gid: str, place: int) -> None:
        self.number_of[question.code] = qid
        self._add(
            "questions", qid=qid, parent_qid="0", sid=self.sid, gid=gid, type=question.type, title=question.code, other="N",
            mandatory=question.mandatory, question_order=str(place), scale_id="0", relevance=question.relevance,
        )  # fmt: skip
        self._words(qid, question.text, question.help)
        for order, row in enumerate(question.rows, start=1):
            self.rows_numbered += 1
            number = str(self.rows_numbered)
            self._add(
                "subquestions", qid=number, parent_qid=qid, sid=self.sid, gid=gid, type=question.type, title=row.code,
                other="N", mandatory="N", question_order=str(order), scale_id="0", relevance=row.relevance,
            )  # fmt: skip
            self._words(number, row.text, NOTHING)
        for order, answer in enumerate(question.answers, start=1):
            aid = self._next("answers")
            self._add(
                "answers", aid=aid, qid=qid, code=answer.code, sortorder=str(order), assessment_value="0", scale_id="0"
            )
            for language in self.survey.languages:
                label = answer.label[language]
                self._add("answer_l10ns", id=self._next("answer_l10ns"), aid=aid, answer=label, language=language)
        for name, value in question.attributes.items():
            self._add("question_attributes", qid=qid, attribute=name, value=value, language="")
        for language, tip in question.tip.items():
            self._add("question_attributes", qid=qid, attribute="em_validation_q_tip", value=tip, language=language)

    def _words(self, qid: str, text: Words, hint: Words) -> None:
        for language in self.survey.languages:
            self._add(
                "question_l10ns", id=self._next("question_l10ns"), qid=qid, question=text[language],
                help=hint.get(language, ""), language=language,
            )  # fmt: skip

    def _quotas(self) -> None:
        for number, quota in enumerate(self.survey.quotas, start=1):
            self._add(
                "quota", id=str(number), sid=self.sid, name=quota.name, qlimit=str(quota.limit), action="1", active="1",
                autoload_url="0",
            )  # fmt: skip
            for code, answer in quota.members:
                self._add(
                    "quota_members", id=self._next("quota_members"), sid=self.sid, qid=self.number_of[code],
                    quota_id=str(number), code=answer,
                )  # fmt: skip
            for language in self.survey.languages:
                self._add(
                    "quota_languagesettings", quotals_id=self._next("quota_languagesettings"), quotals_quota_id=str(number),
                    quotals_language=language, quotals_name=quota.name, quotals_message=quota.message[language],
                    quotals_url="", quotals_urldescrip="",
                )  # fmt: skip

    def _survey(self) -> None:
        base, *others = self.survey.languages
        told = {"sid": self.sid, "gsid": "1", "language": base, "additional_languages": " ".join(others), "admin": ""}
        self._add("surveys", **told, **self.survey.settings)
        for language in self.survey.languages:
            self._add(
                "surveys_languagesettings", surveyls_survey_id=self.sid, surveyls_language=language,
                surveyls_title=self.survey.title[language], surveyls_welcometext=self.survey.welcome[language],
                surveyls_endtext=self.survey.end[language],
            )  # fmt: skip
