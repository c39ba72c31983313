"""One question instead of many: an index of several scales, declared as the primary outcome."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_PEOPLE, names_of
from trustmeter.pilot.change.layout import Layout, layout_of
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.drawn import drawn_as_said, sample_notes
from trustmeter.results import told_count
from trustmeter.scoring.model import Scores
from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.synthesis.index import IndexRule, index_of, index_rule

WHERE = "primary_index"
MOST_SCALES = 12
FEW_A_SCALE = 10
"""With fewer reference people a scale the weights hang on chance."""


def primary_index(
    scores: Scores,
    scales: Sequence[str],
    *,
    design: PilotDesign,
    name: str = "index",
    reverse: str | Sequence[str] = (),
) -> Scores:
    """Combine several scales into one index, so that a pilot asks one question instead of many.

    Use it before `compare`, with scales that were declared beforehand as parts of one primary outcome. It needs no
    adjustment for being several, and says nothing about which part moved.

    Parameters
    ----------
    scores
        Scores of all waves.
    scales
        Two scales or more; no two may share items.
    design
        Says which people the weights come from: those before the pilot, and where there are comparison areas those there.
    name
        Of the index.
    reverse
        Scales of something bad (discrimination, fear): they are turned, so that a higher index is better throughout.

    Returns
    -------
    Scores
        With the index as their one scale, in standard deviations of the reference people, whose mean is 0. ``ranges`` holds
        the lowest and highest index that answers could give, ``answered`` the number of scales behind each value. A row without
        any of the scales has none; one that lacks some has the weights of the others.

    Raises
    ------
    DesignError
        When fewer than two scales are named, two share items, or the name is taken.
    EstimationError
        When there are fewer than ten reference people, a scale does not vary among them, or scales determine each other.

    Notes
    -----
    With R the correlations of the standardised scales among the reference people, the weights are R^-1 1 over their sum: a
    scale counts the more, the less the others say the same (Anderson 2008). A weight can be below zero; a note then says so.

    References
    ----------
    Anderson, M. L. (2008). Multiple inference and gender differences in the effects of early intervention. Journal of the
    American Statistical Association, 103(484), 1481-1495. doi:10.1198/016214508000000841

    Examples
    --------
    >>> import trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust")
    >>> answers = tm.simulate_responses(trust, 200, waves=("2022", "2023"), change=1.0, seed=1)
    >>> design = tm.PilotDesign("2022", "2023")
    >>> parts = ["effectiveness", "procedural_justice", "legitimacy"]
    >>> index = tm.primary_index(tm.score(answers), parts, design=design)
    >>> index.scales, tm.compare(index, design).verdicts
    (('index',), {'index': 'increase'})
    """
    parts = _checked(scores, scales, design, name, reverse)
    scores, design = drawn_as_said(scores, design)
    layout = layout_of(scores, design)
    rows = layout.before if layout.treated is None else layout.before & ~layout.treated
    reference = _components(layout.scores, parts)[rows]
    weights = None if layout.weights is None else layout.weights[rows]
    if weights is not None:
        reference, weights = reference[weights > 0], weights[weights > 0]
    people = int((~np.isnan(reference)).any(axis=1).sum())
    if people < FEWEST_PEOPLE:
        raise EstimationError(
            f"The weights of an index need {FEWEST_PEOPLE} reference people or more with a score; got {told_count(people)}. The "
            "question that can be answered is that of each scale: `compare` with Holm's adjustment."
        )
    rule = index_rule(reference, weights)
    components = _components(scores, parts)
    there = (~np.isnan(components)).sum(axis=1)
    columns = list(scores.roles.columns)
    frame = scores.frame[columns].copy()
    frame[name] = index_of(components, rule)
    return replace(
        scores,
        frame=frame,
        scales=(name,),
        ranges={name: _range(scores, parts, rule)},
        answered=pd.DataFrame({name: there}, index=frame.index),
        notes=(*_notes(name, parts, rule, layout, there), *sample_notes(scores, design), *scores.notes),
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """The scales of an index, and those of them that are turned."""

    names: tuple[str, ...]
    turned: frozenset[str]


def _checked(
    scores: object, scales: Sequence[str], design: object, name: object, reverse: str | Sequence[str]
) -> _Parts:
    """Check what was passed; return what the index is made of."""
    if not isinstance(scores, Scores):
        raise DesignError(f"`{WHERE}` takes scores. Make them with `score(answers)`. Got {type(scores).__name__}.")
    if not isinstance(design, PilotDesign):
        raise DesignError(f"The `design` of `{WHERE}` must be a `PilotDesign`. Got {type(design).__name__}.")
    names = names_of("scales", scales, WHERE)
    for one in names:
        scores.column(one)
    if not 2 <= len(names) <= MOST_SCALES:
        message = f"An index needs 2 to {MOST_SCALES} scales. Got {len(names)}."
        raise DesignError(
            f"{message} {'One scale needs no index: compare it as it is.' if len(names) < 2 else ''}".rstrip()
        )
    turned = names_of("reverse", reverse, WHERE) if reverse else ()
    for one in turned:
        if one not in names:
            raise DesignError(f"The scale {one!r} is to be turned, but is no part of the index ({', '.join(names)}).")
    if not isinstance(name, str) or not name.strip() or name in scores.roles.columns or name in scores.scales:
        raise DesignError(f"The `name` of an index must be a new name, not that of a column or scale. Got {name!r}.")
    items = {one.id: set(one.items) for one in scores.answers.questionnaire.scales}
    for one, other in itertools.combinations(names, 2):
        if items.get(one, set()) & items.get(other, set()):
            message = f"The scales {one!r} and {other!r} share items, so the same answers would count twice."
            raise DesignError(f"{message} Take a scale or its dimensions, not both.")
    return _Parts(names, frozenset(turned))


def _components(scores: Scores, parts: _Parts) -> Floats:
    """Return the scales' scores (rows, k), those of something bad turned inside their range."""
    columns = []
    for one in parts.names:
        values = scores.column(one).to_numpy(dtype=float, na_value=np.nan)
        columns.append(sum(scores.ranges[one]) - values if one in parts.turned else values)
    return np.column_stack(columns)


def _range(scores: Scores, parts: _Parts, rule: IndexRule) -> tuple[float, float]:
    """Return the lowest and highest index that scores could give, whichever scales are missing."""
    low, high = np.array([scores.ranges[one] for one in parts.names]).T
    there = np.array(list(itertools.product((False, True), repeat=len(parts.names)))[1:])
    up = np.where(rule.weights > 0, high, low)
    down = np.where(rule.weights > 0, low, high)
    ends = [index_of(np.where(there, end, np.nan), rule) for end in (down, up)]
    return float(np.nanmin(ends[0])), float(np.nanmax(ends[1]))


def _notes(name: str, parts: _Parts, rule: IndexRule, layout: Layout, there: Integers) -> list[str]:
    """Return where the index comes from, with its weights, and how to read it."""
    pairs = list(zip(parts.names, rule.weights, strict=True))
    weights = ", ".join(f"{one}{' (turned)' if one in parts.turned else ''} {weight:.2f}" for one, weight in pairs)
    where = "" if layout.treated is None else " in the comparison areas"
    notes = [
        f"The index {name!r} is in standard deviations of {rule.n} people of {layout.design.before!r}{where}, from whom its "
        f"weights come: {weights}. A higher index is more of each scale{' (less of those turned)' if parts.turned else ''}.",
        "Choose the scales of an index beforehand; one made after looking at the scales proves nothing. What moved in it is "
        "for the scales themselves to say.",
    ]
    if negative := [one for one, weight in pairs if weight < 0]:
        notes.append(
            f"The weight of {', '.join(negative)} is below zero: the other scales hold what it shares with them, so a rise of "
            "it lowers the index. Look whether it should be turned, or leave it out."
        )
    if rule.n < FEW_A_SCALE * len(pairs):
        notes.append(f"The weights rest on fewer than {FEW_A_SCALE} people a scale and hang on chance.")
    if partly := int(((there > 0) & (there < len(pairs))).sum()):
        notes.append(f"{told_count(partly)} rows lack some of the scales and have the weights of the others.")
    return notes
