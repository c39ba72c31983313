"""Results about the meter to draw, and the check that a drawing stays on its paper."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from trustmeter.present.sheet import WIDE, text_width
from trustmeter.psychometrics.agreement.methods import bland_altman
from trustmeter.psychometrics.comparability.alignment import align
from trustmeter.psychometrics.comparability.bias import check_item_bias
from trustmeter.psychometrics.comparability.invariance import check_invariance
from trustmeter.psychometrics.consistency.estimate import reliability
from trustmeter.psychometrics.response.calibrate import irt
from trustmeter.psychometrics.structure.confirmation import cfa
from trustmeter.psychometrics.structure.exploration.factors import efa
from trustmeter.psychometrics.structure.exploration.retention import dimensionality
from trustmeter.results import Result

_SLACK = 0.005


def made_items(n: int = 300, items: int = 5, categories: int = 5, *, factors: int = 1, seed: int = 3) -> pd.DataFrame:
    """Return answers to items that show one factor each, in turn."""
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=(n, factors))
    latent = np.column_stack([1.2 * trait[:, item % factors] + rng.normal(size=n) for item in range(items)])
    cuts = np.linspace(-1.6, 1.6, categories - 1) if categories > 2 else [0.2]
    return pd.DataFrame(np.digitize(latent, cuts), columns=[f"q{item + 1:02d}" for item in range(items)])


@cache
def _made(name: str) -> Result:
    frame = made_items(450)
    grouped = frame.assign(zone=np.repeat(["East", "North", "South"], 150))
    rng = np.random.default_rng(4)
    first = rng.normal(50, 15, 120)
    several = ["alpha", "omega_total", "sem", "lambda2", "glb", "split_half", "omega_categorical"]
    makers: Mapping[str, Callable[[], Result]] = {
        "invariance": lambda: check_invariance(grouped, across="zone"),
        "dimensionality": lambda: dimensionality(frame, seed=1, draws=20),
        "efa": lambda: efa(made_items(400, 8, factors=2), 2, seed=1),
        "cfa": lambda: cfa(frame, f"Trust =~ {' + '.join(frame.columns)}"),
        "irt": lambda: irt(frame, nodes=31),
        "agreement": lambda: bland_altman(first, first + rng.normal(2, 6, 120)),
        "alignment": lambda: align(grouped, across="zone"),
        "bias": lambda: check_item_bias(grouped, across="zone"),
        "reliability": lambda: reliability(frame, coefficients=several),
    }
    return makers[name]()


@pytest.fixture
def result_of() -> Callable[..., Any]:
    """Return a maker of results by name, of simulated answers or not."""

    def make(name: str, *, simulated: bool = False) -> Any:
        result = _made(name)
        return dataclasses.replace(result, provenance=dataclasses.replace(result.provenance, simulated=simulated))

    return make


@pytest.fixture
def make_items() -> Callable[..., pd.DataFrame]:
    """Return a maker of answers to items."""
    return made_items


@pytest.fixture
def words_of() -> Callable[[Figure], str]:
    """Return a reader of all words of a picture."""
    return lambda figure: " ".join(text.get_text() for axes in figure.axes for text in axes.texts)


@pytest.fixture
def check_fits() -> Callable[[Figure], None]:
    """Return the check that all words stand on the paper, and none on another."""
    return _check_fits


def _check_fits(figure: Figure) -> None:
    (axes,) = figure.axes
    bottom, top = axes.get_ylim()
    boxes = []
    for text in axes.texts:
        if text.get_rotation() or not text.get_text().strip():
            continue
        x, y = text.get_position()
        size = text.get_fontsize()
        width = text_width(text.get_text(), size, str(text.get_fontweight()))
        left = x - {"left": 0.0, "center": width / 2, "right": width}[text.get_horizontalalignment()]
        half = 0.36 * size / 72
        assert left >= -_SLACK, f"{text.get_text()!r} begins {-left:.2f} inches left of the paper"
        assert left + width <= WIDE + _SLACK, (
            f"{text.get_text()!r} ends {left + width - WIDE:.2f} inches right of the paper"
        )
        assert top <= y - half and y + half <= bottom, f"{text.get_text()!r} stands above or below the paper"
        boxes.append((left, left + width, y - half, y + half, text.get_text()))
    for one, other in itertools.combinations(boxes, 2):
        across = min(one[1], other[1]) - max(one[0], other[0])
        down = min(one[3], other[3]) - max(one[2], other[2])
        assert across <= 0.01 or down <= 0.01, f"{one[4]!r} and {other[4]!r} stand on one another"
