"""What stands behind a card, in words: read from its result files, with intervals, never typed."""

from __future__ import annotations

from dataclasses import dataclass

from trustmeter.pilot.evaluation.result_file import PilotRecord, QuestionnaireRecord, ScaleRecord
from trustmeter.present.phrases import Phrases
from trustmeter.toolbox.instrument import asked_by
from trustmeter.toolbox.model import Card, scales_that_count


@dataclass(frozen=True, slots=True)
class FoundLine:
    """One scale of a result: its name, the verdict, the number with its interval, how strong the evidence is, and why not stronger."""

    scale: str
    primary: bool
    verdict: str
    number: str
    strength: str
    reasons: str


@dataclass(frozen=True, slots=True)
class FoundBlock:
    """What one result file says by one questionnaire."""

    source: str
    basis: str
    lines: tuple[FoundLine, ...]
    undeclared: bool
    file: str
    file_hash: str
    simulated: bool


def strength_words(card: Card, phrases: Phrases) -> str:
    """Return how strong a card's evidence is; a card without any says so, and made-up answers are called that."""
    if card.strength != "none" or not card.evaluations:
        return phrases.say(f"toolbox.strength.{card.strength}")
    return phrases.say("toolbox.strength.simulated" if card.simulated else "toolbox.strength.suppressed")


def nothing_known(card: Card, phrases: Phrases) -> str:
    """Return what a card without any evaluation says in its place."""
    standing = ""
    if card.kind == "instrument":
        standing = phrases.say(f"status.{asked_by(card.instrument).status}")
    return phrases.say(f"toolbox.nothing.{card.kind}", standing=standing)


def main_findings(card: Card, phrases: Phrases) -> tuple[str, ...]:
    """Return a line for each scale that was declared to count (all, where none was), for the list of cards."""
    lines = []
    for record in card.evaluations:
        counted = {id(scale) for scale in scales_that_count(record)}
        for part in record.questionnaires:
            for scale in (one for one in part.scales if id(one) in counted):
                mark = f" ({phrases.say('simulated.mark')})" if record.simulated else ""
                said = f"{scale_words(scale, phrases)}: {verdict_words(scale, phrases)}, {number_words(scale, phrases)}"
                lines.append(f"{record.zone} – {said}{mark}")
    return tuple(lines)


def found_blocks(card: Card, phrases: Phrases) -> tuple[FoundBlock, ...]:
    """Return all that the result files of a card say."""
    return tuple(_block(record, part, phrases) for record in card.evaluations for part in record.questionnaires)


def result_name(record: PilotRecord) -> str:
    """Return the name under which a result file is taken along."""
    return f"results/{record.sha256[:16]}.json"


def scale_words(scale: ScaleRecord, phrases: Phrases) -> str:
    """Return a scale's name in the language, else in any, else its id."""
    return scale.name.get(phrases.language) or next(iter(scale.name.values()), scale.scale)


def verdict_words(scale: ScaleRecord, phrases: Phrases) -> str:
    """Return the verdict as a word of the language."""
    return phrases.say(f"verdict_effect.{scale.verdict}" if scale.term == "effect" else f"verdict.{scale.verdict}")


def number_words(scale: ScaleRecord, phrases: Phrases) -> str:
    """Return the number with its interval, or that it is not shown."""
    if scale.estimate is None:
        return phrases.say("toolbox.result.hidden")
    estimate = phrases.number(scale.estimate, signed=True)
    if scale.ci_low is None or scale.ci_high is None:
        return phrases.say("toolbox.result.value_only", estimate=estimate)
    ends = {"low": phrases.number(scale.ci_low), "high": phrases.number(scale.ci_high)}
    return phrases.say("toolbox.result.value", estimate=estimate, level=phrases.level(scale.conf_level), **ends)


def _block(record: PilotRecord, part: QuestionnaireRecord, phrases: Phrases) -> FoundBlock:
    source = phrases.say(
        "toolbox.result.from",
        zone=record.zone,
        before=part.before,
        after=part.after,
        questionnaire=f"{part.questionnaire} {part.version}",
    )
    return FoundBlock(
        source=source,
        basis=phrases.say(f"toolbox.result.basis_{part.basis}"),
        lines=tuple(_line(scale, record.simulated, phrases) for scale in part.scales),
        undeclared=not any(scale.primary for each in record.questionnaires for scale in each.scales),
        file=f"../{result_name(record)}",
        file_hash=record.sha256,
        simulated=record.simulated,
    )


def _line(scale: ScaleRecord, simulated: bool, phrases: Phrases) -> FoundLine:
    reasons = ""
    if scale.lowered and scale.strength != "none":
        told = phrases.join(phrases.say(f"toolbox.lowered.{reason}") for reason in scale.lowered)
        reasons = phrases.say("toolbox.result.lowered", reasons=told)
    if simulated:
        strength = phrases.say("toolbox.strength.simulated")
    else:
        strength = phrases.say(
            "toolbox.strength.suppressed" if scale.strength == "none" else f"toolbox.strength.{scale.strength}"
        )
    return FoundLine(
        scale=scale_words(scale, phrases),
        primary=scale.primary,
        verdict=verdict_words(scale, phrases),
        number=number_words(scale, phrases),
        strength=strength,
        reasons=reasons,
    )
