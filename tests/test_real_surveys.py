"""Real survey files, from the file as published to a result. Skipped, with the reason, where the files are not there."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

import trustmeter as tm

ROOT = Path(__file__).resolve().parents[1]
HOW_TO = ROOT / "docs" / "how-to" / "write-a-questionnaire.md"


@pytest.fixture
def residents(real_data: Path, tmp_path: Path) -> tm.Responses:
    """The residents' survey of 2013, read with the questionnaire that the how-to page shows."""
    text = re.search(r"```yaml\n(id: .*?)```", HOW_TO.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert text is not None
    written = tmp_path / "residents.yaml"
    written.write_text(text.group(1), encoding="utf-8")
    source = real_data / "nam2022_residents_2013" / "nam2022_study1.csv.gz"
    return tm.read_responses(source, tm.load_questionnaire(written), mode="surveytype")


def test_a_ten_minute_questionnaire_scores_a_real_survey(residents: tm.Responses, real_data: Path) -> None:
    raw = pd.read_csv(real_data / "nam2022_residents_2013" / "nam2022_study1.csv.gz")
    items = ["Q6respect", "Q6listen", "Q6fair", "Q6explain"]
    by_hand = raw[items].replace(-99, float("nan"))
    scores = tm.score(residents, scale="procedural_justice", method="mean")
    complete = by_hand.notna().all(axis=1)
    assert len(residents) == len(raw)
    pd.testing.assert_series_equal(
        scores.frame.loc[complete.to_numpy(), "procedural_justice"].astype(float).reset_index(drop=True),
        by_hand[complete].mean(axis=1).reset_index(drop=True),
        check_names=False,
    )


def test_mail_is_compared_with_web(residents: tm.Responses) -> None:
    meter = tm.reliability(residents)
    change = tm.compare(tm.score(residents), tm.GroupDesign(by="mode", first="1", second="2"))
    assert 0.8 < meter.value("alpha", "procedural_justice") < 1
    assert set(change.verdicts.values()) <= {"increase", "decrease", "inconclusive"}


def test_the_european_social_survey_is_read_by_its_codes(real_data: Path) -> None:
    ess = tm.load_questionnaire("ess5-trust-in-justice")
    answers = tm.read_responses(real_data / "ess5_russia_half" / "ess5_ru_half.csv.gz", ess, respondent="idno")
    counted = tm.check_quality(answers).tidy()
    explained = counted[(counted["item"] == "plcexdc")].set_index("term")["n"]
    assert len(answers) == 1296
    assert len(explained)
    assert {"effectiveness", "procedural_fairness", "obligation", "moral_alignment"} <= set(tm.score(answers).scales)


def test_the_records_quote_what_comes_out(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "tools")
    tool = __import__("recompute_evidence")
    found = list(tool.lines(real_data))
    assert len({line.instrument for line in found}) == 5
    assert [line for line in found if not line.agrees] == []
    assert tool.PAGE.read_text(encoding="utf-8") == tool.page(found)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("ess-institutional-trust", 1704),
        ("afrobarometer-trust", 19108),
        ("saopaulo-police-panel", 2929),
        ("residents-justice-2013", 1681),
    ],
)
def test_published_files_are_read_with_nothing_prepared(
    name: str, rows: int, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT / "tools")
    answers = __import__("recompute_evidence").read(real_data, name)
    assert len(answers) == rows
    assert len(answers.rejected) == 0
    assert {problem.severity for problem in answers.problems} <= {"warning"}
    scored = tm.score(answers)
    assert all(scored.column(scale).dropna().between(0, 100).all() for scale in scored.scales)
