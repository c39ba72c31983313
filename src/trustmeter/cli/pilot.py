"""Commands on a pilot before there are answers: what could be learnt?"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

import trustmeter as tm
from trustmeter.cli.terminal import careful, for_the_shell, print_table, screen, steps
from trustmeter.errors import DesignError, unknown_word

LINKED = {"yes": True, "no": False, "overlap": "overlap"}
ROWS = {
    "detectable_change": "Change that can be detected",
    "interval_width": "Expected width of the interval",
    "people_to_start": "People to ask at first",
    "power_at_smallest_effect": "Power at the smallest effect",
    "detectable_increase": "True change for the verdict `increase`",
    "power_no_relevant_change": "Power of `no_relevant_change`",
    "people_needed": "People needed for the smallest effect",
    "people_needed_no_relevant_change": "People needed for `no_relevant_change`",
    "areas_needed": "Areas of each kind needed",
    "clusters_needed": "Clusters needed",
}
SHARES = ("power_at_smallest_effect", "power_no_relevant_change")
COUNTS = ("people_to_start", "people_needed", "people_needed_no_relevant_change", "areas_needed", "clusters_needed")

People = Annotated[int | None, typer.Option("--people", "-n", help="People analysed, of the zone or of each area.")]
Linked = Annotated[str, typer.Option(help="Are the same people asked twice: yes, no or overlap.")]
PilotAreas = Annotated[int | None, typer.Option(help="Areas with the pilot; needs --comparison-areas.")]
ComparisonAreas = Annotated[int | None, typer.Option(help="Areas without the pilot.")]
Clusters = Annotated[int | None, typer.Option(help="Neighbourhoods or interviewers that people come from.")]
Randomized = Annotated[bool, typer.Option("--randomized", help="A lot decides which areas have the pilot.")]
Sd = Annotated[float, typer.Option(help="Standard deviation of scores, in points.")]
Correlation = Annotated[float, typer.Option(help="Of a person's scores before and after.")]
Icc = Annotated[float, typer.Option(help="Share of the variance between areas or clusters.")]
Attrition = Annotated[float, typer.Option(help="Share of people who do not answer again.")]
Scales = Annotated[int, typer.Option(help="Scales that are tested together.")]
Smallest = Annotated[float | None, typer.Option(help="The smallest change that matters, in points.")]
Power = Annotated[float, typer.Option(help="Wanted probability of finding a true change.")]
To = Annotated[Path | None, typer.Option(help="Draw the power curve into this .png, .svg or .pdf file.")]


@careful
def plan(
    people: People = None,
    linked: Linked = "yes",
    pilot_areas: PilotAreas = None,
    comparison_areas: ComparisonAreas = None,
    clusters: Clusters = None,
    randomized: Randomized = False,
    sd: Sd = 20.0,
    correlation: Correlation = 0.6,
    icc: Icc = 0.02,
    attrition: Attrition = 0.2,
    scales: Scales = 1,
    smallest_effect: Smallest = None,
    power: Power = 0.8,
    to: To = None,
) -> None:
    """Say before a pilot what change so many people can show, or how many are needed."""
    if linked not in LINKED:
        raise DesignError(unknown_word("`--linked`", linked, LINKED, "`plan`"))
    if (pilot_areas is None) != (comparison_areas is None):
        raise DesignError("Give both `--pilot-areas` and `--comparison-areas`, or neither.")
    if people is None and smallest_effect is None:
        raise DesignError(
            "Give the number of people (`--people 180`) or the change that matters (`--smallest-effect 3`)."
        )
    areas = clusters if pilot_areas is None or comparison_areas is None else (pilot_areas, comparison_areas)
    design = _design(linked, pilot_areas, clusters, randomized)
    with steps() as step:
        step("Planning")
        found = tm.plan(
            design, n=people, areas=areas, sd=sd, correlation=correlation, icc=icc, attrition=attrition, scales=scales,
            smallest_effect=smallest_effect, power=power,
        )  # fmt: skip
    _print(found)
    if to is not None:
        try:
            to.parent.mkdir(parents=True, exist_ok=True)
            tm.plot(found).savefig(to)
        except (OSError, ValueError):
            message = f"`--to` cannot write a picture to {to.name!r}. Name a .png, .svg or .pdf file."
            raise DesignError(message) from None
        screen.print(f"Picture written to {to}", soft_wrap=True)


def _design(linked: str, pilot_areas: int | None, clusters: int | None, randomized: bool) -> tm.PilotDesign:
    how = LINKED[linked]
    if pilot_areas is not None:
        if clusters is not None:
            raise DesignError(
                "Areas carry the uncertainty, so clusters inside are not counted. Leave `--clusters` out."
            )
        treated = [f"area {number + 1}" for number in range(max(pilot_areas, 1))]
        return tm.PilotDesign("before", "after", linked=how, area="area", treated=treated, randomized=randomized)  # type: ignore[arg-type]
    if randomized:
        raise DesignError("`--randomized` speaks of areas. Add `--pilot-areas` and `--comparison-areas`.")
    return tm.PilotDesign("before", "after", linked=how, clusters=None if clusters is None else "cluster")  # type: ignore[arg-type]


def _print(found: tm.Plan) -> None:
    screen.print(found.sentence, markup=False, highlight=False)
    screen.print()
    numbers = found.table.drop_duplicates("term").set_index("term")["estimate"]
    print_table(
        ["What", "Number"], [[ROWS[term], _cell(term, float(numbers[term]))] for term in ROWS if term in numbers]
    )
    mine = found.curve[found.curve["n"] == found.n]
    screen.print()
    columns = [name for name in ("power", "increase", "no_relevant_change") if name in mine]
    shown = mine[(mine["power"] < 0.995) | (mine["power"].shift(fill_value=0.0) < 0.995)]
    rows = [[f"{row['change']:g}", *(f"{100 * row[name]:.0f} %" for name in columns)] for _, row in shown.iterrows()]
    print_table(["True change", "Found", *(f"`{name}`" for name in columns[1:])], rows)
    for note in found.notes:
        screen.print(
            f"Note: {for_the_shell(note.replace('`pilot_data=`', 'in Python: `pilot_data=`'))}",
            markup=False,
            highlight=False,
        )


def _cell(term: str, value: float) -> str:
    if math.isnan(value):
        return "out of reach"
    if term in SHARES:
        return f"{100 * value:.0f} %"
    return f"{math.ceil(value - 1e-9)}" if term in COUNTS else f"{value:.1f}"
