"""The search for a factor model's parameters, and why it may have no answer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.options import Identification
from trustmeter.psychometrics.matrix import Floats
from trustmeter.psychometrics.structure.measurement import (
    FACTOR_COVARIANCE,
    LOADING,
    Measurement,
    StartMoments,
    measurement_of,
)
from trustmeter.psychometrics.structure.model_data import ModelData
from trustmeter.stats.covariance import Integers
from trustmeter.stats.sem.fitting import StructureFit, fit_structure
from trustmeter.stats.sem.model import LAMBDA, PSI, THETA
from trustmeter.stats.sem.moments import jacobian
from trustmeter.stats.sem.sample import NormalSample, OrdinalSample, normal_sample, ordinal_sample
from trustmeter.stats.sem.solution.metric import factor_correlations

_TOLD = 4
_RANK = 1e-8


def sample_of(data: ModelData, estimator: str) -> NormalSample | OrdinalSample:
    """Return the sample in the form that the estimator takes."""
    if estimator not in {"wlsmv", "ulsmv"}:
        return normal_sample([data.x], [data.weights], [data.clusters])
    codes = codes_of(data.x, data.values)
    return ordinal_sample([codes], "dwls" if estimator == "wlsmv" else "uls", [data.weights], [data.clusters])


def codes_of(x: Floats, values: list[Floats]) -> Integers:
    """Return answers as 0, 1, … of each item's values; -1 where missing or none of them."""
    found = np.full(x.shape, -1, dtype=np.intp)
    for item, known in enumerate(values):
        at = np.clip(np.searchsorted(known, x[:, item]), 0, len(known) - 1)
        found[:, item] = np.where(known[at] == x[:, item], at, -1)
    return found


def start_moments(sample: NormalSample | OrdinalSample) -> StartMoments:
    """Return what the starts of the search are made from."""
    if isinstance(sample, OrdinalSample):
        one = sample.groups[0]
        p = len(one.levels)
        return StartMoments(one.correlations, np.ones(p), np.zeros(p), one.thresholds, one.levels)
    free = sample.free[0]
    sd = np.sqrt(np.diag(free.covariance))
    return StartMoments(free.covariance / np.outer(sd, sd), sd, free.mean)


def fitted_structure(
    data: ModelData, estimator: str, *, identification: Identification, orthogonal: bool, means: bool, where: str
) -> tuple[Measurement, StructureFit]:  # fmt: skip
    """Return the model and its fit.

    Raises
    ------
    EstimationError
        When the parameters cannot be told apart, or the search finds no end.
    """
    _refuse_copies(data, where)
    try:
        sample = sample_of(data, estimator)
        _refuse_limits(sample, data, where)
        moments = start_moments(sample)
    except np.linalg.LinAlgError:
        reason = "some items are exact copies or sums of others, or too rarely answered together; leave one of them out"
        raise EstimationError(f"`{where}` cannot be estimated: {reason}.") from None
    measurement = measurement_of(
        data.layout, moments, means=means,
        identification=identification, orthogonal=orthogonal,
    )  # fmt: skip
    _refuse_unidentified(measurement, where)
    fit = _searched(measurement, sample, robust=estimator != "ml")
    if fit is None or not fit.estimate.converged:
        cure = "Check whether items fit their factors, whether a factor has enough items, and whether there are enough people"
        raise EstimationError(
            f"`{where}` found no solution: the search did not come to rest. {cure}; or take a simpler model."
        )
    if np.isnan(fit.covariance).any():
        message = "the answers do not tell its parameters apart (the information matrix is singular at the solution)"
        raise EstimationError(
            f"`{where}` cannot be estimated: {message}. Give weak factors more items, or take a simpler model."
        )
    return measurement, fit


def _searched(measurement: Measurement, sample: NormalSample | OrdinalSample, *, robust: bool) -> StructureFit | None:
    """Return the first search that comes to rest, from several starts."""
    found = None
    for start in _starts(measurement):
        try:
            found = fit_structure(measurement.model, sample, robust=robust, start=start)
        except np.linalg.LinAlgError:
            continue
        if found.estimate.converged:
            return found
    return found


def _starts(measurement: Measurement) -> Iterator[Floats]:
    model = measurement.model
    yield model.start
    together = _numbers(measurement, FACTOR_COVARIANCE)
    apart = model.start
    apart[together] = 0.0
    yield apart
    weak = apart.copy()
    weak[_numbers(measurement, LOADING)] *= 0.6
    yield weak


def _numbers(measurement: Measurement, kind: str) -> Integers:
    """Return the numbers of the free parameters of one kind."""
    matrices = {FACTOR_COVARIANCE: (PSI,), LOADING: (LAMBDA,)}[kind]
    model = measurement.model
    chosen = (model.free >= 0) & np.isin(model.matrix, matrices)
    if kind == FACTOR_COVARIANCE:
        chosen &= model.row != model.col
    return np.unique(model.free[chosen])


def _refuse_copies(data: ModelData, where: str) -> None:
    """Refuse items that are copies, or sums, of others, as far as rows without holes tell."""
    x = data.x[~np.isnan(data.x).any(axis=1)]
    if len(x) <= x.shape[1] or (x.max(axis=0) == x.min(axis=0)).any():
        return
    found = np.atleast_2d(np.asarray(np.corrcoef(x.T)))
    if float(np.linalg.eigvalsh(found)[0]) > 1e-10:
        return
    R = np.abs(found) - np.eye(len(found))
    first, second = np.unravel_index(int(np.argmax(R)), R.shape)
    pair = f"{data.layout.items[first]!r} and {data.layout.items[second]!r}"
    reason = f"{pair} are copies of each other" if R.max() > 1 - 1e-9 else "an item is the exact sum of others"
    raise EstimationError(f"`{where}` cannot be estimated: {reason}; leave one of them out.")


def _refuse_limits(sample: NormalSample | OrdinalSample, data: ModelData, where: str) -> None:
    """Refuse ordered items of which one determines the other, or one answer to it."""
    if not isinstance(sample, OrdinalSample):
        return
    one, gamma = sample.groups[0], sample.gammas[0]
    pair = one.at_limit[0] if len(one.at_limit) else None
    count = len(one.thresholds)
    if pair is None and count:
        size = np.sqrt(np.diag(gamma)[:count])
        tied = gamma[:count, :count] / np.outer(size, size) - np.eye(count)
        item = np.repeat(np.arange(len(one.levels)), one.levels - 1)
        if np.abs(tied).max() > 1 - 1e-9:
            pair = item[list(np.unravel_index(int(np.argmax(np.abs(tied))), tied.shape))]
    if pair is not None:
        first, second = (data.layout.items[int(number)] for number in pair)
        reason = f"answers to {first!r} and {second!r} follow from each other"
        raise EstimationError(f"`{where}` cannot be estimated: {reason}; leave one of them out, or join rare answers.")


def _refuse_unidentified(measurement: Measurement, where: str) -> None:
    """Refuse a model with more parameters than moments, or whose parameters move the same moments in the same way."""
    model = measurement.model
    if model.parameters > model.moments:
        message = f"the model has {model.parameters} parameters, but {len(measurement.layout.items)} items give only {model.moments}"
        raise EstimationError(
            f"`{where}` cannot be estimated: {message} means and covariances. Fix some, or add items."
        )
    rng = np.random.default_rng(1)
    theta = model.start
    J = jacobian(model, theta + rng.uniform(0.02, 0.1, len(theta)) * np.maximum(np.abs(theta), 0.3), 0)
    size = np.sqrt((J**2).sum(axis=0))
    _, values, vectors = np.linalg.svd(J / np.maximum(size, 1e-300), full_matrices=False)
    if model.parameters and values[-1] > _RANK * values[0]:
        return
    moved = np.abs(vectors[-1])
    guilty = [measurement.named(int(one)) for one in np.argsort(-moved) if moved[one] > 0.1 * moved.max()]
    listed = ", ".join(guilty[:_TOLD]) + (", …" if len(guilty) > _TOLD else "")
    cure = "Give each factor at least three items (or two and related factors), or fix one of them (`1*name`)."
    raise EstimationError(
        f"`{where}` cannot be estimated: the model is not identified. Not told apart: {listed}. {cure}"
    )


def improper(measurement: Measurement, fit: StructureFit) -> list[str]:
    """Return what about a solution cannot be: negative variances, correlations beyond 1; empty when it is proper."""
    now, layout = fit.estimate.implied(0), measurement.layout
    made = now.matrices
    total = made.reach @ made.psi @ made.reach.T
    common = np.einsum("ij,jk,ik->i", made.loadings, total, made.loadings)
    remainders = 1 / made.delta**2 - common if measurement.model.ordinal else np.diag(made.residuals)
    told = (
        [f"a negative residual variance of {_listed(layout.items, remainders < 0)}"] if (remainders < 0).any() else []
    )
    variances = np.diag(made.psi)
    if (variances < 0).any():
        told.append(f"a negative variance of {_listed(layout.factors, variances < 0)}")
    elif float(np.linalg.eigvalsh(made.psi)[0]) < -1e-10:
        R = factor_correlations(fit.estimate)
        beyond = np.abs(R - np.eye(len(R))).max(axis=0) > 1
        names = _listed(layout.factors, beyond if beyond.any() else np.ones(len(R), dtype=bool))
        told.append(f"factor covariances that cannot be, of {names}")
    theta = made.residuals + (np.diag(remainders) if measurement.model.ordinal else 0.0)
    joined = bool((measurement.model.matrix == THETA).any())
    if joined and not (remainders < 0).any() and float(np.linalg.eigvalsh(theta)[0]) < -1e-10:
        told.append("residual covariances that cannot be")
    return told


def _listed(names: tuple[str, ...], chosen: np.ndarray) -> str:
    return ", ".join(repr(name) for name, one in zip(names, chosen, strict=True) if one)
