"""Square matrices of +1 and -1 with orthogonal rows: which half of each pair a half sample takes."""

from __future__ import annotations

import numpy as np

from trustmeter.stats.covariance import Floats


def balanced_signs(size: int) -> Floats:
    """Return a Hadamard matrix of the smallest order >= `size` that can be built; its first column is all +1.

    Notes
    -----
    Sylvester's doubling and Paley's two constructions. Paley (1933), doi:10.1002/sapm1933121311.
    """
    order = max(size, 1)
    while True:
        found = _built(order)
        if found is not None:
            return np.asarray(found * found[:, :1], dtype=float)
        order += 1


def _built(order: int) -> Floats | None:
    if order <= 2:
        return np.array([[1.0, 1.0], [1.0, -1.0]])[:order, :order]
    if order % 4:
        return None
    if _prime(order - 1):
        return _paley_one(order - 1)
    if (order // 2 - 1) % 4 == 1 and _prime(order // 2 - 1):
        return _paley_two(order // 2 - 1)
    half = _built(order // 2)
    return None if half is None else np.kron(np.array([[1.0, 1.0], [1.0, -1.0]]), half)


def _prime(q: int) -> bool:
    return q > 2 and all(q % divisor for divisor in range(2, int(q**0.5) + 1))


def _residue_signs(q: int) -> Floats:
    """Return (q, q): +1 where row - column is a square modulo q, -1 where not, 0 on the diagonal."""
    signs = np.full(q, -1.0)
    signs[np.arange(1, q) ** 2 % q] = 1.0
    signs[0] = 0.0
    return np.asarray(signs[(np.arange(q)[:, None] - np.arange(q)) % q])


def _paley_one(q: int) -> Floats:
    matrix = np.ones((q + 1, q + 1))
    matrix[1:, 0] = -1.0
    matrix[1:, 1:] = _residue_signs(q) + np.eye(q)
    return matrix


def _paley_two(q: int) -> Floats:
    conference = np.ones((q + 1, q + 1))
    conference[0, 0] = 0.0
    conference[1:, 1:] = _residue_signs(q)
    matrix: Floats = np.kron(conference, np.array([[1.0, 1.0], [1.0, -1.0]]))
    matrix += np.kron(np.eye(q + 1), np.array([[1.0, -1.0], [-1.0, -1.0]]))
    return matrix
