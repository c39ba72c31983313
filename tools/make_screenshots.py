"""Make the pictures of docs/how-to/images from the real things: `make screenshots`, or name a few after the script.

Needs Chromium, node, npm, poppler-utils, LibreOffice Calc, pyxform, the extras `paper` and `omr`, and what `make browser` fetches.
A picture whose tools are not there is left as it is, and that is said.
"""

from __future__ import annotations

import html
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
from openpyxl.styles import Font
from openpyxl.worksheet.properties import PageSetupProperties
from PIL import Image, ImageDraw
from pyxform.xls2xform import convert

import trustmeter as tm
from trustmeter.exchange.forms.xlsform import LANGUAGE_NAMES
from trustmeter.exchange.kiosk.page import _words
from trustmeter.exchange.paper.marks import read_layout

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "how-to" / "images"
ACCESS = ROOT / "tests" / "accessibility"
DRIVER = ROOT / "tests" / "exchange" / "kiosk" / "drive.mjs"
WEB_FORMS = ROOT / "tests" / "exchange" / "forms" / "web_forms" / "fill.mjs"
SURVEYJS = ("survey-core@2.5.38", "survey-js-ui@2.5.38")
LARGEST = 150_000
FORMS = 12
DOUBTFUL: Mapping[int, tuple[str, str]] = {2: ("RS01", "45"), 5: ("NT02", ""), 6: ("OC01", ""), 11: ("OV02", "12")}
"""Forms on which a question has two crosses or none."""
Maker = Callable[[Path], Image.Image]

TERMINAL = """<!DOCTYPE html><meta charset="utf-8"><style>
body {{ margin: 0; background: #14181d; }}
pre {{ margin: 0; padding: 14px 18px; color: #e6e6e6; font: 14px/1.45 "DejaVu Sans Mono", monospace; white-space: pre-wrap; }}
</style><pre>{text}</pre>"""
SURVEYJS_PAGE = """<!DOCTYPE html><html lang="fr"><meta charset="utf-8"><title>SurveyJS</title>
<link rel="stylesheet" href="node_modules/survey-core/survey-core.fontless.min.css">
<script src="node_modules/survey-core/survey.core.min.js"></script>
<script src="node_modules/survey-js-ui/survey-js-ui.min.js"></script>
<body style="margin:0;font-family:DejaVu Sans,sans-serif"><div id="form"></div><script>
const survey = new Survey.Model({form});
survey.locale = "fr"; survey.data = {{ CONSENT: 1 }}; survey.currentPageNo = 1; survey.focusFirstQuestionAutomatic = false;
survey.render(document.getElementById("form"));
</script></body></html>"""


class NotThereError(Exception):
    """A tool that a picture needs is not installed."""


def tool(*names: str) -> str:
    """Return the first of some programs that is there."""
    for name in names:
        if found := shutil.which(name):
            return found
    raise NotThereError(names[0])


def chromium() -> str:
    """Return the browser."""
    return tool("chromium", "chromium-browser", "google-chrome")


def photographed(page: Path, width: int, height: int) -> Image.Image:
    """Return what Chromium shows of a page."""
    picture = page.with_suffix(".png")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=4000"]
    command = [chromium(), *options, f"--window-size={width},{height}", f"--screenshot={picture}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return Image.open(picture).convert("RGB")


def printed(pdf: Path, page: int, dots: int) -> Image.Image:
    """Return one page of a PDF as a picture."""
    command = [tool("pdftoppm"), "-r", str(dots), "-f", str(page), "-l", str(page), "-png", "-singlefile"]
    subprocess.run([*command, str(pdf), str(pdf.with_suffix(""))], check=True)
    return Image.open(pdf.with_suffix(".png")).convert("RGB")


def driven(folder: Path, commands: Sequence[Sequence[Any]]) -> None:
    """Let a person with a keyboard do something on a page."""
    if not (ACCESS / "node_modules" / "puppeteer-core").is_dir():
        raise NotThereError("make browser")
    done = subprocess.run(
        [tool("node"), str(DRIVER), chromium(), str(ACCESS), str(folder)],
        input=json.dumps(commands), capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    if complaints := json.loads(done.stdout)["complaints"]:
        sys.exit("\n".join(complaints))


def on_a_phone(folder: Path, language: str) -> Image.Image:
    """Return our own page on a telephone, in the middle of the statements."""
    languages = ["nl", "fr", "en", "de", "ar"]
    page = tm.export_questionnaire(tm.load_questionnaire("encounter"), folder / "page.html", tool="web",
                                   languages=languages)  # fmt: skip
    said, first = _words()[language], _words()["nl"]
    name = LANGUAGE_NAMES[language]
    turn = [] if language == "nl" else [["push", name]]
    picture = folder / "phone.png"
    driven(folder, [
        ["open", str(page), 390, 844], ["type", "set-wave", "2027-1"], ["type", "set-zone", "5341 Nord"],
        ["push", first["set"]], ["push", first["start"]], *turn,
        ["pick", "CONSENT", "1"], ["push", said["next"]], ["pick", "CT01", "1"], ["push", said["next"]],
        ["pick", "RS01", "4"], ["pick", "VC01", "2"], ["do", "document.activeElement.blur(); window.scrollTo(0, 0)"],
        ["shot", str(picture)],
    ])  # fmt: skip
    return Image.open(picture).convert("RGB").crop((0, 0, 390, 1100))


def for_the_team(folder: Path) -> Image.Image:
    """Return the page on which the survey team fetches the answers."""
    page = tm.export_questionnaire(tm.load_questionnaire("encounter"), folder / "page.html", tool="web",
                                   languages=["nl", "fr"])  # fmt: skip
    said, picture = _words()["nl"], folder / "team.png"
    one = [["push", said["start"]], ["pick", "CONSENT", "0"], ["push", said["next"]], ["push", said["next_person"]]]
    driven(folder, [
        ["open", str(page), 390, 844], ["type", "set-wave", "2027-1"], ["type", "set-zone", "5341 Nord"],
        ["push", said["set"]], *one, *one, *one, ["hold", "#identity"],
        ["do", "document.activeElement.blur(); window.scrollTo(0, 0)"], ["shot", str(picture)],
    ])  # fmt: skip
    return Image.open(picture).convert("RGB")


def on_paper(folder: Path, name: str, language: str) -> Image.Image:
    """Return the first sheet of a questionnaire."""
    pdf = tm.export_questionnaire(tm.load_questionnaire(name), folder / "sheet.pdf", tool="paper",
                                  languages=[language], settings={"zone": "5341 Nord"})  # fmt: skip
    return printed(pdf, 1, 80)


def as_a_sheet(book: Path, sheet: str, area: str) -> Image.Image:
    """Return part of a workbook as LibreOffice sets it, with its letters and numbers of columns and rows."""
    workbook = openpyxl.load_workbook(book)
    for other in [one for one in workbook if one.title != sheet]:
        other.sheet_state = "hidden"
    page = workbook[sheet]
    workbook.active = workbook.index(page)
    page.print_area = area
    page.print_title_rows = page.print_title_cols = None
    page.page_setup.orientation, page.page_setup.fitToHeight, page.page_setup.fitToWidth = "landscape", 0, 1
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.print_options.gridLines = page.print_options.headings = True
    page.oddHeader.center.text = page.oddFooter.center.text = ""
    for cell in (one for row in page[area] for one in row):
        cell.font = Font(name="Liberation Sans", size=11, bold=cell.font.bold)
    shown = book.with_name("shown.xlsx")
    workbook.save(shown)
    command = [tool("soffice"), "--headless", f"-env:UserInstallation={(book.parent / 'office').as_uri()}"]
    subprocess.run([*command, "--convert-to", "pdf", "--outdir", str(book.parent), str(shown)], check=True,
                   capture_output=True, timeout=180)  # fmt: skip
    pdf = shown.with_suffix(".pdf")
    if not pdf.is_file():
        raise NotThereError("LibreOffice Calc")
    return without_margins(printed(pdf, 1, 130))


def without_margins(picture: Image.Image) -> Image.Image:
    """Return a picture without the white around it."""
    dark = np.argwhere(np.asarray(picture.convert("L")) < 245)
    (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0)
    return picture.crop((max(0, left - 8), max(0, top - 8), right + 9, bottom + 9))


def typed_in(folder: Path) -> Image.Image:
    """Return the workbook in which paper is typed in, with three made-up forms."""
    asked = tm.load_questionnaire("encounter")
    book = tm.export_questionnaire(asked, folder / "answers.xlsx", tool="entry_sheet", languages=["fr"])
    workbook = openpyxl.load_workbook(book)
    page = workbook["answers"]
    places = {str(cell.value): cell.column for cell in page[1]}
    fixed = {"wave": "2027-1", "zone": "5341 Nord", "language": "fr", "mode": "paper", "CONSENT": 1}
    forms: tuple[dict[str, Any], ...] = (
        {"CT01": 2, "RS01": 4, "VC01": 5, "NT01": 88, "RS02": 2}, {"CT01": 1, "RS01": 2, "VC01": 1, "RS02": 4},
        {"CT01": 88, "RS01": 5, "VC01": 4, "NT01": 4, "RS02": 1},
    )  # fmt: skip
    for row, form in enumerate(forms, start=2):
        for name, value in {"respondent": row - 1, **fixed, **form}.items():
            page.cell(row, places[name]).value = value
    workbook.save(book)
    return as_a_sheet(book, "answers", "A1:K6")


def reviewed(folder: Path) -> Image.Image:
    """Return the sheet on which wordings are read across."""
    asked = tm.load_questionnaire("encounter")
    book = tm.export_questionnaire(asked, folder / "review.xlsx", tool="codebook", languages=["nl", "fr"])
    return as_a_sheet(book, "texts", "A1:D12")


def as_a_page(folder: Path) -> Image.Image:
    """Return the head of a codebook."""
    asked = tm.load_questionnaire("encounter")
    page = tm.export_questionnaire(asked, folder / "codebook.html", tool="codebook", languages=["nl", "fr"])
    return photographed(page, 1000, 1150)


def in_surveyjs(folder: Path) -> Image.Image:
    """Return what SurveyJS makes of our file."""
    command = [tool("npm"), "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"]
    subprocess.run([*command, "--prefix", str(folder), *SURVEYJS], check=True, capture_output=True, timeout=300)
    asked = tm.load_questionnaire("community-trust-short")
    form = tm.export_questionnaire(asked, folder / "form.json", tool="surveyjs").read_text(encoding="utf-8")
    page = folder / "page.html"
    page.write_text(SURVEYJS_PAGE.format(form=form.replace("</", "<\\/")), encoding="utf-8")
    return photographed(page, 1000, 760)


def in_odk(folder: Path, language: str, *, grid: bool, width: int, height: int) -> Image.Image:
    """Return ODK's own web form, filled in with made-up answers."""
    if not (WEB_FORMS.parent / "node_modules" / "@getodk").is_dir():
        raise NotThereError("make browser")
    asked = tm.load_questionnaire("encounter")
    book = tm.export_questionnaire(asked, folder / "form.xlsx", tool="xlsform", settings={"grid": grid},
                                   languages=["nl", "fr", "de", "en", "ar"])  # fmt: skip
    (folder / "form.xml").write_text(convert(book, validate=False).xform, encoding="utf-8")
    chosen = {"CONSENT": "1", "CT01": "2", "RS01": "4", "VC01": "5", "NT01": "88", "RS02": "2", "MT01": "4"}
    answers = [
        (item.text.read(language), code, {o.code: o.text for o in item.response_scale.options}[code].read(language))
        for item, code in ((asked.item(name), code) for name, code in chosen.items())
    ]
    picture = folder / "odk.png"
    job = {"form": str(folder / "form.xml"), "language": f"{LANGUAGE_NAMES[language]} ({language})",
           "answers": answers, "width": width, "height": height, "picture": str(picture)}  # fmt: skip
    (folder / "jobs.json").write_text(json.dumps([job]), encoding="utf-8")
    command = [tool("node"), str(WEB_FORMS), chromium(), str(folder / "jobs.json")]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return Image.open(picture).convert("RGB")


def ticked(folder: Path) -> None:
    """Write made-up forms, ticked and scanned, beside the layout of their sheets."""
    asked = tm.load_questionnaire("encounter")
    pdf = tm.export_questionnaire(asked, folder / "questionnaire-fr.pdf", tool="paper", languages=["fr"],
                                  settings={"layout": True, "zone": "5341 Nord"})  # fmt: skip
    layout = read_layout(folder / "questionnaire-fr.json")
    scans, dots = folder / "scans", 150 / 25.4
    scans.mkdir()
    chance = np.random.default_rng(1)
    items = [item for item in asked.items if item.response_scale.options]
    blank = [printed(pdf, number, 150) for number in range(1, layout.pages + 1)]
    for form in range(1, FORMS + 1):
        chosen = {item.id: [str(chance.choice([one.code for one in item.response_scale.options]))] for item in items}
        chosen["CONSENT"] = ["1"]
        if form in DOUBTFUL:
            item, codes = DOUBTFUL[form]
            chosen[item] = list(codes)
        for number, empty in enumerate(blank, start=1):
            sheet = empty.copy()
            pen = ImageDraw.Draw(sheet)
            for place in (one for one in layout.places if one.kind == "mark" and one.page == number):
                if place.code in chosen[place.item]:
                    x, y, far = place.x * dots, place.y * dots, place.height / 2 * dots
                    for sign in (1, -1):
                        pen.line((x - far, y - sign * far, x + far, y + sign * far), fill=(40, 40, 90), width=3)
            sheet.save(scans / f"form-{form:02}-{number}.png", dpi=(150, 150))


def in_the_terminal(folder: Path) -> Image.Image:
    """Return what is said when ticked sheets are read."""
    ticked(folder)
    command = ["read-sheets", "scans", "--layout", "questionnaire-fr.json", "--to", "scanned.xlsx", "--wave", "2027-1"]
    again = [
        "check",
        "scanned.xlsx",
        "--questionnaire",
        "encounter",
        "--respondent",
        "respondent",
        "--wave",
        "wave",
        "--zone",
        "zone",
    ]
    text = ""
    for arguments in (command, again):
        run = subprocess.run([sys.executable, "-m", "trustmeter.cli", *arguments], capture_output=True, text=True,
                             check=False, cwd=folder, env={"COLUMNS": "100", "PATH": ""})  # fmt: skip
        said = (run.stdout or run.stderr).replace(f"{folder}/", "").strip()
        text += f"$ trustmeter {' '.join(arguments)}\n{said}\n\n"
    page = folder / "terminal.html"
    page.write_text(TERMINAL.format(text=html.escape(text.strip())), encoding="utf-8")
    picture = photographed(page, 960, 900)
    used = np.argwhere(np.asarray(picture.convert("L")) > 90)[:, 0].max()
    return picture.crop((0, 0, 960, int(used) + 16))


def to_look_at(folder: Path) -> Image.Image:
    """Return the sheet of places that a person must look at."""
    ticked(folder)
    tm_command = [sys.executable, "-m", "trustmeter.cli", "read-sheets", "scans", "--layout", "questionnaire-fr.json"]
    subprocess.run([*tm_command, "--to", "scanned.xlsx"], check=True, capture_output=True, cwd=folder)
    return as_a_sheet(folder / "scanned.xlsx", "look", "A1:E10")


PICTURES: Mapping[str, Maker] = {
    "web-on-a-phone-in-dutch": lambda folder: on_a_phone(folder, "nl"),
    "web-on-a-phone-in-arabic": lambda folder: on_a_phone(folder, "ar"),
    "web-for-the-team": for_the_team,
    "paper-in-french": lambda folder: on_paper(folder, "community-trust", "fr"),
    "paper-in-arabic": lambda folder: on_paper(folder, "encounter", "ar"),
    "entry-sheet": typed_in,
    "sheets-in-the-terminal": in_the_terminal,
    "sheets-to-look-at": to_look_at,
    "review-sheet": reviewed,
    "codebook-page": as_a_page,
    "surveyjs": in_surveyjs,
    "xlsform-in-dutch": lambda folder: in_odk(folder, "nl", grid=True, width=1000, height=2212),
    "xlsform-in-arabic": lambda folder: in_odk(folder, "ar", grid=False, width=400, height=1560),
}


def keep(picture: Image.Image, name: str) -> None:
    """Write a picture with few colours, so that it is small."""
    if picture.width > 1000:
        picture = picture.resize((1000, round(picture.height * 1000 / picture.width)), Image.Resampling.LANCZOS)
    path = IMAGES / f"{name}.png"
    for colours in (64, 32, 16):
        picture.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= LARGEST:
            break
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB")


def main(names: Sequence[str]) -> None:
    """Make all pictures, or those that are named."""
    if unknown := set(names) - set(PICTURES):
        sys.exit(f"No such picture: {', '.join(sorted(unknown))}. There are: {', '.join(PICTURES)}.")
    for name in names or PICTURES:
        with tempfile.TemporaryDirectory() as folder:
            try:
                keep(PICTURES[name](Path(folder)), name)
            except NotThereError as missing:
                print(f"{name}: left as it is, for {missing} is not there")


if __name__ == "__main__":
    main(sys.argv[1:])
