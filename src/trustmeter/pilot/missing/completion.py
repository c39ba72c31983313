"""Unanswered questions are filled several times over, so that not knowing them stays visible."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, EstimationError, Problem
from trustmeter.options import ImputationMethod, check_option, check_seed, check_whole, names_of
from trustmeter.pilot.missing.grid import Floats, Grid, grid_of
from trustmeter.responses.keying import scales_read
from trustmeter.responses.model import Responses
from trustmeter.results import Result, told_count, vocabulary_frame
from trustmeter.stats.disclosure.small_cells import pool_small_cells
from trustmeter.stats.missing import imputation

MARK = re.compile(r"(, )?imputation \d+ of \d+$")
"""How the source of filled answers ends."""

UNSETTLED = 1.1
"""Above this, chains are commonly said not to have mixed (Gelman & Rubin 1992)."""

MANY_COLUMNS = 20
PEOPLE_A_PREDICTOR = 10
MOST_CATEGORIES = 12
WAYS = {"pmm": "by matched people", "ordinal": "by proportional odds"}
_KERNEL_WORDS = {"pmm": "matching", "ordinal": "ordinal"}

MAR = (
    "Answers are filled as people like these answered who did answer. If people keep silent because of what they would have "
    "said, filling does not mend it."
)
USE = "Do the whole analysis with each of them, then `pool` the results; never average the answers."


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Imputations(Result):
    """Several completed copies of answers; prints counts only. Loop over it: ``[score(one) for one in imputed]``.

    Parameters
    ----------
    completed
        The copies. Each says in ``source`` and ``problems`` that it is filled; answers that were given are as they were.
    method
        How gaps were filled.
    """

    title: ClassVar[str] = "Filled answers"

    completed: tuple[Responses, ...]
    method: ImputationMethod

    def __len__(self) -> int:
        return len(self.completed)

    def __iter__(self) -> Iterator[Responses]:
        return iter(self.completed)

    def __getitem__(self, place: int) -> Responses:
        return self.completed[place]


def impute(
    answers: Responses,
    *,
    scale: str | Sequence[str] | None = None,
    m: int = 20,
    iterations: int = 10,
    method: ImputationMethod = "auto",
    covariates: str | Sequence[str] = (),
    seed: int | np.random.Generator | None = None,
) -> Imputations:
    """Fill unanswered questions m times by chained equations.

    Use it where many people left some questions out, so that their scores are missing or rest on few items; then `score`,
    `compare` and `pool`. It fills what was asked and left blank, not known or refused. It fills nothing for people without any
    answer (see `attrition`), and nothing that was not asked or does not apply.

    Parameters
    ----------
    answers
        The responses.
    scale
        The scales whose items are filled; ``None`` for all that were read. Items of one scale explain each other best.
    m
        How many copies, 2 or more.
    iterations
        Rounds over all items in each copy.
    method
        ``"ordinal"``: proportional odds with drawn parameters. ``"pmm"``: predictive mean matching, from the five people nearest; ten
        times as fast, but with many items and few people drawn towards those who answered all. ``"auto"``: ordinal where items
        with gaps have at most twelve different values, else matching.
    covariates
        Roles or kept columns that help to explain answers; give all that the analysis will use (area, cluster). The zone is used unasked.
    seed
        The same seed gives the same copies.

    Returns
    -------
    Imputations
        Holds m `Responses`. The table has the columns ``item wave term estimate n method suppressed`` and the terms
        ``share_imputed`` (of those asked who answered anything) and ``rhat`` (near 1 when the chains have mixed).

    Raises
    ------
    DesignError
        When `answers` are no responses, or an argument is outside its range.
    EstimationError
        When no answer is missing, or fewer than ten people answered an item that has gaps.
    ResponsesError
        When a person has more than one row in a wave.

    Notes
    -----
    Where at least half of the people of the smallest wave are in another wave, too, all waves of a person stand side by side, so each wave
    explains the others. Else rows are different people, and wave (times zone and covariates) explains answers. Of other
    scales and waves, means enter instead of items where there are more than twenty columns. Right if answers are missing at
    random given what explains them.

    References
    ----------
    van Buuren, S. (2018). Flexible Imputation of Missing Data (2nd ed.). CRC Press. doi:10.1201/9780429492259

    Gelman, A., & Rubin, D. B. (1992). Inference from iterative simulation. Statistical Science, 7(4), 457-472.
    doi:10.1214/ss/1177011136

    Examples
    --------
    >>> import trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust")
    >>> answers = tm.simulate_responses(trust, 100, blank=0.1, seed=1)
    >>> imputed = tm.impute(answers, scale="trust", m=2, iterations=2, seed=1)
    >>> len(imputed), imputed[0].source
    (2, 'imputation 1 of 2')
    """
    if not isinstance(answers, Responses):
        raise DesignError(f"`impute` takes responses. Got {type(answers).__name__}. Make them with `read_responses`.")
    check_whole("m", m, 2, "impute")
    check_whole("iterations", iterations, 1, "impute")
    check_option("method", method, ImputationMethod, "impute")
    check_seed(seed, "impute")
    if MARK.search(answers.source):
        raise DesignError("These answers were filled already. Pass the answers as they were read.")
    scales, _ = scales_read(answers, scale, "impute")
    extra = names_of("covariates", covariates, "impute") if covariates else ()
    grid = grid_of(answers, scales, extra)
    way = _way(grid, method)
    found = _filled(grid, m, iterations, way, seed)
    rows = [*_share_rows(answers, grid), *_chain_rows(grid, found)]
    options = {"scale": [one.id for one in scales], "m": m, "iterations": iterations, "method": way}
    options |= {"covariates": list(extra), "seed": seed if isinstance(seed, (int, np.integer)) else None}
    return Imputations(
        table=vocabulary_frame(rows),
        notes=tuple(_notes(grid, rows, way, m, iterations)),
        provenance=answers.provenance(**options),
        completed=tuple(_completed(answers, grid, found.values[copy], copy + 1, m) for copy in range(m)),
        method=way,
    )


def _filled(grid: Grid, m: int, iterations: int, method: str, seed: Any) -> imputation.Imputations:
    people, columns = grid.values.shape
    most = max(people // PEOPLE_A_PREDICTOR, 3)
    blocks = grid.blocks if columns > min(MANY_COLUMNS, most) and len(np.unique(grid.blocks)) > 1 else None
    return imputation.impute(
        grid.values, np.random.default_rng(seed), imputations=m, iterations=iterations, method=_KERNEL_WORDS[method],
        covariates=grid.covariates, blocks=blocks, most_predictors=most,
    )  # fmt: skip


def _way(grid: Grid, method: ImputationMethod) -> ImputationMethod:
    """Return how gaps are filled; refuse proportional odds for items of many values."""
    if method == "pmm":
        return method
    for item, column, wanted in zip(grid.items, grid.values.T, grid.wanted.T, strict=True):
        if wanted.any() and len(np.unique(column[~np.isnan(column)])) > MOST_CATEGORIES:
            if method == "auto":
                return "pmm"
            message = f"Item {item!r} has more than {MOST_CATEGORIES} different values, too many for proportional odds."
            raise EstimationError(f"{message} Use `method='pmm'`.")
    return "ordinal"


def _completed(answers: Responses, grid: Grid, values: Floats, number: int, m: int) -> Responses:
    """Return the answers with the wanted cells filled from one copy."""
    frame, missing = answers.frame.copy(), answers.missing.copy()
    back = np.where(np.isnan(grid.mirrored), values, grid.mirrored - values)
    for item in dict.fromkeys(grid.items):
        filled, kinds = frame[item].array.copy(), missing[item].to_numpy(copy=True)
        codes = _codes(answers, item)
        for place in [j for j, name in enumerate(grid.items) if name == item]:
            cells = grid.wanted[:, place]
            rows = grid.rows[cells, place]
            drawn = back[cells, place]
            filled[rows] = [codes[float(value)] for value in drawn] if codes else drawn.round(9)
            kinds[rows] = 0
        frame[item], missing[item] = filled, kinds
    mark = f"imputation {number} of {m}"
    told = Problem(
        "R-IMPUTED", mark, f"{int(grid.wanted.sum())} unanswered questions were filled by a model.",
        "Analyse all copies and pool the results.", "warning",
    )  # fmt: skip
    source = f"{answers.source}, {mark}" if answers.source else mark
    return replace(answers, frame=frame, missing=missing, source=source, problems=(*answers.problems, told))


def _codes(answers: Responses, item_id: str) -> dict[float, Any]:
    """Return the stored code of each value of an item with options; nothing for numbers."""
    scale = answers.questionnaire.item(item_id).response_scale
    if scale.type == "number":
        return {}
    whole = pd.api.types.is_integer_dtype(answers.frame[item_id])
    codes: dict[float, Any] = {}
    for option in scale.substantive:
        if option.value is not None:
            codes.setdefault(float(option.value), int(option.code) if whole else option.code)
    return codes


def _share_rows(answers: Responses, grid: Grid) -> list[dict[str, Any]]:
    rows = []
    several = grid.side_by_side
    for place, (item, wave) in enumerate(zip(grid.items, grid.waves, strict=True)):
        filled = int(grid.wanted[:, place].sum())
        there = grid.rows[:, place] >= 0
        known = int((there & ~np.isnan(grid.values[:, place])).sum())
        hidden = bool(pool_small_cells([filled, known]).hidden.any())
        row: dict[str, Any] = {"item": item, "term": "share_imputed", "method": "of those asked", "suppressed": hidden}
        row |= {"estimate": np.nan if hidden else filled / (filled + known), "n": None if hidden else filled + known}
        rows.append({**row, "wave": wave} if several else row)
    return rows


def _chain_rows(grid: Grid, found: imputation.Imputations) -> list[dict[str, Any]]:
    """Return how well the chains of each item with gaps have mixed."""
    rows = []
    for place, (item, wave) in enumerate(zip(grid.items, grid.waves, strict=True)):
        if not grid.wanted[:, place].any():
            continue
        row = {"item": item, "term": "rhat", "estimate": chain_ratio(found.trace_means[:, :, place])}
        row |= {"method": "means of filled values, later half of the rounds", "suppressed": False}
        rows.append({**row, "wave": wave} if grid.side_by_side else row)
    return rows


def chain_ratio(trace: Floats) -> float:
    """Return the potential scale reduction of m chains, shape (m, rounds), over the later half of the rounds."""
    late = trace[:, trace.shape[1] // 2 :]
    rounds = late.shape[1]
    within = float(late.var(axis=1, ddof=1).mean()) if rounds > 1 else 0.0
    if not within > 0:
        return float("nan")
    between = float(late.mean(axis=1).var(ddof=1))
    return float(np.sqrt((rounds - 1) / rounds + between / within))


def _notes(grid: Grid, rows: Sequence[dict[str, Any]], way: str, m: int, iterations: int) -> list[str]:
    filled, cells = int(grid.wanted.sum()), int((grid.wanted | ~np.isnan(grid.values)).sum())
    share = f"{told_count(filled)} of {cells} answers ({100 * filled / cells:.1f} %)"
    notes = [f"{share} were filled {m} times: blanks, don't knows and refusals, {WAYS[way]}. {USE}", MAR]
    if grid.side_by_side:
        notes.append("A person's answers in one wave help to fill the other.")
    else:
        notes.append("Rows are taken as different people; wave and zone help to fill answers.")
    ratios = [
        (row["estimate"], row["item"]) for row in rows if row["term"] == "rhat" and row["estimate"] == row["estimate"]
    ]
    loose = sorted({item for ratio, item in ratios if ratio > UNSETTLED})
    if loose:
        notes.append(
            f"The chains of {', '.join(loose[:10])} had not mixed after {iterations} rounds (rhat above {UNSETTLED}, Gelman & Rubin "
            f"1992): pass `iterations={2 * iterations}` and see whether results move."
        )
    elif ratios:
        notes.append(f"The chains had mixed after {iterations} rounds (largest rhat {max(ratios)[0]:.2f}).")
    return notes
