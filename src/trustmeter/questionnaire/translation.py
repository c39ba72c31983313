"""The texts of a questionnaire: which there must be, in which languages, and which belong to nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from trustmeter.errors import Problem, Severity, did_you_mean
from trustmeter.questionnaire.document import Place
from trustmeter.questionnaire.grammar import as_number

Path: TypeAlias = tuple[str, ...]
"""The keys that lead to a text: ``("items", "TR01")``."""

Need = Literal["always", "together"]
"""A text must be there always, or, once one language has it, in all of them."""

Words: TypeAlias = Mapping[Path, str]
"""All texts of one language."""


def expected_texts(structure: Mapping[str, Any]) -> dict[Path, Need]:
    """Return the place of every text that a structure has room for, and whether it may be left out.

    The numbers between the ends of an answer scale need no text: a scale from 0 to 10 is labelled at its ends.
    """
    needs: dict[Path, Need] = {("title",): "always", ("description",): "together", ("introduction",): "together"}
    for section in structure.get("sections", []):
        name = section.get("id", "")
        needs |= {("sections", name, "title"): "always", ("sections", name, "text"): "together"}
        needs |= {("items", item["id"]): "always" for item in section.get("items", []) if "id" in item}
    for member in structure.get("response_scales", []):
        options = [option for option in member.get("options", []) if "code" in option]
        between = [option["code"] for option in options if "kind" not in option][1:-1]
        for code in (option["code"] for option in options):
            inner = member.get("type") == "ordinal" and code in between and as_number(code) is not None
            needs[("response_scales", member.get("id", ""), code)] = "together" if inner else "always"
    for scale in structure.get("scales", []):
        name = scale.get("id", "")
        needs |= {("scales", name, "name"): "always", ("scales", name, "description"): "together"}
    return needs


def flatten(tree: Mapping[str, Any], above: Path = ()) -> dict[Path, str]:
    """Return every text of a language file under the keys that lead to it.

    Examples
    --------
    >>> flatten({"title": "Trust", "items": {"TR01": "I trust."}})
    {('title',): 'Trust', ('items', 'TR01'): 'I trust.'}
    """
    found: dict[Path, str] = {}
    for key, said in tree.items():
        if isinstance(said, Mapping):
            found |= flatten(said, (*above, key))
        else:
            found[(*above, key)] = said
    return found


def check_texts(
    structure: Mapping[str, Any],
    texts: Mapping[str, Words],
    places: Mapping[str, Place],
    problems: list[Problem],
    *,
    lenient: Collection[str] = (),
) -> None:
    """Report texts that are missing in a language and texts that belong to nothing.

    Parameters
    ----------
    structure
        The questionnaire's structure, after its shape was checked.
    texts
        The texts of each language that could be read.
    places
        Where each language's texts stand.
    problems
        What is wrong is added here.
    lenient
        Languages in which a missing text is a warning only: those of a single file, where the id then stands for the
        text, and those that are not finished.
    """
    needs = expected_texts(structure)
    somewhere = {path for words in texts.values() for path, text in words.items() if text}
    for language, words in texts.items():
        place = places[language]
        severity: Severity = "warning" if language in lenient else "error"
        for path, need in needs.items():
            if not words.get(path) and (need == "always" or path in somewhere):
                message = f"The text in {language!r} is missing."
                hint = (
                    "Add it to this file."
                    if severity == "error"
                    else "Until then its id, or the base language, is shown."
                )
                problems.append(Problem("Q-TEXT-MISSING", str(place.at(*path)), message, hint, severity))
        for path in words:
            if path not in needs:
                problems.append(_extra(path, place, list(needs)))
        _check_labels(structure, words, place, problems)


def _check_labels(structure: Mapping[str, Any], words: Words, place: Place, problems: list[Problem]) -> None:
    """Report labels that could mean two options: data files may hold labels instead of codes."""
    for member in structure.get("response_scales", []):
        name = member.get("id", "")
        codes = [option["code"] for option in member.get("options", []) if "code" in option]
        met = {code.casefold(): code for code in codes}
        for code in codes:
            path = ("response_scales", name, code)
            label = " ".join(words.get(path, "").casefold().split())
            if label and met.setdefault(label, code) != code:
                message = f"The text {words[path]!r} also stands for the code {met[label]!r}."
                hint = "Give each option its own text; data may hold texts instead of codes."
                problems.append(Problem("Q-TEXT-DUPLICATE", str(place.at(*path)), message, hint))


def _extra(path: Path, place: Place, known: Sequence[Path]) -> Problem:
    level = next(
        depth for depth in range(len(path)) if not any(path[: depth + 1] == other[: depth + 1] for other in known)
    )
    siblings = list(
        dict.fromkeys(other[level] for other in known if len(other) > level and other[:level] == path[:level])
    )
    message = f"The structure has no {path[level]!r} here.{did_you_mean(path[level], siblings)}"
    return Problem("Q-TEXT-EXTRA", str(place.at(*path)), message, "Correct the id, or remove the text.")
