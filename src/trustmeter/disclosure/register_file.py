"""The register's file: read, checked, and written whole or not at all."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from trustmeter.disclosure.register import MEANING, Publication, PublicationRegister, PublishedGroup
from trustmeter.errors import DesignError, did_you_mean

FORMAT = "trustmeter publication register"
VERSION = 1
KEY_BYTES = 32
CODE = 16
"""Characters of a code of a person and of what was told."""
PATIENCE = 5.0
"""Seconds to wait for somebody else who is writing the register."""


def read_register(path: str | Path) -> PublicationRegister:
    """Read the register of a pilot's publications.

    Use it to see what has been published. `report` with ``register=`` reads and writes the file by itself.

    Parameters
    ----------
    path
        The register's file.

    Returns
    -------
    PublicationRegister
        The publications in the order in which they were recorded.

    Raises
    ------
    DesignError
        When there is no such file, it is no register, or it was damaged or changed by hand.

    Examples
    --------
    >>> import trustmeter as tm
    >>> from tempfile import mkdtemp
    >>> folder = mkdtemp()
    >>> answers = tm.read_responses(tm.demo_file(), tm.load_questionnaire("community-trust"), respondent="id", wave="wave")
    >>> change = tm.compare(tm.score(answers, scale="trust"), tm.PilotDesign("2022", "2023"))
    >>> _ = tm.report(change, to=f"{folder}/report.html", register=f"{folder}/register.json", published="2026-03-31")
    >>> print(tm.read_register(f"{folder}/register.json"))
    001  2026-03-31  report.html [en]  Trust report
    """
    place = register_path(path, "read_register")
    if not place.is_file():
        beside = [one.name for one in place.parent.iterdir()] if place.parent.is_dir() else []
        raise DesignError(
            f"There is no register {place.name!r} there.{did_you_mean(place.name, beside)} Check the path."
        )
    return _parsed(_bytes_of(place), place.name)


def register_path(path: object, where: str) -> Path:
    """Return the path of a register; refuse what is no name of a JSON file."""
    if not isinstance(path, (str, Path)) or Path(path).suffix.lower() != ".json":
        got = Path(path).name if isinstance(path, (str, Path)) else type(path).__name__
        raise DesignError(f"The register of `{where}` is a file whose name ends in '.json'. Got {got!r}.")
    return Path(path)


def register_at(place: Path) -> PublicationRegister:
    """Return the register that is there, or a new one; never a new one beside an old one.

    Raises
    ------
    DesignError
        When the file is no register or damaged, or when there is none but another lies in the same folder.
    """
    if place.exists():
        return read_register(place)
    beside = (
        [one.name for one in sorted(place.parent.glob("*.json")) if _is_register(one)] if place.parent.is_dir() else []
    )
    if beside:
        message = f"There is no register {place.name!r}, but {beside[0]!r} lies in the same folder, and a new one would know nothing"
        raise DesignError(f"{message} of what is published. Pass that one, or another folder for another pilot.")
    return PublicationRegister(key=secrets.token_bytes(KEY_BYTES))


def write_register(register: PublicationRegister, place: Path) -> None:
    """Write the file whole, or leave it as it was; only its owner may read it."""
    content = _content(register)
    text = json.dumps({**content, "checksum": _checksum(content, register.key)}, ensure_ascii=False, indent=1)
    replace_file(place, text.encode("utf-8"))


def replace_file(place: Path, content: bytes) -> None:
    """Put `content` in place of a file in one step."""
    beside = place.with_name(f".{place.name}.{secrets.token_hex(4)}.tmp")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)
    except OSError as error:
        beside.unlink(missing_ok=True)
        reason = error.strerror or type(error).__name__
        raise DesignError(f"The register {place.name!r} cannot be written: {reason}. Nothing was published.") from None


@contextmanager
def only_writer(place: Path) -> Iterator[None]:
    """Let nobody else write the register meanwhile."""
    lock = place.with_name(f".{place.name}.lock")
    deadline = time.monotonic() + PATIENCE
    while not _locked(lock, place):
        if time.monotonic() > deadline:
            message = f"Somebody else is writing the register {place.name!r}. Try again in a minute; if nobody is, a program was"
            raise DesignError(f"{message} stopped half-way: delete {lock.name!r} beside the register.")
        time.sleep(0.05)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _locked(lock: Path, place: Path) -> bool:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        if lock.exists():
            return False
        raise DesignError(f"The register {place.name!r} cannot be kept there: its folder is a file.") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DesignError(
            f"The register {place.name!r} cannot be kept there: {reason}. Nothing was published."
        ) from None
    return True


def _bytes_of(place: Path) -> bytes:
    try:
        return place.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DesignError(f"The register {place.name!r} cannot be read: {reason}. Nothing was published.") from None


def _is_register(place: Path) -> bool:
    try:
        with place.open("rb") as file:
            return f'"format": "{FORMAT}"'.encode() in file.read(200)
    except OSError:
        return False


def _content(register: PublicationRegister) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "confidential": MEANING,
        "key": register.key.hex(),
        "publications": [asdict(one) for one in register.publications],
        "people": {name: "".join(sorted(register.people[name])) for name in sorted(register.people)},
    }


def _checksum(content: dict[str, Any], key: bytes) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest()


def _parsed(content: bytes, name: str) -> PublicationRegister:
    cure = "Restore it from a backup; a new register would know nothing of what is published."
    try:
        found = json.loads(content.decode("utf-8"))
    except ValueError:
        raise DesignError(f"The register {name!r} is damaged: it is no whole JSON file. {cure}") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise DesignError(f"The file {name!r} is no register of publications. Name another file in `register=`.")
    if found.get("version") != VERSION:
        message = f"The register {name!r} was written by another version of trustmeter (its version is {found.get('version')!r},"
        raise DesignError(f"{message} this one reads {VERSION}). Update trustmeter.")
    try:
        key = bytes.fromhex(found["key"])
        whole = {one: value for one, value in found.items() if one != "checksum"}
        if len(key) != KEY_BYTES or not hmac.compare_digest(str(found["checksum"]), _checksum(whole, key)):
            raise ValueError
        return PublicationRegister(
            publications=tuple(_publication(one) for one in found["publications"]),
            people={one: _codes_in(people) for one, people in found["people"].items()},
            key=key,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise DesignError(f"The register {name!r} is damaged, or was changed by hand. {cure}") from None


def _codes_in(text: str) -> frozenset[str]:
    return frozenset(text[start : start + CODE] for start in range(0, len(text), CODE))


def _publication(told: dict[str, Any]) -> Publication:
    return Publication(**{**told, "groups": tuple(PublishedGroup(**one) for one in told["groups"])})
