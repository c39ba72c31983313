"""Recompute the coefficients that evidence records quote from real survey files, and write the page that compares them.

Run: TRUSTMETER_REAL_DATA=<folder of real survey files> python tools/recompute_evidence.py
Writes docs/reference/recomputed.md; ends with an error when a record and the recomputed number disagree.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustmeter as tm

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "recomputed.md"

FILES: dict[str, tuple[str, dict[str, Any]]] = {
    "ess5-trust-in-justice": ("ess5_russia_half/ess5_ru_half.csv.gz", {"respondent": "idno"}),
    "ess-institutional-trust": ("ess5_belgium/ess5_be_trust.csv.gz", {"respondent": "idno"}),
    "afrobarometer-trust": (
        "afrobarometer_r6/afro_r6_trust_10countries.csv.gz",
        {"respondent": "rid", "wave": {"R6": "trust_{item}"}, "zone": "country_prefix", "keep": ["withinwt"]},
    ),
    "saopaulo-police-panel": (
        "saopaulo_panel/saopaulo_police_3wave.csv.gz", {"respondent": "quest", "wave": "wave", "zone": "area"},
    ),
    "residents-justice-2013": (
        "nam2022_residents_2013/nam2022_study1.csv.gz", {"respondent": "surveyID", "mode": "surveytype"},
    ),
}  # fmt: skip
"""Which published file each reference questionnaire reads, and the headings of its columns; nothing is prepared by hand."""

PUBLISHED = {
    (
        "ess-institutional-trust",
        "social_trust",
    ): "0.52 to 0.85 by country, three items (Breyer 2015, doi:10.6102/zis235)",
}
"""Coefficients that others published and that we could verify."""


@dataclass(frozen=True)
class Line:
    """One scale: what is published, what the record says, what comes out now."""

    instrument: str
    scale: str
    items: str
    published: str
    recorded: str
    alpha: str
    interval: str
    n: str

    @property
    def agrees(self) -> bool:
        """Whether the record, if it has the number, says what comes out."""
        return not self.recorded or self.recorded == f"{self.alpha} {self.interval} {self.n}"


def read(folder: Path, name: str) -> tm.Responses:
    """Return the answers of a published file, read by its shelf questionnaire."""
    file, roles = FILES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return tm.read_responses(folder / file, tm.load_questionnaire(name), **roles)


def lines(folder: Path) -> Iterator[Line]:
    """Return a line a scale of every file that is there."""
    for name, (file, _) in FILES.items():
        if not (folder / file).is_file():
            continue
        answers = read(folder, name)
        recorded = {
            finding.statistic.removeprefix(
                "Cronbach's alpha of "
            ): f"{finding.value} [{', '.join(finding.interval)}] {finding.n}"
            for finding in answers.questionnaire.evidence.findings
            if finding.statistic.startswith("Cronbach's alpha of ") and "computed" in finding.source
        }
        for scale in answers.questionnaire.scales:
            there = sum(item in answers.item_ids for item in scale.items)
            if there < 2:
                continue
            table = tm.reliability(answers, scale=scale.id).tidy()
            row = table[table["term"] == "alpha"].iloc[0]
            yield Line(
                name, scale.id, f"{there} of {len(scale.items)}", PUBLISHED.get((name, scale.id), "none verified"),
                recorded.get(scale.id, ""), f"{row['estimate']:.3f}", f"[{row['ci_low']:.3f}, {row['ci_high']:.3f}]", str(row["n"]),
            )  # fmt: skip


def page(found: list[Line]) -> str:
    """Return the page."""
    head = (
        "# Coefficients recomputed\n\nCronbach's alpha of the scales of published surveys, from the files as their providers deliver "
        "them, read by the questionnaires of the shelf with nothing prepared by hand: complete rows, unweighted, 95 % ADF interval. "
        "`tools/recompute_evidence.py` makes this page; where an evidence record quotes a number, it must agree. *None verified* "
        "means that we know of no published coefficient for these items that we could look up.\n\n"
        "| questionnaire | scale | items | published | recomputed | interval | n |\n| --- | --- | --- | --- | --- | --- | --- |\n"
    )
    rows = [
        f"| {one.instrument} | {one.scale} | {one.items} | {one.published} | {one.alpha} | {one.interval} | {one.n} |"
        for one in found
    ]
    return head + "\n".join(rows) + "\n"


def main() -> None:
    """Recompute, compare, write."""
    folder = Path(os.environ.get("TRUSTMETER_REAL_DATA", ""))
    found = list(lines(folder)) if folder.is_dir() else []
    if not found:
        sys.exit("The survey files are not there. Set TRUSTMETER_REAL_DATA to the folder of real survey files.")
    for line in found:
        print(
            line.instrument,
            line.scale,
            line.alpha,
            line.interval,
            line.n,
            "" if line.agrees else f"RECORD SAYS {line.recorded}",
        )
    PAGE.write_text(page(found), encoding="utf-8", newline="\n")
    if not all(line.agrees for line in found):
        sys.exit("Some evidence records disagree.")


if __name__ == "__main__":
    main()
