"""Conditions as an author writes them, ``{eq: [CONSENT, 1]}``, made into the tree that tools understand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trustmeter.errors import Problem, did_you_mean
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
        problems.append(_fault("A condition is one word with what it holds.", place))
        return None
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
    problems.append(_fault(f"The word {word!r} is no condition.", place))
    return None


def _equals(said: Tree, place: Place, problems: list[Problem]) -> Condition | None:
    match said:
        case [str(item), str(code)]:
            return Equals(item.strip(), code.strip())
    problems.append(_fault("`eq` holds an item and one of its codes.", place))
    return None


def _is_in(said: Tree, place: Place, problems: list[Problem]) -> Condition | None:
    match said:
        case [str(item), [_, *_] as codes] if all(isinstance(code, str) for code in codes):
            return IsIn(item.strip(), tuple(code.strip() for code in codes))
    problems.append(_fault("`in` holds an item and a list of its codes.", place))
    return None


def _parts(said: Tree, place: Place, problems: list[Problem]) -> tuple[Condition, ...] | None:
    if not isinstance(said, list) or not said:
        problems.append(_fault("`and` and `or` hold a list of conditions.", place))
        return None
    parts = [condition_of(part, place.at(f"#{number}"), problems) for number, part in enumerate(said, start=1)]
    kept = tuple(part for part in parts if part is not None)
    return kept if len(kept) == len(parts) else None


def _fault(message: str, place: Place) -> Problem:
    return Problem("Q-CONDITION", str(place), message, f"Write {_FORMS}.")


def check_routing(structure: Mapping[str, Any], place: Place, problems: list[Problem]) -> None:
    """Check every ``show_if``: its form, that its items are asked before, and that they offer its codes."""
    codes = {
        member.get("id", ""): [option["code"] for option in member.get("options", []) if "code" in option]
        for member in structure.get("response_scales", [])
    }
    offered = {
        item["id"]: codes.get(item.get("response_scale", ""), [])
        for section in structure.get("sections", [])
        for item in section.get("items", [])
        if "id" in item
    }
    asked: list[str] = []
    for section in structure.get("sections", []):
        here = place.at("sections", section.get("id", "?"))
        _check_condition(section, here, offered, asked, problems)
        for item in section.get("items", []):
            name = item.get("id", "?")
            _check_condition(item, here.at("items", name), offered, asked, problems)
            asked.append(name)


def _check_condition(
    member: Mapping[str, Any], place: Place, offered: Mapping[str, list[str]], asked: list[str], problems: list[Problem]
) -> None:
    if "show_if" not in member:
        return
    here = place.at("show_if")
    condition = condition_of(member["show_if"], here, problems)
    for item, code in _pairs(condition):
        if item not in offered:
            message = f"There is no item {item!r}.{did_you_mean(item, offered)}"
            problems.append(
                Problem("Q-ROUTE-UNKNOWN-ITEM", str(here), message, "Name an item that stands under `sections`.")
            )
        elif item not in asked:
            message = f"The item {item!r} is not asked before this question."
            problems.append(Problem("Q-ROUTE-FORWARD", str(here), message, "Ask it earlier, or use an earlier item."))
        elif code not in offered[item]:
            message = f"The item {item!r} has no option with the code {code!r}."
            hint = f"Use one of: {', '.join(offered[item]) or 'none; route only on items with options'}."
            problems.append(Problem("Q-ROUTE-UNKNOWN-CODE", str(here), message, hint))


def _pairs(condition: Condition | None) -> list[tuple[str, str]]:
    match condition:
        case Equals(item=item, code=code):
            return [(item, code)]
        case IsIn(item=item, codes=codes):
            return list(dict.fromkeys((item, code) for code in codes))
        case Not(condition=inner):
            return _pairs(inner)
        case AllOf(conditions=parts) | AnyOf(conditions=parts):
            return list(dict.fromkeys(pair for part in parts for pair in _pairs(part)))
    return []
