"""Who answered, against who lives there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from trustmeter.population.margins import Margins
from trustmeter.responses.model import Responses
from trustmeter.results import Result, told_count, vocabulary_frame
from trustmeter.stats.weighting.diagnostics import spread_of
from trustmeter.weighting.layout import base_weights, check_answers, waves_of
from trustmeter.weighting.matching import MarginsLike, Matched, Words, margins_of, match
from trustmeter.weighting.refusal import refuse, target_problems
from trustmeter.weighting.result import FEW_OPEN, few_open, group_notes, margin_rows, one_value, spread_rows

Floats = NDArray[np.float64]
_WHERE = "representation"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Representation(Result):
    """Who answered, against who lives there: unweighted, and as weighted as the design says.

    Parameters
    ----------
    margins
        The margins' names.
    weighted
        Whether the answers have weights.
    known
        The margins themselves, with source, date and status.
    """

    title: ClassVar[str] = "Who answered, and who lives there"

    margins: tuple[str, ...]
    weighted: bool
    known: Margins | None = None

    def value(self, term: str, *, margin: str = "", category: str = "", wave: str = "") -> float:
        """Return one number; ``nan`` where it is hidden."""
        return one_value(self, term, margin, category, wave)


def representation(
    answers: Responses,
    margins: MarginsLike,
    *,
    columns: Mapping[str, str] | None = None,
    recode: Words = None,
    groups: Words = None,
) -> Representation:
    """Hold who answered against who lives there.

    Use it before weighting, to see whom the answers lack, and after it. Nothing is weighted here; answers whose design has
    weights are shown with and without them.

    Parameters
    ----------
    answers, margins, columns, recode, groups
        As in `rake`; margins need not agree with each other.

    Returns
    -------
    Representation
        Columns ``item group wave term estimate statistic n suppressed``, as from `rake`. Terms: ``target``, ``unweighted``,
        and ``weighted`` where there are weights: shares of those who answered the question; under ``statistic`` the
        standardised difference from the target; ``dissimilarity_unweighted`` and ``dissimilarity_weighted``: the share of
        people who would have to be others. Counts of one to four are hidden, and what would tell them.

    Raises
    ------
    DesignError
        When answers hold categories that the margins do not have.

    Notes
    -----
    Standardised difference: (share - target) / sqrt(target (1 - target)). Dissimilarity: half the sum of absolute
    differences (Duncan and Duncan 1955).

    References
    ----------
    Duncan, O. D. and Duncan, B. (1955). A methodological analysis of segregation indexes. American Sociological Review,
    20(2), 210-217. doi:10.2307/2088328

    Examples
    --------
    >>> import trustmeter as tm
    >>> answers = tm.simulate_responses(tm.load_questionnaire("community-trust"), 200, seed=1)
    >>> seen = tm.representation(answers, {"sex": {"F": 0.5, "M": 0.45, "X": 0.05}})
    >>> seen.value("target", margin="sex", category="M", wave="before")
    0.45
    """
    check_answers(answers, _WHERE)
    given = margins_of(margins, _WHERE)
    matched = match(answers, given, columns=columns, recode=recode, groups=groups, where=_WHERE)
    together = Margins(tuple(one.margin for one in matched), given.notes)
    refuse([one for one in target_problems(together) if one.code != "W-TOTALS"], _WHERE)
    waves, wave = waves_of(answers, _WHERE)
    base = base_weights(answers, _WHERE)
    weighted = answers.design is not None and answers.design.weights is not None
    rows = [row for at, name in enumerate(waves) for row in _rows(matched, wave == at, name, base, weighted=weighted)]
    provenance = answers.provenance(margins=list(given.names), columns=columns, recode=recode, groups=groups)
    few = any(few_open(one.codes[wave == at]) for one in matched for at in range(len(waves)))
    notes = (*together.notes, *_notes(matched), *((FEW_OPEN,) if few else ()), *group_notes(groups))
    return Representation(
        table=vocabulary_frame(rows), notes=notes, margins=together.names, weighted=weighted, known=together,
        provenance=replace(provenance, simulated=provenance.simulated or together.simulated),
    )  # fmt: skip


def _rows(
    matched: tuple[Matched, ...], inside: NDArray[np.bool_], wave: str, base: Floats, *, weighted: bool
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    sides = (("unweighted", np.ones(int(inside.sum()))), *((("weighted", base[inside]),) if weighted else ()))
    for one in matched:
        place = {"item": one.margin.name, "wave": wave}
        if (one.codes[inside] >= 0).any():
            rows += margin_rows(one.codes[inside], one.margin.proportions, sides, place, one.margin.labels)
    return rows + (spread_rows(spread_of(base[inside]), wave) if weighted else [])


def _notes(matched: tuple[Matched, ...]) -> tuple[str, ...]:
    notes = []
    for one in matched:
        left = int((one.codes < 0).sum())
        if left:
            notes.append(f"{told_count(left)} people left {one.margin.name} open; shares are of the others.")
    return tuple(notes)
