"""How consistent the items of a scale are, and how far off one person's score may be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from trustmeter.errors import DesignError, unknown_word
from trustmeter.options import IntervalMethod, MomentsRule, ReliabilityTerm
from trustmeter.psychometrics.consistency.sample import Request
from trustmeter.psychometrics.consistency.scales import Call, estimated, terms_of
from trustmeter.psychometrics.matrix import Items
from trustmeter.responses.model import Responses
from trustmeter.responses.sampling import RowValues
from trustmeter.results import Result

ALL_TERMS: tuple[ReliabilityTerm, ...] = ("alpha", "alpha_standardized", "omega_total", "sem", "mdc")
"""What `reliability` gives unless asked for more."""

Coefficients = ReliabilityTerm | Literal["all"] | Iterable[ReliabilityTerm]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ReliabilityResult(Result):
    """Reliability coefficients with intervals; ``float(result)`` is the first one of a single scale."""

    title: ClassVar[str] = "Reliability"

    def __float__(self) -> float:
        self._only_scale("float")
        return float(self.table["estimate"].iloc[0])

    def value(self, term: str, scale: str | None = None) -> float:
        """Return one estimate.

        Parameters
        ----------
        term
            A word of the column ``term``, such as ``"alpha"``, ``"omega_total"`` or ``"glb"``.
        scale
            The scale's id; may be left out when there is only one.
        """
        known = list(dict.fromkeys(self.table["scale"]))
        if scale is None:
            scale = self._only_scale("value")
        elif scale not in known:
            raise DesignError(unknown_word("scale", scale, known, "the reliability result"))
        rows = self.table[self.table["scale"] == scale]
        if term not in set(rows["term"]):
            raise DesignError(unknown_word("term", term, dict.fromkeys(rows["term"]), "the reliability result"))
        return float(rows.loc[rows["term"] == term, "estimate"].iloc[0])

    def _only_scale(self, asked: str) -> str:
        known = list(dict.fromkeys(self.table["scale"]))
        if len(known) > 1:
            listed = ", ".join(repr(name) for name in known)
            message = f"`{asked}` of this result needs one scale; it has {listed}."
            raise DesignError(f"{message} Use `result.value('alpha', scale={known[0]!r})`.")
        return str(known[0])


def reliability(
    answers: Responses | Items,
    *,
    scale: str | Sequence[str] | None = None,
    coefficients: Coefficients = ALL_TERMS,
    conf_level: float = 0.95,
    interval: IntervalMethod = "auto",
    missing: MomentsRule = "listwise",
    weights: RowValues | None = None,
    clusters: RowValues | None = None,
    factors: int = 3,
    seed: int | np.random.Generator | None = None,
) -> ReliabilityResult:
    """Estimate how consistently the items of each scale measure, and the measurement error of a score.

    Use it before scores are compared: it tells how much of the differences between people is not measurement error,
    and by how much one person's score must change to be more than error. It does not tell whether the scale measures
    trust.

    Parameters
    ----------
    answers
        Responses, or a plain frame (or two-dimensional array) with one column an item, already turned in one direction.
    scale
        Of Responses: the id of a scale, several ids, or ``None`` for all scales of which items were read.
    coefficients
        Which to estimate, by name, or ``"all"`` that suit the items. Beside the five that are given anyhow:
        ``"lambda2"``, ``"lambda3"`` (alpha), ``"lambda4"`` and ``"lambda6"`` of Guttman; ``"glb"``, the greatest lower
        bound; ``"split_half"``: mean, least, greatest, median and two quantiles over all splits into halves (of more
        than 16 items: 10,000 drawn ones); ``"omega_total_observed"``: as ``omega_total``, but divided by the observed
        variance of the sum; ``"omega_hierarchical"``: the general factor of a Schmid-Leiman solution, with its total and
        one row a group factor; ``"alpha_ordinal"``: of polychoric correlations; ``"omega_categorical"``: of the score,
        from an ordinal factor; ``"kr20"`` and ``"kr21"`` of answers 0 and 1.
    conf_level
        Level of all intervals.
    interval
        ``"auto"``: the jackknife with fewer than 500 people, ADF from there on; what covers 95 % in simulations of skewed
        answers. ``"adf"``: distribution-free, by the delta method. ``"jackknife"``: leaves out each row in turn and takes
        Student's t. ``"normal"``: as if items were normal.
        ``"feldt"``: exact for normal, parallel items; too narrow for skewed ones. ``"bootstrap"``: BCa, and
        ``"percentile"``: 2,000 resamples of people. Both ADF and Feldt intervals of alpha are always given; the one
        asked for comes first. Of lambda4, glb and split halves only resampling gives intervals; of ordinal coefficients
        and of ``kr21`` only the delta method does.
    missing
        ``"listwise"``: complete rows. ``"pairwise"``: all pairs of answers; then no intervals and no omega.
        ``"fiml"``: all rows, by full-information maximum likelihood, right when answers are missing at random; standard
        errors are robust ones.
    weights
        How many people each row stands for: of Responses the name of a column read along (``keep=``), else one value a
        row. Only their relative size counts. Rows of weight 0 are left out.
    clusters
        Which rows were drawn together (stations, interviewers, streets), as `weights`. Standard errors are then
        linearised by cluster, intervals take t with the number of clusters less one.
    factors
        How many group factors ``"omega_hierarchical"`` has.
    seed
        Makes resampling and drawn splits repeatable.

    Returns
    -------
    ReliabilityResult
        Columns ``scale term estimate std_error ci_low ci_high n method suppressed``; terms ``alpha``,
        ``alpha_standardized``, ``omega_total``, ``sem`` (standard error of measurement) and ``mdc`` (minimal detectable
        change, 95 %), or those asked for; ``split_half`` makes rows ``split_half_mean``, ``_min``, ``_q05``,
        ``_median``, ``_q95``, ``_max``, and ``omega_hierarchical`` rows ``omega_total_hierarchical`` and
        ``omega_group_1``, … beside its own. ``sem`` and ``mdc`` are in points of the 0-100 score, of a plain frame in
        points of the item mean; ``method`` says so. A coefficient that cannot be estimated keeps its row, without a
        number, and a note says why; ``suppressed`` tells whether for want of people.

    Raises
    ------
    DesignError
        When the call cannot be carried out: unknown scale or coefficient, text instead of numbers, weights or clusters
        that do not fit, one cluster, resampling with ``"fiml"``.
    EstimationError
        When the only scale asked for cannot be estimated: one item, fewer than ten complete rows, no more rows than
        items, or an item that does not vary.

    Notes
    -----
    With S the covariance matrix of the k items, alpha = k / (k - 1) (1 - trace S / sum S). omega_total =
    (sum of loadings)^2 / ((sum of loadings)^2 + sum of uniquenesses) of a one-factor model fitted to S by maximum
    likelihood, without correlated errors. sem = sd (1 - alpha)^(1/2); mdc = 1.96 2^(1/2) sem. The ADF standard error
    is the delta method with fourth-order moments; that of omega is the robust one with expected information. Limits
    beyond 1 (of omega also below 0) are cut; the interval of sem and mdc is made on their logarithm.

    Items of Responses are put on 0-100 first, as `score` does, so that items with different ranges weigh the same.
    Of several waves, items are taken around each wave's own means (pooled covariance within waves), so that a change of
    everybody does not pass for consistency. When respondents are known and answered more than once, they, not their
    rows, are taken as independent (standard errors clustered by respondent), and Feldt's interval, which cannot do so,
    is left empty.

    lambda2 = (sum of covariances + (k / (k - 1) sum of squared covariances)^(1/2)) / sum S; lambda4 is the largest
    4 cov(a, b) / sum S over all splits into parts a and b; lambda6 = 1 - sum of 1 / diag(S^-1) / sum S. glb = 1 - max
    sum of psi / sum S, with S - diag(psi) positive semidefinite and psi >= 0; it and lambda4 are biased upwards in
    samples. omega_categorical sums, over all pairs of items, the covariances of answers that one ordinal factor gives,
    and divides by the variance of the sum that thresholds and polychoric correlations give. Weights and clusters enter
    by weighted moments and Taylor linearisation: each row's influence, added up by cluster, times G / (G - 1).

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika, 16(3), 297-334.
    doi:10.1007/BF02310555

    Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American Statistical Association, 82(397),
    171-185. doi:10.1080/01621459.1987.10478410

    Feldt, L. S. (1965). The approximate sampling distribution of Kuder-Richardson reliability coefficient twenty.
    Psychometrika, 30(3), 357-370. doi:10.1007/BF02289499

    Green, S. B., & Yang, Y. (2009). Reliability of summated item scores using structural equation modeling.
    Psychometrika, 74(1), 155-167. doi:10.1007/s11336-008-9099-3

    Guttman, L. (1945). A basis for analyzing test-retest reliability. Psychometrika, 10(4), 255-282.
    doi:10.1007/BF02288892

    Maydeu-Olivares, A., Coffman, D. L., & Hartmann, W. M. (2007). Asymptotically distribution-free (ADF) interval
    estimation of coefficient alpha. Psychological Methods, 12(2), 157-176. doi:10.1037/1082-989X.12.2.157

    McDonald, R. P. (1999). Test theory: A unified treatment. Lawrence Erlbaum. doi:10.4324/9781410601087

    ten Berge, J. M. F., & Sočan, G. (2004). The greatest lower bound to the reliability of a test and the hypothesis of
    unidimensionality. Psychometrika, 69(4), 613-625. doi:10.1007/BF02289858

    Zinbarg, R. E., Revelle, W., Yovel, I., & Li, W. (2005). Cronbach's alpha, Revelle's beta, and McDonald's omega_h.
    Psychometrika, 70(1), 123-133. doi:10.1007/s11336-003-0974-7

    Examples
    --------
    In R ``psych::alpha(items)`` gives the same alpha and Feldt interval, ``lavaan::cfa`` with ``estimator = "MLM"`` and
    omega as a defined parameter the same omega, standard error and interval, ``psych::splitHalf(items, covar = TRUE)``
    the same halves, ``psych::glb.algebraic(cov(items))`` the same glb, ``psych::omega`` the same omega_hierarchical, and
    ``semTools::compRelSEM`` the same omegas, ordinal ones too.

    >>> import numpy as np
    >>> rng = np.random.default_rng(3)
    >>> items = rng.normal(size=(200, 1)) + rng.normal(size=(200, 4))
    >>> from trustmeter.psychometrics.consistency.estimate import reliability
    >>> result = reliability(items)
    >>> round(float(result), 3), round(result.value("omega_total"), 3), round(result.value("mdc"), 2)
    (0.81, 0.81, 1.4)
    >>> bounds = reliability(items, coefficients=["lambda2", "lambda4", "glb"])
    >>> [round(bounds.value(term), 3) for term in ("lambda2", "lambda4", "glb")]
    [0.81, 0.822, 0.823]
    """
    terms = terms_of(coefficients, ALL_TERMS, "reliability")
    request = Request(terms, conf_level, interval, missing, seed, factors)
    call = Call("reliability", answers, scale, weights, clusters, request, coefficients == "all")
    return ReliabilityResult(**estimated(call))


def alpha(
    items: Items,
    *,
    conf_level: float = 0.95,
    interval: IntervalMethod = "auto",
    missing: MomentsRule = "listwise",
    weights: RowValues | None = None,
    clusters: RowValues | None = None,
    seed: int | np.random.Generator | None = None,
) -> ReliabilityResult:
    """Estimate Cronbach's alpha of the columns of a frame.

    Use it when there is a frame of items and no questionnaire. Items must already point in one direction: none is
    turned for you, but items that run against the others are named in a note.

    Parameters
    ----------
    items
        A frame or two-dimensional array with one column an item.
    conf_level, interval, missing, weights, clusters, seed
        As of `reliability`.

    Returns
    -------
    ReliabilityResult
        Rows ``alpha`` (one an interval, ADF and Feldt among them) and ``alpha_standardized``; columns as of `reliability`.
        ``float(result)`` is alpha.

    Raises
    ------
    DesignError
        When a column holds no numbers.
    EstimationError
        When alpha cannot be estimated: one item, fewer than ten complete rows, an item that does not vary.

    Notes
    -----
    alpha = k / (k - 1) (1 - sum of variances / variance of the sum). Alpha is a lower bound of reliability when errors
    are uncorrelated; it is no sign that one thing is measured.

    References
    ----------
    Cronbach, L. J. (1951). doi:10.1007/BF02310555

    Maydeu-Olivares, A., Coffman, D. L., & Hartmann, W. M. (2007). doi:10.1037/1082-989X.12.2.157

    Examples
    --------
    In R: ``psych::alpha(items)``.

    >>> import pandas as pd
    >>> from trustmeter.psychometrics.consistency.estimate import alpha
    >>> items = pd.DataFrame({"q1": [1, 2, 2, 3, 3, 4, 4, 5, 5, 3], "q2": [2, 1, 2, 3, 4, 4, 3, 5, 4, 3],
    ...                       "q3": [1, 2, 3, 3, 2, 4, 5, 4, 5, 2]})
    >>> round(float(alpha(items)), 4)
    0.8941
    """
    request = Request(("alpha", "alpha_standardized"), conf_level, interval, missing, seed)
    return ReliabilityResult(**estimated(Call("alpha", items, None, weights, clusters, request)))


def omega(
    items: Items,
    *,
    coefficients: Coefficients = ("omega_total",),
    conf_level: float = 0.95,
    interval: IntervalMethod = "auto",
    missing: MomentsRule = "listwise",
    weights: RowValues | None = None,
    clusters: RowValues | None = None,
    factors: int = 3,
    seed: int | np.random.Generator | None = None,
) -> ReliabilityResult:
    """Estimate omega total of the columns of a frame, from a one-factor model.

    Use it beside alpha when items differ in how strongly they reflect what is measured: omega does not take equal
    loadings for granted.

    Parameters
    ----------
    items
        A frame or two-dimensional array with one column an item, at least three.
    coefficients
        Which omegas: ``"omega_total"``, ``"omega_total_observed"``, ``"omega_hierarchical"``, ``"omega_categorical"``;
        any coefficient of `reliability` is allowed.
    conf_level
        Level of the interval.
    interval
        As of `reliability`; ``"adf"``: robust standard error, delta method. ``"feldt"``: that of normal theory.
    missing, weights, clusters, factors, seed
        As of `reliability`.

    Returns
    -------
    ReliabilityResult
        One row ``omega_total``, or those asked for; columns as of `reliability`. ``float(result)`` is omega.

    Raises
    ------
    DesignError
        When a column holds no numbers.
    EstimationError
        When the model cannot be fitted: fewer than three items, no convergence, or a uniqueness that is not above zero
        (Heywood case).

    Notes
    -----
    omega = (sum of loadings)^2 / ((sum of loadings)^2 + sum of uniquenesses), the denominator being the variance of the
    sum under the model; ``omega_total_observed`` divides by the observed one. psych works on correlations, with several
    factors: its ``omega.tot`` is the row ``omega_total_hierarchical`` of ``"omega_hierarchical"``.

    References
    ----------
    McDonald, R. P. (1999). doi:10.4324/9781410601087

    Examples
    --------
    In R: ``lavaan::cfa`` with ``std.lv = TRUE`` and omega as a defined parameter, or ``semTools::compRelSEM``.

    >>> import numpy as np
    >>> from trustmeter.psychometrics.consistency.estimate import omega
    >>> rng = np.random.default_rng(3)
    >>> items = rng.normal(size=(200, 1)) + rng.normal(size=(200, 4))
    >>> round(float(omega(items)), 3)
    0.81
    """
    terms = terms_of(coefficients, ("omega_total",), "omega")
    request = Request(terms, conf_level, interval, missing, seed, factors)
    call = Call("omega", items, None, weights, clusters, request, coefficients == "all")
    return ReliabilityResult(**estimated(call))
