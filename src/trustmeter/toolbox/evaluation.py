"""What a card rests on: the result files that it names, read and believed only as they were written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trustmeter.errors import Problem, TrustmeterError
from trustmeter.pilot.evaluation.result_file import PilotRecord, read_result
from trustmeter.questionnaire.document import Place

_HINT = "Name files that `trustmeter pilot run` wrote: `evidence: [results/ghent.json]`. Without any: `evidence: []`."


def evaluations_of(said: Any, folder: Path, place: Place, problems: list[Problem]) -> tuple[PilotRecord, ...]:
    """Return the records of the result files that a card names; what cannot be used is a problem.

    Parameters
    ----------
    said
        What stands under ``evidence:``.
    folder
        The card's own folder, from which paths are read.
    place
        Where it stands.
    problems
        Every fault is added here.
    """
    if said is None or said == []:
        return ()
    if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
        problems.append(Problem("T-EVIDENCE", str(place), "A list of result files is expected here.", _HINT))
        return ()
    found = []
    for number, name in enumerate(said, start=1):
        where = str(place.at(f"#{number}"))
        if name in said[: number - 1]:
            problems.append(Problem("T-EVIDENCE-TWICE", where, "This file is named twice.", "Keep one line."))
            continue
        record = _record(name, folder, where, problems)
        found += [] if record is None else [record]
    return tuple(found)


def _record(name: str, folder: Path, where: str, problems: list[Problem]) -> PilotRecord | None:
    file = folder / name
    if file.suffix.lower() != ".json":
        message = "Evidence is a result file (.json); words about it are not evidence."
        problems.append(Problem("T-STRENGTH", where, message, _HINT))
        return None
    if not file.is_file():
        hint = "Give its path from the card's own folder, or write it with `trustmeter pilot run`."
        problems.append(Problem("T-EVIDENCE-MISSING", where, f"There is no result file {file.name!r}.", hint))
        return None
    try:
        return read_result(file)
    except TrustmeterError as error:
        said = " ".join(str(error).split())
        problems.append(Problem("T-EVIDENCE-UNREADABLE", where, said, "Write it again with `trustmeter pilot run`."))
    return None
