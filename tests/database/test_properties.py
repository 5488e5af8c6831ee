"""The database's catalogue of properties follows the hub's, and keeps what its owner has said."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from events import Connection, add_device, refresh, rows, store

from iot_hub.database import properties
from iot_hub.database.migrations import migrate
from iot_hub.properties.catalogue import Property, catalogue
from iot_hub.settings import Settings

HOUR = 1_755_860_400
CATALOGUE = "SELECT * FROM iot_personal_hub.dim_properties ORDER BY name"
FIGURES = "SELECT metric, count, min, max FROM iot_hub_owner.hourly_metrics ORDER BY metric"
STALE = "SELECT count(DISTINCT date_hour) AS hours FROM iot_personal_hub.stale_hours"
OWN = "INSERT INTO iot_personal_hub.dim_metrics (metric, unit, path) VALUES (%s, '1', %s)"

SHIPPED = {each.path: each for each in catalogue()}


def by_name(owner: Connection) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in rows(owner, CATALOGUE)}


def ship(owner: Connection, monkeypatch: pytest.MonkeyPatch, *changed: Property) -> list[tuple[str, ...]]:
    """What a version whose catalogue differs in some properties makes of the database."""
    new = {**SHIPPED, **{each.path: each for each in changed}}
    monkeypatch.setattr(properties, "catalogue", lambda: tuple(new.values()))
    return properties.store_properties(owner)


def test_a_new_database_has_the_catalogue(owner: Connection) -> None:
    found = {tuple(row["path"]): row for row in rows(owner, CATALOGUE)}
    assert found.keys() == {path for path, each in SHIPPED.items() if each.is_stored}
    for path, row in found.items():
        each = SHIPPED[path]
        assert (row["name"], row["unit"], row["kind"]) == (each.metric, each.unit, each.kind)
        assert (row["least"], row["most"], row["words"]) == (each.least, each.most, each.words)
        assert (row["published"], row["rolled_up"]) == (each.published, each.rolled_up)
        assert (row["shipped_published"], row["shipped_rolled_up"]) == (each.published, each.rolled_up)
        assert (row["aliases"], row["disclosure"]) == (each.aliases, each.disclosure or "counter")
        assert (row["counter"], row["state"]) == (each.increase is not None, each.is_state)


def test_storing_the_catalogue_again_changes_nothing(owner: Connection) -> None:
    owner.execute(OWN, ["garden.moisture", "{garden,moisture}"])
    owner.execute("UPDATE iot_personal_hub.dim_properties SET published = false WHERE name = 'air.co2_ppm'")
    before = rows(owner, CATALOGUE)
    assert list(properties.changed_rows(catalogue(), before)) == []
    assert properties.store_properties(owner) == []


def test_what_the_owner_has_said_outlives_a_new_version(owner: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    owner.execute(OWN, ["garden.moisture", "{garden,moisture}"])
    owner.execute(
        "UPDATE iot_personal_hub.dim_properties SET published = NOT published"
        " WHERE name IN ('air.co2_ppm', 'garden.moisture')"
    )
    owner.execute("DELETE FROM iot_personal_hub.dim_metrics WHERE metric = 'air.tvoc_ppb'")
    owner.execute(
        "UPDATE iot_personal_hub.dim_properties SET name = 'hum', unit = '' WHERE name = 'climate.humidity_percent'"
    )
    [own] = rows(owner, "SELECT * FROM iot_personal_hub.dim_properties WHERE name = 'garden.moisture'")
    changed = [
        msgspec.structs.replace(SHIPPED[path], most=77, disclosure="counter")
        for path in (("air", "co2_ppm"), ("air", "tvoc_ppb"), ("climate", "humidity_percent"))
    ]
    assert ship(owner, monkeypatch, *changed) == []
    after = by_name(owner)
    assert {after[name]["most"] for name in ("air.co2_ppm", "air.tvoc_ppb", "hum")} == {77}
    assert {after[name]["disclosure"] for name in ("air.co2_ppm", "air.tvoc_ppb", "hum")} == {"counter"}
    assert (after["air.co2_ppm"]["published"], after["air.co2_ppm"]["rolled_up"]) == (False, True)
    assert (after["air.tvoc_ppb"]["published"], after["air.tvoc_ppb"]["rolled_up"]) == (True, False)
    assert (after["hum"]["published"], after["hum"]["unit"]) == (True, "")
    assert after["garden.moisture"] == own


def test_a_switch_that_is_as_it_was_shipped_follows_the_catalogue(
    owner: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    bearing = SHIPPED["location", "bearing"]
    assert ship(owner, monkeypatch, msgspec.structs.replace(bearing, rolled_up=not bearing.rolled_up, published=False))
    [row] = rows(owner, "SELECT * FROM iot_personal_hub.dim_properties WHERE path = '{location,bearing}'")
    assert (row["published"], row["rolled_up"]) == (False, not bearing.rolled_up)


def test_a_number_of_the_owners_that_the_catalogue_comes_to_know_is_not_published_by_it(
    owner: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.execute(OWN, ["soil", "{garden,moisture_percent}"])
    new = msgspec.structs.replace(
        SHIPPED["climate", "humidity_percent"], group="garden", key="moisture_percent", metric="garden.moisture_percent"
    )
    assert ship(owner, monkeypatch, new) == []
    row = by_name(owner)["soil"]
    assert (row["published"], row["rolled_up"], row["most"]) == (False, True, 110)


def test_a_property_that_leaves_the_catalogue_is_its_owners(owner: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    left = [each for each in catalogue() if each.path != ("air", "co2_ppm")]
    monkeypatch.setattr(properties, "catalogue", lambda: tuple(left))
    assert properties.store_properties(owner) == []
    row = by_name(owner)["air.co2_ppm"]
    assert (row["rolled_up"], row["shipped_rolled_up"], row["shipped_published"]) == (True, None, None)


def test_a_name_or_a_type_that_is_taken_stops_no_migration(owner: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    owner.execute(OWN, ["air.radon_Bqm3", "{cellar,radon}"])
    owner.execute("DELETE FROM iot_personal_hub.dim_properties WHERE name = 'motion.is_moving'")
    owner.execute(OWN, ["moving", "{motion,is_moving}"])
    before = by_name(owner)
    radon = msgspec.structs.replace(SHIPPED["air", "co2_ppm"], key="radon_Bqm3", metric="air.radon_Bqm3")
    assert ship(owner, monkeypatch, radon) == []
    assert by_name(owner) == before


def test_the_level_of_fuel_has_figures_whatever_it_is_called(owner: Connection) -> None:
    add_device(owner)
    store(owner, (HOUR, {"vehicle": {"fuel_percent": 40}}), (HOUR + 1, {"vehicle": {"fuel": 41, "note": "x"}}))
    store(owner, (HOUR + 2, {"vehicle": {"fuel_level_percent": 42}}))
    # One reading is one, whatever it repeats.
    store(owner, (HOUR + 3, {"vehicle": {"fuel": 7, "fuel_level_percent": 8, "fuel_percent": 43}}))
    store(owner, (HOUR + 4, {"vehicle": {"fuel": 7, "fuel_level_percent": 39}}), (HOUR + 5, {"vehicle": [41]}))
    refresh(owner)
    assert rows(owner, FIGURES) == [{"metric": "vehicle.fuel_level_percent", "count": 5, "min": 39, "max": 43}]


def test_what_was_stored_before_a_number_was_known_is_computed_once_it_is(
    settings: Settings, owner: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_device(owner)
    store(owner, (HOUR, {"garden": {"moisture_percent": 31}}), (HOUR + 3600, {"climate": {"temperature_C": 5}}))
    store(owner, (HOUR + 7200, {"garden": {"wet": 33}}), (HOUR + 7201, {"garden": {"wet": 34}}))
    refresh(owner)
    new = msgspec.structs.replace(
        SHIPPED["climate", "humidity_percent"],
        group="garden", key="moisture_percent", metric="garden.moisture_percent", aliases=["wet"],
    )  # fmt: skip
    owner.execute("UPDATE public.iot_hub_migrations SET digest = 'older' WHERE name = 'repeatable'")
    monkeypatch.setattr(properties, "catalogue", lambda: (*catalogue(), new))
    migrate(settings)
    assert rows(owner, STALE) == [{"hours": 2}]
    refresh(owner)
    assert [row for row in rows(owner, FIGURES) if row["metric"].startswith("garden")] == [
        {"metric": "garden.moisture_percent", "count": 1, "min": 31, "max": 31},
        {"metric": "garden.moisture_percent", "count": 2, "min": 33, "max": 34},
    ]


def test_the_fixes_of_a_number_of_positions_are_computed_at_their_own_time(owner: Connection) -> None:
    add_device(owner)
    place = {"latitude": 52.23, "longitude": 21.01, "hdop": 0.9, "fix_timestamp": HOUR - 7200}
    store(owner, (HOUR, {"location": place}))
    refresh(owner)
    assert properties.mark_hours_with(owner, [("location", "hdop")]) == 1
    [row] = rows(owner, "SELECT extract(epoch FROM date_hour)::bigint AS hour FROM iot_personal_hub.stale_hours")
    assert row == {"hour": HOUR - 7200}


def test_hours_of_dropped_days_stay_final(owner: Connection) -> None:
    add_device(owner)
    store(owner, (HOUR, {"garden": {"bed": {"moisture": 31}}}))
    refresh(owner)
    assert properties.mark_hours_with(owner, [("garden", "bed", "moisture")]) == 1
    owner.execute("DELETE FROM iot_personal_hub.stale_hours")
    owner.execute(
        "INSERT INTO iot_personal_hub.dropped_days (device_id, date, events, fingerprint)"
        " VALUES (1, '2025-08-22', 1, decode(repeat('00', 16), 'hex'))"
    )
    assert properties.mark_hours_with(owner, [("garden", "bed", "moisture")]) == 0


def test_a_level_of_fuel_is_published_under_each_of_its_names(owner: Connection) -> None:
    statement = "SELECT iot_personal_hub.publishable_properties(%s::jsonb) AS shown"
    [row] = rows(
        owner, statement, '{"vehicle": {"fuel": 41, "fuel_percent": 300, "fuel_level_percent": 39, "tank": 3}}'
    )
    assert row["shown"] == {"vehicle": {"fuel": 41, "fuel_level_percent": 39}}
