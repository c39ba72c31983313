"""Commands on a pilot's file: new, check, information."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, cast

import typer

import trustmeter as tm
from trustmeter.cli.terminal import careful, print_problems, screen
from trustmeter.errors import DesignError
from trustmeter.options import ReportLanguage
from trustmeter.pilot.file.form import THEMES
from trustmeter.pilot.file.template import USUAL, pilot_template, slug, write_template

PilotFile = Annotated[Path, typer.Argument(help="The pilot file.", show_default=False)]


@careful
def check(file: PilotFile) -> None:
    """Say what is wrong in a pilot file, what its zone still has to fill in, and whether answers and margins are there.

    The exit code is 2 when it cannot be used.
    """
    pilot = tm.read_pilot(file)
    print_problems(pilot.remarks, nothing="Nothing is left to fill in.")
    screen.print(str(pilot), markup=False, highlight=False, soft_wrap=True)
    for survey in pilot.surveys:
        there = ", ".join(one.name for one in survey.files) or "no answers yet"
        fit = "" if pilot.margins is None else f"; {pilot.margins.fit(survey.questionnaire)}"
        screen.print(f"{survey.questionnaire.id}: {there}{fit}", markup=False, highlight=False, soft_wrap=True)


@careful
def new(
    zone: Annotated[str | None, typer.Option(help="The police zone.")] = None,
    theme: Annotated[str | None, typer.Option(help="proximity, complaints or human_resources.")] = None,
    questionnaire: Annotated[
        str | None, typer.Option("--questionnaire", "-q", help="Default: the usual one of the theme.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="The file to write. Default: made from zone and theme.")
    ] = None,
) -> None:
    """Write a pilot file to fill in: valid at once, with a comment beside each line."""
    zone = _asked("zone", zone, "The police zone")
    theme = _asked("theme", theme, f"The theme ({', '.join(THEMES)})")
    asked = tm.load_questionnaire(questionnaire or USUAL.get(theme, USUAL["proximity"]))
    text = pilot_template(zone, theme, asked)
    written = write_template(text, to or Path(f"{slug(f'{zone} {theme}')}.yaml"))
    tm.read_pilot(written)
    screen.print(
        f"Written: {written}. Fill it in, then: trustmeter pilot check {written}",
        markup=False,
        soft_wrap=True,
        highlight=False,
    )


@careful
def information(
    file: PilotFile,
    language: Annotated[
        list[str] | None,
        typer.Option("--language", help="en, fr, nl or de; again for more. Default: those of the file."),
    ] = None,
    questionnaire: Annotated[str | None, typer.Option("--questionnaire", "-q", help="Default: the main one.")] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="The .html file; with several languages their names are added.")
    ] = None,
) -> None:
    """Write the page that people get before they answer: a draft, to be confirmed by counsel."""
    pilot = tm.read_pilot(file)
    languages = language or list(pilot.report_languages)
    for one in languages:
        name = to or Path("build") / pilot.id / "information.html"
        path = name if to is not None and len(languages) == 1 else name.with_stem(f"{name.stem}-{one}")
        tm.information_sheet(pilot, to=path, language=cast("ReportLanguage", one), questionnaire=questionnaire)
        screen.print(
            f"Draft, to be confirmed by counsel: {path.resolve()}", markup=False, soft_wrap=True, highlight=False
        )


def _asked(option: str, given: str | None, question: str) -> str:
    """Return what was given, or ask for it where somebody can answer."""
    if given is not None:
        return given
    if sys.stdin.isatty():
        return str(typer.prompt(question))
    raise DesignError(f"`trustmeter pilot new` needs `--{option}`.")
