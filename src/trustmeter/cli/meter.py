"""Commands on the meter: may groups and waves be compared?"""

from __future__ import annotations

import warnings
from typing import Annotated

import typer

import trustmeter as tm
from trustmeter.cli.answers import DataFile, Keep, QuestionnaireName, Respondent, Strict, To, Wave, Zone
from trustmeter.cli.terminal import careful, for_the_shell, print_table, screen, steps
from trustmeter.errors import DataQualityWarning, DesignError
from trustmeter.results import SIMULATED_MARK

Across = Annotated[
    str,
    typer.Option(help="What is compared: wave, zone, language, mode, a question's id, or a column kept with --keep."),
]
LanguageColumn = Annotated[str | None, typer.Option("--language", help="Column that says in which language.")]
Mode = Annotated[str | None, typer.Option(help="Column that says in which survey mode.")]
Scale = Annotated[list[str] | None, typer.Option(help="Only this scale. May be given several times.")]
Tolerance = Annotated[float, typer.Option(help="Points of the 0-100 score that are of no account.")]


@careful
def comparable(
    path: DataFile,
    questionnaire: QuestionnaireName,
    across: Across,
    respondent: Respondent = None,
    wave: Wave = None,
    zone: Zone = None,
    language: LanguageColumn = None,
    mode: Mode = None,
    keep: Keep = None,
    scale: Scale = None,
    tolerance: Tolerance = 2.0,
    strict: Strict = True,
    to: To = None,
) -> None:
    """Say of each scale whether groups or waves may be compared on it, and why; draw it with --to picture.png."""
    with steps() as step, warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)  # the answers carry the same as problems
        step(f"Reading {path.name}")
        answers = tm.read_responses(
            path, tm.load_questionnaire(questionnaire), respondent=respondent, wave=wave, zone=zone, language=language, mode=mode,
            keep=keep or (), strict=strict,
        )  # fmt: skip
        _check_across(answers, across)
        step("Comparability")
        found = tm.check_invariance(answers, across=across, scale=scale or None, tolerance=tolerance)
    _print(found)
    if to is not None:
        try:
            to.parent.mkdir(parents=True, exist_ok=True)
            tm.plot(found).savefig(to)
        except (OSError, ValueError):
            raise DesignError(
                f"`--to` cannot write a picture to {to.name!r}. Name a .png, .svg or .pdf file."
            ) from None
        screen.print(f"Picture written to {to}", soft_wrap=True)


def _check_across(answers: tm.Responses, across: str) -> None:
    """Refuse a word that names nothing to compare, and list what can be."""
    words = ("wave", "zone", "language", "mode")
    roles = [role for role in words if getattr(answers.roles, role)]
    kept = [str(name) for name in answers.frame.columns if name not in answers.item_ids]
    if across in {*words, *kept, *answers.item_ids}:
        return
    named = ", ".join(roles) or "nothing yet"
    message = f"`--across` knows no {across!r}. Columns named on this command line: {named}; also a question's id."
    raise DesignError(f"{message} Name others with --wave, --zone, --language, --mode or --keep.")


def _print(found: tm.InvarianceResult) -> None:
    """Print the sentence of each scale, a row a scale with the steps that hold, and the notes."""
    steps_taken = list(dict.fromkeys(found.decisions["step"]))
    rows = []
    for scale in found.verdicts:
        mine = found.decisions[found.decisions["scale"] == scale].set_index("step")["holds"]
        rows.append([scale, *(str(mine.get(name, "-")).replace("in part", "part") for name in steps_taken)])
    screen.print(SIMULATED_MARK if found.simulated else "", markup=False)
    for sentence in found.sentences.values():
        screen.print(sentence, markup=False, highlight=False)
    screen.print()
    print_table(["Scale", *steps_taken], rows)
    for note in found.notes:
        screen.print(f"Note: {for_the_shell(note)}", markup=False, highlight=False)
