"""What is said of a latent change: the rows, and the one sentence."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from trustmeter.errors import DesignError
from trustmeter.pilot.change.meaning import Verdict
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.latent.finding import Account, Figure
from trustmeter.results import Result, plain, printable
from trustmeter.stats.covariance import normal_quantile

Row = dict[str, Any]

POINTS = "points of the 0-100 score"
OBSERVED, TRUE, SHIFT, REST = "mean_change", "true_change", "response_shift", "unexplained_change"
LISTED = 3
"""More items than this are counted in a sentence, not named."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class LatentChange(Result):
    """The change of the trait beside that of the score, and what makes up the difference.

    Parameters
    ----------
    verdicts
        Scale → ``"increase"``, ``"decrease"``, ``"no_relevant_change"`` (only with a smallest effect) or ``"inconclusive"``:
        of the trait.
    sentences
        Scale → what the change of the score is made of, in one sentence.
    released
        Scale → the items whose answers are used differently after than before.
    design
        The two waves.
    conf_level
        Level of all intervals.
    linked
        Whether people were compared with themselves.
    model
        ``"cfa"`` or ``"irt"``.
    unexamined
        The scales that could not be examined; notes say why.
    """

    title: ClassVar[str] = "Latent change"

    verdicts: Mapping[str, Verdict]
    sentences: Mapping[str, str]
    released: Mapping[str, tuple[str, ...]]
    design: PilotDesign
    conf_level: float
    linked: bool
    model: str
    unexamined: tuple[str, ...] = ()

    def value(self, term: str, scale: str | None = None) -> float:
        """Return the estimate of one term of a scale; `scale` may be left out when there is one scale."""
        if scale is None and len(self.verdicts) > 1:
            raise DesignError(f"Name the scale: this result has {len(self.verdicts)} scales.")
        name = next(iter(self.verdicts)) if scale is None else scale
        rows = self.table[(self.table["scale"] == name) & (self.table["term"] == term) & (self.table["item"] == "")]
        if rows.empty:
            raise DesignError(f"This result has no term {term!r} of scale {name!r}.")
        return float(rows["estimate"].iloc[0])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready values, verdicts and sentences included."""
        more = {
            "verdicts": self.verdicts,
            "sentences": self.sentences,
            "released": self.released,
            "linked": self.linked,
        }
        return {**super().to_dict(), **{name: plain(value) for name, value in more.items()}, "model": self.model}

    def _summary_parts(self) -> list[str]:
        mark, _, _, notes = super()._summary_parts()
        people = "same people" if self.linked else "different people"
        head = f"{self.title} {self.design.contrast}: {people}, {100 * self.conf_level:g} % intervals"
        told = "\n".join(f"{scale}: {text}" for scale, text in self.sentences.items())
        wanted = ("scale", "item", "term", "estimate", "std_error", "p_value", "p_adjusted", "ci_low", "ci_high", "n")
        shown = self.table[[name for name in wanted if name in self.table]]
        return [mark, head, told, "", printable(shown), notes]


def account_rows(account: Account, unit: str, method: str, conf_level: float) -> Iterator[Row]:
    """Yield the rows of one scale: of the trait, of the score's points, and of each item that is used differently."""
    z = normal_quantile(conf_level)
    latent = {"method": f"{method}; standard deviations of {unit!r}"}
    yield {"term": "latent_change", **_tested(account.latent, z), **latent}
    yield {
        "term": "latent_variance_ratio",
        **_by_log(account.variance_ratio, z),
        "method": f"{method}; after over before",
    }
    if not math.isnan(account.stability.estimate):
        yield {
            "term": "latent_stability",
            **_by_fisher(account.stability, z),
            "method": f"{method}; correlation over time",
        }
    points = {"method": POINTS}
    yield {"term": TRUE, **_tested(account.trait, z), **points}
    yield {"term": "true_change_mean", **_tested(account.mean_points, z), **points}
    yield {"term": "true_change_spread", **_tested(account.spread_points, z), **points}
    yield {"term": SHIFT, **_untested(account.shift, z), **points}
    yield {"term": "reprioritization", **_untested(account.reprioritization, z), **points}
    yield {"term": "recalibration", **_untested(account.recalibration, z), **points}
    yield {"term": REST, **_tested(account.rest, z), **points}
    for item, figures in account.items.items():
        for term, figure in zip((SHIFT, "reprioritization", "recalibration"), figures, strict=True):
            yield {"term": term, "item": item, **_untested(figure, z), **points}


def sentence_of(account: Account, scale: str, construct: str, conf_level: float) -> str:
    """Return what the score's change is made of, as one sentence."""
    z = normal_quantile(conf_level)
    trait, rest = _told(account.trait, z), _told(account.rest, z)
    head = (
        f"Of the {_points(account.observed)} points of change on scale {scale!r}, {trait} are a change in {construct}"
    )
    left = f"the model leaves {rest} unexplained"
    if not account.items:
        return f"{head}; no item is found to be answered differently at the same {construct}; {left}."
    names = list(account.items)
    which = f"of item {names[0]!r}" if len(names) == 1 else f"of items {', '.join(map(repr, names))}"
    if len(names) > LISTED:
        which = f"of {len(names)} items"
    return f"{head} and {_told(account.shift, z)} come from changed use of the answers {which}; {left}."


def _points(value: float) -> str:
    text = f"{value:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text


def _told(figure: Figure, z: float) -> str:
    if math.isnan(figure.std_error):
        return _points(figure.estimate)
    low, high = (figure.estimate + sign * z * figure.std_error for sign in (-1, 1))
    return f"{_points(figure.estimate)} [{_points(low)}; {_points(high)}]"


def _tested(figure: Figure, z: float) -> Row:
    value, error = figure
    statistic = value / error if error > 0 else math.nan
    return {
        "estimate": value, "std_error": error, "statistic": statistic, "p_value": math.erfc(abs(statistic) / math.sqrt(2)),
        "ci_low": value - z * error, "ci_high": value + z * error,
    }  # fmt: skip


def _untested(figure: Figure, z: float) -> Row:
    """Return the same without a test: that something shifted was found before, by the steps of comparability."""
    return {**_tested(figure, z), "statistic": math.nan, "p_value": math.nan}


def _by_log(figure: Figure, z: float) -> Row:
    margin = z * figure.std_error / figure.estimate
    low, high = figure.estimate * math.exp(-margin), figure.estimate * math.exp(margin)
    return {"estimate": figure.estimate, "std_error": figure.std_error, "ci_low": low, "ci_high": high}


def _by_fisher(figure: Figure, z: float) -> Row:
    margin = z * figure.std_error / (1 - figure.estimate**2)
    low, high = (float(np.tanh(np.arctanh(figure.estimate) + sign * margin)) for sign in (-1, 1))
    return {"estimate": figure.estimate, "std_error": figure.std_error, "ci_low": low, "ci_high": high}
