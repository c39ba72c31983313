"""Where does each person stand on the factors of a model, and how sure is that?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_PEOPLE, FactorScoreMethod, check_option
from trustmeter.psychometrics.matrix import Items
from trustmeter.psychometrics.structure.confirmation import CfaResult
from trustmeter.psychometrics.structure.model_data import model_columns
from trustmeter.psychometrics.structure.model_rows import FittedModel
from trustmeter.psychometrics.structure.model_search import codes_of
from trustmeter.responses.model import Responses
from trustmeter.results import Provenance, Result, told_count, vocabulary_frame
from trustmeter.stats.sem.solution.factor_scores import FactorScores, bartlett_scores, mode_scores, regression_scores


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FactorScoreResult(Result):
    """Factor scores of people.

    Parameters
    ----------
    frame
        One row a person in the order of the answers, with their index: of Responses the role columns, then one column a
        factor, not a number where nothing was answered.
    std_errors
        One column a factor.
    """

    title: ClassVar[str] = "Factor scores"

    frame: pd.DataFrame
    std_errors: pd.DataFrame


def factor_scores(
    result: CfaResult, answers: Responses | Items, *, method: FactorScoreMethod = "auto"
) -> FactorScoreResult:
    """Estimate where each person stands on the factors of a fitted model.

    Use it for a picture of people or as a variable in a further model when weights of items matter; for a report, the score
    of a scale is simpler to explain and to repeat. The answers may be those that the model was fitted to, or new ones.

    Parameters
    ----------
    result
        What `cfa` returned.
    answers
        Responses or a frame with the items of the model.
    method
        ``"regression"``: the mean of the factor given the answers (drawn towards the average). ``"bartlett"``: unbiased
        given the person, of greater spread. ``"mode"``: for ordered answers, the most likely value. ``"auto"``: ``"mode"`` of
        ordered answers, else ``"regression"``.

    Returns
    -------
    FactorScoreResult
        ``frame`` and ``std_errors`` by person. The table has, for each factor (``scale``), ``mean`` and ``sd`` of the scores and
        ``reliability``: the share of the factor's variance that the scores catch (regression and mode), 1 - mean squared
        standard error / variance of the factor.

    Raises
    ------
    DesignError
        When the method does not go with the model, or an item is missing.
    EstimationError
        When the solution is improper: its scores would be, too.

    Notes
    -----
    Regression: mu + V L' S^-1 (y - m), with variance V - V L' S^-1 L V. Bartlett: (L' T^-1 L)^-1 L' T^-1 (y - nu), with variance
    (L' T^-1 L)^-1. Mode: the maximum of log phi(eta) + sum log P(y_i | eta), with the inverse of minus its second derivatives.
    Unanswered items are left out of the sums. The standard errors take the model's parameters for known.

    References
    ----------
    Thurstone, L. L. (1935). The vectors of mind. University of Chicago Press. doi:10.1037/10018-000

    Bartlett, M. S. (1937). The statistical conception of mental factors. British Journal of Psychology, 28(1), 97-104.
    doi:10.1111/j.2044-8295.1937.tb00863.x

    Examples
    --------
    In R ``lavaan::lavPredict(fit, method = "regression")``, ``"Bartlett"``, and ``"EBM"`` of ordered items.

    >>> import numpy as np
    >>> from trustmeter.psychometrics.structure.confirmation import cfa
    >>> from trustmeter.psychometrics.structure.factor_scoring import factor_scores
    >>> rng = np.random.default_rng(5)
    >>> items = rng.normal(size=(300, 1)) + rng.normal(size=(300, 4))
    >>> scores = factor_scores(cfa(items), items)
    >>> scores.frame.shape, round(float(scores.table["estimate"].iloc[2]), 1)
    ((300, 1), 0.8)
    """
    check_option("method", method, FactorScoreMethod, "factor_scores")
    if not isinstance(result, CfaResult):
        raise DesignError(f"`factor_scores` takes the result of `cfa` first. Got {type(result).__name__}.")
    fitted = result.fitted
    chosen = _method(fitted, method)
    if not result.admissible:
        message = f"`factor_scores` needs a proper solution; this one has {'; '.join(result.improper)}"
        raise EstimationError(f"{message}. Take a simpler model, or more people.")
    columns = model_columns(answers, fitted.data.layout.statements, "factor_scores")[0]
    found, notes = _scored(fitted, columns.to_numpy(dtype=float, na_value=np.nan), chosen)
    layout, n = fitted.measurement.layout, len(columns)
    index = (
        answers.frame.index
        if isinstance(answers, Responses)
        else answers.index
        if isinstance(answers, pd.DataFrame)
        else None
    )
    frame = pd.DataFrame(found.values, columns=list(layout.factors), index=index)
    errors = pd.DataFrame(found.std_errors, columns=list(layout.factors), index=index)
    if isinstance(answers, Responses):
        roles = [name for name in answers.roles.columns if name not in layout.factors]
        frame = pd.concat([answers.frame[roles], frame], axis=1)
    return FactorScoreResult(
        table=vocabulary_frame(_rows(fitted, found, chosen)), frame=frame, std_errors=errors,
        notes=tuple(_notes(notes, found, n)), provenance=_provenance(answers, result, n, chosen),
    )  # fmt: skip


def _method(fitted: FittedModel, method: FactorScoreMethod) -> str:
    """Return how scores are made; refuse what does not go with the model."""
    if method == "auto":
        return "mode" if fitted.ordered else "regression"
    if fitted.ordered != (method == "mode"):
        kind, right = ("ordered answers", "mode") if fitted.ordered else ("numbers", "regression")
        raise DesignError(
            f"`factor_scores` of a model of {kind} cannot use `method={method!r}`. Use `method={right!r}`."
        )
    layout = fitted.measurement.layout
    above = [name for name in layout.factors if not any(one in layout.items for one in layout.measured_by[name])]
    if method == "bartlett" and above:
        message = (
            f"`method='bartlett'` of `factor_scores` needs items of each factor; {above[0]!r} has only factors below it"
        )
        raise DesignError(f"{message}. Use `method='regression'`.")
    return method


def _scored(fitted: FittedModel, x: np.ndarray[Any, Any], method: str) -> tuple[FactorScores, list[str]]:
    estimate = fitted.fit.estimate
    if method != "mode":
        means = fitted.fit.sample.groups[0].means[0]  # type: ignore[union-attr]
        scores = regression_scores if method == "regression" else bartlett_scores
        return scores(estimate, x, means=means), []
    codes = codes_of(x, fitted.data.values)
    strange = int(((codes < 0) & ~np.isnan(x)).any(axis=1).sum())
    notes = (
        [f"Answers that nobody gave when the model was fitted count as missing, in rows: {told_count(strange)}."]
        if strange
        else []
    )
    if any(one.kind == "residual_covariance" for one in fitted.measurement.parameters):
        notes.append("Remainders that go together are taken as independent when people are scored.")
    return mode_scores(estimate, codes), notes


def _rows(fitted: FittedModel, found: FactorScores, method: str) -> list[dict[str, Any]]:
    made = fitted.fit.estimate.implied(0).matrices
    variances = np.diag(made.reach @ made.psi @ made.reach.T)
    rows: list[dict[str, Any]] = []
    for j, name in enumerate(fitted.measurement.layout.factors):
        values, errors = (part[:, j][~np.isnan(part[:, j])] for part in (found.values, found.std_errors))
        if len(values) < FEWEST_PEOPLE:
            hidden = {"scale": name, "estimate": math.nan, "n": None, "method": method, "suppressed": True}
            rows += [{**hidden, "term": term} for term in ("mean", "sd")]
            continue
        told = {"mean": float(values.mean()), "sd": float(values.std(ddof=1))}
        if method != "bartlett":
            told["reliability"] = 1 - float(np.mean(errors**2)) / float(variances[j])
        rows += [
            {"scale": name, "term": term, "estimate": value, "n": len(values), "method": method}
            for term, value in told.items()
        ]
    return rows


def _notes(notes: list[str], found: FactorScores, n: int) -> list[str]:
    without = int(np.isnan(found.values).all(axis=1).sum())
    if without:
        notes = [*notes, f"Rows without a score, because too little was answered: {told_count(without)} of {n}."]
    return [*notes, "Standard errors take the model's parameters for known; compare people only where they are small."]


def _provenance(answers: object, result: Result, n: int, method: str) -> Provenance:
    ground = (
        answers.provenance(method=method) if isinstance(answers, Responses) else Provenance(options={"method": method})
    )
    return replace(ground, rows_used=n, simulated=ground.simulated or result.simulated)
