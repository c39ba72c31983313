"""Filled-in forms as ODK and KoboToolbox keep them: one XML file a person, made a table with one row a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import pandas as pd

from trustmeter.exchange.reading.foreign import form_of_xml
from trustmeter.exchange.reading.guard import check_size, no_answers, parsed_xml, refusal

_FILLING = re.compile(r"(generated_table_list_label_|reserved_name_for_field_list_labels_)[0-9]+")


def read_submissions(source: str | Path) -> pd.DataFrame:
    """Read filled-in forms that a tablet or server holds as XML, as the frame that `read_responses` takes.

    Use it when a tablet could not send: ODK Collect keeps each filled-in form as an XML file in the folder
    ``instances``. Where the server has them, its CSV is simpler.

    Parameters
    ----------
    source
        One XML file, or a folder: all XML files in it and in its folders are read.

    Returns
    -------
    DataFrame
        One row a form, in the order of the files' names. Columns are the paths of the form's fields, such as
        ``after_consent/trust_section/PJ01``; a field that is blank, or was not asked, is an empty text.

    Raises
    ------
    ResponsesError
        When there is no such file, it is damaged or unsafe, it is no filled-in form, or forms of several questionnaires
        are mixed.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> file = Path(mkdtemp()) / "one.xml"
    >>> _ = file.write_text('<data id="tiny" version="1"><consent_section><CONSENT>1</CONSENT></consent_section></data>')
    >>> read_submissions(file).to_dict("records")
    [{'consent_section/CONSENT': '1'}]
    """
    path = Path(source)
    files = sorted(path.rglob("*.xml")) if path.is_dir() else [path]
    if not files or not all(file.is_file() for file in files):
        message = "There is no XML file of a filled-in form there."
        raise refusal("R-FILE-ABSENT", path.name, message, "Name the file, or the folder that holds the forms.")
    rows, forms = [], set()
    for file in files:
        check_size(file)
        root = parsed_xml(file.read_bytes(), file.name)
        forms.add(_form_of(root, file.name))
        rows.append(dict(_fields(root, "")))
    if len(forms) > 1:
        message = f"The forms belong to {len(forms)} questionnaires."
        raise refusal(
            "R-FILE-MIXED", path.name, message, "Put the forms of each questionnaire into a folder of their own."
        )
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    return pd.DataFrame([[row.get(heading, "") for heading in headings] for row in rows], columns=headings, dtype="str")


def _form_of(root: Element, name: str) -> str:
    """Return the id of the form that was filled in, or refuse."""
    form = root.get("id", "")
    if not form:
        no_answers(name, form_of_xml(root))
    return form


def _fields(node: Element, path: str) -> Iterator[tuple[str, str]]:
    """Yield the fields with their paths, without the empty ones that tools add to draw a grid."""
    for child in node:
        name = child.tag.rpartition(":")[2]
        if _FILLING.fullmatch(name):
            continue
        if len(child):
            yield from _fields(child, f"{path}{name}/")
        else:
            yield f"{path}{name}", (child.text or "").strip()
