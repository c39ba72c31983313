"""What can an outsider find out? Everything that made-up pilots give out is read and solved; writes one page.

Run from the project's root: python benchmarks/attack.py
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "disclosure"))

from outsider.attack import attack
from outsider.outputs import outputs_of
from outsider.pilots import MAKERS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "disclosure-attack.md"
QUESTIONNAIRE = "community-trust-short"
SEEDS = (1, 2, 3)
LANGUAGES = ("en", "fr", "nl", "de")
WORDS = {
    "linked": "the same people twice; two lost, three new",
    "unlinked": "different people each time",
    "overlap": "half of the people twice",
    "areas": "eight districts, one of a dozen people, four pilot areas",
    "small": "a zone of twelve people",
    "groups": "one wave, two districts, two people of neither",
    "covariate": "the same people twice, of two of whom the district is not known",
}


HEAD = """# What an outsider finds out

Made by `make attack` (`python benchmarks/attack.py`). An outsider is given everything that a pilot gives out: the report in
four languages with its pictures, tables and CSV files, every result as a table for people, as a frame for programs and as a
text. He knows the questionnaire, the design and how this library hides numbers; he does not know one answer. From every number
that he reads (percentages to half a unit of their last digit) he makes an equation. A mixed-integer programme then gives the
smallest and the largest number of people that each hidden count may be. No line of the outsider is shared with what hides the
numbers.

The pilots are made up and salted: answers that one to four people gave in every question, people who refused, who left all
blank, who left out one scale, who told no sex or no district, a district and a zone of a dozen people.

A count of one to four people is **known** when its interval lies within one of the truth, and **printed** when a text tells it
outright.

| pilot | rows | outputs read | numbers | hidden counts of 1 to 4 | known | printed | narrowest interval |
| --- | --- | --- | --- | --- | --- | --- | --- |"""
FOOT = """
Each row is {pilots} pilots. The same attack runs in the tests, there also with rules of the defence taken away one by one: then
it must find people, or the test fails.

## What is told on purpose

Every statistic says on how many people it rests. Whoever knows how many took part can subtract: so many gave too few answers to
this scale, and no more than so many left one of its questions blank. It is not told who, nor what they did answer. There were
{told} such counts of one to four here. How many people have no score at all is told less sharply where they are few.

## What the attack does not try

- Correlations, alphas, loadings and thresholds as equations. Thresholds of ordered answers (`polychoric`, `cfa` of ordered
  answers) are shares of answers in other clothes: keep them for the analyst where answers are rare.
- Means of a scale and of its questions together, where everybody answered all of it.
- What the outsider knows already: an answer of a friend, or who took part. `check_anonymity` is about that.
- Two reports on nearly the same people: the [register](../how-to/publish-twice.md) keeps them apart.
- Results that an analyst prints from other rows than those of the report.
"""


@dataclass(frozen=True)
class Attacked:
    """One pilot under attack."""

    design: str
    people: int
    read: int
    numbers: int
    hidden: int
    known: int
    told: int
    printed: int
    narrowest: float
    worst: str


def attacked(job: tuple[str, int]) -> Attacked:
    """Attack one made-up pilot."""
    name, seed = job
    pilot = MAKERS[name](QUESTIONNAIRE, seed)
    with tempfile.TemporaryDirectory() as folder:
        outputs = outputs_of(pilot, LANGUAGES, Path(folder))
    found = attack(pilot, outputs, frames=True, exactly=True)
    kept = [one for one in found.findings if not one.by_design]
    narrowest = min(kept, key=lambda one: one.width)
    grids = sum(len(page.grids) for page in outputs.pages.values()) + sum(map(len, outputs.tables.values()))
    read = len(outputs.pages) + grids + len(outputs.texts) + len(outputs.results)
    return Attacked(
        name, len(pilot.answers), read, found.numbers, len(kept), len(found.leaks), len(found.findings) - len(kept),
        len(found.printed), narrowest.width, "; ".join(map(str, found.leaks)),
    )  # fmt: skip


def page_of(results: list[Attacked]) -> str:
    """Return the page."""
    lines = [HEAD]
    for name, words in WORDS.items():
        mine = [one for one in results if one.design == name]
        rows = [one.people for one in mine]
        span = f"{min(rows)}" if min(rows) == max(rows) else f"{min(rows)} to {max(rows)}"
        sums = [sum(getattr(one, what) for one in mine) for what in ("read", "numbers", "hidden", "known", "printed")]
        cells = [span, *(f"{one:,}" for one in sums), f"{min(one.narrowest for one in mine):g} people wide"]
        lines.append(f"| {words} | {' | '.join(cells)} |")
    told = sum(one.told for one in results)
    return "\n".join([*lines, FOOT.format(pilots=len(SEEDS), told=f"{told:,}")])


def main() -> None:
    """Attack all pilots, print what was found, and write the page."""
    jobs = [(name, seed) for name in WORDS for seed in SEEDS]
    with multiprocessing.get_context("spawn").Pool(min(2, os.cpu_count() or 1)) as pool:
        results = pool.map(attacked, jobs, chunksize=1)
    for one in results:
        known = f" KNOWN {one.worst}" if one.known else ""
        print(
            f"{one.design}: {one.read} outputs, {one.numbers} numbers, {one.hidden} hidden counts, {one.known} known, "
            f"{one.printed} printed, narrowest interval {one.narrowest:g}{known}"
        )
    PAGE.write_text(page_of(results), encoding="utf-8")
    raise SystemExit(any(one.known or one.printed for one in results))


if __name__ == "__main__":
    main()
