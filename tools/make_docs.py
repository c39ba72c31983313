"""Gather the documentation's pages into build/docs: written pages, executed notebooks, and the generated page of proofs."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import run_notebooks

from trustmeter.present.catalogue import catalogue_page
from trustmeter.questionnaire.shelf import list_questionnaires, load_questionnaire, shelf_folder

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "docs"
TUTORIALS = {
    "first_survey": "first_survey",
    "is_the_meter_sound": "is_the_meter_sound",
    "plan_a_pilot": "plan_a_pilot",
    "ghent-proximity": "pilot_evaluation",
    "across_the_zones": "across_the_zones",
}
"""Runs of notebooks that are pages, and the page's name."""
MADE = {
    "agreement.md": ("Agreement with the reference", "proof"),
    "simulation/alignment.md": ("Alignment", "simulate"),
    "simulation/consistency.md": ("Consistency", "simulate"),
    "simulation/invariance.md": ("Comparability", "simulate"),
    "simulation/wlsmv.md": ("Factor models", "simulate"),
}
"""Pages that another verb makes: their title and the verb, for a page that says so where they are not made yet."""


def write_tutorials(folder: Path) -> int:
    """Write the executed notebooks as pages; run first what was not run as it stands. Return the number of failures."""
    folder.mkdir(exist_ok=True)
    runs = run_notebooks.jobs(ROOT / "build")
    wanted = {name: runs[name] for name in TUTORIALS}
    stale = {name: run for name, run in wanted.items() if not _is_fresh(run[0], run[1])}
    failures = run_notebooks.run_all(stale, ROOT / "build" / "notebooks" / "kernels.log") if stale else 0
    for name, page in TUTORIALS.items():
        if wanted[name][1].is_file():
            _write_tutorial(wanted[name][1], folder, page)
    return failures


def _is_fresh(notebook: Path, executed: Path) -> bool:
    """Tell whether the executed copy is of the notebook as it stands (papermill adds a cell with the parameters)."""
    if not executed.is_file():
        return False
    told = [_sources(json.loads(path.read_text(encoding="utf-8"))["cells"]) for path in (notebook, executed)]
    return told[0] == told[1]


def _sources(cells: list[dict[str, Any]]) -> list[str]:
    return ["".join(cell["source"]) for cell in cells if "injected-parameters" not in cell["metadata"].get("tags", [])]


def _write_tutorial(executed: Path, folder: Path, page: str) -> None:
    import nbformat
    from nbconvert import MarkdownExporter

    notebook = nbformat.read(executed, as_version=4)  # type: ignore[no-untyped-call]
    notebook.cells = [cell for cell in notebook.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    text, made = MarkdownExporter().from_notebook_node(notebook, {"output_files_dir": page})  # type: ignore[no-untyped-call]
    for name, content in made["outputs"].items():
        if name.endswith(".png") and f"{name.removesuffix('.png')}.svg" in made["outputs"]:
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        named = re.search(rb"<title[^>]*>(.*?)</title>", content) if name.endswith(".svg") else None
        if named:
            text = text.replace(f"![svg]({name})", f"![{named[1].decode('utf-8')}]({name})")
    (folder / f"{page}.md").write_text(text, encoding="utf-8")


def proof_page(folder: Path) -> str:
    """Return the page that lists what each stored reference value was made with."""
    rows = ["| topic | made with | values |", "| --- | --- | --- |"]
    for path in sorted(folder.glob("*.json")):
        stored = json.loads(path.read_text(encoding="utf-8"))
        language = stored["r"] if "r" in stored else f"Python {stored['python']}"
        made = ", ".join([language, *(f"{name} {number}" for name, number in stored["packages"].items())])
        rows.append(f"| {path.stem} | {made} | `tests/reference/values/{path.name}` |")
    intro = (
        "# How the numbers are proved\n\nEach statistic is compared with the field's reference implementation. The scripts are in "
        "`tests/reference/make/`, the values they gave are stored beside them, and the tests read those; R is not needed "
        "to run the tests. The tolerances, each with its reason, stand in the tests themselves.\n\n"
    )
    return intro + "\n".join(rows) + "\n"


def write_catalogue(folder: Path) -> None:
    """Write a page for each instrument, and the page that lists them."""
    folder.mkdir()
    rows = ["| instrument | what it is | standing | items | languages |", "| --- | --- | --- | --- | --- |"]
    for row in list_questionnaires().itertuples():
        source = (shelf_folder() / row.id / "SOURCE.md").read_text(encoding="utf-8")
        lowered = re.sub(r"^#", "##", source, flags=re.MULTILINE)
        (folder / f"{row.id}.md").write_text(
            f"{catalogue_page(load_questionnaire(row.id))}\n{lowered}", encoding="utf-8"
        )
        rows.append(f"| [{row.id}]({row.id}.md) | {row.title} | {row.standing} | {row.items} | {row.languages} |")
    intro = (
        "# The shelf\n\nEvery instrument with its questions in all languages side by side, its scales, what is known about it, and "
        "how to cite it. `trustmeter show NAME` prints the same page. Nothing here is validated; each page says exactly how far it "
        "may be trusted.\n\n"
    )
    (folder / "index.md").write_text(intro + "\n".join(rows) + "\n", encoding="utf-8")


def list_simulations(folder: Path) -> None:
    """Add to the index of the simulation studies a line for each page that is there."""
    index = folder / "index.md"
    pages = [path for path in sorted(folder.glob("*.md")) if path != index]
    titles = [path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for path in pages]
    lines = [f"- [{title}]({path.name})" for path, title in zip(pages, titles, strict=True)]
    index.write_text(index.read_text(encoding="utf-8") + "\n" + "\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    """Make build/docs anew; return the number of notebooks that failed."""
    shutil.rmtree(BUILD, ignore_errors=True)
    shutil.copytree(ROOT / "docs", BUILD)
    failures = write_tutorials(BUILD / "tutorials")
    house = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").replace("docs/house.svg", "../house.svg")
    (BUILD / "explanation" / "architecture.md").write_text(house, encoding="utf-8")
    shutil.copy(ROOT / "CHANGELOG.md", BUILD / "changes.md")
    write_catalogue(BUILD / "catalogue")
    for name, (title, verb) in MADE.items():
        page = BUILD / "reference" / name
        if not page.exists():
            page.write_text(f"# {title}\n\n`make {verb}` makes this page.\n", encoding="utf-8")
    list_simulations(BUILD / "reference" / "simulation")
    (BUILD / "reference" / "proof.md").write_text(proof_page(ROOT / "tests" / "reference" / "values"), encoding="utf-8")
    return failures


if __name__ == "__main__":
    sys.exit(main())
