"""How each item's answers depend on the trait: slopes and difficulties with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError, unknown_word
from trustmeter.options import IrtModel, check_conf_level, check_option, check_whole
from trustmeter.psychometrics.matrix import Items
from trustmeter.psychometrics.remark import tells_too_little
from trustmeter.psychometrics.response.remarks import calibration_remarks
from trustmeter.psychometrics.response.rows import calibration_rows
from trustmeter.psychometrics.response.sample import (
    ItemSample,
    Values,
    as_codes,
    item_sample,
    known_values,
    scaled_weights,
    used_weights,
)
from trustmeter.responses.model import Responses
from trustmeter.responses.sampling import RowValues
from trustmeter.results import Provenance, Result, vocabulary_frame
from trustmeter.stats.consistency.moments import effective_size
from trustmeter.stats.irt.calibration import fit_irt
from trustmeter.stats.irt.information import curves_at
from trustmeter.stats.irt.model import IrtFit
from trustmeter.stats.irt.patterns import ItemError

FEWEST_NODES = 21


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class IrtResult(Result):
    """Item parameters of an item response model.

    Parameters
    ----------
    fit
        The fitted model as arrays: estimates, covariance matrices, log-likelihood.
    items
        Names of the items, in the order of the arrays.
    values
        Of each item the answers that its categories 0, 1, … stand for.
    sample
        The answers that the model was fitted to; never printed.
    """

    title: ClassVar[str] = "Item response model"

    fit: IrtFit
    items: tuple[str, ...]
    values: Values
    sample: ItemSample

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups, the first being the one with mean 0 and variance 1; an empty text without groups."""
        return self.sample.labels

    @property
    def log_likelihood(self) -> float:
        """The marginal log-likelihood."""
        return self.fit.log_likelihood

    @property
    def aic(self) -> float:
        """Akaike's criterion: 2 parameters - 2 log-likelihood."""
        return 2 * self.fit.n_parameters - 2 * self.fit.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's criterion: log(n) parameters - 2 log-likelihood."""
        return float(np.log(self.fit.weight)) * self.fit.n_parameters - 2 * self.fit.log_likelihood

    def value(self, term: str, item: str = "", group: str = "") -> float:
        """Return one estimate: ``value("a", "TR01")``, ``value("b2", "TR01")``, ``value("mean", group="2023")``."""
        rows = self.table
        for name, wanted in (("term", term), ("item", item), ("group", group)):
            if name in rows:
                known = list(dict.fromkeys(rows[name]))
                if wanted not in known:
                    raise DesignError(unknown_word(name, wanted, known, "the item response model"))
                rows = rows[rows[name] == wanted]
        return float(rows["estimate"].iloc[0])

    def curves(self, theta: Sequence[float] | NDArray[np.float64] | None = None, *, group: str = "") -> pd.DataFrame:
        """Return category probabilities, expected answer and information of each item along the trait.

        Parameters
        ----------
        theta
            Values of the trait; default -4 to 4 in steps of 0.1.
        group
            Which group's parameters; default the first.

        Returns
        -------
        DataFrame
            Columns ``item theta category probability expected_answer information``; one row an item, value of the trait
            and answer. ``category`` is the answer as it was coded; the last two are repeated for each category.
        """
        at = np.linspace(-4, 4, 81) if theta is None else np.asarray(theta, dtype=float).reshape(-1)
        found = curves_at(self.fit, at, self._group_number(group))
        parts = []
        for position, (item, values) in enumerate(zip(self.items, self.values, strict=True)):
            P = found.probabilities[position, : len(values)]
            parts.append(
                pd.DataFrame({
                    "item": item,
                    "theta": np.repeat(at, len(values)),
                    "category": np.tile(values, len(at)),
                    "probability": P.T.reshape(-1),
                    "expected_answer": np.repeat(np.array(values) @ P, len(values)),
                    "information": np.repeat(found.information[position], len(values)),
                })
            )  # fmt: skip
        return pd.concat(parts, ignore_index=True)

    def test_information(
        self, theta: Sequence[float] | NDArray[np.float64] | None = None, *, group: str = ""
    ) -> pd.DataFrame:
        """Return the information of all items together and the standard error that it means, along the trait.

        Returns
        -------
        DataFrame
            Columns ``theta information std_error expected_sum``; ``std_error`` is that of a likelihood estimate of the
            trait, 1 / sqrt(information).
        """
        at = np.linspace(-4, 4, 81) if theta is None else np.asarray(theta, dtype=float).reshape(-1)
        found = curves_at(self.fit, at, self._group_number(group))
        information = found.information.sum(axis=0)
        expected = sum(
            np.array(values) @ found.probabilities[position, : len(values)]
            for position, values in enumerate(self.values)
        )
        return pd.DataFrame(
            {"theta": at, "information": information, "std_error": information**-0.5, "expected_sum": expected}
        )

    def _group_number(self, group: str) -> int:
        if not group:
            return 0
        if group not in self.groups:
            raise DesignError(unknown_word("group", group, self.groups, "the item response model"))
        return self.groups.index(group)


def irt(
    items: Responses | Items,
    *,
    scale: str | None = None,
    model: IrtModel = "graded",
    across: str | None = None,
    reference: str | None = None,
    free: Sequence[str] = (),
    weights: RowValues | None = None,
    clusters: RowValues | None = None,
    conf_level: float = 0.95,
    nodes: int = 61,
) -> IrtResult:
    """Fit an item response model: how strongly and where on the trait each item's answers change.

    Use it to see which items tell people apart, and on what level of trust: an item with a small slope tells little; a
    scale whose difficulties all lie below zero cannot tell trusting people from very trusting ones. It is also the way
    to scores with a standard error of their own (`irt_scores`), and to put waves or forms with common items on one
    scale (`across`, `link_scales`).

    Parameters
    ----------
    items
        Responses, or a plain frame (or two-dimensional array) with one column an item, already turned in one direction.
    scale
        Of Responses: the id of the scale; may be left out when there is only one.
    model
        ``"graded"``: graded response, for ordered answers (with two answers the two-parameter logistic model).
        ``"gpcm"``: generalised partial credit. ``"pcm"``: partial credit, all slopes one and the variance free (with two
        answers the Rasch model).
    across
        A role (``"wave"``, ``"zone"``, …) or kept column of Responses, or a column of the frame: groups whose trait has
        its own mean and variance. Items mean the same in all groups, except `free`.
    reference
        The group whose trait has mean 0 and variance 1 (of a partial credit model: mean 0); default the first by name.
    free
        Items whose parameters differ between groups. At least one item must stay common.
    weights
        Sampling weights, one a row (of Responses the name of a kept column). They are scaled to a mean of one;
        standard errors are then robust, and withheld where the weighted rows tell less than ten unweighted ones would.
    clusters
        Rows of one cluster are not taken as independent; standard errors are then robust.
    conf_level
        Level of all intervals.
    nodes
        How many equally spaced values of the trait, from -6 to 6 standard deviations, the likelihood is summed over.

    Returns
    -------
    IrtResult
        Columns ``scale item group term estimate std_error ci_low ci_high n method``. Terms of an item: ``a`` (slope) and
        ``b1``, ``b2``, … (difficulty of each step, on the scale of the trait). Terms of a group: ``mean`` and
        ``variance`` of the trait (where estimated), ``marginal_reliability`` and ``empirical_reliability`` of its
        scores. ``result.fit`` holds arrays and covariance matrices, ``result.curves()`` what pictures need.

    Raises
    ------
    DesignError
        When the call cannot be carried out: several scales, unknown items, values that are no categories.
    EstimationError
        When the answers cannot tell: fewer than ten people, an item that does not vary, two items with slopes of their
        own (a partial credit model of two items can be estimated), a slope that heads for infinity, no convergence.

    Notes
    -----
    Graded response: P(X >= j) = logistic(a (theta - b_j)). Partial credit: log P(X = j) / P(X = j - 1) = a (theta - b_j).
    There is no factor 1.7. Estimates maximise the marginal likelihood, the trait being normal in each group; all answers
    of a person count, whichever are missing (missing at random). Standard errors are from the exact observed
    information, those of difficulties by the delta method. Answers that nobody gave are left out: the others are the
    item's categories. A slope beyond 15 is refused.

    The marginal reliability is the mean over people of I / (I + 1 / variance), with I the information of all items; the
    empirical one is var(EAP) / (var(EAP) + mean squared standard error) of those who answered.

    People who answered more than once are not independent: standard errors are then clustered by respondent. Without
    `across`, waves are taken as one population.

    References
    ----------
    Bock, R. D., & Aitkin, M. (1981). Marginal maximum likelihood estimation of item parameters: Application of an EM
    algorithm. Psychometrika, 46(4), 443-459. doi:10.1007/BF02293801

    Louis, T. A. (1982). Finding the observed information matrix when using the EM algorithm. Journal of the Royal
    Statistical Society B, 44(2), 226-233. doi:10.1111/j.2517-6161.1982.tb01203.x

    Muraki, E. (1992). A generalized partial credit model: Application of an EM algorithm. Applied Psychological
    Measurement, 16(2), 159-176. doi:10.1177/014662169201600206

    Samejima, F. (1969). Estimation of latent ability using a response pattern of graded scores. Psychometrika
    Monograph, 34(S1), 1-97. doi:10.1007/BF03372160

    Examples
    --------
    In R ``mirt::mirt(items, 1, "graded", SE = TRUE, TOL = 1e-6)`` gives the same log-likelihood, slopes and
    difficulties (``coef(..., IRTpars = TRUE)``): of the items N1 to N5 of ``psych::bfi``, complete rows, both give the
    log-likelihood -21079.662.

    >>> import numpy as np
    >>> from trustmeter.psychometrics.response.calibrate import irt
    >>> rng = np.random.default_rng(3)
    >>> latent = 1.5 * rng.normal(size=(500, 1)) + rng.logistic(size=(500, 5))
    >>> items = 1 + np.digitize(latent, [-2, 0, 2])
    >>> result = irt(items)
    >>> round(result.value("a", "item 1"), 2), round(result.value("b2", "item 1"), 2)
    (1.4, -0.12)
    """
    check_conf_level(conf_level, "irt")
    check_option("model", model, IrtModel, "irt")
    check_whole("nodes", nodes, FEWEST_NODES, "irt")
    sample = item_sample(items, scale, "irt", across=across, reference=reference, weights=weights, clusters=clusters)
    values = known_values(sample, "irt")
    _check_slopes_told(sample, model)
    positions = _positions(free, sample, "irt")
    fit = _fitted(sample, values, model, positions, nodes)
    options = {"scale": scale, "model": model, "across": across, "reference": reference, "free": list(free), "conf_level": conf_level,
               "nodes": nodes, "weights": weights is not None, "clusters": clusters is not None}  # fmt: skip
    ground = items.provenance(**options) if isinstance(items, Responses) else Provenance(options=options)
    used = int(sample.used.sum())
    left_out = {"no answer, group or weight": len(sample.used) - used} if used < len(sample.used) else {}
    return IrtResult(
        table=vocabulary_frame(calibration_rows(sample, fit, values, conf_level)),
        notes=tuple(calibration_remarks(items, sample, fit, values)),
        provenance=ground.narrowed(left_out, rows_used=used),
        fit=fit,
        items=sample.items,
        values=values,
        sample=sample,
    )


def _positions(free: Sequence[str], sample: ItemSample, where: str) -> frozenset[int]:
    names = (free,) if isinstance(free, str) else tuple(free)
    for name in names:
        if name not in sample.items:
            raise DesignError(unknown_word("`free` item", name, sample.items, f"`{where}`"))
    if names and len(sample.labels) < 2:
        raise DesignError(f"The `free` argument of `{where}` needs groups. Name them with `across`.")
    return frozenset(sample.items.index(name) for name in names)


def _fitted(sample: ItemSample, values: Values, model: str, free: frozenset[int], nodes: int) -> IrtFit:
    used = sample.used
    codes, _ = as_codes(sample.answers[used], values)
    clusters = None if sample.clusters is None else sample.clusters[used]
    of = f"`irt`{f' of scale {sample.scale!r}' if sample.scale else ''} cannot be carried out"
    try:
        fit = fit_irt(
            codes, model, groups=sample.groups[used], free=free, weights=scaled_weights(sample), clusters=clusters, nodes=nodes
        )  # fmt: skip
    except ItemError as error:
        message = f"{of}: item {sample.items[error.position]!r} {error.reason}."
        raise EstimationError(message + _blamed_weights(sample)) from None
    except EstimationError as error:
        raise EstimationError(f"{of}. {error}{_blamed_weights(sample)}") from None
    if tells_too_little(*used_weights(sample)):
        return replace(fit, robust_covariance=np.full_like(fit.robust_covariance, np.nan))
    return fit


def _blamed_weights(sample: ItemSample) -> str:
    """Return what is likelier to blame for a failure than the items, where weights leave little of the rows."""
    weights, _ = used_weights(sample)
    if weights is None or effective_size(weights) > len(weights) / 2:
        return ""
    worth = max(1, round(effective_size(weights)))
    told = f" Of {len(weights)} rows few carry most of the weight: they tell as much as {worth} unweighted ones (Kish)."
    return f"{told} First look at the weights; trim the largest, or leave weights out."


def _check_slopes_told(sample: ItemSample, model: str) -> None:
    """Refuse slopes of two items: one association between two items cannot tell two slopes."""
    if model != "pcm" and len(sample.items) == 2:
        of = f" of scale {sample.scale!r}" if sample.scale else ""
        message = f"`irt`{of} cannot be carried out: two items do not identify their two slopes."
        raise EstimationError(f"{message} Use `model='pcm'` (slopes of one), or three items or more.")
