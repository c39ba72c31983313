"""A table that can be shown: counts or means with margins, small numbers hidden, and what hides them hidden, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.disclosure.crossing import TOTAL, Crossed, crossed_variable, frame_of, merged_small, rows_of_wave
from trustmeter.disclosure.rule import DisclosureRule
from trustmeter.disclosure.told import Figures, log_frame, told_notes, told_rows
from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import SmallCategories, check_option, check_seed, names_of
from trustmeter.responses.model import Responses
from trustmeter.results import Provenance, Result, printable, vocabulary_frame
from trustmeter.stats.disclosure.margins import with_margins
from trustmeter.stats.disclosure.primary import unsafe_sums
from trustmeter.stats.disclosure.rounding import round_counts
from trustmeter.stats.disclosure.suppression import Sums, SuppressedTable, suppress

WHERE = "safe_table"
MOST_VARIABLES = 2


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SafeTable(Result):
    """A table of counts or means in which small numbers are hidden, and cannot be worked out.

    Parameters
    ----------
    rows, columns
        The variables crossed; `columns` is empty for a table of one.
    value
        What the means are of; empty for counts.
    categories
        The categories of rows and columns in their order, without the total.
    labels
        Variable → category → its label by language, where the variable is an item.
    log
        The disclosure log: which cells are hidden and why, without any number. It stays inside: beside the table it says
        more than outsiders need.
    rule
        What it was held to.
    """

    title: ClassVar[str] = "Safe table"

    rows: str
    columns: str
    value: str
    categories: tuple[tuple[str, ...], ...]
    log: pd.DataFrame
    rule: DisclosureRule
    labels: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)

    def frame(self, *, mark: str = "hidden", language: str | None = None) -> pd.DataFrame:
        """Return the table as people read it: a row a category, a column a category, margins last, hidden cells marked.

        Parameters
        ----------
        mark
            What stands in a hidden cell.
        language
            Labels in this language; ``None`` for codes.
        """
        statistic = "mean" if self.value else "count"
        lines = self.table[self.table["method"] == statistic]
        cells = {
            (str(line["group"]), str(line.get("term", ""))): _shown(line, statistic, mark)
            for line in lines.to_dict("records")
        }
        heads = [*self.categories[1], TOTAL] if self.columns else [""]
        made = []
        for group in [*self.categories[0], TOTAL]:
            row = {self.rows: self.label(self.rows, group, language)}
            for head in heads:
                name = self.label(self.columns, head, language) if head else statistic
                row[name] = cells[group, head]
            made.append(row)
        return pd.DataFrame(made)

    def label(self, variable: str, category: str, language: str | None = None) -> str:
        """Return the label of a category in a language, or the category itself."""
        return self.labels.get(variable, {}).get(category, {}).get(language or "", category)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the log as plain, JSON-ready values."""
        more = {"rows": self.rows, "columns": self.columns, "value": self.value, "rule": asdict(self.rule)}
        return {**super().to_dict(), **more}

    def _summary_parts(self) -> list[str]:
        mark, _, _, notes = super()._summary_parts()
        crossed = f"{self.rows} by {self.columns}" if self.columns else self.rows
        return [
            mark,
            f"{self.title}: {f'mean of {self.value}, ' if self.value else ''}{crossed}",
            printable(self.frame()),
            notes,
        ]


def safe_table(
    answers: Responses | pd.DataFrame,
    rows: str | Sequence[str],
    columns: str | None = None,
    *,
    value: str | pd.Series[Any] | None = None,
    wave: str | None = None,
    merge: SmallCategories = "keep",
    rule: DisclosureRule | None = None,
    seed: Any = None,
) -> SafeTable:
    """Return a table of counts or means from which no small number can be read, or worked out.

    Use it for every table about people that is shown to anybody, inside the zone too. Several tables about the same people
    can still be subtracted from each other; that is what the register of publications is for.

    Parameters
    ----------
    answers
        Responses, or a frame with one row a person.
    rows
        The column or item whose categories make the rows: the groups that the table is about.
    columns
        A second one. More than two variables are refused.
    value
        A numeric column, an item with values, or a series (such as ``scores.column("trust")``): the table holds its means
        instead of counts.
    wave
        The wave that counts, where there are several.
    merge
        ``"keep"``, or ``"other"``: categories about fewer than ``rule.publish`` people are put together (never those of an
        ordered item).
    rule
        `DisclosureRule()` or a stricter one.
    seed
        With ``rule.rounding``: ``None`` rounds to the nearest multiple, a seed rounds at random without bias.

    Returns
    -------
    SafeTable
        ``group`` (category of the rows, ``"(total)"``), ``term`` (category of the columns), ``estimate`` (missing where
        hidden), ``n`` (people of the row; of the cell for means), ``method`` (``"count"``, ``"share of row"``, ``"mean"``),
        ``suppressed``. ``.frame()`` is the table as people read it, ``.log`` says what was hidden and why.

    Raises
    ------
    DesignError
        When more than two variables are crossed, a column is unknown, holds free text or says who somebody is, or a person
        would count twice.
    EstimationError
        When fewer than ``rule.publish`` people are left.

    Notes
    -----
    Counts from 1 to ``rule.show - 1`` are hidden; so are the cells of rows about fewer than ``rule.publish`` people, and means
    about fewer, or to which one or two people bring nearly all (dominance, p%). Then the cheapest set of further cells is
    hidden from which these could be worked out (`trustmeter.stats.disclosure.suppression.suppress`): zeros and margins last.
    With ``rule.rounding`` the shown counts are rounded, margins by themselves.

    References
    ----------
    Hundepool, A., Domingo-Ferrer, J., Franconi, L., Giessing, S., Nordholt, E. S., Spicer, K., & de Wolf, P.-P. (2012).
    Statistical Disclosure Control. Wiley. doi:10.1002/9781118348239

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"gender": ["F"] * 60 + ["M"] * 43, "asked": (["yes"] * 57 + ["no"] * 3 + ["yes"] * 23 + ["no"] * 20)})
    >>> print(safe_table(people, "gender", "asked").frame().to_string(index=False))
    gender     no    yes (total)
         F hidden hidden      60
         M hidden hidden      43
    (total)     23     80     103
    """
    held = _checked(rule, merge, seed)
    names = _two_at_most(rows, columns)
    chosen = rows_of_wave(answers, wave, names, WHERE)
    variables = [crossed_variable(answers, name, WHERE) for name in names]
    if merge == "other":
        variables = [merged_small(variable, chosen, held.publish) for variable in variables]
    figures = _rounded(_figures(answers, variables, chosen, value, held), held, seed)
    crossed = {"rows": names[0], "columns": "".join(names[1:])}
    drawn = {"seed": None if seed is None else "given"}
    asked = {**crossed, "value": figures.value, "wave": wave, "merge": merge, **asdict(held), **drawn}
    by_wave = [one.categories for one in variables if isinstance(answers, Responses) and one.name == answers.roles.wave]
    return SafeTable(
        table=vocabulary_frame(told_rows(figures)),
        notes=told_notes(figures, held, by_wave[0] if by_wave else ()),
        provenance=_provenance(answers, asked, figures),
        **crossed,
        value=figures.value,
        categories=tuple(variable.categories for variable in variables),
        labels={variable.name: variable.labels for variable in variables if variable.labels},
        log=log_frame(figures, held),
        rule=held,
    )


def _checked(rule: DisclosureRule | None, merge: str, seed: Any) -> DisclosureRule:
    check_option("merge", merge, SmallCategories, WHERE)
    check_seed(seed, WHERE)
    if rule is not None and not isinstance(rule, DisclosureRule):
        raise DesignError(f"The `rule` argument of `{WHERE}` must be a DisclosureRule. Got {type(rule).__name__}.")
    return rule or DisclosureRule()


def _two_at_most(rows: str | Sequence[str], columns: str | None) -> tuple[str, ...]:
    crossed = (*names_of("rows", rows, WHERE), *(() if columns is None else names_of("columns", columns, WHERE)))
    names = tuple(dict.fromkeys(crossed))
    if len(names) > MOST_VARIABLES:
        message = f"`{WHERE}` crosses at most two variables. Got {len(names)}: {', '.join(names)}."
        raise DesignError(f"{message} Make one table for each pair that a question needs, or leave one out.")
    if len(names) < len(crossed):
        raise DesignError(f"`{WHERE}` crosses two different variables. Got {names[0]!r} twice.")
    return names


def _figures(
    answers: Responses | pd.DataFrame,
    variables: list[Crossed],
    chosen: NDArray[np.bool_],
    value: str | pd.Series[Any] | None,
    rule: DisclosureRule,
) -> Figures:
    """Return counts (and means) with what is hidden."""
    positions = np.column_stack([variable.place for variable in variables])
    brought, name = _values(answers, value)
    known = chosen & (positions >= 0).all(axis=1) & (True if brought is None else ~np.isnan(brought))
    if known.sum() < rule.publish:
        message = f"Fewer than {rule.publish} people are left for this table: nothing about them is shown."
        raise EstimationError(f"{message} Wait for more answers, or take a variable that more people answered.")
    shape = tuple(len(variable.categories) for variable in variables)
    counts, left_out = np.zeros(shape), int(chosen.sum() - known.sum())
    np.add.at(counts, tuple(positions[known].T), 1.0)
    if brought is None:
        safe = suppress(counts, minimum=rule.show, fewest_in_row=rule.publish)
        return Figures(variables, safe, safe.cells, None, "", with_margins(counts), left_out)
    safe, means = _means(positions[known], brought[known], counts, rule)
    return Figures(variables, safe, safe.cells, means, name, with_margins(counts), left_out)


def _rounded(figures: Figures, rule: DisclosureRule, seed: Any) -> Figures:
    if rule.rounding is None:
        return figures
    cells = round_counts(figures.cells, rule.rounding, how="nearest" if seed is None else "random", seed=seed)
    return replace(figures, cells=cells)


def _means(
    positions: NDArray[np.intp], values: NDArray[np.float64], counts: NDArray[np.float64], rule: DisclosureRule
) -> tuple[SuppressedTable, NDArray[np.float64]]:
    totals = np.zeros(counts.shape)
    np.add.at(totals, tuple(positions.T), values)
    sums, shape = with_margins(totals), tuple(length + 1 for length in counts.shape)
    codes, distance = np.zeros(shape, dtype=np.int8), np.zeros(shape)
    if np.all(values >= 0):
        codes, distance = unsafe_sums(positions, values, shape, dominance=rule.dominance, p_percent=rule.p_percent)
    safe = suppress(counts, minimum=rule.publish, sums=Sums(sums, codes, distance, rule.p_percent / 100))
    people = with_margins(counts)
    means = np.divide(sums, people, out=np.full(shape, np.nan), where=people > 0)
    return safe, np.where(safe.hidden, np.nan, means)


def _values(
    answers: Responses | pd.DataFrame, value: str | pd.Series[Any] | None
) -> tuple[NDArray[np.float64] | None, str]:
    if value is None:
        return None, ""
    frame = frame_of(answers, WHERE)
    if isinstance(value, str) and isinstance(answers, Responses) and value in answers.item_ids:
        return answers.values([value])[value].to_numpy(dtype=float, na_value=np.nan), value
    if isinstance(value, str) and value not in frame.columns:
        raise DesignError(
            f"`{WHERE}` knows no column {value!r} to take the mean of. Pass a column, an item, or a series."
        )
    column = frame[value] if isinstance(value, str) else value
    numeric = isinstance(column, pd.Series) and pd.api.types.is_numeric_dtype(column) and len(column) == len(frame)
    if not numeric or not (isinstance(value, str) or column.index.equals(frame.index)):
        raise DesignError(f"The `value` of `{WHERE}` must hold one number a row of the answers, in the same order.")
    return column.to_numpy(dtype=float, na_value=np.nan), str(column.name or "value")


def _provenance(answers: Responses | pd.DataFrame, options: Mapping[str, Any], figures: Figures) -> Provenance:
    """Return where the table comes from; no count that the table itself hides or rounds."""
    made = answers.provenance(**options) if isinstance(answers, Responses) else Provenance(options=options)
    exact = figures.safe.total_shown and figures.cells is figures.safe.cells
    return replace(
        made,
        rows_used=int(np.nan_to_num(figures.cells.flat[-1])),
        rows_left_out={"no category or no value": figures.left_out} if figures.left_out and exact else {},
    )


def _shown(line: Mapping[Any, Any], statistic: str, mark: str) -> str:
    if line["suppressed"]:
        return mark
    if pd.isna(line["estimate"]):
        return ""
    return f"{line['estimate']:.0f}" if statistic == "count" else f"{line['estimate']:.1f}"
