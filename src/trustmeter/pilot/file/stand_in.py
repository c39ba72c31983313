"""Areas, clusters, weights and covariates for made-up answers, so that every design can be tried before there are data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.pilot.design import PilotDesign
from trustmeter.responses.model import Responses

COMPARISON_NAMES = ("comparison 1", "comparison 2", "comparison 3", "comparison 4")
"""Areas without the pilot, where the design takes all others and so names none."""

CLUSTERS = 16
"""How many clusters people are spread over."""


def with_places(made: Responses, design: PilotDesign, seed: int, *, more: Sequence[str] = ()) -> Responses:
    """Return made-up answers with the columns that a design names, and `more` of groups; a person keeps them in all waves.

    Areas come out as large as can be with everybody spread evenly, weights between 0.5 and 2, covariates as numbers.
    """
    rng = np.random.default_rng([seed, 1])
    people, person = np.unique(
        made.frame[made.roles.column("respondent", needed_by="stand-in answers")], return_inverse=True
    )
    columns: dict[str, Any] = {}
    if design.area is not None:
        names = [*design.treated, *(design.comparison or COMPARISON_NAMES)]
        columns[design.area] = _spread(names, len(people), rng)
    if design.clusters is not None and design.clusters not in columns:
        columns[design.clusters] = _spread([f"cluster {number + 1}" for number in range(CLUSTERS)], len(people), rng)
    if design.weights is not None:
        columns[design.weights] = rng.uniform(0.5, 2.0, len(people)).round(3)
    for name in design.covariates:
        if name in {"language", "mode"}:
            columns[name] = _spread(["first", "second"], len(people), rng)
        elif name not in (*columns, "zone"):
            columns[name] = rng.normal(size=len(people)).round(3)
    for name in more:
        if name not in (*columns, "zone") and name not in made.frame.columns:
            columns[name] = _spread(["first", "second"], len(people), rng)
    if not columns:
        return made
    named = {role: role for role in ("language", "mode") if role in columns}
    roles = replace(made.roles, kept=tuple(name for name in columns if name not in {"zone", *named}), **named)
    added = {name: pd.Series(np.asarray(values)[person], index=made.frame.index) for name, values in columns.items()}
    return replace(made, frame=made.frame.assign(**added), roles=roles)


def _spread(names: Sequence[str], n: int, rng: np.random.Generator) -> NDArray[np.object_]:
    """Return a name a person, each about as often."""
    every: NDArray[np.object_] = np.asarray(names, dtype=object)[rng.permutation(np.arange(n) % len(names))]
    return every
