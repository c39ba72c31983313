"""Two waves put together by the codes that people made, without knowing who anyone is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from trustmeter.errors import DesignError, EstimationError
from trustmeter.linking.codes import WHERE, elements_of, numbered
from trustmeter.linking.result import WaveLinks
from trustmeter.linking.told import Linked, element_rows, false_range, false_rows, wave_rows, weight_rows
from trustmeter.options import FEWEST_PEOPLE, WaveLinkMethod, check_conf_level, check_option, check_seed, check_whole
from trustmeter.responses.model import Responses
from trustmeter.results import vocabulary_frame
from trustmeter.stats.linkage import APART, Codes, Levels, chance_agreement, differences, link
from trustmeter.stats.linkage_weights import agreement_patterns, fit_weights, weight_levels

MOST_TOLERATED = 2
_FEWEST_AGREE = 3
_MANY_FALSE = 0.05


def link_waves(
    before: Responses,
    after: Responses,
    *,
    elements: Sequence[str] | None = None,
    tolerance: int = 1,
    method: WaveLinkMethod = "tolerance",
    threshold: float = 0.9,
    within: str | None = None,
    waves: tuple[str, str] | None = None,
    draws: int = 20,
    conf_level: float = 0.95,
    seed: Any = None,
) -> WaveLinks:
    r"""Put two waves together by the codes that people made themselves, and say how many links are wrong.

    Use it after reading both waves and before scoring. Only pairs of which nobody else could be half are linked; what is
    ambiguous is left alone and counted.

    Parameters
    ----------
    before, after
        The answers of the two waves, to the same wording.
    elements
        The questions or kept columns that make the code. By default those of the link code (`add_link_code`). Capitals,
        accents and blanks do not count.
    tolerance
        How many elements may differ or be missing: 0, 1 or 2. At least three must agree. Not used with weights.
    method
        ``"tolerance"``, or ``"weights"``: each element counts by how much it tells (Fellegi & Sunter), found by EM.
    threshold
        With weights: how likely a pair must be of one person.
    within
        A role (``"zone"``) or kept column: only people of one part are linked with each other.
    waves
        Names of the two waves, where the answers have no column for it.
    draws
        How often elements are shuffled to see how many links come about by chance.
    conf_level
        Of the intervals.
    seed
        For the new random names, the order of rows and the shuffling. Leave it out for names nobody can make again.

    Returns
    -------
    WaveLinks
        Columns ``item wave term estimate ci_low ci_high n method suppressed``. For each wave: ``people`` (a count), shares
        ``linked`` (and by level ``linked_exact``, ``linked_one_off``, ``linked_two_off``), ``not_linked_ambiguous``,
        ``not_linked_nobody_fits``, ``same_code_as_another``, ``code_incomplete``. For each element ``element_bits``; ``code_bits``
        for all. ``false_link_rate``: the expected share of links that are of different people, also ``_shuffled`` and
        ``_within_wave``, and by level ``false_rate_exact`` and so on. With weights ``agrees_same_person`` (m) and
        ``agrees_other_person`` (u). ``.answers()`` has both waves under new random names.

    Raises
    ------
    DesignError
        When the two are no answers to one wording, an element is not there, or the tolerance leaves too little of the code.
    EstimationError
        When a wave has fewer than ten people.

    Notes
    -----
    A pair is linked at the lowest level (elements that do not agree) at which it is the only one that fits, for both of its
    people, among all who are not linked at a better level. Two different people agree in an element with chance
    :math:`c = \sum_v p_v q_v`; were elements independent, the number of differences would be Poisson-binomial. With M people
    truly in both waves, :math:`(n_1 - M)(n_2 - M)` pairs can be false. Elements are not independent where people come from few
    places: pairs of people of one wave, who are certainly different, show that. Take the largest of the three.

    References
    ----------
    Fellegi, I. P., & Sunter, A. B. (1969). A theory for record linkage. Journal of the American Statistical Association,
    64(328), 1183-1210. doi:10.1080/01621459.1969.10501049

    Yurek, L. A., Vasey, J., & Sullivan Havens, D. (2008). The use of self-generated identification codes in longitudinal
    research. Evaluation Review, 32(5), 435-452. doi:10.1177/0193841X08316676

    Examples
    --------
    >>> import trustmeter as tm
    >>> survey = tm.add_link_code(tm.load_questionnaire("community-trust-short"))
    >>> both = tm.simulate_responses(survey, 80, seed=1)
    >>> wave = both.frame[both.roles.wave]
    >>> first = both.select(wave == wave.iloc[0])
    >>> links = tm.link_waves(first, first, elements=["LC01", "LC03", "LC04", "LC05"], waves=("2024", "2025"), seed=1)
    >>> links.value("linked", wave="2024") > 0.5
    True
    """
    _check_call(before, after, tolerance, method, threshold, draws, conf_level, seed)
    names = elements_of(before, after, elements)
    if method == "tolerance" and tolerance and len(names) - tolerance < _FEWEST_AGREE:
        message = f"A code of {len(names)} elements of which {tolerance} may differ tells too little."
        raise DesignError(f"{message} At least {_FEWEST_AGREE} must agree: lower `tolerance`, or add elements.")
    said = _wave_names(before, after, waves)
    codes = numbered(before, after, names)
    blocks = _blocks(before, after, within)
    agreement, rng = chance_agreement(*codes), np.random.default_rng(seed)
    apart = differences(*codes, blocks=blocks)
    found = Linked(said, codes, blocks, link(apart, tolerance), tolerance, agreement, conf_level)
    if method == "tolerance":
        more = false_rows(found, tolerance, draws, rng)
    else:
        found, more = _by_weights(found, apart, threshold, names)
    table = vocabulary_frame([*wave_rows(found), *element_rows(found, names), *more])
    linked = _answers(before, after, names, found, rng)
    options = {"elements": list(names), "tolerance": tolerance, "method": method, "threshold": threshold, "within": within,
               "draws": draws, "conf_level": conf_level}  # fmt: skip
    return WaveLinks(
        table=table, notes=_notes(found, false_range(more)), provenance=linked.provenance(**options), linked=linked,
        waves=said, elements=names, conf_level=conf_level,
    )  # fmt: skip


def _by_weights(
    found: Linked, apart: Levels, threshold: float, names: Sequence[str]
) -> tuple[Linked, list[dict[str, Any]]]:
    """Return the links by weights instead of tolerance, and the rows of the weights."""
    patterns = agreement_patterns(*found.codes)
    weights = fit_weights(patterns, found.agreement, min(found.sizes))
    if not weights.converged:
        raise EstimationError("The weights did not come to rest. Link by `method='tolerance'`.")
    levels, worst = weight_levels(patterns, weights.posterior, threshold)
    links = link(np.where(apart == APART, APART, levels), worst)
    sure = weights.posterior[patterns.of[links.first, links.second]]
    weighed = replace(found, links=replace(links, level=np.zeros_like(links.level)), tolerance=None)
    return weighed, weight_rows(weighed, names, weights.m, weights.u, float((1 - sure).sum()))


def _check_call(before: Any, after: Any, tolerance: Any, method: Any, threshold: Any, *rest: Any) -> None:
    draws, conf_level, seed = rest
    if not (isinstance(before, Responses) and isinstance(after, Responses)):
        raise DesignError(f"`{WHERE}` takes the answers of two waves. Read each with `read_responses`.")
    check_option("method", method, WaveLinkMethod, WHERE)
    check_whole("tolerance", tolerance, 0, WHERE)
    check_whole("draws", draws, 1, WHERE)
    check_conf_level(conf_level, WHERE)
    check_seed(seed, WHERE)
    if tolerance > MOST_TOLERATED:
        raise DesignError(f"The `tolerance` of `{WHERE}` is 0, 1 or 2. Got {tolerance}.")
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not 0.5 <= threshold < 1:
        raise DesignError(f"The `threshold` of `{WHERE}` lies from 0.5 to below 1, such as 0.9. Got {threshold!r}.")
    if before.questionnaire.fingerprint != after.questionnaire.fingerprint:
        message = f"`{WHERE}` puts together answers to one wording; these two are of different ones."
        raise DesignError(f"{message} Read both with the same version of the questionnaire.")
    if min(len(before), len(after)) < FEWEST_PEOPLE:
        raise EstimationError(f"A wave has fewer than {FEWEST_PEOPLE} people: nothing is linked.")


def _wave_names(before: Responses, after: Responses, waves: Any) -> tuple[str, str]:
    if waves is None:
        found = [_only_wave(answers) for answers in (before, after)]
        if found == ["", ""]:
            return "before", "after"
    else:
        found = [str(name).strip() for name in waves] if isinstance(waves, (tuple, list)) else []
    if len(found) != 2 or "" in found or found[0] == found[1]:
        message = f"`{WHERE}` cannot tell what the two waves are called, or they are called alike."
        raise DesignError(f"{message} Name them: `waves=('2024', '2025')`.")
    return found[0], found[1]


def _only_wave(answers: Responses) -> str:
    if answers.roles.wave is None:
        return ""
    named = answers.frame[answers.roles.wave].dropna().unique()
    if len(named) > 1:
        message = f"One of the answers given to `{WHERE}` holds {len(named)} waves."
        raise DesignError(f"{message} Keep one first: `answers.select(answers.frame['wave'] == '2024')`.")
    return str(named[0]) if len(named) else ""


def _blocks(before: Responses, after: Responses, within: str | None) -> tuple[Codes, Codes] | None:
    if within is None:
        return None
    sides = [answers.frame[answers.roles.column(within, needed_by=WHERE)] for answers in (before, after)]
    places, _ = pd.factorize(pd.concat([side.astype("string").str.strip().str.casefold() for side in sides]))
    return places[: len(before)].astype(np.int64), places[len(before) :].astype(np.int64)


def _answers(
    before: Responses, after: Responses, elements: Sequence[str], found: Linked, rng: np.random.Generator
) -> Responses:
    """Return both waves under random names, without codes and former names, in random order."""
    links, (n1, n2) = found.links, found.sizes
    people = np.arange(n1 + n2)
    people[n1 + links.second] = links.first
    distinct, place = np.unique(people, return_inverse=True)
    numbers = 1 + rng.permutation(len(distinct))[place.reshape(-1)]
    width = len(str(len(distinct)))
    parts = [_one_wave(answers, elements, name) for answers, name in zip((before, after), found.waves, strict=True)]
    frame, missing = (pd.concat([part[side] for part in parts], ignore_index=True) for side in (0, 1))
    frame.insert(0, "respondent", pd.Series([f"P{number:0{width}d}" for number in numbers], dtype="string"))
    order = rng.permutation(len(frame))
    roles = replace(before.roles, respondent="respondent", wave="wave", **_shared(before, after, elements, frame))
    nothing = before.rejected.iloc[:0].reset_index(drop=True)
    return Responses(
        frame=frame.iloc[order].reset_index(drop=True), missing=missing.iloc[order].astype("int8").reset_index(drop=True),
        questionnaire=before.questionnaire, roles=roles, simulated=before.simulated or after.simulated, rejected=nothing,
    )  # fmt: skip


def _one_wave(answers: Responses, elements: Sequence[str], wave: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one wave's columns that stay, role columns under their role's name."""
    stay = [item for item in answers.item_ids if item not in elements]
    people: dict[str, Any] = {"wave": pd.array([wave] * len(answers), dtype="string")}
    for role in ("zone", "language", "mode"):
        column = getattr(answers.roles, role)
        if column is not None and column not in elements:
            people[role] = answers.frame[column].to_numpy()
    people |= {name: answers.frame[name].array for name in answers.roles.kept if name not in {*elements, *people}}
    head = pd.DataFrame(people).convert_dtypes()
    frame = pd.concat([head, answers.frame[stay].reset_index(drop=True)], axis=1)
    return frame, answers.missing[stay].reset_index(drop=True)


def _shared(before: Responses, after: Responses, elements: Sequence[str], frame: pd.DataFrame) -> dict[str, Any]:
    """Return the roles that the linked answers have."""
    roles: dict[str, Any] = {role: role if role in frame.columns else None for role in ("zone", "language", "mode")}
    kept = [name for name in (*before.roles.kept, *after.roles.kept) if name in frame.columns and name not in elements]
    return {**roles, "kept": tuple(dict.fromkeys(name for name in kept if name not in {"respondent", "wave"}))}


def _notes(found: Linked, shares: tuple[float, float]) -> tuple[str, ...]:
    notes = [
        "Only pairs are linked of which each half fits nobody else at least as well; ambiguous ones are left alone."
    ]
    low, high = (f"{100 * share:.1f}" for share in shares)
    if math.isfinite(shares[1]):
        span = f"{high} %" if low == high else f"{low} to {high} %"
        notes.append(f"Of the links, {span} are expected to be of different people.")
        if shares[1] > _MANY_FALSE:
            notes.append(
                "That is much: links of different people make change look random. Lower the tolerance, or add elements."
            )
    notes.append(
        "Who was not linked may differ from who was: look at `attrition` before comparing people with themselves."
    )
    if found.hidden:
        notes.append("How many were linked is hidden: one to four people were, or were not.")
    notes.append(
        "The elements of the code and former names are not in the linked answers. Delete the files that hold them."
    )
    return tuple(notes)
