"""Every notebook runs from top to bottom, for every pilot, and is committed without outputs."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PILOTS = ["antwerp-proximity", "brussels-ixelles-human-resources", "charleroi-complaints"]
"""One pilot a theme, each of another design; `make notebooks` runs all; tests/pilot reads every file and makes up its answers."""
TOURS = ["first_survey", "is_the_meter_sound", "plan_a_pilot", "across_the_zones"]
RUNS = [*TOURS, *PILOTS]
PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); import run_notebooks; from pathlib import Path; "
    "run_notebooks.run_one(Path(sys.argv[2]), Path(sys.argv[3]), eval(sys.argv[4]))"
)
LEFT_OUT = "this chapter is left out"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_committed_without_outputs(notebook: Path) -> None:
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("run", RUNS)
def test_a_notebook_runs_and_writes_its_reports(run: str, tmp_path: Path) -> None:
    runner = _runner()
    notebook, executed, parameters = runner.jobs(tmp_path)[run]
    command = [sys.executable, "-c", PROGRAM, str(ROOT / "tools"), str(notebook), str(executed), repr(parameters)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    reports = list((tmp_path / "reports").glob("*.html"))
    assert reports
    assert all("http" not in line or "src=" not in line for line in reports[0].read_text(encoding="utf-8").splitlines())
    outputs = [
        out for cell in json.loads(executed.read_text(encoding="utf-8"))["cells"] for out in cell.get("outputs", [])
    ]
    assert [out["text"] for out in outputs if out.get("name") == "stderr"] == []
    assert "IMULAT" in executed.read_text(encoding="utf-8").upper()


def test_the_meter_is_examined_on_published_surveys_too(real_data: Path, tmp_path: Path) -> None:
    runner = _runner()
    notebook, executed, parameters = runner.jobs(tmp_path)["is_the_meter_sound"]
    command = [sys.executable, "-c", PROGRAM, str(ROOT / "tools"), str(notebook), str(executed)]
    done = subprocess.run(
        [*command, repr({**parameters, "real_data": str(real_data)})], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    printed = [
        "".join(output.get("text", ""))
        for cell in json.loads(executed.read_text(encoding="utf-8"))["cells"]
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream"
    ]
    assert [text for text in printed if LEFT_OUT in text] == []
    assert any("procedural fairness" in text for text in printed)


def _runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_notebooks", ROOT / "tools" / "run_notebooks.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError("tools/run_notebooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
