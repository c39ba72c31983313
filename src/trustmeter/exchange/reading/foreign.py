"""Files that hold no answers: what they are, so that the refusal can say it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from trustmeter.responses.word import fold

LIMESURVEY_FORM = "a LimeSurvey questionnaire (its structure)"
XLSFORM = "an XLSForm, the questionnaire for ODK or KoboToolbox"

_SIGNS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"class", "type/scale", "name", "relevance", "text"}), LIMESURVEY_FORM),
    (frozenset({"variable / field name", "form name", "field type"}), "a REDCap data dictionary"),
    (frozenset({"heading", "item", "sure", "why", "confirmed"}), "a mapping of columns, to be given as `mapping=`"),
    (frozenset({"type", "name", "label"}), XLSFORM),
)

_SHEETS = {
    "survey",
    "choices",
    "settings",
    "external_choices",
    "entities",
    "osm",
    "instructions",
    "columns",
    "cascades",
}


def form_of_headings(headings: Iterable[str]) -> str:
    """Return what a table is that has these headings, or an empty text where it may be answers."""
    found = {fold(heading) for heading in headings}
    plain = {heading.partition("::")[0] for heading in found}
    for signs, what in _SIGNS:
        if signs <= found or (what == XLSFORM and signs <= plain):
            return what
    return ""


def form_of_sheets(names: Sequence[str]) -> str:
    """Return what a workbook is that has these sheets, or an empty text."""
    folded = {fold(name) for name in names}
    return XLSFORM if "survey" in folded and folded <= _SHEETS else ""


def form_of_old_workbook(content: bytes) -> str:
    """Return what an old Excel file seems to be, by the names of its sheets, or an empty text."""
    start = content[-400_000:] + content[:400_000]
    return XLSFORM if b"survey" in start and b"choices" in start else ""


def form_of_xml(root: Element) -> str:
    """Return what an XML file is, or an empty text where it holds answers."""
    tag = root.tag.rpartition("}")[2]
    kind = (root.findtext("LimeSurveyDocType") or "").strip()
    if tag == "document" and kind == "Responses":
        return ""
    if tag == "document" and kind:
        return LIMESURVEY_FORM if kind == "Survey" else f"a LimeSurvey file of the kind {kind[:20]!r}"
    known = {
        "questionnaire": "a questionnaire in queXML, as LimeSurvey exports it for print",
        "html": "a form for ODK (XForm)",
        "codeBook": "a DDI codebook",
        "ODM": "a REDCap project (CDISC ODM)",
    }
    return known.get(tag, "an XML file of a kind that is not known here")


def form_of_json(content: Any) -> str:
    """Return what a JSON file is, or an empty text where it may hold answers."""
    if not isinstance(content, dict):
        return ""
    if "SurveyEntry" in content and "SurveyElements" in content:
        return "a Qualtrics survey (QSF)"
    if "resourceType" in content:
        return "a FHIR resource"
    if any(name in content for name in ("responses", "results", "submissions", "value", "answers")):
        return ""
    if "pages" in content or "elements" in content:
        return "a SurveyJS questionnaire"
    if "survey" in content or "content" in content:
        return "a KoboToolbox form"
    return ""
