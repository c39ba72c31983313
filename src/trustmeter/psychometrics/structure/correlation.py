"""How ordered answers go together: polychoric, tetrachoric and polyserial correlations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, unknown_word
from trustmeter.options import (
    FEWEST_IN_A_CELL,
    FEWEST_PEOPLE,
    EmptyCells,
    MissingRule,
    check_conf_level,
    check_option,
)
from trustmeter.psychometrics.matrix import Floats, Items
from trustmeter.psychometrics.remark import (
    FEW_CLUSTERS,
    gathered,
    left_out_remark,
    tells_too_little,
    weights_remark,
)
from trustmeter.psychometrics.structure.correlation_data import Booleans, Codes, CorrelationData, correlated_answers
from trustmeter.responses.model import Responses
from trustmeter.responses.sampling import RowValues, design_notes
from trustmeter.results import Provenance, Result, vocabulary_frame
from trustmeter.stats.correlation.interval import correlation_interval
from trustmeter.stats.correlation.mixed import MixedCorrelations, mixed_correlations
from trustmeter.stats.correlation.smoothing import SMALLEST_EIGENVALUE, smoothed

_FEW = 100
_LISTED = 5


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
    empty: EmptyCells = "two_by_two",
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
        When half a row is put into the empty cells of a pair's table. ``"two_by_two"``: in tables of two by two with one
        empty cell, which alone makes the estimate 1 or -1 (margins are kept). ``"when_needed"``: in any table whose
        estimate would run to 1 or -1. ``"always"``, ``"never"``.
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
    Fisher's z, by the delta method. Where few rows carry nearly all the weight, so that they tell less than ten
    unweighted ones would (Kish), standard errors and intervals are withheld.

    Larger tables with empty cells have a most likely correlation as they are. When it is 1 or -1, that is what is
    reported, without standard error. Half a row in each empty cell would hide it: of two identical items with five
    categories and 150 rows it makes .88 on average, with seven .84, and with 60 rows .74 and .63. In simulations of three
    to seven categories and 60 to 500 rows, correlations of .80 to 1, the estimate as it is had the smaller bias and
    root mean squared error wherever the two rules differ (three categories, 60 rows, true .95: .05 against .15).

    A matrix of pairwise estimates need not be positive definite; then eigenvalues
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
    data = correlated_answers(items, scale, numeric, missing, weights=weights, clusters=clusters)
    found = mixed_correlations(data.codes, data.values, weights=data.weights, clusters=data.clusters, empty=empty)
    options = {
        "scale": scale, "numeric": list(data.numbers), "conf_level": conf_level, "missing": missing, "empty": empty,
        "weights": weights if isinstance(weights, str) else weights is not None,
        "clusters": clusters if isinstance(clusters, str) else clusters is not None,
    }  # fmt: skip
    ground = items.provenance(**options) if isinstance(items, Responses) else Provenance(options=options)
    made = _result(data, found, conf_level, replace(ground, rows_used=data.matrix.n))
    return replace(made, notes=(*made.notes, *design_notes(items, weights, clusters)))


def contrast_of(first: str, second: str) -> str:
    """Return the name of a pair of items, as the table has it."""
    return f"{first} ~ {second}"


def _result(
    data: CorrelationData, found: MixedCorrelations, conf_level: float, provenance: Provenance
) -> CorrelationResult:
    """Return estimates in the order of the items; `found` has the ordered items first."""
    matrix = data.matrix
    names = [*data.ordered, *data.numbers]
    place = [names.index(item) for item in matrix.items]
    estimates = found.correlations[np.ix_(place, place)]
    errors = found.std_errors[np.ix_(place, place)]
    little = data.pairs_that_tell_too_little()
    errors[little & ~np.eye(len(place), dtype=bool)] = np.nan
    usable = smoothed(estimates)
    thresholds, hidden = _thresholds(data, found.thresholds)
    notes = [
        *_pair_notes(names, found), *_smoothing_note(estimates, usable), *_data_notes(data, hidden),
        *_weight_notes(data, little), *gathered([("", text) for text in matrix.far_codes()], 1),
        *left_out_remark([matrix]),
    ]  # fmt: skip
    square = list(matrix.items)
    return CorrelationResult(
        table=vocabulary_frame(_rows(data, estimates, errors, conf_level)),
        notes=tuple(notes),
        provenance=provenance,
        matrix=pd.DataFrame(usable, index=square, columns=square),
        std_errors=pd.DataFrame(errors, index=square, columns=square),
        thresholds=thresholds,
    )


def _rows(data: CorrelationData, estimates: Floats, errors: Floats, conf_level: float) -> list[dict[str, Any]]:
    items = data.matrix.items
    kinds = dict.fromkeys(data.numbers, "number")
    kinds |= {item: "binary" if top == 2 else "ordered" for item, top in zip(data.ordered, data.levels, strict=True)}
    first, second = np.triu_indices(len(items), 1)
    rho, error = estimates[first, second], errors[first, second]
    numbers = (rho, error, *correlation_interval(rho, error, conf_level), data.rows_of_pairs()[first, second])
    columns = zip(first.tolist(), second.tolist(), *(values.tolist() for values in numbers), strict=True)
    rows = []
    for i, j, estimate, std_error, low, high, n in columns:
        term, method = _term({kinds[items[i]], kinds[items[j]]})
        rows.append(
            {
                "scale": data.matrix.scale, "term": term, "contrast": contrast_of(items[i], items[j]),
                "estimate": estimate, "std_error": std_error, "ci_low": low, "ci_high": high, "n": n, "method": method,
            }
        )  # fmt: skip
    return rows


def _term(kinds: set[str]) -> tuple[str, str]:
    if kinds == {"number"}:
        return "pearson", "product-moment"
    if "number" in kinds:
        return "polyserial", "two-step ML"
    return ("tetrachoric" if kinds == {"binary"} else "polychoric"), "two-step ML"


def _thresholds(data: CorrelationData, values: Floats) -> tuple[pd.DataFrame, list[str]]:
    """Return the thresholds that may be shown, one row an item, and the items of which some are hidden.

    Answers that fewer than five people gave are told together with their neighbours.
    """
    width = int(data.levels.max(initial=1)) - 1
    table = np.full((len(data.ordered), width), np.nan)
    table[np.arange(width) < data.levels[:, None] - 1] = values
    hidden = []
    for row, (item, shown) in enumerate(zip(data.ordered, data.tellable(), strict=True)):
        table[row, np.flatnonzero(~shown)] = np.nan
        hidden += [] if shown.all() else [item]
    return pd.DataFrame(table, index=list(data.ordered), columns=range(1, width + 1)), hidden


def _pair_notes(names: Sequence[str], found: MixedCorrelations) -> list[str]:
    said = []
    if len(found.adjusted):
        said.append(f"Half a row was put into empty cells, which draws towards zero: {_listed(names, found.adjusted)}.")
    if len(found.at_limit):
        pairs = _listed(names, found.at_limit)
        said.append(
            f"The correlation of {pairs} runs to 1 or -1, so it has no standard error and no interval. Such items are "
            "answered almost identically, or as opposites: are they nearly the same item?"
        )
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


def _weight_notes(data: CorrelationData, little: Booleans) -> list[str]:
    """Return the notes on what weighted rows tell, of all pairs or of those that have less."""
    said = gathered([("", text) for text in weights_remark(data.weights)], 1)
    pairs = np.argwhere(np.triu(little, 1))
    if len(pairs) and not tells_too_little(data.weights):
        listed = _listed(data.matrix.items, pairs)
        said.append(
            f"Few rows carry nearly all the weight of {listed}: they tell less than {FEWEST_PEOPLE} unweighted ones "
            "would, so standard errors and intervals are withheld."
        )
    return said


def _data_notes(data: CorrelationData, hidden: Sequence[str]) -> list[str]:
    matrix, said = data.matrix, []
    if matrix.persons < _FEW:
        said.append(f"Fewer than {_FEW} people; polychoric correlations are rough, and so are their standard errors.")
    if hidden:
        listed = ", ".join(map(repr, hidden))
        said.append(f"Thresholds beside answers of fewer than {FEWEST_IN_A_CELL} people are not shown: {listed}.")
    if data.clusters is not None and data.named:
        count = int(data.clusters.max()) + 1
        rough = f"; fewer than {FEW_CLUSTERS} make them rough" if count < FEW_CLUSTERS else ""
        said.append(f"Standard errors are by {count} clusters{rough}.")
    elif data.clusters is not None:
        said.append("Some people are there more than once; standard errors are clustered by respondent.")
    waves = 1 if matrix.waves is None else len(np.unique(matrix.waves[matrix.used]))
    if waves > 1:
        said.append(f"Rows of {waves} waves are taken together; a change between them counts as correlation.")
    if data.ordered:
        said.append("Normal variables behind the answers are taken for granted; that is not examined here.")
    return said
