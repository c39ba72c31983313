"""One scale's rows, what was asked of them, and an interval for any number made from their covariances."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from trustmeter.options import IntervalMethod, MomentsRule
from trustmeter.psychometrics.matrix import Floats, ItemMatrix
from trustmeter.stats.consistency.bootstrap import (
    DRAWS,
    Replicates,
    bca_interval,
    left_out_values,
    percentile_interval,
    resample,
    resampled_covariances,
)  # fmt: skip
from trustmeter.stats.consistency.bounds import Functional
from trustmeter.stats.consistency.interval import positive_interval, symmetric_interval
from trustmeter.stats.consistency.moments import CompleteMoments, Moments, normal_std_error
from trustmeter.stats.covariance import (
    NO_INTERVAL,
    Coefficient,
    Integers,
    Interval,
    delta_std_error,
    jackknife_std_error,
)
from trustmeter.stats.survey.linearisation import covariance_of_totals
from trustmeter.stats.survey.sample import degrees_of_freedom

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for.

    Parameters
    ----------
    terms
        The coefficients.
    conf_level, interval, missing, seed, factors
        As of `trustmeter.reliability`.
    """

    terms: tuple[str, ...]
    conf_level: float
    interval: IntervalMethod
    missing: MomentsRule
    seed: int | np.random.Generator | None
    factors: int = 3

    @property
    def resamples(self) -> bool:
        """Whether intervals come from resampled people."""
        return self.interval in {"bootstrap", "percentile"}


@dataclass(frozen=True, eq=False, repr=False)
class Sample:
    """The rows of one scale that count, and what was asked.

    Parameters
    ----------
    matrix
        The scale; `missing` is not ``"pairwise"``.
    request
        What was asked.
    """

    matrix: ItemMatrix
    request: Request

    @cached_property
    def x(self) -> Floats:
        """The rows (n, k); with holes when they are estimated by full information."""
        return self.matrix.rows

    @cached_property
    def moments(self) -> Moments:
        """The covariance matrix and the pull of each row."""
        return self.matrix.saturated if self.request.missing == "fiml" else self.matrix.complete

    @property
    def S(self) -> Floats:
        """The covariance matrix (k, k), divisor n - 1."""
        return self.moments.S

    @property
    def n(self) -> int:
        """How many rows count."""
        return self.moments.n

    @property
    def clusters(self) -> Integers | None:
        """Which rows are the same cluster's or person's."""
        return self.matrix.clusters

    @property
    def designed(self) -> bool:
        """Whether the caller said how rows were drawn."""
        given = (self.matrix.given_weights, self.matrix.given_clusters, self.matrix.given_sample)
        return any(one is not None for one in given)

    @cached_property
    def units(self) -> int:
        """How many independent rows, people or clusters there are."""
        return self.n if self.clusters is None else int(self.clusters.max()) + 1

    @property
    def df(self) -> float:
        """Degrees of freedom of delta-method intervals: the units less one where the design is given."""
        if self.matrix.given_sample is not None:
            return degrees_of_freedom(self.matrix.given_sample, self.matrix.used)
        return self.units - 1 if self.designed else math.inf

    @property
    def adf(self) -> str:
        """The words for a distribution-free interval."""
        return f"ADF{self._by}"

    @property
    def _by(self) -> str:
        if self.matrix.given_sample is not None:
            return " by the design of the sample"
        if self.clusters is None:
            return ", weighted" if self.designed else ""
        unit = "respondent" if self.matrix.given_clusters is None else "cluster"
        return f" by {unit}" + ("" if self.matrix.given_weights is None else ", weighted")

    @property
    def plain(self) -> bool:
        """Whether rows are complete, independent and alike, as normal theory takes for granted."""
        return self.clusters is None and not self.designed and isinstance(self.moments, CompleteMoments)

    @cached_property
    def replicates(self) -> Replicates:
        """Alpha and the measurement error in each resample."""
        return resample(self.x, self._rng(), clusters=self.clusters, weights=self.matrix.weights)

    @cached_property
    def resampled(self) -> Floats:
        """The covariance matrix of each resample, shape (draws, k, k); the resamples of `replicates`."""
        return resampled_covariances(self.x, self._rng(), clusters=self.clusters, weights=self.matrix.weights)

    def _rng(self) -> np.random.Generator:
        """Return a generator that gives the same draws each time; a generator that was passed moves on once."""
        if self.request.seed is not None and not isinstance(self.request.seed, int):
            return np.random.default_rng(self._entropy)
        return np.random.default_rng(self.request.seed if self.request.seed is not None else self._entropy)

    @cached_property
    def _entropy(self) -> int:
        return int(np.random.default_rng(self.request.seed).integers(2**63))

    def search_rng(self) -> np.random.Generator:
        """Return a generator for searches and drawn splits: the seed's, or a fixed one, so that results repeat."""
        seed = self.request.seed
        return np.random.default_rng(seed if isinstance(seed, int) else 0)

    def coefficient(self, value: float, gradient: Floats) -> Coefficient:
        """Return a number made from S with the influence of the rows."""
        return Coefficient(value, self.moments.influence(gradient))

    def std_error(self, found: Coefficient, ddof: int = 1) -> float:
        """Return the distribution-free standard error: by strata and margins, too, where the design knows of them."""
        drawn, matrix = self.matrix.given_sample, self.matrix
        if drawn is None:
            return delta_std_error(found, self.clusters, ddof)
        pull = np.zeros(len(matrix.used))
        pull[matrix.used] = found.influence / (self.n * drawn.weights[matrix.used])
        return math.sqrt(float(covariance_of_totals(pull, drawn)[0, 0]))

    def adf_interval(self, found: Coefficient, *, lowest: float = -math.inf, ddof: int = 1) -> Interval:
        """Return the distribution-free interval of a coefficient that cannot pass 1."""
        error = self.std_error(found, ddof)
        return symmetric_interval(found.value, error, self.request.conf_level, self.df, lowest)

    def drawn_interval(self, values: Floats, found: Coefficient) -> tuple[Interval, str]:
        """Return the bootstrap interval asked for from the values in the resamples (draws,), and its words."""
        drawn = "respondents" if self.matrix.given_clusters is None else "clusters"
        words = f"bootstrap, {DRAWS} draws" + ("" if self.clusters is None else f" of {drawn}")
        without = int(np.isnan(values).sum())
        words += f", {without} without a value" if without else ""
        if self.request.interval == "percentile":
            return percentile_interval(values, self.request.conf_level), f"percentile {words}"
        return bca_interval(values, found, self.request.conf_level, self.clusters), f"BCa {words}"

    def jackknife(self, of: Callable[[Floats], Floats]) -> float:
        """Return the standard error from leaving out each unit in turn."""
        left = left_out_values(self.x, of, clusters=self.clusters, weights=self.matrix.weights)
        return jackknife_std_error(left)

    def smooth_interval(
        self, found: Coefficient, functional: Functional, *, lowest: float = -math.inf, ddof: int = 1
    ) -> tuple[Interval, str]:
        """Return the interval asked for of a smooth coefficient below 1, and its words."""
        request = self.request
        if request.resamples:
            return self.drawn_interval(functional.of(self.resampled), found)
        if request.interval == "jackknife":
            error, df = self.jackknife(functional.of), self.units - 1
            return symmetric_interval(found.value, error, request.conf_level, df, lowest), f"jackknife{self._by}"
        if request.interval in {"normal", "feldt"}:
            if not self.plain:
                return NO_INTERVAL, "normal-theory delta"
            error = normal_std_error(self.S, functional.gradient(self.S), self.n)
            return symmetric_interval(found.value, error, request.conf_level, math.inf, lowest), "normal-theory delta"
        return self.adf_interval(found, lowest=lowest, ddof=ddof), self.adf

    def error_interval(self, found: Coefficient, functional: Functional) -> tuple[Interval, str]:
        """Return the interval asked for of a positive number in points, and its words."""
        request = self.request
        if request.resamples:
            return self.drawn_interval(self.replicates.error, found)
        if request.interval == "jackknife":
            error, df, way = self.jackknife(functional.of), float(self.units - 1), f"jackknife{self._by}"
        elif request.interval == "normal":
            way, df = "normal-theory delta", math.inf
            if not self.plain:
                return NO_INTERVAL, way
            error = normal_std_error(self.S, functional.gradient(self.S), self.n)
        else:
            error, df, way = self.std_error(found), self.df, self.adf
        return positive_interval(found.value, error, request.conf_level, df), way


def row(term: str, value: float, interval: Interval, method: str) -> Row:
    """Return the cells of one coefficient."""
    return {
        "term": term,
        "estimate": value,
        "std_error": interval.std_error,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "method": method,
    }
