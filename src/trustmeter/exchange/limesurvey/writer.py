"""Out to LimeSurvey: a questionnaire as one of the two files that it imports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trustmeter.exchange.limesurvey.archive import structure_archive
from trustmeter.exchange.limesurvey.plan import survey_of
from trustmeter.exchange.limesurvey.quota import Quota
from trustmeter.exchange.limesurvey.refusal import refuse_what_would_be_lost
from trustmeter.exchange.limesurvey.text_file import tab_separated
from trustmeter.questionnaire.model import Questionnaire


def write_limesurvey(
    questionnaire: Questionnaire, path: Path, languages: Sequence[str], quotas: Sequence[Quota] = ()
) -> None:
    """Write the survey: tab-separated where the path ends in ``.txt``, the structure archive where it ends in ``.lss``.

    The same questionnaire gives the same bytes, and both files say the same.

    Raises
    ------
    QuestionnaireError
        When LimeSurvey would change or drop something without a word.
    """
    refuse_what_would_be_lost(questionnaire, languages, quotas)
    survey = survey_of(questionnaire, languages, quotas)
    path.write_bytes(structure_archive(survey) if path.suffix.lower() == ".lss" else tab_separated(survey))
