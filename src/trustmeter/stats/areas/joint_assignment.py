"""Several outcomes of the same areas under every assignment that could have been."""

from __future__ import annotations

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.stats.areas.assignment import Flags, list_assignments
from trustmeter.stats.covariance import Floats


def joint_assignment_statistics(values: Floats, treated: Flags, *, seed: int = 0) -> Floats:
    """Return studentised differences of area means (N, k) under each assignment, the observed one in the first row.

    Parameters
    ----------
    values
        Shape (G, k): one number an area and outcome.
    treated
        Shape (G,); two areas or more of either kind.
    seed
        Draws assignments as `randomize_areas` does, when there are more than 10,000.

    Notes
    -----
    The statistic is that of `randomize_areas`; exchanging whole areas keeps how outcomes depend on each other.
    """
    if min(int(treated.sum()), int((~treated).sum())) < 2:
        raise EstimationError("Studentised differences need two treated and two comparison areas.")
    found = list_assignments(treated, None, np.random.default_rng(seed))
    centred = values - values.mean(axis=0)
    difference = np.zeros((len(found.treated), values.shape[1]))
    variance = np.zeros_like(difference)
    for sign, arm in ((1, found.treated), (-1, ~found.treated)):
        inside = arm.astype(float)
        n = int(arm[0].sum())
        mean = inside @ centred / n
        difference += sign * mean
        variance += np.maximum(inside @ centred**2 / n - mean**2, 0.0) / (n - 1)
    tiny = 1e-24 * np.maximum((centred**2).mean(axis=0), 1e-300)
    if not (variance[0] > tiny).all():
        raise EstimationError("All areas of an arm changed alike; a studentised difference does not exist.")
    size = np.abs(difference) / np.sqrt(np.maximum(variance, tiny))
    return np.asarray(np.copysign(size, difference))
