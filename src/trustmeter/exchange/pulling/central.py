"""ODK Central, through its own client, pyodk: nothing is kept on the disk, neither settings nor the session's token."""

from __future__ import annotations

from typing import Any

from trustmeter.errors import MissingExtraError, ResponsesError
from trustmeter.exchange.pulling.access import Access
from trustmeter.exchange.pulling.faults import Passing, no_data
from trustmeter.exchange.pulling.paging import Page, Progress, Record, gathered
from trustmeter.exchange.pulling.patience import patiently
from trustmeter.exchange.pulling.web import bound, meaning_of, of_response, silent

_INSTALL = (
    "Fetching from ODK Central needs the package 'pyodk', which is not installed. Run: pip install \"trustmeter[odk]\""
)


def records_of_central(access: Access, project: int, form: str, page: int, progress: Progress | None) -> list[Record]:
    """Return all submissions of a form.

    Raises
    ------
    ResponsesError
        When they cannot be fetched.
    MissingExtraError
        When pyodk is not installed.
    """
    client = _client(access)
    what = f"form {form!r} in project {project}"

    def page_at(start: int) -> Page:
        got = patiently(
            lambda: client.submissions.get_table(form, project, "Submissions", skip=start, top=page, count=True),
            lambda error: _meaning(error, access, what),
            access.host,
        )
        return _page(got, start, access.host)

    with silent("pyodk"), client.session:
        return gathered(page_at, lambda record: str(record["__id"]), access.host, progress)


def _client(access: Access) -> Any:
    try:
        from pyodk.client import Client, Session, cfg
    except ImportError:
        raise MissingExtraError(_INSTALL) from None
    session = Session(access.server, "v1", access.user, access.secret, cache_path=None)
    config = cfg.Config(cfg.CentralConfig(access.server, access.user, access.secret))
    return Client(config=config, session=bound(session, access))


def _page(got: Any, start: int, where: str) -> Page:
    records = got.get("value") if isinstance(got, dict) else None
    if not isinstance(records, list) or not all(isinstance(one, dict) and "__id" in one for one in records):
        raise no_data(where)
    total = got.get("@odata.count")
    total = total if isinstance(total, int) else start + len(records)
    more = bool(records) and (bool(got.get("@odata.nextLink")) or start + len(records) < total)
    return Page([_without_senders(one) for one in records], total, more)


def _without_senders(record: Record) -> Record:
    """Return a record as exports write it, without who sent it and from which device."""
    told = record.get("__system")
    state = told.get("reviewState") if isinstance(told, dict) else None
    kept = {name: value for name, value in record.items() if name != "__system"}
    return {**kept, "ReviewState": state or ""}


def _meaning(error: Exception, access: Access, what: str) -> Passing | ResponsesError | None:
    from pyodk.errors import PyODKError

    if isinstance(error, PyODKError):
        response = next((one for one in error.args if hasattr(one, "status_code")), None)
        return no_data(access.host) if response is None else of_response(response, access, what)
    found = meaning_of(error, access, what)
    return no_data(access.host) if found is None and isinstance(error, (ValueError, TypeError)) else found
