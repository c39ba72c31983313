"""A pilot file to begin with: valid at once, with a comment beside each line."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

from trustmeter.errors import DesignError, unknown_word
from trustmeter.pilot.file.form import THEMES
from trustmeter.pilot.file.shapes import TO_FILL_IN
from trustmeter.population.zone import VARIABLES
from trustmeter.questionnaire.model import Questionnaire

USUAL = {"proximity": "community-trust", "complaints": "complaint-access", "human_resources": "inclusion-retention"}
"""Theme → the questionnaire that is usually asked."""

_COMMENTS_AT = 31
"""The column that comments begin behind, where the line is not longer."""

_TITLES = {
    "proximity": ("Proximity policing and trust", "Police de proximité et confiance", "Nabijheidspolitie en vertrouwen",
                  "Bürgernahe Polizei und Vertrauen"),
    "complaints": ("Complaint mechanisms and trust", "Mécanismes de plainte et confiance", "Klachtenprocedures en vertrouwen",
                   "Beschwerdewege und Vertrauen"),
    "human_resources": ("Human resources and trust", "Ressources humaines et confiance", "Personeelsbeleid en vertrouwen",
                        "Personalarbeit und Vertrauen"),
}  # fmt: skip


def pilot_template(zone: str, theme: str, questionnaire: Questionnaire) -> str:
    """Return the text of a pilot file for a zone, a theme and a questionnaire.

    Raises
    ------
    DesignError
        When the theme is none, or the zone is empty.
    """
    if theme not in THEMES:
        raise DesignError(unknown_word("theme", theme, THEMES, "a pilot"))
    if not zone.strip():
        raise DesignError("A pilot needs the name of its `zone`.")
    scales = [scale.id for scale in questionnaire.scales if scale.parent is None]
    name = slug(f"{zone} {theme}")
    titles = zip(("en", "fr", "nl", "de"), _TITLES[theme], strict=True)
    text = _TEMPLATE.format(
        id=name,
        theme=theme,
        zone=_quoted(zone.strip()),
        titles="\n".join(f"  {language}: {_quoted(f'{title} – {zone.strip()}')}" for language, title in titles),
        questionnaire=questionnaire.id,
        primary=scales[0] if scales else TO_FILL_IN,
        scales=", ".join(scales),
        margins=_margins(theme, questionnaire),
        open=TO_FILL_IN,
    )
    return re.sub(r"^( *[^# ].*?) {2,}# ", lambda line: f"{line[1]:<{_COMMENTS_AT}} # ", text, flags=re.MULTILINE)


def _margins(theme: str, asked: Questionnaire) -> str:
    """Return comments on which margins a questionnaire can be weighted by."""
    if theme == "human_resources":
        return "# who works for the police is not the population of a zone: leave `margins` out, or take those of the staff"
    found = [item for item in asked.items if item.id.casefold() in VARIABLES]
    if not found:
        return (
            f"# {asked.id} asks none of {', '.join(VARIABLES)}: another column of the answers may be named by `columns`"
        )
    names = ", ".join(f"{item.id.casefold()} (asked as {item.id})" for item in found)
    recode = ""
    if any(
        item.id.casefold() == "sex" and "X" in {option.code for option in item.response_scale.substantive}
        for item in found
    ):
        recode = ", recode: {sex: {X: ''}}"
    return (
        f"# {asked.id} can be weighted by {names}; '' stands for people whom the margins do not know:\n"
        f"# margins: {{file: margins.csv{recode}, unanswered: own_share}}"
    )


def write_template(text: str, path: Path) -> Path:
    """Write a new pilot file; one that is there is never written over.

    Raises
    ------
    DesignError
        When the file is there, does not end in .yaml, or cannot be written.
    """
    if path.suffix.lower() not in {".yaml", ".yml"}:
        raise DesignError(f"A pilot file ends in .yaml. Got {path.name!r}.")
    if path.exists():
        raise DesignError(f"There is a file {path.name!r} already. Name another, or move that one away.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DesignError(f"The pilot file cannot be written to {path.name!r}: {reason}. Name another file.") from None
    return path


def slug(text: str) -> str:
    """Return a text as a short name: small letters, digits and -.

    Examples
    --------
    >>> slug("Liège (Outremeuse) human_resources")
    'liege-outremeuse-human-resources'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "pilot"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


_TEMPLATE = """\
# A pilot of one zone. Every value may be edited. Where "{open}" stands, nothing stands yet.
# trustmeter pilot check FILE says what is wrong; trustmeter pilot run FILE evaluates it, with simulated answers until there are real ones.
id: {id}                       # reports are called by it
theme: {theme}                 # proximity | complaints | human_resources
zone: {zone}                   # as in the zone column of the answers
zone_name: {zone}              # as in texts, such as {{fr: Anvers, nl: Antwerpen}}
title:                         # in the languages of the reports
{titles}

questionnaires:                # the main one first; `trustmeter list` shows all
  - name: {questionnaire}
    data: data/{id}*.csv       # the answers: a file, or a pattern of several; seen from this file's folder
    primary: {primary}         # the one scale by which the pilot is judged; all: {scales}
    smallest_effect: {open}          # the smallest change that matters, in points from 0 to 100
    smallest_effect_reason: {open}   # why that much
    subgroups: []              # questions or columns whose groups are compared, such as [SEX]; declare them before you look
    protocol: {open}           # the frozen protocol, where there is one
    expected_people: 300       # in each wave; as many simulated answers stand in

waves: {{before: before, after: after}}   # as in the wave column; earlier: [...] and later: [...] for more
field_work:                    # first and last day, such as [2027-03-01, 2027-03-26]
  before: {open}
  after: {open}
incidents: {open}              # [] for none, or [{{date: 2027-03-12, what: a raid in the news}}]
design:
  linked: no                   # do the same people answer twice? yes | no | overlap (some do) | auto (find out)
  # area: district             # with comparison areas: the column that says where people live
  # treated: [North, East]     # where the pilot runs
  # comparison: [South, West]  # where it does not
  # randomized: no             # yes only if a lot decided
columns: {{respondent: id, wave: wave, zone: zone}}   # role: column of the answers
margins: {open}                # who lives there: a file that `trustmeter zone-margins` writes; answers are weighted by it
{margins}

report_languages: [en, fr, nl, de]
contacts:                      # functions and mailboxes, never names of people
  data_protection_officer: {{function: {open}, mailbox: {open}}}
  project_lead: {{function: {open}, mailbox: {open}}}
information:                   # for `trustmeter pilot information FILE`: the sheet that respondents get
  controller: {open}           # who asks, and answers for the data
  kept_until: {open}           # how long answers are kept
  seen_by: {open}              # who sees them
"""
