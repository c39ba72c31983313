"""Codings come in from tables, projects and codebooks; what is damaged or dangerous does not."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from trustmeter.errors import DesignError, ResponsesError
from trustmeter.focus_groups.files import archive
from trustmeter.focus_groups.files.codebook_file import write_codebook
from trustmeter.focus_groups.model import COLUMNS
from trustmeter.focus_groups.reading import read_segments

SPOKEN = "Officer Janssens hit my brother Yusuf"
TEXTS = {
    "Tuesday": f"Moderator: welcome. Ann: they never listen 😀. Bé: {SPOKEN}.",
    "Thursday": "Nothing much was said, and it was said twice.",
}
CODES = ("Listening", "Not heard")
START = TEXTS["Tuesday"].index(SPOKEN)
END = START + len(SPOKEN)
CODINGS = [
    ("Tuesday", 25, 42, "Not heard", "Ines"), ("Tuesday", START, END, "Listening", "Ines"), ("Tuesday", 25, 42, "Not heard", "Tom"),
]  # fmt: skip
OPTIONS = {"codes": CODES, "coders": ("Ines", "Tom")}


def test_a_table_has_a_row_a_segment_code_and_coder(tmp_path: Path) -> None:
    path = tmp_path / "coded.csv"
    path.write_text(
        "Session,Group,who,Code,coder\nA,north,p1,respect ; waiting;respect,x\nA,north,p2,,x\nB,south,p1,waiting,x\n"
    )
    segments = read_segments(path, speaker="who")
    assert tuple(segments.frame.columns) == COLUMNS
    assert segments.frame[["session", "speaker", "code"]].values.tolist() == [
        ["A", "p1", "respect"], ["A", "p1", "waiting"], ["A", "p2", ""], ["B", "p1", "waiting"],
    ]  # fmt: skip
    assert segments.groups == ("north", "south")
    assert segments.codebook.names == ("respect", "waiting")
    assert segments.source == "coded.csv"


def test_an_excel_sheet_reads_like_the_table(tmp_path: Path, talk: pd.DataFrame) -> None:
    talk.to_excel(tmp_path / "coded.xlsx", index=False)
    pd.testing.assert_frame_equal(read_segments(tmp_path / "coded.xlsx").frame, read_segments(talk).frame)


def test_data_are_not_changed_and_simulated_data_say_so(talk: pd.DataFrame) -> None:
    before = talk.copy()
    assert not read_segments(talk).simulated
    assert read_segments(talk.assign(simulated="yes")).simulated
    pd.testing.assert_frame_equal(talk, before)


def test_what_was_said_is_dropped_and_never_printed(tmp_path: Path, talk: pd.DataFrame) -> None:
    said = talk.assign(text=SPOKEN)
    segments = read_segments(said)
    assert segments.text is None
    kept = read_segments(said, keep_text=True)
    assert kept.text is not None
    assert len(kept.text) == len(kept.frame)
    for shown in (repr(kept), str(kept), repr(segments)):
        assert "Janssens" not in shown
        assert "p1" not in shown


@pytest.mark.parametrize(
    ("change", "options", "error", "words"),
    [
        ({"session": None}, {}, ResponsesError, "There is no column 'session'"),
        ({}, {"session": "sesion"}, DesignError, "Did you mean 'session'"),
        ({}, {"session": "code"}, DesignError, "one column for two things"),
        ({"start": "4", "end": "2"}, {}, ResponsesError, "72 rows whose start and end"),
        ({"start": "4"}, {}, ResponsesError, "a start without an end"),
        ({"session": ""}, {}, ResponsesError, "72 rows without a session"),
        ({}, {"separator": " "}, DesignError, "separator"),
        ({}, {"keep_text": "yes"}, DesignError, "keep_text"),
    ],
)
def test_a_table_that_cannot_be_is_refused_without_its_words(
    talk: pd.DataFrame, change: dict[str, str | None], options: dict[str, object], error: type[Exception], words: str
) -> None:
    frame = talk.assign(text=SPOKEN)
    for name, value in change.items():
        frame = frame.drop(columns=name) if value is None else frame.assign(**{name: value})
    with pytest.raises(error, match=words) as told:
        read_segments(frame, **options)  # type: ignore[arg-type]
    assert "Janssens" not in str(told.value)


def test_what_moderators_said_is_left_out(talk: pd.DataFrame) -> None:
    segments = read_segments(talk, moderators="p0")
    assert "p0" not in set(segments.frame["speaker"])
    assert [problem.code for problem in read_segments(talk, moderators=["Ann"]).problems] == ["F-MODERATOR"]


def test_a_project_is_read_with_coders_places_groups_and_lengths(write_project: Callable[..., Path]) -> None:
    path = write_project(TEXTS, CODINGS, groups={"Tuesday": "north", "Thursday": "south"}, **OPTIONS)
    segments = read_segments(path, keep_text=True)
    assert segments.frame[["session", "group", "start", "end", "code", "coder"]].values.tolist() == [
        ["Tuesday", "north", 25, 42, "Not heard", "Ines"], ["Tuesday", "north", START, END, "Listening", "Ines"],
        ["Tuesday", "north", 25, 42, "Not heard", "Tom"],
    ]  # fmt: skip
    assert segments.text is not None
    assert segments.text.tolist() == [TEXTS["Tuesday"][25:42], SPOKEN, TEXTS["Tuesday"][25:42]]
    assert dict(segments.lengths) == {name: len(text) for name, text in TEXTS.items()}
    assert dict(segments.sessions) == {"Tuesday": "north", "Thursday": "south"}
    assert segments.problems == ()
    assert read_segments(path).text is None


def test_a_bare_project_file_with_its_text_inside_reads_alike(tmp_path: Path, make: SimpleNamespace) -> None:
    path = tmp_path / "project.qde"
    path.write_text(make.project_xml(TEXTS, CODINGS, inline=True, **OPTIONS), encoding="utf-8")
    assert len(read_segments(path).frame) == 3


def test_a_project_in_the_shape_of_other_programs_is_read(tmp_path: Path, make: SimpleNamespace) -> None:
    """Schema location, a folder in small letters, a rich text beside the plain one, and the coder told by the selection alone."""
    project = make.project_xml(TEXTS, CODINGS[:2], **OPTIONS)
    schema = (
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:QDA-XML:project:1.0 Project.xsd"'
    )
    project = project.replace("<Project ", f"<Project {schema} ").replace(
        "plainTextPath=", 'richTextPath="internal://a.docx" plainTextPath='
    )
    project = project.replace(f' creatingUser="{{{make.guid(1, 0).lower()}}}"', "")
    members = {f"sources/{make.guid(3, at)}.txt": text for at, text in enumerate(TEXTS.values())}
    path = tmp_path / "talk.qdpx"
    path.write_bytes(make.zipped({"project.qde": project, **members, "sources/a.docx": "not read"}))
    found = read_segments(path, keep_text=True)
    assert found.coders == ("Ines",)
    assert found.text is not None
    assert found.text.tolist() == [TEXTS["Tuesday"][25:42], SPOKEN]
    assert found.problems == ()


def test_codings_of_whole_documents_and_pictures_have_no_place(tmp_path: Path, make: SimpleNamespace) -> None:
    coding = f'<Coding creatingUser="{make.guid(1, 1)}"><CodeRef targetGUID="{make.guid(2, 0)}"/></Coding>'
    selection = f'<PictureSelection guid="{make.guid(4, 99)}">{coding}</PictureSelection>'
    picture = f'<PictureSource name="Map" guid="{make.guid(3, 7)}">{selection}</PictureSource>'
    project = make.project_xml(TEXTS, [], inline=True, **OPTIONS)
    project = project.replace("</PlainTextContent>", f"</PlainTextContent>{coding}", 1).replace(
        "</Sources>", f"{picture}</Sources>"
    )
    path = tmp_path / "a.qde"
    path.write_text(project, encoding="utf-8")
    frame = read_segments(path).frame
    assert frame[["session", "segment", "coder"]].values.tolist() == [
        ["Tuesday", "", "Tom"],
        ["Map", make.guid(4, 99), "Tom"],
    ]
    assert frame["start"].isna().all()


def test_speakers_come_from_a_code_or_from_cases(tmp_path: Path, make: SimpleNamespace) -> None:
    marks = [*CODINGS, ("Tuesday", 20, 45, "Ann", "Ines"), ("Tuesday", 45, END, "Bé", "Ines")]
    codes = (*CODES, "Speakers", "Ann", "Bé")
    plain = make.project_xml(TEXTS, marks, inline=True, codes=codes, coders=("Ines", "Tom"))
    ann, be = (
        f'<Code guid="{make.guid(2, at)}" name="{name}" isCodable="true"/>' for at, name in ((3, "Ann"), (4, "Bé"))
    )
    nested = plain.replace(ann + be, "").replace(
        'name="Speakers" isCodable="true"/>', f'name="Speakers">{ann}{be}</Code>'
    )
    path = tmp_path / "a.qde"
    path.write_text(nested, encoding="utf-8")
    found = read_segments(path, speaker="Speakers")
    assert found.frame["speaker"].tolist() == ["Ann", "Bé", "Ann"]
    assert found.codebook.names == CODES
    assert read_segments(path, speaker="Speakers", moderators="Bé").frame["speaker"].tolist() == ["Ann", "Ann"]
    with pytest.raises(DesignError, match="Did you mean 'Speakers'"):
        read_segments(path, speaker="Speaker")
    cases = (
        f'<Cases><Case guid="{make.guid(7, 0)}" name="Bé"><SelectionRef targetGUID="{make.guid(4, 1)}"/></Case></Cases>'
    )
    path.write_text(make.project_xml(TEXTS, CODINGS, inline=True, more=cases, **OPTIONS), encoding="utf-8")
    assert read_segments(path).frame["speaker"].tolist() == ["", "Bé", ""]


def test_groups_come_from_cases_or_sets(tmp_path: Path, make: SimpleNamespace) -> None:
    path = tmp_path / "a.qde"
    more = (
        f'<Variables><Variable guid="{make.guid(6, 5)}" name="Area" typeOfVariable="Text"/></Variables><Cases><Case name="x">'
        f'<VariableValue><VariableRef targetGUID="{make.guid(6, 5)}"/><TextValue>harbour</TextValue></VariableValue>'
        f'<SourceRef targetGUID="{make.guid(3, 0)}"/></Case></Cases>'
        f'<Sets><Set name="evening"><MemberSource targetGUID="{make.guid(3, 1)}"/></Set></Sets>'
    )
    path.write_text(make.project_xml(TEXTS, CODINGS, inline=True, more=more, **OPTIONS), encoding="utf-8")
    assert dict(read_segments(path, group="Area").sessions) == {"Tuesday": "harbour", "Thursday": ""}
    assert dict(read_segments(path, group="sets").sessions) == {"Tuesday": "", "Thursday": "evening"}
    assert dict(read_segments(path).sessions) == {"Tuesday": "", "Thursday": ""}
    with pytest.raises(DesignError, match="Did you mean 'Area'"):
        read_segments(path, group="area")
    with pytest.raises(DesignError, match=r"`code` argument .* is for tables"):
        read_segments(path, code="code")


def test_what_a_project_lacks_is_told_by_number(write_project: Callable[..., Path], make: SimpleNamespace) -> None:
    path = write_project(TEXTS, [*CODINGS, ("Tuesday", 5, 9999, "Listening", "Tom")], **OPTIONS)
    found = read_segments(path)
    assert [(problem.code, problem.message[0]) for problem in found.problems] == [("F-PLACE", "1")]
    assert found.frame["start"].isna().sum() == 1
    assert found.frame["segment"].iloc[-1] == make.guid(4, 3)
    lost = make.project_xml(TEXTS, CODINGS, **OPTIONS).replace(
        make.guid(2, 1) + '"/></Coding>', make.guid(2, 9) + '"/></Coding>'
    )
    path.write_bytes(make.zipped({"project.qde": lost}))
    assert [problem.code for problem in read_segments(path).problems] == ["F-CODE-UNKNOWN", "F-TEXT-ABSENT"]


NESTED = (
    '<Code guid="{a}" name="Police" isCodable="false" color="#1b4f72"><Description>All of the police &amp; more</Description>'
    '<Code guid="{b}" name="Respect" isCodable="true"/></Code><Code guid="{c}" name="Neighbours"><Code guid="{d}" name="Respect"/></Code>'
)


@pytest.fixture
def book(tmp_path: Path, make: SimpleNamespace) -> Path:
    path = tmp_path / "codes.qdc"
    codes = NESTED.format(**{name: make.guid(2, at) for at, name in enumerate("abcd")})
    path.write_text(
        f'<CodeBook xmlns="urn:QDA-XML:codebook:1.0" origin="x"><Codes>{codes}</Codes></CodeBook>', encoding="utf-8"
    )
    return path


def test_a_codebook_keeps_hierarchy_and_definitions_on_a_round_trip(book: Path, tmp_path: Path) -> None:
    first = read_segments(book)
    names = ("Police", "Police / Respect", "Neighbours", "Neighbours / Respect")
    assert first.codebook.names == names
    assert first.codebook.code("Police").definition == "All of the police & more"
    assert not first.codebook.code("Police").codable
    assert first.codebook.top("Police / Respect") == "Police"
    assert first.codebook.above("Police / Respect") == ("Police",)
    assert first.frame.empty
    written = write_codebook(first, tmp_path / "again.qdc")
    assert read_segments(written).codebook == first.codebook
    assert write_codebook(first, tmp_path / "third.qdc").read_bytes() == written.read_bytes()


def test_codes_without_identifier_and_odd_signs_survive(tmp_path: Path) -> None:
    frame = pd.DataFrame({"session": ["A"] * 3, "code": ['<b>&"quote"', "naïve\x01", "=cmd()"]})
    found = read_segments(write_codebook(read_segments(frame), tmp_path / "odd.qdc")).codebook
    assert found.names == ('<b>&"quote"', "naïve", "=cmd()")
    assert len({code.guid for code in found.codes}) == 3


def test_a_table_takes_hierarchy_from_a_codebook(tmp_path: Path, talk: pd.DataFrame) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("code,parent,definition\nrespect,police,Spoken to politely\npolice,,\nwaiting,police,\nfear,,\n")
    segments = read_segments(talk, codebook=path)
    assert segments.codebook.names == ("police", "respect", "waiting", "fear", "thanks")
    assert segments.codebook.top("respect") == "police"
    assert [problem.code for problem in segments.problems] == ["F-CODE-STRANGE"]
    path.write_text("code,parent\na,b\nb,a\n")
    with pytest.raises(ResponsesError, match="F-CODE-PARENT"):
        read_segments(talk, codebook=path)


ENTITY = '<?xml version="1.0"?><!DOCTYPE Project [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Project>&b;</Project>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE Project SYSTEM "file:///etc/passwd"><Project/>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (ENTITY, "F-XML-DECLARES"),
        (OUTSIDE, "F-XML-DECLARES"),
        ("<Project xmlns='urn:QDA-XML:project:1.0'><Users>", "F-XML-BROKEN"),
        ("", "F-XML-BROKEN"),
        ("\0\0\0", "F-XML-BROKEN"),
        ("<Project xmlns='urn:QDA-XML:project:1.0'>&unknown;</Project>", "F-XML-BROKEN"),
        ("<html xmlns='http://www.w3.org/1999/xhtml'/>", "F-XML-KIND"),
        ("<Report/>", "F-XML-KIND"),
        ("<Project>" + "<Code>" * 100 + "</Code>" * 100 + "</Project>", "F-XML-HUGE"),
        ("<Project><CodeBook><Codes><Code guid='1'/></Codes></CodeBook></Project>", "F-CODE-NAME"),
    ],
)
def test_xml_that_declares_or_breaks_is_refused(tmp_path: Path, content: str, code: str) -> None:
    path = tmp_path / "project.qde"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ResponsesError, match=code):
        read_segments(path)


def test_archives_that_are_bombs_or_lead_out_are_refused(
    tmp_path: Path, make: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "talk.qdpx"
    project = make.project_xml(TEXTS, CODINGS, **OPTIONS)

    def refused(members: dict[str, str | bytes], code: str) -> None:
        path.write_bytes(make.zipped(members))
        with pytest.raises(ResponsesError, match=code):
            read_segments(path)

    refused({"project.qde": b"<Project>" + b" " * 5_000_000 + b"</Project>"}, "F-ZIP-BOMB")
    refused({"project.qde": project, "../evil.txt": "x"}, "F-ZIP-PATH")
    refused({"project.qde": project, "/etc/evil": "x"}, "F-ZIP-PATH")
    refused({"project.qde": project, "a\\..\\evil": "x"}, "F-ZIP-PATH")
    refused({"project.qde": project, "C:evil": "x"}, "F-ZIP-PATH")
    refused({"other.xml": project}, "F-PROJECT-ABSENT")
    monkeypatch.setattr(archive, "MOST_MEMBERS", 3)
    refused({"project.qde": project, **{f"{at}": "x" for at in range(4)}}, "F-ZIP-BOMB")
    monkeypatch.setattr(archive, "LARGEST_MEMBER", 100)
    refused({"project.qde": project}, "F-ZIP-BOMB")
    path.write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(ResponsesError, match="F-ZIP-BROKEN"):
        read_segments(path)


def test_a_workbook_that_is_a_bomb_is_refused(
    tmp_path: Path, make: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "coded.xlsx"
    path.write_bytes(make.zipped({"xl/worksheets/sheet1.xml": b" " * 10_000}))
    monkeypatch.setattr(archive, "LARGEST_MEMBER", 1000)
    with pytest.raises(ResponsesError, match="F-ZIP-BOMB"):
        read_segments(path)


def test_a_header_that_lies_about_its_size_is_found_out(tmp_path: Path, make: SimpleNamespace) -> None:
    path = tmp_path / "talk.qdpx"
    content = bytearray(make.zipped({"project.qde": make.project_xml(TEXTS, CODINGS, **OPTIONS)}))
    middle = len(content) // 2
    content[middle : middle + 40] = b"\xff" * 40
    path.write_bytes(bytes(content))
    with pytest.raises(ResponsesError, match="F-ZIP-BROKEN"):
        read_segments(path)


def test_texts_outside_the_archive_are_not_looked_for(tmp_path: Path, make: SimpleNamespace) -> None:
    path = tmp_path / "talk.qdpx"
    project = make.project_xml(TEXTS, CODINGS, **OPTIONS)
    for scheme in ("file:///etc/", "internal://../", "relative://", "absolute://"):
        path.write_bytes(make.zipped({"project.qde": project.replace("internal://", scheme)}, zipfile.ZIP_STORED))
        found = read_segments(path)
        assert found.lengths == {}
        assert [problem.code for problem in found.problems] == ["F-TEXT-OUTSIDE"]


def test_files_that_are_absent_or_too_large_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "talk.qdpx").write_bytes(b"x" * 50)
    with pytest.raises(ResponsesError, match=r"Did you mean 'talk\.qdpx'"):
        read_segments(tmp_path / "talks.qdpx")
    with pytest.raises(ResponsesError, match="a folder"):
        read_segments(tmp_path)
    monkeypatch.setattr("trustmeter.focus_groups.files.project.LARGEST_ARCHIVE", 10)
    with pytest.raises(ResponsesError, match="F-FILE-LARGE"):
        read_segments(tmp_path / "talk.qdpx")
    with pytest.raises(DesignError, match="path of a file or a DataFrame"):
        read_segments(3)  # type: ignore[arg-type]
