"""Scores that somebody else computed: a frame of numbers becomes `Scores`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, unknown_word
from trustmeter.options import names_of
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.questionnaire.text import Text
from trustmeter.responses.design import SurveyDesign
from trustmeter.responses.labels import row_labels
from trustmeter.responses.model import Responses, Roles
from trustmeter.results import told_count
from trustmeter.scoring.model import Scores

WHERE = "read_scores"


def read_scores(
    frame: pd.DataFrame,
    *,
    scale: str | Sequence[str],
    ranges: tuple[float, float] | Mapping[str, tuple[float, float]] = (0.0, 100.0),
    respondent: str | None = None,
    wave: str | None = None,
    zone: str | None = None,
    language: str | None = None,
    mode: str | None = None,
    keep: str | Iterable[str] = (),
    design: SurveyDesign | None = None,
) -> Scores:
    """Take scores of any survey, one row a person and wave, so that waves and areas can be compared.

    Use it where answers were scored elsewhere, or the outcome is one number. Where there are items, `read_responses` and
    `score` are better: only they know how reliable a score is.

    Parameters
    ----------
    frame
        One row a person and wave; not changed.
    scale
        The columns that hold scores: numbers, missing where there is none.
    ranges
        Lowest and highest possible score, of all or one a scale.
    respondent, wave, zone, language, mode
        Headings of the columns with these roles.
    keep
        Headings of other columns to carry along (areas, clusters, weights, covariates).
    design
        How people came into the sample: the headings of weights, strata, clusters, carried along, too.

    Returns
    -------
    Scores
        ``method`` is ``"pomp"`` where all ranges are 0 to 100, else ``"mean"``.

    Raises
    ------
    DesignError
        When a heading is not there or has two jobs, a score is no number, or scores leave their range.

    Examples
    --------
    >>> import pandas as pd, trustmeter as tm
    >>> table = pd.DataFrame({"who": [*"abcabc"], "year": [1, 1, 1, 2, 2, 2], "trust": [40, 55, 61, 48, 52, 70]})
    >>> scores = tm.read_scores(table, scale="trust", respondent="who", wave="year")
    >>> scores.scales, scores.ranges["trust"]
    (('trust',), (0.0, 100.0))
    """
    if not isinstance(frame, pd.DataFrame):
        raise DesignError(f"`{WHERE}` takes a frame. Got {type(frame).__name__}. Read the file with pandas first.")
    names = names_of("scale", scale, WHERE)
    kept = names_of("keep", keep, WHERE) if keep else ()
    kept += () if design is None else tuple(column for column in design.columns if column not in kept)
    named = {"respondent": respondent, "wave": wave, "zone": zone, "language": language, "mode": mode}
    jobs = [*names, *(column for column in named.values() if column is not None), *kept]
    for column in jobs:
        if column not in frame.columns:
            raise DesignError(unknown_word("column", column, [str(one) for one in frame.columns], "the frame"))
    twice = next((column for place, column in enumerate(jobs) if column in jobs[:place]), None)
    if twice is not None:
        raise DesignError(f"`{WHERE}` was given the column {twice!r} for two things. Name each column once.")
    limits = _limits(ranges, names)
    scored = {name: _numbers(frame[name], name, limits[name]) for name in names}
    roles = Roles(**named, kept=kept)
    people = frame[list(roles.columns)].reset_index(drop=True)
    for role in (respondent, wave, zone, language, mode):
        if role is not None:
            people[role] = row_labels(people[role])
    answers = Responses(people, pd.DataFrame(index=people.index), _no_questionnaire(), roles).with_design(design)
    return Scores(
        frame=people.assign(**scored),
        scales=names,
        ranges=limits,
        method="pomp" if all(limit == (0.0, 100.0) for limit in limits.values()) else "mean",
        answers=answers,
        answered=pd.DataFrame({name: (~np.isnan(scored[name])).astype(int) for name in names}),
        notes=("Scores were read as they are: what they were made of, and how reliable they are, is not known here.",),
    )


def _limits(ranges: Any, names: Sequence[str]) -> dict[str, tuple[float, float]]:
    given = dict(ranges) if isinstance(ranges, Mapping) else dict.fromkeys(names, ranges)
    limits = {}
    for name in names:
        try:
            low, high = (float(end) for end in given[name])
        except (KeyError, TypeError, ValueError):
            message = (
                f"The `ranges` of `{WHERE}` must be the lowest and highest possible score, of all or of each scale."
            )
            raise DesignError(
                f"{message} Scale {name!r} has none. Pass for example `ranges={{{name!r}: (1, 5)}}`."
            ) from None
        if not low < high:
            raise DesignError(f"The range of {name!r} in `{WHERE}` must run from low to high. Got {low:g} to {high:g}.")
        limits[name] = (low, high)
    return limits


def _numbers(column: pd.Series[Any], name: str, limits: tuple[float, float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        values = pd.to_numeric(column).to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise DesignError(f"The column {name!r} of `{WHERE}` must hold numbers. Got {column.dtype}.") from None
    outside = int(np.sum((values < limits[0] - 1e-9) | (values > limits[1] + 1e-9)))
    if outside:
        message = f"{told_count(outside)} scores of {name!r} lie outside {limits[0]:g} to {limits[1]:g}."
        raise DesignError(f"{message} Pass its `ranges`, or turn codes of missing answers into missing values first.")
    return np.asarray(values, dtype=float)


def _no_questionnaire() -> Questionnaire:
    """Return a questionnaire that asks nothing."""
    nothing = Text({"en": ""})
    return Questionnaire("", "", "", "en", ("en",), nothing, nothing, nothing, (), (), ())
