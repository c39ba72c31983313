"""Nobody can be found: an outsider with everything that a pilot gives out does not get at any count of one to four people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from outsider.attack import Report, attack
from outsider.bounds import Knowledge
from outsider.outputs import Outputs, outputs_of
from outsider.pilots import MAKERS, Pilot

import trustmeter as tm
from trustmeter.errors import DesignError
from trustmeter.pilot import subgroup_model
from trustmeter.present import tally
from trustmeter.present.report.chapters import answered
from trustmeter.psychometrics import items
from trustmeter.responses.quality import checking
from trustmeter.stats.disclosure.small_cells import PooledCounts

SHORT = "community-trust-short"
LANGUAGE = {
    "linked": "nl",
    "unlinked": "fr",
    "overlap": "de",
    "areas": "en",
    "small": "fr",
    "groups": "nl",
    "covariate": "de",
}


def told(report: Report) -> str:
    return "\n".join([f"{report.pilot}:", *map(str, report.leaks), *report.printed])


def run(name: str, folder: Path, *languages: str, frames: bool = True, seed: int = 1) -> Report:
    pilot = MAKERS[name](SHORT, seed)
    return attack(pilot, outputs_of(pilot, languages or (LANGUAGE[name],), folder), frames=frames)


PILOTS = [*((name, 1) for name in MAKERS), ("groups", 3)]
"""Designs and seeds; of the last one a rare answer once followed from the bars beside the table of what is missing."""


@pytest.mark.parametrize(("name", "seed"), PILOTS)
def test_no_count_of_one_to_four_is_known(name: str, seed: int, tmp_path: Path) -> None:
    report = run(name, tmp_path, seed=seed)
    assert report.numbers > 250
    assert len(report.findings) > 120
    assert not report.leaks, told(report)
    assert not report.printed, told(report)


def test_four_languages_together_tell_no_more_than_one(tmp_path: Path) -> None:
    report = run("unlinked", tmp_path, "en", "fr", "nl", "de", frames=False)
    assert report.numbers > 800
    assert not report.leaks, told(report)
    assert not report.printed, told(report)


@pytest.mark.parametrize("name", ["linked", "unlinked"])
def test_whom_a_report_speaks_for_tells_no_more(name: str, tmp_path: Path) -> None:
    """The shares of two districts are told, of which some have no score; the outsider knows who lives there."""
    pilot = MAKERS[name](SHORT, 1)
    known = tm.margins({"district": {"north": 0.4, "south": 0.6}}, status="verified")
    report = attack(pilot, outputs_of(pilot, (LANGUAGE[name],), tmp_path, margins=known), frames=False)
    assert report.numbers > 250
    assert not report.leaks, told(report)
    assert not report.printed, told(report)


def test_one_wave_at_a_time_tells_no_more_than_both(tmp_path: Path) -> None:
    """The first wave is reported by districts, then both waves; the outsider has both reports."""
    whole = MAKERS["unlinked"](SHORT, 1)
    first = whole.answers.select((whole.answers.frame["wave"] == "2022").to_numpy())
    early = Pilot("first wave", first, tm.GroupDesign("district", "north", "south"), None)
    for pilot in (early, whole):
        report = attack(pilot, outputs_of(pilot, ("en",), tmp_path, more=False), frames=True)
        assert not report.leaks, told(report)


def naked(counts: object, minimum: int = 5) -> PooledCounts:
    """Hide nothing."""
    del minimum
    cells = np.asarray(counts, dtype=float)
    return PooledCounts(cells, np.zeros(len(cells), dtype=bool), 0.0, float(cells.sum()))


TEETH: dict[str, tuple[str, str, Callable[[pytest.MonkeyPatch], None]]] = {
    "bars of answers": ("linked", "2022, ", lambda patch: patch.setattr(tally, "pool_small_cells", naked)),
    "what is missing": ("linked", "all, ", lambda patch: patch.setattr(checking, "pool_small_cells", naked)),
    "rare answers by mean and sd": ("linked", "complete, ", lambda patch: patch.setattr(items, "_any_rare", lambda *_: False)),
    "people with a score": (
        "groups", "without a score",
        lambda patch: patch.setattr(answered, "with_score", lambda n, _, material: material.phrases.whole(n)),
    ),
    "people of no group": (
        "linked", "no group",
        lambda patch: patch.setattr(subgroup_model, "_hidden", lambda sizes, few: [*few[:-1], True]),
    ),
}  # fmt: skip
"""A rule of the defence → the pilot and the words of a finding that must come up without it, and how it is taken away."""


@pytest.mark.parametrize("rule", list(TEETH))
def test_the_outsider_finds_people_where_a_rule_is_taken_away(
    rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, words, take_away = TEETH[rule]
    take_away(monkeypatch)
    report = run(name, tmp_path)
    assert any(words in one.what for one in report.leaks), f"{rule}: not found without it"


def test_a_number_told_outright_is_found(tmp_path: Path) -> None:
    pilot = MAKERS["small"](SHORT, 1)
    outputs = outputs_of(pilot, (), tmp_path, more=False)
    for said in ("There, 3 people refused.", "2 respondenten weigerden", "4 anonyme Befragte", "1 personne"):
        spoken = Outputs(outputs.change, outputs.results, texts=[said])
        assert attack(pilot, spoken, frames=False).printed == [said.rstrip()]


def test_contradictions_are_no_safety() -> None:
    known = Knowledge()
    known.unknown(["a", "b"])
    known.know({"a": 1.0, "b": 1.0}, 10)
    assert not known.found("a", 3, {"a": 1.0}, 20.0, exactly=False).is_leak
    assert known.bounds({"a": 1.0}, 20.0) == (0, 10)
    known.know({"b": 1.0}, 6.6, 8.4)
    assert known.found("a", 3, {"a": 1.0}, 20.0, exactly=False).is_leak
    known.know({"a": 1.0}, 9)
    assert known.found("a", 3, {"a": 1.0}, 20.0, exactly=False).is_leak


def test_two_reports_that_differ_by_a_few_people_do_not_both_come_out(tmp_path: Path) -> None:
    """Whoever had both could subtract them; so the register lets only one of them out."""
    pilot = MAKERS["unlinked"](SHORT, 1)
    late = pilot.answers.select(~pilot.answers.frame["id"].isin(pilot.answers.frame["id"].unique()[:3]).to_numpy())
    for at, answers in enumerate((pilot.answers, late)):
        change = tm.compare(tm.score(answers), pilot.design)
        to = tmp_path / f"{at}.html"
        if at:
            with pytest.raises(DesignError, match="Not published"):
                tm.report(change, to=to, register=tmp_path / "register.json")
        else:
            tm.report(change, to=to, register=tmp_path / "register.json")
    assert not (tmp_path / "1.html").exists()
