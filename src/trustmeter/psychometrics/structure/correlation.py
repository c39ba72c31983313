"""How ordered answers go together: polychoric, tetrachoric and polyserial correlations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError, unknown_word
from trustmeter.options import (
    FEWEST_IN_A_CELL,
    FEWEST_PEOPLE,
    EmptyCells,
    MissingRule,
    check_conf_level,
    check_option,
    names_of,
)
from trustmeter.psychometrics.matrix import Floats, ItemMatrix, Items, item_matrices
from trustmeter.psychometrics.remark import left_out_remark
from trustmeter.psychometrics.sampling import RowValues, row_clusters, row_weights
from trustmeter.responses.model import Responses
from trustmeter.results import Provenance, Result, vocabulary_frame
from trustmeter.stats.correlation.interval import correlation_interval
from trustmeter.stats.correlation.mixed import MixedCorrelations, mixed_correlations
from trustmeter.stats.correlation.smoothing import SMALLEST_EIGENVALUE, smoothed

MOST_CATEGORIES = 12
"""An item with more different answers is a number, not an ordered answer."""

_FEW = 100
_LISTED = 5

Codes = NDArray[np.intp]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CorrelationResult(Result):
    """Correlations of all pairs of items.

    Parameters
    ----------
    matrix
        The correlations as a square frame, positive definite: smoothed when the estimates in `table` were not, which
        a note then says.
    std_errors
        Their standard errors, as a square frame.
    thresholds
        One row an ordered item, one column a threshold: where on the normal variable behind the item one answer gives
        way to the next. Empty where an item has fewer, and where fewer than five people would be told of.
    """

    title: ClassVar[str] = "Correlations of ordered answers"

    matrix: pd.DataFrame
    std_errors: pd.DataFrame
    thresholds: pd.DataFrame

    def value(self, first: str, second: str) -> float:
        """Return the estimate of one pair of items, before any smoothing."""
        for name in (first, second):
            if name not in self.matrix.columns:
                raise DesignError(unknown_word("item", name, map(str, self.matrix.columns), "the correlations"))
        if first == second:
            return 1.0
        names = {contrast_of(first, second), contrast_of(second, first)}
        return float(self.table.loc[self.table["contrast"].isin(names), "estimate"].iloc[0])


def polychoric(
    items: Responses | Items,
    *,
    scale: str | None = None,
    numeric: str | Sequence[str] = (),
    conf_level: float = 0.95,
    missing: MissingRule = "listwise",
    empty: EmptyCells = "when_needed",
    weights: RowValues | None = None,
    clusters: RowValues | None = None,
) -> CorrelationResult:
    """Correlate the normal variables behind ordered answers.

    Use it instead of Pearson's correlation when items have few categories or lie skewed: Pearson's is then too small,
    and the smaller the more two items differ in how they are spread. It is also what factor analysis of ordered items
    starts from. Items with two categories get the tetrachoric correlation, which is the same thing.

    Parameters
    ----------
    items
        Responses, or a plain frame (or two-dimensional array) with one column an item. Codes are whole numbers of any
        origin; only their order counts.
    scale
        Of Responses: the scale's id; may be left out when items of only one scale were read.
    numeric
        The columns that are numbers on a scale of their own, such as an age: with an ordered item they get the
        polyserial correlation, among themselves Pearson's.
    conf_level
        Level of the intervals.
    missing
        ``"listwise"``: rows in which all items are answered. ``"pairwise"``: each correlation from the rows that have
        both items, each threshold from the rows that have the item.
    empty
        When half a row is put into the empty cells of a pair's table. ``"when_needed"``: in two by two tables, where
        any empty cell makes the estimate 1 or -1 (margins are kept), and in larger ones only when the estimate would
        run to 1 or -1. ``"always"``, ``"never"``.
    weights, clusters
        Of Responses the name of a column that was read along, of a frame one value a row: what a row stands for, and
        which rows were drawn together. People who answered more than once are clusters without being named.

    Returns
    -------
    CorrelationResult
        Columns ``scale term contrast estimate std_error ci_low ci_high n method``, one row a pair of items; ``term``
        is ``polychoric``, ``tetrachoric``, ``polyserial`` or ``pearson``. Also the frames ``matrix``, ``std_errors``
        and ``thresholds``.

    Raises
    ------
    DesignError
        When a column holds no whole numbers, or more than twelve different ones, and is not in `numeric`.
    EstimationError
        When there are fewer than two items or ten people, in `missing` = ``"pairwise"`` for any pair, or an item does
        not vary.

    Notes
    -----
    Two steps: a threshold is the normal quantile of the share of answers at or below a category; a correlation is the
    most likely one given the thresholds, the likelihood being the sum of n_ab log P_ab over the cells of the pair's
    table with P_ab from the bivariate normal distribution. The standard error accounts for both steps and holds
    whatever the distribution (sandwich); of people who are there more than once it is clustered. Intervals are made on
    Fisher's z, by the delta method. A matrix of pairwise estimates need not be positive definite; then eigenvalues
    below 1e-6 are raised to it and the diagonal is made ones again.

    References
    ----------
    Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation coefficient. Psychometrika, 44(4),
    443-460. doi:10.1007/BF02296207

    Olsson, U., Drasgow, F., & Dorans, N. J. (1982). The polyserial correlation coefficient. Psychometrika, 47(3),
    337-347. doi:10.1007/BF02294164

    Jöreskog, K. G. (1994). On the estimation of polychoric correlations and their asymptotic covariance matrix.
    Psychometrika, 59(3), 381-389. doi:10.1007/BF02296131

    Examples
    --------
    In R ``lavaan::lavCor(items, ordered = names(items))`` gives the same matrix.

    >>> import numpy as np
    >>> from trustmeter.psychometrics.structure.correlation import polychoric
    >>> rng = np.random.default_rng(2)
    >>> latent = rng.normal(size=(500, 1)) + rng.normal(size=(500, 3))
    >>> found = polychoric(np.digitize(latent, [-1, 0.5, 2]))
    >>> round(found.value("item 1", "item 2"), 3)
    0.538
    """
    check_conf_level(conf_level, "polychoric")
    check_option("missing", missing, MissingRule, "polychoric")
    check_option("empty", empty, EmptyCells, "polychoric")
    matrix = _one_matrix(items, scale, missing)
    numbers = _numeric_items(matrix, numeric)
    _refuse(matrix, numbers)
    codes = _codes(matrix, [item for item in matrix.items if item not in numbers])
    columns = [matrix.items.index(item) for item in numbers]
    values = matrix.answers[matrix.used][:, columns]
    w, groups = _design(items, matrix, weights, clusters)
    found = mixed_correlations(codes.to_numpy(), values, weights=w, clusters=groups, empty=empty)
    options = {
        "scale": scale, "numeric": list(numbers), "conf_level": conf_level, "missing": missing, "empty": empty,
        "weights": weights if isinstance(weights, str) else weights is not None,
        "clusters": clusters if isinstance(clusters, str) else clusters is not None,
    }  # fmt: skip
    ground = items.provenance(**options) if isinstance(items, Responses) else Provenance(options=options)
    return _result(matrix, codes, found, conf_level, replace(ground, rows_used=matrix.n))


def contrast_of(first: str, second: str) -> str:
    """Return the name of a pair of items, as the table has it."""
    return f"{first} ~ {second}"


def _one_matrix(items: object, scale: object, missing: MissingRule) -> ItemMatrix:
    if scale is not None and not isinstance(scale, str):
        raise DesignError(f"The `scale` argument of `polychoric` must be one scale's id. Got {scale!r}.")
    matrices = item_matrices(items, scale, missing, "polychoric")
    if len(matrices) > 1:
        listed = ", ".join(repr(matrix.scale) for matrix in matrices)
        message = f"`polychoric` correlates the items of one scale. Items of several were read: {listed}."
        raise DesignError(f"{message} Say which with `scale`.")
    return matrices[0]


def _design(
    items: object, matrix: ItemMatrix, weights: RowValues | None, clusters: RowValues | None
) -> tuple[Floats | None, Codes | None]:
    """Return weights, 1 on average, and clusters of the rows that are used."""
    w, groups = row_weights(items, weights, "polychoric"), row_clusters(items, clusters, "polychoric")
    if w is not None:
        w = w[matrix.used]
        if not (w > 0).all():
            raise DesignError("The `weights` of `polychoric` must be above 0. Leave rows that count nothing out first.")
        w = w / w.mean()
    return w, matrix.clusters if groups is None else np.unique(groups[matrix.used], return_inverse=True)[1]


def _numeric_items(matrix: ItemMatrix, numeric: object) -> tuple[str, ...]:
    given = () if isinstance(numeric, Iterable) and not isinstance(numeric, str) and not list(numeric) else numeric
    names = () if given == () else names_of("numeric", given, "polychoric")
    for name in names:
        if name not in matrix.items:
            raise DesignError(unknown_word("numeric item", name, matrix.items, "`polychoric`"))
    return tuple(item for item in matrix.items if item in names)


def _refuse(matrix: ItemMatrix, numbers: Sequence[str]) -> None:
    """Refuse what cannot be correlated, for the first reason found."""
    name = f" of scale {matrix.scale!r}" if matrix.scale else ""
    reason = _obstacle(matrix)
    if reason:
        raise EstimationError(f"`polychoric`{name} cannot be estimated: {reason}.")
    for item, column in zip(matrix.items, matrix.answers[matrix.used].T, strict=True):
        values = np.unique(column[~np.isnan(column)])
        broken = bool((values != np.round(values)).any())
        if item not in numbers and (broken or len(values) > MOST_CATEGORIES):
            got = "numbers that are not whole" if broken else f"{len(values)} different ones"
            message = f"`polychoric` needs ordered answers, whole numbers of which at most {MOST_CATEGORIES} differ."
            raise DesignError(
                f"{message} Got {got} in {item!r}. If it is a number on a scale of its own, pass `numeric=[{item!r}]`."
            )


def _obstacle(matrix: ItemMatrix) -> str:
    if len(matrix.items) < 2:
        return "a correlation needs two items"
    if matrix.persons < FEWEST_PEOPLE:
        return matrix.too_few()
    constant = matrix.constant()
    if constant:
        return f"no two different answers to {', '.join(map(repr, constant))}; leave such items out"
    answered = ~np.isnan(matrix.answers)
    for i, j in zip(*np.triu_indices(len(matrix.items), 1), strict=True):
        both = np.asarray(answered[:, i] & answered[:, j])
        if _people(matrix, both) < FEWEST_PEOPLE:
            pair = f"{matrix.items[i]!r} and {matrix.items[j]!r}"
            return f"fewer than {FEWEST_PEOPLE} people answered both {pair}; leave one of them out"
    return ""


def _people(matrix: ItemMatrix, rows: NDArray[np.bool_]) -> int:
    return int(rows.sum()) if matrix.people is None else len(np.unique(matrix.people[rows]))


def _codes(matrix: ItemMatrix, ordered: Sequence[str]) -> pd.DataFrame:
    """Return the answers as 0, 1, … without gaps, one column an ordered item; -1 is missing."""
    rows = matrix.answers[matrix.used]
    codes = np.full((len(rows), len(ordered)), -1, dtype=np.intp)
    for position, item in enumerate(ordered):
        column = rows[:, matrix.items.index(item)]
        there = ~np.isnan(column)
        codes[there, position] = np.unique(column[there], return_inverse=True)[1]
    return pd.DataFrame(codes, columns=list(ordered))


def _result(
    matrix: ItemMatrix, codes: pd.DataFrame, found: MixedCorrelations, conf_level: float, provenance: Provenance
) -> CorrelationResult:
    """Return estimates in the order of the items; `found` has the ordered items (columns of `codes`) first."""
    ordered = [str(item) for item in codes.columns]
    numbers = [item for item in matrix.items if item not in ordered]
    names = [*ordered, *numbers]
    place = [names.index(item) for item in matrix.items]
    estimates = found.correlations[np.ix_(place, place)]
    errors = found.std_errors[np.ix_(place, place)]
    kinds = {item: "number" for item in numbers}
    kinds |= {item: "binary" if codes[item].max() == 1 else "ordered" for item in ordered}
    usable = smoothed(estimates)
    thresholds, hidden = _thresholds(matrix, codes, found.thresholds)
    notes = [
        *_pair_notes(names, found), *_smoothing_note(estimates, usable), *_data_notes(matrix, ordered, hidden),
        *left_out_remark([matrix]),
    ]  # fmt: skip
    square = list(matrix.items)
    return CorrelationResult(
        table=vocabulary_frame(_rows(matrix, kinds, estimates, errors, conf_level)),
        notes=tuple(notes),
        provenance=provenance,
        matrix=pd.DataFrame(usable, index=square, columns=square),
        std_errors=pd.DataFrame(errors, index=square, columns=square),
        thresholds=thresholds,
    )


def _rows(
    matrix: ItemMatrix, kinds: dict[str, str], estimates: Floats, errors: Floats, conf_level: float
) -> list[dict[str, Any]]:
    low, high = correlation_interval(estimates, errors, conf_level)
    answered = ~np.isnan(matrix.answers[matrix.used])
    rows = []
    for i, j in zip(*np.triu_indices(len(matrix.items), 1), strict=True):
        first, second = matrix.items[i], matrix.items[j]
        term, method = _term({kinds[first], kinds[second]})
        rows.append(
            {
                "scale": matrix.scale, "term": term, "contrast": contrast_of(first, second),
                "estimate": estimates[i, j], "std_error": errors[i, j], "ci_low": low[i, j], "ci_high": high[i, j],
                "n": int((answered[:, i] & answered[:, j]).sum()), "method": method,
            }
        )  # fmt: skip
    return rows


def _term(kinds: set[str]) -> tuple[str, str]:
    if kinds == {"number"}:
        return "pearson", "product-moment"
    if "number" in kinds:
        return "polyserial", "two-step ML"
    return ("tetrachoric" if kinds == {"binary"} else "polychoric"), "two-step ML"


def _thresholds(matrix: ItemMatrix, codes: pd.DataFrame, values: Floats) -> tuple[pd.DataFrame, list[str]]:
    """Return the thresholds that may be shown, one row an item, and the items of which some are hidden.

    Answers that fewer than five people gave are told together with their neighbours.
    """
    levels = [int(codes[item].max()) + 1 for item in codes.columns]
    width = max(levels, default=1) - 1
    table, hidden, start = np.full((len(levels), width), np.nan), list[str](), 0
    people = None if matrix.people is None else matrix.people[matrix.used]
    for row, item in enumerate(codes.columns):
        own = values[start : start + levels[row] - 1]
        start += levels[row] - 1
        shown = _tellable(codes[item].to_numpy(), people)
        table[row, : len(own)] = np.where(shown, own, np.nan)
        hidden += [] if shown.all() else [str(item)]
    return pd.DataFrame(table, index=list(codes.columns), columns=range(1, width + 1)), hidden


def _tellable(codes: Codes, people: Codes | None) -> NDArray[np.bool_]:
    """Tell which thresholds part two groups of answers that enough people gave."""

    def count(low: int, high: int) -> int:
        chosen = (codes >= low) & (codes < high)
        return int(chosen.sum()) if people is None else len(np.unique(people[chosen]))

    top, since = int(codes.max()) + 1, 0
    shown = np.zeros(top - 1, dtype=bool)
    for cut in range(1, top):
        if min(count(since, cut), count(cut, top)) >= FEWEST_IN_A_CELL:
            shown[cut - 1], since = True, cut
    return shown


def _pair_notes(names: Sequence[str], found: MixedCorrelations) -> list[str]:
    said = []
    if len(found.adjusted):
        said.append(f"Half a row was put into empty cells, which draws towards zero: {_listed(names, found.adjusted)}.")
    if len(found.at_limit):
        pairs = _listed(names, found.at_limit)
        said.append(f"The correlation of {pairs} runs to 1 or -1: no standard error, and no proof of sameness.")
    return said


def _listed(names: Sequence[str], pairs: Codes) -> str:
    told = [f"{names[i]!r} with {names[j]!r}" for i, j in pairs[:_LISTED]]
    rest = len(pairs) - len(told)
    return ", ".join(told) + (f" and {rest} more pair{'s' if rest > 1 else ''}" if rest else "")


def _smoothing_note(estimates: Floats, usable: Floats) -> list[str]:
    if usable is estimates:
        return []
    change = float(np.abs(usable - estimates).max())
    text = f"The estimates are not positive definite; in `matrix` eigenvalues below {SMALLEST_EIGENVALUE:g} were raised"
    return [f"{text} to it. No correlation changed by more than {change:.2g}."]


def _data_notes(matrix: ItemMatrix, ordered: Sequence[str], hidden: Sequence[str]) -> list[str]:
    said = []
    if matrix.persons < _FEW:
        said.append(f"Fewer than {_FEW} people; polychoric correlations are rough, and so are their standard errors.")
    if hidden:
        listed = ", ".join(map(repr, hidden))
        said.append(f"Thresholds beside answers of fewer than {FEWEST_IN_A_CELL} people are not shown: {listed}.")
    if matrix.clusters is not None:
        said.append("Some people are there more than once; standard errors are clustered by respondent.")
    waves = 1 if matrix.waves is None else len(np.unique(matrix.waves[matrix.used]))
    if waves > 1:
        said.append(f"Rows of {waves} waves are taken together; a change between them counts as correlation.")
    if ordered:
        said.append("Normal variables behind the answers are taken for granted; that is not examined here.")
    return said
