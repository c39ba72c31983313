"""k, l and t against pycanon and against their definitions, person by person."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustmeter.errors import DesignError
from trustmeter.stats.disclosure.anonymity import alike, closeness, diversity

REFERENCE = Path(__file__).parents[2] / "reference"
STORED = json.loads((REFERENCE / "values" / "anonymity.json").read_text(encoding="utf-8"))
CASES = STORED["cases"]
VERSION = f"pycanon {STORED['made_with']['pycanon']}"
QUASI = ["age", "gender", "area"]
ROUNDING = 1e-12
"""Both sum the same fractions."""

PEOPLE = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 4)), min_size=1, max_size=30)


@pytest.mark.parametrize("name", sorted(CASES))
def test_k_l_and_t_are_those_of_pycanon(name: str, agree) -> None:
    frame = pd.read_csv(REFERENCE / "data" / f"anonymity_{name}.csv")
    classes = alike(frame[QUASI].to_numpy())
    agree("k-anonymity", classes.k, CASES[name]["k"], 0, reference=VERSION, data=name)
    for sensitive, ordered in (("trust", True), ("reason", False)):
        theirs, codes = CASES[name][sensitive], pd.factorize(frame[sensitive], sort=True)[0]
        found = diversity(classes, codes)
        agree("distinct l-diversity", found.distinct.min(), theirs["distinct"], 0, reference=VERSION, data=name)
        whole = int(found.entropy.min() + ROUNDING)
        agree("entropy l-diversity, whole part", whole, theirs["entropy"], 0, reference=VERSION, data=name)
        t = closeness(classes, codes, ordered=ordered).max()
        agree(
            f"t-closeness, {'ordered' if ordered else 'unordered'}",
            t,
            theirs["t"],
            ROUNDING,
            reference=VERSION,
            data=name,
        )


@settings(max_examples=60, deadline=None)
@given(PEOPLE)
def test_they_are_what_their_definitions_say_person_by_person(people: list[tuple[int, int, int]]) -> None:
    table = np.array(people)
    classes = alike(table[:, :2])
    by_class: dict[tuple[int, int], list[int]] = {}
    for one, two, sensitive in people:
        by_class.setdefault((one, two), []).append(sensitive)
    assert classes.k == min(map(len, by_class.values()))
    assert sorted(classes.sizes.tolist()) == sorted(map(len, by_class.values()))
    found = diversity(classes, table[:, 2])
    assert found.distinct.min() == min(len(set(values)) for values in by_class.values())
    everybody = Counter(table[:, 2].tolist())
    values = sorted(everybody)
    entropies, apart, moved = [], [], []
    for inside in by_class.values():
        own = Counter(inside)
        shares = [own[value] / len(inside) for value in values]
        entropies.append(np.exp(-sum(share * np.log(share) for share in shares if share)))
        gaps = [share - everybody[value] / len(people) for share, value in zip(shares, values, strict=True)]
        apart.append(sum(map(abs, gaps)) / 2)
        moved.append(sum(abs(sum(gaps[: end + 1])) for end in range(len(values) - 1)) / max(len(values) - 1, 1))
    assert found.entropy.min() == pytest.approx(min(entropies))
    assert closeness(classes, table[:, 2], ordered=False).max() == pytest.approx(max(apart))
    assert closeness(classes, table[:, 2], ordered=True).max() == pytest.approx(max(moved))


def test_one_class_tells_nothing_more_than_everybody() -> None:
    classes = alike(np.zeros((8, 0), dtype=int))
    assert classes.k == 8
    assert closeness(classes, np.arange(8), ordered=True).tolist() == [0.0]
    assert diversity(classes, np.arange(8)).entropy.tolist() == pytest.approx([8.0])
    assert alike(np.zeros((0, 2), dtype=int)).k == 0


def test_people_in_small_classes_are_found() -> None:
    classes = alike([[1], [1], [1], [2]])
    assert classes.rows_below(2).tolist() == [False, False, False, True]
    assert not classes.rows_below(1).any()


@pytest.mark.parametrize("columns", [[1, 2], [[1.5], [2.0]]])
def test_what_are_no_codes_is_refused(columns: list) -> None:
    with pytest.raises(DesignError, match="codes"):
        alike(columns)


def test_a_sensitive_column_of_another_length_is_refused() -> None:
    with pytest.raises(DesignError, match="one code a person"):
        diversity(alike([[1], [2]]), [1])
