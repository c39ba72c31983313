"""From correlations to turned factors, and from these to the rows of a table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.options import CorrelationKind, ExtractionMethod
from trustmeter.psychometrics.matrix import Floats
from trustmeter.psychometrics.structure.exploration.pooled import Correlated
from trustmeter.stats.correlation.interval import correlation_interval
from trustmeter.stats.covariance import normal_quantile
from trustmeter.stats.exploration.extraction import (
    LOWEST_UNIQUENESS,
    Extraction,
    degrees_of_freedom,
    fit_maximum_likelihood,
    fit_minres,
)
from trustmeter.stats.exploration.model_fit import FitTest, normal_test, residuals
from trustmeter.stats.exploration.rotation import OBLIQUE, Rotation, promax_of, rotate
from trustmeter.stats.exploration.standard_errors import LoadingErrors, Path, loading_errors, robust_test

FIXED_SEED = 20010301
"""Where random starts begin when nobody says otherwise."""

_SQUARE = 1e-9


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller wants."""

    factors: int
    method: ExtractionMethod
    path: Path
    starts: int
    conf_level: float
    correlation: CorrelationKind


@dataclass(frozen=True, slots=True)
class Found:
    """Factors, turned; `errors` is ``None`` where standard errors are not known."""

    extraction: Extraction
    rotation: Rotation
    errors: LoadingErrors | None

    @property
    def common(self) -> Floats:
        """Reproduced correlations, with communalities in the diagonal."""
        return np.asarray(self.extraction.loadings @ self.extraction.loadings.T)


def factored(data: Correlated, asked: Asked, rng: np.random.Generator) -> Found:
    """Extract and rotate; refuse what has no answer."""
    k, m = len(data.R), asked.factors
    if degrees_of_freedom(k, m) < 0 or m >= k:
        most = max(j for j in range(k) if degrees_of_freedom(k, j) >= 0)
        message = f"`efa` cannot tell {m} factors of {k} items apart: at most {most}"
        raise EstimationError(f"{message} can be. Ask for fewer factors, or bring more items.")
    extraction = (fit_minres if asked.method == "minres" else fit_maximum_likelihood)(data.R, m)
    if not extraction.converged:
        raise EstimationError(f"`efa` with {m} factors by {asked.method} did not converge. Ask for fewer factors.")
    if (np.sum(extraction.loadings**2, axis=0) < _SQUARE).any():
        message = f"`efa` finds fewer than {m} factors in these {k} items: the last explains nothing."
        raise EstimationError(f"{message} Ask for fewer.")
    path = asked.path
    turn = rotate(extraction.loadings, path.rotation, kaiser=path.kaiser, starts=asked.starts, rng=rng)
    if not turn.converged:
        message = f"The rotation {path.rotation!r} of `efa` did not come to rest. Choose another one"
        raise EstimationError(f"{message}, or fewer factors.")
    return Found(extraction, turn, _errors(data, extraction, turn, asked))


def _errors(data: Correlated, extraction: Extraction, turn: Rotation, asked: Asked) -> LoadingErrors | None:
    if data.acov is None or len(extraction.improper):
        return None
    L, phi = turn.loadings, turn.phi
    if asked.path.rotation != "promax" or asked.factors == 1:
        return loading_errors(L, phi, extraction.uniquenesses, data.acov, asked.path)
    # Promax starts at varimax: the errors go through the latter, and then into the order of the former.
    steady = np.random.default_rng(FIXED_SEED)
    first = rotate(extraction.loadings, "varimax", kaiser=asked.path.kaiser, starts=asked.starts, rng=steady).loadings
    pattern = promax_of(first)[0]
    order = np.argsort(-np.sum(pattern**2, axis=0), kind="stable")
    if not np.allclose(np.abs(pattern[:, order]), np.abs(L), atol=1e-6):
        return None
    found = loading_errors(first, np.eye(len(phi)), extraction.uniquenesses, data.acov, asked.path)
    return LoadingErrors(found.loadings[:, order], found.phi[np.ix_(order, order)])


def factor_rows(data: Correlated, found: Found, asked: Asked) -> Iterator[dict[str, Any]]:
    """Yield the rows of the table."""
    k, m = found.rotation.loadings.shape
    told = {"scale": data.matrix.scale, "n": data.matrix.n}
    way = ", ".join(filter(None, (asked.correlation, asked.method, asked.path.rotation if m > 1 else "")))
    z = normal_quantile(asked.conf_level)

    def row(term: str, estimate: float, item: str = "", error: float = math.nan, method: str = way) -> dict[str, Any]:
        limits = {"ci_low": estimate - z * error, "ci_high": estimate + z * error}
        return {
            **told,
            "term": term,
            "item": item,
            "estimate": estimate,
            "std_error": error,
            **limits,
            "method": method,
        }

    L, phi, errors = found.rotation.loadings, found.rotation.phi, found.errors
    for i, item in enumerate(data.matrix.items):
        for j in range(m):
            yield row(f"loading F{j + 1}", L[i, j], item, math.nan if errors is None else errors.loadings[i, j])
        yield row("communality", float(found.common[i, i]), item)
        yield row("uniqueness", float(found.extraction.uniquenesses[i]), item)
    for j, share in enumerate(np.diag(phi @ L.T @ L) / k):
        yield row(f"variance F{j + 1}", float(share))
    yield from ({**told, **one, "method": way} for one in _correlation_rows(found, asked))
    for test, suffix, theory in _tests(data, found, asked):
        yield from ({**told, **one} for one in _test_rows(test, suffix, theory))
    left = residuals(data.R, found.common, degrees_of_freedom(k, m))
    yield row("rmsr", left.rmsr)
    yield row("rmsr_corrected", left.rmsr_corrected)
    yield row("largest_residual", left.largest)


def _correlation_rows(found: Found, asked: Asked) -> Iterator[dict[str, Any]]:
    if asked.path.rotation not in {*OBLIQUE, "promax"}:
        return
    phi = found.rotation.phi
    errors = np.full_like(phi, np.nan) if found.errors is None else found.errors.phi
    low, high = correlation_interval(phi, errors, asked.conf_level)
    for a, b in zip(*np.triu_indices(len(phi), 1), strict=True):
        limits = {"std_error": errors[a, b], "ci_low": low[a, b], "ci_high": high[a, b]}
        yield {"term": f"correlation F{a + 1} F{b + 1}", "estimate": phi[a, b], **limits}


def _tests(data: Correlated, found: Found, asked: Asked) -> Iterator[tuple[FitTest, str, str]]:
    """Yield the tests that hold for these correlations, each with its suffix and its theory."""
    n, unique = data.matrix.n, found.extraction.uniquenesses
    if asked.correlation == "pearson":
        yield normal_test(data.R, found.common, unique, asked.factors, n), "", "normal theory, Bartlett's correction"
    if asked.method == "minres" and data.acov is not None and not len(found.extraction.improper):
        yield (
            robust_test(data.R, found.extraction.loadings, data.acov, n),
            "_robust",
            "least squares, scaled and shifted",
        )


def _test_rows(test: FitTest, suffix: str, theory: str) -> Iterator[dict[str, Any]]:
    first = {"statistic": test.chi_square, "df": test.df, "p_value": test.p_value}
    yield {"term": f"chi_square{suffix}", "estimate": test.chi_square, **first, "method": theory}
    limits = {"ci_low": test.rmsea_low, "ci_high": test.rmsea_high}
    yield {"term": f"rmsea{suffix}", "estimate": test.rmsea, **limits, "method": f"{theory}; 90 % interval"}
    yield {"term": f"tli{suffix}", "estimate": test.tli, "method": theory}
    if not suffix:
        yield {"term": "bic", "estimate": test.bic, "method": theory}


def factor_notes(data: Correlated, found: Found, asked: Asked) -> list[str]:
    """Return what must be said beside the factors."""
    said = []
    extraction, turn = found.extraction, found.rotation
    if len(extraction.improper):
        names = ", ".join(repr(data.matrix.items[i]) for i in extraction.improper)
        said.append(
            f"Heywood case: the uniqueness of {names} ran to its lower bound of {LOWEST_UNIQUENESS}. Loadings are not to be "
            "trusted, and have no standard errors; try fewer factors, or look at that item."
        )
    if extraction.local_minima > 1:
        said.append("The extraction has several resting places; the best one is shown.")
    if turn.solutions > 1:
        said.append(
            f"The rotation has local solutions: {turn.share_best:.0%} of {asked.starts} starts ended at the one shown, the "
            f"simplest by the criterion; {turn.solutions} different ones were found."
        )
    if degrees_of_freedom(len(data.R), asked.factors) == 0:
        said.append("There are no degrees of freedom: any correlations fit, so that the fit tells nothing.")
    if asked.correlation == "polychoric" and asked.method == "ml":
        said.append("No chi-square is given: that of maximum likelihood does not hold for polychoric correlations.")
    return said
