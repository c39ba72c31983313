"""Every real export file: read with what it holds, or refused with a sentence that says what it is."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from trustmeter.errors import DataQualityWarning, ResponsesError
from trustmeter.exchange.answers import read_responses
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.questionnaire.text import Text

WORDS = {
    "nl": (
        "Helemaal oneens",
        "Oneens",
        "Noch eens, noch oneens",
        "Eens",
        "Helemaal eens",
        "Weet niet",
        "Wil niet zeggen",
    ),
    "ar": ("لا أوافق بشدة", "لا أوافق", "محايد", "أوافق", "أوافق بشدة", "لا أعرف", "أفضل عدم الإجابة"),
}
ASKED = {
    "PJ01": ("De politie behandelt mensen met respect.", "تعامل الشرطة الناس باحترام."),
    "PJ02": ("De politie neemt eerlijke beslissingen.", "تتخذ الشرطة قرارات عادلة."),
    "PJ03": ("De politie luistert naar mensen.", "تستمع الشرطة إلى الناس."),
}
AGES = ("16-24", "25-44", "45-64", "65+")


def of(questions: dict[str, ResponseScale], texts: dict[str, Text] | None = None) -> Questionnaire:
    items = tuple(Item(name, (texts or {}).get(name, Text()), scale) for name, scale in questions.items())
    frame = load_questionnaire("community-trust")
    scales = tuple({scale.id: scale for scale in questions.values()}.values())
    return replace(
        frame, id="small", sections=(Section("all", Text(), Text(), items),), scales=(), response_scales=scales
    )


def choice(name: str, *options: tuple[str, str]) -> ResponseScale:
    return ResponseScale(name, "nominal", tuple(Option(code, Text({"en": text}, base="en")) for code, text in options))


def live() -> Questionnaire:
    """The five-language instrument behind the recorded exports: consent, three items, age, remark."""
    codes = [*map(str, range(1, 6)), "88", "99"]
    kinds = [*[None] * 5, "dont_know", "refused"]
    options = tuple(
        Option(code, Text({"nl": nl, "ar": ar}, base="nl"), kind, None if kind else float(code))  # type: ignore[arg-type]
        for code, kind, nl, ar in zip(codes, kinds, WORDS["nl"], WORDS["ar"], strict=True)
    )
    yes_no = ResponseScale("yn", "nominal", (Option("1", Text({"nl": "Ja", "ar": "نعم"}, base="nl")),
                                             Option("0", Text({"nl": "Nee", "ar": "لا"}, base="nl"))))  # fmt: skip
    age = choice("age", *((str(code), label) for code, label in enumerate(AGES, 1)))
    agree = ResponseScale("agree", "ordinal", options)
    texts = {name: Text({"nl": nl, "ar": ar}, base="nl") for name, (nl, ar) in ASKED.items()}
    texts["consent"] = Text({"nl": "Neemt u vrijwillig deel?", "ar": "هل تشارك طوعًا؟"}, base="nl")
    texts["age"] = Text({"nl": "Wat is uw leeftijdsgroep?", "ar": "ما هي فئتك العمرية؟"}, base="nl")
    texts["cmt"] = Text({"nl": "Opmerkingen?", "ar": "ملاحظات؟"}, base="nl")
    scales = {"consent": yes_no, **dict.fromkeys(ASKED, agree), "age": age, "cmt": ResponseScale("free", "text", ())}
    return replace(of(scales, texts), languages=("nl", "fr", "de", "en", "ar"))


def study_two() -> Questionnaire:
    agree = choice("agree", ("1", "Strongly disagree"), ("2", "Disagree"), ("3", "Neither agree nor disagree"), ("4", "Agree"),
                   ("5", "Strongly agree"), ("6", "Somewhat disagree"), ("7", "Somewhat agree"))  # fmt: skip
    return of(
        {"Q7x1": agree}, {"Q7x1": Text({"en": "I generally feel safe walking alone at night in my neighborhood."})}
    )


def kobo(*questions: tuple[str, tuple[str, ...]]) -> Questionnaire:
    return of({name: choice(name, *((code, code) for code in codes)) if codes else ResponseScale("t", "text", ())
               for name, codes in questions})  # fmt: skip


LIVE = "live_tools_five_languages"
FORM = {
    "limesurvey_n2/survey_structure_2021.xml": "queXML",
    "limesurvey_n2/test_survey_structure.xml": "queXML",
    "limesurvey_n2/test_survey_structure.lss": "a LimeSurvey questionnaire",
    f"{LIVE}/instrument_limesurvey.txt": "a LimeSurvey questionnaire",
    f"{LIVE}/instrument_limesurvey_minimal.lss": "a LimeSurvey questionnaire",
    f"{LIVE}/instrument_xlsform.xlsx": "an XLSForm",
    **{
        f"xlsform_pyxform/{name}": "an XLSForm"
        for name in (
            "choice_filter_test.xlsx", "field-list.xlsx", "group.xlsx", "or_other.xlsx", "specify_other.xlsx",
            "text_and_integer.xlsx", "tutorial.xls", "xlsform_spec_test.xlsx", "yes_or_no_question.xlsx",
        )
    },
}  # fmt: skip
AS_CODED = {"PJ01": [1, 2, 5], "PJ02": [5, None, 5], "PJ03": [None, 3, 5], "age": ["2", "1", "3"]}
READ: dict[str, tuple[Questionnaire, dict[str, list[object]]]] = {
    f"{LIVE}/limesurvey_code_short.csv": (live(), AS_CODED | {"language": ["nl", "fr", "ar"], "consent": [1, 1, 1]}),
    f"{LIVE}/limesurvey_full_long.csv": (live(), AS_CODED | {"language": ["nl", "fr", "ar"], "finished": ["yes"] * 3}),
    f"{LIVE}/limesurvey_full_long_ar.csv": (live(), AS_CODED | {"language": ["nl", "fr", "ar"]}),
    f"{LIVE}/limesurvey.json": (live(), AS_CODED),
    f"{LIVE}/kobo_export.xlsx": (live(), {"consent": [1, 0], "PJ01": [4, None], "PJ02": [None, None]}),
    f"{LIVE}/labelled.sav": (live(), {"PJ01": [1, 5, None], "PJ02": [None, 3, 4]}),
    f"{LIVE}/qualtrics_three_header_rows.csv": (live(), {"PJ01": [1], "PJ02": [5], "PJ03": [None], "language": ["nl"]}),
    "kobo_formpack/customer_satisfaction_v1.json": (
        kobo(("customer_enjoyment", ("yes", "no")), ("restaurant_name", ())), {"customer_enjoyment": ["yes", "no", "no"]},
    ),
    "kobo_formpack/sanitation_report_v1.json": (kobo(("restaurant_rating", tuple("abcdf")), ("restaurant_name", ())), {}),
    "kobo_formpack/favorite_coffee_v1.json": (
        kobo(("brand_of_coffee_machine", ())), {"brand_of_coffee_machine": ["Breville", "DeLonghi", "Nespresso"]},
    ),
    "kobo_formpack/favorite_coffee_v2.json": (kobo(("brand_of_coffee_machine", ())), {"brand_of_coffee_machine": ["Saico", "Keurig"]}),
    "kobo_formpack/or_other_v1.json": (kobo(("fav_emperor", ("julius", "augustus", "tiberius", "caligula", "other"))), {}),
    "limesurvey_n2/dummy_data_2021_codeonly.csv": (kobo(("A00", tuple(f"A{n}" for n in range(1, 9))), ("B5", ())), {}),
    "qualtrics/qualtRics_sample.csv": (kobo(("Q1", ("1", "2"))), {"Q1": [2], "finished": ["yes"]}),
    "qualtrics/qualtRics_sample_legacy.csv": (kobo(("Q1", ("1", "2"))), {"Q1": [2], "finished": ["yes"]}),
    "qualtrics/nam2022_study2_first200.csv": (study_two(), {}),
}  # fmt: skip
FAULTY = ("qualtrics/nam2022_study2_first200.csv", f"{LIVE}/kobo_export.xlsx")
"""One has answers that the question here does not offer; in the other, somebody ticked two ages."""
OTHER = {"limesurvey_n2/data_description.md": "R-FILE-KIND"}


def test_no_file_is_forgotten(real_data: Path) -> None:
    folder = real_data / "exports"
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == {*FORM, *READ, *OTHER}


@pytest.mark.parametrize("name", [*FORM, *OTHER])
def test_what_holds_no_answers_says_what_it_is(name: str, real_data: Path) -> None:
    with pytest.raises(ResponsesError) as caught:
        read_responses(real_data / "exports" / name, live())
    assert FORM.get(name, "not read") in str(caught.value)
    assert caught.value.problems[0].code == OTHER.get(name, "R-FILE-FORM")


@pytest.mark.parametrize("name", READ)
def test_answers_are_read(name: str, real_data: Path) -> None:
    questionnaire, expected = READ[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        answers = read_responses(real_data / "exports" / name, questionnaire, strict=name not in FAULTY)
    assert len(answers) > 0
    for column, values in expected.items():
        found = answers.frame[column].astype("string").tolist()
        assert [None if one is pd.NA else one for one in found] == [None if one is None else str(one) for one in values]
    if name.endswith("kobo_export.xlsx"):
        assert answers.rejected[["row", "code"]].to_numpy().tolist() == [[1, "R-CODE-SEVERAL"]]
    if "nam2022" in name:
        assert (answers.rejected["code"] == "R-ROW-SCREENED").sum() > 10


@pytest.mark.parametrize("name", [name for name in READ if LIVE not in name])
def test_answers_to_another_questionnaire_are_refused_and_the_tool_is_named(name: str, real_data: Path) -> None:
    with pytest.raises(ResponsesError, match="R-SHAPE") as caught:
        read_responses(real_data / "exports" / name, live())
    named = {"qualtrics": "Qualtrics", "limesurvey_n2": "LimeSurvey"}.get(name.partition("/")[0], "")
    assert named in str(caught.value)
