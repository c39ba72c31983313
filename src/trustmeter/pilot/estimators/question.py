"""One scale's question, as every analysis is asked it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.pilot.change.inference import Inference, by_t, without_test
from trustmeter.pilot.change.layout import Codes, Layout
from trustmeter.pilot.change.model import Floats, ScaleRows, Truths, WaveModel, area_changes

NO_TEST = ", no inference"


@dataclass(frozen=True, eq=False)
class Pairs:
    """People with a score in both waves of the question; each array has one entry a person, covariates (n, q)."""

    before: Floats
    after: Floats
    treated: Truths | None
    cluster: Codes
    covariates: Floats
    weights: Floats | None


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked of one scale: the change, or with comparison areas the effect.

    Parameters
    ----------
    model
        The least-squares fit of `compare`, with the rows it rests on.
    conf_level, seed
        As in the call.
    """

    model: WaveModel
    conf_level: float
    seed: Any

    @property
    def rows(self) -> ScaleRows:
        """All rows of the scale."""
        return self.model.rows

    @property
    def layout(self) -> Layout:
        """Of these rows."""
        return self.model.rows.layout

    @property
    def place(self) -> int:
        """Of the wave after among the design's waves."""
        return len(self.layout.design.earlier) + 1

    @property
    def column(self) -> int:
        """Of the effect, or the change, among the model's coefficients."""
        return (self.model.effect or self.model.change)[self.place]

    @property
    def fewest_areas(self) -> int:
        """How many areas the smaller of both kinds has; with no comparison areas 0."""
        if self.layout.treated is None:
            return 0
        treated = area_changes(self.model, self.place).treated
        return int(min(treated.sum(), (~treated).sum()))

    def pairs(self) -> Pairs:
        """Return the linked people of the question's two waves."""
        layout, y = self.layout, self.rows.y
        first, second = np.flatnonzero(layout.before), np.flatnonzero(layout.after)
        _, one, two = np.intersect1d(layout.person[first], layout.person[second], return_indices=True)
        first, second = first[one], second[two]
        return Pairs(
            before=y[first], after=y[second], treated=None if layout.treated is None else layout.treated[first],
            cluster=layout.cluster[first], covariates=layout.covariates[first],
            weights=None if layout.weights is None else layout.weights[first],
        )  # fmt: skip

    def two_waves(self) -> ScaleRows:
        """Return the rows of the question's two waves."""
        return self.rows.select(self.layout.before | self.layout.after)

    def told(self, estimate: float, std_error: float, df: float, *, n: int, method: str) -> Inference:
        """Return a t inference; none where one kind has a single area, whose own shock no cluster error can show."""
        if self.fewest_areas == 1:
            return without_test(estimate, n=n, method=method + NO_TEST, reason="")
        return by_t(estimate, std_error, df, conf_level=self.conf_level, n=n, method=method)

    def needs_areas(self) -> None:
        """Refuse where there are no comparison areas."""
        if self.layout.treated is None:
            raise EstimationError("it needs comparison areas")

    def refuse(self, *, weights: bool = False, clusters: bool = False, covariates: bool = False) -> None:
        """Refuse a design that has what an analysis cannot take."""
        layout = self.layout
        has = {
            "weights": weights and layout.weights is not None,
            "areas or clusters": clusters and layout.clustered_by != "person",
            "covariates": covariates and layout.covariates.shape[1] > 0,
        }
        if any(has.values()):
            raise EstimationError(f"it takes no {' and no '.join(word for word, there in has.items() if there)}")
