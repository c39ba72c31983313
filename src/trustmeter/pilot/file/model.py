"""What a pilot is: a zone, what was asked by which questionnaires, when, of whom, and where the answers are."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trustmeter.errors import DesignError, Problem, unknown_word
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.file.margins import PilotMargins
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.text import Text

STAND_IN_SIZE = 320
"""How many people a wave of stand-in answers has, where the file does not say how many are expected."""


@dataclass(frozen=True)
class Survey:
    """One questionnaire of a pilot: how it is asked and compared, and where its answers are.

    Parameters
    ----------
    questionnaire
        What is asked.
    design
        Which waves and areas are compared, and whether the same people answer twice.
    data
        A file of answers or a pattern of several (``"…/ghent-*.csv"``; only the name may be a pattern), or ``None``. Nothing
        needs to be there yet.
    columns
        Role → column of the answers.
    sheet
        The sheet of an Excel file, or ``None`` for the first.
    scales
        The scales that are compared; empty for all that are no part of another.
    primary
        The one scale that was declared beforehand as the one that counts, or ``None``.
    smallest_effect
        The smallest change that matters, in points: one number, or one a scale; for `compare`.
    smallest_effect_reason
        Why that much, in words of the zone.
    subgroups
        Columns or questions whose groups were declared beforehand; for `compare_subgroups`.
    protocol
        The frozen protocol, or ``None``.
    expected_people
        How many people are expected in each wave; as many stand-in answers are made.
    """

    questionnaire: Questionnaire
    design: PilotDesign
    data: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    scales: tuple[str, ...] = ()
    primary: str | None = None
    smallest_effect: float | Mapping[str, float] | None = None
    smallest_effect_reason: str = ""
    subgroups: tuple[str, ...] = ()
    protocol: Path | None = None
    expected_people: int = STAND_IN_SIZE

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of answers that are there now, by name."""
        if self.data is None:
            return ()
        path = Path(self.data)
        found = [path] if path.is_file() else sorted(path.parent.glob(path.name))
        return tuple(one for one in found if one.is_file())

    @property
    def compared(self) -> tuple[str, ...]:
        """The scales that are compared, the primary one first."""
        named = self.scales or tuple(scale.id for scale in self.questionnaire.scales if scale.parent is None)
        first = () if self.primary is None else (self.primary,)
        return tuple(dict.fromkeys((*first, *named)))


@dataclass(frozen=True)
class Contact:
    """Somebody to turn to: a function and a mailbox, never a name; ``None`` where the zone has not filled it in."""

    function: Text | None = None
    mailbox: str | None = None


@dataclass(frozen=True)
class Incident:
    """Something that happened and could move answers by itself; `area` is empty for everywhere."""

    date: datetime.date
    what: str
    area: str = ""


@dataclass(frozen=True)
class Pilot:
    """One zone's pilot: what was asked, when, of whom, and where the answers are.

    Parameters
    ----------
    id
        A short name; reports are called by it.
    theme
        ``"human_resources"``, ``"complaints"``, ``"proximity"``, or an empty text.
    zone
        The police zone's name.
    title
        In the languages of its reports.
    surveys
        One a questionnaire, the main one first.
    report_languages
        The languages of its reports.
    field_work
        Wave → first and last day of its field work; waves without dates are left out.
    incidents
        What happened near field work; ``None`` where nobody said, empty where nothing happened.
    contacts
        Role → function and mailbox.
    information
        What the information sheet says of this pilot: ``controller``, ``kept_until``, ``seen_by``, in one or more languages.
    margins
        Who lives there, by which answers are weighted; ``None`` where the file names no margins.
    remarks
        What should be looked at in the file, though it can be used.
    zone_name
        How the zone is called in texts, in one or more languages; ``None`` for its plain name.

    Notes
    -----
    ``questionnaire``, ``design``, ``data``, ``columns``, ``sheet``, ``primary`` and ``smallest_effect`` are those of the main survey.
    """

    id: str
    theme: str
    zone: str
    title: Text
    surveys: tuple[Survey, ...]
    report_languages: tuple[str, ...] = ("en",)
    field_work: Mapping[str, tuple[datetime.date, datetime.date]] = field(default_factory=dict)
    incidents: tuple[Incident, ...] | None = None
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    information: Mapping[str, Text] = field(default_factory=dict)
    margins: PilotMargins | None = None
    remarks: tuple[Problem, ...] = ()
    zone_name: Text | None = None

    def survey(self, questionnaire: str | None = None) -> Survey:
        """Return the survey of one questionnaire, by its id; the main one where none is named."""
        if questionnaire is None:
            return self.surveys[0]
        known = {one.questionnaire.id: one for one in self.surveys}
        if questionnaire not in known:
            raise DesignError(unknown_word("questionnaire", questionnaire, known, f"pilot {self.id!r}"))
        return known[questionnaire]

    @property
    def questionnaire(self) -> Questionnaire:
        """What the main survey asks."""
        return self.surveys[0].questionnaire

    @property
    def design(self) -> PilotDesign:
        """What the main survey compares."""
        return self.surveys[0].design

    @property
    def data(self) -> str | None:
        """Where the answers of the main survey are."""
        return self.surveys[0].data

    @property
    def columns(self) -> Mapping[str, str]:
        """Role → column of the main survey."""
        return self.surveys[0].columns

    @property
    def sheet(self) -> str | None:
        """The sheet of the main survey."""
        return self.surveys[0].sheet

    @property
    def primary(self) -> str | None:
        """The scale by which the pilot is judged."""
        return self.surveys[0].primary

    @property
    def smallest_effect(self) -> float | Mapping[str, float] | None:
        """The smallest change that matters, of the main survey."""
        return self.surveys[0].smallest_effect

    def __str__(self) -> str:
        asked = ", ".join(f"{one.questionnaire.id} {one.questionnaire.version}" for one in self.surveys)
        there = sum(bool(one.files) for one in self.surveys)
        answers = "no answers yet" if not there else "its answers are there"
        if 0 < there < len(self.surveys):
            answers = f"answers to {there} of {len(self.surveys)} questionnaires are there"
        waves = f"{self.design.before} to {self.design.after}"
        return f"{self.title} ({self.id}): {self.zone}, {asked}, {waves}; {answers}"

    __repr__ = __str__
