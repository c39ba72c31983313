"""What may be told about linking: shares with intervals, and how many links are of different people, by three reckonings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE
from trustmeter.stats.comparison.change import wilson_interval
from trustmeter.stats.disclosure.small_cells import pool_small_cells
from trustmeter.stats.linkage import (
    MISSING,
    Codes,
    Floats,
    Links,
    chance_of_differences,
    false_links,
    pairs_within,
    shuffled_links,
)

Row = dict[str, Any]
LEVEL_TERMS = ("linked_exact", "linked_one_off", "linked_two_off")
_HIDDEN = {"estimate": math.nan, "ci_low": math.nan, "ci_high": math.nan, "suppressed": True}


@dataclass(frozen=True, eq=False, slots=True)
class Linked:
    """Two waves, their codes, and what was linked.

    Parameters
    ----------
    waves
        Their names.
    codes
        Their elements, shapes (n1, k) and (n2, k).
    blocks
        Within which parts people were linked; ``None`` for no parts.
    links
        Who was linked.
    tolerance
        The last level; ``None`` when weights decided.
    agreement
        Shape (k,): how often two people agree by chance.
    conf_level
        Of the intervals.
    """

    waves: tuple[str, str]
    codes: tuple[Codes, Codes]
    blocks: tuple[Codes, Codes] | None
    links: Links
    tolerance: int | None
    agreement: Floats
    conf_level: float

    @property
    def sizes(self) -> tuple[int, int]:
        """The people of each wave."""
        return len(self.codes[0]), len(self.codes[1])

    @property
    def hidden(self) -> bool:
        """Whether even the number of links, or of those not linked, is too small to be told."""
        found = len(self.links.first)
        return _small(found) or any(_small(n - found) for n in self.sizes)


def wave_rows(found: Linked) -> list[Row]:
    """Return for each wave who was linked, who was not and why, and what was wrong with codes."""
    rows: list[Row] = []
    many = np.bincount(found.links.level, minlength=len(LEVEL_TERMS))
    told = pool_small_cells(many)
    sides = (found.links.ambiguous_first, found.links.ambiguous_second)
    for wave, codes, ambiguous in zip(found.waves, found.codes, sides, strict=True):
        n, linked = len(codes), len(found.links.first)
        rows.append({"wave": wave, "term": "people", "estimate": float(n), "n": n, "method": "count"})
        rows.append(_share(found, "linked", linked, n, wave, hidden=found.hidden))
        if found.tolerance is not None:
            for level, term in enumerate(LEVEL_TERMS[: found.tolerance + 1]):
                hidden = found.hidden or bool(told.hidden[level]) or math.isnan(told.total)
                rows.append(_share(found, term, int(many[level]), n, wave, hidden=hidden))
        doubtful, nobody = int(ambiguous.sum()), n - linked - int(ambiguous.sum())
        hidden = found.hidden or _small(doubtful) or _small(nobody)
        rows.append(_share(found, "not_linked_ambiguous", doubtful, n, wave, hidden=hidden))
        rows.append(_share(found, "not_linked_nobody_fits", nobody, n, wave, hidden=hidden))
        rows.append(_share(found, "same_code_as_another", _repeated(codes, found.blocks, wave, found.waves), n, wave))
        rows.append(_share(found, "code_incomplete", int((codes == MISSING).any(axis=1).sum()), n, wave))
    return rows


def element_rows(found: Linked, elements: Sequence[str]) -> list[Row]:
    """Return how much each element tells apart, and all together."""
    method = "-log2 of the chance that two people agree"
    answered = [(codes != MISSING).any(axis=0) for codes in found.codes]
    bits = np.where(answered[0] & answered[1], -np.log2(np.maximum(found.agreement, 1e-12)), 0.0)
    rows: list[Row] = [
        {"item": name, "term": "element_bits", "estimate": float(one), "method": method}
        for name, one in zip(elements, bits, strict=True)
    ]
    together = f"{method}; elements independent"
    return [*rows, {"term": "code_bits", "estimate": float(bits.sum()), "method": together}]


def false_rows(found: Linked, tolerance: int, draws: int, rng: np.random.Generator) -> list[Row]:
    """Return how many links are expected to be of different people: reckoned, by shuffling, and by pairs within a wave."""
    links, (n1, n2) = len(found.links.first), found.sizes
    chances = chance_of_differences(found.agreement)[: tolerance + 1] * _same_block(found)
    reckoned = false_links(links, n1, n2, float(chances.sum()))
    rows = [_false(found, reckoned, "elements independent, as often as in both waves")]
    many = np.bincount(found.links.level, minlength=len(LEVEL_TERMS))
    told = pool_small_cells(many)
    for level, chance in enumerate(chances):
        part = min(reckoned * chance / chances.sum() if chances.sum() else 0.0, float(many[level]))
        hidden = found.hidden or bool(told.hidden[level]) or math.isnan(told.total) or not many[level]
        row = {
            "term": f"false_rate_{LEVEL_TERMS[level].removeprefix('linked_')}",
            "method": "of the links of this level",
        }
        rows.append({**row, "estimate": math.nan if hidden else part / many[level], "suppressed": hidden})
    both = round(links - reckoned)
    shuffled = [
        shuffled_links(*found.codes, tolerance, (n1 - both, n2 - both), rng, blocks=found.blocks) for _ in range(draws)
    ]
    rows.append(_false(found, float(np.mean(shuffled)), f"elements shuffled {draws} times", "_shuffled"))
    hits, pairs = 0, 0
    for place, codes in enumerate(found.codes):
        found_here = pairs_within(codes, tolerance, None if found.blocks is None else found.blocks[place])
        hits, pairs = hits + found_here[0], pairs + found_here[1]
    hits = FEWEST_IN_A_CELL if _small(hits) else hits
    within = false_links(links, n1, n2, hits / pairs * _same_block(found)) if pairs else math.nan
    method = f"pairs of people of one wave that fit; 1 to {FEWEST_IN_A_CELL - 1} count as {FEWEST_IN_A_CELL}"
    return [*rows, _false(found, within, method, "_within_wave")]


def weight_rows(found: Linked, elements: Sequence[str], m: Floats, u: Floats, expected: float) -> list[Row]:
    """Return the weights of the elements, and how many links are expected to be of different people by the posterior."""
    rows: list[Row] = []
    for name, same, other in zip(elements, m, u, strict=True):
        for term, value in (("agrees_same_person", same), ("agrees_other_person", other)):
            rows.append({"item": name, "term": term, "estimate": float(value), "method": "EM, Fellegi & Sunter 1969"})
    return [*rows, _false(found, expected, "sum of 1 - posterior over the links")]


def false_range(rows: Sequence[Row]) -> tuple[float, float]:
    """Return the smallest and largest of the expected shares of false links; ``nan`` when all are hidden."""
    shares = [row["estimate"] for row in rows if str(row["term"]).startswith("false_link_rate")]
    known = [share for share in shares if math.isfinite(share)]
    return min(known, default=math.nan), max(known, default=math.nan)


def _false(found: Linked, expected: float, method: str, suffix: str = "") -> Row:
    links = len(found.links.first)
    hidden = found.hidden or links == 0 or not math.isfinite(expected)
    share = math.nan if hidden else min(expected / links, 1.0)
    n = None if hidden else links
    return {"term": f"false_link_rate{suffix}", "estimate": share, "n": n, "method": method, "suppressed": hidden}


def _same_block(found: Linked) -> float:
    """Return the share of pairs that are of one part; 1 without parts."""
    if found.blocks is None:
        return 1.0
    one, other = (block[block != MISSING] for block in found.blocks)
    size = int(max(one.max(initial=0), other.max(initial=0))) + 1
    together = np.bincount(one, minlength=size) @ np.bincount(other, minlength=size)
    return float(together) / (len(found.blocks[0]) * len(found.blocks[1]))


def _repeated(codes: Codes, blocks: tuple[Codes, Codes] | None, wave: str, waves: tuple[str, str]) -> int:
    """Return how many people have a whole code that somebody else of the wave has, too."""
    whole = (codes != MISSING).all(axis=1)
    keys = codes if blocks is None else np.column_stack([codes, blocks[waves.index(wave)]])
    _, place, sizes = np.unique(keys[whole], axis=0, return_inverse=True, return_counts=True)
    return int((sizes[place.reshape(-1)] > 1).sum())


def _share(found: Linked, term: str, count: int, n: int, wave: str, *, hidden: bool = False) -> Row:
    row: Row = {"wave": wave, "term": term, "n": n, "method": "share of the wave; Wilson"}
    if hidden or _small(count) or _small(n - count) or n < FEWEST_PEOPLE:
        return {**row, **_HIDDEN}
    low, high = wilson_interval(count, n, found.conf_level)
    return {**row, "estimate": count / n, "ci_low": low, "ci_high": high, "suppressed": False}


def _small(count: int) -> bool:
    return 0 < count < FEWEST_IN_A_CELL
