"""Published exports hold what others may see, and nothing measured in a private place; the owner's hold everything."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import psycopg
import pyarrow.parquet as pq
import pytest
from events import Connection
from export_world import exported
from query_api_world import HOME, NOON, TOWN, Api, add_device, at, hide_home, minutes, publish, running_api
from typer.testing import CliRunner

from iot_hub.cli.main import app
from iot_hub.errors import UserError
from iot_hub.settings import Settings
from iot_hub.settings import settings as current_settings
from iot_hub.transfer.exports.export import export, exported_span
from iot_hub.transfer.exports.formats import FORMATS
from iot_hub.transfer.exports.reading import Wanted

GPX = "{http://www.topografix.com/GPX/1/1}"
AWAY = [NOON + minutes(5 * n) for n in range(12)] + [NOON + minutes(300 + 8 * n) for n in range(3)]
AT_HOME = [NOON + minutes(start + 5 * n) for start in (120, 480) for n in range(20)]
EVERYTHING = len(AWAY) + len(AT_HOME)


@pytest.fixture
def life(owner: Connection) -> None:
    """A phone that is out and about, and at home, where a sensor of the air works besides."""
    add_device(owner, 1)
    hide_home(owner)
    secrets = {"battery": {"remaining_percent": 77}, "network": {"ssid": "Zosi"}}
    publish(owner, 1, [(time, at((TOWN[0], TOWN[1] + n / 1000)) | secrets) for n, time in enumerate(AWAY)])
    publish(owner, 1, [(time, at(HOME) | secrets | {"air": {"co2_ppm": 600 + n}}) for n, time in enumerate(AT_HOME)])


def times_in(format: str, content: bytes) -> list[datetime]:
    """When the records of a published file were."""
    text = content.decode() if format != "parquet" else ""
    told: dict[str, Any] = {
        "csv": lambda: [row["device_time"] for row in csv.DictReader(io.StringIO(text, newline=""))],
        "geojson": lambda: [feature["properties"]["time"] for feature in json.loads(text)["features"]],
        "gpx": lambda: [point.findtext(f"{GPX}time") for point in ElementTree.fromstring(text).iter(f"{GPX}trkpt")],
        "ndjson": lambda: [json.loads(line)["device_time"] for line in text.split("\n")[:-1]],
        "owntracks": lambda: [line.split("\t")[0] for line in text.split("\n")[:-1]],
        "parquet": lambda: [str(time) for time in pq.read_table(io.BytesIO(content))["device_time"].to_pylist()],
    }
    return [datetime.fromisoformat(time) for time in told[format]()]


@pytest.mark.slow
@pytest.mark.usefixtures("life")
@pytest.mark.parametrize("format", FORMATS)
def test_a_published_export_holds_nothing_measured_inside_and_the_owners_holds_it_all(
    format: str, owner: Connection, viewer: Connection
) -> None:
    target = io.BytesIO()
    export(viewer, FORMATS[format], Wanted(1, "phone", published=True), target)
    content = target.getvalue()
    shown = times_in(format, content)
    assert set(shown) <= set(AWAY)
    assert len(shown) == len(AWAY)
    if format != "parquet":
        for secret in (b"50.1,", b"20.0,", b"co2_ppm", b"ssid", b"iot_hub_event", b"hub:event>", b"Zosi"):
            assert secret not in content
    mine, done = exported(owner, format)
    assert done.events == EVERYTHING
    assert len(times_in(format, mine)) == EVERYTHING


@pytest.mark.usefixtures("life")
def test_the_viewer_can_not_read_what_is_the_owners(viewer: Connection) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        export(viewer, FORMATS["ndjson"], Wanted(1, "phone"), io.BytesIO())


@pytest.mark.usefixtures("life")
@pytest.mark.parametrize("format", FORMATS)
def test_of_a_time_at_home_nothing_is_published_and_the_refusal_tells_no_more(format: str, viewer: Connection) -> None:
    at_home = Wanted(1, "phone", AT_HOME[2], AT_HOME[17], published=True)
    before_everything = Wanted(1, "phone", until=NOON - minutes(600), published=True)
    said = set()
    for wanted in (at_home, before_everything):
        with pytest.raises(UserError, match="nothing published") as refused:
            export(viewer, FORMATS[format], wanted, io.BytesIO())
        said.add(str(refused.value))
    assert len(said) == 1
    with pytest.raises(UserError, match="nothing published"):
        exported_span(viewer, FORMATS[format], before_everything)


def test_an_outlier_is_in_no_published_track_and_in_the_owners_own(owner: Connection, viewer: Connection) -> None:
    add_device(owner, 1)
    far = {"location": {"latitude": 10.0, "longitude": 10.0, "fix_accuracy_m": 5}}
    publish(owner, 1, [(NOON + minutes(n), far if n == 5 else at((TOWN[0], TOWN[1] + n / 1000))) for n in range(12)])
    for format in ("gpx", "geojson", "owntracks"):
        target = io.BytesIO()
        done = export(viewer, FORMATS[format], Wanted(1, "phone", published=True), target)
        assert (done.events, NOON + minutes(5) in times_in(format, target.getvalue())) == (11, False)
        assert exported(owner, format)[1].events == 12


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_api(settings) as api:
        yield api


@pytest.mark.usefixtures("life")
def test_a_published_track_is_the_query_apis(api: Api, viewer: Connection) -> None:
    target = io.BytesIO()
    export(viewer, FORMATS["gpx"], Wanted(1, "phone", published=True), target)
    answer = api.get(
        "/v1/devices/1/track", format="gpx", **{"from": "2026-01-31T00:00:00Z", "to": "2026-02-02T00:00:00Z"}
    )

    def points(content: bytes) -> list[list[tuple[str | None, ...]]]:
        return [
            [(point.get("lat"), point.get("lon"), point.findtext(f"{GPX}time")) for point in segment]
            for segment in ElementTree.fromstring(content).iter(f"{GPX}trkseg")
        ]

    assert points(target.getvalue()) == points(answer.content)


@pytest.mark.usefixtures("life")
def test_the_command_reads_as_the_viewer(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.database_url and settings.viewer_database_url
    monkeypatch.setenv("IOT_HUB_HOME", str(settings.home))
    monkeypatch.setenv("IOT_HUB_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("IOT_HUB_VIEWER_DATABASE_URL", settings.viewer_database_url.get_secret_value())
    current_settings.cache_clear()
    done = CliRunner().invoke(app, ["export", "ndjson", "--device", "1", "--published", "--output", "-"])
    current_settings.cache_clear()
    assert (done.exit_code, done.stdout.count("\n")) == (0, len(AWAY))
