"""When a question is asked: a tiny expression tree that every survey tool's syntax can be made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Equals:
    """The answer to `item` has the code `code`."""

    item: str
    code: str


@dataclass(frozen=True, slots=True)
class IsIn:
    """The answer to `item` has one of `codes`."""

    item: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of `conditions` holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of `conditions` holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`condition` does not hold."""

    condition: Condition


Condition: TypeAlias = Equals | IsIn | AllOf | AnyOf | Not


def items_of(condition: Condition | None) -> tuple[str, ...]:
    """Return the ids of the items that a condition looks at, in order, each once."""
    match condition:
        case None:
            return ()
        case Equals(item=item) | IsIn(item=item):
            return (item,)
        case Not(condition=inner):
            return items_of(inner)
        case AllOf(conditions=parts) | AnyOf(conditions=parts):
            return tuple(dict.fromkeys(item for part in parts for item in items_of(part)))
