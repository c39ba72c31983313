"""Bad input, one table: each kind is refused by the right class and code, and no message holds an answer or a name."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from trustmeter.errors import DataQualityWarning, DesignError, ResponsesError, TrustmeterError
from trustmeter.exchange.answers import read_responses
from trustmeter.questionnaire.model import Item, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.text import Text

SECRETS = ("Zorglub", "Quetsche", "31415")
"""A respondent's name, a free text and a number that stand in the data; no message may hold them."""

ITEMS = ("CONSENT", "FA1", "FA2", "FA3", "EF1", "EF2", "EF3", "SEX", "CONTACT", "AGE")


def good(**changes: Any) -> pd.DataFrame:
    """Return three good rows as text, with the given columns changed."""
    columns: dict[str, Any] = {"id": ["Zorglub", "b", "c"], "when": ["2022"] * 3, "zone": ["North"] * 3}
    columns |= {name: ["1", "1", "1"] for name in ITEMS}
    columns |= {"SEX": ["F", "M", "F"], "AGE": ["30", "40", "50"]}
    return pd.DataFrame(columns).assign(**changes)


def renamed(**names: str) -> pd.DataFrame:
    return good().rename(columns=names)


def csv_bytes(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def xlsx_bytes(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_excel(buffer, index=False, sheet_name="answers")
    return buffer.getvalue()


def zip_bytes() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "Zorglub")
    return buffer.getvalue()


WIDE = good().rename(columns={item: f"{item}_1" for item in ITEMS if item not in {"CONSENT", "SEX", "CONTACT", "AGE"}})
ROLES = {"respondent": "id", "wave": "when"}
TORN = csv_bytes(good()) + b"Quetsche,31415\n"


@dataclass(frozen=True)
class Case:
    """One kind of bad input: what is read and how, and the refusal that is due."""

    name: str
    source: Any
    code: str
    says: str
    error: type[Exception] = ResponsesError
    options: dict[str, Any] = field(default_factory=dict)


def call(name: str, source: Any, code: str, says: str, **options: Any) -> Case:
    return Case(name, source, code, says, DesignError, options)


CASES = (
    # what is no file, or no file that can be read
    Case("no such file", Path("nowhere.csv"), "R-FILE-ABSENT", "no such file"),
    Case("a folder", Path(), "R-FILE-FOLDER", "one file"),
    Case("empty file", ("a.csv", b""), "R-FILE-EMPTY", "empty"),
    Case("blank lines only", ("a.csv", b"\n \n\n"), "R-FILE-EMPTY", "empty"),
    Case("a header only", ("a.csv", b"id,CONSENT,FA1\n"), "R-FILE-EMPTY", "no row of answers"),
    Case("all rows blank", ("a.csv", b"id,CONSENT,FA1\n,,\n,,\n"), "R-FILE-EMPTY", "All rows are blank"),
    Case("unknown ending", ("a.pdf", b"%PDF-1.7 Zorglub"), "R-FILE-KIND", "'.pdf'"),
    Case("no ending", ("answers", csv_bytes(good())), "R-FILE-KIND", "CSV"),
    Case("old Excel ending", ("a.xls", b"\xd0\xcf\x11\xe0"), "R-FILE-KIND", "save it as .xlsx"),
    Case("Excel called CSV", ("a.csv", xlsx_bytes(good())), "R-FILE-KIND", "an Excel file"),
    Case("CSV called Excel", ("a.xlsx", csv_bytes(good())), "R-FILE-UNREADABLE", "no Excel file"),
    Case("Excel cut off", ("a.xlsx", xlsx_bytes(good())[:900]), "R-FILE-UNREADABLE", "cut off"),
    Case("another zip called Excel", ("a.xlsx", zip_bytes()), "R-FILE-UNREADABLE", "another kind"),
    Case("no SPSS file", ("a.sav", b"Zorglub" * 40), "R-FILE-UNREADABLE", "no SPSS file"),
    Case("no Stata file", ("a.dta", b"Zorglub" * 40), "R-FILE-UNREADABLE", "no Stata file"),
    Case("no parquet file", ("a.parquet", b"Zorglub" * 40), "R-FILE-UNREADABLE", "no parquet file"),
    Case("gzip cut off", ("a.csv.gz", gzip.compress(csv_bytes(good()))[:60]), "R-FILE-UNREADABLE", "cut off"),
    Case("binary called CSV", ("a.csv", b"id,FA1\n\x00\x00\x01Zorglub"), "R-FILE-ENCODING", "UTF-8"),
    Case("open quotation mark", ("a.csv", csv_bytes(good()) + b'"Zorglub,1\n'), "R-FILE-QUOTES", "not closed"),
    Case("rows of other widths", ("a.csv", TORN), "R-ROW-TORN", "row 4"),
    Case("mixed delimiters", ("a.csv", csv_bytes(good()) + b"Zorglub;2022;31415\n"), "R-ROW-TORN", "1 row with more or fewer"),
    # what is not what the call says
    call("not a path", 31, "", "path of a file or a DataFrame"),
    call("a list of rows", [["Zorglub"]], "", "Got a list"),
    call("headings of two levels", pd.concat({"x": good()}, axis=1), "", "several levels"),
    call("sheet of a CSV", ("a.csv", csv_bytes(good())), "", "has no sheets", sheet="answers"),
    call("sheet of a frame", good(), "", "has no sheets", sheet="answers"),
    call("sheet that is not there", ("a.xlsx", xlsx_bytes(good())), "", "Did you mean 'answers'?", sheet="answer"),
    call("role that is no column", good(), "R-ROLE-ABSENT", "Did you mean 'zone'?", zone="zon"),
    call("kept column that is not there", good(), "R-ROLE-ABSENT", "argument keep", keep=["weight"]),
    call("role that is an item", good(), "R-ROLE-ITEM", "is the item FA1", zone="FA1"),
    call("one column, two roles", good(), "R-ROLE-TWICE", "as respondent and as zone", respondent="id", zone="id"),
    call("role that is no text", good(), "", "`zone` argument", zone=3),
    call("pattern without {item}", WIDE, "R-WIDE-PATTERN", "'2022' has no such pattern", wave={"2022": "item_1"}),
    call("two waves, one pattern", WIDE, "R-WIDE-PATTERN", "of its own", wave={"a": "{item}_1", "b": "{item}_1"}),
    call("no wave at all", WIDE, "R-WIDE-PATTERN", "pattern", wave={}),
    call("pattern that fits nothing", WIDE, "R-WIDE-ABSENT", "wave '2023'", wave={"2022": "{item}_1", "2023": "{item}_2"}),
    # what is another file
    Case("another questionnaire", good().rename(columns={name: f"XQ{name}" for name in ITEMS}), "R-SHAPE", "0 of the 10 items"),
    Case("no row of headings", ("a.csv", b"Zorglub,2022,1,1,1\nb,2022,1,1,31415\n"), "R-SHAPE", "row of headings missing"),
    Case("waves side by side", WIDE[["id", "FA1_1", "FA2_1"]], "R-SHAPE", "Waves side by side"),
    # columns
    Case("an item twice", ("a.csv", b"FA1,FA2,FA1\n1,2,31415\n"), "R-COLUMN-DUPLICATE", "columns 1 and 3"),
    Case("an item in two cases", good().assign(fa1="31415"), "R-COLUMN-DUPLICATE", "item FA1"),
    Case("a role twice", ("a.csv", b"id,FA1,FA2,id\nZorglub,1,2,b\n"), "R-COLUMN-DUPLICATE", "'id'", options={"respondent": "id"}),
    Case("a slip in a heading", renamed(FA1="FA_01"), "R-COLUMN-ALIKE", "Did you mean 'FA1'?"),
    # cells
    Case("unknown code", good(FA1=["1", "31415", "2"]), "R-CODE-UNKNOWN", "Allowed codes: 1, 2, 3, 4, 5, 88, 99."),
    Case("unknown label", good(FA1=["Quetsche", "1", "2"]), "R-CODE-UNKNOWN", "column 'FA1', row 1"),
    Case("code between two", good(FA1=["2.5", "1", "2"]), "R-CODE-UNKNOWN", "1 cell holds"),
    Case("infinite code", good(FA1=[float("inf"), 1.0, 2.0]), "R-CODE-UNKNOWN", "row 1"),
    Case("spreadsheet dates", good(FA1=["2026-05-01", "1", "2"]), "R-CODE-UNKNOWN", "look like dates"),
    Case("another coding", good(FA1=["11", "12", "13"]), "R-CODE-UNKNOWN", "more than half"),
    Case("no number", good(AGE=["Quetsche", "1", "31"]), "R-NUMBER-INVALID", "from 16 to 110"),
    Case("number with a unit", good(AGE=["30 years", "40", "31"]), "R-NUMBER-INVALID", "without units"),
    Case("number too low", good(AGE=["-31415", "40", "31"]), "R-NUMBER-RANGE", "from 16 to 110"),
    Case("number too high", good(AGE=["31415", "40", "31"]), "R-NUMBER-RANGE", "column 'AGE', row 1"),
    Case("answer without consent", good(CONSENT=["1", "0", "1"]), "R-ROUTING", "row 2"),
    Case("answer with consent blank", good(CONSENT=["1", "", "1"]), "R-ROUTING", "CONSENT"),
    # rows
    Case("respondent twice", good(id=["Zorglub"] * 3), "R-RESPONDENT-DUPLICATE", "1 respondent with more than one row", options=ROLES),
    Case("respondent missing", good(id=["Zorglub", " ", None]), "R-RESPONDENT-MISSING", "rows 2, 3", options=ROLES),
    Case("wave missing", good(when=["2022", "", "2022"]), "R-WAVE-MISSING", "row 2", options=ROLES),
)  # fmt: skip


@pytest.fixture
def asked(tiny: Questionnaire) -> Questionnaire:
    """The tiny questionnaire with a number asked at the end."""
    age = ResponseScale("age", "number", (), 16, 110)
    words = Text({"en": "How old are you?", "fr": "Quel âge avez-vous ?"})
    more = Section("more", Text(), Text(), (Item("AGE", words, age),))
    return Questionnaire(
        **{
            name: getattr(tiny, name)
            for name in tiny.__dataclass_fields__
            if name not in {"sections", "response_scales"}
        },
        sections=(*tiny.sections, more),
        response_scales=(*tiny.response_scales, age),
    )


@pytest.fixture
def place(tmp_path: Path) -> Callable[[Any], Any]:
    """Return a function that turns a case's source into what is read: a written file, a path, or the thing itself."""

    def placed(source: Any) -> Any:
        if isinstance(source, Path):
            return tmp_path / source
        if isinstance(source, tuple):
            name, content = source
            (tmp_path / name).write_bytes(content)
            return tmp_path / name
        return source

    return placed


def test_the_good_rows_are_good(asked: Questionnaire) -> None:
    answers = read_responses(good(), asked, respondent="id", wave="when", zone="zone")
    assert answers.problems == ()
    assert len(answers.rejected) == 0
    assert len(answers) == 3


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_is_refused_in_a_sentence(case: Case, asked: Questionnaire, place: Callable[[Any], Any]) -> None:
    with pytest.raises(TrustmeterError) as caught:
        read_responses(place(case.source), asked, **case.options)
    message = str(caught.value)
    assert type(caught.value) is case.error
    assert case.code in {"", *(problem.code for problem in caught.value.problems)}
    assert case.says in message
    assert "Traceback" not in message
    for secret in SECRETS:
        assert secret not in message
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_there_are_many_kinds() -> None:
    assert len({case.name for case in CASES}) == len(CASES) > 30


def test_the_how_to_page_explains_every_code() -> None:
    root = Path(__file__).resolve().parents[2]
    modules = [
        module for room in ("exchange", "responses") for module in (root / "src" / "trustmeter" / room).rglob("*.py")
    ]
    raised = {code for module in modules for code in re.findall(r'"(R-[A-Z-]+)"', module.read_text(encoding="utf-8"))}
    page = (root / "docs" / "how-to" / "when-a-file-is-refused.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(R-[A-Z-]+)`", page)) == raised


def test_a_message_names_at_most_five_rows(asked: Questionnaire) -> None:
    many = pd.concat([good(FA1=["31415"] * 3)] * 20, ignore_index=True)
    with pytest.raises(ResponsesError, match=r"rows 1, 2, 3, 4, 5 and 55 more: 60 cells"):
        read_responses(many, asked)


def test_everything_wrong_comes_at_once(asked: Questionnaire) -> None:
    bad = good(id=["a", "a", None], FA1=["x", "1", "1"], AGE=["1", "2", "30"], CONSENT=["1", "1", "0"], extra="31415")
    with pytest.raises(ResponsesError) as caught:
        read_responses(bad, asked, respondent="id")
    codes = {problem.code for problem in caught.value.problems}
    assert codes >= {"R-RESPONDENT-DUPLICATE", "R-RESPONDENT-MISSING", "R-CODE-UNKNOWN", "R-NUMBER-RANGE", "R-ROUTING"}
    assert "R-COLUMN-UNKNOWN" in codes
    assert "strict=False" in str(caught.value)


def test_not_a_questionnaire() -> None:
    with pytest.raises(DesignError, match="load_questionnaire"):
        read_responses(good(), "community-trust")  # type: ignore[arg-type]


SET_ASIDE = [case for case in CASES if case.code in {
    "R-ROW-TORN", "R-CODE-UNKNOWN", "R-NUMBER-INVALID", "R-NUMBER-RANGE", "R-ROUTING", "R-RESPONDENT-DUPLICATE",
    "R-RESPONDENT-MISSING", "R-WAVE-MISSING"}]  # fmt: skip


@pytest.mark.parametrize("case", SET_ASIDE, ids=lambda case: case.name)
def test_faults_can_be_set_aside_and_nothing_is_lost(
    case: Case, asked: Questionnaire, place: Callable[[Any], Any]
) -> None:
    with pytest.warns(DataQualityWarning, match="set aside"):
        answers = read_responses(place(case.source), asked, strict=False, **case.options)
    assert case.code in set(answers.rejected["code"])
    assert case.code in {problem.code for problem in answers.problems if problem.severity == "warning"}
    in_file = 4 if case.code == "R-ROW-TORN" else 3
    whole = answers.rejected["code"].isin(
        {"R-ROW-TORN", "R-RESPONDENT-DUPLICATE", "R-RESPONDENT-MISSING", "R-WAVE-MISSING"}
    )
    assert len(answers) + answers.rejected.loc[whole, "row"].nunique() == in_file
    told = [repr(answers), *map(str, answers.problems), answers.rejected.to_csv()]
    assert not any(secret in text for secret in SECRETS for text in told)


def test_what_cannot_be_set_aside_is_refused_all_the_same(asked: Questionnaire) -> None:
    with pytest.raises(ResponsesError, match="R-COLUMN-ALIKE") as caught:
        read_responses(renamed(FA1="FA01"), asked, strict=False)
    assert "strict=False" not in str(caught.value)
    with pytest.raises(ResponsesError, match="No row"):
        read_responses(good(id=[None] * 3), asked, respondent="id", strict=False)


def test_a_missing_package_names_its_install_line(
    asked: Questionnaire, place: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trustmeter.exchange.reading.statfile.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r'pip install "trustmeter\[parquet\]"'):
        read_responses(place(("a.parquet", b"PAR1")), asked)
