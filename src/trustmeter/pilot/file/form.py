"""What a pilot file may say: its keys, as one table that the reader and the schema for editors both go by."""

from __future__ import annotations

from typing import Any, get_args

from trustmeter.options import ReportLanguage, UnansweredMargin
from trustmeter.pilot.file.shapes import Day, Either, Form, Key, Listed, Names, OneOf, OneText, People, Points, Word

THEMES = ("proximity", "complaints", "human_resources")
LINKED = ("yes", "no", "auto", "overlap")
LANGUAGES: tuple[str, ...] = get_args(ReportLanguage)
CONTACTS = ("data_protection_officer", "project_lead", "complaints_desk")
ROLES_ONLY = " Contacts are functions and mailboxes, never names of people."

_TEXT, _NAMES = OneText(), Listed(OneText(), alone=True)
_IN_LANGUAGES = Names(OneText(), plain=OneText(), keys=LANGUAGES)

DESIGN = Form({
    "linked": Key(OneOf(LINKED), "Do the same people answer twice? yes, no, auto (found out), overlap (some of them)."),
    "area": Key(_TEXT, "The column that says where people live."),
    "treated": Key(_NAMES, "The areas where the pilot runs."),
    "comparison": Key(_NAMES, "The areas where it does not; left out: all other areas."),
    "randomized": Key(OneOf(("yes", "no")), "yes only if a lot decided which areas have the pilot."),
    "clusters": Key(_TEXT, "The column that says who was drawn or asked together."),
    "weights": Key(_TEXT, "The column with the weight of each row."),
    "covariates": Key(_NAMES, "Columns known before the pilot."),
})  # fmt: skip

COLUMNS = Form({role: Key(_TEXT, f"The column of the answers that holds the {role}.")
                for role in ("respondent", "wave", "zone", "language", "mode")})  # fmt: skip

SURVEY_KEYS = {
    "data": Key(
        _TEXT, "The file of answers, or a pattern such as ../data/ghent-*.csv; seen from the pilot file's folder."
    ),
    "sheet": Key(_TEXT, "The sheet of an Excel file."),
    "scales": Key(_NAMES, "The scales that are compared; left out: all that are no part of another."),
    "primary": Key(_TEXT, "The one scale by which the pilot is judged, declared beforehand."),
    "smallest_effect": Key(
        Names(Points(), plain=Points()), "The smallest change that matters, in points; or one a scale."
    ),
    "smallest_effect_reason": Key(_TEXT, "Why that much."),
    "subgroups": Key(_NAMES, "Questions or columns whose groups were declared beforehand."),
    "protocol": Key(_TEXT, "The frozen protocol, as `plan(...).to_protocol(...)` wrote it."),
    "expected_people": Key(People(), "How many people are expected in each wave; as many stand-in answers are made."),
}
"""What can be said of one questionnaire."""

SHARED_KEYS = {
    "design": Key(DESIGN, "What is compared with what."),
    "columns": Key(COLUMNS, "Role → column of the answers."),
}
"""What can be said of one questionnaire or, once, of all."""

SURVEY = Form({"name": Key(_TEXT, "A questionnaire's name or path.", needed=True), **SURVEY_KEYS, **SHARED_KEYS})

WAVES = Form({
    "before": Key(_TEXT, "Name of the wave before the pilot, as in the wave column.", needed=True),
    "after": Key(_TEXT, "Name of the wave after.", needed=True),
    "earlier": Key(_NAMES, "Earlier waves, in order of time."),
    "later": Key(_NAMES, "Later waves, in order of time."),
})  # fmt: skip

CONTACT = Form(
    {
        "function": Key(_IN_LANGUAGES, "The function, not a name; a text, or one a language."),
        "mailbox": Key(_TEXT, "A mailbox of the function."),
    },
    ROLES_ONLY,
)

INCIDENT = Form({
    "date": Key(Day(), "The day.", needed=True),
    "what": Key(_TEXT, "What happened; no names.", needed=True),
    "area": Key(_TEXT, "Where; left out: everywhere."),
})  # fmt: skip

INFORMATION = Form({
    "controller": Key(_IN_LANGUAGES, "Who asks, and answers for the data."),
    "kept_until": Key(_IN_LANGUAGES, "How long answers are kept."),
    "seen_by": Key(_IN_LANGUAGES, "Who sees them."),
})  # fmt: skip

MARGINS = Form({
    "file": Key(_TEXT, "The file, as `write_margins` writes it; seen from the pilot file's folder.", needed=True),
    "columns": Key(Names(_TEXT), "Variable of the margins → the question or column that holds it, where it has another name."),
    "recode": Key(Names(Names(Word())), "Variable → code of an answer → category; '' for people whom the margins do not know."),
    "groups": Key(Names(Names(_TEXT)), "Variable → category → the category that it is put together with others as."),
    "unanswered": Key(OneOf(get_args(UnansweredMargin)), "People who left it open: own_share (they keep their share; usual) or refuse."),
    "questionnaires": Key(_NAMES, "Whose people these margins are of; left out: all that ask what the margins know."),
})  # fmt: skip

_FIELD_WORK = Names(Listed(Day(), least=2, most=2, write="`[2026-05-04, 2026-05-29]`"), may_be_nothing=True)

PILOT = Form({
    "id": Key(OneText(r"[A-Za-z0-9][A-Za-z0-9_.-]*", "letters, digits and `-`"), "A short name; reports are called by it.", needed=True),
    "theme": Key(OneOf(THEMES), "What the pilot is about."),
    "zone": Key(_TEXT, "The police zone, as in the zone column of the answers.", needed=True),
    "zone_name": Key(_IN_LANGUAGES, "How the zone is called in texts; left out: as above."),
    "title": Key(_IN_LANGUAGES, "A text, or one a language.", needed=True),
    "questionnaire": Key(_TEXT, "A questionnaire's name or path, where there is one."),
    "questionnaires": Key(Listed(SURVEY, least=1, write="`- name: …`, one a questionnaire"), "All questionnaires, the main one first."),
    "waves": Key(WAVES, "The two waves that are compared, and others.", needed=True),
    "field_work": Key(_FIELD_WORK, "First and last day of each wave; empty while it is planned."),
    **SHARED_KEYS,
    **SURVEY_KEYS,
    "margins": Key(Either(_TEXT, MARGINS), "A file of who lives there, by which answers are weighted; or that and how its words fit."),
    "incidents": Key(Listed(INCIDENT, write="`- {date: 2026-05-01, what: …}`"), "What happened near field work; [] for nothing."),
    "report_languages": Key(Listed(OneOf(LANGUAGES), least=1, write="`[nl, en]`"), "The languages of the reports."),
    "contacts": Key(Names(CONTACT, keys=CONTACTS), "Functions to turn to, never names."),
    "information": Key(INFORMATION, "What the information sheet for respondents says of this pilot."),
})  # fmt: skip
"""What a pilot file may say."""


def pilot_schema() -> dict[str, Any]:
    """Return the JSON schema of a pilot file, for editors: ``# yaml-language-server: $schema=schema.json``."""
    told = "What a pilot file may say. What must go together is checked by `trustmeter pilot check`."
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A pilot of a police zone",
        "description": told,
    }
    one_way = [{"required": ["questionnaire"]}, {"required": ["questionnaires"]}]
    return {**head, **PILOT.schema(), "oneOf": one_way}
