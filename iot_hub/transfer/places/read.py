"""Recognises a file of places by its content."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from iot_hub.errors import UserError
from iot_hub.transfer.imports.record import BrokenFileError
from iot_hub.transfer.imports.stream import buffered, head_of
from iot_hub.transfer.imports.text_encoding import as_text
from iot_hub.transfer.places.found import Found
from iot_hub.transfer.places.google import read_csv, read_geojson
from iot_hub.transfer.places.markup import read_gpx, read_kml

MOST_BYTES = 100_000_000


def places_in(file: Path) -> Found:
    """Read the places of a file. Raises UserError where it can't be read or is of no known kind."""
    try:
        data = file.read_bytes() if file.stat().st_size <= MOST_BYTES else None
    except OSError as error:
        raise UserError(f"{file} can't be read: {error.strerror}.") from error
    if data is None:
        raise UserError(f"{file} is larger than 100 MB: that is no list of places.")
    try:
        return parse(data)
    except BrokenFileError as error:
        raise UserError(f"{file} can't be read as a list of places ({error.reason}).") from error


def parse(data: bytes) -> Found:
    """Read a file's bytes. Raises BrokenFileError."""
    if data.startswith(b"PK"):
        data = _kml_of(data)
    stream = as_text(buffered(io.BytesIO(data)))
    head = head_of(stream).lstrip()
    if head.startswith(b"{"):
        return read_geojson(stream.read(MOST_BYTES))
    if b"<gpx" in head:
        return read_gpx(stream)
    if b"<kml" in head or b"<Placemark" in head:
        return read_kml(stream)
    if head.startswith(b"Title,"):
        return read_csv(stream.read(MOST_BYTES).decode())
    raise BrokenFileError("unknown_format")


def _kml_of(data: bytes) -> bytes:
    """Return the document of a KMZ archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            name = next(info for info in archive.infolist() if info.filename.lower().endswith(".kml"))
            if name.file_size > MOST_BYTES:
                raise BrokenFileError("too_large")
            return archive.read(name)
    except (zipfile.BadZipFile, StopIteration, NotImplementedError, RuntimeError) as error:
        raise BrokenFileError("no_kml_in_archive") from error
