"""What the files of a questionnaire may say: keys, forms and words, as tables; and the check of a tree against them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias, get_args

from trustmeter.errors import Problem, did_you_mean
from trustmeter.options import NonAnswerKind, ResponseType
from trustmeter.questionnaire.document import Place, Tree

STATUSES = ("draft", "adapted", "published", "piloted", "validated")
"""How much is known about a questionnaire, in one word."""

PROPERTIES = (
    "content_validity", "structural_validity", "internal_consistency", "measurement_invariance", "reliability",
    "measurement_error", "criterion_validity", "hypotheses_testing", "responsiveness",
)  # fmt: skip
"""The measurement properties of COSMIN; its *cross-cultural validity* is called measurement invariance here."""

RATINGS = ("sufficient", "insufficient", "inconsistent", "indeterminate")
"""COSMIN's judgement of a property: + - ± ?."""

_TRUTH = {"yes": True, "true": True, "no": False, "false": False}
_NOTHING: tuple[Tree, ...] = ("", "~", "null")

QUESTIONNAIRE_ID = r"[a-z][a-z0-9-]*"
ITEM_ID = r"[A-Za-z][A-Za-z0-9]{0,19}"
SNAKE_ID = r"[a-z][a-z0-9_]*"
CODE = r"[A-Za-z0-9]{1,5}"
SIGNED_CODE = r"-?[A-Za-z0-9]{1,5}"
LANGUAGE = r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*"
VERSION = r"\d+\.\d+\.\d+([-+.][0-9A-Za-z.-]+)?"


@dataclass(frozen=True, slots=True)
class Word:
    """A short text; perhaps of a form (`pattern`, described by `form`), perhaps one of `words`."""

    pattern: str = ""
    form: str = ""
    words: tuple[str, ...] = ()
    code: str = "Q-VALUE"


@dataclass(frozen=True, slots=True)
class Prose:
    """A text for people: any words, also none."""


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number."""


@dataclass(frozen=True, slots=True)
class Anything:
    """Whatever stands there; checked elsewhere."""


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list whose members all have one shape; the member's key `named` tells its name in messages."""

    of: Shape
    named: str = ""


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping from names that the author chose."""

    of: Shape


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys."""

    fields: Mapping[str, Shape]
    required: tuple[str, ...] = ()


Shape: TypeAlias = Word | Prose | Flag | Number | Anything | ListOf | MapOf | Record

_ID_FORM = "a small letter, then small letters, digits and _"
_SNAKE = Word(SNAKE_ID, _ID_FORM, code="Q-ID-FORM")
_ITEM = Word(ITEM_ID, "a letter, then at most nineteen letters or digits", code="Q-ID-FORM")
_LANGUAGE = Word(LANGUAGE, "a language tag such as en or pt-BR", code="Q-LANGUAGE")
_STATUS = Word(words=STATUSES, code="Q-STATUS-UNKNOWN")
_WORDS = ListOf(Word())

_OPTION = Record(
    {"code": Word(), "kind": Word(words=get_args(NonAnswerKind), code="Q-KIND-UNKNOWN"), "value": Number()}, ("code",)
)
_RESPONSE_SCALE = Record(
    {
        "id": _SNAKE,
        "type": Word(words=get_args(ResponseType), code="Q-TYPE-UNKNOWN"),
        "options": ListOf(_OPTION, named="code"),
        "minimum": Number(),
        "maximum": Number(),
    },
    ("id", "type"),
)
_QUESTION = Record(
    {"id": _ITEM, "response_scale": Word(), "show_if": Anything(), "short_form": Flag(), "required": Flag()},
    ("id", "response_scale"),
)
_SECTION = Record(
    {
        "id": _SNAKE,
        "items": ListOf(_QUESTION, named="id"),
        "show_if": Anything(),
        "optional": Flag(),
        "special_category": Flag(),
        "reason": Prose(),
    },
    ("id", "items"),
)
_SCALE = Record(
    {"id": _SNAKE, "items": _WORDS, "reversed": _WORDS, "min_answered": Word(), "parent": Word()},
    ("id",),
)
_HEADED = MapOf(Record({"title": Prose(), "text": Prose()}))
_NAMED = MapOf(Record({"name": Prose(), "description": Prose()}))

QUESTIONNAIRE = Record(
    {
        "id": Word(QUESTIONNAIRE_ID, "a small letter, then small letters, digits and -", code="Q-ID-FORM"),
        "version": Word(VERSION, "three numbers such as 1.0.0"),
        "status": _STATUS,
        "base_language": _LANGUAGE,
        "languages": ListOf(_LANGUAGE),
        "unfinished_languages": MapOf(Prose()),
        "licence": Prose(),
        "source": Prose(),
        "response_scales": ListOf(_RESPONSE_SCALE, named="id"),
        "sections": ListOf(_SECTION, named="id"),
        "scales": ListOf(_SCALE, named="id"),
        "texts": Anything(),
    },
    ("id", "response_scales", "sections"),
)
"""What ``questionnaire.yaml`` may say."""

TEXTS = Record(
    {
        "title": Prose(),
        "description": Prose(),
        "introduction": Prose(),
        "sections": _HEADED,
        "items": MapOf(Prose()),
        "response_scales": MapOf(MapOf(Prose())),
        "scales": _NAMED,
    },
)
"""What a language file may say."""

RECORD = Record(
    {
        "property": Word(words=PROPERTIES, code="Q-EVIDENCE"),
        "statistic": Prose(),
        "value": Prose(),
        "interval": Anything(),
        "n": Word(r"\d+", "a whole number", code="Q-EVIDENCE"),
        "population": Prose(),
        "language": Anything(),
        "mode": Anything(),
        "source": Prose(),
        "rating": Word(words=RATINGS, code="Q-EVIDENCE"),
        "criterion": Prose(),
    },
    ("property", "source", "rating"),
)
"""One finding about one measurement property."""

EVIDENCE_SHAPE = Record(
    {"status": _STATUS, "statement": Prose(), "records": ListOf(RECORD, named="property")}, ("status", "statement")
)
"""What ``evidence.yaml`` may say."""


def fit(tree: Tree, shape: Shape, place: Place, problems: list[Problem]) -> Any:
    """Check what a file says against a shape and return what can be used of it.

    Parameters
    ----------
    tree
        What the file says.
    shape
        What it may say.
    place
        Where it stands, for messages.
    problems
        Every fault is added here.

    Returns
    -------
    str, bool, float, list, dict or None
        The usable part: flags and numbers made, unusable parts left out. ``None`` when nothing can be used.
        A word of the wrong form or outside its list is kept, so that what refers to it still finds it.
    """
    match shape:
        case Record():
            return _fit_record(tree, shape, place, problems)
        case ListOf():
            return _fit_list(tree, shape, place, problems)
        case MapOf():
            return _fit_map(tree, shape, place, problems)
        case Anything():
            return tree
    if not isinstance(tree, str):
        got = "a list" if isinstance(tree, list) else "a mapping"
        problems.append(
            Problem("Q-VALUE", str(place), f"A text is expected here, and this is {got}.", _quote_hint(tree))
        )
        return None
    return _FITTERS[type(shape)](tree.strip(), shape, place, problems)


def _quote_hint(tree: Tree) -> str:
    if isinstance(tree, dict):
        return "Write one text after the colon; a text that holds a colon or begins with { must stand in quotes."
    return "Write one text after the colon; a text that begins with [ must stand in quotes."


def _fit_record(tree: Tree, shape: Record, place: Place, problems: list[Problem]) -> dict[str, Any] | None:
    if not isinstance(tree, dict):
        if tree != "":
            keys = ", ".join(shape.fields)
            problems.append(
                Problem("Q-VALUE", str(place), "Keys with values are expected here.", f"Known keys: {keys}.")
            )
            return None
        tree = {}
    found: dict[str, Any] = {}
    for key, said in tree.items():
        if key not in shape.fields:
            near = did_you_mean(key, shape.fields)
            message = f"The key {key!r} is not known here.{near}"
            problems.append(
                Problem("Q-KEY-UNKNOWN", str(place.at(key)), message, f"Known keys: {', '.join(shape.fields)}.")
            )
        elif isinstance(shape.fields[key], Prose) or said not in _NOTHING:
            value = fit(said, shape.fields[key], place.at(key), problems)
            if value is not None:
                found[key] = value
    for key in shape.required:
        if key not in tree or tree[key] in (*_NOTHING, [], {}):
            message = f"The key {key!r} is missing."
            problems.append(Problem("Q-KEY-MISSING", str(place), message, f"Add `{key}:` and its value."))
    return found


def _fit_list(tree: Tree, shape: ListOf, place: Place, problems: list[Problem]) -> list[Any] | None:
    if not isinstance(tree, list):
        hint = "Begin each member with `- `, or write [one, two]."
        problems.append(Problem("Q-VALUE", str(place), "A list is expected here.", hint))
        return None
    members = []
    for number, said in enumerate(tree, start=1):
        named = said.get(shape.named) if isinstance(said, dict) else None
        label = named if isinstance(named, str) and named.strip() else f"#{number}"
        value = fit(said, shape.of, place.at(label), problems)
        if value not in (None, ""):
            members.append(value)
    return members


def _fit_map(tree: Tree, shape: MapOf, place: Place, problems: list[Problem]) -> dict[str, Any] | None:
    if not isinstance(tree, dict):
        if tree != "":
            hint = "Write `name: text`, one a line, indented."
            problems.append(Problem("Q-VALUE", str(place), "Names with texts are expected here.", hint))
        return None
    fitted = {name: fit(said, shape.of, place.at(name), problems) for name, said in tree.items()}
    return {name: value for name, value in fitted.items() if value is not None}


def _fit_word(said: str, shape: Word, place: Place, problems: list[Problem]) -> str:
    if shape.words and said not in shape.words:
        known = ", ".join(shape.words)
        message = f"The word {said!r} is not known here.{did_you_mean(said, shape.words)}"
        problems.append(Problem(shape.code, str(place), message, f"Use one of: {known}."))
    elif shape.pattern and not re.fullmatch(shape.pattern, said, flags=re.ASCII):
        problems.append(
            Problem(shape.code, str(place), f"{said!r} does not have the right form.", f"Write {shape.form}.")
        )
    return said


def _fit_prose(said: str, shape: Prose, place: Place, problems: list[Problem]) -> str:
    return said


def _fit_flag(said: str, shape: Flag, place: Place, problems: list[Problem]) -> bool | None:
    if said.lower() not in _TRUTH:
        problems.append(
            Problem("Q-VALUE", str(place), f"Yes or no is expected here, and this is {said!r}.", "Write yes or no.")
        )
        return None
    return _TRUTH[said.lower()]


def _fit_number(said: str, shape: Number, place: Place, problems: list[Problem]) -> float | None:
    number = as_number(said)
    if number is None:
        hint = "Write digits, with a point before decimals."
        problems.append(Problem("Q-VALUE", str(place), f"A number is expected here, and this is {said!r}.", hint))
    return number


_FITTERS: Mapping[type, Callable[[str, Any, Place, list[Problem]], Any]] = MappingProxyType(
    {Word: _fit_word, Prose: _fit_prose, Flag: _fit_flag, Number: _fit_number}
)


def as_number(said: str) -> float | None:
    """Return the finite number that a text spells in plain digits, or ``None``."""
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", said, flags=re.ASCII):
        return None
    number = float(said)
    return number if math.isfinite(number) else None
