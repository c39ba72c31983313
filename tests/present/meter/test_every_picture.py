"""Every picture of the meter: four languages, the mark of simulated data, the same bytes, numbers in words."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure

from trustmeter.errors import DesignError
from trustmeter.present.phrases import LANGUAGES, load_phrases
from trustmeter.present.plots import plot
from trustmeter.psychometrics.agreement.coders import kappa
from trustmeter.psychometrics.response.calibrate import irt
from trustmeter.psychometrics.structure.exploration.factors import efa
from trustmeter.questionnaire.shelf import load_questionnaire
from trustmeter.responses.simulation import simulate_responses

PICTURES = [
    "invariance", "dimensionality", "efa", "cfa", "irt", "irt map", "agreement", "alignment", "bias", "reliability",
]  # fmt: skip


def drawn(
    name: str, result_of: Callable[..., Any], language: str = "en", *, simulated: bool = False, **more: Any
) -> Any:
    view = {"view": "map"} if name.endswith(" map") else {}
    return plot(result_of(name.removesuffix(" map"), simulated=simulated), language=language, **view, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PICTURES)
def test_it_speaks_four_languages_stays_on_the_paper_and_says_that_data_are_simulated(
    name: str,
    language: str,
    result_of: Callable[..., Any],
    words_of: Callable[[Figure], str],
    check_fits: Callable[[Figure], None],
) -> None:
    mark = load_phrases(language).say("simulated.mark")
    for simulated in (True, False):
        figure = drawn(name, result_of, language, simulated=simulated)
        assert (mark in words_of(figure)) is simulated
        assert "{" not in words_of(figure) + figure.alt + figure.heading
        check_fits(figure)


@pytest.mark.parametrize("name", PICTURES)
def test_it_is_named_described_and_always_the_same(name: str, result_of: Callable[..., Any]) -> None:
    first, again = drawn(name, result_of).to_svg(), drawn(name, result_of).to_svg()
    assert first == again
    root = ElementTree.fromstring(first)
    assert root.attrib["role"] == "img"
    title, description = (root.find(f"{{http://www.w3.org/2000/svg}}{tag}") for tag in ("title", "desc"))
    assert title is not None and title.text
    assert description is not None and len(description.text or "") > len(title.text or "")


def numbers_of(name: str, result: Any) -> list[float]:
    """Return numbers that the description must hold."""
    table = result.table
    if name == "dimensionality":
        return [round(value, 1) for value in result.eigenvalues["observed"]]
    if name == "efa":
        return [round(value, 2) for value in result.loadings.abs().max(axis=1)]
    if name == "irt map":
        return [round(abs(value), 1) for value in table.loc[table["term"] == "b1", "estimate"]]
    if name == "irt":
        return [round(float(result.test_information()["information"].max()), 1)]
    if name == "cfa":
        return [round(value, 2) for value in table.loc[table["term"] == "loading_standardized", "estimate"]]
    term, decimals = {"agreement": ("bias", 1), "alignment": ("mean", 2), "bias": ("item_bias", 1),
                      "reliability": ("glb", 2), "invariance": ("unseen_bias", 1)}[name]  # fmt: skip
    return [round(abs(value), decimals) for value in table.loc[table["term"] == term, "estimate"]]


@pytest.mark.parametrize("name", PICTURES)
def test_the_description_holds_the_numbers(name: str, result_of: Callable[..., Any]) -> None:
    wanted = numbers_of(name, result_of(name.removesuffix(" map")))
    said = [float(number) for number in re.findall(r"\d+\.\d+", drawn(name, result_of).alt)]
    assert wanted
    assert all(any(np.isclose(number, one, atol=1e-9) for one in said) for number in wanted)


@pytest.mark.parametrize("name", PICTURES)
def test_an_unknown_scale_is_refused(name: str, result_of: Callable[..., Any]) -> None:
    with pytest.raises(DesignError, match="no scale 'nothing'"):
        drawn(name, result_of, scale="nothing")


def test_agreement_without_limits_has_no_picture() -> None:
    with pytest.raises(DesignError, match="to_table"):
        plot(kappa([1, 2, 3, 1, 2, 3] * 5, [1, 2, 3, 1, 2, 2] * 5))


def test_a_view_belongs_to_item_response_models(result_of: Callable[..., Any]) -> None:
    with pytest.raises(DesignError, match="view"):
        plot(result_of("efa"), view="map")
    with pytest.raises(DesignError, match="'map'"):
        plot(result_of("irt"), view="tree")  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["fr", "de"])
def test_questions_have_their_wording_where_it_is_known(
    language: str, words_of: Callable[[Figure], str], check_fits: Callable[[Figure], None]
) -> None:
    known = load_questionnaire("community-trust")
    answers = simulate_responses(known, 250, waves=("1",), dont_know=0.0, refused=0.0, blank=0.0, seed=2)
    factors = efa(answers, 2, scale="procedural_justice", seed=1)
    model = irt(answers, scale="effectiveness", nodes=31)
    pictures = [
        plot(factors, language=language),
        plot(model, language=language),
        plot(model, view="map", language=language),
    ]  # type: ignore[arg-type]
    for picture, item in zip(pictures, ("VO01", "EF01", "EF01"), strict=True):
        check_fits(picture)
        wording = known.item(item).text.read(language)
        assert f"{item}: {wording.split()[0]}" in words_of(picture)
        assert wording not in picture.alt  # type: ignore[attr-defined]


def test_aligned_means_that_must_not_be_compared_say_so(result_of: Callable[..., Any]) -> None:
    plain = dataclasses.replace(result_of("alignment"), verdict="comparable")
    doubtful = dataclasses.replace(plain, verdict="not comparable")
    assert "must not be compared" not in plot(plain, language="en").alt
    assert "must not be compared" in plot(doubtful, language="en").alt
    assert "nicht verglichen" in plot(doubtful, language="de").alt
