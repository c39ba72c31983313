"""The page on whom a report speaks for: told in every language, rounded so that no few people follow, loud about margins."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import trustmeter as tm
from trustmeter.disclosure.rule import DisclosureRule
from trustmeter.errors import DesignError
from trustmeter.options import MarginStatus
from trustmeter.pilot.evaluation.beside import WeightedBeside, rows_beside
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.report.chapters.margins.rounding import STEPS, step_of
from trustmeter.present.report.chapters.whole import document_of
from trustmeter.present.report.csv_text import csv_of
from trustmeter.present.report.document import Document, Part, tables_of
from trustmeter.present.report.gathering import gathered
from trustmeter.results import vocabulary_frame

SEX = {"F": 0.51, "M": 0.49}
AGE = {"18-29": 0.2, "30-44": 0.27, "45-59": 0.25, "60-74": 0.18, "75+": 0.1}
WORDS = {"columns": {"sex": "SEX", "age": "AGE"}, "recode": {"sex": {"X": ""}}}
DESIGN = tm.PilotDesign("2025", "2026", linked=False)


@cache
def change(n: int = 160) -> tm.Comparison:
    asked = tm.load_questionnaire("community-trust-short")
    answers = tm.simulate_responses(asked, n, waves=("2025", "2026"), linked=False, seed=3)
    return tm.compare(tm.score(answers), DESIGN, smallest_effect=3)


def margins(status: MarginStatus = "verified") -> tm.Margins:
    return tm.margins({"sex": SEX, "age": AGE}, source="the town", date="2026-01-01", status=status)


@cache
def found(n: int = 160, status: MarginStatus = "verified") -> tuple[tm.Representation, tm.Weighting, WeightedBeside]:
    answers = change(n).scores.answers
    weighting = tm.rake(answers, margins(status), unanswered="own_share", **WORDS)
    weighted = tm.compare(tm.score(weighting.answers), replace(DESIGN, weights="weight"), smallest_effect=3)
    beside = WeightedBeside(
        table=vocabulary_frame(rows_beside(change(n), weighted)), unweighted=change(n), weighted=weighted, sentences={},
        provenance=replace(change(n).provenance, simulated=True),
    )  # fmt: skip
    return tm.representation(answers, margins(status), **WORDS), weighting, beside


def document(*results: object, language: str = "en", n: int = 160, rule: DisclosureRule | None = None) -> Document:
    return document_of(gathered([change(n), *results], rule, load_phrases(language)))  # type: ignore[list-item]


def page(whole: Document) -> Part:
    return next(part for part in whole.parts if part.id == "speaks-for")


def sentences(part: Part) -> list[str]:
    return [one.sentence for one in part.sentences] + [told for inner in part.parts for told in sentences(inner)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_all_in_the_language_of_the_report(language: str) -> None:
    phrases = load_phrases(language)
    whole = document(*found(), language=language)
    part = page(whole)
    assert part.title == phrases.say("margins.page.title")
    assert part.picture is not None
    assert [inner.id for inner in part.parts] == ["speaks-for-weights", "speaks-for-beside"]
    assert [table.id for table in tables_of(part)] == [
        "table-speaks-for", "table-population", "table-weights", "table-beside"
    ]  # fmt: skip
    assert {"method-margins", "method-weights", "method-beside"} <= {one.id for one in whole.methods}
    assert any("10.1214/aoms/1177731829" in source[1] for one in whole.methods for source in one.sources)
    assert whole.front is not None
    assert any(phrases.say("margins.page.title") in told for told in whole.front.people)
    assert not any("{" in told for told in [*sentences(part), *whole.front.people])
    assert phrases.say("margins.page.rounded") in part.tables[0].under
    assert len(part.parts[1].tables[0].rows) == len(change().verdicts)
    assert "table-full-" in "".join(table.id for table in whole.tables())


def test_verdicts_that_hang_on_the_weights_are_said() -> None:
    seen, weighting, beside = found()
    scale = next(iter(change().verdicts))
    small = tm.compare(tm.score(weighting.answers), replace(DESIGN, weights="weight"), smallest_effect=60)
    assert small.verdicts[scale] == "no_relevant_change"
    beside = replace(beside, weighted=small)
    whole = document(seen, weighting, beside)
    told = [one for one in page(whole).parts[1].sentences if one.verdict == "warning"]
    assert change().verdicts[scale] == "inconclusive"
    assert told
    assert all("hangs on the weights" in one.sentence for one in told)
    assert whole.front is not None
    assert any("the verdict is another on" in one for one in whole.front.people)


@pytest.mark.parametrize(
    ("status", "words"), [("invented", "INVENTED"), ("unverified", "NOT VERIFIED"), ("estimate", "an estimate")]
)
def test_margins_that_nobody_verified_are_said_loudly(status: MarginStatus, words: str) -> None:
    part = page(document(*found(160, status)))
    assert part.sentences[0].verdict == "warning"
    assert words in part.sentences[0].sentence
    assert words in part.tables[1].rows[0]


def test_real_answers_weighted_to_invented_margins_are_marked_as_simulated() -> None:
    answers = replace(change().scores.answers, simulated=False)
    real = tm.compare(tm.score(answers), DESIGN)
    seen = tm.representation(answers, margins("invented"), **WORDS)
    whole = document_of(gathered([real, seen], None, load_phrases("en")))
    assert whole.simulated
    assert not document_of(gathered([real], None, load_phrases("en"))).simulated
    assert not document_of(
        gathered([real, tm.representation(answers, margins(), **WORDS)], None, load_phrases("en"))
    ).simulated


@pytest.mark.parametrize("n", [50, 73, 99, 100, 160, 251, 640, 3000])
def test_a_rounded_share_never_tells_that_few_people_are_missing(n: int) -> None:
    """Somebody who knows how many of a category have a score cannot tell that one to four of it have none."""
    step = step_of(n, DisclosureRule())
    assert step in STEPS
    shown = np.array([round(count / n / step) for count in range(n + 1)])
    for scored in range(10, n - 4):
        for without in (1, 2, 3, 4):
            possible = np.flatnonzero(shown == shown[scored + without]) - scored
            assert ((possible <= 0) | (possible >= 5)).any()


def test_no_table_or_file_of_the_page_holds_a_share_that_is_not_rounded() -> None:
    whole = document(*found())
    step = step_of(160, DisclosureRule())
    assert step == 0.05
    table = page(whole).tables[0]
    data = table.plain
    places = {name: data.headings.index(name) for name in ("term", "estimate")}
    before = [float(row[places["estimate"]]) for row in data.rows if row[places["term"]] == "before"]
    assert len(before) == 2 * (len(SEX) + len(AGE))
    assert np.allclose(np.array(before) / step, np.round(np.array(before) / step))
    for one in tables_of(page(whole)):
        assert "n_effective" not in csv_of(one, whole).split("\r\n")[0]
    exact = {
        f"{found()[1].value(term, wave=wave):.4f}"
        for term in ("design_effect", "largest_weight")
        for wave in ("2025", "2026")
    }
    every = " ".join(csv_of(one, whole) for one in whole.tables()) + " ".join(note.text for note in whole.notes)
    assert not any(number in every for number in exact)
    assert "Unequal weights alone" not in every


def test_waves_of_too_few_people_show_no_shares() -> None:
    part = page(document(tm.representation(change(40).scores.answers, margins(), **WORDS), n=40))
    assert part.picture is None
    assert "too few people" in part.sentences[0].sentence
    assert [table.id for table in part.tables] == ["table-population"]


def test_a_stricter_rule_rounds_further() -> None:
    assert step_of(160, DisclosureRule(publish=20, show=10)) == 0.1
    part = page(document(*found(), rule=DisclosureRule(publish=20, show=10)))
    assert part.picture is not None
    assert "none holds fewer than 10" in "".join(text.get_text() for text in part.parts[0].picture.axes[0].texts)  # type: ignore[union-attr]


def test_what_is_about_fewer_people_or_given_twice_is_refused() -> None:
    seen, weighting, _ = found()
    some = tm.representation(change().scores.answers.select(np.arange(320) < 300), margins(), **WORDS)
    with pytest.raises(DesignError, match="about other answers"):
        document(some)
    with pytest.raises(DesignError, match="takes one Representation"):
        document(seen, seen)
    with pytest.raises(DesignError, match="takes one Weighting"):
        document(weighting, weighting)


def test_weights_alone_and_margins_alone_have_a_page_too() -> None:
    seen, weighting, _ = found()
    assert [inner.id for inner in page(document(weighting)).parts] == ["speaks-for-weights"]
    alone = document(seen)
    assert page(alone).parts == ()
    assert alone.front is not None
    assert any("held against who lives there" in told for told in alone.front.people)
    assert not any(part.id == "speaks-for" for part in document().parts)


@pytest.mark.parametrize("ending", ["html", "pdf", "docx"])
def test_every_file_has_the_page(ending: str, tmp_path: Path) -> None:
    to = tm.report(change(), *found(), to=tmp_path / f"report.{ending}", language="nl")  # type: ignore[arg-type]
    title = load_phrases("nl").say("margins.page.title")
    if ending == "html":
        text = to.read_text(encoding="utf-8")
        assert text.count(title) >= 2
        assert 'id="speaks-for"' in text
    elif ending == "docx":
        docx = pytest.importorskip("docx")
        assert any(title in one.text for one in docx.Document(io.BytesIO(to.read_bytes())).paragraphs)
    else:
        assert to.stat().st_size > 50_000
