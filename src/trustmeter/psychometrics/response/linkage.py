"""Two calibrations on one scale, through the items that they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import scipy

from trustmeter.errors import DesignError, EstimationError, unknown_word
from trustmeter.options import LinkMethod, check_conf_level, check_option, names_of
from trustmeter.psychometrics.response.ability import IrtScores
from trustmeter.psychometrics.response.calibrate import IrtResult
from trustmeter.psychometrics.response.remarks import listed
from trustmeter.psychometrics.response.rows import calibration_rows, is_robust
from trustmeter.results import Result, vocabulary_frame
from trustmeter.stats.covariance import NO_INTERVAL, Integers, normal_quantile
from trustmeter.stats.irt.linking import Link, drift_of, link_fits, rescaled
from trustmeter.stats.multiplicity import adjusted

METHODS = {"stocking_lord": "Stocking-Lord", "haebara": "Haebara", "mean_sigma": "mean-sigma", "mean_mean": "mean-mean"}

_NO_ERROR = 1e-7


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class LinkResult(Result):
    """The line that leads from a new calibration's scale to an old one's: theta_old = A theta_new + B.

    Parameters
    ----------
    link
        The constants and their covariance.
    linked
        The new calibration on the old scale: `irt_scores` of it are comparable with those of the old one.
    """

    title: ClassVar[str] = "Linking of scales"

    link: Link
    linked: IrtResult

    @property
    def slope(self) -> float:
        """A: one unit of the new scale in units of the old one."""
        return self.link.slope

    @property
    def shift(self) -> float:
        """B: where the new scale's zero lies on the old one."""
        return self.link.shift

    def transform(self, scores: IrtScores) -> pd.DataFrame:
        """Return scores of the new calibration on the old scale: columns ``theta`` and ``se``, same index."""
        if not isinstance(scores, IrtScores):
            raise DesignError(f"`LinkResult.transform` takes the result of `irt_scores`. Got {type(scores).__name__}.")
        moved = scores.scores.copy()
        moved["theta"] = self.slope * moved["theta"] + self.shift
        moved["se"] = self.slope * moved["se"]
        return moved


def link_scales(
    old: IrtResult,
    new: IrtResult,
    *,
    items: Sequence[str] | None = None,
    method: LinkMethod = "stocking_lord",
    conf_level: float = 0.95,
) -> LinkResult:
    """Put a second calibration on the scale of a first one, through the items that both have.

    Use it when two sets of answers were calibrated apart: two waves, a long form and a short one, two cities. Each
    calibration has its own zero and unit; shared items tell how they relate. When all answers are at hand,
    ``irt(..., across=...)`` does it in one step.

    Parameters
    ----------
    old, new
        Results of `irt`, with the same model. Of several groups the first one's parameters are linked.
    items
        The shared items; default all with the same name and the same answers in both.
    method
        ``"stocking_lord"``: the expected sums of the shared items come together. ``"haebara"``: the curves of their
        answers do. ``"mean_sigma"``, ``"mean_mean"``: the moments of their difficulties (and slopes) do.
    conf_level
        Level of all intervals.

    Returns
    -------
    LinkResult
        Columns ``scale item term estimate std_error p_value p_adjusted ci_low ci_high method``. Terms ``A`` and ``B``; and
        of each of several shared items ``drift`` and ``slope_drift``: by how much its mean difficulty and its slope in the
        new calibration, brought to the old scale, are above those in the old one. Their ``p_adjusted`` is by Holm's method
        for all drifts together. ``result.linked`` is the new calibration on the old scale.

    Raises
    ------
    DesignError
        When the models differ, no item is shared, or a shared item has other answers in the two.
    EstimationError
        When a shared item rises with the trait in one calibration and falls in the other, or no constants are found.

    Notes
    -----
    An item's slope a and difficulties b become a / A and A b + B. Haebara and Stocking-Lord minimise the squared
    difference of curves, weighted by a standard normal distribution on the old scale, in one direction. Of a partial
    credit model with slopes of one the unit is the same by definition and A is 1.

    The covariance of A and B is by the delta method from both calibrations, taken as independent: when the same people
    answered both, it is too large or too small. The standard error of a drift counts that A and B come from the same
    items. An item that drifts should not be a link: notes name such items, found one after another, the clearest first,
    and say what A and B are without them.

    References
    ----------
    Haebara, T. (1980). Equating logistic ability scales by a weighted least squares method. Japanese Psychological
    Research, 22(3), 144-149. doi:10.4992/psycholres1954.22.144

    Stocking, M. L., & Lord, F. M. (1983). Developing a common metric in item response theory. Applied Psychological
    Measurement, 7(2), 201-210. doi:10.1177/014662168300700208

    Kolen, M. J., & Brennan, R. L. (2014). Test equating, scaling, and linking (3rd ed.). Springer.
    doi:10.1007/978-1-4939-0317-7

    Examples
    --------
    In R ``plink::plink`` and ``equateIRT::direc`` use the same criteria, with weights of their own.

    >>> import numpy as np
    >>> from trustmeter.psychometrics.response.calibrate import irt
    >>> from trustmeter.psychometrics.response.linkage import link_scales
    >>> rng = np.random.default_rng(3)
    >>> def answers(mean):
    ...     return np.digitize(1.5 * rng.normal(mean, size=(800, 1)) + rng.logistic(size=(800, 5)), [-2, 0, 2])
    >>> result = link_scales(irt(answers(0.0)), irt(answers(0.5)))
    >>> round(result.slope, 2), round(result.shift, 2)
    (0.98, 0.47)
    """
    for given in (old, new):
        if not isinstance(given, IrtResult):
            raise DesignError(f"`link_scales` takes results of `irt`. Got {type(given).__name__}.")
    check_option("method", method, LinkMethod, "link_scales")
    check_conf_level(conf_level, "link_scales")
    shared, left = _shared(old, new, items)
    _check_directions(old, new, shared)
    bridge = _Bridge(old, new, method, conf_level)
    try:
        link = bridge.link(shared)
    except EstimationError as error:
        raise EstimationError(f"`link_scales` cannot be carried out. {error}") from None
    options: dict[str, Any] = {"items": list(shared), "method": method, "conf_level": conf_level}
    provenance = replace(new.provenance, options=options, simulated=old.simulated or new.simulated)
    linked = _linked(new, link, conf_level)
    return LinkResult(
        table=vocabulary_frame([*_constant_rows(new, link, method, conf_level), *_drift_rows(bridge, link, shared)]),
        notes=(*_remarks(old, new, shared, left), *_drift_remarks(bridge, link, shared)),
        provenance=provenance,
        link=link,
        linked=replace(linked, provenance=replace(new.provenance, simulated=old.simulated or new.simulated)),
    )


@dataclass(frozen=True, slots=True)
class _Bridge:
    """Two calibrations and how they are to be linked."""

    old: IrtResult
    new: IrtResult
    method: LinkMethod
    conf_level: float

    def link(self, shared: Sequence[str]) -> Link:
        return link_fits(self.old.fit, self.new.fit, *self._places(shared), self.method, robust=self._robust)

    def drifts(self, link: Link, shared: Sequence[str]) -> pd.DataFrame:
        """Return what sets each shared item apart: columns term, item, estimate, std_error, p_value, p_adjusted."""
        found = drift_of(self.old.fit, self.new.fit, self._places(shared), link, self.method, robust=self._robust)
        kinds = [("drift", found.difficulties, found.difficulty_errors)]
        if self.old.fit.model != "pcm":
            kinds.append(("slope_drift", found.slopes, found.slope_errors))
        parts = [pd.DataFrame({"term": term, "item": shared, "estimate": value, "std_error": error})
                 for term, value, error in kinds]  # fmt: skip
        table = pd.concat(parts, ignore_index=True)
        # What the constants bring together by their definition cannot drift.
        table["std_error"] = table["std_error"].where(table["std_error"] > _NO_ERROR)
        p = 2 * scipy.special.ndtr(-(table["estimate"] / table["std_error"]).abs().to_numpy())
        return table.assign(p_value=p, p_adjusted=adjusted(p, "holm"))

    def _places(self, shared: Sequence[str]) -> tuple[Integers, Integers]:
        first, second = (
            np.array([one.items.index(name) for name in shared], dtype=np.intp) for one in (self.old, self.new)
        )
        return first, second

    @property
    def _robust(self) -> bool:
        return is_robust(self.old.sample) or is_robust(self.new.sample)


def _shared(old: IrtResult, new: IrtResult, items: Sequence[str] | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the items to link by, and those of the same name that have other answers."""
    common = [name for name in old.items if name in new.items]
    wanted = common if items is None else list(names_of("items", items, "link_scales"))
    for name in wanted:
        if name not in common:
            raise DesignError(unknown_word("`items` argument", name, common, "`link_scales`"))
    alike = [name for name in wanted if old.values[old.items.index(name)] == new.values[new.items.index(name)]]
    other = tuple(name for name in wanted if name not in alike)
    if other and items is not None:
        message = f"`link_scales` cannot link by {other[0]!r}: the answers given to it differ between the calibrations."
        raise DesignError(f"{message} Leave it out of `items`.")
    if not alike:
        raise DesignError("`link_scales` found no item with the same name and the same answers in both calibrations.")
    return tuple(alike), other


def _check_directions(old: IrtResult, new: IrtResult, shared: tuple[str, ...]) -> None:
    """Refuse items that rise with the trait in one calibration and fall in the other."""
    slopes = [[one.fit.slopes[0, one.items.index(name)] for name in shared] for one in (old, new)]
    turned = [name for name, first, second in zip(shared, *slopes, strict=True) if first * second < 0]
    if not turned:
        return
    message = f"`link_scales` cannot be carried out: answers to {listed(turned)} rise with the trait in one calibration"
    cure = "Reverse the items of one calibration and call `irt` again."
    kept = [name for name in shared if name not in turned]
    if kept:
        cure = f"Reverse there what was not reversed and call `irt` again, or leave it out: `items={kept}`."
    raise EstimationError(f"{message} and fall in the other. {cure}")


def _linked(new: IrtResult, link: Link, conf_level: float) -> IrtResult:
    fit = rescaled(new.fit, link)
    note = f"On another calibration's scale: theta = {link.slope:.3f} own + {link.shift:.3f}, these constants taken as known."
    rows = calibration_rows(new.sample, fit, new.values, conf_level)
    return replace(new, fit=fit, table=vocabulary_frame(rows), notes=(note, *new.notes))


def _constant_rows(new: IrtResult, link: Link, method: str, conf_level: float) -> list[dict[str, Any]]:
    z = normal_quantile(conf_level)
    rows = []
    for term, value, variance in (
        ("A", link.slope, link.covariance[0, 0]),
        ("B", link.shift, link.covariance[1, 1]),
    ):
        error = float(np.sqrt(variance)) if variance > 0 else NO_INTERVAL.std_error
        rows.append({"scale": new.sample.scale, "item": "", "term": term, "estimate": value, "std_error": error,
                     "ci_low": value - z * error, "ci_high": value + z * error, "method": METHODS[method]})  # fmt: skip
    return rows


def _drift_rows(bridge: _Bridge, link: Link, shared: tuple[str, ...]) -> list[dict[str, Any]]:
    if len(shared) < 2:
        return []
    table = bridge.drifts(link, shared)
    margin = normal_quantile(bridge.conf_level) * table["std_error"]
    table = table.assign(
        scale=bridge.new.sample.scale, ci_low=table["estimate"] - margin, ci_high=table["estimate"] + margin,
        method=METHODS[bridge.method],
    )  # fmt: skip
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _drift_remarks(bridge: _Bridge, link: Link, shared: tuple[str, ...]) -> list[str]:
    """Name the items that drift, found one after another, and say what the link is without them."""
    if len(shared) < 2:
        return ["With one shared item nothing can tell whether it drifts."]
    left, drifting = list(shared), list[str]()
    while (worst := _worst(bridge, link, left)) is not None and len(left) > 2:
        left.remove(worst)
        drifting.append(worst)
        try:
            link = bridge.link(left)
        except EstimationError:
            return [f"Drift of {listed(drifting)}; without {_them(drifting)} no link is found."]
    said = []
    if drifting:
        them = _them(drifting)
        text = f"Drift of {listed(drifting)}: the interval excludes 0, also when many items are looked at (Holm)."
        found = f"Without {them} A is {link.slope:.2f} and B {link.shift:.2f}"
        said.append(f"{text} {found}; to link without {them}: `items={left}`.")
    if worst is not None:
        said.append(f"{listed(left)} drift from each other; of two items it cannot be told which one does.")
    return said


def _worst(bridge: _Bridge, link: Link, shared: list[str]) -> str | None:
    """Return the item whose drift is the least likely to be chance, if any of them is not."""
    table = bridge.drifts(link, shared)
    sure = table[table["p_adjusted"] < 1 - bridge.conf_level]
    if not len(sure):
        return None
    return str(sure["item"].iloc[int((sure["estimate"] / sure["std_error"]).abs().to_numpy().argmax())])


def _them(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"


def _remarks(old: IrtResult, new: IrtResult, shared: tuple[str, ...], left: tuple[str, ...]) -> list[str]:
    said = [
        f"Linked by {len(shared)} shared item{'s' if len(shared) > 1 else ''}; people of the two are taken as different."
    ]
    if left:
        said.append(f"Not linked by {listed(left)}: the answers given to them differ.")
    if len(shared) < 4:
        said.append("With so few shared items one that drifts moves the whole link.")
    for one, word in ((old, "old"), (new, "new")):
        if len(one.groups) > 1:
            said.append(f"Of the {word} calibration the parameters of group {one.groups[0]!r} are linked.")
    return said
