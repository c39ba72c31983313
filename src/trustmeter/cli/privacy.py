"""Commands on what may be shown: a table without small numbers, and whether people stand out."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated, cast

import typer

import trustmeter as tm
from trustmeter.cli.answers import DataFile, Keep, QuestionnaireName, Respondent, Sheet, Strict, Wave, Zone
from trustmeter.cli.terminal import careful, for_the_shell, print_table, screen, steps
from trustmeter.errors import DataQualityWarning
from trustmeter.options import ReportLanguage
from trustmeter.present.phrases import load_phrases
from trustmeter.results import SIMULATED_MARK

To = Annotated[Path | None, typer.Option("--to", help="Also write it to this .csv or .xlsx, with its log beside it.")]
Language = Annotated[str, typer.Option(help="Language of the table: en, fr, nl or de.")]


@careful
def safe_table(
    path: DataFile,
    questionnaire: QuestionnaireName,
    rows: Annotated[str, typer.Option("--rows", help="Column or item whose categories are the rows.")],
    columns: Annotated[str | None, typer.Option("--columns", help="A second one; not more than two.")] = None,
    value: Annotated[
        str | None, typer.Option(help="Scale, item or number whose mean is shown. Default: counts.")
    ] = None,
    only_wave: Annotated[str | None, typer.Option("--only-wave", help="The wave that counts.")] = None,
    merge: Annotated[bool, typer.Option("--merge", help="Put categories about too few people together.")] = False,
    rounding: Annotated[int | None, typer.Option(help="Round counts to this multiple, such as 5.")] = None,
    language: Language = "en",
    to: To = None,
    respondent: Respondent = None,
    wave: Wave = None,
    zone: Zone = None,
    sheet: Sheet = None,
    keep: Keep = None,
    strict: Strict = True,
) -> None:
    """Print a table from which no small number of people can be read, or worked out."""
    answers = _answers(path, questionnaire, respondent, wave, zone, sheet, keep, strict)
    scales = {scale.id for scale in answers.questionnaire.scales}
    of = tm.score(answers, scale=value).column(value) if value in scales and value is not None else value
    rule = tm.DisclosureRule(rounding=rounding)
    table = tm.safe_table(
        answers, rows, columns, value=of, wave=only_wave, merge="other" if merge else "keep", rule=rule
    )
    shown = tm.to_table(table, language=cast(ReportLanguage, language))
    shown = shown.iloc[:, :-1] if table.simulated else shown
    print_table(shown.columns, shown.to_numpy().tolist(), title=SIMULATED_MARK if table.simulated else None)
    said = load_phrases(language, where="safe-table").say(
        "disclosure.under_table", publish=rule.publish, show=rule.show
    )
    for note in table.notes:
        screen.print(f"Note: {for_the_shell(note)}", markup=False, highlight=False)
    screen.print(said, markup=False, highlight=False)
    if to is not None:
        written = tm.safe_export(table, to, rule=rule)
        screen.print(f"Written: {written.path} and {written.log_path.name}", markup=False, highlight=False)


@careful
def anonymity(
    path: DataFile,
    questionnaire: QuestionnaireName,
    quasi: Annotated[list[str], typer.Option("--quasi", help="What others could know. May be given several times.")],
    sensitive: Annotated[
        list[str] | None, typer.Option("--sensitive", help="What must not be told of anybody.")
    ] = None,
    k: Annotated[int, typer.Option("-k", help="No class of people alike may be smaller.")] = 5,
    respondent: Respondent = None,
    wave: Wave = None,
    zone: Zone = None,
    sheet: Sheet = None,
    keep: Keep = None,
    strict: Strict = True,
) -> None:
    """Say whether people stand out by what others could know of them. The exit code is 2 when they do."""
    answers = _answers(path, questionnaire, respondent, wave, zone, sheet, keep, strict)
    report = tm.check_anonymity(answers, quasi, sensitive or (), k=k)
    screen.print(for_the_shell(report.summary()), markup=False, highlight=False)
    raise typer.Exit(0 if report.reached else 2)


def _answers(path: Path, questionnaire: str, *how: object) -> tm.Responses:
    respondent, wave, zone, sheet, keep, strict = how
    with steps() as step, warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)  # the answers carry the same as problems
        step(f"Reading {path.name}")
        return tm.read_responses(
            path,
            tm.load_questionnaire(questionnaire),
            respondent=cast("str | None", respondent),
            wave=cast("str | None", wave),
            zone=cast("str | None", zone),
            sheet=cast("str | None", sheet),
            keep=cast("list[str] | None", keep) or (),
            strict=bool(strict),
        )
