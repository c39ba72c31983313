"""Run the tours and the evaluation of every pilot, side by side; write executed notebooks and reports to build/."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"


TOURS = ("is_the_meter_sound", "across_the_zones", "first_survey", "plan_a_pilot")
"""Notebooks that run once, the longest first; `pilot_evaluation` runs once a pilot file."""


def jobs(build: Path) -> dict[str, tuple[Path, Path, dict[str, str]]]:
    """Return the runs, the longest first: name → (notebook, executed copy, parameters)."""
    parameters = {tour: {"build": str(build)} for tour in TOURS}
    parameters["is_the_meter_sound"]["real_data"] = os.environ.get("TRUSTMETER_REAL_DATA", "")
    runs = {tour: (NOTEBOOKS / f"{tour}.ipynb", copy_of(tour, build), parameters[tour]) for tour in TOURS}
    for pilot in sorted((NOTEBOOKS / "pilots").glob("*.yaml")):
        wanted = {"pilot_file": str(pilot), "build": str(build)}
        runs[pilot.stem] = (NOTEBOOKS / "pilot_evaluation.ipynb", copy_of(pilot.stem, build), wanted)
    return runs


def copy_of(run: str, build: Path) -> Path:
    """Return where the executed copy of a run is written."""
    return build / "notebooks" / f"{run}.ipynb"


def run_one(notebook: Path, executed: Path, parameters: dict[str, str]) -> float:
    """Execute one notebook; return the seconds it took."""
    import papermill

    started = time.perf_counter()
    executed.parent.mkdir(parents=True, exist_ok=True)
    papermill.execute_notebook(
        str(notebook), str(executed), parameters, cwd=str(NOTEBOOKS), progress_bar=False, kernel_name="python3"
    )
    return time.perf_counter() - started


def keep_quiet(log: Path) -> None:
    """Send what kernels say beside their output to a file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)


def run_all(runs: dict[str, tuple[Path, Path, dict[str, str]]], log: Path) -> int:
    """Run notebooks side by side with a progress bar; return the number of failures."""
    from rich.progress import Progress

    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one core a notebook
    failures = 0
    with Progress() as progress, ProcessPoolExecutor(os.cpu_count(), initializer=keep_quiet, initargs=(log,)) as pool:
        task = progress.add_task("Notebooks", total=len(runs))
        waiting = {pool.submit(run_one, *run): name for name, run in runs.items()}
        for done in as_completed(waiting):
            name = waiting[done]
            try:
                progress.console.print(f"{name}: {done.result():.0f} s")
            except Exception as error:
                failures += 1
                progress.console.print(f"{name}: FAILED\n{error}", markup=False)
            progress.advance(task)
    return failures


def main(build: Path = ROOT / "build") -> int:
    """Run everything and say where it is; return the number of failures."""
    started = time.perf_counter()
    runs = jobs(build)
    failures = run_all(runs, build / "notebooks" / "kernels.log")
    print(f"{len(runs)} notebooks in {time.perf_counter() - started:.0f} s, {failures} failed.")
    print(f"Executed notebooks: {build / 'notebooks'}\nReports: {build / 'reports'}")
    return failures


if __name__ == "__main__":
    sys.exit(main(*(Path(argument).resolve() for argument in sys.argv[1:2])))
