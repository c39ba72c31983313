"""Conditions as an author writes them, ``{eq: [CONSENT, 1]}``, made into the tree that tools understand."""

from __future__ import annotations

from trustmeter.errors import Problem
from trustmeter.questionnaire.document import Place, Tree
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not

_FORMS = "{eq: [ITEM, code]}, {in: [ITEM, [code, code]]}, {and: [..., ...]}, {or: [..., ...]} or {not: {...}}"


def condition_of(tree: Tree, place: Place, problems: list[Problem]) -> Condition | None:
    """Return the condition that a ``show_if`` says, or ``None`` with a problem added.

    Parameters
    ----------
    tree
        What stands after ``show_if``.
    place
        Where it stands.
    problems
        Faults of form are added here, each with the code ``Q-CONDITION``.

    Examples
    --------
    >>> condition_of({"in": ["CO01", ["1", "2"]]}, Place("q.yaml"), [])
    IsIn(item='CO01', codes=('1', '2'))
    """
    if not isinstance(tree, dict) or len(tree) != 1:
        return _refuse("A condition is one word with what it holds.", place, problems)
    ((word, said),) = tree.items()
    match word:
        case "eq":
            return _equals(said, place.at("eq"), problems)
        case "in":
            return _is_in(said, place.at("in"), problems)
        case "and" | "or":
            parts = _parts(said, place.at(word), problems)
            if parts is None:
                return None
            return AllOf(parts) if word == "and" else AnyOf(parts)
        case "not":
            inner = condition_of(said, place.at("not"), problems)
            return None if inner is None else Not(inner)
    return _refuse(f"The word {word!r} is no condition.", place, problems)


def _equals(said: Tree, place: Place, problems: list[Problem]) -> Condition | None:
    match said:
        case [str(item), str(code)]:
            return Equals(item.strip(), code.strip())
    return _refuse("`eq` holds an item and one of its codes.", place, problems)


def _is_in(said: Tree, place: Place, problems: list[Problem]) -> Condition | None:
    match said:
        case [str(item), [_, *_] as codes] if all(isinstance(code, str) for code in codes):
            return IsIn(item.strip(), tuple(code.strip() for code in codes))
    return _refuse("`in` holds an item and a list of its codes.", place, problems)


def _parts(said: Tree, place: Place, problems: list[Problem]) -> tuple[Condition, ...] | None:
    if not isinstance(said, list) or not said:
        _refuse("`and` and `or` hold a list of conditions.", place, problems)
        return None
    parts = [condition_of(part, place.at(f"#{number}"), problems) for number, part in enumerate(said, start=1)]
    kept = tuple(part for part in parts if part is not None)
    return kept if len(kept) == len(parts) else None


def _refuse(message: str, place: Place, problems: list[Problem]) -> None:
    problems.append(Problem("Q-CONDITION", str(place), message, f"Write {_FORMS}."))
