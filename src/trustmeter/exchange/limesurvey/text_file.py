"""The tab-separated file: people can open it in a spreadsheet, and LimeSurvey imports it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO

from trustmeter.exchange.limesurvey.survey import Group, Question, Survey

COLUMNS = (
    "id", "related_id", "class", "type/scale", "name", "relevance", "text", "help", "language", "validation",
    "mandatory", "encrypted", "other", "default", "same_default", "same_script",
)  # fmt: skip
"""The columns that every such file has."""

ATTRIBUTES = (
    "assessment_value", "array_filter", "random_order", "answer_width", "repeat_headings", "hide_tip",
    "hidden", "num_value_int_only", "min_num_value_n", "max_num_value_n", "em_validation_q", "em_validation_q_tip",
)  # fmt: skip
"""One column a setting of questions."""

Line = Mapping[str, str]


def tab_separated(survey: Survey) -> bytes:
    """Return the file: UTF-8 with its mark, settings first, then everything once a language."""
    text = StringIO()
    writer = csv.DictWriter(text, [*COLUMNS, *ATTRIBUTES], restval="", dialect="excel-tab", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_lines(survey))
    return text.getvalue().encode("utf-8-sig")


def _lines(survey: Survey) -> Iterator[Line]:
    base, *others = survey.languages
    settings = {"language": base, "additional_languages": " ".join(others), **survey.settings}
    for name, value in settings.items():
        yield {"class": "S", "name": name, "text": value}
    for name, words in _texts(survey).items():
        for language in survey.languages:
            yield {"class": "SL", "name": name, "text": words[language], "language": language}
    for number, quota in enumerate(survey.quotas, start=1):
        told = {"mandatory": str(quota.limit), "other": "1", "default": "1", "same_default": "0"}
        yield {"class": "QTA", "id": str(number), "name": quota.name, **told}
    for language in survey.languages:
        yield from _contents(survey, language)
    for number, quota in enumerate(survey.quotas, start=1):
        for language in survey.languages:
            message = quota.message[language]
            yield {"class": "QTALS", "related_id": str(number), "relevance": message, "language": language}


def _texts(survey: Survey) -> Mapping[str, Mapping[str, str]]:
    return {
        "surveyls_title": survey.title,
        "surveyls_welcometext": survey.welcome,
        "surveyls_endtext": survey.end,
    }


def _contents(survey: Survey, language: str) -> Iterator[Line]:
    """Yield all pages in one language. Numbers are the same in every language: they tie the translations together."""
    question_number, row_number = 0, sum(len(group.questions) for group in survey.groups)
    for group_number, group in enumerate(survey.groups, start=1):
        yield _group(group, group_number, language)
        for question in group.questions:
            question_number += 1
            yield _question(question, question_number, language)
            if language == survey.languages[0]:
                yield from _quota_members(survey, question)
            for row in question.rows:
                row_number += 1
                told = {"name": row.code, "relevance": row.relevance, "text": row.text[language]}
                yield {"id": str(row_number), "class": "SQ", "type/scale": "0", **told, "language": language}
            for answer in question.answers:
                told = {"name": answer.code, "text": answer.label[language]}
                yield {"class": "A", "type/scale": "0", **told, "language": language}


def _group(group: Group, number: int, language: str) -> Line:
    told = {"name": group.title[language], "relevance": group.relevance, "text": group.text.get(language, "")}
    return {"id": str(number), "class": "G", "type/scale": str(number), **told, "language": language}


def _question(question: Question, number: int, language: str) -> Line:
    tip = {"em_validation_q_tip": question.tip[language]} if question.tip else {}
    return {
        "id": str(number),
        "class": "Q",
        "type/scale": question.type,
        "name": question.code,
        "relevance": question.relevance,
        "text": question.text[language],
        "help": question.help.get(language, ""),
        "language": language,
        "mandatory": question.mandatory,
        "encrypted": "N",
        "other": "N",
        **question.attributes,
        **tip,
    }


def _quota_members(survey: Survey, question: Question) -> Iterator[Line]:
    members = [(number, *member) for number, quota in enumerate(survey.quotas, start=1) for member in quota.members]
    for place, (number, code, answer) in enumerate(members, start=1):
        if code == question.code:
            yield {"id": str(place), "related_id": str(number), "class": "QTAM", "name": answer}
