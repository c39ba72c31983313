"""Commands on answers: check, score, reliability, compare, report, demo."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

import trustmeter as tm
from trustmeter.authoring.advice import advise
from trustmeter.cli.terminal import bar, careful, print_problems, print_result, screen, steps
from trustmeter.errors import DataQualityWarning, DesignError, Problem, ResponsesError
from trustmeter.options import QualityRule, ReadTool, ReportLanguage, UnfinishedRows, harmless
from trustmeter.questionnaire.shelf import keep_version

DEMO_WAVES = ("2022", "2023")

_CHANGE_COLUMNS = [0, 1, 2, 3, 4, -1]
"""Name, both means, change, interval, verdict: what fits a terminal of 80 columns. The report holds the rest."""
_EFFECT_COLUMNS = [0, 1, 2, 3, 4, 5, -1]
"""With areas also the change of those without the pilot."""

DataFile = Annotated[
    Path,
    typer.Argument(help="The answers: CSV, TSV, Excel, JSON, LimeSurvey, SPSS, Stata, parquet.", show_default=False),
]
QuestionnaireName = Annotated[
    str, typer.Option("--questionnaire", "-q", help="A name from `trustmeter list`, or the path of a questionnaire.")
]
Respondent = Annotated[str | None, typer.Option(help="Column that says who answered.")]
Wave = Annotated[str | None, typer.Option(help="Column that says in which wave.")]
Zone = Annotated[str | None, typer.Option(help="Column that says in which police zone.")]
Before = Annotated[str, typer.Option(help="Name of the wave before the pilot, as in the wave column.")]
After = Annotated[str, typer.Option(help="Name of the wave after.")]
OneZone = Annotated[str | None, typer.Option("--only-zone", help="Compare within this zone only.")]
Linked = Annotated[
    bool | None,
    typer.Option("--linked/--not-linked", help="Whether the same people answered twice. Default: found out."),
]
Overlap = Annotated[bool, typer.Option("--overlap", help="Use people who answered twice and people who answered once.")]
Earlier = Annotated[list[str] | None, typer.Option(help="An earlier wave, shown beside. In order of time.")]
Later = Annotated[list[str] | None, typer.Option(help="A later wave, shown beside. In order of time.")]
Area = Annotated[str | None, typer.Option(help="Column that says in which area people live; kept by itself.")]
Treated = Annotated[list[str] | None, typer.Option(help="An area where the pilot ran. May be given several times.")]
Without = Annotated[
    list[str] | None, typer.Option("--comparison", help="An area where it did not run. Default: all other areas.")
]
Randomized = Annotated[bool, typer.Option("--randomized", help="A lot decided where the pilot ran.")]
Clusters = Annotated[str | None, typer.Option(help="Column of who was drawn or asked together; kept by itself.")]
Weights = Annotated[str | None, typer.Option(help="Column with a weight of each row; kept by itself.")]
Covariate = Annotated[list[str] | None, typer.Option(help="Column known before the pilot, to make people comparable.")]
OnlyScale = Annotated[list[str] | None, typer.Option("--scale", help="Compare this scale only. May be given again.")]
Smallest = Annotated[
    list[str] | None,
    typer.Option("--smallest-effect", help="Smallest change that matters, in points: 3, or once a scale trust=3."),
]
Strict = Annotated[
    bool, typer.Option("--strict/--set-aside", help="Refuse a file with faults, or set the faults aside.")
]
Sheet = Annotated[str | None, typer.Option(help="Sheet of an Excel file.")]
Keep = Annotated[list[str] | None, typer.Option(help="Another column to carry along. May be given several times.")]
Wide = Annotated[
    list[str] | None,
    typer.Option(help="For waves side by side, once a wave: its name and its headings, such as 2022={item}_2022."),
]
Tool = Annotated[
    str,
    typer.Option(
        help="Tool that wrote the file: limesurvey, kobo, odk, qualtrics, redcap, forms, … Default: found out."
    ),
]
Mapping = Annotated[Path | None, typer.Option(help="Confirmed mapping of columns, from `trustmeter map-columns`.")]
Unfinished = Annotated[str, typer.Option(help="Who did not hand in: keep, or set_aside.")]
Language = Annotated[str, typer.Option(help="Language of the report: en, fr, nl or de.")]
Duration = Annotated[list[str] | None, typer.Option(help="Column with each person's time; twice: beginning and end.")]
LinkCode = Annotated[bool, typer.Option("--link-code", help="The form was written with --link-code.")]
Sign = Annotated[list[str] | None, typer.Option(help="Look for this sign of careless answering only. May be repeated.")]
To = Annotated[Path | None, typer.Option("--to", help="File to write.")]


@careful
def check(
    path: Annotated[Path, typer.Argument(help="A file of answers, or a questionnaire's folder or file.")],
    questionnaire: Annotated[str | None, typer.Option("--questionnaire", "-q", help="Needed for answers.")] = None,
    respondent: Respondent = None,
    wave: Wave = None,
    zone: Zone = None,
    sheet: Sheet = None,
    keep: Keep = None,
    wide: Wide = None,
    tool: Tool = "auto",
    mapping: Mapping = None,
    unfinished: Unfinished = "keep",
    duration: Duration = None,
    sign: Sign = None,
    link_code: LinkCode = False,
    keep_wording: Annotated[
        bool, typer.Option("--keep-wording", help="Of a questionnaire: keep this version's wording, to notice changes.")
    ] = False,
) -> None:
    """Check answers (with --questionnaire) or a questionnaire (without), and say everything that is wrong.

    The exit code is 2 when there are errors.
    """
    if questionnaire is None:
        problems = tm.check_questionnaire(path)
        if not any(problem.severity == "error" for problem in problems):
            problems += advise(tm.load_questionnaire(path))
        print_problems(problems, nothing=f"{path.name}: nothing is wrong.")
        if keep_wording:
            screen.print(f"Kept: {keep_version(path) or 'already there'}", markup=False)
        raise typer.Exit(2 if any(problem.severity == "error" for problem in problems) else 0)
    kept = list(dict.fromkeys([*(keep or ()), *(duration or ())]))
    asked = tm.add_link_code(tm.load_questionnaire(questionnaire)) if link_code else questionnaire
    where = (path, asked, respondent, wave, zone, sheet, kept, wide, (tool, mapping, unfinished))
    faults: tuple[Problem, ...] = ()
    try:
        answers = _read(*where, strict=True)
    except ResponsesError as error:
        faults = error.problems
        print_problems(faults, nothing=str(error))
        answers = _read(*where, strict=False)
        screen.print("\nWith the faulty cells and rows set aside:", markup=False)
    if not faults:
        print_problems(answers.problems, nothing="Reading found nothing wrong.")
    screen.print(str(answers), markup=False)
    times = cast("tuple[str, str] | None", tuple(duration or ()) or None)
    quality = tm.check_quality(answers, rules=cast("list[QualityRule] | None", sign), duration=times)
    screen.print(quality.summary(), markup=False, highlight=False)
    raise typer.Exit(2 if faults else 0)


@careful
def map_columns(
    path: DataFile,
    questionnaire: QuestionnaireName,
    to: Annotated[Path, typer.Option("--to", help="CSV file to write.")] = Path("mapping.csv"),
    sheet: Sheet = None,
) -> None:
    """Propose which column is which question, for files with typed headings; look at it, confirm it, use --mapping."""
    proposed = tm.propose_mapping(path, tm.load_questionnaire(questionnaire), sheet=sheet)
    screen.print(f"{proposed}.", markup=False, highlight=False)
    screen.print(
        f"Written to {proposed.save(to)}. Mend `item`, and write yes under `confirmed`.", soft_wrap=True, markup=False
    )


@careful
def score(
    path: DataFile,
    questionnaire: QuestionnaireName,
    respondent: Respondent = None,
    wave: Wave = None,
    zone: Zone = None,
    sheet: Sheet = None,
    keep: Keep = None,
    wide: Wide = None,
    tool: Tool = "auto",
    mapping: Mapping = None,
    unfinished: Unfinished = "keep",
    strict: Strict = True,
    to: To = None,
) -> None:
    """Score every scale, 0 to 100; write the scores as CSV with --to (they are personal data: keep them safe)."""
    answers = _read(
        path, questionnaire, respondent, wave, zone, sheet, keep, wide, (tool, mapping, unfinished), strict=strict
    )
    scores = tm.score(answers)
    screen.print(scores.summary(), markup=False, highlight=False)
    if to is not None:
        marked = scores.frame.assign(simulated="yes") if scores.simulated else scores.frame
        try:
            to.parent.mkdir(parents=True, exist_ok=True)
            marked.map(harmless).to_csv(to, index=False)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise DesignError(f"`--to` cannot write {to.name!r} there: {reason}. Name another file.") from None
        screen.print(f"Scores written to {to}", soft_wrap=True)


@careful
def reliability(
    path: DataFile,
    questionnaire: QuestionnaireName,
    respondent: Respondent = None,
    wave: Wave = None,
    zone: Zone = None,
    sheet: Sheet = None,
    keep: Keep = None,
    wide: Wide = None,
    tool: Tool = "auto",
    mapping: Mapping = None,
    unfinished: Unfinished = "keep",
    strict: Strict = True,
) -> None:
    """Print alpha, omega, their intervals and the measurement error of every scale."""
    answers = _read(
        path, questionnaire, respondent, wave, zone, sheet, keep, wide, (tool, mapping, unfinished), strict=strict
    )
    with steps() as step:
        step("Reliability")
        result = tm.reliability(answers)
    print_result(result, columns=slice(None))


@careful
def compare(
    path: DataFile,
    questionnaire: QuestionnaireName,
    before: Before,
    after: After,
    wave: Wave = "wave",
    respondent: Respondent = None,
    zone: Zone = None,
    only_zone: OneZone = None,
    linked: Linked = None,
    overlap: Overlap = False,
    earlier: Earlier = None,
    later: Later = None,
    area: Area = None,
    treated: Treated = None,
    comparison: Without = None,
    randomized: Randomized = False,
    clusters: Clusters = None,
    weights: Weights = None,
    covariate: Covariate = None,
    scale: OnlyScale = None,
    smallest_effect: Smallest = None,
    sheet: Sheet = None,
    keep: Keep = None,
    wide: Wide = None,
    tool: Tool = "auto",
    mapping: Mapping = None,
    unfinished: Unfinished = "keep",
    strict: Strict = True,
) -> None:
    """Compare two waves (with --area and --treated: also with areas without the pilot) on every scale; say what can be said."""
    design = tm.PilotDesign(
        before, after, linked=_linking(linked, overlap), zone=only_zone, earlier=earlier or (), later=later or (), area=area,
        treated=treated or (), comparison=comparison or None, randomized=randomized, clusters=clusters, weights=weights,
        covariates=covariate or (),
    )  # fmt: skip
    kept = _kept(design, keep, respondent, zone)
    answers = _read(
        path, questionnaire, respondent, wave, zone, sheet, kept, wide, (tool, mapping, unfinished), strict=strict
    )
    with steps() as step:
        step("Comparing the waves")
        change = tm.compare(tm.score(answers), design, scale=scale or None, smallest_effect=_smallest(smallest_effect))
    print_result(change, columns=_EFFECT_COLUMNS if design.has_comparison else _CHANGE_COLUMNS)


@careful
def report(
    path: DataFile,
    questionnaire: QuestionnaireName,
    before: Before,
    after: After,
    wave: Wave = "wave",
    respondent: Respondent = None,
    zone: Zone = None,
    only_zone: OneZone = None,
    linked: Linked = None,
    overlap: Overlap = False,
    earlier: Earlier = None,
    later: Later = None,
    area: Area = None,
    treated: Treated = None,
    comparison: Without = None,
    randomized: Randomized = False,
    clusters: Clusters = None,
    weights: Weights = None,
    covariate: Covariate = None,
    scale: OnlyScale = None,
    smallest_effect: Smallest = None,
    sheet: Sheet = None,
    keep: Keep = None,
    wide: Wide = None,
    tool: Tool = "auto",
    mapping: Mapping = None,
    unfinished: Unfinished = "keep",
    strict: Strict = True,
    language: Language = "en",
    to: To = None,
) -> None:
    """Write the report of two waves, with or without comparison areas: one file, .html, .pdf or .docx, that opens anywhere."""
    design = tm.PilotDesign(
        before, after, linked=_linking(linked, overlap), zone=only_zone, earlier=earlier or (), later=later or (), area=area,
        treated=treated or (), comparison=comparison or None, randomized=randomized, clusters=clusters, weights=weights,
        covariates=covariate or (),
    )  # fmt: skip
    kept = _kept(design, keep, respondent, zone)
    answers = _read(
        path, questionnaire, respondent, wave, zone, sheet, kept, wide, (tool, mapping, unfinished), strict=strict
    )
    with steps() as step:
        step("Comparing the waves")
        change = tm.compare(tm.score(answers), design, scale=scale or None, smallest_effect=_smallest(smallest_effect))
        step("Writing the report")
        written = tm.report(change, to=to or Path("report.html"), language=cast("ReportLanguage", language))
    screen.print(f"Report: {written.resolve()}", soft_wrap=True, highlight=False)


@careful
def demo(to: To = None, language: Language = "en") -> None:
    """Run a whole pilot on simulated answers of one zone and write its report."""
    trust = tm.load_questionnaire("community-trust")
    with steps() as step:
        step("Reading the simulated answers")
        answers = tm.read_responses(
            tm.demo_file(), trust, respondent="id", wave="wave", zone="zone", language="language", mode="mode"
        )
        step("Checking the answers")
        quality = tm.check_quality(answers)
        step("Is the meter sound?")
        meter = tm.reliability(answers)
        items = tm.analyze_items(answers)
        step("Scoring, and comparing the waves")
        change = tm.compare(tm.score(answers), tm.PilotDesign(*DEMO_WAVES))
        step("Writing the report")
        page = to or Path("build/demo/report.html")
        written = tm.report(change, quality, meter, items, to=page, language=cast("ReportLanguage", language))
    screen.print(str(answers), markup=False, highlight=False)
    print_result(change, columns=_CHANGE_COLUMNS)
    screen.print(f"Report: {written.resolve()}", soft_wrap=True, highlight=False)


def _linking(linked: bool | None, overlap: bool) -> bool | Literal["overlap"] | None:
    """Return what the options say of who answered twice."""
    if overlap and linked is not None:
        raise DesignError("`--overlap` stands for itself: leave out `--linked` and `--not-linked`.")
    return "overlap" if overlap else linked


def _kept(design: tm.PilotDesign, keep: list[str] | None, respondent: str | None, zone: str | None) -> list[str]:
    """Return the columns to carry along: those asked for, and those that the design needs and no role holds."""
    named = [name for name in (design.area, design.clusters, design.weights, *design.covariates) if name is not None]
    roles = {respondent, zone, "zone" if zone is not None else None}
    return list(dict.fromkeys([*(keep or ()), *(name for name in named if name not in roles)]))


def _smallest(given: list[str] | None) -> float | dict[str, float] | None:
    """Return the smallest effect from words such as ``3`` or ``trust=3``."""
    if not given:
        return None
    try:
        if len(given) == 1 and "=" not in given[0]:
            return float(given[0])
        return {scale.strip(): float(points) for scale, points in (word.split("=", 1) for word in given)}
    except ValueError:
        raise DesignError("`--smallest-effect` takes points, such as `3`, or once a scale `trust=3`.") from None


def _read(
    path: Path,
    questionnaire: str | tm.Questionnaire,
    respondent: str | None,
    wave: str | None,
    zone: str | None,
    sheet: str | None,
    keep: list[str] | None,
    wide: list[str] | None,
    written: tuple[str, Path | None, str] = ("auto", None, "keep"),
    *,
    strict: bool,
) -> tm.Responses:
    tool, mapping, unfinished = written
    with bar(f"Reading {path.name}") as progress, warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)  # the answers carry the same as problems
        return tm.read_responses(
            path,
            tm.load_questionnaire(questionnaire) if isinstance(questionnaire, str) else questionnaire,
            respondent=respondent,
            wave=_patterns(wide) if wide else wave,
            zone=zone,
            sheet=sheet,
            keep=keep or (),
            strict=strict,
            tool=cast("ReadTool", tool),
            mapping=mapping,
            unfinished=cast("UnfinishedRows", unfinished),
            progress=progress,
        )


def _patterns(wide: list[str]) -> dict[str, str]:
    """Return the pattern of each wave from words such as ``2022={item}_2022``."""
    pairs = dict(word.split("=", 1) for word in wide if "=" in word)
    if len(pairs) < len(wide) or not all("{item}" in pattern for pattern in pairs.values()):
        raise DesignError("`--wide` takes a wave and the pattern of its headings, such as `2022={item}_2022`.")
    return pairs
