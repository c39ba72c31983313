"""Routing on paper: the sentences that send a reader on, such as *Answer question 4 only if …, otherwise go to 5*."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not


@dataclass(frozen=True)
class Instructions:
    """Where a reader of the printed questionnaire is told to go on, in one language.

    A condition is told where its run of questions begins. It is told again at the start of each later section of that
    run, and where a reader may arrive who jumped over the first telling. A condition that holds to the end is told once:
    who does not meet it has stopped.

    Parameters
    ----------
    questionnaire
        What is asked.
    language
        The tag of the language.
    words
        The sentences with gaps: ``only_one only_many else_next else_end answered not_answered not and or quote``.
    """

    questionnaire: Questionnaire
    language: str
    words: Mapping[str, str]

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The printed number of each item, from 1."""
        return {item.id: number for number, item in enumerate(self.questionnaire.items, start=1)}

    @cached_property
    def conditions(self) -> tuple[tuple[Condition, ...], ...]:
        """What must hold for each question, as single conditions that must all hold."""
        asked = (self.questionnaire.condition(item.id) for item in self.questionnaire.items)
        return tuple(tuple(dict.fromkeys(_single(condition))) for condition in asked)

    def before(self, item_id: str) -> tuple[str, ...]:
        """Return the sentences that stand before an item."""
        place = self.numbers[item_id] - 1
        told = (part for part in self.conditions[place] if self._is_told(part, place))
        return tuple(self._sentence(part, place) for part in told)

    def _is_told(self, part: Condition, place: int) -> bool:
        first, last = self._first(part, place), self._last(part, place)
        opens_section = any(
            section.items[:1] == (self.questionnaire.items[place],) for section in self.questionnaire.sections
        )
        holds_to_the_end = last == len(self.conditions) - 1
        ended = [other for other in self.conditions[place - 1] if other not in self.conditions[place]] if place else []
        jumped_over = any(self._first(other, place - 1) < first for other in ended)
        return first == place or jumped_over or (opens_section and not holds_to_the_end)

    def _first(self, part: Condition, place: int) -> int:
        while place > 0 and part in self.conditions[place - 1]:
            place -= 1
        return place

    def _last(self, part: Condition, place: int) -> int:
        while place + 1 < len(self.conditions) and part in self.conditions[place + 1]:
            place += 1
        return place

    def _sentence(self, part: Condition, place: int) -> str:
        first, last = place + 1, self._last(part, place) + 1
        only = self.words["only_one" if first == last else "only_many"]
        otherwise = self.words["else_end" if last == len(self.conditions) else "else_next"]
        return f"{only.format(first=first, last=last, condition=self.tell(part))} {otherwise.format(next=last + 1)}"

    def tell(self, condition: Condition) -> str:
        """Return a condition in words: *you answered “Yes” to question 12*."""
        match condition:
            case Equals(item=item, code=code):
                return self._answer("answered", item, (code,))
            case IsIn(item=item, codes=codes):
                return self._answer("answered", item, codes)
            case Not(condition=Equals(item=item, code=code)):
                return self._answer("not_answered", item, (code,))
            case Not(condition=IsIn(item=item, codes=codes)):
                return self._answer("not_answered", item, codes)
            case Not(condition=inner):
                return self.words["not"].format(condition=self.tell(inner))
            case AllOf(conditions=parts):
                return self.words["and"].join(self._nested(part) for part in parts)
            case AnyOf(conditions=parts):
                return self.words["or"].join(self._nested(part) for part in parts)

    def _nested(self, condition: Condition) -> str:
        told = self.tell(condition)
        return f"({told})" if isinstance(condition, (AllOf, AnyOf)) and len(condition.conditions) > 1 else told

    def _answer(self, word: str, item: str, codes: Sequence[str]) -> str:
        options = {option.code: option.text for option in self.questionnaire.item(item).response_scale.options}
        labels = [(options[code].read(self.language) if code in options else "") or code for code in codes]
        answer = self.words["or"].join(self.words["quote"].format(text=label) for label in labels)
        return self.words[word].format(number=self.numbers[item], answer=answer)


def _single(condition: Condition | None) -> Iterator[Condition]:
    if isinstance(condition, AllOf):
        for part in condition.conditions:
            yield from _single(part)
    elif condition is not None:
        yield condition
