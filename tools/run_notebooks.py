"""Run the tour, the examination of the meter, and the evaluation of every pilot; write executed notebooks and reports to build/."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"


def jobs(build: Path) -> dict[str, tuple[Path, Path, dict[str, str]]]:
    """Return the runs: name → (notebook, executed copy, parameters)."""
    executed = build / "notebooks"
    runs = {"first_survey": (NOTEBOOKS / "first_survey.ipynb", executed / "first_survey.ipynb", {"build": str(build)})}
    meter, parameters = (
        "is_the_meter_sound",
        {"build": str(build), "real_data": os.environ.get("TRUSTMETER_REAL_DATA", "")},
    )
    runs[meter] = (NOTEBOOKS / f"{meter}.ipynb", executed / f"{meter}.ipynb", parameters)
    for pilot in sorted((NOTEBOOKS / "pilots").glob("*.yaml")):
        parameters = {"pilot_file": str(pilot), "build": str(build)}
        runs[pilot.stem] = (NOTEBOOKS / "pilot_evaluation.ipynb", executed / f"{pilot.stem}.ipynb", parameters)
    return runs


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


def main(build: Path = ROOT / "build") -> int:
    """Run everything in parallel with a progress bar; return the number of failures."""
    from rich.progress import Progress

    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    failures = 0
    runs, log = jobs(build), build / "notebooks" / "kernels.log"
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
    print(f"Executed notebooks: {build / 'notebooks'}\nReports: {build / 'reports'}")
    return failures


if __name__ == "__main__":
    sys.exit(main(*(Path(argument).resolve() for argument in sys.argv[1:2])))
