"""What must be said beside an item response model, in as few sentences as possible."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from trustmeter.options import FEWEST_IN_A_CELL
from trustmeter.psychometrics.remark import tells_too_little, weights_remark
from trustmeter.psychometrics.response.rows import is_robust
from trustmeter.psychometrics.response.sample import ItemSample, Values, as_codes, scaled_weights, used_weights
from trustmeter.responses.keying import item_range
from trustmeter.responses.model import Responses
from trustmeter.stats.consistency.moments import effective_size
from trustmeter.stats.irt.marginal import log_likelihood, normal_grid, slope_gain
from trustmeter.stats.irt.model import IrtFit, standard_errors
from trustmeter.stats.irt.trait import fitted_patterns

Flags = NDArray[np.bool_]

PEOPLE_PER_PARAMETER = 5
ADVISED = 500
FEW_CLUSTERS = 30
_FEW_IN_REFERENCE = 100
_SURE = 1.96
_STEEP = 4.0
_COARSE = 0.01


def calibration_remarks(answers: object, sample: ItemSample, fit: IrtFit, values: Values) -> list[str]:
    """Return the notes on a calibration."""
    assumed = "One trait, normal in each group, and answers that are independent given it are taken for granted here;"
    said = [f"{assumed} `item_fit` examines it."]
    if isinstance(answers, Responses) and answers.questionnaire.dimensions(sample.scale):
        said.append(
            f"One trait is doubtful for {sample.scale!r}, which has dimensions; their items share more than it."
        )
    said += [
        *sample.notes,
        *_small_reference(sample),
        *_left_out(sample),
        *_size(sample, fit),
        *_unchosen(answers, sample, values),
    ]
    said += [*_rare(sample, values), *_direction(sample, fit, values), *_coarse(sample, fit, values)]
    if not fit.converged:
        said.append(f"The search stopped with a gradient of {fit.gradient_norm:.1g}; the last digits are not certain.")
    said += _weighted(sample)
    if sample.given_clusters:
        said.append(_clustered(sample))
    elif sample.clusters is not None:
        said.append("Some people are there more than once; standard errors are clustered by respondent.")
    if sample.waves > 1:
        text = f"Rows of {sample.waves} waves are taken together as one population."
        said.append(f"{text} Use `across='wave'` to give each wave its own mean and variance.")
    return said


def _weighted(sample: ItemSample) -> list[str]:
    if sample.weights is None:
        return []
    told = [text[:1].upper() + text[1:] for text in weights_remark(*used_weights(sample))]
    kept = "" if tells_too_little(*used_weights(sample)) else "Standard errors are robust, and the"
    return [*told, f"{kept or 'The'} log-likelihood is a weighted one."]


def _small_reference(sample: ItemSample) -> list[str]:
    """Say so when zero and unit of the trait rest on few people and could rest on more."""
    sizes = np.bincount(sample.groups[sample.used], minlength=len(sample.labels))
    if len(sizes) < 2 or sizes[0] >= min(_FEW_IN_REFERENCE, sizes.max()):
        return []
    text = (
        f"Zero and unit of the trait rest on fewer than {_FEW_IN_REFERENCE} rows, those of group {sample.labels[0]!r};"
    )
    larger = sample.labels[int(sizes.argmax())]
    return [f"{text} the other groups' means and variances are rough. A larger group is `reference={larger!r}`."]


def _clustered(sample: ItemSample) -> str:
    count = 0 if sample.clusters is None else len(np.unique(sample.clusters[sample.used]))
    few = f", but {count} clusters are few: the errors are rather too small" if count < FEW_CLUSTERS else ""
    return f"Standard errors are clustered as asked{few}."


def listed(names: Iterable[str]) -> str:
    """Return names for a sentence: ``"'a', 'b'"``."""
    return ", ".join(map(repr, names))


def _left_out(sample: ItemSample) -> list[str]:
    empty = np.isnan(sample.answers).all(axis=1)
    return ["Rows without any answer left out."] if empty.any() else []


def _size(sample: ItemSample, fit: IrtFit) -> list[str]:
    people = int(sample.used.sum()) if sample.clusters is None else len(np.unique(sample.clusters[sample.used]))
    counted = "clusters" if sample.given_clusters else "people"
    weights, _ = used_weights(sample)
    if weights is not None and effective_size(weights) < people:
        people, counted = max(1, round(effective_size(weights))), "effective rows (Kish)"
    if people < PEOPLE_PER_PARAMETER * fit.n_parameters:
        text = (
            f"{people} {counted} for {fit.n_parameters} estimated parameters; estimates and standard errors are rough."
        )
        advice = (
            f"Reise and Yu (1990, doi:10.1111/j.1745-3984.1990.tb00738.x) advise {ADVISED} people for a graded model."
        )
        return [f"{text} {advice}"]
    return []


def _unchosen(answers: object, sample: ItemSample, values: Values) -> list[str]:
    """Say of which items some answer that was offered (in a frame: between two that were given) was never given."""
    found = []
    for name, known in zip(sample.items, values, strict=True):
        low, high = item_range(answers.questionnaire, name) if isinstance(answers, Responses) else (known[0], known[-1])
        whole = all(float(value).is_integer() for value in (low, high, *known))
        if whole and high - low + 1 > len(known):
            found.append(name)
    if not found:
        return []
    return [f"Nobody gave some of the answers to {listed(found)}; the answers that were given are the categories."]


def _rare(sample: ItemSample, values: Values) -> list[str]:
    codes, _ = as_codes(sample.answers[sample.used], values)
    rare = [
        name
        for name, column, known in zip(sample.items, codes.T, values, strict=True)
        if np.bincount(column[column >= 0], minlength=len(known)).min() < FEWEST_IN_A_CELL
    ]
    if not rare:
        return []
    return [
        f"Some answers to {listed(rare)} were given by fewer than {FEWEST_IN_A_CELL} people; difficulties there are rough."
    ]


def _direction(sample: ItemSample, fit: IrtFit, values: Values) -> list[str]:
    """Say which items run against the trait, and of which that cannot be told."""
    if fit.model == "pcm":
        return []
    seen = _slopes_seen(sample, fit, values)
    named = list(zip(sample.items, fit.slopes.T, seen.T, strict=True))
    said = []
    against = [name for name, a, clear in named if ((a < 0) & clear).any()]
    flat = [name for name, _, clear in named if not clear.all()]
    if against:
        cure = "whether the questionnaire should list them as reversed" if sample.scale else "whether to reverse them"
        said.append(f"Answers to {listed(against)} fall as the trait rises: check {cure}.")
    if flat:
        said.append(f"The slope of {listed(flat)} is not told apart from zero; difficulties there mean nothing.")
    return said


def _slopes_seen(sample: ItemSample, fit: IrtFit, values: Values) -> Flags:
    """Return which slopes (G, k) differ from zero: by their standard error or, where that is large, by likelihood.

    Of a steep item the error grows faster than the slope, so that it alone would call the sharpest items flat. Where rows
    are weighted or not independent the likelihood ratio is scaled by the ratio of both variances of the slope.
    """
    plain, used = (standard_errors(fit, robust=robust).slopes for robust in (False, is_robust(sample)))
    seen = ~(np.abs(fit.slopes) < _SURE * used)
    doubted = np.argwhere(~seen)
    if not len(doubted):
        return seen
    rows = sample.used
    patterns = fitted_patterns(
        fit, as_codes(sample.answers[rows], values)[0], sample.groups[rows], scaled_weights(sample)
    )  # fmt: skip
    for group, item in doubted:
        own = fit.layout.slopes[:, item]
        alike = [int(one) for one in np.flatnonzero(own == own[group])]
        gain = slope_gain(fit.model, fit.natural, patterns, fit.grid, item=int(item), groups=alike)
        seen[group, item] = gain * (plain[group, item] / used[group, item]) ** 2 >= _SURE**2
    return seen


def _coarse(sample: ItemSample, fit: IrtFit, values: Values) -> list[str]:
    """Say so when a grid twice as fine gives another log-likelihood; only steep items can make it so."""
    if np.abs(fit.slopes * np.sqrt(fit.variances)[:, None]).max() < _STEEP:
        return []
    used = sample.used
    patterns = fitted_patterns(fit, as_codes(sample.answers[used], values)[0], sample.groups[used])
    fine, coarse = (log_likelihood(fit.model, fit.natural, patterns, normal_grid(nodes, fit.span))
                    for nodes in (2 * fit.nodes - 1, fit.nodes))  # fmt: skip
    if abs(fine - coarse) < _COARSE:
        return []
    text = f"{fit.nodes} nodes are too few for so steep items (the log-likelihood changes by {abs(fine - coarse):.2g})."
    return [f"{text} Use more `nodes`."]
