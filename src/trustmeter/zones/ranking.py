"""Can the zones be put in an order? Ranks only with what is sure about them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import RankMethod, check_conf_level, check_option, check_seed, check_whole, names_of
from trustmeter.results import vocabulary_frame
from trustmeter.scoring.model import Scores
from trustmeter.stats.ranking.comparison_intervals import comparison_factor, upper_tail, welch_df
from trustmeter.stats.ranking.rank_confidence import RankSets, comparison_noise, rank_sets
from trustmeter.stats.synthesis.effects_model import quantile
from trustmeter.stats.synthesis.shrinkage import posterior, rank_probabilities
from trustmeter.zones.means import Floats, PlaceMeans
from trustmeter.zones.order import (
    ALONE,
    COMPARING,
    DIFFERENCE,
    EXPECTED,
    HIGHEST,
    LOWEST,
    RANK,
    TERM_OF,
    Order,
    ZoneRanking,
    order_of,
    verdict_of,
)
from trustmeter.zones.profile import profile_zones
from trustmeter.zones.result import ZoneProfile

WHERE = "rank_zones"
FEWEST_TO_RANK = 3

NO_CAUSE = (
    "A rank does not say why: zones differ in who lives there, who answered and what they were asked about. It is no mark for the "
    "police of a zone, and says nothing of how far zones are apart."
)
TOGETHER = (
    "The sets of ranks of one scale are true together with the stated confidence; not those of several scales together."
)
APART = "The sets of ranks are each true with the stated confidence, not all together: look at the zone that was named beforehand."
NOT_ALIKE = "That zones cannot be told apart does not mean that they are alike."
TWO = "With fewer than three zones there is no ranking, only a difference."
MISSING = "Not compared, for want of people or of an interval: {zones}."
CROSSED = (
    "Some clusters reach over several zones. The sets of ranks allow for that; expected ranks, probabilities and intervals for "
    "comparing take the zones as independent."
)

Row = dict[str, Any]


def rank_zones(
    found: ZoneProfile | Scores,
    *,
    scale: str | Sequence[str] | None = None,
    wave: str | None = None,
    by: str | None = None,
    clusters: str | None = None,
    weights: str | None = None,
    method: RankMethod = "simultaneous",
    conf_level: float = 0.95,
    draws: int = 10_000,
    seed: Any = 0,
) -> ZoneRanking:
    """Say how far zones can be put in an order: the ranks that each may hold, and what is sure.

    Use it before anybody sorts zones by their means. Often the answer is that they cannot be ranked.

    Parameters
    ----------
    found
        What `profile_zones` gave, or scores; then `by`, `clusters` and `weights` are as there.
    scale
        One scale, several, or ``None`` for all.
    wave
        The wave; needed when there are several.
    by, clusters, weights
        For scores only.
    method
        Which sets the words go by: ``"simultaneous"`` (true for all zones together) or ``"marginal"`` (each by itself: for one
        zone that was named beforehand). The table holds both.
    conf_level
        Level of sets and intervals.
    draws
        Draws behind critical values and probabilities; at least 1000.
    seed
        Of the draws.

    Returns
    -------
    ZoneRanking
        Columns ``scale zone wave term contrast estimate std_error statistic df p_value p_adjusted ci_low ci_high n method
        suppressed``. Of each zone ``rank_simultaneous`` and ``rank_marginal`` (the rank of its mean, and the ends of its set),
        ``expected_rank``, ``probability_highest`` and ``probability_lowest`` (from partial pooling), ``comparison_interval`` (two
        that do not overlap differ, at the level on average over pairs); of each pair ``mean_difference`` with an interval that holds
        for all pairs together. Of two zones the difference alone. Rank 1 is the highest mean.

    Raises
    ------
    DesignError
        When the wave is not named, or the profile shows some zones only.
    EstimationError
        When on no scale two zones have an interval.

    Notes
    -----
    All pairs are compared by (m_j - m_l) / se; how large the largest such difference gets by chance is drawn from the means'
    joint distribution, each variance with its degrees of freedom. Stepping down over all ordered pairs (Romano and Wolf) gives
    claims "j lies above l" that are true together with probability `conf_level`; a zone's rank is at least one more than
    the zones surely above it (Mogstad, Romano, Shaikh and Wilhelm 2024). Differences have the interval of the first step.
    Expected ranks and probabilities are from the posterior of the true means, flat in tau: they say what is likely, the sets what is
    sure.

    References
    ----------
    Mogstad, M., Romano, J. P., Shaikh, A. M., & Wilhelm, D. (2024). Inference for ranks with applications to mobility across
    neighbourhoods and academic achievement across countries. Review of Economic Studies, 91(1), 476-518.
    doi:10.1093/restud/rdad006

    Goldstein, H., & Spiegelhalter, D. J. (1996). League tables and their limitations: Statistical issues in comparisons
    of institutional performance. Journal of the Royal Statistical Society A, 159(3), 385-443. doi:10.2307/2983325

    Examples
    --------
    >>> import numpy as np, pandas as pd, trustmeter as tm
    >>> rng = np.random.default_rng(1)
    >>> zones = np.repeat(["Centre", "East", "North", "Port", "West"], 50)
    >>> people = pd.DataFrame({"zone": zones, "trust": np.clip(rng.normal(55, 20, 250), 0, 100)})
    >>> ranking = tm.rank_zones(tm.read_scores(people, scale="trust", zone="zone"))
    >>> ranking.sentence()
    'trust: the zones cannot be ranked: each may hold any rank from 1 to 5.'
    """
    check_option("method", method, RankMethod, WHERE)
    check_conf_level(conf_level, WHERE)
    check_whole("draws", draws, 1000, WHERE)
    check_seed(seed, WHERE)
    profile = _profile(found, scale, wave, by=by, clusters=clusters, weights=weights)
    names = profile.scales if scale is None else names_of("scale", scale, WHERE)
    chosen = _wave(profile, wave)
    means = {name: _means(profile, name, chosen).known() for name in names}
    if not any(len(one.names) > 1 for one in means.values()):
        raise EstimationError("On no scale two zones have a mean with an interval, so nothing can be compared.")
    means = {name: one for name, one in means.items() if len(one.names) > 1}
    rng = np.random.default_rng(seed)
    ordered = {name: _ordered(one, method, conf_level, draws, rng) for name, one in means.items()}
    head = {"wave": chosen} if chosen else {}
    rows = [{"scale": name, **head, **row} for name, one in ordered.items() for row in one.rows]
    options = {
        **profile.provenance.options, "scale": list(names), "wave": chosen or None, "method": method, "conf_level": conf_level,
        "draws": draws, "seed": seed if isinstance(seed, int) else None,
    }  # fmt: skip
    return ZoneRanking(
        table=vocabulary_frame(rows),
        notes=tuple(_notes(ordered, means, profile, method)),
        provenance=replace(profile.provenance, options=options),
        orders={name: one.order for name, one in ordered.items()},
        verdicts={name: {zone: verdict_of(*span, len(one.spans)) for zone, span in zip(means[name].names, one.spans, strict=True)}
                  for name, one in ordered.items() if one.spans} | {name: {} for name, one in ordered.items() if not one.spans},
        zones={name: one.names for name, one in means.items()},
        by=profile.by, wave=chosen, method=method, conf_level=conf_level,
    )  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class _Ordered:
    """One scale: its rows, each zone's set of ranks (none with two zones), and how far there is an order."""

    rows: list[Row]
    spans: list[tuple[int, int]]
    order: Order


def _profile(found: object, scale: Any, wave: Any, **options: str | None) -> ZoneProfile:
    if isinstance(found, Scores):
        return profile_zones(
            found,
            scale=scale,
            wave=wave,
            pooled=False,
            by=options["by"],
            clusters=options["clusters"],
            weights=options["weights"],
        )
    if not isinstance(found, ZoneProfile):
        message = f"`{WHERE}` takes what `profile_zones` returns, or scores. Got {type(found).__name__}."
        raise DesignError(f"{message} Make scores with `score(answers)`.")
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise DesignError(
            f"The `{given[0]}` of a profile are those it was made with. Pass it to `profile_zones`, or pass scores."
        )
    if found.zones != found.everywhere:
        message = (
            f"This profile shows {len(found.zones)} of {len(found.everywhere)} zones, and a rank is one among all."
        )
        raise DesignError(f"{message} Make it without `zone`.")
    return found


def _wave(profile: ZoneProfile, wave: str | None) -> str:
    if wave is None and len(profile.waves) > 1:
        listed = ", ".join(map(repr, profile.waves))
        raise DesignError(f"Zones are ranked within one wave: name it with `wave=`. The waves are: {listed}.")
    if wave is not None and wave not in profile.waves:
        listed = ", ".join(map(repr, profile.waves)) or "none"
        raise DesignError(f"The wave {wave!r} is not in this profile. Its waves: {listed}.")
    return wave or (profile.waves[0] if profile.waves else "")


def _means(profile: ZoneProfile, scale: str, wave: str) -> PlaceMeans:
    if scale not in profile.scales:
        raise DesignError(f"The scale {scale!r} is not in this profile. Its scales: {', '.join(profile.scales)}.")
    return profile.means[scale, wave]


def _ordered(means: PlaceMeans, method: str, conf_level: float, draws: int, rng: np.random.Generator) -> _Ordered:
    if len(means.names) < FEWEST_TO_RANK:
        return _Ordered(_difference_rows(means, None, conf_level), [], "two_zones")
    noise = comparison_noise(means.covariance, means.df, draws, rng)
    sets = rank_sets(means.estimates, noise, conf_level)
    rows = _rank_rows(means, sets, RANK, (sets.low, sets.high), "simultaneous, step-down")
    rows += _rank_rows(means, sets, ALONE, (sets.marginal_low, sets.marginal_high), "each zone by itself, step-down")
    rows += _likely_rows(means, conf_level, draws, rng)
    rows += _comparing_rows(means, conf_level)
    rows += _difference_rows(means, sets, conf_level)
    low, high = (sets.low, sets.high) if TERM_OF[method] == RANK else (sets.marginal_low, sets.marginal_high)
    spans = [(int(one), int(other)) for one, other in zip(low, high, strict=True)]
    return _Ordered(rows, spans, order_of(spans))


def _rank_rows(means: PlaceMeans, sets: RankSets, term: str, ends: tuple[Any, Any], method: str) -> list[Row]:
    return [
        {"term": term, "zone": zone, "estimate": float(sets.ranks[place]), "ci_low": float(ends[0][place]),
         "ci_high": float(ends[1][place]), "n": int(means.n[place]), "method": method}
        for place, zone in enumerate(means.names)
    ]  # fmt: skip


def _likely_rows(means: PlaceMeans, conf_level: float, draws: int, rng: np.random.Generator) -> list[Row]:
    """Return expected ranks and the probabilities of being highest and lowest, from partial pooling."""
    ranks = rank_probabilities(posterior(means.estimates, means.cautious_errors(conf_level)), rng, draws, conf_level)
    method = "partial pooling, tau integrated out"
    expected = [
        {"term": EXPECTED, "zone": zone, "estimate": float(ranks.expected[place]), "ci_low": float(ranks.low[place]),
         "ci_high": float(ranks.high[place]), "n": int(means.n[place]), "method": method}
        for place, zone in enumerate(means.names)
    ]  # fmt: skip
    ends = [
        {"term": term, "zone": zone, "estimate": float(ranks.probabilities[place, rank]), "n": int(means.n[place]), "method": method}
        for term, rank in ((HIGHEST, 0), (LOWEST, -1)) for place, zone in enumerate(means.names)
    ]  # fmt: skip
    return expected + ends


def _comparing_rows(means: PlaceMeans, conf_level: float) -> list[Row]:
    factor = comparison_factor(means.std_errors, means.df, conf_level)
    return [
        {"term": COMPARING, "zone": zone, "estimate": float(estimate), "std_error": float(error),
         "ci_low": float(estimate - factor * error), "ci_high": float(estimate + factor * error), "n": int(n),
         "method": f"mean -+ {factor:.3f} standard errors"}
        for zone, estimate, error, n in zip(means.names, means.estimates, means.std_errors, means.n, strict=True)
    ]  # fmt: skip


def _difference_rows(means: PlaceMeans, sets: RankSets | None, conf_level: float) -> list[Row]:
    """Return each pair's difference, first name minus second; intervals hold for all pairs together."""
    first, second = np.triu_indices(len(means.names), 1)
    estimate = means.estimates[first] - means.estimates[second]
    variance = np.diag(means.covariance)
    errors = np.sqrt(variance[first] + variance[second] - 2 * means.covariance[first, second])
    df = _pair_df(means, first, second)
    p_values = 2 * upper_tail(np.abs(estimate / errors), df)
    rows = []
    for pair, (one, other) in enumerate(zip(first, second, strict=True)):
        width = quantile(float(df[pair]), conf_level) if sets is None else sets.critical
        adjusted = (
            math.nan if sets is None else min(1.0, float(min(sets.p_values[one, other], sets.p_values[other, one])))
        )
        margin = width * float(errors[pair])
        rows.append(
            {"term": DIFFERENCE, "zone": "", "contrast": f"{means.names[one]} - {means.names[other]}", "estimate": float(estimate[pair]),
             "std_error": float(errors[pair]), "statistic": float(estimate[pair] / errors[pair]), "df": float(df[pair]),
             "p_value": float(p_values[pair]), "p_adjusted": adjusted, "ci_low": float(estimate[pair]) - margin,
             "ci_high": float(estimate[pair]) + margin, "n": int(means.n[one] + means.n[other]),
             "method": "difference, t" if sets is None else "difference; interval for all pairs together"}
        )  # fmt: skip
    return rows


def _pair_df(means: PlaceMeans, first: Any, second: Any) -> Floats:
    """Return a pair's degrees of freedom: Welch's, and of zones that share clusters those of the zone with fewer."""
    if means.crossed:
        return np.asarray(np.minimum(means.df[first], means.df[second]))
    return welch_df(means.std_errors[first], means.std_errors[second], means.df[first], means.df[second])


def _notes(ordered: dict[str, _Ordered], means: dict[str, PlaceMeans], profile: ZoneProfile, method: str) -> list[str]:
    notes = [NO_CAUSE]
    if any(one.spans for one in ordered.values()):
        notes += [TOGETHER if method == "simultaneous" else APART, NOT_ALIKE]
    notes += [TWO] if any(not one.spans for one in ordered.values()) else []
    missing = [zone for zone in profile.everywhere if any(zone not in one.names for one in means.values())]
    notes += [MISSING.format(zones=", ".join(missing))] if missing else []
    notes += [CROSSED] if any(one.crossed for one in means.values()) else []
    return [*notes, *(note for note in profile.notes if note.startswith("Scores were read"))]
