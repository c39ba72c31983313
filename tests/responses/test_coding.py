"""From text to codes: codes before labels, routing, kinds of missing, and what cannot be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from trustmeter.options import ResponseType
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.text import Text
from trustmeter.responses.coding import CodedAnswers, code_answers
from trustmeter.responses.model import MISSING_KINDS


def code(
    questionnaire: Questionnaire, labels: Mapping[str, Mapping[str, str]] | None = None, **cells: Sequence[str]
) -> CodedAnswers:
    texts = {item: np.array(column, dtype=object) for item, column in cells.items()}
    rows = np.arange(1, 1 + len(next(iter(texts.values()))))
    return code_answers(texts, questionnaire, rows=rows, labels=labels)


def kinds(coded: CodedAnswers, item: str) -> list[str]:
    return ["" if number == 0 else MISSING_KINDS[number - 1] for number in coded.missing[item]]


def codes_of(coded: CodedAnswers) -> list[str]:
    return [finding.problem.code for finding in coded.findings]


def one_item(options: Sequence[Option], kind: ResponseType = "ordinal", **limits: float) -> Questionnaire:
    scale = ResponseScale("scale", kind, tuple(options), **limits)
    item = Item("Q1", Text({"en": "What?"}), scale)
    return Questionnaire(
        id="one", version="1.0.0", status="draft", base_language="en", languages=("en",), title=Text(), description=Text(),
        introduction=Text(), sections=(Section("s", Text(), Text(), (item,)),), scales=(), response_scales=(scale,),
    )  # fmt: skip


def options(*pairs: tuple[str, str]) -> list[Option]:
    return [Option(code, Text({"en": label})) for code, label in pairs]


@pytest.mark.parametrize(
    "cell", ["4", "4.0", "4,0", " 4 ", "04", "Agree", "AGREE", "d'accord", "D’accord", "\u00a0D'accord\u200b"]
)
def test_one_answer_in_many_spellings(cell: str, tiny: Questionnaire) -> None:
    coded = code(tiny, CONSENT=["1"], FA1=[cell])
    assert coded.frame["FA1"].tolist() == [4]
    assert coded.findings == ()


@pytest.mark.parametrize("cell", ["f", "F", "Woman", "FEMME"])
def test_codes_of_letters_ignore_case_and_keep_their_own(cell: str, tiny: Questionnaire) -> None:
    assert code(tiny, SEX=[cell]).frame["SEX"].tolist() == ["F"]


@pytest.mark.parametrize(("cell", "kind"), [
    ("", "blank"), (" ", "blank"), ("88", "dont_know"), ("Ne sait pas", "dont_know"), ("99.0", "refused"), ("NaN", "blank")])  # fmt: skip
def test_kinds_of_missing(cell: str, kind: str, tiny: Questionnaire) -> None:
    coded = code(tiny, CONSENT=["1"], FA1=[cell])
    assert kinds(coded, "FA1") == [kind]
    assert coded.frame["FA1"].isna().all()


def test_codes_with_leading_zeros_are_their_own() -> None:
    coded = code(one_item(options(("1", "one"), ("01", "zero one"))), Q1=["1", "01", "1.0"])
    assert coded.frame["Q1"].tolist()[:2] == ["1", "01"]
    assert codes_of(coded) == ["R-CODE-UNKNOWN"]


def test_a_code_goes_before_a_label_unless_the_column_holds_labels() -> None:
    asked = one_item(options(("1", "2"), ("2", "1"), ("3", "many")))
    assert code(asked, Q1=["1", "2"]).frame["Q1"].tolist() == [1, 2]
    mixed = code(asked, Q1=["1", "many"])
    assert codes_of(mixed) == ["R-LABEL-AMBIGUOUS"]
    assert mixed.frame["Q1"].isna().tolist() == [True, False]


def test_a_label_of_two_codes_is_ambiguous() -> None:
    coded = code(one_item(options(("1", "Other"), ("2", "other"), ("3", "None"))), Q1=["OTHER", "none"])
    assert codes_of(coded) == ["R-LABEL-AMBIGUOUS"]
    assert coded.findings[0].cells[0][1].tolist() == [1]
    assert kinds(coded, "Q1") == ["blank", ""]


def test_a_word_for_empty_is_an_answer_where_the_questionnaire_offers_it() -> None:
    coded = code(one_item(options(("1", "N/A"), ("2", "Yes"))), Q1=["n/a", "Yes", "NULL"])
    assert coded.frame["Q1"].tolist()[:2] == [1, 2]
    assert codes_of(coded) == ["R-BLANK-WORD"]


@pytest.mark.parametrize(("cells", "dtype", "values"), [
    (["30", "40.0"], "Int64", [30, 40]), (["30,5", "40"], "Float64", [30.5, 40.0]), (["999", "40"], "Int64", [None, 40])])  # fmt: skip
def test_numbers_stay_whole_where_all_are(cells: list[str], dtype: str, values: list[float | None]) -> None:
    asked = one_item([Option("999", Text({"en": "No answer"}), "refused")], "number", minimum=16, maximum=110)
    coded = code(asked, Q1=cells)
    assert coded.frame["Q1"].dtype == dtype
    assert coded.frame["Q1"].astype(object).where(coded.frame["Q1"].notna(), None).tolist() == values


def test_free_text_is_kept_as_it_is() -> None:
    coded = code(one_item([], "text"), Q1=["NA", " two\nlines ", "", "=1+1"])
    assert coded.frame["Q1"].dtype == "string"
    assert coded.frame["Q1"].tolist()[:2] == ["NA", "two\nlines"]
    assert kinds(coded, "Q1") == ["", "", "blank", ""]


def test_without_consent_nothing_is_kept(tiny: Questionnaire) -> None:
    coded = code(tiny, CONSENT=["1", "0", "", "0"], FA1=["5", "5", "5", ""], SEX=["F", "", "", "99"])
    assert kinds(coded, "FA1") == ["", "not_asked", "not_asked", "not_asked"]
    assert kinds(coded, "SEX") == ["", "not_asked", "not_asked", "not_asked"]
    finding, note = coded.findings
    assert (finding.problem.code, note.problem.code) == ("R-ROUTING", "R-ROUTING-SILENT")
    assert note.problem.severity == "warning"
    assert finding.cells[0][1].tolist() == [2, 3]


def test_without_the_gate_in_the_file_everything_counts_as_asked(tiny: Questionnaire) -> None:
    coded = code(tiny, FA1=["5", ""])
    assert kinds(coded, "FA1") == ["", "blank"]


def test_the_files_own_labels_must_agree_with_the_codes(tiny: Questionnaire) -> None:
    turned = code(tiny, {"FA1": {"1": "Strongly agree", "2": "Agree"}}, CONSENT=["1"] * 2, FA1=["1", "2"])
    assert codes_of(turned) == ["R-LABEL-CONFLICT"]
    foreign = code(tiny, {"FA1": {"1": "Nee hoor"}}, CONSENT=["1"], FA1=["1"])
    assert (codes_of(foreign), foreign.frame["FA1"].tolist()) == ([], [1])
