"""Answers while the survey runs: the command that fetches them from the tool's server."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated, cast

import typer

import trustmeter as tm
from trustmeter.cli.answers import Keep, Mapping, QuestionnaireName, Respondent, Strict, Unfinished, Wave, Zone
from trustmeter.cli.terminal import bar, careful, print_problems, screen
from trustmeter.errors import DataQualityWarning, DesignError
from trustmeter.linking.writing import write_answers
from trustmeter.options import PullTool, UnfinishedRows


@careful
def pull(
    tool: Annotated[str, typer.Argument(help="limesurvey, odk or kobo.", show_default=False)],
    survey: Annotated[
        str,
        typer.Argument(help="LimeSurvey: its number. ODK: the form's id. Kobo: the project's id.", show_default=False),
    ],
    questionnaire: QuestionnaireName,
    project: Annotated[int | None, typer.Option(help="ODK Central: number of the project.")] = None,
    server: Annotated[
        str | None, typer.Option(help="Address of the server. Default: TRUSTMETER_…_URL in the environment.")
    ] = None,
    page: Annotated[int, typer.Option(help="So many answers are asked for at a time.")] = 500,
    respondent: Respondent = None,
    wave: Wave = None,
    zone: Zone = None,
    keep: Keep = None,
    strict: Strict = True,
    mapping: Mapping = None,
    unfinished: Unfinished = "keep",
    to: Annotated[Path | None, typer.Option("--to", help="Write the answers to this .csv.")] = None,
) -> None:
    """Fetch the answers to a survey that runs, and say what was noticed.

    Names, passwords and tokens come from the environment or the keyring: TRUSTMETER_LIMESURVEY_USER and _PASSWORD,
    TRUSTMETER_ODK_USER and _PASSWORD, TRUSTMETER_KOBO_TOKEN.
    """
    if to is not None and to.suffix.lower() != ".csv":
        raise DesignError(f"The answers are written to a file that ends in '.csv'. Got {to.name!r}.")
    with bar("Fetching answers") as progress, warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)  # the answers carry the same as problems
        answers = tm.pull_responses(
            cast(PullTool, tool), tm.load_questionnaire(questionnaire), survey=survey, project=project, server=server,
            page=page, progress=progress, respondent=respondent, wave=wave, zone=zone, keep=tuple(keep or ()),
            strict=strict, mapping=mapping, unfinished=cast(UnfinishedRows, unfinished),
        )  # fmt: skip
    print_problems(answers.problems, nothing="Nothing was noticed.")
    screen.print(f"Fetched: {len(answers)} answers.", markup=False, highlight=False)
    if to is not None:
        screen.print(f"Written: {write_answers(answers, to).name}", markup=False, highlight=False)
