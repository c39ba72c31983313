"""A survey as LimeSurvey holds it: groups, questions, rows of arrays, answers, quotas; every text in every language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Words = Mapping[str, str]
"""One text, ready to be shown, by language."""

NOTHING: Words = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that can be chosen."""

    code: str
    label: Words


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an array, with its own condition."""

    code: str
    text: Words
    relevance: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question of one of LimeSurvey's types.

    Parameters
    ----------
    type
        ``F`` array, ``L`` list, ``N`` number, ``T`` text, ``*`` value that nobody sees.
    code, text, help, relevance
        The name, the wording, the hint below it, and when it is asked.
    mandatory
        ``Y`` must be answered, ``S`` is asked once more when it is left out, ``N``.
    rows, answers
        The lines of an array, and what can be chosen.
    attributes
        Settings that are the same in all languages.
    tip
        What is said when a number is out of range.
    """

    type: str
    code: str
    text: Words
    relevance: str
    mandatory: str
    help: Words = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    answers: tuple[Answer, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    tip: Words = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """A page."""

    title: Words
    text: Words
    relevance: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class QuotaRule:
    """A number of people after whom those with certain answers are thanked and asked no more.

    Parameters
    ----------
    name, limit
        What it is called, and how many.
    members
        Pairs of question code and answer code; all of them must be given.
    message
        What is said.
    """

    name: str
    limit: int
    members: tuple[tuple[str, str], ...]
    message: Words


@dataclass(frozen=True, slots=True)
class Survey:
    """The whole survey.

    Parameters
    ----------
    number
        Its number of six digits, made from the wording: the same questionnaire asks for the same one.
    languages
        The base language first.
    title, welcome, end
        What stands above, before and after the questions.
    groups, quotas
        The contents.
    settings
        How LimeSurvey treats it: privacy first.
    """

    number: int
    languages: tuple[str, ...]
    title: Words
    welcome: Words
    end: Words
    groups: tuple[Group, ...]
    quotas: tuple[QuotaRule, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
