"""What is exported, opened by programs of others: GPSBabel, GDAL/OGR, and another hub."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
from archive_world import new_hub
from events import Connection, add_device, rows
from export_world import EVENTS, POSITIONS, exported, store
from hub_server import running_api
from waiting import wait_until

from iot_hub.access.devices import add_device as add_device_with_token
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings
from iot_hub.transfer.exports.gpx import EVENT, TRACK_POINT

__all__ = ["new_hub"]

Place = tuple[float, float, str]


@pytest.fixture
def track(owner: Connection, tmp_path: Path) -> Path:
    """A folder with an export of a phone in each format of positions."""
    add_device(owner)
    store(owner, *EVENTS)
    for format in ("gpx", "geojson"):
        (tmp_path / f"track.{format}").write_bytes(exported(owner, format)[0])
    return tmp_path


@pytest.fixture
def places(track: Path) -> list[Place]:
    """Latitude, longitude, time to the second, as GeoJSON has them."""
    features = json.loads((track / "track.geojson").read_text())["features"]
    return sorted(_place(*f["geometry"]["coordinates"][:2], f["properties"]["time"]) for f in features)


def _place(longitude: str | float, latitude: str | float, time: str) -> Place:
    seconds = datetime.fromisoformat(time).replace(microsecond=0).isoformat()
    return round(float(latitude), 6) + 0.0, round(float(longitude), 6) % 360, seconds


def run(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def test_gpsbabel_reads_every_point_of_gpx(track: Path, places: list[Place]) -> None:
    given = run("gpsbabel", "-t", "-i", "gpx", "-f", track / "track.gpx", "-o", "unicsv,utc=0", "-F", "-")
    found = [
        _place(row["Longitude"], row["Latitude"], f"{row['Date'].replace('/', '-')}T{row['Time'][:8]}+00:00")
        for row in csv.DictReader(io.StringIO(given))
    ]
    assert sorted(found) == places
    assert len(found) == POSITIONS


def test_gpsbabel_knows_altitude_satellites_and_hdop_and_hands_the_extensions_on(track: Path) -> None:
    babel = ("gpsbabel", "-t", "-i", "gpx", "-f", track / "track.gpx", "-o")
    first = next(csv.DictReader(io.StringIO(run(*babel, "unicsv", "-F", "-"))))
    assert [first[name] for name in ("Altitude", "HDOP", "Satellites")] == ["112.5", "1.10", "9"]
    handed_on = ElementTree.fromstring(run(*babel, "gpx", "-F", "-"))
    assert [speed.text for speed in handed_on.iter(f"{{{TRACK_POINT}}}speed")] == ["2.5"]
    assert len([json.loads(event.text or "") for event in handed_on.iter(f"{{{EVENT}}}event")]) == POSITIONS


@pytest.mark.parametrize(("file", "layer"), [("track.gpx", "track_points"), ("track.geojson", "track")])
def test_ogr_reads_every_point(file: str, layer: str, track: Path, places: list[Place]) -> None:
    assert f"Feature Count: {POSITIONS}" in run("ogrinfo", "-ro", "-so", track / file, layer)
    given = run("ogr2ogr", "-f", "CSV", "-lco", "GEOMETRY=AS_XY", "/vsistdout/", track / file, layer, "-select", "time")
    found = [
        _place(row["X"], row["Y"], row["time"].replace("/", "-").replace(" ", "T").replace("+00", "+00:00"))
        for row in csv.DictReader(io.StringIO(given))
    ]
    assert sorted(found) == places


@pytest.fixture
def other_api(new_hub: Settings, settings: Settings) -> Iterator[httpx.Client]:
    with running_api(new_hub.model_copy(update={"home": settings.home / "other"})) as client:
        yield client


@pytest.mark.hub
def test_another_hub_takes_the_lines_as_they_are_and_has_the_same_events(
    owner: Connection, new_hub: Settings, other_api: httpx.Client
) -> None:
    add_device(owner)
    store(owner, *EVENTS)
    content, _ = exported(owner, "ndjson")
    keys = "SELECT device_time, digest FROM iot_personal_hub.raw_devices_properties ORDER BY 1, 2"
    with connect(owner_conninfo(new_hub, "tests")) as other:
        _, token = add_device_with_token(other, "another name", "smartphone")
        headers = {"X-API-Key": token, "Content-Type": "application/x-ndjson"}
        wait_until(lambda: other_api.post("/v1/events", headers=headers, content=b"\n").status_code != 401)
        answer = other_api.post("/v1/events", headers=headers, content=content)
        assert answer.json() == {"stored": len(EVENTS), "duplicates": 0, "rejected": []}
        assert rows(other, keys) == rows(owner, keys)
        assert other_api.post("/v1/events", headers=headers, content=content).json()["duplicates"] == len(EVENTS)
