"""The whole report: page one, what was found, who answered, whether the meter holds, what else was asked, methods, all numbers."""

from __future__ import annotations

from trustmeter.present.notes import note_in
from trustmeter.present.reading import scale_name
from trustmeter.present.report.chapters.answered import answered_of, answers_of
from trustmeter.present.report.chapters.evidence import appendix_of, comparability_of, meter_of
from trustmeter.present.report.chapters.front import front_of
from trustmeter.present.report.chapters.further import further_of
from trustmeter.present.report.chapters.margins.page import speaks_for_of
from trustmeter.present.report.chapters.material import Material
from trustmeter.present.report.chapters.methods import facts_of, methods_of
from trustmeter.present.report.chapters.results import findings_of, results_of, standing_of
from trustmeter.present.report.document import Document, Note, tables_of
from trustmeter.responses.labels import row_labels

MOST_ZONES = 3
"""More zones than these do not fit a title."""


def document_of(material: Material, title: str | None = None) -> Document:
    """Return the report of one comparison in the language of its phrases."""
    parts = (
        *results_of(material),
        *speaks_for_of(material),
        *comparability_of(material),
        *meter_of(material),
        *answered_of(material),
        *further_of(material),
        answers_of(material),
    )
    appendix = tuple(appendix_of(material))
    tables = [table for part in (*parts, *appendix) for table in tables_of(part)]
    return Document(
        language=material.phrases.language,
        title=title or _title(material),
        simulated=material.simulated,
        findings=tuple(findings_of(material)),
        standing=tuple(standing_of(material)),
        parts=parts,
        facts=tuple(facts_of(material)),
        notes=tuple(_notes(material)),
        front=front_of(material),
        methods=tuple(methods_of(tables, material)),
        appendix=appendix,
    )


def _notes(material: Material) -> list[Note]:
    """Return the notes of all results once, in the language of the report where they are known there."""
    phrases, known = material.phrases, material.known
    names = {scale.id: scale_name(scale.id, known, phrases.language) for scale in known.scales}
    every = dict.fromkeys((*(note for result in material.results for note in result.notes), *material.untold))
    return [Note(*note_in(note, phrases, names)) for note in every]


def _title(material: Material) -> str:
    answers, say = material.change.scores.answers, material.phrases.say
    column = answers.roles.zone
    zones = [] if column is None else sorted(row_labels(answers.frame[column]).dropna().unique())
    if 0 < len(zones) <= MOST_ZONES:
        return say("report.title_zone", zone=material.phrases.join(zones))
    return say("report.title")
