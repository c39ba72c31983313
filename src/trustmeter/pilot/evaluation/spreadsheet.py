"""The tables behind an evaluation as CSV files, for the evaluator's own desk."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.options import harmless
from trustmeter.pilot.evaluation.result import PilotEvaluation
from trustmeter.results import SIMULATED_MARK

FOR_THE_DESK = (
    "For the evaluator alone: not for publication, and not to be passed on. These numbers are not rounded, and counts stand here "
    "that the report hides; beside the report they could give a few people away."
)
"""What stands at the head of the notes."""


def write_tables(evaluation: PilotEvaluation, folder: Path) -> list[Path]:
    """Write one CSV a result and questionnaire (unrounded, as ``tidy()``, simulated ones marked in every row), and their notes.

    Raises
    ------
    DesignError
        When the folder cannot be written to.
    """
    written, notes = [], [*([SIMULATED_MARK] if evaluation.simulated else []), FOR_THE_DESK]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part in evaluation.parts:
            kinds: dict[str, int] = {}
            for result in (part.change, *part.results):
                kind = type(result).__name__
                kinds[kind] = kinds.get(kind, 0) + 1
                again = f"-{kinds[kind]}" if kinds[kind] > 1 else ""
                path = folder / f"{part.name}-{kind}{again}.csv"
                table = result.tidy()
                marked = table.assign(simulated="yes") if result.simulated or part.simulated else table
                _harmless(marked).to_csv(path, index=False)
                written.append(path)
                notes += [f"\n{path.name}: {result.title}", *(f"- {note}" for note in result.notes)]
        notes += ["", *(str(one) for one in evaluation.skipped)]
        (folder / "notes.txt").write_text("\n".join(notes).strip() + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DesignError(f"Tables cannot be written to {folder.name!r}: {reason}. Name another folder.") from None
    return [*written, folder / "notes.txt"]


def _harmless(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table in which no text can be taken for a formula."""
    texts = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    return table.assign(**{name: table[name].map(harmless) for name in texts})
