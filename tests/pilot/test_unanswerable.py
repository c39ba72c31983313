"""Questions that answers cannot bear: each is refused with its reason and with the nearest question that can be asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustmeter as tm

KEPT = ("area", "age", "sex", "weight", "one", "street", "minus", "pilot")
YEARS = ("2022", "2023")
PER_AREA = 30

Call = Callable[[], Any]


def people(areas: int = 4, *, linked: bool = True, seed: int = 1) -> pd.DataFrame:
    """Return two waves of the same (or other) people in areas a1, a2, ..., of whom the first half has the pilot."""
    rng = np.random.default_rng(seed)
    n = areas * PER_AREA
    place = np.arange(n) // PER_AREA
    fixed = {
        "area": [f"a{one + 1}" for one in place], "age": rng.integers(18, 80, n), "sex": rng.choice(["f", "m"], n),
        "weight": rng.uniform(0.5, 2.0, n), "one": "same", "street": [f"street {one}" for one in range(n)],
        "minus": -1.0, "pilot": (place < areas / 2).astype(int),
    }  # fmt: skip
    level = 50 + 10 * rng.standard_normal(n)
    waves = []
    for number, wave in enumerate(YEARS):
        who = np.arange(n) if linked else np.arange(n) + 1000 * number
        scores = {name: np.clip(level + 2 * number + 6 * rng.standard_normal(n), 0, 100) for name in ("trust", "fair")}
        waves.append(pd.DataFrame({"who": [f"p{one}" for one in who], "wave": wave, **fixed, **scores}))
    return pd.concat(waves, ignore_index=True)


def scores(frame: pd.DataFrame | None = None, **roles: Any) -> tm.Scores:
    named = {"respondent": "who", "wave": "wave", **roles}
    kept = [name for name in KEPT if name not in named.values()]
    return tm.read_scores(people() if frame is None else frame, scale=["trust", "fair"], keep=kept, **named)


def design(**more: Any) -> tm.PilotDesign:
    return tm.PilotDesign(*YEARS, **more)


def areas(treated: list[str], **more: Any) -> tm.PilotDesign:
    return design(area="area", treated=treated, **more)


def half_linked() -> pd.DataFrame:
    """Return waves of which some people are the same."""
    frame = people()
    new = (frame["wave"] == "2023") & (frame.index % 5 != 0)
    return frame.assign(who=frame["who"].where(~new, frame["who"] + " new"))


def encounters() -> tm.Responses:
    return tm.simulate_responses(tm.load_questionnaire("encounter"), 30)


def at_one_time() -> tm.Scores:
    frame = people()
    return scores(frame[frame["wave"] == "2022"])


def change(seed: int = 1, asked: tm.PilotDesign | None = None) -> tm.Comparison:
    return tm.compare(scores(people(seed=seed)), asked or design())


REFUSED: list[tuple[str, Call, type[Exception], str, str]] = [
    # two waves
    ("waves the same", lambda: tm.PilotDesign("2022", "2022"), tm.DesignError, "two different waves",
     "Groups within one wave are compared by `GroupDesign`"),
    ("a wave that is not there", lambda: tm.compare(scores(), tm.PilotDesign("2022", "2025")),
     tm.DesignError, "Got '2025'", "one of '2022', '2023'"),
    ("no column of waves", lambda: tm.compare(scores(wave=None), design()),
     tm.DesignError, "no column has that role", "wave='column name'"),
    ("an earlier wave that is not there", lambda: tm.compare(scores(), design(earlier=["2019"])),
     tm.DesignError, "Got '2019'", "one of '2022', '2023'"),
    ("a later wave that is not there", lambda: tm.compare(scores(), design(later=["2031"])),
     tm.DesignError, "Got '2031'", "one of '2022', '2023'"),
    ("a scale that was not scored", lambda: tm.compare(scores(), design(), scale="fairness"),
     tm.DesignError, "Got 'fairness'", "Did you mean 'fair'"),
    # who is who
    ("nobody is linked", lambda: tm.compare(scores(people(linked=False)), design(linked=True)),
     tm.DesignError, "No respondent of wave '2022' is in wave '2023'", "linked=False"),
    ("an overlap of nobody", lambda: tm.compare(scores(people(linked=False)), design(linked="overlap")),
     tm.DesignError, "No respondent of wave '2022' is in wave '2023'", "linked=False"),
    ("a few are linked, unasked", lambda: tm.compare(scores(half_linked()), design()),
     tm.DesignError, "too few to compare only them", "linked='overlap'"),
    ("linked without codes", lambda: tm.compare(scores(respondent=None), design(linked=True)),
     tm.DesignError, "no column has that role", "respondent='column name'"),
    ("a person twice in a wave", lambda: tm.compare(scores(pd.concat([people(), people().iloc[:1]])), design()),
     tm.ResponsesError, "already has a row there", "Keep one row a person and wave"),
    ("two pairs", lambda: tm.compare_paired([40, 50], [50, 60]),
     tm.EstimationError, "at least 3 complete pairs. Got fewer", "means of fewer can be described"),
    ("pairs of unequal length", lambda: tm.compare_paired([40, 50, 60], [50, 60]),
     tm.DesignError, "3 before and 2 after", "For different people use `compare_groups`"),
    ("a group of two", lambda: tm.compare_groups([40, 50], [50, 60, 70]),
     tm.EstimationError, "at least 3 numbers in each group. Got fewer", "means of fewer can be described"),
    # groups at one time
    ("one group twice", lambda: tm.GroupDesign("sex", "f", "f"), tm.DesignError, "two different groups", "Name two of its values"),
    ("groups over several waves", lambda: tm.compare(scores(), tm.GroupDesign("sex", "f", "m")),
     tm.DesignError, "would be counted twice", "Keep one wave first"),
    ("waves as groups", lambda: tm.compare(scores(), tm.GroupDesign("wave", *YEARS)),
     tm.DesignError, "To compare waves", "PilotDesign(before=..., after=...)"),
    ("a group that is not there", lambda: tm.compare(at_one_time(), tm.GroupDesign("sex", "f", "x")),
     tm.DesignError, "'x' is not among the values", "Check the name"),
    # areas
    ("a pilot area that is not there", lambda: tm.compare(scores(), areas(["a9"])),
     tm.DesignError, "Got 'a9'", "one of 'a1', 'a2', 'a3', 'a4'"),
    ("a comparison area that is not there", lambda: tm.compare(scores(), areas(["a1"], comparison=["north"])),
     tm.DesignError, "Got 'north'", "one of 'a1', 'a2', 'a3', 'a4'"),
    ("all areas have the pilot", lambda: tm.compare(scores(), areas(["a1", "a2", "a3", "a4"])),
     tm.DesignError, "nothing to compare", "For the change alone"),
    ("an area with and without the pilot", lambda: areas(["a1"], comparison=["a1"]),
     tm.DesignError, "names the area 'a1' twice", "Name each area once"),
    ("areas, but not where the pilot ran", lambda: design(area="area"),
     tm.DesignError, "does not say where the pilot ran", "clusters='area'"),
    ("pilot areas, but no column of areas", lambda: design(treated=["a1"]),
     tm.DesignError, "not the column that holds them", "area='column'"),
    ("no comparison area", lambda: areas(["a1"], comparison=[]), tm.DesignError, "empty list", "take all others"),
    ("a lot without areas", lambda: design(randomized=True), tm.DesignError, "speaks of areas", "Add `area` and `treated`"),
    ("a column of areas that was not read", lambda: tm.compare(scores(), design(area="district", treated=["a1"])),
     tm.DesignError, "Got 'district'", "keep=['district']"),
    # weights, clusters, covariates
    ("weights below zero", lambda: tm.compare(scores(), design(weights="minus")),
     tm.DesignError, "missing, negative or infinite", "Leave rows without a weight out"),
    ("words as weights", lambda: tm.compare(scores(), design(weights="sex")), tm.DesignError, "must be numbers", "Got str"),
    ("weights that were not read", lambda: tm.compare(scores(), design(weights="weights")),
     tm.DesignError, "Got 'weights'", "Did you mean 'weight'"),
    ("one cluster", lambda: tm.compare(scores(), design(clusters="one")),
     tm.DesignError, "All rows are in one cluster", "the change of people who answer independently"),
    ("a covariate that is the pilot", lambda: tm.compare(scores(), areas(["a1", "a2"], covariates=["pilot"])),
     tm.EstimationError, "The covariate 'pilot' tells nothing that waves and areas", "the question without it"),
    ("areas as a covariate of areas", lambda: tm.compare(scores(), areas(["a1", "a2"], covariates=["area"])),
     tm.EstimationError, "The covariate 'area' tells nothing that waves and areas", "the question without it"),
    ("who answered, as a covariate", lambda: tm.compare(scores(), design(covariates=["who"])),
     tm.DesignError, "'who' tells people apart", "the question without it"),
    ("the wave as a covariate", lambda: tm.compare(scores(), design(covariates=["wave"])),
     tm.DesignError, "'wave' tells waves apart", "the question without it"),
    ("a covariate that is the same for all", lambda: tm.compare(scores(), design(covariates=["one"])),
     tm.DesignError, "the same in all rows", "the question without it"),
    ("a covariate that nobody has", lambda: tm.compare(scores(people().assign(age=np.nan)), design(covariates=["age"])),
     tm.DesignError, "missing in all rows", "the question without it"),
    ("a covariate of too many words", lambda: tm.compare(scores(), design(covariates=["street"])),
     tm.DesignError, "120 different words", "Group them into at most 12"),
    ("a covariate that was not read", lambda: tm.compare(scores(), design(covariates=["income"])),
     tm.DesignError, "Got 'income'", "keep=['income']"),
    # what would matter
    ("a smallest effect below zero", lambda: tm.compare(scores(), design(), smallest_effect=-2),
     tm.DesignError, "Got -2", "a number of points above zero"),
    ("scores beyond their range", lambda: tm.read_scores(people().assign(trust=999), scale="trust"),
     tm.DesignError, "lie outside 0 to 100", "Pass its `ranges`"),
    # people who were lost, and unanswered questions
    ("attrition of other people", lambda: tm.attrition(scores(), design(linked=False)),
     tm.DesignError, "waves are different people", "as cross-sections"),
    ("attrition without codes", lambda: tm.attrition(scores(respondent=None), design()),
     tm.DesignError, "nobody can be found again", "as cross-sections"),
    ("attrition of groups", lambda: tm.attrition(at_one_time(), tm.GroupDesign("sex", "f", "m")),  # type: ignore[arg-type]
     tm.DesignError, "groups lose nobody", "must be a `PilotDesign`"),
    ("filled scores", lambda: tm.impute(scores()), tm.DesignError, "takes responses. Got Scores", "read_responses"),  # type: ignore[arg-type]
    ("one copy pooled", lambda: tm.pool([change()]), tm.DesignError, "at least two results", "one of each filled copy"),
    ("copies pooled at two levels", lambda: tm.pool([change(), tm.compare(scores(), design(), conf_level=0.9)]),
     tm.DesignError, "differ in `conf_level`", "Use the same for every copy"),
    ("a rise of the chosen, and nobody chosen", lambda: tm.regression_to_mean(scores(), design()),
     tm.DesignError, "Nothing was chosen by a score", "use `compare`"),
    ("a cutoff above everybody", lambda: tm.regression_to_mean(scores(), design(), cutoff=99),
     tm.EstimationError, "nothing tells from whom they were chosen", "population=(mean, sd)"),
    ("a rise of the chosen in compared areas", lambda: tm.regression_to_mean(scores(), areas(["a1"]), cutoff=40),
     tm.DesignError, "The design compares areas", "the `effect` of `compare`"),
    # several zones, groups and scales
    ("a synthesis of one zone", lambda: tm.synthesize({"North": change()}),
     tm.EstimationError, "says nothing about other zones", "that zone's own"),
    ("one comparison as two zones", lambda: tm.synthesize(dict.fromkeys(["North", "South"], change())),
     tm.DesignError, "would count twice", "Compare each zone's own people"),
    ("changes and effects pooled", lambda: tm.synthesize({"North": change(), "South": change(2, areas(["a1", "a2"]))}),
     tm.DesignError, "would mix different questions", "Compare all zones in one way"),
    ("zones of one area against one",
     lambda: tm.synthesize({name: change(seed, areas(["a1"], comparison=["a2"])) for seed, name in enumerate("NS")}),
     tm.EstimationError, "nothing to pool", "each zone's own"),
    ("subgroups known only afterwards",
     lambda: tm.compare_subgroups(scores(people().assign(sex=lambda it: it["sex"].where(it["wave"] == "2023"))), design(),
                                  by="sex", declared=True),
     tm.DesignError, "asked only afterwards", "filled in before"),
    ("one subgroup", lambda: tm.compare_subgroups(scores(), design(), by="one", declared=True),
     tm.DesignError, "has 1 different values", "use `compare`"),
    ("streets as subgroups", lambda: tm.compare_subgroups(scores(), design(), by="street", declared=True),
     tm.DesignError, "120 different values", "Join values into few groups"),
    ("areas as subgroups", lambda: tm.compare_subgroups(scores(), areas(["a1", "a2"]), by="area", declared=True),
     tm.DesignError, "has the pilot or has it not", "`synthesize`"),
    ("subgroups that are the pilot",
     lambda: tm.compare_subgroups(scores(), areas(["a1", "a2"]), by="pilot", declared=True),
     tm.DesignError, "has the pilot or has it not", "`synthesize`"),
    ("attrition of nobody linked", lambda: tm.attrition(scores(people(linked=False)), design()),
     tm.DesignError, "No respondent of wave '2022' is in wave '2023'", "`compare` them as such"),
    ("incidents of a wave that ends before it starts",
     lambda: tm.check_incidents({"2022": ("2022-05-05", "2022-05-01")}, pd.DataFrame({"date": [], "what": []})),
     tm.DesignError, "ends before it starts", "Swap its two days"),
    ("a promise that is not there", lambda: tm.read_protocol("none.yaml"),
     tm.DesignError, "There is no protocol 'none.yaml'", "Give the path"),
    ("the true change of pilot areas", lambda: tm.latent_change(encounters(), areas(["a1"])),
     tm.DesignError, "not pilot areas against comparison areas", "`compare(score(answers), design)`"),
    ("the true change with clusters", lambda: tm.latent_change(encounters(), design(clusters="zone")),
     tm.DesignError, "no `clusters`", "`compare(score(answers), design)`"),
    ("subgroups of a few",
     lambda: tm.compare_subgroups(scores(people(1).groupby("wave").head(12)), design(), by="sex", declared=True),
     tm.EstimationError, "groups cannot be compared", "the change of all together"),
    ("an index of one scale", lambda: tm.primary_index(scores(), ["trust"], design=design()),
     tm.DesignError, "Got 1", "compare it as it is"),
    ("a true change of bare scores", lambda: tm.latent_change(scores(), design()),  # type: ignore[arg-type]
     tm.DesignError, "needs the answers to each item", "For ready scores use `compare`"),
    ("other analyses of groups", lambda: tm.compare_estimators(at_one_time(), tm.GroupDesign("sex", "f", "m")),  # type: ignore[arg-type]
     tm.DesignError, "must be a `PilotDesign`", "For two groups use `compare`"),
    # before there are answers
    ("a plan of one area against one", lambda: tm.plan(areas(["a1"], comparison=["a2"]), n=200),
     tm.DesignError, "cannot be told from two areas that happened to move apart", "ask only how each area changed"),
    ("a plan that asks nothing", lambda: tm.plan(design()), tm.DesignError, "needs the number of people", "smallest_effect=3"),
    ("a plan for one point with four areas", lambda: tm.plan(areas(["a1", "a2"], comparison=["a3", "a4"]), smallest_effect=1),
     tm.DesignError, "No number of people finds 1 points", "Plan for more areas"),
    ("a plan of two people", lambda: tm.plan(design(), n=2), tm.DesignError, "Got 2", "at least 10"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "error", "reason", "nearest"), [pytest.param(*case[1:], id=case[0]) for case in REFUSED]
)
def test_it_is_refused_with_the_reason_and_the_nearest_question(
    call: Call, error: type[Exception], reason: str, nearest: str
) -> None:
    with pytest.raises(error) as caught:
        call()
    said = str(caught.value)
    assert type(caught.value) is error
    assert reason in said
    assert nearest in said
    assert said.endswith((".", "?"))
    assert not any(code in said for code in ("p1 ", "p17", "street 3"))


def test_twenty_five_of_them_are_refused() -> None:
    assert len(REFUSED) >= 25
    assert len({case[0] for case in REFUSED}) == len(REFUSED)


SAID_FIRST: list[tuple[str, Call, set[str], str, str]] = [
    ("one area against one", lambda: tm.compare(scores(), areas(["a1"], comparison=["a2"])), {"inconclusive"},
     "One area with the pilot and one without cannot be told from two areas that happened to move apart",
     "ask only how each area changed"),
    ("five pairs", lambda: tm.compare(scores(people().groupby("wave").head(5)), design()), {"suppressed"},
     "fewer than 10 pairs", "more people, or zones taken together"),
    ("a pilot area without answers before",
     lambda: tm.compare(scores(people().query("not (area == 'a1' and wave == '2022')")), areas(["a1"], linked=False)),
     {"suppressed"}, "fewer than 10 people of one kind of area", "more people, or zones taken together"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "verdicts", "reason", "nearest"), [pytest.param(*case[1:], id=case[0]) for case in SAID_FIRST]
)
def test_what_is_left_is_shown_and_nothing_is_claimed(
    call: Call, verdicts: set[str], reason: str, nearest: str
) -> None:
    result = call()
    assert set(result.verdicts.values()) == verdicts
    assert reason in " ".join(result.notes)
    assert nearest in " ".join(result.notes)


def test_one_area_against_one_says_so_in_its_first_line_and_has_no_interval() -> None:
    result = tm.compare(scores(), areas(["a1"], comparison=["a2"]), scale="trust")
    effect = result.table[result.table["term"] == "effect"].iloc[0]
    assert result.notes[0].startswith("One area with the pilot and one without cannot be told from")
    assert np.isfinite(effect["estimate"])
    assert effect[["std_error", "p_value", "ci_low", "ci_high"]].isna().all()
    within = result.table[result.table["term"] == "mean_change"]
    assert within["ci_low"].notna().all()


def test_zones_that_carry_the_uncertainty_are_not_said_to_be_ignored() -> None:
    read = scores(zone="area")
    ignored = "the intervals do not allow for people of one zone being alike"
    assert ignored in " ".join(tm.compare(read, design()).notes)
    assert ignored not in " ".join(tm.compare(read, design(clusters="zone")).notes)
    assert ignored not in " ".join(tm.compare(read, design(area="zone", treated=["a1", "a2"])).notes)


def test_a_language_that_nobody_speaks_in_one_kind_of_area_is_no_obstacle() -> None:
    frame = people().assign(age=lambda it: np.where((it["area"] == "a4") & (it.index % 3 == 0), "fr", "nl"))
    effect = {}
    for covariates in ([], ["age"]):
        found = tm.compare(scores(frame), areas(["a1", "a2"], covariates=covariates), scale="trust").table
        effect[len(covariates)] = found[found["term"] == "effect"]["estimate"].iloc[0]
        changes = found[found["term"] == "mean_change"]
        assert changes["estimate"].notna().all()
        pairs = frame.pivot_table(index=["who", "pilot"], columns="wave", values="trust").diff(axis=1)["2023"]
        assert changes["estimate"].tolist() == pytest.approx(pairs.groupby("pilot").mean().loc[[1, 0]].tolist())
    assert np.isfinite(effect[1])
    assert effect[0] != effect[1]
