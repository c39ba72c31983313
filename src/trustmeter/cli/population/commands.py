"""The commands on who lives in a zone: margins from a population file, and the zones that are known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import trustmeter as tm
from trustmeter.cli.terminal import careful, for_the_shell, print_table, screen, steps
from trustmeter.population.registry import Municipality, zones_of
from trustmeter.results import SIMULATED_MARK


@careful
def zone_margins(
    zone: Annotated[str, typer.Argument(help="The police zone: its name in any language, or its code.")],
    path: Annotated[
        Path,
        typer.Argument(help="Statbel's population file: .txt, .csv, .xlsx, or in .zip or .gz.", show_default=False),
    ],
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="A margin, once each: sex, age, nationality, municipality, 'age x sex'. Default: sex and age."
        ),
    ] = None,
    age_band: Annotated[
        list[str] | None,
        typer.Option(help="A band of ages, once each, such as 18-29 or 75+. Default: those of our forms."),
    ] = None,
    date: Annotated[
        str | None, typer.Option(help="Of what day the numbers are, where the file does not say: 2015-01-01.")
    ] = None,
    registry: Annotated[Path | None, typer.Option(help="Your own list of zones, added to ours.")] = None,
    to: Annotated[
        Path | None, typer.Option("--to", "--out", help="Write the margins to this .csv or .xlsx file.")
    ] = None,
) -> None:
    """Count who lives in a police zone, by sex, age, nationality or municipality: margins to weight answers to."""
    with steps() as step:
        step("Reading the population")
        population = tm.read_population(path, date=date)
        step("Counting")
        found = tm.zone_margins(
            zone, population, by=by or ("sex", "age"), age_bands=age_band or None, registry=registry
        )
    rows = [
        [one.name, label, f"{number:,.0f}", f"{share:.1%}"]
        for one in found
        for label, number, share in zip(one.labels, one.population, one.proportions, strict=True)
    ]
    print_table(("margin", "category", "people", "share"), rows, title=SIMULATED_MARK if found.simulated else None)
    for note in found.notes:
        screen.print(f"Note: {for_the_shell(note)}", markup=False, highlight=False)
    if to is not None:
        screen.print(f"Written: {tm.write_margins(found, to).name}", markup=False, highlight=False)


@careful
def list_zones(
    registry: Annotated[Path | None, typer.Option(help="Your own list of zones, added to ours.")] = None,
) -> None:
    """List the police zones whose municipalities are known, and whether that was verified."""
    rows = [
        [zone.code, zone.name, f"{one.nis} {one.name}", _standing(one)]
        for zone in zones_of(registry)
        for one in zone.municipalities
    ]
    print_table(("code", "zone", "municipality", "standing"), rows)


def _standing(one: Municipality) -> str:
    days = [f"{word} {day}" for word, day in (("from", one.valid_from), ("until", one.valid_until)) if day]
    return " ".join([one.status, *days])
