"""The site's parameter tables: names that share a description in a docstring get a line each, with a type and a default of their own."""

from __future__ import annotations

import re
from typing import Any

import griffe

_PARAMETERS = re.compile(r"(?<=^Parameters\n----------\n).*?(?=^\S[^\n]*\n-{3,}$|\Z)", re.MULTILINE | re.DOTALL)
_SEVERAL = re.compile(r"^(\w+(?:, \w+)+)\n((?:[ ]{4}.*\n?|\n)+)", re.MULTILINE)


class ParametersApart(griffe.Extension):
    """Writes ``first, second`` with one description as two parameters, before the page is made."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite a docstring."""
        if obj.docstring is not None:
            obj.docstring.value = apart(obj.docstring.value)


def apart(docstring: str) -> str:
    """Return a docstring in which each parameter stands by itself.

    Examples
    --------
    >>> print(apart("Parameters\\n----------\\nlow, high\\n    Bounds.\\n"), end="")
    Parameters
    ----------
    low
        Bounds.
    high
        Bounds.
    """
    return _PARAMETERS.sub(lambda section: _SEVERAL.sub(_each, section[0]), docstring)


def _each(found: re.Match[str]) -> str:
    told = found[2].rstrip("\n") + "\n"
    rest = found[2][len(told) :]
    return "".join(f"{name}\n{told}" for name in found[1].split(", ")) + rest
