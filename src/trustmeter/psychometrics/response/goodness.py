"""Does the model hold: item by item, and pair by pair of items?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from trustmeter.errors import DesignError, EstimationError, unknown_word
from trustmeter.options import FEWEST_PEOPLE, Adjustment, check_option, check_seed, check_whole
from trustmeter.psychometrics.response.calibrate import IrtResult
from trustmeter.psychometrics.response.sample import as_codes
from trustmeter.results import Result, vocabulary_frame
from trustmeter.stats.irt.dependence import LocalDependence, local_dependence
from trustmeter.stats.irt.summed_score import ItemFit
from trustmeter.stats.irt.summed_score import item_fit as summed_score_fit
from trustmeter.stats.multiplicity import adjusted


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ItemFitResult(Result):
    """How well each item, and each pair of items, goes with an item response model."""

    title: ClassVar[str] = "Item fit"

    def value(self, term: str, item: str, contrast: str = "", group: str = "") -> float:
        """Return one estimate: ``value("s_x2", "TR01")``, ``value("q3_centred", "TR01", "with TR02")``."""
        rows = self.table
        for name, wanted in (("term", term), ("item", item), ("contrast", contrast), ("group", group)):
            if name in rows:
                known = list(dict.fromkeys(rows[name]))
                if wanted not in known:
                    raise DesignError(unknown_word(name, wanted, known, "the item fit"))
                rows = rows[rows[name] == wanted]
        return float(rows["estimate"].iloc[0])


def item_fit(
    result: IrtResult,
    *,
    adjust: Adjustment = "holm",
    draws: int = 100,
    seed: int | np.random.Generator | None = None,
) -> ItemFitResult:
    """Examine whether answers behave as an item response model says.

    Use it before the numbers of `irt` are believed: S-X2 tells items whose answers do not rise with the trait as the
    model has it; Q3 tells pairs of items that share more than the trait (nearly the same words, a common story), which
    make the scale look more exact than it is.

    Parameters
    ----------
    result
        What `irt` gave.
    adjust
        How the p values of the items' S-X2 are adjusted for being several.
    draws
        How many data sets are simulated from the model for the p values of Q3; 0 for none.
    seed
        Makes them repeatable.

    Returns
    -------
    ItemFitResult
        Columns ``scale item group term contrast estimate df p_value p_adjusted n method``. A row ``s_x2`` an item (and
        group; the estimate is the chi-squared statistic), and a row ``q3_centred`` a pair of items (``contrast`` names
        the second): the correlation of residuals less the mean of all pairs. Its ``p_adjusted`` is the share of
        simulated data sets in which *any* pair reaches it.

    Raises
    ------
    EstimationError
        When fewer than ten people answered all items and simulation is not asked for.

    Notes
    -----
    S-X2 compares observed and expected answers among people with the same sum, from complete rows: the sum over sums and
    answers of (O - E)^2 / E, the expected shares by the recursion of Lord and Wingersky. Answers that expect the fewest
    people are taken together with a neighbour until each expects one. Degrees of freedom: cells less one in each sum,
    less the item's parameters. With a large sample small misfit is significant; look at `result.curves()` as well.

    Q3 is the correlation of residuals around the answer expected at the posterior mean; without dependence about
    -1 / (items - 1), therefore centred. Christensen et al. (2017) found no single critical value that fits all
    scales; values 0.2 above the mean are often taken as a sign. The p value comes from data simulated from the fitted
    model, with the same missing answers.

    References
    ----------
    Orlando, M., & Thissen, D. (2000). Likelihood-based item-fit indices for dichotomous item response theory models.
    Applied Psychological Measurement, 24(1), 50-64. doi:10.1177/01466216000241003

    Kang, T., & Chen, T. T. (2008). Performance of the generalized S-X2 item fit index for polytomous IRT models. Journal of
    Educational Measurement, 45(4), 391-406. doi:10.1111/j.1745-3984.2008.00071.x

    Yen, W. M. (1984). Effects of local item dependence on the fit and equating performance of the three-parameter logistic
    model. Applied Psychological Measurement, 8(2), 125-145. doi:10.1177/014662168400800201

    Christensen, K. B., Makransky, G., & Horton, M. (2017). Critical values for Yen's Q3. Applied Psychological Measurement,
    41(3), 178-194. doi:10.1177/0146621616677520

    Examples
    --------
    In R ``mirt::itemfit(fit)`` and ``mirt::residuals(fit, type = "Q3")``; there cells are taken together in another way.

    >>> import numpy as np
    >>> from trustmeter.psychometrics.response.calibrate import irt
    >>> from trustmeter.psychometrics.response.goodness import item_fit
    >>> rng = np.random.default_rng(3)
    >>> items = np.digitize(1.5 * rng.normal(size=(500, 1)) + rng.logistic(size=(500, 5)), [-2, 0, 2])
    >>> found = item_fit(irt(items), draws=20, seed=1)
    >>> list(found.table["term"].value_counts())
    [10, 5]
    """
    if not isinstance(result, IrtResult):
        raise DesignError(f"`item_fit` takes the result of `irt`. Got {type(result).__name__}.")
    check_option("adjust", adjust, Adjustment, "item_fit")
    check_whole("draws", draws, 0, "item_fit")
    check_seed(seed, "item_fit")
    used = result.sample.used
    codes, groups = as_codes(result.sample.answers[used], result.values)[0], result.sample.groups[used]
    rows: list[dict[str, Any]] = []
    said = []
    weighted = result.sample.weights is not None
    for number in range(0 if weighted else len(result.groups)):
        own = codes[groups == number]
        if int((own >= 0).all(axis=1).sum()) < FEWEST_PEOPLE:
            of = f" of group {result.groups[number]!r}" if result.groups[number] else ""
            said.append(f"No S-X2{of}: fewer than {FEWEST_PEOPLE} people answered all items.")
            continue
        rows += _fit_rows(result, summed_score_fit(result.fit, own, number), result.groups[number], adjust)
    found = local_dependence(result.fit, codes, groups, draws, np.random.default_rng(seed))
    rows += _pair_rows(result, found, codes, draws)
    if not rows:
        raise EstimationError("`item_fit` cannot be carried out: too few people answered the same items.")
    options = {
        **result.provenance.options,
        "adjust": adjust,
        "draws": draws,
        "seed": seed if isinstance(seed, int) else None,
    }
    return ItemFitResult(
        table=vocabulary_frame(rows),
        notes=tuple(said + _remarks(result, rows, found, weighted=weighted)),
        provenance=replace(result.provenance, options=options),
    )


def _fit_rows(result: IrtResult, found: ItemFit, group: str, adjust: str) -> list[dict[str, Any]]:
    p_adjusted = adjusted(found.p_value, adjust)
    return [
        {"scale": result.sample.scale, "item": item, "group": group, "term": "s_x2", "estimate": float(found.statistic[at]),
         "df": float(found.df[at]) if found.df[at] > 0 else np.nan, "p_value": float(found.p_value[at]),
         "p_adjusted": float(p_adjusted[at]), "n": found.n, "method": "S-X2"}
        for at, item in enumerate(result.items)
    ]  # fmt: skip


def _pair_rows(result: IrtResult, found: LocalDependence, codes: Any, draws: int) -> list[dict[str, Any]]:
    there = (codes >= 0).astype(int)
    together = there.T @ there
    method = f"Q3 less its mean, {draws} simulations" if draws else "Q3 less its mean"
    return [
        {"scale": result.sample.scale, "item": result.items[first], "group": "", "term": "q3_centred",
         "contrast": f"with {result.items[second]}", "estimate": float(found.centred[first, second]),
         "p_adjusted": float(found.p_value[first, second]), "n": int(together[first, second]), "method": method}
        for first, second in zip(*np.triu_indices(len(result.items), 1), strict=True)
        if not np.isnan(found.centred[first, second])
    ]  # fmt: skip


def _remarks(result: IrtResult, rows: list[dict[str, Any]], found: LocalDependence, *, weighted: bool) -> list[str]:
    said = []
    complete = {row["n"] for row in rows if row["term"] == "s_x2"}
    used = int(result.sample.used.sum())
    if complete and sum(complete) < used and len(result.groups) == 1:
        said.append(f"S-X2 rests on the {max(complete)} of {used} rows in which all items were answered.")
    without = [row["item"] for row in rows if row["term"] == "s_x2" and np.isnan(row["df"])]
    if without:
        said.append(f"No S-X2 of {', '.join(map(repr, dict.fromkeys(without)))}: no degree of freedom is left.")
    if weighted:
        said.append("No S-X2 of weighted answers: its distribution holds for people who were drawn alike.")
    if result.sample.clusters is not None:
        said.append("Rows are not independent; S-X2 and Q3 take them as such, so small p values come too easily.")
    said.append(f"The mean of Q3, taken off each, is {np.nanmean(found.q3):.3f}.")
    if not np.isnan(found.critical):
        said.append(
            f"Under the model the largest centred Q3 stays below {found.critical:.3f} in 95 % of simulated data sets."
        )
    return said
