"""What was asked beside the change: other analyses, people lost, groups, incidents, the trait, the plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from trustmeter.pilot.change.effect import ARMS
from trustmeter.pilot.estimators.result import COMPANIONS, DECLARED, EstimatorComparison
from trustmeter.pilot.incident import IncidentReport
from trustmeter.pilot.latent.result import OBSERVED, SHIFT, TRUE, LatentChange
from trustmeter.pilot.missing.loss import AttritionResult
from trustmeter.pilot.missing.selection import RegressionToMean
from trustmeter.pilot.planning.result import Plan
from trustmeter.pilot.subgroup import SubgroupResult
from trustmeter.present.pilot.told import group_sentence
from trustmeter.present.reading import in_order, item_name, line_of, number_of
from trustmeter.present.report.chapters.material import Material, data_of
from trustmeter.present.report.document import Finding, Part
from trustmeter.present.tables import full_table, to_table
from trustmeter.results import Result

TOGETHER = frozenset({"scale", "term", "group", "estimate", "ci_low", "ci_high", "n"})
"""The columns that a table of the body shows; the appendix has all."""


def further_of(material: Material) -> list[Part]:
    """Return the parts of what was passed beside the comparison, in a fixed order."""
    makers: Sequence[tuple[type[Any], str, Callable[[Any, Material], list[Finding]]]] = (
        (EstimatorComparison, "alternatives", _alternatives),
        (AttritionResult, "lost", _lost),
        (LatentChange, "latent", _latent),
        (SubgroupResult, "subgroups", _subgroups),
        (RegressionToMean, "regression", _nothing),
        (IncidentReport, "incidents", _incidents),
        (Plan, "planned", _nothing),
    )
    parts = []
    for kind, key, tell in makers:
        for place, found in enumerate(material.of(kind)):
            parts.append(_part(found, f"{key}-{place + 1}" if place else key, key, tell(found, material), material))
    return parts


def _part(found: Result, id: str, key: str, told: Sequence[Finding], material: Material) -> Part:
    say = material.phrases.say
    title = say(f"chapter.{key}")
    if isinstance(found, SubgroupResult):
        title = say("chapter.subgroups_by", by=item_name(found.by, material.known, material.phrases))
    shown = _happened(found, material) if isinstance(found, IncidentReport) else _readable(found, material)
    drawn = _picture(found, material)
    data = None if isinstance(found, IncidentReport) else data_of(found.table, material.rule)
    table = (material.table(id, title, shown, key, data),) if len(shown) else ()
    folded, tables = (table, ()) if drawn is not None else ((), table)
    return Part(id, title, say(f"chapter.{key}_text"), drawn, tables, folded, sentences=tuple(told))


def _readable(found: Result, material: Material) -> pd.DataFrame:
    """Return the table of the body: of results that have one of their own that, else the main columns."""
    if isinstance(found, (SubgroupResult, Plan)):
        return to_table(found, language=material.phrases.language, questionnaire=material.known)  # type: ignore[arg-type]
    if isinstance(found, AttritionResult):
        found = replace(found, table=found.table[found.table["group"].isin(["", *ARMS])])
    whole = full_table(found, material.phrases, material.known)
    kept = [material.phrases.say(f"column.{name}") for name in found.table.columns if name in TOGETHER]
    return whole[[name for name in whole.columns if name in kept]]


def _picture(found: Result, material: Material) -> Any:
    from trustmeter.present.pilot.pictures import draw_subgroups
    from trustmeter.present.pilot.power_curve import draw_power

    if isinstance(found, SubgroupResult):
        return draw_subgroups(found, None, material.phrases, titled=False, questionnaire=material.known)
    if isinstance(found, Plan):
        return draw_power(found, None, material.phrases, titled=False, questionnaire=material.known)
    return None


def _alternatives(found: EstimatorComparison, material: Material) -> list[Finding]:
    """Say how many analyses come to the declared one's verdict; which verdict that is says the comparison alone."""
    told = []
    for scale in in_order(found.verdicts, material.known):
        said = found.verdicts[scale]
        declared = found.smallest_effect.get(scale, 0.0) > 0
        judged = {term: verdict for term, verdict in said.items() if not (declared and term in COMPANIONS)}
        if said[DECLARED] == "suppressed":
            continue
        same = sum(verdict == said[DECLARED] for verdict in judged.values()) - 1
        others = len(judged) - 1
        key = ("units" if len(said) > 1 else "alone") if not others else "agree" if same == others else "differ"
        gaps = {
            "scale": material.name(scale),
            "same": material.phrases.whole(same),
            "n": material.phrases.whole(others),
        }
        told.append(
            Finding(
                "warning" if key == "differ" else "", material.phrases.say(f"chapter.alternatives_told.{key}", **gaps)
            )
        )
    return told


def _lost(found: AttritionResult, material: Material) -> list[Finding]:
    told = []
    for readable, key, sign in ((True, "readable", ""), (False, "unreadable", "warning")):
        names = [
            material.name(scale)
            for scale in in_order(found.readable, material.known)
            if found.readable[scale] is readable
        ]
        told += (
            [Finding(sign, material.phrases.say(f"chapter.lost_told.{key}", scales=", ".join(names)))] if names else []
        )
    return told


def _subgroups(found: SubgroupResult, material: Material) -> list[Finding]:
    told = [Finding("warning", material.phrases.say("groups.not_declared"))] if not found.declared else []
    for scale in in_order(found.verdicts, material.known):
        told.append(Finding("", group_sentence(found, scale, material.known, material.phrases)))
    return [*told, Finding("", material.phrases.say("groups.read"))]


def _latent(found: LatentChange, material: Material) -> list[Finding]:
    """Say what the points of the score's change are made of."""
    phrases, told = material.phrases, []
    for scale in in_order(found.verdicts, material.known):
        part = found.table[(found.table["scale"] == scale) & (found.table["item"] == "")]
        lines = {term: line_of(part, (term,)) for term in (OBSERVED, TRUE, SHIFT)}
        numbers = {
            name: phrases.number(number_of(lines[term].get("estimate")), signed=True)
            for name, term in (("seen", OBSERVED), ("true", TRUE), ("shift", SHIFT))
        }
        ends = {name: phrases.number(number_of(lines[TRUE].get(f"ci_{name}")), signed=True) for name in ("low", "high")}
        level = phrases.level(found.conf_level)
        told.append(
            Finding("", phrases.say("chapter.latent_told", scale=material.name(scale), level=level, **numbers, **ends))
        )
    return told


def _incidents(found: IncidentReport, material: Material) -> list[Finding]:
    if found.clear:
        return [Finding("", material.phrases.say("chapter.incidents_told.clear"))]
    return [
        Finding(
            "warning", material.phrases.say("chapter.incidents_told.near", n=material.phrases.whole(len(found.near)))
        )
    ]


def _happened(found: IncidentReport, material: Material) -> pd.DataFrame:
    """Return the incidents themselves, in words."""
    say = material.phrases.say
    rows = []
    for line in found.near.to_dict("records"):
        when = "during" if line["when"] == "during field work" else "before"
        rows.append(
            {
                say("column.wave"): str(line["wave"]),
                say("chapter.area"): str(line["area"] or ""),
                say("chapter.date"): str(line["date"]),
                say("chapter.what"): str(line["what"]),
                say("chapter.when"): say(f"chapter.when_{when}", days=material.phrases.whole(int(line["days_before"]))),
            }
        )
    return pd.DataFrame(rows)


def _nothing(found: Result, material: Material) -> list[Finding]:
    del found, material
    return []
