"""Who must act, and how: every error, warning and problem of trustmeter."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, where it is, and what to do about it.

    Parameters
    ----------
    code
        A stable word such as ``"Q-TEXT-MISSING"`` or ``"R-CODE-UNKNOWN"``.
    where
        The place: ``"community-trust/fr.yaml: items.TR01"`` or ``"column TR01, rows 3, 9"``.
    message
        What was expected and what was found. Never holds an answer of a respondent.
    hint
        The cure, as an instruction.
    severity
        ``"error"`` stops the work; ``"warning"`` travels with the result.
    """

    code: str
    where: str
    message: str
    hint: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        cure = f" {self.hint}" if self.hint else ""
        return f"[{self.code}] {self.where}: {self.message}{cure}"


class TrustmeterError(ValueError):
    """The root of all errors that trustmeter raises on purpose.

    Parameters
    ----------
    message
        One sentence: what, where, expected, got, cure. Made from `problems` when left empty.
    problems
        All that is wrong, when several things can be wrong at once.
    """

    def __init__(self, message: str = "", problems: Sequence[Problem] = ()) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(message_of(message, self.problems))


class QuestionnaireError(TrustmeterError):
    """The author of a questionnaire file must act."""


class ResponsesError(TrustmeterError):
    """The data must be mended, or read in another way."""


class DesignError(TrustmeterError):
    """The analyst's call asks for something that cannot be done."""


class EstimationError(TrustmeterError):
    """The numbers cannot answer: too few, constant, not identified, not converged."""


class MissingExtraError(ImportError):
    """An optional package is not installed; the message holds the install line."""


class TrustmeterWarning(UserWarning):
    """The root of all warnings that trustmeter gives on purpose."""


class DataQualityWarning(TrustmeterWarning):
    """The data were read, but something about them should be looked at."""


def message_of(message: str, problems: Sequence[Problem]) -> str:
    """Join a headline and the list of problems into one readable text."""
    if not problems:
        return message
    headline = message or f"{len(problems)} problem{'s' if len(problems) > 1 else ''} found."
    return "\n".join([headline, *(f"  - {problem}" for problem in problems)])


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the nearest known word, or an empty text."""
    choices = list(known)
    lowered = {choice.lower(): choice for choice in reversed(choices)}
    near = difflib.get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return f" Did you mean {lowered[near[0]]!r}?" if near else ""


def unknown_word(kind: str, word: object, known: Iterable[str], where: str) -> str:
    """Return the one sentence for a word that is not in a list of known words."""
    choices = list(known)
    listed = ", ".join(repr(choice) for choice in choices) or "none"
    return f"The {kind} of {where} must be one of {listed}. Got {word!r}." + did_you_mean(str(word), choices)
