"""Files on disk as plain text trees: every scalar a string, every fault a problem. The only module that knows YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from trustmeter.errors import Problem, QuestionnaireError

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

Tree: TypeAlias = "str | list[Any] | dict[str, Any]"
"""What a file says: text, a list, or a mapping of text keys. Never a number, a date, a truth value or nothing."""

STRUCTURE = "questionnaire.yaml"
EVIDENCE = "evidence.yaml"
SOURCE = "SOURCE.md"
VERSIONS = "versions.txt"
"""One line a version that was put to use: the version, a blank, and the fingerprint of its wording."""

_OWN_TAG = "tag:yaml.org,2002:"
_CURES = (
    ("mapping values are not allowed", "A text that holds a colon and a blank must stand in quotes."),
    ("cannot start any token", "Put a text that begins with a special character in quotes; indent with blanks."),
    ("undefined alias", "A text that begins with * or & must stand in quotes."),
    ("end of stream", "Close the quote or the bracket that opens here."),
    ("another document", "Keep one document a file: remove the line `---`."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file and the keys that lead to it.

    Parameters
    ----------
    file
        The file as an author knows it: ``"community-trust/fr.yaml"``.
    keys
        The keys from the top of the file.

    Examples
    --------
    >>> str(Place("community-trust/fr.yaml").at("items", "TR01"))
    'community-trust/fr.yaml: items.TR01'
    """

    file: str
    keys: tuple[str, ...] = ()

    def at(self, *keys: str) -> Place:
        """Return the place that `keys` lead to from here."""
        return Place(self.file, (*self.keys, *keys))

    def __str__(self) -> str:
        return f"{self.file}: {'.'.join(self.keys)}" if self.keys else self.file


@dataclass(frozen=True, slots=True)
class Document:
    """One file: its place and what it says; ``tree`` is ``None`` when it could not be read."""

    place: Place
    tree: Tree | None


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that belongs to one questionnaire, as found on disk and not yet believed.

    Parameters
    ----------
    label
        The folder's or the file's name.
    structure
        ``questionnaire.yaml``, or the single file; ``None`` when there is none.
    texts
        The texts of each language tag that was found: files, and the base language's `texts:` inside the structure.
    evidence
        ``evidence.yaml``, or ``None``.
    single
        Whether all stands in one file.
    sourced
        Whether ``SOURCE.md`` is there.
    versions
        Version → fingerprint, of the versions that were put to use.
    problems
        What went wrong while reading.
    """

    label: str
    structure: Document | None
    texts: Mapping[str, Document] = field(default_factory=dict)
    evidence: Document | None = None
    single: bool = False
    sourced: bool = False
    versions: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def open_draft(path: str | Path) -> Draft:
    """Read a questionnaire's folder, or the single file that holds all of it.

    Parameters
    ----------
    path
        A folder with ``questionnaire.yaml`` and one file a language, or one YAML file with its texts inside.

    Returns
    -------
    Draft
        With a problem for each file that could not be read. Never raises for what an author wrote.
    """
    where = Path(path)
    if where.is_dir():
        return _open_folder(where)
    if not where.is_file():
        hint = "Give the folder of a questionnaire, or a single YAML file."
        return _unreadable(where, "There is no such file or folder.", hint)
    if where.suffix.lower() not in {".yaml", ".yml"}:
        return _unreadable(where, "A questionnaire is a folder or a YAML file.", "Give a file that ends in .yaml.")
    problems: list[Problem] = []
    if where.name == STRUCTURE:
        return _open_folder(where.resolve().parent)
    structure = _read(where, where.name, problems)
    return Draft(where.name, structure, _texts_inside(structure), single=True, problems=tuple(problems))


def _open_folder(folder: Path) -> Draft:
    label = folder.resolve().name
    if not (folder / STRUCTURE).is_file():
        hint = f"Put the structure (items, scales, response scales) into {label}/{STRUCTURE}."
        return _unreadable(folder, f"The folder holds no {STRUCTURE}.", hint)
    problems: list[Problem] = []
    structure = _read(folder / STRUCTURE, label, problems)
    texts = _texts_inside(structure)
    evidence = None
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() == ".yml":
            message = "Files of a questionnaire end in .yaml."
            problems.append(Problem("Q-FOLDER", f"{label}/{path.name}", message, f"Rename it to {path.stem}.yaml."))
        elif path.suffix.lower() != ".yaml" or path.name == STRUCTURE:
            continue
        elif path.name == EVIDENCE:
            evidence = _read(path, label, problems)
        elif path.stem in texts:
            message = f"The language {path.stem!r} has this file and also texts inside {STRUCTURE}."
            hint = "Keep the texts in one place: either a file a language, or `texts:` inside."
            problems.append(Problem("Q-LANGUAGE-FILE", f"{label}/{path.name}", message, hint))
        else:
            texts[path.stem] = _read(path, label, problems)
    sourced = (folder / SOURCE).is_file()
    versions = _read_versions(folder / VERSIONS, label, problems)
    return Draft(label, structure, texts, evidence, sourced=sourced, versions=versions, problems=tuple(problems))


def _read_versions(path: Path, label: str, problems: list[Problem]) -> dict[str, str]:
    if not path.is_file():
        return {}
    lines = [line.split() for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    for number, words in enumerate(lines, start=1):
        if len(words) != 2:
            message = f"Line {number} is not a version and a fingerprint with a blank between."
            problems.append(Problem("Q-VERSION", f"{label}/{VERSIONS}", message, "Remove the line."))
    return {words[0]: words[1] for words in lines if len(words) == 2}


def _unreadable(path: Path, message: str, hint: str) -> Draft:
    return Draft(path.name, None, problems=(Problem("Q-FOLDER", str(path), message, hint),))


def _texts_inside(structure: Document) -> dict[str, Document]:
    tree = structure.tree
    if not isinstance(tree, dict) or "texts" not in tree:
        return {}
    return {base_language(tree): Document(structure.place.at("texts"), tree["texts"])}


def base_language(tree: Mapping[str, Any]) -> str:
    """Return the source language: `base_language` of a structure, else the first of its `languages`, else ``en``."""
    listed = tree.get("languages")
    first = listed[0] if isinstance(listed, list) and listed else "en"
    named = tree.get("base_language") or first
    return named.strip() if isinstance(named, str) else "en"


def read_document(path: str | Path) -> Mapping[str, Any]:
    """Read any YAML file of keys and values, every scalar as the text that was written.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Mapping
        Texts, lists and mappings of them. ``no``, ``01`` and ``1.0`` stay as they are.

    Raises
    ------
    QuestionnaireError
        When there is no such file, or it is not YAML; with all problems.
    """
    where = Path(path)
    problems: list[Problem] = []
    if not where.is_file():
        raise QuestionnaireError(problems=_unreadable(where, "There is no such file.", "Look at the path.").problems)
    tree = _read(where, where.name, problems).tree
    if not problems and not isinstance(tree, dict):
        problems.append(
            Problem("Q-YAML", where.name, "Keys with values are expected.", "Write `key: value`, one a line.")
        )
    if problems or not isinstance(tree, dict):
        raise QuestionnaireError(problems=problems)
    return tree


def _read(path: Path, label: str, problems: list[Problem]) -> Document:
    place = Place(path.name if label == path.name else f"{label}/{path.name}")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        hint = "Save the file again with the encoding UTF-8."
        problems.append(Problem("Q-YAML", str(place), "The file is not written in UTF-8.", hint))
        return Document(place, None)
    found: list[Problem] = []
    tree = parse(text, place, found)
    problems.extend(found)
    return Document(place, tree)


def parse(text: str, place: Place, problems: list[Problem]) -> Tree | None:
    """Return what a YAML text says, every scalar as the string that was written.

    ``no``, ``01``, ``Yes``, ``12:30`` and ``~`` stay as they are. Repeated keys, anchors, aliases
    and tags are problems.

    Parameters
    ----------
    text
        The content of a file.
    place
        Where it stands.
    problems
        What goes wrong is added here.

    Returns
    -------
    str, list, dict or None
        ``None`` when the text is not YAML.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        node = YAML(typ="safe", pure=True).compose(text)
        return "" if node is None else _tree(node, place, problems, set())
    except YAMLError as error:
        problems.append(_yaml_problem(error, place))
    except RecursionError:
        problems.append(Problem("Q-YAML", str(place), "The file is nested too deeply.", "Remove brackets."))
    return None


def _yaml_problem(error: Exception, place: Place) -> Problem:
    said = getattr(error, "problem", None) or "it holds a character that YAML does not allow"
    started = getattr(error, "context_mark", None) if "end of stream" in said or "stream end" in said else None
    mark = started or getattr(error, "problem_mark", None)
    where = f"{place}: line {mark.line + 1}" if mark is not None else str(place)
    said_plainly = said.replace("stream end", "end of stream")
    usual = "Look at this line and the one above: indentation, quotes, colons."
    hint = next((cure for part, cure in _CURES if part in said_plainly), usual)
    return Problem("Q-YAML", where, f"This is not YAML: {said}.", hint)


def _tree(node: Node, place: Place, problems: list[Problem], seen: set[int]) -> Tree:
    from ruamel.yaml.nodes import MappingNode

    _refuse_machinery(node, place, problems)
    if isinstance(node.value, str):
        return node.value
    if id(node) in seen:
        return ""
    seen.add(id(node))
    if isinstance(node, MappingNode):
        return _mapping(node, place, problems, seen)
    return [_tree(inner, place.at(f"#{number}"), problems, seen) for number, inner in enumerate(node.value, start=1)]


def _mapping(node: Node, place: Place, problems: list[Problem], seen: set[int]) -> dict[str, Tree]:
    found: dict[str, Tree] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node.value, str):
            hint = "Write a word before the colon; put a text that begins with [ or { in quotes."
            problems.append(Problem("Q-YAML", f"{place}: line {line}", "A key must be a word.", hint))
            continue
        key = key_node.value
        if key in found:
            message = f"The key {key!r} stands here twice (again in line {line})."
            problems.append(Problem("Q-KEY-DUPLICATE", str(place.at(key)), message, "Keep one of the two."))
            continue
        found[key] = _tree(value_node, place.at(key), problems, seen)
    return found


def _refuse_machinery(node: Node, place: Place, problems: list[Problem]) -> None:
    line = node.start_mark.line + 1
    if not str(node.tag).startswith(_OWN_TAG):
        message = f"The word {str(node.tag)!r} in line {line} would be lost: YAML reads it as a tag."
        problems.append(Problem("Q-YAML", str(place), message, "Put the whole text in quotes."))
    if node.anchor:
        message = f"Line {line} uses an anchor or an alias (& or *)."
        problems.append(Problem("Q-YAML", str(place), message, "Write the content out, or put the text in quotes."))
