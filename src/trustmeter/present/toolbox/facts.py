"""What a card takes: hours, money, questions, minutes, people; worked out where it can be, else as the card says."""

from __future__ import annotations

from trustmeter.present.phrases import Phrases
from trustmeter.toolbox.effort import ITEMS_A_MINUTE, PlannedPeople, minutes_to_answer, planned_people
from trustmeter.toolbox.instrument import asked_by
from trustmeter.toolbox.model import Card, PlanWish

Fact = tuple[str, str]
"""A name and what is so."""


def cost_facts(card: Card, phrases: Phrases) -> list[Fact]:
    """Return what a card takes, as names with values."""
    facts: list[Fact] = []
    if card.instrument:
        asked = asked_by(card.instrument)
        minutes = phrases.say("toolbox.fact.minutes_about", minutes=minutes_to_answer(asked), rate=ITEMS_A_MINUTE)
        facts.append((phrases.say("toolbox.fact.questionnaire"), f"{asked.id} {asked.version}"))
        facts.append((phrases.say("toolbox.fact.questions"), phrases.whole(len(asked.items))))
        facts.append((phrases.say("toolbox.fact.minutes"), minutes))
    if card.plan is not None:
        facts.append((phrases.say("toolbox.fact.people"), people_words(card.plan, phrases)))
    hours = phrases.say("toolbox.not_known") if card.hours is None else phrases.whole(card.hours)
    facts.append((phrases.say("toolbox.fact.hours"), hours))
    facts.append((phrases.say("toolbox.fact.money"), phrases.say(f"toolbox.money.{card.money}")))
    return facts


def people_words(wish: PlanWish, phrases: Phrases) -> str:
    """Return how many people a design needs, what *found* means, and what the numbers rest on."""
    planned = planned_people(wish)
    change = _points(wish.smallest_effect, phrases)
    parts = [_needed(wish, planned, change, phrases)]
    if planned.detectable is not None and planned.areas_needed is not None:
        parts.append(phrases.say("toolbox.plan.areas_more", change=change, needed=phrases.whole(planned.areas_needed)))
    parts.append(phrases.say("toolbox.plan.found", power=phrases.percent(planned.power)))
    parts.append(phrases.say("toolbox.plan.rests", assumed=_assumed(planned, phrases)))
    return " ".join(parts)


def _needed(wish: PlanWish, planned: PlannedPeople, change: str, phrases: Phrases) -> str:
    if planned.detectable is not None:
        key = "areas_different" if wish.linked is False else "areas_same"
        return phrases.say(
            f"toolbox.plan.{key}",
            areas=phrases.whole(wish.areas or 0),
            people=phrases.whole(wish.people or 0),
            detectable=phrases.number(planned.detectable),
        )
    key = {True: "same", False: "different"}.get(wish.linked is True, "different")
    if wish.linked == "overlap":
        key = "overlap"
    start = phrases.whole(planned.to_start or 0)
    return phrases.say(f"toolbox.plan.{key}", change=change, needed=phrases.whole(planned.needed or 0), start=start)


def _assumed(planned: PlannedPeople, phrases: Phrases) -> str:
    told = [phrases.say("toolbox.plan.sd", value=_points(planned.sd, phrases))]
    if planned.correlation is not None:
        told.append(phrases.say("toolbox.plan.correlation", value=phrases.number(planned.correlation)))
    if planned.attrition is not None:
        told.append(phrases.say("toolbox.plan.attrition", value=phrases.percent(planned.attrition)))
    if planned.icc is not None:
        told.append(phrases.say("toolbox.plan.icc", value=phrases.percent(planned.icc)))
    return "; ".join(told)


def _points(value: float, phrases: Phrases) -> str:
    return phrases.number(value, 0 if value == round(value) else 1)
