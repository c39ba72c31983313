"""Pilots' questions on real survey files, beside what R gave, and the pages that tell them. Skipped without the files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import trustmeter as tm

ROOT = Path(__file__).resolve().parents[1]
STORED = json.loads((ROOT / "tests/reference/values/real_pilots.json").read_text(encoding="utf-8"))
R: dict[str, Any] = STORED["cases"]
HOW_TO = ROOT / "docs" / "how-to"
PANEL, STUDIES, COUNTRIES = "São Paulo panel", "state anxiety, 13 studies", "Afrobarometer 6"
T_TEST = f"t.test, {STORED['r'].split(' (')[0]}"
CR2 = f"clubSandwich {STORED['packages']['clubSandwich']}"
METAFOR = f"metafor {STORED['packages']['metafor']}"
EFFECTSIZE = f"effectsize {STORED['packages']['effectsize']}"

Space = dict[str, Any]


def run(page: str, folder: Path, file: str, monkeypatch: pytest.MonkeyPatch) -> Space:
    """Run a page's Python as it stands, in the folder of real survey files; skip where its file is not there."""
    if not (folder / file).is_file():
        pytest.skip(f"{file} is not among the real survey files.")
    monkeypatch.chdir(folder)
    space: Space = {}
    for block in re.findall(r"```python\n(.*?)```", (HOW_TO / page).read_text(encoding="utf-8"), flags=re.DOTALL):
        exec(block, space)
    return space


@pytest.fixture
def panel(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> Space:
    return run("worked-panel.md", real_data, "saopaulo_panel/saopaulo_police_3wave.csv.gz", monkeypatch)


@pytest.fixture
def studies(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> Space:
    return run("worked-pre-post.md", real_data, "psychtools_sai/sai_pre_post.csv.gz", monkeypatch)


@pytest.fixture
def countries(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> Space:
    return run("worked-cross-sections.md", real_data, "afrobarometer_r6/afro_r6_trust_10countries.csv.gz", monkeypatch)


def row(result: tm.Comparison, term: str, **where: str) -> dict[str, Any]:
    table = result.table[result.table["term"] == term]
    for column, value in where.items():
        table = table[table[column] == value]
    return dict(table.iloc[0])


def says(page: str, *numbers: tuple[float, int]) -> None:
    """Fail when a page does not quote each number, rounded as given."""
    text = (HOW_TO / page).read_text(encoding="utf-8").replace("−", "-")
    assert [f"{value:.{digits}f}" for value, digits in numbers if f"{value:.{digits}f}" not in text] == []


def same(
    agree: Callable[..., None], name: str, found: dict[str, Any], theirs: dict[str, Any], *, by: str, data: str
) -> None:
    """Compare estimate, standard error, degrees of freedom and p value, and the interval where the reference has one."""
    ours = [found[one] for one in ("estimate", "std_error", "df", "p_value")]
    wanted = [theirs[one] for one in ("estimate", "std_error", "df", "p")]
    agree(name, ours, wanted, 1e-8, reference=by, data=data, relative=True)
    if "ci" in theirs:
        agree(f"{name}, interval", [found["ci_low"], found["ci_high"]], theirs["ci"], 1e-8, reference=by, data=data)


def test_the_panels_change_is_that_of_r(panel: Space, agree: Callable[..., None]) -> None:
    linked, r = panel["linked"], R["panel"]
    same(agree, "change of linked people", row(linked, "mean_change"), r, by=T_TEST, data=PANEL)
    agree("d_z", row(linked, "d_z")["estimate"], r["d_z"], 1e-8, reference=EFFECTSIZE, data=PANEL)
    signed = row(linked, "rank_biserial")["p_value"]
    agree("signed ranks, p", signed, r["signed_p"], 1e-8, reference=T_TEST.replace("t.test", "wilcox.test"), data=PANEL)
    within = row(linked, "equivalence")["p_value"]
    agree("two one-sided tests, p", within, r["p_within"], 1e-8, reference=T_TEST, data=PANEL)
    same(agree, "change, by area", row(panel["by_area"], "mean_change"), R["panel_areas"], by=CR2, data=PANEL)
    assert linked.verdicts == panel["by_area"].verdicts == {"procedural_justice": "no_relevant_change"}


def test_the_lost_are_counted_and_weighted_as_in_r(panel: Space, agree: Callable[..., None]) -> None:
    lost, r = panel["lost"], R["lost"]
    ours = [lost.value("share_lost"), lost.value("worst_lower"), lost.value("worst_upper")]
    agree("share lost, worst case", ours, [r["share"], *r["worst"]], 1e-8, reference="means, R", data=PANEL)
    agree("weighted change", lost.value("mean_change_weighted"), r["weighted"], 1e-6, reference="glm, R", data=PANEL)
    assert lost.readable["procedural_justice"]


def test_the_panels_page_quotes_what_comes_out(panel: Space) -> None:
    linked, lost, later = panel["linked"], panel["lost"], panel["later"]
    change, areas, overlap = (row(panel[name], "mean_change") for name in ("linked", "by_area", "everybody"))
    third = row(later, "mean_change", wave="3")
    numbers = [
        *((change[name], 2) for name in ("estimate", "ci_low", "ci_high", "std_error")),
        *((areas[name], 2) for name in ("std_error", "ci_low", "ci_high")), (areas["df"], 1),
        *((overlap[name], 2) for name in ("estimate", "ci_low", "ci_high")), (third["estimate"], 2),
        (100 * lost.value("share_lost"), 0), *((abs(lost.value(name)), 2) for name in ("mean_change_weighted", "tipping_point_smallest")),
        *((lost.value(name), 1) for name in ("worst_lower", "worst_upper")), (row(linked, "mdc")["estimate"], 0),
    ]  # fmt: skip
    says("worked-panel.md", *numbers)


def test_thirteen_studies_are_those_of_r(studies: Space, agree: Callable[..., None]) -> None:
    each, r = studies["each"], R["studies"]
    found = [row(each[name], "mean_change") for name in r["names"]]
    assert sorted(each) == sorted(r["names"])
    ours = [[one[name] for one in found] for name in ("estimate", "std_error")]
    agree("change of each study", ours, [r["estimate"], r["std_error"]], 1e-8, reference=T_TEST, data=STUDIES)
    limits = [[one["ci_low"], one["ci_high"]] for one in found]
    agree("change of each study, interval", limits, r["ci"], 1e-8, reference=T_TEST, data=STUDIES)


def test_their_synthesis_is_that_of_metafor(studies: Space, agree: Callable[..., None]) -> None:
    together, r = studies["together"], R["synthesis"]
    at = {term: together.table[together.table["term"] == term].iloc[0] for term in together.table["term"].unique()}

    def held(name: str, ours: Any, theirs: Any, tolerance: float) -> None:
        agree(name, ours, theirs, tolerance, reference=METAFOR, data=STUDIES)

    limits = ["ci_low", "ci_high"]
    mean = at["hartung_knapp"][["estimate", "std_error", *limits]].to_list()
    held("mean of studies, Hartung-Knapp", mean, [r["estimate"], r["std_error"], *r["ci"]], 1e-6)
    held("tau, Q-profile", at["tau"][["estimate", *limits]].to_list(), [r["tau"], *r["tau_ci"]], 1e-4)
    held("I squared", at["i_squared"]["estimate"], r["i_squared"], 1e-6)
    held("Cochran's Q", at["cochran_q"]["estimate"], r["q"], 1e-8)
    held("next study", at["prediction_known_tau"][limits].to_list(), r["prediction"], 1e-5)
    without = together.table[together.table["term"] == "leave_one_out"].set_index("zone")["estimate"]
    held("one left out", without[R["studies"]["names"]].to_list(), r["without"], 1e-5)


def test_the_page_of_studies_quotes_what_comes_out(studies: Space) -> None:
    table = studies["together"].table
    mean, tau, ahead, known = (
        dict(table[table["term"] == term].iloc[0])
        for term in ("mean_change", "tau", "prediction", "prediction_known_tau")
    )
    shop = row(studies["each"]["SHOP"], "mean_change")
    numbers = [(mean[name], 2) for name in ("estimate", "ci_low", "ci_high")]
    numbers += [(known[name], 2) for name in ("ci_low", "ci_high")]
    says(
        "worked-pre-post.md",
        *numbers,
        (tau["estimate"], 2),
        (ahead["ci_low"], 1),
        (ahead["ci_high"], 1),
        (shop["estimate"], 2),
    )
    assert studies["together"].verdicts == {"anxiety": "no_relevant_change"}


def test_one_study_against_the_others_is_not_claimed(studies: Space) -> None:
    against = studies["against"]
    assert against.verdicts == {"anxiety": "inconclusive"}
    assert "at least 19 are needed" in against.notes[0]


def test_two_countries_are_those_of_r(countries: Space, agree: Callable[..., None]) -> None:
    plain, weighted = row(countries["plain"], "mean_difference"), row(countries["weighted"], "mean_difference")
    same(agree, "difference of countries", plain, R["countries"], by=T_TEST, data=COUNTRIES)
    same(agree, "weighted difference of countries", weighted, R["countries_weighted"], by=CR2, data=COUNTRIES)
    survey = R["countries_survey"]
    assert weighted["estimate"] == pytest.approx(survey["estimate"], abs=1e-8)
    assert weighted["std_error"] == pytest.approx(survey["std_error"], rel=1e-3)
    numbers = [(one[name], 2) for one in (plain, weighted) for name in ("estimate", "ci_low", "ci_high")]
    says("worked-cross-sections.md", *numbers, (survey["std_error"], 3), (weighted["std_error"], 3))


def test_one_round_has_no_change(countries: Space) -> None:
    with pytest.raises(tm.DesignError, match="must be one of '6'"):
        tm.compare(countries["scores"], tm.PilotDesign("5", "6"))


def test_waves_of_one_place_as_different_people_are_those_of_r(panel: Space, agree: Callable[..., None]) -> None:
    apart, areas = row(panel["apart"], "mean_change"), row(panel["apart_by_area"], "mean_change")
    same(agree, "change of different people", apart, R["sections"], by=T_TEST, data=PANEL)
    same(agree, "change of different people, by area", areas, R["sections_areas"], by=CR2, data=PANEL)
    agree("d_s", row(panel["apart"], "d_s")["estimate"], R["sections"]["d_s"], 1e-8, reference=EFFECTSIZE, data=PANEL)
    says("worked-panel.md", (apart["std_error"], 2), (apart["ci_low"], 2), (apart["ci_high"], 2))
