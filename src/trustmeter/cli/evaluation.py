"""The command that evaluates a pilot from its file, and writes all that comes of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, cast

import typer

import trustmeter as tm
from trustmeter.cli.pilot_file import PilotFile
from trustmeter.cli.terminal import careful, for_the_shell, screen, steps
from trustmeter.errors import DataQualityWarning, DesignError
from trustmeter.options import ReportLanguage
from trustmeter.pilot.evaluation.beside import WeightedBeside
from trustmeter.pilot.evaluation.result import PilotEvaluation, QuestionnaireEvaluation
from trustmeter.pilot.evaluation.spreadsheet import write_tables
from trustmeter.present.phrases import load_phrases
from trustmeter.present.pilot.sentences import sentences_of
from trustmeter.results import SIMULATED_MARK

To = Annotated[Path | None, typer.Option("--to", help="The folder to write to. Default: build/ and the pilot's id.")]
Languages = Annotated[
    list[str] | None, typer.Option("--language", help="en, fr, nl or de; again for more. Default: those of the file.")
]
Questionnaire = Annotated[
    str | None, typer.Option("--questionnaire", "-q", help="Only this questionnaire of the pilot.")
]
Pdf = Annotated[bool, typer.Option("--pdf", help="Also as PDF (needs the extra `report`).")]
Slides = Annotated[bool, typer.Option("--slides", help="Also pictures for a talk, a folder a language.")]
Register = Annotated[
    Path | None, typer.Option("--register", help="The register of publications. Default: register.json in the folder.")
]
Strict = Annotated[
    bool, typer.Option("--strict/--set-aside", help="Refuse answers with faults, or set the faults aside.")
]
Replaces = Annotated[
    str | None, typer.Option("--replaces", help="The number in the register of the report that this one replaces.")
]


@dataclass(frozen=True)
class _Output:
    """Where the output of a run goes, and how."""

    folder: Path
    languages: tuple[ReportLanguage, ...]
    pdf: bool
    slides: bool
    register: Path | None
    replaces: str | None
    step: Callable[[str], None]
    written: list[tuple[str, Path]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


@careful
def run(
    file: PilotFile,
    to: To = None,
    language: Languages = None,
    questionnaire: Questionnaire = None,
    pdf: Pdf = False,
    slides: Slides = False,
    register: Register = None,
    replaces: Replaces = None,
    strict: Strict = True,
) -> None:
    """Evaluate a pilot: reports in each language, the sheet for the table, the result file, and the tables behind them.

    Where no answers are there yet, simulated ones stand in, and every page says so.
    """
    pilot = tm.read_pilot(file)
    languages = tuple(cast("ReportLanguage", one) for one in language or pilot.report_languages)
    for one in languages:
        load_phrases(one, where="trustmeter pilot run")
    with steps() as step, warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)  # the answers carry the same as problems
        found = tm.evaluate_pilot(pilot, questionnaire=questionnaire, strict=strict, progress=step)
        folder = to or Path("build") / pilot.id
        kept = None if found.simulated else register or folder / "register.json"
        output = _Output(folder, languages, pdf, slides, kept, replaces, step)
        for part in found.parts:
            _write_part(found, part, output)
        step("Result file and tables")
        output.written.append(("Result", tm.write_result(found, folder / "result.json")))
        write_tables(found, folder / "for-the-evaluator")
        output.written.append(("Tables", folder / "for-the-evaluator"))
    _print(found, output)


def _write_part(found: PilotEvaluation, part: QuestionnaireEvaluation, output: _Output) -> None:
    """Write what people get to see of one questionnaire, in each language."""
    main = part is found.parts[0]
    name = "" if main else f"-{part.name}"
    endings = (".html", ".pdf") if output.pdf else (".html",)
    for language in output.languages:
        for ending in endings:
            output.step(f"Report: {part.name}, {language}{ending}")
            path = output.folder / f"report{name}-{language}{ending}"
            _report(part, path, language, output)
            output.written.append(("Report", path))
        output.step(f"Sheet for the table: {part.name}, {language}")
        sheet = output.folder / f"copmite-sheet{name}-{language}{endings[-1]}"
        output.written.append(("Sheet", tm.copmite_sheet(found if main else part.change, to=sheet, language=language)))
        if output.slides:
            output.step(f"Pictures for a talk: {part.name}, {language}")
            folder = output.folder / f"slides{name}-{language}"
            talk = tm.slides(part.change, *part.results, to=folder, language=language)
            output.written.append(("Pictures for a talk", talk))


def _report(part: QuestionnaireEvaluation, path: Path, language: ReportLanguage, output: _Output) -> None:
    """Write a report; where its groups would give a few people away, without the groups, and say so."""
    to: dict[str, Any] = {"to": path, "language": language, "register": output.register, "replaces": output.replaces}
    try:
        tm.report(part, **to)
    except DesignError:
        if not part.subgroups or output.register is None:
            raise
        tm.report(replace(part, subgroups=()), **to)
        told = f"{path.name}: groups are left out, for with them a few people could be worked out."
        output.left_out.append(told)


def _weighted(part: QuestionnaireEvaluation) -> str:
    """Return what weights do to the answer, in a line; of which other scales they change the verdict."""
    beside = cast("WeightedBeside", part.beside)
    others = [scale for scale in beside.differing if scale != part.primary]
    more = f" Another verdict with weights: {', '.join(others)}." if others else ""
    met = ", ".join(cast("tm.Weighting", part.weighting).margins)
    invented = " These margins are invented." if beside.simulated and not part.simulated else ""
    return f"  Weighted to {met}: {beside.sentences[part.primary]}{more}{invented}"


def _print(found: PilotEvaluation, output: _Output) -> None:
    """Print the answer in a sentence a questionnaire, what could not be told, and where everything is."""
    screen.print(SIMULATED_MARK if found.simulated else "", markup=False)
    phrases = load_phrases(output.languages[0])
    for part in found.parts:
        told = {row.scale: sentence for row, sentence in sentences_of(part.change, phrases)}
        title = part.survey.questionnaire.title.read(output.languages[0])
        screen.print(f"{title}: {told.get(part.primary, '')}", markup=False, highlight=False, soft_wrap=True)
        if part.beside is not None and part.weighting is not None:
            screen.print(_weighted(part), markup=False, highlight=False, soft_wrap=True)
    screen.print()
    for one in (*found.skipped, *output.left_out):
        screen.print(for_the_shell(str(one)), markup=False, highlight=False, soft_wrap=True)
    if output.register is None:
        screen.print("Nothing was put on a register of publications: these answers are made up.", markup=False)
    screen.print()
    for kind, path in output.written:
        screen.print(f"{kind}: {path.resolve()}", markup=False, highlight=False, soft_wrap=True)
