"""The toolbox as a folder of pages: cards in, files out; the same cards give the same files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from trustmeter.errors import DesignError
from trustmeter.exchange.registry import export_questionnaire
from trustmeter.options import ReportLanguage, check_option, names_of
from trustmeter.pilot.evaluation.result_file import save_record
from trustmeter.present.phrases import LANGUAGES
from trustmeter.present.toolbox.evidence import result_name
from trustmeter.present.toolbox.pages import Pages
from trustmeter.toolbox.instrument import asked_by
from trustmeter.toolbox.model import Card
from trustmeter.toolbox.reader import read_cards

LIST = "toolbox-files.txt"
"""The files that were written, so that the next run removes those that are no longer made, and no others."""

_WHERE = "build_toolbox"


def build_toolbox(
    cards: str | Path | Sequence[Card], *, to: str | Path, languages: str | Sequence[str] | None = None
) -> Path:
    r"""Write the toolbox as a folder of pages that open anywhere, without a network and without a server.

    Use it to hand on what worked and what did not: a list of cards with filters and a search, a page a card that prints on
    one sheet, the forms of the questionnaires and the guides that the cards name.

    Parameters
    ----------
    cards
        The folder of the cards, or cards from `read_cards`.
    to
        The folder to write into. It must be empty, not there, or made by this function before.
    languages
        Some of ``"en"``, ``"fr"``, ``"nl"``, ``"de"``; all of them by default. A card that is not written in one of them is shown
        in another, and says so.

    Returns
    -------
    Path
        The first page, ``index.html`` in that folder.

    Raises
    ------
    DesignError
        With everything that is wrong in the cards; when a language is not known, or the folder cannot be used.

    Notes
    -----
    How strong the evidence of a practice is, and what was found, is read from the result files that its card names. Made-up
    answers count as no evidence, and are marked.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from pathlib import Path
    >>> folder = Path(mkdtemp())
    >>> lines = ["id: listening", "kind: design", "theme: any", "cost: {hours: not known, money: not known}",
    ...          "licence: CC-BY-4.0", "text:", "  en: {title: Listen, problem: p, done: d, for_whom: f, steps: [s], needs: [n],",
    ...          "    pitfalls: [p], can_show: c, cannot_show: n, contact: the officer for communities}"]
    >>> _ = (folder / "listening.yaml").write_text("\n".join(lines), encoding="utf-8")
    >>> build_toolbox(folder, to=folder / "site", languages=["nl", "fr"]).name
    'index.html'
    """
    chosen = LANGUAGES if languages is None else names_of("languages", languages, _WHERE)
    for language in chosen:
        check_option("languages", language, ReportLanguage, _WHERE)
    read = read_cards(cards) if isinstance(cards, (str, Path)) else tuple(cards)
    if not read or not all(isinstance(card, Card) for card in read):
        raise DesignError("`build_toolbox` takes a folder of cards, or cards from `read_cards`; at least one.")
    if len({card.id for card in read}) < len(read):
        raise DesignError("Two of the cards given to `build_toolbox` have the same id. Give each once.")
    target = Path(to)
    before = _made_before(target)
    try:
        written = {name: None for name in _write(read, target, chosen)}
        _remove(target, [name for name in before if name not in written])
        _save(target, LIST, "\n".join(sorted(written)) + "\n")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DesignError(f"The toolbox cannot be written to {target.name!r}: {reason}. Name another folder.") from None
    return target / "index.html"


def _write(cards: Sequence[Card], target: Path, languages: Sequence[str]) -> Iterator[str]:
    pages = Pages(cards, languages)
    yield _save(target, "index.html", pages.doors())
    for language in languages:
        yield _save(target, f"{language}/index.html", pages.index(language))
        for card in cards:
            yield _save(target, f"{language}/{card.id}.html", pages.card(card, language))
    for name in sorted({card.instrument for card in cards if card.instrument}):
        for language in languages:
            yield _form(target, name, language)
    for record in (record for card in cards for record in card.evaluations):
        save_record(record, target / result_name(record))
        yield result_name(record)
    for guide in _guides(cards):
        yield _save(target, f"guides/{guide.stem}.html", pages.guide(guide.read_text(encoding="utf-8")))


def _form(target: Path, name: str, language: str) -> str:
    """Write the form of a questionnaire to print; in its first language where it is not there in this one."""
    asked = asked_by(name)
    file = f"forms/{name}-{language}.html"
    spoken = language if language in asked.languages else asked.languages[0]
    (target / "forms").mkdir(parents=True, exist_ok=True)
    export_questionnaire(asked, target / file, tool="html", languages=[spoken])
    return file


def _guides(cards: Sequence[Card]) -> list[Path]:
    """Return the guides that cards name, each once; refuse two of one name."""
    named: dict[str, Path] = {}
    for guide in (card.guide for card in cards if card.guide is not None):
        if named.setdefault(guide.stem, guide).resolve() != guide.resolve():
            raise DesignError(f"Two guides are called {guide.name!r}. Rename one of them.")
    return [named[stem] for stem in sorted(named)]


def _save(target: Path, name: str, text: str) -> str:
    file = target / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")
    return name


def _made_before(target: Path) -> list[str]:
    """Return the files of an earlier run; refuse a folder that holds something else."""
    listed = target / LIST
    if listed.is_file():
        return listed.read_text(encoding="utf-8", errors="replace").splitlines()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        message = f"{target.name!r} holds something that no toolbox made."
        raise DesignError(
            f"{message} Name a folder that is empty or not there, so that nothing of yours is overwritten."
        )
    return []


def _remove(target: Path, names: Sequence[str]) -> None:
    """Remove pages of an earlier run; never anything outside the folder."""
    root = target.resolve()
    for name in names:
        file = (target / name).resolve()
        if file.suffix in {".html", ".json"} and file.is_relative_to(root):
            file.unlink(missing_ok=True)
            if file.parent != root and not any(file.parent.iterdir()):
                file.parent.rmdir()
