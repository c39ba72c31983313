"""Every problem of a questionnaire's files, found at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trustmeter.errors import Problem
from trustmeter.questionnaire.document import EVIDENCE, SOURCE, Document, Draft, Place, base_language, open_draft
from trustmeter.questionnaire.grammar import EVIDENCE_SHAPE, QUESTIONNAIRE, TEXTS, fit
from trustmeter.questionnaire.routing_text import check_routing
from trustmeter.questionnaire.structure import check_response_scales, check_scales, check_sections
from trustmeter.questionnaire.translation import Words, check_texts, flatten

_NEEDS_EVIDENCE = ("piloted", "validated")


@dataclass(frozen=True, slots=True)
class Examined:
    """What the files of a questionnaire say, and everything that is wrong with it.

    Parameters
    ----------
    structure
        The usable part of ``questionnaire.yaml``.
    languages
        The language tags, base first.
    texts
        The texts of each language, under the keys that lead to them.
    problems
        All that is wrong; the questionnaire can be used when none is an error.
    """

    structure: Mapping[str, Any] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    texts: Mapping[str, Words] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def check_questionnaire(path: str | Path) -> list[Problem]:
    """Find everything that is wrong with a questionnaire's files, at once.

    Use it while you write or translate a questionnaire; `read_questionnaire` refuses what has an error.

    Parameters
    ----------
    path
        A questionnaire's folder, or a single YAML file.

    Returns
    -------
    list of Problem
        Each with a stable code (``"Q-TEXT-MISSING"``), the place (``"community-trust/fr.yaml: items.TR01"``), what is
        wrong, and the cure. Empty when nothing is wrong. Those with ``severity="warning"`` do not stop the reading.

    Examples
    --------
    >>> check_questionnaire("no-such-folder")[0].code
    'Q-FOLDER'
    """
    return list(examine(path).problems)


def examine(path: str | Path) -> Examined:
    """Read the files of a questionnaire and check them; never raises for what an author wrote."""
    draft = open_draft(path)
    problems = list(draft.problems)
    if draft.structure is None or draft.structure.tree is None:
        return Examined(problems=tuple(problems))
    place = draft.structure.place
    structure = fit(draft.structure.tree, QUESTIONNAIRE, place, problems)
    if structure is None:
        return Examined(problems=tuple(problems))
    languages = _languages(structure, place, problems)
    check_response_scales(structure, place, problems)
    check_sections(structure, place, problems)
    check_routing(structure, place, problems)
    check_scales(structure, place, problems)
    texts = _texts(draft, structure, languages, problems)
    _check_papers(draft, structure, problems)
    return Examined(structure, languages, texts, tuple(problems))


def _languages(structure: Mapping[str, Any], place: Place, problems: list[Problem]) -> tuple[str, ...]:
    base = base_language(structure)
    listed = structure.get("languages", [base])
    if base not in listed:
        message = f"The base language {base!r} is not one of the languages."
        problems.append(Problem("Q-LANGUAGE", str(place.at("languages")), message, "Add it to the list."))
    for language in sorted({language for language in listed if listed.count(language) > 1}):
        problems.append(Problem("Q-LANGUAGE", str(place.at("languages")), f"{language!r} is there twice.", "Keep one."))
    return tuple(dict.fromkeys([base, *listed]))


def _texts(
    draft: Draft, structure: Mapping[str, Any], languages: tuple[str, ...], problems: list[Problem]
) -> dict[str, Words]:
    found: dict[str, Words] = {}
    places: dict[str, Place] = {}
    for language in languages:
        document = draft.texts.get(language)
        if document is None and draft.single and language == languages[0] and draft.structure is not None:
            document = Document(draft.structure.place.at("texts"), {})
        if document is None:
            hint = _missing_file_hint(draft, language)
            place = f"{draft.label}/{language}.yaml" if not draft.single else draft.label
            problems.append(Problem("Q-LANGUAGE-FILE", place, f"The language {language!r} has no texts.", hint))
        elif document.tree is not None:
            places[language] = document.place
            words = flatten(fit(document.tree, TEXTS, document.place, problems) or {})
            found[language] = {path: text.strip() for path, text in words.items()}
    for language, document in draft.texts.items():
        if language not in languages:
            message = f"The language {language!r} has texts but is not one of the languages."
            hint = "Add it to `languages:`, or remove the file."
            problems.append(Problem("Q-LANGUAGE-FILE", str(document.place), message, hint))
    check_texts(structure, found, places, problems, severity="warning" if draft.single else "error")
    return found


def _missing_file_hint(draft: Draft, language: str) -> str:
    if draft.single:
        return "A single file holds one language; for more, make a folder with one file a language."
    return f"Add {language}.yaml, or take {language!r} out of `languages:`."


def _check_papers(draft: Draft, structure: Mapping[str, Any], problems: list[Problem]) -> None:
    """Check that a folder says where its questions come from and what is known about them."""
    status = structure.get("status", "draft")
    if draft.evidence is not None and draft.evidence.tree is not None:
        said = fit(draft.evidence.tree, EVIDENCE_SHAPE, draft.evidence.place, problems) or {}
        if said.get("status", status) != status:
            message = f"The status here is {said['status']!r}, and {status!r} in the questionnaire."
            problems.append(
                Problem("Q-EVIDENCE", str(draft.evidence.place.at("status")), message, "Make the two agree.")
            )
    elif status in _NEEDS_EVIDENCE and draft.evidence is None:
        message = f"The status is {status!r}, and there is no {EVIDENCE} that shows it."
        hint = f"Add {EVIDENCE}, or choose the status draft, adapted or published."
        problems.append(Problem("Q-EVIDENCE", draft.label, message, hint))
    if not draft.single and not draft.sourced:
        hint = "Say there where the questions come from, under what terms, and what was changed."
        problems.append(Problem("Q-SOURCE", f"{draft.label}/{SOURCE}", f"There is no {SOURCE}.", hint, "warning"))
