"""Page after page until all are there: nobody twice, nobody left out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trustmeter.exchange.pulling.faults import incomplete, no_answers_yet, repeated

Record = Mapping[str, Any]
Progress = Callable[[float], None]
_ROUNDS = 3
_MOST_STALE = 3
"""After so many pages on which nobody is new, the server does not turn its pages."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of answers.

    Parameters
    ----------
    records
        The answers.
    total
        How many there are on all pages, as the server says.
    more
        Whether the server says that there is another page.
    """

    records: Sequence[Record]
    total: int
    more: bool


def gathered(
    page_at: Callable[[int], Page], number_of: Callable[[Record], Hashable], where: str, progress: Progress | None
) -> list[Record]:
    """Return all records of pages that begin at a place.

    An answer that comes in or goes while pages are read shifts the rest: nobody is taken twice, and where somebody may
    have been missed, all is read again.

    Raises
    ------
    ResponsesError
        When a page comes again and again, when some stay missing, or when there is none.
    """
    found: dict[Hashable, Record] = {}
    total = 0
    for _ in range(_ROUNDS):
        total = _one_round(page_at, number_of, found, where, progress)
        if len(found) >= total:
            break
    if not found:
        raise no_answers_yet(where)
    if len(found) < total:
        raise incomplete(where, total, len(found))
    return list(found.values())


def _one_round(
    page_at: Callable[[int], Page],
    number_of: Callable[[Record], Hashable],
    found: dict[Hashable, Record],
    where: str,
    progress: Progress | None,
) -> int:
    start, stale = 0, 0
    seen: set[Hashable] = set()
    while True:
        page = page_at(start)
        numbers = {number_of(record): record for record in page.records}
        stale = stale + 1 if seen.issuperset(numbers) else 0
        if stale >= _MOST_STALE and page.more:
            raise repeated(where)
        found |= numbers
        seen |= set(numbers)
        start += len(page.records)
        if progress is not None and page.total:
            progress(min(1.0, len(found) / page.total))
        if not page.more:
            return page.total
