"""Splitting a scale in two: the best split (Guttman's lambda-4), and all splits into equal halves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from trustmeter.stats.covariance import Floats

EXACT_ITEMS = 24
"""With up to so many items all 2^(k - 1) splits are tried for lambda-4."""
EXACT_HALVES = 16
"""With up to so many items all splits into equal halves are listed; else a sample is drawn."""
_SAMPLED = 10_000
_REPLICATED = 14
"""With up to so many items all splits are tried in each resample; else the search starts at the sample's best split."""
_STARTS = 200
_BLOCK = 4_000_000


@dataclass(frozen=True, slots=True)
class SplitHalves:
    """Split-half reliabilities.

    Parameters
    ----------
    splits
        Shape (m, k): +1 and -1 for the two halves.
    values
        Shape (m,): 4 cov(one half, other half) / variance of the sum.
    complete
        Whether these are all splits into equal halves (of an odd number of items: halves that differ by one).
    """

    splits: Floats
    values: Floats
    complete: bool


def split_halves(S: Floats, rng: np.random.Generator) -> SplitHalves:
    """Return the split-half reliability of all (or of 10,000 drawn) splits into equal halves of a matrix (k, k).

    The coefficient is Flanagan's and Rulon's; its mean over all equal halves is alpha (Cronbach, 1951,
    doi:10.1007/BF02310555).
    """
    k = len(S)
    complete = k <= EXACT_HALVES
    splits = _equal_halves(k) if complete else _drawn_halves(k, rng)
    return SplitHalves(splits, split_values(S[None], splits)[0], complete)


def split_values(S: Floats, splits: Floats) -> Floats:
    """Return the split-half reliability of each split (m, k) in each matrix of a stack (draws, k, k): (draws, m)."""
    rows, columns = np.tril_indices(S.shape[-1])
    factor = np.where(rows == columns, 1.0, 2.0)
    products = (splits[:, rows] * splits[:, columns] * factor).T
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1 - S[:, rows, columns] @ products / S.sum(axis=(-2, -1))[:, None])


def best_split(S: Floats, rng: np.random.Generator) -> tuple[Floats, bool]:
    """Return the split (k,), +1 and -1, with the largest reliability, and whether all splits were tried.

    All pairs of a partial split of the first and one of the last items meet in one matrix product. Beyond 24 items: the
    best that 200 seeded starts lead to, by moving one item or exchanging two as long as that helps.
    """
    k = len(S)
    if k <= EXACT_ITEMS:
        return _exhaustive(S), True
    starts = np.where(rng.random((_STARTS, k)) < 0.5, 1.0, -1.0)
    found = _improved(np.broadcast_to(S, (_STARTS, k, k)), starts)
    return np.asarray(found[int(np.argmin(np.einsum("mi,ij,mj->m", found, S, found)))]), False


def fourth_bounds(S: Floats, start: Floats) -> Floats:
    """Return lambda-4 of each matrix of a stack (draws, k, k), `start` (k,) being the best split of the sample.

    Exact with up to 14 items; else each search starts there. Guttman (1945), doi:10.1007/BF02288892.
    """
    draws, k, _ = S.shape
    if k > _REPLICATED:
        splits = _improved(S, np.broadcast_to(start, (draws, k)))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(1 - np.einsum("mi,mij,mj->m", splits, S, splits) / S.sum(axis=(-2, -1)))
    splits = np.hstack([np.ones((2 ** (k - 1), 1)), _signs(k - 1)])
    step = max(1, _BLOCK // len(splits))
    return np.concatenate([split_values(S[at : at + step], splits).max(axis=1) for at in range(0, draws, step)])


def split_gradient(S: Floats, split: Floats) -> Floats:
    """Return the gradient (k, k) of the reliability of one split: 1 - split' S split / sum."""
    total = float(S.sum())
    return np.asarray(float(split @ S @ split) / total**2 - np.outer(split, split) / total)


def _exhaustive(S: Floats) -> Floats:
    k = len(S)
    first = k // 2
    left = np.hstack([np.ones((2 ** (first - 1), 1)), _signs(first - 1)])
    right = _signs(k - first)
    own = np.einsum("mi,ij,mj->m", right, S[first:, first:], right)
    best, found = np.inf, np.ones(k)
    step = max(1, _BLOCK // len(right))
    for at in range(0, len(left), step):
        part = left[at : at + step]
        sums = 2 * (part @ S[:first, first:]) @ right.T + own
        sums += np.einsum("mi,ij,mj->m", part, S[:first, :first], part)[:, None]
        row, column = divmod(int(np.argmin(sums)), len(right))
        if sums[row, column] < best:
            best, found = float(sums[row, column]), np.concatenate([part[row], right[column]])
    return found


def _improved(S: Floats, splits: Floats) -> Floats:
    """Move one item or exchange two in each of m splits (m, k) as long as that lowers split' S split."""
    splits = np.array(splits)
    m, k = splits.shape
    places = np.arange(m)
    variances = np.diagonal(S, axis1=-2, axis2=-1)
    for _ in range(10 * k):
        pull = np.einsum("mij,mj->mi", S, splits)
        single = 4 * (variances - splits * pull)
        pairs = single[:, :, None] + single[:, None, :] + 8 * S * splits[:, :, None] * splits[:, None, :]
        pairs[:, np.arange(k), np.arange(k)] = single
        flat = pairs.reshape(m, -1)
        choice = np.argmin(flat, axis=1)
        helps = flat[places, choice] < -1e-12 * variances.sum(axis=1)
        if not helps.any():
            break
        one, other = np.divmod(choice, k)
        splits[places[helps], one[helps]] *= -1
        twice = helps & (one != other)
        splits[places[twice], other[twice]] *= -1
    return splits


def _equal_halves(k: int) -> Floats:
    half = k // 2
    even = k % 2 == 0
    fixed = (0,) if even else ()
    pool: Iterator[tuple[int, ...]] = combinations(range(1 if even else 0, k), half - len(fixed))
    count = comb(k - len(fixed), half - len(fixed))
    splits = np.full((count, k), -1.0)
    chosen = np.array([(*fixed, *rest) for rest in pool], dtype=np.intp)
    splits[np.arange(count)[:, None], chosen] = 1.0
    return splits


def _drawn_halves(k: int, rng: np.random.Generator) -> Floats:
    order = np.argsort(rng.random((_SAMPLED, k)), axis=1)
    return np.where(order < k // 2, 1.0, -1.0)


def _signs(k: int) -> Floats:
    """Return all 2^k rows of k signs."""
    return np.asarray(1.0 - 2.0 * ((np.arange(2**k)[:, None] >> np.arange(k)) & 1))
