"""Item response models by the Python package mirt (MIT licence), as a second opinion on ours.

Run in an environment of its own: ``pip install mirt==1.2.0 pandas``; then ``python tests/reference/make/irt.py``. Writes
``data/irt_*.csv`` (simulated here) and ``values/irt.json``. Its Gauss-Hermite nodes lie further apart than ours: with 61 of
them its log-likelihood is up to 0.004 off, so it is asked for 141. It keeps difficulties within -6 and 6, so no item is so weak
that they would leave; and its partial credit model also fixes the variance, so slopes are tied instead.
"""

from __future__ import annotations

import json
import math
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mirt
import numpy as np

HERE = Path(__file__).resolve().parents[1]
NODES, TOLERANCE, MOST = 141, 1e-9, 20_000
SCORED = 80
AT = np.linspace(-3, 3, 7)


def simulated(
    seed: int, n: int, sizes: list[int], holes: float, *, shift: float = 0.0, spread: float = 1.0, items: int = 0
) -> np.ndarray:
    """Return graded answers (n, k), -1 where missing; `items` chooses the item parameters."""
    parameters, rng = np.random.default_rng(items or seed), np.random.default_rng(seed)
    theta = shift + spread * rng.normal(size=n)
    columns = []
    for size in sizes:
        a = parameters.uniform(0.8, 2.4)
        middle = parameters.normal(0, 0.5)
        b = middle + np.linspace(-1.4, 1.4, size - 1) if size > 2 else np.array([middle])
        columns.append((a * (theta[:, None] - b) + rng.logistic(size=n)[:, None] > 0).sum(axis=1))
    codes = np.column_stack(columns)
    codes[rng.random(codes.shape) < holes] = -1
    return codes


def plain(value: Any) -> Any:
    """Return numbers as JSON takes them; what is not a number becomes None."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def parameters(found: Any, errors: Any) -> dict[str, Any]:
    return {name: plain(np.asarray(value)) for name, value in found.items()} | {
        f"se_{name}": plain(np.asarray(value)) for name, value in errors.items()
    }


def fitted(codes: np.ndarray, model: str, **options: Any) -> tuple[Any, dict[str, Any]]:
    result = mirt.fit_mirt(codes, model, n_quadpts=NODES, tol=TOLERANCE, max_iter=MOST, **options)
    kept = {"log_likelihood": plain(result.log_likelihood), "converged": bool(result.converged)}
    return result, kept | parameters(result.model.parameters, result.standard_errors)


def scored(result: Any, codes: np.ndarray) -> dict[str, Any]:
    found: dict[str, Any] = {"information": plain(np.asarray(mirt.testinfo(result.model, AT)))}
    for method in ("EAP", "MAP", "WLE"):
        scores = mirt.fscores(result, codes[:SCORED], method=method, n_quadpts=NODES, bounds=(-12.0, 12.0))
        found[method.lower()] = plain(np.asarray(scores.theta).reshape(-1))
        found[f"se_{method.lower()}"] = plain(np.asarray(scores.standard_error).reshape(-1))
    return found


def grouped(codes: np.ndarray, groups: np.ndarray, model: str, **options: Any) -> dict[str, Any]:
    found = mirt.fit_multigroup(
        codes, groups, model, invariance="scalar", n_quadpts=NODES, tol=TOLERANCE, max_iter=MOST, **options
    )
    second = found.latent_distributions[1]
    own = [parameters(found.model.get_group_parameters(group), {}) for group in (0, 1)]
    return {
        "log_likelihood": plain(found.log_likelihood), "mean": plain(np.asarray(second.mean))[0],
        "variance": plain(np.asarray(second.cov))[0][0], "groups": own,
    }  # fmt: skip


def linked(old: Any, new: Any, k: int) -> dict[str, Any]:
    x = np.linspace(-6, 6, 61)
    w = np.exp(-0.5 * x**2)
    found = {}
    for method in ("mean_mean", "mean_sigma", "haebara", "stocking_lord"):
        link = mirt.link_grm(
            old.model, new.model, list(range(k)), list(range(k)), method=method, theta_range=(-6.0, 6.0), n_theta=61,
            weights=w / w.sum(), compute_diagnostics=False,
        )  # fmt: skip
        found[method] = [plain(link.constants.A), plain(link.constants.B)]
    return found


def write_data(name: str, codes: np.ndarray, first: tuple[str, ...] = ()) -> None:
    lines = [",".join([*first, *(f"q{item + 1}" for item in range(codes.shape[1] - len(first)))])]
    lines += [",".join(map(str, row)) for row in codes.tolist()]
    (HERE / f"data/irt_{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    data = {
        "six": simulated(11, 900, [6] * 6, 0.0),
        "uneven": simulated(12, 700, [2, 3, 4, 5, 6, 7, 4], 0.12),
        "two": simulated(13, 1500, [2] * 7, 0.0),
        "two_holes": simulated(14, 600, [2] * 8, 0.15),
    }
    cases: dict[str, Any] = {}
    for name, codes in data.items():
        write_data(name, codes)
        k = codes.shape[1]
        found: dict[str, Any] = {}
        for model, theirs in (("graded", "GRM"), ("gpcm", "GPCM")):
            result, found[model] = fitted(codes, "2PL" if name.startswith("two") else theirs)
            found[model] |= scored(result, codes)
            if name == "two" and model == "graded":
                fit = mirt.itemfit(result, codes, ["S_X2"], min_expected=1.0, n_quadpts=NODES)
                found[model] |= {column: plain(fit[column].to_numpy()) for column in fit.columns}
        tied = [{"parameter": "discrimination", "items": list(range(k))}]
        _, found["pcm"] = fitted(codes, "2PL" if name.startswith("two") else "GPCM", constraints=tied)
        cases[name] = found
    first, second = (
        simulated(21, 700, [4] * 5, 0.05, items=20),
        simulated(22, 600, [4] * 5, 0.05, shift=0.4, spread=1.3, items=20),
    )
    codes, groups = np.vstack([first, second]), np.repeat([0, 1], [len(first), len(second)])
    write_data("groups", np.column_stack([groups, codes]), ("group",))
    cases["groups"] = {
        "shared": grouped(codes, groups, "GRM"),
        "free": grouped(codes, groups, "GRM", free_items={"discrimination": [2], "thresholds": [2]}),
        "link": linked(fitted(first, "GRM")[0], fitted(second, "GRM")[0], codes.shape[1]),
    }
    stored = {
        "python": platform.python_version(), "nodes": NODES, "packages": {"mirt": version("mirt"), "numpy": version("numpy")},
        "theta": plain(AT), "cases": cases,
    }  # fmt: skip
    (HERE / "values/irt.json").write_text(json.dumps(stored) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
