"""The SPSS template: a `.sav` without rows that holds labels, user-missing codes and measurement levels, one language."""

from __future__ import annotations

import struct
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from trustmeter.errors import Problem, QuestionnaireError
from trustmeter.exchange.codebook.entry import entries_of, figure, full_version, label_of
from trustmeter.exchange.codebook.refusal import refuse_unfit_signs
from trustmeter.exchange.codebook.wording import phrases
from trustmeter.questionnaire.model import Questionnaire, ResponseScale

LONGEST_LABEL = 256
"""Bytes of a variable's label that SPSS keeps."""

LONGEST_VALUE_LABEL = 120
"""Bytes of a value's label that SPSS keeps."""

_MOST_DISCRETE = 3
_WIDEST_TEXT = 255
_LONGEST_MISSING_TEXT = 8
_MEASURE = {"ordinal": "ordinal", "nominal": "nominal", "number": "scale", "text": "nominal"}
_CREATED = slice(92, 109)
_LONG_AGO = b"01 Jan 8000:00:00"
_UNITS_A_ROW, _ROWS, _BYTES_A_UNIT = 68, 80, 8
_LINE = 38


def write_spss(questionnaire: Questionnaire, path: Path, languages: Sequence[str]) -> None:
    """Write the template in the first of `languages`. The same questionnaire gives the same bytes.

    A label longer than SPSS holds is shortened at a word, and the file's documents name the variable.

    Raises
    ------
    QuestionnaireError
        When a question has more non-answers than SPSS can hold as missing (code ``S-MISSING``), or two items have one name
        for SPSS, which knows no capitals (``S-NAME``).
    """
    import pyreadstat

    language = languages[0]
    refuse_unfit_signs(questionnaire, languages)
    _refuse(questionnaire)
    facts = _facts(questionnaire, language)
    widths = {name: int(kind[1:]) if kind.startswith("A") else 0 for name, kind in facts["formats"].items()}
    one = pd.DataFrame({name: ["-" * width] if width else [0.0] for name, width in widths.items()})
    with tempfile.TemporaryDirectory() as folder:
        drafted = Path(folder) / "template.sav"
        pyreadstat.write_sav(
            one,
            drafted,
            file_label=_shortened(f"{questionnaire.id} {full_version(questionnaire)}", 64),
            column_labels=facts["labels"],
            note=_documents(questionnaire, language, facts["shortened"]),
            variable_value_labels=facts["values"],
            missing_ranges=facts["missing"],
            variable_measure=facts["measures"],
            variable_format=facts["formats"],
        )
        content = drafted.read_bytes()
    path.write_bytes(_without_rows(content))


def _without_rows(content: bytes) -> bytes:
    """Return a file of one uncompressed row without that row, and without the hour of writing.

    A row must be written so that columns of letters get their width; it stands at the end of the file.
    """
    (units,) = struct.unpack_from("<i", content, _UNITS_A_ROW)
    emptied = bytearray(content[: len(content) - _BYTES_A_UNIT * units])
    struct.pack_into("<i", emptied, _ROWS, 0)
    emptied[_CREATED] = _LONG_AGO
    return bytes(emptied)


def _facts(questionnaire: Questionnaire, language: str) -> dict[str, Any]:
    facts: dict[str, Any] = {"labels": {}, "values": {}, "missing": {}, "measures": {}, "formats": {}, "shortened": []}
    for entry in entries_of(questionnaire):
        name, answers = entry.item.id, entry.item.response_scale
        number = is_number(answers)
        whole = entry.item.text.read(language)
        facts["labels"][name] = _shortened(whole, LONGEST_LABEL)
        said = {option.code: label_of(option, language) for option in answers.options}
        kept = {code: _shortened(label, LONGEST_VALUE_LABEL) for code, label in said.items()}
        if kept:
            facts["values"][name] = {float(code) if number else code: label for code, label in kept.items()}
        if answers.non_answers:
            facts["missing"][name] = _missing(answers) if number else [option.code for option in answers.non_answers]
        facts["measures"][name] = _MEASURE[answers.type]
        facts["formats"][name] = _format(answers, number=number)
        if facts["labels"][name] != " ".join(whole.split()) or kept != {
            code: " ".join(label.split()) for code, label in said.items()
        }:
            facts["shortened"].append(name)
    return facts


def is_number(answers: ResponseScale) -> bool:
    """Tell whether answers are numbers for SPSS: when every code, also of non-answers, is a plain whole number."""
    codes = [option.code for option in answers.options]
    return answers.numeric_codes and all(code.lstrip("-").isdecimal() and str(int(code)) == code for code in codes)


def _format(answers: ResponseScale, *, number: bool) -> str:
    if not number:
        widest = max((len(option.code.encode()) for option in answers.options), default=1)
        return f"A{_WIDEST_TEXT if answers.type == 'text' else max(widest, 5)}"
    limits = [limit for limit in (answers.minimum, answers.maximum) if limit is not None]
    decimals = 0 if answers.type != "number" or (all(float(limit).is_integer() for limit in limits) and limits) else 2
    widest = max([len(figure(limit)) for limit in limits] + [len(option.code) for option in answers.options] + [1])
    return f"F{max(widest + (decimals and decimals + 1), 5)}.{decimals}"


def _missing(answers: ResponseScale) -> list[Any]:
    """Return up to three codes, or one range and a code, as far as no answer in substance lies in it."""
    codes = sorted(float(option.code) for option in answers.non_answers)
    if len(codes) <= _MOST_DISCRETE:
        return list(codes)
    for run, apart in ((codes, []), (codes[1:], codes[:1]), (codes[:-1], codes[-1:])):
        if not _answered_between(answers, run[0], run[-1]):
            return [{"lo": run[0], "hi": run[-1]}, *apart]
    return []


def _answered_between(answers: ResponseScale, low: float, high: float) -> bool:
    if answers.type != "number":
        return any(low <= float(option.code) <= high for option in answers.substantive)
    least = float("-inf") if answers.minimum is None else answers.minimum
    most = float("inf") if answers.maximum is None else answers.maximum
    return low <= most and high >= least


def _refuse(questionnaire: Questionnaire) -> None:
    problems = [*_too_many_missing(questionnaire), *_same_names(questionnaire)]
    if problems:
        raise QuestionnaireError(f"SPSS cannot hold {questionnaire.id!r} as it is.", problems)


def _too_many_missing(questionnaire: Questionnaire) -> Iterator[Problem]:
    for answers in {item.response_scale.id: item.response_scale for item in questionnaire.items}.values():
        codes = [option.code for option in answers.non_answers]
        holds = bool(_missing(answers)) if is_number(answers) else len(codes) <= _MOST_DISCRETE
        long = not is_number(answers) and any(len(code.encode()) > _LONGEST_MISSING_TEXT for code in codes)
        if codes and (not holds or long):
            message = "SPSS holds three missing codes a variable, or a range without answers and one more."
            hint = "Use fewer non-answers, or codes that stand together."
            yield Problem("S-MISSING", f"response scale {answers.id!r}", message, hint)


def _same_names(questionnaire: Questionnaire) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for item in questionnaire.items:
        other = seen.setdefault(item.id.casefold(), item.id)
        if other != item.id:
            message = f"SPSS knows no capitals: it has the same name as {other!r}."
            yield Problem("S-NAME", f"item {item.id!r}", message, "Give it an id of its own.")


def _shortened(text: str, most: int) -> str:
    """Return a text on one line that fits into `most` bytes, cut at a word and with ``…`` where it is cut."""
    text = " ".join(text.split())
    if len(text.encode()) <= most:
        return text
    room = most - len("…".encode())
    cut = text.encode()[:room].decode(errors="ignore")
    return f"{cut.rpartition(' ')[0].rstrip() or cut}…"


def _documents(questionnaire: Questionnaire, language: str, shortened: Sequence[str]) -> list[str]:
    """Return the file's documents in lines that no letter's bytes can overfill."""
    words = phrases(language)
    told = [words["template"].format(name=f"{questionnaire.id} {full_version(questionnaire)}", language=language)]
    told += [words["shortened"].format(names=", ".join(shortened))] if shortened else []
    return [line for text in told for line in textwrap.wrap(text, _LINE)]
