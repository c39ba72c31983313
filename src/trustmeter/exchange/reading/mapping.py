"""Which column is which item, proposed for a person to look at and confirm."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from trustmeter.errors import DesignError, Problem, ResponsesError, unknown_word
from trustmeter.exchange.reading.dialects.forms import items_by_text, likeness
from trustmeter.exchange.reading.headings import Names, names_of, plain
from trustmeter.exchange.reading.tabular import Table, read_table
from trustmeter.options import FORMULA_SIGNS, harmless
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.word import fold

COLUMNS = ("column", "heading", "item", "sure", "why", "confirmed")
_USED = ("column", "heading", "item", "confirmed")
_YES = frozenset({"yes", "y", "1", "true", "ja", "oui", "x"})
_LIKELY = 0.6


@dataclass(frozen=True, eq=False, repr=False)
class ColumnMapping:
    """Which column of a file is which item: a table to look at, to mend and to confirm.

    Parameters
    ----------
    frame
        One row a column: ``column`` (its number), ``heading``, ``item`` (an item's id, or empty: not read), ``sure``
        (from 0 to 1), ``why``, ``confirmed`` (``"yes"`` or empty).
    """

    frame: pd.DataFrame

    def confirm(self, *items: str) -> ColumnMapping:
        """Return the mapping with these items confirmed; without an item's name, all of them."""
        known = set(self.frame["item"]) - {""}
        for item in items:
            if item not in known:
                raise DesignError(unknown_word("item", item, sorted(known), "`ColumnMapping.confirm`"))
        chosen = self.frame["item"].isin(items or known)
        return ColumnMapping(self.frame.assign(confirmed=self.frame["confirmed"].mask(chosen, "yes")))

    def save(self, path: str | Path) -> Path:
        """Write the mapping as CSV for a spreadsheet: mend ``item`` and write *yes* under ``confirmed`` there."""
        target = Path(path)
        safe = self.frame.astype(str).map(harmless)
        try:
            safe.to_csv(target, index=False, encoding="utf-8-sig")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise DesignError(f"{target.name!r} cannot be written: {reason}. Name another file.") from None
        return target

    def __str__(self) -> str:
        read = self.frame[self.frame["item"] != ""]
        done = int((read["confirmed"] == "yes").sum())
        return f"Mapping of {len(self.frame)} columns: {len(read)} are items, {done} of them confirmed"

    __repr__ = __str__


def propose_mapping(
    source: str | Path | pd.DataFrame, questionnaire: Questionnaire, *, sheet: str | None = None
) -> ColumnMapping:
    """Propose which column of a file is which item, for a person to confirm.

    Use it for exports with the questions' texts as headings, as of Microsoft Forms and Google Forms, where somebody
    typed the questions anew. A heading that is an item's id or very text is confirmed already; all others wait for you.

    Parameters
    ----------
    source
        The path of the file, or a frame.
    questionnaire
        What was asked.
    sheet
        The sheet of an Excel file; ``None`` is the first.

    Returns
    -------
    ColumnMapping
        ``frame`` with ``column``, ``heading``, ``item``, ``sure``, ``why``, ``confirmed``; ``confirm()``; ``save(path)``.

    Raises
    ------
    ResponsesError
        When the file cannot be read.

    Examples
    --------
    >>> import pandas as pd, trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust")
    >>> text = trust.item("TR01").text.read("en")
    >>> mapping = tm.propose_mapping(pd.DataFrame({text.replace("police", "polise"): ["Agree"]}), trust)
    >>> mapping.frame["item"].tolist(), mapping.frame["confirmed"].tolist()
    (['TR01'], [''])
    >>> answers = tm.read_responses(pd.DataFrame({text.replace("police", "polise"): ["Agree"]}), trust, mapping=mapping.confirm())
    >>> answers.frame["TR01"].tolist()
    [4]
    """
    if not isinstance(questionnaire, Questionnaire):
        raise DesignError("The second argument of `propose_mapping` must be a questionnaire. Load it first.")
    table, names = read_table(source, sheet=sheet), names_of(questionnaire)
    exact = items_by_text(table, names)
    shared = _in_order(table, names, exact)
    left = {item.id for item in questionnaire.items} - set(exact.values()) - set(shared.values())
    rows = []
    for place, heading in enumerate(table.headings):
        if place in exact:
            record = (exact[place], 1.0, "The heading is the item's id or its very text.", "yes")
        elif place in shared:
            record = (shared[place], 0.5, "Several questions have this text: taken in the order asked.", "")
        else:
            item, share = likeness(heading, names, left)
            near = share >= _LIKELY
            why = "The heading is like the question's text." if near else "Like no question that has no column yet."
            record = (item if near else "", round(share, 2), why, "")
        rows.append((place + 1, heading, *record))
    return ColumnMapping(pd.DataFrame(rows, columns=list(COLUMNS)))


def items_of_mapping(mapping: Any, table: Table, questionnaire: Questionnaire) -> dict[int, str]:
    """Return the item of each column that a confirmed mapping says.

    Raises
    ------
    DesignError
        When it is no mapping.
    ResponsesError
        When rows are not confirmed, name an item that is not there, or a heading that the file does not have.
    """
    frame = mapping.frame if isinstance(mapping, ColumnMapping) else _read(mapping)
    known = {fold(item.id): item.id for item in questionnaire.items}
    items: dict[int, str] = {}
    problems = []
    for column, heading, item, confirmed in zip(*(frame[one].astype(str) for one in _USED), strict=True):
        if not item.strip():
            continue
        where = f"row {heading[:60]!r}"
        place = _place(int(column) - 1, heading, table)
        if fold(item) not in known:
            problems.append(
                Problem("R-MAPPING-ITEM", where, f"{item!r} is no item of {questionnaire.id!r}.", "Mend it.")
            )
        elif place is None:
            problems.append(Problem("R-MAPPING-HEADING", where, "The file has no such heading.", "Propose it anew."))
        elif fold(confirmed) not in _YES:
            hint = "Write *yes* under `confirmed`, or empty `item`."
            problems.append(Problem("R-MAPPING-OPEN", where, f"Proposed as {item}, and not confirmed.", hint))
        else:
            items[place] = known[fold(item)]
    if problems:
        raise ResponsesError("The mapping cannot be used.", problems)
    return items


def _in_order(table: Table, names: Names, exact: dict[int, str]) -> dict[int, str]:
    """Return the items of headings that several questions share, also with the number that Forms adds (``Why?2``)."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, heading in enumerate(table.headings):
        if place not in exact:
            bare = (heading[: -cut or None] for cut in range(3) if heading[len(heading) - cut :].isdigit() or not cut)
            text = next((text for text in map(plain, bare) if text in names.shared), None)
            if text is not None:
                places[text].append(place)
    return {
        place: item
        for text, several in places.items()
        for place, item in zip(several, names.shared[text], strict=False)
    }


def _read(mapping: Any) -> pd.DataFrame:
    if not isinstance(mapping, (str, Path)):
        message = "The `mapping` argument of `read_responses` must be a mapping or the path of one."
        raise DesignError(f"{message} Got a {type(mapping).__name__}. Make one with `propose_mapping`.")
    path = Path(mapping)
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", sep=None, engine="python")
    except (OSError, ValueError):
        raise DesignError(f"The mapping {path.name!r} cannot be read. Save it as CSV in UTF-8.") from None
    if not set(COLUMNS) <= set(frame.columns) or not frame["column"].str.fullmatch("[0-9]{1,6}").all():
        raise DesignError(f"{path.name!r} is no mapping: it needs the columns {', '.join(COLUMNS)}.")
    return frame.map(lambda text: text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA_SIGNS) else text)


def _place(place: int, heading: str, table: Table) -> int | None:
    wanted = plain(heading)
    if 0 <= place < len(table.headings) and plain(table.headings[place]) == wanted:
        return place
    found = [other for other, one in enumerate(table.headings) if plain(one) == wanted]
    return found[0] if len(found) == 1 else None
