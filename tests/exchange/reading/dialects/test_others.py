"""REDCap, Microsoft and Google Forms, our own files, and files of no tool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from trustmeter.errors import DesignError, ResponsesError
from trustmeter.exchange.answers import read_responses
from trustmeter.exchange.reading.mapping import COLUMNS, propose_mapping
from trustmeter.questionnaire.model import Questionnaire

Write = Callable[[str, str | bytes], Path]
ITEMS = ("CONSENT", "FA1", "FA2", "FA3", "EF1", "EF2", "EF3", "SEX", "CONTACT")
CODES = ("1", *["4"] * 6, "F", "0")


def lines(*rows: list[str] | tuple[str, ...]) -> str:
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows) + "\n"


def test_redcap(tiny: Questionnaire, place: Write) -> None:
    names = [item.lower() for item in ITEMS if item != "SEX"]
    cells = [code for item, code in zip(ITEMS, CODES, strict=True) if item != "SEX"]
    headings = ["record_id", "redcap_survey_identifier", *names, "sex___f", "sex___m", "survey_complete"]
    content = lines(headings, ["1", "", *cells, "1", "0", "2"], ["2", "", *cells, "0", "1", "0"])
    answers = read_responses(place("a.csv", content), tiny)
    assert answers.frame["SEX"].tolist() == ["F", "M"]
    assert answers.frame["FA1"].tolist() == [4, 4]
    assert answers.frame["finished"].tolist() == ["yes", "no"]
    assert {problem.code for problem in answers.problems} == {"R-ROW-UNFINISHED"}


def forms(questionnaire: Questionnaire, **changed: str) -> pd.DataFrame:
    cells: dict[str, list[str]] = {name: ["x"] for name in ("ID", "Start time", "Completion time", "Email", "Name")}
    for item in ITEMS:
        asked = questionnaire.item(item)
        cells[changed.get(item, asked.text.read("fr").replace(" ", "\u00a0"))] = [
            asked.response_scale.options[0].text.read("fr")
        ]
    return pd.DataFrame(cells)


def test_forms_with_the_very_texts(tiny: Questionnaire, tmp_path: Path) -> None:
    forms(tiny).to_excel(tmp_path / "a.xlsx", index=False)
    answers = read_responses(tmp_path / "a.xlsx", tiny)
    assert answers.frame[list(ITEMS)].iloc[0].tolist() == [1, 1, 1, 1, 1, 1, 1, "F", 1]
    assert answers.problems == ()


def test_google_grids(tiny: Questionnaire, place: Write) -> None:
    headings = ["Timestamp", *(f"The police here… [{tiny.item(item).text.read('en')}]" for item in ITEMS)]
    answers = read_responses(place("a.csv", lines(headings, ["2026", *CODES])), tiny)
    assert answers.frame["FA1"].tolist() == [4]


def test_a_text_that_is_only_alike_waits_for_a_person(tiny: Questionnaire, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    forms(tiny, CONTACT="+Contact, svp ?").to_excel(path, index=False)
    with pytest.raises(ResponsesError, match=r"R-HEADING-UNSURE.*propose_mapping"):
        read_responses(path, tiny)
    mapping = propose_mapping(path, tiny)
    assert tuple(mapping.frame.columns) == COLUMNS
    proposed = mapping.frame.set_index("item").loc["CONTACT"]
    assert proposed["confirmed"] == ""
    assert 0.6 <= proposed["sure"] < 1
    with pytest.raises(ResponsesError, match="R-MAPPING-OPEN"):
        read_responses(path, tiny, mapping=mapping)
    answers = read_responses(path, tiny, mapping=mapping.confirm("CONTACT"))
    assert answers.frame["CONTACT"].tolist() == [1]
    saved = mapping.confirm().save(tmp_path / "mapping.csv")
    assert "'+Contact" in saved.read_text(encoding="utf-8")
    again = read_responses(path, tiny, mapping=saved)
    pd.testing.assert_frame_equal(again.frame, answers.frame)


def test_texts_that_stand_twice_are_taken_in_order(tiny: Questionnaire) -> None:
    section = tiny.sections[1]
    same = tuple(replace(item, text=section.items[0].text) for item in section.items)
    asked = replace(tiny, sections=(tiny.sections[0], replace(section, items=same), tiny.sections[2]))
    text = section.items[0].text.read("en")
    frame = pd.DataFrame([["4"] * 6], columns=[text, *(f"{text}{number}" for number in range(2, 7))])
    mapping = propose_mapping(frame, asked)
    assert mapping.frame["item"].tolist() == [item.id for item in same]
    assert set(mapping.frame["confirmed"]) == {""}
    assert str(mapping) == "Mapping of 6 columns: 6 are items, 0 of them confirmed"


def test_mappings_that_do_not_fit(tiny: Questionnaire, tmp_path: Path) -> None:
    frame = forms(tiny)
    mapping = propose_mapping(frame, tiny).confirm()
    wrong = mapping.frame.assign(item=mapping.frame["item"].replace({"FA1": "XX9"}))
    wrong.loc[wrong["item"] == "FA2", "heading"] = "Nothing like it"
    (tmp_path / "m.csv").write_text(wrong.to_csv(index=False), encoding="utf-8")
    with pytest.raises(ResponsesError) as caught:
        read_responses(frame, tiny, mapping=tmp_path / "m.csv")
    assert {problem.code for problem in caught.value.problems} == {"R-MAPPING-ITEM", "R-MAPPING-HEADING"}
    with pytest.raises(DesignError, match="must be one of"):
        mapping.confirm("XX9")
    with pytest.raises(DesignError, match="propose_mapping"):
        read_responses(frame, tiny, mapping=3)  # type: ignore[arg-type]
    (tmp_path / "n.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DesignError, match="is no mapping"):
        read_responses(frame, tiny, mapping=tmp_path / "n.csv")


PAGE = (
    "respondent", "wave", "zone", "language", "mode", "seconds", "complete", "questionnaire", "version", "fingerprint", *ITEMS,
)  # fmt: skip


def test_our_own_page(tiny: Questionnaire, place: Write) -> None:
    ours = ["tiny", "1.0.0", "0" * 12, *CODES]
    rows = [["17", "2026", "", "fr", "web", "61", "1", *ours], ["18", "2026", "", "en", "web", "9", "0", *ours]]
    answers = read_responses(place("a.csv", lines(PAGE, *rows)), tiny)
    roles = answers.roles
    assert (roles.respondent, roles.wave, roles.zone, roles.mode) == ("respondent", "wave", None, "mode")
    assert answers.frame["language"].tolist() == ["fr", "en"]
    assert answers.frame["finished"].tolist() == ["yes", "no"]
    assert answers.frame["seconds"].tolist() == [61, 9]
    assert {problem.code for problem in answers.problems} == {"R-ROW-UNFINISHED"}


def test_our_own_sheet_names_its_wording(tiny: Questionnaire, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame([["1", *CODES]], columns=["respondent", *ITEMS]).to_excel(book, sheet_name="answers", index=False)
        about = [["questionnaire", "tiny"], ["version", "1.0.0"], ["fingerprint", "abc"]]
        pd.DataFrame(about).to_excel(book, sheet_name="about", index=False, header=False)
    answers = read_responses(path, tiny)
    assert answers.roles.respondent == "respondent"
    assert {problem.code for problem in answers.problems} == {"R-VERSION-OTHER"}


def test_a_tool_can_be_named_and_progress_told(tiny: Questionnaire, place: Write) -> None:
    shares: list[float] = []
    path = place("a.csv", lines(("ID", "g-x", *ITEMS), ["1", "2", *CODES]))
    read_responses(path, tiny, tool="odk", progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    with pytest.raises(DesignError, match="Did you mean 'limesurvey'"):
        read_responses(path, tiny, tool="limsurvey")  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="`progress`"):
        read_responses(path, tiny, progress=3)  # type: ignore[arg-type]
    answers = read_responses(path, tiny, unfinished="set_aside")
    assert "R-ROW-FINISHED" in {problem.code for problem in answers.problems}
