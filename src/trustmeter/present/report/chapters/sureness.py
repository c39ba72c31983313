"""How sure an answer is: intervals in words, what was promised, whether the meter holds, and warnings that go with it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from trustmeter.pilot.incident import IncidentReport
from trustmeter.present.phrases import Phrases
from trustmeter.present.pilot.changes import ChangeRow
from trustmeter.present.reading import COEFFICIENTS, CoefficientRow, coefficient_rows
from trustmeter.present.report.chapters.material import Material
from trustmeter.present.report.document import Finding
from trustmeter.psychometrics.comparability.invariance import InvarianceResult

LOOSE, POOR, VOID = 0.7, 0.6, 0.3
"""An interval of alpha or omega that reaches below the first is loose, below the second poor; an estimate below the third
measures nothing that is one. Rules of thumb, told as warnings; they decide no verdict."""

DEPARTURE = "Deviation from protocol "


def sure_of_front(chosen: Sequence[ChangeRow], material: Material) -> list[str]:
    """Return the sentences of page one that say how sure it is."""
    say, level = material.phrases.say, material.change.conf_level
    misses = material.phrases.number(100 * (1 - level), 0 if 100 * (1 - level) >= 1 else 1)
    undecided = any(row.said == "inconclusive" for row in chosen)
    return [
        say("front.how.interval", level=material.phrases.level(level), misses=misses),
        *([say(f"report.not_nothing{material.ending}")] if undecided else []),
        *([say("front.how.undeclared")] if not material.primary and len(chosen) > 1 else []),
        _promised(material),
        *_alike(chosen, material),
        *_meter(chosen, material),
    ]


def warnings_of_front(chosen: Sequence[ChangeRow], material: Material) -> list[str]:
    """Return the sentences without which the answer must not be read."""
    phrases = material.phrases
    shown = [row.scale for row in chosen if row.shown]
    told = [finding.sentence for finding in warned(material, shown)]
    for found in _compared(material):
        scales = [material.name(one) for one in shown if found.verdicts.get(one) == "not comparable"]
        groups = groups_told(found, phrases)
        told += [phrases.say("front.weak.unequal", groups=groups, scales=_listed(scales, phrases))] if scales else []
    if any(not one.clear for one in material.of(IncidentReport)):
        told.append(phrases.say("front.weak.incidents"))
    return told


@dataclass(frozen=True, slots=True)
class Weakness:
    """How weak the meter of a scale is: ``"loose"``, ``"poor"`` or ``"void"``; and its worst coefficient in words."""

    kind: str
    told: str


def weak_scales(material: Material) -> dict[str, Weakness]:
    """Return the scales whose alpha or omega is, or may be, too low to read a change from."""
    found: dict[str, Weakness] = {}
    order = {"loose": 0, "poor": 1, "void": 2}
    for row in _coefficients(material):
        kind = weakness(row)
        if kind and (row.scale not in found or order[kind] > order[found[row.scale].kind]):
            level = float(material.meter.provenance.options.get("conf_level", 0.95))
            found[row.scale] = Weakness(kind, _told(row, level, material.phrases))
    return found


def warned(material: Material, scales: Sequence[str]) -> list[Finding]:
    """Return the warnings about the meters of these scales, the worst first."""
    weak = weak_scales(material)
    told = []
    for kind in ("void", "poor", "loose"):
        found = [weak[scale].told for scale in scales if scale in weak and weak[scale].kind == kind]
        told += (
            [Finding("warning", material.phrases.say(f"front.weak.{kind}", scales=_listed(found, material.phrases)))]
            if found
            else []
        )
    return told


def weakness(row: CoefficientRow) -> str:
    """Return how weak one coefficient is, empty where it is not."""
    if not row.shown:
        return ""
    if row.value < VOID:
        return "void"
    reach = row.low if math.isfinite(row.low) else row.value
    return "poor" if reach < POOR else "loose" if reach < LOOSE else ""


def groups_told(found: InvarianceResult, phrases: Phrases) -> str:
    """Return the waves or groups that were held against each other; languages by their name."""
    languages = found.provenance.options.get("across") == "language"
    names = [phrases.say_or(f"language.{name.lower()}", name) if languages else name for name in found.labels]
    return phrases.join(names)


def departures(material: Material) -> list[str]:
    """Return the deviations from a protocol, as the comparison noted them."""
    return [note for note in material.change.notes if note.startswith(DEPARTURE)]


def _promised(material: Material) -> str:
    say = material.phrases.say
    promised = str(material.change.provenance.options.get("protocol") or "")
    if not promised:
        return say("front.how.unpromised")
    gaps = {
        "short": promised[:8],
        "heading": say("report.notes"),
        "n": material.phrases.whole(len(departures(material))),
    }
    n = len(departures(material))
    return say(f"front.how.{'promised' if not n else 'departed_once' if n == 1 else 'departed'}", **gaps)


def _alike(chosen: Sequence[ChangeRow], material: Material) -> list[str]:
    """Return for which of the scales shown the questions work alike in what is compared, and where that is open."""
    told = []
    for found in _compared(material):
        groups = groups_told(found, material.phrases)
        for verdict, key in (("comparable", "alike"), ("undecided", "alike_undecided")):
            scales = [row.name for row in chosen if found.verdicts.get(row.scale) == verdict]
            told += (
                [material.phrases.say(f"front.how.{key}", groups=groups, scales=_listed(scales, material.phrases))]
                if scales
                else []
            )
    shown = {row.scale for row in chosen}
    examined = {scale for found in _compared(material) for scale in found.verdicts}
    return told if shown & examined else [material.phrases.say("front.how.alike_unchecked")]


def _compared(material: Material) -> list[InvarianceResult]:
    """Return what was found about the two waves or groups that are compared."""
    return [found for found in material.of(InvarianceResult) if set(material.names) <= set(found.labels)]


def _meter(chosen: Sequence[ChangeRow], material: Material) -> list[str]:
    shown = {row.scale for row in chosen if row.shown}
    rows = [row for row in _coefficients(material) if row.scale in shown and row.shown]
    if not rows or {row.scale for row in rows} < shown:
        return [material.phrases.say("front.how.meter_unknown")] if shown else []
    if any(weakness(row) for row in rows):
        return []
    return [material.phrases.say("front.how.meter_fine", bound=material.phrases.number(LOOSE, 1))]


def _coefficients(material: Material) -> list[CoefficientRow]:
    rows = coefficient_rows(material.meter, material.known, material.phrases)
    return [row for row in rows if row.term in COEFFICIENTS]


def _told(row: CoefficientRow, level: float, phrases: Phrases) -> str:
    gaps = {"scale": row.name, "term": phrases.say(f"symbol.{row.term}"), "value": phrases.number(row.value, 2)}
    if not math.isfinite(row.low):
        return phrases.say("front.weak.one_bare", **gaps)
    ends = {"low": phrases.number(row.low, 2), "high": phrases.number(row.high, 2), "level": phrases.level(level)}
    return phrases.say("front.weak.one", **gaps, **ends)


def _listed(words: Sequence[str], phrases: Phrases) -> str:
    stop = " ; " if phrases.language == "fr" else "; "
    return stop.join(words) if any("," in word or "(" in word for word in words) else ", ".join(words)
