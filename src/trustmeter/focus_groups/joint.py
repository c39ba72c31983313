"""What people said beside what the survey says: scale by scale, judged by the analyst."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pandas as pd

from trustmeter.errors import DesignError, unknown_word
from trustmeter.focus_groups.counting import ALL
from trustmeter.focus_groups.frequency import CodeFrequencies, code_frequencies
from trustmeter.focus_groups.model import Segments
from trustmeter.focus_groups.quoting import Quote
from trustmeter.options import FEWEST_PEOPLE, JointFit, check_option, names_of
from trustmeter.results import VOCABULARY, Result, plain, printable, vocabulary_frame

WHERE = "joint_display"
NOT_JUDGED = "not_judged"
MAIN_TERMS = ("effect", "mean_change", "mean_difference", "pooled_estimate", "true_change", "latent_change")
"""What of a survey result stands beside the codes when no term is named: the first of these that is there."""

JUDGED = (
    "Whether talk and survey fit is judged by people who read both, and is no result of a computation; who judged, and by which rule, "
    "should stand in the report."
)
NOT_ALL = "Not judged yet: {names}."
NOBODY = "{names}: no linked code was raised in any group that is shown. Is `silent` meant?"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class JointDisplay(Result):
    """The survey's answer on each scale, the codes that speak of it, and whether they fit.

    Parameters
    ----------
    links
        Scale → the codes that speak of it.
    fit
        Scale → ``"confirm"``, ``"complement"``, ``"diverge"``, ``"silent"``, or ``"not_judged"``.
    verdicts
        Scale → the survey's verdict, or an empty text where it gives none.
    groups
        The groups of the codes; one with an empty name for all sessions together.
    survey
        The survey's result.
    frequencies
        The codes by group.
    quotes
        Scale → a quote, where one was given.
    """

    title: ClassVar[str] = "What people said, beside the survey"

    links: Mapping[str, tuple[str, ...]]
    fit: Mapping[str, str]
    verdicts: Mapping[str, str]
    groups: tuple[str, ...]
    survey: Result
    frequencies: CodeFrequencies
    quotes: Mapping[str, Quote] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready values, verdicts and judgements included."""
        said = {scale: str(quote) for scale, quote in self.quotes.items()}
        more = {"links": self.links, "fit": self.fit, "verdicts": self.verdicts, "quotes": said}
        return {**super().to_dict(), **{name: plain(value) for name, value in more.items()}}

    def _summary_parts(self) -> list[str]:
        mark, head, _, notes = super()._summary_parts()
        told = [
            f"{scale}: survey {self.verdicts[scale] or 'without verdict'}; codes {', '.join(codes)}; {self.fit[scale].replace('_', ' ')}."
            for scale, codes in self.links.items()
        ]
        kept = [
            name
            for name in ("scale", "item", "group", "term", "estimate", "ci_low", "ci_high", "n", "suppressed")
            if name in self.table
        ]
        return [mark, head, "\n".join(told), printable(self.table[kept]), notes]


def joint_display(
    codes: CodeFrequencies | Segments,
    survey: Result,
    *,
    links: Mapping[str, str | Sequence[str]],
    fit: Mapping[str, JointFit] | None = None,
    term: str | None = None,
    quotes: Mapping[str, Quote] | None = None,
) -> JointDisplay:
    """Put what people said in focus groups beside what the survey says, scale by scale.

    Use it when survey and sessions were analysed each by itself. It lays both side by side; whether they fit is yours to judge, and
    stands as *not judged* until you do.

    Parameters
    ----------
    codes
        What `code_frequencies` returned; or segments, whose codes are then counted over all sessions.
    survey
        A result with scales, such as what `compare`, `synthesize` or `reliability` returned.
    links
        Scale → the code or codes that speak of it.
    fit
        Scale → ``"confirm"`` (talk says the same), ``"complement"`` (it says more), ``"diverge"`` (it says something else), ``"silent"``
        (it says nothing about the scale).
    term
        The row of the survey that is shown: a word of its column ``term``. Left out: the change, effect, difference or average, else the
        scale's first.
    quotes
        Scale → one quote that `quotes` returned, of a code that is linked to the scale.

    Returns
    -------
    JointDisplay
        Columns ``scale item group term contrast estimate std_error ci_low ci_high n n_effective method suppressed``. For each scale one
        row of the survey (``item`` empty), then the rows of each code. Few people, and few who raised a code, stay hidden.

    Raises
    ------
    DesignError
        When a scale, code, term or word is unknown.

    Notes
    -----
    Nothing is tested, and no number is made from both sources.

    References
    ----------
    Guetterman, T. C., Fetters, M. D., & Creswell, J. W. (2015). Integrating quantitative and qualitative results in health science mixed
    methods research through joint displays. Annals of Family Medicine, 13(6), 554-561. doi:10.1370/afm.1865

    Fetters, M. D., Curry, L. A., & Creswell, J. W. (2013). Achieving integration in mixed methods designs: Principles and practices.
    Health Services Research, 48(6 Pt 2), 2134-2156. doi:10.1111/1475-6773.12117

    Examples
    --------
    >>> import pandas as pd, trustmeter as tm
    >>> rows = [(f"s{k}", f"p{p}", "respect" if p < 4 else "") for k in range(6) for p in range(6)]
    >>> segments = tm.read_segments(pd.DataFrame(rows, columns=["session", "speaker", "code"]))
    >>> scores = pd.DataFrame({"who": [*range(40)] * 2, "wave": ["1"] * 40 + ["2"] * 40, "trust": [50, 60, 40, 55] * 20})
    >>> change = tm.compare(tm.read_scores(scores, scale="trust", respondent="who", wave="wave"), tm.PilotDesign("1", "2"))
    >>> joint = tm.joint_display(segments, change, links={"trust": ["respect"]}, fit={"trust": "diverge"})
    >>> joint.fit
    {'trust': 'diverge'}
    """
    if isinstance(codes, Segments):
        codes = code_frequencies(codes, by="all")
    linked, judged = _check_call(codes, survey, links, fit)
    said = _check_quotes(linked, quotes)
    shown = (ALL,) if ALL in codes.groups else codes.groups
    rows: list[dict[str, Any]] = []
    for scale, names in linked.items():
        rows.append(_survey_row(survey, scale, term))
        found = codes.table[codes.table["group"].isin(shown)]
        rows += [
            {**_cells(row), "scale": scale} for name in names for row in found[found["item"] == name].to_dict("records")
        ]
    verdicts = getattr(survey, "verdicts", {})
    told = {scale: str(verdicts[scale]) if scale in verdicts else "" for scale in linked}
    simulated = survey.simulated or codes.simulated
    options = {"links": {scale: list(names) for scale, names in linked.items()}, "fit": dict(judged), "term": term}
    provenance = replace(survey.provenance, options=options, simulated=simulated)
    notes = (*_notes(rows, judged), *dict.fromkeys((*codes.notes, *survey.notes)))
    return JointDisplay(
        table=vocabulary_frame(rows), notes=notes, provenance=provenance, links=linked, fit=judged, verdicts=told, groups=shown,
        survey=survey, frequencies=codes, quotes=said,
    )  # fmt: skip


def _check_call(codes: Any, survey: Any, links: Any, fit: Any) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Return the codes and the judgement of each scale."""
    if not isinstance(codes, CodeFrequencies):
        kind = type(codes).__name__
        raise DesignError(f"`{WHERE}` takes what `code_frequencies` returned, or segments, first. Got {kind}.")
    if not isinstance(survey, Result) or "scale" not in survey.table or isinstance(survey, JointDisplay):
        message = f"The second argument of `{WHERE}` must be a result with scales, such as `compare` returns."
        raise DesignError(f"{message} Got {type(survey).__name__}.")
    if not isinstance(links, Mapping) or not links:
        raise DesignError(
            f"The `links` argument of `{WHERE}` must map scales to codes: `links={{'trust': ['respect']}}`."
        )
    known = [scale for scale in dict.fromkeys(map(str, survey.table["scale"])) if scale]
    found: dict[str, tuple[str, ...]] = {}
    for scale, names in links.items():
        if scale not in known:
            raise DesignError(unknown_word("scale in `links`", scale, known, f"`{WHERE}`"))
        found[scale] = names_of("links", names, WHERE)
        for name in found[scale]:
            if name not in codes.codes:
                raise DesignError(unknown_word("code in `links`", name, codes.codes, f"`{WHERE}`"))
    given = {} if fit is None else dict(fit)
    for scale, word in given.items():
        if scale not in found:
            raise DesignError(unknown_word("scale in `fit`", scale, found, f"`{WHERE}`"))
        check_option("fit", word, JointFit, WHERE)
    return found, {scale: given.get(scale, NOT_JUDGED) for scale in found}


def _check_quotes(links: Mapping[str, Sequence[str]], quotes: Any) -> dict[str, Quote]:
    """Return the quotes; refuse words that did not come out of `quotes`."""
    given = {} if quotes is None else dict(quotes)
    for scale, quote in given.items():
        if scale not in links:
            raise DesignError(unknown_word("scale in `quotes`", scale, links, f"`{WHERE}`"))
        if not isinstance(quote, Quote):
            message = (
                f"The `quotes` argument of `{WHERE}` takes one quote a scale, as `quotes(segments, code)` returns them."
            )
            raise DesignError(f"{message} Got {type(quote).__name__}.")
        if quote.code not in links[scale]:
            raise DesignError(f"The quote of scale {scale!r} is of the code {quote.code!r}, which is not linked to it.")
    return given


def _survey_row(survey: Result, scale: str, term: str | None) -> dict[str, Any]:
    """Return the one row of a scale that stands beside the codes, without numbers where people are few."""
    rows = survey.table[survey.table["scale"] == scale]
    for name in ("item", "group", "zone"):
        if name in rows and (rows[name] == "").any():
            rows = rows[rows[name] == ""]
    known = list(dict.fromkeys(map(str, rows["term"]))) if "term" in rows else []
    wanted = (
        term if term is not None else next((one for one in MAIN_TERMS if one in known), known[0] if known else None)
    )
    if wanted is not None and wanted not in known:
        raise DesignError(unknown_word("`term` argument", wanted, known, f"`{WHERE}`"))
    chosen = rows if wanted is None else rows[rows["term"] == wanted]
    row = _cells(chosen.to_dict("records")[0])
    n = row.get("n")
    few = bool(row.get("suppressed")) or (n is not None and not pd.isna(n) and int(n) < FEWEST_PEOPLE)
    if few:
        return {"scale": scale, "term": row.get("term", ""), "contrast": row.get("contrast", ""), "suppressed": True}
    keep = ("term", "contrast", "estimate", "std_error", "ci_low", "ci_high", "n", "method", "suppressed")
    return {"scale": scale, **{name: row[name] for name in keep if name in row}}


def _cells(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items() if name in VOCABULARY}


def _notes(rows: Sequence[Mapping[str, Any]], fit: Mapping[str, str]) -> list[str]:
    notes = [JUDGED]
    open_ = [scale for scale, word in fit.items() if word == NOT_JUDGED]
    if open_:
        notes.append(NOT_ALL.format(names=", ".join(open_)))
    told = [scale for scale, word in fit.items() if word not in {NOT_JUDGED, "silent"}]
    unheard = [scale for scale in told if not _heard(rows, scale)]
    if unheard:
        notes.append(NOBODY.format(names=", ".join(unheard)))
    return notes


def _heard(rows: Sequence[Mapping[str, Any]], scale: str) -> bool:
    """Tell whether any code of a scale was raised, or may have been raised where its count is hidden."""
    counts = [
        row for row in rows if row["scale"] == scale and row.get("item") and row["term"] in {"sessions", "people"}
    ]
    return any(row["suppressed"] or (math.isfinite(row["estimate"]) and row["estimate"] > 0) for row in counts)
