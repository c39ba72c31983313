"""Pictures: one verb, which goes by what it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trustmeter.errors import DesignError
from trustmeter.focus_groups.coders import CodeAgreement
from trustmeter.focus_groups.frequency import CodeFrequencies
from trustmeter.focus_groups.joint import JointDisplay
from trustmeter.options import PictureView, ReportLanguage, check_option
from trustmeter.pilot.array import ArrayComparison
from trustmeter.pilot.change.result import Comparison
from trustmeter.pilot.estimators.result import EstimatorComparison
from trustmeter.pilot.missing.loss import AttritionResult
from trustmeter.pilot.planning.result import Plan
from trustmeter.pilot.subgroup import SubgroupResult
from trustmeter.pilot.synthesis.result import SynthesisResult
from trustmeter.present.phrases import Phrases, load_phrases
from trustmeter.present.pilot.changes import family_of
from trustmeter.present.pilot.sentences import sentences_of, shocks_of
from trustmeter.present.reading import coefficient_rows, compared, missing_rows, questionnaire_of
from trustmeter.present.tally import Groups, panels_of
from trustmeter.psychometrics.agreement.result import AgreementResult
from trustmeter.psychometrics.comparability.alignment import AlignmentResult
from trustmeter.psychometrics.comparability.bias import BiasResult
from trustmeter.psychometrics.comparability.invariance import InvarianceResult
from trustmeter.psychometrics.consistency.estimate import ReliabilityResult
from trustmeter.psychometrics.items import ItemAnalysis
from trustmeter.psychometrics.response.calibrate import IrtResult
from trustmeter.psychometrics.structure.confirmation import CfaResult
from trustmeter.psychometrics.structure.exploration.factors import FactorResult
from trustmeter.psychometrics.structure.exploration.retention import DimensionalityResult
from trustmeter.questionnaire.model import Questionnaire
from trustmeter.responses.model import Responses
from trustmeter.responses.quality import QualityReport
from trustmeter.results import Result
from trustmeter.scoring.model import Scores
from trustmeter.weighting.representing import Representation
from trustmeter.weighting.result import Weighting
from trustmeter.zones.order import ZoneRanking
from trustmeter.zones.result import ZoneProfile

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from trustmeter.present.sheet import Chart


def plot(
    thing: Responses | Result,
    *,
    scale: str | None = None,
    view: PictureView | None = None,
    language: ReportLanguage = "en",
    questionnaire: Questionnaire | None = None,
) -> Figure:
    """Draw a result.

    Parameters
    ----------
    thing
        Responses: the answers to the items of one scale, as diverging bars (needs `scale` when there are several);
        *don't know* and *prefer not to say* stand outside the bar in grey, with their number.
        Comparison: the change (or effect) of each scale with its interval, in a band of the smallest change declared to
        matter, other waves below it, and apart what one person's change must exceed. ReliabilityResult: its coefficients with intervals.
        QualityReport: why answers are missing, for the items with the most. InvarianceResult: the ladder of steps and the
        bias in points. DimensionalityResult: the scree beside random answers. FactorResult and CfaResult: the loadings.
        IrtResult: category and information curves, or with ``view="map"`` the map of thresholds. BiasResult: the points
        that each item brings. AlignmentResult: the groups' means with the ranks that they may have. AgreementResult of
        `bland_altman`: bias and limits with intervals; no person's difference is drawn. SynthesisResult: each zone alone and
        leaning towards the average, the average, and where a new zone would lie. SubgroupResult: the change of each group.
        EstimatorComparison: what each analysis says, the declared one first. AttritionResult: the change of those seen again, mended
        for who was lost, and all that is possible. Plan: the power by the size of the true change.
        ZoneProfile: each zone's mean by name, a panel a scale, leaning towards the average, or its waves. ZoneRanking: the ranks
        that each zone may hold. CodeFrequencies: in which share of the sessions each code came up, group by group. CodeAgreement:
        alpha of each code. JointDisplay: a table of scales with what the survey and what people said.
        Representation: who answered against who lives there, by category. Weighting: how far the answers are from the population
        before and after, and how unequal the weights are; no person's weight can be read from it.
    scale
        Draw this scale only.
    view
        Of an IrtResult ``"curves"`` (as without) or ``"map"``; of a Weighting ``"balance"`` or ``"weights"`` alone.
    language
        ``"en"``, ``"fr"``, ``"nl"`` or ``"de"``.
    questionnaire
        For names and wording, where the result does not carry them and they are not on the shelf either.

    Returns
    -------
    matplotlib.figure.Figure
        Shown by a notebook as it stands; ``figure.savefig("change.png")`` writes it. Simulated data say so on it.
        Groups under ten people and counts under five are not shown.

    Raises
    ------
    DesignError
        When there is no picture for this thing, or the scale or the language is unknown.

    Examples
    --------
    >>> from trustmeter import demo_file, load_questionnaire, plot, read_responses
    >>> trust = load_questionnaire("community-trust")
    >>> answers = read_responses(demo_file(), trust, respondent="id", wave="wave", zone="zone")
    >>> figure = plot(answers, scale="trust", language="fr")
    """
    phrases = load_phrases(language, where="plot")
    if view is not None:
        return _drawer_of_view(thing, view)(
            thing, scale, phrases, questionnaire=questionnaire or questionnaire_of(thing)
        )
    for kind, draw in _PICTURES.items():
        if isinstance(thing, kind):
            return draw(thing, scale, phrases, questionnaire=questionnaire or questionnaire_of(thing))
    if isinstance(thing, (Scores, ArrayComparison, ItemAnalysis)):
        cure = (
            "Compare the scores and plot the comparison."
            if isinstance(thing, Scores)
            else "Use `.tidy()` or `to_table(...)`."
        )
        raise DesignError(f"There is no picture of {type(thing).__name__}. {cure}")
    known = ", ".join(kind.__name__ for kind in _PICTURES)
    raise DesignError(f"`plot` draws one of {known}. Got {type(thing).__name__}.")


def _drawer_of_view(thing: object, view: PictureView) -> Callable[..., Chart]:
    """Return what draws one of the several pictures of a result; refuse it where there is but one, or another."""
    check_option("view", view, PictureView, "plot")
    kind = next((kind for kind in _VIEWS if isinstance(thing, kind)), None)
    if kind is None:
        raise DesignError(
            "The `view` argument of `plot` belongs to item response models and to weightings. Leave it out."
        )
    if view not in _VIEWS[kind]:
        raise DesignError(
            f"The `view` of a {kind.__name__} is one of {', '.join(map(repr, _VIEWS[kind]))}. Got {view!r}."
        )
    return _VIEWS[kind][view]


def draw_answers(
    answers: Responses,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
    groups: Groups | None = None,
) -> Chart:
    """Draw the answers to the items of one scale, by wave unless `groups` say else."""
    del questionnaire
    from trustmeter.present.likert import draw_likert

    known = [one.id for one in answers.questionnaire.scales if any(item in answers.item_ids for item in one.items)]
    if scale is None and len(known) != 1:
        listed = ", ".join(map(repr, known)) or "none"
        raise DesignError(f"`plot` of answers needs one scale: `scale=...`. The scales are: {listed}.")
    chosen = answers.questionnaire.scale(scale or known[0])
    name = chosen.name.read(phrases.language) or chosen.id
    panels = panels_of(answers, chosen.id, phrases, groups)
    heading = phrases.say("heading.answers", scale=name)
    alt = phrases.say("alt.answers", scale=name)
    return draw_likert(panels, phrases, heading=heading, alt=alt, titled=titled, watermark=_mark(answers, phrases))


def draw_comparison(
    change: Comparison,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw the change of each scale."""
    del questionnaire
    from trustmeter.present.forest import draw_change

    said = [(row, told) for row, told in sentences_of(change, phrases) if scale in (None, row.scale)]
    rows = [row for row, _ in said]
    _refuse_unknown(scale, [row.scale for row in rows], list(change.verdicts))
    names, family = compared(change), family_of(change)
    key = "difference" if family == "group" else family
    heading = phrases.say(f"heading.{key}", first=names[0], second=names[1])
    first = shocks_of(change, phrases)
    alt = " ".join([phrases.say(f"alt.{key}"), *([first] if first else []), *(told for _, told in said)])
    return draw_change(
        rows, phrases, labels=names, conf_level=change.conf_level, family=family,
        heading=heading, alt=alt, titled=titled, watermark=_mark(change, phrases),
    )  # fmt: skip


def draw_meter(
    meter: ReliabilityResult,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw the coefficients of each scale."""
    from trustmeter.present.forest import draw_reliability

    every = coefficient_rows(meter, questionnaire, phrases)
    if not every:
        raise DesignError("`plot` draws coefficients, and this result has none. Use `.tidy()` or `to_table(...)`.")
    rows = [row for row in every if scale in (None, row.scale)]
    _refuse_unknown(scale, [row.scale for row in rows], [row.scale for row in every])
    heading = phrases.say("heading.reliability")
    told = [
        f"{row.name}: {phrases.term(row.term)} {phrases.number(row.value, 2)}.".removeprefix(": ")
        for row in rows
        if row.shown
    ]
    conf_level = float(meter.provenance.options.get("conf_level", 0.95))
    return draw_reliability(
        rows, phrases, conf_level=conf_level, heading=heading, alt=" ".join(told), titled=titled, watermark=_mark(meter, phrases),
    )  # fmt: skip


def draw_quality(
    quality: QualityReport,
    scale: str | None,
    phrases: Phrases,
    *,
    titled: bool = True,
    questionnaire: Questionnaire | None = None,
) -> Chart:
    """Draw why answers are missing, for the items with the most."""
    from trustmeter.present.gaps import draw_missing

    del scale
    rows = missing_rows(quality, questionnaire, phrases)
    heading = phrases.say("heading.missing")
    most = [f"{row.item} {phrases.percent(row.total)}" for row in rows if row.whole][:3]
    alt = " ".join(
        [phrases.say("alt.missing"), *([phrases.say("alt.longest", items=phrases.join(most))] if most else [])]
    )
    return draw_missing(rows, phrases, heading=heading, alt=alt, titled=titled, watermark=_mark(quality, phrases))


def _mark(thing: Any, phrases: Phrases) -> str:
    return phrases.say("simulated.mark") if thing.simulated else ""


def _refuse_unknown(scale: str | None, found: list[str], known: list[str]) -> None:
    if scale is not None and not found:
        raise DesignError(f"There is no scale {scale!r} in this result. Its scales are: {', '.join(map(repr, known))}.")


def _of_pilot(name: str) -> Callable[..., Chart]:
    """Return a drawer of the wing `pilot`, which is loaded with the first picture."""

    def draw(found: Any, scale: str | None, phrases: Phrases, **options: Any) -> Chart:
        from trustmeter.present.pilot import alternatives, pictures, power_curve

        drawer = next(getattr(room, name) for room in (pictures, alternatives, power_curve) if hasattr(room, name))
        chart: Chart = drawer(found, scale, phrases, **options)
        return chart

    return draw


def _of_meter(name: str) -> Callable[..., Chart]:
    """Return a drawer of `meter.pictures` or `meter.findings`, which are loaded with the first picture."""

    def draw(found: Any, scale: str | None, phrases: Phrases, **options: Any) -> Chart:
        from trustmeter.present.meter import findings, pictures

        drawer = getattr(pictures, name, None) or getattr(findings, name)
        chart: Chart = drawer(found, scale, phrases, **options)
        return chart

    return draw


def _of_zones(name: str) -> Callable[..., Chart]:
    """Return a drawer of `zones.pictures`, which is loaded with the first picture."""

    def draw(found: Any, scale: str | None, phrases: Phrases, **options: Any) -> Chart:
        from trustmeter.present.zones import pictures

        chart: Chart = getattr(pictures, name)(found, scale, phrases, **options)
        return chart

    return draw


def _of_weighting(name: str) -> Callable[..., Chart]:
    """Return a drawer of `weighting.pictures`, which is loaded with the first picture."""

    def draw(found: Any, scale: str | None, phrases: Phrases, **options: Any) -> Chart:
        from trustmeter.present.weighting import pictures

        chart: Chart = getattr(pictures, name)(found, scale, phrases, **options)
        return chart

    return draw


def _of_focus_groups(name: str) -> Callable[..., Chart]:
    """Return a drawer of `focus_groups.pictures`, which is loaded with the first picture."""

    def draw(found: Any, scale: str | None, phrases: Phrases, **options: Any) -> Chart:
        from trustmeter.present.focus_groups import pictures

        chart: Chart = getattr(pictures, name)(found, scale, phrases, **options)
        return chart

    return draw


_PICTURES: dict[type, Callable[..., Chart]] = {
    Responses: draw_answers,
    Comparison: draw_comparison,
    ReliabilityResult: draw_meter,
    QualityReport: draw_quality,
    InvarianceResult: _of_meter("draw_invariance"),
    DimensionalityResult: _of_meter("draw_dimensionality"),
    FactorResult: _of_meter("draw_factors"),
    CfaResult: _of_meter("draw_factors"),
    IrtResult: _of_meter("draw_response"),
    AgreementResult: _of_meter("draw_agreement"),
    AlignmentResult: _of_meter("draw_alignment"),
    BiasResult: _of_meter("draw_bias"),
    SynthesisResult: _of_pilot("draw_synthesis"),
    SubgroupResult: _of_pilot("draw_subgroups"),
    EstimatorComparison: _of_pilot("draw_estimators"),
    AttritionResult: _of_pilot("draw_attrition"),
    Plan: _of_pilot("draw_power"),
    ZoneProfile: _of_zones("draw_profile"),
    ZoneRanking: _of_zones("draw_ranking"),
    CodeFrequencies: _of_focus_groups("draw_codes"),
    CodeAgreement: _of_focus_groups("draw_coders"),
    JointDisplay: _of_focus_groups("draw_joint"),
    Representation: _of_weighting("draw_representation"),
    Weighting: _of_weighting("draw_weighting"),
}
_VIEWS: dict[type, dict[str, Callable[..., Chart]]] = {
    IrtResult: {"curves": _of_meter("draw_response"), "map": _of_meter("draw_map")},
    Weighting: {"balance": _of_weighting("draw_balance_only"), "weights": _of_weighting("draw_weights_only")},
}
