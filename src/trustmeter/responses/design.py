"""How the people were drawn: weights, strata, clusters, and what weighting has already been settled."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import DesignError
from trustmeter.options import CalibrationKind, LonelyPsu, ReplicateMethod, check_option, check_whole

Floats = NDArray[np.float64]
_WHERE = "SurveyDesign"
_SAME = 1e-6
"""Weights that differ by less, relatively, are the same: they may have been written to a file and read again."""


@dataclass(frozen=True, slots=True)
class Replicates:
    """Weights that were made many times over, so that their spread tells the sampling error.

    Parameters
    ----------
    columns
        The columns of weights, at least two; each the weight of a row in one replicate, base weight and all.
    method
        How they were made.
    scale, rscales
        The variance of an estimate is ``scale`` times the sum over replicates of ``rscales`` times the squared deviation.
        Empty `rscales` are ones.
    mse
        Whether deviations are from the estimate of the whole sample, and not from the replicates' own mean.
    df
        Degrees of freedom of the design that they were made from; ``None``: as many as the columns allow at most.
    """

    columns: tuple[str, ...]
    method: ReplicateMethod
    scale: float
    rscales: tuple[float, ...] = ()
    mse: bool = True
    df: int | None = None

    def __post_init__(self) -> None:
        check_option("method", self.method, ReplicateMethod, "Replicates")
        if len(self.columns) < 2:
            raise DesignError(f"`Replicates` needs at least two columns of weights. Got {len(self.columns)}.")
        if self.rscales and len(self.rscales) != len(self.columns):
            message = f"`Replicates` needs one of `rscales` a column. Got {len(self.rscales)} for {len(self.columns)}."
            raise DesignError(f"{message} Leave `rscales` out if all are one.")
        if not self.scale > 0 or any(not one >= 0 for one in self.rscales):
            raise DesignError("`Replicates` needs a `scale` above 0 and `rscales` of at least 0.")
        if self.df is not None:
            check_whole("df", self.df, 1, "Replicates")


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Calibration:
    """One step by which weights were made to meet what is known of the population.

    Standard errors then rest on what the margins do not explain, so the step travels with the design.

    Parameters
    ----------
    kind
        ``"post_stratify"`` and ``"rake"`` by categories, ``"calibrate"`` by auxiliary variables.
    before
        Shape (n,): the weights that the step started from.
    categories
        Of a step by categories, for each margin shape (n,): the row's category as a whole number from 0.
    auxiliaries
        Of a step by variables, shape (n, q): the model matrix; else ``None``.
    margins
        What the margins are called.
    after
        Shape (n,): the weights that the step ended with, by which its answers are known again; ``None``: not kept.
    """

    kind: CalibrationKind
    before: Floats
    categories: tuple[NDArray[np.intp], ...] = ()
    auxiliaries: Floats | None = None
    margins: tuple[str, ...] = ()
    after: Floats | None = None

    def __repr__(self) -> str:
        return f"Calibration({self.kind!r}, margins={self.margins!r})"


@dataclass(frozen=True, eq=False, slots=True)
class SurveyDesign:
    """How people came into the sample, and for how many each of them stands.

    Use it to tell once what every verb must know: `answers.with_design(SurveyDesign(...))`. Scoring, reliability,
    comparison and estimates then use it, and their results say so.

    Parameters
    ----------
    weights
        The column with the number of people (or a multiple of it) that a row stands for; ``None``: all alike.
    strata
        The column of the groups that were drawn from separately.
    clusters
        The column of what was drawn first and together: interviewers, streets, schools. Their names may come again in
        another stratum. ``None``: rows were drawn one by one.
    population
        The column with the number of clusters (rows, where there are none) that the row's stratum has in all, for the
        finite population correction; ``None``: so many that it does not matter. Leave it out where only some of the people of
        a drawn cluster were asked: the correction forgets that they vary, and errors would be too small.
    replicates
        Replicate weights that came with the data; they take the place of strata, clusters and population.
    lonely_psu
        What a stratum of which only one cluster was drawn does to the error: ``"refuse"``; ``"certainty"``: nothing, it
        was drawn for sure; ``"adjust"``: it differs as from the mean of all; ``"average"``: as the other strata do.
    calibration
        The steps of weighting to known margins, written by the verbs that weight.
    narrowed
        Whether rows were taken away after the weights had been made, so that their steps can no longer be used.

    Raises
    ------
    DesignError
        When a column is no text or has two jobs, or replicates come beside strata, clusters or a population.

    References
    ----------
    Lumley, T. (2010). Complex Surveys: A Guide to Analysis Using R. Wiley. doi:10.1002/9780470580066

    Examples
    --------
    >>> import trustmeter as tm
    >>> tm.SurveyDesign(weights="weight", clusters="interviewer").columns
    ('weight', 'interviewer')
    """

    weights: str | None = None
    strata: str | None = None
    clusters: str | None = None
    population: str | None = None
    replicates: Replicates | None = None
    lonely_psu: LonelyPsu = "refuse"
    calibration: tuple[Calibration, ...] = ()
    narrowed: bool = False

    def __post_init__(self) -> None:
        check_option("lonely_psu", self.lonely_psu, LonelyPsu, _WHERE)
        for name in ("weights", "strata", "clusters", "population"):
            column = getattr(self, name)
            if column is not None and not (isinstance(column, str) and column):
                raise DesignError(f"`{name}` of `{_WHERE}` must be the name of a column. Got {type(column).__name__}.")
        named = self._named()
        twice = next((column for place, column in enumerate(named) if column in named[:place]), None)
        if twice is not None:
            raise DesignError(f"`{_WHERE}` was given the column {twice!r} for two things. Name each column once.")
        drawn = [name for name in ("strata", "clusters", "population") if getattr(self, name) is not None]
        if self.replicates is not None and drawn:
            message = (
                f"`{_WHERE}` takes replicate weights or `{drawn[0]}`, not both: replicates already know how people"
            )
            raise DesignError(f"{message} were drawn. Leave `{drawn[0]}` out.")

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the design, replicates last."""
        return (*self._named(), *(() if self.replicates is None else self.replicates.columns))

    @property
    def whole(self) -> bool:
        """Whether it says more than weights and clusters: strata, a finite population, or margins that weights meet."""
        return self.strata is not None or self.population is not None or bool(self.calibration)

    def narrow(self) -> SurveyDesign:
        """Return the design of some of the rows: the weights stay, how they were made can no longer be used."""
        return self if not self.calibration else replace(self, calibration=(), narrowed=True)

    def check_rows(self, weights: Floats, where: str) -> None:
        """Refuse steps of weighting that are not of the answers with these weights, shape (n,), in this order.

        Raises
        ------
        DesignError
            When a step is of another number of rows, or the last one ended with other weights.
        """
        cure = "Weight these, and use the design they get."
        strange = next((step for step in self.calibration if len(step.before) != len(weights)), None)
        if strange is not None:
            message = f"The design in `{where}` holds a step of weighting of {len(strange.before)} rows, and there are"
            raise DesignError(f"{message} {len(weights)}: it is of other answers. {cure}")
        last = self.calibration[-1].after if self.calibration else None
        if last is not None and not np.allclose(weights, last, rtol=_SAME, atol=0.0):
            message = (
                f"The design in `{where}` holds a step of weighting that ended with other weights than these rows have"
            )
            raise DesignError(f"{message}: it is of other answers, of another order or another column. {cure}")

    def told(self) -> dict[str, Any]:
        """Return by name what is set, as it may be written down: columns and words, never a row's number."""
        found = {
            one.name: getattr(self, one.name) for one in fields(self) if one.name not in ("replicates", "calibration")
        }
        told = {name: value for name, value in found.items() if value not in (None, False)}
        if self.replicates is not None:
            told["replicates"] = f"{len(self.replicates.columns)} by {self.replicates.method}"
        if self.calibration:
            told["calibration"] = [f"{step.kind}: {', '.join(step.margins)}" for step in self.calibration]
        return told

    def _named(self) -> tuple[str, ...]:
        named = (self.weights, self.strata, self.clusters, self.population)
        return tuple(column for column in named if column is not None)
