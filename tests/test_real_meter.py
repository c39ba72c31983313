"""Is the meter sound on real survey files? Structure, invariance, alignment and retest beside what R gave. Skipped without the files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

import trustmeter as tm

ROOT = Path(__file__).resolve().parents[1]
STORED = json.loads((ROOT / "tests/reference/values/real_meter.json").read_text(encoding="utf-8"))
R: dict[str, Any] = STORED["cases"]
LAVAAN = f"lavaan {STORED['packages']['lavaan']}"
SEMTOOLS = f"semTools {STORED['packages']['semTools']}, {LAVAAN}"
PSYCH = f"psych {STORED['packages']['psych']}"
ESS, PANEL, AFRO, ANXIETY = "ESS 5, Russian half", "São Paulo panel", "Afrobarometer 6", "state anxiety twice"
FOUR = """
effectiveness =~ plcpvcr + plccbrg + plcarcr
fairness =~ plcrspc + plcfrdc + plcexdc
obligation =~ bplcdc + doplcsy + dpcstrb
alignment =~ plcrgwr + plcipvl + gsupplc
"""
PAIRS = {"fairness": ["plcrspc", "plcfrdc", "plcexdc"], "alignment": ["plcrgwr", "plcipvl", "gsupplc"]}
NEVER_RELEASED = 1 - 1e-12
"""A level at which no step is rejected, so that steps are those of the reference, which releases nothing."""


def published(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch, **roles: Any) -> tm.Responses:
    """Return the answers of a published file, read as `tools/recompute_evidence.py` reads it; skip where it is not there."""
    monkeypatch.syspath_prepend(ROOT / "tools")
    tool = __import__("recompute_evidence")
    file, known = tool.FILES[name]
    if not (folder / file).is_file():
        pytest.skip(f"{file} is not among the real survey files.")
    return tm.read_responses(folder / file, tm.load_questionnaire(name), **{**known, **roles})


@pytest.fixture
def ess(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> tm.Responses:
    return published(real_data, "ess5-trust-in-justice", monkeypatch, keep=["region"])


@pytest.fixture
def panel(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> tm.Responses:
    return published(real_data, "saopaulo-police-panel", monkeypatch)


@pytest.fixture
def afro(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> tm.Responses:
    return published(real_data, "afrobarometer-trust", monkeypatch)


@pytest.fixture
def anxiety(real_data: Path) -> pd.DataFrame:
    """Mean answers of people complete on both occasions (1 to 4), high is anxious."""
    file = real_data / "psychtools_sai" / "sai_pre_post.csv.gz"
    if not file.is_file():
        pytest.skip("The state anxiety file is not among the real survey files.")
    sai = pd.read_csv(file)
    calm = [
        "calm",
        "at.ease",
        "comfortable",
        "confident",
        "content",
        "joyful",
        "pleasant",
        "relaxed",
        "rested",
        "secure",
    ]
    sai[calm] = 5 - sai[calm]
    items = [name for name in sai if name not in ("study", "time", "id")]
    sai = sai.dropna(subset=items).assign(score=lambda rows: rows[items].mean(axis=1))
    sai = sai[sai["time"].isin([1, 2])].drop_duplicates(["study", "id", "time"])
    return sai.pivot(index=["study", "id"], columns="time", values="score").dropna()


def fit_value(result: tm.CfaResult, term: str, method: str) -> float:
    """Return an index of fit by its method."""
    rows = result.table[(result.table["term"] == term) & (result.table["method"] == method)]
    return float(rows["estimate"].iloc[0])


def without_opposites(ess: tm.Responses) -> tm.Responses:
    """Leave out people who answered questions of one scale from opposite ends.

    lavaan holds the probability of a cell above 1.5e-8, so that such an answer moves its correlation (0.880 where the likelihood
    is highest at 0.857); what is compared with it must do without.
    """
    opposite = np.zeros(len(ess), dtype=bool)
    for scale, span in (("effectiveness", 10), ("procedural_fairness", 3), ("obligation", 10), ("moral_alignment", 4)):
        keyed = tm.keyed_items(ess, scale).astype("Float64")
        opposite |= (keyed.max(axis=1) - keyed.min(axis=1) > 0.75 * span).fillna(False).to_numpy(dtype=bool)
    return ess.select(~opposite)


def hold_steps(agree: Callable[..., None], result: tm.InvarianceResult, steps: dict[str, Any], data: str) -> None:
    """Hold every step against the reference's: its scaled test, and the test of the difference to the step before."""
    for name, theirs in steps.items():
        step = result.table[result.table["contrast"] == name].set_index("term")
        chi_square = step.loc["chi_square"]
        assert int(chi_square["df"]) == theirs["df"]
        agree(f"chi-square of a step, {name}", chi_square["statistic"], theirs["scaled"], 1e-4,
              reference=SEMTOOLS, data=data, relative=True)  # fmt: skip
        if "difference" in theirs:
            difference = step.loc[["difference"]].iloc[0]
            assert int(difference["df"]) == theirs["difference"][1]
            agree(f"difference of steps (Satorra 2000), {name}", difference["statistic"], theirs["difference"][0], 1e-4,
                  reference=SEMTOOLS, data=data, relative=True)  # fmt: skip


def test_the_four_police_scales_of_the_social_survey_are_four_factors(
    ess: tm.Responses, agree: Callable[..., None]
) -> None:
    theirs = R["ess_four_factors"]
    result = tm.cfa(without_opposites(ess), FOUR, estimator="wlsmv")
    test = result.table[(result.table["term"] == "chi_square") & (result.table["method"] == "scaled")].iloc[0]
    assert (int(test["n"]), int(test["df"])) == (theirs["n"], theirs["df"])
    agree("chi-square, scaled and shifted", test["estimate"] if pd.isna(test["statistic"]) else test["statistic"],
          theirs["scaled"], 1e-4, reference=f"cfa WLSMV, {LAVAAN}", data=ESS, relative=True)  # fmt: skip
    for ours, key in (
        (("chi_square", "plain"), "chi2"), (("cfi", "scaled"), "cfi_scaled"), (("tli", "scaled"), "tli_scaled"),
        (("rmsea", "scaled"), "rmsea_scaled"), (("srmr", "plain"), "srmr"),
    ):  # fmt: skip
        agree(ours[0], fit_value(result, *ours), theirs[key], 1e-4 if key == "chi2" else 1e-6,
              reference=f"cfa WLSMV, {LAVAAN}", data=ESS, relative=key == "chi2")  # fmt: skip
    loadings = result.table[result.table["term"] == "loading_standardized"].set_index("item").loc[theirs["items"]]
    agree("standardised loadings", loadings["estimate"], theirs["loadings"], 1e-6,
          reference=f"cfa WLSMV, {LAVAAN}", data=ESS, relative=True)  # fmt: skip
    agree("standard errors of standardised loadings", loadings["std_error"], theirs["loadings_se"], 1e-5,
          reference=f"cfa WLSMV, {LAVAAN}", data=ESS)  # fmt: skip
    rows = result.table[result.table["term"] == "factor_correlation"]
    ours = {frozenset(row.contrast.split(" ~~ ")): row.estimate for row in rows.itertuples()}
    agree("correlations of factors", [ours[frozenset(pair.split())] for pair in theirs["pairs"]], theirs["correlations"], 1e-6,
          reference=f"cfa WLSMV, {LAVAAN}", data=ESS, relative=True)  # fmt: skip


def test_women_and_men_answer_the_police_items_alike(ess: tm.Responses, agree: Callable[..., None]) -> None:
    kept = without_opposites(ess)
    items = pd.concat([tm.keyed_items(kept, scale) for scale in ("procedural_fairness", "moral_alignment")], axis=1)
    rows = items.astype("Float64").astype(float).assign(gndr=kept.frame["gndr"].astype(str))
    options: dict[str, Any] = {"across": "gndr", "treat": "ordinal", "missing": "listwise", "factors": PAIRS}
    strict = tm.check_invariance(rows, conf_level=NEVER_RELEASED, **options)
    hold_steps(agree, strict, R["ess_by_sex"], f"{ESS}, by sex")
    assert tm.check_invariance(rows, **options).verdict() in {"comparable", "undecided"}
    by_item = tm.check_invariance(ess, across="gndr", scale=["procedural_fairness", "moral_alignment"])
    assert set(by_item.verdicts.values()) == {"comparable"}


def test_an_answer_from_opposite_ends_counts_as_the_likelihood_says(
    ess: tm.Responses, agree: Callable[..., None]
) -> None:
    items = tm.keyed_items(ess, "moral_alignment")[["plcrgwr", "plcipvl"]].astype("Float64").astype(float)
    pair = items[(ess.frame["gndr"] == 2).to_numpy()].dropna()
    table = pd.crosstab(pair["plcrgwr"], pair["plcipvl"]).to_numpy(dtype=float)
    agree("a polychoric correlation", tm.polychoric(pair).matrix.iloc[0, 1], naive_polychoric(table), 1e-7,
          reference="likelihood by quadrature", data=f"{ESS}, women")  # fmt: skip


def naive_polychoric(table: np.ndarray) -> float:
    """Return where the likelihood of a table of two ordered items, given its margins, is highest."""
    cuts = [np.r_[-9, stats.norm.ppf(np.cumsum(table.sum(axis=axis))[:-1] / table.sum()), 9] for axis in (1, 0)]
    x, w = np.polynomial.legendre.leggauss(200)

    def surprise(rho: float) -> float:
        total = 0.0
        for row, low, high in zip(table, cuts[0][:-1], cuts[0][1:], strict=True):
            at = low + (x + 1) * (high - low) / 2
            upto = stats.norm.cdf((cuts[1][:, None] - rho * at) / np.sqrt(1 - rho**2))
            cells = np.diff(upto, axis=0) @ (w * stats.norm.pdf(at)) * (high - low) / 2
            total -= row[row > 0] @ np.log(cells[row > 0])
        return total

    step = 1e-5
    return float(optimize.brentq(lambda rho: surprise(rho + step) - surprise(rho - step), 0.7, 0.9, xtol=1e-12))


def test_a_region_without_a_proper_solution_is_named_and_large_ones_are_compared(ess: tm.Responses) -> None:
    with pytest.raises(tm.TrustmeterError, match="'RU03' runs to zero or below"):
        tm.check_invariance(ess, across="region", scale="procedural_fairness")
    large = ess.frame["region"].map(ess.frame["region"].value_counts()) >= 150
    result = tm.check_invariance(ess.select(large), across="region", scale="procedural_fairness")
    assert set(result.labels) == {"RU02", "RU05", "RU06", "RU07"}
    assert result.verdict() in {"comparable", "undecided", "not comparable"}
    bias = tm.check_item_bias(ess.select(large), across="region", scale="procedural_fairness")
    assert (bias.table.loc[bias.table["term"] == "bias", "estimate"].abs() < 15).all()


def test_the_panel_is_compared_over_three_waves(panel: tm.Responses, agree: Callable[..., None]) -> None:
    theirs = R["saopaulo_waves"]["procedural_justice"]
    options: dict[str, Any] = {"across": "wave", "scale": "procedural_justice"}
    strict = tm.check_invariance(panel, missing="listwise", conf_level=NEVER_RELEASED, **options)
    hold_steps(agree, strict, theirs["steps"], f"{PANEL}, three waves")
    every = tm.check_invariance(panel, **options)
    assert every.verdict() == "comparable"
    assert "linked" in " ".join(every.notes)


def test_trust_items_correlate_as_lavaan_says(afro: tm.Responses, agree: Callable[..., None]) -> None:
    theirs = R["afrobarometer"]
    result = tm.polychoric(afro, scale="state_trust")
    k = len(theirs["items"])
    assert list(result.matrix.columns) == theirs["items"]
    assert int(result.table["n"].iloc[0]) == theirs["n"]
    agree("polychoric correlations", result.matrix, np.reshape(theirs["polychoric"], (k, k)), 1e-7,
          reference=f"lavCor, {LAVAAN}", data=AFRO)  # fmt: skip


@pytest.mark.parametrize("country", sorted(R["afrobarometer"]["one_factor"]))
def test_one_factor_of_trust_in_a_country(country: str, afro: tm.Responses, agree: Callable[..., None]) -> None:
    theirs = R["afrobarometer"]["one_factor"][country]
    result = tm.cfa(afro.select(afro.frame["country_prefix"] == country), scale="state_trust")
    for term, method, key in (
        ("cfi", "scaled", "cfi_scaled"),
        ("rmsea", "scaled", "rmsea_scaled"),
        ("srmr", "plain", "srmr"),
    ):
        agree(term, fit_value(result, term, method), theirs[key], 1e-6,
              reference=f"cfa WLSMV, {LAVAAN}", data=f"{AFRO}, {country}")  # fmt: skip


def test_ten_countries_are_aligned_and_the_answer_says_what_to_make_of_it(afro: tm.Responses) -> None:
    result = tm.align(afro, across="zone", scale="state_trust")
    means = result.table[result.table["term"] == "mean"].set_index("group")["estimate"]
    scores = tm.score(afro, scale="state_trust").frame.groupby("country_prefix")["state_trust"].mean()
    assert len(means) == 10
    assert np.corrcoef(means, scores[means.index].astype(float))[0, 1] > 0.9
    assert "should not be compared" in result.sentence
    assert "league table" in " ".join(result.notes)


def test_state_anxiety_twice_gives_the_retest_of_psych(anxiety: pd.DataFrame, agree: Callable[..., None]) -> None:
    theirs = R["sai_retest"]
    result = tm.retest(anxiety[1], anxiety[2])
    assert len(anxiety) == theirs["n"]
    row = result.table[result.table["term"] == "icc"].iloc[0]
    for name, ours, key in (
        ("ICC(A,1)", row["estimate"], "icc_agreement"), ("limits of ICC(A,1)", row[["ci_low", "ci_high"]], "icc_ci"),
        ("Pearson", result.value("pearson"), "pearson"),
        ("error of measurement, consistency", result.value("sem_consistency"), "sem_consistency"),
        ("detectable change, consistency", result.value("mdc_consistency"), "mdc_consistency"),
        ("mean change", result.value("mean_change"), "mean_change"),
    ):  # fmt: skip
        agree(name, ours, theirs[key], 1e-8, reference=f"psych::ICC, {PSYCH}", data=ANXIETY)
    ratings = tm.icc(anxiety)
    agree(
        "ICC(C,1)",
        ratings.value("ICC(C,1)"),
        theirs["icc_consistency"],
        1e-8,
        reference=f"psych::ICC, {PSYCH}",
        data=ANXIETY,
    )
    sem = result.value("sem_consistency")
    calmer = tm.reliable_change(-anxiety[1], -anxiety[2], sem=sem)
    agree("shares who changed", [calmer.value("share_improved"), calmer.value("share_worsened")],
          [theirs["share_improved"], theirs["share_worsened"]], 1e-8, reference="base R", data=ANXIETY)  # fmt: skip
    agree("standardised response mean", float(tm.responsiveness(anxiety[1], anxiety[2])), theirs["srm"], 1e-8,
          reference="base R", data=ANXIETY)  # fmt: skip
