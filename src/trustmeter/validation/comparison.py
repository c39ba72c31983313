"""What a set of answers says about comparability: findings on measurement invariance, rated by a stated rule."""

from __future__ import annotations

from typing import Any

import numpy as np

from trustmeter.errors import DesignError, EstimationError
from trustmeter.psychometrics.comparability.invariance import InvarianceResult, check_invariance
from trustmeter.psychometrics.comparability.units import FEWEST_IN_A_UNIT, ROUGH
from trustmeter.questionnaire.evidence import Finding
from trustmeter.responses.labels import row_labels
from trustmeter.responses.model import Responses

INVARIANCE_RULE = (
    f"sufficient: what differs, with what one more item could bring unseen, stays within {{points:g}} points of the 0-100 score; "
    f"insufficient: it does not, or too few items work alike; n >= {ROUGH} a group"
)
ROLES = ("language", "mode", "wave")
_TERMS = ("bias", "unseen_bias")
_RATING = {"comparable": "sufficient", "not comparable": "insufficient", "undecided": "indeterminate"}


def invariance_findings(
    answers: Responses, first: Responses, conf_level: float, source: str
) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Return rows and findings on each role with two large groups; languages and modes of the first wave, waves of all."""
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for role in ROLES:
        part = answers if role == "wave" else first
        if _large_groups(part, role) < 2:
            continue
        try:
            found = check_invariance(part, across=role, conf_level=conf_level)
        except (DesignError, EstimationError):
            continue
        rows += _rows(found, role)
        findings += _findings(found, part, role, source)
    return rows, findings


def _large_groups(answers: Responses, role: str) -> int:
    column = getattr(answers.roles, role)
    if column is None:
        return 0
    counts = row_labels(answers.frame[column]).value_counts()
    return int((counts >= FEWEST_IN_A_UNIT).sum())


def _rows(found: InvarianceResult, role: str) -> list[dict[str, Any]]:
    """Return the points of bias of each scale; the groups stand in `contrast`."""
    table = found.table[found.table["term"].isin(_TERMS)]
    names = f"{role}: {', '.join(found.labels)}"
    kept = [
        name
        for name in ("scale", "item", "group", "term", "estimate", "ci_low", "ci_high", "n", "method")
        if name in table
    ]
    cells = [{str(name): value for name, value in row.items()} for row in table[kept].to_dict("records")]
    return [{**row, "contrast": names, "suppressed": False} for row in cells]


def _findings(found: InvarianceResult, answers: Responses, role: str, source: str) -> list[Finding]:
    known = answers.questionnaire.languages
    languages = tuple(label for label in found.labels if label in known) if role == "language" else ()
    counts = row_labels(answers.frame[answers.roles.column(role, needed_by="validate")]).value_counts()
    smallest = int(counts[list(found.labels)].min())
    used = int(counts[list(found.labels)].sum())
    rule = INVARIANCE_RULE.format(points=found.provenance.options["tolerance"])
    made = []
    for scale, verdict in found.verdicts.items():
        unseen = found.table[(found.table["scale"] == scale) & (found.table["term"] == "unseen_bias")]["estimate"]
        value = f"{float(unseen.iloc[0]):.1f}" if len(unseen) and np.isfinite(unseen.iloc[0]) else ""
        rating = _RATING[verdict] if smallest >= ROUGH else "indeterminate"
        words = f"Invariance of {scale} across {role} ({', '.join(found.labels)}): {verdict}; points of bias there may be unseen"
        made.append(
            Finding(
                "measurement_invariance", rating, statistic=words, value=value, n=used, languages=languages,
                criterion=rule, source=source,
            )
        )  # fmt: skip
    return made
