"""An evaluation becomes the record that others cite."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.pilot.change.result import question_row
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.evaluation.result import PilotEvaluation, QuestionnaireEvaluation
from trustmeter.pilot.evaluation.result_file import (
    ROUNDED_TO,
    FollowedPeople,
    PilotRecord,
    PopulationRecord,
    QuestionnaireRecord,
    ScaleRecord,
    SkippedRecord,
    WaveWeightsRecord,
    WeightedRecord,
    save_record,
)
from trustmeter.pilot.evaluation.strength import MANY_LOST, Comparability, EvidenceBasis, Facts, strength_of
from trustmeter.pilot.file.margins import PilotMargins

_COMPARABLE: dict[str, Comparability] = {
    "comparable": "comparable",
    "not comparable": "not_comparable",
    "undecided": "undecided",
}
_DEVIATION = "Deviation from protocol "
_MOST_HIDDEN = 4
"""A share of people lost is hidden where one to four were lost."""

PEOPLE: dict[FollowedPeople, str] = {
    "same": "the same people",
    "different": "different people",
    "partly_same": "partly the same people",
}


def write_result(evaluation: PilotEvaluation, path: str | Path) -> Path:
    r"""Write the result of a pilot as a JSON file that others may cite.

    Use it when an evaluation is done; `read_result` reads it back, and the toolbox cites it as evidence.

    Parameters
    ----------
    evaluation
        From `evaluate_pilot`.
    path
        The file to write; ends in ``.json``. Its folder is made when it is not there.

    Returns
    -------
    Path
        The file that was written: a `PilotRecord` with its hash. It holds no answer and no id; numbers of people are rounded down to
        multiples of five, and fewer than ten are not told.

    Raises
    ------
    DesignError
        When this is no evaluation, or the file cannot be written.

    Examples
    --------
    >>> import tempfile, trustmeter as tm
    >>> folder = Path(tempfile.mkdtemp())
    >>> lines = ["id: ghent", "zone: Ghent", "title: Nearness", "questionnaire: encounter", "waves: {before: a, after: b}",
    ...          "design: {linked: no}", "expected_people: 120"]
    >>> _ = (folder / "ghent.yaml").write_text("\n".join(lines), encoding="utf-8")
    >>> file = tm.write_result(tm.evaluate_pilot(folder / "ghent.yaml"), folder / "ghent.json")
    >>> tm.read_result(file).scale("overall").strength
    'none'
    """
    if not isinstance(evaluation, PilotEvaluation):
        raise DesignError(f"`write_result` takes the result of `evaluate_pilot`. Got {type(evaluation).__name__}.")
    return save_record(record_of(evaluation), path)


def record_of(evaluation: PilotEvaluation) -> PilotRecord:
    """Return the record of an evaluation."""
    pilot = evaluation.pilot
    return PilotRecord(
        pilot=pilot.id,
        title=dict(pilot.title.by_language),
        zone=pilot.zone,
        theme=pilot.theme,
        simulated=evaluation.simulated,
        package_version=evaluation.provenance.package_version,
        questionnaires=tuple(_questionnaire(part, pilot.margins) for part in evaluation.parts),
    )


def _questionnaire(part: QuestionnaireEvaluation, known: PilotMargins | None) -> QuestionnaireRecord:
    change, asked, design = part.change, part.survey.questionnaire, part.survey.design
    people: FollowedPeople = "partly_same" if design.linked == "overlap" else "same" if change.linked else "different"
    scales = [part.primary, *(scale for scale in change.verdicts if scale != part.primary)]
    deviations = tuple(
        note.partition(": ")[2] for note in change.notes if note.startswith(_DEVIATION)
    ) + _other_primary(part)
    basis = _basis(part, part.primary)
    share = _share_lost(part)[0]
    return QuestionnaireRecord(
        questionnaire=asked.id,
        version=asked.version,
        fingerprint=asked.fingerprint,
        status=asked.status,
        before=design.before,
        after=design.after,
        people=people,
        basis=basis,
        design=_in_words(design, people),
        share_lost=_number(share),
        protocol="none" if part.protocol is None else "deviated" if deviations else "kept",
        deviations=deviations,
        scales=tuple(_scale(part, scale) for scale in scales),
        skipped=tuple(SkippedRecord(one.step, one.reason) for one in part.skipped),
        notes=(*change.notes, *(part.incidents.notes if part.incidents is not None else ())),
        population=_population(part, known),
    )


def _population(part: QuestionnaireEvaluation, known: PilotMargins | None) -> PopulationRecord | None:
    """Return what was weighted to; numbers of people are rounded, so that notes that hold exact ones stay out."""
    found = part.weighting
    if found is None or part.beside is None or known is None or known.known is None:
        return None
    table, used = found.table, known.known.only(*found.margins)
    rows = table[table["term"] == "design_effect"]
    waves = [str(wave) for wave in rows["wave"]] if "wave" in rows else [""]
    return PopulationRecord(
        margins=found.margins, source=used.source, date=used.date, status=used.status,
        waves=tuple(
            WaveWeightsRecord(
                wave, found.value("design_effect", wave=wave), _people(found.value("n_effective", wave=wave))
            )
            for wave in waves
        ),
        notes=tuple(dict.fromkeys((*(one for one in part.beside.notes if one not in found.notes), *used.notes))),
    )  # fmt: skip


def _weighted(part: QuestionnaireEvaluation, scale: str) -> WeightedRecord | None:
    found = part.weighted
    if found is None:
        return None
    table = found.table[found.table["scale"] == scale]
    row = question_row(table)
    return WeightedRecord(
        found.verdicts[scale], _number(row["estimate"]), _number(row["ci_low"]), _number(row["ci_high"]),
        _p_of_verdict(table, row),
    )  # fmt: skip


def _scale(part: QuestionnaireEvaluation, scale: str) -> ScaleRecord:
    change, verdict = part.change, part.change.verdicts[scale]
    table = change.table[change.table["scale"] == scale]
    row = question_row(table)
    alpha, low, high = _alpha(part, scale)
    comparability = _comparability(part, scale)
    strength, lowered = strength_of(
        Facts(
            basis=_basis(part, scale), simulated=part.simulated, verdict=verdict, comparability=comparability, alpha=alpha,
            linked=change.linked, share_lost=_share_lost(part)[1],
        )
    )  # fmt: skip
    smallest = change.smallest_effect.get(scale, 0.0)
    return ScaleRecord(
        scale=scale,
        name=dict(part.survey.questionnaire.scale(scale).name.by_language),
        primary=scale == part.primary and (part.survey.primary == scale or part.protocol is not None),
        verdict=verdict,
        term=str(row["term"]),
        contrast=str(row["contrast"]),
        estimate=_number(row["estimate"]),
        ci_low=_number(row["ci_low"]),
        ci_high=_number(row["ci_high"]),
        conf_level=float(change.conf_level),
        smallest_effect=float(smallest) if smallest else None,
        p_adjusted=_p_of_verdict(table, row),
        n=_people(row["n"]),
        alpha=_number(alpha),
        alpha_low=_number(low),
        alpha_high=_number(high),
        comparability=comparability,
        strength=strength,
        lowered=lowered,
        weighted=_weighted(part, scale),
    )


def _basis(part: QuestionnaireEvaluation, scale: str) -> EvidenceBasis:
    """Return what the design allows; areas that are too few for an interval allow no more than one group does."""
    design, table = part.survey.design, part.change.table
    row = question_row(table[table["scale"] == scale])
    if not design.has_comparison or _number(row["ci_low"]) is None:
        return "one_group"
    return "randomized_areas" if design.randomized else "comparison_areas"


def _alpha(part: QuestionnaireEvaluation, scale: str) -> tuple[float, float, float]:
    if part.meter is None:
        return math.nan, math.nan, math.nan
    table = part.meter.table
    rows = table[(table["scale"] == scale) & (table["term"] == "alpha")]
    if rows.empty:
        return math.nan, math.nan, math.nan
    first = rows.iloc[0]
    return float(first["estimate"]), float(first["ci_low"]), float(first["ci_high"])


def _comparability(part: QuestionnaireEvaluation, scale: str) -> Comparability:
    if part.comparability is None:
        return "not_examined"
    return _COMPARABLE.get(part.comparability.verdicts.get(scale, ""), "not_examined")


def _share_lost(part: QuestionnaireEvaluation) -> tuple[float, float]:
    """Return the share of people lost as it may be told, and as the strength goes by it: one to four of many are few."""
    if part.loss is None:
        return math.nan, math.nan
    table = part.loss.table
    rows = table[(table["scale"] == part.primary) & (table["term"] == "share_lost") & (table["group"] == "")]
    if rows.empty:
        return math.nan, math.nan
    share = float(rows["estimate"].iloc[0])
    if not math.isnan(share):
        return share, share
    asked = part.change.table[part.change.table["scale"] == part.primary]
    seen = _people(question_row(asked)["n"])
    few = seen is not None and _MOST_HIDDEN / (seen + _MOST_HIDDEN) <= MANY_LOST
    return math.nan, 0.0 if few else math.nan


def _p_of_verdict(table: pd.DataFrame, row: pd.Series[Any]) -> float | None:
    found = table[table["term"] == "smallest_effect"]
    return _number(found["p_adjusted"].iloc[0] if len(found) else row["p_adjusted"])


def _other_primary(part: QuestionnaireEvaluation) -> tuple[str, ...]:
    """Return the deviation of a file that judges by another scale than the protocol."""
    promised, said = part.protocol, part.survey.primary
    if promised is None or said in (None, promised.primary):
        return ()
    return (f"the pilot file judges by {said}, promised was {promised.primary}.",)


def _in_words(design: PilotDesign, people: FollowedPeople) -> str:
    beside = ""
    if design.has_comparison:
        lot = ", chosen by lot" if design.randomized else ", not chosen by lot"
        without = (
            f" and {len(design.comparison)} without it" if design.comparison else " and all other areas without it"
        )
        beside = f", in {len(design.treated)} areas with the pilot{without}{lot}"
    return f"Before and after, {PEOPLE[people]}{beside}."


def _people(n: Any) -> int | None:
    if n is None or pd.isna(n) or n < FEWEST_PEOPLE:
        return None
    return int(n) // ROUNDED_TO * ROUNDED_TO


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) or not math.isfinite(value) else float(value)
