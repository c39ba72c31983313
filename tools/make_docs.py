"""Gather the documentation's pages into build/docs: written pages, executed notebooks, the shelf, the toolbox and the proofs."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import run_notebooks

from trustmeter import build_toolbox, read_cards
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
LANGUAGE_OF_THE_SITE = "en"


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
    text = text.replace("](../docs/", "](../")  # from the notebooks' folder to that of the pages
    (folder / f"{page}.md").write_text(text, encoding="utf-8")


def proof_page(folder: Path) -> str:
    """Return the page that lists what each stored reference value was made with."""
    rows = ["| topic | made with | values |", "| --- | --- | --- |"]
    for path in sorted(folder.glob("*.json")):
        made = made_with(json.loads(path.read_text(encoding="utf-8")))
        rows.append(f"| {path.stem} | {made} | `tests/reference/values/{path.name}` |")
    intro = (
        "# How the numbers are proved\n\nEach statistic is compared with the field's reference implementation. The scripts are in "
        "`tests/reference/make/`, the values they gave are stored beside them, and the tests read those; R is not needed "
        "to run the tests. The tolerances, each with its reason, stand in the tests themselves.\n\n"
    )
    return intro + "\n".join(rows) + "\n"


def made_with(stored: dict[str, Any]) -> str:
    """Return the language and the packages that a file of reference values names, wherever in its head it names them."""
    head = {**stored, **stored.get("made_with", {})}
    told = {name: value for name, value in head.items() if isinstance(value, str)}
    told |= {name: value for name, value in head.get("packages", {}).items() if name != value}
    languages = [told.pop("r")] if "r" in told else []
    languages += [f"Python {told.pop('python')}"] if "python" in told else []
    names = [language if language.startswith(("R ", "Python ")) else f"R {language}" for language in languages]
    return ", ".join([*names, *(f"{name} {number}" for name, number in told.items())]) or "not told"


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


def write_toolbox(folder: Path) -> None:
    """Write the toolbox as it is handed on, and a page that lists its cards."""
    build_toolbox(ROOT / "docs" / "toolbox", to=folder / "pages")
    kinds: dict[str, list[str]] = {"practice": [], "instrument": [], "design": []}
    for card in read_cards(ROOT / "docs" / "toolbox"):
        text = card.texts.get(LANGUAGE_OF_THE_SITE) or next(iter(card.texts.values()))
        told = "there are results" if card.evaluations else "none yet"
        links = " ".join(f"[{language}](pages/{language}/{card.id}.html)" for language in card.texts)
        kinds[card.kind].append(f"| {text.title} | {text.for_whom} | {told} | {links} |")
    intro = (
        "# The toolbox\n\nWhat another zone can do with it: one card a practice, a questionnaire or a way to compare. Each says what "
        "it needs, what it can show and what not, and how strong its evidence is. [Open the toolbox](pages/index.html); the folder "
        "can be handed on as it is, on a stick or by mail. [Add a practice](../how-to/add-a-practice.md) says how a card is made.\n"
    )
    titles = {"practice": "Practices", "instrument": "Questionnaires", "design": "Ways to compare"}
    head = "| card | for whom | evidence | read it |\n| --- | --- | --- | --- |\n"
    parts = [f"\n## {titles[kind]}\n\n{head}" + "\n".join(rows) + "\n" for kind, rows in kinds.items() if rows]
    (folder / "index.md").write_text(intro + "".join(parts), encoding="utf-8")


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
    write_toolbox(BUILD / "toolbox")
    list_simulations(BUILD / "reference" / "simulation")
    (BUILD / "reference" / "proof.md").write_text(proof_page(ROOT / "tests" / "reference" / "values"), encoding="utf-8")
    return failures


if __name__ == "__main__":
    sys.exit(main())
