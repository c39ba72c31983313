"""However messily a table is written down, the same frame comes out."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trustmeter.exchange.answers import read_responses
from trustmeter.questionnaire.model import Questionnaire

LIKERT = ("FA1", "FA2", "FA3", "EF1", "EF2", "EF3")
CODES = ("1", "2", "3", "4", "5", "88", "99", "")
NBSP, NARROW, MARK = "\u00a0", "\u202f", "\u200f"
REMARKS = ("", "été; déjà", 'il a dit "non"', "1,5 x", "deux\nlignes", "a,b;c\td")

people = st.lists(
    st.fixed_dictionaries({
        **{item: st.sampled_from(CODES) for item in LIKERT},
        "SEX": st.sampled_from(["F", "M", "99"]), "CONTACT": st.sampled_from(["0", "1"]),
        "weight": st.sampled_from([0.5, 1.25, 2.0, 1234.5]), "remark": st.sampled_from(REMARKS),
    }), min_size=2, max_size=8,
)  # fmt: skip
habits = st.fixed_dictionaries({
    "delimiter": st.sampled_from([";", ",", "\t", "|"]), "encoding": st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    "comma": st.booleans(), "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), "line": st.sampled_from(["\n", "\r\n"]),
    "order": st.permutations(["CONSENT", *LIKERT, "SEX", "CONTACT", "weight", "remark"]), "padding": st.sampled_from(["", " ", NBSP]),
    "words": st.sampled_from(["codes", "en", "fr", "1.0", "mixed"]), "trailing": st.integers(0, 3), "declared": st.booleans(),
})  # fmt: skip


def cell(item: str, code: str, habit: dict[str, Any], questionnaire: Questionnaire, row: int) -> str:
    if not code or item not in LIKERT:
        return code
    words = habit["words"] if habit["words"] != "mixed" else ("codes", "en", "fr")[row % 3]
    if words == "1.0":
        return f"{code},0" if habit["comma"] else f"{code}.0"
    option = next(one for one in questionnaire.item(item).response_scale.options if one.code == code)
    text = code if words == "codes" else option.text.read(words)
    return f"{habit['padding']}{text.replace(' ', habit['padding'] or ' ')}"


def written(rows: list[dict[str, Any]], habit: dict[str, Any], questionnaire: Questionnaire) -> bytes:
    buffer = io.StringIO()
    if habit["declared"]:
        buffer.write(f"sep={habit['delimiter']}{habit['line']}")
    writer = csv.writer(buffer, delimiter=habit["delimiter"], quoting=habit["quoting"], lineterminator=habit["line"])
    writer.writerow([heading + habit["padding"] * (heading in LIKERT) for heading in habit["order"]])
    for number, row in enumerate(rows):
        full = {"CONSENT": "1", **row, "weight": str(row["weight"]).replace(".", "," if habit["comma"] else ".")}
        writer.writerow([cell(name, str(full[name]), habit, questionnaire, number) for name in habit["order"]])
    return (buffer.getvalue() + habit["line"] * habit["trailing"]).encode(habit["encoding"], errors="replace")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=people, habit=habits)
def test_a_messy_file_is_the_same_frame(tiny: Questionnaire, rows: list[dict[str, Any]], habit: dict[str, Any]) -> None:
    plain = pd.DataFrame([{"CONSENT": "1", **row} for row in rows])
    expected = read_responses(plain, tiny, keep=["weight", "remark"])
    if habit["padding"] == NBSP and habit["encoding"] == "utf-16":
        habit = {**habit, "padding": NARROW + MARK}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(written(rows, habit, tiny))
        found = read_responses(path, tiny, keep=["weight", "remark"])
    pd.testing.assert_frame_equal(found.missing, expected.missing)
    pd.testing.assert_frame_equal(
        found.frame.drop(columns="remark"), expected.frame.drop(columns="remark"), check_dtype=False
    )
    assert found.frame["remark"].fillna("").tolist() == [str(row["remark"]).strip() for row in rows]


@pytest.mark.parametrize("value", ["45000", "44197"])
def test_a_number_is_never_taken_for_a_date(value: str, tiny: Questionnaire) -> None:
    frame = pd.DataFrame({**{item.id: ["1"] for item in tiny.items if item.id != "SEX"}, "when": [value]})
    assert read_responses(frame, tiny, keep=["when"]).frame["when"].tolist() == [int(value)]
