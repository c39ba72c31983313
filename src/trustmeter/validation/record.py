"""What is known about an instrument, as a table."""

from __future__ import annotations

import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.questionnaire.evidence import Finding
from trustmeter.questionnaire.grammar import PROPERTIES, RATINGS
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.shelf import load_questionnaire

COLUMNS = (
    "property", "statistic", "value", "ci_low", "ci_high", "n", "population", "language", "mode", "rating", "criterion", "source",
)  # fmt: skip


def evidence(questionnaire: Questionnaire | str) -> pd.DataFrame:
    """Return the evidence record of a questionnaire: one row a finding.

    Parameters
    ----------
    questionnaire
        A questionnaire, or the name of one.

    Returns
    -------
    DataFrame
        Columns ``property statistic value ci_low ci_high n population language mode rating criterion source``, text but for
        ``n``; by property, the best rating first. Properties about which nothing is said have one row, rated
        ``indeterminate``. ``attrs["standing"]`` holds the one line on the status, ``attrs["statement"]`` the paragraph.

    Raises
    ------
    DesignError
        When it is neither.
    QuestionnaireError
        When there is no questionnaire of that name.

    References
    ----------
    Prinsen, C. A. C., Mokkink, L. B., Bouter, L. M., Alonso, J., Patrick, D. L., de Vet, H. C. W., & Terwee, C. B. (2018).
    COSMIN guideline for systematic reviews of patient-reported outcome measures. Quality of Life Research, 27(5), 1147-1157.
    doi:10.1007/s11136-018-1798-3

    Examples
    --------
    >>> table = evidence("encounter")
    >>> set(table["rating"]), table.attrs["standing"]
    ({'indeterminate'}, 'adapted - not yet validated')
    """
    if isinstance(questionnaire, str):
        questionnaire = load_questionnaire(questionnaire)
    if not isinstance(questionnaire, Questionnaire):
        raise DesignError(f"`evidence` takes a questionnaire or its name. Got {type(questionnaire).__name__}.")
    known = questionnaire.evidence.findings
    told = {finding.property for finding in known}
    nothing = [Finding(name, "indeterminate", "None", "Nothing is known") for name in PROPERTIES if name not in told]
    ordered = sorted([*known, *nothing], key=lambda one: (PROPERTIES.index(one.property), RATINGS.index(one.rating)))
    table = pd.DataFrame([_row(finding) for finding in ordered], columns=list(COLUMNS)).astype({"n": "Int64"})
    table.attrs = {"standing": questionnaire.standing, "statement": questionnaire.evidence.statement}
    return table


def _row(finding: Finding) -> list[str | int | None]:
    low, high = finding.interval if len(finding.interval) == 2 else ("", "")
    return [
        finding.property, finding.statistic, finding.value, low, high, finding.n, finding.population,
        " ".join(finding.languages), ", ".join(finding.modes), finding.rating, finding.criterion, finding.source,
    ]  # fmt: skip
