"""Which column is which item, role or wave: the shape of a file of answers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import SequenceMatcher

from trustmeter.errors import DesignError, Problem, ResponsesError, did_you_mean
from trustmeter.exchange.reading.tabular import Table
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.check import Finding, name_columns
from trustmeter.responses.model import Roles
from trustmeter.responses.word import fold

SIMULATED = "simulated"
"""The column that says of made-up answers that they are made up."""

_PLACE = "{item}"
_INNER = re.compile(r".*\[([^\[\]]+)\]\s*|.*[/\-._]([A-Za-z][A-Za-z0-9]*)", re.DOTALL)
_FEWEST = 0.1
_ALIKE = 0.75
_ALIKE_WITHOUT_NUMBER = 0.9


@dataclass(frozen=True, slots=True)
class Wave:
    """The columns of one wave: all of a long file, or those of one pattern of a wide file.

    Parameters
    ----------
    name
        The wave's name, or an empty text where the file is long.
    columns
        The place of each item's column.
    own
        The items whose column belongs to this wave alone.
    """

    name: str
    columns: Mapping[str, int]
    own: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands in a table.

    Parameters
    ----------
    waves
        One for a long file, several for a wide one.
    roles
        The place of each role column and kept column, by heading.
    simulated
        The place of the column that marks made-up answers, or ``None``.
    findings
        What was noticed about the columns.
    """

    waves: tuple[Wave, ...]
    roles: Mapping[str, int]
    simulated: int | None
    findings: tuple[Finding, ...]


def lay_out(
    table: Table, questionnaire: Questionnaire, roles: Roles, patterns: Mapping[str, str] | None = None
) -> Layout:
    """Find each item's column, the role columns, and what else there is.

    A heading is an item when it is the item's id or, noted as a warning, when it is the id in another case, the last
    part of a path (``group/TR01``, ``group_TR01``), the part in brackets (``TR[TR01]``), or the question's text in any language.

    Parameters
    ----------
    table
        The file.
    questionnaire
        What was asked.
    roles
        The role columns that the caller named.
    patterns
        For a wide file: for each wave the pattern of its headings.

    Raises
    ------
    ResponsesError
        When (almost) no item is found.
    DesignError
        When a role or a pattern cannot be used.
    """
    _check_patterns(patterns, questionnaire)
    plain, doubled = _match_plain(table, questionnaire, set(roles.columns))
    waves = _match_waves(table, questionnaire, patterns, plain)
    if patterns is not None:
        doubled = _doubled_in_waves(table, waves, doubled)
    _check_shape(waves, table, questionnaire, others=len(roles.columns))
    places = _find_roles(table, roles, {place: item for wave in waves for item, place in wave.columns.items()})
    simulated = next((place for place, heading in enumerate(table.headings) if fold(heading) == SIMULATED), None)
    used = {place for wave in waves for place in wave.columns.values()} | set(places.values())
    used |= table.settled | ({simulated} if simulated is not None else set())
    strangers = [place for place in range(len(table.headings)) if place not in used]
    findings = [
        *(_doubled(table, item, columns) for item, columns in doubled.items()),
        *_doubled_roles(table, places),
        *_otherwise_named(table, waves, patterns),
        *_missing_columns(table, questionnaire, waves, strangers),
    ]
    return Layout(waves, places, simulated, tuple(findings))


def _check_patterns(patterns: Mapping[str, str] | None, questionnaire: Questionnaire) -> None:
    if patterns is None:
        return
    without = [name for name, pattern in patterns.items() if pattern.count(_PLACE) != 1 or pattern == _PLACE]
    if not patterns or without or len(set(patterns.values())) < len(patterns):
        example = questionnaire.items[0].id
        message = "The `wave` argument of `read_responses` must give each wave a pattern of its own in which {item} stands once."
        which = f" Wave {without[0]!r} has no such pattern." if without else ""
        hint = f"Headings such as {example + '_2022'!r} have the pattern '{{item}}_2022'."
        raise DesignError("", [Problem("R-WIDE-PATTERN", "argument wave", message + which, hint)])


def _match_plain(
    table: Table, questionnaire: Questionnaire, taken: set[str]
) -> tuple[dict[str, int], dict[str, list[int]]]:
    """Return the column of each item, and the items that have several."""
    ids = {fold(item.id): item.id for item in questionnaire.items}
    words = {**_texts(questionnaire), **ids}
    direct: dict[str, list[int]] = defaultdict(list)
    indirect: dict[str, list[int]] = defaultdict(list)
    for place, heading in enumerate(table.headings):
        if place in table.items:
            direct[table.items[place]].append(place)
        elif place in table.settled:
            continue
        elif fold(heading) in ids:
            direct[ids[fold(heading)]].append(place)
        elif heading not in taken:
            name = next((words[name] for name in _names_in(heading) if name in words), None)
            if name is not None:
                indirect[name].append(place)
    candidates = {**indirect, **direct}
    exact = {
        item: [place for place in places if table.headings[place] == item or table.items.get(place) == item]
        for item, places in candidates.items()
    }
    chosen = {item: (exact[item] or places)[0] for item, places in candidates.items()}
    return chosen, {item: places for item, places in candidates.items() if len(places) > 1}


def _texts(questionnaire: Questionnaire) -> dict[str, str]:
    """Return the item of each question's text, without texts that several items share."""
    owners: dict[str, set[str]] = defaultdict(set)
    for item in questionnaire.items:
        for text in item.text.by_language.values():
            owners[fold(text)].add(item.id)
    return {text: next(iter(items)) for text, items in owners.items() if text and len(items) == 1}


def _names_in(heading: str) -> Iterator[str]:
    yield fold(heading)
    found = _INNER.fullmatch(heading)
    if found:
        yield fold(found[1] or found[2])


def _match_waves(
    table: Table, questionnaire: Questionnaire, patterns: Mapping[str, str] | None, plain: Mapping[str, int]
) -> tuple[Wave, ...]:
    if patterns is None:
        return (Wave("", plain, tuple(plain)),)
    places = {fold(heading): place for place, heading in reversed([*enumerate(table.headings)])}
    own = {
        name: {
            item.id: places[wanted]
            for item in questionnaire.items
            if (wanted := fold(pattern.replace(_PLACE, item.id))) in places
        }
        for name, pattern in patterns.items()
    }
    empty = [name for name, columns in own.items() if not columns]
    if empty:
        wanted = patterns[empty[0]].replace(_PLACE, questionnaire.items[0].id)
        message = f"No heading fits the pattern of wave {empty[0]!r}: a heading such as {wanted!r} was expected."
        raise DesignError(
            "", [Problem("R-WIDE-ABSENT", "argument wave", message, "Write the pattern as the headings are.")]
        )
    by_wave = {item for columns in own.values() for item in columns}
    common = {item: place for item, place in plain.items() if item not in by_wave}
    return tuple(Wave(name, {**common, **columns}, tuple(columns)) for name, columns in own.items())


def _doubled_in_waves(table: Table, waves: Sequence[Wave], doubled: Mapping[str, list[int]]) -> dict[str, list[int]]:
    """Return the items with several columns in one wave, or, when asked once, in the file."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, heading in enumerate(table.headings):
        places[fold(heading)].append(place)
    own = {item for wave in waves for item in wave.own}
    found = {item: columns for item, columns in doubled.items() if item not in own}
    for wave in waves:
        for item in wave.own:
            columns = places[fold(table.headings[wave.columns[item]])]
            if len(columns) > 1:
                found[item] = columns
    return found


def _check_shape(waves: Sequence[Wave], table: Table, questionnaire: Questionnaire, *, others: int) -> None:
    """Refuse a file in which hardly an item is found, unless hardly anything else is in it either."""
    found = {item for wave in waves for item in wave.columns}
    columns = {place for wave in waves for place in wave.columns.values()}
    if found and (
        len(found) >= _FEWEST * len(questionnaire.items)
        or 2 * len(columns) >= len(table.headings) - others - len(table.settled)
    ):
        return
    message = (
        f"{len(found)} of the {len(questionnaire.items)} items of {questionnaire.id!r} found among "
        f"{len(table.headings)} columns. Headings must be item ids, such as {questionnaire.items[0].id!r}, or the questions' texts."
    )
    if table.tool:
        message += f" By its columns the file comes from {table.tool}."
    hint = "Is this the file of another questionnaire, or is its row of headings missing?"
    if not waves[0].name:
        hint += " Waves side by side are read with `wave={'2022': '{item}_2022', ...}`."
    raise ResponsesError("The answers cannot be read.", [Problem("R-SHAPE", table.name, message, hint)])


def _find_roles(table: Table, roles: Roles, items: Mapping[int, str]) -> dict[str, int]:
    """Return the place of each role column; refuse all that cannot be one, at once."""
    places = {heading: place for place, heading in reversed([*enumerate(table.headings)])}
    problems, seen = [], dict[str, str]()
    for role, heading in _named_roles(roles):
        where = f"argument {role}"
        if heading not in places:
            message = f"{table.name} has no column {heading!r}.{did_you_mean(heading, table.headings)}"
            problems.append(Problem("R-ROLE-ABSENT", where, message, "Give the heading as it stands in the file."))
        elif places[heading] in items:
            message = f"Column {heading!r} is the item {items[places[heading]]}: it is read as answers."
            problems.append(Problem("R-ROLE-ITEM", where, message, "Name a column that is no item, or leave this out."))
        elif heading in seen:
            message = f"Column {heading!r} is named twice, as {seen[heading]} and as {role}."
            problems.append(Problem("R-ROLE-TWICE", where, message, "Give each column one role."))
        seen.setdefault(heading, role)
    if problems:
        raise DesignError(f"The roles given to `read_responses` do not fit {table.name}.", problems)
    return {heading: places[heading] for heading in seen}


def _named_roles(roles: Roles) -> list[tuple[str, str]]:
    single = [(one.name, getattr(roles, one.name)) for one in fields(roles) if one.name != "kept"]
    return [(role, heading) for role, heading in single if heading is not None] + [("keep", one) for one in roles.kept]


def _doubled(table: Table, item: str, places: Sequence[int]) -> Finding:
    where = "columns " + " and ".join(str(place + 1) for place in places)
    named = list(dict.fromkeys(repr(table.headings[place][:60]) for place in places))
    message = f"{len(places)} columns are item {item}: {' and '.join(named)}."
    hint = "Delete or rename all but one. Waves side by side are read with `wave={'2022': '{item}_2022', ...}`."
    return Finding(Problem("R-COLUMN-DUPLICATE", where, message, hint))


def _doubled_roles(table: Table, roles: Mapping[str, int]) -> list[Finding]:
    findings = []
    for heading in roles:
        places = [str(place + 1) for place, other in enumerate(table.headings) if other == heading]
        if len(places) > 1:
            message = f"{len(places)} columns have the heading {heading!r}, which has a role."
            hint = "Delete or rename all but one."
            findings.append(Finding(Problem("R-COLUMN-DUPLICATE", f"columns {' and '.join(places)}", message, hint)))
    return findings


def _otherwise_named(table: Table, waves: Sequence[Wave], patterns: Mapping[str, str] | None) -> list[Finding]:
    taken = {}
    for wave in waves:
        for item, place in wave.columns.items():
            wanted = patterns[wave.name].replace(_PLACE, item) if patterns and item in wave.own else item
            if table.headings[place] != wanted and place not in table.items:
                taken[place] = f"{table.headings[place]!r} as {wanted}"
    if not taken:
        return []
    more = f" and {len(taken) - 5} more" if len(taken) > 5 else ""
    message = f"Read by case, path or text of the question: {', '.join([*taken.values()][:5])}{more}."
    return [Finding(Problem("R-COLUMN-NAME", "headings", message, "Look whether they are meant.", severity="warning"))]


def _missing_columns(
    table: Table, questionnaire: Questionnaire, waves: Sequence[Wave], strangers: Sequence[int]
) -> list[Finding]:
    """Return what is not there, what looks like it under another name, and what nobody asked for."""
    findings = []
    alike: dict[int, str] = {}
    for wave in waves:
        missing = [item.id for item in questionnaire.items if item.id not in wave.columns]
        near = {} if wave.name else _look_alikes(missing, {place: table.headings[place] for place in strangers})
        alike |= near
        lost = [item for item in missing if item not in near.values()]
        if lost:
            named = f"{', '.join(lost[:8])}{f' and {len(lost) - 8} more' if len(lost) > 8 else ''}"
            of_wave = f" in wave {wave.name!r}" if wave.name else ""
            message = f"{len(lost)} of {len(questionnaire.items)} items have no column{of_wave}: {named}."
            hint = "If they were asked, name their columns by the item's id."
            findings.append(Finding(Problem("R-COLUMN-MISSING", "headings", message, hint, severity="warning")))
    for place, item in alike.items():
        heading = table.headings[place]
        message = f"This is no item, and item {item} has no column. Did you mean {item!r}?"
        hint = "Rename the column, or name it in `keep=` if it is something else."
        findings.append(Finding(Problem("R-COLUMN-ALIKE", f"column {heading!r}", message, hint)))
    rest = [table.headings[place] or f"(no heading, column {place + 1})" for place in strangers if place not in alike]
    if rest:
        hint = "Nothing to do, unless you need them: then name them in `keep=`."
        what = (
            "1 column that is no item and has" if len(rest) == 1 else f"{len(rest)} columns that are no items and have"
        )
        message = f"{what} no role: not read."
        findings.append(Finding(Problem("R-COLUMN-UNKNOWN", name_columns(rest), message, hint, severity="warning")))
    return findings


def _look_alikes(missing: Sequence[str], headings: Mapping[int, str]) -> dict[int, str]:
    """Return the headings that are an item's id but for a slip: same numbers, letters much alike."""
    found: dict[int, str] = {}
    for place, heading in headings.items():
        for item in missing:
            needed = _ALIKE if _numbers(item) else _ALIKE_WITHOUT_NUMBER
            similar = SequenceMatcher(None, fold(heading), fold(item)).ratio() >= needed
            if similar and _numbers(heading) == _numbers(item) and item not in found.values():
                found[place] = item
                break
    return found


def _numbers(name: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"[0-9]+", name)]
