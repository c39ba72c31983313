"""How long a questionnaire takes, and how many people a design needs: worked out, never typed into a card."""

from __future__ import annotations

import math
from dataclasses import dataclass

from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.planning.planned import plan
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.toolbox.model import PlanWish

ITEMS_A_MINUTE = 8
"""How many closed questions people answer in a minute: a rule of thumb, and an estimate wherever it is shown."""


@dataclass(frozen=True, slots=True)
class PlannedPeople:
    """What `plan` says of a wish.

    Parameters
    ----------
    needed
        People (in one zone) who find the smallest effect; ``None`` with areas.
    to_start
        People to ask at first, before some drop out; ``None`` where nobody is asked twice.
    detectable
        Effect in points that so many areas find; ``None`` for one zone.
    areas_needed
        Areas of each kind that find the smallest effect, the people in each as planned; ``None`` when out of reach.
    power, sd, correlation, attrition, icc
        What it rests on; ``None`` where it plays no part.
    """

    needed: int | None
    to_start: int | None
    detectable: float | None
    areas_needed: int | None
    power: float
    sd: float
    correlation: float | None
    attrition: float | None
    icc: float | None


def minutes_to_answer(questionnaire: Questionnaire) -> int:
    """Return how many minutes all questions take, rounded up: `ITEMS_A_MINUTE` a minute.

    Examples
    --------
    >>> from trustmeter.questionnaire.shelf import load_questionnaire
    >>> minutes_to_answer(load_questionnaire("encounter"))
    2
    """
    return math.ceil(len(questionnaire.items) / ITEMS_A_MINUTE)


def planned_people(wish: PlanWish) -> PlannedPeople:
    """Ask `plan`, with its usual values, for the numbers of a wish.

    Examples
    --------
    >>> planned_people(PlanWish(linked=False, smallest_effect=5.0)).needed
    253
    """
    names = [f"area {number + 1}" for number in range(wish.areas or 0)]
    design = PilotDesign("before", "after", linked=wish.linked, area="area" if names else None, treated=names,
                         randomized=wish.randomized)  # fmt: skip
    areas = None if wish.areas is None else (wish.areas, wish.areas)
    found = plan(design, n=wish.people, areas=areas, smallest_effect=wish.smallest_effect)
    terms = set(found.table["term"])
    assumed = found.assumed

    def whole(term: str) -> int | None:
        value = found.value(term) if term in terms else math.nan
        return math.ceil(value - 1e-9) if math.isfinite(value) else None

    def used(name: str) -> float | None:
        value = assumed.get(name)
        return None if value is None else float(value)

    again = wish.linked is not False
    return PlannedPeople(
        needed=whole("people_needed") if areas is None else None,
        to_start=whole("people_to_start") if wish.linked is True else None,
        detectable=found.value("detectable_change") if areas is not None else None,
        areas_needed=whole("areas_needed"),
        power=found.power,
        sd=float(assumed["sd"]),
        correlation=used("correlation") if again else None,
        attrition=used("attrition") if again else None,
        icc=used("icc") if areas is not None else None,
    )
