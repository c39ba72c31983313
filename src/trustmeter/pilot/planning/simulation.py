"""Power by made-up pilots: how often the analysis that will be run finds what is there."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import DesignError
from trustmeter.pilot.planning.assumptions import WHERE, Assumptions
from trustmeter.pilot.planning.drawn import BLOCK, Trial, block_counts
from trustmeter.pilot.planning.generator import Crowd, Meter, meter_of
from trustmeter.pilot.planning.parallel import spread
from trustmeter.pilot.planning.power import CURVES
from trustmeter.pilot.planning.precision import planned_test
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.stats.comparison.change import wilson_interval

Floats = NDArray[np.float64]

_HIGHEST = 4.0
"""No whole population moves farther than so many standard deviations of the trait."""


@dataclass(frozen=True, eq=False)
class Simulation:
    """What is drawn from: the assumptions as the questionnaire's answers have them, and the meter.

    Parameters
    ----------
    assumed
        With the standard deviation and the correlation of scores that the meter gives.
    meter
        How people answer.
    notes
        What must be said.
    """

    assumed: Assumptions
    meter: Meter
    notes: tuple[str, ...]

    def within_reach(self, changes: Floats) -> Floats:
        """Return the changes that the scale has room for; the smallest effect stays, and is refused where it has none."""
        room = self.meter.mean_score(_HIGHEST) - self.meter.mean_score(0.0)
        return np.asarray(changes[(changes <= room) | (changes == self.assumed.smallest_effect)])


@dataclass(frozen=True, eq=False)
class Drawn:
    """How often each verdict was given, by true change: shape (changes,) each, with Monte-Carlo intervals."""

    share: dict[str, Floats]
    low: dict[str, Floats]
    high: dict[str, Floats]


def prepared(assumed: Assumptions, questionnaire: Questionnaire | None, scale: str | None, seed: int) -> Simulation:
    """Read the meter of a questionnaire's scale and the assumptions that go with it.

    Raises
    ------
    DesignError
        When no answers can be drawn, or more varies between areas than the answers can carry.
    """
    wanted = assumed.correlation if assumed.kind == "zone" else assumed.person_correlation
    meter = meter_of(questionnaire, scale, wanted, seed)  # type: ignore[arg-type]
    icc = assumed.icc if assumed.kind != "zone" else 0.0
    if not icc * (meter.sd / meter.slope) ** 2 < 1:
        raise DesignError(f"An `icc` of {icc:g} is more than this scale's answers can carry. Plan with a smaller one.")
    correlation = meter.correlation
    if assumed.kind != "zone":
        correlation = icc * assumed.area_correlation + (1 - icc) * meter.correlation
    notes = [
        f"Scores are as the questionnaire's answers make them: standard deviation {meter.sd:.1f}, correlation before and after "
        f"{correlation:.2f}. These, and not `sd`, are used; people who answered nothing are not among those counted."
    ]
    if assumed.links == "overlap":
        if assumed.kind != "zone":
            raise DesignError(
                f"`{WHERE}` simulates an overlap for one zone without clusters only. Use `method='formula'`."
            )
        notes.append(
            "Linked and other people are combined in one step, without the allowance of `compare` for weights that are "
            "estimated: with fewer than about 50 linked people the power shown is a little too good."
        )
    if meter.stable == 1.0 and meter.correlation < wanted - 0.01:
        notes.append(f"A correlation of {wanted:.2f} is more than answers with this measurement error can show.")
    changed = replace(assumed, sd=meter.sd, correlation=correlation)
    return Simulation(changed, meter, tuple(notes))


def simulated_curve(
    prepared: Simulation,
    n: int,
    changes: Sequence[float] | Floats,
    *,
    draws: int,
    seed: int,
    n_jobs: int,
    progress: bool,
) -> Drawn:
    """Draw `draws` pilots and judge each at every true change; a seed a pilot, so that workers change nothing."""
    assumed = prepared.assumed
    test = planned_test(assumed)
    kinds = {"linked": "paired", "different": "welch", "overlap": "overlap"}
    way = {"zone": kinds[assumed.links], "clusters": "areas", "areas": test.way}[assumed.kind]
    shifts = np.array([prepared.meter.shift_of(float(change)) for change in changes])
    smallest = assumed.smallest_effect or 0.0
    pilot = assumed.areas[0]
    trial = Trial(prepared.meter, _crowd(prepared, n), pilot, shifts, way, assumed.level, smallest)
    seeds = np.random.SeedSequence([seed, 2]).spawn(draws)
    blocks = [seeds[start : start + BLOCK] for start in range(0, draws, BLOCK)]
    work: Any = functools.partial(block_counts, trial)
    counts = np.sum(spread(work, blocks, n_jobs=n_jobs, progress=progress, what="Made-up pilots"), axis=0)
    names = CURVES if smallest else CURVES[:1]
    limits = [[wilson_interval(int(count), draws, assumed.conf_level) for count in row] for row in counts]
    return Drawn(
        {name: counts[place] / draws for place, name in enumerate(names)},
        {name: np.array([low for low, _ in limits[place]]) for place, name in enumerate(names)},
        {name: np.array([high for _, high in limits[place]]) for place, name in enumerate(names)},
    )


def _crowd(prepared: Simulation, n: int) -> Crowd:
    """Return who is asked; unequal weights count as so many fewer people."""
    assumed, meter = prepared.assumed, prepared.meter
    areas = sum(assumed.areas)
    people = n / assumed.weights_deff
    if assumed.kind == "clusters":
        people /= areas
    each = max(round(people), 1)
    if assumed.kind == "zone" and each < 3:
        raise DesignError(f"`{WHERE}` cannot draw pilots of {each} people. Plan for more.")
    kept = {"linked": 1.0, "different": 0.0, "overlap": 1 - assumed.attrition}[assumed.links]
    between = 0.0 if assumed.kind == "zone" else assumed.icc * (meter.sd / meter.slope) ** 2
    return Crowd(areas, each, round(kept * each), between, assumed.area_correlation)
