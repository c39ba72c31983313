"""Do items work alike in all groups? Differential item functioning, in points of the score."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from trustmeter.errors import DesignError, EstimationError, unknown_word
from trustmeter.options import Adjustment, BiasMethod, MatchOn, check_conf_level, check_option
from trustmeter.psychometrics.comparability.item_bias.answers import (
    FEWEST_IN_A_GROUP,
    RowDesign,
    grouped_items,
)
from trustmeter.psychometrics.comparability.item_bias.purification import Examined, Search, examined
from trustmeter.psychometrics.comparability.item_bias.rows import decision_rows, estimate_rows, sentence
from trustmeter.psychometrics.grouping import Grouped, groups_of, large_enough, referred
from trustmeter.psychometrics.matrix import item_matrices
from trustmeter.psychometrics.remark import gathered
from trustmeter.responses.model import Responses
from trustmeter.responses.sampling import RowValues, design_notes, row_clusters, row_weights
from trustmeter.results import Provenance, Result, printable, vocabulary_frame

_WHERE = "check_item_bias"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class BiasResult(Result):
    """Which items work differently in groups, and what that does to the score.

    Parameters
    ----------
    decisions
        One row a scale and item, for reading: p values of the tests, change of R², points of bias, whether flagged.
    flagged
        Scale → the items whose total test is rejected after adjustment.
    sentences
        Scale → what was found, in one sentence.
    labels
        The groups, the one that others are compared with first.
    """

    title: ClassVar[str] = "Item bias (differential item functioning)"

    decisions: pd.DataFrame
    flagged: Mapping[str, tuple[str, ...]]
    sentences: Mapping[str, str]
    labels: tuple[str, ...]

    def value(self, term: str, item: str = "", group: str = "", scale: str | None = None) -> float:
        """Return one number: ``value("item_bias", "TR01", "fr")``; of a test (``"total"``) its p value."""
        rows = self.table
        wanted = {"scale": scale, "term": term, "item": item, "group": group}
        for name, word in wanted.items():
            if word is not None:
                known = list(dict.fromkeys(rows[name]))
                if word not in known:
                    raise DesignError(unknown_word(name, word, known, "the item bias result"))
                rows = rows[rows[name] == word]
        if len(rows) > 1:
            raise DesignError("Several numbers of that name. Say which with `scale`.")
        estimate = float(rows["estimate"].iloc[0])
        return float(rows["p_value"].iloc[0]) if math.isnan(estimate) else estimate

    def _summary_parts(self) -> list[str]:
        mark, head, _, notes = super()._summary_parts()
        return [mark, head, "\n".join(self.sentences.values()), "", printable(self.decisions), notes]


def check_item_bias(
    answers: Responses | pd.DataFrame,
    *,
    across: str,
    scale: str | Sequence[str] | None = None,
    method: BiasMethod = "logistic",
    match: MatchOn = "total",
    purify: bool = True,
    reference: str | None = None,
    weights: RowValues | None = None,
    clusters: RowValues | None = None,
    adjust: Adjustment = "holm",
    conf_level: float = 0.95,
) -> BiasResult:
    """Examine whether people of the same standing answer an item alike whichever group they belong to.

    Use it before languages, modes, waves or groups of people are compared, and after a translation: an item that is
    harder to agree with in one language makes a difference in scores where there is none in trust. It tells by how many
    points. A bias that all items share cannot be seen by comparing items with each other.

    Parameters
    ----------
    answers
        Responses, or a frame of items together with the column named by `across`.
    across
        Of Responses ``"language"``, ``"wave"``, ``"zone"``, ``"mode"``, a kept column or an item; of a frame a column.
    scale
        Of Responses: a scale's id, several, or ``None`` for all scales with at least three items that were read.
    method
        ``"logistic"``: ordinal regression of the item on standing and group, complete rows. ``"irt"``: graded response
        models with and without own parameters of the item in each group, all rows with an answer.
    match
        Of ``"logistic"``, what standing is: ``"total"``, the mean of the items with the examined one; ``"rest"``,
        without it, right only when groups hardly differ in standing; ``"trait"``, the expected trait of a graded
        response model.
    purify
        Leave the clearest of the flagged items out of the standing of others (of ``"irt"``: give it own parameters) and
        examine again, item by item, until no more are flagged. When no two items are left, no ``bias`` is given.
    reference
        The group that others are held against; ``None`` takes the first.
    weights, clusters
        Of Responses the name of a column that was read along, of a frame one value a row: what a row stands for, and
        which rows were drawn together. People who answered more than once are clusters without being named.
    adjust
        How p values of a scale's items are adjusted for being several.
    conf_level
        Level of intervals. An item is flagged when the p value of its total test, adjusted for the number of items, is
        below one less this level; its uniform and non-uniform tests flag nothing.

    Returns
    -------
    BiasResult
        Columns ``scale item group term contrast estimate std_error statistic df p_value p_adjusted ci_low ci_high n
        method``. Tests of an item: ``uniform`` (the same shift at all standings), ``nonuniform`` (a shift that changes
        with standing), ``total`` (both). Sizes: ``r2_change_mcfadden``, ``r2_change_nagelkerke``. ``item_bias``: points
        of the 0-100 score of the scale that the item adds in a group; ``item_bias_absolute``: the same without regard
        to direction; ``bias``: all flagged items together. Fields ``decisions``, ``flagged``, ``sentences``.

    Raises
    ------
    DesignError
        When the call cannot be carried out: unknown column or scale, fewer than two groups of fifty people.
    EstimationError
        When the only scale asked for cannot be examined: fewer than three items, an item that does not vary.

    Notes
    -----
    Logistic: logit P(Y <= c) = threshold_c - (b1 standing), then + group, then + group x standing; 2 (l2 - l1) tests
    uniform, 2 (l3 - l2) non-uniform, 2 (l3 - l1) total bias. With weights or clusters robust Wald tests take their
    place, with F instead of chi-square and degrees of freedom of the clusters within groups (Krishnamoorthy & Yu 2004;
    of ``"irt"`` by a rougher rule). With fewer than ten clusters, or fewer than four in a group, and where few rows
    carry nearly all the weight of a group, so that they tell less than ten unweighted ones would (Kish), tests, standard
    errors and intervals are withheld. IRT: twice the difference of the log-likelihoods of models in which the item has,
    or has not, own slope and thresholds in each group, the other items (purified: those not flagged) being anchors;
    ``nonuniform`` is the Wald test of equal slopes, and there is no test of the uniform part alone. An item that all
    people of a group answered alike cannot be examined, and is no anchor.

    Bias: expected score of the group's people under their own parameters less that under the first group's, averaged
    over the group. Changes of Nagelkerke's R² below 0.035 have been called negligible and above 0.070 large (Jodoin &
    Gierl 2001), by Zumbo (1999) below 0.13 and above 0.26: rules of thumb that do not know what a point is worth here.
    With many people an item of no practical bias is flagged: read the points and their interval.

    A score of few items is no exact standing: where groups differ much, matching on it leaves some of the difference in
    the items, and as it holds the item itself, bias looks a little smaller than it is. ``"irt"`` has neither fault.

    References
    ----------
    Swaminathan, H., & Rogers, H. J. (1990). Detecting differential item functioning using logistic regression
    procedures. Journal of Educational Measurement, 27(4), 361-370. doi:10.1111/j.1745-3984.1990.tb00754.x

    Zumbo, B. D. (1999). A handbook on the theory and methods of differential item functioning (DIF). Directorate of
    Human Resources Research and Evaluation, Department of National Defense, Ottawa.

    Jodoin, M. G., & Gierl, M. J. (2001). Evaluating type I error and power rates using an effect size measure with the
    logistic regression procedure for DIF detection. Applied Measurement in Education, 14(4), 329-349.
    doi:10.1207/S15324818AME1404_2

    Krishnamoorthy, K., & Yu, J. (2004). Modified Nel and Van der Merwe test for the multivariate Behrens-Fisher problem.
    Statistics & Probability Letters, 66(2), 161-169. doi:10.1016/j.spl.2003.10.012

    Thissen, D., Steinberg, L., & Wainer, H. (1993). Detection of differential item functioning using the parameters of
    item response models. In P. W. Holland & H. Wainer (Eds.), Differential item functioning (pp. 67-113). Erlbaum.

    Examples
    --------
    In R ``ordinal::clm(item ~ standing * group)`` and its two smaller models give the same log-likelihoods.

    >>> import numpy as np, pandas as pd
    >>> import trustmeter as tm
    >>> rng = np.random.default_rng(5)
    >>> group = np.repeat(["en", "fr"], 300)
    >>> latent = rng.normal(size=(600, 1)) + rng.normal(size=(600, 5))
    >>> latent[group == "fr", 2] -= 0.8
    >>> items = pd.DataFrame(np.digitize(latent, [-1.5, -0.5, 0.5, 1.5]), columns=list("abcde"))
    >>> result = tm.check_item_bias(items.assign(language=group), across="language")
    >>> result.flagged[""], round(result.value("item_bias", "c", "fr"), 1)
    (('c',), -2.6)
    """
    check_conf_level(conf_level, _WHERE)
    for name, word, words in (
        ("method", method, BiasMethod), ("match", match, MatchOn), ("adjust", adjust, Adjustment)
    ):  # fmt: skip
        check_option(name, word, words, _WHERE)
    found, note = large_enough(groups_of(answers, across, _WHERE), FEWEST_IN_A_GROUP, _WHERE)
    found = referred(found, reference, _WHERE)
    design = RowDesign(row_weights(found.answers, weights, _WHERE), row_clusters(found.answers, clusters, _WHERE))
    search = Search(method, match, bool(purify), adjust, conf_level)
    kept, remarks = _scales(found, scale, design, search)
    name = across if not isinstance(answers, Responses) or across not in answers.item_ids else f"item {across}"
    options = {
        "across": across, "scale": scale, "method": method, "match": match, "purify": purify, "reference": reference,
        "weights": weights if isinstance(weights, str) else weights is not None,
        "clusters": clusters if isinstance(clusters, str) else clusters is not None,
        "adjust": adjust, "conf_level": conf_level,
    }  # fmt: skip
    ground = answers.provenance(**options) if isinstance(answers, Responses) else Provenance(options=options)
    used = max(len(one.data.groups) for one in kept)
    lost = len(found.codes) - used
    return BiasResult(
        table=vocabulary_frame([row for one in kept for row in estimate_rows(one, conf_level)]),
        notes=tuple(filter(None, [note, *remarks, *design_notes(found.answers, weights, clusters), _caution()])),
        provenance=ground.narrowed({"no group, or unanswered items": lost}, rows_used=used),
        decisions=pd.DataFrame([row for one in kept for row in decision_rows(one)]),
        flagged={one.data.scale: tuple(one.data.items[item] for item in one.flagged) for one in kept},
        sentences={one.data.scale: sentence(one, name, conf_level) for one in kept},
        labels=found.labels,
    )


def _scales(
    found: Grouped, scale: str | Sequence[str] | None, design: RowDesign, search: Search
) -> tuple[list[Examined], list[str]]:
    """Return the scales that could be examined, and what must be said; raise when the only one could not."""
    matrices = item_matrices(found.answers, scale, "pairwise", _WHERE)
    alone = not isinstance(found.answers, Responses) or isinstance(scale, str) or len(matrices) == 1
    kept: list[Examined] = []
    remarks: list[tuple[str, str]] = []
    first: EstimationError | None = None
    for matrix in matrices:
        try:
            data = grouped_items(found, matrix, design, complete=search.method == "logistic", where=_WHERE)
            one = examined(data, search)
        except EstimationError as error:
            if alone:
                raise
            first = first or error
            remarks.append((matrix.scale, f"not examined. {error}"))
            continue
        kept.append(one)
        remarks += [(matrix.scale, text) for text in (*one.data.notes, *one.notes)]
    if first is not None and not kept:
        raise first
    return kept, gathered(remarks, len(matrices))


def _caution() -> str:
    return "Items are held against each other: a bias that all of them share cannot be seen."
