"""A general factor out of correlated factors: the Schmid-Leiman transformation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from trustmeter.stats.covariance import Floats
from trustmeter.stats.exploration.extraction import fit_minres


@dataclass(frozen=True, slots=True)
class SchmidLeiman:
    """A general factor and orthogonal group factors of k items.

    Parameters
    ----------
    general
        Shape (k,): loadings on the general factor.
    group
        Shape (k, m): loadings on what each of the m factors holds beyond the general one.
    uniquenesses
        Shape (k,): 1 - diag(loadings phi loadings').
    second_order
        Shape (m,): loadings of the m factors on the general one.
    identified
        Whether the correlations of the factors determine `second_order`: not with two factors, where both are taken as
        equal, nor with one, which is itself the general factor.
    improper
        Whether a factor would lie wholly in the general one (a Heywood case of the second order: its uniqueness there
        runs to the bound of `fit_minres`); its loading is then cut at 1.
    """

    general: Floats
    group: Floats
    uniquenesses: Floats
    second_order: Floats
    identified: bool
    improper: bool


def schmid_leiman(loadings: Floats, phi: Floats) -> SchmidLeiman:
    """Split pattern loadings (k, m) of factors correlated by phi (m, m) into a general and m group factors.

    Schmid and Leiman (1957), doi:10.1007/BF02289209: with g the loadings of the factors on one second-order factor
    (minres of phi), general = loadings g and group = loadings diag((1 - g^2)^(1/2)). With two factors the only
    correlation does not tell g_1 from g_2: both are taken as its square root (the second with its sign). With one
    factor the group loadings are zero.
    """
    g, identified, improper = _second_order(phi)
    return SchmidLeiman(
        general=loadings @ g,
        group=loadings * np.sqrt(np.maximum(1 - g**2, 0.0)),
        uniquenesses=1 - np.einsum("ij,jl,il->i", loadings, phi, loadings),
        second_order=g,
        identified=identified,
        improper=improper,
    )


def _second_order(phi: Floats) -> tuple[Floats, bool, bool]:
    m = len(phi)
    if m == 1:
        return np.ones(1), False, False
    if m == 2:
        r = float(phi[0, 1])
        return np.array([math.sqrt(abs(r)), math.copysign(math.sqrt(abs(r)), r)]), False, False
    second = fit_minres(phi, 1)
    return np.clip(second.loadings[:, 0], -1.0, 1.0), True, len(second.improper) > 0
