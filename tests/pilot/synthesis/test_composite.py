"""The primary index: against the weights written out, special cases, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.synthesis.composite import primary_index
from trustmeter.scoring.composite import score
from trustmeter.scoring.frame import read_scores
from trustmeter.scoring.model import Scores

DESIGN = PilotDesign("before", "after", linked=False)
PARTS = ["a", "b", "c"]


def people(n: int = 300, seed: int = 1, **more: Any) -> Scores:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(2 * n, 1))
    values = np.clip(50 + 8 * (common * [1.0, 1.0, 0.3] + rng.normal(size=(2 * n, 3))), 0, 100)
    frame = pd.DataFrame(values, columns=PARTS).assign(wave=np.repeat(["before", "after"], n), **more)
    frame["area"] = [f"{place % 6}" for place in range(n)] * 2
    return read_scores(frame, scale=PARTS, wave="wave", keep=["area", *more])


def by_hand(scores: Scores, reference: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    x = scores.frame[PARTS].to_numpy()
    z = (x - x[reference].mean(axis=0)) / x[reference].std(axis=0, ddof=1)
    weights = np.linalg.inv(np.corrcoef(x[reference].T)).sum(axis=1)
    raw = z @ weights
    return np.asarray((raw - raw[reference].mean()) / raw[reference].std(ddof=1))


def test_the_index_is_the_inverse_covariance_weighted_one_of_the_wave_before() -> None:
    scores = people()
    index = primary_index(scores, PARTS, design=DESIGN)
    expected = by_hand(scores, scores.frame["wave"].eq("before").to_numpy())
    assert index.frame["index"].to_numpy() == pytest.approx(expected, abs=1e-10)
    assert index.scales == ("index",)
    assert index.answered["index"].eq(3).all()
    low, high = index.ranges["index"]
    assert low < index.frame["index"].min() < index.frame["index"].max() < high


def test_with_comparison_areas_the_weights_come_from_there() -> None:
    scores = people()
    design = PilotDesign("before", "after", linked=False, area="area", treated=["0", "1", "2"])
    index = primary_index(scores, PARTS, design=design, name="primary")
    reference = scores.frame["wave"].eq("before") & scores.frame["area"].isin(["3", "4", "5"])
    assert index.frame["primary"].to_numpy() == pytest.approx(by_hand(scores, reference.to_numpy()), abs=1e-10)
    assert "in the comparison areas" in index.notes[0]


def test_it_answers_one_question_instead_of_many() -> None:
    index = primary_index(people(), PARTS, design=DESIGN)
    found = compare(index, DESIGN)
    assert list(found.verdicts) == ["index"]
    row = found.table[found.table["term"] == "mean_change"].iloc[0]
    assert row["p_adjusted"] == row["p_value"]
    assert index.notes[0] in found.notes


def test_scales_of_something_bad_are_turned() -> None:
    scores = people()
    turned = Scores(
        scores.frame.assign(b=100 - scores.frame["b"]), scores.scales, scores.ranges, scores.method, scores.answers, scores.answered
    )  # fmt: skip
    plain = primary_index(scores, PARTS, design=DESIGN)
    back = primary_index(turned, PARTS, design=DESIGN, reverse="b")
    assert back.frame["index"].to_numpy() == pytest.approx(plain.frame["index"].to_numpy(), abs=1e-10)
    assert "b (turned)" in back.notes[0]


def test_rows_that_lack_a_scale_keep_the_others_and_are_told() -> None:
    scores = people()
    frame = scores.frame.copy()
    frame.loc[frame.index[:30], "a"] = np.nan
    frame.loc[frame.index[:3], PARTS] = np.nan
    holes = Scores(frame, scores.scales, scores.ranges, scores.method, scores.answers, scores.answered)
    index = primary_index(holes, PARTS, design=DESIGN)
    assert index.frame["index"].isna().sum() == 3
    assert any(note.startswith("27 rows lack some") for note in index.notes)


def test_a_scale_and_its_dimension_are_not_both_taken(make_answers: Any) -> None:
    scores = score(make_answers(40))
    design = PilotDesign("2022", "2023")
    with pytest.raises(DesignError, match="share items"):
        primary_index(scores, ["trust", "fairness"], design=design)
    assert primary_index(scores, ["fairness", "effect"], design=design).scales == ("index",)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"scales": ["a"]}, DesignError, "2 to 12"),
        ({"scales": ["a", "d"]}, DesignError, "'d'"),
        ({"reverse": ["d"]}, DesignError, "no part of the index"),
        ({"name": "area"}, DesignError, "new name"),
        ({"design": "before"}, DesignError, "PilotDesign"),
        ({"design": PilotDesign("before", "later", linked=False)}, DesignError, "later"),
    ],
)
def test_what_makes_no_index_is_refused(options: dict[str, Any], error: type[Exception], says: str) -> None:
    call = {"scales": PARTS, "design": DESIGN, **options}
    with pytest.raises(error, match=says):
        primary_index(people(), call.pop("scales"), **call)
    with pytest.raises(DesignError, match="takes scores"):
        primary_index(object(), PARTS, design=DESIGN)  # type: ignore[arg-type]


def test_too_few_reference_people_are_refused_and_not_counted() -> None:
    with pytest.raises(EstimationError, match="fewer than 5"):
        primary_index(people(n=4), PARTS, design=DESIGN)
