"""What is compared with what."""

from __future__ import annotations

import numbers
from dataclasses import dataclass

from trustmeter.errors import DesignError


@dataclass(frozen=True)
class PilotDesign:
    """Two waves of one questionnaire, before and after.

    Parameters
    ----------
    before, after
        Names of the waves, as in the wave column.
    linked
        Whether the same people answered twice and are linked by their code. ``None`` finds out; the result says what
        was found. ``True`` compares the people of both waves only; ``False`` treats the waves as different people.
    zone
        Compare within this zone only; ``None`` takes all zones together.

    Raises
    ------
    DesignError
        When a name is empty or both are the same.

    Examples
    --------
    >>> from trustmeter.pilot.design import PilotDesign
    >>> PilotDesign(before="2022", after="2023").contrast
    '2023 - 2022'
    """

    before: str
    after: str
    linked: bool | None = None
    zone: str | None = None

    def __post_init__(self) -> None:
        for name in ("before", "after"):
            object.__setattr__(self, name, _name(getattr(self, name), name, "PilotDesign"))
        if self.zone is not None:
            object.__setattr__(self, "zone", _name(self.zone, "zone", "PilotDesign"))
        if self.linked not in (None, True, False):
            raise DesignError("The `linked` argument of `PilotDesign` must be True, False or None (find out).")
        _different(self.before, self.after, "waves", "PilotDesign")

    @property
    def contrast(self) -> str:
        """The direction of every difference: after minus before."""
        return f"{self.after} - {self.before}"


@dataclass(frozen=True)
class GroupDesign:
    """Two groups of different people at one time, such as two survey modes.

    Parameters
    ----------
    by
        What tells the groups apart: a role (``"mode"``, ``"language"``, ``"zone"``), a kept column, or an item with
        options.
    first, second
        The two groups: values of the column, or codes or labels of the item. Differences are second minus first.

    Raises
    ------
    DesignError
        When a name is empty or both groups are the same.

    Examples
    --------
    >>> from trustmeter.pilot.design import GroupDesign
    >>> GroupDesign(by="mode", first="paper", second="web").contrast
    'web - paper'
    """

    by: str
    first: str
    second: str

    def __post_init__(self) -> None:
        for name in ("by", "first", "second"):
            object.__setattr__(self, name, _name(getattr(self, name), name, "GroupDesign"))
        _different(self.first, self.second, "groups", "GroupDesign")

    @property
    def contrast(self) -> str:
        """The direction of every difference: second minus first."""
        return f"{self.second} - {self.first}"


def _name(value: object, argument: str, where: str) -> str:
    """Return a name as text; whole numbers such as a year are taken too."""
    text = str(value).strip() if isinstance(value, (str, numbers.Integral)) and not isinstance(value, bool) else ""
    if not text:
        raise DesignError(f"The `{argument}` argument of `{where}` must be a name such as '2023'. Got {value!r}.")
    return text


def _different(one: str, other: str, what: str, where: str) -> None:
    if one == other:
        raise DesignError(f"`{where}` compares two different {what}. Got {one!r} twice.")
