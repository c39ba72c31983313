"""How many of whom: quotas as the people who run a survey say them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trustmeter.errors import DesignError
from trustmeter.questionnaire.text import Text


@dataclass(frozen=True, slots=True)
class Quota:
    """A number of people after whom those who gave certain answers are asked no more.

    Parameters
    ----------
    name
        What it is called in LimeSurvey.
    limit
        After how many complete answers it is full.
    answers
        For each item the code that counts; all of them must be given.
    message
        What people read when it is full. By default a sentence of ours.

    Examples
    --------
    >>> Quota("women", 200, {"SEX": "F"}).limit
    200
    """

    name: str
    limit: int
    answers: Mapping[str, str]
    message: Text = field(default_factory=Text)


def quotas_of(said: Mapping[str, tuple[int, Mapping[str, str]]]) -> tuple[Quota, ...]:
    """Return quotas as they are said in a call: ``{"women": (200, {"SEX": "F"})}``."""
    quotas: list[Quota] = []
    for name, told in dict(said).items():
        match told:
            case (limit, Mapping() as answers):
                codes = {str(item): str(code) for item, code in answers.items()}
                quotas.append(Quota(str(name), limit, codes))
            case _:
                message = f"The quota {name!r} must be a number and the answers that count."
                raise DesignError(f"{message} Write `quotas={{'women': (200, {{'SEX': 'F'}})}}`.")
    return tuple(quotas)
