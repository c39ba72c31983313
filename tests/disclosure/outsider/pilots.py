"""Pilots made up to be attacked: answers salted with counts of one to four wherever one can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

import trustmeter as tm
from trustmeter.responses.model import MISSING_KINDS, Responses, Roles

WAVES = ("2022", "2023")
BLANK, DONT_KNOW, REFUSED, NOT_ASKED = (
    1 + MISSING_KINDS.index(kind) for kind in ("blank", "dont_know", "refused", "not_asked")
)


@dataclass(frozen=True)
class Pilot:
    """Answers, and the design that they are compared by; `by` are the groups known before."""

    name: str
    answers: Responses
    design: tm.PilotDesign | tm.GroupDesign
    by: str | None = "SEX"


def salted(questionnaire: str, sizes: tuple[int, int], both: float, seed: int) -> Responses:
    """Return two waves of answers with rare answers, refusals, blanks, and people who left all blank or gave no consent."""
    known = tm.load_questionnaire(questionnaire)
    n = max(sizes)
    made = tm.simulate_responses(known, n, waves=WAVES, linked=both, seed=seed, dont_know=0.0, refused=0.0, blank=0.0)
    frame, missing = made.frame.copy(), made.missing.copy()
    order = frame.groupby("wave").cumcount().to_numpy()
    keep = np.where(frame["wave"] == WAVES[0], order < sizes[0], order < sizes[1])
    frame, missing = frame[keep].reset_index(drop=True), missing[keep].reset_index(drop=True)
    frame["district"] = np.where(np.arange(len(frame)) % 4 == 0, "north", "south")
    answers = Responses(
        frame, missing, known, Roles("id", "wave", kept=("district",)), source="salted.csv", simulated=True
    )
    _salt(answers, np.random.default_rng(seed))
    return answers


def _salt(answers: Responses, rng: np.random.Generator) -> None:
    frame, known = answers.frame, answers.questionnaire
    scaled = [item.id for scale in known.scales for item in map(known.item, scale.items)]
    for place, item in enumerate(dict.fromkeys(scaled)):
        codes = [option.code for option in known.item(item).response_scale.substantive]
        for number, wave in enumerate(WAVES):
            rows = np.flatnonzero((frame["wave"] == wave).to_numpy())
            rare, common = codes[place % len(codes)], codes[(place + 2) % len(codes)]
            _set(answers, item, _with(frame, item, rows, rare), common)
            chosen = rng.choice(rows, size=14, replace=False)
            few = 1 + (place + number) % 4
            _set(answers, item, chosen[:few], rare)
            if place % 3 == 0:
                other = codes[(place + 4) % len(codes)]
                _set(answers, item, _with(frame, item, rows, other), common)
                _set(answers, item, chosen[4:6], other)
            for kind, span in (
                (DONT_KNOW, (6, 6 + place % 4)),
                (REFUSED, (9, 9 + number)),
                (BLANK, (10, 10 + (place + number) % 3)),
            ):
                _silent(answers, item, chosen[slice(*span)], kind)
    _people(answers, rng, list(dict.fromkeys(scaled)))


def _people(answers: Responses, rng: np.random.Generator, scaled: list[str]) -> None:
    """Make one or two people a wave refuse to take part, one leave all blank, and a few leave out one scale."""
    frame, known = answers.frame, answers.questionnaire
    for number, wave in enumerate(WAVES):
        rows = rng.choice(np.flatnonzero((frame["wave"] == wave).to_numpy()), size=12, replace=False)
        for item in (item.id for item in known.items if item.id != "CONSENT"):
            _silent(answers, item, rows[: 1 + number], NOT_ASKED)
        _set(answers, "CONSENT", np.flatnonzero((frame["wave"] == wave).to_numpy()), "1")
        _set(answers, "CONSENT", rows[: 1 + number], "0")
        for item in scaled:
            _silent(answers, item, rows[2:3], BLANK)
        for place, scale in enumerate(known.scales):
            for item in scale.items:
                _silent(answers, item, rows[3 : 3 + (place + number) % 4], BLANK)
        _silent(answers, "SEX", rows[8:10], REFUSED)
        _silent(answers, "SEX", rows[10:11], BLANK)


def _with(frame: pd.DataFrame, item: str, rows: np.ndarray, code: str) -> np.ndarray:
    return rows[(frame[item].iloc[rows].astype("string") == code).fillna(False).to_numpy(dtype=bool)]


def _set(answers: Responses, item: str, rows: np.ndarray, code: str) -> None:
    whole = pd.api.types.is_integer_dtype(answers.frame[item])
    answers.frame.loc[rows, item] = int(code) if whole else code
    answers.missing.loc[rows, item] = 0


def _silent(answers: Responses, item: str, rows: np.ndarray, kind: int) -> None:
    answers.frame.loc[rows, item] = pd.NA
    answers.missing.loc[rows, item] = kind


def _linked(questionnaire: str, seed: int) -> Pilot:
    """All but a few people of either wave answered twice."""
    answers = salted(questionnaire, (137, 137), 1.0, seed)
    ids = answers.frame["id"].unique()
    gone = ((answers.frame["wave"] == WAVES[0]) & answers.frame["id"].isin(ids[:2])) | (
        (answers.frame["wave"] == WAVES[1]) & answers.frame["id"].isin(ids[2:5])
    )
    return Pilot("linked", answers.select(~gone.to_numpy()), tm.PilotDesign(*WAVES))


def _unlinked(questionnaire: str, seed: int) -> Pilot:
    return Pilot("unlinked", salted(questionnaire, (151, 138), False, seed), tm.PilotDesign(*WAVES, linked=False))


def _overlap(questionnaire: str, seed: int) -> Pilot:
    return Pilot("overlap", salted(questionnaire, (161, 147), 0.5, seed), tm.PilotDesign(*WAVES, linked="overlap"))


def _areas(questionnaire: str, seed: int) -> Pilot:
    """Eight districts, one of them of a dozen people a wave, and two rows of none."""
    answers = salted(questionnaire, (233, 226), False, seed)
    order = answers.frame.groupby("wave").cumcount().to_numpy()
    district = np.array([f"d{1 + place % 7}" for place in order], dtype=object)
    district[order < 12] = "d8"
    answers.frame["district"] = pd.Series(district, index=answers.frame.index, dtype="string")
    answers.frame.loc[[30, 40, 300], "district"] = pd.NA
    design = tm.PilotDesign(*WAVES, linked=False, area="district", treated=["d1", "d2", "d3", "d8"])
    return Pilot("areas", answers, design)


def _small(questionnaire: str, seed: int) -> Pilot:
    """A zone of twelve people who answered twice, two of whom left out a scale."""
    answers = salted(questionnaire, (48, 48), 1.0, seed)
    ids = answers.frame["id"].unique()[:12]
    return Pilot("small", answers.select(answers.frame["id"].isin(ids).to_numpy()), tm.PilotDesign(*WAVES), None)


def _groups(questionnaire: str, seed: int) -> Pilot:
    """One wave, two districts, and two people of neither."""
    answers = salted(questionnaire, (243, 143), False, seed)
    first = answers.select((answers.frame["wave"] == WAVES[0]).to_numpy())
    first.frame["district"] = first.frame["district"].astype("string")
    first.frame.iloc[[3, 5], first.frame.columns.get_loc("district")] = pd.NA
    return Pilot("groups", first, tm.GroupDesign("district", "north", "south"), None)


def _further(questionnaire: str, seed: int) -> Pilot:
    """Linked people of two waves, of whom a few give no district, which is a covariate."""
    made = _linked(questionnaire, seed)
    frame = made.answers.frame
    frame["district"] = frame["district"].astype("string")
    frame.loc[frame["id"].isin(frame["id"].unique()[20:22]), "district"] = pd.NA
    return replace(made, name="covariate", design=tm.PilotDesign(*WAVES, linked=True, covariates=["district"]))


MAKERS: dict[str, Callable[[str, int], Pilot]] = {
    "linked": _linked,
    "unlinked": _unlinked,
    "overlap": _overlap,
    "areas": _areas,
    "small": _small,
    "groups": _groups,
    "covariate": _further,
}
"""Name of a design → what makes a pilot of it from a questionnaire's id and a seed."""
