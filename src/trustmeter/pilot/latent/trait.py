"""Did the trait change, and how much of the score's change is the trait's?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import LatentModel, check_conf_level, check_option, names_of
from trustmeter.pilot.change.comparison import CLAIMS, NO_CAUSE, compare
from trustmeter.pilot.change.inference import Inference, by_t
from trustmeter.pilot.change.meaning import Claim, SmallestEffect, claim_of, settled, smallest_effects
from trustmeter.pilot.change.result import Comparison, question_row
from trustmeter.pilot.change.sample import Sample, wave_sample
from trustmeter.pilot.design import PilotDesign
from trustmeter.pilot.latent.factor_model import factor_finding, sound_step
from trustmeter.pilot.latent.finding import Account, account_of
from trustmeter.pilot.latent.graded_model import graded_finding
from trustmeter.pilot.latent.people import FEWEST_ITEMS, SCORES_ALONE, WHERE, People, people_of
from trustmeter.pilot.latent.result import OBSERVED, POINTS, LatentChange, Row, account_rows, sentence_of
from trustmeter.psychometrics.remark import gathered
from trustmeter.responses.model import Responses
from trustmeter.responses.sampling import design_notes
from trustmeter.results import vocabulary_frame
from trustmeter.scoring.composite import score

INFINITE = float("inf")

SHARED_SHIFT = (
    "A changed use of the answers that most items share looks like a change in the trait; answers alone cannot tell."
)
LET_GO = (
    "Which items are answered differently was found in the same answers, step by step, each at the level of one less the "
    "confidence level; so now and then an item is named though nothing shifted. The intervals take the choice as known, and "
    "there is no test of a shift beside it. The other items are the ruler."
)
NO_REST = "By an item response model the part that is left unexplained has no interval."
FAMILY = (
    "The p values of the traits are adjusted together (holm), and verdicts go by them; the intervals are not adjusted."
)


@dataclass(frozen=True, eq=False, slots=True)
class _Found:
    """What was found of one scale."""

    people: People
    account: Account
    observed: Row
    method: str
    step: str


def latent_change(
    answers: Responses,
    design: PilotDesign,
    *,
    scale: str | Sequence[str] | None = None,
    model: LatentModel = "auto",
    conf_level: float = 0.95,
    smallest_effect: SmallestEffect = None,
) -> LatentChange:
    """Say whether the trait changed, and how much of the score's change is the trait's and how much the meter's.

    Use it beside `compare`, when people may use the answers differently after the pilot than before: they learn what good
    service is and answer more strictly, or a word changes its meaning. It takes a questionnaire's items, not scores.

    Parameters
    ----------
    answers
        The responses of both waves.
    design
        Two waves, of the same people or of different ones; a zone may be named. Further waves are not used.
    scale
        A scale, several, or ``None`` for all scales of three items or more without dimensions.
    model
        ``"cfa"``: a factor model; ordered items by weighted least squares on polychoric correlations, numbers by maximum
        likelihood with robust errors; of linked people both waves in one model with correlated residuals. ``"irt"``: a graded
        response model of two groups, for different people and ordered items. ``"auto"``: the first.
    conf_level
        Level of the intervals; verdicts, and the steps of comparability, use ``1 - conf_level``.
    smallest_effect
        The smallest change that matters, in points of the score, declared before looking: one number, or one a scale. The
        verdict then is about the trait's mean in points; without it about the trait's mean in standard deviations.

    Returns
    -------
    LatentChange
        Columns ``scale item term contrast estimate std_error statistic df p_value p_adjusted ci_low ci_high n method``. Terms:
        ``mean_change`` (of the score, as `compare` has it), ``latent_change`` (of the trait's mean, in its standard deviations
        before), ``latent_variance_ratio``, ``latent_stability`` (linked people), and in points of the score ``true_change``
        (``true_change_mean`` + ``true_change_spread``), ``response_shift`` (``reprioritization`` + ``recalibration``; also of
        each `item` that is answered differently) and ``unexplained_change``. These three add up to ``mean_change``. With a
        smallest effect also ``smallest_effect`` (the nearest claim, with its p) and ``equivalence``. Fields ``verdicts``,
        ``sentences``, ``released``.

    Raises
    ------
    DesignError
        When the design has areas, clusters, weights, covariates or an overlap, or a wave or scale is not there.
    EstimationError
        When the only scale asked for has fewer than three items or fifty people a wave, its waves are not comparable, or the
        model does not describe the answers, is improper or does not come to rest.

    Notes
    -----
    The steps of `check_invariance` say which items stay equal; the others are let go. In the last step that holds the factor
    has mean 0 and variance 1 before, mean and variance after are free. With E(meter; trait) the expected score under the
    items' parameters of one wave and the trait's distribution in another::

        true change    = E(before; after) - E(before; before)
        response shift = E(after; after) - E(before; after)
        unexplained    = change of the score - true change - response shift

    For ordered items E sums ``(p[c + 1] - p[c]) Phi((nu + lambda alpha - tau[c]) / sqrt(lambda^2 psi + theta))`` over
    thresholds, p the points of the answers. *Reprioritization* is what changed loadings bring, when they change first and
    when they change last, on average; *recalibration* what thresholds, intercepts and residual variances do (Oort 2005). Of
    numbers this is ``(lambda' - lambda) alpha'`` and ``nu' - nu``. For an ordered item whose thresholds were let go the split
    takes its residual variance as equal. Standard errors by the delta method; that of the unexplained part from each person's
    influence on both changes. With unanswered items that part also holds what the score and the model make of the holes.
    Nothing is said of a shift's p value: the steps have searched for it in the same answers.

    References
    ----------
    Oort, F. J. (2005). Using structural equation modeling to detect response shifts and true change. Quality of Life
    Research, 14(3), 587-598. doi:10.1007/s11136-004-0830-y

    Wu, H., & Estabrook, R. (2016). Identification of confirmatory factor analysis models of different levels of invariance
    for ordered categorical outcomes. Psychometrika, 81(4), 1014-1045. doi:10.1007/s11336-016-9506-0

    Examples
    --------
    In R ``lavaan`` with ``estimator = "WLSMV"``, ``parameterization = "theta"`` gives the same mean and error of the factor.

    >>> import trustmeter as tm
    >>> trust = tm.load_questionnaire("community-trust")
    >>> answers = tm.simulate_responses(trust, 300, waves=("2022", "2023"), change=0.5, seed=1)
    >>> found = tm.latent_change(answers, tm.PilotDesign("2022", "2023"), scale="trust")
    >>> found.verdicts["trust"], found.released["trust"]
    ('increase', ())
    """
    names = _check_call(answers, design, scale, model, conf_level)
    design = replace(design, earlier=(), later=())
    smallest = smallest_effects(smallest_effect, names)
    scores = score(answers.with_design(None), scale=list(names))
    sample = wave_sample(scores, design)
    observed = compare(scores, design, conf_level=conf_level)
    found, remarks = _each(sample, names, (design, model, conf_level, observed))
    claims: dict[str, Claim | None] = {
        name: claim_of(_question(one, smallest[name], conf_level), smallest[name]) for name, one in found.items()
    }
    decided = settled(claims, "holm", 1 - conf_level)
    rows = [
        {"scale": name, "item": "", "contrast": design.contrast, "n": one.people.n, **row}
        for name, one in found.items()
        for row in _rows(one, decided[name][0], design, conf_level)
    ]
    options = {
        "scale": scale, "model": model, "conf_level": conf_level, "contrast": design.contrast,
        "smallest_effect": {name: value for name, value in smallest.items() if value},
    }  # fmt: skip
    return LatentChange(
        table=vocabulary_frame(rows),
        notes=(NO_CAUSE, *sample.notes, *remarks, *_method_notes(found, design, model), *design_notes(answers, parts=()), *scores.notes),
        provenance=sample.scores.answers.provenance(**options).narrowed(sample.left_out),
        verdicts={name: verdict for name, (_, verdict) in decided.items()},
        sentences={name: sentence_of(one.account, name, name.replace("_", " "), conf_level) for name, one in found.items()},
        released={name: tuple(one.account.items) for name, one in found.items()},
        design=design, conf_level=conf_level, linked=sample.linked, model="cfa" if model == "auto" else model,
        unexamined=tuple(name for name in names if name not in found),
    )  # fmt: skip


def _check_call(answers: object, design: object, scale: Any, model: str, conf_level: float) -> tuple[str, ...]:
    """Check what was passed; return the scales."""
    if not isinstance(answers, Responses):
        message = f"`{WHERE}` needs the answers to each item: Responses, as `read_responses` returns."
        raise DesignError(f"{message} Got {type(answers).__name__}. For ready scores use `compare`.")
    if not isinstance(design, PilotDesign):
        message = f"The `design` of `{WHERE}` must be a `PilotDesign`. Got {type(design).__name__}."
        raise DesignError(
            f"{message} For groups at one time see `latent_mean` of `check_invariance(answers, across=...)`."
        )
    check_option("model", model, LatentModel, WHERE)
    check_conf_level(conf_level, WHERE)
    _check_design(design)
    asked = answers.questionnaire
    if scale is not None:
        return names_of("scale", scale, WHERE)
    read = set(answers.item_ids)
    names = [
        one.id
        for one in asked.scales
        if not asked.dimensions(one.id) and len(read.intersection(one.items)) >= FEWEST_ITEMS
    ]
    if not names:
        raise DesignError("No scale without dimensions has three items that were read. For scores use `compare`.")
    return tuple(names)


def _check_design(design: PilotDesign) -> None:
    """Refuse what the measurement model does not allow for."""
    instead = "`compare(score(answers), design)` answers that on scores."
    if design.has_comparison:
        message = f"`{WHERE}` follows one set of people, not pilot areas against comparison areas."
        raise DesignError(f"{message} {instead} Or ask of each kind of area apart: `answers.select(...)`.")
    for name in ("clusters", "weights", "covariates"):
        if getattr(design, name):
            raise DesignError(f"`{WHERE}` takes each person alike and independent: no `{name}`. {instead}")
    if design.linked == "overlap":
        message = f"`{WHERE}` takes waves of the same people (`linked=True`) or of different ones (`linked=False`)."
        raise DesignError(f"{message} {instead}")


def _each(
    sample: Sample, names: Sequence[str], asked: tuple[PilotDesign, str, float, Comparison]
) -> tuple[dict[str, _Found], list[str]]:
    """Return what was found of each scale, and why others could not be examined; with one scale that is an error."""
    found: dict[str, _Found] = {}
    remarks: list[str] = []
    said: list[tuple[str, str]] = []
    for name in names:
        try:
            found[name] = _one(sample, name, asked)
        except EstimationError as error:
            if len(names) == 1:
                raise EstimationError(_with_nearest(str(error))) from error
            remarks.append(f"Scale {name!r} could not be examined: {error}")
            continue
        said += [(name, words) for words in found[name].people.units.notes]
    if not found:
        raise EstimationError(f"`{WHERE}` could examine none of the scales. {' '.join(remarks)}")
    return found, [*remarks, *gathered(said, len(found))]


def _with_nearest(message: str) -> str:
    """Return a refusal together with the nearest question that can be answered."""
    return message if "compare" in message else f"{message} {SCORES_ALONE}"


def _one(sample: Sample, name: str, asked: tuple[PilotDesign, str, float, Comparison]) -> _Found:
    design, model, conf_level, comparison = asked
    people = people_of(sample, name, design)
    step = sound_step(people.units, 1 - conf_level)
    finding = factor_finding(people, step)
    if model == "irt":
        finding = graded_finding(people, finding.shifted, step.name)
    observed = question_row(comparison.table[comparison.table["scale"] == name]).to_dict()
    kept = ("estimate", "std_error", "statistic", "df", "p_value", "ci_low", "ci_high", "method")
    account = account_of(finding, float(observed["estimate"]), people.pull)
    return _Found(people, account, {name: observed[name] for name in kept}, finding.method, finding.step)


def _question(one: _Found, smallest: float, conf_level: float) -> Inference:
    """Return what the verdict is about: the trait's mean, in points where a smallest effect is."""
    value, error = one.account.mean_points if smallest else one.account.latent
    return by_t(value, error, INFINITE, conf_level=conf_level, n=one.people.n, method=one.method)


def _rows(one: _Found, claim: Claim | None, design: PilotDesign, conf_level: float) -> list[Row]:
    rows: list[Row] = [{"term": OBSERVED, **one.observed}]
    rows += account_rows(one.account, design.before, f"{one.method}, equal {one.step}", conf_level)
    if claim is None:
        return rows
    if not claim.smallest:
        return [{**row, "p_adjusted": claim.p_adjusted} if row["term"] == "latent_change" else row for row in rows]
    test = {"p_value": claim.p_value, "p_adjusted": claim.p_adjusted, "method": CLAIMS[claim.verdict]}
    low, high = _question(one, claim.smallest, conf_level).interval(2 * conf_level - 1)
    within = {
        "p_value": claim.p_equivalence,
        "ci_low": low,
        "ci_high": high,
        "method": f"two one-sided tests, {POINTS}",
    }
    return [
        *rows,
        {"term": "smallest_effect", "estimate": claim.smallest, **test},
        {"term": "equivalence", "estimate": claim.smallest, **within},
    ]


def _method_notes(found: Mapping[str, _Found], design: PilotDesign, model: str) -> list[str]:
    standard = (
        f"The meter of {design.before!r} is the standard: the true change is what the score would have moved by if the answers "
        f"had been used as then. The trait's unit is its standard deviation in {design.before!r}."
    )
    notes = [standard, SHARED_SHIFT]
    if any(one.account.items for one in found.values()):
        notes.append(LET_GO)
    if model == "irt":
        notes.append(NO_REST)
    return [*notes, FAMILY] if len(found) > 1 else notes
