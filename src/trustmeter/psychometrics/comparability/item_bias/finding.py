"""What was found about one item: tests, sizes, and points of bias in each group."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.psychometrics.comparability.item_bias.clustering import tail
from trustmeter.stats.covariance import normal_quantile

Floats = NDArray[np.float64]

TESTS = ("uniform", "nonuniform", "total")


@dataclass(frozen=True, slots=True)
class BiasTest:
    """A chi-squared test, or an F test where the covariance that it rests on has finite degrees of `freedom`."""

    statistic: float
    df: int
    method: str
    freedom: float = math.inf

    @property
    def p_value(self) -> float:
        """The probability of a larger statistic when the item works alike; not a number when it was withheld."""
        if math.isnan(self.statistic):
            return math.nan
        return tail(self.statistic, self.df, self.freedom)


@dataclass(frozen=True, slots=True)
class GroupBias:
    """How many points higher a group scores than people of the same standing in the first group.

    Parameters
    ----------
    estimate, std_error
        Mean over the group's people, in points of the 0-100 score of the scale; the error may be unknown.
    absolute
        Mean size of the difference, whichever its direction; not a number where it was not asked for.
    freedom
        Degrees of freedom of the standard error.
    """

    estimate: float
    std_error: float
    absolute: float
    freedom: float = math.inf

    def margin(self, conf_level: float) -> float:
        """Return half the width of the interval."""
        if math.isinf(self.freedom):
            return normal_quantile(conf_level) * self.std_error
        return float(scipy.special.stdtrit(self.freedom, (1 + conf_level) / 2)) * self.std_error


@dataclass(frozen=True, eq=False, slots=True)
class ItemFinding:
    """One item, examined.

    Parameters
    ----------
    tests
        By term: ``uniform``, ``nonuniform``, ``total``; a method may lack one.
    sizes
        By term: changes of pseudo-R², when the method has them.
    biases
        One entry for each group but the first.
    influence
        Shape (n, G - 1): how much each row pulls at the biases; ``None`` where that is not known.
    reason
        Why the item could not be examined; then all else is empty.
    """

    tests: Mapping[str, BiasTest]
    sizes: Mapping[str, float]
    biases: tuple[GroupBias, ...]
    influence: Floats | None = None
    reason: str = ""

    def without_errors(self) -> ItemFinding:
        """Return the finding with its estimates alone: tests and standard errors are not numbers."""
        tests = {term: replace(test, statistic=math.nan) for term, test in self.tests.items()}
        biases = tuple(replace(bias, std_error=math.nan) for bias in self.biases)
        return replace(self, tests=tests, biases=biases, influence=None)


def wald(estimates: Floats, covariance: Floats, method: str, freedom: float = math.inf) -> BiasTest:
    """Return the test that all estimates (q,) are zero, given their covariance (q, q) and its degrees of freedom."""
    return BiasTest(float(estimates @ np.linalg.solve(covariance, estimates)), len(estimates), method, freedom)
