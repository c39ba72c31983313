"""Answers with a planted change of the trait and a planted change in the use of one item's answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from trustmeter.responses.model import Responses, Roles

ITEMS = ("FA1", "FA2", "FA3", "EF1", "EF2", "EF3")


@pytest.fixture
def planted(tiny):
    """Return a maker of answers: `change` of the trait in standard deviations, `shift` of FA2's thresholds, likewise."""
    whole = next(one for one in tiny.scales if one.id == "trust")
    flat = replace(tiny, scales=(whole, *(replace(one, parent=None) for one in tiny.scales if one.id == "fairness")))

    def make(
        n=500, *, change=0.0, shift=0.0, linked=True, seed=3, blanks=0.0, loadings=None, noise=1.0, simulated=False
    ):
        rng = np.random.default_rng(seed)
        person = rng.normal(size=n)
        frames = []
        for number, wave in enumerate(("2022", "2023")):
            own = person if linked else rng.normal(size=n)
            trait = np.sqrt(0.7) * own + np.sqrt(0.3) * rng.normal(size=n) + number * change
            names = np.arange(n) + (0 if linked else number * n)
            columns = {
                "id": names,
                "wave": wave,
                "zone": "North",
                "kind": np.where(np.arange(n) % 2, "a", "b"),
                "CONSENT": 1,
            }
            for place, name in enumerate(ITEMS):
                load = 0.8 if loadings is None else loadings[place]
                y = load * trait + noise * np.sqrt(1 - 0.8**2) * rng.normal(size=n)
                y += number * shift if name == "FA2" else 0.0
                answer = 1 + np.digitize(y, [-1.2, -0.5, 0.3, 1.0])
                columns[name] = 6 - answer if name == "EF3" else answer
            frames.append(pd.DataFrame(columns))
        frame = pd.concat(frames, ignore_index=True)
        missing = pd.DataFrame(0, index=frame.index, columns=["CONSENT", *ITEMS], dtype="int8")
        for name in ("CONSENT", *ITEMS):
            frame[name] = frame[name].astype("Int64")
            holes = rng.random(len(frame)) < (blanks if name in ITEMS else 0.0)
            frame.loc[holes, name] = pd.NA
            missing.loc[holes, name] = 2
        return Responses(frame, missing, flat, Roles("id", "wave", "zone", kept=("kind",)), simulated=simulated)

    return make
