"""A file each wave, as the tool wrote it: the command that puts them into one, with a column that says which wave."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated

import typer

import trustmeter as tm
from trustmeter.cli.answers import Keep, QuestionnaireName, Respondent, Strict, Zone
from trustmeter.cli.fieldwork.commands import FREE_TEXT_INSIDE, FREE_TEXT_OUT
from trustmeter.cli.terminal import careful, print_problems, screen, steps
from trustmeter.errors import DataQualityWarning, DesignError
from trustmeter.linking.writing import free_texts, write_answers
from trustmeter.pilot.file.answers import together


@careful
def join(
    waves: Annotated[
        list[str], typer.Argument(help="Each wave and its file: before=march.csv after=june.csv.", show_default=False)
    ],
    questionnaire: QuestionnaireName,
    to: Annotated[Path, typer.Option("--to", "--out", help="Write all answers to this .csv.")],
    respondent: Respondent = None,
    zone: Zone = None,
    keep: Keep = None,
    strict: Strict = True,
    free_text: Annotated[
        bool, typer.Option("--free-text", help="Also write what people wrote in their own words. Read it first.")
    ] = False,
) -> None:
    """Put the files of several waves into one, with a column `wave`; no spreadsheet touches them."""
    named = [(name.strip(), file.strip()) for name, _, file in (word.partition("=") for word in waves)]
    if not all(name and file for name, file in named):
        raise DesignError("`trustmeter join` takes each wave with its file: `before=march.csv after=june.csv`.")
    if to.suffix.lower() != ".csv":
        raise DesignError(f"The answers are written to a file that ends in '.csv'. Got {to.name!r}.")
    asked = tm.load_questionnaire(questionnaire)
    with steps() as step, warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)  # the answers carry the same as problems
        parts = []
        for name, file in named:
            step(f"Reading {Path(file).name}")
            parts.append(
                tm.read_responses(
                    file, asked, respondent=respondent, wave={name: "{item}"}, zone=zone, keep=tuple(keep or ()), strict=strict
                )
            )  # fmt: skip
        answers = together(parts)
    print_problems(answers.problems, nothing="Nothing was noticed.")
    for (name, _), part in zip(named, parts, strict=True):
        screen.print(f"{name}: {len(part)} answers.", markup=False, highlight=False)
    screen.print(f"Written: {write_answers(answers, to, free_text=free_text).name}", markup=False, highlight=False)
    words = free_texts(answers)
    if words:
        told = FREE_TEXT_INSIDE if free_text else FREE_TEXT_OUT
        screen.print(f"{told} {', '.join(words)}.", markup=False, highlight=False)
