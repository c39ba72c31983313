"""What no file can hold: signs that cannot be seen or stored, found before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trustmeter.errors import Problem, QuestionnaireError
from trustmeter.exchange.forms.outgoing import UNFIT_SIGN
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.text import Text


def refuse_unfit_signs(questionnaire: Questionnaire, languages: Sequence[str]) -> None:
    """Refuse texts with control characters, which XML and spreadsheets cannot hold.

    Raises
    ------
    QuestionnaireError
        With one problem a text (code ``C-TEXT-SIGN``).
    """
    problems = [
        Problem(
            "C-TEXT-SIGN", where, f"The text in {language!r} holds a sign that cannot be stored.", "Type the text anew."
        )
        for where, text in texts_of_all(questionnaire)
        for language in languages
        if UNFIT_SIGN.search(text.by_language.get(language, ""))
    ]
    if problems:
        raise QuestionnaireError(f"{questionnaire.id!r} cannot be written as it is.", problems)


def texts_of_all(questionnaire: Questionnaire) -> Iterator[tuple[str, Text]]:
    """Yield each text that people read, with its place."""
    yield "title", questionnaire.title
    yield "description", questionnaire.description
    yield "introduction", questionnaire.introduction
    for section in questionnaire.sections:
        yield f"title of section {section.id!r}", section.title
        yield f"text of section {section.id!r}", section.text
    for item in questionnaire.items:
        yield f"item {item.id!r}", item.text
    for scale in questionnaire.response_scales:
        for option in scale.options:
            yield f"answer {option.code!r} of response scale {scale.id!r}", option.text
    for measured in questionnaire.scales:
        yield f"name of scale {measured.id!r}", measured.name
        yield f"description of scale {measured.id!r}", measured.description
