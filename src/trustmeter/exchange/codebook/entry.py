"""One column of the answers, with all that a codebook says of it."""

from __future__ import annotations

from dataclasses import dataclass

from trustmeter.questionnaire.model import Item, Option, Questionnaire, Scale, Section


@dataclass(frozen=True, slots=True)
class Entry:
    """One column of the answers.

    Parameters
    ----------
    number
        Its place in the questionnaire, from 1.
    item, section
        The question, and where it stands.
    scales
        The scales that it measures, a scale before its dimensions.
    """

    number: int
    item: Item
    section: Section
    scales: tuple[Scale, ...]

    @property
    def turned(self) -> tuple[Scale, ...]:
        """The scales in which agreeing means less."""
        return tuple(scale for scale in self.scales if self.item.id in scale.reversed)


def entries_of(questionnaire: Questionnaire) -> tuple[Entry, ...]:
    """Return one entry an item, in the order asked."""
    placed = [(section, item) for section in questionnaire.sections for item in section.items]
    return tuple(
        Entry(number, item, section, tuple(scale for scale in questionnaire.scales if item.id in scale.items))
        for number, (section, item) in enumerate(placed, start=1)
    )


def label_of(option: Option, language: str) -> str:
    """Return an option's text; its code where it has none."""
    return option.text.read(language).strip() or option.code


def figure(number: float | None) -> str:
    """Return a number as people write it: ``16``, ``0.5``; an empty text for none."""
    if number is None:
        return ""
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def full_version(questionnaire: Questionnaire) -> str:
    """Return version and fingerprint: what identifies the wording."""
    return "-".join(part for part in (questionnaire.version, questionnaire.fingerprint) if part)
