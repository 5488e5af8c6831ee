"""Any order of arrival gives exactly what a full recomputation gives."""

from __future__ import annotations

from typing import Any

import pytest
from events import add_device, refresh, rows, store
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from roll_up_tables import forget, roll_ups
from waiting import wait_until

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

# Around the hour that Europe's clocks repeat in autumn 2025, and a month's end.
START = 1761433200 - 2 * 3600

numbers = st.one_of(
    st.none(),
    st.integers(-100, 100),
    st.floats(-1e3, 1e3).map(lambda number: round(number, 3)),
    st.sampled_from(["12.5", "nan", "unknown", True, 1e40]),
)
locations = st.fixed_dictionaries(
    {"latitude": st.sampled_from([52.23, 52.24, -10.5, None]), "longitude": st.sampled_from([21.01, 21.5])},
    optional={
        "altitude_m": numbers,
        "fix_speed_ms": numbers,
        "fix_accuracy_m": st.sampled_from([5, 30, 4000, -1, None]),
        # Often a fix that another event reports too, in another hour.
        "fix_timestamp": st.sampled_from([START - 90_000, START + 100.05, START + 4000, START + 9000, None]),
    },
)
properties = st.fixed_dictionaries(
    {},
    optional={
        "battery": st.fixed_dictionaries(
            {}, optional={"temperature_C": numbers, "remaining_percent": numbers, "voltage_V": numbers}
        ),
        "location": locations,
        "climate": st.fixed_dictionaries({}, optional={"temperature_C": numbers}),
    },
)
events = st.tuples(st.sampled_from([1, 2]), st.integers(0, 5 * 3600).map(lambda s: START + s), properties)
# Until the server has noticed that its client is gone, it holds the hours that the client had claimed.
RUNNING = "SELECT FROM pg_stat_activity WHERE pid = %s"


@pytest.mark.slow
@given(data=st.data(), given_events=st.lists(events, min_size=1, max_size=12))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_any_order_of_arrival_gives_what_a_full_recomputation_gives(
    settings: Settings, data: st.DataObject, given_events: list[tuple[int, int, dict[str, Any]]]
) -> None:
    arrival = data.draw(st.permutations(given_events + data.draw(st.lists(st.sampled_from(given_events), max_size=4))))
    refresh_after = data.draw(st.lists(st.booleans(), min_size=len(arrival), max_size=len(arrival)))
    restart_after = data.draw(st.integers(0, len(arrival)))
    where = owner_conninfo(settings, "tests")
    with connect(where) as owner:
        owner.execute("TRUNCATE iot_personal_hub.raw_devices_properties, iot_personal_hub.dim_devices CASCADE")
        owner.execute("TRUNCATE iot_personal_hub.dim_blocked_areas")
        forget(owner)
        for device_id in (1, 2):
            add_device(owner, device_id, f"phone {device_id}")
        owner.execute(
            "INSERT INTO iot_personal_hub.dim_blocked_areas (name, polygon)"
            " VALUES ('home', ST_MakeEnvelope(21.0, 52.22, 21.02, 52.235, 4326))"
        )
    worker = connect(where)
    for place, ((device_id, time, what), refresh_now) in enumerate(zip(arrival, refresh_after, strict=True)):
        store(worker, (time, what), device_id=device_id)
        if place == restart_after:  # A worker that dies in the middle of a refresh leaves no trace.
            worker.execute("BEGIN")
            worker.execute("SELECT iot_personal_hub.refresh_stale_hours()")
            died = worker.info.backend_pid
            worker.close()
            worker = connect(where)
            wait_until(lambda pid=died, asked=worker: not rows(asked, RUNNING, pid))  # type: ignore[misc]
        if refresh_now:
            worker.execute("SELECT iot_personal_hub.refresh_stale_hours(3)")
    refresh(worker)
    incremental = roll_ups(worker)

    forget(worker)
    worker.execute("SELECT iot_personal_hub.refresh_hours('2025-01-01', '2026-01-01')")
    refresh(worker)
    whole = roll_ups(worker)
    worker.close()
    assert incremental == whole
