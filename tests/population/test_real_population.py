"""The population of the pilots' zones by the real files of Statistics Belgium; skipped where they are not there."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest

import trustmeter as tm

FILES = {
    "2011-01-01": "statbel_pop_20110101_munty_sex_nat_age.csv.gz",
    "2015-01-01": "statbel_pop_20150101_munty_sex_nat_age.csv.gz",
}
TOTALS = {"2011-01-01": 10_951_266, "2015-01-01": 11_209_044}
"""The population of Belgium as it was published."""

PILOTS = {
    "Antwerp": ["11002"], "Charleroi": ["52011"], "Ghent": ["44021"], "Brussels-Capital Ixelles": ["21004", "21009"],
    "Brussels North": ["21006", "21014", "21015"],
}  # fmt: skip


@pytest.fixture(params=sorted(FILES))
def day(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def file(real_data: Path, day: str) -> Path:
    found = real_data / "statbel" / FILES[day]
    if not found.is_file():
        pytest.skip("The population files of Statbel are not on this machine.")
    return found


def test_belgium_has_as_many_people_as_was_published(file: Path, day: str) -> None:
    found = tm.read_population(file)
    assert (found.total, found.date, len(found.municipalities)) == (TOTALS[day], day, 589)


def test_margins_of_the_pilots_zones_are_the_sums_of_the_file(file: Path) -> None:
    found = tm.read_population(file)
    raw = pd.read_csv(file, dtype={"refnis": str})
    for zone, municipalities in PILOTS.items():
        adults = raw[raw["refnis"].isin(municipalities) & (raw["age"] >= 18)]
        margins = tm.zone_margins(zone, found, by=["sex", "age", "nationality", "municipality", "age x sex"])
        assert margins.total == adults["population"].sum() and margins.status == "verified"
        for name in ("sex", "nationality"):
            assert margins[name].collapsed(name) == adults.groupby(name)["population"].sum().to_dict()
        bands = pd.cut(adults["age"], [17, 29, 44, 59, 74, 200], labels=["18-29", "30-44", "45-59", "60-74", "75+"])
        crossed = adults.groupby([bands, "sex"], observed=True)["population"].sum()
        expected = {f"{band} x {sex}": float(number) for (band, sex), number in crossed.items()}
        cross = margins["age x sex"]
        assert dict(zip(cross.labels, cross.population.tolist(), strict=True)) == expected
        assert margins.conflicts() == ()


def test_sums_that_know_no_pandas_are_the_same(file: Path) -> None:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            sums[row["refnis"], row["sex"]] += int(row["population"])
    for zone, municipalities in PILOTS.items():
        margins = tm.zone_margins(zone, file, by="sex", age_bands=["0+"])
        for sex in ("F", "M"):
            assert margins["sex"].collapsed("sex")[sex] == sum(sums[nis, sex] for nis in municipalities)


def test_every_municipality_of_the_list_is_in_the_files(file: Path) -> None:
    found = tm.read_population(file)
    zones = tm.list_zones()
    assert set(zones["nis"]) <= set(found.municipalities)
    for row in zones.itertuples():
        names = {name.partition(" (")[0] for name in found.names[str(row.nis)]}
        assert {row.municipality_fr, row.municipality_nl} == names
    for code in sorted(set(zones["code"])):
        assert (tm.zone_margins(code, found).total or 0) > 40_000


def test_the_same_numbers_in_the_layout_of_the_office(file: Path, day: str, tmp_path: Path) -> None:
    raw = pd.read_csv(file, dtype=str)
    office = raw.rename(columns={"refnis": "CD_MUNTY_REFNIS", "name_nl": "TX_MUNTY_DESCR_NL", "name_fr": "TX_MUNTY_DESCR_FR",
                                 "sex": "CD_SEX", "nationality": "CD_NATLTY", "age": "CD_AGE", "population": "MS_POPULATION"})  # fmt: skip
    target = tmp_path / "population.txt"
    office.assign(CD_YEAR=day[:4]).to_csv(target, sep="|", index=False)
    pd.testing.assert_frame_equal(tm.read_population(target).frame, tm.read_population(file).frame)
