"""Estimates of the population: a row an estimate, their covariance, and what they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from trustmeter.errors import DesignError, unknown_word
from trustmeter.results import Result

DESIGN_EFFECT = "design_effect"
_NUMBERS = ("estimate", "std_error", "df", "ci_low", "ci_high", "n", "n_effective")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SurveyEstimates(Result):
    """What the sample says of everybody whom it stands for, with errors that know how people were drawn.

    Parameters
    ----------
    variable
        What was estimated; of a ratio ``"numerator / denominator"``; empty for an analyst's own number.
    statistic
        ``"mean"``, ``"share"``, ``"total"``, ``"quantile"``, ``"ratio"``, or ``"own"`` for an analyst's own number.
    by
        The variables that make the groups.
    covariance
        Of the estimates that are shown: rows and columns named by (group, term). Empty for quantiles.
    df_joint
        Degrees of freedom of what is made of several estimates.
    conf_level
        Of the intervals.
    labels
        Variable → category → its label by language, where a variable is an item.
    """

    title: ClassVar[str] = "Estimates for the population"

    variable: str
    statistic: str
    by: tuple[str, ...] = ()
    covariance: pd.DataFrame = field(default_factory=pd.DataFrame)
    df_joint: int
    conf_level: float = 0.95
    labels: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups, those that are hidden, too; one empty name where nothing makes groups."""
        return tuple(dict.fromkeys(self.table["group"])) if "group" in self.table else ("",)

    @property
    def terms(self) -> tuple[str, ...]:
        """What is estimated in each group, without design effects."""
        return tuple(term for term in dict.fromkeys(self.table["term"]) if not term.startswith(DESIGN_EFFECT))

    def value(self, term: str = "", *, group: str = "", column: str = "estimate") -> float:
        """Return one number; nan where it is hidden.

        Parameters
        ----------
        term
            Such as ``"mean"``, ``"share:2"`` or ``"design_effect"``; may be left out where there is one.
        group
            The group; may be left out where there is one.
        column
            ``"estimate"``, ``"std_error"``, ``"df"``, ``"ci_low"``, ``"ci_high"``, ``"n"``, ``"n_effective"``.
        """
        where = "SurveyEstimates.value"
        known = dict.fromkeys(self.table["term"])
        if set(known) == set(self.terms) and self.statistic in ("mean", "share"):
            known |= {f"{DESIGN_EFFECT}{name.removeprefix(self.statistic)}": None for name in self.terms}
        wanted = term or (self.terms[0] if len(self.terms) == 1 else term)
        named = group or (self.groups[0] if len(self.groups) == 1 else group)
        if wanted not in known:
            raise DesignError(unknown_word("`term`", wanted, tuple(known), f"`{where}`"))
        if named not in self.groups:
            raise DesignError(unknown_word("`group`", named, self.groups, f"`{where}`"))
        numbers = [name for name in _NUMBERS if name in self.table or "suppressed" in self.table]
        if column not in numbers:
            raise DesignError(unknown_word("`column`", column, numbers, f"`{where}`"))
        if column not in self.table:
            return float("nan")
        rows = self.table["term"] == wanted
        if "group" in self.table:
            rows &= self.table["group"] == named
        found = self.table.loc[rows, column]
        return float("nan") if not len(found) or pd.isna(found.iloc[0]) else float(found.iloc[0])

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the covariance as plain, JSON-ready values."""
        more = {"variable": self.variable, "statistic": self.statistic, "by": list(self.by),
                "df_joint": self.df_joint, "conf_level": self.conf_level}  # fmt: skip
        return {**super().to_dict(), **more}
