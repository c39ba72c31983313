"""Whom do the answers speak for? The command that weights them to who lives there, and says what that costs."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated, Any, TypeAlias, cast

import typer

import trustmeter as tm
from trustmeter.cli.answers import DataFile, QuestionnaireName, Respondent, Sheet, Strict, Wave, Zone
from trustmeter.cli.fieldwork.commands import FREE_TEXT_INSIDE, FREE_TEXT_OUT
from trustmeter.cli.population.said import HEADINGS, costly, rows_of, sources
from trustmeter.cli.terminal import bar, careful, for_the_shell, print_table, screen
from trustmeter.errors import DataQualityWarning, DesignError, TrustmeterError, unknown_word
from trustmeter.linking.writing import free_texts, write_answers
from trustmeter.options import ReportLanguage, UnansweredMargin
from trustmeter.results import SIMULATED_MARK, Result

_Words: TypeAlias = "dict[str, dict[str, str]]"
_FILE_ONLY = (
    "Whoever reads this file finds the weights in the column, not how they were made: name it in `--weights` or in "
    "`SurveyDesign(weights=...)`. In Python the answers carry both, and errors are a little smaller for it."
)


@careful
def weigh(
    path: DataFile,
    questionnaire: QuestionnaireName,
    margins: Annotated[
        Path | None, typer.Option(help="Margins to weight to: a .csv or .xlsx, such as `zone-margins --to` writes.")
    ] = None,
    police_zone: Annotated[
        str | None, typer.Option("--police-zone", help="Or: weight to who lives in this police zone, by name or code …")
    ] = None,
    population: Annotated[Path | None, typer.Option(help="… as Statbel's population file has it.")] = None,
    by: Annotated[list[str] | None, typer.Option(help="With --police-zone: a margin, once each.")] = None,
    age_band: Annotated[list[str] | None, typer.Option(help="With --police-zone: a band of ages, once each.")] = None,
    date: Annotated[
        str | None, typer.Option(help="Of what day the population is, where its file does not say.")
    ] = None,
    registry: Annotated[Path | None, typer.Option(help="Your own list of zones, added to ours.")] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="Which question or column holds a margin's variable: sex=D1. Once each.")
    ] = None,
    recode: Annotated[
        list[str] | None,
        typer.Option(
            help="What a code is called in the margins: sex:1=M; sex:X= (nothing): the margins know none such."
        ),
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option(help="Put categories together: age:60-74=60+ and age:75+=60+.")
    ] = None,
    unanswered: Annotated[
        str, typer.Option(help="People who left a question of the margins open: refuse, or own_share.")
    ] = "refuse",
    weights: Annotated[str | None, typer.Option(help="Column with weights to start from.")] = None,
    name: Annotated[str, typer.Option(help="What the column of the new weights is called.")] = "weight",
    respondent: Respondent = None,
    wave: Wave = None,
    zone: Zone = None,
    only_zone: Annotated[str | None, typer.Option("--only-zone", help="Only answers from this zone.")] = None,
    sheet: Sheet = None,
    keep: Annotated[list[str] | None, typer.Option(help="Another column to carry along. May be repeated.")] = None,
    strict: Strict = True,
    language: Annotated[str, typer.Option(help="Language of the picture: en, fr, nl or de.")] = "en",
    picture: Annotated[Path | None, typer.Option(help="Draw it: .svg, .png or .pdf.")] = None,
    to: Annotated[
        Path | None, typer.Option("--to", "--out", help="Write the answers with their weights to this .csv.")
    ] = None,
    free_text: Annotated[
        bool, typer.Option("--free-text", help="With --to: also what people wrote in their own words. Read it first.")
    ] = False,
) -> None:
    """Say whom answers speak for, and weight them to who lives there."""
    if to is not None and to.suffix.lower() != ".csv":
        raise DesignError(f"The answers are written to a file that ends in '.csv'. Got {to.name!r}.")
    known = _margins(margins, police_zone, population, (by, age_band, date, registry))
    words = (_columns(column), _words(recode, "--recode", "sex:1=M"), _words(group, "--group", "age:75+=60+"))
    asked = tm.load_questionnaire(questionnaire)
    items = {item.id for item in asked.items}
    kept = dict.fromkeys(
        name for name in (*(keep or ()), *words[0].values(), weights) if name and name not in {*items, zone}
    )
    with bar(f"Reading {path.name}") as progress, warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)  # the answers carry the same as problems
        answers = tm.read_responses(
            path, asked, respondent=respondent, wave=wave, zone=zone, sheet=sheet, keep=tuple(kept), strict=strict,
            design=tm.SurveyDesign(weights=weights) if weights else None, progress=progress,
        )  # fmt: skip
    answers = _one_zone(answers, only_zone)
    weighted = _weighted(answers, known, words, cast(UnansweredMargin, unanswered), name)
    _show(weighted, ("before", "after"))
    for note in (*sources(known), *weighted.notes, *costly(weighted)):
        screen.print(f"Note: {for_the_shell(note)}", markup=False, highlight=False)
    if to is not None:
        _write(weighted, to, free_text=free_text)
    if picture is not None:
        columns, recoded, groups = words
        seen = tm.representation(weighted.answers, known, columns=columns, recode=recoded, groups=groups)
        _draw(seen, picture, language)


def _margins(
    file: Path | None,
    police_zone: str | None,
    population: Path | None,
    how: tuple[list[str] | None, list[str] | None, str | None, Path | None],
) -> tm.Margins:
    """Return the margins of a file, or of a police zone."""
    if (file is None) == (police_zone is None) or (police_zone is None) != (population is None):
        message = "Say who lives there: `--margins FILE`, or `--police-zone ZONE` with `--population FILE`."
        raise DesignError(f"{message} `trustmeter zone-margins` makes such a file.")
    by, age_band, date, registry = how
    if file is not None:
        if any(one is not None for one in how):
            raise DesignError(
                "`--by`, `--age-band`, `--date` and `--registry` go with `--police-zone`. Leave them out."
            )
        return tm.read_margins(file)
    return tm.zone_margins(
        cast(str, police_zone), tm.read_population(cast(Path, population), date=date), by=by or ("sex", "age"), age_bands=age_band or None,
        registry=registry,
    )  # fmt: skip


def _columns(given: list[str] | None) -> dict[str, str]:
    """Return which column holds a variable, from words such as ``sex=D1``."""
    pairs = [word.partition("=") for word in given or ()]
    if not all(variable.strip() and name.strip() for variable, _, name in pairs):
        raise DesignError(
            "`--column` takes a variable of the margins and the question that holds it, such as `sex=D1`."
        )
    return {variable.strip(): name.strip() for variable, _, name in pairs}


def _words(given: list[str] | None, option: str, example: str) -> _Words:
    """Return one word for another by variable, from words such as ``sex:1=M``."""
    found: _Words = {}
    for word in given or ():
        (variable, between, rest), (code, sign, name) = word.partition(":"), word.partition(":")[2].partition("=")
        if not (variable.strip() and between and rest and sign and code.strip()):
            raise DesignError(f"`{option}` takes a variable, a category and its new name, such as `{example}`.")
        found.setdefault(variable.strip(), {})[code.strip()] = name.strip()
    return found


def _one_zone(answers: tm.Responses, only: str | None) -> tm.Responses:
    """Return the answers of one zone; refuse several, for margins are of one."""
    column = answers.roles.zone
    if column is None:
        if only is not None:
            raise DesignError("`--only-zone` needs to know the zone of each row: name its column with `--zone`.")
        return answers
    zones = answers.frame[column].astype("string")
    names = sorted(zones.dropna().unique())
    if only is None:
        if len(names) > 1:
            message = f"The answers are from {len(names)} zones, and margins are of one."
            raise DesignError(f"{message} Weight one at a time: `--only-zone`.")
        return answers
    if only not in names:
        raise DesignError(unknown_word("zone", only, names, "`--only-zone`"))
    return answers.select((zones == only).fillna(value=False))


def _weighted(
    answers: tm.Responses,
    known: tm.Margins,
    words: tuple[dict[str, str], _Words, _Words],
    unanswered: UnansweredMargin,
    name: str,
) -> tm.Weighting:
    """Return the weighted answers; where that cannot be, show first who answered."""
    columns, recode, groups = words
    how: dict[str, Any] = {"columns": columns or None, "recode": recode or None, "groups": groups or None}
    try:
        return tm.rake(answers, known, **how, unanswered=unanswered, column=name)
    except TrustmeterError:
        _show(tm.representation(answers, known, **how), ("unweighted",))
        raise


def _show(found: Result, sides: tuple[str, ...]) -> None:
    headings = [heading for heading in HEADINGS if heading != "weighted" or len(sides) > 1]
    print_table(headings, rows_of(found, sides), title=SIMULATED_MARK if found.simulated else None)


def _draw(found: tm.Representation, to: Path, language: str) -> None:
    """Draw who answered against who lives there."""
    figure = tm.plot(found, language=cast(ReportLanguage, language))
    try:
        figure.savefig(to)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name must end in .svg, .png or .pdf"
        raise DesignError(f"`--picture` cannot write {to.name!r}: {reason}.") from None
    screen.print(f"Drawn: {to.name}", markup=False, highlight=False)


def _write(weighted: tm.Weighting, to: Path, *, free_text: bool) -> None:
    """Write weighted answers, and say what was left out and what the file does not hold."""
    written = write_answers(weighted.answers, to, free_text=free_text)
    screen.print(f"Written: {written.name}. {_FILE_ONLY}", markup=False, highlight=False)
    words = free_texts(weighted.answers)
    if words:
        told = FREE_TEXT_INSIDE if free_text else FREE_TEXT_OUT
        screen.print(f"{told} {', '.join(words)}.", markup=False, highlight=False)
