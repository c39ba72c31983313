"""A pilot as a file: which zone, which questionnaires, which waves, where the answers are. For people who do not program."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trustmeter.errors import DesignError, Problem, QuestionnaireError
from trustmeter.pilot.design import Linking, PilotDesign
from trustmeter.pilot.file.agreement import (
    wrong_data,
    wrong_files,
    wrong_incidents,
    wrong_questionnaires,
    wrong_scales,
    wrong_waves,
)
from trustmeter.pilot.file.form import PILOT
from trustmeter.pilot.file.margins import PilotMargins, margin_remarks, margins_said, wrong_margins
from trustmeter.pilot.file.model import STAND_IN_SIZE, Contact, Incident, Pilot, Survey
from trustmeter.pilot.file.shapes import points_of, still_to_fill_in, texts_of, without_nothing
from trustmeter.questionnaire.document import Place, parse
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.questionnaire.text import Text

_LINKED: Mapping[str, Linking] = {"yes": True, "no": False, "auto": None, "overlap": "overlap"}


def read_pilot(path: str | Path) -> Pilot:
    r"""Read a pilot file.

    Use it first: everything that is done with a pilot begins with its file. ``trustmeter pilot new`` writes one to fill in.

    Parameters
    ----------
    path
        A YAML file. Needed are ``id``, ``zone``, ``title`` (a text, or one a language), ``waves: {before, after}`` (and where there
        are more ``earlier: [...]``, ``later: [...]``), and ``questionnaire`` (a name or a path) or ``questionnaires``: a list, the
        main one first, each with its ``name``. Of a questionnaire, under its name or, where there is one only, at the top:
        ``data`` (a file, or a pattern such as ``ghent-*.csv``), ``sheet``, ``scales``, ``primary``, ``smallest_effect`` (points, or
        points a scale), ``smallest_effect_reason``, ``subgroups``, ``protocol``, ``expected_people``; of one, or at the top of all,
        ``design: {linked: yes | no | auto | overlap, area, treated: [...], comparison: [...], randomized: yes | no, clusters,
        weights, covariates: [...]}`` and ``columns: {respondent, wave, zone, language, mode}``. Of the pilot: ``theme``,
        ``zone_name``, ``field_work`` (wave → first and last day), ``incidents``, ``margins`` (a file of the population's margins; or
        ``{file, columns, recode, groups, unanswered: own_share | refuse, questionnaires: [...]}``), ``report_languages``, ``contacts``
        (functions and mailboxes, no names) and ``information``. Paths are seen from the file's own folder. Where
        ``to be filled in by the zone`` stands, nothing stands.

    Returns
    -------
    Pilot
        Its ``remarks`` say what should still be looked at.

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
    if not isinstance(tree, dict):
        fault = Problem("P-FORM", str(place), "A pilot file is a list of `key: value` lines.", "See the how-to page.")
        raise DesignError(f"The pilot file {file.name!r} cannot be used.", problems or [fault])
    problems += PILOT.faults(tree, place)
    said = without_nothing(tree)
    problems += [*wrong_questionnaires(said, place), *wrong_waves(said, place), *wrong_incidents(said, place)]
    drafts = _drafts(said, place)
    for draft in drafts:
        draft.load(file.parent, problems)
    asked = [draft.loaded for draft in drafts if draft.loaded is not None]
    here = place.at("margins")
    margins = None if problems else margins_said(said.get("margins"), tree.get("margins"), file.parent, here, problems)
    problems += wrong_margins(margins, asked, here)
    surveys = [] if problems else [draft.survey(said, file.parent, problems) for draft in drafts]
    if problems:
        raise DesignError(f"The pilot file {file.name!r} cannot be used.", problems)
    remarks = [*_remarks(tree, said, place), *margin_remarks(margins, asked, here)]
    return _pilot(said, [one for one in surveys if one is not None], margins, remarks)


@dataclass(eq=False, slots=True)
class _Draft:
    """What a file says of one questionnaire, not yet believed."""

    name: Any
    said: Mapping[str, Any]
    design: Mapping[str, Any]
    columns: Mapping[str, Any]
    place: Place
    loaded: Questionnaire | None = None

    def load(self, folder: Path, problems: list[Problem]) -> None:
        """Load the questionnaire; add what does not go together with it."""
        problems += [
            *wrong_data(self.said, self.design, self.columns, self.place),
            *wrong_files(self.said, folder, self.place),
        ]
        if not isinstance(self.name, str) or not self.name:
            return
        beside = folder / self.name
        try:
            self.loaded = load_questionnaire(beside if beside.exists() else self.name)
        except QuestionnaireError as error:
            where = str(self.place.at("name" if "name" in self.said else "questionnaire"))
            problems.append(Problem("P-QUESTIONNAIRE", where, str(error), "Run `trustmeter list` to see the shelf."))
            return
        problems += wrong_scales(self.said, self.loaded, self.place)

    def survey(self, tree: Mapping[str, Any], folder: Path, problems: list[Problem]) -> Survey | None:
        """Return the survey, or none and a problem where its design does not go together."""
        design = self._design(tree, problems)
        if design is None or self.loaded is None:
            return None
        said = self.said
        return Survey(
            questionnaire=self.loaded,
            design=design,
            data=None if "data" not in said else str((folder / said["data"]).resolve()),
            columns=dict(self.columns),
            sheet=said.get("sheet"),
            scales=texts_of(said.get("scales", ())),
            primary=said.get("primary"),
            smallest_effect=_smallest(said.get("smallest_effect")),
            smallest_effect_reason=said.get("smallest_effect_reason", ""),
            subgroups=texts_of(said.get("subgroups", ())),
            protocol=None if "protocol" not in said else folder / said["protocol"],
            expected_people=int(said.get("expected_people", STAND_IN_SIZE)),
        )

    def _design(self, tree: Mapping[str, Any], problems: list[Problem]) -> PilotDesign | None:
        told, waves = self.design, tree["waves"]
        parts: dict[str, Any] = {name: texts_of(waves.get(name, ())) for name in ("earlier", "later")}
        parts |= {name: texts_of(told.get(name, ())) for name in ("treated", "covariates")}
        parts |= {name: told.get(name) for name in ("area", "clusters", "weights")}
        try:
            return PilotDesign(
                waves["before"], waves["after"], linked=_LINKED[told.get("linked", "auto")],
                zone=self._zone(tree), comparison=texts_of(told["comparison"]) if "comparison" in told else None,
                randomized=told.get("randomized") == "yes", **parts,
            )  # fmt: skip
        except DesignError as error:
            problems.append(Problem("P-DESIGN", str(self.place.at("design")), str(error), "Mend `design` or `waves`."))
            return None

    def _zone(self, tree: Mapping[str, Any]) -> str | None:
        """Return the zone to stay in: none without a column of zones, or where its values are the areas."""
        area = self.design.get("area")
        return None if "zone" not in self.columns or area in {"zone", self.columns["zone"]} else str(tree["zone"])


def _drafts(said: Mapping[str, Any], place: Place) -> list[_Draft]:
    """Return a draft a questionnaire; what stands at the top holds for all that say nothing else."""
    shared = {key: said[key] if isinstance(said.get(key), Mapping) else {} for key in ("design", "columns")}
    many = said.get("questionnaires")
    if not isinstance(many, list):
        return [_Draft(said.get("questionnaire"), said, **shared, place=place)]
    drafts = []
    for one in many:
        if isinstance(one, Mapping):
            own = {key: one[key] if isinstance(one.get(key), Mapping) else shared[key] for key in shared}
            drafts.append(_Draft(one.get("name"), one, **own, place=place.at("questionnaires", str(one.get("name")))))
    return drafts


def _pilot(
    said: Mapping[str, Any], surveys: list[Survey], margins: PilotMargins | None, remarks: list[Problem]
) -> Pilot:
    incidents = said.get("incidents")
    return Pilot(
        id=said["id"],
        theme=said.get("theme", ""),
        zone=said["zone"],
        title=_in_languages(said["title"]),
        surveys=tuple(surveys),
        report_languages=tuple(said.get("report_languages", ["en"])),
        field_work={wave: (_day(first), _day(last)) for wave, (first, last) in said.get("field_work", {}).items()},
        incidents=None
        if incidents is None
        else tuple(Incident(_day(one["date"]), one["what"], one.get("area", "")) for one in incidents),
        contacts={role: _contact(one) for role, one in said.get("contacts", {}).items()},
        information={key: _in_languages(text) for key, text in said.get("information", {}).items()},
        margins=margins,
        remarks=tuple(remarks),
        zone_name=_in_languages(said["zone_name"]) if "zone_name" in said else None,
    )


def _remarks(tree: Mapping[str, Any], said: Mapping[str, Any], place: Place) -> list[Problem]:
    """Return what should be looked at, though the file can be used."""
    found = [
        Problem("P-OPEN", str(where), "The zone has to fill this in.", "Write it in, or take the line out.", "warning")
        for where in still_to_fill_in(tree, place)
    ]
    surveys = said.get("questionnaires", [said])
    for one in surveys:
        if "smallest_effect" in one and "smallest_effect_reason" not in one:
            where = str(place.at("smallest_effect_reason"))
            found.append(
                Problem(
                    "P-REASON",
                    where,
                    "A smallest effect without a reason convinces nobody.",
                    "Say why that much.",
                    "warning",
                )
            )
    return found


def _in_languages(value: Any) -> Text:
    return Text(value, base=next(iter(value))) if isinstance(value, Mapping) else Text({"en": value})


def _contact(said: Mapping[str, Any]) -> Contact:
    return Contact(_in_languages(said["function"]) if "function" in said else None, said.get("mailbox"))


def _day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def _smallest(value: Any) -> float | dict[str, float] | None:
    if isinstance(value, Mapping):
        return {str(scale): points_of(points) for scale, points in value.items()}
    points = math.nan if value is None else points_of(value)
    return None if math.isnan(points) else points
