"""The list of police zones, and who lives in them by a file that was made up."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

import trustmeter as tm
from trustmeter.population.registry import zone_of, zones_of

ROOT = Path(__file__).resolve().parents[2]
PILOTS = sorted((ROOT / "notebooks" / "pilots").glob("*.yaml"))
SMALL = {"21006": 1, "21014": 2, "21015": 3, "44021": 4, "11002": 5}
"""Municipalities of the made-up file, and how many people of each kind live there."""


@pytest.fixture
def people() -> tm.Population:
    rows = [
        (nis, sex, nationality, age, times)
        for nis, times in SMALL.items()
        for sex in ("F", "M")
        for nationality in ("BEL", "ETR")
        for age in (10, 18, 29, 30, 60, 75, 100)
    ]
    frame = pd.DataFrame(rows, columns=["refnis", "sex", "nationality", "age", "population"])
    return tm.Population(frame, "2030-01-01", status="invented")


def test_a_zone_is_the_sum_of_its_municipalities(people: tm.Population) -> None:
    found = tm.zone_margins("Brussels North", people, by=["sex", "age", "nationality", "municipality", "age x sex"])
    assert found.names == ("sex", "age", "nationality", "municipality", "age x sex")
    assert found.total == 2 * 2 * 6 * (1 + 2 + 3) and found.conflicts() == ()
    assert found["municipality"].collapsed("municipality") == {"21006": 24.0, "21014": 48.0, "21015": 72.0}
    assert found["age"].collapsed("age") == {"18-29": 48.0, "30-44": 24.0, "45-59": 0.0, "60-74": 24.0, "75+": 48.0}
    assert found["sex"].collapsed("sex") == {"F": 72.0, "M": 72.0}
    assert found["nationality"].labels == ("BEL", "ETR")


def test_made_up_numbers_say_so_and_the_source_is_named(people: tm.Population) -> None:
    found = tm.zone_margins("Ghent", people)
    assert found.simulated and found.source == "made up" and any("Made-up" in note for note in found.notes)
    counted = tm.zone_margins("Ghent", tm.Population(people.frame, "2015-01-01"), by="nationality")
    assert counted.status == "verified" and not counted.simulated
    assert any("Statbel's open data licence" in note for note in counted.notes)
    assert any("foreign origin" in note for note in counted.notes)


@pytest.mark.parametrize(
    ("age_bands", "ages", "labels"),
    [
        (["18-64", "65+"], None, ("18-64", "65+")),
        (["65+", "0-17", "18-64"], None, ("0-17", "18-64", "65+")),
        (["18-64", "65+"], (18, None), ("18-64", "65+")),
        (None, (18, None), ("18-29", "30-44", "45-59", "60-74", "75+")),
        (None, (18, 64), ("18-29", "30-44", "45-59", "60-64")),
        (None, (18, 59), ("18-29", "30-44", "45-59")),
        (None, (20, None), ("20-29", "30-44", "45-59", "60-74", "75+")),
    ],
)
def test_people_of_the_ages_asked_for_are_counted(
    age_bands: list[str] | None, ages: tuple[int, int | None] | None, labels: tuple[str, ...], people: tm.Population
) -> None:
    found = tm.zone_margins("Ghent", people, by=["age", "sex"], age_bands=age_bands, ages=ages)
    assert found["age"].labels == labels
    lowest, highest = ages or (int(re.split(r"[-+]", labels[0])[0]), None)
    kept = people.frame[(people.frame["refnis"] == "44021") & people.frame["age"].between(lowest, highest or 130)]
    assert found.total == kept["population"].sum() and found.conflicts() == ()


def test_ages_need_no_bands_where_age_is_no_margin(people: tm.Population) -> None:
    assert tm.zone_margins("Ghent", people, by="sex", ages=(10, 29)).total == 4 * 2 * 2 * 3
    assert tm.zone_margins("Ghent", people, by="sex", ages=(0, None)).total == 4 * 2 * 2 * 7


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"by": "origin"}, "must be one of 'sex', 'age', 'nationality', 'municipality'"),
        ({"by": []}, "must name margins"),
        ({"by": None}, "must name margins"),
        ({"by": [3]}, "must name margins"),
        ({"population": None}, "what `read_population` gave"),
        ({"age_bands": 18}, "must hold bands"),
        ({"age_bands": [(18,)]}, "must hold bands"),
        ({"age_bands": [None]}, "must hold bands"),
        ({"by": "sex x sex"}, "each variable once"),
        ({"by": ["age x sex", ("sex", "age")]}, "names a margin twice"),
        ({"age_bands": ["18-64", "60+"]}, "share ages"),
        ({"age_bands": ["18-64", "75+"]}, "fall into no band"),
        ({"age_bands": ["18-64", "65-100"]}, "Write '65+'"),
        ({"age_bands": ["18-64"], "ages": (18, None)}, "make them agree"),
        ({"ages": (16, None)}, "Name the bands"),
        ({"ages": (101, None)}, "Nobody of the ages"),
        ({"ages": (18, 100)}, "Write '75+'"),
        ({"ages": (140, None)}, "must be the lowest and the highest age"),
        ({"ages": (30, 18)}, "must be the lowest and the highest age"),
        ({"ages": 18}, "must be the lowest and the highest age"),
        ({"ages": (18.5, None)}, "must be the lowest and the highest age"),
    ],
)
def test_what_cannot_be_counted_is_refused(arguments: dict[str, object], told: str, people: tm.Population) -> None:
    with pytest.raises(tm.DesignError, match=re.escape(told)):
        tm.zone_margins("Ghent", **{"population": people, **arguments})  # type: ignore[arg-type]


def test_a_file_that_lacks_what_is_asked_for_is_refused(people: tm.Population) -> None:
    bare = tm.Population(people.frame.drop(columns="nationality"), "2015-01-01")
    assert tm.zone_margins("Ghent", bare).total == 96.0
    with pytest.raises(tm.DesignError, match="no nationality"):
        tm.zone_margins("Ghent", bare, by="nationality")
    with pytest.raises(tm.DesignError, match=r"no people in Charleroi \(52011\).*merge"):
        tm.zone_margins("Charleroi", people)
    young = tm.Population(people.frame[people.frame["age"] < 18], "2015-01-01")
    with pytest.raises(tm.DesignError, match="Nobody of the ages"):
        tm.zone_margins("Ghent", young)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Brussel Noord-West", "Did you mean"),
        ("Gent-Stad", "list_zones"),
        ("Schaarbeek", "municipality of the zone 'Brussels North' (5344)"),
        ("21009", "municipality of the zone 'Brussels-Capital Ixelles' (5339)"),
        ("", "No police zone is called ''"),
    ],
)
def test_an_unknown_zone_is_told_with_what_is_near(name: str, told: str, people: tm.Population) -> None:
    with pytest.raises(tm.DesignError, match=re.escape(told)):
        tm.zone_margins(name, people)


@pytest.mark.parametrize("zone", zones_of(), ids=lambda zone: zone.code)
def test_every_name_of_a_zone_finds_it(zone: object) -> None:
    for name in zone.all_names():  # type: ignore[attr-defined]
        assert zone_of(name) is zone
        assert zone_of(name.upper().replace("-", "  ")) is zone


@pytest.mark.parametrize("pilot", PILOTS, ids=lambda path: path.stem)
def test_every_pilot_finds_its_zone(pilot: Path) -> None:
    said = YAML(typ="safe").load(pilot.read_text(encoding="utf-8"))
    assert zone_of(said["zone"]).name == said["zone"]


def test_the_list_says_where_each_row_is_from() -> None:
    zones = tm.list_zones()
    assert set(zones["code"]) == {"5330", "5339", "5340", "5341", "5342", "5343", "5344", "5345", "5415"}
    assert zones["source"].str.len().gt(20).all() and zones["status"].isin(["verified", "unverified"]).all()
    assert (
        zones[["name_en", "name_fr", "name_nl", "name_de", "languages", "nis", "municipality_fr"]].ne("").all(axis=None)
    )
    assert not zones.duplicated(["code", "nis", "valid_from"]).any()
    brussels = zones[zones["nis"].str.startswith("21")]
    assert sorted(brussels["nis"]) == [str(21001 + place) for place in range(19)]
    assert set(brussels["languages"]) == {"fr nl"}


def test_antwerp_changed_on_the_first_of_january_2025(people: tm.Population) -> None:
    before = tm.zone_margins("Antwerp", tm.Population(people.frame, "2024-01-01"))
    after = tm.zone_margins("Antwerp", tm.Population(people.frame, "2025-01-01"))
    assert (before.status, after.status) == ("verified", "unverified")
    assert not any("Borsbeek" in note for note in before.notes)
    assert any("Borsbeek" in note for note in after.notes) and any("not verified" in note for note in after.notes)


def test_users_add_zones_by_a_row(people: tm.Population, tmp_path: Path) -> None:
    own = tmp_path / "my-zones.csv"
    own.write_text(
        "code;name_nl;nis\n9999;Testzone;44021\n9999;Testzone;11002\n5415;Gent en Antwerpen;44021\n", encoding="utf-8"
    )
    found = tm.zone_margins("testzone", people, by="municipality", registry=own)
    assert found["municipality"].labels == ("44021", "11002")
    counted = tm.zone_margins("Testzone", tm.Population(people.frame, "2015-01-01"), registry=own)
    assert counted.status == "unverified" and any("was not verified" in note for note in counted.notes)
    assert zone_of("Gent en Antwerpen", own).code == "5415"
    with pytest.raises(tm.DesignError, match="No police zone"):
        zone_of("Ghent", own)
    assert len(tm.list_zones(registry=own)) == len(tm.list_zones()) + 2
    assert zone_of("Ghent").code == "5415"


def test_a_row_that_has_ended_no_longer_counts(people: tm.Population, tmp_path: Path) -> None:
    own = tmp_path / "my-zones.csv"
    own.write_text("code,name_en,nis,valid_until,status\n9999,Test,44021,2024-12-31,verified\n", encoding="utf-8")
    assert tm.zone_margins("Test", tm.Population(people.frame, "2024-12-31"), registry=own).status == "verified"
    with pytest.raises(tm.DesignError, match="No municipality of the zone 'Test' is known on 2025-01-01"):
        tm.zone_margins("Test", tm.Population(people.frame, "2025-01-01"), registry=own)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("code,name_en\n9999,Test\n", "N-ZONE-COLUMNS"),
        ("code,nis\n9999,44021\n", "N-ZONE-COLUMNS"),
        ("code,name_en,nis\n,Test,44021\n", "N-ZONE-NAME"),
        ("code,name_en,nis\n9999,Test,9000\n", "N-ZONE-NIS"),
        ("code,name_en,nis,valid_from\n9999,Test,44021,2025\n", "N-ZONE-DAY"),
        ("code,name_en,nis,status\n9999,Test,44021,sure\n", "N-ZONE-STATUS"),
    ],
)
def test_a_list_with_faults_is_refused(content: str, code: str, tmp_path: Path) -> None:
    own = tmp_path / "my-zones.csv"
    own.write_text(content, encoding="utf-8")
    with pytest.raises(tm.ResponsesError) as caught:
        tm.list_zones(registry=own)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_two_zones_of_one_name_are_told_apart_by_code(tmp_path: Path) -> None:
    own = tmp_path / "my-zones.csv"
    own.write_text("code,name_en,nis\n9998,Ghent,44021\n", encoding="utf-8")
    with pytest.raises(tm.DesignError, match=r"Ghent \(5415\), Ghent \(9998\)"):
        zone_of("Ghent", own)
    assert zone_of("9998", own).code == "9998"
