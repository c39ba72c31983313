"""Agreement of coders: against krippendorff and psych, against the verbs of agreement, by hand, and what is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.focus_groups.coders import code_agreement
from trustmeter.focus_groups.reading import read_segments
from trustmeter.focus_groups.sums import COEFFICIENTS, Patterns, parts_of, unit_sums_of
from trustmeter.psychometrics.agreement.coders import kappa
from trustmeter.psychometrics.agreement.content import krippendorff_alpha
from trustmeter.stats.agreement.raters import beyond_chance, rating_counts

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
ALPHA = json.loads((REFERENCE / "values" / "focus_groups.json").read_text(encoding="utf-8"))["cases"]
KAPPA = json.loads((REFERENCE / "values" / "focus_groups_kappa.json").read_text(encoding="utf-8"))["cases"]


def coding(coders: int, write_project: Callable[..., Path]) -> Path:
    """Return the stored codings as a project, so that the reader stands between them and the numbers, too."""
    rows = pd.read_csv(REFERENCE / "data" / "focus_groups_coding.csv")
    names = ("first", "second", "third")[:coders]
    lengths = pd.read_csv(REFERENCE / "data" / "focus_groups_lengths.csv").set_index("session")["length"]
    texts = {str(name): "é" * int(length) for name, length in lengths.items()}
    kept = rows[rows["coder"].isin(names)]
    listed = list(zip(kept["session"], kept["start"], kept["end"], kept["code"], kept["coder"], strict=True))
    return write_project(texts, listed, codes=sorted(set(rows["code"])), coders=names)


@pytest.mark.parametrize("unit", ["characters", "segment"])
@pytest.mark.parametrize(("name", "coders"), [("two", 2), ("three", 3)])
def test_alpha_is_that_of_krippendorff(
    name: str, coders: int, unit: str, write_project: Callable[..., Path], agree: Callable[..., None]
) -> None:
    found = code_agreement(read_segments(coding(coders, write_project)), unit=unit)  # type: ignore[arg-type]
    for code, stored in ALPHA[name][unit].items():
        agree("code_agreement: alpha", found.value("krippendorff_alpha", code), stored, 1e-10, reference="krippendorff 0.9.0",
              data="focus_groups_coding")  # fmt: skip


@pytest.mark.parametrize("unit", ["characters", "segment"])
def test_kappa_is_that_of_psych(unit: str, write_project: Callable[..., Path], agree: Callable[..., None]) -> None:
    found = code_agreement(read_segments(coding(2, write_project)), unit=unit)  # type: ignore[arg-type]
    for code, stored in KAPPA[unit].items():
        for term in ("kappa", "agreement"):
            agree(f"code_agreement: {term}", found.value(term, code), stored[term], 1e-10, reference="psych::cohen.kappa 2.2.9",
                  data="focus_groups_coding")  # fmt: skip
        if unit == "segment":
            row = found.table[(found.table["item"] == code) & (found.table["term"] == "kappa")].iloc[0]
            agree("code_agreement: kappa, se", row["std_error"], stored["se"], 1e-8, reference="psych::cohen.kappa 2.2.9",
                  data="focus_groups_coding")  # fmt: skip


@pytest.mark.parametrize("coders", [2, 3, 4])
def test_sums_give_what_the_verbs_and_kernels_give(coders: int) -> None:
    rng = np.random.default_rng(coders)
    codes = (rng.random((80, 1)) < 0.3) ^ (rng.random((80, coders)) < 0.15)
    codes = codes.astype(np.intp)
    if coders > 2:
        codes[rng.random(codes.shape) < 0.2] = -1
    parts = parts_of(unit_sums_of(Patterns(codes, np.ones(80))), coders)
    ours = {name: (observed - chance) / (1 - chance) for name, (observed, chance) in parts.items()}
    frame = pd.DataFrame(codes).astype(float)
    frame = frame.where(frame >= 0)
    theirs = kappa(frame)
    for name in COEFFICIENTS[:3]:
        assert ours[name] == pytest.approx(theirs.value(name), abs=1e-12)
    assert ours["krippendorff_alpha"] == pytest.approx(float(krippendorff_alpha(frame)), abs=1e-12)
    assert ours["gwet_ac1"] == pytest.approx(
        beyond_chance(rating_counts(codes, 2), np.eye(2), "gwet").estimate, abs=1e-12
    )


def test_weights_are_repetitions() -> None:
    rng = np.random.default_rng(5)
    codes, weights = rng.integers(-1, 2, (30, 3)), rng.integers(1, 9, 30)
    whole = unit_sums_of(Patterns(codes.repeat(weights, axis=0), np.ones(int(weights.sum()))))
    np.testing.assert_allclose(unit_sums_of(Patterns(codes, weights.astype(float))), whole, atol=1e-9)


def marked(*coders: str, sessions: int = 1) -> pd.DataFrame:
    """Return rows of one code: a text a coder with a sign a segment, ``r`` where the code is given, ``.`` where not seen."""
    rows = [
        (f"S{at % sessions}", f"s{at}", f"coder {who}", "respect" if mark == "r" else "")
        for who, marks in enumerate(coders) for at, mark in enumerate(marks) if mark != "."
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["session", "segment", "coder", "code"])


def test_a_table_by_hand() -> None:
    """Of ten units: both five, neither three, first alone one, second alone one."""
    found = code_agreement(read_segments(marked("rrrrr---r-", "rrrrr----r")))
    assert found.value("agreement", "respect") == pytest.approx(0.8)
    assert found.value("kappa", "respect") == pytest.approx((0.8 - 0.52) / 0.48)
    assert found.value("prevalence", "respect") == pytest.approx(0.6)
    assert found.value("gwet_ac1", "respect") == pytest.approx((0.8 - 0.48) / 0.52)
    assert found.value("krippendorff_alpha", "respect") == pytest.approx(1 - (20 - 1) * 4 / (20**2 - 12**2 - 8**2))
    assert found.value("krippendorff_alpha") == pytest.approx(found.value("krippendorff_alpha", "respect"))


def test_over_codes_is_means_of_observed_and_expected() -> None:
    frame = pd.concat(
        [marked("rrrrr---r-", "rrrrr----r"), marked("rr--------", "r---------").replace("respect", "fear")]
    )
    found = code_agreement(read_segments(frame))
    observed, expected = np.mean([0.8, 0.9]), np.mean([0.52, 0.2 * 0.1 + 0.8 * 0.9])
    assert found.value("kappa") == pytest.approx((observed - expected) / (1 - expected))
    assert found.codes == ("respect", "fear")
    with pytest.raises(DesignError, match="Did you mean 'respect'"):
        found.value("kappa", "respekt")


def test_documents_ask_whether_a_session_has_the_code_at_all() -> None:
    frame = marked("r-r-r-r-r-", "-rr-r--rr-", sessions=5)
    found = code_agreement(read_segments(frame), unit="document")
    first, second = (
        [int(any(text[at::5][k] == "r" for k in range(2))) for at in range(5)] for text in ("r-r-r-r-r-", "-rr-r--rr-")
    )
    assert found.value("agreement", "respect") == pytest.approx(np.mean(np.array(first) == np.array(second)))
    assert found.table["n"].max() == 5


def test_intervals_over_codes_leave_out_sessions() -> None:
    frame = marked("rr--r-rrr-r-r---rrr-" * 3, "rr-----rr-rrr---rr--" * 3, sessions=6)
    table = code_agreement(read_segments(frame)).tidy()
    both = table[(table["term"] == "krippendorff_alpha")].set_index("item")
    assert both.loc["", "ci_low"] < both.loc["", "estimate"] < both.loc["", "ci_high"]
    few = code_agreement(read_segments(marked("rr--r-rrr-", "rr-----rr-")))
    assert math.isnan(few.tidy().set_index(["item", "term"]).loc[("", "kappa"), "ci_low"])
    assert any("takes 5 sessions" in note for note in few.notes)


def test_who_did_not_see_a_session_is_missing_there() -> None:
    seen = marked("rrrrr---r-", "rrrrr----r")
    more = pd.DataFrame([("S9", f"x{at}", "coder 0", "respect") for at in range(7)], columns=seen.columns)
    alone, both = code_agreement(read_segments(seen)), code_agreement(read_segments(pd.concat([seen, more])))
    pd.testing.assert_frame_equal(alone.tidy(), both.tidy())


def test_codes_that_nothing_sets_apart_say_so() -> None:
    frame = pd.concat(
        [marked("rrrrr---r-", "rrrrr----r"), marked("rrrrrrrrrr", "rrrrrrrrrr").replace("respect", "always")]
    )
    found = code_agreement(read_segments(frame))
    assert math.isnan(found.value("kappa", "always"))
    assert found.value("agreement", "always") == 1
    assert found.value("kappa") == pytest.approx(found.value("kappa", "respect"))
    assert any("nowhere or everywhere" in note for note in found.notes)
    assert any("Seldom or nearly always given (always)" in note for note in found.notes)


def test_codes_that_hardly_anybody_gave_are_hidden_one_by_one() -> None:
    frame = pd.concat(
        [marked("rrrrr---r-", "rrrrr----r"), marked("rr--------", "r---------").replace("respect", "fear")]
    )
    found = code_agreement(read_segments(frame))
    fear = found.table[found.table["item"] == "fear"]
    assert fear["suppressed"].all()
    assert fear["estimate"].isna().all()
    assert any("no coder gave 5 times" in note for note in found.notes)
    assert not any("Seldom" in note for note in found.notes)


def test_unknown_lengths_are_told() -> None:
    frame = pd.DataFrame({
        "session": ["A"] * 4, "coder": ["x", "y", "x", "y"], "code": ["respect"] * 3 + ["fear"],
        "start": [0, 2, 40, 50], "end": [10, 12, 44, 60],
    })  # fmt: skip
    found = code_agreement(read_segments(frame), unit="characters")
    assert found.table["n"].max() == 60
    assert any("length of the text is not known: 1." in note for note in found.notes)
    assert found.value("agreement") == pytest.approx(((60 - 4 - 4) / 60 + 50 / 60) / 2)


@pytest.mark.parametrize(
    ("frame", "options", "error", "words"),
    [
        (marked("rrrrr"), {}, EstimationError, "Got 1 coder"),
        (marked("rrrrr", "rrr--").drop(columns="coder"), {}, EstimationError, "rows without a coder"),
        (marked("rr--", "r---"), {}, EstimationError, "at least 5 units"),
        (marked("rr--rr", "r---rr"), {"unit": "document"}, EstimationError, "Got 1 by document"),
        (marked("rr--rr", "r---rr"), {"unit": "characters"}, EstimationError, "start and end of each coding"),
        (marked("rr--rr", "r---rr").drop(columns="segment"), {}, EstimationError, "have neither"),
        (marked("rr--rr", "r---rr"), {"codes": "respekt"}, DesignError, "Did you mean 'respect'"),
        (marked("------", "------"), {}, EstimationError, "at least one code"),
        (marked("rr--rr", "r---rr"), {"unit": "word"}, DesignError, "`unit` argument"),
        (marked("rr--rr", "r---rr"), {"conf_level": 95}, DesignError, "between 0 and 1"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    frame: pd.DataFrame, options: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        code_agreement(read_segments(frame), **options)  # type: ignore[arg-type]
