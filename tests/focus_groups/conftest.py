"""Made-up coded sessions, as a frame and as the files that analysis programs write."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from xml.sax.saxutils import quoteattr

import numpy as np
import pandas as pd
import pytest

PROJECT = 'xmlns="urn:QDA-XML:project:1.0"'


def guid(kind: int, number: int) -> str:
    return f"{kind:08X}-0000-4000-8000-{number:012X}"


def project_xml(
    texts: Mapping[str, str], codings: Sequence[tuple[str, int, int, str, str]], *, codes: Sequence[str], coders: Sequence[str],
    groups: Mapping[str, str] | None = None, more: str = "", inline: bool = False, code_xml: str | None = None,
) -> str:  # fmt: skip
    """Return a project: codings are (session, start, end, code, coder)."""
    users = "".join(f'<User guid="{guid(1, at)}" name={quoteattr(name)}/>' for at, name in enumerate(coders))
    book = code_xml or "".join(
        f'<Code guid="{guid(2, at)}" name={quoteattr(name)} isCodable="true"/>' for at, name in enumerate(codes)
    )
    sources = ""
    for at, (session, text) in enumerate(texts.items()):
        inside = f"<PlainTextContent>{text}</PlainTextContent>" if inline else ""
        path = "" if inline else f'plainTextPath="internal://{guid(3, at)}.txt"'
        marks = "".join(
            f'<PlainTextSelection guid="{guid(4, 1000 * at + k)}" startPosition="{start}" endPosition="{end}" creatingUser="{guid(1, 0)}">'
            f'<Coding guid="{guid(5, 1000 * at + k)}" creatingUser="{{{guid(1, coders.index(who)).lower()}}}">'
            f'<CodeRef targetGUID="{guid(2, codes.index(code))}"/></Coding></PlainTextSelection>'
            for k, (where, start, end, code, who) in enumerate(codings) if where == session
        )  # fmt: skip
        value = (
            f'<VariableValue><VariableRef targetGUID="{guid(6, 0)}"/><TextValue>{groups[session]}</TextValue></VariableValue>'
            if groups else ""
        )  # fmt: skip
        sources += (
            f'<TextSource guid="{guid(3, at)}" name={quoteattr(session)} {path}>{inside}{marks}{value}</TextSource>'
        )
    variables = (
        f'<Variables><Variable guid="{guid(6, 0)}" name="group" typeOfVariable="Text"/></Variables>' if groups else ""
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><Project {PROJECT} name="made up" origin="test"><Users>{users}</Users>'
        f"<CodeBook><Codes>{book}</Codes></CodeBook>{variables}<Sources>{sources}</Sources>{more}</Project>"
    )


def zipped(members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def write_project(tmp_path: Path) -> Callable[..., Path]:
    """Return a writer of ``.qdpx`` files."""

    def write(texts: Mapping[str, str], codings: Sequence[tuple[str, int, int, str, str]], **options: object) -> Path:
        path = tmp_path / "talk.qdpx"
        members: dict[str, str | bytes] = {"project.qde": project_xml(texts, codings, **options)}  # type: ignore[arg-type]
        for at, text in enumerate(texts.values()):
            members[f"Sources/{guid(3, at)}.txt"] = b"\xef\xbb\xbf" + text.encode()
        path.write_bytes(zipped(members))
        return path

    return write


@pytest.fixture
def talk() -> pd.DataFrame:
    """Twelve sessions of six people in two groups; *respect* is common, *waiting* rare in the south, *fear* hardly anywhere."""
    rng = np.random.default_rng(3)
    rows = []
    for session in range(12):
        group = "north" if session < 6 else "south"
        for person in range(6):
            codes = ["respect"] if person < 4 else []
            codes += ["waiting"] if group == "north" and person < 3 else []
            codes += ["fear"] if session == 0 and person == 0 else []
            codes += ["thanks"] if rng.random() < 0.5 else []
            rows.append((f"s{session}", group, f"p{person}", ";".join(codes)))
    return pd.DataFrame(rows, columns=["session", "group", "speaker", "code"])


@pytest.fixture
def make() -> SimpleNamespace:
    """Return the makers of files."""
    return SimpleNamespace(guid=guid, project_xml=project_xml, zipped=zipped, namespace=PROJECT)
