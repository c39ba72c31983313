"""What a report is made from: a comparison, what was found beside it, the language, and the rule of what may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
import pandas as pd

from trustmeter.disclosure.rule import DisclosureRule
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.protocol import Protocol
from trustmeter.present.phrases import Phrases
from trustmeter.present.pilot.changes import ChangeRow, change_rows, family_of
from trustmeter.present.reading import compared, is_group, is_simulated, scale_name
from trustmeter.present.report.document import Cell, Data, Table
from trustmeter.present.tally import Groups, groups_of
from trustmeter.psychometrics.consistency.estimate import ReliabilityResult
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.quality import QualityReport
from trustmeter.results import Result

Grid: TypeAlias = tuple[Sequence[str], Sequence[tuple[str, ...]]]
"""Headings, and rows of cells."""

Kind = TypeVar("Kind", bound=Result)

NUMBERS = (
    "estimate", "std_error", "statistic", "df", "p_value", "p_adjusted", "ci_low", "ci_high", "n", "n_effective",
)  # fmt: skip
"""The columns of a tidy table that are about people, and go when a row is hidden."""


@dataclass(frozen=True, eq=False)
class Material:
    """All that one report is made from; results are already held to the rule.

    Parameters
    ----------
    change, quality, meter
        What every report has.
    more
        What was passed beside them.
    protocol
        What was promised beforehand, where it was passed.
    primary
        The scale declared to decide; empty where none was.
    phrases
        The language.
    rule
        What may be shown.
    untold
        What was asked and could not be told, in English sentences.
    """

    change: Comparison
    quality: QualityReport
    meter: ReliabilityResult
    more: tuple[Result, ...]
    protocol: Protocol | None
    primary: str
    phrases: Phrases
    rule: DisclosureRule
    untold: tuple[str, ...] = ()

    def of(self, kind: type[Kind]) -> list[Kind]:
        """Return the further results of one kind, in the order in which they were passed."""
        return [result for result in self.more if isinstance(result, kind)]

    @property
    def results(self) -> tuple[Result, ...]:
        """Every result of the report."""
        return (self.change, self.quality, self.meter, *self.more)

    @property
    def simulated(self) -> bool:
        """Whether anything was made up."""
        return is_simulated(self.results)

    @property
    def known(self) -> Questionnaire:
        """The questionnaire that was asked."""
        return self.change.scores.answers.questionnaire

    @property
    def names(self) -> tuple[str, str]:
        """What is compared: two waves or two groups."""
        return compared(self.change)

    @property
    def family(self) -> str:
        """Which words tell the comparison: ``"change"``, ``"effect"`` or ``"group"``."""
        return family_of(self.change)

    @property
    def ending(self) -> str:
        """How keys of sentences end that differ by family."""
        return "" if self.family == "change" else f"_{self.family}"

    @property
    def split(self) -> str:
        """The heading of a column that says which wave or group."""
        return self.phrases.say("column.group" if is_group(self.change) else "column.wave")

    def rows(self) -> list[ChangeRow]:
        """Return one row a scale, in the questionnaire's order."""
        return change_rows(self.change, self.phrases)

    def groups(self) -> Groups:
        """Return the two waves or groups, each with its rows among those compared."""
        return groups_of(self.change)

    def name(self, scale: str) -> str:
        """Return what a scale is called in the language."""
        return scale_name(scale, self.known, self.phrases.language)

    def caption(self, words: str) -> str:
        """Return a caption; of simulated data it says so."""
        return f"{words} — {self.phrases.say('simulated.mark')}" if self.simulated else words

    def table(self, id: str, caption: str, frame: pd.DataFrame, method: str, data: Data | None = None) -> Table:
        """Return a frame of texts as a table; its caption says that data are simulated, so no column need."""
        shown = frame.drop(columns=self.phrases.say("simulated.column"), errors="ignore")
        cells = tuple(tuple(_text(cell) for cell in row) for row in shown.to_numpy())
        return self.grid(id, caption, (list(map(str, shown.columns)), cells), method, data)

    def grid(self, id: str, caption: str, cells: Grid, method: str, data: Data | None = None) -> Table:
        """Return cells as a table, with the rule of what may be shown under it."""
        told = self.phrases.say("disclosure.under_table", publish=self.rule.publish, show=self.rule.show)
        headings, rows = cells
        return Table(
            self.caption(caption), tuple(headings), tuple(rows), f"table-{id}", f"method-{method}", (told,), data
        )

    def people(self, n: int, fewest: int | None = None) -> str:
        """Return a number of people, or that they are fewer than may be told."""
        least = self.rule.publish if fewest is None else fewest
        if n >= least or n == 0:
            return self.phrases.whole(n)
        return self.phrases.say("front.fewer", n=self.phrases.whole(least))


def data_of(tidy: pd.DataFrame, rule: DisclosureRule) -> Data:
    """Return a tidy table for programs: nothing rounded, no number in a row that is hidden."""
    hidden = hidden_rows(tidy, rule)
    rows = []
    for record, hide in zip(tidy.to_dict("records"), hidden, strict=True):
        rows.append(tuple(None if hide and name in NUMBERS else _plain(value) for name, value in record.items()))
    return Data(tuple(map(str, tidy.columns)), tuple(rows))


def hidden_rows(tidy: pd.DataFrame, rule: DisclosureRule) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which rows of a tidy table are hidden: said so, or about too few people."""
    hidden = np.zeros(len(tidy), dtype=bool)
    if "suppressed" in tidy:
        hidden |= tidy["suppressed"].to_numpy(dtype=bool)
    if "n" in tidy:
        counts = tidy["n"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        hidden |= counts < rule.publish
    return hidden


def _text(cell: object) -> str:
    return "" if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)) else str(cell)


def _plain(value: object) -> Cell:
    """Return a cell as a text, a whole number, a number, or nothing."""
    if value is None or value is pd.NA or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    if isinstance(value, (int, np.integer)):
        return int(value)
    return float(value) if isinstance(value, (float, np.floating)) else str(value)
