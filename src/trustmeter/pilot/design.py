"""What is compared with what."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Literal, TypeAlias

from trustmeter.errors import DesignError

Linking: TypeAlias = "bool | Literal['overlap'] | None"
"""Whether people are compared with themselves: yes, no, those who can be and all others too, or find out."""


@dataclass(frozen=True)
class PilotDesign:
    """What a zone did: who was asked when, where the pilot ran, and where it did not.

    Two waves of one questionnaire are the least. Comparison areas turn a change into a difference of changes, which is
    the only one of these designs that can speak of the pilot's effect.

    Parameters
    ----------
    before, after
        Names of the two waves whose difference is the question, as in the wave column.
    linked
        Whether the same people answered twice and are linked by their code. ``None`` finds out; the result says what
        was found. ``True`` compares the people of both waves only; ``False`` treats the waves as different people;
        ``"overlap"`` uses both the people who answered twice and those who answered once.
    zone
        Compare within this zone only; ``None`` takes all zones together.
    earlier, later
        Other waves, in order of time: `earlier` ones show how the areas moved before the pilot, `later` ones whether
        the change lasts. Both are reported beside the question and decide nothing.
    area
        The column that says in which area each person lives: a role (``"zone"``) or a kept column.
    treated
        The areas where the pilot ran.
    comparison
        The areas where it did not; ``None`` takes all others. Needs `area` and `treated`.
    randomized
        Whether a lot decided which areas were treated. Only then a test may count the other outcomes of the lot.
    clusters
        A kept column that says which rows were drawn or asked together: neighbourhood, interviewer, market stall.
    weights
        A kept column with the weight of each row.
    covariates
        Roles or kept columns, known before the pilot, by which people are made comparable. Words count as categories.

    Raises
    ------
    DesignError
        When a name is empty, a wave or area is named twice, or areas are named without a column to find them in.

    Examples
    --------
    >>> from trustmeter.pilot.design import PilotDesign
    >>> PilotDesign(before="2022", after="2023").contrast
    '2023 - 2022'
    >>> PilotDesign("2022", "2023", area="district", treated=["north", "east"]).has_comparison
    True
    """

    before: str
    after: str
    linked: Linking = None
    zone: str | None = None
    _: KW_ONLY
    earlier: Sequence[str] = ()
    later: Sequence[str] = ()
    area: str | None = None
    treated: Sequence[str] = ()
    comparison: Sequence[str] | None = None
    randomized: bool = False
    clusters: str | None = None
    weights: str | None = None
    covariates: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in ("before", "after"):
            object.__setattr__(self, name, _name(getattr(self, name), name, "PilotDesign"))
        for name in ("zone", "area", "clusters", "weights"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _name(getattr(self, name), name, "PilotDesign"))
        for name in ("earlier", "later", "treated", "comparison", "covariates"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _names(getattr(self, name), name))
        if not (self.linked is None or isinstance(self.linked, bool) or self.linked == "overlap"):
            message = "The `linked` argument of `PilotDesign` must be True, False, 'overlap' or None (find out)."
            raise DesignError(f"{message} Got {self.linked!r}.")
        if not isinstance(self.randomized, bool):
            raise DesignError("The `randomized` argument of `PilotDesign` must be True or False: did a lot decide?")
        _different(self.before, self.after, "waves", "PilotDesign")
        _each_once(self.waves, "wave")
        self._check_areas()

    @property
    def contrast(self) -> str:
        """The direction of every difference: after minus before."""
        return f"{self.after} - {self.before}"

    @property
    def waves(self) -> tuple[str, ...]:
        """All waves in order of time."""
        return (*self.earlier, self.before, self.after, *self.later)

    @property
    def has_comparison(self) -> bool:
        """Whether areas with the pilot are compared with areas without it."""
        return bool(self.treated)

    @property
    def is_plain(self) -> bool:
        """Whether there are just two waves: no areas, clusters, weights, covariates, further waves or overlap."""
        more = (self.earlier, self.later, self.treated, self.clusters, self.weights, self.covariates)
        return not any(more) and self.linked != "overlap"

    def _check_areas(self) -> None:
        if self.area is None and (self.treated or self.comparison):
            message = "`PilotDesign` names areas, but not the column that holds them."
            raise DesignError(
                f"{message} Add `area='column'`; keep it when reading: `read_responses(..., keep=[...])`."
            )
        if self.area is not None and not self.treated:
            message = f"`PilotDesign` has the areas' column {self.area!r}, but does not say where the pilot ran."
            raise DesignError(
                f"{message} Add `treated=[...]`. For areas as clusters only, pass `clusters={self.area!r}`."
            )
        if self.comparison is not None and not self.comparison:
            raise DesignError(
                "The `comparison` areas of `PilotDesign` are an empty list. Leave them out to take all others."
            )
        if self.randomized and not self.treated:
            raise DesignError("`randomized=True` speaks of areas. Add `area` and `treated` to `PilotDesign`.")
        _each_once((*self.treated, *(self.comparison or ())), "area")


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
    weights
        A kept column with the weight of each row.
    clusters
        A kept column that says which rows were drawn or asked together; a cluster may hold people of both groups.

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
    _: KW_ONLY
    weights: str | None = None
    clusters: str | None = None

    def __post_init__(self) -> None:
        for name in ("by", "first", "second", "weights", "clusters"):
            if name not in {"weights", "clusters"} or getattr(self, name) is not None:
                object.__setattr__(self, name, _name(getattr(self, name), name, "GroupDesign"))
        _different(self.first, self.second, "groups", "GroupDesign")

    @property
    def contrast(self) -> str:
        """The direction of every difference: second minus first."""
        return f"{self.second} - {self.first}"

    @property
    def is_plain(self) -> bool:
        """Whether each row counts once and is drawn by itself: no weights and no clusters."""
        return self.weights is None and self.clusters is None


def _name(value: object, argument: str, where: str) -> str:
    """Return a name as text; whole numbers such as a year are taken too."""
    text = str(value).strip() if isinstance(value, (str, numbers.Integral)) and not isinstance(value, bool) else ""
    if not text:
        raise DesignError(f"The `{argument}` argument of `{where}` must be a name such as '2023'. Got {value!r}.")
    return text


def _names(value: object, argument: str) -> tuple[str, ...]:
    """Return one name or several as a tuple of texts."""
    if not isinstance(value, (str, numbers.Integral)) and not isinstance(value, Iterable):
        raise DesignError(f"The `{argument}` argument of `PilotDesign` must be a list of names. Got {value!r}.")
    listed = value if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    return tuple(_name(one, argument, "PilotDesign") for one in listed)


def _each_once(names: Sequence[str], what: str) -> None:
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise DesignError(f"`PilotDesign` names the {what} {twice!r} twice. Name each {what} once.")


def _different(one: str, other: str, what: str, where: str) -> None:
    if one == other:
        instead = (
            "Groups within one wave are compared by `GroupDesign`." if what == "waves" else "Name two of its values."
        )
        raise DesignError(f"`{where}` compares two different {what}. Got {one!r} twice. {instead}")
