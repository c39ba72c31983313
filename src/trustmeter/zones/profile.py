"""Where? The zones side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_PEOPLE, check_conf_level, check_whole, names_of
from trustmeter.responses.sampling import design_notes
from trustmeter.results import vocabulary_frame
from trustmeter.scoring.model import Scores
from trustmeter.zones.means import Floats, PlaceMeans, place_means
from trustmeter.zones.places import WHERE, Places, check_zones, hidden_places, places_of
from trustmeter.zones.pooling import FEWEST_TO_POOL, design_rows, pooled_rows, spread_of, spread_rows, zone_rows
from trustmeter.zones.result import ZoneProfile

FEW_DF = 20

NO_LEAGUE = (
    "The zones stand in the order of their names. A higher mean is no better police: zones differ in who lives there, who "
    "answered and what they were asked about. Whether zones can be put in an order at all is said by `rank_zones`."
)
LEANING = (
    "A zone's partially pooled value is the better guess of its true mean: it leans towards the average, the more so the less "
    "sure the zone's own mean is."
)
SEVERAL_WAVES = (
    "Waves stand side by side and are not tested against each other: whether a zone changed is said by `compare` in that zone, what "
    "the zones' changes show together by `synthesize`."
)
TWO_ZONES = "Two zones only: how much zones differ cannot be told, and nothing is pooled."
FEW_SAID = (
    "Standard errors of some zones rest on fewer than 20 degrees of freedom. For pooling they are taken larger, by as much as a t "
    "interval is wider than a normal one."
)
CROSSED = (
    "Some clusters reach over several zones, so that the zones' means hang together; pooling takes them as independent."
)
HIDDEN = "Not shown: zones with fewer than {n} people{more}."
HIDDEN_MORE = (
    ", zones whose people all score alike, and where it takes that the next smallest zone, so that none can be worked out from the "
    "numbers of all"
)
LONE = "No interval, because all its people are of one cluster: {zones}."


def profile_zones(
    scores: Scores,
    zone: str | Sequence[str] | None = None,
    *,
    by: str | None = None,
    scale: str | Sequence[str] | None = None,
    wave: str | Sequence[str] | None = None,
    pooled: bool = True,
    conf_level: float = 0.95,
    min_n: int = FEWEST_PEOPLE,
    clusters: str | None = None,
    weights: str | None = None,
) -> ZoneProfile:
    """Say where a scale stands in each zone, how sure that is, and how much zones differ.

    Use it to see zones, districts or neighbourhoods side by side. It sorts them by name; whether they can be put in an order
    is another question (`rank_zones`).

    Parameters
    ----------
    scores
        Scores with a column that says where each person lives.
    zone
        Show these zones only. All others still make the average that they lean towards.
    by
        What makes the zones: a kept column such as ``"district"``; without, the column read with the role ``zone``.
    scale
        One scale, several, or ``None`` for all that were scored.
    wave
        One wave, several, or ``None`` for all, side by side.
    pooled
        Whether each zone is also told leaning towards the average.
    conf_level
        Level of the intervals.
    min_n
        A zone with fewer people is suppressed; at least 10.
    clusters
        A kept column of who was drawn or asked together (neighbourhoods, interviewers).
    weights
        A kept column with a weight of each row.

    Returns
    -------
    ZoneProfile
        Columns ``scale zone wave term estimate std_error df ci_low ci_high n n_effective method suppressed``. Of each zone
        ``zone_mean``, with three zones or more ``zone_mean_pooled`` and ``reliability_of_mean``, with clusters or weights
        ``design_effect``. Of all: ``average`` (zones weigh by their precision and what zones differ by), ``tau`` (standard
        deviation of true zone means), ``reliability_of_means`` and ``icc``.

    Raises
    ------
    DesignError
        When there is no column of zones, one zone only, more than 40, or one that is written in several ways.
    ResponsesError
        When a person has two rows in a wave.
    EstimationError
        When on no scale two zones have enough people.

    Notes
    -----
    Zone j has mean m_j with standard error s_j: s / sqrt(n) with n - 1 degrees of freedom, and with clusters or weights the
    cluster-robust CR2 with Satterthwaite's degrees. Then m_j = mu + u_j + e_j, var(u) = tau² (REML, Q-profile interval), var(e_j) =
    s_j², taken as known (for pooling s_j is larger by t over normal quantile, so that few people or clusters do not count for
    more than they bear). The partially pooled value integrates tau out over its restricted likelihood, so that its interval
    allows for not knowing tau. ``reliability_of_mean`` is tau² / (tau² + s_j²), averaged over what tau may be; over all zones
    ``reliability_of_means`` has the typical s², ``icc`` people's variance inside zones. ``n_effective`` is n over the design effect.

    References
    ----------
    Pustejovsky, J. E., & Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation. Journal of
    Business & Economic Statistics, 36(4), 672-683. doi:10.1080/07350015.2016.1247004

    Goldstein, H., & Spiegelhalter, D. J. (1996). League tables and their limitations: Statistical issues in comparisons
    of institutional performance. Journal of the Royal Statistical Society A, 159(3), 385-443. doi:10.2307/2983325

    Examples
    --------
    In R ``clubSandwich::vcovCR(lm(y ~ 0 + zone), cluster, "CR2")`` gives the squared errors with clusters, and
    ``metafor::rma(yi, sei = se, test = "adhoc")`` average and tau.

    >>> import numpy as np, pandas as pd, trustmeter as tm
    >>> rng = np.random.default_rng(1)
    >>> zones = np.repeat(["Centre", "East", "North", "Port", "West"], 50)
    >>> people = pd.DataFrame({"zone": zones, "trust": np.clip(rng.normal(55, 20, 250), 0, 100)})
    >>> profile = tm.profile_zones(tm.read_scores(people, scale="trust", zone="zone"))
    >>> round(profile.value("East"), 1), round(profile.value("East", term="zone_mean_pooled"), 1), round(profile.value(), 1)
    (52.8, 52.9, 52.9)
    """
    names = _check_call(scores, scale, conf_level, min_n, pooled)
    places = places_of(scores, by=by, wave=wave, clusters=clusters, weights=weights)
    wanted = check_zones(zone, places, by is None)
    cells = [
        _cell(scores, name, places, code, min_n=min_n) for name in names for code in range(len(places.waves))
    ]  # fmt: skip
    if not any(len(one.means.known().names) > 1 for one in cells):
        message = f"On no scale two zones have {min_n} people with a score (and two clusters), so nothing can stand side by side."
        raise EstimationError(f"{message} Join small zones, or use `compare` on all together.")
    by_cluster, weighed = places.clusters is not None, places.weights is not None
    method = "mean, CR2 by cluster, t" if by_cluster else "mean, HC2, t" if weighed else "mean, t"
    rows = [
        row
        for one in cells
        for row in _rows(one, wanted, pooled, conf_level, method=method, weighed=by_cluster or weighed)
    ]
    shown = np.zeros(len(scores), dtype=bool)
    for one in cells:
        shown |= np.isin(places.place, [places.names.index(name) for name in one.means.names]) & (places.wave >= 0)
    left_out = {**places.left_out, "rows of zones not shown": int(((places.place >= 0) & ~shown).sum())}
    options: dict[str, Any] = {
        "zone": None if zone is None else list(wanted), "by": by, "wave": list(places.waves) if places.waves != ("",) else None,
        "pooled": pooled, "conf_level": conf_level, "min_n": min_n, "clusters": clusters, "weights": weights,
    }  # fmt: skip
    provenance = scores.answers.provenance(**options)
    return ZoneProfile(
        table=vocabulary_frame(rows),
        notes=(*_notes(cells, places, min_n, pooled), *design_notes(scores.answers, weights, clusters), *scores.notes),
        provenance=provenance.narrowed(left_out, rows_used=int(shown.sum())),
        zones=wanted, everywhere=places.names, scales=names, waves=() if places.waves == ("",) else places.waves,
        by=by or "zone", conf_level=conf_level, means={(one.scale, one.wave): one.means for one in cells},
    )  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class _Cell:
    """One scale in one wave: the means of the zones that may be shown."""

    scale: str
    wave: str
    means: PlaceMeans
    alike: bool


def _check_call(scores: object, scale: Any, conf_level: float, min_n: int, pooled: object) -> tuple[str, ...]:
    """Check what was passed; return the scales."""
    if not isinstance(scores, Scores):
        raise DesignError(f"`{WHERE}` takes scores. Make them with `score(answers)`. Got {type(scores).__name__}.")
    check_conf_level(conf_level, WHERE)
    check_whole("min_n", min_n, FEWEST_PEOPLE, WHERE)
    if not isinstance(pooled, bool):
        raise DesignError(f"The `pooled` argument of `{WHERE}` must be True or False. Got {pooled!r}.")
    names = scores.scales if scale is None else names_of("scale", scale, WHERE)
    for name in names:
        scores.column(name)
    return names


def _cell(scores: Scores, scale: str, places: Places, code: int, *, min_n: int) -> _Cell:
    """Return the means of one scale in one wave, of the zones with enough people."""
    values: Floats = scores.column(scale).to_numpy(dtype=float, na_value=np.nan)
    rows = (places.place >= 0) & (places.wave == code) & np.isfinite(values)
    groups = [values[rows & (places.place == place)] for place in range(len(places.names))]
    alike = [len(group) > 0 and float(np.ptp(group)) == 0 for group in groups]
    hidden = hidden_places([len(group) for group in groups], [len(group) < min_n for group in groups], alike)
    kept = [place for place, hide in enumerate(hidden) if not hide]
    rows &= np.isin(places.place, kept)
    position = np.full(len(places.names) + 1, -1, dtype=np.intp)
    position[kept] = np.arange(len(kept))
    means = place_means(
        values[rows], position[places.place[rows]], tuple(places.names[place] for place in kept),
        clusters=None if places.clusters is None else places.clusters[rows],
        weights=None if places.weights is None else places.weights[rows],
    )  # fmt: skip
    return _Cell(scale, places.waves[code], means, any(alike))


def _rows(
    one: _Cell, wanted: Sequence[str], pooled: bool, conf_level: float, *, method: str, weighed: bool
) -> list[dict[str, Any]]:
    """Return the rows of one scale in one wave."""
    rows = zone_rows(one.means, wanted, conf_level, method)
    rows += pooled_rows(one.means, wanted, conf_level) if pooled else []
    rows += design_rows(one.means, wanted) if weighed else []
    fit = spread_of(one.means, conf_level)
    rows += spread_rows(fit, one.means) if fit is not None else []
    head = {"scale": one.scale, **({"wave": one.wave} if one.wave else {})}
    return [{**head, **row} for row in rows]


def _notes(cells: Sequence[_Cell], places: Places, min_n: int, pooled: bool) -> list[str]:
    """Return what must travel with the numbers."""
    notes = [NO_LEAGUE]
    several = [one for one in cells if len(one.means.known().names) >= FEWEST_TO_POOL]
    notes += [LEANING] if pooled and several else []
    notes += [TWO_ZONES] if any(len(one.means.known().names) == 2 for one in cells) else []
    notes += [SEVERAL_WAVES] if len(places.waves) > 1 else []
    if any(len(one.means.names) < len(places.names) for one in cells):
        notes.append(HIDDEN.format(n=min_n, more=HIDDEN_MORE))
    lone = {name for one in cells for name in one.means.names if name not in one.means.known().names}
    notes += [LONE.format(zones=", ".join(name for name in places.names if name in lone))] if lone else []
    notes += [CROSSED] if any(one.means.crossed for one in cells) else []
    few = any(float(df) < FEW_DF for one in several for df in one.means.known().df if math.isfinite(df))
    return [*notes, FEW_SAID] if pooled and few else notes
