"""Bands of age, and which of them an age falls into."""

from __future__ import annotations

import numpy as np
import pytest

from trustmeter.errors import DesignError
from trustmeter.population.bands import ADULT_BANDS, AgeBand, age_bands_of, band_ages, band_of


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("18-24", AgeBand(18, 24)), ("65+", AgeBand(65, None)), ("0-17", AgeBand(0, 17)), (" 18 – 24 ", AgeBand(18, 24)),
        ("40", AgeBand(40, 40)), ("65 +", AgeBand(65, None)), ("old", None), ("24-18", None), ("18-", None), ("200+", None),
    ],
)  # fmt: skip
def test_a_band_is_read(text: str, band: AgeBand | None) -> None:
    assert band_of(text) == band


def test_each_age_falls_into_the_band_that_holds_it() -> None:
    ages = [0, 17, 18, 29.99, 30, 74, 75, 100, 130, np.nan, -1]
    expected = [None, None, "18-29", "18-29", "30-44", "60-74", "75+", "75+", "75+", None, None]
    assert band_ages(ages, ADULT_BANDS).tolist() == expected
    for age in range(131):
        holding = [str(band) for band in age_bands_of(ADULT_BANDS, "here") if age in band]
        assert band_ages([age], ADULT_BANDS).tolist() == (holding or [None])


@pytest.mark.parametrize(
    ("bands", "message"),
    [
        (["18-29", "29-44"], "share ages"),
        (["18+", "30-44"], "share ages"),
        (["18-29", "31-44"], "fall into no band"),
        (["young", "30+"], "'young'"),
        ([], "must hold bands"),
    ],
)
def test_bands_that_double_or_leave_out_ages_are_refused(bands: list[str], message: str) -> None:
    with pytest.raises(DesignError, match=message):
        age_bands_of(bands, "here")


def test_bands_come_in_the_order_of_age() -> None:
    assert [str(band) for band in age_bands_of(["65+", (18, 64)], "here")] == ["18-64", "65+"]
    assert [str(band) for band in age_bands_of("18+", "here")] == ["18+"]
