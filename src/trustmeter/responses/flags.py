"""Which rows show a sign of careless answering: one truth value a row and rule, never printed row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, unknown_word


@dataclass(frozen=True, eq=False, repr=False)
class Flags:
    """The signs that `check_quality` found, row by row, and the rule behind each.

    For counting, weighing and leaving out (``answers.without(flags, rules=...)``). Its text form names the rules only.

    Parameters
    ----------
    rows
        Index of the answers, one column a rule: whether the row shows the sign. Who could not be judged is not flagged.
    rules
        What each rule says, with its limit.
    of
        A fingerprint of the answers that were judged.
    """

    rows: pd.DataFrame
    rules: Mapping[str, str] = field(default_factory=dict)
    of: str = ""

    def __len__(self) -> int:
        return len(self.rows)

    def shown_by(self, rules: tuple[str, ...]) -> NDArray[np.bool_]:
        """Tell which rows show at least one of these signs, shape (n,).

        Raises
        ------
        DesignError
            When no rule is named, or one is not among those looked for.
        """
        if not rules:
            raise DesignError(
                "Name the rules by which rows are chosen, such as ['straight_lining']: there is no default."
            )
        for rule in rules:
            if rule not in self.rows.columns:
                raise DesignError(unknown_word("rule", rule, [str(name) for name in self.rows.columns], "these flags"))
        return np.asarray(self.rows[list(rules)].to_numpy(dtype=bool).any(axis=1))

    def __str__(self) -> str:
        listed = [f"  {name}: {self.rules.get(name, '')}" for name in self.rows.columns]
        return "\n".join([f"Flags for {len(self)} rows, {len(listed)} rules", *listed])

    __repr__ = __str__


def fingerprint_of(answers: pd.DataFrame, missing: pd.DataFrame) -> str:
    """Return a hash of items' answers and why they are missing: equal answers in equal rows have equal fingerprints."""
    made = hashlib.sha256()
    for frame in (answers, missing):
        made.update("\x1f".join(map(str, frame.columns)).encode())
        made.update(np.ascontiguousarray(pd.util.hash_pandas_object(frame, index=True).to_numpy()).tobytes())
    return made.hexdigest()[:16]


def rows_of(masks: Mapping[str, NDArray[np.bool_]], index: pd.Index[Any]) -> pd.DataFrame:
    """Return masks as one frame, a column a rule."""
    return pd.DataFrame({name: np.asarray(mask, dtype=bool) for name, mask in masks.items()}, index=index)
