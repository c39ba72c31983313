"""Does anybody stand out in a file? Classes of people who look alike, and what would help."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.disclosure.crossing import frame_of
from trustmeter.errors import DesignError, EstimationError, unknown_word
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE, check_whole, names_of
from trustmeter.responses.labels import in_natural_order, row_labels
from trustmeter.responses.model import Responses
from trustmeter.results import Provenance, Result, printable, told_count, vocabulary_frame
from trustmeter.stats.disclosure.anonymity import Classes, alike, closeness, diversity
from trustmeter.stats.disclosure.rounding import round_counts

WHERE = "check_anonymity"
MOST_QUASI = 12
_CAUSES = 3
_ROUNDED = "rounded to 5"
_CLOSE = 0.2
"""A usual bound of t in the literature; said, never a verdict."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AnonymityReport(Result):
    """Whether people stand out by what others could know of them.

    Parameters
    ----------
    k
        The k that was asked for: no class may be smaller.
    reached
        Whether every class has at least k rows.
    quasi_identifiers
        What others could know.
    sensitive
        What must not be told of anybody.
    causes
        The smallest sets of quasi-identifiers that make somebody stand out by themselves.
    """

    title: ClassVar[str] = "Anonymity"

    k: int
    reached: bool
    quasi_identifiers: tuple[str, ...]
    sensitive: tuple[str, ...]
    causes: tuple[tuple[str, ...], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready values, whether k was reached included."""
        causes = [list(cause) for cause in self.causes]
        return {**super().to_dict(), "k": self.k, "reached": self.reached, "causes": causes}

    def _summary_parts(self) -> list[str]:
        mark, _, _, notes = super()._summary_parts()
        verdict = "nobody stands out" if self.reached else "people stand out"
        return [mark, f"{self.title}: {verdict} (k = {self.k})", printable(self.table), notes]


def check_anonymity(
    answers: Responses | pd.DataFrame,
    quasi_identifiers: Sequence[str],
    sensitive: Sequence[str] = (),
    *,
    k: int = FEWEST_IN_A_CELL,
) -> AnonymityReport:
    """Say whether people in a file stand out by what others could know of them, why, and what would help.

    Use it before microdata are given to anybody, and before deciding which background questions are needed at all.

    Parameters
    ----------
    answers
        Responses, or a frame with one row a person.
    quasi_identifiers
        Columns that neighbours, colleagues or a register could know: age band, gender, neighbourhood, language. Where responses
        have several waves, the wave is one by itself: otherwise a person would hide behind himself.
    sensitive
        Columns that must not be told of anybody, such as answers.
    k
        No class of people alike may be smaller; at least 5.

    Returns
    -------
    AnonymityReport
        ``term``: ``"k_anonymity"`` (rows in the smallest class), ``"rows_below_k"`` (rounded to 5), ``"rows_below_k_without"``
        (the same when the quasi-identifier of ``item`` is left out), ``"distinct_l"``, ``"entropy_l"`` and ``"t"`` of each
        sensitive ``item``, over the classes of at least `k` rows; ``estimate``, ``n``, ``method``, ``suppressed``. Counts from 1
        to 4 are not told.

    Raises
    ------
    DesignError
        When a column is unknown, named twice or says who somebody is, or `k` is below 5.
    EstimationError
        When there are fewer than ten rows.

    Notes
    -----
    k-anonymity (Sweeney 2002): the size of the smallest class. l-diversity (Machanavajjhala et al. 2007): the smallest number
    of sensitive values in a class, or the exponential of their smallest entropy. t-closeness (Li et al. 2007): the largest
    distance between a class and everybody; earth mover's over ordered values (numbers, ordinal items), else half the sum of
    differences. A missing value is a value. These measures assume that nothing else is known; reached k is no proof.

    References
    ----------
    Sweeney, L. (2002). k-anonymity: A model for protecting privacy. International Journal of Uncertainty, Fuzziness and
    Knowledge-Based Systems, 10, 557-570. doi:10.1142/S0218488502001648

    Machanavajjhala, A., Kifer, D., Gehrke, J., & Venkitasubramaniam, M. (2007). l-diversity: Privacy beyond k-anonymity.
    ACM Transactions on Knowledge Discovery from Data, 1, 3. doi:10.1145/1217299.1217302

    Li, N., Li, T., & Venkatasubramanian, S. (2007). t-closeness: Privacy beyond k-anonymity and l-diversity. IEEE 23rd
    International Conference on Data Engineering, 106-115. doi:10.1109/ICDE.2007.367856

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"age": ["18-34", "35-64"] * 20, "gender": ["F"] * 38 + ["X", "M"]})
    >>> report = check_anonymity(people, ["age", "gender"])
    >>> report.reached, report.causes
    (False, (('gender',),))
    """
    check_whole("k", k, FEWEST_IN_A_CELL, WHERE)
    quasi = names_of("quasi_identifiers", quasi_identifiers, WHERE)
    kept_secret = names_of("sensitive", sensitive, WHERE) if len(sensitive) else ()
    quasi = (*quasi, *_waves_beside(answers, quasi))
    frame = _columns(answers, quasi, kept_secret)
    if len(frame) < FEWEST_PEOPLE:
        raise EstimationError(f"`{WHERE}` needs at least {FEWEST_PEOPLE} rows: among fewer everybody stands out.")
    codes = np.column_stack([_codes(answers, name)[0] for name in quasi])
    classes = alike(codes)
    rows = [_smallest(classes, quasi), _below(classes, k, "rows_below_k")]
    reached = classes.k >= k
    if not reached:
        rows += [_without(codes, quasi, at, k) for at in range(len(quasi)) if len(quasi) > 1]
    for name in kept_secret:
        rows += _secret_rows(answers, name, classes, k)
    causes = () if reached else _causes(codes, quasi, k)
    asked = {"quasi_identifiers": list(quasi), "sensitive": list(kept_secret), "k": k}
    made = (
        answers.provenance(**asked)
        if isinstance(answers, Responses)
        else Provenance(options=asked, rows_used=len(frame))
    )
    return AnonymityReport(
        table=vocabulary_frame([{"n": len(frame), "suppressed": False, **row} for row in rows]),
        notes=_notes(rows, quasi, causes, k),
        provenance=made,
        k=k,
        reached=reached,
        quasi_identifiers=quasi,
        sensitive=kept_secret,
        causes=causes,
    )


def classes_of(answers: Responses | pd.DataFrame, quasi: Sequence[str]) -> Classes:
    """Return the classes of rows that are alike in all of these columns; missing is a value."""
    if not quasi:
        return alike(np.zeros((len(frame_of(answers, WHERE)), 0), dtype=np.intp))
    return alike(np.column_stack([_codes(answers, name)[0] for name in quasi]))


def _waves_beside(answers: Responses | pd.DataFrame, quasi: Sequence[str]) -> tuple[str, ...]:
    """Return the wave's column where there are several waves and it was not named."""
    wave = answers.roles.wave if isinstance(answers, Responses) else None
    several = wave is not None and frame_of(answers, WHERE)[wave].nunique() > 1
    return (wave,) if wave is not None and several and wave not in quasi else ()


def _columns(answers: Responses | pd.DataFrame, quasi: Sequence[str], secret: Sequence[str]) -> pd.DataFrame:
    frame = frame_of(answers, WHERE)
    for name in (*quasi, *secret):
        if name not in frame.columns:
            raise DesignError(unknown_word("column", name, [str(one) for one in frame.columns], f"`{WHERE}`"))
        if isinstance(answers, Responses) and name == answers.roles.respondent:
            raise DesignError(f"{name!r} says who somebody is: with it everybody stands out. Leave it out.")
    both = sorted(set(quasi) & set(secret))
    if both:
        raise DesignError(
            f"`{WHERE}` takes a column as quasi-identifier or as sensitive, not as both: {', '.join(both)}."
        )
    if len(quasi) > MOST_QUASI:
        raise DesignError(
            f"`{WHERE}` takes at most {MOST_QUASI} quasi-identifiers. Got {len(quasi)}. Which are needed?"
        )
    return frame


def _codes(answers: Responses | pd.DataFrame, name: str) -> tuple[NDArray[np.intp], bool]:
    """Return a column as whole numbers in its natural order (missing last), and whether that order means something."""
    texts = row_labels(frame_of(answers, WHERE)[name])
    ordered = bool(pd.api.types.is_numeric_dtype(frame_of(answers, WHERE)[name]))
    values = in_natural_order([str(value) for value in texts.dropna().unique()])
    if isinstance(answers, Responses) and name in answers.item_ids:
        scale = answers.questionnaire.item(name).response_scale
        ordered = scale.type in {"ordinal", "number"}
        values = [option.code for option in scale.substantive] or values
    elif ordered:
        values = sorted(values, key=float)
    at = {value: number for number, value in enumerate(values)}
    codes = [at.get(value, len(values)) if isinstance(value, str) else len(values) for value in texts]
    return np.array(codes, dtype=np.intp), ordered


def _smallest(classes: Classes, quasi: Sequence[str]) -> dict[str, Any]:
    told = classes.k >= FEWEST_IN_A_CELL
    method = f"rows in the smallest class of {', '.join(quasi)}"
    return {"term": "k_anonymity", "estimate": classes.k if told else np.nan, "method": method, "suppressed": not told}


def _below(classes: Classes, k: int, term: str, **more: str) -> dict[str, Any]:
    """Return how many rows are in classes that are too small: told to the nearest five, never from 1 to 4."""
    count = int(classes.rows_below(k).sum())
    told = count == 0 or count >= FEWEST_IN_A_CELL
    estimate = float(round_counts([count], 5)[0]) if told else np.nan
    return {**more, "term": term, "estimate": estimate, "method": _ROUNDED, "suppressed": not told}


def _without(codes: NDArray[np.intp], quasi: Sequence[str], at: int, k: int) -> dict[str, Any]:
    return _below(alike(np.delete(codes, at, axis=1)), k, "rows_below_k_without", item=quasi[at])


def _secret_rows(answers: Responses | pd.DataFrame, name: str, classes: Classes, k: int) -> list[dict[str, Any]]:
    """Return l and t over the classes that are large enough; those that are not, are a matter by themselves."""
    codes, ordered = _codes(answers, name)
    found, enough = diversity(classes, codes), classes.sizes >= k
    if not enough.any():
        nothing = {"item": name, "estimate": np.nan, "method": f"no class has {k} rows", "suppressed": True}
        return [{**nothing, "term": term} for term in ("distinct_l", "entropy_l", "t")]
    fewest, entropy = int(found.distinct[enough].min()), float(found.entropy[enough].min())
    far = float(closeness(classes, codes, ordered=ordered)[enough].max())
    way = "earth mover's distance, ordered values" if ordered else "half the sum of differences"
    return [
        {"item": name, "term": "distinct_l", "estimate": fewest, "method": "different values in a class"},
        {"item": name, "term": "entropy_l", "estimate": entropy, "method": "exponential of the entropy"},
        {"item": name, "term": "t", "estimate": far, "method": way},
    ]


def _causes(codes: NDArray[np.intp], quasi: Sequence[str], k: int) -> tuple[tuple[str, ...], ...]:
    """Return the smallest sets of columns (of up to three) in which somebody stands out, none of them part of another."""
    found: list[tuple[int, ...]] = []
    for number in range(1, min(_CAUSES, len(quasi)) + 1):
        for chosen in itertools.combinations(range(len(quasi)), number):
            if any(set(one) <= set(chosen) for one in found):
                continue
            if alike(codes[:, list(chosen)]).k < k:
                found.append(chosen)
    return tuple(tuple(quasi[at] for at in chosen) for chosen in found) or (tuple(quasi),)


def _notes(
    rows: list[dict[str, Any]], quasi: Sequence[str], causes: Sequence[Sequence[str]], k: int
) -> tuple[str, ...]:
    notes = []
    if causes:
        count = rows[1]["estimate"]
        many = told_count(1) if np.isnan(count) else f"about {count:.0f}"
        notes.append(f"{many[0].upper()}{many[1:]} rows are in classes of fewer than {k} people who look alike.")
        listed = "; ".join(" with ".join(cause) for cause in causes)
        notes.append(f"The cause: {listed}.")
        enough = [str(row["item"]) for row in rows if row["term"] == "rows_below_k_without" and row["estimate"] == 0]
        if enough:
            notes.append(f"Without {' or '.join(enough)} nobody would stand out.")
        notes.append("What helps: wider bands, fewer categories, fewer columns; last, blanking or dropping those rows.")
    low = [str(row["item"]) for row in rows if row["term"] == "distinct_l" and row["estimate"] < 2]
    if low:
        notes.append(
            f"In some class all people gave the same answer: who is known to be in it is known by it ({', '.join(low)})."
        )
    far = [str(row["item"]) for row in rows if row["term"] == "t" and row["estimate"] > _CLOSE]
    if far:
        notes.append(f"Some class answers very differently from all people (t above {_CLOSE}): {', '.join(far)}.")
    notes.append(f"Looked at: {', '.join(quasi)}, and nothing else. Whoever knows more may still find somebody.")
    return tuple(notes)
