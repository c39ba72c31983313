"""The evidence record, and the word that nothing may claim without it."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from trustmeter.errors import DesignError
from trustmeter.questionnaire.check import check_questionnaire
from trustmeter.questionnaire.evidence import NEEDED_IN_A_LANGUAGE, Evidence, Finding
from trustmeter.questionnaire.grammar import PROPERTIES, RATINGS, STATUSES
from trustmeter.questionnaire.reader import read_questionnaire
from trustmeter.questionnaire.shelf import load_questionnaire, shelf_folder
from trustmeter.validation.record import COLUMNS, evidence

ON_THE_SHELF = sorted(path.parent.name for path in shelf_folder().glob("*/questionnaire.yaml"))


def finding(name: str, rating: str = "sufficient", language: str = "fr") -> Finding:
    return Finding(name, rating, "a source", n=300, languages=(language,))


@pytest.mark.parametrize("name", ON_THE_SHELF)
def test_every_instrument_has_a_record_with_every_property(name: str) -> None:
    table = evidence(name)
    assert list(table.columns) == list(COLUMNS)
    assert set(table["property"]) == set(PROPERTIES)
    assert set(table["rating"]) <= set(RATINGS)
    assert (table["source"] != "").all()
    assert "validated in" not in table.attrs["standing"]
    assert table.attrs["statement"]


def test_the_record_of_something_else_is_refused() -> None:
    with pytest.raises(DesignError, match="takes a questionnaire"):
        evidence(5)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    "ratings", list(itertools.product(["sufficient", "indeterminate", "insufficient", None], repeat=3))
)
def test_only_all_three_sufficient_findings_make_it_validated(status: str, ratings: tuple[str | None, ...]) -> None:
    known = [finding(name, rating) for name, rating in zip(NEEDED_IN_A_LANGUAGE, ratings, strict=True) if rating]
    standing = Evidence("x", tuple(known)).standing(status, ("en", "fr"))
    carried = status == "validated" and set(ratings) == {"sufficient"}
    assert standing.startswith("validated in fr") is carried
    assert standing.count("validated in") == int(carried)


def test_a_finding_that_contradicts_takes_the_word_away() -> None:
    known = [finding(name) for name in NEEDED_IN_A_LANGUAGE]
    assert Evidence("x", tuple(known)).validated_in(("en", "fr")) == ("fr",)
    worse = [*known, finding("internal_consistency", "insufficient")]
    assert Evidence("x", tuple(worse)).validated_in(("fr",)) == ()
    elsewhere = [*known, finding("internal_consistency", "insufficient", "en")]
    assert Evidence("x", tuple(elsewhere)).validated_in(("fr",)) == ("fr",)


RECORDS = "".join(
    f"  - {{property: {name}, source: study, rating: sufficient, language: fr, n: 412}}\n"
    for name in NEEDED_IN_A_LANGUAGE
)


@pytest.mark.parametrize(
    ("status", "records", "right", "standing"),
    [
        ("validated", RECORDS, True, "validated in fr"),
        ("validated", RECORDS.replace("language: fr, ", ""), False, ""),
        ("validated", RECORDS.replace("sufficient", "insufficient", 1), False, ""),
        ("validated", "", False, ""),
        ("piloted", RECORDS.replace("sufficient", "indeterminate"), True, "piloted in n = 412 - not yet validated"),
        ("piloted", "", False, ""),
        ("adapted", RECORDS, True, "adapted - not yet validated"),
    ],
)
def test_files_cannot_say_more_than_their_record(
    status: str, records: str, right: bool, standing: str, tmp_path: Path
) -> None:
    folder = tmp_path / "encounter"
    shutil.copytree(shelf_folder() / "encounter", folder)
    structure = (folder / "questionnaire.yaml").read_text(encoding="utf-8")
    (folder / "questionnaire.yaml").write_text(
        structure.replace("status: adapted", f"status: {status}"), encoding="utf-8"
    )
    said = f"status: {status}\nstatement: What is known.\n" + (f"records:\n{records}" if records else "")
    (folder / "evidence.yaml").write_text(said, encoding="utf-8")
    problems = check_questionnaire(folder)
    assert ([problem.code for problem in problems] == []) is right
    if right:
        assert read_questionnaire(folder).standing == standing
        assert standing in str(read_questionnaire(folder))
    else:
        assert {problem.code for problem in problems} == {"Q-EVIDENCE"}


def test_unfinished_languages_are_named_wherever_the_instrument_is() -> None:
    encounter = load_questionnaire("encounter")
    assert "ar (unfinished)" in str(encounter)
    assert "Drafted by machine" in encounter.unfinished.by_language["ar"]
