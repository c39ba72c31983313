"""Made-up answers to any questionnaire, from a model that is written down: for practice, planning and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError
from trustmeter.options import check_seed, check_whole
from trustmeter.questionnaire.model import Item, Questionnaire, Scale
from trustmeter.questionnaire.routing import AllOf, AnyOf, Condition, Equals, IsIn
from trustmeter.responses.model import MISSING_KINDS, Responses, Roles
from trustmeter.responses.routing import KnownCodes, asked_rows

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

GENERAL = 0.6
"""Share of a dimension's variance that all dimensions have in common."""

STABLE = 0.7
"""Correlation of a person's trait between waves."""

SKEW = 1.3
"""Above 1, the upper answers are given more often: a share of ``(k / K) ** SKEW`` answers with the lowest k of K."""

DIFFICULTY_SD = 0.25
"""How much items of one scale differ in how easily they are agreed with."""

GATE_OPEN = 0.97
"""Share of people who give the answer that a required question needs to go on, such as consent."""

SPECIAL_OPEN = 0.6
"""Share of people who agree to an optional module on special-category data."""

_BLANK = 1 + MISSING_KINDS.index("blank")
_NOT_ASKED = 1 + MISSING_KINDS.index("not_asked")


def simulate_responses(
    questionnaire: Questionnaire,
    n: int,
    *,
    waves: Sequence[str] = ("before", "after"),
    change: float | Mapping[str, float] = 0.0,
    linked: bool | float = True,
    zone: str | None = None,
    dont_know: float = 0.04,
    refused: float = 0.01,
    blank: float = 0.02,
    loading: float = 0.7,
    seed: int | None = None,
) -> Responses:
    """Make up answers to a questionnaire, with a true change that you choose.

    Use it to try an analysis before there are data, to see what a report looks like, and to test. Everything made from
    these answers says that they are simulated. They tell nothing about any place or people.

    Parameters
    ----------
    questionnaire
        What is asked.
    n
        How many people answer in each wave.
    waves
        The names of the waves, in order.
    change
        The true change from the first wave to the last, in standard deviations of the latent trait: one number for
        all scales, or one a scale id. A dimension that is not named takes its parent's; others stay as they are. With
        more than two waves the change grows in equal steps.
    linked
        The share of people of the first wave who answer in every wave: ``True`` is all, ``False`` none. The others are
        replaced by new people.
    zone
        The name of the police zone; ``None`` gives no zone column.
    dont_know, refused, blank
        Shares of answers to asked questions that become a non-answer. The first two only where the item offers them.
        Required questions are always answered.
    loading
        Correlation of the latent answer with the latent trait, above 0 and below 1.
    seed
        The same seed gives the same answers.

    Returns
    -------
    Responses
        ``n`` rows a wave, `simulated`. Roles: respondent ``id``, wave ``wave`` and, if given, zone ``zone``.

    Raises
    ------
    DesignError
        When an argument is outside its range, or `change` names an unknown scale.

    Notes
    -----
    For person p in wave w and scale s::

        trait(p, w, s)  = sqrt(0.6) g(p, w) + sqrt(0.4) d(p, w, s) + change(s) * w / (W - 1)
        latent(p, w, i) = loading * trait(p, w, s) + sqrt(1 - loading^2) e(p, w, i)

    g, d and e are standard normal; g and d correlate 0.7 between waves, e does not. Item i gives its k-th lowest answer
    of K, in the direction of the scale, when latent lies between the standard normal quantiles of ((k - 1) / K)^1.3 and
    (k / K)^1.3, both moved by the item's difficulty, normal with SD 0.25. Reversed items are then turned. Questions
    that belong to no scale are drawn once a person: numbers from a beta distribution over their range, ordered answers
    with nearly equal shares, other answers with shares that fall in the order offered. A required question that opens
    others is answered so by 97 %, by 60 % if it opens special-category questions only. Texts stay blank. Routing is
    followed.

    Examples
    --------
    >>> import trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust")
    >>> answers = tm.simulate_responses(trust, 50, waves=("2022", "2023"), change={"trust": 0.3}, seed=1)
    >>> len(answers), answers.simulated
    (100, True)
    """
    if not isinstance(questionnaire, Questionnaire):
        message = f"`simulate_responses` takes a questionnaire. Got {type(questionnaire).__name__}."
        raise DesignError(f"{message} Load it first: `load_questionnaire('community-trust')`.")
    check_seed(seed, "simulate_responses")
    _check_numbers(n, waves, dont_know=dont_know, refused=refused, blank=blank, loading=loading, linked=linked)
    shifts = _shifts(questionnaire, change)
    rng = np.random.default_rng(seed)
    panel = _make_panel(n, len(waves), float(linked))
    traits = _Traits(rng, panel, shifts, loading)
    silence = {"dont_know": dont_know, "refused": refused, "blank": blank}
    known: dict[str, KnownCodes] = {}
    columns: dict[str, pd.Series[Any]] = {}
    kinds: dict[str, NDArray[np.int8]] = {}
    for item in questionnaire.items:
        scale = _scale_of(questionnaire, item.id)
        codes = _codes(item)
        if scale is not None and len(codes) > 1:
            places = traits.answers(scale, item.id, len(codes))
        else:
            places = _background(rng, questionnaire, item, len(codes), panel.people)[panel.person]
        asked, _ = asked_rows(questionnaire.condition(item.id), known, len(panel.person))
        kinds[item.id] = np.where(asked, _draw_silence(rng, item, silence, len(places)), _NOT_ASKED).astype(np.int8)
        known[item.id] = _known(item, codes, places, kinds[item.id])
        columns[item.id] = _column(item, codes, places, kinds[item.id])
    who = {"id": panel.names(), "wave": np.array([str(wave) for wave in waves])[panel.wave]}
    if zone is not None:
        who["zone"] = np.full(len(panel.person), zone)
    roles = Roles("id", "wave", None if zone is None else "zone")
    frame = pd.DataFrame({**{name: pd.array(words, dtype="string") for name, words in who.items()}, **columns})
    return Responses(frame, pd.DataFrame(kinds, index=frame.index), questionnaire, roles, simulated=True)


@dataclass(frozen=True, eq=False, slots=True)
class _Panel:
    """Who answers when: for each row the number of the person and of the wave."""

    person: Places
    wave: Places
    people: int
    waves: int

    def names(self) -> NDArray[np.str_]:
        """Return a name for the person of each row."""
        width = max(3, len(str(self.people)))
        return np.array([f"P{number + 1:0{width}d}" for number in self.person])


@dataclass(frozen=True, eq=False, slots=True)
class _Traits:
    """The latent traits of all people in all waves; those of a scale are drawn when first asked for."""

    rng: np.random.Generator
    panel: _Panel
    shifts: Mapping[str, float]
    loading: float
    drawn: dict[str, Floats] = field(default_factory=dict)

    def answers(self, scale: Scale, item_id: str, options: int) -> Places:
        """Return the place of each row's answer among the options, lowest code first."""
        general, own = self._draw("everything"), self._draw(f"scale {scale.id}")
        trait = np.sqrt(GENERAL) * general + np.sqrt(1 - GENERAL) * own
        trait = trait + self.shifts[scale.id] * self.panel.wave / max(self.panel.waves - 1, 1)
        error = self.rng.standard_normal(len(trait))
        latent = self.loading * trait + np.sqrt(1 - self.loading**2) * error
        shares = (np.arange(1, options) / options) ** SKEW
        thresholds = np.array([NormalDist().inv_cdf(share) for share in shares.tolist()])
        places: Places = np.searchsorted(thresholds + DIFFICULTY_SD * self.rng.standard_normal(), latent)
        return options - 1 - places if item_id in scale.reversed else places

    def _draw(self, name: str) -> Floats:
        if name not in self.drawn:
            lasting = self.rng.standard_normal(self.panel.people)[self.panel.person]
            passing = self.rng.standard_normal(len(self.panel.person))
            self.drawn[name] = np.sqrt(STABLE) * lasting + np.sqrt(1 - STABLE) * passing
        return self.drawn[name]


def _check_numbers(n: object, waves: Sequence[str], **shares: float) -> None:
    where = "of `simulate_responses`"
    check_whole("n", n, 1, "simulate_responses")
    if isinstance(waves, str) or not waves or len({str(wave) for wave in waves}) < len(waves):
        raise DesignError(f"The `waves` argument {where} must be a list of different names. Got {waves!r}.")
    for name, share in shares.items():
        if not isinstance(share, (int, float, np.number)) or not 0 <= share <= 1:
            raise DesignError(f"The `{name}` argument {where} must be a share from 0 to 1. Got {share!r}.")
    if not 0 < shares["loading"] < 1:
        raise DesignError(f"The `loading` argument {where} must lie between 0 and 1. Got {shares['loading']!r}.")
    if shares["dont_know"] + shares["refused"] + shares["blank"] > 1:
        raise DesignError(f"The shares `dont_know`, `refused` and `blank` {where} must not exceed 1 together.")


def _shifts(questionnaire: Questionnaire, change: float | Mapping[str, float]) -> dict[str, float]:
    """Return the change of each scale; a dimension that is not named takes its parent's."""
    named = change if isinstance(change, Mapping) else {scale.id: change for scale in questionnaire.scales}
    for name, size in named.items():
        questionnaire.scale(name)
        if isinstance(size, bool) or not isinstance(size, (int, float, np.number)) or not np.isfinite(size):
            message = "The `change` argument of `simulate_responses` must be a number, or one a scale id."
            raise DesignError(f"{message} Got {size!r} for scale {name!r}.")
    return {
        scale.id: float(named.get(scale.id, named.get(scale.parent, 0.0) if scale.parent else 0.0))
        for scale in questionnaire.scales
    }


def _make_panel(n: int, waves: int, linked: float) -> _Panel:
    """Return numbered people: the first `linked` share stays, the others are new in each wave."""
    staying = round(n * linked)
    fresh = [np.arange(staying, n) + wave * (n - staying) for wave in range(waves)]
    person = np.concatenate([np.concatenate([np.arange(staying), new]) for new in fresh])
    return _Panel(person, np.repeat(np.arange(waves), n), n + (waves - 1) * (n - staying), waves)


def _scale_of(questionnaire: Questionnaire, item_id: str) -> Scale | None:
    """Return the scale that an item measures: a dimension before its parent."""
    holding = [scale for scale in questionnaire.scales if item_id in scale.items]
    return min(holding, key=lambda scale: len(scale.items), default=None)


def _codes(item: Item) -> tuple[str, ...]:
    """Return the codes of an item's substantive answers, lowest first; none for texts."""
    scale = item.response_scale
    if scale.type != "number":
        offered = scale.substantive
        if all(option.value is not None for option in offered):
            offered = tuple(sorted(offered, key=lambda option: float(option.value or 0)))
        return tuple(option.code for option in offered) if scale.type != "text" else ()
    low = 0.0 if scale.minimum is None else scale.minimum
    high = low + 100 if scale.maximum is None else scale.maximum
    whole = range(int(np.ceil(low)), int(np.floor(high)) + 1)
    taken = {option.code for option in scale.options}
    return tuple(code for code in map(str, whole) if code not in taken) or (repr(low),)


def _background(
    rng: np.random.Generator, questionnaire: Questionnaire, item: Item, options: int, people: int
) -> Places:
    """Return the place of each person's answer to a question that belongs to no scale."""
    if item.response_scale.type == "number":
        return np.minimum((rng.beta(2.0, 3.0, people) * options).astype(np.intp), options - 1)
    if options == 0:
        return np.zeros(people, dtype=np.intp)
    weights = np.arange(options, 0, -1) if item.response_scale.type == "nominal" else np.ones(options)
    shares = rng.dirichlet(20.0 * options * weights / weights.sum())
    opening, special = _gate(questionnaire, item.id)
    opens = np.array([code in opening for code in _codes(item)])
    if item.required and opens.any() and not opens.all():
        wanted = SPECIAL_OPEN if special else GATE_OPEN
        shares = np.where(opens, wanted * shares / shares[opens].sum(), (1 - wanted) * shares / shares[~opens].sum())
    return rng.choice(options, size=people, p=shares)


def _gate(questionnaire: Questionnaire, item_id: str) -> tuple[frozenset[str], bool]:
    """Return the codes of an item that open other questions, and whether all of those are special-category."""
    opening: set[str] = set()
    special: list[bool] = []
    for section in questionnaire.sections:
        for item in section.items:
            found = _opening_codes(questionnaire.condition(item.id), item_id)
            if found:
                opening |= found
                special.append(section.special_category)
    return frozenset(opening), bool(special) and all(special)


def _opening_codes(condition: Condition | None, item_id: str) -> frozenset[str]:
    match condition:
        case Equals(item=item, code=code) if item == item_id:
            return frozenset({code})
        case IsIn(item=item, codes=codes) if item == item_id:
            return frozenset(codes)
        case AllOf(conditions=parts) | AnyOf(conditions=parts):
            return frozenset().union(*(_opening_codes(part, item_id) for part in parts))
    return frozenset()


def _draw_silence(rng: np.random.Generator, item: Item, shares: Mapping[str, float], rows: int) -> NDArray[np.int8]:
    """Return 0 for an answer, else the number of the kind of non-answer."""
    drawn = rng.random(rows)
    kinds = np.zeros(rows, dtype=np.int8)
    if item.response_scale.type == "text":
        return np.full(rows, _BLANK, dtype=np.int8)
    if item.required:
        return kinds
    offered = {option.kind for option in item.response_scale.non_answers} | {"blank"}
    start = 0.0
    for kind, share in shares.items():
        if kind in offered:
            kinds[(start <= drawn) & (drawn < start + share)] = 1 + MISSING_KINDS.index(kind)
            start += share
    return kinds


def _known(item: Item, codes: tuple[str, ...], places: Places, kinds: NDArray[np.int8]) -> KnownCodes:
    """Return the codes that later conditions look at; non-answers are codes, too."""
    spoken = [option for option in item.response_scale.non_answers if option.kind != "blank"]
    positions = places.copy()
    for number, option in enumerate(spoken, start=len(codes)):
        positions[kinds == 1 + MISSING_KINDS.index(str(option.kind))] = number
    every = (*codes, *(option.code for option in spoken))
    return KnownCodes(every or ("",), positions, (kinds != _BLANK) & (kinds != _NOT_ASKED))


def _column(item: Item, codes: tuple[str, ...], places: Places, kinds: NDArray[np.int8]) -> pd.Series[Any]:
    gone = kinds != 0
    if not item.response_scale.numeric_codes:
        words = np.array([*codes, None], dtype=object)[np.where(gone, len(codes), places)]
        return pd.Series(pd.array(words, dtype="string"))
    numbers = np.array([float(code) for code in codes])[places]
    if np.all(numbers % 1 == 0):
        return pd.Series(pd.arrays.IntegerArray(numbers.astype(np.int64), gone))
    return pd.Series(pd.arrays.FloatingArray(numbers, gone))
