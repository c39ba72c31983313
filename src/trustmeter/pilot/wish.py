"""What a pilot file wishes beyond plain texts: lists of names, numbers of points, and scales."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from trustmeter.errors import Problem, did_you_mean
from trustmeter.questionnaire.document import Place
from trustmeter.questionnaire.model import Questionnaire


def texts_of(value: Any) -> tuple[str, ...]:
    """Return one text or a list of them as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)


def not_texts(value: Any, place: Place) -> list[Problem]:
    """Return the problem of a value that is neither a text nor a list of texts."""
    listed = [value] if isinstance(value, str) else value
    if isinstance(listed, list) and all(isinstance(one, str) and one.strip() for one in listed):
        return []
    return [Problem("P-FORM", str(place), "Expected a list of names.", "Write `[first, second]`.")]


def smallest_of(value: Any) -> float | dict[str, float] | None:
    """Return the smallest effect of a file as numbers: one, one a scale, or none."""
    if isinstance(value, Mapping):
        return {str(scale): _points(points) for scale, points in value.items()}
    return None if value is None else _points(value)


def wrong_scales(tree: Mapping[str, Any], questionnaire: Questionnaire, place: Place) -> list[Problem]:
    """Return the problems of `smallest_effect` and `primary`: no number above zero, or no scale of the questionnaire."""
    known = [scale.id for scale in questionnaire.scales]
    found = []
    smallest = tree.get("smallest_effect")
    by_scale = smallest if isinstance(smallest, Mapping) else {}
    for scale in by_scale:
        found += _unknown(str(scale), known, place.at("smallest_effect", str(scale)))
    for value in (
        by_scale.values() if isinstance(smallest, Mapping) else ([smallest] if "smallest_effect" in tree else [])
    ):
        if not 0 < _points(value) < math.inf:
            message = "Expected a number of points above zero, or one a scale."
            found.append(Problem("P-FORM", str(place.at("smallest_effect")), message, "Write `3` or `{trust: 3}`."))
    primary = tree.get("primary")
    return found + (_unknown(primary, known, place.at("primary")) if isinstance(primary, str) else [])


def _points(value: Any) -> float:
    """Return a number as written in the file; not a number where it is none."""
    try:
        return float(str(value).replace(",", "."))
    except ValueError:
        return math.nan


def _unknown(scale: str, known: list[str], place: Place) -> list[Problem]:
    if scale in known:
        return []
    message = f"There is no scale {scale!r} in this questionnaire.{did_you_mean(scale, known)}"
    return [Problem("P-WORD", str(place), message, f"Choose one of {', '.join(known)}.")]
