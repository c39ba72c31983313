"""Conditions made plain, so that tools without a *not* of our kind can hold them; and the gate that ends a survey."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from trustmeter.errors import Problem, QuestionnaireError
from trustmeter.questionnaire.model import Item, Questionnaire
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not, items_of

CHOSEN = frozenset({"ordinal", "nominal"})
"""Response scales with a list to choose from."""


def plain(condition: Condition, questionnaire: Questionnaire, *, negated: bool = False) -> Condition:
    """Return the same condition without *not*: ``not A = 1`` becomes *A is one of the other answers*.

    A question that was left blank thereby fulfils no *not*, in every tool alike.

    Examples
    --------
    >>> from trustmeter.questionnaire.shelf import load_questionnaire
    >>> plain(Not(Equals("SEX", "F")), load_questionnaire("community-trust"))
    IsIn(item='SEX', codes=('M', 'X', '99'))
    """
    match condition:
        case Not(condition=inner):
            return plain(inner, questionnaire, negated=not negated)
        case AllOf(conditions=parts) | AnyOf(conditions=parts):
            moved = tuple(plain(part, questionnaire, negated=negated) for part in parts)
            return AllOf(moved) if isinstance(condition, AllOf) != negated else AnyOf(moved)
        case Equals(item=item) | IsIn(item=item):
            return _others(item, codes_of(condition), questionnaire) if negated else condition


def codes_of(condition: Equals | IsIn) -> tuple[str, ...]:
    """Return the codes that a comparison looks for."""
    return (condition.code,) if isinstance(condition, Equals) else condition.codes


def spelt(condition: Condition, compared: Callable[[str, str], str]) -> str:
    """Return a condition without *not* as text, with *and*, *or* and brackets; `compared` writes an item and a code.

    Examples
    --------
    >>> spelt(AllOf((Equals("CONSENT", "1"), IsIn("SEX", ("F", "X")))), lambda item, code: f"{item}={code}")
    'CONSENT=1 and (SEX=F or SEX=X)'
    """
    match condition:
        case Equals(item=item) | IsIn(item=item):
            return " or ".join(compared(item, code) for code in codes_of(condition))
        case AllOf(conditions=parts) | AnyOf(conditions=parts):
            word = " and " if isinstance(condition, AllOf) else " or "
            return word.join(_bracketed(part, spelt(part, compared)) for part in parts)
    return ""


def _bracketed(part: Condition, text: str) -> str:
    return f"({text})" if isinstance(part, (AnyOf, AllOf)) or " or " in text else text


def _others(item: str, codes: Sequence[str], questionnaire: Questionnaire) -> Condition:
    options = questionnaire.item(item).response_scale.options
    return IsIn(item, tuple(option.code for option in options if option.code not in codes))


def clauses(condition: Condition, questionnaire: Questionnaire) -> tuple[tuple[Equals | IsIn, ...], ...]:
    """Return a condition as groups of which each must hold, where a group holds as soon as one of its comparisons does.

    Where it says *or* about several questions, each question must also have been asked.
    """
    return tuple(dict.fromkeys(_clauses(_guarded(plain(condition, questionnaire), questionnaire))))


def _clauses(condition: Condition) -> Iterator[tuple[Equals | IsIn, ...]]:
    match condition:
        case Equals() | IsIn():
            yield (condition,)
        case AllOf(conditions=parts):
            for part in parts:
                yield from _clauses(part)
        case AnyOf(conditions=parts):
            grown: list[tuple[Equals | IsIn, ...]] = [()]
            for part in parts:
                grown = [(*clause, *more) for clause in grown for more in _clauses(part)]
            yield from grown


def _guarded(condition: Condition, questionnaire: Questionnaire) -> Condition:
    """Return a condition in which an answer counts only when its question was asked."""
    match condition:
        case AllOf(conditions=parts):
            return AllOf(tuple(_guarded(part, questionnaire) for part in parts))
        case AnyOf(conditions=parts):
            return AnyOf(tuple(_guarded(part, questionnaire) for part in parts))
        case Equals(item=item) | IsIn(item=item):
            gate = questionnaire.condition(item)
            return (
                condition if gate is None else AllOf((_guarded(plain(gate, questionnaire), questionnaire), condition))
            )
    return condition


def gate_codes(item: Item, questionnaire: Questionnaire) -> tuple[str, ...]:
    """Return the answers after which nothing more is asked: those of a required question that all later ones stand on."""
    later = questionnaire.items[questionnaire.items.index(item) + 1 :]
    if not (item.required and later and item.response_scale.type in CHOSEN):
        return ()
    go_on = {code for other in later for code in _opens(questionnaire.condition(other.id), item)}
    return tuple(option.code for option in item.response_scale.options if option.code not in go_on)


def _opens(condition: Condition | None, item: Item) -> Iterator[str]:
    """Yield the answers to `item` with which a condition can hold."""
    parts = condition.conditions if isinstance(condition, AllOf) else (condition,)
    for part in parts:
        if isinstance(part, (Equals, IsIn)) and part.item == item.id:
            yield from codes_of(part)
            return
    yield from (option.code for option in item.response_scale.options)


def refuse_what_cannot_be_routed(questionnaire: Questionnaire, tool: str, *, open_questions: bool) -> None:
    """Refuse conditions that a tool cannot hold.

    Raises
    ------
    QuestionnaireError
        When a condition looks ahead (``O-ROUTE``), says *not* about a number or text (``O-NOT``), or looks at a number or
        text where the tool holds lists only (``O-OPEN``).
    """
    problems = []
    asked: set[str] = set()
    for item in questionnaire.items:
        condition, where = questionnaire.condition(item.id), f"item {item.id!r}"
        for name in items_of(condition):
            chosen = questionnaire.item(name).response_scale.type in CHOSEN
            if name not in asked:
                message = f"Its condition looks at {name!r}, which is not asked before."
                problems.append(Problem("O-ROUTE", where, message, "Look at an earlier item."))
            elif not chosen and not open_questions:
                message = f"Its condition looks at {name!r}, which is no list of answers; {tool} could not compare it."
                problems.append(Problem("O-OPEN", where, message, "Look at an item with a list of answers."))
            elif not chosen and name in set(_denied(condition)):
                message = f"Its condition says *not* about {name!r}, which is no list of answers."
                problems.append(Problem("O-NOT", where, message, "Say which answers count instead."))
        asked.add(item.id)
    if problems:
        raise QuestionnaireError(f"{tool} would not route {questionnaire.id!r} as it is.", problems)


def _denied(condition: Condition | None, *, negated: bool = False) -> Iterator[str]:
    match condition:
        case Not(condition=inner):
            yield from _denied(inner, negated=not negated)
        case AllOf(conditions=parts) | AnyOf(conditions=parts):
            for part in parts:
                yield from _denied(part, negated=negated)
        case Equals(item=item) | IsIn(item=item):
            yield from (item,) if negated else ()
