"""The toolbox in a real browser: clean for axe in four languages, a sheet a card, filters that work and are not needed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import trustmeter as tm
from trustmeter.pilot.evaluation.result_file import PilotRecord, QuestionnaireRecord, ScaleRecord, save_record
from trustmeter.present.phrases import LANGUAGES

HERE = Path(__file__).parent
CARDS = HERE.parents[1] / "docs" / "toolbox"
REQUIRED = os.environ.get("TRUSTMETER_REQUIRE_ALL") == "1"

PRACTICE = """\
id: walks
kind: practice
theme: [proximity, complaints]
zone: Elsewhere
cost: {hours: 120, money: under_1000}
licence: CC-BY-4.0
evidence: [walks.json]
text:
  en: {title: Walks, problem: Few know each other., done: They walk., for_whom: Any zone., steps: [Invite., Walk.],
    needs: [Two hours], pitfalls: [Rain], contact: The head of community work}
"""


def browser(*, driven: bool = True) -> str:
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
    )
    ready = found and (not driven or (shutil.which("node") and (HERE / "node_modules" / "axe-core").is_dir()))
    if not ready:
        reason = "Needs Chromium, node and `make browser`." if driven else "Needs Chromium."
        if REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def scale(name: str, **values: object) -> ScaleRecord:
    told: dict[str, object] = {
        "scale": name, "name": {"en": name.capitalize()}, "primary": False, "verdict": "increase", "term": "effect",
        "contrast": "after - before", "estimate": 4.2, "ci_low": 1.1, "ci_high": 7.3, "conf_level": 0.95,
        "smallest_effect": None, "p_adjusted": 0.01, "n": 180, "alpha": 0.8, "alpha_low": 0.7, "alpha_high": 0.9,
        "comparability": "comparable", "strength": "moderate", "lowered": (), **values,
    }  # fmt: skip
    return ScaleRecord(**told)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All shipped cards, a practice with a result, and one whose result is made up."""
    folder = tmp_path_factory.mktemp("toolbox")
    scales = (
        scale("trust", primary=True),
        scale("respect", verdict="inconclusive", lowered=("inconclusive", "many_lost")),
    )
    for name, simulated in (("walks", False), ("mentors", True)):
        part = QuestionnaireRecord(
            "community-trust", "1.1.0", "abc", "adapted", "2024", "2025", "same", "comparison_areas", "Areas.", 0.1, "kept",
            (), scales, (), (),
        )  # fmt: skip
        record = PilotRecord(name, {"en": name}, "Elsewhere", "proximity", simulated, "0.1.0", (part,))
        save_record(record, folder / f"{name}.json")
        (folder / f"{name}.yaml").write_text(PRACTICE.replace("walks", name), encoding="utf-8")
    return tm.build_toolbox([*tm.read_cards(folder), *tm.read_cards(CARDS)], to=folder / "site").parent


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_clean_and_fetch_nothing(language: str, site: Path) -> None:
    pages = [site / language / f"{name}.html" for name in ("index", "walks")]
    if language == "en":
        pages += [site / "index.html", site / "en" / "mentors.html", *sorted((site / "guides").glob("*.html"))]
    command = ["node", str(HERE / "check.mjs"), browser(), *map(str, pages)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(pages)
    for page in found:
        assert page["violations"] == [], page
        assert page["requests"] == [], page
        assert page["overflow"] == [], page


def test_the_longest_card_fits_on_one_sheet(site: Path, tmp_path: Path) -> None:
    cards = [path for language in LANGUAGES for path in (site / language).glob("*.html") if path.stem != "index"]
    longest = max(cards, key=lambda path: path.stat().st_size)
    pdf = tmp_path / "card.pdf"
    command = [
        browser(driven=False), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
        "--no-pdf-header-footer", f"--print-to-pdf={pdf}", longest.as_uri(),
    ]  # fmt: skip
    subprocess.run(command, capture_output=True, check=False, timeout=120)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) == 1, longest.name


SCRIPT = """
import { createRequire } from "node:module";
const puppeteer = (await import(createRequire(process.argv[2]).resolve("puppeteer-core"))).default;
const browser = await puppeteer.launch({ executablePath: process.argv[3], args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage();
const faults = [];
page.on("pageerror", (fault) => faults.push(String(fault)));
page.on("console", (said) => faults.push(said.text()));
const shown = () => page.$$eval(".card", (cards) => cards
  .filter((card) => card.offsetParent !== null)
  .map((card) => card.querySelector("a").getAttribute("href")));
const address = `file://${process.argv[4]}`;
await page.goto(address);
const told = { all: await shown(), finder: await page.$eval("#finder", (one) => one.hidden) };
await page.type("#by-word", "EQUITE");
told.word = await shown();
await page.click("#clear");
told.cleared = await shown();
await page.select("#by-theme", "complaints");
await page.select("#by-kind", "practice");
told.practices = await shown();
await page.select("#by-evidence", "moderate");
told.moderate = await shown();
told.count = await page.$eval("#count", (one) => one.textContent);
await page.type("#by-word", "zzz");
told.nothing = await shown();
told.note = await page.$eval("#none", (one) => one.hidden);
await page.setJavaScriptEnabled(false);
await page.goto(address);
told.unscripted = await shown();
told.unscripted_finder = await page.$eval("#finder", (one) => one.hidden);
console.log(JSON.stringify({ ...told, faults }));
await browser.close();
"""


def test_filters_and_search_work_and_everything_is_there_without_script(site: Path, tmp_path: Path) -> None:
    found = browser()
    script = tmp_path / "filter.mjs"
    script.write_text(SCRIPT, encoding="utf-8")
    command = ["node", str(script), str(HERE / "check.mjs"), found, str(site / "fr" / "index.html")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    everything = told["all"]
    assert len(everything) == len(list(CARDS.glob("*.yaml"))) + 2
    assert told["word"] == ["complaint-experience.html"]
    assert told["cleared"] == everything
    assert told["practices"] == ["mentors.html", "walks.html"]
    assert told["moderate"] == ["walks.html"]
    assert told["count"] == f"Fiches affichées\u00a0: 1 sur {len(everything)}"
    assert told["nothing"] == []
    assert told["note"] is False
    assert told["unscripted"] == everything
    assert (told["finder"], told["unscripted_finder"]) == (False, True)
    assert told["faults"] == []
