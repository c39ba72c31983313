"""All tools that are known, in the order in which a file is held against them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from trustmeter.errors import ResponsesError
from trustmeter.exchange.reading.dialects import forms, kobo, limesurvey, own, qualtrics, redcap
from trustmeter.exchange.reading.dialects.draft import FINISHED, Draft, without_marks
from trustmeter.exchange.reading.tabular import Table
from trustmeter.options import ReadTool, UnfinishedRows
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.check import count_of
from trustmeter.responses.model import Roles
from trustmeter.responses.word import fold


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one tool's file is told, and made plain."""

    recognises: Callable[[Table], bool]
    translate: Callable[[Draft], None]
    spoken: str = ""
    keeps_marks: bool = False


def _plainly(draft: Draft) -> None:
    """Leave a table as it is."""


DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        "trustmeter": Dialect(own.recognises, own.translate, "trustmeter", keeps_marks=True),
        "limesurvey": Dialect(limesurvey.recognises, limesurvey.translate, "LimeSurvey", keeps_marks=True),
        "qualtrics": Dialect(qualtrics.recognises, qualtrics.translate, "Qualtrics"),
        "kobo": Dialect(kobo.recognises, kobo.translate, "KoboToolbox or ODK"),
        "redcap": Dialect(redcap.recognises, redcap.translate, "REDCap"),
        "forms": Dialect(forms.recognises, forms.translate, "Microsoft or Google Forms"),
        "odk": Dialect(lambda table: False, kobo.translate),
        "spss": Dialect(lambda table: False, _plainly),
        "table": Dialect(lambda table: True, _plainly),
    }
)


def made_plain(
    table: Table,
    questionnaire: Questionnaire,
    roles: Roles,
    *,
    tool: ReadTool,
    wide: bool,
    items: Mapping[int, str] | None = None,
    unfinished: UnfinishedRows = "keep",
) -> tuple[Table, Roles]:
    """Return a tool's table as a plain one, and the roles with those that the tool's own columns have.

    Parameters
    ----------
    table
        The table as it stands in the file.
    questionnaire
        What was asked.
    roles
        The roles that the caller gave.
    tool
        Which tool wrote the file, or ``"auto"``.
    wide
        Whether waves stand side by side; then headings have the caller's pattern.

    items
        The places of columns that a confirmed mapping says are items; then the tool is not asked.
    unfinished
        What becomes of people who did not hand in.

    Raises
    ------
    ResponsesError
        When the file cannot be told apart, such as with headings cut short.
    """
    name: str = tool
    if tool == "auto":
        plain = wide or items is not None
        name = "table" if plain else next(one for one, known in DIALECTS.items() if known.recognises(table))
    known = DIALECTS[name] if items is None else DIALECTS["table"]
    if not known.keeps_marks:
        table = without_marks(table)
    given = {role for role in ("respondent", "wave", "zone", "language", "mode") if getattr(roles, role) is not None}
    draft = Draft(table, questionnaire, frozenset(roles.columns), frozenset(given | ({"wave"} if wide else set())))
    if items is not None:
        draft.name_items(items)
    known.translate(draft)
    _compare_version(draft)
    if unfinished == "set_aside":
        _only_finished(draft)
    if not len(draft.table.rows):
        raise ResponsesError(f"No row of {table.name} can be used.", [one.problem for one in draft.table.findings])
    kept = (*roles.kept, *(one for one in draft.kept if one not in roles.kept))
    return replace(draft.table, tool=known.spoken), replace(roles, **draft.roles, kept=kept)


def _only_finished(draft: Draft) -> None:
    place = next((draft.table.headings.index(one) for one in draft.kept if fold(one).startswith(FINISHED)), None)
    if place is None:
        message = "The file does not say who handed in: all rows are kept."
        draft.note(
            "R-ROW-FINISHED",
            draft.table.name,
            message,
            "Leave out `unfinished`, or export with the tool's own columns.",
        )
        return
    draft.set_aside(draft.texts_where(place, lambda text: text == "no"), "R-ROW-UNFINISHED", "not handed in")


def _compare_version(draft: Draft) -> None:
    """Say where the file names another wording than the questionnaire's."""
    fingerprint = fold(draft.questionnaire.fingerprint)
    if not fingerprint:
        return
    about = [text for name, text in draft.table.about.items() if fold(name) == "fingerprint" and text]
    places = [place for place in (draft.place(one) for one in ("fingerprint", "tmversion")) if place is not None]
    named = [text for place in places for text in set(draft.table.cells[place]) if fold(text)]
    others = [text for text in {*about, *named} if fingerprint not in fold(text)]
    draft.settle([place for place in places if draft.table.headings[place] not in draft.named])
    if others:
        asked = f"{draft.questionnaire.id!r} {draft.questionnaire.version}"
        message = f"The file names {count_of(len(others), 'wording')} other than that of {asked}."
        hint = (
            "Read it with the version of the questionnaire that was used, or check that nothing changed that matters."
        )
        draft.note("R-VERSION-OTHER", draft.table.name, message, hint)
