"""A first draft of a card, to write on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trustmeter.errors import DesignError, unknown_word
from trustmeter.toolbox.model import CARD_LANGUAGES, KINDS, MONEY, NOT_KNOWN, THEMES

_HEAD = """\
# A card of the toolbox. Write where the dots are, then: trustmeter toolbox check {file}
id: {name}
kind: {kind}
theme: {theme}  # {themes}, a list of them, or any
{zone}cost:
  hours: {unknown}  # working hours in all, or: {unknown}
  money: {unknown}  # {money}
licence: CC-BY-4.0
evidence: []  # files that `trustmeter pilot run` wrote; how strong they are is read there and never written here
text:
"""
_TEXT = """\
  {tag}:
    title: "…"
    problem: "…"    # what was wrong, for whom
    done: "…"       # what is done
    for_whom: "…"   # who can use it
    steps:
      - "…"
    needs:
      - "…"
    pitfalls:
      - "…"
{shows}    contact: "…"    # a function, such as: the diversity officer of the zone; never a name or a person's address
"""
_SHOWS = """\
    can_show: "…"
    cannot_show: "…"
"""


def new_card(path: str | Path, *, kind: str = "practice", languages: Sequence[str] = CARD_LANGUAGES) -> Path:
    """Write a first draft of a card.

    Parameters
    ----------
    path
        The ``.yaml`` file; its name becomes the id.
    kind
        ``"practice"``, ``"instrument"`` or ``"design"``.
    languages
        Some of en, fr, nl, de.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    DesignError
        When there is such a file already, its name is no id, or a word is not known.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> new_card(mkdtemp() + "/walks.yaml", languages=["nl", "fr"]).name
    'walks.yaml'
    """
    file, where = Path(path), "`new_card`"
    if kind not in KINDS:
        raise DesignError(unknown_word("`kind`", kind, KINDS, where))
    for tag in languages:
        if tag not in CARD_LANGUAGES:
            raise DesignError(unknown_word("language", tag, CARD_LANGUAGES, where))
    plain = file.stem.replace("-", "")
    if file.suffix != ".yaml" or not (
        plain.isascii() and plain.isalnum() and plain == plain.lower() and plain[0].isalpha()
    ):
        message = "A card's file is called by its id: a small letter, then small letters, digits and -, then .yaml."
        raise DesignError(f"{message} Got {file.name!r}.")
    if file.exists():
        raise DesignError(f"There is a file {file.name!r} already. Choose another name.")
    zone = 'zone: "…"  # the zone that did it\n' if kind == "practice" else "zone: any\n"
    if kind == "instrument":
        zone += 'instrument: "…"  # its name on the shelf: trustmeter list\n'
    head = _HEAD.format(
        file=file.name, name=file.stem, kind=kind, theme=THEMES[-1] if kind == "practice" else "any",
        themes=", ".join(THEMES), zone=zone, unknown=NOT_KNOWN, money=", ".join(MONEY),
    )  # fmt: skip
    shows = "" if kind == "practice" else _SHOWS
    texts = "".join(_TEXT.format(tag=tag, shows=shows) for tag in dict.fromkeys(languages))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(head + texts, encoding="utf-8", newline="\n")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DesignError(f"The card {file.name!r} cannot be written there: {reason}. Name another file.") from None
    return file
