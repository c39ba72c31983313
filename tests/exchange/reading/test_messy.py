"""However messily a table is written down, the same frame comes out."""

from __future__ import annotations

import csv
import io
import itertools
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


SAID = ["été; «déjà» à 1,5", "naïf – Zoë"]


ENCODINGS = ("latin-1", "cp1252", "utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom")
MIXES = [*itertools.product(ENCODINGS, (";", ",", "\t"), (False, True), (False, True))]


@pytest.mark.parametrize("mix", MIXES, ids=lambda mix: "-".join(map(repr, mix)))
def test_delimiters_decimal_marks_and_encodings_in_every_mix(
    mix: tuple[str, str, bool, bool], tiny: Questionnaire, tmp_path: Path
) -> None:
    encoding, delimiter, comma, declared = mix
    said = [text if encoding != "latin-1" else text.replace("–", "-") for text in SAID]
    weights = ["0,5", "1234,25"] if comma else ["0.5", "1234.25"]
    buffer = io.StringIO()
    buffer.write(f"sep={delimiter}\r\n" if declared else "")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(["CONSENT", *LIKERT, "SEX", "CONTACT", "weight", "remark"])
    for weight, remark in zip(weights, said, strict=True):
        writer.writerow(
            ["Oui", "D'accord", "4", "4,0" if comma else "4.0", "88", "", "5", "Femme", "0", weight, remark]
        )
    text = buffer.getvalue()
    content = b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16-le-bom" else text.encode(encoding)
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    answers = read_responses(path, tiny, keep=["weight", "remark"])
    assert answers.frame[["CONSENT", "FA1", "FA2", "FA3", "EF3"]].to_numpy().tolist() == [[1, 4, 4, 4, 5]] * 2
    assert answers.frame["EF1"].isna().all()
    assert answers.frame["weight"].tolist() == [0.5, 1234.25]
    assert answers.frame["remark"].tolist() == said
