"""Write docs/reference/agreement.md from what the tests wrote down: each statistic, its reference, the largest difference.

Run by `make proof`, which runs the tests with TRUSTMETER_PROOF naming a folder, then this.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "agreement.md"
HEAD = """# Agreement with the reference

Each number of ours beside the reference's, on the same data; made by the tests (`make proof`). *Largest difference* is the
largest of all numbers compared, relative where marked so. The tolerance is what the test allows.

| statistic | reference | data | numbers | largest difference | tolerance |
| --- | --- | --- | ---: | ---: | ---: |
"""


LISTED = 4
"""So many data sets are named; of more the number is told."""


def gathered(folder: Path) -> list[dict[str, Any]]:
    """Return one line a statistic and reference, with all its data sets and the largest difference of all comparisons."""
    found: dict[tuple[str, str, bool], dict[str, Any]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for text in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            key = (line["statistic"], line["reference"], line["relative"])
            kept = found.setdefault(key, {**line, "numbers": 0, "data": set()})
            kept["largest"] = max(kept["largest"], line["largest"])
            kept["tolerance"] = max(kept["tolerance"], line["tolerance"])
            kept["numbers"] += line["numbers"]
            kept["data"].add(line["data"])
    return [found[key] for key in sorted(found)]


def row(line: dict[str, Any]) -> str:
    """Return a line of the table."""
    kind = " (relative)" if line["relative"] else ""
    largest = "0" if line["largest"] == 0 else f"{line['largest']:.1e}"
    names = sorted(line["data"])
    data = "; ".join(names[:LISTED]) + (f"; and {len(names) - LISTED} more" if len(names) > LISTED else "")
    return f"| {line['statistic']} | {line['reference']} | {data} | {line['numbers']} | {largest}{kind} | {line['tolerance']:.0e} |"


def main() -> None:
    """Write the page."""
    folder = Path(os.environ["TRUSTMETER_PROOF"])
    lines = gathered(folder)
    if not lines:
        sys.exit(f"No comparison was written down in {folder}.")
    PAGE.write_text(HEAD + "\n".join(map(row, lines)) + "\n", encoding="utf-8")
    print(f"{len(lines)} comparisons: {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
