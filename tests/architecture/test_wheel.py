"""The wheel carries the questionnaires: built, unpacked and used from there."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_built_wheel_loads_its_questionnaires(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    unpacked = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    program = (
        f"import sys; sys.path.insert(0, {str(unpacked)!r}); import trustmeter as tm; "
        "trust = tm.load_questionnaire('community-trust'); "
        "answers = tm.read_responses(tm.demo_file(), trust, respondent='id', wave='wave', zone='zone'); "
        "print(tm.__file__, trust.id, len(answers), answers.simulated)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert str(unpacked) in done.stdout
    assert done.stdout.split()[-3:] == ["community-trust", "640", "True"]
