"""LimeSurvey's RemoteControl 2, through citric: answers by ranges of their numbers, so that no page is too large."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from trustmeter.errors import MissingExtraError, ResponsesError
from trustmeter.exchange.pulling.access import Access
from trustmeter.exchange.pulling.faults import (
    Passing,
    fault,
    incomplete,
    login_refused,
    no_answers_yet,
    no_data,
    not_there,
)
from trustmeter.exchange.pulling.paging import Progress, Record
from trustmeter.exchange.pulling.patience import patiently
from trustmeter.exchange.pulling.web import bound, meaning_of, silent

_INSTALL = "Fetching from LimeSurvey needs the package 'citric', which is not installed. Run: pip install \"trustmeter[limesurvey]\""
_ENDPOINTS = ("index.php/admin/remotecontrol", "index.php?r=admin/remotecontrol")
_LARGEST_NUMBER = 2**31


def records_of_limesurvey(access: Access, survey: int, page: int, progress: Progress | None) -> list[Record]:
    """Return all answers to a survey, finished or not; a question that was never shown is ``None``.

    Raises
    ------
    ResponsesError
        When they cannot be fetched.
    MissingExtraError
        When citric is not installed.
    """
    with silent("citric"):
        client = _client(access)
        source = _Source(client, access, survey)
        try:
            return _all(source, page, progress)
        finally:
            source.leave()


class _Source:
    """One survey at one server, asked patiently."""

    def __init__(self, client: Any, access: Access, survey: int) -> None:
        self.client, self.access, self.survey = client, access, survey

    def total(self) -> int | None:
        """Return how many answers there are; ``None`` where this LimeSurvey does not tell it of an active survey."""
        summary = self._ask(lambda: self.client.get_summary(self.survey))
        if isinstance(summary, dict) and str(summary.get("full_responses")).isdecimal():
            return int(summary["full_responses"])
        told = self._ask(lambda: self.client.get_survey_properties(self.survey, ["active"]))
        if isinstance(told, dict) and told.get("active") == "Y":
            return None
        message = f"Survey {self.survey} is not active: it takes no answers."
        raise fault("R-PULL-INACTIVE", self.access.host, message, "Activate it, or give another number.")

    def between(self, first: int | None, last: int | None) -> dict[int, Record]:
        """Return the answers whose numbers lie between two, by number."""

        def export() -> bytes:
            content: bytes = self.client.export_responses(
                self.survey, file_format="json", from_response_id=first, to_response_id=last
            )
            return content

        content, host = self._ask(export), self.access.host
        return {} if content is None else {_number(record, host): record for record in _records(content, host)}

    def leave(self) -> None:
        """Give the session back; a server that is gone by now is left alone."""
        try:
            self.client.close()
        except Exception:
            return

    def _ask(self, call: Any) -> Any:
        access, what = self.access, f"survey {self.survey}"
        return patiently(_empty_is_none(call), lambda error: _meaning(error, access, what), access.host)


def _all(source: _Source, page: int, progress: Progress | None) -> list[Record]:
    """Return all answers: ranges of numbers in order, wider ones where numbers are missing, until all are there."""
    total = source.total()
    found = source.between(None, None) if total is None else {}
    if not found and not total:
        raise no_answers_yet(source.access.host)
    first, width = 1, page
    while total is not None and len(found) < total and first < _LARGEST_NUMBER:
        records = source.between(first, first + width - 1)
        found |= records
        first += width
        width = width * 2 if len(records) * 2 < page else max(page, width // 2) if len(records) > page else width
        if progress is not None:
            progress(min(1.0, len(found) / total))
    if total is not None and len(found) < total and len(found) < (told := source.total() or 0):
        raise incomplete(source.access.host, told, len(found))
    return [found[number] for number in sorted(found)]


def _empty_is_none(call: Any) -> Any:
    """Return a call that gives ``None`` where LimeSurvey says that a range holds no answers."""
    from citric.exceptions import LimeSurveyStatusError

    def asked() -> Any:
        try:
            return call()
        except LimeSurveyStatusError as error:
            if str(error).startswith("No Data"):
                return None
            raise

    return asked


def _records(content: bytes, where: str) -> list[Record]:
    try:
        given = json.loads(content.decode("utf-8-sig")) if content.strip() else {"responses": []}
    except (UnicodeDecodeError, ValueError):
        raise no_data(where) from None
    records = given.get("responses") if isinstance(given, dict) else None
    records = list(records.values()) if isinstance(records, dict) else records
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise no_data(where)
    return [_unwrapped(one) for one in records]


def _unwrapped(record: Mapping[str, Any]) -> Record:
    """Return a record of an older LimeSurvey, which stands under its number."""
    inner = next(iter(record.values())) if len(record) == 1 else None
    return inner if isinstance(inner, dict) else record


def _number(record: Record, where: str) -> int:
    try:
        return int(record["id"])
    except (KeyError, TypeError, ValueError):
        raise no_data(where) from None


def _client(access: Access) -> Any:
    try:
        from citric import Client
        from citric.exceptions import InvalidJSONResponseError
    except ImportError:
        raise MissingExtraError(_INSTALL) from None
    if "remotecontrol" in access.server:
        endpoints = [access.server]
    else:
        endpoints = [f"{access.server.removesuffix('/index.php')}/{end}" for end in _ENDPOINTS]
    for endpoint in endpoints[:-1]:
        try:
            return patiently(_enter(Client, endpoint, access), lambda error: _unless_page(error, access), access.host)
        except InvalidJSONResponseError:
            continue
    return patiently(
        _enter(Client, endpoints[-1], access), lambda error: _meaning(error, access, "survey"), access.host
    )


def _enter(client: Any, endpoint: str, access: Access) -> Any:
    """Return the call that logs in."""
    import requests

    session = bound(requests.Session(), access)
    return lambda: client(endpoint, access.user, access.secret, requests_session=session)


def _unless_page(error: Exception, access: Access) -> Passing | ResponsesError | None:
    """Return what an exception means; ``None`` for a page for people: addresses may be written in another way there."""
    from citric.exceptions import InvalidJSONResponseError

    return None if isinstance(error, InvalidJSONResponseError) else _meaning(error, access, "survey")


def _meaning(error: Exception, access: Access, what: str) -> Passing | ResponsesError | None:
    from citric import exceptions

    if isinstance(error, exceptions.LimeSurveyStatusError):
        return _of_status(str(error), access, what)
    if isinstance(error, exceptions.RPCInterfaceNotEnabledError):
        message = "LimeSurvey's interface for programs is switched off."
        hint = "An administrator switches it on: Global settings, Interfaces, JSON-RPC."
        return fault("R-PULL-SHAPE", access.host, message, hint)
    found = meaning_of(error, access, what)
    others = (exceptions.LimeSurveyError, exceptions.ResponseMismatchError, ValueError, TypeError, KeyError)
    return no_data(access.host) if found is None and isinstance(error, others) else found


def _of_status(status: str, access: Access, what: str) -> ResponsesError:
    """Return what LimeSurvey's own sentence means; the sentence itself is not repeated."""
    said = status.casefold()
    if any(word in said for word in ("user name", "password", "session key", "permission", "login")):
        return login_refused(access.host, access.names)
    if "invalid survey" in said or "survey id" in said:
        return not_there(access.host, what)
    message = "LimeSurvey refuses, for a reason that we do not know."
    return fault("R-PULL-SERVER", access.host, message, "Try the export in LimeSurvey itself.")
