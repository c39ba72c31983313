"""What earlier answers say of a plan's assumptions, and how surely."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.pilot.change.sample import person_keys
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.planning.assumptions import WHERE
from trustmeter.responses.labels import row_labels
from trustmeter.scoring.model import Scores

Floats = NDArray[np.float64]

DRAWS = 200
"""How many sets of assumptions show the range."""


@dataclass(frozen=True, eq=False)
class Earlier:
    """Estimates from earlier answers.

    Parameters
    ----------
    found
        Name of an assumption → its estimate.
    draws
        Name → shape (draws,): values that the earlier answers leave possible, drawn together.
    notes
        What must be said.
    """

    found: Mapping[str, float]
    draws: Mapping[str, Floats] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def earlier_of(scores: Scores, design: PilotDesign, scale: str | None, seed: int) -> Earlier:
    """Estimate standard deviation, correlation and share between areas from the last one or two waves of earlier scores.

    Raises
    ------
    DesignError
        When these are no scores, or the scale must be named.
    EstimationError
        When there are too few people, or all gave the same score.
    """
    if not isinstance(scores, Scores):
        raise DesignError(
            f"The `pilot_data` of `{WHERE}` are scores. Got {type(scores).__name__}. Make them with `score`."
        )
    if scale is None and len(scores.scales) != 1:
        raise DesignError(f"Name the scale to plan for with `scale=`: {', '.join(map(repr, scores.scales))}.")
    name = scale or scores.scales[0]
    values = scores.column(name).to_numpy(dtype=float, na_value=np.nan)
    rng = np.random.default_rng(np.random.SeedSequence([seed, 3]))
    waves, pairs = _waves(scores, values)
    fewest = min(len(pairs) if len(pairs) else math.inf, *(len(wave) for wave in waves))
    if fewest < FEWEST_PEOPLE:
        raise EstimationError(
            f"A wave of the earlier answers has fewer than {FEWEST_PEOPLE} people with a score of {name!r}: too few to plan by."
        )
    found, draws = _spread(waves, pairs, rng)
    column = design.area or design.clusters
    between = None if column is None else _between(scores, values, column, rng)
    if between is not None:
        found["icc"], draws["icc"] = between
    told = ", ".join(f"{one} {value:.3g}" for one, value in found.items())
    notes = [
        f"From earlier answers ({name}): {told}. Ranges show what these answers leave open; they hold no other doubt."
    ]
    lacking = [one for one in ("correlation", *(["icc"] if column else [])) if one not in found]
    if lacking:
        notes.append(f"The earlier answers cannot tell the {' and the '.join(lacking)}: assumed, not measured.")
    return Earlier(found, draws, tuple(notes))


def _waves(scores: Scores, values: Floats) -> tuple[list[Floats], Floats]:
    """Return the scores of the last two waves (or of all rows), and those of linked people, shape (people, 2)."""
    nobody = np.empty((0, 2))
    if scores.roles.wave is None:
        return [values[~np.isnan(values)]], nobody
    labels = row_labels(scores.frame[scores.roles.wave])
    names = list(dict.fromkeys(labels.dropna()))[-2:]
    places = [np.flatnonzero((labels == one).fillna(False).to_numpy(dtype=bool)) for one in names]
    waves = [values[rows][~np.isnan(values[rows])] for rows in places]
    keys = person_keys(scores, places, names) if len(names) == 2 else None
    if keys is None:
        return waves, nobody
    first, second = (
        pd.Series(values[rows], index=keys.iloc[rows]).loc[lambda one: one.index.notna()] for rows in places
    )
    both = pd.concat([first, second], axis=1, join="inner").dropna().to_numpy(dtype=float)
    return waves, both if len(both) else nobody


def _spread(waves: list[Floats], pairs: Floats, rng: np.random.Generator) -> tuple[dict[str, float], dict[str, Floats]]:
    """Return the standard deviation and, of linked people, the correlation; draws by resampling people."""
    if len(pairs):
        waves = [pairs[:, 0], pairs[:, 1]]
    if not all(np.ptp(wave) > 0 for wave in waves):
        raise EstimationError("All earlier scores of a wave are equal, so they cannot say how much people differ.")
    picks = [rng.integers(len(wave), size=(DRAWS, len(wave))) for wave in waves]
    if len(pairs):
        picks = [picks[0], picks[0]]
    drawn: list[Floats] = [wave[pick] for wave, pick in zip(waves, picks, strict=True)]
    found = {"sd": _pooled(np.array([wave.var(ddof=1) for wave in waves]))}
    draws = {"sd": np.sqrt(np.mean([one.var(axis=1, ddof=1) for one in drawn], axis=0))}
    if len(pairs):
        found["correlation"] = float(np.asarray(np.corrcoef(pairs.T))[0, 1])
        before, after = (one - np.mean(one, axis=1, keepdims=True) for one in drawn)
        with np.errstate(invalid="ignore", divide="ignore"):
            r = (before * after).sum(axis=1) / np.sqrt((before**2).sum(axis=1) * (after**2).sum(axis=1))
        draws["correlation"] = np.clip(np.nan_to_num(r), -0.99, 0.99)
    draws["sd"] = np.maximum(draws["sd"], 1e-6)
    return found, draws


def _pooled(variances: Floats) -> float:
    return math.sqrt(float(variances.mean()))


def _between(scores: Scores, values: Floats, column: str, rng: np.random.Generator) -> tuple[float, Floats] | None:
    """Return the share of variance between areas within a wave (analysis of variance), and draws from its F distribution.

    ``None`` where the column is not there or has fewer than two areas with people.
    """
    named: dict[str, Any] = {role: getattr(scores.roles, role) for role in ("zone", "language", "mode")}
    heading = named.get(column) or column
    if heading not in scores.frame.columns:
        return None
    frame = pd.DataFrame({"area": row_labels(scores.frame[heading]).to_numpy(), "y": values})
    if scores.roles.wave is not None:
        waves = row_labels(scores.frame[scores.roles.wave])
        frame = frame[(waves == waves.dropna().iloc[-1]).fillna(False).to_numpy(dtype=bool)]
    groups = frame.dropna().groupby("area")["y"]
    size, mean = groups.size().to_numpy(dtype=float), groups.mean().to_numpy(dtype=float)
    k, total = len(size), size.sum()
    if k < 2 or total <= k:
        return None
    within = float(groups.apply(lambda one: ((one - one.mean()) ** 2).sum()).sum()) / (total - k)
    between = float(size @ (mean - size @ mean / total) ** 2) / (k - 1)
    usual = (total - size @ size / total) / (k - 1)
    if not within > 0:
        return None
    ratios = np.array([between / within, *(between / within / rng.f(k - 1, total - k, DRAWS))])
    share = np.clip((ratios - 1) / (ratios + usual - 1), 0.0, 0.95)
    return float(share[0]), share[1:]
