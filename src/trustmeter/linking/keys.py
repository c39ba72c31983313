"""Names become pseudonyms by a key that lies somewhere else."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import os
import secrets
import zlib
from pathlib import Path
from typing import Any

import pandas as pd

from trustmeter.errors import DesignError
from trustmeter.linking.spelling import bare

KEY_BYTES = 32
"""The fewest bytes of a key."""

_FROM_ENVIRONMENT = "env:"
_FEWEST_DIFFERENT = 16
_DATA = frozenset({".csv", ".tsv", ".tab", ".xlsx", ".xlsm", ".xls", ".ods", ".sav", ".dta", ".parquet", ".gz", ".zip"})
_LENGTH = 32


def make_key(path: str | Path) -> Path:
    """Write a new random key into a file that only its owner can read.

    Use it once a study, and keep the file where the answers are not: with another person, or on another drive. Whoever has both
    can try out names. Whoever loses it can link no further wave.

    Parameters
    ----------
    path
        The file to write. It must not be there yet, and no file of answers may lie beside it. Its folder is made where it is not
        there.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    DesignError
        When the file is there already, cannot be written, or files of answers lie beside it.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> make_key(mkdtemp() + "/study.key").name
    'study.key'
    """
    target = Path(path)
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DesignError(f"The folder of the key {target.name!r} cannot be made: {error.strerror}.") from None
    _not_beside_data(target)
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        message = (
            f"The file {target.name!r} is there already. A key is never written over: keep it, or take another name."
        )
        raise DesignError(message) from None
    except OSError as error:
        raise DesignError(f"The key {target.name!r} cannot be written: {error.strerror}.") from None
    with os.fdopen(handle, "w", encoding="ascii", newline="\n") as stream:
        stream.write(secrets.token_hex(KEY_BYTES) + "\n")
    return target


def pseudonymise(series: pd.Series[Any], *, key: str | Path) -> pd.Series[Any]:
    """Replace names, numbers or codes of people by pseudonyms that only the holder of a key can make again.

    Use it before answers are read or passed on, when a file holds an access code, a telephone number or a member's number: the
    same person gets the same pseudonym in each wave.

    Parameters
    ----------
    series
        The column. Capitals, accents, blanks and signs do not count: ``"É-12 a"`` is ``"e12A"``. It is not changed.
    key
        Where the key is: the path of a file (made by ``trustmeter make-key``), or ``"env:NAME"`` for an environment variable.
        At least 32 random bytes, as 64 hexadecimal digits or as they are. It is never stored, shown or logged.

    Returns
    -------
    Series
        Texts of 32 hexadecimal digits, ``<NA>`` where there was nothing; the same index and name.

    Raises
    ------
    DesignError
        When `series` is none, or the key is not there, too short, too regular, or lies beside files of answers.

    Notes
    -----
    The first 128 bits of HMAC-SHA-256. Without a key, or with one that is known, such numbers can be found again by trying all
    of them; so a plain hash is no pseudonym. Pseudonyms are still personal data (GDPR, article 4(5)).

    References
    ----------
    Krawczyk, H., Bellare, M., & Canetti, R. (1997). HMAC: Keyed-hashing for message authentication. RFC 2104.
    doi:10.17487/RFC2104

    Examples
    --------
    >>> import pandas as pd, trustmeter as tm
    >>> from tempfile import mkdtemp
    >>> from trustmeter.linking.keys import make_key
    >>> key = make_key(mkdtemp() + "/study.key")
    >>> codes = tm.pseudonymise(pd.Series(["Ab 1", "aB-1", "c2", None]), key=key)
    >>> codes[0] == codes[1], codes[0] == codes[2], codes[3]
    (True, False, <NA>)
    """
    if not isinstance(series, pd.Series):
        raise DesignError(f"`pseudonymise` takes one column, such as `frame['code']`. Got {type(series).__name__}.")
    secret = _read_key(key)
    places, distinct = pd.factorize(series, use_na_sentinel=True)
    made = [_pseudonym(bare(value), secret) for value in distinct]
    named = [made[place] if place >= 0 else None for place in places]
    return pd.Series(pd.array(named, dtype="string"), index=series.index, name=series.name)


def _pseudonym(code: str, secret: bytes) -> str | None:
    if not code:
        return None
    return hmac.new(secret, code.encode(), hashlib.sha256).hexdigest()[:_LENGTH]


def _read_key(key: str | Path) -> bytes:
    """Return the key's bytes; no message holds any part of it."""
    if isinstance(key, bytes) or not isinstance(key, (str, Path)):
        message = "The `key` argument of `pseudonymise` says where the key is: a file's path, or 'env:NAME'."
        raise DesignError(f"{message} A key itself is never passed, for it would stand in the script.")
    if isinstance(key, str) and key.startswith(_FROM_ENVIRONMENT):
        name = key.removeprefix(_FROM_ENVIRONMENT)
        held = os.environ.get(name, "")
        if not held:
            raise DesignError(f"The environment variable {name!r} holds no key. Set it, or give the path of a file.")
        return _strong(held.encode(), f"environment variable {name!r}")
    path = Path(key)
    try:
        content = path.read_bytes()
    except OSError:
        message = "There is no key at the place that the `key` argument of `pseudonymise` names."
        raise DesignError(f"{message} Make one with `trustmeter make-key`, or pass 'env:NAME'.") from None
    _not_beside_data(path)
    return _strong(content, f"file {path.name!r}")


def _strong(content: bytes, where: str) -> bytes:
    text = content.strip()
    try:
        secret = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        secret = text
    cure = "Make one with `trustmeter make-key`: 32 random bytes."
    if len(secret) < KEY_BYTES:
        raise DesignError(f"The key in the {where} is shorter than {KEY_BYTES} bytes. {cure}")
    regular = len(set(secret)) < _FEWEST_DIFFERENT or len(zlib.compress(secret, 9)) < len(secret)
    steps = {(after - before) % 256 for before, after in itertools.pairwise(secret)}
    typed = secret is text and all(32 <= byte < 127 for byte in text)
    if regular or typed or len(steps) < _FEWEST_DIFFERENT // 2:
        raise DesignError(f"The key in the {where} is not random: it repeats itself, or was typed by somebody. {cure}")
    return secret


def _not_beside_data(path: Path) -> None:
    folder = path.resolve().parent
    if any(beside.suffix.lower() in _DATA for beside in folder.iterdir() if beside != path.resolve()):
        message = f"Beside the key {path.name!r} lie tables. Whoever finds both can try out names."
        raise DesignError(f"{message} Keep the key in another place, best with another person.")
