"""How consistent the items of a scale are, and how far off one person's score may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from trustmeter.errors import DesignError, EstimationError, unknown_word
from trustmeter.options import IntervalMethod, MissingRule, check_conf_level, check_option, check_seed
from trustmeter.psychometrics.consistency.coefficient import Request, coefficient_rows, hidden_rows
from trustmeter.psychometrics.matrix import ItemMatrix, Items, item_matrices
from trustmeter.psychometrics.remark import assumption, data_remarks, gathered, left_out_remark
from trustmeter.responses.model import Responses
from trustmeter.results import Provenance, Result, vocabulary_frame

ALL_TERMS = ("alpha", "alpha_standardized", "omega_total", "sem", "mdc")


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
            ``"alpha"``, ``"alpha_standardized"``, ``"omega_total"``, ``"sem"`` or ``"mdc"``.
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
    conf_level: float = 0.95,
    interval: IntervalMethod = "adf",
    missing: MissingRule = "listwise",
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
    conf_level
        Level of all intervals.
    interval
        ``"adf"``: distribution-free, by the delta method; right for skewed answers on few categories.
        ``"feldt"``: exact for normal, parallel items; too narrow for skewed ones. ``"bootstrap"``: BCa, 2,000 resamples
        of people (of omega and standardised alpha the interval stays ADF). Both ADF and Feldt intervals of alpha are
        given; the one asked for comes first.
    missing
        ``"listwise"``: complete rows. ``"pairwise"``: all pairs of answers; then no intervals and no omega.
    seed
        Makes the bootstrap repeatable.

    Returns
    -------
    ReliabilityResult
        Columns ``scale term estimate std_error ci_low ci_high n method suppressed``; terms ``alpha``,
        ``alpha_standardized``, ``omega_total``, ``sem`` (standard error of measurement) and ``mdc`` (minimal detectable
        change, 95 %). The last two are in points of the 0-100 score, of a plain frame in points of the item mean;
        ``method`` says so. A coefficient that cannot be estimated keeps its row, without a number, and a note says why;
        ``suppressed`` tells whether for want of people.

    Raises
    ------
    DesignError
        When the call cannot be carried out: unknown scale, text instead of numbers.
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

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika, 16(3), 297-334.
    doi:10.1007/BF02310555

    Feldt, L. S. (1965). The approximate sampling distribution of Kuder-Richardson reliability coefficient twenty.
    Psychometrika, 30(3), 357-370. doi:10.1007/BF02289499

    Maydeu-Olivares, A., Coffman, D. L., & Hartmann, W. M. (2007). Asymptotically distribution-free (ADF) interval
    estimation of coefficient alpha. Psychological Methods, 12(2), 157-176. doi:10.1037/1082-989X.12.2.157

    McDonald, R. P. (1999). Test theory: A unified treatment. Lawrence Erlbaum. doi:10.4324/9781410601087

    Examples
    --------
    In R ``psych::alpha(items)`` gives the same alpha and Feldt interval, and ``lavaan::cfa`` with ``estimator = "MLM"``
    and omega as a defined parameter the same omega, standard error and interval.

    >>> import numpy as np
    >>> rng = np.random.default_rng(3)
    >>> items = rng.normal(size=(200, 1)) + rng.normal(size=(200, 4))
    >>> from trustmeter.psychometrics.consistency.estimate import reliability
    >>> result = reliability(items)
    >>> round(float(result), 3), round(result.value("omega_total"), 3), round(result.value("mdc"), 2)
    (0.81, 0.81, 1.4)
    """
    request = Request(ALL_TERMS, conf_level, interval, missing, seed)
    return _estimate(answers, scale, request, "reliability")


def alpha(
    items: Items,
    *,
    conf_level: float = 0.95,
    interval: IntervalMethod = "adf",
    missing: MissingRule = "listwise",
    seed: int | np.random.Generator | None = None,
) -> ReliabilityResult:
    """Estimate Cronbach's alpha of the columns of a frame.

    Use it when there is a frame of items and no questionnaire. Items must already point in one direction: none is
    turned for you, but items that run against the others are named in a note.

    Parameters
    ----------
    items
        A frame or two-dimensional array with one column an item.
    conf_level, interval, missing, seed
        As of `reliability`.

    Returns
    -------
    ReliabilityResult
        Rows ``alpha`` (one an interval: ADF and Feldt) and ``alpha_standardized``; columns as of `reliability`.
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
    return _estimate(items, None, request, "alpha")


def omega(
    items: Items,
    *,
    conf_level: float = 0.95,
    interval: IntervalMethod = "adf",
) -> ReliabilityResult:
    """Estimate omega total of the columns of a frame, from a one-factor model.

    Use it beside alpha when items differ in how strongly they reflect what is measured: omega does not take equal
    loadings for granted.

    Parameters
    ----------
    items
        A frame or two-dimensional array with one column an item, at least three; complete rows are used.
    conf_level
        Level of the interval.
    interval
        ``"adf"`` and ``"bootstrap"``: robust standard error, delta method. ``"feldt"``: that of normal theory.

    Returns
    -------
    ReliabilityResult
        One row ``omega_total``; columns as of `reliability`. ``float(result)`` is omega.

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
    sum under the model. psych divides by the observed variance, and works on correlations: its value differs.

    References
    ----------
    McDonald, R. P. (1999). doi:10.4324/9781410601087

    Examples
    --------
    In R: ``lavaan::cfa`` with ``std.lv = TRUE`` and omega as a defined parameter.

    >>> import numpy as np
    >>> from trustmeter.psychometrics.consistency.estimate import omega
    >>> rng = np.random.default_rng(3)
    >>> items = rng.normal(size=(200, 1)) + rng.normal(size=(200, 4))
    >>> round(float(omega(items)), 3)
    0.81
    """
    return _estimate(items, None, Request(("omega_total",), conf_level, interval, "listwise", None), "omega")


def _estimate(answers: object, scale: str | Sequence[str] | None, request: Request, where: str) -> ReliabilityResult:
    check_conf_level(request.conf_level, where)
    check_option("interval", request.interval, IntervalMethod, where)
    check_option("missing", request.missing, MissingRule, where)
    check_seed(request.seed, where)
    matrices = item_matrices(answers, scale, request.missing, where)
    alone = not isinstance(answers, Responses) or isinstance(scale, str)
    rows: list[dict[str, Any]] = []
    remarks: list[tuple[str, str]] = []
    for matrix in matrices:
        found, said = _scale_rows(matrix, request, alone, where)
        rows += found
        remarks += [(matrix.scale, text) for text in said]
    notes = [*gathered(remarks, len(matrices)), *left_out_remark(matrices), assumption(answers, rows)]
    return ReliabilityResult(
        table=vocabulary_frame(rows),
        notes=tuple(note for note in notes if note),
        provenance=_provenance(answers, matrices, scale, request),
    )


def _scale_rows(
    matrix: ItemMatrix, request: Request, alone: bool, where: str
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return a scale's rows and remarks; raise where a scale that stands alone cannot be estimated."""
    obstacle = matrix.obstacle()
    name = f" of scale {matrix.scale!r}" if matrix.scale else ""
    if obstacle:
        if alone:
            raise EstimationError(f"`{where}`{name} cannot be estimated: {obstacle}.")
        return hidden_rows(matrix, request), [f"not estimated: {obstacle}."]
    rows, reasons = coefficient_rows(matrix, request)
    if reasons and request.terms == ("omega_total",):
        raise EstimationError(f"`{where}`{name} cannot be estimated: {reasons[0]}.")
    said = [f"no omega: {reason}." for reason in reasons]
    return rows, said + data_remarks(matrix)


def _provenance(
    answers: object, matrices: Sequence[ItemMatrix], scale: str | Sequence[str] | None, request: Request
) -> Provenance:
    seed = request.seed if isinstance(request.seed, int) else None
    options = {
        "scale": scale, "conf_level": request.conf_level, "interval": request.interval, "missing": request.missing,
        "seed": seed,
    }  # fmt: skip
    left_out = {
        f"{matrix.scale}: unanswered items" if matrix.scale else "unanswered items": len(matrix.values) - matrix.n
        for matrix in matrices
        if matrix.n < len(matrix.values)
    }
    ground = answers.provenance(**options) if isinstance(answers, Responses) else Provenance(options=options)
    return replace(ground, rows_used=max(matrix.n for matrix in matrices), rows_left_out=left_out)
