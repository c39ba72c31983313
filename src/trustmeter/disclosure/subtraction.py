"""Can a few people be worked out from groups that were published? Sets only; what they are about is for others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

PERSON = 12
"""Characters of a code that say who, and in which wave; those after them say what was told."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """A group to be published that, with published ones, gives a few people away.

    Parameters
    ----------
    new
        The place of the group among those to be published.
    known
        The names of the sets that it is held against.
    """

    new: int
    known: tuple[str, ...]


def first_overlap(
    new: Sequence[frozenset[str]], known: Mapping[str, frozenset[str]], fewest: int, parts: Sequence[Sequence[int]] = ()
) -> Overlap | None:
    """Return the first of the new groups that leaves 1 to ``fewest - 1`` people with what is known; ``None`` if none does.

    Parameters
    ----------
    new
        The groups of one measure that are to be published.
    known
        The groups of that measure that are published, by name.
    fewest
        Groups of so many people may be told of.
    parts
        Places in `new` that are the parts of one partition: their union counts as a group, too.

    Notes
    -----
    Every group is a set of bits; a person's change of answer is a bit of its own. Of two groups A and B the parts ``A - B``
    and ``B - A`` are counted, whether or not one holds the other. Of three, every sum with signs ``±A ±B ±C``: it gives people
    away when it is different from zero for 1 to ``fewest - 1`` of them.
    """
    places: dict[str, int] = {}
    told = _Bits(places)
    old = {name: told.both(people) for name, people in known.items()}
    seen = set(old.values())
    fresh: dict[tuple[int, int], int] = {}
    for at, people in enumerate(_with_unions(new, parts)):
        bits = told.both(people)
        if bits not in seen:
            fresh.setdefault(bits, min(at, len(new) - 1))
    for bits, at in fresh.items():
        rivals = [*old.items(), *(("", one) for one in fresh if one != bits)]
        found = _against(bits, rivals, fewest)
        if found is not None:
            return Overlap(at, found)
    return None


def _with_unions(new: Sequence[frozenset[str]], parts: Sequence[Sequence[int]]) -> Iterable[frozenset[str]]:
    yield from new
    for places in parts:
        yield frozenset().union(*(new[at] for at in places))


@dataclass(frozen=True, slots=True)
class _Bits:
    """Sets as whole numbers: a bit a person, and a bit a person with what was told."""

    places: dict[str, int]

    def both(self, people: frozenset[str]) -> tuple[int, int]:
        return self._number(one[:PERSON] for one in people), self._number(people)

    def _number(self, codes: Iterable[str]) -> int:
        number = 0
        for code in codes:
            number |= 1 << self.places.setdefault(code, len(self.places))
        return number


def _against(
    bits: tuple[int, int], rivals: Sequence[tuple[str, tuple[int, int]]], fewest: int
) -> tuple[str, ...] | None:
    for name, other in rivals:
        if any(0 < part.bit_count() < fewest for kind in (0, 1) for part in _apart(bits[kind], other[kind])):
            return (name,)
    for (one, a), (two, b) in combinations(rivals, 2):
        if any(_leaves_few(bits[kind], a[kind], b[kind], fewest) for kind in (0, 1)):
            return one, two
    return None


def _apart(a: int, b: int) -> tuple[int, int]:
    return a & ~b, b & ~a


def _leaves_few(a: int, b: int, c: int, fewest: int) -> bool:
    """Tell whether a sum of three groups with signs is different from zero for a few people only."""
    regions = {
        (1, 1, 1): a & b & c, (1, 1, 0): a & b & ~c, (1, 0, 1): a & c & ~b, (0, 1, 1): b & c & ~a,
        (1, 0, 0): a & ~b & ~c, (0, 1, 0): b & ~a & ~c, (0, 0, 1): c & ~a & ~b,
    }  # fmt: skip
    sizes = {inside: region.bit_count() for inside, region in regions.items()}
    for signs in product((1,), (1, -1), (1, -1)):
        left = sum(n for inside, n in sizes.items() if sum(s * i for s, i in zip(signs, inside, strict=True)))
        if 0 < left < fewest:
            return True
    return False
