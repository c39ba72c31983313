"""Of a rise of those who were chosen because they were low, how much was to be expected anyway?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import check_conf_level, names_of
from trustmeter.pilot.change.layout import Layout, layout_of
from trustmeter.pilot.change.sample import check_known
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.drawn import drawn_as_said, sample_notes
from trustmeter.pilot.missing.chosen import Rise, areas_chosen, people_below
from trustmeter.pilot.missing.leavers import cohort_of, layout_of_cohort
from trustmeter.responses.labels import row_labels
from trustmeter.results import Result, vocabulary_frame
from trustmeter.scoring.model import Scores

WHERE = "regression_to_mean"
NO_CAUSE = "What lies beyond the expected rise is not the pilot's effect by itself: anything else that happened to those chosen is in it."
NOT_CHOSEN = (
    "Nothing was chosen by a score: pass the `cutoff` by which people, or the `chosen_areas` which were chosen because they scored low. "
    "If areas or people were chosen for other reasons, nothing regresses: use `compare`."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RegressionToMean(Result):
    """The rise that was to be expected because the low were chosen, beside the change that was seen.

    Parameters
    ----------
    design
        The two waves.
    conf_level
        Level of all intervals.
    reliability
        Scale → the correlation of two scores without change that was used; nan where none was needed.
    """

    title: ClassVar[str] = "Regression to the mean"

    design: PilotDesign
    conf_level: float
    reliability: Mapping[str, float]

    def value(self, term: str, scale: str | None = None) -> float:
        """Return one estimate; `scale` may be left out when there is one scale."""
        name = scale if scale is not None else next(iter(self.reliability))
        rows = (self.table["scale"] == name) & (self.table["term"] == term) & (self.table["group"] == "")
        if (scale is None and len(self.reliability) > 1) or not rows.any():
            raise DesignError(f"There is no term {term!r} of one scale here. Name the scale, or read `tidy()`.")
        return float(self.table.loc[rows, "estimate"].iloc[0])


def regression_to_mean(
    scores: Scores,
    design: PilotDesign,
    *,
    scale: str | Sequence[str] | None = None,
    cutoff: float | None = None,
    chosen_areas: str | Sequence[str] | None = None,
    reliability: float | None = None,
    population: tuple[float, float] | None = None,
    conf_level: float = 0.95,
) -> RegressionToMean:
    """Say how much of a rise was to be expected because people, or areas, were chosen for scoring low.

    Use it when the pilot went to those who scored lowest before: part of what was low was chance, and chance does not last.

    Parameters
    ----------
    scores
        Scores of those chosen and of those they were chosen from. Where the high were chosen, turn the scale first.
    design
        The two waves. For `chosen_areas`, areas are found in the design's `area`, else in the zone.
    scale
        Scales to answer for; ``None`` for all.
    cutoff
        People below it before were chosen. Linked waves only.
    chosen_areas
        Names of the areas that were chosen for low means before.
    reliability
        Correlation of two scores of one person without any change (`retest`); alpha is commonly too high. ``None`` estimates it
        from people who were not chosen and were seen again, or does without it.
    population
        Mean and standard deviation of those the people were chosen from, where the scores are of the chosen only.
    conf_level
        Level of all intervals.

    Returns
    -------
    RegressionToMean
        Columns ``scale group term contrast estimate std_error statistic df p_value ci_low ci_high n method``. Terms: ``mean_change`` (of
        those chosen), ``expected_rise`` (if nothing had changed; of each chosen area in ``group``), ``change_beyond`` (their
        difference), ``expected_rise_normal`` (people, for normal scores).

    Raises
    ------
    DesignError
        When nothing was chosen by a score, both `cutoff` and `chosen_areas` are given, people cannot be followed, or the design compares
        areas and people were chosen (its ``effect`` in `compare` has no such rise when both kinds of area chose alike).
    EstimationError
        When fewer than ten of those chosen were seen again, all or none were chosen, or there are fewer than three areas.

    Notes
    -----
    People: expected rise = (1 - r) (mean of all - mean of the chosen), r the reliability: the regression of the second score on the first.
    Estimated as the slope among people not chosen. Without r: slope and fitted value of the chosen at the mean of all (Mee
    & Chua). For normal scores: sd (1 - r) phi(z) / Phi(z), z = (cutoff - mean) / sd (Davis).

    Areas: a mean of n people has reliability between / (between + within / n); (1 - that) (mean - mean of the area), averaged over the
    chosen. Where the same people were asked again, times (1 - r within areas), for people stay who they are.

    References
    ----------
    Davis, C. E. (1976). The effect of regression to the mean in epidemiologic and clinical studies. American Journal of Epidemiology,
    104(5), 493-498. doi:10.1093/oxfordjournals.aje.a112321

    Mee, R. W., & Chua, T. C. (1991). Regression toward the mean and the paired sample t test. The American Statistician, 45(1), 39-42.

    Examples
    --------
    >>> import trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust")
    >>> scores = tm.score(tm.simulate_responses(trust, 300, seed=1), scale="trust")
    >>> found = tm.regression_to_mean(scores, tm.PilotDesign("before", "after"), cutoff=40)
    >>> round(found.value("mean_change"), 1), round(found.value("expected_rise"), 1)
    (18.5, 18.5)
    """
    _check_call(scores, design, conf_level, (cutoff, chosen_areas, reliability, population))
    scores, design = drawn_as_said(scores, design)
    names = scores.scales if scale is None else names_of("scale", scale, WHERE)
    for name in names:
        scores.column(name)
    if chosen_areas is not None:
        layout, found = _by_areas(
            scores,
            design,
            names,
            names_of("chosen_areas", chosen_areas, WHERE),
            reliability=reliability,
            conf_level=conf_level,
        )
    else:
        layout = layout_of_cohort(scores, design, (), WHERE)
        limit = float(cutoff) if cutoff is not None else math.nan
        found = {
            name: people_below(cohort_of(layout, name), limit, reliability, population, conf_level) for name in names
        }
    areas = list(names_of("chosen_areas", chosen_areas, WHERE)) if chosen_areas is not None else []
    options: dict[str, Any] = {
        "scale": list(names),
        "cutoff": cutoff,
        "chosen_areas": areas,
        "reliability": reliability,
    }
    options |= {"population": population, "conf_level": conf_level, "contrast": design.contrast}
    return RegressionToMean(
        table=vocabulary_frame([row for name, one in found.items() for row in _rows(name, one, design)]),
        notes=(*_notes(found, design, by_areas=chosen_areas is not None), *sample_notes(scores, design), *scores.notes),
        provenance=layout.scores.answers.provenance(**options).narrowed(layout.left_out),
        design=design,
        conf_level=conf_level,
        reliability={name: one.reliability for name, one in found.items()},
    )


def _by_areas(
    scores: Scores, design: PilotDesign, names: Sequence[str], chosen: Sequence[str],
    *, reliability: float | None, conf_level: float,
) -> tuple[Layout, dict[str, Rise]]:  # fmt: skip
    plain = replace(
        design, area=None, treated=(), comparison=None, randomized=False, earlier=(), later=(), covariates=(), clusters=None,
        linked=True if design.linked == "overlap" else design.linked,
    )  # fmt: skip
    layout = layout_of(scores, plain)
    roles = scores.roles
    column = design.area or roles.column("zone", needed_by=f"{WHERE}(chosen_areas=...)")
    column = column if column in roles.columns else roles.column(column, needed_by=WHERE)
    labels = row_labels(layout.scores.frame[column]).reset_index(drop=True)
    if layout.linked == "linked":
        home = pd.Series(labels[layout.before].to_numpy(), index=layout.person[layout.before])
        labels = pd.Series(home.reindex(layout.person).to_numpy())
    for name in chosen:
        check_known("area", name, labels)
    rows = labels.notna().to_numpy(dtype=bool)
    layout = layout.select(rows)
    area, known = pd.factorize(labels[rows], sort=True)
    flags = np.isin(np.array(known, dtype=str), chosen)
    if flags.all():
        message = "All areas were chosen, so none was chosen for being low, and nothing tells from which they were."
        raise EstimationError(f"{message} Add the areas that were not chosen.")
    told = tuple(str(name) for name in known)
    found = {
        name: areas_chosen(
            layout, layout.scores.column(name).to_numpy(dtype=float, na_value=np.nan), np.asarray(area, dtype=np.intp), flags, told,
            reliability=reliability, conf_level=conf_level,
        )
        for name in names
    }  # fmt: skip
    return layout, found


def _rows(scale: str, found: Rise, design: PilotDesign) -> list[dict[str, Any]]:
    base = {"scale": scale, "group": "", "contrast": design.contrast}
    made = [
        ("mean_change", found.change),
        ("expected_rise", found.expected),
        ("change_beyond", found.beyond),
        ("expected_rise_normal", found.normal),
    ]
    rows = [{**base, **one.row(term)} for term, one in made if one is not None]
    return rows + [{**base, "group": area, "term": "expected_rise", "estimate": rise} for area, rise in found.by_area]


def _notes(found: Mapping[str, Rise], design: PilotDesign, *, by_areas: bool) -> list[str]:
    notes = []
    who = "areas" if by_areas else "people"
    for scale, one in found.items():
        rest = one.beyond
        notes.append(
            f"{scale}: the {who} chosen changed by {one.change.estimate:.2f} points; {one.expected.estimate:.2f} were to be expected "
            f"without any change, because the low were chosen; {rest.estimate:.2f} ({rest.ci_low:.2f} to {rest.ci_high:.2f}) lie beyond."
        )
    used = [f"{scale} {one.reliability:.2f}" for scale, one in found.items() if not math.isnan(one.reliability)]
    if used:
        how = "estimated from people not chosen" if next(iter(found.values())).estimated else "as given"
        notes.append(f"Correlation of two scores without change, {how}: {', '.join(used)}.")
    elif not by_areas:
        notes.append(
            "No reliability was given and too few people not chosen were seen again: the slope of the chosen took its place."
        )
    if by_areas:
        notes.append("The interval speaks of these areas: whatever happened to one of them counts as its change.")
        if design.weights or design.clusters:
            notes.append("Weights and clusters inside areas are not used here.")
    return [*notes, NO_CAUSE]


def _check_call(scores: object, design: object, conf_level: float, given: tuple[Any, Any, Any, Any]) -> None:
    if not isinstance(scores, Scores):
        raise DesignError(f"`{WHERE}` takes scores. Make them with `score(answers)` or `read_scores(frame)`.")
    if not isinstance(design, PilotDesign):
        raise DesignError(f"The `design` of `{WHERE}` must be a `PilotDesign`.")
    check_conf_level(conf_level, WHERE)
    cutoff, areas, reliability, population = given
    if cutoff is None and areas is None:
        raise DesignError(NOT_CHOSEN)
    if cutoff is not None and areas is not None:
        raise DesignError(f"`{WHERE}` asks about people (`cutoff`) or areas (`chosen_areas`), one at a time.")
    if cutoff is not None and design.has_comparison:
        message = "The design compares areas. If both kinds of area chose people alike, the `effect` of `compare` has no such rise in it."
        raise DesignError(f"{message} For the pilot areas alone, keep their rows and leave `area` and `treated` out.")
    _check_number("cutoff", cutoff, -math.inf, math.inf)
    _check_number("reliability", reliability, 0.0, 1.0)
    if population is not None:
        if areas is not None or len(tuple(population)) != 2:
            raise DesignError(
                f"The `population` of `{WHERE}` is the mean and standard deviation of people, for `cutoff` only."
            )
        _check_number("population", population[0], -math.inf, math.inf)
        _check_number("population", population[1], 1e-12, math.inf)


def _check_number(name: str, value: Any, low: float, high: float) -> None:
    if value is None:
        return
    fine = isinstance(value, (int, float, np.number)) and not isinstance(value, bool) and low <= float(value) <= high
    if not fine or not math.isfinite(float(value)):
        raise DesignError(
            f"The `{name}` of `{WHERE}` must be a number{f' from {low:g} to {high:g}' if high == 1.0 else ''}. Got {value!r}."
        )
