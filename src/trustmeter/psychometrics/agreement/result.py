"""What the verbs of agreement and stability answer with."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from trustmeter.errors import DesignError, unknown_word
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.results import Provenance, Result, told_count, vocabulary_frame
from trustmeter.stats.agreement.limits import Measured


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AgreementResult(Result):
    """Coefficients of agreement with intervals; ``float(result)`` is the one that the verb is named after."""

    title: ClassVar[str] = "Agreement"

    main: str = ""

    def __float__(self) -> float:
        return self.value(self.main)

    def value(self, term: str, *, scale: str | None = None, item: str | None = None, group: str | None = None) -> float:
        """Return one estimate.

        Parameters
        ----------
        term
            A word of the column ``term``.
        scale, item, group
            Needed where the term is there more than once: for several scales, items, or categories.
        """
        rows = self.table
        for name, wanted in (("scale", scale), ("item", item), ("group", group), ("term", term)):
            if wanted is None:
                continue
            known = list(dict.fromkeys(rows[name])) if name in rows else []
            if wanted not in known:
                raise DesignError(unknown_word(name, wanted, known, "this result"))
            rows = rows[rows[name] == wanted]
        for name in ("scale", "item", "group"):
            if name not in rows or rows[name].nunique() < 2:
                continue
            if (rows[name] == "").any():  # the row of all items, or of all categories
                rows = rows[rows[name] == ""]
                continue
            raise DesignError(f"This result has {term!r} of several {name}s. Say which with `{name}`.")
        return float(rows["estimate"].iloc[0])


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class StabilityResult(AgreementResult):
    """How stable a score is, or how well change in it is seen; ``float(result)`` is the verb's main number."""

    title: ClassVar[str] = "Stability and change"


def measured_row(term: str, measured: Measured, n: int, method: str = "", **more: Any) -> dict[str, Any]:
    """Return the row of an estimate with its interval."""
    return {
        "term": term, "estimate": measured.estimate, "std_error": measured.std_error, "ci_low": measured.ci_low,
        "ci_high": measured.ci_high, "n": n, "method": method, "suppressed": False, **more,
    }  # fmt: skip


def point_row(term: str, estimate: float, n: int, method: str = "", **more: Any) -> dict[str, Any]:
    """Return the row of an estimate without interval."""
    return {"term": term, "estimate": estimate, "n": n, "method": method, "suppressed": False, **more}


def agreement_result(
    rows: Sequence[Mapping[str, Any]],
    main: str,
    notes: Sequence[str],
    options: Mapping[str, Any],
    left_out: Mapping[str, int],
) -> AgreementResult:
    """Return the rows as a result, with what was left out both in notes and in the provenance."""
    return AgreementResult(**_parts(rows, main, notes, options, left_out))


def stability_result(
    rows: Sequence[Mapping[str, Any]],
    main: str,
    notes: Sequence[str],
    options: Mapping[str, Any],
    left_out: Mapping[str, int],
) -> StabilityResult:
    """Return the rows as a result about change."""
    return StabilityResult(**_parts(rows, main, notes, options, left_out))


def below_zero(estimate: float, term: str) -> list[str]:
    """Return what an intraclass correlation below zero means, which no share of variance can be."""
    if not estimate < 0:
        return []
    meaning = "ratings of the same target differ more than those of different targets. Read it as no agreement"
    if estimate >= -1:
        return [f"{term} is below zero: {meaning}."]
    return [f"{term} is below -1, as the variances of targets and raters are both estimated below zero: {meaning}."]


def repeatable(seed: object) -> int | None:
    """Return the seed where it makes the resamples repeatable; nothing of a generator, whose state has moved on."""
    return int(seed) if isinstance(seed, numbers.Integral) else None


def few_units(units: int, what: str) -> list[str]:
    """Return the warning that travels with numbers about few units, which may be people."""
    if units >= FEWEST_PEOPLE:
        return []
    return [f"Only {units} {what}: the numbers are rough, and if these are people, keep them from publication."]


def _parts(
    rows: Sequence[Mapping[str, Any]],
    main: str,
    notes: Sequence[str],
    options: Mapping[str, Any],
    left_out: Mapping[str, int],
) -> dict[str, Any]:
    reasons = {reason: count for reason, count in left_out.items() if count}
    said = [f"Left out: {told_count(count)} {reason}." for reason, count in reasons.items()]
    used = max((int(row["n"]) for row in rows if row.get("n") is not None), default=0)
    return {
        "table": vocabulary_frame(rows), "main": main, "notes": (*said, *notes),
        "provenance": Provenance(options=options, rows_used=used, rows_left_out=reasons),
    }  # fmt: skip
