"""Where most items were let go: do the others work differently instead? What is equal and what differs can change places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.psychometrics.comparability.consequence import Bias, bias_of
from trustmeter.psychometrics.comparability.ladder import FEWEST_ANCHORS, Ladder
from trustmeter.stats.covariance import Integers
from trustmeter.stats.sem.difference import difference_2000
from trustmeter.stats.sem.invariance_steps import RESIDUALS


@dataclass(frozen=True, eq=False, slots=True)
class Opposite:
    """A reading that the answers allow as well: the released items of a unit are equal, the others differ.

    Parameters
    ----------
    unit, items
        Where, and the items that differ in this reading.
    bias
        The points of bias that these bring.
    """

    unit: int
    items: Integers
    bias: Bias


def opposite_readings(ladder: Ladder, released: Mapping[int, set[int]], conf_level: float) -> list[Opposite]:
    """Return the opposite reading of each unit in which half of a factor's items or more were released, where it fits.

    It fits when its test against the first model is not rejected. With fewer released it is not looked for: that the smaller
    part of the items is the one that differs is what every search for anchors takes for granted.
    """
    found = [_opposite(ladder, unit, items, conf_level) for unit, items in released.items()]
    return [one for one in found if one is not None]


def _opposite(ladder: Ladder, unit: int, released: set[int], conf_level: float) -> Opposite | None:
    caps, differing = ladder.caps.copy(), set[int]()
    for factor in ladder.units.layout.pattern.T:
        own = set(np.flatnonzero(factor).tolist())
        let_go = own & released
        if 2 * len(let_go) < len(own) or len(let_go) < FEWEST_ANCHORS or let_go == own:
            differing |= let_go
            continue
        caps[sorted(own - let_go), unit] = ladder.caps[sorted(let_go), unit].min()
        caps[sorted(let_go), unit] = RESIDUALS
        differing |= own - let_go
    if differing == released:
        return None
    step = ladder.last_sound
    try:
        fit = ladder.fitted(step.number, caps, step.fit)
    except EstimationError:
        return None
    if not difference_2000(fit, ladder.steps[0].fit).p_scaled >= ladder.level:
        return None
    items = np.array(sorted(differing), dtype=np.intp)
    return Opposite(unit, items, bias_of(ladder.units, replace(step, fit=fit), unit, items, conf_level))
