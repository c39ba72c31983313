"""Reading what tools export, as it is typed: the tool, a mapping, who is finished."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import trustmeter as tm
from trustmeter.cli import app


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def forms(tmp_path: Path) -> Path:
    """Answers under questions that somebody typed anew, with one word changed."""
    trust = tm.load_questionnaire("community-trust")
    items = ["CONSENT", *trust.scales[0].items]
    texts = {item: trust.item(item).text.read("en") for item in items}
    cells = {text: [trust.item(item).response_scale.options[0].text.read("en")] * 3 for item, text in texts.items()}
    frame = pd.DataFrame(cells).rename(columns={texts["TR01"]: texts["TR01"].replace(" ", " really ", 1)})
    frame.insert(0, "Timestamp", "2026-11-01 10:00:00")
    frame.to_csv(tmp_path / "forms.csv", index=False)
    return tmp_path / "forms.csv"


def test_a_mapping_is_proposed_confirmed_and_used(forms: Path, tmp_path: Path) -> None:
    refused = run("check", forms, "-q", "community-trust")
    assert refused.exit_code == 2
    assert "trustmeter map-columns" in refused.output
    proposed = run("map-columns", forms, "-q", "community-trust", "--to", tmp_path / "mapping.csv")
    assert proposed.exit_code == 0, proposed.output
    open_one = run("check", forms, "-q", "community-trust", "--mapping", tmp_path / "mapping.csv")
    assert open_one.exit_code == 2
    assert "R-MAPPING-OPEN" in open_one.output
    mapping = pd.read_csv(tmp_path / "mapping.csv", dtype=str, keep_default_na=False)
    assert mapping.loc[mapping["item"] == "TR01", "confirmed"].tolist() == [""]
    mapping.assign(confirmed="yes").to_csv(tmp_path / "mapping.csv", index=False)
    done = run("check", forms, "-q", "community-trust", "--mapping", tmp_path / "mapping.csv")
    assert done.exit_code == 0, done.output
    assert "3 rows" in done.output


def test_tools_and_who_is_finished(tmp_path: Path) -> None:
    trust = tm.load_questionnaire("community-trust")
    frame = pd.DataFrame(
        {"id": [1, 2], "submitdate": ["2026-11-01 10:00:00", ""], "lastpage": [2, 1], "startlanguage": ["nl", "fr"]}
    )
    frame = frame.assign(CONSENT="1", **{f"TRUST[{item}]": "4" for item in trust.scales[0].items})
    frame.to_csv(tmp_path / "a.csv", index=False, sep=";")
    kept = run("check", tmp_path / "a.csv", "-q", "community-trust")
    assert kept.exit_code == 0, kept.output
    assert "`--unfinished set_aside`" in kept.output
    done = run(
        "check", tmp_path / "a.csv", "-q", "community-trust", "--tool", "limesurvey", "--unfinished", "set_aside"
    )
    assert done.exit_code == 0, done.output
    assert "1 rows" in done.output
    assert "Did you mean 'kobo'?" in run("check", tmp_path / "a.csv", "-q", "community-trust", "--tool", "kobbo").output


def test_answers_are_fetched_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [{"_id": number, "_uuid": f"u{number}", "CONSENT": "1", "TR01": "4"} for number in range(12)]
    monkeypatch.setenv("TRUSTMETER_KOBO_TOKEN", "hidden")
    monkeypatch.setattr("trustmeter.exchange.pulling.live.records_of_kobo", lambda *_: people)
    asked = ("pull", "kobo", "aBc", "-q", "community-trust", "--server", "https://kobo.example.org")
    done = run(*asked, "--to", tmp_path / "answers.csv")
    assert done.exit_code == 0, done.output
    assert "Fetched: 12 answers." in done.output
    assert pd.read_csv(tmp_path / "answers.csv")["TR01"].tolist() == [4] * 12
    assert run(*asked, "--to", tmp_path / "answers.txt").exit_code == 2
    unsafe = run(*asked[:-1], "http://kobo.example.org")
    assert unsafe.exit_code == 2
    assert "Use https://" in unsafe.output
    monkeypatch.delenv("TRUSTMETER_KOBO_TOKEN")
    monkeypatch.setattr("keyring.get_password", lambda *_: None)
    unknown = run(*asked)
    assert unknown.exit_code == 2
    assert "TRUSTMETER_KOBO_TOKEN" in unknown.output
