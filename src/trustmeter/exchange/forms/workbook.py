"""A workbook, or another office file, that is the same, byte for byte, whenever it is written."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Any, Protocol

_LONG_AGO = "1980-01-01T00:00:00Z"


class Saved(Protocol):
    """An office file that can be saved: a workbook of openpyxl, a document of python-docx."""

    def save(self, stream: Any, /) -> None:
        """Write it."""


def timeless(book: Saved) -> bytes:
    """Return the file's bytes without the hour of writing."""
    written, timeless = BytesIO(), BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(timeless, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", _LONG_AGO.encode(), content)
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return timeless.getvalue()
