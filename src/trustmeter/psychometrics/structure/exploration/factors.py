"""What lies behind the items when nobody says beforehand which item belongs to what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, unknown_word
from trustmeter.options import (
    CorrelationKind,
    ExtractionMethod,
    FactorRotation,
    MissingRule,
    RowNormalization,
    check_conf_level,
    check_option,
    check_seed,
    check_whole,
)
from trustmeter.psychometrics.matrix import Items
from trustmeter.psychometrics.remark import turned_remark
from trustmeter.psychometrics.structure.exploration.factoring import (
    FIXED_SEED,
    Asked,
    factor_notes,
    factor_rows,
    factored,
)
from trustmeter.psychometrics.structure.exploration.pooled import correlated_items, pooled_items, provenance_of
from trustmeter.responses.model import Responses
from trustmeter.responses.sampling import design_notes
from trustmeter.results import Result, printable, vocabulary_frame
from trustmeter.stats.exploration.standard_errors import Path

_KAISER_BY_CUSTOM = ("varimax", "promax")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FactorResult(Result):
    """Factors of a set of items.

    Parameters
    ----------
    loadings
        One row an item, one column a factor (F1, F2, ...): the pattern.
    correlations
        The correlations of the factors, a square frame; zeros beside the diagonal when they are orthogonal.
    communalities, uniquenesses
        One number an item: the share of its variance that the factors explain, and the rest.
    residuals
        Observed less reproduced correlations, a square frame, zeros in the diagonal.
    """

    title: ClassVar[str] = "Exploratory factor analysis"

    loadings: pd.DataFrame
    correlations: pd.DataFrame
    communalities: pd.Series[float]
    uniquenesses: pd.Series[float]
    residuals: pd.DataFrame

    def value(self, term: str, item: str = "") -> float:
        """Return one estimate: ``value("rmsea")``, ``value("loading F1", "q3")``."""
        for name, wanted in (("term", term), ("item", item)):
            if wanted not in set(self.table[name]):
                raise DesignError(unknown_word(name, wanted, dict.fromkeys(self.table[name]), "the factor analysis"))
        rows = self.table[(self.table["term"] == term) & (self.table["item"] == item)]
        if not len(rows):
            items = dict.fromkeys(self.table.loc[self.table["term"] == term, "item"])
            raise DesignError(unknown_word("item", item, items, f"the term {term!r}"))
        return float(rows["estimate"].iloc[0])

    def _summary_parts(self) -> list[str]:
        first, title, _, notes = super()._summary_parts()
        pattern = self.loadings.assign(communality=self.communalities, uniqueness=self.uniquenesses)
        rest = self.table[self.table["item"] == ""]
        related = self.correlations.round(3).to_string() if len(self.correlations) > 1 else ""
        return [first, title, pattern.round(3).to_string(), related and f"\n{related}", f"\n{printable(rest)}", notes]


def efa(
    items: Responses | Items,
    factors: int,
    *,
    scale: str | Sequence[str] | None = None,
    method: ExtractionMethod = "minres",
    rotation: FactorRotation = "oblimin",
    normalization: RowNormalization | None = None,
    correlation: CorrelationKind = "pearson",
    missing: MissingRule = "listwise",
    conf_level: float = 0.95,
    starts: int = 10,
    seed: int | np.random.Generator | None = None,
) -> FactorResult:
    """Explore which factors lie behind items, without saying beforehand which item belongs to which.

    Use it while a questionnaire is being built, after `dimensionality` has told how many factors there may be. When
    it is known which item belongs where, test that instead, and with other people's answers: a structure that was
    found and confirmed in the same answers is confirmed by nothing.

    Parameters
    ----------
    items
        Responses, or a plain frame (or two-dimensional array) with one column an item.
    factors
        How many factors.
    scale
        Of Responses: the id of a scale or several ids, whose items are analysed together, each once; ``None``: the
        items of all scales.
    method
        ``"minres"``: the smallest squared residual correlations (unweighted least squares); needs no distribution.
        ``"ml"``: maximum likelihood for normal answers.
    rotation
        Factors may correlate: ``"oblimin"`` (gamma 0, quartimin), ``"geomin"`` (epsilon 0.01), ``"promax"`` (power 4
        after varimax), ``"bifactor_oblique"`` (biquartimin). They may not: ``"varimax"``, ``"quartimax"``,
        ``"geomin_orthogonal"``, ``"bifactor"``. ``"none"``: principal axes. The bifactor rotations make one general
        factor, F1, and group factors; they need three factors or more.
    normalization
        ``"kaiser"``: each item counts alike in the rotation, whatever its communality. ``None``: ``"kaiser"`` for
        varimax and promax, ``"none"`` for the others, as is the custom.
    correlation
        ``"polychoric"`` for ordered answers of few categories; ``"pearson"`` takes codes as numbers.
    missing
        ``"listwise"``: rows with all items answered. ``"pairwise"``: all pairs of answers; of Pearson correlations
        there are then no standard errors.
    conf_level
        Level of the intervals of loadings and factor correlations.
    starts
        From how many turns the rotation is searched.
    seed
        Makes other random starts; ``None``: always the same, so that the same answers give the same factors.

    Returns
    -------
    FactorResult
        Columns ``scale item term estimate std_error statistic df p_value ci_low ci_high n method``. Terms of an item:
        ``loading F1`` ..., ``communality``, ``uniqueness``; of the factors: ``correlation F1 F2`` ..., ``variance F1``
        ... (the share of all items' variance); of the fit: ``chi_square``, ``rmsea`` (90 % interval), ``tli``, ``bic``
        (normal theory, from Pearson correlations only), ``chi_square_robust``, ``rmsea_robust``, ``tli_robust`` (with
        minres), ``rmsr``, ``rmsr_corrected``, ``largest_residual``. Frames: ``loadings``, ``correlations``,
        ``communalities``, ``uniquenesses``, ``residuals``.

    Raises
    ------
    DesignError
        When the call cannot be carried out: unknown words, no numbers, bifactor with fewer than three factors.
    EstimationError
        Fewer than ten people, no more people than items, an item that does not vary, a singular matrix, more factors
        than the items can tell apart, no convergence.

    Notes
    -----
    R = L Phi L' + Psi. minres: the smallest sum of squared residuals; ml: the smallest F = log det(Sigma) - log det(R)
    + trace(R Sigma^-1) - k. Uniquenesses are held above 0.005, as is the custom; an item on this bound (a Heywood case)
    is named in a note, and then there are no standard errors. The rotation is searched by gradient projection; when
    starts end at different places, a note says so.

    Factors are ordered by their sum of squared loadings, and signed so that loadings have a sum above zero.

    chi_square = (n - 1 - (2k + 5) / 6 - 2m / 3) F (Bartlett), rmsea = (max(chi^2 - df, 0) / (df (n - 1)))^(1/2), bic =
    chi^2 - df log n. The robust test scales and shifts (n - 1) times the sum of squared residuals to the mean and the
    variance that it has for the answers' own distribution. Standard errors of loadings are those of the delta method
    through extraction and rotation, from the distribution-free covariances of the correlations; they suppose that m
    factors are enough.

    References
    ----------
    Harman, H. H., & Jones, W. H. (1966). Factor analysis by minimizing residuals (minres). Psychometrika, 31(3),
    351-368. doi:10.1007/BF02289468

    Jöreskog, K. G. (1967). Some contributions to maximum likelihood factor analysis. Psychometrika, 32(4), 443-482.
    doi:10.1007/BF02289658

    Jennrich, R. I. (2002). A simple general method for oblique rotation. Psychometrika, 67(1), 7-19.
    doi:10.1007/BF02294706

    Jennrich, R. I. (1973). Standard errors for obliquely rotated factor loadings. Psychometrika, 38(4), 593-604.

    Examples
    --------
    In R: ``psych::fa(items, 2, fm = "minres", rotate = "oblimin")``.

    >>> import numpy as np
    >>> from trustmeter.psychometrics.structure.exploration.factors import efa
    >>> rng = np.random.default_rng(4)
    >>> trust = rng.normal(size=(400, 2)) @ np.array([[1, 0.5], [0, 0.9]])
    >>> items = np.repeat(trust, 3, axis=1) + rng.normal(size=(400, 6))
    >>> found = efa(items, 2)
    >>> found.loadings.round(2)["F1"].tolist()
    [0.82, 0.73, 0.68, 0.02, 0.01, -0.03]
    >>> round(found.value("correlation F1 F2"), 2)
    0.46
    """
    asked = _checked(factors, method, rotation, normalization, correlation, starts, conf_level)
    check_option("missing", missing, MissingRule, "efa")
    check_seed(seed, "efa")
    matrix = pooled_items(items, scale, missing, "efa")
    data = correlated_items(matrix, correlation, "efa", errors=True)
    found = factored(data, asked, np.random.default_rng(FIXED_SEED if seed is None else seed))
    options = {
        "factors": factors, "scale": scale, "method": method, "rotation": rotation, "normalization": normalization,
        "correlation": correlation, "missing": missing, "conf_level": conf_level, "starts": starts,
        "seed": seed if isinstance(seed, int) else None,
    }  # fmt: skip
    names, columns = list(matrix.items), [f"F{j + 1}" for j in range(factors)]
    shared = np.diag(found.common)
    left = data.R - found.common
    np.fill_diagonal(left, 0.0)
    return FactorResult(
        table=vocabulary_frame(list(factor_rows(data, found, asked))),
        notes=(
            *factor_notes(data, found, asked),
            *data.notes,
            *turned_remark(items, matrix.items),
            *design_notes(items, parts=()),
        ),
        provenance=provenance_of(items, matrix, options),
        loadings=pd.DataFrame(found.rotation.loadings, index=names, columns=columns),
        correlations=pd.DataFrame(found.rotation.phi, index=columns, columns=columns),
        communalities=pd.Series(shared, index=names, name="communality"),
        uniquenesses=pd.Series(found.extraction.uniquenesses, index=names, name="uniqueness"),
        residuals=pd.DataFrame(left, index=names, columns=names),
    )


def _checked(  # noqa: PLR0917
    factors: int, method: ExtractionMethod, rotation: FactorRotation, normalization: RowNormalization | None,
    correlation: CorrelationKind, starts: int, conf_level: float,
) -> Asked:  # fmt: skip
    check_whole("factors", factors, 1, "efa")
    check_whole("starts", starts, 1, "efa")
    check_conf_level(conf_level, "efa")
    check_option("method", method, ExtractionMethod, "efa")
    check_option("rotation", rotation, FactorRotation, "efa")
    check_option("correlation", correlation, CorrelationKind, "efa")
    if normalization is not None:
        check_option("normalization", normalization, RowNormalization, "efa")
    if "bifactor" in rotation and factors < 3:
        message = f"Rotation {rotation!r} needs three factors or more, a general one and two of groups. Got {factors}."
        raise DesignError(message)
    kaiser = rotation in _KAISER_BY_CUSTOM if normalization is None else normalization == "kaiser"
    return Asked(factors, method, Path(method, rotation, kaiser), starts, conf_level, correlation)
