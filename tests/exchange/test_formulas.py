"""No cell of any table that is written can be run by a spreadsheet: signs are planted in every text, and every cell is looked at."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

import trustmeter as tm
from trustmeter.authoring.sheet import write_translation_sheet
from trustmeter.cli import app, focus_groups
from trustmeter.exchange.forms.own_words import spoken
from trustmeter.exchange.kiosk.form import form_of
from trustmeter.exchange.kiosk.page import _file
from trustmeter.exchange.paper.marks import Marks
from trustmeter.exchange.paper.marks_file import write_marks
from trustmeter.exchange.registry import TOOLS
from trustmeter.linking.writing import write_answers
from trustmeter.pilot.evaluation.spreadsheet import write_tables
from trustmeter.population.margins_file import write_margins
from trustmeter.population.stating import margins
from trustmeter.present.report.csv_text import csv_of
from trustmeter.present.report.document import Table
from trustmeter.questionnaire.model import Item, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.text import Text
from trustmeter.responses.model import Responses
from trustmeter.results import Result, vocabulary_frame

STARTS = ("=1+1", "+1", "-1", "@x", "\t", "\r")
"""How a planted text begins."""

SIGNS = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"-?[0-9]+([.,][0-9]+)?")
TABLES = (".csv", ".txt", ".xlsx")


@dataclass(frozen=True)
class Planted:
    """Everything that a writer may get, with a sign at the start of each text."""

    start: str
    asked: Questionnaire
    answers: Responses
    folder: Path

    def text(self, words: str = "") -> str:
        return f"{self.start} {words}" if words else self.start


def _planted(text: Text, start: str) -> Text:
    return Text({tag: f"{start} {words}" for tag, words in text.by_language.items() if words}, base=text.base)


def _with_signs(asked: Questionnaire, start: str) -> Questionnaire:
    """Return the questionnaire with every text that people read beginning with signs, and an open question at its end."""

    def sign(text: Text) -> Text:
        return _planted(text, start)

    scales = {
        one.id: replace(one, options=tuple(replace(option, text=sign(option.text)) for option in one.options))
        for one in (*asked.response_scales, ResponseScale("free", "text", ()))
    }
    end = Section("end", Text(), Text(), (Item("REMARK", Text({"en": "Anything?", "fr": "Autre ?"}), scales["free"]),))
    sections = [
        replace(section, title=sign(section.title), text=sign(section.text),
                items=tuple(replace(item, text=sign(item.text), response_scale=scales[item.response_scale.id]) for item in section.items))
        for section in (*asked.sections, end)
    ]  # fmt: skip
    measured = [replace(scale, name=sign(scale.name), description=sign(scale.name)) for scale in asked.scales]
    return replace(
        asked, title=sign(asked.title), description=sign(asked.description), introduction=sign(asked.introduction),
        sections=tuple(sections), scales=tuple(measured), response_scales=tuple(scales.values()),
        licence=f"{start} free", source=f"{start} ours",
    )  # fmt: skip


@pytest.fixture(params=STARTS, ids=[ascii(start) for start in STARTS])
def planted(
    request: pytest.FixtureRequest, tiny: Questionnaire, make_answers: Callable[..., Responses], tmp_path: Path
) -> Planted:
    start = request.param
    asked, given = _with_signs(tiny, start), make_answers(20)
    frame = given.frame.assign(
        id=[f"{start}{number}a" for number in given.frame["id"]], zone=f"{start} North", wave=f"{start}-" + given.frame["wave"],
        REMARK=pd.array([f"{start} said"] * len(given), dtype="string"),
    )  # fmt: skip
    missing = given.missing.assign(REMARK=np.zeros(len(given), dtype="int8"))
    return Planted(start, asked, replace(given, questionnaire=asked, frame=frame, missing=missing), tmp_path)


Write = Callable[[Planted], list[Path]]


def _exported(tool: str, suffix: str) -> Write:
    def write(planted: Planted) -> list[Path]:
        languages = ["fr", "en"] if TOOLS[tool].several else ["fr"]
        path = planted.folder / f"file{suffix}"
        return [tm.export_questionnaire(planted.asked, path, tool=tool, languages=languages)]  # type: ignore[arg-type]

    return write


def _kiosk(planted: Planted) -> list[Path]:
    """Let the page's own script write what a tablet hands out."""
    node = shutil.which("node")
    if node is None:
        if os.environ.get("TRUSTMETER_REQUIRE_ALL") == "1":
            pytest.fail("Needs node.")
        pytest.skip("Needs node.")
    form = form_of(planted.asked, ["en", "fr"], spoken("web.yaml"))
    cells = {item.id: planted.text() for item in planted.asked.items}
    told = dict.fromkeys(("respondent", "wave", "zone", "language", "mode"), planted.text("x"))
    script = (
        _file("web.answers.js")
        + "console.log(JSON.stringify(csvOf(...JSON.parse(require('fs').readFileSync(0, 'utf8')))));"
    )
    done = subprocess.run(
        [node, "-e", script], input=json.dumps([form, [{**told, "cells": cells}]]), capture_output=True, text=True, check=True
    )  # fmt: skip
    path = planted.folder / "kiosk.csv"
    path.write_text(json.loads(done.stdout), encoding="utf-8", newline="")
    return [path]


def _safe(suffix: str) -> Write:
    def write(planted: Planted) -> list[Path]:
        answers = replace(planted.answers, frame=planted.answers.frame.assign(SEX=planted.text("F")))
        redacted = tm.redact(answers.frame["REMARK"])
        to = planted.folder / f"safe{suffix}"
        texts = {"REMARK": redacted}
        one = tm.safe_export(answers, to, quasi_identifiers=["SEX"], texts=texts, reviewed=True)
        other = tm.safe_export(_result(planted), planted.folder / f"result{suffix}")
        return [one.path, other.path]

    return write


def _result(planted: Planted) -> Result:
    row = {"scale": planted.text("trust"), "zone": planted.text(), "estimate": -2.5, "n": 40}
    return Result(table=vocabulary_frame([row]))


def _marks(planted: Planted) -> list[Path]:
    frame = pd.DataFrame(
        {"respondent": ["1"], "zone": [planted.text("zone")], "language": [planted.text()], "mode": ["paper"]}
    )
    look = pd.DataFrame(
        [{"respondent": "1", "scan": planted.text("a.png"), "page": 1, "item": "FA1", "reason": "weak"}]
    )
    return [write_marks(Marks(frame, look), planted.folder / "marks.xlsx", wave=planted.text("2027"))]


def _mapping(planted: Planted) -> list[Path]:
    headings = {planted.text(item.id): ["1"] for item in planted.asked.items}
    return [tm.propose_mapping(pd.DataFrame(headings), planted.asked).save(planted.folder / "mapping.csv")]


def _evaluated(planted: Planted) -> list[Path]:
    part = SimpleNamespace(name="part", change=_result(planted), results=(_result(planted),), simulated=True)
    whole: Any = SimpleNamespace(simulated=True, parts=(part,), skipped=())
    return [path for path in write_tables(whole, planted.folder / "tables") if path.suffix == ".csv"]


def _report(planted: Planted) -> list[Path]:
    cells = (planted.text("a"), planted.text("b"))
    document: Any = SimpleNamespace(language="fr", simulated=True)
    path = planted.folder / "table.csv"
    path.write_text(csv_of(Table("A table", cells, (cells, cells)), document), encoding="utf-8", newline="")
    return [path]


def _codes(planted: Planted) -> list[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tm, "to_table", lambda *_, **__: pd.DataFrame({"code": [planted.text("theme")], "n": [-3]}))
        focus_groups._write(SimpleNamespace(), "nl", planted.folder / "codes.csv")  # type: ignore[arg-type]
    return [planted.folder / "codes.csv"]


def _scored(planted: Planted) -> list[Path]:
    """Score answers on the command line, from a file that another tool wrote."""
    short = tm.load_questionnaire("community-trust-short")
    cells = {item.id: [item.response_scale.options[0].code] * 2 for item in short.items}
    cells |= {"id": [planted.text("a"), planted.text("b")], "zone": [planted.text("z")] * 2}
    pd.DataFrame(cells).to_csv(planted.folder / "in.csv", index=False, lineterminator="\n", quoting=csv.QUOTE_ALL)
    words = ["score", "in.csv", "-q", short.id, "--respondent", "id", "--zone", "zone", "--to", "scores.csv"]
    paths = [str(planted.folder / word) if word.endswith(".csv") else word for word in words]
    done = CliRunner().invoke(app, paths)
    assert done.exit_code == 0, done.output
    return [planted.folder / "scores.csv"]


def _margins(suffix: str) -> Write:
    def write(planted: Planted) -> list[Path]:
        known = margins({"sex": {planted.text("F"): 512, "M": 487}})
        return [write_margins(known, planted.folder / f"margins{suffix}")]

    return write


WRITERS: dict[str, Write] = {
    **{
        f"{tool} {suffix}": _exported(tool, suffix)
        for tool, known in TOOLS.items()
        for suffix in known.suffixes
        if suffix in TABLES
    },
    "the page on a tablet": _kiosk,
    "safe_export .csv": _safe(".csv"),
    "safe_export .xlsx": _safe(".xlsx"),
    "what was ticked": _marks,
    "a mapping": _mapping,
    "linked answers": lambda planted: [write_answers(planted.answers, planted.folder / "linked.csv")],
    "an evaluation": _evaluated,
    "a table of the report": _report,
    "codes of focus groups": _codes,
    "scores": _scored,
    "margins .csv": _margins(".csv"),
    "margins .xlsx": _margins(".xlsx"),
    "a translators' sheet": lambda planted: [
        write_translation_sheet(planted.asked, planted.folder / "sheet.xlsx", language="tr")
    ],
}


def cells_of(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield each cell of a table, and whether it is stored as a text that no program runs."""
    if path.suffix == ".xlsx":
        for sheet in load_workbook(path).worksheets:
            for row in sheet.iter_rows():
                yield from ((str(cell.value), cell.data_type == "s") for cell in row if cell.value is not None)
        return
    told = io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")
    for line in csv.reader(told, delimiter="\t" if path.suffix == ".txt" else ","):
        yield from ((cell, False) for cell in line)


@pytest.mark.parametrize("writer", WRITERS)
def test_no_cell_can_be_run(writer: str, planted: Planted) -> None:
    files = WRITERS[writer](planted)
    assert files
    for path in files:
        cells = list(cells_of(path))
        assert len(cells) > 1
        running = [cell for cell, text in cells if cell.startswith(SIGNS) and not text and not NUMBER.fullmatch(cell)]
        assert running == [], path.name


def test_no_writer_is_forgotten() -> None:
    """Each module that writes a table for people is known here; a new one needs a line above."""
    source = Path(tm.__file__).parent
    writes = re.compile(r"\.to_csv\(|\.to_excel\(|csv\.(?:Dict)?[Ww]riter\(|Workbook\(\)")
    found = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if writes.search(path.read_text(encoding="utf-8"))
    }
    assert found == {
        "authoring/sheet.py", "cli/answers.py", "cli/focus_groups.py", "disclosure/export.py", "exchange/codebook/review.py",
        "exchange/codebook/table.py", "exchange/forms/xlsform.py", "exchange/limesurvey/text_file.py", "exchange/others/redcap.py",
        "exchange/paper/entry.py", "exchange/paper/marks_file.py", "exchange/reading/mapping.py", "linking/writing.py",
        "pilot/evaluation/spreadsheet.py", "population/margins_file.py", "present/report/csv_text.py",
    }, "Plant signs in what the new module writes: add it to WRITERS, and its path here."  # fmt: skip
