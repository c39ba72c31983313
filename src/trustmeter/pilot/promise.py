"""What was promised is run, and every departure from it is told."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar
from typing import Protocol as Shape

import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.options import names_of
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.protocol import Protocol
from trustmeter.responses.labels import row_labels
from trustmeter.results import Provenance, told_count
from trustmeter.scoring.model import Scores

USUAL: Mapping[str, Any] = {
    "scale": None,
    "conf_level": 0.95,
    "adjustment": "holm",
    "min_n": 10,
    "smallest_effect": None,
}
"""Arguments of `compare` as they stand when a caller says nothing: then the protocol's are taken."""

_ASKED = ("effect", "mean_change")


class _Compared(Shape):
    """What is needed of a comparison."""

    @property
    def table(self) -> pd.DataFrame: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def provenance(self) -> Provenance: ...
    @property
    def linked(self) -> bool: ...
    @property
    def scores(self) -> Scores: ...


Compared = TypeVar("Compared", bound=_Compared)


def as_promised(
    compare: Callable[..., Compared], scores: Scores, design: Any, protocol: Protocol, seed: Any, **given: Any
) -> Compared:
    """Run what a protocol promises, with arguments that the caller gave nevertheless, and note every departure.

    Parameters
    ----------
    compare
        The verb.
    given
        The caller's `scale`, `conf_level`, `adjustment`, `min_n` and `smallest_effect`; those that stand as usual are taken
        from the protocol.
    seed
        The caller's; 0, as it stands when nothing is said, takes the protocol's.

    Raises
    ------
    DesignError
        When this is no protocol, or groups are compared, for which none can be made.
    """
    if not isinstance(protocol, Protocol):
        raise DesignError(f"The `protocol` of `compare` is read with `read_protocol`. Got {type(protocol).__name__}.")
    if not isinstance(design, PilotDesign):
        raise DesignError(
            "A protocol promises a comparison of waves, and this design compares groups. Leave `protocol` out."
        )
    promised = {
        "scale": protocol.scales, "conf_level": protocol.conf_level, "adjustment": protocol.adjustment, "min_n": protocol.min_n,
        "smallest_effect": dict(protocol.smallest_effect) or None,
    }  # fmt: skip
    if given["scale"] is not None and given["smallest_effect"] is None:
        kept = names_of("scale", given["scale"], "compare")
        promised["smallest_effect"] = {
            name: value for name, value in protocol.smallest_effect.items() if name in kept
        } or None
    settled = {name: promised[name] if value == USUAL[name] else value for name, value in given.items()}
    drawn = protocol.seed if isinstance(seed, numbers.Integral) and seed == 0 else seed
    found = compare(scores, design, seed=drawn, **settled)
    done = _Done(found, scores, design, settled)
    departures = [*_of_design(protocol.design, design), *_of_options(protocol, done), *_of_places(protocol, done)]
    departures += _of_people(protocol, done)
    notes = [f"Deviation from protocol {protocol.short}: {one}." for one in departures] or [
        f"Run as promised in protocol {protocol.short} ({protocol.title}, {protocol.date}): no deviation."
    ]
    options = {**found.provenance.options, "protocol": protocol.sha256}
    changed: Any = {"notes": (*notes, *found.notes), "provenance": replace(found.provenance, options=options)}
    return replace(found, **changed)  # type: ignore[type-var]


@dataclass(frozen=True, eq=False)
class _Done:
    """What was run, and what came out."""

    found: _Compared
    scores: Scores
    design: PilotDesign
    settled: Mapping[str, Any]

    @property
    def scales(self) -> tuple[str, ...]:
        return names_of("scale", self.settled["scale"], "compare")


def _of_design(promised: PilotDesign, done: PilotDesign) -> list[str]:
    found = []
    for part in fields(PilotDesign):
        before, now = getattr(promised, part.name), getattr(done, part.name)
        if before != now:
            found.append(f"the design's `{part.name}` was {_shown(now)}, promised {_shown(before)}")
    return found


def _of_options(protocol: Protocol, done: _Done) -> list[str]:
    found = []
    if set(done.scales) != set(protocol.scales):
        found.append(f"scales compared were {', '.join(done.scales)}, promised {', '.join(protocol.scales)}")
    for name in ("adjustment", "conf_level", "min_n"):
        if done.settled[name] != getattr(protocol, name):
            found.append(f"`{name}` was {_shown(done.settled[name])}, promised {_shown(getattr(protocol, name))}")
    drawn = done.found.provenance.options["seed"]
    if drawn != protocol.seed:
        found.append(f"the `seed` of what is drawn was {_shown(drawn)}, promised {_shown(protocol.seed)}")
    given = done.settled["smallest_effect"]
    for scale in done.scales:
        before = protocol.smallest_effect.get(scale)
        now = given.get(scale) if isinstance(given, Mapping) else given
        if before != now and scale in protocol.scales:
            found.append(f"the smallest effect of {scale} was {_shown(now)}, promised {_shown(before)}")
    if done.scores.method != protocol.score_method:
        found.append(f"scores were made by {done.scores.method!r}, promised {protocol.score_method!r}")
    asked = done.scores.answers.questionnaire
    if protocol.fingerprint and asked.fingerprint != protocol.fingerprint:
        now = f"{asked.id} {asked.version} (wording {asked.fingerprint})" if asked.fingerprint else "not known"
        found.append(f"the questionnaire was {now}, promised {protocol.questionnaire} (wording {protocol.fingerprint})")
    return found


def _of_places(protocol: Protocol, done: _Done) -> list[str]:
    """Return whether fewer areas or clusters answered than planned, and whether nobody could be linked."""
    found = []
    if protocol.design.linked is None and done.design.linked is None and not done.found.linked:
        found.append("people were not linked, though the plan counted on it")
    column = done.design.area or done.design.clusters
    if column is not None and protocol.areas != (1, 0):
        compared = done.found.scores
        heading = getattr(compared.roles, column, None) or column
        there, planned = row_labels(compared.frame[heading]).nunique(), sum(protocol.areas)
        if there < planned:
            what = "areas" if done.design.area is not None else "clusters"
            found.append(f"{there} {what} have answers, planned {planned}")
    return found


def _of_people(protocol: Protocol, done: _Done) -> list[str]:
    """Return the scales that rest on fewer people than planned."""
    table = done.found.table
    found = []
    for scale in done.scales:
        rows = table[(table["scale"] == scale) & table["term"].isin(_ASKED)]
        for word in ("wave", "group"):
            if word in rows.columns:
                rows = rows[rows[word] == ""]
        effects = rows[rows["term"] == _ASKED[0]]
        numbers = (effects if len(effects) else rows)["n"]
        if not len(numbers) or not protocol.people:
            continue
        n = numbers.iloc[0]
        if pd.isna(n):
            found.append(f"{scale} rests on too few people to tell of, planned {protocol.people}")
        elif int(n) < protocol.people:
            found.append(f"{scale} rests on {told_count(int(n))} people, planned {protocol.people}")
    return found


def _shown(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value)) or "empty"
    return "not given" if value is None else f"{value:g}" if isinstance(value, float) else repr(value)
