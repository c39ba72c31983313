"""The session that the clients of LimeSurvey and ODK Central speak through: patient only as we are, sent on nowhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from trustmeter.errors import ResponsesError
from trustmeter.exchange.pulling.access import Access
from trustmeter.exchange.pulling.faults import Passing, fault, no_data, of_status, seconds_of
from trustmeter.exchange.pulling.patience import TIMEOUT


def bound(session: Any, access: Access) -> Any:
    """Return a session of the package `requests` with our time limit, that follows no redirection and tries once."""
    from requests.adapters import HTTPAdapter

    class Adapter(HTTPAdapter):
        def send(self, *args: Any, **kwargs: Any) -> Any:
            kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT
            return super().send(*args, **kwargs)

    for scheme in ("https://", "http://"):
        session.mount(scheme, Adapter(max_retries=0))
    session.max_redirects = 0
    session.trust_env = not access.local
    return session


@contextmanager
def silent(*loggers: str) -> Iterator[None]:
    """Keep clients from logging what a server answers: it may hold what people said."""
    levels = {name: logging.getLogger(name).level for name in loggers}
    for name in loggers:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def meaning_of(error: Exception, access: Access, what: str) -> Passing | ResponsesError | None:
    """Return what an exception of `requests` means; ``None`` for one of another kind."""
    import requests

    response = getattr(error, "response", None)
    if isinstance(error, requests.exceptions.TooManyRedirects):
        return of_status(302, access.host, what, access.names)
    if isinstance(error, requests.exceptions.SSLError):
        message = "The server's certificate is not valid."
        return fault("R-PULL-CERTIFICATE", access.host, message, "Do not go on; ask who keeps the server.")
    if isinstance(error, requests.exceptions.HTTPError) and response is not None:
        return of_response(response, access, what)
    if isinstance(error, requests.exceptions.InvalidJSONError):
        return no_data(access.host)
    if isinstance(error, requests.exceptions.RequestException):
        return Passing("the server could not be reached, or took too long")
    return None


def of_response(response: Any, access: Access, what: str) -> Passing | ResponsesError:
    """Return what the status of a response means."""
    after = seconds_of(response.headers.get("Retry-After"))
    return of_status(int(response.status_code), access.host, what, access.names, after)
