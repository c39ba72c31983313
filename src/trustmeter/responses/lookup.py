"""From what stands in a cell to the code of an option: by code, by whole number, by label in any language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from trustmeter.questionnaire.model import Option, ResponseScale
from trustmeter.responses.word import fold, whole_number


@dataclass(frozen=True, slots=True)
class OptionIndex:
    """The options of one response scale, findable in every way a file may write them.

    Parameters
    ----------
    by_code
        From the folded code to the code.
    by_number
        From a whole number to the one code that stands for it.
    by_label
        From the folded label, in any language, to the codes that carry it. More than one is ambiguous.
    """

    by_code: Mapping[str, str]
    by_number: Mapping[int, str]
    by_label: Mapping[str, frozenset[str]]

    def code_of(self, folded: str) -> str:
        """Return the code that a folded text is, or an empty text."""
        exact = self.by_code.get(folded)
        if exact is not None:
            return exact
        number = whole_number(folded)
        return self.by_number.get(number, "") if number is not None else ""

    def codes_labelled(self, folded: str) -> frozenset[str]:
        """Return the codes whose label, in any language, a folded text is."""
        return self.by_label.get(folded, frozenset())


def index_options(response_scale: ResponseScale) -> OptionIndex:
    """Return the index of a response scale's options."""
    labels: dict[str, set[str]] = defaultdict(set)
    for option in response_scale.options:
        for label in option.text.by_language.values():
            if fold(label):
                labels[fold(label)].add(option.code)
    return OptionIndex(
        by_code={fold(option.code): option.code for option in response_scale.options},
        by_number=_codes_by_number(response_scale),
        by_label={label: frozenset(codes) for label, codes in labels.items()},
    )


def _codes_by_number(response_scale: ResponseScale) -> dict[int, str]:
    if response_scale.type == "text":
        return {}
    found: dict[int, list[str]] = defaultdict(list)
    for option in response_scale.options:
        number = _number_of(option, plain_only=response_scale.type == "number")
        if number is not None:
            found[number].append(option.code)
    return {number: codes[0] for number, codes in found.items() if len(codes) == 1}


def _number_of(option: Option, *, plain_only: bool) -> int | None:
    number = whole_number(fold(option.code))
    return None if plain_only and str(number) != option.code else number
