"""From files to a Questionnaire."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trustmeter.errors import QuestionnaireError
from trustmeter.questionnaire.check import Examined, examine
from trustmeter.questionnaire.document import Place
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale, Scale, Section
from trustmeter.questionnaire.routing import Condition
from trustmeter.questionnaire.routing_text import condition_of
from trustmeter.questionnaire.structure import (
    fingerprint,
    items_of_scale,
    min_answered,
    option_value,
    reversed_of_scale,
)
from trustmeter.questionnaire.text import Text

Node = Mapping[str, Any]


def read_questionnaire(path: str | Path) -> Questionnaire:
    """Read a questionnaire from its folder, or from a single YAML file.

    Parameters
    ----------
    path
        A folder with ``questionnaire.yaml`` and one file a language, or one YAML file with its texts under ``texts:``.

    Returns
    -------
    Questionnaire
        A text that is missing in a single file is replaced by its id or code.

    Raises
    ------
    QuestionnaireError
        When anything is wrong; ``problems`` holds all of it at once.
    """
    examined = examine(path)
    errors = [problem for problem in examined.problems if problem.severity == "error"]
    if errors:
        count = f"{len(errors)} thing{'s' if len(errors) > 1 else ''}"
        raise QuestionnaireError(
            f"The questionnaire {Path(path).name!r} cannot be used: {count} must be mended.", errors
        )
    return _Builder(examined).questionnaire()


class _Builder:
    """Puts the checked parts together; every part finds its words by its place."""

    def __init__(self, examined: Examined) -> None:
        self.structure = examined.structure
        self.languages = examined.languages
        self.texts = examined.texts
        self.evidence = examined.evidence
        self.scales = tuple(examined.structure.get("scales", []))
        self.offered = {member["id"]: self.response_scale(member) for member in self.structure["response_scales"]}

    def questionnaire(self) -> Questionnaire:
        said = self.structure
        return Questionnaire(
            id=said["id"],
            version=said.get("version", "0.1.0"),
            status=said.get("status", "draft"),
            base_language=self.languages[0],
            languages=self.languages,
            title=self.text("title", instead=said["id"]),
            description=self.text("description"),
            introduction=self.text("introduction"),
            sections=tuple(self.section(member) for member in said["sections"]),
            scales=tuple(self.scale(member) for member in self.scales),
            response_scales=tuple(self.offered.values()),
            licence=said.get("licence", ""),
            source=said.get("source", ""),
            evidence=self.evidence,
            unfinished=Text(said.get("unfinished_languages", {}), base=self.languages[0]),
            fingerprint=fingerprint(said, self.languages[0], self.texts),
        )

    def text(self, *path: str, instead: str = "") -> Text:
        found = {language: words[path] for language, words in self.texts.items() if words.get(path)}
        return Text(found or ({self.languages[0]: instead} if instead else {}), base=self.languages[0])

    def response_scale(self, member: Node) -> ResponseScale:
        name, kind = member["id"], member["type"]
        options = tuple(
            Option(
                code=option["code"],
                text=self.text("response_scales", name, option["code"], instead=option["code"]),
                kind=option.get("kind"),
                value=option_value(option, kind),
            )
            for option in member.get("options", [])
        )
        return ResponseScale(name, kind, options, member.get("minimum"), member.get("maximum"))

    def section(self, member: Node) -> Section:
        name = member["id"]
        return Section(
            id=name,
            title=self.text("sections", name, "title", instead=name),
            text=self.text("sections", name, "text"),
            items=tuple(self.item(item) for item in member["items"]),
            show_if=_condition(member),
            optional=member.get("optional", False),
            special_category=member.get("special_category", False),
            reason=member.get("reason", ""),
        )

    def item(self, member: Node) -> Item:
        return Item(
            id=member["id"],
            text=self.text("items", member["id"], instead=member["id"]),
            response_scale=self.offered[member["response_scale"]],
            show_if=_condition(member),
            short_form=member.get("short_form", False),
            required=member.get("required", False),
        )

    def scale(self, member: Node) -> Scale:
        name, items = member["id"], items_of_scale(member, self.scales)
        return Scale(
            id=name,
            name=self.text("scales", name, "name", instead=name),
            items=items,
            reversed=frozenset(reversed_of_scale(member, self.scales)),
            min_answered=min_answered(member, self.scales),
            parent=member.get("parent"),
            description=self.text("scales", name, "description"),
        )


def _condition(member: Node) -> Condition | None:
    return condition_of(member["show_if"], Place(member["id"]), []) if "show_if" in member else None
