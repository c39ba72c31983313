"""Response rates, in the definitions that surveys are compared by."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, EstimationError
from trustmeter.fieldwork.contacts import WHERE, Contacts, count_contacts
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE, check_conf_level
from trustmeter.results import Provenance, Result, told_count, vocabulary_frame
from trustmeter.stats.comparison.change import wilson_interval
from trustmeter.stats.response_rate import CELLS, Ledger, Rate, eligible_share, rate_forms

_INTERVAL = "AAPOR; Wilson, as if contacts were a simple random sample"
_LIKELY = frozenset({"RR3", "RR4", "REF2", "CON2"})
"""The rates that use e."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ResponseRates(Result):
    """Dispositions of contacts, and response, cooperation, refusal and contact rates.

    Parameters
    ----------
    eligibility
        e, as it was given; ``None`` when it was worked out.
    conf_level
        Of the intervals.
    """

    title: ClassVar[str] = "Whom we reached"

    eligibility: float | None
    conf_level: float

    def value(self, term: str, *, zone: str = "", mode: str = "") -> float:
        """Return one rate or count, of a zone, of a mode, or of the whole; ``nan`` where it is hidden."""
        rows = (self.table["term"] == term) & (self.table["zone"] == zone) & (self.table["group"] == mode)
        if rows.sum() != 1:
            message = f"These response rates have no row for term {term!r}, zone {zone!r}, mode {mode!r}."
            raise DesignError(f"{message} Terms: {', '.join(dict.fromkeys(self.table['term']))}.")
        return float(self.table.loc[rows, "estimate"].iloc[0])


def response_rates(
    contacts: pd.DataFrame | Mapping[str, int],
    *,
    disposition: str = "disposition",
    count: str | None = None,
    zone: str | None = None,
    mode: str | None = None,
    eligibility: float | None = None,
    conf_level: float = 0.95,
) -> ResponseRates:
    """Say how many of those who were wanted were reached and answered.

    Use it after field work, with one row for every person or address that was tried, whatever came of it.

    Parameters
    ----------
    contacts
        A frame with a row a contact; or with counts in a column; or counts by disposition, such as ``{"complete": 120}``.
    disposition
        The column with the final disposition: a code (``1.1``, ``2.11``, ``3.2`` …) or a word: ``complete``, ``partial``,
        ``refusal``, ``break_off`` (counts as a refusal), ``non_contact``, ``other``, ``unknown_household``, ``unknown``,
        ``ineligible``.
    count
        The column with the number of contacts of a row; ``None`` when each row is one.
    zone, mode
        Columns by which rates are given, too, beside the whole.
    eligibility
        e: the share of those of unknown eligibility that were eligible, 0 to 1. By default as among those whose eligibility
        is known (proportional allocation), in the whole file.
    conf_level
        Of the intervals.

    Returns
    -------
    ResponseRates
        Columns ``group zone term estimate ci_low ci_high n method suppressed``; a mode is under ``group``. Terms: ``contacts``
        and the eight dispositions (counts); ``e``; ``RR1`` to ``RR6``, ``COOP1`` to ``COOP4``, ``REF1`` to ``REF3``, ``CON1`` to
        ``CON3`` (shares of ``n``, what stands below the line, rounded; missing where it is hidden).

    Raises
    ------
    DesignError
        When a column is not there, or an argument cannot be used.
    ResponsesError
        When a disposition is missing or unknown.
    EstimationError
        When there are fewer than ten contacts, or e cannot be worked out.

    Notes
    -----
    With I complete, P partial, R refusal and break-off, NC non-contact, O other, U = UH + UO of unknown eligibility:
    RR1 = I / (I + P + R + NC + O + U), RR2 with I + P above; RR3 and RR4 with e U; RR5 and RR6 without U.
    COOP1 = I / (I + P + R + O), COOP2 with I + P; COOP3 and COOP4 without O. REF1 = R / (all), REF2 with e U, REF3 without U.
    CON1 = (I + P + R + O) / (all), CON2 with e U, CON3 without U. e is taken as known in the intervals.

    Counts from 1 to 4 are hidden, and so is every rate from which, together with all that is shown, one of them could be
    worked out; about groups of fewer than ten contacts nothing is shown.

    References
    ----------
    The American Association for Public Opinion Research (2023). Standard Definitions: Final Dispositions of Case Codes and
    Outcome Rates for Surveys (10th ed.). AAPOR.

    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the American
    Statistical Association, 22(158), 209-212. doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> import trustmeter as tm
    >>> rates = tm.response_rates({"complete": 120, "partial": 10, "refusal": 50, "non_contact": 20, "unknown": 100})
    >>> rates.value("RR1"), rates.value("RR6")
    (0.4, 0.65)
    """
    check_conf_level(conf_level, WHERE)
    _check_share(eligibility)
    found = count_contacts(contacts, disposition, count=count, zone=zone, mode=mode)
    whole = found.counts.sum(axis=(0, 1))
    if whole.sum() < FEWEST_PEOPLE:
        raise EstimationError(f"There are fewer than {FEWEST_PEOPLE} contacts: nothing is shown about so few.")
    unknown = whole[CELLS.index("unknown_household")] + whole[CELLS.index("unknown")]
    e = eligibility if eligibility is not None else eligible_share(whole) if unknown else 1.0
    rows = _rows(found, rate_forms(e), e, conf_level, worked_out=eligibility is None and bool(unknown))
    options = {"disposition": disposition, "count": count, "zone": zone, "mode": mode, "eligibility": eligibility,
               "conf_level": conf_level}  # fmt: skip
    left = {"no zone or mode": found.left_out} if found.left_out else {}
    provenance = Provenance(options=options, rows_used=int(whole.sum()), rows_left_out=left)
    table = vocabulary_frame(rows)
    notes = _notes(found, table, e, worked_out=eligibility is None and bool(unknown))
    return ResponseRates(
        table=table, notes=notes, provenance=provenance, eligibility=eligibility, conf_level=conf_level
    )


def _check_share(eligibility: Any) -> None:
    if eligibility is None:
        return
    number = not isinstance(eligibility, bool) and isinstance(eligibility, (int, float, np.number))
    if not number or not 0 <= eligibility <= 1:
        message = f"The `eligibility` argument of `{WHERE}` is a share from 0 to 1, such as 0.8."
        raise DesignError(f"{message} Got {eligibility!r}.")


def _rows(
    found: Contacts, rates: Mapping[str, Rate], e: float, conf_level: float, *, worked_out: bool
) -> list[dict[str, Any]]:
    """Return all rows; each number is told only if no small count follows from it and those told before."""
    parts = list(_parts(found))
    flat = found.counts.ravel()
    ledger = Ledger(flat, _protected(found, parts, flat))
    rows: list[dict[str, Any]] = []
    for heads, place in parts:
        counts = place @ flat
        few = counts.sum() < FEWEST_PEOPLE
        everybody = not few and ledger.tell(place.sum(axis=0))
        rows.append(_count(heads, "contacts", counts.sum(), shown=everybody))
        for rate, form in rates.items():
            told = everybody and ledger.tell(form.above @ place, form.below @ place, (form.below - form.above) @ place)
            rows.append({**heads, **_rate(rate, *form.of(counts), conf_level, shown=told)})
        for cell, weights in zip(CELLS, place, strict=True):
            rows.append(_count(heads, cell, float(weights @ flat), shown=everybody and ledger.tell(weights)))
        if not heads["zone"] and not heads["group"]:
            eligible = place[:5].sum(axis=0)
            told = not worked_out or ledger.tell(eligible, place[-1])
            method = "proportional allocation" if worked_out else "given"
            rows.append(
                {**heads, "term": "e", "estimate": e if told else math.nan, "method": method, "suppressed": not told}
            )
    order = {term: number for number, term in enumerate(("contacts", *CELLS, "e", *rates))}
    first = {(heads["zone"], heads["group"]): number for number, (heads, _) in enumerate(parts)}
    return sorted(rows, key=lambda row: (first[row["zone"], row["group"]], order[row["term"]]))


def _parts(found: Contacts) -> Iterator[tuple[dict[str, str], np.ndarray[Any, np.dtype[np.float64]]]]:
    """Return the whole, each zone and each mode, with which counts belong to each of its dispositions, (8, all)."""
    z, m, k = found.counts.shape

    def place(zone: int | None, mode: int | None) -> np.ndarray[Any, np.dtype[np.float64]]:
        chosen = np.zeros((k, z, m, k))
        for cell in range(k):
            chosen[cell, slice(None) if zone is None else zone, slice(None) if mode is None else mode, cell] = 1
        return chosen.reshape(k, -1)

    yield {"zone": "", "group": ""}, place(None, None)
    for number, name in enumerate(found.zones):
        if name:
            yield {"zone": name, "group": ""}, place(number, None)
    for number, name in enumerate(found.modes):
        if name:
            yield {"zone": "", "group": name}, place(None, number)


def _protected(found: Contacts, parts: Any, flat: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the sums of counts that must stay hidden: small ones, and everything about groups of few contacts."""
    hidden = [np.zeros((0, len(flat)))]
    for _, place in parts:
        counts = place @ flat
        few = counts.sum() < FEWEST_PEOPLE
        hidden.append(place[(counts > 0) & ((counts < FEWEST_IN_A_CELL) | few)])
        if few and counts.sum():
            hidden.append(place.sum(axis=0)[None, :])
    return np.vstack(hidden)


def _count(heads: dict[str, str], term: str, value: float, *, shown: bool) -> dict[str, Any]:
    estimate = value if shown else math.nan
    return {**heads, "term": term, "estimate": estimate, "method": "count", "suppressed": not shown}


def _rate(term: str, above: float, below: float, conf_level: float, *, shown: bool) -> dict[str, Any]:
    if not shown:
        return {"term": term, "estimate": math.nan, "method": _INTERVAL, "suppressed": True}
    if below <= 0:
        return {"term": term, "estimate": math.nan, "n": 0, "method": "nobody below the line", "suppressed": False}
    low, high = wilson_interval(above, below, conf_level)  # type: ignore[arg-type]
    method = f"{_INTERVAL}; e taken as known" if term in _LIKELY else _INTERVAL
    return {"term": term, "estimate": above / below, "ci_low": low, "ci_high": high, "n": round(below), "method": method,
            "suppressed": False}  # fmt: skip


def _notes(found: Contacts, table: pd.DataFrame, e: float, *, worked_out: bool) -> tuple[str, ...]:
    notes = [
        "Rates by AAPOR's Standard Definitions (2023). Name the one you report: RR1 is the strictest, RR6 the most generous."
    ]
    if worked_out and not table.loc[table["term"] == "e", "suppressed"].any():
        notes.append(
            f"e = {e:.2f} was worked out from contacts whose eligibility is known. It is a guess about the others."
        )
    notes.append("A high rate is no proof that those who answered are like those who did not.")
    if found.left_out:
        notes.append(f"Contacts without a zone or mode, left out: {told_count(found.left_out)}.")
    hidden = int(table["suppressed"].sum())
    if hidden:
        notes.append(f"Hidden numbers: {hidden}. They are about few contacts, or would give such a number away.")
    return tuple(notes)
