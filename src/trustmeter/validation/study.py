"""What a set of answers says about the instrument: a draft of its evidence record, rated by stated rules."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_PEOPLE
from trustmeter.psychometrics.agreement.pairing import linked_occasions
from trustmeter.psychometrics.consistency.coefficient import Request, coefficient_rows
from trustmeter.psychometrics.consistency.scales import interval_for
from trustmeter.psychometrics.matrix import ItemMatrix, item_matrices
from trustmeter.psychometrics.structure.confirmation import CfaResult, cfa
from trustmeter.questionnaire.evidence import Evidence, Finding
from trustmeter.questionnaire.grammar import PROPERTIES
from trustmeter.responses.model import Responses
from trustmeter.results import Result, vocabulary_frame
from trustmeter.scoring.composite import score
from trustmeter.stats.agreement.intraclass import absolute_agreement
from trustmeter.validation.comparison import invariance_findings

ENOUGH = 100
"""People in a language, and seven an item, before structure is rated (COSMIN's box 3)."""

FIT_RULE = "CFI > 0.95 or RMSEA < 0.06 or SRMR < 0.08; n >= 100 and >= 7 an item"
ALPHA_RULE = "alpha >= 0.70 with its whole interval, where the structure is sufficient"
ICC_RULE = "ICC >= 0.70 with its whole interval"
MISSING: dict[str, str] = {
    "structural_validity": f"It needs {ENOUGH} people a language or more, and scales of four items or more.",
    "internal_consistency": "It needs a sufficient structure, and an interval of alpha that lies on one side of 0.70.",
    "content_validity": "Answers cannot show it: ask the people concerned, and experts.",
    "measurement_invariance": "It needs languages, modes or waves with 200 people each (roles `language`, `mode`, `wave`).",
    "reliability": "No retest: name two waves between which nothing should have changed with `retest`.",
    "measurement_error": "It needs a retest, and the smallest change that matters to people to hold it against.",
    "criterion_validity": "There is no gold standard to compare with.",
    "hypotheses_testing": "No hypotheses were stated beforehand.",
    "responsiveness": "It needs people of whom it is known by other means that they changed.",
}
"""Why a property stays indeterminate when nothing else is known."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ValidationReport(Result):
    """What these answers add to an evidence record: the numbers, the findings drafted from them, and what is missing.

    Parameters
    ----------
    draft
        The findings, to be read by people before they go into ``evidence.yaml``.
    missing
        Property → what it would take.
    """

    title: ClassVar[str] = "Validation study"

    draft: Evidence
    missing: dict[str, str]

    def _summary_parts(self) -> list[str]:
        mark, head, _, notes = super()._summary_parts()
        rows = [
            (one.property, one.rating, one.statistic, one.value, " ".join(one.languages)) for one in self.draft.findings
        ]
        table = pd.DataFrame(rows, columns=["property", "rating", "statistic", "value", "language"])
        lacking = "\n".join(f"Missing, {name}: {reason}" for name, reason in self.missing.items())
        return [mark, head, table.to_string(index=False), lacking, notes]


def validate(
    answers: Responses, *, retest: tuple[str, str] | None = None, conf_level: float = 0.95
) -> ValidationReport:
    """Draft the evidence that answers give on the instrument that asked for them.

    Use it after a pilot or a validation study. It runs what the answers allow, rates by COSMIN's criteria, and says what
    is missing. It never says *validated*: that word needs structure, consistency and comparability, each sufficient, in a
    language, and people who read the record.

    Parameters
    ----------
    answers
        The responses. Where they have a role `language`, each language is examined on its own. Of several waves the first
        is examined, so that nobody counts twice.
    retest
        Two waves between which no change is to be expected, a few weeks apart, with the same people.
    conf_level
        Level of the intervals of alpha and of the intraclass correlation (RMSEA has its usual 90 %).

    Returns
    -------
    ValidationReport
        Columns ``scale item group term contrast estimate ci_low ci_high n method suppressed``; `group` is the language, of
        ``bias`` the group that has it. Terms ``chi_square cfi tli rmsea srmr alpha``; with `retest` also ``icc`` and
        ``sem_agreement``; where groups can be compared ``bias`` and ``unseen_bias`` in points (`contrast` names what was
        compared, `item` the item that could bring bias unseen). ``draft`` holds the findings.

    Raises
    ------
    DesignError
        When `answers` are no responses, or `retest` does not name two waves with linked people.

    Notes
    -----
    Structure: one factor for each scale on complete rows, ordered categories by `cfa`'s rule (robust indices). Three items
    always fit and are not rated. Comparability: `check_invariance` across languages and modes (first wave) and waves, where
    two groups have fifty people; rated with two hundred a group. Rules, after Prinsen et al.
    (2018): structure is sufficient with CFI > 0.95 or RMSEA < 0.06 or SRMR < 0.08; consistency with alpha >= 0.70 where the
    structure is sufficient; retest with ICC >= 0.70. Stricter than theirs: the whole interval must lie on one side, else
    the rating is indeterminate. Simulated answers give no findings but indeterminate ones.

    References
    ----------
    Prinsen, C. A. C., et al. (2018). Quality of Life Research, 27(5), 1147-1157. doi:10.1007/s11136-018-1798-3

    Mokkink, L. B., et al. (2018). COSMIN risk of bias checklist. Quality of Life Research, 27(5), 1171-1179.
    doi:10.1007/s11136-017-1765-4

    Examples
    --------
    >>> import trustmeter as tm
    >>> answers = tm.simulate_responses(tm.load_questionnaire("community-trust"), 200, waves=("2023",), seed=1)
    >>> sorted(tm.validate(answers).missing)[:2]
    ['content_validity', 'criterion_validity']
    """
    if not isinstance(answers, Responses):
        raise DesignError("`validate` takes responses. Make them with `read_responses`.")
    first = _first_wave(answers)
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for language, part in _by_language(first):
        for matrix in item_matrices(part, None, "listwise", "validate"):
            made, found = _scale(matrix, language, conf_level)
            rows += made
            findings += found
    made, found = invariance_findings(answers, first, conf_level, _SOURCE)
    rows += made
    findings += found
    if retest is not None:
        made, found = _retest(answers, retest, conf_level)
        rows += made
        findings += found
    if answers.simulated:
        findings = [replace(one, rating="indeterminate", source=f"simulated data, {one.source}") for one in findings]
    told = {one.property for one in findings if one.rating != "indeterminate"}
    missing = {name: reason for name, reason in MISSING.items() if name not in told}
    drafted = sorted(findings, key=lambda one: PROPERTIES.index(one.property))
    return ValidationReport(
        table=vocabulary_frame(rows),
        notes=_notes(answers, first),
        provenance=replace(answers.provenance(conf_level=conf_level, retest=retest), rows_used=len(first)),
        draft=Evidence("Drafted from one set of answers; to be read by people before it is kept.", tuple(drafted)),
        missing=missing,
    )


def _first_wave(answers: Responses) -> Responses:
    if answers.roles.wave is None:
        return answers
    column = answers.frame[answers.roles.wave].astype("string")
    waves = sorted(column.dropna().unique())
    return answers.select((column == waves[0]).fillna(False).to_numpy(dtype=bool)) if len(waves) > 1 else answers


def _by_language(answers: Responses) -> Iterator[tuple[str, Responses]]:
    """Return the answers of each language, by its tag; of those without one together, under no name."""
    column = answers.roles.language
    if column is None:
        known = answers.questionnaire.languages
        yield known[0] if len(known) == 1 else "", answers
        return
    said = answers.frame[column].astype("string")
    for tag in sorted(said.dropna().unique()):
        part = answers.select((said == tag).fillna(False).to_numpy(dtype=bool))
        if len(part) >= FEWEST_PEOPLE:
            yield str(tag) if tag in answers.questionnaire.languages else "", part


def _scale(matrix: ItemMatrix, language: str, conf_level: float) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Return the rows and findings on one scale in one language; none where nothing can be estimated."""
    if matrix.obstacle():
        return [], []
    ground = {"scale": matrix.scale, "group": language, "n": matrix.n, "suppressed": False}
    told: dict[str, Any] = {"n": matrix.n, "languages": (language,) if language else (), "source": _SOURCE}
    fit = _fit(matrix)
    rows, findings, structure = [], [], "indeterminate"
    if fit is not None:
        structure = _rate_fit(fit, matrix.n, len(matrix.items))
        rows = _fit_rows(fit, ground)
        told_fit = {
            name: fit.value(name, None if name == "srmr" else "robust") for name in ("tli", "rmsea", "srmr", "cfi")
        }
        words = (
            f"One factor of {matrix.scale}: TLI {told_fit['tli']:.3f}, RMSEA {told_fit['rmsea']:.3f}, "
            f"SRMR {told_fit['srmr']:.3f}, CFI"
        )
        value = f"{told_fit['cfi']:.3f}"
        findings.append(
            Finding("structural_validity", structure, statistic=words, value=value, criterion=FIT_RULE, **told)
        )
    row, finding = _consistency(matrix, structure, conf_level, told)
    return [*rows, {**ground, **row}], [*findings, finding]


def _consistency(
    matrix: ItemMatrix, structure: str, conf_level: float, told: dict[str, Any]
) -> tuple[dict[str, Any], Finding]:
    """Return the row and the finding on alpha."""
    asked = Request(("alpha",), conf_level, "auto", "listwise", None)
    alpha = coefficient_rows(matrix, replace(asked, interval=interval_for(matrix, asked)))[0][0]
    row = {name: alpha[name] for name in ("term", "estimate", "ci_low", "ci_high", "method")}
    low, high = float(row["ci_low"]), float(row["ci_high"])
    rating = _rate_interval(low, high) if structure == "sufficient" or high < _GOOD else "indeterminate"
    finding = Finding(
        "internal_consistency", rating, statistic=f"Cronbach's alpha of {matrix.scale}", value=f"{row['estimate']:.3f}",
        interval=(f"{low:.3f}", f"{high:.3f}"), criterion=ALPHA_RULE, **told,
    )  # fmt: skip
    return row, finding


def _fit(matrix: ItemMatrix) -> CfaResult | None:
    """Return one factor behind the items; ``None`` with three items, which always fit, and where there is no proper solution."""
    if len(matrix.items) < 4:
        return None
    try:
        found = cfa(pd.DataFrame(matrix.answers, columns=list(matrix.items)))
    except EstimationError:
        return None
    return found if found.admissible else None


_GOOD = 0.70
_SOURCE = "computed with trustmeter: validate(answers)"


def _fit_rows(fit: CfaResult, ground: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the scaled chi-square and the robust indices."""
    estimator = str(fit.provenance.options.get("estimator", ""))
    rows = []
    for term, kind in (
        ("chi_square", "scaled"),
        ("cfi", "robust"),
        ("tli", "robust"),
        ("rmsea", "robust"),
        ("srmr", None),
    ):
        table = fit.fit_table[fit.fit_table["term"] == term]
        row = table[table["method"] == kind].iloc[0] if kind else table.iloc[-1]
        numbers = {name: row[name] for name in ("estimate", "df", "p_value", "ci_low", "ci_high")}
        rows.append({**ground, "term": term, **numbers, "method": f"one factor, {estimator}, {kind or 'plain'}"})
    return rows


def _rate_fit(fit: CfaResult, n: int, k: int) -> str:
    if n < max(ENOUGH, 7 * k):
        return "indeterminate"
    if not math.isfinite(fit.value("cfi", "robust") + fit.value("rmsea", "robust")):
        return "indeterminate"
    good = fit.value("cfi", "robust") > 0.95 or fit.value("rmsea", "robust") < 0.06 or fit.value("srmr") < 0.08
    return "sufficient" if good else "insufficient"


def _rate_interval(low: float, high: float) -> str:
    if math.isnan(low) or math.isnan(high):
        return "indeterminate"
    return "sufficient" if low >= _GOOD else "insufficient" if high < _GOOD else "indeterminate"


def _retest(
    answers: Responses, waves: tuple[str, str], conf_level: float
) -> tuple[list[dict[str, Any]], list[Finding]]:
    pairs = _linked(answers, waves)
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for scale, values in pairs.items():
        complete = values[~np.isnan(values).any(axis=1)]
        n = len(complete)
        if n < FEWEST_PEOPLE:
            continue
        found = absolute_agreement(complete, conf_level)
        ground = {"scale": scale, "group": "", "n": n, "suppressed": False, "method": "two-way, absolute agreement"}
        rows.append({**ground, "term": "icc", "estimate": found.icc, "ci_low": found.ci_low, "ci_high": found.ci_high})
        rows.append({**ground, "term": "sem_agreement", "estimate": found.error})
        rating = _rate_interval(found.ci_low, found.ci_high) if n >= ENOUGH else "indeterminate"
        told: dict[str, Any] = {"n": n, "source": _SOURCE}
        findings.append(
            Finding(
                "reliability",
                rating,
                statistic=f"ICC(A,1) of {scale}, {waves[0]} and {waves[1]}",
                value=f"{found.icc:.3f}",
                interval=(f"{found.ci_low:.3f}", f"{found.ci_high:.3f}"),
                criterion=f"{ICC_RULE}; n >= {ENOUGH}",
                **told,
            )
        )
        words = f"Standard error of measurement of {scale} (agreement), points of 100"
        findings.append(
            Finding("measurement_error", "indeterminate", statistic=words, value=f"{found.error:.1f}", **told)
        )
    return rows, findings


def _linked(answers: Responses, waves: tuple[str, str]) -> dict[str, np.ndarray[Any, Any]]:
    """Return for each scale the scores of both waves, one row a person who answered in both."""
    wave = answers.frame[answers.roles.column("wave", needed_by="validate(retest=...)")].astype("string")
    if len(waves) != 2 or waves[0] == waves[1] or not {*waves} <= {*wave.dropna()}:
        known = ", ".join(sorted(wave.dropna().unique())[:12])
        raise DesignError(f"The `retest` argument of `validate` must name two of the waves {known}. Got {waves!r}.")
    found = linked_occasions(score(answers), None, waves, "validate(retest=...)").scales
    pairs = {scale: np.column_stack(both) for scale, both in found.items()}
    if max((len(both) for both in pairs.values()), default=0) < FEWEST_PEOPLE:
        message = f"Fewer than {FEWEST_PEOPLE} people answered in both waves of `retest`."
        raise DesignError(f"{message} Leave it out, or check the code column.")
    return pairs


def _notes(answers: Responses, first: Responses) -> tuple[str, ...]:
    notes = ["This is a draft. People read it before it goes into the record, and no line of it says 'validated'."]
    if len(first) < len(answers):
        notes.append("Structure and consistency are those of the first wave, so that nobody counts twice.")
    if answers.roles.language is None and len(answers.questionnaire.languages) > 1:
        notes.append("The answers do not say in which language they were given, so no finding counts for a language.")
    return tuple(notes)
