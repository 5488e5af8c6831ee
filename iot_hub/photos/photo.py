"""The size, time and position of a photo, read from its file's header alone."""

from __future__ import annotations

import math
import struct
import warnings
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import IO, Any

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from iot_hub.photos.heif import is_heif, read_heif

FORMATS = ("JPEG", "PNG", "WEBP")
BROKEN = (
    OSError, SyntaxError, ValueError, TypeError, KeyError, ArithmeticError, EOFError, struct.error,
    Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow raises for a file that is damaged, or made to do harm."""

_SIDEWAYS = range(5, 9)


@dataclass(frozen=True)
class Photo:
    """What is known of a photo. A time without an offset is local. None: the file does not say."""

    width: int
    height: int
    taken_at: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None


def read_photo(file: IO[bytes]) -> Photo | None:
    """Read a file's header; None if it is no photo."""
    try:
        with warnings.catch_warnings(action="ignore"):
            width, height, exif = _heif(file) if _is_heif(file) else _picture(file)
            details, gps = exif.get_ifd(IFD.Exif), exif.get_ifd(IFD.GPSInfo)
    except BROKEN:
        return None
    latitude, longitude = _position(gps)
    return Photo(width, height, _taken_at(details), latitude, longitude)


def _picture(file: IO[bytes]) -> tuple[int, int, Image.Exif]:
    with Image.open(file, formats=FORMATS) as image:
        # A large photo is none of Pillow's business here: nothing is decoded.
        width, height = image.size
        exif = image.getexif()
        if exif.get(Base.Orientation) in _SIDEWAYS:
            width, height = height, width
        # They are read of the open file.
        for part in (IFD.Exif, IFD.GPSInfo):
            exif.get_ifd(part)
    return width, height, exif


def _is_heif(file: IO[bytes]) -> bool:
    head = file.read(32)
    file.seek(0)
    return is_heif(head)


def _heif(file: IO[bytes]) -> tuple[int, int, Image.Exif]:
    found, exif = read_heif(file), Image.Exif()
    if found.exif:
        exif.load(b"Exif\0\0" + found.exif)
    return found.width, found.height, exif


def _taken_at(details: dict[int, Any]) -> datetime | None:
    for time, offset in (
        (Base.DateTimeOriginal, Base.OffsetTimeOriginal), (Base.DateTimeDigitized, Base.OffsetTimeDigitized),
    ):  # fmt: skip
        try:
            text = str(details.get(time, "")).strip("\0 ")
            taken = datetime.strptime(text, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - its offset is read below
        except ValueError:
            continue
        # A camera whose clock was never set.
        if 1990 <= taken.year <= 2100:
            return taken.replace(tzinfo=_offset(str(details.get(offset, ""))))
    return None


def _offset(text: str) -> timezone | None:
    try:
        hours, minutes = text.strip("\0 ").lstrip("+-").split(":")
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-ahead if text.strip().startswith("-") else ahead)
    except ValueError:
        return None


def _position(gps: dict[int, Any]) -> tuple[float, float] | tuple[None, None]:
    try:
        latitude = _degrees(gps[GPS.GPSLatitude], gps[GPS.GPSLatitudeRef], "S")
        longitude = _degrees(gps[GPS.GPSLongitude], gps[GPS.GPSLongitudeRef], "W")
    except BROKEN:
        return None, None
    is_on_earth = math.isfinite(latitude) and abs(latitude) <= 90 and math.isfinite(longitude) and abs(longitude) <= 180
    # Exactly 0, 0 is what phones write that know no position.
    if not is_on_earth or (latitude, longitude) == (0, 0):
        return None, None
    return latitude, -180.0 if longitude == 180 else longitude


def _degrees(parts: Any, half: Any, negative: str) -> float:  # noqa: ANN401 - whatever the file has
    degrees, minutes, seconds = (float(part) for part in parts)
    size = degrees + minutes / 60 + seconds / 3600
    text = half.decode("ascii", "replace") if isinstance(half, bytes) else str(half)
    return round(-size if text.strip("\0 ").upper() == negative else size, 7)
