"""The naive reading of routing that every tool's file must share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import pytest

from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not
from trustmeter.questionnaire.shelf import list_questionnaires, load_questionnaire

loaded = cache(load_questionnaire)
FOR_READING_ONLY = {"afrobarometer-trust", "residents-justice-2013", "wvs-confidence"}
NAMES = [name for name in list_questionnaires()["id"] if name not in FOR_READING_ONLY]


@pytest.fixture(params=NAMES)
def questionnaire(request: pytest.FixtureRequest) -> Questionnaire:
    """Return each questionnaire of the shelf that can be asked."""
    return loaded(request.param)


def _surely(condition: Condition | None, answers: Mapping[str, str]) -> bool:  # noqa: PLR0911
    """Tell whether a condition holds when an unanswered question fulfils nothing, no *not* either."""
    match condition:
        case None:
            return True
        case Equals(item=item, code=code):
            return answers.get(item) == code
        case IsIn(item=item, codes=codes):
            return answers.get(item) in codes
        case Not(condition=Equals(item=item) | IsIn(item=item) as inner):
            return item in answers and not _surely(inner, answers)
        case Not(condition=Not(condition=inner)):
            return _surely(inner, answers)
        case Not(condition=AllOf(conditions=parts)):
            return any(_surely(Not(part), answers) for part in parts)
        case Not(condition=AnyOf(conditions=parts)):
            return all(_surely(Not(part), answers) for part in parts)
        case AllOf(conditions=parts):
            return all(_surely(part, answers) for part in parts)
        case AnyOf(conditions=parts):
            return any(_surely(part, answers) for part in parts)
    return False


@pytest.fixture(scope="session")
def asked() -> Callable[[Questionnaire, Mapping[str, str]], set[str]]:
    """Return the function that tells which items are asked of a person, whose answers to the others do not count."""

    def told(questionnaire: Questionnaire, answers: Mapping[str, str]) -> set[str]:
        found: set[str] = set()
        for item in questionnaire.items:
            given = {name: code for name, code in answers.items() if name in found}
            if _surely(questionnaire.condition(item.id), given):
                found.add(item.id)
        return found

    return told


@pytest.fixture
def without_minus(awkward: Questionnaire) -> Questionnaire:
    """Return the awkward questionnaire with codes that a form can hold."""
    from dataclasses import replace

    def mended(scale):  # type: ignore[no-untyped-def]
        options = tuple(replace(option, code=option.code.replace("-", "")) for option in scale.options)
        return replace(scale, options=options)

    scales = {scale.id: mended(scale) for scale in awkward.response_scales}
    sections = tuple(
        replace(
            section, items=tuple(replace(item, response_scale=scales[item.response_scale.id]) for item in section.items)
        )
        for section in awkward.sections
    )
    return replace(awkward, sections=sections, response_scales=tuple(scales.values()))
