"""Commands on the toolbox: check the cards, build the pages, begin a card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import trustmeter as tm
from trustmeter.cli.terminal import careful, print_problems, print_table, screen, steps
from trustmeter.toolbox.draft import new_card
from trustmeter.toolbox.model import CARD_LANGUAGES, Card
from trustmeter.toolbox.reader import examine_cards

CARDS = Path("docs") / "toolbox"
SITE = Path("build") / "toolbox"

Cards = Annotated[Path, typer.Option("--cards", help="The folder of the cards.")]
Languages = Annotated[
    list[str] | None, typer.Option("--language", help="May be given several times. Default: all four.")
]


@careful
def build(
    cards: Cards = CARDS,
    to: Annotated[
        Path, typer.Option("--to", help="The folder to write; empty, or made by this command before.")
    ] = SITE,
    language: Languages = None,
) -> None:
    """Write the toolbox as pages that open anywhere, without a network."""
    with steps() as step:
        step("Writing the pages")
        written = tm.build_toolbox(cards, to=to, languages=language)
    screen.print(f"Toolbox: {written}", soft_wrap=True, highlight=False)


@careful
def check(cards: Annotated[Path, typer.Argument(help="The folder of the cards, or one card.")] = CARDS) -> None:
    """Say everything that is wrong with the cards, and how strong the evidence of each is."""
    found = examine_cards(cards)
    rows = [[card.id, card.kind, card.zone or "any", " ".join(card.texts), _evidence(card)] for card in found.cards]
    if rows:
        print_table(["Card", "Kind", "Zone", "Languages", "Evidence"], rows)
        screen.print()
    print_problems(found.problems, nothing="Nothing to mend.")
    if any(problem.severity == "error" for problem in found.problems):
        raise typer.Exit(2)


@careful
def new(
    file: Annotated[Path, typer.Argument(help="The .yaml file to make; its name becomes the id.")],
    kind: Annotated[str, typer.Option(help="practice, instrument or design.")] = "practice",
    language: Annotated[list[str] | None, typer.Option(help="May be given several times. Default: all four.")] = None,
) -> None:
    """Begin a card: a file with dots where something is to be written."""
    made = new_card(file, kind=kind, languages=language or CARD_LANGUAGES)
    screen.print(f"Made {made}. Write where the dots are, then: trustmeter toolbox check {made}", soft_wrap=True)


def _evidence(card: Card) -> str:
    if card.simulated:
        return f"{card.strength} (SIMULATED)"
    return card.strength.replace("_", " ") if card.evaluations else "none yet"
