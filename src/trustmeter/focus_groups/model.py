"""The nouns of focus groups: a code, a codebook, coded segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from trustmeter.errors import DesignError, Problem, did_you_mean
from trustmeter.results import Provenance, told_count

COLUMNS = ("session", "group", "speaker", "segment", "start", "end", "code", "coder")
"""The columns of `Segments.frame`, in this order."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a codebook.

    Parameters
    ----------
    name
        What the code is called everywhere: different for each code. Where a codebook has the same words twice, the codes
        above are put before it (``"Police / Respect"``).
    parent
        The name of the code above, or an empty text.
    definition
        When the code is used, in the codebook's own words.
    label
        The words of the code alone, as they stand in the codebook.
    guid
        The identifier that tools exchange, or an empty text.
    colour
        ``"#rrggbb"``, or an empty text.
    codable
        Whether segments may be given the code, or whether it only gathers others.
    """

    name: str
    parent: str = ""
    definition: str = ""
    label: str = ""
    guid: str = ""
    colour: str = ""
    codable: bool = True


@dataclass(frozen=True, slots=True)
class Codebook:
    """Codes in the order of their file: each after the code above it."""

    codes: tuple[Code, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all codes."""
        return tuple(code.name for code in self.codes)

    def code(self, name: str) -> Code:
        """Return one code.

        Raises
        ------
        DesignError
            When there is no such code.
        """
        for code in self.codes:
            if code.name == name:
                return code
        raise DesignError(f"There is no code {name!r} in the codebook.{did_you_mean(name, self.names)}")

    def above(self, name: str) -> tuple[str, ...]:
        """Return the codes above a code, the nearest first."""
        line: list[str] = []
        while parent := self.code(line[-1] if line else name).parent:
            line.append(parent)
        return tuple(line)

    def top(self, name: str) -> str:
        """Return the uppermost code above a code, or the code itself."""
        return (name, *self.above(name))[-1]


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Segments:
    """What coders marked in what was said, one row a segment, code and coder. Made by `read_segments`.

    What was said is not in here unless it was asked for, and is never printed.

    Parameters
    ----------
    frame
        Columns ``session group speaker segment start end code coder``. ``start`` and ``end`` count characters of the session's
        text from 0, the end not included; missing where the file has none. A row without code says that the coder saw the
        segment and gave it none. Not to be published.
    codebook
        The codes with their order, hierarchy and definitions.
    sessions
        Session → its group, or an empty text where it has none or several; sessions in which nothing was coded, too.
    lengths
        Session → characters of its text, where known.
    text
        The words of each row of `frame`, or ``None``.
    source
        The file's name without its folder, or an empty text.
    simulated
        Whether the segments were made up.
    problems
        What was noticed in reading.
    """

    frame: pd.DataFrame
    codebook: Codebook
    sessions: Mapping[str, str]
    lengths: Mapping[str, int] = field(default_factory=dict)
    text: pd.Series[Any] | None = None
    source: str = ""
    simulated: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups, in the order of the file."""
        found = [*self.sessions.values(), *self.frame["group"]]
        return tuple(dict.fromkeys(str(group) for group in found if group))

    @property
    def coders(self) -> tuple[str, ...]:
        """The coders, in the order of the file."""
        return tuple(dict.fromkeys(str(coder) for coder in self.frame["coder"]))

    def provenance(self, **options: Any) -> Provenance:
        """Return where a result made from these segments comes from."""
        return Provenance(source=self.source, options=options, rows_used=len(self.frame), simulated=self.simulated)

    def __repr__(self) -> str:
        coded = int((self.frame["code"] != "").sum())
        parts = [f"{len(self.sessions)} sessions", f"{len(self.codebook.codes)} codes", f"{coded} codings"]
        parts.append(f"{len(self.coders)} coder{'' if len(self.coders) == 1 else 's'}")
        people = len(self.frame.loc[self.frame["speaker"] != "", ["session", "speaker"]].drop_duplicates())
        parts += [f"{told_count(people)} speakers"] if people else []
        parts += ["simulated"] if self.simulated else []
        return f"<Segments: {', '.join(parts)}>"
