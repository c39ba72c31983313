"""The comparer that most tests of numbers rest on."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

NAN = [math.nan, math.nan]


def test_nothing_but_missing_numbers_is_no_agreement(
    agree: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRUSTMETER_PROOF", raising=False)
    words = {"reference": "itself", "data": "made up"}
    with pytest.raises(AssertionError, match="missing in both"):
        agree("nothing", NAN, NAN, 1e-8, **words)
    agree("nothing", [math.nan, 1.0], [math.nan, 1.0], 1e-8, **words)
    with pytest.raises(AssertionError, match="missing in one"):
        agree("one", [math.nan, 1.0], [1.0, math.nan], 1e-8, **words)
