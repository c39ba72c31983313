"""The rows of an XLSForm: sections as pages, the consent gate as a group around all that follows, routing, rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from trustmeter.exchange.forms.xlsform_refusal import used_scales
from trustmeter.exchange.forms.xlsform_words import Row, Wording, said, sentence, shown
from trustmeter.questionnaire.model import Item, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not, items_of
from trustmeter.questionnaire.text import Text

_CHOSEN = frozenset({"ordinal", "nominal"})
_FEWEST_LINES = 3
"""From so many lines on, questions with the same answers make a grid."""

_MOST_ANSWERS = 8
"""Up to so many answers stand side by side in a grid."""


def version_of(questionnaire: Questionnaire) -> str:
    """Return version and fingerprint: which wording the form holds."""
    return "-".join(part for part in (questionnaire.version, questionnaire.fingerprint) if part)


def survey_rows(questionnaire: Questionnaire, wording: Wording, *, grid: bool) -> Iterator[Row]:
    """Yield the rows of the sheet ``survey``. Names that are not an item's hold a ``_``, which no item's id does.

    Parameters
    ----------
    questionnaire
        What is asked.
    wording
        The languages.
    grid
        Whether several questions with the same answers stand in one grid, else one below the other.
    """
    yield {"type": "start", "name": "start"}
    yield {"type": "end", "name": "end"}
    yield {"type": "calculate", "name": "questionnaire_version", "calculation": f"'{version_of(questionnaire)}'"}
    if wording.is_said(questionnaire.introduction):
        title = wording.columns("label", questionnaire.title, questionnaire.id)
        yield {"type": "begin_group", "name": "introduction_page", **title, "appearance": "field-list"}
        yield _note("introduction_note", _introduction(questionnaire), wording)
        yield {"type": "end_group"}
    first, gate = consent_gate(questionnaire)
    for section in questionnaire.sections[:first]:
        yield from _section(section, wording, grid=grid)
    if gate is None:
        return
    yield {"type": "begin_group", "name": "after_consent", "relevant": relevance(gate)}
    for section in questionnaire.sections[first:]:
        yield from _section(replace(section, show_if=_without(section.show_if, gate)), wording, grid=grid)
    yield {"type": "end_group"}


def choice_rows(questionnaire: Questionnaire, wording: Wording) -> Iterator[Row]:
    """Yield the rows of the sheet ``choices``: answers in substance, then the non-answers."""
    for scale in used_scales(questionnaire):
        if scale.type in _CHOSEN:
            for option in (*scale.substantive, *scale.non_answers):
                yield {
                    "list_name": scale.id,
                    "name": option.code,
                    **wording.columns("label", option.text, option.code),
                }


def relevance(condition: Condition) -> str:
    """Return a condition in the syntax of XLSForm.

    Examples
    --------
    >>> relevance(AllOf((Equals("CO01", "1"), Not(IsIn("SEX", ("F", "X"))))))
    "${CO01} = '1' and not(${SEX} = 'F' or ${SEX} = 'X')"
    """
    match condition:
        case Equals(item=item, code=code):
            return f"${{{item}}} = '{code}'"
        case IsIn(item=item, codes=codes):
            return " or ".join(f"${{{item}}} = '{code}'" for code in codes)
        case Not(condition=inner):
            return f"not({relevance(inner)})"
        case AllOf(conditions=parts):
            return " and ".join(_bracketed(part) for part in parts)
        case AnyOf(conditions=parts):
            return " or ".join(_bracketed(part) for part in parts)


def _bracketed(condition: Condition) -> str:
    text = relevance(condition)
    return f"({text})" if isinstance(condition, (AnyOf, AllOf, IsIn)) else text


def consent_gate(questionnaire: Questionnaire) -> tuple[int, Condition | None]:
    """Return from which section on all are asked only of those who met a condition on required questions, and the condition.

    Where there is no such condition, the number is that of the sections.
    """
    sections = questionnaire.sections
    required = {item.id for item in questionnaire.items if item.required}
    for first in range(1, len(sections)):
        before = {item.id for section in sections[:first] for item in section.items} & required
        parts = [_parts(section.show_if) for section in sections[first:]]
        shared = [
            part for part in parts[0] if all(part in other for other in parts) and before.issuperset(items_of(part))
        ]
        if shared:
            return first, shared[0] if len(shared) == 1 else AllOf(tuple(shared))
    return len(sections), None


def _parts(condition: Condition | None) -> tuple[Condition, ...]:
    """Return the conditions that must all hold."""
    if isinstance(condition, AllOf):
        return tuple(dict.fromkeys(part for inner in condition.conditions for part in _parts(inner)))
    return () if condition is None else (condition,)


def _without(condition: Condition | None, gate: Condition) -> Condition | None:
    rest = tuple(part for part in _parts(condition) if part not in _parts(gate))
    return None if not rest else rest[0] if len(rest) == 1 else AllOf(rest)


def _introduction(questionnaire: Questionnaire) -> Text:
    """Return the introduction; an unfinished language says so below it."""
    texts = dict(questionnaire.introduction.by_language)
    for language, why in questionnaire.unfinished.by_language.items():
        texts[language] = "\n\n".join(part for part in (texts.get(language, ""), why) if part.strip())
    return Text(texts, base=questionnaire.introduction.base)


def _section(section: Section, wording: Wording, *, grid: bool) -> Iterator[Row]:
    title = wording.columns("label", section.title, section.id)
    opened = {"type": "begin_group", "name": f"{section.id}_section", **title, "appearance": "field-list"}
    yield {**opened, **_relevant(section.show_if)}
    if wording.is_said(section.text):
        yield _note(f"{section.id}_text", section.text, wording)
    for (scale_id, _, _), run in groupby(section.items, key=_line):
        items = list(run)
        if grid and scale_id and len(items) >= _FEWEST_LINES:
            opened = {"type": "begin_group", "name": f"{items[0].id}_grid", "appearance": "table-list"}
            yield {**opened, **_relevant(items[0].show_if)}
            yield from (_question(item, wording) for item in items)
            yield {"type": "end_group"}
        else:
            yield from ({**_question(item, wording), **_relevant(item.show_if)} for item in items)
    yield {"type": "end_group"}


def _line(item: Item) -> tuple[str, Condition | None, bool]:
    """Return what questions share that may stand in one grid; the scale is empty where none may."""
    scale = item.response_scale
    fits = scale.type == "ordinal" and len(scale.options) <= _MOST_ANSWERS
    return (scale.id if fits else "", item.show_if, item.required)


def _note(name: str, text: Text, wording: Wording) -> Row:
    return {"type": "note", "name": name, **wording.columns("label", text)}


def _question(item: Item, wording: Wording) -> Row:
    scale = item.response_scale
    row = {"type": f"select_one {scale.id}", "name": item.id, **wording.columns("label", item.text, item.id)}
    if scale.type == "number":
        row["type"] = "integer" if _is_whole(scale) else "decimal"
        row.update(_number_rule(scale, wording))
    elif scale.type == "text":
        row["type"] = "text"
    if scale.type not in _CHOSEN:
        hints = {f"hint::{wording.named(one)}": _code_hint(scale, one) for one in wording.languages}
        row.update({column: hint for column, hint in hints.items() if hint})
    if item.required:
        row |= {"required": "yes", **wording.sentences("required_message", "required")}
    return row


def _number_rule(scale: ResponseScale, wording: Wording) -> Row:
    """Return the range of a number and the codes beside it, with the sentence for a number that is neither."""
    low, high = (None if limit is None else _figure(limit) for limit in (scale.minimum, scale.maximum))
    if low is None or high is None:
        return {}
    allowed = [f"(. >= {low} and . <= {high})", *(f". = {option.code}" for option in scale.options)]
    message = {}
    for language in wording.languages:
        rule = shown(sentence(language, "between").format(low=low, high=high), language)
        message[f"constraint_message::{wording.named(language)}"] = f"{rule} {_code_hint(scale, language)}".strip()
    return {"constraint": " or ".join(allowed), **message}


def _code_hint(scale: ResponseScale, language: str) -> str:
    """Return how to give a non-answer in a field to write in. Leaving it empty says *no answer* already."""
    told = [option for option in scale.options if option.kind != "blank"]
    return " ".join(
        sentence(language, "code").format(code=option.code, text=said(option.text, language, option.code))
        for option in told
    )


def _relevant(condition: Condition | None) -> Row:
    return {} if condition is None else {"relevant": relevance(condition)}


def _is_whole(scale: ResponseScale) -> bool:
    return all(limit is None or float(limit).is_integer() for limit in (scale.minimum, scale.maximum))


def _figure(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def headings_of(rows: Sequence[Row], order: Iterable[str]) -> list[str]:
    """Return the headings that rows use: those of `order` first, each with its languages, then what is left."""
    used = list(dict.fromkeys(column for row in rows for column in row))
    known = [column for start in order for column in used if column.partition("::")[0] == start]
    return [*known, *(column for column in used if column not in known)]
