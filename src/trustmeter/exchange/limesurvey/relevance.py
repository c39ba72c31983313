"""Routing in LimeSurvey's own words: conditions as its expression language reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not

ALWAYS = "1"
"""What stands where a question is always asked."""


@dataclass(frozen=True, slots=True)
class Routing:
    """The conditions of one questionnaire, as LimeSurvey reads them.

    LimeSurvey calls a whole expression false as soon as it names a question that was not asked. That is right for *and*;
    in an *or* over several questions it is not, so there each name gets ``.NAOK`` and, as its old answer would count, the
    condition under which it is asked. A question that was left blank fulfils no *not*.

    Parameters
    ----------
    questionnaire
        What is asked.
    names
        What LimeSurvey calls the answer to an item, where that is not the item's id: rows of an array.
    """

    questionnaire: Questionnaire
    names: Mapping[str, str]

    def tell(self, condition: Condition | None) -> str:
        """Return a condition in LimeSurvey's expression language.

        Examples
        --------
        >>> from trustmeter.questionnaire.shelf import load_questionnaire
        >>> routing = Routing(load_questionnaire("community-trust"), {"TR01": "TR_TR01"})
        >>> routing.tell(AllOf((Equals("CONSENT", "1"), Not(Equals("TR01", "1")))))
        'CONSENT=="1" and (!is_empty(TR_TR01) and TR_TR01!="1")'
        """
        if condition is None:
            return ALWAYS
        plain = _pushed(condition, negated=False)
        return self._written(plain, guarded=_needs_guards(plain))

    def _written(self, condition: Condition, *, guarded: bool) -> str:
        match condition:
            case AllOf(conditions=parts) | AnyOf(conditions=parts):
                word = " and " if isinstance(condition, AllOf) else " or "
                return word.join(self._nested(part, guarded=guarded) for part in parts)
            case Not(condition=Equals(item=item) | IsIn(item=item) as inner):
                name = self._name(item, guarded=guarded)
                told = " and ".join([f"!is_empty({name})", *(f'{name}!="{code}"' for code in _codes(inner))])
                return self._gated(item, f"({told})", guarded=guarded)
            case Equals(item=item) | IsIn(item=item):
                name = self._name(item, guarded=guarded)
                alike = [f'{name}=="{code}"' for code in _codes(condition)]
                return self._gated(item, alike[0] if len(alike) == 1 else f"({' or '.join(alike)})", guarded=guarded)
            case Not():
                return self._written(_pushed(condition, negated=False), guarded=guarded)

    def _nested(self, part: Condition, *, guarded: bool) -> str:
        told = self._written(part, guarded=guarded)
        return f"({told})" if isinstance(part, (AllOf, AnyOf)) and len(part.conditions) > 1 else told

    def _name(self, item: str, *, guarded: bool) -> str:
        return self.names.get(item, item) + (".NAOK" if guarded else "")

    def _gated(self, item: str, comparison: str, *, guarded: bool) -> str:
        gate = self.questionnaire.condition(item) if guarded else None
        if gate is None:
            return comparison
        return f"(({self._written(_pushed(gate, negated=False), guarded=True)}) and {comparison})"


def _pushed(condition: Condition, *, negated: bool) -> Condition:
    """Return the same condition with *not* only right before a comparison."""
    match condition:
        case Not(condition=inner):
            return _pushed(inner, negated=not negated)
        case AllOf(conditions=parts) | AnyOf(conditions=parts):
            moved = tuple(_pushed(part, negated=negated) for part in parts)
            return AllOf(moved) if isinstance(condition, AllOf) != negated else AnyOf(moved)
    return Not(condition) if negated else condition


def _needs_guards(condition: Condition) -> bool:
    """Tell whether an *or* looks at several questions, of which one may not have been asked."""
    match condition:
        case AnyOf(conditions=parts):
            return len(set(_items(condition))) > 1 or any(_needs_guards(part) for part in parts)
        case AllOf(conditions=parts):
            return any(_needs_guards(part) for part in parts)
    return False


def _items(condition: Condition) -> Iterator[str]:
    match condition:
        case Equals(item=item) | IsIn(item=item):
            yield item
        case Not(condition=inner):
            yield from _items(inner)
        case AllOf(conditions=parts) | AnyOf(conditions=parts):
            for part in parts:
                yield from _items(part)


def _codes(condition: Condition) -> tuple[str, ...]:
    match condition:
        case Equals(code=code):
            return (code,)
        case IsIn(codes=codes):
            return codes
    return ()
