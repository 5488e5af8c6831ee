"""A file of every format that people have, from the file to the database, and once more."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

from events import Connection, add_device, refresh, rows
from fit_file import LATITUDE, LONGITUDE, RECORD, TIME, FitFile, fit_time, semicircles
from imports import is_balanced, run
from paths import FIXTURES
from recorder import write_recorder
from test_import_containers import zipped

from iot_hub.settings import Settings

AT, UNIX = "2025-10-15T08:00:00Z", 1_760_515_200
POINT = f'<trkpt lat="52.5" lon="21.25"><time>{AT}</time></trkpt>'

# The format that a file is recognised as, how many readings it gives, and of those how many with a position.
EXPECTED: dict[str, tuple[str, int, int]] = {
    "run.fit": ("fit", 3, 1),
    "garmin.tcx": ("tcx", 2, 1),
    "apple_health.xml": ("applehealth", 4, 0),
    "samsung_exercise.csv": ("samsunghealth", 1, 0),
    "samsung_location_data.json": ("samsunghealth", 1, 1),
    "arc_2025-10-15.json": ("arc", 3, 2),
    "dawarich_points.json": ("dawarich", 1, 1),
    "dawarich_points.jsonl": ("dawarich", 2, 2),
    "dawarich_users_trackers.json": ("dawarich", 2, 2),
    "geopulse_raw-gps-data.json": ("geopulse", 2, 2),
    "traccar_export.csv": ("traccar", 1, 1),
    "traccar_route.csv": ("traccar", 1, 1),
    "traccar_positions.json": ("traccar", 3, 2),
    "traccar.kml": ("kml", 0, 0),
    "polarsteps_locations.json": ("polarsteps", 2, 2),
    "moves_storyline.json": ("moves", 4, 3),
    "life360_history.json": ("life360", 2, 2),
    "owntracks_recorder_api.json": ("owntracks", 1, 1),
    "ha_history_api.json": ("homeassistant", 6, 1),
    "home-assistant_v2.db": ("homeassistant", 2, 1),
    "receiver.nmea": ("nmea", 2, 2),
    "flight.igc": ("igc", 2, 2),
    "phonetrack.gpx": ("gpx", 2, 2),
    "teslamate_positions.csv": ("teslamate", 3, 3),
    "teslamate_charges.csv": ("teslamate", 2, 0),
    "TeslaFi72016.csv": ("teslafi", 4, 2),
    "obdfusion_CSVLog_20250513_184125.csv": ("carlog", 3, 2),
}

POSITIONS = """
SELECT count(properties #> '{location,latitude}')::integer AS positions
FROM iot_personal_hub.raw_devices_properties
"""
HOURLY = """
SELECT longitude_min AS least, longitude_avg AS average, longitude_max AS most
FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details
"""
WALK = """
SELECT longitude
FROM iot_personal_hub.locations
WHERE location_time < '2025-10-05'
ORDER BY location_time
"""


def stored_positions(owner: Connection) -> int:
    return int(rows(owner, POSITIONS)[0]["positions"])


def write(folder: Path, name: str) -> Path:
    """One of the samples, with a name that says nothing."""
    path = folder / "sample"
    if name.endswith(".db"):
        where = {"latitude": 52.82, "longitude": 21.32, "gps_accuracy": 8}
        states = [("device_tracker.phone", "home", UNIX, where), ("sensor.attic", "21.5", UNIX, None)]
        return write_recorder(path, states)
    field = {"traccar.kml": FIXTURES / "field" / "27-traccar-kml" / "report.kml"}
    shutil.copyfile(field.get(name, FIXTURES / "imports" / name), path)
    return path


def test_a_file_of_each_format_is_stored_once_with_its_positions(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    add_device(owner)
    found = {}
    for name in EXPECTED:
        file = write(tmp_path, name)
        before = stored_positions(owner)
        first = run(settings, file)
        [member] = first.members
        assert (first.stored, first.rejected, is_balanced(first)) == (member.readings, {}, True), name
        found[name] = (member.format, first.stored, stored_positions(owner) - before)
        again = run(settings, file)
        assert (again.stored, again.duplicates, again.ignored) == (0, first.stored, first.ignored), name
        file.unlink()
    assert found == EXPECTED
    refresh(owner)


def fit(points: int) -> bytes:
    file = FitFile()
    file.define(1, RECORD, [TIME, LATITUDE, LONGITUDE])
    for n in range(points):
        file.add(1, fit_time(AT) + n, semicircles(52.5), semicircles(21.25))
    return file.bytes()


def test_stravas_archive_gives_the_points_of_its_activities_however_they_are_written(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    add_device(owner)
    tcx = (FIXTURES / "imports" / "garmin.tcx").read_bytes()
    gpx = f"<gpx><trk><name>Ride</name><trkseg>{POINT}</trkseg></trk></gpx>".encode()
    plan = b'<gpx><rte><rtept lat="52" lon="21"/></rte></gpx>'
    file = tmp_path / "export_1.zip"
    file.write_bytes(
        zipped(
            {
                "activities.csv": b"Activity ID,Activity Date,Filename\n1,Oct 15,activities/1.fit.gz\n",
                "activities/1.fit.gz": gzip.compress(fit(3)),
                "activities/2.tcx.gz": gzip.compress(b"          " + tcx),  # Strava's begin with spaces.
                "activities/3.gpx.gz": gzip.compress(gpx),
                "activities/4.fit.gz": gzip.compress(fit(9)[:-60]),
                "routes/9.gpx": plan,
                "media/1.jpg": b"\xff\xd8\xff",
            }
        )
    )
    done = run(settings, file)
    told = {each.name: (each.format, each.readings) for each in done.members}
    assert told.pop("activities/4.fit")[0] == "fit"
    assert told == {
        "activities/1.fit": ("fit", 3),
        "activities/2.tcx": ("tcx", EXPECTED["garmin.tcx"][1]),
        "activities/3.gpx": ("gpx", 1),
        "routes/9.gpx": ("gpx", 0),
    }
    assert done.foreign_files == ["activities.csv", "media/1.jpg"]
    assert is_balanced(done) and "cut_off" in done.rejected
    again = run(settings, file)
    assert (again.stored, again.duplicates) == (0, done.stored + done.duplicates)


def test_tracks_over_the_antimeridian_come_to_an_hour_that_is_there(settings: Settings, owner: Connection) -> None:
    add_device(owner)
    field = FIXTURES / "field" / "23-antimeridian"
    assert run(settings, field / "track.kml").stored == 4
    refresh(owner)
    [hour] = rows(owner, HOURLY)
    assert (hour["least"], hour["average"], hour["most"]) == (179.98, 180, 180.02)
    done = run(settings, field / "over.gpx")
    assert (done.stored, done.rejected) == (3, {})
    refresh(owner)
    assert [round(row["longitude"], 6) for row in rows(owner, WALK)] == [179.903526, -179.95387, -179.94613]
