"""Importing the package must not drag in what is not used yet."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "matplotlib",
    "statsmodels",
    "pingouin",
    "scipy.special",
    "scipy.stats",
    "openpyxl",
    "pyreadstat",
    "jinja2",
    "ruamel",
    "pyarrow",
    "typer",
)


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    program = "import pandas, sys; before = set(sys.modules); import trustmeter; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("package", HEAVY)
def test_heavy_packages_come_with_first_use(package: str, loaded: set[str]) -> None:
    assert not [name for name in loaded if name == package or name.startswith(f"{package}.")]
