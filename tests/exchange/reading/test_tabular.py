"""Tables of text: encodings, delimiters, sheets, torn and blank rows."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import ResponsesError
from trustmeter.exchange.reading.tabular import read_table, text_of
from trustmeter.exchange.reading.textfile import read_records


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("01", "01"),
        ("1.0", "1.0"),
        (1, "1"),
        (np.int8(3), "3"),
        (4.0, "4"),
        (np.float32(2.5), "2.5"),
        (1e20, "100000000000000000000"),
        (float("inf"), "inf"),
        (True, "1"),
        (np.bool_(False), "0"),
        (None, ""),
        (float("nan"), ""),
        (pd.NA, ""),
        (pd.NaT, ""),
        (datetime.date(2026, 5, 1), "2026-05-01"),
        (pd.Timestamp("2026-05-01"), "2026-05-01"),
        (pd.Timestamp("2026-05-01 08:30"), "2026-05-01T08:30:00"),
        (datetime.time(8, 30), "08:30:00"),
    ],
)
def test_a_cell_says_what_it_said(value: object, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("content", "records"),
    [
        (b"a;b\n1,5;2\n", [["a", "b"], ["1,5", "2"]]),
        (b"a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        (b'"a;x",b\n1,2\n', [["a;x", "b"], ["1", "2"]]),
        (b"a\tb\n1, 2; 3\t4\n", [["a", "b"], ["1, 2; 3", "4"]]),
        (b"a|b\r\n1|2\r\n", [["a", "b"], ["1", "2"]]),
        (b"sep=|\r\na,x|b,y\r\n1|2\r\n", [["a,x", "b,y"], ["1", "2"]]),
        (b'"sep=;"\na;b\n1;2\n', [["a", "b"], ["1", "2"]]),
        (b"a, x, y;b\n1;2\n", [["a, x, y", "b"], ["1", "2"]]),
        (b" \na;b\n1;2\n", [[" "], ["a", "b"], ["1", "2"]]),
        (b"one\n1\n2\n", [["one"], ["1"], ["2"]]),
        (b'a;b\n"x\ny";"say ""z"""\n', [["a", "b"], ["x\ny", 'say "z"']]),
        ("\ufeffé;b\n1;2\n".encode(), [["é", "b"], ["1", "2"]]),
        ("é;b\n1;2\n".encode("utf-16"), [["é", "b"], ["1", "2"]]),
    ],
)
def test_text_files_are_split_as_they_were_meant(content: bytes, records: list[list[str]]) -> None:
    assert read_records(content, "a.csv") == (records, [])


def test_a_guessed_encoding_is_told() -> None:
    records, problems = read_records("é;€\n1;2\n".encode("cp1252"), "a.csv")
    assert records[0] == ["é", "€"]
    assert [(problem.code, problem.severity) for problem in problems] == [("R-FILE-ENCODING", "warning")]
    with pytest.raises(ResponsesError, match="R-FILE-ENCODING"):
        read_records(b"a;b\n\x81;\x8d\n", "a.csv")


def test_the_delimiter_is_found_in_long_files_too() -> None:
    row = "1;2,5;a, b and c\n"
    content = ("a;b;c\n" + row * 20_000).encode()
    records, _ = read_records(content, "a.csv")
    assert len(records) == 20_001
    assert {len(record) for record in records} == {3}


def test_blank_and_torn_rows_and_blank_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(" a ,b,\n1,2,\n,,\n3\n4,5,,,\n6,7,,x\n,,\n\n", encoding="utf-8")
    table = read_table(path)
    assert table.headings == ("a", "b")
    assert [cells.tolist() for cells in table.cells] == [["1", "4"], ["2", "5"]]
    assert table.rows.tolist() == [1, 4]
    told = {finding.problem.code: [rows.tolist() for _, rows in finding.cells] for finding in table.findings}
    assert told == {"R-ROW-TORN": [[3, 5]], "R-ROW-BLANK": [[2]]}


def test_a_column_without_heading_is_kept_where_it_holds_something(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,,\n1,2,\n", encoding="utf-8")
    assert read_table(tmp_path / "a.csv").headings == ("a", "")


def test_the_first_visible_sheet_is_read_and_that_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"hidden": [1]}).to_excel(book, sheet_name="notes", index=False)
        pd.DataFrame({"first": [1]}).to_excel(book, sheet_name="one", index=False)
        pd.DataFrame({"second": [1]}).to_excel(book, sheet_name="two", index=False)
        book.sheets["notes"].sheet_state = "hidden"
        book.book.active = 1
    first = read_table(path)
    assert first.headings == ("first",)
    assert [finding.problem.code for finding in first.findings] == ["R-SHEET-FIRST"]
    second = read_table(path, sheet="two")
    assert second.headings == ("second",)
    assert second.findings == ()


def test_rows_above_the_headings_may_be_blank(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1], "b": [2.5]}).to_excel(tmp_path / "a.xlsx", index=False, startrow=3)
    table = read_table(tmp_path / "a.xlsx")
    assert table.headings == ("a", "b")
    assert [cells.tolist() for cells in table.cells] == [["1"], ["2.5"]]


def test_a_frame_is_taken_as_it_is() -> None:
    frame = pd.DataFrame(
        {"n": [1.0, np.nan, 3.0], "o": [["x"], None, "z"]}, index=pd.Index(["p", "q", "r"], name="who")
    )
    before = frame.copy(deep=True)
    table = read_table(frame)
    assert table.headings == ("who", "n", "o")
    assert [cells.tolist() for cells in table.cells] == [["p", "q", "r"], ["1", "", "3"], ["['x']", "", "z"]]
    pd.testing.assert_frame_equal(frame, before)


def test_whole_numbers_of_any_size_survive_parquet(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"id": pd.array([9_007_199_254_740_993, None], dtype="Int64"), "x": [1.0, 2.0]})
    frame.to_parquet(tmp_path / "a.parquet")
    assert read_table(tmp_path / "a.parquet").cells[0].tolist() == ["9007199254740993", ""]
