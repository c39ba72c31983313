"""Talk beside survey: nothing is computed from both, nothing hidden comes to light, and the judgement is the analyst's."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd
import pytest

from trustmeter.errors import DesignError
from trustmeter.focus_groups.frequency import code_frequencies
from trustmeter.focus_groups.joint import joint_display
from trustmeter.focus_groups.model import Segments
from trustmeter.focus_groups.reading import read_segments
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import PilotDesign
from trustmeter.responses.model import Responses
from trustmeter.results import Result, vocabulary_frame
from trustmeter.scoring.composite import score

LINKS = {"trust": ["respect", "fear"], "fairness": "waiting"}


@pytest.fixture
def segments(talk: pd.DataFrame) -> Segments:
    return read_segments(talk)


@pytest.fixture
def change(make_answers: Callable[..., Responses]) -> Comparison:
    return compare(score(make_answers()), PilotDesign("2022", "2023"))


def test_the_survey_stands_beside_the_codes(segments: Segments, change: Comparison) -> None:
    joint = joint_display(code_frequencies(segments), change, links=LINKS, fit={"trust": "diverge"})
    table = joint.tidy()
    survey = table[(table["scale"] == "trust") & (table["item"] == "")]
    assert survey["term"].tolist() == ["mean_change"]
    assert survey["estimate"].iloc[0] == change.value("mean_change", "trust")
    assert joint.verdicts["trust"] == change.verdicts["trust"]
    codes = table[(table["item"] == "respect")]
    assert codes[["scale", "group", "term", "estimate"]].values.tolist() == [
        ["trust", "", "sessions", 12.0], ["trust", "", "people", 48.0],
    ]  # fmt: skip
    assert table[table["item"] == "fear"]["suppressed"].all()
    assert dict(joint.fit) == {"trust": "diverge", "fairness": "not_judged"}
    assert any("Not judged yet: fairness" in note for note in joint.notes)
    assert joint.to_dict()["fit"] == {"trust": "diverge", "fairness": "not_judged"}
    assert "trust: survey" in joint.summary()


def test_segments_are_counted_over_all_sessions(segments: Segments, change: Comparison) -> None:
    assert joint_display(segments, change, links=LINKS).groups == ("",)


def test_the_fit_is_never_computed(segments: Segments, change: Comparison) -> None:
    joint = joint_display(segments, change, links=LINKS)
    assert set(joint.fit.values()) == {"not_judged"}


def test_a_judgement_without_any_talk_is_asked_about(talk: pd.DataFrame, change: Comparison) -> None:
    silent = talk.assign(code=talk["code"].str.replace("waiting", "waiting;later"))
    book = read_segments(silent)
    nobody = Segments(book.frame[book.frame["code"] != "later"], book.codebook, book.sessions)
    joint = joint_display(nobody, change, links={"trust": "later"}, fit={"trust": "confirm"})
    assert any("Is `silent` meant?" in note for note in joint.notes)


def test_few_people_of_the_survey_stay_hidden(segments: Segments) -> None:
    rows = [{"scale": "trust", "term": "mean_change", "estimate": 4.2, "ci_low": 1.0, "ci_high": 7.0, "n": 7}]
    table = joint_display(segments, Result(table=vocabulary_frame(rows)), links={"trust": "respect"}).tidy()
    first = table.iloc[0]
    assert first["suppressed"]
    assert math.isnan(first["estimate"])
    assert "ci_low" not in table or math.isnan(first["ci_low"])


def test_any_result_with_scales_will_do(segments: Segments) -> None:
    rows = [
        {"scale": "trust", "item": "", "term": "alpha", "estimate": 0.8, "n": 100},
        {"scale": "trust", "item": "TR01", "term": "alpha", "estimate": 0.7, "n": 100},
        {"scale": "trust", "item": "", "term": "omega", "estimate": 0.9, "n": 100},
    ]
    survey = Result(table=vocabulary_frame(rows))
    assert joint_display(segments, survey, links={"trust": "respect"}).tidy()["estimate"].iloc[0] == 0.8
    joint = joint_display(segments, survey, links={"trust": "respect"}, term="omega")
    assert joint.tidy()["estimate"].iloc[0] == 0.9
    assert joint.verdicts == {"trust": ""}


def test_made_up_data_on_either_side_are_marked(talk: pd.DataFrame, change: Comparison) -> None:
    simulated = read_segments(talk.assign(simulated="yes"))
    assert joint_display(simulated, change, links=LINKS).simulated


@pytest.mark.parametrize(
    ("links", "options", "words"),
    [
        ({"trsut": "respect"}, {}, "Did you mean 'trust'"),
        ({"trust": "respekt"}, {}, "Did you mean 'respect'"),
        ({}, {}, "must map scales to codes"),
        ({"trust": "respect"}, {"fit": {"fairness": "confirm"}}, "scale in `fit`"),
        ({"trust": "respect"}, {"fit": {"trust": "agrees"}}, "`fit` argument"),
        ({"trust": "respect"}, {"term": "mean_chance"}, "Did you mean 'mean_change'"),
    ],
)
def test_what_is_not_there_is_refused(
    segments: Segments, change: Comparison, links: dict[str, str], options: dict[str, object], words: str
) -> None:
    with pytest.raises(DesignError, match=words):
        joint_display(segments, change, links=links, **options)  # type: ignore[arg-type]


def test_other_things_are_refused(segments: Segments, change: Comparison) -> None:
    with pytest.raises(DesignError, match=r"first\. Got Comparison"):
        joint_display(change, change, links=LINKS)  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="a result with scales"):
        joint_display(segments, Result(table=vocabulary_frame([{"term": "x"}])), links=LINKS)
