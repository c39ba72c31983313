"""Answers with age, sex, area and household size, from the frame that R's reference values were made from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.responses.model import Roles

FOLDER = Path(__file__).resolve().parents[1] / "reference"


@pytest.fixture(scope="session")
def kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "values/weighting.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def make_people(tiny: Any) -> Callable[..., tm.Responses]:
    """Return a maker of 400 answers to `tiny` with kept columns of the reference frame; columns may be changed."""

    def make(*, base: bool = True, **changed: Any) -> tm.Responses:
        data = pd.read_csv(FOLDER / "data/weighting.csv").assign(**changed)
        rng = np.random.default_rng(5)
        items = [item.id for item in tiny.items if item.id[:2] in {"FA", "EF"}]
        answered = pd.DataFrame({name: rng.integers(1, 6, len(data)) for name in items}, dtype="Int64")
        frame = pd.concat([data.assign(id=np.arange(len(data))), answered], axis=1)
        missing = pd.DataFrame(0, index=frame.index, columns=items, dtype="int8")
        roles = Roles("id", kept=("age", "sex", "area", "household", "y", "w", "cluster"))
        design = tm.SurveyDesign(weights="w", clusters="cluster") if base else None
        return tm.Responses(frame, missing, tiny, roles, source="made.csv", design=design)

    return make


@pytest.fixture
def reference_margins(kept: dict[str, Any]) -> dict[str, dict[str, float]]:
    return {name: {str(k + 1): float(v) for k, v in enumerate(kept[name])} for name in ("age", "sex", "area")}
