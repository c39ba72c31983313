"""Both files of every questionnaire: every word, code and condition is in them, and the real tool knows their shape."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from trustmeter.errors import DesignError
from trustmeter.exchange.limesurvey.plan import SETTINGS, VERSION_CODE, version_of
from trustmeter.exchange.limesurvey.text_file import COLUMNS
from trustmeter.exchange.registry import export_questionnaire
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import list_questionnaires, load_questionnaire

FOR_READING_ONLY = {"afrobarometer-trust", "residents-justice-2013", "wvs-confidence"}
NAMES = [name for name in list_questionnaires()["id"] if name not in FOR_READING_ONLY]
Readers = Mapping[str, Callable[[bytes], Any]]
Plain = Callable[[str], str]
loaded = cache(load_questionnaire)


def written(questionnaire: Questionnaire, path: Path, **options: Any) -> bytes:
    languages = list(questionnaire.languages)
    return export_questionnaire(questionnaire, path, tool="limesurvey", languages=languages, **options).read_bytes()


@pytest.fixture(params=NAMES)
def questionnaire(request: pytest.FixtureRequest) -> Questionnaire:
    """Return each questionnaire of the shelf that can be asked."""
    return loaded(request.param)


@pytest.mark.parametrize("suffix", [".txt", ".lss"])
def test_every_word_and_code_is_in_the_file(
    suffix: str, questionnaire: Questionnaire, readers: Readers, plain: Plain, tmp_path: Path
) -> None:
    survey = readers[suffix](written(questionnaire, tmp_path / f"survey{suffix}"))
    assert survey.languages == list(questionnaire.languages)
    place = {section.id: number for number, section in enumerate(questionnaire.sections)}
    for language in questionnaire.languages:

        def same(shown: str, text: Any, language: str = language) -> None:
            assert plain(shown) == plain(text.read(language).replace("&", "&amp;").replace("<", "&lt;"))

        same(survey.texts["surveyls_title"][language], questionnaire.title)
        same(survey.texts["surveyls_welcometext"][language], questionnaire.introduction)
        assert survey.texts["surveyls_endtext"][language]
        for section in questionnaire.sections:
            page = survey.pages[place[section.id]]
            same(page.title[language], section.title)
            on_page = [asked for asked in survey.questions.values() if asked.group == place[section.id]]
            stems = [plain(page.text[language]), *(plain(asked.text[language]) for asked in on_page)]
            assert plain(section.text.read(language)) in [*stems, ""]
            lines = {row.code: (asked, row) for asked in on_page for row in asked.rows.values()}
            ones = {asked.code: (asked, asked) for asked in on_page}
            for item in section.items:
                asked, line = lines.get(item.id) or ones[item.id]
                same(line.text[language], item.text)
                options = sorted(item.response_scale.options, key=lambda option: option.kind is not None)
                if item.response_scale.type in {"ordinal", "nominal"}:
                    assert list(asked.answers) == [option.code for option in options]
                    for option in options:
                        same(asked.answers[option.code][language], option.text)


def test_both_files_say_the_same(questionnaire: Questionnaire, readers: Readers, tmp_path: Path) -> None:
    text = readers[".txt"](written(questionnaire, tmp_path / "survey.txt"))
    archive = readers[".lss"](written(questionnaire, tmp_path / "survey.lss"))
    assert archive == text


def test_the_same_questionnaire_gives_the_same_bytes(tiny: Questionnaire, tmp_path: Path) -> None:
    for suffix in (".txt", ".lss"):
        assert written(tiny, tmp_path / f"one{suffix}") == written(tiny, tmp_path / f"two{suffix}")


def test_types_gates_privacy_and_version(readers: Readers, tmp_path: Path) -> None:
    trust = loaded("community-trust")
    survey = readers[".txt"](written(trust, tmp_path / "survey.txt"))
    asked = survey.questions
    assert {code: (asked[code].type, asked[code].mandatory) for code in ("CONSENT", "TR", "AGE", "ORCONSENT", "OR01")} == {
        "CONSENT": ("L", "Y"), "TR": ("F", "S"), "AGE": ("L", "S"), "ORCONSENT": ("L", "Y"), "OR01": ("L", "N"),
    }  # fmt: skip
    assert list(asked["CONSENT"].answers) == ["1", "0"]
    assert survey.pages[0].relevance == "1"
    assert {page.relevance for page in survey.pages[1:]} == {'CONSENT=="1"', 'CONSENT=="1" and CO01=="1"'}
    assert (asked["CO02"].relevance, asked["CE"].relevance) == ('CO01=="1"', "1")
    private = {"anonymized": "Y", "datestamp": "N", "ipaddr": "N", "refurl": "N", "savetimings": "N", "allowsave": "N"}
    assert private.items() <= survey.settings.items()
    version = asked[VERSION_CODE]
    assert (version.type, version.relevance, version.group, version.attributes["hidden", ""]) == ("*", "1", 0, "1")
    assert set(version.text.values()) == {f"community-trust {trust.version} {trust.fingerprint}"} == {version_of(trust)}


def test_a_code_that_limesurvey_keeps_for_itself_becomes_a_row(readers: Readers, plain: Plain, tmp_path: Path) -> None:
    """A question called LANG would not be taken; a row of that name is."""
    survey = readers[".txt"](written(loaded("community-trust"), tmp_path / "survey.txt"))
    assert "LANG" not in survey.questions
    (array,) = [asked for asked in survey.questions.values() if "LANG" in asked.rows]
    assert (array.type, list(array.rows), list(array.answers)) == (
        "F", ["LANG"], ["nl", "fr", "de", "en", "other", "99"])  # fmt: skip
    assert plain(array.text["fr"]) == "Veuillez choisir une réponse par ligne."


def test_no_code_is_used_twice(questionnaire: Questionnaire, readers: Readers, tmp_path: Path) -> None:
    survey = readers[".txt"](written(questionnaire, tmp_path / "survey.txt"))
    codes = [*survey.questions, *(row for asked in survey.questions.values() for row in asked.rows)]
    assert len({code.casefold() for code in codes}) == len(codes)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,19}", code) for code in codes)
    told = {code for asked in survey.questions.values() for code in (asked.rows or {asked.code: asked})}
    assert told == {item.id for item in questionnaire.items} | {VERSION_CODE}


@pytest.mark.parametrize("suffix", [".txt", ".lss"])
def test_quotas_are_in_the_file(suffix: str, readers: Readers, tmp_path: Path) -> None:
    trust = loaded("community-trust")
    quotas = {"women": (200, {"SEX": "F"}), "young men": (50, {"SEX": "M", "AGE": "1"})}
    survey = readers[suffix](written(trust, tmp_path / f"survey{suffix}", quotas=quotas))
    found = {name: (quota.limit, quota.members) for name, quota in survey.quotas.items()}
    assert found == {"women": (200, {("SEX", "F")}), "young men": (50, {("SEX", "M"), ("AGE", "1")})}
    assert all(
        set(quota.message) == set(trust.languages) and all(quota.message.values()) for quota in survey.quotas.values()
    )


@pytest.mark.parametrize("suffix", [".txt", ".lss"])
def test_a_quotas_name_is_no_formula_and_no_expression(
    suffix: str, tiny: Questionnaire, readers: Readers, plain: Plain, tmp_path: Path
) -> None:
    survey = readers[suffix](written(tiny, tmp_path / f"survey{suffix}", quotas={"=1+{x}]]>": (2, {"SEX": "F"})}))
    (name,) = survey.quotas
    assert name == "&#61;1+&#123;x&#125;]]&gt;"
    assert plain(name) == "=1+{x}]]>"


def test_an_item_that_is_counted_stands_alone(readers: Readers, tmp_path: Path) -> None:
    trust = loaded("community-trust")
    survey = readers[".lss"](written(trust, tmp_path / "survey.lss", quotas={"trusting": (10, {"TR02": "5"})}))
    assert survey.quotas["trusting"].members == {("TR02", "5")}
    assert (survey.questions["TR02"].type, survey.questions["TR01"].type) == ("L", "L")
    (array,) = [asked for asked in survey.questions.values() if "TR03" in asked.rows]
    assert list(array.rows) == ["TR03", "TR04"]


def test_quotas_are_for_tools_that_count(tiny: Questionnaire, tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="cannot count answers"):
        export_questionnaire(tiny, tmp_path / "form.xlsx", quotas={"women": (1, {"SEX": "F"})})
    with pytest.raises(DesignError, match="must be a number and the answers"):
        written(tiny, tmp_path / "form.txt", quotas={"women": 5})


def test_languages_are_chosen_and_the_first_is_the_base(tiny: Questionnaire, readers: Readers, tmp_path: Path) -> None:
    for suffix in (".txt", ".lss"):
        path = export_questionnaire(tiny, tmp_path / f"s{suffix}", tool="limesurvey", languages=["fr"])
        survey = readers[suffix](path.read_bytes())
        assert survey.languages == ["fr"]
        assert set(survey.questions["SEX"].text) == {"fr"}


def test_the_text_file_has_the_shape_of_one_that_limesurvey_read(real_data: Path, tmp_path: Path) -> None:
    real = real_data / "exports" / "live_tools_five_languages" / "instrument_limesurvey.txt"
    content = written(loaded("community-trust"), tmp_path / "ours.txt", quotas={"women": (9, {"SEX": "F"})})
    assert content[:3] == real.read_bytes()[:3] == b"\xef\xbb\xbf"
    assert b"\n" not in content.replace(b"\r\n", b"")
    with (
        real.open(encoding="utf-8-sig", newline="") as theirs,
        (tmp_path / "ours.txt").open(encoding="utf-8-sig", newline="") as ours,
    ):
        their_rows, our_rows = (
            list(csv.DictReader(theirs, dialect="excel-tab")),
            list(csv.DictReader(ours, dialect="excel-tab")),
        )
    columns = list(their_rows[0])
    assert list(our_rows[0])[: len(columns)] == columns
    assert columns[: len(COLUMNS)] == list(COLUMNS)
    assert {row["class"] for row in our_rows} == {row["class"] for row in their_rows}
    settings = {row["name"] for row in their_rows if row["class"] == "S"}
    assert settings <= {row["name"] for row in our_rows if row["class"] == "S"}

    def filled(rows: list[dict[str, str]], kind: str) -> set[str]:
        return {column for row in rows if row["class"] == kind for column in columns if row[column]}

    for kind in ("S", "G", "SQ", "A", "QTA", "QTAM", "QTALS"):
        assert filled(our_rows, kind) - {"text"} == filled(their_rows, kind) - {"text"}, kind
    first = next(place for place, row in enumerate(our_rows) if row["class"] == "G")
    assert {row["class"] for row in our_rows[:first]} == {"S", "SL", "QTA"}
    assert our_rows[-1]["class"] == their_rows[-1]["class"] == "QTALS"


def test_the_archive_has_the_tables_of_one_that_limesurvey_read(real_data: Path, tmp_path: Path) -> None:
    def shape(content: bytes) -> dict[str, list[str | None]]:
        root = ElementTree.fromstring(content)
        return {part.tag: [name.text for name in part.iterfind("fields/fieldname")] for part in root}

    folder = real_data / "exports"
    real = shape((folder / "live_tools_five_languages" / "instrument_limesurvey_minimal.lss").read_bytes())
    content = written(loaded("community-trust"), tmp_path / "ours.lss", quotas={"women": (9, {"SEX": "F"})})
    ours = shape(content)
    assert set(ours) - set(real) == {"question_attributes"}
    assert set(real) <= set(ours)
    for name, fields in real.items():
        assert set(fields) <= set(ours[name]), name
        assert set(ours[name]) == set(fields) or name == "surveys", name
    older = shape((folder / "limesurvey_n2" / "test_survey_structure.lss").read_bytes())
    assert set(SETTINGS) <= set(older["surveys"])


def test_nothing_in_the_text_file_is_a_formula(
    awkward: Questionnaire, readers: Readers, plain: Plain, tmp_path: Path
) -> None:
    def fit(scale: Any) -> Any:
        return replace(scale, options=tuple(one for one in scale.options if one.code != "-99"))

    sections = tuple(
        replace(section, items=tuple(replace(item, response_scale=fit(item.response_scale)) for item in section.items))
        for section in awkward.sections
    )
    fielded = replace(awkward, sections=sections, response_scales=tuple(map(fit, awkward.response_scales)))
    fielded = replace(fielded, title=replace(fielded.title, by_language={"en": "@A1 {x}", "fr": '+{y}\\ "z"'}))
    content = export_questionnaire(fielded, tmp_path / "survey.txt", tool="limesurvey", languages=["en"]).read_bytes()
    with (tmp_path / "survey.txt").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file, dialect="excel-tab") for cell in row]
    assert [cell for cell in cells if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}] == []
    assert not any(sign in cell for cell in cells for sign in "{}\\")
    survey = readers[".txt"](content)
    assert plain(survey.texts["surveyls_title"]["en"]) == "@A1 {x}"
    assert plain(survey.texts["surveyls_welcometext"]["en"]) == "=1+1 & <script>alert(1)</script>"
    assert survey.questions["Q5"].attributes == {
        ("num_value_int_only", ""): "1",
        ("em_validation_q", ""): "is_empty(Q5.NAOK) or (Q5.NAOK>=16 and Q5.NAOK<=110) or Q5.NAOK==999",
        ("em_validation_q_tip", "en"): "A number from 16 to 110.",
    }
    assert survey.questions["Q6"].attributes == {("min_num_value_n", ""): "0.5", ("max_num_value_n", ""): "24"}
    assert plain(survey.questions["Q5"].help["en"]) == "Write 999 for: Prefer not to say."
    assert (survey.questions["Q7"].type, survey.questions["Q7"].mandatory) == ("T", "N")
