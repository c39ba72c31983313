"""How a pilot's people were drawn: where the answers carry a design of their sample, comparisons go by it."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.responses.sampling import design_notes
from trustmeter.scoring.model import Scores

Design = TypeVar("Design", bound="PilotDesign | GroupDesign")

PARTS = ("weights", "clusters")
"""What comparisons use of a sample's design."""


def drawn_as_said(scores: Scores, design: Design) -> tuple[Scores, Design]:
    """Return scores and design with the weights and clusters of the answers' own design, where `design` names none.

    Clusters of several strata may bear one name: they get a column of their own, with both. Areas that were chosen for
    the pilot carry the uncertainty, not the clusters inside them.
    """
    own = scores.answers.design
    if own is None:
        return scores, design
    if design.weights is None and own.weights is not None:
        design = replace(design, weights=own.weights)
    if design.clusters is not None or _has_areas(design) or own.clusters is None:
        return scores, design
    if own.strata is None:
        return scores, replace(design, clusters=own.clusters)
    column = f"{own.strata} x {own.clusters}"
    return _with_column(scores, column, own.strata, own.clusters), replace(design, clusters=column)


def sample_notes(scores: Scores, design: PilotDesign | GroupDesign) -> tuple[str, ...]:
    """Return what a comparison must say of the answers' own design: what of it was used, and what was not."""
    own = scores.answers.design
    if own is None:
        return ()
    clusters = design.clusters in {own.clusters, f"{own.strata} x {own.clusters}"} or _has_areas(design)
    used = {"weights": design.weights == own.weights, "clusters": clusters}
    instead = None if used["weights"] else design.weights
    return design_notes(scores.answers, instead, parts=[name for name in PARTS if used[name]])


def _has_areas(design: PilotDesign | GroupDesign) -> bool:
    return isinstance(design, PilotDesign) and design.area is not None


def _with_column(scores: Scores, column: str, first: str, second: str) -> Scores:
    answers = scores.answers
    if column in answers.roles.columns:
        return scores
    both = answers.frame[first].astype("string") + " x " + answers.frame[second].astype("string")
    roles = replace(answers.roles, kept=(*answers.roles.kept, column))
    held = replace(answers, frame=answers.frame.assign(**{column: both}), roles=roles)
    return replace(scores, frame=scores.frame.assign(**{column: both.to_numpy()}), answers=held)
