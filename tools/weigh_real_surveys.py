"""Write docs/reference/real-weights.md: whom two real surveys speak for, weighted, with errors that know their design.

Run from the project's root: python tools/weigh_real_surveys.py FOLDER
`FOLDER` holds the real survey files; they are no part of the project.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

import trustmeter as tm

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "real-weights.md"
RUSSIA = "ess5_russia_half/ess5_ru_half.csv.gz"
BELGIUM = "ess5_belgium/ess5_be_trust.csv.gz"
POPULATION = "statbel/statbel_pop_20110101_munty_sex_nat_age.csv.gz"
BANDS = ("15-29", "30-44", "45-59", "60-74", "75+")
RECODE = {"sex": {"0": "M", "1": "F"}}
COLUMNS = {"sex": "female", "age": "agea"}


def russia(folder: Path) -> tm.Responses:
    """Return half of the Russian answers, with their design weights."""
    return tm.read_responses(
        folder / RUSSIA, tm.load_questionnaire("ess5-trust-in-justice"), respondent="idno",
        design=tm.SurveyDesign(weights="dweight"),
    )  # fmt: skip


@dataclass(frozen=True)
class Belgium:
    """The Belgian answers, who lived there, and both kinds of weights."""

    answers: tm.Responses
    margins: tm.Margins
    stratified: tm.Weighting
    raked: tm.Weighting

    def cases(self) -> dict[str, tm.Responses]:
        """Return the answers as each line of the page takes them."""
        return {
            "unweighted": self.answers,
            "one_by_one": self.answers.with_design(None),
            "stratified": self.stratified.answers,
            "stratified_known": _as_given(self.stratified.answers),
            "raked": self.raked.answers,
            "raked_known": _as_given(self.raked.answers),
        }


def _as_given(answers: tm.Responses) -> tm.Responses:
    """Return answers whose weights are taken as they stand, as from a file."""
    design = answers.design
    return answers if design is None else answers.with_design(replace(design, calibration=()))


def belgium(folder: Path) -> Belgium:
    """Return the Belgian answers of whom the interviewer is known, weighted to the population of 1 January 2011."""
    people = pd.read_csv(folder / BELGIUM, dtype=str, keep_default_na=False)
    people = people[(people["intnum"] != "") & (people["agea"] != "")]
    answers = tm.read_responses(
        people, tm.load_questionnaire("ess-institutional-trust"), respondent="idno",
        design=tm.SurveyDesign(clusters="intnum"),
    )  # fmt: skip
    margins = of_the_country(folder / POPULATION)
    (one,) = margins
    each = {name: one.collapsed(name) for name in ("age", "sex")}
    how = {"columns": COLUMNS, "recode": RECODE}
    return Belgium(
        answers, margins, tm.post_stratify(answers, margins, **how), tm.rake(answers, each, **how, tolerance=1e-13)
    )


def of_the_country(file: Path) -> tm.Margins:
    """Return how many people of 15 and older lived in Belgium, by age and sex."""
    population = tm.read_population(file)
    counted = population.frame[population.frame["age"] >= 15]
    band = pd.cut(counted["age"], [14, 29, 44, 59, 74, np.inf], labels=list(BANDS))
    sums = counted.groupby([band, "sex"], observed=True)["population"].sum()
    return tm.margins(
        {("age", "sex"): {cell: float(people) for cell, people in sums.items()}},
        source=population.source, date=population.date, status=population.status,
    )  # fmt: skip


def held_against(answers: tm.Responses, margins: tm.Margins) -> tm.Representation:
    """Return who answered, held against who lived there."""
    return tm.representation(answers, margins, columns=COLUMNS, recode=RECODE)


LINES = {
    "one_by_one": "as they come, as if people had been drawn one by one",
    "unweighted": "as they come, drawn by interviewer",
    "stratified": "post-stratified to age x sex",
    "stratified_known": "the same weights, as if they came with the file",
    "raked": "raked to age and to sex",
    "raked_known": "the same weights, as if they came with the file",
}

HEAD = """\
# Two real surveys, weighted

What weights and designs do to two files of the European Social Survey, round 5, read by questionnaires of the shelf with nothing
prepared by hand. `tools/weigh_real_surveys.py` makes this page where the files are. Means, errors, degrees of freedom and design
effects are those of R's survey (`svymean`, `svyby`, `svyciprop`, `postStratify`, `rake`) to 1e-7.
"""

BELGIUM_HEAD = """
## Belgium, weighted to who lived there

{people} people of 15 and older, asked by {interviewers} interviewers in 2010-2011. Statbel counted on 1 January 2011, in all of
Belgium, {population} people of that age. Interviewers are the clusters: people whom the same person asked may be alike.

| age and sex | lived there | answered | raked to age and to sex | post-stratified |
| --- | --- | --- | --- | --- |
"""

BELGIUM_AFTER = """
{before} of the people would have had to be others before weighting, {raked} after raking to age and to sex, none after
post-stratification. Raking meets both margins, not each of their combinations.

Trust in the police, 0 to 10:

| weights | mean | standard error | design effect of the mean | design effect of the weights | interval of 95 % |
| --- | --- | --- | --- | --- | --- |
"""

BELGIUM_END = """
Three things to see. This survey is close to the population by itself: weights move the mean by {moved} of a point, where its
interval spans {span}, and raise the variance by {cost}. That people came in bunches, by interviewer, raises it by {bunches}. And
whoever takes the post-stratified weights from a file, without knowing that they meet margins, finds an error that is a little
too large, {known} in place of {whole}: `post_stratify` and `rake` keep that knowledge with the answers. The extract
has no region and no sampling point, so that nothing else of how people were drawn is used.
"""

RUSSIA_HEAD = """
## Russia, with its design weights

{people} people, a random half of the file within each region. `dweight` mends that not everybody was as likely to be drawn.

| what | with weights | standard error | interval of 95 % | design effect | n | as many as | without weights |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""

RUSSIA_END = """
*As many as*: as many people of equal weight would tell as much (Kish). Alpha of procedural fairness (three items, {n} complete rows)
is {alpha} [{low}, {high}] with weights, {plain} without; its error is that of `svyvar` but for one part in n. Neither strata nor
sampling points are in the extract. People of one sampling point mostly answer more alike than others, so the true errors are
likely to be larger than these.
"""


def page(people_of_russia: tm.Responses, of_belgium: Belgium) -> str:
    """Return the page."""
    return HEAD + _belgium_told(of_belgium) + _russia_told(people_of_russia)


def _belgium_told(of: Belgium) -> str:
    cases = of.cases()
    found = {name: tm.estimate(answers, "trstplc") for name, answers in cases.items()}
    (margin,) = of.margins
    after = held_against(of.raked.answers, of.margins)
    shares = "".join(
        f"| {label} | {_share(after, 'target', label)} | {_share(after, 'unweighted', label)} | {_share(after, 'weighted', label)} "
        f"| {_share(of.stratified, 'after', label)} |\n"
        for label in margin.labels
    )
    lines = "".join(_line(LINES[name], found[name], _cost(cases[name])) for name in LINES)
    distance = {term: after.value(f"dissimilarity_{term}", margin=margin.name) for term in ("unweighted", "weighted")}
    errors = {name: one.value("mean", column="std_error") for name, one in found.items()}
    return (
        BELGIUM_HEAD.format(people=f"{len(of.answers):,}", interviewers=of.answers.frame["intnum"].nunique(),
                            population=f"{of.margins.total:,.0f}")
        + shares
        + BELGIUM_AFTER.format(before=f"{distance['unweighted']:.1%}", raked=f"{distance['weighted']:.1%}")
        + lines
        + BELGIUM_END.format(
            moved=f"{found['stratified'].value('mean') - found['unweighted'].value('mean'):.2f}",
            cost=f"{_cost(of.stratified.answers) - 1:.1%}",
            bunches=f"{found['unweighted'].value('design_effect') - 1:.1%}",
            span=f"{_span(found['stratified']):.2f}",
            known=f"{errors['stratified_known']:.4f}", whole=f"{errors['stratified']:.4f}",
        )
    )  # fmt: skip


def _span(found: tm.SurveyEstimates) -> float:
    return found.value("mean", column="ci_high") - found.value("mean", column="ci_low")


def _russia_told(answers: tm.Responses) -> str:
    whole, plain = tm.score(answers), answers.with_design(None)
    rows = [
        ("trust in the police, 0 to 10", answers, plain, "trstplc"),
        ("trust in the legal system, 0 to 10", answers, plain, "trstlgl"),
    ]
    rows += [("procedural fairness, 0 to 100", whole, tm.score(plain), "procedural_fairness")]
    lines = ""
    for name, weighted, unweighted, item in rows:
        found, other = tm.estimate(weighted, item), tm.estimate(unweighted, item)
        low, high, error, n, effective = (
            found.value("mean", column=one) for one in ("ci_low", "ci_high", "std_error", "n", "n_effective")
        )
        lines += (
            f"| {name} | {found.value('mean'):.2f} | {error:.3f} | {low:.2f} to {high:.2f} | {found.value('design_effect'):.2f} "
            f"| {n:,.0f} | {effective:,.0f} | {other.value('mean'):.2f} |\n"
        )
    meter = tm.reliability(answers, scale="procedural_fairness").table.query("term == 'alpha'").iloc[0]
    bare = tm.reliability(plain, scale="procedural_fairness").value("alpha", "procedural_fairness")
    return (
        RUSSIA_HEAD.format(people=f"{len(answers):,}")
        + lines
        + RUSSIA_END.format(n=meter["n"], alpha=f"{meter['estimate']:.2f}", low=f"{meter['ci_low']:.2f}",
                            high=f"{meter['ci_high']:.2f}", plain=f"{bare:.2f}")
    )  # fmt: skip


def _share(found: tm.Representation | tm.Weighting, term: str, label: str) -> str:
    return f"{found.value(term, margin='age x sex', category=label):.1%}"


def _cost(answers: tm.Responses) -> float:
    """Return Kish's design effect of the weights."""
    design = answers.design
    if design is None or design.weights is None:
        return 1.0
    weights = answers.frame[design.weights].to_numpy(dtype=float)
    return float(len(weights) * (weights @ weights) / weights.sum() ** 2)


def _line(name: str, found: tm.SurveyEstimates, cost: float) -> str:
    mean, error, low, high = (found.value("mean", column=one) for one in ("estimate", "std_error", "ci_low", "ci_high"))
    effect = found.value("design_effect")
    return f"| {name} | {mean:.3f} | {error:.4f} | {effect:.3f} | {cost:.3f} | {low:.2f} to {high:.2f} |\n"


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PAGE.write_text(page(russia(Path(sys.argv[1])), belgium(Path(sys.argv[1]))), encoding="utf-8")
