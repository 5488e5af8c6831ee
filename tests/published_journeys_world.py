"""A day of a phone whose fixes are published, and all that is made of published fixes."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

from events import Connection, refresh, rows, store
from journey_world import HOUR, MINUTE, Fix, beside, stay, trip, utc

HOME = (52.23, 21.01)
MORNING = utc(2026, 3, 3, 6)
SHOWN = {
    "shown_journeys": "device_id, starts",
    "shown_journey_legs": "device_id, starts",
    "shown_map_cells": "device_id, month, level, tile_x, tile_y",
}


def report(owner: Connection, fixes: list[Fix], device_id: int = 1) -> None:
    """Report fixes as a phone does."""
    store(owner, *((fix.at.timestamp(), event(fix)) for fix in fixes), device_id=device_id)


def event(fix: Fix) -> dict[str, Any]:
    location = {"latitude": fix.latitude, "longitude": fix.longitude, "fix_accuracy_m": fix.accuracy_m}
    return {"location": location} | ({"motion": {"activity": [fix.hint]}} if fix.hint else {})


def live(owner: Connection, fixes: list[Fix]) -> None:
    owner.execute("SELECT iot_personal_hub.expect_backlog('{1}')")
    report(owner, fixes)
    refresh(owner)


def shown(owner: Connection) -> dict[str, list[dict[str, Any]]]:
    """Everything that is made of published fixes, to the byte."""
    return {
        table: rows(owner, f"SELECT it::text FROM iot_personal_hub.{table} AS it ORDER BY {key}")
        for table, key in SHOWN.items()
    }


def made_of_published_rows_alone(owner: Connection) -> dict[str, list[dict[str, Any]]]:
    """The same, made again when nothing is left but published fixes and what the owner hid."""
    with owner.transaction(force_rollback=True):
        owner.execute(
            "TRUNCATE iot_personal_hub.raw_devices_properties, iot_personal_hub.locations, iot_personal_hub.private_spans,"
            " iot_personal_hub.dim_blocked_areas, iot_personal_hub.journeys, iot_personal_hub.map_cells,"
            " iot_personal_hub.shown_journeys, iot_personal_hub.shown_map_cells CASCADE"
        )
        owner.execute("DELETE FROM iot_personal_hub.corrections WHERE kind <> 'hide'")
        owner.execute("SELECT iot_personal_hub.refresh_shown_journeys(1, '2000-01-01', '2100-01-01')")
        owner.execute(
            "SELECT iot_personal_hub.refresh_shown_map_cells(1, months.month) FROM ("
            " SELECT DISTINCT date_trunc('month', starts, 'UTC')::date AS month FROM iot_personal_hub.shown_journeys"
            ") AS months"
        )
        return shown(owner)


def day_out(chance: random.Random, since: datetime = MORNING) -> list[Fix]:
    """From home to a shop 9 km away, on to an office, and home again, by car.

    So exactly that each step heads for home: 4 m off, one of 30 points past the zone, depending on the hub's secret.
    """
    shop, office = beside(HOME, 9000, 0), beside(HOME, 9000, 5000)
    return [
        *stay(HOME, since, since + HOUR, MINUTE, chance),
        *trip(HOME, (9000, 0), since + HOUR, 10, MINUTE / 2, chance, noise_m=0.4),
        *stay(shop, since + HOUR + 15 * MINUTE, since + 2 * HOUR, MINUTE, chance),
        *trip(shop, (0, 5000), since + 2 * HOUR, 10, MINUTE / 2, chance, noise_m=0.4),
        *stay(office, since + 2 * HOUR + 9 * MINUTE, since + 5 * HOUR, MINUTE, chance),
        *trip(office, (-9000, -5000), since + 5 * HOUR, 10, MINUTE / 2, chance, noise_m=0.4),
        *stay(HOME, since + 5 * HOUR + 18 * MINUTE, since + 9 * HOUR, MINUTE, chance),
    ]
