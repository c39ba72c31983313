"""A browser for the page that is filled in, driven by a list of commands; and node, for the part of the script without a screen."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
MODULES = HERE.parents[1] / "accessibility"
REQUIRED = os.environ.get("TRUSTMETER_REQUIRE_ALL") == "1"
Run = Callable[[Sequence[Sequence[Any]]], list[Any]]


def absent(reason: str) -> None:
    """Skip; where everything is required, fail."""
    if REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    folder = tmp_path / "downloads"
    folder.mkdir()
    return folder


@pytest.fixture
def drive(downloads: Path) -> Run:
    """Return what runs commands in a fresh browser: nothing may be asked of the network, no script may fail."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), "")
    if not (found and shutil.which("node") and (MODULES / "node_modules" / "axe-core").is_dir()):
        absent("Needs Chromium, node and `make browser`.")

    def run(commands: Sequence[Sequence[Any]]) -> list[Any]:
        command = ["node", str(HERE / "drive.mjs"), found, str(MODULES), str(downloads)]
        done = subprocess.run(
            command, input=json.dumps(commands), capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["complaints"] == []
        assert told["requests"] == []
        results: list[Any] = told["results"]
        return results

    return run


@pytest.fixture
def node() -> Callable[[str, Any], Any]:
    """Return what runs a script of node with a value as input, and gives its output."""
    found = shutil.which("node")
    if not found:
        absent("Needs node.")

    def run(script: str, value: Any) -> Any:
        done = subprocess.run(
            [str(found), "-e", script], input=json.dumps(value), capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
