"""Publishing: is it safe beside what is out already, and if so, on record."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.disclosure.register import NEVER_OUT, Publication, PublicationRegister, PublishedGroup
from trustmeter.disclosure.register_file import (
    only_writer,
    read_register,
    register_at,
    register_path,
    replace_file,
    write_register,
)
from trustmeter.disclosure.rule import DisclosureRule
from trustmeter.disclosure.subtraction import first_overlap
from trustmeter.errors import DesignError, unknown_word
from trustmeter.responses.labels import row_labels
from trustmeter.responses.model import Responses

_WHO_BYTES, _TOLD_BYTES = 9, 3
_LISTED = 3


@dataclass(frozen=True, slots=True, eq=False)
class ToldGroup:
    """A group of people about whom a publication tells something.

    Parameters
    ----------
    measure
        What is told: figures of one measure can be subtracted from each other.
    group
        Who they are, in words.
    rows
        Which rows of the answers, shape (rows,).
    told
        What is told of each of these rows, as text, one for every row of the answers.
    partition
        The same word for groups that are the parts of one whole; empty otherwise.
    """

    measure: str
    group: str
    rows: NDArray[np.bool_]
    told: Sequence[str]
    partition: str = ""


@dataclass(frozen=True, slots=True)
class Imprint:
    """What a publication is called: title, language, file, date, and the publication that it replaces."""

    title: str
    language: str
    file: str
    published: str
    replaces: str = ""


def withdraw_publication(register: str | Path, publication: str, *, was_out: bool = True) -> PublicationRegister:
    """Record that a publication was withdrawn, or that it never left the house.

    Use it when a report was recalled, or was recorded but never shown to anybody outside.

    Parameters
    ----------
    register
        The register's file.
    publication
        The publication's number, as the register lists it.
    was_out
        Whether anybody outside may have seen or kept it. If so it goes on to count: a copy cannot be called back. Say
        ``False`` only when nobody has.

    Returns
    -------
    PublicationRegister
        The register as it now is.

    Raises
    ------
    DesignError
        When there is no such register or publication.

    Examples
    --------
    >>> import trustmeter as tm
    >>> from tempfile import mkdtemp
    >>> folder = mkdtemp()
    >>> answers = tm.read_responses(tm.demo_file(), tm.load_questionnaire("community-trust"), respondent="id", wave="wave")
    >>> change = tm.compare(tm.score(answers, scale="trust"), tm.PilotDesign("2022", "2023"))
    >>> _ = tm.report(change, to=f"{folder}/report.html", register=f"{folder}/register.json", published="2026-03-31")
    >>> print(tm.withdraw_publication(f"{folder}/register.json", "001", was_out=False))
    001  2026-03-31  report.html [en]  Trust report (never out)
    """
    if not isinstance(was_out, bool):
        raise DesignError(f"The `was_out` argument of `withdraw_publication` must be True or False. Got {was_out!r}.")
    place = register_path(register, "withdraw_publication")
    read_register(place)
    with only_writer(place):
        found = read_register(place)
        changed = _marked(found, publication, "withdrawn" if was_out else NEVER_OUT, "`withdraw_publication`")
        write_register(changed, place)
    return changed


@contextmanager
def published(
    register: str | Path,
    answers: Responses,
    groups: Sequence[ToldGroup],
    imprint: Imprint,
    rule: DisclosureRule | None = None,
) -> Iterator[PublicationRegister]:
    """Put a publication on record while it is written; refuse it, when it gives people away beside what is out.

    The record stands before the publication does, and is taken back when writing it fails.

    Raises
    ------
    DesignError
        When it is refused, or the register cannot be used.
    """
    place = register_path(register, "report")
    with only_writer(place):
        known = register_at(place)
        before = place.read_bytes() if place.exists() else None
        recorded = _with(known, answers, groups, imprint, rule or DisclosureRule())
        write_register(recorded, place)
        try:
            yield recorded
        except BaseException:
            _restore(place, before)
            raise


def _restore(place: Path, before: bytes | None) -> None:
    if before is None:
        place.unlink(missing_ok=True)
    else:
        replace_file(place, before)


def _with(
    known: PublicationRegister, answers: Responses, groups: Sequence[ToldGroup], imprint: Imprint, rule: DisclosureRule
) -> PublicationRegister:
    """Return the register with one more publication; as it is, when that is on record already."""
    codes = _Codes(answers, known.key)
    sets = [codes.of(one) for one in groups]
    _refuse_subtraction(known, groups, sets, rule)
    names = [_digest(known.key, one) for one in sets]
    told = tuple(PublishedGroup(one.measure, one.group, name) for one, name in zip(groups, names, strict=True))
    source = answers.provenance()
    made = Publication(
        _number(len(known) + 1), imprint.title, imprint.language, imprint.file, imprint.published, source.package_version,
        source.questionnaire, source.fingerprint, codes.of_all(), told,
    )  # fmt: skip
    if any(replace(one, id=made.id, published=made.published) == made for one in known.publications):
        return known
    if imprint.replaces:
        known = _marked(known, imprint.replaces, f"replaced by {made.id}", "`report(..., replaces=)`")
    people = {**known.people, **dict(zip(names, sets, strict=True))}
    return replace(known, publications=(*known.publications, made), people=people)


def _number(place: int) -> str:
    return f"{place:03d}"


def _marked(known: PublicationRegister, publication: str, word: str, where: str) -> PublicationRegister:
    ids = [one.id for one in known.publications]
    if publication not in ids:
        raise DesignError(unknown_word("publication", publication, ids, f"{where}"))
    changed = tuple(replace(one, withdrawn=word) if one.id == publication else one for one in known.publications)
    return replace(known, publications=changed)


def _refuse_subtraction(
    known: PublicationRegister, groups: Sequence[ToldGroup], sets: Sequence[frozenset[str]], rule: DisclosureRule
) -> None:
    """Refuse groups that leave a few people when they are held against published ones, or against each other."""
    found: dict[str, list[str]] = {}
    for measure in dict.fromkeys(one.measure for one in groups):
        at = [place for place, one in enumerate(groups) if one.measure == measure]
        out = _out(known, measure)
        overlap = first_overlap(
            [sets[one] for one in at], out.sets, rule.publish, _partitions([groups[one] for one in at])
        )
        if overlap is not None:
            culprits = sorted({one for name in overlap.known for one in out.where.get(name, ())})
            found.setdefault(", ".join(culprits), []).append(f"{measure} ({groups[at[overlap.new]].group})")
    if not found:
        return
    sentences = [_told(known, culprits, measures, rule.publish) for culprits, measures in found.items()]
    cure = (
        "Publish the same answers again (any language or format may be added), or wait until at least "
        f"{rule.publish} more people have answered, or leave out what is named (`scale=`, fewer groups). A publication that was "
        "recorded but never seen outside is struck by `withdraw_publication(..., was_out=False)`."
    )
    raise DesignError(f"Not published: {' '.join(sentences)} {cure}")


def _told(known: PublicationRegister, culprits: str, measures: Sequence[str], fewest: int) -> str:
    more = f" and {len(measures) - _LISTED} more" if len(measures) > _LISTED else ""
    what = f"{'; '.join(measures[:_LISTED])}{more}"
    if not culprits:
        return f"groups of this publication leave fewer than {fewest} people when they are subtracted from each other, in {what}."
    ids = culprits.split(", ")
    names = " and ".join(f"{one.id} ({one.file}, {one.published})" for one in known.publications if one.id in ids)
    return f"beside publication {names} it would tell of fewer than {fewest} people, for whoever has both can subtract them, in {what}."


@dataclass(frozen=True, slots=True)
class _Out:
    """The sets of one measure that are out, and in which publications."""

    sets: Mapping[str, frozenset[str]]
    where: Mapping[str, list[str]]


def _out(known: PublicationRegister, measure: str) -> _Out:
    where: dict[str, list[str]] = {}
    for publication in known.publications:
        for group in publication.groups if publication.counts else ():
            if group.measure == measure:
                where.setdefault(group.people, []).append(publication.id)
    return _Out({name: known.people[name] for name in where}, where)


def _partitions(groups: Sequence[ToldGroup]) -> list[list[int]]:
    words = dict.fromkeys(one.partition for one in groups if one.partition)
    return [[place for place, one in enumerate(groups) if one.partition == word] for word in words]


class _Codes:
    """Rows as keyed codes: who (and in which wave), and what was told.

    Without a code of the respondent a person is what was told of them, and which of several alike: then two sets differ by as
    many as they must differ by at the least.
    """

    def __init__(self, answers: Responses, key: bytes) -> None:
        roles, frame = answers.roles, answers.frame
        self._key = key
        self._known: dict[tuple[str, str], str] = {}
        self._answers = answers
        place = [_texts(frame, name) for name in (roles.zone, roles.wave)]
        self._where = ["\x1f".join(pair) for pair in zip(*place, strict=True)]
        self._who = _texts(frame, roles.respondent)

    def of(self, group: ToldGroup) -> frozenset[str]:
        """Return the codes of a group's people."""
        chosen: list[int] = np.flatnonzero(group.rows).tolist()
        told = [group.told[row] for row in chosen]
        who = [self._who[row] or f"\x1e{text}" for row, text in zip(chosen, told, strict=True)]
        names = pd.Series(
            [f"{self._where[row]}\x1f{name}" for row, name in zip(chosen, who, strict=True)], dtype=object
        )
        twin = names.groupby(names).cumcount()
        return frozenset(
            self._code("who", f"{name}\x1f{number}", _WHO_BYTES) + self._code("told", text, _TOLD_BYTES)
            for name, number, text in zip(names, twin, told, strict=True)
        )

    def of_all(self) -> str:
        """Return the fingerprint of all answers, in any order of rows."""
        items = [_texts(self._answers.frame, item) for item in self._answers.item_ids]
        kinds = self._answers.missing[list(self._answers.item_ids)].to_numpy().tolist()
        rows = zip(
            self._where, self._who, zip(*items, strict=True) if items else [()] * len(self._who), kinds, strict=True
        )
        return _digest(self._key, sorted(repr(row) for row in rows))

    def _code(self, kind: str, text: str, size: int) -> str:
        if (kind, text) not in self._known:
            found = hmac.digest(self._key, f"{kind}\x1f{text}".encode(), "sha256")[:size]
            self._known[kind, text] = base64.urlsafe_b64encode(found).decode("ascii")
        return self._known[kind, text]


def _texts(frame: pd.DataFrame, name: str | None) -> list[str]:
    return [""] * len(frame) if name is None else row_labels(frame[name]).fillna("").tolist()


def _digest(key: bytes, parts: Any) -> str:
    return hmac.new(key, "\x1e".join(sorted(parts)).encode(), hashlib.sha256).hexdigest()[:24]
