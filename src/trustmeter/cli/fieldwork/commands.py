"""Commands of field work: link two waves without names, make a key, and say whom we reached."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated, cast

import pandas as pd
import typer

import trustmeter as tm
from trustmeter.cli.answers import Keep, QuestionnaireName, Respondent, Sheet, Strict, Wave, Zone
from trustmeter.cli.terminal import careful, for_the_shell, print_table, screen, steps
from trustmeter.errors import DataQualityWarning, DesignError
from trustmeter.exchange.reading.tabular import read_table
from trustmeter.linking.keys import make_key
from trustmeter.linking.writing import free_texts, write_answers
from trustmeter.options import ReportLanguage, WaveLinkMethod
from trustmeter.results import SIMULATED_MARK, Result

Language = Annotated[str, typer.Option(help="Language of the table: en, fr, nl or de.")]
LinkCode = Annotated[
    bool,
    typer.Option("--link-code/--no-link-code", help="The questions of the link code were added to the questionnaire."),
]
FREE_TEXT_OUT = "Left out, for what people write may say who they are (--free-text writes it, too):"
FREE_TEXT_INSIDE = "Inside is what people wrote in their own words. Read it before you pass the file on:"


@careful
def link(
    before: Annotated[Path, typer.Argument(help="The answers of the wave before.", show_default=False)],
    after: Annotated[Path, typer.Argument(help="The answers of the wave after.", show_default=False)],
    questionnaire: QuestionnaireName,
    element: Annotated[
        list[str] | None, typer.Option(help="Column of the code, once each. Default: the link code's questions.")
    ] = None,
    tolerance: Annotated[int, typer.Option(help="How many elements may differ: 0, 1 or 2.")] = 1,
    method: Annotated[str, typer.Option(help="tolerance or weights.")] = "tolerance",
    within: Annotated[str | None, typer.Option(help="Link only within this column, such as the zone.")] = None,
    names: Annotated[
        str | None, typer.Option(help="What the two waves are called, such as 2024,2025. Default: by --wave.")
    ] = None,
    link_code: LinkCode = True,
    respondent: Respondent = None,
    wave: Wave = None,
    zone: Zone = None,
    sheet: Sheet = None,
    keep: Keep = None,
    strict: Strict = True,
    language: Language = "en",
    to: Annotated[
        Path | None, typer.Option("--to", help="Write the linked answers, without codes and names, to this .csv.")
    ] = None,
    free_text: Annotated[
        bool, typer.Option("--free-text", help="With --to: also what people wrote in their own words. Read it first.")
    ] = False,
) -> None:
    """Link two waves by the codes that people made, and say how sure that is."""
    asked = tm.load_questionnaire(questionnaire)
    asked = tm.add_link_code(asked) if link_code and "LC01" not in {item.id for item in asked.items} else asked
    known = {item.id for item in asked.items}
    kept = [*(keep or ()), *(name for name in (*(element or ()), within) if name and name not in {*known, zone})]
    with steps() as step, warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)  # the answers carry the same as problems
        step("Reading both waves")
        waves = [
            tm.read_responses(
                path,
                asked,
                respondent=respondent,
                wave=wave,
                zone=zone,
                sheet=sheet,
                keep=dict.fromkeys(kept),
                strict=strict,
            )
            for path in (before, after)
        ]
        step("Linking")
        said = tuple(name.strip() for name in names.split(",")) if names else None
        links = tm.link_waves(
            *waves, elements=element or None, tolerance=tolerance, method=cast(WaveLinkMethod, method), within=within,
            waves=cast("tuple[str, str] | None", said),
        )  # fmt: skip
    _print(links, language)
    if to is not None:
        _write(links.answers(), to, free_text=free_text)


@careful
def rates(
    path: Annotated[Path, typer.Argument(help="A table with a row a contact: CSV or Excel.", show_default=False)],
    disposition: Annotated[str, typer.Option(help="Column with the final disposition.")] = "disposition",
    count: Annotated[str | None, typer.Option(help="Column with the number of contacts of a row.")] = None,
    zone: Zone = None,
    mode: Annotated[str | None, typer.Option(help="Column that says how people were asked.")] = None,
    eligibility: Annotated[
        float | None, typer.Option(help="Share of those not known that were eligible. Default: worked out.")
    ] = None,
    sheet: Sheet = None,
    language: Language = "en",
) -> None:
    """Print response, cooperation, refusal and contact rates (AAPOR) from a list of contacts."""
    table = read_table(path, sheet=sheet)
    if len(set(table.headings)) < len(table.headings):
        raise DesignError(f"Two columns of {path.name!r} have the same heading. Rename one.")
    frame = pd.DataFrame({name: cells for name, cells in zip(table.headings, table.cells, strict=True)})
    frame = frame.astype("string").apply(lambda column: column.str.strip())
    frame = frame.mask(frame == "")
    found = tm.response_rates(
        frame, disposition=disposition, count=count, zone=zone, mode=mode, eligibility=eligibility
    )
    _print(found, language)


@careful
def new_key(path: Annotated[Path, typer.Argument(help="The file to write, away from the answers.")]) -> None:
    """Make the key with which names become pseudonyms."""
    screen.print(f"Written: {make_key(path).name}. Keep it away from the answers.", markup=False, highlight=False)


def _write(answers: tm.Responses, to: Path, *, free_text: bool) -> None:
    """Write linked answers, and say what was left out."""
    written = write_answers(answers, to, free_text=free_text)
    screen.print(f"Written: {written.name}", markup=False, highlight=False)
    words = free_texts(answers)
    if words and free_text:
        screen.print(f"{FREE_TEXT_INSIDE} {', '.join(words)}.", markup=False, highlight=False)
    elif words:
        screen.print(f"{FREE_TEXT_OUT} {', '.join(words)}.", markup=False, highlight=False)


def _print(result: Result, language: str) -> None:
    shown = tm.to_table(result, language=cast(ReportLanguage, language))
    shown = shown.iloc[:, [1, 0, 2, 3]].astype(str)  # of whom stands first: it is short, and what was measured may fold
    print_table(shown.columns, shown.to_numpy().tolist(), title=SIMULATED_MARK if result.simulated else None)
    for note in result.notes:
        screen.print(f"Note: {for_the_shell(note)}", markup=False, highlight=False)
