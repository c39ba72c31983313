"""Forms that a part of a pilot file can have: each finds its faults, and describes itself as a JSON schema for editors."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from trustmeter.errors import Problem, did_you_mean
from trustmeter.questionnaire.document import Place

TO_FILL_IN = "to be filled in by the zone"
"""What stands where the zone has not said yet; it counts as nothing."""

NOTHING = ("", "~", "null", TO_FILL_IN)
"""What counts as nothing, where nothing is allowed."""

FORM, MISSING, UNKNOWN, WORD = "P-FORM", "P-KEY-MISSING", "P-KEY-UNKNOWN", "P-WORD"


class Shape(Protocol):
    """A form that a value can have."""

    def faults(self, value: Any, place: Place) -> list[Problem]:
        """Return what is wrong with a value."""

    def schema(self) -> dict[str, Any]:
        """Return the form as a JSON schema."""


@dataclass(frozen=True, slots=True)
class OneText:
    """A text that is not empty; of a form where a pattern is given."""

    pattern: str = ""
    form: str = "a text after the colon"

    def faults(self, value: Any, place: Place) -> list[Problem]:
        """Return what is wrong with a value."""
        if isinstance(value, str) and value.strip() and re.fullmatch(self.pattern or r"(?s).*", value):
            return []
        return [
            Problem(
                FORM,
                str(place),
                "Expected one text." if not self.pattern else "This has another form.",
                f"Write {self.form}.",
            )
        ]

    def schema(self) -> dict[str, Any]:
        """Return the form as a JSON schema."""
        return (
            {"type": "string", "pattern": f"^{self.pattern}$"}
            if self.pattern
            else {"type": ["string", "number"], "minLength": 1}
        )


@dataclass(frozen=True, slots=True)
class Word:
    """A text that may be empty."""

    def faults(self, value: Any, place: Place) -> list[Problem]:
        """Return what is wrong with a value."""
        return [] if isinstance(value, str) else [Problem(FORM, str(place), "Expected one text.", "Write one text.")]

    def schema(self) -> dict[str, Any]:
        """Return the form as a JSON schema."""
        return {"type": ["string", "number", "null"]}


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some words."""

    words: tuple[str, ...]

    def faults(self, value: Any, place: Place) -> list[Problem]:
        """Return what is wrong with a value."""
        if value in self.words:
            return []
        near = did_you_mean(value, self.words) if isinstance(value, str) else ""
        message = (
            f"Expected one of {', '.join(self.words)}.{'' if not isinstance(value, str) else f' Got {value!r}.'}{near}"
        )
        return [Problem(WORD, str(place), message, "Choose one of them.")]

    def schema(self) -> dict[str, Any]:
        """Return the form as a JSON schema."""
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Points:
    """A number above zero."""

    def faults(self, value: Any, place: Place) -> list[Problem]:
        """Return what is wrong with a value."""
        if isinstance(value, str) and 0 < points_of(value) < math.inf:
            return []
        return [
            Problem(
                FORM,
                str(place),
                "Expected a number of points above zero, or one a scale.",
                "Write `3` or `{trust: 3}`.",
            )
        ]

    def schema(self) -> dict[str, Any]:
        """Return the form as a JSON schema."""
        return {"type": "number", "exclusiveMinimum": 0}


@dataclass(frozen=True, slots=True)
class People:
    """A whole number of people, one at the least."""

    def faults(self, value: Any, place: Place) -> list[Problem]:
        """Return what is wrong with a value."""
        if isinstance(value, str) and re.fullmatch(r"[1-9]\d{0,6}", value):
            return []
        return [Problem(FORM, str(place), "Expected a whole number of people.", "Write digits alone, such as `180`.")]

    def schema(self) -> dict[str, Any]:
        """Return the form as a JSON schema."""
        return {"type": "integer", "minimum": 1}


@dataclass(frozen=True, slots=True)
class Day:
    """A day, as year-month-day."""

    def faults(self, value: Any, place: Place) -> list[Problem]:
        """Return what is wrong with a value."""
        try:
            if isinstance(value, str) and len(value) == 10:
                datetime.date.fromisoformat(value)
                return []
        except ValueError:
            pass
        return [Problem("P-DATE", str(place), "Expected a day.", "Write it as year-month-day, such as 2026-05-04.")]

    def schema(self) -> dict[str, Any]:
        """Return the form as a JSON schema."""
        return {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of things of one form; one alone may stand without brackets where `alone`."""

    of: Shape
    alone: bool = False
    least: int = 0
    most: int | None = None
    write: str = "`[first, second]`"

    def faults(self, value: Any, place: Place) -> list[Problem]:
        """Return what is wrong with a value."""
        many = [value] if self.alone and isinstance(value, str) else value
        right = isinstance(many, list) and len(many) >= self.least and (self.most is None or len(many) <= self.most)
        if not right or (isinstance(self.of, OneText) and not all(isinstance(one, str) for one in many)):
            wanted = "a list of names" if isinstance(self.of, OneText) else "a list"
            wanted = "two of them" if self.least > 1 else wanted
            return [Problem(FORM, str(place), f"Expected {wanted}.", f"Write {self.write}.")]
        return [
            fault for number, one in enumerate(many, start=1) for fault in self.of.faults(one, place.at(f"#{number}"))
        ]

    def schema(self) -> dict[str, Any]:
        """Return the form as a JSON schema."""
        found: dict[str, Any] = {"type": "array", "items": self.of.schema()}
        found |= {"minItems": self.least} if self.least else {}
        found |= {"maxItems": self.most} if self.most is not None else {}
        return {"anyOf": [self.of.schema(), found]} if self.alone else found


@dataclass(frozen=True, slots=True)
class Names:
    """Things of one form under names that the author chose; or, where `plain` is given, one such thing without a name."""

    of: Shape
    plain: Shape | None = None
    keys: tuple[str, ...] = ()
    may_be_nothing: bool = False

    def faults(self, value: Any, place: Place) -> list[Problem]:
        """Return what is wrong with a value."""
        if isinstance(value, Mapping) and value:
            unknown = (
                [] if not self.keys else [_unknown(key, self.keys, place) for key in value if key not in self.keys]
            )
            inner = [(key, one) for key, one in value.items() if not self.keys or key in self.keys]
            inner = [(key, one) for key, one in inner if not (self.may_be_nothing and _is_nothing(one))]
            return unknown + [fault for key, one in inner for fault in self.of.faults(one, place.at(key))]
        if self.plain is not None and not isinstance(value, Mapping):
            return self.plain.faults(value, place)
        return [Problem(FORM, str(place), "Expected names with values.", "Write `name: value`, one a line, indented.")]

    def schema(self) -> dict[str, Any]:
        """Return the form as a JSON schema."""
        found: dict[str, Any] = {"type": "object", "minProperties": 1}
        inner = _or_nothing(self.of) if self.may_be_nothing else self.of.schema()
        if self.keys:
            found |= {"properties": dict.fromkeys(self.keys, inner), "additionalProperties": False}
        else:
            found["additionalProperties"] = inner
        return found if self.plain is None else {"anyOf": [self.plain.schema(), found]}


@dataclass(frozen=True, slots=True)
class Either:
    """One thing alone or, where there is more to say, a form."""

    plain: Shape
    form: Shape

    def faults(self, value: Any, place: Place) -> list[Problem]:
        """Return what is wrong with a value."""
        return (self.form if isinstance(value, Mapping) else self.plain).faults(value, place)

    def schema(self) -> dict[str, Any]:
        """Return the form as a JSON schema."""
        return {"anyOf": [self.plain.schema(), self.form.schema()]}


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a form: what it may hold, what it means, and whether it is needed."""

    of: Shape
    says: str = ""
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """Known keys, each of its own form; keys that are not needed may hold nothing."""

    keys: Mapping[str, Key]
    note: str = ""

    def faults(self, value: Any, place: Place) -> list[Problem]:
        """Return what is wrong with a value."""
        if not isinstance(value, Mapping):
            listed = ", ".join(f"{key}: …" for key in self.keys)
            return [Problem(FORM, str(place), f"Expected `{{{listed}}}`.", "Write it in that form.")]
        found = [_unknown(key, self.keys, place, self.note) for key in value if key not in self.keys]
        for key, one in self.keys.items():
            empty = _is_nothing(value.get(key, ""))
            if empty and one.needed:
                found.append(
                    Problem(MISSING, str(place.at(key)), "This key is needed and not there.", f"Add a line `{key}: …`.")
                )
            elif not empty:
                found += one.of.faults(value[key], place.at(key))
        return found

    def schema(self) -> dict[str, Any]:
        """Return the form as a JSON schema."""
        needed = [key for key, one in self.keys.items() if one.needed]
        properties = {key: {"description": one.says} | self._property(one) for key, one in self.keys.items()}
        return {"type": "object", "additionalProperties": False, "required": needed, "properties": properties}

    @staticmethod
    def _property(one: Key) -> dict[str, Any]:
        return {**one.of.schema(), "not": {"enum": list(NOTHING)}} if one.needed else _or_nothing(one.of)


def points_of(value: Any) -> float:
    """Return a number as written in a file, with a point or a comma; not a number where it is none."""
    try:
        return float(str(value).replace(",", "."))
    except ValueError:
        return math.nan


def texts_of(value: str | Sequence[str]) -> tuple[str, ...]:
    """Return one text or a list of them as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)


def without_nothing(tree: Any) -> Any:
    """Return what a file says without the keys that hold nothing."""
    if isinstance(tree, Mapping):
        kept = {key: without_nothing(one) for key, one in tree.items()}
        return {key: one for key, one in kept.items() if not _is_nothing(one)}
    return [without_nothing(one) for one in tree] if isinstance(tree, list) else tree


def still_to_fill_in(tree: Any, place: Place) -> list[Place]:
    """Return the places where the zone has something to fill in."""
    if isinstance(tree, Mapping):
        return [found for key, one in tree.items() for found in still_to_fill_in(one, place.at(key))]
    if isinstance(tree, list):
        return [
            found for number, one in enumerate(tree, start=1) for found in still_to_fill_in(one, place.at(f"#{number}"))
        ]
    return [place] if isinstance(tree, str) and tree.strip() == TO_FILL_IN else []


def _is_nothing(value: Any) -> bool:
    return isinstance(value, str) and value.strip() in NOTHING


def _or_nothing(shape: Shape) -> dict[str, Any]:
    return {"anyOf": [shape.schema(), {"enum": [None, *NOTHING]}]}


def _unknown(key: str, known: Any, place: Place, note: str = "") -> Problem:
    return Problem(
        UNKNOWN, str(place.at(key)), f"This key is not known.{did_you_mean(key, known)}{note}", "Mend or remove it."
    )
