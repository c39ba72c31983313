"""A scale's rows as a linear model: means, changes and differences of changes, with errors by cluster."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.pilot.change.inference import Inference, by_t, without_test
from trustmeter.pilot.change.layout import Layout
from trustmeter.stats.regression.cluster_covariance import ClusterRobust, cluster_robust, contrast_tests
from trustmeter.stats.regression.least_squares import fit

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

METHODS = {
    "area": "least squares; CR2 by area, Satterthwaite df",
    "cluster": "least squares; CR2 by cluster, Satterthwaite df",
    "person": "least squares; CR2 by person, Satterthwaite df",
}


@dataclass(frozen=True, eq=False)
class ScaleRows:
    """The rows of one scale that have a score, with the score.

    Parameters
    ----------
    layout
        These rows.
    y
        Shape (rows,): the scores.
    """

    layout: Layout
    y: Floats

    def select(self, rows: Truths) -> ScaleRows:
        """Return only the rows where `rows` is true."""
        return ScaleRows(self.layout.select(rows), self.y[rows])

    def without_areas(self) -> ScaleRows:
        """Return the rows as of a design without comparison areas; areas, if several, stay what varies independently."""
        layout = _without_silent_covariates(replace(self.layout, treated=None))
        if len(np.unique(layout.cluster)) < 2:
            layout = replace(layout, cluster=layout.person, clustered_by="person")
        return replace(self, layout=layout)

    @property
    def rounding(self) -> float:
        """What differences of these scores by rounding alone may reach."""
        return 1e-10 * float(np.abs(self.y).max(initial=0.0))

    def of_wave(self, place: int) -> ScaleRows:
        """Return the rows before and of another wave, as of a design of these two; linked people only if in both."""
        layout, name = self.layout, self.layout.design.waves[place]
        there = layout.wave == place
        chosen = layout.before | there
        if layout.linked == "linked":
            chosen &= np.isin(layout.person, np.intersect1d(layout.person[layout.before], layout.person[there]))
        part = self.select(chosen)
        design = replace(layout.design, earlier=(), later=(), after=name)
        return replace(
            part, layout=replace(part.layout, design=design, wave=(part.layout.wave == place).astype(np.intp))
        )

    def people(self, rows: Truths | None = None) -> int:
        """Count the people behind the rows."""
        person = self.layout.person if rows is None else self.layout.person[rows]
        return len(np.unique(person))


def scale_rows_of(layout: Layout, scale: str) -> ScaleRows:
    """Return a scale's rows; of linked people only those with a score both before and after, and no area without either."""
    y = layout.scores.column(scale).to_numpy(dtype=float, na_value=np.nan)
    there = ~np.isnan(y)
    if layout.linked == "linked":
        both = np.intersect1d(layout.person[there & layout.before], layout.person[there & layout.after])
        there &= np.isin(layout.person, both)
    if layout.area is not None:
        both = np.intersect1d(layout.area[there & layout.before], layout.area[there & layout.after])
        there &= np.isin(layout.area, both)
    return ScaleRows(layout.select(there), y[there])


@dataclass(frozen=True, slots=True, eq=False)
class WaveColumns:
    """A design (rows, p), and where changes, effects and covariates stand in it, as in `WaveModel`."""

    x: Floats
    change: tuple[int, ...]
    effect: tuple[int, ...]
    covariates: Floats


@dataclass(frozen=True, eq=False)
class WaveModel:
    """A fitted model of scores by wave (and area), and where its coefficients stand.

    Parameters
    ----------
    robust
        The fit with its cluster-robust covariance.
    change
        For each wave the column of its difference to the wave before; -1 for that wave itself.
    effect
        The same for the difference of differences, or an empty tuple without comparison areas.
    covariates
        Shape (rows, q): the columns of covariates, the last of the design; not turned by person.
    rows
        What was fitted.
    """

    robust: ClusterRobust
    change: tuple[int, ...]
    effect: tuple[int, ...]
    covariates: Floats
    rows: ScaleRows

    def infer(self, column: int, conf_level: float, reason: str = "") -> Inference:
        """Return the inference of one coefficient."""
        contrast = np.zeros((1, len(self.robust.fit.coefficients)))
        contrast[0, column] = 1.0
        tests = contrast_tests(self.robust, contrast)
        error, df = float(tests.std_error[0]), float(tests.df[0])
        layout = self.rows.layout
        method, place = (
            METHODS[layout.clustered_by],
            (self.effect if column in self.effect else self.change).index(column),
        )
        estimate, n = float(tests.estimate[0]), self.rows.people(layout.before | (layout.wave == place))
        if not (error > self.rows.rounding and df > 0):
            estimate = estimate if abs(estimate) > self.rows.rounding else 0.0
            return without_test(estimate, n=n, method=method, reason=reason)
        return by_t(estimate, error, df, conf_level=conf_level, n=n, method=method, reason=reason)


def wave_model(rows: ScaleRows) -> WaveModel:
    """Fit scores on waves; with areas also on treatment and treatment by wave; with covariates on them.

    Covariates enter with the waves where areas are compared, for then they explain why areas move differently; else they
    only make the people of the waves alike. People who are in some waves of an overlap enter by generalised least squares
    with an equal correlation of their scores.

    Raises
    ------
    EstimationError
        When covariates and waves cannot be told apart, or there are fewer than two clusters.
    """
    layout, design = rows.layout, wave_columns(rows)
    x, y = design.x, rows.y
    if layout.linked == "overlap":
        x, y = _within_people(x, y, layout)
    try:
        fitted = fit(x, y, layout.weights)
    except EstimationError:
        _name_what_depends(design, layout)
        raise
    robust = cluster_robust(fitted, layout.cluster)
    return WaveModel(robust, design.change, design.effect, design.covariates, rows)


def wave_columns(rows: ScaleRows) -> WaveColumns:
    """Return the design of `wave_model`, before people of an overlap are turned."""
    layout = rows.layout
    start, waves = len(layout.design.earlier), len(layout.design.waves)
    others = [place for place in range(waves) if place != start]
    columns = [np.ones(len(layout)), *((layout.wave == place).astype(float) for place in others)]
    change = tuple(-1 if place == start else 1 + others.index(place) for place in range(waves))
    effect: tuple[int, ...] = ()
    if layout.treated is not None:
        effect = tuple(-1 if place == start else len(columns) + change[place] for place in range(waves))
        treated = layout.treated.astype(float)
        columns += [treated, *(treated * columns[1 + place] for place in range(len(others)))]
    extra = _covariate_columns(rows, columns[1 : 1 + len(others)])
    covariates = np.column_stack(extra) if extra else np.empty((len(layout), 0))
    return WaveColumns(np.column_stack([*columns, covariates]), change, effect, covariates)


@dataclass(frozen=True, slots=True)
class AreaChanges:
    """One number an area; arrays of shape (areas,).

    Parameters
    ----------
    changes
        Mean score up to the wave less that before, covariates taken out.
    treated
        Whether the area had the pilot.
    sizes
        How many people the change rests on; of different people 1 / (1 / before + 1 / after).
    variance_per_size
        Variance of one person's change (or score, of different people) within areas, pooled; ``None`` where unknown.
    """

    changes: Floats
    treated: Truths
    sizes: Floats
    variance_per_size: float | None

    @property
    def effect(self) -> float:
        """The difference of both kinds of area, each area counting the same."""
        return float(self.changes[self.treated].mean() - self.changes[~self.treated].mean())


def area_changes(model: WaveModel, place: int) -> AreaChanges:
    """Return each area's mean change up to a wave; areas without a row in either wave are left out."""
    layout, fitted = model.rows.layout, model.robust.fit
    if layout.area is None or layout.treated is None:
        raise EstimationError("This design has no areas.")
    y = model.rows.y - model.covariates @ fitted.coefficients[2 * len(layout.design.waves) :]
    weights = np.ones(len(y)) if layout.weights is None else layout.weights
    _, area = np.unique(layout.area, return_inverse=True)
    count = int(area.max()) + 1
    means, sizes, spreads = [], [], []
    for rows in (layout.before, layout.wave == place):
        total = np.bincount(area[rows], weights=weights[rows], minlength=count)
        with np.errstate(invalid="ignore", divide="ignore"):
            means.append(np.bincount(area[rows], weights=(weights * y)[rows], minlength=count) / total)
        sizes.append(np.bincount(area[rows], minlength=count).astype(float))
        spreads.append(y[rows] - means[-1][area[rows]])
    treated = np.bincount(area, weights=layout.treated.astype(float), minlength=count) > 0
    there = (sizes[0] > 0) & (sizes[1] > 0)
    before, after = sizes[0][there], sizes[1][there]
    linked = layout.linked == "linked" and place == len(layout.design.earlier) + 1
    size = before if linked else 1 / (1 / before + 1 / after)
    if linked:
        spread = _differences(spreads, layout)
        within = float(spread @ spread) / max(len(spread) - int(there.sum()), 1)
    else:
        squares = sum(float(spread @ spread) for spread in spreads)
        within = squares / max(len(spreads[0]) + len(spreads[1]) - 2 * int(there.sum()), 1)
    changes = (means[1] - means[0])[there]
    changes = np.where(np.abs(changes) > model.rows.rounding, changes, 0.0)
    return AreaChanges(changes, treated[there], size, within if within > model.rows.rounding**2 else None)


def _differences(spreads: list[Floats], layout: Layout) -> Floats:
    """Return each linked person's deviation after less that before, people in one order."""
    order = [np.argsort(layout.person[rows]) for rows in (layout.before, layout.after)]
    return np.asarray(spreads[1][order[1]] - spreads[0][order[0]])


def arm_mean(rows: ScaleRows, chosen: Truths, conf_level: float) -> Inference:
    """Return the (weighted) mean score of some rows of one wave, with errors by cluster."""
    part = rows.select(chosen)
    layout = part.layout
    method = METHODS[layout.clustered_by].replace("least squares", "mean")
    n = part.people()
    estimate = float(np.average(part.y, weights=layout.weights))
    try:
        robust = cluster_robust(fit(np.ones((len(part.y), 1)), part.y, layout.weights), layout.cluster)
    except EstimationError:
        return without_test(estimate, n=n, method=method, reason="")
    tests = contrast_tests(robust)
    error, df = float(tests.std_error[0]), float(tests.df[0])
    if not error > rows.rounding:
        return without_test(estimate, n=n, method=method, reason="")
    return by_t(estimate, error, df, conf_level=conf_level, n=n, method=method)


def _covariate_columns(rows: ScaleRows, waves: list[Floats]) -> list[Floats]:
    """Return centred covariates, and with areas also their products with the waves."""
    layout = rows.layout
    if not layout.covariates.shape[1]:
        return []
    centred = layout.covariates - np.average(layout.covariates, axis=0, weights=layout.weights)
    columns = list(centred.T)
    if layout.treated is not None:
        columns += [column * wave for column in centred.T for wave in waves]
    return columns


def _without_silent_covariates(layout: Layout) -> Layout:
    """Leave out covariates that tell nothing among these rows, such as a language that nobody speaks in this kind of area."""
    columns = np.column_stack([layout.wave == place for place in np.unique(layout.wave)]).astype(float)
    telling: list[int] = []
    for place in range(layout.covariates.shape[1]):
        more = np.column_stack([columns, layout.covariates[:, [place]]])
        if np.linalg.matrix_rank(more) == more.shape[1]:
            columns = more
            telling.append(place)
    names = tuple(layout.covariate_names[place] for place in telling)
    return replace(layout, covariates=layout.covariates[:, telling], covariate_names=names)


def _name_what_depends(design: WaveColumns, layout: Layout) -> None:
    """Refuse by its name the first covariate that waves, areas and the covariates before it already tell."""
    names = layout.covariate_names
    known = design.x.shape[1] - design.covariates.shape[1]
    for place in range(design.covariates.shape[1]):
        if np.linalg.matrix_rank(design.x[:, : known + place + 1]) == known + place + 1:
            continue
        what = "waves and areas" if layout.treated is not None else "waves"
        name = names[place % len(names)].split(": ")[0]
        message = (
            f"The covariate {name!r} tells nothing that {what}, or covariates named before it, do not tell already."
        )
        raise EstimationError(f"{message} Leave it out of `covariates`: the question without it can be answered.")


def _within_people(x: Floats, y: Floats, layout: Layout) -> tuple[Floats, Floats]:
    """Return design and scores turned so that scores of one person no longer correlate (equal correlation)."""
    _, person, size = np.unique(layout.person, return_inverse=True, return_counts=True)
    correlation = _correlation_within(x, y, person, size)
    keep = 1 - np.sqrt((1 - correlation) / (1 + (size - 1) * correlation))

    def turned(column: Floats) -> Floats:
        mean = np.bincount(person, weights=column) / size
        return np.asarray(column - (keep * mean)[person])

    return np.column_stack([turned(column) for column in x.T]), turned(y)


def _correlation_within(x: Floats, y: Floats, person: NDArray[np.intp], size: NDArray[np.intp]) -> float:
    """Return the correlation of two scores of one person, from residuals of the people with two or more; 0 to 0.99."""
    residuals = fit(x, y).residuals
    several = size > 1
    if not several.any():
        return 0.0
    total = np.bincount(person, weights=residuals)
    squares = np.bincount(person, weights=residuals**2)
    products = float(np.sum(total[several] ** 2 - squares[several]))
    pairs = float(np.sum(size[several] * (size[several] - 1)))
    variance = float(np.mean(residuals**2))
    return float(np.clip(products / pairs / variance, 0.0, 0.99)) if variance > 0 else 0.0
