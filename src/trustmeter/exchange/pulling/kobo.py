"""KoboToolbox: version 2 of its interface, with nothing but Python's own library."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlencode

from trustmeter.errors import ResponsesError
from trustmeter.exchange.pulling.access import Access
from trustmeter.exchange.pulling.faults import Passing, no_data, of_status, seconds_of
from trustmeter.exchange.pulling.paging import Page, Progress, Record, gathered
from trustmeter.exchange.pulling.patience import TIMEOUT, patiently

MOST = 1000
"""So many answers Kobo gives at most on one page."""


class _StayHere(urllib.request.HTTPRedirectHandler):
    """A token goes to no other address than the one that was given."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing: the answer then counts as an error."""


def records_of_kobo(access: Access, survey: str, page: int, progress: Progress | None) -> list[Record]:
    """Return all submissions of a project (an asset).

    Raises
    ------
    ResponsesError
        When they cannot be fetched.
    """
    opener = _opener(access)
    size = min(page, MOST)

    def page_at(start: int) -> Page:
        told = {"format": "json", "start": start, "limit": size, "sort": '{"_id": 1}'}
        address = f"{access.server}/api/v2/assets/{quote(survey, safe='')}/data/?{urlencode(told)}"
        request = urllib.request.Request(  # noqa: S310 — the address was checked: https, or this machine
            address, headers={"Authorization": f"Token {access.secret}", "Accept": "application/json"}
        )
        got = patiently(lambda: _asked(opener, request), lambda error: _meaning(error, access, survey), access.host)
        return _page(got, access.host)

    return gathered(page_at, lambda record: str(record.get("_id", record.get("_uuid"))), access.host, progress)


def _opener(access: Access) -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_StayHere(), *([urllib.request.ProxyHandler({})] if access.local else []))


def _asked(opener: urllib.request.OpenerDirector, request: urllib.request.Request) -> Any:
    with opener.open(request, timeout=TIMEOUT) as answer:
        return json.loads(answer.read().decode("utf-8"))


def _page(got: Any, where: str) -> Page:
    """Return a page; each record under its own number, so that none can be taken twice."""
    records = got.get("results") if isinstance(got, dict) else None
    if not isinstance(records, list) or not all(
        isinstance(one, dict) and {"_id", "_uuid"} & set(one) for one in records
    ):
        raise no_data(where)
    total = got.get("count")
    return Page(records, total if isinstance(total, int) else len(records), bool(got.get("next")))


def _meaning(error: Exception, access: Access, survey: str) -> Passing | ResponsesError | None:
    if isinstance(error, urllib.error.HTTPError):
        after = seconds_of(error.headers.get("Retry-After"))
        error.close()
        return of_status(error.code, access.host, f"project {survey!r}", access.names, after)
    if isinstance(error, (urllib.error.URLError, TimeoutError, ConnectionError, HTTPException)):
        return Passing("the server could not be reached, or took too long")
    return no_data(access.host) if isinstance(error, ValueError) else None
