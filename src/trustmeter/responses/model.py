"""What was answered: a frame of codes, what each column means, and why cells are empty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, get_args

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, Problem, unknown_word
from trustmeter.options import MissingKind
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.design import SurveyDesign
from trustmeter.responses.flags import Flags, fingerprint_of
from trustmeter.results import Provenance, told_count

MISSING_KINDS: tuple[str, ...] = get_args(MissingKind)
"""The kinds of missing, in the order in which their numbers 1, 2, … stand in `Responses.missing`; 0 is answered."""


@dataclass(frozen=True, slots=True)
class Roles:
    """Which columns say who answered, when, where and how.

    Parameters
    ----------
    respondent, wave, zone, language, mode
        Column names of the frame, or ``None`` where there is none.
    kept
        Other columns that are carried along untouched (``"region"``, ``"dweight"``).
    """

    respondent: str | None = None
    wave: str | None = None
    zone: str | None = None
    language: str | None = None
    mode: str | None = None
    kept: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All role columns that are there, in the order above, each once."""
        named = [getattr(self, item.name) for item in fields(self) if item.name != "kept"]
        return tuple(dict.fromkeys(name for name in [*named, *self.kept] if name is not None))

    def column(self, role: str, *, needed_by: str) -> str:
        """Return the column of a role (or of a kept column's name), or raise `DesignError` naming who needs it."""
        names = [item.name for item in fields(self) if item.name != "kept"]
        if role in self.kept:
            return role
        if role not in names:
            raise DesignError(unknown_word("role", role, [*names, *self.kept], f"`{needed_by}`"))
        column: str | None = getattr(self, role)
        if column is None:
            message = f"`{needed_by}` needs to know the {role} of each row, but no column has that role."
            raise DesignError(f"{message} Read the answers with `read_responses(..., {role}='column name')`.")
        return column


@dataclass(frozen=True, eq=False, repr=False)
class Responses:
    """The answers of many people to one questionnaire.

    Never prints an answer: its text form tells counts only.

    Parameters
    ----------
    frame
        One row a respondent (and wave). Role columns, then one column an item that was read. An item column holds
        the substantive codes: ``Int64`` where all codes are whole numbers, else ``string``; ``<NA>`` when missing.
    missing
        Same rows, one ``int8`` column an item: 0 answered, else 1 + the position of the kind in `MISSING_KINDS`.
    questionnaire
        What was asked.
    roles
        Which columns say who answered, when, where and how.
    source
        The file's name (without its folder), or an empty text.
    simulated
        Whether the answers were made up.
    problems
        What was noticed when reading; nothing in it holds an answer.
    rejected
        Rows or cells that were set aside: columns ``row`` (number in the file, 1 = first data row), ``column``,
        ``code`` (of the problem). Holds no answer.
    design
        How people came into the sample and for how many each stands, or ``None`` where nobody said.
    left_out
        How many rows were left out on purpose, by reason; results carry it as ``provenance.rows_left_out``.
    """

    frame: pd.DataFrame
    missing: pd.DataFrame
    questionnaire: Questionnaire
    roles: Roles = field(default_factory=Roles)
    source: str = ""
    simulated: bool = False
    problems: tuple[Problem, ...] = ()
    rejected: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["row", "column", "code"]))
    design: SurveyDesign | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def item_ids(self) -> tuple[str, ...]:
        """The items that were read, in the questionnaire's order."""
        return tuple(item.id for item in self.questionnaire.items if item.id in self.missing.columns)

    def __len__(self) -> int:
        return len(self.frame)

    def values(self, items: Iterable[str]) -> pd.DataFrame:
        """Return the scoring values of ordinal or number items, not reversed; ``<NA>`` where missing.

        Returns
        -------
        DataFrame
            One column an item, ``Int64`` where every value is whole, else ``Float64``.

        Raises
        ------
        DesignError
            When an item is unknown, was not read, or offers no values (nominal or text).
        """
        return pd.DataFrame({item: self._values_of(item) for item in items}, index=self.frame.index)

    def select(self, rows: Sequence[bool] | pd.Series[bool] | np.ndarray[Any, Any]) -> Responses:
        """Return new responses with only the rows where `rows` is true."""
        mask = chosen_rows(rows, len(self.frame), "Responses.select")
        design = None if self.design is None else self.design if mask.all() else self.design.narrow()
        return replace(self, frame=self.frame.loc[mask], missing=self.missing.loc[mask], design=design)

    def without(self, flags: Flags, *, rules: str | Sequence[str]) -> Responses:
        """Return new responses without the rows that show a sign of careless answering, and say how many went.

        Use it beside an analysis of all rows, by rules fixed before the result is known; report both.

        Parameters
        ----------
        flags
            What `check_quality` found in these very answers: ``quality.flags``.
        rules
            The signs for which rows are left out, such as ``["straight_lining", "speeding"]``.

        Returns
        -------
        Responses
            The other rows. ``left_out`` and ``problems`` say how many went and why.

        Raises
        ------
        DesignError
            When `flags` are none, or of other answers, or a rule is not among them.
        """
        where = "Responses.without"
        if not isinstance(flags, Flags):
            raise DesignError(
                f"`{where}` takes the flags of `check_quality(answers).flags`. Got {type(flags).__name__}."
            )
        if flags.of != fingerprint_of(self.frame[list(self.item_ids)], self.missing):
            cure = "Make them from these: `check_quality(answers).flags`."
            raise DesignError(f"`{where}` got flags that were made from other answers. {cure}")
        chosen = (rules,) if isinstance(rules, str) else tuple(rules)
        shown = flags.shown_by(chosen)
        gone, why = int(shown.sum()), ", ".join(chosen)
        told = Problem(
            code="R-FLAGGED", where=self.source or "the answers", severity="warning",
            message=f"Rows left out on purpose: {told_count(gone)}, flagged as {why}.",
            hint="Report the result with and without them.",
        )  # fmt: skip
        left_out = {**self.left_out, f"flagged as {why}": gone}
        return replace(self.select(~shown), problems=(*self.problems, told), left_out=left_out)

    def with_design(self, design: SurveyDesign | None) -> Responses:
        """Return the same responses with another design; ``None`` takes it away.

        Raises
        ------
        DesignError
            When a column of the design was not read with the answers, or its steps of weighting are of other answers.
        """
        if not isinstance(design, SurveyDesign | None):
            raise DesignError(f"`with_design` takes a `SurveyDesign`, or None. Got {type(design).__name__}.")
        for column in () if design is None else design.columns:
            if column not in self.roles.columns:
                message = unknown_word("column of the design", column, self.roles.columns, "the answers")
                raise DesignError(f"{message} Read it with `read_responses(..., keep=...)`.")
        if design is not None and design.weights is not None and design.calibration:
            weights = pd.to_numeric(self.frame[design.weights], errors="coerce")
            design.check_rows(weights.to_numpy(dtype=float, na_value=np.nan), "with_design")
        return replace(self, design=design)

    def provenance(self, **options: Any) -> Provenance:
        """Return the provenance of a result computed from these responses with `options`."""
        return Provenance(
            questionnaire=f"{self.questionnaire.id} {self.questionnaire.version}".strip(),
            fingerprint=self.questionnaire.fingerprint,
            source=self.source,
            options=options,
            rows_used=len(self.frame),
            rows_left_out=dict(self.left_out),
            simulated=self.simulated,
        )

    def __str__(self) -> str:
        parts = [f"{len(self.frame)} rows", f"{len(self.item_ids)} of {len(self.questionnaire.items)} items"]
        for role in ("wave", "zone", "language", "mode"):
            column = getattr(self.roles, role)
            if column is not None:
                count = self.frame[column].nunique()
                parts.append(f"{count} {role}{'' if count == 1 else 's'}")
        if len(self.rejected):
            parts.append(f"{len(self.rejected)} set aside")
        parts += [f"{told_count(gone)} left out, {why}" for why, gone in self.left_out.items()]
        if self.design is not None and self.design.weights is not None:
            parts.append("weighted")
        mark = " [SIMULATED]" if self.simulated else ""
        return f"Responses to {self.questionnaire.id} {self.questionnaire.version}{mark}: {', '.join(parts)}"

    __repr__ = __str__

    def _values_of(self, item_id: str) -> pd.Series[Any]:
        item = self.questionnaire.item(item_id)
        if item_id not in self.frame.columns:
            raise DesignError(f"Item {item_id!r} of questionnaire {self.questionnaire.id!r} is not among the answers.")
        if item.response_scale.range is None:
            kind = item.response_scale.type
            raise DesignError(f"Item {item_id!r} is {kind}: it has no values to compute with. Choose ordinal items.")
        column = self.frame[item_id]
        if item.response_scale.type == "number":
            return column
        mapping = {_as_stored(option.code, column): option.value for option in item.response_scale.substantive}
        if all(code == value for code, value in mapping.items()):
            return column
        values = column.map(mapping).astype("Float64")
        whole = all(value is not None and float(value).is_integer() for value in mapping.values())
        return values.astype("Int64") if whole else values


def chosen_rows(rows: Any, length: int, where: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return a choice of rows as truth values; a missing value chooses nothing.

    Raises
    ------
    DesignError
        When `rows` are not as many truth values as there are rows.
    """
    message = f"`{where}` needs one true or false a row ({length} rows)."
    try:
        mask = pd.array(rows, dtype="boolean").to_numpy(dtype=bool, na_value=False)
    except (TypeError, ValueError):
        raise DesignError(
            f"{message} Got something else. Pass a condition, such as `frame['zone'] == 'Ghent'`."
        ) from None
    if len(mask) != length:
        raise DesignError(f"{message} Got {len(mask)}.")
    return np.asarray(mask, dtype=bool)


def _as_stored(code: str, column: pd.Series[Any]) -> int | str:
    return int(code) if pd.api.types.is_integer_dtype(column) else code
