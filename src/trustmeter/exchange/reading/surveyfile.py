"""LimeSurvey's own files: archives (``.lsa``) are read; structures and answers without their structure are refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn
from xml.etree.ElementTree import Element

from trustmeter.errors import Problem
from trustmeter.exchange.reading.foreign import form_of_xml
from trustmeter.exchange.reading.guard import check_archive, member_of, no_answers, parsed_xml, refusal
from trustmeter.responses.word import NEVER_SHOWN


def refuse_xml(path: Path) -> NoReturn:
    """Say what an XML file is, and refuse it: alone, none tells which answer belongs to which question."""
    what = form_of_xml(parsed_xml(path.read_bytes(), path.name))
    if what:
        no_answers(path.name, what)
    message = (
        "These are LimeSurvey's answers without the questionnaire: their columns are numbers that mean nothing alone."
    )
    raise refusal("R-FILE-PART", path.name, message, "Export the survey archive (.lsa), or the answers as CSV.")


def records_of_archive(path: Path) -> tuple[list[list[str]], list[Problem]]:
    """Return the records of a LimeSurvey archive, the header first, with headings such as ``TRUST[TR01]``.

    Fields are named by numbers in the archive; the structure that it holds, too, says which question each is. What the
    database holds as null is `NEVER_SHOWN`.

    Raises
    ------
    ResponsesError
        When it is damaged or unsafe, or holds no answers.
    """
    check_archive(path, "This is no LimeSurvey archive that can be read: it is damaged, cut off, or of another kind.")
    structure, answers = member_of(path, ".lss"), member_of(path, "_responses.lsr")
    if structure is None or answers is None:
        hint = "Export the survey archive of a survey that was activated."
        message = "The archive does not hold both a questionnaire and its answers."
        raise refusal("R-FILE-PART", path.name, message, hint)
    names = _names_of_fields(parsed_xml(structure, path.name))
    root = parsed_xml(answers, path.name)
    rows = [{_field(cell): cell.text or "" for cell in row} for row in root.iterfind("./responses/rows/row")]
    listed = [one.text or "" for one in root.iterfind("./responses/fields/fieldname")]
    fields = list(dict.fromkeys([*listed, *(name for row in rows for name in row)]))
    if not rows:
        raise refusal("R-FILE-EMPTY", path.name, "There is no answer in the file.", "Export the answers again.")
    headings = [names.get(one, one) for one in fields]
    return [headings, *([row.get(one, NEVER_SHOWN) for one in fields] for row in rows)], []


def _field(cell: Element) -> str:
    """Return a field's name: names that begin with a digit are written with a line before it."""
    return cell.tag[1:] if cell.tag[:1] == "_" and cell.tag[1:2].isdigit() else cell.tag


def _names_of_fields(root: Element) -> Mapping[str, str]:
    """Return the code of each field, under the names of either way of numbering."""
    names: dict[str, str] = {}
    titles: dict[str, str] = {}
    places: dict[str, str] = {}
    for row in root.iterfind("./questions/rows/row"):
        sid, gid, qid, title = (row.findtext(one) or "" for one in ("sid", "gid", "qid", "title"))
        titles[qid], places[qid] = title, f"{sid}X{gid}X{qid}"
        names |= {places[qid]: title, f"Q{qid}": title}
    for row in root.iterfind("./subquestions/rows/row"):
        qid, parent, title = (row.findtext(one) or "" for one in ("qid", "parent_qid", "title"))
        if parent in titles:
            code = f"{titles[parent]}[{title}]"
            names |= {f"{places[parent]}{title}": code, f"Q{parent}_S{qid}": code}
    return names
