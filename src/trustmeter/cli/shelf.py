"""Commands on questionnaires: list, show, export, new-questionnaire, and the sheets of translators."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer

import trustmeter as tm
from trustmeter.authoring.scaffold import copy_questionnaire, new_questionnaire
from trustmeter.authoring.sheet import read_translation_sheet, write_translation_sheet
from trustmeter.cli.terminal import careful, print_problems, print_table, screen
from trustmeter.options import ExportTool
from trustmeter.present.catalogue import catalogue_page

Name = Annotated[str, typer.Argument(help="A name from `trustmeter list`, or a path.")]


@careful
def export(
    questionnaire: Annotated[str, typer.Argument(help="A name from `trustmeter list`, or a path.")],
    to: Annotated[
        Path,
        typer.Option("--to", help="File to write; its ending is the tool's, see --tool."),
    ],
    tool: Annotated[
        str,
        typer.Option(
            help="xlsform (ODK, KoboToolbox), html (to print), web (for a tablet), limesurvey, paper (PDF), "
            "entry_sheet (.xlsx), qualtrics (.qsf), redcap (.csv), surveyjs (.json), "
            "codebook (.html, .xml, .csv, .xlsx, .docx) or spss (.sav)."
        ),
    ] = "xlsform",
    language: Annotated[
        list[str] | None,
        typer.Option(
            help="May be given several times, default all. html, paper, redcap, spss: one, default the first of `list`."
        ),
    ] = None,
    large_print: Annotated[bool, typer.Option("--large-print", help="paper: letters of 16 points.")] = False,
    zone: Annotated[str | None, typer.Option(help="paper: the police zone's name, printed on each sheet.")] = None,
    layout: Annotated[
        bool, typer.Option("--layout", help="paper: also a .json that says where each circle stands, for scanners.")
    ] = False,
    grid: Annotated[
        bool, typer.Option("--grid", help="xlsform: questions with the same answers in one table, for wide screens.")
    ] = False,
    ddi: Annotated[str | None, typer.Option(help="codebook as .xml: the version of DDI-Codebook, 2.6 or 2.5.")] = None,
    link_code: Annotated[
        bool, typer.Option("--link-code", help="Add the questions from which people make a code, to link waves.")
    ] = False,
) -> None:
    """Write a questionnaire for a survey tool or for paper."""
    loaded = tm.load_questionnaire(questionnaire)
    loaded = tm.add_link_code(loaded) if link_code else loaded
    wished = {"large_print": large_print, "zone": zone, "layout": layout, "grid": grid, "ddi": ddi}
    settings = {name: value for name, value in wished.items() if value}
    written = tm.export_questionnaire(
        loaded, to, tool=cast("ExportTool", tool), languages=language, settings=settings or None
    )
    screen.print(f"{loaded.id} {loaded.version} for {tool}: {written.resolve()}", soft_wrap=True, highlight=False)


@careful
def list_shelf() -> None:
    """List the questionnaires that come with trustmeter."""
    shelf = tm.list_questionnaires()[["id", "version", "standing", "items", "scales", "languages", "title"]]
    print_table(shelf.columns, shelf.astype(str).to_numpy().tolist())


@careful
def show(
    questionnaire: Name,
    language: Annotated[list[str] | None, typer.Option(help="May be given several times. Default: all.")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="Write the page (.md) instead of printing it.")] = None,
) -> None:
    """Show a questionnaire: its items in all languages side by side, its scales, its evidence, how to cite it."""
    page = catalogue_page(tm.load_questionnaire(questionnaire), languages=language)
    if to is None:
        screen.print(page, markup=False, highlight=False, soft_wrap=True)
        return
    try:
        to.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise tm.DesignError(f"`--to` cannot write {to.name!r} there: {reason}. Name another file.") from None
    screen.print(f"Written: {to}", soft_wrap=True)


@careful
def new(
    folder: Annotated[Path, typer.Argument(help="The folder to make; its name becomes the id.")],
    language: Annotated[list[str] | None, typer.Option(help="May be given several times, base first.")] = None,
    copy: Annotated[str | None, typer.Option("--from", help="Copy this one instead, from `trustmeter list`.")] = None,
) -> None:
    """Make a first draft of a questionnaire to write on, or a copy of one to translate or adapt."""
    made = (
        copy_questionnaire(copy, folder)
        if copy
        else new_questionnaire(folder, languages=language or ("en", "fr", "nl", "de"))
    )
    screen.print(
        f"Made {made}. Write the statements into its language files, then: trustmeter check {made}", soft_wrap=True
    )


@careful
def sheet(
    questionnaire: Name,
    language: Annotated[str, typer.Option("--to", help="The language to translate into, such as tr.")],
    file: Annotated[Path | None, typer.Option(help="The .xlsx file to write. Default: made from the names.")] = None,
) -> None:
    """Write the spreadsheet that translators fill in: source, context, two translations, review, back-translation."""
    loaded = tm.load_questionnaire(questionnaire)
    written = write_translation_sheet(loaded, file or Path(f"{loaded.id}-{language}.xlsx"), language=language)
    screen.print(f"For translators: {written}", soft_wrap=True)


@careful
def read(
    file: Annotated[Path, typer.Argument(help="The spreadsheet that came back.")],
    questionnaire: Annotated[Path, typer.Option("--questionnaire", "-q", help="The questionnaire's folder.")],
) -> None:
    """Read a filled-in spreadsheet into the questionnaire's folder."""
    found = read_translation_sheet(file, questionnaire)
    print_problems(found.problems, nothing="Nothing to look at.")
    done = f"{found.translated} of {found.texts} texts"
    screen.print(f"{found.language}: {done} in {found.folder / (found.language + '.yaml')}", soft_wrap=True)
