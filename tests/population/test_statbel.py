"""Statbel's population files: both layouts, every packing, and the files that are refused."""

from __future__ import annotations

import codecs
import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.population import opening

NEW = (
    "CD_REFNIS", "TX_DESCR_NL", "TX_DESCR_FR", "CD_DSTR_REFNIS", "TX_ADM_DSTR_DESCR_NL", "TX_ADM_DSTR_DESCR_FR", "CD_PROV_REFNIS",
    "TX_PROV_DESCR_NL", "TX_PROV_DESCR_FR", "CD_RGN_REFNIS", "TX_RGN_DESCR_NL", "TX_RGN_DESCR_FR", "CD_SEX", "CD_NATLTY",
    "TX_NATLTY_NL", "TX_NATLTY_FR", "CD_CIV_STS", "TX_CIV_STS_NL", "TX_CIV_STS_FR", "CD_AGE", "MS_POPULATION",
)  # fmt: skip
"""The headings of the file of 2019, as it was published."""
_EARLIER = {"CD_REFNIS": "CD_MUNTY_REFNIS", "TX_DESCR_NL": "TX_MUNTY_DESCR_NL", "TX_DESCR_FR": "TX_MUNTY_DESCR_FR"}
OLD = (*(_EARLIER.get(name, name) for name in NEW), "CD_YEAR")
"""The headings of earlier files."""

PEOPLE = [
    ("21004", "Brussel", "Bruxelles", "F", "BEL", "1", 30, 100),
    ("21004", "Brussel", "Bruxelles", "F", "BEL", "2", 30, 50),
    ("21004", "Brussel", "Bruxelles", "M", "ETR", "1", 100, 7),
    ("62096", "Blégny", "Blegny", "M", "BEL", "4", 0, 3),
]
"""Municipality, sex, nationality, civil status, age, people; made up."""
SUMMED = [("21004", "F", "BEL", 30, 150), ("21004", "M", "ETR", 100, 7), ("62096", "M", "BEL", 0, 3)]


def table(headings: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for nis, dutch, french, sex, nationality, status, age, people in PEOPLE:
        known = {"CD_REFNIS": nis, "CD_MUNTY_REFNIS": nis, "TX_DESCR_NL": dutch, "TX_DESCR_FR": french, "TX_MUNTY_DESCR_NL": dutch,
                 "TX_MUNTY_DESCR_FR": french, "CD_SEX": sex, "CD_NATLTY": nationality, "CD_CIV_STS": status, "CD_AGE": age,
                 "MS_POPULATION": people, "CD_YEAR": 2016, "CD_PROV_REFNIS": " "}  # fmt: skip
        rows.append({name: known.get(name, "x") for name in headings})
    return pd.DataFrame(rows)


def bytes_of(headings: tuple[str, ...], *, sep: str = "|", encoding: str = "utf-8") -> bytes:
    return table(headings).to_csv(sep=sep, index=False).encode(encoding)


def rows_of(population: tm.Population) -> list[tuple[object, ...]]:
    return list(population.frame.itertuples(index=False, name=None))


def zipped(file: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file


@pytest.mark.parametrize(("headings", "year"), [(NEW, "2020"), (OLD, "2016"), ((*NEW, "CD_YEAR"), "2016")])
@pytest.mark.parametrize("packing", ["txt", "csv", "zip", "gz", "xlsx", "zipped xlsx"])
def test_both_layouts_are_read_in_every_packing(
    headings: tuple[str, ...], year: str, packing: str, tmp_path: Path
) -> None:
    file = tmp_path / f"TF_SOC_POP_STRUCT_2020.{packing.rpartition(' ')[2]}"
    content = bytes_of(headings, sep=";" if packing == "csv" else "|")
    if packing == "zip":
        zipped(file, {"TF_SOC_POP_STRUCT_2020.txt": content, "__MACOSX/._TF.txt": b"x", "read me.pdf": b"x"})
    elif packing == "gz":
        file = tmp_path / "TF_SOC_POP_STRUCT_2020.txt.gz"
        file.write_bytes(gzip.compress(content))
    elif "xlsx" in packing:
        table(headings).to_excel(file, index=False)
        if packing == "zipped xlsx":
            file = zipped(tmp_path / "2020.zip", {"folder/TF_2020.xlsx": file.read_bytes()})
    else:
        file.write_bytes(content)
    found = tm.read_population(file)
    assert rows_of(found) == SUMMED
    assert (found.date, found.total, found.municipalities) == (f"{year}-01-01", 160, ("21004", "62096"))
    assert found.names["21004"] == ("Brussel", "Bruxelles") and found.has_nationality
    assert found.attribution.startswith("Source: Statbel") and found.date in found.attribution


@pytest.mark.parametrize("content", [
    codecs.BOM_UTF8 + bytes_of(NEW), bytes_of(NEW, encoding="cp1252"), bytes_of(NEW, encoding="utf-16"),
    bytes_of(NEW).replace(b"\n", b"\r\n"), bytes_of(NEW).lower().replace(b"|bel|", b"|BEL|"),
])  # fmt: skip
def test_every_encoding_is_read(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "TF_SOC_POP_STRUCT_2017_tcm325-283761.txt"
    file.write_bytes(content)
    found = tm.read_population(file)
    assert rows_of(found) == SUMMED and found.date == "2017-01-01"
    assert found.names["62096"][0].casefold() == "blégny"


def test_a_tidy_file_needs_no_nationality(tmp_path: Path) -> None:
    file = tmp_path / "population.csv"
    file.write_text("refnis,sex,age,population\n44021,F,30,2\n44021,M,30,1\n", encoding="utf-8")
    found = tm.read_population(file, date="2024-01-01", source="the city", status="estimate")
    assert not found.has_nationality and found.total == 3
    assert (found.source, found.status, found.date) == ("the city", "estimate", "2024-01-01")
    assert "the city" in found.attribution and "Statbel" not in found.attribution
    assert "made up" in repr(tm.read_population(file, date="2024-01-01", status="invented"))


@pytest.mark.parametrize(
    ("name", "day"),
    [("pop_20150101_x.csv", "2015-01-01"), ("pop-2015-07-01.csv", "2015-07-01"), ("pop 2015.csv", "2015-01-01")],
)
def test_the_day_is_found_in_the_name(name: str, day: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(bytes_of(NEW))
    assert tm.read_population(tmp_path / name).date == day


def spoilt(change: Callable[[pd.DataFrame], pd.DataFrame], headings: tuple[str, ...] = NEW) -> bytes:
    return change(table(headings)).to_csv(sep="|", index=False).encode()


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        (spoilt(lambda frame: frame.drop(columns="CD_AGE")), "N-COLUMNS", "CD_AGE"),
        (
            spoilt(lambda frame: frame.assign(CD_MUNTY_REFNIS=frame["CD_REFNIS"])),
            "N-COLUMNS",
            "has twice the column refnis",
        ),
        (spoilt(lambda frame: frame.iloc[:0]), "N-EMPTY", "no rows"),
        (spoilt(lambda frame: frame.assign(CD_SEX=["F", "M", "3", "M"])), "N-CELLS", "row 4"),
        (spoilt(lambda frame: frame.assign(CD_NATLTY=["BEL", "", "BEL", "FR"])), "N-CELLS", "row 3, 5"),
        (spoilt(lambda frame: frame.assign(CD_AGE=["1", "2", "x", "131"])), "N-CELLS", "row 4, 5"),
        (spoilt(lambda frame: frame.assign(MS_POPULATION=["1", "2.5", "-3", ""])), "N-CELLS", "row 3, 4, 5"),
        (spoilt(lambda frame: frame.assign(CD_REFNIS=["21004", "1000", "x", "21005"])), "N-CELLS", "row 3, 4"),
        (spoilt(lambda frame: frame.assign(CD_YEAR=[2015, 2015, 2016, 2016])), "N-DATE", "names 2"),
        (b"%PDF-1.7", "N-COLUMNS", "refnis"),
        (b"", "N-FILE-ROWS", "heading"),
    ],
)
def test_files_that_are_none_are_refused_with_the_place(content: bytes, code: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "TF_SOC_POP_STRUCT_2020.txt"
    file.write_bytes(content)
    with pytest.raises(tm.ResponsesError) as caught:
        tm.read_population(file)
    assert caught.value.problems[0].code == code and told in str(caught.value)


def test_a_file_must_say_of_what_year_it_is(tmp_path: Path) -> None:
    file = tmp_path / "population.txt"
    file.write_bytes(bytes_of(NEW))
    with pytest.raises(tm.ResponsesError, match="N-DATE"):
        tm.read_population(file)
    with pytest.raises(tm.ResponsesError, match="such as '2015-01-01'"):
        tm.read_population(file, date="2015")
    with pytest.raises(tm.DesignError, match="status"):
        tm.read_population(file, date="2015-01-01", status="sure")  # type: ignore[arg-type]


def test_archives_that_could_do_harm_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytes_of(NEW)
    for name in ("../2020.txt", "/2020.txt", "C:\\2020.txt"):
        with pytest.raises(tm.ResponsesError, match="N-FILE-PATH"):
            tm.read_population(zipped(tmp_path / "out.zip", {name: content}))
    with pytest.raises(tm.ResponsesError, match="N-ARCHIVE-TABLES"):
        tm.read_population(zipped(tmp_path / "two.zip", {"2020.txt": content, "2021.txt": content}))
    with pytest.raises(tm.ResponsesError, match="N-ARCHIVE-TABLES"):
        tm.read_population(zipped(tmp_path / "none.zip", {"2020.pdf": content}))
    bomb = b"0" * (opening.PACKED_HARMLESSLY + 1)
    with pytest.raises(tm.ResponsesError, match="N-FILE-LARGE"):
        tm.read_population(zipped(tmp_path / "bomb.zip", {"2020.txt": bomb}))
    (tmp_path / "bomb.txt.gz").write_bytes(gzip.compress(bomb))
    with pytest.raises(tm.ResponsesError, match="N-FILE-LARGE"):
        tm.read_population(tmp_path / "bomb.txt.gz")
    with pytest.raises(tm.ResponsesError, match="N-FILE-LARGE"):
        tm.read_population(zipped(tmp_path / "bomb.xlsx", {"xl/worksheets/sheet1.xml": bomb}))
    (tmp_path / "cut.txt.gz").write_bytes(gzip.compress(content)[:-20])
    with pytest.raises(tm.ResponsesError, match="N-FILE-DAMAGED"):
        tm.read_population(tmp_path / "cut.txt.gz")
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(tm.ResponsesError, match="N-FILE-DAMAGED"):
        tm.read_population(tmp_path / "cut.zip")
    monkeypatch.setattr(opening, "LARGEST_FILE", 10)
    (tmp_path / "2020.txt").write_bytes(content)
    with pytest.raises(tm.ResponsesError, match="N-FILE-LARGE"):
        tm.read_population(tmp_path / "2020.txt")


def test_no_cell_of_a_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "2020.csv"
    file.write_text("refnis,sex,age,population\nsecret,F,30,2\n", encoding="utf-8")
    with pytest.raises(tm.ResponsesError) as caught:
        tm.read_population(file)
    assert "secret" not in str(caught.value)
