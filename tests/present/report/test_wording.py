"""No sentence of a report claims more than its interval: over numbers, rules, designs and languages, on every page."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustmeter.options import Adjustment
from trustmeter.pilot.change.comparison import compare
from trustmeter.pilot.change.inference import by_t
from trustmeter.pilot.change.meaning import claim_of, settled
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.design import GroupDesign, PilotDesign
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.pilot.changes import ChangeRow
from trustmeter.present.pilot.sentences import sentence_of
from trustmeter.present.report.chapters.front import lead_sentence, others_told
from trustmeter.present.report.chapters.whole import document_of
from trustmeter.present.report.document import Document, Part
from trustmeter.present.report.gathering import gathered
from trustmeter.present.report.wording_page import FAMILIES, VERDICTS, page_of_wording, words_of
from trustmeter.responses.model import Responses
from trustmeter.scoring.composite import score

ROOT = Path(__file__).resolve().parents[3]
DIRECTIONS = {
    "en": r"increas|decreas|\bros[et]|\bris(e|ing|en)\b|\bf[ae]ll|\bhigher|\blower|upward|downward|\bgrew|\bdropp|\bwent (up|down)",
    "fr": r"hauss|baiss|augment|diminu|progress|recul|élevé|monté|chut",
    "nl": r"stijg|gestegen|steeg|daling|daalt|gedaald|hoger|lager|toenam|toegenomen|afnam|afgenomen|naar (boven|beneden)",
    "de": r"anst(ie|ei)g|gest(ie|ei)g|rückg|zurückg|gesunken|sank|höher|niedriger|zunahme|abnahme|nach (oben|unten)",
}
UP = {"increase": True, "decrease": False}


def names_direction(text: str, language: str) -> bool:
    return re.search(DIRECTIONS[language], text, re.IGNORECASE) is not None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("family", FAMILIES)
def test_only_increase_and_decrease_name_a_direction(family: str, language: str) -> None:
    phrases = load_phrases(language)
    for verdict in VERDICTS:
        told = [*words_of(verdict, family, phrases), phrases.texts[f"front.count.{family}.{verdict}"]]
        assert [names_direction(one, language) for one in told] == [verdict in UP] * 5, (verdict, told)
    assert not names_direction(phrases.texts["front.untold"], language)
    for key in phrases.texts:
        if key.startswith(
            ("front.because.", "front.weak.", "front.how.", "front.who.", "front.zero.", "chapter.alternatives_told.")
        ):
            assert not names_direction(phrases.texts[key], language), key


def test_the_page_of_the_documentation_says_what_is_said() -> None:
    stored = ROOT / "docs" / "reference" / "wording.md"
    assert stored.read_text("utf-8") == page_of_wording(), "Write it anew with `page_of_wording()`."


NUMBERS = st.tuples(st.floats(-30, 30), st.floats(0.01, 20), st.floats(0.5, 500))
"""Estimate, standard error, degrees of freedom."""
RULES = st.tuples(
    st.sampled_from([0.0, 0.5, 3.0, 10.0]), st.sampled_from(["holm", "bonferroni", "fdr_bh", "none"]),
    st.sampled_from([0.9, 0.95, 0.99]),
)  # fmt: skip
"""Smallest change that matters, adjustment for several scales, level."""
AREAS = st.sampled_from([(0, 0), (1, 1), (1, 3), (3, 3), (6, 20)])


@settings(deadline=None, max_examples=150, derandomize=True)
@given(NUMBERS, RULES, st.lists(st.floats(-30, 30), max_size=4), AREAS, st.sampled_from(LANGUAGES))
def test_no_sentence_names_a_direction_that_the_interval_does_not_bear(
    numbers: tuple[float, float, float], rules: tuple[float, Adjustment, float], others: list[float], areas: tuple[int, int],
    language: str,
) -> None:  # fmt: skip
    (estimate, std_error, df), (smallest, adjustment, conf_level) = numbers, rules
    phrases = load_phrases(language)
    found = by_t(estimate, std_error, df, conf_level=conf_level, n=80, method="t")
    claims = {"trust": claim_of(found, smallest)}
    for place, value in enumerate(others):
        claims[f"other-{place}"] = claim_of(by_t(value, 5.0, 60, conf_level=conf_level, n=80, method="t"), smallest)
    verdict = settled(claims, adjustment, 1 - conf_level)["trust"][1]
    row = ChangeRow(
        "trust", "Trust", 0, verdict, 50.0, 50.0 + estimate, estimate, found.ci_low, found.ci_high, 80, beside=(50.0, 51.0),
        smallest=smallest, narrow=found.interval(2 * conf_level - 1) if smallest else (math.nan, math.nan), areas=areas,
        few_areas=areas == (1, 3),
    )  # fmt: skip
    borne = {"increase": found.ci_low > smallest, "decrease": found.ci_high < -smallest}
    for family in FAMILIES:
        names = ("2022", "2023")
        told = [
            lead_sentence(row, family, names, conf_level, phrases),
            sentence_of(row, family, names, conf_level, phrases),
            others_told([row, replace(row, verdict="inconclusive")], family, names, phrases),
        ]
        for said in told:
            assert "{" not in said
            assert not re.search(r"\(\s*\)|  ", said)
            if names_direction(said, language):
                assert row.said in UP, said
                assert borne[row.said], said
                assert (estimate > 0) is UP[row.said]
        assert all(names_direction(said, language) for said in told) is (row.said in UP)


def sentences_in(document: Document) -> Iterator[str]:
    assert document.front is not None
    yield from (finding.sentence for finding in (*document.findings, *document.front.answer))
    yield from (*document.front.people, *document.front.sure, *document.front.warnings)
    for part in document.parts:
        yield from sentences_of_part(part)


def sentences_of_part(part: Part) -> Iterator[str]:
    yield from (finding.sentence for finding in part.sentences)
    yield from (part.picture.alt,) if part.picture is not None else ()
    for inner in part.parts:
        yield from sentences_of_part(inner)


def with_districts(answers: Responses, districts: int) -> Responses:
    frame = answers.frame.copy()
    frame["district"] = [f"d{number % districts}" for number in frame["id"]]
    return replace(answers, frame=frame, roles=replace(answers.roles, kept=("district",)))


def comparison_of(family: str, shift: float, seed: int, make: Callable[..., Responses]) -> Comparison:
    answers = make(120, shift=shift, seed=seed, simulated=True)
    if family == "group":
        one = answers.select((answers.frame["wave"].astype(str) == "2023").to_numpy())
        frame = one.frame.assign(mode=["paper", "web"] * (len(one) // 2))
        one = replace(one, frame=frame, roles=replace(one.roles, mode="mode"))
        return compare(score(one), GroupDesign("mode", "paper", "web"), smallest_effect=3)
    if family == "effect":
        design = PilotDesign("2022", "2023", area="district", treated=["d0", "d1", "d2", "d3"])
        return compare(score(with_districts(answers, 8)), design, smallest_effect=3)
    return compare(
        score(answers), PilotDesign("2022", "2023", linked=seed % 2 == 0), smallest_effect=3 if seed > 8 else None
    )


@pytest.mark.parametrize(("family", "shift"), list(itertools.product(FAMILIES, (-0.6, 0.0, 0.6))))
def test_no_page_of_a_report_names_a_direction_that_was_not_found(
    family: str, shift: float, make_answers: Callable[..., Responses]
) -> None:
    for seed in (7, 9):
        change = comparison_of(family, shift, seed, make_answers)
        for language in LANGUAGES:
            material = gathered([change], None, load_phrases(language))
            found = {row.name: row.said for row in material.rows()}
            document = document_of(material)
            for sentence in sentences_in(document):
                if names_direction(sentence, language):
                    assert set(found.values()) & set(UP), sentence
                    assert any(name in sentence for name, said in found.items() if said in UP), sentence
            spoken = [names_direction(sentence, language) for sentence in sentences_in(document)]
            assert any(spoken) is bool(set(found.values()) & set(UP))
