"""Who answered, how carefully, what is missing, and what they answered."""

from __future__ import annotations

import numpy as np
import pandas as pd

from trustmeter.present.plots import draw_quality
from trustmeter.present.reading import in_order
from trustmeter.present.report.chapters.material import Material, data_of
from trustmeter.present.report.chapters.speaks_for import scored, with_score
from trustmeter.present.report.document import Part, Table
from trustmeter.present.tables import to_table
from trustmeter.present.tally import Panel, Tally, panels_of
from trustmeter.responses.labels import row_labels
from trustmeter.stats.disclosure.small_cells import pool_small_cells

MOST_GROUPS = 25
"""A column with more values than this is no grouping that a page can show."""


def answered_of(material: Material) -> list[Part]:
    """Return who answered, how carefully, and what is missing."""
    say, quality = material.phrases.say, material.quality
    missing = draw_quality(quality, None, material.phrases, titled=False, questionnaire=material.known)
    shown = to_table(quality, language=material.phrases.language, questionnaire=material.known)  # type: ignore[arg-type]
    tidy = quality.table[quality.table["item"] != ""]
    each = material.table("missing", say("report.missing_each"), shown, "missing", data_of(tidy, material.rule))
    tables = (_who(material), *(_by(role, material) for role in _groupings(material)))
    return [
        Part("who", say("report.who"), say("report.who_text"), tables=tables),
        Part("quality", say("chapter.quality"), _careful_text(material), tables=(_quality(material),)),
        Part("missing", say("report.missing"), say("report.missing_text"), missing, folded=(each,)),
    ]


def answers_of(material: Material) -> Part:
    """Return what people answered: one part for each scale that has no dimensions."""
    say = material.phrases.say
    parts = [_answers(scale, material) for scale in in_order(material.change.verdicts, material.known)
             if not material.known.dimensions(scale)]  # fmt: skip
    return Part("answers", say("report.answers"), say("report.answers_text"), parts=tuple(parts))


def _who(material: Material) -> Table:
    say = material.phrases.say
    counts = scored(material)
    rows = [
        (name, with_score(n, without, material), material.people(without, material.rule.show))
        for name, n, without in counts
    ]
    headings = (material.split, say("column.people"), say("column.without"))
    return material.grid("who", say("report.who"), (headings, rows), "counts")


def _groupings(material: Material) -> list[str]:
    """Return the columns by which people are counted: zones, areas, languages, modes, those that say something."""
    answers, design = material.change.scores.answers, material.change.design
    roles = [getattr(answers.roles, role) for role in ("zone", "language", "mode")]
    names = [name for name in (*roles, getattr(design, "area", None), getattr(design, "by", None)) if name is not None]
    there = [name for name in dict.fromkeys(names) if name in answers.frame.columns and name not in answers.item_ids]
    return [name for name in there if 1 < row_labels(answers.frame[name]).nunique() <= MOST_GROUPS]


def _by(column: str, material: Material) -> Table:
    """Return the people with a score of each area, language or mode in each wave; few people are hidden, and others with them.

    People of none are no row, but few of them could be worked out from all people: they are hidden with others, too.
    """
    frame, say = material.change.scores.answers.frame, material.phrases.say
    there = material.change.scores.frame[list(material.change.verdicts)].notna().any(axis=1).to_numpy()
    labels = row_labels(frame[column])
    names = sorted(labels.dropna().unique())
    columns = material.groups()
    counts = np.array([[int(np.sum((labels == name).to_numpy(dtype=bool, na_value=False) & members & there)) for _, members in columns]
                       for name in names])  # fmt: skip
    nowhere = [[int(np.sum(labels.isna().to_numpy() & members & there)) for _, members in columns]]
    whole = np.vstack([counts, nowhere])
    hidden = np.zeros(len(whole), dtype=bool)
    for line in (*whole.T, whole.sum(axis=1)):
        hidden |= pool_small_cells(line, material.rule.publish).hidden
    cells = [
        (
            _label(str(name), column, material),
            *(say("cell.protected") if hide else material.phrases.whole(int(n)) for n in line),
        )
        for name, line, hide in zip(names, counts, hidden, strict=False)
    ]
    what = _what(column, material)
    headings = (what, *(name for name, _ in columns))
    return material.grid(f"who-{_slug(column)}", say("chapter.who_by", what=what), (headings, cells), "counts")


def _label(name: str, column: str, material: Material) -> str:
    """Return what a group is called: languages by their name, where it is known."""
    if column != material.change.scores.answers.roles.language:
        return name
    return material.phrases.say_or(f"language.{name.lower()}", name)


def _what(column: str, material: Material) -> str:
    roles = material.change.scores.answers.roles
    known = {roles.zone: "column.zone", roles.language: "chapter.language", roles.mode: "chapter.mode"}
    area = getattr(material.change.design, "area", None)
    key = known.get(column) or ("chapter.area" if column == area else "")
    return material.phrases.say(key) if key else column


def _slug(name: str) -> str:
    """Return a name as it may stand in an anchor."""
    return "".join(letter if letter.isascii() and letter.isalnum() else f"-{ord(letter):x}" for letter in name.lower())


def _careful_text(material: Material) -> str:
    """Return what signs are, and whether people were left out because of them before the analysis."""
    gone = material.change.scores.answers.left_out
    if not gone:
        return material.phrases.say("chapter.quality_text")
    return material.phrases.say("careless.left", n=material.people(sum(gone.values()), material.rule.show))


def _quality(material: Material) -> Table:
    """Return the signs of careless answering, a row a sign, a column a wave."""
    say, table = material.phrases.say, material.quality.table
    rows = table[table["item"] == ""]
    shares = rows[rows["method"].astype(str).str.startswith("share")]
    waves = list(dict.fromkeys(rows["wave"].astype(str)))
    named = [wave for wave in waves if wave] or [""]
    cells = []
    for term in dict.fromkeys(shares["term"]):
        mine = shares[shares["term"] == term].set_index("wave")
        told = [_share(mine, wave, material) for wave in named]
        if "" in mine.index and named != [""]:
            told = [_share(mine, "", material), *[""] * (len(named) - 1)]
            cells.append((f"{material.phrases.term(str(term))} ({say('chapter.together')})", *told))
        else:
            cells.append((material.phrases.term(str(term)), *told))
    headings = (say("column.term"), *(wave or say("chapter.together") for wave in named))
    return material.grid("quality", say("chapter.quality"), (headings, cells), "quality", data_of(rows, material.rule))


def _share(mine: pd.DataFrame, wave: str, material: Material) -> str:
    if wave not in mine.index:
        return ""
    line = mine.loc[wave]
    if bool(line["suppressed"]) or pd.isna(line["estimate"]):
        return material.phrases.say("cell.concealed")
    return material.phrases.percent(float(line["estimate"]), 1)


def _answers(scale: str, material: Material) -> Part:
    from trustmeter.present.likert import draw_likert

    phrases, rule = material.phrases, material.rule
    answers = material.change.scores.answers
    panels = panels_of(answers, scale, phrases, material.groups(), (rule.publish, rule.show))
    name = material.name(scale)
    heading = phrases.say("heading.answers", scale=name)
    mark = phrases.say("simulated.mark") if material.simulated else ""
    alt = phrases.say("alt.answers", scale=name)
    chart = draw_likert(panels, phrases, heading=heading, alt=alt, titled=False, watermark=mark)
    tables = tuple(
        _counts(panel, f"answers-{scale}-{place}" if place else f"answers-{scale}", heading, material)
        for place, panel in enumerate(panels)
    )
    return Part(f"answers-{scale}", name, "", chart, folded=tables)


def _counts(panel: Panel, id: str, caption: str, material: Material) -> Table:
    say, absent = material.phrases.say, panel.non_answers.values()
    headings = (say("column.item"), material.split, *panel.options, *absent, say("column.n"))
    rows = [_count_row(panel, tally, material) for tally in panel.tallies]
    return material.grid(id, caption, (headings, rows), "answers")


def _count_row(panel: Panel, tally: Tally, material: Material) -> tuple[str, ...]:
    phrases = material.phrases
    named = [f"{tally.item}: {panel.wording[tally.item]}", tally.group]
    if not tally.enough:
        few = phrases.say("front.fewer", n=phrases.whole(material.rule.publish))
        return (*named, *[few] * len(panel.options), *[""] * len(panel.non_answers), few)
    shares = {cell.categories[0]: cell.share for cell in tally.inside}
    hidden = {category for cell in tally.outside for category in cell.categories}
    concealed = phrases.say("cell.concealed")
    cells = [concealed if at in hidden else phrases.percent(shares.get(at, 0.0)) for at in range(len(panel.options))]
    return (*named, *cells, *tally.absent_texts(phrases).values(), tally.base_text(phrases))
