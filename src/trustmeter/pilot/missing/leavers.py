"""Who was there before, and who of them was seen again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.pilot.change.layout import Layout, layout_of
from trustmeter.pilot.change.sample import MOSTLY
from trustmeter.pilot.design import PilotDesign
from trustmeter.results import told_count
from trustmeter.scoring.model import Scores

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Truths = NDArray[np.bool_]

BASELINE = "score before"
INSTEAD = "To ask whether the waves differ as cross-sections, use `compare(scores, PilotDesign(..., linked=False, covariates=[...]))`."


@dataclass(frozen=True, eq=False)
class Cohort:
    """The people with a score before; every array has one entry a person.

    Parameters
    ----------
    layout
        Their rows before.
    before, after
        Their scores; `after` is not a number for those who were not seen again with a score.
    newcomers
        How many people are in the wave after only.
    """

    layout: Layout
    before: Floats
    after: Floats
    newcomers: int

    def __len__(self) -> int:
        return len(self.before)

    @property
    def seen(self) -> Truths:
        """Who was seen again."""
        return ~np.isnan(self.after)

    @property
    def lost(self) -> int:
        """How many were not."""
        return int((~self.seen).sum())

    @property
    def change(self) -> Floats:
        """After minus before; not a number for those not seen again."""
        return self.after - self.before

    @property
    def predictors(self) -> tuple[Floats, tuple[str, ...]]:
        """The score before and the covariates, shape (n, 1 + q), and their names; what does not vary is left out."""
        columns = np.column_stack([self.before, self.layout.covariates])
        names = (BASELINE, *self.layout.covariate_names)
        varies = np.ptp(columns, axis=0) > 0 if len(columns) else np.zeros(len(names), dtype=bool)
        return columns[:, varies], tuple(name for name, kept in zip(names, varies, strict=True) if kept)

    @property
    def clusters(self) -> Codes | None:
        """Codes 0, 1, ... of what varies independently; ``None`` where it is the person, or there is one cluster only."""
        if self.layout.clustered_by == "person":
            return None
        names, codes = np.unique(self.layout.cluster, return_inverse=True)
        return np.asarray(codes, dtype=np.intp) if len(names) > 1 else None

    @property
    def arms(self) -> tuple[Cohort, ...]:
        """Pilot areas and comparison areas; all people together without comparison areas."""
        treated = self.layout.treated
        return (self,) if treated is None else (self.select(treated), self.select(~treated))

    def select(self, people: Truths) -> Cohort:
        """Return only some of the people."""
        return replace(self, layout=self.layout.select(people), before=self.before[people], after=self.after[people])


def layout_of_cohort(scores: Scores, design: PilotDesign, covariates: Sequence[str], where: str) -> Layout:
    """Return all rows of both waves of a design whose people can be followed.

    Raises
    ------
    DesignError
        When nobody can be followed from one wave to the other.
    """
    if design.linked is False:
        message = f"`{where}` follows people, but the design says that the waves are different people (linked=False)."
        raise DesignError(f"{message} {INSTEAD}")
    if scores.roles.respondent is None:
        message = f"`{where}` follows people, but no column says who answered, so nobody can be found again."
        raise DesignError(f"{message} {INSTEAD}")
    known = (*design.covariates, *(name for name in covariates if name not in design.covariates))
    layout = layout_of(scores, replace(design, linked="overlap", earlier=(), later=(), covariates=known))
    both = len(np.intersect1d(layout.person[layout.before], layout.person[layout.after]))
    smaller = min(int(layout.before.sum()), int(layout.after.sum()))
    if design.linked is None and both < MOSTLY * smaller:
        message = (
            f"{told_count(both)} of the {smaller} respondents of the smaller wave are in both waves by the same code"
        )
        raise DesignError(
            f"{message}: too few to be sure unasked that equal codes are the same people. Pass `linked=True` (or 'overlap') "
            f"if they are. {INSTEAD}"
        )
    return layout


def cohort_of(layout: Layout, scale: str) -> Cohort:
    """Return the people of a layout who had a score of the scale before.

    Raises
    ------
    EstimationError
        When fewer than ten people had one.
    """
    y = layout.scores.column(scale).to_numpy(dtype=float, na_value=np.nan)
    start = layout.before & ~np.isnan(y)
    end = layout.after & ~np.isnan(y)
    if int(start.sum()) < FEWEST_PEOPLE:
        message = (
            f"Fewer than {FEWEST_PEOPLE} people have a score of {scale!r} before, too few to say anything of them."
        )
        raise EstimationError(f"{message} Ask for another scale or zone.")
    later = pd.Series(y[end], index=layout.person[end])
    after = later.reindex(layout.person[start]).to_numpy(dtype=float)
    newcomers = int((~np.isin(layout.person[layout.after], layout.person[layout.before])).sum())
    return Cohort(layout.select(start), y[start], after, newcomers)
