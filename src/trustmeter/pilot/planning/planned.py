"""What could be learnt? A plan before there are answers."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError
from trustmeter.options import PlanMethod, check_option, check_whole
from trustmeter.pilot.change.few_areas import REASONS
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.planning.assumptions import FEWEST_PLANNED, WHERE, Assumptions, assumed_notes, assumptions_of
from trustmeter.pilot.planning.earlier import Earlier, earlier_of
from trustmeter.pilot.planning.power import Numbers, changes_to_draw, curve_of, numbers_of, people_needed
from trustmeter.pilot.planning.result import Plan
from trustmeter.pilot.planning.sentences import effect_notes, few_areas_notes, missed_of, sentence_of
from trustmeter.pilot.planning.simulation import Drawn, prepared, simulated_curve
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.results import Provenance, vocabulary_frame
from trustmeter.scoring.model import Scores

Floats = NDArray[np.float64]

POINTS = 20
SIMULATED_POINTS = 8
"""Steps of the power curve: formulas are cheap."""


def plan(
    design: PilotDesign,
    *,
    n: int | None = None,
    areas: int | Sequence[int] | None = None,
    sd: float = 20.0,
    correlation: float = 0.6,
    icc: float = 0.02,
    area_correlation: float | None = None,
    attrition: float = 0.2,
    weights_deff: float = 1.0,
    scales: int = 1,
    smallest_effect: float | None = None,
    power: float = 0.8,
    conf_level: float = 0.95,
    pilot_data: Scores | None = None,
    method: PlanMethod = "formula",
    questionnaire: Questionnaire | None = None,
    scale: str | None = None,
    draws: int = 1000,
    seed: int = 0,
    n_jobs: int = 1,
    progress: bool = False,
) -> Plan:
    """Say before there are answers what change so many people can show, or how many are needed.

    Use it when a pilot is designed: to choose between linked people and new ones, more people and more areas; and to see
    whether a change that would matter can be found at all. Freeze the choice with ``plan(...).to_protocol(...)``.

    Parameters
    ----------
    design
        What will be compared.
    n
        People who will be analysed, of one zone or of each area with and without the pilot. Linked: those who answer in both
        waves. Different people, or an overlap: those of each wave. Clusters share the people of the zone. May be left out when
        there is a smallest effect: then as many as find it.
    areas
        How many areas with and without the pilot, ``(4, 6)`` (default: those that the design names), or how many clusters.
    sd
        Standard deviation of scores among the people of one wave, in points.
    correlation
        Of a person's scores before and after.
    icc
        Share of the variance between areas or clusters; not used for one zone without clusters.
    area_correlation
        Of the areas' true levels before and after; default: as `correlation`. With 1 areas never move by themselves.
    attrition
        Share of people who do not answer again. An overlap fills them up with new people.
    weights_deff
        How much unequal weights inflate the variance.
    scales
        How many scales are tested together.
    smallest_effect
        The smallest change that matters, in points.
    power
        Wanted probability of finding a true change.
    conf_level
        Of intervals; tests are at one minus it.
    pilot_data
        Earlier scores, from which `sd`, `correlation` and (where they hold the design's areas or clusters) `icc` are taken, with
        their uncertainty.
    method
        ``"formula"``; or ``"simulation"``: answers to a questionnaire are made up and analysed as `compare` does it.
    questionnaire, scale
        For a simulation: what is asked, and the scale. `scale` also names the scale of `pilot_data`.
    draws
        Made-up pilots.
    seed
        The same seed gives the same plan, whatever `n_jobs` is.
    n_jobs
        Processes (needs joblib); inside ``with joblib.parallel_config(...)`` whatever that says.
    progress
        Whether to tell how far a simulation is.

    Returns
    -------
    Plan
        Columns ``term contrast estimate ci_low ci_high n method suppressed``. Terms: ``detectable_change``, ``interval_width``
        (expected), ``people_to_start`` (before some drop out), ``power`` (a row a true change, named in ``contrast``); with a smallest
        effect also ``power_at_smallest_effect``, ``detectable_increase`` (true change at which the verdict `increase` has the
        power), ``power_no_relevant_change`` (if nothing changes), ``people_needed``, ``people_needed_no_relevant_change``,
        ``areas_needed`` (of each kind, the people in each as planned) or ``clusters_needed``. Limits are the range under
        `pilot_data`, or a Monte-Carlo interval.

    Raises
    ------
    DesignError
        When a number is outside its range or missing, or one area is compared with one area.
    EstimationError
        When `pilot_data` hold too few people.
    MissingExtraError
        When several processes are asked for and joblib is not installed.

    Notes
    -----
    The standard error of the change: linked sd sqrt(2 (1 - r) / n); different people sd sqrt(2 / n); an overlap by generalised
    least squares; areas and clusters of m people (Hooper et al. 2016), v = 2 sd² [icc (1 - r_a) + (1 - icc)(1 - s r_p) / m], s
    the share of linked people: v / G with one kind of area, v (1 / G1 + 1 / G2) with two, on the areas' degrees of freedom
    (those of CR2). Power is that of the noncentral t. Several scales share the level (Bonferroni), which is Holm at its worst.
    The verdict `increase` has the power of a test against the smallest effect; `no_relevant_change` that of two one-sided tests.

    A simulation draws answers by the model of `simulate_responses` with loading 0.7. The stability of traits is set so that scores
    correlate as `correlation` says, and the variance between areas so that their share is `icc`; `sd` is what the answers give.

    References
    ----------
    Hooper, R., Teerenstra, S., de Hoop, E., & Eldridge, S. (2016). Sample size calculation for stepped wedge and other
    longitudinal cluster randomised trials. Statistics in Medicine, 35(26), 4718-4728. doi:10.1002/sim.7028

    Phillips, K. F. (1990). Power of the two one-sided tests procedure in bioequivalence. Journal of Pharmacokinetics and
    Biopharmaceutics, 18(2), 137-144. doi:10.1007/BF01063556

    Examples
    --------
    In R: ``power.t.test(n = 180, sd = 20 * sqrt(0.8), power = 0.8, type = "paired")``.

    >>> import trustmeter as tm
    >>> tm.plan(tm.PilotDesign("2026", "2027", linked=True), n=180).sentence
    'With 180 linked respondents per zone you can detect 3.8 points (80 % power).'
    """
    given = {name: value for name, value in locals().items() if name not in {"design", "pilot_data", "questionnaire"}}
    _check(n, method, draws=draws, seed=seed, n_jobs=n_jobs, progress=progress)
    earlier = None if pilot_data is None else earlier_of(pilot_data, design, scale, seed)
    known = dict(earlier.found) if earlier else {}
    assumed = assumptions_of(
        design, areas=areas, sd=known.get("sd", sd), correlation=known.get("correlation", correlation), icc=known.get("icc", icc),
        area_correlation=area_correlation, attrition=attrition, weights_deff=weights_deff, scales=scales,
        smallest_effect=smallest_effect, power=power, conf_level=conf_level,
    )  # fmt: skip
    if assumed.areas == (1, 1):
        raise DesignError(REASONS["none"])
    drawn_from = prepared(assumed, questionnaire, scale, seed) if method == "simulation" else None
    notes = assumed_notes(assumed, [*known, "sd"] if drawn_from else list(known))
    if drawn_from is not None:
        assumed, notes = drawn_from.assumed, [*drawn_from.notes, *notes]
    size = _size(assumed, n)
    if assumed.kind == "clusters" and size < assumed.areas[0]:
        raise DesignError(f"{assumed.areas[0]} clusters need at least as many people. Got n={size}.")
    reached = numbers_of(assumed, size)
    changes = changes_to_draw(assumed, size, POINTS if drawn_from is None else SIMULATED_POINTS)
    drawn = None
    if drawn_from is not None:
        changes = drawn_from.within_reach(changes)
        drawn = simulated_curve(drawn_from, size, changes, draws=draws, seed=seed, n_jobs=n_jobs, progress=progress)
    made = _Made(assumed, size, reached, changes, earlier, drawn, draws)
    return _result(made, [*few_areas_notes(assumed), *notes], _provenance(given, pilot_data, questionnaire, method))


@dataclass(frozen=True, eq=False)
class _Made:
    """The parts of a plan before they are written down."""

    assumed: Assumptions
    n: int
    numbers: Numbers
    changes: Floats
    earlier: Earlier | None
    drawn: Drawn | None
    draws: int


def _check(n: Any, method: Any, *, draws: Any, seed: Any, n_jobs: Any, progress: Any) -> None:
    check_option("method", method, PlanMethod, WHERE)
    if n is not None:
        check_whole("n", n, FEWEST_PLANNED, WHERE)
    check_whole("draws", draws, 100, WHERE)
    check_whole("seed", seed, 0, WHERE)
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, numbers.Integral) or n_jobs == 0:
        raise DesignError(f"The `n_jobs` of `{WHERE}` is a number of processes, or -1 for all cores. Got {n_jobs!r}.")
    if not isinstance(progress, bool):
        raise DesignError(f"The `progress` of `{WHERE}` is True or False. Got {progress!r}.")


def _size(assumed: Assumptions, n: int | None) -> int:
    """Return the planned number of people, or as many as find the smallest effect."""
    if n is not None:
        return int(n)
    if assumed.smallest_effect is None:
        raise DesignError(
            f"`{WHERE}` needs the number of people (`n=180`), or the change that matters (`smallest_effect=3`)."
        )
    needed = people_needed(assumed)
    if math.isnan(needed):
        message = (
            f"No number of people finds {assumed.smallest_effect:g} points with so few areas, however many answer."
        )
        raise DesignError(f"{message} Plan for more areas, or pass `n` to see what can be detected.")
    return int(needed)


def _result(made: _Made, notes: Sequence[str], provenance: Provenance) -> Plan:
    assumed = made.assumed
    ranges, band = _ranges(made)
    numbers_found = dict(made.numbers)
    if made.drawn is not None:
        ranges |= _drawn_numbers(made, numbers_found)
    curve = _curve(made, band)
    table = vocabulary_frame([*_rows(made, numbers_found, ranges), *_power_rows(made, curve)])
    sentence = sentence_of(assumed, made.n, numbers_found["detectable_change"])
    if (
        made.drawn is not None
        and math.isfinite(made.numbers["detectable_change"])
        and math.isnan(numbers_found["detectable_change"])
    ):
        sentence = missed_of(assumed, made.n, float(made.changes.max()))
    told = [*(made.earlier.notes if made.earlier else ()), *effect_notes(assumed, numbers_found), *notes]
    names = ("sd", "correlation", "icc", "area_correlation", "attrition", "weights_deff", "scales", "power")
    shared = made.n * {"linked": 1.0, "different": 0.0, "overlap": 1 - assumed.attrition}[assumed.links]
    people = (sum(assumed.areas) if assumed.kind == "areas" else 1) * (2 * made.n - round(shared))
    return Plan(
        table=table, notes=tuple(dict.fromkeys(told)), provenance=provenance, design=assumed.design, n=made.n, areas=assumed.areas,
        people=people, sentence=sentence, curve=curve,
        smallest_effect=assumed.smallest_effect, power=assumed.power, conf_level=assumed.conf_level,
        assumed={name: getattr(assumed, name) for name in names},
    )  # fmt: skip


def _rows(made: _Made, found: Numbers, ranges: Mapping[str, tuple[float, float]]) -> list[dict[str, Any]]:
    rows = []
    drawn = ("detectable_change", "power_at_smallest_effect", "detectable_increase", "power_no_relevant_change")
    for term, value in found.items():
        low, high = ranges.get(term, (math.nan, math.nan))
        method = f"{made.draws} made-up pilots" if made.drawn is not None and term in drawn else "formula"
        rows.append({
            "term": term, "contrast": made.assumed.design.contrast, "estimate": value, "ci_low": low, "ci_high": high, "n": made.n,
            "method": method, "suppressed": False,
        })  # fmt: skip
    return rows


def _power_rows(made: _Made, curve: pd.DataFrame) -> list[dict[str, Any]]:
    mine = curve[curve["n"] == made.n]
    return [
        {"term": "power", "contrast": f"true change {row.change:g}", "estimate": row.power, "ci_low": row.ci_low,
         "ci_high": row.ci_high, "n": made.n, "method": "formula" if made.drawn is None else f"{made.draws} made-up pilots",
         "suppressed": False}
        for row in mine.itertuples()
    ]  # fmt: skip


def _curve(made: _Made, band: tuple[Floats, Floats] | None) -> pd.DataFrame:
    """Return the power curve at the planned number of people and, by formula, at half and twice as many."""
    parts = []
    sizes = dict.fromkeys((max(made.n // 2, FEWEST_PLANNED), made.n, 2 * made.n)) if made.drawn is None else (made.n,)
    for size in sizes:
        columns: dict[str, Any] = {"n": size, "change": made.changes}
        if made.drawn is None:
            columns |= curve_of(made.assumed, size, made.changes)
            low, high = band if band is not None and size == made.n else (math.nan, math.nan)
        else:
            columns |= made.drawn.share
            low, high = made.drawn.low["power"], made.drawn.high["power"]
        parts.append(pd.DataFrame({**columns, "ci_low": low, "ci_high": high}))
    return pd.concat(parts, ignore_index=True)


def _ranges(made: _Made) -> tuple[dict[str, tuple[float, float]], tuple[Floats, Floats] | None]:
    """Return the range of each number, and of the power curve, under the assumptions that earlier answers leave open."""
    if made.earlier is None or made.drawn is not None:
        return {}, None
    tails = (0.5 - made.assumed.conf_level / 2, 0.5 + made.assumed.conf_level / 2)
    found: list[Numbers] = []
    curves = []
    draws = made.earlier.draws
    for place in range(len(draws["sd"])):
        drawn: dict[str, Any] = {name: float(values[place]) for name, values in draws.items()}
        changed = replace(made.assumed, **drawn)
        if made.assumed.area_correlation == made.assumed.correlation:
            changed = replace(changed, area_correlation=changed.correlation)
        if not -1 < changed.person_correlation < 1:
            continue
        found.append(numbers_of(changed, made.n, quick=True))
        curves.append(curve_of(replace(changed, smallest_effect=None), made.n, made.changes)["power"])
    table = pd.DataFrame(found)
    ranges = {
        str(name): (float(table[name].quantile(tails[0])), float(table[name].quantile(tails[1]))) for name in table
    }
    low, high = np.quantile(np.array(curves), tails, axis=0)
    return {name: ends for name, ends in ranges.items() if name != "people_to_start"}, (low, high)


def _drawn_numbers(made: _Made, found: Numbers) -> dict[str, tuple[float, float]]:
    """Put the simulation's numbers in the place of the formula's, and return their Monte-Carlo intervals."""
    drawn, smallest = made.drawn, made.assumed.smallest_effect
    if drawn is None:
        return {}
    ranges = {}
    for term, name in (("detectable_change", "power"), ("detectable_increase", "increase")):
        if name in drawn.share and math.isfinite(found[term]):
            ends = [
                _where(made.changes, shares, made.assumed.power)
                for shares in (drawn.share[name], drawn.high[name], drawn.low[name])
            ]
            found[term], ranges[term] = ends[0], (ends[1], ends[2])
    if smallest is not None:
        for term, name, change in (
            ("power_at_smallest_effect", "power", smallest),
            ("power_no_relevant_change", "no_relevant_change", 0.0),
        ):
            place = int(np.argmin(np.abs(made.changes - change)))
            found[term], ranges[term] = (
                float(drawn.share[name][place]),
                (float(drawn.low[name][place]), float(drawn.high[name][place])),
            )
    return ranges


def _where(changes: Floats, shares: Floats, wanted: float) -> float:
    """Return the change at which a rising curve reaches a share, between the points; not a number where it does not."""
    rising = np.maximum.accumulate(shares)
    place = int(np.searchsorted(rising, wanted))
    if place in (0, len(rising)):
        return math.nan
    part = (wanted - rising[place - 1]) / (rising[place] - rising[place - 1])
    return float(changes[place - 1] + part * (changes[place] - changes[place - 1]))


def _provenance(
    given: Mapping[str, Any], pilot_data: Scores | None, questionnaire: Questionnaire | None, method: str
) -> Provenance:
    options = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    asked = questionnaire
    if pilot_data is not None:
        found = pilot_data.answers.provenance(**options)
        found = replace(found, simulated=found.simulated or method == "simulation")
        if asked is None:
            return found
        return replace(found, questionnaire=f"{asked.id} {asked.version}", fingerprint=asked.fingerprint)
    return Provenance(
        questionnaire="" if asked is None else f"{asked.id} {asked.version}", fingerprint="" if asked is None else asked.fingerprint,
        options=options, simulated=method == "simulation",
    )  # fmt: skip
