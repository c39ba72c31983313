"""One answer from the answers of several filled copies: Rubin's rules, row by row."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, get_args

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import Adjustment, check_conf_level, check_option
from trustmeter.pilot.change.comparison import CLAIMS
from trustmeter.pilot.change.inference import Inference, by_t
from trustmeter.pilot.change.meaning import Claim, Verdict, claim_of, settled
from trustmeter.pilot.change.result import QUESTION_TERMS, Comparison
from trustmeter.pilot.missing.completion import MARK
from trustmeter.results import VOCABULARY, Provenance, Result, plain, printable, vocabulary_frame
from trustmeter.stats.missing import pooling
from trustmeter.stats.multiplicity import adjusted

KEYS = VOCABULARY[:7]
"""The columns that say what a row is about."""

NOTHING = 1e-12
NORMAL_DF = 1e10
"""So many degrees of freedom are none: the normal distribution."""

CLAIM_TERMS = ("smallest_effect", "equivalence")
ADDED = (
    "std_error holds both how people differ and how the filled copies differ; `missing_information` is the share of what could be "
    "known that unanswered questions cost."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PooledResult(Result):
    """Estimates pooled over filled copies of the answers.

    Parameters
    ----------
    conf_level
        Level of all intervals.
    copies
        How many results were pooled.
    missing_information
        One row an estimate, in the order of the table: what it is about, and ``missing_information`` (fraction of the information
        that missing answers cost), ``share_between`` (of the variance, between copies).
    verdicts
        Of comparisons: scale → what can be said, by the pooled numbers; else empty.
    smallest_effect
        Of comparisons: scale → the smallest change that was declared to matter; 0 where none was.
    """

    title: ClassVar[str] = "Pooled"

    conf_level: float
    copies: int
    missing_information: pd.DataFrame
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    smallest_effect: Mapping[str, float] = field(default_factory=dict)

    def value(self, term: str, scale: str | None = None) -> float:
        """Return the estimate of one term; `scale` may be left out where one row has the term."""
        rows = self.table["term"] == term
        if scale is not None and "scale" in self.table:
            rows &= self.table["scale"] == scale
        if rows.sum() != 1:
            raise DesignError(
                f"{int(rows.sum())} rows have the term {term!r}; name one term and scale, or read `tidy()`."
            )
        return float(self.table.loc[rows, "estimate"].iloc[0])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready values, verdicts and missing information included."""
        lost = [
            {str(name): plain(value) for name, value in row.items()}
            for row in self.missing_information.to_dict("records")
        ]
        return {
            **super().to_dict(),
            "copies": self.copies,
            "verdicts": dict(self.verdicts),
            "missing_information": lost,
        }

    def _summary_parts(self) -> list[str]:
        mark, _, _, notes = super()._summary_parts()
        head = f"{self.title} over {self.copies} filled copies, {100 * self.conf_level:g} % intervals"
        shown = self.table.copy()
        shares = self.missing_information["share_between"].to_numpy()
        shown["lost"] = [*shares, *[math.nan] * (len(shown) - len(shares))]
        said = [f"{scale}: {verdict}" for scale, verdict in self.verdicts.items()]
        return [mark, head, printable(shown), *said, notes]


def pool(results: Iterable[Result], *, adjustment: Adjustment | None = None) -> PooledResult:
    """Pool the same analysis of several filled copies into one.

    Use it after `impute`: ``pool(compare(score(one), design) for one in imputed)``.

    Parameters
    ----------
    results
        Results of one verb with equal tables, one a copy; a list or a generator.
    adjustment
        How p values of the family are adjusted for being several; ``None`` as in the results (Holm where they used joint draws).

    Returns
    -------
    PooledResult
        Columns of the results' tables. Rows without a standard error in any copy are left out, and a note names them. Of comparisons
        also ``smallest_effect`` and ``equivalence`` rows and ``verdicts``, made again from the pooled numbers.

    Raises
    ------
    DesignError
        When there are fewer than two results, they are no results of one verb, or their tables differ.
    EstimationError
        When no row has a standard error.

    Notes
    -----
    Estimates are averaged; variance = mean squared standard error + (1 + 1/m) variance between copies; t on Barnard and Rubin's degrees of
    freedom, for which each row's own df (mean over copies) is what complete answers would give. The number of people is the smallest
    of the copies. Effect sizes are pooled as they are. Tests by placebo areas or random assignment have no standard error and are
    not pooled.

    Agrees with R: ``mice::pool``.

    References
    ----------
    Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. Wiley. doi:10.1002/9780470316696

    Barnard, J., & Rubin, D. B. (1999). Small-sample degrees of freedom with multiple imputation. Biometrika, 86(4), 948-955.
    doi:10.1093/biomet/86.4.948

    Examples
    --------
    >>> import trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust")
    >>> answers = tm.simulate_responses(trust, 100, change=1.0, blank=0.1, seed=1)
    >>> imputed = tm.impute(answers, scale="trust", m=3, iterations=2, seed=1)
    >>> design = tm.PilotDesign("before", "after")
    >>> tm.pool(tm.compare(tm.score(one, scale="trust"), design) for one in imputed).verdicts["trust"]
    'increase'
    """
    listed = _checked(results)
    if adjustment is not None:
        check_option("adjustment", adjustment, Adjustment, "pool")
    asked = str(listed[0].provenance.options.get("adjustment", "holm"))
    how = adjustment or (asked if asked in get_args(Adjustment) else "holm")
    conf_level = _conf_level(listed)
    stack = _Stack.of([one.table for one in listed])
    if not stack.pooled.any():
        message = "No row has a standard error in every result, so nothing can be pooled."
        raise EstimationError(f"{message} Ask for estimates that have one, such as the change of `compare`.")
    rows, lost = _pooled_rows(stack, conf_level)
    rows = _with_adjusted(rows, stack, how)
    first = listed[0]
    decided = _decided(first, rows, conf_level, how) if isinstance(first, Comparison) else {}
    claims = _claim_rows(decided, rows, conf_level)
    return PooledResult(
        table=vocabulary_frame([*rows, *claims]),
        notes=tuple(_notes(listed, stack, lost, how)),
        provenance=_provenance(listed, how),
        conf_level=conf_level,
        copies=len(listed),
        missing_information=lost,
        verdicts={scale: verdict for scale, (_, verdict) in decided.items()},
        smallest_effect=dict(first.smallest_effect) if isinstance(first, Comparison) else {},
    )


@dataclass(frozen=True, eq=False)
class _Stack:
    """Equal tables of m results: the first table, and each number of all, shape (m, rows)."""

    table: pd.DataFrame
    numbers: Mapping[str, Any]
    pooled: Any

    @classmethod
    def of(cls, tables: Sequence[pd.DataFrame]) -> _Stack:
        """Return the tables one above the other, without the rows of claims, which are made again."""
        kept = [table[~table["term"].isin(CLAIM_TERMS)].reset_index(drop=True) for table in tables]
        first = kept[0]
        keys = [name for name in KEYS if name in first.columns]
        for table in kept[1:]:
            if list(table.columns) != list(first.columns) or not table[keys].equals(first[keys]):
                message = (
                    "The results of `pool` must have equal tables: the same scales, terms and groups in the same order."
                )
                raise DesignError(f"{message} Run one call with the same arguments on every copy.")
        names = ("estimate", "std_error", "df", "p_value", "p_adjusted", "n")
        numbers = {
            name: np.array([table[name].to_numpy(dtype=float, na_value=np.nan) for table in kept])
            if name in first.columns
            else np.full((len(kept), len(first)), np.nan)
            for name in names
        }
        there = np.isfinite(numbers["estimate"]) & np.isfinite(numbers["std_error"]) & (numbers["std_error"] > 0)
        return cls(first, numbers, there.all(axis=0))


def _pooled_rows(stack: _Stack, conf_level: float) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    keys = [name for name in KEYS if name in stack.table.columns]
    rows, lost = [], []
    for place in np.flatnonzero(stack.pooled):
        column = {name: values[:, place] for name, values in stack.numbers.items()}
        df = float(np.mean(column["df"])) if np.isfinite(column["df"]).all() else math.inf
        found = pooling.pool(column["estimate"], column["std_error"] ** 2, df, conf_level)
        about = {name: stack.table[name].iloc[int(place)] for name in keys}
        tested = np.isfinite(column["p_value"]).all()
        n = None if np.isnan(column["n"]).any() else int(column["n"].min())
        told = {
            "method": _method(stack.table, int(place)),
            "suppressed": False,
            **({"n": n} if "n" in stack.table else {}),
        }
        rows.append({
            **about, "estimate": float(found.estimates[0]), "std_error": float(found.std_errors[0]),
            "statistic": float(found.statistics[0]) if tested else math.nan, "df": _finite(found.df[0]),
            "p_value": float(found.p_values[0]) if tested else math.nan,
            "ci_low": float(found.low[0]), "ci_high": float(found.high[0]), **told,
        })  # fmt: skip
        lost.append(
            {
                **about,
                "missing_information": float(found.missing_information[0]),
                "share_between": float(found.lost_share[0]),
            }
        )
    return rows, pd.DataFrame(lost)


def _finite(df: float) -> float:
    return float(df) if df < NORMAL_DF else math.nan


def _method(table: pd.DataFrame, place: int) -> str:
    own = str(table["method"].iloc[place]) if "method" in table.columns else ""
    return f"{own}; Rubin's rules" if own else "Rubin's rules"


def _with_adjusted(rows: list[dict[str, Any]], stack: _Stack, adjustment: str) -> list[dict[str, Any]]:
    """Return the rows with p values adjusted again, in those that had one."""
    family = np.isfinite(stack.numbers["p_adjusted"]).any(axis=0)[stack.pooled]
    if "p_adjusted" not in stack.table.columns:
        return rows
    p_values = np.array([row["p_value"] if asked else math.nan for row, asked in zip(rows, family, strict=True)])
    return [{**row, "p_adjusted": float(p)} for row, p in zip(rows, adjusted(p_values, adjustment), strict=True)]


def _decided(
    first: Comparison, rows: Sequence[Mapping[str, Any]], conf_level: float, adjustment: str
) -> dict[str, tuple[Claim | None, Verdict]]:
    """Return each scale's claim and verdict from the pooled row that its question is about."""
    claims: dict[str, Claim | None] = {}
    for scale, before in first.verdicts.items():
        asked = [row for row in rows if _is_question(row, scale)]
        if asked:
            claims[scale] = claim_of(_inference(asked[0], conf_level), first.smallest_effect.get(scale, 0.0))
        else:
            claims[scale] = None if before == "suppressed" else Claim("inconclusive", math.nan, math.nan, 0.0)
    return settled(claims, adjustment, 1 - conf_level)  # type: ignore[arg-type]


def _is_question(row: Mapping[str, Any], scale: str) -> bool:
    whole = not row.get("wave") and not row.get("group")
    return bool(row["scale"] == scale and row["term"] in QUESTION_TERMS and whole)


def _inference(row: Mapping[str, Any], conf_level: float) -> Inference:
    n = row.get("n") or 0
    df = row["df"] if row["df"] > 0 else NORMAL_DF
    return by_t(row["estimate"], row["std_error"], df, conf_level=conf_level, n=n, method=row["method"])


def _claim_rows(
    decided: Mapping[str, tuple[Claim | None, Verdict]], rows: Sequence[Mapping[str, Any]], conf_level: float
) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for scale, (claim, _) in decided.items():
        asked = [row for row in rows if _is_question(row, scale)]
        if claim is None or not claim.smallest or not asked:
            continue
        low, high = _inference(asked[0], conf_level).interval(2 * conf_level - 1)
        base = {"scale": scale, "contrast": asked[0]["contrast"], "estimate": claim.smallest, "n": asked[0].get("n")}
        level = f"{100 * (2 * conf_level - 1):g} %"
        made += [
            {**base, "term": CLAIM_TERMS[0], "p_value": claim.p_value, "p_adjusted": claim.p_adjusted, "method": CLAIMS[claim.verdict]},
            {**base, "term": CLAIM_TERMS[1], "p_value": claim.p_equivalence, "ci_low": low, "ci_high": high,
             "method": f"two one-sided tests; {level} interval of the change"},
        ]  # fmt: skip
    return made


def _checked(results: Iterable[Result]) -> list[Result]:
    if isinstance(results, Result) or not isinstance(results, Iterable):
        raise DesignError(
            "`pool` takes several results of one verb: `pool([compare(score(one), design) for one in imputed])`."
        )
    listed = list(results)
    kinds = {type(one) for one in listed}
    if not all(isinstance(one, Result) for one in listed) or len(kinds) > 1:
        raise DesignError(
            f"`pool` takes results of one verb. Got {', '.join(sorted(kind.__name__ for kind in kinds))}."
        )
    if len(listed) < 2:
        raise DesignError(f"`pool` needs at least two results, one of each filled copy. Got {len(listed)}.")
    if not all({"term", "estimate"} <= set(one.table.columns) for one in listed):
        raise DesignError(f"`pool` needs tables of estimates, which a {listed[0].title!r} does not have.")
    return listed


def _conf_level(listed: Sequence[Result]) -> float:
    levels = {getattr(one, "conf_level", one.provenance.options.get("conf_level", 0.95)) for one in listed}
    smallest = {str(getattr(one, "smallest_effect", "")) for one in listed}
    if len(levels) > 1 or len(smallest) > 1:
        raise DesignError(
            "The results of `pool` differ in `conf_level` or `smallest_effect`. Use the same for every copy."
        )
    level = float(levels.pop())
    check_conf_level(level, "pool")
    return level


def _provenance(listed: Sequence[Result], adjustment: str) -> Provenance:
    first = listed[0].provenance
    source = MARK.sub("", first.source)
    options = {**first.options, "copies": len(listed), "adjustment": adjustment}
    return replace(first, source=source, options=options, simulated=any(one.simulated for one in listed))


def _notes(listed: Sequence[Result], stack: _Stack, lost: pd.DataFrame, adjustment: str) -> list[str]:
    notes = [f"Pooled from {len(listed)} filled copies by Rubin's rules. {ADDED}"]
    gone = list(dict.fromkeys(str(term) for term in stack.table.loc[~stack.pooled, "term"]))
    if gone:
        notes.append(
            f"Not pooled, because they have no standard error (or are suppressed) in some copy: {', '.join(gone)}."
        )
    if "n" in stack.table.columns and (np.ptp(stack.numbers["n"][:, stack.pooled], axis=0) > 0).any():
        notes.append("The number of people differs between copies; the smallest is shown.")
    if not (lost["share_between"] > NOTHING).any():
        notes.append("The copies do not differ at all. If no answer was missing, there was nothing to pool.")
    marked = {one.provenance.source for one in listed}
    if any(MARK.search(source) for source in marked) and len(marked) < len(listed):
        notes.append("Some results come from the same filled copy; pool each copy once.")
    family = int(np.isfinite(stack.numbers["p_adjusted"]).any(axis=0)[stack.pooled].sum())
    if family > 1:
        done = "not adjusted for being several" if adjustment == "none" else f"adjusted together again ({adjustment})"
        notes.append(f"The pooled p values of {family} rows are {done}; the intervals are not.")
    shared = [note for note in listed[0].notes if all(note in one.notes for one in listed[1:])]
    shared = [note for note in shared if not note.startswith("The p values of")]
    return [*notes, *shared]
