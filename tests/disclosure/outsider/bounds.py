"""How narrow are counts bounded by what is known of their sums? Whole numbers, by mixed-integer programmes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

FEW = 5
Floats: TypeAlias = NDArray[np.float64]
Row: TypeAlias = tuple[Mapping[str, float], float, float]


@dataclass
class Knowledge:
    """Unknown whole counts by name, and what is known of sums of them: ``low <= sum(weight * count) <= high``."""

    names: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def unknown(self, names: Iterable[str]) -> None:
        """Add unknown counts."""
        self.names += [name for name in names if name not in self.names]

    def know(self, weights: Mapping[str, float], low: float, high: float | None = None) -> None:
        """Add what is known of a sum."""
        kept = {name: weight for name, weight in weights.items() if weight}
        row = (kept, low, low if high is None else high)
        if kept and row not in self.rows:
            self.rows.append(row)

    def bounds(self, weights: Mapping[str, float], most: float) -> tuple[float, float]:
        """Return the smallest and largest value that a sum may have; ``nan`` when the knowledge contradicts itself."""
        goal = self._vector(weights)
        ends = []
        for sign in (1.0, -1.0):
            found = self._solve(sign * goal, [], most)
            ends.append(math.nan if found is None else round(float(goal @ found)))
        return ends[0], ends[1]

    def found(self, what: str, true: int, weights: Mapping[str, float], most: float, *, exactly: bool) -> Finding:
        """Return how narrow a count is bounded; unless `exactly`, only whether it may lie further than one from the truth."""
        if not exactly:
            for low, high in ((true + 2.0, np.inf), (0.0, true - 2.0)):
                if high >= 0 and self._solve(np.zeros(len(self.names)), [(weights, low, high)], most) is not None:
                    return Finding(what, true, min(low, true), max(true, min(high, true + 2.0)))
        return Finding(what, true, *self.bounds(weights, most))

    def _solve(self, goal: Floats, more: Sequence[Row], most: float) -> Floats | None:
        """Return the whole counts that make a goal smallest, or ``None`` when there are none."""
        rows = [*self.rows, *more]
        known = None
        if rows:
            matrix = np.array([self._vector(weights) for weights, _, _ in rows])
            lows, highs = (np.array([row[at] for row in rows], dtype=float) for at in (1, 2))
            slack = 1e-7 * np.maximum(1.0, np.where(np.isfinite(lows), np.abs(lows), 1.0))
            known = scipy.optimize.LinearConstraint(matrix, lows - slack, highs + slack)
        found = scipy.optimize.milp(
            goal, constraints=known, integrality=np.ones(len(goal)), bounds=scipy.optimize.Bounds(0.0, most),
            options={"time_limit": 10.0},
        )  # fmt: skip
        return None if found.x is None else np.asarray(found.x, dtype=float).round()

    def _vector(self, weights: Mapping[str, float]) -> Floats:
        vector = np.zeros(len(self.names))
        place = {name: at for at, name in enumerate(self.names)}
        for name, weight in weights.items():
            vector[place[name]] = weight
        return vector


@dataclass(frozen=True)
class Finding:
    """A count of one to four people, and how narrow the outsider has it; `by_design` when it is told on purpose."""

    what: str
    true: int
    low: float
    high: float
    by_design: bool = False

    @property
    def is_leak(self) -> bool:
        """Whether it is known within one of itself, or the knowledge contradicts itself (then the attack is wrong)."""
        return math.isnan(self.low) or (not self.by_design and self.low >= self.true - 1 and self.high <= self.true + 1)

    @property
    def width(self) -> float:
        """How wide its interval is."""
        return self.high - self.low

    def __str__(self) -> str:
        return f"{self.what}: {self.true} in [{self.low:g}, {self.high:g}]"
