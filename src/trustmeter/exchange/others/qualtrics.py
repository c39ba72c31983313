"""Qualtrics: a survey as a `.qsf` file, all languages inside. The form of the file is not published by its maker."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trustmeter.exchange.codebook.entry import figure, full_version, label_of
from trustmeter.exchange.codebook.refusal import refuse_unfit_signs
from trustmeter.exchange.limesurvey.words import phrase, shown
from trustmeter.exchange.others.batteries import Battery, batteries_of, looked_at
from trustmeter.exchange.others.qualtrics_logic import display_logic, skip_to_end
from trustmeter.exchange.others.routing import CHOSEN, gate_codes, refuse_what_cannot_be_routed
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.routing import Condition
from trustmeter.questionnaire.text import Text

Node = dict[str, Any]
_LONG_AGO = "1980-01-01 00:00:00"
_NEVER = "0000-00-00 00:00:00"
_DESCRIBED = 99


def write_qualtrics(questionnaire: Questionnaire, path: Path, languages: Sequence[str]) -> None:
    """Write the survey; the first of `languages` is its own, the others are translations.

    The same questionnaire gives the same bytes.

    Raises
    ------
    QuestionnaireError
        When Qualtrics could not hold a condition, or a text.
    """
    refuse_unfit_signs(questionnaire, languages)
    refuse_what_cannot_be_routed(questionnaire, "Qualtrics", open_questions=False)
    survey = _Survey(questionnaire, tuple(languages))
    text = json.dumps(survey.document(), ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


@dataclass
class _Survey:
    """The survey as it is put together: questions are numbered as they come."""

    questionnaire: Questionnaire
    languages: tuple[str, ...]
    questions: list[Node] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)
    rules: int = 0

    def document(self) -> Node:
        asked, first = self.questionnaire, self.languages[0]
        blocks = [self._block(number, section) for number, section in enumerate(asked.sections)]
        blocks.append({"Type": "Trash", "Description": "Trash / Unused Questions", "ID": self._id("BL", "trash")})
        survey = self._id("SV", "survey")
        entry = {
            "SurveyID": survey, "SurveyName": f"{asked.id} {asked.version}", "SurveyDescription": asked.title.read(first),
            "SurveyOwnerID": self._id("UR", "owner"), "SurveyBrandID": "trustmeter", "DivisionID": None,
            "SurveyLanguage": first.upper(), "SurveyActiveResponseSet": self._id("RS", "answers"), "SurveyStatus": "Inactive",
            "SurveyStartDate": _NEVER, "SurveyExpirationDate": _NEVER, "SurveyCreationDate": _LONG_AGO,
            "CreatorID": self._id("UR", "owner"), "LastModified": _LONG_AGO, "LastAccessed": _NEVER,
            "LastActivated": _NEVER, "Deleted": None,
        }  # fmt: skip
        elements = [
            ("BL", "Survey Blocks", None, blocks),
            ("FL", "Survey Flow", None, self._flow(blocks[:-1])),
            ("PROJ", "CORE", None, {"ProjectCategory": "CORE", "SchemaVersion": "1.1.0"}),
            ("QC", "Survey Question Count", str(len(self.questions)), None),
            ("RS", self._id("RS", "answers"), "Default Response Set", None),
            ("SO", "Survey Options", None, self._options()),
            *(("SQ", one["QuestionID"], one["QuestionDescription"], one) for one in self.questions),
        ]
        listed = [
            {"SurveyID": survey, "Element": kind, "PrimaryAttribute": name, "SecondaryAttribute": second,
             "TertiaryAttribute": "1.1.0" if kind == "PROJ" else None, "Payload": payload}
            for kind, name, second, payload in elements
        ]  # fmt: skip
        return {"SurveyEntry": entry, "SurveyElements": listed}

    def _id(self, kind: str, what: str) -> str:
        whole = f"{self.questionnaire.id} {full_version(self.questionnaire)} {what}"
        return f"{kind}_{hashlib.sha256(whole.encode()).hexdigest()[:15]}"

    def _flow(self, blocks: Sequence[Node]) -> Node:
        version: Node = {"Field": "questionnaire_version", "Value": full_version(self.questionnaire)}
        version |= {"Description": "questionnaire_version", "Type": "Custom", "VariableType": "String"}
        first = {"Type": "EmbeddedData", "FlowID": "FL_2", "EmbeddedData": [version]}
        rest = [
            {"ID": block["ID"], "Type": "Block", "FlowID": f"FL_{place}", "Autofill": []}
            for place, block in enumerate(blocks, start=3)
        ]
        return {"Flow": [first, *rest], "Properties": {"Count": len(rest) + 2}, "FlowID": "FL_1", "Type": "Root"}

    def _options(self) -> Node:
        options: Node = {
            "BackButton": "false", "SaveAndContinue": "true", "SurveyProtection": "PublicSurvey",
            "BallotBoxStuffingPrevention": "false", "NoIndex": "Yes", "SecureResponseFiles": "true", "SurveyExpiration": "None",
            "SurveyTermination": "DefaultMessage", "Header": "", "Footer": "", "ProgressBarDisplay": "None",
            "PartialData": "+1 week", "ValidationMessage": "", "PreviousButton": "", "NextButton": "",
            "SurveyTitle": self.questionnaire.title.read(self.languages[0]), "SkinLibrary": "qualtrics", "SkinType": "templated",
            "Skin": {"brandingId": None, "templateId": "*base", "overrides": None}, "NewScoring": 1, "SurveyMetaDescription": "",
        }  # fmt: skip
        if len(self.languages) > 1:
            available: Node = {language.upper(): [] for language in self.languages}
            options |= {"AvailableLanguages": available, "HiddenLanguages": [], "CustomLanguages": []}
        return options

    def _block(self, number: int, section: Section) -> Node:
        start = len(self.questions)
        if number == 0 and self.questionnaire.introduction.has(self.languages[0]):
            self._add("introduction", self._shown(self.questionnaire.introduction), _said_only())
        heading = {
            language: f"<strong>{words}</strong>" for language, words in self._shown(section.title, section.id).items()
        }
        if section.text.has(self.languages[0]):
            texts = self._shown(section.text)
            heading = {language: f"{words}<br />{texts[language]}" for language, words in heading.items()}
        self._add(f"{section.id}_text", heading, _said_only(), section.show_if)
        skips: dict[str, list[Node]] = {}
        for battery in batteries_of(section, looked_at(self.questionnaire)):
            qid = self._battery(battery)
            ends = gate_codes(battery.items[0], self.questionnaire)
            if places := [place for place, one in enumerate(battery.answers.options, 1) if one.code in ends]:
                skips[qid] = skip_to_end(qid, places, self.rules + 1)
                self.rules += len(places)
        shown_here = [one["QuestionID"] for one in self.questions[start:]]
        return {
            "Type": "Default" if number == 0 else "Standard",
            "Description": section.title.read(self.languages[0]) or section.id,
            "ID": self._id("BL", f"block {section.id}"),
            "BlockElements": list(_block_elements(shown_here, skips)),
        }

    def _battery(self, battery: Battery) -> str:
        first, condition = battery.items[0], self.questionnaire.condition(battery.items[0].id)
        if battery.grid:
            asked = {language: phrase("lines", language) for language in self.languages}
            return self._add(f"grid_{first.id}", asked, self._grid(battery), condition)
        qid = self._add(first.id, self._wording(first), self._single(first), condition)
        self.numbers[first.id] = qid
        return qid

    def _add(self, tag: str, asked: dict[str, str], kind: Node, condition: Condition | None = None) -> str:
        qid = f"QID{len(self.questions) + 1}"
        translated = kind.pop("translated", {})
        others = {
            language.upper(): {"QuestionText": asked[language], **translated.get(language, {})}
            for language in self.languages[1:]
        }
        recodes: Node = {name: kind.pop(name) for name in ("RecodeValues", "ChoiceDataExportTags") if name in kind}
        words = asked[self.languages[0]]
        node: Node = {
            "QuestionText": words, "DataExportTag": tag, **kind, "DataVisibility": {"Private": False, "Hidden": False},
            "Configuration": {"QuestionDescriptionOption": "UseText"}, "QuestionDescription": words[:_DESCRIBED],
            "Language": others or [], "QuestionID": qid, **recodes,
        }  # fmt: skip
        if condition is not None:
            node["DisplayLogic"] = display_logic(condition, self.questionnaire, self.numbers)
        self.questions.append(node)
        return qid

    def _shown(self, text: Text, otherwise: str = "") -> dict[str, str]:
        return {language: shown(text.read(language) or otherwise, language) for language in self.languages}

    def _wording(self, item: Item) -> dict[str, str]:
        """Return an item's text; for a number or a short text with how to give a non-answer."""
        asked = self._shown(item.text, item.id)
        coded = [option for option in item.response_scale.non_answers if option.kind != "blank"]
        if item.response_scale.type in CHOSEN or not coded:
            return asked
        return {
            language: words + "".join(f"<br />{shown(_hint(option, language), language)}" for option in coded)
            for language, words in asked.items()
        }

    def _labels(self, answers: ResponseScale, language: str) -> Node:
        return {
            str(place): {"Display": shown(label_of(option, language), language)}
            for place, option in enumerate(answers.options, 1)
        }

    def _single(self, item: Item) -> Node:
        answers = item.response_scale
        force = {"ForceResponse": "ON" if item.required else "OFF"}
        if answers.type not in CHOSEN:
            return {"QuestionType": "TE", "Selector": "SL", "Validation": {"Settings": force | _number_rule(answers)}}
        places = [str(place) for place, _ in enumerate(answers.options, 1)]
        return {
            "QuestionType": "MC", "Selector": "SAVR", "SubSelector": "TX", "Choices": self._labels(answers, self.languages[0]),
            "ChoiceOrder": places, "Validation": {"Settings": force | {"Type": "None"}}, "NextChoiceId": len(places) + 1,
            "NextAnswerId": 1, "RecodeValues": _recodes(answers),
            "translated": {language: {"Choices": self._labels(answers, language)} for language in self.languages[1:]},
        }  # fmt: skip

    def _grid(self, battery: Battery) -> Node:
        def rows(language: str) -> Node:
            return {
                str(place): {"Display": self._shown(item.text, item.id)[language]}
                for place, item in enumerate(battery.items, 1)
            }

        answers, first = battery.answers, self.languages[0]
        return {
            "QuestionType": "Matrix", "Selector": "Likert", "SubSelector": "SingleAnswer", "Choices": rows(first),
            "ChoiceOrder": list(rows(first)), "Answers": self._labels(answers, first), "AnswerOrder": list(_recodes(answers)),
            "Validation": {"Settings": {"ForceResponse": "OFF", "Type": "None"}}, "NextChoiceId": len(battery.items) + 1,
            "NextAnswerId": len(answers.options) + 1, "RecodeValues": _recodes(answers),
            "ChoiceDataExportTags": {str(place): item.id for place, item in enumerate(battery.items, 1)},
            "translated": {tag: {"Choices": rows(tag), "Answers": self._labels(answers, tag)} for tag in self.languages[1:]},
        }  # fmt: skip


def _said_only() -> Node:
    return {"QuestionType": "DB", "Selector": "TB", "Validation": {"Settings": {"Type": "None"}}}


def _recodes(answers: ResponseScale) -> dict[str, str]:
    return {str(place): option.code for place, option in enumerate(answers.options, 1)}


def _hint(option: Option, language: str) -> str:
    return phrase("code", language, code=option.code, text=label_of(option, language))


def _number_rule(answers: ResponseScale) -> Node:
    """Return the check of a number: from the lowest to the highest that may be written, codes of non-answers included."""
    if answers.type != "number" or answers.minimum is None or answers.maximum is None:
        return {"Type": "None"}
    codes = [float(option.code) for option in answers.options]
    limits = {
        "Min": figure(min([answers.minimum, *codes])),
        "Max": figure(max([answers.maximum, *codes])),
        "NumDecimals": "",
    }
    return {"Type": "ContentType", "ContentType": "ValidNumber", "ValidNumber": limits}


def _block_elements(questions: Sequence[str], skips: dict[str, list[Node]]) -> Iterator[Node]:
    """Yield a block's questions; what may end the survey is followed by a new page, where it takes effect."""
    for qid in questions:
        yield {"Type": "Question", "QuestionID": qid} | ({"SkipLogic": skips[qid]} if qid in skips else {})
        if qid in skips and qid != questions[-1]:
            yield {"Type": "Page Break"}
