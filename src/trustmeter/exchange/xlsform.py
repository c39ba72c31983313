"""XLSForm: one workbook that KoboToolbox, ODK and SurveyCTO read, all languages inside. Its specification is public."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from trustmeter.questionnaire.model import Item, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not
from trustmeter.questionnaire.text import Text

LANGUAGE_NAMES = {
    "en": "English",
    "fr": "Français",
    "nl": "Nederlands",
    "de": "Deutsch",
    "ar": "العربية",
    "tr": "Türkçe",
}
"""How a tool shows a language to respondents; others are shown by their tag."""

_NUMBER_HINT = Text(
    {
        "en": "A number from {low:g} to {high:g}.",
        "fr": "Un nombre de {low:g} à {high:g}.",
        "nl": "Een getal van {low:g} tot {high:g}.",
        "de": "Eine Zahl von {low:g} bis {high:g}.",
    }
)
_CODE_HINT = Text(
    {
        "en": "Write {code} for: {text}",
        "fr": "Écrivez {code} pour : {text}",
        "nl": "Schrijf {code} voor: {text}",
        "de": "Schreiben Sie {code} für: {text}",
    }
)

Row = dict[str, str]


def write_xlsform(questionnaire: Questionnaire, path: Path, languages: Sequence[str]) -> None:
    """Write the workbook: sheets ``survey``, ``choices``, ``settings``.

    Sections become groups, routing becomes ``relevant``, non-answers stay choices with their codes.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    book.remove(book.worksheets[0])
    sheets = {
        "survey": list(_survey(questionnaire, languages)),
        "choices": list(_choices(questionnaire, languages)),
        "settings": [_settings(questionnaire, languages)],
    }
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        sheet.append(columns)
        for row in rows:
            sheet.append([row.get(column, "") for column in columns])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
    book.properties.creator = "trustmeter"
    book.properties.title = str(questionnaire.title)
    book.save(path)


def relevance(condition: Condition) -> str:
    """Return a condition in the syntax of XLSForm.

    Examples
    --------
    >>> relevance(AllOf((Equals("CO01", "1"), Not(IsIn("SEX", ("F", "X"))))))
    "${CO01} = '1' and not(${SEX} = 'F' or ${SEX} = 'X')"
    """
    match condition:
        case Equals(item=item, code=code):
            return f"${{{item}}} = '{code}'"
        case IsIn(item=item, codes=codes):
            return " or ".join(f"${{{item}}} = '{code}'" for code in codes)
        case Not(condition=inner):
            return f"not({relevance(inner)})"
        case AllOf(conditions=parts):
            return " and ".join(_bracketed(part) for part in parts)
        case AnyOf(conditions=parts):
            return " or ".join(_bracketed(part) for part in parts)


def _bracketed(condition: Condition) -> str:
    text = relevance(condition)
    return f"({text})" if isinstance(condition, (AnyOf, AllOf, IsIn)) else text


def _survey(questionnaire: Questionnaire, languages: Sequence[str]) -> Iterable[Row]:
    if any(questionnaire.introduction.has(language) for language in languages):
        yield {"type": "note", "name": "introduction", **_translated("label", questionnaire.introduction, languages)}
    for section in questionnaire.sections:
        yield from _section(section, languages)


def _section(section: Section, languages: Sequence[str]) -> Iterable[Row]:
    opened = {"type": "begin_group", "name": f"{section.id}_section", **_translated("label", section.title, languages)}
    yield {**opened, "appearance": "field-list", **_relevant(section.show_if)}
    if any(section.text.has(language) for language in languages):
        yield {"type": "note", "name": f"{section.id}_text", **_translated("label", section.text, languages)}
    for item in section.items:
        yield {**_question(item, languages), **_relevant(item.show_if)}
    yield {"type": "end_group"}


def _question(item: Item, languages: Sequence[str]) -> Row:
    scale = item.response_scale
    row = {"type": f"select_one {scale.id}", "name": item.id, **_translated("label", item.text, languages)}
    if scale.type == "number":
        row["type"] = "integer" if _whole(scale) else "decimal"
        row.update(_number_rule(scale, languages))
    elif scale.type == "text":
        row["type"] = "text"
    if scale.type in {"number", "text"} and scale.options:
        row.update({f"hint::{_named(language)}": _code_hint(scale, language) for language in languages})
    if item.required:
        row["required"] = "yes"
    return row


def _number_rule(scale: ResponseScale, languages: Sequence[str]) -> Row:
    if scale.minimum is None or scale.maximum is None:
        return {}
    allowed = [
        f"(. >= {scale.minimum:g} and . <= {scale.maximum:g})",
        *(f". = {option.code}" for option in scale.options),
    ]
    messages = {
        f"constraint_message::{_named(language)}": _NUMBER_HINT.read(language).format(
            low=scale.minimum, high=scale.maximum
        )
        for language in languages
    }
    return {"constraint": " or ".join(allowed), **messages}


def _code_hint(scale: ResponseScale, language: str) -> str:
    said = [
        _CODE_HINT.read(language).format(code=option.code, text=option.text.read(language)) for option in scale.options
    ]
    return "; ".join(said)


def _choices(questionnaire: Questionnaire, languages: Sequence[str]) -> Iterable[Row]:
    used = {item.response_scale.id for item in questionnaire.items}
    for scale in questionnaire.response_scales:
        if scale.id in used and scale.type in {"ordinal", "nominal"}:
            for option in scale.options:
                shown = _translated("label", option.text, languages)
                yield {
                    "list_name": scale.id,
                    "name": option.code,
                    **{at: text or option.code for at, text in shown.items()},
                }


def _settings(questionnaire: Questionnaire, languages: Sequence[str]) -> Row:
    return {
        "form_title": questionnaire.title.read(languages[0]),
        "form_id": questionnaire.id.replace("-", "_"),
        "version": f"{questionnaire.version}-{questionnaire.fingerprint}",
        "default_language": _named(languages[0]),
        "style": "pages",
    }


def _translated(column: str, text: Text, languages: Sequence[str]) -> Row:
    return {f"{column}::{_named(language)}": text.read(language) for language in languages}


def _named(language: str) -> str:
    return f"{LANGUAGE_NAMES.get(language, language)} ({language})"


def _relevant(condition: Condition | None) -> Row:
    return {} if condition is None else {"relevant": relevance(condition)}


def _whole(scale: ResponseScale) -> bool:
    return all(limit is None or float(limit).is_integer() for limit in (scale.minimum, scale.maximum))
