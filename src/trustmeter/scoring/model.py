"""Scores: one row a respondent, one column a scale, roles carried along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, unknown_word
from trustmeter.options import FEWEST_PEOPLE, ScoreMethod
from trustmeter.responses.design import SurveyDesign
from trustmeter.responses.model import Responses, Roles, chosen_rows
from trustmeter.results import SIMULATED_MARK


@dataclass(frozen=True, eq=False, repr=False)
class Scores:
    """The scale scores of many people.

    Never prints a person's score: its text form tells counts, means and ranges only.

    Parameters
    ----------
    frame
        Role columns, then one column a scale; missing where too few items were answered.
    scales
        The ids of the scales that were scored.
    ranges
        Lowest and highest possible score of each scale.
    method
        ``"pomp"`` (0-100), ``"mean"`` or ``"sum"``.
    answers
        The responses that were scored.
    answered
        Same rows, one integer column a scale: how many of its items were answered.
    notes
        Plain sentences that must travel with the scores.
    """

    frame: pd.DataFrame
    scales: tuple[str, ...]
    ranges: Mapping[str, tuple[float, float]]
    method: ScoreMethod
    answers: Responses
    answered: pd.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def roles(self) -> Roles:
        """Which columns say who answered, when, where and how."""
        return self.answers.roles

    @property
    def simulated(self) -> bool:
        """Whether the answers behind these scores were made up."""
        return self.answers.simulated

    def __len__(self) -> int:
        return len(self.frame)

    def column(self, scale: str) -> pd.Series[Any]:
        """Return the scores of one scale, or raise `DesignError` with the nearest scale that was scored."""
        if scale not in self.scales:
            raise DesignError(unknown_word("scale", scale, self.scales, "the scores"))
        return self.frame[scale]

    def select(self, rows: pd.Series[bool] | np.ndarray[Any, Any]) -> Scores:
        """Return new scores (and answers) with only the rows where `rows` is true."""
        mask = chosen_rows(rows, len(self.frame), "Scores.select")
        return replace(
            self, frame=self.frame.loc[mask], answers=self.answers.select(mask), answered=self.answered.loc[mask]
        )

    def with_design(self, design: SurveyDesign | None) -> Scores:
        """Return the same scores with another design of the sample behind them; ``None`` takes it away."""
        return replace(self, answers=self.answers.with_design(design))

    def summary(self) -> str:
        """Return counts, mean and standard deviation of each scale as text; nothing about fewer than ten people.

        Where the answers have weights, mean and standard deviation are weighted, and a note says so.
        """
        scored = self.frame[list(self.scales)].astype(float)
        few = scored.notna().sum() < FEWEST_PEOPLE
        numbers = {"n": scored.notna().sum(), **self._moments(scored)}
        table = pd.DataFrame(
            {
                **{name: column.astype(str).mask(few, "hidden") for name, column in numbers.items()},
                "lowest possible": [self.ranges[scale][0] for scale in self.scales],
                "highest possible": [self.ranges[scale][1] for scale in self.scales],
            }
        )
        mark = [SIMULATED_MARK] if self.simulated else []
        notes = [f"Note: {note}" for note in self.notes]
        weights = self._weights
        notes += [] if weights is None else [f"Note: Mean and standard deviation are weighted by {weights.name!r}."]
        notes += ["Note: Hidden, because fewer than ten people have the score."] if few.any() else []
        return "\n".join([*mark, f"Scores ({self.method}), {len(self.frame)} rows", table.to_string(), *notes])

    @property
    def _weights(self) -> pd.Series[Any] | None:
        design = self.answers.design
        return None if design is None or design.weights is None else self.answers.frame[design.weights].astype(float)

    def _moments(self, scored: pd.DataFrame) -> dict[str, pd.Series[Any]]:
        """Return mean and standard deviation of each scale; of weighted rows with the divisor n - 1 of rows."""
        weights = self._weights
        if weights is None:
            return {"mean": scored.mean().round(1), "sd": scored.std().round(1)}
        held = scored.notna().mul(weights.to_numpy(), axis=0)
        mean = (scored * held).sum() / held.sum()
        square = (((scored - mean) ** 2) * held).sum() / held.sum()
        n = scored.notna().sum()
        return {"mean": mean.round(1), "sd": ((square * n / (n - 1)) ** 0.5).round(1)}

    def __str__(self) -> str:
        return self.summary()

    __repr__ = __str__
