"""Who asks, and where: an address over https, a name and a secret from the environment or the system's keyring."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from trustmeter.errors import DesignError
from trustmeter.options import PullTool

KEYRING_SERVICE = "trustmeter"
"""Under this name the keyring keeps what is not in the environment."""

SAID: Mapping[PullTool, tuple[str, ...]] = {
    "limesurvey": ("USER", "PASSWORD"),
    "odk": ("USER", "PASSWORD"),
    "kobo": ("TOKEN",),
}
"""What each tool wants to know, beside the address."""

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Access:
    """The way in. Neither printed nor logged: only the address is shown, without what may follow it.

    Parameters
    ----------
    tool
        The survey tool.
    server
        The address, checked.
    user, secret
        A name, empty where there is none, and a password or token.
    """

    tool: PullTool
    server: str
    user: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def host(self) -> str:
        """The server's name, for sentences."""
        return urlsplit(self.server).hostname or ""

    @property
    def local(self) -> bool:
        """Whether the server is this machine, which no proxy reaches."""
        return self.host in _HERE

    @property
    def names(self) -> str:
        """The variables that hold the name and the secret."""
        return " and ".join(variable(self.tool, name) for name in SAID[self.tool])


def variable(tool: PullTool, name: str) -> str:
    """Return the name of a variable of the environment.

    Examples
    --------
    >>> variable("kobo", "TOKEN")
    'TRUSTMETER_KOBO_TOKEN'
    """
    return f"TRUSTMETER_{tool.upper()}_{name}"


def access_to(tool: PullTool, server: str | None = None) -> Access:
    """Return the way in, from the environment or the keyring.

    Raises
    ------
    DesignError
        When something is missing, which is said by the variable's name, or the address is not safe.
    """
    address = checked_address(server or _kept(variable(tool, "URL")) or "", tool)
    found = {name: _kept(variable(tool, name)) for name in SAID[tool]}
    missing = [variable(tool, name) for name, value in found.items() if not value]
    if missing:
        listed = " and ".join(missing)
        message = f"Nothing is known of {listed}. Set it in the environment, or keep it in the system's keyring: "
        message += f'pip install "trustmeter[keyring]", then `keyring set {KEYRING_SERVICE} {missing[0]}`.'
        raise DesignError(f"{message} It is never an argument, for arguments end up in scripts and histories.")
    *user, secret = (value or "" for value in found.values())
    return Access(tool, address, user[0] if user else "", secret)


def checked_address(address: str, tool: PullTool) -> str:
    """Return an address without its last slash.

    Raises
    ------
    DesignError
        When it is missing, not https (http is for this machine only), or holds a name or password, which is not repeated.
    """
    name = variable(tool, "URL")
    if not address.strip():
        raise DesignError(f"The server's address is missing. Set {name}, or say `server='https://…'`.")
    try:
        parts = urlsplit(address.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if "@" in address or parts.username is not None:
        message = f"The server's address ({name} or `server=`) holds a name or a password. Leave the address alone there, and set"
        raise DesignError(f"{message} {' and '.join(variable(tool, one) for one in SAID[tool])}.")
    if not host or parts.scheme not in {"https", "http"} or parts.fragment:
        raise DesignError(f"The server's address ({name} or `server=`) must look like 'https://surveys.example.org'.")
    if parts.scheme == "http" and host not in _HERE:
        message = f"The server's address ({name} or `server=`) begins with http://: names and answers could be read on the way."
        raise DesignError(f"{message} Use https://.")
    return address.strip().rstrip("/")


def _kept(name: str) -> str | None:
    """Return what the environment or the keyring holds under a name."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    try:
        import keyring
    except ImportError:
        return None
    try:
        return keyring.get_password(KEYRING_SERVICE, name)
    except keyring.errors.KeyringError:
        return None
