"""Rao-Scott and Wald tests of two-way tables against R's survey package, and cases that must collapse."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.survey.association import rao_scott_test, table_of_replicates, table_of_sample, wald_of_table
from trustmeter.stats.survey.projection import on_margins
from trustmeter.stats.survey.replicates import given_replicates, jackknife_stratified
from trustmeter.stats.survey.sample import Sample, reweighted, sample_of

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
VALUES = json.loads((REFERENCE / "values/survey_association.json").read_text(encoding="utf-8"))
ROWS = list(csv.DictReader((REFERENCE / "data/survey_association.csv").read_text(encoding="utf-8").splitlines()))
CLOSE = 1e-9
WHOLE = ["weights", "clusters", "finite", "raked"]


def column(name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in ROWS])


A, B, C, INSIDE = (column(name).astype(int) for name in ("a", "b", "c", "inside"))
GROUP = np.unique([row["grp"] for row in ROWS], return_inverse=True)[1]
TABLES = {"three_by_four": (A - 1, C - 1), "two_by_four": (B, C - 1), "two_by_two": (B, INSIDE)}


def samples() -> dict[str, Sample]:
    drawn = {"strata": column("stratum").astype(int), "clusters": column("psu").astype(int)}
    clusters = sample_of(column("w"), **drawn)
    raked = reweighted(clusters, np.array(VALUES["raked_weights"]), on_margins([GROUP, C - 1], np.ones(len(ROWS))))
    finite = sample_of(column("w"), **drawn, population=column("population"))
    return {"weights": sample_of(column("w")), "clusters": clusters, "finite": finite, "raked": raked, "domain": clusters,
            "raked_domain": raked}  # fmt: skip


@pytest.mark.parametrize("design", [*WHOLE, "domain"])
@pytest.mark.parametrize("name", list(TABLES))
def test_equals_svychisq(design: str, name: str, agree) -> None:
    if design == "domain" and name == "two_by_two":
        name = "two_by_four"
    r = VALUES["cases"][design][name]
    table = table_of_sample(*TABLES[name], samples()[design], domain=INSIDE == 1 if design == "domain" else None)
    found = rao_scott_test(table)
    first, second = found.first_order(), found.second_order()
    wald, adjusted = wald_of_table(table, adjusted=False), wald_of_table(table, adjusted=True)
    for what, ours, theirs in (
        ("Rao-Scott F", [second.statistic, second.df, second.residual_df, second.p_value], _of(r["F"])),
        ("Pearson X2, first order p", [found.pearson, first.df, first.p_value], _of(r["Chisq"])),
        ("Wald F", [wald.statistic, wald.df, wald.residual_df, wald.p_value], _of(r["Wald"])),
        (
            "adjusted Wald F",
            [adjusted.statistic, adjusted.df, adjusted.residual_df, adjusted.p_value],
            _of(r["adjWald"]),
        ),
    ):
        agree(
            f"two-way table: {what}",
            ours,
            theirs,
            CLOSE,
            reference="survey::svychisq 4.1-1",
            data=f"{name}, {design}",
            relative=True,
        )


@pytest.mark.parametrize("design", ["bootstrap", "jkn", "bootstrap_domain"])
@pytest.mark.parametrize("name", ["three_by_four", "two_by_four"])
def test_equals_svychisq_with_replicates(design: str, name: str, agree) -> None:
    r, stored = VALUES["cases"][design][name], VALUES["bootstrap"]
    factors = np.array(stored["multipliers"])[np.unique(column("psu"), return_inverse=True)[1]]
    replicates = given_replicates(column("w"), factors, scale=stored["scale"], combined=False)
    if design == "jkn":
        replicates = jackknife_stratified(samples()["clusters"])
    domain = INSIDE == 1 if "domain" in design else None
    table = table_of_replicates(*TABLES[name], replicates, domain=domain, mse=design == "jkn")
    second = rao_scott_test(table).second_order()
    ours = [second.statistic, second.df, second.residual_df, second.p_value]
    wald = wald_of_table(table, adjusted=True)
    for what, mine, theirs in (
        ("Rao-Scott F", ours, _of(r["F"])),
        ("adjusted Wald F", [wald.statistic, wald.df, wald.residual_df, wald.p_value], _of(r["adjWald"])),
    ):
        agree(
            f"two-way table with replicate weights: {what}",
            mine,
            theirs,
            CLOSE,
            reference="survey::svychisq 4.1-1",
            data=f"{name}, {design}",
            relative=True,
        )


def _of(test: dict) -> list[float]:
    return [test["statistic"], *np.atleast_1d(test["df"]), test["p_value"]]


def test_a_domain_of_raked_weights_counts_its_own_clusters() -> None:
    """R counts all clusters there (18 degrees of freedom), but 17 in its regression of the same rows, as we do."""
    r = VALUES["cases"]["raked_domain"]
    found = rao_scott_test(table_of_sample(A - 1, C - 1, samples()["raked_domain"], domain=INSIDE == 1)).second_order()
    assert r["degf"] == 17
    assert found.statistic == pytest.approx(r["three_by_four"]["F"]["statistic"], rel=1e-10)
    assert found.residual_df == pytest.approx(r["three_by_four"]["F"]["df"][1] * 17 / 18, rel=1e-10)


@pytest.mark.parametrize("design", [*WHOLE, "domain", "raked_domain"])
def test_shares_are_the_weighted_table(design: str) -> None:
    table = table_of_sample(A - 1, C - 1, samples()[design], domain=INSIDE == 1 if "domain" in design else None)
    assert table.shares.ravel(order="F") == pytest.approx(np.array(VALUES["cases"][design]["shares"]), abs=1e-12)
    assert table.covariance.sum() == pytest.approx(0, abs=1e-15)


def test_collapses_to_pearson_without_a_design() -> None:
    """Equal weights, rows drawn one by one: design effects go to n / (n - 1) times those of plain sampling."""
    rng = np.random.default_rng(3)
    row, column_ = rng.integers(0, 3, 4000), rng.integers(0, 2, 4000)
    found = rao_scott_test(table_of_sample(row, column_, sample_of(np.ones(4000))))
    counts = np.zeros((3, 2))
    np.add.at(counts, (row, column_), 1)
    plain = scipy.stats.chi2_contingency(counts, correction=False)
    assert found.pearson == pytest.approx(plain.statistic, rel=1e-12)
    assert found.design_effects == pytest.approx(np.ones(2), abs=0.02)
    assert found.first_order().p_value == pytest.approx(plain.pvalue, abs=0.005)


def test_neither_side_nor_order_matters() -> None:
    sample = samples()["clusters"]
    plain, turned, renamed = (
        rao_scott_test(table_of_sample(a, b, sample)).second_order()
        for a, b in ((A - 1, C - 1), (C - 1, A - 1), ((A + 1) % 3, 4 - C))
    )
    for other in (turned, renamed):
        assert other.statistic == pytest.approx(plain.statistic, rel=1e-10)
        assert other.df == pytest.approx(plain.df, rel=1e-10)
    whole = wald_of_table(table_of_sample(A - 1, C - 1, sample), adjusted=True)
    assert wald_of_table(table_of_sample((A + 1) % 3, 4 - C, sample), adjusted=True).statistic == pytest.approx(
        whole.statistic
    )


def test_an_empty_cell_is_allowed_as_in_r() -> None:
    """survey::svychisq 4.1-1 on the same rows: F = 6.0562, ndf = 3.8586, ddf = 69.4548; X2 = 41.448."""
    moved = np.where((A == 1) & (C == 4), 1, A - 1)
    found = rao_scott_test(table_of_sample(moved, C - 1, samples()["clusters"]))
    second = found.second_order()
    assert [second.statistic, second.df, second.residual_df] == pytest.approx([6.0562, 3.8586, 69.4548], abs=5e-5)


def test_tests_hold_their_level_under_clusters() -> None:
    """Two questions unrelated within the population, both alike within clusters: plain Pearson cries wolf, ours does not."""
    rng = np.random.default_rng(11)
    wolf = np.zeros(3)
    for _ in range(400):
        cluster = np.repeat(np.arange(40), 15)
        u, v = rng.normal(size=(2, 40, 1))
        row = (rng.normal(size=(40, 15)) + u > 0).astype(int).ravel()
        col = np.digitize(rng.normal(size=(40, 15)) + v, [-0.6, 0.6]).ravel()
        table = table_of_sample(row, col, sample_of(np.ones(600), clusters=cluster))
        found = rao_scott_test(table)
        plain = scipy.stats.chi2.sf(found.pearson, 2)
        wolf += np.array([plain, found.second_order().p_value, wald_of_table(table, adjusted=True).p_value]) < 0.05
    assert wolf[0] / 400 > 0.2
    assert 0.02 < wolf[1] / 400 < 0.085
    assert 0.02 < wolf[2] / 400 < 0.085


def test_refuses_what_has_no_answer() -> None:
    sample = samples()["clusters"]
    with pytest.raises(EstimationError, match="at least two rows"):
        table_of_sample(np.zeros(len(A), dtype=int), C - 1, sample)
    with pytest.raises(EstimationError, match="somebody chose"):
        table_of_sample(2 * B, C - 1, sample)
    with pytest.raises(EstimationError, match="0 degrees of freedom"):
        table_of_sample(B, C - 1, sample_of(np.ones(len(A)), clusters=np.zeros(len(A), dtype=int)))
    few = sample_of(np.ones(len(A)), clusters=np.arange(len(A)) % 4)
    with pytest.raises(EstimationError, match="Wald test of 6 cells"):
        wald_of_table(table_of_sample(A - 1, C - 1, few), adjusted=True)
    crossed = np.arange(len(A)) % 3
    with pytest.raises(EstimationError, match="cells of the table are empty"):
        rao_scott_test(table_of_sample(crossed, crossed, sample))
