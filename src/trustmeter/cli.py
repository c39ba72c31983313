"""The command line: check, score, reliability, compare, report, export, list, demo."""

from __future__ import annotations

import functools
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar, cast

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

import trustmeter as tm
from trustmeter.errors import DataQualityWarning, Problem, TrustmeterError
from trustmeter.options import ExportTool, ReportLanguage
from trustmeter.results import SIMULATED_MARK

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Measure whether trust between police and communities changed: from a questionnaire to a pilot's answer.",
)
screen = Console()
errors = Console(stderr=True)

P = ParamSpec("P")
R = TypeVar("R")

DEMO_WAVES = ("2022", "2023")

DataFile = Annotated[
    Path, typer.Argument(help="The answers: CSV, TSV, Excel, SPSS, Stata or parquet.", show_default=False)
]
QuestionnaireName = Annotated[
    str, typer.Option("--questionnaire", "-q", help="A name from `trustmeter list`, or the path of a questionnaire.")
]
Respondent = Annotated[str | None, typer.Option(help="Column that says who answered.")]
Wave = Annotated[str | None, typer.Option(help="Column that says in which wave.")]
Zone = Annotated[str | None, typer.Option(help="Column that says in which police zone.")]
Before = Annotated[str, typer.Option(help="Name of the wave before the pilot, as in the wave column.")]
After = Annotated[str, typer.Option(help="Name of the wave after.")]
OneZone = Annotated[str | None, typer.Option("--only-zone", help="Compare within this zone only.")]
Linked = Annotated[
    bool | None,
    typer.Option("--linked/--not-linked", help="Whether the same people answered twice. Default: found out."),
]
Strict = Annotated[
    bool, typer.Option("--strict/--set-aside", help="Refuse a file with faults, or set the faults aside.")
]
Sheet = Annotated[str | None, typer.Option(help="Sheet of an Excel file.")]
Language = Annotated[str, typer.Option(help="Language of the report: en, fr, nl or de.")]
To = Annotated[Path | None, typer.Option("--to", help="File to write.")]


def careful(command: Callable[P, R]) -> Callable[P, R]:
    """Turn every error into a sentence and an exit code; never print a value of the data."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (TrustmeterError, ImportError) as error:
            errors.print(f"[bold red]{type(error).__name__}[/]", highlight=False)
            errors.print(str(error), markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(2) from None
        except (typer.Exit, typer.Abort, KeyboardInterrupt):
            raise
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            text = f"trustmeter failed with {type(error).__name__} at {Path(place.filename).name}:{place.lineno}."
            errors.print(f"{text} Its message is not shown, for it might hold answers. Please report this line.")
            raise typer.Exit(1) from None

    return wrapped


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Show a spinner with the current step's name and time; yields the function that names the next step."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task("Starting", total=None)
        yield lambda name: progress.update(task, description=name)


@app.command()
@careful
def check(
    path: Annotated[Path, typer.Argument(help="A file of answers, or a questionnaire's folder or file.")],
    questionnaire: Annotated[str | None, typer.Option("--questionnaire", "-q", help="Needed for answers.")] = None,
    respondent: Respondent = None,
    wave: Wave = None,
    zone: Zone = None,
    sheet: Sheet = None,
) -> None:
    """Check answers (with --questionnaire) or a questionnaire (without), and say everything that is wrong."""
    if questionnaire is None:
        problems = tm.check_questionnaire(path)
        _print_problems(problems, nothing=f"{path.name}: nothing is wrong.")
        raise typer.Exit(2 if any(problem.severity == "error" for problem in problems) else 0)
    answers = _read(path, questionnaire, respondent, wave, zone, sheet, strict=False)
    _print_problems(answers.problems, nothing="Reading found nothing wrong.")
    screen.print(str(answers), markup=False)
    screen.print(tm.check_quality(answers).summary(), markup=False, highlight=False)


@app.command()
@careful
def score(
    path: DataFile,
    questionnaire: QuestionnaireName,
    respondent: Respondent = None,
    wave: Wave = None,
    zone: Zone = None,
    sheet: Sheet = None,
    strict: Strict = True,
    to: To = None,
) -> None:
    """Score every scale, 0 to 100; write the scores as CSV with --to (they are personal data: keep them safe)."""
    scores = tm.score(_read(path, questionnaire, respondent, wave, zone, sheet, strict=strict))
    screen.print(scores.summary(), markup=False, highlight=False)
    if to is not None:
        marked = scores.frame.assign(simulated="yes") if scores.simulated else scores.frame
        marked.to_csv(_writable(to), index=False)
        screen.print(f"Scores written to {to}", soft_wrap=True)


@app.command()
@careful
def reliability(
    path: DataFile,
    questionnaire: QuestionnaireName,
    respondent: Respondent = None,
    wave: Wave = None,
    zone: Zone = None,
    sheet: Sheet = None,
    strict: Strict = True,
) -> None:
    """Print alpha, omega, their intervals and the measurement error of every scale."""
    answers = _read(path, questionnaire, respondent, wave, zone, sheet, strict=strict)
    with steps() as step:
        step("Reliability")
        result = tm.reliability(answers)
    screen.print(result.summary(), markup=False, highlight=False)


@app.command()
@careful
def compare(
    path: DataFile,
    questionnaire: QuestionnaireName,
    before: Before,
    after: After,
    wave: Wave = "wave",
    respondent: Respondent = None,
    zone: Zone = None,
    only_zone: OneZone = None,
    linked: Linked = None,
    sheet: Sheet = None,
    strict: Strict = True,
) -> None:
    """Compare two waves on every scale and print what can be said."""
    answers = _read(path, questionnaire, respondent, wave, zone, sheet, strict=strict)
    with steps() as step:
        step("Comparing the waves")
        change = tm.compare(tm.score(answers), tm.PilotDesign(before, after, linked=linked, zone=only_zone))
    screen.print(change.summary(), markup=False, highlight=False)


@app.command()
@careful
def report(
    path: DataFile,
    questionnaire: QuestionnaireName,
    before: Before,
    after: After,
    wave: Wave = "wave",
    respondent: Respondent = None,
    zone: Zone = None,
    only_zone: OneZone = None,
    linked: Linked = None,
    sheet: Sheet = None,
    strict: Strict = True,
    language: Language = "en",
    to: To = None,
) -> None:
    """Write the report of two waves as one HTML file that opens anywhere."""
    answers = _read(path, questionnaire, respondent, wave, zone, sheet, strict=strict)
    with steps() as step:
        step("Comparing the waves")
        change = tm.compare(tm.score(answers), tm.PilotDesign(before, after, linked=linked, zone=only_zone))
        step("Writing the report")
        written = tm.report(change, to=to or Path("report.html"), language=cast("ReportLanguage", language))
    screen.print(f"Report: {written.resolve()}", soft_wrap=True, highlight=False)


@app.command()
@careful
def export(
    questionnaire: Annotated[str, typer.Argument(help="A name from `trustmeter list`, or a path.")],
    to: Annotated[Path, typer.Option("--to", help="File to write (.xlsx for xlsform, .html for html).")],
    tool: Annotated[str, typer.Option(help="xlsform (ODK, KoboToolbox, SurveyCTO) or html (to print).")] = "xlsform",
    language: Annotated[list[str] | None, typer.Option(help="May be given several times. Default: all.")] = None,
) -> None:
    """Write a questionnaire for a survey tool or for paper."""
    loaded = tm.load_questionnaire(questionnaire)
    written = tm.export_questionnaire(loaded, to, tool=cast("ExportTool", tool), languages=language)
    screen.print(f"{loaded.id} {loaded.version} for {tool}: {written.resolve()}", soft_wrap=True, highlight=False)


@app.command(name="list")
@careful
def list_() -> None:
    """List the questionnaires that come with trustmeter."""
    shelf = tm.list_questionnaires()[["id", "version", "status", "items", "scales", "languages", "title"]]
    _print_table(shelf.columns, shelf.astype(str).to_numpy().tolist())


@app.command()
@careful
def demo(
    to: To = None,
    language: Language = "en",
) -> None:
    """Run a whole pilot on simulated answers of one zone and write its report."""
    trust = tm.load_questionnaire("community-trust")
    with steps() as step:
        step("Reading the simulated answers")
        answers = tm.read_responses(
            tm.demo_file(), trust, respondent="id", wave="wave", zone="zone", language="language", mode="mode"
        )
        step("Checking the answers")
        quality = tm.check_quality(answers)
        step("Is the meter sound?")
        meter = tm.reliability(answers)
        items = tm.analyze_items(answers)
        step("Scoring, and comparing the waves")
        change = tm.compare(tm.score(answers), tm.PilotDesign(*DEMO_WAVES))
        step("Writing the report")
        page = to or Path("build/demo/report.html")
        written = tm.report(change, quality, meter, items, to=page, language=cast("ReportLanguage", language))
    screen.print(str(answers), markup=False, highlight=False)
    _print_change(change)
    screen.print(f"Report: {written.resolve()}", soft_wrap=True, highlight=False)


def _read(
    path: Path,
    questionnaire: str,
    respondent: str | None,
    wave: str | None,
    zone: str | None,
    sheet: str | None,
    *,
    strict: bool,
) -> tm.Responses:
    with steps() as step, warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)  # the answers carry the same as problems
        step(f"Reading {path.name}")
        loaded = tm.load_questionnaire(questionnaire)
        return tm.read_responses(path, loaded, respondent=respondent, wave=wave, zone=zone, sheet=sheet, strict=strict)


def _print_problems(problems: list[Problem] | tuple[Problem, ...], *, nothing: str) -> None:
    if not problems:
        screen.print(nothing, markup=False)
    for problem in problems:
        screen.print(f"{problem.severity}: {problem}", markup=False, highlight=False, soft_wrap=True)


def _print_table(headings: Any, rows: list[list[str]], *, title: str | None = None) -> None:
    table = Table(
        header_style="bold", box=None, title=title, title_style="bold", title_justify="left", padding=(0, 2, 0, 0)
    )
    for place, heading in enumerate(headings):
        table.add_column(str(heading), overflow="fold", no_wrap=place == 0)
    for row in rows:
        table.add_row(*row)
    screen.print(table)


def _print_change(change: tm.Comparison) -> None:
    """Print the main columns: name, both means, change, interval, verdict. The report holds the rest."""
    shown = tm.to_table(change).iloc[:, [0, 1, 2, 3, 4, 8]].astype(str)
    _print_table(shown.columns, shown.to_numpy().tolist(), title=SIMULATED_MARK if change.simulated else None)


def _writable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


if __name__ == "__main__":
    sys.exit(app())
