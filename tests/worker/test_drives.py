"""Drives and charges, derived from what a car reports: what they are, and what they are made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from drive_world import HOME, HOUR, MINUTE, SECOND, Car, charges, drives, named
from events import Connection, add_device, refresh, rows, store
from journey_world import beside, utc

from iot_hub.database.migrations import migrate
from iot_hub.settings import Settings
from iot_hub.worker.worker import derive_owned, run_once

MORNING = utc(2026, 3, 3, 6)


@pytest.fixture
def owner(owner: Connection) -> Connection:
    add_device(owner, name="car")
    return owner


def of(owner: Connection, *columns: str) -> list[tuple[Any, ...]]:
    refresh(owner)
    return [tuple(row[column] for column in columns) for row in drives(owner)]


def test_a_drive_has_its_distance_fuel_and_temperatures(owner: Connection) -> None:
    car = Car()
    ends = car.drive(MORNING, 1800, 60)
    store(owner, *car.reports)
    [found] = of(owner, "starts", "ends", "distance_m", "distance_by", "top_kmh", "fuel_l", "idle_s", "coolant_max_c")
    starts, until, metres, by, top, fuel, idle, coolant = found
    assert (starts, until, by, top, coolant) == (MORNING, ends, "odometer", 60, 88)
    assert metres == pytest.approx(29_930, abs=50)
    assert fuel == pytest.approx(3.0, abs=0.01)
    assert idle == 2
    [drive] = named(owner)
    assert drive["fuel_l_100km"] == pytest.approx(10.0, abs=0.1)
    assert drive["mean_kmh"] == pytest.approx(60, rel=0.01)
    assert drive["climbed_m"] == pytest.approx(299, abs=15)
    assert drive["duration_s"] == 1800
    assert (drive["odometer_start_km"], drive["odometer_end_km"]) == (12_000.0, pytest.approx(12_029.93, abs=0.05))
    assert drive["outside_temperature_c"] == 7.5


def test_a_stop_with_the_engine_off_ends_a_drive_and_a_silence_does_not(owner: Connection) -> None:
    car = Car()
    ends = car.drive(MORNING, 600, 50)
    # Seven minutes of silence, as of a phone that lost the adapter.
    ends = car.drive(ends + 7 * MINUTE, 600, 50)
    for n in range(1, 50):
        car.report(ends + n * 8 * SECOND, 0, 0)
    car.drive(ends + 7 * MINUTE, 600, 50)
    store(owner, *car.reports)
    assert len(of(owner)) == 2


def test_a_value_that_is_repeated_by_a_parked_car_is_no_drive(owner: Connection) -> None:
    store(owner, *(
        ((MORNING + n * MINUTE).timestamp(), {"vehicle": {"odometer_km": 12_345.6, "battery_percent": 71}})
        for n in range(600)
    ))  # fmt: skip
    refresh(owner)
    assert (drives(owner), charges(owner)) == ([], [])


def test_an_odometer_alone_makes_a_drive(owner: Connection) -> None:
    car = [*(12_000.0,) * 3, *(12_000 + 1.5 * n for n in range(1, 11)), *(12_015.0,) * 5]
    store(owner, *(
        ((MORNING + n * MINUTE).timestamp(), {"vehicle": {"odometer_km": km}}) for n, km in enumerate(car)
    ))  # fmt: skip
    [found] = of(owner, "starts", "ends", "distance_m", "distance_by")
    assert found == (MORNING + 3 * MINUTE, MORNING + 12 * MINUTE, 15_000, "odometer")


def test_a_car_that_sends_each_value_alone_has_drives_and_charges(owner: Connection) -> None:
    def tells(at: float, group: str, **values: object) -> tuple[float, dict[str, Any]]:
        return (MORNING + at * SECOND).timestamp(), {group: values, "teslamate": {"key": "value"}}

    sent = [tells(0, "state", mode="driving"), tells(1, "vehicle", battery_percent=80)]
    for n in range(120):
        sent += [
            tells(10 * n + 2, "vehicle", speed_kmh=72),
            tells(10 * n + 3, "vehicle", power_W=15_000),
            tells(10 * n + 4, "vehicle", odometer_km=round(5_000 + 0.2 * n, 2)),
            tells(10 * n + 5, "location", latitude=52.0, longitude=round(21 + n * 0.00292, 6)),
        ]
    sent += [tells(1205, "vehicle", battery_percent=74), tells(1206, "state", mode="online")]
    charging = 1206 + 3600
    sent += [tells(charging, "state", mode="charging"), tells(charging + 1, "vehicle", charged_Wh=0)]
    for n in range(60):
        sent += [
            tells(charging + 60 * n + 5, "vehicle", charging_power_W=11_000),
            tells(charging + 60 * n + 6, "vehicle", charged_Wh=round(183.3 * n)),
        ]
    sent += [tells(charging + 3600, "vehicle", battery_percent=90), tells(charging + 3610, "state", mode="asleep")]
    # Repeated while it sleeps.
    sent += [tells(charging + 7200 + 600 * n, "vehicle", charged_Wh=10_815) for n in range(20)]
    store(owner, *sent)
    [found] = of(owner, "distance_m", "distance_by", "energy_wh", "battery_start_percent", "battery_end_percent")
    assert found == (pytest.approx(23_800, abs=1), "odometer", pytest.approx(4_960, rel=0.01), 80, 74)
    [charge] = charges(owner)
    assert charge["energy_wh"] == pytest.approx(10_815)
    assert (charge["top_power_w"], charge["battery_end_percent"]) == (11_000, 90)
    assert charge["ends"] - charge["starts"] == pytest.approx(timedelta(hours=1), abs=2 * MINUTE)
    assert charge["odometer_km"] is None


def test_without_an_odometer_the_speed_tells_the_distance_and_without_both_the_fixes(owner: Connection) -> None:
    car = Car()
    car.drive(MORNING, 1200, 45)
    for _, properties in car.reports:
        del properties["vehicle"]["odometer_km"]
    other = Car(every=10 * SECOND)
    other.drive(MORNING + 5 * HOUR, 1200, 45)
    for _, properties in other.reports:
        properties["vehicle"] = {"engine_rpm": 1500}
    store(owner, *car.reports, *other.reports)
    by_speed, by_fixes = of(owner, "distance_by", "distance_m", "idle_s", "fuel_l")
    assert by_speed == ("speed", pytest.approx(14_950, abs=50), 2, pytest.approx(2.0, abs=0.02))
    assert by_fixes == ("fixes", pytest.approx(14_900, abs=150), None, None)


def test_a_glitch_of_the_odometer_does_not_count(owner: Connection) -> None:
    car = Car()
    car.drive(MORNING, 1200, 45)
    car.reports[0][1]["vehicle"]["odometer_km"] = 0
    car.reports[100][1]["vehicle"]["odometer_km"] = 16_777_215
    car.reports[-1][1]["vehicle"]["odometer_km"] = 3.5
    store(owner, *car.reports)
    assert of(owner, "distance_by", "distance_m") == [("odometer", pytest.approx(14_950, abs=60))]


def test_a_few_metres_are_no_drive(owner: Connection) -> None:
    car = Car()
    car.drive(MORNING, 20, 10)
    store(owner, *car.reports)
    assert of(owner) == []


def test_whoever_refreshes_hours_derives_drives(owner: Connection) -> None:
    car = Car(every=10 * SECOND)
    for day in range(3):
        car.drive(MORNING + 24 * day * HOUR, 600, 50)
        store(owner, *car.reports)
        car.reports.clear()
        if day == 0:
            assert run_once(owner).marks
            assert derive_owned(owner).marks
        elif day == 1:
            owner.execute("SELECT iot_personal_hub.refresh_hours('2026-03-01', '2026-03-10')")
        else:
            owner.execute("SELECT iot_personal_hub.give_roll_ups_to('airflow')")
            owner.execute("CALL iot_personal_hub.roll_up_stale_hours('airflow')")
        assert len(drives(owner)) == day + 1


def test_live_readings_are_gathered_until_the_first_has_waited_long_enough(owner: Connection) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    car = Car(every=5 * SECOND)
    car.drive(now - 20 * MINUTE, 900, 50)
    store(owner, *car.reports)
    while run_once(owner).marks:
        pass
    assert (derive_owned(owner).marks, drives(owner)) == (0, [])
    owner.execute("UPDATE iot_personal_hub.stale_drives SET marked_at = marked_at - interval '1 minute'")
    owner.execute("DELETE FROM iot_personal_hub.stale_journeys")
    assert derive_owned(owner).marks
    assert len(drives(owner)) == 1


def test_numbers_that_mean_nothing_are_not_known(owner: Connection) -> None:
    car = Car(every=5 * SECOND)
    car.drive(MORNING, 600, 50)
    odd = [None, "n/a", [], {}, True, 1e300, -1, 3.4e38]
    for n, (_, properties) in enumerate(car.reports[5:60]):
        for name in ("speed_kmh", "engine_rpm", "odometer_km", "fuel_rate_Lh", "fuel_percent", "coolant_temperature_C"):
            properties["vehicle"][name] = odd[n % len(odd)]
    store(owner, *car.reports)
    store(owner, *((MORNING.timestamp() + n, {"vehicle": value}) for n, value in enumerate(["on", 5, None, [1], {}])))
    [found] = of(owner, "distance_m", "top_kmh", "coolant_max_c", "fuel_start_percent")
    assert found == (pytest.approx(8_200, abs=150), 50, 88, 60)


def test_a_tracker_with_an_ignition_makes_drives_and_a_walk_with_a_phone_none(owner: Connection) -> None:
    def fix(at: int, east_m: float, speed: float, **vehicle: object) -> tuple[float, dict[str, Any]]:
        latitude, longitude = beside(HOME, 0, east_m)
        return (MORNING + at * SECOND).timestamp(), {
            "location": {"latitude": latitude, "longitude": longitude, "fix_speed_ms": speed}, "vehicle": vehicle,
        }  # fmt: skip

    store(
        owner,
        *(fix(30 * n, 450 * n, 15.0, ignition=True) for n in range(20)),
        *(fix(600 + 30 * n, 8_550, 0.2, ignition=False) for n in range(60)),
        *(fix(3_600 + 30 * n, 8_550 + 40 * n, 1.4) for n in range(40)),
    )
    [found] = of(owner, "starts", "ends", "distance_m", "idle_s")
    assert found == (MORNING, MORNING + 570 * SECOND, pytest.approx(8_550, rel=0.02), None)


def test_a_drive_over_the_antimeridian_is_as_long_as_any(owner: Connection) -> None:
    store(owner, *(
        ((MORNING + n * 10 * SECOND).timestamp(), {
            "vehicle": {"engine_rpm": 1500},
            "location": {"latitude": -16.8, "longitude": (179.95 + n * 0.001 + 180) % 360 - 180},
        })
        for n in range(100)
    ))  # fmt: skip
    [found] = of(owner, "distance_by", "distance_m", "start_longitude", "end_longitude")
    assert found == ("fixes", pytest.approx(99 * 106.4, rel=0.01), pytest.approx(179.95), pytest.approx(-179.951))


def test_a_drive_cuts_a_charge_and_a_pause_does_not(owner: Connection) -> None:
    def charging(minute: float, **more: object) -> tuple[float, dict[str, Any]]:
        return (MORNING + minute * MINUTE).timestamp(), {"vehicle": {"charging_power_W": 6000} | more}

    car = Car(every=5 * SECOND)
    car.drive(MORNING + 65 * MINUTE, 300, 30)
    store(
        owner,
        *(charging(n) for n in range(30)),
        *(charging(29 + n, charging_power_W=0) for n in range(1, 20)),
        *(charging(n) for n in range(48, 61)),
        *car.reports,
        *(charging(n) for n in range(75, 90)),
        # A single reading is none.
        charging(300),
    )
    refresh(owner)
    found = [(row["starts"], row["ends"], row["energy_wh"]) for row in charges(owner)]
    assert found == [
        (MORNING, MORNING + 60 * MINUTE, pytest.approx(4_200, abs=10)),
        (MORNING + 75 * MINUTE, MORNING + 89 * MINUTE, pytest.approx(1_400)),
    ]


def test_a_migration_derives_the_drives_of_events_that_are_there(owner: Connection, settings: Settings) -> None:
    car = Car(every=10 * SECOND)
    car.drive(MORNING, 600, 50)
    store(owner, *car.reports)
    [before] = of(owner, "starts", "ends", "distance_m")
    owner.execute(
        "DROP TABLE iot_personal_hub.car_readings, iot_personal_hub.drives, iot_personal_hub.charges,"
        " iot_personal_hub.stale_drives, iot_personal_hub.drive_corrections CASCADE"
    )
    owner.execute("DELETE FROM public.iot_hub_migrations WHERE name IN ('0043_create_drives', 'repeatable')")
    assert migrate(settings).applied == ["0043_create_drives"]
    assert of(owner, "starts", "ends", "distance_m") == [before]


def told(at: timedelta, vehicle: dict[str, object], **location: float) -> tuple[float, dict[str, Any]]:
    """Return an event of a car, and of its fix where one is given."""
    return (MORNING + at).timestamp(), {"vehicle": vehicle} | ({"location": location} if location else {})


def fixed(at: timedelta, east_m: float, vehicle: dict[str, object], **more: float) -> tuple[float, dict[str, Any]]:
    latitude, longitude = beside(HOME, 0, east_m)
    return told(at, vehicle, latitude=latitude, longitude=longitude, **more)


@pytest.mark.parametrize(
    "off", [{"ignition": False}, {"engine_rpm": 0}, {"shift_state": "P"}, {"ignition": False, "shift_state": "N"}]
)
def test_a_car_that_is_carried_is_not_driven(owner: Connection, off: dict[str, object]) -> None:
    store(owner, *(fixed(30 * n * SECOND, 300 * n, off, fix_speed_ms=10) for n in range(40)))
    assert of(owner) == []
    assert rows(owner, "SELECT DISTINCT speed_kmh FROM iot_personal_hub.car_readings") == [{"speed_kmh": None}]


@pytest.mark.parametrize(
    ("stands", "drives_found"),
    [
        ({"speed_kmh": 0}, 1),
        ({"speed_kmh": 0, "shift_state": "D"}, 1),
        ({"speed_kmh": 0, "engine_rpm": 0, "ignition": True}, 1),
        ({"speed_kmh": 0, "engine_rpm": 0}, 2),
        ({"speed_kmh": 0, "ignition": False}, 2),
        ({"speed_kmh": 0, "shift_state": "P"}, 2),
    ],
)
def test_only_a_car_that_is_off_ends_its_drive_by_a_stop(
    owner: Connection, stands: dict[str, object], drives_found: int
) -> None:
    store(
        owner,
        *(told(5 * n * SECOND, {"speed_kmh": 50}) for n in range(120)),
        *(told(10 * MINUTE + 5 * n * SECOND, stands) for n in range(96)),
        *(told(18 * MINUTE + 5 * n * SECOND, {"speed_kmh": 50}) for n in range(120)),
    )
    assert len(of(owner)) == drives_found


def test_fuel_that_is_counted_for_a_part_of_the_drive_is_not_known(owner: Connection) -> None:
    car = Car(every=5 * SECOND)
    car.drive(MORNING, 3600, 60)
    for n, (_, properties) in enumerate(car.reports):
        del properties["vehicle"]["fuel_rate_Lh"]
        if n in (300, 310):
            properties["vehicle"]["fuel_used_L"] = n / 1000
    store(owner, *car.reports)
    assert of(owner, "fuel_l") == [(None,)]


@pytest.mark.parametrize("known", [range(90, 721), range(600), [*range(100), *range(300, 721)]])
def test_what_is_known_of_most_of_a_drive_is_scaled_to_all_of_it(owner: Connection, known: Any) -> None:
    car = Car(every=5 * SECOND)
    car.drive(MORNING, 3600, 60)
    missing = set(range(721)) - set(known)
    for n, (_, properties) in enumerate(car.reports):
        del properties["vehicle"]["odometer_km"], properties["location"]
        if n in missing:
            del properties["vehicle"]["speed_kmh"], properties["vehicle"]["fuel_rate_Lh"]
    store(owner, *car.reports)
    [found] = of(owner, "distance_by", "distance_m", "fuel_l")
    if len(known) > 0.8 * 720:
        assert found == ("speed", pytest.approx(60_000, rel=0.01), pytest.approx(6.0, rel=0.01))
    else:
        assert found[2] is None


@pytest.mark.parametrize("known", [range(126, 721), range(600), range(20, 700)])
def test_an_odometer_that_misses_an_end_of_the_drive_is_not_its_distance(owner: Connection, known: range) -> None:
    car = Car(every=5 * SECOND)
    car.drive(MORNING, 3600, 60)
    for n, (_, properties) in enumerate(car.reports):
        if n not in known:
            del properties["vehicle"]["odometer_km"]
    store(owner, *car.reports)
    assert of(owner, "distance_m") == [(pytest.approx(60_000, rel=0.006),)]


@pytest.mark.parametrize(
    "idle",
    [
        {"speed_kmh": 0, "ignition": True},
        {"engine_rpm": 800, "odometer_km": 5000.4},
        {"shift_state": "N", "ignition": False},
        {"engine_rpm": 800, "speed_kmh": 0},
    ],
)
def test_hours_without_a_metre_are_no_drive(owner: Connection, idle: dict[str, object]) -> None:
    store(owner, *(told(5 * n * MINUTE, idle) for n in range(60)))
    assert of(owner) == []


def test_the_noise_of_fixes_of_an_idle_car_is_no_drive(owner: Connection) -> None:
    store(owner, *(fixed(10 * n * SECOND, 10 * (n % 3), {"engine_rpm": 800}) for n in range(360)))
    assert of(owner) == []


def test_a_speed_that_an_adapter_does_not_know_is_not_the_top_speed(owner: Connection) -> None:
    car = Car(every=5 * SECOND)
    car.drive(MORNING, 1200, 60)
    for n in (50, 120, 121):
        car.reports[n][1]["vehicle"]["speed_kmh"] = 255
    racer = Car(every=5 * SECOND)
    racer.drive(MORNING + 5 * HOUR, 1200, 240)
    racer.reports[50][1]["vehicle"]["speed_kmh"] = 255
    store(owner, *car.reports, *racer.reports)
    assert of(owner, "top_kmh") == [(60,), (255,)]


@pytest.mark.parametrize(
    ("counted", "power", "energy"),
    [
        ([], 7000, 56_000),
        ([450, 451], 7000, 56_000),
        (range(240, 481), 7000, 56_000),
        (range(481), 7700, 56_000),
        (range(10, 471), 0, pytest.approx(53_667, abs=1)),
        (range(240, 481), 0, None),
    ],
)
def test_the_energy_of_a_charge_is_what_is_known_of_all_of_it(
    owner: Connection, counted: Any, power: int, energy: object
) -> None:
    charging: dict[str, Any] = {"vehicle": {"charging_power_W": power}} if power else {"state": {"mode": "charging"}}
    store(
        owner,
        *((MORNING.timestamp() + 60 * n, charging | {"teslamate": {}}) for n in range(481)),
        *(told((60 * n + 0.001) * SECOND, {"charged_Wh": 7000 / 60 * n}) for n in counted),
    )
    refresh(owner)
    assert [charge["energy_wh"] for charge in charges(owner)] == [
        pytest.approx(energy, abs=1) if isinstance(energy, int) else energy
    ]


@pytest.mark.parametrize("stays", [1, 2, 3])
def test_a_fix_that_jumps_away_and_back_is_no_drive(owner: Connection, stays: int) -> None:
    places = [0] * 6 + [2000] * stays + [0] * 6
    store(owner, *(fixed(5 * n * MINUTE, east_m, {"battery_percent": 70}) for n, east_m in enumerate(places)))
    assert of(owner) == []


def test_a_way_there_and_back_over_three_places_is_a_drive(owner: Connection) -> None:
    places = [0, 0, 2000, 4000, 2000, 0, 0]
    store(owner, *(fixed(5 * n * MINUTE, east_m, {"battery_percent": 70}) for n, east_m in enumerate(places)))
    assert of(owner, "starts", "ends") == [(MORNING + 10 * MINUTE, MORNING + 25 * MINUTE)]
