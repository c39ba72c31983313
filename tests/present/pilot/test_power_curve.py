"""The power curve in every language: what was planned and declared is marked and told."""

from __future__ import annotations

from typing import Any

import pytest

import trustmeter as tm
from trustmeter.errors import DesignError
from trustmeter.options import ReportLanguage
from trustmeter.present.phrases import load_phrases
from trustmeter.present.pilot.power_curve import told_plan

LINKED = tm.PilotDesign("a", "b", linked=True)
AREAS = tm.PilotDesign("a", "b", linked=True, area="zone", treated=["x"])
LANGUAGES: tuple[ReportLanguage, ...] = ("en", "fr", "nl", "de")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("design", "options"),
    [
        (LINKED, {"smallest_effect": 3.0}),
        (tm.PilotDesign("a", "b", linked=False), {}),
        (tm.PilotDesign("a", "b", linked="overlap"), {"smallest_effect": 40.0}),
        (tm.PilotDesign("a", "b", clusters="street"), {"areas": 12}),
        (AREAS, {"areas": (4, 4), "smallest_effect": 5.0}),
        (AREAS, {"areas": (1, 5), "smallest_effect": 5.0}),
    ],
)
def test_every_plan_is_drawn_and_told(
    design: tm.PilotDesign, options: dict[str, Any], language: ReportLanguage
) -> None:
    plan = tm.plan(design, n=60, **options)
    chart: Any = tm.plot(plan, language=language)
    assert "60" in chart.alt
    assert "{" not in chart.alt
    assert chart.to_svg().startswith("<svg")
    if plan.areas == (1, 5):
        assert chart.alt.endswith(load_phrases(language).say("power.nothing", who="").split(",")[-1].strip())


def test_the_sentence_holds_the_numbers_of_the_plan() -> None:
    plan = tm.plan(LINKED, n=180, smallest_effect=3.0)
    told = told_plan(plan, load_phrases("en"))
    for words in ("180 linked respondents", "3.8 points", "80%", "61%", "6.8 points"):
        assert words in told, told
    assert "3,8 points" in told_plan(plan, load_phrases("fr"))


def test_made_up_pilots_are_marked_and_have_their_uncertainty(tiny: tm.Questionnaire) -> None:
    plan = tm.plan(
        LINKED, n=40, smallest_effect=5.0, method="simulation", questionnaire=tiny, scale="trust", draws=100, seed=2
    )
    chart: Any = tm.plot(plan)
    words = [text.get_text() for text in chart.axes[0].texts]
    assert any("SIMULATED" in word.upper() for word in words)
    assert load_phrases("en").say("power.simulated") in words


def test_a_plan_has_no_scale_to_choose() -> None:
    with pytest.raises(DesignError, match="Leave `scale` out"):
        tm.plot(tm.plan(LINKED, n=60), scale="trust")
