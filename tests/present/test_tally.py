"""Answer bars show no count from one to four, and lose nobody."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from trustmeter.present.phrases import load_phrases
from trustmeter.present.tally import Tally, panels_of, waves_of
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.model import MISSING_KINDS, Responses, Roles
from trustmeter.responses.quality import check_quality

ENGLISH = load_phrases("en")


def of_counts(tiny: Questionnaire, counts: list[int], *, dont_know: int = 0) -> Responses:
    codes = [code for code, count in enumerate(counts, start=1) for _ in range(count)]
    values = pd.array([*codes, *[pd.NA] * dont_know], dtype="Int64")
    kinds = [0] * len(codes) + [1 + MISSING_KINDS.index("dont_know")] * dont_know
    items = ["FA1", "FA2", "FA3"]
    return Responses(
        pd.DataFrame(dict.fromkeys(items, values)),
        pd.DataFrame(dict.fromkeys(items, np.array(kinds, dtype="int8"))),
        tiny,
        Roles(),
    )


def test_shares_are_of_those_who_answered(tiny: Questionnaire) -> None:
    (panel,) = panels_of(of_counts(tiny, [10, 20, 30, 20, 20], dont_know=7), "fairness", ENGLISH)
    tally = panel.of("FA1")[0]
    assert [cell.share for cell in tally.inside] == [0.1, 0.2, 0.3, 0.2, 0.2]
    assert tally.non_answers["dont_know"] == 7
    assert tally.reach_low(5) == pytest.approx(0.1 + 0.2 + 0.15)
    assert tally.reach_high(5) == pytest.approx(0.2 + 0.2 + 0.15)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(counts=st.lists(st.integers(0, 40), min_size=5, max_size=5), dont_know=st.integers(0, 12))
def test_no_small_count_is_ever_shown(counts: list[int], dont_know: int, tiny: Questionnaire) -> None:
    if not sum(counts):
        return
    (panel,) = panels_of(of_counts(tiny, counts, dont_know=dont_know), "fairness", ENGLISH)
    tally = panel.of("FA1")[0]
    if tally.enough:
        for cell in tally.inside:
            assert round(cell.share * tally.base) >= 5
        assert sum(cell.share for cell in tally.cells) == pytest.approx(1)
    shown = tally.non_answers["dont_know"]
    assert shown is None or shown == dont_know
    if 0 < dont_know < 5:
        assert shown is None


def page_of(answers: Responses, item: str) -> tuple[list[list[float]], list[float]]:
    """What the page tells of one item, as equations in the counts: waves x (5 answers, 5 kinds of missing)."""
    (panel,) = panels_of(answers, "fairness", ENGLISH)
    tallies, size = panel.of(item), 5 + len(MISSING_KINDS)
    told = [(wave * size, equation) for wave, tally in enumerate(tallies) for equation in told_of_wave(answers, tally)]
    equations = [({start + at for at in places}, value) for start, (places, value) in told]
    for places, value in told_of_all(answers, item):
        equations.append(({wave * size + at for wave in range(len(tallies)) for at in places}, value))
    known = [[float(at in places) for at in range(size * len(tallies))] for places, _ in equations]
    return known, [value for _, value in equations]


def told_of_wave(answers: Responses, tally: Tally) -> list[tuple[set[int], float]]:
    """What the bars, their numbers and the table of waves tell of one wave: which counts, and their sum."""
    kinds = answers.missing.loc[answers.frame["wave"] == tally.group, tally.item]
    places = {kind: 5 + at for at, kind in enumerate(MISSING_KINDS)}
    concealed = {places[kind] for kind, count in tally.non_answers.items() if count is None}
    told: list[tuple[set[int], float]] = [(set(range(5 + len(MISSING_KINDS))), len(kinds))]
    told += [({places[kind]}, count) for kind, count in tally.non_answers.items() if count is not None]
    if not tally.enough:
        return told
    if tally.together is not None:
        told.append((concealed, tally.together))
    extra = tally.base - int((kinds == 0).sum())  # those whose answer is hidden stand in the bar
    if extra and extra > sum(int((kinds == at - 4).sum()) for at in concealed):
        concealed = concealed | {places["blank"]}
    told.append((set(range(5)) | (concealed if extra else set()), tally.base))
    told += [({cell.categories[0]}, round(cell.share * tally.base)) for cell in tally.inside]
    somewhere = {at for cell in tally.cells for at in cell.categories}
    return told + [({at}, 0) for at in set(range(5)) - somewhere]


def told_of_all(answers: Responses, item: str) -> list[tuple[list[int], float]]:
    """What the table of missing answers tells of both waves together: which counts, and their sum."""
    rows = check_quality(answers).tidy()
    shown = rows[(rows["item"] == item) & ~rows["suppressed"]].to_dict("records")
    places = {kind: [5 + at] for at, kind in enumerate(MISSING_KINDS)} | {"answered": list(range(5))}
    return [(places[row["term"]], round(row["estimate"] * row["n"])) for row in shown]


@pytest.mark.parametrize("seed", range(40))
def test_no_small_count_can_be_worked_out_from_the_page(seed: int, tiny: Questionnaire) -> None:
    draw = np.random.default_rng(seed)
    kinds = ("dont_know", "refused", "blank")
    counts = np.vstack(
        [[*draw.integers(0, 40, 5), *draw.integers(0, (15, 6, 4)) * draw.integers(0, 2, 3)] for _ in range(2)]
    )
    frames, missing = [], []
    for wave, row in zip(("2022", "2023"), counts, strict=True):
        values = [*np.repeat(np.arange(1, 6), row[:5]), *[pd.NA] * int(row[5:].sum())]
        why = [*[0] * int(row[:5].sum()), *np.repeat([1 + MISSING_KINDS.index(kind) for kind in kinds], row[5:])]
        frames.append(pd.DataFrame({"wave": wave, "FA1": pd.array(values, dtype="Int64")}))
        missing.append(pd.DataFrame({"FA1": np.array(why, dtype="int8")}))
    frame, gaps = pd.concat(frames, ignore_index=True), pd.concat(missing, ignore_index=True)
    for item in ("FA2", "FA3"):
        frame[item], gaps[item] = frame["FA1"], gaps["FA1"]
    known, values = page_of(Responses(frame, gaps, tiny, Roles(wave="wave")), "FA1")
    places = [
        wave * 10 + at for wave in range(2) for at in (0, 1, 2, 3, 4, *(5 + MISSING_KINDS.index(k) for k in kinds))
    ]
    for place, count in zip(places, counts.ravel(), strict=True):
        if 0 < count < 5:
            aim = np.zeros(len(known[0]))
            aim[place] = 1.0
            least, most = (linprog(sign * aim, A_eq=known, b_eq=values).fun * sign for sign in (1, -1))
            assert most - least >= 1, f"a count of {count} can be worked out"


def test_nothing_is_shown_of_nine_people(tiny: Questionnaire) -> None:
    (panel,) = panels_of(of_counts(tiny, [0, 0, 9, 0, 0]), "fairness", ENGLISH)
    assert not panel.of("FA1")[0].enough


def test_waves_are_told_apart(make_answers: Callable[..., Responses]) -> None:
    (panel,) = panels_of(make_answers(50), "fairness", ENGLISH)
    assert [tally.group for tally in panel.of("FA1")] == ["2022", "2023"]


def test_hidden_kinds_are_told_together_where_that_is_safe(tiny: Questionnaire) -> None:
    answers = of_counts(tiny, [20, 20, 20, 20, 20], dont_know=14)
    answers.missing.loc[answers.missing.index[-3:], "FA1"] = 1 + MISSING_KINDS.index("refused")
    (panel,) = panels_of(answers, "fairness", ENGLISH)
    tally = panel.of("FA1")[0]
    assert tally.non_answers == {"dont_know": None, "refused": None}
    assert tally.together == 14
    assert set(tally.absent_texts(ENGLISH).values()) == {"together 14"}


@pytest.mark.parametrize(
    ("names", "order"), [(("2", "10"), ["2", "10"]), (("vorher", "nachher"), ["vorher", "nachher"])]
)
def test_waves_stand_in_their_order(
    names: tuple[str, str], order: list[str], make_answers: Callable[..., Responses]
) -> None:
    answers = make_answers(40)
    answers.frame["wave"] = answers.frame["wave"].astype(str).map(dict(zip(("2022", "2023"), names, strict=True)))
    assert [name for name, _ in waves_of(answers)] == order
