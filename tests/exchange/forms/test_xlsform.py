"""The workbook as it stands, and the form that pyxform makes of it."""

from __future__ import annotations

import re
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
from trustmeter.exchange.forms.xlsform import write_xlsform
from trustmeter.exchange.forms.xlsform_rows import relevance
from trustmeter.questionnaire.model import Item, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.questionnaire.text import Text

NAMES = ("tiny", "awkward", "community-trust", "ess5-trust-in-justice")
XFORMS = "{http://www.w3.org/2002/xforms}"
LEGAL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SHOWN_AS = {"en": "English (en)", "fr": "Français (fr)", "nl": "Nederlands (nl)", "de": "Deutsch (de)"}


@pytest.fixture
def awkward(awkward: Questionnaire) -> Questionnaire:
    """The awkward questionnaire with its one blank translation filled in: a blank one is refused."""

    def filled(scale: ResponseScale) -> ResponseScale:
        options = tuple(
            replace(one, text=Text({"en": "it's", "fr": "c'est"})) if one.code == "C" else one for one in scale.options
        )
        return replace(scale, options=options) if scale.id == "words" else scale

    sections = tuple(
        replace(
            section, items=tuple(replace(item, response_scale=filled(item.response_scale)) for item in section.items)
        )
        for section in awkward.sections
    )
    return replace(awkward, sections=sections, response_scales=tuple(map(filled, awkward.response_scales)))


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


def xform_of(questionnaire: Questionnaire, path: Path) -> ElementTree.Element:
    """Return the XForm; pyxform must not warn."""
    write_xlsform(questionnaire, path, questionnaire.languages)
    made = convert(path, validate=False)
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
            assert rows[item.id][f"label::{SHOWN_AS[language]}"].replace("\u2060", "") == item.text.read(language)


def test_each_section_is_one_group_with_its_text_and_items(questionnaire: Questionnaire, tmp_path: Path) -> None:
    survey = sheets_of(questionnaire, tmp_path / "form.xlsx")["survey"]
    opened: list[str] = []
    inside: dict[str, list[str]] = {}
    for row in survey:
        if row["type"] == "begin_group":
            opened.append(row["name"])
            inside[row["name"]] = []
            assert (row.get("appearance") == "field-list") == (row["name"] != "after_consent")
        elif row["type"] == "end_group":
            opened.pop()
        elif opened:
            inside[opened[-1]].append(row["name"])
        assert opened[:-1] in ([], ["after_consent"])
    assert opened == []
    rows = by_name(survey)
    for section in questionnaire.sections:
        note = [f"{section.id}_text"] if section.text.has("en") else []
        assert inside[f"{section.id}_section"] == [*note, *(item.id for item in section.items)]
        for name, text in ((f"{section.id}_section", section.title), *((name, section.text) for name in note)):
            for language in questionnaire.languages:
                assert rows[name][f"label::{SHOWN_AS[language]}"].replace("\u2060", "") == text.read(language)


def test_choices_are_the_questionnaires_codes_with_the_non_answers_last(
    questionnaire: Questionnaire, tmp_path: Path
) -> None:
    choices = sheets_of(questionnaire, tmp_path / "form.xlsx")["choices"]
    scales = {item.response_scale.id: item.response_scale for item in questionnaire.items}
    expected = [scale for scale in scales.values() if scale.type in {"ordinal", "nominal"}]
    assert {row["list_name"] for row in choices} == {scale.id for scale in expected}
    for scale in expected:
        rows = [row for row in choices if row["list_name"] == scale.id]
        options = [*scale.substantive, *scale.non_answers]
        assert [row["name"] for row in rows] == [option.code for option in options]
        for row, option in zip(rows, options, strict=True):
            for language in questionnaire.languages:
                said = option.text.read(language) or option.text.read() or option.code
                assert row[f"label::{SHOWN_AS[language]}"].replace("\u2060", "") == said


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
        "instance_name": "'awk-ward 2.1.0'",
    }
    assert by_name(sheets["survey"])["questionnaire_version"]["calculation"] == "'2.1.0-abc123'"


def test_all_that_follows_the_consent_stands_in_a_group_of_its_own(tiny: Questionnaire, tmp_path: Path) -> None:
    survey = sheets_of(tiny, tmp_path / "form.xlsx")["survey"]
    rows = by_name(survey)
    assert rows["after_consent"]["relevant"] == "${CONSENT} = '1'"
    assert all("relevant" not in row for name, row in rows.items() if name != "after_consent")
    names = [row.get("name", "") for row in survey]
    assert names.index("consent_section") < names.index("after_consent") < names.index("trust_section")
    assert rows["CONSENT"]["required"] == "yes"
    messages = [rows["CONSENT"][f"required_message::{SHOWN_AS[language]}"] for language in tiny.languages]
    assert len(set(messages)) == len(messages)


def test_a_condition_on_more_than_consent_stays_with_its_section(tiny: Questionnaire, tmp_path: Path) -> None:
    consent, trust, you = tiny.sections
    both = AllOf((Equals("CONSENT", "1"), Equals("FA1", "5")))
    asked = replace(tiny, sections=(consent, trust, replace(you, show_if=both)))
    rows = by_name(sheets_of(asked, tmp_path / "form.xlsx")["survey"])
    assert rows["you_section"]["relevant"] == "${FA1} = '5'"
    open_to_all = replace(tiny, sections=(consent, trust, replace(you, show_if=None)))
    rows = by_name(sheets_of(open_to_all, tmp_path / "form.xlsx")["survey"])
    assert "after_consent" not in rows
    assert rows["trust_section"]["relevant"] == "${CONSENT} = '1'"


def test_a_grid_holds_the_questions_with_the_same_answers(tiny: Questionnaire, tmp_path: Path) -> None:
    write_xlsform(tiny, tmp_path / "form.xlsx", tiny.languages, grid=True)
    sheet = load_workbook(tmp_path / "form.xlsx")["survey"]
    rows = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    place, appearance = rows[0].index("name"), rows[0].index("appearance")
    opened = next(number for number, row in enumerate(rows) if row[appearance] == "table-list")
    assert [row[place] for row in rows[opened : opened + 7]] == ["FA1_grid", "FA1", "FA2", "FA3", "EF1", "EF2", "EF3"]
    assert rows[opened + 7][0] == "end_group"
    assert sum(row[appearance] == "table-list" for row in rows) == 1


def test_figures_keep_their_signs_where_one_reads_from_right_to_left(tiny: Questionnaire, tmp_path: Path) -> None:
    item = replace(tiny.sections[0].items[0], text=Text({"en": "Aged 65+ or 16-24?", "ar": "العمر 65+ 16-24؟"}))
    section = replace(tiny.sections[0], items=(item,))
    scales = {scale.id: scale for scale in tiny.response_scales}
    arabic = replace(scales["yesno"], options=tuple(
        replace(one, text=Text({**one.text.by_language, "ar": "نعم" if one.code == "1" else "لا"}))
        for one in scales["yesno"].options
    ))  # fmt: skip
    section = replace(section, items=(replace(item, response_scale=arabic),), title=Text({"en": "One", "ar": "واحد"}))
    asked = replace(tiny, languages=("en", "ar"), sections=(section,), response_scales=(arabic,), scales=(),
                    title=section.title, introduction=Text())  # fmt: skip
    row = by_name(sheets_of(asked, tmp_path / "form.xlsx")["survey"])["CONSENT"]
    assert row["label::العربية (ar)"] == "\u2067العمر \u206665+\u2069 \u206616-24\u2069؟\u2069"
    assert row["label::English (en)"] == "Aged 65+ or 16-24?"
    assert "يرجى" in row["required_message::العربية (ar)"]


def test_nothing_about_the_device_or_the_person_is_recorded(questionnaire: Questionnaire, tmp_path: Path) -> None:
    kinds = {row["type"].split()[0] for row in sheets_of(questionnaire, tmp_path / "form.xlsx")["survey"]}
    assert kinds <= {
        "start",
        "end",
        "calculate",
        "begin_group",
        "end_group",
        "note",
        "select_one",
        "integer",
        "decimal",
        "text",
    }


def test_numbers_have_a_range_and_say_their_codes(awkward: Questionnaire, tmp_path: Path) -> None:
    rows = by_name(sheets_of(awkward, tmp_path / "form.xlsx")["survey"])
    assert rows["Q5"]["type"] == "integer"
    assert rows["Q5"]["constraint"] == "(. >= 16 and . <= 110) or . = 999"
    assert (
        rows["Q5"]["constraint_message::Français (fr)"]
        == "Un nombre de 16 à 110. Écrivez 999 pour\u00a0: Prefer not to say (fr)."
    )
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
    headings = {heading for row in survey for heading in row if "::" in heading}
    assert headings == {"label::Français (fr)", "required_message::Français (fr)"}


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


def test_every_language_is_complete(questionnaire: Questionnaire, tmp_path: Path) -> None:
    form = xform_of(questionnaire, tmp_path / "form.xlsx")
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
        above = ["/".join(path.split("/")[:depth]) for depth in range(3, path.count("/") + 2)]
        rules = [binds[part] for part in above if binds.get(part)]
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
