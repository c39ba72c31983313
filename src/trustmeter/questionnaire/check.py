"""Every problem of a questionnaire's files, found at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trustmeter.errors import Problem
from trustmeter.questionnaire.document import (
    EVIDENCE,
    SOURCE,
    VERSIONS,
    Document,
    Draft,
    Place,
    base_language,
    open_draft,
)
from trustmeter.questionnaire.evidence import Evidence, Finding
from trustmeter.questionnaire.grammar import EVIDENCE_SHAPE, PROPERTIES, QUESTIONNAIRE, RATINGS, TEXTS, fit
from trustmeter.questionnaire.routing_text import check_routing
from trustmeter.questionnaire.structure import check_response_scales, check_scales, check_sections, fingerprint
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
    evidence
        The usable part of ``evidence.yaml``.
    problems
        All that is wrong; the questionnaire can be used when none is an error.
    """

    structure: Mapping[str, Any] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    texts: Mapping[str, Words] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=Evidence)
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
    evidence = _evidence(draft, structure, languages, problems)
    if draft.versions and not any(problem.severity == "error" for problem in problems):
        _check_version(draft, structure, fingerprint(structure, languages[0], texts), problems)
    return Examined(structure, languages, texts, evidence, tuple(problems))


def _languages(structure: Mapping[str, Any], place: Place, problems: list[Problem]) -> tuple[str, ...]:
    base = base_language(structure)
    listed = structure.get("languages", [base])
    if base not in listed:
        message = f"The base language {base!r} is not one of the languages."
        problems.append(Problem("Q-LANGUAGE", str(place.at("languages")), message, "Add it to the list."))
    for language in structure.get("unfinished_languages", {}):
        if language not in listed or language == base:
            message = f"{language!r} is said to be unfinished, and is {'the base' if language == base else 'no'} language here."
            hint = "Name one of the languages other than the base language."
            problems.append(Problem("Q-LANGUAGE", str(place.at("unfinished_languages", language)), message, hint))
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
    unfinished = set(languages) if draft.single else set(structure.get("unfinished_languages", {}))
    check_texts(structure, found, places, problems, lenient=unfinished)
    return found


def _missing_file_hint(draft: Draft, language: str) -> str:
    if draft.single:
        return "A single file holds one language; for more, make a folder with one file a language."
    return f"Add {language}.yaml, or take {language!r} out of `languages:`."


def _evidence(
    draft: Draft, structure: Mapping[str, Any], languages: tuple[str, ...], problems: list[Problem]
) -> Evidence:
    """Return what is known about the meter; check that it bears the status out, and that its source is told."""
    status = structure.get("status", "draft")
    evidence = Evidence()
    if draft.evidence is not None and draft.evidence.tree is not None:
        place = draft.evidence.place
        said = fit(draft.evidence.tree, EVIDENCE_SHAPE, place, problems) or {}
        evidence = Evidence(said.get("statement", "").strip(), tuple(_findings(said, place, languages, problems)))
        if said.get("status", status) != status:
            message = f"The status here is {said['status']!r}, and {status!r} in the questionnaire."
            problems.append(Problem("Q-EVIDENCE", str(place.at("status")), message, "Make the two agree."))
        if status == "validated" and not evidence.validated_in(languages):
            lacking = ", ".join(dict.fromkeys(name for language in languages for name in evidence.lacking(language)))
            message = f"The status is 'validated', and in no language are there sufficient findings on {lacking}."
            hint = "Add the findings with their language, or choose the status piloted."
            problems.append(Problem("Q-EVIDENCE", str(place.at("status")), message, hint))
        elif status == "piloted" and evidence.largest_n is None:
            message = "The status is 'piloted', and no finding says in how many people."
            problems.append(Problem("Q-EVIDENCE", str(place.at("records")), message, "Add a finding with its `n`."))
    elif status in _NEEDS_EVIDENCE and draft.evidence is None:
        message = f"The status is {status!r}, and there is no {EVIDENCE} that shows it."
        hint = f"Add {EVIDENCE}, or choose the status draft, adapted or published."
        problems.append(Problem("Q-EVIDENCE", draft.label, message, hint))
    if not draft.single and not draft.sourced:
        hint = "Say there where the questions come from, under what terms, and what was changed."
        problems.append(Problem("Q-SOURCE", f"{draft.label}/{SOURCE}", f"There is no {SOURCE}.", hint, "warning"))
    return evidence


def _check_version(draft: Draft, structure: Mapping[str, Any], now: str, problems: list[Problem]) -> None:
    """Note a wording that changed although its version was already put to use."""
    version = structure.get("version", "0.1.0")
    if draft.versions.get(version, now) != now:
        message = (
            f"The wording differs from that kept for version {version}: answers to both would be taken for the same."
        )
        hint = "Raise `version:` and keep the new wording with `trustmeter check FOLDER --keep-wording`, or undo the change."
        problems.append(Problem("Q-VERSION", f"{draft.label}/{VERSIONS}", message, hint, "warning"))


def _findings(
    said: Mapping[str, Any], place: Place, languages: tuple[str, ...], problems: list[Problem]
) -> Iterator[Finding]:
    for number, record in enumerate(said.get("records", []), start=1):
        where = place.at("records", f"#{number}")
        told = _words(record.get("language", ()))
        for tag in (tag for tag in told if tag not in languages):
            message = f"The language {tag!r} is not one of the questionnaire's."
            problems.append(Problem("Q-EVIDENCE", str(where.at("language")), message, f"Use: {', '.join(languages)}."))
        interval = _words(record.get("interval", ()))
        if len(interval) not in (0, 2):
            problems.append(
                Problem("Q-EVIDENCE", str(where.at("interval")), "An interval has two ends.", "Write [low, high].")
            )
        if record.get("property") in PROPERTIES and record.get("rating") in RATINGS:
            number_of_people = record.get("n", "")
            yield Finding(
                property=record["property"], rating=record["rating"], source=record.get("source", ""),
                statistic=record.get("statistic", ""), value=record.get("value", ""), interval=interval,
                n=int(number_of_people) if number_of_people.isdecimal() else None,
                population=record.get("population", ""), languages=told, modes=_words(record.get("mode", ())),
                criterion=record.get("criterion", ""),
            )  # fmt: skip


def _words(said: Any) -> tuple[str, ...]:
    """Return one word or a list of words as a tuple."""
    if isinstance(said, str):
        return (said,) if said else ()
    return tuple(str(word) for word in said)
