"""The population's margins of a pilot: the file, how its words fit the questions, and whom it can speak for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trustmeter.errors import DesignError, Problem, ResponsesError, did_you_mean
from trustmeter.options import UnansweredMargin
from trustmeter.pilot.file.shapes import texts_of
from trustmeter.population.margins import Margins
from trustmeter.population.margins_file import read_margins
from trustmeter.questionnaire.document import Place
from trustmeter.questionnaire.model import Item, Questionnaire
from trustmeter.weighting.matching import are_bands, bands_of_labels

CODE, ABSENT, UNFIT = "P-MARGINS", "P-MARGINS-ABSENT", "P-MARGINS-UNFIT"
Words = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class PilotMargins:
    """What a pilot file says of the population.

    Parameters
    ----------
    path
        The file, whether it is there or not.
    known
        Its margins; ``None`` while there is no such file.
    columns
        Variable of the margins → the question or column that holds it, where it has another name.
    recode
        Variable → code of an answer → category; an empty text stands for people whom the margins do not know.
    groups
        Variable → category → the category that it is put together with others as.
    unanswered
        As in `rake`: ``"own_share"`` lets people who left a question open keep, together, the share they have.
    questionnaires
        The ids of those whose people these margins are of; empty for all that ask what the margins know.
    """

    path: str
    known: Margins | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    recode: Words = field(default_factory=dict)
    groups: Words = field(default_factory=dict)
    unanswered: UnansweredMargin = "own_share"
    questionnaires: tuple[str, ...] = ()

    def fit(self, asked: Questionnaire) -> MarginsFit:
        """Return which margins a questionnaire asks about, by which questions, and what does not fit."""
        if self.questionnaires and asked.id not in self.questionnaires:
            return MarginsFit(reason="The pilot file says that its margins are of other people than these.")
        if self.known is None:
            return MarginsFit(reason=f"There is no file {Path(self.path).name!r} yet.")
        sources = {name: self.source(name, asked) for name in self.known.variables}
        missing = tuple(name for name, source in sources.items() if source is None)
        used = tuple(one.name for one in self.known if not set(one.variables) & set(missing))
        if not used:
            asks = ", ".join(self.known.variables)
            return MarginsFit(missing=missing, reason=f"This questionnaire asks none of what the margins know: {asks}.")
        needed = {name for margin in used for name in self.known[margin].variables}
        held = {name: source for name, source in sources.items() if source is not None and name in needed}
        return MarginsFit(used, held, missing, tuple(self._unfit(held, asked)))

    def source(self, variable: str, asked: Questionnaire) -> str | None:
        """Return the question or column that holds a variable; ``None`` where nothing does."""
        if variable in self.columns:
            return self.columns[variable]
        near = [item.id for item in asked.items if item.id.casefold() == variable.casefold()]
        return near[0] if len(near) == 1 else None

    def chosen(self, words: Mapping[str, Any], fit: MarginsFit) -> dict[str, Any] | None:
        """Return the part of `columns`, `recode` or `groups` that is about margins that fit."""
        return {name: one for name, one in words.items() if name in fit.sources} or None

    def _unfit(self, held: Mapping[str, str], asked: Questionnaire) -> list[str]:
        items = {item.id: item for item in asked.items}
        return [
            sentence
            for name, source in held.items()
            if source in items
            for sentence in _not_matched(name, items[source], self._categories(name), self.recode.get(name, {}))
        ]

    def _categories(self, variable: str) -> tuple[str, ...]:
        holders = [one for one in self.known or () if variable in one.variables]
        return tuple(dict.fromkeys(cell[one.variables.index(variable)] for one in holders for cell in one.categories))


@dataclass(frozen=True)
class MarginsFit:
    """How margins fit a questionnaire.

    Parameters
    ----------
    used
        The names of the margins that are asked about.
    sources
        Variable → the question or column that holds it.
    missing
        Variables that nothing holds; margins with them are left out.
    unfit
        Sentences on categories that do not meet.
    reason
        Why nothing can be weighted; empty where something can.
    """

    used: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()
    reason: str = ""

    def __str__(self) -> str:
        if self.reason:
            return f"no weights. {self.reason}"
        told = "weights from " + ", ".join(f"{name} (asked as {source})" for name, source in self.sources.items())
        return told + (f"; not asked: {', '.join(self.missing)}" if self.missing else "")


def _not_matched(variable: str, item: Item, known: Sequence[str], recode: Mapping[str, str]) -> list[str]:
    """Return sentences on options without a category, and on categories without an option."""
    options = {option.code: str(option.text) for option in item.response_scale.substantive}
    if not options:
        return []
    words = {code: recode.get(code, code) for code in options}
    if are_bands(known):
        bands = bands_of_labels(options, known)
        words = {code: word if word in known or not word else bands.get(code, word) for code, word in words.items()}
    strange = [code for code, word in words.items() if word and word not in known]
    empty = [category for category in known if category not in words.values()]
    found = []
    if strange:
        cure = f"Say what they are called there: `recode: {{{variable}: {{{strange[0]}: …}}}}`; '' for none of them."
        listed = ", ".join(map(repr, strange))
        found.append(f"{item.id} offers {listed}, and the margins of {variable!r} hold no such category. {cure}")
    if empty:
        listed = ", ".join(map(repr, empty))
        found.append(f"Nobody can answer {listed} of {variable!r} by {item.id}. Put categories together with `groups`.")
    return found


def margins_said(said: Any, raw: Any, folder: Path, place: Place, problems: list[Problem]) -> PilotMargins | None:
    """Return what a pilot file says of margins; add what is wrong with their file."""
    if said is None:
        return None
    told: Mapping[str, Any] = said if isinstance(said, Mapping) else {"file": said}
    path = (folder / str(told["file"])).resolve()
    words: dict[str, Any] = {name: told.get(name, {}) for name in ("columns", "groups")}
    if "recode" in told:
        words["recode"] = {name: _with_nothing(one) for name, one in raw["recode"].items()}
    return PilotMargins(
        path=str(path),
        known=_read(path, place, problems),
        unanswered=told.get("unanswered", "own_share"),
        questionnaires=texts_of(told.get("questionnaires", ())),
        **words,
    )


def wrong_margins(margins: PilotMargins | None, asked: Sequence[Questionnaire], place: Place) -> list[Problem]:
    """Return words that the margins or the questionnaires of the pilot do not have."""
    if margins is None:
        return []
    ids = [one.id for one in asked]
    found = [
        Problem("P-WORD", str(place.at("questionnaires")), f"The pilot has no questionnaire {name!r}.{did_you_mean(name, ids)}",
                f"Choose one of {', '.join(ids)}.")
        for name in margins.questionnaires if name not in ids
    ]  # fmt: skip
    variables = () if margins.known is None else margins.known.variables
    for key in ("columns", "recode", "groups"):
        for name in getattr(margins, key) if variables else ():
            if name not in variables:
                message = f"The margins hold no variable {name!r}.{did_you_mean(name, variables)}"
                hint = f"Choose one of {', '.join(variables)}."
                found.append(Problem("P-WORD", str(place.at(key, str(name))), message, hint))
    return found


def margin_remarks(margins: PilotMargins | None, asked: Sequence[Questionnaire], place: Place) -> list[Problem]:
    """Return what should be looked at in margins, though the file can be used."""
    if margins is None:
        return []
    if margins.known is None:
        message = f"There is no file {Path(margins.path).name!r} yet: no answer is weighted."
        return [Problem(ABSENT, str(place), message, "Write the margins there, or mend the path.", "warning")]
    fits = {one.id: margins.fit(one) for one in asked}
    found = [
        Problem(UNFIT, str(place), f"{name}: {sentence}", severity="warning")
        for name, fit in fits.items() for sentence in fit.unfit
    ]  # fmt: skip
    if all(fit.reason for fit in fits.values()):
        message = f"None of the questionnaires asks what the margins know: {', '.join(margins.known.variables)}."
        hint = "Name the questions that do: `columns: {variable: question}`."
        found.append(Problem(UNFIT, str(place), message, hint, "warning"))
    if margins.known.simulated:
        message = "These margins are invented: what is weighted by them says nothing of a real place."
        hint = "Take real ones: `zone_margins`, or `trustmeter zone-margins`."
        found.append(Problem("P-MARGINS-INVENTED", str(place), message, hint, "warning"))
    return found


def _with_nothing(words: Mapping[str, str]) -> dict[str, str]:
    """Return words of which a sign for nothing is an empty text."""
    return {code: "" if word.strip() in {"", "~", "null"} else word for code, word in words.items()}


def _read(path: Path, place: Place, problems: list[Problem]) -> Margins | None:
    if not path.is_file():
        return None
    try:
        return read_margins(path)
    except (ResponsesError, DesignError) as error:
        for fault in error.problems:
            told = f"{fault.where}: {fault.message}"
            problems.append(Problem(CODE, str(place), told, fault.hint))
        if not error.problems:
            problems.append(Problem(CODE, str(place), " ".join(str(error).split())))
        return None
