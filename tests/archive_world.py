"""A hub with an archive, in a folder or in a bucket of a real server, and a second hub to restore into."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from correction_world import correct, undo
from events import FIRST_BETA_PROPERTIES, Connection, refresh, rows, store
from free_ports import free_ports
from paths import ROOT
from pydantic import SecretStr
from started import lasting
from waiting import wait_until

from iot_hub.access.devices import add_device as add_device_with_token
from iot_hub.archive.object_store import object_store
from iot_hub.archive.verify import verify_archive
from iot_hub.cars.electricity import add_price
from iot_hub.cars.refuels import Refuel, add_refuel, remove_refuel
from iot_hub.cars.reminders import Reminder, add_reminder
from iot_hub.corrections import drive_log
from iot_hub.corrections.drive_correction import DriveCorrection
from iot_hub.database.connections import connect, owner_conninfo, viewer_conninfo
from iot_hub.database.queries import query
from iot_hub.ingest.quarantine import QuarantinedPayload, quarantine_params
from iot_hub.places.address_book import add_place
from iot_hub.places.place import Place
from iot_hub.privacy.areas import add_area
from iot_hub.privacy.share_links import ShareScope, add_share
from iot_hub.settings import Settings

START = 1_755_820_800  # 2025-08-22T00:00:00Z
HOUR = 3600
DAY = 24 * HOUR
HOME = b'{"type": "Polygon", "coordinates": [[[21, 52.2], [21.02, 52.2], [21.02, 52.25], [21, 52.25], [21, 52.2]]]}'

TABLES = {
    "raw_devices_properties": "*",
    "dim_devices": "id, name, type, status, details, created_at",
    "device_tokens": "*",
    "dim_blocked_areas": "id, name, polygon, created_at",
    "dim_metrics": "*",
    "dim_properties": "*",
    "hub_settings": "*",
    "quarantine": "*",
    "share_links": "*",
    "share_link_devices": "*",
    "share_openings": "*",
    "places": "*",
    "corrections": "device_id, id, kind, since::text, until::text, made_at, undone_at",
    "drive_corrections": "*",
    "refuels": "*",
    "electricity_prices": "*",
    "service_reminders": "*",
    "alert_channels": "*",
    "alert_rules": "*",
    "alert_states": "*",
    "journeys": "device_id, starts, ends, kind, mode, latitude, longitude, distance_m, fixes",
    "locations": "*",
    "private_spans": "device_id, starts::text, ends::text",
    "agg_hourly_devices_smartphone_events_counter": "device_id, date_hour, count_events",
    "agg_hourly_devices_smartphone_battery_details": "device_id, date_hour, level_min, level_avg, temperature_max",
    "agg_hourly_devices_smartphone_location_details": "device_id, date_hour, altitude_min, latitude_avg",
    "agg_hourly_devices_metrics": "device_id, date_hour, metric, count, min, avg, max, sum, first, last",
    "archive_objects": "device_id, date, path, events, bytes, sha256, fingerprint, min_time, max_time",
}
VIEWS = (
    "published_devices", "published_events", "published_hourly_battery_details",
    "published_hourly_events_counter", "published_hourly_location_details", "published_hourly_metrics",
    "published_last_seen", "published_locations",
)  # fmt: skip


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.slow)])
def hub_settings(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Settings:
    """Settings of a hub with an archive of its own: once a folder, once a bucket."""
    if request.param == "folder":
        return in_folder(settings, tmp_path)
    return in_bucket(settings, request.getfixturevalue("s3_url"), tmp_path.name)


@pytest.fixture
def folder_hub(settings: Settings, tmp_path: Path) -> Settings:
    return in_folder(settings, tmp_path)


def in_folder(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"archive_folder": tmp_path / "archive"})


def in_bucket(settings: Settings, s3_url: str, name: str) -> Settings:
    bucket = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    httpx.put(f"{s3_url}/{bucket}").raise_for_status()
    own = {"s3_endpoint": s3_url, "s3_bucket": bucket, "s3_access_key": SecretStr("k"), "s3_secret_key": SecretStr("s")}
    return settings.model_copy(update=own)


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """A running server that speaks S3."""
    [port] = free_ports(1)
    command = [ROOT / ".venv-s3" / "bin" / "moto_server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        where = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return httpx.get(where, verify=False).status_code < 500
            return False

        try:
            lasting(server)
            wait_until(answers, 60)
            yield where
        finally:
            server.terminate()


@pytest.fixture
def new_hub(other_settings: Settings) -> Settings:
    """Settings of a second, empty, migrated hub."""
    return other_settings


def with_archive_of(new_hub: Settings, hub_settings: Settings) -> Settings:
    names = ("archive_folder", "s3_endpoint", "s3_bucket", "s3_access_key", "s3_secret_key")
    return new_hub.model_copy(update={name: getattr(hub_settings, name) for name in names})


def reading(number: int) -> dict[str, Any]:
    """The first beta's payload, with values that differ, some inside the private area."""
    battery = {**FIRST_BETA_PROPERTIES["battery"], "remaining_percent": 90 - number % 80, "note": 'a "b" \\ \n ü,'}
    moved = {"latitude": 52.23 + number % 10 / 100, "fix_timestamp": START + number * 600.25}
    return {"battery": battery, "location": {**FIRST_BETA_PROPERTIES["location"], **moved}}


def keep_car_records(owner: Connection) -> None:
    day = datetime.fromtimestamp(START, UTC)
    add_refuel(owner, Refuel(2, day, 41.5, 45_210, Decimal("269.75"), note="Łódź"))
    remove_refuel(owner, 2, add_refuel(owner, Refuel(2, day, 1)))
    add_price(owner, Decimal("0.62"), day, 1)
    add_reminder(owner, Reminder(2, "oil", day.date(), 15_000, 12, 40_000))
    drive_log.make(owner, DriveCorrection(2, "purpose", day, day + timedelta(days=1), purpose="business"))


def keep_alerts(owner: Connection) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.alert_channels (name, kind, secret) VALUES ('mail', 'webhook', '\\x00ff')"
    )
    owner.execute(
        "INSERT INTO iot_personal_hub.alert_rules (name, kind, device_id, property, below, lasts, quiet_from, quiet_until,"
        " channel_ids) VALUES ('low', 'value', 1, 'battery.level', 20, '5 minutes', '22:00', '06:00', '{1}')"
    )
    owner.execute(
        "INSERT INTO iot_personal_hub.alert_states (rule_id, device_id, firing, since) VALUES (1, 1, true, '2025-08-22 10:00Z')"
    )


def live(owner: Connection, days: int = 3) -> None:
    """A hub with two devices, days of events, an area, a payload in quarantine, an adopted duplicate."""
    add_device_with_token(owner, "phone", "smartphone")
    add_device_with_token(owner, "another", "car")
    owner.execute("UPDATE iot_personal_hub.dim_devices SET published = true")
    add_area(owner, "home", HOME)
    add_share(owner, "mum", ShareScope(["phone"], "1km"))
    owner.execute("INSERT INTO iot_personal_hub.share_openings VALUES (1, '2025-08-22 10:00Z')")
    add_place(owner, Place("Home", 52.2297, 21.0122, "home"))
    correct(owner, "wrong_fixes", "2025-08-22 06:00Z", "2025-08-22 07:00Z")
    keep_car_records(owner)
    keep_alerts(owner)
    correct(owner, "wrong_fixes", "-infinity", "2025-08-22 01:00Z", device_id=2)
    undo(owner, correct(owner, "hide", "2025-08-23 12:00Z", "2025-08-23 18:00Z"))
    correct(owner, "hide", "2025-08-23 06:00Z", "2025-08-23 08:00Z")
    for device_id in (1, 2):
        times = range(START, START + days * DAY, 600)
        store(
            owner, *((time + 0.123456, _on_the_move(number)) for number, time in enumerate(times)), device_id=device_id
        )
    owner.execute(
        query("keep_in_quarantine"), quarantine_params([QuarantinedPayload(1, "hub", "not_json", b"\0{\xff")])
    )
    owner.execute(
        "INSERT INTO iot_personal_hub.raw_devices_properties"
        " (device_id, device_time, digest, source, properties, duplicate_of)"
        " SELECT device_id, device_time, '\\x00112233445566778899aabbccddeeff', source, properties, id"
        " FROM iot_personal_hub.raw_devices_properties ORDER BY id LIMIT 1"
    )
    refresh(owner)


def _on_the_move(number: int) -> dict[str, Any]:
    """Half of each day around home, in its area and out of it, the other half a hundred kilometres north."""
    event = reading(number)
    event["location"]["latitude"] += 1 if number % 144 >= 72 else 0
    return event


def contents(settings: Settings) -> dict[str, list[Any]]:
    """Everything that the owner has and that the viewer sees, in one order."""
    with (
        connect(owner_conninfo(settings, "tests")) as owner,
        connect(viewer_conninfo(settings, "tests")) as viewer,
    ):
        kept = {
            table: sorted(map(str, rows(owner, f"SELECT {columns} FROM iot_personal_hub.{table}")))
            for table, columns in TABLES.items()
        }
        seen = {view: sorted(map(str, rows(viewer, f"SELECT * FROM iot_personal_hub.{view}"))) for view in VIEWS}
    return {**kept, **seen}


def objects(settings: Settings, suffix: str = ".parquet") -> list[str]:
    return sorted(each.path for each in object_store(settings).list("raw") if each.path.endswith(suffix))


def problems(settings: Settings, sample: int | None = None) -> list[str]:
    return [problem["problem"] for problem in verify_archive(settings, sample).problems]


def flip_a_byte(path: Path) -> str:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return "its SHA-256 is not the one in its name"


def truncate(path: Path) -> str:
    path.write_bytes(path.read_bytes()[:-100])
    return "its SHA-256 is not the one in its name"


def remove(path: Path) -> str:
    path.unlink()
    return "it is missing"
