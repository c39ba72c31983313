"""From a Questionnaire back to the files that people edit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trustmeter.errors import QuestionnaireError
from trustmeter.questionnaire.document import EVIDENCE, STRUCTURE
from trustmeter.questionnaire.evidence import Finding
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale, Scale, Section
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not
from trustmeter.questionnaire.structure import option_value
from trustmeter.questionnaire.text import Text

SCHEMA_LINE = "# yaml-language-server: $schema=../schema.json\n"

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_UNPRINTED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def write_questionnaire(questionnaire: Questionnaire, folder: str | Path) -> Path:
    """Write a questionnaire's files: structure, one file a language, evidence.

    Reading the folder gives the same questionnaire. ``SOURCE.md`` is not written: it is prose for its author to write.

    Parameters
    ----------
    questionnaire
        What is asked.
    folder
        Where to write; made when it is not there.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    QuestionnaireError
        When the folder already holds a questionnaire, or cannot be written.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from trustmeter.questionnaire.reader import read_questionnaire
    >>> from trustmeter.questionnaire.shelf import load_questionnaire
    >>> encounter = load_questionnaire("encounter")
    >>> read_questionnaire(write_questionnaire(encounter, mkdtemp() + "/encounter")) == encounter
    True
    """
    target = Path(folder)
    if (target / STRUCTURE).exists():
        raise QuestionnaireError(f"The folder {target.name!r} already holds a questionnaire. Choose another one.")
    files = {STRUCTURE: SCHEMA_LINE + as_yaml(_structure(questionnaire))}
    files |= {f"{language}.yaml": as_yaml(texts_of(questionnaire, language)) for language in questionnaire.languages}
    if questionnaire.evidence.statement or questionnaire.evidence.findings:
        files[EVIDENCE] = as_yaml(_evidence(questionnaire))
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (target / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise QuestionnaireError(f"The folder {target.name!r} cannot be written: {why}. Choose another one.") from None
    return target


def as_yaml(tree: Mapping[str, Any]) -> str:
    """Return a tree of mappings, lists and texts as YAML; members of lists that hold no long list stand on one line."""
    return "\n".join(_lines(tree, 0)) + "\n"


def texts_of(questionnaire: Questionnaire, language: str) -> dict[str, Any]:
    """Return what a language file says: every text that is there in that language."""
    tree: dict[str, Any] = {}

    def put(text: Text, *path: str) -> None:
        said = text.by_language.get(language, "")
        if said:
            branch = tree
            for key in path[:-1]:
                branch = branch.setdefault(key, {})
            branch[path[-1]] = said

    put(questionnaire.title, "title")
    put(questionnaire.description, "description")
    put(questionnaire.introduction, "introduction")
    for section in questionnaire.sections:
        put(section.title, "sections", section.id, "title")
        put(section.text, "sections", section.id, "text")
    for item in questionnaire.items:
        put(item.text, "items", item.id)
    for scale in questionnaire.response_scales:
        for option in scale.options:
            if not (
                _between(option, scale) and dict(option.text.by_language) == {questionnaire.base_language: option.code}
            ):
                put(option.text, "response_scales", scale.id, option.code)
    for measured in questionnaire.scales:
        put(measured.name, "scales", measured.id, "name")
        put(measured.description, "scales", measured.id, "description")
    return tree


def _between(option: Option, scale: ResponseScale) -> bool:
    """Tell whether an option is a number between the ends of an ordered scale, which may go without a text."""
    inner = scale.substantive[1:-1] if scale.type == "ordinal" else ()
    return option in inner and option.code.lstrip("-").isdigit()


def _structure(questionnaire: Questionnaire) -> dict[str, Any]:
    return _without_nothing(
        id=questionnaire.id,
        version=questionnaire.version,
        status=questionnaire.status,
        base_language=questionnaire.base_language,
        languages=list(questionnaire.languages),
        unfinished_languages=dict(questionnaire.unfinished.by_language),
        licence=questionnaire.licence,
        source=questionnaire.source,
        response_scales=[_response_scale(scale) for scale in questionnaire.response_scales],
        sections=[_section(section) for section in questionnaire.sections],
        scales=[_scale(scale) for scale in questionnaire.scales],
    )


def _response_scale(scale: ResponseScale) -> dict[str, Any]:
    return _without_nothing(
        id=scale.id, type=scale.type, minimum=_number(scale.minimum), maximum=_number(scale.maximum),
        options=[_option(option, scale.type) for option in scale.options],
    )  # fmt: skip


def _option(option: Option, response_type: str) -> dict[str, Any]:
    known = option_value({"code": option.code} | ({"kind": option.kind} if option.kind else {}), response_type)
    value = "" if option.value == known else _number(option.value)
    return _without_nothing(code=option.code, kind=option.kind or "", value=value)


def _section(section: Section) -> dict[str, Any]:
    return _without_nothing(
        id=section.id, show_if=_condition(section.show_if), optional=_flag(section.optional),
        special_category=_flag(section.special_category), reason=section.reason,
        items=[_item(item) for item in section.items],
    )  # fmt: skip


def _item(item: Item) -> dict[str, Any]:
    return _without_nothing(
        id=item.id, response_scale=item.response_scale.id, show_if=_condition(item.show_if),
        short_form=_flag(item.short_form), required=_flag(item.required),
    )  # fmt: skip


def _scale(scale: Scale) -> dict[str, Any]:
    turned = [item for item in scale.items if item in scale.reversed]
    return {
        "id": scale.id,
        "items": list(scale.items),
        "reversed": turned,
        "min_answered": str(scale.min_answered),
        **({"parent": scale.parent} if scale.parent else {}),
    }


def _condition(condition: Condition | None) -> dict[str, Any]:
    match condition:
        case None:
            return {}
        case Equals(item=item, code=code):
            return {"eq": [item, code]}
        case IsIn(item=item, codes=codes):
            return {"in": [item, list(codes)]}
        case Not(condition=inner):
            return {"not": _condition(inner)}
        case AllOf(conditions=parts):
            return {"and": [_condition(part) for part in parts]}
        case AnyOf(conditions=parts):
            return {"or": [_condition(part) for part in parts]}


def _evidence(questionnaire: Questionnaire) -> dict[str, Any]:
    known = questionnaire.evidence
    return {
        "status": questionnaire.status,
        "statement": known.statement,
        "records": [finding_tree(finding) for finding in known.findings],
    }


def finding_tree(finding: Finding) -> dict[str, Any]:
    """Return a finding as ``evidence.yaml`` holds it."""
    return _without_nothing(
        property=finding.property, statistic=finding.statistic, value=finding.value, interval=list(finding.interval),
        n="" if finding.n is None else str(finding.n), population=finding.population,
        language=_one_or_several(finding.languages), mode=_one_or_several(finding.modes), source=finding.source,
        rating=finding.rating, criterion=finding.criterion,
    )  # fmt: skip


def _one_or_several(words: tuple[str, ...]) -> str | list[str]:
    return words[0] if len(words) == 1 else list(words)


def _without_nothing(**said: Any) -> dict[str, Any]:
    return {key: value for key, value in said.items() if value not in ("", [], {}, None)}


def _flag(value: bool) -> str:
    return "yes" if value else ""


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if float(value).is_integer() else f"{value:.17f}".rstrip("0")


def _lines(tree: Mapping[str, Any], depth: int) -> Iterator[str]:
    blanks = "  " * depth
    for key, said in tree.items():
        name = f"{blanks}{_scalar(key)}:"
        if isinstance(said, Mapping) and depth == 0 and said:
            yield name
            yield from _lines(said, depth + 1)
        elif isinstance(said, list) and said and isinstance(said[0], Mapping):
            yield name
            for member in said:
                yield from _member(member, depth + 1)
        else:
            yield f"{name} {_flow(said)}"


def _member(member: Mapping[str, Any], depth: int) -> Iterator[str]:
    """Return one member of a list: on one line, unless it holds a list of mappings or prose."""
    blanks = "  " * depth
    long = any(isinstance(said, list) and said and isinstance(said[0], Mapping) for said in member.values())
    if not long and len(_flow(member)) < 100:
        yield f"{blanks}- {_flow(member)}"
        return
    first, *rest = _lines(member, depth + 1)
    yield f"{blanks}- {first.lstrip()}"
    yield from rest


def _flow(said: Any) -> str:
    if isinstance(said, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(value)}" for key, value in said.items()) + "}"
    if isinstance(said, list):
        return "[" + ", ".join(_flow(value) for value in said) + "]"
    return _scalar(str(said))


def _scalar(text: str) -> str:
    """Return a text as YAML reads it back unchanged: bare where it is one plain word, else in double quotes."""
    if _PLAIN.fullmatch(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
