"""Item by item: how answers lie, and how each item goes with the rest of its scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError, unknown_word
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE, MissingRule, check_option
from trustmeter.psychometrics.matrix import Floats, ItemMatrix, Items, item_matrices
from trustmeter.psychometrics.remark import against, gathered, left_out_remark, partly_read
from trustmeter.responses.model import Responses
from trustmeter.responses.sampling import design_notes
from trustmeter.results import Provenance, Result, vocabulary_frame
from trustmeter.stats.consistency.alpha import alphas_if_dropped, item_total_correlations

TERMS = ("mean", "sd", "item_total", "alpha_if_dropped", "share_lowest", "share_highest")
"""What is told of each item."""

_FEW_STEPS = 2
"""On an item with three answers or two, mean and standard deviation give all counts away."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ItemAnalysis(Result):
    """Six numbers an item: mean, sd, corrected item-total correlation, alpha if dropped, floor and ceiling shares."""

    title: ClassVar[str] = "Item analysis"

    def value(self, term: str, item: str, scale: str | None = None) -> float:
        """Return one number of one item; `scale` is needed when the item is in several scales shown."""
        rows = self.table
        for name, wanted in (("scale", scale), ("item", item), ("term", term)):
            if wanted is not None:
                known = list(dict.fromkeys(rows[name]))
                if wanted not in known:
                    raise DesignError(unknown_word(name, wanted, known, "the item analysis"))
                rows = rows[rows[name] == wanted]
        if len(rows) > 1:
            listed = ", ".join(repr(name) for name in rows["scale"])
            raise DesignError(f"Item {item!r} is in the scales {listed}. Say which with `scale`.")
        return float(rows["estimate"].iloc[0])


def analyze_items(
    answers: Responses | Items, *, scale: str | Sequence[str] | None = None, missing: MissingRule = "listwise"
) -> ItemAnalysis:
    """Describe each item of each scale, and how it goes with the other items.

    Use it to find items that do not belong, that are keyed in the wrong direction, or on which nearly everybody gives
    the lowest or the highest answer, so that no change could be seen.

    Parameters
    ----------
    answers
        Responses, or a plain frame (or two-dimensional array) with one column an item.
    scale
        Of Responses: the id of a scale, several ids, or ``None`` for all scales of which items were read.
    missing
        ``"listwise"``: rows in which all items of the scale are answered. ``"pairwise"``: means, standard deviations
        and shares from all answers to the item, correlations from all pairs.

    Returns
    -------
    ItemAnalysis
        Columns ``scale item term estimate n suppressed``; six terms an item. Items are turned in the scale's direction
        first; ``mean`` and ``sd`` are on the item's own range. ``share_lowest`` and ``share_highest`` are the shares of
        the lowest and highest possible answer (of a plain frame: the lowest and highest seen in any of its items).
        Both shares are suppressed when one to four people gave the lowest, the highest, or an answer in between (of
        items with up to three answers mean and sd too, for they would tell); everything, when fewer than ten people
        are left. Of Responses all but the correlations go when one to four people gave any of the answers.

    Raises
    ------
    DesignError
        When the call cannot be carried out: unknown scale, text instead of numbers.
    EstimationError
        When the only scale asked for has one item or fewer than ten rows.

    Notes
    -----
    ``item_total`` is the correlation of the item with the sum of the *other* items; ``alpha_if_dropped`` is alpha
    without it (unknown with two items). Of Responses both are those of the 0-100 score.

    References
    ----------
    Nunnally, J. C., & Bernstein, I. H. (1994). Psychometric theory (3rd ed.). McGraw-Hill.

    Examples
    --------
    In R ``psych::alpha(items)`` gives the same ``r.drop`` and ``alpha.drop``.

    >>> import pandas as pd
    >>> from trustmeter.psychometrics.items import analyze_items
    >>> items = pd.DataFrame({"q1": [1, 2, 2, 3, 3, 4, 4, 5, 5, 3], "q2": [2, 1, 2, 3, 4, 4, 3, 5, 4, 3],
    ...                       "q3": [1, 2, 3, 3, 2, 4, 5, 4, 5, 2]})
    >>> found = analyze_items(items)
    >>> round(found.value("item_total", "q1"), 4), round(found.value("mean", "q1"), 1)
    (0.9598, 3.2)
    """
    check_option("missing", missing, MissingRule, "analyze_items")
    matrices = item_matrices(answers, scale, missing, "analyze_items", mixed=False)
    alone = not isinstance(answers, Responses) or isinstance(scale, str)
    rows: list[dict[str, Any]] = []
    remarks: list[tuple[str, str]] = []
    for matrix in matrices:
        reason = matrix.too_few()
        if reason and alone:
            name = f" of scale {matrix.scale!r}" if matrix.scale else ""
            raise EstimationError(f"`analyze_items`{name} cannot be carried out: {reason}.")
        found, said = (_hidden(matrix), [f"not shown: {reason}."]) if reason else _shown(matrix)
        rows += found
        remarks += [(matrix.scale, text) for text in said]
    options = {"scale": scale, "missing": missing}
    ground = answers.provenance(**options) if isinstance(answers, Responses) else Provenance(options=options)
    return ItemAnalysis(
        table=vocabulary_frame(rows),
        notes=(*gathered(remarks, len(matrices)), *left_out_remark(matrices), *design_notes(answers, parts=())),
        provenance=replace(ground, rows_used=max(matrix.n for matrix in matrices)),
    )


def _shown(matrix: ItemMatrix) -> tuple[list[dict[str, Any]], list[str]]:
    S = matrix.covariance
    item_total = item_total_correlations(S)
    dropped = alphas_if_dropped(S)
    rows = []
    answers = matrix.answers if matrix.n == len(matrix.answers) else matrix.answers[matrix.used]
    for position, item in enumerate(matrix.items):
        column = answers[:, position]
        answered = int(np.count_nonzero(~np.isnan(column)))
        related = {"item_total": float(item_total[position]), "alpha_if_dropped": float(dropped[position])}
        described = _described(column, matrix.limits[position], matrix.clusters)
        if matrix.scale and _any_rare(column, matrix.clusters):
            described |= dict.fromkeys(described, math.nan)
        estimates = {**described, **related}
        rows += [_row(matrix.scale, item, term, estimates[term], answered) for term in TERMS]
    said = matrix.far_codes() + against(matrix, item_total) + partly_read(matrix)
    constant = matrix.constant()
    if constant:
        said.append(f"no two different answers to {', '.join(map(repr, constant))}.")
    if any(row["suppressed"] for row in rows):
        said.append("shares that rest on one to four people are not shown.")
    return rows, said


def _described(column: Floats, limits: Floats, clusters: NDArray[np.intp] | None) -> dict[str, float]:
    """Return mean, sd and shares of one item's answers; not a number where too few people gave them."""
    answered = ~np.isnan(column)
    if _people(answered, clusters) < FEWEST_PEOPLE:
        return dict.fromkeys(("mean", "sd", "share_lowest", "share_highest"), math.nan)
    lowest, highest = column == limits[0], column == limits[1]
    between = answered & ~lowest & ~highest
    hidden = any(0 < _people(part, clusters) < FEWEST_IN_A_CELL for part in (lowest, between, highest))
    seen = column if answered.all() else column[answered]
    n, mean = len(seen), float(seen.mean())
    apart = seen - mean
    shares = {"share_lowest": float(lowest.sum() / n), "share_highest": float(highest.sum() / n)}
    middle = {"mean": mean, "sd": math.sqrt(float(apart @ apart) / (n - 1))}
    if hidden:
        shares = dict.fromkeys(shares, math.nan)
        told_by_mean = limits[1] - limits[0] <= _FEW_STEPS
        middle = dict.fromkeys(middle, math.nan) if told_by_mean else middle
    return {**middle, **shares}


def _any_rare(column: Floats, clusters: NDArray[np.intp] | None) -> bool:
    """Tell whether one to four people gave any of the answers: mean, sd and shares of n people tell how many gave each."""
    return any(
        0 < _people(column == answer, clusters) < FEWEST_IN_A_CELL for answer in np.unique(column[~np.isnan(column)])
    )


def _people(rows: NDArray[np.bool_], clusters: NDArray[np.intp] | None) -> int:
    return int(np.count_nonzero(rows)) if clusters is None else len(np.unique(clusters[rows]))


def _hidden(matrix: ItemMatrix) -> list[dict[str, Any]]:
    return [
        {**_row(matrix.scale, item, term, math.nan, matrix.n), "n": None, "suppressed": True}
        for item in matrix.items
        for term in TERMS
    ]


def _row(scale: str, item: str, term: str, estimate: float, n: int) -> dict[str, Any]:
    hidden = math.isnan(estimate) and term not in ("item_total", "alpha_if_dropped")
    return {"scale": scale, "item": item, "term": term, "estimate": estimate, "n": n, "suppressed": hidden}
