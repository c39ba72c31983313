"""The page of one questionnaire: what it asks in all languages side by side, what it measures, what is known, how to cite it."""

from __future__ import annotations

from collections.abc import Sequence

from trustmeter.errors import DesignError, unknown_word
from trustmeter.questionnaire.model import Item, Questionnaire, ResponseScale, Section
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn, Not
from trustmeter.validation.record import evidence

_SHOWN = ("property", "statistic", "value", "ci_low", "ci_high", "n", "population", "language", "rating", "source")


def catalogue_page(questionnaire: Questionnaire, *, languages: Sequence[str] | None = None) -> str:
    """Return the page of a questionnaire as Markdown.

    Parameters
    ----------
    questionnaire
        What is asked.
    languages
        Which languages stand side by side; all of them by default.

    Returns
    -------
    str
        Title and standing, how to cite it, scales, items, answers, evidence.

    Raises
    ------
    DesignError
        When it is no questionnaire, or has no such language.

    Examples
    --------
    >>> from trustmeter.questionnaire.shelf import load_questionnaire
    >>> page = catalogue_page(load_questionnaire("encounter"), languages=["en", "nl"])
    >>> page.splitlines()[0], "not yet validated" in page
    ('# Your contact with the local police', True)
    """
    if not isinstance(questionnaire, Questionnaire):
        raise DesignError(f"`catalogue_page` takes a questionnaire. Got {type(questionnaire).__name__}.")
    shown = tuple(languages or questionnaire.languages)
    for language in shown:
        if language not in questionnaire.languages:
            raise DesignError(unknown_word("language", language, questionnaire.languages, f"{questionnaire.id!r}"))
    parts = [
        f"# {questionnaire.title}", _head(questionnaire), *_notes_on_languages(questionnaire, shown),
        "## Scales", _scales(questionnaire), "## Questions",
        *(part for section in questionnaire.sections for part in _section(section, shown)),
        "## Answers", *(_answers(scale, shown) for scale in questionnaire.response_scales if scale.options),
        "## Evidence", questionnaire.evidence.statement, _evidence(questionnaire),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(questionnaire: Questionnaire) -> str:
    facts = {
        "Name": f"`{questionnaire.id}` {questionnaire.version} (wording `{questionnaire.fingerprint}`)",
        "State": f"**{questionnaire.standing}**",
        "Items": f"{len(questionnaire.items)}, of which {sum(item.short_form for item in questionnaire.items)} in the short form",
        "Cite": f"{questionnaire.source}. Questionnaire {questionnaire.id}, version {questionnaire.version}, trustmeter.",
        "Terms": questionnaire.licence,
    }
    lines = [f"- {name}: {fact}" for name, fact in facts.items() if fact]
    return "\n".join([str(questionnaire.description), "", *lines]).strip()


def _notes_on_languages(questionnaire: Questionnaire, shown: Sequence[str]) -> list[str]:
    unfinished = questionnaire.unfinished
    return [f"**{tag} is not finished.** {unfinished.by_language[tag]}" for tag in shown if unfinished.has(tag)]


def _scales(questionnaire: Questionnaire) -> str:
    rows = []
    for scale in questionnaire.scales:
        items = ", ".join(f"{item} (reversed)" if item in scale.reversed else item for item in scale.items)
        part_of = f", part of `{scale.parent}`" if scale.parent else ""
        rows.append([f"`{scale.id}`{part_of}", str(scale.name), items, str(scale.min_answered)])
    return _table(["scale", "name", "items", "answers needed"], rows) if rows else "No scales."


def _section(section: Section, shown: Sequence[str]) -> list[str]:
    marks = ["optional"] * section.optional + ["special category, GDPR art. 9"] * section.special_category
    asked = f"Asked when {_condition(section.show_if)}." if section.show_if is not None else ""
    rows = [[_named(item), *(_cell(item.text.by_language.get(tag, "")) for tag in shown)] for item in section.items]
    stem = [["", *(_cell(section.text.by_language.get(tag, "")) for tag in shown)]]
    if any(stem[0][1:]):
        rows = stem + rows
    heading = f"### {section.title}" + (f" ({', '.join(marks)})" if marks else "")
    return [heading, " ".join(part for part in (asked, section.reason) if part), _table(["", *shown], rows)]


def _named(item: Item) -> str:
    words = [f"`{item.id}`", f"`{item.response_scale.id}`"]
    words += [f"when {_condition(item.show_if)}"] if item.show_if is not None else []
    return "<br>".join(words + (["short form"] if item.short_form else []))


def _answers(scale: ResponseScale, shown: Sequence[str]) -> str:
    rows = [
        [f"`{option.code}`" + (f" ({option.kind.replace('_', ' ')})" if option.kind else ""),
         *(_cell(option.text.by_language.get(tag, "")) for tag in shown)]
        for option in scale.options
    ]  # fmt: skip
    return f"`{scale.id}` ({scale.type})\n\n" + _table(["code", *shown], rows)


def _evidence(questionnaire: Questionnaire) -> str:
    table = evidence(questionnaire)
    text = table[list(_SHOWN)].astype("string").fillna("")
    used = [name for name in _SHOWN if (text[name] != "").any()]
    return _table(used, [[_cell(said) for said in row] for row in text[used].to_numpy().tolist()])


def _condition(condition: Condition | None) -> str:
    match condition:
        case Equals(item=item, code=code):
            return f"{item} is {code}"
        case IsIn(item=item, codes=codes):
            return f"{item} is {' or '.join(codes)}"
        case Not(condition=inner):
            return f"not ({_condition(inner)})"
        case AllOf(conditions=parts):
            return " and ".join(f"({_condition(part)})" for part in parts)
        case AnyOf(conditions=parts):
            return " or ".join(f"({_condition(part)})" for part in parts)
    return ""


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(headings)} |", f"|{' --- |' * len(headings)}"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


def _cell(text: str) -> str:
    """Return a text as it may stand in a table's cell."""
    return " ".join(text.replace("|", "\\|").split())
