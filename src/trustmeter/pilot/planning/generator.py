"""Person scores made up from a questionnaire's measurement model, quickly: the model of `simulate_responses`, with areas."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
import scipy
from numpy.typing import NDArray

from trustmeter.errors import DesignError
from trustmeter.pilot.planning.assumptions import WHERE
from trustmeter.questionnaire.model import Questionnaire, Scale
from trustmeter.responses.simulation import DIFFICULTY_SD, GENERAL, SKEW, STABLE

Floats = NDArray[np.float64]

LOADING = 0.7
"""Correlation of the latent answer with the latent trait."""

_CALIBRATION = 20_000
_FARTHEST = 12.0


@dataclass(frozen=True, eq=False)
class Meter:
    """How a scale's answers depend on the trait.

    Parameters
    ----------
    dimension
        Shape (items,): to which dimension each item belongs.
    thresholds
        Shape (items, most options - 1): where the latent answer moves to the next option; infinite beyond an item's last.
    points
        Shape (items,): points that one option more adds to the score.
    stable
        Correlation of a person's trait between waves.
    sd, correlation
        Of scores, as this meter gives them.
    slope
        Points that the mean score gains for one standard deviation of the trait, where people are.
    """

    dimension: NDArray[np.intp]
    thresholds: Floats
    points: Floats
    stable: float = STABLE
    sd: float = math.nan
    correlation: float = math.nan
    slope: float = math.nan

    def mean_score(self, shift: float) -> float:
        """Return the expected score when all traits are shifted, in standard deviations."""
        above = scipy.special.ndtr(LOADING * shift - self.thresholds)
        return float(self.points @ above.sum(axis=1))

    def shift_of(self, change: float) -> float:
        """Return the shift of the trait that moves the mean score by a number of points.

        Raises
        ------
        DesignError
            When the scale ends before that.
        """
        start = self.mean_score(0.0)
        if not self.mean_score(-_FARTHEST) < start + change < self.mean_score(_FARTHEST):
            message = f"A change of {change:g} points leaves the scale, whose mean would start at {start:.0f}."
            raise DesignError(f"{message} Plan for a smaller change.")
        return float(
            scipy.optimize.brentq(
                lambda shift: self.mean_score(shift) - start - change, -_FARTHEST, _FARTHEST, xtol=1e-10
            )
        )

    def scores(self, latent: Floats, shift: float = 0.0) -> Floats:
        """Return the scores (...,) of latent answers (..., items)."""
        total = np.zeros(latent.shape[:-1])
        for steps in (self.thresholds - LOADING * shift).T:
            total += (latent > steps) @ self.points
        return total


def meter_of(questionnaire: Questionnaire, scale: str | None, correlation: float, seed: int) -> Meter:
    """Read a scale's meter from a questionnaire, and set how stable traits are so that scores correlate as assumed.

    Raises
    ------
    DesignError
        When the scale is unknown, or its items have no ordered options.
    """
    chosen = _scale(questionnaire, scale)
    options = [len(questionnaire.item(name).response_scale.substantive) for name in chosen.items]
    if not options or min(options) < 2:
        raise DesignError(f"Scale {chosen.id!r} has items without options, so no answers can be drawn for `{WHERE}`.")
    rng = np.random.default_rng(np.random.SeedSequence([seed, 1]))
    thresholds = np.full((len(options), max(options) - 1), np.inf)
    for row, count in enumerate(options):
        shares = (np.arange(1, count) / count) ** SKEW
        difficulty = DIFFICULTY_SD * rng.standard_normal()
        thresholds[row, : count - 1] = [NormalDist().inv_cdf(share) + difficulty for share in shares.tolist()]
    points = 100 / (len(options) * (np.array(options, dtype=float) - 1))
    bare = Meter(_dimensions(questionnaire, chosen), thresholds, points, stable=1.0)
    people = Crowd(1, _CALIBRATION, _CALIBRATION, 0.0, 0.0)
    most = _correlation(bare.scores(people.latent(bare, rng)))
    known = replace(bare, stable=float(np.clip(correlation / most, 0.0, 1.0)))
    scores = known.scores(people.latent(known, rng))
    slope = (known.mean_score(1e-3) - known.mean_score(-1e-3)) / 2e-3
    return replace(known, sd=float(scores.std()), correlation=_correlation(scores), slope=slope)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who is asked: areas, people in each wave of an area, how many of them are the same, and how areas vary.

    Parameters
    ----------
    areas, people, shared
        Areas; people an area and wave; those who are asked twice.
    between
        Share of the trait's variance that lies between areas.
    area_correlation
        Of areas' levels in the two waves.
    """

    areas: int
    people: int
    shared: int
    between: float
    area_correlation: float

    def latent(self, meter: Meter, rng: np.random.Generator) -> Floats:
        """Draw latent answers, shape (areas, people, 2, items); the first `shared` people are the same in both waves."""
        dimensions = int(meter.dimension.max()) + 1
        lasting = rng.standard_normal((self.areas, self.people, 2, 1 + dimensions))
        lasting[:, : self.shared, 1] = lasting[:, : self.shared, 0]
        passing = rng.standard_normal((self.areas, self.people, 2, 1 + dimensions))
        parts = math.sqrt(meter.stable) * lasting + math.sqrt(1 - meter.stable) * passing
        traits = math.sqrt(GENERAL) * parts[..., :1] + math.sqrt(1 - GENERAL) * parts[..., 1:]
        if self.between > 0:
            area = rng.standard_normal((self.areas, 1, 2, 1))
            r = self.area_correlation
            area[:, :, 1] = r * area[:, :, 0] + math.sqrt(1 - r * r) * area[:, :, 1]
            traits = math.sqrt(self.between) * area + math.sqrt(1 - self.between) * traits
        error = rng.standard_normal((self.areas, self.people, 2, len(meter.dimension)))
        return np.asarray(LOADING * traits[..., meter.dimension] + math.sqrt(1 - LOADING**2) * error)


def _correlation(scores: Floats) -> float:
    """Return the correlation between waves of scores of shape (1, people, 2)."""
    return float(np.corrcoef(scores[0].T)[0, 1])


def _scale(questionnaire: Questionnaire, scale: str | None) -> Scale:
    if not isinstance(questionnaire, Questionnaire):
        message = f"`{WHERE}(method='simulation')` draws answers to a questionnaire: pass `questionnaire=`."
        raise DesignError(f"{message} Got {type(questionnaire).__name__}.")
    if scale is not None:
        return questionnaire.scale(scale)
    if len(questionnaire.scales) != 1:
        listed = ", ".join(repr(one.id) for one in questionnaire.scales) or "none"
        raise DesignError(f"Name the scale to plan for with `scale=`. The scales are: {listed}.")
    return questionnaire.scales[0]


def _dimensions(questionnaire: Questionnaire, chosen: Scale) -> NDArray[np.intp]:
    """Return for each item the number of the smallest scale that holds it."""
    names = []
    for item in chosen.items:
        holding = [scale for scale in questionnaire.scales if item in scale.items]
        names.append(min(holding, key=lambda scale: len(scale.items)).id)
    order = list(dict.fromkeys(names))
    return np.array([order.index(name) for name in names], dtype=np.intp)
