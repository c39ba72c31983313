"""The command line: the same verbs for those who do not program."""

from __future__ import annotations

import typer

from trustmeter.cli import answers, evaluation, focus_groups, meter, pilot, pilot_file, privacy, shelf, toolbox, zones
from trustmeter.cli.fieldwork import commands as field
from trustmeter.cli.fieldwork import joining, pulling, sheets
from trustmeter.cli.population import commands as population
from trustmeter.cli.population import weighing

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Measure whether trust between police and communities changed: from a questionnaire to a pilot's answer.",
)
app.command()(answers.check)
app.command()(pulling.pull)
app.command()(joining.join)
app.command(name="map-columns")(answers.map_columns)
app.command()(answers.score)
app.command()(answers.reliability)
app.command()(meter.comparable)
app.command()(answers.compare)
app.command(name="zones")(zones.compare_zones)
app.command(name="zone-margins")(population.zone_margins)
app.command(name="list-zones")(population.list_zones)
app.command()(weighing.weigh)
app.command()(focus_groups.focus)
app.command()(field.link)
app.command()(field.rates)
app.command(name="make-key")(field.new_key)
app.command(name="safe-table")(privacy.safe_table)
app.command()(privacy.anonymity)
app.command()(pilot.plan)
app.command()(answers.report)
app.command()(answers.demo)
app.command(name="list")(shelf.list_shelf)
app.command()(shelf.show)
app.command()(shelf.export)
app.command(name="read-sheets")(sheets.read_sheets)
app.command(name="new-questionnaire")(shelf.new)

translate = typer.Typer(no_args_is_help=True, help="Give a questionnaire to translators, and take it back.")
translate.command(name="sheet")(shelf.sheet)
translate.command(name="read")(shelf.read)
app.add_typer(translate, name="translate")

one_pilot = typer.Typer(no_args_is_help=True, help="A pilot from its file: begin it, check it, evaluate it.")
one_pilot.command(name="new")(pilot_file.new)
one_pilot.command(name="check")(pilot_file.check)
one_pilot.command(name="information")(pilot_file.information)
one_pilot.command(name="run")(evaluation.run)
app.add_typer(one_pilot, name="pilot")

cards = typer.Typer(no_args_is_help=True, help="What others can do with it: cards of practices, as pages.")
cards.command(name="build")(toolbox.build)
cards.command(name="check")(toolbox.check)
cards.command(name="new")(toolbox.new)
app.add_typer(cards, name="toolbox")
