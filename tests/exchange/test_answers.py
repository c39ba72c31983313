"""Reading answers: however the same answers are written, the same frame comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from trustmeter.errors import DataQualityWarning, DesignError, ResponsesError
from trustmeter.exchange.answers import read_responses
from trustmeter.questionnaire.model import Item, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.questionnaire.text import Text
from trustmeter.responses.model import MISSING_KINDS, Responses

LIKERT = ("FA1", "FA2", "FA3", "EF1", "EF2", "EF3")
WEIGHTS = [0.5, 1.25, 2.0, 1.0, 0.75, 1.5]
ROLES: Mapping[str, Any] = {"respondent": "id", "wave": "wave", "zone": "zone", "keep": ["weight"]}
NUMBER = {kind: place for place, kind in enumerate(MISSING_KINDS, start=1)}


@pytest.fixture
def asked(tiny: Questionnaire) -> Questionnaire:
    """The tiny questionnaire, with a number and a free text at the end."""
    hours = ResponseScale("hours", "number", (), 0, 24)
    words = ResponseScale("words", "text", ())
    items = (
        Item("HOURS", Text({"en": "How many hours?", "fr": "Combien d’heures ?"}), hours),
        Item("NOTE", Text({"en": "Anything else?"}), words),
    )
    more = Section("more", Text(), Text(), items)
    return replace(tiny, sections=(*tiny.sections, more), response_scales=(*tiny.response_scales, hours, words))


@pytest.fixture
def plain() -> pd.DataFrame:
    """Six rows of three people in two waves, as codes in text: one without consent, one of each non-answer."""
    rows = {
        "id": ["a01", "a02", "007"] * 2,
        "wave": ["2022"] * 3 + ["2023"] * 3,
        "zone": ["Liège"] * 6,
        "weight": [str(number) for number in WEIGHTS],
        "CONSENT": ["1", "1", "0", "1", "1", "0"],
        "FA1": ["1", "88", "", "3", "4", ""],
        "FA2": ["2", "99", "", "", "5", ""],
        "FA3": ["5", "5", "", "4", "4", ""],
        "EF1": ["1", "2", "", "3", "4", ""],
        "EF2": ["2", "2", "", "2", "2", ""],
        "EF3": ["5", "1", "", "3", "3", ""],
        "SEX": ["F", "M", "", "99", "F", ""],
        "CONTACT": ["1", "0", "", "0", "1", ""],
        "HOURS": ["1.5", "8", "0", "", "24", "2.25"],
        "NOTE": ["été; « là »", "=1+1", "NA", "line\nbreak", 'say "so", then', ""],
    }
    return pd.DataFrame(rows)


@pytest.fixture
def expected(plain: pd.DataFrame, asked: Questionnaire) -> Responses:
    return read_responses(plain, asked, **ROLES)


def numbers_in(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame as a typed file holds it: numbers as floats, the rest as text."""
    numeric = ("CONSENT", *LIKERT, "CONTACT", "HOURS", "weight")
    return frame.assign(**{name: pd.to_numeric(frame[name].replace("", None)).astype(float) for name in numeric})


def french(frame: pd.DataFrame, asked: Questionnaire, language: str = "fr") -> pd.DataFrame:
    """Return the frame with labels of one language in place of codes."""
    labelled = frame.copy()
    for name in ("CONSENT", *LIKERT, "SEX", "CONTACT"):
        texts = {option.code: option.text.read(language) for option in asked.item(name).response_scale.options}
        labelled[name] = frame[name].map(lambda code, texts=texts: texts.get(code, ""))
    return labelled


def with_comma(frame: pd.DataFrame) -> pd.DataFrame:
    comma = {name: frame[name].str.replace(".", ",") for name in ("HOURS", "weight")}
    return frame.assign(**comma, FA1=frame["FA1"].map(lambda code: f"{code},0" if code else ""))


def write_sav(frame: pd.DataFrame, path: Path) -> None:
    labels = {"FA1": {1.0: "Strongly disagree", 88.0: "Don't know"}, "CONTACT": {0.0: "Keine Ahnung"}}
    missing: dict[str, list[Any]] = {name: [88.0, 99.0] for name in LIKERT}
    pyreadstat.write_sav(numbers_in(frame), str(path), variable_value_labels=labels, missing_ranges=missing)


WRITERS: Mapping[str, Callable[[pd.DataFrame, Path], object]] = {
    "comma.csv": lambda frame, path: frame.to_csv(path, index=False),
    "semicolon.csv": lambda frame, path: frame.to_csv(path, index=False, sep=";"),
    "decimal-comma.csv": lambda frame, path: with_comma(frame).to_csv(path, index=False, sep=";"),
    "bar.txt": lambda frame, path: frame.to_csv(path, index=False, sep="|"),
    "tab.tsv": lambda frame, path: frame.to_csv(path, index=False, sep="\t"),
    "bom.csv": lambda frame, path: frame.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n"),
    "utf16.csv": lambda frame, path: frame.to_csv(path, index=False, encoding="utf-16", sep="\t"),
    "latin.csv": lambda frame, path: frame.to_csv(path, index=False, encoding="cp1252", sep=";"),
    "packed.csv.gz": lambda frame, path: frame.to_csv(path, index=False),
    "quoted.csv": lambda frame, path: frame.to_csv(path, index=False, quoting=1),
    "padded.csv": lambda frame, path: (" " + frame.drop(columns="NOTE") + "\u00a0").assign(NOTE=frame["NOTE"]).to_csv(path, index=False),
    "floats.csv": lambda frame, path: numbers_in(frame).to_csv(path, index=False),
    "excel.csv": lambda frame, path: path.write_text("sep=;\n" + frame.to_csv(index=False, sep=";"), encoding="utf-8"),
    "text.xlsx": lambda frame, path: frame.assign(NOTE=frame["NOTE"].str.replace("=1", "'=1")).to_excel(path, index=False),
    "numbers.xlsx": lambda frame, path: numbers_in(frame).assign(NOTE=frame["NOTE"].str.replace("=1", "'=1")).to_excel(path, index=False),
    "spss.sav": write_sav,
    "stata.dta": lambda frame, path: pyreadstat.write_dta(numbers_in(frame), str(path)),
}  # fmt: skip


def same(answers: Responses, expected: Responses, *, without: tuple[str, ...] = ()) -> None:
    left, right = (one.frame.drop(columns=[*without]) for one in (answers, expected))
    pd.testing.assert_frame_equal(left, right)
    pd.testing.assert_frame_equal(answers.missing.drop(columns=[*without]), expected.missing.drop(columns=[*without]))


def test_the_plain_frame_is_read_as_it_says(expected: Responses, plain: pd.DataFrame) -> None:
    assert expected.frame["FA1"].tolist()[0] == 1
    assert expected.frame["FA1"].dtype == "Int64"
    assert expected.frame["SEX"].dtype == "string"
    assert expected.frame["HOURS"].dtype == "Float64"
    assert expected.frame["id"].tolist() == ["a01", "a02", "007"] * 2
    assert expected.frame["weight"].tolist() == WEIGHTS
    assert expected.frame["NOTE"].iloc[2] == "NA"
    assert expected.roles.columns == ("id", "wave", "zone", "weight")
    assert expected.frame.columns.tolist() == ["id", "wave", "zone", "weight", *expected.item_ids]
    assert plain["FA1"].tolist() == ["1", "88", "", "3", "4", ""]


def test_four_kinds_of_missing_are_kept_apart(expected: Responses) -> None:
    kinds = expected.missing
    assert kinds["FA1"].tolist() == [0, NUMBER["dont_know"], NUMBER["not_asked"], 0, 0, NUMBER["not_asked"]]
    assert kinds["FA2"].tolist() == [0, NUMBER["refused"], NUMBER["not_asked"], NUMBER["blank"], 0, NUMBER["not_asked"]]
    assert (expected.frame[list(kinds.columns)].isna() == (kinds > 0)).all(axis=None)
    assert set(kinds.dtypes.astype(str)) == {"int8"}


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_answers_in_any_file_give_the_same_frame(
    name: str, plain: pd.DataFrame, asked: Questionnaire, expected: Responses, tmp_path: Path
) -> None:
    WRITERS[name](plain, tmp_path / name)
    answers = read_responses(tmp_path / name, asked, **ROLES)
    same(answers, expected, without=("NOTE",) if name.endswith((".xlsx", ".sav", ".dta")) else ())
    assert answers.source == name
    assert {problem.code for problem in answers.problems} <= ({"R-FILE-ENCODING"} if name == "latin.csv" else set())


@pytest.mark.parametrize("seed", range(8))
def test_all_kinds_of_mess_at_once(
    seed: int, plain: pd.DataFrame, asked: Questionnaire, expected: Responses, tmp_path: Path
) -> None:
    rng = np.random.default_rng(seed)
    labels = [french(plain, asked, language) for language in ("en", "fr")]
    messy = plain.copy()
    for name in (*LIKERT, "CONSENT", "SEX", "CONTACT"):
        choice = rng.integers(0, 3, size=len(messy))
        cells = [[plain, *labels][number][name].iloc[row] for row, number in enumerate(choice)]
        padding = rng.choice(["", " ", "\u00a0", "\t "], size=len(messy))
        messy[name] = [
            pad + (cell.upper() if rng.random() < 0.5 else cell) for pad, cell in zip(padding, cells, strict=True)
        ]
    messy = messy[rng.permutation(messy.columns)]
    encoding = str(rng.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    end = str(rng.choice(["\n", "\r\n"]))
    separator, quoting = str(rng.choice([",", ";", "\t", "|"])), int(rng.integers(0, 2))
    messy.to_csv(tmp_path / "a.txt", index=False, sep=separator, encoding=encoding, lineterminator=end, quoting=quoting)
    same(read_responses(tmp_path / "a.txt", asked, **ROLES), expected)


def test_parquet_is_read_where_its_package_is(
    plain: pd.DataFrame, asked: Questionnaire, expected: Responses, tmp_path: Path
) -> None:
    pytest.importorskip("pyarrow")
    numbers_in(plain).to_parquet(tmp_path / "a.parquet")
    same(read_responses(tmp_path / "a.parquet", asked, **ROLES), expected)


def nullable(frame: pd.DataFrame) -> pd.DataFrame:
    return numbers_in(frame).convert_dtypes()


def categories(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(FA1=frame["FA1"].astype("category"), CONTACT=frame["CONTACT"].map({"1": True, "0": False}))


def mixed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(
        FA3=["Strongly agree", 5, None, "D’ACCORD", 4.0, np.nan], CONSENT=["YES", "oui", "No", "1", 1, 0]
    )


@pytest.mark.parametrize(
    "shaped",
    [
        numbers_in,
        nullable,
        categories,
        mixed,
        lambda frame: frame.set_index("id"),
        lambda frame: frame.iloc[:, ::-1],
        lambda frame: frame.rename(columns=str.strip).set_axis(range(10, 16)),
    ],
    ids=["floats", "nullable", "categories", "mixed", "index", "other order", "other index"],
)
def test_frames_of_any_make_give_the_same_frame(
    shaped: Callable[[pd.DataFrame], pd.DataFrame], plain: pd.DataFrame, asked: Questionnaire, expected: Responses
) -> None:
    same(read_responses(shaped(plain), asked, **ROLES), expected)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_labels_of_any_language_are_read(
    language: str, plain: pd.DataFrame, asked: Questionnaire, expected: Responses
) -> None:
    labelled = french(plain, asked, language)
    same(read_responses(labelled, asked, **ROLES), expected)
    typographic = labelled.assign(
        **{
            name: "  " + labelled[name].str.upper().str.replace("'", "’") + "\u00a0"
            for name in (*LIKERT, "SEX", "CONTACT")
        }
    )
    same(read_responses(typographic, asked, **ROLES), expected)


@pytest.mark.parametrize("language", ["en", "fr", "nl", "de"])
def test_every_label_of_the_shipped_questionnaire_is_read_back(language: str) -> None:
    trust = load_questionnaire("community-trust")
    width = max(len(item.response_scale.options) for item in trust.items)
    codes, labels = {}, {}
    for item in trust.items:
        options = item.response_scale.options or ()
        chosen = [options[row % len(options)] if options else None for row in range(width)]
        codes[item.id] = ["" if one is None else one.code for one in chosen]
        labels[item.id] = ["" if one is None else one.text.read(language) for one in chosen]
    gates = {gate: ["1"] * width for gate in ("CONSENT", "ORCONSENT", "CO01") if gate in codes}
    by_code = read_responses(pd.DataFrame({**codes, **gates}), trust)
    by_label = read_responses(pd.DataFrame({**labels, **gates}), trust)
    pd.testing.assert_frame_equal(by_code.frame, by_label.frame)
    pd.testing.assert_frame_equal(by_code.missing, by_label.missing)


def test_wide_files_give_the_rows_of_long_ones(plain: pd.DataFrame, asked: Questionnaire, expected: Responses) -> None:
    people = plain.iloc[:3][["id", "zone"]].reset_index(drop=True)
    waves = {
        wave: rows.drop(columns=["id", "zone", "wave", "weight"]).add_suffix(f"_{wave}").reset_index(drop=True)
        for wave, rows in plain.groupby("wave")
    }
    wide = pd.concat([people, *waves.values()], axis=1)
    patterns = {wave: f"{{item}}_{wave}" for wave in waves}
    answers = read_responses(wide, asked, respondent="id", zone="zone", wave=patterns)
    pd.testing.assert_frame_equal(answers.frame, expected.frame.drop(columns="weight"))
    pd.testing.assert_frame_equal(answers.missing, expected.missing)
    assert (answers.roles.respondent, answers.roles.wave) == ("id", "wave")


def test_a_file_of_one_wave_is_told_which(plain: pd.DataFrame, asked: Questionnaire, expected: Responses) -> None:
    first = plain[plain["wave"] == "2022"].drop(columns="wave")
    roles = {name: column for name, column in ROLES.items() if name != "wave"}
    answers = read_responses(first, asked, wave={"2022": "{item}"}, **roles)
    rows = (expected.frame["wave"] == "2022").to_numpy()
    assert answers.roles == expected.roles
    pd.testing.assert_frame_equal(answers.frame, expected.frame[rows])
    pd.testing.assert_frame_equal(answers.missing, expected.missing[rows])
    assert answers.problems == read_responses(first, asked, **roles).problems
    taken = read_responses(first.assign(wave="w"), asked, wave={"2022": "{item}"}, keep="wave")
    assert taken.roles.wave == "wave_" and taken.frame["wave"].eq("w").all()
    with pytest.raises(DesignError, match="pattern of its own"):
        read_responses(first, asked, wave={"2022": "{item}", "2023": "{item}"})


def test_in_a_wide_file_who_was_absent_makes_no_row_and_what_was_asked_once_counts_twice(tiny: Questionnaire) -> None:
    wide = pd.DataFrame({"CONSENT": ["1", "1"], "SEX": ["F", "M"], "w1_FA1": ["1", "2"], "w2_FA1": ["3", ""]})
    answers = read_responses(wide, tiny, wave={"before": "w1_{item}", "after": "w2_{item}"})
    assert answers.frame["respondent"].tolist() == ["1", "2", "1"]
    assert answers.frame["wave"].tolist() == ["before", "before", "after"]
    assert answers.frame["FA1"].tolist() == [1, 2, 3]
    assert answers.frame["SEX"].tolist() == ["F", "M", "F"]
    assert [problem.message for problem in answers.problems if problem.code == "R-WAVE-ABSENT"] == [
        "1 person without any answer in this wave: not counted in it."
    ]


@pytest.mark.parametrize(
    "heading",
    [
        "fa1",
        " FA1 ",
        "group/FA1",
        "group-FA1",
        "group_FA1",
        "Q[FA1]",
        "Statement FA1",
        "énoncé fa1",
        "Trust [Énoncé FA1]",
    ],
)
def test_headings_are_matched_as_survey_tools_write_them(heading: str, tiny: Questionnaire) -> None:
    answers = read_responses(pd.DataFrame({heading: ["4"], "CONSENT": ["1"]}), tiny)
    assert answers.frame["FA1"].tolist() == [4]
    exact = heading.strip() == "FA1"
    assert ("R-COLUMN-NAME" in {problem.code for problem in answers.problems}) is not exact


def test_what_is_not_there_and_what_nobody_asked_for_is_told(tiny: Questionnaire) -> None:
    answers = read_responses(pd.DataFrame({"FA1": ["4"], "CONSENT": ["1"], "start": ["08:00"], "": ["x"]}), tiny)
    told = {problem.code: str(problem) for problem in answers.problems}
    assert set(told) == {"R-COLUMN-MISSING", "R-COLUMN-UNKNOWN"}
    assert "'start', '(no heading, column 4)'" in told["R-COLUMN-UNKNOWN"]
    assert "FA2, FA3, EF1, EF2, EF3, SEX, CONTACT" in told["R-COLUMN-MISSING"]
    assert answers.item_ids == ("CONSENT", "FA1")


@pytest.mark.parametrize(
    ("marks", "simulated"),
    [
        (["yes", "yes"], True),
        (["no", "YES"], True),
        (["no", ""], False),
        (["true", "no"], True),
        (["1.0", "1.0"], True),
        (["ja", "nee"], True),
        (["x", ""], True),
        (["0", "nein"], False),
    ],
)
def test_made_up_answers_stay_marked(marks: list[str], simulated: bool, tiny: Questionnaire) -> None:
    answers = read_responses(pd.DataFrame({"FA1": ["1", "2"], "CONSENT": "1", "Simulated": marks}), tiny)
    assert answers.simulated is simulated
    assert "R-COLUMN-UNKNOWN" not in {problem.code for problem in answers.problems}


def test_blank_rows_are_told_and_rows_keep_their_numbers(tiny: Questionnaire, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,FA1,CONSENT\na,1,1\n,,\nb,7,1\n\n\n", encoding="utf-8")
    with pytest.warns(DataQualityWarning, match="1 cell or row"):
        answers = read_responses(tmp_path / "a.csv", tiny, respondent="id", strict=False)
    assert answers.rejected.to_dict("list") == {
        "row": [2, 3], "column": ["", "FA1"], "code": ["R-ROW-BLANK", "R-CODE-UNKNOWN"]
    }  # fmt: skip
    assert answers.frame["id"].tolist() == ["a", "b"]


def test_of_a_respondent_with_several_rows_the_first_is_kept(tiny: Questionnaire) -> None:
    frame = pd.DataFrame({"id": ["a", "b", "a"], "CONSENT": "1", "FA1": ["1", "2", "3"]})
    with pytest.warns(DataQualityWarning):
        answers = read_responses(frame, tiny, respondent="id", strict=False)
    assert answers.frame["FA1"].tolist() == [1, 2]
    assert answers.rejected["row"].tolist() == [3]


def test_names_that_differ_in_case_only_are_told_but_kept(tiny: Questionnaire) -> None:
    frame = pd.DataFrame({"id": ["A1", "a1"], "CONSENT": "1", "FA1": ["1", "2"]})
    answers = read_responses(frame, tiny, respondent="id")
    assert len(answers) == 2
    assert [problem.code for problem in answers.problems if problem.severity == "warning"][-1] == "R-RESPONDENT-NEAR"


@pytest.mark.parametrize(
    ("cells", "dtype"),
    [
        (["1", "2", ""], "Int64"),
        (["1.0", "2.0", ""], "Int64"),
        (["1,5", "2", ""], "Float64"),
        (["01", "2", ""], "string"),
        (["a", "2", ""], "string"),
        (["12345678901234567890", "2", ""], "string"),
        (["", "", ""], "string"),
    ],
)
def test_kept_columns_are_numbers_only_where_nothing_is_lost(cells: list[str], dtype: str, tiny: Questionnaire) -> None:
    frame = pd.DataFrame({"extra": cells, "CONSENT": "1", "FA1": "1"})
    kept = read_responses(frame, tiny, keep="extra").frame["extra"]
    assert kept.dtype == dtype
    assert kept.isna().tolist() == [cell == "" for cell in cells]


def test_names_written_as_decimals_are_whole(tiny: Questionnaire) -> None:
    frame = pd.DataFrame({"id": [7.0, 8.0], "wave": ["2022.0", "2023.0"], "CONSENT": 1, "FA1": [1.0, np.nan]})
    answers = read_responses(frame, tiny, respondent="id", wave="wave")
    assert answers.frame["id"].tolist() == ["7", "8"]
    assert answers.frame["wave"].tolist() == ["2022", "2023"]


def test_labels_of_a_statistical_file_are_used_where_codes_are_none(tiny: Questionnaire, tmp_path: Path) -> None:
    frame = pd.DataFrame({"CONSENT": [1.0, 1.0], "FA1": [105.0, 101.0]})
    labels = {"FA1": {105.0: "Strongly agree", 101.0: "Strongly disagree"}}
    pyreadstat.write_sav(frame, str(tmp_path / "a.sav"), variable_value_labels=labels)
    assert read_responses(tmp_path / "a.sav", tiny).frame["FA1"].tolist() == [5, 1]


def test_a_statistical_file_in_another_order_is_refused(tiny: Questionnaire, tmp_path: Path) -> None:
    frame = pd.DataFrame({"CONSENT": [1.0, 1.0], "FA1": [1.0, 2.0]})
    labels = {"FA1": {1.0: "Strongly agree", 2.0: "Agree", 4.0: "Disagree", 5.0: "Strongly disagree"}}
    pyreadstat.write_sav(frame, str(tmp_path / "a.sav"), variable_value_labels=labels)
    with pytest.raises(ResponsesError, match="R-LABEL-CONFLICT"):
        read_responses(tmp_path / "a.sav", tiny)


def test_stata_letters_for_missing_are_read_by_their_labels(tiny: Questionnaire, tmp_path: Path) -> None:
    frame = pd.DataFrame({"CONSENT": [1.0, 1.0, 1.0], "FA1": [4, "a", "b"]}, dtype=object)
    frame["CONSENT"] = frame["CONSENT"].astype(float)
    labels = {"FA1": {"a": "Don't know", "b": "Prefer not to say"}}
    pyreadstat.write_dta(
        frame, str(tmp_path / "a.dta"), variable_value_labels=labels, missing_user_values={"FA1": ["a", "b"]}
    )
    answers = read_responses(tmp_path / "a.dta", tiny)
    assert answers.missing["FA1"].tolist() == [0, NUMBER["dont_know"], NUMBER["refused"]]


def test_an_answer_whose_question_is_decided_by_a_blank_is_kept_and_told() -> None:
    trust = load_questionnaire("community-trust")
    codes = {item.id: item.response_scale.options[0].code for item in trust.items if item.response_scale.options}
    answers = read_responses(pd.DataFrame({**codes, "CONSENT": "1", "ORCONSENT": "1", "CO01": ""}, index=[0]), trust)
    assert answers.missing["CO01"].tolist() == [NUMBER["blank"]]
    assert answers.missing["CO02"].tolist() == [0]
    assert "R-ROUTING-UNKNOWN" in {problem.code for problem in answers.problems}


def test_the_european_social_survey_is_read_as_published(real_data: Path) -> None:
    path = real_data / "ess5_russia_half" / "ess5_ru_half.csv.gz"
    ess = load_questionnaire("ess5-trust-in-justice")
    answers = read_responses(path, ess, respondent="idno", zone="region", keep=["dweight"])
    raw = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert len(answers) == len(raw) == 1296
    assert set(answers.item_ids) == {item.id for item in ess.items}
    for item in ess.items:
        by_kind: dict[str, int] = dict.fromkeys(MISSING_KINDS, 0)
        for option in item.response_scale.non_answers:
            by_kind[str(option.kind)] += int((raw[item.id] == option.code).sum())
        empty = int((raw[item.id] == "").sum())
        counted = {kind: int((answers.missing[item.id] == number).sum()) for kind, number in NUMBER.items()}
        assert counted["blank"] + counted["not_asked"] == by_kind["blank"] + empty, item.id
        for kind in ("dont_know", "refused", "not_applicable"):
            assert counted[kind] == by_kind[kind], item.id
    assert answers.frame["dweight"].astype(float).tolist() == raw["dweight"].astype(float).tolist()
    assert {problem.code for problem in answers.problems} == {"R-COLUMN-UNKNOWN"}


def live_tools() -> Questionnaire:
    """The small instrument behind the recorded exports, as far as those tests need it."""
    words = ["Helemaal oneens", "Oneens", "Noch eens, noch oneens", "Eens", "Helemaal eens"]
    load = load_questionnaire("community-trust")
    template = load.items[1].response_scale
    options = [
        replace(option, text=Text({"nl": word}, base="nl"))
        for option, word in zip(template.substantive, words, strict=True)
    ]
    rest = [replace(option, text=Text({"nl": word}, base="nl"))
            for option, word in zip(template.non_answers, ["Weet niet", "Wil niet zeggen"], strict=True)]  # fmt: skip
    scale = ResponseScale("agree", "ordinal", (*options, *rest))
    asked = {"PJ01": "De politie behandelt mensen met respect.", "PJ02": "De politie neemt eerlijke beslissingen.",
             "PJ03": "De politie luistert naar mensen."}  # fmt: skip
    items = tuple(Item(name, Text({"nl": text}, base="nl"), scale) for name, text in asked.items())
    section = Section("pj", Text(), Text(), items)
    return replace(load, id="live", sections=(section,), scales=(), response_scales=(scale,))


@pytest.mark.parametrize("name", ["limesurvey_code_short.csv", "limesurvey_full_long.csv", "kobo_export.xlsx", "labelled.sav",
                                  "qualtrics_three_header_rows.csv"])  # fmt: skip
def test_exports_of_live_tools_are_read_as_they_came(name: str, real_data: Path) -> None:
    answers = read_responses(real_data / "exports" / "live_tools_five_languages" / name, live_tools())
    assert answers.item_ids == ("PJ01", "PJ02", "PJ03")[: answers.missing.shape[1]]
    assert {"PJ01", "PJ02"} <= set(answers.item_ids)
    assert (answers.missing == 0).any(axis=None)


def test_answers_in_arabic_words_are_read() -> None:
    encounter = load_questionnaire("encounter")
    agree = encounter.item("RS01").response_scale
    labels = [option.text.read("ar") for option in agree.options]
    consent = encounter.item("CONSENT").response_scale.options[0].text.read("ar")
    frame = pd.DataFrame(
        {"CONSENT": [consent] * len(labels), "RS01": labels, encounter.item("RS02").text.read("ar"): labels}
    )
    answers = read_responses(frame, encounter)
    assert answers.frame["RS01"].tolist()[:5] == answers.frame["RS02"].tolist()[:5] == [1, 2, 3, 4, 5]
    assert answers.missing["RS01"].tolist()[5:] == [3, 4]
