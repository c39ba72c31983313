"""Which counts of a code may be shown, group by group and over all, so that no small one can be worked out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trustmeter.options import FEWEST_IN_A_CELL

Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Shown:
    """Which counts may be shown: `groups` (g,), and whether that of all groups together (`total`) may."""

    groups: Mask
    total: bool


def shown_counts(raised: ArrayLike, of: ArrayLike, minimum: int = FEWEST_IN_A_CELL) -> Shown:
    """Tell in which groups the count of a code may be shown, when how many there are in each group is known.

    Parameters
    ----------
    raised
        Shape (g,): how many in each group raised the code.
    of
        Shape (g,): out of how many, shown beside; each at least `minimum`.
    minimum
        The smallest count above zero that may be shown.

    Notes
    -----
    1. A count is hidden when it, or what it leaves, is 1 to ``minimum - 1``.
    2. The total is hidden by the same rule.
    3. Where the total is shown, what is hidden can be summed. The hidden groups are safe when there are two or more, both those who
       raised the code in them and those who did not are at least `minimum` together, no single group's count is pinned down to fewer
       than ``minimum`` values, and each could be another one for somebody who knows this rule. Until they are safe, the group with
       the smallest count above or below is hidden, too, with all that are equal to it.
    4. When all groups are hidden and not safe, the total is hidden.
    """
    yes, size = np.asarray(raised, dtype=np.int64), np.asarray(of, dtype=np.int64)
    no = size - yes
    hidden = _small(yes, minimum) | _small(no, minimum)
    total = not bool(_small(yes.sum()[None], minimum)[0] or _small(no.sum()[None], minimum)[0])
    while total and hidden.any() and not _is_safe(yes[hidden], size[hidden], minimum):
        if hidden.all():
            total = False
            break
        least = np.where(hidden, np.iinfo(np.int64).max, np.minimum(yes, no))
        hidden |= least == least.min()
    return Shown(~hidden, total)


def _small(counts: Whole, minimum: int) -> Mask:
    return np.asarray((counts > 0) & (counts < minimum))


def _is_safe(yes: Whole, size: Whole, minimum: int) -> bool:
    """Tell whether groups whose counts are known only by their sum, and out of how many, are safe."""
    total, room = int(yes.sum()), int(size.sum())
    if len(yes) < 2 or total < minimum or room - total < minimum:
        return False
    lowest = np.maximum(0, total - (room - size))
    highest = np.minimum(size, total)
    return bool((highest - lowest >= minimum - 1).all()) and _several_ways(yes, size, minimum)


def _several_ways(yes: Whole, size: Whole, minimum: int) -> bool:
    """Tell whether each hidden count can be another one, for somebody who knows which counts are hidden as small.

    Only the sum, the sizes and which groups are small count, so that all who would look the same are judged the same.
    """
    small = _small(yes, minimum) | _small(size - yes, minimum)
    values = [
        {value for value in range(int(n) + 1) if is_small == (0 < value < minimum or 0 < n - value < minimum)}
        for n, is_small in zip(size, small, strict=True)
    ]
    total = int(yes.sum())
    for at, own in enumerate(values):
        sums = {0}
        for other in values[:at] + values[at + 1 :]:
            sums = {one + value for one in sums for value in other}
        if sum(total - value in sums for value in own) < 2:
            return False
    return True
