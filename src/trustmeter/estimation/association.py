"""Whether two questions go together, by tests that know how people were drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from trustmeter.disclosure.crossing import Crossed, crossed_variable
from trustmeter.errors import DesignError, EstimationError
from trustmeter.estimation.drawn import Drawn, Rows, answers_of, drawn_people, rows_of_wave
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE
from trustmeter.responses.model import Responses
from trustmeter.results import Result, told_count, vocabulary_frame
from trustmeter.scoring.model import Scores
from trustmeter.stats.survey.association import (
    Association,
    TableShares,
    TableTest,
    rao_scott_test,
    table_of_replicates,
    table_of_sample,
    wald_of_table,
)

WHERE = "rao_scott"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AssociationTest(Result):
    """Whether the answers to two questions go together in the population.

    Parameters
    ----------
    rows, columns
        The two variables.
    shares
        Estimated shares of all people, a row a category of `rows`, a column one of `columns`; empty where some cell holds
        one to four people. For a table to be shown use `safe_table`.
    std_errors
        Of the shares.
    design_effects
        By how much the design moves Pearson's statistic, in each direction; all near 1 for people drawn one by one.
    """

    title: ClassVar[str] = "Association under the design"

    rows: str
    columns: str
    shares: pd.DataFrame
    std_errors: pd.DataFrame
    design_effects: tuple[float, ...]

    @property
    def p_value(self) -> float:
        """Of the second-order test, the first of the table."""
        return float(self.table["p_value"].iloc[0])


@dataclass(frozen=True, eq=False, slots=True)
class _Pair:
    """Two variables, the rows that count, the places of categories that are kept."""

    row: Crossed
    column: Crossed
    rows: Rows
    kept: tuple[tuple[int, ...], tuple[int, ...]]
    set_aside: tuple[str, ...]
    left_out: Mapping[str, int]

    @property
    def names(self) -> tuple[list[str], list[str]]:
        """The categories of rows and of columns that are kept."""
        rows, columns = self.kept
        return [self.row.categories[at] for at in rows], [self.column.categories[at] for at in columns]

    def codes(self, side: int) -> Any:
        """Return (n,): each row's category among those kept, 0 for rows that do not count."""
        place = (self.row, self.column)[side].place
        return np.where(self.rows, np.searchsorted(self.kept[side], place), 0)


def rao_scott(answers: Responses | Scores, row: str, column: str, *, wave: str | None = None) -> AssociationTest:
    """Test whether two questions go together, for the people that the sample stands for.

    Use it for two-way tables of weighted or clustered answers. There Pearson's chi-square test is wrong, as a rule by
    finding far too much. Weights, strata, clusters, known margins and replicate weights of the answers' design are used.

    Parameters
    ----------
    answers
        The responses (or scores made of them).
    row, column
        Two items or columns with categories: zone, sex, an agreement item, the wave.
    wave
        Only people of this wave; needed where there are several, unless `row` or `column` is the wave.

    Returns
    -------
    AssociationTest
        Columns ``term contrast estimate statistic df p_value n n_effective method``. Terms: ``rao_scott_f`` (second order,
        the one to report), ``rao_scott_chi2`` (first order), ``wald_f`` (adjusted; left out where clusters are too few), and
        ``cramers_v`` of the weighted table, a size from 0 to 1 without an interval. `n` counts rows; `n_effective` is Kish's
        and knows of weights alone. Residual degrees of freedom stand under ``method``.

    Raises
    ------
    DesignError
        When a variable is not there or has no categories, or there are several waves and none was chosen.
    EstimationError
        When fewer than ten people answered both, one of them has fewer than two categories of ten people, too many cells are
        empty, or the design has no degrees of freedom.

    Notes
    -----
    X2 is Pearson's statistic of the weighted shares times the number of rows. Under independence it is a sum of
    chi-squares, each times a generalised design effect. First order: X2 over their mean, against chi-square. Second order:
    X2 over their sum, against F with d = (sum of them)^2 / (sum of their squares) and d times the design's degrees of
    freedom. Rows with a gap, and categories of fewer than ten people, are outside the domain: their clusters still count.

    In R: ``survey::svychisq``, ``statistic="F"``, ``"Chisq"``, ``"adjWald"``.

    References
    ----------
    Rao, J. N. K. & Scott, A. J. (1984). On chi-squared tests for multiway contingency tables with cell proportions
    estimated from survey data. Annals of Statistics, 12, 46-60. doi:10.1214/aos/1176346391

    Examples
    --------
    >>> import trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust-short")
    >>> answers = tm.simulate_responses(trust, 300, seed=1)
    >>> list(tm.rao_scott(answers, "SEX", "TR01", wave="before").table["term"])
    ['rao_scott_f', 'rao_scott_chi2', 'wald_f', 'cramers_v']
    """
    responses = answers_of(answers, WHERE)
    if row == column:
        raise DesignError(f"`{WHERE}` was given {row!r} twice. Name two variables.")
    drawn = drawn_people(responses, WHERE)
    pair = _pair(responses, row, column, drawn, wave)
    table = _table(pair, drawn)
    found = rao_scott_test(table)
    shown = _shown(pair, drawn)
    ground = {"contrast": f"{row} with {column}", "n": table.n, "n_effective": drawn.effective(pair.rows)}
    names = pair.names
    return AssociationTest(
        table=vocabulary_frame([{**ground, **one} for one in _table_rows(table, found, drawn.how)]),
        notes=tuple(_notes(pair, table, drawn, shown)),
        provenance=responses.provenance(row=row, column=column, wave=wave).narrowed(pair.left_out, rows_used=table.n),
        rows=row,
        columns=column,
        shares=pd.DataFrame(table.shares, *names) if shown else pd.DataFrame(),
        std_errors=pd.DataFrame(table.std_errors, *names) if shown else pd.DataFrame(),
        design_effects=tuple(float(effect) for effect in found.design_effects),
    )


def _pair(answers: Responses, row: str, column: str, drawn: Drawn, wave: str | None) -> _Pair:
    sides = [crossed_variable(answers, name, WHERE) for name in (row, column)]
    wanted = rows_of_wave(answers, wave, (row, column), WHERE)
    weighted = wanted & (drawn.sample.weights > 0)
    complete = weighted & (sides[0].place >= 0) & (sides[1].place >= 0)
    rows, kept, gone = _without_small(sides, complete, drawn)
    drawn.check_people(rows, "both answers", WHERE)
    for one, places in zip(sides, kept, strict=True):
        if len(places) < 2:
            message = f"`{WHERE}` needs two categories of at least {FEWEST_PEOPLE} people, and {one.name!r} has fewer."
            raise EstimationError(f"{message} Join categories, or choose another variable.")
    counts = {"another wave": ~wanted, "a weight of 0": wanted & ~weighted, "no answer": weighted & ~complete,
              "a category of too few people": complete & ~rows}  # fmt: skip
    left_out = {why: int(lost.sum()) for why, lost in counts.items() if lost.any()}
    return _Pair(sides[0], sides[1], rows, (kept[0], kept[1]), gone, left_out)


def _without_small(
    sides: list[Crossed], rows: Rows, drawn: Drawn
) -> tuple[Rows, list[tuple[int, ...]], tuple[str, ...]]:
    """Return the rows without categories of fewer than ten people, the places kept on each side, and what was set aside."""
    rows, gone, again = rows.copy(), [], True
    while again:
        again, kept = False, []
        for one in sides:
            places = np.unique(one.place[rows])
            small = [int(at) for at in places if drawn.persons(rows & (one.place == at)) < FEWEST_PEOPLE]
            rows &= ~np.isin(one.place, small)
            gone += [f"{one.name} {one.categories[at]!r}" for at in small]
            again = again or bool(small)
            kept.append(tuple(int(at) for at in places if at not in small))
    return rows, kept, tuple(gone)


def _table(pair: _Pair, drawn: Drawn) -> TableShares:
    row, column = pair.codes(0), pair.codes(1)
    if drawn.replicates is not None:
        return table_of_replicates(row, column, drawn.replicates, domain=pair.rows, mse=drawn.mse)
    return table_of_sample(row, column, drawn.sample, domain=pair.rows)


def _shown(pair: _Pair, drawn: Drawn) -> bool:
    """Tell whether every cell of the table holds nobody, or at least five people."""
    row, column = pair.codes(0), pair.codes(1)
    cells = [drawn.persons(pair.rows & (row == i) & (column == j))
             for i in range(len(pair.kept[0])) for j in range(len(pair.kept[1]))]  # fmt: skip
    return all(count == 0 or count >= FEWEST_IN_A_CELL for count in cells)


def _table_rows(table: TableShares, found: Association, how: str) -> list[dict[str, Any]]:
    rows = [
        _test_row("rao_scott_f", found.second_order(), f"Rao-Scott second order, {how}"),
        _test_row("rao_scott_chi2", found.first_order(), f"Rao-Scott first order, {how}"),
    ]
    wald = _wald(table)
    if wald is not None:
        rows.append(_test_row("wald_f", wald, f"adjusted Wald, {how}"))
    smaller = min(table.shares.shape) - 1
    size = float(np.sqrt(found.pearson / (table.n * smaller)))
    return [*rows, {"term": "cramers_v", "estimate": size, "method": "of the weighted table"}]


def _test_row(term: str, test: TableTest, method: str) -> dict[str, Any]:
    residual = "" if test.residual_df is None else f" (residual df {test.residual_df:.10g})"
    return {"term": term, "statistic": test.statistic, "df": test.df, "p_value": test.p_value,
            "method": f"{method}{residual}"}  # fmt: skip


def _wald(table: TableShares) -> TableTest | None:
    try:
        return wald_of_table(table, adjusted=True)
    except EstimationError:
        return None


def _notes(pair: _Pair, table: TableShares, drawn: Drawn, shown: bool) -> list[str]:
    notes = [*drawn.notes, *drawn.ground_notes(pair.rows, table.df)]
    if pair.set_aside:
        notes.append(f"Set aside, because fewer than {FEWEST_PEOPLE} people are in them: {', '.join(pair.set_aside)}.")
    gaps = [f"{told_count(count)} with {why}" for why, count in pair.left_out.items() if why != "another wave"]
    if gaps:
        notes.append(f"Rows left out: {', '.join(gaps)}.")
    if not shown:
        notes.append("The table itself is not shown: some cell holds one to four people.")
    if _wald(table) is None:
        notes.append("There is no Wald test: the design has too few clusters for so many cells.")
    return notes
