"""A report says, in every language, that people were left out on purpose and for which signs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from trustmeter.options import ReportLanguage
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.design import PilotDesign
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.report.written import report
from trustmeter.responses.model import Responses
from trustmeter.responses.quality import check_quality
from trustmeter.scoring.composite import score

BLOCK = ["FA1", "FA2", "FA3", "EF1", "EF2", "EF3"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_was_left_out_is_told(
    make_answers: Callable[..., Responses], tmp_path: Path, language: ReportLanguage
) -> None:
    answers = make_answers(60)
    frame = answers.frame.copy()
    frame.loc[:14, BLOCK] = 4
    spoilt = replace(answers, frame=frame)
    kept = spoilt.without(check_quality(spoilt).flags, rules=["straight_lining"])
    change = compare(score(kept), PilotDesign("2022", "2023"))
    assert change.provenance.rows_left_out["flagged as straight_lining"] == kept.left_out["flagged as straight_lining"]
    say = load_phrases(language).say
    text = report(change, check_quality(kept), to=tmp_path / "r.html", language=language).read_text(encoding="utf-8")
    assert say("sign.straight_lining") in text
    assert say("chapter.quality_text") not in text
    assert "flagged as" not in text
    everybody = report(compare(score(answers), PilotDesign("2022", "2023")), to=tmp_path / "e.html", language=language)
    assert say("chapter.quality_text").split(".")[0] in everybody.read_text(encoding="utf-8")
