"""The workbook as it stands, and the form that pyxform makes of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pandas as pd
import pytest
from openpyxl import load_workbook
from pyxform.xls2xform import convert

from trustmeter.exchange.answers import read_responses
from trustmeter.exchange.forms.xlsform import relevance, write_xlsform
from trustmeter.questionnaire.model import Item, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.questionnaire.text import Text

NAMES = ("tiny", "awkward", "community-trust", "ess5-trust-in-justice")
XFORMS = "{http://www.w3.org/2002/xforms}"
LEGAL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SHOWN_AS = {"en": "English (en)", "fr": "Français (fr)", "nl": "Nederlands (nl)", "de": "Deutsch (de)"}


@pytest.fixture(params=NAMES)
def questionnaire(request: pytest.FixtureRequest) -> Questionnaire:
    """Return each questionnaire in turn."""
    return request.getfixturevalue(request.param) if request.param in NAMES[:2] else load_questionnaire(request.param)


def sheets_of(
    questionnaire: Questionnaire, path: Path, languages: tuple[str, ...] = ()
) -> Mapping[str, list[dict[str, str]]]:
    """Return the rows of each sheet as text; every cell must be a text cell."""
    write_xlsform(questionnaire, path, languages or questionnaire.languages)
    found: dict[str, list[dict[str, str]]] = {}
    for sheet in load_workbook(path).worksheets:
        heading, *rows = sheet.iter_rows()
        assert {cell.data_type for row in rows for cell in row if cell.value is not None} == {"s"}
        names = [str(cell.value) for cell in heading]
        found[sheet.title] = [
            {name: str(cell.value) for name, cell in zip(names, row, strict=True) if cell.value is not None}
            for row in rows
        ]
    return found


def xform_of(questionnaire: Questionnaire, path: Path, *, validate: bool = False) -> ElementTree.Element:
    """Return the XForm; pyxform must not warn."""
    write_xlsform(questionnaire, path, questionnaire.languages)
    made = convert(path, validate=validate)
    assert list(made.warnings) == []
    return ElementTree.fromstring(made.xform)


def by_name(rows: list[dict[str, str]]) -> Mapping[str, dict[str, str]]:
    named = [row for row in rows if "name" in row]
    assert len({row["name"].lower() for row in named}) == len(named)
    return {row["name"]: row for row in named}


def holds(condition: Condition | None, answers: Mapping[str, str]) -> bool:
    """Tell whether a condition holds: the naive reading that the form must share."""
    match condition:
        case None:
            return True
        case Equals(item=item, code=code):
            return answers[item] == code
        case IsIn(item=item, codes=codes):
            return answers[item] in codes
        case Not(condition=inner):
            return not holds(inner, answers)
        case AllOf(conditions=parts):
            return all(holds(part, answers) for part in parts)
        case AnyOf(conditions=parts):
            return any(holds(part, answers) for part in parts)


def value_of(expression: str, answers: Mapping[str, str]) -> bool:
    """Return the truth of an XPath of comparisons, ``and``, ``or``, ``not()``; paths or ``${name}`` stand for answers."""
    asked = re.sub(
        r"\$\{(\w+)\}|(?:/\w+)+/(\w+)", lambda found: f"answers[{found[1] or found[2]!r}]", expression.strip()
    )
    return bool(eval(asked.replace(" = ", " == "), {"answers": answers}))  # noqa: S307


def test_every_item_is_a_question_of_the_right_kind(questionnaire: Questionnaire, tmp_path: Path) -> None:
    rows = by_name(sheets_of(questionnaire, tmp_path / "form.xlsx")["survey"])
    for item in questionnaire.items:
        kind = {"number": {"integer", "decimal"}, "text": {"text"}}.get(
            item.response_scale.type, {f"select_one {item.response_scale.id}"}
        )
        assert rows[item.id]["type"] in kind
        assert (rows[item.id].get("required") == "yes") == item.required
        for language in questionnaire.languages:
            assert rows[item.id][f"label::{SHOWN_AS[language]}"] == item.text.read(language)


def test_each_section_is_one_group_with_its_text_and_items(questionnaire: Questionnaire, tmp_path: Path) -> None:
    survey = sheets_of(questionnaire, tmp_path / "form.xlsx")["survey"]
    opened: list[str] = []
    inside: dict[str, list[str]] = {}
    for row in survey:
        if row["type"] == "begin_group":
            opened.append(row["name"])
            inside[row["name"]] = []
            assert row["appearance"] == "field-list"
        elif row["type"] == "end_group":
            opened.pop()
        elif opened:
            inside[opened[-1]].append(row["name"])
        assert len(opened) <= 1
    assert opened == []
    rows = by_name(survey)
    for section in questionnaire.sections:
        note = [f"{section.id}_text"] if section.text.has("en") else []
        assert inside[f"{section.id}_section"] == [*note, *(item.id for item in section.items)]
        for name, text in ((f"{section.id}_section", section.title), *((name, section.text) for name in note)):
            for language in questionnaire.languages:
                assert rows[name][f"label::{SHOWN_AS[language]}"] == text.read(language)


def test_choices_are_the_questionnaires_codes_in_their_order(questionnaire: Questionnaire, tmp_path: Path) -> None:
    choices = sheets_of(questionnaire, tmp_path / "form.xlsx")["choices"]
    scales = {item.response_scale.id: item.response_scale for item in questionnaire.items}
    expected = [scale for scale in scales.values() if scale.type in {"ordinal", "nominal"}]
    assert {row["list_name"] for row in choices} == {scale.id for scale in expected}
    for scale in expected:
        rows = [row for row in choices if row["list_name"] == scale.id]
        assert [row["name"] for row in rows] == [option.code for option in scale.options]
        for row, option in zip(rows, scale.options, strict=True):
            for language in questionnaire.languages:
                said = option.text.read(language) or option.text.read() or option.code
                assert row[f"label::{SHOWN_AS[language]}"] == said


def test_names_are_legal_and_unlike(questionnaire: Questionnaire, tmp_path: Path) -> None:
    sheets = sheets_of(questionnaire, tmp_path / "form.xlsx")
    assert all(LEGAL_NAME.fullmatch(name) for name in by_name(sheets["survey"]))
    assert all(" " not in row["name"] for row in sheets["choices"])
    assert LEGAL_NAME.fullmatch(sheets["settings"][0]["form_id"])


def test_the_form_says_which_wording_it_holds(awkward: Questionnaire, tmp_path: Path) -> None:
    sheets = sheets_of(awkward, tmp_path / "form.xlsx")
    settings = sheets["settings"][0]
    assert settings == {
        "form_title": str(awkward.title),
        "form_id": "awk_ward",
        "version": "2.1.0-abc123",
        "default_language": "English (en)",
        "style": "pages",
    }
    assert by_name(sheets["survey"])["questionnaire_version"]["calculation"] == "'2.1.0-abc123'"


def test_nothing_about_the_device_or_the_person_is_recorded(questionnaire: Questionnaire, tmp_path: Path) -> None:
    kinds = {row["type"].split()[0] for row in sheets_of(questionnaire, tmp_path / "form.xlsx")["survey"]}
    assert kinds <= {"calculate", "begin_group", "end_group", "note", "select_one", "integer", "decimal", "text"}


def test_numbers_have_a_range_and_say_their_codes(awkward: Questionnaire, tmp_path: Path) -> None:
    rows = by_name(sheets_of(awkward, tmp_path / "form.xlsx")["survey"])
    assert rows["Q5"]["type"] == "integer"
    assert rows["Q5"]["constraint"] == "(. >= 16 and . <= 110) or . = 999"
    assert rows["Q5"]["constraint_message::Français (fr)"] == "Un nombre de 16 à 110."
    assert rows["Q5"]["hint::English (en)"] == "Write 999 for: Prefer not to say."
    assert rows["Q6"]["type"] == "decimal"
    assert rows["Q6"]["constraint"] == "(. >= 0.5 and . <= 24) or . = -99"
    assert "hint::English (en)" not in rows["Q6"]


@pytest.mark.parametrize("limit", [1e6, 1.5e7])
def test_large_limits_are_written_out(limit: float, tiny: Questionnaire, tmp_path: Path) -> None:
    number = ResponseScale("income", "number", (), 0, limit)
    section = Section("only", tiny.title, Text(), (Item("INCOME", tiny.title, number),))
    survey = sheets_of(replace(tiny, sections=(section,), scales=()), tmp_path / "form.xlsx")["survey"]
    assert by_name(survey)["INCOME"]["constraint"] == f"(. >= 0 and . <= {limit:.0f})"


def test_one_language_leaves_the_others_out(tiny: Questionnaire, tmp_path: Path) -> None:
    survey = sheets_of(tiny, tmp_path / "form.xlsx", ("fr",))["survey"]
    assert {heading for row in survey for heading in row if "::" in heading} == {"label::Français (fr)"}


def test_the_same_questionnaire_gives_the_same_bytes(tiny: Questionnaire, tmp_path: Path) -> None:
    one, two = tmp_path / "one.xlsx", tmp_path / "two.xlsx"
    write_xlsform(tiny, one, tiny.languages)
    write_xlsform(tiny, two, tiny.languages)
    assert one.read_bytes() == two.read_bytes()
    with ZipFile(one) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        hours = re.findall(r"T[\d:]+Z", file.read("docProps/core.xml").decode())
    assert set(hours) == {"T00:00:00Z"}
    write_xlsform(replace(tiny, fingerprint="1" * 12), two, tiny.languages)
    assert one.read_bytes() != two.read_bytes()


def test_tools_accept_the_form_and_every_language_is_complete(questionnaire: Questionnaire, tmp_path: Path) -> None:
    form = xform_of(questionnaire, tmp_path / "form.xlsx", validate=shutil.which("java") is not None)
    translations = {
        str(found.get("lang")): {
            str(text.get("id")): "".join(text.itertext()).strip() for text in found.iter(f"{XFORMS}text")
        }
        for found in form.iter(f"{XFORMS}translation")
    }
    assert set(translations) == {SHOWN_AS[language] for language in questionnaire.languages}
    base = translations[SHOWN_AS[questionnaire.base_language]]
    for texts in translations.values():
        assert set(texts) == set(base)
        assert [name for name, text in texts.items() if text in {"", "-"}] == []
    default = [found.get("lang") for found in form.iter(f"{XFORMS}translation") if found.get("default")]
    assert default == [SHOWN_AS[questionnaire.base_language]]


def test_the_form_asks_each_question_exactly_when_the_questionnaire_does(
    questionnaire: Questionnaire, tmp_path: Path
) -> None:
    form = xform_of(questionnaire, tmp_path / "form.xlsx")
    binds = {str(bind.get("nodeset")): str(bind.get("relevant") or "") for bind in form.iter(f"{XFORMS}bind")}
    paths = {path.rpartition("/")[2]: path for path in binds}
    for item in questionnaire.items:
        path = paths[item.id]
        rules = [binds[part] for part in (path.rpartition("/")[0], path) if binds.get(part)]
        condition = questionnaire.condition(item.id)
        watched = sorted({name for rule in rules for name in re.findall(r"/(\w+)(?!\w|/)", rule)})
        options = [
            [*(option.code for option in questionnaire.item(name).response_scale.options), ""] for name in watched
        ]
        for codes in product(*options):
            answers = dict(zip(watched, codes, strict=True))
            assert all(value_of(rule, answers) for rule in rules) == holds(condition, answers), item.id


CONDITIONS: tuple[Condition, ...] = (
    Equals("A", "1"),
    Not(Equals("A", "1")),
    IsIn("A", ("1", "2")),
    Not(IsIn("A", ("1", "2"))),
    AllOf((IsIn("A", ("1", "2")), Equals("B", "1"))),
    AnyOf((AllOf((Equals("A", "1"), Equals("B", "2"))), Equals("C", "1"))),
    AllOf((AnyOf((Equals("A", "1"), Equals("B", "2"))), Not(Equals("C", "1")))),
    Not(AllOf((Equals("A", "1"), AnyOf((Equals("B", "1"), IsIn("C", ("2", "3"))))))),
    AllOf((AllOf((Equals("A", "1"), Equals("B", "1"))), Equals("C", "1"))),
    AnyOf((AnyOf((Equals("A", "1"), Equals("B", "1"))), AllOf((Equals("C", "1"), Equals("A", "2"))))),
)


@pytest.mark.parametrize("condition", CONDITIONS, ids=relevance)
def test_a_condition_means_the_same_in_the_forms_syntax(condition: Condition) -> None:
    for codes in product(("1", "2", "3", ""), repeat=3):
        answers = dict(zip("ABC", codes, strict=True))
        assert value_of(relevance(condition), answers) == holds(condition, answers)


def test_what_comes_back_from_the_form_is_read_without_a_word_of_help(tiny: Questionnaire, tmp_path: Path) -> None:
    form = xform_of(tiny, tmp_path / "form.xlsx")
    paths = [str(bind.get("nodeset")).removeprefix("/data/") for bind in form.iter(f"{XFORMS}bind")]
    codes = {"CONSENT": "1", "SEX": "F", "CONTACT": "0"}
    names = {path: path.rpartition("/")[2] for path in paths}
    answer = {path: codes.get(name, "4" if name[:2] in {"FA", "EF"} else "") for path, name in names.items()}
    answers = read_responses(pd.DataFrame([answer] * 3), tiny)
    assert answers.frame["FA1"].tolist() == [4, 4, 4]
    assert answers.frame["SEX"].tolist() == ["F", "F", "F"]
    assert answers.missing[[item.id for item in tiny.items]].to_numpy().sum() == 0
