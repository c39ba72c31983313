"""The rows of a design as arrays: who, when, where, in which cluster, with which weight and covariates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, unknown_word
from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE
from trustmeter.pilot.change.sample import LISTED, check_known, left_behind, linking, person_keys, rows_of_zone
from trustmeter.pilot.design import PilotDesign
from trustmeter.responses.labels import row_labels
from trustmeter.responses.sampling import row_weights
from trustmeter.results import told_count
from trustmeter.scoring.model import Scores

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Truths = NDArray[np.bool_]

WHERE = "compare"


@dataclass(frozen=True, eq=False)
class Layout:
    """All rows that a design speaks of, one a person and wave; every array has shape (rows,).

    Parameters
    ----------
    scores
        These rows and no others.
    design
        The design they were read for; of two groups, one of two waves that stand for them.
    wave
        Position in ``design.waves``.
    person
        Code of the person; rows that nobody links each have their own.
    linked
        ``"linked"``: everybody is in both waves; ``"different"``: nobody is taken to be; ``"overlap"``: some are.
    area, area_names
        Code of the area and its names, or ``None``. A person's area is the one before.
    treated
        Whether the row's area had the pilot, or ``None`` without comparison areas.
    cluster, clustered_by
        Code of what varies independently: the area, the cluster that the design names, or the person; and its word.
    weights
        A weight a row, or ``None``.
    covariates, covariate_names
        Shape (rows, q), a person's values before; words as columns of 0 and 1, the commonest word left out.
    notes
        What must travel with the numbers.
    left_out
        Rows left out, by reason.
    """

    scores: Scores
    design: PilotDesign
    wave: Codes
    person: Codes
    linked: str
    area: Codes | None
    area_names: tuple[str, ...]
    treated: Truths | None
    cluster: Codes
    clustered_by: str
    weights: Floats | None
    covariates: Floats
    covariate_names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.wave)

    @property
    def before(self) -> Truths:
        """Rows of the wave before."""
        return np.asarray(self.wave == len(self.design.earlier))

    @property
    def after(self) -> Truths:
        """Rows of the wave after."""
        return np.asarray(self.wave == len(self.design.earlier) + 1)

    def select(self, rows: Truths) -> Layout:
        """Return the layout of only the rows where `rows` is true; codes stay as they are."""
        cut = {name: getattr(self, name)[rows] for name in ("wave", "person", "cluster", "covariates")}
        for name in ("area", "treated", "weights"):
            column = getattr(self, name)
            cut[name] = None if column is None else column[rows]
        return replace(self, scores=self.scores.select(rows), **cut)


def layout_of(scores: Scores, design: PilotDesign) -> Layout:
    """Read a design's rows out of scores.

    Raises
    ------
    DesignError
        When a wave, zone, area or column is not there, nobody is linked though it was asked, or weights are no weights.
    ResponsesError
        When a person has more than one row in a wave.
    """
    inside, notes = rows_of_zone(scores, design.zone)
    if design.zone is None and (design.area or design.clusters) in {"zone", scores.roles.zone}:
        notes = []
    wave = _wave_codes(scores, design, inside)
    areas = _area_labels(scores, design)
    left_out = {"other waves": int((inside & (wave < 0)).sum())}
    used = inside & (wave >= 0)
    weights = row_weights(scores.answers, design.weights, WHERE) if design.weights is not None else None
    if weights is not None:
        left_out["rows of weight zero"] = int((used & (weights == 0)).sum())
        used &= weights > 0
    if areas is not None:
        settled = _settled(scores, design, areas, np.flatnonzero(used), wave)
        wanted = _wanted_areas(settled[used], design)
        known = settled.isin(wanted).to_numpy(dtype=bool)
        left_out["other areas, or none"] = int((used & ~known).sum())
        used &= known
    rows = np.flatnonzero(used)
    person, linked, said = _people(scores, design, rows, wave[rows])
    if linked == "linked":
        both = np.isin(person, _in_both(person, wave[rows], len(design.earlier)))
        left_out["people of one of the two waves only"] = int((~both).sum())
        rows, person = rows[both], person[both]
    start = wave[rows] == len(design.earlier)
    covariates, names, complete = _covariates(scores, design, rows[_home(person, start)])
    said, left_out["rows without a covariate"] = _told_complete(person, complete, said)
    rows, person, covariates = rows[complete], person[complete], covariates[complete]
    mask = np.zeros(len(scores), dtype=bool)
    mask[rows] = True
    home = rows[_home(person, wave[rows] == len(design.earlier))]
    found = _where(scores, design, rows, home, areas)
    return Layout(
        scores=scores.select(mask), design=design, wave=wave[rows], person=person, linked=linked, area=found.area,
        area_names=found.names, treated=found.treated, cluster=person if found.cluster is None else found.cluster,
        clustered_by="area" if found.area is not None else "person" if found.cluster is None else "cluster",
        weights=None if weights is None else weights[rows], covariates=covariates, covariate_names=names,
        notes=(*notes, *said, *found.notes), left_out={reason: n for reason, n in left_out.items() if n},
    )  # fmt: skip


def own_codes(codes: Codes) -> Codes:
    """Give each row without a code (-1) one of its own."""
    nobody = codes < 0
    return np.where(nobody, codes.max(initial=-1) + np.cumsum(nobody), codes).astype(np.intp)


def _told_complete(person: Codes, complete: Truths, said: list[str]) -> tuple[list[str], int]:
    """Return what is said, and how many rows are left out for want of a covariate; of few people nothing from which they follow."""
    if complete.all():
        return said, 0
    gone, people = int((~complete).sum()), len(np.unique(person[~complete]))
    if people < FEWEST_IN_A_CELL:
        gone, said = people, []
    return [*said, f"Of these rows {told_count(gone)} are left out, for want of a covariate."], gone


def _wave_codes(scores: Scores, design: PilotDesign, inside: Truths) -> Codes:
    """Return each row's place among the design's waves, -1 for other waves."""
    labels = row_labels(scores.frame[scores.roles.column("wave", needed_by=WHERE)])
    codes = np.full(len(scores), -1, dtype=np.intp)
    for place, name in enumerate(design.waves):
        rows = (labels == name).fillna(False).to_numpy(dtype=bool)
        if not (rows & inside).any():
            check_known("wave", name, labels[inside])
        codes[rows] = place
    return codes


def _column(scores: Scores, name: str, argument: str) -> pd.Series[Any]:
    """Return a role's or kept column by name."""
    roles = scores.roles
    if name in roles.columns:
        return scores.frame[name]
    named = [role for role in ("zone", "language", "mode", "respondent") if getattr(roles, role) is not None]
    if name in named:
        return scores.frame[roles.column(name, needed_by=WHERE)]
    message = unknown_word(f"`{argument}` column", name, [*named, *roles.kept], "the answers")
    raise DesignError(f"{message} Keep a column when reading: `read_responses(..., keep=[{name!r}])`.")


def _area_labels(scores: Scores, design: PilotDesign) -> pd.Series[Any] | None:
    return None if design.area is None else row_labels(_column(scores, design.area, "area"))


def _settled(scores: Scores, design: PilotDesign, areas: pd.Series[Any], rows: Codes, wave: Codes) -> pd.Series[Any]:
    """Return each row's area as it was before, of people who can be linked: who moved stays where the pilot found them."""
    if design.linked is False:
        return areas
    keys = person_keys(scores, [rows[wave[rows] == place] for place in range(len(design.waves))], design.waves)
    if keys is None:
        return areas
    codes = pd.factorize(keys.iloc[rows])[0]
    codes = np.where(codes < 0, -1 - np.arange(len(codes)), codes)
    home = rows[_home(codes, wave[rows] == len(design.earlier))]
    settled = areas.copy()
    settled.iloc[rows] = areas.iloc[home].to_numpy()
    return settled


def _wanted_areas(areas: pd.Series[Any], design: PilotDesign) -> tuple[str, ...]:
    """Return the names of treated and comparison areas; refuse a name that is not there, and an empty side."""
    counts = areas.value_counts()
    for name in (*design.treated, *(design.comparison or ())):
        if name not in counts.index:
            check_known("area", name, areas)
    others = tuple(str(name) for name in counts.index if name not in design.treated)
    wanted = others if design.comparison is None else tuple(design.comparison)
    if not wanted:
        message = f"All rows live in areas where the pilot ran ({len(design.treated)}), so there is nothing to compare."
        raise DesignError(f"{message} For the change alone, leave `area` and `treated` out of `PilotDesign`.")
    return (*design.treated, *sorted(wanted))


def _people(scores: Scores, design: PilotDesign, rows: Codes, wave: Codes) -> tuple[Codes, str, list[str]]:
    """Return a code a person, how the waves are linked, and what to say of it."""
    start = len(design.earlier)
    own = np.arange(len(rows), dtype=np.intp)
    places = [rows[wave == place] for place in range(len(design.waves))]
    keys = person_keys(scores, places, design.waves)
    if keys is None:
        if design.linked:
            scores.roles.column("respondent", needed_by=f"{WHERE}(linked={design.linked!r})")
        return own, "different", ["No column says who answered, so the waves are compared as different people."]
    codes = own_codes(pd.factorize(keys.iloc[rows])[0])
    both = len(_in_both(codes, wave, start))
    before, after = int((wave == start).sum()), int((wave == start + 1).sum())
    how = linking(design, both, min(before, after))
    if how == "different":
        told = f"though {told_count(both)} codes are in both" if both else "for no respondent is in both"
        return own, how, [f"The waves are compared as different people, {told}."]
    if how == "overlap":
        return (
            codes,
            how,
            [f"{told_count(both)} people are in both waves; all others count with the wave they answered in."],
        )
    told = f"{told_count(both)} people answered in both waves and are compared with themselves."
    return codes, how, [told, *left_behind(design, (before - both, before), (after - both, after))]


def _in_both(person: Codes, wave: Codes, start: int) -> Codes:
    """Return the codes of the people who are in both waves of the question."""
    return np.intersect1d(person[wave == start], person[wave == start + 1])


def _home(person: Codes, start: Truths) -> Codes:
    """Return for each row the row that holds the person's values before; the row itself where there is none."""
    first = pd.Series(np.arange(len(person))[start], index=person[start])
    place = pd.Series(person).map(first[~first.index.duplicated()]).to_numpy(dtype=float)
    return np.where(np.isnan(place), np.arange(len(person)), place).astype(np.intp)


def _covariates(scores: Scores, design: PilotDesign, home: Codes) -> tuple[Floats, tuple[str, ...], Truths]:
    """Return columns of numbers, their names, and which rows are complete."""
    parts: list[Floats] = []
    names: list[str] = []
    complete = np.ones(len(home), dtype=bool)
    for name in design.covariates:
        column = _column(scores, name, "covariates").iloc[home]
        _check_covariate(scores, name, column)
        numbers = pd.to_numeric(column, errors="coerce")
        missing = column.isna().to_numpy(dtype=bool)
        complete &= ~missing
        coded = isinstance(column.dtype, pd.CategoricalDtype) or _is_role(scores, name)
        if (numbers.isna().to_numpy(dtype=bool) == missing).all() and not coded:
            parts.append(numbers.to_numpy(dtype=float, na_value=np.nan)[:, None])
            names.append(name)
            continue
        words = row_labels(column)
        counts = words.value_counts()
        if len(counts) > LISTED:
            message = f"The covariate {name!r} has {len(counts)} different words: too many to make people alike by."
            raise DesignError(f"{message} Group them into at most {LISTED} first, or leave it out of `covariates`.")
        parts += [(words == word).fillna(False).to_numpy(dtype=float)[:, None] for word in counts.index[1:]]
        names += [f"{name}: {word}" for word in counts.index[1:]]
    return (np.hstack(parts) if parts else np.empty((len(home), 0))), tuple(names), complete


def _is_role(scores: Scores, name: str) -> bool:
    """Tell whether a column says zone, language or mode: its values are names, even when they are written as numbers."""
    return any(name in (role, getattr(scores.roles, role)) for role in ("zone", "language", "mode"))


def _check_covariate(scores: Scores, name: str, column: pd.Series[Any]) -> None:
    """Refuse what makes nobody alike: a column that names people or waves, and one that does not vary."""
    cure = "Leave it out of `covariates`: the question without it can be answered."
    for role, told in (("respondent", "people"), ("wave", "waves")):
        if getattr(scores.roles, role) is not None and name in (role, getattr(scores.roles, role)):
            raise DesignError(f"The covariate {name!r} tells {told} apart; it does not make people alike. {cure}")
    if np.isinf(pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)).any():
        raise DesignError(f"The covariate {name!r} holds infinite numbers. Make them missing, or leave those rows out.")
    if len(column) and not column.notna().any():
        raise DesignError(f"The covariate {name!r} is missing in all rows that are compared. {cure}")
    if len(column) > 1 and row_labels(column).nunique() == 1:
        raise DesignError(f"The covariate {name!r} is the same in all rows that are compared. {cure}")


@dataclass(frozen=True, eq=False)
class _Places:
    """Where rows belong: their area, whether the pilot ran there, or their cluster."""

    area: Codes | None = None
    names: tuple[str, ...] = ()
    treated: Truths | None = None
    cluster: Codes | None = None
    notes: tuple[str, ...] = ()


def _where(scores: Scores, design: PilotDesign, rows: Codes, home: Codes, areas: pd.Series[Any] | None) -> _Places:
    """Return areas, treatment and clusters of the rows; a person belongs where they lived before."""
    if areas is not None:
        settled = areas.iloc[home]
        moved = int((settled.to_numpy() != areas.iloc[rows].to_numpy()).sum())
        notes = (
            [f"{told_count(moved)} rows of people who moved count with the area where they lived before."]
            if moved
            else []
        )
        if design.clusters is not None:
            notes.append(
                "Areas are what was chosen for the pilot, so they, not the clusters inside, carry the uncertainty."
            )
        codes, names = pd.factorize(settled, sort=True)
        area = np.asarray(codes, dtype=np.intp)
        treated = settled.isin(design.treated).to_numpy(dtype=bool)
        return _Places(area, tuple(map(str, names)), treated, area, tuple(notes))
    if design.clusters is None:
        return _Places()
    return _Places(cluster=cluster_codes(scores, design.clusters, home, "change"))


def cluster_codes(scores: Scores, name: str, home: Codes, what: str) -> Codes:
    """Return the code of each row's cluster, as of the rows `home`; `what` is asked of them."""
    codes, names = pd.factorize(row_labels(_column(scores, name, "clusters")).iloc[home])
    if (codes < 0).any():
        message = f"{told_count(int((codes < 0).sum()))} rows have no cluster in {name!r}."
        raise DesignError(f"{message} Leave those rows out first, or give them a cluster.")
    if len(names) < 2:
        message = f"All rows are in one cluster of {name!r}; two or more are needed."
        raise DesignError(f"{message} Leave it out: the {what} of people who answer independently can be told.")
    return np.asarray(codes, dtype=np.intp)


def small_areas(layout: Layout) -> Sequence[str]:
    """Return the names of areas with fewer people before or after than may be told of."""
    if layout.area is None:
        return ()
    few = []
    for code, name in enumerate(layout.area_names):
        counts = [int((layout.area[rows] == code).sum()) for rows in (layout.before, layout.after)]
        if min(counts) < FEWEST_PEOPLE:
            few.append(name)
    return few
