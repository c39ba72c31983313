"""The result of a pilot as a file that others may cite: one record, read back as it was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from trustmeter.errors import DesignError, Problem, unknown_word
from trustmeter.options import MarginStatus
from trustmeter.pilot.change.meaning import Verdict
from trustmeter.pilot.evaluation.shape import CODE, record_from, schema_of
from trustmeter.pilot.evaluation.strength import Comparability, EvidenceBasis, EvidenceStrength, Lowered

FORMAT = 2
"""The version of the file's form; a field added, renamed or removed makes a new one."""

ROUNDED_TO = 5
"""Numbers of people are rounded down to a multiple of this, so that no two of them give away a few people."""

FollowedPeople = Literal["same", "different", "partly_same"]
"""Whether the same people answered before and after."""

KeptPromise = Literal["none", "kept", "deviated"]
"""Whether there was a protocol, and whether the analysis kept to it."""


@dataclass(frozen=True)
class WeightedRecord:
    """What a scale says with weights that meet the population's margins: beside what was declared, never in its place.

    Parameters
    ----------
    verdict
        As of `ScaleRecord`.
    estimate, ci_low, ci_high
        In points from 0 to 100; ``None`` where suppressed or where the design gives no interval.
    p_adjusted
        The p value of the verdict.
    """

    verdict: Verdict
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    p_adjusted: float | None


@dataclass(frozen=True)
class WaveWeightsRecord:
    """What the weights of one wave cost.

    Parameters
    ----------
    wave
        Its name.
    design_effect
        By what unequal weights alone raise variances.
    n_effective
        How many people of equal weight would tell as much, rounded down to a multiple of five; ``None`` where too few to tell.
    """

    wave: str
    design_effect: float
    n_effective: int | None


@dataclass(frozen=True)
class PopulationRecord:
    """The population that answers were weighted to.

    Parameters
    ----------
    margins
        What was known: ``"sex"``, ``"age"``, ``"age x sex"``.
    source, date
        Who counted, and of what day.
    status
        How far the numbers may be trusted; ``"invented"`` ones make all that is weighted by them evidence of nothing.
    waves
        One a wave.
    notes
        Sentences that must travel with what is weighted.
    """

    margins: tuple[str, ...]
    source: str
    date: str
    status: MarginStatus
    waves: tuple[WaveWeightsRecord, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ScaleRecord:
    """What a pilot says of one scale.

    Parameters
    ----------
    scale
        Its id in the questionnaire.
    name
        Language → its name.
    primary
        Whether it was declared as the one by which the pilot is judged.
    verdict
        ``"increase"``, ``"decrease"``, ``"no_relevant_change"``, ``"inconclusive"`` or ``"suppressed"``.
    term, contrast
        What the numbers are: ``"mean_change"`` (after minus before) or ``"effect"`` (the difference to comparison areas).
    estimate, ci_low, ci_high, conf_level
        In points from 0 to 100; ``None`` where suppressed or where the design gives no interval.
    smallest_effect
        The smallest change that was declared to matter, in points; ``None`` where none was.
    p_adjusted
        The p value of the verdict, adjusted for all scales of the questionnaire that were compared.
    n
        People that it rests on, rounded down to a multiple of five; ``None`` where too few to tell.
    alpha, alpha_low, alpha_high
        Cronbach's alpha and its interval; ``None`` where it is not known.
    comparability
        Whether the scale measured the same in both waves.
    strength
        How strong this evidence is.
    lowered
        Why it is weaker than its design, as words; docs/explanation/evidence-strength.md says what each means.
    weighted
        What it says when weighted to the population's margins; ``None`` where it was not. Its strength does not go by it.
    """

    scale: str
    name: Mapping[str, str]
    primary: bool
    verdict: Verdict
    term: str
    contrast: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    conf_level: float
    smallest_effect: float | None
    p_adjusted: float | None
    n: int | None
    alpha: float | None
    alpha_low: float | None
    alpha_high: float | None
    comparability: Comparability
    strength: EvidenceStrength
    lowered: tuple[Lowered, ...]
    weighted: WeightedRecord | None = None


@dataclass(frozen=True)
class SkippedRecord:
    """A step of the evaluation that these answers could not give: its name and the reason, in English."""

    step: str
    reason: str


@dataclass(frozen=True)
class QuestionnaireRecord:
    """What a pilot says by one questionnaire.

    Parameters
    ----------
    questionnaire, version, fingerprint, status
        What was asked, the hash of its wording, and how much is known of it (``"adapted"``).
    before, after
        The two waves.
    people
        ``"same"``, ``"different"`` or ``"partly_same"`` people before and after.
    basis
        What the design allows: ``"one_group"``, ``"comparison_areas"`` or ``"randomized_areas"``.
    design
        The design in one English sentence.
    share_lost
        The share of people followed who did not answer again; ``None`` where it is not known or may not be told.
    protocol, deviations
        Whether a protocol was ``"kept"``, ``"deviated"`` from, or there was ``"none"``; and each deviation.
    scales
        The primary one first.
    skipped
        Steps that could not be taken.
    notes
        Sentences that must travel with the numbers.
    population
        What it was weighted to; ``None`` where nothing was weighted.
    """

    questionnaire: str
    version: str
    fingerprint: str
    status: str
    before: str
    after: str
    people: FollowedPeople
    basis: EvidenceBasis
    design: str
    share_lost: float | None
    protocol: KeptPromise
    deviations: tuple[str, ...]
    scales: tuple[ScaleRecord, ...]
    skipped: tuple[SkippedRecord, ...]
    notes: tuple[str, ...]
    population: PopulationRecord | None = None


@dataclass(frozen=True)
class PilotRecord:
    """The result of one pilot, as a file holds it: no answer, no id, no count of fewer than ten people.

    Parameters
    ----------
    pilot
        The id of the pilot file.
    title
        Language → its title.
    zone, theme
        Where, and ``"proximity"``, ``"complaints"``, ``"human_resources"`` or an empty text.
    simulated
        Whether anything in it was made up: then it is evidence of nothing.
    package_version
        The version of trustmeter that made it.
    questionnaires
        The main one first.
    format
        The version of the file's form.
    """

    pilot: str
    title: Mapping[str, str]
    zone: str
    theme: str
    simulated: bool
    package_version: str
    questionnaires: tuple[QuestionnaireRecord, ...]
    format: int = FORMAT

    @property
    def sha256(self) -> str:
        """The hash of all that it says, by which it can be cited."""
        return hashlib.sha256(_canonical(asdict(self)).encode()).hexdigest()

    def questionnaire(self, name: str | None = None) -> QuestionnaireRecord:
        """Return what one questionnaire says; the main one where none is named."""
        known = {one.questionnaire: one for one in self.questionnaires}
        if name is None:
            return self.questionnaires[0]
        if name not in known:
            raise DesignError(unknown_word("questionnaire", name, known, f"the result of {self.pilot}"))
        return known[name]

    def scale(self, name: str, *, questionnaire: str | None = None) -> ScaleRecord:
        """Return what is said of one scale, of the main questionnaire where none is named."""
        part = self.questionnaire(questionnaire)
        known = {one.scale: one for one in part.scales}
        if name not in known:
            raise DesignError(unknown_word("scale", name, known, f"the result of {self.pilot} by {part.questionnaire}"))
        return known[name]


def read_result(path: str | Path) -> PilotRecord:
    """Read the result file of a pilot, and refuse it when it was changed after it was written.

    Use it where a pilot's result is cited or put together with others: ``read_result(path).scale("trust").strength``.

    Parameters
    ----------
    path
        The ``.json`` file that `write_result` or ``trustmeter pilot run`` wrote.

    Returns
    -------
    PilotRecord
        With ``questionnaires``, their ``scales``, and of each its verdict, numbers and strength.

    Raises
    ------
    DesignError
        When there is no such file, it is no result file, is of another form, or was changed.

    Notes
    -----
    The file holds the SHA-256 of what it says. The hash shows a change made by mistake; whoever cites a result should cite the hash.

    Examples
    --------
    >>> import tempfile, trustmeter as tm
    >>> from pathlib import Path
    >>> from trustmeter.pilot.evaluation.result_file import PilotRecord, save_record
    >>> file = Path(tempfile.mkdtemp()) / "ghent.json"
    >>> _ = save_record(PilotRecord("ghent", {"en": "Nearness"}, "Ghent", "proximity", True, "0.1.0", ()), file)
    >>> read_result(file).simulated
    True
    """
    file = Path(path)
    if not file.is_file():
        raise DesignError(f"There is no result file {file.name!r}. Write it with `write_result(evaluation, path)`.")
    try:
        tree = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError):
        raise DesignError(
            f"The file {file.name!r} cannot be read as JSON: it was changed, or is no result file."
        ) from None
    if not isinstance(tree, dict) or not isinstance(tree.get("sha256"), str):
        raise DesignError(f"The file {file.name!r} is no result file of a pilot. Write it with `write_result`.")
    written = tree.pop("sha256")
    if tree.get("format") != FORMAT:
        message = f"The result file {file.name!r} is of a form that this version of trustmeter does not know."
        raise DesignError(f"{message} Write it anew: `trustmeter pilot run`.")
    problems: list[Problem] = []
    record = record_from(PilotRecord, tree, file.name, problems)
    if record is None or problems:
        raise DesignError(f"The result file {file.name!r} cannot be used.", problems)
    if record.sha256 != written:
        changed = Problem(CODE, file.name, "It does not say what was written.", "Write it anew with `write_result`.")
        raise DesignError(f"The result file {file.name!r} was changed after it was written.", [changed])
    return record


def save_record(record: PilotRecord, path: str | Path) -> Path:
    """Write a record as a JSON file, with its hash.

    Raises
    ------
    DesignError
        When the name does not end in .json, or the file cannot be written.
    """
    file = Path(path)
    if file.suffix.lower() != ".json":
        raise DesignError(f"A result file ends in .json. Got {file.name!r}.")
    tree = {"sha256": record.sha256, **asdict(record)}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(tree, indent=2, ensure_ascii=False, allow_nan=False)
        file.write_text(text + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DesignError(f"The result cannot be written to {file.name!r}: {reason}. Name another file.") from None
    return file


def result_schema() -> dict[str, Any]:
    """Return the JSON schema of a result file."""
    schema = schema_of(PilotRecord, "What one pilot found, as the toolbox cites it. Written by `trustmeter pilot run`.")
    schema["properties"] = {"sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"}, **schema["properties"]}
    schema["properties"]["format"] = {"const": FORMAT}
    schema["required"] = ["sha256", *schema["required"]]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "The result of a pilot", **schema}


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
