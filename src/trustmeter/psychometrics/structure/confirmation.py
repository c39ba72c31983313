"""Does a stated structure hold? Confirmatory factor analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.options import FactorEstimator, HoleRule, Identification, check_conf_level, check_option
from trustmeter.psychometrics.matrix import Items
from trustmeter.psychometrics.structure.model_data import (
    ModelData,
    chosen_estimator,
    items_alone,
    rows_of_model,
    statements_of,
)
from trustmeter.psychometrics.structure.model_remark import fit_notes, headline, improper_notes
from trustmeter.psychometrics.structure.model_rows import (
    FittedModel,
    all_rows,
    modification_rows,
    residual_correlations,
)
from trustmeter.psychometrics.structure.model_search import fitted_structure, improper
from trustmeter.responses.model import Responses
from trustmeter.results import Provenance, Result, printable, vocabulary_frame
from trustmeter.stats.sem.solution.metric import standardized_loadings

_FIT_TERMS = ("chi_square", "cfi", "tli", "rmsea", "srmr")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CfaResult(Result):
    """A fitted factor model.

    Parameters
    ----------
    fitted
        The model, the answers, and the kernel's fit.
    improper
        What about the solution cannot be (negative variances, correlations beyond 1); empty when it is proper.
    """

    title: ClassVar[str] = "Confirmatory factor analysis"

    fitted: FittedModel
    improper: tuple[str, ...] = ()

    @property
    def admissible(self) -> bool:
        """Whether all variances are positive and all correlations within -1 and 1."""
        return not self.improper

    @property
    def loadings(self) -> pd.DataFrame:
        """The standardised loadings: one row an item, one column a factor, 0 where there is none."""
        layout = self.fitted.measurement.layout
        found = standardized_loadings(self.fitted.fit.estimate)
        return pd.DataFrame(found, index=list(layout.items), columns=list(layout.factors))

    @property
    def fit_table(self) -> pd.DataFrame:
        """The tests and indices alone: the rows of the table up to the parameters."""
        names = (*_FIT_TERMS, "chi_square_baseline", "log_likelihood", "aic", "bic")
        kept = self.table[self.table["term"].isin(names)]
        columns = ["term", "estimate", "df", "p_value", "ci_low", "ci_high", "n", "method"]
        return kept[columns].reset_index(drop=True)

    @cached_property
    def modification_indices(self) -> pd.DataFrame:
        """What each path left out of the model would change, largest first.

        Columns ``term scale item contrast``, ``statistic`` (about the fall of chi-square, one degree of freedom) and
        ``p_value``, ``statistic_robust`` and ``p_robust`` (right without normality), ``change`` (expected value of the path)
        with ``std_error``, and ``change_standardized``. A model changed by them is no longer confirmed by the same answers.
        """
        return modification_rows(self.fitted)

    @property
    def residuals(self) -> pd.DataFrame:
        """The sample's correlations less the model's: a square frame."""
        return residual_correlations(self.fitted)

    def value(self, term: str, method: str | None = None, **names: str) -> float:
        """Return one estimate of the table.

        Parameters
        ----------
        term
            Such as ``"cfi"`` or ``"loading_standardized"``.
        method
            Of indices: ``"plain"``, ``"scaled"`` or ``"robust"``; the last of them when left out.
        names
            ``scale``, ``item`` or ``contrast``.
        """
        asked = {**names, **({} if method is None else {"method": method})}
        strange = [name for name in asked if name not in self.table.columns]
        chosen = self.table[self.table["term"] == term] if not strange else self.table.iloc[:0]
        for name, wanted in asked.items():
            chosen = chosen[chosen[name] == wanted] if not strange else chosen
        if not len(chosen):
            listed = ", ".join(f"{name}={wanted!r}" for name, wanted in {"term": term, **asked}.items())
            raise DesignError(f"The result has no row with {listed}. See `result.tidy()` for what it has.")
        return float(chosen["estimate"].iloc[-1])

    def _summary_parts(self) -> list[str]:
        parts = super()._summary_parts()
        told = self.table[self.table["term"].isin(_FIT_TERMS)]
        values = self.table[
            self.table["term"].isin(("loading_standardized", "regression_standardized", "factor_correlation"))
        ]
        fit = printable(told.drop(columns=["scale", "item", "contrast", "statistic", "std_error"], errors="ignore"))
        return [
            *parts[:2],
            headline(self.fitted, self.table, proper=self.admissible),
            fit,
            printable(values.drop(columns=["statistic", "n"])),
            parts[-1],
        ]


def cfa(
    answers: Responses | Items,
    model: str | None = None,
    *,
    scale: str | None = None,
    higher_order: bool = False,
    estimator: FactorEstimator = "auto",
    missing: HoleRule = "listwise",
    ordered: bool | Sequence[str] | None = None,
    identification: Identification = "variance",
    orthogonal: bool = False,
    weights: str | Sequence[float] | np.ndarray[Any, Any] | pd.Series[Any] | None = None,
    clusters: str | Sequence[Any] | np.ndarray[Any, Any] | pd.Series[Any] | None = None,
    conf_level: float = 0.95,
) -> CfaResult:
    """Fit a stated factor structure, and test whether it reproduces how the items go together.

    Use it when it is known beforehand which items belong to which dimension, as in a questionnaire: it tells whether the
    answers agree, how strongly each item reflects its dimension, and how close the dimensions are to each other. To find a
    structure, explore; to compare groups or waves, test invariance.

    Parameters
    ----------
    answers
        Responses, or a plain frame (or two-dimensional array) with one column an item.
    model
        Lines such as ``fairness =~ q1 + q2 + q3`` (measured by), ``q1 ~~ q2`` (go together beyond their factors),
        ``fairness ~~ 0*effect`` (fixed at 0), ``trust =~ fairness + effect + voice`` (a higher factor),
        ``trust ~ fairness`` (depends on), ``a*q1`` (equal labels are equal), ``NA*q1`` (free). ``None``: of Responses the
        scale with its dimensions as related factors; of a frame one factor of all columns.
    scale
        Of Responses without `model`: the scale's id; may be left out when one scale stands above all others.
    higher_order
        Of Responses without `model`: dimensions measure one factor, instead of being related freely.
    estimator
        ``"ml"``, ``"mlr"`` (robust standard errors and test), ``"wlsmv"`` (ordered answers, diagonally weighted),
        ``"ulsmv"`` (unweighted). ``"auto"``: WLSMV when all items hold whole numbers of at most seven values and rows must
        be complete, else MLR.
    missing
        ``"listwise"``: complete rows. ``"fiml"``: all answers there are, by full-information maximum likelihood.
    ordered
        Whether items are ordered categories: yes, no, or the list of all items; ``None``: as `estimator` says.
    identification
        ``"variance"``: factors have (residual) variance 1. ``"marker"``: each factor has its first item's unit.
    orthogonal
        Factors that depend on no other are unrelated, as in a bifactor model.
    weights
        A column's name, or one weight a row; standard errors and tests are then the robust ones.
    clusters
        A column's name, or one value a row: rows with one value are not independent. Of Responses with known respondents
        they are found without being named.
    conf_level
        Level of the intervals of parameters; that of RMSEA is always 90 %.

    Returns
    -------
    CfaResult
        Columns ``scale item term contrast estimate std_error statistic df p_value ci_low ci_high n method``. Terms of fit:
        ``chi_square``, ``cfi``, ``tli``, ``rmsea``, ``srmr`` and more, ``method`` telling plain, scaled and robust apart;
        of parameters (``scale`` is the factor): ``loading``, ``factor_variance``, ``factor_covariance``,
        ``residual_variance``, ``residual_covariance``, ``regression``, ``threshold``, ``intercept``; and
        ``loading_standardized``, ``factor_correlation``, ``residual_correlation``, ``regression_standardized``,
        ``r_squared``. Also ``loadings``, ``fit_table``, ``residuals``, ``modification_indices``, ``admissible``.

    Raises
    ------
    DesignError
        When the model cannot be read or names what is not there (all faults at once), or options exclude each other.
    EstimationError
        When the model is not identified, the search comes to no rest, or the rows cannot answer: fewer than ten people, not
        more people than items, an item without answers or without differences between them.

    Notes
    -----
    Sigma = Lambda Phi Lambda' + Theta. ML maximises the normal likelihood; MLR adds the sandwich covariance and the test of
    Yuan and Bentler. WLSMV minimises (s - sigma)' diag(Gamma)^-1 (s - sigma) over thresholds and polychoric correlations s
    and adjusts the test's mean and variance. Robust CFI, TLI and RMSEA estimate what the plain ones would be with normal,
    complete (for ordered answers: unbroken) data. A solution with a negative variance is given, and said to be improper.

    References
    ----------
    Jöreskog, K. G. (1969). A general approach to confirmatory maximum likelihood factor analysis. Psychometrika, 34(2),
    183-202. doi:10.1007/BF02289343

    Yuan, K.-H., & Bentler, P. M. (2000). Three likelihood-based methods for mean and covariance structure analysis with
    nonnormal missing data. Sociological Methodology, 30(1), 165-200. doi:10.1111/0081-1750.00078

    Muthén, B. (1984). A general structural equation model with dichotomous, ordered categorical, and continuous latent
    variable indicators. Psychometrika, 49(1), 115-132. doi:10.1007/BF02294210

    Savalei, V. (2021). Improving fit indices in structural equation modeling with categorical data. Multivariate Behavioral
    Research, 56(3), 390-407. doi:10.1080/00273171.2020.1717922

    Hu, L., & Bentler, P. M. (1999). Cutoff criteria for fit indexes in covariance structure analysis. Structural Equation
    Modeling, 6(1), 1-55. doi:10.1080/10705519909540118

    Examples
    --------
    In R ``lavaan::cfa(model, items, std.lv = TRUE, estimator = "MLR")`` gives the same numbers, and with
    ``ordered = TRUE`` those of WLSMV.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from trustmeter.psychometrics.structure.confirmation import cfa
    >>> rng = np.random.default_rng(5)
    >>> first, second = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 300).T
    >>> items = pd.DataFrame({f"a{i}": first + rng.normal(size=300) for i in (1, 2, 3)}
    ...                      | {f"b{i}": second + rng.normal(size=300) for i in (1, 2, 3)})
    >>> result = cfa(items, "one =~ a1 + a2 + a3; two =~ b1 + b2 + b3")
    >>> round(result.value("cfi"), 2), round(result.value("factor_correlation"), 2)
    (1.0, 0.45)
    """
    check_conf_level(conf_level, "cfa")
    check_option("estimator", estimator, FactorEstimator, "cfa")
    check_option("missing", missing, HoleRule, "cfa")
    check_option("identification", identification, Identification, "cfa")
    statements = statements_of(items_alone(answers, (weights, clusters), "cfa"), model, scale, higher_order, "cfa")
    data = rows_of_model(answers, statements, missing=missing, weights=weights, clusters=clusters, where="cfa")
    chosen, told = chosen_estimator(data, estimator, missing, ordered)
    measurement, fit = fitted_structure(
        data, chosen, identification=identification, orthogonal=orthogonal, means=missing == "fiml", where="cfa"
    )
    fitted = FittedModel(measurement, data, fit, chosen, conf_level)
    wrong, said = improper(measurement, fit), fit_notes(fitted, listed=isinstance(answers, Responses))
    options = {
        "model": model, "scale": scale, "higher_order": higher_order, "estimator": chosen, "missing": missing,
        "ordered": ordered if ordered is None or isinstance(ordered, bool) else list(ordered),
        "identification": identification, "orthogonal": orthogonal, "conf_level": conf_level,
        "weights": data.weights is not None, "clusters": data.clusters is not None,
    }  # fmt: skip
    return CfaResult(
        table=vocabulary_frame(all_rows(fitted)),
        notes=tuple(note for note in (*improper_notes(wrong), told, *said) if note),
        provenance=_provenance(answers, data, options),
        fitted=fitted,
        improper=tuple(wrong),
    )


def _provenance(answers: object, data: ModelData, options: dict[str, Any]) -> Provenance:
    left_out = {"unanswered items": data.left_out} if data.left_out else {}
    if isinstance(answers, Responses):
        return answers.provenance(**options).narrowed(left_out, rows_used=len(data.x))
    return Provenance(options=options, rows_used=len(data.x), rows_left_out=left_out)
