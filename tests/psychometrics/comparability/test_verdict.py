"""The rules of the verdict, one by one."""

from __future__ import annotations

import math
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from trustmeter.psychometrics.comparability import verdict
from trustmeter.psychometrics.comparability.consequence import Bias
from trustmeter.psychometrics.comparability.opposite import Opposite
from trustmeter.psychometrics.comparability.verdict import NO_BIAS, Judgement, judge, sentence_of
from trustmeter.stats.sem.invariance_steps import INTERCEPTS, LOADINGS


def ladder_like(
    *, cfi: float = 0.99, rmsea_low: float = 0.0, number: int = INTERCEPTS, released: tuple[tuple[int, int], ...] = ()
) -> Any:
    """Return what the rules look at."""
    robust = SimpleNamespace(cfi=cfi, rmsea=rmsea_low + 0.02, rmsea_low=rmsea_low)
    step = SimpleNamespace(
        number=number, name="loadings", fit=SimpleNamespace(robust=robust), released=released, holds=True
    )
    layout = SimpleNamespace(units=2)
    units = SimpleNamespace(items=("a", "b", "c"), labels=("1", "2"), scale="trust", layout=layout)
    return SimpleNamespace(units=units, steps=[step], last_sound=step)


def judged(
    monkeypatch: pytest.MonkeyPatch,
    ladder: Any,
    bias: Bias = NO_BIAS,
    unseen: tuple[float, int] = (0.5, 0),
    others: tuple[Opposite, ...] = (),
) -> Judgement:
    monkeypatch.setattr(verdict, "opposite_readings", lambda *_: list(others))
    monkeypatch.setattr(verdict, "bias_of", lambda *_: bias)
    monkeypatch.setattr(verdict, "unseen_bias", lambda *_: unseen)
    return judge(ladder, 2.0, 0.95)


ONE = ((1, 1),)


@pytest.mark.parametrize(
    ("released", "bias", "unseen", "told"),
    [
        ((), NO_BIAS, (0.5, 0), ("comparable", "all items work alike")),
        ((), NO_BIAS, (2.1, 2), ("undecided", "unseen, 'c' could bring a bias of up to 2.1 points")),
        ((), NO_BIAS, (math.inf, 2), ("undecided", "too weakly")),
        ((), NO_BIAS, (math.nan, 2), ("undecided", "unseen")),
        (ONE, Bias(1.0, 0.3, 0.4, 1.6), (1.9, 0), ("comparable", "no more than 1.6 points")),
        (ONE, Bias(1.0, 0.3, 0.4, 1.6), (2.4, 0), ("undecided", "could bring the bias to up to 2.4 points")),
        (ONE, Bias(2.0, 0.5, 1.0, 3.0), (0.5, 0), ("undecided", "not known well enough")),
        (
            ONE,
            Bias(3.0, 0.4, 2.2, 3.8),
            (0.5, 0),
            ("not comparable", r"'b' works differently and brings a bias of \+3.0"),
        ),
        (ONE, Bias(-3.0, 0.4, -3.8, -2.2), (0.5, 0), ("not comparable", "-3.0 points")),
    ],
)
def test_the_rules(
    monkeypatch: pytest.MonkeyPatch, released: tuple[tuple[int, int], ...], bias: Bias, unseen: tuple[float, int],
    told: tuple[str, str],
) -> None:  # fmt: skip
    found = judged(monkeypatch, ladder_like(released=released), bias, unseen)
    assert found.verdict == told[0]
    assert re.search(told[1], found.reason)


def test_a_model_that_does_not_describe_the_answers_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(monkeypatch, ladder_like(cfi=0.85, rmsea_low=0.09))
    assert (found.verdict, math.isnan(found.unseen)) == ("undecided", True)
    assert judged(monkeypatch, ladder_like(cfi=0.85, rmsea_low=0.07)).verdict == "comparable"
    assert judged(monkeypatch, ladder_like(cfi=0.91, rmsea_low=0.09)).verdict == "comparable"


def test_too_few_equal_items_are_not_comparable(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(monkeypatch, ladder_like(number=LOADINGS))
    assert found.verdict == "not comparable"
    assert "too few items work alike" in found.reason


@pytest.mark.parametrize(
    ("across", "start"), [("wave", "The change from wave 1 to wave 2 on scale 'trust' can be read as a change in trust"),
                          ("zone", "Differences between 1 and 2 (zone) on scale 'trust' can be read as differences in trust")],
)  # fmt: skip
def test_the_sentence(monkeypatch: pytest.MonkeyPatch, across: str, start: str) -> None:
    ladder = ladder_like()
    assert sentence_of(ladder, judged(monkeypatch, ladder), across).startswith(start)


TWO = ((0, 1), (1, 1))
FAR, NEAR, WIDE = Bias(-8.0, 0.5, -9.0, -7.0), Bias(0.5, 0.2, 0.1, 0.9), Bias(2.0, 1.0, 0.0, 4.0)


@pytest.mark.parametrize(
    ("bias", "opposite", "told"),
    [
        (FAR, Bias(4.0, 0.5, 3.0, 5.0), "not comparable"),
        (FAR, NEAR, "undecided"),
        (FAR, WIDE, "undecided"),
        (NEAR, NEAR, "comparable"),
        (NEAR, FAR, "undecided"),
        (WIDE, FAR, "undecided"),
    ],
)
def test_a_verdict_holds_for_the_opposite_reading_too_or_is_none(
    monkeypatch: pytest.MonkeyPatch, bias: Bias, opposite: Bias, told: str
) -> None:
    other = Opposite(1, np.array([2]), opposite)
    found = judged(monkeypatch, ladder_like(released=TWO), bias, (0.5, 0), (other,))
    assert found.verdict == told
    assert f"in '2' either 'a', 'b' ({bias.estimate:+.1f} points" in found.reason
    assert f"or 'c' ({opposite.estimate:+.1f} points" in found.reason
    assert found.notes == (verdict.TWO_WAYS,)
