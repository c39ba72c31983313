"""Answers come in while the survey runs: fetched from the tool's server, then read as its export is."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from trustmeter.errors import DesignError, unknown_word
from trustmeter.exchange.answers import read_responses
from trustmeter.exchange.pulling.access import access_to
from trustmeter.exchange.pulling.central import records_of_central
from trustmeter.exchange.pulling.kobo import records_of_kobo
from trustmeter.exchange.pulling.limesurvey import records_of_limesurvey
from trustmeter.exchange.reading.jsonfile import Fetched
from trustmeter.options import PullTool, check_option
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.model import Responses

_NOT_HERE = frozenset({"source", "questionnaire", "tool", "sheet", "progress"})
_FETCHING = 0.7
_SPOKEN = {"limesurvey": "LimeSurvey", "odk": "ODK Central", "kobo": "KoboToolbox"}


def pull_responses(
    tool: PullTool,
    questionnaire: Questionnaire,
    *,
    survey: str | int,
    project: int | None = None,
    server: str | None = None,
    page: int = 500,
    progress: Callable[[float], None] | None = None,
    **reading: Any,
) -> Responses:
    """Fetch the answers to a survey from the tool's server, and read them as `read_responses` reads its export.

    Use it while the survey runs, to see who answered and what is missing; and at the end, so that no file of answers
    lies about. Nothing is kept on the disk.

    Parameters
    ----------
    tool
        Whose server it is: ``"limesurvey"`` (RemoteControl 2; extra ``limesurvey``), ``"odk"`` (ODK Central; extra
        ``odk``) or ``"kobo"`` (KoboToolbox; no extra).
    questionnaire
        What was asked.
    survey
        Which survey: the number of LimeSurvey, the form id of ODK, the id of the project (*asset*) in KoboToolbox.
    project
        The number of the project, for ODK Central only.
    server
        The server's address, over https. By default what ``TRUSTMETER_LIMESURVEY_URL``, ``TRUSTMETER_ODK_URL`` or
        ``TRUSTMETER_KOBO_URL`` says.
    page
        So many answers are asked for at a time.
    progress
        Is called with the share that is done, from 0 to 1, for a bar.
    reading
        How it is read, as in `read_responses`: ``respondent``, ``wave``, ``zone``, ``language``, ``mode``, ``keep``,
        ``strict``, ``mapping``, ``unfinished``, ``design``.

    Returns
    -------
    Responses
        As `read_responses` returns them; ``source`` names the tool, the server and the survey.

    Raises
    ------
    ResponsesError
        When they cannot be fetched (codes R-PULL-), or what is wrong with the answers. Neither answers nor secrets are
        in the message, and nothing that the server said.
    DesignError
        When an argument does not fit, when the address is not safe, or when a name, password or token is missing: the
        message names the variable.
    MissingExtraError
        When the package for this tool is not installed.

    Notes
    -----
    Names, passwords and tokens are never arguments. They come from ``TRUSTMETER_LIMESURVEY_USER`` and ``…_PASSWORD``,
    ``TRUSTMETER_ODK_USER`` and ``…_PASSWORD``, ``TRUSTMETER_KOBO_TOKEN`` in the environment, or under these names from
    the system's keyring (extra ``keyring``). A server that is busy is asked again, five times, with longer and longer
    pauses, or as long as it says; redirections are not followed. Nobody is taken twice when answers come in while pages
    are read, and fewer answers than the server says it has are an error. LimeSurvey's null stays *not asked*.

    Examples
    --------
    >>> import trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust")
    >>> tm.pull_responses("kobo", trust, survey="aBcD", server="http://surveys.example.org")
    Traceback (most recent call last):
    trustmeter.errors.DesignError: The server's address (TRUSTMETER_KOBO_URL or `server=`) begins with http://: names and
    answers could be read on the way. Use https://.
    """
    check_option("tool", tool, PullTool, "pull_responses")
    _check_reading(reading)
    told = _checked(tool, survey, project, page)
    if progress is not None and not callable(progress):
        raise DesignError("The `progress` argument of `pull_responses` must be something to call with a share.")
    if not isinstance(questionnaire, Questionnaire):
        message = (
            f"The second argument of `pull_responses` must be a questionnaire. Got a {type(questionnaire).__name__}."
        )
        raise DesignError(message + " Load it first: `trustmeter.load_questionnaire('community-trust')`.")
    access = access_to(tool, server)
    fetching = None if progress is None else lambda share: progress(_FETCHING * share)
    if tool == "limesurvey":
        people = records_of_limesurvey(access, int(told), page, fetching)
    elif tool == "odk":
        people = records_of_central(access, int(project or 0), told, page, fetching)
    else:
        people = records_of_kobo(access, told, page, fetching)
    fetched = Fetched(f"{_SPOKEN[tool]} at {access.host}, survey {told}", people)
    rest = None if progress is None else lambda share: progress(_FETCHING + (1 - _FETCHING) * share)
    found = read_responses(fetched, questionnaire, tool=tool, progress=rest, **reading)
    if progress is not None:
        progress(1.0)
    return found


def _check_reading(reading: dict[str, Any]) -> None:
    known = [name for name in inspect.signature(read_responses).parameters if name not in _NOT_HERE]
    for name in reading:
        if name not in known:
            raise DesignError(unknown_word("argument", name, known, "`pull_responses` for reading"))


def _checked(tool: PullTool, survey: str | int, project: int | None, page: int) -> str:
    """Return the name of the survey as text."""
    told = str(survey).strip()
    if isinstance(survey, bool) or not isinstance(survey, (str, int)) or not told:
        raise DesignError("The `survey` argument of `pull_responses` must be the number or the id of the survey.")
    if tool == "limesurvey" and not told.isdecimal():
        raise DesignError(f"LimeSurvey calls its surveys by a number, such as 123456. Got {told!r} as `survey`.")
    if (tool == "odk") != (project is not None) or isinstance(project, bool) or not isinstance(project, int | None):
        need = (
            "needs the number of its project, such as `project=3`"
            if tool == "odk"
            else "knows no `project`: leave it out"
        )
        raise DesignError(f"A survey of {_SPOKEN[tool]} {need}.")
    if isinstance(page, bool) or not isinstance(page, int) or page < 1:
        raise DesignError("The `page` argument of `pull_responses` must be a whole number of at least 1.")
    return told
