"""Whom a report speaks for: how many people, who was lost, where and how they were asked, and whether they are weighted."""

from __future__ import annotations

from trustmeter.present.pilot.sentences import people_of
from trustmeter.present.report.chapters.margins.page import of_front
from trustmeter.present.report.chapters.material import Material
from trustmeter.present.tally import capital, counted
from trustmeter.responses.labels import row_labels

MOST_LISTED = 6
"""More zones, languages or modes than these are not listed on page one."""


def people_of_front(material: Material) -> list[str]:
    """Return the sentences of page one that say whom it speaks for."""
    say = material.phrases.say
    return [
        _who(material),
        *_lost(material),
        *_areas(material),
        *_listed("zone", "zones", material),
        *_listed("language", "languages", material),
        *_listed("mode", "modes", material),
        *([say("front.who.unweighted")] if _weights(material) is None else []),
        *([say("front.who.weighted", column=_weights(material))] if _weights(material) is not None else []),
        *of_front(material),
    ]


def scored(material: Material) -> list[tuple[str, int, int]]:
    """Return each wave or group with its people who have a score of any scale compared, and those who have none."""
    change = material.change
    there = change.scores.frame[list(change.verdicts)].notna().any(axis=1).to_numpy()
    return [(name, int((members & there).sum()), int((members & ~there).sum())) for name, members in material.groups()]


def with_score(n: int, without: int, material: Material) -> str:
    """Return how many people have a score; not sharply where few have none, for all are told of elsewhere."""
    return counted(n, without, material.phrases, material.rule.publish, material.rule.show)


def _who(material: Material) -> str:
    (first, a, c), (second, b, d) = scored(material)
    names = {"first": first, "second": second}
    counts = {"a": with_score(a, c, material), "b": with_score(b, d, material)}
    if material.family == "group":
        return capital(material.phrases.say("front.who.group", **names, **counts))
    kind = people_of(material.change)
    if kind != "linked":
        return capital(material.phrases.say(f"front.who.{kind}", **names, **counts))
    sizes = [int(members.sum()) for _, members in material.groups()]
    return material.phrases.say("front.who.linked", n=material.people(min(sizes)), **names)


def _lost(material: Material) -> list[str]:
    """Return how many of the first wave did not answer again, where the same people were asked."""
    if material.family == "group" or people_of(material.change) != "linked":
        return []
    say, left_out = material.phrases.say, material.change.provenance.rows_left_out
    gone = left_out.get(f"only in {material.names[0]}", 0)
    either = left_out.get("people of one of the two waves only", 0)
    if gone:
        return [say("front.who.lost", n=material.people(gone, material.rule.show), first=material.names[0])]
    if either:
        return [say("front.who.lost_either", n=material.people(either, material.rule.show))]
    return [say("front.who.nobody_lost")] if not left_out else []


def _areas(material: Material) -> list[str]:
    treated, others = next((row.areas for row in material.rows()), (0, 0))
    if not treated:
        return []
    whole = material.phrases.whole
    return [material.phrases.say("front.who.areas", treated=whole(treated), others=whole(others))]


def _listed(role: str, key: str, material: Material) -> list[str]:
    """Return which zones, languages or modes were asked; those of few people are not named."""
    scores = material.change.scores
    column = getattr(scores.answers.roles, role)
    if column is None:
        return []
    counts = row_labels(scores.answers.frame[column]).value_counts()
    names = sorted(str(name) for name, count in counts.items() if int(count) >= 2 * material.rule.publish)
    if not names or len(names) > MOST_LISTED:
        return []
    if role == "language":
        names = [material.phrases.say_or(f"language.{name.lower()}", name) for name in names]
    if len(names) < len(counts):
        names.append(material.phrases.say("front.who.and_others"))
    gap = {"zones": material.phrases.join(names), "names": material.phrases.join(names)}
    return [material.phrases.say(f"front.who.{key}", **gap)]


def _weights(material: Material) -> str | None:
    return material.change.design.weights
