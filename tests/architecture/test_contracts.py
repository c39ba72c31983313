"""The rules of the house, executed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import trustmeter
from trustmeter.results import VOCABULARY

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "trustmeter"
MODULES = sorted(SOURCE.rglob("*.py"))

FILE_CEILING = 500
FILE_TARGET = 400
BODY_CEILING = 80
BODY_TARGET = 40
FACE_CEILING = 200
FILES_IN_A_ROOM = 12

LONGER_THAN_TARGET: dict[str, str] = {}
"""Files and bodies between target and ceiling, each with its reason: ``{"room/module.py": "why"}``."""


def bodies(module: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            statements = node.body[1:] if ast.get_docstring(node) is not None else node.body
            length = (statements[-1].end_lineno or 0) - statements[0].lineno + 1 if statements else 0
            yield f"{module.relative_to(SOURCE)}:{node.name}", length


def test_import_contracts_are_kept() -> None:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_import_is_hidden_in_a_string() -> None:
    hidden = [
        str(module)
        for module in MODULES
        if re.search(r"import_module\(|__import__\(", module.read_text(encoding="utf-8"))
    ]
    assert hidden == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(SOURCE)))
def test_files_and_bodies_stay_small(module: Path) -> None:
    name = str(module.relative_to(SOURCE))
    lines = len(module.read_text(encoding="utf-8").splitlines())
    assert lines <= FILE_CEILING, f"{name} has {lines} lines"
    assert lines <= FILE_TARGET or name in LONGER_THAN_TARGET, f"{name} has {lines} lines and no reason"
    for body, length in bodies(module):
        assert length <= BODY_CEILING, f"{body} has {length} lines"
        assert length <= BODY_TARGET or body in LONGER_THAN_TARGET, f"{body} has {length} lines and no reason"


def test_rooms_stay_small() -> None:
    for door in SOURCE.rglob("__init__.py"):
        room = door.parent
        count = len(list(room.glob("*.py"))) - 1
        assert room == SOURCE or count <= FILES_IN_A_ROOM, f"{room.relative_to(SOURCE)} has {count} modules"


def test_the_face_is_short_and_every_name_is_documented() -> None:
    names = set(trustmeter.__all__)
    assert len(names) <= FACE_CEILING
    documented = set()
    for page in (ROOT / "docs" / "reference").glob("*.md"):
        documented |= set(re.findall(r"^::: trustmeter\.(\w+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert documented == names


def test_every_public_verb_has_parameters_returns_and_an_example() -> None:
    for name in trustmeter.__all__:
        thing = getattr(trustmeter, name)
        doc = thing.__doc__ or ""
        assert doc.strip(), f"{name} has no docstring"
        if callable(thing) and not isinstance(thing, type):
            for heading in ("Parameters", "Returns", "Examples"):
                needs = heading != "Parameters" or thing.__code__.co_argcount + thing.__code__.co_kwonlyargcount > 0
                assert not needs or heading in doc, f"{name} documents no {heading.lower()}"


def test_no_module_is_called_like_a_function_in_its_room() -> None:
    for module in MODULES:
        functions = {
            node.name
            for node in ast.parse(module.read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef)
        }
        assert module.stem not in functions, f"{module.relative_to(SOURCE)} exports a function of its own name"


def test_no_assert_in_the_package() -> None:
    for module in MODULES:
        asserts = [
            node.lineno
            for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
            if isinstance(node, ast.Assert)
        ]
        assert asserts == [], f"{module}: {asserts}"


def test_architecture_page_lists_the_rooms_that_exist() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\w+)/` ", page, flags=re.MULTILINE))
    exist = {folder.name for folder in SOURCE.iterdir() if folder.is_dir() and (folder / "__init__.py").exists()}
    assert listed == exist


def test_architecture_page_lists_the_wings_that_exist() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\w+/\w+)/` ", page, flags=re.MULTILINE))
    exist = {str(door.parent.relative_to(SOURCE)) for door in SOURCE.glob("*/*/__init__.py")}
    assert listed == exist


def test_architecture_page_lists_the_vocabulary() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert [name for name in re.findall(r"`(\w+)`", page.split("## One vocabulary")[1].split("##")[0])] == list(
        VOCABULARY
    )


def test_nothing_in_the_tree_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    forbidden = re.compile(r"/(?:work|home|root|Users)/\w|pypi" r"\.org|python" r"hosted|registry\.npmjs|deb\.debian")
    guilty = []
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if (
            path.is_file()
            and path.suffix not in {".png", ".svg"}
            and forbidden.search(path.read_text(encoding="utf-8", errors="ignore"))
        ):
            guilty.append(name)
    assert guilty == []
