"""REDCap: the data dictionary, a CSV of 18 columns. One language a file; names in small letters."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path

from trustmeter.errors import Problem, QuestionnaireError
from trustmeter.exchange.codebook.entry import figure, full_version, label_of
from trustmeter.exchange.codebook.refusal import refuse_unfit_signs
from trustmeter.exchange.limesurvey.words import phrase, shown
from trustmeter.exchange.others.batteries import Battery, batteries_of
from trustmeter.exchange.others.routing import CHOSEN, plain, refuse_what_cannot_be_routed, spelt
from trustmeter.questionnaire.model import Item, Questionnaire
from trustmeter.questionnaire.routing import Condition

COLUMNS = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
"""The columns, in REDCap's order."""

_NAME, _FORM, _HEADER, _TYPE, _LABEL, _CHOICES, _NOTE, _VALIDATION, _LEAST, _MOST = COLUMNS[:10]
_LOGIC, _REQUIRED, _MATRIX, _ANNOTATION = COLUMNS[11], COLUMNS[12], COLUMNS[15], COLUMNS[17]
_OWN_NAMES = frozenset({"record_id", "introduction", "questionnaire_version"})
_PIPED = str.maketrans({"[": "&#91;", "]": "&#93;", "|": "&#124;"})

Row = dict[str, str]


def write_redcap(questionnaire: Questionnaire, path: Path, languages: Sequence[str]) -> None:
    """Write the dictionary in the first of `languages`. The same questionnaire gives the same bytes.

    Raises
    ------
    QuestionnaireError
        When REDCap could not hold a condition, or two items would have one name there.
    """
    refuse_unfit_signs(questionnaire, languages)
    refuse_what_cannot_be_routed(questionnaire, "REDCap", open_questions=True)
    _refuse_same_names(questionnaire)
    form = re.sub(r"[^a-z0-9_]+", "_", questionnaire.id.lower()).strip("_")
    stream = StringIO()
    writer = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(questionnaire, languages[0]):
        writer.writerow(row | {_FORM: form})
    path.write_bytes(stream.getvalue().encode("utf-8"))


def branching(condition: Condition | None, questionnaire: Questionnaire) -> str:
    """Return a condition in REDCap's words.

    Examples
    --------
    >>> from trustmeter.questionnaire.routing import IsIn
    >>> from trustmeter.questionnaire.shelf import load_questionnaire
    >>> branching(IsIn("SEX", ("F", "M")), load_questionnaire("community-trust"))
    "[sex] = 'F' or [sex] = 'M'"
    """
    return "" if condition is None else spelt(plain(condition, questionnaire), _equal)


def _equal(item: str, code: str) -> str:
    return f"[{item.lower()}] = '{code}'"


def _rows(questionnaire: Questionnaire, language: str) -> Iterator[Row]:
    yield {_NAME: "record_id", _TYPE: "text", _LABEL: "record_id"}
    version = {_NAME: "questionnaire_version", _TYPE: "text", _LABEL: "questionnaire_version"}
    yield version | {_ANNOTATION: f"Which wording was asked: @HIDDEN @DEFAULT='{full_version(questionnaire)}'"}
    if questionnaire.introduction.has(language):
        yield {
            _NAME: "introduction",
            _TYPE: "descriptive",
            _LABEL: said(questionnaire.introduction.read(language), language),
        }
    for section in questionnaire.sections:
        texts = (said(text.read(language), language) for text in (section.title, section.text))
        header = "<br />".join(text for text in texts if text)
        for battery in batteries_of(section):
            for item in battery.items:
                yield {
                    **_question(item, language),
                    **_grid(battery),
                    _HEADER: header,
                    _LOGIC: branching(questionnaire.condition(item.id), questionnaire),
                }
                header = ""


def _grid(battery: Battery) -> Row:
    return {_MATRIX: f"grid_{battery.items[0].id.lower()}"} if battery.grid else {}


def _question(item: Item, language: str) -> Row:
    answers = item.response_scale
    row = {_NAME: item.id.lower(), _LABEL: said(item.text.read(language), language), _TYPE: "text"}
    if answers.type in CHOSEN:
        listed = (f"{option.code}, {said(label_of(option, language), language)}" for option in answers.options)
        row |= {_TYPE: "radio", _CHOICES: " | ".join(listed)}
    else:
        told = [
            phrase("code", language, code=option.code, text=label_of(option, language))
            for option in answers.non_answers
            if option.kind != "blank"
        ]
        row[_NOTE] = said(" ".join(told), language)
    if answers.type == "number":
        limits = [limit for limit in (answers.minimum, answers.maximum) if limit is not None]
        whole = bool(limits) and all(float(limit).is_integer() for limit in limits)
        row |= {
            _VALIDATION: "integer" if whole else "number",
            _LEAST: figure(answers.minimum),
            _MOST: figure(answers.maximum),
        }
    return row | ({_REQUIRED: "y"} if item.required else {})


def said(words: str, language: str) -> str:
    """Return words as REDCap shows them: no markup, no piped field, no new choice and no formula is made of them."""
    return shown(words, language).translate(_PIPED)


def _refuse_same_names(questionnaire: Questionnaire) -> None:
    seen = {name: name for name in _OWN_NAMES}
    problems = []
    for item in questionnaire.items:
        other = seen.setdefault(item.id.lower(), item.id)
        if other != item.id:
            message = f"REDCap writes names in small letters: it would have the same name as {other!r}."
            problems.append(Problem("O-NAME", f"item {item.id!r}", message, "Give it an id of its own."))
    if problems:
        raise QuestionnaireError(f"REDCap could not hold {questionnaire.id!r} as it is.", problems)
