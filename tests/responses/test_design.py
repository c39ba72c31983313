"""The design of a sample: its columns, what contradicts itself, and how answers carry it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import trustmeter as tm
from trustmeter.responses.design import Calibration
from trustmeter.responses.sampling import (
    WHOLE_CLUSTERS,
    design_notes,
    drawn_sample,
    replicate_weights,
    row_clusters,
    row_weights,
)

TRUST = tm.load_questionnaire("community-trust")


@pytest.fixture(scope="module")
def drawn() -> tm.Responses:
    """Two waves of 60 people; 12 interviewers whose numbers come again in each of two strata."""
    people = tm.simulate_responses(TRUST, 60, seed=1)
    row = np.arange(len(people))
    frame = people.frame.assign(w=1.0 + row % 3, stratum=row % 2, interviewer=row % 12 // 2)
    design = tm.SurveyDesign(weights="w", strata="stratum", clusters="interviewer")
    return tm.read_responses(frame, TRUST, respondent="id", wave="wave", design=design)


def test_the_columns_of_the_design_are_read_and_carried(drawn: tm.Responses) -> None:
    assert drawn.roles.kept == ("w", "stratum", "interviewer")
    assert str(drawn).endswith("weighted")
    assert drawn.select(np.arange(len(drawn)) < 30).design == drawn.design


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"weights": 3}, "`weights` of `SurveyDesign` must be the name of a column. Got int"),
        ({"weights": "w", "strata": "w"}, "'w' for two things"),
        ({"lonely_psu": "ignore"}, "lonely_psu"),
        ({"clusters": "c", "replicates": tm.Replicates(("a", "b"), "jk1", 0.5)}, "not both"),
    ],
)
def test_what_contradicts_itself_is_refused(arguments: dict, said: str) -> None:
    with pytest.raises(tm.DesignError, match=said):
        tm.SurveyDesign(**arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"columns": ("a",), "method": "jk1", "scale": 1.0}, "at least two columns"),
        ({"columns": ("a", "b"), "method": "jk1", "scale": 0.0}, "`scale` above 0"),
        ({"columns": ("a", "b"), "method": "brr", "scale": 1.0, "rscales": (1.0,)}, "one of `rscales` a column"),
        ({"columns": ("a", "b"), "method": "half", "scale": 1.0}, "method"),
    ],
)
def test_replicates_that_cannot_be_are_refused(arguments: dict, said: str) -> None:
    with pytest.raises(tm.DesignError, match=said):
        tm.Replicates(**arguments)


def test_a_column_that_was_not_read_is_refused_with_the_cure(drawn: tm.Responses) -> None:
    with pytest.raises(tm.DesignError, match=r"'weight'.*read_responses\(..., keep=...\)"):
        drawn.with_design(tm.SurveyDesign(weights="weight"))


def test_weights_and_clusters_of_the_design_are_used_where_the_call_names_none(drawn: tm.Responses) -> None:
    weights, clusters = row_weights(drawn, None, "x"), row_clusters(drawn, None, "x")
    assert weights is not None
    assert clusters is not None
    assert np.array_equal(weights, drawn.frame["w"].to_numpy(dtype=float))
    assert len(np.unique(clusters)) == len(drawn.frame[["stratum", "interviewer"]].drop_duplicates())
    assert row_weights(drawn.with_design(None), None, "x") is None


def test_what_was_used_of_a_design_is_said_and_what_not(drawn: tm.Responses) -> None:
    used, unused = design_notes(drawn)
    assert used == "The design of the answers was used: weights 'w'; clusters 'interviewer'."
    assert unused.endswith("too large: strata 'stratum'.")
    assert design_notes(drawn, parts=())[0].startswith("The design of the answers was not used")
    assert design_notes(drawn, parts=())[1:] == (
        "Not used of the design, so that standard errors may be too small: clusters 'interviewer'.",
    )
    assert design_notes(drawn, "w", "interviewer") == ()
    assert design_notes(drawn.with_design(None)) == ()


def test_rows_taken_away_end_the_steps_of_weighting_but_not_the_weights(drawn: tm.Responses) -> None:
    step = Calibration("rake", np.ones(len(drawn)), (np.zeros(len(drawn), dtype=np.intp),), margins=("sex",))
    design = tm.SurveyDesign(weights="w", calibration=(step,))
    assert design.told()["calibration"] == ["rake: sex"]
    fewer = drawn.with_design(design).select(np.arange(len(drawn)) < 30).design
    assert fewer is not None
    assert fewer.narrowed
    assert fewer.calibration == ()
    assert fewer.weights == "w"


def test_scores_read_from_a_frame_carry_a_design(drawn: tm.Responses) -> None:
    table = drawn.frame[["w", "interviewer"]].assign(trust=50.0)
    scores = tm.read_scores(table, scale="trust", design=tm.SurveyDesign(weights="w"))
    assert scores.answers.design.weights == "w"
    assert scores.with_design(None).answers.design is None


def test_the_sample_of_answers_knows_strata_clusters_and_what_was_settled(drawn: tm.Responses) -> None:
    step = Calibration("rake", np.ones(len(drawn)), (np.arange(len(drawn)) % 2,), margins=("sex",))
    design = tm.SurveyDesign(weights="w", strata="stratum", clusters="interviewer", calibration=(step,))
    sample = drawn_sample(drawn.with_design(design), "x")
    assert (len(sample.population), len(sample.cluster_strata), len(sample.calibration)) == (2, 12, 1)
    plain = drawn_sample(drawn.with_design(None), "x")
    assert (plain.weights == 1).all()
    assert len(plain.cluster_strata) == len(drawn)


def test_a_row_without_a_stratum_or_number_is_refused(drawn: tm.Responses) -> None:
    frame = drawn.frame.assign(stratum=drawn.frame["stratum"].where(np.arange(len(drawn)) > 7))
    torn = replace(drawn, frame=frame)
    with pytest.raises(tm.DesignError, match="strata of each row, and 8 rows have none in 'stratum'"):
        drawn_sample(torn.with_design(tm.SurveyDesign(strata="stratum")), "x")
    with pytest.raises(tm.DesignError, match="number of at least 0"):
        drawn_sample(drawn.with_design(tm.SurveyDesign(population="wave")), "x")


def test_replicate_weights_come_in_the_order_of_their_columns(drawn: tm.Responses) -> None:
    design = tm.SurveyDesign(weights="w", replicates=tm.Replicates(("stratum", "interviewer"), "jk1", 0.5))
    found = replicate_weights(drawn.with_design(design), "x")
    assert found is not None
    assert np.array_equal(found[:, 1], drawn.frame["interviewer"].to_numpy(dtype=float))
    assert replicate_weights(drawn, "x") is None


def test_what_a_verb_leaves_of_clusters_and_replicates_makes_errors_too_small(drawn: tm.Responses) -> None:
    lost, idle = design_notes(drawn, parts=("weights",))[1:]
    assert lost == "Not used of the design, so that standard errors may be too small: clusters 'interviewer'."
    assert idle.endswith("as a rule too large: strata 'stratum'.")


def test_steps_of_weighting_of_other_answers_are_refused(drawn: tm.Responses) -> None:
    step = Calibration("rake", np.ones(3), (np.zeros(3, dtype=np.intp),), margins=("sex",))
    design = tm.SurveyDesign(weights="w", calibration=(step,))
    with pytest.raises(tm.DesignError, match=r"weighting of 3 rows, and there are \d+: it is of other answers"):
        drawn.with_design(design)
    with pytest.raises(tm.DesignError, match=r"weighting of 3 rows, and there are \d+: it is of other answers"):
        drawn_sample(replace(drawn, design=design), "x")


def test_steps_of_weighting_of_as_many_other_rows_are_refused(drawn: tm.Responses) -> None:
    how = {"groups": {"SEX": {"M": "others", "X": "others"}}, "unanswered": "own_share"}
    one = tm.rake(drawn, {"SEX": {"F": 0.5, "M": 0.4, "X": 0.1}}, column="raked", **how).answers
    assert one.with_design(one.design).design is one.design
    assert one.select(np.ones(len(one), dtype=bool)).design is one.design
    turned = replace(one, frame=one.frame.iloc[::-1], missing=one.missing.iloc[::-1])
    for strange in (turned, replace(one, frame=one.frame.assign(raked=1.0))):
        with pytest.raises(tm.DesignError, match="ended with other weights than these rows have"):
            drawn_sample(strange, "x")
        with pytest.raises(tm.DesignError, match="of another order or another column"):
            strange.with_design(one.design)
    with pytest.raises(tm.DesignError, match="another column"):
        one.with_design(replace(one.design, weights="w"))
    rounded = replace(one, frame=one.frame.assign(raked=one.frame["raked"].round(9)))
    assert len(drawn_sample(rounded, "x").calibration) == 1
    again = tm.rake(one, {"SEX": {"F": 0.4, "M": 0.5, "X": 0.1}}, column="second", **how).answers
    assert len(drawn_sample(again, "x").calibration) == 2


def test_a_population_of_clusters_is_doubted_where_it_is_used(drawn: tm.Responses) -> None:
    wide = replace(
        drawn, frame=drawn.frame.assign(size=60), roles=replace(drawn.roles, kept=(*drawn.roles.kept, "size"))
    )
    design = tm.SurveyDesign(weights="w", strata="stratum", clusters="interviewer", population="size")
    parts = ("weights", "strata", "clusters", "population")
    assert WHOLE_CLUSTERS in design_notes(wide.with_design(design), parts=parts)
    assert WHOLE_CLUSTERS not in design_notes(wide.with_design(design))
    assert WHOLE_CLUSTERS not in design_notes(wide.with_design(replace(design, clusters=None)), parts=parts)


def test_no_sentence_begins_in_lower_case(drawn: tm.Responses) -> None:
    torn = replace(
        drawn, frame=drawn.frame.assign(interviewer=drawn.frame["interviewer"].where(np.arange(len(drawn)) > 2))
    )
    for look in (lambda: row_clusters(torn, "interviewer", "x"), lambda: drawn_sample(torn, "x")):
        with pytest.raises(tm.DesignError, match="of each row, and fewer than 5 rows have none"):
            look()
