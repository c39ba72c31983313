"""Of whom does a report tell? The groups of people behind its figures, for the register of publications."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trustmeter.disclosure.publishing import ToldGroup
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.pilot.change.layout import Layout, layout_of
from trustmeter.pilot.change.model import scale_rows_of
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import GroupDesign
from trustmeter.pilot.subgroup import INTERACTION, SubgroupResult
from trustmeter.pilot.subgroup_model import membership_of
from trustmeter.present.tally import groups_of
from trustmeter.responses.labels import row_labels
from trustmeter.results import Result
from trustmeter.scoring.model import Scores

Rows = NDArray[np.bool_]
ARMS = ("pilot areas", "comparison areas")


def told_groups(change: Comparison, results: Sequence[Result] = ()) -> list[ToldGroup]:
    """Return every group of ten people or more that a report of these results tells something about."""
    counted = replace(change, scores=_counted(change.scores))
    found = [*_of_scales(counted), *_of_items(counted), *_of_meter(counted)]
    for result in results:
        if isinstance(result, SubgroupResult):
            found += _of_subgroups(counted, result)
    return [one for one in found if one.rows.sum() >= FEWEST_PEOPLE]


def _counted(scores: Scores) -> Scores:
    """Return scores whose rows are named by their position."""
    answers = scores.answers
    plain = replace(answers, frame=answers.frame.reset_index(drop=True), missing=answers.missing.reset_index(drop=True))
    frame, answered = (one.reset_index(drop=True) for one in (scores.frame, scores.answered))
    return replace(scores, frame=frame, answered=answered, answers=plain)


def _of_scales(change: Comparison) -> Iterator[ToldGroup]:
    """Return the people behind the means of each scale that is shown, wave by wave (area by area), or group by group."""
    shown = [scale for scale, verdict in change.verdicts.items() if verdict != "suppressed"]
    scores, design = change.scores, change.design
    layout = None if isinstance(design, GroupDesign) else layout_of(scores, design)
    for scale in shown:
        told = _scores_told(scores, scale)
        if layout is None:
            scored = scores.frame[scale].notna().to_numpy(dtype=bool)
            parts = [(name, rows & scored) for name, rows in groups_of(change)]
        else:
            parts = list(_waves(scale_rows_of(layout, scale).layout, scores))
        for name, rows in parts:
            yield ToldGroup(f"scale {scale}", name, rows, told)
    scored = scores.frame[shown].notna().any(axis=1).to_numpy(dtype=bool)
    for name, rows in groups_of(change):
        yield ToldGroup("rows", name, rows, [""] * len(scores))
        yield ToldGroup("people with a score", name, rows & scored, [""] * len(scores))


def _waves(layout: Layout, scores: Scores) -> Iterator[tuple[str, Rows]]:
    """Return the rows of each wave, of either kind of area where there are two, as rows of the scores."""
    arms: list[tuple[str, Any]] = [("", True)]
    if layout.treated is not None:
        arms = [(f", {name}", kind) for name, kind in zip(ARMS, (layout.treated, ~layout.treated), strict=True)]
    for place, wave in enumerate(layout.design.waves):
        for name, kind in arms:
            yield f"{wave}{name}", _placed(layout, (layout.wave == place) & kind, scores)


def _placed(layout: Layout, rows: Rows, scores: Scores) -> Rows:
    placed = np.zeros(len(scores), dtype=bool)
    placed[layout.scores.frame.index.to_numpy()[rows]] = True
    return placed


def _scores_told(scores: Scores, scale: str) -> list[str]:
    return [f"{value:.6f}" for value in scores.frame[scale].to_numpy(dtype=float, na_value=np.nan)]


def _of_items(change: Comparison) -> Iterator[ToldGroup]:
    """Return the people behind the answers to each question, wave by wave, and behind what is missing, together."""
    answers, everybody = change.scores.answers, np.ones(len(change.scores), dtype=bool)
    for item in answers.item_ids:
        kinds = [str(kind) for kind in answers.missing[item]]
        codes = row_labels(answers.frame[item]).fillna("").tolist()
        told = [f"{kind}\x1f{code}" for kind, code in zip(kinds, codes, strict=True)]
        if answers.questionnaire.item(item).response_scale.type == "ordinal":
            for name, rows in groups_of(change):
                yield ToldGroup(f"answers {item}", name, rows, told)
        yield ToldGroup(f"missing {item}", "all waves", everybody, kinds)


def _of_meter(change: Comparison) -> Iterator[ToldGroup]:
    """Return the people behind the reliability of each scale, and behind its item analysis: those who answered all of it."""
    answers = change.scores.answers
    for scale in change.verdicts:
        items = [item for item in answers.questionnaire.scale(scale).items if item in answers.item_ids]
        codes = [row_labels(answers.frame[item]).fillna("").tolist() for item in items]
        complete = (answers.missing[items] == 0).all(axis=1).to_numpy(dtype=bool)
        yield ToldGroup(
            f"questions of {scale}", "all waves", complete, ["\x1f".join(row) for row in zip(*codes, strict=True)]
        )


def _of_subgroups(change: Comparison, result: SubgroupResult) -> Iterator[ToldGroup]:
    """Return the people of each group that is shown; together they are the parts of one whole."""
    scores = change.scores
    layout = layout_of(scores, replace(result.design, earlier=(), later=()))
    member = membership_of(layout, result.by, list(result.verdicts))
    code = np.full(len(scores), -1)
    code[layout.scores.frame.index.to_numpy()] = member.code
    table = result.table[(result.table["term"] != INTERACTION) & ~result.table["suppressed"]]
    for scale, name in zip(table["scale"], table["group"], strict=True):
        told, inside = _scores_told(scores, scale), code == member.names.index(name)
        for wave, rows in _waves(scale_rows_of(layout, scale).layout, scores):
            yield ToldGroup(
                f"scale {scale}", f"{wave}, {result.by} {name}", rows & inside, told, f"{wave}, {result.by}"
            )
