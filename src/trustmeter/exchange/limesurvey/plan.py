"""From a questionnaire to LimeSurvey's survey: what becomes a page, an array, a list, and who is asked what."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from trustmeter.exchange.limesurvey.quota import Quota
from trustmeter.exchange.limesurvey.relevance import ALWAYS, Routing
from trustmeter.exchange.limesurvey.survey import (
    NOTHING,
    Answer,
    Group,
    Question,
    QuotaRule,
    Row,
    Survey,
    Words,
)
from trustmeter.exchange.limesurvey.words import phrase, said, shown
from trustmeter.questionnaire.model import Item, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.routing import AnyOf
from trustmeter.questionnaire.text import Text

VERSION_CODE = "tmversion"
"""The code of the question that nobody sees and that carries the wording's version into every answer."""

LONGEST_CODE = 20

RESERVED = frozenset(
    {
        "lang", "sid", "savedid", "token", "qid", "gid", "sgq", "self", "that", "this",
        "id", "submitdate", "lastpage", "startlanguage", "seed", "startdate", "datestamp", "ipaddr", "refurl",
        "interviewtime", "quota_exit", VERSION_CODE,
    }
)  # fmt: skip
"""Codes, in small letters, that LimeSurvey keeps for itself or uses as headings: no question may have them, a row may."""

RESERVED_FOR_ROWS = frozenset({"time", "other"})
"""Codes that no row of an array may have."""

SETTINGS: Mapping[str, str] = {
    "format": "G", "anonymized": "Y", "datestamp": "N", "savetimings": "N", "ipaddr": "N", "refurl": "N",
    "showwelcome": "Y", "allowprev": "Y", "showprogress": "Y", "template": "fruity_twentythree", "questionindex": "0",
    "shownoanswer": "N", "allowsave": "N", "usecookie": "N", "printanswers": "N", "publicstatistics": "N", "listpublic": "N",
    "showxquestions": "N", "showqnumcode": "X",
}  # fmt: skip
"""One page a section; nothing that could tell who answered: no time, address, page of origin, timing or saved draft."""

_CHOSEN = frozenset({"ordinal", "nominal"})


def survey_of(questionnaire: Questionnaire, languages: Sequence[str], quotas: Sequence[Quota] = ()) -> Survey:
    """Return the survey that LimeSurvey is to hold, in some languages, the first being its base language."""
    return _Planner(questionnaire, tuple(languages), tuple(quotas)).survey()


def version_of(questionnaire: Questionnaire) -> str:
    """Return what every answer carries: id, version and fingerprint of the wording."""
    return " ".join(part for part in (questionnaire.id, questionnaire.version, questionnaire.fingerprint) if part)


@dataclass(frozen=True)
class _Block:
    """Items that are asked as one question: one item, or the lines of an array."""

    items: tuple[Item, ...]
    array: str = ""


class _Planner:
    """Knows what has to be known everywhere: languages, codes of arrays, conditions."""

    def __init__(self, questionnaire: Questionnaire, languages: tuple[str, ...], quotas: tuple[Quota, ...]) -> None:
        self.questionnaire = questionnaire
        self.languages = languages
        self.quotas = quotas
        self.single = frozenset(item for quota in quotas for item in quota.answers)
        self.taken = {VERSION_CODE, *(item.id.casefold() for item in questionnaire.items)}
        self.blocks = {section.id: tuple(self._blocks(section)) for section in questionnaire.sections}
        arrays = [block for blocks in self.blocks.values() for block in blocks if block.array]
        names = {item.id: f"{block.array}_{item.id}" for block in arrays for item in block.items}
        self.routing = Routing(questionnaire, names)

    def survey(self) -> Survey:
        asked = self.questionnaire
        identity = f"{version_of(asked)} {' '.join(self.languages)}"
        return Survey(
            number=100_000 + int(hashlib.sha256(identity.encode()).hexdigest(), 16) % 900_000,
            languages=self.languages,
            title=self._words(asked.title, asked.id),
            welcome=self._words(asked.introduction),
            end={language: shown(phrase("thanks", language), language) for language in self.languages},
            groups=tuple(self._group(section) for section in asked.sections if section.items),
            quotas=tuple(self._quota(quota) for quota in self.quotas),
            settings=SETTINGS,
        )

    def _words(self, text: Text, otherwise: str = "") -> Words:
        return {language: said(text, language, otherwise) for language in self.languages}

    def _phrase(self, name: str) -> Words:
        return {language: shown(phrase(name, language), language) for language in self.languages}

    def _blocks(self, section: Section) -> Iterator[_Block]:
        def together(item: Item) -> tuple[str, str]:
            alone = item.response_scale.type != "ordinal" or item.required or item.id in self.single
            boxed = item.id.casefold() in RESERVED | RESERVED_FOR_ROWS
            return (item.response_scale.id, item.id if alone or boxed else "")

        for _, run in groupby(section.items, key=together):
            items = tuple(run)
            boxed = items[0].id.casefold() in RESERVED and items[0].response_scale.type in _CHOSEN
            yield _Block(items, self._array_code(items, section) if len(items) > 1 or boxed else "")

    def _array_code(self, items: Sequence[Item], section: Section) -> str:
        """Return a code that no item has: what the items' ids begin with, or the section's name."""
        ids = [item.id for item in items]
        same = next(
            (ids[0][:end] for end in range(len(ids[0]), 0, -1) if all(i.startswith(ids[0][:end]) for i in ids)), ""
        )
        stem = (same.rstrip("0123456789") or section.id.replace("_", ""))[:12]
        ends = ["", "grid", *(f"grid{number}" for number in range(2, 1000))]
        code = next(stem + end for end in ends if (stem + end).casefold() not in self.taken | RESERVED)
        self.taken.add(code.casefold())
        return code

    def _group(self, section: Section) -> Group:
        blocks = self.blocks[section.id]
        first = section is next(one for one in self.questionnaire.sections if one.items)
        stem = self._words(section.text)
        begins_with_array = bool(blocks[0].array) and any(stem.values())
        questions = [
            self._array(block, section, stem if place == 0 and begins_with_array else self._phrase("lines"))
            if block.array
            else self._one(block.items[0], section)
            for place, block in enumerate(blocks)
        ]
        return Group(
            title=self._words(section.title, section.id),
            text=dict.fromkeys(self.languages, "") if begins_with_array else stem,
            relevance=self.routing.tell(section.show_if),
            questions=(*([self._version()] if first else []), *questions),
        )

    def _version(self) -> Question:
        text = dict.fromkeys(self.languages, version_of(self.questionnaire))
        return Question("*", VERSION_CODE, text, ALWAYS, "N", attributes={"hidden": "1"})

    def _array(self, block: _Block, section: Section, stem: Words) -> Question:
        """Return an array. A condition that all its rows share, or one of which must hold, is the array's own."""
        conditions = list(dict.fromkeys(item.show_if for item in block.items))
        shared = conditions[0] if len(conditions) == 1 else None
        if None not in conditions and len(conditions) > 1:
            shared = AnyOf(tuple(condition for condition in conditions if condition is not None))
        own = len(conditions) > 1
        rows = [
            Row(item.id, self._words(item.text, item.id), self.routing.tell(item.show_if) if own else ALWAYS)
            for item in block.items
        ]
        return Question(
            "F", block.array, stem, self.routing.tell(shared), _mandatory(block.items[0], section),
            rows=tuple(rows), answers=self._answers(block.items[0].response_scale), attributes={"random_order": "0"},
        )  # fmt: skip

    def _one(self, item: Item, section: Section) -> Question:
        scale = item.response_scale
        kind = "L" if scale.type in _CHOSEN else "N" if scale.type == "number" else "T"
        attributes, tip = self._number(item) if kind == "N" else (NOTHING, NOTHING)
        return Question(
            kind, item.id, self._words(item.text, item.id), self.routing.tell(item.show_if), _mandatory(item, section),
            help=self._help(scale) if kind in "NT" else NOTHING,
            answers=self._answers(scale) if kind == "L" else (),
            attributes=attributes, tip=tip,
        )  # fmt: skip

    def _answers(self, scale: ResponseScale) -> tuple[Answer, ...]:
        ordered = (*scale.substantive, *scale.non_answers)
        return tuple(Answer(option.code, self._words(option.text, option.code)) for option in ordered)

    def _help(self, scale: ResponseScale) -> Words:
        """Return how to give a non-answer in a field to write in. Leaving it empty says *no answer* already."""
        written = [option for option in scale.options if option.kind != "blank"]
        return {
            language: shown(
                " ".join(
                    phrase("code", language, code=option.code, text=option.text.read(language) or option.code)
                    for option in written
                ),
                language,
            )
            for language in self.languages
        }

    def _number(self, item: Item) -> tuple[Mapping[str, str], Words]:
        """Return the range of a number. Codes of non-answers lie outside it, and need an equation."""
        scale = item.response_scale
        whole = all(limit is None or float(limit).is_integer() for limit in (scale.minimum, scale.maximum))
        attributes = {"num_value_int_only": "1"} if whole else {}
        if scale.minimum is None or scale.maximum is None:
            return attributes, NOTHING
        low, high = _figure(scale.minimum), _figure(scale.maximum)
        if not scale.options:
            return {**attributes, "min_num_value_n": low, "max_num_value_n": high}, NOTHING
        name = f"{item.id}.NAOK"
        codes = [f"{name}=={option.code}" for option in scale.options]
        rule = " or ".join([f"is_empty({name})", f"({name}>={low} and {name}<={high})", *codes])
        tip = {
            language: shown(phrase("between", language, low=low, high=high), language) for language in self.languages
        }
        return {**attributes, "em_validation_q": rule}, tip

    def _quota(self, quota: Quota) -> QuotaRule:
        default = self._phrase("quota_full")
        message = {language: said(quota.message, language) or default[language] for language in self.languages}
        return QuotaRule(shown(quota.name, self.languages[0]), int(quota.limit), tuple(quota.answers.items()), message)


def _mandatory(item: Item, section: Section) -> str:
    """Return ``Y`` for a gate, ``S`` (asked once more) for the rest; nobody is pressed for sensitive or free answers."""
    if item.required:
        return "Y"
    return "N" if section.special_category or item.response_scale.type == "text" else "S"


def _figure(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else repr(float(number))
