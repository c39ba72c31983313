"""How many things a set of items measures: every criterion that the field trusts, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, unknown_word
from trustmeter.options import CorrelationKind, MissingRule, check_option, check_seed, check_whole
from trustmeter.psychometrics.matrix import Floats, Items
from trustmeter.psychometrics.structure.exploration.pooled import (
    Correlated,
    correlated_items,
    ordered_codes,
    pooled_items,
    provenance_of,
)
from trustmeter.responses.model import Responses
from trustmeter.responses.sampling import design_notes
from trustmeter.results import Result, printable, vocabulary_frame
from trustmeter.stats.correlation.ordinal import ordinal_moments
from trustmeter.stats.correlation.smoothing import smoothed
from trustmeter.stats.exploration.adequacy import pairwise_correlation, sampling_adequacy, sphericity
from trustmeter.stats.exploration.extraction import degrees_of_freedom
from trustmeter.stats.exploration.retention import (
    AveragePartial,
    Comparison,
    average_partial,
    parallel_analysis,
)

FEWEST_DRAWS = 20

CRITERIA = {
    "parallel_components": "parallel analysis of components",
    "parallel_factors": "parallel analysis of common factors",
    "map": "minimum average partial",
    "map_fourth": "minimum average partial, fourth powers",
}
"""The criteria by the term of their row."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class DimensionalityResult(Result):
    """How many factors to keep.

    Parameters
    ----------
    eigenvalues
        One row an eigenvalue (1, 2, ...), what a scree plot shows: ``observed``, ``random_mean``, ``random_95`` of
        components; ``common``, ``common_random_mean``, ``common_random_95`` of common factors.
    average_partials
        One row a number of components taken out (0, 1, ...): ``squared``, ``fourth``.
    suggestions
        The number by each criterion.
    suggested
        The number to start from: parallel analysis of components. ``int(result)`` is the same.
    """

    title: ClassVar[str] = "Number of factors"

    eigenvalues: pd.DataFrame
    average_partials: pd.DataFrame
    suggestions: Mapping[str, int]
    suggested: int

    def __int__(self) -> int:
        return self.suggested

    def value(self, term: str, item: str = "") -> float:
        """Return one estimate: ``value("kmo")``, ``value("kmo", "q3")``, ``value("map")``."""
        for name, wanted in (("term", term), ("item", item)):
            if wanted not in set(self.table[name]):
                raise DesignError(unknown_word(name, wanted, dict.fromkeys(self.table[name]), "the dimensionality"))
        rows = self.table[(self.table["term"] == term) & (self.table["item"] == item)]
        if not len(rows):
            raise DesignError(f"The term {term!r} is told of all items together. Leave the item out.")
        return float(rows["estimate"].iloc[0])

    def _summary_parts(self) -> list[str]:
        first, title, table, notes = super()._summary_parts()
        shown = self.eigenvalues[self.eigenvalues["observed"] > self.eigenvalues["random_mean"]]
        shown = self.eigenvalues.iloc[: len(shown) + 2].reset_index(names="eigenvalue")
        return [first, title, table, f"\n{printable(shown)}", notes]


def dimensionality(
    items: Responses | Items,
    *,
    scale: str | Sequence[str] | None = None,
    correlation: CorrelationKind = "pearson",
    missing: MissingRule = "listwise",
    draws: int = 100,
    seed: int | np.random.Generator | None = None,
) -> DimensionalityResult:
    """Tell how many factors lie behind items, by parallel analysis and by the minimum average partial.

    Use it before `efa`, and before a total score is made of items: a score of several things tells about none of
    them. The number is a place to start from; which solution is kept must also be decided by what its factors mean.

    Parameters
    ----------
    items
        Responses, or a plain frame (or two-dimensional array) with one column an item.
    scale
        Of Responses: the id of a scale or several ids, whose items are analysed together, each once; ``None``: the
        items of all scales.
    correlation
        ``"polychoric"`` for ordered answers of few categories (random data are treated alike); ``"pearson"`` takes
        codes as numbers.
    missing
        ``"listwise"``: rows with all items answered. ``"pairwise"``: all pairs of answers.
    draws
        How many random data sets the eigenvalues are compared with, at least 20.
    seed
        Makes them repeatable.

    Returns
    -------
    DimensionalityResult
        Columns ``scale item term estimate statistic df p_value n method``. Terms: ``kmo`` (of all items, and of each),
        ``bartlett``, and the number by each criterion: ``parallel_components``, ``parallel_factors``, ``map``,
        ``map_fourth``. Frames: ``eigenvalues`` (for a scree plot), ``average_partials``.

    Raises
    ------
    DesignError
        When the call cannot be carried out: unknown scale, no numbers, fewer than 20 draws.
    EstimationError
        Fewer than ten people, no more people than items, fewer than three items, an item that does not vary, a
        singular matrix.

    Notes
    -----
    Parallel analysis: an eigenvalue counts when it is above the 95th percentile of the same eigenvalue of random data,
    and so are all before it. Random data are each item's own answers in a random order, so that their distributions
    are those of the items. For common factors the diagonal of the correlations holds squared multiple correlations.

    Minimum average partial: the number of components after whose removal the mean squared (or fourth-power) partial
    correlation of the items is smallest.

    kmo = sum r^2 / (sum r^2 + sum q^2), q being partial correlations given all other items: near 1 when items share
    what they share with many others (Kaiser called 0.8 meritorious and below 0.5 unacceptable). bartlett = -(n - 1 -
    (2k + 5) / 6) log det R tests whether anything is correlated at all; with many people it always is.

    References
    ----------
    Horn, J. L. (1965). A rationale and test for the number of factors in factor analysis. Psychometrika, 30(2),
    179-185. doi:10.1007/BF02289447

    Velicer, W. F. (1976). Determining the number of components from the matrix of partial correlations. Psychometrika,
    41(3), 321-327. doi:10.1007/BF02293557

    Zwick, W. R., & Velicer, W. F. (1986). Comparison of five rules for determining the number of components to retain.
    Psychological Bulletin, 99(3), 432-442. doi:10.1037/0033-2909.99.3.432

    Kaiser, H. F. (1974). An index of factorial simplicity. Psychometrika, 39(1), 31-36. doi:10.1007/BF02291575

    Examples
    --------
    In R: ``psych::fa.parallel(items, SMC = TRUE)``, ``psych::vss(items)$map``, ``psych::KMO(items)``.

    >>> import numpy as np
    >>> from trustmeter.psychometrics.structure.exploration.retention import dimensionality
    >>> rng = np.random.default_rng(4)
    >>> trust = rng.normal(size=(400, 2)) @ np.array([[1, 0.5], [0, 0.9]])
    >>> items = np.repeat(trust, 3, axis=1) + rng.normal(size=(400, 6))
    >>> found = dimensionality(items, seed=1)
    >>> int(found), round(found.value("kmo"), 2)
    (2, 0.76)
    """
    check_option("correlation", correlation, CorrelationKind, "dimensionality")
    check_option("missing", missing, MissingRule, "dimensionality")
    check_whole("draws", draws, FEWEST_DRAWS, "dimensionality")
    check_seed(seed, "dimensionality")
    matrix = pooled_items(items, scale, missing, "dimensionality")
    data = correlated_items(matrix, correlation, "dimensionality", errors=False)
    components, common = _compared(data, correlation, draws, np.random.default_rng(seed))
    partial = average_partial(data.R)
    suggestions = dict(
        zip(
            CRITERIA,
            (components.suggested, common.suggested, partial.suggested, partial.suggested_by_fourth),
            strict=True,
        )
    )
    options = {
        "scale": scale, "correlation": correlation, "missing": missing, "draws": draws,
        "seed": seed if isinstance(seed, int) else None,
    }  # fmt: skip
    return DimensionalityResult(
        table=vocabulary_frame(list(_rows(data, suggestions, correlation, draws))),
        notes=(_advice(suggestions, len(matrix.items)), *data.notes, *design_notes(items, parts=())),
        provenance=provenance_of(items, matrix, options),
        eigenvalues=_scree(components, common),
        average_partials=_partials(partial),
        suggestions=suggestions,
        suggested=components.suggested,
    )


def _compared(
    data: Correlated, correlation: CorrelationKind, draws: int, rng: np.random.Generator
) -> tuple[Comparison, Comparison]:
    """Compare with random data that are correlated as the items were."""
    if correlation == "polychoric":
        codes = ordered_codes(data.matrix, "dimensionality").astype(float)

        def again(mixed: Floats) -> Floats:
            whole = np.where(np.isnan(mixed), -1, mixed).astype(np.intp)
            return smoothed(ordinal_moments(whole, acov=False, empty="two_by_two").correlations)

        return parallel_analysis(np.where(codes < 0, np.nan, codes), data.R, draws, rng, again)
    rows = data.matrix.rows
    if np.isnan(rows).any():
        return parallel_analysis(rows, data.R, draws, rng, _pairwise)
    return parallel_analysis(rows, data.R, draws, rng)


def _pairwise(x: Floats) -> Floats:
    return smoothed(np.nan_to_num(pairwise_correlation(x)))


def _rows(data: Correlated, suggestions: Mapping[str, int], correlation: str, draws: int) -> Iterator[dict[str, Any]]:
    told = {"scale": data.matrix.scale, "n": data.matrix.n, "item": ""}
    adequacy, test = sampling_adequacy(data.R), sphericity(data.R, data.matrix.n)
    yield {**told, "term": "kmo", "estimate": adequacy.overall, "method": correlation}
    for item, value in zip(data.matrix.items, adequacy.items, strict=True):
        yield {**told, "item": item, "term": "kmo", "estimate": value, "method": correlation}
    if correlation == "pearson":
        statistic = {"statistic": test.chi_square, "df": test.df, "p_value": test.p_value}
        yield {**told, "term": "bartlett", "estimate": test.chi_square, **statistic, "method": "normal theory"}
    for term, words in CRITERIA.items():
        how = f"{words}, 95th percentile of {draws} draws" if term.startswith("parallel") else words
        yield {**told, "term": term, "estimate": suggestions[term], "method": how}


def _advice(suggestions: Mapping[str, int], k: int) -> str:
    """Return the one sentence that recommends a number, and says when the criteria disagree."""
    start, numbers = suggestions["parallel_components"], sorted(set(suggestions.values()))
    factors = f"{start} factor{'' if start == 1 else 's'}"
    if start == 0:
        return "No eigenvalue is above chance (parallel analysis of components): there may be nothing to factor."
    if len(numbers) == 1:
        said = f"All four criteria suggest {factors}."
    else:
        listed = ", ".join(f"{suggestions[term]} ({words})" for term, words in CRITERIA.items())
        others = ", ".join(str(number) for number in numbers if number not in {start, 0})
        look = (
            f", and compare what the solution{'s' if ',' in others else ''} with {others} would mean" if others else ""
        )
        said = f"The criteria disagree: {listed}. Start from {factors}{look}."
    if degrees_of_freedom(k, start) < 0:
        said += f" But {k} items cannot tell {start} factors apart."
    return said


def _scree(components: Comparison, common: Comparison) -> pd.DataFrame:
    columns = {
        "observed": components.observed, "random_mean": components.mean, "random_95": components.quantile,
        "common": common.observed, "common_random_mean": common.mean, "common_random_95": common.quantile,
    }  # fmt: skip
    return pd.DataFrame(columns, index=range(1, len(components.observed) + 1))


def _partials(partial: AveragePartial) -> pd.DataFrame:
    return pd.DataFrame({"squared": partial.squared, "fourth": partial.fourth})
