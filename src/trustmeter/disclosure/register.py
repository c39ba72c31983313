"""What is out already: the register of a pilot's publications, so that no two of them give a few people away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MEANING = (
    "This register belongs to the pilot's data and is as confidential as they are: keep it in the zone, beside the reports, "
    "and never publish it. It holds no answer, no score and no code of a respondent. People stand in it as short codes that "
    "only its own key can make."
)
"""What the file says of itself."""


@dataclass(frozen=True, slots=True)
class PublishedGroup:
    """The people behind one group of figures of a publication.

    Parameters
    ----------
    measure
        What was told of them: ``"scale trust"``, ``"answers TR01"``. Figures of one measure can be subtracted.
    group
        Who they are: a wave, a part of a wave.
    people
        The name under which the register keeps the set of these people.
    """

    measure: str
    group: str
    people: str


@dataclass(frozen=True, slots=True)
class Publication:
    """One thing that was published.

    Parameters
    ----------
    id
        Its number in the register, ``"001"``.
    title, language, file
        What it was called, in which language, and the file's name without its folder.
    published
        When, as ``"2026-03-31"``.
    package_version
        The version of trustmeter.
    questionnaire, wording, data
        Id and version of the questionnaire, its fingerprint, and a keyed fingerprint of the answers.
    groups
        Every group of people about whom it tells something.
    withdrawn
        Empty, ``"replaced by 002"`` or ``"withdrawn"`` (it was out, so it still counts), or ``"never out"`` (it does not).
    """

    id: str
    title: str
    language: str
    file: str
    published: str
    package_version: str
    questionnaire: str
    wording: str
    data: str
    groups: tuple[PublishedGroup, ...]
    withdrawn: str = ""

    @property
    def counts(self) -> bool:
        """Whether anybody outside may have it."""
        return self.withdrawn != NEVER_OUT


NEVER_OUT = "never out"


@dataclass(frozen=True, eq=False, repr=False)
class PublicationRegister:
    """What a pilot has published, and the people behind each figure, as keyed codes.

    Two reports on nearly the same people give the few away who are in one of them only: whoever has both subtracts. With a
    register, `report` refuses the second. Read one with `read_register`; it is made by the first ``report(..., register=)``.

    Parameters
    ----------
    publications
        In the order in which they were recorded.
    people
        Set name → the people in it: for each the code of person and wave (12 characters) and of what was told (4).
    key
        The register's own key; never printed.

    Notes
    -----
    A publication is refused when, in figures of one measure, (a) a group holds 1 to 9 people whom one published before does
    not, or the other way round, people whose answers were changed being others; or (b) adding and subtracting up to three
    groups leaves 1 to 9 people (a whole less its parts). The same groups again always pass.

    Not covered: combinations of more than three groups, except that the parts of one partition count as one; figures of
    *different* measures that depend on each other (a scale and its items); what can be told of a difference of ten or more
    people, category by category; people whose code was changed between the publications; and what was published past the
    register.

    Examples
    --------
    >>> print(PublicationRegister())
    Nothing has been published.
    """

    publications: tuple[Publication, ...] = ()
    people: Mapping[str, frozenset[str]] = field(default_factory=dict)
    key: bytes = b""

    def __len__(self) -> int:
        return len(self.publications)

    def __iter__(self) -> Iterator[Publication]:
        return iter(self.publications)

    def summary(self) -> str:
        """Return one line a publication."""
        if not self.publications:
            return "Nothing has been published."
        return "\n".join(_line(one) for one in self.publications)

    def to_dict(self) -> dict[str, Any]:
        """Return the publications as plain values: no key, no code of a person."""
        told = (
            "id",
            "title",
            "language",
            "file",
            "published",
            "package_version",
            "questionnaire",
            "wording",
            "withdrawn",
        )
        return {"publications": [{name: getattr(one, name) for name in told} for one in self.publications]}

    def __str__(self) -> str:
        return self.summary()

    __repr__ = __str__


def _line(one: Publication) -> str:
    gone = f" ({one.withdrawn})" if one.withdrawn else ""
    return f"{one.id}  {one.published}  {one.file} [{one.language}]  {one.title}{gone}"
