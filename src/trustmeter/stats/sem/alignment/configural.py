"""What alignment starts from: one-factor models of groups, each on a scale of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trustmeter.stats.sem.fitting import StructureFit, fit_structure
from trustmeter.stats.sem.invariance_steps import CONFIGURAL, Layout, depths_at, step_model
from trustmeter.stats.sem.model import LAMBDA, NU, TAU, Floats, Integers
from trustmeter.stats.sem.sample import NormalSample, OrdinalSample


@dataclass(frozen=True, eq=False, slots=True)
class Configural:
    """One-factor models of G groups, the factor with mean 0 and variance 1 in each.

    Parameters
    ----------
    loadings
        Shape (G, k).
    intercepts
        Shape (G, q): of numbers q = k; of ordered items minus the thresholds, q = their number.
    item
        Shape (q,): the item of each intercept.
    covariance
        Shape (G, k + q, k + q): of loadings and intercepts of each group; groups are independent.
    sizes
        Shape (G,): people.
    ordinal
        Whether items are ordered categories.
    """

    loadings: Floats
    intercepts: Floats
    item: Integers
    covariance: Floats
    sizes: Floats
    ordinal: bool

    @property
    def groups(self) -> int:
        """G."""
        return len(self.loadings)

    @property
    def parameters(self) -> int:
        """P = k + q."""
        return int(self.loadings.shape[1] + self.intercepts.shape[1])


def group_fits(layout: Layout, sample: NormalSample | OrdinalSample) -> list[StructureFit]:
    """Return the configural model, fitted group by group: nothing is shared, so that it is the same as all at once."""
    fits = []
    for g in range(layout.units):
        spread, centre, thresholds = (part[g : g + 1] for part in (layout.spread, layout.centre, layout.thresholds))
        alone = replace(layout, units=1, linked=False, spread=spread, centre=centre, thresholds=thresholds)
        one: NormalSample | OrdinalSample
        if isinstance(sample, OrdinalSample):
            one = OrdinalSample(sample.groups[g : g + 1], sample.weighting)
        else:
            one = NormalSample(sample.groups[g : g + 1], sample.clusters[g : g + 1])
        fits.append(fit_structure(step_model(alone, depths_at(alone, CONFIGURAL)), one))
    return fits


def configural_of(fits: Sequence[StructureFit], unit: Floats | None = None) -> Configural:
    """Return the parameters of one-factor models, one fit a group; loadings are turned so that their sum is positive.

    `unit` (k,): what one unit of each item is to be, for numbers (a common standard deviation).
    """
    first = fits[0].estimate.model
    k, ordinal = first.items, first.ordinal
    kind = TAU if ordinal else NU
    item = first.item_of_threshold if ordinal else np.arange(k)
    loadings, intercepts, covariances = [], [], []
    size = np.ones(k) if unit is None else 1 / unit
    for fit in fits:
        model = fit.estimate.model
        cells = [np.flatnonzero(model.matrix == matrix) for matrix in (LAMBDA, kind)]
        places = np.concatenate([model.free[rows[np.argsort(model.row[rows])]] for rows in cells])
        sign = 1.0 if fit.estimate.theta[places[:k]].sum() >= 0 else -1.0
        factor = np.concatenate([sign * size, -np.ones(len(item)) if ordinal else size])
        values = fit.estimate.theta[places] * factor
        loadings.append(values[:k])
        intercepts.append(values[k:])
        covariances.append(fit.covariance[np.ix_(places, places)] * np.outer(factor, factor))
    sizes = np.array([float(fit.sample.sizes.sum()) for fit in fits])
    return Configural(
        np.array(loadings), np.array(intercepts), np.asarray(item, dtype=np.intp), np.array(covariances), sizes, ordinal
    )
