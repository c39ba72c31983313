"""A pilot as a file: which zone, which questionnaire, which waves, where the answers are. For people who do not program."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from trustmeter.errors import DesignError, Problem, QuestionnaireError, did_you_mean
from trustmeter.exchange.answers import read_responses
from trustmeter.options import ReportLanguage
from trustmeter.pilot.design import Linking, PilotDesign
from trustmeter.pilot.stand_in import with_places
from trustmeter.pilot.wish import not_texts, smallest_of, texts_of, wrong_scales
from trustmeter.questionnaire.document import Place, parse
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.questionnaire.text import Text
from trustmeter.responses.model import Responses
from trustmeter.responses.simulation import simulate_responses

STAND_IN_SIZE = 320
"""How many people a wave of stand-in answers has."""

STAND_IN_OVERLAP = 0.5
"""Which share of them is in every wave, where the design says that some are."""

_THEMES = ("human_resources", "complaints", "proximity")
_LINKED: Mapping[str, Linking] = {"yes": True, "no": False, "auto": None, "overlap": "overlap"}
_NEEDED = ("id", "zone", "title", "questionnaire", "waves")
_OPTIONAL = ("theme", "design", "data", "sheet", "columns", "report_languages", "smallest_effect", "primary")
_FURTHER = ("earlier", "later")
_INSIDE = {
    "waves": ("before", "after"),
    "design": ("linked", "area", "treated", "comparison", "randomized", "clusters", "weights", "covariates"),
    "columns": ("respondent", "wave", "zone", "language", "mode"),
}


@dataclass(frozen=True)
class Pilot:
    """One zone's pilot: what was asked, when, of whom, and where the answers are.

    Parameters
    ----------
    id
        A short name; reports are called by it.
    theme
        ``"human_resources"``, ``"complaints"``, ``"proximity"``, or an empty text.
    zone
        The police zone's name.
    title
        In the languages of its reports.
    questionnaire
        What was asked.
    design
        Which waves and areas are compared, and whether the same people answered twice.
    data
        The file of answers, or ``None``. It need not be there yet.
    columns
        Role → column of that file.
    report_languages
        The languages of its reports.
    sheet
        The sheet of an Excel file, or ``None`` for the first.
    smallest_effect
        The smallest change that matters, in points: one number, or one a scale; for `compare`.
    primary
        The one scale that was declared beforehand as the one that counts, or ``None``; for ``compare(..., scale=...)``.
    """

    id: str
    theme: str
    zone: str
    title: Text
    questionnaire: Questionnaire
    design: PilotDesign
    data: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    report_languages: tuple[str, ...] = ("en",)
    sheet: str | None = None
    smallest_effect: float | Mapping[str, float] | None = None
    primary: str | None = None

    def __str__(self) -> str:
        there = "its answers are there" if self.data is not None and self.data.is_file() else "no answers yet"
        waves = f"{self.design.before} to {self.design.after}"
        return f"{self.title} ({self.id}): {self.zone}, {self.questionnaire.id} {self.questionnaire.version}, {waves}; {there}"

    __repr__ = __str__


def read_pilot(path: str | Path) -> Pilot:
    r"""Read a pilot file.

    Parameters
    ----------
    path
        A YAML file with ``id``, ``zone``, ``title`` (a text, or one a language), ``questionnaire`` (a name or a path),
        ``waves: {before, after}`` and where there are more ``earlier: [...]``, ``later: [...]``; and, where wanted, ``theme``,
        ``design: {linked: yes | no | auto | overlap, area, treated: [...], comparison: [...], randomized: yes | no, clusters,
        weights, covariates: [...]}``, ``smallest_effect`` (points, or points a scale), ``primary`` (a scale), ``data``, ``sheet``,
        ``columns: {respondent, wave, zone, language, mode}`` and ``report_languages``. Paths are read from the file's own
        folder.

    Returns
    -------
    Pilot

    Raises
    ------
    DesignError
        With everything that is wrong in the file, at once.

    Examples
    --------
    >>> import tempfile, trustmeter as tm
    >>> folder = Path(tempfile.mkdtemp())
    >>> lines = ["id: ghent", "zone: Ghent", "title: Nearness", "questionnaire: community-trust", "waves: {before: a, after: b}"]
    >>> _ = (folder / "ghent.yaml").write_text("\n".join(lines), encoding="utf-8")
    >>> tm.read_pilot(folder / "ghent.yaml").design.contrast
    'b - a'
    """
    if not isinstance(path, (str, Path)):
        raise DesignError(f"`read_pilot` takes the path of a YAML file. Got {type(path).__name__}.")
    file = Path(path)
    if not file.is_file():
        raise DesignError(
            f"There is no pilot file {file.name!r} in {file.parent.name or '.'!r}. Give the path of a YAML file."
        )
    place = Place(file.name)
    problems: list[Problem] = []
    tree = parse(file.read_bytes().decode("utf-8-sig", errors="replace"), place, problems)
    if isinstance(tree, dict):
        problems.extend(_misplaced(tree, place))
        problems.extend(_wrong_words(tree, place))
    elif not problems:
        problems.append(
            Problem("P-FORM", str(place), "A pilot file is a list of `key: value` lines.", "See the how-to page.")
        )
    loaded = _questionnaire(tree, file, problems) if isinstance(tree, dict) else None
    if isinstance(tree, dict) and loaded is not None:
        problems.extend(wrong_scales(tree, loaded, place))
    design = _design(tree, place, problems) if isinstance(tree, dict) and not problems else None
    if problems or loaded is None or design is None or not isinstance(tree, dict):
        raise DesignError(f"The pilot file {file.name!r} cannot be used.", problems)
    return _pilot(tree, loaded, design, file)


def read_pilot_answers(pilot: Pilot, *, seed: int | None = None) -> Responses:
    r"""Read a pilot's answers; where its file is absent, answers simulated from its questionnaire stand in.

    Stand-in answers hold no change between the waves and no effect: what a report finds in them is chance. Areas, clusters,
    weights and covariates that the design names are made up with them. They say of themselves that they are simulated, on
    every table and picture.

    Parameters
    ----------
    pilot
        From `read_pilot`.
    seed
        For stand-in answers. Default: made from the pilot's id, so that every run gives the same.

    Returns
    -------
    Responses

    Raises
    ------
    ResponsesError
        When the file is there but has faults.
    DesignError
        When `pilot` is none.

    Examples
    --------
    >>> import tempfile, trustmeter as tm
    >>> folder = Path(tempfile.mkdtemp())
    >>> lines = ["id: ghent", "zone: Ghent", "title: Nearness", "questionnaire: community-trust", "waves: {before: a, after: b}"]
    >>> _ = (folder / "ghent.yaml").write_text("\n".join(lines), encoding="utf-8")
    >>> tm.read_pilot_answers(tm.read_pilot(folder / "ghent.yaml")).simulated
    True
    """
    if not isinstance(pilot, Pilot):
        raise DesignError(f"`read_pilot_answers` takes a pilot. Got {type(pilot).__name__}. Read it with `read_pilot`.")
    if pilot.data is not None and pilot.data.is_file():
        return read_responses(
            pilot.data,
            pilot.questionnaire,
            respondent=pilot.columns.get("respondent"),
            wave=pilot.columns.get("wave"),
            zone=pilot.columns.get("zone"),
            language=pilot.columns.get("language"),
            mode=pilot.columns.get("mode"),
            sheet=pilot.sheet,
            keep=_kept(pilot),
        )
    made = simulate_responses(
        pilot.questionnaire,
        STAND_IN_SIZE,
        waves=pilot.design.waves,
        linked=STAND_IN_OVERLAP if pilot.design.linked == "overlap" else pilot.design.linked is not False,
        zone=pilot.zone,
        seed=_seed(pilot, seed),
    )
    return with_places(made, pilot.design, _seed(pilot, seed))


def _seed(pilot: Pilot, seed: int | None) -> int:
    return zlib.crc32(pilot.id.encode()) if seed is None else seed


def _kept(pilot: Pilot) -> tuple[str, ...]:
    """Return the columns that the design needs beside the roles."""
    design, roles = pilot.design, {*pilot.columns, *pilot.columns.values()}
    named = [name for name in (design.area, design.clusters, design.weights, *design.covariates) if name is not None]
    return tuple(dict.fromkeys(name for name in named if name not in roles))


def _pilot(tree: Mapping[str, Any], questionnaire: Questionnaire, design: PilotDesign, file: Path) -> Pilot:
    title = tree["title"]
    columns = dict(tree.get("columns", {}))
    return Pilot(
        id=tree["id"],
        theme=tree.get("theme", ""),
        zone=tree["zone"],
        title=Text(title, base=next(iter(title))) if isinstance(title, dict) else Text({"en": title}),
        questionnaire=questionnaire,
        design=design,
        data=(file.parent / tree["data"]).resolve() if "data" in tree else None,
        columns=columns,
        report_languages=tuple(tree.get("report_languages", ["en"])),
        sheet=tree.get("sheet"),
        smallest_effect=smallest_of(tree.get("smallest_effect")),
        primary=tree.get("primary"),
    )


def _zone(tree: Mapping[str, Any]) -> str | None:
    """Return the zone to stay in: none without a column of zones, or where its values are the areas."""
    columns, area = tree.get("columns", {}), tree.get("design", {}).get("area")
    return None if "zone" not in columns or area in {"zone", columns["zone"]} else tree["zone"]


def _design(tree: Mapping[str, Any], place: Place, problems: list[Problem]) -> PilotDesign | None:
    """Return the design, or none and a problem where its parts do not go together."""
    told, waves = tree.get("design", {}), tree["waves"]
    parts: dict[str, Any] = {name: texts_of(waves.get(name, [])) for name in _FURTHER}
    parts |= {name: texts_of(told.get(name, [])) for name in ("treated", "covariates")}
    parts |= {name: told.get(name) for name in ("area", "clusters", "weights")}
    try:
        return PilotDesign(
            waves["before"], waves["after"], linked=_LINKED[told.get("linked", "auto")],
            zone=_zone(tree),
            comparison=texts_of(told["comparison"]) if "comparison" in told else None,
            randomized=told.get("randomized") == "yes", **parts,
        )  # fmt: skip
    except DesignError as error:
        problems.append(Problem("P-DESIGN", str(place.at("design")), str(error), "Mend `design` or `waves`."))
        return None


def _misplaced(tree: Mapping[str, Any], place: Place) -> list[Problem]:
    found = _keys(tree, _NEEDED, _OPTIONAL, place)
    for key, words in _INSIDE.items():
        inner = tree.get(key)
        if isinstance(inner, dict):
            waves = key == "waves"
            found += _keys(inner, words if waves else (), (*words, *_FURTHER) if waves else words, place.at(key))
        elif inner is not None:
            listed = ", ".join(f"{word}: …" for word in words)
            found.append(Problem("P-FORM", str(place.at(key)), f"Expected `{{{listed}}}`.", "Write it in that form."))
    for key in ("id", "theme", "zone", "questionnaire", "data", "sheet", "primary"):
        found += _no_text(tree.get(key, "text"), place.at(key))
    title = tree.get("title", "text")
    if isinstance(title, list) or title in ("", None, {}):
        found.append(Problem("P-FORM", str(place.at("title")), "Expected a text, or one a language.", "Write `en: …`."))
    for key in ("waves", "columns", "title"):
        inner = tree.get(key)
        for name, value in inner.items() if isinstance(inner, dict) else ():
            found += [] if name in _FURTHER else _no_text(value, place.at(key, str(name)))
    return found


def _no_text(value: Any, place: Place) -> list[Problem]:
    """Return the problem of a value that is no text, or an empty one."""
    if isinstance(value, str) and value.strip():
        return []
    return [Problem("P-FORM", str(place), "Expected one text.", "Write a text after the colon.")]


def _keys(tree: Mapping[str, Any], needed: tuple[str, ...], known: tuple[str, ...], place: Place) -> list[Problem]:
    everything = [*dict.fromkeys((*needed, *known))]
    unknown = [
        Problem(
            "P-KEY-UNKNOWN",
            str(place.at(key)),
            f"This key is not known.{did_you_mean(key, everything)}",
            "Mend or remove it.",
        )
        for key in tree
        if key not in everything
    ]
    absent = [
        Problem("P-KEY-MISSING", str(place.at(key)), "This key is needed and not there.", f"Add a line `{key}: …`.")
        for key in needed
        if key not in tree
    ]
    return unknown + absent


def _wrong_words(tree: Mapping[str, Any], place: Place) -> list[Problem]:
    found = []
    theme, design, waves = tree.get("theme"), tree.get("design"), tree.get("waves")
    if isinstance(theme, str) and theme not in _THEMES:
        found.append(_wrong(place.at("theme"), theme, _THEMES))
    if isinstance(design, dict):
        found += _wrong_design(design, place.at("design"))
    if isinstance(waves, dict):
        found += [one for key in _FURTHER for one in not_texts(waves.get(key, []), place.at("waves", key))]
    if isinstance(waves, dict) and str(waves.get("before")).strip() == str(waves.get("after")).strip():
        found.append(Problem("P-WAVES", str(place.at("waves")), "Both waves have the same name.", "Name two waves."))
    languages = tree.get("report_languages", ["en"])
    for language in languages if isinstance(languages, list) else [str(languages)]:
        if str(language) not in get_args(ReportLanguage):
            found.append(_wrong(place.at("report_languages"), str(language), get_args(ReportLanguage)))
    if not isinstance(languages, list) or not languages:
        found.append(Problem("P-FORM", str(place.at("report_languages")), "Expected a list.", "Write `[nl, en]`."))
    return found


def _wrong_design(design: Mapping[str, Any], place: Place) -> list[Problem]:
    found = []
    for key, words in (("linked", tuple(_LINKED)), ("randomized", ("yes", "no"))):
        if key in design and str(design[key]) not in words:
            found.append(_wrong(place.at(key), str(design[key]), words))
    for key in ("area", "clusters", "weights"):
        found += _no_text(design.get(key, "text"), place.at(key))
    for key in ("treated", "comparison", "covariates"):
        found += not_texts(design.get(key, []), place.at(key))
    return found


def _wrong(place: Place, got: str, known: tuple[str, ...]) -> Problem:
    message = f"Expected one of {', '.join(known)}. Got {got!r}.{did_you_mean(got, known)}"
    return Problem("P-WORD", str(place), message, "Choose one of them.")


def _questionnaire(tree: Mapping[str, Any], file: Path, problems: list[Problem]) -> Questionnaire | None:
    name = tree.get("questionnaire")
    if not isinstance(name, str) or not name:
        return None
    beside = file.parent / name
    try:
        return load_questionnaire(beside if beside.exists() else name)
    except QuestionnaireError as error:
        where = str(Place(file.name).at("questionnaire"))
        problems.append(Problem("P-QUESTIONNAIRE", where, str(error), "Run `trustmeter list` to see the shelf."))
        return None
