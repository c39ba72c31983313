"""Gather the documentation's pages into build/docs: written pages, notebooks as text, and the generated page of proofs."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from trustmeter.present.catalogue import catalogue_page
from trustmeter.questionnaire.shelf import list_questionnaires, load_questionnaire, shelf_folder

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "docs"
MADE = {
    "agreement.md": ("Agreement with the reference", "proof"),
    "simulation/alignment.md": ("Alignment", "simulate"),
    "simulation/consistency.md": ("Consistency", "simulate"),
    "simulation/invariance.md": ("Comparability", "simulate"),
    "simulation/wlsmv.md": ("Factor models", "simulate"),
}
"""Pages that another verb makes: their title and the verb, for a page that says so where they are not made yet."""


def notebook_as_text(notebook: Path) -> str:
    """Return a notebook's prose and code as Markdown (no outputs: they are made when it is run)."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    parts = []
    for cell in cells:
        source = "".join(cell["source"])
        parts.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
    return "\n\n".join(parts) + "\n"


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


def main() -> None:
    """Make build/docs anew."""
    shutil.rmtree(BUILD, ignore_errors=True)
    shutil.copytree(ROOT / "docs", BUILD)
    (BUILD / "tutorials").mkdir(exist_ok=True)
    for name in ("first_survey", "is_the_meter_sound", "pilot_evaluation"):
        text = notebook_as_text(ROOT / "notebooks" / f"{name}.ipynb")
        (BUILD / "tutorials" / f"{name}.md").write_text(text, encoding="utf-8")
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


if __name__ == "__main__":
    main()
