"""Photos as cameras write them, for tests: made by Pillow, with what a phone's file says of itself."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

Position = tuple[float, float]


def write_photo(
    file: Path, taken: str | None = None, offset: str | None = None, at: Position | None = None,
    size: tuple[int, int] = (60, 40), orientation: int | None = None, changed: int = 1_700_000_000,
) -> Path:  # fmt: skip
    """Write a JPEG: when it was taken as EXIF has it, by which offset and where; red above, blue below."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, size[1] // 2, size[0], size[1]))
    exif = Image.Exif()
    exif[Base.Make] = "Secret camera"
    if orientation:
        exif[Base.Orientation] = orientation
    details = exif.get_ifd(IFD.Exif)
    if taken:
        details[Base.DateTimeOriginal] = taken
    if offset:
        details[Base.OffsetTimeOriginal] = offset
    if at:
        gps = exif.get_ifd(IFD.GPSInfo)
        gps[GPS.GPSLatitudeRef], gps[GPS.GPSLatitude] = "S" if at[0] < 0 else "N", degrees(at[0])
        gps[GPS.GPSLongitudeRef], gps[GPS.GPSLongitude] = "W" if at[1] < 0 else "E", degrees(at[1])
    file.parent.mkdir(parents=True, exist_ok=True)
    image.save(file, "JPEG", exif=exif)
    os.utime(file, (changed, changed))
    return file


def degrees(value: float) -> tuple[float, float, float]:
    """Degrees, minutes and seconds of a size."""
    value = abs(value)
    minutes = value % 1 * 60
    return float(int(value)), float(int(minutes)), minutes % 1 * 60
