"""From files to cards: all problems of all cards at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trustmeter.errors import DesignError, Problem, TrustmeterError, did_you_mean
from trustmeter.pilot.evaluation.result_file import PilotRecord
from trustmeter.questionnaire.document import Place, parse
from trustmeter.toolbox.effort import planned_people
from trustmeter.toolbox.evaluation import evaluations_of
from trustmeter.toolbox.grammar import fitted, themes_of
from trustmeter.toolbox.instrument import asked_by, shelf_names
from trustmeter.toolbox.model import ANY, NOT_KNOWN, Card, CardText, PlanWish
from trustmeter.toolbox.persons import check_persons

RESERVED = ("index",)
"""Names that pages of the toolbox have already."""

PLACEHOLDER = "…"
"""What a new card holds where something is still to be written."""

_BOASTS = re.compile(
    r"\b(?:proven|evidence[- ]based|prouvée?s?|démontrée?s?|bewezen|aangetoond|bewiesen|nachgewiesen|erwiesen)\b", re.I
)
_LINKED: Mapping[str, Any] = {"yes": True, "no": False, "overlap": "overlap"}


@dataclass(frozen=True, slots=True)
class Shelf:
    """What was found in a folder: the cards that can be used, and everything that is wrong.

    Parameters
    ----------
    cards
        In the order of their ids; those with an error are left out.
    problems
        Of all files, in the order of the files.
    """

    cards: tuple[Card, ...]
    problems: tuple[Problem, ...]


def read_cards(folder: str | Path) -> tuple[Card, ...]:
    r"""Read the cards of a toolbox.

    Use it to look at cards, or to build a toolbox from some of them; `build_toolbox` also takes the folder.

    Parameters
    ----------
    folder
        A folder of YAML files, one a card, or one such file. What a card may say stands in the how-to page *Add a practice
        to the toolbox*. Paths of result files are read from the card's own folder.

    Returns
    -------
    tuple of Card
        In the order of their ids. ``strength`` of a card is read from its result files.

    Raises
    ------
    DesignError
        With everything that is wrong in all files, at once.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from trustmeter.toolbox.draft import new_card
    >>> file = new_card(Path(mkdtemp()) / "walks.yaml", kind="practice", languages=["nl"])
    >>> try:
    ...     read_cards(file)
    ... except DesignError as error:
    ...     print({problem.code for problem in error.problems})
    {'T-UNWRITTEN'}
    """
    found = examine_cards(folder)
    errors = [problem for problem in found.problems if problem.severity == "error"]
    if errors:
        name = Path(folder).name or str(folder)
        raise DesignError(f"The cards in {name!r} cannot be used.", errors)
    return found.cards


def examine_cards(folder: str | Path) -> Shelf:
    """Read all cards of a folder, or one card; never raises for what an author wrote.

    Raises
    ------
    DesignError
        When there is no such folder, or it holds no card.
    """
    if not isinstance(folder, (str, Path)):
        raise DesignError(f"Cards are read from a folder or a YAML file. Got {type(folder).__name__}.")
    where = Path(folder)
    if not where.exists():
        raise DesignError(f"There is no folder of cards {where.name!r}. Give the path of a folder, or of a YAML file.")
    files = sorted(where.glob("*.yaml")) if where.is_dir() else [where]
    problems = [
        Problem("T-FILE", file.name, "Files of cards end in .yaml.", f"Rename it to {file.stem}.yaml.")
        for file in (sorted(where.glob("*.yml")) if where.is_dir() else ())
    ]
    if not files and not problems:
        message = f"The folder {where.name!r} holds no card."
        raise DesignError(f"{message} Make one with `trustmeter toolbox new {where.name}/my-practice.yaml`.")
    cards: list[Card] = []
    for file in files:
        found: list[Problem] = []
        card = _read(file, found)
        problems += found
        if card is not None and not any(problem.severity == "error" for problem in found):
            cards.append(card)
    return Shelf(tuple(sorted(cards, key=lambda card: card.id)), tuple(problems))


def _read(file: Path, problems: list[Problem]) -> Card | None:
    place = Place(file.name)
    found: list[Problem] = []
    try:
        tree = parse(file.read_bytes().decode("utf-8-sig"), place, found)
    except (UnicodeDecodeError, OSError):
        hint = "Save the file again with the encoding UTF-8."
        problems.append(Problem("T-YAML", str(place), "The file cannot be read as UTF-8.", hint))
        return None
    problems += [Problem(f"T-{one.code.removeprefix('Q-')}", one.where, one.message, one.hint) for one in found]
    if tree is None:
        return None
    said = fitted(tree, place, problems)
    _check_name(said, file, place, problems)
    _check_kind(said, place, problems)
    _check_words(said, place, problems)
    guide = _guide(said, file, place, problems)
    evaluations = evaluations_of(said.get("evidence"), file.parent, place.at("evidence"), problems)
    if not evaluations and said.get("kind") == "practice":
        _check_boasts(said.get("text", {}), place.at("text"), problems)
    if any(problem.severity == "error" for problem in problems):
        return None
    return _card(said, guide, evaluations)


def _card(said: Mapping[str, Any], guide: Path | None, evaluations: tuple[PilotRecord, ...]) -> Card:
    hours = said["cost"]["hours"]
    return Card(
        id=said["id"],
        kind=said["kind"],
        themes=themes_of(said["theme"]),
        zone="" if said.get("zone", ANY) == ANY else said["zone"],
        texts={tag: _text(words) for tag, words in said["text"].items()},
        hours=None if hours == NOT_KNOWN else int(hours),
        money=said["cost"]["money"],
        licence=said["licence"],
        instrument=said.get("instrument", ""),
        plan=_wish(said["plan"]) if "plan" in said else None,
        guide=guide,
        evaluations=evaluations,
    )


def _text(words: Mapping[str, Any]) -> CardText:
    def listed(key: str) -> tuple[str, ...]:
        return tuple(" ".join(one.split()) for one in words[key])

    prose = {key: " ".join(said.split()) for key, said in words.items() if isinstance(said, str)}
    return CardText(
        title=prose["title"], problem=prose["problem"], done=prose["done"], for_whom=prose["for_whom"],
        steps=listed("steps"), needs=listed("needs"), pitfalls=listed("pitfalls"), contact=prose["contact"],
        can_show=prose.get("can_show", ""), cannot_show=prose.get("cannot_show", ""),
    )  # fmt: skip


def _wish(said: Mapping[str, Any]) -> PlanWish:
    whole = {key: int(said[key]) if key in said else None for key in ("areas", "people")}
    linked = _LINKED[said["linked"]]
    return PlanWish(linked, said["smallest_effect"], randomized=said.get("randomized", False), **whole)


def _check_name(said: Mapping[str, Any], file: Path, place: Place, problems: list[Problem]) -> None:
    name = said.get("id", file.stem)
    if name in RESERVED:
        problems.append(
            Problem("T-ID", str(place.at("id")), f"{name!r} is the name of another page.", "Choose another.")
        )
    elif name != file.stem:
        message = f"The card is called {name!r} and its file {file.name!r}."
        problems.append(Problem("T-ID", str(place.at("id")), message, f"Rename the file to {name}.yaml, or the card."))


def _check_kind(said: Mapping[str, Any], place: Place, problems: list[Problem]) -> None:
    """Report a practice without a zone, a method with one, and methods that do not say what they can show."""
    kind, zone = said.get("kind"), said.get("zone", ANY)
    if kind == "practice" and zone == ANY:
        problems.append(
            Problem("T-ZONE", str(place.at("zone")), "A practice was done by a zone.", "Add `zone:` and its name.")
        )
    if kind in {"instrument", "design"}:
        if zone != ANY:
            message = "An instrument or a design belongs to no zone."
            problems.append(
                Problem("T-ZONE", str(place.at("zone")), message, "Write `zone: any`, or `kind: practice`.")
            )
        for tag, words in said.get("text", {}).items():
            for key in (key for key in ("can_show", "cannot_show") if not words.get(key)):
                message = f"A method says what it can and cannot show; {key!r} is missing."
                problems.append(Problem("T-KEY-MISSING", str(place.at("text", tag)), message, f"Add `{key}:`."))
        if said.get("evidence") not in (None, []):
            message = "A result file says what a practice did; it is no evidence for an instrument or a design."
            hint = "Remove it; what is known of an instrument stands in its own evidence record."
            problems.append(Problem("T-EVIDENCE", str(place.at("evidence")), message, hint))
    _check_instrument(said, place, problems)
    _check_plan(said, place.at("plan"), problems)


def _check_instrument(said: Mapping[str, Any], place: Place, problems: list[Problem]) -> None:
    name = said.get("instrument")
    if said.get("kind") == "instrument" and name is None:
        message = "A card of kind 'instrument' names a questionnaire."
        problems.append(Problem("T-KEY-MISSING", str(place), message, "Add `instrument:` and its name on the shelf."))
    if name is None:
        return
    known = shelf_names()
    if name not in known:
        message = f"There is no questionnaire {name!r} on the shelf.{did_you_mean(name, known)}"
        problems.append(Problem("T-INSTRUMENT", str(place.at("instrument")), message, "`trustmeter list` names them."))
    elif "reference" in asked_by(name).standing:
        message = f"{name!r} is a reference for reading data, not a form to field."
        problems.append(
            Problem("T-INSTRUMENT", str(place.at("instrument")), message, "Name a form that can be fielded.")
        )


def _check_plan(said: Mapping[str, Any], place: Place, problems: list[Problem]) -> None:
    """Report a wish that `plan` cannot answer."""
    if "plan" not in said or any(problem.where.startswith(str(place)) for problem in problems):
        return
    try:
        planned_people(_wish(said["plan"]))
    except (TrustmeterError, KeyError) as error:
        message = str(error) if isinstance(error, TrustmeterError) else "`linked` and `smallest_effect` are needed."
        problems.append(Problem("T-PLAN", str(place), message, "Mend the wish, or leave `plan:` out."))


def _check_words(said: Mapping[str, Any], place: Place, problems: list[Problem]) -> None:
    check_persons({key: said[key] for key in ("zone", "licence", "text") if key in said}, place, problems)
    for tag, words in said.get("text", {}).items():
        for key, written in words.items():
            if PLACEHOLDER in ([written] if isinstance(written, str) else written):
                message = "This is still to be written."
                problems.append(Problem("T-UNWRITTEN", str(place.at("text", tag, key)), message, "Replace the dots."))
    for key in ("zone", "licence"):
        if said.get(key) == PLACEHOLDER:
            problems.append(
                Problem("T-UNWRITTEN", str(place.at(key)), "This is still to be written.", "Replace the dots.")
            )


def _check_boasts(texts: Mapping[str, Any], place: Place, problems: list[Problem]) -> None:
    """Warn of words that claim evidence on a card that has none."""
    for tag, words in texts.items():
        for key, written in words.items():
            for found in _BOASTS.findall(written if isinstance(written, str) else " ".join(written)):
                message = f"The text says {found!r}, and the card has no evaluation."
                hint = "Say what was seen, or name a result file under `evidence:`."
                problems.append(Problem("T-BOAST", str(place.at(tag, key)), message, hint, "warning"))


def _guide(said: Mapping[str, Any], file: Path, place: Place, problems: list[Problem]) -> Path | None:
    if "guide" not in said:
        return None
    guide = file.parent / str(said["guide"])
    if guide.suffix.lower() != ".md" or not guide.is_file():
        message = (
            f"There is no page {guide.name!r} there."
            if guide.suffix.lower() == ".md"
            else "A guide is a page in Markdown."
        )
        problems.append(
            Problem("T-GUIDE", str(place.at("guide")), message, "Give its path from the card's own folder.")
        )
        return None
    return guide
