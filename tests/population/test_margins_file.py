"""Margins as files: every shape that people save them in, and a message for each fault."""

from __future__ import annotations

import codecs
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm

ROWS = "variable,category,population,source,date\nsex,F,512,Statbel,2015-01-01\nsex,M,487,Statbel,2015-01-01\n"


def written(folder: Path, content: str | bytes, name: str = "margins.csv") -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


@pytest.mark.parametrize(
    "content",
    [
        ROWS,
        ROWS.replace(",", ";"),
        ROWS.replace(",", "\t"),
        ROWS.replace(",", "|"),
        codecs.BOM_UTF8 + ROWS.encode(),
        ROWS.encode("utf-16"),
        "sep=;\n" + ROWS.replace(",", ";"),
        ROWS.replace("\n", "\r\n"),
        ROWS.replace("variable", "Variable").replace("population", " POPULATION "),
        ROWS + ",,,,\n",
    ],
)
def test_every_shape_of_a_file_gives_the_same(content: str | bytes, tmp_path: Path) -> None:
    found = tm.read_margins(written(tmp_path, content))
    assert found["sex"].labels == ("F", "M") and found.total == 999.0
    assert (found.source, found.date, found.status) == ("Statbel", "2015-01-01", "unverified")


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_is_written_is_read_back(suffix: str, tmp_path: Path) -> None:
    given = tm.margins(
        {"sex": {"F": 512.25, "M": 234.567}, "age x sex": {"18-44 x F": 0.5, "=1+1 x M": 746.317}}, status="estimate"
    )
    back = tm.read_margins(tm.write_margins(given, tmp_path / f"margins{suffix}")) if suffix == ".csv" else tm.read_margins(
        tm.write_margins(tm.margins({"sex": {"F": 512.25, "=M": 3}}, status="estimate"), tmp_path / "margins.xlsx")
    )  # fmt: skip
    if suffix == ".csv":
        assert back.names == given.names and back["age x sex"].labels == given["age x sex"].labels
        for one, other in zip(back, given, strict=True):
            np.testing.assert_array_equal(one.population, other.population)
    else:
        assert back["sex"].labels == ("F", "=M")
    assert back.status == "estimate"


def test_shares_notes_and_formulas_survive(tmp_path: Path) -> None:
    made = tm.margins({"sex": {"F": 51.5, "=M": 48.5}})
    made = type(made)(made.margins, notes=("Source: Statbel.", "A second sentence."))
    file = tm.write_margins(made, tmp_path / "margins.csv")
    assert "'=M" in file.read_text(encoding="utf-8")
    back = tm.read_margins(file)
    assert back["sex"].share and back["sex"].labels == ("F", "=M") and back.notes == made.notes


def test_margins_that_do_not_agree_are_read(tmp_path: Path) -> None:
    found = tm.read_margins(written(tmp_path, ROWS + "age,18-64,600,,\nage,65+,300,,\n"))
    assert found.total is None and [problem.code for problem in found.conflicts()] == ["N-TOTALS"]


HEAD = "variable;category;population;share;status\n"


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        ("variable;population\nsex;3\n", "N-MARGIN-COLUMNS", "category"),
        ("variable;category\nsex;F\n", "N-MARGIN-COLUMNS", "population or share"),
        (HEAD, "N-EMPTY", "no rows"),
        (HEAD + "sex;F;;;\nsex;M;3;;\n", "N-NUMBER", "row 2"),
        (HEAD + "sex;F;many;;\nsex;M;3;;\n", "N-NUMBER", "no number"),
        (HEAD + "sex;F;51.200;;\nsex;M;3;;\n", "N-NUMBER", "marks of thousands"),
        (HEAD + "sex;F;51,200;;\nsex;M;3;;\n", "N-NUMBER", "marks of thousands"),
        (HEAD + "sex;F;-1;;\nsex;M;3;;\n", "N-NEGATIVE", "below zero"),
        (HEAD + "sex;F;0;;\nsex;M;0;;\n", "N-EMPTY", "above zero"),
        (HEAD + "sex;F;1;;\nsex;F;3;;\n", "N-CATEGORY-TWICE", "'F'"),
        (HEAD + "sex;;1;;\nsex;M;3;;\n", "N-CATEGORY-BLANK", "blank"),
        (HEAD + ";F;1;;\n", "N-VARIABLE", "no name"),
        (HEAD + "sex;F;1;;\nsex;M;;0.5;\n", "N-NUMBERS", "one of the two"),
        (HEAD + "sex;F;;0.5;\nsex;M;;0.4;\n", "N-SHARES", "0.9"),
        (HEAD + "sex;F;1;;sure\nsex;M;3;;\n", "N-STATUS", "'sure'"),
        (HEAD + "age x sex;18+;1;;\n", "N-SHAPE", "one category of each"),
        (HEAD + "age x sex;18+ x F;1;;\nsex x age;F x 18+;1;;\n", "N-MARGIN-TWICE", "same variables"),
        ("variable;category;population;population\nsex;F;1;2\n", "N-COLUMN-TWICE", "population"),
        (HEAD + "sex;F;1;;;;x;\n", "N-FILE-ROWS", "more cells"),
        ("", "N-FILE-ROWS", "heading"),
        (b"PK\x03\x04 no archive", "N-FILE-KIND", "ending"),
        (b"variable;category\0", "N-FILE-KIND", "ending"),
    ],
)
def test_each_fault_has_its_message(content: str | bytes, code: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(tm.ResponsesError) as caught:
        tm.read_margins(written(tmp_path, content))
    assert code in {problem.code for problem in caught.value.problems}, caught.value
    assert told in str(caught.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(tm.ResponsesError) as caught:
        tm.read_margins(written(tmp_path, HEAD + "sex;F;-1;;\nsex;M;3;;\nage;18+;x;;\narea;A;1;;\narea;A;2;;\n"))
    assert {problem.code for problem in caught.value.problems} == {"N-NEGATIVE", "N-NUMBER", "N-CATEGORY-TWICE"}


def test_a_file_that_is_not_there_or_no_table_is_refused(tmp_path: Path) -> None:
    written(tmp_path, ROWS, "margins.csv")
    with pytest.raises(tm.ResponsesError, match=r"Did you mean 'margins\.csv'"):
        tm.read_margins(tmp_path / "margin.csv")
    with pytest.raises(tm.ResponsesError, match="folder"):
        tm.read_margins(tmp_path)
    with pytest.raises(tm.ResponsesError, match="N-FILE-KIND"):
        tm.read_margins(written(tmp_path, ROWS, "margins.pdf"))
    with pytest.raises(tm.ResponsesError, match="N-FILE-DAMAGED"):
        tm.read_margins(written(tmp_path, b"PK\x03\x04 no archive", "margins.xlsx"))


def test_margins_are_written_as_csv_or_excel_only(tmp_path: Path) -> None:
    with pytest.raises(tm.DesignError, match=r"\.csv or \.xlsx"):
        tm.write_margins(tm.margins({"sex": {"F": 1, "M": 2}}), tmp_path / "margins.txt")
    with pytest.raises(tm.DesignError, match="cannot be written"):
        tm.write_margins(tm.margins({"sex": {"F": 1, "M": 2}}), tmp_path / "nowhere" / "margins.csv")


def test_numbers_of_a_frame_need_no_text() -> None:
    frame = pd.DataFrame({"variable": ["sex", "sex"], "category": ["F", "M"], "population": [234.567, 48]})
    assert tm.margins(frame)["sex"].population.tolist() == [234.567, 48.0]
