"""Which screens a talk needs: the answer, the change, whom it speaks for, how people answered, whether the meter is sound."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from trustmeter.present.handout.bar_slides import draw_bars, head_height, item_height
from trustmeter.present.handout.canvas import Canvas, pages_of
from trustmeter.present.handout.interval_slides import (
    axis_height,
    change_height,
    change_notes,
    coefficient_told,
    draw_changes,
    draw_meter_rows,
    limits_of,
    meter_height,
)
from trustmeter.present.handout.talk import Talk, cannot_of, found_of
from trustmeter.present.handout.word_slides import HEAD, WARNING, draw_words
from trustmeter.present.pilot.changes import ChangeRow
from trustmeter.present.pilot.sentences import sentences_of
from trustmeter.present.reading import COEFFICIENTS, CoefficientRow, coefficient_rows
from trustmeter.present.report.chapters.material import Material
from trustmeter.present.report.chapters.speaks_for import people_of_front, scored
from trustmeter.present.report.chapters.sureness import warnings_of_front
from trustmeter.present.report.document import Finding
from trustmeter.present.sheet import Chart
from trustmeter.present.tally import panels_of

_NAMED = 4


def screens_of(material: Material, talk: Talk) -> Iterator[tuple[str, Chart]]:
    """Give each screen with a name for its file, in the order of a talk."""
    yield from _answer(material, talk)
    yield from _changes(material, talk.rows)
    yield from _people(material)
    yield from _answers(material)
    yield from _meter(material, talk.rows)


def _answer(material: Material, talk: Talk) -> Iterator[tuple[str, Chart]]:
    phrases = material.phrases
    warned = [Finding(WARNING, words) for words in warnings_of_front(talk.rows, material)]
    lines = [
        Finding(HEAD, phrases.say("sheet.found")), *found_of(talk, _NAMED, phrases), *warned,
        Finding(HEAD, phrases.say("sheet.cannot")), *cannot_of(talk, _NAMED, phrases),
    ]  # fmt: skip
    yield "answer", draw_words(_canvas(material, talk.title), lines)


def _people(material: Material) -> Iterator[tuple[str, Chart]]:
    lines = [Finding("", words) for words in people_of_front(material)]
    yield "people", draw_words(_canvas(material, material.phrases.say("front.people")), lines)


def _changes(material: Material, rows: Sequence[ChangeRow]) -> Iterator[tuple[str, Chart]]:
    if not any(row.shown for row in rows):
        return
    phrases, ending, (first, second) = material.phrases, material.ending, material.names
    key = {"group": "difference"}.get(material.family, material.family)
    level = phrases.level(material.change.conf_level)
    axis = phrases.say(f"axis.{key}", first=first, second=second, level=level)
    notes, told = (
        change_notes(rows, axis, phrases),
        {row.scale: words for row, words in sentences_of(material.change, phrases)},
    )
    heights = [change_height(row, ending, phrases) for row in rows]
    title = phrases.say(f"heading.{key}", first=first, second=second)
    for canvas, some in _paged(material, title, heights, axis_height(notes, _canvas(material, title).width)):
        here = [rows[at] for at in some]
        alt = " ".join([phrases.say(f"alt.{key}"), *(told[row.scale] for row in here)])
        yield (
            "change",
            draw_changes(canvas, here, limits_of(rows), notes=notes, ending=ending, phrases=phrases, alt=alt),
        )


def _answers(material: Material) -> Iterator[tuple[str, Chart]]:
    """Give the questions of each scale that has no dimensions."""
    phrases, known, answers = material.phrases, material.known, material.change.scores.answers
    fewest = (material.rule.publish, material.rule.show)
    for scale in material.change.verdicts:
        if known.dimensions(scale):
            continue
        title = phrases.say("heading.answers", scale=material.name(scale))
        for panel in panels_of(answers, scale, phrases, material.groups(), fewest):
            heights = [item_height(panel, item, phrases) for item in panel.drawn]
            head = head_height(panel, _canvas(material, title).width, phrases)
            for canvas, some in _paged(material, title, heights, head):
                yield f"answers-{scale}", draw_bars(canvas, panel, [panel.drawn[at] for at in some], phrases)


def _meter(material: Material, rows: Sequence[ChangeRow]) -> Iterator[tuple[str, Chart]]:
    phrases = material.phrases
    every = [row for row in coefficient_rows(material.meter, material.known, phrases) if row.term in COEFFICIENTS]
    groups = [found for one in rows if (found := [row for row in every if row.scale == one.scale])]
    if not groups:
        return
    title = phrases.say("heading.reliability")
    level = phrases.level(float(material.meter.provenance.options.get("conf_level", 0.95)))
    notes = [phrases.say("axis.reliability", level=level), phrases.say("slides.meter")]
    heights = [meter_height(group) for group in groups]
    for canvas, some in _paged(material, title, heights, axis_height(notes, _canvas(material, title).width)):
        here = [groups[at] for at in some]
        told = [
            f"{row.name}: {phrases.term(row.term)} {coefficient_told(row, phrases)}." for group in here for row in group
        ]
        yield "meter", draw_meter_rows(canvas, here, _lowest(every), notes=notes, phrases=phrases, alt=" ".join(told))


def _lowest(rows: Sequence[CoefficientRow]) -> float:
    lows = [row.low if math.isfinite(row.low) else row.value for row in rows if row.shown]
    return min(0.0, *(math.floor(10 * low) / 10 for low in lows), 0.0)


def _paged(material: Material, title: str, heights: Sequence[float], taken: float) -> Iterator[tuple[Canvas, range]]:
    """Give a canvas for each part of the rows that fits one, beside what is taken; numbered where there are several."""
    canvas, say = _canvas(material, title), material.phrases.say
    pages = pages_of(heights, canvas.room - taken)
    if len(pages) == 1:
        yield canvas, pages[0]
        return
    longest = _canvas(material, say("slides.page", title=title, page=99, pages=99))
    pages = pages_of(heights, min(canvas.room, longest.room) - taken)
    for number, page in enumerate(pages, start=1):
        yield _canvas(material, say("slides.page", title=title, page=number, pages=len(pages))), page


def _canvas(material: Material, title: str) -> Canvas:
    phrases, known, rule = material.phrases, material.known, material.rule
    waves = [phrases.say("slides.wave", name=name, n=material.people(n)) for name, n, _ in scored(material)]
    source = phrases.say(
        "slides.source", questionnaire=known.title.read(phrases.language), id=known.id, version=known.version,
        people=", ".join(waves), publish=phrases.whole(rule.publish), show=phrases.whole(rule.show),
    )  # fmt: skip
    mark = phrases.say("simulated.mark") if material.simulated else ""
    return Canvas(title, source=source, mark=mark, language=phrases.language)
