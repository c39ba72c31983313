"""Whom does it speak for? The people compared against who lives there, and the same comparison with weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import pandas as pd

from trustmeter.errors import EstimationError
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.result import Comparison, question_row
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.evaluation.beside import WeightedBeside, rows_beside
from trustmeter.pilot.file.margins import MarginsFit, PilotMargins
from trustmeter.responses.design import SurveyDesign
from trustmeter.responses.model import Responses
from trustmeter.results import Result, vocabulary_frame
from trustmeter.weighting.adjusting import rake
from trustmeter.weighting.representing import Representation, representation
from trustmeter.weighting.result import Weighting

R = TypeVar("R", bound=Result)
COLUMN = "margin_weight"
DECLARED = "The answer without these weights is the declared one; the one with them stands beside it, of the same people and scores."
BY_ADJUSTED = "Verdicts go by p values that allow for several scales; the intervals beside them do not."
NOT_USED = "Not used of the design"
"""How the sentence begins that says what of a design no error allows for, such as the margins."""
WHOLE_ZONE = "The weights bring the answers of all areas together to the margins, not those of each area by themselves."


@dataclass(frozen=True, eq=False)
class SpeaksFor:
    """What margins say of one questionnaire's answers; ``None`` where they could not."""

    representation: Representation | None = None
    weighting: Weighting | None = None
    beside: WeightedBeside | None = None


def speaks_for(
    change: Comparison, margins: PilotMargins, fit: MarginsFit, attempt: Callable[[Callable[[], Any]], Any]
) -> SpeaksFor:
    """Hold the people compared against who lives there, weight them, and compare again; `attempt` keeps why a step failed."""
    if margins.known is None or not isinstance(change.design, PilotDesign):
        return SpeaksFor()
    known = margins.known.only(*fit.used)
    answers = _with_design(change)
    words: dict[str, Any] = {name: margins.chosen(getattr(margins, name), fit) for name in ("recode", "groups")}
    words["columns"] = dict(fit.sources)
    told = _unknown(margins, fit)
    seen = attempt(lambda: _with_notes(representation(answers, known, **words), told))
    if seen is None:
        return SpeaksFor()
    column = _free_name(answers)
    weighting = attempt(
        lambda: _with_notes(rake(answers, known, **words, unanswered=margins.unanswered, column=column), told)
    )
    if weighting is None:
        return SpeaksFor(seen)
    return SpeaksFor(seen, weighting, attempt(lambda: _beside(change, weighting)))


def _with_design(change: Comparison) -> Responses:
    """Return the answers compared, with the weights that the comparison used as what weighting starts from."""
    answers = change.scores.answers
    used = change.design.weights if isinstance(change.design, PilotDesign) else None
    held = answers.design or SurveyDesign()
    return answers if held.weights == used else answers.with_design(replace(held, weights=used))


def _unknown(margins: PilotMargins, fit: MarginsFit) -> tuple[str, ...]:
    """Return sentences on what the questionnaire does not ask, and on whom the margins do not know."""
    told = [f"Not asked, so that nothing is known of it here: {', '.join(fit.missing)}."] if fit.missing else []
    for variable in fit.sources:
        codes = [code for code, word in margins.recode.get(variable, {}).items() if not word]
        if codes:
            people = f"People whom the margins do not know ({variable}: {', '.join(codes)})"
            told.append(f"{people} count as if they had left the question open.")
    return tuple(told)


def _with_notes(found: R, told: tuple[str, ...]) -> R:
    return replace(found, notes=(*found.notes, *told))


def _free_name(answers: Responses) -> str:
    taken = {*answers.frame.columns, *(item.id for item in answers.questionnaire.items)}
    name = COLUMN
    while name in taken:
        name += "_2"
    return name


def _beside(change: Comparison, weighting: Weighting) -> WeightedBeside:
    """Compare again as before, with the weights; of the same people, or not at all."""
    weighted = _weighted(change, weighting)
    pairs = {scale: (_row(change, scale), _row(weighted, scale)) for scale in change.verdicts}
    if any(_people(one["n"]) != _people(other["n"]) for one, other in pairs.values()):
        raise EstimationError("With weights the comparison would rest on other people than without.")
    sentences = {scale: _sentence(scale, both, change, weighted) for scale, both in pairs.items()}
    design = change.design
    areas = isinstance(design, PilotDesign) and design.area is not None
    several = len(sentences) > 1 and change.provenance.options["adjustment"] != "none"
    said = (DECLARED, *((WHOLE_ZONE,) if areas else ()), *((BY_ADJUSTED,) if several else ()))
    unused = [note for note in weighted.notes if note.startswith(NOT_USED) and note not in change.notes]
    notes = (*said, *sentences.values(), *weighting.notes, *unused)
    provenance = replace(change.provenance, simulated=weighting.simulated)
    return WeightedBeside(
        table=vocabulary_frame(rows_beside(change, weighted)), notes=tuple(dict.fromkeys(notes)),
        provenance=provenance, unweighted=change, weighted=weighted, sentences=sentences,
    )  # fmt: skip


def _weighted(change: Comparison, weighting: Weighting) -> Comparison:
    scores, column = change.scores, weighting.column
    held = replace(scores, frame=scores.frame.assign(**{column: weighting.weights}), answers=weighting.answers)
    design: Any = change.design
    linked = "overlap" if design.linked == "overlap" else change.linked
    said: Mapping[str, Any] = change.provenance.options
    found = compare(
        held, replace(design, weights=column, linked=linked), scale=list(change.verdicts),
        smallest_effect={scale: value for scale, value in change.smallest_effect.items() if value} or None,
        conf_level=change.conf_level, adjustment=said["adjustment"], min_n=said["min_n"],
        seed=0 if said["seed"] is None else said["seed"],
    )  # fmt: skip
    return replace(found, provenance=replace(found.provenance, simulated=weighting.simulated))


def _row(found: Comparison, scale: str) -> pd.Series[Any]:
    return question_row(found.table[found.table["scale"] == scale])


def _people(n: Any) -> int:
    return -1 if n is None or pd.isna(n) else int(n)


def _sentence(
    scale: str, rows: tuple[pd.Series[Any], pd.Series[Any]], unweighted: Comparison, weighted: Comparison
) -> str:
    """Return what weights do to the answer of a scale: never that they changed it, for two answers differ by chance, too."""
    before, after = unweighted.verdicts[scale], weighted.verdicts[scale]
    if "suppressed" in {before, after}:
        return f"{scale}: too few people to tell, with weights as without."
    one, other = (_numbers(row) for row in rows)
    if before == after:
        return f"{scale}: {_word(before)} without weights ({one}), and {_word(before)} with them ({other})."
    return (
        f"{scale}: the answer depends on the weights: {_word(before)} without them ({one}), {_word(after)} with them ({other}). "
        "The declared answer stands; do not lean on it without saying this."
    )


def _word(verdict: str) -> str:
    return verdict.replace("_", " ")


def _numbers(row: pd.Series[Any]) -> str:
    estimate, low, high = (float(row[name]) for name in ("estimate", "ci_low", "ci_high"))
    if math.isnan(low) or math.isnan(high):
        return f"{estimate:+.1f} points, no interval"
    return f"{estimate:+.1f} points, {low:+.1f} to {high:+.1f}"
