"""How long reading takes: a file shaped like Qualtrics', with three rows of headings and many rows.

Run from the project's root: python benchmarks/bench_reading.py [rows]
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from trustmeter import load_questionnaire, read_responses

META = ("StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)", "Finished", "RecordedDate", "ResponseId",
        "DistributionChannel", "UserLanguage")  # fmt: skip


def written(folder: Path, rows: int) -> tuple[Path, int]:
    """Write the file; return its path and how many columns it has."""
    rng = np.random.default_rng(7)
    trust = load_questionnaire("community-trust")
    fixed = dict(zip(META, ("2026-11-01 10:00:00", "2026-11-01 10:05:00", "0", "", "100", "300", "1", "2026-11-01 10:05:01", "",
                            "anonymous", "NL"), strict=True))  # fmt: skip
    frame = pd.DataFrame({name: np.full(rows, text, dtype=object) for name, text in fixed.items()})
    frame["ResponseId"] = [f"R_{number:015d}" for number in range(rows)]
    for item in trust.items:
        options = [option.code for option in item.response_scale.substantive]
        gate = item.required or not options
        frame[f"Q_{item.id}"] = options[0] if gate and options else (rng.choice(options, rows) if options else "40")
    path = folder / "answers.csv"
    heads = [[*META, *(item.text.read("nl") for item in trust.items)],
             [json.dumps({"ImportId": f"QID{place}"}) for place in range(frame.shape[1])]]  # fmt: skip
    pd.concat([pd.DataFrame(heads, columns=frame.columns), frame]).to_csv(path, index=False, encoding="utf-8-sig")
    return path, frame.shape[1]


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as folder:
        path, columns = written(Path(folder), rows)
        size = path.stat().st_size / 1e6
        trust = load_questionnaire("community-trust")
        told: list[float] = []
        start, begun = time.perf_counter(), time.process_time()
        answers = read_responses(path, trust, strict=False, progress=told.append)
        seconds = time.perf_counter() - start
        busy = time.process_time() - begun
    print(
        f"{len(answers):,} rows x {columns} columns ({size:.0f} MB): {seconds:.1f} s ({busy:.1f} s of one processor),"
    )
    print(f"progress told {len(told)} times")


if __name__ == "__main__":
    main()
