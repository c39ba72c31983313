"""Scans become straight sheets: pages out of files, corners found, each sheet turned upright and stretched to A4."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import DesignError, MissingExtraError
from trustmeter.exchange.paper.layout import CORNER_EDGE, CORNER_SIZE, PAGE_HEIGHT, PAGE_WIDTH

DOTS = 8
"""Dots a millimetre of a straightened sheet, about 200 dots an inch."""

SUFFIXES = (".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff")
_SQUARE_CODE = (PAGE_WIDTH - 16.0 - 18.0, 8.0, 18.0)
_PDF_SCALE = 200 / 72
_LARGEST_PAGE = 1700
"""Points: the longer side of A2. A page beyond it is no scan of a sheet, and its picture would fill the memory."""

Picture: TypeAlias = NDArray[np.uint8]


def engine() -> Any:
    """Return the library for pictures, or the line that installs it."""
    try:
        import cv2
    except ImportError:
        raise _missing("opencv-python-headless") from None
    return cv2


def _missing(name: str) -> MissingExtraError:
    return MissingExtraError(
        f'Reading scans needs the package {name!r}, which is not installed. Run: pip install "trustmeter[omr]"'
    )


def pages_of(source: str | Path) -> Iterator[tuple[str, Picture]]:
    """Yield each page of a file, or of the files of a folder in the order of their names, in grey."""
    path = Path(source)
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    files = [file for file in files if file.suffix.lower() in SUFFIXES]
    if not files or not all(file.is_file() for file in files):
        raise DesignError(f"No scan is in {path.name!r}. It is a PDF, PNG, JPEG or TIFF file, or a folder of them.")
    for file in files:
        pictures = _of_pdf(file) if file.suffix.lower() == ".pdf" else _of_picture(file)
        for number, picture in enumerate(pictures, start=1):
            yield f"{file.name}, page {number}", picture


def _of_pdf(file: Path) -> Iterator[Picture]:
    try:
        import pypdfium2
    except ImportError:
        raise _missing("pypdfium2") from None
    try:
        document = pypdfium2.PdfDocument(file.read_bytes())
    except pypdfium2.PdfiumError:
        raise DesignError(f"{file.name!r} is no PDF that can be opened. Scan it again, without a password.") from None
    try:
        for page in document:
            if max(page.get_size()) > _LARGEST_PAGE:
                raise DesignError(f"{file.name!r} has a page larger than A2. Scan the sheets as they are, on A4.")
            yield np.array(page.render(scale=_PDF_SCALE, grayscale=True).to_numpy(), dtype=np.uint8).squeeze()
    finally:
        document.close()


def _of_picture(file: Path) -> Iterator[Picture]:
    cv2 = engine()
    try:
        read, pictures = cv2.imdecodemulti(np.fromfile(file, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:  # empty, or beyond measure
        read, pictures = False, ()
    if not read:
        raise DesignError(f"{file.name!r} is no picture that can be opened. Scan it again.")
    yield from pictures


def straightened(picture: Picture) -> tuple[Picture, str] | None:
    """Return a sheet upright in A4 with the text of its square code, or nothing where it is not one of our sheets."""
    corners = _corners(picture)
    if corners is None:
        return None
    for turned in range(4):
        sheet = _warped(picture, np.roll(corners, -turned, axis=0))
        if sheet is not None and (code := _square_code(sheet)):
            return sheet, code
    return None


def _corners(picture: Picture) -> NDArray[np.float32] | None:
    """Return the middles of the four black squares, clockwise from the upper left one."""
    cv2 = engine()
    height, width = picture.shape
    smooth = cv2.GaussianBlur(picture, (3, 3), 0)
    _, dark = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    contours, _ = cv2.findContours(dark, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    expected = (CORNER_SIZE / PAGE_HEIGHT * max(height, width)) ** 2
    found = []
    for contour in contours:
        middle, sides, _ = cv2.minAreaRect(contour)
        area = sides[0] * sides[1]
        square = 0.4 * expected < area < 2.0 * expected and min(sides) > 0.75 * max(sides)
        if square and cv2.contourArea(contour) > 0.8 * area:
            found.append(middle)
    if len(found) < 4:
        return None
    places = np.array(found, dtype=np.float32)
    edges = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    nearest = [int(np.argmin(((places - edge) ** 2).sum(axis=1))) for edge in edges]
    return places[nearest] if len(set(nearest)) == 4 else None


def _warped(picture: Picture, corners: NDArray[np.float32]) -> Picture | None:
    """Return the sheet stretched to A4; nothing where it would have to be stretched out of all proportion."""
    cv2 = engine()
    across, down = np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0])
    if across > down:
        return None
    near = (CORNER_EDGE + CORNER_SIZE / 2) * DOTS
    right, low = PAGE_WIDTH * DOTS - near, PAGE_HEIGHT * DOTS - near
    target = np.array([(near, near), (right, near), (right, low), (near, low)], dtype=np.float32)
    turn = cv2.getPerspectiveTransform(corners, target)
    size = (round(PAGE_WIDTH * DOTS), round(PAGE_HEIGHT * DOTS))
    sheet: Picture = cv2.warpPerspective(picture, turn, size, flags=cv2.INTER_LINEAR, borderValue=255)
    return sheet


def _square_code(sheet: Picture) -> str:
    cv2 = engine()
    left, top, side = _SQUARE_CODE
    across, down = (
        slice(round((left - 2) * DOTS), round((left + side + 2) * DOTS)),
        slice(round((top - 2) * DOTS), round((top + side + 2) * DOTS)),
    )
    crop = sheet[down, across]
    detector = cv2.QRCodeDetector()
    for times, blur in product((3, 2, 4, 6), (0.0, 0.7, 1.0, 1.4)):
        larger = cv2.resize(crop, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
        if blur:
            larger = cv2.threshold(cv2.GaussianBlur(larger, (0, 0), blur * times), 0, 255, cv2.THRESH_OTSU)[1]
        text: str = detector.detectAndDecode(larger)[0]
        if text.startswith("tm1|"):
            return text
    return ""
