"""What could do harm is refused: archives that swell or lead out, XML that declares things, names like paths."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from trustmeter.errors import ResponsesError
from trustmeter.exchange.answers import read_responses
from trustmeter.exchange.reading import guard
from trustmeter.questionnaire.model import Questionnaire

LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


def zipped(**members: str | bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot", "."), content)
    return buffer.getvalue()


def archive(declared: str = "") -> bytes:
    head = f'<?xml version="1.0"?>\n<!-- a note -->{declared}<document><LimeSurveyDocType>Responses</LimeSurveyDocType>'
    body = f"{head}<responses><rows><row><id>1</id></row></rows></responses></document>"
    return zipped(a_dotlss=body, a_responses_dotlsr=body)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.lss", f'<?xml version="1.0"?>{LAUGHS}<document>&b;</document>'.encode(), "R-FILE-DECLARES"),
        ("a.xml", f"{OUTSIDE}<document>&a;</document>".encode(), "R-FILE-DECLARES"),
        ("a.xml", f'<?xml version="1.0" encoding="utf-16"?>{LAUGHS}<x/>'.encode("utf-16"), "R-FILE-DECLARES"),
        ("a.xml", b"<a>" * 100_000, "R-FILE-LARGE"),
        ("a.xml", b"<a><b></a>", "R-FILE-UNREADABLE"),
        ("a.lsa", archive(LAUGHS), "R-FILE-DECLARES"),
        ("a.lsa", b"no archive", "R-FILE-UNREADABLE"),
        ("a.lsa", zipped(**{".." + "__x_dotlss": "x"}), "R-FILE-PATH"),
        ("a.xlsx", zipped(__etc__hosts="x"), "R-FILE-PATH"),
        ("a.xlsx", zipped(sheet=b"\0" * 30_000_000), "R-FILE-LARGE"),
        ("a.csv.gz", gzip.compress(b"a,b\n" * 40_000_000, 9, mtime=0), "R-FILE-LARGE"),
        ("a.csv.gz", gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], "R-FILE-UNREADABLE"),
        ("a.json", b"[" * 200_000, "R-FILE-UNREADABLE"),
        ("a.json", b'{"a": 1', "R-FILE-UNREADABLE"),
        ("a.json", json.dumps({"SurveyEntry": {}, "SurveyElements": []}).encode(), "R-FILE-FORM"),
        ("a.json", json.dumps({"pages": []}).encode(), "R-FILE-FORM"),
        ("a.json", b"[]", "R-FILE-EMPTY"),
        ("a.json", b"17", "R-FILE-FORM"),
        ("a.csv", b"Variable / Field Name,Form Name,Field Type\nx,y,text\n", "R-FILE-FORM"),
    ],
)
def test_refused(name: str, content: bytes, code: str, tiny: Questionnaire, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ResponsesError) as caught:
        read_responses(tmp_path / name, tiny)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_a_file_beyond_measure(tiny: Questionnaire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("FA1,FA2\n1,2\n", encoding="utf-8")
    monkeypatch.setattr(guard, "LARGEST_FILE", 10)
    with pytest.raises(ResponsesError, match="R-FILE-LARGE"):
        read_responses(tmp_path / "a.csv", tiny)


def test_an_archive_beyond_measure(tiny: Questionnaire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = tmp_path / "good.xlsx"
    pd.DataFrame({"FA1": ["1"], "FA2": ["2"]}).to_excel(good, index=False)
    assert len(read_responses(good, tiny)) == 1
    with zipfile.ZipFile(tmp_path / "many.xlsx", "w") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}.xml", "")
    with pytest.raises(ResponsesError, match="R-FILE-LARGE"):
        read_responses(tmp_path / "many.xlsx", tiny)
    monkeypatch.setattr(guard, "LARGEST_UNPACKED", 1000)
    with pytest.raises(ResponsesError, match="R-FILE-LARGE"):
        read_responses(good, tiny)


def test_gzip_in_several_parts_is_one_file(tiny: Questionnaire, tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"FA1,FA2\n") + gzip.compress(b"1,2\n"))
    assert read_responses(tmp_path / "a.csv.gz", tiny).frame["FA2"].tolist() == [2]


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "..\\x", "C:\\x", "~root", "a/../b", "x\x07", "a\nb"])
def test_a_respondent_like_a_path_is_refused(name: str, tiny: Questionnaire) -> None:
    frame = pd.DataFrame({"id": ["a", name], **{item.id: ["1", "1"] for item in tiny.items if item.id != "SEX"}})
    with pytest.raises(ResponsesError, match="R-RESPONDENT-PATH") as caught:
        read_responses(frame, tiny, respondent="id")
    assert name not in str(caught.value)
    with pytest.warns(UserWarning, match="set aside"):
        assert len(read_responses(frame, tiny, respondent="id", strict=False)) == 1


@pytest.mark.parametrize("name", ["12/A", "a..b", "uuid:4f-1", "x@y.be", "Zoé 3", "a~b"])
def test_an_ordinary_code_is_none(name: str, tiny: Questionnaire) -> None:
    frame = pd.DataFrame({"id": ["a", name], **{item.id: ["1", "1"] for item in tiny.items if item.id != "SEX"}})
    assert len(read_responses(frame, tiny, respondent="id")) == 2
