"""The questionnaires that cards name: read once, however many pages tell of them."""

from __future__ import annotations

from functools import cache

from trustmeter.questionnaire.document import STRUCTURE
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import load_questionnaire, shelf_folder


@cache
def shelf_names() -> tuple[str, ...]:
    """Return the names of the questionnaires that come with trustmeter."""
    return tuple(sorted(path.parent.name for path in shelf_folder().glob(f"*/{STRUCTURE}")))


@cache
def asked_by(name: str) -> Questionnaire:
    """Return a questionnaire of the shelf."""
    return load_questionnaire(name)
