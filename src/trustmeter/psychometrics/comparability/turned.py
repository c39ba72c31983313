"""Items that were not turned in some group or wave, found in the first model, in which nothing is shared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trustmeter.psychometrics.comparability.units import Floats, Units
from trustmeter.psychometrics.structure.direction import Flags, against_remarks, running_against
from trustmeter.stats.sem.fitting import StructureFit
from trustmeter.stats.sem.model import LAMBDA


def turned_items(units: Units, fits: Sequence[StructureFit]) -> Flags:
    """Return which items clearly run against the others of their factor, shape (units, k).

    `fits`: the first model, of all units at once or one a unit.
    """
    pattern = units.layout.pattern
    return running_against(_loadings(units, fits), pattern, lambda: _loadings(units, fits, errors=True))


def differs_in_direction(found: Flags) -> bool:
    """Tell whether an item runs against the others in some units but not in all."""
    return bool((found != found[0]).any())


def turned_remarks(units: Units, found: Flags) -> list[str]:
    """Return the remarks on such items, with their groups or waves."""
    return against_remarks(found, units.items, units.labels, listed=bool(units.scale))


def _loadings(units: Units, fits: Sequence[StructureFit], *, errors: bool = False) -> Floats:
    """Return the loading of each item of one factor, or its standard error, over the item's standard deviation."""
    layout, k = units.layout, units.layout.items
    found, place = np.zeros((layout.units, k)), 0
    for fit in fits:
        model = fit.estimate.model
        values = fit.std_errors if errors else fit.estimate.theta
        for g in range(model.groups):
            size = np.sqrt(np.diag(fit.estimate.implied(g).covariance))
            cells = np.flatnonzero((model.group == g) & (model.matrix == LAMBDA) & (model.free >= 0))
            rows = model.row[cells]
            unit, item = np.divmod(rows, k) if layout.linked else (np.full(len(rows), place), rows)
            found[unit, item] = values[model.free[cells]] / size[rows]
            place += 1
    return found
