"""Response rates from lists of contacts: codes and words, zones and modes, and no small count that could be worked out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.errors import DesignError, EstimationError, ResponsesError
from trustmeter.fieldwork.contacts import WORDS, cell_of
from trustmeter.present.phrases import LANGUAGES
from trustmeter.stats.response_rate import CELLS, RATES, rate_forms

COUNTS = {"complete": 300, "partial": 40, "refusal": 120, "non_contact": 90, "other": 20, "unknown_household": 60, "unknown": 30,
          "ineligible": 110}  # fmt: skip


def test_rates_are_those_worked_out_by_hand() -> None:
    rates = tm.response_rates(COUNTS)
    e = 570 / 680
    assert rates.value("e") == pytest.approx(e)
    for name, expected in {
        "RR1": 300 / 660,
        "RR3": 300 / (570 + 90 * e),
        "COOP3": 300 / 460,
        "REF1": 120 / 660,
        "CON3": 480 / 570,
    }.items():
        assert rates.value(name) == pytest.approx(expected)
    assert {name: rates.value(name) for name in COUNTS} == COUNTS
    given = tm.response_rates(COUNTS, eligibility=0.25)
    assert given.value("RR4") == pytest.approx(340 / (570 + 0.25 * 90))


def test_intervals_are_wilsons() -> None:
    row = tm.response_rates({"complete": 30, "refusal": 70}).table.set_index("term").loc["RR1"]
    z, p, n = 1.959963984540054, 0.3, 100
    centre, margin = (p + z**2 / (2 * n)), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(
        ((centre - margin) / (1 + z**2 / n), (centre + margin) / (1 + z**2 / n))
    )
    assert "Wilson" in row["method"]


@pytest.mark.parametrize(
    ("word", "cell"),
    [
        ("1.1", "complete"), (1.1, "complete"), ("1,2", "partial"), ("2.11", "refusal"), ("2.12", "refusal"), ("2.20", "non_contact"),
        (2.2, "non_contact"), ("2.36", "other"), ("3.11", "unknown_household"), ("3.2", "unknown"), ("3", "unknown"), ("3.9", "unknown"),
        ("4.10", "ineligible"), (4, "ineligible"), ("Break off", "refusal"), ("NON-CONTACT", "non_contact"), ("2.0", ""), ("1", ""),
        ("5.1", ""), ("no", ""), ("2.4", ""),
    ],
)  # fmt: skip
def test_codes_and_words_are_sorted(word: Any, cell: str) -> None:
    assert cell_of(word) == cell
    assert set(WORDS.values()) == set(CELLS)


def test_rows_and_counts_give_the_same() -> None:
    frame = pd.DataFrame({"disposition": list(COUNTS), "n": list(COUNTS.values())})
    long = frame.loc[frame.index.repeat(frame["n"]), ["disposition"]]
    one, other, mapped = tm.response_rates(frame, count="n"), tm.response_rates(long), tm.response_rates(COUNTS)
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.table, mapped.table)


def test_zones_and_modes_stand_beside_the_whole() -> None:
    rng = np.random.default_rng(1)
    n = 2000
    frame = pd.DataFrame(
        {
            "disposition": rng.choice(list(COUNTS), n), "zone": rng.choice(["Ghent", "Liège"], n), "how": rng.choice(["door", "web"], n),
        }
    )  # fmt: skip
    rates = tm.response_rates(frame, zone="zone", mode="how", eligibility=0.5)
    for heads, part in (
        ({"zone": "Ghent"}, frame[frame["zone"] == "Ghent"]),
        ({"mode": "web"}, frame[frame["how"] == "web"]),
    ):
        counts = np.array([(part["disposition"] == cell).sum() for cell in CELLS], dtype=float)
        for name, form in rate_forms(0.5).items():
            above, below = form.of(counts)
            assert rates.value(name, **heads) == pytest.approx(above / below)


def _told(rates: tm.ResponseRates, counts: np.ndarray, zones: list[str], e: float) -> list[tuple[np.ndarray, float]]:
    """Return all that a reader learns: sums of counts, by zone and disposition, with their value."""
    forms = rate_forms(e)
    learnt = []
    for line in rates.table[~rates.table["suppressed"]].to_dict("records"):
        weights = np.zeros(counts.shape)
        rows = slice(None) if not line["zone"] else zones.index(line["zone"])
        if line["term"] in RATES:
            if line["n"] > 0:
                form = forms[line["term"]]
                for part in (form.above, form.below):
                    told = weights.copy()
                    told[rows] = part
                    learnt.append((told.ravel(), float((told * counts).sum())))
        elif line["term"] != "e":
            weights[rows, :] = 1 if line["term"] == "contacts" else np.eye(8)[CELLS.index(line["term"])]
            learnt.append((weights.ravel(), float((weights * counts).sum())))
    return learnt


@pytest.mark.parametrize("seed", range(15))
def test_no_small_count_can_be_worked_out_from_all_that_is_told(seed: int) -> None:
    rng = np.random.default_rng(seed)
    zones = ["a", "b", "c"]
    counts = rng.integers(0, rng.choice([4, 12, 40], (3, 8)), (3, 8)).astype(float)
    counts[0, 0] += 20
    rows = [{"zone": zones[z], "disposition": CELLS[c], "n": int(counts[z, c])} for z in range(3) for c in range(8)]
    rates = tm.response_rates(pd.DataFrame(rows), count="n", zone="zone", eligibility=0.7)
    learnt = _told(rates, counts, zones, 0.7)
    matrix = np.array([weights for weights, _ in learnt])
    small = [
        (z, c)
        for z in range(3)
        for c in range(8)
        if 0 < counts[z, c] < 5 or (counts[z, c] > 0 and counts[z].sum() < 10)
    ]
    targets = [np.ravel_multi_index(place, (3, 8)) for place in small]
    vectors = [np.eye(24)[target] for target in targets]
    vectors += [np.tile(np.eye(8)[c], 3) for c in range(8) if 0 < counts[:, c].sum() < 5]
    for vector in vectors:
        rest = vector - matrix.T @ np.linalg.lstsq(matrix.T, vector, rcond=None)[0]
        assert np.linalg.norm(rest) > 1e-6
    assert not any(0 < value < 5 and float(value).is_integer() for _, value in learnt)


def test_a_zone_of_few_contacts_shows_nothing_and_cannot_be_worked_out() -> None:
    rows = [
        ("a", "complete", 50),
        ("a", "refusal", 50),
        ("b", "complete", 40),
        ("b", "refusal", 30),
        ("c", "complete", 6),
    ]
    frame = pd.DataFrame(rows, columns=["zone", "disposition", "n"])
    table = tm.response_rates(frame, count="n", zone="zone").table
    assert table.loc[table["zone"] == "c", "suppressed"].all()
    assert np.isnan(table.loc[(table["zone"] == "b") & (table["term"] == "contacts"), "estimate"]).all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_is_in_words(language: str) -> None:
    frame = pd.DataFrame({"disposition": list(COUNTS), "n": list(COUNTS.values())}).assign(zone="Ghent")
    table = tm.to_table(tm.response_rates(frame, count="n", zone="zone"), language=language)  # type: ignore[arg-type]
    assert table.iloc[:, 0].str.contains("RR1").sum() == 2
    assert not table.iloc[:, 0].str.contains("_").any()


def test_what_is_no_list_of_contacts_is_refused() -> None:
    frame = pd.DataFrame({"disposition": ["complete"] * 20, "n": [1] * 20})
    with pytest.raises(DesignError, match="Did you mean 'disposition'"):
        tm.response_rates(frame, disposition="dispositon")
    with pytest.raises(DesignError, match="row a contact"):
        tm.response_rates(["complete"])  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="share from 0 to 1"):
        tm.response_rates(frame, eligibility=80)
    with pytest.raises(ResponsesError, match="not known") as caught:
        tm.response_rates(pd.DataFrame({"disposition": ["Mrs Peeters moved"] * 20}))
    assert "Peeters" not in str(caught.value)
    with pytest.raises(ResponsesError, match="no disposition"):
        tm.response_rates(pd.DataFrame({"disposition": ["complete", None] * 10}))
    with pytest.raises(ResponsesError, match="whole"):
        tm.response_rates(frame.assign(n=1.5), count="n")
    with pytest.raises(EstimationError, match="fewer than 10"):
        tm.response_rates({"complete": 9})
    with pytest.raises(EstimationError, match="eligibility"):
        tm.response_rates({"unknown": 90})
