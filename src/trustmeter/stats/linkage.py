"""Who is who again? Codes of several elements compared pair by pair, and pairs that are the only ones that fit.

Codes are whole numbers, shape (n, k), one row a person and one column an element; -1 where it was not given. The same number
means the same answer in both waves. An element that is missing on either side counts as one that does not agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import DesignError

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]
Levels = NDArray[np.int16]

MISSING = -1
APART = np.iinfo(np.int16).max
"""The level of a pair that is never linked."""
MOST_PAIRS = 50_000_000
"""More pairs are not compared at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Who was linked to whom.

    Parameters
    ----------
    first, second
        Shape (m,): rows of the first and of the second wave that belong together.
    level
        Shape (m,): the level at which each pair was linked; 0 is the best.
    ambiguous_first, ambiguous_second
        Shapes (n1,) and (n2,): people not linked although somebody not linked fits them.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    level: Levels
    ambiguous_first: NDArray[np.bool_]
    ambiguous_second: NDArray[np.bool_]


def differences(first: Codes, second: Codes, *, blocks: tuple[Codes, Codes] | None = None) -> Levels:
    """Return in how many elements each pair does not agree, shape (n1, n2).

    Parameters
    ----------
    first, second
        Codes, shapes (n1, k) and (n2, k).
    blocks
        One number a person in each wave; pairs of different blocks, and of unknown ones, are `APART`.

    Raises
    ------
    DesignError
        When there are more pairs than can be compared at once.

    Examples
    --------
    >>> differences(np.array([[1, 2, 3], [1, -1, 3]]), np.array([[1, 2, 4]]))
    array([[1],
           [2]], dtype=int16)
    """
    if len(first) * len(second) > MOST_PAIRS:
        message = f"{len(first)} by {len(second)} people are more than {MOST_PAIRS:,} pairs to compare."
        raise DesignError(f"{message} Link part by part, such as zone by zone.")
    apart = np.zeros((len(first), len(second)), dtype=np.int16)
    for one, other in zip(first.T, second.T, strict=True):
        apart += (one[:, None] != other[None, :]) | (one[:, None] == MISSING)
    if blocks is not None:
        ours, theirs = blocks
        apart[(ours[:, None] != theirs[None, :]) | (ours[:, None] == MISSING)] = APART
    return apart


def link(levels: Levels, worst: int) -> Links:
    """Link pairs that are the only ones that fit, from the best level down; what could be two is left alone.

    At each level a pair is linked when neither of the two, among all who are not linked yet, fits anybody else at this
    level or a better one. So no one is linked twice, and the order of rows does not matter.

    Parameters
    ----------
    levels
        Shape (n1, n2): how badly each pair fits; 0 is the best.
    worst
        The last level at which pairs are linked.

    Examples
    --------
    >>> found = link(np.array([[0, 2, 2], [1, 1, 3], [3, 3, 1]], dtype=np.int16), worst=1)
    >>> found.first.tolist(), found.second.tolist(), found.level.tolist()
    ([0, 1, 2], [0, 1, 2], [0, 1, 1])
    """
    n1, n2 = levels.shape
    rows, columns = np.nonzero(levels <= worst)
    level = levels[rows, columns]
    free1, free2 = np.ones(n1, dtype=bool), np.ones(n2, dtype=bool)
    pairs: list[tuple[NDArray[np.intp], NDArray[np.intp], Levels]] = []
    for now in np.unique(level):
        fits = (level <= now) & free1[rows] & free2[columns]
        r, c = rows[fits], columns[fits]
        alone = (np.bincount(r, minlength=n1)[r] == 1) & (np.bincount(c, minlength=n2)[c] == 1)
        pairs.append((r[alone], c[alone], level[fits][alone]))
        free1[r[alone]], free2[c[alone]] = False, False
    fits = free1[rows] & free2[columns]
    left1, left2 = np.zeros(n1, dtype=bool), np.zeros(n2, dtype=bool)
    left1[rows[fits]], left2[columns[fits]] = True, True
    nobody = np.zeros(0, dtype=np.intp)
    first = np.concatenate([nobody, *(one for one, _, _ in pairs)])
    second = np.concatenate([nobody, *(other for _, other, _ in pairs)])
    at = np.concatenate([nobody.astype(np.int16), *(way for _, _, way in pairs)])
    return Links(first, second, at, left1, left2)


def chance_agreement(first: Codes, second: Codes) -> Floats:
    """Return for each element how often two people agree by chance, shape (k,); missing ones never do.

    Examples
    --------
    >>> chance_agreement(np.array([[0], [1]]), np.array([[0], [0], [1], [-1]]))
    array([0.375])
    """
    found = []
    for one, other in zip(first.T, second.T, strict=True):
        size = int(max(one.max(initial=0), other.max(initial=0))) + 1
        shares = [np.bincount(side[side != MISSING], minlength=size) / max(len(side), 1) for side in (one, other)]
        found.append(float(shares[0] @ shares[1]))
    return np.array(found)


def chance_of_differences(agreement: Floats) -> Floats:
    """Return how likely 0, 1, ..., k elements differ when each agrees by chance and on its own, shape (k + 1,).

    Examples
    --------
    >>> chance_of_differences(np.array([0.5, 0.5]))
    array([0.25, 0.5 , 0.25])
    """
    found = np.ones(1)
    for chance in agreement:
        found = np.append(found * chance, 0.0) + np.insert(found * (1 - chance), 0, 0.0)
    return found


def false_links(links: int, n1: int, n2: int, chance: float) -> float:
    """Return how many of `links` are expected to be of different people.

    Of n1 and n2 people M are in both waves. The other ones make (n1 - M)(n2 - M) pairs, each of which fits by `chance`. M is the
    links less the false ones; solved by bisection. No more than all.

    Examples
    --------
    >>> round(false_links(100, 200, 200, 0.0001), 2)
    1.02
    """

    def excess(false: float) -> float:
        both = links - false
        return (n1 - both) * (n2 - both) * chance - false

    if excess(float(links)) >= 0:
        return float(links)
    low, high = 0.0, float(links)
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2


def shuffled_links(
    first: Codes,
    second: Codes,
    worst: int,
    sizes: tuple[int, int],
    rng: np.random.Generator,
    *,
    blocks: tuple[Codes, Codes] | None = None,
) -> int:
    """Return how many pairs are linked among people none of whom is in both waves.

    So many people of each wave as `sizes` says are drawn, and each element of the second ones is dealt out anew.
    """
    rows = [rng.permutation(len(codes))[:size] for codes, size in zip((first, second), sizes, strict=True)]
    dealt = np.column_stack([rng.permutation(column)[: sizes[1]] for column in second.T])
    parts = None if blocks is None else (blocks[0][rows[0]], blocks[1][rows[1]])
    return len(link(differences(first[rows[0]], dealt, blocks=parts), worst).first)


def pairs_within(codes: Codes, worst: int, blocks: Codes | None = None) -> tuple[int, int]:
    """Return how many pairs of one wave fit each other, and how many pairs there are.

    Examples
    --------
    >>> pairs_within(np.array([[1, 1], [1, 2], [3, 3]]), worst=1)
    (1, 3)
    """
    apart = differences(codes, codes, blocks=None if blocks is None else (blocks, blocks))
    above = np.triu(np.ones(apart.shape, dtype=bool), 1)
    return int(((apart <= worst) & above).sum()), int(((apart < APART) & above).sum())
