"""No sentence claims more than its interval: over verdicts, designs, intervals and languages."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import PilotDesign
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.pilot.changes import ChangeRow, change_rows, family_of
from trustmeter.present.pilot.sentences import declared_of, people_of, sentence_of, sentences_of, shocks_of
from trustmeter.present.plots import plot
from trustmeter.present.report.written import report
from trustmeter.present.tables import to_table
from trustmeter.responses.model import Responses
from trustmeter.scoring.composite import score

DIRECTIONS = {
    "en": r"increas|decreas|\bros[et]|\bris(e|ing|en)\b|\bf[ae]ll|\bhigher|\blower|upward|downward|\bgrew|\bdropp|\bwent (up|down)",
    "fr": r"hauss|baiss|augment|diminu|progress|recul|élevé|monté|chut",
    "nl": r"stijg|gestegen|steeg|daling|daalt|gedaald|hoger|lager|toenam|toegenomen|afnam|afgenomen|naar (boven|beneden)",
    "de": r"anst(ie|ei)g|gest(ie|ei)g|rückg|zurückg|gesunken|sank|höher|niedriger|zunahme|abnahme|nach (oben|unten)",
}
ENDS = (-9.0, -3.0, -1.0, 0.0, 1.0, 3.0, 9.0, math.nan)
DESIGNS: dict[str, dict[str, object]] = {
    "change": {},
    "group": {},
    "effect": {"areas": (6, 6), "beside": (50.0, 52.0)},
    "one area each": {"areas": (1, 1), "beside": (50.0, 52.0)},
    "few areas": {"areas": (1, 3), "beside": (50.0, 52.0), "few_areas": True},
}


def intervals() -> list[tuple[float, float]]:
    return [(low, high) for low, high in itertools.product(ENDS, ENDS) if not low >= high]


def row_of(verdict: str, low: float, high: float, smallest: float, **more: object) -> ChangeRow:
    middle = (low + high) / 2 if math.isfinite(low + high) else 1.0
    narrow = (0.8 * (low - middle) + middle, 0.8 * (high - middle) + middle) if smallest else (math.nan, math.nan)
    row = ChangeRow("trust", "Trust", 0, verdict, 50.0, 50.0 + middle, middle, low, high, 40)
    return replace(row, smallest=smallest, narrow=narrow, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_direction_is_named_when_the_interval_holds_zero_or_the_smallest_effect(language: str, design: str) -> None:
    phrases = load_phrases(language)
    family = design if design in {"change", "group"} else "effect"
    verdicts = ("increase", "decrease", "no_relevant_change", "inconclusive", "suppressed")
    named = 0
    for verdict, (low, high), smallest in itertools.product(verdicts, intervals(), (0.0, 3.0)):
        row = row_of(verdict, low, high, smallest, **DESIGNS[design])
        said = sentence_of(row, family, ("2022", "2023"), 0.95, phrases)
        word = phrases.say(f"verdict_word{'' if family == 'change' else '_' + family}.{row.said}")
        says = [re.search(DIRECTIONS[language], text, re.IGNORECASE) for text in (said, word)]
        borne_out = low > smallest or high < -smallest
        assert "{" not in said
        assert not re.search(r"\(\s*\)|  ", said)
        if any(says):
            named += 1
            assert borne_out, said
            assert row.verdict in {"increase", "decrease"}
            assert (row.verdict == "increase") is (low > 0)
    assert named > 0


def test_the_words_that_name_a_direction_are_found_in_every_language() -> None:
    for language in LANGUAGES:
        phrases = load_phrases(language)
        for family in ("change", "group", "effect"):
            ending = "" if family == "change" else f"_{family}"
            for verdict in ("increase", "decrease"):
                texts = [f"told.{family}.{verdict}", f"verdict{ending}.{verdict}", f"verdict_word{ending}.{verdict}"]
                assert all(re.search(DIRECTIONS[language], phrases.texts[key], re.IGNORECASE) for key in texts)


@pytest.mark.parametrize(
    ("verdict", "interval", "smallest", "more", "telling"),
    [
        ("increase", (0.5, 3.0), 0.0, {}, "clear"),
        ("increase", (4.0, 9.0), 3.0, {}, "beyond"),
        ("increase", (2.0, 9.0), 3.0, {}, "split"),
        ("decrease", (-9.0, -4.0), 3.0, {}, "beyond"),
        ("no_relevant_change", (-1.0, 2.0), 3.0, {}, "within"),
        ("inconclusive", (-1.0, 3.0), 0.0, {}, "nothing"),
        ("inconclusive", (0.5, 3.0), 0.0, {}, "alone"),
        ("inconclusive", (-1.0, 5.0), 3.0, {}, "open"),
        ("inconclusive", (1.0, 5.0), 3.0, {}, "small"),
        ("inconclusive", (4.0, 5.0), 3.0, {}, "settled"),
        ("inconclusive", (-1.0, 1.0), 3.0, {}, "settled"),
        ("inconclusive", (math.nan, math.nan), 0.0, {}, "flat"),
        ("inconclusive", (math.nan, math.nan), 0.0, {"areas": (1, 1)}, "single"),
        ("inconclusive", (-9.0, 9.0), 3.0, {"areas": (1, 3), "few_areas": True}, "few_areas"),
        ("inconclusive", (math.nan, math.nan), 0.0, {"areas": (2, 2)}, "few_areas"),
        ("suppressed", (math.nan, math.nan), 0.0, {}, "suppressed"),
    ],
)
def test_why_it_stays_open_is_told(
    verdict: str, interval: tuple[float, float], smallest: float, more: dict[str, object], telling: str
) -> None:
    assert row_of(verdict, *interval, smallest, **more).telling == telling


def with_areas(answers: Responses, names: list[str]) -> Responses:
    """Give every person an area in turn."""
    frame = answers.frame.copy()
    frame["district"] = [names[number % len(names)] for number in frame["id"]]
    return replace(answers, frame=frame, roles=replace(answers.roles, kept=("district",)))


@pytest.fixture
def make_effect(make_answers: Callable[..., Responses]) -> Callable[..., Comparison]:
    def make(names: list[str], treated: list[str], **options: object) -> Comparison:
        answers = with_areas(make_answers(160, simulated=True), names)
        return compare(score(answers), PilotDesign("2022", "2023", area="district", treated=treated), **options)  # type: ignore[arg-type]

    return make


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("names", "telling"), [(["north", "south"], "single"), (["north", "a", "b", "c"], "few_areas")]
)
def test_the_report_begins_with_what_areas_cannot_tell(
    language: str, names: list[str], telling: str, make_effect: Callable[..., Comparison], tmp_path: Path
) -> None:
    change = make_effect(names, ["north"])
    assert {row.telling for row in change_rows(change, load_phrases(language))} == {telling}
    first = shocks_of(change, load_phrases(language))
    page = report(change, to=tmp_path / "r.html", language=language).read_text("utf-8")  # type: ignore[arg-type]
    answer = page[page.index('<div class="answer">') :]
    assert first
    assert re.search(r"<li[^>]*>(.*?)</li>", answer).group(1).replace("&#39;", "'") == first  # type: ignore[union-attr]
    assert load_phrases(language).say("report.standing_effect") in page.replace("&#39;", "'")
    assert load_phrases(language).say("report.standing") not in page.replace("&#39;", "'")


def test_the_effect_is_the_asked_row_and_both_kinds_of_area_stand_beside_it(
    make_effect: Callable[..., Comparison],
) -> None:
    change = make_effect([f"d{k}" for k in range(8)], [f"d{k}" for k in range(4)], smallest_effect=2)
    assert family_of(change) == "effect"
    tidy = change.tidy()
    for row in change_rows(change, load_phrases("en")):
        part = tidy[tidy["scale"] == row.scale].set_index(["term", "group"])["estimate"]
        assert row.change == part["effect", ""]
        assert (row.before, row.after) == (part["mean_before", "pilot areas"], part["mean_after", "pilot areas"])
        assert row.beside == (part["mean_before", "comparison areas"], part["mean_after", "comparison areas"])
        assert (row.areas, row.smallest) == ((4, 4), 2.0)
    table = to_table(change)
    assert {"Effect, points", "Change of the comparison areas", "Smallest that matters, points"} <= set(table.columns)
    claims = tidy[tidy["term"] == "smallest_effect"].set_index("scale")["p_adjusted"]
    assert table["p of the verdict"].iloc[0] == load_phrases("en").p_value(
        float(claims[change_rows(change, load_phrases("en"))[0].scale])
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_relevant_change_is_told_with_the_interval_of_its_test(
    language: str, make_answers: Callable[..., Responses]
) -> None:
    change = compare(score(make_answers(400)), PilotDesign("2022", "2023"), smallest_effect=15)
    phrases = load_phrases(language)
    row, said = sentences_of(change, phrases)[0]
    assert row.said == "no_relevant_change"
    assert phrases.number(row.narrow[0], signed=True) in said
    assert phrases.level(0.9) in said
    assert "15" in said
    assert declared_of(change, phrases)[0].count("15") == 1


def test_small_groups_tell_nothing_in_any_design(make_answers: Callable[..., Responses]) -> None:
    answers = with_areas(make_answers(30), ["a", "b", "c", "d"])
    change = compare(score(answers), PilotDesign("2022", "2023", area="district", treated=["a"]))
    rows = change_rows(change, load_phrases("en"))
    assert {row.said for row in rows} == {"suppressed"}
    assert set(to_table(change)["Effect, points"]) == {""}


def test_people_who_are_partly_the_same_are_called_so(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(80)
    keep = ~((answers.frame["id"] < 30) & (answers.frame["wave"] == "2023"))
    change = compare(score(answers.select(keep)), PilotDesign("2022", "2023", linked="overlap"))
    assert people_of(change) == "overlap"


def test_other_waves_are_drawn_below_and_decide_nothing(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(60)
    later = answers.frame["wave"].replace({"2022": "2021", "2023": "2024"})
    frame = pd.concat([answers.frame, answers.frame.assign(wave=later)], ignore_index=True)
    missing = pd.concat([answers.missing, answers.missing], ignore_index=True)
    scores = score(replace(answers, frame=frame, missing=missing))
    change = compare(scores, PilotDesign("2022", "2023", earlier=["2021"], later=["2024"]), smallest_effect=4)
    row = change_rows(change, load_phrases("en"))[0]
    assert [(one.wave, one.later) for one in row.further] == [("2021", False), ("2024", True)]
    words = {text.get_text() for text in plot(change, scale=row.scale, language="nl").axes[0].texts}
    assert {"eerder: 2021", "later: 2024"} <= words
    assert load_phrases("nl").say("mark.smallest", points="4") in words


def test_what_is_about_one_person_says_so(make_answers: Callable[..., Responses]) -> None:
    change = compare(score(make_answers(60)), PilotDesign("2022", "2023"))
    words = " ".join(text.get_text() for text in plot(change, scale="trust").axes[0].texts)
    assert "about one person, not the mean" in words
    assert f"±{change.value('mdc', 'trust'):.1f}" in words
