"""What is asked: a questionnaire as plain, frozen data. Knows no respondents, no tools, no scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from trustmeter.errors import DesignError, unknown_word
from trustmeter.options import NonAnswerKind, ResponseType
from trustmeter.questionnaire.evidence import Evidence
from trustmeter.questionnaire.routing import AllOf, Condition
from trustmeter.questionnaire.text import Text


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that a response scale offers.

    Parameters
    ----------
    code
        What is stored: one to five letters or digits, always text (``"1"``, ``"88"``, ``"F"``).
    text
        What the respondent reads.
    kind
        ``None`` for a substantive answer, else why this is no substantive answer.
    value
        The number used in scoring; ``None`` for a code without one.
    """

    code: str
    text: Text
    kind: NonAnswerKind | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True)
class ResponseScale:
    """The answers that an item offers, in order.

    Parameters
    ----------
    id
        The name that items refer to.
    type
        ``"ordinal"``, ``"nominal"``, ``"number"`` or ``"text"``.
    options
        The options in the order shown. For numbers and texts only the non-answers.
    minimum, maximum
        The allowed range of a number; ``None`` for the other types.
    """

    id: str
    type: ResponseType
    options: tuple[Option, ...]
    minimum: float | None = None
    maximum: float | None = None

    @property
    def substantive(self) -> tuple[Option, ...]:
        """The options that are answers in substance, in order."""
        return tuple(option for option in self.options if option.kind is None)

    @property
    def non_answers(self) -> tuple[Option, ...]:
        """The options such as *don't know* and *prefer not to say*, in order."""
        return tuple(option for option in self.options if option.kind is not None)

    @property
    def range(self) -> tuple[float, float] | None:
        """Lowest and highest value that can be scored, or ``None`` where nothing can be."""
        if self.type == "number":
            return None if self.minimum is None or self.maximum is None else (self.minimum, self.maximum)
        values = [option.value for option in self.substantive if option.value is not None]
        return (min(values), max(values)) if self.type == "ordinal" and values else None

    @property
    def numeric_codes(self) -> bool:
        """Whether every substantive code is a plain whole number (``"1"`` is, ``"01"`` and ``"F"`` are not)."""
        if self.type == "number":
            return True
        codes = [option.code for option in self.substantive]
        return bool(codes) and all(_is_plain_integer(code) for code in codes)


@dataclass(frozen=True, slots=True)
class Item:
    """One question.

    Parameters
    ----------
    id
        Permanent: a letter, then at most nineteen letters or digits.
    text
        The wording.
    response_scale
        The answers it offers.
    show_if
        When it is asked; ``None`` means always. The section's condition counts too.
    short_form
        Whether the item belongs to the short form.
    required
        Whether a tool should insist on an answer (consent gates).
    """

    id: str
    text: Text
    response_scale: ResponseScale
    show_if: Condition | None = None
    short_form: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A run of items under one heading.

    Parameters
    ----------
    id, title, text, items
        The name, the heading, the stem that is read before the items, and the items.
    show_if
        When the section is asked; ``None`` means always.
    optional
        Whether a zone may leave the whole section out.
    special_category
        Whether it asks for special-category personal data (GDPR article 9).
    reason
        Why such data are asked for; needed when `special_category` is true.
    """

    id: str
    title: Text
    text: Text
    items: tuple[Item, ...]
    show_if: Condition | None = None
    optional: bool = False
    special_category: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """A construct and the items that measure it. A dimension is a scale with a parent.

    Parameters
    ----------
    id
        Lower snake case; becomes a column of the scores.
    name, description
        For people.
    items
        Ids of its items. For a parent: its own, or those of its dimensions in order.
    reversed
        Ids of those items that count in the other direction.
    min_answered
        How many items must be answered before a score is given.
    parent
        The id of the scale that this is a dimension of, or ``None``.
    """

    id: str
    name: Text
    items: tuple[str, ...]
    reversed: frozenset[str]
    min_answered: int
    parent: str | None = None
    description: Text = field(default_factory=Text)


@dataclass(frozen=True, eq=True)
class Questionnaire:
    """A questionnaire: what is asked, of whom, in which languages, and how it is meant to be scored.

    Parameters
    ----------
    id, version
        ``"community-trust"``, ``"1.0.0"``. A change of wording is a new version.
    status
        One honest word for the evidence: ``"adapted"``, ``"published"``, ``"piloted"``, ``"validated"``, ``"draft"``.
    base_language, languages
        The source language and all languages, base first.
    title, description, introduction
        For people; the introduction is shown to respondents before the first question.
    sections, scales, response_scales
        The contents, in order.
    licence, source
        Under what terms, and the citation, in one line each.
    evidence
        What is known about it as a meter.
    unfinished
        For each language that must not be fielded yet, why (``"Drafted by machine, not reviewed."``); texts may be
        missing in it.
    fingerprint
        A hash of every word and code: it identifies the wording.
    """

    id: str
    version: str
    status: str
    base_language: str
    languages: tuple[str, ...]
    title: Text
    description: Text
    introduction: Text
    sections: tuple[Section, ...]
    scales: tuple[Scale, ...]
    response_scales: tuple[ResponseScale, ...]
    licence: str = ""
    source: str = ""
    evidence: Evidence = field(default_factory=Evidence)
    unfinished: Text = field(default_factory=Text)
    fingerprint: str = ""

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All items, in the order asked."""
        return tuple(item for section in self.sections for item in section.items)

    @cached_property
    def _item_by_id(self) -> Mapping[str, Item]:
        return {item.id: item for item in self.items}

    @cached_property
    def _scale_by_id(self) -> Mapping[str, Scale]:
        return {scale.id: scale for scale in self.scales}

    def item(self, item_id: str) -> Item:
        """Return the item of that id, or raise `DesignError` with the nearest one."""
        if item_id not in self._item_by_id:
            raise DesignError(unknown_word("item", item_id, self._item_by_id, f"questionnaire {self.id!r}"))
        return self._item_by_id[item_id]

    def scale(self, scale_id: str) -> Scale:
        """Return the scale of that id, or raise `DesignError` with the nearest one."""
        if scale_id not in self._scale_by_id:
            raise DesignError(unknown_word("scale", scale_id, self._scale_by_id, f"questionnaire {self.id!r}"))
        return self._scale_by_id[scale_id]

    def dimensions(self, scale_id: str) -> tuple[Scale, ...]:
        """Return the scales whose parent is `scale_id`."""
        return tuple(scale for scale in self.scales if scale.parent == scale_id)

    def condition(self, item_id: str) -> Condition | None:
        """Return when an item is asked: its section's condition and its own, together."""
        for section in self.sections:
            for item in section.items:
                if item.id == item_id:
                    parts = tuple(part for part in (section.show_if, item.show_if) if part is not None)
                    return AllOf(parts) if len(parts) > 1 else (parts[0] if parts else None)
        raise DesignError(unknown_word("item", item_id, self._item_by_id, f"questionnaire {self.id!r}"))

    @property
    def standing(self) -> str:
        """One honest line on the evidence: *adapted - not yet validated*, *piloted in n = 212*, *validated in fr*."""
        return self.evidence.standing(self.status, self.languages)

    def __str__(self) -> str:
        languages = ", ".join(f"{tag} (unfinished)" if self.unfinished.has(tag) else tag for tag in self.languages)
        return (
            f"{self.id} {self.version}: {self.title} ({len(self.items)} items, {len(self.scales)} scales; "
            f"{languages}; {self.standing})"
        )

    __repr__ = __str__


def _is_plain_integer(code: str) -> bool:
    return code.lstrip("-").isdigit() and str(int(code)) == code
