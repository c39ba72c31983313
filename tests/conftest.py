"""Small things that tests of several rooms need: a questionnaire of nine items, a maker of answers, a practice card."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.pilot.evaluation.result_file import PilotRecord, QuestionnaireRecord, ScaleRecord, save_record
from trustmeter.questionnaire.model import Item, Option, Questionnaire, ResponseScale, Scale, Section
from trustmeter.questionnaire.routing import Equals
from trustmeter.questionnaire.text import Text
from trustmeter.responses.model import MISSING_KINDS, Responses, Roles

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("en", "fr")
collect_ignore_glob = ["reference/make/*.py"]
"""Scripts that make reference values need packages that the tests do not."""


def both(english: str, french: str) -> Text:
    return Text({"en": english, "fr": french}, base="en")


def _agree() -> ResponseScale:
    words = [("Strongly disagree", "Pas du tout d'accord"), ("Disagree", "Pas d'accord"), ("Neither", "Ni l'un ni l'autre"),
             ("Agree", "D'accord"), ("Strongly agree", "Tout à fait d'accord")]  # fmt: skip
    options = [Option(str(code), both(*pair), None, float(code)) for code, pair in enumerate(words, start=1)]
    options += [
        Option("88", both("Don't know", "Ne sait pas"), "dont_know"),
        Option("99", both("Prefer not to say", "Préfère ne pas répondre"), "refused"),
    ]
    return ResponseScale("agree5", "ordinal", tuple(options))


@pytest.fixture
def tiny() -> Questionnaire:
    """Consent gate, parent scale `trust` with dimensions `fairness` (FA1-FA3) and `effect` (EF1-EF3, EF3 reversed)."""
    agree = _agree()
    yes_no = ResponseScale("yesno", "nominal", (Option("1", both("Yes", "Oui")), Option("0", both("No", "Non"))))
    sex = ResponseScale(
        "sex",
        "nominal",
        (
            Option("F", both("Woman", "Femme")),
            Option("M", both("Man", "Homme")),
            Option("99", both("Prefer not to say", "Préfère ne pas répondre"), "refused"),
        ),
    )

    def item(item_id: str) -> Item:
        return Item(item_id, both(f"Statement {item_id}", f"Énoncé {item_id}"), agree, short_form=item_id != "FA3")

    consented = Equals("CONSENT", "1")
    return Questionnaire(
        id="tiny", version="1.0.0", status="draft", base_language="en", languages=LANGUAGES,
        title=both("Tiny", "Minuscule"), description=both("For tests.", "Pour les tests."), introduction=both("Hello.", "Bonjour."),
        sections=(
            Section("consent", both("Consent", "Accord"), both("", ""),
                    (Item("CONSENT", both("Do you take part?", "Participez-vous ?"), yes_no, required=True),)),
            Section("trust", both("Trust", "Confiance"), both("The police here…", "Ici, la police…"),
                    tuple(item(name) for name in ("FA1", "FA2", "FA3", "EF1", "EF2", "EF3")), show_if=consented),
            Section("you", both("You", "Vous"), both("", ""),
                    (Item("SEX", both("You are…", "Vous êtes…"), sex),
                     Item("CONTACT", both("Contact?", "Contact ?"), yes_no)), show_if=consented),
        ),
        scales=(
            Scale("trust", both("Trust", "Confiance"), ("FA1", "FA2", "FA3", "EF1", "EF2", "EF3"), frozenset({"EF3"}), 3),
            Scale("fairness", both("Fairness", "Équité"), ("FA1", "FA2", "FA3"), frozenset(), 2, parent="trust"),
            Scale("effect", both("Effectiveness", "Efficacité"), ("EF1", "EF2", "EF3"), frozenset({"EF3"}), 2, parent="trust"),
        ),
        response_scales=(agree, yes_no, sex), fingerprint="0" * 12,
    )  # fmt: skip


@pytest.fixture
def make_answers(tiny: Questionnaire) -> Callable[..., Responses]:
    """Return a maker of answers to `tiny`: two waves of `n` linked people with a true `shift` in the latent mean."""

    def make(
        n: int = 40, *, shift: float = 0.0, seed: int = 7, simulated: bool = False, blanks: float = 0.0
    ) -> Responses:
        rng = np.random.default_rng(seed)
        person = rng.normal(size=n)
        frames = []
        for number, wave in enumerate(("2022", "2023")):
            columns: dict[str, object] = {"id": np.arange(n), "wave": wave, "zone": "North", "CONSENT": 1}
            for name in ("FA1", "FA2", "FA3", "EF1", "EF2", "EF3"):
                sign = -1 if name == "EF3" else 1
                latent = sign * (person + number * shift) + rng.normal(scale=0.8, size=n)
                columns[name] = 1 + np.digitize(latent, [-1.2, -0.4, 0.4, 1.2])
            columns["SEX"] = rng.choice(["F", "M"], size=n)
            columns["CONTACT"] = rng.integers(0, 2, size=n)
            frames.append(pd.DataFrame(columns))
        frame = pd.concat(frames, ignore_index=True)
        items = [item.id for item in tiny.items]
        missing = pd.DataFrame(0, index=frame.index, columns=items, dtype="int8")
        for name in items:
            frame[name] = frame[name].astype("string" if name == "SEX" else "Int64")
            holes = rng.random(len(frame)) < (blanks if name[:2] in {"FA", "EF"} else 0.0)
            frame.loc[holes, name] = pd.NA
            missing.loc[holes, name] = 1 + MISSING_KINDS.index("blank")
        return Responses(frame, missing, tiny, Roles("id", "wave", "zone"), source="made.csv", simulated=simulated)

    return make


@pytest.fixture
def real_data() -> Path:
    """Return the folder of real survey files, or skip where it is not there."""
    folder = Path(os.environ.get("TRUSTMETER_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("The real survey files are not on this machine; set TRUSTMETER_REAL_DATA to their folder.")
    return folder


@dataclass(frozen=True)
class Agreement:
    """Holds our numbers against the reference's, and keeps what it found for the table in the documentation."""

    test: str
    folder: Path | None

    def __call__(
        self,
        statistic: str,
        ours: Any,
        theirs: Any,
        tolerance: float,
        *,
        reference: str,
        data: str,
        relative: bool = False,
        both_missing: bool = False,
    ) -> None:
        """Fail when any number differs by more than the tolerance; `relative` to the reference's size (at least 1e-3).

        Where nothing but missing numbers is compared it fails, too, unless `both_missing` says that this is the point.

        Parameters
        ----------
        statistic
            What is compared, in the field's words: ``"omega total"``.
        ours, theirs
            Numbers or arrays of one shape; missing numbers must be missing in both.
        tolerance
            The largest difference allowed.
        reference
            Function and version: ``"psych::omega 2.2.9"``.
        data
            The data set's name.
        """
        a, b = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
        assert a.shape == b.shape, f"{statistic}: {a.shape} numbers against {b.shape}"
        assert a.size > 0, f"{statistic}: nothing to compare"
        assert (np.isnan(a) == np.isnan(b)).all(), f"{statistic}: numbers are missing in one of the two"
        there = ~np.isnan(b)
        assert there.any() or both_missing, f"{statistic}: all numbers are missing in both"
        size = np.maximum(np.abs(b[there]), 1e-3) if relative else 1.0
        largest = float(np.max(np.abs(a[there] - b[there]) / size, initial=0.0))
        if self.folder is not None:
            line = {"statistic": statistic, "reference": reference, "data": data, "largest": largest, "relative": relative,
                    "tolerance": tolerance, "numbers": int(there.sum()), "test": self.test}  # fmt: skip
            name = f"{os.environ.get('PYTEST_XDIST_WORKER', 'one')}.jsonl"
            with (self.folder / name).open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        assert largest <= tolerance, (
            f"{statistic} ({data}): differs by {largest:.3g} from {reference}, allowed {tolerance:.3g}"
        )


@pytest.fixture
def agree(request: pytest.FixtureRequest) -> Agreement:
    """Return the comparer; with TRUSTMETER_PROOF naming a folder it also writes down each comparison."""
    folder = os.environ.get("TRUSTMETER_PROOF")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
    return Agreement(request.node.nodeid.split("[")[0], Path(folder) if folder else None)


GOOD_CARD = """\
id: walks
kind: practice
theme: proximity
zone: Elsewhere
cost: {hours: 120, money: under_1000}
licence: CC-BY-4.0
evidence: [walks.json]
text:
  en:
    title: "Walks together"
    problem: "Residents and officers do not know each other."
    done: "They walk through the quarter together."
    for_whom: "Zones with few contacts."
    steps: ["Invite.", "Walk."]
    needs: ["Two hours"]
    pitfalls: ["Rain"]
    contact: "The head of community work, diversity@zone.example"
  fr:
    title: "Promenades communes"
    problem: "Habitants et policiers ne se connaissent pas."
    done: "Ils parcourent le quartier ensemble."
    for_whom: "Les zones avec peu de contacts."
    steps: ["Inviter.", "Marcher."]
    needs: ["Deux heures"]
    pitfalls: ["La pluie"]
    contact: "La personne responsable du travail de quartier"
"""


def scale_record(name: str = "trust", **values: Any) -> ScaleRecord:
    told: dict[str, Any] = {
        "scale": name, "name": {"en": name.capitalize(), "fr": f"{name} (fr)"}, "primary": False, "verdict": "increase",
        "term": "effect", "contrast": "after - before", "estimate": 4.2, "ci_low": 1.1, "ci_high": 7.3, "conf_level": 0.95,
        "smallest_effect": None, "p_adjusted": 0.01, "n": 180, "alpha": 0.8, "alpha_low": 0.7, "alpha_high": 0.9,
        "comparability": "comparable", "strength": "moderate", "lowered": (),
    }  # fmt: skip
    return ScaleRecord(**{**told, **values})


def pilot_record(*scales: ScaleRecord, simulated: bool = False) -> PilotRecord:
    part = QuestionnaireRecord(
        "community-trust", "1.1.0", "abc", "adapted", "2024", "2025", "same", "comparison_areas", "Areas.", 0.1, "kept", (),
        scales or (scale_record(primary=True),), (), (),
    )  # fmt: skip
    return PilotRecord("walks", {"en": "Walks"}, "Elsewhere", "proximity", simulated, "0.1.0", (part,))


@pytest.fixture
def good_card() -> str:
    return GOOD_CARD


@pytest.fixture
def make_scale() -> Callable[..., ScaleRecord]:
    return scale_record


@pytest.fixture
def make_record() -> Callable[..., PilotRecord]:
    return pilot_record


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    """A folder with one practice card and the result file that it names."""
    folder = tmp_path / "cards"
    folder.mkdir()
    (folder / "walks.yaml").write_text(GOOD_CARD, encoding="utf-8")
    save_record(pilot_record(), folder / "walks.json")
    return folder
