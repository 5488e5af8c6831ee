"""Reads the folder of photos into the database: new and changed files only; removed ones go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.queries import query
from iot_hub.photos.folder import Found, files_of, open_inside
from iot_hub.photos.photo import Photo, read_photo

Connection = psycopg.Connection[DictRow]

AT_ONCE = 500
"""Files of one transaction: an interrupted scan goes on where it stopped."""


@dataclass
class Scan:
    """What a scan has found."""

    photos: int = 0
    read: int = 0
    unreadable: int = 0
    removed: int = 0


def scan_photos(connection: Connection, folder: Path, zone: ZoneInfo) -> Scan:
    """Scan the folder. A time without an offset is that of the photo's place, where known, else of the zone.

    Raises UserError.
    """
    known = {row["path"]: row for row in connection.execute(query("known_photos"))}
    scan = Scan()
    there: set[str] = set()
    changed: list[Found] = []
    for file in files_of(folder):
        there.add(file.path)
        row = known.get(file.path)
        if not row or (row["file_bytes"], row["modified_ns"]) != (file.file_bytes, file.modified_ns):
            changed.append(file)
    for start in range(0, len(changed), AT_ONCE):
        files = changed[start : start + AT_ONCE]
        with connection.transaction():
            for file in files:
                _store(connection, file, _read(folder, file), zone)
        scan.read += len(files)
    gone = [row["id"] for path, row in known.items() if path not in there]
    scan.removed = connection.execute(query("remove_photos"), {"ids": gone}).rowcount
    [row] = connection.execute(query("count_photos")).fetchall()
    scan.photos, scan.unreadable = row["photos"], row["unreadable"]
    return scan


def _read(folder: Path, file: Found) -> Photo | None:
    try:
        with open_inside(folder, file.path) as opened:
            return read_photo(opened)
    except OSError:
        return None


def _store(connection: Connection, file: Found, photo: Photo | None, zone: ZoneInfo) -> None:
    taken: datetime | None = photo.taken_at if photo else None
    local = taken if taken and taken.tzinfo is None else None
    connection.execute(
        query("store_photo"),
        {
            "path": file.path, "file_bytes": file.file_bytes, "modified_ns": file.modified_ns,
            "taken_at": None if local else taken, "taken_local": local, "zone": zone.key,
            "latitude": photo.latitude if photo else None, "longitude": photo.longitude if photo else None,
            "width": photo.width if photo else None, "height": photo.height if photo else None,
        },
    )  # fmt: skip
