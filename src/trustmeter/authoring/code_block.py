"""A questionnaire gets the questions that make a code, so that waves can be linked without names."""

from __future__ import annotations

from dataclasses import replace
from tempfile import TemporaryDirectory

from trustmeter.authoring.writing import write_questionnaire
from trustmeter.errors import DesignError
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.reader import read_questionnaire
from trustmeter.questionnaire.routing import Condition, Equals, items_of
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.questionnaire.text import Text

_CODE = "link-code"
_SECTION = "link_code"


def add_link_code(questionnaire: Questionnaire) -> Questionnaire:
    """Return a questionnaire with seven short questions at its end that make a code for linking waves.

    Use it when the same people will be asked again and nobody may know who they are. The result is exported and read as
    any questionnaire; afterwards `link_waves` puts the waves together. Add it in all waves alike.

    Parameters
    ----------
    questionnaire
        What is asked. It is not changed.

    Returns
    -------
    Questionnaire
        The same with the section ``link_code`` (items ``LC01`` to ``LC07``), asked of those who agreed to take part. Its
        fingerprint tells it from the questionnaire without a code.

    Raises
    ------
    DesignError
        When it has such questions already, an id is taken, or the code lacks a language that is finished in it.

    Notes
    -----
    First letters of the parents' first names and of the place of birth, older brothers and sisters, day of the month of
    birth, writing hand. Never parts of the person's own name, and of the birth neither month nor year: together they would
    find a person in a register. ``SOURCE.md`` of ``link-code`` gives the reasons.

    References
    ----------
    Schnell, R., Bachteler, T., & Reiher, J. (2010). Improving the use of self-generated identification codes. Evaluation
    Review, 34(5), 391-418. doi:10.1177/0193841X10387576

    Examples
    --------
    >>> import trustmeter as tm
    >>> survey = tm.add_link_code(tm.load_questionnaire("community-trust-short"))
    >>> [item.id for item in survey.items][-3:]
    ['LC05', 'LC06', 'LC07']
    """
    if not isinstance(questionnaire, Questionnaire):
        raise DesignError("`add_link_code` takes a questionnaire. Load it first with `load_questionnaire`.")
    code = load_questionnaire(_CODE)
    block = next(section for section in code.sections if section.id == _SECTION)
    _check(questionnaire, code, block)
    scales = {item.response_scale.id: _in(item.response_scale, questionnaire) for item in block.items}
    items = tuple(
        Item(item.id, _text(item.text, questionnaire), scales[item.response_scale.id]) for item in block.items
    )
    added = Section(
        id=block.id, title=_text(block.title, questionnaire), text=_text(block.text, questionnaire), items=items,
        show_if=_gate(questionnaire), optional=True,
    )  # fmt: skip
    made = replace(
        questionnaire,
        sections=(*questionnaire.sections, added),
        response_scales=(*questionnaire.response_scales, *scales.values()),
    )
    with TemporaryDirectory() as folder:
        return replace(made, fingerprint=read_questionnaire(write_questionnaire(made, folder)).fingerprint)


def _check(questionnaire: Questionnaire, code: Questionnaire, block: Section) -> None:
    ids = {item.id.lower() for item in questionnaire.items}
    ids |= {section.id for section in questionnaire.sections} | {scale.id for scale in questionnaire.response_scales}
    new = [block.id, *(item.id for item in block.items), *(item.response_scale.id for item in block.items)]
    taken = sorted({one for one in new if one.lower() in ids})
    if taken:
        message = f"The questionnaire {questionnaire.id!r} has {', '.join(taken)} already: no code can be added."
        raise DesignError(f"{message} `add_link_code` is called once, on the questionnaire without a code.")
    finished = [tag for tag in questionnaire.languages if not questionnaire.unfinished.has(tag)]
    ready = [tag for tag in code.languages if not code.unfinished.has(tag)]
    lacking = [tag for tag in finished if tag not in ready]
    if lacking:
        message = f"The questions of the code are not there in {', '.join(lacking)}, only in {', '.join(ready)}."
        raise DesignError(f"{message} Copy `link-code`, translate it, and add its section to your own files.")


def _gate(questionnaire: Questionnaire) -> Condition | None:
    """Return the condition of consent: what all sections after a required first question hang on."""
    first = questionnaire.items[0]
    for section in questionnaire.sections[1:]:
        if first.required and section.show_if is not None and items_of(section.show_if) == (first.id,):
            return section.show_if
    return Equals(first.id, first.response_scale.substantive[0].code) if first.required else None


def _in(scale: ResponseScale, questionnaire: Questionnaire) -> ResponseScale:
    options = tuple(
        Option(option.code, _text(option.text, questionnaire), option.kind, option.value) for option in scale.options
    )
    return replace(scale, options=options)


def _text(text: Text, questionnaire: Questionnaire) -> Text:
    """Return a text in the languages of the questionnaire, with its base language."""
    there = {tag: text.by_language[tag] for tag in questionnaire.languages if text.has(tag)}
    return Text(there, base=questionnaire.base_language)
