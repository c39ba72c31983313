"""Trying again: a few times, with longer and longer pauses, or for as long as the server asks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from trustmeter.errors import ResponsesError
from trustmeter.exchange.pulling.faults import Passing, fault

TRIES = 5
SHORTEST_PAUSE = 1.0
LONGEST_PAUSE = 120.0
TIMEOUT = 60.0
"""Seconds after which a server that says nothing is given up, each time."""

Got = TypeVar("Got")
Meaning = Callable[[Exception], Passing | ResponsesError | None]


def patiently(get: Callable[[], Got], meaning: Meaning, where: str) -> Got:
    """Return what a call returns; call again as long as what goes wrong may be passing.

    What was raised is never chained to what is raised: it may hold a password.

    Parameters
    ----------
    get
        The call, which may be made again without harm.
    meaning
        Says of an exception whether it passes, or what to raise; ``None`` for one that is none of ours.
    where
        What is told as the place.

    Raises
    ------
    ResponsesError
        When it is final, or was tried often enough.
    """
    pause, last = SHORTEST_PAUSE, Passing("nothing was tried")
    for attempt in range(TRIES):
        try:
            return get()
        except Exception as error:
            found = meaning(error)
            if found is None:
                raise
        if not isinstance(found, Passing):
            raise found
        last = found
        wanted = pause if found.after is None else max(found.after, 0.0)
        if wanted > LONGEST_PAUSE:
            message = f"The server asks to wait {wanted:.0f} seconds."
            raise fault("R-PULL-BUSY", where, message, "Try again later, or ask for fewer answers at a time.")
        if attempt < TRIES - 1:
            time.sleep(wanted)
        pause *= 2
    hint = "Check the address and the network, and try again later."
    raise fault("R-PULL-UNREACHABLE", where, f"Tried {TRIES} times, and {last.what}.", hint)
