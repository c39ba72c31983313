"""Weights for those who were asked and did not answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE, NonresponseMethod, check_option, check_whole, names_of
from trustmeter.responses.labels import row_labels
from trustmeter.responses.model import Responses
from trustmeter.results import vocabulary_frame
from trustmeter.stats.weighting.diagnostics import spread_of
from trustmeter.stats.weighting.propensity import overlap_of, response_classes, response_propensities
from trustmeter.weighting.layout import base_weights
from trustmeter.weighting.result import Weighting, check_column, margin_rows, spread_notes, spread_rows, with_weights

Floats = NDArray[np.float64]
_WHERE = "nonresponse_weights"
_MOST_CATEGORIES = 30


def nonresponse_weights(
    answers: Responses,
    sample: pd.DataFrame,
    *,
    predictors: str | list[str],
    respondent: str,
    weights: str | None = None,
    method: NonresponseMethod = "classes",
    classes: int = 5,
    column: str = "weight",
) -> Weighting:
    """Weight those who answered so that they stand for all who were asked.

    Use it when something is known of each person who was asked, whether they answered or not: age and sex from a register,
    the street, how often one had to call. Rake to margins afterwards where they are known.

    Parameters
    ----------
    answers
        The answers of one wave, with a respondent's id.
    sample
        One row for each person who was asked.
    predictors
        Columns of `sample` that are known of everybody: numbers as numbers, all else as categories.
    respondent
        The column of `sample` with the ids that the answers have; the ids are compared, and neither kept nor told.
    weights
        The column of `sample` with design weights; ``None``: all alike.
    method
        ``"classes"``: one over the response rate of people with a like chance to answer; ``"inverse"``: one over each
        person's chance, which follows the model more closely and varies more.
    classes
        How many; those in which one to four people answered, or did not, join the next.
    column
        The name of the new column of weights.

    Returns
    -------
    Weighting
        As from `rake`, where the margins are predictors with categories, and ``target`` is everybody who was asked. Also the
        terms ``response_rate``, ``auc`` (how well predictors tell who answers: 0.5 not at all), ``lowest_propensity``, and
        ``beyond_overlap`` (the share of those who did not answer that nobody who did resembles).

    Raises
    ------
    DesignError
        When a column is not there, an id is missing or twice, a respondent was not asked, or one to four people of a category
        answered or did not.
    EstimationError
        When all answered, or the predictors tell without fail who answered.

    Notes
    -----
    Chances by weighted logistic regression. The weights are taken as known in standard errors, which makes them, as a rule,
    somewhat too large.

    References
    ----------
    Rosenbaum, P. R. and Rubin, D. B. (1983). The central role of the propensity score in observational studies for causal
    effects. Biometrika, 70(1), 41-55. doi:10.1093/biomet/70.1.41

    Särndal, C.-E. and Lundström, S. (2005). Estimation in Surveys with Nonresponse. Wiley. doi:10.1002/0470011351

    Examples
    --------
    >>> import numpy as np, pandas as pd, trustmeter as tm
    >>> answers = tm.simulate_responses(tm.load_questionnaire("community-trust"), 200, waves=["now"], seed=1)
    >>> asked = pd.DataFrame({"id": list(answers.frame["id"]) + [f"x{k}" for k in range(200)]})
    >>> asked["district"] = np.where(np.arange(400) % 3 == 0, "north", "south")
    >>> weighted = tm.nonresponse_weights(answers, asked, predictors="district", respondent="id")
    >>> round(weighted.value("response_rate"), 3)
    0.5
    """
    check_column(answers, column, _WHERE)
    check_option("method", method, NonresponseMethod, _WHERE)
    check_whole("classes", classes, 2, _WHERE)
    base_weights(answers, _WHERE)
    if weights is None and answers.design is not None and answers.design.weights is not None:
        message = f"The answers have weights, and `{_WHERE}` starts from those of everybody asked."
        raise DesignError(f"{message} Name their column in `sample` under `weights`, or take the design away first.")
    names = names_of("predictors", predictors, _WHERE)
    asked = _asked(answers, sample, names, respondent, weights)
    known = _columns(sample, names)
    _refuse_few(sample, names, asked)
    chance = response_propensities(asked.answered, known, asked.weights)
    if method == "classes":
        found = response_classes(chance, asked.answered, asked.weights, classes, fewest=FEWEST_IN_A_CELL)
        factors = 1 / found.rates[found.of_row]
    else:
        factors = 1 / chance
    new = (asked.weights * factors)[asked.row_of]
    weighted = with_weights(answers, column, new, (), start_anew=True)
    options = {"predictors": list(names), "respondent": respondent, "weights": weights, "method": method,
               "classes": classes, "column": column}  # fmt: skip
    notes = [f"The weights are in column {column!r}; they sum to about the people who were asked."]
    if method == "classes" and len(found.rates) < classes:
        notes.append(f"There are {len(found.rates)} classes; more would have held people of one chance, or no answer.")
    notes.append("Weights mend what the predictors know, and nothing else. Standard errors take the weights as known.")
    spread = spread_of(new)
    rows = [*_rows(asked, chance), *spread_rows(spread, ""), *_balance(sample, names, asked, new)]
    return Weighting(
        table=vocabulary_frame(rows), notes=(*notes, *spread_notes({"": spread})),
        provenance=answers.provenance(**options), answers=weighted, column=column, margins=names,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Asked:
    """Who was asked: whether they answered, their design weights, and for each answer its row."""

    answered: Floats
    weights: Floats
    row_of: NDArray[np.intp]


def _asked(answers: Responses, sample: Any, names: tuple[str, ...], respondent: str, weights: str | None) -> _Asked:
    if not isinstance(sample, pd.DataFrame):
        raise DesignError(
            f"The `sample` of `{_WHERE}` must be a frame, one row a person asked. Got {type(sample).__name__}."
        )
    for name in (*names, respondent, *(() if weights is None else (weights,))):
        if name not in sample.columns:
            listed = ", ".join(repr(str(one)) for one in sample.columns)
            raise DesignError(f"The `sample` of `{_WHERE}` has no column {name!r}. It has {listed}.")
    own = answers.roles.column("respondent", needed_by=_WHERE)
    asked, here = pd.Index(row_labels(sample[respondent])), pd.Index(row_labels(answers.frame[own]))
    if sample[respondent].isna().any() or not asked.is_unique:
        raise DesignError(f"`{_WHERE}` needs one row of `sample` a person: ids in {respondent!r} are missing or twice.")
    if not here.is_unique:
        message = f"`{_WHERE}` needs each respondent once. Choose one wave with `answers.select`."
        raise DesignError(message)
    row_of = asked.get_indexer(here)
    if (row_of < 0).any():
        message = f"`{_WHERE}` found answers of people who are not among those asked."
        raise DesignError(f"{message} Add them to `sample`, or leave them out with `answers.select`.")
    answered = np.zeros(len(sample))
    answered[row_of] = 1.0
    if answered.all():
        raise EstimationError(f"Everybody in `sample` answered: `{_WHERE}` needs those who did not, too.")
    return _Asked(answered, _sample_weights(sample, weights), np.asarray(row_of, dtype=np.intp))


def _sample_weights(sample: pd.DataFrame, weights: str | None) -> Floats:
    if weights is None:
        return np.ones(len(sample))
    numbers = pd.to_numeric(sample[weights], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(numbers).all() or not (numbers > 0).all():
        raise DesignError(
            f"The weights {weights!r} of `sample` must be numbers above 0, one a person. Mend the column."
        )
    return np.asarray(numbers, dtype=float)


def _columns(sample: pd.DataFrame, names: tuple[str, ...]) -> Floats:
    """Return predictors as numbers: categories as indicators, all but the first."""
    parts = []
    for name in names:
        column = sample[name]
        if column.isna().any():
            message = f"The predictor {name!r} of `{_WHERE}` is not known of everybody."
            raise DesignError(f"{message} Give those of whom it is not known a category of their own.")
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            parts.append(column.to_numpy(dtype=float)[:, None])
            continue
        codes, categories = pd.factorize(column.astype(str), sort=True)
        if not 2 <= len(categories) <= _MOST_CATEGORIES:
            message = f"The predictor {name!r} of `{_WHERE}` must have 2 to {_MOST_CATEGORIES} categories."
            raise DesignError(f"{message} Got {len(categories)}. Leave it out, or put categories together.")
        parts.append(np.eye(len(categories))[codes][:, 1:])
    return np.column_stack(parts)


def _refuse_few(sample: pd.DataFrame, names: tuple[str, ...], asked: _Asked) -> None:
    """Refuse categories in which so few answered, or did not, that the weights would tell how many."""
    open_rows = int((asked.answered < 0.5).sum())
    if open_rows < FEWEST_IN_A_CELL or len(asked.answered) < FEWEST_PEOPLE:
        raise EstimationError(
            f"Fewer than {FEWEST_IN_A_CELL} people did not answer: `{_WHERE}` can learn nothing from so few."
        )
    for name in names:
        column = sample[name]
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            continue
        codes, categories = pd.factorize(column.astype(str), sort=True)
        for did, word in ((1.0, "answered"), (0.0, "did not answer")):
            counts = np.bincount(codes[asked.answered == did], minlength=len(categories))
            few = [str(one) for one in categories[(counts > 0) & (counts < FEWEST_IN_A_CELL)]]
            if few:
                message = (
                    f"Fewer than {FEWEST_IN_A_CELL} people of {few[0]!r} ({name}) {word}, and the weights of `{_WHERE}`"
                )
                raise DesignError(
                    f"{message} would tell how many. Put categories of {name!r} together, or leave it out."
                )


def _rows(asked: _Asked, chance: Floats) -> list[dict[str, Any]]:
    found = overlap_of(chance, asked.answered, asked.weights)
    terms = {"response_rate": float(asked.weights @ asked.answered / asked.weights.sum()), "auc": found.auc,
             "lowest_propensity": found.lowest, "beyond_overlap": found.beyond}  # fmt: skip
    return [{"term": term, "estimate": value} for term, value in terms.items()]


def _balance(sample: pd.DataFrame, names: tuple[str, ...], asked: _Asked, new: Floats) -> list[dict[str, Any]]:
    """Return rows of predictors with categories: everybody asked, those who answered, and these weighted."""
    rows: list[dict[str, Any]] = []
    for name in names:
        column = sample[name]
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            continue
        codes, categories = pd.factorize(column.astype(str), sort=True)
        target = np.bincount(codes, weights=asked.weights)
        sides = (("before", asked.weights[asked.row_of]), ("after", new))
        rows += margin_rows(
            np.asarray(codes, dtype=np.intp)[asked.row_of], target / target.sum(), sides, {"item": name, "wave": ""},
            tuple(str(one) for one in categories),
        )  # fmt: skip
    return rows
