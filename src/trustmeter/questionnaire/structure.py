"""The rules that a questionnaire's structure must obey: response scales, items, routing, scales."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trustmeter.errors import Problem, did_you_mean
from trustmeter.questionnaire.document import Place
from trustmeter.questionnaire.grammar import CODE, SIGNED_CODE, as_number
from trustmeter.questionnaire.translation import Words, expected_texts

Node = Mapping[str, Any]
"""One member of a list of ``questionnaire.yaml``, after its shape was checked."""

FINGERPRINT_LENGTH = 12

_RESERVED = frozenset({"respondent", "wave", "zone", "language", "mode", "simulated"})
"""Words that tables of scores and answers use for themselves."""


def check_response_scales(structure: Node, place: Place, problems: list[Problem]) -> None:
    """Check each response scale: codes, kinds, values and ranges."""
    members = structure.get("response_scales", [])
    check_unique(members, "response scale", place.at("response_scales"), problems)
    signed = structure.get("status") == "published"
    for member in members:
        where = place.at("response_scales", member.get("id", "?"))
        _check_codes(member, where, problems, signed=signed)
        kind = member.get("type")
        if kind in {"ordinal", "nominal"}:
            _check_choices(member, where, problems)
        elif kind in {"number", "text"}:
            _check_entry(member, where, problems)


def check_sections(structure: Node, place: Place, problems: list[Problem]) -> None:
    """Check sections and items: unique ids and known response scales."""
    sections = structure.get("sections", [])
    check_unique(sections, "section", place.at("sections"), problems)
    known = [member["id"] for member in structure.get("response_scales", []) if "id" in member]
    met: dict[str, str] = {}
    for section in sections:
        _check_special_category(section, place.at("sections", section.get("id", "?")), problems)
        items = place.at("sections", section.get("id", "?"), "items")
        for item in section.get("items", []):
            where = items.at(item.get("id", "?"))
            _check_item_id(item, where, met, problems)
            offered = item.get("response_scale")
            if offered is not None and offered not in known:
                message = f"There is no response scale {offered!r}.{did_you_mean(offered, known)}"
                hint = "Name one that stands under `response_scales`."
                problems.append(Problem("Q-RESPONSE-SCALE-UNKNOWN", str(where.at("response_scale")), message, hint))


def check_scales(structure: Node, place: Place, problems: list[Problem]) -> None:
    """Check scales: their items, reversed items, missing rule and parents."""
    scales = structure.get("scales", [])
    here = place.at("scales")
    check_unique(scales, "scale", here, problems)
    by_id = {scale["id"]: scale for scale in reversed(scales) if "id" in scale}
    asked = asked_items(structure)
    for scale in scales:
        where = here.at(scale.get("id", "?"))
        if scale.get("id", "").lower() in _RESERVED:
            message = f"The word {scale['id']!r} is the name of a column in every table of scores."
            problems.append(Problem("Q-ID-FORM", str(where), message, "Choose another id."))
        if _check_parent(scale, by_id, where, problems):
            _check_members(scale, scales, asked, where, problems)


def check_unique(members: Sequence[Node], noun: str, place: Place, problems: list[Problem], key: str = "id") -> None:
    """Report names that occur twice, capitals or not."""
    met: dict[str, str] = {}
    for member in members:
        name = member.get(key)
        if name is None:
            continue
        if name.lower() in met:
            message = f"The {noun} {name!r} is there twice (also as {met[name.lower()]!r}; capitals do not count)."
            problems.append(Problem("Q-ID-DUPLICATE", str(place.at(name)), message, "Give one of them another id."))
        met.setdefault(name.lower(), name)


@dataclass(frozen=True, slots=True)
class Asked:
    """What scales need to know of an item: its type, its lowest and highest value, its place in the short form."""

    type: str
    limits: tuple[float, float] | None
    short_form: bool


def asked_items(structure: Node) -> dict[str, Asked]:
    """Return what scales need to know of each item."""
    offered = {member.get("id", ""): member for member in structure.get("response_scales", [])}
    found = {}
    for section in structure.get("sections", []):
        for item in section.get("items", []):
            member = offered.get(item.get("response_scale", ""), {})
            kind = member.get("type", "")
            if "id" in item:
                found[item["id"]] = Asked(kind, _limits(member, kind), item.get("short_form", False))
    return found


def _limits(member: Node, kind: str) -> tuple[float, float] | None:
    if kind == "number":
        return (member["minimum"], member["maximum"]) if "minimum" in member and "maximum" in member else None
    values = [option_value(option, kind) for option in member.get("options", []) if kind == "ordinal"]
    known = [value for value in values if value is not None]
    return (min(known), max(known)) if known else None


def items_of_scale(scale: Node, scales: Iterable[Node]) -> tuple[str, ...]:
    """Return the items of a scale: its own list, else those of its dimensions in order, each once."""
    return _gathered(scale, tuple(scales), "items", frozenset())


def reversed_of_scale(scale: Node, scales: Iterable[Node]) -> tuple[str, ...]:
    """Return the reversed items of a scale: its own list, else those of its dimensions that are its items too."""
    members = tuple(scales)
    items = items_of_scale(scale, members)
    return tuple(item for item in _gathered(scale, members, "reversed", frozenset()) if item in items)


def _gathered(scale: Node, scales: tuple[Node, ...], key: str, above: frozenset[str]) -> tuple[str, ...]:
    if key in scale:
        return tuple(scale[key])
    name = scale.get("id", "")
    if name in above:
        return ()
    parts = [part for part in scales if part.get("parent") == name]
    return tuple(dict.fromkeys(item for part in parts for item in _gathered(part, scales, key, above | {name})))


def fingerprint(structure: Node, base: str, texts: Mapping[str, Words]) -> str:
    """Return a short hash of every word and code.

    Spacing, the order of keys, the number of files, and whether a rule or a text is written out or left at its default do
    not count.
    """
    scales = structure.get("scales", [])
    offered = [
        [member["id"], member["type"], member.get("minimum"), member.get("maximum"),
         [[option["code"], option.get("kind"), option_value(option, member["type"])] for option in member.get("options", [])]]
        for member in structure["response_scales"]
    ]  # fmt: skip
    sections = [
        [section["id"], section.get("show_if"), section.get("optional", False), section.get("special_category", False),
         [[item["id"], item["response_scale"], item.get("show_if"), item.get("short_form", False), item.get("required", False)]
          for item in section["items"]]]
        for section in structure["sections"]
    ]  # fmt: skip
    scored = [
        [scale["id"], items_of_scale(scale, scales), sorted(reversed_of_scale(scale, scales)), min_answered(scale, scales),
         scale.get("parent")]
        for scale in scales
    ]  # fmt: skip

    def name(path: tuple[str, ...]) -> str:
        """Return the id or code that stands where there is no text."""
        return structure["id"] if len(path) == 1 else path[-2] if path[-1] in ("title", "name") else path[-1]

    places = sorted(expected_texts(structure))
    words = {
        language: [
            [*path, " ".join(said[path].split())] for path in places if said.get(path, "") not in ("", name(path))
        ]
        for language, said in texts.items()
    }
    whole = json.dumps([structure["id"], base, offered, sections, scored, words], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(whole.encode()).hexdigest()[:FINGERPRINT_LENGTH]


def min_answered(scale: Node, scales: Iterable[Node]) -> int:
    """Return how many items must be answered for a score: as said, else half, rounded up."""
    said = scale.get("min_answered")
    return int(said) if said is not None else (len(items_of_scale(scale, scales)) + 1) // 2


def _check_codes(member: Node, place: Place, problems: list[Problem], *, signed: bool) -> None:
    met: dict[str, str] = {}
    for option in member.get("options", []):
        code = option.get("code")
        if code is None:
            continue
        where = str(place.at(code))
        if not re.fullmatch(SIGNED_CODE if signed else CODE, code, flags=re.ASCII):
            message = f"The code {code!r} is not one to five letters or digits."
            hint = "Survey tools refuse other codes. (Status published allows a minus in front: -99.)"
            problems.append(Problem("Q-CODE-FORM", where, message, hint))
        number = as_number(code)
        same = code.lower() if number is None else repr(number)
        if same in met:
            message = f"The code {code!r} means the same as {met[same]!r} to many tools."
            problems.append(Problem("Q-CODE-DUPLICATE", where, message, "Give each option its own code."))
        met.setdefault(same, code)


def _check_choices(member: Node, place: Place, problems: list[Problem]) -> None:
    for key in ("minimum", "maximum"):
        if key in member:
            message = f"`{key}` belongs to numbers; this response scale is {member['type']}."
            problems.append(Problem("Q-RANGE", str(place.at(key)), message, f"Remove `{key}`."))
    substantive = [option for option in member.get("options", []) if "kind" not in option]
    needed = 2 if member["type"] == "ordinal" else 1
    if len(substantive) < needed:
        message = f"A response scale that is {member['type']} offers at least {needed} answers in substance."
        problems.append(Problem("Q-OPTIONS", str(place), message, "Add options without a `kind`."))
    for option in member.get("options", []):
        _check_value(option, member["type"], place, problems)
    values = [option_value(option, member["type"]) for option in substantive]
    known = [value for value in values if value is not None]
    rising = sorted(set(known))
    if member["type"] == "ordinal" and len(known) == len(values) and known not in (rising, rising[::-1]):
        message = "The values neither rise nor fall from option to option."
        hint = "Put the options in their order, each with its own value; or use the type nominal."
        problems.append(Problem("Q-VALUE-ORDER", str(place), message, hint))


def option_value(option: Node, response_type: str) -> float | None:
    """Return the number that an option counts for, or ``None``."""
    if "kind" in option or response_type in {"number", "text"}:
        return None
    if "value" in option:
        return float(option["value"])
    code = option.get("code", "")
    plain = re.fullmatch(r"0|-?[1-9]\d*", code, flags=re.ASCII)
    return float(code) if plain and response_type == "ordinal" else None


def _check_value(option: Node, response_type: str, place: Place, problems: list[Problem]) -> None:
    where = str(place.at(option.get("code", "?")))
    if "kind" in option and "value" in option:
        message = f"The option means {option['kind']!r} and yet has a value."
        problems.append(Problem("Q-OPTIONS", where, message, "Remove the `value` or the `kind`."))
    elif response_type == "ordinal" and "kind" not in option and option_value(option, "ordinal") is None:
        message = "An ordered option whose code is no plain number needs a value."
        problems.append(Problem("Q-OPTIONS", where, message, "Add `value:` with the number it counts for."))


def _check_entry(member: Node, place: Place, problems: list[Problem]) -> None:
    for option in member.get("options", []):
        if "kind" not in option:
            message = f"The options of a {member['type']} are its non-answers only, and this one has no kind."
            hint = "Add `kind:` (dont_know, refused, not_applicable, blank)."
            problems.append(Problem("Q-OPTIONS", str(place.at(option.get("code", "?"))), message, hint))
    low, high = member.get("minimum"), member.get("maximum")
    if member["type"] == "text" and (low is not None or high is not None):
        problems.append(Problem("Q-RANGE", str(place), "A text has no range.", "Remove `minimum` and `maximum`."))
    elif low is not None and high is not None and low >= high:
        problems.append(Problem("Q-RANGE", str(place), "The minimum is not below the maximum.", "Correct the two."))
    elif member["type"] == "number":
        _check_collisions(member, place, problems)


def _check_collisions(member: Node, place: Place, problems: list[Problem]) -> None:
    low, high = member.get("minimum", float("-inf")), member.get("maximum", float("inf"))
    for option in member.get("options", []):
        number = as_number(option.get("code", ""))
        if number is not None and low <= number <= high:
            message = f"The code {option['code']!r} could also be a real answer: it lies in the allowed range."
            hint = "Give `minimum` and `maximum` so that the code lies outside, or choose another code."
            problems.append(Problem("Q-RANGE", str(place.at(option["code"])), message, hint))


def _check_item_id(item: Node, place: Place, met: dict[str, str], problems: list[Problem]) -> None:
    name = item.get("id")
    if name is None:
        return
    if name.lower() in met:
        message = f"The item {name!r} is there twice (also as {met[name.lower()]!r}; capitals do not count)."
        problems.append(Problem("Q-ID-DUPLICATE", str(place), message, "Give one of them another id."))
    if name.lower() == "simulated":
        message = "A column `simulated` marks answers that were made up; no item may have that name."
        problems.append(Problem("Q-ID-FORM", str(place), message, "Choose another id."))
    met.setdefault(name.lower(), name)


def _check_special_category(section: Node, place: Place, problems: list[Problem]) -> None:
    if not section.get("special_category"):
        return
    if not section.get("reason"):
        message = "Special-category data (GDPR, article 9) are asked for without a reason."
        problems.append(Problem("Q-SPECIAL-CATEGORY", str(place), message, "Add `reason:` with why they are needed."))
    if not section.get("optional"):
        message = "A section with special-category data (GDPR, article 9) must be optional."
        problems.append(Problem("Q-SPECIAL-CATEGORY", str(place), message, "Add `optional: yes`."))


def _check_parent(scale: Node, by_id: Mapping[str, Node], place: Place, problems: list[Problem]) -> bool:
    parent = scale.get("parent")
    if parent is None:
        return True
    if parent not in by_id:
        message = f"There is no scale {parent!r}.{did_you_mean(parent, by_id)}"
        problems.append(
            Problem("Q-PARENT", str(place.at("parent")), message, "Name another scale, or leave `parent` out.")
        )
        return True
    chain, above = {scale.get("id")}, parent
    while above in by_id and above not in chain:
        chain.add(above)
        above = by_id[above].get("parent")
    if above != scale.get("id"):
        return True
    message = "The parents lead round in a circle back to this scale."
    problems.append(Problem("Q-PARENT", str(place.at("parent")), message, "Take the `parent` from one of them."))
    return False


def _check_members(
    scale: Node, scales: Sequence[Node], asked: Mapping[str, Asked], place: Place, problems: list[Problem]
) -> None:
    items = items_of_scale(scale, scales)
    if not items:
        hint = "Add `items:`, or let other scales name this one as their `parent`."
        problems.append(Problem("Q-KEY-MISSING", str(place), "The scale has no items and no dimensions.", hint))
        return
    for item in scale.get("items", []):
        _check_member(item, asked, place.at("items", item), problems)
    for item in sorted({item for item in items if items.count(item) > 1}):
        message = f"The item {item!r} counts twice in this scale."
        problems.append(Problem("Q-ID-DUPLICATE", str(place.at("items", item)), message, "Name it once."))
    for item in scale.get("reversed", []):
        if item not in items:
            message = f"The item {item!r} is reversed here but is not in the scale.{did_you_mean(item, items)}"
            hint = "Reverse only items of this scale."
            problems.append(Problem("Q-REVERSED-NOT-IN-SCALE", str(place.at("reversed", item)), message, hint))
    _check_min_answered(scale, len(set(items)), place.at("min_answered"), problems)
    ranges = {limits for item in items if item in asked and (limits := asked[item].limits) is not None}
    if len(ranges) > 1:
        shown = ", ".join(f"{low:g} to {high:g}" for low, high in sorted(ranges))
        message = f"The items have different ranges ({shown}), so their mean would weigh them unequally."
        problems.append(Problem("Q-SCALE-RANGE", str(place), message, "Make one scale for each range."))
    _check_short_form(scale, scales, asked, place, problems)


def _check_member(item: str, asked: Mapping[str, Asked], place: Place, problems: list[Problem]) -> None:
    if item not in asked:
        message = f"There is no item {item!r}.{did_you_mean(item, asked)}"
        problems.append(Problem("Q-SCALE-UNKNOWN-ITEM", str(place), message, "Name items that stand under `sections`."))
        return
    found = asked[item]
    if found.type in {"nominal", "text"} or (found.type == "number" and found.limits is None):
        kind = "a number without a range" if found.type == "number" else found.type
        message = f"A scale is made of ordinal items or numbers with a range, and {item!r} is {kind}."
        problems.append(Problem("Q-SCALE-TYPE", str(place), message, "Leave it out, or change its response scale."))


def _check_short_form(
    scale: Node, scales: Sequence[Node], asked: Mapping[str, Asked], place: Place, problems: list[Problem]
) -> None:
    """Warn of short-form items that count in no score. A dimension's items may count in its parent, or the other way."""
    items = items_of_scale(scale, scales)
    short = {item for item in items if item in asked and asked[item].short_form}
    counted = {item for one in scales for item in _scored_in_short(items_of_scale(one, scales), one, asked)}
    if "parent" not in scale and short - counted:
        message = f"The short form has {len(short)} of its {len(items)} items, too few for a score."
        hint = "Mark more items, or lower `min_answered`."
        problems.append(Problem("Q-SHORT-FORM", str(place), message, hint, "warning"))


def _scored_in_short(items: Sequence[str], scale: Node, asked: Mapping[str, Asked]) -> list[str]:
    short = [item for item in items if item in asked and asked[item].short_form]
    needed = as_number(scale.get("min_answered", "")) or (len(items) + 1) // 2
    return short if len(short) >= needed else []


def _check_min_answered(scale: Node, count: int, place: Place, problems: list[Problem]) -> None:
    said = scale.get("min_answered")
    if said is not None and not (re.fullmatch(r"\d+", said, flags=re.ASCII) and 1 <= int(said) <= count):
        message = f"The scale has {count} item{'s' if count > 1 else ''}, and {said!r} of them must be answered."
        hint = f"Write a whole number from 1 to {count}."
        problems.append(Problem("Q-MIN-ANSWERED", str(place), message, hint))
