"""What readers make of cars' logs and exports that are not as tidy as the fixtures."""

from __future__ import annotations

import gzip
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from events import Connection, add_device
from hypothesis import given
from hypothesis import strategies as st
from imports import NOW, events, is_balanced, read, reasons, run
from paths import FIXTURES

from iot_hub.errors import UserError
from iot_hub.event import Event
from iot_hub.settings import Settings
from iot_hub.sources import ParseContext
from iot_hub.timestamps import isoformat
from iot_hub.transfer.imports.formats import FORMATS
from iot_hub.transfer.imports.recognition import recognised
from iot_hub.transfer.imports.stream import buffered

WARSAW = ZoneInfo("Europe/Warsaw")
FOLDER = FIXTURES / "imports"


def meaning(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(event.properties)
    del found[event.source]
    return found


def times(items: Any) -> list[str]:
    return [isoformat(event.device_time) for event in events(items)]


def log(text: str, file: str = "", format: str = "carlog") -> Any:
    return read(format, text, file=file, time_zone=WARSAW)


# Logs with a column a value


@pytest.mark.parametrize(
    ("heading", "time", "file", "at"),
    [
        ("Time (sec)", "1.5", "2026-02-01 10-00-00.csv", "2026-02-01T09:00:01.500000Z"),
        ("Time (ms)", "1500", "CSVLog_20260201_100000.csv", "2026-02-01T09:00:01.500000Z"),
        ("Elapsed time (s)", "1,5", "2026-02-01T10:00:00.csv", "2026-02-01T09:00:01.500000Z"),
        ("Time", "36001.5", "2026-02-01 10-00-00.csv", "2026-02-01T09:00:01.500000Z"),
        ("Time", "10:00:01.5", "2026-02-01 10-00-00.csv", "2026-02-01T09:00:01.500000Z"),
        ("Time", "10:00:01 PM", "2026-02-01 10-00-00.csv", "2026-02-01T21:00:01Z"),
        ("Time", "2026-02-01 10:00:01.5", "x.csv", "2026-02-01T09:00:01.500000Z"),
        ("Timestamp", "2026-02-01T10:00:01.5+05:30", "x.csv", "2026-02-01T04:30:01.500000Z"),
        ("Date time", "02/01/2026 10:00:01.5000 AM", "x.csv", "2026-02-01T09:00:01.500000Z"),
        ("Date time", "13/02/2026 10:00:01", "x.csv", "2026-02-13T09:00:01Z"),
        ("Time", "01/02/2026 10:00:01", "2026-02-01 10-00-00.csv", "2026-02-01T09:00:01Z"),
        ("Time", "1769940001.5", "x.csv", "2026-02-01T10:00:01.500000Z"),
        ("Time", "1769940001500", "x.csv", "2026-02-01T10:00:01.500000Z"),
    ],
)
def test_the_time_of_a_log_is_understood_however_it_is_written(heading: str, time: str, file: str, at: str) -> None:
    text = f'{heading};Vehicle speed (km/h);Engine RPM (rpm)\n"{time}";36;2000\n'
    assert times(log(text, file)) == [at]


def test_a_date_and_a_time_may_stand_apart() -> None:
    assert times(log("Date,Time,Engine RPM (rpm)\n2026-02-01,10:00:01,900\n")) == ["2026-02-01T09:00:01Z"]


@pytest.mark.parametrize(
    ("date", "time", "file", "at"),
    [
        ("13.05.2025", "10:00:01", "x.csv", "2025-05-13T08:00:01Z"),
        ("05.06.2025", "10:00:01,5", "x.csv", "2025-06-05T08:00:01.500000Z"),
        ("5.6.25", "10:00", "x.csv", "2025-06-05T08:00:00Z"),
        ("05/06/2025", "10:00:01 PM", "x.csv", "2025-05-06T20:00:01Z"),
        ("13/05/2025", "10:00", "x.csv", "2025-05-13T08:00:00Z"),
        ("13-05-2025", "10:00:01", "x.csv", "2025-05-13T08:00:01Z"),
        ("05-06-2025", "10:00:01", "2025-06-05 09-59-59.csv", "2025-06-05T08:00:01Z"),
        ("01/02/2025", "00:00:01", "2025-01-31 23-59-59.csv", "2025-01-31T23:00:01Z"),
        ("2025.05.13", "10:00:01", "x.csv", "2025-05-13T08:00:01Z"),
        ("2025/05/13", "10:00:01.5 am", "x.csv", "2025-05-13T08:00:01.500000Z"),
        ("2025-05-13", "10:00:01+05:30", "x.csv", "2025-05-13T04:30:01Z"),
    ],
)
def test_a_date_is_understood_however_it_is_written(date: str, time: str, file: str, at: str) -> None:
    row = "Vehicle speed (km/h);Engine RPM (rpm)\n{};36;900\n"
    assert times(log(f"Date;Time;{row.format(f'{date};{time}')}", file)) == [at]
    assert times(log(f"Date and time;{row.format(f'{date} {time}')}", file)) == [at]


@pytest.mark.parametrize("date", ["05-06-2025", "31.02.2025", "13.13.2025", "5/6/25", "1.2.3", "0.0.0000", "-"])
def test_a_date_that_may_be_two_or_is_none_is_rejected_with_the_reason(date: str) -> None:
    items = log(f"Date,Time,Engine RPM (rpm)\n{date},10:00:01,900\n", "x.csv")
    assert (events(items), reasons(items)) == ([], ["time_unreadable"])
    with pytest.raises(UserError, match="Put the start into its name"):
        log(f"# StartTime = {date} 10:00:00\nTime (sec),Engine RPM (rpm)\n1,900\n", "x.csv")


SPRING, AUTUMN = "2025-03-30 01-30-00.csv", "2024-10-27 01-30-00.csv"


@pytest.mark.parametrize(
    ("file", "found"),
    [
        (SPRING, ["2025-03-30T00:30:00Z", "2025-03-30T01:30:00Z", "2025-03-30T02:30:00Z"]),
        (AUTUMN, ["2024-10-26T23:30:00Z", "2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z"]),
    ],
)
def test_seconds_since_the_start_know_no_change_of_the_clocks(file: str, found: list[str]) -> None:
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        rows = "\n".join(f"{3600 * each},900" for each in order)
        assert times(log(f"Time (sec),Engine RPM (rpm)\n{rows}\n", file)) == [found[each] for each in order]


@given(st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1)), st.integers(0, 100_000))
def test_what_is_counted_from_the_start_is_as_far_from_it_as_it_was_counted(start: datetime, seconds: int) -> None:
    file = f"{start:%Y-%m-%d %H-%M-%S}.csv"
    found = [each.device_time for each in events(log(f"Time (sec),Engine RPM (rpm)\n0,900\n{seconds},900\n", file))]
    # No log begins in the hour that the clocks skip.
    assert [each - found[0] for each in found] in ([], [0, seconds * 1_000_000])


LAYOUTS = ('"SECONDS";"PID";"VALUE";"UNITS"\n', "time;Engine RPM (rpm);[ECM] Odometer (km)\n")


@pytest.mark.parametrize("head", LAYOUTS)
@pytest.mark.parametrize(
    ("file", "counts", "found"),
    [
        # By the clock on the wall …
        (SPRING, [5400, 7199, 10800], ["00:30:00", "00:59:59", "01:00:00"]),
        (AUTUMN, [5400, 10799, 7200, 9000, 10800], ["23:30:00", "00:59:59", "01:00:00", "01:30:00", "02:00:00"]),
        # … and by a stopwatch.
        (SPRING, [5400, 7200, 10800, 10900], ["00:30:00", "01:00:00", "02:00:00", "02:01:40"]),
        (AUTUMN, [5400, 10799, 10801, 14400], ["23:30:00", "00:59:59", "01:00:01", "02:00:00"]),
    ],
)
def test_seconds_of_the_day_follow_the_clocks_unless_they_run_on(
    head: str, file: str, counts: list[int], found: list[str]
) -> None:
    rows = "".join(f"{each};Engine RPM;900;rpm\n" for each in counts)
    assert [at[11:19] for at in times(log(head + rows, file, "carscanner"))] == found


def test_the_comment_before_the_headings_says_when_a_log_began() -> None:
    text = "# StartTime = 02/01/2026 11:59:59.5000 PM\nTime (sec),Engine RPM (RPM)\n0,800\n1.25,900\n"
    assert recognised(text.encode()) == "carlog"
    assert times(log(text, "x.csv")) == ["2026-02-01T22:59:59.500000Z", "2026-02-01T23:00:00.750000Z"]


def test_a_clock_of_a_log_goes_on_after_midnight() -> None:
    text = "Time,Engine RPM (rpm)\n23:59:59,800\n00:00:01,900\n00:00:00.5,850\n"
    found = times(log(text, "2026-02-01 23-59-58.csv"))
    assert found == ["2026-02-01T22:59:59Z", "2026-02-01T23:00:01Z", "2026-02-01T23:00:00.500000Z"]


@pytest.mark.parametrize("file", ["", "drive.csv", "2026-13-01 10-00-00.csv"])
def test_a_log_that_does_not_say_when_it_began_is_refused_and_it_is_said_what_to_do(file: str) -> None:
    with pytest.raises(UserError, match="Put the start into its name"):
        log("Time (sec),Engine RPM (rpm)\n1,800\n", file)


def test_a_bad_row_of_a_log_spoils_no_other_and_headings_that_come_again_are_no_reading() -> None:
    heading = "Time (sec),Engine RPM (rpm),Latitude (deg),Longitude (deg)"
    rows = ["1,800,52.25,21.5", heading, ",800", "x,1", "2,900,95,21.5", "3,∞", "25:61:61,1"]
    items = log("\n".join((heading, *rows)), "2026-02-01 10-00-00.csv")
    assert [meaning(each).get("vehicle") for each in events(items)] == [{"engine_rpm": 800}, None]
    assert reasons(items) == ["headings", "time_missing", "time_unreadable", "position_unreadable", "time_unreadable"]


def test_values_are_read_in_the_units_of_their_headings_and_what_the_hub_does_not_know_is_kept() -> None:
    heading = (
        "Time (sec),[ECM] Vehicle speed (MPH),Speed GPS (mph),Latitude (deg),Longitude (deg),Altitude (ft),Mass air flow rate (lb/min),"
        "Intake manifold absolute pressure (inHg),Engine coolant temperature (°F),Odometer (miles),Boost (psi),Fuel level input (furlong)"
    )
    [event] = events(log(f"{heading}\n1,60,61,52.25,21.5,1000,1.5,29.9,212,100,14,50\n", "2026-02-01 10-00-00.csv"))
    found = meaning(event)
    assert found["vehicle"] == pytest.approx({
        "speed_kmh": 96.56064, "air_flow_gs": 11.339809, "manifold_pressure_kPa": 101.252958, "coolant_temperature_C": 100,
        "odometer_km": 160.9344,
    })  # fmt: skip
    assert found["location"] == pytest.approx(
        {"latitude": 52.25, "longitude": 21.5, "altitude_m": 304.8, "fix_speed_ms": 27.269440}
    )
    assert json.loads(event.properties)["carlog"]["Boost (psi)"] == "14"


@pytest.mark.parametrize(
    ("written", "value"),
    [("12,345.6", 12345.6), ("12,345", 12345), ("1,234,567.5", 1234567.5), ("12345.6", 12345.6), ("12,5", 12.5)],
)
def test_commas_between_thousands_of_a_log_are_read(written: str, value: float) -> None:
    items = log(f'Time (sec),Odometer (km)\n"1,234.5","{written}"\n', "2026-02-01 10-00-00.csv")
    assert [meaning(each) for each in events(items)] == [{"vehicle": {"odometer_km": value}}]
    assert times(items) == ["2026-02-01T09:20:34.500000Z"]


def test_a_comma_where_columns_are_separated_otherwise_is_of_decimals() -> None:
    items = log("Time (sec);Odometer (km)\n1;12,345\n", "2026-02-01 10-00-00.csv")
    assert [meaning(each) for each in events(items)] == [{"vehicle": {"odometer_km": 12.345}}]


@pytest.mark.parametrize(
    ("heading", "row", "kmh"),
    [
        ("Speed (km/h)", "50", 50),
        ("speed", "50", 50),
        ("[ECM] Speed (mph)", "50", 80.4672),
        ("Speed [mph]", "50", 80.4672),
        ("Vehicle speed [ECM]", "50", 50),
        ("Speed (km/h),Vehicle speed (km/h)", "49,50", 50),
        ("Speed (OBD) (km/h),Speed (km/h)", "50,49", 50),
        ("Speed (km/h),Speed GPS (km/h),Latitude,Longitude", "50,49,52.25,21.5", 50),
        ("GPS speed (km/h),Latitude,Longitude", "49,52.25,21.5", None),
    ],
)
def test_a_speed_without_more_words_is_the_cars_unless_another_column_is_clearly_it(
    heading: str, row: str, kmh: float | None
) -> None:
    text = f"Time (sec),Engine RPM (rpm),{heading}\n1,900,{row}\n"
    assert recognised(text.encode()) == ("carscanner" if heading.startswith("[") else "carlog")
    [event] = events(log(text, "2026-02-01 10-00-00.csv"))
    assert meaning(event)["vehicle"].get("speed_kmh") == kmh


@pytest.mark.parametrize("value", ["", "-", "NaN", "∞", "-∞", "Infinity", "3.4028235E38", "16383.75", "N/A"])
def test_a_value_that_a_log_does_not_know_is_absent(value: str) -> None:
    items = log(f"Time (sec),Engine RPM (rpm),Vehicle speed (km/h)\n1,{value},50\n", "2026-02-01 10-00-00.csv")
    assert [meaning(each)["vehicle"] for each in events(items)] == [{"speed_kmh": 50}]


@pytest.mark.parametrize(
    ("heading", "format"),
    [
        ("Time (sec),Engine RPM (RPM)", "carlog"),
        ("Time,Vehicle speed,Engine RPM", "carlog"),
        ('time,"[BMS] State of charge (%)","[BMS] Odometer (km)"', "carscanner"),
        ('"SECONDS";"PID";"VALUE";"UNITS";', "carscanner"),
        ("Time (sec),Speed (km/h),RPM", "carlog"),
        ("time,latitude,longitude,speed", "csv"),
        ("time,latitude,longitude,speed (km/h)", "csv"),
        ("time,latitude,longitude,speed,odometer", "csv"),
        ("time,temperature (°C)", None),
        ("name,Engine RPM (RPM)", None),
    ],
)
def test_a_log_of_a_car_is_known_by_its_headings(heading: str, format: str | None) -> None:
    assert recognised(f"{heading}\n1,2,3\n".encode()) == format


def test_the_second_layout_of_car_scanner_goes_on_after_midnight_too() -> None:
    text = 'time,"[ECM] Engine RPM (rpm)"\n86399.5,800\n86400.25,900\n'
    items = log(text, "2026-02-01 23-59-58.csv", "carscanner")
    assert times(items) == ["2026-02-01T22:59:59.500000Z", "2026-02-01T23:00:00.250000Z"]


@given(st.text(',;\t\n"0123456789.:/- timeEngnRPM()[]#=', max_size=300))
def test_no_log_makes_its_reader_raise_but_for_what_is_said_to_people(text: str) -> None:
    for format in ("carlog", "carscanner", "teslafi", "teslamate"):
        try:
            read(format, text, file="2026-02-01 10-00-00.csv")
        except UserError as error:
            assert "\n" not in str(error)


# TeslaMate


def test_a_time_of_teslamates_is_utc_whatever_the_owners_zone() -> None:
    text = "id,date,latitude,longitude,odometer,battery_level,car_id\n1,2025-07-01 12:00:00,52.25,21.5,10,50,1\n"
    assert recognised(text.encode()) == "teslamate"
    assert times(read("teslamate", text, time_zone=WARSAW)) == ["2025-07-01T12:00:00Z"]


def test_a_position_without_a_place_is_a_reading_of_the_car() -> None:
    text = "id,date,latitude,longitude,odometer,battery_level,car_id\n1,2025-07-01 12:00:00,,,10,50,1\n"
    [event] = events(read("teslamate", text))
    assert meaning(event) == {"vehicle": {"odometer_km": 10, "battery_percent": 50}}


@pytest.mark.parametrize("null", ["", "\\N", "NULL", "null", "None", "<null>", "[NULL]", "0", "-1", "nan"])
def test_only_a_number_of_a_drive_or_a_car_is_one(null: str) -> None:
    head = "id,date,latitude,longitude,odometer,battery_level,drive_id,car_id\n"
    parked = head + f"1,2025-07-01 12:00:00,52.25,21.5,10,50,{null},{null}\n"
    [event] = events(read("teslamate", parked))
    assert (event.device, "state" in meaning(event)) == (None, False)
    assert json.loads(event.properties)["teslamate"].get("drive_id", "") == null
    assert list(FORMATS["teslamate"].tags_in(buffered(io.BytesIO(parked.encode())), ParseContext(NOW))) == []
    [event] = events(read("teslamate", head + "1,2025-07-01 12:00:00,52.25,21.5,10,50,7.0,2.0\n"))
    assert (event.device, meaning(event)["state"]) == ("2", {"mode": "driving"})


@pytest.mark.parametrize("null", ["\\N", "NULL", "None", "(null)"])
def test_null_is_no_value_of_teslamates_however_it_is_written(null: str) -> None:
    head = "id,date,latitude,longitude,odometer,battery_level,rated_battery_range_km,ideal_battery_range_km,car_id\n"
    [event] = events(read("teslamate", head + f"1,2025-07-01 12:00:00,{null},{null},{null},50,{null},300,1\n"))
    assert meaning(event) == {"vehicle": {"battery_percent": 50, "range_km": 300}}
    [event] = events(read("teslamate", f"id,state,start_date,end_date,car_id\n1,{null},2025-07-01 12:00:00,{null},1\n"))
    assert meaning(event) == {}
    items = read("teslamate", head + f"1,{null},52.25,21.5,10,50,1,1,1\n")
    assert (events(items), reasons(items)) == ([], ["time_missing"])


def test_tables_that_sum_up_are_no_readings() -> None:
    drives = "id,start_date,end_date,distance,duration_min,car_id\n7,2025-07-01 12:00:00,2025-07-01 12:10:00,9.7,10,1\n"
    processes = "id,start_date,charge_energy_added,start_battery_level,car_id\n7,2025-07-01 12:00:00,9.7,10,1\n"
    for text in (drives, processes):
        assert recognised(text.encode()) == "teslamate"
        assert reasons(read("teslamate", text)) == ["summary"]


def test_a_dump_s_escapes_are_read() -> None:
    head = "--\n-- PostgreSQL database dump\n--\n"
    block = "COPY public.states (id, state, start_date, end_date, car_id) FROM stdin;\n{}\n\\.\n"
    row = "1\ton\\x6cine\t2025-07-01 12:00:00\t\\N\t1"
    [event] = events(read("teslamate", head + block.format(row)))
    assert meaning(event) == {"state": {"mode": "online"}}
    assert json.loads(event.properties)["teslamate"] == {
        "id": "1", "state": "online", "start_date": "2025-07-01 12:00:00", "car_id": "1",
    }  # fmt: skip


def test_a_dump_of_another_program_is_not_teslamates_and_one_without_rows_is_refused() -> None:
    head = "--\n-- PostgreSQL database dump\n--\n"
    assert recognised(f"{head}CREATE TABLE public.users ();".encode()) is None
    with pytest.raises(UserError, match="pg_dump"):
        read(
            "teslamate", f"{head}CREATE TABLE public.charging_processes ();\nINSERT INTO public.positions VALUES (1);\n"
        )


def test_a_dump_in_postgresqls_own_format_is_refused_and_it_is_said_what_to_do() -> None:
    dump = b"PGDMP\x01\x0e\x00" + bytes(200)
    assert recognised(dump) == "teslamate"
    with pytest.raises(UserError, match="pg_restore -f"):
        read("teslamate", dump)


def test_a_dump_that_is_cut_off_keeps_what_was_whole() -> None:
    whole = (FOLDER / "teslamate_dump.sql").read_text()
    for end in (whole.index("201\t2025"), whole.index("201\t2025") + len("201\t2025-03-30 01:3")):
        items = read("teslamate", whole[:end])
        assert [meaning(each)["state"]["mode"] for each in events(items)] == ["driving", "charging", "charging"]
        assert reasons(items) == ["summary", "summary", "summary", "cut_off"]


def test_a_dump_of_two_cars_asks_which_and_each_is_imported_once(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    add_device(owner)
    file = tmp_path / "teslamate.bck.gz"
    file.write_bytes(gzip.compress((FOLDER / "teslamate_dump.sql").read_bytes()))
    with pytest.raises(UserError, match="readings of 2 trackers"):
        run(settings, file)
    first = run(settings, file, tags=frozenset({"1"}))
    assert (first.stored, first.rejected, is_balanced(first)) == (3, {}, True)
    assert first.ignored == {"summary": 3, "other_tracker": 2}
    again = run(settings, file, tags=frozenset({"1"}))
    assert (again.stored, again.duplicates) == (0, 3)


def test_tables_of_one_car_in_a_folder_are_one_import(settings: Settings, owner: Connection, tmp_path: Path) -> None:
    add_device(owner)
    for name in ("teslamate_positions.csv", "teslamate_charges.csv"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    done = run(settings, tmp_path)
    assert (done.stored, done.rejected) == (5, {})
    assert run(settings, tmp_path).duplicates == 5


# TeslaFi

TESLAFI = (
    "data_id,Date,vehicle_id,state,shift_state,charging_state,odometer,battery_level,speed,latitude,longitude,locked"
)


@pytest.mark.parametrize(
    ("date", "file", "at"),
    [
        ("2023-11-05 10:15:00", "x.csv", "2023-11-05T09:15:00Z"),
        ("11/5/2023 10:15:30 PM", "x.csv", "2023-11-05T21:15:30Z"),
        ("11/5/2023 12:15:30 AM", "x.csv", "2023-11-04T23:15:30Z"),
        ("30/11/2023 22:32", "x.csv", "2023-11-30T21:32:00Z"),
        ("11/30/2023 22:32", "x.csv", "2023-11-30T21:32:00Z"),
        ("5/11/2023 22:32", "TeslaFi112023.csv", "2023-11-05T21:32:00Z"),
        ("11/5/2023 22:32", "TeslaFi112023.csv", "2023-11-05T21:32:00Z"),
        ("5/11/2023 22:32", "52023.csv", "2023-05-11T20:32:00Z"),
        ("7/7/2023 22:32", "x.csv", "2023-07-07T20:32:00Z"),
    ],
)
def test_a_date_of_teslafi_is_understood_also_as_a_spreadsheet_has_written_it(date: str, file: str, at: str) -> None:
    text = f"{TESLAFI}\n1,{date},9,online,P,Disconnected,100,50,,,,True\n"
    assert recognised(text.encode()) == "teslafi"
    assert times(log(text, file, "teslafi")) == [at]


def test_a_date_of_teslafi_that_may_mean_two_days_is_refused() -> None:
    items = log(f"{TESLAFI}\n1,5/11/2023 22:32,9,online,P,,100,50,,,,\n", "x.csv", "teslafi")
    assert (events(items), reasons(items)) == ([], ["time_unreadable"])


def test_a_distance_of_teslafi_is_in_miles_and_none_is_unknown() -> None:
    text = (
        f"{TESLAFI}\n1,2023-11-05 10:15:00,9,online,D,None,100,50,10,52.25,21.5,None\n2,2023-11-05 10:16:00,,,,,,,,,,\n"
    )
    driven, silent = events(log(text, "x.csv", "teslafi"))
    assert meaning(driven) == {
        "state": {"mode": "online"},
        "vehicle": {"shift_state": "D", "odometer_km": 160.9344, "battery_percent": 50, "speed_kmh": 16.09344},
        "location": {"latitude": 52.25, "longitude": 21.5, "fix_speed_ms": 4.4704},
    }
    assert (meaning(silent), driven.device) == ({}, "9")
