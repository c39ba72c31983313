"""One string in several languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ps", "ur"})


def is_right_to_left(language: str) -> bool:
    """Tell whether a language is written from right to left.

    Examples
    --------
    >>> is_right_to_left("ar-MA"), is_right_to_left("nl")
    (True, False)
    """
    return language.partition("-")[0] in _RIGHT_TO_LEFT


@dataclass(frozen=True, slots=True)
class Text:
    """One string in several languages, with a base language to fall back on.

    Parameters
    ----------
    by_language
        The string of each language, keyed by its tag (``"fr"``).
    base
        The tag to fall back on when a language is asked for that is not there.

    Examples
    --------
    >>> hello = Text({"en": "Hello", "fr": "Bonjour"}, base="en")
    >>> hello.read("fr"), hello.read("nl")
    ('Bonjour', 'Hello')
    """

    by_language: Mapping[str, str] = field(default_factory=dict)
    base: str = "en"

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_language", MappingProxyType(dict(self.by_language)))

    def read(self, language: str | None = None) -> str:
        """Return the string in `language`, else in the base language, else an empty string."""
        found = self.by_language.get(language or self.base)
        return found if found is not None else self.by_language.get(self.base, "")

    def has(self, language: str) -> bool:
        """Tell whether `language` has a string of its own that is not blank."""
        return bool(self.by_language.get(language, "").strip())

    def missing_in(self, languages: Iterable[str]) -> tuple[str, ...]:
        """Return those of `languages` in which the string is missing or blank."""
        return tuple(language for language in languages if not self.has(language))

    def __str__(self) -> str:
        return self.read()

    def __hash__(self) -> int:
        return hash((tuple(sorted(self.by_language.items())), self.base))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Text):
            return NotImplemented
        return dict(self.by_language) == dict(other.by_language) and self.base == other.base

    def __reduce__(self) -> tuple[type[Text], tuple[dict[str, str], str]]:
        return (Text, (dict(self.by_language), self.base))
