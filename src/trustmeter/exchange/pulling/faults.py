"""What goes wrong on the way, in sentences of our own: nothing that a server or a client says is repeated."""

from __future__ import annotations

from dataclasses import dataclass

from trustmeter.errors import Problem, ResponsesError

PASSING = frozenset({408, 425, 429, 502, 503, 504})
"""Answers of a server that is busy, and may not be in a while."""


@dataclass(frozen=True, slots=True)
class Passing:
    """A fault that may be over the next time.

    Parameters
    ----------
    what
        What happened, as the end of a sentence.
    after
        How many seconds the server asks to wait; ``None`` where it asks nothing.
    """

    what: str
    after: float | None = None


def fault(code: str, where: str, message: str, hint: str) -> ResponsesError:
    """Return the error for answers that could not be fetched."""
    return ResponsesError("The answers could not be fetched.", [Problem(code, where, message, hint)])


def login_refused(where: str, names: str) -> ResponsesError:
    """Return the error for a wrong name, password or token."""
    message = (
        "The server does not let us in: the name, the password or the token is wrong, or may not read this survey."
    )
    return fault("R-PULL-LOGIN", where, message, f"Check {names}, and what that account may read.")


def not_there(where: str, what: str) -> ResponsesError:
    """Return the error for a survey that the server does not know."""
    return fault(
        "R-PULL-ABSENT", where, f"The server has no {what} for this account.", "Check its name and the address."
    )


def no_data(where: str) -> ResponsesError:
    """Return the error for an answer that is a page for people, or cut off."""
    message = "The server answered with something else than data: a page for people, or a text that was cut off."
    hint = "Check the address, and that the server's interface for programs is switched on."
    return fault("R-PULL-SHAPE", where, message, hint)


def no_answers_yet(where: str) -> ResponsesError:
    """Return the error for a survey that nobody has answered."""
    return fault("R-FILE-EMPTY", where, "There is no answer yet.", "Try again when people have answered.")


def repeated(where: str) -> ResponsesError:
    """Return the error for a server that gives the same page again."""
    message = "The server gives the same page of answers again and again."
    return fault(
        "R-PULL-REPEAT", where, message, "Export the answers to a file there, and read that with `read_responses`."
    )


def incomplete(where: str, told: int, found: int) -> ResponsesError:
    """Return the error for fewer answers than the server says it has."""
    message = f"The server says that it has {told} answers, and gave {found}."
    return fault("R-PULL-INCOMPLETE", where, message, "Try again when nobody deletes answers there.")


def of_status(status: int, where: str, what: str, names: str, after: float | None = None) -> Passing | ResponsesError:
    """Return what an HTTP status means: to wait, or to stop."""
    if status in PASSING:
        return Passing(f"the server is busy (HTTP {status})", after)
    if status in {401, 403}:
        return login_refused(where, names)
    if status in {404, 410}:
        return not_there(where, what)
    if 300 <= status < 400:
        message = f"The server sends us on to another address (HTTP {status}), which we do not follow with a password."
        return fault(
            "R-PULL-MOVED", where, message, "Give the address that the browser shows after it has been sent on."
        )
    message = f"The server failed (HTTP {status})."
    return fault("R-PULL-SERVER", where, message, "Look into the server's own log, or ask who keeps it.")


def seconds_of(header: str | None) -> float | None:
    """Return the seconds that a ``Retry-After`` asks to wait; a date, which few servers send, says nothing to us."""
    return float(header) if header is not None and header.strip().isdecimal() else None
