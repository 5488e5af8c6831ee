"""The scan of the folder of photos into the database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from events import Connection, rows
from photo_files import write_photo

from iot_hub.errors import UserError
from iot_hub.photos.scan import Scan, scan_photos

WARSAW = ZoneInfo("Europe/Warsaw")
ALL = "SELECT path, taken_at, latitude IS NOT NULL AS is_placed FROM iot_personal_hub.photos ORDER BY path"


def test_new_and_changed_photos_are_read_and_removed_ones_go(owner: Connection, tmp_path: Path) -> None:
    write_photo(tmp_path / "a.jpg", "2026:07:01 12:00:00", "+09:00", (35.68, 139.76))
    write_photo(tmp_path / "b.jpg", "2026:07:01 12:00:00")
    write_photo(tmp_path / "c.jpg")
    (tmp_path / "d.jpg").write_bytes(b"no photo")
    assert scan_photos(owner, tmp_path, WARSAW) == Scan(photos=3, read=4, unreadable=1)
    # Without an offset and a place, the owner's zone: CEST.
    assert [tuple(row.values()) for row in rows(owner, ALL)] == [
        ("a.jpg", datetime(2026, 7, 1, 3, tzinfo=UTC), True), ("b.jpg", datetime(2026, 7, 1, 10, tzinfo=UTC), False),
        ("c.jpg", None, False), ("d.jpg", None, False),
    ]  # fmt: skip
    assert scan_photos(owner, tmp_path, WARSAW).read == 0
    ids = rows(owner, "SELECT path, id FROM iot_personal_hub.photos ORDER BY path")

    write_photo(tmp_path / "b.jpg", "2026:08:01 12:00:00", changed=1_800_000_000)
    (tmp_path / "c.jpg").unlink()
    assert scan_photos(owner, tmp_path, WARSAW) == Scan(photos=2, read=1, unreadable=1, removed=1)
    assert [row for row in ids if row["path"] != "c.jpg"] == rows(
        owner, "SELECT path, id FROM iot_personal_hub.photos ORDER BY path"
    )
    assert rows(owner, ALL)[1]["taken_at"] == datetime(2026, 8, 1, 10, tzinfo=UTC)


def test_a_local_time_is_that_of_the_place_where_its_zone_is_known(owner: Connection, tmp_path: Path) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.zone_cities (country_code, zone, point)"
        " VALUES ('JP', 'Asia/Tokyo', 'POINT(139.76 35.68)')"
    )
    write_photo(tmp_path / "a.jpg", "2026:07:01 12:00:00", at=(35.7, 139.7))
    scan_photos(owner, tmp_path, WARSAW)
    assert rows(owner, ALL)[0]["taken_at"] == datetime(2026, 7, 1, 3, tzinfo=UTC)


def test_a_folder_that_is_not_there_removes_nothing(owner: Connection, tmp_path: Path) -> None:
    write_photo(tmp_path / "photos/a.jpg")
    scan_photos(owner, tmp_path / "photos", WARSAW)
    (tmp_path / "photos").rename(tmp_path / "away")
    with pytest.raises(UserError, match="IOT_HUB_PHOTOS"):
        scan_photos(owner, tmp_path / "photos", WARSAW)
    assert len(rows(owner, ALL)) == 1
