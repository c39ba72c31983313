"""Records as JSON and back: what stands in a file is held against the record's own fields, and described as a schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from trustmeter.errors import Problem

R = TypeVar("R")
CODE = "P-RESULT"
_NUMBERS = {float: "number", int: "integer", str: "string", bool: "boolean"}


def record_from(kind: type[R], tree: Any, where: str, problems: list[Problem]) -> R | None:
    """Return a record of a kind from plain values; what does not fit is added to the problems."""
    if not isinstance(tree, Mapping):
        problems.append(Problem(CODE, where, "Expected names with values."))
        return None
    hints, found = get_type_hints(kind), len(problems)
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    problems.extend(
        Problem(CODE, f"{where}.{name}", "This is needed and not there.") for name in names if name not in tree
    )
    problems.extend(Problem(CODE, f"{where}.{name}", "This is not known.") for name in tree if name not in names)
    values = {name: _value(hints[name], tree[name], f"{where}.{name}", problems) for name in names if name in tree}
    return kind(**values) if len(problems) == found else None


def schema_of(kind: type[Any], note: str = "") -> dict[str, Any]:
    """Return the JSON schema of a record."""
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    found: dict[str, Any] = {"description": note} if note else {}
    return found | {
        "type": "object",
        "additionalProperties": False,
        "required": names,
        "properties": {name: _schema(hints[name]) for name in names},
    }


def _schema(hint: Any) -> dict[str, Any]:
    origin, inner = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        return schema_of(hint)  # type: ignore[arg-type]
    if origin is Literal:
        return {"enum": list(inner)}
    if origin is tuple:
        return {"type": "array", "items": _schema(inner[0])}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _schema(inner[1])}
    if NoneType in inner:
        there = next(one for one in inner if one is not NoneType)
        return (
            {"anyOf": [_schema(there), {"type": "null"}]}
            if is_dataclass(there)
            else {"type": [_NUMBERS[there], "null"]}
        )
    return {"type": _NUMBERS[hint]}


def _value(hint: Any, given: Any, where: str, problems: list[Problem]) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        return record_from(hint, given, where, problems)  # type: ignore[arg-type]
    if origin is Literal:
        return _one_of(inner, given, where, problems)
    if origin is tuple and isinstance(given, list):
        return tuple(_value(inner[0], one, f"{where}.{place + 1}", problems) for place, one in enumerate(given))
    if origin is Mapping and isinstance(given, Mapping):
        return {str(name): _value(inner[1], one, f"{where}.{name}", problems) for name, one in given.items()}
    if NoneType in inner:
        return None if given is None else _value(inner[0], given, where, problems)
    if hint is float and isinstance(given, int) and not isinstance(given, bool):
        return float(given)
    if origin is None and isinstance(given, hint) and (hint is bool or not isinstance(given, bool)):
        return given
    problems.append(Problem(CODE, where, f"Expected {_told(hint)}. Got {type(given).__name__}."))
    return None


def _one_of(words: tuple[Any, ...], given: Any, where: str, problems: list[Problem]) -> Any:
    if given not in words:
        problems.append(Problem(CODE, where, f"Expected one of {', '.join(map(str, words))}."))
    return given


def _told(hint: Any) -> str:
    return {float: "a number", int: "a whole number", str: "a text", bool: "true or false"}.get(
        hint, "a list or names with values"
    )
