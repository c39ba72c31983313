"""Filled-in forms as XML: read as a row each; what is no filled-in form, or could do harm, is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from trustmeter.errors import ResponsesError
from trustmeter.exchange.answers import read_responses
from trustmeter.exchange.forms.submission import read_submissions
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.model import MISSING_KINDS

FORM = """<data xmlns:orx="http://openrosa.org/xforms" id="tiny" version="1.0.0"><start>2026-11-27T10:00:00.000+01:00</start>
<questionnaire_version>1.0.0-0</questionnaire_version><consent_section><CONSENT>{consent}</CONSENT></consent_section>
{rest}<orx:meta><orx:instanceID>uuid:{number}</orx:instanceID><orx:instanceName>tiny 1.0.0</orx:instanceName></orx:meta></data>"""
REST = """<after_consent><trust_section><FA1_grid><generated_table_list_label_8/><reserved_name_for_field_list_labels_9/>
<FA1>4</FA1><FA2>88</FA2><FA3/></FA1_grid></trust_section><you_section><SEX>99</SEX></you_section></after_consent>"""


def test_a_folder_of_forms_becomes_answers(tiny: Questionnaire, tmp_path: Path) -> None:
    for number, (consent, rest) in enumerate([("1", REST), ("0", "")]):
        folder = tmp_path / f"tiny_{number}"
        folder.mkdir()
        (folder / "form.xml").write_text(FORM.format(consent=consent, rest=rest, number=number), encoding="utf-8")
    frame = read_submissions(tmp_path)
    assert "after_consent/trust_section/FA1_grid/FA1" in frame.columns
    assert not any("generated" in heading or "reserved" in heading for heading in frame.columns)
    answers = read_responses(frame, tiny)
    assert answers.frame["FA1"].tolist()[0] == 4
    assert [problem.code for problem in answers.problems if "version" in problem.where] == []
    found = answers.missing.loc[:, ["FA1", "FA2", "FA3", "SEX"]].to_numpy().tolist()
    told = [["" if kind == 0 else MISSING_KINDS[kind - 1] for kind in row] for row in found]
    assert told == [["", "dont_know", "blank", "refused"], ["not_asked"] * 4]


def test_two_wordings_among_the_forms_are_told(tiny: Questionnaire, tmp_path: Path) -> None:
    for number, version in enumerate(("1.0.0-0", "1.1.0-0")):
        form = FORM.format(consent="1", rest=REST, number=number).replace("1.0.0-0", version)
        (tmp_path / f"{number}.xml").write_text(form, encoding="utf-8")
    answers = read_responses(read_submissions(tmp_path), tiny)
    assert "R-VERSION-SEVERAL" in {problem.code for problem in answers.problems}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("<codeBook/>", "R-FILE-FORM"),
        ("<data id='x'><A>1</A>", "R-FILE-UNREADABLE"),
        ("<!DOCTYPE d [<!ENTITY a 'b'>]><data id='x'><A>&a;</A></data>", "R-FILE-DECLARES"),
    ],
)
def test_what_is_no_filled_in_form_is_refused(content: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "one.xml").write_text(content, encoding="utf-8")
    with pytest.raises(ResponsesError) as caught:
        read_submissions(tmp_path)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_nothing_there_and_forms_of_two_questionnaires(tmp_path: Path) -> None:
    with pytest.raises(ResponsesError, match="R-FILE-ABSENT"):
        read_submissions(tmp_path)
    for name in ("one", "two"):
        (tmp_path / f"{name}.xml").write_text(f"<data id='{name}'><A>1</A></data>", encoding="utf-8")
    with pytest.raises(ResponsesError, match="R-FILE-MIXED"):
        read_submissions(str(tmp_path))
