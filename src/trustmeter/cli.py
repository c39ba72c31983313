"""The command line: check, score, reliability, compare, report, export, list, demo."""

from __future__ import annotations

import functools
import re
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
from trustmeter.errors import DataQualityWarning, DesignError, Problem, ResponsesError, TrustmeterError
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

_OPTIONS = (
    (r"`wave=\{'2022': .*?\.\.\.\}`", "`--wide 2022={item}_2022 --wide 2023={item}_2023`"),
    (r"`(?:read_responses\(\.\.\., )?(\w+)='column name'\)?`", r"`--\1 'column name'`"),
    (r"PilotDesign\(\.\.\., zone=\.\.\.\)|compare\(zone=\.\.\.\)", "--only-zone"),
    (r"compare\(linked=True\)|linked=True", "--linked"),
    (r"linked=False", "--not-linked"),
    (r"strict=False", "--set-aside"),
    (r"`(keep|sheet)=`", r"`--\1`"),
    (r"`check_quality` says", "`trustmeter check` says"),
    (r" Keep one wave first: .*", " Keep one wave of the file first."),
)
"""What a sentence says to people who call Python, and what to those who type a command."""

P = ParamSpec("P")
R = TypeVar("R")

DEMO_WAVES = ("2022", "2023")

_CHANGE_COLUMNS = [0, 1, 2, 3, 4, 8]
"""Name, both means, change, interval, verdict: what fits a terminal of 80 columns. The report holds the rest."""

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
Keep = Annotated[list[str] | None, typer.Option(help="Another column to carry along. May be given several times.")]
Wide = Annotated[
    list[str] | None,
    typer.Option(help="For waves side by side, once a wave: its name and its headings, such as 2022={item}_2022."),
]
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
            errors.print(_for_the_shell(str(error)), markup=False, highlight=False, soft_wrap=True)
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
    keep: Keep = None,
    wide: Wide = None,
) -> None:
    """Check answers (with --questionnaire) or a questionnaire (without), and say everything that is wrong.

    The exit code is 2 when there are errors.
    """
    if questionnaire is None:
        problems = tm.check_questionnaire(path)
        _print_problems(problems, nothing=f"{path.name}: nothing is wrong.")
        raise typer.Exit(2 if any(problem.severity == "error" for problem in problems) else 0)
    where = (path, questionnaire, respondent, wave, zone, sheet, keep, wide)
    faults: tuple[Problem, ...] = ()
    try:
        answers = _read(*where, strict=True)
    except ResponsesError as error:
        faults = error.problems
        _print_problems(faults, nothing=str(error))
        answers = _read(*where, strict=False)
        screen.print("\nWith the faulty cells and rows set aside:", markup=False)
    if not faults:
        _print_problems(answers.problems, nothing="Reading found nothing wrong.")
    screen.print(str(answers), markup=False)
    screen.print(tm.check_quality(answers).summary(), markup=False, highlight=False)
    raise typer.Exit(2 if faults else 0)


@app.command()
@careful
def score(
    path: DataFile,
    questionnaire: QuestionnaireName,
    respondent: Respondent = None,
    wave: Wave = None,
    zone: Zone = None,
    sheet: Sheet = None,
    keep: Keep = None,
    wide: Wide = None,
    strict: Strict = True,
    to: To = None,
) -> None:
    """Score every scale, 0 to 100; write the scores as CSV with --to (they are personal data: keep them safe)."""
    scores = tm.score(_read(path, questionnaire, respondent, wave, zone, sheet, keep, wide, strict=strict))
    screen.print(scores.summary(), markup=False, highlight=False)
    if to is not None:
        marked = scores.frame.assign(simulated="yes") if scores.simulated else scores.frame
        try:
            to.parent.mkdir(parents=True, exist_ok=True)
            marked.to_csv(to, index=False)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise DesignError(f"`--to` cannot write {to.name!r} there: {reason}. Name another file.") from None
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
    keep: Keep = None,
    wide: Wide = None,
    strict: Strict = True,
) -> None:
    """Print alpha, omega, their intervals and the measurement error of every scale."""
    answers = _read(path, questionnaire, respondent, wave, zone, sheet, keep, wide, strict=strict)
    with steps() as step:
        step("Reliability")
        result = tm.reliability(answers)
    _print_result(result, columns=slice(None))


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
    keep: Keep = None,
    wide: Wide = None,
    strict: Strict = True,
) -> None:
    """Compare two waves on every scale and print what can be said."""
    answers = _read(path, questionnaire, respondent, wave, zone, sheet, keep, wide, strict=strict)
    with steps() as step:
        step("Comparing the waves")
        change = tm.compare(tm.score(answers), tm.PilotDesign(before, after, linked=linked, zone=only_zone))
    _print_result(change, columns=_CHANGE_COLUMNS)


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
    keep: Keep = None,
    wide: Wide = None,
    strict: Strict = True,
    language: Language = "en",
    to: To = None,
) -> None:
    """Write the report of two waves as one HTML file that opens anywhere."""
    answers = _read(path, questionnaire, respondent, wave, zone, sheet, keep, wide, strict=strict)
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
    tool: Annotated[str, typer.Option(help="xlsform (ODK, KoboToolbox) or html (to print).")] = "xlsform",
    language: Annotated[
        list[str] | None,
        typer.Option(help="xlsform: may be given several times, default all. html: one, default the first of `list`."),
    ] = None,
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
    _print_result(change, columns=_CHANGE_COLUMNS)
    screen.print(f"Report: {written.resolve()}", soft_wrap=True, highlight=False)


def _read(
    path: Path,
    questionnaire: str,
    respondent: str | None,
    wave: str | None,
    zone: str | None,
    sheet: str | None,
    keep: list[str] | None,
    wide: list[str] | None,
    *,
    strict: bool,
) -> tm.Responses:
    with steps() as step, warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)  # the answers carry the same as problems
        step(f"Reading {path.name}")
        return tm.read_responses(
            path,
            tm.load_questionnaire(questionnaire),
            respondent=respondent,
            wave=_patterns(wide) if wide else wave,
            zone=zone,
            sheet=sheet,
            keep=keep or (),
            strict=strict,
        )


def _patterns(wide: list[str]) -> dict[str, str]:
    """Return the pattern of each wave from words such as ``2022={item}_2022``."""
    pairs = dict(word.split("=", 1) for word in wide if "=" in word)
    if len(pairs) < len(wide) or not all("{item}" in pattern for pattern in pairs.values()):
        raise DesignError("`--wide` takes a wave and the pattern of its headings, such as `2022={item}_2022`.")
    return pairs


def _for_the_shell(text: str) -> str:
    """Return a sentence that names arguments of Python calls with the options of this command line instead."""
    for pattern, option in _OPTIONS:
        text = re.sub(pattern, option, text)
    return text


def _print_problems(problems: list[Problem] | tuple[Problem, ...], *, nothing: str) -> None:
    if not problems:
        screen.print(nothing, markup=False)
    for problem in problems:
        line = _for_the_shell(f"{problem.severity}: {problem}")
        screen.print(line, markup=False, highlight=False, soft_wrap=True)


def _print_table(headings: Any, rows: list[list[str]], *, title: str | None = None) -> None:
    table = Table(
        header_style="bold", box=None, title=title, title_style="bold", title_justify="left", padding=(0, 2, 0, 0)
    )
    for place, heading in enumerate(headings):
        table.add_column(str(heading), overflow="fold", no_wrap=place == 0)
    for row in rows:
        table.add_row(*row)
    screen.print(table)


def _print_result(result: tm.Comparison | tm.ReliabilityResult, columns: Any) -> None:
    """Print some columns of the table for people, then the notes that must travel with it."""
    shown = tm.to_table(result)
    if result.simulated:
        shown = shown.iloc[:, :-1]
    shown = shown.iloc[:, columns].astype(str)
    _print_table(shown.columns, shown.to_numpy().tolist(), title=SIMULATED_MARK if result.simulated else None)
    for note in result.notes:
        screen.print(f"Note: {_for_the_shell(note)}", markup=False, highlight=False)


if __name__ == "__main__":
    sys.exit(app())
