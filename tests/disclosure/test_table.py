"""Nothing small can be read from a safe table, or worked out from all that it says."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import scipy

import trustmeter as tm
from trustmeter.disclosure.crossing import OTHER, TOTAL
from trustmeter.errors import DesignError, EstimationError
from trustmeter.responses.model import Responses

EXACT = 1e-6
"""The solver keeps constraints to 1e-7."""


def made_up(n: int, seed: int, groups: int = 4, answers: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(groups, 0.7))
    return pd.DataFrame(
        {
            "group": rng.choice([f"g{number}" for number in range(groups)], n, p=shares),
            "answer": rng.choice([f"a{number}" for number in range(answers)], n, p=rng.dirichlet(np.ones(answers))),
            "points": np.round(rng.normal(60, 20, n).clip(0, 100), 1),
        }
    )


def bounds_of(table: tm.SafeTable, weighted: bool = False) -> dict[tuple[str, str], tuple[float, float]]:
    """What anybody can work out from the tidy table: unknown are people (or their points) by group and answer."""
    groups, answers = table.categories
    n = len(groups) * len(answers)
    rows, figures = [], []

    def picked(group: str, answer: str) -> np.ndarray:
        inside = np.zeros((len(groups), len(answers)))
        across = slice(None) if group == TOTAL else groups.index(group)
        inside[across, slice(None) if answer == TOTAL else answers.index(answer)] = 1.0
        return inside.ravel()

    for line in table.tidy().to_dict("records"):
        own, base = picked(line["group"], line["term"]), picked(line["group"], TOTAL)
        if weighted:
            if pd.notna(line["n"]) and pd.notna(line["estimate"]):
                rows.append(own)
                figures.append(float(line["estimate"] * line["n"]))
            continue
        if pd.notna(line["n"]):
            rows.append(base)
            figures.append(float(line["n"]))
        if pd.notna(line["estimate"]):
            share = line["method"] != "count"
            rows.append(own - line["estimate"] * base if share else own)
            figures.append(0.0 if share else float(line["estimate"]))
    found = {}
    for group in [*groups, TOTAL]:
        for answer in [*answers, TOTAL]:
            ends = []
            for sign in (1, -1):
                solved = scipy.optimize.linprog(
                    sign * picked(group, answer), A_eq=np.array(rows), b_eq=figures, bounds=[(0, None)] * n
                )
                ends.append(sign * solved.fun if solved.status == 0 else np.inf)
            found[group, answer] = (ends[0], ends[1])
    return found


@pytest.mark.parametrize("seed", range(6))
def test_no_count_from_one_to_four_follows_from_counts_shares_and_totals(seed: int) -> None:
    people = made_up(150, seed)
    bounds = bounds_of(tm.safe_table(people, "group", "answer"))
    for (group, answer), (low, high) in bounds.items():
        inside = (people["group"] == group) | (group == TOTAL)
        count = int((inside & ((people["answer"] == answer) | (answer == TOTAL))).sum())
        assert low <= count + EXACT
        assert high >= count - EXACT
        if 1 <= count <= 4:
            assert low <= max(count - 2, 0) + EXACT
            assert high >= count + 2 - EXACT
            assert high - low >= 5 - EXACT


@pytest.mark.parametrize("seed", range(3))
def test_groups_of_fewer_than_ten_show_no_answer(seed: int) -> None:
    people = pd.concat(
        [made_up(80, seed), pd.DataFrame({"group": "few", "answer": ["a0"] * 5 + ["a1"] * 3, "points": 50.0})]
    )
    table = tm.safe_table(people, "group", "answer")
    few = table.table[(table.table["group"] == "few") & (table.table["term"] != TOTAL)]
    assert few["estimate"].isna().all()
    assert few["suppressed"].all()
    assert set(table.log.loc[table.log["group"] == "few", "reason"]) == {"threshold of people in the row"}


@pytest.mark.parametrize("seed", range(3))
def test_means_about_fewer_than_ten_are_hidden_and_do_not_follow_from_the_others(seed: int) -> None:
    people = made_up(160, seed)
    table = tm.safe_table(people, "group", "answer", value="points")
    counted = people.groupby(["group", "answer"]).size()
    for line in table.tidy().to_dict("records"):
        n = counted.get((line["group"], line["term"]))
        if n is not None and 0 < n < 10:
            assert line["suppressed"]
            assert pd.isna(line["estimate"])
            assert pd.isna(line["n"])
        if pd.notna(line["n"]):
            assert line["n"] == 0 or line["n"] >= 10
    sums = bounds_of(table, weighted=True)
    totals = people.groupby(["group", "answer"])["points"].sum()
    for place, total in totals.items():
        low, high = sums[place]
        if counted[place] < 10:
            assert low - 1e-3 <= total <= high + 1e-3
            assert high - low >= 0.1 * total - 1e-3


def test_a_mean_that_one_person_makes_is_hidden() -> None:
    people = pd.DataFrame({"group": ["a"] * 40 + ["b"] * 40 + ["c"] * 40, "hours": [1.0] * 120})
    people.loc[0, "hours"] = 5000.0
    table = tm.safe_table(people, "group", value="hours")
    line = table.table.set_index("group").loc["a"]
    assert line["suppressed"]
    assert "dominance" in set(table.log["reason"])
    assert table.table["suppressed"].sum() >= 2


def test_counts_and_means_are_those_of_pandas() -> None:
    people = made_up(4000, 1)
    tidy = tm.safe_table(people, "group", "answer").table
    counted = pd.crosstab(people["group"], people["answer"], margins=True, margins_name=TOTAL)
    for line in tidy[(tidy["method"] == "count") & ~tidy["suppressed"]].to_dict("records"):
        assert line["estimate"] == counted.loc[line["group"], line["term"]]
    means = tm.safe_table(people, "group", value="points").table.set_index("group")
    for group, mean in people.groupby("group")["points"].mean().items():
        assert means.loc[group, "estimate"] == pytest.approx(mean, rel=1e-12) or means.loc[group, "suppressed"]
    assert means.loc[TOTAL, "estimate"] == pytest.approx(people["points"].mean(), rel=1e-12)


def test_one_variable_alone_makes_a_table() -> None:
    people = pd.DataFrame({"group": ["a"] * 30 + ["b"] * 20 + ["c"] * 2})
    table = tm.safe_table(people, "group")
    assert table.frame()["count"].tolist() == ["30", "hidden", "hidden", "52"]
    assert "term" not in table.table
    assert table.table["suppressed"].sum() == 4


def test_the_log_holds_no_number_and_names_every_hidden_cell() -> None:
    table = tm.safe_table(made_up(150, 2), "group", "answer")
    counts = table.table[table.table["method"] == "count"]
    hidden = {(line["group"], line["term"]) for line in counts[counts["suppressed"]].to_dict("records")}
    assert {(line["group"], line["term"]) for line in table.log.to_dict("records")} == hidden
    assert all(isinstance(cell, str) for cell in table.log.to_numpy().ravel())
    assert set(table.log["cell"]) <= {"inner", "margin"}
    assert "log" not in table.to_dict()


def test_a_result_travels_as_text_and_json(make_answers: Callable[..., Responses]) -> None:
    table = tm.safe_table(make_answers(60, simulated=True), "SEX", "FA1", wave="2022")
    assert table.simulated
    assert str(table).startswith("SIMULATED")
    stored = json.loads(json.dumps(table.to_dict()))
    assert stored["rule"]["publish"] == 10
    assert stored["rows"] == "SEX"
    assert table.frame(language="fr")["SEX"].tolist()[:2] == ["Femme", "Homme"]


def test_people_without_an_answer_are_left_out_and_that_is_said(make_answers: Callable[..., Responses]) -> None:
    table = tm.safe_table(make_answers(80, blanks=0.2), "SEX", "FA1", wave="2022")
    assert any("lacks one of the answers" in note for note in table.notes)
    assert table.provenance.rows_used == table.table["n"].max()


def test_waves_are_told_apart_or_one_is_named(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(60)
    with pytest.raises(DesignError, match="twice"):
        tm.safe_table(answers, "SEX")
    crossed = tm.safe_table(answers, "SEX", "wave")
    assert "Who answered in several waves counts once in each." in crossed.notes
    with pytest.raises(DesignError, match="wave"):
        tm.safe_table(answers, "SEX", wave="1999")
    with pytest.raises(DesignError, match="knows no waves"):
        tm.safe_table(answers.frame, "SEX", wave="2022")


def test_small_categories_are_put_together(make_answers: Callable[..., Responses]) -> None:
    people = pd.DataFrame({"area": ["a"] * 40 + ["b"] * 30 + ["c"] * 4 + ["d"] * 3 + ["e"] * 12})
    table = tm.safe_table(people, "area", merge="other")
    assert table.categories[0] == ("a", "b", OTHER)
    assert table.table.set_index("group").loc[OTHER, "estimate"].tolist()[0] == 19
    assert not table.table["suppressed"].any()
    assert any("c, d, e" in note for note in table.notes)
    ordered = tm.safe_table(make_answers(60), "FA1", wave="2022", merge="other")
    assert OTHER not in ordered.categories[0]


def test_rounded_tables_tell_no_exact_count_anywhere() -> None:
    people = made_up(203, 5)
    table = tm.safe_table(people, "group", "answer", rule=tm.DisclosureRule(rounding=5))
    counts = table.table[table.table["method"] == "count"]
    assert (counts["estimate"].dropna() % 5 == 0).all()
    assert (table.table["n"].dropna() % 5 == 0).all()
    assert table.provenance.rows_used % 5 == 0
    assert "203" not in json.dumps(table.to_dict())
    drawn = [
        tm.safe_table(people, "group", rule=tm.DisclosureRule(rounding=5), seed=seed).table["estimate"]
        for seed in (1, 1, 2)
    ]
    pd.testing.assert_series_equal(drawn[0], drawn[1])
    seeded = tm.safe_table(people, "group", rule=tm.DisclosureRule(rounding=5), seed=424242)
    assert "424242" not in json.dumps(seeded.to_dict())


def test_a_stricter_rule_hides_more() -> None:
    people = made_up(300, 3)
    usual, strict = (tm.safe_table(people, "group", "answer", rule=rule) for rule in (None, tm.DisclosureRule(show=10)))
    assert strict.table["suppressed"].sum() >= usual.table["suppressed"].sum()
    shown = strict.table[(strict.table["method"] == "count") & ~strict.table["suppressed"]]["estimate"]
    assert ((shown == 0) | (shown >= 10)).all()


def test_frames_are_not_changed_and_series_of_scores_are_taken(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(60)
    before = answers.frame.copy()
    scores = tm.score(answers)
    table = tm.safe_table(answers, "SEX", value=scores.column("trust"), wave="2022")
    assert table.value == "trust"
    pd.testing.assert_frame_equal(answers.frame, before)
    items = tm.safe_table(answers, "SEX", value="FA1", wave="2022").table.set_index("group")
    assert 1 <= items.loc[TOTAL, "estimate"] <= 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"rows": ["group", "answer"], "columns": "third"}, "at most two variables"),
        ({"rows": "group", "columns": "group"}, "two different"),
        ({"rows": "grup"}, "Did you mean 'group'"),
        ({"rows": "points"}, "bands"),
        ({"rows": "group", "value": "pointz"}, "knows no column"),
        ({"rows": "group", "value": "answer"}, "one number a row"),
        ({"rows": "group", "value": pd.Series([1.0, 2.0])}, "one number a row"),
        ({"rows": "group", "rule": {"publish": 10}}, "DisclosureRule"),
        ({"rows": "group", "merge": "all"}, "'keep', 'other'"),
        ({"rows": "group", "seed": -1}, "seed"),
        ({"rows": "total"}, "totals"),
    ],
)
def test_what_cannot_be_tabulated_is_refused_with_the_cure(arguments: dict, words: str) -> None:
    people = made_up(100, 1).assign(third="x", total=["x", TOTAL] * 50)
    with pytest.raises(DesignError, match=words):
        tm.safe_table(people, **arguments)


def test_ids_free_text_and_other_things_are_refused(make_answers: Callable[..., Responses]) -> None:
    answers = make_answers(60)
    with pytest.raises(DesignError, match="who somebody is"):
        tm.safe_table(answers, "id", wave="2022")
    with pytest.raises(DesignError, match="takes responses or a frame"):
        tm.safe_table([1, 2], "id")  # type: ignore[arg-type]


def test_fewer_than_ten_people_are_refused() -> None:
    with pytest.raises(EstimationError, match="Fewer than 10"):
        tm.safe_table(pd.DataFrame({"group": ["a"] * 9}), "group")
