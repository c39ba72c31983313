"""What is found about one scale, and what must be said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trustmeter.pilot.change.inference import Inference

Remark = tuple[str, str]
"""A sentence that ends in a list, and one entry of that list: twenty scales need no twenty sentences."""


@dataclass(frozen=True, slots=True)
class ScaleAnswer:
    """The rows of one scale; what its verdict goes by (``None`` where suppressed); and its remarks."""

    rows: list[dict[str, Any]]
    found: Inference | None
    remarks: Sequence[Remark] = ()


def merged(remarks: Sequence[Remark]) -> list[str]:
    """Return one sentence for all scales of which the same is to be said."""
    entries: dict[str, list[str]] = {}
    for sentence, entry in remarks:
        entries.setdefault(sentence, []).append(entry)
    return [f"{sentence}: {', '.join(listed)}." for sentence, listed in entries.items()]
