"""Look at the addresses that pages name, without a network: DOIs are well formed, web addresses have a host and no blanks.

Run from the project's root: python tools/check_links.py [FOLDER OR FILE ...]
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
DOI = re.compile(r"10\.\d{4,9}/[\w.()/:;<>-]*[\w>)]", flags=re.ASCII)
"""A DOI: ten, a point, the registrant's number, a slash, and what the registrant likes (here without blanks)."""
NAMED = re.compile(r"(?:doi:\s*|doi\.org/)([^\s\]`\"']*)", flags=re.IGNORECASE)
ADDRESS = re.compile(r"https?:[^\s<>`\"']*")


def faults(text: str) -> list[str]:
    """Return what is wrong with the DOIs and web addresses of a text, in the order of the text."""
    found: list[tuple[int, str]] = []
    for one in NAMED.finditer(text):
        doi = _without_the_end_of_a_sentence(one[1])
        if not DOI.fullmatch(doi):
            found.append(
                (one.start(), f"{doi or one[0].strip()!r} is no DOI: 10., four digits or more, a slash, a name")
            )
    for one in ADDRESS.finditer(text):
        address = _without_the_end_of_a_sentence(one[0])
        try:
            host = urlsplit(address).hostname or ""
        except ValueError:
            host = ""
        if "." not in host:
            found.append((one.start(), f"{address!r} names no host"))
    return [fault for _, fault in sorted(found)]


def _without_the_end_of_a_sentence(address: str) -> str:
    """Return an address without the marks that end a sentence, and without a bracket that was opened before it."""
    shorter = address.rstrip(".,;:*|")
    while shorter.endswith(")") and shorter.count(")") > shorter.count("("):
        shorter = shorter[:-1].rstrip(".,;:*|")
    return shorter


def pages(places: list[Path]) -> list[Path]:
    """Return the pages in folders, and the files named."""
    return sorted({page for place in places for page in ([place] if place.is_file() else place.rglob("*.md"))})


def main(places: list[Path]) -> int:
    """Print each fault with its page; return how many there are."""
    count = 0
    for page in pages(places):
        for fault in faults(page.read_text(encoding="utf-8")):
            print(f"{page}: {fault}")
            count += 1
    return count


if __name__ == "__main__":
    named = [Path(argument) for argument in sys.argv[1:]]
    sys.exit(min(main(named or [ROOT / "docs", ROOT / "README.md", ROOT / "questionnaires"]), 1))
