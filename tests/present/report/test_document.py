"""The whole document: complete for every design in four languages, every number with its method and its CSV, nobody to be found."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from trustmeter.disclosure.rule import DisclosureRule
from trustmeter.errors import DesignError
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.pilot.estimators.alternatives import compare_estimators
from trustmeter.pilot.incident import check_incidents
from trustmeter.pilot.missing.loss import attrition
from trustmeter.pilot.subgroup import compare_subgroups
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.report.chapters.gate import held
from trustmeter.present.report.chapters.whole import document_of
from trustmeter.present.report.csv_text import csv_of
from trustmeter.present.report.document import Document, Table
from trustmeter.present.report.gathering import gathered
from trustmeter.present.report.html import LEAST_ROOM, MOST_ROOM, html_of, room_for_picture
from trustmeter.psychometrics.comparability.invariance import check_invariance
from trustmeter.psychometrics.consistency.estimate import reliability
from trustmeter.responses.design import SurveyDesign
from trustmeter.responses.model import Responses
from trustmeter.results import Result
from trustmeter.scoring.composite import score
from trustmeter.scoring.model import Scores

DESIGN = PilotDesign("2022", "2023")
AREAS = PilotDesign("2022", "2023", area="district", treated=["d0", "d1", "d2", "d3"])


def with_districts(answers: Responses, districts: int = 8) -> Responses:
    frame = answers.frame.copy()
    frame["district"] = [f"d{number % districts}" for number in frame["id"]]
    return replace(answers, frame=frame, roles=replace(answers.roles, kept=("district",)))


def thinned(answers: Responses, gone: int) -> Responses:
    """Take the first people out of the second wave."""
    return answers.select(~((answers.frame["id"] < gone) & (answers.frame["wave"] == "2023")))


@pytest.fixture
def make_scores(make_answers: Callable[..., Responses]) -> Callable[..., Scores]:
    return lambda n=120, **options: score(make_answers(n, simulated=True, **options))


@pytest.fixture
def comparisons(make_answers: Callable[..., Responses]) -> dict[str, Comparison]:
    """One comparison for each family of design."""
    answers = make_answers(160, simulated=True)
    one = answers.select((answers.frame["wave"] == "2023").to_numpy())
    one = replace(one, frame=one.frame.assign(mode=["paper", "web"] * 80), roles=replace(one.roles, mode="mode"))
    kept = one.frame.assign(w=[0.0, *[1.0, 2.0, 0.5] * 53], street=[number % 16 for number in range(160)])
    drawn = replace(one, frame=kept, roles=replace(one.roles, kept=("w", "street")))
    drawn = drawn.with_design(SurveyDesign(weights="w", clusters="street"))
    return {
        "linked": compare(score(answers), DESIGN),
        "some lost": compare(score(thinned(answers, 30)), replace(DESIGN, linked=True)),
        "unlinked": compare(score(answers), replace(DESIGN, linked=False), smallest_effect=3),
        "overlap": compare(score(thinned(answers, 60)), replace(DESIGN, linked="overlap")),
        "areas": compare(score(with_districts(answers)), AREAS, smallest_effect=3),
        "one area each": compare(score(with_districts(answers, 2)), replace(AREAS, treated=["d0"])),
        "groups": compare(score(one), GroupDesign("mode", "paper", "web")),
        "groups drawn": compare(score(drawn), GroupDesign("mode", "paper", "web")),
        "one scale": compare(score(answers), DESIGN, scale="fairness"),
        "too few": compare(score(make_answers(9)), DESIGN),
    }  # fmt: skip


def made(*results: Result, language: str = "en", rule: DisclosureRule | None = None) -> Document:
    return document_of(gathered(results, rule, load_phrases(language)))


def every_result(make_answers: Callable[..., Responses]) -> tuple[Result, ...]:
    answers = make_answers(240, simulated=True)
    lost = thinned(answers, 40)
    scores = score(lost)
    happened = pd.DataFrame({"date": ["2023-04-20"], "area": ["=North"], "what": ["shots fired by police"]})
    incidents = check_incidents({"2022": ("2022-05-02", "2022-05-30"), "2023": ("2023-05-01", "2023-05-28")}, happened)
    return (
        compare(scores, DESIGN), reliability(lost), check_invariance(lost, across="wave", scale="fairness"),
        attrition(scores, DESIGN), compare_estimators(scores, DESIGN), compare_subgroups(scores, DESIGN, by="SEX"), incidents,
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_design_makes_a_document_in_every_language(language: str, comparisons: dict[str, Comparison]) -> None:
    for name, change in comparisons.items():
        document = made(change, language=language)
        assert document.front is not None, name
        assert 1 <= len(document.front.answer) <= 3, name
        assert (document.front.picture is None) is (name == "too few"), name
        assert len(document.front.people) > 1, name
        assert len(document.front.sure) > 2, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_has_its_method_and_its_csv(
    language: str, comparisons: dict[str, Comparison], make_answers: Callable[..., Responses]
) -> None:
    say = load_phrases(language).say
    for results in (*((change,) for change in comparisons.values()), every_result(make_answers)):
        document = made(*results, language=language)
        methods = {method.id for method in document.methods}
        ids = [table.id for table in document.tables()]
        assert len(set(ids)) == len(ids)
        for table in document.tables():
            assert table.method in methods, table.id
            assert say("disclosure.under_table", publish=10, show=5) in table.under
            assert all(len(row) == len(table.headings) for row in table.rows)
            lines = list(csv.reader(io.StringIO(csv_of(table, document))))
            assert len(lines) == 1 + len(table.plain.rows)
            if document.simulated:
                assert {line[0] for line in lines[1:]} <= {say("simulated.cell")}
                assert say("simulated.mark") in table.caption


def test_every_anchor_is_there_once_and_every_link_arrives(make_answers: Callable[..., Responses]) -> None:
    page = html_of(made(*every_result(make_answers), language="fr"))
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(set(ids)) == len(ids)
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= set(ids)
    assert page.count("<table>") == page.count('class="under"') == page.count("download=")
    for described in re.findall(r'aria-labelledby="([^"]+)"', page):
        assert set(described.split()) <= set(ids)


def test_the_csv_of_the_page_is_unrounded_and_runs_nothing(make_answers: Callable[..., Responses]) -> None:
    results = every_result(make_answers)
    document = made(*results)
    page = html_of(document)
    change = results[0]
    files = dict(re.findall(r'download="table-([^"]+)\.csv" href="data:text/csv;charset=utf-8;base64,([^"]+)"', page))
    told = base64.b64decode(files["change"]).decode("utf-8-sig")
    read = pd.read_csv(io.StringIO(told))
    assert read.columns[0] == "Data"
    np.testing.assert_array_equal(read["estimate"], change.table["estimate"].to_numpy())
    lines = [
        line for text in files.values() for line in csv.reader(io.StringIO(base64.b64decode(text).decode("utf-8-sig")))
    ]
    cells = {cell for line in lines for cell in line}
    assert "'=North" in cells
    risky = [cell for cell in cells if cell[:1] in set("=+-@\t\r") and not re.fullmatch(r"-[\d.e-]+", cell)]
    assert risky == []


def test_hidden_numbers_are_hidden_in_every_table_and_csv(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(120)
    frame = answers.frame.copy()
    frame["district"] = np.select(
        [frame["id"] < 7, frame["id"] < 30, frame["id"] < 70], ["few", "some", "more"], "most"
    )
    answers = replace(answers, frame=frame, roles=replace(answers.roles, kept=("district",)))
    scores = score(answers)
    groups = compare_subgroups(scores, DESIGN, by="district")
    document = made(compare(scores, DESIGN), groups)
    tables: dict[str, Table] = {table.id: table for table in document.tables()}
    protected = load_phrases("en").say("cell.protected")
    assert {row[2] for row in tables["table-subgroups"].rows} >= {protected}
    for table in document.tables():
        if table.data is None or "n" not in table.data.headings:
            continue
        at = table.data.headings.index("n")
        assert [row for row in table.data.rows if row[at] is not None and int(row[at]) < 10] == []  # type: ignore[arg-type]
        if "suppressed" in table.data.headings:
            flag, value = (table.data.headings.index(name) for name in ("suppressed", "estimate"))
            assert all(row[value] is None for row in table.data.rows if row[flag] == "true")


def test_a_stricter_rule_hides_more_and_says_so(make_answers: Callable[..., Responses]) -> None:
    change = compare(score(make_answers(40)), DESIGN)
    rule = DisclosureRule(publish=50, show=12)
    usual, strict = made(change), made(change, rule=rule)
    assert usual.front is not None
    assert strict.front is not None
    assert usual.front.picture is not None
    assert strict.front.picture is None
    assert {finding.verdict for finding in strict.findings} == {"suppressed"}
    assert all("50" in table.under[0] and "12" in table.under[0] for table in strict.tables())
    assert "40" not in " ".join(strict.front.people)
    counts = [
        cell for table in strict.tables() if table.method == "method-answers" for row in table.rows for cell in row[2:]
    ]
    assert {cell for cell in counts if cell and "%" in cell} == set()
    shares = held(change, DisclosureRule(publish=39, show=39)).table
    assert shares.loc[shares["term"].str.startswith("share_"), "estimate"].fillna(0).eq(0).all()  # nobody may be told
    assert shares.loc[shares["term"] == "mean_change", "estimate"].notna().all()


def test_the_library_s_own_rule_changes_nothing(make_answers: Callable[..., Responses]) -> None:
    for result in every_result(make_answers):
        pd.testing.assert_frame_equal(held(result, DisclosureRule()).table, result.table)


@pytest.mark.parametrize("laxer", [5, "strict", {"publish": 50}])
def test_a_rule_is_a_rule(
    laxer: object, make_answers: Callable[..., Responses], make_scores: Callable[..., Scores]
) -> None:
    with pytest.raises(DesignError, match="`rule` of `report`"):
        gathered([compare(make_scores(30), DESIGN)], laxer, load_phrases("en"))  # type: ignore[arg-type]


def test_few_people_of_a_language_are_not_counted_and_cannot_be_worked_out(
    make_answers: Callable[..., Responses],
) -> None:
    answers = make_answers(100)
    people = answers.frame["id"]
    spoken = np.select([people < 4, people < 30], ["ti", "ar"], "nl")
    answers = replace(
        answers, frame=answers.frame.assign(spoken=spoken), roles=replace(answers.roles, language="spoken")
    )
    document = made(compare(score(answers), DESIGN))
    (table,) = [table for table in document.tables() if table.id == "table-who-spoken"]
    protected = load_phrases("en").say("cell.protected")
    shown = {row[0]: row[1:] for row in table.rows}
    assert shown["Tigrinya"] == (protected, protected)
    assert shown["Arabic"] == (protected, protected)
    assert shown["Dutch"] == ("70", "70")
    assert document.front is not None
    assert "They answered in: Arabic, Dutch and others." in document.front.people


def test_page_one_leaves_room_for_its_sentences(comparisons: dict[str, Comparison]) -> None:
    front = made(comparisons["linked"]).front
    assert front is not None
    full = replace(front, sure=front.sure * 4, warnings=("A long warning. " * 20,))
    assert room_for_picture(full) == LEAST_ROOM < room_for_picture(front) <= MOST_ROOM
    assert room_for_picture(None) == MOST_ROOM
