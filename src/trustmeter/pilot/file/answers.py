"""The answers of a pilot: from one file or several, or made up where there are none yet."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, Problem, ResponsesError
from trustmeter.exchange.answers import read_responses
from trustmeter.pilot.file.model import Pilot, Survey
from trustmeter.pilot.file.stand_in import with_places
from trustmeter.responses.model import MISSING_KINDS, Responses
from trustmeter.responses.simulation import simulate_responses

STAND_IN_OVERLAP = 0.5
"""Which share of stand-in people is in every wave, where the design says that some are."""

_NOT_ASKED = 1 + MISSING_KINDS.index("not_asked")


def read_pilot_answers(
    pilot: Pilot, *, questionnaire: str | None = None, seed: int | None = None, strict: bool = True
) -> Responses:
    r"""Read a pilot's answers to one questionnaire; where no file is there, answers simulated from it stand in.

    Where several files fit the pattern in ``data`` they are read together: each may hold one wave, or several. Stand-in answers
    hold no change between the waves and no effect: what a report finds in them is chance. Areas, clusters, weights, covariates
    and subgroups that the pilot names are made up with them. They say of themselves that they are simulated, on every table and
    picture.

    Parameters
    ----------
    pilot
        From `read_pilot`.
    questionnaire
        The id of one of the pilot's questionnaires; ``None`` is the main one.
    seed
        For stand-in answers. Default: made from the pilot's id, so that every run gives the same.
    strict
        As in `read_responses`: ``False`` sets faulty cells and rows aside.

    Returns
    -------
    Responses

    Raises
    ------
    ResponsesError
        When a file is there but has faults, or a person is twice in a wave of several files.
    DesignError
        When `pilot` is none, or has no such questionnaire.

    Examples
    --------
    >>> import tempfile, trustmeter as tm
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp())
    >>> lines = ["id: ghent", "zone: Ghent", "title: Nearness", "questionnaire: community-trust", "waves: {before: a, after: b}"]
    >>> _ = (folder / "ghent.yaml").write_text("\n".join(lines), encoding="utf-8")
    >>> tm.read_pilot_answers(tm.read_pilot(folder / "ghent.yaml")).simulated
    True
    """
    if not isinstance(pilot, Pilot):
        raise DesignError(f"`read_pilot_answers` takes a pilot. Got {type(pilot).__name__}. Read it with `read_pilot`.")
    survey = pilot.survey(questionnaire)
    if survey.files:
        return together([_read(pilot, survey, str(file), strict) for file in survey.files])
    drawn = _seed(pilot, survey, seed)
    linked = survey.design.linked
    made = simulate_responses(
        survey.questionnaire,
        survey.expected_people,
        waves=survey.design.waves,
        linked=STAND_IN_OVERLAP if linked == "overlap" else linked is not False,
        zone=pilot.zone,
        seed=drawn,
    )
    return with_places(made, survey.design, drawn, more=survey.subgroups)


def _seed(pilot: Pilot, survey: Survey, seed: int | None) -> int:
    """Return a seed; further questionnaires of a pilot get another than the main one."""
    main = survey is pilot.surveys[0]
    name = pilot.id if main else f"{pilot.id} {survey.questionnaire.id}"
    return zlib.crc32(name.encode()) if seed is None else seed


def _read(pilot: Pilot, survey: Survey, file: str, strict: bool) -> Responses:
    columns = survey.columns
    return read_responses(
        file, survey.questionnaire, respondent=columns.get("respondent"), wave=columns.get("wave"), zone=columns.get("zone"),
        language=columns.get("language"), mode=columns.get("mode"), sheet=survey.sheet, keep=_kept(pilot, survey),
        strict=strict,
    )  # fmt: skip


def _kept(pilot: Pilot, survey: Survey) -> tuple[str, ...]:
    """Return the columns that the design, the subgroups and the margins need beside the roles and the questions."""
    design = survey.design
    sources = () if pilot.margins is None else pilot.margins.fit(survey.questionnaire).sources.values()
    asked = {item.id for item in survey.questionnaire.items}
    roles = {*survey.columns, *survey.columns.values()}
    named = [
        design.area,
        design.clusters,
        design.weights,
        *design.covariates,
        *(one for one in (*survey.subgroups, *sources) if one not in asked),
    ]
    return tuple(dict.fromkeys(name for name in named if name is not None and name not in roles))


def together(parts: list[Responses]) -> Responses:
    """Return the answers of several files as one; a question that a file does not hold was not asked there."""
    first = parts[0]
    if len(parts) == 1:
        return first
    items = [
        name for name in (item.id for item in first.questionnaire.items) if any(name in one.missing for one in parts)
    ]
    frames, missing = [], []
    for one in parts:
        absent = [name for name in items if name not in one.missing]
        frames.append(one.frame)
        missing.append(one.missing.assign(**{name: np.int8(_NOT_ASKED) for name in absent})[items])
    frame = pd.concat(frames, ignore_index=True)
    found = replace(
        first,
        frame=frame[[*(name for name in frame.columns if name not in items), *items]],
        missing=pd.concat(missing, ignore_index=True).astype("int8"),
        source=", ".join(one.source for one in parts),
        simulated=any(one.simulated for one in parts),
        problems=tuple(
            replace(problem, where=f"{one.source}: {problem.where}") for one in parts for problem in one.problems
        ),
    )
    _refuse_twice(found)
    return found


def _refuse_twice(answers: Responses) -> None:
    """Refuse a person who is in one wave of several files."""
    roles = answers.roles
    keys = [name for name in (roles.respondent, roles.wave, roles.zone) if name is not None]
    if roles.respondent is None or not answers.frame.duplicated(keys).any():
        return
    where = f"column {roles.respondent} of {answers.source}"
    message = "Some people are in the same wave of more than one of these files."
    problem = Problem(
        "R-RESPONDENT-DUPLICATE", where, message, "Keep one file of each wave, or narrow the pattern in `data`."
    )
    raise ResponsesError("The files of answers cannot be read together.", [problem])
