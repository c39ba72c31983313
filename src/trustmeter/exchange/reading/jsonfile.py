"""Answers in JSON: LimeSurvey, KoboToolbox, ODK Central, and plain lists of records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trustmeter.errors import Problem
from trustmeter.exchange.reading.foreign import form_of_json
from trustmeter.exchange.reading.guard import no_answers, refusal
from trustmeter.responses.word import NEVER_SHOWN

_LISTS = ("responses", "results", "submissions", "value", "answers")
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Fetched:
    """Answers as a survey tool's server handed them out, all pages together.

    Parameters
    ----------
    name
        Where they are from, for sentences.
    people
        One record a person.
    """

    name: str
    people: Sequence[Mapping[str, Any]] = field(repr=False)


def records_of_json(content: bytes, name: str) -> tuple[list[list[str]], list[Problem]]:
    """Return the records of a JSON file, the header first; groups become paths such as ``group/item``.

    A key that is there with ``null`` was never shown; a key that is not there is an empty cell.

    Raises
    ------
    ResponsesError
        When it is no JSON, holds no answers, or holds one page of several.
    """
    try:
        given = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        message = "This is no JSON that can be read: it is damaged, cut off, or of another kind."
        raise refusal("R-FILE-UNREADABLE", name, message, "Export or download it again.") from None
    what = form_of_json(given)
    if what:
        no_answers(name, what)
    people = _people(given)
    if people is None:
        no_answers(name, "JSON without a list of records")
    if isinstance(given, dict) and (given.get("next") or given.get("@odata.nextLink")):
        message = f"The file holds one page of {len(people)} answers, and says that more follow."
        raise refusal("R-FILE-PAGE", name, message, "Download all pages, or export the answers as CSV or Excel.")
    return records_of_people(people, name), []


def records_of_people(people: Sequence[Mapping[str, Any]], name: str) -> list[list[str]]:
    """Return records, the header first.

    Raises
    ------
    ResponsesError
        When there is none.
    """
    flat = [dict(_flat(person)) for person in people]
    headings = list(dict.fromkeys(heading for person in flat for heading in person))
    if not headings:
        raise refusal("R-FILE-EMPTY", name, "There is no answer in the file.", "Export the answers again.")
    return [headings, *([person.get(heading, "") for heading in headings] for person in flat)]


def _people(given: Any) -> list[Mapping[str, Any]] | None:
    found = given
    if isinstance(given, Mapping):
        found = next((given[name] for name in _LISTS if isinstance(given.get(name), (list, dict))), None)
    if isinstance(found, Mapping):
        found = list(found.values())
    if not isinstance(found, list) or not all(isinstance(person, Mapping) for person in found):
        return None
    return [_unwrapped(person) for person in found]


def _unwrapped(person: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a record of an older LimeSurvey, which stands under its number."""
    inner = next(iter(person.values())) if len(person) == 1 else None
    return inner if isinstance(inner, Mapping) else person


def _flat(value: Mapping[str, Any], path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    for key, inner in value.items():
        here = f"{path}{key}"
        if isinstance(inner, Mapping) and depth < _DEEPEST:
            yield from _flat(inner, f"{here}/", depth + 1)
        elif isinstance(inner, Sequence) and not isinstance(inner, str):
            if all(isinstance(one, (str, int, float)) for one in inner):
                yield here, " ".join(map(_text, inner))
        elif not isinstance(inner, Mapping):
            yield here, NEVER_SHOWN if inner is None else _text(inner)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
