"""Means of zones against clubSandwich and plain formulas."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.zones.means import place_means

FOLDER = Path(__file__).parents[1] / "reference"
REFERENCE = json.loads((FOLDER / "values" / "ranking.json").read_text(encoding="utf-8"))
PEOPLE = pd.read_csv(FOLDER / "data" / "ranking_people.csv")
PLACE, NAMES = pd.factorize(PEOPLE["zone"], sort=True)
VALUES = PEOPLE["trust"].to_numpy(dtype=float)
WEIGHTS = PEOPLE["weight"].to_numpy(dtype=float)
EXACT = 1e-8
"""The same formula on both sides; the differences are rounding."""


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("column", ["hood", "interviewer"])
def test_clustered_means_are_those_of_clubsandwich(column: str, weighted: bool, agree: Any) -> None:
    theirs = REFERENCE["robust"][column + ("_weighted" if weighted else "")]
    clusters = pd.factorize(PEOPLE[column])[0]
    found = place_means(VALUES, PLACE, tuple(NAMES), clusters=clusters, weights=WEIGHTS if weighted else None)
    ours = np.r_[found.estimates, found.std_errors, found.df, found.covariance.ravel()]
    reference = np.r_[theirs["estimate"], theirs["se"], theirs["df"], np.ravel(theirs["covariance"])]
    source = f"clubSandwich::vcovCR {REFERENCE['packages']['clubSandwich']}"
    data = f"ranking_people, {column}{', weighted' if weighted else ''}"
    agree("zone means, CR2 and Satterthwaite", ours, reference, EXACT, reference=source, data=data, relative=True)
    assert found.crossed == (column == "interviewer")


def test_plain_means_have_the_formula_of_the_textbook(agree: Any) -> None:
    found = place_means(VALUES, PLACE, tuple(NAMES))
    theirs = REFERENCE["means"]
    agree("zone means", np.r_[found.estimates, found.std_errors, found.df], np.r_[theirs["estimate"], theirs["se"], theirs["df"]], EXACT,
          reference=f"base::mean {REFERENCE['r'][10:15]}", data="ranking_people")  # fmt: skip
    assert found.design_effects == pytest.approx(1.0)
    assert not found.crossed


def test_every_row_its_own_cluster_is_the_plain_mean() -> None:
    plain, own = (place_means(VALUES, PLACE, tuple(NAMES), clusters=rows) for rows in (None, np.arange(len(VALUES))))
    assert own.std_errors == pytest.approx(plain.std_errors)
    assert own.df == pytest.approx(plain.df)
    even = place_means(VALUES, PLACE, tuple(NAMES), weights=np.full(len(VALUES), 3.0))
    assert (even.estimates, even.std_errors) == (pytest.approx(plain.estimates), pytest.approx(plain.std_errors))


def test_a_zone_of_one_cluster_has_a_mean_and_no_error() -> None:
    clusters = np.where(PLACE == 1, 0, 1 + np.arange(len(PLACE)))
    found = place_means(VALUES, PLACE, tuple(NAMES), clusters=clusters)
    assert math.isnan(found.std_errors[1]) and math.isnan(found.df[1])
    assert np.isfinite(found.estimates).all()
    assert found.known().names == ("Centre", "North", "Port", "West")
    assert found.known().covariance.shape == (4, 4)
    crossed = np.where(PLACE == 1, 0, np.arange(len(PLACE)) % 5)
    assert math.isnan(place_means(VALUES, PLACE, tuple(NAMES), clusters=crossed).std_errors[1])


def test_cautious_errors_make_normal_intervals_as_wide_as_those_of_t() -> None:
    found = place_means(VALUES, PLACE, tuple(NAMES))
    wider = found.cautious_errors(0.95) / found.std_errors
    assert wider[3] == pytest.approx(2.200985160082949 / 1.959963984540054)
    assert (wider > 1).all() and wider.argmax() == 3
