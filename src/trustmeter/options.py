"""The words that a caller may pass, each list in one place, with one checker."""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from typing import Any, Literal, get_args

from trustmeter.errors import DesignError, unknown_word

NonAnswerKind = Literal["dont_know", "refused", "not_applicable", "blank"]
"""What an answer code may mean beside a substantive answer."""

MissingKind = Literal["not_asked", "blank", "dont_know", "refused", "not_applicable"]
"""Why a cell holds no substantive answer; kept apart from reading to report."""

ResponseType = Literal["ordinal", "nominal", "number", "text"]
"""What a response scale offers: ordered options, unordered options, a number, or a short text."""

ScoreMethod = Literal["pomp", "mean", "sum"]
"""How answers become a score: percent of maximum possible (0-100), mean of items, sum of items."""

QualityRule = Literal[
    "incomplete", "straight_lining", "same_answers", "near_duplicates", "longstring", "low_variability", "even_odd",
    "synonyms", "antonyms", "outlying", "speeding",
]  # fmt: skip
"""Signs of careless or repeated answering that `check_quality` can look for."""

MissingRule = Literal["listwise", "pairwise"]
"""Which rows a covariance matrix is made from: complete rows only, or each pair's own rows."""

MomentsRule = Literal["listwise", "pairwise", "fiml"]
"""As `MissingRule`, or all rows with any answer by full-information maximum likelihood."""

IntervalMethod = Literal["auto", "adf", "jackknife", "normal", "feldt", "bootstrap", "percentile"]
"""How the interval of a reliability coefficient is made."""

ReliabilityTerm = Literal[
    "alpha", "alpha_standardized", "omega_total", "sem", "mdc", "lambda2", "lambda3", "lambda4", "lambda6", "glb",
    "split_half", "omega_total_observed", "omega_hierarchical", "alpha_ordinal", "omega_categorical", "kr20", "kr21",
]  # fmt: skip
"""The coefficients of consistency; ``"split_half"`` and ``"omega_hierarchical"`` give several rows."""

ItemTreatment = Literal["auto", "ordinal", "continuous"]
"""Whether items are ordered categories or numbers; *auto*: categories when they have seven or fewer whole values."""

AlignmentZero = Literal["fixed", "free"]
"""Whether the first group's mean is zero when groups are aligned, or is found from loadings that differ."""

AgreementWeights = Literal["unweighted", "linear", "quadratic"]
"""How much a disagreement of two raters weighs: each fully, by its distance, or by its squared distance."""

MeasurementLevel = Literal["nominal", "ordinal", "interval", "ratio"]
"""What differences between the values of a variable mean."""

UnitInterval = Literal["jackknife", "bootstrap"]
"""How the interval of a coefficient over units is made: leaving out one unit at a time, or resampling units."""

Adjustment = Literal["holm", "bonferroni", "fdr_bh", "none"]
"""How p values of several scales are adjusted for being several."""

FamilyAdjustment = Literal["holm", "bonferroni", "fdr_bh", "romano_wolf", "none"]
"""The same, and step-down by joint draws, for scales of the same people."""

BetweenMethod = Literal["reml", "ml", "dl", "pm"]
"""How the variance between zones is estimated: restricted or full likelihood, DerSimonian and Laird, Paule and Mandel."""

PlanMethod = Literal["formula", "simulation"]
"""How power is found: from closed forms, or by analysing made-up pilots."""

EmptyCells = Literal["two_by_two", "when_needed", "always", "never"]
"""When half a row is put into empty cells of two-way tables: of two by two ones, also where a correlation runs to 1, …"""

FactorEstimator = Literal["auto", "ml", "mlr", "wlsmv", "ulsmv"]
"""How a factor model is fitted: maximum likelihood, the same with robust tests, or least squares for ordered answers."""

HoleRule = Literal["listwise", "fiml"]
"""What a factor model does with unanswered items: complete rows only, or all answers there are (full information)."""

Identification = Literal["variance", "marker"]
"""What sets the unit of a factor: its variance is 1, or the loading of its first item."""

FactorScoreMethod = Literal["auto", "regression", "bartlett", "mode"]
"""How a person's place on a factor is estimated."""

IrtModel = Literal["graded", "gpcm", "pcm"]
"""Item response models: graded response, generalised partial credit, partial credit (slopes one)."""

LatentModel = Literal["auto", "cfa", "irt"]
"""The measurement model behind a latent change: a factor model (of linked or different people), or a graded response model."""

TraitMethod = Literal["eap", "map", "wle"]
"""How a person is placed on the trait: posterior mean, posterior mode, weighted likelihood."""

LinkMethod = Literal["stocking_lord", "haebara", "mean_sigma", "mean_mean"]
"""How two calibrations are brought onto one scale."""

CorrelationKind = Literal["pearson", "polychoric"]
"""Which correlations factors are made from: of the answers as numbers, or of the normal variables behind them."""

ExtractionMethod = Literal["minres", "ml"]
"""How factors are extracted: smallest squared residual correlations, or largest normal likelihood."""

FactorRotation = Literal[
    "oblimin", "geomin", "promax", "varimax", "quartimax", "geomin_orthogonal", "bifactor", "bifactor_oblique", "none"
]  # fmt: skip
"""How factors are turned towards a simple pattern; the first three and ``"bifactor_oblique"`` let factors correlate."""

RowNormalization = Literal["kaiser", "none"]
"""Whether each item's loadings are brought to length one for the rotation."""

BiasMethod = Literal["logistic", "irt"]
"""How items that work differently in groups are found: ordinal regression on a score, or item response models."""

MatchOn = Literal["total", "rest", "trait"]
"""Which people count as equals: of the same score with, or without, the item itself, or of the same expected trait."""

ReportLanguage = Literal["en", "fr", "nl", "de"]
"""The languages that reports are written in."""

ImputationMethod = Literal["auto", "pmm", "ordinal"]
"""How unanswered questions are filled: by proportional odds, or by matched people; *auto*: odds up to twelve values."""

PictureView = Literal["curves", "map", "balance", "weights"]
"""Which picture of a result: of an item response model the curves or the map of thresholds, of a weighting what it mended or the
weights."""

RankMethod = Literal["simultaneous", "marginal"]
"""Which sets of ranks carry the words: those that hold for all zones together, or for each by itself."""

ExportTool = Literal[
    "xlsform", "html", "web", "limesurvey", "paper", "entry_sheet", "qualtrics", "redcap", "surveyjs", "codebook", "spss"
]  # fmt: skip
"""The survey tools that a questionnaire can be written for."""

CodingUnit = Literal["segment", "document", "characters"]
"""On what coders are held against each other: each marked segment, each session as a whole, or each character of its text."""

CodeGrouping = Literal["group", "all"]
"""Whether codes are counted group by group, or over all sessions together."""

CodeLevel = Literal["code", "top"]
"""Whether each code is counted by itself, or only the uppermost codes with all that stands below them."""

JointFit = Literal["confirm", "complement", "diverge", "silent"]
"""What people said beside a scale: the same, more, something else, or nothing about it; judged by the analyst, never computed."""

LonelyPsu = Literal["refuse", "certainty", "adjust", "average"]
"""What a stratum with a single cluster does to a standard error: it stops us, adds nothing, or differs as from the mean of all …"""

RegressionFamily = Literal["gaussian", "binomial", "poisson", "ordinal"]
"""What an outcome is in a regression: a number, one of two (on the log-odds), a count (on the logarithm), or an ordered answer."""

ReplicateMethod = Literal["jk1", "jkn", "brr", "fay", "bootstrap"]
"""How replicate weights were made: leaving out one cluster (of all, of its stratum), half samples, or drawing again."""

SurveyStatistic = Literal["mean", "share", "total", "quantile"]
"""What of the population is estimated: a mean, the share of each category, a sum (or how many people), or quantiles."""

DomainContrast = Literal["first", "pairwise", "consecutive"]
"""Which groups are held against each other: each other one against the first, every pair, or each against the one before."""

CalibrationKind = Literal["rake", "post_stratify", "calibrate"]
"""How weights were made to meet the population's margins: several in turn, every cell, or totals of variables."""

CalibrationMethod = Literal["linear", "raking", "logit"]
"""What it means that calibrated weights stay near the base weights; *logit* keeps them within bounds by itself."""

TrimSharing = Literal["equal", "proportional"]
"""How what is cut off from large weights is shared out: each of the others gets the same, or by its weight."""

UnansweredMargin = Literal["refuse", "own_share"]
"""What becomes of people who left a question of the margins open: a refusal, or together they keep the share they have."""

WeightUnit = Literal["mean", "weight"]
"""What bounds of weights count in: multiples of the mean weight, or weights."""

NonresponseMethod = Literal["inverse", "classes"]
"""How chances to answer become weights: one over each person's, or one over the rate of people with a like chance."""

SmallCategories = Literal["keep", "other"]
"""What becomes of categories about too few people in a table: they stay (and are hidden), or are put together as *other*."""

SmallClasses = Literal["refuse", "blank", "drop"]
"""What becomes of people who stand out in a file: the file is refused, what others could know of them is blanked, or they go."""

WaveLinkMethod = Literal["tolerance", "weights"]
"""How waves are linked: by the number of elements that differ, or by weights of what it says that each agrees."""

RespondentIds = Literal["drop", "random"]
"""What becomes of respondents' ids in a file: they go, or random numbers stand for them."""

ReadTool = Literal[
    "auto", "trustmeter", "limesurvey", "kobo", "odk", "qualtrics", "redcap", "forms", "spss", "table",
]  # fmt: skip
"""Which tool wrote a file of answers; *auto*: found out; *table*: none, headings are item ids or questions' texts."""

MarginStatus = Literal["verified", "estimate", "unverified", "invented"]
"""How far known numbers of people may be trusted, from most to least: as an office counted them, estimated, not checked, made up."""

PullTool = Literal["limesurvey", "kobo", "odk"]
"""From which tool's server answers are fetched."""

UnfinishedRows = Literal["keep", "set_aside"]
"""What becomes of people who did not hand in: they stay, marked in the column ``finished``, or are set aside."""


FEWEST_PEOPLE = 10
"""About fewer people nothing is estimated and nothing shown."""

FEWEST_IN_A_CELL = 5
"""Counts of people below this, and above zero, are not shown."""

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula: such a text is written behind an apostrophe."""


def harmless(cell: Any) -> Any:
    """Return a cell of which no spreadsheet makes a formula: such a text behind an apostrophe; what is no text stays.

    Examples
    --------
    >>> harmless("=1+1"), harmless("yes"), harmless(-1)
    ("'=1+1", 'yes', -1)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell


_ELSEWHERE = {
    "fiml": ("fiml", "missing"), "listwise": ("listwise", "missing"), "pairwise": ("pairwise", "missing"),
    "omega_h": ("omega_hierarchical", "coefficients"), "omegah": ("omega_hierarchical", "coefficients"),
    "omega": ("omega_total", "coefficients"), "omega_t": ("omega_total", "coefficients"),
    "omega_c": ("omega_categorical", "coefficients"), "cronbach": ("alpha", "coefficients"),
    "g6": ("lambda6", "coefficients"), "smc": ("lambda6", "coefficients"), "std_alpha": ("alpha_standardized", "coefficients"),
    "dwls": ("wlsmv", "estimator"), "wls": ("wlsmv", "estimator"), "uls": ("ulsmv", "estimator"), "mlm": ("mlr", "estimator"),
    "quartimin": ("oblimin", "rotation"), "tetrachoric": ("polychoric", "correlation"),
    "grm": ("graded", "model"), "bca": ("bootstrap", "interval"),
}  # fmt: skip
"""Other tools' words: the word here, and the argument it belongs to."""


def check_option(name: str, value: object, words: object, where: str) -> None:
    """Refuse a word that is not in the list `words`.

    Parameters
    ----------
    name
        The argument's name.
    value
        What the caller passed.
    words
        A ``Literal`` alias of this module.
    where
        The public verb's name.

    Raises
    ------
    DesignError
        When `value` is not one of the words.
    """
    known = get_args(words)
    if value in known:
        return
    message = unknown_word(f"`{name}` argument", value, known, f"`{where}`")
    meant, argument = _ELSEWHERE.get(str(value).casefold(), ("", name))
    if meant in known:
        message = f"{message.partition(' Did you mean')[0]} Did you mean {meant!r}?"
    elif argument != name:
        message = f"{message.partition(' Did you mean')[0]} Use `{argument}={meant!r}`."
    raise DesignError(message)


def check_conf_level(conf_level: float, where: str) -> None:
    """Refuse a confidence level that is not strictly between 0 and 1."""
    if not isinstance(conf_level, numbers.Real) or not 0 < conf_level < 1:
        message = f"The `conf_level` argument of `{where}` must lie between 0 and 1, such as 0.95. Got {conf_level!r}."
        raise DesignError(message)


def check_whole(name: str, value: Any, least: int, where: str) -> None:
    """Refuse what is no whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        message = f"The `{name}` argument of `{where}` must be a whole number of at least {least}. Got {value!r}."
        raise DesignError(message)


def check_seed(seed: Any, where: str) -> None:
    """Refuse what is neither ``None``, nor a whole number of 0 or more, nor a generator of numpy."""
    if seed is None or hasattr(seed, "bit_generator"):
        return
    if isinstance(seed, bool) or not isinstance(seed, numbers.Integral) or seed < 0:
        message = f"The `seed` argument of `{where}` must be None, a whole number of 0 or more, or a numpy Generator."
        raise DesignError(f"{message} Got {seed!r}.")


def names_of(name: str, value: Any, where: str) -> tuple[str, ...]:
    """Return one name or several as a tuple, each once; refuse anything else, and an empty list."""
    listed = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, Iterable) else ()
    if not listed or not all(isinstance(one, str) for one in listed):
        message = f"The `{name}` argument of `{where}` must be a name or a list of names. Got {value!r}."
        raise DesignError(f"{message} Leave it out for all.")
    return tuple(dict.fromkeys(listed))
