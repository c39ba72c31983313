"""What must be said beside the numbers of a scale, in as few sentences as possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trustmeter.options import FEWEST_PEOPLE
from trustmeter.psychometrics.matrix import Floats, ItemMatrix
from trustmeter.responses.model import Responses
from trustmeter.results import told_count
from trustmeter.stats.consistency.alpha import alpha_of, item_total_correlations
from trustmeter.stats.consistency.moments import effective_size
from trustmeter.stats.covariance import pair_counts

SMALL_SAMPLE = 30
FEW_CLUSTERS = 20
_LISTED = 3
_COPY = 1 - 1e-9


def data_remarks(matrix: ItemMatrix) -> list[str]:
    """Return the remarks on a scale that was estimated."""
    S = matrix.covariance
    said = matrix.far_codes()
    if matrix.persons < SMALL_SAMPLE:
        said.append(f"fewer than {SMALL_SAMPLE} people; the numbers are rough.")
    if alpha_of(S) < 0:
        said.append("alpha is negative, so items point in opposite directions; their keys may be reversed.")
    said += against(matrix, item_total_correlations(S))
    said += partly_read(matrix) + _copies(matrix)
    if (matrix.limits != matrix.limits[0]).any():
        said.append("its items have different ranges; all numbers are those of the 0-100 score.")
    said += _design_remarks(matrix)
    if matrix.missing == "pairwise":
        low, high = pair_counts(matrix.rows)
        said.append(f"pairs of items rest on {low} to {high} rows; no intervals and no omega from pairs.")
    return said


def _copies(matrix: ItemMatrix) -> list[str]:
    """Return the remark on two items that everybody answered alike, if there are such."""
    sd = np.sqrt(np.diag(matrix.covariance))
    same = np.argwhere(np.tril(matrix.covariance / np.outer(sd, sd), -1) > _COPY)
    if not len(same):
        return []
    one, other = (matrix.items[int(place)] for place in same[0][::-1])
    return [f"{one!r} and {other!r} are copies of each other: all coefficients are too high; leave one out."]


def _design_remarks(matrix: ItemMatrix) -> list[str]:
    """Return what weights, clusters and holes do to the numbers."""
    said = []
    if matrix.clusters is not None and matrix.given_clusters is None:
        said.append("some people are there more than once; standard errors are clustered by respondent.")
    elif matrix.clusters is not None:
        count = int(matrix.clusters.max()) + 1
        rough = f"; fewer than {FEW_CLUSTERS} make them rough" if count < FEW_CLUSTERS else ""
        said.append(f"standard errors are by {count} clusters, with t of {count - 1} degrees of freedom{rough}.")
    if matrix.weights is not None:
        said.append(_worth(effective_size(matrix.weights)))
    if matrix.missing == "fiml":
        said.append("rows with holes count, by maximum likelihood; answers are taken to be missing at random.")
    return said


def tells_too_little(weights: Floats | None, groups: NDArray[np.intp] | None = None) -> bool:
    """Tell whether weighted rows, of any group (n,) where there are several, tell less than ten unweighted ones.

    Then standard errors, intervals and tests are withheld: they would rest on a handful of rows, and look exact.
    """
    return weights is not None and _least_worth(weights, groups) < FEWEST_PEOPLE


def weights_remark(weights: Floats | None, groups: NDArray[np.intp] | None = None) -> list[str]:
    """Return the remark on what weighted rows tell, and on what is withheld when that is too little, if any."""
    if weights is None:
        return []
    if not tells_too_little(weights, groups):
        return [_worth(effective_size(weights))]
    which = "they tell" if groups is None else "those of a group tell"
    return [
        f"few rows carry nearly all the weight; {which} less than {FEWEST_PEOPLE} unweighted ones would (Kish), so "
        "standard errors, intervals and tests are withheld."
    ]


def _least_worth(weights: Floats, groups: NDArray[np.intp] | None) -> float:
    """Return Kish's effective number of rows, the smallest of the groups' where there are several."""
    parts = [weights] if groups is None else [weights[groups == group] for group in np.unique(groups)]
    return min(effective_size(part / part.max()) if part.any() else 0.0 for part in parts)


def _worth(rows: float) -> str:
    return f"rows are weighted; they tell as much as {rows:.0f} unweighted ones (Kish)."


def against(matrix: ItemMatrix, item_total: Sequence[float] | np.ndarray[Any, Any]) -> list[str]:
    """Return the remark on items that run against the others, if there are any."""
    names = [repr(name) for name, r in zip(matrix.items, item_total, strict=True) if r < 0]
    if not names:
        return []
    cure = "whether the questionnaire should list it as reversed" if matrix.scale else "whether to reverse it first"
    return [f"{', '.join(names)} run{'s' if len(names) == 1 else ''} against the other items: check {cure}."]


def partly_read(matrix: ItemMatrix) -> list[str]:
    """Return the remark on a scale of which not all items were read, if so."""
    k = len(matrix.items)
    return [f"only {k} of its {matrix.length} items were read."] if k < matrix.length else []


def turned_remark(answers: object, items: Sequence[str]) -> list[str]:
    """Return the note on items of Responses that were turned before anything was made of them, if there are any."""
    if not isinstance(answers, Responses):
        return []
    turned = {item for scale in answers.questionnaire.scales for item in scale.reversed}
    names = [repr(item) for item in items if item in turned]
    if not names:
        return []
    return [f"Turned first, as the questionnaire says, so that a high answer means more: {', '.join(names)}."]


def gathered(remarks: Sequence[tuple[str, str]], scales_shown: int) -> list[str]:
    """Join the same remark on several scales into one note: ``"Scales 'a', 'b': fewer than …"``."""
    scales: dict[str, list[str]] = {}
    for scale, text in remarks:
        scales.setdefault(text, []).append(scale)
    return [_sentence([name for name in names if name], text, scales_shown) for text, names in scales.items()]


def left_out_remark(matrices: Sequence[ItemMatrix]) -> list[str]:
    """Return the note on rows that were left out because of unanswered items, if there are any."""
    counts = {matrix.scale: (len(matrix.values) - matrix.n, len(matrix.values)) for matrix in matrices}
    parts = [
        f"{name!r} {told_count(lost)} of {n}" if name else f"{told_count(lost)} of {n}"
        for name, (lost, n) in counts.items()
        if lost
    ]
    return [f"Rows left out because of unanswered items: {', '.join(parts)}."] if parts else []


def assumption(answers: object, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the note on what alpha and omega take for granted, and on waves that are taken together."""
    text = "Alpha and omega take one factor and uncorrelated errors for granted; that is not examined here."
    if not isinstance(answers, Responses):
        return text
    shown = {row["scale"] for row in rows}
    parents = [one.id for one in answers.questionnaire.scales if one.id in shown and _has_dimensions(answers, one.id)]
    if parents:
        have = "which has dimensions" if len(parents) == 1 else "which have dimensions"
        text += f" It is doubtful for {', '.join(map(repr, parents))}, {have}."
    wave = answers.roles.wave
    waves = answers.frame[wave].nunique() if wave is not None else 1
    return text if waves < 2 else f"{text} Rows of {waves} waves are taken together, each wave around its own means."


def _has_dimensions(answers: Responses, scale: str) -> bool:
    return len(answers.questionnaire.dimensions(scale)) > 0


def _sentence(scales: Sequence[str], text: str, scales_shown: int) -> str:
    if not scales:
        return text[:1].upper() + text[1:]
    if len(scales) == scales_shown > _LISTED:
        return f"All {scales_shown} scales: {text}"
    return f"Scale{'s' if len(scales) > 1 else ''} {', '.join(map(repr, scales))}: {text}"
