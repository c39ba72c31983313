"""A pilot from its file to all that it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FamilyAdjustment, check_conf_level, check_seed
from trustmeter.pilot.evaluation.result import PilotEvaluation, QuestionnaireEvaluation, Skipped, scale_rows
from trustmeter.pilot.evaluation.steps import Asked, evaluate_survey
from trustmeter.pilot.file.answers import read_pilot_answers
from trustmeter.pilot.file.model import Pilot, Survey
from trustmeter.pilot.file.reader import read_pilot
from trustmeter.results import vocabulary_frame

WHERE = "evaluate_pilot"
NO_ANSWERS = "There are no answers to this questionnaire yet, and made-up ones do not stand in beside real ones."


def evaluate_pilot(
    pilot: Pilot | str | Path,
    *,
    questionnaire: str | None = None,
    seed: int | None = None,
    conf_level: float = 0.95,
    adjustment: FamilyAdjustment = "holm",
    min_n: int = 10,
    strict: bool = True,
    progress: Callable[[str], None] | None = None,
) -> PilotEvaluation:
    r"""Evaluate a pilot from its file: everything that its answers can say, by each of its questionnaires.

    Use it once answers are in, and before that to see what an evaluation looks like: where no file of answers is there, made-up ones
    stand in, and everything says so. It reads, checks, scores, asks how consistently the scales measure and whether both waves
    measured the same, compares (as promised, where the file names a protocol), says who was lost, whether another analysis would
    have said otherwise, whether declared groups differ, what happened near field work, and, where the file names margins of the
    population, whom the answers speak for and what they say when weighted.

    Parameters
    ----------
    pilot
        From `read_pilot`, or the path of a pilot file.
    questionnaire
        The id of one of its questionnaires; ``None`` takes all, the main one first.
    seed
        For stand-in answers. Default: made from the pilot's id, so that every run gives the same.
    conf_level, adjustment, min_n
        As in `compare`; with a protocol, arguments left as they are come from it.
    strict
        As in `read_responses`: ``False`` sets faulty cells and rows aside instead of refusing the file.
    progress
        Called with the name of each step before it is taken.

    Returns
    -------
    PilotEvaluation
        Columns ``scale zone term contrast estimate std_error statistic df p_value p_adjusted ci_low ci_high n method suppressed``: a row
        a scale compared, called ``questionnaire/scale``. ``parts`` holds each questionnaire with ``change`` and all other results;
        ``change`` and ``results`` are those of the main one, ready for ``tm.report(evaluation.change, *evaluation.results, to=...)``;
        ``skipped`` says which steps these answers could not give, and why.

    Raises
    ------
    DesignError
        When the file cannot be used, has no such questionnaire, or the main questionnaire's waves cannot be compared.
    ResponsesError
        When a file of answers has faults.
    EstimationError
        When the numbers of the main questionnaire cannot answer.

    Notes
    -----
    The p values of one questionnaire's scales are adjusted together, not those of several questionnaires, for each answers a question of
    its own. Declared groups and other analyses are told of the primary scale only. Stand-in answers are made only where no
    questionnaire of the pilot has answers: made-up ones never stand beside real ones. Weights bring the people who were compared, each
    wave by itself, to the margins (`rake`); the declared answer stays the one without them.

    Examples
    --------
    >>> import tempfile, trustmeter as tm
    >>> folder = Path(tempfile.mkdtemp())
    >>> lines = ["id: ghent", "zone: Ghent", "title: Nearness", "questionnaire: encounter", "waves: {before: a, after: b}",
    ...          "design: {linked: no}", "expected_people: 120"]
    >>> _ = (folder / "ghent.yaml").write_text("\n".join(lines), encoding="utf-8")
    >>> found = tm.evaluate_pilot(folder / "ghent.yaml")
    >>> found.simulated, found.change.verdicts["overall"], found.skipped[0].step
    (True, 'inconclusive', 'protocol')
    """
    check_conf_level(conf_level, WHERE)
    check_seed(seed, WHERE)
    if isinstance(pilot, (str, Path)):
        pilot = read_pilot(pilot)
    if not isinstance(pilot, Pilot):
        raise DesignError(f"`{WHERE}` takes a pilot or the path of a pilot file. Got {type(pilot).__name__}.")
    surveys = pilot.surveys if questionnaire is None else (pilot.survey(questionnaire),)
    asked = Asked(conf_level, adjustment, min_n, strict, progress or _silent)
    real = any(survey.files for survey in pilot.surveys)
    parts: list[QuestionnaireEvaluation] = []
    skipped: list[Skipped] = []
    for survey in surveys:
        if real and not survey.files:
            skipped.append(Skipped("compare", NO_ANSWERS, survey.questionnaire.id))
            continue
        found = _part(pilot, survey, seed, asked, needed=survey is surveys[0])
        if isinstance(found, Skipped):
            skipped.append(found)
        else:
            parts.append(found)
            skipped += found.skipped
    if not parts:
        raise DesignError(f"No questionnaire of the pilot {pilot.id!r} can be evaluated. {NO_ANSWERS}")
    return _evaluation(pilot, tuple(parts), tuple(skipped), asked)


def _part(
    pilot: Pilot, survey: Survey, seed: int | None, asked: Asked, *, needed: bool
) -> QuestionnaireEvaluation | Skipped:
    """Evaluate one questionnaire; only the first must be possible."""
    name = survey.questionnaire.id
    asked.tell(f"{name}: read_pilot_answers")
    answers = read_pilot_answers(pilot, questionnaire=name, seed=seed, strict=asked.strict)
    try:
        return evaluate_survey(pilot, survey, answers, asked)
    except (DesignError, EstimationError) as error:
        if needed:
            raise
        return Skipped("compare", " ".join(str(error).split()), name)


def _evaluation(
    pilot: Pilot, parts: tuple[QuestionnaireEvaluation, ...], skipped: tuple[Skipped, ...], asked: Asked
) -> PilotEvaluation:
    main = parts[0].change
    provenance = replace(
        main.provenance,
        source=", ".join(dict.fromkeys(part.answers.source for part in parts if part.answers.source)),
        simulated=any(part.simulated for part in parts),
        options={
            "pilot": pilot.id,
            "conf_level": asked.conf_level,
            "adjustment": asked.adjustment,
            "min_n": asked.min_n,
        },
    )
    return PilotEvaluation(
        table=vocabulary_frame(scale_rows(parts, pilot.zone)),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.change.notes)),
        provenance=provenance,
        pilot=pilot,
        parts=parts,
        skipped=skipped,
    )


def _silent(step: str) -> None:
    """Say nothing."""
