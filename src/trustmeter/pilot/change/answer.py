"""What is found about one scale, and what must be said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.pilot.change.inference import Inference
from trustmeter.stats.areas.joint_assignment import joint_assignment_statistics
from trustmeter.stats.multiplicity import max_t
from trustmeter.stats.regression.joint_bootstrap import FittedContrast, draw_jointly

Remark = tuple[str, str]
"""A sentence that ends in a list, and one entry of that list: twenty scales need no twenty sentences."""


@dataclass(frozen=True, slots=True, eq=False)
class AreaChangesOf:
    """Mean changes of areas (G,), which of them had the pilot (G,), and the seed of drawn assignments."""

    changes: NDArray[np.float64]
    treated: NDArray[np.bool_]
    seed: int


@dataclass(frozen=True, slots=True)
class ScaleAnswer:
    """The rows of one scale; what its verdict goes by (``None`` where suppressed); and its remarks.

    `joint` is what the scale is drawn from together with others; ``None`` where its test allows no such draws.
    """

    rows: list[dict[str, Any]]
    found: Inference | None
    remarks: Sequence[Remark] = ()
    joint: FittedContrast | AreaChangesOf | None = None


def stepped_down(answers: Mapping[str, ScaleAnswer], seed: Any) -> dict[str, float] | None:
    """Return each scale's p value by Romano and Wolf's step-down; ``None`` where scales cannot be drawn together.

    No p value is below the one that the scale has alone.
    """
    tested = {name: one for name, one in answers.items() if one.found is not None and one.found.p_value >= 0}
    alone = {name: one.found.p_value for name, one in tested.items() if one.found is not None}
    if len(tested) < 2:
        return alone
    parts = [one.joint for one in tested.values()]
    fitted = [part for part in parts if isinstance(part, FittedContrast)]
    areas = [part for part in parts if isinstance(part, AreaChangesOf)]
    try:
        if len(fitted) == len(parts):
            joint = draw_jointly(fitted, np.random.default_rng(seed))
            found = max_t(joint.statistics, joint.draws, observed_among=joint.observed_among)
        elif len(areas) == len(parts) and all(np.array_equal(one.treated, areas[0].treated) for one in areas):
            values = np.column_stack([one.changes for one in areas])
            drawn = joint_assignment_statistics(values, areas[0].treated, seed=areas[0].seed)
            found = max_t(drawn[0], drawn, observed_among=True)
        else:
            return None
    except EstimationError:
        return None
    return {name: max(float(p), alone[name]) for name, p in zip(tested, found.p_step_down, strict=True)}


def merged(remarks: Sequence[Remark]) -> list[str]:
    """Return one sentence for all scales of which the same is to be said."""
    entries: dict[str, list[str]] = {}
    for sentence, entry in remarks:
        entries.setdefault(sentence, []).append(entry)
    return [f"{sentence}: {', '.join(listed)}." for sentence, listed in entries.items()]
