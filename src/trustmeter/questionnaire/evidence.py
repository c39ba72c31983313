"""What is known about an instrument: findings, each about one measurement property, and what they allow it to call itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

NEEDED_IN_A_LANGUAGE = ("structural_validity", "internal_consistency", "measurement_invariance")
"""Without sufficient findings on all of these in a language, nothing is called validated in it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding about one measurement property, as COSMIN sorts them.

    Parameters
    ----------
    property
        ``"internal_consistency"`` and its like.
    rating
        ``"sufficient"``, ``"insufficient"``, ``"inconsistent"`` or ``"indeterminate"``.
    source
        A citation with DOI, or how it was computed.
    statistic, value, interval
        What was found, as written; `interval` is two texts or none.
    n
        How many people, or ``None``.
    population, languages, modes
        Of whom, in which languages and by which modes; empty where it holds for all or nothing is said.
    criterion
        The rule that the rating goes by.
    """

    property: str
    rating: str
    source: str
    statistic: str = ""
    value: str = ""
    interval: tuple[str, ...] = ()
    n: int | None = None
    population: str = ""
    languages: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    criterion: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence record of one questionnaire.

    Parameters
    ----------
    statement
        One paragraph, plainly what is known and what is not.
    findings
        In the order in which they were written.
    """

    statement: str = ""
    findings: tuple[Finding, ...] = ()

    def validated_in(self, languages: Iterable[str]) -> tuple[str, ...]:
        """Return those of `languages` in which every property that is needed has sufficient findings and no other."""
        return tuple(language for language in languages if not self.lacking(language))

    def lacking(self, language: str) -> tuple[str, ...]:
        """Return the needed properties without a sufficient finding in a language, or with one that contradicts it."""
        lacking = []
        for name in NEEDED_IN_A_LANGUAGE:
            ratings = {one.rating for one in self.findings if one.property == name and language in one.languages}
            if "sufficient" not in ratings or ratings & {"insufficient", "inconsistent"}:
                lacking.append(name)
        return tuple(lacking)

    @property
    def largest_n(self) -> int | None:
        """The most people that any finding rests on."""
        return max((one.n for one in self.findings if one.n is not None), default=None)

    def standing(self, status: str, languages: Iterable[str]) -> str:
        """Return one honest line for a status, such as ``"adapted - not yet validated"``.

        Whatever the status says, the word *validated* stands before a language only where the findings carry it.
        """
        carried = self.validated_in(languages)
        if status == "validated" and carried:
            return f"validated in {', '.join(carried)}"
        if status in {"validated", "piloted"}:
            number = "" if self.largest_n is None else f" in n = {self.largest_n}"
            return f"piloted{number} - not yet validated"
        return _STANDINGS.get(status, status)


_STANDINGS = {
    "draft": "draft - not for use",
    "adapted": "adapted - not yet validated",
    "published": "published - a reference for reading its data, not a form to field",
}
