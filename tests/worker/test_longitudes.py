"""Longitudes go around the Earth: one value each, and averages along the smallest arc."""

from __future__ import annotations

from decimal import Decimal

import pytest
from events import Connection, add_device, refresh, rows, store
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from share_world import link, seen

HOUR = 1755860400  # 2025-08-22 11:00 UTC
HOURLY = (
    "SELECT longitude_min, longitude_avg, longitude_max"
    " FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details ORDER BY date_hour"
)
LONGITUDES = "SELECT longitude FROM iot_personal_hub.locations ORDER BY location_time, event_id"
PRECISIONS = {"100m": 100, "1km": 1000, "city": 10_000}
lenient = hypothesis_settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

longitudes = st.integers(-180_000, 179_999).map(lambda n: Decimal(n) / 1000)


def at(longitude: object, latitude: object = -16.8, **more: object) -> dict[str, object]:
    return {"location": {"latitude": latitude, "longitude": longitude, "fix_accuracy_m": 5, **more}}


def store_minutes(owner: Connection, *given: object, device_id: int = 1) -> None:
    store(owner, *((HOUR + 60 * n, at(longitude)) for n, longitude in enumerate(given)), device_id=device_id)
    refresh(owner)


def canonical(owner: Connection, longitude: object) -> float | None:
    [row] = rows(owner, "SELECT iot_personal_hub.canonical_longitude(%s::numeric) AS it", str(longitude))
    return row["it"]


def arc_of(owner: Connection, given: list[Decimal]) -> tuple[Decimal, Decimal, Decimal]:
    [row] = rows(owner, "SELECT * FROM iot_personal_hub.longitude_arc(%s::numeric[])", given)
    return row["west"], row["mean"], row["east"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("21.01", 21.01), ("180", -180.0), ("-180", -180.0), ("-180.096474", 179.903526), ("180.05387", -179.94613),
        ("179.99999999999999999999", -180.0), ("-180.00000000000000000001", -180.0), ("-179.99999999999999999999", -180.0),
        ("359.5", -0.5), ("360", 0.0), ("-360", 0.0), ("360.1", None), ("-1000", None),
    ],
)  # fmt: skip
def test_a_longitude_has_one_value(owner: Connection, sent: str, kept: float | None) -> None:
    assert canonical(owner, sent) == kept


@lenient
@given(longitude=st.floats(-360, 360))
@example(longitude=179.99999999999997)
@example(longitude=-180.00000000000003)
def test_every_longitude_up_to_a_turn_away_is_on_earth(owner: Connection, longitude: float) -> None:
    kept = canonical(owner, repr(longitude))
    assert kept is not None
    assert -180 <= kept < 180
    assert min(abs(kept - longitude), abs(abs(kept - longitude) - 360)) < 1e-12


@lenient
@given(given=st.lists(longitudes, min_size=1, max_size=12), order=st.randoms(use_true_random=False))
@example(given=[Decimal("179.98"), Decimal("-179.98")], order=None)
@example(given=[Decimal(-180), Decimal(0)], order=None)
@example(given=[Decimal(-120), Decimal(0), Decimal(120)], order=None)
def test_an_arc_is_the_smallest_that_holds_all(owner: Connection, given: list[Decimal], order: object) -> None:
    west, mean, east = arc_of(owner, given)
    # By trial: the arc from each of them eastwards to the last that one meets.
    widths = {start: max((each - start + 360) % 360 for each in given) for start in given}
    assert west == min(start for start in given if widths[start] == min(widths.values()))
    assert east - west == widths[west]
    along = [(each - west + 360) % 360 for each in given]
    assert mean == pytest.approx(west + sum(along) / len(along))
    assert -180 <= west <= mean <= east
    if order is not None:
        order.shuffle(given)  # type: ignore[attr-defined]
        assert arc_of(owner, given) == (west, mean, east)


def test_an_hour_across_the_antimeridian_averages_on_its_side_of_the_earth(owner: Connection) -> None:
    add_device(owner)
    store_minutes(owner, 179.98, 179.999, -179.999, -179.98)
    assert rows(owner, HOURLY) == [{"longitude_min": 179.98, "longitude_avg": 180, "longitude_max": 180.02}]


def test_an_hour_elsewhere_has_plain_averages(owner: Connection) -> None:
    add_device(owner)
    store_minutes(owner, 0.02, -0.03, 0.01, 0.04)
    assert rows(owner, HOURLY) == [{"longitude_min": -0.03, "longitude_avg": 0.01, "longitude_max": 0.04}]


def test_the_order_of_arrival_does_not_move_an_average_across_the_antimeridian(owner: Connection) -> None:
    fixes = [(HOUR + 60 * n, at(longitude)) for n, longitude in enumerate([179.99, -179.97, 179.93, -179.99])]
    for device_id, arrival in ((1, fixes), (2, fixes[::-1])):
        add_device(owner, device_id, f"phone {device_id}")
        for each in arrival:
            store(owner, each, device_id=device_id)
            refresh(owner)
    first, second = rows(owner, HOURLY)
    assert first == second == {"longitude_min": 179.93, "longitude_avg": 179.99, "longitude_max": 180.03}


def test_one_fix_at_180_and_at_minus_180_is_one(owner: Connection) -> None:
    add_device(owner)
    moment = {"fix_timestamp": HOUR}
    store(owner, (HOUR, at(180, **moment)), (HOUR + 60, at(-180.0, **moment)), (HOUR + 120, at("180", **moment)))
    refresh(owner)
    assert rows(owner, LONGITUDES) == [{"longitude": -180}]


def test_a_longitude_beyond_the_antimeridian_is_a_fix_and_further_than_a_turn_is_counted_as_unread(
    owner: Connection,
) -> None:
    add_device(owner)
    store_minutes(owner, -180.096474, -179.95387, "180.05387", 400)
    assert [row["longitude"] for row in rows(owner, LONGITUDES)] == [179.903526, -179.95387, -179.94613]
    unplaced = "SELECT count_unplaced FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter"
    assert rows(owner, unplaced) == [{"count_unplaced": 1}]


def test_a_walk_over_the_antimeridian_and_over_a_pole_has_no_outlier(owner: Connection) -> None:
    add_device(owner)
    store_minutes(owner, 179.99, 179.999, -179.999, -179.99)
    # 250 m/s over the north pole, a fix a minute: 0.135 degrees each.
    way = [(90 - 0.135 * abs(n), 20 if n < 0 else -160) for n in range(-3, 4)]
    store(owner, *((HOUR + 86_400 + 60 * n, at(longitude, latitude)) for n, (latitude, longitude) in enumerate(way)))
    refresh(owner)
    assert rows(owner, "SELECT FROM iot_personal_hub.locations WHERE outlier IS NOT NULL") == []
    assert len(rows(owner, LONGITUDES)) == 11


@pytest.mark.parametrize("precision", ["full", *PRECISIONS])
def test_a_link_averages_across_the_antimeridian_too(owner: Connection, guest: Connection, precision: str) -> None:
    add_device(owner)
    store(owner, *((HOUR + 600 * n, at(longitude)) for n, longitude in enumerate([179.6, 179.9, -179.9, -179.6])))
    refresh(owner)
    token = link(owner, "phone", precision=precision)
    [hourly] = seen(guest, token, "hourly_location_details")
    assert hourly["longitude_avg"] == pytest.approx(180, abs=0.1)
    assert hourly["longitude_min"] == pytest.approx(179.6, abs=0.1)
    assert hourly["longitude_max"] == pytest.approx(180.4, abs=0.1)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_cells_at_the_antimeridian_and_the_poles_are_on_earth(
    owner: Connection, guest: Connection, precision: str
) -> None:
    add_device(owner)
    places = [(90, 0.1), (90, 180), (-90, 179.9), (0, 180), (0.0001, -180), (10, 179.99999999), (-10, -179.99999999)]
    store(owner, *((HOUR + 3600 * n, at(longitude, latitude)) for n, (latitude, longitude) in enumerate(places)))
    refresh(owner)
    cells = seen(guest, link(owner, "phone", precision=precision))
    assert len(cells) == len(places)
    for cell, (latitude, longitude) in zip(sorted(cells, key=lambda cell: cell["location_time"]), places, strict=True):
        assert abs(cell["latitude"]) <= 90
        assert -180 <= cell["longitude"] < 180
        assert abs(cell["latitude"] - latitude) * 111_195 <= PRECISIONS[precision]
        if abs(latitude) < 90:
            apart = (cell["longitude"] - longitude + 180) % 360 - 180
            assert abs(apart) * 111_195 <= PRECISIONS[precision]


def test_what_an_old_hub_computed_across_the_antimeridian_is_refreshed(owner: Connection) -> None:
    """As the migration finds it: a wrong average, and a fix at 180 degrees beside its twin."""
    add_device(owner)
    store_minutes(owner, 179.98, -179.98, -180)
    owner.execute("DELETE FROM iot_personal_hub.stale_hours")
    owner.execute(
        "INSERT INTO iot_personal_hub.locations SELECT (jsonb_populate_record(fix, '{\"longitude\": 180}')).*"
        " FROM iot_personal_hub.locations AS fix WHERE longitude = -180"
    )
    owner.execute(
        "UPDATE iot_personal_hub.agg_hourly_devices_smartphone_location_details"
        " SET longitude_min = -179.98, longitude_avg = 0, longitude_max = 179.98"
    )
    owner.execute(_after_the_table_changes())
    refresh(owner)
    assert rows(owner, HOURLY) == [{"longitude_min": 179.98, "longitude_avg": 180, "longitude_max": 180.02}]
    assert [row["longitude"] for row in rows(owner, LONGITUDES)] == [179.98, -179.98, -180]


def _after_the_table_changes() -> bytes:
    from iot_hub.database.queries import sql_files

    [migration] = [file for file in sql_files("migrations") if file.name.startswith("0023_")]
    text = migration.read_text()
    return text[text.index("WITH shared_instants") :].encode()


@hypothesis_settings(lenient, max_examples=60)
@given(given=st.lists(longitudes, min_size=1, max_size=8))
@example(given=[Decimal(-90), Decimal(90)])
@example(given=[Decimal(-90), Decimal("90.001")])
@example(given=[Decimal(-180), Decimal("179.999")])
def test_an_hours_longitudes_are_those_of_its_arc(owner: Connection, given: list[Decimal]) -> None:
    """For hours that span half a turn or more too, for which alone the arc is computed."""
    with owner.transaction(force_rollback=True):
        add_device(owner)
        owner.cursor().executemany(
            "INSERT INTO iot_personal_hub.locations (device_id, location_time, latitude, longitude, first_reported,"
            " last_reported, event_id, event_digest, uncertainty_m, private, hidden, properties)"
            " SELECT 1, at, 0, %s, at, at, 1, '', 5, false, false, '{}' FROM to_timestamp(%s) AS at",
            [(longitude, HOUR + 60 * n) for n, longitude in enumerate(given)],
        )
        owner.execute(
            "SELECT iot_personal_hub.refresh_hourly_location_details(1, at, at + interval '1 hour')"
            " FROM to_timestamp(%s) AS at",
            [HOUR],
        )
        [row] = rows(owner, HOURLY)
    west, mean, east = arc_of(owner, given)
    assert row == {
        "longitude_min": float(west),
        "longitude_avg": pytest.approx(float(mean)),
        "longitude_max": float(east),
    }
