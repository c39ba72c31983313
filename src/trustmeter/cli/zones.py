"""The command on zones: where does a scale stand, and can zones be put in an order?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer

import trustmeter as tm
from trustmeter.cli.answers import (
    Clusters,
    DataFile,
    Keep,
    OnlyScale,
    QuestionnaireName,
    Respondent,
    Sheet,
    Strict,
    Wave,
    Weights,
    Wide,
    Zone,
    _read,
)
from trustmeter.cli.terminal import careful, for_the_shell, print_table, screen, steps
from trustmeter.errors import DesignError
from trustmeter.options import ReportLanguage
from trustmeter.results import SIMULATED_MARK

By = Annotated[
    str | None, typer.Option(help="Another column that makes the zones, such as a district; kept by itself.")
]
OnlyWave = Annotated[str | None, typer.Option(help="One wave only. Default: all waves side by side.")]
Rank = Annotated[bool, typer.Option("--rank", help="Also say whether the zones can be put in an order.")]
Language = Annotated[str, typer.Option(help="Language of the picture: en, fr, nl or de.")]
To = Annotated[
    Path | None,
    typer.Option("--to", help="Draw the zones (with --rank their ranks) into this .png, .svg or .pdf file."),
]


@careful
def compare_zones(
    path: DataFile,
    questionnaire: QuestionnaireName,
    zone: Zone = None,
    by: By = None,
    respondent: Respondent = None,
    wave: Wave = None,
    only_wave: OnlyWave = None,
    scale: OnlyScale = None,
    clusters: Clusters = None,
    weights: Weights = None,
    rank: Rank = False,
    sheet: Sheet = None,
    keep: Keep = None,
    wide: Wide = None,
    strict: Strict = True,
    language: Language = "en",
    to: To = None,
) -> None:
    """Set zones side by side on every scale, with what is sure; --rank says whether they can be put in an order."""
    if zone is None and by is None:
        raise DesignError("Name the column that says where people live: `--zone zone` or `--by district`.")
    kept = dict.fromkeys(
        [*(keep or ()), *(one for one in (by, clusters, weights) if one not in {None, zone, respondent})]
    )
    answers = _read(path, questionnaire, respondent, wave, zone, sheet, [str(one) for one in kept], wide, strict=strict)
    found: tm.ZoneProfile | tm.ZoneRanking
    with steps() as step:
        step("Setting the zones side by side")
        scores = tm.score(answers, scale=scale or None)
        found = profile = tm.profile_zones(scores, by=by, wave=only_wave, clusters=clusters, weights=weights)
    if rank and len(profile.waves) > 1:
        raise DesignError(f"Zones are ranked within one wave: name it with `--only-wave {profile.waves[-1]}`.")
    _print(profile)
    if rank:
        found = tm.rank_zones(profile)
        screen.print()
        _print(found)
    if to is not None:
        _draw(found, to, language)


def _print(found: tm.ZoneProfile | tm.ZoneRanking) -> None:
    shown = tm.to_table(found)
    shown = (shown.iloc[:, :-1] if found.simulated else shown).astype(str)
    print_table(shown.columns, shown.to_numpy().tolist(), title=SIMULATED_MARK if found.simulated else None)
    if isinstance(found, tm.ZoneRanking):
        for one in found.orders:
            screen.print(found.sentence(one), markup=False, highlight=False)
    for note in found.notes:
        screen.print(f"Note: {for_the_shell(note).replace('`rank_zones`', '`--rank`')}", markup=False, highlight=False)


def _draw(found: tm.ZoneProfile | tm.ZoneRanking, to: Path, language: str) -> None:
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        tm.plot(found, language=cast("ReportLanguage", language)).savefig(to)
    except (OSError, ValueError):
        raise DesignError(f"`--to` cannot write a picture to {to.name!r}. Name a .png, .svg or .pdf file.") from None
    screen.print(f"Picture written to {to}", soft_wrap=True)
