"""The terminal: what is printed there, and how; and every error as a sentence and an exit code."""

from __future__ import annotations

import functools
import re
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

import trustmeter as tm
from trustmeter.errors import Problem, TrustmeterError
from trustmeter.results import SIMULATED_MARK

screen = Console()
errors = Console(stderr=True)

_OPTIONS = (
    (r"`wave=\{'2022': .*?\.\.\.\}`", "`--wide 2022={item}_2022 --wide 2023={item}_2023`"),
    (r"`(?:read_responses\(\.\.\., )?(\w+)='column name'\)?`", r"`--\1 'column name'`"),
    (r"PilotDesign\(\.\.\., zone=\.\.\.\)|compare\(zone=\.\.\.\)", "--only-zone"),
    (r"compare\(linked=True\)|linked=True", "--linked"),
    (r"linked=False", "--not-linked"),
    (r"linked='overlap'", "--overlap"),
    (r"`area='column'`", "`--area column`"),
    (r"`treated=\[\.\.\.\]`", "`--treated`"),
    (r"`clusters='(\w+)'`", r"`--clusters \1`"),
    (r"`registry='my-zones.csv'`", "`--registry my-zones.csv`"),
    (r"`list_zones`", "`trustmeter list-zones`"),
    (r"`read_population\(\.\.\., date='([^']+)'\)`", r"`--date \1`"),
    (r"`age_bands=\['(\d+-\d+)', '(\d+\+)'\]`", r"`--age-band \1 --age-band \2`"),
    (r"`by`", "`--by`"),
    (r"`randomized=True`", "`--randomized`"),
    (
        r"\(`wave='([^']+)'`\), or cross with the wave \(`columns='([^']+)'`\)",
        r"(`--only-wave \1`), or cross with it (`--columns \2`)",
    ),
    (r"`columns=\{'(\w+)': '…'\}`", r"`--column \1=…`"),
    (
        r"`recode=\{'([^']+)': \{'code': '([^']*)', …\}\}`; '' stands",
        r"`--recode \1:code=\2`; nothing after the = stands",
    ),
    (r"`groups=\{'([^']+)': \{'([^']+)': 'new name', …\}\}`", r"`--group '\1:\2=new name'` (once each)"),
    (r"`column='(\w+)'`", r"`--name \1`"),
    (r"with `groups`", "with `--group`"),
    (r"in `groups`", "in `--group`"),
    (r"variable in `columns`", "variable in `--column`"),
    (r"variable in `recode`", "variable in `--recode`"),
    (r"out with `answers\.select`", "out of the file"),
    (r"`unanswered='own_share'`", "`--unanswered own_share`"),
    (r"look at `trim_weights`, or put", "put"),
    (r"`smallest_effect`", "`--smallest-effect`"),
    (r"; keep it when reading: `read_responses\(\.\.\., keep=\[\.\.\.\]\)`", ""),
    (r"`read_responses\(\.\.\., keep=\['([^']+)'\]\)`", r"`--keep \1`"),
    (r"strict=False", "--set-aside"),
    (r"`(keep|sheet|mapping)=`", r"`--\1`"),
    (r"`unfinished='set_aside'`", "`--unfinished set_aside`"),
    (r"`propose_mapping`", "`trustmeter map-columns`"),
    (r"`check_quality` says", "`trustmeter check` says"),
    (r" Keep one wave first: .*", " Keep one wave of the file first."),
)
"""What a sentence says to people who call Python, and what to those who type a command."""

P = ParamSpec("P")
R = TypeVar("R")


def careful(command: Callable[P, R]) -> Callable[P, R]:
    """Turn every error into a sentence and an exit code; never print a value of the data."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (TrustmeterError, ImportError) as error:
            errors.print(f"[bold red]{type(error).__name__}[/]", highlight=False)
            errors.print(for_the_shell(str(error)), markup=False, highlight=False, soft_wrap=True)
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


@contextmanager
def bar(name: str) -> Iterator[Callable[[float], None]]:
    """Show a bar; yields the function that takes the share that is done, from 0 to 1."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task(name, total=1.0)
        yield lambda share: progress.update(task, completed=share)


def for_the_shell(text: str) -> str:
    """Return a sentence that names arguments of Python calls with the options of this command line instead."""
    for pattern, option in _OPTIONS:
        text = re.sub(pattern, option, text)
    return text


def print_problems(problems: Iterable[Problem], *, nothing: str) -> None:
    """Print each problem on a line, or that there is none."""
    problems = list(problems)
    if not problems:
        screen.print(nothing, markup=False)
    for problem in problems:
        line = for_the_shell(f"{problem.severity}: {problem}")
        screen.print(line, markup=False, highlight=False, soft_wrap=True)


def print_table(headings: Any, rows: list[list[str]], *, title: str | None = None) -> None:
    """Print a table that folds long cells."""
    table = Table(
        header_style="bold", box=None, title=title, title_style="bold", title_justify="left", padding=(0, 2, 0, 0)
    )
    for place, heading in enumerate(headings):
        table.add_column(str(heading), overflow="fold", no_wrap=place == 0)
    for row in rows:
        table.add_row(*row)
    screen.print(table)


def print_result(result: tm.Comparison | tm.ReliabilityResult, columns: Any) -> None:
    """Print some columns of the table for people, then the notes that must travel with it."""
    shown = tm.to_table(result)
    if result.simulated:
        shown = shown.iloc[:, :-1]
    shown = shown.iloc[:, columns].astype(str)
    print_table(shown.columns, shown.to_numpy().tolist(), title=SIMULATED_MARK if result.simulated else None)
    for note in result.notes:
        screen.print(f"Note: {for_the_shell(note)}", markup=False, highlight=False)
