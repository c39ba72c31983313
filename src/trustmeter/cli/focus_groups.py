"""The command on focus groups: which codes came up where, and do coders agree?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer

import trustmeter as tm
from trustmeter.cli.terminal import careful, for_the_shell, print_problems, print_table, screen, steps
from trustmeter.errors import DesignError, unknown_word
from trustmeter.options import FORMULA_SIGNS, CodeGrouping, CodeLevel, CodingUnit, ReportLanguage
from trustmeter.results import SIMULATED_MARK

PICTURES = (".png", ".svg", ".pdf")

CodedFile = Annotated[Path, typer.Argument(help="A table of codings (.csv, .xlsx) or a project (.qdpx).")]
By = Annotated[str, typer.Option(help="Count by group, or all sessions together: group or all.")]
Level = Annotated[str, typer.Option(help="Each code, or the uppermost codes with all below them: code or top.")]
Agreement = Annotated[bool, typer.Option("--agreement", help="Say how far coders agree, instead of counting.")]
Unit = Annotated[str, typer.Option(help="For --agreement: segment, document or characters.")]
Session = Annotated[str | None, typer.Option(help="Column with the session's name.")]
CodeColumn = Annotated[str | None, typer.Option("--code", help="Column with the codes.")]
Group = Annotated[str | None, typer.Option(help="Column, or variable of the project, with the group.")]
Speaker = Annotated[str | None, typer.Option(help="Column, or code above the codes, that say who speaks.")]
Coder = Annotated[str | None, typer.Option(help="Column with who coded.")]
Moderator = Annotated[list[str] | None, typer.Option(help="A speaker to leave out. May be given several times.")]
Codebook = Annotated[Path | None, typer.Option(help="Codebook: .qdc, or a table with code, parent, definition.")]
Separator = Annotated[str, typer.Option(help="Between several codes of a cell.")]
SheetName = Annotated[str | None, typer.Option("--sheet", help="Sheet of an Excel file.")]
Language = Annotated[str, typer.Option(help="Language of table and picture: en, fr, nl or de.")]
To = Annotated[Path | None, typer.Option("--to", help="Write the table (.csv) or draw it (.png, .svg, .pdf).")]


@careful
def focus(
    path: CodedFile,
    by: By = "group",
    level: Level = "code",
    agreement: Agreement = False,
    unit: Unit = "segment",
    session: Session = None,
    code: CodeColumn = None,
    group: Group = None,
    speaker: Speaker = None,
    coder: Coder = None,
    moderator: Moderator = None,
    codebook: Codebook = None,
    separator: Separator = ";",
    sheet: SheetName = None,
    language: Language = "en",
    to: To = None,
) -> None:
    """Say which codes came up in focus groups, group by group, or with --agreement how far coders agree."""
    if to is not None and to.suffix.lower() not in (".csv", *PICTURES):
        raise DesignError(unknown_word("ending", to.suffix, (".csv", *PICTURES), "`--to`"))
    segments = tm.read_segments(
        path, session=session, code=code, group=group, speaker=speaker, coder=coder, moderators=moderator or (),
        codebook=codebook, separator=separator, sheet=sheet,
    )  # fmt: skip
    if segments.problems:
        print_problems(segments.problems, nothing="")
    found: tm.CodeFrequencies | tm.CodeAgreement
    with steps() as step:
        if agreement:
            step("Holding coders against each other")
            found = tm.code_agreement(segments, unit=cast(CodingUnit, unit))
        else:
            step("Counting")
            found = tm.code_frequencies(segments, by=cast(CodeGrouping, by), level=cast(CodeLevel, level))
    spoken = cast(ReportLanguage, language)
    table = tm.to_table(found, language=spoken)
    shown = table.iloc[:, :-1] if found.simulated else table
    print_table(shown.columns, shown.to_numpy().tolist(), title=SIMULATED_MARK if found.simulated else None)
    for note in found.notes:
        screen.print(f"Note: {for_the_shell(note)}", markup=False, highlight=False)
    if to is not None:
        _write(found, spoken, to)


def _write(found: tm.CodeFrequencies | tm.CodeAgreement, language: ReportLanguage, to: Path) -> None:
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        if to.suffix.lower() == ".csv":
            table = tm.to_table(found, language=language)
            safe = table.map(lambda cell: f"'{cell}" if str(cell).startswith(FORMULA_SIGNS) else cell)
            safe.to_csv(to, index=False, encoding="utf-8-sig")
        else:
            tm.plot(found, language=language).savefig(to)
    except (OSError, ValueError) as error:
        if isinstance(error, DesignError):
            raise
        raise DesignError(f"`--to` cannot write {to.name!r} there. Name another file.") from None
    screen.print(f"Written to {to}", soft_wrap=True)
