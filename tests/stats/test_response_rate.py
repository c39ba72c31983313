"""The rates by hand, and that no small count follows from what was told."""

from __future__ import annotations

import numpy as np
import pytest

from trustmeter.errors import EstimationError
from trustmeter.stats.response_rate import RATES, Ledger, eligible_share, rate_forms

COUNTS = np.array([300, 40, 120, 90, 20, 60, 30, 110], dtype=float)
"""I, P, R, NC, O, UH, UO, ineligible."""
E = 570 / 680
BY_HAND = {
    "RR1": 300 / 660, "RR2": 340 / 660, "RR3": 300 / (570 + E * 90), "RR4": 340 / (570 + E * 90),
    "RR5": 300 / 570, "RR6": 340 / 570, "COOP1": 300 / 480, "COOP2": 340 / 480, "COOP3": 300 / 460, "COOP4": 340 / 460,
    "REF1": 120 / 660, "REF2": 120 / (570 + E * 90), "REF3": 120 / 570,
    "CON1": 480 / 660, "CON2": 480 / (570 + E * 90), "CON3": 480 / 570,
}  # fmt: skip


def test_the_rates_are_those_worked_out_by_hand() -> None:
    assert eligible_share(COUNTS) == pytest.approx(E)
    forms = rate_forms(E)
    assert tuple(forms) == RATES == tuple(BY_HAND)
    for name, form in forms.items():
        above, below = form.of(COUNTS)
        assert above / below == pytest.approx(BY_HAND[name], abs=1e-14)


def test_rates_collapse_where_they_must() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        counts = rng.integers(1, 100, 8).astype(float)
        of = {name: form.of(counts)[0] / form.of(counts)[1] for name, form in rate_forms(0.4).items()}
        all_, none = rate_forms(1.0), rate_forms(0.0)
        assert of["RR1"] <= of["RR3"] <= of["RR5"]
        assert of["RR2"] <= of["RR4"] <= of["RR6"]
        for likely, every, without in (
            ("RR3", "RR1", "RR5"),
            ("RR4", "RR2", "RR6"),
            ("REF2", "REF1", "REF3"),
            ("CON2", "CON1", "CON3"),
        ):
            assert all_[likely].of(counts) == pytest.approx(all_[every].of(counts))
            assert none[likely].of(counts) == pytest.approx(none[without].of(counts))
        assert of["COOP4"] * of["CON3"] >= of["RR6"] * (1 - 1e-12)


def test_without_known_eligibility_it_must_be_given() -> None:
    with pytest.raises(EstimationError, match=r"eligibility=0\.8"):
        eligible_share([0, 0, 0, 0, 0, 9, 9, 0])


def test_the_ledger_keeps_every_small_count() -> None:
    """Whatever is told, no protected sum lies in the span of it."""
    rng = np.random.default_rng(2)
    for _ in range(40):
        counts = rng.integers(0, 30, 6).astype(float)
        protected = np.eye(6)[(counts > 0) & (counts < 5)]
        ledger, told = Ledger(counts, protected), []
        for _ in range(30):
            form = rng.integers(0, 2, 6).astype(float)
            if ledger.tell(form):
                told.append(form)
                assert not 0 < form @ counts < 5
        for small in protected:
            if told:
                rest = small - np.array(told).T @ np.linalg.lstsq(np.array(told).T, small, rcond=None)[0]
                assert np.linalg.norm(rest) > 1e-6
