"""The page on whom answers speak for goes as it stands: its commands, its Python."""

from __future__ import annotations

import re
import shlex
import zipfile
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import trustmeter as tm
from trustmeter.cli import app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "whom-does-it-speak-for.md"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A population file and answers of one wave, under the names that the page uses."""
    lines = ["CD_REFNIS|CD_SEX|CD_NATLTY|CD_AGE|MS_POPULATION"]
    lines += [f"44021|{sex}|BEL|{age}|{1500 - 12 * age}" for sex in "FM" for age in range(101)]
    with zipfile.ZipFile(tmp_path / "TF_SOC_POP_STRUCT_2024.zip", "w") as archive:
        archive.writestr("TF_SOC_POP_STRUCT_2024.txt", "\n".join(lines))
    made = tm.simulate_responses(tm.load_questionnaire("community-trust"), 1200, seed=4).frame
    frame = made[(made["wave"] == "before") & (made["CONSENT"] == 1)].drop(columns=["wave", "id"])
    rng = np.random.default_rng(4)
    frame = frame.assign(
        interviewer=[f"i{number % 30}" for number in range(len(frame))],
        SEX=rng.choice(["F", "M", "X"], len(frame), p=[0.6, 0.38, 0.02]),
        AGE=rng.choice([1, 2, 3, 4, 5], len(frame), p=[0.35, 0.25, 0.2, 0.12, 0.08]),
    )
    frame.astype("string").fillna("").to_csv(tmp_path / "answers.csv", index=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("files")
def test_the_page_goes_as_it_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    for command in re.findall(r"^trustmeter (.*)$", text, flags=re.MULTILINE):
        done = CliRunner().invoke(app, shlex.split(command))
        assert done.exit_code == 0, done.output + done.stderr
    assert {"margins.csv", "weighted.csv", "who.png"} <= {path.name for path in tmp_path.iterdir()}
    space: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
        exec(block, space)
    weighted, bounded, mean = space["weighted"], space["bounded"], space["mean"]
    assert isinstance(weighted, tm.Weighting) and isinstance(bounded, tm.Weighting)
    assert 1 < weighted.value("design_effect") < 2
    assert bounded.weights.max() <= 4 * bounded.weights.mean() * (1 + 1e-9)
    assert isinstance(mean, tm.SurveyEstimates) and 0 < mean.value("mean") < 100
    assert "nan" not in capsys.readouterr().out
    back = tm.read_responses("weighted.csv", tm.load_questionnaire("community-trust"), keep=["weight"])
    np.testing.assert_allclose(back.frame["weight"].to_numpy(float), weighted.weights)
