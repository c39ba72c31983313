from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trustmeter.errors import DesignError, EstimationError
from trustmeter.psychometrics.structure.correlation import polychoric
from trustmeter.responses.model import Responses

FOLDER = Path(__file__).resolve().parents[2] / "reference"
LAVAAN = json.loads((FOLDER / "values" / "polychoric.json").read_text(encoding="utf-8"))["cases"]


def frame(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / "data" / f"polychoric_{name}.csv")


def test_the_verb_gives_lavaans_numbers(agree: Any) -> None:
    found = polychoric(frame("levels2to7"))
    words = {"reference": "lavaan::lavCor 0.6-14", "data": "levels2to7"}
    agree("polychoric", found.matrix, LAVAAN["levels2to7"]["correlations"], 1e-7, **words)
    assert found.value("q1", "q4") == found.value("q4", "q1") == found.matrix.loc["q1", "q4"]
    assert found.value("q2", "q2") == 1
    assert len(found.table) == 15
    assert set(found.table["term"]) == {"polychoric"}


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_missing_answers(missing: Any) -> None:
    theirs = LAVAAN["holes"] if missing == "listwise" else LAVAAN["holes"]["pairwise"]
    found = polychoric(frame("holes"), missing=missing)
    assert found.matrix.to_numpy() == pytest.approx(np.array(theirs["correlations"]), abs=1e-7)
    assert found.thresholds.to_numpy().ravel() == pytest.approx(np.array(theirs["thresholds"]), abs=1e-9)
    assert any("left out" in note for note in found.notes) == (missing == "listwise")


def test_numbers_stand_where_they_stood() -> None:
    items = frame("numbers")[["x", "a", "y", "b"]]
    found = polychoric(items, numeric=["y", "x"])
    assert list(found.matrix) == ["x", "a", "y", "b"]
    order = [2, 0, 3, 1]
    theirs = np.array(LAVAAN["numbers"]["correlations"])[np.ix_(order, order)]
    assert found.matrix.to_numpy() == pytest.approx(theirs, abs=1e-7)
    terms = dict(zip(found.table["contrast"], found.table["term"], strict=True))
    assert terms == {
        "x ~ a": "polyserial", "x ~ y": "pearson", "x ~ b": "polyserial",
        "a ~ y": "polyserial", "a ~ b": "polychoric", "y ~ b": "polyserial",
    }  # fmt: skip
    assert list(found.thresholds.index) == ["a", "b"]
    assert found.value("x", "y") == pytest.approx(np.corrcoef(items["x"], items["y"])[0, 1])


def test_two_categories_are_tetrachoric_and_an_empty_cell_is_told() -> None:
    found = polychoric(frame("binary"))
    assert set(found.table["term"]) == {"tetrachoric"}
    assert any("empty cells" in note and "'q2' with 'q4'" in note for note in found.notes)


def test_any_origin_of_codes_gives_the_same() -> None:
    items = frame("levels2to7")
    shifted = polychoric(10 * items - 70)
    assert shifted.matrix.to_numpy() == pytest.approx(polychoric(items).matrix.to_numpy(), abs=1e-14)


def test_intervals_hold_the_estimate_and_grow_with_the_level() -> None:
    narrow, wide = (polychoric(frame("skewed7"), conf_level=level).table for level in (0.8, 0.99))
    assert (narrow["ci_low"] < narrow["estimate"]).all()
    assert (narrow["estimate"] < narrow["ci_high"]).all()
    assert (wide["ci_low"] < narrow["ci_low"]).all()
    assert (wide["ci_high"] < 1).all()


def test_a_twin_runs_to_one_and_the_matrix_stays_usable() -> None:
    items = frame("holes").dropna().assign(twin=lambda x: x["q1"])
    found = polychoric(items)
    row = found.table.set_index("contrast").loc["q1 ~ twin"]
    assert row["estimate"] == 1
    assert row[["std_error", "ci_low", "ci_high"]].isna().all()
    assert any("'q1' with 'twin' runs to 1" in note and "nearly the same item?" in note for note in found.notes)
    assert any("not positive definite" in note for note in found.notes)
    assert np.linalg.eigvalsh(found.matrix)[0] > 0
    assert polychoric(items, empty="never").value("q1", "twin") == 1
    mended = polychoric(items, empty="when_needed")
    assert mended.value("q1", "twin") < 1
    assert any("empty cells" in note for note in mended.notes)


@pytest.mark.parametrize("categories", [2, 3, 5, 7])
def test_identical_items_correlate_one_whatever_their_categories(categories: int) -> None:
    item = np.digitize(np.random.default_rng(3).normal(size=150), np.linspace(-1.3, 1.3, categories - 1))
    for turned, expected in ((item, 1), (-item, -1)):
        found = polychoric(pd.DataFrame({"a": item, "b": turned}))
        assert found.value("a", "b") == expected
        assert not any("Half a row" in note for note in found.notes)


def test_half_a_row_in_empty_cells_is_the_worse_rule() -> None:
    rng, truth = np.random.default_rng(6), 0.95
    found: dict[str, list[float]] = {"two_by_two": [], "when_needed": []}
    for _ in range(150):
        latent = rng.normal(size=(60, 2))
        latent[:, 1] = truth * latent[:, 0] + np.sqrt(1 - truth**2) * latent[:, 1]
        items = pd.DataFrame(np.digitize(latent, [-1.3, 1.3]), columns=["a", "b"])
        for rule, values in found.items():
            values.append(polychoric(items, empty=rule).value("a", "b"))  # type: ignore[arg-type]
    ours, filled = (np.array(found[rule]) - truth for rule in ("two_by_two", "when_needed"))
    assert abs(ours.mean()) < 0.02 < -filled.mean()
    assert np.sqrt(np.mean(ours**2)) < 0.5 * np.sqrt(np.mean(filled**2))


def test_thresholds_beside_few_people_are_hidden() -> None:
    rng = np.random.default_rng(1)
    first = np.repeat([1, 2, 3, 4], [60, 60, 57, 3])
    found = polychoric(pd.DataFrame({"rare": first, "other": rng.integers(1, 4, 180)}))
    assert np.isnan(found.thresholds.loc["rare", 3])
    assert found.thresholds.loc["rare", [1, 2]].notna().all()
    assert any("are not shown: 'rare'" in note for note in found.notes)


def test_responses_are_keyed_and_people_clustered(make_answers: Callable[..., Responses]) -> None:
    found = polychoric(make_answers(120), scale="effect")
    assert (found.table["estimate"] > 0).all()
    assert set(found.table["scale"]) == {"effect"}
    assert any("clustered by respondent" in note for note in found.notes)
    assert any("2 waves" in note for note in found.notes)
    assert found.provenance.questionnaire.startswith("tiny")


def test_made_up_answers_stay_marked(make_answers: Callable[..., Responses]) -> None:
    assert polychoric(make_answers(40, simulated=True), scale="effect").summary().startswith("SIMULATED")


def test_weights_and_clusters_reach_the_numbers() -> None:
    items = frame("holes")
    weights = np.resize([0.5, 1, 2, 1.5, 0.8], len(items))
    found = polychoric(items.dropna(), weights=np.resize([0.5, 1, 2, 1.5, 0.8], len(items.dropna())))
    theirs = np.array(LAVAAN["weighted"]["correlations"])
    assert found.matrix.to_numpy() == pytest.approx(theirs, abs=1e-7)
    assert polychoric(items, weights=weights).table["estimate"].notna().all()
    apart, together = (polychoric(items, clusters=c) for c in (np.arange(300), np.arange(300) // 10))
    assert (apart.table["estimate"] == together.table["estimate"]).all()
    assert (apart.table["std_error"] != together.table["std_error"]).all()
    with pytest.raises(DesignError, match="above 0"):
        polychoric(items, weights=np.arange(300.0) // 5)


def test_a_row_with_nearly_all_the_weight_withholds_standard_errors() -> None:
    items = frame("holes").dropna()
    even = polychoric(items, weights=np.resize([1.0, 2.0], len(items)))
    assert any("they tell as much as" in note for note in even.notes)
    assert even.table["std_error"].notna().all()
    heavy = polychoric(items, weights=np.r_[1e5, np.ones(len(items) - 1)])
    assert heavy.table[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert heavy.table["estimate"].notna().all()
    assert heavy.std_errors.to_numpy()[np.triu_indices(len(items.columns), 1)] == pytest.approx(np.nan, nan_ok=True)
    assert any("less than 10 unweighted ones" in note and "withheld" in note for note in heavy.notes)


def test_one_pair_alone_may_rest_on_few_heavy_rows() -> None:
    rng = np.random.default_rng(9)
    items = pd.DataFrame(rng.integers(1, 4, size=(400, 3)), columns=["a", "b", "c"]).astype(float)
    items.loc[60:, "c"] = np.nan
    found = polychoric(items, missing="pairwise", weights=np.r_[np.full(2, 50.0), np.full(58, 0.1), np.full(340, 50.0)])
    errors = found.table.set_index("contrast")["std_error"]
    assert errors["a ~ b"] > 0
    assert errors[["a ~ c", "b ~ c"]].isna().all()
    assert any("nearly all the weight of 'a' with 'c', 'b' with 'c'" in note for note in found.notes)


def test_named_clusters_are_called_clusters() -> None:
    items = frame("holes").dropna()
    found = polychoric(items, clusters=np.arange(len(items)) // 20)
    assert any("fewer than 20 make them rough" in note for note in found.notes)
    assert not any("respondent" in note for note in found.notes)


def test_several_scales_need_one_named(make_answers: Callable[..., Responses]) -> None:
    with pytest.raises(DesignError, match="Say which with `scale`"):
        polychoric(make_answers(40))


def test_nothing_is_changed_in_the_callers_data() -> None:
    items = frame("holes")
    before = items.copy()
    polychoric(items, missing="pairwise")
    pd.testing.assert_frame_equal(items, before)


@pytest.mark.parametrize(
    ("items", "options", "error", "said"),
    [
        ({"a": [1, 2] * 20}, {}, EstimationError, "two items"),
        ({"a": [1, 2] * 4, "b": [1, 2] * 4}, {}, EstimationError, "fewer than 10"),
        ({"a": [1, 2] * 20, "b": [1, 1] * 20}, {}, EstimationError, "no two different answers to 'b'"),
        ({"a": [1, 2] * 20, "b": [1.5, 1] * 20}, {}, DesignError, "not whole in 'b'.*numeric="),
        ({"a": [1, 2] * 20, "b": range(40)}, {}, DesignError, "40 different ones in 'b'"),
        ({"a": [1, 2] * 20, "b": [1, 2] * 20}, {"numeric": ["c"]}, DesignError, "numeric item"),
        ({"a": [1, 2] * 20, "b": [1, 2] * 20}, {"empty": "no"}, DesignError, "`empty`"),
        ({"a": [1, 2] * 20, "b": [1, 2] * 20}, {"scale": "x"}, DesignError, "plain frame"),
        ({"a": [1, 2, np.nan, np.nan] * 10, "b": [np.nan, np.nan, 1, 2] * 10}, {"missing": "pairwise"},
         EstimationError, "answered both 'a' and 'b'"),
    ],
)  # fmt: skip
def test_refusals(items: Any, options: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        polychoric(pd.DataFrame(items), **options)
